"""Pages over a registry that breaks under them: sessions go on, a new one is told what it sees."""

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from plro_core import store
from plro_core.vocabulary import FILE
from tests.test_pages import opened, words
from tests.tools.flips import every_kind_of_file


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A served registry of our own, with declarations."""
    made = tmp_path / "ours"
    every_kind_of_file(made)
    monkeypatch.setenv("PLRO_REGISTRY", str(made))
    return made


def _no_pointer(folder: Path) -> None:
    (folder / "CURRENT").unlink()


def _pipe(folder: Path) -> None:
    (folder / "CURRENT").unlink()
    os.mkfifo(folder / "CURRENT")
    (folder / "versions/a/manifest.json").unlink()
    os.mkfifo(folder / "versions/a/manifest.json")


def _version_gone(folder: Path) -> None:
    shutil.rmtree(folder / "versions/b")


def _all_gone(folder: Path) -> None:
    shutil.rmtree(folder)


def _empty(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.mkdir()


@pytest.mark.parametrize("broken", [_no_pointer, _pipe, _version_gone, _all_gone, _empty])
def test_an_open_session_goes_on_from_memory(folder: Path, broken: object) -> None:
    app = opened("overview")
    assert "2 of 2 patients" in words(app)
    assert callable(broken)
    broken(folder)
    for page in ("pain.py", "tables.py", "overview.py"):
        app.switch_page(page).run()
        assert not app.exception
        assert not app.error, page
        assert "2 of 2 patients" in words(app)


@pytest.mark.parametrize("broken", [_no_pointer, _pipe, _version_gone, _all_gone, _empty])
@pytest.mark.parametrize("part", ["history", "quality", "export", "data"])
def test_the_registry_page_of_an_open_session_answers_whatever_is_broken(
    folder: Path, broken: Callable[[Path], None], part: str
) -> None:
    """Twice, and another session goes on beside it: a pipe once held up everybody for ever."""
    app, other = opened("registry", part=part), opened("overview")
    broken(folder)
    for _ in range(2):
        began = time.monotonic()
        app.run()
        assert time.monotonic() - began < 10
        assert not app.exception
    other.switch_page("pain.py").run()
    assert not other.exception
    assert "2 of 2 patients" in words(other)


def test_a_new_session_is_told_that_it_sees_another_version(folder: Path) -> None:
    (folder / "versions/b/cases.parquet").write_bytes(b"x")
    st.cache_resource.clear()
    app = opened("overview")
    assert not app.exception
    assert "1 of 1 patient" in words(app)
    assert "Shown is version a, the last published one that verifies." in app.warning[0].value.replace("\\", "")


@pytest.mark.parametrize("is_there", [True, False])
def test_a_lost_disk_is_told_and_nobody_is_invited_to_fill_it(folder: Path, is_there: bool) -> None:
    store.open_registry(folder).close()
    (_empty if is_there else _all_gone)(folder)
    st.cache_resource.clear()
    app = opened("overview")
    assert not app.exception
    assert "it held versions before" in app.error[0].value
    assert not app.info


def test_the_registry_page_names_a_changed_range_and_accepts_it(folder: Path) -> None:
    path = folder / FILE
    path.write_bytes(path.read_bytes().replace(b"low = 8.5", b"low = 8.1"))
    app = _history()
    (told,) = [warning.value.replace("\\", "") for warning in app.warning]
    assert "range.calcium.low: 8.5 became 8.1" in told
    app.text_input(key="acceptwho").set_value("Bea")
    app.text_input(key="acceptwhy").set_value("the new kit")
    next(button for button in app.button if button.label == "Accept as they are now").click().run()
    assert not app.exception
    assert [warning.value for warning in app.warning] == []
    assert store.edited(folder) == ()


def test_the_registry_page_takes_a_draft_out_of_the_trash(folder: Path) -> None:
    app = _history()
    app.text_input(key="restorewho").set_value("Bea")
    next(button for button in app.button if button.label == "Make it a draft again").click().run()
    assert not app.exception
    assert store.trashed(folder) == ()


def _history() -> AppTest:
    app = opened("registry", part="history")
    assert not app.exception
    return app
