"""What changes on the screen while nobody touches it: a live room that others follow, and newly published data."""

import secrets
from collections.abc import Callable

import streamlit as st

from pages.shared import qr, session
from pages.shared.rooms import InProcessRooms, Room, RoomProblem, RoomStore, Scene
from plro_core.text import safe_markdown

_DRIVES = "live_drives"  # code and secret of this session's own room
_OPENING = "live_opening"
_SHOWN = "live_shown"  # the change of the room that this session shows
_WATCHER = "live_watcher"
_ENDED = "live_ended"

#: Seconds between two looks at the room or at the published version.
_FOLLOWING, _OTHERWISE = 1, 4


@st.cache_resource(show_spinner=False)
def rooms() -> RoomStore:
    """The rooms of this server."""
    return InProcessRooms()


# Following


def attend() -> Room | None:
    """Before anything is drawn: take over what the room shows that this session follows.

    Raises:
        RoomProblem: the link names no room that can be entered.
    """
    code = session.followed()
    if code is None:
        return None
    room = rooms().read(code, _watcher())
    if room is not None:
        session.show(room.scene.view)
        session.use_version(room.scene.version)
    elif _SHOWN in st.session_state:
        session.forget_room()
        st.session_state[_ENDED] = True
        st.session_state.pop(_SHOWN)
    else:
        raise RoomProblem("This live room has ended, or its code is not right.")
    return room


def page_to_show(room: Room, page: str) -> str | None:
    """The page to switch to, where the session is not on the room's page yet.

    A look at the room that was under way during the switch can ask for the old page once more, so being elsewhere is no
    sign that the watcher went there.
    """
    if room.scene.page != page:
        return room.scene.page
    st.session_state[_SHOWN] = room.change
    return None


def no_room(problem: RoomProblem) -> None:
    """One sentence and a way on."""
    st.info(safe_markdown(str(problem)), icon=":material/sensors_off:")
    st.button("Open the dashboard", type="primary", key="open_dashboard", on_click=session.forget_room)


def _watcher() -> str:
    name: str = st.session_state.setdefault(_WATCHER, secrets.token_hex(8))
    return name


# Presenting


def drive(page: str, view: session.View) -> None:
    """Show this run's view to whoever follows this session."""
    scene = Scene(page, (*view.cohort.pairs, *view.options.items()), view.registry.version)
    if st.session_state.pop(_OPENING, False):
        st.session_state[_DRIVES] = rooms().open(scene)
    elif _DRIVES in st.session_state:
        code, secret = st.session_state[_DRIVES]
        if not rooms().drive(code, secret, scene):
            del st.session_state[_DRIVES]
            st.session_state[_ENDED] = True


def share() -> None:
    """In the Share popover: open a room, or the way into the one that is open."""
    address = room_address()
    if address is None:
        st.caption("Live: others follow every change on your screen.")
        st.button("Share live", icon=":material/sensors:", key="share_live", on_click=_start)
    else:
        st.caption("Whoever opens this address follows your screen.")
        st.code(address, language=None, wrap_lines=True)
        qr.code(address, 160, "QR code of the live room's address")


def _start() -> None:
    session.leave()
    session.forget_room()
    st.session_state[_OPENING] = True


def _end() -> None:
    rooms().end(*st.session_state.pop(_DRIVES))


def room_address() -> str | None:
    """The address of this session's own room."""
    return session.room_link(st.session_state[_DRIVES][0]) if _DRIVES in st.session_state else None


# The strip at the bottom of the screen


def strip(view: session.View, room: Room | None) -> None:
    """Say what is live, and look for what is new every few seconds."""
    follows = room is not None and session.followed() is not None
    change = room.change if room else 0
    with st.container(key="live"):
        st.fragment(_pulse, run_every=_FOLLOWING if follows else _OTHERWISE)(view.registry.version, change)


def _pulse(version: str, change: int) -> None:
    if session.followed():
        _follow(change)
        return
    if _DRIVES in st.session_state:
        _presenting(st.session_state[_DRIVES][0])
    elif code := session.left():
        if rooms().read(code):
            _say(
                "You explore on your own.", "Rejoin the live room", ":material/sensors:", "rejoin_room", session.rejoin
            )
    elif st.session_state.get(_ENDED):
        _say("The live room has ended; this is its last view.", "Close", ":material/close:", "close_ended", _close)
    published = session.published_version()
    if published not in (None, version):
        words = f"Data {published} has been published."
        _say(words, "Update", ":material/sync:", "update_data", lambda: session.use_version(str(published)))


def _follow(change: int) -> None:
    """One look at the room; a whole run only where it has changed."""
    try:
        room = rooms().read(str(session.followed()), _watcher())
    except RoomProblem:
        room = None
    if room is None or room.change != change:
        st.rerun()
    words = f"**Following a live room** · {room.watching} watching"
    _say(words, "Explore from here", ":material/explore:", "explore", session.leave, plain=False)


def _presenting(code: str) -> None:
    room = rooms().read(code)
    if room is None:
        st.rerun()
    _say(
        f"**Live room {code}** · {room.watching} watching",
        "End",
        ":material/stop_circle:",
        "end_room",
        _end,
        plain=False,
    )


def _say(words: str, action: str, icon: str, key: str, act: Callable[[], None], plain: bool = True) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key=f"strip_{key}", width="content"):
        st.markdown(safe_markdown(words) if plain else words, width="content")
        if st.button(action, icon=icon, key=key, type="tertiary", on_click=act):
            st.rerun()


def _close() -> None:
    st.session_state.pop(_ENDED, None)
