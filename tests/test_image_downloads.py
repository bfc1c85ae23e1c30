"""Images really downloaded from a page: each says n, cohort and data version, at the size that a journal asks for."""

import struct
from html import unescape
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser_tools import Watch, settled

SAID = "4 of 10 patients · 16 of 40 visits · patients with smoking · data 2022-2"
DOUBLE_COLUMN = 180 / 25.4 * 300  # dots


def downloaded(page: Page, address: str, key: str) -> Path:
    page.goto(address)
    settled(page)
    page.locator(".st-key-download_pain_trajectories").get_by_role("button").click()
    with page.expect_download(timeout=120_000) as started:
        page.locator(f".st-key-download_pain_trajectories_{key}").get_by_role("button").click()
    return Path(started.value.path())


@pytest.mark.browser
def test_a_downloaded_svg_says_who_and_which_data(page: Page, server: str) -> None:
    svg = unescape(downloaded(page, f"{server}/pain?smoking=yes", "svg").read_text(encoding="utf-8"))
    assert 'width="180mm"' in svg
    assert SAID in svg


@pytest.mark.browser
def test_a_downloaded_png_has_300_dots_an_inch_over_two_columns(page: Page, server: str) -> None:
    png = downloaded(page, f"{server}/pain?smoking=yes", "png").read_bytes()
    width, height = struct.unpack(">II", png[16:24])
    assert width >= DOUBLE_COLUMN
    assert height > 800


@pytest.mark.browser
def test_the_camera_of_an_interactive_page_saves_the_caption_too(
    page: Page, server: str, tmp_path: Path, watched: Watch
) -> None:
    html = tmp_path / "figure.html"
    html.write_bytes(downloaded(page, f"{server}/pain?smoking=yes", "figure_html").read_bytes())
    page.goto(html.as_uri())
    page.locator("#figure .main-svg").first.hover()
    with page.expect_download() as started:
        page.locator('[data-title="Save as SVG"]').click()
    assert started.value.suggested_filename == "plro-pain-trajectories-smoking-yes-2022-2.svg"
    assert SAID in unescape(Path(started.value.path()).read_text(encoding="utf-8"))
    assert watched.external_requests == [html.as_uri()]  # the file itself, and nothing else
    watched.clear()
