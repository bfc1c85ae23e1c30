"""One look for all: what is new is noticed here once, and told to the open pages that do not show it yet.

An open page costs nothing while nothing changes. The lookout also ends a room whose presenter's page has been closed for
longer than a reload takes.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Protocol

from pages.live.push import Tab
from pages.live.rooms import RoomStore, StoreProblem

log = logging.getLogger("plro.lookout")

#: Seconds between two looks at the rooms and at the published version.
EVERY = 1.0
#: Seconds after which a page that was told, and still does not show it, is told again.
AGAIN = 15.0
#: A room whose presenter has been away for so many seconds ends.
ABANDONED = 60.0


@dataclass(frozen=True)
class Shown:
    """What a page shows of that which can change without its reader.

    ``room`` is the one that is led or was left; ``secret`` is given where it is led.
    """

    published: str | None
    room: str = ""
    secret: str = ""


class Bell(Protocol):
    """How pages are reached; ``push`` is one."""

    def is_open(self, tab: Tab) -> bool:
        """Whether there is still somebody."""

    def run_fragment(self, tabs: Iterable[Tab]) -> None:
        """Run their strips alone."""


class Watched(Protocol):
    """How those who watch are reached; the open streams are one."""

    def ring(self, code: str) -> None:
        """Let those who watch a room look at it."""

    def codes(self) -> list[str]:
        """The rooms that somebody watches."""

    def watching(self, code: str) -> int:
        """How many watch a room."""


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
        watched: Watched,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._rooms = rooms
        self._published = published
        self._bell = bell
        self._watched = watched
        self._clock = clock
        self._seats: dict[str, _Seat] = {}
        #: The last step that was seen of each room that is watched here.
        self._steps: dict[str, int] = {}
        #: When the page that leads a room was last seen open.
        self._led: dict[tuple[str, str], float] = {}
        self._lock = threading.Lock()

    def shows(self, tab: Tab, shown: Shown) -> None:
        """A page says what it shows now."""
        with self._lock:
            self._seats[tab.session] = _Seat(tab, shown)
            if shown.secret:
                self._led[shown.room, shown.secret] = self._clock()

    def opened(self, code: str, secret: str) -> None:
        """A room was opened: it ends unless a page soon says that it leads it, wherever its presenter has gone meanwhile."""
        with self._lock:
            self._led[code, secret] = self._clock()

    def is_led(self, code: str) -> bool:
        """Whether a page that is open now leads this room."""
        with self._lock:
            seats = [seat for seat in self._seats.values() if seat.shown.room == code and seat.shown.secret]
        return any(self._bell.is_open(seat.tab) for seat in seats)

    def look(self) -> None:
        """Tell every page what it does not show yet."""
        with self._lock:
            self._seats = {name: seat for name, seat in self._seats.items() if self._bell.is_open(seat.tab)}
            seats = list(self._seats.values())
        try:
            self._look_at_rooms(seats)
        except StoreProblem as problem:  # nobody can tell; the next look is in a second
            log.error("A look at live rooms failed: %s", problem)
        published = self._published()
        late = [seat for seat in seats if published not in (None, seat.shown.published)]
        self._bell.run_fragment(self._told(late))

    def _look_at_rooms(self, seats: Iterable[_Seat]) -> None:
        """End what is abandoned, and tell of what has ended or was taken a step further, at another process perhaps."""
        self._end_abandoned(seats)
        for code in {seat.shown.room for seat in seats if seat.shown.room}:
            if self._rooms.read(code) is None:
                self.ended(code)
        watched = self._watched.codes()
        steps = {code: 0 if (room := self._rooms.read(code)) is None else room.change for code in watched}
        for code, step in steps.items():
            if step == 0 or step != self._steps.get(code, step):
                self._watched.ring(code)
        self._steps = steps
        self._rooms.tell_watching({code: self._watched.watching(code) for code in watched})

    def stepped(self, code: str) -> None:
        """Tell those who watch a room of the presenter's step."""
        self._watched.ring(code)

    def ended(self, code: str) -> None:
        """Tell those who watch, led or left a room that it is over."""
        with self._lock:
            seats = [seat for seat in self._seats.values() if seat.shown.room == code]
        self._watched.ring(code)
        self._bell.run_fragment(self._told(seats))

    def keep_looking(self) -> None:
        """Look for ever; what goes wrong in one look is written down, and the next one is taken."""
        while True:
            time.sleep(EVERY)
            try:
                self.look()
            except Exception as error:
                log.error("A look for what is new failed: %s", type(error).__name__)

    def _end_abandoned(self, seats: Iterable[_Seat]) -> None:
        now = self._clock()
        with self._lock:
            for seat in seats:
                if seat.shown.secret:
                    self._led[seat.shown.room, seat.shown.secret] = now
            gone = [key for key, seen in self._led.items() if now - seen >= ABANDONED]
            for key in gone:
                del self._led[key]
        for key in gone:
            self._rooms.end(*key)

    def _told(self, seats: Iterable[_Seat]) -> list[Tab]:
        """The tabs of those who have not been told a moment ago: a run under way shows the newest state anyway."""
        now = self._clock()
        with self._lock:
            due = [seat for seat in seats if now - seat.told >= AGAIN]
            for seat in due:
                seat.told = now
        return [seat.tab for seat in due]
