"""Live rooms as a store: who may drive, what a watcher sees, when a room ends, how many there may be."""

import threading

import pytest

from pages.live.rooms import HOUR, IDLE, LETTERS, LONGEST, InProcessRooms, RoomProblem, RoomStore, Scene

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
    return InProcessRooms(clock, most_rooms=2)


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


def test_a_hundred_threads_may_ask_while_one_drives() -> None:
    rooms = InProcessRooms()
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
