"""How many of how many: intervals for a proportion, and the test of two."""

import math
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np

from plro_core.counts import Frequency
from plro_core.exact.distributions import positive
from plro_core.exact.samples import checked_level, counted, too_few

WILSON = "nominal interval (Wilson score)"
CLOPPER_PEARSON = "exact interval (Clopper–Pearson)"
FISHER = "Fisher's exact test (two-sided by probability)"

#: Up to this total, table probabilities are compared as whole numbers; above, as logarithms with R's tolerance.
LARGEST_WHOLE = 2_000
TOLERANCE = 1e-7


@dataclass(frozen=True)
class Tally:
    """``k`` of ``n`` patients with an event."""

    k: int
    n: int

    def __post_init__(self) -> None:
        if not 0 <= self.k <= self.n:
            raise ValueError(f"{self.k} of {self.n} is not a number of patients out of all patients.")


@dataclass(frozen=True)
class Proportion:
    """A proportion with its interval. An ``exact`` interval covers at least as often as its ``level`` says; the level of any
    other is nominal.
    """

    method: str
    k: int
    n: int
    level: float
    exact: bool
    estimate: float | None = None
    low: float | None = None
    high: float | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Fisher:
    """Fisher's exact test of two proportions; ``p_min`` is the smallest p that these margins can reach."""

    test: str
    k_a: int
    n_a: int
    k_b: int
    n_b: int
    p: float | None = None
    p_min: float | None = None
    reason: str | None = None


def tally(values: Frequency | Mapping[Any, int] | Iterable[Any], event: Hashable = True) -> Tally:
    """How many of the recorded values equal ``event``; missing values count in neither number."""
    counts = counted(values)
    return Tally(counts.get(event, 0), sum(counts.values()))


def wilson(observed: Tally, *, level: float = 0.95) -> Proportion:
    """Score interval of one proportion, without continuity correction (Wilson 1927)."""
    k, n = observed.k, observed.n
    if not n:
        return Proportion(WILSON, k, n, level, False, reason="No proportion: no patient has a value")
    z = _z(level)
    centre = (k + z * z / 2) / (n + z * z)
    half = z / (n + z * z) * math.sqrt(k * (n - k) / n + z * z / 4)
    low = 0.0 if k == 0 else max(0.0, centre - half)
    high = 1.0 if k == n else min(1.0, centre + half)
    return Proportion(WILSON, k, n, level, False, k / n, low, high)


def clopper_pearson(observed: Tally, *, level: float = 0.95) -> Proportion:
    """Exact interval of one proportion from equal binomial tails, of at least ``level`` (Clopper and Pearson 1934)."""
    k, n, tail = observed.k, observed.n, (1 - checked_level(level)) / 2
    if not n:
        return Proportion(CLOPPER_PEARSON, k, n, level, True, reason="No proportion: no patient has a value")
    low = 0.0 if k == 0 else _root(lambda p: at_least(k, n, p) - tail)
    high = 1.0 if k == n else _root(lambda p: tail - (1 - at_least(k + 1, n, p)))
    return Proportion(CLOPPER_PEARSON, k, n, level, True, k / n, low, high)


def at_least(k: int, n: int, p: float) -> float:
    """P(X ≥ k) for a binomial X, k from 1 to n: the regularised incomplete beta function I_p(k, n − k + 1)."""
    a, b = k, n - k + 1
    if p <= 0 or p >= 1:
        return float(p >= 1)
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(p) + b * math.log1p(-p))
    if p < (a + 1) / (a + b + 2):
        return front * _continued_fraction(a, b, p) / a
    return 1 - front * _continued_fraction(b, a, 1 - p) / b


def _continued_fraction(a: int, b: int, x: float) -> float:
    """The continued fraction of the incomplete beta function (DLMF 8.17.22), evaluated after Lentz (1976)."""
    tiny = 1e-300
    c, d = 1.0, 1 / ((1 - (a + b) * x / (a + 1)) or tiny)
    value, m = d, 0
    while True:
        m += 1
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for term in (even, odd):
            d = 1 / ((1 + term * d) or tiny)
            c = (1 + term / c) or tiny
            value *= c * d
        if abs(c * d - 1) < 1e-16 or m > 10_000:
            return value


def _root(increasing: Callable[[float], float]) -> float:
    """Where an increasing function of a probability crosses 0, by bisection to the last bit."""
    low, high = 0.0, 1.0
    while low < (middle := (low + high) / 2) < high:
        if increasing(middle) < 0:
            low = middle
        else:
            high = middle
    return high


def _z(level: float) -> float:
    return NormalDist().inv_cdf((1 + checked_level(level)) / 2)


def fisher(a: Tally, b: Tally) -> Fisher:
    """Fisher's exact test: two-sided p sums the tables that are no more probable than the observed one (Fisher 1935).

    The same rule as R's ``fisher.test``. No p where a group has fewer than 2 patients; ``p_min``, the p of the least
    probable table with these margins, is given even then.
    """
    reason = too_few(a.n, b.n)
    if not a.n or not b.n:
        return Fisher(FISHER, a.k, a.n, b.k, b.n, reason=reason)
    events = a.k + b.k
    lowest = max(0, events - b.n)
    probability = _whole_tables(a.n, b.n, events) if a.n + b.n <= LARGEST_WHOLE else _many_tables(a.n, b.n, events)
    p_min = min(probability(0), probability(min(events, a.n) - lowest))
    p = None if reason else probability(a.k - lowest)
    return Fisher(FISHER, a.k, a.n, b.k, b.n, p, p_min, reason)


def _whole_tables(n_a: int, n_b: int, events: int) -> Callable[[int], float]:
    """For each table, by its place: the probability of those that are no more probable, in whole numbers."""
    weights = [math.comb(n_a, k) * math.comb(n_b, events - k) for k in _possible(n_a, n_b, events)]
    return lambda at: sum(weight for weight in weights if weight <= weights[at]) / sum(weights)


def _many_tables(n_a: int, n_b: int, events: int) -> Callable[[int], float]:
    """The same of large groups, by the logarithm of each table's probability against the likeliest one's.

    It is summed up from there, step by step, so that what is rounded is small where a probability is not.
    """
    tables = _possible(n_a, n_b, events)
    k = np.arange(tables.start, tables.stop - 1, dtype=np.float64)
    steps = np.log((n_a - k) * (events - k)) - np.log((k + 1) * (n_b - events + k + 1))
    top = int(np.searchsorted(-steps, 0.0))
    weights = np.concatenate((-steps[:top][::-1].cumsum()[::-1], [0.0], steps[top:].cumsum()))
    shares = np.exp(weights)
    likely = shares > 0
    total = math.fsum(shares[likely])
    return lambda at: min(1.0, positive(math.fsum(shares[likely & (weights <= weights[at] + TOLERANCE)]) / total))


def _possible(n_a: int, n_b: int, events: int) -> range:
    """How many events there may be in A, if there are so many in all."""
    return range(max(0, events - n_b), min(events, n_a) + 1)
