"""A visit and a variable declared on the page in a real browser, down to the chart that shows them."""

import shutil
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from plro_core.store import SHIPPED, current_version, open_registry
from tests.browser_tools import Server, leave, settled
from tests.test_accessibility import switch_theme, violations
from tests.test_browser import visit
from tests.test_registry_browser import csv_file, hand_over, publish, settled_version

#: Values of the new variable at the new visit, by patient.
P1NP = {"1": 61, "2": 48, "3": 52}


def change(page: Page, what: str, **typed: str) -> None:
    """Fill in a form of *Variables and visits* and take its change up."""
    page.get_by_role("combobox", name="What do you want to change?").click()
    page.get_by_role("option", name=what, exact=True).click()
    settled(page)
    form = page.locator(".st-key-words_form")
    for label, value in typed.items():
        form.get_by_label(label.replace("_", " "), exact=True).fill(value)
        page.keyboard.press("Tab")
        settled(page)
    form.get_by_role("button", name="Take it up").click()
    settled(page)


def test_a_month_and_a_variable_of_ones_own_end_in_the_chart(
    page: Page, fresh_server: Callable[..., Server], tmp_path: Path
) -> None:
    folder = tmp_path / "own"
    shutil.copytree(SHIPPED, folder)
    before = current_version(folder)
    server = fresh_server({"PLRO_REGISTRY": str(folder)})
    visit(page, f"{server.url}/registry")
    page.get_by_role("radio", name="Variables and visits").click()
    expect(page.get_by_role("heading", name="What does this registry declare?")).to_be_visible()
    settled(page)
    change(page, "Add a planned visit (month)", Months_from_baseline="12")
    expect(page.get_by_text("1 change so far, nothing stored.")).to_be_visible()
    change(page, "Add a variable", Label="Serum P1NP", Unit="ng/mL", Plausible_from="1", Plausible_to="1000")
    expect(page.get_by_text("2 changes so far, nothing stored.")).to_be_visible()
    expect(page.get_by_text("Every value that the registry holds still fits; no cell changes.")).to_be_visible()
    for theme in ("dark", "light"):
        switch_theme(page, theme)
        assert violations(page) == []
    assert current_version(folder) == before
    assert not (folder / "variables.toml").exists()
    publish(page, "a year later, and formation of bone")
    declared = settled_version(page, folder)
    assert declared != before
    assert open_registry(folder).patients == 10

    page.get_by_role("radio", name="Bring in data").click()
    rows = "".join(f"{case},12,0,{value}\n" for case, value in P1NP.items())
    hand_over(page, csv_file("visits.csv", f"case_id,month,vas,serum_p1np\n{rows}".encode()))
    page.get_by_text("Add to the registry:").click()
    expect(page.get_by_text("3 visits new, no cell changed, nothing removed.")).to_be_visible()
    settled(page)
    publish(page, "month 12 of three")
    version = settled_version(page, folder)

    page.get_by_role("link", name="Labs").first.click()
    expect(
        page.get_by_text(f"10 of 10 patients · 43 of 43 visits · all patients · data {version}").first
    ).to_be_visible()
    settled(page)
    expect(page.locator(".js-plotly-plot").get_by_text("Serum P1NP").first).to_be_visible()
    points = page.locator(".js-plotly-plot").evaluate_all(
        "plots => plots.flatMap(plot => plot.data.flatMap(trace => [...(trace.x ?? [])].map((x, i) => [x, trace.y[i]])))"
    )
    assert {(12, value) for value in P1NP.values()} <= {(x, y) for x, y in points}
    leave(page)
