"""The mapping of a REDCap project as tables to edit: proposed, loaded or kept, and used once a person says so."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from hashlib import sha256

import pandas as pd
import streamlit as st

from pages.parts.registry import asking, keeping, work
from plro_core.handover import Handed
from plro_core.intake import Dialect
from plro_core.intake.mappings import AnyMapping
from plro_core.intake.redcap import editing
from plro_core.intake.redcap.editing import MappingWords, Project
from plro_core.intake.redcap.mapping import MappingProblem, RedcapMapping
from plro_core.intake.redcap.proposal import OpenQuestion, asked, propose
from plro_core.text import printable, safe_markdown
from plro_core.vocabulary import Vocabulary

_START = "registry_mapping"
_CODES = "registry_codes"
_USED = "registry_mapping_used"
#: The mapping as its tables said it last, with the number of its beginning.
_NOW = "registry_mapping_now"
_PARTS = ("fields", "codes", "events", "instruments")
_MOST_QUESTIONS = 12
_MOST_BACK = 50
_MEANS = "What it means here"


@dataclass(frozen=True)
class _Start:
    """The mapping that the tables began with. ``number`` tells one beginning from the next, so no edit outlives it."""

    files: str
    mapping: RedcapMapping
    origin: str
    number: int = 0
    before: tuple[RedcapMapping, ...] = field(default=(), repr=False)


def forget() -> None:
    """Drop the mapping (for callbacks)."""
    for name in (_START, _CODES, _USED, _NOW):
        st.session_state.pop(name, None)


def project_in(handed: Handed, dialects: Mapping[str, Dialect], vocabulary: Vocabulary) -> Project | None:
    """The REDCap export among the files, if there is one."""
    return work.patiently(
        "registry_project",
        key_of(handed, dialects),
        "Looking for a REDCap export",
        lambda told: editing.project(handed.files, dialects, vocabulary),
    )


def key_of(handed: Handed, dialects: Mapping[str, Dialect]) -> str:
    """One word for the files and how their text is read."""
    return f"{handed.key} {sorted(dialects.items())!r}"


def show(
    handed: Handed, project: Project, dialects: Mapping[str, Dialect], vocabulary: Vocabulary
) -> tuple[AnyMapping | None, bool]:
    """The mapping to read the export with, and whether a person has still to look at it."""
    key = key_of(handed, dialects)
    start = _start(handed, key, project, vocabulary)
    used = st.session_state.get(_USED)
    st.header("REDCap: what means what?", anchor=False)
    st.caption(safe_markdown(start.origin))
    with st.expander("The mapping", expanded=False, key="mapping_open"):
        proposal = "Proposed anew; what is not sure is left for you to say."
        keeping.beginnings(
            RedcapMapping,
            vocabulary,
            _take,
            lambda: _take(propose(project.export, project.dictionary, vocabulary), proposal),
        )
        try:
            mapping = _edited(start, project)
        except MappingProblem as problem:
            st.error(safe_markdown(str(problem)), icon=":material/error:")
            return None, True
        keeping.carry(mapping, "redcap-mapping.json")
    st.session_state[_NOW] = (start.number, mapping)
    questions = asked(mapping, project.export, project.dictionary)
    _questions(questions, start, mapping, project)
    looked_through = mapping == handed.mapping and not questions  # saved by people who looked at it then
    waits = used != mapping.json and not looked_through
    if waits:
        label = "Read the export with this mapping" if used is None else "Read the export anew: the mapping has changed"
        st.button(label, type="primary", key="use_mapping", on_click=_use, args=(mapping,))
    return mapping, waits


def _use(mapping: RedcapMapping) -> None:
    st.session_state[_USED] = mapping.json


# Where a mapping begins


def _start(handed: Handed, key: str, project: Project, vocabulary: Vocabulary) -> _Start:
    found: _Start | None = st.session_state.get(_START)
    if found is not None and found.files == key:
        return found
    columns = {column.name for column in project.all_columns}
    if isinstance(handed.mapping, RedcapMapping):
        begun = _Start(key, handed.mapping, "The mapping that was handed over with the export.")
    elif found is not None and found.before and columns >= set(found.mapping.fields):
        begun = _Start(key, found.mapping, "As it was said of the files before.")
    else:
        mapping = propose(project.export, project.dictionary, vocabulary)
        named = (
            "names, labels, units and choices" if project.dictionary else "names alone: hand in the data dictionary too"
        )
        begun = _Start(
            key, mapping, f"Proposed from {named}. Look it through; what is not sure is left for you to say."
        )
    return _begin(begun)


def _begin(start: _Start) -> _Start:
    before: _Start | None = st.session_state.get(_START)
    begun = replace(start, number=before.number + 1 if before else 0)
    st.session_state[_START] = begun
    st.session_state[_CODES] = {}
    return begun


def _take(mapping: RedcapMapping, origin: str) -> None:
    found: _Start = st.session_state[_START]
    _begin(replace(found, mapping=mapping, origin=origin))


# The tables


def _edited(start: _Start, project: Project) -> RedcapMapping:
    """The mapping as the tables say it now."""
    words = editing.words_of(start.mapping, project)
    undecided = [name for name, word in words.fields.items() if not word]
    tabs = dict(zip(_PARTS, st.tabs([part.capitalize() for part in _PARTS]), strict=True))
    with tabs["fields"]:
        st.caption(
            f"{len(words.fields) - len(undecided)} of {len(words.fields)} columns of the export are decided. "
            "An empty cell is not decided yet; “left out” is not read on purpose."
        )
        _fields(start, project, words)
        words.missing = st.text_input(
            "Codes that mean missing in every field",
            value=words.missing,
            key=f"missing_{start.number}",
            placeholder="NI, -99",
        )
    with tabs["events"]:
        st.caption("What each event feeds. A project without events has one without a name.")
        choices = list(editing.event_choices(start.mapping))
        words.events = _table(f"events_{start.number}", "Event", words.events, choices)
    with tabs["instruments"]:
        if words.instruments:
            st.caption("Which table the rows of a repeating instrument belong to.")
            choices = list(editing.instrument_choices(start.mapping))
            words.instruments = _table(f"instruments_{start.number}", "Instrument", words.instruments, choices)
        else:
            st.caption("This project has no repeating instrument.")
    mapping = editing.mapping_of(words, start.mapping, project)
    with tabs["codes"]:
        words.codes = _codes(start, editing.words_of(mapping, project), project)
    return editing.mapping_of(words, start.mapping, project)


def _fields(start: _Start, project: Project, words: MappingWords) -> None:
    boxes = {name: word for name, word in words.fields.items() if "___" in name}
    values = {name: word for name, word in words.fields.items() if name not in boxes}
    labels = {name: editing.label_of(name, project) for name in words.fields}
    value_choices = [editing.LEFT_OUT, *editing.field_choices(project, start.mapping)]
    words.fields = _table(f"values_{start.number}", "Field", values, value_choices, labels)
    if boxes:
        st.caption("What it says when a box is ticked")
        box_choices = [editing.LEFT_OUT, *editing.box_choices(start.mapping)]
        words.fields |= _table(f"boxes_{start.number}", "Box", boxes, box_choices, labels)


def _table(
    key: str, head: str, words: Mapping[str, str], choices: list[str], labels: Mapping[str, str] | None = None
) -> dict[str, str]:
    """A table with one cell to edit in each row; its rows stay the same as long as its key does."""
    columns: dict[str, list[str | None]] = {head: [name or "(none)" for name in words]}
    if labels and any(labels.values()):
        columns["Label"] = [labels.get(name, "") for name in words]
    columns[_MEANS] = [word or None for word in words.values()]
    edited = _editor(pd.DataFrame(columns), key, choices)
    return dict(zip(words, edited, strict=True))


def _editor(frame: pd.DataFrame, key: str, choices: list[str]) -> list[str]:
    edited = st.data_editor(
        frame,
        key=key,
        hide_index=True,
        disabled=[name for name in frame.columns if name != _MEANS],
        column_config={_MEANS: st.column_config.SelectboxColumn(_MEANS, options=choices)},
        height=min(38 + 35 * max(len(frame), 1), 460),
        placeholder="not decided",
        alt=f"{frame.columns[0]}: {_MEANS.lower()}",
    )
    return [str(word) for word in edited[_MEANS].fillna("")]


def _codes(start: _Start, words: MappingWords, project: Project) -> dict[tuple[str, str], str]:
    """What each code of a field with levels means. The rows follow the fields, so what was said is kept by field and code."""
    said: dict[tuple[str, str], str] = st.session_state.setdefault(_CODES, {})
    if not words.codes:
        st.caption("No field that is decided has codes.")
        return {}
    st.caption("What each code means. One that means missing is left empty and named among the missing codes.")
    rows = list(words.codes)
    key = f"codes_{start.number}_{abs(hash(tuple(rows)))}"
    frozen: dict[str, dict[tuple[str, str], str]] = st.session_state.setdefault(f"{_CODES}_rows", {})
    shown = frozen.setdefault(key, {row: said.get(row, words.codes[row]) for row in rows})
    frame = pd.DataFrame(
        {
            "Field": [name for name, _ in rows],
            "Code": [code for _, code in rows],
            "Label": [_choice(name, code, project) for name, code in rows],
            _MEANS: [shown[row] or None for row in rows],
        }
    )
    levels = dict.fromkeys(
        level
        for name in dict.fromkeys(name for name, _ in rows)
        for level in editing.levels_of(words.fields.get(name, ""), name, start.mapping, project)
    )
    edited = dict(zip(rows, _editor(frame, key, list(levels)), strict=True))
    said.update(edited)
    return edited


def _choice(name: str, code: str, project: Project) -> str:
    known = project.fields.get(name)
    return dict(known.choices).get(code, "") if known else ""


# Questions, and keeping a mapping


def _questions(questions: Sequence[OpenQuestion], start: _Start, mapping: RedcapMapping, project: Project) -> None:
    """All that is open, each with its answers where it has some, and how to take an answer back."""
    rest = sum(one.part in ("events", "fields", "instruments") for one in questions)
    asking.head(
        len(questions),
        rest,
        lambda: _answer(lambda now: editing.rest_left_out(now, project)),
        bool(start.before),
        _take_back,
    )
    for question in questions[:_MOST_QUESTIONS]:
        choices = editing.answers_to(question, mapping, project)
        key = sha256("\0".join((question.sentence, str(start.number))).encode()).hexdigest()[:12]
        with asking.beside(safe_markdown(question.sentence)):
            asks = f"What is {safe_markdown(printable(question.name or 'the event'))}?"
            asking.answers(choices, asks, key, partial(_said, question, project), _label)
    if len(questions) > _MOST_QUESTIONS:
        st.caption(f"{len(questions) - _MOST_QUESTIONS} more follow when these are answered.")


def _label(word: str) -> str:
    return "Missing" if word == editing.MISSING else safe_markdown(word)


def _said(question: OpenQuestion, project: Project, word: str) -> None:
    _answer(lambda now: editing.answered(question, word, now, project))


def _answer(step: Callable[[RedcapMapping], RedcapMapping]) -> None:
    """Go on from the mapping as the tables say it, or from a newer one that they do not show yet (for callbacks)."""
    start: _Start = st.session_state[_START]
    number, shown = st.session_state[_NOW]
    now = shown if number == start.number else start.mapping
    try:
        mapping = step(now)
    except MappingProblem as problem:
        work.say("error", str(problem))
    else:
        _begin(replace(start, mapping=mapping, before=(*start.before, now)[-_MOST_BACK:]))


def _take_back() -> None:
    start: _Start = st.session_state[_START]
    if start.before:
        _begin(replace(start, mapping=start.before[-1], before=start.before[:-1]))
