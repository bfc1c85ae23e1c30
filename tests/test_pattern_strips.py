"""Patterns as strips: whose cells they are, what a click on them chooses, what is told, at every size."""

from collections.abc import Iterator
from typing import Any

import pytest

from plro_core.cohort import EVERYONE, Cohort
from plro_core.counts import size
from plro_core.figures import Chart, pattern_strips
from plro_core.figures.style import look
from plro_core.marks import Choice, choice, mark_of
from plro_core.patterns import board, kinds, position_criterion, told
from plro_core.problems import QueryProblem
from plro_core.statements import PartOf
from plro_core.store import Registry, open_registry
from plro_core.vocabulary import STANDARD
from tests.oracle import synthetic_registry

VAS, CALCIUM = STANDARD.variable("vas", "visits"), STANDARD.variable("calcium", "visits")


@pytest.fixture(scope="module")
def registry() -> Iterator[Registry]:
    opened = open_registry()
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def many() -> Iterator[Registry]:
    opened = synthetic_registry(11, 1000)
    yield opened
    opened.close()


def traces(chart: Chart) -> list[dict[str, Any]]:
    return list(chart.figure.to_plotly_json()["data"])


def cells(chart: Chart) -> set[tuple[Any, ...]]:
    """Patient, month and word of each cell."""
    return {(*data, trace["name"]) for trace in traces(chart) if trace["type"] == "bar" for data in trace["customdata"]}


def texts(chart: Chart) -> list[str]:
    return [note["text"] for note in chart.figure.to_plotly_json()["layout"]["annotations"]]


def chosen(registry: Registry, mark: Any) -> Choice:
    found = mark_of(mark)
    assert found is not None
    made = choice(registry, EVERYONE, [found])
    assert made is not None
    return made


def test_each_of_ten_has_a_cell_a_visit(registry: Registry) -> None:
    """Calcium of patient 4: 10.1, 7.8, 9.2, 8.9; of patient 7 nothing at months 1 and 6."""
    drawn = cells(pattern_strips(registry))
    assert len(drawn) == 40
    assert {cell[1:] for cell in drawn if cell[0] == 4} == {
        (0, "In range"), (1, "Below range"), (3, "In range"), (6, "In range"),
    }  # fmt: skip
    assert {cell[1] for cell in drawn if cell[0] == 7 and cell[2] == "Not recorded"} == {1, 6}


def test_equal_strips_stand_together_with_their_count(registry: Registry) -> None:
    chart = pattern_strips(registry, pattern="vas.positions")
    assert chart.title == "Pain (VAS): severe, mild ×2, no pain in 4 of 10 patients"
    assert [text for text in texts(chart) if text.startswith("Patient")] == [
        f"Patient {number}" for number in (3, 4, 5, 7, 8, 9, 10, 1, 6, 2)
    ]
    assert any("<b>4 of 10</b>" in text for text in texts(chart))


def test_a_click_beside_the_strips_chooses_their_patients(registry: Registry) -> None:
    chart = pattern_strips(registry, pattern="vas.positions")
    (keys,) = [trace for trace in traces(chart) if trace["name"] == "Patterns"]
    assert [chosen(registry, mark).these.criteria[0].numbers for mark in keys["customdata"]] == [
        (3, 4, 5, 7), (8, 9, 10), (1, 6), (2,),
    ]  # fmt: skip


def test_many_are_one_strip_a_pattern_and_a_cell_chooses_all_of_them(many: Registry) -> None:
    chart = pattern_strips(many, pattern="calcium.positions")
    found = board(many, CALCIUM, limit=1000)
    assert not any("Patient" in text for text in texts(chart))
    marks = {data for trace in traces(chart) if trace["type"] == "bar" for data in trace["customdata"]}
    assert len(marks) == 12
    assert max(size(many, chosen(many, mark).these).patients for mark in marks) == found.patterns[0].k
    assert "not recorded" not in chart.title.lower()
    assert [row["k"] for row in chart.data] == [one.k for one in found.patterns]


@pytest.mark.parametrize("entry", STANDARD.measured, ids=lambda entry: entry.name)
@pytest.mark.parametrize("query", ["", "age=12", "vertebroplasty=yes", "calcium.0=~", "vas=4-10"])
@pytest.mark.parametrize("stage", ["", "16x9", "4x3"])
def test_every_pattern_of_anybody_is_drawn(registry: Registry, entry: Any, query: str, stage: str) -> None:
    cohort = Cohort.parse(query, STANDARD)
    patients = size(registry, Cohort(cohort.who)).patients
    for kind in kinds(entry):
        chart = pattern_strips(registry, cohort, pattern=f"{entry.name}.{kind}", look=look("light", stage=stage))
        assert sum(int(str(row["k"])) for row in chart.data) == patients
        assert bool(chart.nothing) is (patients == 0)


@pytest.mark.parametrize("entry", [CALCIUM, VAS], ids=["calcium", "vas"])
def test_a_cohort_counts_a_pattern_as_the_board_does(many: Registry, entry: Any) -> None:
    for pattern in board(many, entry).patterns[:20]:
        at = zip((0, 1, 3, 6), pattern.words, strict=True)
        criteria = [position_criterion(entry, month, word) for month, word in at]
        assert PartOf.of(many, EVERYONE, *criteria).k == pattern.k


def test_a_selection_by_the_value_is_no_finding(registry: Registry) -> None:
    chart = pattern_strips(registry, Cohort.parse("calcium.0=8.4-10.2", STANDARD))
    assert " of " not in chart.title


def test_what_is_no_pattern_is_refused(registry: Registry) -> None:
    with pytest.raises(QueryProblem, match="“weight” is not a measurement with patterns; expected vas, calcium"):
        pattern_strips(registry, pattern="weight.steps")
    with pytest.raises(QueryProblem, match="no patterns of the kind “arrows”"):
        pattern_strips(registry, pattern="vas.arrows")


def test_runs_of_a_word_are_told_once() -> None:
    assert told(["within"] * 4) == "in range at every visit"
    assert told(["within", "within", "not recorded", "above"]) == "in range ×2, not recorded, above range"
    assert told(["improved"]) == "improved"
