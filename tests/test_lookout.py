"""Who is told what is new: once, at once where it can be, and only those who do not show it yet."""

from collections.abc import Iterable

import pytest
from streamlit.proto.ClientState_pb2 import ClientState

from pages.live import push
from pages.live.lookout import AGAIN, Lookout, Shown
from pages.live.push import Tab
from pages.live.rooms import GONE, InProcessRooms, Scene

FIRST = Scene("pain", (), "1")
SECOND = Scene("labs", (), "1")


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


class Bell:
    """Writes down who was told what."""

    def __init__(self) -> None:
        self.rung: list[tuple[str, str]] = []
        self.gone: set[str] = set()

    def is_open(self, tab: Tab) -> bool:
        return tab.session not in self.gone

    def run_page(self, tabs: Iterable[Tab], page: str) -> None:
        self.rung += [(tab.session, page) for tab in tabs]

    def run_fragment(self, tabs: Iterable[Tab]) -> None:
        self.rung += [(tab.session, "strip") for tab in tabs]

    def heard(self) -> list[tuple[str, str]]:
        heard, self.rung = sorted(self.rung), []
        return heard


class Server:
    """A room with its presenter, and what is published."""

    def __init__(self) -> None:
        self.clock, self.bell, self.published = Clock(), Bell(), "1"
        self.rooms = InProcessRooms(self.clock, most_watchers=3)
        self.code, self.secret = self.rooms.open(FIRST)
        self.lookout = Lookout(self.rooms, lambda: self.published, self.bell, self.clock)

    def follows(self, name: str, change: int = 1) -> None:
        self.lookout.shows(tab(name), Shown(self.published, self.code, name, change))

    def drive(self, scene: Scene) -> None:
        self.rooms.drive(self.code, self.secret, scene)
        self.lookout.look_into(self.code)


def tab(name: str) -> Tab:
    return Tab(name, ClientState(query_string=f"room={name}", page_script_hash="old"), "strip")


@pytest.fixture
def server() -> Server:
    return Server()


def test_who_follows_is_given_the_page_of_the_presenters_step_at_once(server: Server) -> None:
    server.follows("a")
    server.follows("b")
    server.lookout.shows(tab("presenter"), Shown("1", server.code))
    server.lookout.shows(tab("reader"), Shown("1"))
    server.lookout.look()
    assert server.bell.heard() == []
    server.drive(SECOND)
    assert server.bell.heard() == [("a", "labs"), ("b", "labs")]


def test_a_step_that_was_taken_on_another_replica_is_noticed_in_the_next_look(server: Server) -> None:
    server.follows("a")
    server.rooms.drive(server.code, server.secret, SECOND)
    assert server.bell.heard() == []
    server.lookout.look()
    assert server.bell.heard() == [("a", "labs")]


def test_who_was_told_is_left_in_peace_until_the_page_has_run_or_for_a_while(server: Server) -> None:
    server.follows("a")
    server.drive(SECOND)
    server.drive(FIRST)
    server.lookout.look()
    assert server.bell.heard() == [("a", "labs")]
    server.follows("a", change=2)
    server.lookout.look()
    assert server.bell.heard() == [("a", "pain")]
    server.follows("a", change=3)
    server.lookout.look()
    assert server.bell.heard() == []
    server.drive(SECOND)
    server.clock.now += AGAIN
    server.lookout.look()
    assert server.bell.heard() == [("a", "labs"), ("a", "labs")]


def test_new_data_are_told_to_readers_and_presenters_and_not_to_those_who_follow(server: Server) -> None:
    server.follows("a")
    server.lookout.shows(tab("presenter"), Shown("1", server.code))
    server.lookout.shows(tab("reader"), Shown("1"))
    server.published = "2"
    server.lookout.look()
    assert server.bell.heard() == [("presenter", "strip"), ("reader", "strip")]


def test_a_pointer_that_cannot_be_read_is_no_news(server: Server) -> None:
    server.lookout.shows(tab("reader"), Shown("1"))
    server.published = None
    server.lookout.look()
    assert server.bell.heard() == []


def test_the_end_of_a_room_is_told_to_all_who_are_in_it_or_left_it(server: Server) -> None:
    server.follows("a")
    server.lookout.shows(tab("presenter"), Shown("1", server.code))
    server.lookout.shows(tab("left"), Shown("1", server.code))
    server.lookout.shows(tab("reader"), Shown("1"))
    server.rooms.end(server.code, server.secret)
    server.lookout.look()
    assert server.bell.heard() == [("a", "strip"), ("left", "strip"), ("presenter", "strip")]


def test_open_pages_are_counted_as_watching_and_closed_ones_forgotten(server: Server) -> None:
    for name in "abcd":  # one more than may enter: those who are in stay in
        server.follows(name)
    server.lookout.look()
    assert server.rooms.read(server.code).watching == 3
    server.bell.gone = {"a", "b"}
    server.lookout.look()
    server.clock.now += GONE
    server.lookout.look()
    assert server.rooms.read(server.code).watching == 2
    server.drive(SECOND)
    assert server.bell.heard() == [("c", "labs"), ("d", "labs")]


def test_without_a_server_nothing_is_pushed_and_pages_know_it() -> None:
    assert not push.ready()
    assert push.here() is None
    push.run_page([tab("a")], "labs")
    push.run_fragment([tab("a")])


def test_what_is_asked_for_is_what_the_browser_would_have_asked() -> None:
    page, fragment = push.asking_page(tab("a"), "labs"), push.asking_fragment(tab("a"))
    assert (page.query_string, page.page_script_hash, page.page_name) == ("room=a", "", "labs")
    assert (fragment.query_string, fragment.page_script_hash, fragment.fragment_id) == ("room=a", "old", "strip")
    assert fragment.is_auto_rerun
    assert tab("a").state.page_name == ""


def test_this_streamlit_has_what_pushing_needs() -> None:
    assert push.streamlit_is_known()


def test_an_unknown_streamlit_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    from streamlit.runtime.app_session import AppSession

    monkeypatch.delattr(AppSession, "request_rerun")
    assert not push.streamlit_is_known()
