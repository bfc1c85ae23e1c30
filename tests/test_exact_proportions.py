"""Proportions, their intervals and Fisher's test, against scipy and published examples."""

from collections.abc import Callable
from math import comb, inf, sqrt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats

from plro_core.counts import Frequency
from plro_core.exact import Tally, clopper_pearson, fisher, risk_difference, tally, wilson
from plro_core.exact.difference import newcombe, unconditional, worst_p

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
    assert newcombe(a, b, 0.95) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


def test_above_sixty_patients_the_interval_is_nominal_and_says_so() -> None:
    large, small = risk_difference(Tally(56, 70), Tally(48, 80)), risk_difference(Tally(9, 10), Tally(3, 10))
    assert (large.exact, small.exact) == (False, True)
    assert "nominal" in large.method
    assert "exact unconditional" in small.method
    assert (large.low, large.high) == newcombe(Tally(56, 70), Tally(48, 80), 0.95)
    assert large.estimate == pytest.approx(56 / 70 - 48 / 80)


# The exact unconditional interval, by enumeration

_TRUTHS = [step / 100 for step in range(101)]


def binomial(n: int, p: float) -> list[float]:
    return [comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(n + 1)]


def lowest_coverage(n_a: int, n_b: int, method: Callable[[Tally, Tally, float], tuple[float, float]]) -> float:
    """How often the interval holds the true difference, at the worst pair of true proportions of a grid."""
    intervals = {
        (k_a, k_b): method(Tally(k_a, n_a), Tally(k_b, n_b), 0.95) for k_a in range(n_a + 1) for k_b in range(n_b + 1)
    }
    chances_a, chances_b = ({p: binomial(n, p) for p in _TRUTHS} for n in (n_a, n_b))
    return min(
        sum(
            chances_a[p_a][k_a] * chances_b[p_b][k_b]
            for (k_a, k_b), (low, high) in intervals.items()
            if low - 1e-9 <= p_a - p_b <= high + 1e-9
        )
        for p_a in _TRUTHS
        for p_b in _TRUTHS
    )


@pytest.mark.parametrize(
    ("n_a", "n_b"), [*((n_a, n_b) for n_b in range(1, 7) for n_a in range(1, n_b + 1)), (2, 8), (3, 7), (8, 8), (9, 1)]
)
def test_the_interval_of_a_risk_difference_covers_at_every_truth(n_a: int, n_b: int) -> None:
    assert lowest_coverage(n_a, n_b, unconditional) >= 0.95


def test_newcombes_interval_does_not_cover_and_is_never_called_exact() -> None:
    assert lowest_coverage(1, 8, newcombe) < 0.81
    assert lowest_coverage(2, 8, newcombe) < 0.84


def by_definition(a: Tally, b: Tally, difference: float) -> float:
    """The highest probability, over the proportion in B, of a score at least as high: every table, likelihoods by search."""

    def score(k_a: int, k_b: int) -> float:
        low, high = max(0.0, -difference), min(1.0, 1 - difference)

        def unlikely(p: float) -> float:
            chance = binomial(a.n, min(1.0, max(0.0, p + difference)))[k_a] * binomial(b.n, p)[k_b]
            return -chance

        p_b = float(
            optimize.minimize_scalar(unlikely, bounds=(low, high), method="bounded", options={"xatol": 1e-10}).x
        )
        p_b = min((low, high, p_b), key=unlikely)
        p_a = p_b + difference
        variance = p_a * (1 - p_a) / a.n + p_b * (1 - p_b) / b.n
        apart = k_a / a.n - k_b / b.n - difference
        return 0.0 if abs(apart) < 1e-12 else apart / sqrt(variance) if variance > 1e-15 else apart * inf

    observed = score(a.k, b.k)
    extreme = [(k_a, k_b) for k_a in range(a.n + 1) for k_b in range(b.n + 1) if score(k_a, k_b) >= observed - 1e-6]
    low, high = max(0.0, -difference), min(1.0, 1 - difference)
    tried = [low + (high - low) * step / 400 for step in range(401)]
    return max(sum(binomial(a.n, p + difference)[k_a] * binomial(b.n, p)[k_b] for k_a, k_b in extreme) for p in tried)


small_tallies = st.integers(1, 5).flatmap(lambda n: st.builds(Tally, st.integers(0, n), st.just(n)))


@settings(max_examples=25, deadline=None)
@given(small_tallies, small_tallies, st.integers(-9, 9))
def test_the_p_of_a_difference_is_that_of_its_definition(a: Tally, b: Tally, tenths: int) -> None:
    difference = tenths / 10 + 0.013
    assert worst_p(a, b, difference) == pytest.approx(by_definition(a, b, difference), abs=2e-4)


@settings(max_examples=40, deadline=None)
@given(tallies, tallies)
def test_the_interval_holds_the_estimate_and_turns_round_with_the_groups(a: Tally, b: Tally) -> None:
    there, back = risk_difference(a, b), risk_difference(b, a)
    assert there.low is not None
    assert there.high is not None
    assert back.low is not None
    assert back.high is not None
    assert there.estimate is not None
    assert -1 <= there.low <= there.estimate <= there.high <= 1
    assert (there.low, there.high) == (pytest.approx(-back.high, abs=1e-4), pytest.approx(-back.low, abs=1e-4))


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
