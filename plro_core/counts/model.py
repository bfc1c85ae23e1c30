"""What counts are made of: frequencies of values, sizes of cohorts, and who answers questions of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Protocol

from plro_core.counts.questions import Answer, Question
from plro_core.text import counted, grouped, patients

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
        visits = f"{grouped(self.visits)} of {counted(self.all_visits, 'visit')}"
        return f"{grouped(self.patients)} of {patients(self.all_patients)} · {visits}"


def change_of(first: float, later: float) -> float:
    """The later value less the earlier one, exactly: 0.3 from 8.9 to 9.2."""
    return float(Decimal(repr(later)) - Decimal(repr(first)))


class Engine(Protocol):
    """Who counts. All engines give the same integers to a question, in whatever order of keys; no key has a count of 0."""

    def answer(self, question: Question) -> Answer:
        """How many patients, or visits, stand under each key of the question."""

    def answers(self, questions: Iterable[Question]) -> list[Answer]:
        """The answers to several questions, in their order; whoever must send for them sends once."""
        return [self.answer(question) for question in questions]
