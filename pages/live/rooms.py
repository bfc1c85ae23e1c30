"""Live rooms: one presenter drives, everybody who has the code follows.

A room holds what is on the presenter's screen (page, link, data version) and nothing of the people who watch: a watcher
is a random number that is forgotten a few seconds after it was last seen.
"""

import secrets
import threading
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Protocol

from plro_core.problems import PlainProblem

#: Letters and digits that nobody mistakes for one another when they are read from a screen or said aloud.
LETTERS = "ABCDEFGHJKMNPQRSTVWXYZ23456789"
_LENGTH = 6

HOUR = 3600.0
IDLE = 2 * HOUR
LONGEST = 12 * HOUR
#: A watcher who has not asked for this many seconds has gone.
GONE = 6.0


class RoomProblem(PlainProblem):
    """A live room cannot be opened or entered."""


@dataclass(frozen=True)
class Scene:
    """What is on the presenter's screen."""

    page: str
    view: tuple[tuple[str, str], ...]
    version: str
    registry: str = ""


@dataclass(frozen=True)
class Room:
    """A room as a watcher finds it; ``change`` counts its scenes, ``leader`` is how the presenter wants to be called."""

    code: str
    change: int
    scene: Scene
    watching: int
    leader: str = ""


class RoomStore(Protocol):
    """Where rooms live. One process keeps them in memory; several would share a store of the same form."""

    def open(self, scene: Scene, leader: str = "") -> tuple[str, str]:
        """A new room: its code, for everybody, and the secret with which its presenter drives it.

        Raises:
            RoomProblem: there are too many rooms.
        """

    def read(self, code: str, *watchers: str) -> Room | None:
        """The room's present state, nothing where there is none; its ``watchers`` are counted.

        Raises:
            RoomProblem: too many watch already.
        """

    def drive(self, code: str, secret: str, scene: Scene) -> bool:
        """Show another scene; false where there is no such room or this is not its presenter's secret."""

    def end(self, code: str, secret: str) -> bool:
        """Close the room; false where there is no such room or this is not its presenter's secret."""


@dataclass
class _Open:
    """A room in memory."""

    secret: str
    scene: Scene
    opened: float
    driven: float
    leader: str = ""
    change: int = 1
    seen: dict[str, float] = field(default_factory=dict)


class InProcessRooms:
    """Rooms in the memory of this process; they end with it."""

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, most_rooms: int = 50, most_watchers: int = 500
    ) -> None:
        self._clock = clock
        self._most_rooms = most_rooms
        self._most_watchers = most_watchers
        self._rooms: dict[str, _Open] = {}
        self._lock = threading.Lock()

    def open(self, scene: Scene, leader: str = "") -> tuple[str, str]:
        with self._lock:
            now = self._clock()
            self._rooms = {code: room for code, room in self._rooms.items() if not _over(room, now)}
            if len(self._rooms) >= self._most_rooms:
                raise RoomProblem("Too many live rooms are open at the moment; one of them must end first.")
            code, secret = self._new_code(), secrets.token_urlsafe(24)
            self._rooms[code] = _Open(secret, scene, now, now, leader)
            return code, secret

    def read(self, code: str, *watchers: str) -> Room | None:
        with self._lock:
            room = self._living(code)
            if room is None:
                return None
            self._count(room, watchers)
            return Room(code, room.change, room.scene, len(room.seen), room.leader)

    def drive(self, code: str, secret: str, scene: Scene) -> bool:
        with self._lock:
            room = self._own(code, secret)
            if room is None:
                return False
            room.driven = self._clock()
            if room.scene != scene:
                room.scene = scene
                room.change += 1
            return True

    def end(self, code: str, secret: str) -> bool:
        with self._lock:
            if self._own(code, secret) is None:
                return False
            del self._rooms[code]
            return True

    def _new_code(self) -> str:
        while True:
            code = "".join(secrets.choice(LETTERS) for _ in range(_LENGTH))
            if code not in self._rooms:
                return code

    def _living(self, code: str) -> _Open | None:
        """The room, where it has not ended by itself."""
        room = self._rooms.get(code)
        if room is not None and _over(room, self._clock()):
            del self._rooms[code]
            return None
        return room

    def _own(self, code: str, secret: str) -> _Open | None:
        """The room, for its presenter only."""
        room = self._living(code)
        return room if room is not None and secrets.compare_digest(room.secret, secret) else None

    def _count(self, room: _Open, watchers: Collection[str]) -> None:
        now = self._clock()
        room.seen = {known: when for known, when in room.seen.items() if now - when < GONE}
        room.seen |= {watcher: now for watcher in watchers if watcher in room.seen}
        for watcher in watchers:
            if watcher not in room.seen and len(room.seen) >= self._most_watchers:
                raise RoomProblem("This live room is full.")
            room.seen[watcher] = now


def _over(room: _Open, now: float) -> bool:
    return now - room.driven >= IDLE or now - room.opened >= LONGEST
