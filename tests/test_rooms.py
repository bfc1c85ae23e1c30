"""Live rooms as a store: who may drive, what a watcher sees, when a room ends, how many there may be, who guesses codes."""

import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from pages.live import rooms as rooms_module
from pages.live import tries as tries_module
from pages.live.rooms import HOUR, IDLE, LETTERS, LONGEST, InProcessRooms, RoomProblem, RoomStore, Scene
from pages.live.shared import Shared, SharedRooms, SharedWrong
from pages.live.tries import MINUTE, Tries, visitor

FIRST = Scene("pain", (("smoking", "yes"),), "2022-2")
SECOND = Scene("labs", (("patient", "8"),), "2022-2")


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


#: Makes a store; of its own process, or in a folder that several share.
Store = Callable[..., RoomStore]


@pytest.fixture(params=["here", "shared"])
def store(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> Iterator[Store]:
    if request.param == "here":
        yield partial(InProcessRooms, clock)
        return
    shared = Shared(tmp_path)
    yield partial(SharedRooms, shared, clock)
    shared.close()


@pytest.fixture
def rooms(store: Store) -> RoomStore:
    return store(most_rooms=2)


def test_whoever_has_the_code_sees_the_scene_and_not_the_secret(rooms: RoomStore) -> None:
    code, secret = rooms.open(FIRST)
    room = rooms.read(code)
    assert room is not None
    assert (room.code, room.change, room.scene) == (code, 1, FIRST)
    assert secret not in repr(room)


def test_a_room_says_who_leads_where_a_name_was_given(rooms: RoomStore) -> None:
    assert rooms.read(rooms.open(FIRST)[0]).leader == ""
    assert rooms.read(rooms.open(FIRST, "Presenter A")[0]).leader == "Presenter A"


def test_a_code_is_short_clear_and_different_each_time() -> None:
    rooms = InProcessRooms(most_rooms=1000, most_of_one=1000)
    codes = {rooms.open(FIRST)[0] for _ in range(500)}
    assert len(codes) == 500
    assert all(len(code) == 6 and set(code) <= set(LETTERS) for code in codes)
    assert not set(LETTERS) & set("ILOU01")


def test_only_the_presenter_drives_and_ends(rooms: RoomStore) -> None:
    code, secret = rooms.open(FIRST)
    other, other_secret = rooms.open(FIRST)
    for wrong in ("", code, other_secret, secret + "x"):
        assert not rooms.drive(code, wrong, SECOND)
        assert not rooms.end(code, wrong)
    assert rooms.read(code).scene == FIRST
    assert rooms.drive(code, secret, SECOND)
    assert (rooms.read(code).change, rooms.read(code).scene) == (2, SECOND)
    assert rooms.end(code, secret)
    assert rooms.read(code) is None
    assert not rooms.drive(code, secret, FIRST)
    assert rooms.read(other) is not None


def test_the_same_scene_again_is_no_change(rooms: RoomStore) -> None:
    code, secret = rooms.open(FIRST)
    assert rooms.drive(code, secret, FIRST)
    assert rooms.read(code).change == 1


def test_a_room_ends_two_hours_after_its_presenter_last_did_something(rooms: RoomStore, clock: Clock) -> None:
    code, secret = rooms.open(FIRST)
    clock.now = IDLE - 1
    assert rooms.read(code) is not None, "to be looked at does not keep it open"
    assert rooms.drive(code, secret, FIRST)
    clock.now += IDLE - 1
    assert rooms.read(code) is not None
    clock.now += 1
    assert rooms.read(code) is None
    assert not rooms.drive(code, secret, FIRST)


def test_a_room_ends_after_twelve_hours_however_busy(rooms: RoomStore, clock: Clock) -> None:
    code, secret = rooms.open(FIRST)
    while clock.now < LONGEST - HOUR:
        clock.now += HOUR
        assert rooms.drive(code, secret, SECOND)
    clock.now += HOUR
    assert not rooms.drive(code, secret, FIRST)
    assert rooms.read(code) is None


def test_rooms_are_capped_and_make_place_again(rooms: RoomStore, clock: Clock) -> None:
    code, secret = rooms.open(FIRST)
    rooms.open(FIRST)
    with pytest.raises(RoomProblem, match="Too many live rooms"):
        rooms.open(FIRST)
    rooms.end(code, secret)
    assert rooms.open(FIRST)
    clock.now += IDLE
    assert rooms.open(FIRST)


def test_only_its_own_secret_is_known_to_lead_a_room(rooms: RoomStore, clock: Clock) -> None:
    code, secret = rooms.open(FIRST)
    _, other_secret = rooms.open(FIRST)
    assert rooms.is_led_with(code, secret)
    for wrong in ("", code, other_secret, secret + "x", "ü"):
        assert not rooms.is_led_with(code, wrong)
    assert not rooms.is_led_with("ABCDEF", secret)
    clock.now += IDLE
    assert not rooms.is_led_with(code, secret)


def test_an_unknown_code_is_no_room(rooms: RoomStore) -> None:
    assert rooms.read("ABCDEF") is None
    assert rooms.read("") is None


def test_a_hundred_threads_may_ask_while_one_drives(rooms: RoomStore) -> None:
    code, secret = rooms.open(FIRST)
    found = []

    def watch() -> None:
        found.extend(rooms.read(code).change for _ in range(20))

    threads = [threading.Thread(target=watch) for _ in range(100)]
    for thread in threads:
        thread.start()
    for turn in range(50):
        assert rooms.drive(code, secret, SECOND if turn % 2 else FIRST)
    for thread in threads:
        thread.join()
    assert len(found) == 2000
    assert rooms.read(code).change == 50


# How many rooms one visitor may have


def test_one_visitor_cannot_take_all_rooms(store: Store, clock: Clock) -> None:
    rooms = store(most_rooms=5, most_of_one=2)
    first = rooms.open(FIRST, visitor="198.51.100.7")
    rooms.open(FIRST, visitor="198.51.100.7")
    with pytest.raises(RoomProblem, match="as many as one visitor may"):
        rooms.open(FIRST, visitor="198.51.100.7")
    assert rooms.open(FIRST, visitor="198.51.100.8")
    rooms.end(*first)
    assert rooms.open(FIRST, visitor="198.51.100.7")
    clock.now += IDLE
    assert rooms.open(FIRST, visitor="198.51.100.7")


def test_there_is_room_for_others_beside_one_visitor_who_takes_as_many_as_may_be() -> None:
    assert rooms_module.MOST_OF_ONE * 5 <= rooms_module.MOST_ROOMS


# Who guesses codes


@pytest.fixture(params=["here", "shared"])
def tries(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> Iterator[Tries]:
    if request.param == "here":
        yield Tries(clock, of_one=3, in_all=5)
        return
    shared = Shared(tmp_path)
    yield Tries(clock, of_one=3, in_all=5, wrong=SharedWrong(shared))
    shared.close()


def wrong_codes(tries: Tries, visitor: str, codes: str) -> None:
    for code in codes:
        assert tries.room(code, visitor, lambda _code: None) is None


def test_who_names_too_many_wrong_codes_is_refused_for_a_minute_even_with_a_right_one(
    rooms: RoomStore, tries: Tries, clock: Clock
) -> None:
    code, _ = rooms.open(FIRST)
    wrong_codes(tries, "a", "123")
    for tried in ("4", code):
        with pytest.raises(RoomProblem, match="try again in a minute"):
            tries.room(tried, "a", rooms.read)
    assert tries.room(code, "b", rooms.read), "others are not held up"
    clock.now += MINUTE - 1
    with pytest.raises(RoomProblem):
        tries.room(code, "a", rooms.read)
    clock.now += 1
    assert tries.room(code, "a", rooms.read)


def test_guesses_of_many_visitors_together_are_limited_too(tries: Tries) -> None:
    wrong_codes(tries, "a", "12")
    wrong_codes(tries, "b", "34")
    wrong_codes(tries, "c", "5")
    with pytest.raises(RoomProblem, match="try again in a minute"):
        tries.room("6", "d", lambda _code: None)


def test_a_refused_try_lengthens_nothing_and_takes_no_memory(tries: Tries, clock: Clock) -> None:
    wrong_codes(tries, "a", "123")
    for number in range(1000):
        clock.now = number * MINUTE / 1000
        with pytest.raises(RoomProblem):
            tries.room(f"x{number}", "a", lambda _code: None)
    clock.now = MINUTE
    wrong_codes(tries, "a", "4")


def test_a_thousand_who_come_back_to_a_room_that_has_ended_try_one_code(tries: Tries) -> None:
    for _ in range(1000):
        wrong_codes(tries, "a", "1")
    wrong_codes(tries, "a", "23")


def test_right_codes_are_never_counted(rooms: RoomStore, tries: Tries) -> None:
    code, _ = rooms.open(FIRST)
    for _ in range(1000):
        assert tries.room(code, "a", rooms.read)
    wrong_codes(tries, "a", "123")


def test_a_code_that_was_wrong_is_right_once_its_room_is_open(tries: Tries, rooms: RoomStore) -> None:
    wrong_codes(tries, "a", "1")
    room = rooms.read(rooms.open(FIRST)[0])
    assert tries.room("1", "a", lambda _code: room) is room


def test_a_day_of_guessing_finds_a_room_by_a_small_chance_alone() -> None:
    codes = len(LETTERS) ** 6
    a_day = tries_module.MOST_IN_ALL * 24 * 60
    assert a_day * rooms_module.MOST_ROOMS / codes < 0.01


@pytest.mark.parametrize(
    ("address", "who"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("::ffff:198.51.100.7", "198.51.100.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("127.0.0.1", "this machine"),
        ("::1", "this machine"),
        (None, "this machine"),
        ("testclient", "testclient"),
    ],
)
def test_a_visitor_is_known_by_the_address_and_of_a_whole_network_by_that(address: str | None, who: str) -> None:
    assert visitor(address) == who
