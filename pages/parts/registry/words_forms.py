"""Forms that change the words of a registry, each checked as it is typed; nothing is stored by them."""

from collections.abc import Callable, Mapping
from functools import partial

import streamlit as st

from pages.parts.registry import words_draft, words_variable
from pages.parts.registry.words_draft import Change, key
from pages.shared import registries
from plro_core import declaring
from plro_core.declaring import editing
from plro_core.problems import RegistryProblem
from plro_core.store import Registry
from plro_core.text import counted, listed, safe_markdown
from plro_core.vocabulary import FILE, Variable, Vocabulary, ranges, ready_made

_OTHER_RANGE = "another one"
_DRAFT = "Take up a draft"


def show(now: Vocabulary, base: Registry | None) -> Vocabulary | None:
    """The forms, and the words as they are changed so far."""
    st.header("Change it", anchor=False)
    st.caption(
        "Nothing is stored before you keep a draft or publish it. A registry may add and widen, never change a meaning: so "
        "what is declared stays."
    )
    kept = _kept()
    text = words_draft.text(now)
    try:
        words = declaring.checked(text, now, base is not None)
    except RegistryProblem as problem:
        st.error(safe_markdown(str(problem)), icon=":material/error:")
        return None
    forms = [name for name in _FORMS if name != _DRAFT or kept]
    what = st.selectbox("What do you want to change?", forms, index=None, key="words_what", width=420)
    with st.container(key="words_form"):
        change = _FORMS[what](words) if what else None
        if what:
            _offer(change, text, now, base is not None)
    _so_far()
    return words


def _kept() -> bool:
    """Say which drafts of new words wait, so that nobody begins the same anew; true if any does."""
    names = [name for name, _ in declaring.kept_proposals(registries.folder())]
    if names:
        st.caption(
            f"{'A draft' if len(names) == 1 else 'Drafts'} of new words wait under “Versions”: {listed(names)}. They can be taken "
            f"up here again under “{_DRAFT}”."
        )
    return bool(names)


def _offer(change: Change | None, text: str, now: Vocabulary, is_published: bool) -> None:
    """The button that takes a change, or what is wrong with it."""
    problem = ""
    if change is not None:
        try:
            declaring.checked(change(text), now, is_published)
        except RegistryProblem as found:
            problem = str(found)
    if problem:
        st.warning(safe_markdown(problem), icon=":material/edit:")
    st.button(
        "Take it up",
        type="primary",
        key=key("take"),
        disabled=change is None or bool(problem),
        on_click=words_draft.take,
        args=(change, now, is_published),
    )


def _so_far() -> None:
    count = words_draft.steps()
    if count:
        with st.container(horizontal=True, vertical_alignment="center", key="words_so_far"):
            st.caption(f"{counted(count, 'change')} so far, nothing stored.")
            st.button(
                "Take the last one back", icon=":material/undo:", key="words_back", on_click=words_draft.take_back
            )
            st.button("Drop them all", type="tertiary", key="words_drop", on_click=words_draft.forget)


def _month(words: Vocabulary) -> Change | None:
    month = st.number_input(
        "Months from baseline", min_value=0, max_value=600, value=None, step=1, key=key("month"), width=220
    )
    if month is None:
        return None
    if month in words.months:
        st.caption(f"Month {month} is planned already.")
        return None
    return partial(editing.with_month, month=int(month))


def _level(words: Vocabulary) -> Change | None:
    entry = _chosen("Of which variable?", [one for one in words_variable.of_facts(words) if one.kind == "category"])
    if entry is None:
        return None
    st.caption(safe_markdown(f"So far: {listed([f'{level.label} ({level.code})' for level in entry.levels])}"))
    return _coded(partial(editing.with_level, entry=entry), "never", "never breastfed")


def _centre(words: Vocabulary) -> Change | None:
    known = [f"{level.label} ({level.code})" for level in declaring.centres(words)]
    st.caption(safe_markdown(f"So far: {listed(known)}" if known else "No centre is declared so far."))
    return _coded(editing.with_centre, "north", "North")


def _coded(change: Callable[..., str], code: str, label: str) -> Change | None:
    """A code and its words; a known code gets other words."""
    with st.container(horizontal=True, key="words_code"):
        told = st.text_input("Code", key=key("code"), placeholder=f"such as {code}", width=220).strip()
        words = st.text_input("Words", key=key("label"), placeholder=f"such as {label}", width=320).strip()
    return partial(change, code=told, label=words) if told and words else None


def _words_of_own(words: Vocabulary) -> Change | None:
    entry = _chosen("Which variable?", words_variable.own(words))
    if entry is None:
        if not words_variable.own(words):
            st.caption("This registry declares no variable of its own yet; those of every registry keep their labels.")
        return None
    label = st.text_input("Label", value=entry.label, key=key(f"label_{entry.name}"), max_chars=60, width=420).strip()
    note = st.text_input("Note", value=entry.note, key=key(f"note_{entry.name}"), width="stretch").strip()
    parts = {"label": label} if label != entry.label else {}
    parts |= {"note": note} if note != entry.note else {}
    return partial(_with_parts, name=entry.name, parts=parts) if parts else None


def _with_parts(text: str, name: str, parts: Mapping[str, str]) -> str:
    for part, value in parts.items():
        text = editing.with_part(text, name, part, value or None)
    return text


def _plausible(words: Vocabulary) -> Change | None:
    entry = _chosen(
        "Of which number?", [one for one in words_variable.of_facts(words) if one.is_number and one.plausible]
    )
    if entry is None or entry.plausible is None:
        return None
    st.caption(f"So far: {declaring.ends(entry.plausible)} {safe_markdown(entry.unit)}".rstrip())
    with st.container(horizontal=True, key="words_ends"):
        low = words_variable.number("From", f"from_{entry.name}", entry.plausible.low)
        high = words_variable.number("To", f"to_{entry.name}", entry.plausible.high)
        decimals = st.number_input(
            "Decimals", 0, 6, entry.decimals, key=key(f"decimals_{entry.name}"), width=140, help="How values are shown"
        )
    changes: list[Change] = []
    if low is not None and high is not None and (low, high) != (entry.plausible.low, entry.plausible.high):
        changes.append(partial(editing.with_plausible, entry=entry, low=low, high=high))
    if decimals != entry.decimals:
        changes.append(partial(editing.with_decimals, entry=entry, decimals=int(decimals)))
    return partial(_one_by_one, changes=changes) if changes else None


def _one_by_one(text: str, changes: list[Change]) -> str:
    for change in changes:
        text = change(text)
    return text


def _range(words: Vocabulary) -> Change | None:
    lab = _chosen("Of which laboratory value?", [one for one in words.labs if not one.uncertain])
    if lab is None:
        return None
    if lab.reference:
        st.caption(safe_markdown(f"So far: {lab.reference.words}; {lab.reference.cited}"))
    known = {f"{one.by}: {one.words}": one.name for one in ranges.published().get(lab.name, ())}
    choices = [*known, _OTHER_RANGE]
    chosen = st.selectbox("Which range?", choices, index=None, key=key(f"range_{lab.name}"), width=420)
    if chosen is None:
        return None
    if chosen in known:
        return partial(editing.with_range, name=lab.name, parts={"use": known[chosen]})
    with st.container(horizontal=True, key="words_ends"):
        low = words_variable.number(f"From ({lab.unit})", f"low_{lab.name}")
        high = words_variable.number(f"To ({lab.unit})", f"high_{lab.name}")
        told = {
            part: st.text_input(label, key=key(f"{part}_{lab.name}"), width=220).strip()
            for part, label in (
                ("laboratory", "Laboratory"),
                ("population", "For whom"),
                ("date", "Date"),
                ("source", "Source"),
            )
        }
    if low is None or high is None:
        return None
    if not (told["laboratory"] or told["source"]):
        st.caption("Say whose range it is: a laboratory or a source.")
        return None
    return partial(editing.with_range, name=lab.name, parts={"low": low, "high": high, "unit": lab.unit, **told})


def _ready(words: Vocabulary) -> Change | None:
    labels = {name: entry.label for name, entry in ready_made.COLUMNS.items()}
    labels |= {name: f"{table.label} (a table)" for name, (table, _) in ready_made.TABLES.items()}
    labels |= {name: f"{name.replace('_', ' ').capitalize()} (allows more)" for name in ready_made.WIDENINGS}
    used = words.declared.used
    names = [name for name in labels if name not in used]
    name = st.selectbox(
        "Ready-made", names, index=None, format_func=lambda one: f"{labels[one]} · {one}", key=key("ready"), width=420
    )
    return partial(editing.with_use, name=name) if name else None


def _outcome(words: Vocabulary) -> Change | None:
    later = [(entry, month) for entry in words.measured for month in words.follow_up]
    choices = {f"{entry.label} at month {month}": f"{entry.name}.{month}" for entry, month in later}
    own = [one for one in words.columns("cases") if one.outcome and one.summarised and one.kind != "category"]
    choices |= {entry.label: entry.name for entry in own}
    chosen = st.selectbox("What is compared first?", list(choices), index=None, key=key("outcome"), width=420)
    return partial(editing.with_primary_outcome, told=choices[chosen]) if chosen else None


def _file(words: Vocabulary) -> Change | None:
    """The text itself; what was wrong with it stays to be mended."""
    before = words.declared.text
    written = st.text_area(FILE, value=before, height=340, key=key("file"))
    return (lambda _: written) if written != before else None


def _draft(words: Vocabulary) -> Change | None:
    kept = dict(declaring.kept_proposals(registries.folder()))
    name = st.selectbox("Draft", list(kept), index=None, key=key("draft"), placeholder="none chosen", width=280)
    return (lambda _: kept[name]) if name else None


def _chosen(label: str, entries: list[Variable]) -> Variable | None:
    return st.selectbox(
        label,
        entries,
        index=None,
        format_func=lambda one: f"{one.label} · {one.table}.{one.name}",
        key=key("of"),
        width=420,
    )


_FORMS: Mapping[str, Callable[[Vocabulary], Change | None]] = {
    "Add a planned visit (month)": _month,
    "Add a variable": words_variable.show,
    "Add a level, or change its words": _level,
    "Change the label of a variable": _words_of_own,
    "Set a plausible range or decimals": _plausible,
    "Set a reference range": _range,
    "Add a centre, or change its name": _centre,
    "Take up something ready-made": _ready,
    "Choose what is compared first": _outcome,
    _DRAFT: _draft,
    "Write in the file itself": _file,
}
