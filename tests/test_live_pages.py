"""Present mode and live rooms without a browser: what a cold link shows."""

import pytest
from streamlit.testing.v1 import AppTest

from tests.test_pages import charts, opened, words

PRESENTED = ("overview", "pain", "labs", "bone", "treatments", "compare", "patients")


def keys(app: AppTest) -> set[str]:
    return {button.key for button in app.button}


@pytest.mark.parametrize("page", PRESENTED)
def test_a_page_with_figures_fills_the_screen_with_one(page: str) -> None:
    app = opened(page, present="1", smoking="yes")
    assert not app.exception
    assert len(charts(app)) == 1
    assert charts(app)[0]["layout"]["font"]["size"] > 13
    assert "4 of 10 patients · 16 of 40 visits · patients with smoking · data 2022-1" in words(app)
    assert not app.sidebar.children
    app.button(key="present_leave").click().run()
    assert "present_open" in keys(app)
    assert app.sidebar.children


def test_figures_are_stepped_through_and_the_link_names_them() -> None:
    app = opened("pain", present="1")
    assert app.button(key="present_previous").disabled
    app.button(key="present_next").click().run()
    assert app.query_params["figure"] == "pain_dumbbell"
    assert "2 of 4" in words(app)
    app = opened("pain", present="1", figure="time_to_pain_control")
    assert app.button(key="present_next").disabled
    app = opened("pain", present="1", figure="no_such_figure")
    assert "1 of 4" in words(app)


@pytest.mark.parametrize("page", ["tables", "claims"])
def test_a_page_without_figures_says_so_and_leads_back(page: str) -> None:
    app = opened(page, present="1")
    assert "This page has no figure to present." in words(app)
    app.button(key="present_leave").click().run()
    assert "present_open" not in keys(app)
    assert not app.exception


def test_nobody_is_presented_as_such() -> None:
    app = opened("pain", present="1", age="12")
    assert not app.exception
    assert "0 of 10 patients" in words(app)


@pytest.mark.parametrize("code", ["ABCDEF", "", "x" * 300, "<b>"])
def test_an_unknown_room_is_one_sentence_and_a_way_on(code: str) -> None:
    app = opened("pain", room=code)
    assert not app.exception
    assert [info.value for info in app.info] == ["This live room has ended, or its code is not right\\."] or (
        "This live room has ended, or its code is not right." in words(app)
    )
    assert not app.title
    app.button(key="open_dashboard").click().run()
    assert "10 of 10 patients" in words(app)
    assert "room" not in app.query_params
