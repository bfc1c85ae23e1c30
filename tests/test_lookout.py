"""Who is told what is new: once, at once where it can be, and only those who do not show it yet."""

from collections.abc import Iterable

import pytest
from streamlit.proto.ClientState_pb2 import ClientState

from pages.live import push
from pages.live.lookout import ABANDONED, AGAIN, Lookout, Shown
from pages.live.push import Tab
from pages.live.rooms import InProcessRooms, Scene

FIRST = Scene("pain", (), "1")


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


class Bell:
    """Writes down who was told, among pages and among those who watch."""

    def __init__(self) -> None:
        self.rung: list[str] = []
        self.gone: set[str] = set()
        self.watched: list[str] = []

    def is_open(self, tab: Tab) -> bool:
        return tab.session not in self.gone

    def run_fragment(self, tabs: Iterable[Tab]) -> None:
        self.rung += [tab.session for tab in tabs]

    def ring(self, code: str) -> None:
        self.rung.append("watchers")

    def codes(self) -> list[str]:
        return self.watched

    def watching(self, code: str) -> int:
        return self.watched.count(code)

    def heard(self) -> list[str]:
        heard, self.rung = sorted(self.rung), []
        return heard


class Server:
    """A room with its presenter, and what is published."""

    def __init__(self) -> None:
        self.clock, self.bell, self.published = Clock(), Bell(), "1"
        self.rooms = InProcessRooms(self.clock)
        self.code, self.secret = self.rooms.open(FIRST)
        self.lookout = Lookout(self.rooms, lambda: self.published, self.bell, self.bell, self.clock)
        self.leads("presenter")

    def leads(self, name: str) -> None:
        self.lookout.shows(tab(name), Shown(self.published, self.code, self.secret))


def tab(name: str) -> Tab:
    return Tab(name, ClientState(query_string=f"name={name}", page_script_hash="old"), "strip")


@pytest.fixture
def server() -> Server:
    return Server()


def test_those_who_watch_are_told_of_a_step_at_once_and_nobody_else(server: Server) -> None:
    server.lookout.shows(tab("reader"), Shown("1"))
    server.lookout.look()
    assert server.bell.heard() == []
    server.lookout.stepped(server.code)
    assert server.bell.heard() == ["watchers"]


def test_new_data_are_told_to_readers_and_presenters_once_in_a_while(server: Server) -> None:
    server.lookout.shows(tab("reader"), Shown("1"))
    server.published = "2"
    server.lookout.look()
    assert server.bell.heard() == ["presenter", "reader"]
    server.lookout.look()
    assert server.bell.heard() == []
    server.lookout.shows(tab("reader"), Shown("2"))
    server.clock.now += AGAIN
    server.lookout.look()
    assert server.bell.heard() == ["presenter"]


def test_a_pointer_that_cannot_be_read_is_no_news(server: Server) -> None:
    server.published = None
    server.lookout.look()
    assert server.bell.heard() == []


def test_the_end_of_a_room_is_told_to_all_who_are_in_it_or_left_it(server: Server) -> None:
    server.lookout.shows(tab("left"), Shown("1", server.code))
    server.lookout.shows(tab("reader"), Shown("1"))
    server.rooms.end(server.code, server.secret)
    server.lookout.look()
    assert server.bell.heard() == ["left", "presenter", "watchers"]


def test_who_watches_a_room_that_ended_by_itself_is_told_although_no_page_knows_it(server: Server) -> None:
    server.bell.watched = ["ABCDEF"]
    server.lookout.look()
    assert server.bell.heard() == ["watchers"]


def test_a_presenter_who_reloads_keeps_the_room_for_a_minute(server: Server) -> None:
    assert server.lookout.is_led(server.code)
    server.bell.gone = {"presenter"}
    assert not server.lookout.is_led(server.code)
    server.clock.now += ABANDONED - 1
    server.lookout.look()
    assert server.rooms.read(server.code)
    server.leads("presenter after a reload")
    server.clock.now += 2
    server.lookout.look()
    assert server.rooms.read(server.code)
    assert server.lookout.is_led(server.code)


def test_a_room_whose_presenter_has_gone_ends_after_a_minute(server: Server) -> None:
    server.clock.now += 10 * ABANDONED
    server.lookout.look()
    assert server.rooms.read(server.code), "the presenter is still there"
    server.bell.gone = {"presenter"}
    server.clock.now += ABANDONED
    server.lookout.look()
    assert server.rooms.read(server.code) is None


def test_a_room_whose_presenter_has_gone_before_a_page_said_so_ends_after_a_minute(server: Server) -> None:
    key = server.rooms.open(FIRST)
    server.lookout.opened(*key)
    server.clock.now += ABANDONED - 1
    server.lookout.look()
    assert server.rooms.read(key[0])
    server.clock.now += 1
    server.lookout.look()
    assert server.rooms.read(key[0]) is None
    assert server.rooms.read(server.code), "another room, whose presenter is there, stays"


def test_one_visitor_who_opens_all_rooms_and_leaves_keeps_them_for_a_minute(server: Server) -> None:
    rooms = InProcessRooms(server.clock, most_rooms=50, most_of_one=50)
    lookout = Lookout(rooms, lambda: "1", server.bell, server.bell, server.clock)
    for _ in range(50):
        lookout.opened(*rooms.open(FIRST))
    server.clock.now += ABANDONED
    lookout.look()
    for _ in range(50):
        assert rooms.open(FIRST)


def test_whoever_only_left_a_room_does_not_lead_it(server: Server) -> None:
    server.lookout.shows(tab("left"), Shown("1", server.code))
    server.bell.gone = {"presenter"}
    assert not server.lookout.is_led(server.code)


def test_without_a_server_nothing_is_pushed_and_pages_know_it() -> None:
    assert not push.ready()
    assert push.here() is None
    push.run_fragment([tab("a")])


def test_what_is_asked_for_is_what_the_browser_would_have_asked() -> None:
    fragment = push.asking_fragment(tab("a"))
    assert (fragment.query_string, fragment.page_script_hash, fragment.fragment_id) == ("name=a", "old", "strip")
    assert fragment.is_auto_rerun
    assert not tab("a").state.is_auto_rerun


def test_this_streamlit_has_what_pushing_needs() -> None:
    assert push.streamlit_is_known()


def test_an_unknown_streamlit_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    from streamlit.runtime.app_session import AppSession

    monkeypatch.delattr(AppSession, "request_rerun")
    assert not push.streamlit_is_known()
