"""Every page under axe-core, and by keyboard: what a machine can tell about who is kept out."""

from typing import Any, Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser_tools import settled
from tests.test_browser import PAGES, visit

#: What is Streamlit's own and cannot be changed from here: rule -> part of the element's HTML and why; see
#: docs/accessibility.md. Anything else that axe finds is ours to mend.
STREAMLITS_OWN = {
    "presentation-role-conflict": (
        'data-testid="stFileUploaderDropzone"',
        "the drop zone has a label though its role says that it is for the eye only; its button is named as it should be",
    ),
}

_COLOURS = ("color-contrast", "link-in-text-block")
#: Every element that the Tab key reaches: its words, and whether a reader sees that it has the focus.
_FOCUS = """() => {
  const element = document.activeElement;
  if (element === null || element === document.body) return null;
  // A slider's own input is hidden inside its knob.
  const knob = element.matches('input[type=range]') ? element.parentElement.parentElement : null;
  const ringed = (knob ? [knob] : [element, element.closest('label')]).filter(Boolean).map((one) => getComputedStyle(one));
  return {
    what: `${element.tagName} ${element.getAttribute('type') ?? ''} ${element.innerText || element.ariaLabel || ''}`,
    typing: element.matches('input:not([type=range], [type=checkbox], [type=radio]), textarea'),
    ring: ringed.some((style) => style.outlineStyle === 'solid' && parseFloat(style.outlineWidth) >= 2),
  };
}"""


def violations(page: Page, *rules: str) -> list[str]:
    """What axe finds on a page, one line an element, without what is Streamlit's own."""
    options: dict[str, Any] = {"resultTypes": ["violations"]}
    if rules:
        options["runOnly"] = {"type": "rule", "values": list(rules)}
    found = Axe().run(page, options=options).response["violations"]
    return [
        f"{page.url}: {rule['id']} ({rule['impact']}): {element['html'][:200]}"
        for rule in found
        for element in rule["nodes"]
        if STREAMLITS_OWN.get(rule["id"], ("\0",))[0] not in element["html"]
    ]


def switch_theme(page: Page, theme: Literal["light", "dark"]) -> None:
    """Change the system's theme, and wait until the page wears it."""
    page.emulate_media(color_scheme=theme)
    page.wait_for_function(
        "theme => getComputedStyle(document.querySelector('[data-testid=stApp]')).colorScheme === theme", arg=theme
    )
    page.wait_for_timeout(600)  # colours fade over
    settled(page)


def open_menu(page: Page, key: str) -> None:
    page.locator(f".st-key-{key}").get_by_role("button").first.click()
    page.get_by_test_id("stPopoverBody").wait_for()
    settled(page)


def test_axe_finds_nothing_on_any_page_light_or_dark(page: Page, server: str) -> None:
    visit(page, f"{server}/?by=smoking&patient=8")
    found = []
    for name in PAGES:
        page.get_by_role("link", name=name).first.click()
        expect(page.get_by_role("link", name=name).first).to_have_attribute("aria-current", "page")
        settled(page)
        found += violations(page)
        charts = page.locator("[data-testid=stPlotlyChart]")
        unnamed = charts.evaluate_all(
            "all => all.filter((one) => !one.closest('[aria-label]') && !one.querySelector('[aria-label]')).length"
        )
        assert unnamed == 0, f"{name}: {unnamed} charts without a text"
        switch_theme(page, "dark")
        found += violations(page, *_COLOURS)
        switch_theme(page, "light")
    assert found == []


def test_axe_finds_nothing_in_open_menus_or_on_a_phone(page: Page, chromium: Browser, server: str) -> None:
    visit(page, f"{server}/pain?smoking=yes")
    share = page.locator(".st-key-share")
    share.get_by_role("button").first.click()
    page.get_by_label("Save this view as").fill("Smokers in pain")
    page.get_by_role("button", name="Save this view").click()
    expect(page.get_by_text("Saved as “Smokers in pain”.")).to_be_visible()
    settled(page)
    found = violations(page)
    page.keyboard.press("Escape")
    for key in ("text_pain_trajectories", "download_pain_trajectories", "made_pain_trajectories"):
        open_menu(page, key)
        found += violations(page)
        page.keyboard.press("Escape")
        settled(page)
    page.set_viewport_size({"width": 390, "height": 844})
    visit(page, f"{server}/pain?smoking=yes")
    found += violations(page)
    assert found == []


def test_the_numbers_of_a_chart_are_reached_and_seen_by_keyboard_alone(page: Page, server: str) -> None:
    page.emulate_media(reduced_motion="reduce")
    visit(page, f"{server}/pain?smoking=yes&age=20-*")
    unseen, reached = [], []
    for _ in range(120):
        page.keyboard.press("Tab")
        focus = page.evaluate(_FOCUS)
        if focus is None:
            continue
        reached.append(focus["what"])
        if not (focus["ring"] or focus["typing"]):
            unseen.append(focus["what"])
        if focus["what"].startswith("BUTTON") and "As text" in focus["what"]:
            break
    assert "As text" in reached[-1], reached
    assert unseen == []
    assert any(what.startswith("INPUT range") for what in reached)
    page.keyboard.press("Enter")
    table = page.get_by_test_id("stPopoverBody").get_by_role("table")
    expect(table.get_by_role("columnheader").first).to_be_visible()
    expect(table.get_by_role("row")).to_have_count(17)
    moving = page.get_by_role("button").first.evaluate("one => getComputedStyle(one).transitionDuration")
    assert all(float(part.strip().removesuffix("s")) < 0.001 for part in moving.split(","))


def test_axe_finds_nothing_on_a_phone_where_figures_and_tables_are_moved_sideways(page: Page, server: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    found = []
    for name in ("pain", "tables", "patients", "labs", "treatments"):
        visit(page, f"{server}/{name}?by=smoking")
        page.wait_for_timeout(500)
        found += violations(page)
    assert found == []
    assert page.locator(".st-key-wide_treatment_matrix").get_attribute("tabindex") == "0"
