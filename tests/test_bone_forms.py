"""The figures of bone: their form by the number of patients, one axis for every choice, stages, and whom a mark stands for."""

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pytest

from plro_core import figures
from plro_core.cohort import EVERYONE, Cohort
from plro_core.counts import size
from plro_core.figures import Chart
from plro_core.figures.form import Form, form_of
from plro_core.figures.style import SMALLEST_ON_STAGE, STAGES, look
from plro_core.statements import FirstToLast
from plro_core.store import Registry
from plro_core.vocabulary import STANDARD
from tests.oracle import synthetic_registry
from tests.test_bone_statements import scanned

pytest_plugins = ["tests.core_fixtures"]

DRAWN = (figures.t_score_strip, figures.t_score_distribution, figures.spine, figures.fracture_map)
THREE = STANDARD.variable("case_definition", "cases")
TWO = STANDARD.variable("smoking", "cases")


@cache
def made_up(patients: int) -> Registry:
    return synthetic_registry(11, patients)


def traces(chart: Chart) -> list[dict[str, Any]]:
    return list(chart.figure.to_plotly_json()["data"])


def sizes(part: Any, key: str = "") -> Iterator[float]:
    """Every size of words on the drawing; what shows under a pointer does not count."""
    if isinstance(part, dict):
        for name, value in part.items():
            if name in ("font", "tickfont", "textfont") and "size" in value:
                yield value["size"]
            elif name not in ("hoverlabel", "template", "marker"):
                yield from sizes(value, name)
    elif isinstance(part, (list, tuple)):
        for value in part:
            yield from sizes(value, key)


@pytest.mark.parametrize(
    ("patients", "form"),
    [(1, Form.NAMED), (12, Form.NAMED), (13, Form.DRAWN), (60, Form.DRAWN), (61, Form.COUNTED), (1000, Form.COUNTED)],
)
def test_the_form_follows_the_number_of_patients(patients: int, form: Form) -> None:
    assert form_of(patients) is form


@pytest.mark.parametrize("draw", DRAWN)
@pytest.mark.parametrize("patients", [60, 1000])
def test_many_patients_are_neither_named_nor_coloured_one_by_one(draw: Callable[..., Chart], patients: int) -> None:
    chart = draw(made_up(patients))
    told = " ".join(note["text"] for note in chart.figure.to_plotly_json()["layout"]["annotations"])
    assert "Patient" not in told
    hues = {
        str(hue)
        for trace in traces(chart)
        if trace["name"] in ("Patients", "Fracture") or trace["name"].startswith("Patient ")
        for hue in [trace.get("marker", {}).get("color")]
        if isinstance(hue, str)
    }
    assert len(hues) <= 1
    if patients > 60:
        points = [data for trace in traces(chart) for data in trace.get("customdata") or () if isinstance(data, list)]
        assert points == []  # a sample of them would be read as all


@pytest.mark.parametrize("draw", [figures.t_score_strip, figures.t_score_distribution])
@pytest.mark.parametrize("query", ["smoking=yes", "t_femoral_neck=-1-6", "level=T12"])
def test_the_axis_of_scores_stays_where_it_is_under_every_filter(draw: Callable[..., Chart], query: str) -> None:
    whole, part = draw(made_up(60)), draw(made_up(60), Cohort.parse(query, STANDARD))
    assert part.figure.layout.yaxis.range == whole.figure.layout.yaxis.range
    assert part.figure.layout.yaxis.ticktext == whole.figure.layout.yaxis.ticktext
    assert {"<b>WHO −1.0</b>", "<b>WHO −2.5</b>"} <= set(whole.figure.layout.yaxis.ticktext)


@pytest.mark.parametrize("draw", DRAWN)
@pytest.mark.parametrize("patients", [1, 10, 60, 1000])
@pytest.mark.parametrize("group", [None, TWO, THREE], ids=["alone", "two", "three"])
@pytest.mark.parametrize("stage", sorted(STAGES))
def test_a_figure_fills_its_stage_with_words_that_can_be_read(
    draw: Callable[..., Chart], patients: int, group: Any, stage: str
) -> None:
    theme = look("light", stage=stage)
    chart = draw(made_up(patients), group=group, look=theme)
    assert chart.figure.layout.height == STAGES[stage].height
    assert min(sizes(chart.figure.to_plotly_json())) >= SMALLEST_ON_STAGE
    if chart.slides > 1:
        last = draw(made_up(patients), group=group, look=theme, slide=chart.slides)
        assert last.figure.to_json() != chart.figure.to_json()
        assert last.title == chart.title


@pytest.mark.parametrize("draw", DRAWN)
@pytest.mark.parametrize("patients", [10, 60, 1000])
@pytest.mark.parametrize("group", [None, TWO, THREE], ids=["alone", "two", "three"])
def test_a_mark_that_stands_for_patients_says_for_whom(draw: Callable[..., Chart], patients: int, group: Any) -> None:
    registry = made_up(patients)
    pieces = {
        data
        for trace in traces(draw(registry, group=group))
        for data in trace.get("customdata") or ()
        if isinstance(data, str)
    }
    assert pieces
    for piece in sorted(pieces)[:40]:
        cohort = Cohort.parse(piece, STANDARD)
        assert 0 <= size(registry, cohort).patients <= patients


def test_the_foot_of_a_column_counts_whom_its_piece_chooses() -> None:
    registry = made_up(60)
    (foot,) = [trace for trace in traces(figures.t_score_strip(registry)) if trace["name"] == "At or below the line"]
    for text, piece in zip(foot["text"], foot["customdata"], strict=True):
        assert text.startswith(f"<b>{size(registry, Cohort.parse(piece, STANDARD)).patients} of ")


def test_the_classes_of_a_shape_hold_everybody_with_a_score() -> None:
    registry = made_up(1000)
    chart = figures.t_score_distribution(registry)
    (shape,) = [trace for trace in traces(chart) if trace["name"] == "Patients" and trace["type"] == "bar"]
    for row, piece in zip(chart.data, shape["customdata"], strict=True):
        assert size(registry, Cohort.parse(piece, STANDARD)).patients == row["patients"]
        assert not row["from"] <= -2.5 < row["to"]  # a class ends at the line, never across it


@pytest.mark.parametrize("draw", DRAWN)
@pytest.mark.parametrize("patients", [10, 60, 1000])
def test_a_title_of_three_groups_is_short(draw: Callable[..., Chart], patients: int) -> None:
    assert len(draw(made_up(patients), group=THREE).title) <= 120


def test_of_a_choice_by_scores_nothing_is_counted_on_the_drawing(registry: Registry) -> None:
    chosen = figures.t_score_strip(registry, Cohort.parse("t_l1_l4=-8--3", STANDARD))
    assert [trace for trace in traces(chosen) if trace["name"] == "At or below the line"] == []
    assert not any("median" in text for text in chosen.figure.layout.xaxis.ticktext)
    assert any("median" in text for text in figures.t_score_strip(registry, EVERYONE).figure.layout.xaxis.ticktext)


def test_density_of_many_is_a_count_of_changes_on_axes_that_are_alike() -> None:
    chart = figures.bone_density_over_time(scanned(1000))
    drawn = traces(chart)
    assert {trace["type"] for trace in drawn} == {"bar"}
    followed = sum(sum(trace["y"]) for trace in drawn)
    courses = {amount.code: amount.n for amount in chart.amounts if isinstance(amount, FirstToLast)}
    assert followed == sum(courses.values())
    layout = chart.figure.layout
    assert layout.xaxis.range == layout.xaxis2.range
    assert layout.yaxis.range == layout.yaxis2.range


@pytest.mark.parametrize("stage", sorted(STAGES))
@pytest.mark.parametrize("patients", [12, 60, 1000])
def test_density_fills_its_stage(patients: int, stage: str) -> None:
    chart = figures.bone_density_over_time(scanned(patients), look=look("dark", stage=stage))
    assert chart.figure.layout.height == STAGES[stage].height
    assert min(sizes(chart.figure.to_plotly_json())) >= SMALLEST_ON_STAGE
