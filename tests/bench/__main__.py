"""``python -m tests.bench [PATIENTS …] [--only WORD …] [--json FILE]``: measure, print Markdown, and keep the result as JSON.

The exit code is 0 whatever the goals say, and 1 where two ways of the same work give different numbers.
"""

import argparse
import json
import sys
from pathlib import Path

from tests.bench import registries
from tests.bench.report import report
from tests.bench.rows import ROWS
from tests.bench.run import Json, problems, run

SIZES = (10, 10_000, 1_000_000)
#: Where the last whole run is kept, for docs/performance.md.
LAST = registries.CACHE / "last.json"


def main(arguments: list[str]) -> int:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser("python -m tests.bench", description="Measure the dashboard beside its peers.")
    parser.add_argument("sizes", nargs="*", type=int, metavar="PATIENTS", help="numbers of patients (10 10000 1000000)")
    parser.add_argument(
        "--only", nargs="+", default=[], metavar="WORD", help=f"rows: {', '.join(row.key for row in ROWS)}"
    )
    parser.add_argument(
        "--json", type=Path, metavar="FILE", help=f"where the result is kept ({LAST.name} of a whole run)"
    )
    asked = parser.parse_args(arguments)
    sizes = tuple(sorted(set(asked.sizes))) or SIZES
    rows = [row for row in ROWS if not asked.only or any(word in row.key for word in asked.only)]
    if not rows:
        parser.error(f"no row is called {' or '.join(asked.only)}")
    registries.CACHE.mkdir(exist_ok=True)
    kept = asked.json or (None if asked.only else LAST)
    found: Json = {}
    for found in run(rows, sizes):
        if kept:  # after each row: a long run may be stopped
            kept.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(report(found))
    return 1 if problems(found) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
