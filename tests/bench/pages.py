"""What a new filter costs the server on each page, in processor time and in bytes; beside it a bare and a naive page."""

import asyncio
from pathlib import Path
from statistics import median

from tests.bench import measuring, registries
from tests.bench.model import OURS, Taken
from tests.bench.visiting import LoneVisitor, Ran, serving
from tests.browser_tools import Server

HERE = Path(__file__).resolve().parent

#: The pages that look at a cohort, with what their link says.
PAGES = {
    "overview": "",
    "pain": "",
    "labs": "",
    "bone": "",
    "treatments": "",
    "compare": "a=smoking%3Dyes",
    "patients": "",
    "tables": "",
}
_LARGE = ("compare", "overview")
_RUNS = 9
#: More than so many milliseconds a run, and fewer are made.
_LONG = 5000
_KILOBYTE = 1000


def env_of(patients: int) -> dict[str, str]:
    """What a server is told: its registry, and for the naive page where the files are."""
    return {"PLRO_REGISTRY": str(registries.folder(patients)), "BENCH_VERSION": str(registries.version(patients))}


def changes(patients: int) -> Taken:
    """The processor time of a new filter on each page, and the most memory that the server held."""
    with serving(env_of(patients)) as server:
        found = {page: median(one.milliseconds for one in _on(server, page)) for page in PAGES}
        return Taken(found, peak=measuring.peak_of(server.process.pid))


def sizes(patients: int) -> Taken:
    """The kilobytes that a new filter sends, on the pages that send most."""
    with serving(env_of(patients)) as server:
        found = {page: median(one.size for one in _on(server, page)) / _KILOBYTE for page in _LARGE}
        return Taken(found, peak=measuring.peak_of(server.process.pid))


def _on(server: Server, page: str) -> list[Ran]:
    return asyncio.run(_changes(server, "" if page == "overview" else page, PAGES[page]))


def first_session(patients: int) -> Taken:
    """The first run of the first session of a server: the registry is opened, the overview drawn."""
    with serving(env_of(patients)) as server:
        return Taken({OURS: asyncio.run(_first(server))}, peak=measuring.peak_of(server.process.pid))


def naive(patients: int) -> Taken:
    """A new filter on a page that is written without any care."""
    return _of_script("naive page", patients)


def bare(patients: int) -> Taken:
    """A new value of a slider on a page that holds a title and nothing else."""
    return _of_script("bare rerun", patients)


def constant(patients: int) -> Taken:
    """A new value of a slider on a page with as many elements as Pain has, of which nothing is computed."""
    return _of_script("constant page", patients)


def _of_script(name: str, patients: int) -> Taken:
    script = HERE / f"{name.split()[0]}_page.py"
    with serving(env_of(patients), script) as server:
        found = median(one.milliseconds for one in asyncio.run(_changes(server)))
        return Taken({name: found}, peak=measuring.peak_of(server.process.pid))


async def _first(server: Server) -> float:
    async with LoneVisitor(server) as visitor:
        return visitor.first.milliseconds


async def _changes(server: Server, page: str = "", query: str = "") -> list[Ran]:
    """Runs in which the filter is new; one before them does not count."""
    found: list[Ran] = []
    async with LoneVisitor(server, page, query) as visitor:
        first = await visitor.change(1)
        for number in range(2, _RUNS):
            if first.milliseconds < _LONG or len(found) < 3:
                found.append(await visitor.change(number))
    return found
