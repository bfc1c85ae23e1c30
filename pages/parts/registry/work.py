"""What the parts of the Registry page share: the published version, and long work that shows how far it is and can be stopped."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Any, TypeVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.live import turns
from pages.shared import registries, session, visitor
from plro_core import confined, pace
from plro_core.progress import StoppedWork
from plro_core.store import Registry, published_version
from plro_core.text import safe_markdown

T = TypeVar("T")

_SAID = "registry_said"
#: Where the name of whoever works here is remembered for the session.
WHO = visitor.TYPED
#: Work that ends sooner than this many seconds shows no bar.
_SHORT = 0.5
_GLANCE = 0.25


def published() -> Registry | None:
    """The published version, which new files are put on top of; nothing where nothing is published yet.

    Raises:
        RegistryProblem: there is one, and it cannot be read.
    """
    folder = registries.folder()
    version = published_version(folder)
    if version is None:
        return None
    shown = viewed()
    return shown.registry if shown and shown.registry.version == version else registries.load(str(folder), version)


def viewed() -> session.View | None:
    """The view of this run; nothing where the registry holds no version to look at."""
    try:
        return session.view()
    except LookupError:
        return None


def say(kind: str, sentence: str) -> None:
    """Say something in the next run (for callbacks)."""
    st.session_state[_SAID] = (kind, sentence)


def said() -> None:
    """What the last click led to, once."""
    kind, sentence = st.session_state.pop(_SAID, ("", ""))
    if kind == "error":
        st.error(safe_markdown(sentence), icon=":material/error:")
    elif sentence:
        st.success(safe_markdown(sentence), icon=":material/check:")


@dataclass
class Told:
    """How far a piece of work is, and whether its answer is still wanted."""

    share: float = 0.0
    words: str = ""
    wanted: bool = True
    #: The processes in which it has files read.
    readers: confined.Readers = field(default_factory=confined.Readers)

    def progress(self, share: float, words: str) -> bool:
        """Note how far the work is, and answer whether to go on; called from the work's own thread. Others may go first here."""
        self.share, self.words = share, words
        pace.pause()
        return self.wanted

    def end_if_unwanted(self) -> None:
        """
        Raises:
            StoppedWork: nobody waits for the answer.
        """
        if not self.wanted:
            raise StoppedWork("Stopped; nothing was stored.")

    def end(self) -> None:
        """Its answer is no longer wanted: it stops where it next looks, and what it has read elsewhere ends at once."""
        self.wanted = False
        self.readers.end()


def patiently(slot: str, key: str, words: str, work: Callable[[Told], T]) -> T | None:
    """The answer of work that may take long, kept in the session until ``key`` changes; nothing once it was stopped.

    The work has a thread of its own and must not draw. A click anywhere breaks this run off; the work is then told that
    its answer is no longer wanted, and the processes that read files for it are ended.
    """
    held = st.session_state.get(slot)
    if held is not None and held[0] == key:
        answer: T = held[1]
        return answer
    if st.session_state.get(f"{slot}_stopped") == key:
        with st.container(horizontal=True, vertical_alignment="center", key=f"stopped_{slot}"):
            st.caption(f"{words}: stopped.")
            st.button("Go on", key=f"go_on_{slot}", on_click=st.session_state.pop, args=(f"{slot}_stopped",))
        return None
    forget(slot)
    answer = _waited_for(slot, key, words, work)
    st.session_state[slot] = (key, answer)
    return answer


def _waited_for(slot: str, key: str, words: str, work: Callable[[Told], T]) -> T:
    told, place = Told(), st.empty()
    pool = ThreadPoolExecutor(max_workers=1)
    try:
        with pace.aside():  # the work takes part in its own name
            future = pool.submit(_at_work, work, told)
            _show_progress(slot, key, words, told, future, place)
    finally:
        told.end()
        pool.shutdown(wait=False)
    place.empty()
    return future.result()


def _show_progress(slot: str, key: str, words: str, told: Told, future: "Future[Any]", place: DeltaGenerator) -> None:
    """Wait until the work has ended; once it takes long, with a bar and a way to stop it."""
    if wait([future], timeout=_SHORT).done:
        return
    with place.container(horizontal=True, vertical_alignment="center", key=f"working_{slot}"):
        bar = st.progress(0.0, words, width="stretch")
        st.button("Stop", key=f"stop_{slot}", on_click=_stop, args=(slot, key))
    while not wait([future], timeout=_GLANCE).done:
        bar.progress(min(told.share, 1.0), f"{words}: {told.words}" if told.words else words)


def _at_work(work: Callable[[Told], T], told: Told) -> T:
    with turns.beside(told.end_if_unwanted), told.readers.at_work():
        return work(told)


def _stop(slot: str, key: str) -> None:
    forget(slot)
    st.session_state[f"{slot}_stopped"] = key


def forget(slot: str) -> None:
    """Keep neither an answer nor that the work for it was stopped."""
    st.session_state.pop(slot, None)
    st.session_state.pop(f"{slot}_stopped", None)
