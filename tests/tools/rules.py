"""The manual's page of rules, written from the tables that the tests run: ``python -m tests.tools.rules [--check]``."""

import re
import sys
import textwrap
from collections.abc import Iterable, Sequence
from pathlib import Path

from plro_core.text import MINUS, NONE
from tests.browser_tools import ROOT
from tests.spec_cohorts import (
    CASES,
    COHORTS,
    COUNTED,
    FLAGS,
    REFUSED,
    SUMMARIES,
    SYMPTOMS,
    VISITS,
    Section,
    rows,
)
from tests.spec_statistics import EXAMPLES, Example
from tests.tools.pages import written_or_fresh

PAGE = ROOT / "docs" / "rules.md"

_INTRODUCTION = """# The rules, by example

What goes in, and what comes out. Every row of these tables is a test of the program; the page is written from the same
tables by `make fix` and is not edited by hand. An en dash is a number that is not computed, an empty cell in the data a
value that was not recorded.
"""

_DATA = """## Cohorts

How a cohort is written is told in [the language of cohorts](cohorts.md). The examples ask these four patients; patient 3
missed month 1, patient 4 every visit but the first, and calcium was not measured at each visit.
"""

_STATISTICS = """## Statistics for small samples

Exact tests and intervals, each with what it cannot say. A column is a group; a cell is a value, a count such as `2 of 8`,
a time (`9+`: last seen without the event), or the two visits between which something happened (`6 to`: not yet).
"""


def as_markdown() -> str:
    """The whole page."""
    parts = [_INTRODUCTION, _DATA]
    for name, table in (("Patients", CASES), ("Visits", VISITS), ("Symptoms", SYMPTOMS)):
        parts.append(f"{name}:\n\n{_markdown(rows(table))}")
    parts += [_section(section, "###", code=True) for section in (*COHORTS, REFUSED)]
    parts += [_section(section, "##", code=section is COUNTED) for section in (COUNTED, SUMMARIES, FLAGS)]
    parts += [_STATISTICS, *map(_example, EXAMPLES)]
    return "\n".join(parts)


def _section(section: Section, level: str, code: bool) -> str:
    """A section; where the first column is the language of cohorts, it stands as code."""
    heading, *below = rows(section.table)
    if code:
        below = [[f"`{first}`" if first else "(nothing)", *rest] for first, *rest in below]
    text = textwrap.fill(section.text, 120, break_long_words=False, break_on_hyphens=False)
    return f"{level} {section.title}\n\n{text}\n\n{_markdown([heading, *below])}"


def _example(example: Example) -> str:
    options = "".join(f", `{name}={value!r}`" for name, value in example.options.items())
    answer = [["answer", "is"], *([f"`{name}`", _written(value)] for name, value in example.expected.items())]
    return (
        f"### {example.title}\n\n`{example.function}`{options}\n\n{_markdown(rows(example.table))}\n{_markdown(answer)}"
    )


def _written(value: object) -> str:
    """An expected value for readers: four decimals, a real minus, words for yes, no and none."""
    if value is None:
        return NONE
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4f}".rstrip("0").rstrip(".").replace("-", MINUS)
    if isinstance(value, tuple):
        return " to ".join(_written(end) for end in value)
    return str(value)


def _markdown(table: Sequence[Sequence[str]]) -> str:
    """Rows, heading first, as a table that lines up in plain text, too."""
    shown = [[cell if cell.startswith("`") else _escaped(cell) for cell in row] for row in table]
    widths = [max(3, *map(len, column)) for column in zip(*shown, strict=True)]
    return "\n".join(_lines(shown, widths)) + "\n"


def _escaped(cell: str) -> str:
    """Text of a cell: a name with underscores as code, and no asterisk or tilde that would become mark-up."""
    return f"`{cell}`" if "_" in cell else re.sub(r"([*~<>])", r"\\\1", cell)


def _lines(table: Sequence[Sequence[str]], widths: Sequence[int]) -> Iterable[str]:
    for place, row in enumerate(table):
        yield f"| {' | '.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))} |"
        if place == 0:
            yield f"|{'|'.join('-' * (width + 2) for width in widths)}|"


def main(words: Sequence[str], page: Path = PAGE) -> int:
    """Write the page; with ``--check`` only say whether it is fresh, as an exit code."""
    return written_or_fresh(page, as_markdown(), check="--check" in words)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
