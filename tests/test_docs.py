"""The documents keep their promises: links lead somewhere, commands exist, and nothing names the machine it was made on."""

import re
import subprocess
from functools import cache
from pathlib import Path

import pytest

from plro_core.cli.root import COMMANDS

ROOT = Path(__file__).resolve().parent.parent
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"```.*?```", re.DOTALL)
MACHINE = re.compile(r"(?<![\w.}/-])/(?:home|root|Users|work|mnt|tmp)/[\w.]+")
INDEX = re.compile(r"--(?:extra-)?index-url|--find-links|https?://[^\s\"')]*/simple\b", re.IGNORECASE)
SECRET = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY|\bgh[pousr]_[A-Za-z0-9]{30,}|\bAKIA[A-Z0-9]{16}\b")


@cache
def tracked() -> tuple[Path, ...]:
    """Files that are or can be committed; without git, every file outside hidden and made folders."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True
    )
    if listed.returncode == 0:
        names = listed.stdout.splitlines()
    else:
        names = [str(path.relative_to(ROOT)) for path in ROOT.rglob("*") if ".venv" not in path.parts]
    return tuple(ROOT / name for name in names if (ROOT / name).is_file())


def texts() -> list[Path]:
    return [path for path in tracked() if b"\0" not in path.read_bytes()]


DOCUMENTS = [path for path in tracked() if path.suffix == ".md"]


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def anchors(path: Path) -> set[str]:
    """The heading anchors of a document, as GitHub makes them."""
    heads = re.findall(r"^#+ (.+)$", FENCE.sub("", path.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).strip().replace(" ", "-") for head in heads}


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_links_lead_somewhere(path: Path) -> None:
    for target in LINK.findall(FENCE.sub("", path.read_text(encoding="utf-8"))):
        if target.startswith(("https://", "http://", "mailto:")):
            continue
        file, _, anchor = target.partition("#")
        linked = (path.parent / file).resolve() if file else path
        assert linked.exists(), target
        assert linked.is_relative_to(ROOT), target
        assert not anchor or anchor in anchors(linked), target


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_make_commands_are_in_the_makefile(path: Path) -> None:
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    text = path.read_text(encoding="utf-8")
    commands = re.findall(r"(?:^|`)make ([a-z-]+(?: [a-z-]+)*)", text, re.MULTILINE)
    assert {word for command in commands for word in command.split()} <= targets


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_commands_of_the_core_exist(path: Path) -> None:
    for command in re.findall(r"(?:python -m plro_core|`plro) (?!-)([a-z][\w-]*)", path.read_text(encoding="utf-8")):
        assert command in COMMANDS, command


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_files_named_in_backticks_exist(path: Path) -> None:
    named = re.findall(
        r"`((?:data|docs|deploy|pages|plro_core|tests)/[\w./-]+\.\w+)`", path.read_text(encoding="utf-8")
    )
    if path.name not in ("CHANGELOG.md", "decisions.md"):
        assert [name for name in named if not (ROOT / name).exists()] == []


def test_decisions_are_dated_paragraphs() -> None:
    text = (ROOT / "docs" / "decisions.md").read_text(encoding="utf-8")
    paragraphs = [part for part in text.split("\n\n") if part.startswith("**")]
    dates = [re.match(r"\*\*(\d{4}-\d{2}-\d{2}), .+?\*\* \S", part, re.DOTALL) for part in paragraphs]
    assert len(paragraphs) > 3
    assert all(dates)
    written = [date[1] for date in dates if date]
    assert written == sorted(written)


def test_no_file_names_the_machine_it_was_made_on() -> None:
    allowed = {"tests/test_docs.py", "tests/test_store.py"}
    found = {
        f"{name_of(path)}: {hit}"
        for path in texts()
        if name_of(path) not in allowed
        for hit in MACHINE.findall(path.read_text(encoding="utf-8", errors="replace"))
    }
    assert found == set()


def test_no_file_names_a_package_index_or_a_secret() -> None:
    found = {
        f"{name_of(path)}: {hit}"
        for path in texts()
        if name_of(path) != "tests/test_docs.py"
        for pattern in (INDEX, SECRET)
        for hit in pattern.findall(path.read_text(encoding="utf-8", errors="replace"))
    }
    assert found == set()


def test_every_page_is_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8").lower()
    pages = {path.stem for path in (ROOT / "pages").glob("*.py")} - {"frame", "__init__"}
    assert {page for page in pages if page not in readme} == set()
