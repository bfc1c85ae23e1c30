"""Whose turn it is to compute.

A run of a page begins young: a few young ones are computed at the same time, in the order in which they come. One that has
used more of the processor than a cheap page needs is long: at its next piece of computing it stands back, and of the long
ones one is computed at a time, that which has used least first, and only while no young one is. So a cheap page never waits
for a dear one, however many are asked for, and nobody must say beforehand what is dear.

All waiting is bounded: whoever has not come back to a next piece of computing for a while, because it is long or because it
waits for something else, no longer counts.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import streamlit as st

from plro_core import pace

#: So many young runs are computed at once.
YOUNG_AT_ONCE = 3
#: Seconds of processor time after which a run is long; a cheap page needs less.
LONG = 0.06
#: Seconds of processor time that a long run may use before another long one has its turn.
SLICE = 0.25
#: Seconds after which a run that has not come back counts no more, a young and a long one.
AWAY, LONG_AWAY = 0.5, 3.0
#: Seconds that a long run waits for young ones, each time that it comes back.
PATIENCE = 0.1
#: Seconds between two looks whether a run that waits is still wanted.
LOOKING = 0.1


@dataclass(eq=False)
class Run:
    """One run of a page. ``worked`` is the processor time that it has used so far, ``until`` the end of its slice."""

    worked: float = 0.0
    until: float = 0.0
    #: When it last came to a piece of computing, or began to wait.
    seen: float = 0.0
    #: Whether it has waited for young ones in this slice, and does so no more.
    has_waited: bool = False
    #: Set when it may compute.
    go: threading.Event = field(default_factory=threading.Event)

    @property
    def long(self) -> bool:
        return self.worked >= LONG


class Line:
    """Who computes and who waits, and whose turn is next; ``now`` is the time in seconds."""

    def __init__(self) -> None:
        self.computing: set[Run] = set()
        self.waiting: list[Run] = []

    def wait(self, run: Run, now: float) -> None:
        """A run wants to compute: it begins at once if it is its turn."""
        run.seen, run.has_waited = now, False
        run.go.clear()
        self.computing.discard(run)
        self.waiting.append(run)
        self.let_go(now)

    def come_back(self, run: Run, worked: float, now: float) -> None:
        """A run comes to its next piece of computing, after so much work: it goes on, or stands back and waits."""
        run.worked, run.seen = worked, now
        if run.long and (run.worked >= run.until or not self._is_free(run, now)):
            self.wait(run, now)

    def leave(self, run: Run, now: float) -> None:
        """A run has ended, or waits no more."""
        self.computing.discard(run)
        if run in self.waiting:
            self.waiting.remove(run)
        self.let_go(now)

    def let_go(self, now: float) -> None:
        """All whose turn it is now compute: the young in the order in which they came, then the long that worked least."""
        for run in sorted(self.waiting, key=lambda run: run.worked if run.long else 0.0):
            if self._is_free(run, now):
                run.until, run.has_waited, run.seen = run.worked + SLICE, now - run.seen >= PATIENCE, now
                self.waiting.remove(run)
                self.computing.add(run)
                run.go.set()

    def _is_free(self, run: Run, now: float) -> bool:
        """Whether it may compute now, besides those that do."""
        others = [other for other in self.computing if other is not run and not _is_away(other, now)]
        young = sum(not other.long for other in others)
        if not run.long:
            return young < YOUNG_AT_ONCE
        return len(others) == young and (young == 0 or run.has_waited or now - run.seen >= PATIENCE)


def _is_away(run: Run, now: float) -> bool:
    return now - run.seen >= (LONG_AWAY if run.long else AWAY)


class Turns:
    """The line of all runs of this server. Safe to share between threads.

    ``clock`` tells the time, ``worked`` the processor time of the thread that asks.
    """

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, worked: Callable[[], float] = time.thread_time
    ) -> None:
        self._clock, self._worked = clock, worked
        self._lock = threading.Lock()
        self._line = Line()

    @contextmanager
    def run(self, still_wanted: Callable[[], None] = lambda: None) -> Iterator[None]:
        """Take part within: begin when it is this run's turn, and stand back for others before pieces of computing.

        ``still_wanted`` is called before each of them, and while it waits; what it raises ends the run.
        """
        run, began = Run(), self._worked()

        def come_back() -> None:
            still_wanted()
            with self._lock:
                self._line.come_back(run, self._worked() - began, self._clock())
            self._wait(run, still_wanted)

        try:
            with self._lock:
                self._line.wait(run, self._clock())
            self._wait(run, still_wanted)
            with pace.paced(come_back, lambda: self._aside(run, still_wanted)):
                yield
        finally:
            with self._lock:
                self._line.leave(run, self._clock())

    @contextmanager
    def _aside(self, run: Run, still_wanted: Callable[[], None]) -> Iterator[None]:
        """Give the turn back within, and take part again afterwards; a run that ends within does not wait for it."""
        with self._lock:
            self._line.leave(run, self._clock())
        yield
        with self._lock:
            self._line.wait(run, self._clock())
        self._wait(run, still_wanted)

    def _wait(self, run: Run, still_wanted: Callable[[], None]) -> None:
        while not run.go.wait(LOOKING):
            still_wanted()
            with self._lock:
                self._line.let_go(self._clock())


@st.cache_resource(show_spinner=False)
def _turns() -> Turns:
    return Turns()


@contextmanager
def turn() -> Iterator[None]:
    """Take part with a run of a page. Whoever asks for another view meanwhile ends it at its next piece of computing."""
    with _turns().run(end_if_superseded):
        yield


@contextmanager
def beside(still_wanted: Callable[[], None]) -> Iterator[None]:
    """Take part with work that a thread does for a run, which gives its own turn back meanwhile (:func:`plro_core.pace.aside`)."""
    with _turns().run(still_wanted):
        yield


def end_if_superseded() -> None:
    """End a run whose session has asked for another, or is gone: Streamlit does it whenever the session's state is touched."""
    "superseded" in st.session_state  # noqa: B015
