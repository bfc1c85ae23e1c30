"""The published ten and an own registry in one server, in a real browser: a presenter changes the registry, and all follow."""

import os
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser_tools import Server, leave, settled
from tests.foreign_registries import twelve


def test_who_follows_sees_the_registry_of_the_presenter(
    page: Page, fresh_server: Callable[..., Server], tmp_path: Path
) -> None:
    served = os.pathsep.join(["published", str(twelve(tmp_path / "hospital-x"))])
    address = fresh_server({"PLRO_REGISTRY": served}, wait_for="/healthz").url
    page.goto(f"{address}/pain?registry=hospital-x&smoking=yes")
    settled(page).get_by_role("button", name="Share").click()
    page.get_by_role("button", name="Share live").click()
    room = page.locator("code", has_text="/watch/").inner_text()
    page.keyboard.press("Escape")
    follower = page.context.new_page()
    follower.goto(room)
    expect(follower.get_by_text("hospital-x · 4 of 12 patients").first).to_be_visible()
    page.get_by_role("combobox", name="Registry").click()
    page.get_by_role("option", name="Aytar et al. 2022").click()
    for shown in (page, follower):
        expect(shown.get_by_text("Aytar et al. 2022 · 4 of 10 patients").first).to_be_visible()
    expect(settled(page).get_by_test_id("stAlertContentError")).to_have_count(0)
    assert page.url == f"{address}/pain?smoking=yes&registry=published"
    leave(page)
