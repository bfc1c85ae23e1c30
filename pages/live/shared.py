"""Rooms, wrong codes and counts of watchers that several processes share: one small database in a folder of theirs.

Processes of one machine, behind one proxy. The database holds open rooms and nothing that is missed when it is removed; the
secret of a room stands in it as a checksum alone.
"""

import os
import secrets
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from pages.live import written
from pages.live.rooms import (
    IDLE,
    LONGEST,
    MOST_OF_ONE,
    MOST_ROOMS,
    Room,
    Scene,
    StoreProblem,
    new_code,
    too_many_of_one,
    too_many_rooms,
)
from pages.live.tries import MINUTE

FILE = "rooms.sqlite"
#: The folder that the processes share.
VARIABLE = "PLRO_SHARED"
_FORM = 1
#: Seconds that one process waits for another to write.
_PATIENCE = 2.0
#: Seconds after which the watchers that a process told of count no more, unless it tells of them again.
STALE = 15.0
_TABLES = (
    """CREATE TABLE IF NOT EXISTS rooms (
        code TEXT PRIMARY KEY, secret TEXT NOT NULL, scene TEXT NOT NULL, change INTEGER NOT NULL,
        opened REAL NOT NULL, driven REAL NOT NULL, leader TEXT NOT NULL, visitor TEXT NOT NULL) STRICT""",
    "CREATE TABLE IF NOT EXISTS wrong (at REAL NOT NULL, visitor TEXT NOT NULL, code TEXT NOT NULL) STRICT",
    """CREATE TABLE IF NOT EXISTS watching (
        process TEXT NOT NULL, code TEXT NOT NULL, n INTEGER NOT NULL, told REAL NOT NULL,
        PRIMARY KEY (process, code)) STRICT""",
)
_LIVING = "driven > :now - :idle AND opened > :now - :longest"
_FORGET = f"DELETE FROM rooms WHERE NOT ({_LIVING})"  # noqa: S608  (our own words, here and below)
_CHANGE = f"SELECT change FROM rooms WHERE code = :code AND {_LIVING}"  # noqa: S608
_LED = f"SELECT 1 FROM rooms WHERE code = :code AND secret = :secret AND {_LIVING}"  # noqa: S608
_DRIVE = f"""UPDATE rooms SET driven = :now, change = change + (scene <> :scene), scene = :scene
    WHERE code = :code AND secret = :secret AND {_LIVING}"""  # noqa: S608


class Shared:
    """The database, as one process uses it from all its threads.

    Raises:
        StoreProblem: the folder or the database cannot be used.
    """

    def __init__(self, folder: Path) -> None:
        self._writes, self._reads = threading.Lock(), threading.Lock()
        with _told(None):
            path = folder / FILE
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
            # Two connections, so that who reads never waits for who writes.
            self._writer, self._reader = (
                sqlite3.connect(path, timeout=_PATIENCE, isolation_level=None, check_same_thread=False)
                for _ in range(2)
            )
            for statement in ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=NORMAL"):
                self._writer.execute(statement)
            form = self._writer.execute("PRAGMA user_version").fetchone()[0]
        if form not in (0, _FORM):
            raise StoreProblem(f"{FILE} is of another release (form {form}); expected form {_FORM}.")
        with self.writing() as database:
            for statement in (*_TABLES, f"PRAGMA user_version={_FORM}"):
                database.execute(statement)

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One writer of all processes: what is done within is done whole, or not at all."""
        with self._writes, _told(self._writer):
            self._writer.execute("BEGIN IMMEDIATE")
            yield self._writer
            self._writer.execute("COMMIT")

    def rows(self, sql: str, values: Mapping[str, object]) -> list[tuple[object, ...]]:
        """The rows that a question finds."""
        with self._reads, _told(None):
            return self._reader.execute(sql, values).fetchall()

    def close(self) -> None:
        """Let the database go."""
        with self._writes, self._reads:
            self._writer.close()
            self._reader.close()


@contextmanager
def _told(connection: sqlite3.Connection | None) -> Iterator[None]:
    """What goes wrong within in one sentence; what was begun is undone.

    Raises:
        StoreProblem: the sentence.
    """
    try:
        yield
    except BaseException as problem:
        if connection is not None and connection.in_transaction:
            connection.execute("ROLLBACK")
        if isinstance(problem, (sqlite3.Error, OSError)):
            raise StoreProblem(_sentence(problem)) from None
        raise


def _sentence(problem: sqlite3.Error | OSError) -> str:
    name = getattr(problem, "sqlite_errorname", "")
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        why = f"another process has been writing {FILE} for more than {_PATIENCE:g} seconds; try again"
    elif name.startswith("SQLITE_FULL"):
        why = f"the disk has no room for {FILE}; free some and try again"
    elif name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
        why = f"{FILE} is damaged; stop the servers and remove it, it holds nothing but open rooms"
    else:
        why = f"{FILE} in the folder of {VARIABLE} cannot be used; expected a folder that this server may write"
    return f"Live rooms are not available now: {why}."


class SharedRooms:
    """Rooms that live in a shared database, and outlive the process that opened them."""

    def __init__(
        self,
        shared: Shared,
        clock: Callable[[], float] = time.time,
        most_rooms: int = MOST_ROOMS,
        most_of_one: int = MOST_OF_ONE,
    ) -> None:
        self._shared, self._clock = shared, clock
        self._most_rooms, self._most_of_one = most_rooms, most_of_one
        self._process = secrets.token_hex(8)
        #: Of each room that was read last: which change, and its scene.
        self._known: dict[str, Room] = {}
        self._told: tuple[float, dict[str, int]] = (0.0, {})

    def open(self, scene: Scene, leader: str = "", visitor: str = "") -> tuple[str, str]:
        secret, text = secrets.token_urlsafe(24), written.as_text(scene)
        with self._shared.writing() as database:
            times = self._times()
            database.execute(_FORGET, times)
            of = [row[0] for row in database.execute("SELECT visitor FROM rooms")]
            if len(of) >= self._most_rooms:
                raise too_many_rooms()
            if of.count(visitor) >= self._most_of_one:
                raise too_many_of_one(self._most_of_one)
            code = new_code(
                lambda code: bool(database.execute("SELECT 1 FROM rooms WHERE code = ?", [code]).fetchone())
            )
            database.execute(
                "INSERT INTO rooms VALUES (?, ?, ?, 1, ?, ?, ?, ?)",
                [code, _hashed(secret), text, times["now"], times["now"], leader, visitor],
            )
        return code, secret

    def read(self, code: str) -> Room | None:
        asked = self._times() | {"code": code}
        found = self._shared.rows(_CHANGE, asked)
        if not found:
            self._known.pop(code, None)
            return None
        known = self._known.get(code)
        if known is not None and known.change == found[0][0]:
            return known
        rows = self._shared.rows("SELECT change, scene, leader FROM rooms WHERE code = :code", asked)
        if not rows:
            return None
        change, text, leader = rows[0]
        room = Room(code, int(str(change)), written.from_text(str(text)), str(leader))
        self._known = {**dict(list(self._known.items())[-MOST_ROOMS:]), code: room}
        return room

    def drive(self, code: str, secret: str, scene: Scene) -> bool:
        own = self._own(code, secret) | {"scene": written.as_text(scene)}
        with self._shared.writing() as database:
            return database.execute(_DRIVE, own).rowcount == 1

    def is_led_with(self, code: str, secret: str) -> bool:
        own = self._own(code, secret)
        return bool(self._shared.rows(_LED, own))

    def end(self, code: str, secret: str) -> bool:
        with self._shared.writing() as database:
            done = database.execute(
                "DELETE FROM rooms WHERE code = :code AND secret = :secret", self._own(code, secret)
            )
            return done.rowcount == 1

    def tell_watching(self, here: Mapping[str, int]) -> None:
        now, (told, before) = self._clock(), self._told
        if here == before and (not here or now - told < STALE / 3):
            return
        with self._shared.writing() as database:
            database.execute("DELETE FROM watching WHERE process = ? OR told < ?", [self._process, now - STALE])
            rows = [[self._process, code, n, now] for code, n in here.items()]
            database.executemany("INSERT INTO watching VALUES (?, ?, ?, ?)", rows)
        self._told = (now, dict(here))

    def watching_elsewhere(self, code: str) -> int:
        asked = {"code": code, "process": self._process, "since": self._clock() - STALE}
        found = self._shared.rows(
            "SELECT coalesce(sum(n), 0) FROM watching WHERE code = :code AND process <> :process AND told >= :since",
            asked,
        )
        return int(str(found[0][0]))

    def _times(self) -> dict[str, object]:
        return {"now": self._clock(), "idle": IDLE, "longest": LONGEST}

    def _own(self, code: str, secret: str) -> dict[str, object]:
        return self._times() | {"code": code, "secret": _hashed(secret)}


def _hashed(secret: str) -> str:
    """A secret as it is stored: it is random and long, so that nothing leads back from its checksum, and none is guessed by time."""
    return sha256(secret.encode()).hexdigest()


class SharedWrong:
    """The wrong codes of the last minute, of all processes together."""

    def __init__(self, shared: Shared) -> None:
        self._shared = shared

    def recent(self, now: float) -> list[tuple[str, str]]:
        found = self._shared.rows("SELECT visitor, code FROM wrong WHERE at > :since", {"since": now - MINUTE})
        return [(str(visitor), str(code)) for visitor, code in found]

    def add(self, now: float, visitor: str, code: str, of_one: int, in_all: int) -> bool:
        with self._shared.writing() as database:
            database.execute("DELETE FROM wrong WHERE at <= ?", [now - MINUTE])
            of = [row[0] for row in database.execute("SELECT visitor FROM wrong")]
            if of.count(visitor) >= of_one or len(of) >= in_all:
                return False
            database.execute("INSERT INTO wrong VALUES (?, ?, ?)", [now, visitor, code])
            return True
