"""Every example of the manual's statistics holds."""

from collections.abc import Callable
from typing import Any

import pytest

from plro_core import exact
from tests.spec_statistics import EXAMPLES, Example


def columns(table: str) -> list[list[str]]:
    """The cells below each heading that are not blank."""
    rows = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in table.strip().splitlines()]
    return [[row[place] for row in rows[1:] if row[place]] for place in range(len(rows[0]))]


def time(cell: str) -> tuple[float, bool]:
    return float(cell.rstrip("+")), not cell.endswith("+")


def between(cell: str) -> tuple[float, float | None]:
    after, _, by = cell.partition(" to")
    return float(after), float(by) if by else None


def tallied(cell: str) -> exact.Tally:
    k, _, n = cell.partition(" of ")
    return exact.Tally(int(k), int(n))


READ: dict[str, Callable[[str], Any]] = {
    "kaplan_meier": time,
    "log_rank": time,
    "turnbull": between,
    "interval_log_rank": between,
    "fisher": tallied,
    "risk_difference": tallied,
    "clopper_pearson": tallied,
}


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.title)
def test_example_holds(example: Example) -> None:
    read = READ.get(example.function, float)
    groups: list[Any] = [[read(cell) for cell in column] for column in columns(example.table)]
    if read is tallied:
        groups = [group[0] for group in groups]
    answer = getattr(exact, example.function)(*groups, **example.options)
    for name, value in example.expected.items():
        found = getattr(answer, name)
        assert found == (pytest.approx(value, abs=5e-5) if isinstance(value, float) else value), name
