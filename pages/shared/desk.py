"""The speaker's window: what is on the stage, what to say, what comes next, and how long one has spoken.

The stage keeps its state under a word that only its own session and the window's address know; the window looks it up.
"""

import re
import secrets
import time
from collections import OrderedDict
from dataclasses import dataclass, replace
from threading import Lock

import streamlit as st

from pages.shared import session, visitor
from pages.shared.steps_on_stage import Way
from plro_core.text import safe_markdown

_MINE = "speakers_desk"
_WINDOW = re.compile(r"notes-([0-9a-f]{16})")
_STYLE = """<style>
[data-testid="stMainBlockContainer"] { padding: 24px 32px }
.st-key-desk_clock p { font-size: 32px }
.st-key-desk_notes p { font-size: 24px; line-height: 1.4 }
.st-key-desk_next p { font-size: 20px }
</style>"""
#: More desks than are used at once; the oldest is forgotten first.
_MOST = 200


@dataclass(frozen=True)
class Desk:
    """What a speaker's window shows."""

    title: str
    name: str
    notes: str
    following: str
    where: str
    began: float


class Desks:
    """The desks of this server by their secret words."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, Desk] = OrderedDict()
        self._lock = Lock()

    def put(self, word: str, desk: Desk) -> None:
        """Keep what is on a stage now; the clock runs on from the first time."""
        with self._lock:
            before = self._known.pop(word, desk)
            self._known[word] = replace(desk, began=before.began)
            while len(self._known) > _MOST:
                self._known.popitem(last=False)

    def read(self, word: str) -> Desk | None:
        with self._lock:
            return self._known.get(word)

    def restart(self, word: str) -> None:
        """Begin to count the time anew."""
        with self._lock:
            if word in self._known:
                self._known[word] = replace(self._known[word], began=time.monotonic())


@st.cache_resource(show_spinner=False)
def desks() -> Desks:
    """The desks of this server."""
    return Desks()


def is_window(option: str) -> bool:
    """Whether a link asks for a speaker's window."""
    return option.startswith("notes")


def keep(way: Way, title: str) -> str:
    """Keep for the speaker's window what is on the stage; returns the window's address."""
    word: str = st.session_state.setdefault(_MINE, secrets.token_hex(8))
    stop = way.stops[way.at] if way.stops else None
    desk = Desk(
        title, stop.name if stop else title, stop.notes if stop else "", way.next_name, way.words, time.monotonic()
    )
    desks().put(word, desk)
    return session.link([("present", f"notes-{word}")])


def show(option: str) -> None:
    """The window; it looks for itself every second."""
    found = _WINDOW.fullmatch(option)
    st.html(_STYLE)
    st.fragment(_desk, run_every=1.0)(found.group(1) if found else "")


def _desk(word: str) -> None:
    desk = desks().read(word) if visitor.sees_rows() else None  # this runs without the frame, which asks that of pages
    if desk is None:
        st.info("No presentation belongs to this window: open it anew from the controls of the stage.")
        return
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.caption(f"On the stage now{f' · {desk.where}' if desk.where else ''}")
        with st.container(horizontal=True, vertical_alignment="center", width="content", key="desk_clock"):
            st.markdown(f"**{spoken(time.monotonic() - desk.began)}**")
            st.button("Restart the clock", type="tertiary", key="desk_restart", on_click=desks().restart, args=(word,))
    st.header(safe_markdown(desk.name), anchor=False)
    if desk.title != desk.name:
        st.markdown(safe_markdown(desk.title))
    with st.container(key="desk_notes"):
        st.markdown("  \n".join(safe_markdown(line) for line in desk.notes.splitlines()) or "No notes for this slide.")
    st.divider()
    with st.container(key="desk_next"):
        st.markdown(f"Next: {safe_markdown(desk.following)}" if desk.following else "This is the last slide.")


def spoken(seconds: float) -> str:
    """How long one has spoken: "12:05"."""
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}:{rest:02}"
