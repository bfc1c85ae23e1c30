"""From the rows that were given, and the registry they go into, to the tables that the registry would become."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

import pyarrow as pa

from plro_core.intake.cells import Trouble
from plro_core.intake.heads import given_tables
from plro_core.intake.ledger import Ledger
from plro_core.intake.model import Finding
from plro_core.intake.rows import Key, Rows, shown
from plro_core.intake.rules import Doubt, Rule, doubts
from plro_core.schema import arrow_schema, violations
from plro_core.vocabulary import Table, Vocabulary, written_key

Tables = dict[str, pa.Table]

_LINE = ("table", "key", "column", "source", "verbatim", "status")
Line = tuple[str, str, str, str, str, str]


def full(words: Vocabulary, base: Mapping[str, pa.Table] | None, ledger: Ledger) -> Tables:
    """The tables of the registry to begin with, every declared one there; an error where one has another shape."""
    tables = {}
    for table in words.tables:
        schema = arrow_schema(table.name, words)
        frame = (base or {}).get(table.name)
        try:
            tables[table.name] = schema.empty_table() if frame is None else frame.select(schema.names).cast(schema)
        except (KeyError, ValueError, pa.ArrowException):
            message = f"the registry's table {table.name} is of another version; expected the declared columns."
            ledger.add(Finding("", rule="schema", message=message))
            tables[table.name] = schema.empty_table()
    return tables


def assemble(
    words: Vocabulary,
    base: Tables,
    rows: Mapping[str, Rows],
    whole: bool,
    sound: bool,
    ledger: Ledger,
    asked: Collection[tuple[str, str]] = (),
) -> Tables:
    """The registry's tables with the given rows in them, every rule on tables applied.

    ``sound`` says that every sheet could be read, so that what is missing is missing from the files. ``asked`` are the columns
    whose unit is in question as a whole, so that no cell of them asks again.
    """
    tables = dict(base)
    for table in given_tables(words):
        _note_lost(base[table.name], rows[table.name], ledger)
        kept = _kept(base[table.name], table, rows[table.name], whole)
        tables[table.name] = _sorted(pa.concat_tables([kept, _arrow(words, rows[table.name])]), table)
    if sound:
        _note_orphans(tables, rows, ledger)
    if whole and sound:
        _note_removed(base, rows, ledger)
    tables["provenance"] = _provenance(words, base["provenance"], rows, whole)
    _note_doubts(words, base, tables, rows, sound, ledger, asked)
    if not ledger.has_errors:
        ledger.add(*(Finding("", rule="schema", message=problem.sentence) for problem in violations(tables, words)))
    return tables


def _arrow(words: Vocabulary, rows: Rows) -> pa.Table:
    schema = arrow_schema(rows.table.name, words)
    return pa.Table.from_arrays([pa.array(rows.values[entry.name], entry.type) for entry in schema], schema=schema)


def _kept(frame: pa.Table, table: Table, rows: Rows, whole: bool) -> pa.Table:
    """Rows of the registry that stay as they are."""
    if whole:
        return frame.slice(0, 0)
    return frame.filter(pa.array([key not in rows.index for key in _keys(frame, table)], pa.bool_()))


def _keys(frame: pa.Table, table: Table) -> Iterator[Key]:
    return table.keys({name: frame[name].to_pylist() for name in table.identity})


def _sorted(frame: pa.Table, table: Table) -> pa.Table:
    """Cases and visits by their keys; facts by patient, in the order in which they were given."""
    names = table.key if table.name in ("cases", "visits") else ("case_id",)
    return frame.sort_by([(name, "ascending") for name in names]).combine_chunks()


def _note_lost(frame: pa.Table, rows: Rows, ledger: Ledger) -> None:
    """A row replaces the whole stored one: say where it takes a value away, once a column."""
    stored = {key: at for at, key in enumerate(_keys(frame, rows.table)) if key in rows.index}
    for name in rows.values if stored else ():
        before = frame[name].to_pylist()
        lost = [
            key for key, at in stored.items() if before[at] is not None and rows.values[name][rows.index[key]] is None
        ]
        if lost:
            at = rows.index[lost[0]]
            message = f"{_values(len(lost))} of {name} would be removed, the first “{before[stored[lost[0]]]}”."
            hint = "A row replaces the stored row as a whole: give all its cells."
            ledger.note(rows.place(at, name), "", Trouble("lost_value", message, hint, "warning"))


def _note_removed(base: Tables, rows: Mapping[str, Rows], ledger: Ledger) -> None:
    """A forgotten file, or an export of a part, looks like the whole: ask before rows go."""
    for name, given in rows.items():
        gone = [key for key in _keys(base[name], given.table) if key not in given.index]
        if gone:
            first = written_key(gone[0])
            message = f"{len(gone)} of {base[name].num_rows} stored rows of {name} would be removed, the first {first}."
            hint = "Are these files the whole registry? Was one forgotten, or exported in part?"
            ledger.add(Finding("", column=name, rule="removed", severity="warning", message=message, suggestion=hint))


def _values(count: int) -> str:
    return f"{count} stored value{'' if count == 1 else 's'}"


def _note_orphans(tables: Tables, rows: Mapping[str, Rows], ledger: Ledger) -> None:
    known = set(tables["cases"]["case_id"].to_pylist())
    for given in rows.values():
        for at, key in enumerate(given.keys):
            if key[0] not in known:
                message = (
                    f"no patient {key[0]} in the files{' or the registry' if known else ''}; expected one in cases."
                )
                ledger.note(given.place(at, "case_id"), shown(given.raw(at, "case_id")), Trouble("orphan", message))


def _note_doubts(
    words: Vocabulary,
    base: Tables,
    tables: Tables,
    rows: Mapping[str, Rows],
    sound: bool,
    ledger: Ledger,
    asked: Collection[tuple[str, str]],
) -> None:
    """What the rules on tables say of given rows, and what is new about the other rows of the patients given."""
    patients: dict[Any, tuple[Rows, int]] = {}
    for given in rows.values():
        for at, key in enumerate(given.keys):
            patients.setdefault(key[0], (given, at))
    before = set(doubts(base, words)) if patients and base["cases"].num_rows else set()
    partial = not sound or ledger.has_errors  # rows with errors are not there, and so say nothing about what is missing
    for rule, doubt in doubts(tables, words):
        if partial and rule.name in ("no_visits", "no_pain_score"):
            continue
        if rule.name == "unit_doubt" and (doubt.table, doubt.column) in asked:
            continue
        own = rows[doubt.table]
        if doubt.key in own.index:
            _note_doubt(rule, doubt, own, own.index[doubt.key], doubt.column, ledger)
        elif doubt.key[0] in patients and (rule, doubt) not in before:
            given, at = patients[doubt.key[0]]
            _note_doubt(rule, doubt, given, at, given.table.key[-1], ledger)


def _note_doubt(rule: Rule, doubt: Doubt, rows: Rows, at: int, column: str, ledger: Ledger) -> None:
    own = doubt.column == column and rows.table.name == doubt.table
    value = shown(rows.raw(at, column)) if own else ""
    words = doubt.message if own else f"{doubt.table}, {doubt.column} {doubt.value}: {doubt.message}"
    ledger.note(rows.place(at, column), value, Trouble(rule.name, words, doubt.suggestion, rule.severity))


def _provenance(words: Vocabulary, base: pa.Table, rows: Mapping[str, Rows], whole: bool) -> pa.Table:
    """A line for every row given, and one for every cell that was not stored as it stands; others stay."""
    keys = {name: {written_key(key) for key in given.keys} for name, given in rows.items()}
    stays = [
        table not in rows or not (whole or key in keys[table])
        for table, key in zip(base["table"].to_pylist(), base["key"].to_pylist(), strict=True)
    ]
    lines = [line for given in rows.values() for line in _lines(given)]
    return pa.concat_tables([base.filter(pa.array(stays, pa.bool_())), _as_provenance(words, lines)]).combine_chunks()


def _as_provenance(words: Vocabulary, lines: list[Line]) -> pa.Table:
    schema = arrow_schema("provenance", words)
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
