"""Any sheet brought in by somebody without a shell, in a real browser: a paper's table typed by hand, a wide sheet with dates."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from plro_core.series.transcription import read_source
from plro_core.store import open_registry
from tests.browser_tools import Server, leave, settled
from tests.test_accessibility import switch_theme, violations
from tests.test_browser import visit
from tests.test_registry_browser import csv_file, hand_over, publish, settled_version
from tests.test_sheet_mappings import printed_table

READ = "Read the sheets with this mapping"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "own"


@pytest.fixture
def at_registry(page: Page, fresh_server: Callable[..., Server], folder: Path) -> Page:
    """The page that data are brought in on, of a folder that nobody has begun."""
    server = fresh_server({"PLRO_REGISTRY": str(folder)}, wait_for="/healthz")
    visit(page, f"{server.url}/registry")
    return page


def click(page: Page, label: str, then: str = "") -> None:
    """Click a button; what the page says ``then`` is there once it has drawn the answer."""
    page.get_by_role("button", name=label).first.click()
    if then:
        expect(page.get_by_text(then).first).to_be_visible()
    settled(page)


def publish_what_was_read(page: Page, folder: Path, says: str) -> str:
    """Read, look at the warnings, publish; nothing is stored before."""
    click(page, READ)
    expect(page.get_by_text(says).first).to_be_visible()
    settled(page)
    page.get_by_text("I have looked at the").click()
    expect(page.get_by_role("button", name="Publish", exact=True)).to_be_enabled()
    assert not folder.exists()
    publish(page, "typed by hand")
    return settled_version(page, folder)


def test_a_papers_table_typed_by_hand_gives_its_forty_visits(at_registry: Page, folder: Path) -> None:
    page = at_registry
    hand_over(page, csv_file("Table II.csv", printed_table().encode()))
    expect(page.get_by_text("patient in “Case” (an empty cell means the patient above)")).to_be_visible()
    expect(page.get_by_text("11 questions are open.")).to_be_visible()
    expect(page.get_by_role("button", name=READ)).to_be_disabled()
    for theme in ("light", "dark"):
        switch_theme(page, theme)
        assert violations(page) == []
    page.get_by_text("The mapping", exact=True).click()
    expect(page.get_by_role("combobox", name="Change a column")).to_be_visible()
    settled(page)
    assert violations(page) == []
    click(page, "It is visits.vitamin_d", "In which unit is “Vit D (IU)”?")
    click(page, "ng/mL", "12 questions are open.")
    click(page, "Missing, in all 5 columns", "7 questions are open.")
    click(page, "A flag, in all 5 columns", "2 questions are open.")
    click(page, "Leave out the rest", "One question is open.")
    click(page, "New patients", "No question is open.")
    expect(page.get_by_role("cell", name="1st month → month 1").first).to_be_visible()
    expect(page.get_by_role("cell", name="N/A → empty").first).to_be_visible()
    publish_what_was_read(page, folder, "10 patients and 40 visits new")
    registry = open_registry(folder)
    assert registry.tables["visits"].equals(read_source()["visits"])
    registry.close()
    page.get_by_role("link", name="See it on the Overview").click()
    expect(page.get_by_text("10 of 10 patients · 40 of 40 visits").first).to_be_visible()
    settled(page)
    leave(page)


#: One row a patient as a clinic keeps it, its visits known by their dates; names of things in another language than ours.
WIDE = """Follow-up of our patients;;;;;;;;
Hasta No;Age;Sigara;Visit 1 date;VAS 1;Visit 2 date;VAS 2;Visit 3 date;VAS 3
1;31;Hayır;12.03.2019;9;14.04.2019;5;10.06.2019;1
2;33;Evet;25.03.2019;8;;;20.06.2019;2
3;27;Hayır;02.05.2019;7;03.06.2019;4;;
"""


def test_a_wide_sheet_with_dates_ends_with_the_pain_chart(at_registry: Page, folder: Path) -> None:
    page = at_registry
    early = WIDE.replace("14.04.2019", "14.02.2019")
    hand_over(page, csv_file("hastalar.csv", early.encode()))
    expect(page.get_by_text("head in row 2 · one row a patient · patient in “Hasta No”")).to_be_visible()
    expect(page.get_by_text("Which variable is “Sigara”, or is it left out?")).to_be_visible()
    page.get_by_role("combobox", name="What is Sigara?").click()
    page.keyboard.type("smoking")
    page.keyboard.press("Enter")
    expect(page.get_by_text("What do “Hayır” and “Evet” of “Sigara” mean?")).to_be_visible()
    settled(page)
    click(page, "So they mean", "No question is open.")
    click(page, READ, "a date before the one that visits are counted from")
    expect(page.locator(".st-key-table_problems")).not_to_contain_text("2019")
    expect(page.get_by_role("button", name="Publish", exact=True)).to_have_count(0)
    assert not folder.exists()

    hand_over(page, csv_file("hastalar.csv", WIDE.encode()))  # mended, and nothing is asked a second time
    expect(page.get_by_text("As it was said of the files before.")).to_be_visible()
    expect(page.get_by_role("cell", name="14.04.2019 → month 1").first).to_be_visible()
    version = publish_what_was_read(page, folder, "3 patients and 7 visits new")
    registry = open_registry(folder)
    assert not any("2019" in str(registry.tables[name].to_pylist()) for name in ("cases", "visits"))
    registry.close()

    page.get_by_role("link", name="Pain").first.click()
    expect(page.get_by_text(f"3 of 3 patients · 7 of 7 visits · all patients · data {version}").first).to_be_visible()
    expect(page.locator(".js-plotly-plot").first).to_be_visible()
    settled(page)
    drawn = page.locator(".js-plotly-plot").first.evaluate("plot => plot.data.flatMap(trace => [...trace.y])")
    assert {9, 5, 1, 8, 2, 7, 4} <= set(drawn)
    leave(page)
