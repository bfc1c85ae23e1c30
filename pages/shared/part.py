"""A session's part in live rooms."""

import secrets
from dataclasses import dataclass, field

import streamlit as st

_PART = "part_in_rooms"


@dataclass
class Part:
    """A session's part in live rooms: the room that it follows, has left to explore, or leads.

    One object that is changed in place. Whenever ``session_state`` is touched Streamlit may break off a run, and even a
    callback, to begin the next one: a step that is taken by touching it twice may be taken by half.
    """

    follows: str | None = None
    left: str | None = None
    #: Code and secret of the room that this session leads.
    leads: tuple[str, str] | None = None
    #: How the presenter of a room that is about to be opened wants to be called; nothing while none is.
    opens: str | None = None
    #: Whether a room was followed or led that has ended meanwhile.
    ended: bool = False
    #: Whether the followed room has been seen: one that never was is a wrong address.
    seen: bool = False
    watcher: str = field(default_factory=lambda: secrets.token_hex(8))


def part() -> Part:
    """This session's part in live rooms."""
    found: Part = st.session_state.setdefault(_PART, Part())
    return found


def leave() -> None:
    """Follow no longer; the view stays as it is, and the room can be rejoined."""
    mine = part()
    mine.left, mine.follows = mine.follows or mine.left, None


def rejoin() -> None:
    """Follow again the room that was left."""
    mine = part()
    mine.follows, mine.left = mine.left, None


def forget_room() -> None:
    """Go on without any live room."""
    mine = part()
    mine.follows = mine.left = None
