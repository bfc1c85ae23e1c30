"""Live rooms and newly published data between two browsers."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from plro_core.store import SHIPPED
from tests.browser_tools import Server, Watch, leave, settled
from tests.republish import republish

SOON = 60_000  # a second on an idle machine; tests share theirs


def test_one_drives_and_another_follows_leaves_and_rejoins(
    page: Page, watched: Watch, chromium: Browser, fresh_server: Callable[..., Server], tmp_path: Path
) -> None:
    registry = tmp_path / "registry"
    shutil.copytree(SHIPPED, registry)
    server = fresh_server({"PLRO_REGISTRY": str(registry)})
    page.goto(f"{server.url}/pain?smoking=yes")
    settled(page)
    page.locator(".st-key-share").get_by_role("button").click()
    page.get_by_label("Who leads").fill("Presenter A")
    page.get_by_role("button", name="Share live").click()
    expect(page.get_by_text("Live room")).to_be_visible(timeout=SOON)
    code = re.search(r"Live room (\w{6})", page.locator(".st-key-live").inner_text())
    assert code

    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    follower = context.new_page()
    follower.goto(f"{server.url}/?room={code[1]}")
    expect(follower.get_by_role("heading", name="How fast does pain fall?")).to_be_visible(timeout=SOON)
    expect(follower.get_by_text("4 of 10 patients · 16 of 40 visits").first).to_be_visible(timeout=SOON)
    expect(follower.get_by_text("Following Presenter A in a live room")).to_be_visible(timeout=SOON)
    expect(page.get_by_text("1 watching")).to_be_visible(timeout=SOON)

    page.keyboard.press("Escape")
    settled(page)
    page.get_by_role("link", name="Bone").first.click()
    expect(follower.get_by_role("heading", name="How low is bone density, and where?")).to_be_visible(timeout=SOON)
    page.locator(".st-key-present_open").get_by_role("button").click()
    expect(follower.locator(".st-key-present")).to_be_visible(timeout=SOON)
    expect(page.get_by_text("1 of 4", exact=True)).to_be_visible(timeout=SOON)
    settled(page)  # who follows may be faster than the presenter's own browser, whose keys work once it is drawn
    page.keyboard.press("ArrowRight")
    expect(page.get_by_text("2 of 4", exact=True)).to_be_visible(timeout=SOON)
    expect(follower.get_by_role("heading", name="T-scores are lower")).to_be_visible(timeout=SOON)

    another = chromium.new_context(viewport={"width": 390, "height": 844})
    late = another.new_page()
    late.goto(f"{server.url}/?room={code[1]}")
    expect(late.get_by_role("heading", name="T-scores are lower")).to_be_visible(timeout=SOON)

    follower.get_by_role("button", name="Explore from here").click()
    expect(follower.get_by_role("button", name="Rejoin the live room")).to_be_visible(timeout=SOON)
    page.keyboard.press("Escape")
    expect(page.locator(".st-key-present")).to_have_count(0, timeout=SOON)
    expect(late.locator(".st-key-present")).to_have_count(0, timeout=SOON)
    expect(follower.locator(".st-key-present")).to_be_visible(timeout=SOON)
    follower.get_by_role("button", name="Rejoin the live room").click()
    expect(follower.locator(".st-key-present")).to_have_count(0, timeout=SOON)

    republish(registry, "2022-3")
    expect(page.get_by_text("The registry stands at data 2022-3; this is 2022-2.")).to_be_visible(timeout=SOON)
    expect(page.get_by_text("data 2022-2").first).to_be_visible(timeout=SOON)
    page.get_by_role("button", name="Update").click()
    expect(page.get_by_text("data 2022-3").first).to_be_visible(timeout=SOON)
    expect(follower.get_by_text("data 2022-3").first).to_be_visible(timeout=SOON)

    settled(page)
    page.locator(".st-key-end_room").get_by_role("button").click()
    for watcher in (follower, late):
        expect(watcher.get_by_text("The live room has ended")).to_be_visible(timeout=SOON)
    assert watched.external_requests == []
    assert watched.page_errors == []
    context.close()
    another.close()
    leave(page)
    watched.clear()  # a page that polls may be cut off in the middle of a question
