"""When pain counts as relieved or controlled: thresholds for a response, and candidate definitions of pain control.

Every rule is compared exactly, (baseline - x) * 100 >= 30 * baseline in whole numbers or exact decimals: floats misclassify
the edges. There is no agreed definition of "pain control", so each definition here is a candidate; see :mod:`plro_core.pain_control.reconstruction`.
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from plro_core.counts.readings import Since
from plro_core.problems import QueryProblem
from plro_core.text import listed
from plro_core.vocabulary.thresholds import RESPONSE, SEVERITY, SUBSTANTIAL

Measure = Literal["vas", "fall", "points"]

#: Where a bound ends one of the severity words of the scale: that word and the milder ones.
_SEVERITY = {
    int(step.bound): f" ({' or '.join(milder.meaning.removesuffix(' pain') for milder in SEVERITY[: place + 1])} pain)"
    for place, step in enumerate(SEVERITY[:2])
}


def exactly(value: float) -> Fraction:
    """A recorded value as the decimal that it was written as: 7.1 is 71/10."""
    return Fraction(repr(value))


def beyond(baseline: float, value: float, bound: Fraction, percent: bool) -> Fraction:
    """By how much a fall from baseline is more than a bound, in points or percent of the baseline; 0 if it just reaches it."""
    fall = exactly(baseline) - exactly(value)
    return fall * 100 - bound * exactly(baseline) if percent else fall - bound


@dataclass(frozen=True)
class Threshold:
    """A condition on a later VAS: at most a value, or a fall from baseline by so many percent or points.

    A fall from a baseline of 0 is not defined, so no such rule holds there.
    """

    measure: Measure
    bound: int

    @property
    def name(self) -> str:
        return f"{self.measure}-{self.bound}"

    @property
    def label(self) -> str:
        if self.measure == "vas":
            return f"VAS {self.bound}{' or less' if self.bound else ''}{_SEVERITY.get(self.bound, '')}"
        return f"Fall of {self.bound} {'%' if self.measure == 'fall' else 'points'} or more"

    def holds(self, baseline: float, value: float) -> bool:
        """Whether a later VAS meets the rule."""
        if self.measure == "vas":
            return value <= self.bound
        return baseline > 0 and beyond(baseline, value, Fraction(self.bound), self.measure == "fall") >= 0


#: Thresholds for a response to treatment, with their words and sources in ``vocabulary.thresholds``.
THRESHOLDS = tuple(Threshold("fall" if entry.unit == "%" else "points", int(entry.bound)) for entry in RESPONSE)

#: The one that calls a fall substantial.
HALVED = THRESHOLDS[RESPONSE.index(SUBSTANTIAL)]


@dataclass(frozen=True)
class Definition:
    """A candidate definition of pain control: a rule, and whether it must hold at every later visit (``sustained``)."""

    rule: Threshold
    sustained: bool = True

    @property
    def name(self) -> str:
        """A short name for links and commands, such as ``vas-2`` or ``fall-50-first``."""
        return self.rule.name if self.sustained else f"{self.rule.name}-first"

    @property
    def label(self) -> str:
        return f"{self.rule.label}, {'kept to the last visit' if self.sustained else 'for the first time'}"

    def holds(self, baseline: float, value: float) -> bool:
        """Whether a VAS meets the definition's rule at one visit."""
        return self.rule.holds(baseline, value)


@dataclass(frozen=True)
class Control:
    """Each VAS read as controlled or not, against that at baseline; without any pain at baseline there is nothing to control."""

    rule: Threshold
    since: Since = "baseline"

    def sort(self, value: float) -> float:
        return value

    def say(self, before: float, now: float, change: int) -> bool:
        return before == 0 or self.rule.holds(before, now)


_RULES = (*(Threshold("vas", bound) for bound in range(5)), *THRESHOLDS)

#: Every candidate, sustained and first-time.
DEFINITIONS = tuple(Definition(rule, sustained) for rule in _RULES for sustained in (True, False))

#: The candidate that fits the printed times and mean best; ``reconstruct`` gives the reason.
DEFAULT = Definition(Threshold("vas", 2))


def definition(name: str) -> Definition:
    """The candidate definition of that name.

    Raises:
        QueryProblem: there is no such definition.
    """
    for candidate in DEFINITIONS:
        if candidate.name == name:
            return candidate
    names = listed([candidate.name for candidate in DEFINITIONS], "or")
    raise QueryProblem(f"“{name[:60]}” is not a definition of pain control; expected {names}.")
