"""Undo and redo of the steps of a session, by buttons; the browser's Back and Forward do the same."""

import streamlit as st

from pages.shared import session, trail
from plro_core.text import safe_markdown

#: As many steps as are offered by name.
_OFFERED = 8


def buttons() -> None:
    """Undo, redo, and the last steps to go back to."""
    now = trail.trail()
    with st.container(horizontal=True, gap="xsmall", key="undo_row"):
        _button("Undo", ":material/undo:", -1)
        _button("Redo", ":material/redo:", 1)
        if now.at > 0:
            with st.popover("Last steps", type="tertiary", key="last_steps"):
                for by in range(-1, max(-now.at, -_OFFERED) - 1, -1):
                    step = now.steps[now.at + by]
                    words = safe_markdown(step.words)
                    st.button(words, type="tertiary", key=f"step_back_{-by}", on_click=_go, args=(by,))


def _button(words: str, icon: str, by: int) -> None:
    step = trail.trail().towards(by)
    st.button(
        words,
        icon=icon,
        type="tertiary",
        key=words.lower(),
        disabled=step is None,
        help=safe_markdown(step.words) if step else None,
        on_click=_go,
        args=(by,),
    )


def _go(by: int) -> None:
    step = trail.trail().towards(by)
    if step is not None:
        session.follow(step.pairs, step.page, session.IN_STEPS)
        trail.go(by)
