"""Times to an event that are known to the day or cut off: Kaplan–Meier and the exact log-rank test.

A time that is known only to lie between two visits belongs to :mod:`plro_core.exact.turnbull` instead.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from plro_core.exact.distributions import can_permute, normal_two_sided, permuted_scores
from plro_core.exact.samples import counted, exactly, too_few

#: A time, and whether it is that of the event (False: the last time without it).
Time = tuple[float, bool]
Times = Mapping[Time, int] | Iterable[Time]

KAPLAN_MEIER = "Kaplan–Meier"
EXACT_LOG_RANK = "exact log-rank test (permutation)"
ASYMPTOTIC_LOG_RANK = "asymptotic log-rank test"


@dataclass(frozen=True)
class Step:
    """One time at which somebody had the event or was lost from sight; ``survival`` is the share still without it."""

    time: float
    at_risk: int
    events: int
    censored: int
    survival: float


@dataclass(frozen=True)
class KaplanMeier:
    """The product-limit estimate.

    ``median`` runs from the first time at which at most half are without the event to the first at which fewer are: one
    time twice, except where exactly half are without it for a while; its end is ``None`` where they stay so.
    """

    method: str
    n: int
    events: int
    steps: tuple[Step, ...] = ()
    median: tuple[float, float | None] | None = None
    reason: str | None = None


@dataclass(frozen=True)
class LogRank:
    """A log-rank test of A against B; ``observed`` and ``expected`` are events in A.

    ``p_min`` is the smallest p that any split of these times into groups of these sizes reaches (exact form only).
    """

    test: str
    n_a: int
    n_b: int
    exact: bool
    observed: int
    expected: float | None = None
    p: float | None = None
    p_min: float | None = None
    reason: str | None = None


def _exactly(times: Times, decimals: int | None) -> Counter[tuple[Decimal, bool]]:
    """Count of each (time, event)."""
    gathered: Counter[tuple[Decimal, bool]] = Counter()
    for (time, event), count in counted(times).items():
        gathered[exactly(time, decimals), bool(event)] += count
    return gathered


def kaplan_meier(times: Times, *, decimals: int | None = None) -> KaplanMeier:
    """Share without the event over time (Kaplan and Meier 1958); at equal times events come before losses."""
    counts = _exactly(times, decimals)
    at_risk = n = sum(counts.values())
    survival, steps = Fraction(1), []
    median: tuple[float, float | None] | None = None
    for time in sorted({time for time, _ in counts}):
        events, censored = counts[time, True], counts[time, False]
        survival *= Fraction(at_risk - events, at_risk)
        steps.append(Step(float(time), at_risk, events, censored, float(survival)))
        median = _median(median, float(time), survival)
        at_risk -= events + censored
    reason = None
    if median is None:
        reason = "No median: more than half are without the event throughout" if n else "No patient has a time"
    return KaplanMeier(KAPLAN_MEIER, n, sum(step.events for step in steps), tuple(steps), median, reason)


def _median(
    median: tuple[float, float | None] | None, time: float, survival: Fraction
) -> tuple[float, float | None] | None:
    """The median as it is known after a time: where it begins, and once fewer than half are left also where it ends."""
    if survival > Fraction(1, 2) or (median and median[1] is not None):
        return median
    start = median[0] if median else time
    return start, time if survival < Fraction(1, 2) else None


def log_rank(a: Times, b: Times, *, decimals: int | None = None) -> LogRank:
    """Log-rank test of A against B (Mantel 1966), by permutation where that is feasible.

    Observed less expected events in A is a sum of scores, event less pooled Nelson–Aalen hazard, over A's patients
    (Peto and Peto 1972). Two-sided p is the share of all splits of the patients that lie at least as far from 0;
    it is exact where losses from sight befall both groups alike. Where too many splits can be told apart, the
    chi-square form with the hypergeometric variance. No p where a group has fewer than 2 patients.
    """
    first, second = _exactly(a, decimals), _exactly(b, decimals)
    n_a, n_b = first.total(), second.total()
    scores = _scores(first + second)
    groups = [(count, scores[key]) for key, count in (first + second).items()]
    exact = can_permute(groups, n_a)
    test = EXACT_LOG_RANK if exact else ASYMPTOTIC_LOG_RANK
    observed = sum(count for (_, event), count in first.items() if event)
    reason = too_few(n_a, n_b)
    if reason is None and not any(event for _, event in scores):
        reason = "No test: nobody had the event"
    if reason:
        return LogRank(test, n_a, n_b, exact, observed, reason=reason)
    excess = sum((count * scores[key] for key, count in first.items()), Fraction(0))
    expected = float(observed - excess)
    if not exact:
        p = normal_two_sided(abs(float(excess)), _hypergeometric_variance(first, second), continuity=0)
        return LogRank(test, n_a, n_b, exact, observed, expected, p)
    p, p_min = permuted_scores(groups, n_a, excess)
    return LogRank(test, n_a, n_b, exact, observed, expected, p, p_min)


def _scores(pooled: Counter[tuple[Decimal, bool]]) -> dict[tuple[Decimal, bool], Fraction]:
    """Event (1 or 0) less the cumulative hazard at the time, for each (time, event)."""
    at_risk, hazard = pooled.total(), Fraction(0)
    scores: dict[tuple[Decimal, bool], Fraction] = {}
    for time in sorted({time for time, _ in pooled}):
        hazard += Fraction(pooled[time, True], at_risk)
        scores |= {(time, event): event - hazard for event in (True, False) if pooled[time, event]}
        at_risk -= pooled[time, True] + pooled[time, False]
    return scores


def _hypergeometric_variance(a: Counter[tuple[Decimal, bool]], b: Counter[tuple[Decimal, bool]]) -> float:
    """Variance of the number of events in A, summed over the event times."""
    pooled, variance = a + b, 0.0
    risk_a, risk = a.total(), pooled.total()
    for time in sorted({time for time, _ in pooled}):
        events = pooled[time, True]
        if risk > 1:
            variance += events * risk_a * (risk - risk_a) * (risk - events) / (risk**2 * (risk - 1))
        risk_a -= a[time, True] + a[time, False]
        risk -= events + pooled[time, False]
    return variance
