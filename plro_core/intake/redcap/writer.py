"""The registry as a REDCap project: its data dictionary, its records as a longitudinal export, and how to read both."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from plro_core.intake.redcap.dictionary import HEADINGS
from plro_core.intake.redcap.layout import EVENT, INSTANCE, INSTRUMENT
from plro_core.intake.redcap.mapping import Box, Event, RedcapMapping, Target, Value
from plro_core.intake.redcap.names import (
    MONTH,
    PATIENT,
    allowed,
    box_name,
    content,
    field_name,
    has_month,
    is_fact,
    patient_tables,
    slug,
)
from plro_core.text import digits
from plro_core.vocabulary import RegistryTable, Variable, Vocabulary

#: One row of an export: column -> text.
_Line = dict[str, str]
#: One row of a table: column -> value.
_Row = dict[str, Any]

#: REDCap's mark of a form that was filled in.
_COMPLETE = "2"


@dataclass(frozen=True)
class _Form:
    """One form of the project: the group of a patient's or a visit's data, or the facts of one table."""

    name: str
    table: RegistryTable
    entries: tuple[Variable, ...]
    fields: tuple[str, ...]
    is_fact: bool
    has_month: bool

    @property
    def has_boxes(self) -> bool:
        """Whether its table has nothing but one level, such as a list of symptoms without sides."""
        only = self.entries[0] if len(self.entries) == 1 else None
        return bool(self.is_fact and not self.has_month and only and only.kind == "category" and only.levels)

    @property
    def repeats(self) -> bool:
        return self.is_fact and not self.has_boxes

    @property
    def boxes(self) -> dict[str, str]:
        """Column of each box -> the level that it stands for."""
        return {box_name(self.fields[0], code): code for code in allowed(self.entries[0])} if self.has_boxes else {}

    @property
    def heads(self) -> tuple[str, ...]:
        return (*(self.boxes or self.fields), f"{self.name}_complete")


def dictionary_csv(vocabulary: Vocabulary, delimiter: str = ",", decimal: str = ".") -> bytes:
    """A REDCap data dictionary generated from the variables; facts are forms to be set up as repeating instruments."""
    forms = _forms(vocabulary)
    record = vocabulary.variable(PATIENT, "cases")
    rows = [_dictionary_row(record, PATIENT, forms[0], decimal)]
    rows += [
        _dictionary_row(entry, name, form, decimal)
        for form in forms
        for entry, name in zip(form.entries, form.fields, strict=True)
    ]
    return _csv(HEADINGS, rows, delimiter)


def export_csv(
    tables: Mapping[str, pa.Table], vocabulary: Vocabulary, delimiter: str = ",", decimal: str = "."
) -> bytes:
    """The registry's tables as REDCap exports the records of a longitudinal project, with codes (raw data).

    Texts are written as they are: what opens the file must not take one that starts with ``=`` for a formula.
    """
    forms = _forms(vocabulary)
    heads = [PATIENT, EVENT, INSTRUMENT, INSTANCE, *(head for form in forms for head in form.heads)]
    return _csv(heads, _lines(forms, tables, decimal), delimiter)


def own_mapping(vocabulary: Vocabulary, months: Iterable[int] = ()) -> RedcapMapping:
    """The mapping that reads what ``export_csv`` writes; ``months`` are visits beside the registry's usual ones."""
    forms = _forms(vocabulary)
    fields: dict[str, Target] = {}
    for form in forms:
        if form.has_boxes:
            fields |= {box: Box(form.table.name, {form.entries[0].name: code}) for box, code in form.boxes.items()}
            continue
        for entry, name in zip(form.entries, form.fields, strict=True):
            fields[name] = Value(entry.table, entry.name, {"1": "yes", "0": "no"} if entry.kind == "boolean" else {})
    events = {_event(month): Event(month == 0, month) for month in sorted({0, *vocabulary.months, *months})}
    return RedcapMapping(
        PATIENT, events, fields, {form.name: form.table.name for form in forms if form.repeats}, vocabulary=vocabulary
    )


def _csv(heads: Sequence[str], rows: Iterable[_Line], delimiter: str) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, heads, restval="", delimiter=delimiter, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def _forms(vocabulary: Vocabulary) -> list[_Form]:
    groups: dict[str, tuple[RegistryTable, list[Variable]]] = {}
    for table in patient_tables(vocabulary):
        for entry in content(vocabulary, table.name):
            name = table.name if is_fact(table) else f"{table.name}_{slug(entry.group)}"
            groups.setdefault(name, (table, []))[1].append(entry)
    return [
        _Form(
            name,
            table,
            tuple(found),
            tuple(field_name(vocabulary, entry) for entry in found),
            is_fact(table),
            has_month(vocabulary, table.name),
        )
        for name, (table, found) in groups.items()
    ]


def _event(month: int) -> str:
    return "baseline_arm_1" if month == 0 else f"month_{month}_arm_1"


# The data dictionary


def _dictionary_row(entry: Variable, name: str, form: _Form, decimal: str) -> _Line:
    kind = "checkbox" if form.has_boxes else {"boolean": "yesno", "category": "radio"}.get(entry.kind, "text")
    number = "number_comma_decimal" if decimal == "," else "number"
    validation = {"integer": "integer", "number": number}.get(entry.kind, "")
    limits = entry.plausible if validation else None
    values = (
        name,
        form.name,
        "",
        kind,
        entry.label,
        _choices(entry) if kind in ("radio", "checkbox") else "",
        entry.stated_unit,
        validation,
        _limit(limits.low if limits else None, decimal),
        _limit(limits.high if limits else None, decimal),
        "",
        "",
        "y" if entry.required else "",
    )
    row = dict(zip(HEADINGS, values, strict=False))
    return row | {"Field Annotation": f"LOINC {entry.loinc}" if entry.loinc else ""}


def _choices(entry: Variable) -> str:
    return " | ".join(f"{level.code}, {level.label.replace('|', '/')}" for level in entry.levels)


def _limit(value: float | None, decimal: str) -> str:
    return "" if value is None else f"{value:.10g}".replace(".", decimal)


# The records


def _lines(forms: Sequence[_Form], tables: Mapping[str, pa.Table], decimal: str) -> Iterable[_Line]:
    """The lines of an export: patient by patient, event by event, each event before its repeating instruments."""
    rows = {name: _by_patient(table) for name, table in tables.items() if PATIENT in table.column_names}
    for patient in rows["cases"]:
        own = {name: found.get(patient, []) for name, found in rows.items()}
        for month in sorted({0} | {row[MONTH] for found in own.values() for row in found if MONTH in row}):
            at_month = {name: [row for row in found if row.get(MONTH, 0) == month] for name, found in own.items()}
            head = {PATIENT: str(patient), EVENT: _event(month)}
            line = _event_line(forms, at_month, month, decimal)
            if line or month == 0:
                yield head | line
            for form in forms:
                for instance, row in enumerate(at_month.get(form.table.name, []) if form.repeats else [], 1):
                    yield head | {INSTRUMENT: form.name, INSTANCE: str(instance)} | _filled(form, row, decimal)


def _by_patient(table: pa.Table) -> dict[int, list[_Row]]:
    rows: dict[int, list[_Row]] = {}
    for row in table.to_pylist():
        rows.setdefault(row[PATIENT], []).append(row)
    return rows


def _event_line(forms: Sequence[_Form], rows: Mapping[str, list[_Row]], month: int, decimal: str) -> _Line:
    """What is recorded once in an event: a patient's or a visit's data, and at baseline the boxes."""
    line: _Line = {}
    for form in forms:
        found = rows.get(form.table.name, [])
        if form.has_boxes and month == 0:
            checked = {row[form.entries[0].name] for row in found}
            line |= {box: str(int(code in checked)) for box, code in form.boxes.items()}
            line[f"{form.name}_complete"] = _COMPLETE
        elif found and not form.is_fact:
            line |= _filled(form, found[0], decimal)
    return line


def _filled(form: _Form, row: _Row, decimal: str) -> _Line:
    """One row of a table as its form is exported; columns that the row lacks stay empty."""
    pairs = zip(form.entries, form.fields, strict=True)
    return {name: _cell(row.get(entry.name), decimal) for entry, name in pairs} | {f"{form.name}_complete": _COMPLETE}


def _cell(value: Any, decimal: str) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, float):
        return digits(value).replace(".", decimal)
    return str(value)
