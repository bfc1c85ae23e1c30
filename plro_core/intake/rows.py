"""The rows that sheets give to one table, column by column: read, placed and keyed."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from plro_core.intake.answers import Answers
from plro_core.intake.columns import ReadColumn, read_column
from plro_core.intake.findings import MOST_FINDINGS, Findings
from plro_core.intake.given import Given, shown
from plro_core.intake.model import Finding, Place, Raw, Severity
from plro_core.keys import Places, first_rows, numbered
from plro_core.vocabulary import Key, RegistryTable, Variable

#: What a sheet gives to a table, read: variable -> its cells.
_Columns = Mapping[str, ReadColumn]


@dataclass(frozen=True)
class Rows:
    """Rows of one table, read: their values, and for each row where it comes from and what was read otherwise.

    ``source`` is the index of what was ``given``, ``local`` the row in it; ``changed`` says of each column which cells have
    a stored value that is not the text of the file.
    """

    table: RegistryTable
    entries: Mapping[str, Variable]
    given: tuple[Given, ...]
    frame: pa.Table
    source: Places
    local: Places
    changed: Mapping[str, NDArray[np.bool_]]

    def __len__(self) -> int:
        return len(self.source)

    def key(self, row: int) -> Key:
        """The key of a row."""
        return next(self.keys(np.array([row])))

    def keys(self, rows: Places) -> Iterator[Key]:
        """The keys of some rows."""
        names = self.table.identity
        found = self.frame.select(list(names)).take(pa.array(rows))
        return self.table.keys({name: found[name].to_pylist() for name in names})

    def place(self, row: int, name: str) -> Place:
        """Where a cell of a row stands; the place of the row's key if its column was not given."""
        return self.given[self.source[row]].place(int(self.local[row]), name)

    def raw(self, row: int, name: str) -> Raw:
        """A cell of a row as its file holds it."""
        given = self.given[self.source[row]]
        return given.raws[name][int(self.local[row])] if name in given.raws else None

    def told(self, row: int, name: str) -> tuple[str, str]:
        """A cell of a row as :meth:`Given.told`; nothing if its column was not given."""
        given = self.given[self.source[row]]
        return given.told(int(self.local[row]), name) if name in given.raws else ("", "")

    def of_source(self, rows: Places) -> Iterator[tuple[Given, Places]]:
        """What was given, each with the positions of its rows among those."""
        for source, given in enumerate(self.given):
            own = np.flatnonzero(self.source[rows] == source)
            if len(own):
                yield given, own

    def unread(self, name: str) -> Iterator[tuple[Raw, int]]:
        """The different raw cells of a column without a value, in the order of the rows, and in how many rows each is."""
        rows = np.flatnonzero(self.frame[name].is_null().to_numpy())
        for given, own in self.of_source(rows):
            if name in given.raws:
                cells = given.raws[name]
                codes = cells.codes[self.local[rows[own]]]
                different, first, counts = np.unique(codes, return_index=True, return_counts=True)
                for at in np.argsort(first, kind="stable").tolist():
                    yield cells.different_at(int(different[at])), int(counts[at])

    def found(self, rows: Places, severity: Severity, tell: Callable[[int], Finding]) -> Findings:
        """A finding on each of some rows, in one column: all counted, and the first of each sheet made."""
        made = np.zeros(len(rows), dtype=np.bool_)
        for given, own in self.of_source(rows):
            made[own[:MOST_FINDINGS] if given.places.one_column else own] = True
        found = Findings.of(map(tell, rows[made].tolist()))
        more = int((~made).sum())
        errors, warnings = (more, 0) if severity == "error" else (0, more)
        return Findings(found.kept, found.more_errors + errors, found.more_warnings + warnings)


def read_rows(
    table: RegistryTable, schema: pa.Schema, entries: Sequence[Variable], given: tuple[Given, ...], answers: Answers
) -> tuple[Rows, Findings]:
    """All rows given to a table; those without a whole key, or with one that is there already, are left out."""
    sheets = [
        {
            entry.name: read_column(one, entry, schema.field(entry.name).type, answers)
            for entry in one.entries
            if entry.name in one.raws
        }
        for one in given
    ]
    frames = [_table(schema, one, columns) for one, columns in zip(given, sheets, strict=True)]
    whole = pa.concat_tables([schema.empty_table(), *frames])
    source = np.repeat(np.arange(len(given)), [one.count for one in given])
    local = np.concatenate([np.arange(one.count) for one in given] or [np.empty(0, dtype=np.int64)])
    kept, repeated = _told_apart(table, whole)
    changed = {name: _changed(name, given, sheets)[kept] for name in schema.names}
    rows = Rows(
        table,
        {entry.name: entry for entry in entries},
        given,
        _taken(whole, kept),
        source[kept],
        local[kept],
        changed,
    )
    findings = (column.findings for columns in sheets for column in columns.values())
    return rows, Findings.of(*findings, _twice(rows, whole, source, local, kept, repeated))


def _taken(frame: pa.Table, rows: Places) -> pa.Table:
    return frame if len(rows) == frame.num_rows else frame.take(pa.array(rows))


def _table(schema: pa.Schema, given: Given, columns: _Columns) -> pa.Table:
    """What a sheet gives, with all columns of its table; empty where the sheet does not give one."""
    arrays = [
        columns[field.name].values if field.name in columns else pa.nulls(given.count, field.type) for field in schema
    ]
    return pa.Table.from_arrays(arrays, schema=schema)


def _changed(name: str, given: Sequence[Given], sheets: Sequence[_Columns]) -> NDArray[np.bool_]:
    parts = [
        columns[name].changed | one.changed(name) if name in columns else np.zeros(one.count, dtype=np.bool_)
        for one, columns in zip(given, sheets, strict=True)
    ]
    return np.concatenate(parts or [np.empty(0, dtype=np.bool_)])


def _told_apart(table: RegistryTable, frame: pa.Table) -> tuple[Places, Places]:
    """The rows that are the first with their key, and the others; of those without a whole key neither."""
    whole = np.flatnonzero(np.logical_and.reduce([frame[name].is_valid().to_numpy() for name in table.key]))
    keyed = frame.select(list(table.identity))
    first, others = first_rows(numbered([_taken(keyed, whole)], table.identity)[0])
    return whole[first], whole[others]


def _twice(rows: Rows, whole: pa.Table, source: Places, local: Places, kept: Places, repeated: Places) -> Findings:
    """That a row is there already, at each row that is."""
    if not len(repeated):
        return Findings()
    names = list(rows.table.identity)
    mine, theirs = numbered([whole.select(names).take(pa.array(repeated)), rows.frame.select(names)], names)
    order = np.argsort(theirs, kind="stable")
    first = order[np.searchsorted(theirs, mine, sorter=order)]
    again = Rows(rows.table, rows.entries, rows.given, rows.frame, source[repeated], local[repeated], {})
    last = rows.table.key[-1]

    def told(at: int) -> Finding:
        row = int(first[at])
        place = rows.place(row, last)
        where = f"{place.file}, sheet {place.sheet}, {place.cell}" if place.sheet else f"{place.file}, {place.cell}"
        words = " / ".join(map(str, rows.key(row)))
        message = f"{rows.table.row} twice: {words} stands in {where} already; expected each once."
        return Finding.at(again.place(at, last), shown(again.raw(at, last)), "uniqueness", message)

    return again.found(np.arange(len(repeated)), "error", told)
