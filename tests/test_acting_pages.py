"""What can be done with what was pointed at in a figure, and any variable as a filter: on the pages, without a browser."""

import pytest
from streamlit.testing.v1 import AppTest

from tests.acting_tools import act, actions, point_at
from tests.test_pages import opened, words

PAIN = "pain_trajectories"


def test_a_click_on_a_patient_highlights_and_offers_what_can_be_done() -> None:
    app = point_at(opened("pain"), PAIN, [8, 3])
    assert app.query_params == {"patient": "8"}
    assert actions(app, PAIN) == [
        "Source",
        "Only this patient (1 left)",
        "Leave out (9 left)",
        "Compare with the rest",
        "Close",
    ]
    assert [link.proto.label for link in app.get("page_link")] == ["Open the record"] * 2


def test_a_second_click_on_the_same_patient_takes_it_back() -> None:
    app = point_at(point_at(opened("pain"), PAIN, [8, 3]), PAIN, [8, 1])
    assert app.query_params == {}
    assert actions(app, PAIN) == []


def test_nothing_is_done_to_a_figure_of_another_view() -> None:
    app = point_at(opened("pain"), PAIN, [8, 3], [10, 3])
    assert actions(app, PAIN)
    next(group for group in app.button_group if group.key == "filter_smoking").set_value(["yes"]).run()
    assert actions(app, PAIN) == []
    app.button(key="undo").click().run()
    assert actions(app, PAIN), "the same view again is the one that was pointed at"


def test_several_patients_are_kept_left_out_or_compared() -> None:
    app = point_at(opened("pain"), PAIN, [8, 3], [8, 1], [10, 1], [2, 0])
    assert "3 patients (2, 8 and 10) (3 of 10 patients)" in words(app).replace("*", "")
    assert "patient" not in app.query_params
    assert act(app, PAIN, "Only these (3 left)").query_params == {"patients": "2,8,10"}
    assert "Only patients chosen by hand (2, 8 and 10)" in words(app)
    app.button(key="undo").click().run()
    assert actions(app, PAIN) == []
    app = point_at(app, PAIN, [8, 1], [10, 1], [2, 0])
    assert act(app, PAIN, "Without these (7 left)").query_params == {"patients": "!2,8,10"}
    app.button(key="undo").click().run()
    app = act(point_at(app, PAIN, [8, 1], [10, 1], [2, 0]), PAIN, "Compare with the rest")
    assert app.query_params == {"a": "patients=2,8,10"}
    assert "A: patients chosen by hand (2, 8 and 10), n = 3." in words(app)
    assert "A was chosen by hand: what differs may be what decided the choice." in words(app)
    app.button(key="undo").click().run()
    assert app.query_params == {}


def test_one_left_out_is_said_and_the_numbers_are_those_of_the_rest() -> None:
    app = act(point_at(opened("pain"), PAIN, [8, 3]), PAIN, "Leave out (9 left)")
    assert app.query_params == {"patients": "!8"}
    assert app.button(key="chip_patients").label == "without patient 8"
    assert "Pain falls in every patient by month 1, without patient 8" in words(app)
    assert app.metric[0].value == "7"
    app.button(key="chip_patients").click().run()
    assert app.metric[0].value == "7.5"


def test_one_is_left_out_and_put_back_from_the_record_and_from_the_highlight() -> None:
    app = opened("patients", patient="8")
    app.button(key="leave_out_record").click().run()
    assert app.query_params == {"patients": "!8", "patient": "8"}
    app.button(key="leave_out_record").click().run()
    assert app.query_params == {"patient": "8"}
    app = opened("pain", patient="8", patients="!3")
    app.button(key="leave_out_highlighted").click().run()
    assert app.query_params == {"patients": "!3,8", "patient": "8"}
    app.button(key="leave_out_highlighted").click().run()
    assert app.query_params == {"patients": "!3", "patient": "8"}


def test_the_source_of_a_patient_is_the_cells_of_the_figure() -> None:
    app = act(point_at(opened("pain"), PAIN, [8, 3]), PAIN, "Source")
    assert not app.exception
    assert any("Table II, row 31, VAS" in str(table.value).replace("\\", "") for table in app.table)


def test_a_brush_over_nobody_says_so_and_one_over_values_offers_their_range() -> None:
    app = point_at(opened("pain"), PAIN, box={"xref": "x", "yref": "y", "x": [4.1, 4.9], "y": [3, 4]})
    assert "Nobody lies in this selection." in words(app)
    app = act(app, PAIN, "Close")
    assert "Nobody lies" not in words(app)
    app = point_at(app, PAIN, [8, 3], [9, 3], box={"xref": "x", "yref": "y", "x": [2.6, 3.4], "y": [2.6, 10.9]})
    assert "VAS 3 to 10 at month 3 (3 of 10 patients)" in words(app).replace("*", "")
    app = next(button for button in app.button if button.key == f"without_{PAIN}_1").click().run()
    assert app.query_params == {"vas.3": "!3-10"}


def test_what_the_same_figure_offers_by_name() -> None:
    app = opened("pain")
    field = app.multiselect(key=f"named_{PAIN}")
    assert field.options[:10] == [f"Patient {number}" for number in range(1, 11)]
    assert "VAS 1 to 3 at baseline" in field.options  # the words of severity beside the axis
    field.set_value([8]).run()
    assert app.query_params == {"patient": "8"}
    assert "Leave out (9 left)" in actions(app, PAIN)
    app.multiselect(key=f"named_{PAIN}").set_value([8, 10]).run()
    assert "Only these (2 left)" in actions(app, PAIN)
    app.multiselect(key=f"named_{PAIN}").set_value([]).run()
    assert actions(app, PAIN) == []


def test_a_level_is_narrowed_and_compared() -> None:
    """A figure whose marks are pieces of the cohort language; others than patients highlight nobody."""
    app = _with_levels()
    app = point_at(app, "fracture_map", "level=T12")
    assert "patient" not in app.query_params
    assert "Fracture at T12 (2 of 10 patients)" in words(app).replace("*", "")
    assert act(app, "fracture_map", "Compare").query_params["a"] == "level=T12"
    app = act(point_at(_with_levels(), "fracture_map", "level=T12", "level=T10"), "fracture_map", "Only these")
    assert app.query_params == {"tab": "levels", "level": "T12,T10"}
    app = act(point_at(_with_levels(), "fracture_map", "level=T12"), "fracture_map", "Without these (8 left)")
    assert app.query_params == {"tab": "levels", "level": "!T12,~"}


def _with_levels() -> AppTest:
    return opened("bone", tab="levels")


def test_a_choice_is_kept_as_a_list_and_found_again() -> None:
    app = point_at(opened("pain"), PAIN, [8, 3], [10, 1])
    app.text_input(key=f"list_name_{PAIN}_0").set_value("long pain").run()
    app.button(key=f"list_keep_{PAIN}_0").click().run()
    app.selectbox(key="add_filter").set_value("list:long pain").run()
    assert app.query_params == {"patients": "8,10"}
    app.switch_page("compare.py").run()
    assert "long pain (kept)" in app.selectbox(key="choose_a").options


def test_any_variable_at_any_visit_is_a_filter() -> None:
    app = opened("pain")
    offered = app.selectbox(key="add_filter").options
    assert {"Pain (VAS) at month 3", "Calcium at baseline", "Pain (VAS): which visits", "Patients by number"} <= set(
        offered
    )
    app.selectbox(key="add_filter").set_value("vas.3").run()
    app.slider(key="range_vas.3").set_range(3, 3).run()
    assert app.query_params == {"vas.3": "3-*"}
    assert app.button(key="chip_vas.3").label == "VAS 3 or more at month 3"
    assert "3 of 10 patients" in words(app)
    app.button(key="remove_vas.3").click().run()
    assert app.query_params == {}
    assert "range_vas.3" not in [slider.key for slider in app.slider]


def test_a_filter_of_the_link_that_the_panel_lacks_has_its_control() -> None:
    app = opened("pain", vas__3="2-*", patients="!8")
    assert app.slider(key="range_vas.3").value == (2, 3)
    assert app.multiselect(key="patients_named").value == ["8"]
    app.multiselect(key="patients_named").set_value(["8", "3"]).run()
    assert app.query_params["patients"] == "!3,8"
    app.multiselect(key="patients_named").set_value([]).run()
    assert "patients" not in app.query_params


@pytest.mark.parametrize(
    "key", ["vas", "calcium", "month", "level", "symptom", "age", "t_l1_l4", "calcium.6", "patients"]
)
def test_every_kind_of_filter_has_a_control(key: str) -> None:
    app = opened("overview")
    app.selectbox(key="add_filter").set_value(key).run()
    assert not app.exception
    assert app.button(key=f"remove_{key}")


def test_a_patient_whom_the_registry_does_not_have_is_told() -> None:
    app = opened("pain", patients="1,99")
    assert "Patient 99, whom the filter names, is not in this registry." in words(app)
    assert "1 of 10 patients" in words(app)
