"""A patient's poster: what a clinician could check on it, for every form, and for registries that hold something else."""

import re
from collections.abc import Callable
from itertools import combinations
from pathlib import Path

import pytest

from plro_core.figures import Chart, patient_timeline
from plro_core.figures.patient_layout import FORMS, Parts, Plan, column, screen, sheet, slides
from plro_core.figures.style import SMALLEST_ON_STAGE, STAGE_SCALE, STAGES, look
from plro_core.store import Registry, open_registry
from plro_core.text import places_together
from tests.foreign_registries import one, twelve
from tests.test_second_series import folder, series

__all__ = ["folder", "series"]


@pytest.fixture(scope="module")
def shipped() -> Registry:
    return open_registry()


def said(chart: Chart) -> str:
    texts = " ".join(note.text for note in chart.figure.layout.annotations)
    return re.sub(r"<[^>]*>", " ", texts.replace("<br>", " "))


def named(chart: Chart, name: str) -> list[dict[str, object]]:
    return [trace.to_plotly_json() for trace in chart.figure.data if trace.name == name]


# --- what a clinician could check ---


@pytest.mark.parametrize("form", FORMS)
def test_patient_8_is_told_as_the_paper_has_her(shipped: Registry, form: str) -> None:
    chart = patient_timeline(shipped, case_id=8, form=form)  # type: ignore[arg-type]
    words = re.sub(r"\s+", " ", said(chart))
    for told in (
        "Age 34 years", "smoking°", "continued°", "back pain and low back pain", "Not recorded: weight gain in pregnancy.",
        "3 fractured vertebrae", "T9", "T10", "T12", "−3.7", "−3.6", "−2.2", "breastfeeding continued", "Table II, rows 29 to 32",
    ):  # fmt: skip
        assert told in words, told
    assert "L1 " not in words.replace("L1-L4", "")
    [fractures] = named(chart, "Fractures")
    assert [text.partition(":")[0] for text in fractures["hovertext"]] == [
        "Patient 8, T9",
        "Patient 8, T10",
        "Patient 8, T12",
    ]  # type: ignore[union-attr]


def test_fractures_and_vertebroplasty_of_patient_4_are_on_her_spine(shipped: Registry) -> None:
    chart = patient_timeline(shipped, case_id=4)
    rings = [shape for shape in chart.figure.layout.shapes if shape.type == "circle"]
    assert len(rings) == 3
    assert "Given without a stated date: vertebroplasty T6, T10, T11" in re.sub(r"\s+", " ", said(chart))
    assert all("age not stated" in str(text).replace("<br>", " ") for text in named(chart, "Fractures")[0]["hovertext"])  # type: ignore[union-attr]


def test_nobody_is_given_a_fracture_or_a_score_that_is_not_recorded(shipped: Registry) -> None:
    none = [
        row[0] for row in shipped.rows("SELECT case_id FROM cases WHERE case_id NOT IN (SELECT case_id FROM fractures)")
    ]
    assert none
    for case_id in none:
        chart = patient_timeline(shipped, case_id=case_id)
        assert "No fractured vertebra" in said(chart)
        assert named(chart, "Fractures") == []
        assert "Documented fractures: none." in chart.summary


def test_places_are_told_together() -> None:
    assert places_together(["Table II, row 9, Ca", "Table II, row 10, Mg; text, Discussion", "Figure 2"]) == [
        "Table II, rows 9 to 10",
        "text, Discussion",
        "Figure 2",
    ]
    assert places_together(["T, row 1", "T, row 3"]) == ["T, rows 1 and 3"]


# --- other registries ---


def test_a_series_with_other_words_and_months(series: Registry) -> None:
    for (case_id,) in series.rows("SELECT case_id FROM cases"):
        chart = patient_timeline(series, case_id=case_id)
        assert "P1NP" in said(chart)
        assert "femoral neck T-score" not in chart.summary
        assert "not recorded" in said(chart)


@pytest.mark.parametrize("bring_in", [one, twelve])
def test_every_foreign_registry_has_posters(bring_in: Callable[[Path], Path], tmp_path: Path) -> None:
    registry = open_registry(bring_in(tmp_path / "foreign"))
    [(case_id,)] = registry.rows("SELECT min(case_id) FROM cases")
    for form in FORMS:
        assert patient_timeline(registry, case_id=case_id, form=form).title.startswith(f"Patient {case_id}: ")
    for stage in STAGES:
        first = patient_timeline(registry, case_id=case_id, look=look("light", stage=stage))
        for slide in range(1, first.slides + 1):
            patient_timeline(registry, case_id=case_id, slide=slide, look=look("dark", stage=stage))
    registry.close()


# --- how it is laid out ---

#: Few and many: measured variables, dated treatments, scores, lines of traits and of the foot.
SIZES = (Parts(6, 8, 3, 3, 3), Parts(1, 0, 0, 1, 0), Parts(14, 25, 6, 5, 5), Parts(2, 1, 1, 1, 1))


def boxes(plan: Plan) -> list[tuple[float, float, float, float]]:
    found = [*plan.measures.values(), plan.treatments, plan.scores, plan.spine, plan.findings]
    return [(box.left, box.top, box.right, box.bottom) for box in found if box is not None and box.height > 0]


@pytest.mark.parametrize("parts", SIZES)
def test_no_part_covers_another_or_leaves_the_paper(parts: Parts) -> None:
    plans = [screen(parts), sheet(parts), column(parts)]
    plans += [plan for stage in STAGES.values() for plan in slides(parts, stage, STAGE_SCALE)]
    for plan in plans:
        found = boxes(plan)
        for left, top, right, bottom in found:
            assert min(left, top) >= 0
            assert right <= plan.width + 0.1
            assert bottom <= plan.height + 0.1
        for a, b in combinations(found, 2):
            assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1], (a, b)


@pytest.mark.parametrize("stage", STAGES)
def test_the_slides_show_every_treatment_and_measure_once_in_large_type(shipped: Registry, stage: str) -> None:
    drawn = look("light", stage=stage)
    for case_id in (4, 8):
        n = patient_timeline(shipped, case_id=case_id, look=drawn).slides
        charts = [patient_timeline(shipped, case_id=case_id, slide=slide + 1, look=drawn) for slide in range(n)]
        traces = [trace.name for chart in charts for trace in chart.figure.data]
        for measure in shipped.vocabulary.measured:
            assert traces.count(measure.words) == 1
        whole = patient_timeline(shipped, case_id=case_id)
        bars = [sum(trace.name is None for trace in chart.figure.data) for chart in charts]
        assert sum(bars) == sum(trace.name is None for trace in whole.figure.data) > 0
        for chart in charts:
            assert chart.figure.layout.height == STAGES[stage].height
            sizes = [note.font.size for note in chart.figure.layout.annotations]
            sizes += [trace.textfont.size for trace in chart.figure.data if trace.text]
            assert min(sizes) >= SMALLEST_ON_STAGE
