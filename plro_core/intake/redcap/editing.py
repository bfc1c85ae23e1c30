"""A mapping as tables of words that a person edits, and back: one row an event, an instrument, a field or a code.

A cell says one of a short list of words, or nothing where nobody has decided yet. What such a word cannot say (a box
that fills two columns, say) keeps its own word, so that a mapping that nobody edits comes back as it was.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from plro_core.intake.model import Dialect, File, Sheet
from plro_core.intake.opening import open_files
from plro_core.intake.redcap.dictionary import Field, is_dictionary, read_dictionary
from plro_core.intake.redcap.layout import EVENT, REDCAPS_OWN, ExportField, is_export, layout
from plro_core.intake.redcap.mapping import DAY, Box, Days, Event, RedcapMapping, Target, Value
from plro_core.intake.redcap.names import (
    allowed,
    arms_of,
    box_name,
    column_named,
    content,
    event_name,
    has_month,
    is_fact,
    one_per_patient,
    own_names,
    patient_tables,
    slug,
    written,
)
from plro_core.intake.redcap.proposal import OpenQuestion
from plro_core.intake.sheets.dates import day_of
from plro_core.vocabulary import Vocabulary

LEFT_OUT = "left out"
#: The answer that a code of a field means missing, in every field.
MISSING = "missing"
_OWN_DATA = "the patient's own data"
#: More different values than any list of codes has.
_MOST_CODES = 40


@dataclass(frozen=True)
class Project:
    """An export of records from REDCap with the project's data dictionary, where it was handed over too."""

    export: Sheet
    dictionary: Sheet | None

    @cached_property
    def fields(self) -> Mapping[str, Field]:
        return read_dictionary(self.dictionary)[0] if self.dictionary else {}

    @cached_property
    def all_columns(self) -> tuple[ExportField, ...]:
        return tuple(layout(self.export, self.fields)[0])

    @property
    def columns(self) -> tuple[ExportField, ...]:
        """The columns that hold what people record; REDCap's own are left out, and so is the patient's number."""
        columns = [column for column in self.all_columns if column.role != "rows"]
        return tuple(column for column in columns[1:] if column.role in ("field", "centre"))

    @cached_property
    def arms(self) -> Mapping[str, str]:
        """The arms that the events are of, as :func:`~plro_core.intake.redcap.names.arms_of` has them."""
        return arms_of(self.distinct("event"))

    @cached_property
    def dates(self) -> tuple[str, ...]:
        """The columns that hold dates, by the dictionary or, where it does not know them, by what they hold."""
        return tuple(column.name for column in self.columns if self._holds_dates(column.name))

    def _holds_dates(self, name: str) -> bool:
        if name in self.fields:
            return self.fields[name].is_date
        texts = self.distinct(name)
        return bool(texts) and all(day_of(text, "ymd") for text in texts)

    def distinct(self, name: str) -> list[str]:
        """The different texts in a column, by its role or its name, in the order of the rows."""
        found = next((column for column in self.all_columns if name in (column.role, column.name)), None)
        if found is None:
            return []
        return list(dict.fromkeys(text for _, cells in self.export.rows if (text := written(cells[found.index]))))


@dataclass
class MappingWords:
    """What a mapping says in words: of each event, instrument and field, and of each code of a field."""

    events: dict[str, str] = field(default_factory=dict)
    instruments: dict[str, str] = field(default_factory=dict)
    fields: dict[str, str] = field(default_factory=dict)
    codes: dict[tuple[str, str], str] = field(default_factory=dict)
    missing: str = ""


def project(files: Iterable[File], dialects: Mapping[str, Dialect], vocabulary: Vocabulary) -> Project | None:
    """The REDCap export among some files, with its dictionary; ``None`` if none of them is one."""
    opened, _ = open_files(list(files), vocabulary, dialects)
    sheets = [sheet for file in opened.files for sheet in file.sheets]
    dictionary = next((sheet for sheet in sheets if is_dictionary(sheet)), None)
    export = next(
        (sheet for sheet in sheets if sheet is not dictionary and is_export(sheet, own_names(vocabulary))), None
    )
    return Project(export, dictionary) if export else None


# What a cell may say


def event_choices(mapping: RedcapMapping) -> dict[str, Event]:
    """Word -> what an event feeds."""
    usual = [
        Event(),
        Event(case=True),
        Event(case=True, month=0),
        *(Event(month=month) for month in mapping.vocabulary.months),
        *(Event(table=table.name) for table in patient_tables(mapping.vocabulary) if not one_per_patient(table)),
    ]
    return {_event_word(event): event for event in (*usual, *mapping.events.values())}


def _event_word(event: Event) -> str:
    parts = ([_OWN_DATA] if event.case else []) + ([f"month {event.month}"] if event.month is not None else [])
    return " and ".join(parts) or (f"rows of {event.table}" if event.table else LEFT_OUT)


def instrument_choices(mapping: RedcapMapping) -> tuple[str, ...]:
    """What the rows of a repeating instrument may be: rows of a table of facts, or left out."""
    return (LEFT_OUT, *(table.name for table in patient_tables(mapping.vocabulary) if not one_per_patient(table)))


def field_choices(project: Project, mapping: RedcapMapping) -> dict[str, Target]:
    """Word -> the variable that a field gives; in a project without events a visit's variable is told with its month."""
    months = () if project.distinct("event") else mapping.vocabulary.months
    usual: list[Target] = []
    for table in patient_tables(mapping.vocabulary):
        for entry in content(mapping.vocabulary, table.name):
            dated = months if has_month(mapping.vocabulary, table.name) else ()
            usual += [Value(table.name, entry.name, month=month) for month in dated] or [Value(table.name, entry.name)]
        if has_month(mapping.vocabulary, table.name) or column_named(mapping.vocabulary, table.name, DAY):
            usual += [Days(table.name, since) for since in project.dates]
    given = (_bare(target) for target in mapping.fields.values() if not isinstance(target, Box))
    return {_target_word(target): target for target in (*usual, *given)}


def box_choices(mapping: RedcapMapping) -> dict[str, Target]:
    """Word -> what a checked box says."""
    usual: list[Target] = []
    for table in patient_tables(mapping.vocabulary):
        for entry in content(mapping.vocabulary, table.name) if not has_month(mapping.vocabulary, table.name) else ():
            usual += [Box(table.name, {entry.name: level}) for level in allowed(entry)]
            if entry.kind == "boolean" and not is_fact(table):
                usual.append(Box(table.name, {entry.name: "yes"}, {entry.name: "no"}))
    given = (_bare(target) for target in mapping.fields.values() if isinstance(target, Box))
    return {_target_word(target): target for target in (*usual, *given)}


def _bare(target: Target) -> Target:
    """A target without what is told elsewhere: its codes, and the row that it shares with other fields."""
    if isinstance(target, Days):
        return target
    return replace(target, codes={}, row="") if isinstance(target, Value) else replace(target, row="")


def _target_word(target: Target) -> str:
    month = "" if target.month is None else f" at month {target.month}"
    if isinstance(target, Days):
        return f"{target.table}: days since {target.since}"
    if isinstance(target, Value):
        return f"{target.table}.{target.variable}{month}"
    pairs = " and ".join(f"{target.table}.{name} = {level}" for name, level in target.checked.items())
    otherwise = "".join(f", else {level}" for level in target.unchecked.values())
    return f"{pairs}{month}{otherwise}"


# From a mapping to words, and back


def words_of(mapping: RedcapMapping, project: Project) -> MappingWords:
    """What the mapping says of everything that the project's export holds."""
    columns = [column.name for column in project.columns]
    return MappingWords(
        {name: _of_event(name, mapping) for name in _events(project, mapping)},
        {name: _of_instrument(name, mapping) for name in project.distinct("instrument")},
        {name: _of_field(name, mapping) for name in (*_mapped_own(mapping, project), *columns)},
        _codes(mapping, project),
        ", ".join(mapping.missing),
    )


def _mapped_own(mapping: RedcapMapping, project: Project) -> list[str]:
    """REDCap's own columns that the mapping sends to a variable, and the name of the event where it tells the arm."""
    asked = {EVENT} if len(project.arms) > 1 else set()
    own = [column.name for column in project.all_columns if column.role in REDCAPS_OWN]
    return [name for name in own if name in mapping.fields or name in asked]


def _events(project: Project, mapping: RedcapMapping) -> Sequence[str]:
    return project.distinct("event") or list(mapping.events) or [""]


def _of_event(name: str, mapping: RedcapMapping) -> str:
    found = mapping.events.get(name, mapping.events.get(event_name(name)))
    return "" if found is None else _event_word(found)


def _of_instrument(name: str, mapping: RedcapMapping) -> str:
    found = mapping.instruments.get(name, mapping.instruments.get(slug(name)))
    return found or (LEFT_OUT if mapping.ignores(name) or mapping.ignores(slug(name)) else "")


def _of_field(name: str, mapping: RedcapMapping) -> str:
    if name in mapping.fields:
        return _target_word(_bare(mapping.fields[name]))
    return LEFT_OUT if mapping.ignores(name) else ""


def _codes(mapping: RedcapMapping, project: Project) -> dict[tuple[str, str], str]:
    """(field, code) -> level, of every field whose variable has levels."""
    found = {}
    for name, target in mapping.fields.items():
        levels = allowed(mapping.entry(target)) if isinstance(target, Value) else ()
        if isinstance(target, Value) and levels:
            for code in coded(name, target, project):
                level = target.codes.get(code, code if code in levels and not target.codes else "")
                found[name, code] = level if code not in mapping.missing else ""
    return found


def coded(name: str, target: Value, project: Project) -> list[str]:
    """The codes of a field: those that its dictionary lists, that the export holds and that the mapping knows."""
    known = project.fields.get(name)
    if name == EVENT and len(project.arms) > 1:
        return list(dict.fromkeys((*project.arms, *target.codes)))
    listed = [code for code, _ in known.choices] if known else []
    held = project.distinct(name)
    return list(dict.fromkeys((*listed, *target.codes, *(held if len(held) <= _MOST_CODES else ()))))


def mapping_of(words: MappingWords, before: RedcapMapping, project: Project) -> RedcapMapping:
    """The mapping that the words say; what they do not speak of stays as ``before`` has it.

    Raises:
        MappingProblem: the words contradict each other; the sentence names the field.
    """
    events, choices = event_choices(before), {**field_choices(project, before), **box_choices(before)}
    fields = dict(before.fields)
    for name, word in words.fields.items():
        fields.pop(name, None)
        if word in choices:
            fields[name] = _target(name, choices[word], before, words.codes)
    out = [name for name, word in (*words.fields.items(), *words.instruments.items()) if word == LEFT_OUT]
    spoken = {*words.fields, *words.instruments, *map(slug, words.instruments)}
    kept = [name for name in before.ignored if name not in spoken]
    return replace(
        before,
        events={name: event for name, event in before.events.items() if not _speaks(words, name)}
        | {name: events[word] for name, word in words.events.items() if word in events},
        fields=fields,
        instruments={slug(name): word for name, word in words.instruments.items() if word and word != LEFT_OUT},
        missing=tuple(dict.fromkeys(part.strip() for part in words.missing.split(",") if part.strip())),
        ignored=tuple(dict.fromkeys((*kept, *(name for name in out if not _covered(name, kept))))),
    )


def answers_to(question: OpenQuestion, mapping: RedcapMapping, project: Project) -> tuple[str, ...]:
    """What may be answered to a question, in words; nothing if it is mended elsewhere."""
    if question.part == "events":
        return tuple(dict.fromkeys((*event_choices(mapping), LEFT_OUT)))
    if question.part == "instruments":
        return instrument_choices(mapping)
    if question.part == "codes":
        word = words_of(mapping, project).fields.get(question.name, "")
        return (*levels_of(word, question.name, mapping, project), MISSING)
    if question.part == "fields":
        is_box = "___" in question.name
        return (LEFT_OUT, *(box_choices(mapping) if is_box else field_choices(project, mapping)))
    return ()


def answered(question: OpenQuestion, word: str, mapping: RedcapMapping, project: Project) -> RedcapMapping:
    """The mapping once a question got one of its answers.

    Raises:
        MappingProblem: the answer contradicts another one; the sentence names the field.
    """
    words = words_of(mapping, project)
    if question.part == "codes" and word == MISSING:
        words.missing = ", ".join(part for part in (words.missing, question.code) if part)
    elif question.part == "codes":
        words.codes[question.name, question.code] = word
    elif question.part:
        said: dict[str, str] = getattr(words, question.part)
        said[question.name] = word
    return mapping_of(words, mapping, project)


def rest_left_out(mapping: RedcapMapping, project: Project) -> RedcapMapping:
    """The mapping with everything left out on purpose that it does not speak of."""
    words = words_of(mapping, project)
    for said in (words.events, words.instruments, words.fields):
        said.update({name: LEFT_OUT for name, word in said.items() if not word})
    return mapping_of(words, mapping, project)


def _speaks(words: MappingWords, name: str) -> bool:
    return name in words.events or name in map(event_name, words.events)


def _covered(name: str, kept: Iterable[str]) -> bool:
    """Whether a box is left out together with its whole field."""
    return name not in kept and name.partition("___")[0] in kept


def _target(name: str, chosen: Target, before: RedcapMapping, codes: Mapping[tuple[str, str], str]) -> Target:
    """The target that a word names, with the codes that are told apart, and the row that it had."""
    was = before.fields.get(name)
    same = was is not None and _bare(was) == chosen
    if not isinstance(chosen, Value):
        return was if same and was else chosen
    levels = allowed(before.entry(chosen))
    old = was.codes if isinstance(was, Value) and same else {}
    told = {code: level for (field_name, code), level in codes.items() if field_name == name and level in levels}
    new = dict(old) if not levels else {} if all(code == level for code, level in told.items()) else told
    return replace(chosen, codes=new, row=was.row if isinstance(was, Value) and same else "")


def levels_of(word: str, name: str, before: RedcapMapping, project: Project) -> tuple[str, ...]:
    """What the codes of a field may mean, by the word that tells its variable."""
    target = field_choices(project, before).get(word, before.fields.get(name))
    return allowed(before.entry(target)) if isinstance(target, Value) else ()


def label_of(name: str, project: Project) -> str:
    """What the dictionary calls a field, and of a box the choice that it stands for."""
    known = project.fields.get(name.partition("___")[0])
    if known is None:
        return ""
    box = next((label for code, label in known.choices if "___" in name and box_name(known.name, code) == name), "")
    return f"{known.label}: {box}" if box else known.label
