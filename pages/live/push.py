"""Runs the strip of another session's page, so that it shows what is new without having asked.

Streamlit runs a page when its browser asks, and has no public call for a server that wants to. What is used here of its
inner parts (a session's ``request_rerun``, the identity of the run and fragment in progress) is used in this module
alone, and is looked for when the server starts: with a Streamlit that does not have them nothing is pushed, and open
pages look for themselves every few seconds instead.
"""

import asyncio
import logging
from collections.abc import Iterable
from dataclasses import dataclass

from streamlit import runtime
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.runtime.scriptrunner import get_script_run_ctx

log = logging.getLogger("plro.push")

_loop: asyncio.AbstractEventLoop | None = None


@dataclass(frozen=True)
class Tab:
    """Where a session can be reached: what its browser would send to ask for the same run again."""

    session: str
    state: ClientState
    fragment: str


def serve(loop: asyncio.AbstractEventLoop | None) -> None:
    """Push on this loop, the server's own, from now on; on none where Streamlit has not what it takes."""
    global _loop
    _loop = loop if loop is not None and streamlit_is_known() else None


def ready() -> bool:
    """Whether open pages can be reached."""
    return _loop is not None


def here() -> Tab | None:
    """The tab of the fragment that runs now; nothing where it could not be reached later."""
    context = get_script_run_ctx() if ready() else None
    if context is None:
        return None
    try:
        from streamlit.runtime.scriptrunner_utils.script_run_context import ThreadState

        state = ClientState(query_string=context.query_string, page_script_hash=context.page_script_hash)
        if context.context_info is not None:
            state.context_info.CopyFrom(context.context_info)
        return Tab(context.session_id, state, ThreadState.get().fragment_id or "")
    except (AttributeError, ImportError, TypeError):
        log.warning("This Streamlit does not say which run is in progress; open pages look for themselves.")
        serve(None)
        return None


def is_open(tab: Tab) -> bool:
    """Whether the session's browser is connected."""
    return runtime.exists() and runtime.get_instance().is_active_session(tab.session)


def run_fragment(tabs: Iterable[Tab]) -> None:
    """Run the fragment alone from which these tabs are known."""
    _ask((tab.session, asking_fragment(tab)) for tab in tabs)


def asking_fragment(tab: Tab) -> ClientState:
    """What the tab's browser would send to run its fragment."""
    state = ClientState()
    state.CopyFrom(tab.state)
    state.fragment_id = tab.fragment
    state.is_auto_rerun = True
    return state


def _ask(asked: Iterable[tuple[str, ClientState]]) -> None:
    if _loop is None:
        return
    try:
        _loop.call_soon_threadsafe(_deliver, list(asked))
    except RuntimeError:  # the server is about to end
        serve(None)


def _deliver(asked: list[tuple[str, ClientState]]) -> None:
    """On the server's loop, where alone sessions may be touched."""
    for name, state in asked:
        session = runtime.get_instance().get_app_session(name)
        if session is not None:
            session.request_rerun(state)


def streamlit_is_known() -> bool:
    """Whether the installed Streamlit has what is used here."""
    try:
        from streamlit.runtime.app_session import AppSession
    except ImportError:
        return False
    fields = {"query_string", "page_script_hash", "fragment_id", "is_auto_rerun", "context_info"}
    return (
        fields <= set(ClientState.DESCRIPTOR.fields_by_name)
        and callable(getattr(AppSession, "request_rerun", None))
        and callable(getattr(runtime.Runtime, "get_app_session", None))
        and callable(getattr(runtime.Runtime, "is_active_session", None))
    )
