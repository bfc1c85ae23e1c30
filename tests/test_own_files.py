"""What a page has made is given to the browser that it was made for, while its session goes on: over real HTTP."""

import asyncio
import shutil
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import pytest
import streamlit

from plro_core import journal
from plro_core.store import SHIPPED
from tests.browser_tools import Server
from tests.edge_tools import asked
from tests.tools.tab import Tab

pytestmark = pytest.mark.usefixtures("read_here")

T = TypeVar("T")

CSV = "download_pain_trajectories_csv"
OTHER = "x" * 43
NOTHING = (404, b"There is nothing at this address.")


def run(work: Coroutine[Any, Any, T]) -> T:
    """The answer of a coroutine, in a thread of its own: a browser that other tests share has the loop of this one."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(asyncio.run, work).result()


def cookie_of(server: str, headers: Mapping[str, str] | None = None) -> str:
    """What a browser sends back that has just come: the name and the value of its cookie."""
    status, told, _ = asked(server, "/pain", headers)
    assert status == 200
    given = [one for one in told.get_all("Set-Cookie", []) if one.startswith("plro_browser=")]
    assert len(given) == 1
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(given[0].split("; "))
    return given[0].split("; ")[0]


def got(server: str, path: str, cookie: str = "", method: str = "GET", **more: str) -> tuple[int, bytes]:
    status, _, content = asked(server, path, {**({"Cookie": cookie} if cookie else {}), **more}, method)
    return status, content


async def _taken(server: str, cookie: str, look: Callable[[str], None], key: str, path: str, query: str) -> str:
    async with Tab(server, query, path, {"Cookie": cookie} if cookie else {}) as tab:
        await _ready(tab, key)
        address = await tab.take(key)
        await asyncio.to_thread(look, address)
    return address


async def _ready(tab: Tab, key: str) -> None:
    for _ in range(1200):
        if not tab.running and any(name.endswith(f"-{key}") for name in tab.files):
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"no download {key} among {list(tab.files)}")


def taken(
    server: str, cookie: str, look: Callable[[str], None], key: str = CSV, path: str = "pain", query: str = ""
) -> str:
    """The address of a download of a session, at which is looked while the session goes on."""
    return run(_taken(server, cookie, look, key, path, query))


def test_a_file_goes_to_the_browser_that_it_was_made_for_and_ends_with_its_session(server: str) -> None:
    own, stranger = cookie_of(server), cookie_of(server)
    assert own != stranger

    def look(path: str) -> None:
        status, content = got(server, path, own)
        assert status == 200
        assert b"case_id" in content
        assert got(server, path, own, Range="bytes=0-9") == (206, content[:10])
        assert got(server, path, own, "HEAD") == (200, b"")
        for other in ("", stranger, f"plro_browser={OTHER}", "plro_browser=", f"{own}x", "plro_browser=x"):
            assert got(server, path, other) == NOTHING
            assert got(server, path, other, Range="bytes=0-9") == NOTHING
            assert got(server, path, other, "HEAD") == (404, b"")
        assert got(server, path, f"{stranger}; {own.replace('plro_browser', 'plro_browse')}") == NOTHING
        assert got(server, "/media/none", own) == NOTHING

    path = taken(server, own, look)
    assert got(server, path, own) == NOTHING


def test_without_a_cookie_nobody_gets_what_a_session_without_one_has_made(server: str) -> None:
    taken(server, "", lambda path: _same(got(server, path), NOTHING))
    short = "plro_browser=x"
    taken(server, short, lambda path: _same(got(server, path, short), NOTHING))


def test_of_one_browser_another_session_does_not_keep_a_file_alive(server: str) -> None:
    own = cookie_of(server)

    async def both() -> str:
        async with Tab(server, "", "pain", {"Cookie": own}) as other:
            await _ready(other, CSV)
            path = await _taken(server, own, lambda path: _same(got(server, path, own)[0], 200), CSV, "pain", "")
            await asyncio.to_thread(lambda: _same(got(server, path, own), NOTHING))
        return path

    run(both())


def test_a_cookie_that_is_there_stays(server: str) -> None:
    own = cookie_of(server)
    assert asked(server, "/pain", {"Cookie": own})[1].get_all("Set-Cookie") is None


def test_the_program_s_own_fonts_are_no_files_of_a_session(server: str) -> None:
    """Streamlit keeps them at ``/static/media/…``: whoever loads the first page needs them."""
    fonts = Path(streamlit.__file__).parent / "static" / "static" / "media"
    name = next(path.name for path in fonts.iterdir() if path.suffix == ".woff2")
    status, told, _ = asked(server, f"/static/media/{name}")
    assert status == 200
    assert told["Cache-Control"] != "no-store"


def test_the_icon_of_a_page_comes(server: str) -> None:
    own = cookie_of(server)

    async def looked() -> None:
        async with Tab(server, "", "pain", {"Cookie": own}) as tab:
            await _ready(tab, CSV)
            path = next(one for one in tab.pictures if "/media/" in one)
            assert (await asyncio.to_thread(got, server, path, own))[0] == 200
            assert await asyncio.to_thread(got, server, path) == NOTHING

    run(looked())


def _same(found: object, expected: object) -> None:
    assert found == expected


# Who is logged in


SECRET = "s" * 40


def proxied(name: str, secret: str = SECRET) -> dict[str, str]:
    return {"X-User": name, "X-PLRO-Secret": secret}


def test_of_one_browser_whoever_logs_in_next_does_not_get_it(
    fresh_server: Callable[..., Server], tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.write_text(SECRET)
    secret.chmod(0o600)
    env = {"PLRO_IDENTITY_HEADER": "X-User", "PLRO_IDENTITY_SECRET_FILE": str(secret)}
    server = fresh_server(env).url
    own = cookie_of(server, proxied("a@clinic.example"))

    async def looked() -> None:
        async with Tab(server, "", "pain", {"Cookie": own, **proxied("a@clinic.example")}) as tab:
            await _ready(tab, CSV)
            path = await tab.take(CSV)
            assert (await asyncio.to_thread(lambda: got(server, path, own, **proxied("a@clinic.example"))))[0] == 200
            assert await asyncio.to_thread(lambda: got(server, path, own, **proxied("b@clinic.example"))) == NOTHING
            assert (await asyncio.to_thread(lambda: got(server, path, own)))[0] == 403

    run(looked())


# The journal comes first


@pytest.fixture
def own_registry(tmp_path: Path) -> Path:
    """A registry of one's own, with the patients of the shipped one."""
    folder = tmp_path / "ward"
    shutil.copytree(SHIPPED, folder)
    return folder


def test_what_is_taken_is_journalled_first_and_refused_where_it_cannot_be(
    fresh_server: Callable[..., Server], own_registry: Path
) -> None:
    server = fresh_server({"PLRO_REGISTRY": str(own_registry)}).url
    own = cookie_of(server)

    async def looked() -> None:
        async with Tab(server, "smoking=yes", "pain", {"Cookie": own}) as tab:
            await _ready(tab, CSV)
            assert await tab.take(CSV)
            line = journal.read(own_registry)[-1]
            assert (line.what, line.version, line.detail) == (
                "export",
                "2022-2",
                {"form": "pain_trajectories", "cohort": "smoking=yes", "n": 4, "mode": "rows", "unique": 4},
            )
            place = own_registry / journal.NAME
            kept = place.read_bytes()
            place.write_bytes(kept.replace(b"pain_trajectories", b"pain_trajectoriez"))
            assert await tab.take(CSV) == ""
            await tab.ask()
            await tab.shows("Pain")  # the page goes on

    run(looked())
