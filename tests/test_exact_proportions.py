"""Proportions, their intervals and Fisher's test, against scipy and published examples."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from plro_core.counts import Frequency
from plro_core.exact import Tally, clopper_pearson, fisher, risk_difference, tally, wilson

tallies = st.integers(1, 40).flatmap(lambda n: st.builds(Tally, st.integers(0, n), st.just(n)))


@settings(max_examples=40, deadline=None)
@given(tallies, st.sampled_from([0.8, 0.95, 0.99]))
def test_intervals_agree_with_scipy(observed: Tally, level: float) -> None:
    test = stats.binomtest(observed.k, observed.n)
    for found, method in ((wilson(observed, level=level), "wilson"), (clopper_pearson(observed, level=level), "exact")):
        expected = test.proportion_ci(level, method)
        assert found.low == pytest.approx(expected.low, abs=1e-9)
        assert found.high == pytest.approx(expected.high, abs=1e-9)


@pytest.mark.parametrize(("k", "n"), [(3, 1_000_000), (500_000, 1_000_000), (999_999, 1_000_000)])
def test_the_exact_interval_of_a_large_registry(k: int, n: int) -> None:
    expected = stats.binomtest(k, n).proportion_ci(0.95, "exact")
    found = clopper_pearson(Tally(k, n))
    assert found.low == pytest.approx(expected.low, rel=1e-7)
    assert found.high == pytest.approx(expected.high, rel=1e-7)


def test_none_and_all_have_ends_at_0_and_1() -> None:
    for method in (wilson, clopper_pearson):
        assert method(Tally(0, 10)).low == 0.0
        assert method(Tally(10, 10)).high == 1.0


@settings(max_examples=40, deadline=None)
@given(tallies, tallies)
def test_fisher_agrees_with_scipy(a: Tally, b: Tally) -> None:
    found = fisher(a, b)
    if min(a.n, b.n) < 2:
        assert found.p is None
        return
    expected = stats.fisher_exact([[a.k, a.n - a.k], [b.k, b.n - b.k]]).pvalue
    assert found.p == pytest.approx(expected, rel=1e-9)


@settings(max_examples=25, deadline=None)
@given(tallies, tallies)
def test_the_smallest_p_is_that_of_the_best_table_with_these_margins(a: Tally, b: Tally) -> None:
    events = a.k + b.k
    tables = [k for k in range(a.n + 1) if 0 <= events - k <= b.n]
    reached = [fisher(Tally(k, a.n), Tally(events - k, b.n)).p for k in tables]
    if None not in reached:
        assert fisher(a, b).p_min == pytest.approx(min(p for p in reached if p is not None))


def test_fisher_with_thousands_of_patients() -> None:
    expected = stats.fisher_exact([[1200, 1300], [1100, 1400]]).pvalue
    assert fisher(Tally(1200, 2500), Tally(1100, 2500)).p == pytest.approx(expected, rel=1e-6)
    assert fisher(Tally(3000, 3000), Tally(0, 3000)).p_min > 0


def test_fisher_where_nothing_could_differ() -> None:
    assert (fisher(Tally(0, 4), Tally(0, 6)).p, fisher(Tally(0, 4), Tally(0, 6)).p_min) == (1.0, 1.0)


@pytest.mark.parametrize(
    ("a", "b", "low", "high"),
    [
        (Tally(56, 70), Tally(48, 80), 0.0524, 0.3339),
        (Tally(9, 10), Tally(3, 10), 0.1705, 0.8090),
        (Tally(6, 7), Tally(2, 7), 0.0582, 0.8062),
        (Tally(5, 56), Tally(0, 29), -0.0381, 0.1926),
        (Tally(0, 10), Tally(0, 20), -0.1611, 0.2775),
        (Tally(0, 10), Tally(0, 10), -0.2775, 0.2775),
        (Tally(10, 10), Tally(0, 20), 0.6791, 1.0),
        (Tally(10, 10), Tally(0, 10), 0.6075, 1.0),
    ],
)
def test_newcombe_1998_table_ii_method_10(a: Tally, b: Tally, low: float, high: float) -> None:
    found = risk_difference(a, b)
    assert (found.low, found.high) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))
    assert found.estimate == pytest.approx(a.k / a.n - b.k / b.n)


def test_nobody_to_count() -> None:
    nobody, somebody = Tally(0, 0), Tally(1, 3)
    assert wilson(nobody).estimate is clopper_pearson(nobody).low is None
    assert wilson(nobody).reason == "No proportion: no patient has a value"
    assert fisher(nobody, somebody).reason == "No test: group A has 0 patients"
    assert (fisher(nobody, somebody).p, fisher(nobody, somebody).p_min) == (None, None)
    assert risk_difference(somebody, nobody).reason == "No difference: group B has 0 patients"
    assert risk_difference(somebody, nobody).estimate is None


def test_one_patient_has_a_smallest_p_but_no_p() -> None:
    found = fisher(Tally(1, 1), Tally(0, 9))
    assert (found.p, found.p_min, found.reason) == (None, pytest.approx(0.1), "No test: group A has 1 patient")


def test_events_are_counted_from_frequencies_and_values() -> None:
    assert tally(Frequency({False: 6, True: 4}, missing=5)) == Tally(4, 10)
    assert tally(["stopped", "continued", None, "stopped"], "stopped") == Tally(2, 3)
    assert tally([]) == Tally(0, 0)


def test_more_events_than_patients_are_refused() -> None:
    with pytest.raises(ValueError, match="4 of 3"):
        Tally(4, 3)
