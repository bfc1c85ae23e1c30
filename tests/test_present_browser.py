"""Present mode in a real browser: at a projector's size a figure is seen whole, and its points answer the pointer."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser_tools import settled

PROJECTOR = {"width": 1280, "height": 720}
#: The pages' longest figures, and their commonest.
FIGURES = (
    "pain?present=1",
    "pain?present=1&figure=pain_dumbbell",
    "pain?age=99&present=1",
    "bone?present=1&figure=spine",
    "labs?by=smoking&present=1",
    "treatments?present=1",
    "patients?patient=8&present=1",
    "compare?present=1",
)
#: Words of the plot that do not lie within the window, and how far the page scrolls.
CUT_OFF = """() => {
  const main = document.querySelector('[data-testid="stMain"]');
  const stage = document.querySelector('.st-key-present_figure').getBoundingClientRect();
  const words = [...document.querySelectorAll('.st-key-present_figure svg text')].filter((text) => {
    const box = text.getBoundingClientRect();
    return box.width && (box.bottom > Math.min(stage.bottom, innerHeight) + 1 || box.top < stage.top - 1
      || box.left < -1 || box.right > innerWidth + 1);
  });
  const scrolls = main.scrollHeight > main.clientHeight || main.scrollWidth > main.clientWidth;
  return [...words.map((text) => text.textContent), ...(scrolls ? ['the page scrolls'] : [])];
}"""


@pytest.mark.parametrize("address", FIGURES)
def test_a_presented_figure_is_seen_whole(page: Page, server: str, address: str) -> None:
    page.set_viewport_size(PROJECTOR)
    page.goto(f"{server}/{address}")
    settled(page, quiet=0.5)
    expect(page.locator(".st-key-present_figure .main-svg").first).to_be_visible()
    assert page.evaluate(CUT_OFF) == []


def test_a_shrunk_figure_names_the_point_under_the_pointer(page: Page, server: str) -> None:
    page.set_viewport_size(PROJECTOR)
    page.goto(f"{server}/pain?present=1&figure=pain_dumbbell")
    settled(page, quiet=0.5)
    dot = page.locator(".st-key-present_figure .scatterlayer .trace:last-child .point").last.bounding_box()
    assert dot is not None
    page.mouse.move(dot["x"] + dot["width"] / 2, dot["y"] + dot["height"] / 2)
    expect(page.locator(".st-key-present_figure .hoverlayer .hovertext")).to_contain_text("Patient 9, month 6: VAS 1")


def test_a_phone_shows_a_presented_figure_in_its_own_size(chromium: Browser, server: str) -> None:
    page = chromium.new_page(viewport={"width": 390, "height": 844})
    page.goto(f"{server}/treatments?present=1")
    settled(page, quiet=0.5)
    sizes = page.evaluate("""() => {
      const box = document.querySelector('.st-key-present_figure').getBoundingClientRect();
      const plot = document.querySelector('.st-key-present_figure .js-plotly-plot');
      return [box.height, plot.getBoundingClientRect().height, plot._fullLayout.height];
    }""")
    assert sizes == pytest.approx([sizes[0]] * 3, abs=2)
    page.close()
