"""Writing into a registry's folder: whole or not at all, one writer at a time, nothing left behind."""

import errno
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from plro_core import durable

OLD, NEW = b"old\n", b"new\n"


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def failing(error: BaseException) -> Callable[..., Any]:
    def fail(*_: object, **__: object) -> None:
        raise error

    return fail


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()], ids=repr)
@pytest.mark.parametrize("step", [(os, "fsync"), (Path, "open"), (Path, "replace"), (Path, "read_bytes")])
@pytest.mark.parametrize("before", [OLD, None])
def test_a_file_is_written_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: tuple[Any, str], error: BaseException, before: bytes | None
) -> None:
    path = tmp_path / "CURRENT"
    if before is not None:
        path.write_bytes(before)
    with monkeypatch.context() as broken:
        broken.setattr(*step, failing(error))
        with pytest.raises(type(error)):
            durable.write_whole(path, NEW)
    assert {name: (tmp_path / name).read_bytes() for name in names(tmp_path)} == ({"CURRENT": before} if before else {})
    durable.write_whole(path, NEW)
    assert (names(tmp_path), path.read_bytes()) == (["CURRENT"], NEW)


def test_a_disk_that_keeps_less_than_was_written_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as full:
        full.setattr(Path, "read_bytes", lambda path: b"")
        with pytest.raises(OSError, match="not written whole"):
            durable.write_whole(tmp_path / "CURRENT", NEW)
    assert names(tmp_path) == []


@pytest.mark.parametrize(("mask", "mode"), [(0o022, 0o644), (0o027, 0o640), (0o002, 0o664)])
def test_a_file_is_readable_for_those_whom_the_account_lets_read(tmp_path: Path, mask: int, mode: int) -> None:
    before = os.umask(mask)
    try:
        durable.write_whole(tmp_path / "a.json", NEW)
    finally:
        os.umask(before)
    assert (tmp_path / "a.json").stat().st_mode & 0o777 == mode


def test_a_folder_is_there_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {"a": OLD, "b": NEW}
    for step in ((os, "fsync"), (Path, "rename"), (Path, "chmod")):
        with monkeypatch.context() as full:
            full.setattr(*step, failing(OSError(errno.ENOSPC, "No space left on device")))
            with pytest.raises(OSError, match="No space"):
                durable.write_folder(tmp_path / "1", files)
        assert names(tmp_path) == []
    durable.write_folder(tmp_path / "1", files)
    assert {name: (tmp_path / "1" / name).read_bytes() for name in names(tmp_path / "1")} == files
    with pytest.raises(OSError, match="not empty"):
        durable.write_folder(tmp_path / "1", {"c": NEW})
    assert names(tmp_path / "1") == ["a", "b"]


def test_what_a_killed_removal_leaves_goes_with_the_next_writer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    durable.write_folder(tmp_path / "1", {"a": OLD})
    with monkeypatch.context() as killed:
        killed.setattr(durable.shutil, "rmtree", failing(KeyboardInterrupt()))
        with pytest.raises(KeyboardInterrupt):
            durable.remove_folder(tmp_path / "1")
    assert not (tmp_path / "1").exists()
    assert len(names(tmp_path)) == 1
    with durable.writing(tmp_path):
        assert names(tmp_path) == []


def test_a_writer_sweeps_what_an_interrupted_one_left_and_nothing_else(tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / "versions"):
        (place / ".new-folder" / "in").mkdir(parents=True)
        (place / ".new-file").write_bytes(NEW)
        (place / "kept").write_bytes(OLD)
    (tmp_path / "kept-folder").mkdir()
    (tmp_path / ".new-link").symlink_to(tmp_path / "kept-folder")
    with durable.writing(tmp_path, "versions", "views"):
        assert names(tmp_path) == ["kept", "kept-folder", "versions"]
        assert names(tmp_path / "versions") == ["kept"]


def test_one_writer_at_a_time(tmp_path: Path) -> None:
    """Eight threads count in one file; without the lock they overwrite each other's count."""
    path = tmp_path / "count"
    path.write_bytes(b"0")

    def count() -> None:
        for _ in range(5):
            with durable.writing(tmp_path):
                number = int(path.read_bytes())
                time.sleep(0.001)
                durable.write_whole(path, str(number + 1).encode())

    threads = [threading.Thread(target=count) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert path.read_bytes() == b"40"


HOLD = """
import sys, time
from pathlib import Path
from plro_core import durable
with durable.writing(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_writer_that_hangs_is_told_and_one_that_is_killed_lets_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = Path(durable.__file__).resolve().parent.parent
    with subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, cwd=root) as other:
        try:
            assert other.stdout is not None
            assert other.stdout.readline() == b"held\n"
            monkeypatch.setattr(durable, "LONGEST_WAIT", 0.1)
            with (
                pytest.raises(OSError, match="another program has been writing here") as told,
                durable.writing(tmp_path),
            ):
                pass
            assert (told.value.errno, told.value.filename) == (errno.ETIMEDOUT, tmp_path.name)
        finally:
            other.send_signal(signal.SIGKILL)
    with durable.writing(tmp_path):
        pass


def test_what_a_full_disk_took_only_a_part_of_is_taken_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "journal"
    path.write_bytes(OLD)
    write, called = os.write, [0]

    def half(handle: int, content: bytes) -> int:
        called[0] += 1
        if called[0] > 1:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(handle, content[:2])

    with durable.locked(path, os.O_RDWR | os.O_APPEND) as handle, monkeypatch.context() as full:
        full.setattr(os, "write", half)
        with pytest.raises(OSError, match="No space"):
            durable.append(handle, NEW)
    assert path.read_bytes() == OLD
