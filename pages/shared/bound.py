"""Controls that are options of the view: what is set with them is in the link, and Back undoes it.

The option is declared by its page (``pages/shared/options.py``); what is usual stands in no link.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import streamlit as st

from pages.shared import session
from plro_core.text import safe_markdown

_ON = "on"


def is_on(option: str, on: str = _ON) -> bool:
    """Whether a switch is on, or a part open, in the view of this run; ``on`` is what the link says then."""
    return session.view().options.get(option) == on


def toggle(label: str, option: str, help: str | None = None, on: str = _ON) -> bool:
    """A switch; returns whether it is on, of which ``on`` is the word in the link."""
    key = f"bound_{option}"
    st.session_state[key] = is_on(option, on)
    st.toggle(safe_markdown(label), key=key, help=help, on_change=_switched, args=(option, key, on))
    return is_on(option, on)


@contextmanager
def expander(label: str, option: str) -> Iterator[bool]:
    """A part that can be opened; gives whether it is open, so that a closed one costs nothing."""
    key = f"bound_{option}"
    st.session_state[key] = is_on(option)
    with st.expander(safe_markdown(label), key=key, on_change=_switched, args=(option, key, _ON)):
        yield is_on(option)


def choice(
    label: str, option: str, words: Mapping[str, str], usual: str, bare: bool = False, width: int | None = None
) -> str:
    """One of a few values, such as a scale or a sort order, each with its words; returns the one that is chosen.

    ``bare``: the values stand for themselves, and only a screen reader is told the label. ``width``: so many pixels for a
    list that opens, where the words of all values side by side would take a line of the page.
    """
    chosen = session.view().options.get(option, usual)
    chosen = chosen if chosen in words else usual
    key = f"bound_{option}"
    st.session_state[key] = chosen
    said: dict[str, Any] = {
        "label": safe_markdown(label),
        "options": list(words),
        "key": key,
        "label_visibility": "collapsed" if bare else "visible",
        "on_change": _chosen,
        "args": (option, key, usual),
    }
    if width is None:
        shown = {value: safe_markdown(told) for value, told in words.items()}
        st.segmented_control(**said, format_func=shown.__getitem__, required=True, width="content")
    else:
        st.selectbox(**said, format_func=words.__getitem__, width=width)  # a list shows its words as they are
    return chosen


def _switched(option: str, key: str, on: str) -> None:
    session.set_option(option, on if st.session_state[key] else None)


def _chosen(option: str, key: str, usual: str) -> None:
    value = st.session_state[key]
    session.set_option(option, None if value == usual else value)
