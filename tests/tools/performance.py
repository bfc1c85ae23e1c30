"""docs/performance.md from the last run of ``make bench``: ``python -m tests.tools.performance [FILE]``."""

import json
import sys
from pathlib import Path
from typing import Any

from tests.bench.__main__ import LAST
from tests.bench.registries import ROOT
from tests.bench.report import figures_tables, goals_table, headline, name_of, shown, unit_of

PAGE = ROOT / "docs" / "performance.md"

_HEAD = """# Performance

Generated from the last run of `make bench` by `python -m tests.tools.performance`.

{headline}

**How to read it.** All figures of a run are from one machine and one day: read the ratios. A time is processor time, of all
threads and of the processes that were started for the work, and the median of several repetitions of which each asks for something
new; where memory or a first start is meant, each repetition is a process of its own. Memory is the most that the process (of a
page: the server) held. The patients are made up (`plro synth`), with four planned visits each. Peers are given the same files and
must state the same numbers, within 1e-9, before a time counts; a run with a number that differs fails. *Growth* is the exponent
by which a figure grew from one size to the next: 0 is independent of the number of patients, 1 in proportion to it.

## Goals
"""


def page(found: dict[str, Any]) -> str:
    """The whole page."""
    rows = found["rows"]
    parts = [_HEAD.format(headline=headline(found)), *goals_table(rows)]
    if missed := [line for row in rows for line in _missed(row)]:
        parts += ["", "## What is missed, and why", "", *missed]
    parts += ["", "## What each figure means"]
    for row in rows:
        parts += ["", f"**{row['title']}** ({row['unit']}). {row['meaning']}"]
        parts += [f"\n{sentence}" for sentence in row["failed"]]
    parts += ["", "## All figures", *figures_tables(rows)]
    return "\n".join(parts) + "\n"


def _missed(row: dict[str, Any]) -> list[str]:
    """A sentence for each goal that is missed."""
    told = []
    for goal in row["goals"]:
        if goal["met"] is False:
            reached = (
                f"{goal['reached']:.2f} ×" if goal["against"] else f"{shown(goal['value'])} {unit_of(row, goal['of'])}"
            )
            why = f" {goal['bound']}" if goal["bound"] else ""
            told.append(
                f"- {row['title']}, {name_of(goal['of'])}, {goal['size']:,} patients: {reached}, goal {goal['goal']}.{why}"
            )
    return told


def main(arguments: list[str]) -> int:
    """Write the page. An exit code."""
    source = Path(arguments[0]) if arguments else LAST
    if not source.exists():
        print(f"{source.name} is not there; “make bench” makes it.", file=sys.stderr)
        return 1
    PAGE.write_text(page(json.loads(source.read_text(encoding="utf-8"))), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
