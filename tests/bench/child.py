"""One way of one row in a process of its own: ``python -m tests.bench.child ROW WAY PATIENTS`` prints what it measured as JSON."""

import json
import sys

from tests.bench import measuring
from tests.bench.rows import ROWS

#: What stands before the line that is meant for the parent; libraries print as well.
MARK = "measured: "


def main(key: str, way: str, patients: int) -> None:
    """Measure, and print figures, numbers and the most memory of this process."""
    row = next(row for row in ROWS if row.key == key)
    taken = row.ways[way].measure(patients)
    told = {"figures": dict(taken.figures), "numbers": dict(taken.numbers), "peak": taken.peak or measuring.peak()}
    print(MARK + json.dumps(told), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
