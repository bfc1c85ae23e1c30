"""How many can follow a live room: ``python -m tests.tools.crowd [watchers …]``.

Starts the dashboard, one presenter and so many watchers. All are real sessions over WebSockets that answer as a browser
does but draw nothing, so the figures say what the server can do and not how long a browser then takes to draw. Server
and crowd share the machine's cores.
"""

import asyncio
import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from types import TracebackType

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from plro_core.store import SHIPPED
from tests.browser_tools import Server, running_server
from tests.republish import republish

CROWDS = (10, 50, 100)
IDLE_SECONDS = 20.0
PATIENCE = 180.0

#: What the presenter does, and the words by which a watcher's page shows it: another page, or a button by its key.
STEPS = (
    ("to Bone", "bone", "How low is bone density"),
    ("to Labs", "labs", "Which laboratory values"),
    ("removes a filter", "-chip_smoking", "10 of 10 patients"),
    ("to Pain", "pain", "How fast does pain fall"),
    ("presents a figure", "-present_open", "Pain falls in every patient"),
    ("leaves present mode", "-present_leave", "How fast does pain fall"),
    ("back to Bone", "bone", "How low is bone density"),
)


@dataclass
class Tab:
    """One session: what a browser's tab would know of it."""

    url: str
    query: str
    path: str = ""
    socket: ClientConnection | None = None
    page: str = ""
    pages: dict[str, str] = field(default_factory=dict)
    texts: list[str] = field(default_factory=list)
    buttons: dict[str, str] = field(default_factory=dict)
    complete: dict[str, float] = field(default_factory=dict)
    cached: dict[str, ForwardMsg] = field(default_factory=dict)
    timers: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    received: int = 0
    runs: int = 0
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    _listener: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "Tab":
        address = self.url.replace("http", "ws", 1) + "/_stcore/stream"
        self.socket = await connect(address, max_size=None, compression=None, open_timeout=PATIENCE)
        self._listener = asyncio.create_task(self._listen())
        await self.ask()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in (*self.timers.values(), self._listener):
            if task is not None:
                task.cancel()
        if self.socket is not None:
            await self.socket.close()

    async def ask(self, button: str = "", page: str = "", fragment: str = "") -> None:
        """Ask for a run: of the page as it is, of another page, after a click on a button, or of a fragment."""
        state = ClientState(
            query_string=self.query,
            page_script_hash=page or self.page,
            page_name="" if self.page else self.path,
            fragment_id=fragment,
            is_auto_rerun=bool(fragment),
            cached_message_hashes=list(self.cached),
        )
        state.context_info.url = self.url + "/"
        state.context_info.color_scheme = "light"
        if button:
            state.widget_states.widgets.append(WidgetState(id=button, trigger_value=True))
        if self.socket is not None:
            await self.socket.send(BackMsg(rerun_script=state).SerializeToString())

    async def shows(self, words: str, since: float = 0.0) -> float:
        """When, after a moment, a run had arrived completely that has these words."""

        def found() -> float | None:
            return next((when for text, when in self.complete.items() if words in text and when > since), None)

        async with self._changed:
            return await asyncio.wait_for(self._changed.wait_for(found), PATIENCE) or 0.0

    def button(self, name: str) -> str:
        """The identity of a button by the end of its key."""
        return next(known for known in self.buttons if known.endswith(name))

    async def _listen(self) -> None:
        assert self.socket is not None
        try:
            async for data in self.socket:
                message = ForwardMsg.FromString(data if isinstance(data, bytes) else data.encode())
                self.received += len(data)
                await self._take(message)
        except ConnectionClosed:
            return

    async def _take(self, message: ForwardMsg) -> None:
        if message.HasField("ref_hash"):
            message = self.cached[message.ref_hash]
        elif message.metadata.cacheable:
            self.cached[message.hash] = message
        kind = message.WhichOneof("type")
        if kind == "new_session":
            if not message.metadata.run.fragment_ids:
                self._start_anew()
        elif kind == "navigation":
            self.page = message.navigation.page_script_hash
            self.pages = {page.url_pathname: page.page_script_hash for page in message.navigation.app_pages}
        elif kind == "page_info_changed":
            self.query = message.page_info_changed.query_string
        elif kind == "auto_rerun":
            self._ring_every(message.auto_rerun.interval, message.auto_rerun.fragment_id)
        elif kind == "delta" and message.delta.HasField("new_element"):
            self._note(message)
        elif kind == "script_finished" and message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
            await self._finish()

    def _start_anew(self) -> None:
        self.runs += 1
        self.texts.clear()
        self.complete = {}
        self.buttons.clear()
        for timer in self.timers.values():
            timer.cancel()
        self.timers.clear()

    def _note(self, message: ForwardMsg) -> None:
        element = message.delta.new_element
        kind = element.WhichOneof("type")
        if kind in ("heading", "markdown"):
            self.texts.append(getattr(element, kind).body.replace("\\", ""))
        elif kind == "button":
            self.buttons[element.button.id] = element.button.label

    async def _finish(self) -> None:
        async with self._changed:
            now = time.perf_counter()
            self.complete = {text: self.complete.get(text, now) for text in self.texts}
            self._changed.notify_all()

    def _ring_every(self, seconds: float, fragment: str) -> None:
        if fragment in self.timers:
            self.timers[fragment].cancel()
        self.timers[fragment] = asyncio.create_task(self._ring(seconds, fragment))

    async def _ring(self, seconds: float, fragment: str) -> None:
        while True:
            await asyncio.sleep(seconds)
            await self.ask(fragment=fragment)


# What is measured


def cpu_seconds(server: Server) -> float:
    """Processor time that the server has used so far."""
    fields = Path(f"/proc/{server.process.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def spread(seconds: Sequence[float]) -> str:
    """Median, 95th percentile and maximum."""
    ordered = sorted(seconds)
    late = ordered[min(len(ordered) - 1, round(0.95 * len(ordered)))]
    return f"{median(ordered):.2f} | {late:.2f} | {ordered[-1]:.2f}"


async def everywhere(tabs: Sequence[Tab], words: str, since: float) -> list[float]:
    """Seconds until each tab shows these words."""
    return [when - since for when in await asyncio.gather(*(tab.shows(words, since) for tab in tabs))]


async def act(tab: Tab, action: str) -> None:
    """Open a page by its name, or press a button by the end of its key."""
    if action.startswith("-"):
        await tab.ask(button=tab.button(action))
    else:
        await tab.ask(page=tab.pages[action])


async def open_room(tab: Tab) -> str:
    """Share live; the room's code."""
    await tab.shows("How fast does pain fall")
    await act(tab, "-share_live")
    await tab.shows("Live room")
    return next(found[1] for text in tab.complete if (found := re.search(r"Live room\W+(\w{6})", text)))


async def measure(server: Server, registry: Path, watchers: int) -> None:
    """One room with so many watchers, from its opening to its end."""

    def report(what: str, seconds: Sequence[float], cost: float) -> None:
        print(f"| {watchers} | {what} | {spread(seconds)} | {1000 * cost / len(seconds):.0f} |", flush=True)

    async def timed(what: str, act_now: Callable[[], object], tabs: Sequence[Tab], words: str) -> None:
        begun, used = time.perf_counter(), cpu_seconds(server)
        done = act_now()
        if asyncio.iscoroutine(done):
            await done
        seconds = await everywhere(tabs, words, begun)
        await asyncio.sleep(0.5)
        report(what, seconds, cpu_seconds(server) - used)

    async with AsyncExitStack() as open_tabs:
        presenter = Tab(server.url, "smoking=yes", "pain")
        await open_tabs.enter_async_context(presenter)
        code = await open_room(presenter)
        crowd = [Tab(server.url, f"room={code}") for _ in range(watchers)]

        async def join() -> None:
            for tab in crowd:
                await open_tabs.enter_async_context(tab)

        await timed("all join", join, crowd, "How fast does pain fall")
        await asyncio.sleep(3)
        used = cpu_seconds(server)
        await asyncio.sleep(IDLE_SECONDS)
        idle = 1000 * (cpu_seconds(server) - used) / IDLE_SECONDS
        print(f"| {watchers} | idle: {idle:.0f} ms of processor a second | | | | |", flush=True)
        for what, action, words in STEPS:
            await timed(what, lambda action=action: act(presenter, action), crowd, words)  # type: ignore[misc]
            await presenter.shows(words)
            await asyncio.sleep(1)
        version = f"{watchers}-1"
        await timed(
            "new data, presenter told", lambda: republish(registry, version), [presenter], "The registry stands at"
        )
        await timed("presenter updates", lambda: act(presenter, "-update_data"), crowd, f"data {version}")
        await asyncio.sleep(1)
        await timed("room ended", lambda: act(presenter, "-end_room"), crowd, "The live room has ended")
        await asyncio.sleep(3)
        await timed("new data, all told", lambda: republish(registry, f"{watchers}-2"), crowd, "The registry stands at")
        kilobytes = median(tab.received for tab in crowd) / 1024
        print(f"| {watchers} | {kilobytes:.0f} kB and {median(t.runs for t in crowd):.0f} runs a watcher | | | | |")


def main(crowds: Sequence[int]) -> None:
    """Measure each crowd on a server of its own and print one Markdown table."""
    print(f"Load average before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores\n")
    print("| watchers | what | median, s | 95 %, s | slowest, s | processor, ms a watcher |")
    print("|---:|---|---:|---:|---:|---:|")
    for watchers in crowds:
        with tempfile.TemporaryDirectory() as folder:
            registry = Path(folder) / "registry"
            shutil.copytree(SHIPPED, registry)
            with running_server({"PLRO_REGISTRY": str(registry)}) as server:
                asyncio.run(measure(server, registry, watchers))
    print(f"\nLoad average after: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main(tuple(map(int, sys.argv[1:])) or CROWDS)
