"""Present mode and live rooms without a browser: what a cold link shows."""

from collections.abc import Iterator

import pytest
from streamlit.testing.v1 import AppTest

from pages.live import live
from pages.live.rooms import Scene
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
    assert "4 of 10 patients · 16 of 40 visits · patients with smoking · data 2022-2" in words(app)
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


# Two sessions in one room: the presenter and one who follows


@pytest.fixture
def presenter() -> Iterator[AppTest]:
    app = opened("pain", smoking="yes")
    app.text_input(key="leader_name").set_value("  Presenter <b>A</b>\n" + "x" * 60).run()
    app.button(key="share_live").click().run()
    yield app
    if "end_room" in keys(app):
        app.button(key="end_room").click().run()


def code_of(presenter: AppTest) -> str:
    code, _ = presenter.session_state["part_in_rooms"].leads
    return str(code)


def test_who_follows_sees_the_presenters_view_and_who_leads(presenter: AppTest) -> None:
    follower = opened("labs", room=code_of(presenter))
    assert not follower.exception
    assert follower.title[0].value == "How fast does pain fall?"
    assert "4 of 10 patients" in words(follower)
    strip = next(text.value for text in follower.markdown if "Following" in text.value)
    assert "Presenter \\<b\\>A" in strip
    assert len(strip) < 100
    assert "secret" not in words(follower)


@pytest.mark.parametrize("page", ["", "bone", "labs", "treatments"])
def test_a_followed_page_has_nothing_to_act_on(presenter: AppTest, page: str) -> None:
    code, secret = presenter.session_state["part_in_rooms"].leads
    live.rooms().drive(code, secret, Scene(page, (("by", "smoking"), ("patient", "8")), "2022-2"))
    follower = opened("pain", room=code)
    assert not follower.exception
    assert keys(follower) == {"explore"}
    assert not any(follower.get(kind) for kind in ("selectbox", "multiselect", "toggle", "slider", "button_group"))
    assert len(charts(follower)) > 0


def test_who_follows_looks_and_nothing_more(presenter: AppTest) -> None:
    follower = opened("pain", room=code_of(presenter))
    assert {"explore"} == keys(follower)
    assert not follower.sidebar.children
    assert len(charts(follower)) == len(charts(presenter))
    assert [chart["data"] for chart in charts(follower)] == [chart["data"] for chart in charts(presenter)]
    follower.button(key="explore").click().run()
    assert {"rejoin_room", "share_live", "present_open"} <= keys(follower)
    assert follower.sidebar.children
    assert "4 of 10 patients" in words(follower)


def test_a_second_who_follows_sees_the_same_although_it_was_drawn_for_the_first(presenter: AppTest) -> None:
    first, second = (opened("pain", room=code_of(presenter)) for _ in range(2))
    assert words(first) == words(second)
    assert charts(first) == charts(second)


def test_the_room_ends_for_those_who_follow_with_its_last_view(presenter: AppTest) -> None:
    follower = opened("pain", room=code_of(presenter))
    presenter.button(key="end_room").click().run()
    follower.run()
    assert "The live room has ended; this is its last view." in words(follower).replace("\\", "")
    assert follower.title[0].value == "How fast does pain fall?"
    assert "4 of 10 patients" in words(follower)
    follower.button(key="close_ended").click().run()
    assert "has ended" not in words(follower)


def test_the_presenter_learns_that_the_room_is_gone(presenter: AppTest) -> None:
    live.rooms().end(*presenter.session_state["part_in_rooms"].leads)
    presenter.run()
    assert "The live room has ended" in words(presenter)
    assert "end_room" not in keys(presenter)


def test_who_follows_the_presenter_to_another_page(presenter: AppTest) -> None:
    follower = opened("pain", room=code_of(presenter))
    code, secret = presenter.session_state["part_in_rooms"].leads
    live.rooms().drive(code, secret, Scene("bone", (("patient", "8"),), "2022-2"))
    follower.run()
    assert follower.title[0].value == "How low is bone density, and where?"
    assert "Patient 8" in words(follower)
