"""The start: a first visit shows the tour, a link that asks for something does not, and both tour and keys are found again."""

import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from pages.parts.tour import KEYS, steps
from tests.test_tabs import opened

ROOT = Path(__file__).resolve().parents[1]


def captions(app: AppTest) -> list[str]:
    return [caption.value for caption in app.caption if caption.value.startswith("Tour")]


def labels(app: AppTest) -> set[str]:
    return {button.label for button in app.button}


def test_a_first_visit_shows_the_first_of_five_steps_beside_the_page() -> None:
    app = opened("overview")
    assert captions(app) == ["Tour · 1 of 5"]
    assert app.title  # the page is there, too
    assert {"Next", "Leave", "Tour", "Keys"} <= labels(app)


@pytest.mark.parametrize("parameters", [{"smoking": "yes"}, {"tab": "published"}, {"present": "1"}])
def test_a_link_that_asks_for_something_shows_that_and_no_tour(parameters: dict[str, str]) -> None:
    assert captions(opened("overview", **parameters)) == []


def test_another_page_is_not_covered() -> None:
    app = opened("bone")
    assert captions(app) == []
    assert {"Tour", "Keys"} <= labels(app)


def test_the_tour_goes_on_can_be_left_and_is_found_again() -> None:
    app = opened("overview")
    for step in (2, 3, 4, 5):
        app.button(key="tour_next").click().run()
        assert captions(app) == [f"Tour · {step} of 5"]
    assert "Next" not in labels(app)
    app.button(key="tour_leave").click().run()
    assert captions(app) == []
    app.run()
    assert captions(app) == []  # left is left, for this session
    app.button(key="tour_open").click().run()
    assert captions(app) == ["Tour · 1 of 5"]


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
