"""An attacker on the aggregates: who takes down every count that any view shows, knows who is in each, and subtracts.

It asks the surface as a visitor does and shares nothing with the rule: sets of patients are whole numbers with one bit a patient.
"""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import combinations, product
from pathlib import Path

import numpy as np

from plro_core.schema import SCHEMA_VERSION
from plro_core.shared.answers import Group, Shared, Told
from plro_core.shared.facts import Facts, facts_of
from plro_core.shared.questions import Literal, Question
from plro_core.store import Manifest, Registry
from plro_core.synthetic import synthetic_tables
from plro_core.vocabulary import STANDARD

#: A set of patients, one bit each.
Patients = int


def made_up(patients: int, seed: int = 1) -> Registry:
    manifest = Manifest("test", "Made up", "", "", "", "2026-01-01T00:00:00Z", None, True, SCHEMA_VERSION, {})
    return Registry(Path(), manifest, STANDARD, synthetic_tables(patients, seed))


def some_of(facts: Facts, names: Sequence[str]) -> Facts:
    """The facts of these names alone."""
    places = [place for place, fact in enumerate(facts.facts) if fact.name in names]
    return Facts(tuple(facts.facts[at] for at in places), tuple(facts.codes[at] for at in places), facts.patients)


def with_facts(registry: Registry, names: Sequence[str], k: int = 5) -> Shared:
    """The aggregates of a registry that has these facts alone."""
    return Shared(some_of(facts_of(registry, k), names), k)


def questions(facts: Facts) -> Iterator[Question]:
    """Everything that may be asked."""
    keys = [facts.facts[place] for place in facts.keys]
    for number in range(3):
        for chosen in combinations(keys, number):
            for levels in product(*(fact.levels for fact in chosen)):
                filters = tuple(Literal(fact.name, level.code) for fact, level in zip(chosen, levels, strict=True))
                for by in ("", *(fact.name for fact in keys if fact not in chosen)):
                    yield Question(filters, by)


def bits(facts: Facts, place: int, levels: Sequence[int]) -> Patients:
    """Who has one of some levels of a fact."""
    inside = np.isin(facts.codes[place], list(levels))
    return int("0" + "".join("1" if yes else "0" for yes in inside[::-1]), 2)


def in_view(told: Told, group: Group) -> Patients:
    """Who is in a group of a view."""
    facts = told.facts
    found = (1 << facts.patients) - 1
    for literal in told.asked.filters:
        place = facts.place(literal.fact)
        assert place is not None
        level = facts.facts[place].place(literal.level)
        assert level is not None
        found &= bits(facts, place, [level])
    if group.level is not None:
        place = facts.place(told.asked.by)
        assert place is not None
        found &= bits(facts, place, [group.level])
    return found


def taken_down(shared: Shared) -> dict[Patients, int]:
    """Every set of patients of whom any view tells how many they are, and what it tells."""
    known: dict[tuple[int, tuple[int, ...]], Patients] = {}
    found: dict[Patients, int] = {}
    for asked in questions(shared.facts):
        told = shared.tell(asked)
        for group in told.groups:
            whom = in_view(told, group)
            for place in range(len(shared.facts.facts)):
                line = told.line(place, group)
                if line.patients is not None:
                    found[whom] = line.patients
                    assert not line.parts or sum(part.patients for part in line.parts) == line.patients
                for part in line.parts:
                    key = place, part.levels
                    if key not in known:
                        known[key] = bits(shared.facts, place, part.levels)
                    found[whom & known[key]] = part.patients
    return found


def too_small(told: dict[Patients, int], k: int) -> list[int]:
    """Sets of 1 to k - 1 patients that are told, and counts that are not those of their sets."""
    return [count for patients, count in told.items() if 0 < count < k or count != patients.bit_count()]


def differences(told: dict[Patients, int], k: int) -> list[tuple[int, int]]:
    """Pairs of told sets of which one holds the other and 1 to k - 1 patients more: their sizes."""
    by_size: dict[int, list[Patients]] = {}
    for patients in told:
        by_size.setdefault(patients.bit_count(), []).append(patients)
    return [
        (size, size + more)
        for size, smaller in by_size.items()
        for more in range(1, k)
        for larger in by_size.get(size + more, ())
        for inside in smaller
        if inside & larger == inside
    ]


def sums(shared: Shared, k: int) -> list[tuple[tuple[int, ...], ...]]:
    """Choices of levels of several facts, with 1 to k - 1 patients, whose number is some sum of told counts whoever the patients are.

    Whoever the patients are: each combination of levels of all facts is an unknown, each told count a sum of unknowns.
    """
    facts = shared.facts
    shape = [len(fact.levels) for fact in facts.facts]
    system = _Span(int(np.prod(shape)))
    for asked in questions(facts):
        told = shared.tell(asked)
        for group in told.groups:
            for place in range(len(shape)):
                line = told.line(place, group)
                system.add(_unknowns(shape, facts, told, group, None)) if line.patients is not None else None
                for part in line.parts:
                    system.add(_unknowns(shape, facts, told, group, (place, part.levels)))
    found = []
    chosen = [
        [levels for number in range(1, width + 1) for levels in combinations(range(width), number)] for width in shape
    ]
    for box in product(*chosen):
        inside = (1 << facts.patients) - 1
        for place, levels in enumerate(box):
            inside &= bits(facts, place, levels)
        if 0 < inside.bit_count() < k and system.holds(_of_box(shape, box)):
            found.append(box)
    return found


def _unknowns(
    shape: Sequence[int], facts: Facts, told: Told, group: Group, part: tuple[int, tuple[int, ...]] | None
) -> np.ndarray:
    box = [tuple(range(width)) for width in shape]
    for literal in told.asked.filters:
        place = facts.place(literal.fact)
        assert place is not None
        box[place] = (facts.facts[place].place(literal.level) or 0,)
    if group.level is not None:
        box[facts.place(told.asked.by) or 0] = (group.level,)
    if part:
        box[part[0]] = part[1]
    return _of_box(shape, box)


def _of_box(shape: Sequence[int], box: Sequence[Sequence[int]]) -> np.ndarray:
    found = np.ones((), dtype=np.int64)
    for width, levels in zip(shape, box, strict=True):
        found = np.multiply.outer(found, np.isin(np.arange(width), list(levels)).astype(np.int64))
    return found.ravel()


class _Span:
    """Sums of rows of whole numbers, exactly."""

    def __init__(self, width: int) -> None:
        self._width = width
        self._rows: dict[int, list[Fraction]] = {}
        self._seen: set[bytes] = set()

    def add(self, row: np.ndarray) -> None:
        if row.tobytes() in self._seen:
            return
        self._seen.add(row.tobytes())
        left = self._reduced(row)
        first = next((place for place, value in enumerate(left) if value), None)
        if first is not None:
            self._rows[first] = [value / left[first] for value in left]

    def holds(self, row: np.ndarray) -> bool:
        return not any(self._reduced(row))

    def _reduced(self, row: np.ndarray) -> list[Fraction]:
        left = [Fraction(int(value)) for value in row]
        for first in sorted(self._rows):
            if factor := left[first]:
                left = [value - factor * of for value, of in zip(left, self._rows[first], strict=True)]
        return left
