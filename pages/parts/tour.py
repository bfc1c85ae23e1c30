"""A start: five steps for a first visit, which can be left and found again, and the keys in a dialog."""

from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from pages.shared import present_bar, session

_STYLE = Path(__file__).resolve().parent / "tour.css"
#: Served by the dashboard itself; its policy lets no other script run.
_SCRIPT = "".join(f'<script src="/scripts/{name}.js"></script>' for name in ("start", "scroll", "copy"))
_STEP, _DIALOG = "tour_step", "keys_shown"

#: What a key does, by where it does it.
KEYS = {
    "On every page": (("?", "these keys"), ("Tab", "to the next control"), ("Alt + Left", "undo, as the browser’s Back")),
    "Patients": (("P", "the patient before"), ("N", "the next patient")),
    "While presenting": present_bar.KEYS,
}  # fmt: skip


@dataclass(frozen=True)
class Step:
    """One thing to know, and the page on which to see it."""

    title: str
    words: str
    page: str
    see: str


def steps(documents: bool) -> tuple[Step, ...]:
    """The steps for a registry; ``documents`` says whether it holds patients of a paper, whose sentences are checked."""
    claims = " Claims holds each sentence of the paper against them." if documents else ""
    return (
        Step(
            "Choose the patients",
            "The filters in the side panel narrow every page at once. Each says how many patients it would leave; n is always in sight.",
            "overview.py",
            "See the overview",
        ),
        Step(
            "Ask the chart",
            "Point at a mark for its value and source; click it to highlight its patient on every page. Compare groups by any trait.",
            "pain.py",
            "See the pain",
        ),
        Step(
            "Doubt a difference",
            "Compare sets two cohorts side by side, and says in what else they differ.",
            "compare.py",
            "Compare two cohorts",
        ),
        Step(
            "Trace a number",
            f"Each record shows where its cells come from.{claims}",
            "claims.py" if documents else "patients.py",
            "See the claims" if documents else "See the patients",
        ),
        Step(
            "Show it",
            "The address is the view: Share gives it, or a live room that others follow. Present fills the screen. "
            "Undo, or the browser’s Back, takes a step back; ? lists the keys.",
            "bone.py",
            "Present a spine",
        ),
    )


def buttons(view: session.View) -> None:
    """The buttons that find tour and keys again, and the keys if they were asked for."""
    if view.presenting:
        return
    with st.sidebar, st.container(horizontal=True, key="start"):
        st.button("Tour", icon=":material/explore:", type="tertiary", key="tour_open", on_click=_go, args=(0,))
        st.button("Keys", icon=":material/keyboard:", type="tertiary", key="keys_open", on_click=_ask_for_keys)
        st.html(_SCRIPT, unsafe_allow_javascript=True)
    if st.session_state.pop(_DIALOG, False):
        _keys()


def card(view: session.View) -> None:
    """The card of the open step, in the corner of the page, until it is left.

    The browser alone knows of a first visit; its script presses the button then.
    """
    at = st.session_state.get(_STEP)
    if at is None or view.presenting:
        return
    shown = steps(bool(view.registry.documents))
    step = shown[at]
    with st.container(key="tour_card", gap="small"):
        st.html(_STYLE)
        st.caption(f"Tour · {at + 1} of {len(shown)}")
        st.markdown(f"**{step.title}**  \n{step.words}")
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            if at:
                st.button("Back", key="tour_back", type="tertiary", on_click=_go, args=(at - 1,))
            if at + 1 < len(shown):
                st.button("Next", key="tour_next", on_click=_go, args=(at + 1,))
            st.button("Leave", key="tour_leave", type="tertiary", on_click=_go, args=(None,))
            if step.page != f"{view.page}.py":
                st.page_link(step.page, label=step.see, icon=":material/arrow_forward:")


def _go(at: int | None) -> None:
    st.session_state[_STEP] = at


def _ask_for_keys() -> None:
    st.session_state[_DIALOG] = True


@st.dialog("Keys")
def _keys() -> None:
    for place, keys in KEYS.items():
        st.markdown("  \n".join([f"**{place}**", *(f"`{key}` {words}" for key, words in keys)]))
