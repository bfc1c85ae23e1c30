"""Writing into the folder of a registry: one writer at a time, whole or not at all, on the disk when it is done.

Everything here raises ``OSError`` when the disk is full, the folder cannot be written to, or its lock cannot be had; what
stood there before then stands there still. Whoever writes holds the folder with :func:`writing`.
"""

import errno
import fcntl
import os
import secrets
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from plro_core.answering import in_time

#: How the name of what is not finished begins. No reader takes it for a file of the registry; the next writer sweeps it.
ASIDE = ".new-"
#: Seconds after which a writer that holds a folder is taken to hang.
LONGEST_WAIT = 60.0
_BETWEEN_TRIES = 0.02


@contextmanager
def writing(folder: Path, *inside: str, longest: float | None = None) -> Iterator[None]:
    """Hold ``folder`` against other writers, then sweep what an interrupted one left in it and in the folders ``inside``.

    Raises:
        TimeoutError: another writer held it for ``longest`` seconds, otherwise for :data:`LONGEST_WAIT`.
    """
    with locked(folder, longest=longest):
        for place in (folder, *(folder / name for name in inside)):
            for stale in place.glob(f"{ASIDE}*"):
                _sweep(stale)
        yield


@contextmanager
def locked(path: Path, flags: int = os.O_RDONLY, longest: float | None = None) -> Iterator[int]:
    """The handle of a file or folder that no other writer holds, in this program or in another; a kill lets go of it.

    Raises:
        TimeoutError: another writer held it for ``longest`` seconds, otherwise for :data:`LONGEST_WAIT`.
    """
    # To open a pipe would otherwise wait for ever.
    handle = in_time(path, lambda: os.open(path, flags | os.O_NONBLOCK, 0o644), os.close)
    try:
        if not stat.S_ISREG(kind := os.fstat(handle).st_mode) and not stat.S_ISDIR(kind):
            raise OSError(errno.EINVAL, "this is not a plain file", path.name)
        _wait_for(handle, path, LONGEST_WAIT if longest is None else longest)
        yield handle
    finally:
        os.close(handle)


def write_whole(path: Path, content: bytes, aside_in: Path | None = None) -> None:
    """Put ``content`` at ``path``, in place of what is there: a reader sees the old file or the new one.

    It is written in the same folder first, or in ``aside_in``, where the next writer sweeps it.
    """
    aside = (aside_in or path.parent) / f"{ASIDE}{secrets.token_hex(8)}"
    try:
        _write(aside, content)
        aside.replace(path)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def write_folder(home: Path, files: Mapping[str, bytes]) -> None:
    """Make a folder of files, by their names, that is not there yet: a reader sees all of it or nothing."""
    with new_folder(home) as aside:
        for name, content in files.items():
            _write(aside / name, content)


@contextmanager
def new_folder(home: Path) -> Iterator[Path]:
    """A folder to write into that takes its name when all is written: a reader sees all of it or nothing.

    Who needs a file on the disk syncs it; what can be made again need not be.
    """
    with aside_folder(home.parent) as aside:
        yield aside
        settle(aside, home)


@contextmanager
def aside_folder(parent: Path) -> Iterator[Path]:
    """A folder to write into that no reader takes for one of the registry; it is gone afterwards, unless it was settled."""
    aside = Path(tempfile.mkdtemp(prefix=ASIDE, dir=parent))
    try:
        yield aside
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def settle(aside: Path, home: Path) -> None:
    """Give a folder that was written aside its name."""
    aside.chmod(0o755)
    sync_folder(aside)
    aside.rename(home)
    sync_folder(home.parent)


def remove_folder(home: Path) -> None:
    """Take a folder away: a reader sees all of it or nothing. What a kill leaves of it goes with the next writer."""
    aside = home.with_name(f"{ASIDE}removed-{home.name}")
    home.rename(aside)
    sync_folder(home.parent)
    shutil.rmtree(aside, ignore_errors=True)


def move_folder(home: Path, to: Path) -> None:
    """Give a folder another place, whole; it is in the old one or in the new one."""
    to.parent.mkdir(exist_ok=True)
    home.rename(to)
    sync_folder(to.parent)
    sync_folder(home.parent)


def append(handle: int, content: bytes) -> None:
    """Add to the end of an open file, on the disk; what a full disk took only a part of is taken back."""
    size = os.fstat(handle).st_size
    try:
        written = 0
        while written < len(content):
            written += os.write(handle, content[written:])
        os.fsync(handle)
    except OSError:
        with suppress(OSError):
            os.ftruncate(handle, size)
        raise


def sync(handle: int) -> None:
    """Put on the disk what was written to an open file."""
    os.fsync(handle)


def sync_folder(folder: Path) -> None:
    """Put on the disk which names a folder holds."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        sync(handle)
    finally:
        os.close(handle)


def _write(path: Path, content: bytes) -> None:
    """Write, flush, sync and read back: a full disk once published an empty pointer."""
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    if path.read_bytes() != content:
        raise OSError(errno.EIO, "the file was not written whole", path.name)


def _wait_for(handle: int, path: Path, longest: float) -> None:
    until = time.monotonic() + longest
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() >= until:
                sentence = f"another program has been writing here for {longest:g} seconds; try again later"
                raise TimeoutError(errno.ETIMEDOUT, sentence, path.name) from None
            time.sleep(_BETWEEN_TRIES)


def _sweep(stale: Path) -> None:
    if stale.is_dir() and not stale.is_symlink():
        shutil.rmtree(stale, ignore_errors=True)
    else:
        stale.unlink(missing_ok=True)
