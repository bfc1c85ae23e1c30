"""What visitors do to one another: ``python -m tests.tools.flood FOLDER``, the folder of a large registry.

Starts the dashboard over that registry and the shipped one, and measures on one server: a visitor on cheap pages alone, and
while two others change Compare's filter without pause; a filter moved once, and five times in a row; the health route
while a hundred join at once. Visitors draw nothing. Machines differ, so read the ratios of one run.
"""

import asyncio
import os
import sys
import time
import urllib.request
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from statistics import median

from tests.browser_tools import Server, running_server
from tests.tools.crowd import cpu_seconds
from tests.tools.tab import PATIENCE, Tab

STEPS = 8
JOINING = 100
#: Seconds between two steps of a visitor, who looks at what she sees.
LOOKING = 0.2


@dataclass
class Visitor(Tab):
    """A session that knows when its runs have ended."""

    runs: int = 0
    #: When the last of them ended.
    ended: float = 0.0
    _ended: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def look(self, query: str) -> None:
        """Ask for another view of the page that is open, as a step back in the browser does."""
        self.query = query
        await self.ask(history=True)

    async def has_run(self, runs: int) -> None:
        """Wait until so many runs have ended that were not broken off."""
        async with self._ended:
            await asyncio.wait_for(self._ended.wait_for(lambda: self.runs >= runs), PATIENCE)

    async def step(self, query: str) -> float:
        """Look at another view; the milliseconds until all of it has arrived."""
        coming, begun = self.runs + 1, time.perf_counter()
        await self.look(query)
        await self.has_run(coming)
        return 1000 * (time.perf_counter() - begun)

    async def is_quiet(self) -> None:
        """Wait until no run is under way, nor begins soon."""
        while self.running or time.perf_counter() - self.ended < 0.5:
            await asyncio.sleep(0.05)

    async def _finish(self) -> None:
        await super()._finish()
        async with self._ended:
            self.runs += 1
            self.ended = time.perf_counter()
            self._ended.notify_all()


_ages = count()


def ages() -> str:
    """Another cohort each time, as part of a link: ages of nearly everybody."""
    number = next(_ages)
    return f"age={15 + number % 8}-{36 + number // 8 % 15}&week=0-{30 + number // 120}"


@asynccontextmanager
async def visiting(server: Server, query: str, page: str) -> AsyncIterator[Visitor]:
    """A visitor whose first page has arrived."""
    visitor = Visitor(server.url, query, page)
    async with visitor:
        await visitor.has_run(1)
        yield visitor


async def steps(visitor: Visitor, queries: Sequence[str]) -> list[float]:
    found = []
    for query in queries:
        found.append(await visitor.step(query))
        await asyncio.sleep(LOOKING)
    return found


def told(what: str, milliseconds: Sequence[float], to: float = 0.0) -> float:
    """Print a row: median and 95th percentile, and how many times as long as alone; returns the median."""
    ordered = sorted(milliseconds)
    half, late = median(ordered), ordered[min(len(ordered) - 1, round(0.95 * len(ordered)))]
    print(f"| {what} | {half:.0f} | {late:.0f} | {f'{half / to:.1f}' if to else ''} |", flush=True)
    return half


async def beside_compare(server: Server, large: str) -> None:
    """A visitor on cheap pages, alone and while two others use Compare over the large registry."""
    pages = {
        "Dictionary of the large registry": (large, "dictionary", False),
        "Overview of ten patients, another filter": ("published", "overview", True),
        "Overview of the large registry, another filter": (large, "overview", True),
    }

    def another(what: str) -> str:
        registry, _, filtered = pages[what]
        return f"registry={registry}" + (f"&{ages()}" if filtered else "")

    async with AsyncExitStack() as stack:
        visitors = {
            what: await stack.enter_async_context(visiting(server, f"registry={registry}", page))
            for what, (registry, page, _) in pages.items()
        }
        alone = {}
        for what, visitor in visitors.items():
            await steps(visitor, [another(what) for _ in range(3)])
            alone[what] = told(f"{what}: alone", await steps(visitor, [another(what) for _ in range(STEPS)]))
        two = [
            await stack.enter_async_context(visiting(server, f"registry={large}&{ages()}", "compare")) for _ in range(2)
        ]
        told(
            "Compare of the large registry: alone", [await two[0].step(f"registry={large}&{ages()}") for _ in range(3)]
        )
        compared: list[float] = []

        async def compare(visitor: Visitor) -> None:
            while True:
                compared.append(await visitor.step(f"registry={large}&{ages()}"))

        busy = [asyncio.create_task(compare(visitor)) for visitor in two]
        await asyncio.sleep(1)
        for what, visitor in visitors.items():
            found = await steps(visitor, [another(what) for _ in range(STEPS)])
            told(f"{what}: beside two on Compare", found, alone[what])
        for task in busy:
            task.cancel()
        told("Compare, each of the two", compared or [0.0])


async def moved(server: Server, large: str) -> None:
    """A filter of Compare moved once, and five times without waiting."""
    async with visiting(server, f"registry={large}", "compare") as visitor:
        await visitor.step(f"registry={large}&{ages()}")
        for times in (1, 5, 1, 5):
            used, begun = cpu_seconds(server), time.perf_counter()
            for _ in range(times):
                await visitor.look(f"registry={large}&{ages()}")
                await asyncio.sleep(0.15)
            await visitor.is_quiet()
            seen = 1000 * (visitor.ended - begun)
            told(f"Compare, the filter moved {times} times: until the last is seen", [seen])
            told("… and processor time of the server", [1000 * (cpu_seconds(server) - used)])


async def joining(server: Server, registry: str) -> None:
    """The health route while many join at the same moment."""
    answers: list[float] = []

    async def ask() -> None:
        while True:
            begun = time.perf_counter()
            await asyncio.to_thread(lambda: urllib.request.urlopen(server.url + "/healthz", timeout=PATIENCE).read())
            answers.append(1000 * (time.perf_counter() - begun))
            await asyncio.sleep(0.05)

    async def join() -> float:
        begun = time.perf_counter()
        async with visiting(server, f"registry={registry}", "overview"):
            return 1000 * (time.perf_counter() - begun)

    asking = asyncio.create_task(ask())
    joined = await asyncio.gather(*(join() for _ in range(JOINING)))
    asking.cancel()
    told(f"{JOINING} join at once at “{registry}”: until their first page", joined)
    told("… and /healthz meanwhile", answers)


async def measure(server: Server, large: str) -> None:
    await beside_compare(server, large)
    await moved(server, large)
    for registry in ("published", large):
        await joining(server, registry)


def main(folder: Path) -> None:
    """Measure a server over this registry and print one Markdown table."""
    print(f"Load average before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores\n")
    print("| what | median, ms | 95 %, ms | times as long as alone |\n|---|---:|---:|---:|")
    with running_server({"PLRO_REGISTRY": os.pathsep.join(("published", str(folder.resolve())))}) as server:
        asyncio.run(measure(server, folder.resolve().name))
    print(f"\nLoad average after: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
