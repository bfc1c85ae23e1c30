"""docs/performance.md from the last run of ``make bench``: ``python -m tests.tools.performance [FILE] [FILE OF MORE PATIENTS …]``."""

import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.bench.__main__ import LAST
from tests.bench.registries import ROOT
from tests.bench.report import Json, figures_tables, goals_table, headline, name_of, shown, unit_of

PAGE = ROOT / "docs" / "performance.md"

_HEAD = """# Performance

Generated from runs of `make bench` by `python -m tests.tools.performance`.

{headline}

**How to read it.** All figures of a run are from one machine and one day: read the ratios. A time is processor time, of all
threads and of the processes that were started for the work, and the median of several repetitions of which each asks for something
new; where memory or a first start is meant, each repetition is a process of its own. Memory is the most that the process (of a
page: the server) held. The patients are made up (`plro synth`), with four planned visits each. Peers are given the same files and
must state the same numbers, within 1e-9, before a time counts; a run with a number that differs fails. *Growth* is the exponent
by which a figure grew from one size to the next: 0 is independent of the number of patients, 1 in proportion to it.

## Goals
"""


def page(found: Json, *further: Json) -> str:
    """The whole page; ``further`` runs, of more patients, stand below the first one."""
    rows = found["rows"]
    parts = [_HEAD.format(headline=headline(found)), *goals_table(rows), *_why("## What is missed, and why", rows)]
    parts += ["", "## What each figure means"]
    for row in rows:
        parts += ["", f"**{row['title']}** ({row['unit']}). {row['meaning']}"]
        parts += [f"\n{sentence}" for sentence in row["failed"]]
    parts += ["", "## All figures", *figures_tables(rows)]
    for run in further:
        parts += ["", f"## A run of its own: {max(run['sizes']):,} patients", "", headline(run), ""]
        parts += [
            *goals_table(run["rows"]),
            *_why("What is missed, and why:", run["rows"]),
            *figures_tables(run["rows"]),
        ]
    return "\n".join(parts) + "\n"


def _why(head: str, rows: Iterable[Json]) -> Iterator[str]:
    """A sentence for each goal that is missed and why, below their head; nothing where none is."""
    if missed := [line for row in rows for line in _missed(row)]:
        yield from ("", head, "", *missed)


def _missed(row: Json) -> Iterator[str]:
    """The goals that a row misses; those of one kind and one reason in one sentence."""
    missed = [goal for goal in row["goals"] if goal["met"] is False]
    alike: dict[tuple[int, str, str], list[str]] = {}
    for goal in missed:
        alike.setdefault((goal["size"], goal["goal"], goal["bound"]), []).append(_reached(row, goal))
    for (size, limit, bound), reached in alike.items():
        yield f"- {row['title']}, {size:,} patients: {', '.join(reached)}; goal {limit}. {bound}".rstrip()


def _reached(row: Json, goal: Json) -> str:
    much = f"{goal['reached']:.2f} ×" if goal["against"] else f"{shown(goal['value'])} {unit_of(row, goal['of'])}"
    return f"{name_of(goal['of'])} {much}"


def main(arguments: list[str]) -> int:
    """Write the page. An exit code."""
    sources = [Path(argument) for argument in arguments] or [LAST]
    for source in sources:
        if not source.exists():
            print(f"{source.name} is not there; “make bench” makes it.", file=sys.stderr)
            return 1
    PAGE.write_text(page(*(json.loads(source.read_text(encoding="utf-8")) for source in sources)), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
