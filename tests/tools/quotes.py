"""Whether quotes are word for word those of a text that may not be copied here: its runs of three words, as checksums.

``python -m tests.tools.quotes TEXT`` writes ``tests/quoted_paper.txt`` from the text of the paper, which stays where it is.
"""

import hashlib
import re
import sys
from pathlib import Path

KEPT = Path(__file__).parent.parent / "quoted_paper.txt"
_RUN = 3
_WORD = re.compile(r"[±%]|-?\d+(?:\.\d+)?|[^\W\d_]+(?:['-][^\W\d_]+)*")
_DIGITS = 10


def words(text: str) -> list[str]:
    """The words of a text, without mark-up and punctuation and without regard to kinds of dashes and apostrophes."""
    plain = re.sub(r"<[^>]+>|\*+", "", text)
    plain = re.sub(r"(?<=\() *\$([^$]*)\$ *(?=\))", r"\1", plain)
    plain = re.sub(r"\$([^$]*)\$", r"\1", plain).replace(r"\pm", "±")
    return _WORD.findall(re.sub("[−–]", "-", plain).replace("’", "'"))


def runs(text: str) -> list[str]:
    """The checksum of each run of three words, or of all words if they are fewer."""
    found = words(text)
    parts = [found[at : at + _RUN] for at in range(max(1, len(found) - _RUN + 1))]
    return [hashlib.sha256(" ".join(part).encode()).hexdigest()[:_DIGITS] for part in parts]


def kept() -> set[str]:
    """The runs of the paper."""
    return set(KEPT.read_text(encoding="ascii").split())


def strange(quote: str, known: set[str]) -> list[str]:
    """The runs of three words in a quote that the paper does not have."""
    found = words(quote)
    return [
        " ".join(found[at : at + _RUN])
        for at, checksum in enumerate(runs(quote))
        if len(found) >= _RUN and checksum not in known
    ]


if __name__ == "__main__":
    text = Path(sys.argv[1]).read_text(encoding="utf-8")
    KEPT.write_text("\n".join(sorted(set(runs(text)))) + "\n", encoding="ascii")
