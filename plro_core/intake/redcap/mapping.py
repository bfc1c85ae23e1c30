"""How one REDCap project is read: a mapping that people look through, save and edit, as readable JSON.

::

    {
      "plro_redcap": 1,
      "record_id": "record_id",
      "events": {
        "baseline_arm_1": {"case": true, "month": 0},
        "month_1_arm_1": {"month": 1},
        "mri_arm_1": {"table": "imaging"},
        "screening_arm_1": {}
      },
      "fields": {
        "age": {"table": "cases", "variable": "age"},
        "smoker": {"table": "cases", "variable": "smoking", "codes": {"1": "yes", "2": "no"}},
        "vas_m3": {"table": "visits", "variable": "vas", "month": 3},
        "followup_date": {"table": "visits", "days_from": "diagnosis_date"},
        "pain___1": {"table": "symptoms", "checked": {"symptom": "back"}},
        "ops___3": {"table": "cases", "checked": {"vertebroplasty": "yes"}, "unchecked": {"vertebroplasty": "no"}}
      },
      "instruments": {"medication": "treatments"},
      "missing": ["NI", "-99"],
      "ignored": ["comments"]
    }

An event with ``case`` feeds what is recorded once for a patient, one with ``month`` a visit, one with neither nothing. Each
instance of a repeating event may be a row of a ``table``, into which a field goes that elsewhere gives a variable of the same name. A
project without events has one event with an empty name. A field in ``fields`` gives one variable, or is a box that gives
what ``checked`` says; an unchecked box says nothing unless ``unchecked`` does and the status of its form says that it was
filled in, because REDCap also writes 0 for a form that nobody opened. REDCap's own columns, such as
``redcap_event_name``, may stand in ``fields`` too: an arm is told by them, and ``arm_2`` is a code for all events of the second.
A date with ``days_from`` gives the day, counted from the date in another field (from the patient's first one, if that is the same
field), and the planned month next to it where the event does not tell one; no date is stored. ``order`` says how dates are written
if not as year, month and day. ``row`` joins several fields outside repeating instruments to one row of a table of facts.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from plro_core import sealed, strict
from plro_core.intake.redcap.names import (
    MONTH,
    PATIENT,
    allowed,
    column_named,
    has_month,
    one_per_patient,
    patient_tables,
    table_named,
)
from plro_core.problems import DataProblem
from plro_core.text import listed, printable
from plro_core.vocabulary import Variable, Vocabulary

FORM = sealed.PLAIN
_MARK = "plro_redcap"
MOST_BYTES = 1_000_000
LONGEST_TEXT = 200
#: The variable that holds days from baseline.
DAY = "day"
#: Orders in which dates are written: day, month and year.
ORDERS = ("dmy", "mdy", "ymd")

_PARTS = ("plro_redcap", "record_id", "events", "fields", "instruments", "missing", "ignored", "guarded")
_MAY_BE_LEFT_OUT = {"instruments", "missing", "ignored", "guarded"}


class MappingProblem(DataProblem):
    """A mapping that is malformed, or that names what the registry does not have."""


_JSON = strict.Form(MappingProblem, "the mapping of a REDCap project", MOST_BYTES)


@dataclass(frozen=True)
class Event:
    """What an event of the project feeds: a patient's own data, the visit at a month, both, or (on purpose) nothing.

    ``table`` says instead that each instance of it is a row there.
    """

    case: bool = False
    month: int | None = None
    table: str = ""

    @property
    def feeds_something(self) -> bool:
        return self.case or self.month is not None or bool(self.table)


@dataclass(frozen=True)
class Value:
    """A field that gives one variable. ``codes`` turns the project's choice codes into what the registry writes."""

    table: str
    variable: str
    codes: Mapping[str, str] = field(default_factory=dict)
    month: int | None = None
    row: str = ""


@dataclass(frozen=True)
class Box:
    """A box that, when checked, gives the variables of one row: a symptom, a fracture level, a truth value."""

    table: str
    checked: Mapping[str, str]
    unchecked: Mapping[str, str] = field(default_factory=dict)
    month: int | None = None
    row: str = ""


@dataclass(frozen=True)
class Days:
    """A date of which only the days since another one are kept: they give the day of a row, and its planned month."""

    table: str
    since: str
    order: str = "ymd"
    month: ClassVar[None] = None
    row: ClassVar[str] = ""


Target = Value | Box | Days


@dataclass(frozen=True)
class RedcapMapping:
    """How the exports of one REDCap project become tables of a registry, in its ``vocabulary``.

    ``guarded``: its texts came out of this program with a quote before each that a spreadsheet would take for a formula, which is
    taken off again.

    Raises:
        MappingProblem: one sentence that names the part at fault.
    """

    record_id: str
    events: Mapping[str, Event]
    fields: Mapping[str, Target]
    instruments: Mapping[str, str] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    guarded: bool = False
    vocabulary: Vocabulary = field(kw_only=True, compare=False, repr=False)

    def __post_init__(self) -> None:
        _check_text("record_id", self.record_id)
        for name, event in self.events.items():
            _check_event(self.vocabulary, name, event)
        for name, target in self.fields.items():
            _check_target(self.vocabulary, name, target)
        for name, table in self.instruments.items():
            _check_instrument(self.vocabulary, name, table)
        _check_list("missing", self.missing)
        _check_list("ignored", self.ignored)
        if not isinstance(self.guarded, bool):
            raise MappingProblem("“guarded” is neither true nor false.")
        self._check_contradictions()

    @property
    def json(self) -> str:
        return json.dumps(self._entries, indent=2, ensure_ascii=False)

    @property
    def sealed(self) -> bytes:
        """The bytes of its file in a registry, which carries its own checksum."""
        return sealed.sealed(_MARK, self._entries)

    @property
    def _entries(self) -> dict[str, Any]:
        return {
            "plro_redcap": FORM,
            "record_id": self.record_id,
            "events": {name: _event_entries(event) for name, event in self.events.items()},
            "fields": {name: _target_entries(target) for name, target in self.fields.items()},
            "instruments": dict(self.instruments),
            "missing": list(self.missing),
            "ignored": list(self.ignored),
            **({"guarded": True} if self.guarded else {}),
        }

    @classmethod
    def from_json(cls, text: str | bytes, vocabulary: Vocabulary) -> "RedcapMapping":
        """Read the JSON of a mapping.

        Raises:
            MappingProblem: one sentence that names the part at fault.
        """
        entries = _JSON.object("the file", sealed.opened(_JSON, _MARK, text).value)
        if "plro_redcap" not in entries:
            raise MappingProblem("This is not a mapping of a REDCap project; expected an object with “plro_redcap”.")
        if type(entries["plro_redcap"]) is not int or entries["plro_redcap"] != FORM:
            raise MappingProblem(f"“plro_redcap” is not {FORM}, the form that this program reads.")
        _JSON.check_keys("the mapping", entries, _PARTS, _MAY_BE_LEFT_OUT)
        events, fields = _JSON.object("events", entries["events"]), _JSON.object("fields", entries["fields"])
        return cls(
            record_id=entries["record_id"],
            events={name: _event(name, value) for name, value in events.items()},
            fields={name: _target(name, value) for name, value in fields.items()},
            instruments=_JSON.object("instruments", entries.get("instruments", {})),
            missing=_list("missing", entries.get("missing", [])),
            ignored=_list("ignored", entries.get("ignored", [])),
            guarded=entries.get("guarded", False),
            vocabulary=vocabulary,
        )

    def entry(self, target: Value) -> Variable:
        """The variable that a field gives.

        Raises:
            MappingProblem: it is not declared.
        """
        found = column_named(self.vocabulary, target.table, target.variable)
        if found is None:
            raise MappingProblem(f"“{printable(target.variable)}” is not a column of {printable(target.table)}.")
        return found

    @classmethod
    def read(cls, path: Path, vocabulary: Vocabulary) -> "RedcapMapping":
        """Read the file of a mapping.

        Raises:
            MappingProblem: one sentence that names the part at fault; it does not name the file.
        """
        return cls.from_json(_JSON.file(path), vocabulary)

    @property
    def origins(self) -> dict[str, str]:
        """Field from whose dates days are counted -> the order in which they are written."""
        return {target.since: target.order for target in self.fields.values() if isinstance(target, Days)}

    @property
    def sentences(self) -> tuple[str, ...]:
        """What the mapping does, a line each, for a reader who is to confirm it."""
        return (
            f"The patient is told by {self.record_id}.",
            *(f"Event {name or '(none)'}: {_event_words(event)}." for name, event in self.events.items()),
            *(f"Instrument {name}: rows of {table}." for name, table in self.instruments.items()),
            *(f"Field {name}: {self._target_words(target)}." for name, target in self.fields.items()),
            *([f"Read as missing: {listed(list(self.missing))}."] if self.missing else []),
            *([f"Not read: {listed(list(self.ignored))}."] if self.ignored else []),
            *(
                ["A quote before what a spreadsheet takes for a formula is a guard, and is taken off."]
                if self.guarded
                else []
            ),
        )

    def _target_words(self, target: Target) -> str:
        return _target_words(target, self.entry(target).stated_unit if isinstance(target, Value) else "")

    def ignores(self, name: str) -> bool:
        """Whether a column is left out on purpose, by its own name or by that of its checkbox field."""
        return name in self.ignored or name.partition("___")[0] in self.ignored

    def _check_contradictions(self) -> None:
        if self.record_id in self.fields or self.record_id in self.ignored:
            raise MappingProblem(
                f"“{self.record_id}” tells the patient; expected it neither in “fields” nor in “ignored”."
            )
        both = next((name for name in self.fields if self.ignores(name)), None)
        if both is not None:
            raise MappingProblem(f"“{both}” is in “fields” and in “ignored”; expected it in one of them.")
        for name, target in self.fields.items():
            coded = next((code for code in self.missing if isinstance(target, Value) and code in target.codes), None)
            if coded is not None:
                raise MappingProblem(
                    f"“{coded}” is in “missing” and is a code of “{name}”; expected it in one of them."
                )


# What a mapping says, in words and as JSON


def _event_words(event: Event) -> str:
    parts = (
        (["the patient's own data"] if event.case else [])
        + ([f"the visit at month {event.month}"] if event.month is not None else [])
        + ([f"rows of {event.table}"] if event.table else [])
    )
    return listed(parts) or "not read"


def _target_words(target: Target, unit: str) -> str:
    month = f" at month {target.month}" if target.month is not None else ""
    if isinstance(target, Days):
        return f"{target.table}, the days since {target.since}"
    if isinstance(target, Box):
        unchecked = f"; where unchecked, {_pairs_words(target.unchecked)}" if target.unchecked else ""
        return f"{target.table}{month}, where checked, {_pairs_words(target.checked)}{unchecked}"
    codes = f" ({', '.join(f'{code} is {level}' for code, level in target.codes.items())})" if target.codes else ""
    return f"{target.table}{month}, {target.variable}{f' in {unit}' if unit else ''}{codes}"


def _pairs_words(pairs: Mapping[str, str]) -> str:
    return listed([f"{name} is {value}" for name, value in pairs.items()])


def _event_entries(event: Event) -> dict[str, Any]:
    month: dict[str, Any] = {} if event.month is None else {"month": event.month}
    return ({"case": True} if event.case else {}) | month | ({"table": event.table} if event.table else {})


def _target_entries(target: Target) -> dict[str, Any]:
    entries: dict[str, Any] = {"table": target.table}
    if isinstance(target, Days):
        return entries | {"days_from": target.since} | ({"order": target.order} if target.order != "ymd" else {})
    if isinstance(target, Value):
        entries |= {"variable": target.variable} | ({"codes": dict(target.codes)} if target.codes else {})
    else:
        entries |= {"checked": dict(target.checked)} | (
            {"unchecked": dict(target.unchecked)} if target.unchecked else {}
        )
    if target.month is not None:
        entries["month"] = target.month
    return entries | ({"row": target.row} if target.row else {})


# Reading what nobody vouches for


def _list(part: str, value: Any) -> tuple[Any, ...]:
    if not isinstance(value, list):
        raise MappingProblem(f"“{part}” is not a list; expected words in square brackets.")
    return tuple(value)


def _event(name: str, value: Any) -> Event:
    entries = _JSON.object(name, value)
    _JSON.check_keys(f"the event {name}", entries, ("case", "month", "table"), ("case", "month", "table"))
    case = entries.get("case", False)
    if not isinstance(case, bool):
        raise MappingProblem(f"“case” of the event {printable(name)} is neither true nor false.")
    return Event(case, entries.get("month"), entries.get("table", ""))


def _target(name: str, value: Any) -> Target:
    entries = _JSON.object(name, value)
    whole = f"the field {name}"
    if "checked" in entries:
        _JSON.check_keys(
            whole, entries, ("table", "checked", "unchecked", "month", "row"), ("unchecked", "month", "row")
        )
        checked, unchecked = (_JSON.object(part, entries.get(part, {})) for part in ("checked", "unchecked"))
        return Box(entries["table"], checked, unchecked, entries.get("month"), entries.get("row", ""))
    if "days_from" in entries:
        _JSON.check_keys(whole, entries, ("table", "days_from", "order"), ("order",))
        return Days(entries["table"], entries["days_from"], entries.get("order", "ymd"))
    _JSON.check_keys(whole, entries, ("table", "variable", "codes", "month", "row"), ("codes", "month", "row"))
    codes = _JSON.object("codes", entries.get("codes", {}))
    return Value(entries["table"], entries["variable"], codes, entries.get("month"), entries.get("row", ""))


def _check_event(words: Vocabulary, name: str, event: Event) -> None:
    if name:  # a project without events has one with an empty name
        _check_text("events", name)
    _check_month(words, f"the event {name}", event.month)
    if event.table == "":
        return
    _check_rows(words, f"the event {name}", event.table)
    if event.case or event.month is not None:
        raise MappingProblem(
            f"The event {printable(name)} feeds {event.table} and something else; expected one of them."
        )


def _check_target(words: Vocabulary, name: str, target: Target) -> None:
    _check_text("fields", name)
    _check_table(words, name, target.table)
    _check_month(words, f"the field {name}", target.month)
    if target.month is not None and not has_month(words, target.table):
        raise MappingProblem(f"“{name}” names a month, but {target.table} has none.")
    if target.row != "":
        _check_text(f"row of {name}", target.row)
    if isinstance(target, Days):
        _check_days(words, name, target)
        return
    if isinstance(target, Value):
        entry = _checked_column(words, name, target.table, target.variable)
        for code, level in target.codes.items():
            _check_text(f"codes of {name}", code)
            _check_level(name, entry, level)
        return
    if not target.checked:
        raise MappingProblem(
            f"“checked” of the field {printable(name)} is empty; expected variables with what they get."
        )
    for pairs in (target.checked, target.unchecked):
        for column, level in pairs.items():
            _check_level(name, _checked_column(words, name, target.table, column), level)


def _check_table(words: Vocabulary, name: str, table: Any) -> None:
    if not isinstance(table, str) or table_named(words, table) is None:
        tables = listed([entry.name for entry in patient_tables(words)], "or")
        raise MappingProblem(f"“table” of {printable(name)} is not a table of patients; expected {tables}.")


def _checked_column(words: Vocabulary, name: str, table: str, column: Any) -> Variable:
    entry = column_named(words, table, column) if isinstance(column, str) else None
    if entry is None or entry.name == PATIENT:
        raise MappingProblem(f"The field {printable(name)} names no column of {table} that it can fill.")
    return entry


def _check_level(name: str, entry: Variable, level: Any) -> None:
    _check_text(f"{entry.name} of {name}", level)
    if allowed(entry) and level not in allowed(entry):
        expected = listed(list(allowed(entry)), "or")
        raise MappingProblem(
            f"“{printable(level)}” of {printable(name)} is not a level of {entry.name}; expected {expected}."
        )


def _check_month(words: Vocabulary, whole: str, month: Any) -> None:
    if month is None:
        return
    limits = words.variable(MONTH, "visits").plausible
    if type(month) is not int or month < 0 or (limits is not None and month not in limits):
        raise MappingProblem(f"“month” of {printable(whole)} is not a whole number of months such as 3.")


def _check_instrument(words: Vocabulary, name: str, table: Any) -> None:
    _check_text("instruments", name)
    _check_rows(words, f"the instrument {name}", table)


def _check_rows(words: Vocabulary, whole: str, table: Any) -> None:
    """That what repeats goes to a table that may have several rows of a patient."""
    _check_table(words, whole, table)
    found = table_named(words, table)
    if found and one_per_patient(found):
        said = printable(whole)
        raise MappingProblem(f"{said[:1].upper()}{said[1:]} repeats, but {table} has one row for {found.row}.")


def _check_days(words: Vocabulary, name: str, target: Days) -> None:
    _check_text(f"days_from of {name}", target.since)
    if target.order not in ORDERS:
        raise MappingProblem(f"“order” of {printable(name)} is unknown; expected {listed(list(ORDERS), 'or')}.")
    if column_named(words, target.table, DAY) is None and not has_month(words, target.table):
        raise MappingProblem(f"“{printable(name)}” counts days, but {target.table} has neither a day nor a month.")


def _check_list(part: str, words: Iterable[Any]) -> None:
    seen: set[str] = set()
    for word in words:
        _check_text(part, word)
        if word in seen:
            raise MappingProblem(f"“{printable(word)}” stands twice in “{part}”; expected it once.")
        seen.add(word)


def _check_text(part: str, text: Any) -> None:
    if not isinstance(text, str) or not text:
        raise MappingProblem(f"“{printable(part)}” holds what is not text; expected words in quotes.")
    if len(text) > LONGEST_TEXT:
        raise MappingProblem(f"“{printable(part)}” holds {len(text)} characters; expected at most {LONGEST_TEXT}.")
    if not text.isprintable() or text != text.strip():
        raise MappingProblem(f"“{printable(part)}” holds a word with a sign that cannot be seen; expected plain words.")


def can_be_named(text: str) -> bool:
    """Whether a word of a project can stand in a mapping: short, visible, without spaces at its ends."""
    return 0 < len(text) <= LONGEST_TEXT and text.isprintable() and text == text.strip()
