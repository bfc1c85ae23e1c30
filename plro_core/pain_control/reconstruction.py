"""What "pain control" may have meant: each candidate definition against what a document prints.

A document may print a mean time and the times of some patients, and that these were the latest, without saying what pain
control is. A definition is tested on the document's patients only, with the printed times in place: they must lie between
the right visits, the mean must lie within its bounds, and nobody may have been later. The result is reconstructed, not
reported.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from plro_core.cohort import Cohort, Criterion
from plro_core.exact.turnbull import Between
from plro_core.pain_control.rules import DEFAULT, DEFINITIONS, Definition, exactly
from plro_core.pain_control.times import ControlTime, control_times
from plro_core.store import Registry
from plro_core.text import as_recorded, listed, number

#: What may have been rounded to the printed mean: half a unit of its last decimal to either side.
ROUNDING = Fraction(5, 100)

LABEL = "reconstructed"

#: So many of a document's patients are looked at.
_MOST_PATIENTS = 100

_ORDER = {"vas": 0, "fall": 1, "points": 2}


@dataclass(frozen=True)
class Candidate:
    """One definition, tested on the times of a document's patients against the mean that it prints, in months.

    The bounds of the mean are open below and closed above; an upper one of ``None`` is not known, because somebody was
    not controlled by her last visit. ``low`` and ``high`` hold with the printed times in place, ``high_if_latest`` when
    also nobody was later than the earliest of them. ``midpoint`` takes the middle of each interval.
    """

    definition: Definition
    times: tuple[ControlTime, ...]
    low: Fraction
    high: Fraction | None
    midpoint: Fraction | None
    visits_only: Fraction | None
    high_if_latest: Fraction | None
    rivals: tuple[int, ...]
    can_be_latest: bool
    printed_mean: Fraction

    @property
    def by_visit(self) -> Fraction | None:
        """The mean when each time is that of the first visit with control, the printed times apart."""
        return self.high

    @property
    def contradictions(self) -> tuple[str, ...]:
        return tuple(time.contradiction for time in self.times if time.contradicted)

    @property
    def mean_fits(self) -> bool:
        """Whether a mean within the bounds may have been printed as the printed one."""
        return self._holds(self.high)

    def _holds(self, high: Fraction | None) -> bool:
        """Whether a mean above ``low`` and no higher than ``high`` may have been printed as the printed mean."""
        mean = self.printed_mean
        return self.low < mean + ROUNDING and (high is None or high >= mean - ROUNDING)

    @property
    def are_latest(self) -> bool:
        """Whether the patients with a printed time were the latest for certain."""
        return self.can_be_latest and not self.rivals

    @property
    def fits(self) -> bool:
        """Whether all printed statements can be true together."""
        together = self.can_be_latest and self._holds(self.high_if_latest)
        return not self.contradictions and together

    @property
    def verdict(self) -> str:
        """Fits, or what does not."""
        problems = []
        if self.contradictions:
            numbers = [str(time.case_id) for time in self.times if time.contradicted]
            problems.append(f"contradicts the printed time of patient{'s' * (len(numbers) > 1)} {listed(numbers)}")
        if not self.mean_fits:
            problems.append(f"the mean cannot be {_months(self.printed_mean, 1)}")
        if not self.can_be_latest:
            problems.append("somebody else was later")
        elif self.mean_fits and not self._holds(self.high_if_latest):
            problems.append("the mean and the latest patients exclude each other")
        return "; ".join(problems) or "fits"


@dataclass(frozen=True)
class Reconstruction:
    """All candidates, best first, and why the first is the default. ``reason`` is one or more sentences."""

    candidates: tuple[Candidate, ...]
    default: Definition
    reason: tuple[str, ...]

    @property
    def label(self) -> str:
        return f"{self.default.label} ({LABEL})"

    @property
    def fitting(self) -> tuple[Candidate, ...]:
        return tuple(candidate for candidate in self.candidates if candidate.fits)


def reconstruct(registry: Registry, definitions: Sequence[Definition] = DEFINITIONS) -> Reconstruction:
    """Test each definition against what a document prints, and choose the one to start from.

    Where several fit, the one that comes nearest to the printed mean when times are those of the visits and nobody was
    later than the printed patients; then the one with fewest other patients who may have been as late; then a VAS, which
    needs no baseline; then control that lasts.
    """
    candidates = []
    told = next((bound for bound in registry.documents if bound.document.pain_control_mean), None)
    if told:
        mean, numbers = Fraction(told.document.pain_control_mean), sorted(told.patients)[:_MOST_PATIENTS]
        patients = Cohort((Criterion.naming(numbers, registry.vocabulary),))
        tried = ((entry, tuple(control_times(registry, entry, patients))) for entry in definitions)
        candidates = [
            _candidate(entry, times, mean) for entry, times in tried if any(time.printed is not None for time in times)
        ]
    if not candidates:
        return Reconstruction((), DEFAULT, (f"Pain control here means “{DEFAULT.label}”, one of several definitions.",))
    ranked = tuple(sorted(candidates, key=_rank))
    return Reconstruction(ranked, ranked[0].definition, tuple(_reason(ranked, how_defined(registry))))


def _candidate(definition: Definition, times: tuple[ControlTime, ...], printed_mean: Fraction) -> Candidate:
    named = {time.case_id: exactly(time.printed) for time in times if time.printed is not None}
    latest = min(named.values())
    others = {time.case_id: time.seen for time in times if time.case_id not in named and time.seen is not None}
    ends = [_end(seen) for seen in others.values()]
    n, sum_named = len(named) + len(others), sum(named.values(), Fraction(0))
    can_be_latest = all(after < latest for after, _ in others.values())
    low = (sum_named + sum(Fraction(after) for after, _ in others.values())) / n
    high = _mean([*named.values(), *ends])
    capped = _mean([*named.values(), *(latest if end is None else min(end, latest) for end in ends)])
    return Candidate(
        definition,
        times,
        low=low,
        high=high,
        midpoint=None if high is None else (low + high) / 2,
        visits_only=_mean([_end(time.seen) for time in times if time.seen is not None]),
        high_if_latest=capped if can_be_latest else None,
        rivals=tuple(case_id for case_id, end in zip(others, ends, strict=True) if end is None or end > latest),
        can_be_latest=can_be_latest,
        printed_mean=printed_mean,
    )


def _end(seen: Between) -> Fraction | None:
    return None if seen[1] is None else exactly(seen[1])


def _mean(values: Sequence[Fraction | None]) -> Fraction | None:
    known = [value for value in values if value is not None]
    return sum(known, Fraction(0)) / len(known) if len(known) == len(values) and known else None


def _rank(candidate: Candidate) -> tuple[bool, int, bool, Fraction, int, int, bool, int]:
    nearest = candidate.high_if_latest
    rule = candidate.definition.rule
    return (
        not candidate.fits,
        len(candidate.contradictions),
        not candidate.mean_fits,
        Fraction(1000) if nearest is None else abs(nearest - candidate.printed_mean),
        len(candidate.rivals),
        _ORDER[rule.measure],
        not candidate.definition.sustained,
        rule.bound,
    )


def how_defined(registry: Registry) -> str:
    """What the document that all patients are of says of how it defines pain control, in words inside a sentence."""
    return registry.told("pain_control.defined", "how pain control was defined is not recorded")


def _reason(ranked: Sequence[Candidate], defined: str) -> list[str]:
    """Why the first of the ranked candidates is the default, in sentences with their figures."""
    best, fitting = ranked[0], [candidate for candidate in ranked[1:] if candidate.fits]
    printed = _months(best.printed_mean, 1)
    start = _capital(defined)
    if not best.fits:
        return [
            f"{start}, and no definition tried fits all that it prints; {_quoted(best)} comes nearest ({best.verdict})."
        ]
    named = [time for time in best.times if time.printed is not None]
    placed = listed([f"{as_recorded(time.printed or 0)} months for patient {time.case_id}" for time in named])
    sentences = [
        f"{start}; {_quoted(best)} is {LABEL} from what it prints.",
        f"It puts the printed times ({placed}) between the right visits, and with them the mean lies above "
        f"{_months(best.low)} and is at most {_months(best.high)} months, which holds the printed {printed}.",
        _latest_sentence(best, printed),
        f"Taken at the visits the mean would be {_months(best.by_visit)} months, and taken midway {_months(best.midpoint)}: "
        f"neither convention alone prints {printed}.",
    ]
    return [sentence for sentence in [*sentences, *_alternatives(best, fitting)] if sentence]


def _latest_sentence(best: Candidate, printed: str) -> str:
    names = listed([f"patient {time.case_id}" for time in best.times if time.printed is not None])
    latest = min(time.printed for time in best.times if time.printed is not None)
    if not best.rivals:
        return f"{_capital(names)} are then the latest for certain."
    rivals = listed([f"patient {case_id}" for case_id in best.rivals])
    words = f"{_capital(names)} can be the latest only if {rivals} had control by {as_recorded(latest)} months; "
    words += f"the mean is then at most {_months(best.high_if_latest)} months"
    as_printed = best.high_if_latest == best.printed_mean
    return (
        f"{words}, exactly {printed} when all others count from the visit that first shows it."
        if as_printed
        else f"{words}."
    )


def _alternatives(best: Candidate, fitting: Sequence[Candidate]) -> list[str]:
    """The other definitions that fit: those with the same times in every patient, and those that ask for more."""
    same = [candidate for candidate in fitting if _seen(candidate) == _seen(best)]
    more = [candidate for candidate in fitting if candidate not in same]
    sentences = []
    if same:
        names = listed([_quoted(candidate) for candidate in same])
        sentences.append(
            f"{names} {'gives' if len(same) == 1 else 'give'} the same times in every patient: these data cannot tell them apart."
        )
    for candidate in more:
        rivals = listed([str(case_id) for case_id in candidate.rivals])
        asks = f"only if patients {rivals} also had control before the printed patients" if rivals else "as well"
        sentences.append(f"{_quoted(candidate)} fits {asks}.")
    return sentences


def _seen(candidate: Candidate) -> list[Between | None]:
    return [time.seen for time in candidate.times]


def _quoted(candidate: Candidate) -> str:
    return f"“{candidate.definition.label}”"


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _months(value: Fraction | None, decimals: int = 2) -> str:
    return number(None if value is None else float(value), decimals)
