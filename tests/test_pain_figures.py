"""What a clinician can check in the figures of pain and laboratory values."""

from collections.abc import Iterator
from functools import cache

import pytest

from plro_core.cohort import EVERYONE, Cohort
from plro_core.figures import Chart, lab_trajectories, pain_dumbbell, pain_trajectories, responder_waterfall
from plro_core.figures.style import look
from plro_core.figures.time_axis import half_of_longest
from plro_core.problems import QueryProblem
from plro_core.store import Registry, open_registry
from plro_core.vocabulary import STANDARD
from tests.oracle import registry_of, synthetic_tables
from tests.small_registry import courses

FRACTURE = STANDARD.variable("case_definition", "cases")
FEEDING = STANDARD.variable("breastfeeding", "cases")


@pytest.fixture(scope="module")
def registry() -> Iterator[Registry]:
    opened = open_registry()
    yield opened
    opened.close()


@cache
def many(size: int) -> Registry:
    return registry_of(synthetic_tables(size, size))


def said(chart: Chart) -> str:
    return " ".join(note.text for note in chart.figure.layout.annotations).replace("<br>", " ")


def test_the_line_says_from_when_on_everybody_has_mild_pain(registry: Registry) -> None:
    chart = pain_trajectories(registry)
    assert "All 10 at 3 or below by month 3" in said(chart)
    assert "all 10 at 3 or below by month 3" in chart.summary


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        (
            ({0: 7, 1: 3, 3: 4}, {0: 8, 1: 2, 3: 1}),
            "1 of 2 at 3 or below at month 3",
        ),  # who rises again breaks the rule
        (({0: 7, 1: 3, 3: 2}, {0: 8, 1: 2, 3: 1}), "Both at 3 or below by month 1"),
        (({0: 7, 3: 2}, {0: 8, 1: 2}), "1 of 1 at 3 or below at month 3"),  # not everybody was seen
    ],
)
def test_the_rule_is_the_same_for_every_view(values: tuple[dict[int, int], ...], sentence: str) -> None:
    assert sentence in said(pain_trajectories(courses(*values)))


def test_nothing_is_found_in_a_view_chosen_by_pain(registry: Registry) -> None:
    chosen = pain_trajectories(registry, Cohort.parse("vas.3=0-2", registry.vocabulary))
    assert "or below" not in said(chosen)


def test_the_change_counts_who_reaches_each_line(registry: Registry) -> None:
    chart = pain_trajectories(registry, axis="change")
    assert {-30, -50} <= {shape.y0 for shape in chart.figure.layout.shapes}
    assert "fall of 50 % or more at month 1 5 of 10" in chart.summary
    with pytest.raises(QueryProblem, match="is not an axis"):
        pain_trajectories(registry, axis="log")


def test_three_groups_stand_apart(registry: Registry) -> None:
    chart = pain_trajectories(registry, group=FRACTURE)
    assert {trace.xaxis for trace in chart.figure.data} == {"x", "x2", "x3"}
    asks = {data for trace in chart.figure.data if trace.name == "Choose" for data in trace.customdata}
    assert "case_definition=vertebral_fracture" in asks


def test_visits_that_lie_close_make_a_figure_that_is_moved_sideways_on_a_phone(registry: Registry) -> None:
    assert not pain_trajectories(registry).wide
    assert pain_trajectories(courses({0: 8, 1: 5, 12: 1}, {0: 7, 1: 6, 12: 0})).wide


def test_there_is_room_for_the_n_of_two_large_groups_at_the_last_visit() -> None:
    assert half_of_longest({6: "279 · 655"}) > 16
    known = Cohort.parse("breastfeeding=stopped,continued", STANDARD)
    assert pain_trajectories(many(400), known, group=FEEDING).figure.layout.margin.r > 8


def test_a_click_on_a_word_of_severity_asks_for_it_at_baseline(registry: Registry) -> None:
    asks = {
        data for trace in pain_trajectories(registry).figure.data if trace.name == "Choose" for data in trace.customdata
    }
    assert asks == {"vas.0=1-3", "vas.0=4-6", "vas.0=7-9"}
    for query in asks:
        assert Cohort.parse(query, registry.vocabulary).query == query


@pytest.mark.parametrize(("size", "named", "drawn"), [(10, True, True), (60, False, True), (300, False, False)])
def test_the_form_follows_the_number_of_patients(size: int, named: bool, drawn: bool) -> None:
    chart = pain_trajectories(many(size))
    threads = [trace for trace in chart.figure.data if trace.name.startswith("Patient")]
    assert bool(threads) == drawn
    assert any("without her number" in note or "nobody has a thread" in note for note in chart.notes) != named
    slopes = pain_dumbbell(many(size)).figure
    assert (slopes.data[0].type == "bar") != drawn
    labs = lab_trajectories(many(size)).figure
    assert any(trace.name == "Patients" for trace in labs.data) == drawn


def test_baseline_stands_to_the_left(registry: Registry) -> None:
    for trace in pain_dumbbell(registry).figure.data:
        if trace.mode == "lines":
            assert trace.x[0] < trace.x[1]
            assert trace.y[0] > trace.y[1]  # everybody fell


def test_axes_of_laboratory_values_stay_when_patients_change(registry: Registry) -> None:
    def ranges(cohort: Cohort) -> list[tuple[float, ...]]:
        layout = lab_trajectories(registry, cohort).figure.layout
        return [(*layout[f"yaxis{n}"].range, *layout[f"xaxis{n}"].range) for n in ("", "2", "3", "4", "5")]

    for query in ("smoking=yes", "age=24", "month=0,1"):
        assert ranges(Cohort.parse(query, registry.vocabulary)) == ranges(EVERYONE)


def test_a_rise_that_more_than_doubles_stands_at_the_end_of_the_axis_and_is_said() -> None:
    registry = courses({0: 1, 1: 9}, {0: 8, 1: 2})
    chart = responder_waterfall(registry)
    assert max(chart.figure.data[-1].x) == 100
    assert "1 → 9  <b>800 %</b>" in said(chart)
    assert [row["percent"] for row in chart.data] == [-75, 800]


@pytest.mark.parametrize("draw", [pain_trajectories, pain_dumbbell, responder_waterfall, lab_trajectories])
@pytest.mark.parametrize("group", [FRACTURE, FEEDING])
@pytest.mark.parametrize("size", [10, 60])
def test_a_title_can_be_read(draw, group, size: int) -> None:  # type: ignore[no-untyped-def]
    assert len(draw(many(size), group=group).title) < 120


@pytest.mark.parametrize("stage", ["16x9", "4x3"])
def test_laboratory_values_are_divided_into_slides(registry: Registry, stage: str) -> None:
    on = look("light", stage=stage)
    first, second = (lab_trajectories(registry, look=on, slide=slide) for slide in (1, 2))
    assert first.slides == second.slides == 2
    assert "Calcium" in said(first)
    assert "Calcium" not in said(second)
    assert lab_trajectories(registry, look=on, group=FRACTURE).slides == 3
