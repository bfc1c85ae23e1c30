"""One look for all: what is new is noticed here once, and pushed to the open pages that do not show it yet.

An open page costs nothing while nothing changes. The rooms are asked through their store, so that steps taken on
another replica of the server are noticed too.
"""

import logging
import threading
import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from typing import Protocol

from pages.live.push import Tab
from pages.live.rooms import Room, RoomProblem, RoomStore

log = logging.getLogger("plro.lookout")

#: Seconds between two looks at the rooms and at the published version.
EVERY = 1.0
#: Seconds after which a page that was told, and still does not show it, is told again.
AGAIN = 15.0


@dataclass(frozen=True)
class Shown:
    """What a page shows of that which can change without its reader.

    ``room`` is the one that is followed, led or left; ``watcher`` and ``change`` are given where it is followed.
    """

    published: str | None
    room: str = ""
    watcher: str = ""
    change: int = 0


class Bell(Protocol):
    """How pages are reached; ``push`` is one."""

    def is_open(self, tab: Tab) -> bool:
        """Whether there is still somebody."""

    def run_page(self, tabs: Iterable[Tab], page: str) -> None:
        """Run this page in these tabs."""

    def run_fragment(self, tabs: Iterable[Tab]) -> None:
        """Run their strips alone."""


@dataclass
class _Seat:
    tab: Tab
    shown: Shown
    told: float = field(default=float("-inf"))


class Lookout:
    """Who shows what, and who has to be told."""

    def __init__(
        self,
        rooms: RoomStore,
        published: Callable[[], str | None],
        bell: Bell,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._rooms = rooms
        self._published = published
        self._bell = bell
        self._clock = clock
        self._seats: dict[str, _Seat] = {}
        self._lock = threading.Lock()

    def shows(self, tab: Tab, shown: Shown) -> None:
        """A page says what it shows now."""
        with self._lock:
            self._seats[tab.session] = _Seat(tab, shown)

    def look(self) -> None:
        """Tell every page what it does not show yet."""
        with self._lock:
            self._seats = {name: seat for name, seat in self._seats.items() if self._bell.is_open(seat.tab)}
            seats = list(self._seats.values())
        for code in {seat.shown.room for seat in seats if seat.shown.room}:
            self.look_into(code)
        published = self._published()
        late = [s for s in seats if not s.shown.watcher and published not in (None, s.shown.published)]
        self._bell.run_fragment(self._told(late))

    def look_into(self, code: str) -> None:
        """Tell those who follow, led or left this room what they do not show yet."""
        with self._lock:
            seats = [seat for seat in self._seats.values() if seat.shown.room == code]
        room = self._read(code, [seat.shown.watcher for seat in seats if seat.shown.watcher])
        if room is None:
            self._bell.run_fragment(self._told(seats))
        else:
            late = [seat for seat in seats if seat.shown.watcher and seat.shown.change != room.change]
            self._bell.run_page(self._told(late), room.scene.page)

    def keep_looking(self) -> None:
        """Look for ever; what goes wrong in one look is written down, and the next one is taken."""
        while True:
            time.sleep(EVERY)
            try:
                self.look()
            except Exception as error:
                log.error("A look for what is new failed: %s", type(error).__name__)

    def _read(self, code: str, watchers: Collection[str]) -> Room | None:
        try:
            return self._rooms.read(code, *watchers)
        except RoomProblem:  # more than may watch: those who are in stay in
            return self._rooms.read(code)

    def _told(self, seats: Iterable[_Seat]) -> list[Tab]:
        """The tabs of those who have not been told a moment ago: a run under way shows the newest state anyway."""
        now = self._clock()
        with self._lock:
            due = [seat for seat in seats if now - seat.told >= AGAIN]
            for seat in due:
                seat.told = now
        return [seat.tab for seat in due]
