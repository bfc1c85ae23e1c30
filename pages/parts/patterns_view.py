"""The board of patterns on a page: what is chosen and kept in the link, the patterns with their patients, the filter."""

import streamlit as st

from pages.shared import downloads, page, registries, session
from pages.shared.figures import Figure, figure
from pages.shared.options import Option, spelled
from plro_core.cohort import Cohort
from plro_core.export import Recipe, recipe_for
from plro_core.figures import pattern_strips
from plro_core.patterns import Board, Kind, Pattern, board, kinds, pattern_of, patterns_table, usual, wording
from plro_core.problems import QueryProblem
from plro_core.store import Registry
from plro_core.tables import TwoForms
from plro_core.text import k_of_n, listed, patients, safe_markdown, visit_name
from plro_core.vocabulary import Variable, Vocabulary

#: More patterns than a reader compares, and more patients than she picks from by eye; the download holds the others.
_MOST_PATTERNS = 40
_MOST_PATIENTS = 20

_OVER_ALL = "all"


def _is_pattern(text: str, words: Vocabulary) -> bool:
    return text in {f"{entry.name}.{kind}" for entry in words.measured for kind in kinds(entry)}


_SAID = r"(?:all|[0-9]{1,3}):[a-z ]{1,30}(?:,(?:all|[0-9]{1,3}):[a-z ]{1,30}){0,50}"
OPTIONS = (
    Option("pattern", _is_pattern, "a measurement and a kind of pattern, such as vas.steps", words="patterns of {}"),
    spelled("said", _SAID, "words at visits, such as 1:above", words="pattern {}"),
)


def show(view: session.View) -> None:
    """The patterns of one variable, chosen on the page: k of n, and a button for each patient."""
    entry, kind = chosen(view)
    _choose(view, entry, kind)
    found = _board(view.registry, view.data, view.cohort.query, entry.name, kind)
    page.show(strips(view))
    left = _filtered(view, found)
    st.subheader(safe_markdown(f"{entry.label}: {wording(entry, kind, view.registry.flag_word).title}"), anchor=False)
    st.caption(_how_many(found, left))
    _highlighted(view)
    with st.container(key="patterns", gap="small"):
        for place, pattern in enumerate(left.patterns[:_MOST_PATTERNS]):
            _pattern(view, pattern, found.n, place)
    if len(left.patterns) > _MOST_PATTERNS:
        st.caption(f"The {_MOST_PATTERNS} most frequent of {len(left.patterns)} patterns; the download holds all.")
    table = _table(view.registry, view.data, view.cohort.query, entry.name, kind)
    recipe = _recipe(view.registry, view.data, view.cohort.query, entry.name, kind)
    with st.container(horizontal=True, key="actions_patterns"):
        downloads.table(table, "patterns", recipe)
        downloads.how_made(recipe, "patterns")


def strips(view: session.View) -> Figure:
    """The patterns of this view as a figure."""
    entry, kind = chosen(view)
    return figure(pattern_strips, pattern=f"{entry.name}.{kind}", highlight=view.patient)


def chosen(view: session.View) -> tuple[Variable, Kind]:
    """The variable and the kind of pattern of this view."""
    words = view.registry.vocabulary
    return pattern_of(words, view.options.get("pattern", usual(words)))


def _choose(view: session.View, entry: Variable, kind: Kind) -> None:
    st.session_state["pattern_of"] = entry.name
    st.session_state["pattern_kind"] = kind
    with st.container(horizontal=True, key="choose_pattern"):
        st.selectbox(
            "Measurement",
            [measured.name for measured in view.registry.vocabulary.measured],
            format_func=lambda name: view.registry.vocabulary.variable(name, "visits").label,
            key="pattern_of",
            on_change=_changed,
            width=280,
        )
        st.selectbox(
            "Pattern",
            kinds(entry),
            format_func=lambda code: _capitalised(wording(entry, code, view.registry.flag_word).title),
            key="pattern_kind",
            on_change=_changed,
            width=420,
        )


def _capitalised(words: str) -> str:
    return words[:1].upper() + words[1:]


def _changed() -> None:
    """Keep the choice in the link; a kind that the new variable does not have gives way to its first one."""
    entry = registries.words().variable(st.session_state["pattern_of"], "visits")
    kind = st.session_state["pattern_kind"]
    session.set_option("pattern", f"{entry.name}.{kind if kind in kinds(entry) else kinds(entry)[0]}")
    session.set_option("said", None)


def _filtered(view: session.View, found: Board) -> Board:
    """The patterns that have the chosen words at the chosen visits; a word that nobody has is not offered."""
    offered = {
        f"{_OVER_ALL if month is None else month}:{word}": f"{_at(month)}{word} · {k}"
        for month, words in found.by_visit.items()
        for word, k in words.items()
    }
    asked = [part for part in view.options.get("said", "").split(",") if part in offered]
    st.session_state["pattern_said"] = asked
    st.multiselect(
        "Only patients with",
        list(offered),
        format_func=lambda code: offered.get(code, code),
        key="pattern_said",
        placeholder="any pattern; choose a word at a visit",
        on_change=lambda: session.set_option("said", ",".join(st.session_state["pattern_said"]) or None),
        width=720,
    )
    words: dict[int | None, list[str]] = {}
    for part in asked:
        visit, _, word = part.partition(":")
        words.setdefault(None if visit == _OVER_ALL else int(visit), []).append(word)
    try:
        return found.where(words)
    except QueryProblem:
        return found


def _at(month: int | None) -> str:
    return "" if month is None else f"{visit_name(month)}: "


def _how_many(found: Board, left: Board) -> str:
    if not found.n:
        return "Nobody is in this view."
    visits = f" Visits: {listed([visit_name(month).lower() for month in found.months])}." if found.months else ""
    several = "1 pattern" if len(left.patterns) == 1 else f"{len(left.patterns)} patterns"
    return f"{several} in {k_of_n(left.k, found.n)} {'patient' if found.n == 1 else 'patients'}.{visits}"


def _pattern(view: session.View, pattern: Pattern, n: int, place: int) -> None:
    """One pattern with its count and its patients, each a button that highlights her."""
    with st.container(key=f"pattern_{place}", gap="xsmall"):
        st.markdown(f"**{k_of_n(pattern.k, n)}** · {safe_markdown(pattern.text)}")
        with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key=f"pattern_{place}_patients"):
            for case_id in pattern.patients:
                st.button(
                    f"Patient {case_id}",
                    key=f"pattern_patient_{case_id}",
                    type="primary" if case_id == view.patient else "secondary",
                    on_click=session.set_option,
                    args=("patient", None if case_id == view.patient else str(case_id)),
                )
            if pattern.k > len(pattern.patients):
                st.caption(f"and {patients(pattern.k - len(pattern.patients))} more", width="content")


def _highlighted(view: session.View) -> None:
    """Who is highlighted, with the way to the whole record."""
    if view.patient is None:
        st.caption("Choose a patient to highlight her on every page.")
        return
    with st.container(horizontal=True, vertical_alignment="center", key="pattern_highlighted"):
        st.markdown(f"**Patient {view.patient}** is highlighted.")
        st.page_link("patients.py", label="Open the record", icon=":material/person:")


@st.cache_data(show_spinner=False, max_entries=200)
def _board(_registry: Registry, data: str, query: str, name: str, kind: Kind) -> Board:
    return board(
        _registry,
        _registry.vocabulary.variable(name, "visits"),
        kind,
        Cohort.parse(query, _registry.vocabulary),
        limit=_MOST_PATIENTS,
    )


@st.cache_data(show_spinner=False, max_entries=200)
def _table(_registry: Registry, data: str, query: str, name: str, kind: Kind) -> TwoForms:
    return patterns_table(
        _registry, _registry.vocabulary.variable(name, "visits"), kind, Cohort.parse(query, _registry.vocabulary)
    )


@st.cache_data(show_spinner=False, max_entries=200)
def _recipe(_registry: Registry, data: str, query: str, name: str, kind: Kind) -> Recipe:
    entry = _registry.vocabulary.variable(name, "visits")
    call = f'patterns_table(registry, registry.vocabulary.variable("{name}", "visits"), "{kind}", cohort)'
    title = f"{entry.label}: {wording(entry, kind, _registry.flag_word).title}"
    return recipe_for(_registry, title, Cohort.parse(query, _registry.vocabulary), call)
