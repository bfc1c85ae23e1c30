"""Times known only to lie between two visits: the nonparametric maximum likelihood estimate of Turnbull (1976)."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from plro_core.exact.distributions import can_permute, normal_two_sided, permuted_scores
from plro_core.exact.samples import counted, exactly, too_few

#: The event came after the first time and by the second: (0, 1). A second time of ``None``: not by the last visit.
#: Two equal times: an event at exactly that time.
Between = tuple[float, float | None]

TURNBULL = "Turnbull estimate for interval-censored times (NPMLE by EM)"
EXACT_INTERVAL_LOG_RANK = "exact log-rank test for interval-censored times (permutation)"
ASYMPTOTIC_INTERVAL_LOG_RANK = "asymptotic log-rank test for interval-censored times (permutation variance)"

#: EM goes in rounds of so many steps, and gives up after so many rounds.
STEPS_A_ROUND = 500
MOST_ROUNDS = 100
#: The estimate has converged when its log-likelihood per patient is at most this far below the maximum.
TOLERANCE = 1e-8
#: EM stops when no mass changes by more than this share in a step.
STILL = 1e-10
#: A cumulated mass this near to one half is one half: nearer than one patient in ten million could move it.
HALF = 1e-8
#: Anything below is no mass.
SMALLEST_MASS = 1e-10
#: Scores are rounded to this, which makes their sums exact.
GRAIN = Fraction(1, 10**8)

#: An observed or innermost interval: after the first time and by the second.
Cell = tuple[Decimal, Decimal | None]

Real = NDArray[np.float64]


@dataclass(frozen=True)
class Mass:
    """Probability of the event after ``after`` and by ``by``; equal times are a point, ``by`` of ``None`` is open.

    Where inside the interval the probability lies cannot be known from the data.
    """

    after: float
    by: float | None
    mass: float


@dataclass(frozen=True)
class Turnbull:
    """Where the probability of the event lies: ``masses`` in ascending order, adding up to 1.

    The masses are the only ones of this likelihood, but where inside its interval each lies is not determined, so
    neither are means and differences of survival there. ``median`` is the interval in which the share with the event
    passes one half. Where it is exactly one half for a while, every time until the next event is a median, so the interval
    runs to the end of the next mass, and ``half_by`` is the time by which it surely is one half. The end of the median is open
    where that is after the last visit.
    """

    method: str
    n: int
    masses: tuple[Mass, ...] = ()
    median: Between | None = None
    half_by: float | None = None
    log_likelihood: float | None = None
    steps: int = 0
    converged: bool = False
    reason: str | None = None

    def share_by(self, time: float) -> tuple[float, float] | None:
        """Lowest and highest share with the event by a time that the estimate allows; equal where it is determined."""
        if not self.masses:
            return None
        surely = math.fsum(mass.mass for mass in self.masses if mass.by is not None and mass.by <= time)
        open_now = (mass for mass in self.masses if mass.after < time and (mass.by is None or mass.by > time))
        return min(1.0, surely), min(1.0, surely + math.fsum(mass.mass for mass in open_now))


@dataclass(frozen=True)
class IntervalLogRank:
    """A log-rank test of A against B for interval-censored times.

    ``excess`` is the sum of A's scores: above 0 the event comes earlier in A, below 0 later. ``p_min`` is the smallest
    p that any split of these times into groups of these sizes reaches (exact form only).
    """

    test: str
    n_a: int
    n_b: int
    exact: bool
    excess: float | None = None
    p: float | None = None
    p_min: float | None = None
    reason: str | None = None


def turnbull(times: Mapping[Between, int] | Iterable[Between], *, decimals: int | None = None) -> Turnbull:
    """Estimate when the event happens from intervals, open on the left and closed on the right (Turnbull 1976).

    Mass can lie only where a left end is followed by a right end with no end between (Peto 1973). It is found by EM;
    small masses are set to 0 where the Kuhn–Tucker conditions allow it, which also judge convergence (Gentleman and
    Geyer 1994). The masses are unique: every interval that can hold mass ends some observed interval, so the
    probabilities of the observed intervals determine the cumulated masses one after the other.

    Raises:
        ValueError: an interval ends before it begins.
    """
    observed = _exactly(times, decimals)
    if not observed:
        return Turnbull(TURNBULL, 0, reason="No patient has a time")
    cells, allowed, weights = _problem(observed)
    mass, steps = _maximise(allowed, weights)
    masses = tuple(
        Mass(float(after), None if by is None else float(by), float(share))
        for (after, by), share in zip(cells, mass, strict=True)
        if share > 0
    )
    return Turnbull(
        TURNBULL,
        sum(observed.values()),
        masses,
        *_median(masses),
        float(weights @ np.log(allowed @ mass)),
        steps,
        bool(_gradient(allowed, weights, mass).max() - 1 <= TOLERANCE),
    )


def interval_log_rank(
    a: Mapping[Between, int] | Iterable[Between],
    b: Mapping[Between, int] | Iterable[Between],
    *,
    decimals: int | None = None,
) -> IntervalLogRank:
    """Log-rank test of A against B for times known only to lie between two visits, by permutation.

    Each patient's score comes from the pooled estimate: the log-rank score of Peto and Peto (1972) averaged over her
    interval (Fay 1999). Two-sided p is the share of all splits whose sum lies at least as far from 0; it is
    exact where the visits do not differ between the groups. Where too many splits can be told apart, the normal
    form with the permutation variance. No p where a group has fewer than 2 patients.
    """
    first, second = _exactly(a, decimals), _exactly(b, decimals)
    pooled, n_a, n_b = first + second, first.total(), second.total()
    scores = _scores(pooled) if pooled else {}
    groups = [(count, scores[interval]) for interval, count in pooled.items()]
    exact = can_permute(groups, n_a)
    test = EXACT_INTERVAL_LOG_RANK if exact else ASYMPTOTIC_INTERVAL_LOG_RANK
    reason = too_few(n_a, n_b)
    if reason is None and not any(scores.values()):
        reason = "No test: the times do not tell one patient from another"
    if reason:
        return IntervalLogRank(test, n_a, n_b, exact, reason=reason)
    excess = sum((count * scores[interval] for interval, count in first.items()), Fraction(0))
    if exact:
        p, p_min = permuted_scores(groups, n_a, excess, tolerance=n_a * 10 * GRAIN)
        return IntervalLogRank(test, n_a, n_b, exact, float(excess), p, p_min)
    n = n_a + n_b
    variance = n_a * n_b / (n * (n - 1)) * float(sum(count * score**2 for count, score in groups))
    p = normal_two_sided(abs(float(excess)), variance, continuity=0)
    return IntervalLogRank(test, n_a, n_b, exact, float(excess), p)


def _scores(pooled: Counter[Cell]) -> dict[Cell, Fraction]:
    """Mean log-rank score of each observed interval: 1 less the mean cumulative hazard over the masses inside it."""
    _, allowed, weights = _problem(pooled)
    mass, _ = _maximise(allowed, weights)
    later = np.maximum(0.0, 1 - np.cumsum(mass))
    bounds = np.concatenate(([1.0], np.where(later < SMALLEST_MASS, 0.0, later)))
    products = np.array([share * math.log(share) if share else 0.0 for share in bounds])
    values = (allowed @ (products[:-1] - products[1:])) / (allowed @ mass)
    grains = [round(float(value) / float(GRAIN)) for value in values]
    return {interval: Fraction(grain) * GRAIN for interval, grain in zip(pooled, grains, strict=True)}


def _problem(observed: Counter[Cell]) -> tuple[list[Cell], Real, Real]:
    """The innermost intervals, which of them each observed interval holds, and how often each was observed."""
    cells = _innermost(list(observed))
    allowed = np.array([[_holds(interval, cell) for cell in cells] for interval in observed], dtype=np.float64)
    return cells, allowed, np.array(list(observed.values()), dtype=np.float64)


def _exactly(times: Mapping[Between, int] | Iterable[Between], decimals: int | None) -> Counter[Cell]:
    """The intervals as given, in ascending order: sums do not depend on the order in which patients are given."""
    gathered: Counter[Cell] = Counter()
    for (after, by), count in counted(times).items():
        start = exactly(after, decimals)
        end = None if by is None or by == math.inf else exactly(by, decimals)
        if end is not None and end < start:
            raise ValueError(f"An event cannot come after {after} and by {by}.")
        gathered[start, end] += count
    return Counter(dict(sorted(gathered.items(), key=lambda item: _ends(*item[0]))))


def _ends(after: Decimal, by: Decimal | None) -> tuple[Decimal, Decimal | float]:
    return after, math.inf if by is None else by


def _innermost(intervals: list[Cell]) -> list[Cell]:
    """Intervals from a left end to a right end with no other end between, in ascending order.

    At one time an exact event begins first, then intervals end, then intervals open.
    """
    ends: set[tuple[Decimal | float, int]] = set()
    for after, by in intervals:
        ends.add((after, 0 if after == by else 2))
        ends.add((math.inf if by is None else by, 1))
    ordered = sorted(ends)
    return [
        (Decimal(left), None if right == math.inf else Decimal(right))
        for (left, opens), (right, closes) in pairwise(ordered)
        if opens != 1 and closes == 1
    ]


def _holds(interval: Cell, cell: Cell) -> bool:
    """Whether an innermost interval lies inside an observed one."""
    (after, by), (start, end) = interval, cell
    begins = start >= after if after == by or start != end else start > after
    return begins and (by is None or (end is not None and end <= by))


def _gradient(allowed: Real, weights: Real, mass: Real) -> Real:
    """1 plus the gain in log-likelihood per patient by moving mass to each interval; nowhere above 1 at the maximum."""
    gradient: Real = allowed.T @ (weights / (allowed @ mass)) / weights.sum()
    return gradient


def _maximise(allowed: Real, weights: Real) -> tuple[Real, int]:
    """Masses of greatest likelihood, and the EM steps that it took.

    EM creeps towards a mass of 0, so after each round masses that have become small are tried at 0.
    """
    mass, steps = np.full(allowed.shape[1], 1 / allowed.shape[1]), 0
    for round_number in range(1, MOST_ROUNDS + 1):
        mass, taken = _em(allowed, weights, mass)
        steps += taken
        if taken < STEPS_A_ROUND:
            break
        trial = np.where(mass < 5 / (round_number * STEPS_A_ROUND), 0.0, mass)
        if (trial < mass).any() and (allowed @ trial > 0).all():
            trial, taken = _em(allowed, weights, trial / trial.sum())
            steps += taken
            if taken < STEPS_A_ROUND and _gradient(allowed, weights, trial).max() - 1 <= TOLERANCE:
                return trial, steps
    return np.where(mass < SMALLEST_MASS, 0.0, mass), steps


def _em(allowed: Real, weights: Real, mass: Real) -> tuple[Real, int]:
    """One round of self-consistency steps; fewer steps than a round has mean that the masses stand still."""
    for step in range(STEPS_A_ROUND):
        ratio = _gradient(allowed, weights, mass)
        if np.abs(ratio[mass > SMALLEST_MASS] - 1).max() <= STILL and ratio[mass > 0].max() - 1 <= STILL:
            return mass, step
        mass = mass * ratio
        mass /= mass.sum()
    return mass, STEPS_A_ROUND


def _median(masses: tuple[Mass, ...]) -> tuple[Between, float | None]:
    """The interval in which the cumulated mass passes one half; where a mass brings it to exactly one half, that mass and
    the next, with the time by which it is.
    """
    reached = 0.0
    for mass, following in zip(masses, (*masses[1:], masses[-1]), strict=True):
        reached += mass.mass
        if reached > 0.5 + HALF:
            return (mass.after, mass.by), None
        if reached >= 0.5 - HALF:
            return (mass.after, following.by), mass.by
    raise ValueError("The masses do not add up to 1.")
