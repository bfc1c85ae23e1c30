"""How often each combination of codes occurs: one ``bincount`` over all columns at once."""

import itertools
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plro_core import pace
from plro_core.store.columns import CodeColumn, Codes, Rows, smallest

#: More combinations of codes than this are counted by sorting instead of in an array of all of them.
_MOST_CELLS = 4_000_000
#: So many rows are counted at once: what is made of them stays near the processor, and another thread waits for no more.
_AT_ONCE = 2**18
#: So many combinations are counted about as fast as few of them.
_SMALL = 2**17
#: The largest number of combinations that a machine's number holds.
_LARGEST = 2**62

#: A combination of values, with its count.
Found = tuple[tuple[Any, ...], int]


def crossed(columns: Sequence[CodeColumn], chosen: Rows) -> Iterator[Found]:
    """Each combination of values that occurs among the chosen rows, with its count; ``None`` is not recorded."""
    widths = [column.width for column in columns]
    if math.prod(widths) > _MOST_CELLS:
        rows = np.flatnonzero(chosen)
        found = occurring([column.codes.take(rows) for column in columns], widths, len(rows))
    else:
        (counts,) = _tallied_each(columns, [()], chosen)
        found = _of_cells(counts, widths)
    known = [(None, *column.values) for column in columns]
    for key, count in found:
        yield tuple(values[code] for values, code in zip(known, key, strict=True)), count


def crossed_each(
    by: Sequence[CodeColumn], columns: Sequence[tuple[tuple[Any, ...], CodeColumn]], chosen: Rows
) -> Iterator[Found]:
    """For each column the same as ``crossed([*by, column], chosen)``, its keys begun with what stands beside the column.

    All are counted in one walk over the rows. A count of the rows costs more than adding up what it gave, so that columns
    are crossed with each other as long as the combinations are few beside the rows.
    """
    first, known = math.prod(column.width for column in by), [(None, *column.values) for column in by]
    counted = [column for _, column in columns if first * column.width <= _MOST_CELLS]
    packs = list(_packs(counted, first, int(np.count_nonzero(chosen))))
    each = _each_column(packs, first, _tallied_each(by, packs, chosen))
    for start, column in columns:
        if first * column.width <= _MOST_CELLS:
            heads = [(*start, *key) for key in itertools.product(*known)]
            yield from _named(next(each), heads, (None, *column.values))
        else:
            yield from (((*start, *key), count) for key, count in crossed([*by, column], chosen))


def _each_column(
    packs: Sequence[Sequence[CodeColumn]], first: int, counts: Iterable[NDArray[np.int64]]
) -> Iterator[NDArray[np.int64]]:
    """The counts of each column of each pack by what all are crossed with."""
    for pack, found in zip(packs, counts, strict=True):
        joint = found.reshape(first, *(column.width for column in pack))
        for place in range(1, joint.ndim):
            yield joint.sum(axis=tuple(axis for axis in range(1, joint.ndim) if axis != place))


def _tallied_each(
    by: Sequence[CodeColumn], packs: Sequence[Sequence[CodeColumn]], chosen: Rows
) -> list[NDArray[np.int64]]:
    """For each pack how often each combination of its codes and those of ``by`` occurs; none has very many."""
    first = math.prod(column.width for column in by)
    cells = [first * math.prod(column.width for column in pack) for pack in packs]
    found = [np.zeros(size, dtype=np.int64) for size in cells]
    for block in _blocks(chosen):
        pace.pause()
        base = np.zeros(block.size, dtype=smallest(first))
        _onto(base, by, block)
        for pack, size, counts in zip(packs, cells, found, strict=True):
            at = base.astype(smallest(size), copy=True)
            _onto(at, pack, block)
            counts += np.bincount(at, minlength=size)
    return found


def _onto(at: NDArray[np.unsignedinteger[Any]], columns: Iterable[CodeColumn], block: "_Block") -> None:
    """Make one code of those of a block so far and those of some columns."""
    for column in columns:
        at *= at.dtype.type(column.width)
        np.add(at, block.of(column.codes), out=at, casting="unsafe")


@dataclass(frozen=True)
class _Block:
    """Some chosen rows: a stretch of all, or those of it in ``places``."""

    stretch: slice
    places: NDArray[np.int64] | None
    size: int

    def of(self, codes: Codes) -> Codes:
        part = codes[self.stretch]
        return part if self.places is None else part.take(self.places)


def _blocks(chosen: Rows) -> Iterator[_Block]:
    """The chosen rows, some after others."""
    for start in range(0, len(chosen), _AT_ONCE):
        part = chosen[start : start + _AT_ONCE]
        stretch, size = slice(start, start + len(part)), int(np.count_nonzero(part))
        if size:
            yield _Block(stretch, None if size == len(part) else np.flatnonzero(part), size)


def _named(counts: NDArray[np.int64], heads: Sequence[tuple[Any, ...]], values: Sequence[Any]) -> Iterator[Found]:
    """The counts that are not 0, under the head of their row and the value of their column."""
    rows, codes = np.nonzero(counts)
    keys = [(*heads[row], values[code]) for row, code in zip(rows.tolist(), codes.tolist(), strict=True)]
    return zip(keys, counts[rows, codes].tolist(), strict=True)


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


def _of_cells(counts: NDArray[np.int64], widths: Sequence[int]) -> Iterator[tuple[Sequence[int], int]]:
    """Each combination of codes that occurs, in ascending order, and how often."""
    places = np.flatnonzero(counts)
    none = np.zeros((len(places), 0), dtype=np.int64)
    keys = np.stack(np.unravel_index(places, widths), axis=1) if len(widths) else none
    return zip(keys.tolist(), counts[places].tolist(), strict=True)


def occurring(
    codes: Sequence[NDArray[np.integer[Any]]], widths: Sequence[int], rows: int
) -> Iterator[tuple[Sequence[int], int]]:
    """Each combination of codes that occurs, in ascending order, and how often."""
    cells, at = math.prod(widths), combined(codes, widths, rows)
    if cells <= _MOST_CELLS:
        return _of_cells(np.bincount(at, minlength=cells), widths)
    _, first, numbers = np.unique(at, return_index=True, return_counts=True)
    keys = np.stack([column[first] for column in codes], axis=1)
    return zip(keys.tolist(), numbers.tolist(), strict=True)


def combined(codes: Sequence[NDArray[np.integer[Any]]], widths: Sequence[int], rows: int) -> NDArray[np.integer[Any]]:
    """One code for the combination of several in each row, ascending as they are; combinations that do not occur may have none."""
    at: NDArray[np.integer[Any]] = np.zeros(rows, dtype=np.uint16 if math.prod(widths) <= 2**16 else np.int64)
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
