"""Every question of how many, as a value: what is counted, of whom, and in which groups.

A question is frozen and can be hashed, compared and pickled: it is kept with its answer, and shipped to whoever holds a
part of the patients. Its answer is an ``Answer``: how many patients (or visits) there are under each key. Patients stand
under keys of their own, whoever else is there, so that answers of different patients add: :func:`together`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from plro_core.cohort import EVERYONE, Cohort, Criterion, Membership
from plro_core.counts.readings import Reading
from plro_core.vocabulary import Variable

#: How many there are under each key; a key that nobody stands under is absent.
Answer = dict[tuple[Any, ...], int]

#: What is counted of a measurement.
MEASURED = ("patients", "values")


@dataclass(frozen=True)
class Split:
    """Groups, and within each by the value of one more fact: of the case, or of a visit at ``month``. The level is a pair."""

    group: "Grouping"
    by: Variable
    month: int | None = None


#: By what patients are put into groups: a fact of the case, in which of two cohorts they are, both in finer parts, or not at all.
Grouping = Variable | Membership | Split | None


@dataclass(frozen=True)
class Sized:
    """How many patients of the cohort, and how many visits in view: ``("patients",)`` and ``("visits",)``."""

    cohort: Cohort = EVERYONE


@dataclass(frozen=True)
class _OfVariables:
    """What is counted of several variables at once, each under its name."""

    variables: tuple[Variable, ...]
    cohort: Cohort = EVERYONE
    group: Grouping = None

    def __post_init__(self) -> None:
        """Raises ``ValueError`` if two variables have one name: their counts would stand under one key."""
        names = [entry.name for entry in self.variables]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"two variables named {', '.join(twice)}")


@dataclass(frozen=True)
class Counted(_OfVariables):
    """How often each value of each variable occurs: ``(name, month, group, value)``.

    The month is ``None`` for a variable of the case, the value for one that is not recorded.
    """


@dataclass(frozen=True)
class Pairs:
    """How many patients have each pair of values of a visit fact at two visits: ``(group, first, last)``."""

    variable: Variable
    first: int
    last: int
    cohort: Cohort = EVERYONE
    group: Grouping = None


@dataclass(frozen=True)
class PairsFromBaseline(_OfVariables):
    """How many patients have each pair of a value recorded at baseline and one later: ``(name, month, group, first, later)``."""


@dataclass(frozen=True)
class ChangesFromBaseline(_OfVariables):
    """How many patients have each change of a value between baseline and a later visit: ``(name, month, group, change)``.

    There are far fewer changes than pairs of values, so that this is asked wherever the pairs themselves are not shown.
    """


@dataclass(frozen=True)
class NumberEach:
    """How many patients have none (0), one, two … of some values of a many-valued variable: ``(number,)``."""

    variable: Variable
    among: frozenset[str]
    cohort: Cohort = EVERYONE


@dataclass(frozen=True)
class Combinations:
    """How many cases, or visits in view, have each combination of values: one value a variable of that table."""

    variables: tuple[Variable, ...]
    cohort: Cohort = EVERYONE

    def __post_init__(self) -> None:
        """Raises ``ValueError`` if the variables stand in several tables, or in one with several rows a patient."""
        tables = {entry.table for entry in self.variables}
        if tables not in ({"cases"}, {"visits"}):
            raise ValueError(", ".join(sorted(tables)))

    @property
    def table(self) -> str:
        return self.variables[0].table


@dataclass(frozen=True)
class SetsOfFacts:
    """How many patients have each set of values of a fact in rows that meet ``among``: ``(group, values in order)``.

    The set is empty for patients with rows of whom none meets it, and ``None`` for patients without any row.
    """

    variable: Variable
    among: Criterion
    cohort: Cohort = EVERYONE
    group: Grouping = None


@dataclass(frozen=True)
class Measured:
    """By level of ``of``, ``("patients", level)`` with a value and ``("values", level)``; ``("patients",)`` and ``("values",)`` together.

    What is together has no level in its key: a free text may be any word.
    """

    variable: Variable
    of: str
    cohort: Cohort = EVERYONE


@dataclass(frozen=True)
class FirstAndLast:
    """How many patients have each pair of first and last value of a measurement with days: ``(level of ``of``, first, last)``.

    Only values with the same ``same`` are held against each other; of several such stretches of a patient the longest
    counts, of equally long ones the later.
    """

    variable: Variable
    of: str
    same: str
    cohort: Cohort = EVERYONE


@dataclass(frozen=True)
class Recorded:
    """In how many rows each variable of ``table`` is recorded: ``(name, place)``, and ``(None, place)`` how many rows there are.

    The table is ``cases`` or ``visits`` (those in view). The place of a row is its value of ``by``, a fact of the case or the
    month of the visit; ``None`` where that is not recorded, or not asked for.
    """

    table: Literal["cases", "visits"]
    variables: tuple[Variable, ...]
    by: Variable | None = None
    cohort: Cohort = EVERYONE


@dataclass(frozen=True)
class Paths:
    """How many patients have each path of a visit fact: ``(group, path, value of each of beside …)``.

    A path says one thing at each month, or one in all, as ``reading`` reads it; a visit that did not take place, or did not
    record the variable, is ``None`` on it. With ``flag``, the flag that is
    reported with each recorded value is read in its place, "" where none is. ``beside`` are facts of the case.
    """

    variable: Variable
    months: tuple[int, ...]
    reading: Reading
    beside: tuple[Variable, ...] = ()
    cohort: Cohort = EVERYONE
    group: Grouping = None
    flag: Variable | None = None


Question = (
    Sized
    | Counted
    | Pairs
    | PairsFromBaseline
    | ChangesFromBaseline
    | NumberEach
    | Combinations
    | SetsOfFacts
    | Measured
    | FirstAndLast
    | Recorded
    | Paths
)


def together(answers: Iterable[Answer]) -> Answer:
    """The answer about all patients from those about disjoint parts of them, in whatever order they come."""
    found: Answer = {}
    for answer in answers:
        for key, count in answer.items():
            found[key] = found.get(key, 0) + count
    return found


def patients_of(cohort: Cohort) -> Cohort:
    """The cohort without its choice of visits, for a question about patients: two that differ only there are one."""
    return Cohort(cohort.who) if cohort.which_visits else cohort
