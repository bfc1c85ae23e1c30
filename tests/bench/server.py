"""What a running server is like for those beside a busy visitor, and what it costs to ask whether it is ready."""

import asyncio
import time
import urllib.request
from contextlib import AsyncExitStack
from statistics import median

from tests.bench import measuring
from tests.bench.model import OURS, Taken
from tests.bench.opening import folder_of
from tests.bench.pages import PAGES, env_of
from tests.bench.visiting import Visitor, serving
from tests.browser_tools import Server

#: So many look at Compare and change its filter without end, while another looks at a page that costs little.
_BUSY = 2
_CHEAP = "dictionary"
_RUNS = 7
_PATIENCE = 1800.0
_ASKED = 50
_ASKED_IF_LONG = 3


def readiness(patients: int) -> Taken:
    """Ask a server whether it is ready."""
    with serving({"PLRO_REGISTRY": str(folder_of(patients))}) as server:
        runs = _ASKED_IF_LONG if _ask(server) > 1 else _ASKED
        before = measuring.used_by(server.process.pid)
        for _ in range(runs):
            _ask(server)
        spent = measuring.used_by(server.process.pid) - before
        return Taken({OURS: 1000 * spent / runs}, peak=measuring.peak_of(server.process.pid))


def _ask(server: Server) -> float:
    """Seconds until the answer, which must be that it is ready."""
    start = time.perf_counter()
    with urllib.request.urlopen(f"{server.url}/readyz", timeout=_PATIENCE) as answer:
        assert answer.status == 200
    return time.perf_counter() - start


def beside_others(patients: int) -> Taken:
    """How long a visitor waits for a cheap page, alone and while two change filters on Compare."""
    with serving(env_of(patients)) as server:
        return Taken(asyncio.run(_beside_others(server)), peak=measuring.peak_of(server.process.pid))


async def _beside_others(server: Server) -> dict[str, float]:
    async with AsyncExitStack() as stack:
        one = await stack.enter_async_context(Visitor(server, _CHEAP))
        alone = await _waits(one)
        busy = [await stack.enter_async_context(Visitor(server, "compare", PAGES["compare"])) for _ in range(_BUSY)]
        working = [asyncio.create_task(_change_on(visitor, 5 * at)) for at, visitor in enumerate(busy)]
        beside = await _waits(one)
        for task in working:
            task.cancel()
    return {"alone": alone, OURS: beside}


async def _waits(visitor: Visitor) -> float:
    """Median milliseconds that a visitor waits for the page; the first run does not count."""
    await visitor.again()
    return 1000 * median([(await visitor.again()).seconds for _ in range(_RUNS)])


async def _change_on(visitor: Visitor, number: int) -> None:
    """Change the filter, again and again."""
    while True:
        await visitor.change(number % 9)
        number += 1
