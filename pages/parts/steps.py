"""The way through all patients of a view, however many: one by one, a page of numbers at a time, or by number."""

import streamlit as st

from pages.shared import acting_bar, session
from plro_core import lookups
from plro_core.lookups import Place
from plro_core.text import number

#: As many patients as the choice offers at once; another number can be typed.
_A_PAGE = 50
_CHOICE = "choose_patient"
_REFUSED = "no_such_patient"


def show(view: session.View, chosen: int) -> None:
    """Previous and next in the view, a choice by number, and pages of numbers where the view has more than one."""
    place = lookups.place_of(view.registry, view.cohort, chosen)
    page = min(place.before, max(0, place.of - 1)) // _A_PAGE
    with st.container(horizontal=True, vertical_alignment="bottom", key="steps"):
        _step("Previous", ":material/chevron_left:", place.previous, "P")
        _choice(view, chosen, page, place)
        _step("Next", ":material/chevron_right:", place.following, "N")
        st.caption(_where(place))
        acting_bar.leave_out(view, chosen, "record")
    if place.of > _A_PAGE:
        _pages(view, page, place)
    if refused := st.session_state.pop(_REFUSED, None):
        st.caption(f"There is no patient “{refused}” in this registry.")


def _where(place: Place) -> str:
    if not place.belongs:
        return "This patient is not in the present cohort."
    return f"{number(place.before + 1)} of {number(place.of)} in this cohort"


def _choice(view: session.View, chosen: int, page: int, place: Place) -> None:
    """The numbers of this page; of a view with several pages any other number may be typed."""
    offered = [int(case["case_id"]) for case in lookups.page_of_cases(view.registry, view.cohort, page, _A_PAGE)]
    st.session_state[_CHOICE] = str(chosen)
    st.selectbox(
        "Patient",
        [str(case_id) for case_id in sorted({*offered, chosen})],
        key=_CHOICE,
        width=120,
        label_visibility="collapsed",
        accept_new_options=place.of > _A_PAGE,
        help="Choose a number, or type that of any patient." if place.of > _A_PAGE else None,
        on_change=_chosen,
        args=(view,),
    )


def _chosen(view: session.View) -> None:
    text = str(st.session_state[_CHOICE]).strip()
    known = text.isascii() and text.isdigit() and len(text) <= 9
    if known and lookups.patient(view.registry, int(text))["cases"]:
        session.set_option("patient", str(int(text)))
    else:
        st.session_state[_REFUSED] = text[:20]


def _pages(view: session.View, page: int, place: Place) -> None:
    """To the first patient of the page before and after, and which patients this page has."""
    last = (place.of - 1) // _A_PAGE
    with st.container(horizontal=True, vertical_alignment="center", key="patient_pages"):
        for words, to in (("First", 0), ("Page before", page - 1), ("Page after", page + 1), ("Last", last)):
            st.button(
                words,
                type="tertiary",
                key=f"patients_{words.lower().replace(' ', '_')}",
                disabled=to == page or not 0 <= to <= last,
                on_click=_turn,
                args=(view, to),
            )
        st.caption(f"Page {number(page + 1)} of {number(last + 1)}, {_A_PAGE} patients each")


def _turn(view: session.View, page: int) -> None:
    for case in lookups.page_of_cases(view.registry, view.cohort, page, _A_PAGE)[:1]:
        session.set_option("patient", str(case["case_id"]))


def _step(words: str, icon: str, patient: int | None, shortcut: str) -> None:
    st.button(
        words,
        icon=icon,
        key=f"step_{words.lower()}",
        shortcut=shortcut,
        disabled=patient is None,
        on_click=session.set_option,
        args=("patient", str(patient)),
    )
