"""Any variable at any visit as a filter: found by its words, then shown among the reader's own filters."""

from collections.abc import Callable, Iterable, Sequence

import streamlit as st

from pages.shared import kept, registries, session
from plro_core import lookups, marks
from plro_core.cohort import PATIENTS, Cohort, Criterion
from plro_core.problems import QueryProblem
from plro_core.text import safe_markdown
from plro_core.vocabulary import Vocabulary

_SEARCH = "add_filter"
_LIST = "list:"
#: As many patients as are offered by number; any other number can be typed.
_MOST_OFFERED = 200
_WITHOUT, _ONLY = "without", "only"


def at_visit(key: str, label: str) -> str:
    """A variable's label with the visit of its key: "Pain (VAS) at month 3"."""
    _, dot, month = key.partition(".")
    if not dot:
        return label
    return f"{label} at baseline" if month == "0" else f"{label} at month {month}"


def own_keys(cohort: Cohort, words: Vocabulary) -> list[str]:
    """The filters that stand among the reader's own: those added in this session, and active ones that the panel lacks."""
    in_panel = {key for keys in words.panel.values() for key in keys}
    active = [criterion.key for criterion in cohort.criteria if criterion.key not in in_panel]
    offered = _offered(words)
    return [key for key in dict.fromkeys((*_added(), *active)) if key in offered]


def search(words: Vocabulary, shown: Iterable[str]) -> None:
    """The box that finds a filter; what is shown already is not offered."""
    names = {key: name for key, name in _offered(words).items() if key not in set(shown)}
    names |= {f"{_LIST}{name}": f"List “{name}”" for name in kept.kept()}
    st.session_state[_SEARCH] = None
    st.selectbox(
        "Add a filter",
        list(names),
        format_func=lambda key: names[key],
        key=_SEARCH,
        placeholder="Search: VAS, calcium, month 3 …",
        on_change=_chosen,
        help="Any variable at any visit, single patients by number, and the lists that were kept.",
    )


def _offered(words: Vocabulary) -> dict[str, str]:
    """Every key of a cohort and what it is called, in the order of the vocabulary; the patients come last."""
    found: dict[str, str] = {}
    for name, entry in words.filters.items():
        if entry.per_visit and name != "month":
            keys = [f"{name}.{month}" for month in words.months]
            found |= {key: at_visit(key, entry.label) for key in keys}
            found[name] = f"{entry.label}: which visits"
        else:
            found[name] = entry.label
    return found | {PATIENTS: "Patients by number"}


def _added() -> tuple[str, ...]:
    found: tuple[str, ...] = st.session_state.get(_slot(), ())
    return found


def _slot() -> str:
    return f"added_filters {registries.name()}"


def _chosen() -> None:
    key = st.session_state[_SEARCH]
    if key is None:
        return
    if str(key).startswith(_LIST):
        _take_list(str(key).removeprefix(_LIST))
    else:
        st.session_state[_slot()] = tuple(dict.fromkeys((*_added(), str(key))))


def _take_list(name: str) -> None:
    """Look at a kept list within the view."""
    registry, (cohort, _) = registries.registry(), session.begin()
    try:
        these = Cohort.parse(kept.kept()[name], registry.vocabulary)
        found = marks.narrowed(registry, cohort, these)
    except QueryProblem as problem:
        st.toast(safe_markdown(str(problem)))
        return
    if found is None:
        st.toast(f"Nobody of “{safe_markdown(name)}” is in this view.")
    else:
        session.set_cohort(found)


def remove(key: str) -> None:
    """Take a filter of one's own away, with its control (for callbacks)."""
    st.session_state[_slot()] = tuple(added for added in _added() if added != key)
    if session.begin()[0].get(key) is not None:
        session.set_criterion(key, None)


def own(view: session.View, keys: Sequence[str], draw: Callable[[str], None]) -> None:
    """The reader's own filters, each with the way to remove it; ``draw`` draws the control of a variable."""
    for key in keys:
        with st.container(key=f"own_filter_{key}", gap="xsmall"):
            if key == PATIENTS:
                _by_number(view)
            else:
                draw(key)
            st.button(
                "Remove", icon=":material/close:", type="tertiary", key=f"remove_{key}", on_click=remove, args=(key,)
            )


def _by_number(view: session.View) -> None:
    """Patients by number: everybody but them, or them alone."""
    active = view.cohort.get(PATIENTS)
    numbers = list(active.numbers) if active else []
    offered = lookups.numbers(view.registry, Cohort(), _MOST_OFFERED)
    st.session_state["patients_way"] = (_WITHOUT if active.negated else _ONLY) if active else _way()
    st.session_state["patients_named"] = [str(number) for number in numbers]
    st.segmented_control(
        "Patients by number",
        [_WITHOUT, _ONLY],
        format_func=lambda way: "Leave out" if way == _WITHOUT else "Only these",
        key="patients_way",
        required=True,
        on_change=_named,
    )
    st.multiselect(
        "Patients",
        [str(number) for number in sorted({*offered, *numbers})],
        key="patients_named",
        placeholder="Type a number",
        label_visibility="collapsed",
        accept_new_options=view.size.all_patients > len(offered),
        on_change=_named,
    )


def _way() -> str:
    return str(st.session_state.get("patients_chosen_way", _WITHOUT))


def _named() -> None:
    way = str(st.session_state["patients_way"])
    st.session_state["patients_chosen_way"] = way
    named = [str(text).strip() for text in st.session_state["patients_named"]]
    try:
        numbers = [int(text) for text in named if text.isascii() and text.isdigit()]
        criterion = Criterion.naming(numbers, registries.words(), way == _WITHOUT) if numbers else None
    except QueryProblem as problem:
        st.toast(safe_markdown(str(problem)))
        return
    session.set_criterion(PATIENTS, criterion)
