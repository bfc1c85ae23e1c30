"""What the server stands: ``python -m tests.tools.soak [people]`` prints one Markdown table (100 people, unless said otherwise).

Starts the dashboard over the shipped registry and measures the health route while many join at once, what their sessions take of
memory, what one visitor's flood of reruns costs another, and how long the server takes to stop with sessions open; then over a
made-up registry that breaks under open sessions in several ways and is mended again. Visitors
draw nothing. Machines differ and are shared: read it with the load average that it prints.
"""

import asyncio
import os
import shutil
import signal
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from statistics import median

from tests.browser_tools import Server, running_server
from tests.tools.flips import every_kind_of_file
from tests.tools.flood import Visitor, ages, visiting

PEOPLE = 100
RERUNS = 600
STEPS = 8
#: The pages of those who are there when a registry breaks, each of whom then opens them all; and what each must show. A version
#: before that one has one patient.
PAGES = ("", "pain", "labs", "bone", "treatments", "compare", "patients", "tables")
WHOLE = "2 of 2 patients"


def row(what: str, figure: str, goal: str) -> None:
    print(f"| {what} | {figure} | {goal} |", flush=True)


def late(seconds: Sequence[float]) -> float:
    """The 95th percentile."""
    return sorted(seconds)[min(len(seconds) - 1, round(0.95 * len(seconds)))]


def megabytes(server: Server) -> float:
    """Memory that the server's process holds."""
    status = Path(f"/proc/{server.process.pid}/status").read_text(encoding="utf-8")
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


async def health(server: Server, answers: list[float], failed: list[str]) -> None:
    """Ask the health route until told to stop; how long each answer took, and which failed."""
    while True:
        begun = time.perf_counter()
        try:
            await asyncio.to_thread(lambda: urllib.request.urlopen(server.url + "/healthz", timeout=30).read())
            answers.append(time.perf_counter() - begun)
        except OSError as error:
            failed.append(str(error))
        await asyncio.sleep(0.05)


async def crowd(server: Server, people: int, stack: AsyncExitStack) -> None:
    """So many join at the same moment and stay."""
    async with visiting(server, "", "overview"):
        pass  # what every process pays once is not the crowd's
    before, begun = megabytes(server), time.perf_counter()
    answers: list[float] = []
    failed: list[str] = []
    asking = asyncio.create_task(health(server, answers, failed))
    joins = [stack.enter_async_context(visiting(server, "", "overview")) for _ in range(people)]
    joined = await asyncio.gather(*joins, return_exceptions=True)
    asking.cancel()
    lost = [error for error in joined if isinstance(error, BaseException)]
    row(f"{people} join at once: all have their page after", f"{time.perf_counter() - begun:.1f} s", "")
    row("… who got none", str(len(lost)), "0")
    row(f"… /healthz meanwhile, 95 % of {len(answers)}", f"{late(answers):.2f} s", "1 s")
    row("… /healthz failed", str(len(failed)), "0")
    row(f"… memory for {people} sessions", f"{megabytes(server) - before:.0f} MB", "400 MB")


async def steps(visitor: Visitor) -> float:
    """The median of some steps to other views, in seconds."""
    found = []
    for _ in range(STEPS):
        found.append(await visitor.step(ages()) / 1000)
        await asyncio.sleep(0.1)
    return median(found)


async def flood(server: Server) -> None:
    """One visitor asks for hundreds of views without waiting, another one reads."""
    async with visiting(server, "", "overview") as reader, visiting(server, "", "compare") as flooding:
        await steps(reader)
        alone = await steps(reader)

        async def pour() -> None:
            for _ in range(RERUNS):
                await flooding.look(ages())

        pouring = asyncio.create_task(pour())
        beside = await steps(reader)
        await pouring
        row(
            f"beside a flood of {RERUNS} reruns a reader's step takes", f"{beside / alone:.1f} times as long", "5 times"
        )


async def stopped(server: Server) -> None:
    """Tell the server to stop while all are connected."""
    begun = time.perf_counter()
    server.process.send_signal(signal.SIGTERM)
    code = await asyncio.to_thread(server.process.wait, 60)
    row(f"SIGTERM: ended (exit code {code}) after", f"{time.perf_counter() - begun:.1f} s", "15 s")


def _remade(path: Path, make: Callable[[Path], object]) -> None:
    path.unlink()
    make(path)


def _emptied(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.mkdir()


#: How a registry's folder breaks while people read.
FAULTS: dict[str, Callable[[Path], object]] = {
    "CURRENT is gone": lambda folder: (folder / "CURRENT").unlink(),
    "CURRENT names nothing": lambda folder: (folder / "CURRENT").write_text("nonsense\n"),
    "CURRENT is a pipe": lambda folder: _remade(folder / "CURRENT", os.mkfifo),
    "another version's manifest is a pipe": lambda folder: _remade(folder / "versions/a/manifest.json", os.mkfifo),
    "a table is cut short": lambda folder: (folder / "versions/b/cases.parquet").write_bytes(b"PAR1"),
    "the version's folder is gone": lambda folder: shutil.rmtree(folder / "versions/b"),
    "the folder is empty, as a lost mount is": _emptied,
    "the folder is gone": lambda folder: shutil.rmtree(folder),
}


async def goes_on(visitor: Visitor) -> bool:
    """Whether an open session still shows all its patients on every page."""
    try:
        for page in PAGES:
            coming = visitor.runs + 1
            await visitor.act(page)
            await asyncio.wait_for(visitor.has_run(coming), 60)
            if not any(WHOLE in text for text in visitor.texts):
                return False
    except (OSError, TimeoutError, KeyError):
        return False
    return True


async def recovered(server: Server) -> float:
    """Seconds until somebody new sees the registry whole again."""
    begun = time.perf_counter()
    while True:
        async with visiting(server, "", "overview") as newcomer:
            if any(WHOLE in text for text in newcomer.texts):
                return time.perf_counter() - begun


async def faults(server: Server, folder: Path, whole: Path) -> None:
    """Break a registry under open sessions, and mend it again."""
    lost, slowest = 0, 0.0
    for fault in FAULTS.values():
        async with AsyncExitStack() as stack:
            open_sessions = [await stack.enter_async_context(visiting(server, "", page)) for page in PAGES]
            fault(folder)
            lost += (await asyncio.gather(*map(goes_on, open_sessions))).count(False)
            shutil.rmtree(folder, ignore_errors=True)
            shutil.copytree(whole, folder)
            slowest = max(slowest, await recovered(server))
    row(f"{len(FAULTS)} faults of the registry's folder: sessions lost of {len(FAULTS) * len(PAGES)}", str(lost), "0")
    row("… mended, the slowest first page of somebody new", f"{slowest:.1f} s", "2 s")


def cold_starts(folder: Path, whole: Path) -> None:
    """Start on a registry that is broken, look at it, and mend it."""
    slowest = 0.0
    for fault in FAULTS.values():
        fault(folder)
        with running_server({"PLRO_REGISTRY": str(folder)}, "/healthz") as server:
            asyncio.run(_looked_at(server))
            shutil.rmtree(folder, ignore_errors=True)
            shutil.copytree(whole, folder)
            slowest = max(slowest, asyncio.run(recovered(server)))
    row("started on each of them, then mended: the slowest first page that is whole", f"{slowest:.1f} s", "2 s")


async def _looked_at(server: Server) -> None:
    async with visiting(server, "", "overview"):
        pass


async def measure(server: Server, people: int) -> None:
    await flood(server)
    async with AsyncExitStack() as stack:
        await crowd(server, people, stack)
        await stopped(server)


def main(people: int) -> None:
    """Measure, and print the table."""
    print(
        f"Load average before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores\n\n| what | figure | at most |\n|---|---:|---:|"
    )
    with running_server() as server:
        asyncio.run(measure(server, people))
    with tempfile.TemporaryDirectory() as made:
        folder, whole = Path(made) / "registry", Path(made) / "whole"
        every_kind_of_file(whole)
        shutil.copytree(whole, folder)
        with running_server({"PLRO_REGISTRY": str(folder)}) as server:
            asyncio.run(faults(server, folder, whole))
        cold_starts(folder, whole)
    print(f"\nLoad average after: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else PEOPLE)
