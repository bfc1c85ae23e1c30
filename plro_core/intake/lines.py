"""Lines of provenance: from which cell of which file a row, and a cell that was not stored as it stands, came."""

from collections.abc import Callable, Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from plro_core.intake.given import Given
from plro_core.intake.rows import Rows
from plro_core.keys import Places, in_order, taken
from plro_core.schema import arrow_schema
from plro_core.vocabulary import RegistryTable, Vocabulary, written_key

#: Without so many rows a table stays in parts.
_FEW = 1_000


def provenance(
    vocabulary: Vocabulary, base: pa.Table, rows: Mapping[str, Rows], whole: bool
) -> tuple[pa.Table, pa.Table, pa.Table]:
    """A line for every row given, and one for every cell that was not stored as it stands; others stay.

    Returns:
        All lines, those that go and those that come.
    """
    keys = {name: written_keys(given.table, given.frame) for name, given in rows.items()}
    gone = np.zeros(base.num_rows, dtype=np.bool_)
    for name, given in keys.items():
        if whole or len(given):
            own = pc.equal(base["table"], name)
            gone |= (own if whole else pc.and_(own, pc.is_in(base["key"], value_set=given))).to_numpy()
    schema = arrow_schema("provenance", vocabulary)
    parts = [_lines(schema, given, keys[name]) for name, given in rows.items() if len(given)]
    lines = pa.concat_tables([schema.empty_table(), *parts])
    at = np.flatnonzero(gone)
    return pa.concat_tables([*_without(base, at), lines]), base.filter(pa.array(gone)), lines


def _without(table: pa.Table, rows: Places) -> list[pa.Table]:
    """A table without some rows; where these are few, as the parts between them, of which nothing is copied."""
    if len(rows) > _FEW:
        stays = np.ones(table.num_rows, dtype=np.bool_)
        stays[rows] = False
        return [table.filter(pa.array(stays))]
    ends = [*rows.tolist(), table.num_rows]
    starts = [0, *(row + 1 for row in rows.tolist())]
    return [table.slice(start, end - start) for start, end in zip(starts, ends, strict=True) if end > start]


def written_keys(table: RegistryTable, frame: pa.Table) -> pa.StringArray:
    """The key of each row in one word, as ``written_key`` writes it."""
    parts = [_written(frame[name].combine_chunks()) for name in table.identity]
    return pc.binary_join_element_wise(*parts, "/", null_handling="skip")


def _written(column: pa.Array) -> pa.StringArray:
    if not pa.types.is_floating(column.type):
        return pc.cast(column, pa.string())
    pairs = column.dictionary_encode()
    words = [None if value is None else written_key((value,)) for value in pairs.dictionary.to_pylist()]
    return pa.array(words, pa.string()).take(pairs.indices)


def _lines(schema: pa.Schema, rows: Rows, keys: pa.StringArray) -> pa.Table:
    """The lines of one table, by row and then by the name of the column."""
    last = rows.table.key[-1]
    names = sorted(rows.changed)
    cells = {name: np.flatnonzero(rows.changed[name]) for name in names if name != last}
    cells[last] = np.arange(len(rows))
    names = [name for name in names if len(cells[name])]
    at = np.concatenate([cells[name] for name in names])
    column = np.repeat(np.arange(len(names)), [len(cells[name]) for name in names])
    order = np.lexsort((column, at))
    status = np.concatenate([rows.changed[name][cells[name]] for name in names])
    told: dict[str, pa.Array] = {
        "table": pa.repeat(rows.table.name, len(at)),
        "key": keys if in_order(at, len(keys)) else keys.take(pa.array(at)),
        "column": pa.array(names, pa.string()).take(pa.array(column)),
        "source": _joined([_source(rows, cells[name], name) for name in names]),
        "verbatim": _joined([_verbatim(rows, cells[name], name) for name in names]),
        "status": pa.array(["printed", "parsed"]).take(pa.array(status.astype(np.int8))),
    }
    arrays = [told[field.name] if field.name in told else pa.nulls(len(at), field.type) for field in schema]
    return taken(pa.Table.from_arrays(arrays, schema=schema), order)


def _source(rows: Rows, cells: Places, name: str) -> pa.StringArray:
    """Where some cells of a column stand, in words."""
    return _by_source(rows, cells, lambda given, local: given.places.words(local, given.named(name)))


def _verbatim(rows: Rows, cells: Places, name: str) -> pa.StringArray:
    """Some cells of a column as their files hold them."""
    return _by_source(
        rows,
        cells,
        lambda given, local: _cells(given, name, local),
    )


def _cells(given: Given, name: str, rows: Places) -> pa.StringArray:
    cells = given.written.get(name) or given.raws.get(name)
    return pa.repeat("", len(rows)) if cells is None else cells.shown(rows)


def _by_source(rows: Rows, cells: Places, tell: Callable[[Given, Places], pa.StringArray]) -> pa.StringArray:
    """What each of the sheets says of its own among some rows, which stand in the order of the sheets."""
    return _joined([tell(given, rows.local[cells[own]]) for given, own in rows.of_source(cells)])


def _joined(parts: list[pa.Array]) -> pa.Array:
    chunks = [chunk for part in parts for chunk in (part.chunks if isinstance(part, pa.ChunkedArray) else [part])]
    return pa.concat_arrays(chunks)
