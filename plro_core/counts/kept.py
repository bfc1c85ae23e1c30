"""What was made of the code columns last, kept as long as they are and within a limit of memory."""

from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

from plro_core.store.columns import CodeTables, Room

#: So much memory each kind of thing may take for a registry; the one asked for last is always kept.
_MOST_BYTES = 64_000_000

Made = TypeVar("Made")


class Kept(Generic[Made]):
    """Things by name, for each registry's code columns; whoever is given one does not change it."""

    def __init__(self, size: Callable[[Made], int]) -> None:
        self._size = size
        self._of: WeakKeyDictionary[CodeTables, Room] = WeakKeyDictionary()
        self._lock = Lock()

    def get(self, codes: CodeTables, name: Hashable, make: Callable[[], Made]) -> Made:
        """The thing of that name, made where it is not kept; two threads may make it both, each the same."""
        with self._lock:
            room = self._of.setdefault(codes, Room(_MOST_BYTES))
        return room.get(name, make, self._size)
