"""What the server must refuse: ``python -m tests.tools.attack`` prints one Markdown table and ends with 1 if anything got through.

Starts the dashboard over the shipped registry and asks every address under other names, from other sites and by every method; guesses
codes of live rooms; opens rooms without end; opens every page with hostile links in a browser, and looks for what it
asked of other machines and for what the server wrote into its log. A second server, whose proxy asks for the login, is
asked by every address, method and forged head for what only somebody who is logged in may have.
"""

import asyncio
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from urllib.parse import quote

from playwright.sync_api import Error

from pages.live import rooms, tries
from pages.live.rooms import LETTERS
from pages.shared import identity
from plro_core.store import SHIPPED
from tests.browser_tools import Server, Watch, leave, running_chromium, running_server, settled, watch
from tests.edge_tools import FOREIGN_NAME, FOREIGN_SITE, UPGRADE, asked, every_address, is_covered
from tests.tools.crowd import open_room
from tests.tools.tab import Tab

METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE")
PAGES = ("", "pain", "labs", "bone", "treatments", "compare", "patients", "tables", "claims", "registry", "dictionary")
CANARY = "canary7141"
GUESSES = 300
PERSON, SECRET = "a.name@clinic.example", "s" * 40
#: Heads of a request that its sender wrote himself, and not the proxy that knows the secret.
FORGED: tuple[dict[str, str], ...] = (
    {},
    {"X-Forwarded-User": PERSON},
    {"X-Forwarded-User": PERSON, "X-PLRO-Secret": ""},
    {"X-Forwarded-User": PERSON, "X-PLRO-Secret": "t" * 40},
    {"X-Forwarded-User": PERSON, "X-PLRO-Secret": SECRET[:-1]},
    {"X-Forwarded-User": PERSON, "X-PLRO-Secret": SECRET + "s"},
    {"X-Forwarded-User": "", "X-PLRO-Secret": SECRET},
    {"X-Forwarded-User": "a\x7fb", "X-PLRO-Secret": SECRET},
    {"X-Forwarded-Email": PERSON, "X-PLRO-Secret": SECRET},
    {"X-Forwarded-For": "127.0.0.1", "X-Forwarded-User": PERSON},
    {"Authorization": "Basic YWRtaW46YWRtaW4=", "X-Forwarded-User": PERSON},
    {"Cookie": f"_streamlit_user={PERSON}; X-PLRO-Secret={SECRET}", "X-Forwarded-User": PERSON},
)
#: What a load balancer on the same machine may ask without a login.
HEALTH = ("/healthz", "/readyz")


def row(what: str, tried: int, through: int, allowed: int = 0) -> bool:
    """Print a row; whether more got through than may."""
    print(f"| {what} | {tried} | {through} | {allowed} |", flush=True)
    return through > allowed


def names_and_sites(server: Server) -> Iterator[bool]:
    """Every address, under other names and from other sites, and by every method."""
    foreign = [
        asked(server.url, path, {**upgrade, **headers})
        for path in every_address()
        for headers in (FOREIGN_NAME, FOREIGN_SITE)
        for upgrade in ({}, UPGRADE)
    ]
    yield row("another name or site is answered", len(foreign), sum(status != 403 for status, _, _ in foreign))
    own = [asked(server.url, path, method=method) for path in every_address() for method in METHODS]
    answers = foreign + own
    yield row("an answer lacks a security header", len(answers), sum(not is_covered(told) for _, told, _ in answers))


def guesses(server: Server) -> Iterator[bool]:
    """Wrong codes, as fast as one visitor can try them."""
    begun, told = time.perf_counter(), 0
    for number in range(GUESSES):
        code = "".join(LETTERS[number // len(LETTERS) ** place % len(LETTERS)] for place in range(6))
        told += b"data: unknown" in asked(server.url, f"/watch/{code}/steps/page/light")[2]
    minutes = 1 + int((time.perf_counter() - begun) // tries.MINUTE)
    yield row("a guessed code is told to be wrong", GUESSES, told, tries.MOST_OF_ONE * minutes)


async def opened_rooms(server: Server, sessions: int) -> int:
    """How many sessions of one visitor get a room each."""
    async with AsyncExitStack() as stack:
        opened = 0
        for _ in range(sessions):
            tab = await stack.enter_async_context(Tab(server.url, "", "pain"))
            try:
                await asyncio.wait_for(open_room(tab), 20)
                opened += 1
            except TimeoutError:
                pass
        return opened


def taken_rooms(server: Server) -> Iterator[bool]:
    sessions = rooms.MOST_OF_ONE + 2
    yield row(
        "a room is opened by one visitor", sessions, asyncio.run(opened_rooms(server, sessions)), rooms.MOST_OF_ONE
    )


def hostile_links() -> list[str]:
    """A link for each page whose every part says what no link may say."""
    values = (
        CANARY,
        f"<img src=https://evil.example/{CANARY}>",
        f"=HYPERLINK({CANARY})",
        "\x00" + CANARY,
        CANARY * 400,
    )
    keys = ("smoking", "by", "patient", "figure", "find", "spot", "a", "version", "registry", "from-room", CANARY)
    return [f"/{page}?" + "&".join(f"{key}={quote(value)}" for key in keys) for page in PAGES for value in values]


def walked(server: Server) -> Iterator[bool]:
    """Hostile links in a browser: requests to other machines, and what the log holds afterwards."""
    seen, links = Watch(), hostile_links()
    with running_chromium() as chromium:
        page = chromium.new_page()
        watch(page, seen)
        for link in links:
            try:
                page.goto(server.url + link)
                settled(page)
            except (AssertionError, Error) as fault:
                seen.page_errors.append(type(fault).__name__)
        leave(page)
    yield row("a page asks another machine", len(links), len(seen.external_requests))
    yield row("a page runs into an error of its script", len(links), len(seen.page_errors))
    found = [text for text in (CANARY, *cells()) if text in server.log]
    yield row("a value of a link or of a cell stands in the log", 1 + len(cells()), len(found))


def forged(home: Path) -> Iterator[bool]:
    """Every address and method with every forged head, of a server that answers whom its proxy names."""
    folder, secret = home / "registry", home / "secret"
    shutil.copytree(SHIPPED, folder)
    (folder / "access.toml").write_text(f'[people]\n"{PERSON}" = "admin"\n', encoding="utf-8")
    secret.write_text(SECRET, encoding="ascii")
    secret.chmod(0o600)
    settings = {
        identity.HEADER: "X-Forwarded-User",
        identity.SECRET_FILE: str(secret),
        "PLRO_REGISTRY": str(folder),
    }
    with running_server(settings) as server:
        tried = [
            asked(server.url, path, {**upgrade, **head}, method)[0]
            for path in every_address()
            if path not in HEALTH
            for head in FORGED
            for method, upgrade in [*((method, {}) for method in METHODS), ("GET", UPGRADE)]
            # a handshake with a sign that no head may hold is never answered by the web server
            if not (upgrade and "\x7f" in "".join(head.values()))
        ]
    yield row("somebody whom the proxy does not name is answered", len(tried), sum(status != 403 for status in tried))


def cells() -> list[str]:
    """Texts of the registry's cells that are long enough to be told from words of the program."""
    import pyarrow.parquet as pq

    version = SHIPPED / "versions" / (SHIPPED / "CURRENT").read_text(encoding="utf-8").strip()
    texts = {
        str(value)
        for file in version.glob("*.parquet")
        for column in pq.read_table(file).columns
        for value in column.to_pylist()
    }
    return sorted(text for text in texts if len(text) > 12 and " " in text)


def main() -> int:
    """Attack, and print the table; 1 if anything got through that must not."""
    print("| what | tried | got through | allowed |\n|---|---:|---:|---:|")
    with running_server() as server:
        attacks = (names_and_sites, taken_rooms, guesses, walked)
        through = [got for attack in attacks for got in attack(server)]
    with tempfile.TemporaryDirectory() as home:
        through += forged(Path(home))
    return int(any(through))


if __name__ == "__main__":
    sys.exit(main())
