"""How often each combination of codes occurs: one ``bincount`` over all columns at once."""

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plro_core import pace
from plro_core.store.columns import CodeColumn, Rows

#: More combinations of codes than this are counted by sorting instead of in an array of all of them.
_MOST_CELLS = 4_000_000
#: The largest number of combinations that a machine's number holds.
_LARGEST = 2**62


def crossed(columns: Sequence[CodeColumn], chosen: Rows) -> Iterator[tuple[tuple[Any, ...], int]]:
    """Each combination of values that occurs among the chosen rows, with its count; ``None`` is not recorded."""
    pace.pause()
    everybody = bool(chosen.all())
    codes = [column.codes if everybody else column.codes[chosen] for column in columns]
    known = [(None, *column.values) for column in columns]
    for key, count in occurring(codes, [column.width for column in columns], int(chosen.sum())):
        yield tuple(values[code] for values, code in zip(known, key, strict=True)), count


def occurring(
    codes: Sequence[NDArray[np.integer[Any]]], widths: Sequence[int], rows: int
) -> Iterator[tuple[Sequence[int], int]]:
    """Each combination of codes that occurs, in ascending order, and how often."""
    cells = math.prod(widths)
    if cells > _LARGEST:
        found, numbers = np.unique(np.stack(codes, axis=1), axis=0, return_counts=True)
        yield from zip(found.tolist(), numbers.tolist(), strict=True)
        return
    at = np.zeros(rows, dtype=np.int64)
    for column, width in zip(codes, widths, strict=True):
        at *= width
        at += column
    if cells <= _MOST_CELLS:
        in_all = np.bincount(at)
        places = np.flatnonzero(in_all)
        numbers = in_all[places]
    else:
        places, numbers = np.unique(at, return_counts=True)
    unravelled = np.stack(np.unravel_index(places, widths), axis=1) if len(widths) else np.zeros((len(places), 0), int)
    yield from zip(unravelled.tolist(), numbers.tolist(), strict=True)
