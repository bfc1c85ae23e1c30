"""Checks of what a document says of pain: relief, resolution, visits, and the undefined "pain control"."""

import math
from collections import Counter
from decimal import Decimal
from fractions import Fraction
from statistics import median
from typing import Any

from plro_core import exact
from plro_core.series.claims import printed
from plro_core.series.claims.evidence import Evidence, month_of
from plro_core.series.claims.model import Claim, Verdict, compared
from plro_core.series.claims.rounding import decimals, written
from plro_core.text import as_recorded, listed

#: A patient's time to pain control lies after the first month and not after the second (``None``: not seen).
Bracket = tuple[float, float | None]


def visit_months(evidence: Evidence, claim: Claim) -> Verdict:
    """The months after baseline at which every patient was seen."""
    after = {tuple(month for month in months if month) for months in evidence.months.values()}
    recomputed = ", ".join(str(month) for month in sorted({month for months in after for month in months}))
    words = (
        f"{evidence.title_of('visits')} has these visits for all {evidence.n}."
        if len(after) == 1
        else "Not every patient has every visit."
    )
    same = after == {printed.numbers(claim.printed)}
    return compared(same, recomputed, words, words)


def before_first_visit(evidence: Evidence, claim: Claim) -> Verdict:
    """Something said to have happened before anyone was seen again."""
    first = min((month for months in evidence.months.values() for month in months if month), default=None)
    if first is None:
        return Verdict("", "not_checkable", "No visit after baseline is recorded.")
    words = f"The first visit after baseline is at month {first}; nothing is recorded before it."
    return Verdict(f"first visit at month {first}", "not_checkable", words)


def relief(evidence: Evidence, claim: Claim) -> Verdict:
    """How many patients' VAS fell by a percentage or more, compared in whole numbers."""
    month, least = month_of(claim.parameters["month"]), int(claim.parameters["percent"])
    start, later = _both_scores(evidence, month)
    if "where" in claim.parameters:
        asked = evidence.ids(claim.parameters["where"])
        later = {patient: value for patient, value in later.items() if patient in asked}
    if not later:
        return _NO_PAIN
    found = [patient for patient in later if (start[patient] - later[patient]) * 100 >= least * start[patient]]
    falls = [start[patient] - later[patient] for patient in later]
    words = (
        f"VAS fell by {least} % or more in {len(found)} of {len(later)} by month {month}; the falls run "
        f"from {min(falls)} to {max(falls)} points."
    )
    wanted = evidence.n if "where" not in claim.parameters else len(asked)
    return compared(len(found) == wanted, f"{len(found)} of {len(later)}", words, words)


def resolution(evidence: Evidence, claim: Claim) -> Verdict:
    """How many patients had no pain left at a visit."""
    month = month_of(claim.parameters["month"])
    values = evidence.values("vas", month)
    if not values:
        return _NO_PAIN
    free = [patient for patient, value in values.items() if value == 0]
    lowest, highest = min(values.values()), max(values.values())
    words = f"VAS at month {month} runs from {lowest} to {highest}; it is 0 in {evidence.names(free)}."
    return compared(len(free) == evidence.n, f"{len(free)} of {len(values)} at VAS 0", words, words)


_NO_PAIN = Verdict("", "not_checkable", "No VAS is recorded at these visits.")


def _both_scores(evidence: Evidence, month: int | None) -> tuple[dict[int, Any], dict[int, Any]]:
    """The VAS at baseline and at a visit, of those who have both."""
    start, later = evidence.values("vas", 0), evidence.values("vas", month)
    return start, {patient: value for patient, value in later.items() if patient in start}


def _months(claim: Claim) -> Decimal:
    """The printed time; the check of the file has made sure that there is one."""
    return printed.months(claim.printed) or Decimal(0)


def _smallest(values: list[Any], size: int) -> float:
    """The smallest two-sided p that the exact rank-sum test of so many against the rest can reach, given these ties."""
    ties = [count for _, count in sorted(Counter(values).items())]
    return exact.smallest_p(ties, size)


def _definitions(claim: Claim) -> dict[str, tuple[str, int]]:
    """Candidate definitions, from "vas<=2,fall>=50": their words, and what to compare with."""
    found = {}
    for part in claim.parameters["definitions"].split(","):
        kind, _, number = part.partition("<=" if "<=" in part else ">=")
        words = f"a VAS of {number} or less" if kind == "vas" else f"a fall of {number} % or more"
        found[words] = (kind, int(number))
    return found


def brackets(evidence: Evidence, kind: str, bound: int) -> dict[int, Bracket]:
    """Between which visits each patient with a VAS at baseline reached, and from then on kept, a definition."""
    answer: dict[int, Bracket] = {}
    for patient, months in evidence.months.items():
        scores = {month: evidence.cell("vas", patient, month) for month in months}
        if scores.get(0) is None:
            continue
        reached: int | None = None
        for month in sorted((month for month, score in scores.items() if score is not None), reverse=True):
            fall = (scores[0] - scores[month]) * 100 >= bound * scores[0]
            if month == 0 or not (fall if kind == "fall" else scores[month] <= bound):
                break
            reached = month
        before = max((month for month in months if reached is None or month < reached), default=0)
        answer[patient] = (before, reached)
    return answer


def _matching(evidence: Evidence, claim: Claim) -> dict[str, dict[int, Bracket]]:
    """The definitions under which every printed time lies between the right visits."""
    times_printed = evidence.values("pain_control_months")
    found = {}
    for words, (kind, bound) in _definitions(claim).items():
        times = brackets(evidence, kind, bound)
        if all(p in times and _lies(time, times[p]) for p, time in times_printed.items()):
            found[words] = {**times, **{patient: (time, time) for patient, time in times_printed.items()}}
    return found


def _lies(time: float, bracket: Bracket) -> bool:
    after, by = bracket
    return by is not None and after < time <= by


def control_mean(evidence: Evidence, claim: Claim) -> Verdict:
    """The printed mean time to pain control: between which bounds the visits hold it."""
    mean, parts = _months(claim), list[tuple[str, str]]()
    for words, times in _matching(evidence, claim).items():
        if times and all(end is not None for _, end in times.values()):
            low, high = _mean_bounds(times)
            holds = "holds" if _holds(low, high, mean) else "does not hold"
            bounds = f"{written(low, decimals(mean) + 1)}–{written(high, decimals(mean) + 1)}"
            parts.append((bounds, f"{words} {holds} it ({bounds})"))
    times_of = evidence.names(list(evidence.values("pain_control_months")))
    words = f"Pain control is never defined and its time is printed only for {times_of}. "
    words += (
        f"Read as a lasting state, {listed([part for _, part in parts])}."
        if parts
        else "No definition tried fits these times."
    )
    return Verdict("; ".join(dict.fromkeys(bounds for bounds, _ in parts)), "not_checkable", words)


def _mean_bounds(times: dict[int, Bracket]) -> tuple[Fraction, Fraction]:
    """Between what the mean time lies, when everyone's is known to lie in a bracket."""
    return (
        sum((Fraction(start) for start, _ in times.values()), Fraction(0)) / len(times),
        sum((Fraction(end or 0) for _, end in times.values()), Fraction(0)) / len(times),
    )


def _holds(low: Fraction, high: Fraction, mean: Decimal) -> bool:
    """Whether ``mean`` may have been printed for one above ``low`` and no higher than ``high``."""
    half = Fraction(1, 2 * 10 ** decimals(mean))
    return low < Fraction(mean) + half and high >= Fraction(mean) - half


def control_time(evidence: Evidence, claim: Claim) -> Verdict:
    """One patient's printed time to pain control: which definitions put it between the right visits."""
    patient, time = int(claim.parameters["case"]), float(_months(claim))
    fitting, spans = [], []
    for words, (kind, bound) in _definitions(claim).items():
        times = brackets(evidence, kind, bound)
        if patient in times and _lies(time, times[patient]):
            start, end = times[patient]
            fitting.append(words)
            spans.append(f"{start:g}–{end:g}")
    words = "No visit took place then, and pain control is not defined. "
    words += (
        f"It would lie between the right visits for {listed(fitting, 'or')}."
        if fitting
        else "No definition tried fits it."
    )
    return Verdict("; ".join(dict.fromkeys(spans)), "not_checkable", words)


def control_latest(evidence: Evidence, claim: Claim) -> Verdict:
    """That certain patients were the last to reach pain control: who else may have been."""
    named = evidence.ids(claim.parameters["where"])
    rivals: set[int] = set()
    mean = _months(evidence.claims[claim.parameters["mean"]])
    for times in _matching(evidence, claim).values():
        if not times or any(end is None for _, end in times.values()) or not _holds(*_mean_bounds(times), mean):
            continue
        earliest = min((times[patient][0] for patient in named if patient in times), default=math.inf)
        rivals |= {p for p in times if p not in named and ((end := times[p][1]) is None or end > earliest)}
    alike = {
        p: same for p in sorted(rivals) if (same := [q for q in named if _course(evidence, p) == _course(evidence, q)])
    }
    words = f"{evidence.title_of('visits')} has no time of pain control, only visits."
    if rivals:
        words += f" {evidence.names(sorted(rivals)).capitalize()} may have been as late"
        words += " under a definition that fits the printed times and mean"
        words += "".join(
            f"; {evidence.names([p])} had the same VAS at the last two visits as {evidence.names(same)}"
            for p, same in alike.items()
        )
        words += "."
    return Verdict("cannot be told", "not_checkable", words)


def _course(evidence: Evidence, patient: int) -> tuple[int | None, ...]:
    return tuple(evidence.cell("vas", patient, month) for month in evidence.months[patient][-2:])


def group_contrast(evidence: Evidence, claim: Claim) -> Verdict:
    """A claimed effect on pain: the falls in VAS of the two groups, and what else sets them apart."""
    month = month_of(claim.parameters["month"])
    group = evidence.ids(claim.parameters["where"])
    start, later = _both_scores(evidence, month)
    if not later or not 0 < len(group) < evidence.n:
        return Verdict("", "not_checkable", "There are no two groups with a VAS at both visits.")
    falls = {patient: start[patient] - later[patient] for patient in later}
    inside = [falls[patient] for patient in group if patient in falls]
    outside = [fall for patient, fall in falls.items() if patient not in group]
    medians = [f"{as_recorded(median(part))} (n = {len(part)})" for part in (inside, outside) if part]
    recomputed = f"median fall {listed(medians)}"
    words = f"By month {month}, in {evidence.names(group)} and the others. No test or p-value is printed;"
    words += f" an exact rank-sum test of {len(inside)} against {len(outside)} with these ties"
    words += f" cannot reach a two-sided p below {_smallest(list(falls.values()), len(inside)):.4f}."
    shared = [
        f"{evidence.registry.vocabulary.variable(name).words} in all of them"
        for name in ("smoking",)
        if all(evidence.cell(name, p) for p in group)
    ]
    return Verdict(
        recomputed, "not_checkable", words + (f" The first group has more in common: {shared[0]}." if shared else "")
    )
