"""Who responded: the fall in VAS from baseline, per month and threshold, and patient by patient for a waterfall."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from plro_core.cohort import EVERYONE, Cohort
from plro_core.counts import Group, change_of, months, pairs
from plro_core.counts.questions import Paths
from plro_core.counts.readings import AsRecorded
from plro_core.exact import Proportion, Tally, clopper_pearson
from plro_core.lookups import LIMIT, courses
from plro_core.pain_control.patients import Grouping, of_patients_only
from plro_core.pain_control.rules import THRESHOLDS, Threshold, exactly
from plro_core.store import Registry
from plro_core.text import NONE, number

#: Baseline VAS and later VAS of one patient; ``None`` is not recorded.
Pair = tuple[float | None, float | None]


@dataclass(frozen=True)
class Responders:
    """Patients who met a threshold at a month: ``k`` of ``n`` with baseline above 0 and a later VAS.

    ``at_zero`` had both values but a baseline of 0, from which no fall is possible; ``unpaired`` lack one of the two.
    ``proportion`` is k of n with its exact interval.
    """

    threshold: Threshold
    month: int
    group: Group
    proportion: Proportion
    at_zero: int
    unpaired: int

    @property
    def k(self) -> int:
        return self.proportion.k

    @property
    def n(self) -> int:
        return self.proportion.n

    @property
    def patients(self) -> int:
        """Everyone in the group."""
        return self.n + self.at_zero + self.unpaired


@dataclass(frozen=True)
class PainChange:
    """One patient's VAS at baseline and later; ``percent`` is exact, and ``None`` from a baseline of 0."""

    case_id: int
    baseline: float
    value: float

    @property
    def points(self) -> float:
        """Change in points: below 0 is less pain."""
        return change_of(self.baseline, self.value)

    @property
    def percent(self) -> Fraction | None:
        return 100 * exactly(self.points) / exactly(self.baseline) if self.baseline else None

    @property
    def percent_words(self) -> str:
        """The change in whole percent, as printed; exact comparisons use ``percent``."""
        return NONE if self.percent is None else f"{number(float(self.percent))} %"

    def meets(self, threshold: Threshold) -> bool:
        return threshold.holds(self.baseline, self.value)


@dataclass(frozen=True)
class Waterfall:
    """Changes from baseline to a month, the greatest fall first; a baseline of 0 comes last.

    ``n`` patients have both values, ``unpaired`` have not. Where there are more patients than the limit, ``changes`` are
    those of a fixed sample.
    """

    month: int
    changes: tuple[PainChange, ...]
    n: int
    unpaired: int

    @property
    def sampled(self) -> bool:
        return len(self.changes) < self.n


def responders(
    registry: Registry,
    cohort: Cohort = EVERYONE,
    *,
    thresholds: Iterable[Threshold] = THRESHOLDS,
    group: Grouping = None,
) -> list[Responders]:
    """Responders by threshold, month and group, from counts of (baseline, later) pairs of VAS.

    Only the criteria on patients count, not the choice of visits.
    """
    found = pair_counts(registry, cohort, group)
    return [_responders(rule, month, code, counted) for rule in thresholds for (month, code), counted in found.items()]


def pair_counts(
    registry: Registry, cohort: Cohort = EVERYONE, group: Grouping = None
) -> dict[tuple[int, Group], dict[Pair, int]]:
    """By (month after baseline, group): how many patients have each pair of baseline and later VAS.

    Each patient is counted once a month, whether or not she was seen then. Every month of the schedule is there, and
    every other at which a VAS was recorded; without any patient, the group ``None`` has no pairs.
    """
    who, vas = of_patients_only(cohort), registry.vocabulary.variable("vas", "visits")
    found: dict[tuple[int, Group], dict[Pair, int]] = {}
    for month in months(registry):
        by_group = pairs(registry, vas, 0, month, who, group) if month > 0 else {}
        planned = month in registry.vocabulary.months
        if planned or any(value is not None for counted in by_group.values() for _, value in counted):
            found |= {(month, level): counted for level, counted in by_group.items()}
    return found or {(month, None): {} for month in registry.vocabulary.follow_up}


def _responders(rule: Threshold, month: int, group: Group, counted: Mapping[Pair, int]) -> Responders:
    met = meeting(rule.holds, counted)
    return Responders(rule, month, group, clopper_pearson(Tally(met.k, met.n)), met.at_zero, met.unpaired)


@dataclass(frozen=True)
class Meeting:
    """How many patients meet a rule, of ``n`` with both values and a baseline other than 0; who else there is."""

    k: int
    n: int
    at_zero: int
    unpaired: int


def meeting(holds: Callable[[float, float], bool], counted: Mapping[Pair, int]) -> Meeting:
    """Who meets a rule about a value at baseline and a later one, from counted pairs of them."""
    k = n = at_zero = unpaired = 0
    for (baseline, value), count in counted.items():
        if baseline is None or value is None:
            unpaired += count
        elif baseline == 0:
            at_zero += count
        else:
            n += count
            k += count if holds(baseline, value) else 0
    return Meeting(k, n, at_zero, unpaired)


def waterfall(
    registry: Registry, month: int | None = None, cohort: Cohort = EVERYONE, *, limit: int = LIMIT
) -> Waterfall:
    """Each patient's change in VAS from baseline to a month (the first planned one unless told), sorted for drawing."""
    month = next(iter(registry.vocabulary.follow_up), 0) if month is None else month
    who = of_patients_only(cohort)
    vas = registry.vocabulary.variable("vas", "visits")
    changes = [
        PainChange(case_id, baseline, value)
        for case_id, (_, (baseline, value)) in courses(
            registry, Paths(vas, (0, month), AsRecorded(), cohort=who), limit
        )
        if baseline is not None and value is not None
    ]
    counted = pair_counts(registry, who).get((month, None), {})
    n = sum(count for pair, count in counted.items() if None not in pair)
    return Waterfall(month, tuple(sorted(changes, key=_place)), n, sum(counted.values()) - n)


def _place(change: PainChange) -> tuple[bool, Fraction, float, int]:
    return change.percent is None, change.percent or Fraction(0), change.points, change.case_id
