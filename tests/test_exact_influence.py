"""Leaving out each patient, and adjusting for several tests."""

from collections.abc import Sequence
from itertools import combinations
from statistics import mean

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plro_core.exact import holm, leave_one_out, shift


def average(values: Sequence[float]) -> float | None:
    return mean(values) if values else None


def test_each_patient_is_left_out_once() -> None:
    found = leave_one_out({1: 2.0, 2: 4.0, 3: 12.0}, average)
    assert found.estimate == 6.0
    assert [(one.patient, one.estimate, one.change) for one in found.without] == [(1, 8, 2), (2, 7, 1), (3, 3, -3)]
    assert (found.lowest, found.highest, found.strongest) == (3.0, 8.0, (3,))


def test_patients_who_matter_equally_are_all_named_and_nobody_where_nobody_matters() -> None:
    assert leave_one_out({1: 0.0, 2: 5.0, 3: 10.0}, average).strongest == (1, 3)
    assert leave_one_out({1: 5.0, 2: 5.0}, average).strongest == ()


def test_equal_records_are_computed_once() -> None:
    calls = []

    def counting(values: Sequence[float]) -> float | None:
        calls.append(len(values))
        return average(values)

    leave_one_out({patient: patient % 2 for patient in range(100)}, counting)
    assert calls == [100, 99, 99]


def test_an_estimate_that_needs_the_patient_is_none_without_her() -> None:
    def difference(records: Sequence[tuple[str, int]]) -> float | None:
        groups = [[value for group, value in records if group == name] for name in ("continued", "stopped")]
        return shift(*groups).estimate

    found = leave_one_out({8: ("continued", 6), 1: ("stopped", 5), 2: ("stopped", 2)}, difference)
    assert [(one.patient, one.estimate) for one in found.without] == [(8, None), (1, 4.0), (2, 1.0)]
    assert (found.without[0].change, found.strongest) == (None, (1, 2))


@pytest.mark.parametrize(("records", "reason"), [({}, "No patient"), ({1: 2.0}, "No estimate without any one patient")])
def test_too_few_patients(records: dict[int, float], reason: str) -> None:
    assert leave_one_out(records, average).reason == reason
    assert leave_one_out(records, average).lowest is None


def test_no_estimate_at_all() -> None:
    assert leave_one_out({1: 2.0}, lambda _: None).reason == "No estimate to compare with"


def test_holm_1979_steps_down() -> None:
    found = holm({"pain": 0.01, "calcium": 0.04, "alp": 0.03, "pth": None})
    assert found.adjusted == {"pain": pytest.approx(0.03), "calcium": 0.06, "alp": 0.06, "pth": None}
    assert (found.tests, found.reason) == (3, None)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=6))
def test_holm_is_bonferroni_over_every_set_of_tests(values: list[float]) -> None:
    """Closed testing (Marcus, Peritz and Gabriel 1976): the worst of all sets that hold the test."""
    found = holm({str(place): value for place, value in enumerate(values)})
    for place in range(len(values)):
        sets = [chosen for size in range(1, len(values) + 1) for chosen in combinations(range(len(values)), size)]
        worst = max(len(chosen) * min(values[other] for other in chosen) for chosen in sets if place in chosen)
        assert found.adjusted[str(place)] == pytest.approx(min(1, worst))


def test_holm_of_nothing() -> None:
    assert holm({"pain": None}).reason == "Nothing to adjust: no test was made"
    assert holm({}).tests == 0


@pytest.mark.parametrize("value", [-0.1, 1.1, float("nan")])
def test_holm_refuses_what_is_no_p(value: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        holm({"pain": value})
