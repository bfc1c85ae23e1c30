"""Exact null distributions of rank sums, by dynamic programming over groups of tied ranks.

Ranks are doubled, which makes midranks whole numbers; ways are counted in 64-bit integers, so nothing is rounded.
"""

import math
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from fractions import Fraction
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from plro_core.exact.samples import LARGEST_EXACT, checked_level

#: Whole numbers, exact.
Whole = NDArray[np.int64]

#: Up to this many distinguishable splits of the patients the distribution of a sum of scores is computed.
MOST_SPLITS = 200_000

#: How many patients share a score, and the score.
Scored = tuple[int, Fraction]


def doubled_midranks(ties: Sequence[int]) -> list[int]:
    """Twice the midrank of each group of tied values, given the groups' sizes in ascending order of value."""
    below, ranks = 0, []
    for size in ties:
        ranks.append(2 * below + size + 1)
        below += size
    return ranks


def rank_sum_ways(ties: Sequence[int], n_a: int) -> Whole:
    """In how many of all choices of ``n_a`` patients their doubled midranks sum to 0, 1, 2 …

    The shift algorithm of Streitberg and Röhmel (1986). ``ties`` are the sizes of the groups of tied values in
    ascending order; all ones where nothing is tied.
    """
    n = sum(ties)
    width = n_a * (2 * n - n_a + 1) + 1
    ways: Whole = np.zeros((n_a + 1, width), dtype=np.int64)
    ways[0, 0] = 1
    for size, rank in zip(ties, doubled_midranks(ties), strict=True):
        before = ways.copy()
        for chosen in range(1, min(size, n_a) + 1):
            added = chosen * rank
            if added < width:
                ways[chosen:, added:] += math.comb(size, chosen) * before[: n_a + 1 - chosen, : width - added]
    found: Whole = ways[n_a]
    return found


def signed_rank_ways(groups: Iterable[tuple[int, int]]) -> Whole:
    """In how many of all choices of signs the doubled ranks of the positive differences sum to 0, 1, 2 …

    ``groups`` are pairs of size and doubled rank of the tied, non-zero absolute differences.
    """
    groups = list(groups)
    ways = np.zeros(sum(size * rank for size, rank in groups) + 1, dtype=np.int64)
    ways[0] = 1
    for size, rank in groups:
        before = ways.copy()
        for positive in range(1, size + 1):
            ways[positive * rank :] += math.comb(size, positive) * before[: len(ways) - positive * rank]
    return ways


def two_sided(ways: Whole, observed: int, doubled_mean: int) -> float:
    """P(|S − E S| ≥ |s − E S|) for a statistic counted by ``ways``; the mean is given doubled."""
    distance = np.abs(2 * np.arange(len(ways)) - doubled_mean)
    return float(Fraction(int(ways[distance >= abs(2 * observed - doubled_mean)].sum()), int(ways.sum())))


def normal_two_sided(distance: float, variance: float, continuity: float = 0.5) -> float:
    """Two-sided normal tail beyond a distance from the mean, after a continuity correction."""
    if variance <= 0:  # every value is the same
        return 1.0
    z = max(0.0, distance - continuity) / math.sqrt(variance)
    return positive(math.erfc(z / math.sqrt(2)))


def positive(probability: float) -> float:
    """A probability that is too small for a floating-point number is the smallest such number, never 0."""
    return max(probability, sys.float_info.min)


def order_for_level(ways: Whole, level: float) -> tuple[int, float]:
    """Which order statistic, counted from either end, bounds an interval of at least ``level``, and the level attained.

    ``ways`` counts the null distribution of a symmetric statistic 0, 1, 2 …. The interval from the k-th smallest to the
    k-th largest has level 1 − 2 P(S ≤ k − 1). Where no k reaches ``level`` the answer is 1: the widest interval.
    """
    counts = [int(count) for count in ways]
    total, tail, wanted = sum(counts), 0, Fraction(repr(checked_level(level)))
    best, attained = 1, 1 - Fraction(2 * counts[0], total)
    for k, count in enumerate(counts, start=1):
        tail += count
        reached = 1 - Fraction(2 * tail, total)
        if reached < wanted:
            break
        best, attained = k, reached
    return best, float(max(attained, Fraction(0)))


def normal_order_for_level(mean: float, variance: float, level: float) -> int:
    """The same order from the normal approximation with continuity correction; the level is then a nominal one."""
    normal = NormalDist(mean, math.sqrt(variance))
    return max(1, math.floor(normal.inv_cdf((1 - checked_level(level)) / 2) + 0.5))


def can_permute(groups: Iterable[Scored], n_a: int) -> bool:
    """Whether few enough splits can be told apart, patients with equal scores being alike, to go through them all."""
    sizes: Counter[Fraction] = Counter()
    for size, score in groups:
        sizes[score] += size
    if sizes.total() > LARGEST_EXACT:
        return False
    ways = [1] + [0] * n_a
    for size in sizes.values():
        ways = [sum(ways[max(0, chosen - size) : chosen + 1]) for chosen in range(n_a + 1)]
    return ways[n_a] <= MOST_SPLITS


def permuted_scores(
    groups: Sequence[Scored], n_a: int, observed: Fraction, tolerance: Fraction = Fraction(0)
) -> tuple[float, float]:
    """Two-sided p of a sum of scores with mean 0 over all choices of ``n_a`` patients, and the smallest there is.

    Distances from 0 that differ by at most ``tolerance`` count as equal.
    """
    unit = math.lcm(*(score.denominator for _, score in groups))
    sums = _sums_of_scores([(size, int(score * unit)) for size, score in groups if size], n_a)
    everything, farthest = sums.total(), max(abs(total) for total in sums)

    def share(distance: int) -> float:
        at_least = distance - tolerance * unit
        return sum(count for total, count in sums.items() if abs(total) >= at_least) / everything

    return share(abs(int(observed * unit))), share(farthest)


def _sums_of_scores(groups: list[tuple[int, int]], n_a: int) -> Counter[int]:
    """In how many of all choices of ``n_a`` patients their whole-number scores have each sum."""
    ways: dict[int, Counter[int]] = {0: Counter({0: 1})}
    left = sum(size for size, _ in groups)
    for size, score in groups:
        left -= size
        after: defaultdict[int, Counter[int]] = defaultdict(Counter)
        for taken, sums in ways.items():
            for chosen in range(max(0, n_a - left - taken), min(size, n_a - taken) + 1):
                factor, target = math.comb(size, chosen), after[taken + chosen]
                for total, count in sums.items():
                    target[total + chosen * score] += factor * count
        ways = after
    return ways[n_a]
