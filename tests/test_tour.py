"""The start: a first visit shows the tour, a link that asks for something does not, and both tour and keys are found again."""

import re
from pathlib import Path

from playwright.sync_api import Page, expect
from streamlit.testing.v1 import AppTest

from pages.parts.tour import KEYS, steps
from tests.browser_tools import settled
from tests.test_tabs import opened

ROOT = Path(__file__).resolve().parents[1]


def captions(app: AppTest) -> list[str]:
    return [caption.value for caption in app.caption if caption.value.startswith("Tour")]


def labels(app: AppTest) -> set[str]:
    return {button.label for button in app.button}


def test_a_page_is_what_it_was_until_the_tour_is_asked_for() -> None:
    app = opened("overview")
    assert captions(app) == []
    assert {"Tour", "Keys"} <= labels(app)


def test_the_tour_goes_on_can_be_left_and_is_found_again() -> None:
    app = opened("bone", smoking="yes")
    app.button(key="tour_open").click().run()
    for step in (2, 3, 4, 5):
        app.button(key="tour_next").click().run()
        assert captions(app) == [f"Tour · {step} of 5"]
    assert "Next" not in labels(app)
    assert app.query_params == {"smoking": "yes"}  # it asks for nothing of the view
    app.button(key="tour_back").click().run()
    assert captions(app) == ["Tour · 4 of 5"]
    app.button(key="tour_leave").click().run()
    assert captions(app) == []
    app.button(key="tour_open").click().run()
    assert captions(app) == ["Tour · 1 of 5"]


def test_a_stage_has_no_tour() -> None:
    assert "Tour" not in labels(opened("bone", present="1"))


def test_a_first_visit_is_shown_the_tour_until_it_is_left(page: Page, server: str) -> None:
    page.goto(f"{server}/?smoking=yes")
    expect(page.get_by_text("4 of 10 patients").first).to_be_visible()
    settled(page)
    expect(page.get_by_text("Tour · 1 of 5")).to_have_count(0)  # a link that asks for something is left alone
    page.goto(server)
    expect(page.get_by_text("Tour · 1 of 5")).to_be_visible()
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_text("Tour · 2 of 5")).to_be_visible()
    page.get_by_role("button", name="Leave", exact=True).click()
    expect(page.get_by_text("Tour ·")).to_have_count(0)
    page.goto(server)
    expect(page.get_by_role("button", name="Keys")).to_be_visible()
    settled(page)
    expect(page.get_by_text("Tour ·")).to_have_count(0)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog").get_by_text("these keys")).to_be_visible()


def test_the_keys_are_listed_once() -> None:
    app = opened("bone")
    app.button(key="keys_open").click().run()
    told = " ".join(text.value for text in app.markdown)
    assert all(f"`{key}` {words}" in told for keys in KEYS.values() for key, words in keys)
    app.run()
    assert "While presenting" not in " ".join(text.value for text in app.markdown)


def test_a_registry_without_a_paper_hears_of_no_claims() -> None:
    told = " ".join(f"{step.title} {step.words} {step.see} {step.page}" for step in steps(documents=False))
    assert "laim" not in told
    assert "paper" not in told
    assert any(step.page == "claims.py" for step in steps(documents=True))
    assert len(steps(documents=False)) == len(steps(documents=True)) == 5


def test_every_page_of_a_step_exists() -> None:
    for step in (*steps(documents=True), *steps(documents=False)):
        assert (ROOT / "pages" / step.page).is_file()


def test_the_letters_of_the_records_are_those_that_the_page_takes() -> None:
    source = (ROOT / "pages" / "parts" / "steps.py").read_text()
    taken = set(re.findall(r'_step\(.*"([A-Z])"\)', source))
    assert taken == {key for key, _ in KEYS["Patients"]}


def test_the_keys_of_the_stage_are_those_that_its_buttons_take() -> None:
    taken = {button.proto.shortcut.lower() for button in opened("pain", present="1").button} - {""}
    named = " ".join(f"{key} {words}" for key, words in KEYS["While presenting"]).lower()
    assert taken >= {"left", "right", "pageup", "pagedown", "1", "s", "w"}
    words = {"pageup": "page up", "pagedown": "page down", "escape": "esc"} | {
        str(number): "1 to 9" for number in range(1, 10)
    }
    assert [key for key in taken if words.get(key, key) not in named] == []
