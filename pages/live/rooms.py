"""Live rooms: one presenter drives, everybody who has the code watches.

A room holds what is on the presenter's screen (page, link, data version and the parts of the page) and nothing of the people
who watch.
"""

import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from pages.shared.scene import Sheet
from plro_core.problems import PlainProblem

#: Letters and digits that nobody mistakes for one another when they are read from a screen or said aloud.
LETTERS = "ABCDEFGHJKMNPQRSTVWXYZ23456789"
_LENGTH = 6

HOUR = 3600.0
IDLE = 2 * HOUR
LONGEST = 12 * HOUR


class RoomProblem(PlainProblem):
    """A live room cannot be opened or entered."""


@dataclass(frozen=True)
class Scene:
    """What is on the presenter's screen: the view as a link says it, and the parts of the page as they were drawn.

    Without a sheet the page is still being drawn for the first time.
    """

    page: str
    view: tuple[tuple[str, str], ...]
    version: str
    registry: str = ""
    sheet: Sheet | None = None


@dataclass(frozen=True)
class Room:
    """A room as a watcher finds it; ``change`` counts its scenes, ``leader`` is how the presenter wants to be called."""

    code: str
    change: int
    scene: Scene
    leader: str = ""


class RoomStore(Protocol):
    """Where rooms live. Figures are drawn from a scene when the first watcher asks, in this process: several replicas would
    send the watchers of a room to the one that holds it.
    """

    def open(self, scene: Scene, leader: str = "") -> tuple[str, str]:
        """A new room: its code, for everybody, and the secret with which its presenter drives it.

        Raises:
            RoomProblem: there are too many rooms.
        """

    def read(self, code: str) -> Room | None:
        """The room's present state, nothing where there is none."""

    def drive(self, code: str, secret: str, scene: Scene) -> bool:
        """Show another scene; false where there is no such room or this is not its presenter's secret."""

    def is_led_with(self, code: str, secret: str) -> bool:
        """Whether there is such a room and this is its presenter's secret."""

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


class InProcessRooms:
    """Rooms in the memory of this process; they end with it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, most_rooms: int = 50) -> None:
        self._clock = clock
        self._most_rooms = most_rooms
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

    def read(self, code: str) -> Room | None:
        with self._lock:
            room = self._living(code)
            return None if room is None else Room(code, room.change, room.scene, room.leader)

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

    def is_led_with(self, code: str, secret: str) -> bool:
        with self._lock:
            return self._own(code, secret) is not None

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
        return room if room is not None and secrets.compare_digest(room.secret.encode(), secret.encode()) else None


def _over(room: _Open, now: float) -> bool:
    return now - room.driven >= IDLE or now - room.opened >= LONGEST
