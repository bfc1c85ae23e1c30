"""What a comparison is made of: differences, each with its place among traits, treatment and outcomes, and who is compared."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from plro_core.cohort import EVERYONE, Cohort
from plro_core.counts import Frequency
from plro_core.exact import (
    Fisher,
    RankSum,
    RiskDifference,
    Shift,
    Tally,
    cliffs_delta,
    fisher,
    rank_sum,
    risk_difference,
    shift,
)
from plro_core.statistics import SMALLEST_N_FOR_MEDIAN, median
from plro_core.vocabulary import Variable

#: What patients bring with them, what was done, and what came of it.
Role = Literal["trait", "treatment", "outcome"]
ROLES: tuple[Role, ...] = ("trait", "treatment", "outcome")

#: What the level of an interval is: the level that it attains, one that it covers at least as often, or a name only.
LevelIs = Literal["attained", "at least", "nominal"]

#: What may be done with patients who are in both: leave them out of A, or out of B.
LEAVE_OUT = ("a", "b")


@dataclass(frozen=True)
class Difference:
    """A against B on one variable, at one visit, in the change from baseline to it, or on one level.

    Estimate and test follow from the frequencies by the method that is fixed by the kind of variable, and are computed when they
    are first asked for: a page shows few of many. ``estimate`` is the Hodges–Lehmann shift A − B of a number (in its unit), or the risk difference A − B of a level
    (from −1 to 1); ``level`` is that of the interval, and ``level_is`` says what it is. What cannot be computed is
    ``None``, with the ``reason`` (two sentences where interval and test each have one). ``p_holm`` is given within the
    family alone.
    """

    variable: Variable
    month: int | None
    value: str | None
    a: Frequency
    b: Frequency
    change: bool = False
    p_holm: float | None = None

    @cached_property
    def _moved(self) -> Shift | RiskDifference:
        return shift(self.a, self.b) if self.value is None else risk_difference(*self._tallies)

    @cached_property
    def _tested(self) -> RankSum | Fisher:
        return rank_sum(self.a, self.b) if self.value is None else fisher(*self._tallies)

    @property
    def _tallies(self) -> tuple[Tally, Tally]:
        code = str(self.value)
        return Tally(having(self.a, code), self.a.n), Tally(having(self.b, code), self.b.n)

    @property
    def method(self) -> str:
        return self._moved.method

    @property
    def estimate(self) -> float | None:
        return self._moved.estimate

    @property
    def interval(self) -> tuple[float, float] | None:
        low, high = self._moved.low, self._moved.high
        return None if low is None or high is None else (low, high)

    @property
    def level(self) -> float | None:
        return self._moved.level if self.value is None or self.interval else None

    @property
    def level_is(self) -> LevelIs:
        if not self._moved.exact:
            return "nominal"
        return "attained" if self.value is None else "at least"

    @property
    def interval_reason(self) -> str | None:
        """Why there is no estimate or no interval, or why that is not of the wanted level."""
        return self._moved.reason

    @cached_property
    def cliffs_delta(self) -> float | None:
        return cliffs_delta(self.a, self.b).estimate if self.value is None else None

    @property
    def test(self) -> str:
        return self._tested.test

    @property
    def p(self) -> float | None:
        return self._tested.p

    @property
    def p_min(self) -> float | None:
        return self._tested.p_min

    @property
    def reason(self) -> str | None:
        """Why something is missing: of the interval and of the test, or of everything where there is no estimate."""
        reasons = [self._moved.reason, *([] if self.estimate is None else [self._tested.reason])]
        return ". ".join(reason for reason in reasons if reason) or None

    @property
    def n_a(self) -> int:
        return self.a.n

    @property
    def n_b(self) -> int:
        return self.b.n

    @property
    def key(self) -> str:
        """The comparison's name, unique within one comparison of two cohorts: "vas.1", "vas.1.change", "smoking.yes"."""
        month = "" if self.month is None else str(self.month)
        parts = (self.variable.name, month, self.value or "", "change" if self.change else "")
        return ".".join(part for part in parts if part)

    @property
    def role(self) -> Role:
        """What is recorded at a visit after baseline is an outcome, and so is what is declared to be one."""
        if self.month or self.variable.outcome:
            return "outcome"
        return "treatment" if self.variable.group == "Treatment" else "trait"

    def as_dict(self, tests: bool = False) -> dict[str, Any]:
        """Plain values for JSON; a missing value is null. Tests are for those who ask."""
        told = {
            "variable": self.variable.name,
            "month": self.month,
            "value": self.value,
            "change_from_baseline": self.change,
            "role": self.role,
            "unit": self.variable.stated_unit or None,
            "n_a": self.n_a,
            "n_b": self.n_b,
            "missing_a": self.a.missing,
            "missing_b": self.b.missing,
            **self._positions(),
            "method": self.method,
            "estimate": self.estimate,
            "interval": list(self.interval) if self.interval else None,
            "level": self.level,
            "level_is": self.level_is if self.interval else None,
            "cliffs_delta": self.cliffs_delta,
            "reason": self.reason,
        }
        asked = {"test": self.test, "p": self.p, "p_min": self.p_min, "p_holm": self.p_holm}
        return told | (asked if tests else {})

    def _positions(self) -> dict[str, Any]:
        """Medians of a number (below three values the values), or how many have the level."""
        sides = {"a": self.a, "b": self.b}
        if self.value is not None:
            counted = {f"k_{side}": having(found, self.value) for side, found in sides.items()}
            return {"median_a": None, "median_b": None, "values_a": None, "values_b": None, **counted}
        return {
            **{f"median_{side}": median(found) for side, found in sides.items()},
            **{f"values_{side}": few_values(found) for side, found in sides.items()},
            "k_a": None,
            "k_b": None,
        }


def having(frequency: Frequency, code: str) -> int:
    """How many have a level, given by its code."""
    return sum(count for value, count in frequency.values.items() if _code(value) == code)


def _code(value: Any) -> str:
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


def few_values(frequency: Frequency) -> list[float] | None:
    """The recorded values where they are too few for a median; else ``None``."""
    if frequency.n >= SMALLEST_N_FOR_MEDIAN:
        return None
    return [value for value, count in sorted(frequency.values.items()) for _ in range(count)]


@dataclass(frozen=True)
class Overlap:
    """Patients in A alone, in B alone and in both."""

    only_a: int
    only_b: int
    both: int


@dataclass(frozen=True)
class Family:
    """The few comparisons whose p-values are adjusted together, by key, with the primary one, and in words what they are.

    ``declared`` says whether the registry chose the outcome itself.
    """

    primary: str = ""
    keys: tuple[str, ...] = ()
    words: str = ""
    declared: bool = False


@dataclass(frozen=True)
class Comparison:
    """Cohort A against cohort B (``None``: everybody else), with how many are in each and how the two overlap.

    ``differences`` come in the order of :data:`ROLES`: traits, treatment, then outcomes, of these the primary variable first, and each
    change right after its value.
    """

    a: Cohort
    b: Cohort | None
    within: Cohort
    leave_out_of: str | None
    overlap: Overlap
    n_a: int
    n_b: int
    differences: tuple[Difference, ...]
    family: Family = Family()
    problem: str | None = None
    #: The registries that A and B are from, where these are two, and the variables that do not mean the same in both.
    a_registry: str = ""
    b_registry: str = ""
    left_out: tuple[str, ...] = ()
    #: Whether patients of A or of B are made up.
    synthetic: bool = False

    @property
    def primary(self) -> Difference | None:
        """The primary outcome, where it can be compared."""
        return next((found for found in self.differences if found.key == self.family.primary), None)

    @property
    def two_populations(self) -> str:
        """That A and B are of two registries, in a sentence with what could not be compared; empty where they are of one."""
        if not self.b_registry:
            return ""
        said = f"Two populations: A is from {self.a_registry}, B from {self.b_registry}"
        out = f" Not compared, because it is not in both or means something else: {', '.join(self.left_out)}."
        return (
            f"{said}; they were recorded by different people in different places, so a difference may be one of the "
            f"registries.{out if self.left_out else ''}"
        )

    @property
    def a_sentence(self) -> str:
        narrowed = self._narrowed(self.a).sentence
        if self.a_registry:
            return f"{narrowed} of {self.a_registry}"
        return narrowed + (" without those of B" if self.leave_out_of == "a" and self.overlap.both else "")

    @property
    def b_sentence(self) -> str:
        if self.b_registry:
            return f"{(self.b or EVERYONE).sentence} of {self.b_registry}"
        among = f" among {self._narrowed(EVERYONE).sentence}" if self.within.who else ""
        sentence = self._narrowed(self.b).sentence if self.b else f"everybody else{among}"
        return sentence + (" without those of A" if self.leave_out_of == "b" and self.overlap.both else "")

    def _narrowed(self, cohort: Cohort) -> Cohort:
        """Who of a cohort is compared: of its patients those ``within``, at all of their visits."""
        return Cohort(tuple(dict.fromkeys((*self.within.who, *cohort.who))))
