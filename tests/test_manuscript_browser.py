"""Two tables and two figures for *Turkish Neurosurgery*, taken from the pages by somebody in a browser, and then checked."""

import time
from collections.abc import Callable
from pathlib import Path

import docx
from PIL import Image
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from tests.browser_tools import Server, leave, settled
from tests.test_browser import visit

MINUTES = 10


def choose(page: Page, label: str, option: str) -> None:
    page.get_by_role("combobox", name=label).click()
    page.get_by_role("option", name=option).first.click()
    settled(page)


def taken(page: Page, name: str, kind: str, folder: Path) -> Path:
    """A file of the *Download* menu of a table or figure, under the name that the page gives it."""
    page.locator(f".st-key-download_{name}").get_by_role("button").click()
    with page.expect_download(timeout=120_000) as started:
        page.locator(f".st-key-formats_{name}").get_by_role("button", name=kind, exact=True).click()
    path = folder / started.value.suggested_filename
    started.value.save_as(path)
    page.keyboard.press("Escape")
    settled(page)
    return path


def test_two_tables_and_two_figures_for_a_journal(
    page: Page, fresh_server: Callable[..., Server], tmp_path: Path
) -> None:
    begun = time.monotonic()
    server = fresh_server()
    visit(page, server.url)
    page.get_by_role("link", name="Tables").first.click()
    expect(page.get_by_role("tab", name="Summary (Table 1)")).to_be_visible()
    settled(page)
    choose(page, "Style", "Turkish Neurosurgery")
    files = [taken(page, "summary", "Word", tmp_path)]
    assert files[0].name == "plro-summary-2022-2.docx"
    choose(page, "Compare groups by", "By breastfeeding after diagnosis")
    files.append(taken(page, "summary", "Word", tmp_path))

    page.get_by_role("link", name="Pain").first.click()
    expect(page.locator(".js-plotly-plot").first).to_be_visible()
    settled(page)
    files.append(taken(page, "pain_trajectories", "TIFF, 600 dpi", tmp_path))
    legend = taken(page, "pain_trajectories", "Legend as text", tmp_path).read_text("utf-8")
    page.get_by_role("link", name="Labs").first.click()
    expect(page.get_by_role("tab", name="Patterns")).to_be_visible()
    settled(page)
    files.append(taken(page, "lab_trajectories", "PDF, without words around", tmp_path))

    page.get_by_role("link", name="Registry").first.click()
    settled(page)
    page.get_by_role("radio", name="Check a file").click()
    settled(page)
    page.locator("input[type=file]").last.set_input_files(files)
    for file in files:
        expect(page.get_by_text(f"{file.name}: Same.")).to_be_visible()
    settled(page)
    assert time.monotonic() - begun < MINUTES * 60
    leave(page)

    summary, by_group = (docx.Document(str(file)).tables[0] for file in files[:2])
    assert [cell.text for cell in summary.columns[1].cells][1:3] == ["10 patients", "29.9 ± 2.9"]
    assert "stopped" in " ".join(cell.text for row in by_group.rows[:2] for cell in row.cells)
    assert docx.Document(str(files[0])).paragraphs[0].text.startswith("Table I")
    picture = Image.open(files[2])
    assert (round(picture.info["dpi"][0]), picture.info["compression"], picture.mode) == (600, "tiff_lzw", "RGB")
    assert picture.width == round(180 / 25.4 * 600)
    fonts = [font.get_object() for font in PdfReader(files[3]).pages[0]["/Resources"]["/Font"].values()]
    assert fonts
    assert not [font for font in fonts if font["/Subtype"] == "/Type3"]
    assert legend.startswith("Pain falls in every patient by month 1")
    assert "stopped (n = 8), continued (n = 2)" in legend
