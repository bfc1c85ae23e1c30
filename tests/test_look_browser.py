"""What the eye meets first: answers on the first screen, names in whole, nothing under anything else, on a laptop and on a phone."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser_tools import running_server, settled
from tests.foreign_registries import twelve
from tests.tools.screenshots import PHONE

LAPTOP = {"width": 1366, "height": 768}

#: How far the names of tabs that can be seen reach under the controls beside them, in pixels.
_UNDER = """() => {
  const tools = document.querySelector('.st-key-page_tools').getBoundingClientRect();
  const list = document.querySelector('[role="tablist"]').getBoundingClientRect();
  const last = [...document.querySelectorAll('[role="tab"]')].pop().getBoundingClientRect();
  return tools.bottom > list.top + 1 ? Math.min(last.right, list.right) - tools.left : 0;
}"""


@pytest.fixture(scope="module")
def foreign(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A dashboard of a clinic that visits for a year and scans twice."""
    folder: Path = tmp_path_factory.mktemp("foreign") / "twelve"
    with running_server({"PLRO_REGISTRY": str(twelve(folder))}) as running:
        yield running.url


@pytest.fixture
def phone(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 390, "height": 844}, user_agent=PHONE, is_mobile=True)
    yield context.new_page()
    context.close()


def test_the_summary_begins_on_the_first_screen_though_groups_are_compared(page: Page, server: str) -> None:
    page.set_viewport_size(LAPTOP)
    page.goto(f"{server}/tables?tab=manuscript&by=breastfeeding&difference=on")
    settled(page)
    top = page.locator(".plro-print tbody").evaluate("(body) => body.getBoundingClientRect().top")
    assert top < 0.8 * LAPTOP["height"]


@pytest.mark.parametrize("width", [1280, 1366, 1920])
def test_no_tab_lies_under_the_controls_beside_it(page: Page, server: str, foreign: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 768})
    for address in (f"{server}/bone", f"{server}/pain", f"{server}/treatments", f"{foreign}/bone"):
        page.goto(f"{address}?by=breastfeeding")
        settled(page)
        assert page.evaluate(_UNDER) <= 0, address


@pytest.mark.parametrize("address", ["tables?tab=manuscript&", "tables?tab=summary&", "labs?"])
def test_groups_are_named_whole_in_one_line(page: Page, server: str, address: str) -> None:
    page.set_viewport_size(LAPTOP)
    page.goto(f"{server}/{address}by=breastfeeding")
    settled(page)
    hidden = page.locator(".st-key-group_by input").evaluate("(input) => input.scrollWidth - input.clientWidth")
    assert hidden <= 0
    assert page.locator(".st-key-group_by").evaluate("(choice) => choice.getBoundingClientRect().height") < 60


def test_headline_numbers_have_their_whole_names(page: Page, server: str) -> None:
    page.set_viewport_size(LAPTOP)
    page.goto(f"{server}/pain")
    settled(page)
    cut = page.locator(".st-key-headlines [data-testid=stMetricLabel] p").evaluate_all(
        "(names) => names.filter((name) => name.parentElement.scrollWidth > name.parentElement.clientWidth).length"
    )
    assert cut == 0


def test_on_a_phone_titles_of_tables_and_questions_are_whole(phone: Page, server: str) -> None:
    phone.goto(f"{server}/tables?tab=manuscript&by=breastfeeding")
    settled(phone)
    caption = phone.locator(".plro-print caption").evaluate(
        "(caption) => { const words = document.createRange(); words.selectNodeContents(caption);"
        " return words.getBoundingClientRect().right; }"
    )
    assert caption <= 390
    phone.goto(server)
    settled(phone)
    cut = phone.locator(".st-key-questions button p").evaluate_all(
        "(words) => words.filter((one) => one.scrollWidth > one.clientWidth + 1).length"
    )
    assert cut == 0


def test_on_a_phone_visits_that_lie_close_are_moved_sideways(phone: Page, foreign: str) -> None:
    phone.goto(f"{foreign}/pain")
    settled(phone, quiet=0.5)
    right = phone.evaluate("""() => {
      const boxes = ['Baseline', 'Month 1', 'Month 3'].map((name) => [...document.querySelectorAll('.st-key-frame_pain_trajectories svg text')]
        .find((text) => text.textContent.startsWith(name)).getBoundingClientRect());
      return boxes.slice(1).map((box, at) => box.left - boxes[at].right);
    }""")
    assert min(right) > 0
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
