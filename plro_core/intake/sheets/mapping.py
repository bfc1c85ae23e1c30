"""How sheets that are not laid out like the template are read, as a value and as readable JSON.

::

    {
      "plro_sheets": 1,
      "sheets": [
        {
          "file": "Table II.csv",
          "head_row": 1,
          "patient": {"column": "Case", "carried": true},
          "visit": {"column": "Time", "words": {"Baseline": 0, "1st month": 1}},
          "columns": {
            "VAS": {"table": "visits", "variable": "vas"},
            "Ca (mg/dL)": {"table": "visits", "variable": "calcium", "unit": "mg/dL", "missing": ["N/A"], "flags": true},
            "VAS 6": {"table": "visits", "variable": "vas", "month": 6},
            "Smoking": {"table": "cases", "variable": "smoking", "codes": {"Evet": "yes", "Hayır": "no"}}
          },
          "ignored": ["Other specific findings"]
        }
      ]
    }

A sheet is that of its ``file`` and ``sheet``, or, under another name, one that has every column of the mapping. Rows above
``head_row`` are titles; the first row whose first cell begins with one of ``footers`` ends the table. ``patient`` is numbered
here where ``numbered`` says so, and is told together with ``centre`` (a word of its own, or the name of a column) where
several centres count alike. A ``visit`` is a month by its words, or a date (``dates`` says in which order) counted from the
date in the column ``baseline``, or from the patient's first one; in a sheet with one row a patient, a column names
the ``date`` that it is of. A sheet that is ``left_out`` has no other part than its name. In a sheet with one row a measurement, ``tests`` says in
which columns test, value and unit stand and which test is which variable. With ``rest`` every other column is left out.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from plro_core import sealed, strict
from plro_core.intake.heads import names_unit
from plro_core.intake.redcap.mapping import ORDERS, MappingProblem
from plro_core.intake.redcap.names import MONTH, PATIENT, allowed, column_named, has_month, table_named
from plro_core.intake.sheets.units import divisor
from plro_core.text import listed, printable
from plro_core.vocabulary import Variable, Vocabulary

MARK = "plro_sheets"
MOST_BYTES = 1_000_000

_JSON = strict.Form(MappingProblem, "the mapping of sheets", MOST_BYTES)


@dataclass(frozen=True)
class Target:
    """What a column, or a test, gives: one variable, at a month of its own in a sheet with one row a patient.

    ``codes`` turns words of the sheet into those of the registry, ``missing`` are words for nothing, ``unit`` is that of the
    cells. ``flags`` says that a flag may be glued to a value; ``limits`` that limits of measurement (``<20``) are left
    out, with what was written in the provenance. ``date`` is the column in which the date of its visit stands.
    """

    table: str
    variable: str
    month: int | None = None
    date: str = ""
    unit: str = ""
    codes: Mapping[str, str] = field(default_factory=dict)
    missing: Any = ()
    flags: bool = False
    limits: bool = False


@dataclass(frozen=True)
class Patient:
    """The column that tells the patient; ``carried`` says that an empty cell means the patient above.

    ``new`` says that each patient of the sheet is one of the registry, though no column says anything about the patient alone.
    """

    column: str = ""
    carried: bool = False
    numbered: bool = False
    centre: str = ""
    centre_column: str = ""
    new: bool = False


@dataclass(frozen=True)
class Visit:
    """The column that tells the visit: by words, or by dates, which are not stored; none if each column names its date."""

    column: str = ""
    words: Mapping[str, int] = field(default_factory=dict)
    dates: str = ""
    baseline: str = ""
    carried: bool = False


@dataclass(frozen=True)
class Measurements:
    """The columns of a sheet with one row a measurement, and what each test gives; other tests are ``ignored`` by name."""

    column: str
    value: str
    results: Mapping[str, Target]
    unit: str = ""
    ignored: Any = ()


@dataclass(frozen=True)
class SheetMapping:
    """How one sheet is read."""

    patient: Patient = Patient()
    columns: Mapping[str, Target] = field(default_factory=dict)
    visit: Visit | None = None
    tests: Measurements | None = None
    file: str = ""
    sheet: str = ""
    head_row: int = 1
    footers: Any = ()
    ignored: Any = ()
    rest: bool = False
    left_out: bool = False

    @property
    def told_by(self) -> tuple[str, ...]:
        """The columns that tell patient, visit and test."""
        visit = (self.visit.column, self.visit.baseline) if self.visit else ()
        tests = (self.tests.column, self.tests.value, self.tests.unit) if self.tests else ()
        return tuple(name for name in (self.patient.column, self.patient.centre_column, *visit, *tests) if name)

    @property
    def read(self) -> frozenset[str]:
        """The columns that the sheet must have."""
        return frozenset((*self.told_by, *self.columns, *self.dates))

    @property
    def dates(self) -> frozenset[str]:
        """The columns in which the dates of single columns stand."""
        return frozenset(target.date for target in self.columns.values() if target.date)

    @property
    def targets(self) -> Mapping[str, Target]:
        """What is read, by the column or the test that gives it."""
        return {**self.columns, **(self.tests.results if self.tests else {})}

    def with_unit(self, table: str) -> frozenset[str]:
        """The variables of a table whose unit the sheet names, in a head or in a column of its own.

        One that the mapping alone names may have changed since.
        """
        tests = self.tests
        rows = tests.results.values() if tests and tests.unit else ()
        own = (one for name, one in self.targets.items() if one in rows or (one.unit and names_unit(name)))
        return frozenset(target.variable for target in own if target.table == table)


@dataclass(frozen=True)
class SheetsMapping:
    """How some sheets become tables of a registry, in its ``vocabulary``.

    Raises:
        MappingProblem: one sentence that names the part at fault.
    """

    sheets: tuple[SheetMapping, ...]
    vocabulary: Vocabulary = field(kw_only=True, compare=False, repr=False)

    def __post_init__(self) -> None:
        if not self.sheets:
            raise MappingProblem("“sheets” is empty; expected at least one.")
        for one in self.sheets:
            _check_sheet(self.vocabulary, one)
        named = [(one.file, one.sheet) for one in self.sheets]
        twice = next((name for name in named if named.count(name) > 1), None)
        if twice is not None:
            raise MappingProblem(f"“{printable(' / '.join(twice))}” is mapped twice; expected each sheet once.")

    @property
    def json(self) -> str:
        return json.dumps(self._entries, indent=2, ensure_ascii=False)

    @property
    def sealed(self) -> bytes:
        """The bytes of its file in a registry, which carries its own checksum."""
        return sealed.sealed(MARK, self._entries)

    @property
    def missing(self) -> tuple[str, ...]:
        """All words for missing that it declares."""
        return tuple({word: None for one in self.sheets for target in one.targets.values() for word in target.missing})

    @property
    def _entries(self) -> dict[str, Any]:
        return {MARK: sealed.PLAIN, "sheets": [_short(asdict(one)) for one in self.sheets]}

    @classmethod
    def from_json(cls, text: str | bytes, vocabulary: Vocabulary) -> "SheetsMapping":
        """Read the JSON of a mapping.

        Raises:
            MappingProblem: one sentence that names the part at fault.
        """
        entries = _JSON.object("the file", sealed.opened(_JSON, MARK, text).value)
        _JSON.check_keys("the mapping", entries, (MARK, "sheets"))
        if type(entries[MARK]) is not int or entries[MARK] != sealed.PLAIN:
            raise MappingProblem(f"“{MARK}” is not {sealed.PLAIN}, the form that this program reads.")
        if not isinstance(entries["sheets"], list):
            raise MappingProblem("“sheets” is not a list; expected one object a sheet.")
        return cls(tuple(map(_sheet, entries["sheets"])), vocabulary=vocabulary)


def _short(value: Any) -> Any:
    """A record without what it leaves unsaid, so that the file says only what the mapping does."""
    if not isinstance(value, dict):
        return list(value) if isinstance(value, tuple) else value
    shown = {name: _short(inner) for name, inner in value.items()}
    return {
        name: inner
        for name, inner in shown.items()
        if inner is not None and inner is not False and inner not in ("", [], {})
    }


def _sheet(value: Any) -> SheetMapping:
    entries = dict(_JSON.object("a sheet", value))
    known = [part.name for part in fields(SheetMapping)]
    _JSON.check_keys("a sheet", entries, known, known if entries.get("left_out") else set(known) - {"patient"})
    read: dict[str, Any] = {"patient": _JSON.record(Patient, entries.pop("patient", {}), "patient")}
    columns = _JSON.object("columns", entries.pop("columns", {}))
    read["columns"] = {name: _target(name, entry) for name, entry in columns.items()}
    if "visit" in entries:
        read["visit"] = _JSON.record(Visit, entries.pop("visit"), "visit")
    if "tests" in entries:
        read["tests"] = _tests(entries.pop("tests"))
    for name in ("footers", "ignored"):
        read[name] = _words(name, entries.pop(name, []))
    for name, kind, words in (
        ("file", str, "text"),
        ("sheet", str, "text"),
        ("head_row", int, "a whole number"),
        ("rest", bool, "true or false"),
        ("left_out", bool, "true or false"),
    ):
        if name in entries and type(entries[name]) is not kind:
            raise MappingProblem(f"“{name}” of a sheet is not {words}.")
    return SheetMapping(**read, **entries)


def _target(name: str, value: Any) -> Target:
    entries = dict(_JSON.object(name, value))
    return _JSON.record(Target, entries | {"missing": _words("missing", entries.get("missing", []))}, name)


def _tests(value: Any) -> Measurements:
    entries = dict(_JSON.object("tests", value))
    results = _JSON.object("results", entries.pop("results", {}))
    ignored = _words("ignored", entries.pop("ignored", []))
    kept = {"results": {}, "ignored": ignored}
    found = _JSON.record(Measurements, entries | kept, "tests")
    return Measurements(
        found.column, found.value, {name: _target(name, one) for name, one in results.items()}, found.unit, ignored
    )


def _words(part: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(word, str) and word for word in value):
        raise MappingProblem(f"“{part}” is not a list of words; expected words in square brackets.")
    if len(set(value)) < len(value):
        raise MappingProblem(f"“{part}” has a word twice; expected each once.")
    return tuple(value)


# What a mapping may say


def _check_sheet(words: Vocabulary, one: SheetMapping) -> None:
    if one.head_row < 1:
        raise MappingProblem(f"“head_row” is {one.head_row}; expected the number of a row, from 1.")
    if one.left_out:
        if one.read:
            raise MappingProblem("A sheet is left out, and its columns are mapped; expected one of them.")
        return
    if not one.patient.column:
        raise MappingProblem("“patient” names no column; expected the one that tells the patient.")
    told = [name for name in one.told_by if not (one.visit and name == one.visit.baseline)]
    told += sorted(one.dates)
    both = next((name for name in told if name in one.columns or told.count(name) > 1), None)
    both = both or next((name for name in one.ignored if name in one.read), None)
    if both is not None:
        raise MappingProblem(f"The column “{printable(both)}” has two meanings; expected one.")
    if one.visit and one.visit.dates and one.visit.dates not in ORDERS:
        raise MappingProblem(f"“dates” is “{printable(one.visit.dates)}”; expected {listed(list(ORDERS), 'or')}.")
    for month in one.visit.words.values() if one.visit else ():
        _check_month(words, "a word of the visits", month)
    if one.dates and not (one.visit and one.visit.dates and one.visit.baseline):
        raise MappingProblem(
            "Columns name the date of their visit; expected the order of dates, and the column “baseline”."
        )
    if one.visit and not one.visit.column and (one.visit.words or not one.visit.dates):
        raise MappingProblem("“visit” names no column; expected the one that tells visits.")
    if one.patient.centre and one.patient.centre_column:
        raise MappingProblem("The centre is told by a word and by a column; expected one of them.")
    seen: dict[tuple[str, str, int | None, str], str] = {}
    for name, target in one.targets.items():
        _check_target(words, one, name, target)
        key = (target.table, target.variable, target.month, target.date)
        if (other := seen.setdefault(key, name)) != name and not (one.tests and name in one.tests.results):
            raise MappingProblem(
                f"“{printable(other)}” and “{printable(name)}” both give {target.variable}; expected one."
            )


def _check_target(words: Vocabulary, one: SheetMapping, name: str, target: Target) -> None:
    entry = variable(words, target)
    if entry.name in (PATIENT, MONTH):
        raise MappingProblem(f"“{printable(name)}” names {entry.name}, which “patient” and “visit” tell.")
    if target.month is not None and target.date:
        raise MappingProblem(f"“{printable(name)}” names a month and a date; expected one of them.")
    if target.month is not None:
        _check_month(words, name, target.month)
        if not has_month(words, target.table):
            raise MappingProblem(f"“{printable(name)}” names a month, but {target.table} has none.")
    elif target.date:
        if not has_month(words, target.table):
            raise MappingProblem(f"“{printable(name)}” names a date, but {target.table} has no visits.")
    elif has_month(words, target.table) and not (one.visit and one.visit.column):
        raise MappingProblem(
            f"“{printable(name)}” belongs to a visit; expected its month, or a column that tells visits."
        )
    if divisor(entry, target.unit) is None:
        known = [unit for unit in (entry.unit, *dict(entry.convertible)) if unit]
        expected = listed(known, "or") or "no unit"
        raise MappingProblem(
            f"“{printable(name)}” is in “{printable(target.unit)}”, which cannot be made {entry.name}; expected {expected}."
        )
    wrong = next((level for level in target.codes.values() if allowed(entry) and level not in allowed(entry)), None)
    if wrong is not None:
        raise MappingProblem(
            f"“{printable(wrong)}” of “{printable(name)}” is not a level of {entry.name}; expected "
            f"{listed(list(allowed(entry)), 'or')}."
        )
    both = next((word for word in target.missing if word in target.codes), None)
    if both is not None:
        raise MappingProblem(f"“{printable(both)}” of “{printable(name)}” is missing and a code; expected one of them.")


def _check_month(words: Vocabulary, name: str, month: Any) -> None:
    if type(month) is not int or month not in words.months:
        planned = listed([str(one) for one in words.months], "or")
        raise MappingProblem(f"“{printable(name)}” is no planned month; expected {planned}.")


def variable(words: Vocabulary, target: Target) -> Variable:
    """The variable that a target names.

    Raises:
        MappingProblem: the registry does not declare it.
    """
    found = table_named(words, target.table) and column_named(words, target.table, target.variable)
    if not found:
        raise MappingProblem(f"“{printable(target.variable)}” is not a column of {printable(target.table)}.")
    return found
