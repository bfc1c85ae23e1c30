"""The mapping of sheets that are not laid out like the template: what is proposed, what is asked, and the first rows as stored."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import streamlit as st

from pages.parts.registry import asking, by_hand, keeping, redcap, work
from pages.shared import registries, tables_view
from plro_core.handover import Handed
from plro_core.intake import Dialect, kept
from plro_core.intake.mappings import AnyMapping
from plro_core.intake.redcap.mapping import MappingProblem
from plro_core.intake.sheets import editing
from plro_core.intake.sheets.editing import Editing
from plro_core.intake.sheets.mapping import SheetMapping, SheetsMapping
from plro_core.intake.sheets.questions import Proposal
from plro_core.intake.sheets.sample import Sample, samples
from plro_core.store import Registry
from plro_core.text import counted, listed, printable, safe_markdown
from plro_core.vocabulary import Vocabulary

_STATE = "registry_sheets"
_USED = "registry_sheets_used"
_ASKED = "registry_sheets_asked"
_SAMPLES = "registry_sheets_samples"
_SAID = "As it was said of the files before."
_PROPOSED = "Proposed from names, units and words. Look it through; what is not sure is asked."
_MOST_BACK = 50


@dataclass(frozen=True)
class _State:
    """The mapping on its way. ``looked_through`` says that people kept it; ``number`` tells one state from the next."""

    files: str
    editing: Editing | None
    origin: str = ""
    looked_through: bool = False
    number: int = 0
    before: tuple[Editing, ...] = field(default=(), repr=False)


def forget() -> None:
    """Drop the mapping (for callbacks)."""
    for name in (_STATE, _USED, _ASKED, _SAMPLES, "registry_sheets_begun"):
        st.session_state.pop(name, None)


def show(
    handed: Handed, dialects: Mapping[str, Dialect], vocabulary: Vocabulary, base: Registry | None
) -> tuple[AnyMapping | None, bool]:
    """The mapping to read the sheets with, and whether a person has still to look at it; none where all are like the template."""
    state = _state(handed, dialects, vocabulary, base)
    if state is None:
        return None, True
    if state.editing is None:
        return handed.mapping, False
    st.header("What means what?", anchor=False)
    used = st.session_state.get(_USED)
    st.caption(safe_markdown(state.origin))
    _summary(state.editing)
    with st.expander("The mapping", expanded=False, key="sheets_open"):
        keeping.beginnings(SheetsMapping, vocabulary, *_other_beginnings(handed, dialects, vocabulary, base))
        by_hand.show(state.editing, state.number, handed.files, dialects, _change)
    asking.show(state.editing, state.number, _change, bool(state.before), _take_back)
    try:
        mapping = state.editing.mapping
        found = _first_rows(state, state.editing, dialects, base)
    except MappingProblem as problem:
        if not any(one.kind == "patient" for _, one in state.editing.questions):  # which is asked
            st.error(safe_markdown(str(problem)), icon=":material/error:")
        return None, True
    _samples(state.editing, found)
    keeping.carry(mapping, "mapping.json")
    questions = state.editing.questions
    waits = used != mapping.json and not (state.looked_through and not questions)
    if waits:
        label = "Read the sheets with this mapping" if used is None else "Read the sheets anew: the mapping has changed"
        st.button(label, type="primary", key="use_sheets", on_click=_use, args=(mapping,), disabled=bool(questions))
        if questions:
            st.caption("It waits until no question is open.")
    return mapping, waits


def offer(handed: Handed, dialects: Mapping[str, Dialect], vocabulary: Vocabulary, base: Registry | None) -> None:
    """Where sheets like the template hold words that could be said once a column: a click that asks for them."""
    every = frozenset((file.name, "") for file in handed.files)
    found = work.patiently(
        "registry_sheets_offer",
        redcap.key_of(handed, dialects),
        "Looking for what could be asked once",
        lambda told: editing.begun(handed.files, vocabulary, dialects, every, alone=False),
    )
    if found and found.helps:
        with st.container(horizontal=True, vertical_alignment="center", key="offer_sheets"):
            st.markdown("What words, codes and other numbers of patients mean can be said once for a column.")
            key = redcap.key_of(handed, dialects)
            st.button("Say once what they mean", key="ask_sheets", on_click=_ask, args=(key,))


def _ask(key: str) -> None:
    st.session_state[_ASKED] = key
    st.session_state.pop(_STATE, None)


def _use(mapping: SheetsMapping) -> None:
    st.session_state[_USED] = mapping.json


# Where a mapping begins


def _state(
    handed: Handed, dialects: Mapping[str, Dialect], vocabulary: Vocabulary, base: Registry | None
) -> _State | None:
    """The mapping of these files as far as it is; ``None`` if looking for one was stopped."""
    key = f"{redcap.key_of(handed, dialects)} {vocabulary.declared.sha256}"
    found: _State | None = st.session_state.get(_STATE)
    if found is not None and found.files == key:
        return found
    asked = st.session_state.get(_ASKED) == redcap.key_of(handed, dialects)
    said = _said(found)
    folder = registries.folder()
    begun = work.patiently(
        "registry_sheets_begun",
        f"{key} {asked}",
        "Looking at the sheets",
        lambda told: _begun(handed, dialects, vocabulary, base, folder, key, asked, said),
    )
    if begun is not None:
        st.session_state[_STATE] = begun
        st.session_state.pop(_USED, None)
    return begun


def _said(state: _State | None) -> SheetsMapping | None:
    """What somebody answered of the files before, which may be the same ones, mended."""
    if state is None or state.editing is None or not state.before:
        return None
    try:
        return state.editing.mapping
    except MappingProblem:
        return None


def _begun(
    handed: Handed,
    dialects: Mapping[str, Dialect],
    vocabulary: Vocabulary,
    base: Registry | None,
    folder: Path,
    key: str,
    asked: bool,
    said: SheetsMapping | None,
) -> _State:
    """The mapping that was handed over, one that was said of files before or that the registry keeps, if it fits, or the proposal."""
    if isinstance(handed.mapping, SheetsMapping):
        found = editing.resumed(handed.files, vocabulary, dialects, handed.mapping)
        return _State(key, found, "The mapping that was handed over with the files.", looked_through=True)
    if handed.mapping:  # of a REDCap project, of which no export is here
        return _State(key, None)
    only, patients = editing.unlike_template(handed.files, vocabulary, dialects)
    if asked:
        only = frozenset((file.name, "") for file in handed.files)
    if not only:
        return _State(key, None)
    before = editing.resumed(handed.files, vocabulary, dialects, said) if said else None
    if before and before.reads_all(only):
        return _State(key, before, _SAID)
    for name, one in kept.kept_mappings(folder, vocabulary)[0].items():
        found = editing.resumed(handed.files, vocabulary, dialects, one) if isinstance(one, SheetsMapping) else None
        if found and not asked and found.reads_all(only):
            return _State(key, found, keeping.origin(name), looked_through=True)
    return _State(key, editing.begun(handed.files, vocabulary, dialects, only, not (patients or base)), _PROPOSED)


def _other_beginnings(
    handed: Handed, dialects: Mapping[str, Dialect], vocabulary: Vocabulary, base: Registry | None
) -> tuple[Callable[[SheetsMapping, str], None], Callable[[], None]]:
    """What takes a kept mapping, and what proposes anew (for callbacks)."""

    def take(mapping: SheetsMapping, origin: str) -> None:
        found = editing.resumed(handed.files, vocabulary, dialects, mapping)
        if found is None:
            work.say("error", f"{origin} It reads none of these sheets; expected the files that it was made for.")
        else:
            _set(found, origin, looked_through=True)

    def propose_anew() -> None:
        only, patients = editing.unlike_template(handed.files, vocabulary, dialects)
        found = editing.begun(handed.files, vocabulary, dialects, only, not (patients or base))
        if found:
            _set(found, _PROPOSED, looked_through=False)

    return take, propose_anew


def _set(found: Editing, origin: str, looked_through: bool) -> None:
    state: _State = st.session_state[_STATE]
    st.session_state[_STATE] = _State(state.files, found, origin, looked_through, state.number + 1)


def _change(step: Callable[[Editing], Editing]) -> None:
    """Go on with another mapping; the one before can be gone back to (for callbacks)."""
    state: _State = st.session_state[_STATE]
    if state.editing is None:
        return
    now = step(state.editing)
    if now is not state.editing:
        before = (*state.before, state.editing)[-_MOST_BACK:]
        changed = replace(state, editing=now, looked_through=False, number=state.number + 1, before=before)
        st.session_state[_STATE] = changed


def _take_back() -> None:
    state: _State = st.session_state[_STATE]
    if not state.before:
        return
    st.session_state[_STATE] = replace(
        state, editing=state.before[-1], number=state.number + 1, before=state.before[:-1]
    )


# What is shown of it


def _summary(found: Editing) -> None:
    """What is done already, in a sentence a sheet."""
    for proposal in found.proposals:
        name = " / ".join(part for part in (proposal.mapping.file, proposal.mapping.sheet) if part)
        st.markdown(f"**{safe_markdown(name)}** · {safe_markdown(_words(proposal))}")


def _words(proposal: Proposal) -> str:
    one = proposal.mapping
    if one.left_out:
        return "left out"
    parts = [f"head in row {one.head_row}"] if one.head_row > 1 else []
    if not one.patient.column:
        return " · ".join([*parts, "no column is known to tell the patient"])
    parts += [f"{_rows(one)}", f"patient in “{one.patient.column}”{_patient(one)}"]
    if one.visit and one.visit.column:
        parts.append(f"visit in “{one.visit.column}”{_visits(one)}")
    if one.footers:
        parts.append(f"ends before “{printable(one.footers[0])}”")
    if one.tests:
        asked = [word for word in proposal.table.words(one.tests.column) if word not in one.tests.ignored]
        parts.append(f"{len(one.tests.results)} of {counted(len(asked), 'test')} known")
    decided = [head for head in proposal.table.heads if head in one.read or head in one.ignored]
    parts.append(f"{len(decided)} of {counted(len(proposal.table.heads), 'column')} decided")
    return " · ".join(parts)


def _rows(one: SheetMapping) -> str:
    if one.tests:
        return "one row a measurement"
    return "one row a visit" if one.visit and one.visit.column else "one row a patient"


def _patient(one: SheetMapping) -> str:
    said = [
        "an empty cell means the patient above" * one.patient.carried,
        "numbered here" * one.patient.numbered,
        f"centre {one.patient.centre}" * bool(one.patient.centre),
    ]
    words = listed([word for word in said if word])
    return f" ({words})" if words else ""


def _visits(one: SheetMapping) -> str:
    visit = one.visit
    if visit is None:
        return ""
    if visit.dates:
        return f" (dates, counted from {f'“{visit.baseline}”' if visit.baseline else 'each patient’s first'})"
    months = [f"“{word}” = month {month}" for word, month in list(visit.words.items())[:6]]
    return f" ({', '.join(months)})" if months else " (months)"


def _first_rows(
    state: _State, found: Editing, dialects: Mapping[str, Dialect], base: Registry | None
) -> list[Sample | None]:
    """The first rows as they are stored with this mapping, read once for each state of it.

    Raises:
        MappingProblem: the mapping cannot be, in one sentence.
    """
    key = f"{state.files} {state.number} {base.version if base else ''} {found.mapping.json}"
    held = st.session_state.get(_SAMPLES)
    if held is None or held[0] != key:
        held = (key, samples(found, dialects, base.tables["cases"] if base else None))
        st.session_state[_SAMPLES] = held
    first: list[Sample | None] = held[1]
    return first


def _samples(found: Editing, tables: Sequence[Sample | None]) -> None:
    """The first rows of each sheet, cell by cell as handed in and as stored."""
    with st.expander("First rows: as handed in → as stored", expanded=True, key="sheets_samples"):
        for proposal, sample in zip(found.proposals, tables, strict=True):
            if sample:
                name = proposal.mapping.sheet or proposal.mapping.file
                if len(found.proposals) > 1:
                    st.caption(safe_markdown(name))
                tables_view.plain_grid(sample.heads, sample.rows, f"The first rows of {name}")
