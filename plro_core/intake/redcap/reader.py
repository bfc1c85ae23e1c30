"""An export of records from REDCap, read through a mapping into rows of the registry's tables.

Nothing is guessed and nothing is left out in silence: each cell that holds something is mapped, ignored on purpose, or
named in a finding.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date

import pyarrow as pa

from plro_core.intake.model import Draft, Finding, Place, Placed, Raw, Severity, Sheet
from plro_core.intake.redcap.codes import Codes, decimal_sign
from plro_core.intake.redcap.days import counted_from, origins
from plro_core.intake.redcap.dictionary import Field, read_dictionary
from plro_core.intake.redcap.forms import Forms
from plro_core.intake.redcap.layout import REDCAPS_OWN, ExportField, Role, layout
from plro_core.intake.redcap.lines import Line, Shape
from plro_core.intake.redcap.mapping import DAY, Box, Days, Event, MappingProblem, RedcapMapping, Target, Value
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
    plain_code,
    slug,
    written,
)
from plro_core.intake.redcap.proposal import open_questions, propose
from plro_core.intake.redcap.records import Patients
from plro_core.intake.redcap.tally import Tally
from plro_core.text import listed, unguarded
from plro_core.vocabulary import RegistryTable, Vocabulary


def drafts(
    sheet: Sheet,
    dictionary: Sheet | None,
    mapping: RedcapMapping | None,
    vocabulary: Vocabulary,
    base_cases: pa.Table | None = None,
    decimal: str = "",
) -> tuple[dict[str, list[Draft]], list[Finding]]:
    """The rows that an export holds, by table, and all that is wrong or doubtful in it.

    A row has the filled cells only. A table is in the answer when the export has a column that feeds it; ``cases`` has a row
    for each patient who is new to ``base_cases`` (the registry that the rows go into) or of whom something is recorded.
    ``decimal`` is the sign in most of its numbers, if a person said it; those of a field that has the other one are given as
    numbers.
    """
    fields, findings = ({}, []) if dictionary is None else read_dictionary(dictionary)
    if mapping is None:
        return {}, [*findings, *_without_mapping(sheet, dictionary, vocabulary)]
    reading = _Reading(sheet, fields, mapping, decimal or decimal_sign(sheet, dictionary, mapping))
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


class _Reading:
    """One export on its way into tables."""

    def __init__(self, sheet: Sheet, fields: Mapping[str, Field], mapping: RedcapMapping, decimal: str) -> None:
        self.sheet, self.fields, self.mapping = sheet, fields, mapping
        self.tally, self.codes = Tally(), Codes(fields, decimal)
        self._origins: Mapping[tuple[str, str], date] = {}
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
        self._read_columns = [
            column
            for column in self.columns
            if column.name != mapping.record_id
            and (column.role in ("field", "centre", "survey") or column.name in mapping.fields)
        ]

    def _shape(self, table: RegistryTable) -> Shape:
        tells_month = any(
            _feeds(target, table.name, MONTH) or (isinstance(target, Days) and target.table == table.name)
            for target in self.mapping.fields.values()
        )
        return Shape(
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
        self._origins = origins(self._dates(ids), self.mapping.origins)
        seen: dict[tuple[str, ...], Place] = {}
        for (number, cells), cell in zip(self.sheet.rows, ids, strict=True):
            line = self._line(number, cells, cell)
            if line and line.event.feeds_something and self._is_first(line, seen):
                self._read(line)
        return {table: list(rows.values()) for table, rows in self._rows.items()}

    def _dates(self, ids: list[Placed]) -> Iterator[tuple[str, str, Placed]]:
        """Field, patient and cell of every date from which days may be counted."""
        counted = [column for column in self.columns if column.name in self.mapping.origins]
        for (number, cells), record in zip(self.sheet.rows, ids, strict=True):
            for column in counted if written(record.raw) else ():
                cell = self.sheet.placed(number, cells, column.index)
                yield column.name, self.patients.number(written(record.raw)), cell

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
        lacking = [name for name in dict.fromkeys((*self.mapping.fields, *self.mapping.origins)) if name not in names]
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
        fed |= {event.table for event in self.mapping.events.values() if event.table}
        self._rows = {table: {} for table in ("cases", *sorted(fed - {"cases"}))}

    # The rows

    def _line(self, number: int, cells: tuple[Raw, ...], record: Placed) -> Line | None:
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
        if instance and not instrument_text and event.feeds_something and not self._may_repeat(event, instance, record):
            return None
        repeats = self.mapping.instruments.get(instrument, "") if instrument else event.table
        key = (patient, event_text, instrument_text, plain_code(instance))
        return Line(number, cells, record, patient, event, event_cell, instrument, repeats, key)

    def _may_repeat(self, event: Event, instance: str, record: Placed) -> bool:
        """Whether an instance of an event is read: one visit, and a patient's own data, are recorded once."""
        if event.table or plain_code(instance) == "1":
            return True
        text = f"instance {instance} of an event that the mapping reads once for a patient; expected one instance."
        hint = "Let the event be rows of a table, such as unscheduled, or tell it as {} if it is not to be read."
        self._note(Finding.at(record.place, written(record.raw), "repeated_event", text, suggestion=hint))
        return False

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

    def _is_first(self, line: Line, seen: dict[tuple[str, ...], Place]) -> bool:
        first = seen.setdefault(line.key, line.record.place)
        if first is line.record.place:
            return True
        if line.instrument or line.repeats:
            text = f"row {first.row} is of the same record, event and instance; expected each once."
        else:
            text = f"row {first.row} is of the same record and event; expected one row, only instruments may repeat."
        self._note(Finding.at(line.record.place, written(line.record.raw), "duplicate", text))
        return False

    def _read(self, line: Line) -> None:
        if self.patients.is_new(written(line.record.raw)):
            self._row("cases", line, "", None)
        self._open_visits(line)
        if not all(self._is_dated(line, column) for column in self._read_columns):
            return  # its visit is not known; a finding names the date
        for column in self._read_columns:
            text = written(line.cells[column.index])
            if text and text not in self.mapping.missing:
                self._cell(line, column, text)

    def _open_visits(self, line: Line) -> None:
        """The row of a visit whose form was filled in, even where nothing was recorded in it."""
        for column in () if line.instrument or line.event.month is None else self._read_columns:
            target = self.mapping.fields.get(column.name)
            if target is None or target.month is not None or not self._shapes[target.table].one_per_visit:
                continue
            if self._fits(line, target) and self.forms.was_filled(column, line.cells):
                self._row(target.table, line, "", None)

    def _cell(self, line: Line, column: ExportField, text: str) -> None:
        """One cell that holds something."""
        target = self._target(line, column)
        cell = self.sheet.placed(line.number, line.cells, column.index)
        known = self.fields.get(column.field) or self.fields.get(column.name)
        if isinstance(target, Days):
            return  # read before the other cells of its row
        if self.mapping.ignores(column.name) or (target is None and column.name in self.mapping.origins):
            return
        if column.role == "survey" or (known is not None and known.identifier):
            self._identifier(column, cell, target)
        elif target is None and self._says_missing(column):
            self._is_box(column, cell, text)
        elif target is None:
            self._unmapped(column, cell, text)
        elif isinstance(target, Box):
            self._box(line, column, cell, target)
        elif self._is_expected(line, column, target, cell, text):
            self._value(line, cell, target, self._coded(column, target, cell, text))

    def _target(self, line: Line, column: ExportField) -> Target | None:
        """What a column gives; in a row of a repeating event the variable of that name in its table."""
        target, table = self.mapping.fields.get(column.name), line.event.table
        if target is None or isinstance(target, Box) or not table or line.instrument or target.table == table:
            return target
        if isinstance(target, Days):
            return replace(target, table=table)
        has_it = target.variable in column_names(self.mapping.vocabulary, table)
        return replace(target, table=table, month=None, row="") if has_it else target

    def _is_dated(self, line: Line, column: ExportField) -> bool:
        """Put the day that a date gives, and its month, into a row that has none; whether it gives one. No date is shown."""
        target, text = self._target(line, column), written(line.cells[column.index])
        if not isinstance(target, Days) or not text or text in self.mapping.missing:
            return True
        cell = self.sheet.placed(line.number, line.cells, column.index)
        if not self._is_expected(line, column, target, cell, ""):
            return False
        origin = self._origins.get((target.since, line.patient))
        found = counted_from(cell, target, origin, self.mapping.vocabulary.months)
        needs_month = line.repeats == target.table and self._shapes[target.table].has_month
        if found.refused or (needs_month and found.month is None):
            text = found.refused or f"day {found.days} is near to no planned visit, or to two; expected one."
            self._note(Finding.at(cell.place, "", "date", text))
            return False
        day = f"day {found.days}"
        given = {MONTH: found.month} if needs_month else {}
        if DAY in column_names(self.mapping.vocabulary, target.table):
            given[DAY] = found.days
        for name, value in given.items():
            self._put(line, target, "", name, Placed(str(value), cell.place, day))
        return True

    def _says_missing(self, column: ExportField) -> bool:
        return column.is_box and f"___{column.name.partition('___')[2]}" in self._missing_boxes

    def _is_missing(self, line: Line, field_name: str) -> bool:
        """Whether one of the field's boxes says that the field is missing."""
        boxes = (column for column in self.columns if column.field == field_name and self._says_missing(column))
        return any(self.codes.truth(column, written(line.cells[column.index])) for column in boxes)

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
        if not column.name or (column.is_box and self.codes.truth(column, text) is False):
            return  # an unchecked box says nothing, and a column without a heading was told
        in_part = any(name.startswith(f"{column.field}___") for name in self.mapping.fields)
        name = column.name if in_part else column.field
        message = f"the mapping does not know {name}; expected each field mapped or ignored."
        self.tally.add(("unmapped_field", name), cell.place, text, message)

    # What cells say

    def _is_box(self, column: ExportField, cell: Placed, text: str) -> bool:
        """Whether a cell is that of a box, checked or not; a finding where it is not."""
        if self.codes.truth(column, text) is None:
            message = "expected 1 for a checked box, 0 or nothing else."
            self._note(Finding.at(cell.place, text, "checkbox", message))
            return False
        return True

    def _box(self, line: Line, column: ExportField, cell: Placed, target: Box) -> None:
        text = written(cell.raw)
        if not self._is_box(column, cell, text):
            return
        truth = self.codes.truth(column, text)
        says = target.checked if truth else target.unchecked
        if not truth and (not self._fits(line, target) or self._is_missing(line, column.field)):
            return  # REDCap writes 0 where the form does not belong to the event, and beside a missing-data code
        if says and not truth and not self._was_asked(line, column, cell, text):
            return
        if says and self._is_expected(line, column, target, cell, text):
            for name, level in says.items():
                self._put(line, target, target.row or column.name, name, Placed(level, cell.place))

    def _was_asked(self, line: Line, column: ExportField, cell: Placed, text: str) -> bool:
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
        entry = self.mapping.entry(target)
        if not target.codes and not allowed(entry):
            is_guarded = self.mapping.guarded and isinstance(cell.raw, str)
            return unguarded(text) if is_guarded else self.codes.number(column, cell.raw)
        meant = self.codes.meant(column, target, entry, text)
        if len(meant) == 1:
            return meant.pop()
        known = ", ".join(target.codes or allowed(entry))
        message = f"expected a code of {column.name} that the mapping knows: {known}."
        if meant:
            message = f"this is the code of one choice of {column.name} and the label of another."
        self._note(Finding.at(cell.place, text, "unknown_code", message))
        return None

    def _value(self, line: Line, cell: Placed, target: Value, raw: Raw) -> None:
        if raw is not None:
            changed = None if not isinstance(raw, float) or isinstance(cell.raw, float) else written(cell.raw)
            self._put(line, target, target.row, target.variable, Placed(raw, cell.place, changed))

    # Where they go

    def _is_expected(self, line: Line, column: ExportField, target: Target, cell: Placed, text: str) -> bool:
        if column.role == "centre" or self._fits(line, target):
            return True
        if column.role in REDCAPS_OWN:
            return False  # it stands in every row, and tells something of the rows that feed its table
        where = line.instrument or written(line.event_cell.raw) or "this row"
        message = f"the mapping sends {column.name} to {target.table}, which {where} does not feed."
        hint = "Mend the event or the instrument in the mapping, or the entry in REDCap."
        self.tally.add(("unexpected_event", column.name, where), cell.place, text, message, suggestion=hint)
        return False

    def _fits(self, line: Line, target: Target) -> bool:
        """Whether a row of this event, or of this instrument, feeds the table that a field goes to."""
        if line.repeats:
            return line.repeats == target.table
        if not isinstance(target, Box) and not target.row and target.table in self.mapping.instruments.values():
            return False
        if self._shapes[target.table].has_month:
            return target.month is not None or line.event.month is not None
        return line.event.case

    def _put(self, line: Line, target: Target, label: str, name: str, cell: Placed) -> None:
        row = self._row(target.table, line, label, target.month)
        other = row.setdefault(name, cell)
        if written(other.raw) != written(cell.raw):
            text = f"“{written(other.raw)}” stands in {other.place.cell} for the same patient; expected one value of {name}."
            self._note(Finding.at(cell.place, written(cell.raw), "conflict", text))

    def _row(self, table: str, line: Line, label: str, own_month: int | None) -> Draft:
        """The row of a table that a cell belongs to, with its patient and its visit."""
        shape = self._shapes[table]
        month = line.event.month if own_month is None else own_month
        repeats = line.repeats == table
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

    def _keys(self, table: str, line: Line, month: int | None) -> Draft:
        draft = {PATIENT: Placed(line.patient, line.record.place)}
        if table == "cases" and self.patients.by_source and self._keeps_source:
            draft[SOURCE_ID] = Placed(written(line.record.raw), line.record.place)
        if self._shapes[table].has_month and month is not None:
            draft[MONTH] = Placed(str(month), line.event_cell.place)
        return draft


def _feeds(target: Target, table: str, name: str) -> bool:
    return isinstance(target, Value) and target.table == table and target.variable == name
