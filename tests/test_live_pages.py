"""Present mode and live rooms without a browser: what a cold link shows."""

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl

import pytest
import streamlit as st
from plotly.io.json import to_json_plotly
from streamlit.testing.v1 import AppTest

from pages.live import live
from pages.live.rooms import Room
from pages.live.tries import Tries
from pages.live.watching.painting import painted
from pages.parts.options import OPTIONS
from plro_core.cohort import Cohort
from plro_core.figures.style import STAGES
from plro_core.vocabulary import STANDARD
from tests.test_pages import charts, open_tab, opened, words

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
    last = "time_to_pain_control"
    found = re.search(r"slide 1 of (\d+)", words(opened("pain", present="1", figure=last)))
    assert found
    app = opened("pain", present="1", figure=last, slide=found[1])
    assert app.button(key="present_next").disabled
    app = opened("pain", present="1", figure="no_such_figure")
    assert "1 of 4" in words(app)


def test_a_page_without_figures_says_so_and_leads_back() -> None:
    app = opened("registry", present="1")
    assert "This page has no figure to present." in words(app)
    app.button(key="present_leave").click().run()
    assert "present_open" not in keys(app)
    assert not app.exception


def test_nobody_is_presented_as_such() -> None:
    app = opened("pain", present="1", age="12")
    assert not app.exception
    assert "0 of 10 patients" in words(app)


# A room: what the presenter's session shows to whoever watches, and the way from there into a session


@pytest.fixture
def presenter() -> Iterator[AppTest]:
    app = opened("pain", smoking="yes")
    app.text_input(key="leader_name").set_value("  Presenter <b>A</b>\n" + "x" * 60).run()
    app.button(key="share_live").click().run()
    yield app
    if "end_room" in keys(app):
        app.button(key="end_room").click().run()


def room_of(presenter: AppTest) -> Room:
    code, _ = presenter.session_state["part_in_rooms"].leads
    room = live.rooms().read(code)
    assert room is not None
    return room


def scene_of(presenter: AppTest, layout: str = "page", theme: str = "light") -> dict[str, Any]:
    """What is handed to whoever watches."""
    return painted(room_of(presenter), layout, theme)


def figures(scene: dict[str, Any]) -> list[dict[str, Any]]:
    return [part for part in scene["parts"] if part["kind"] == "figure"]


def test_who_watches_is_given_the_presenters_view_and_who_leads(presenter: AppTest) -> None:
    scene = scene_of(presenter)
    assert scene["title"] == "How fast does pain fall?"
    assert "4 of 10 patients · 16 of 40 visits" in scene["caption"]
    assert "data 2022-2" in scene["caption"]
    assert scene["leader"].startswith("Presenter <b>A</b> x")
    assert len(scene["leader"]) <= 40
    assert not scene["synthetic"]
    _, secret = presenter.session_state["part_in_rooms"].leads
    assert secret not in str(scene)


@pytest.mark.parametrize("page", ["overview", "pain", "labs", "bone", "treatments", "compare"])
def test_the_figures_of_the_page_are_handed_out_as_the_page_draws_them(page: str) -> None:
    app = opened(page, by="smoking", patient="8")
    app.button(key="share_live").click().run()
    shown, drawn = figures(scene_of(app)), charts(app)
    assert len(shown) == len(drawn) > 0
    for handed, chart in zip(shown, drawn, strict=True):
        assert json.loads(to_json_plotly(handed["layout"])) == chart["layout"]
        for mine, theirs in zip(json.loads(to_json_plotly(handed["data"])), chart["data"], strict=True):
            kept = {key: value for key, value in theirs.items() if key in mine}
            assert mine == kept
            assert set(theirs) - set(mine) <= {"customdata", "ids"}
        assert handed["summary"]
        assert handed["table"]["rows"]
    app.button(key="end_room").click().run()


def test_a_figure_on_the_stage_is_laid_out_for_the_window_that_asks(presenter: AppTest) -> None:
    presenter.button(key="present_open").click().run()
    for layout, stage in STAGES.items():
        (shown,) = figures(scene_of(presenter, layout))
        assert (shown["width"], shown["height"]) == (stage.width, stage.height)
        assert shown["layout"]["font"]["size"] >= 18
    (phone,) = figures(scene_of(presenter, "page"))
    assert phone["width"] == 0
    assert phone["layout"]["font"]["size"] < 18
    assert scene_of(presenter)["title"] == phone["title"]
    assert scene_of(presenter)["stage"]
    (dark,) = figures(scene_of(presenter, "page", "dark"))
    assert dark["layout"]["font"]["color"] != phone["layout"]["font"]["color"]


def test_what_sets_groups_apart_goes_with_the_picture(presenter: AppTest) -> None:
    presenter.selectbox(key="group_by").set_value("breastfeeding").run()
    (shown,) = figures(scene_of(presenter))
    assert any("Confounded" in sentence or "Only one patient" in sentence for sentence in shown["caveats"])
    presenter.button(key="present_open").click().run()
    (staged,) = figures(scene_of(presenter, "16x9"))
    assert staged["caveats"] == shown["caveats"]


def test_a_step_is_a_step_and_a_run_that_changes_nothing_is_none(presenter: AppTest) -> None:
    before = room_of(presenter).change
    presenter.run()
    assert room_of(presenter).change == before
    presenter.button(key="chip_smoking").click().run()
    assert room_of(presenter).change == before + 1
    assert "10 of 10 patients" in scene_of(presenter)["caption"]
    open_tab(presenter, "Baseline to month 6")
    assert room_of(presenter).change == before + 2
    assert [figure["name"] for figure in figures(scene_of(presenter))] == ["pain_dumbbell"]


def test_a_table_is_handed_out_as_it_is_read(presenter: AppTest) -> None:
    presenter.switch_page("tables.py").run()
    presenter = open_tab(presenter, "Printed Table II")
    presenter.text_input(key="find_table_ii").set_value("baseline").run()
    (table,) = [part for part in scene_of(presenter)["parts"] if part["kind"] == "table"]
    assert len(table["rows"]) == 4
    assert table["rows"][0][:2] == ["5", "Baseline"]


def test_nobody_sees_the_registry_page_with_its_drafts(presenter: AppTest) -> None:
    before = room_of(presenter)
    presenter.switch_page("registry.py").run()
    assert room_of(presenter).scene == before.scene


def test_who_explores_has_the_same_view_and_the_way_back(presenter: AppTest) -> None:
    presenter.button(key="present_open").click().run()
    page, _, query = scene_of(presenter)["explore"].partition("?")
    pairs = dict(parse_qsl(query))
    code = room_of(presenter).code
    assert pairs == {"smoking": "yes", "registry": "published", "version": "2022-2", "from-room": code}
    explorer = opened(page, **pairs)
    assert not explorer.exception
    assert "4 of 10 patients" in words(explorer)
    assert explorer.query_params == {"smoking": "yes"}
    assert {"share_live", "present_open"} <= keys(explorer)
    assert any(f"/watch/{code}" in element.proto.body for element in explorer.get("html"))
    presenter.button(key="end_room").click().run()
    explorer.run()
    assert not any(f"/watch/{code}" in element.proto.body for element in explorer.get("html"))


@pytest.mark.parametrize("code", ["ABCDEF", "", "x" * 300, "<b>"])
def test_who_comes_from_a_room_that_there_is_not_explores_all_the_same(code: str) -> None:
    app = opened("pain", **{"from-room": code})
    assert not app.exception
    assert "10 of 10 patients" in words(app)
    assert "own" not in [text.value for text in app.markdown]
    assert app.query_params == {}


def test_the_presenter_learns_that_the_room_is_gone(presenter: AppTest) -> None:
    live.rooms().end(*presenter.session_state["part_in_rooms"].leads)
    presenter.run()
    assert "The live room has ended" in words(presenter)
    assert "end_room" not in keys(presenter)
    presenter.button(key="close_ended").click().run()
    assert "has ended" not in words(presenter)


def test_the_key_of_the_room_is_in_no_page_and_its_ticket_is_good_once(presenter: AppTest) -> None:
    part = presenter.session_state["part_in_rooms"]
    pictures = [element.proto.body for element in presenter.get("html") if "watch/keep/" in element.proto.body]
    assert len(pictures) == 1
    assert part.leads[1] not in pictures[0]
    assert live.tickets().redeem(part.ticket) == part.leads
    assert live.tickets().redeem(part.ticket) is None
    presenter.run()
    assert not [element for element in presenter.get("html") if "watch/keep/" in element.proto.body]


@pytest.mark.parametrize(
    ("cookie", "led"), [("{code}.{secret}", True), ("{code}.wrong", False), ("{code}", False), ("", False)]
)
def test_a_reloaded_tab_leads_on_with_its_key_alone(
    presenter: AppTest, monkeypatch: pytest.MonkeyPatch, cookie: str, led: bool
) -> None:
    code, secret = presenter.session_state["part_in_rooms"].leads
    told = {"plro_room": cookie.format(code=code, secret=secret)}
    monkeypatch.setattr(type(st.context), "cookies", property(lambda _: told))
    reloaded = opened("labs")
    assert not reloaded.exception
    assert ("end_room" in keys(reloaded)) is led
    assert (room_of(presenter).scene.page == "labs") is led


def test_no_tab_takes_the_lead_while_another_has_it(presenter: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    code, secret = presenter.session_state["part_in_rooms"].leads
    monkeypatch.setattr(type(st.context), "cookies", property(lambda _: {"plro_room": f"{code}.{secret}"}))
    monkeypatch.setattr(type(live.lookout()), "is_led", lambda _, asked: asked == code)
    assert "end_room" not in keys(opened("labs"))
    assert room_of(presenter).scene.page == "pain"


def test_a_session_leads_one_room(presenter: AppTest) -> None:
    first, _ = presenter.session_state["part_in_rooms"].leads
    presenter.session_state["part_in_rooms"].opens = "again"  # as a forged click would have it
    presenter.run()
    second, _ = presenter.session_state["part_in_rooms"].leads
    assert live.rooms().read(first) is None
    assert live.rooms().read(second) is not None


def test_a_session_tries_codes_as_often_as_the_page_of_those_who_watch(
    presenter: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = Tries(of_one=2)
    monkeypatch.setattr(live, "tries", lambda: tries)
    monkeypatch.setattr(live, "visitor", lambda _address: "one visitor")
    code = room_of(presenter).code
    for wrong in ("QQQQQQ", "RRRRRR"):
        assert opened("pain", **{"from-room": wrong}).session_state["part_in_rooms"].left is None
    explorer = opened("pain", **{"from-room": code})
    assert not explorer.exception
    assert f"/watch/{code}" not in str([element.proto.body for element in explorer.get("html")])


# What comes over the wire


def forged(app: AppTest, text: str) -> AppTest:
    """A run in which every control of the page that says words says these."""
    states = app._tree.get_widget_states()
    for state in states.widgets:
        if state.WhichOneof("value") == "string_value":
            state.string_value = text
        elif state.WhichOneof("value") == "string_array_value":
            state.string_array_value.data[:] = [text]
    return app._run(states)


@pytest.mark.parametrize("page", ["pain", "treatments", "compare", "tables", "claims", "patients"])
@pytest.mark.parametrize("text", ["<img src=x>" * 40, "\x00", "a=b&c=d", "99999999999999999999"])
def test_neither_the_session_nor_its_watchers_keep_what_no_link_may_say(page: str, text: str) -> None:
    app = opened(page)
    app.button(key="share_live").click().run()
    code, secret = app.session_state["part_in_rooms"].leads
    forged(app, text)
    room = live.rooms().read(code)
    assert room is not None
    told = app.session_state["view_query"].pairs
    for pairs in (told, room.scene.view):
        assert [pair for pair in pairs if pair[0] in OPTIONS and not OPTIONS[pair[0]].accepts(pair[1], STANDARD)] == []
        Cohort.parse([pair for pair in pairs if pair[0] not in OPTIONS], STANDARD)
    assert not app.run().exception
    assert painted(room, "page", "light")["title"]
    live.rooms().end(code, secret)


def test_a_choice_that_no_link_may_say_is_left_out_and_said() -> None:
    app = AppTest.from_function(page_with_a_forged_choice).run()
    app.button(key="forge").click().run()
    assert not app.exception
    assert [caption.value for caption in app.caption] == [
        "{'patient': '8'}",
        "“screen=wide”, chosen on the page, was left out; expected one of 16x9, 4x3.",
    ]
    assert app.query_params == {"patient": "8"}


def page_with_a_forged_choice() -> None:
    import streamlit as st

    from pages.shared import registries, session

    chosen = {"screen": "wide", "patient": "8"}
    st.button("Forge", key="forge", on_click=session.set_options, args=(chosen,))
    view = session.enter(registries.registry(), *session.begin(), "pain")
    st.caption(str(dict(view.options)))
    for sentence in session.link_problems():
        st.caption(sentence)
