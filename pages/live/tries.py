"""How often somebody may guess the code of a live room, and who that somebody is.

Only codes that lead nowhere are counted, each once: a thousand people who come back to a room that has ended try one code, and
whoever has a right code is never counted.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Protocol

from pages.live.rooms import Room, RoomProblem

#: Seconds for which a wrong code is remembered.
MINUTE = 60.0
#: So many wrong codes a minute are one visitor's mistakes, and those of all visitors; more is guessing.
MOST_OF_ONE = 10
MOST_IN_ALL = 100


class Wrong(Protocol):
    """Where the wrong codes of the last minute are kept; ``now`` is the time in seconds."""

    def recent(self, now: float) -> Sequence[tuple[str, str]]:
        """Who tried which codes."""

    def add(self, now: float, visitor: str, code: str, of_one: int, in_all: int) -> bool:
        """One more; false if there are so many of the visitor, or in all, already."""


class WrongHere:
    """The wrong codes that were tried at this process."""

    def __init__(self) -> None:
        #: When, by whom, which code; never more than are allowed in all.
        self._kept: deque[tuple[float, str, str]] = deque()
        self._lock = threading.Lock()

    def recent(self, now: float) -> Sequence[tuple[str, str]]:
        with self._lock:
            while self._kept and now - self._kept[0][0] >= MINUTE:
                self._kept.popleft()
            return [(visitor, code) for _, visitor, code in self._kept]

    def add(self, now: float, visitor: str, code: str, of_one: int, in_all: int) -> bool:
        with self._lock:
            if len(self._kept) >= in_all or sum(who == visitor for _, who, _ in self._kept) >= of_one:
                return False
            self._kept.append((now, visitor, code))
            return True


class Tries:
    """The wrong codes of the last minute. Safe to share between threads."""

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        of_one: int = MOST_OF_ONE,
        in_all: int = MOST_IN_ALL,
        wrong: Wrong | None = None,
    ) -> None:
        self._clock = clock
        self._of_one, self._in_all = of_one, in_all
        self._wrong: Wrong = WrongHere() if wrong is None else wrong

    def room(self, code: str, visitor: str, read: Callable[[str], Room | None]) -> Room | None:
        """The room of a code that a visitor names; None if there is none.

        Raises:
            RoomProblem: too many wrong codes were tried; even a right one is not told from them then.
        """
        now = self._clock()
        tried = self._wrong.recent(now)
        if any(wrong == code for _, wrong in tried):
            return read(code)
        if len(tried) >= self._in_all or sum(who == visitor for who, _ in tried) >= self._of_one:
            raise _too_many()
        room = read(code)
        if room is None and not self._wrong.add(now, visitor, code, self._of_one, self._in_all):
            raise _too_many()
        return room


def _too_many() -> RoomProblem:
    return RoomProblem("Too many codes of live rooms were tried; try again in a minute.")


def visitor(address: str | None) -> str:
    """Who asks, as far as limits are concerned, from a network address; without one it is this machine.

    Of an IPv6 address the network counts, since whoever has one has all of its addresses.
    """
    try:
        found = ip_address(address or "::1")
    except ValueError:  # a test client, or a Unix socket, has a name of its own
        return address or ""
    if isinstance(found, IPv6Address):
        found = found.ipv4_mapped or found
    if found.is_loopback:
        return "this machine"
    return str(ip_network((found, 64), strict=False) if isinstance(found, IPv6Address) else found)
