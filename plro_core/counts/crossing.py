"""How often each combination of codes occurs: one ``bincount`` over all columns at once."""

import itertools
import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plro_core.store.columns import CodeColumn, Rows

#: More combinations of codes than this are counted by sorting instead of in an array of all of them.
_MOST_CELLS = 4_000_000
#: So many combinations fit into two bytes.
_SMALL = 2**16
#: The largest number of combinations that a machine's number holds.
_LARGEST = 2**62


def crossed(columns: Sequence[CodeColumn], chosen: Rows) -> Iterator[tuple[tuple[Any, ...], int]]:
    """Each combination of values that occurs among the chosen rows, with its count; ``None`` is not recorded."""
    rows = np.flatnonzero(chosen)
    codes = [taken(column, rows, len(rows) == len(chosen)) for column in columns]
    known = [(None, *column.values) for column in columns]
    for key, count in occurring(codes, [column.width for column in columns], len(rows)):
        yield tuple(values[code] for values, code in zip(known, key, strict=True)), count


def crossed_each(
    by: Sequence[CodeColumn], columns: Sequence[CodeColumn], chosen: Rows
) -> Iterator[Iterator[tuple[tuple[Any, ...], int]]]:
    """For each column the same as ``crossed([*by, column], chosen)``; several of many rows are counted in one pass.

    A pass over the rows costs more than adding up its counts, so that columns are crossed with each other as long as the
    combinations are few beside the rows.
    """
    rows = np.flatnonzero(chosen)
    everybody = len(rows) == len(chosen)
    first, keys = math.prod(column.width for column in by), [(None, *column.values) for column in by]
    base = combined([taken(column, rows, everybody) for column in by], [column.width for column in by], len(rows))
    for pack in _packs(columns, first, len(rows)):
        widths = [column.width for column in pack]
        cells = first * math.prod(widths)
        if cells > _MOST_CELLS:
            yield from (crossed([*by, column], chosen) for column in pack)
            continue
        at: NDArray[np.integer[Any]] = base.astype(np.uint16 if cells <= _SMALL else np.int64, copy=True)
        for column in pack:
            at *= column.width
            at += taken(column, rows, everybody)
        joint = np.bincount(at, minlength=cells).reshape(first, *widths)
        for place, column in enumerate(pack, 1):
            others = tuple(axis for axis in range(1, joint.ndim) if axis != place)
            yield _named(joint.sum(axis=others), keys, column)


def _named(
    counts: NDArray[np.int64], by: Sequence[tuple[Any, ...]], column: CodeColumn
) -> Iterator[tuple[tuple[Any, ...], int]]:
    """The keys of counts by the combination of ``by`` and the code of a column."""
    names, values = list(itertools.product(*by)), (None, *column.values)
    first, second = np.nonzero(counts)
    for at, code, count in zip(first.tolist(), second.tolist(), counts[first, second].tolist(), strict=True):
        yield (*names[at], values[code]), count


def _packs(columns: Sequence[CodeColumn], first: int, rows: int) -> Iterator[list[CodeColumn]]:
    """Columns in their order, as many together as have few combinations."""
    pack: list[CodeColumn] = []
    cells, most = first, min(_SMALL, rows // 16)
    for column in columns:
        if pack and cells * column.width > most:
            yield pack
            pack, cells = [], first
        pack.append(column)
        cells *= column.width
    if pack:
        yield pack


def taken(column: CodeColumn, rows: NDArray[np.int64], everybody: bool) -> NDArray[np.integer[Any]]:
    """The codes of some rows."""
    return column.codes if everybody else column.codes.take(rows)


def occurring(
    codes: Sequence[NDArray[np.integer[Any]]], widths: Sequence[int], rows: int
) -> Iterator[tuple[Sequence[int], int]]:
    """Each combination of codes that occurs, in ascending order, and how often."""
    cells, at = math.prod(widths), combined(codes, widths, rows)
    if cells > _MOST_CELLS:
        _, first, numbers = np.unique(at, return_index=True, return_counts=True)
        keys = np.stack([column[first] for column in codes], axis=1)
    else:
        in_all = np.bincount(at)
        places = np.flatnonzero(in_all)
        numbers = in_all[places]
        none = np.zeros((len(places), 0), dtype=np.int64)
        keys = np.stack(np.unravel_index(places, widths), axis=1) if len(widths) else none
    yield from zip(keys.tolist(), numbers.tolist(), strict=True)


def combined(codes: Sequence[NDArray[np.integer[Any]]], widths: Sequence[int], rows: int) -> NDArray[np.integer[Any]]:
    """One code for the combination of several in each row, ascending as they are; combinations that do not occur may have none."""
    at: NDArray[np.integer[Any]] = np.zeros(rows, dtype=np.uint16 if math.prod(widths) <= _SMALL else np.int64)
    cells = 1
    for place, (column, width) in enumerate(zip(codes, widths, strict=True)):
        if cells * width > _LARGEST:
            found, at = np.unique(at, return_inverse=True)
            cells = len(found)
        if place:
            at *= width
        at += column
        cells *= width
    return at
