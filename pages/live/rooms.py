"""Live rooms: one presenter drives, everybody who has the code watches.

A room holds what is on the presenter's screen (page, link, data version and the parts of the page) and nothing of the people
who watch.
"""

import secrets
import threading
import time
from collections.abc import Callable, Mapping
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

#: So many rooms are open at a time, and of one visitor.
MOST_ROOMS, MOST_OF_ONE = 50, 10


class RoomProblem(PlainProblem):
    """A live room cannot be opened or entered."""


class StoreProblem(RoomProblem):
    """Nobody can tell now which rooms there are."""


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
    """Where rooms live: in this process, or where several processes share them. Each method may raise :class:`StoreProblem`."""

    def open(self, scene: Scene, leader: str = "", visitor: str = "") -> tuple[str, str]:
        """A new room: its code, for everybody, and the secret with which its presenter drives it.

        Raises:
            RoomProblem: there are too many rooms, or too many of this visitor.
        """

    def read(self, code: str) -> Room | None:
        """The room's present state, nothing where there is none."""

    def drive(self, code: str, secret: str, scene: Scene) -> bool:
        """Show another scene; false where there is no such room or this is not its presenter's secret."""

    def is_led_with(self, code: str, secret: str) -> bool:
        """Whether there is such a room and this is its presenter's secret."""

    def end(self, code: str, secret: str) -> bool:
        """Close the room; false where there is no such room or this is not its presenter's secret."""

    def tell_watching(self, here: Mapping[str, int]) -> None:
        """Say how many watch each room at this process, for the presenters at others."""

    def watching_elsewhere(self, code: str) -> int:
        """How many watch a room at other processes."""


@dataclass
class _Open:
    """A room in memory."""

    secret: str
    scene: Scene
    opened: float
    driven: float
    leader: str = ""
    visitor: str = ""
    change: int = 1


class InProcessRooms:
    """Rooms in the memory of this process; they end with it."""

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        most_rooms: int = MOST_ROOMS,
        most_of_one: int = MOST_OF_ONE,
    ) -> None:
        self._clock = clock
        self._most_rooms, self._most_of_one = most_rooms, most_of_one
        self._rooms: dict[str, _Open] = {}
        self._lock = threading.Lock()

    def open(self, scene: Scene, leader: str = "", visitor: str = "") -> tuple[str, str]:
        with self._lock:
            now = self._clock()
            self._rooms = {code: room for code, room in self._rooms.items() if not _over(room, now)}
            if len(self._rooms) >= self._most_rooms:
                raise too_many_rooms()
            if sum(room.visitor == visitor for room in self._rooms.values()) >= self._most_of_one:
                raise too_many_of_one(self._most_of_one)
            code, secret = new_code(self._rooms.__contains__), secrets.token_urlsafe(24)
            self._rooms[code] = _Open(secret, scene, now, now, leader, visitor)
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

    def tell_watching(self, here: Mapping[str, int]) -> None:
        """Nobody else asks."""

    def watching_elsewhere(self, code: str) -> int:
        return 0

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


def new_code(is_taken: Callable[[str], bool]) -> str:
    """A code that no room has."""
    while True:
        code = "".join(secrets.choice(LETTERS) for _ in range(_LENGTH))
        if not is_taken(code):
            return code


def too_many_rooms() -> RoomProblem:
    return RoomProblem("Too many live rooms are open at the moment; one of them must end first.")


def too_many_of_one(most: int) -> RoomProblem:
    return RoomProblem(f"You have {most} live rooms open, as many as one visitor may; one of them must end first.")


def _over(room: _Open, now: float) -> bool:
    return now - room.driven >= IDLE or now - room.opened >= LONGEST
