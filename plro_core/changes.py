"""What one version has that another has not: new rows, removed rows and changed cells, found by joining on the keys."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from plro_core.keys import Places, places, taken
from plro_core.text import listed
from plro_core.vocabulary import RegistryTable, Vocabulary

ORIGINS = "provenance"

Kind = Literal["new", "removed", "changed"]

#: Where a table's label does not name what one of its rows is.
_NOUNS = {
    "cases": ("patient", "patients"),
    "imaging": ("imaging finding", "imaging findings"),
    "relations": ("relation of claims", "relations of claims"),
    "printed": ("cell of a document", "cells of documents"),
}


@dataclass(frozen=True)
class CellChange:
    """One cell: new or removed with its row, or changed. ``key`` holds the values that identify the row."""

    kind: Kind
    table: str
    key: tuple[Any, ...]
    column: str
    old: Any
    new: Any


@dataclass(frozen=True)
class TableChanges:
    """One table's new and removed rows, and its changed cells as (key, column, old, new)."""

    table: str
    label: str
    key: tuple[str, ...]
    added: pa.Table
    removed: pa.Table
    cells: tuple[tuple[tuple[Any, ...], str, Any, Any], ...]

    @property
    def count(self) -> int:
        """How many rows and cells differ."""
        return self.added.num_rows + self.removed.num_rows + len(self.cells)

    def noun(self, count: int) -> str:
        """What so many of the table's rows are called."""
        label = self.label.lower()
        singular = f"{label[:-3]}y" if label.endswith("ies") else label.removesuffix("s")
        return _NOUNS.get(self.table, (singular, label))[0 if count == 1 else 1]

    @property
    def each(self) -> Iterator[CellChange]:
        """Every cell that differs; of new and removed rows those that hold a value."""
        for key, column, old, new in self.cells:
            yield CellChange("changed", self.table, key, column, old, new)
        yield from self._of_rows("new", self.added)
        yield from self._of_rows("removed", self.removed)

    def _of_rows(self, kind: Kind, rows: pa.Table) -> Iterator[CellChange]:
        for batch in rows.to_batches():
            for row in batch.to_pylist():
                key = tuple(row[name] for name in self.key)
                for column, value in row.items():
                    if value is not None:
                        old, new = (None, value) if kind == "new" else (value, None)
                        yield CellChange(kind, self.table, key, column, old, new)


@dataclass(frozen=True)
class Changes:
    """The differences table by table; tables without any are left out.

    Where cells come from (``provenance``) changes with almost every cell, so it is counted apart and not listed.
    """

    tables: tuple[TableChanges, ...]

    @property
    def listed(self) -> tuple[TableChanges, ...]:
        """The tables without those that say where cells come from."""
        return tuple(changed for changed in self.tables if changed.table != ORIGINS)

    @property
    def origins(self) -> int:
        """How many lines on where a cell comes from are new, removed or changed."""
        return sum(changed.count for changed in self.tables if changed.table == ORIGINS)

    @property
    def cells(self) -> Iterator[CellChange]:
        """Every cell that differs, without where cells come from."""
        for changed in self.listed:
            yield from changed.each

    @property
    def sentence(self) -> str:
        """The differences in numbers: "2 patients and 8 visits new, 3 cells changed, nothing removed"."""
        changed = sum(len(entry.cells) for entry in self.listed)
        if not self.listed:
            return f"Only the origin of cells changes (lines: {self.origins})." if self.origins else "Nothing changes."
        parts = (
            f"{_rows((entry, entry.added.num_rows) for entry in self.listed)} new",
            f"{changed} {'cell' if changed == 1 else 'cells'} changed" if changed else "no cell changed",
            f"{_rows((entry, entry.removed.num_rows) for entry in self.listed)} removed",
        )
        return f"{', '.join(parts)}.".capitalize()

    def __bool__(self) -> bool:
        return bool(self.tables)


def changes(old: Mapping[str, pa.Table], new: Mapping[str, pa.Table], vocabulary: Vocabulary) -> Changes:
    """What becomes different when ``new`` follows ``old``.

    Rows are the same when their keys are. A table or a column that one side lacks counts as missing there: an older
    version may not have had it yet.
    """
    found = (_of_table(table, old.get(table.name), new.get(table.name)) for table in vocabulary.tables)
    return Changes(tuple(entry for entry in found if entry and entry.count))


def _rows(counts: Iterable[tuple[TableChanges, int]]) -> str:
    """Counts with their nouns; the patients and visits first, as declared."""
    words = [f"{count} {changed.noun(count)}" for changed, count in counts if count]
    return listed(words) or "nothing"


def _of_table(table: RegistryTable, old: pa.Table | None, new: pa.Table | None) -> TableChanges | None:
    if old is None and new is None:
        return None
    old, new = _aligned(old, new)
    if old.equals(new):
        return None
    before, after = _differing(old, new)
    old, new = taken(old, before), taken(new, after)
    key = table.identity
    place = places(new, old, key)
    stays = np.zeros(old.num_rows, dtype=np.bool_)
    stays[place[place >= 0]] = True
    pairs = taken(old, place[place >= 0]), taken(new, np.flatnonzero(place >= 0))
    added, removed = taken(new, np.flatnonzero(place < 0)), taken(old, np.flatnonzero(~stays))
    return TableChanges(table.name, table.label, key, added, removed, tuple(_changed_cells(key, *pairs)))


def _differing(old: pa.Table, new: pa.Table) -> tuple[Places, Places]:
    """The rows of two tables without those that are equal at the same distance from the beginning, or from the end."""
    most = min(old.num_rows, new.num_rows)
    same = _equal_rows(old.slice(0, most), new.slice(0, most))
    first = int(np.argmin(same)) if not same.all() else most
    same = _equal_rows(old.slice(old.num_rows - most + first), new.slice(new.num_rows - most + first))
    if old.num_rows == new.num_rows:
        rows = first + np.flatnonzero(~same)
        return rows, rows
    last = int(np.argmin(same[::-1])) if not same.all() else len(same)
    return np.arange(first, old.num_rows - last), np.arange(first, new.num_rows - last)


def _equal_rows(old: pa.Table, new: pa.Table) -> NDArray[np.bool_]:
    same = np.ones(old.num_rows, dtype=np.bool_)
    for name in new.column_names:
        same &= ~_differs(old[name], new[name]).to_numpy()
    return same


def _aligned(old: pa.Table | None, new: pa.Table | None) -> tuple[pa.Table, pa.Table]:
    """Both tables with the columns of both; a column that one lacks is empty there."""
    fields = {field.name: field.type for table in (old, new) if table is not None for field in table.schema}
    schema = pa.schema(fields.items())
    return _with_columns(old, schema), _with_columns(new, schema)


def _with_columns(table: pa.Table | None, schema: pa.Schema) -> pa.Table:
    if table is None:
        return schema.empty_table()
    columns = [
        table[field.name].cast(field.type)
        if field.name in table.column_names
        else pa.chunked_array([pa.nulls(table.num_rows, field.type)])
        for field in schema
    ]
    return pa.table(columns, schema=schema)


def _changed_cells(
    key: tuple[str, ...], old: pa.Table, new: pa.Table
) -> Iterator[tuple[tuple[Any, ...], str, Any, Any]]:
    """The cells of the same rows that differ, column by column."""
    for name in new.column_names:
        if name in key:
            continue
        before, after = old[name], new[name]
        rows = pc.indices_nonzero(_differs(before, after))
        keys = zip(*(new[part].take(rows).to_pylist() for part in key), strict=True)
        yield from (
            (place, name, was, becomes)
            for place, was, becomes in zip(
                keys, before.take(rows).to_pylist(), after.take(rows).to_pylist(), strict=True
            )
        )


def _differs(before: pa.ChunkedArray, after: pa.ChunkedArray) -> pa.ChunkedArray:
    """Where two columns hold another value, or one of them none."""
    either_missing = pc.not_equal(pc.is_null(before), pc.is_null(after))
    return pc.or_(either_missing, pc.fill_null(pc.not_equal(before, after), False))
