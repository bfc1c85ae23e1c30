"""What changes on the screen while nobody touches it: a live room that others watch, and newly published data."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from html import escape

import streamlit as st
from streamlit.runtime.scriptrunner import StopException

from pages.live import keys, push
from pages.live.here import lookout, published_versions, rooms, streams, tickets, tries
from pages.live.lookout import Shown
from pages.live.rooms import RoomProblem, Scene, StoreProblem
from pages.live.tries import visitor
from pages.shared import part, qr, registries, scene, session
from pages.shared.identity import configured
from pages.shared.visitor import identified, sees_rows, why_not_whole
from plro_core.text import safe_markdown

_NAME = "leader_name"
_LONGEST_NAME = 40

#: Seconds between two looks of a page itself. Where news is pushed, only the count of those who watch is asked for, and
#: the rest is a net in case that something is lost; it is spread out, so that a hundred pages do not ask at once.
_LEADING, _PUSHED, _OTHERWISE = 4.0, 60.0, 4.0


# Presenting


def resume() -> None:
    """At the start of a session: lead the room on that this browser's tab led before it was reloaded.

    Only the browser that opened the room has its key, and no tab takes the lead while another has it; nor does somebody else who
    has logged in at that browser since.
    """
    mine = part.part()
    if mine.began:
        return
    mine.began = True
    key = keys.read(str(st.context.cookies.get(keys.COOKIE) or ""))
    with suppress(StoreProblem):  # whether it is led nobody can tell now
        if key is not None and rooms().is_led_with(*key) and not lookout().is_led(key[0]) and _is_hers(key[0]):
            mine.leads = key


def _is_hers(code: str) -> bool:
    """Whether a room is led in the name of whoever is logged in; without a login the key alone counts."""
    room = rooms().read(code)
    return not configured() or (room is not None and room.leader == identified() != "")


def lead(page: str, view: session.View) -> None:
    """Before the page is drawn: open the room that was asked for, and notice that one has ended. A session leads one room.

    Raises:
        RoomProblem: no further room can be opened.
    """
    mine = part.part()
    if mine.opens is not None:
        leader, mine.opens = mine.opens, None
        _end()
        mine.leads = rooms().open(_scene(page, view, registries.name()), leader, visitor(st.context.ip_address))
        lookout().opened(*mine.leads)
        mine.ticket = tickets().issue(mine.leads)
    elif mine.leads and not rooms().is_led_with(*mine.leads):
        mine.leads, mine.ended = None, True


@contextmanager
def shown_to_watchers(page: str) -> Iterator[None]:
    """Draw a page within; once it is drawn, what it has written down is shown to whoever watches.

    A page may end before its last line (``st.stop``), as one figure on the whole screen does, and is drawn then. From there on
    nothing of the session's state can be asked for, so it is asked for before.
    """
    mine, registry = part.part(), registries.name()
    scene.begin(session.view())
    try:
        yield
    except StopException:
        _publish(mine, page, registry)
        raise
    _publish(mine, page, registry)


def _publish(mine: part.Part, page: str, registry: str) -> None:
    with suppress(StoreProblem):  # the presenter is told by her next run
        if mine.leads and rooms().drive(*mine.leads, _scene(page, session.view(), registry)):
            lookout().stepped(mine.leads[0])


def _scene(page: str, view: session.View, registry: str) -> Scene:
    return Scene(page, view.pairs, view.registry.version, registry, scene.written())


def share() -> None:
    """In the Share popover: open a room, or the way into the one that is open."""
    address = session.room_address()
    if refused := why_not_whole():
        st.caption(safe_markdown(refused))
    elif address is None:
        st.caption("Live: others follow every change on your screen.")
        if called := identified():
            st.caption(f"They see that {safe_markdown(called)} leads.")
        else:
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
    leader = identified() or " ".join(str(st.session_state.get(_NAME) or "").split())[:_LONGEST_NAME]
    mine = part.part()
    if sees_rows() and not why_not_whole():
        mine.left, mine.ended, mine.opens = None, False, leader


def _end() -> None:
    mine = part.part()
    if mine.leads:
        (code, secret), mine.leads = mine.leads, None
        with suppress(StoreProblem):  # the lookout ends it, as it ends what was abandoned
            rooms().end(code, secret)
        lookout().ended(code)


# The strip at the bottom of the screen


def strip(view: session.View) -> None:
    """Say what is live; the strip is a fragment, so that it can say something new without a run of the page."""
    with st.container(key="live"):
        st.fragment(_pulse, run_every=_rhythm(part.part().leads is not None))(view.registry.version)


def _rhythm(leads: bool) -> float:
    """Seconds until the page looks for itself."""
    if leads:
        return _LEADING
    return (_PUSHED if push.ready() else _OTHERWISE) * random.uniform(0.8, 1.2)  # noqa: S311  (no secret)


def _pulse(version: str) -> None:
    """What the strip says now; this runs without the frame, which asks of pages whether somebody may see rows."""
    if not sees_rows():
        return
    mine = part.part()
    published = registries.published_version()
    left = _left(mine)
    _be_told(mine, published_versions(), left)
    if mine.leads:
        _leading(mine, *mine.leads)
    elif left:
        _on_your_own(left)
    elif mine.ended:
        _say("The live room has ended.", "Close", ":material/close:", "close_ended", _close)
    if published not in (None, version):
        words = f"The registry stands at data {published}; this is {version}."
        _say(words, "Update", ":material/sync:", "update_data", lambda: registries.use_version(str(published)))


def _left(mine: part.Part) -> str:
    """The code of the room that this session left; empty if there is none. A link may name any code, so it counts as a try, and
    what leads nowhere is forgotten.
    """
    if not mine.left:
        return ""
    try:
        room = tries().room(mine.left, visitor(st.context.ip_address), rooms().read)
    except RoomProblem:
        return ""
    if room is None:
        mine.left = None
    return mine.left or ""


def _be_told(mine: part.Part, published: str | None, left: str) -> None:
    """Let the lookout know what this page shows, and where it can be reached with what is new."""
    tab = push.here()
    if tab is not None:
        code, secret = mine.leads or (left, "")
        lookout().shows(tab, Shown(published, code, secret))


def _leading(mine: part.Part, code: str, secret: str) -> None:
    try:
        if not rooms().is_led_with(code, secret):
            st.rerun()
        watching = streams().watching(code) + rooms().watching_elsewhere(code)
    except StoreProblem as problem:
        st.caption(safe_markdown(str(problem)))
        return
    words = f"**Live room {code}** · {watching} watching"
    _say(words, "End", ":material/stop_circle:", "end_room", _end, plain=False)
    if mine.ticket and tickets().waits(mine.ticket):
        st.html(f'<img src="watch/keep/{escape(mine.ticket)}" alt="" width="1" height="1">')


def _on_your_own(code: str) -> None:
    """Whoever left the room to explore is a link away from it."""
    with st.container(horizontal=True, vertical_alignment="center", key="strip_rejoin_room", width="content"):
        st.markdown("You explore on your own.", width="content")
        st.html(
            f'<a style="color: inherit" href="{escape(session.room_link(code))}">Rejoin the live room</a>',
            width="content",
        )


def _say(words: str, action: str, icon: str, key: str, act: Callable[[], None], plain: bool = True) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key=f"strip_{key}", width="content"):
        st.markdown(safe_markdown(words) if plain else words, width="content")
        if st.button(action, icon=icon, key=key, type="tertiary", on_click=act):
            st.rerun()


def _close() -> None:
    part.part().ended = False
