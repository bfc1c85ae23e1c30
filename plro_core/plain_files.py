"""Opening the files of a registry: plain ones only, so that a pipe or a device in their place makes nobody wait."""

import errno
import io
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

from plro_core.answering import PatientPath, in_time

#: Without it, to open a pipe that nobody writes into would wait for ever.
_AT_ONCE = os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC


class PlainFile(io.FileIO):
    """A plain file, open for reading; reads of one that lies in a patient folder end in time."""

    def __init__(self, number: int, path: Path) -> None:
        super().__init__(number, "rb")
        self._path = path

    def read(self, size: int | None = -1) -> bytes:
        return in_time(self._path, lambda: super(PlainFile, self).read(-1 if size is None else size) or b"")

    def readall(self) -> bytes:
        return in_time(self._path, lambda: super(PlainFile, self).readall() or b"")

    def readinto(self, buffer: Any) -> int:
        return self._into(buffer, lambda own: super(PlainFile, self).readinto(own) or 0)

    def read_at(self, buffer: Any, at: int) -> int:
        """Read from a place, whatever was read before."""
        return self._into(buffer, lambda own: os.preadv(self.fileno(), [own], at))

    def _into(self, buffer: Any, read: Callable[[Any], int]) -> int:
        if not isinstance(self._path, PatientPath):
            return read(buffer)
        own = bytearray(len(memoryview(buffer).cast("B")))  # what comes too late must not land with others
        found = in_time(self._path, lambda: read(own))
        memoryview(buffer).cast("B")[:found] = own[:found]
        return found

    def stat(self) -> os.stat_result:
        """What is known of the open file, whatever its name stands for now."""
        return in_time(self._path, lambda: os.fstat(self.fileno()))


def opened(path: Path, *, follow: bool = True) -> PlainFile:
    """A plain file, open for reading; ``follow`` lets it be a link to one.

    Raises:
        OSError: it is missing, is a folder, a pipe or a device, or cannot be read.
    """
    return PlainFile(handle(path, os.O_RDONLY | (0 if follow else os.O_NOFOLLOW)), path)


def handle(path: Path, flags: int) -> int:
    """The handle of a plain file.

    Raises:
        OSError: it is missing, is a folder, a pipe or a device, or cannot be opened.
    """
    return in_time(path, lambda: _handle(path, flags), os.close)


def _handle(path: Path, flags: int) -> int:
    found = os.open(path, flags | _AT_ONCE, 0o644)
    if stat.S_ISREG(os.fstat(found).st_mode):
        return found
    is_folder = stat.S_ISDIR(os.fstat(found).st_mode)
    os.close(found)
    if is_folder:
        raise OSError(errno.EISDIR, os.strerror(errno.EISDIR), path.name)
    raise OSError(errno.EINVAL, "this is not a plain file", path.name)


def content(path: Path, most: int = -1, *, follow: bool = True) -> bytes:
    """The bytes of a plain file, or the first ``most`` of them.

    Raises:
        OSError: as of :func:`opened`.
    """
    with io.BufferedReader(opened(path, follow=follow)) as file:
        return file.read(most)


def text(path: Path) -> str:
    """The text of a plain file in UTF-8.

    Raises:
        OSError: as of :func:`opened`.
        UnicodeDecodeError: it is something else than text.
    """
    return content(path).decode("utf-8")


def lines(path: Path, encoding: str = "utf-8-sig") -> io.TextIOWrapper:
    """The text of a plain file, open for reading as :mod:`csv` wants it: line ends as they are.

    Raises:
        OSError: as of :func:`opened`.
    """
    return io.TextIOWrapper(io.BufferedReader(opened(path)), encoding=encoding, newline="")
