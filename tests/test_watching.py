"""The page of those who watch a live room: its addresses, its stream, and that the same bytes go to all."""

import asyncio
import gzip
import json
from base64 import b64decode
from collections.abc import AsyncIterator, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

import pytest
import streamlit as st
from starlette.applications import Starlette
from starlette.types import ASGIApp, Message

from pages.live import here, keys
from pages.live.keys import Tickets
from pages.live.rooms import InProcessRooms, Room, Scene
from pages.live.tries import Tries
from pages.live.watching import painting, routes
from pages.live.watching.painting import Paintings
from pages.live.watching.streams import Streams
from pages.server import middleware
from pages.shared.figures import figure
from pages.shared.scene import Number, Picture, Rows, Sheet, Words, content_of
from plro_core.figures import pain_trajectories
from plro_core.store import SHIPPED, SHIPPED_NAME, open_registry
from plro_core.tables import Column, Table

FIRST = Scene("pain", (("smoking", "yes"),), "2022-2", "published", Sheet("Pain", "10 patients", parts=(Words("a"),)))
SECOND = Scene("labs", (), "2022-2", "published", Sheet("Labs", "10 patients"))

Answer = TypeVar("Answer")


@dataclass
class Browser:
    """What a server sends to one request, piece by piece."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    over: bool = False
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)
    gone: asyncio.Event = field(default_factory=asyncio.Event)

    async def receive(self) -> Message:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        async with self._news:
            if message["type"] == "http.response.start":
                self.status = message["status"]
                self.headers = {name.decode(): value.decode() for name, value in message["headers"]}
            else:
                self.body += message.get("body", b"")
                self.over = not message.get("more_body", False)
            self._news.notify_all()

    async def until(self, ready: Callable[["Browser"], bool]) -> None:
        async with self._news:
            await asyncio.wait_for(self._news.wait_for(lambda: ready(self)), 10)

    @property
    def events(self) -> list[tuple[str, str]]:
        """Names and data of the events so far."""
        pieces = [piece.split("\n") for piece in self.body.decode().split("\n\n") if piece]
        told = [{line.partition(": ")[0]: line.partition(": ")[2] for line in piece} for piece in pieces]
        return [(event["event"], event["data"]) for event in told]

    @property
    def scenes(self) -> list[dict[str, Any]]:
        return [json.loads(gzip.decompress(b64decode(data))) for name, data in self.events if name == "scene"]


def scope(path: str, headers: dict[str, str] | None = None, query: str = "") -> dict[str, Any]:
    told = [(name.encode(), value.encode()) for name, value in ({"host": "127.0.0.1"} | (headers or {})).items()]
    return {
        "type": "http",
        "method": "GET",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": query.encode(),
        "headers": told,
        "scheme": "http",
        "server": ("127.0.0.1", 80),
    }


def run(work: Coroutine[Any, Any, Answer]) -> Answer:
    """What comes of it, on a loop of a thread of its own: a browser of other tests may have one on this."""
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(asyncio.run, work).result()


async def answered(app: ASGIApp, path: str, headers: dict[str, str] | None = None, query: str = "") -> Browser:
    """A whole answer."""
    browser = Browser()
    await app(scope(path, headers, query), browser.receive, browser.send)
    return browser


@asynccontextmanager
async def watching(app: ASGIApp, path: str) -> AsyncIterator[Browser]:
    """An answer that stays open until the browser goes."""
    browser = Browser()
    served = asyncio.create_task(app(scope(path), browser.receive, browser.send))
    try:
        yield browser
    finally:
        browser.gone.set()
        await asyncio.wait_for(served, 10)


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> ASGIApp:
    """The addresses with rooms of their own, behind the dashboard's own layers."""
    rooms, streams, tickets = InProcessRooms(), Streams(most=3, beat=0.05), Tickets()
    monkeypatch.setattr(here, "rooms", lambda: rooms)
    monkeypatch.setattr(here, "streams", lambda: streams)
    monkeypatch.setattr(here, "tickets", lambda: tickets)
    tries = Tries(of_one=2, in_all=4)
    monkeypatch.setattr(here, "tries", lambda: tries)
    return Starlette(routes=routes.routes(), middleware=middleware.layers())


def step(code: str, secret: str, scene: Scene) -> None:
    """The presenter's step, as her run takes it."""
    assert here.rooms().drive(code, secret, scene)
    here.streams().serve(asyncio.get_running_loop())
    here.streams().ring(code)


# The page and its files


def test_the_page_is_the_same_for_all_rooms_and_holds_nothing_inline(app: ASGIApp) -> None:
    pages = [run(answered(app, f"/watch/{code}")) for code in ("ABCDEF", "x" * 300, "<script>")]
    assert {page.status for page in pages} == {200}
    assert len({page.body for page in pages}) == 1
    html = pages[0].body.decode()
    assert "<script>" not in html
    assert " on" + "click" not in html
    assert "style=" not in html
    assert 'aria-live="polite"' in html
    assert "default-src 'self'" in pages[0].headers["content-security-policy"]
    assert pages[0].headers["x-content-type-options"] == "nosniff"


def test_what_the_page_loads_is_compressed_and_kept_for_a_year(app: ASGIApp) -> None:
    html = run(answered(app, "/watch/ABCDEF")).body.decode()
    names = [word.split('"')[0] for word in html.split('"files/')[1:]]
    assert {name.split("/")[1] for name in names} == {"watch.css", "plotly.min.js", "parts.js", "watch.js"}
    for name in names:
        packed = run(answered(app, f"/watch/files/{name}", {"accept-encoding": "gzip"}))
        plain = run(answered(app, f"/watch/files/{name}"))
        assert gzip.decompress(packed.body) == plain.body
        assert "max-age=31536000" in packed.headers["cache-control"]
        assert packed.headers["content-encoding"] == "gzip"
        assert "content-encoding" not in plain.headers
    assert b"plotly.js v" in plain.body or b"EventSource" in plain.body


@pytest.mark.parametrize(
    "path",
    [
        "/watch/files/old/watch.js",
        "/watch/files/{edition}/watch.html",
        "/watch/files/{edition}/..%2froutes.py",
        "/watch/files/{edition}/../routes.py",
        "/watch/ABCDEF/steps/17x9/light",
        "/watch/ABCDEF/steps/page/pink",
        "/watch/ABCDEF/scene",
        "/watch/keep/unknown",
    ],
)
def test_nothing_else_is_handed_out(app: ASGIApp, path: str) -> None:
    assert run(answered(app, path.format(edition=routes.edition()))).status == 404


@pytest.mark.parametrize("path", ["/", "/pain", "/overview"])
def test_a_link_or_qr_code_of_former_times_leads_to_the_page(app: ASGIApp, path: str) -> None:
    led = run(answered(app, path, query="smoking=yes&amp;room=abcdef&utm_source=mail"))
    assert (led.status, led.headers["location"]) == (302, "watch/abcdef")
    hostile = run(answered(app, path, query="room=//evil.example"))
    assert hostile.headers["location"] == "watch/%2F%2Fevil.example"


@pytest.mark.parametrize(
    ("path", "query"), [("/", "room="), ("/", "smoking=yes"), ("/media/x", "room=A"), ("/_stcore/health", "room=A")]
)
def test_no_other_address_is_led_anywhere(path: str, query: str) -> None:
    assert middleware.room_of_link(scope(path, query=query)) is None


# The stream


def test_who_joins_late_has_the_present_scene_and_then_each_step(app: ASGIApp) -> None:
    async def follow() -> None:
        code, secret = here.rooms().open(FIRST, "Presenter A")
        async with watching(app, f"/watch/{code.lower()}/steps/page/light") as browser:
            await browser.until(lambda told: len(told.scenes) == 1)
            assert browser.headers["content-type"].startswith("text/event-stream")
            assert browser.headers["cache-control"] == "no-store"
            assert browser.scenes[0]["title"] == "Pain"
            assert browser.scenes[0]["leader"] == "Presenter A"
            assert browser.scenes[0]["parts"] == [{"kind": "text", "text": "a"}]
            step(code, secret, SECOND)
            await browser.until(lambda told: len(told.scenes) == 2)
            assert browser.scenes[1]["title"] == "Labs"
            assert here.streams().watching(code) == 1
            assert secret not in browser.body.decode()
        assert here.streams().watching(code) == 0
        assert here.streams().codes() == []

    run(follow())


def test_all_are_given_the_same_bytes_and_a_figure_is_drawn_once(app: ASGIApp, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = []

    def counted(room: Room, layout: str, theme: str) -> dict[str, Any]:
        drawn.append((layout, theme))
        return real(room, layout, theme)

    real = painting.painted
    monkeypatch.setattr(painting, "painted", counted)

    async def follow() -> None:
        code, secret = here.rooms().open(FIRST)
        wide, tall = f"/watch/{code}/steps/16x9/dark", f"/watch/{code}/steps/4x3/dark"
        async with watching(app, wide) as one, watching(app, wide) as two, watching(app, tall) as three:
            for browser in (one, two, three):
                await browser.until(lambda told: len(told.scenes) == 1)
            assert one.events[0] == two.events[0] == three.events[0], "only a stage has several layouts"
            step(code, secret, SECOND)
            for browser in (one, two, three):
                await browser.until(lambda told: len(told.scenes) == 2)
        assert drawn == [("page", "dark")] * 2

    run(follow())


def test_one_sentence_for_a_wrong_code_an_ended_room_and_a_full_one(app: ASGIApp) -> None:
    async def follow() -> None:
        assert (await answered(app, "/watch/QQQQQQ/steps/page/light")).events == [("over", "unknown")]
        code, secret = here.rooms().open(FIRST)
        path = f"/watch/{code}/steps/page/light"
        async with watching(app, path) as one, watching(app, path) as two, watching(app, path) as three:
            for browser in (one, two, three):
                await browser.until(lambda told: len(told.scenes) == 1)
            assert (await answered(app, path)).events == [("over", "full")]
            assert here.rooms().end(code, secret)
            here.streams().serve(asyncio.get_running_loop())
            here.streams().ring(code)
            for browser in (one, two, three):
                await browser.until(lambda told: told.over)
                assert browser.events[-1] == ("over", "ended")

    run(follow())


def test_who_guesses_codes_is_told_to_wait_in_an_event_and_others_watch_on(app: ASGIApp) -> None:
    async def follow() -> None:
        code, _ = here.rooms().open(FIRST)
        path = f"/watch/{code}/steps/page/light"
        async with watching(app, path) as early:
            await early.until(lambda told: len(told.scenes) == 1)
            for wrong in ("QQQQQQ", "RRRRRR"):
                assert (await answered(app, f"/watch/{wrong}/steps/page/light")).events == [("over", "unknown")]
            for tried in ("SSSSSS", code):
                refused = await answered(app, f"/watch/{tried}/steps/page/light")
                assert refused.events == [("over", "tries")]
                assert refused.headers["content-type"].startswith("text/event-stream")
            assert not early.over

    run(follow())
    script = (routes.FILES / "watch.js").read_text(encoding="utf-8")
    assert 'tries: "Too many codes of live rooms were tried;' in script


def test_a_silent_room_gives_a_sign_of_life(app: ASGIApp) -> None:
    async def follow() -> None:
        code, _ = here.rooms().open(FIRST)
        async with watching(app, f"/watch/{code}/steps/page/light") as browser:
            await browser.until(lambda told: ("beat", "") in told.events)
            assert len(browser.scenes) == 1

    run(follow())


def test_a_server_that_stops_ends_all_streams(app: ASGIApp) -> None:
    async def follow() -> None:
        code, _ = here.rooms().open(FIRST)
        async with watching(app, f"/watch/{code}/steps/page/light") as browser:
            await browser.until(lambda told: len(told.scenes) == 1)
            here.streams().serve(asyncio.get_running_loop())
            here.streams().close()
            await browser.until(lambda told: told.over)
            assert ("over", "ended") not in browser.events, "the watcher is to try again"

    run(follow())


def test_a_scene_that_cannot_be_drawn_is_said_without_a_value_and_the_next_one_follows(
    app: ASGIApp, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(room: Room, layout: str, theme: str) -> dict[str, Any]:
        if room.scene == FIRST:
            raise ValueError("patient 8 has a VAS of 9")
        return real(room, layout, theme)

    real = painting.painted
    monkeypatch.setattr(painting, "painted", broken)

    async def follow() -> None:
        code, secret = here.rooms().open(FIRST)
        async with watching(app, f"/watch/{code}/steps/page/light") as browser:
            await browser.until(lambda told: ("broken", "") in told.events)
            step(code, secret, SECOND)
            await browser.until(lambda told: len(told.scenes) == 1)

    run(follow())
    assert "ValueError" in caplog.text
    assert "VAS" not in caplog.text


def test_pictures_of_rooms_that_nobody_watches_are_forgotten() -> None:
    async def kept() -> int:
        paintings = Paintings()
        for code in ("A", "B"):
            await paintings.event_of(Room(code, 1, FIRST), "page", "light")
        paintings.keep_only(["B"])
        return len(paintings._kept)

    assert run(kept()) == 1


# What is handed out


def test_a_scene_is_plain_parts_and_nothing_that_a_click_would_act_on() -> None:
    registry = open_registry(SHIPPED)
    table = Table("t", "A table", (Column("a", "A"), Column("b", "B", "number")), (("<b>", 1.5),) * 300, ("note",))
    parts = (
        Words("Heading", "heading"),
        Number("Age", "30", "n = 10"),
        Rows(table),
        Picture(figure(pain_trajectories), content_of(registry), "smoking=yes"),
    )
    scene = Scene(
        "pain",
        (("smoking", "yes"), ("present", "1"), ("figure", "x")),
        registry.version,
        SHIPPED_NAME,
        Sheet("T", "c", parts=parts),
    )
    shown = painting.painted(Room("ABCDEF", 4, scene), "page", "light")
    assert shown["explore"] == f"pain?smoking=yes&registry={SHIPPED_NAME}&version={registry.version}&from-room=ABCDEF"
    assert [part["kind"] for part in shown["parts"]] == ["heading", "number", "table", "figure"]
    assert len(shown["parts"][2]["rows"]) == 250
    assert shown["parts"][2]["left"] == "The first 250 of 300 rows."
    assert "4 patients" in shown["parts"][3]["who"]
    assert not any("customdata" in trace for trace in shown["parts"][3]["data"])


# The key of the presenter's browser


def test_the_key_is_a_cookie_that_no_script_reads_and_that_goes_to_sessions_alone(app: ASGIApp) -> None:
    ticket = here.tickets().issue(("ABCDEF", "secret"))
    answer = run(answered(app, f"/watch/keep/{ticket}"))
    cookie = answer.headers["set-cookie"].lower()
    assert "plro_room=abcdef.secret" in cookie
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert "path=/_stcore" in cookie
    assert answer.headers["cache-control"] == "no-store"
    again = run(answered(app, f"/watch/keep/{ticket}"))
    assert again.status == 404
    assert "set-cookie" not in again.headers


def test_a_ticket_is_good_for_a_minute() -> None:
    now = [0.0]
    tickets = Tickets(lambda: now[0])
    ticket = tickets.issue(("A", "s"))
    now[0] = 59
    assert tickets.waits(ticket)
    now[0] = 60
    assert not tickets.waits(ticket)
    assert tickets.redeem(ticket) is None


@pytest.mark.parametrize(
    ("cookie", "key"),
    [("A.s", ("A", "s")), ("A.s.t", ("A", "s.t")), ("A", None), (".", None), ("", None), ("A.", None)],
)
def test_a_cookie_is_a_key_or_nothing(cookie: str, key: tuple[str, str] | None) -> None:
    assert keys.read(cookie) == key
    if key:
        assert keys.read(keys.written(key)) == key


def test_streamlit_tells_a_session_its_cookies() -> None:
    assert hasattr(st.context, "cookies")
