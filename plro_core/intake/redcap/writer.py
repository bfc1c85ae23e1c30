"""The registry as a REDCap project: its data dictionary, its records as a longitudinal export, and how to read both."""

import csv
import io
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

import pyarrow as pa

from plro_core import variables
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
    one_per_patient,
    patient_tables,
    slug,
)
from plro_core.variables import Table, Variable

#: One row of an export: column -> text.
_Line = dict[str, str]


def dictionary_csv(delimiter: str = ",", decimal: str = ".") -> bytes:
    """A REDCap data dictionary generated from the variables; facts are forms to be set up as repeating instruments."""
    text = io.StringIO()
    writer = csv.DictWriter(text, HEADINGS, restval="", delimiter=delimiter, lineterminator="\n")
    writer.writeheader()
    writer.writerow(_dictionary_row(_record_id(), PATIENT, _forms()[0][0], decimal))
    for form, entries in _forms():
        writer.writerows(_dictionary_row(entry, field_name(entry), form, decimal) for entry in entries)
    return text.getvalue().encode()


def export_csv(tables: Mapping[str, pa.Table], delimiter: str = ",", decimal: str = ".") -> bytes:
    """The registry's tables as REDCap exports the records of a longitudinal project, with codes (raw data)."""
    text = io.StringIO()
    writer = csv.DictWriter(text, _heads(), restval="", delimiter=delimiter, lineterminator="\n")
    writer.writeheader()
    writer.writerows(_lines(tables, decimal))
    return text.getvalue().encode()


def own_mapping(months: Iterable[int] = ()) -> RedcapMapping:
    """The mapping that reads what ``export_csv`` writes; ``months`` are visits beside the registry's usual ones."""
    fields: dict[str, Target] = {}
    for form, entries in _forms():
        for entry in entries:
            if _as_boxes(form):
                boxes = {_box(entry, code): Box(entry.table, {entry.name: code}) for code in allowed(entry)}
                fields |= boxes
            else:
                codes = {"1": "yes", "0": "no"} if entry.kind == "boolean" else {}
                fields[field_name(entry)] = Value(entry.table, entry.name, codes)
    events = {_event(month): Event(month == 0, month) for month in sorted({0, *variables.MONTHS, *months})}
    return RedcapMapping(PATIENT, events, fields, {table.name: table.name for table in _repeating()})


# The forms of the project


def _record_id() -> Variable:
    return next(entry for entry in variables.VARIABLES if entry.name == PATIENT)


def _forms() -> list[tuple[str, list[Variable]]]:
    """Form -> its variables: a form for each group of a patient's or a visit's data, one for each table of facts."""
    forms: dict[str, list[Variable]] = {}
    for table in patient_tables():
        for entry in content(table.name):
            forms.setdefault(table.name if is_fact(table) else f"{table.name}_{slug(entry.group)}", []).append(entry)
    return list(forms.items())


def _as_boxes(form: str) -> bool:
    """Whether a form is a table of facts that has nothing but one level, such as a list of symptoms without sides."""
    table = next((table for table in patient_tables() if table.name == form), None)
    if table is None or not is_fact(table) or has_month(form):
        return False
    entries = content(form)
    return len(entries) == 1 and entries[0].kind == "category" and bool(entries[0].levels)


def _repeating() -> list[Table]:
    return [table for table in patient_tables() if is_fact(table) and not _as_boxes(table.name)]


def _event(month: int) -> str:
    return "baseline_arm_1" if month == 0 else f"month_{month}_arm_1"


def _box(entry: Variable, code: str) -> str:
    return box_name(field_name(entry), code)


# The data dictionary


def _dictionary_row(entry: Variable, name: str, form: str, decimal: str) -> dict[str, str]:
    boxes = _as_boxes(form)
    kind = "checkbox" if boxes else {"boolean": "yesno", "category": "radio"}.get(entry.kind, "text")
    number = "number_comma_decimal" if decimal == "," else "number"
    validation = {"integer": "integer", "number": number}.get(entry.kind, "")
    limits = entry.plausible if validation else None
    values = (
        name,
        form,
        "",
        kind,
        entry.label,
        _choices(entry) if kind in ("radio", "checkbox") else "",
        entry.unit,
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


def _heads() -> list[str]:
    heads = [PATIENT, EVENT, INSTRUMENT, INSTANCE]
    for form, entries in _forms():
        for entry in entries:
            heads += [_box(entry, code) for code in allowed(entry)] if _as_boxes(form) else [field_name(entry)]
        heads.append(f"{form}_complete")
    return heads


def _lines(tables: Mapping[str, pa.Table], decimal: str) -> Iterable[_Line]:
    """The lines of an export: patient by patient, event by event, each event before its repeating instruments."""
    rows = {table.name: _by_patient(tables[table.name]) for table in patient_tables() if table.name in tables}
    for patient in rows["cases"]:
        own = {name: found.get(patient, []) for name, found in rows.items()}
        for month in sorted({0} | {row[MONTH] for found in own.values() for row in found if MONTH in row}):
            at_month = {name: [row for row in found if row.get(MONTH, 0) == month] for name, found in own.items()}
            head = {PATIENT: str(patient), EVENT: _event(month)}
            line = _event_line(at_month, decimal)
            if line or month == 0:
                yield head | line
            for table in _repeating():
                for instance, row in enumerate(at_month.get(table.name, []), 1):
                    about = {INSTRUMENT: table.name, INSTANCE: str(instance), f"{table.name}_complete": "2"}
                    yield head | about | _cells(content(table.name), row, decimal)


def _by_patient(table: pa.Table) -> dict[int, list[dict[str, Any]]]:
    rows: dict[int, list[dict[str, Any]]] = {}
    for row in table.to_pylist():
        rows.setdefault(row[PATIENT], []).append(row)
    return rows


def _event_line(rows: Mapping[str, list[dict[str, Any]]], decimal: str) -> _Line:
    """What is recorded once in an event: a patient's or a visit's data, and boxes."""
    line: _Line = {}
    for table in patient_tables():
        found = rows.get(table.name, [])
        if _as_boxes(table.name):
            line |= _boxes(content(table.name)[0], found) if _holds_the_patient(rows) else {}
        elif not is_fact(table) and found:
            line |= _cells(content(table.name), found[0], decimal)
            line |= {f"{form}_complete": "2" for form, entries in _forms() if entries[0].table == table.name}
    return line


def _holds_the_patient(rows: Mapping[str, list[dict[str, Any]]]) -> bool:
    """Whether an event is the one that holds the patient's own data, and with it the boxes."""
    return any(rows.get(table.name) for table in patient_tables() if one_per_patient(table))


def _boxes(entry: Variable, rows: list[dict[str, Any]]) -> _Line:
    checked = {row[entry.name] for row in rows}
    boxes = {_box(entry, code): str(int(code in checked)) for code in allowed(entry)}
    return boxes | {f"{entry.table}_complete": "2"}


def _cells(entries: Iterable[Variable], row: Mapping[str, Any], decimal: str) -> _Line:
    return {field_name(entry): _cell(row[entry.name], decimal) for entry in entries}


def _cell(value: Any, decimal: str) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, float):  # every digit that tells it from its neighbours, and no exponent
        return f"{Decimal(repr(value)):f}".replace(".", decimal)
    return str(value)
