"""What is said and drawn of very many patients: digits that can be read, and sentences that are true of many."""

from collections.abc import Callable

import pytest

from plro_core.cohort import Cohort
from plro_core.compare import compare, exploratory
from plro_core.exact import Tally, fisher
from plro_core.figures import (
    Chart,
    lab_trajectories,
    overlap,
    pain_dumbbell,
    pain_trajectories,
    responder_waterfall,
    swimmer,
    time_to_pain_control,
    treatment_matrix,
)
from plro_core.marks import marks_in
from plro_core.store import Registry
from plro_core.tables.notes import summary_notes
from plro_core.text import counted, grouped, k_of_n, patients, short
from plro_core.vocabulary import STANDARD
from tests.oracle import registry_of, synthetic_tables, treatments_of


@pytest.mark.parametrize(
    ("n", "written", "in_brief"),
    [
        (0, "0", "0"),
        (9999, "9999", "9999"),
        (10_000, "10\u202f000", "10\u202fk"),
        (759_590, "759\u202f590", "760\u202fk"),
        (999_499, "999\u202f499", "999\u202fk"),
        (999_500, "999\u202f500", "1\u202fM"),
        (1_000_000, "1\u202f000\u202f000", "1\u202fM"),
        (12_340_000, "12\u202f340\u202f000", "12.3\u202fM"),
    ],
)
def test_a_count_can_be_read(n: int, written: str, in_brief: str) -> None:
    assert (grouped(n), short(n)) == (written, in_brief)


def test_counts_in_sentences_are_grouped() -> None:
    assert k_of_n(291_588, 1_000_000) == "291\u202f588 of 1\u202f000\u202f000"
    assert patients(1_000_000) == "1\u202f000\u202f000 patients"
    assert counted(38_501, "visit") == "38\u202f501 visits"


@pytest.fixture(scope="module")
def many() -> Registry:
    return registry_of(synthetic_tables(7, 2400) | {"treatments": treatments_of(7, 2400)})


@pytest.mark.parametrize(
    "draw",
    [
        lab_trajectories,
        overlap,
        pain_dumbbell,
        pain_trajectories,
        responder_waterfall,
        swimmer,
        time_to_pain_control,
        treatment_matrix,
    ],
)
def test_a_figure_speaks_of_the_points_of_a_sample_where_it_draws_them(
    many: Registry, draw: Callable[..., Chart]
) -> None:
    chart = draw(many)
    drawn = [mark for mark in marks_in(chart.spec, STANDARD) if isinstance(mark, int)]
    assert ("points of a fixed sample" in chart.who) == (len(drawn) > 1)
    assert "2400 patients" in chart.who


def test_nothing_calls_many_patients_few(many: Registry) -> None:
    few = registry_of(synthetic_tables(7, 40))
    smokers = Cohort.parse("smoking=yes", STANDARD)
    of_few, of_many = compare(few, smokers), compare(many, smokers)
    assert "these few patients" in exploratory(of_few)
    assert "few" not in exploratory(of_many)
    assert any("groups this small" in note for note in summary_notes(few, Cohort(), None))
    assert not any("groups this small" in note for note in summary_notes(many, Cohort(), None))
    few.close()


def test_the_exact_test_of_a_million_patients() -> None:
    found = fisher(Tally(160_300, 400_260), Tally(240_100, 599_740))
    assert found.p == pytest.approx(0.88244059, rel=1e-7)
    assert found.p_min is not None
    assert 0 < found.p_min < 1e-300
