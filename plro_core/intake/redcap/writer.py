"""The registry as a REDCap project: its data dictionary, its records as a longitudinal export, and how to read both."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pyarrow as pa

from plro_core.intake.redcap.dictionary import HEADINGS
from plro_core.intake.redcap.layout import EVENT, INSTANCE, INSTRUMENT
from plro_core.intake.redcap.mapping import Box, Event, RedcapMapping, Target, Value
from plro_core.intake.redcap.names import (
    MONTH,
    PATIENT,
)
from plro_core.intake.redcap.project import COMPLETE, Form, Line, event_of, forms_of, listing
from plro_core.text import digits
from plro_core.text import guarded as guarded_text
from plro_core.vocabulary import Variable, Vocabulary

#: One row of a table: column -> value.
_Row = dict[str, Any]


def dictionary_csv(vocabulary: Vocabulary, delimiter: str = ",", decimal: str = ".", *, guarded: bool = False) -> bytes:
    """A REDCap data dictionary generated from the variables; facts are forms to be set up as repeating instruments.

    ``guarded``: a text that a spreadsheet would take for a formula has a quote before it.
    """
    rows = dictionary_rows(vocabulary, decimal)
    if guarded:
        rows = [{name: guarded_text(text) for name, text in row.items()} for row in rows]
    return listing(HEADINGS, rows, delimiter)


def dictionary_rows(vocabulary: Vocabulary, decimal: str = ".") -> list[Line]:
    """The fields of the project, each as its row of the data dictionary, the record's id first."""
    forms = forms_of(vocabulary)
    record = vocabulary.variable(PATIENT, "cases")
    return [_dictionary_row(record, PATIENT, forms[0], decimal)] + [
        _dictionary_row(entry, name, form, decimal)
        for form in forms
        for entry, name in zip(form.entries, form.fields, strict=True)
    ]


def export_csv(
    tables: Mapping[str, pa.Table],
    vocabulary: Vocabulary,
    delimiter: str = ",",
    decimal: str = ".",
    *,
    guarded: bool = False,
) -> bytes:
    """The registry's tables as REDCap exports the records of a longitudinal project, with codes (raw data).

    Texts are written as they are: what opens the file must not take one that starts with ``=`` for a formula. ``guarded``: such
    a text has a quote before it, which REDCap keeps, and which the mapping of ``own_mapping(…, guarded=True)`` takes back.
    """
    forms = forms_of(vocabulary)
    heads = [PATIENT, EVENT, INSTRUMENT, INSTANCE, *(head for form in forms for head in form.heads)]
    if guarded:
        tables = {name: _guarded(table) for name, table in tables.items()}
    return listing(heads, lines(forms, tables, decimal), delimiter)


def _guarded(table: pa.Table) -> pa.Table:
    """The table with a quote before each text that a spreadsheet would take for a formula."""
    for index, kind in enumerate(table.schema.types):
        if pa.types.is_string(kind) or pa.types.is_large_string(kind):
            texts = [None if text is None else guarded_text(text) for text in table.column(index).to_pylist()]
            table = table.set_column(index, table.schema.field(index), pa.array(texts, kind))
    return table


def own_mapping(vocabulary: Vocabulary, months: Iterable[int] = (), *, guarded: bool = False) -> RedcapMapping:
    """The mapping that reads what ``export_csv`` writes; ``months`` are visits beside the registry's usual ones."""
    forms = forms_of(vocabulary)
    fields: dict[str, Target] = {}
    for form in forms:
        if form.has_boxes:
            fields |= {box: Box(form.table.name, {form.entries[0].name: code}) for box, code in form.boxes.items()}
            continue
        for entry, name in zip(form.entries, form.fields, strict=True):
            fields[name] = Value(entry.table, entry.name, {"1": "yes", "0": "no"} if entry.kind == "boolean" else {})
    events = {event_of(month): Event(month == 0, month) for month in sorted({0, *vocabulary.months, *months})}
    return RedcapMapping(
        PATIENT,
        events,
        fields,
        {form.name: form.table.name for form in forms if form.repeats},
        guarded=guarded,
        vocabulary=vocabulary,
    )


# The data dictionary


def _dictionary_row(entry: Variable, name: str, form: Form, decimal: str) -> Line:
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


def lines(forms: Sequence[Form], tables: Mapping[str, pa.Table], decimal: str) -> Iterable[Line]:
    """The lines of an export: patient by patient, event by event, each event before its repeating instruments."""
    rows = {name: _by_patient(table) for name, table in tables.items() if PATIENT in table.column_names}
    for patient in rows["cases"]:
        own = {name: found.get(patient, []) for name, found in rows.items()}
        for month in sorted({0} | {row[MONTH] for found in own.values() for row in found if MONTH in row}):
            at_month = {name: [row for row in found if row.get(MONTH, 0) == month] for name, found in own.items()}
            head = {PATIENT: str(patient), EVENT: event_of(month)}
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


def _event_line(forms: Sequence[Form], rows: Mapping[str, list[_Row]], month: int, decimal: str) -> Line:
    """What is recorded once in an event: a patient's or a visit's data, and at baseline the boxes."""
    line: Line = {}
    for form in forms:
        found = rows.get(form.table.name, [])
        if form.has_boxes and month == 0:
            checked = {row[form.entries[0].name] for row in found}
            line |= {box: str(int(code in checked)) for box, code in form.boxes.items()}
            line[f"{form.name}_complete"] = COMPLETE
        elif found and not form.is_fact:
            line |= _filled(form, found[0], decimal)
    return line


def _filled(form: Form, row: _Row, decimal: str) -> Line:
    """One row of a table as its form is exported; columns that the row lacks stay empty."""
    pairs = zip(form.entries, form.fields, strict=True)
    return {name: _cell(row.get(entry.name), decimal) for entry, name in pairs} | {f"{form.name}_complete": COMPLETE}


def _cell(value: Any, decimal: str) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, float):
        return digits(value).replace(".", decimal)
    return str(value)
