"""A mapping proposed for a sheet: what is sure stands in it; what is a guess is left for :mod:`questions` to ask."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from plro_core.intake.foreign.programs import of_test, said_missing, structure
from plro_core.intake.gates import form
from plro_core.intake.model import Dialect, File, Sheet
from plro_core.intake.opening import open_files
from plro_core.intake.redcap.names import MONTH, PATIENT, allowed, has_month
from plro_core.intake.refusal import Refusal
from plro_core.intake.sheets.contents import Contents, dates
from plro_core.intake.sheets.layout import records_of, table
from plro_core.intake.sheets.mapping import Measurements, Patient, SheetMapping, SheetsMapping, Target, Visit, variable
from plro_core.intake.sheets.naming import Numbered, are_months, named, number_in, words_of_visits
from plro_core.intake.sheets.questions import (
    FIRST_DATE,
    LEFT_OUT,
    MISSING,
    NO,
    NO_VISIT,
    Proposal,
    Question,
    column_choices,
    is_taken,
)
from plro_core.vocabulary import Variable, Vocabulary

#: Merged cells up to this row may be titles; a file is opened anew below those that are found.
_LAST_TITLE, _MOST_TITLES = 20, 5
_PATIENT = frozenset(
    (
        *(PATIENT, "patient", "case", "patient no", "patient id", "subject", "usubjid", "hasta no", "id"),
        *("participant id", "record id"),
    )
)
_VISIT = frozenset((MONTH, "visit", "time", "timepoint", "time point", "vizit"))
_TEST = frozenset(("lbtestcd", "test", "analyte", "parameter", "lbtest"))
_RESULT = frozenset(("lborres", "result", "value"))
_UNIT = frozenset(("lborresu", "unit", "units"))


def proposals(files: Sequence[File], vocabulary: Vocabulary, dialects: Mapping[str, Dialect]) -> tuple[Proposal, ...]:
    """A proposal for each sheet of some files."""
    return tuple(propose(sheet, vocabulary) for sheet in opened(files, vocabulary, dialects, {}))


def opened(
    files: Sequence[File],
    vocabulary: Vocabulary,
    dialects: Mapping[str, Dialect],
    head_rows: Mapping[tuple[str, str], int],
) -> list[Sheet]:
    """The sheets of some files, each from the row of its head; where nobody named it, the rows below titles are found."""
    rows = {(file.name, ""): head_row_of_text(file) for file in files} | dict(head_rows)
    for _ in range(_MOST_TITLES):
        heads = [
            SheetMapping(Patient(PATIENT), file=file, sheet=sheet, head_row=row) for (file, sheet), row in rows.items()
        ]
        mapping = SheetsMapping(tuple(heads), vocabulary=vocabulary)
        found, findings = open_files(files, vocabulary, dialects, mapping=mapping)
        merged = [one for one in findings.shown(files) if one.rule == "merged" and one.row and one.row <= _LAST_TITLE]
        below = {(one.file, one.sheet): (one.row or 0) + 1 for one in merged}
        if not below:
            break
        rows |= below
    return [sheet for file in found.files for sheet in file.sheets]


def head_row_of_text(file: File) -> int:
    """The first line of a text file with as many cells as most of its lines; titles above it have fewer."""
    try:
        is_text = form(file) == "csv"
    except Refusal:  # who opens the file says why
        is_text = False
    if not is_text:
        return 1
    lines = records_of(file, Dialect())[:200]
    mark = max(",;\t", key=lambda sign: sum(line.count(sign) for line in lines))
    widths = [line.count(mark) for line in lines]
    usual = Counter(width for width in widths if width).most_common(1)
    return next((at for at, width in enumerate(widths, 1) if usual and width >= usual[0][0]), 1)


def propose(sheet: Sheet, vocabulary: Vocabulary, is_headed: bool = False) -> Proposal:
    """The proposal for one sheet. Until a column is known that tells the patient, nothing else is proposed.

    ``is_headed`` says that the head stands where it is, so that it is not looked for below titles.
    """
    rows = [sheet.head_row] if is_headed else _rows_of_head(sheet)
    read, patient = next((one for row in rows if (one := _with_patient(sheet, row))), (sheet, ""))
    contents = Contents(read)
    begun = SheetMapping(Patient(patient), file=sheet.file, sheet=sheet.name, head_row=read.head_row)
    proposal = Proposal(begun, contents, vocabulary)
    return completed(proposal) if patient else proposal


def completed(proposal: Proposal) -> Proposal:
    """The proposal with all that is sure once the patient is known."""
    one, contents, vocabulary = proposal.mapping, proposal.contents, proposal.vocabulary
    patient = replace(one.patient, carried=contents.is_carried(one.patient.column))
    days = dates(contents)
    is_said = (NO_VISIT, "") in proposal.settled  # by a person, who has looked at the rows
    tests = one.tests or (None if is_said else _tests(contents, vocabulary))
    visit = one.visit or (None if is_said else _visit(contents, patient.column, days, vocabulary))
    told = {patient.column, patient.centre_column} | ({tests.column, tests.value, tests.unit} if tests else set())
    told |= {visit.column, visit.baseline} if visit else set()
    numbered = _dates_by_number(days, vocabulary) if not (visit or tests) else {}
    wide = _months_in_heads(contents, vocabulary) if not (visit or tests) else frozenset()
    columns: dict[str, Target] = dict(one.columns)
    for head in contents.heads if not tests else ():
        target = _of_head(head, vocabulary, wide, numbered, bool(visit)) if head not in told | set(days) else None
        columns |= {head: target} if target and head not in columns and not is_taken(target, columns) else {}
    by_date = {target.date for target in columns.values() if target.date}
    if by_date:
        visit = Visit(dates=_order(days[numbered[min(numbered)]]), baseline=numbered[min(numbered)])
    open_days = bool(visit is None and contents.repeats(patient.column))
    left = tuple(head for head in days if head not in told | by_date | set(columns) and not open_days)
    own = [head for head in structure(contents.heads) if head not in told | set(columns)]
    ignored = tuple(dict.fromkeys((*one.ignored, *left, *own)))
    columns = {head: _without_marks(target, contents.words(head)) for head, target in columns.items()}
    mapping = replace(one, patient=patient, visit=visit, tests=tests, columns=columns, ignored=ignored)
    return replace(proposal, mapping=mapping)


# rows


def _rows_of_head(sheet: Sheet) -> Iterator[int]:
    """Where a head may stand: at the top, or below some titles."""
    yield sheet.head_row
    yield from (number for number, _ in sheet.rows[:20])


def _with_patient(sheet: Sheet, row: int) -> tuple[Sheet, str] | None:
    read = table(sheet, SheetMapping(Patient(PATIENT), head_row=row))
    patient = next((head for head in read.head if head.casefold() in _PATIENT), None)
    return (read, patient) if patient and read.head_row == row else None


# columns


def _months_in_heads(contents: Contents, vocabulary: Vocabulary) -> frozenset[str]:
    """The stems of heads that end in months: all of them planned, baseline among them. 1 to 4 are numbers of visits."""
    found: dict[str, list[Numbered]] = {}
    for head in contents.heads:
        if numbered := number_in(head):
            found.setdefault(numbered.stem.casefold(), []).append(numbered)
    return frozenset(stem for stem, heads in found.items() if _is_by_month(heads, vocabulary))


def _is_by_month(heads: Sequence[Numbered], vocabulary: Vocabulary) -> bool:
    """Whether heads with one stem are of months beyond doubt; a baseline need not say what the others are counted in."""
    numbers = {head.number for head in heads}
    says = {head.says for head in heads if head.number or head.says}
    return (
        0 in numbers and len(numbers) > 1 and are_months(numbers, vocabulary, says.pop() if len(says) == 1 else "visit")
    )


def _dates_by_number(days: Mapping[str, tuple[str, ...]], vocabulary: Vocabulary) -> dict[int, str]:
    """Number of a visit -> the column of its date, if several dates are numbered, and not by planned months."""
    found = {number.number: head for head in days if (number := number_in(head))}
    is_months = 0 in found and set(found) <= set(vocabulary.months)
    return found if len(found) > 1 and not is_months else {}


def _of_head(
    head: str, vocabulary: Vocabulary, wide: frozenset[str], numbered: Mapping[int, str], has_visit: bool
) -> Target | None:
    """What a column gives beyond doubt; nothing if its head does not say it."""
    if found := named(head, vocabulary, has_visit):
        return Target(found[0].table, found[0].name, unit=found[1])
    at = number_in(head)
    found = named(at.stem, vocabulary, visits=True) if at else None
    if not at or not found or not has_month(vocabulary, found[0].table):
        return None
    if at.stem.casefold() in wide:
        return Target(found[0].table, found[0].name, at.number, unit=found[1])
    date = numbered.get(at.number)
    return Target(found[0].table, found[0].name, date=date, unit=found[1]) if date else None


def _without_marks(target: Target, words: Counter[str]) -> Target:
    """What a column gives, without the marks of missing values that the program writes which made the sheet."""
    marks = tuple(word for word in said_missing(words) if word not in target.missing)
    return replace(target, missing=(*target.missing, *marks)) if marks else target


# visits and measurements


def _visit(
    contents: Contents, patient: str, days: Mapping[str, tuple[str, ...]], vocabulary: Vocabulary
) -> Visit | None:
    """The column that tells the visit: one that is called so, or the only one with dates in a sheet with several rows a patient."""
    column = next((head for head in contents.heads if head.casefold() in _VISIT), "")
    if not column and len(days) == 1 and contents.repeats(patient):
        column = next(iter(days))
    if not column:
        return None
    return visit_of(column, contents, vocabulary)


def visit_of(column: str, contents: Contents, vocabulary: Vocabulary) -> Visit:
    """How a column tells the visit: by its dates, or by its words as far as they say a planned month beyond doubt."""
    orders = contents.orders(column)
    if orders:
        return Visit(column, dates=_order(orders))
    return Visit(column, words_of_visits(contents.words(column), vocabulary))


def _order(orders: Sequence[str]) -> str:
    """The order in which dates are read until somebody says another."""
    return "ymd" if "ymd" in orders else orders[0]


def _tests(contents: Contents, vocabulary: Vocabulary) -> Measurements | None:
    """The columns of a sheet with one row a measurement, if their heads say so, with the tests that are known."""
    column, value, unit = (
        next((head for head in contents.heads if head.casefold() in heads), "") for heads in (_TEST, _RESULT, _UNIT)
    )
    return measurements(column, value, unit, contents, vocabulary) if column and value else None


def measurements(column: str, value: str, unit: str, contents: Contents, vocabulary: Vocabulary) -> Measurements:
    """What each test of a sheet gives, as far as its word says it beyond doubt."""
    known = {word: found for word in contents.words(column) if (found := _of_test(column, word, vocabulary))}
    results: dict[str, Target] = {}
    for word, (entry, said) in known.items():
        target = Target(entry.table, entry.name, unit="" if unit else said)
        results |= {} if is_taken(target, results) or allowed(entry) else {word: target}
    return Measurements(column, value, results, unit)


def _of_test(column: str, word: str, vocabulary: Vocabulary) -> tuple[Variable, str] | None:
    """The variable that a test is beyond doubt, with the unit in its word."""
    is_code, entry = of_test(column, word, vocabulary)
    return (entry, "") if entry else None if is_code else named(word, vocabulary, visits=True)


# answers


def answered(proposal: Proposal, question: Question, choice: str, vocabulary: Vocabulary) -> Proposal:
    """The proposal with one question answered; what the answer leaves open is asked in turn.

    Choices of a column are what it gives, in words, or ``left out``; of a unit, a unit; else one of ``choices``. ``codes``
    take one word of ``choices`` for each of ``words``, joined by a semicolon.
    """
    one, column = proposal.mapping, question.column
    if (choice == NO and question.is_yes_or_no) or (question.kind == "baseline" and choice == question.choices[0]):
        return replace(proposal, settled=proposal.settled | {(question.kind, column)})
    if question.kind in ("patient", "new", "visit_column", "order", "baseline", "visit", "ids", "footer"):
        return _of_rows_answered(proposal, question, choice)
    if question.kind == "column":
        return with_column(proposal, column, None if choice == LEFT_OUT else column_choices(proposal)[choice])
    tests = one.tests
    if question.kind == "test" and tests:
        if choice == LEFT_OUT:
            changed = replace(tests, ignored=(*tests.ignored, column))
        else:
            name, _, entry = choice.partition(".")
            changed = replace(tests, results={**tests.results, column: Target(name, entry)})
        return replace(proposal, mapping=replace(one, tests=changed))
    target = one.targets[column]
    said: Mapping[str, Callable[[], Target]] = {
        "unit": lambda: replace(target, unit=choice),
        "missing": lambda: replace(target, missing=(*target.missing, *question.words)),
        "codes": lambda: _with_codes(target, dict(zip(question.words, choice.split(";"), strict=True)), vocabulary),
        "flags": lambda: replace(target, flags=True),
        "limits": lambda: replace(target, limits=True),
    }
    found = with_target(proposal, column, said[question.kind]())
    if question.kind != "unit":
        return found
    for other, same in one.targets.items():  # a variable at other months is in the same unit
        if (same.table, same.variable, same.unit) == (target.table, target.variable, ""):
            found = with_target(found, other, replace(same, unit=choice))
    return found


def with_target(proposal: Proposal, name: str, target: Target) -> Proposal:
    """The proposal in which a column, or a test, gives something else."""
    one = proposal.mapping
    if one.tests and name in one.tests.results:
        tests = replace(one.tests, results={**one.tests.results, name: target})
        return replace(proposal, mapping=replace(one, tests=tests))
    return replace(proposal, mapping=replace(one, columns={**one.columns, name: target}))


def with_column(proposal: Proposal, column: str, target: Target | None) -> Proposal:
    """The proposal in which a column gives something, or is left out; what its cells leave open is asked anew."""
    one = proposal.mapping
    columns = {name: other for name, other in one.columns.items() if name != column or target}
    ignored = tuple(name for name in one.ignored if name != column)
    if target is None:
        return replace(proposal, mapping=replace(one, columns=columns, ignored=(*ignored, column)))
    settled = frozenset(key for key in proposal.settled if key[1] != column)
    found = named(column, proposal.vocabulary, visits=True)
    target = (
        replace(target, unit=found[1]) if found and found[0].name == target.variable and not target.unit else target
    )
    mapping = replace(one, columns={**columns, column: target}, ignored=ignored)
    return replace(proposal, mapping=mapping, settled=settled)


@dataclass(frozen=True)
class Rows:
    """What the rows of a sheet are, as a person says it: the columns of patient, centre and visit, and those of measurements."""

    patient: str
    centre: str = ""
    visit: str = ""
    test: str = ""
    value: str = ""
    unit: str = ""


def rows_of(one: SheetMapping) -> Rows:
    """What a mapping says that the rows are."""
    visit, tests = one.visit.column if one.visit else "", one.tests
    said = (tests.column, tests.value, tests.unit) if tests else ("", "", "")
    return Rows(one.patient.column, one.patient.centre_column, visit, *said)


def with_rows(proposal: Proposal, rows: Rows) -> Proposal:
    """The proposal in which the rows are something else; columns that do not tell them go on to give what they gave."""
    one, was = proposal.mapping, rows_of(proposal.mapping)
    told = {rows.patient, rows.centre, rows.visit, rows.test, rows.value, rows.unit}
    by_visit = bool(rows.visit) == bool(was.visit) and bool(rows.test) == bool(was.test)
    columns = {name: target for name, target in one.columns.items() if by_visit and name not in told}
    visit = one.visit if rows.visit == was.visit else None
    if rows.visit and visit is None:
        visit = visit_of(rows.visit, proposal.contents, proposal.vocabulary)
    tests = None
    if rows.test and rows.value:
        tests = measurements(rows.test, rows.value, rows.unit, proposal.contents, proposal.vocabulary)
    patient = replace(
        one.patient, column=rows.patient, centre_column=rows.centre, centre="" if rows.centre else one.patient.centre
    )
    ignored = tuple(name for name in one.ignored if name not in told)
    mapping = replace(one, patient=patient, visit=visit, tests=tests, columns=columns, ignored=ignored, left_out=False)
    return completed(replace(proposal, mapping=mapping, settled=proposal.settled | {(NO_VISIT, "")}))


def rows_asked_anew(proposal: Proposal) -> Proposal:
    """The proposal in which nothing was said of patients, footers, words for visits and dates, so that each is asked about."""
    one = proposal.mapping
    patient = replace(one.patient, numbered=False, new=False, centre="")
    visit = replace(one.visit, words={}) if one.visit else None
    settled = frozenset(pair for pair in proposal.settled if pair[0] in ("missing", "flags", "limits", NO_VISIT))
    return replace(proposal, mapping=replace(one, patient=patient, visit=visit, footers=()), settled=settled)


def rest_left_out(proposal: Proposal) -> Proposal:
    """The proposal in which every column and test that is asked about is left out by name."""
    for question in proposal.questions:
        if question.kind in ("column", "test"):
            proposal = answered(proposal, question, LEFT_OUT, proposal.vocabulary)
    return proposal


def _with_codes(target: Target, words: Mapping[str, str], vocabulary: Vocabulary) -> Target:
    """What a column gives once its words are levels, or missing; the words of the template go on to mean themselves."""
    own = {level: level for level in allowed(variable(vocabulary, target))}
    levels = {word: level for word, level in words.items() if level != MISSING}
    missing = [word for word, level in words.items() if level == MISSING]
    return replace(target, codes={**own, **target.codes, **levels}, missing=(*target.missing, *missing))


def _of_rows_answered(proposal: Proposal, question: Question, choice: str) -> Proposal:
    """The proposal once somebody said what the rows are: of which patient, at which visit, and where they end."""
    one = proposal.mapping
    if question.kind == "patient":
        if choice == LEFT_OUT:
            return replace(proposal, mapping=SheetMapping(file=one.file, sheet=one.sheet, left_out=True))
        return completed(replace(proposal, mapping=replace(one, patient=Patient(choice))))
    if question.kind == "footer":
        return replace(proposal, mapping=replace(one, footers=(*one.footers, *question.words)))
    if question.kind == "new":
        return replace(proposal, mapping=replace(one, patient=replace(one.patient, new=True)))
    if question.kind == "ids":
        return replace(proposal, mapping=replace(one, patient=replace(one.patient, numbered=True)))
    if question.kind == "visit_column":
        if choice == NO_VISIT:
            return replace(proposal, settled=proposal.settled | {("visit_column", ""), (NO_VISIT, "")})
        visit = visit_of(choice, proposal.contents, proposal.vocabulary)
        return completed(replace(proposal, mapping=replace(one, visit=visit)))
    if one.visit is None:
        return proposal
    if question.kind == "order":
        visit = replace(one.visit, dates=choice)
        settled = proposal.settled | {("order", question.column)}
        return replace(proposal, mapping=replace(one, visit=visit), settled=settled)
    if question.kind == "baseline":
        visit = replace(one.visit, baseline="" if choice == FIRST_DATE else choice)
        ignored = tuple(name for name in one.ignored if name != choice)
        settled = proposal.settled | {("baseline", question.column)}
        return replace(proposal, mapping=replace(one, visit=visit, ignored=ignored), settled=settled)
    months = {word: int(choice) for word in question.words}
    return replace(proposal, mapping=replace(one, visit=replace(one.visit, words={**one.visit.words, **months})))
