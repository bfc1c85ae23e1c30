"""What counts are made of: frequencies of values, sizes of cohorts, and the question that every engine answers."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from plro_core.cohort import Cohort, Membership
from plro_core.text import patients
from plro_core.vocabulary import Variable

#: A group's level code ("yes", "no", "stopped" …); ``None`` where the grouping variable is missing or there is none.
Group = str | None

#: In the place of a group's level: everybody in view, of whatever group.
ALL = "(all)"

#: A patient's values at two visits; ``None`` if not recorded.
Pair = tuple[Any, Any]


@dataclass(frozen=True)
class Frequency:
    """How often each recorded value occurs, in ascending order of value, and how many are missing."""

    values: Mapping[Any, int] = field(default_factory=dict)
    missing: int = 0

    @property
    def n(self) -> int:
        """Number of recorded values."""
        return sum(self.values.values())

    @property
    def total(self) -> int:
        return self.n + self.missing

    def __add__(self, other: "Frequency") -> "Frequency":
        merged = dict(self.values)
        for value, count in other.values.items():
            merged[value] = merged.get(value, 0) + count
        return Frequency(dict(sorted(merged.items())), self.missing + other.missing)


@dataclass(frozen=True)
class Size:
    """How many patients and visits a cohort has, out of how many in the registry."""

    patients: int
    visits: int
    all_patients: int
    all_visits: int

    @property
    def sentence(self) -> str:
        found, visits = f"{self.patients} of {patients(self.all_patients)}", f"{self.visits} of {self.all_visits}"
        return f"{found} · {visits} visit{'' if self.all_visits == 1 else 's'}"


#: How often a value of a variable occurs in a month and group: name, month, group, value (``None``: not recorded), count.
Counted = tuple[str, int | None, Group, Any, int]


class Engine(Protocol):
    """Who counts. All engines give the same integers, in whatever order; only groups and values that occur are named."""

    def size(self, cohort: Cohort) -> tuple[int, int]:
        """Patients of the cohort, and visits in view."""

    def counted(
        self, entries: Iterable[Variable], cohort: Cohort, group: Variable | Membership | None
    ) -> Iterator[Counted]:
        """How often each value of each variable occurs."""

    def pairs(
        self, entry: Variable, first: int, last: int, cohort: Cohort, group: Variable | None
    ) -> Iterator[tuple[Group, Any, Any, int]]:
        """How many patients of a group have each pair of values at two visits, in ascending order, missing last."""

    def pairs_from_baseline(
        self, entries: Iterable[Variable], cohort: Cohort, group: Variable | Membership | None
    ) -> Iterator[tuple[str, int, Group, Any, Any, int]]:
        """By variable and later month: how many patients of a group have each pair of a recorded value then and at baseline."""

    def number_each(self, entry: Variable, among: Iterable[str], cohort: Cohort) -> dict[int, int]:
        """How many patients have none (0), one, two … of some values of a many-valued variable."""

    def combinations(
        self, entries: Iterable[Variable], cohort: Cohort, table: str
    ) -> Iterator[tuple[tuple[Any, ...], int]]:
        """How many cases, or visits in view, have each combination of values, in ascending order, missing last."""
