"""Two cohorts on a page: how A and B are chosen and kept in the link, how they overlap, and who is in each."""

from collections.abc import Iterator
from typing import Any

import streamlit as st

from pages.shared import saved_views, session
from pages.shared.options import Option, one_of
from plro_core import lookups
from plro_core.cohort import EVERYONE, Cohort, Membership
from plro_core.compare import LEAVE_OUT, Comparison, compare, having
from plro_core.problems import QueryProblem
from plro_core.text import listed, patients, safe_markdown
from plro_core.vocabulary import Vocabulary

_REST = ""
_WRITTEN = "written"
_SAVED = "saved_cohorts"
_DEFAULT_A = "breastfeeding=continued"

#: What is compared first, because any of it may explain a difference in an outcome.
_CONFOUNDERS = ("smoking.yes", "t_l1_l4", "case_definition.vertebral_fracture", "vas.0", "bisphosphonate.yes")
_SECTIONS = {
    "Pain": ("Pain",),
    "Bone density": ("Bone density",),
    "Laboratory": ("Laboratory",),
    "Who they are": ("Demographics", "Risk factors", "Symptoms", "Fractures"),
    "Treatment": ("Treatment",),
}


def _is_cohort(text: str, words: Vocabulary) -> bool:
    try:
        Cohort.parse(text, words)
    except QueryProblem:
        return False
    return True


OPTIONS = (
    Option("a", _is_cohort, "a cohort such as smoking=yes; A is chosen anew"),
    Option("b", _is_cohort, "a cohort such as smoking=no; B is now everybody else"),
    one_of("overlap", *LEAVE_OUT, expected="a or b"),
    one_of("tests", "shown", expected="shown"),
)


def cohorts(view: session.View) -> tuple[Cohort, Cohort | None]:
    """A and B of this view; B is everybody else where the link names none."""
    b, words = view.options.get("b"), view.registry.vocabulary
    return Cohort.parse(view.options.get("a", _DEFAULT_A), words), None if b is None else Cohort.parse(b, words)


def options(view: session.View) -> dict[str, Any]:
    """The same as options of a figure, which are plain values."""
    a, b = cohorts(view)
    return {"a": a, "b": b, "within": view.cohort, "leave_out_of": view.options.get("overlap")}


def call(view: session.View) -> str:
    """The comparison as Python, for the recipe."""
    a, b = cohorts(view)
    other = "None" if b is None else _parsed(b)
    leave_out_of = view.options.get("overlap")
    return f"compare(registry, {_parsed(a)}, {other}, within=cohort, leave_out_of={leave_out_of!r})"


def _parsed(cohort: Cohort) -> str:
    return f'Cohort.parse("{cohort.query}", registry.vocabulary)'


def compared(view: session.View) -> Comparison:
    """A against B, computed once for all sessions that ask for the same."""
    a, b = cohorts(view)
    query_b = None if b is None else b.query
    return _compared(view.registry, view.data, view.cohort.query, a.query, query_b, view.options.get("overlap"))


@st.cache_resource(show_spinner=False, max_entries=200)
def _compared(_registry: Any, data: str, within: str, a: str, b: str | None, leave_out_of: str | None) -> Comparison:
    first, second, whole = (
        None if query is None else Cohort.parse(query, _registry.vocabulary) for query in (a, b, within)
    )
    return compare(_registry, first or EVERYONE, second, within=whole or EVERYONE, leave_out_of=leave_out_of)


def choose(view: session.View) -> None:
    """Two choosers side by side: a level of a variable, a saved cohort, the present filters, or a written query."""
    left, right = st.columns(2, gap="large")
    with left:
        _chooser(view, "a", "Cohort A")
    with right:
        _chooser(view, "b", "Cohort B")
    with st.container(horizontal=True, vertical_alignment="bottom", key="keep_cohort"):
        if view.cohort.who:
            st.text_input("Keep the present filters as", key="keep_name", placeholder="a name", width=240)
            st.button("Keep", key="keep", on_click=_keep, args=(view.cohort,))


def _keep(cohort: Cohort) -> None:
    """Remember the present filters under a name, for this session; the link carries the cohort itself."""
    name = str(st.session_state.get("keep_name", "")).strip()[:60]
    if name:
        st.session_state[_SAVED] = {**st.session_state.get(_SAVED, {}), name: Cohort(cohort.who).query}
        session.set_cohort(Cohort(cohort.which_visits))


def _chooser(view: session.View, side: str, label: str) -> None:
    query = view.options.get(side, _DEFAULT_A if side == "a" else _REST)
    offered: dict[str, str] = {}
    for code, words in _offered(side):
        offered.setdefault(code, words)
    labels = offered | ({} if query in offered else {query: safe_cohort(query)}) | {_WRITTEN: "Written as a query …"}
    st.session_state[f"choose_{side}"] = _WRITTEN if st.session_state.get(f"writing_{side}") else query
    st.selectbox(
        label,
        list(labels),
        format_func=lambda code: labels[code],
        key=f"choose_{side}",
        on_change=_chosen,
        args=(side,),
    )
    if st.session_state.get(f"writing_{side}"):
        st.text_input(
            f"{label} as a query, such as smoking=yes&age=25-31",
            value=query,
            key=f"written_{side}",
            on_change=_written,
            args=(side,),
        )
    if problem := st.session_state.get(f"problem_{side}"):
        st.error(safe_markdown(problem))


def safe_cohort(query: str) -> str:
    """A cohort's query in words."""
    sentence = Cohort.parse(query, session.words()).sentence
    return sentence[:1].upper() + sentence[1:]


def _offered(side: str) -> Iterator[tuple[str, str]]:
    if side == "b":
        yield _REST, "Everybody who is not in A"
    for name, query in st.session_state.get(_SAVED, {}).items():
        yield query, f"{name} (kept)"
    for saved in saved_views.known():
        if saved.cohort.who:
            yield Cohort(saved.cohort.who).query, f"{saved.name} (saved view)"
    for variable in session.words().groupings:
        for level in variable.levels:
            yield f"{variable.name}={level.code}", f"{variable.label}: {level.label}"


def _chosen(side: str) -> None:
    query = st.session_state[f"choose_{side}"]
    st.session_state[f"writing_{side}"] = query == _WRITTEN
    st.session_state[f"problem_{side}"] = None
    if query != _WRITTEN:
        session.set_option(side, query or None)


def _written(side: str) -> None:
    query = str(st.session_state[f"written_{side}"]).strip().removeprefix("?")
    try:
        cohort = Cohort.parse(query, session.words())
        st.session_state[f"problem_{side}"] = None if cohort.who or side == "b" else "A cannot be everybody."
    except QueryProblem as problem:
        st.session_state[f"problem_{side}"] = str(problem)
    if not st.session_state[f"problem_{side}"]:
        session.set_option(side, cohort.query or None)


def overlap(comparison: Comparison) -> None:
    """How many are in A alone, in B alone and in both; with patients in both, whom to leave them out of."""
    found = comparison.overlap
    parts = [f"A without B: {found.only_a}", f"A and B: {found.both}", f"B without A: {found.only_b}"]
    st.markdown(
        safe_markdown(
            f"A: {comparison.a_sentence}, n = {comparison.n_a}. B: {comparison.b_sentence}, n = {comparison.n_b}."
        )
    )
    st.caption(" · ".join(parts))
    if found.both:
        st.session_state["leave_out_of"] = comparison.leave_out_of
        st.segmented_control(
            "Patients in both",
            LEAVE_OUT,
            format_func=lambda code: f"leave out of {code.upper()}",
            key="leave_out_of",
            on_change=lambda: session.set_option("overlap", st.session_state["leave_out_of"]),
        )


def shared_traits(comparison: Comparison) -> list[str]:
    """What all patients of one cohort have and not all of the other, said before a difference is read."""
    sentences = []
    for name, n, mine, theirs in (
        ("A", comparison.n_a, "a", "b"),
        ("B", comparison.n_b, "b", "a"),
    ):
        shared = [
            _trait(difference.key)
            for difference in comparison.differences
            if difference.key in _TRAITS and n > 1
            if having(getattr(difference, mine), difference.value or "") == n
            and having(getattr(difference, theirs), difference.value or "") < getattr(difference, theirs).total
        ]
        if shared:
            everyone = "Both patients" if n == 2 else f"All {n} patients"
            sentences.append(
                f"{everyone} of {name} {listed(shared)}; not all of {'B' if name == 'A' else 'A'} do. "
                "Whatever differs below may come from that."
            )
    return sentences


_TRAITS = {
    "smoking.yes": "smoke",
    "case_definition.vertebral_fracture": "have a documented vertebral fracture",
    "bisphosphonate.yes": "received a bisphosphonate",
    "breastfeeding.continued": "went on breastfeeding",
}


def _trait(key: str) -> str:
    return _TRAITS[key]


def confounders(comparison: Comparison) -> tuple[str, ...]:
    known = {difference.key for difference in comparison.differences}
    return tuple(key for key in _CONFOUNDERS if key in known)


def sections(comparison: Comparison) -> dict[str, tuple[str, ...]]:
    """The comparisons by theme, in declared order; empty themes are left out."""
    found = {
        section: tuple(difference.key for difference in comparison.differences if difference.variable.group in groups)
        for section, groups in _SECTIONS.items()
    }
    return {section: keys for section, keys in found.items() if keys}


def tests_control(view: session.View) -> bool:
    """Tests are off until asked for."""
    st.session_state["show_tests"] = view.options.get("tests") == "shown"
    st.toggle(
        "Show exact tests",
        key="show_tests",
        help="With groups this small a test can hardly say anything; the smallest p that the split can reach says how little.",
        on_change=lambda: session.set_option("tests", "shown" if st.session_state["show_tests"] else None),
    )
    return view.options.get("tests") == "shown"


def members(view: session.View, comparison: Comparison) -> None:
    """Who is in each part, by number."""
    found = lookups.members(view.registry, Membership(comparison.a, comparison.b), comparison.within)
    for code, words in (("a", "A without B"), ("both", "A and B"), ("b", "B without A")):
        ids = [str(record["case_id"]) for record in found[code]]
        more = "" if len(ids) < lookups.LIMIT else ", a sample"
        st.markdown(f"{words} ({patients(len(ids))}{more}): {listed(ids) or 'nobody'}")
