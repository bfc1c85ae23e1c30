"""A first mapping for a project, from what is beyond doubt, and the questions that only people can answer.

What has the name or the label of a variable, and agrees with it in unit and choices, is proposed. What merely looks like
one becomes a question. A proposal is to be looked through and saved; no export is read through it before that.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from plro_core.intake.likeness import nearest
from plro_core.intake.model import Sheet
from plro_core.intake.redcap.dictionary import Field, is_unit, read_dictionary
from plro_core.intake.redcap.held import distinct, forms_by_rows, held
from plro_core.intake.redcap.layout import CENTRE, EVENT, ExportField, layout
from plro_core.intake.redcap.mapping import Box, Event, RedcapMapping, Target, Value, can_be_named
from plro_core.intake.redcap.names import (
    allowed,
    arm_of,
    arms_of,
    box_name,
    content,
    event_name,
    field_name,
    has_month,
    is_fact,
    one_per_patient,
    patient_tables,
    slug,
    table_named,
)
from plro_core.text import listed
from plro_core.vocabulary import RegistryTable, Variable, Vocabulary

_ARM = re.compile(r"_arm_\d+[a-z]?$")
_ORDINALS = {"first": "1", "third": "3", "sixth": "6"}
_ABOUT_VISITS = {"visit", "follow", "up", "followup", "fu", "after", "at", "control", "st", "nd", "rd", "th"}
_MONTH = re.compile(r"(?:months?|mo|m)_?(\d+)|(\d+)_?(?:st|nd|rd|th)?_?(?:months?|mo|m)")
_NUMBER = re.compile(r"-?\d+([.,]\d+)?")
#: What projects write where a value is missing: the usual words, and numbers made of 7, 8 or 9.
_LIKE_MISSING = re.compile(
    r"NI|INV|UNK|NASK|ASKU|NAV|MSNG|NA|N/A|NAVU|NP|QS|TRC|UNC|DER|PINF|NINF|MASK|-(7+|8+|9+)|99+|88+|77+", re.I
)


def propose(sheet: Sheet, dictionary: Sheet | None, vocabulary: Vocabulary) -> RedcapMapping:
    """What is sure of an export, as a mapping to be looked through; ``open_questions`` tells the rest.

    Raises:
        MappingProblem: the first column, which is to tell the patient, has no name.
    """
    return _Project(sheet, dictionary, vocabulary).proposal()


Part = Literal["events", "fields", "instruments", "codes", ""]


@dataclass(frozen=True)
class OpenQuestion:
    """What a person is to say of one event, field, instrument or code of a field; ``part`` is empty of what is mended elsewhere."""

    sentence: str
    part: Part = ""
    name: str = ""
    code: str = ""


def open_questions(mapping: RedcapMapping, sheet: Sheet, dictionary: Sheet | None) -> list[str]:
    """What a mapping does not answer of an export and its dictionary, a sentence each; none when it is complete."""
    return [question.sentence for question in asked(mapping, sheet, dictionary)]


def asked(mapping: RedcapMapping, sheet: Sheet, dictionary: Sheet | None) -> list[OpenQuestion]:
    """As :func:`open_questions`, each with what it is about."""
    return _Project(sheet, dictionary, mapping.vocabulary).questions(mapping)


class _Project:
    """What an export and its dictionary tell of a project."""

    def __init__(self, sheet: Sheet, dictionary: Sheet | None, words: Vocabulary) -> None:
        self.words = words
        self.fields: Mapping[str, Field] = read_dictionary(dictionary)[0] if dictionary else {}
        columns = [column for column in layout(sheet, self.fields)[0] if column.role != "rows"]
        self.record = columns[0].name if columns else ""
        self.columns = [column for column in columns[1:] if column.role in ("field", "centre")]
        self.held = {column.name: held(sheet, column) for column in columns}
        self.has_events = any(column.role == "event" for column in columns)
        self.events = distinct(sheet, columns, "event")
        self.instruments = distinct(sheet, columns, "instrument")
        self.arms = arms_of(self.events) if self.has_events else {}
        self._forms = forms_by_rows(sheet, columns)

    # The proposal

    def proposal(self) -> RedcapMapping:
        tables = {name: table for name in self.instruments if (table := self._table_of(name))}
        instruments = {slug(name): table for name, table in tables.items() if can_be_named(slug(name))}
        fields: dict[str, Target] = {}
        for column in self.columns:
            target = self._target(column, instruments)
            if target is not None and can_be_named(column.name):
                fields[column.name] = target
        arm = self._arm()
        if arm is not None:
            fields[EVENT] = arm
        names = [name for name in map(_unique, self.events) if can_be_named(name)]
        events = {name: event for name in names if (event := _event(self.words, name))}
        return RedcapMapping(
            self.record,
            events if self.has_events else {"": Event(case=True)},
            fields,
            instruments,
            vocabulary=self.words,
        )

    def _arm(self) -> Value | None:
        """The variable that tells the arm, where there are several, with the arms that are called like its levels."""
        entry = self._named("arm", [table for table in patient_tables(self.words) if one_per_patient(table)])
        if entry is None or not allowed(entry) or len(self.arms) < 2:
            return None
        codes = {arm: level for arm, label in self.arms.items() if (level := _level(label, entry))}
        return Value(entry.table, entry.name, codes)

    def _table_of(self, instrument: str) -> str | None:
        """The table of facts that a repeating instrument is named like, or that most of its fields belong to."""
        tables = [table for table in patient_tables(self.words) if is_fact(table)]
        named = [table.name for table in tables if slug(instrument) in {table.name, slug(table.label)}]
        if named:
            return named[0]
        fields = [name for name in self.held if self._form(name) in (instrument, slug(instrument))]
        counts = {table.name: sum(bool(self._named(name, [table], True)) for name in fields) for table in tables}
        best = max(counts, key=lambda name: counts[name])
        return best if counts[best] > 1 and list(counts.values()).count(counts[best]) == 1 else None

    def _form(self, name: str) -> str:
        known = self.fields.get(name)
        return known.form if known else slug(self._forms.get(name, ""))

    def _target(self, column: ExportField, instruments: Mapping[str, str]) -> Target | None:
        known = self.fields.get(column.field)
        if known is not None and known.identifier:
            return None
        if column.is_box and (known is None or known.type == "checkbox"):
            return self._box(column, known)
        table = instruments.get(self._form(column.name))
        found = self._named(column.name, _tables(self.words, table), bool(table))
        month = None
        if found is None and not self.has_events:
            found, month = self._visit_field(column.name)
        if found is None or not self._agrees(column.name, found):
            return None
        codes = self._codes(column.name, found)
        return None if codes is None else Value(found.table, found.name, codes, month)

    def _named(self, name: str, tables: Iterable[RegistryTable], prefixed: bool = False) -> Variable | None:
        """The one variable of these tables that a field is named or labelled like, exactly."""
        words = {slug(name)} | ({slug(name.partition("_")[2])} if prefixed else set())
        if name == CENTRE:
            words |= {"centre", "center", "site"}
        if name in self.fields:
            label = self.fields[name].label
            words |= {slug(label), slug(_without_unit(label))}
        found = [
            entry
            for table in tables
            for entry in content(self.words, table.name)
            if _names(self.words, entry) & (words - {""})
        ]
        return found[0] if len(found) == 1 else None

    def _visit_field(self, name: str) -> tuple[Variable | None, int | None]:
        """A field of a project without events that names the month of its visit at its end: ``vas_m3``.

        ``vas_3`` is the third visit to one and month 3 to another, and so it is a question.
        """
        for entry in self._at_visits():
            end = slug(name).removeprefix(f"{entry.name}_")
            month = _month(end)
            if end != slug(name) and month in self.words.months:
                return entry, month
        return None, None

    def _at_visits(self) -> Iterator[Variable]:
        for table in patient_tables(self.words):
            if has_month(self.words, table.name):
                yield from content(self.words, table.name)

    def _numbered(self, name: str) -> tuple[Variable, str] | None:
        """The variable of a field that ends in a bare number, and the number."""
        for entry in self._at_visits():
            end = slug(name).removeprefix(f"{entry.name}_")
            if end != slug(name) and end.isdecimal():
                return entry, end
        return None

    def _agrees(self, name: str, entry: Variable) -> bool:
        """Whether the kind and the unit of a field are those of a variable."""
        known = self.fields.get(name)
        if known is None:  # then what the column holds has to speak for it: dates are no numbers
            texts = self.held.get(name, {}) if entry.is_number else {}
            return all(_NUMBER.fullmatch(text) or _LIKE_MISSING.fullmatch(text) for text in texts)
        if entry.is_number:
            fits = known.type in ("text", "calc", "slider") and not known.is_date
        elif allowed(entry):
            fits = bool(known.choices)
        else:
            fits = known.type in ("text", "notes", "radio", "dropdown") and not known.is_date
        return fits and not known.contradicts_unit(entry)

    def _codes(self, name: str, entry: Variable) -> dict[str, str] | None:
        """Choice code -> what the registry writes, as far as the labels say it; nothing where none does."""
        known = self.fields.get(name)
        if known is None:
            return _codes_of_values(self.held.get(name, {}), entry)
        if not known.choices or entry.is_number:
            return {}
        if not all(can_be_named(word) for pair in known.choices for word in pair):
            return None
        if not allowed(entry):
            return dict(known.choices)
        codes = {code: level for code, label in known.choices if (level := _level(label, entry))}
        return None if not codes else {} if all(code == level for code, level in codes.items()) else codes

    def _box(self, column: ExportField, known: Field | None) -> Box | None:
        code = column.name.partition("___")[2]
        label = code
        if known is not None:
            label = next((label for choice, label in known.choices if box_name("", choice) == f"___{code}"), code)
        for entry in (
            entry
            for table in patient_tables(self.words)
            if not has_month(self.words, table.name)
            for entry in content(self.words, table.name)
        ):
            if entry.many and (level := _level(label, entry)):
                return Box(entry.table, {entry.name: level})
        yes_no = self._truth_named(label)
        return Box(yes_no.table, {yes_no.name: "yes"}) if yes_no else None

    def _truth_named(self, label: str) -> Variable | None:
        tables = [table for table in patient_tables(self.words) if one_per_patient(table)]
        found = [
            e
            for table in tables
            for e in content(self.words, table.name)
            if e.kind == "boolean" and slug(label) in _names(self.words, e)
        ]
        return found[0] if len(found) == 1 else None

    # The questions

    def questions(self, mapping: RedcapMapping) -> list[OpenQuestion]:
        return [
            *self._event_questions(mapping),
            *self._arm_questions(mapping),
            *self._instrument_questions(mapping),
            *self._unmapped_questions(mapping),
            *map(OpenQuestion, self._unit_questions(mapping)),
            *self._code_questions(mapping),
            *self._missing_questions(mapping),
        ]

    def _event_questions(self, mapping: RedcapMapping) -> list[OpenQuestion]:
        events = self.events if self.has_events else [""]
        months = listed([str(month) for month in self.words.months], "or")
        return [
            OpenQuestion(
                f"What is the event {name or 'of this project, which has none'}: the patient's own data, the visit at month "
                f"{months}, or nothing that is to be read?",
                "events",
                name,
            )
            for name in events
            if name not in mapping.events and event_name(name) not in mapping.events
        ]

    def _arm_questions(self, mapping: RedcapMapping) -> list[OpenQuestion]:
        if len(self.arms) < 2 or EVENT in mapping.fields or mapping.ignores(EVENT):
            return []
        arms = listed([f"{arm} ({label})" if label else arm for arm, label in self.arms.items()])
        sentence = f"The events are of {arms}: which variable of the registry is {EVENT}, or is it left out?"
        return [OpenQuestion(sentence, "fields", EVENT)]

    def _instrument_questions(self, mapping: RedcapMapping) -> list[OpenQuestion]:
        tables = listed([table.name for table in patient_tables(self.words) if not one_per_patient(table)], "or")
        return [
            OpenQuestion(
                f"Which table do the rows of the repeating instrument {name} belong to: {tables}, or none?{_like_table(self.words, name)}",
                "instruments",
                name,
            )
            for name in self.instruments
            if not {name, slug(name)} & set(mapping.instruments)
            and not (mapping.ignores(name) or mapping.ignores(slug(name)))
        ]

    def _unmapped_questions(self, mapping: RedcapMapping) -> list[OpenQuestion]:
        questions = []
        for column in self.columns:
            known = self.fields.get(column.field)
            told = column.name in mapping.fields or column.name in mapping.origins
            is_open = not told and not mapping.ignores(column.name)
            missing = {box_name(column.field, code) for code in mapping.missing}
            holds = (
                set(self.held[column.name]) - set(mapping.missing) - ({"0", "Unchecked"} if column.is_box else set())
            )
            if is_open and holds and column.name not in missing and not (known and known.identifier):
                questions.append(OpenQuestion(self._unmapped_question(column, known), "fields", column.name))
        return questions

    def _unmapped_question(self, column: ExportField, known: Field | None) -> str:
        label = f" ({known.label})" if known and known.label else ""
        choice = column.name.partition("___")[2]
        if known and choice and (code := _missing_choice(known, choice)):
            return (
                f"{column.name} ({known.label}: {code[1]}) looks like a missing value: is {code[0]} a code for missing?"
            )
        if known and choice:
            label = f" ({known.label}: {dict(_boxes(known)).get(choice, choice)})"
        if known and known.is_date:
            return f"{column.name}{label} is a date, which the registry does not keep: leave it out, or count its days from another date?"
        exact = None if choice else self._named(column.name, _tables(self.words, None))
        if exact and known and known.contradicts_unit(exact):
            unit = f"{known.unit}, but the registry keeps {exact.label} in {exact.stated_unit} and converts nothing"
            return f"{column.name}{label} is in {unit}: convert it in REDCap, or leave it out?"
        if not choice and (numbered := self._numbered(column.name)):
            entry, end = numbered
            return f"{column.name}{label} looks like {entry.label} at visit {end}: at which month is that, or is it left out?"
        near = exact or (None if choice else self._near(column, known))
        looks = f"; it looks like {near.label} ({near.table}, {near.name})" if near else ""
        return f"What is the field {column.name}{label}{looks}: a variable of the registry, or left out?"

    def _near(self, column: ExportField, known: Field | None) -> Variable | None:
        """The variable whose name or label is most like a field's."""
        words = [slug(column.name), *([slug(known.label)] if known else [])]
        entries = {
            name: entry
            for table in patient_tables(self.words)
            for entry in content(self.words, table.name)
            for name in _names(self.words, entry)
        }
        close = next((match for word in words if (match := nearest(word, entries))), "")
        return entries.get(close)

    def _unit_questions(self, mapping: RedcapMapping) -> list[str]:
        questions = []
        for name, target in mapping.fields.items():
            known = self.fields.get(name)
            if known is None or not isinstance(target, Value) or not mapping.entry(target).stated_unit:
                continue
            entry = mapping.entry(target)
            if known.contradicts_unit(entry):
                questions.append(
                    f"{name} is in {known.unit}, but {entry.label} is kept in {entry.stated_unit}: is it mapped right?"
                )
            elif entry.si_unit and not known.unit:
                questions.append(
                    f"The dictionary gives no unit for {name}; {entry.label} is kept in {entry.stated_unit} and values in "
                    f"{entry.si_unit} would be wrong: write the unit into the field's note."
                )
        return questions

    def _code_questions(self, mapping: RedcapMapping) -> list[OpenQuestion]:
        questions = []
        for name, target in mapping.fields.items():
            if not isinstance(target, Value) or not (target.codes or allowed(mapping.entry(target))):
                continue
            known = self.fields.get(name)
            choices = dict(known.choices) if known else dict.fromkeys(self.held.get(name, {}), "")
            if name == EVENT:
                choices = {arm: label for arm, label in self.arms.items() if not self._is_told(arm, target)}
            for code, label in choices.items():
                if code not in (target.codes or allowed(mapping.entry(target))) and code not in mapping.missing:
                    sentence = _code_question(name, code, label, mapping.entry(target))
                    questions.append(OpenQuestion(sentence, "codes", name, code))
        return questions

    def _is_told(self, arm: str, target: Value) -> bool:
        """Whether the codes say of every event of an arm what it is."""
        events = [event for event in map(_unique, self.events) if arm_of(event) == arm]
        return arm in target.codes or all(event in target.codes for event in events)

    def _missing_questions(self, mapping: RedcapMapping) -> list[OpenQuestion]:
        questions: list[OpenQuestion] = []
        for name, target in mapping.fields.items():
            if not isinstance(target, Value) or target.codes or not mapping.entry(target).is_number:
                continue
            entry = mapping.entry(target)
            for code in mapping.missing:
                if _is_plausible(code, entry):
                    doubt = f"{code} is declared missing, but is a plausible {entry.words}: is it in {name}?"
                    questions.append(OpenQuestion(doubt))
            questions += [
                OpenQuestion(
                    f"{text} stands in {_cells(count)} of {name}: is it a code for missing?", "codes", name, text
                )
                for text, count in self.held.get(name, {}).items()
                if text not in mapping.missing and _LIKE_MISSING.fullmatch(text) and not _is_plausible(text, entry)
            ]
        return questions


# Names, levels, units and months


def _tables(words: Vocabulary, name: str | None) -> list[RegistryTable]:
    """The tables that a field may belong to: that of its repeating instrument, or those without facts."""
    if name:
        table = table_named(words, name)
        return [table] if table else []
    return [table for table in patient_tables(words) if not is_fact(table)]


def _without_unit(label: str) -> str:
    """A label without the unit or the scale in its brackets; what else stands in brackets tells another quantity."""
    return re.sub(r"[(\[]([^()\[\]]*)[)\]]", lambda found: "" if is_unit(found[1]) else found[0], label)


def _names(words: Vocabulary, entry: Variable) -> set[str]:
    return {entry.name, field_name(words, entry), slug(entry.label)} - {""}


def _level(label: str, entry: Variable) -> str | None:
    """The level, or yes or no, that a choice's label names exactly."""
    word = slug(label)
    if entry.kind == "boolean":
        return {"yes": "yes", "true": "yes", "no": "no", "false": "no"}.get(word)
    return next((level.code for level in entry.levels if word and word in (slug(level.code), slug(level.label))), None)


def _codes_of_values(held: Mapping[str, int], entry: Variable) -> dict[str, str] | None:
    """Codes without a dictionary: only 1 and 0 for yes and no, and the registry's own levels, speak for themselves."""
    if not allowed(entry) or set(held) <= set(allowed(entry)):
        return {}
    return {"1": "yes", "0": "no"} if entry.kind == "boolean" and set(held) <= {"0", "1"} else None


def _code_question(name: str, code: str, label: str, entry: Variable) -> str:
    words = {slug(word): level.code for level in entry.levels for word in (level.code, level.label)}
    close = nearest(slug(label or code), words)
    looks = f" It looks like {words[close]}." if close else ""
    said = f" ({label})" if label else ""
    levels = listed(list(allowed(entry)), "or") or f"which {entry.words}"
    return f"What does {code}{said} of {name} mean: {levels}, or missing?{looks}"


def _like_table(words: Vocabulary, instrument: str) -> str:
    """That an instrument's name is much like a table's."""
    names = {word: table.name for table in patient_tables(words) for word in (table.name, slug(table.label))}
    close = nearest(slug(instrument), names)
    return f" It looks like {names[close]}." if close else ""


def _boxes(known: Field) -> list[tuple[str, str]]:
    return [(box_name("", code).removeprefix("___"), label) for code, label in known.choices]


def _missing_choice(known: Field, box: str) -> tuple[str, str] | None:
    """The choice of a box, where its code looks like one for a missing value."""
    found = next((pair for pair in known.choices if box_name("", pair[0]) == f"___{box}"), None)
    return found if found and _LIKE_MISSING.fullmatch(found[0]) else None


def _is_plausible(text: str, entry: Variable) -> bool:
    if not _NUMBER.fullmatch(text) or len(text) > 30:
        return False
    return entry.plausible is None or float(text.replace(",", ".")) in entry.plausible


def _cells(count: int) -> str:
    return "1 cell" if count == 1 else f"{count} cells"


def _unique(event: str) -> str:
    """An event's unique name, which the export may show as a label."""
    return event if _ARM.search(event) else event_name(event)


def _event(words: Vocabulary, name: str) -> Event | None:
    """What an event feeds, where its name says it: the baseline, or a month of the registry's visits."""
    plain = _ARM.sub("", name)
    parts = [part for part in plain.split("_") if part]
    if "baseline" in parts and set(parts) <= {"baseline", *_ABOUT_VISITS}:
        return Event(case=True, month=0)
    month = _month(plain)
    return Event(month == 0, month) if month in words.months else None


def _month(plain: str) -> int | None:
    """The month that a name tells without doubt: ``month_1``, ``1st_month``, ``6_months``, ``m3_visit``."""
    words = [_ORDINALS.get(word, word) for word in plain.split("_") if word and word not in _ABOUT_VISITS]
    found = _MONTH.fullmatch("_".join(words))
    digits = (found[1] or found[2]) if found else ""
    return int(digits) if digits and len(digits) < 4 else None
