"""The open tab is part of the view: in the link, the saved view, the room and on the stage; only what it holds is drawn."""

import pytest
from streamlit.testing.v1 import AppTest

from pages.live import live
from pages.live.watching.painting import painted
from pages.shared.figures import Figure
from tests.test_pages import charts, open_tab, opened, tab_labels, words

#: Page, name of a tab that is not the first, its label, words that it alone shows.
TABS = (
    ("overview", "published", "Beside published cohorts", "published"),
    ("pain", "change", "Baseline to month 6", "month 6"),
    ("pain", "responders", "Responders", "How many respond?"),
    ("pain", "control", "Time to pain control", "Median time to pain control"),
    ("labs", "flags", "Printed and computed flags", "How the count depends on the range"),
    ("labs", "patterns", "Patterns", "patterns in"),
    ("bone", "distribution", "Distribution", "T-score"),
    ("bone", "levels", "Fracture levels", "4 of 10 patients have a documented fracture"),
    ("treatments", "delivery", "From delivery", "delivery"),
    ("treatments", "overlap", "Which groups overlap", "Both patients who went on breastfeeding also smoke"),
    ("treatments", "open", "What the text leaves open", "open"),
    ("tables", "table-ii", "Printed Table II", "printed"),
)


def headings(app: AppTest) -> list[str]:
    return [heading.value for heading in (*app.header, *app.subheader)]


@pytest.mark.parametrize(("page", "name", "label", "said"), TABS)
def test_a_click_on_a_tab_is_in_the_link_and_the_link_opens_it(page: str, name: str, label: str, said: str) -> None:
    clicked = open_tab(opened(page), label)
    assert not clicked.exception
    assert clicked.query_params == {"tab": name}
    cold = opened(page, tab=name)
    assert not cold.exception
    assert not cold.warning
    assert words(cold) == words(clicked)
    assert said in words(cold)
    assert words(cold) != words(opened(page))
    first = open_tab(cold, tab_labels(cold)[0])
    assert first.query_params == (
        {"tab": "manuscript"} if page == "tables" else {}
    )  # it says what a bare link would show
    assert words(first) == words(opened(page))


@pytest.mark.parametrize("page", ["pain", "labs", "bone", "treatments"])
def test_only_the_open_tab_is_drawn(page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[str] = []
    draw = Figure.drawn

    def counted(figure: Figure, *given: object, **named: object) -> object:
        drawn.append(figure.name)
        return draw(figure, *given, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(Figure, "drawn", counted)
    app = opened(page)
    labels = tab_labels(app)
    assert len(drawn) == len(charts(app)) == 1
    for label in labels[1:]:
        drawn.clear()
        app = open_tab(app, label)
        assert len(drawn) == len(charts(app)) <= 1


def test_the_page_itself_has_not_another_tab_than_the_link_after_a_change_of_groups() -> None:
    app = opened("bone", tab="levels")
    app.selectbox(key="group_by").set_value("smoking").run()
    assert app.query_params == {"by": "smoking", "tab": "levels"}
    assert "fracture" in headings(app)[0]


@pytest.mark.parametrize("page", ["overview", "pain", "labs", "bone", "treatments", "tables", "compare", "dictionary"])
def test_a_tab_that_does_not_exist_is_said_and_the_page_shown(page: str) -> None:
    app = opened(page, tab="no-such", smoking="yes")
    assert not app.exception
    said = [warning.value.replace("\\", "") for warning in app.warning]
    assert [one for one in said if one.startswith("There is no tab “no-such” here; “")] == said[:1]
    assert "tab" not in app.query_params
    assert app.query_params["smoking"] == "yes"
    assert len(charts(app)) == len(charts(opened(page, smoking="yes")))


def test_a_figure_that_does_not_exist_is_said_and_the_first_one_shown() -> None:
    app = opened("pain", present="1", figure="no_such")
    assert [warning.value for warning in app.warning] == ["There is no figure “no\\_such” on this page\\."]
    assert "figure" not in app.query_params
    assert "1 of 4" in words(app)


def test_a_tab_is_left_with_its_page() -> None:
    app = opened("bone", tab="levels", smoking="yes")
    app.switch_page("pain.py").run()
    assert app.query_params == {"smoking": "yes"}
    assert not app.warning
    assert tab_labels(app)[0] == "Over time"


# On the stage


def test_present_opens_on_the_open_tab_and_its_steps_change_the_tab() -> None:
    app = opened("bone", tab="levels")
    shown = charts(app)[0]["data"]
    app.button(key="present_open").click().run()
    assert "4 of 4" in words(app)
    assert len(charts(app)[0]["data"]) == len(shown)
    app.button(key="present_previous").click().run()
    assert app.query_params == {"tab": "spine", "present": "1", "figure": "spine"}
    app.button(key="present_leave").click().run()
    assert app.query_params == {"tab": "spine"}


def test_present_and_leave_keep_a_tab_without_a_figure() -> None:
    app = opened("labs", tab="patterns")
    app.button(key="present_open").click().run()
    assert len(charts(app)) == 1
    app.button(key="present_leave").click().run()
    assert app.query_params == {"tab": "patterns"}


@pytest.mark.parametrize("figure", ["fracture_map", "t_score_distribution", "t_score_strip"])
def test_an_old_link_to_a_figure_opens_as_before_and_leads_back_to_its_tab(figure: str) -> None:
    app = opened("bone", present="1", figure=figure)
    assert not app.warning
    assert app.get("plotly_chart")[0].proto.id.endswith(f"on_stage_{figure}")
    app.button(key="present_leave").click().run()
    assert app.get("plotly_chart")[0].proto.id.endswith(f"chart_{figure}")


def test_old_links_about_pain_control_open_on_their_tab() -> None:
    assert "How many respond?" in words(opened("pain", at="3"))
    app = opened("pain", control="vas-3", at="3")
    assert "Time to pain control" in tab_labels(app)
    assert "chart_time_to_pain_control" in app.get("plotly_chart")[0].proto.id
    app = open_tab(app, "Over time")
    assert app.query_params == {"control": "vas-3", "at": "3", "tab": "time"}
    assert "chart_pain_trajectories" in app.get("plotly_chart")[0].proto.id


# Elsewhere


def test_a_saved_view_and_the_watchers_of_a_room_see_the_open_tab() -> None:
    app = open_tab(opened("bone", smoking="yes"), "Fracture levels")
    app.text_input(key="view_name").set_value("Levels")
    next(button for button in app.button if button.label == "Save this view").click().run()
    app.button(key="share_live").click().run()
    code = app.session_state["part_in_rooms"].leads[0]
    assert handed_out(code) == ["heading Fracture levels", "figure fracture_map"]
    app = open_tab(app, "Distribution")
    assert handed_out(code)[:2] == ["heading Distribution", "figure t_score_distribution"]
    app.button(key="end_room").click().run()
    app.switch_page("pain.py").run()
    app.button(key="open_view_levels").click().run()
    assert app.query_params == {"smoking": "yes", "tab": "levels"}
    assert live.rooms().read(code) is None


def handed_out(code: str) -> list[str]:
    """Headings and figures that the watchers of a room are given."""
    room = live.rooms().read(code)
    assert room is not None
    parts = painted(room, "page", "light")["parts"]
    shown = [(part["kind"], part.get("name") or part.get("text")) for part in parts]
    return [f"{kind} {what}" for kind, what in shown if kind in ("heading", "figure")]


def test_both_rows_of_tabs_of_a_comparison_are_in_the_link() -> None:
    app = opened("compare", a="smoking=yes", unfolded="traits")
    labels = tab_labels(app)
    app = open_tab(app, labels[-2])  # both rows end with all of them
    app = open_tab(app, labels[1])
    assert not app.exception
    assert {"tab", "tab_traits"} <= set(app.query_params)
    cold = opened("compare", **app.query_params)
    assert words(cold) == words(app)
    assert next(box for box in cold.expander if box.label.startswith("Every baseline")).proto.expanded
