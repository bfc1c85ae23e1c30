"""The one page of whoever may see aggregates and no rows: released counts, chosen by at most two filters and one group.

Nothing here reads a cohort, an option or a saved view of the ordinary pages. What a link, a control or a frame asks is read by
:func:`questions.question`, which knows levels of facts and nothing else.
"""

from collections.abc import Sequence

import streamlit as st

from pages.shared import downloads, plot, registries, session, tables_view
from plro_core import links
from plro_core.access import CENTRE, Access
from plro_core.figures import Chart
from plro_core.figures.chart import SYNTHETIC
from plro_core.figures.style import look
from plro_core.shared.answers import SUPPRESSED, Shared, Told
from plro_core.shared.facts import SECTIONS
from plro_core.shared.figures import charts
from plro_core.shared.questions import BY, MOST_FILTERS, Literal, Question, can_choose, question, sentence
from plro_core.shared.tables import confounders, notes, recipe, suppression, table, who
from plro_core.store import Registry
from plro_core.tables import TwoForms
from plro_core.text import capitalised, grouped, listed, printable, safe_markdown

#: Part of every key of what is kept: nothing of another mode is ever under it.
MODE = "aggregates"
#: Filters that are not the visitor's to choose.
Always = tuple[Literal, ...]
_STATE = "shared_question"
_LEFT = "shared_left_out"
_TAB, _REGISTRY = "tab", "registry"
_TABLE = "Table"
_TABS = (*SECTIONS, _TABLE)
_NONE = ""
#: Parameters of a link that are not asked of the data.
_ELSEWHERE = (_TAB, _REGISTRY)


def show(registry: Registry, access: Access) -> None:
    """The whole page. Whatever its address is, it shows released aggregates and nothing else.

    Whoever is bound to one centre asks of all patients with the centre as a filter: were the rule applied to the centre's patients
    alone, its counts and those of all centres would tell of fewer than k by subtraction.
    """
    _follow_registry()
    registry, centre = registries.whole(), registries.centre_of(registries.folder())
    data = registries.data_of(registry)
    shared = _shared(registry, MODE, data, access.k)
    always = (Literal(CENTRE, centre),) if centre else ()
    if not all(_is_known(shared, literal) for literal in always):
        st.error(
            "Your role is for one centre, and patients cannot be told apart by centre here.", icon=":material/block:"
        )
        return
    asked = _asked(shared, always)
    told = _told(shared, MODE, data, shared.k, asked)
    _head(registry, told)
    _controls(shared, asked, data, always)
    if told.patients is None:
        st.info(
            f"**{capitalised(SUPPRESSED)}.** These are fewer than {shared.k} patients, or their number would give away fewer than "
            f"{shared.k}. Nothing else is shown of them.",
            icon=":material/visibility_off:",
        )
        return
    tab = _tab()
    if tab == _TABLE:
        _table(registry, told, (), data)
        return
    for chart in _charts(registry, told, MODE, data, shared.k, asked, tab, st.context.theme.type or "light"):
        _figure(chart, suppression(told))
    _beside(registry, told)
    _table(registry, told, (tab,), data)


def _is_known(shared: Shared, literal: Literal) -> bool:
    place = shared.facts.place(literal.fact)
    return place is not None and can_choose(shared.facts, place, literal.level)


def _head(registry: Registry, told: Told) -> None:
    st.title(f"Aggregates of {safe_markdown(registry.name)}", anchor=False)
    kind = "synthetic data" if registry.manifest.synthetic else "data"
    st.caption(
        safe_markdown(
            f"{capitalised(who(told))} · aggregates view, smallest cell {told.shared.k} · {kind} {registry.version}"
        )
    )
    st.caption(suppression(told))
    if stands_in := registries.standing_in():
        st.warning(safe_markdown(stands_in), icon=":material/history:")
    _registry_choice()
    if left := st.session_state.pop(_LEFT, ""):
        st.warning(safe_markdown(left), icon=":material/link_off:")


# Which registry.


def _follow_registry() -> None:
    """Look at the registry that a link names, where this run is the first of its session; the frame then asks for its mode anew."""
    named = st.query_params.get(_REGISTRY, "")
    first = _STATE not in st.session_state and not session.has_view()
    if first and named in registries.served() and named != registries.name():
        st.session_state[_STATE] = ()
        registries.choose(named)
        st.rerun()


def _registry_choice() -> None:
    """Which of several registries one looks at."""
    known = list(registries.served())
    if len(known) < 2:
        return
    st.session_state["shared_registry"] = registries.name()
    st.selectbox(
        "Registry", known, format_func=registries.called, key="shared_registry", on_change=_registry_changed, width=300
    )


def _registry_changed() -> None:
    chosen = str(st.session_state.get("shared_registry"))
    if chosen in registries.served():
        session.use_registry(chosen)
        st.session_state[_STATE] = ()
        st.query_params.clear()


# What is asked.


def _asked(shared: Shared, always: Always) -> Question:
    """What the address asks, else what this session asked last; the address then says exactly that."""
    given = [(name, text) for name, text in _address() if name not in _ELSEWHERE]
    pairs = given or list(st.session_state.get(_STATE, ()))
    asked, left = question(shared.facts, pairs, always)
    _keep(asked, left)
    return asked


def _address() -> links.Pairs:
    """The parameters of the address, each as often as it stands there."""
    told = [(name, text) for name in st.query_params for text in st.query_params.get_all(name)]
    return links.cleaned(told)


def _keep(asked: Question, left: Sequence[str]) -> None:
    """Keep what is asked, and write it into the address where that says another thing."""
    st.session_state[_STATE] = tuple(asked.pairs)
    if left:
        st.session_state[_LEFT] = left[0]
    place = [(_REGISTRY, registries.name())] if len(registries.served()) > 1 else []
    wanted = [*asked.pairs, *((name, text) for name, text in _address() if name == _TAB), *place]
    if sorted(wanted) != sorted(_address()):
        st.query_params.from_dict(dict(wanted))


def _changed(shared: Shared, always: Always) -> None:
    """A control was changed, or a frame says so: what it says is read as a link is."""
    said = [str(st.session_state.get(f"shared_{name}") or "") for name in ("first", "second")]
    pairs = [(name, level) for name, _, level in (text.partition("=") for text in said) if name]
    asked, left = question(shared.facts, [*pairs, (BY, str(st.session_state.get("shared_by") or ""))], always)
    st.query_params.from_dict({name: text for name, text in _address() if name in _ELSEWHERE})
    _keep(asked, left)


def _tab() -> str:
    """The open part: of the address, else the first."""
    told = st.query_params.get(_TAB, "")
    at = told if told in _TABS else _TABS[0]
    if told and told != at:
        st.warning(safe_markdown(f"“{_TAB}={printable(told, 30)}” is no part of this page and was left out."))
        del st.query_params[_TAB]
    st.session_state["shared_tab"] = at
    st.segmented_control(
        "Part", _TABS, key="shared_tab", on_change=_tab_changed, label_visibility="collapsed", required=True
    )
    return at


def _tab_changed() -> None:
    chosen = st.session_state.get("shared_tab")
    if chosen in _TABS:
        st.query_params[_TAB] = str(chosen)


# Controls.


def _controls(shared: Shared, asked: Question, data: str, always: Always) -> None:
    filters = [f"{chosen.fact}={chosen.level}" for chosen in asked.filters if chosen not in always]
    first, second = [*filters, _NONE, _NONE][:2]
    with st.container(horizontal=True, key="shared_controls"):
        _filter(shared, "first", "Only patients with", first, asked, data, always)
        if len(always) + 1 < MOST_FILTERS:
            _filter(shared, "second", "and with", second, asked, data, always)
        by = [shared.facts.facts[place].name for place in shared.facts.keys]
        free = [name for name in by if name not in {chosen.fact for chosen in asked.filters}]
        st.session_state["shared_by"] = asked.by
        st.selectbox(
            "Groups",
            [_NONE, *free],
            format_func=lambda name: _by_name(shared, name),
            key="shared_by",
            on_change=_changed,
            args=(shared, always),
        )


def _by_name(shared: Shared, name: str) -> str:
    place = shared.facts.place(name)
    return "No groups" if place is None else f"By {shared.facts.facts[place].label_in_sentence}"


def _filter(shared: Shared, name: str, label: str, chosen: str, asked: Question, data: str, always: Always) -> None:
    """One filter: every level that may be asked for, with how many patients there would be beside the other filter."""
    others = tuple(one for one in asked.filters if f"{one.fact}={one.level}" != chosen)
    beside = _told(shared, MODE, data, shared.k, Question(others))
    options = {_NONE: "No filter"}
    for place in shared.facts.keys:
        fact = shared.facts.facts[place]
        if fact.name in {*(one.fact for one in others), asked.by}:
            continue
        line = beside.line(place, beside.groups[0])
        for at, level in enumerate(fact.levels):
            n = line.told(at)
            size = SUPPRESSED if n is None else grouped(n)
            options[f"{fact.name}={level.code}"] = f"{fact.label}: {level.label} · {size}"
    st.session_state[f"shared_{name}"] = chosen
    st.selectbox(
        label,
        list(options),
        format_func=lambda option: options.get(option, option),
        key=f"shared_{name}",
        on_change=_changed,
        args=(shared, always),
    )


# What is shown.


def _figure(chart: Chart, said: str) -> None:
    """One figure; what the page has ``said`` once is not said again."""
    with st.container(key=f"frame_{chart.name}", gap="small"):
        st.header(safe_markdown(chart.title), anchor=False)
        plot.show(chart.spec, chart.summary, f"chart_{chart.name}")
        with st.popover("As text", icon=":material/notes:", type="tertiary", key=f"text_{chart.name}"):
            st.markdown(safe_markdown(chart.summary))
        tables_view.notes(tuple(note for note in chart.notes if note not in (SYNTHETIC, said)))


def _beside(registry: Registry, told: Told) -> None:
    """Beside any comparison of groups: in what else they differ."""
    if (found := confounders(registry, told)) is None:
        return
    with st.container(key="confounders", gap="small"):
        st.header(found.title, anchor=False)
        tables_view.plain_grid([column.heading for column in found.columns], found.shown, found.title)
        st.caption("Exploratory: groups differ in several ways at once, and treatment was not allocated.")


def _table(registry: Registry, told: Told, sections: tuple[str, ...], data: str) -> None:
    made = _made(registry, told, MODE, data, told.shared.k, told.asked, sections)
    name = f"aggregates_{listed([part.lower() for part in sections]) or 'all'}"
    with st.container(key=f"table_{name}", gap="small"):
        st.header("The numbers" if sections else "All released counts", anchor=False)
        says = f"Released aggregates only, smallest cell {told.shared.k}: {sentence(told.facts, told.asked)}."
        with st.container(horizontal=True, key=f"actions_{name}"):
            downloads.table(made, name, recipe(registry, told), says=safe_markdown(says))
        layout = made.layout
        tables_view.plain_grid([column.heading for column in layout.columns], layout.shown, layout.title)
        tables_view.notes(notes(registry, told))


# What is kept, for all sessions: by mode, data, k and question.


@st.cache_resource(show_spinner="Counting what may be told …", max_entries=8)
def _shared(_registry: Registry, mode: str, data: str, k: int) -> Shared:
    return Shared.of(_registry, k)


@st.cache_resource(show_spinner=False, max_entries=500)
def _told(_shared: Shared, mode: str, data: str, k: int, asked: Question) -> Told:
    return _shared.tell(asked)


@st.cache_resource(show_spinner=False, max_entries=200)
def _charts(
    _registry: Registry, _told: Told, mode: str, data: str, k: int, asked: Question, section: str, theme: str
) -> list[Chart]:
    return charts(_registry, _told, section, look(theme))


@st.cache_resource(show_spinner=False, max_entries=200)
def _made(
    _registry: Registry, _told: Told, mode: str, data: str, k: int, asked: Question, sections: tuple[str, ...]
) -> TwoForms:
    return table(_registry, _told, sections)
