"""Two independent groups: the exact rank-sum test, the Hodges–Lehmann shift and Cliff's delta."""

import math
from dataclasses import dataclass

from plro_core.exact.distributions import (
    doubled_midranks,
    normal_order_for_level,
    normal_two_sided,
    order_for_level,
    positive,
    rank_sum_ways,
    two_sided,
)
from plro_core.exact.pairs import differences, median_and_bounds, more_and_less
from plro_core.exact.samples import LARGEST_EXACT, Sample, Values, not_attainable, samples, too_few
from plro_core.text import patients

EXACT_RANK_SUM = "exact rank-sum test (Wilcoxon–Mann–Whitney, conditional on ties)"
ASYMPTOTIC_RANK_SUM = "asymptotic rank-sum test (Wilcoxon–Mann–Whitney, tie-corrected, continuity-corrected)"
EXACT_SHIFT = "Hodges–Lehmann shift with exact rank-sum interval"
ASYMPTOTIC_SHIFT = "Hodges–Lehmann shift with asymptotic rank-sum interval"
CLIFF = "Cliff's delta"


@dataclass(frozen=True)
class RankSum:
    """A rank-sum test of group A against group B.

    ``rank_sum`` is the sum of A's midranks, ``expected`` its mean under the null, ``p_min`` the smallest p that these
    group sizes and ties can reach, whatever the split. ``exact`` tells the conditional exact form from the asymptotic.
    """

    test: str
    n_a: int
    n_b: int
    exact: bool
    tied: bool
    rank_sum: float | None = None
    expected: float | None = None
    p: float | None = None
    p_min: float | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Shift:
    """The Hodges–Lehmann estimate of A − B and an interval with its level.

    Of an ``exact`` interval ``level`` is the level that it attains: exactly that on a continuous scale, at least that on
    a scale of steps, where values can be ``tied``. Otherwise it is nominal. ``reason`` says why something is missing, or that the ``wanted`` level cannot be attained (the
    interval is then the widest there is).
    """

    method: str
    n_a: int
    n_b: int
    wanted: float
    exact: bool
    tied: bool
    estimate: float | None = None
    low: float | None = None
    high: float | None = None
    level: float | None = None
    reason: str | None = None


@dataclass(frozen=True)
class CliffsDelta:
    """P(A > B) − P(A < B) over all pairs of a patient from A and one from B; from −1 to 1, 0 when neither prevails."""

    method: str
    n_a: int
    n_b: int
    estimate: float | None = None
    reason: str | None = None


def rank_sum(a: Values, b: Values, *, decimals: int | None = None) -> RankSum:
    """Rank-sum test of A against B (Wilcoxon 1945, Mann and Whitney 1947), exact given the ties up to 60 patients.

    Two-sided p = P(|W − E W| ≥ |w − E W|) over all splits of the pooled midranks (Streitberg and Röhmel 1986). With
    ties the null distribution may be skew, so this is not twice the smaller tail. Above 60 patients the normal form
    with the variance corrected for ties and a continuity correction of ½ (as R's ``wilcox.test``).
    No p where a group has fewer than 2 patients; ``p_min`` is given even then.
    """
    first, second = samples(a, b, decimals=decimals)
    ties, chosen = _pooled(first, second)
    n_a, n_b, n = first.n, second.n, first.n + second.n
    exact, tied = n <= LARGEST_EXACT, any(size > 1 for size in ties)
    test = EXACT_RANK_SUM if exact else ASYMPTOTIC_RANK_SUM
    reason = too_few(n_a, n_b)
    if not n_a or not n_b:
        return RankSum(test, n_a, n_b, exact, tied, reason=reason)
    doubled = sum(count * rank for count, rank in zip(chosen, doubled_midranks(ties), strict=True))
    expected = n_a * (n + 1) / 2
    p = None
    if reason is None and exact:
        p = two_sided(rank_sum_ways(ties, n_a), doubled, 2 * n_a * (n + 1))
    elif reason is None:
        p = normal_two_sided(abs(doubled / 2 - expected), _variance(n_a, n_b, ties))
    return RankSum(test, n_a, n_b, exact, tied, doubled / 2, expected, p, smallest_p(ties, n_a), reason)


def _pooled(a: Sample, b: Sample) -> tuple[list[int], list[int]]:
    """For each distinct value of both groups, ascending: how many patients have it, and how many of them are in A."""
    in_a, in_b = dict(zip(a.values, a.counts, strict=True)), dict(zip(b.values, b.counts, strict=True))
    values = sorted(in_a.keys() | in_b.keys())
    return [in_a.get(value, 0) + in_b.get(value, 0) for value in values], [in_a.get(value, 0) for value in values]


def _variance(n_a: int, n_b: int, ties: list[int]) -> float:
    """Variance of the rank sum, corrected for ties."""
    n = n_a + n_b
    return n_a * n_b / 12 * (n + 1 - sum(size**3 - size for size in ties) / (n * (n - 1)))


def smallest_p(ties: list[int] | tuple[int, ...], n_a: int) -> float:
    """The smallest two-sided p of the exact rank-sum test, over all splits, for these sizes of groups of tied values.

    The rank sum is farthest from its mean when A holds the lowest values or the highest, so only these two ends count.
    """
    n = sum(ties)
    mean = n_a * (n + 1)
    ends = [_end(ties, doubled_midranks(ties), n_a), _end(ties[::-1], doubled_midranks(ties)[::-1], n_a)]
    if ends[0][0] == ends[1][0]:
        ends = ends[:1]
    farthest = max(abs(total - mean) for total, _, _ in ends)
    groups = [(size, taken) for total, size, taken in ends if abs(total - mean) == farthest]
    if n <= LARGEST_EXACT:
        return sum(math.comb(size, taken) for size, taken in groups) / math.comb(n, n_a)
    return positive(math.fsum(math.exp(_log_comb(*group) - _log_comb(n, n_a)) for group in groups))


def _end(ties: list[int] | tuple[int, ...], ranks: list[int], n_a: int) -> tuple[int, int, int]:
    """A's doubled rank sum when it takes values in this order; size, and taken part, of the last tie that it enters."""
    left, total = n_a, 0
    for size, rank in zip(ties, ranks, strict=True):
        taken = min(size, left)
        total, left = total + taken * rank, left - taken
        if not left:
            return total, size, taken
    raise ValueError("A group cannot have more patients than both groups together.")


def _log_comb(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)


def shift(a: Values, b: Values, *, level: float = 0.95, decimals: int | None = None) -> Shift:
    """How far A lies above B: the median of all differences A − B (Hodges and Lehmann 1963), with an interval.

    The interval runs from the k-th smallest to the k-th largest difference, both ends included, where k is the largest
    for which the rank-sum distribution without ties gives 1 − 2 P(U ≤ k − 1) ≥ ``level`` (Lehmann 1975). That level
    is attained exactly on a continuous scale; with ties the closed interval covers at least as often (Noether 1967),
    so it errs towards width, and at its edge it may disagree with the test, which is conditional on the ties. Above
    60 patients k comes from the normal form without correction for ties, and the level is nominal.
    """
    first, second = samples(a, b, decimals=decimals)
    n_a, n_b = first.n, second.n
    exact = n_a + n_b <= LARGEST_EXACT
    tied = any(size > 1 for size in _pooled(first, second)[0])
    method = EXACT_SHIFT if exact else ASYMPTOTIC_SHIFT
    reason = too_few(n_a, n_b, "No difference", smallest=1)
    if reason:
        return Shift(method, n_a, n_b, level, exact, tied, reason=reason)
    pairs = differences(first, second)
    k, attained = _order(n_a, n_b, level) if exact else (_normal_order(n_a, n_b, level), level)
    estimate, low, high = median_and_bounds(pairs, k, first.decimals)
    reason = not_attainable(level, attained, f"{n_a} and {patients(n_b)}")
    if not attained:
        return Shift(method, n_a, n_b, level, exact, tied, estimate, reason=reason)
    return Shift(method, n_a, n_b, level, exact, tied, estimate, low, high, attained, reason)


def _order(n_a: int, n_b: int, level: float) -> tuple[int, float]:
    """Which difference, counted from either end, bounds the interval, and the level that it attains."""
    return order_for_level(rank_sum_ways([1] * (n_a + n_b), n_a)[n_a * (n_a + 1) :: 2], level)


def _normal_order(n_a: int, n_b: int, level: float) -> int:
    pairs = n_a * n_b
    return normal_order_for_level(pairs / 2, pairs * (n_a + n_b + 1) / 12, level)


def cliffs_delta(a: Values, b: Values, *, decimals: int | None = None) -> CliffsDelta:
    """Cliff's delta (Cliff 1993): the share of pairs in which A is higher less the share in which A is lower."""
    first, second = samples(a, b, decimals=decimals)
    reason = too_few(first.n, second.n, "No difference", smallest=1)
    if reason:
        return CliffsDelta(CLIFF, first.n, second.n, reason=reason)
    more, less = more_and_less(first, second)
    return CliffsDelta(CLIFF, first.n, second.n, (more - less) / (first.n * second.n))
