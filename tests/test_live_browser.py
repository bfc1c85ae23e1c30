"""A live room between browsers: one presents, others watch, explore and come back; and newly published data."""

import re
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from plro_core.store import SHIPPED
from tests.browser_tools import Server, Watch, leave, settled, watch
from tests.republish import republish
from tests.test_accessibility import violations

SOON = 60_000  # a second on an idle machine; tests share theirs


@pytest.fixture
def opened(chromium: Browser, watched: Watch) -> Iterator[Callable[..., Page]]:
    """Opens a browser of its own for each who watches, on a screen or on a phone."""
    contexts = []

    def begin(address: str, width: int = 1280, height: int = 720, **more: str) -> Page:
        contexts.append(chromium.new_context(viewport={"width": width, "height": height}, **more))  # type: ignore[arg-type]
        page = contexts[-1].new_page()
        watch(page, watched)
        page.goto(address)
        return page

    yield begin
    for context in contexts:
        context.close()


def share(page: Page, address: str, leader: str = "") -> str:
    """Open a page and a live room; the room's code."""
    page.goto(address)
    settled(page)
    page.locator(".st-key-share").get_by_role("button").click()
    page.get_by_label("Who leads").fill(leader)
    page.get_by_role("button", name="Share live").click()
    expect(page.get_by_text("Live room")).to_be_visible(timeout=SOON)
    code = re.search(r"Live room (\w{6})", page.locator(".st-key-live").inner_text())
    assert code
    page.keyboard.press("Escape")
    settled(page)
    return code[1]


def follows(page: Page, title: str) -> None:
    expect(page.get_by_role("heading", name=title, level=1)).to_be_visible(timeout=SOON)


def test_one_presents_and_others_watch_explore_and_come_back(
    page: Page, watched: Watch, opened: Callable[..., Page], fresh_server: Callable[..., Server], tmp_path: Path
) -> None:
    registry = tmp_path / "registry"
    shutil.copytree(SHIPPED, registry)
    server = fresh_server({"PLRO_REGISTRY": str(registry)})
    code = share(page, f"{server.url}/pain?smoking=yes", "Presenter A")

    watcher = opened(f"{server.url}/?room={code}")
    assert watcher.url == f"{server.url}/watch/{code}"
    follows(watcher, "How fast does pain fall?")
    expect(watcher.get_by_text("4 of 10 patients · 16 of 40 visits").first).to_be_visible()
    expect(watcher.get_by_text("Following Presenter A in a live room")).to_be_visible()
    expect(page.get_by_text("1 watching")).to_be_visible(timeout=SOON)

    page.get_by_role("tab", name="Baseline to month 6").click()
    expect(watcher.get_by_role("heading", name="Baseline to month 6")).to_be_visible(timeout=SOON)
    settled(page)
    page.locator(".st-key-chart_pain_dumbbell .scatterlayer .point").nth(1).click(force=True)
    expect(watcher.get_by_text(re.compile(r"patient \d+ highlighted")).first).to_be_visible(timeout=SOON)

    settled(page)
    page.get_by_role("link", name="Bone").first.click()
    follows(watcher, "How low is bone density, and where?")
    settled(page)
    page.locator(".st-key-present_open").get_by_role("button").click()
    expect(watcher.locator("body.stage .js-plotly-plot")).to_be_visible(timeout=SOON)

    phone = opened(f"{server.url}/watch/{code.lower()}", 390, 844, color_scheme="dark")
    expect(phone.locator("body.stage .js-plotly-plot")).to_be_visible(timeout=SOON)
    assert phone.locator("h1").inner_text() == watcher.locator("h1").inner_text()
    plot = phone.locator(".js-plotly-plot").bounding_box()
    assert plot is not None
    assert plot["x"] >= 0
    assert plot["x"] + plot["width"] <= 390
    assert phone.get_by_text(re.compile(r"^n = \d+$")).first.is_visible()
    for shown in (watcher, phone):
        assert violations(shown) == []

    watcher.get_by_role("link", name="Explore from here").click()
    settled(watcher)
    assert watcher.url.startswith(f"{server.url}/bone?smoking=yes")
    page.keyboard.press("Escape")
    expect(phone.locator("body.stage")).to_have_count(0, timeout=SOON)
    expect(watcher.get_by_text("4 of 10 patients").first).to_be_visible()
    watcher.get_by_role("link", name="Rejoin the live room").click()
    follows(watcher, "How low is bone density, and where?")

    republish(registry, "2022-3")
    expect(page.get_by_text("The registry stands at data 2022-3; this is 2022-2.")).to_be_visible(timeout=SOON)
    expect(page.get_by_text("data 2022-2").first).to_be_visible()
    page.get_by_role("button", name="Update").click()
    expect(watcher.get_by_text("data 2022-3").first).to_be_visible(timeout=SOON)

    settled(page)
    page.reload()
    settled(page)
    expect(page.get_by_text(f"Live room {code}")).to_be_visible(timeout=SOON)
    page.get_by_role("link", name="Labs").first.click()
    follows(watcher, "Which laboratory values leave their range?")
    settled(page)
    page.locator(".st-key-end_room").get_by_role("button").click()
    for shown in (watcher, phone):
        expect(shown.get_by_text("The live room has ended; this is its last view.")).to_be_visible(timeout=SOON)
    assert watched.external_requests == []
    assert watched.page_errors == []
    leave(page)
    watched.clear()  # a page that polls may be cut off in the middle of a question


def test_a_lost_connection_is_said_and_comes_back_and_a_wrong_code_is_one_sentence(
    page: Page, watched: Watch, opened: Callable[..., Page], fresh_server: Callable[..., Server]
) -> None:
    server = fresh_server()
    code = share(page, f"{server.url}/pain")
    watcher = opened(f"{server.url}/watch/{code}")
    follows(watcher, "How fast does pain fall?")
    watcher.context.set_offline(True)
    watcher.evaluate("window.dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
    expect(watcher.get_by_text("Connection lost; trying again.")).to_be_visible(timeout=SOON)
    page.get_by_role("link", name="Bone").first.click()
    settled(page)
    follows(watcher, "How fast does pain fall?")
    watcher.context.set_offline(False)
    follows(watcher, "How low is bone density, and where?")
    expect(watcher.get_by_text("Following a live room")).to_be_visible()

    lost = opened(f"{server.url}/watch/QQQQQQ")
    expect(lost.get_by_text("This live room has ended, its code is not right, or you may not watch it.")).to_be_visible(
        timeout=SOON
    )
    lost.get_by_role("link", name="Open the dashboard").click()
    settled(lost)
    lost.context.close()

    begun = time.monotonic()
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(timeout=15) is not None
    assert time.monotonic() - begun < 15, "an open stream must not keep the server from stopping"
    expect(watcher.get_by_text("Connection lost; trying again.")).to_be_visible(timeout=SOON)
    watcher.context.close()
    leave(page)
    assert watched.page_errors == []
    watched.clear()
