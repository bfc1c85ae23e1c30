"""What every page shares: its title and caption, the frame around a figure, and the row of actions below it."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, TypeVar

import streamlit as st

from pages.shared import (
    acting,
    acting_bar,
    downloads,
    plot,
    present,
    saved_views,
    scene,
    session,
    tables_view,
    talk,
)
from pages.shared.figures import Figure, figure
from pages.shared.tabs import Tabs, staged
from plro_core import confounding, headlines, lookups
from plro_core.cohort import Cohort
from plro_core.figures import Chart
from plro_core.store import Registry
from plro_core.tables import Column, Table
from plro_core.text import NOT_SMALL, capitalised, patients, safe_markdown

_UNGROUPED = "none"
Answer = TypeVar("Answer")


def header(title: str, *shown: Figure | Tabs) -> session.View:
    """A page's title (what is seen, or the question it answers) and the one caption line that says who is in view.

    ``shown`` are the figures that can be presented, or tabs with such; in present mode one of them is all that is drawn.
    """
    for part in shown:
        if isinstance(part, Tabs):
            part.check()
    figures = staged(shown)
    present.check(figures)
    view = session.view()
    if view.presenting:
        present.fill(view, figures, title, session.room_address() or session.link())
    scene.head(title, view.sentence)
    with st.container(
        horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute", key="page_header"
    ):
        with st.container(width="stretch", gap="xsmall"):
            st.title(safe_markdown(title), anchor=False)
            st.caption(safe_markdown(view.sentence))
        if figures:
            present.button()
        with st.popover("Share", icon=":material/link:", type="tertiary", key="share"):
            st.caption("This address shows a colleague the same page, patients and options.")
            st.code(session.link(), language=None, wrap_lines=True)
            view.share()
            saved_views.menu(view)
    talk.show()
    return view


def nobody(view: session.View) -> bool:
    """Say so when no patient or no visit fits, and how to get some back; true when the page has nothing to draw."""
    if view.size.patients and view.size.visits:
        return False
    what = "visit" if view.size.patients else "patient"
    st.info(f"No {what} fits: {safe_markdown(view.cohort.sentence)}.", icon=":material/person_off:")
    with st.container(horizontal=True, key="ways_back"):
        for criterion in view.cohort.which_visits if view.size.patients else view.cohort.who:
            wider = session.View(view.registry, view.cohort.without(criterion.key)).size
            found = patients(wider.patients) if what == "patient" else f"{wider.visits} visits"
            st.button(
                f"Remove “{safe_markdown(criterion.phrase)}” to see {found}",
                key=f"widen_{criterion.key}",
                on_click=session.set_criterion,
                args=(criterion.key, None),
            )
    return True


def group_control() -> None:
    """Choose the variable that splits the patients into groups; kept in the link."""
    words = session.view().registry.vocabulary
    names = [entry.name for entry in words.groupings]
    st.session_state["group_by"] = session.view().options.get("by", _UNGROUPED)
    st.selectbox(
        "Compare groups by",
        [_UNGROUPED, *names],
        format_func=lambda name: (
            "No groups" if name == _UNGROUPED else f"By {words.variable(name, 'cases').label_in_sentence}"
        ),
        key="group_by",
        label_visibility="collapsed",
        on_change=_group_changed,
        width=254,
    )


def tools(*more: Callable[[], object]) -> None:
    """The choice of groups and what else changes the page's figures, in one line: on a wide screen beside the tabs."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="page_tools"):
        for control in more:
            control()
        group_control()


def _group_changed() -> None:
    chosen = st.session_state["group_by"]
    session.set_option("by", None if chosen == _UNGROUPED else chosen)


def show(
    what: Figure | Callable[..., Chart],
    *,
    name: str = "",
    in_section: bool = False,
    caveats_said: bool = False,
    **options: Any,
) -> None:
    """A figure for the view of this run, in its frame: title, plot, one row of actions, notes.

    ``what`` is a figure that the page has named, or one of the core with its options as ``figures.figure`` takes them.
    ``in_section`` puts the title one heading level lower, below the section's own. ``caveats_said`` leaves out what the page
    has said once above all its figures.
    """
    view = session.view()
    shown = what if isinstance(what, Figure) else figure(what, name=name, **options)
    scene.add_figure(shown, view, caveats_said)
    drawn, name = shown.drawn(view), shown.name
    recipe = shown.recipe(view, drawn.title)
    with st.container(key=f"frame_{name}", gap="small"):
        _heading(drawn, in_section, caveats_said)
        with st.container(key=f"wide_{name}" if drawn.wide else None):
            _to_act_on(view, drawn, name)
        with st.container(horizontal=True, vertical_alignment="center", key=f"actions_{name}"):
            acting_bar.ways(view, drawn, name)
            downloads.figure(drawn, partial(shown.on_white, view), name, recipe)
            _as_text(drawn, name)
            downloads.how_made(recipe, name)
        acting_bar.bar(view, drawn, name)
        tables_view.notes(drawn.notes)


def _to_act_on(view: session.View, drawn: Chart, name: str) -> None:
    """The plot itself, whose marks can be chosen."""
    key, here = f"chart_{name}", acting.place(view, name)
    plot.show(
        acting.drawn_for_choosing(drawn.spec, name),
        drawn.summary,
        key,
        lambda: acting.selected(key, here, drawn.spec),
        plot.ANY_WAY,
    )


def _heading(drawn: Chart, in_section: bool, caveats_said: bool) -> None:
    heading = st.subheader if in_section else st.header
    heading(safe_markdown(drawn.title), anchor=False)
    who(drawn, caveats_said)


def who(drawn: Chart, caveats_said: bool = False) -> None:
    """Who is drawn and what whole groups share besides, right above the plot: it stays with the figure."""
    if drawn.who:
        st.caption(safe_markdown(capitalised(drawn.who)))
    if not caveats_said:
        _warn(drawn.caveats, drawn.name)


def caveats(sentences: Iterable[str]) -> None:
    """What else sets whole groups apart, said before a difference is read."""
    said = tuple(sentences)
    scene.add_words("caveat", said)
    _warn(said, "page")


def _warn(sentences: Iterable[str], key: str) -> None:
    """One box whatever their number, each on its own line, so that the figure below stays in sight."""
    if lines := [safe_markdown(sentence) for sentence in sentences]:
        with st.container(key=f"caveats_{key}"):
            st.warning("  \n".join(lines), icon=":material/balance:")


def _as_text(drawn: Chart, name: str) -> None:
    with st.popover("As text", icon=":material/notes:", type="tertiary", key=f"text_{name}"):
        st.markdown(safe_markdown(drawn.summary))
        tables_view.first_rows(drawn.table)


def highlighted() -> None:
    """Who is highlighted, with the way to the whole record."""
    view = session.view()
    with st.container(horizontal=True, vertical_alignment="center", key="highlighted"):
        if view.patient is None:
            st.caption("Click a point to highlight its patient.")
            return
        here = lookups.contains(view.registry, view.cohort, view.patient)
        st.markdown(f"**Patient {view.patient}** is {'highlighted' if here else 'not among these patients'}.")
        st.page_link("patients.py", label="Open the record", icon=":material/person:")
        acting_bar.leave_out(view, view.patient, "highlighted")
        st.button("Clear", type="tertiary", key="clear_patient", on_click=session.set_option, args=("patient", None))


def confounders(view: session.View) -> None:
    """Beside any comparison of groups: in what else they differ."""
    if view.group is None:
        return
    found = _beside(view.registry, view.data, view.cohort.query, view.options["by"])
    heading = "In what else do these groups differ?"
    columns = tuple(Column(name, name) for name in found.heads)
    scene.add(scene.Rows(Table("confounders", heading, columns, found.rows)))
    with st.container(key="confounders", gap="small"):
        st.header(heading, anchor=False)
        tables_view.plain_grid(found.heads, found.rows)
        whose = "groups this small" if view.size.patients < NOT_SMALL else "groups"
        st.caption(f"Exploratory: {whose} differ in several ways at once, and treatment was not allocated.")


@st.cache_data(show_spinner=False, max_entries=200)
def _beside(_registry: Registry, data: str, query: str, group: str) -> confounding.Beside:
    words = _registry.vocabulary
    return confounding.beside(_registry, words.variable(group, "cases"), Cohort.parse(query, words))


def metrics(ask: Callable[[Registry, Cohort], list[headlines.Headline]], *, across: bool = False) -> None:
    """Headline numbers of the view, each with its n: one below the other beside a figure, or ``across`` the page below it."""
    with st.container(key="headlines", gap="small" if across else "medium", horizontal=across):
        for headline in answer(ask):
            scene.add(scene.Number(headline.label, headline.value, headline.detail))
            with st.container(gap=None, width="content" if across else "stretch"):
                st.metric(safe_markdown(headline.label), headline.value, help=safe_markdown(headline.note) or None)
                st.caption(safe_markdown(headline.detail))


def answer(ask: Callable[[Registry, Cohort], Answer]) -> Answer:
    """What the core answers for the view's cohort, asked once for all sessions."""
    view = session.view()
    found: Answer = _answer(ask, view.registry, ask.__name__, view.data, view.cohort.query)
    return found


@st.cache_data(show_spinner=False, max_entries=300)
def _answer(_ask: Callable[[Registry, Cohort], Any], _registry: Registry, name: str, data: str, query: str) -> Any:
    return _ask(_registry, Cohort.parse(query, _registry.vocabulary))


def small(what: Figure) -> None:
    """A small figure without title, actions and notes, which the page says in its own way; its marks can be acted on."""
    view = session.view()
    scene.add_figure(what, view)
    drawn = what.drawn(view)
    _to_act_on(view, drawn, what.name)
    acting_bar.bar(view, drawn, what.name)
