"""Each choice is one step that can be undone: by a button, and by the browser's Back, which takes two choices back in two."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from pages.shared.trail import Step, Trail
from tests.browser_tools import settled
from tests.test_pages import open_tab, opened, tab_labels, words


def steps(*names: str) -> Trail:
    found = Trail()
    for name in names:
        found = found.after(Step(name, ()))
    return found


def test_a_trail_goes_back_and_forth_and_forgets_what_was_undone() -> None:
    now = steps("a", "b", "b", "c")
    assert [step.page for step in now.steps] == ["a", "b", "c"]
    back = now.back_at(Step("a", ()))
    assert (back.at, back.towards(1), back.towards(-1)) == (0, Step("b", ()), None)
    assert [step.page for step in back.after(Step("d", ())).steps] == ["a", "d"]
    assert now.back_at(Step("x", ())).at == 3
    assert len(steps(*map(str, range(100))).steps) == 30
    assert [step.page for step in now.amended(Step("d", ())).steps] == ["a", "b", "d"]


def test_an_address_that_the_menu_left_between_two_pages_means_the_view_before() -> None:
    smokers, levels = (("smoking", "yes"),), (("smoking", "yes"), ("tab", "levels"))
    now = Trail().after(Step("bone", smokers)).after(Step("bone", levels)).after(Step("pain", smokers))
    assert now.meant(Step("bone", smokers)) == Step("bone", levels)
    for other in (Step("bone", ()), Step("labs", smokers), Step("pain", ())):
        assert now.meant(other) == other
    back = now.back_at(Step("bone", levels))
    assert back.meant(Step("bone", smokers)) == Step("bone", smokers)


def test_a_view_that_the_browser_comes_upon_once_more_means_the_one_before() -> None:
    smokers, levels = (("smoking", "yes"),), (("smoking", "yes"), ("tab", "levels"))
    now = Trail().after(Step("bone", smokers)).after(Step("bone", levels)).after(Step("pain", smokers))
    back = now.back_at(Step("bone", levels))
    assert back.once_more(Step("bone", levels)) == Step("bone", smokers)
    assert back.once_more(Step("pain", smokers)) == Step("pain", smokers)
    assert now.once_more(Step("pain", smokers)) == Step("pain", smokers)
    assert steps("a").once_more(Step("a", ())) == Step("a", ())


def test_filters_options_tabs_and_pages_are_undone_and_done_again() -> None:
    app = opened("bone")
    assert app.button(key="undo").disabled
    next(group for group in app.button_group if group.key == "filter_smoking").set_value(["yes"]).run()
    app = open_tab(app, "Fracture levels")
    app.selectbox(key="group_by").set_value("breastfeeding").run()
    app.switch_page("pain.py").run()
    seen = [dict(app.query_params)]
    for _ in range(4):
        app.button(key="undo").click().run()
        assert not app.exception
        seen.append(dict(app.query_params))
    assert seen == [
        {"smoking": "yes", "by": "breastfeeding"},
        {"smoking": "yes", "by": "breastfeeding", "tab": "levels"},
        {"smoking": "yes", "tab": "levels"},
        {"smoking": "yes"},
        {},
    ]
    assert app.button(key="undo").disabled
    assert tab_labels(app)[0] == "By patient"
    app.button(key="redo").click().run()
    app.button(key="redo").click().run()
    assert app.query_params == {"smoking": "yes", "tab": "levels"}
    assert "4 of 10 patients" in words(app)
    app.button(key="chip_smoking").click().run()
    assert app.button(key="redo").disabled


def test_one_of_the_last_steps_is_chosen_by_name() -> None:
    app = opened("pain")
    for patient in ("3", "8"):
        app.selectbox(key="group_by").set_value("smoking" if patient == "3" else "none").run()
    labels = [button.label.replace("\\", "") for button in app.button if button.key.startswith("step_back")]
    assert labels == ["Pain: all patients · groups by smoking", "Pain: all patients"]
    app.button(key="step_back_1").click().run()
    assert app.query_params == {"by": "smoking"}


def test_a_link_that_could_not_be_shown_is_no_step() -> None:
    app = opened("bone", tab="no-such")
    app.run()
    assert app.button(key="undo").disabled


def test_back_is_undo_and_forward_redo(page: Page, server: str) -> None:
    def at(address: str, said: str) -> None:
        expect(page.get_by_text(said).first).to_be_visible()
        expect(page).to_have_url(f"{server}/{address}")  # what came out of the history is put right an answer later
        settled(page)
        assert page.url == f"{server}/{address}"

    def moved(move: Callable[[], object], address: str, said: str) -> None:
        move()
        at(address, said)

    page.goto(f"{server}/bone")
    at("bone", "10 of 10 patients · 40 of 40 visits")
    expect(page).to_have_title("Bone · 10 patients · PLRO")
    page.locator(".st-key-filter_smoking").get_by_role("button", name="yes · 4").click()
    at("bone?smoking=yes", "4 of 10 patients · 16 of 40 visits")
    page.get_by_role("tab", name="Fracture levels").click()
    at("bone?smoking=yes&tab=levels", "have a documented fracture")
    expect(page).to_have_title("Bone · 4 patients · PLRO")
    moved(page.go_back, "bone?smoking=yes", "Click a point to highlight its patient.")
    moved(page.go_back, "bone", "10 of 10 patients · 40 of 40 visits")
    moved(page.go_forward, "bone?smoking=yes", "4 of 10 patients · 16 of 40 visits")
    moved(page.go_forward, "bone?smoking=yes&tab=levels", "have a documented fracture")
    page.get_by_role("link", name="Pain").first.click()
    at("pain?smoking=yes", "How fast does pain fall?")
    moved(page.go_back, "bone?smoking=yes&tab=levels", "have a documented fracture")
    moved(page.go_back, "bone?smoking=yes", "Click a point to highlight its patient.")
    moved(page.go_forward, "bone?smoking=yes&tab=levels", "have a documented fracture")
    moved(page.go_forward, "pain?smoking=yes", "How fast does pain fall?")
    page.get_by_role("link", name="Labs").first.click()
    at("labs?smoking=yes", "Which laboratory values leave their range?")
    moved(page.go_back, "pain?smoking=yes", "How fast does pain fall?")
    page.locator(".st-key-present_open").get_by_role("button").click()
    expect(page.locator(".st-key-present")).to_be_visible()
    settled(page)
    page.go_back()
    expect(page.locator(".st-key-present")).to_have_count(0)
    at("pain?smoking=yes", "How fast does pain fall?")
    page.locator(".st-key-undo").get_by_role("button").click()
    at("bone?smoking=yes&tab=levels", "have a documented fracture")
