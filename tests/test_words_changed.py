"""The words of a registry change under a running server: what it has made in other words is made anew."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from pages.parts.registry import work
from pages.shared.registries import data_of
from plro_core.store import open_registry
from tests.foreign_registries import one, twelve
from tests.test_pages import opened, words


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = twelve(tmp_path / "own")
    monkeypatch.setenv("PLRO_REGISTRY", str(folder))
    return folder


def declare(folder: Path, old: str, new: str) -> None:
    path = folder / "variables.toml"
    told = path.read_text(encoding="utf-8")
    assert old in told
    path.write_text(told.replace(old, new), encoding="utf-8")


def shown(app: AppTest) -> str:
    return words(app) + " ".join(table.value.to_csv() for table in (*app.dataframe, *app.table))


def test_a_comparison_speaks_the_words_that_are_declared_now(own: Path) -> None:
    asked = {"a": "centre=north", "unfolded": "table,traits,members"}
    assert "North" in shown(opened("compare", **asked))
    declare(own, 'north = "North"', 'north = "Upper town"')
    after = shown(opened("compare", **asked))
    assert "Upper town" in after
    assert "North" not in after


def test_files_are_brought_in_under_the_words_that_are_declared_now(own: Path) -> None:
    before = work.published()
    declare(own, 'north = "North"', 'north = "Upper town"')
    after = work.published()
    assert before is not None
    assert after is not None
    assert after.vocabulary.variable("centre", "cases").level_label("north") == "Upper town"


def test_other_data_under_the_same_version_in_the_same_folder_are_told_apart(tmp_path: Path) -> None:
    """A folder may be moved away and another put in its place while the server runs."""
    twelve(tmp_path / "own")
    first = open_registry(tmp_path / "own")
    one(tmp_path / "other")
    (tmp_path / "own").rename(tmp_path / "away")
    (tmp_path / "other").rename(tmp_path / "own")
    version = open_registry(tmp_path / "own").version
    (tmp_path / "own" / "versions" / version).rename(tmp_path / "own" / "versions" / first.version)
    manifest = tmp_path / "own" / "versions" / first.version / "manifest.json"
    manifest.write_text(manifest.read_text(encoding="utf-8").replace(version, first.version), encoding="utf-8")
    second = open_registry(tmp_path / "own", first.version)
    assert (first.folder, first.version) == (second.folder, second.version)
    assert data_of(first) != data_of(second)
