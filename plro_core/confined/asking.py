"""Asking a reader's process: it is started anew for each file, watched, and gone when its answer is there.

A process and not a thread, since only a process can be ended and can have its own memory; started anew and never
forked, since a fork of a server with threads may hang. What it answers is taken apart and checked here as strictly as
a file: it has read bytes of strangers, and a fault of a reader's library may let them speak in its place.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, NoReturn, TypeVar

from plro_core import pace
from plro_core.confined import child
from plro_core.confined.message import packed, unpacked
from plro_core.problems import DataProblem

T = TypeVar("T")

_ROOT = str(Path(__file__).resolve().parents[2])
_GLANCE = 0.1
#: Each may take the memory of its limits.
_TURNS = threading.BoundedSemaphore(2)
_RUNNING: set[subprocess.Popen[bytes]] = set()
#: Nothing of the server's own (keys, addresses); fewer threads and pools, which count as memory before they are used.
_ENVIRONMENT = {
    "ARROW_DEFAULT_MEMORY_POOL": "system",
    "MALLOC_ARENA_MAX": "2",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
}
#: Where libraries are found on some machines.
_KEPT = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")


class BrokenOff(DataProblem):
    """A file was not read to its end. The sentence goes on from the name of the file: "it takes more than ..."."""


@dataclass(frozen=True)
class Limits:
    """How much one file may take. Processor time and the clock are in seconds.

    ``watched``: the memory is looked at from here, on systems that cannot limit a process by themselves.
    """

    memory: int = 2_000_000_000
    processor: int = 30
    clock: float = 60.0
    answer: int = 600_000_000
    watched: bool = sys.platform != "linux"


LIMITS = Limits()


class Readers:
    """The readers' processes of one piece of work, which can be ended together while others go on.

    Work that runs inside ``with readers.at_work():`` starts its processes here. Once ended, it gets no further one.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[bytes]] = set()
        self._ended = False

    @property
    def ended(self) -> bool:
        return self._ended

    def end(self) -> None:
        """End them now; whoever waits for one is told that it broke off."""
        with self._lock:
            self._ended = True
            for process in self._running:
                process.kill()

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """What this thread asks from here on is asked for this piece of work."""
        token = _AT_WORK.set(self)
        try:
            yield
        finally:
            _AT_WORK.reset(token)

    def add(self, process: subprocess.Popen[bytes]) -> None:
        with self._lock:
            self._running.add(process)
            if self._ended:
                process.kill()

    def discard(self, process: subprocess.Popen[bytes]) -> None:
        with self._lock:
            self._running.discard(process)


#: Who works for nothing in particular is never ended alone.
_AT_WORK: ContextVar[Readers] = ContextVar("readers", default=Readers())  # noqa: B039


@dataclass
class _Watch:
    """Why a process was ended from here, and whether it is still to be watched."""

    why: str = ""
    done: threading.Event = field(default_factory=threading.Event)


def ask(
    task: str,
    value: Any,
    files: Sequence[bytes],
    read: Callable[[Any, list[bytes]], T],
    limits: Limits | None = None,
) -> T:
    """What the function ``answer`` of the module ``task`` answers in a process of its own, as ``read`` takes it apart.

    Raises:
        BrokenOff: a limit was met, the reader crashed, or what it answered is no answer.
        DataProblem: the reader raised a plain problem; its sentence.
    """
    limits = limits or LIMITS
    answer = _answer(task, packed(value, files), limits)
    try:
        said, given = unpacked(answer)
        if isinstance(problem := said.get("problem"), str):
            raise DataProblem(problem)
        return read(said["answer"], given)
    except (AttributeError, IndexError, KeyError, OverflowError, TypeError, ValueError):
        raise BrokenOff(_CRASHED) from None


def end_all() -> None:
    """End every reader's process now (when the server ends); whoever waits for one is told that it broke off."""
    for process in list(_RUNNING):
        process.kill()


def _answer(task: str, request: bytes, limits: Limits) -> bytes:
    with pace.aside():
        _wait_for_a_turn(limits)
        try:
            with _started(task, limits) as (process, watch):
                answer = _exchanged(process, request, limits)
        finally:
            _TURNS.release()
    if watch.why:
        raise BrokenOff(watch.why)
    if len(answer) > limits.answer:
        raise BrokenOff(f"it holds more than {limits.answer // 1_000_000} MB when unpacked; expected less.")
    if process.returncode:
        _raise(process.returncode, answer, limits)
    return answer


def _wait_for_a_turn(limits: Limits) -> None:
    """Take one of the turns; whoever takes it gives it back."""
    readers, deadline = _AT_WORK.get(), time.monotonic() + limits.clock
    while not readers.ended:
        left = deadline - time.monotonic()
        if _TURNS.acquire(timeout=max(0.0, min(_GLANCE, left))):
            return
        if left <= 0:
            raise BrokenOff(
                "it waited too long for other files that are being read; expected fewer at a time, try again."
            )
    raise BrokenOff("reading it was stopped.")


@contextmanager
def _started(task: str, limits: Limits) -> Iterator[tuple[subprocess.Popen[bytes], _Watch]]:
    """A process that has ended when the block is left, however it is left."""
    path = [entry for entry in sys.path if os.path.isabs(entry)]
    path += [] if _ROOT in path else [_ROOT]
    numbers = (0 if limits.watched else limits.memory, limits.processor)
    try:
        process = subprocess.Popen(  # noqa: S603 (our own program; nothing of the file is in the command)
            [sys.executable, "-I", "-S", "-B", child.__file__, task, *map(str, numbers), *path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # a crashing library may tell what it read
            env=_ENVIRONMENT | {name: os.environ[name] for name in _KEPT if name in os.environ},
            cwd="/",
        )
    except OSError:
        raise BrokenOff("no process could be started to read it; expected a machine with room for one more.") from None
    watch, readers = _Watch(), _AT_WORK.get()
    _RUNNING.add(process)
    readers.add(process)
    try:
        threading.Thread(target=_look_after, args=(process, limits, watch), daemon=True).start()
        yield process, watch
    finally:
        process.kill()
        watch.done.set()
        _RUNNING.discard(process)
        readers.discard(process)
        for pipe in (process.stdin, process.stdout):
            _close(pipe)
        process.wait()


def _exchanged(process: subprocess.Popen[bytes], request: bytes, limits: Limits) -> bytes:
    """The answer to a request, no further than the limit; the process has ended by itself, or was ended."""
    if process.stdin is None or process.stdout is None:
        raise AssertionError("a process was started without pipes")
    with suppress(BrokenPipeError):  # it has ended; how, its exit code says
        process.stdin.write(len(request).to_bytes(8, "big"))
        process.stdin.write(request)
        process.stdin.flush()
    answer = process.stdout.read(limits.answer + 1)
    if len(answer) <= limits.answer:
        process.wait()
    return answer


def _close(pipe: IO[bytes] | None) -> None:
    with suppress(OSError):  # what was not written yet goes nowhere
        if pipe is not None:
            pipe.close()


def _look_after(process: subprocess.Popen[bytes], limits: Limits, watch: _Watch) -> None:
    """End the process at the limits that it cannot keep by itself."""
    deadline = time.monotonic() + limits.clock
    while not watch.done.wait(min(_GLANCE, limits.clock)):
        if time.monotonic() > deadline:
            watch.why = _too_slow(limits.clock)
        elif limits.watched and _resident(process.pid) > limits.memory:
            watch.why = _too_large(limits)
        if watch.why:
            process.kill()
            return


def _resident(process: int) -> int:
    """Bytes of memory that a process has; 0 if nobody can tell."""
    try:
        told = subprocess.run(  # noqa: S603
            ["/bin/ps", "-o", "rss=", "-p", str(process)], capture_output=True, timeout=5, check=False
        )
        return int(told.stdout) * 1024
    except (OSError, ValueError, subprocess.SubprocessError):
        return 0


# How it ended


_CRASHED = "the program that reads such files broke off at it; expected a file as the usual programs write it."


def _too_slow(seconds: float) -> str:
    return f"reading it takes longer than {seconds:g} seconds; expected a smaller file."


def _too_large(limits: Limits) -> str:
    return f"reading it takes more than {limits.memory / 1e9:g} GB of memory; expected a smaller file."


def _raise(code: int, answer: bytes, limits: Limits) -> NoReturn:
    if code == -signal.SIGXCPU:
        raise BrokenOff(_too_slow(limits.processor))
    if code == child.NO_MEMORY:
        raise BrokenOff(_too_large(limits))
    if code in (-signal.SIGABRT, -signal.SIGKILL):  # as libraries end that get no more memory
        memory = f"{limits.memory / 1e9:g} GB of memory"
        raise BrokenOff(
            f"the program that reads such files broke off at it, or it takes more than {memory}; expected a file as "
            "the usual programs write it."
        )
    if code == child.UNEXPECTED and answer.isalpha() and len(answer) < 60:
        raise BrokenOff(
            f"the program that reads such files met an unexpected problem of type {answer.decode('ascii')}."
        )
    raise BrokenOff(_CRASHED)
