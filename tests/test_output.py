"""A file that a person names: replaced whole, with links, mode and owner kept, and only where it is a regular file."""

import os
import socket
import stat
import threading
from pathlib import Path

import pytest

from plro_core import output
from plro_core.output import write_output


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_file_has_the_mode_of_the_users_files(tmp_path: Path) -> None:
    old = os.umask(0o027)
    try:
        write_output(tmp_path / "a", b"new")
    finally:
        os.umask(old)
    assert ((tmp_path / "a").read_bytes(), mode(tmp_path / "a")) == (b"new", 0o640)
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


@pytest.mark.parametrize("kept", [0o600, 0o640, 0o666, 0o755])
def test_a_replaced_file_keeps_its_mode(tmp_path: Path, kept: int) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"old")
    path.chmod(kept)
    before = path.stat().st_ino
    write_output(path, b"new")
    assert (path.read_bytes(), mode(path)) == (b"new", kept)
    assert path.stat().st_ino != before  # replaced in one step, not written over


@pytest.mark.parametrize("may_give_away", [True, False])
def test_a_replaced_file_keeps_its_owner_or_at_least_its_group(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, may_give_away: bool
) -> None:
    path, given = tmp_path / "a", []
    path.write_bytes(b"old")

    def chown(handle: int, owner: int, group: int) -> None:
        given.append((owner, group))
        if owner != -1 and not may_give_away:
            raise PermissionError

    monkeypatch.setattr(os, "chown", chown)
    write_output(path, b"new")
    about = path.stat()
    assert given == [(about.st_uid, about.st_gid), (-1, about.st_gid)][: 1 if may_give_away else 2]


def test_links_are_followed_and_stay(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "a").write_bytes(b"old")
    (tmp_path / "far").symlink_to("folder/a")
    (tmp_path / "near").symlink_to(tmp_path / "far")
    (tmp_path / "dangling").symlink_to("folder/b")
    write_output(tmp_path / "near", b"new")
    write_output(tmp_path / "dangling", b"fresh")
    assert (tmp_path / "far").is_symlink()
    assert (tmp_path / "near").is_symlink()
    assert (tmp_path / "folder" / "a").read_bytes() == b"new"
    assert (tmp_path / "folder" / "b").read_bytes() == b"fresh"


def test_links_in_a_circle_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    with pytest.raises(OSError, match="Too many levels of symbolic links"):
        write_output(tmp_path / "a", b"new")


@pytest.mark.parametrize("name", ["null", "full"])
def test_a_device_stays_a_device(tmp_path: Path, name: str) -> None:
    path = Path("/dev") / name
    (tmp_path / "link").symlink_to(path)
    before = path.stat()
    if name == "full":
        with pytest.raises(OSError, match="No space left"):
            write_output(tmp_path / "link", b"new")
    else:
        write_output(tmp_path / "link", b"new")
    assert (path.stat().st_mode, path.stat().st_ino) == (before.st_mode, before.st_ino)


def test_a_pipe_is_written_into_as_soon_as_somebody_reads(tmp_path: Path) -> None:
    path, content, found = tmp_path / "pipe", bytes(300_000), []
    os.mkfifo(path)
    reader = threading.Timer(0.2, lambda: found.append(path.read_bytes()))
    reader.start()
    write_output(path, content)
    reader.join(10)
    assert found == [content]
    assert stat.S_ISFIFO(path.stat().st_mode)


def test_a_pipe_that_nobody_reads_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(output, "PATIENCE", 0.1)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="nobody reads this pipe"):
        write_output(tmp_path / "pipe", b"new")
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    with pytest.raises(OSError, match="nobody takes what is written"):
        write_output(tmp_path / "pipe", bytes(3_000_000))
    os.close(reader)


def test_what_holds_no_bytes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="it is a folder"):
        write_output(tmp_path, b"new")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket"))
        with pytest.raises(OSError, match="a disk or a socket"):
            write_output(tmp_path / "socket", b"new")
    assert stat.S_ISSOCK((tmp_path / "socket").stat().st_mode)


def test_an_open_file_is_written_into(tmp_path: Path) -> None:
    with (tmp_path / "a").open("wb") as file:
        file.write(b"first ")
        file.flush()
        write_output(Path(f"/dev/fd/{file.fileno()}"), b"second")
    assert (tmp_path / "a").read_bytes() == b"first second"


def test_a_file_that_cannot_be_written_whole_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").write_bytes(b"old")

    def stopped(handle: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", stopped)
    with pytest.raises(KeyboardInterrupt):
        write_output(tmp_path / "a", b"new")
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"old"]
