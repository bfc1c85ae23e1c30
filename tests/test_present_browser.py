"""Present mode in a real browser: readable and whole on a projector, clean while nobody moves, steered by keys and clicks."""

import pytest
from playwright.sync_api import Browser, Page, expect

from plro_core.figures.style import SMALLEST_ON_STAGE
from tests.browser_tools import settled

PROJECTORS = {"16x9": {"width": 1280, "height": 720}, "4x3": {"width": 960, "height": 720}}
#: Slides with much around them: two and three groups with long caveats, a table, words alone, nobody.
SLIDES = (
    "pain?present=1&by=breastfeeding&patient=8",
    "pain?present=1&by=case_definition",
    "tables?present=1&by=breastfeeding",
    "pain?present=1&slide_words=Ten patients|Pain falls in all of them",
    "pain?age=99&present=1",
)
#: Words that are smaller than they may be or do not lie within the window, and whether the page scrolls.
FAULTS = """(least) => {
  const size = (part) => {
    const matrix = part.getScreenCTM && part.getScreenCTM();
    return parseFloat(getComputedStyle(part).fontSize) * (matrix ? Math.hypot(matrix.a, matrix.b) : 1);
  };
  const words = [...document.querySelectorAll(
    '.st-key-present_figure svg text, .st-key-present_words :is(h1, p), .st-key-present_caveats p')];
  const faults = words.filter((part) => {
    const box = part.getBoundingClientRect();
    const out = box.bottom > innerHeight + 1 || box.top < -1 || box.left < -1 || box.right > innerWidth + 1;
    return box.width && (out || size(part) < least - 0.1);
  }).map((part) => `${part.textContent} (${size(part).toFixed(1)} px)`);
  const title = document.querySelector('.st-key-present_words h1');
  const lines = title.getBoundingClientRect().height / parseFloat(getComputedStyle(title).lineHeight);
  const main = document.querySelector('[data-testid="stMain"]');
  const scrolls = main.scrollHeight > main.clientHeight || main.scrollWidth > main.clientWidth;
  return [...faults, ...(lines > 2.5 ? ['a title of more than two lines'] : []), ...(scrolls ? ['it scrolls'] : [])];
}"""
IS_CLEAN = "() => document.body.classList.contains('plro-clean')"
BAR_OPACITY = "() => getComputedStyle(document.querySelector('.st-key-present_bar')).opacity"


@pytest.fixture
def stage(page: Page, server: str) -> Page:
    """The stage of the pain page."""
    page.set_viewport_size(PROJECTORS["16x9"])
    page.goto(f"{server}/pain?present=1")
    settled(page, quiet=0.5)
    return page


@pytest.mark.parametrize("screen", PROJECTORS)
@pytest.mark.parametrize("address", SLIDES)
def test_a_slide_is_whole_and_readable(page: Page, server: str, address: str, screen: str) -> None:
    page.set_viewport_size(PROJECTORS[screen])
    page.goto(f"{server}/{address}")
    settled(page, quiet=1.5)
    expect(page.locator(".st-key-present_figure .main-svg").first).to_be_attached()
    assert page.evaluate(
        "() => document.querySelector('.st-key-present_figure .js-plotly-plot')._fullLayout.width"
    ) == (1224 if screen == "16x9" else 904)
    assert page.evaluate(FAULTS, SMALLEST_ON_STAGE) == []


def test_a_larger_screen_enlarges_the_slide_as_a_whole(page: Page, server: str) -> None:
    page.set_viewport_size({"width": 1920, "height": 1080})
    page.goto(f"{server}/pain?present=1")
    settled(page, quiet=0.5)
    scale = "() => new DOMMatrix(getComputedStyle(document.querySelector('.st-key-present_figure .js-plotly-plot')).transform).a"
    assert page.evaluate(scale) > 1.4
    assert page.evaluate(FAULTS, SMALLEST_ON_STAGE * 1.4) == []


def test_an_enlarged_figure_names_the_point_under_the_pointer(page: Page, server: str) -> None:
    page.set_viewport_size({"width": 1920, "height": 1080})
    page.goto(f"{server}/pain?present=1&figure=pain_dumbbell")
    settled(page, quiet=0.5)
    dot = page.locator(".st-key-present_figure .scatterlayer .trace:last-child .point").last.bounding_box()
    assert dot is not None
    page.mouse.move(dot["x"] + dot["width"] / 2, dot["y"] + dot["height"] / 2)
    expect(page.locator(".st-key-present_figure .hoverlayer .hovertext").first).to_contain_text("Patient ")


def test_the_screen_is_clean_until_somebody_moves(stage: Page) -> None:
    stage.wait_for_function(IS_CLEAN, timeout=10_000)
    stage.wait_for_function(f"() => ({BAR_OPACITY})() === '0'")
    stage.mouse.move(300, 300)
    stage.mouse.move(360, 330)
    stage.wait_for_function(f"() => !({IS_CLEAN})() && ({BAR_OPACITY})() === '1'")
    stage.wait_for_function(IS_CLEAN, timeout=10_000)
    stage.keyboard.press("Tab")
    stage.wait_for_function(f"() => !({IS_CLEAN})()")


def test_keys_step_jump_and_list_themselves(stage: Page) -> None:
    stage.keyboard.press("3")
    stage.wait_for_url("**figure=*")
    settled(stage)
    third = stage.url
    stage.keyboard.press("ArrowLeft")
    stage.wait_for_function("(third) => location.href !== third", arg=third)
    settled(stage)
    stage.keyboard.press("PageDown")
    stage.wait_for_function("(third) => location.href === third", arg=third)
    settled(stage)
    stage.keyboard.press("Shift+?")
    expect(stage.get_by_text("everybody else is muted")).to_be_visible()
    stage.keyboard.press("Escape")
    expect(stage.locator(".st-key-present")).to_have_count(0)


def test_a_click_on_a_point_highlights_its_patient(stage: Page) -> None:
    # The first trace with points is a patient's; the last is the median.
    dot = stage.locator(".st-key-present_figure .scatterlayer .trace .point").first.bounding_box()
    assert dot is not None
    stage.mouse.click(dot["x"] + dot["width"] / 2, dot["y"] + dot["height"] / 2)
    stage.wait_for_url("**patient=*")
    expect(stage.locator(".st-key-present_words")).to_contain_text("highlighted")


def test_a_phone_shows_a_presented_figure_in_its_own_size(chromium: Browser, server: str) -> None:
    page = chromium.new_page(viewport={"width": 390, "height": 844}, user_agent="Mozilla/5.0 (iPhone) Mobile Mobi")
    page.goto(f"{server}/pain?present=1")
    settled(page, quiet=0.5)
    widths = page.evaluate("""() => {
      const plot = document.querySelector('.st-key-present_figure .js-plotly-plot');
      return [plot.getBoundingClientRect().width, plot._fullLayout.width];
    }""")
    assert widths[0] == pytest.approx(widths[1], abs=2)
    assert widths[0] < 390
    page.close()


def test_a_figure_of_many_columns_keeps_its_width_on_a_phone_and_is_moved_sideways(
    chromium: Browser, server: str
) -> None:
    page = chromium.new_page(viewport={"width": 390, "height": 844}, user_agent="Mozilla/5.0 (iPhone) Mobile Mobi")
    page.goto(f"{server}/labs?present=1")
    settled(page, quiet=0.5)
    assert page.locator(".js-plotly-plot").evaluate("(plot) => plot._fullLayout.width") >= 690
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.close()


def test_a_slide_written_in_the_dialog_is_presented_from_the_page_below(page: Page, server: str) -> None:
    page.goto(f"{server}/pain")
    settled(page)
    page.get_by_role("button", name="Share").first.click()
    page.get_by_role("button", name="Arrange a talk").first.click()
    page.get_by_label("Heading of a slide of words").fill("Ten patients")
    page.get_by_role("button", name="Add this slide").click()
    expect(page.get_by_role("dialog").get_by_role("listitem")).to_have_text("Ten patients")
    page.get_by_role("button", name="Close").first.click()
    settled(page, quiet=0.5)
    page.get_by_role("button", name="Share").first.click()
    page.get_by_role("button", name="Present these views").first.click()
    expect(page.locator(".st-key-present_words h1")).to_have_text("Ten patients")
