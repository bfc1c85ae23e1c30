"""What new words change: part by part, with the patients and values that each change touches, and the cells that fit no more."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from plro_core.declaring.described import ends
from plro_core.schema import Violation
from plro_core.store import Registry
from plro_core.tables import Column, Table
from plro_core.text import counted, listed, patients, visit_name
from plro_core.vocabulary import Level, Range, Reference, Variable, Vocabulary

#: Parts of a variable that follow from others, or that only tell where it is shown.
_FOLLOW = {"name", "table", "other_ranges", "panel", "place", "optional", "filterable", "summarised", "jump"}
_CALLED = {
    "si_factor": "SI factor",
    "si_unit": "SI unit",
    "loinc": "LOINC",
    "plausible": "plausible range",
    "reference": "reference range",
    "noun": "name in a sentence",
}
#: More changes than one sentence can name.
_MOST_NAMED = 5
_MOST_MISFITS = 1000


@dataclass(frozen=True)
class WordChange:
    """One part of the words that differs: what, how it was and becomes, and what it touches of the data that are there."""

    what: str
    before: str
    after: str
    touches: str

    @property
    def sentence(self) -> str:
        return f"{self.what}: {self.before or 'none'} → {self.after or 'none'}"


#: A cell that the new words do not allow.
Misfit = Violation


def told(changes: Sequence[WordChange]) -> str:
    """The changes in one sentence, the first of them by name; for the journal, so without a value of a patient."""
    named = [one.sentence for one in changes[:_MOST_NAMED]]
    more = [f"{len(changes) - _MOST_NAMED} more"] if len(changes) > _MOST_NAMED else []
    return f"{listed([*named, *more])}." if named else "Only comments or the layout change."


def changes_in_words(before: Vocabulary, after: Vocabulary, registry: Registry | None) -> tuple[WordChange, ...]:
    """Every part that differs, in the order of the declarations; ``registry`` is the version whose data are touched, if any."""
    return (*_of_visits(before, after, registry), *_of_tables(before, after), *_of_variables(before, after, registry))


def _of_visits(before: Vocabulary, after: Vocabulary, registry: Registry | None) -> Iterator[WordChange]:
    for month in sorted({*before.months, *after.months}):
        was, becomes = ("planned" if month in words.months else "not planned" for words in (before, after))
        if was != becomes:
            yield WordChange(visit_name(month), was, becomes, _visits_at(registry, month))
    old, new = map(_compared_first, (before, after))
    if old != new:
        yield WordChange("Compared first", old, new, "")


def _visits_at(registry: Registry | None, month: int) -> str:
    found = 0 if registry is None else registry.tables["visits"]["month"].to_pylist().count(month)
    return counted(found, "visit") if found else "no visit yet"


def _compared_first(words: Vocabulary) -> str:
    if words.primary_outcome is None:
        return ""
    entry, month = words.primary_outcome
    return entry.label if month is None else f"{entry.label} at month {month}"


def _of_tables(before: Vocabulary, after: Vocabulary) -> Iterator[WordChange]:
    names = {table.name: table.label for table in (*after.tables, *before.tables)}
    for name, label in names.items():
        was, becomes = (any(table.name == name for table in words.tables) for words in (before, after))
        if was != becomes:
            yield WordChange(f"Table {name}", label if was else "", label if becomes else "", "no row yet")


def _of_variables(before: Vocabulary, after: Vocabulary, registry: Registry | None) -> Iterator[WordChange]:
    old, new = (_variables(words) for words in (before, after))
    for key in {**new, **old}:
        was, becomes = old.get(key), new.get(key)
        if was and becomes:
            yield from _of_one(was, becomes, registry)
        else:
            name = f"{key[0]}.{key[1]}"
            yield WordChange(name, _words(was), _words(becomes), _values(registry, was) if was else "no value yet")


def _variables(words: Vocabulary) -> dict[tuple[str, str], Variable]:
    """The variables by table and name, without those that follow from another: flags, and months, which are told as visits."""
    flags = {f"{entry.name}_flag" for entry in words.variables}
    return {(e.table, e.name): e for e in words.variables if e.name not in flags and e.name != "month"}


def _words(entry: Variable | None) -> str:
    if entry is None:
        return ""
    told = [entry.label, entry.kind, entry.unit, ends(entry.plausible)]
    return ", ".join(part for part in told if part)


def _of_one(was: Variable, becomes: Variable, registry: Registry | None) -> Iterator[WordChange]:
    for part in fields(Variable):
        old, new = getattr(was, part.name), getattr(becomes, part.name)
        if part.name == "levels":
            yield from _of_levels(was, becomes, registry)
        elif old != new and part.name not in _FOLLOW:
            touched = _flags(registry, was, becomes) if part.name == "reference" else _values(registry, was)
            name = f"{was.table}.{was.name}, {_CALLED.get(part.name, part.name.replace('_', ' '))}"
            yield WordChange(name, _written(old), _written(new), touched)


def _of_levels(was: Variable, becomes: Variable, registry: Registry | None) -> Iterator[WordChange]:
    if was.kind != "category" and becomes.kind != "category":
        return
    old, new = ({level.code: level.label for level in entry.levels} for entry in (was, becomes))
    for code in {**new, **old}:
        if old.get(code) != new.get(code):
            name = f"{was.table}.{was.name}, level {code}"
            yield WordChange(name, old.get(code, ""), new.get(code, ""), _values(registry, was, code))


def _written(value: Any) -> str:
    """A part of a declaration in words."""
    if isinstance(value, Reference):
        return f"{ends(value)} ({value.by})"
    if isinstance(value, Range):
        return ends(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return listed([one.label if isinstance(one, Level) else str(one) for one in value])
    return "" if value is None else str(value)


# What is touched


def _column(registry: Registry | None, entry: Variable) -> pa.Table | None:
    """The recorded values of a variable with their patients; ``None`` if the version has no such column."""
    if registry is None or entry.table not in {table.name for table in registry.vocabulary.tables}:
        return None
    rows = registry.tables[entry.table]
    if entry.name not in rows.column_names or "case_id" not in rows.column_names:
        return None
    rows = pa.table({"case_id": rows["case_id"], "value": rows[entry.name]})
    return rows.filter(pc.is_valid(rows["value"]))


def _values(registry: Registry | None, entry: Variable, code: str | None = None) -> str:
    """How many values are recorded, of how many patients; of one level, if its code is given."""
    rows = _column(registry, entry)
    if rows is not None and code is not None:
        rows = rows.filter(pc.equal(rows["value"], code))
    if rows is None or not rows.num_rows:
        return "no value yet"
    return f"{counted(rows.num_rows, 'value')} of {patients(pc.count_distinct(rows['case_id']).as_py())}"


def _flags(registry: Registry | None, was: Variable, becomes: Variable) -> str:
    """The values that are held against a reference range, and how many lie outside the old one and the new one."""
    rows = _column(registry, was)
    if rows is None or not rows.num_rows:
        return "no value yet"
    found = rows["value"].to_pylist()
    old, new = (sum(entry.flag(value) is not None for value in found) for entry in (was, becomes))
    return f"{_values(registry, was)}; outside the range: {old} → {new}"


# Tables


def word_changes_table(changes: Sequence[WordChange]) -> Table:
    """The changes, one a row."""
    heads = (("what", "What"), ("before", "Before"), ("after", "After"), ("touches", "Data that are there"))
    rows = tuple((one.what, one.before or None, one.after or None, one.touches or None) for one in changes)
    return Table("word_changes", "What changes in the words", tuple(Column(*head) for head in heads), rows)


def misfits_table(misfits: Sequence[Misfit]) -> Table:
    """The cells that fit no more, one a row; the first so many, and a note on the rest."""
    heads = (("table", "Table"), ("row", "Row"), ("column", "Column"), ("value", "Value"), ("expected", "Expected"))
    rows = tuple((one.table, one.row, one.column, one.value, one.expected) for one in misfits[:_MOST_MISFITS])
    more = len(misfits) - _MOST_MISFITS
    notes = (f"{counted(more, 'further cell')} not listed.",) if more > 0 else ()
    return Table("misfits", "Values that fit no more", tuple(Column(*head) for head in heads), rows, notes)
