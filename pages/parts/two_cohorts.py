"""Two cohorts on a page: how A and B are chosen and kept in the link, how they overlap, and who is in each."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import streamlit as st

from pages.shared import bound, registries, saved_views, session
from pages.shared.figures import KEYS
from pages.shared.kept import keep, kept
from pages.shared.options import Option, one_of
from plro_core import confounding, lookups
from plro_core.cohort import EVERYONE, Cohort
from plro_core.compare import LEAVE_OUT, Comparison, compare
from plro_core.export import Recipe, comparison_recipe
from plro_core.problems import QueryProblem, RegistryProblem
from plro_core.store import Registry
from plro_core.text import NOT_SMALL, grouped, listed, patients, safe_markdown
from plro_core.vocabulary import STANDARD, Vocabulary

_REST = ""
_WRITTEN = "written"
#: The width of the choice of a registry, in pixels: its cohort beside it has the rest.
_FROM = 150
_DEFAULT_A = "breastfeeding=continued"


def _is_cohort(text: str, words: Vocabulary) -> bool:
    try:
        Cohort.parse(text, words)
    except QueryProblem:
        return False
    return True


def _is_cohort_here(text: str, words: Vocabulary) -> bool:
    """Whether one of the registries of this server has words for B; whether it is that of B is seen when B is read."""
    return _is_cohort(text, words) or any(_is_cohort(text, _words_of(name)) for name in registries.served())


def _words_of(name: str) -> Vocabulary:
    """The words of a registry of this server; the standard ones where it cannot be read."""
    try:
        return registries.open_beside(name).vocabulary
    except RegistryProblem:
        return STANDARD


def _side_words(side: str) -> Callable[[str, Vocabulary], str]:
    """A side in the words of its cohort; as it is written where those are another registry's."""

    def told(text: str, words: Vocabulary) -> str:
        try:
            return f"{side}: {Cohort.parse(text, words).sentence}"
        except QueryProblem:
            return f"{side}: {text}"

    return told


OPTIONS = (
    Option("a", _is_cohort, "a cohort such as smoking=yes; A is chosen anew", words=_side_words("A")),
    Option("b", _is_cohort_here, "a cohort such as smoking=no; B is chosen anew", words=_side_words("B")),
    Option(
        "beside", lambda text, words: text in registries.served(), "a registry that is served here", words="B from {}"
    ),
    one_of("overlap", *LEAVE_OUT, expected="a or b", words="patients in both left out of {}"),
    one_of("tests", "shown", expected="shown", words="exact tests {}"),
)


@dataclass(frozen=True)
class Sides:
    """A and B of a view, each in the words of its registry, the registry that B is from where it is another one than
    that of A, and what of the link could not be taken. B is everybody else where the link names none.
    """

    a: Cohort
    b: Cohort | None
    other: Registry | None
    problems: tuple[str, ...]


def sides(view: session.View) -> Sides:
    """A and B as the link names them; what cannot be compared is replaced, which is said."""
    problems = []
    name, text = view.options.get("beside"), view.options.get("b")
    beside, b = None, None
    try:
        beside = None if name in (None, registries.name()) else registries.open_beside(str(name))
    except RegistryProblem as problem:
        problems.append(f"B is from the registry of A. {problem}")
    try:
        b = None if text is None else Cohort.parse(text, (beside or view.registry).vocabulary)
    except QueryProblem as problem:
        rest = f"all patients of {beside.name}" if beside else "everybody else"
        problems.append(f"B was left out, so that B is {rest}. {problem}")
    a = Cohort.parse(view.options.get("a", _DEFAULT_A), view.registry.vocabulary)
    if not a.who and b is None and beside is None:
        problems.append("A was everybody, which leaves nobody for B; A is chosen anew.")
        a = Cohort.parse(_DEFAULT_A, view.registry.vocabulary)
    return Sides(a, b, beside, tuple(problems))


def other(view: session.View) -> Registry | None:
    """The registry that B is from, where it is another one than that of A."""
    return sides(view).other


def problems(view: session.View) -> None:
    """Say what of the link could not be taken."""
    for sentence in sides(view).problems:
        st.warning(safe_markdown(sentence), icon=":material/link_off:")


def options(view: session.View) -> dict[str, Any]:
    """The same as options of a figure, which are plain values."""
    found = sides(view)
    chosen = {"within": view.cohort, "leave_out_of": view.options.get("overlap"), "other": found.other}
    return {"a": found.a, "b": found.b, **chosen}


def recipe(view: session.View, tests: bool) -> Recipe:
    """How a notebook makes the comparison."""
    found, leave_out_of = sides(view), view.options.get("overlap")
    return comparison_recipe(view.registry, found.a, found.b, view.cohort, leave_out_of, found.other, tests)


def compared(view: session.View) -> Comparison:
    """A against B, computed once for all sessions that ask for the same."""
    found = sides(view)
    return _compared(view.registry, found.other, view.cohort, found.a, found.b, view.options.get("overlap"))


@st.cache_resource(show_spinner=False, max_entries=200, hash_funcs=KEYS)
def _compared(
    registry: Registry, beside: Registry | None, within: Cohort, a: Cohort, b: Cohort | None, leave_out_of: str | None
) -> Comparison:
    return compare(registry, a, b, within=within, leave_out_of=leave_out_of, other=beside)


def choose(view: session.View) -> None:
    """Two choosers side by side: a level of a variable, a saved cohort, the present filters, or a written query."""
    left, right = st.columns(2, gap="large")
    with left, st.container(horizontal=True, key="side_a"):
        if len(registries.served()) > 1:
            here = registries.name()
            st.selectbox(
                "A is from", [here], format_func=registries.called, disabled=True, key="choose_from", width=_FROM
            )
        _chooser(view, "a", "Cohort A")
    with right, st.container(horizontal=True, key="side_b"):
        _choose_registry_b(view)
        _chooser(view, "b", "Cohort B")
    with st.container(horizontal=True, vertical_alignment="bottom", key="keep_cohort"):
        if view.cohort.who:
            st.text_input("Keep the present filters as", key="keep_name", placeholder="a name", width=240)
            st.button("Keep", key="keep", on_click=_keep, args=(view.cohort,))


def _choose_registry_b(view: session.View) -> None:
    """Which registry B is from; nothing where one alone is served. Another one begins with all its patients."""
    known = list(registries.served())
    if len(known) < 2:
        return
    st.session_state["choose_beside"] = view.options.get("beside", registries.name())
    st.selectbox(
        "B is from", known, format_func=registries.called, key="choose_beside", on_change=_chosen_beside, width=_FROM
    )


def _chosen_beside() -> None:
    chosen = st.session_state["choose_beside"]
    is_other = chosen != registries.name()
    none: dict[str, str | None] = dict.fromkeys(("a", "b", "beside", "overlap"))
    session.set_options(none | ({"a": "", "beside": chosen} if is_other else {}))


def _keep(cohort: Cohort) -> None:
    """Remember the present filters under a name, for this session; the link carries the cohort itself."""
    if keep(str(st.session_state.get("keep_name", "")), cohort):
        session.set_cohort(Cohort(cohort.which_visits))


def _slot(what: str, side: str = "") -> str:
    """Where the session keeps something that is said in the words of one registry, of B's in those of the one beside."""
    beside = session.begin()[1].get("beside", "") if side == "b" else ""
    return f"{what} {side} {beside or registries.name()}"


def _chooser(view: session.View, side: str, label: str) -> None:
    found = sides(view)
    shown = found.a if side == "a" else found.b
    query = _REST if shown is None else shown.query
    offered: dict[str, str] = {}
    for code, said in _offered(view, side):
        offered.setdefault(code, said)
    labels = offered | ({} if query in offered else {query: _sentence(shown)}) | {_WRITTEN: "Written as a query …"}
    st.session_state[f"choose_{side}"] = _WRITTEN if st.session_state.get(_slot("writing", side)) else query
    st.selectbox(
        label,
        list(labels),
        format_func=lambda code: labels[code],
        key=f"choose_{side}",
        on_change=_chosen,
        args=(side,),
    )
    if st.session_state.get(_slot("writing", side)):
        st.text_input(
            f"{label} as a query, such as smoking=yes&age=25-31",
            value=query,
            key=f"written_{side}",
            on_change=_written,
            args=(side,),
        )
    if problem := st.session_state.get(_slot("problem", side)):
        st.error(safe_markdown(problem))


def _sentence(cohort: Cohort | None) -> str:
    """A cohort in words."""
    sentence = (cohort or EVERYONE).sentence
    return sentence[:1].upper() + sentence[1:]


def _offered(view: session.View, side: str) -> Iterator[tuple[str, str]]:
    beside, words = other(view), view.registry.vocabulary
    if side == "b" and beside is None:
        yield _REST, "Everybody who is not in A"
    elif beside is not None:
        yield (
            _REST,
            f"All patients of {registries.called(view.options['beside'] if side == 'b' else registries.name())}",
        )
    if side == "a" or beside is None:
        for name, query in kept().items():
            yield query, f"{name} (kept)"
        for saved in saved_views.known():
            if saved.cohort.who:
                yield Cohort(saved.cohort.who).query, f"{saved.name} (saved view)"
    else:
        words = beside.vocabulary
    for variable in words.groupings:
        for level in variable.levels:
            yield f"{variable.name}={level.code}", f"{variable.label}: {level.label}"


def _chosen(side: str) -> None:
    query = st.session_state[f"choose_{side}"]
    st.session_state[_slot("writing", side)] = query == _WRITTEN
    st.session_state[_slot("problem", side)] = None
    if query != _WRITTEN:
        session.set_option(side, _kept(side, query))


def _written(side: str) -> None:
    query = str(st.session_state[f"written_{side}"]).strip().removeprefix("?")
    try:
        name, here = session.begin()[1].get("beside"), registries.name()
        beside = name not in (None, here)
        words = _words_of(str(name)) if side == "b" and beside else registries.words()
        cohort = Cohort.parse(query, words)
        anybody = side == "b" or beside
        st.session_state[_slot("problem", side)] = None if cohort.who or anybody else "A cannot be everybody."
    except QueryProblem as problem:
        st.session_state[_slot("problem", side)] = str(problem)
    if not st.session_state[_slot("problem", side)]:
        session.set_option(side, _kept(side, cohort.query))


def _kept(side: str, query: str) -> str | None:
    """What the link says of a cohort: of B nothing where it is everybody; A begins with another one, so everybody is said."""
    return query if side == "a" else query or None


def overlap(comparison: Comparison) -> None:
    """How many are in A alone, in B alone and in both; with patients in both, whom to leave them out of."""
    found = comparison.overlap
    if comparison.two_populations:
        st.info(safe_markdown(comparison.two_populations), icon=":material/public:")
    parts = [
        f"A without B: {grouped(found.only_a)}",
        f"A and B: {grouped(found.both)}",
        f"B without A: {grouped(found.only_b)}",
    ]
    who = f"A: {comparison.a_sentence}, n = {grouped(comparison.n_a)}. B: {comparison.b_sentence}, n = {grouped(comparison.n_b)}."
    st.caption(safe_markdown(who if comparison.two_populations else f"{who} {' · '.join(parts)}"))
    if found.both:
        st.session_state["leave_out_of"] = comparison.leave_out_of
        st.segmented_control(
            "Patients in both",
            LEAVE_OUT,
            format_func=lambda code: f"leave out of {code.upper()}",
            key="leave_out_of",
            on_change=lambda: session.set_option("overlap", st.session_state["leave_out_of"]),
        )


def shared_traits(view: session.View) -> tuple[str, ...]:
    """What all patients of one cohort have and few of the other, said before a difference is read."""
    found = sides(view)
    return confounding.confounded_cohorts(view.registry, found.a, found.b, view.cohort, found.other)


def tests_control(comparison: Comparison) -> bool:
    """Tests are off until asked for."""
    few = "With groups this small a test can hardly say anything; the smallest p that the split can reach says how little."
    many = "Of so many patients the least difference has a small p; its size is in the interval."
    return bound.toggle(
        "Show exact tests",
        "tests",
        help=few if comparison.n_a + comparison.n_b < NOT_SMALL else many,
        on="shown",
    )


def members(view: session.View, comparison: Comparison) -> None:
    """Who is in each part, by number."""
    found = lookups.compared_members(view.registry, comparison.a, comparison.b, comparison.within, other(view))
    parts = (("a", "A without B"), ("both", "A and B"), ("b", "B without A"))
    for code, words in (("a", "A"), ("b", "B")) if comparison.two_populations else parts:
        ids = [str(record["case_id"]) for record in found[code]]
        more = "" if len(ids) < lookups.LIMIT else ", a sample"
        st.markdown(f"{words} ({patients(len(ids))}{more}): {listed(ids) or 'nobody'}")
