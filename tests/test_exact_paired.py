"""The signed-rank test and the paired shift, against enumeration of every choice of signs."""

from fractions import Fraction
from itertools import product
from statistics import median

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from plro_core.counts import Frequency
from plro_core.exact import changes, paired_shift, signed_rank

differences = st.lists(st.integers(-4, 4), min_size=2, max_size=8)


def pratt_ranks(values: list[int]) -> list[Fraction]:
    sizes = [abs(value) for value in values]
    return [
        Fraction(2 * sum(other < size for other in sizes) + sum(other == size for other in sizes) + 1, 2) if size else 0
        for size in sizes
    ]


@settings(max_examples=30, deadline=None)
@given(differences)
def test_p_is_the_share_of_signs_at_least_as_far_from_the_mean(values: list[int]) -> None:
    ranks = [rank for rank in pratt_ranks(values) if rank]
    mean = sum(ranks) / Fraction(2)
    far = [
        abs(sum(rank for rank, sign in zip(ranks, signs, strict=True) if sign) - mean)
        for signs in product((False, True), repeat=len(ranks))
    ]
    seen = sum(rank for rank, value in zip(pratt_ranks(values), values, strict=True) if value > 0)
    found = signed_rank(values)
    assert found.p == pytest.approx(sum(distance >= abs(seen - mean) for distance in far) / len(far))
    assert found.p_min == pytest.approx(sum(distance == max(far) for distance in far) / len(far))
    assert (found.rank_sum, found.expected) == (float(seen), float(mean))
    assert (found.n, found.zeros) == (len(values), values.count(0))


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(1, 500), min_size=2, max_size=25, unique=True), st.data())
def test_agrees_with_scipy_without_ties_and_zeros(sizes: list[int], data: st.DataObject) -> None:
    values = [size * data.draw(st.sampled_from([-1, 1])) for size in sizes]
    assert signed_rank(values).p == pytest.approx(stats.wilcoxon(values, method="exact").pvalue, rel=1e-9)


def test_above_sixty_patients_the_form_is_asymptotic_and_says_so() -> None:
    values = {-3: 20, -1: 15, 0: 6, 2: 20, 5: 4}
    listed = [value for value, count in values.items() for _ in range(count)]
    found = signed_rank(values)
    expected = stats.wilcoxon(listed, zero_method="pratt", correction=True, method="asymptotic").pvalue
    assert not found.exact
    assert "asymptotic" in found.test
    assert found.p == pytest.approx(expected, rel=0.02)
    assert "asymptotic" in paired_shift(values).method


def test_hamilton_depression_scores_of_nine_patients() -> None:
    """Hollander and Wolfe (1973), p. 29 f., with 0.46 (0.010 to 0.786); R's ``wilcox.test``: V = 40, p = 0.03906."""
    first = [1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30]
    second = [0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29]
    change = changes(zip(second, first, strict=True), decimals=3)
    found, interval = signed_rank(change), paired_shift(change, decimals=3)
    assert (found.rank_sum, found.p) == (40.0, 0.0390625)
    assert (interval.estimate, interval.low, interval.high) == (0.46, 0.01, 0.786)
    assert interval.level == 1 - 20 / 512


def test_changes_are_exact() -> None:
    pairs = [(8.9, 9.2), (8.6, 8.9), (9.0, None), (None, None), (9.2, 8.9)]
    assert changes(pairs) == Frequency({-0.3: 1, 0.3: 2}, missing=2)
    assert changes({(9, 5): 2, (9, None): 3}) == Frequency({-4.0: 2}, missing=3)


@pytest.mark.parametrize(
    ("values", "reason"),
    [([], "No test: 0 patients have both values"), ([1], "No test: 1 patient has both values")],
)
def test_no_p_below_two_patients(values: list[float], reason: str) -> None:
    found = signed_rank(values)
    assert (found.p, found.p_min, found.reason) == (None, None, reason)


def test_nobody_changed() -> None:
    assert (signed_rank([0, 0, 0]).p, signed_rank([0, 0, 0]).p_min) == (1.0, 1.0)
    found = paired_shift([0] * 6)
    assert (found.estimate, found.low, found.high, found.tied) == (0.0, 0.0, 0.0, True)


def test_no_pair_and_one_pair() -> None:
    assert paired_shift([]).reason == "No change: no patient has both values"
    alone = paired_shift([-4])
    assert (alone.estimate, alone.low, alone.level) == (-4.0, None, None)
    assert alone.reason == "95 % not attainable with 1 patient: no interval"


@given(differences)
def test_the_estimate_is_the_median_of_the_walsh_averages(values: list[int]) -> None:
    walsh = [(x + y) / 2 for place, x in enumerate(values) for y in values[place:]]
    assert paired_shift(values).estimate == median(walsh)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(-4, 4), min_size=2, max_size=7), st.sampled_from([0.5, 0.8, 0.95]))
def test_every_change_inside_is_compatible_and_every_change_outside_is_not(values: list[int], level: float) -> None:
    n = len(values)
    walsh = [Fraction(x + y, 2) for place, x in enumerate(values) for y in values[place:]]
    sums = [sum(rank for rank, sign in enumerate(signs, 1) if sign) for signs in product((0, 1), repeat=n)]
    found = paired_shift(values, level=level)
    assert found.low is not None
    assert found.high is not None
    assert found.level is not None
    if found.level < level:
        assert (found.low, found.high) == (min(values), max(values))
        return
    for quarters in range(-20, 21):
        delta = Fraction(quarters, 4)
        fewer = min(sum(average >= delta for average in walsh), sum(average <= delta for average in walsh))
        kept = 2 * Fraction(sum(total <= fewer for total in sums), 2**n) > 1 - Fraction(repr(level))
        assert (found.low <= delta <= found.high) == kept


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 4), min_size=2, max_size=7))
def test_the_interval_covers_at_least_as_often_as_it_says_over_all_signs(sizes: list[int]) -> None:
    """With a symmetric distribution about 0 all signs are equally likely, so coverage of 0 can be counted."""
    covered, level = 0, None
    for signs in product((-1, 1), repeat=len(sizes)):
        found = paired_shift([sign * size for sign, size in zip(signs, sizes, strict=True)], level=0.8)
        assert found.low is not None
        assert found.high is not None
        covered, level = covered + (found.low <= 0 <= found.high), found.level
    assert level is not None
    assert covered / 2 ** len(sizes) >= level - 1e-12
    if len(set(sizes)) == len(sizes) and 0 not in sizes:
        assert covered / 2 ** len(sizes) == pytest.approx(level)
