"""Acting on a chart in a browser: a click, a second click, a lasso, the keyboard alone, and Back."""

from playwright.sync_api import Page, expect

from tests.browser_tools import settled

FRAME = ".st-key-frame_pain_trajectories"
BAR = ".st-key-acting_pain_trajectories"

#: Where the points of a patient lie on the screen, and where the plot does.
POINTS = """(patient) => {
  const plot = document.querySelector('.st-key-frame_pain_trajectories .js-plotly-plot');
  const at = plot.getBoundingClientRect(), {xaxis, yaxis} = plot._fullLayout, found = [];
  plot.calcdata.forEach((points) => points.forEach((point, index) => {
    const data = points[0].trace.customdata?.[index], mode = points[0].trace.mode || '';
    if (mode.includes('markers') && (Array.isArray(data) ? data[0] : data) === patient)
      found.push([at.x + xaxis._offset + xaxis.c2p(point.x), at.y + yaxis._offset + yaxis.c2p(point.y)]);
  }));
  return found.sort((one, other) => one[0] - other[0]);
}"""


def opened(page: Page, address: str) -> None:
    page.goto(address)
    expect(page.locator(f"{FRAME} .js-plotly-plot")).to_be_visible(timeout=60_000)
    settled(page)


def in_sight(page: Page) -> None:
    """The whole plot on the screen, which a mouse needs."""
    page.evaluate(
        "document.querySelector('.st-key-frame_pain_trajectories .js-plotly-plot').scrollIntoView({block: 'center'})"
    )
    settled(page)


def clicked(page: Page, patient: int, visit: int) -> None:
    page.mouse.click(*page.evaluate(POINTS, patient)[visit])
    settled(page, quiet=0.6)


def test_a_click_a_second_click_and_no_point_moves(page: Page, server: str) -> None:
    opened(page, f"{server}/pain")
    before = page.evaluate(POINTS, 8)
    clicked(page, 8, 1)
    expect(page).to_have_url(f"{server}/pain?patient=8")
    bar = page.locator(BAR)
    expect(bar.get_by_text("Patient 8")).to_be_in_viewport()
    expect(bar.get_by_role("link", name="Open the record")).to_be_visible()
    assert page.evaluate(POINTS, 8) == before
    clicked(page, 8, 1)
    expect(page).to_have_url(f"{server}/pain")
    expect(bar).to_have_count(0)
    assert page.evaluate(POINTS, 8) == before
    clicked(page, 8, 1)
    bar.get_by_role("button", name="Source").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("Table II, row 31, VAS")).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    bar.get_by_role("button", name="Leave out").click()
    expect(page).to_have_url(f"{server}/pain?patients=%218")
    expect(page.get_by_role("heading", name="without patient 8")).to_be_visible()
    settled(page)
    page.go_back()
    expect(page).to_have_url(f"{server}/pain?patient=8")
    expect(page.get_by_text("10 of 10 patients · 40 of 40 visits").first).to_be_visible()


def test_a_lasso_leaves_several_out_and_back_brings_them_in(page: Page, server: str) -> None:
    opened(page, f"{server}/pain")
    page.locator(FRAME).get_by_text("Lasso").click()
    settled(page)
    in_sight(page)
    points = page.evaluate(POINTS, 8)
    x, y = points[2]  # month 3, where patients 8, 9 and 10 still have a VAS of 3
    around = [(x - 25, y - 16), (x + 35, y - 16), (x + 35, y + 14), (x - 25, y + 14), (x - 25, y - 16)]
    page.mouse.move(*around[0])
    page.mouse.down()
    for corner in around[1:]:
        page.mouse.move(*corner, steps=6)
    page.mouse.up()
    bar = page.locator(BAR)
    expect(bar.get_by_text("3 patients (8, 9 and 10)")).to_be_visible()
    bar.get_by_role("button", name="Without these (7 left)").click()
    expect(page).to_have_url(f"{server}/pain?patients=%218%2C9%2C10")
    expect(page.get_by_role("heading", name="Only patients without patients 8, 9 and 10")).to_be_visible()
    settled(page)
    page.go_back()
    expect(page).to_have_url(f"{server}/pain")
    expect(page.get_by_text("10 of 10 patients · 40 of 40 visits").first).to_be_visible()


def test_a_brush_along_an_axis_is_a_range_and_one_over_nobody_says_so(page: Page, server: str) -> None:
    opened(page, f"{server}/pain")
    page.locator(FRAME).get_by_text("Box", exact=True).click()
    settled(page)
    in_sight(page)
    x, y = page.evaluate(POINTS, 8)[2]
    bar = page.locator(BAR)
    dragged(page, (x + 60, y - 60), (x + 90, y - 30))
    expect(bar.get_by_text("Nobody lies in this selection.")).to_be_visible()
    settled(page)
    dragged(page, (x - 30, y + 15), (x + 40, y - 150))
    expect(bar.get_by_text("at month 3 (3 of 10 patients)")).to_be_visible()
    bar.get_by_role("button", name="Only these (3 left)").last.click()
    expect(page.get_by_text("3 of 10 patients · 12 of 40 visits").first).to_be_visible()


def dragged(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(*end, steps=8)
    page.mouse.up()


def test_a_patient_is_left_out_by_keyboard_alone(page: Page, server: str) -> None:
    opened(page, f"{server}/pain")
    page.locator(f"{FRAME} input[aria-label*='Choose in this figure']").focus()
    page.keyboard.type("Patient 8")
    page.keyboard.press("Enter")
    bar = page.locator(BAR)
    expect(bar.get_by_text("Patient 8")).to_be_visible()
    settled(page)
    page.keyboard.press("Escape")
    for _ in range(25):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.innerText").find("Leave out (9 left)") >= 0:
            break
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{server}/pain?patients=%218")


def test_a_value_at_a_visit_becomes_a_filter_by_keyboard_alone(page: Page, server: str) -> None:
    opened(page, f"{server}/pain")
    page.locator(".st-key-add_filter input").focus()
    page.keyboard.type("vas month 3")
    page.keyboard.press("Enter")
    slider = page.locator(".st-key-range_vas-3")
    expect(slider).to_be_visible()
    settled(page)
    for _ in range(8):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('.st-key-range_vas-3 input')"):
            break
    for _ in range(2):
        page.keyboard.press("ArrowRight")
        settled(page)
    expect(page).to_have_url(f"{server}/pain?vas.3=3-%2A")
    expect(page.get_by_role("button", name="VAS 3 or more at month 3")).to_be_visible()
    page.go_back()
    expect(page).to_have_url(f"{server}/pain?vas.3=2-%2A")


#: Where the point or bar of a figure lies on the screen that stands for a piece of the cohort language, or for a patient.
MARK = """([inside, mark]) => {
  const plot = document.querySelector(`${inside} .js-plotly-plot`), full = plot._fullLayout;
  plot.scrollIntoView({block: 'center'});
  const at = plot.getBoundingClientRect();
  for (const [{trace}] of plot.calcdata) {
    const data = [...(trace.customdata || [])].map((one) => Array.isArray(one) ? one[0] : one), index = data.indexOf(mark);
    if (index < 0) continue;
    const x = full['xaxis' + trace.xaxis.slice(1)], y = full['yaxis' + trace.yaxis.slice(1)];
    const bar = trace.type === 'bar', middle = bar ? trace.base[index] + trace.x[index] / 2 : trace.x[index];
    const height = trace.y[index] + (bar && trace.offset !== undefined ? trace.offset + trace.width / 2 : 0);
    return [at.x + x._offset + x.c2p(middle), at.y + y._offset + y.c2p(height)];
  }
}"""


def mark_clicked(page: Page, inside: str, mark: str | int) -> None:
    """A click on a mark, once its plot stands still."""
    expect(page.locator(f"{inside} .js-plotly-plot")).to_be_visible(timeout=60_000)
    settled(page)
    page.evaluate(MARK, [inside, mark])  # scrolls
    settled(page)
    page.mouse.click(*page.evaluate(MARK, [inside, mark]))
    settled(page, quiet=0.6)


def test_a_level_of_the_spine_is_clicked_and_only_its_patients_stay(page: Page, server: str) -> None:
    page.goto(f"{server}/bone?tab=spine")
    mark_clicked(page, ".st-key-frame_spine", "level=L1")
    bar = page.locator(".st-key-acting_spine")
    bar.get_by_role("button", name="Only these").click()
    expect(page).to_have_url(f"{server}/bone?level=L1&tab=spine")
    settled(page)
    page.go_back()
    expect(page).to_have_url(f"{server}/bone?tab=spine")


def test_a_bar_of_who_is_in_view_narrows_all_small_figures(page: Page, server: str) -> None:
    page.goto(f"{server}/")
    small = page.locator("[class*=st-key-small_]")
    expect(small).to_have_count(5, timeout=60_000)
    mark_clicked(page, ".st-key-small_who_at_a_glance", "smoking=yes")
    page.locator(".st-key-acting_who_at_a_glance").get_by_role("button", name="Only these (4 left)").click()
    expect(page).to_have_url(f"{server}/?smoking=yes")
    expect(small.get_by_role("button", name="· 4 patients")).to_have_count(5)


def test_a_row_of_treatment_is_clicked_and_its_patient_left_out(page: Page, server: str) -> None:
    page.goto(f"{server}/treatments")
    mark_clicked(page, ".st-key-frame_treatment_matrix", 4)
    expect(page).to_have_url(f"{server}/treatments?patient=4")
    page.locator(".st-key-acting_treatment_matrix").get_by_role("button", name="Leave out").click()
    expect(page).to_have_url(f"{server}/treatments?patients=%214")


def test_a_pattern_is_clicked_and_only_its_patients_stay(page: Page, server: str) -> None:
    page.goto(f"{server}/labs?pattern=vas.positions")
    mark_clicked(page, ".st-key-frame_pattern_strips", "patients=8,9,10")
    bar = page.locator(".st-key-acting_pattern_strips")
    bar.get_by_role("button", name="Only these (3 left)").click()
    expect(page.get_by_text("3 of 10 patients").first).to_be_visible()
