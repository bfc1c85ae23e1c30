"""The rows that sheets give to one table, column by column: read, placed and keyed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from plro_core.intake.answers import Answers
from plro_core.intake.cells import Reading, Style, read_cell, read_in_unit
from plro_core.intake.findings import MOST_FINDINGS, Findings
from plro_core.intake.given import shown
from plro_core.intake.model import Finding, Place, Raw, Value
from plro_core.vocabulary import Key, RegistryTable, Variable
from tests.plain_intake.given import Given

_EMPTY = Reading()

#: What a sheet gives to a table, read: variable -> its cells.
_Columns = Mapping[str, Sequence[Reading]]


@dataclass(frozen=True)
class Rows:
    """Rows of one table, read: values by variable, and for each row its key, where it comes from, what was read otherwise.

    An origin is the index of what was ``given`` and the row in it; ``changed`` are the cells whose stored value is not the
    text of the file; ``index`` is the row of each key.
    """

    table: RegistryTable
    entries: Mapping[str, Variable]
    given: tuple[Given, ...]
    values: Mapping[str, Sequence[Value]]
    origins: Sequence[tuple[int, int]]
    changed: Sequence[tuple[int, str]]
    index: Mapping[Key, int]

    @cached_property
    def keys(self) -> tuple[Key, ...]:
        """The key of each row, in the order of the rows."""
        return tuple(self.index)

    def place(self, row: int, name: str) -> Place:
        """Where a cell of a row stands; the place of the row's key if its column was not given."""
        source, local = self.origins[row]
        return _place(self.given[source], local, name)

    def raw(self, row: int, name: str) -> Raw:
        """A cell of a row as its file holds it."""
        source, local = self.origins[row]
        return self.given[source].raws[name][local] if name in self.given[source].raws else None


@dataclass
class _ToldApart:
    """The rows of a table as they are told apart by key."""

    index: dict[Key, int] = field(default_factory=dict)
    origins: list[tuple[int, int]] = field(default_factory=list)
    repeated: list[tuple[int, int, Key]] = field(default_factory=list)


def read_rows(
    table: RegistryTable, entries: Sequence[Variable], given: tuple[Given, ...], answers: Answers
) -> tuple[Rows, Findings]:
    """All rows given to a table; those without a whole key, or with one that is there already, are left out."""
    read = [_columns(one, answers) for one in given]
    sheets = [columns for columns, _ in read]
    told = _told_apart(table, sheets)
    values = {entry.name: _values(entry.name, sheets, told.origins) for entry in entries}
    changed = [
        (row, name)
        for row, (source, local) in enumerate(told.origins)
        for name, readings in sheets[source].items()
        if readings[local].changed
    ]
    rows = Rows(table, {entry.name: entry for entry in entries}, given, values, told.origins, changed, told.index)
    return rows, Findings.of(*(findings for _, findings in read), _twice(rows, told.repeated))


def _values(name: str, sheets: Sequence[_Columns], origins: Sequence[tuple[int, int]]) -> list[Value]:
    """One column of the rows that were kept, empty where a sheet does not give it."""
    own = [columns.get(name) for columns in sheets]
    return [None if (cells := own[source]) is None else cells[local].value for source, local in origins]


def _columns(given: Given, answers: Answers) -> tuple[_Columns, Findings]:
    """The cells of a sheet by column, as read."""
    columns = {entry.name: _readings(given, entry, answers) for entry in given.entries if entry.name in given.raws}
    return columns, Findings.of(*(_found(given, name, readings) for name, readings in columns.items()))


def _readings(given: Given, entry: Variable, answers: Answers) -> list[Reading]:
    """The cells of one column; equal cells are read once, because a column has few different ones.

    A column with more errors than can be shown is given up: to look for what each cell might mean takes its time.
    """
    known: dict[object, Reading] = {}
    readings: list[Reading] = []
    errors = 0
    for raw in given.raws[entry.name]:
        if errors > MOST_FINDINGS:
            break
        same = raw if raw.__class__ is str else (raw.__class__, raw)
        reading = known.get(same)
        if reading is None:
            reading = known[same] = _reading(raw, entry, answers, given.style)
        readings.append(reading)
        errors += sum(finding.severity == "error" for finding in reading.findings)
    return readings + [_EMPTY] * (given.count - len(readings))


def _reading(raw: Raw, entry: Variable, answers: Answers, style: Style) -> Reading:
    """What a cell says; nothing if a person has said that what stands in it means missing."""
    if answers.says_missing(entry, raw):
        return replace(read_cell(None, entry, style), changed=True)
    unit = answers.unit(entry)
    return read_in_unit(raw, entry, unit, style) if unit else read_cell(raw, entry, style)


def _found(given: Given, name: str, readings: Sequence[Reading]) -> Iterator[Finding]:
    for row, reading in enumerate(readings):
        for finding in reading.findings:
            yield finding.at(given.place(row, name), shown(given.raws[name][row]))


def _told_apart(table: RegistryTable, sheets: Sequence[_Columns]) -> _ToldApart:
    told = _ToldApart()
    for source, columns in enumerate(sheets):
        cells = {name: [reading.value for reading in columns[name]] for name in table.identity if name in columns}
        for local, key in enumerate(table.keys(cells)):
            if None in key:
                continue
            if key in told.index:
                told.repeated.append((source, local, key))
            else:
                told.index[key] = len(told.origins)
                told.origins.append((source, local))
    return told


def _twice(rows: Rows, repeated: Sequence[tuple[int, int, Key]]) -> Iterator[Finding]:
    last = rows.table.key[-1]
    for source, local, key in repeated:
        given = rows.given[source]
        first = rows.place(rows.index[key], last)
        where = f"{first.file}, sheet {first.sheet}, {first.cell}" if first.sheet else f"{first.file}, {first.cell}"
        words = " / ".join(map(str, key))
        message = f"{rows.table.row} twice: {words} stands in {where} already; expected each once."
        yield Finding.at(_place(given, local, last), shown(given.raws[last][local]), "uniqueness", message)


def _place(given: Given, row: int, name: str) -> Place:
    return given.place(row, name if name in given.raws else given.table.key[-1])
