"""Live rooms as a store: who may drive, what a watcher sees, when a room ends, how many there may be."""

import threading

import pytest

from pages.live.rooms import GONE, HOUR, IDLE, LETTERS, LONGEST, InProcessRooms, RoomProblem, RoomStore, Scene

FIRST = Scene("pain", (("smoking", "yes"),), "2022-2")
SECOND = Scene("labs", (("patient", "8"),), "2022-2")


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def rooms(clock: Clock) -> RoomStore:
    return InProcessRooms(clock, most_rooms=2, most_watchers=3)


def test_whoever_has_the_code_sees_the_scene_and_not_the_secret(rooms: RoomStore) -> None:
    code, secret = rooms.open(FIRST)
    room = rooms.read(code)
    assert room is not None
    assert (room.code, room.change, room.scene, room.watching) == (code, 1, FIRST, 0)
    assert secret not in repr(room)


def test_a_room_says_who_leads_where_a_name_was_given(rooms: RoomStore) -> None:
    assert rooms.read(rooms.open(FIRST)[0]).leader == ""
    assert rooms.read(rooms.open(FIRST, "Presenter A")[0]).leader == "Presenter A"


def test_a_code_is_short_clear_and_different_each_time() -> None:
    rooms = InProcessRooms(most_rooms=1000)
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
    assert rooms.read(code, "a watcher does not keep it open") is not None
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


def test_watchers_are_counted_while_they_ask(rooms: RoomStore, clock: Clock) -> None:
    code, _ = rooms.open(FIRST)
    for watcher in ("a", "b", "a"):
        rooms.read(code, watcher)
    assert rooms.read(code).watching == 2
    clock.now += GONE - 1
    rooms.read(code, "b")
    clock.now += 1
    assert rooms.read(code).watching == 1


def test_many_watchers_are_counted_at_once(rooms: RoomStore) -> None:
    code, _ = rooms.open(FIRST)
    assert rooms.read(code, "a", "b", "c").watching == 3
    with pytest.raises(RoomProblem, match="full"):
        rooms.read(code, "d", "a")


def test_rooms_and_watchers_are_capped_and_make_place_again(rooms: RoomStore, clock: Clock) -> None:
    code, secret = rooms.open(FIRST)
    rooms.open(FIRST)
    with pytest.raises(RoomProblem, match="Too many live rooms"):
        rooms.open(FIRST)
    for watcher in "abc":
        rooms.read(code, watcher)
    with pytest.raises(RoomProblem, match="full"):
        rooms.read(code, "d")
    assert rooms.read(code, "a").watching == 3
    clock.now += GONE
    assert rooms.read(code, "d").watching == 1
    rooms.end(code, secret)
    assert rooms.open(FIRST)
    clock.now += IDLE
    assert rooms.open(FIRST)


def test_an_unknown_code_is_no_room(rooms: RoomStore) -> None:
    assert rooms.read("ABCDEF") is None
    assert rooms.read("") is None


def test_a_hundred_threads_may_ask_while_one_drives() -> None:
    rooms = InProcessRooms()
    code, secret = rooms.open(FIRST)
    found = []

    def watch(name: str) -> None:
        found.extend(rooms.read(code, name).change for _ in range(20))

    threads = [threading.Thread(target=watch, args=(str(number),)) for number in range(100)]
    for thread in threads:
        thread.start()
    for turn in range(50):
        assert rooms.drive(code, secret, SECOND if turn % 2 else FIRST)
    for thread in threads:
        thread.join()
    assert len(found) == 2000
    assert rooms.read(code).watching == 100
    assert rooms.read(code).change == 50
