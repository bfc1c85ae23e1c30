"""The last stage: the rows that were given, put into the registry's tables and checked as a whole."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from plro_core.intake.doubts import doubts
from plro_core.intake.findings import Findings
from plro_core.intake.given import shown
from plro_core.intake.lines import provenance
from plro_core.intake.model import Finding
from plro_core.intake.reading import Read
from plro_core.intake.rows import Rows
from plro_core.keys import Places, places, taken
from plro_core.schema import arrow_schema, row_violations, violations
from plro_core.store.ondemand import OnDemand
from plro_core.store.tables import Tables as Stored
from plro_core.vocabulary import RegistryTable, Vocabulary, written_key

Tables = Mapping[str, pa.Table]


def stored_tables(vocabulary: Vocabulary, base: Mapping[str, pa.Table] | None) -> tuple[OnDemand, Findings]:
    """The tables of the registry to begin with, every declared one there; an error if one has another shape.

    One of the declared shape in a version is read when it is asked for.
    """
    makers: dict[str, Callable[[], pa.Table]] = {}
    findings = []
    for table in vocabulary.tables:
        name, schema = table.name, arrow_schema(table.name, vocabulary)
        if isinstance(base, Stored) and name in base and base.shape(name).equals(schema):
            makers[name] = partial(base.__getitem__, name)
            continue
        frame = (base or {}).get(name)
        try:
            frame = schema.empty_table() if frame is None else frame.select(schema.names).cast(schema)
        except MemoryError:  # one of Arrow's is also an ArrowException
            raise
        except (KeyError, ValueError, pa.ArrowException):
            message = f"the registry's table {name} is of another version; expected the declared columns."
            findings.append(Finding("", rule="schema", message=message))
            frame = schema.empty_table()
        makers[name] = partial(_same, frame)
    return OnDemand(makers), Findings.of(findings)


def _same(frame: pa.Table) -> pa.Table:
    return frame


#: Of a table the stored rows that go and the rows that come; what differs between two versions is among them.
Touched = tuple[pa.Table, pa.Table]


@dataclass(frozen=True)
class Assembled:
    """The registry's tables with the rows that were read in them.

    ``touched`` are the tables that may differ from the stored ones; ``None`` if the rows are the whole registry.
    """

    tables: Tables
    touched: Mapping[str, Touched] | None


@dataclass(frozen=True)
class _Joined:
    """A table of the registry with the rows that were given in it.

    ``given`` says of each row which of the given ones it is, -1 for one that stays; ``replaced`` pairs stored rows with the
    given rows that stand in their place.
    """

    frame: pa.Table
    given: Places
    replaced: tuple[Places, Places]

    def touched(self, stored: pa.Table) -> Touched:
        """The stored rows that go, and the given ones in the order of the table."""
        gone, come = np.sort(self.replaced[0]), np.flatnonzero(self.given >= 0)
        return stored.take(pa.array(gone)), self.frame.take(pa.array(come))


def assemble(
    read: Read, vocabulary: Vocabulary, stored: OnDemand, whole: bool, faulty: bool, sound: bool
) -> tuple[Assembled, Findings]:
    """The registry's tables with the rows that were read in them, and what all checks of whole tables find.

    With ``whole`` the rows are the whole registry. ``faulty`` says that an error was found before, ``sound`` that the stored
    tables keep the rules.
    """
    given_rows = {name: rows for name, rows in read.rows.items() if whole or len(rows)}
    joined = {name: _joined(rows.table, stored[name], rows, whole) for name, rows in given_rows.items()}
    new = {name: one.frame for name, one in joined.items()}
    gone = lines = None
    if joined:
        new["provenance"], gone, lines = provenance(vocabulary, stored["provenance"], read.rows, whole)
    tables = stored.replaced(new)
    found = Findings.of(
        *(_lost(stored[name], rows, joined[name].replaced) for name, rows in given_rows.items()),
        *(_orphans(tables, rows) for rows in given_rows.values() if read.complete),
        _removed(stored, read.rows, joined) if whole and read.complete else (),
    )
    unfinished = not read.complete or faulty or found.has_errors
    given = {name: one.given for name, one in joined.items()}
    found = Findings.of(found, doubts(read, vocabulary, stored, tables, given, unfinished))
    touched = {name: joined[name].touched(stored[name]) for name, rows in given_rows.items() if len(rows)}
    if not (faulty or found.has_errors):
        found = Findings.of(found, _forbidden(tables, touched if sound else None, vocabulary))
    touched |= {"provenance": (gone, lines)} if touched else {}
    return Assembled(tables, None if whole else touched), found


def _forbidden(tables: Tables, touched: Mapping[str, Touched] | None, vocabulary: Vocabulary) -> Iterator[Finding]:
    """What may not be stored: of all tables, or of rows, no two with one key, that come into tables which keep the rules."""
    if touched is None:
        broken = violations(tables, vocabulary)
    else:
        rows = ((vocabulary.table(name), come) for name, (_, come) in touched.items())
        broken = [one for table, come in rows for one in row_violations(table, come, vocabulary)]
    return (Finding("", rule="schema", message=one.sentence) for one in broken)


def _joined(table: RegistryTable, stored: pa.Table, rows: Rows, whole: bool) -> _Joined:
    """The rows of the registry that stay and those that were given, sorted."""
    found = places(rows.frame, stored, table.identity)
    given = np.flatnonzero(found >= 0)
    replaced = found[given]
    order = np.argsort(replaced, kind="stable")
    stays = np.full(stored.num_rows, not whole, dtype=np.bool_)
    stays[replaced] = False
    kept = stored.filter(pa.array(stays))
    frame = pa.concat_tables([kept, rows.frame])
    sorted_rows = pc.sort_indices(frame, [(name, "ascending") for name in _sorted_by(table)])
    at = sorted_rows.to_numpy().astype(np.int64)
    return _Joined(
        taken(frame, at).combine_chunks(), np.maximum(at - kept.num_rows, -1), (replaced[order], given[order])
    )


def _sorted_by(table: RegistryTable) -> tuple[str, ...]:
    """Cases and visits are sorted by their keys; facts by patient, in the order in which they were given."""
    return table.key if table.name in ("cases", "visits") else ("case_id",)


def _lost(frame: pa.Table, rows: Rows, replaced: tuple[Places, Places]) -> Iterator[Finding]:
    """A row replaces the whole stored one: say where it takes a value away, once a column."""
    before, after = (pa.array(one) for one in replaced)
    for name in rows.entries if len(before) else ():
        held, now = frame[name].take(before), rows.frame[name].take(after)
        lost = np.flatnonzero(pc.and_(held.is_valid(), now.is_null()).to_numpy())
        if len(lost):
            place = rows.place(int(replaced[1][lost[0]]), name)
            message = f"{_values(len(lost))} of {name} would be removed, the first “{held[int(lost[0])].as_py()}”."
            hint = "A row replaces the stored row as a whole: give all its cells."
            yield Finding.at(place, "", "lost_value", message, "warning", hint)


def _values(count: int) -> str:
    return f"{count} stored value{'' if count == 1 else 's'}"


def _orphans(tables: Tables, rows: Rows) -> Findings:
    known = tables["cases"]["case_id"]
    where = "the files or the registry" if len(known) else "the files"
    strange = pc.invert(pc.is_in(rows.frame["case_id"], value_set=known.combine_chunks()))

    def told(at: int) -> Finding:
        message = f"no patient {rows.key(at)[0]} in {where}; expected one in cases."
        return Finding.at(rows.place(at, "case_id"), shown(rows.raw(at, "case_id")), "orphan", message)

    return rows.found(np.flatnonzero(strange.to_numpy()), "error", told)


def _removed(stored: Tables, rows: Mapping[str, Rows], joined: Mapping[str, _Joined]) -> Iterator[Finding]:
    """A forgotten file, or an export of a part, looks like the whole: ask before rows go."""
    for name, given in rows.items():
        frame, table = stored[name], given.table
        stays = np.zeros(frame.num_rows, dtype=np.bool_)
        stays[joined[name].replaced[0]] = True
        gone = np.flatnonzero(~stays)
        if len(gone):
            row = frame.slice(int(gone[0]), 1)
            first = written_key(next(table.keys({name: row[name].to_pylist() for name in table.identity})))
            message = f"{len(gone)} of {frame.num_rows} stored rows of {name} would be removed, the first {first}."
            hint = "Are these files the whole registry? Was one forgotten, or exported in part?"
            yield Finding("", column=name, rule="removed", severity="warning", message=message, suggestion=hint)
