"""The rows that sheets give to the tables, column by column: read, placed and keyed."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from plro_core.intake.answers import UNANSWERED, Answers
from plro_core.intake.cells import Reading, Style, Trouble, Value, read_cell
from plro_core.intake.heads import names_unit
from plro_core.intake.ledger import MOST_FINDINGS, Ledger
from plro_core.intake.model import Draft, Place, Raw, Sheet
from plro_core.vocabulary import Table, Variable, Vocabulary

Key = tuple[Any, ...]


@dataclass(frozen=True)
class Given:
    """What one sheet gives to one table: raw cells by variable, and where each of them stands.

    ``with_unit`` are the variables whose unit the sheet, or the dictionary that came with it, names.
    """

    table: Table
    entries: tuple[Variable, ...]
    raws: Mapping[str, Sequence[Raw]]
    place: Callable[[int, str], Place]
    style: Style
    count: int
    with_unit: frozenset[str] = frozenset()


def of_sheet(words: Vocabulary, sheet: Sheet, table: Table, heads: Mapping[str, int], style: Style) -> Given:
    """The rows of a sheet whose columns are known."""
    raws = {name: [cells[index] for _, cells in sheet.rows] for name, index in heads.items()}

    def place(row: int, name: str) -> Place:
        number, cells = sheet.rows[row]
        return sheet.placed(number, cells, heads[name]).place

    named = frozenset(name for name, index in heads.items() if names_unit(sheet.head[index]))
    return Given(table, words.columns(table.name), raws, place, style, len(sheet.rows), named)


def of_drafts(
    words: Vocabulary, table: Table, drafts: Sequence[Draft], style: Style, with_unit: frozenset[str] = frozenset()
) -> Given:
    """Rows that were drafted elsewhere; their cells are in the words of the template."""
    spoken = {name for draft in drafts for name in draft} | set(table.key)
    entries = words.columns(table.name)
    names = [entry.name for entry in entries if entry.name in spoken]
    raws = {name: [draft[name].raw if name in draft else None for draft in drafts] for name in names}

    def place(row: int, name: str) -> Place:
        draft = drafts[row]
        return (draft.get(name) or draft.get(table.key[0]) or next(iter(draft.values()))).place

    return Given(table, entries, raws, place, style, len(drafts), with_unit)


@dataclass
class Rows:
    """Rows of one table, read: values by variable, and for each row its key, its place and what was read otherwise."""

    table: Table
    values: dict[str, list[Value]]
    keys: list[Key] = field(default_factory=list)
    origins: list[tuple[Given, int]] = field(default_factory=list)
    changed: list[tuple[int, str]] = field(default_factory=list)
    index: dict[Key, int] = field(default_factory=dict)
    answers: Answers = UNANSWERED
    entries: Mapping[str, Variable] = field(default_factory=dict)

    @classmethod
    def empty(cls, words: Vocabulary, table: Table, answers: Answers = UNANSWERED) -> "Rows":
        entries = {entry.name: entry for entry in words.columns(table.name)}
        return cls(table, {name: [] for name in entries}, answers=answers, entries=entries)

    def entry(self, name: str) -> Variable:
        return self.entries[name]

    def place(self, row: int, name: str) -> Place:
        """Where a cell of a row stands; the place of the row's key where its column was not given."""
        given, local = self.origins[row]
        return given.place(local, name if name in given.raws else self.table.key[-1])

    def raw(self, row: int, name: str) -> Raw:
        given, local = self.origins[row]
        return given.raws[name][local] if name in given.raws else None

    def add(self, given: Given, ledger: Ledger) -> None:
        """Read the cells of a sheet; rows without a whole key, or with one that is there already, are left out."""
        read, changed = _read(given, self.answers, ledger)
        keep = []
        for local, key in enumerate(self.table.keys(read)):
            if None in key:
                continue
            if key in self.index:
                self._note_repeated(given, local, key, ledger)
                continue
            self.index[key] = len(self.keys)
            self.keys.append(key)
            self.origins.append((given, local))
            keep.append(local)
        for name, values in self.values.items():
            cells = read.get(name)
            values.extend([cells[local] for local in keep] if cells else [None] * len(keep))
        self.changed += [(self.index[key], name) for key, name in _keyed(changed, given, keep, self)]

    def _note_repeated(self, given: Given, local: int, key: Key, ledger: Ledger) -> None:
        last = self.table.key[-1]
        first = self.place(self.index[key], last)
        where = f"{first.file}, sheet {first.sheet}, {first.cell}" if first.sheet else f"{first.file}, {first.cell}"
        words = " / ".join(map(str, key))
        message = f"{self.table.row} twice: {words} stands in {where} already; expected each once."
        ledger.note(given.place(local, last), shown(given.raws[last][local]), Trouble("uniqueness", message))


def _keyed(
    changed: Iterable[tuple[int, str]], given: Given, keep: Sequence[int], rows: Rows
) -> Iterable[tuple[Key, str]]:
    """Changed cells of the rows that were kept, by the key of their row."""
    first = len(rows.keys) - len(keep)
    at = {local: rows.keys[first + index] for index, local in enumerate(keep)}
    return ((at[local], name) for local, name in changed if local in at)


def _read(given: Given, answers: Answers, ledger: Ledger) -> tuple[dict[str, list[Value]], list[tuple[int, str]]]:
    read: dict[str, list[Value]] = {}
    changed: list[tuple[int, str]] = []
    for entry in given.entries:
        if entry.name in given.raws:
            read[entry.name] = _read_column(given, entry, answers, ledger, changed)
    return read, changed


def _read_column(
    given: Given, entry: Variable, answers: Answers, ledger: Ledger, changed: list[tuple[int, str]]
) -> list[Value]:
    """The values of one column; equal cells are read once, because a column has few different ones.

    A column with more errors than can be shown is given up: to look for what each cell might mean takes its time.
    """
    known: dict[Any, Reading] = {}
    values: list[Value] = []
    errors = 0
    for row, raw in enumerate(given.raws[entry.name]):
        if errors > MOST_FINDINGS:
            return values + [None] * (given.count - row)
        same = raw if raw.__class__ is str else (raw.__class__, raw)
        reading = known.get(same)
        if reading is None:
            reading = known[same] = _reading(raw, entry, answers, given.style)
        values.append(reading.value)
        if reading.changed:
            changed.append((row, entry.name))
        for trouble in reading.troubles:
            errors += trouble.severity == "error"
            ledger.note(given.place(row, entry.name), shown(raw), trouble)
    return values


def _reading(raw: Raw, entry: Variable, answers: Answers, style: Style) -> Reading:
    """What a cell says; nothing where a person has said that what stands in it means missing."""
    if answers.says_missing(entry, raw):
        return replace(read_cell(None, entry, style), changed=True)
    return read_cell(raw, entry, style)


def shown(raw: Raw) -> str:
    """A raw cell as words: numbers as short as they can be written, dates in the form 2022-01-31."""
    if raw is None:
        return ""
    if isinstance(raw, bool):
        return str(raw).upper()
    if isinstance(raw, date):
        return raw.isoformat()[:10]
    if isinstance(raw, (int, float)):
        return f"{raw:.0f}" if abs(raw) < 1e15 and raw == int(raw) else repr(raw)
    return raw
