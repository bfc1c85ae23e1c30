"""How many can watch a live room: ``python -m tests.tools.crowd [watchers …]``.

Starts the dashboard, one presenter (a real session) and so many watchers. A watcher does what the browser's page does: it
holds an event stream open and is given the scene of each step; it draws nothing, so the figures say what the server can do
and not how long a browser then takes to draw. Server and crowd share the machine's cores.
"""

import asyncio
import base64
import gzip
import json
import os
import re
import resource
import sys
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from statistics import median
from urllib.parse import urlsplit

from tests.browser_tools import Server, running_server
from tests.tools.tab import PATIENCE, Tab

CROWDS = (100, 1000)
IDLE_SECONDS = 20.0
#: So many connect at the same moment; people do not all open a page in the same millisecond.
TOGETHER = 50
#: What the windows of a room are like: most of them wide, some phones, some dark.
WINDOWS = ("16x9/light", "16x9/light", "16x9/dark", "4x3/light", "page/light", "page/dark")

#: What the presenter does, and the words by which her own page shows it: another page, or a button by its key.
STEPS = (
    ("to Bone", "bone", "How low is bone density"),
    ("to Labs", "labs", "Which laboratory values"),
    ("removes a filter", "-chip_smoking", "10 of 10 patients"),
    ("to Pain", "pain", "How fast does pain fall"),
    ("presents a figure", "-present_open", "10 of 10 patients"),
    ("leaves present mode", "-present_leave", "How fast does pain fall"),
    ("back to Bone", "bone", "How low is bone density"),
)


@dataclass
class Watcher:
    """One browser at the page of those who watch."""

    host: str
    port: int
    code: str
    window: str
    step: int = 0
    when: float = 0.0
    scene: bytes = b""
    over: str = ""
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def watch(self) -> None:
        """Follow the room until it ends."""
        stream, sink = await asyncio.open_connection(self.host, self.port, limit=2**22)
        lines = [f"GET /watch/{self.code}/steps/{self.window} HTTP/1.1", f"Host: {self.host}:{self.port}"]
        sink.write(("\r\n".join(lines) + "\r\n\r\n").encode())
        status = await stream.readline()
        assert b" 200 " in status, status
        step = 0
        while line := await stream.readline():
            name, _, told = line.decode().strip().partition(": ")
            if name == "id":
                step = int(told)
            elif name == "data" and told in ("ended", "unknown", "full"):
                self.over = told
                break
            elif name == "data" and told:
                await self._take(step, told.encode())
        sink.close()

    async def has(self, step: int) -> float:
        """When the scene of this step, or of a later one, had arrived."""
        async with self._news:
            await asyncio.wait_for(self._news.wait_for(lambda: self.step >= step), PATIENCE)
        return self.when

    async def _take(self, step: int, scene: bytes) -> None:
        async with self._news:
            self.step, self.scene, self.when = step, scene, time.perf_counter()
            self._news.notify_all()


def cpu_seconds(server: Server) -> float:
    """Processor time that the server has used so far."""
    with open(f"/proc/{server.process.pid}/stat", encoding="utf-8") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def spread(seconds: Sequence[float]) -> str:
    """Median, 95th percentile and maximum."""
    ordered = sorted(seconds)
    late = ordered[min(len(ordered) - 1, round(0.95 * len(ordered)))]
    return f"{median(ordered):.2f} | {late:.2f} | {ordered[-1]:.2f}"


async def open_room(tab: Tab) -> str:
    """Share live; the room's code."""
    await tab.shows("How fast does pain fall")
    await tab.act("-share_live")
    await tab.shows("Live room")
    return next(found[1] for text in tab.complete if (found := re.search(r"Live room\W+(\w{6})", text)))


async def enter(crowd: Sequence[Watcher]) -> list[asyncio.Task[None]]:
    """Let all of them connect, some at a time, until each has the present scene."""
    watching = []
    for start in range(0, len(crowd), TOGETHER):
        now = crowd[start : start + TOGETHER]
        watching += [asyncio.create_task(watcher.watch()) for watcher in now]
        await asyncio.gather(*(watcher.has(1) for watcher in now))
    return watching


async def measure(server: Server, watchers: int) -> None:
    """One room with so many watchers, from its opening to its end."""
    place = urlsplit(server.url)
    async with AsyncExitStack() as stack:
        presenter = Tab(server.url, "smoking=yes", "pain")
        await stack.enter_async_context(presenter)
        code = await open_room(presenter)
        crowd = [
            Watcher(place.hostname or "", place.port or 0, code, WINDOWS[number % len(WINDOWS)])
            for number in range(watchers)
        ]
        watching = await enter(crowd)
        await asyncio.sleep(2)
        used = cpu_seconds(server)
        await asyncio.sleep(IDLE_SECONDS)
        idle = 1000 * (cpu_seconds(server) - used) / IDLE_SECONDS
        print(f"| {watchers} | idle: {idle:.0f} ms of processor a second | | | | | |", flush=True)
        for what, action, words in STEPS:
            await step(server, presenter, crowd, (what, action, words))
        title = json.loads(gzip.decompress(base64.b64decode(crowd[0].scene)))["title"]
        assert STEPS[-1][2] in title, title
        await presenter.act("-end_room")
        await asyncio.wait_for(asyncio.gather(*watching), PATIENCE)
        assert {watcher.over for watcher in crowd} == {"ended"}


async def step(server: Server, presenter: Tab, crowd: Sequence[Watcher], taken: tuple[str, str, str]) -> None:
    """One step of the presenter, until everybody has it."""
    what, action, words = taken
    await asyncio.sleep(1)
    coming, used, begun = crowd[0].step + 1, cpu_seconds(server), time.perf_counter()
    await presenter.act(action)
    arrived = await asyncio.gather(*(watcher.has(coming) for watcher in crowd))
    shown = await presenter.shows(words, begun)
    await asyncio.sleep(0.5)
    cost = 1000 * (cpu_seconds(server) - used) / len(crowd)
    kilobytes = median(len(watcher.scene) for watcher in crowd) / 1024
    after = spread([max(0.0, when - shown) for when in arrived])
    print(f"| {len(crowd)} | {what} | {shown - begun:.2f} | {after} | {cost:.1f} | {kilobytes:.0f} |", flush=True)


def main(crowds: Sequence[int]) -> None:
    """Measure each crowd on a server of its own and print one Markdown table."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    print(f"Load average before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    print("Seconds until a watcher has a step are counted from the moment at which the presenter's own page has it.\n")
    print(
        "| watchers | what | presenter, s | half have it, s | 95 %, s | all, s | processor, ms a watcher | scene, kB |"
    )
    print("|---:|---|---:|---:|---:|---:|---:|---:|")
    for watchers in crowds:
        with running_server() as server:
            asyncio.run(measure(server, watchers))
    print(f"\nLoad average after: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main(tuple(map(int, sys.argv[1:])) or CROWDS)
