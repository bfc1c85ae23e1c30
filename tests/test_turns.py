"""Fair turns: cheap runs never wait for dear ones, long ones take turns, and what nobody waits for any more is dropped."""

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from types import SimpleNamespace

import pytest

from pages.live import turns as turns_module
from pages.live.turns import AWAY, LONG, LONG_AWAY, PATIENCE, SLICE, YOUNG_AT_ONCE, Line, Run, Turns
from pages.parts.registry import work
from plro_core import pace
from plro_core.confined import asking
from plro_core.confined.message import packed

SECONDS = 20


def begun(line: Line, now: float = 0.0, worked: float = 0.0) -> Run:
    """A run that has come, and has then worked so long until its first piece of computing."""
    run = Run()
    line.wait(run, now)
    if worked:
        assert computes(run)
        line.come_back(run, worked, now)
    return run


def computes(run: Run) -> bool:
    return run.go.is_set()


# The line


def test_a_few_young_runs_compute_at_once_and_the_others_in_the_order_in_which_they_come() -> None:
    line = Line()
    runs = [begun(line) for _ in range(YOUNG_AT_ONCE + 3)]
    assert [computes(run) for run in runs] == [True] * YOUNG_AT_ONCE + [False] * 3
    line.leave(runs[0], 0.1)
    assert [computes(run) for run in runs[YOUNG_AT_ONCE:]] == [True, False, False]
    line.leave(runs[1], 0.1)
    assert [computes(run) for run in runs[YOUNG_AT_ONCE:]] == [True, True, False]


def test_a_cheap_run_never_waits_for_dear_ones_however_many_there_are() -> None:
    line = Line()
    dear = []
    for _ in range(5):
        dear.append(begun(line, worked=LONG))
    assert [computes(run) for run in dear].count(True) == 1
    cheap = [begun(line) for _ in range(YOUNG_AT_ONCE)]
    assert all(map(computes, cheap))


def test_a_dear_run_stands_back_at_its_next_piece_of_computing_while_a_cheap_one_computes() -> None:
    line = Line()
    dear = begun(line, worked=LONG)
    assert computes(dear)
    cheap = begun(line, 0.1)
    line.come_back(dear, LONG + 0.01, 0.1)
    assert not computes(dear)
    line.leave(cheap, 0.12)
    assert computes(dear)


def test_a_dear_run_waits_for_cheap_ones_with_patience_once_a_slice() -> None:
    line = Line()
    dear = begun(line, worked=LONG)
    begun(line, 0.1)
    line.come_back(dear, LONG + 0.01, 0.1)
    line.let_go(0.1 + PATIENCE / 2)
    assert not computes(dear)
    line.let_go(0.1 + PATIENCE)
    assert computes(dear)
    begun(line, 0.1 + PATIENCE)
    line.come_back(dear, LONG + SLICE / 2, 0.1 + PATIENCE)
    assert computes(dear)
    line.come_back(dear, LONG + 2 * SLICE, 0.1 + PATIENCE)
    assert not computes(dear)


def test_dear_runs_take_turns_and_the_one_that_worked_least_is_next() -> None:
    line = Line()
    first = begun(line, worked=LONG)
    second = begun(line, worked=LONG)
    third = begun(line, worked=LONG + 1)
    assert [computes(run) for run in (first, second, third)] == [True, False, False]
    line.come_back(first, LONG + SLICE / 2, 0.1)
    assert computes(first)
    line.come_back(first, LONG + SLICE, 0.2)
    assert [computes(run) for run in (first, second, third)] == [False, True, False]
    line.leave(second, 0.3)
    assert [computes(run) for run in (first, third)] == [True, False]
    line.leave(first, 0.4)
    assert computes(third)


def test_who_does_not_come_back_for_a_while_holds_up_nobody() -> None:
    """A run may wait for what another one has in its hands, such as a figure that both want."""
    line = Line()
    young = [begun(line) for _ in range(YOUNG_AT_ONCE)]
    next_one = begun(line)
    line.let_go(AWAY)
    assert computes(next_one)
    for run in (*young, next_one):
        line.leave(run, AWAY)
    long, other = begun(line, worked=LONG), begun(line, worked=LONG)
    assert [computes(run) for run in (long, other)] == [True, False]
    line.let_go(LONG_AWAY)
    assert computes(other)
    line.come_back(long, LONG + 0.01, LONG_AWAY)
    assert not computes(long)


def test_a_run_that_waits_and_leaves_is_forgotten() -> None:
    line = Line()
    runs = [begun(line) for _ in range(YOUNG_AT_ONCE + 2)]
    line.leave(runs[-2], 0.0)
    line.leave(runs[0], 0.0)
    assert computes(runs[-1])
    assert not computes(runs[-2])
    for run in runs:
        line.leave(run, 0.0)
    assert not line.computing
    assert not line.waiting


# Threads


class _SupersededError(BaseException):
    """Somebody asked for another run."""


def _end() -> None:
    raise _SupersededError


def test_a_run_that_is_no_longer_wanted_ends_at_its_next_piece_of_computing_and_lets_others_go_on() -> None:
    turns, computed = Turns(), []
    wanted = [True]

    def still_wanted() -> None:
        if not wanted[0]:
            raise _SupersededError

    def compute() -> None:
        for number in range(5):
            pace.pause()
            computed.append(number)
            wanted[0] = number < 2

    with pytest.raises(_SupersededError), turns.run(still_wanted):
        compute()
    assert computed == [0, 1, 2]
    for _ in range(YOUNG_AT_ONCE + 1):
        with turns.run():
            pass


def test_a_run_that_is_no_longer_wanted_ends_while_it_waits() -> None:
    turns, begun_, may_end = Turns(clock=lambda: 0.0), threading.Barrier(YOUNG_AT_ONCE + 1), threading.Event()

    def compute() -> None:
        with turns.run():
            begun_.wait(SECONDS)
            assert may_end.wait(SECONDS)

    threads = [threading.Thread(target=compute) for _ in range(YOUNG_AT_ONCE)]
    for thread in threads:
        thread.start()
    begun_.wait(SECONDS)
    entered = []
    with pytest.raises(_SupersededError), turns.run(_end):
        entered.append(True)
    assert not entered
    may_end.set()
    for thread in threads:
        thread.join(SECONDS)
        assert not thread.is_alive()


def test_who_waits_begins_when_another_ends() -> None:
    turns, entered = Turns(clock=lambda: 0.0), threading.Event()
    threads = []

    def compute() -> None:
        with turns.run():
            entered.set()

    with ExitStack() as computing:
        for _ in range(YOUNG_AT_ONCE):
            computing.enter_context(turns.run())
        threads.append(threading.Thread(target=compute))
        threads[0].start()
        assert not entered.is_set()
    assert entered.wait(SECONDS)
    threads[0].join(SECONDS)


def test_outside_a_run_nothing_is_held_up() -> None:
    pace.pause()
    with pytest.raises(_SupersededError), pace.paced(_end):
        pace.pause()
    pace.pause()


# Waiting for something else


def test_who_waits_for_something_else_gives_the_turn_back_at_once() -> None:
    """As many as may compute wait for files that are read elsewhere; somebody else does not wait until they count as away."""
    turns, read, away = Turns(), threading.Event(), threading.Barrier(YOUNG_AT_ONCE + 1)
    came_back: list[int] = []

    def check(number: int) -> None:
        with turns.run():
            with pace.aside():
                away.wait(SECONDS)
                read.wait(SECONDS)
            came_back.append(number)

    checking = [threading.Thread(target=check, args=(number,)) for number in range(YOUNG_AT_ONCE)]
    for thread in checking:
        thread.start()
    away.wait(SECONDS)
    began = time.monotonic()
    with turns.run():
        assert time.monotonic() - began < AWAY / 2
        read.set()
        assert came_back != list(range(YOUNG_AT_ONCE + 1))
    for thread in checking:
        thread.join(SECONDS)
    assert sorted(came_back) == list(range(YOUNG_AT_ONCE))


def test_a_run_that_ends_while_it_is_aside_waits_for_nobody() -> None:
    turns = Turns()
    with pytest.raises(KeyError), turns.run(), pace.aside():
        raise KeyError
    with turns.run():
        pass


def test_a_file_is_read_elsewhere_while_the_turn_is_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    @contextmanager
    def beside() -> Iterator[None]:
        seen.append("gives back")
        yield
        seen.append("comes back")

    def exchanged(*_: object) -> bytes:
        seen.append("reads")
        return packed({"answer": 7})

    monkeypatch.setattr(asking, "_exchanged", exchanged)
    monkeypatch.setattr(asking, "_started", lambda *_: nullcontext((SimpleNamespace(returncode=0), asking._Watch())))
    with pace.paced(lambda: None, beside):
        assert asking.ask("none", {}, [], lambda answer, _: answer) == 7
    assert seen == ["gives back", "reads", "comes back"]


def test_long_work_on_the_page_waits_outside_the_line_and_works_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    turns, seen = Turns(), []
    monkeypatch.setattr(turns_module, "_turns", lambda: turns)

    def working(told: work.Told) -> int:
        seen.append(len(turns._line.computing))
        assert told.progress(0.5, "half")
        return 7

    def page() -> None:
        with turns.run():
            assert work._waited_for("slot", "key", "Working", working) == 7
            seen.append(len(turns._line.computing))

    page()
    assert seen == [1, 1], "the work alone computes, then the page alone"
