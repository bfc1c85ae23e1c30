"""Printing in a real browser: no controls, every chart whole on its page, a poster a page, white from the dark theme."""

import re

import pytest
from playwright.sync_api import Browser, Page

from tests.browser_tools import settled

#: The room of A4 within its margins, in CSS pixels.
PAPER = {"width": 703, "height": 1032}
#: What is wrong with a page that is laid out for paper: charts that leave it or are higher than it, and controls.
FAULTS = """([width, height]) => {
  const faults = [];
  for (const chart of document.querySelectorAll('.js-plotly-plot .main-svg')) {
    const box = chart.getBoundingClientRect();
    if (box.left < -1 || box.right > width + 1 || box.height > height) faults.push(`chart ${box.left} ${box.right} ${box.height}`);
  }
  const controls = ['stSidebar', 'stHeader', 'stPopover', 'stSelectbox', 'stDownloadButton', 'stTextInput'];
  for (const name of controls)
    for (const found of document.querySelectorAll(`[data-testid="${name}"]`))
      if (found.getBoundingClientRect().height) faults.push(name);
  for (const table of document.querySelectorAll('[data-testid="stTable"] table')) {
    const style = getComputedStyle(table);
    if (style.display !== 'table') faults.push(`a table that is never divided: ${style.display}`);
    if (table.getBoundingClientRect().right > width + 1) faults.push('a table that leaves the paper');
  }
  return faults;
}"""


@pytest.mark.parametrize("address", ["patients?patient=8", "claims?claim=age-mean-sd", "bone", "labs"])
def test_a_page_is_whole_on_paper(page: Page, server: str, address: str) -> None:
    page.goto(f"{server}/{address}")
    settled(page, quiet=0.5)
    page.emulate_media(media="print")
    page.set_viewport_size(PAPER)
    page.wait_for_timeout(1000)
    assert page.evaluate(FAULTS, [PAPER["width"], PAPER["height"]]) == []


def test_a_chart_is_shrunk_from_the_screen_to_the_paper_without_the_page_being_drawn_anew(
    page: Page, server: str
) -> None:
    """Paper is laid out without a script: the drawing has the width of the screen and is shrunk as a whole."""
    page.goto(f"{server}/patients?patient=8")
    settled(page, quiet=0.5)
    printed = page.pdf(prefer_css_page_size=True, print_background=True)
    first = re.search(rb"/Type\s*/Page\b.*?/MediaBox\s*\[([^]]*)\]", printed, re.DOTALL)
    assert first
    assert [round(float(number)) for number in first[1].split()] == [0, 0, 595, 842]  # A4 upright
    assert 2 <= len(re.findall(rb"/Type\s*/Page\b", printed)) <= 5
    zoom = "matchMedia('print').matches || CSS.supports('zoom', 'min(1, tan(atan2(100cqw, attr(width px))))')"
    assert page.evaluate(zoom)


def test_paper_is_white_from_the_dark_theme(chromium: Browser, server: str) -> None:
    context = chromium.new_context(viewport=PAPER, color_scheme="dark")
    page = context.new_page()
    page.goto(f"{server}/bone")
    settled(page, quiet=0.5)
    page.emulate_media(media="print", color_scheme="dark")
    page.wait_for_timeout(500)
    colours = "() => [getComputedStyle(document.documentElement).backgroundColor, getComputedStyle(document.querySelector('h1')).color]"
    assert page.evaluate(colours) == ["rgb(255, 255, 255)", "rgb(15, 24, 28)"]
    context.close()
