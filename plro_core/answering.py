"""Waiting for a disk: whoever asks one that does not answer, such as a network's that is away, is told so after some seconds.

A call of the system that blocks cannot be broken off, so it is made by a thread of its own, which is left behind when its time is
up. As long as it hangs nobody else waits for files of the same folder but one at a time, now and then, to see whether they have
come back. A folder that does not answer is told as one that is gone.
"""

import errno
import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PosixPath
from typing import IO, Any, TypeVar

T = TypeVar("T")

#: Seconds that a call may take, and that one may take while others of the folder hang.
PATIENCE, GLANCE = 5.0, 1.0
#: Seconds between two calls that see whether a folder answers again.
AGAIN = 10.0

SILENT = "the disk does not answer"


@dataclass
class _Calls:
    """The calls for files of one folder: how many hang, and when it was last tried whether it answers again."""

    hanging: int = 0
    tried: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)


_calls: dict[str, _Calls] = {}
_wanted = False


def wait_no_longer(wanted: bool = True) -> None:
    """From now on nobody waits for ever for a folder that :func:`patient` gives; a server asks for it, a command does not."""
    global _wanted
    _wanted = wanted


def patient(folder: Path | str) -> Path:
    """The folder as a path whose calls end in time, and those of everything in it; as it is where nobody asked for that."""
    if not _wanted:
        return Path(folder)
    path = PatientPath(folder)
    _calls.setdefault(os.path.abspath(path), _Calls())
    return path


def in_time(path: Path | str, call: Callable[[], T], give_back: Callable[[T], object] = lambda _: None) -> T:
    """What a call answers that may hang at a file of a patient folder; at any other it is simply made.

    ``give_back`` takes what comes too late.

    Raises:
        FileNotFoundError: the disk does not answer.
        Exception: what the call raises.
    """
    return _answered(_calls_of(path), path, call, give_back) if isinstance(path, PatientPath) else call()


def is_silent(folder: Path) -> bool:
    """Whether calls for files of this folder hang now."""
    return isinstance(folder, PatientPath) and _calls_of(folder).hanging > 0


def _calls_of(path: Path | str) -> _Calls:
    place = os.path.abspath(path)
    return next((found for folder, found in _calls.items() if _is_within(place, folder)), None) or _calls.setdefault(
        os.path.dirname(place), _Calls()
    )


def _is_within(place: str, folder: str) -> bool:
    return place == folder or place.startswith(folder.rstrip(os.sep) + os.sep)


def _answered(calls: _Calls, path: Path | str, call: Callable[[], T], give_back: Callable[[T], object]) -> T:
    with calls.lock:
        now, seconds = time.monotonic(), PATIENCE
        if calls.hanging:
            if now - calls.tried < AGAIN:
                raise _gone(path)
            seconds = GLANCE
        calls.tried = now if calls.hanging else calls.tried
    made: list[T] = []
    failed: list[BaseException] = []
    done, left = threading.Event(), threading.Event()

    def make() -> None:
        try:
            made.append(call())
        except BaseException as problem:
            failed.append(problem)
        with calls.lock:
            done.set()
            late = left.is_set()
            calls.hanging -= late
        if late and made:
            give_back(made[0])

    threading.Thread(target=make, name="disk", daemon=True).start()
    if not done.wait(seconds):
        with calls.lock:
            if not done.is_set():
                left.set()
                calls.hanging, calls.tried = calls.hanging + 1, time.monotonic()
        if left.is_set():
            raise _gone(path)
    if failed:
        raise failed[0]
    return made[0]


def _gone(path: Path | str) -> FileNotFoundError:
    return FileNotFoundError(errno.ENOENT, SILENT, os.path.basename(path))


#: Where a folder that has answered really lies.
_resolved: dict[str, Path] = {}


class PatientPath(PosixPath):
    """A path whose questions to the disk end in time; to one that does not answer they are those of a file that is not there."""

    __slots__ = ()

    def _asked(self, name: str, *given: Any, **named: Any) -> Any:
        return in_time(self, lambda: getattr(PosixPath(self), name)(*given, **named))

    def _is(self, name: str) -> bool:
        try:
            return bool(self._asked(name))
        except FileNotFoundError:
            return False

    def _all(self, name: str, *given: Any) -> Iterator[Any]:
        """What lies in a folder, all of it read in time."""
        found = in_time(self, lambda: list(getattr(PosixPath(self), name)(*given)))
        return iter([type(self)(path) for path in found])

    def _found(self, name: str, pattern: str) -> Iterator[Any]:
        try:
            return self._all(name, pattern)
        except FileNotFoundError:
            return iter(())

    def exists(self, **named: Any) -> bool:
        return self._is("exists")

    def is_dir(self, **named: Any) -> bool:
        return self._is("is_dir")

    def is_file(self, **named: Any) -> bool:
        return self._is("is_file")

    def is_symlink(self) -> bool:
        return self._is("is_symlink")

    def stat(self, *, follow_symlinks: bool = True) -> os.stat_result:
        found: os.stat_result = self._asked("stat", follow_symlinks=follow_symlinks)
        return found

    def iterdir(self) -> Iterator[Any]:  # type: ignore[override]
        return self._all("iterdir")

    def glob(self, pattern: str, **named: Any) -> Iterator[Any]:  # type: ignore[override]
        return self._found("glob", pattern)

    def rglob(self, pattern: str, **named: Any) -> Iterator[Any]:  # type: ignore[override]
        return self._found("rglob", pattern)

    def resolve(self, strict: bool = False) -> Any:
        """Where it really lies; while the disk does not answer, as it did before."""
        try:
            found = type(self)(self._asked("resolve", strict))
        except FileNotFoundError:
            if strict:
                raise
            return _resolved.get(str(self)) or type(self)(os.path.abspath(self))
        _resolved[str(self)] = found
        return found

    def open(self, *given: Any, **named: Any) -> IO[Any]:  # type: ignore[override]
        file: IO[Any] = in_time(self, lambda: PosixPath(self).open(*given, **named), lambda late: late.close())
        return file

    def mkdir(self, *given: Any, **named: Any) -> None:
        self._asked("mkdir", *given, **named)

    def unlink(self, *given: Any, **named: Any) -> None:
        self._asked("unlink", *given, **named)

    def rmdir(self) -> None:
        self._asked("rmdir")

    def replace(self, target: Any) -> Any:
        return type(self)(self._asked("replace", target))

    def rename(self, target: Any) -> Any:
        return type(self)(self._asked("rename", target))
