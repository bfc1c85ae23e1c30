"""What the checks of whole tables say of rows that were given, and what is new about the other rows of their patients."""

from collections.abc import Iterator, Mapping
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from plro_core.intake.checks import Check, Hits, TableFinding, asked
from plro_core.intake.findings import MOST_FINDINGS, Findings
from plro_core.intake.model import Finding, Value
from plro_core.intake.reading import Read
from plro_core.intake.rows import Rows
from plro_core.keys import Places
from plro_core.vocabulary import Vocabulary

Tables = Mapping[str, pa.Table]

#: Checks of what is missing: rows with errors are not there, and so say nothing about it.
_OF_MISSING = ("no_visits", "no_pain_score")


class _Patients:
    """The patients of whom rows were given, each with the first of these rows."""

    def __init__(self, rows: Mapping[str, Rows]) -> None:
        self._rows = [one for one in rows.values() if len(one)]

    @cached_property
    def numbers(self) -> pa.Array:
        """Their numbers."""
        columns = [chunk for rows in self._rows for chunk in rows.frame["case_id"].chunks]
        return pc.unique(pa.chunked_array(columns, pa.int64()))

    @cached_property
    def _first(self) -> dict[Value, tuple[Rows, int]]:
        found: dict[Value, tuple[Rows, int]] = {}
        for rows in reversed(self._rows):
            numbers, first = np.unique(rows.frame["case_id"].to_numpy(), return_index=True)
            found |= {number: (rows, at) for number, at in zip(numbers.tolist(), first.tolist(), strict=True)}
        return found

    def first(self, number: Value) -> tuple[Rows, int] | None:
        """The first row that was given of a patient."""
        return self._first.get(number)

    def own(self, frame: pa.Table) -> Places:
        """The rows of a table that are theirs."""
        return np.flatnonzero(pc.is_in(frame["case_id"], value_set=self.numbers).to_numpy())


def doubts(
    read: Read, vocabulary: Vocabulary, stored: Tables, tables: Tables, given: Mapping[str, Places], partial: bool
) -> Findings:
    """What the checks find; every one of them looks at a patient alone, so only the patients given are looked at.

    ``given`` says of each row of ``tables`` which of the given ones it is; none where a table is left out. No cell of a column asks about its unit again if the
    unit of the column is in question as a whole.
    """
    patients = _Patients(read.rows)
    if not any(map(len, read.rows.values())):
        return Findings()
    own = {name: patients.own(tables[name]) for name in read.rows}
    now = {name: _taken(tables[name], rows) for name, rows in own.items()}
    given = {name: given[name][rows] if name in given else _no_row(len(rows)) for name, rows in own.items()}
    before = _Before(vocabulary, stored, patients, tuple(own))
    in_question = {doubt.column for doubt in read.unit_doubts}
    parts = []
    for check, hits in asked(now, vocabulary):
        if partial and check.name in _OF_MISSING:
            continue
        if check.name == "unit_doubt" and (hits.table, hits.column) in in_question:
            continue
        parts.append(_of_hits(check, hits, read.rows[hits.table], given[hits.table], patients, before))
    return Findings.of(*parts)


def _no_row(count: int) -> Places:
    return np.full(count, -1, dtype=np.int64)


def _taken(frame: pa.Table, rows: Places) -> pa.Table:
    return frame if len(rows) == frame.num_rows else frame.take(pa.array(rows))


class _Before:
    """What the checks said before the rows were given, found out when it is first asked for."""

    def __init__(self, vocabulary: Vocabulary, stored: Tables, patients: _Patients, names: tuple[str, ...]) -> None:
        self._vocabulary, self._stored = vocabulary, stored
        self._patients, self._names = patients, names

    def said(self, check: Check, found: TableFinding) -> bool:
        """Whether a check said exactly this."""
        return (check.name, found) in self._all

    @cached_property
    def _all(self) -> set[tuple[str, TableFinding]]:
        tables = {name: _taken(self._stored[name], self._patients.own(self._stored[name])) for name in self._names}
        if not tables["cases"].num_rows:
            return set()
        return {(check.name, found) for check, hits in asked(tables, self._vocabulary) for found in hits.told()}


def _of_hits(check: Check, hits: Hits, own: Rows, given: Places, patients: _Patients, before: _Before) -> Findings:
    """The findings on rows that were given, of each sheet the first made and all counted; and what is new of others."""
    rows = np.where(hits.rows >= 0, given[hits.rows], -1) if len(given) else np.full(len(hits.rows), -1)
    ours = np.flatnonzero(rows >= 0)
    made = rows < 0
    for source, at in own.of_source(rows[ours]):
        cut = source.places.one_column and hits.column
        made[ours[at[:MOST_FINDINGS] if cut else at]] = True
    wanted = np.flatnonzero(made)
    found = Findings.of(_told(check, hits, own, rows, wanted, patients, before))
    more = len(rows) - len(wanted)
    errors, warnings = (more, 0) if check.severity == "error" else (0, more)
    return Findings(found.kept, found.more_errors + errors, found.more_warnings + warnings)


def _told(
    check: Check, hits: Hits, own: Rows, rows: Places, wanted: Places, patients: _Patients, before: _Before
) -> Iterator[Finding]:
    for found, row in zip(hits.told(wanted), rows[wanted].tolist(), strict=True):
        if row >= 0:
            yield _in_file(check, found, own, row, found.column)
            continue
        first = patients.first(found.key[0])
        if first and not before.said(check, found):
            yield _in_file(check, found, *first, first[0].table.key[-1])


def _in_file(check: Check, found: TableFinding, rows: Rows, at: int, column: str) -> Finding:
    """What a check finds, at the cell of the files that it is about."""
    own = found.column == column and rows.table.name == found.table
    value, before = rows.told(at, column) if own else ("", "")
    message = before + found.message if own else f"{found.table}, {found.column} {found.value}: {found.message}"
    return Finding.at(rows.place(at, column), value, check.name, message, check.severity, found.suggestion)
