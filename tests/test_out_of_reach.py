"""What nobody reaches by a page or a link that were not made for him: other versions, drafts, other registries."""

import shutil
from pathlib import Path

import pytest
import streamlit as st

from pages.live import keys
from pages.live.here import rooms
from pages.live.rooms import Scene
from pages.shared.identity import Identity
from plro_core import handover
from plro_core.access import Role
from plro_core.intake import File
from plro_core.store import SHIPPED, Registry, open_registry
from tests.foreign_registries import one
from tests.test_pages import opened, words
from tests.test_roles import NAME, Login


def _changed(folder: Path, cells: str, version: str, publish: bool) -> None:
    base, known = open_registry(folder), handover.words_for(folder)
    given = handover.told_apart([File("visits.csv", cells.encode())], known)
    ready = handover.prepare(handover.read_handed(given, base, False, {}, None, known), base, known)
    assert ready
    handover.store_version(folder, ready, handover.VersionMetadata("Ada", "own", version=version), publish)


@pytest.fixture
def series(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A published series, which everybody may see, with a draft beside it that holds a visit nobody published."""
    folder = tmp_path / "series"
    shutil.copytree(SHIPPED, folder)
    _changed(folder, "case_id,month,vas\n1,6,9\n", "own", publish=False)
    monkeypatch.setenv("PLRO_REGISTRY", str(folder))
    return folder


@pytest.mark.parametrize("role", [None, Role.VIEWER, Role.TEAM])
def test_whoever_sees_one_published_version_sees_no_other(
    role: Role | None, series: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Login(series, monkeypatch).has(role)
    assert opened("pain").get("plotly_chart")
    page = opened("registry", part="history")
    assert ("What differs between two versions?" in words(page)) is (role == Role.TEAM)
    assert bool(page.selectbox) is (role == Role.TEAM)


def test_a_link_of_a_viewer_names_no_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = one(tmp_path / "own")
    before = open_registry(folder).version
    _changed(folder, "case_id,month,vas\n1,0,3\n", "2", publish=True)
    _changed(folder, "case_id,month,vas\n1,0,4\n", "3", publish=False)
    monkeypatch.setenv("PLRO_REGISTRY", str(folder))
    login = Login(folder, monkeypatch)
    for role, shown in ((Role.VIEWER, "2"), (None, "2"), (Role.TEAM, "3")):
        login.has(role)
        found = {
            opened("overview", version=version).session_state["data_version own"] for version in (before, "2", "3")
        }
        assert ("3" in found) is (shown == "3"), role
        assert (before in found) is (shown == "3"), role


def test_before_the_login_nothing_is_told_of_a_registry(series: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = "WORDS OF THE REGISTRY"
    monkeypatch.setattr(Registry, "told", lambda *_: told)
    menus: list[dict[str, str]] = []
    monkeypatch.setattr(st, "set_page_config", lambda *_, menu_items=None, **__: menus.append(menu_items or {}))
    login = Login(series, monkeypatch)
    login.has(Role.TEAM)
    opened("overview")
    assert {"About": told} in menus
    menus.clear()
    login.person = None  # type: ignore[assignment]
    opened("overview")
    assert menus
    assert told not in str(menus)


def test_a_room_is_led_on_by_whoever_leads_it_and_by_nobody_else_at_that_browser(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = one(tmp_path / "own")
    monkeypatch.setenv("PLRO_REGISTRY", str(folder))
    login = Login(folder, monkeypatch)
    login.has(None, 'others = "team"')
    key = rooms().open(Scene("pain", (), open_registry(folder).version, "own"), NAME)
    monkeypatch.setattr(keys, "read", lambda _: key)
    try:
        assert f"Live room {key[0]}" in words(opened("pain"))
        login.person = Identity("b.name@clinic.example")
        assert f"Live room {key[0]}" not in words(opened("pain"))
    finally:
        rooms().end(*key)
