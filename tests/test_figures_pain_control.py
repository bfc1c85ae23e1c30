"""Truths of the waterfall and of time to pain control, worked out by hand from Table II; empty and single cohorts first."""

import json
from collections.abc import Callable, Iterator

import pytest

from plro_core.cohort import EVERYONE, Cohort
from plro_core.figures import Chart, median_sentences, responder_counts, responder_waterfall, time_to_pain_control
from plro_core.figures.style import LIGHT, look
from plro_core.pain_control import DEFINITIONS, responders_table
from plro_core.problems import QueryProblem
from plro_core.store import Registry, open_registry
from plro_core.vocabulary import STANDARD
from tests.small_registry import courses

NOBODY = Cohort.parse("age=12", STANDARD)
PATIENT_5 = Cohort.parse("age=24", STANDARD)
BREASTFEEDING = STANDARD.variable("breastfeeding")
DRAW: tuple[Callable[..., Chart], ...] = (responder_waterfall, time_to_pain_control)


@pytest.fixture(scope="module")
def registry() -> Iterator[Registry]:
    opened = open_registry()
    yield opened
    opened.close()


def traces(chart: Chart, name: str) -> list[dict]:
    return [trace for trace in chart.figure.to_dict()["data"] if trace.get("name") == name]


def words(chart: Chart) -> str:
    return " ".join(note["text"] for note in chart.figure.to_dict()["layout"].get("annotations", ()))


def hovers(chart: Chart) -> list[str]:
    data = chart.figure.to_dict()["data"]
    return [text.replace("<br>", " ") for trace in data for text in trace.get("hovertext") or ()]


# Nobody, and one patient.


@pytest.mark.parametrize("draw", DRAW)
@pytest.mark.parametrize("group", [None, BREASTFEEDING])
def test_nobody_is_a_calm_sentence(registry: Registry, draw: Callable[..., Chart], group) -> None:
    chart = draw(registry, NOBODY, group=group)
    assert "No patient fits." in words(chart)
    assert not chart.figure.data
    assert chart.data == []


def test_one_patient_in_the_waterfall(registry: Registry) -> None:
    chart = responder_waterfall(registry, PATIENT_5)
    assert chart.title == "Change in pain of patient 5 by month 1"
    (row,) = chart.data
    assert (row["baseline"], row["vas"]) == (7, 3)
    assert row["percent"] == pytest.approx(-400 / 7)
    assert "7 → 3  <b>−57 %</b>" in words(chart)


@pytest.mark.parametrize("cohort", [PATIENT_5, Cohort.parse("breastfeeding=continued", STANDARD)])
def test_below_three_patients_there_is_no_curve(registry: Registry, cohort: Cohort) -> None:
    chart = time_to_pain_control(registry, cohort)
    assert not traces(chart, "Share with pain control")
    assert not traces(chart, "Not determined")
    assert traces(chart, "Times")
    assert "edian " not in chart.title + words(chart)
    assert any(note.startswith("Fewer than three") for note in chart.notes)


@pytest.mark.parametrize("draw", DRAW)
@pytest.mark.parametrize("query", ["", "age=24", "vas=10"])
@pytest.mark.parametrize("group", [None, STANDARD.variable("brace")])
def test_every_figure_is_valid_json(registry: Registry, draw: Callable[..., Chart], query: str, group) -> None:
    theme = look("dark", 2)
    text = draw(registry, Cohort.parse(query, STANDARD), group=group, highlight=8, look=theme).figure.to_json()
    json.loads(text, parse_constant=lambda name: pytest.fail(name))
    assert theme.text in text


@pytest.mark.parametrize("definition", [entry.name for entry in DEFINITIONS])
def test_every_definition_is_drawn_and_said_to_be_reconstructed(registry: Registry, definition: str) -> None:
    chart = time_to_pain_control(registry, definition=definition, group=BREASTFEEDING)
    assert chart.notes[0].startswith("Reconstructed, not reported: the paper never defines pain control.")
    assert len(chart.data) == 10
    assert "NaN" not in chart.figure.to_json()


def test_an_unknown_definition_is_refused(registry: Registry) -> None:
    with pytest.raises(QueryProblem, match="is not a definition of pain control"):
        time_to_pain_control(registry, definition="vas-11")


# The waterfall.


@pytest.mark.parametrize(
    ("month", "order", "title"),
    [
        (1, [4, 3, 2, 7, 5, 1, 10, 6, 9, 8], "in 5 of 10 patients at month 1"),
        (3, [1, 4, 6, 2, 3, 5, 7, 8, 10, 9], "in 10 of 10 patients at month 3"),
    ],
)
def test_the_greatest_fall_is_on_top(registry: Registry, month: int, order: list[int], title: str) -> None:
    chart = responder_waterfall(registry, month=month)
    assert [row["case_id"] for row in chart.data] == order
    assert chart.title.endswith(title)


def test_the_lines_explain_themselves_and_count(registry: Registry) -> None:
    chart = responder_waterfall(registry)
    lines = {shape["x0"] for shape in chart.figure.to_dict()["layout"]["shapes"]}
    assert lines == {0, -30, -50}
    assert "substantial<br><b>5 of 10</b>" in words(chart)
    assert "moderate<br><b>10 of 10</b>" in words(chart)
    assert "9 → 6  <b>−33 %</b>" in words(chart)


def test_a_hover_says_the_change_and_its_source(registry: Registry) -> None:
    said = hovers(responder_waterfall(registry))
    assert (
        "Patient 8, month 1: VAS 6, from 9 at baseline; −33 %, a moderate response; "
        "Table II, row 29 and Table II, row 30" in said
    )


def test_edges_missing_values_and_a_baseline_of_zero() -> None:
    made_up = courses({0: 10, 1: 7}, {0: 4, 1: 2}, {0: 5, 1: 8}, {0: 0, 1: 3}, {0: 6, 3: 2})
    chart = responder_waterfall(made_up)
    assert [(row["case_id"], row["percent"]) for row in chart.data] == [
        (2, -50),
        (1, -30),
        (3, 60),
        (4, None),
        (5, None),
    ]
    assert "moderate<br><b>2 of 3</b>" in words(chart)  # exactly 30 % counts
    assert "substantial<br><b>1 of 3</b>" in words(chart)
    assert "0 → 3  no fall possible" in words(chart)
    assert "VAS not recorded at month 1" in words(chart)
    assert {note[:40] for note in chart.notes} >= {
        "1 patient without a VAS at baseline or a",
        "A baseline of 0 leaves nothing to fall: ",
    }


def test_responder_counts_have_their_n_and_interval(registry: Registry) -> None:
    rows = {row["threshold"]: row for row in responder_counts(registry).layout.records}
    assert rows["Fall of 50 % or more"]["month_1"] == "5 of 10 (19 to 81 %)"
    assert rows["Fall of 70 % or more"]["month_3"] == "7 of 10 (35 to 93 %)"
    grouped = responder_counts(registry, EVERYONE, BREASTFEEDING).layout.records
    assert [(row["group"], row["month_1"]) for row in grouped[2:4]] == [
        ("stopped", "5 of 8 (24 to 91 %)"),
        ("continued", "0 of 2 (0 to 84 %)"),
    ]
    assert {row["month_1"] for row in responder_counts(registry, NOBODY).layout.records} == {"–"}
    tidy = responder_counts(registry, EVERYONE, BREASTFEEDING).tidy
    assert tidy == responders_table(registry, EVERYONE, BREASTFEEDING)
    assert {column.name for column in tidy.columns if column.is_number} >= {"month", "k", "n", "low", "high"}


# Time to pain control.


def test_the_curve_is_open_between_visits_and_steps_at_printed_times(registry: Registry) -> None:
    chart = time_to_pain_control(registry)
    boxes = [(box["x"][0], box["x"][2], box["y"][0], box["y"][1]) for box in traces(chart, "Not determined")]
    assert boxes == [(0, 1, 0, pytest.approx(0.4)), (1, 3, pytest.approx(0.4), pytest.approx(0.7))]
    (visits,) = traces(chart, "Share at a visit")
    assert list(visits["x"]) == [0, 1, 3, 6]
    assert list(visits["y"]) == pytest.approx([0, 0.4, 0.7, 1])
    (curve,) = traces(chart, "Share with pain control")
    assert {3.5, 4} <= set(curve["x"])
    for count in ("4 of 10", "7 of 10", "10 of 10"):
        assert f"<b>{count}</b>" in words(chart)
    assert chart.title == "Median time to pain control: between month 1 and month 3 (10 patients)"
    assert any("counts patient 9 (month 3 to 6) at the printed times" in note for note in chart.notes)


def test_printed_times_are_exact_marks_and_intervals_are_lines(registry: Registry) -> None:
    chart = time_to_pain_control(registry)
    rows = {row["case_id"]: (row["after"], row["by"], row["used"]) for row in chart.data}
    assert rows[8] == (3.5, 3.5, "printed time")
    assert rows[10] == (4, 4, "printed time")
    assert rows[9] == (3, 6, "interval between visits")
    assert rows[1] == (1, 3, "interval between visits")
    (marks,) = traces(chart, "Times")
    exact = {
        (case_id, x)
        for case_id, x, symbol in zip(marks["customdata"], marks["x"], marks["marker"]["symbol"], strict=True)
        if symbol == "diamond"
    }
    assert exact == {(8, 3.5), (10, 4)}
    assert any(
        text.startswith(
            "Patient 8: pain control at 3.5 months, as printed; VAS 3 at month 3 and VAS 1 at month 6; Table II, row 31"
        )
        and text.endswith("text, Management")
        for text in hovers(chart)
    )


def test_who_was_not_controlled_stays_open_and_a_printed_time_is_contradicted(registry: Registry) -> None:
    chart = time_to_pain_control(registry, definition="vas-0")
    assert {row["case_id"] for row in chart.data if row["by"] is None} == {2, 8, 9, 10}
    assert words(chart).count("not by month 6") == 4
    (marks,) = traces(chart, "Times")
    assert marks["marker"]["symbol"].count("triangle-right") == 4
    assert marks["marker"]["symbol"].count("circle-open-dot") == 2
    said = "Patient 8: 3.5 months is printed, but the recorded VAS does not yet meet this definition at month 6."
    assert said in chart.notes


def test_groups_have_their_own_median_or_their_patients(registry: Registry) -> None:
    assert median_sentences(registry, group=BREASTFEEDING) == [
        "Breastfeeding after diagnosis, stopped: median between baseline and month 3, exactly half by month 1 (n = 8).",
        "Breastfeeding after diagnosis, continued: at 3.5 months and at 4 months (n = 2, too few for a median).",
    ]
    assert len(traces(time_to_pain_control(registry, group=BREASTFEEDING), "Share with pain control")) == 1
    assert median_sentences(registry, NOBODY) == ["All: nobody has a time to pain control."]


def test_who_has_no_time_is_said() -> None:
    made_up = courses({0: 2, 1: 0}, {1: 3}, {0: 8}, {0: 8, 3: 1}, {0: 8, 1: 5, 6: 4}, {0: 7, 1: 1})
    chart = time_to_pain_control(made_up, look=LIGHT)
    for reason in ("already controlled at baseline", "no VAS at baseline", "no VAS after baseline"):
        assert reason in words(chart)
    assert {row["case_id"]: (row["after"], row["by"]) for row in chart.data if row["case_id"] > 3} == {
        4: (0, 3),  # the missing visit widens the interval
        5: (6, None),
        6: (0, 1),
    }
    assert any(note.startswith("3 patients without a time") for note in chart.notes)
