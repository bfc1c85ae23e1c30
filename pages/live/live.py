"""What changes on the screen while nobody touches it: a live room that others follow, and newly published data."""

import random
import threading
from collections.abc import Callable
from pathlib import Path

import streamlit as st

from pages.live import push
from pages.live.lookout import Lookout, Shown
from pages.live.rooms import InProcessRooms, Room, RoomProblem, RoomStore, Scene
from pages.shared import part, qr, registries, session
from plro_core.problems import RegistryProblem
from plro_core.store import current_version, served_registries
from plro_core.text import safe_markdown

_NAME = "leader_name"
_LONGEST_NAME = 40

#: Seconds between two looks of a page itself. Where news is pushed, only the count of those who watch is asked for, and
#: the rest is a net in case that something is lost; it is spread out, so that a hundred pages do not ask at once.
_LEADING, _PUSHED, _FOLLOWING, _OTHERWISE = 4.0, 60.0, 3.0, 4.0


@st.cache_resource(show_spinner=False)
def rooms() -> RoomStore:
    """The rooms of this server."""
    return InProcessRooms()


@st.cache_resource(show_spinner=False)
def lookout() -> Lookout:
    """Who notices for all pages of this server what is new."""
    found = Lookout(rooms(), published_versions, push)
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


# Following


def attend() -> Room | None:
    """Before anything is drawn: take over what the room shows that this session follows.

    Raises:
        RoomProblem: the link names no room that can be entered.
    """
    code = session.followed()
    if code is None:
        return None
    mine = part.part()
    room = rooms().read(code, mine.watcher)
    if room is not None:
        mine.seen = True
        session.show(room.scene.view, room.scene.registry)
        registries.use_version(room.scene.version)
    elif mine.seen:
        mine.follows, mine.left, mine.seen, mine.ended = None, None, False, True
    else:
        raise RoomProblem("This live room has ended, or its code is not right.")
    return room


def page_to_show(room: Room, page: str) -> str | None:
    """The page to switch to, where the session is not on the room's page yet."""
    return room.scene.page if room.scene.page != page else None


def no_room(problem: RoomProblem) -> None:
    """One sentence and a way on."""
    st.info(safe_markdown(str(problem)), icon=":material/sensors_off:")
    st.button("Open the dashboard", type="primary", key="open_dashboard", on_click=part.forget_room)


# Presenting


def drive(page: str, view: session.View) -> None:
    """Show this run's view to whoever follows this session.

    Raises:
        RoomProblem: no further room can be opened.
    """
    mine = part.part()
    scene = Scene(page, (*view.cohort.pairs, *view.options.items()), view.registry.version, registries.name())
    if mine.opens is not None:
        leader, mine.opens = mine.opens, None
        mine.leads = rooms().open(scene, leader)
    elif mine.leads:
        if rooms().drive(*mine.leads, scene):
            lookout().look_into(mine.leads[0])
        else:
            mine.leads, mine.ended = None, True


def share() -> None:
    """In the Share popover: open a room, or the way into the one that is open."""
    address = session.room_address()
    if address is None:
        st.caption("Live: others follow every change on your screen.")
        st.text_input(
            "Who leads (they see this name)",
            max_chars=_LONGEST_NAME,
            key=_NAME,
            placeholder="optional",
            persist_state="session",
        )
        st.button("Share live", icon=":material/sensors:", key="share_live", on_click=_start)
    else:
        st.caption("Whoever opens this address follows your screen.")
        st.code(address, language=None, wrap_lines=True)
        qr.code(address, 160, "QR code of the live room's address")


def _start() -> None:
    leader = " ".join(str(st.session_state.get(_NAME) or "").split())[:_LONGEST_NAME]
    mine = part.part()
    mine.follows, mine.left, mine.ended, mine.opens = None, None, False, leader


def _end() -> None:
    mine = part.part()
    if mine.leads:
        (code, secret), mine.leads = mine.leads, None
        rooms().end(code, secret)
        lookout().look_into(code)


# The strip at the bottom of the screen


def strip(view: session.View, room: Room | None) -> None:
    """Say what is live; the strip is a fragment, so that it can say something new without a run of the page."""
    mine = part.part()
    follows = room is not None and mine.follows is not None
    with st.container(key="live"):
        st.fragment(_pulse, run_every=_rhythm(follows, mine.leads is not None))(
            view.registry.version, room if follows else None
        )


def _rhythm(follows: bool, leads: bool) -> float:
    """Seconds until the page looks for itself."""
    if leads:
        return _LEADING
    seconds = _PUSHED if push.ready() else _FOLLOWING if follows else _OTHERWISE
    return seconds * random.uniform(0.8, 1.2)  # noqa: S311  (no secret)


def _pulse(version: str, shown: Room | None) -> None:
    """What the strip says now. ``shown`` is the state of the followed room that the page shows."""
    mine = part.part()
    published = registries.published_version()
    _be_told(mine, published_versions(), shown)
    if mine.follows:
        _follow(mine.follows, mine.watcher, shown.change if shown else 0)
        return
    if mine.leads:
        _leading(mine.leads[0])
    elif mine.left:
        if rooms().read(mine.left):
            _say("You explore on your own.", "Rejoin the live room", ":material/sensors:", "rejoin_room", part.rejoin)
    elif mine.ended:
        _say("The live room has ended; this is its last view.", "Close", ":material/close:", "close_ended", _close)
    if published not in (None, version):
        words = f"The registry stands at data {published}; this is {version}."
        _say(words, "Update", ":material/sync:", "update_data", lambda: registries.use_version(str(published)))


def _be_told(mine: part.Part, published: str | None, shown: Room | None) -> None:
    """Let the lookout know what this page shows, and where it can be reached with what is new."""
    tab = push.here()
    if tab is None:
        return
    if mine.follows:
        lookout().shows(tab, Shown(published, mine.follows, mine.watcher, shown.change if shown else 0))
    else:
        lookout().shows(tab, Shown(published, mine.leads[0] if mine.leads else mine.left or ""))


def _follow(code: str, watcher: str, change: int) -> None:
    """One look at the room; a whole run only where it has changed."""
    try:
        room = rooms().read(code, watcher)
    except RoomProblem:
        room = None
    if room is None or room.change != change:
        st.rerun()
    who = f"**Following {safe_markdown(room.leader)}** in a live room" if room.leader else "**Following a live room**"
    _say(who, "Explore from here", ":material/explore:", "explore", part.leave, plain=False)


def _leading(code: str) -> None:
    room = rooms().read(code)
    if room is None:
        st.rerun()
    words = f"**Live room {code}** · {room.watching} watching"
    _say(words, "End", ":material/stop_circle:", "end_room", _end, plain=False)


def _say(words: str, action: str, icon: str, key: str, act: Callable[[], None], plain: bool = True) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key=f"strip_{key}", width="content"):
        st.markdown(safe_markdown(words) if plain else words, width="content")
        if st.button(action, icon=icon, key=key, type="tertiary", on_click=act):
            st.rerun()


def _close() -> None:
    part.part().ended = False
