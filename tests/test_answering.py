"""A disk that does not answer: nobody waits for it for ever, open sessions go on, and it is told as one that is gone."""

import io
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from plro_core import answering, durable, plain_files, store
from plro_core.answering import PatientPath, in_time, is_silent, patient
from plro_core.problems import PlainProblem
from tests.all_pages import PAGES
from tests.test_pages import opened, words
from tests.tools.flips import every_kind_of_file

#: What waits longer than this in a test waits for ever, which here is a minute; a page on a busy machine does not.
SOON = 20.0


class Disk:
    """What lies in a folder answers nothing while it is silent."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.answers = threading.Event()
        self.answers.set()
        self._folder = str(folder)
        for module, name in (
            *((os, name) for name in ("open", "stat", "lstat", "listdir", "scandir", "readlink", "mkdir", "unlink")),
            (io, "open"),
        ):
            monkeypatch.setattr(module, name, self._waiting(getattr(module, name)))

    def _waiting(self, call: Any) -> Any:
        def asked(path: Any, *given: Any, **named: Any) -> Any:
            if not isinstance(path, int) and str(path).startswith(self._folder):
                self.answers.wait(60)
            return call(path, *given, **named)

        return asked


@pytest.fixture(autouse=True)
def deadlines(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(answering, "PATIENCE", 0.3)
    monkeypatch.setattr(answering, "GLANCE", 0.1)
    monkeypatch.setattr(answering, "_calls", {})
    answering.wait_no_longer()
    yield
    answering.wait_no_longer(False)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    made = tmp_path / "ours"
    every_kind_of_file(made)
    monkeypatch.setenv("PLRO_REGISTRY", f"{made}{os.pathsep}published")
    st.cache_resource.clear()
    return made


@pytest.fixture
def disk(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Disk]:
    found = Disk(folder, monkeypatch)
    yield found
    found.answers.set()


# A call


def test_a_command_waits_as_ever(tmp_path: Path) -> None:
    answering.wait_no_longer(False)
    assert not isinstance(patient(tmp_path), PatientPath)
    assert in_time(tmp_path, threading.current_thread) is threading.current_thread()


def test_a_call_that_answers_is_answered(tmp_path: Path) -> None:
    place = patient(tmp_path) / "file"
    assert isinstance(place, PatientPath)
    assert in_time(place, lambda: 7) == 7
    with pytest.raises(PermissionError):
        in_time(place, lambda: (_ for _ in ()).throw(PermissionError()))
    assert not is_silent(place)


def test_a_call_that_hangs_is_left_behind_and_nobody_else_waits(tmp_path: Path) -> None:
    ours, others = patient(tmp_path / "ours"), patient(tmp_path / "others")
    free, back = threading.Event(), []
    began = time.monotonic()
    with pytest.raises(FileNotFoundError, match="the disk does not answer"):
        in_time(ours / "a", lambda: free.wait(60), back.append)
    assert is_silent(ours)
    calls = []
    for _ in range(50):
        with pytest.raises(FileNotFoundError):
            in_time(ours / "b", lambda: calls.append(1))
    assert calls == []
    assert time.monotonic() - began < SOON
    assert in_time(others / "a", lambda: 7) == 7
    free.set()
    deadline = time.monotonic() + SOON
    while is_silent(ours) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert back == [True], "what comes too late is given back"
    assert in_time(ours / "b", lambda: 7) == 7


def test_now_and_then_one_looks_whether_it_answers_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ours, free = patient(tmp_path), threading.Event()
    with pytest.raises(FileNotFoundError):
        in_time(ours, lambda: free.wait(60))
    monkeypatch.setattr(answering, "AGAIN", 0.0)
    assert in_time(ours, lambda: 7) == 7
    free.set()


def test_a_patient_path_says_what_a_path_says(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "b.txt").write_text("text")
    (tmp_path / "link").symlink_to(tmp_path / "a")
    plain, own = tmp_path / "link", patient(tmp_path / "link")
    assert (own, hash(own), str(own)) == (plain, hash(plain), str(plain))
    assert isinstance(own / "b.txt", PatientPath)
    for name in ("exists", "is_dir", "is_file", "is_symlink", "resolve", "stat", "lstat"):
        assert getattr(own, name)() == getattr(plain, name)(), name
        assert not (own / "no").exists()
    assert sorted(own.iterdir()) == sorted(plain.iterdir())
    assert list(own.glob("*")) == list(plain.glob("*"))
    assert list(own.rglob("*.txt")) == list(plain.rglob("*.txt"))
    assert (own / "b.txt").read_text() == "text"
    assert plain_files.content(own / "b.txt") == b"text"
    durable.write_whole(own / "c.txt", b"new")
    assert (plain / "c.txt").read_bytes() == b"new"


def test_a_file_that_hangs_while_it_is_read_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").write_bytes(b"x" * 10)
    file, free = plain_files.opened(patient(tmp_path) / "a"), threading.Event()
    buffer = bytearray(10)
    assert file.read_at(buffer, 0) == 10
    monkeypatch.setattr(os, "preadv", lambda *_: free.wait(60))
    with pytest.raises(FileNotFoundError):
        file.read_at(buffer, 0)
    free.set()


# Pages


def stepped(app: AppTest, page: str) -> float:
    began = time.monotonic()
    app.switch_page(f"{page}.py").run()
    assert not app.exception, page
    return time.monotonic() - began


def test_open_sessions_go_on_while_the_disk_is_silent_and_after(disk: Disk) -> None:
    app = opened("overview", registry="ours")
    assert "2 of 2 patients" in words(app)
    disk.answers.clear()
    for page in PAGES:
        assert stepped(app, page) < SOON, page
        if page not in ("registry", "dictionary"):
            assert not app.error, page
            assert "2 of 2 patients" in words(app)
    other = opened("overview", registry="published")
    assert not other.exception
    assert "10 of 10 patients" in words(other)
    disk.answers.set()
    assert stepped(app, "overview") < SOON
    assert "2 of 2 patients" in words(app)


@pytest.mark.parametrize("part", ["history", "quality", "export", ""])
def test_every_part_of_the_registry_page_answers_while_the_disk_does_not(disk: Disk, part: str) -> None:
    app = opened("registry", registry="ours", **({"part": part} if part else {}))
    disk.answers.clear()
    assert stepped(app, "registry") < SOON
    app.run()
    assert not app.exception


def test_a_new_session_is_told_that_the_disk_does_not_answer(disk: Disk, folder: Path) -> None:
    store.open_registry(patient(folder)).close()
    disk.answers.clear()
    app = opened("overview", registry="ours")
    assert not app.exception
    assert "The folder of the registry ours does not answer" in app.error[0].value.replace("\\", "")


def test_nothing_is_published_onto_a_silent_disk(disk: Disk, folder: Path) -> None:
    disk.answers.clear()
    began = time.monotonic()
    with pytest.raises((PlainProblem, OSError)):
        store.release(patient(folder), "c", "Ada", "a try")
    assert time.monotonic() - began < SOON
