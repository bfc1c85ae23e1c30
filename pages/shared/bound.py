"""Controls that are options of the view: what is set with them is in the link, and Back undoes it.

The option is declared by its page (``pages/shared/options.py``); what is usual stands in no link.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import streamlit as st

from pages.shared import session
from plro_core.text import safe_markdown

_ON = "on"


def is_on(option: str) -> bool:
    """Whether a switch is on, or a part open, in the view of this run."""
    return session.view().options.get(option) == _ON


def toggle(label: str, option: str, help: str | None = None) -> bool:
    """A switch; returns whether it is on."""
    key = f"bound_{option}"
    st.session_state[key] = is_on(option)
    st.toggle(safe_markdown(label), key=key, help=help, on_change=_switched, args=(option, key))
    return is_on(option)


@contextmanager
def expander(label: str, option: str) -> Iterator[bool]:
    """A part that can be opened; gives whether it is open, so that a closed one costs nothing."""
    key = f"bound_{option}"
    st.session_state[key] = is_on(option)
    with st.expander(safe_markdown(label), key=key, on_change=_switched, args=(option, key)):
        yield is_on(option)


def choice(label: str, option: str, words: Mapping[str, str], usual: str) -> str:
    """One of a few values, such as a scale or a sort order, each with its words; returns the one that is chosen."""
    chosen = session.view().options.get(option, usual)
    chosen = chosen if chosen in words else usual
    key = f"bound_{option}"
    st.session_state[key] = chosen
    st.segmented_control(
        safe_markdown(label),
        list(words),
        format_func=lambda value: safe_markdown(words[value]),
        key=key,
        required=True,
        on_change=_chosen,
        args=(option, key, usual),
    )
    return chosen


def _switched(option: str, key: str) -> None:
    session.set_option(option, _ON if st.session_state[key] else None)


def _chosen(option: str, key: str, usual: str) -> None:
    value = st.session_state[key]
    session.set_option(option, None if value == usual else value)
