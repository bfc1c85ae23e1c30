"""Writing a file that a person named: never half, never over what is no file, and with the mode that it had."""

import errno
import os
import secrets
import select
import stat
import time
from contextlib import suppress
from pathlib import Path

from plro_core.durable import sync, sync_folder

_MOST_LINKS = 40
#: Seconds that a pipe is given to find its reader, or to take some more.
PATIENCE = 10.0


def write_output(path: Path, content: bytes) -> None:
    """Write a file that a person named, so that it is never seen half written.

    A regular file is replaced in one step and keeps its mode and, where that is allowed, its owner. Links are followed
    and stay. What is no regular file stays what it is: a pipe, a terminal or a device such as ``/dev/null`` is written
    into; a folder, a disk, a socket and a pipe that nobody reads are refused.

    Raises:
        OSError: it cannot be written; a regular file is then as it was.
    """
    path = _followed(path)
    try:
        about = path.stat()
    except FileNotFoundError:
        _replace(path, content, None)
        return
    if _is_open_file(path) or stat.S_ISFIFO(about.st_mode) or stat.S_ISCHR(about.st_mode):
        _write_into(path, content)
    elif stat.S_ISREG(about.st_mode):
        _replace(path, content, about)
    elif stat.S_ISDIR(about.st_mode):
        raise OSError(errno.EISDIR, "it is a folder; expected the name of a file")
    else:
        raise OSError(errno.EINVAL, "it is a disk or a socket; expected the name of a file")


def _followed(path: Path) -> Path:
    """Where a chain of links ends, whether or not anything is there; an open file of a process stays a name for it."""
    for _ in range(_MOST_LINKS):
        if _is_open_file(path) or not path.is_symlink():
            return path
        path = path.parent / path.readlink()
    raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))


def _is_open_file(path: Path) -> bool:
    """Whether this is ``/dev/stdout`` or ``/dev/fd/3`` by the name that they lead to."""
    return os.path.realpath(path.parent).startswith("/proc/")


def _replace(path: Path, content: bytes, old: os.stat_result | None) -> None:
    """Write aside, sync, and rename; what is written aside is nobody's business who may not read the old file."""
    if old and not os.access(path, os.W_OK):
        raise PermissionError(errno.EACCES, "it is write-protected")
    aside = path.parent / f".{secrets.token_hex(8)}.part"
    mode = stat.S_IMODE(old.st_mode) & 0o777 if old else None
    handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666 if mode is None else mode & 0o600)
    try:
        with open(handle, "wb") as file:
            file.write(content)
            file.flush()
            if old and mode is not None:
                _keep(file.fileno(), old, mode)
            sync(file.fileno())
        aside.replace(path)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise
    with suppress(OSError):  # the file is there; some folders cannot be synced
        sync_folder(path.parent)


def _keep(handle: int, old: os.stat_result, mode: int) -> None:
    """Give a new file the owner and the mode of the old one; the group alone where the owner may not be given."""
    for owner in (old.st_uid, -1):
        with suppress(PermissionError):
            os.chown(handle, owner, old.st_gid)
            break
    os.fchmod(handle, mode)


def _write_into(path: Path, content: bytes) -> None:
    """Write to what is no regular file, and give up where nobody takes it."""
    handle = _opened(path)
    try:
        rest = memoryview(content)
        while rest:
            if not select.select([], [handle], [], PATIENCE)[1]:
                raise OSError(errno.ETIMEDOUT, "nobody takes what is written")
            rest = rest[os.write(handle, rest) :]
    finally:
        os.close(handle)


def _opened(path: Path) -> int:
    """Open without waiting for ever: a pipe can be opened only once somebody reads it."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_NONBLOCK | os.O_NOCTTY)
        except OSError as problem:
            if problem.errno != errno.ENXIO:
                raise
            if time.monotonic() > end:
                raise OSError(errno.ENXIO, "nobody reads this pipe") from None
        time.sleep(0.02)
