"""The mapping of a REDCap project as tables to edit: proposed, loaded or kept, and used once a person says so."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import pandas as pd
import streamlit as st

from pages.parts.registry import work
from pages.shared import registries
from plro_core.handover import Handed
from plro_core.intake import Dialect
from plro_core.intake.redcap import editing, kept
from plro_core.intake.redcap.editing import MappingWords, Project
from plro_core.intake.redcap.mapping import MappingProblem, RedcapMapping
from plro_core.intake.redcap.proposal import open_questions, propose
from plro_core.store import why_not_written
from plro_core.text import safe_markdown
from plro_core.vocabulary import Vocabulary

_START = "registry_mapping"
_CODES = "registry_codes"
_USED = "registry_mapping_used"
_PARTS = ("fields", "codes", "events", "instruments")
_MOST_QUESTIONS = 8
_MEANS = "What it means here"


@dataclass(frozen=True)
class _Start:
    """The mapping that the tables began with. ``number`` tells one beginning from the next, so no edit outlives it."""

    files: str
    mapping: RedcapMapping
    origin: str
    number: int = 0


def forget() -> None:
    """Drop the mapping (for callbacks)."""
    for name in (_START, _CODES, _USED):
        st.session_state.pop(name, None)


def show(handed: Handed, dialects: Mapping[str, Dialect], vocabulary: Vocabulary) -> tuple[RedcapMapping | None, bool]:
    """The mapping to read the files with, and whether a person has still to look at it."""
    key = f"{handed.key} {sorted(dialects.items())!r}"
    project = work.patiently(
        "registry_project",
        key,
        "Looking for a REDCap export",
        lambda told: editing.project(handed.files, dialects, vocabulary),
    )
    if project is None:
        return handed.mapping, False
    start = _start(handed, key, project, vocabulary)
    used = st.session_state.get(_USED)
    st.header("REDCap: what means what?", anchor=False)
    # Two keys, because an expander stays as it is when only ``expanded`` changes.
    with st.expander("The mapping", expanded=used is None, key="mapping_open" if used is None else "mapping_used"):
        st.caption(safe_markdown(start.origin))
        _beginnings(project, vocabulary)
        try:
            mapping = _edited(start, project)
        except MappingProblem as problem:
            st.error(safe_markdown(str(problem)), icon=":material/error:")
            return None, True
        _carry(mapping)
    questions = open_questions(mapping, project.export, project.dictionary)
    _questions(questions)
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
    if handed.mapping:
        begun = _Start(key, handed.mapping, "The mapping that was handed over with the export.")
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


def _beginnings(project: Project, vocabulary: Vocabulary) -> None:
    """Take a mapping that the registry keeps, or the proposal."""
    mappings, problems = kept.kept_mappings(registries.folder(), vocabulary)
    for problem in problems:
        st.caption(safe_markdown(problem))
    if not mappings:
        return
    with st.container(horizontal=True, vertical_alignment="bottom", key="kept_mappings"):
        name = st.selectbox(
            "A mapping that this registry keeps", list(mappings), index=None, key="kept_name", width=280
        )
        st.button(
            "Take it",
            key="take_kept",
            disabled=name is None,
            on_click=lambda: _take(mappings[str(name)], f"The mapping “{name}” that this registry keeps."),
        )
        proposal = "Proposed anew; what is not sure is left for you to say."
        st.button(
            "Propose anew",
            key="propose_anew",
            type="tertiary",
            on_click=lambda: _take(propose(project.export, project.dictionary, vocabulary), proposal),
        )


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


def _questions(questions: list[str]) -> None:
    if not questions:
        st.caption("No question is open.")
        return
    noun = "question is" if len(questions) == 1 else "questions are"
    st.warning(f"{len(questions)} {noun} open.", icon=":material/help:")
    shown, rest = questions[:_MOST_QUESTIONS], questions[_MOST_QUESTIONS:]
    st.markdown("\n".join(f"- {safe_markdown(question)}" for question in shown))
    if rest:
        with st.expander(f"{len(rest)} more"):
            st.markdown("\n".join(f"- {safe_markdown(question)}" for question in rest))


def _carry(mapping: RedcapMapping) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", key="carry_mapping"):
        st.download_button(
            "Save the mapping (JSON)",
            mapping.json,
            "redcap-mapping.json",
            "application/json",
            icon=":material/download:",
            key="download_mapping",
            on_click="ignore",
            type="tertiary",
        )
        if not why_not_written(registries.folder()):
            st.text_input("Keep it in the registry as", key="keep_name", placeholder="such as our-clinic", width=240)
            st.button("Keep", key="keep_mapping", on_click=_keep, args=(mapping,))


def _keep(mapping: RedcapMapping) -> None:
    name = str(st.session_state.get("keep_name") or "").strip()
    try:
        kept.keep_mapping(registries.folder(), name, mapping)
    except MappingProblem as problem:
        work.say("error", str(problem))
    else:
        work.say("success", f"The mapping is kept as “{name}”.")
