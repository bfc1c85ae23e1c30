"""A session's part in live rooms."""

from dataclasses import dataclass

import streamlit as st

_PART = "part_in_rooms"


@dataclass
class Part:
    """A session's part in live rooms: the room that it leads, or has left to explore.

    One object that is changed in place. Whenever ``session_state`` is touched Streamlit may break off a run, and even a
    callback, to begin the next one: a step that is taken by touching it twice may be taken by half.
    """

    left: str | None = None
    #: Code and secret of the room that this session leads.
    leads: tuple[str, str] | None = None
    #: How the presenter of a room that is about to be opened wants to be called; nothing while none is.
    opens: str | None = None
    #: By what the presenter's browser gets the key of the room, to lead on after a reload.
    ticket: str = ""
    #: Whether a room was led that has ended meanwhile.
    ended: bool = False
    #: Whether the session has looked for a room that its tab led before.
    began: bool = False


def part() -> Part:
    """This session's part in live rooms."""
    found: Part = st.session_state.setdefault(_PART, Part())
    return found
