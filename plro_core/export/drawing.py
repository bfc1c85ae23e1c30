"""Chromium at work on figures: started when the first is asked for, kept for those that follow, and ended once nobody asks.

A start takes some five seconds of a processor and a figure half of one, so whoever takes several waits once. Kaleido hands the plot to
Chromium and is loaded only here.
"""

import asyncio
import atexit
import logging
import threading
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import plotly.graph_objects as go

SECONDS = 120.0
#: So long it is kept after the last figure; it takes some 200 MB.
IDLE_SECONDS = 45.0
#: A proxy that is not there: whatever Chromium itself would like to fetch stays on this machine.
NO_PROXY = "127.0.0.1:9"

#: What it says of a browser that ends slowly is of no use to who wanted a figure.
logging.getLogger("choreographer").setLevel(logging.CRITICAL)

_Key = tuple[str, bool, str]


class _Chromium:
    """A running Chromium and the thread that talks with it."""

    def __init__(self, key: _Key) -> None:
        self.key = key
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True, name="figures")
        self._thread.start()
        self._browser: Any = None
        try:
            self._browser = self._ask(self._start())
        except BaseException:
            self.end()
            raise

    def draw(self, figure: go.Figure, options: Mapping[str, Any]) -> bytes:
        content: bytes = self._ask(self._browser.calc_fig(figure, opts=dict(options)))
        return content

    def end(self) -> None:
        """End it, whatever state it is in; its thread ends with it."""
        if self._browser is not None:
            with suppress(Exception):
                self._ask(self._browser.__aexit__(None, None, None), 10.0)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10.0)

    def _ask(self, work: Any, seconds: float = SECONDS) -> Any:
        return asyncio.run_coroutine_threadsafe(asyncio.wait_for(work, seconds), self._loop).result(seconds + 10.0)

    async def _start(self) -> Any:
        import kaleido

        path, sandboxed, head = self.key

        class Page:
            """Kaleido's page without its formula script, which it would load from the network, and with our text face."""

            def generate_index(self) -> str:
                page: str = kaleido.PageGenerator(mathjax=False).generate_index()
                return page.replace("</head>", f"{head}</head>")

        options = {"path": path, "enable_sandbox": sandboxed, "proxy_server": NO_PROXY}
        return await kaleido.Kaleido(page_generator=Page(), timeout=SECONDS, **options).__aenter__()


class _Kept:
    """The one Chromium that runs, if one does, and the clock that ends it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: _Chromium | None = None
        self._clock: threading.Timer | None = None

    def draw(self, figure: go.Figure, options: Mapping[str, Any], key: _Key) -> bytes:
        """What it draws; one that fails is ended, so that the next figure gets a new one."""
        with self._lock:
            self._stop_clock()
            if self._running is not None and self._running.key != key:
                self._end()
            if self._running is None:
                self._running = _Chromium(key)
            try:
                return self._running.draw(figure, options)
            except BaseException:
                self._end()
                raise
            finally:
                self._start_clock()

    def end(self) -> None:
        with self._lock:
            self._stop_clock()
            self._end()

    def _end(self) -> None:
        if self._running is not None:
            running, self._running = self._running, None
            running.end()

    def _start_clock(self) -> None:
        if self._running is not None:
            self._clock = threading.Timer(IDLE_SECONDS, self.end)
            self._clock.daemon = True
            self._clock.start()

    def _stop_clock(self) -> None:
        if self._clock is not None:
            self._clock.cancel()
            self._clock = None


_kept = _Kept()
atexit.register(_kept.end)


def drawn(figure: go.Figure, options: Mapping[str, Any], path: str, sandboxed: bool, head: str) -> bytes:
    """A figure as Kaleido's options ask for it, drawn by the Chromium at a path in a page with this head.

    Raises:
        Exception: whatever Kaleido and Chromium raise; Chromium is then ended.
    """
    return _kept.draw(figure, options, (path, sandboxed, head))


def end() -> None:
    """End the Chromium that is kept, if one is."""
    _kept.end()
