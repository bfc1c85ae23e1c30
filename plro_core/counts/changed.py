"""Changes from baseline over code columns: each value in whole units of its last decimal, each change one subtraction."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plro_core.counts.chosen import grouped, patients, since_baseline
from plro_core.counts.crossing import crossed
from plro_core.counts.model import change_of
from plro_core.counts.questions import ChangesFromBaseline
from plro_core.store.columns import CodeColumn, CodeTables

#: Values that lie further apart, in units of their last decimal, are counted pair by pair.
_WIDEST = 1_000_000

Counts = Iterator[tuple[tuple[Any, ...], int]]


def changes_from_baseline(codes: CodeTables, asked: ChangesFromBaseline) -> Counts:
    """Each change between a value recorded at baseline and one recorded later, by variable, month and group."""
    groups, chosen = grouped(codes, asked.group), patients(codes, asked.cohort)
    for entry in asked.variables:
        units = _in_units(codes.at(entry.name, 0))
        for month, first, later, both in since_baseline(codes, entry, chosen):
            rows = np.flatnonzero(both)
            changes = _pair_by_pair(first, later, rows) if units is None else _subtracted(first, later, rows, *units)
            by = CodeColumn(groups.codes[rows], groups.values)
            everybody = np.ones(len(rows), dtype=bool)
            for (level, change), count in crossed((by, changes), everybody):
                yield (entry.name, month, level, change), count


def _in_units(column: CodeColumn) -> tuple[NDArray[np.int64], int] | None:
    """The value of each code in units of the last decimal of any, and how many decimals these are; ``None`` if they are wide."""
    values = [Decimal(repr(value)) for value in column.values]
    decimals = max((-int(value.as_tuple().exponent) for value in values), default=0)
    decimals = max(decimals, 0)
    if values and (values[-1] - values[0]).scaleb(decimals) > _WIDEST:
        return None
    return np.array([0, *(int(value.scaleb(decimals)) for value in values)], dtype=np.int64), decimals


def _subtracted(
    first: CodeColumn, later: CodeColumn, rows: NDArray[np.int64], units: NDArray[np.int64], decimals: int
) -> CodeColumn:
    """The change in each row, as codes."""
    found = units[later.codes[rows]] - units[first.codes[rows]]
    if not len(found):
        return CodeColumn(np.zeros(0, dtype=np.uint8), ())
    lowest = int(found.min())
    codes = found - lowest
    occurring = np.flatnonzero(np.bincount(codes))
    ranks = np.zeros(int(codes.max()) + 1, dtype=np.uint32)
    ranks[occurring] = np.arange(1, len(occurring) + 1)
    values = tuple(float(Decimal(int(at) + lowest).scaleb(-decimals)) for at in occurring)
    return CodeColumn(ranks[codes], values)


def _pair_by_pair(first: CodeColumn, later: CodeColumn, rows: NDArray[np.int64]) -> CodeColumn:
    """The same for values of which no whole numbers can be made."""
    changes = [change_of(before, after) for before, after in zip(first.taken(rows), later.taken(rows), strict=True)]
    values = sorted(set(changes))
    places = {value: at for at, value in enumerate(values, 1)}
    return CodeColumn(np.array([places[change] for change in changes], dtype=np.uint32), tuple(values))
