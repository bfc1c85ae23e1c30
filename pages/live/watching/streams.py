"""The open connections of those who watch, counted by room; each is given the scene of every step.

A connection is an event stream: it costs nothing but a beat now and then while nothing happens. All of it lives on the
server's loop; other threads only ring.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from inspect import isawaitable
from random import uniform

from starlette.types import Receive, Scope, Send

from pages.live.rooms import Room, RoomProblem, StoreProblem

log = logging.getLogger("plro.watching")

#: Seconds between two signs of life to a watcher who is told nothing else; proxies cut what is silent for a minute.
BEAT = 20.0
#: As many may watch one room.
MOST_WATCHERS = 2000

HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),  # nginx would keep it back otherwise
]

#: How a room is read, at once or later, and how its scene becomes an event for the watchers of one layout and look.
Reader = Callable[[str], Room | Awaitable[Room | None] | None]
Painter = Callable[[Room], Awaitable[bytes]]


class Streams:
    """Who watches which room."""

    def __init__(self, most: int = MOST_WATCHERS, beat: float = BEAT) -> None:
        self._most = most
        self._beat = beat
        self._news: dict[str, set[asyncio.Event]] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closing = False

    def serve(self, loop: asyncio.AbstractEventLoop | None) -> None:
        """Ring on this loop from now on; on none once the server has ended."""
        self._loop, self._closing = loop, False

    def watching(self, code: str) -> int:
        """How many are connected to a room."""
        return len(self._news.get(code, ()))

    def codes(self) -> list[str]:
        """The rooms that somebody watches."""
        return list(self._news)

    def ring(self, code: str) -> None:
        """Let those who watch a room look at it (from any thread)."""
        self._call(lambda: self._wake([code]))

    def close(self) -> None:
        """End all streams, so that the server can stop (from any thread, or a signal's handler)."""
        self._closing = True
        self._call(lambda: self._wake(list(self._news)))

    def _call(self, act: Callable[[], None]) -> None:
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop has ended
                self._loop.call_soon_threadsafe(act)

    def _wake(self, codes: list[str]) -> None:
        for code in codes:
            for news in self._news.get(code, ()):
                news.set()

    @contextmanager
    def entered(self, code: str) -> Iterator[asyncio.Event]:
        """A place among those who watch a room: what is set when there is something new.

        Raises:
            RoomProblem: as many watch as may.
        """
        if self.watching(code) >= self._most:
            raise RoomProblem("This live room is full.")
        news = asyncio.Event()
        self._news.setdefault(code, set()).add(news)
        try:
            yield news
        finally:
            self._news[code].discard(news)
            if not self._news[code]:
                del self._news[code]

    async def told(self, code: str, read: Reader, paint: Painter, news: asyncio.Event) -> AsyncIterator[bytes]:
        """What is sent to one watcher until the room ends: its present scene, each further one, and a beat."""
        shown = 0
        while not self._closing:
            news.clear()
            try:
                found = read(code)
                room = await found if isawaitable(found) else found
            except StoreProblem as problem:  # what is shown stays; the next news or beat looks again
                log.error("A live room could not be looked at: %s", problem)
            else:
                if room is None:
                    yield event("over", "ended" if shown else "unknown")
                    return
                if room.change != shown:
                    shown = room.change
                    yield await _painted(paint, room)
                    continue  # a step that was taken meanwhile
            try:
                # Spread out, so that a thousand beats do not fall together.
                await asyncio.wait_for(news.wait(), self._beat * uniform(0.75, 1.25))  # noqa: S311  (no secret)
            except TimeoutError:
                yield event("beat")


async def _painted(paint: Painter, room: Room) -> bytes:
    """The scene as an event; where it cannot be drawn the watcher is told so, and the log which kind of fault it was."""
    try:
        return await paint(room)
    except Exception as error:  # its text may hold a patient's values
        log.error("The scene of a live room could not be drawn: %s", type(error).__name__)
        return event("broken")


def event(name: str, data: str = "", step: int = 0) -> bytes:
    """One event of a stream; that of a scene says which step it shows."""
    identity = f"id: {step}\n" if step else ""
    return f"{identity}event: {name}\ndata: {data}\n\n".encode()


class Stream:
    """An answer that stays open: the steps of one room for one watcher."""

    def __init__(self, streams: Streams, code: str, read: Reader, paint: Painter) -> None:
        self._streams, self._code, self._read, self._paint = streams, code, read, paint

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        try:
            with self._streams.entered(self._code) as news:
                await self._until_left(receive, send, news)
        except RoomProblem:
            await send({"type": "http.response.body", "body": event("over", "full"), "more_body": True})
        with suppress(OSError):  # the watcher may have gone
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _until_left(self, receive: Receive, send: Send, news: asyncio.Event) -> None:
        """Tell until there is nothing more to tell or nobody to hear it."""
        telling = asyncio.ensure_future(self._tell(send, news))
        leaving = asyncio.ensure_future(_left(receive))
        await asyncio.wait({telling, leaving}, return_when=asyncio.FIRST_COMPLETED)
        for task in (telling, leaving):
            task.cancel()
        ends = await asyncio.gather(telling, leaving, return_exceptions=True)
        for end in ends:
            if isinstance(end, Exception) and not isinstance(end, OSError):
                log.error("A watcher's stream failed: %s", type(end).__name__)

    async def _tell(self, send: Send, news: asyncio.Event) -> None:
        async for message in self._streams.told(self._code, self._read, self._paint, news):
            await send({"type": "http.response.body", "body": message, "more_body": True})


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
