"""Amounts: the numbers of a statement as values, each with what it is about and the one way in which it is written."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from plro_core.cohort import Cohort, Criterion
from plro_core.counts import ALL, Frequency, Group, Pair, changes, pairs, size
from plro_core.lookups import Sample
from plro_core.statistics import SMALLEST_N_FOR_MEDIAN, median
from plro_core.store import Registry
from plro_core.text import as_recorded, counted, from_to, grouped, k_of_n, listed
from plro_core.text import patients as patients_words
from plro_core.vocabulary import Variable

NOT_RECORDED = "not recorded"


@dataclass(frozen=True)
class About:
    """What an amount is about: a variable (at a visit), in the patients and visits of a view or of one group of them."""

    variable: Variable
    cohort: Cohort
    month: int | None = None
    by: Variable | None = None
    level: Group = ALL


class Amount(Protocol):
    """A number that a statement states."""

    @property
    def words(self) -> str:
        """The amount as it is written, always with what it is out of."""


@dataclass(frozen=True)
class Patients:
    """How many patients a view, or one group of it, has."""

    cohort: Cohort
    n: int
    by: Variable | None = None
    level: Group = ALL

    @property
    def words(self) -> str:
        return patients_words(self.n)


@dataclass(frozen=True)
class Drawn:
    """Of how many patients of a view the points are drawn: of everybody, or of a fixed sample."""

    cohort: Cohort
    sample: Sample

    @property
    def words(self) -> str:
        return self.sample.words


@dataclass(frozen=True)
class Share:
    """How many of the recorded meet a criterion; of whom nothing is recorded is a third answer, never "no"."""

    about: About
    criterion: Criterion
    k: int
    n: int
    missing: int

    @classmethod
    def of(cls, about: About, frequency: Frequency, criterion: Criterion) -> "Share":
        """The share of a frequency's recorded values that meet a criterion on their variable."""
        k = sum(count for value, count in frequency.values.items() if criterion.holds([value]))
        return cls(about, criterion, k, frequency.n, frequency.missing)

    @classmethod
    def of_fact(cls, about: About, frequency: Frequency, value: str, patients: int) -> "Share":
        """The share of patients who have a value of a fact of which one may have several, such as a treatment.

        Of whom no such fact is recorded at all, it is not known.
        """
        k, missing = frequency.values.get(value, 0), frequency.missing
        return cls(about, Criterion(about.variable, (value,)), k, patients - missing, missing)

    @classmethod
    def of_patients(cls, registry: Registry, about: About, criterion: Criterion) -> "Share":
        """The share of a view's patients that meet a criterion, also on a variable of which one may have several values."""
        everybody = Cohort(_in_group(about.cohort, about.by, about.level))
        recorded = Criterion(criterion.variable, negated=True, month=criterion.month)
        sizes = [
            size(registry, Cohort((*everybody.criteria, *more))).patients for more in ((criterion,), (recorded,), ())
        ]
        return cls(about, criterion, sizes[0], sizes[1], sizes[2] - sizes[1])

    @property
    def words(self) -> str:
        """ "2 of 8", of those who are recorded; whoever is not is said."""
        return f"{self.bare} ({self.gap})" if self.n and self.missing else self.bare

    @property
    def bare(self) -> str:
        """ "2 of 8", for a sentence that says elsewhere who is not recorded."""
        return k_of_n(self.k, self.n) if self.n else NOT_RECORDED

    @property
    def gap(self) -> str:
        """ "not recorded in 3"; empty if everybody is."""
        return f"{NOT_RECORDED} in {self.missing}" if self.missing else ""

    @property
    def whole(self) -> bool:
        """Whether all of the recorded meet it, and nobody is left out."""
        return self.k == self.n > 0 and not self.missing


def _in_group(cohort: Cohort, by: Variable | None, level: Group) -> tuple[Criterion, ...]:
    """The criteria on patients of a view, and the one that makes its group."""
    if by is None or level == ALL:
        return cohort.who
    group = Criterion(by, keeps_missing=True) if level is None else Criterion(by, (level,))
    return (*cohort.who, group)


@dataclass(frozen=True)
class PartOf:
    """How many of a view's patients belong to a narrower one: for what is documented or not, where nobody is "no"."""

    part: Patients
    whole: Patients

    @classmethod
    def of(
        cls, registry: Registry, cohort: Cohort, *narrower: Criterion, by: Variable | None = None, level: Group = ALL
    ) -> "PartOf":
        """The patients of a view, or of one group of it, who meet further criteria."""

        def members(within: Cohort) -> Patients:
            found = size(registry, Cohort(_in_group(within, by, level)))
            return Patients(within, found.patients, by, level)

        return cls(members(Cohort((*cohort.who, *narrower))), members(Cohort(cohort.who)))

    @property
    def k(self) -> int:
        return self.part.n

    @property
    def n(self) -> int:
        return self.whole.n

    @property
    def words(self) -> str:
        return f"{grouped(self.k)} of {patients_words(self.n)}"


@dataclass(frozen=True)
class Recorded:
    """Of how many patients, or visits that took place, a variable is recorded."""

    about: About
    k: int
    n: int

    @classmethod
    def of(cls, about: About, frequency: Frequency) -> "Recorded":
        return cls(about, frequency.n, frequency.total)

    @property
    def words(self) -> str:
        return k_of_n(self.k, self.n)


@dataclass(frozen=True)
class Total:
    """Shares of one kind together, such as the values of all analytes at one visit: "6 of 50"."""

    parts: tuple[Share | Recorded, ...]

    @property
    def k(self) -> int:
        return sum(part.k for part in self.parts)

    @property
    def n(self) -> int:
        return sum(part.n for part in self.parts)

    @property
    def words(self) -> str:
        return k_of_n(self.k, self.n) if self.n else NOT_RECORDED


@dataclass(frozen=True)
class Middle:
    """The median with its n; fewer than three values are listed, because a median of them would hide how few they are."""

    about: About
    frequency: Frequency

    @property
    def n(self) -> int:
        return self.frequency.n

    @property
    def median(self) -> float | None:
        """The median; ``None`` below three values."""
        return median(self.frequency)

    @property
    def bare(self) -> str:
        """The median alone, for a sentence that says its n elsewhere; else the values."""
        if not self.n:
            return NOT_RECORDED
        if self.median is not None:
            return self.written(self.median)
        values = [value for value, count in self.frequency.values.items() for _ in range(count)]
        return listed([self.written(value) for value in values])

    @property
    def words(self) -> str:
        if not self.n:
            return NOT_RECORDED
        return f"{'median ' if self.median is not None else ''}{self.bare} (n = {grouped(self.n)})"

    def written(self, value: float) -> str:
        """One value in words."""
        return self.about.variable.written(value)


@dataclass(frozen=True)
class NumberEach(Middle):
    """The median of how many of some values of a variable each patient has, of those who have any."""

    among: tuple[str, ...] = ()

    def written(self, value: float) -> str:
        return as_recorded(value)


@dataclass(frozen=True)
class Ends:
    """From the lowest to the highest recorded value; one number where they are equal."""

    about: About
    frequency: Frequency

    @property
    def words(self) -> str:
        if not self.frequency.n:
            return NOT_RECORDED
        written = self.about.variable.written
        return from_to(written(min(self.frequency.values)), written(max(self.frequency.values)))


@dataclass(frozen=True)
class Each:
    """In how many patients each level of a variable occurs, in the order of the levels: "T12 in 4, L1 in 2"."""

    about: About
    frequency: Frequency

    @property
    def words(self) -> str:
        found = self.frequency.values
        said = [
            f"{level.label} in {found[level.code]}" for level in self.about.variable.levels if found.get(level.code)
        ]
        return ", ".join(said) or NOT_RECORDED


@dataclass(frozen=True)
class Findings:
    """How many of the findings of a variable of which one patient may have several are some of its levels: "5 of 10".

    A level that two patients have is two findings. ``of`` are the levels that are counted at all.
    """

    about: About
    frequency: Frequency
    among: tuple[str, ...]
    of: tuple[str, ...]

    @property
    def k(self) -> int:
        return sum(self.frequency.values.get(code, 0) for code in self.among)

    @property
    def n(self) -> int:
        return sum(self.frequency.values.get(code, 0) for code in self.of)

    @property
    def words(self) -> str:
        return k_of_n(self.k, self.n) if self.n else NOT_RECORDED


class _Paired:
    """Counts of (first, last) values, and how many of them fell and rose."""

    pairs: Mapping[tuple[float, float], int]

    @property
    def n(self) -> int:
        return sum(self.pairs.values())

    @property
    def fell(self) -> int:
        return sum(count for (first, last), count in self.pairs.items() if last < first)

    @property
    def rose(self) -> int:
        return sum(count for (first, last), count in self.pairs.items() if last > first)


@dataclass(frozen=True)
class Course(_Paired):
    """How a value changes between two visits, in the patients who have it at both: always paired.

    ``pairs`` counts (first, last) values; ``unpaired`` are the patients of the view who lack one of them.
    """

    about: About
    first: int
    last: int
    pairs: Mapping[tuple[float, float], int]
    unpaired: int

    @classmethod
    def of(cls, about: About, first: int, last: int, found: Mapping[Pair, int]) -> "Course":
        """The course that counts of pairs give; pairs that lack a value are counted apart."""
        both = {pair: count for pair, count in found.items() if None not in pair}
        return cls(about, first, last, both, sum(found.values()) - sum(both.values()))

    @property
    def at_first(self) -> Middle:
        return self._at(0, self.first)

    @property
    def at_last(self) -> Middle:
        return self._at(1, self.last)

    @property
    def changes(self) -> Frequency:
        """Last minus first value, counted."""
        return changes(self.pairs)

    def _at(self, index: int, month: int) -> Middle:
        found: dict[float, int] = {}
        for pair, count in self.pairs.items():
            found[pair[index]] = found.get(pair[index], 0) + count
        return Middle(replace(self.about, month=month), Frequency(dict(sorted(found.items())), self.unpaired))

    @property
    def words(self) -> str:
        """ "median 7 to 1 (n = 8)", "9 to 3 and 9 to 5"; the same patients at both visits."""
        if not self.n:
            return "no value at both visits"
        written = self.about.variable.written
        if self.n >= SMALLEST_N_FOR_MEDIAN:
            first, last = self.at_first.bare, self.at_last.bare
            said = f"median {from_to(first, last)}{' at both' if first == last else ''}"
        else:
            ordered = [pair for pair, count in sorted(self.pairs.items()) for _ in range(count)]
            said = listed([f"{written(before)} to {written(after)}" for before, after in ordered])
        return f"{said} (n = {grouped(self.n)}{self.gap})"

    @property
    def gap(self) -> str:
        """Who is left out for want of one of the two values."""
        return f", {grouped(self.unpaired)} without both values" if self.unpaired else ""


def course_of(registry: Registry, about: About, first: int, last: int) -> Course:
    """How a value changes between two visits in everybody of a view who has it at both."""
    found = pairs(registry, about.variable, first, last, about.cohort)
    return Course.of(about, first, last, found.get(None, {}))


class Threshold(Protocol):
    """A condition on a patient's value at two visits."""

    @property
    def label(self) -> str:
        """The condition in words."""

    def holds(self, baseline: float, value: float, /) -> bool:
        """Whether a later value meets it."""


@dataclass(frozen=True)
class Response:
    """How many of those with both values responded by a threshold; from a first value of 0 nothing can fall."""

    course: Course
    threshold: Threshold

    @property
    def n(self) -> int:
        return self.course.n - self.at_zero

    @property
    def k(self) -> int:
        pairs = self.course.pairs.items()
        return sum(count for (first, last), count in pairs if first and self.threshold.holds(first, last))

    @property
    def at_zero(self) -> int:
        """Patients with both values who are not counted, because the first is 0."""
        return sum(count for (first, _), count in self.course.pairs.items() if not first)

    @property
    def words(self) -> str:
        if self.n:
            return k_of_n(self.k, self.n)
        return "0 at the first visit in all who have both" if self.at_zero else "no value at both visits"


@dataclass(frozen=True)
class FirstToLast(_Paired):
    """In how many patients a repeated measurement is higher at the last day than at the first, of those with two days.

    ``about`` is the measurement, ``code`` the level of ``of`` (such as a site) that it belongs to, ``same`` the column
    (such as a machine) that must not change between the two.
    """

    about: About
    of: str
    code: str
    same: str
    pairs: Mapping[tuple[float, float], int]

    @property
    def words(self) -> str:
        return k_of_n(self.rose, self.n) if self.n else NOT_RECORDED


@dataclass(frozen=True)
class Measured:
    """In how many patients, and how often, something is measured: "4 measurements of 2 patients"."""

    about: About
    patients: int
    rows: int

    @property
    def words(self) -> str:
        return f"{counted(self.rows, 'measurement')} of {patients_words(self.patients)}"
