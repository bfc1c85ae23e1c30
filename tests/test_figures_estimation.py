"""The figure of two cohorts: values where they were measured, one scale for one unit, and intervals drawn as what they are."""

import itertools
from collections import Counter
from typing import Any

import pytest

from plro_core.cohort import Cohort
from plro_core.compare import compare
from plro_core.counts import Frequency
from plro_core.figures import Chart, estimation_plot, forest_plot
from plro_core.figures.estimation.marks import dash
from plro_core.figures.estimation.rows import UPRIGHT, WIDE, placed, rows_of
from plro_core.figures.style import look
from plro_core.statistics import quantile
from plro_core.store import Registry, open_registry
from plro_core.vocabulary import STANDARD
from tests.small_registry import courses

CONTINUED = Cohort.parse("breastfeeding=continued", STANDARD)
SMOKERS = Cohort.parse("smoking=yes", STANDARD)
PAIN = ("vas.1", "vas.1.change", "vas.3", "vas.3.change", "vas.6", "vas.6.change")


@pytest.fixture(scope="module")
def registry() -> Registry:
    return open_registry()


def crowd(n: int) -> Registry:
    return courses(*[{0: 7 + at % 4, 1: at % 5} for at in range(n)], smoking=[at % 2 == 0 for at in range(n)])


def points(chart: Chart, axis: str) -> list[dict[str, Any]]:
    traces = chart.figure.to_plotly_json()["data"]
    return [
        trace for trace in traces if trace["mode"] == "markers" and trace["xaxis"] == axis and "customdata" in trace
    ]


@pytest.mark.parametrize("key", ["vas.0", "vas.1", "vas.1.change", "t_l1_l4", "age"])
def test_every_patient_is_drawn_exactly_where_her_value_lies(registry: Registry, key: str) -> None:
    """A VAS of 7 was drawn from 6.6 to 7.4."""
    chart = estimation_plot(registry, CONTINUED, keys=(key,))
    difference = next(found for found in compare(registry, CONTINUED).differences if found.key == key)
    for trace, frequency in zip(points(chart, "x"), (difference.a, difference.b), strict=True):
        assert Counter(trace["x"]) == Counter(frequency.values)
        places = list(zip(trace["x"], trace["y"], strict=True))
        assert len(set(places)) == len(places), "two patients stand on one place"


def test_rows_of_one_unit_share_one_scale_of_differences(registry: Registry) -> None:
    layout = estimation_plot(registry, CONTINUED, keys=(*PAIN, "t_l1_l4", "t_femoral_neck", "age")).figure.layout
    ranges = [layout[f"xaxis{2 * index + 2}"].range for index in range(9)]
    assert len(set(ranges[:6])) == 1
    assert ranges[6] == ranges[7] != ranges[0]
    assert ranges[8] not in (ranges[0], ranges[6])
    for low, high in ranges:
        assert low == -high


def test_every_interval_is_whole_inside_its_scale(registry: Registry) -> None:
    chart = estimation_plot(registry, CONTINUED)
    layout = chart.figure.layout
    for trace in chart.figure.to_plotly_json()["data"]:
        low, high = layout[f"xaxis{trace['xaxis'][1:]}"].range
        assert all(low <= x <= high for x in trace["x"]), trace


def test_rows_of_one_variable_share_one_scale_of_values(registry: Registry) -> None:
    layout = estimation_plot(registry, CONTINUED, keys=("calcium.0", "calcium.1", "calcium.3")).figure.layout
    assert layout.xaxis.range == layout.xaxis3.range == layout.xaxis5.range


def test_an_interval_is_drawn_as_what_its_level_is(registry: Registry) -> None:
    two = {found.key: dash(found) for found in compare(registry, CONTINUED).differences if found.interval}
    assert {two[key] for key in ("vas.1", "smoking.yes")} == {"solid"}
    one = {found.key: dash(found) for found in compare(registry, Cohort.parse("age=24", STANDARD)).differences}
    assert (one["vas.1"], one["smoking.yes"]) == ("dot", "solid")
    many = {found.key: dash(found) for found in compare(crowd(61), SMOKERS).differences if found.interval}
    assert set(many.values()) == {"dash"}
    drawn = estimation_plot(registry, Cohort.parse("age=24", STANDARD), keys=("vas.1",)).figure.to_plotly_json()["data"]
    assert [trace["line"]["dash"] for trace in drawn if "dash" in trace.get("line", {})] == ["dot"]


def test_no_median_is_drawn_of_two(registry: Registry) -> None:
    chart = estimation_plot(registry, CONTINUED, keys=("vas.1",))
    said = [trace["hovertext"][0] for trace in chart.figure.to_plotly_json()["data"] if trace["mode"] == "lines"]
    assert [words for words in said if "median" in words] == ["B: median 2.5 (n = 8)"]
    assert "A 5, 6, B 2.5 (n = 8)" in chart.summary


def test_who_is_compared_and_what_they_share_go_with_the_figure(registry: Registry) -> None:
    chart = estimation_plot(registry, CONTINUED, keys=("vas.1.change",))
    assert chart.who == "10 patients · A: patients with breastfeeding continued (n = 2) · B: everybody else (n = 8)"
    assert chart.caveats[0].startswith("Both patients of A share smoking (2 of 8 others);")
    assert chart.title == "Primary outcome, pain (VAS), change from baseline to month 1: A against B"
    assert chart.caveats[0] in chart.summary


@pytest.mark.parametrize("n", [2, 3, 60])
@pytest.mark.parametrize("scale", [1.0, 2.0])
def test_lanes_hold_their_patients_whatever_the_size(n: int, scale: float) -> None:
    made = crowd(n)
    chart = estimation_plot(made, SMOKERS, keys=("vas.0", "vas.1", "vas.1.change"), look=look("light", scale))
    layout = chart.figure.layout
    for row in range(3):
        height = layout[f"yaxis{2 * row + 1 if row else ''}"].range[1]
        first, second = points(chart, f"x{2 * row + 1 if row else ''}")
        assert min(first["y"]) > max(second["y"]), "A stands above B"
        assert min(second["y"]) > 0
        assert max(first["y"]) < height
    assert not [note for note in chart.notes if note.startswith("Of more than sixty")]
    made.close()


def test_of_a_thousand_bands_of_everybody_are_drawn() -> None:
    made = crowd(1000)
    difference = next(found for found in compare(made, SMOKERS).differences if found.key == "vas.1")
    for draw in (estimation_plot, forest_plot):
        chart = draw(made, SMOKERS, keys=("vas.1",))
        traces = chart.figure.to_plotly_json()["data"]
        assert not [trace for trace in traces if "customdata" in trace]
        halves = [trace["x"] for trace in traces if "middle 50 %" in trace["hovertext"][0].replace("<br>", " ")]
        assert halves == [[quantile(side, 0.25), quantile(side, 0.75)] for side in (difference.a, difference.b)]
        assert any(
            "The plotted rows are of 200 of the 500 of A and 200 of the 500 of B." in note for note in chart.notes
        )
    made.close()


def test_patients_with_and_without_a_level_stand_in_lines(registry: Registry) -> None:
    smoking = next(found for found in compare(registry, CONTINUED).differences if found.key == "smoking.yes")
    drawn = placed(smoking, [(case_id, 1.0) for case_id in range(1, 26)])
    assert len({(along, across) for _, _, along, across in drawn}) == 25
    assert max(abs(along) for *_, along, _ in drawn) < 0.5, "nearer to its own side than to the other"
    assert len({across for *_, across in drawn}) == 3


@pytest.mark.parametrize("key", ["vitamin_d.1", "magnesium.1"])
def test_on_a_phone_a_long_first_heading_stands_above_the_heads_of_the_columns(registry: Registry, key: str) -> None:
    chart = forest_plot(registry, CONTINUED, keys=(key, f"{key}.change"), upright=True)
    notes = {note.text: note for note in chart.figure.layout.annotations}
    (heading,) = (
        note for text, note in notes.items() if (text.startswith("<b>") and "mg/dL" in text) or "ng/mL" in text
    )
    assert heading.y == notes["B higher ◂"].y
    assert heading.yshift > notes["B higher ◂"].yshift + 8


@pytest.mark.parametrize("plan", [UPRIGHT, WIDE])
def test_rows_do_not_overlap(registry: Registry, plan: Any) -> None:
    chosen = compare(registry, CONTINUED).differences
    everybody = {(found.key, code): [(case_id, 1.0) for case_id in range(9)] for found in chosen for code in "ab"}
    rows, _ = rows_of(chosen, everybody, plan)
    for above, below in itertools.pairwise(rows):
        assert below.y[0] < below.y[1] < above.y[0] < above.y[1]


def test_the_frequency_of_nobody_is_drawn_as_a_question(registry: Registry) -> None:
    chart = estimation_plot(registry, Cohort.parse("age=12", STANDARD))
    assert chart.nothing == "Nobody is in A, so there is nothing to compare."
    assert Frequency().n == len(chart.data) == 0
