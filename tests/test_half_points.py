"""A registry that records pain in tenths of a point: what is said of it is neither cut nor rounded to whole points."""

from fractions import Fraction

import pytest

from plro_core.figures.catalogue import FIGURES
from plro_core.headlines import pain
from plro_core.pain_control import HALVED, THRESHOLDS, Definition, Threshold, control_times, responders, waterfall
from plro_core.store import Registry
from plro_core.vocabulary import Vocabulary, parse
from tests.small_registry import small_registry

#: VAS at baseline and at the two later visits; patient 1 falls by 49 %, patient 4 by exactly 30 %.
VAS = {1: (7.5, 3.8, 2.5), 2: (0.5, 0.5, 0), 3: (7.5, 3.5, 2.5), 4: (9.1, 6.37, 2), 5: (7.5, None, None)}


@pytest.fixture(scope="module")
def registry() -> Registry:
    words = Vocabulary(parse("months = [0, 2, 5]\n[widen.vas]\ndecimals = 2\n"))
    visits = [
        {"case_id": case_id, "month": month, "vas": vas}
        for case_id, values in VAS.items()
        for month, vas in zip((0, 2, 5), values, strict=True)
    ]
    return small_registry(words, cases=[{"case_id": case_id} for case_id in VAS], visits=visits)


def test_who_responds_is_counted_from_the_values_as_recorded(registry: Registry) -> None:
    def falls(percent: int) -> int:
        told = [(Fraction(str(first)), Fraction(str(later))) for first, later, _ in VAS.values() if later is not None]
        return sum((first - later) * 100 >= percent * first for first, later in told)

    found = {entry.threshold.name: entry for entry in responders(registry) if entry.month == 2}
    assert (found["fall-50"].k, found["fall-50"].n) == (falls(50), 4) == (1, 4)
    assert found["fall-30"].k == falls(30) == 3
    halved = pain(registry)[-1]
    assert (halved.label, halved.value) == ("Pain halved by month 2", "1 of 4")
    title = FIGURES["responder_waterfall"].draw(registry).title
    assert title == "Pain has fallen by half or more in 1 of 4 patients at month 2"


@pytest.mark.parametrize("rule", THRESHOLDS)
def test_a_threshold_is_met_exactly_at_its_edge(rule: Threshold) -> None:
    """In whole tenths, as a reader would do it by hand."""
    for first in range(101):
        for later in range(101):
            fall, least = (100, first) if rule.measure == "fall" else (1, 10)
            met = first > 0 and (first - later) * fall >= rule.bound * least
            assert rule.holds(first / 10, later / 10) is met


def test_no_change_is_cut_to_whole_points(registry: Registry) -> None:
    first = waterfall(registry).changes[0]
    assert (first.case_id, first.points, first.percent_words) == (3, -4, "−53 %")
    row = next(row for row in FIGURES["pain_dumbbell"].draw(registry).data if row["case_id"] == 2)
    assert (row["first"], row["last"], row["change"]) == (0.5, 0, -0.5)
    row = next(
        row for row in FIGURES["pain_trajectories"].draw(registry).data if (row["case_id"], row["month"]) == (1, 2)
    )
    assert row["from_baseline"] == -3.7


@pytest.mark.parametrize("name", ["pain_trajectories", "pain_dumbbell", "responder_waterfall", "time_to_pain_control"])
def test_no_hover_rounds_a_score(registry: Registry, name: str) -> None:
    """7.5 of 10 is not 8, and 2.5 is not 3."""
    drawn = FIGURES[name].draw(registry).figure.to_json()
    assert "VAS 8" not in drawn
    assert "VAS 3 " not in drawn


def test_half_a_point_above_a_bound_is_above_it(registry: Registry) -> None:
    times = {time.case_id: time.between for time in control_times(registry, Definition(Threshold("vas", 2)))}
    assert times[1] == (5, None)
    assert times[4] == (2, 5)
    assert HALVED.holds(7.5, 3.75)
    assert not HALVED.holds(7.5, 3.8)
