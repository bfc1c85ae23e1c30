"""What the README opens with is what the command prints, and its pictures are there."""

import re
from collections import Counter
from pathlib import Path

from plro_core.series.claims import STATUS_WORDS, check_claims
from plro_core.store import Registry

pytest_plugins = ["tests.core_fixtures"]

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
#: No picture of the README weighs more, in bytes.
HEAVIEST = 200_000


def test_the_statements_are_counted_as_the_command_counts_them(registry: Registry) -> None:
    checked = check_claims(registry)
    found = Counter(claim.status for claim in checked)
    rows = re.findall(r"^\| (\d+) \| (.+) \|$", README, flags=re.MULTILINE)
    assert [(int(count), words) for count, words in rows] == [
        (found[status], words) for status, words in STATUS_WORDS.items() if found[status]
    ]
    assert f"Each of the {len(checked)} statements" in README


def test_every_picture_is_there_and_small() -> None:
    pictures = [ROOT / path for path in re.findall(r"!\[[^\]]+\]\(([^)]+)\)", README)]
    assert len(pictures) >= 4
    for picture in pictures:
        assert picture.is_file(), picture
        assert picture.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
        assert picture.stat().st_size < HEAVIEST, picture
