"""A talk: the saved views in an order of one's choice, with slides of words among them and what to say to each."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import streamlit as st

from pages.shared import saved_views, session, visitor
from plro_core import views
from plro_core.figures.slides import MOST_LINES
from plro_core.problems import ViewProblem
from plro_core.text import safe_markdown
from plro_core.views import SavedView

_SAID = "talk_said"


def show() -> None:
    """The dialog, if it has been asked for."""
    if st.session_state.pop(saved_views.ARRANGING, False):
        _arrange(session.view())


@st.dialog("Arrange the talk", width="large", on_dismiss="rerun")
def _arrange(view: session.View) -> None:
    if not visitor.sees_rows():  # this runs again without the frame, which asks that of pages
        return
    found = saved_views.known()
    if problem := st.session_state.pop(_SAID, ""):
        st.error(safe_markdown(problem))
    if not found:
        st.caption("No view is saved yet. Save what is on a page in the Share menu, or write a slide here.")
    for number, known in enumerate(found, 1):
        _row(known, number, len(found))
    if found:
        st.divider()
        _notes(found)
    st.divider()
    _write(view)


def _row(view: SavedView, number: int, of: int) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key=f"talk_{view.slug}"):
        st.markdown(f"{number}. {safe_markdown(view.name)}", width="stretch")
        for words, icon, by, end in (
            ("up", "arrow_upward", -1, number == 1),
            ("down", "arrow_downward", 1, number == of),
        ):
            st.button(
                f"Move {words}",
                icon=f":material/{icon}:",
                type="tertiary",
                key=f"talk_{words}_{view.slug}",
                disabled=end,
                on_click=_move,
                args=(view, by),
            )


def _move(view: SavedView, by: int) -> None:
    _try(lambda: saved_views.change(views.moved(saved_views.known(), view, by)))


def _notes(found: tuple[SavedView, ...]) -> None:
    """What to say to one of the views."""
    by_name = {view.name: view for view in found}
    chosen = by_name[st.selectbox("What to say to", list(by_name), key="talk_notes_of")]
    key = f"talk_notes_{chosen.slug}"
    st.text_area(
        "Notes that only the speaker’s window shows",
        chosen.notes,
        key=key,
        max_chars=views.LONGEST_NOTES,
        on_change=partial(_note, chosen, key),
    )


def _note(view: SavedView, key: str) -> None:
    notes = views.tidied_notes(str(st.session_state.get(key) or ""))
    _try(lambda: saved_views.change([replace(view, notes=notes)]))


def _write(view: session.View) -> None:
    """A slide of words alone, for a view's patients. The dialog runs without the page, so that it is handed the view."""
    with st.form("write_slide", clear_on_submit=True, border=False):
        st.text_input("Heading of a slide of words", key="slide_heading", max_chars=views.LONGEST_NAME)
        st.text_area(f"Its lines, up to {MOST_LINES}", key="slide_lines", max_chars=800, height=100)
        st.form_submit_button("Add this slide", icon=":material/add:", on_click=_add, args=(view,))


def _add(view: session.View) -> None:
    heading, lines = (str(st.session_state.get(key) or "") for key in ("slide_heading", "slide_lines"))
    _try(lambda: saved_views.add(slide(view, heading, lines)))


def slide(view: session.View, heading: str, lines: str) -> SavedView:
    """A slide of words as a saved view.

    Raises:
        ViewProblem: it has no heading, or more lines or words than a slide holds.
    """
    told = [" ".join(line.replace("|", "/").split()) for line in (heading, *lines.splitlines())]
    said = [told[0], *filter(None, told[1:])]
    if len(said) > MOST_LINES + 1 or any(len(line) > 200 for line in said):
        raise ViewProblem(f"A slide holds up to {MOST_LINES} lines of 200 characters; divide it into several.")
    options = [("slide_words", "|".join(said))]
    return SavedView.now(heading, "", view.page, view.cohort, options, view.registry.version)


def _try(act: Callable[[], None]) -> None:
    """Do it, or say in the dialog why it cannot be done."""
    try:
        act()
    except ViewProblem as problem:
        st.session_state[_SAID] = str(problem)
