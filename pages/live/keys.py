"""How the presenter's browser keeps the right to lead over a reload of the tab: a cookie that no script can read.

The secret of a room stands in no address and in no page. The presenter's page shows a picture whose address is a ticket, good
once and for a minute; the answer to it sets the cookie, which the browser then sends with nothing but the connection of a
session.
"""

import secrets
import threading
import time
from collections.abc import Callable

COOKIE = "plro_room"
#: Where a session's connection is opened; nothing else of the dashboard is told the secret.
COOKIE_PATH = "/_stcore"
COOKIE_SECONDS = 12 * 3600
_SECONDS = 60.0

Key = tuple[str, str]


class Tickets:
    """Tickets for the key of a room: its code and the secret with which it is led."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._issued: dict[str, tuple[float, Key]] = {}
        self._lock = threading.Lock()

    def issue(self, key: Key) -> str:
        """A new ticket."""
        with self._lock:
            self._forget_old()
            ticket = secrets.token_urlsafe(24)
            self._issued[ticket] = (self._clock(), key)
            return ticket

    def waits(self, ticket: str) -> bool:
        """Whether it can still be redeemed."""
        with self._lock:
            self._forget_old()
            return ticket in self._issued

    def redeem(self, ticket: str) -> Key | None:
        """The key, once."""
        with self._lock:
            self._forget_old()
            _, key = self._issued.pop(ticket, (0.0, None))
            return key

    def _forget_old(self) -> None:
        now = self._clock()
        self._issued = {name: kept for name, kept in self._issued.items() if now - kept[0] < _SECONDS}


def written(key: Key) -> str:
    """A key as the cookie holds it."""
    return ".".join(key)


def read(cookie: str) -> Key | None:
    """The key in a cookie; nothing where it holds none."""
    code, dot, secret = cookie.partition(".")
    return (code, secret) if code and dot and secret else None
