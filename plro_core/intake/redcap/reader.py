"""An export of records from REDCap, read through a mapping into rows of the registry's tables.

Nothing is guessed and nothing is left out in silence: each cell that holds something is mapped, ignored on purpose, or
named in a finding.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import pyarrow as pa

from plro_core.intake.model import Draft, Finding, Place, Placed, Raw, Severity, Sheet
from plro_core.intake.redcap.dictionary import Field, read_dictionary
from plro_core.intake.redcap.forms import Forms
from plro_core.intake.redcap.layout import REDCAPS_OWN, ExportField, Role, layout
from plro_core.intake.redcap.mapping import Box, Event, MappingProblem, RedcapMapping, Target, Value
from plro_core.intake.redcap.names import (
    MONTH,
    PATIENT,
    SOURCE_ID,
    allowed,
    box_name,
    column_names,
    event_name,
    has_month,
    one_per_patient,
    one_per_visit,
    patient_tables,
    slug,
    written,
)
from plro_core.intake.redcap.proposal import open_questions, propose
from plro_core.intake.redcap.records import Patients
from plro_core.text import listed
from plro_core.vocabulary import RegistryTable, Vocabulary

_WITH_DECIMALS = re.compile(r"-?[0-9]+([.,])[0-9]+")
_CHECKED = {"1": True, "checked": True, "0": False, "unchecked": False}


def drafts(
    sheet: Sheet,
    dictionary: Sheet | None,
    mapping: RedcapMapping | None,
    vocabulary: Vocabulary,
    base_cases: pa.Table | None = None,
) -> tuple[dict[str, list[Draft]], list[Finding]]:
    """The rows that an export holds, by table, and all that is wrong or doubtful in it.

    A row has the filled cells only. A table is in the answer when the export has a column that feeds it; ``cases`` has a row
    for each patient who is new to ``base_cases`` (the registry that the rows go into) or of whom something is recorded.
    """
    fields, findings = ({}, []) if dictionary is None else read_dictionary(dictionary)
    if mapping is None:
        return {}, [*findings, *_without_mapping(sheet, dictionary, vocabulary)]
    reading = _Reading(sheet, fields, mapping)
    return reading.tables(base_cases), [*findings, *reading.findings, *reading.tally.findings()]


def _without_mapping(sheet: Sheet, dictionary: Sheet | None, vocabulary: Vocabulary) -> list[Finding]:
    """That a mapping is needed, and what a proposal for one leaves open."""
    text = "this is an export from REDCap; expected a mapping that says what its events and fields mean."
    hint = "Take the proposal, answer its open questions, and hand the mapping in with the export."
    if dictionary is None:
        hint = f"Hand in the project's data dictionary too. {hint}"
    try:
        questions = open_questions(propose(sheet, dictionary, vocabulary), sheet, dictionary)
    except MappingProblem as problem:
        questions = [str(problem)]
    first = Finding(sheet.file, sheet.name, rule="mapping", message=text, suggestion=hint)
    return [first, *(Finding(sheet.file, sheet.name, rule="mapping", message=question) for question in questions)]


def decimal_sign(sheet: Sheet, dictionary: Sheet | None, mapping: RedcapMapping) -> str:
    """The decimal sign in most of the numbers that mapped fields hold: a comma or a point."""
    fields = {} if dictionary is None else read_dictionary(dictionary)[0]
    columns, _ = layout(sheet, fields, {mapping.record_id, *mapping.fields})
    targets = ((column.index, mapping.fields.get(column.name)) for column in columns)
    numbers = [index for index, target in targets if isinstance(target, Value) and mapping.entry(target).is_number]
    texts = (written(cells[index]) for _, cells in sheet.rows for index in numbers)
    signs = [found[1] for text in texts if (found := _WITH_DECIMALS.fullmatch(text))]
    return "," if signs.count(",") > signs.count(".") else "."


@dataclass(frozen=True)
class _Line:
    """One row of an export with what its first columns say."""

    number: int
    cells: tuple[Raw, ...]
    record: Placed
    patient: str
    event: Event
    event_cell: Placed
    instrument: str
    key: tuple[str, ...]


@dataclass(frozen=True)
class _Shape:
    """How the rows of a table are told apart; ``tells_month`` says that a repeating row has its month in a field."""

    one_per_patient: bool
    one_per_visit: bool
    has_month: bool
    tells_month: bool


@dataclass
class _Tally:
    """Findings that one column may have on many rows: told once, at the first cell."""

    seen: dict[tuple[str, ...], tuple[Place, str, str, str, Severity, str]] = field(default_factory=dict)
    counts: dict[tuple[str, ...], int] = field(default_factory=dict)

    def add(
        self,
        key: tuple[str, ...],
        place: Place,
        value: str,
        text: str,
        severity: Severity = "error",
        suggestion: str = "",
    ) -> None:
        """Count one more cell; ``key`` starts with the rule."""
        self.seen.setdefault(key, (place, value, key[0], text, severity, suggestion))
        self.counts[key] = self.counts.get(key, 0) + 1

    def findings(self) -> list[Finding]:
        return [
            Finding.at(place, value, rule, f"{text}{self._more(key)}", severity, suggestion)
            for key, (place, value, rule, text, severity, suggestion) in self.seen.items()
        ]

    def _more(self, key: tuple[str, ...]) -> str:
        others = self.counts[key] - 1
        return f" So it is in {others} more {'cell' if others == 1 else 'cells'}." if others else ""


class _Reading:
    """One export on its way into tables."""

    def __init__(self, sheet: Sheet, fields: Mapping[str, Field], mapping: RedcapMapping) -> None:
        self.sheet, self.fields, self.mapping = sheet, fields, mapping
        self.tally = _Tally()
        self.columns, self.findings = layout(sheet, fields, {mapping.record_id, *mapping.fields})
        self._of_role: dict[Role, ExportField] = {}
        for column in self.columns:
            self._of_role.setdefault(column.role, column)
        self.forms = Forms(self.columns, fields)
        #: Columns that say that a value is missing: REDCap exports a box for each missing-data code.
        self._missing_boxes = {box_name("", code) for code in mapping.missing}
        self._rows: dict[str, dict[tuple[str, ...], Draft]] = {}
        self._keeps_source = SOURCE_ID in column_names(mapping.vocabulary, "cases")
        self._shapes = {table.name: self._shape(table) for table in patient_tables(mapping.vocabulary)}
        self._levels = {
            name: allowed(mapping.entry(target)) for name, target in mapping.fields.items() if isinstance(target, Value)
        }
        self._read_columns = [
            column
            for column in self.columns
            if column.name != mapping.record_id
            and (column.role in ("field", "centre", "survey") or column.name in mapping.fields)
        ]

    def _shape(self, table: RegistryTable) -> _Shape:
        tells_month = any(_feeds(target, table.name, MONTH) for target in self.mapping.fields.values())
        return _Shape(
            one_per_patient(table), one_per_visit(table), has_month(self.mapping.vocabulary, table.name), tells_month
        )

    def tables(self, base: pa.Table | None) -> dict[str, list[Draft]]:
        record = next((column for column in self.columns if column.name == self.mapping.record_id), None)
        if record is None:
            text = f"the export has no column {self.mapping.record_id}, which the mapping names as the record id."
            hint = "Export the data with field names as headings, or mend the mapping."
            self._note(self._of_file("record_id", text, suggestion=hint))
            return {}
        ids = [self.sheet.placed(number, cells, record.index) for number, cells in self.sheet.rows]
        self.patients = Patients(self.mapping.vocabulary, [cell for cell in ids if written(cell.raw)], base)
        self.findings += self.patients.findings
        self._check_columns()
        self._check_units()
        self._open_tables()
        seen: dict[tuple[str, ...], Place] = {}
        for (number, cells), cell in zip(self.sheet.rows, ids, strict=True):
            line = self._line(number, cells, cell)
            if line and line.event.feeds_something and self._is_first(line, seen):
                self._read(line)
        return {table: list(rows.values()) for table, rows in self._rows.items()}

    def _of_file(
        self, rule: str, text: str, severity: Severity = "error", column: str = "", suggestion: str = ""
    ) -> Finding:
        """A finding on the file as a whole, or on one of its columns."""
        return Finding(
            self.sheet.file,
            self.sheet.name,
            column=column,
            rule=rule,
            severity=severity,
            message=text,
            suggestion=suggestion,
        )

    def _note(self, finding: Finding) -> None:
        self.findings.append(finding)

    # The columns

    def _check_columns(self) -> None:
        names = {column.name for column in self.columns}
        lacking = [name for name in self.mapping.fields if name not in names]
        if lacking:
            text = f"the mapping names fields that the export does not have: {listed(lacking)}."
            self._note(self._of_file("absent_field", text, "warning"))
        if "" not in self.mapping.events and "event" not in self._of_role:
            text = "the export has no column redcap_event_name; expected the events that the mapping names."
            self._note(self._of_file("unknown_event", text))
        named = next((name for name, target in self.mapping.fields.items() if _feeds(target, "cases", SOURCE_ID)), None)
        if named not in names:
            self.findings += self.patients.of_others()
        elif self.patients.by_source:
            text = f"“{named}” is mapped to {SOURCE_ID}, which the record ids give already."
            hint = "Take the field out of the mapping, or ignore it."
            self._note(self._of_file("record_id", text, column=named or "", suggestion=hint))

    def _check_units(self) -> None:
        for column in self.columns:
            known, target = self.fields.get(column.name), self.mapping.fields.get(column.name)
            if known is None or not isinstance(target, Value) or not known.contradicts_unit(self.mapping.entry(target)):
                continue
            text = f"the dictionary gives {known.unit}, but {target.variable} is kept in {self.mapping.entry(target).stated_unit}."
            hint = "Nothing is converted: are the values right as they stand?"
            self._note(self._of_file("unit", text, "warning", column.name, hint))

    def _open_tables(self) -> None:
        """The tables that the export speaks of, in the order of the registry."""
        fed = {self.mapping.fields[column.name].table for column in self.columns if column.name in self.mapping.fields}
        self._rows = {table: {} for table in ("cases", *sorted(fed - {"cases"}))}

    # The rows

    def _line(self, number: int, cells: tuple[Raw, ...], record: Placed) -> _Line | None:
        """What a row is about; nothing where that cannot be told."""
        name = written(record.raw)
        if not name:
            if any(written(cell) for cell in cells):
                self._note(Finding.at(record.place, "", "record_id", "the row names no record."))
            return None
        event_text, event_cell = self._part(number, cells, "event", record)
        instrument_text, instrument_cell = self._part(number, cells, "instrument", record)
        instance, _ = self._part(number, cells, "instance", record)
        event = self._event(event_text, event_cell)
        instrument = self._instrument(instrument_text, instrument_cell) if event and event.feeds_something else ""
        patient = self.patients.number(name)
        if event is None or instrument is None:
            return None
        key = (patient, event_text, instrument_text, instance if instrument_text else "")
        return _Line(number, cells, record, patient, event, event_cell, instrument, key)

    def _part(self, number: int, cells: tuple[Raw, ...], role: Role, record: Placed) -> tuple[str, Placed]:
        """What one of REDCap's own columns says, and where; the record id's place where there is no such column."""
        column = self._of_role.get(role)
        if column is None:
            return "", Placed(None, record.place)
        cell = self.sheet.placed(number, cells, column.index)
        return written(cell.raw), cell

    def _event(self, text: str, cell: Placed) -> Event | None:
        events = self.mapping.events
        event = events.get(text) or events.get(event_name(text))
        if event is None and (text or "event" in self._of_role):
            hint = "Add it to the mapping: as the patient's own data, as a visit, or as {} when it is not to be read."
            message = "the mapping does not know this event; its rows are not read."
            self.tally.add(("unknown_event", text), cell.place, text, message, suggestion=hint)
        return event

    def _instrument(self, text: str, cell: Placed) -> str | None:
        """The repeating instrument that a row is of, as the mapping names it; empty where it is of none."""
        if not text:
            return ""
        known = next((name for name in (text, slug(text)) if name in self.mapping.instruments), None)
        if known is None and not (self.mapping.ignores(text) or self.mapping.ignores(slug(text))):
            message = "the mapping does not know this repeating instrument; its rows are not read."
            hint = "Add it to “instruments” with the table that it fills, or to “ignored”."
            self.tally.add(("unknown_instrument", text), cell.place, text, message, suggestion=hint)
        return known

    def _is_first(self, line: _Line, seen: dict[tuple[str, ...], Place]) -> bool:
        first = seen.setdefault(line.key, line.record.place)
        if first is line.record.place:
            return True
        if line.instrument:
            text = f"row {first.row} is of the same record, event and instance; expected each once."
        else:
            text = f"row {first.row} is of the same record and event; expected one row, only instruments may repeat."
        self._note(Finding.at(line.record.place, written(line.record.raw), "duplicate", text))
        return False

    def _read(self, line: _Line) -> None:
        if self.patients.is_new(written(line.record.raw)):
            self._row("cases", line, "", None)
        self._open_visits(line)
        for column in self._read_columns:
            text = written(line.cells[column.index])
            if text and text not in self.mapping.missing:
                self._cell(line, column, text)

    def _open_visits(self, line: _Line) -> None:
        """The row of a visit whose form was filled in, even where nothing was recorded in it."""
        for column in () if line.instrument or line.event.month is None else self._read_columns:
            target = self.mapping.fields.get(column.name)
            if target is None or target.month is not None or not self._shapes[target.table].one_per_visit:
                continue
            if self._fits(line, target) and self.forms.was_filled(column, line.cells):
                self._row(target.table, line, "", None)

    def _cell(self, line: _Line, column: ExportField, text: str) -> None:
        """One cell that holds something."""
        target = self.mapping.fields.get(column.name)
        cell = self.sheet.placed(line.number, line.cells, column.index)
        known = self.fields.get(column.field) or self.fields.get(column.name)
        if column.role == "survey" or (known is not None and known.identifier):
            self._identifier(column, cell, target)
        elif self.mapping.ignores(column.name):
            return
        elif target is None and self._says_missing(column):
            self._is_box(column, cell, text)
        elif target is None:
            self._unmapped(column, cell, text)
        elif isinstance(target, Box):
            self._box(line, column, cell, target)
        elif self._is_expected(line, column, target, cell, text):
            self._value(line, cell, target, self._coded(column, target, cell, text))

    def _says_missing(self, column: ExportField) -> bool:
        return column.is_box and f"___{column.name.partition('___')[2]}" in self._missing_boxes

    def _is_missing(self, line: _Line, field_name: str) -> bool:
        """Whether one of the field's boxes says that the field is missing."""
        boxes = (column for column in self.columns if column.field == field_name and self._says_missing(column))
        return any(_CHECKED.get(written(line.cells[column.index]).lower()) for column in boxes)

    def _identifier(self, column: ExportField, cell: Placed, target: Target | None) -> None:
        """A name or a date of birth: told without its value, and never imported."""
        text = "the column identifies persons; it is never imported."
        if target is None:
            self.tally.add(("identifier", column.field), cell.place, "", text, "warning")
        else:
            text = "the data dictionary marks this field as an identifier, so it is never imported."
            hint = "Take it out of the mapping, or take the mark out of the project."
            self.tally.add(("identifier", column.field), cell.place, "", text, suggestion=hint)

    def _unmapped(self, column: ExportField, cell: Placed, text: str) -> None:
        if column.is_box and _CHECKED.get(text.lower()) is False:
            return  # an unchecked box says nothing
        in_part = any(name.startswith(f"{column.field}___") for name in self.mapping.fields)
        name = column.name if in_part else column.field
        message = f"the mapping does not know {name}; expected each field mapped or ignored."
        self.tally.add(("unmapped_field", name), cell.place, text, message)

    # What cells say

    def _truth(self, column: ExportField, text: str) -> bool | None:
        return _CHECKED.get((self._code_of_label(column, text) or text).lower())

    def _code_of_label(self, column: ExportField, text: str) -> str | None:
        """The code of a choice that an export shows by its label; nothing where no choice, or more than one, is so called."""
        known = self.fields.get(column.name)
        codes = [code for code, label in known.choices if label == " ".join(text.split())] if known else []
        return codes[0] if len(codes) == 1 else None

    def _is_box(self, column: ExportField, cell: Placed, text: str) -> bool:
        """Whether a cell is that of a box, checked or not; a finding where it is not."""
        if self._truth(column, text) is None:
            message = "expected 1 for a checked box, 0 or nothing else."
            self._note(Finding.at(cell.place, text, "checkbox", message))
            return False
        return True

    def _box(self, line: _Line, column: ExportField, cell: Placed, target: Box) -> None:
        text = written(cell.raw)
        if not self._is_box(column, cell, text):
            return
        truth = self._truth(column, text)
        says = target.checked if truth else target.unchecked
        if not truth and (not self._fits(line, target) or self._is_missing(line, column.field)):
            return  # REDCap writes 0 where the form does not belong to the event, and beside a missing-data code
        if says and not truth and not self._was_asked(line, column, cell, text):
            return
        if says and self._is_expected(line, column, target, cell, text):
            for name, level in says.items():
                self._put(line, target, target.row or column.name, name, Placed(level, cell.place))

    def _was_asked(self, line: _Line, column: ExportField, cell: Placed, text: str) -> bool:
        """Whether an unchecked box is an answer: REDCap also writes 0 for a form that nobody opened or finished."""
        if not self.forms.is_told(column):
            message = "the export does not tell whether the form of this box was filled in; unchecked is read as no."
            hint = "Export the status of the form as well, or look whether each form was filled in."
            self.tally.add(("form_status", column.name), cell.place, text, message, "warning", hint)
            return True
        if self.forms.was_filled(column, line.cells):
            return True
        if any(self.forms.statuses(column, line.cells)):  # an empty status is of a form that nobody ever opened
            message = "the form of this box is marked incomplete; unchecked is read as missing, not as no."
            hint = "Was the form filled in? Then mark it as complete in REDCap."
            self.tally.add(("form_status", column.name), cell.place, text, message, "warning", hint)
        return False

    def _coded(self, column: ExportField, target: Value, cell: Placed, text: str) -> Raw:
        """What the registry writes for a cell; a finding and nothing where the mapping does not say."""
        levels = self._levels[column.name]
        if not target.codes and not levels:
            return cell.raw
        meant = {
            target.codes.get(word) if target.codes else word if word in levels else None
            for word in (text, self._code_of_label(column, text), event_name(text) if column.role == "event" else None)
            if word is not None
        }
        meant.discard(None)
        if len(meant) == 1:
            return meant.pop()
        known = ", ".join(target.codes or levels)
        message = f"expected a code of {column.name} that the mapping knows: {known}."
        if meant:
            message = f"this is the code of one choice of {column.name} and the label of another."
        self._note(Finding.at(cell.place, text, "unknown_code", message))
        return None

    def _value(self, line: _Line, cell: Placed, target: Value, raw: Raw) -> None:
        if raw is not None:
            self._put(line, target, target.row, target.variable, Placed(raw, cell.place))

    # Where they go

    def _is_expected(self, line: _Line, column: ExportField, target: Target, cell: Placed, text: str) -> bool:
        if column.role == "centre" or self._fits(line, target):
            return True
        if column.role in REDCAPS_OWN:
            return False  # it stands in every row, and tells something of the rows that feed its table
        where = line.instrument or written(line.event_cell.raw) or "this row"
        message = f"the mapping sends {column.name} to {target.table}, which {where} does not feed."
        hint = "Mend the event or the instrument in the mapping, or the entry in REDCap."
        self.tally.add(("unexpected_event", column.name, where), cell.place, text, message, suggestion=hint)
        return False

    def _fits(self, line: _Line, target: Target) -> bool:
        """Whether a row of this event, or of this instrument, feeds the table that a field goes to."""
        if line.instrument:
            return self.mapping.instruments[line.instrument] == target.table
        if isinstance(target, Value) and not target.row and target.table in self.mapping.instruments.values():
            return False
        if self._shapes[target.table].has_month:
            return target.month is not None or line.event.month is not None
        return line.event.case

    def _put(self, line: _Line, target: Target, label: str, name: str, cell: Placed) -> None:
        row = self._row(target.table, line, label, target.month)
        other = row.setdefault(name, cell)
        if written(other.raw) != written(cell.raw):
            text = f"“{written(other.raw)}” stands in {other.place.cell} for the same patient; expected one value of {name}."
            self._note(Finding.at(cell.place, written(cell.raw), "conflict", text))

    def _row(self, table: str, line: _Line, label: str, own_month: int | None) -> Draft:
        """The row of a table that a cell belongs to, with its patient and its visit."""
        shape = self._shapes[table]
        month = line.event.month if own_month is None else own_month
        repeats = bool(line.instrument) and self.mapping.instruments[line.instrument] == table
        if repeats:
            key = line.key
        elif shape.has_month:
            key = (line.patient, str(month), "" if shape.one_per_visit else label)
        else:
            key = (line.patient, "" if shape.one_per_patient else label)
        rows = self._rows[table]
        if key not in rows:
            rows[key] = self._keys(table, line, None if repeats and shape.tells_month else month)
        return rows[key]

    def _keys(self, table: str, line: _Line, month: int | None) -> Draft:
        draft = {PATIENT: Placed(line.patient, line.record.place)}
        if table == "cases" and self.patients.by_source and self._keeps_source:
            draft[SOURCE_ID] = Placed(written(line.record.raw), line.record.place)
        if self._shapes[table].has_month and month is not None:
            draft[MONTH] = Placed(str(month), line.event_cell.place)
        return draft


def _feeds(target: Target, table: str, name: str) -> bool:
    return isinstance(target, Value) and target.table == table and target.variable == name
