"""The dashboard in a real browser: cold links, filters in the address bar, downloads, clicks on points."""

import csv
import io
from collections.abc import Callable

from playwright.sync_api import Browser, Page, expect

from tests import all_pages
from tests.browser_tools import Server, leave, settled

#: As the menu calls them.
PAGES = tuple(page.capitalize() for page in all_pages.PAGES)


def visit(page: Page, address: str) -> Page:
    page.goto(address)
    return settled(page)


def test_every_page_opens_without_an_error_and_says_n(page: Page, server: str) -> None:
    visit(page, server)
    for name in PAGES:
        page.get_by_role("link", name=name).first.click()
        expect(page.get_by_text("10 of 10 patients · 40 of 40 visits").first).to_be_visible()
        settled(page)
        expect(page.get_by_test_id("stException")).to_have_count(0)
        expect(page.get_by_test_id("stAlertContentError")).to_have_count(0)


def test_a_cold_link_on_a_fresh_server_opens_inside_the_frame(page: Page, fresh_server: Callable[..., Server]) -> None:
    fresh = fresh_server(wait_for="/healthz")
    visit(page, f"{fresh.url}/pain?smoking=yes")
    expect(page.get_by_role("heading", name="How fast does pain fall?")).to_be_visible()
    expect(page.get_by_text("4 of 10 patients · 16 of 40 visits").first).to_be_visible()
    expect(page.get_by_test_id("stSidebar")).to_be_visible()
    leave(page)


def test_a_filter_goes_into_the_address_and_a_new_tab_shows_the_same(page: Page, server: str) -> None:
    visit(page, f"{server}/pain")
    page.locator(".st-key-filter_smoking").get_by_role("button", name="yes · 4").click()
    expect(page.get_by_text("4 of 10 patients · 16 of 40 visits").first).to_be_visible()
    settled(page)
    assert page.url == f"{server}/pain?smoking=yes"
    tab = page.context.new_page()
    visit(tab, page.url)
    expect(tab.get_by_text("4 of 10 patients · 16 of 40 visits").first).to_be_visible()
    expect(tab.locator(".st-key-chip_smoking")).to_be_visible()


def test_the_menu_keeps_the_cohort(page: Page, server: str) -> None:
    visit(page, f"{server}/pain?smoking=yes&age=25-31")
    page.get_by_role("link", name="Bone", exact=False).first.click()
    expect(page.get_by_role("heading", name="How low is bone density, and where?")).to_be_visible()
    settled(page)
    expect(page.get_by_text("2 of 10 patients · 8 of 40 visits").first).to_be_visible()
    assert page.url == f"{server}/bone?smoking=yes&age=25-31"


def test_filters_changed_in_turn_all_count(page: Page, server: str) -> None:
    visit(page, server)
    for key, option, seen in (
        ("smoking", "yes · 4", "4 of 10 patients"),
        ("breastfeeding", "continued · 2", "2 of 10 patients"),
        ("smoking", "yes · 2", "2 of 10 patients"),
        ("breastfeeding", "continued · 2", "10 of 10 patients"),
    ):
        page.locator(f".st-key-filter_{key}").get_by_role("button", name=option).click()
        expect(page.get_by_text(seen).first).to_be_visible()
        settled(page)
    assert page.url.rstrip("/") == server


def test_the_downloaded_table_has_the_papers_cells(page: Page, server: str) -> None:
    visit(page, f"{server}/tables")
    page.get_by_role("tab", name="Printed Table II").click()
    page.locator(".st-key-download_table_ii").get_by_role("button").click()
    with page.expect_download() as started:
        page.locator(".st-key-download_table_ii_csv").get_by_role("button").click()
    with open(started.value.path(), encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.reader(io.StringIO(file.read())) if row and not row[0].startswith("#")]
    assert started.value.suggested_filename.endswith("2022-2.csv")
    assert len(rows) == 41
    assert any(row[2:6] == ["7", "11.4↑", "N/A", "36.7"] for row in rows)


def test_a_click_on_a_point_highlights_the_patient_and_leads_to_the_record(page: Page, server: str) -> None:
    visit(page, f"{server}/pain?age=34")
    page.locator(".st-key-chart_pain_trajectories .scatterlayer .point").nth(1).click(force=True)
    expect(page.get_by_text("Patient 8 is highlighted.")).to_be_visible()
    settled(page)
    assert page.url == f"{server}/pain?age=34&patient=8"
    page.get_by_role("link", name="Open the record").first.click()
    expect(page.get_by_role("heading", name="Patient 8", exact=True)).to_be_visible()
    settled(page)


def test_a_second_session_is_not_touched_by_the_first(page: Page, chromium: Browser, server: str) -> None:
    visit(page, f"{server}/?smoking=yes")
    other = chromium.new_context().new_page()
    visit(other, server)
    expect(other.get_by_text("10 of 10 patients · 40 of 40 visits").first).to_be_visible()
    expect(page.get_by_text("4 of 10 patients · 16 of 40 visits").first).to_be_visible()
    other.context.close()
