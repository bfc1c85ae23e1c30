"""Several processes that share live rooms: what one shows is watched at another, and what goes wrong is one sentence."""

import asyncio
import base64
import gzip
import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plotly.io.json import to_json_plotly

from pages.live import live, shared, written
from pages.live.rooms import InProcessRooms, Room, RoomProblem, Scene, StoreProblem
from pages.live.shared import FILE, Shared, SharedRooms
from pages.live.tries import MOST_OF_ONE
from pages.live.watching.painting import painted
from pages.shared import session
from pages.shared.scene import Sheet, Words
from tests.browser_tools import ROOT, Server, running_server
from tests.edge_tools import asked
from tests.test_pages import in_all_tabs, opened, words
from tests.tools.crowd import Watcher, open_room
from tests.tools.tab import Tab

SCENE = Scene("pain", (("smoking", "yes"),), "2022-2")
OTHER = Scene("pain", (("smoking", "no"),), "2022-2")
PAGES = (
    *((page, {}) for page in ("overview", "labs", "treatments", "patients", "tables", "claims", "dictionary")),
    ("pain", {"by": "smoking", "patient": "3"}),
    ("bone", {"spot": "patient=3"}),
    ("compare", {"a": "smoking=yes", "b": "breastfeeding=stopped"}),
    ("claims", {"present": "1"}),
    ("tables", {"present": "1"}),
    ("pain", {"present": "1", "slide_words": "Pain first"}),
)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Shared]:
    found = Shared(tmp_path)
    yield found
    found.close()


# A scene as text


@pytest.mark.parametrize(("page", "link"), PAGES)
def test_what_a_page_shows_is_painted_by_another_process_as_by_its_own(
    monkeypatch: pytest.MonkeyPatch, page: str, link: dict[str, str]
) -> None:
    shown: list[Scene] = []
    monkeypatch.setattr(
        live, "_publish", lambda mine, page, registry: shown.append(live._scene(page, session.view(), registry))
    )
    for app in in_all_tabs(opened(page, **link)):
        assert not app.exception
    assert shown
    for scene in shown:
        again = written.from_text(written.as_text(scene))
        ours, theirs = (to_json_plotly(painted(Room("A", 1, one), "page", "light")) for one in (scene, again))
        assert theirs == ours


@given(text=st.text(max_size=80) | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(json.dumps))
@settings(max_examples=100, deadline=None, derandomize=True)
def test_what_is_no_scene_is_refused(text: str) -> None:
    with pytest.raises(RoomProblem):
        written.from_text(text)


def _changed(part: dict[str, Any]) -> str:
    told = json.loads(written.as_text(Scene("pain", (), "1", "r", Sheet("T", "c"))))
    told["sheet"]["parts"] = [part]
    return json.dumps(told)


@pytest.mark.parametrize(
    "part",
    [
        {
            "picture": {
                "draw": "open_registry",
                "name": "x",
                "options": [],
                "data": "",
                "query": "",
                "caveats_said": False,
            }
        },
        {"picture": {"draw": "__import__"}},
        {"words": "text"},
        {"number": {"label": "x", "value": "1", "detail": "", "more": 1}},
        {"table": {"name": "t"}},
        {"other": 1},
        [],
        7,
    ],
)
def test_a_scene_draws_nothing_but_figures_of_the_pages(part: Any) -> None:
    with pytest.raises(RoomProblem):
        written.from_text(_changed(part))


def test_a_picture_of_other_data_is_not_drawn() -> None:
    picture = {
        "draw": "pain_trajectories",
        "name": "x",
        "options": [],
        "data": "other",
        "query": "",
        "caveats_said": False,
    }
    scene = written.from_text(_changed({"picture": picture}))
    with pytest.raises(ValueError, match="made of other data"):
        painted(Room("A", 1, Scene("pain", (), "2022-2", "published", scene.sheet)), "page", "light")


# What goes wrong


def test_rooms_outlive_their_process_and_their_secret_is_not_in_the_file(tmp_path: Path) -> None:
    first = Shared(tmp_path)
    code, secret = SharedRooms(first).open(SCENE, "Ada")
    first.close()
    again = Shared(tmp_path)
    rooms = SharedRooms(again)
    assert rooms.read(code) == Room(code, 1, SCENE, "Ada")
    assert rooms.is_led_with(code, secret)
    assert secret.encode() not in b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert (tmp_path / FILE).stat().st_mode & 0o077 == 0
    again.close()


def test_watchers_of_all_processes_are_counted_and_those_of_a_killed_one_no_more(tmp_path: Path) -> None:
    now, database, other = [1000.0], Shared(tmp_path), Shared(tmp_path)
    here, there = (SharedRooms(one, lambda: now[0]) for one in (database, other))
    there.tell_watching({"AAAAAA": 3})
    assert (here.watching_elsewhere("AAAAAA"), there.watching_elsewhere("AAAAAA")) == (3, 0)
    there.tell_watching({"AAAAAA": 2, "BBBBBB": 1})
    assert here.watching_elsewhere("AAAAAA") == 2
    now[0] += shared.STALE - 1
    there.tell_watching({"AAAAAA": 2, "BBBBBB": 1})
    now[0] += shared.STALE - 1
    assert here.watching_elsewhere("AAAAAA") == 2
    now[0] += 2
    assert here.watching_elsewhere("AAAAAA") == 0
    database.close()
    other.close()


def test_a_locked_store_is_one_sentence_and_can_still_be_read(
    tmp_path: Path, database: Shared, monkeypatch: pytest.MonkeyPatch
) -> None:
    rooms = SharedRooms(database)
    code, secret = rooms.open(SCENE)
    database._writer.execute("PRAGMA busy_timeout=50")
    other = sqlite3.connect(tmp_path / FILE, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    for step in (lambda: rooms.drive(code, secret, OTHER), lambda: rooms.open(SCENE), lambda: rooms.end(code, secret)):
        with pytest.raises(StoreProblem, match=r"^Live rooms are not available now: another process .* try again\.$"):
            step()
    assert rooms.read(code) == Room(code, 1, SCENE)
    other.execute("ROLLBACK")
    assert rooms.drive(code, secret, OTHER)
    other.close()


def test_a_full_disk_is_one_sentence_and_leaves_what_was(database: Shared) -> None:
    rooms = SharedRooms(database)
    code, secret = rooms.open(SCENE)
    pages = database._writer.execute("PRAGMA page_count").fetchone()[0]
    database._writer.execute(f"PRAGMA max_page_count={pages}")
    large = Scene("pain", (), "1", "", Sheet(parts=(Words("x" * 100_000),)))
    with pytest.raises(StoreProblem, match=r"the disk has no room for rooms\.sqlite"):
        rooms.drive(code, secret, large)
    assert rooms.read(code) == Room(code, 1, SCENE)
    database._writer.execute("PRAGMA max_page_count=1000000")
    assert rooms.drive(code, secret, large)


def test_a_damaged_store_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"no database at all " * 500)
    with pytest.raises(StoreProblem, match="is damaged; stop the servers and remove it"):
        Shared(tmp_path)


def test_a_store_of_another_release_is_refused(tmp_path: Path) -> None:
    found = Shared(tmp_path)
    found._writer.execute("PRAGMA user_version=9")
    found.close()
    with pytest.raises(StoreProblem, match=r"another release \(form 9\); expected form 1"):
        Shared(tmp_path)


def test_a_server_that_cannot_share_does_not_start(tmp_path: Path) -> None:
    env = {name: value for name, value in os.environ.items() if not name.startswith(("STREAMLIT_", "PLRO_"))}
    program = "from pages.server.server import refuse_unsafe_settings; refuse_unsafe_settings()"
    ended = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env=env | {shared.VARIABLE: str(tmp_path / "missing")},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 1
    assert ended.stderr.splitlines()[-1].startswith("Live rooms are not available now: rooms.sqlite in the folder of")


class Broken(InProcessRooms):
    """A store that fails once it is told to."""

    fails = False

    def __getattribute__(self, name: str) -> Any:
        if name in ("read", "drive", "is_led_with", "open", "end", "watching_elsewhere") and Broken.fails:
            raise StoreProblem("Live rooms are not available now: a test.")
        return super().__getattribute__(name)


def test_pages_stand_while_the_store_fails_and_the_presenter_leads_on_afterwards(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rooms = Broken()
    monkeypatch.setattr(live, "rooms", lambda: rooms)
    monkeypatch.setattr(Broken, "fails", False)
    app = opened("pain")
    app.button(key="share_live").click().run()
    assert "watching" in words(app)
    monkeypatch.setattr(Broken, "fails", True)
    app.run()
    assert not app.exception
    assert "Live rooms are not available now: a test." in words(app)
    assert "How fast does pain fall" in words(app)
    assert not opened("pain").exception
    monkeypatch.setattr(Broken, "fails", False)
    app.run()
    assert "watching" in words(app)
    assert "not available" not in words(app)


# Two servers


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[tuple[Server, Server]]:
    env = {shared.VARIABLE: str(tmp_path)}
    with ExitStack() as stack:
        yield stack.enter_context(running_server(env)), stack.enter_context(running_server(env))


def watcher(server: Server, code: str) -> Watcher:
    place = urlsplit(server.url)
    return Watcher(str(place.hostname), int(place.port or 0), code, "page/light")


def title(scene: bytes) -> str:
    return str(json.loads(gzip.decompress(base64.b64decode(scene)))["title"])


def apart(coroutine: Coroutine[Any, Any, None]) -> None:
    """Run in a thread of its own: a browser that other tests of this process have opened keeps a loop running in this one."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, coroutine).result()


async def until(holds: Callable[[], bool]) -> None:
    for _ in range(300):
        if holds():
            return
        await asyncio.sleep(0.1)
    raise AssertionError("it did not happen within 30 seconds")


def test_who_watches_at_another_process_follows_each_step_to_the_end(servers: tuple[Server, Server]) -> None:
    async def follow() -> None:
        async with Tab(servers[0].url, "smoking=yes", "pain") as presenter:
            code = await open_room(presenter)
            there, here = watcher(servers[1], code), watcher(servers[0], code)
            tasks = [asyncio.create_task(one.watch()) for one in (there, here)]
            await until(lambda: "How fast does pain fall" in (title(there.scene) if there.scene else ""))
            await until(lambda: any("2 watching" in text for text in presenter.complete))
            await presenter.act("bone")
            await until(lambda: "How low is bone density" in title(there.scene))
            assert there.scene == here.scene
            await presenter.act("-end_room")
            await asyncio.wait_for(asyncio.gather(*tasks), 30)
            assert (there.over, here.over) == ("ended", "ended")

    apart(follow())


def test_wrong_codes_are_counted_over_both(servers: tuple[Server, Server]) -> None:
    answers = [
        asked(servers[number % 2].url, f"/watch/ZZZZZ{letter}/steps/page/light")[2]
        for number, letter in enumerate("ABCDEFGHJKMNPQ")
    ]
    assert [b"unknown" in answer for answer in answers].count(True) == MOST_OF_ONE
    assert all(b"tries" in answer for answer in answers[MOST_OF_ONE:])


def test_a_room_survives_the_process_of_its_presenter(servers: tuple[Server, Server]) -> None:
    async def follow() -> None:
        async with Tab(servers[0].url, "", "labs") as presenter:
            await presenter.shows("Which laboratory values")
            await presenter.act("-share_live")
            await presenter.shows("Live room")
            code = next(text.split("Live room ")[1][:6] for text in presenter.complete if "Live room " in text)
            there = watcher(servers[1], code)
            task = asyncio.create_task(there.watch())
            await until(lambda: bool(there.scene) and "Which laboratory values" in title(there.scene))
            os.kill(servers[0].process.pid, signal.SIGKILL)
            servers[0].process.wait()
            late = watcher(servers[1], code)
            tasks = [task, asyncio.create_task(late.watch())]
            await until(lambda: bool(late.scene))
            assert late.scene == there.scene
            await asyncio.sleep(3)
            assert there.over == ""
            for one in tasks:
                one.cancel()

    apart(follow())
