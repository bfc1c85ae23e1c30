"""Rows of tables told apart and found by their keys, column by column."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

#: Places of rows in a table.
Places = NDArray[np.int64]

#: As many keys as can be told apart by one number.
_MOST = 2**62
#: Whole numbers that lie no further apart are their own codes.
_CLOSE = 2**31


def numbered(frames: Sequence[pa.Table], names: Sequence[str]) -> list[Places]:
    """A number for each row of several tables; two rows have the same number if they are equal in all named columns.

    What is missing is equal to what is missing.
    """
    sizes = [frame.num_rows for frame in frames]
    numbers, range_ = np.zeros(sum(sizes), dtype=np.int64), 1
    for name in names:
        codes, different = _coded([frame[name] for frame in frames])
        if range_ > _MOST // max(different, 1):
            found, numbers = np.unique(numbers, return_inverse=True)
            range_ = len(found)
        numbers, range_ = numbers * different + codes, range_ * different
    return np.split(numbers, np.cumsum(sizes)[:-1])


def _coded(columns: Sequence[pa.ChunkedArray]) -> tuple[Places, int]:
    """The code of each value, 0 for a missing one, and how many codes there are."""
    chunks = [chunk for column in columns for chunk in column.chunks]
    whole = pa.chunked_array(chunks, columns[0].type).combine_chunks()
    if pa.types.is_floating(whole.type):
        whole = pc.add(whole, 0.0)  # a negative zero is zero
    if pa.types.is_integer(whole.type) and len(whole) and not whole.null_count:
        values = whole.to_numpy()
        low, high = int(values.min()), int(values.max())
        if high - low < _CLOSE:
            return values - low + 1, high - low + 2
    pairs = whole.dictionary_encode()
    codes = pc.fill_null(pairs.indices.cast(pa.int64()), -1).to_numpy(zero_copy_only=False) + 1
    return codes, len(pairs.dictionary) + 1


def places(frame: pa.Table, among: pa.Table, names: Sequence[str]) -> Places:
    """For each row of a table the row with the same key in another one, where each key is once; -1 where there is none."""
    found = np.full(frame.num_rows, -1, dtype=np.int64)
    if not (frame.num_rows and among.num_rows):
        return found
    mine, theirs = (_shared(one, other, names[0]) for one, other in ((frame, among), (among, frame)))
    own, other = numbered([frame.take(pa.array(mine)), among.take(pa.array(theirs))], names)
    order = np.argsort(other, kind="stable")
    at = np.minimum(np.searchsorted(other, own, sorter=order), max(len(order) - 1, 0))
    if len(order):
        same = other[order[at]] == own
        found[mine[same]] = theirs[order[at[same]]]
    return found


def _shared(one: pa.Table, other: pa.Table, name: str) -> Places:
    """The rows whose value of a column the other table has too."""
    known = pc.unique(other[name])
    return np.flatnonzero(pc.is_in(one[name], value_set=known).to_numpy())


def in_order(rows: Places, size: int) -> bool:
    """Whether some rows are all rows of a table of this size in their order, so that nothing need be taken from it."""
    return len(rows) == size and bool((rows == np.arange(size)).all())


def taken(frame: pa.Table, rows: Places) -> pa.Table:
    """Some rows of a table; itself where they are all in their order."""
    return frame if in_order(rows, frame.num_rows) else frame.take(pa.array(rows))


def first_rows(numbers: Places) -> tuple[Places, Places]:
    """Rows by whether their number occurs for the first time: those, and the others, each in order."""
    if len(numbers) < 2 or bool((np.diff(numbers) > 0).all()):
        return np.arange(len(numbers)), np.empty(0, dtype=np.int64)
    first = np.zeros(len(numbers), dtype=np.bool_)
    first[np.unique(numbers, return_index=True)[1]] = True
    return np.flatnonzero(first), np.flatnonzero(~first)
