"""Who got what and how A and B differ, as a clinician would check it: the story in front, counts of everybody, a stage that holds it."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from plro_core.cohort import EVERYONE, Cohort
from plro_core.compare import compare
from plro_core.figures import Chart, forest_plot, swimmer, treatment_matrix
from plro_core.figures.style import SMALLEST_ON_STAGE, STAGES, look
from plro_core.store import Registry, open_registry
from plro_core.vocabulary import STANDARD
from tests.foreign_registries import second_series
from tests.oracle import registry_of, synthetic_tables, treatments_of
from tests.small_registry import small_registry

CONTINUED = Cohort.parse("breastfeeding=continued", STANDARD)


@pytest.fixture(scope="module")
def registry() -> Iterator[Registry]:
    opened = open_registry()
    yield opened
    opened.close()


@cache
def made(n: int) -> Registry:
    return registry_of(synthetic_tables(n, n) | {"treatments": treatments_of(n, n)})


def words(chart: Chart) -> str:
    return " ".join(note.text for note in chart.figure.layout.annotations).replace("<br>", " ")


def marks(chart: Chart, name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(trace for trace in chart.figure.to_plotly_json()["data"] if trace.get("name") == name)
    return found


def given(*rows: tuple[Any, ...]) -> Registry:
    """Patients 1 to 4 with rows of treatment: patient, kind, agent, start, stop."""
    names = ("case_id", "kind", "agent", "start", "stop")
    return small_registry(
        cases=[{"case_id": case_id} for case_id in range(1, 5)],
        treatments=[dict(zip(names, row, strict=False)) for row in rows],
    )


# Who got what


def test_the_four_who_got_a_bone_active_drug_stand_in_front(registry: Registry) -> None:
    chart = treatment_matrix(registry)
    assert chart.title == "4 of 10 got a documented bone-active drug: bisphosphonate (not named)"
    assert [data[0] for data in marks(chart, "Bone-active drug")["customdata"]] == [1, 3, 6, 7]
    assert "<b>Bone-active drug</b>, start not recorded" in words(chart)
    assert [data[0] for data in marks(chart, "None documented")["customdata"]] == [2, 4, 5, 8, 9, 10]


def test_what_everybody_got_is_one_sentence(registry: Registry) -> None:
    said = words(treatment_matrix(registry)).replace(" ○", "")
    assert (
        "<b>All 10</b> also got calcium carbonate, vitamin D, diclofenac potassium, paracetamol, bed rest, exercise "
        "programme, no strenuous activity, physical medicine and rehabilitation."
    ) in said
    assert "<b>8 of 10</b>  spinal brace" in said


def test_a_mark_of_an_intervention_stands_for_those_who_got_it(registry: Registry) -> None:
    chart = treatment_matrix(registry)
    assert list(marks(chart, "Who got the same")["customdata"]) == ["patients=1,3,6,7"]
    assert "patients=8,10" in marks(chart, "Interventions")["customdata"]


def test_courses_follow_each_other_in_time_and_what_has_no_start_has_no_place_in_time() -> None:
    chart = treatment_matrix(
        given(
            (1, "bone_active", "teriparatide", 0, 104),
            (1, "bone_active", "zoledronate", 104, None),
            (2, "bone_active", "denosumab", None, None),
            (3, "supplement", "calcium", 0, None),
        )
    )
    assert "<b>Bone-active drug</b> start not recorded" in words(chart)
    assert "weeks from diagnosis" in words(chart)
    bars = [shape for shape in chart.figure.layout.shapes if shape.layer == "between"]
    dated = [bar for bar in bars if bar.xref == "x"]
    assert (dated[0].x0, dated[0].x1) == (0, 104)
    assert dated[1].x0 == 104
    assert len(dated) == 4, "three shades where no end is recorded"
    assert len([bar for bar in bars if bar.xref == "x2"]) == 1
    assert "no treatment recorded" in words(chart), "patient 4 has no row, which is not none"
    assert chart.title == "2 of 3 got a documented bone-active drug; not recorded in 1"


def test_overlapping_courses_share_a_row() -> None:
    chart = treatment_matrix(given((1, "bone_active", "a", 0, 50), (1, "bone_active", "b", 20, 60)))
    first, second = (shape for shape in chart.figure.layout.shapes if shape.layer == "between")
    assert first.y1 <= second.y0


def test_without_a_bone_active_drug_that_is_said() -> None:
    chart = treatment_matrix(given((1, "supplement", "calcium"), (2, "supplement", "calcium")))
    assert chart.title == "No bone-active drug is documented: 0 of 2; not recorded in 2"
    assert "<b>All 2 with a recorded treatment</b> also got calcium." in words(chart)
    assert treatment_matrix(given()).title == "Treatments are not recorded"


@pytest.mark.parametrize("by", ["breastfeeding", "case_definition", "smoking"])
@pytest.mark.parametrize("n", [10, 1000])
def test_a_title_is_short(registry: Registry, n: int, by: str) -> None:
    asked = registry if n == 10 else made(n)
    assert len(treatment_matrix(asked, group=STANDARD.variable(by, "cases")).title) <= 118


def test_of_a_thousand_everybody_is_counted() -> None:
    asked = made(1000)
    held: dict[int, set[str]] = {}
    for row in asked.records("FROM treatments"):
        held.setdefault(row["case_id"], set()).add(row["agent"])
    n = len(held)
    got = sum("alendronate" in agents for agents in held.values())
    chart = treatment_matrix(asked)
    assert f"{got} of {n}" in words(chart)
    assert f"{n - got} of {n}" in words(chart) or "none documented" not in words(chart)
    grouped = treatment_matrix(asked, group=STANDARD.variable("breastfeeding", "cases"))
    of = {row["case_id"]: row["breastfeeding"] for row in asked.records("FROM cases")}
    for level in ("stopped", "continued"):
        members = [case_id for case_id in held if of[case_id] == level]
        k = sum("alendronate" in held[case_id] for case_id in members)
        assert f"{k} of {len(members)}" in words(grouped)


def test_a_recommendation_is_no_course(registry: Registry) -> None:
    """The paper gives no start of bed rest, though its table of treatments stores one."""
    chart = swimmer(registry)
    assert "bed rest" not in chart.figure.to_json()
    assert not [row for row in chart.data if "bed rest" in str(row["event"])]


# A against B


def test_a_forest_says_of_each_comparison_what_the_comparison_found(registry: Registry) -> None:
    found = compare(registry, CONTINUED).differences
    chart = forest_plot(registry, CONTINUED)
    assert [(row["variable"], row["month"], row["estimate"], row["low"], row["n_b"]) for row in chart.data] == [
        (told.variable.name, told.month, told.estimate, told.interval[0] if told.interval else None, told.n_b)
        for told in found
    ]
    assert "p-value" not in words(chart)
    assert "B higher" in words(chart)
    assert "A higher" in words(chart)


def test_every_row_has_every_patient_beside_it(registry: Registry) -> None:
    chart = forest_plot(registry, CONTINUED, keys=("vas.1", "smoking.yes"))
    sides = [trace for trace in chart.figure.to_plotly_json()["data"] if "customdata" in trace]
    assert [sorted(trace["customdata"]) for trace in sides] == [[8, 10], [1, 2, 3, 4, 5, 6, 7, 9]] * 2
    first = next(trace for trace in sides if trace["customdata"] == [8, 10])
    assert sorted(first["x"]) == [5, 6]


def test_one_unit_has_one_scale_on_every_slide(registry: Registry) -> None:
    keys = [
        found.key for found in compare(registry, CONTINUED).differences if found.variable.name in ("calcium", "vas")
    ]
    ranges: dict[str, set[tuple[float, ...]]] = {}
    first = forest_plot(registry, CONTINUED, keys=keys, look=look("light", stage="16x9"))
    assert first.slides > 1
    for slide in range(1, first.slides + 1):
        chart = forest_plot(registry, CONTINUED, keys=keys, look=look("light", stage="16x9"), slide=slide)
        drawn = chart.figure.to_plotly_json()
        for trace in drawn["data"]:
            if trace["mode"] == "markers" and "customdata" not in trace:
                name = "vas" if "VAS" in trace["hovertext"][0] else "calcium"
                ranges.setdefault(name, set()).add(
                    tuple(drawn["layout"][trace["xaxis"].replace("x", "xaxis")]["range"])
                )
    assert {name: len(found) for name, found in ranges.items()} == {"vas": 1, "calcium": 1}


def test_every_interval_of_a_forest_is_whole_inside_its_scale(registry: Registry) -> None:
    chart = forest_plot(registry, CONTINUED)
    drawn = chart.figure.to_plotly_json()
    for trace in drawn["data"]:
        low, high = drawn["layout"][trace["xaxis"].replace("x", "xaxis")]["range"]
        assert all(low <= x <= high for x in trace["x"]), trace


# On a stage


def sizes(chart: Chart) -> Iterator[tuple[str, float]]:
    layout = chart.figure.to_plotly_json()["layout"]
    yield from ((note["text"], note["font"]["size"]) for note in layout.get("annotations", ()))
    for name, axis in layout.items():
        if name[1:].startswith("axis") and axis.get("visible", True) and axis.get("showticklabels", True):
            yield name, axis["tickfont"]["size"]


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("n", [1, 10, 12, 60, 1000])
@pytest.mark.parametrize("by", [None, "case_definition"])
@pytest.mark.parametrize("draw", [treatment_matrix, swimmer, forest_plot])
def test_every_slide_fills_its_stage_in_large_type(
    registry: Registry, draw: Any, by: str | None, n: int, stage: str
) -> None:
    asked = registry if n in (1, 10) else made(n)
    options: dict[str, Any] = {"look": look("light", stage=stage)}
    if draw is forest_plot:
        options |= {"a": Cohort.parse("smoking=yes", asked.vocabulary)}
    else:
        options |= {"cohort": Cohort.parse("age=24", asked.vocabulary) if n == 1 else EVERYONE}
        if by and draw is treatment_matrix:
            options["group"] = asked.vocabulary.variable(by, "cases")
    slides = draw(asked, **options).slides
    for slide in range(1, slides + 1):
        chart = draw(asked, **options, **({"slide": slide} if slides > 1 else {}))
        assert chart.figure.layout.height == STAGES[stage].height
        assert [(text, size) for text, size in sizes(chart) if size < SMALLEST_ON_STAGE] == []
        assert all(0 <= axis.domain[0] < axis.domain[1] <= 1 for axis in chart.figure.select_yaxes() if axis.domain)


def test_another_registry_with_several_agents_is_drawn(tmp_path: Path) -> None:
    asked = open_registry(second_series(tmp_path / "second"))
    chart = treatment_matrix(asked)
    agents = {row["agent"] for row in asked.records("FROM treatments WHERE kind = 'bone_active'")}
    shown = words(chart)
    assert agents
    assert all(
        agent in shown or any(agent in text for text in marks(chart, "Bone-active drug")["hovertext"])
        for agent in agents
    )
    asked.close()
