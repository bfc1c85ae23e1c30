"""Time to pain control: known only to lie between two visits, except where a time is stated.

A patient is at risk when a VAS is recorded at baseline that does not meet the definition, and another later. Her time
lies after the last recorded visit without control and not after the first with it; a missing visit widens the interval.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from plro_core.cohort import EVERYONE, Cohort
from plro_core.counts import Group, months, paths
from plro_core.counts.questions import Paths
from plro_core.exact import IntervalLogRank, Turnbull, interval_log_rank, turnbull
from plro_core.exact.turnbull import Between
from plro_core.lookups import LIMIT, courses
from plro_core.pain_control.patients import Grouping, of_patients_only
from plro_core.pain_control.rules import DEFAULT, Control, Definition
from plro_core.statistics import SMALLEST_N_FOR_MEDIAN
from plro_core.store import Registry
from plro_core.text import NONE, as_recorded, counted_months, from_to

#: Why a patient has no time, by code.
LEFT_OUT = {
    "no_baseline": "no VAS at baseline",
    "at_baseline": "already controlled at baseline",
    "no_later": "no VAS after baseline",
}


@dataclass(frozen=True)
class ControlTime:
    """One patient's time: what the visits say (``seen``), what is printed, and which of the two is used. ``stated`` says
    how the source gives it.

    A printed time is used as exact where the visits allow it. Where they contradict it (``contradicted``) the recorded
    VAS rules. ``between`` is ``None`` for a patient who is not at risk; ``left_out`` then says why.
    """

    case_id: int
    group: Group
    seen: Between | None
    left_out: str | None = None
    printed: float | None = None
    printed_times: bool = True
    stated: str = "stated"

    @property
    def contradicted(self) -> bool:
        """Whether the recorded VAS rule the printed time out, under this definition."""
        if self.printed is None:
            return False
        if self.seen is None:
            return self.left_out == "at_baseline"
        after, by = self.seen
        return self.printed <= after or (by is not None and self.printed > by)

    @property
    def exact(self) -> bool:
        """Whether the printed time is used."""
        return self.printed_times and self.printed is not None and not self.contradicted

    @property
    def between(self) -> Between | None:
        return (self.printed, self.printed) if self.exact and self.printed is not None else self.seen

    @property
    def contradiction(self) -> str:
        """The contradiction in one sentence; empty where there is none."""
        if not self.contradicted or self.printed is None:
            return ""
        start = f"Patient {self.case_id}: {counted_months(self.printed)} is {self.stated}, but the recorded VAS "
        if self.seen is None:
            return f"{start}already meets this definition at baseline."
        after, by = self.seen
        if by is not None and self.printed > by:
            return f"{start}already meets this definition at month {by:g}."
        return f"{start}does not yet meet this definition at month {after:g}."


@dataclass(frozen=True)
class Estimate:
    """When pain was controlled in a group, with the Turnbull estimate and its median interval.

    ``n`` patients are at risk; ``censored`` of them were not controlled by their last visit; ``exact`` have a printed
    time in use. ``left_out`` counts those without a time, by code. With ``contradicted`` printed times the visits rule.
    ``times`` counts equal times.
    """

    definition: Definition
    group: Group
    turnbull: Turnbull
    censored: int
    exact: int
    contradicted: int
    left_out: dict[str, int] = field(default_factory=dict)
    times: Counter[Between] = field(default_factory=Counter)

    @property
    def n(self) -> int:
        return self.turnbull.n

    @property
    def events(self) -> int:
        return self.n - self.censored

    @property
    def median(self) -> Between | None:
        """The Turnbull median; none below three patients, like any median."""
        return self.turnbull.median if self.n >= SMALLEST_N_FOR_MEDIAN else None

    @property
    def half_words(self) -> str:
        """That exactly half had control by a time, where that leaves the median open; else empty."""
        half_by = self.turnbull.half_by
        return "" if half_by is None else f", exactly half by month {as_recorded(half_by)}"


def between_words(between: Between | None) -> str:
    """A time between two visits in words: "month 1 to 3", "3.5 months", "after month 6", "after baseline"."""
    if between is None:
        return NONE
    after, by = between
    if by is None:
        return f"after month {as_recorded(after)}" if after else "after baseline"
    return counted_months(by) if after == by else f"month {from_to(as_recorded(after), as_recorded(by))}"


def control_times(
    registry: Registry,
    definition: Definition = DEFAULT,
    cohort: Cohort = EVERYONE,
    *,
    group: Grouping = None,
    printed_times: bool = True,
    limit: int = LIMIT,
) -> list[ControlTime]:
    """Each patient's time to pain control, by patient number; a fixed sample of ``limit`` patients where there are more."""
    asked = _paths(registry, definition, cohort, group)
    word = registry.stated_word
    return [
        ControlTime(case_id, level, *_seen(definition, asked.months, path), printed, printed_times, word)
        for case_id, (level, path, printed) in courses(registry, asked, limit)
    ]


def _paths(registry: Registry, definition: Definition, cohort: Cohort, group: Grouping) -> Paths:
    """The question of when pain was controlled: at which visits, with the printed time beside."""
    words = registry.vocabulary
    vas, printed = words.variable("vas", "visits"), words.variable("pain_control_months", "cases")
    return Paths(vas, months(registry), Control(definition.rule), (printed,), of_patients_only(cohort), group)


def _seen(
    definition: Definition, months: Sequence[int], path: Sequence[bool | None]
) -> tuple[Between | None, str | None]:
    """Between which visits pain was controlled, or why there is no time: from whether it was at each month."""
    controlled = {month: met for month, met in zip(months, path, strict=True) if met is not None}
    if 0 not in controlled:
        return None, "no_baseline"
    if controlled[0]:
        return None, "at_baseline"
    if len(controlled) == 1:
        return None, "no_later"
    held = [month for month, met in controlled.items() if met]
    without = [month for month, met in controlled.items() if not met]
    first = min(held, default=max(without) + 1)
    after = max(without if definition.sustained else [month for month in without if month < first])
    return (after, min((month for month in held if month > after), default=None)), None


def estimates(
    registry: Registry,
    definition: Definition = DEFAULT,
    cohort: Cohort = EVERYONE,
    *,
    group: Grouping = None,
    printed_times: bool = True,
) -> dict[Group, Estimate]:
    """Time to pain control in each group; without ``group``, of everybody under ``None``.

    From counts of equal intervals, however many patients there are. Groups without patients are absent, except that
    without ``group`` there is always an answer.
    """
    counted = _counted(registry, definition, cohort, group, printed_times)
    if group is None:
        counted = {None: counted.get(None, Counter())}
    return {code: _estimate(definition, code, times) for code, times in counted.items()}


def estimate(
    registry: Registry, definition: Definition = DEFAULT, cohort: Cohort = EVERYONE, *, printed_times: bool = True
) -> Estimate:
    """Time to pain control in a cohort."""
    return estimates(registry, definition, cohort, printed_times=printed_times)[None]


def compare_times(
    registry: Registry,
    group: Grouping,
    a: Group,
    b: Group,
    definition: Definition = DEFAULT,
    cohort: Cohort = EVERYONE,
    *,
    printed_times: bool = True,
) -> IntervalLogRank:
    """The log-rank test of two groups for interval-censored times: for those who ask for a test."""
    counted = _counted(registry, definition, cohort, group, printed_times)
    first, second = (_intervals(counted.get(code, Counter())) for code in (a, b))
    return interval_log_rank(first, second)


def _counted(
    registry: Registry, definition: Definition, cohort: Cohort, group: Grouping, printed_times: bool
) -> dict[Group, Counter[ControlTime]]:
    """How many patients of each group have equal times; the patient's number is left at 0."""
    asked = _paths(registry, definition, cohort, group)
    found: dict[Group, Counter[ControlTime]] = {}
    for level, counts in paths(registry, asked).items():
        times = found.setdefault(level, Counter())
        for (path, printed), count in counts.items():
            times[ControlTime(0, level, *_seen(definition, asked.months, path), printed, printed_times)] += count
    return found


def _intervals(times: Counter[ControlTime]) -> Counter[Between]:
    intervals: Counter[Between] = Counter()
    for time, count in times.items():
        if time.between is not None:
            intervals[time.between] += count
    return intervals


def _estimate(definition: Definition, group: Group, times: Counter[ControlTime]) -> Estimate:
    intervals = _intervals(times)
    left_out: Counter[str] = Counter()
    for time, count in times.items():
        if time.between is None and time.left_out is not None:
            left_out[time.left_out] += count
    return Estimate(
        definition,
        group,
        turnbull(intervals),
        sum(count for (_, by), count in intervals.items() if by is None),
        sum(count for time, count in times.items() if time.exact),
        sum(count for time, count in times.items() if time.contradicted),
        {code: left_out[code] for code in LEFT_OUT if left_out[code]},
        intervals,
    )
