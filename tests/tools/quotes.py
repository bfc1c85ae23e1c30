"""Whether quotes are word for word those of a text that may not be copied here: its runs of three words, as checksums.

They are kept section by section, so that it can also be told whether a quote stands where it is said to stand.

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
_HEAD = "# "
#: Section, as places of quotes name it -> how it begins in the text.
_SECTIONS = {
    "Title": "# Management of",
    "Abstract": "## ABSTRACT",
    "Abbreviations": "**ABBREVIATIONS:",
    "Introduction": "## INTRODUCTION",
    "Methods": "## ■ MATERIAL",
    "Case Series": "### Case Series",
    "Management": "### Management",
    "Table I": "**Table I:",
    "Table II": "**Table II:",
    "Discussion": "**DISCUSSION**",
    "Conclusion": "## ■ CONCLUSION",
    "Authors": "## ■ AUTHORSHIP",
    "References": "## ■ REFERENCES",
}


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


def kept() -> dict[str, set[str]]:
    """The runs of the paper by the name of the section that they stand in."""
    found: dict[str, set[str]] = {}
    for line in KEPT.read_text(encoding="ascii").splitlines():
        if line.startswith(_HEAD):
            runs_here = found.setdefault(line.removeprefix(_HEAD), set())
        else:
            runs_here.add(line)
    return found


def anywhere() -> set[str]:
    """The runs of the whole paper."""
    return set().union(*kept().values())


def sections(text: str) -> dict[str, str]:
    """The text by section; figures stand in that of their page."""
    starts = sorted((text.index(mark), name) for name, mark in _SECTIONS.items())
    ends = [at for at, _ in starts[1:]] + [len(text)]
    return {name: text[at:end] for (at, name), end in zip(starts, ends, strict=True)}


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
    parts = [[f"{_HEAD}{name}", *sorted(set(runs(part)))] for name, part in sections(text).items()]
    KEPT.write_text("\n".join(line for part in parts for line in part) + "\n", encoding="ascii")
