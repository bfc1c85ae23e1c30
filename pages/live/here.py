"""What this server has once for all its sessions and watchers: rooms, tries at their codes, streams, tickets and the lookout."""

import os
import threading
import time
from pathlib import Path

import streamlit as st

from pages.live import push
from pages.live.keys import Tickets
from pages.live.lookout import Lookout
from pages.live.rooms import InProcessRooms, RoomStore
from pages.live.shared import VARIABLE, Shared, SharedRooms, SharedWrong
from pages.live.tries import Tries
from pages.live.watching.streams import Streams
from plro_core.problems import RegistryProblem
from plro_core.store import current_version, served_registries


@st.cache_resource(show_spinner=False)
def shared() -> Shared | None:
    """What this process shares with others; None if it is on its own.

    Raises:
        StoreProblem: it is meant to share, and cannot.
    """
    folder = os.environ.get(VARIABLE, "")
    return Shared(Path(folder)) if folder else None


@st.cache_resource(show_spinner=False)
def rooms() -> RoomStore:
    """The rooms of this server, or of all the processes that share them."""
    found = shared()
    return InProcessRooms() if found is None else SharedRooms(found)


@st.cache_resource(show_spinner=False)
def tries() -> Tries:
    """Whose guesses at their codes are counted."""
    found = shared()
    return Tries() if found is None else Tries(time.time, wrong=SharedWrong(found))


@st.cache_resource(show_spinner=False)
def streams() -> Streams:
    """Who watches them."""
    return Streams()


@st.cache_resource(show_spinner=False)
def tickets() -> Tickets:
    """What their presenters' browsers redeem."""
    return Tickets()


@st.cache_resource(show_spinner=False)
def lookout() -> Lookout:
    """Who notices for all pages of this server what is new."""
    found = Lookout(rooms(), published_versions, push, streams())
    if push.ready():
        threading.Thread(target=found.keep_looking, name="lookout", daemon=True).start()
    return found


def published_versions() -> str | None:
    """What all registries of this server publish now, as one word; nothing where that cannot be read at this moment."""
    found = {name: _published(folder) for name, folder in served_registries().folders.items()}
    return " ".join(f"{name}:{version}" for name, version in found.items()) if any(found.values()) else None


def _published(folder: Path) -> str:
    """The published version; empty where there is none, so that one registry without data silences no other."""
    try:
        return current_version(folder)
    except RegistryProblem:
        return ""
