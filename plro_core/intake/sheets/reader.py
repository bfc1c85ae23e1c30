"""Sheets read through a mapping into rows of the registry's tables.

Nothing is guessed and nothing is left out in silence: each column is mapped, ignored by name, or named in a finding, and a
cell that its column's mapping does not speak of is refused or goes on, as it stands, to be read like one of the template.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import pyarrow as pa

from plro_core.intake.foreign.programs import SPECIMEN, is_blood
from plro_core.intake.given import shown
from plro_core.intake.model import Draft, Finding, Place, Placed, Sheet
from plro_core.intake.redcap.names import (
    MONTH,
    PATIENT,
    SOURCE_ID,
    column_names,
    has_month,
    one_per_patient,
    one_per_visit,
)
from plro_core.intake.redcap.records import Patients
from plro_core.intake.row_numbers import is_row_numbers, left_out
from plro_core.intake.sheets.dates import day_of, nearest
from plro_core.intake.sheets.decimals import style_of
from plro_core.intake.sheets.mapping import SheetMapping, Target, Visit, variable
from plro_core.intake.sheets.values import told
from plro_core.text import listed, printable
from plro_core.vocabulary import Vocabulary

DAY, CENTRE = "day", "centre"


@dataclass(frozen=True)
class Mapped:
    """A sheet, its titles and footers gone, with the mapping that it is read with."""

    sheet: Sheet
    mapping: SheetMapping
    #: The decimal sign that a person declared.
    decimal: str = ""


@dataclass(frozen=True)
class _Line:
    """One row with the patient and the visit that it is of."""

    number: int
    cells: Mapping[str, Placed]
    patient: str
    patient_cell: Placed
    is_new: bool
    month: Placed | None
    day: Placed | None
    #: Column of a date -> month and day of the visit at that date; nothing if they are not told.
    dated: Mapping[str, tuple[Placed, Placed] | None]


def drafts(
    mapped: Sequence[Mapped], vocabulary: Vocabulary, base_cases: pa.Table | None, beside: Sequence[Sheet] = ()
) -> tuple[list[dict[str, list[Draft]]], list[Finding]]:
    """The rows that each of some sheets gives, by table, and what is wrong or doubtful in them.

    They are read together, because one patient has one number in all of them. ``beside`` are sheets that tell patients by
    number without a mapping: whose number is given here could be another patient's there.
    """
    readings = [_Reading(one, vocabulary) for one in mapped]
    ids = [cell for reading in readings for cell in reading.ids.values()]
    numbered = any(one.mapping.patient.numbered for one in mapped)
    forget = numbered and (base_cases is None or not len(base_cases))
    patients = Patients(vocabulary, ids, base_cases, forget=forget)
    origins = _baselines(readings)
    rows = [reading.tables(patients, origins) for reading in readings]
    found = [finding for reading in readings for finding in reading.findings]
    return rows, [*patients.findings, *patients.of_others(), *_mixed(patients, ids, beside), *found]


def _mixed(patients: Patients, ids: Sequence[Placed], beside: Sequence[Sheet]) -> Iterator[Finding]:
    """That patients of the mapped sheets get numbers, and those of sheets beside them have theirs."""
    given = (str(cell.raw) for cell in ids if patients.by_source and patients.is_new(str(cell.raw)))
    first = next(given, None)
    for sheet in beside if first is not None else ():
        message = (
            f"the sheet tells patients by number, and the mapping numbers those of the others (“{printable(first or '')}” is "
            f"{patients.number(first or '')}); expected all of them in the mapping."
        )
        yield Finding(sheet.file, sheet.name, rule="record_id", message=message)


def _baselines(readings: Sequence["_Reading"]) -> dict[str, dict[str, date]]:
    """Column -> patient -> the date from which visits are counted, written in the order that the visits' dates have."""
    visits = (reading.mapping.visit for reading in readings)
    orders = {visit.baseline or visit.column: visit.dates for visit in visits if visit and visit.dates}
    found: dict[str, dict[str, date]] = {}
    for reading in readings:
        for name, patient, day in reading.dates(orders):
            own = found.setdefault(name, {})
            own[patient] = min(day, own.get(patient, day))
    return found


class _Reading:
    """One sheet on its way into tables."""

    def __init__(self, mapped: Mapped, vocabulary: Vocabulary) -> None:
        self.sheet, self.mapping, self.vocabulary = mapped.sheet, mapped.mapping, vocabulary
        self.style = style_of(mapped.decimal, self.sheet, self.mapping, vocabulary)
        self.findings: list[Finding] = []
        self.index = {head: at for at, head in enumerate(self.sheet.head) if head}
        self.whole = self._check_columns()
        self.ids: dict[int, Placed] = self._patients() if self.whole else {}
        self._rows: dict[str, dict[tuple[str, ...], Draft]] = {}
        self._visits: dict[tuple[str, str], tuple[str, Placed]] = {}

    # columns

    def _check_columns(self) -> bool:
        """Whether every mapped column is there; one that is neither mapped nor ignored is a finding."""
        lacking = [name for name in self.mapping.read if name not in self.index and not self._is_elsewhere(name)]
        for name in sorted(lacking):
            text = (
                f"the sheet has no column “{name}”, which the mapping reads; expected the sheet that it was made for."
            )
            self._note(
                Finding(self.sheet.file, self.sheet.name, self.sheet.head_row, name, rule="mapping", message=text)
            )
        for at, head in enumerate(self.sheet.head):
            if is_row_numbers(self.sheet, at) and head not in self.mapping.read:
                self._note(left_out(self.sheet))
                continue
            place = Place(self.sheet.file, self.sheet.name, self.sheet.head_row, head, at)
            if head and self.index[head] != at:
                self._note(Finding.at(place, head, "duplicate_column", "a second column of this name; expected one."))
            elif self._is_unknown(head, at):
                text = "the column is not in the mapping; expected it among “columns” or “ignored”."
                self._note(Finding.at(place, head, "unknown_column", text))
        return all(finding.severity != "error" for finding in self.findings)

    def _is_elsewhere(self, name: str) -> bool:
        """Whether a column is that of the baseline, which may stand in another sheet."""
        visit = self.mapping.visit
        return visit is not None and name == visit.baseline and name not in self.mapping.columns

    def _is_unknown(self, head: str, at: int) -> bool:
        if self.mapping.rest or head in self.mapping.read or head in self.mapping.ignored:
            return False
        return bool(head) or any(cells[at] is not None for _, cells in self.sheet.rows)

    # patients and dates

    def _patients(self) -> dict[int, Placed]:
        """Row -> the cell that tells its patient, with the centre before it."""
        told_by, found = self.mapping.patient, {}
        last: Placed | None = None
        for number, cells in self.sheet.rows:
            cell = self.sheet.placed(number, cells, self.index[told_by.column])
            text = shown(cell.raw).strip()
            if not text and not (told_by.carried and last):
                if any(raw is not None for raw in cells):
                    self._refuse(cell, "required", "no patient; expected one in every row.")
                continue
            if text:
                centre = told_by.centre
                if told_by.centre_column:
                    centre = shown(cells[self.index[told_by.centre_column]]).strip()
                last = Placed(f"{centre}/{text}" if centre else text, cell.place, text)
            found[number] = last or cell
        return found

    def dates(self, orders: Mapping[str, str]) -> Iterator[tuple[str, str, date]]:
        """Column, patient and date, of every date in the columns from which visits are counted."""
        for name in orders.keys() & self.index.keys():
            for number, cells in self.sheet.rows:
                day = day_of(cells[self.index[name]], orders[name])
                if day and number in self.ids:
                    yield name, str(self.ids[number].raw), day

    # rows

    def tables(self, patients: Patients, origins: Mapping[str, Mapping[str, date]]) -> dict[str, list[Draft]]:
        """The rows by table; those whose patient or visit is not told are refused by cell."""
        self._keeps_source = SOURCE_ID in column_names(self.vocabulary, "cases") and patients.by_source
        for number, cells in self.sheet.rows:
            if number not in self.ids:
                continue
            placed = {name: self.sheet.placed(number, cells, at) for name, at in self.index.items()}
            record = self.ids[number]
            month, day, sure = self._visit(placed, str(record.raw), origins)
            if sure:
                cell = Placed(patients.number(str(record.raw)), record.place, record.written)
                is_new = patients.is_new(str(record.raw))
                dated = self._dates_of_columns(placed, str(record.raw), origins)
                self._read(_Line(number, placed, str(cell.raw), cell, is_new, month, day, dated), record)
        return {name: list(rows.values()) for name, rows in self._rows.items()}

    def _is_of_visit(self, visit: Visit, cells: Mapping[str, Placed]) -> bool:
        """Whether a row is of a visit: it names one, or holds something that belongs to one."""
        if not visit.column:
            return False
        if shown(cells[visit.column].raw).strip() or self.mapping.tests:
            return True
        visits = (name for name, target in self.mapping.columns.items() if self._belongs_to_visit(target))
        return any(shown(cells[name].raw).strip() for name in visits)

    def _belongs_to_visit(self, target: Target) -> bool:
        return target.month is None and not target.date and has_month(self.vocabulary, target.table)

    def _visit(
        self, cells: Mapping[str, Placed], patient: str, origins: Mapping[str, Mapping[str, date]]
    ) -> tuple[Placed | None, Placed | None, bool]:
        """Month and day of a row, and whether they are told; nothing in a sheet without visits."""
        visit = self.mapping.visit
        if visit is None or not self._is_of_visit(visit, cells):
            return None, None, True
        cell = cells[visit.column]
        text = shown(cell.raw).strip()
        if visit.dates:
            return self._dated(visit, cell, patient, origins)
        if visit.words and text not in visit.words:
            known = listed([f"“{word}”" for word in visit.words], "or")
            self._refuse(cell, "month", f"no word for a visit in the mapping; expected {known}.")
            return None, None, False
        month = Placed(str(visit.words[text]), cell.place, text) if visit.words else cell
        return month, None, self._is_new(patient, str(month.raw), text, cell)

    def _dates_of_columns(
        self, cells: Mapping[str, Placed], patient: str, origins: Mapping[str, Mapping[str, date]]
    ) -> dict[str, tuple[Placed, Placed] | None]:
        """Month and day of each date that columns name; a cell without date is refused once a value belongs to it."""
        found: dict[str, tuple[Placed, Placed] | None] = {}
        for name in sorted(self.mapping.dates, key=self.index.__getitem__):
            month = day = None
            if shown(cells[name].raw).strip() and self.mapping.visit:
                month, day, _ = self._dated(self.mapping.visit, cells[name], patient, origins)
            elif any(shown(cells[of].raw).strip() for of, to in self.mapping.columns.items() if to.date == name):
                self._refuse(cells[name], "date", "no date, beside values of that visit; expected one.")
            found[name] = (month, day) if month and day else None
        return found

    def _dated(
        self, visit: Visit, cell: Placed, patient: str, origins: Mapping[str, Mapping[str, date]]
    ) -> tuple[Placed | None, Placed | None, bool]:
        when = day_of(cell.raw, visit.dates)
        origin = origins.get(visit.baseline or visit.column, {}).get(patient)
        if when is None:
            self._refuse(
                cell, "date", f"no date; expected one in the order {visit.dates}, with four digits for the year."
            )
        elif origin is None:
            self._refuse(cell, "date", f"no date in “{visit.baseline}” for the patient; expected one to count from.")
        elif when < origin:
            self._refuse(
                cell, "date", "a date before the one that visits are counted from; expected it, or a later one."
            )
        else:
            days = (when - origin).days
            month = nearest(days, self.vocabulary.months)
            if month is None:
                self._refuse(cell, "month", f"day {days} is near to no planned visit, or to two; expected one.")
            elif self._is_new(patient, str(month), str(days), cell):
                day = f"day {days}"
                return Placed(str(month), cell.place, day), Placed(str(days), cell.place, day), True
        return None, None, False

    def _is_new(self, patient: str, month: str, text: str, cell: Placed) -> bool:
        """Whether this is the first word or day for a visit; two of one patient on one planned month are refused."""
        known, first = self._visits.setdefault((patient, month), (text, cell))
        if known == text:
            return True
        words = (
            f"a second visit of the patient at month {month}, beside {first.place.cell}; expected one a planned month."
        )
        self._refuse(cell, "month", words)
        return False

    def _read(self, line: _Line, record: Placed) -> None:
        for name, target in self.mapping.columns.items():
            if line.month is not None or not self._belongs_to_visit(target):
                self._put(line, line.cells[name], target, "")
        tests = self.mapping.tests
        if tests and not self._is_left_out(line):
            code = line.cells[tests.column]
            word = shown(code.raw).strip()
            if word in tests.results:
                unit = shown(line.cells[tests.unit].raw).strip() if tests.unit else ""
                self._put(line, line.cells[tests.value], tests.results[word], unit)
            elif word not in tests.ignored and not self.mapping.rest:
                self._refuse(
                    code, "mapping", "a test that the mapping does not know; expected it in “results” or “ignored”."
                )
        is_new = self.mapping.patient.new and line.is_new
        if "cases" in self._tables or is_new:
            self._tell_patient(line, record)

    def _is_left_out(self, line: _Line) -> bool:
        """Whether a measurement is of another specimen than blood, which is said: calcium in urine is another quantity."""
        specimen = line.cells.get(SPECIMEN)
        if specimen is None or is_blood(shown(specimen.raw)):
            return False
        words = "measured in another specimen than blood; the measurement is left out."
        self._note(Finding.at(specimen.place, shown(specimen.raw), "specimen", words, "warning"))
        return True

    def _tell_patient(self, line: _Line, record: Placed) -> None:
        """The row of a patient, with the original id and the centre where the registry declares them."""
        row = self._row(line, Target("cases", PATIENT))
        if self._keeps_source:
            row[SOURCE_ID] = Placed(record.raw, record.place, None)
        told_by = self.mapping.patient
        centre = line.cells[told_by.centre_column] if told_by.centre_column else None
        if centre is None and told_by.centre:
            centre = Placed(told_by.centre, record.place)
        if centre is not None and CENTRE in column_names(self.vocabulary, "cases"):
            row.setdefault(CENTRE, centre)

    @property
    def _tables(self) -> frozenset[str]:
        return frozenset(target.table for target in self.mapping.targets.values())

    def _put(self, line: _Line, cell: Placed, target: Target, unit: str) -> None:
        if (target.date and not line.dated[target.date]) or (target.month is not None and not shown(cell.raw).strip()):
            return  # that visit did not take place
        entry = variable(self.vocabulary, target)
        found = told(cell, target, entry, self.style, unit)
        if found.refused:
            self._refuse(cell, "mapping", found.refused)
        if found.left_out:
            self._note(Finding.at(cell.place, shown(cell.raw), "limit", found.left_out, "warning"))
        row = self._row(line, target)
        for name, given in ((entry.name, found.cell), (f"{entry.name}_flag", found.flag)):
            if given is None:
                continue
            other = row.setdefault(name, given)
            if shown(other.raw) != shown(given.raw):
                text = f"“{shown(other.raw)}” stands in {other.place.cell} for the same visit; expected one {name}."
                self._refuse(cell, "conflict", text)

    def _row(self, line: _Line, target: Target) -> Draft:
        """The row of a table that a cell belongs to, with its patient and its visit."""
        table = target.table
        shape = self.vocabulary.table(table)
        dated = has_month(self.vocabulary, table)
        month, day = line.dated.get(target.date) or (line.month, line.day)
        month = Placed(str(target.month), line.patient_cell.place) if target.month is not None else month
        key = (line.patient, *([shown(month.raw)] if dated and month else []))
        key += () if one_per_patient(shape) or one_per_visit(shape) else (str(line.number),)
        rows = self._rows.setdefault(table, {})
        if key not in rows:
            rows[key] = {PATIENT: line.patient_cell} | ({MONTH: month} if dated and month else {})
            if dated and day and DAY in column_names(self.vocabulary, table):
                rows[key][DAY] = day
        return rows[key]

    def _refuse(self, cell: Placed, rule: str, message: str) -> None:
        """A date is never shown: a finding that is downloaded would keep it."""
        visit = self.mapping.visit
        dates = {visit.column, *self.mapping.dates} if visit and visit.dates else ()
        is_date = isinstance(cell.raw, date) or cell.place.column in dates
        value = "" if is_date else shown(cell.raw)
        self._note(Finding.at(cell.place, value, rule, message))

    def _note(self, finding: Finding) -> None:
        self.findings.append(finding)
