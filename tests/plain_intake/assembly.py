"""The last stage: the rows that were given, put into the registry's tables and checked as a whole."""

from collections.abc import Iterator, Mapping

import pyarrow as pa

from plro_core.intake.assembly import _values
from plro_core.intake.findings import Findings
from plro_core.intake.given import shown
from plro_core.intake.heads import given_tables
from plro_core.intake.model import Finding, Value
from plro_core.schema import arrow_schema, violations
from plro_core.vocabulary import Key, RegistryTable, Vocabulary, written_key
from tests.plain_intake.checks import Check, TableFinding, checked
from tests.plain_intake.reading import Read
from tests.plain_intake.rows import Rows

Tables = dict[str, pa.Table]

#: Checks of what is missing: rows with errors are not there, and so say nothing about it.
_OF_MISSING = ("no_visits", "no_pain_score")

_LINE = ("table", "key", "column", "source", "verbatim", "status")
Line = tuple[str, str, str, str, str, str]


def stored_tables(vocabulary: Vocabulary, base: Mapping[str, pa.Table] | None) -> tuple[Tables, Findings]:
    """The tables of the registry to begin with, every declared one there; an error if one has another shape."""
    tables: Tables = {}
    findings = []
    for table in vocabulary.tables:
        schema = arrow_schema(table.name, vocabulary)
        frame = (base or {}).get(table.name)
        try:
            tables[table.name] = schema.empty_table() if frame is None else frame.select(schema.names).cast(schema)
        except (KeyError, ValueError, pa.ArrowException):
            message = f"the registry's table {table.name} is of another version; expected the declared columns."
            findings.append(Finding("", rule="schema", message=message))
            tables[table.name] = schema.empty_table()
    return tables, Findings.of(findings)


def assemble(read: Read, vocabulary: Vocabulary, stored: Tables, whole: bool, faulty: bool) -> tuple[Tables, Findings]:
    """The registry's tables with the rows that were read in them, and what all checks of whole tables find.

    With ``whole`` the rows are the whole registry. ``faulty`` says that an error was found before.
    """
    tables = stored | {
        table.name: _assembled(vocabulary, table, stored[table.name], read.rows[table.name], whole)
        for table in given_tables(vocabulary)
    }
    tables["provenance"] = _provenance(vocabulary, stored["provenance"], read.rows, whole)
    found = Findings.of(
        *(_lost(stored[name], rows) for name, rows in read.rows.items()),
        _orphans(tables, read.rows) if read.complete else (),
        _removed(stored, read.rows) if whole and read.complete else (),
    )
    partial = not read.complete or faulty or found.has_errors
    found = Findings.of(found, _doubts(read, vocabulary, stored, tables, partial))
    if not (faulty or found.has_errors):
        forbidden = (Finding("", rule="schema", message=one.sentence) for one in violations(tables, vocabulary))
        found = Findings.of(found, forbidden)
    return tables, found


def _assembled(vocabulary: Vocabulary, table: RegistryTable, stored: pa.Table, rows: Rows, whole: bool) -> pa.Table:
    return _sorted(pa.concat_tables([_kept(stored, table, rows, whole), _arrow(vocabulary, rows)]), table)


def _arrow(vocabulary: Vocabulary, rows: Rows) -> pa.Table:
    schema = arrow_schema(rows.table.name, vocabulary)
    return pa.Table.from_arrays([pa.array(rows.values[entry.name], entry.type) for entry in schema], schema=schema)


def _kept(frame: pa.Table, table: RegistryTable, rows: Rows, whole: bool) -> pa.Table:
    """Rows of the registry that stay as they are."""
    if whole:
        return frame.slice(0, 0)
    return frame.filter(pa.array([key not in rows.index for key in _keys(frame, table)], pa.bool_()))


def _keys(frame: pa.Table, table: RegistryTable) -> Iterator[Key]:
    return table.keys({name: frame[name].to_pylist() for name in table.identity})


def _sorted(frame: pa.Table, table: RegistryTable) -> pa.Table:
    """Cases and visits by their keys; facts by patient, in the order in which they were given."""
    names = table.key if table.name in ("cases", "visits") else ("case_id",)
    return frame.sort_by([(name, "ascending") for name in names]).combine_chunks()


def _lost(frame: pa.Table, rows: Rows) -> Iterator[Finding]:
    """A row replaces the whole stored one: say where it takes a value away, once a column."""
    stored = {key: at for at, key in enumerate(_keys(frame, rows.table)) if key in rows.index}
    for name in rows.values if stored else ():
        before = frame[name].to_pylist()
        lost = [
            key for key, at in stored.items() if before[at] is not None and rows.values[name][rows.index[key]] is None
        ]
        if lost:
            place = rows.place(rows.index[lost[0]], name)
            message = f"{_values(len(lost))} of {name} would be removed, the first “{before[stored[lost[0]]]}”."
            hint = "A row replaces the stored row as a whole: give all its cells."
            yield Finding.at(place, "", "lost_value", message, "warning", hint)


def _orphans(tables: Tables, rows: Mapping[str, Rows]) -> Iterator[Finding]:
    known = set(tables["cases"]["case_id"].to_pylist())
    where = "the files or the registry" if known else "the files"
    for given in rows.values():
        for at, key in enumerate(given.keys):
            if key[0] not in known:
                message = f"no patient {key[0]} in {where}; expected one in cases."
                yield Finding.at(given.place(at, "case_id"), shown(given.raw(at, "case_id")), "orphan", message)


def _removed(stored: Tables, rows: Mapping[str, Rows]) -> Iterator[Finding]:
    """A forgotten file, or an export of a part, looks like the whole: ask before rows go."""
    for name, given in rows.items():
        gone = [key for key in _keys(stored[name], given.table) if key not in given.index]
        if gone:
            first = written_key(gone[0])
            message = (
                f"{len(gone)} of {stored[name].num_rows} stored rows of {name} would be removed, the first {first}."
            )
            hint = "Are these files the whole registry? Was one forgotten, or exported in part?"
            yield Finding("", column=name, rule="removed", severity="warning", message=message, suggestion=hint)


def _doubts(read: Read, vocabulary: Vocabulary, stored: Tables, tables: Tables, partial: bool) -> Iterator[Finding]:
    """What the checks say of given rows, and what is new about the other rows of the patients given.

    No cell of a column asks about its unit again if the unit of the column is in question as a whole.
    """
    patients: dict[Value, tuple[Rows, int]] = {}
    for rows in read.rows.values():
        for at, key in enumerate(rows.keys):
            patients.setdefault(key[0], (rows, at))
    before = set(checked(stored, vocabulary)) if patients and stored["cases"].num_rows else set()
    asked = {doubt.column for doubt in read.unit_doubts}
    for check, found in checked(tables, vocabulary):
        if partial and check.name in _OF_MISSING:
            continue
        if check.name == "unit_doubt" and (found.table, found.column) in asked:
            continue
        own = read.rows[found.table]
        if found.key in own.index:
            yield _in_file(check, found, own, own.index[found.key], found.column)
        elif found.key[0] in patients and (check, found) not in before:
            rows, at = patients[found.key[0]]
            yield _in_file(check, found, rows, at, rows.table.key[-1])


def _in_file(check: Check, found: TableFinding, rows: Rows, at: int, column: str) -> Finding:
    """What a check finds, at the cell of the files that it is about."""
    own = found.column == column and rows.table.name == found.table
    value = shown(rows.raw(at, column)) if own else ""
    message = found.message if own else f"{found.table}, {found.column} {found.value}: {found.message}"
    return Finding.at(rows.place(at, column), value, check.name, message, check.severity, found.suggestion)


def _provenance(vocabulary: Vocabulary, base: pa.Table, rows: Mapping[str, Rows], whole: bool) -> pa.Table:
    """A line for every row given, and one for every cell that was not stored as it stands; others stay."""
    keys = {name: {written_key(key) for key in given.keys} for name, given in rows.items()}
    stays = [
        table not in rows or not (whole or key in keys[table])
        for table, key in zip(base["table"].to_pylist(), base["key"].to_pylist(), strict=True)
    ]
    lines = [line for given in rows.values() for line in _lines(given)]
    return pa.concat_tables(
        [base.filter(pa.array(stays, pa.bool_())), _as_provenance(vocabulary, lines)]
    ).combine_chunks()


def _as_provenance(vocabulary: Vocabulary, lines: list[Line]) -> pa.Table:
    schema = arrow_schema("provenance", vocabulary)
    told = dict(zip(_LINE, zip(*lines, strict=True), strict=True)) if lines else {}
    nothing = [None] * len(lines)
    arrays = [pa.array(told.get(field.name, nothing), field.type) for field in schema]
    return pa.Table.from_arrays(arrays, schema=schema)


def _lines(rows: Rows) -> Iterator[Line]:
    name, last = rows.table.name, rows.table.key[-1]
    changed = set(rows.changed)
    cells = [(at, last) for at in range(len(rows.keys)) if (at, last) not in changed]
    for at, column in sorted([*cells, *changed]):
        status = "parsed" if (at, column) in changed else "printed"
        key = written_key(rows.keys[at])
        yield name, key, column, rows.place(at, column).words, shown(rows.raw(at, column)), status
