"""The rank-sum test, the Hodges–Lehmann shift and Cliff's delta, against enumeration of every split."""

import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from itertools import combinations
from math import comb

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from plro_core.counts import Frequency, counts
from plro_core.exact import (
    Tally,
    changes,
    cliffs_delta,
    clopper_pearson,
    kaplan_meier,
    paired_shift,
    rank_sum,
    shift,
    signed_rank,
    smallest_p,
    turnbull,
    wilson,
)
from plro_core.exact.pairs import differences, more_and_less, walsh_sums
from plro_core.exact.samples import LARGEST_EXACT, sample, samples
from plro_core.store import open_registry
from plro_core.vocabulary import STANDARD

CONTINUED, STOPPED = [6, 5], [5, 2, 1, 1, 3, 4, 2, 4]

ties = st.integers(0, 4)
group = st.lists(ties, min_size=2, max_size=5)


def midranks(values: list[float]) -> list[Fraction]:
    return [
        Fraction(2 * sum(other < value for other in values) + sum(other == value for other in values) + 1, 2)
        for value in values
    ]


def every_rank_sum(values: list[float], n_a: int) -> list[Fraction]:
    ranks = midranks(values)
    return [sum((ranks[place] for place in split), Fraction(0)) for split in combinations(range(len(values)), n_a)]


def enumerated(a: list[float], b: list[float]) -> tuple[float, float]:
    """p and the smallest p, from the definition."""
    sums = every_rank_sum(a + b, len(a))
    mean = sum(sums) / Fraction(len(sums))
    seen = sum(midranks(a + b)[: len(a)], Fraction(0))
    far = [abs(total - mean) for total in sums]
    return (
        sum(distance >= abs(seen - mean) for distance in far) / len(far),
        sum(distance == max(far) for distance in far) / len(far),
    )


@settings(max_examples=35, deadline=None)
@given(group, group)
def test_p_is_the_share_of_splits_at_least_as_far_from_the_mean(a: list[float], b: list[float]) -> None:
    found = rank_sum(a, b)
    p, p_min = enumerated(a, b)
    assert (found.p, found.p_min) == (pytest.approx(p, abs=1e-14), pytest.approx(p_min, abs=1e-14))
    assert found.exact
    assert found.tied == (len({*a, *b}) < len(a + b))


@settings(max_examples=20, deadline=None)
@given(group, group)
def test_swapping_the_groups_changes_signs_and_nothing_else(a: list[float], b: list[float]) -> None:
    there, back = shift(a, b), shift(b, a)
    assert rank_sum(a, b).p == pytest.approx(rank_sum(b, a).p)
    assert there.estimate == -back.estimate
    assert (there.low, there.high, there.level) == (-back.high, -back.low, back.level)
    assert cliffs_delta(a, b).estimate == -cliffs_delta(b, a).estimate


def test_the_groups_of_the_paper_come_from_the_registry() -> None:
    found = counts(open_registry(), [STANDARD.variable("vas")], group=STANDARD.variable("breastfeeding"))
    continued, stopped = found["vas", 1, "continued"], found["vas", 1, "stopped"]
    assert (continued.n, stopped.n) == (2, 8)
    assert rank_sum(continued, stopped) == rank_sum(CONTINUED, STOPPED)


def test_a_skew_null_distribution_is_not_doubled() -> None:
    """Here the smaller tail is 2 of 45, and only one of the 45 splits lies as far out on the other side."""
    found = rank_sum(CONTINUED, STOPPED)
    assert found.p == pytest.approx(3 / 45)
    assert found.p_min == pytest.approx(1 / 45)
    assert (found.rank_sum, found.expected) == (18.5, 11.0)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(-1000, 1000), min_size=4, max_size=30, unique=True), st.data())
def test_agrees_with_scipy_where_nothing_is_tied(values: list[int], data: st.DataObject) -> None:
    n_a = data.draw(st.integers(2, len(values) - 2))
    a, b = values[:n_a], values[n_a:]
    expected = stats.mannwhitneyu(a, b, method="exact").pvalue
    assert rank_sum(a, b).p == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(("n_a", "n_b", "expected"), [(4, 6, 2 / 210), (2, 8, 2 / 45), (1, 9, 0.2), (5, 5, 2 / 252)])
def test_smallest_p_without_ties(n_a: int, n_b: int, expected: float) -> None:
    assert smallest_p([1] * (n_a + n_b), n_a) == pytest.approx(expected, abs=1e-15)
    assert rank_sum(range(n_a), range(n_a, n_a + n_b)).p_min == pytest.approx(expected, abs=1e-15)


def test_above_sixty_patients_the_form_is_asymptotic_and_says_so() -> None:
    a, b = {1: 10, 2: 12, 3: 9}, {1: 5, 2: 10, 3: 15}
    found = rank_sum(a, b)
    listed = [[value for value, count in counts.items() for _ in range(count)] for counts in (a, b)]
    assert found.n_a + found.n_b == LARGEST_EXACT + 1
    assert not found.exact
    assert "asymptotic" in found.test
    assert found.p == pytest.approx(stats.mannwhitneyu(*listed, method="asymptotic").pvalue)
    assert "asymptotic" in shift(a, b).method


def test_at_sixty_patients_the_form_is_exact_and_close_to_the_asymptotic_one() -> None:
    a, b = [*range(30)], [value + 7.5 for value in range(30)]
    found = rank_sum(a, b)
    assert found.exact
    assert found.p == pytest.approx(stats.mannwhitneyu(a, b, method="exact").pvalue)


def test_a_million_patients_are_counts_too() -> None:
    a, b = dict.fromkeys(range(1000), 500), {value + 2: 500 for value in range(1000)}
    found = rank_sum(a, b)
    assert found.p is not None
    assert 0 < found.p < 0.001
    assert found.p_min is not None
    assert found.p_min > 0
    assert shift(a, b).estimate == -2.0


@pytest.mark.parametrize(
    ("a", "b", "reason"),
    [
        ([], [1, 2], "No test: group A has 0 patients"),
        ([1, 2], [], "No test: group B has 0 patients"),
        ([3], [1, 2], "No test: group A has 1 patient"),
        ([3], [], "No test: group A has 1 patient and group B has 0 patients"),
        ([None], [None], "No test: group A has 0 patients and group B has 0 patients"),
    ],
)
def test_no_p_where_a_group_has_fewer_than_two(a: list[float | None], b: list[float | None], reason: str) -> None:
    found = rank_sum(a, b)
    assert found.p is None
    assert found.reason == reason


def test_identical_groups_have_p_1_and_no_shift() -> None:
    values = [1, 2, 2, 5]
    assert rank_sum(values, values).p == 1.0
    assert shift(values, values).estimate == 0.0
    assert cliffs_delta(values, values).estimate == 0.0


def test_all_ties() -> None:
    assert (rank_sum([3, 3], [3, 3, 3]).p, rank_sum([3, 3], [3, 3, 3]).p_min) == (1.0, 1.0)
    assert rank_sum({3: 40}, {3: 40}).p == 1.0
    assert (shift([3] * 4, [3] * 6).low, shift([3] * 4, [3] * 6).high) == (0.0, 0.0)


def test_a_frequency_a_mapping_and_the_values_are_one_input() -> None:
    frequency = Frequency({1: 2, 2: 2, 3: 1, 4: 2, 5: 1}, missing=3)
    assert rank_sum(CONTINUED, frequency) == rank_sum({5: 1, 6: 1}, STOPPED) == rank_sum([6, None, 5], STOPPED)
    assert shift(CONTINUED, frequency) == shift(CONTINUED, STOPPED)


def test_values_count_exactly_as_they_are_given() -> None:
    """Rounded to six decimals these were all 0, and p was 1."""
    tiny = rank_sum([1e-9, 2e-9, 3e-9], [4e-9, 5e-9, 6e-9])
    assert tiny == rank_sum([1, 2, 3], [4, 5, 6])
    assert tiny.p == pytest.approx(2 / 20)
    assert shift([1e-9, 2e-9, 3e-9], [4e-9, 5e-9, 6e-9]).estimate == -3e-9
    assert cliffs_delta([1e-9], [2e-9]).estimate == -1
    assert paired_shift([1e-9, 2e-9]).estimate == 1.5e-9
    assert signed_rank([1e-9, 2e-9]).zeros == 0
    assert changes([(1e-9, 3e-9)]) == Frequency({2e-9: 1})
    assert shift([1e300, 2e300], [1e-300, 2e-300]).low == pytest.approx(1e300)
    assert shift([10**30 + 1], [10**30]).estimate == 1.0


def test_values_are_rounded_only_where_the_caller_says_to_what() -> None:
    assert rank_sum([1.04, 2], [0.96, 0], decimals=1).tied
    assert not rank_sum([1.04, 2], [0.96, 0], decimals=2).tied
    assert rank_sum([0.1 + 0.2, 1.1], [0.3, 0.1], decimals=6) == rank_sum([0.3, 1.1], [0.3, 0.1])
    assert shift([0.3], [0.1]).estimate == 0.2


@pytest.mark.parametrize("computed", [0.1 + 0.2, 9.2 - 8.9, 1 / 3])
def test_a_computed_value_is_refused_because_nobody_knows_what_it_ties_with(computed: float) -> None:
    for asked in (
        lambda: rank_sum([computed, 1], [0.3, 2]),
        lambda: shift([computed], [0.3]),
        lambda: cliffs_delta([1], [computed]),
        lambda: signed_rank([computed, 1]),
        lambda: changes([(0.3, computed)]),
        lambda: turnbull([(0, computed)]),
        lambda: kaplan_meier([(computed, True)]),
    ):
        with pytest.raises(ValueError, match=r"more than 15 digits.*decimals to round them to"):
            asked()
    assert rank_sum([Decimal(repr(computed)), 1], [0.3, 2]).tied is False


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_is_no_recorded_value_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="not a recorded value"):
        rank_sum([value, 1], [2, 3])


def test_counts_are_whole_and_not_negative() -> None:
    with pytest.raises(ValueError, match="whole numbers"):
        rank_sum({1: -1}, [2, 3])


def test_hollander_and_wolfe_permeability_of_membranes() -> None:
    """Hollander and Wolfe (1973), p. 69 ff.; also the example of R's ``wilcox.test``: p 0.2544, 0.305 (-0.15, 0.76)."""
    term = [0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46]
    weeks_12_to_26 = [1.15, 0.88, 0.90, 0.74, 1.21]
    found = shift(term, weeks_12_to_26, decimals=2)
    assert rank_sum(term, weeks_12_to_26).p == pytest.approx(0.2544, abs=5e-5)
    assert (found.estimate, found.low, found.high) == (0.305, -0.15, 0.76)


def not_rejected(a: list[int], b: list[int], delta: Fraction, level: float) -> bool:
    """The test that the interval inverts: ties count for the shift, and the null distribution is that without ties."""
    above = sum(x - y >= delta for x in a for y in b)
    below = sum(x - y <= delta for x in a for y in b)
    n_a, pairs = len(a), len(a) * len(b)
    lowest = n_a * (n_a + 1) // 2
    sums = [sum(split) - lowest for split in combinations(range(1, len(a) + len(b) + 1), n_a)]
    tail = Fraction(sum(u <= min(above, below) for u in sums), comb(len(a) + len(b), n_a))
    assert max(sums) == pairs
    return 2 * tail > 1 - Fraction(repr(level))


@settings(max_examples=40, deadline=None)
@given(group, group, st.sampled_from([0.5, 0.8, 0.9, 0.95]))
def test_every_shift_inside_is_compatible_and_every_shift_outside_is_not(
    a: list[int], b: list[int], level: float
) -> None:
    found = shift(a, b, level=level)
    assert found.low is not None
    assert found.high is not None
    assert found.level is not None
    if found.level < level:
        assert found.reason is not None
        assert (found.low, found.high) == (min(a) - max(b), max(a) - min(b))
        return
    for quarters in range(-20, 21):
        delta = Fraction(quarters, 4)
        assert (found.low <= delta <= found.high) == not_rejected(a, b, delta, level)


@settings(max_examples=20, deadline=None)
@given(group, group)
def test_the_interval_covers_at_least_as_often_as_it_says_over_all_splits(a: list[int], b: list[int]) -> None:
    """Without a shift every split of the pooled values is equally likely, so coverage of 0 can be counted."""
    pooled, n_a = a + b, len(a)
    covered, level = 0, shift(a, b, level=0.8).level
    for split in combinations(range(len(pooled)), n_a):
        rest = [value for place, value in enumerate(pooled) if place not in split]
        found = shift([pooled[place] for place in split], rest, level=0.8)
        assert found.low is not None
        assert found.high is not None
        covered += found.low <= 0 <= found.high
    share = Fraction(covered, comb(len(pooled), n_a))
    assert level is not None
    assert share >= Fraction(level) - Fraction(1, 10**12)
    if len(set(pooled)) == len(pooled):
        assert float(share) == pytest.approx(level)


@pytest.mark.parametrize(("n_a", "n_b", "level"), [(1, 9, 0.8), (2, 8, 43 / 45), (1, 2, 1 / 3), (3, 3, 0.9)])
def test_the_widest_level(n_a: int, n_b: int, level: float) -> None:
    found = shift(range(n_a), range(10, 10 + n_b), level=0.99)
    assert found.level == pytest.approx(level)
    assert found.reason is not None
    assert found.reason.startswith(f"99 % not attainable with {n_a} and {n_b} patients")


def test_one_and_one_patient_have_a_difference_but_no_interval() -> None:
    found = shift([5], [3])
    assert (found.estimate, found.low, found.high, found.level) == (2.0, None, None, None)
    assert found.reason == "95 % not attainable with 1 and 1 patient: no interval"


@pytest.mark.parametrize("level", [95, 1, 0])
def test_a_level_is_a_share(level: float) -> None:
    for interval in (
        lambda: shift([1, 2], [3, 4], level=level),
        lambda: paired_shift([1, 2], level=level),
        lambda: wilson(Tally(1, 2), level=level),
        lambda: clopper_pearson(Tally(1, 2), level=level),
    ):
        with pytest.raises(ValueError, match="between 0 and 1"):
            interval()


def test_the_exact_and_the_asymptotic_interval_meet() -> None:
    a, b = [*range(0, 60, 2)], [*range(7, 66, 2)]
    small, large = shift(a, b), shift([*a, 29], b)
    assert small.level is not None
    assert large.level is not None
    assert small.level == pytest.approx(0.95, abs=0.005)
    assert (large.level, large.exact, small.exact) == (0.95, False, True)
    assert (small.low, small.high) == (pytest.approx(large.low, abs=2), pytest.approx(large.high, abs=2))


@given(group, group)
def test_cliffs_delta_counts_pairs(a: list[int], b: list[int]) -> None:
    pairs = [(x > y) - (x < y) for x in a for y in b]
    assert cliffs_delta(a, b).estimate == pytest.approx(sum(pairs) / len(pairs))


def test_cliffs_delta_needs_somebody_in_both_groups() -> None:
    assert cliffs_delta([], [1]).estimate is None
    assert cliffs_delta([], [1]).reason == "No difference: group A has 0 patients"


# The pairs, which are never made

recorded = st.lists(
    st.one_of(st.integers(-30, 30), st.integers(-300, 300).map(lambda tenths: tenths / 10)), min_size=1, max_size=12
)


@settings(max_examples=150, deadline=None)
@given(recorded, recorded)
def test_every_difference_is_found_in_its_place(a: list[float], b: list[float]) -> None:
    first, second = samples(a, b)
    pairs = differences(first, second)
    made = sorted(Decimal(repr(x)) - Decimal(repr(y)) for x in a for y in b)
    found = [Decimal(pairs.place(k)).scaleb(-first.decimals) for k in range(1, len(made) + 1)]
    assert found == made
    assert more_and_less(first, second) == (sum(value > 0 for value in made), sum(value < 0 for value in made))


@settings(max_examples=150, deadline=None)
@given(recorded)
def test_every_walsh_average_is_found_in_its_place(values: list[float]) -> None:
    given_values = sample(values)
    exact = [Decimal(repr(value)) for value in values]
    made = sorted(x + y for place, x in enumerate(exact) for y in exact[place:])
    pairs = walsh_sums(given_values)
    assert pairs.total == len(made)
    found = [Decimal(pairs.place(k)).scaleb(-given_values.decimals) for k in range(1, len(made) + 1)]
    assert found == made


@pytest.mark.parametrize(("n", "scale"), [(24_000, 1), (24_000, 10**9), (2_000, 10**40)])
def test_the_shift_of_many_distinct_values_is_counted_and_not_made(n: int, scale: int) -> None:
    """Half a billion differences took 14.5 GiB; each is found in as many counts as its number has bits."""
    a, b = {value * scale: 1 for value in range(n)}, {(value + 2) * scale: 1 for value in range(n)}
    tracemalloc.start()
    found = shift(a, b)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found.estimate == -2.0 * scale
    assert most < 3000 * n
    asked = 0

    def counting(value: int, counted: Callable[[int], int]) -> int:
        nonlocal asked
        asked += 1
        return counted(value)

    pairs = differences(*samples(a, b))
    counted = replace(pairs, at_most=lambda value: counting(value, pairs.at_most))
    assert counted.place(1) == -(n + 1) * scale
    assert asked <= (2 * n * scale).bit_length() + 1


def test_the_paired_shift_of_many_distinct_values_makes_no_pairs() -> None:
    tracemalloc.start()
    found = paired_shift(dict.fromkeys(range(24001), 1))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found.estimate == 12_000.0
    assert most < 72_000_000
