"""Two values of the same patients: the exact signed-rank test and the paired Hodges–Lehmann shift."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from plro_core.counts import Frequency
from plro_core.exact.distributions import (
    doubled_midranks,
    normal_order_for_level,
    normal_two_sided,
    order_for_level,
    positive,
    signed_rank_ways,
    two_sided,
)
from plro_core.exact.pairs import median_and_bounds, walsh_sums
from plro_core.exact.samples import (
    LARGEST_EXACT,
    SMALLEST_N_FOR_TEST,
    Sample,
    Values,
    difference,
    exactly,
    not_attainable,
    sample,
)
from plro_core.text import patients

EXACT_SIGNED_RANK = "exact signed-rank test (Wilcoxon, zeros after Pratt, conditional on ties)"
ASYMPTOTIC_SIGNED_RANK = "asymptotic signed-rank test (Wilcoxon, zeros after Pratt, continuity-corrected)"
EXACT_PAIRED_SHIFT = "paired Hodges–Lehmann shift with exact signed-rank interval"
ASYMPTOTIC_PAIRED_SHIFT = "paired Hodges–Lehmann shift with asymptotic signed-rank interval"

#: Two values of one patient, earlier first; ``None`` is missing.
Pair = tuple[float | None, float | None]


@dataclass(frozen=True)
class SignedRank:
    """A signed-rank test of the changes of ``n`` patients, of whom ``zeros`` did not change.

    ``rank_sum`` is the sum of the ranks of the positive changes, ``expected`` its mean under the null, ``p_min`` the
    smallest p that these absolute changes can reach.
    """

    test: str
    n: int
    zeros: int
    exact: bool
    tied: bool
    rank_sum: float | None = None
    expected: float | None = None
    p: float | None = None
    p_min: float | None = None
    reason: str | None = None


@dataclass(frozen=True)
class PairedShift:
    """The Hodges–Lehmann estimate of a change and an interval with its level.

    Of an ``exact`` interval ``level`` is the level that it attains: exactly that on a continuous scale, at least that on
    a scale of steps, where changes can be ``tied`` or zero. Otherwise it is nominal. ``reason`` says why something is missing, or that the ``wanted`` level cannot be attained.
    """

    method: str
    n: int
    wanted: float
    exact: bool
    tied: bool
    estimate: float | None = None
    low: float | None = None
    high: float | None = None
    level: float | None = None
    reason: str | None = None


def changes(pairs: Mapping[Pair, int] | Iterable[Pair], *, decimals: int | None = None) -> Frequency:
    """Changes, later value less earlier, exactly; missing where either value is."""
    counts = pairs if isinstance(pairs, Mapping) else Counter(pairs)
    gathered: Counter[Decimal] = Counter()
    missing = 0
    for (earlier, later), count in counts.items():
        if earlier is None or later is None:
            missing += count
        else:
            gathered[difference(exactly(later, decimals), exactly(earlier, decimals))] += count
    return Frequency({float(value): gathered[value] for value in sorted(gathered)}, missing)


def signed_rank(differences: Values, *, decimals: int | None = None) -> SignedRank:
    """Signed-rank test of paired differences against 0 (Wilcoxon 1945), exact given ties and zeros up to 60 patients.

    Zeros are ranked with the others and then left out of the sum (Pratt 1959): dropping them first can make a result
    look stronger when a change shrinks. Two-sided p = P(|T − E T| ≥ |t − E T|) over all signs of the non-zero
    differences. Above 60 patients the normal form with a continuity correction of ½. No p below 2 patients.
    """
    given = sample(differences, decimals)
    zeros, groups, doubled = _signed_ranks(given)
    exact = given.n <= LARGEST_EXACT
    tied = any(size > 1 for size, _ in groups)
    test = EXACT_SIGNED_RANK if exact else ASYMPTOTIC_SIGNED_RANK
    if given.n < SMALLEST_N_FOR_TEST:
        has = "has" if given.n == 1 else "have"
        reason = f"No test: {patients(given.n)} {has} both values"
        return SignedRank(test, given.n, zeros, exact, tied, reason=reason)
    doubled_total = sum(size * rank for size, rank in groups)
    if exact:
        p = two_sided(signed_rank_ways(groups), doubled, doubled_total)
    else:
        variance = sum(size * rank**2 for size, rank in groups) / 16
        p = normal_two_sided(abs(doubled - doubled_total / 2) / 2, variance)
    nonzero = given.n - zeros
    p_min = positive(2.0 ** (1 - nonzero)) if nonzero else 1.0
    return SignedRank(test, given.n, zeros, exact, tied, doubled / 2, doubled_total / 4, p, p_min)


def _signed_ranks(given: Sample) -> tuple[int, list[tuple[int, int]], int]:
    """Number of zeros, (size, doubled midrank) of each non-zero absolute value, doubled rank sum of the positive."""
    counts = dict(zip(given.values, given.counts, strict=True))
    absolute = sorted({abs(value) for value in counts})
    sizes = [counts.get(value, 0) + (counts.get(-value, 0) if value else 0) for value in absolute]
    ranked = list(zip(absolute, sizes, doubled_midranks(sizes), strict=True))
    groups = [(size, rank) for value, size, rank in ranked if value]
    return counts.get(0, 0), groups, sum(counts.get(value, 0) * rank for value, _, rank in ranked if value)


def paired_shift(differences: Values, *, level: float = 0.95, decimals: int | None = None) -> PairedShift:
    """The median of the Walsh averages of paired differences (Hodges and Lehmann 1963), with an interval.

    The interval runs from the k-th smallest to the k-th largest Walsh average, both ends included, with k from the
    signed-rank distribution without ties and zeros (Tukey 1949, in Lehmann 1975). With ties or zeros the closed
    interval covers at least as often as the stated level (Noether 1967). Symmetric differences are assumed.
    """
    given = sample(differences, decimals)
    n, exact = given.n, given.n <= LARGEST_EXACT
    tied = 0 in given.values or any(size > 1 for size, _ in _signed_ranks(given)[1])
    method = EXACT_PAIRED_SHIFT if exact else ASYMPTOTIC_PAIRED_SHIFT
    if not n:
        return PairedShift(method, n, level, exact, tied, reason="No change: no patient has both values")
    k, attained = _order(n, level) if exact else (_normal_order(n, level), level)
    estimate, low, high = median_and_bounds(walsh_sums(given), k, given.decimals, divisor=2)
    reason = not_attainable(level, attained, patients(n))
    if not attained:
        return PairedShift(method, n, level, exact, tied, estimate, reason=reason)
    return PairedShift(method, n, level, exact, tied, estimate, low, high, attained, reason)


def _order(n: int, level: float) -> tuple[int, float]:
    """Which Walsh average, counted from either end, bounds the interval, and the level that it attains."""
    return order_for_level(signed_rank_ways((1, rank) for rank in range(1, n + 1)), level)


def _normal_order(n: int, level: float) -> int:
    return normal_order_for_level(n * (n + 1) / 4, n * (n + 1) * (2 * n + 1) / 24, level)
