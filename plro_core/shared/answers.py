"""What is told of a question: counts that the rule lets through, and what follows from them alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from plro_core import links
from plro_core.access import read_access
from plro_core.figures.style import group_word
from plro_core.problems import QueryProblem
from plro_core.shared.facts import Fact, Facts, facts_of
from plro_core.shared.questions import Question, asked_in_words
from plro_core.shared.release import Release, Sheet
from plro_core.store import Registry

#: What stands where something may not be told.
SUPPRESSED = "suppressed"


@dataclass(frozen=True)
class Part:
    """Levels of a fact that are told together, and of how many patients; one level where it may be told alone."""

    levels: tuple[int, ...]
    patients: int


@dataclass(frozen=True)
class Line:
    """A fact among some patients: how many they are, and its levels in parts that add up to them; no part where nothing may be told."""

    fact: Fact
    patients: int | None
    parts: tuple[Part, ...]

    def told(self, level: int) -> int | None:
        """How many have a level; ``None`` where that is suppressed."""
        return next((part.patients for part in self.parts if part.levels == (level,)), None)

    @cached_property
    def recorded(self) -> int | None:
        """Of how many something is recorded; ``None`` where that is suppressed."""
        known = set(self.fact.recorded)
        inside = [part for part in self.parts if known.issuperset(part.levels)]
        mixed = any(not known.issuperset(part.levels) and not known.isdisjoint(part.levels) for part in self.parts)
        return None if mixed or not self.parts else sum(part.patients for part in inside)

    def quantile(self, share: float) -> str:
        """The bins between which a quantile of the recorded numbers lies, in words; empty where that is suppressed or unknown."""
        if not self.recorded or not self.fact.cuts:
            return ""
        place = (self.recorded - 1) * share
        low, high = self._bins_of(int(place)), self._bins_of(-int(-place // 1))
        every = low[0] == 0 and high[-1] == len(self.fact.cuts)
        return "" if every else self.fact.between(low[0], high[-1])

    def _bins_of(self, rank: int) -> tuple[int, ...]:
        """The bins that are told together in which the patient of a rank lies, from 0."""
        known = set(self.fact.recorded)
        parts = sorted((part for part in self.parts if known.issuperset(part.levels)), key=lambda part: part.levels)
        for part in parts:
            rank -= part.patients
            if rank < 0:
                return part.levels
        raise ValueError("a rank beyond the recorded values")


@dataclass(frozen=True)
class Group:
    """Patients that are held against others: the level that makes them a group, and its words; all patients have none."""

    level: int | None
    label: str


@dataclass(frozen=True, eq=False)
class Told:
    """What is told of one question."""

    shared: "Shared"
    asked: Question
    sheet: Sheet

    @property
    def facts(self) -> Facts:
        return self.shared.facts

    @property
    def patients(self) -> int | None:
        """How many are in view."""
        return self._box(None, 0, self.facts.trees[0].root) if self.facts.facts else None

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """All patients in view, then each group."""
        by = self._by
        everybody = Group(None, "all")
        if by is None:
            return (everybody,)
        fact = self.facts.facts[by]
        return (everybody, *(Group(place, _as_group(fact, place)) for place in range(len(fact.levels))))

    def line(self, place: int, group: Group) -> Line:
        """What is told of a fact among the patients of a group."""
        tree, parts = self.facts.trees[place], []
        patients = self._box(group.level, place, tree.root)
        left = [] if patients is None or place in self.sheet.axes else [tree.root]
        while left:
            node = left.pop()
            inside = [(part, self._box(group.level, place, part)) for part in tree.parts(node)]
            if inside and all(count is not None for _, count in inside):
                left += [part for part, _ in inside]
            else:
                parts.append(Part(tuple(sorted(tree.nodes[node])), self._box(group.level, place, node) or 0))
        return Line(self.facts.facts[place], patients, tuple(sorted(parts, key=lambda part: part.levels)))

    def lines(self, place: int) -> Sequence[Line]:
        """The same of each group."""
        return [self.line(place, group) for group in self.groups]

    @property
    def _by(self) -> int | None:
        return self.facts.place(self.asked.by) if self.asked.by else None

    def _box(self, group: int | None, place: int, node: int) -> int | None:
        """How many patients in view are in a node of a fact and in a group, if that is told."""
        chosen = self.shared.chosen(self.asked)
        at = []
        for axis in self.sheet.axes:
            tree = self.facts.trees[axis]
            at.append(chosen.get(axis, tree.root if group is None else group))
        box = (*at, self.shared.release.starts[place] + node)
        return int(self.sheet.counts[box]) if self.sheet.told[box] else None


def _as_group(fact: Fact, level: int) -> str:
    """A level in words that stand alone: "smoking" and "no smoking", "age 28–29"."""
    named = fact.levels[level]
    if level not in fact.recorded:
        return f"{fact.label_in_sentence} {named.label}"
    if fact.variable.kind == "boolean":
        return group_word(fact.variable, named.code)
    return f"{fact.label_in_sentence} {named.label}" if fact.is_number else named.label


class Shared:
    """The aggregates of one registry for one k: its facts, and what is told of them. Safe to share between threads."""

    def __init__(self, facts: Facts, k: int) -> None:
        self.facts, self.k = facts, k
        self.release = Release(facts, k)

    @classmethod
    def of(cls, registry: Registry, k: int) -> "Shared":
        """The aggregates of a registry.

        Raises:
            QueryProblem: k would tell of single patients.
        """
        if k < 2:
            raise QueryProblem(f"k = {k} tells of single patients; expected a whole number from 2.")
        return cls(facts_of(registry, k), k)

    def tell(self, asked: Question) -> Told:
        """What is told of a question."""
        chosen = self.chosen(asked)
        by = [place for place in [self.facts.place(asked.by)] if asked.by and place is not None]
        axes = tuple(sorted({*chosen, *by}))
        return Told(self, asked, self.release.sheet(axes, chosen))

    def chosen(self, asked: Question) -> dict[int, int]:
        """The facts that a question filters by, each with its level, both by their places."""
        found = {}
        for literal in asked.filters:
            place = self.facts.place(literal.fact)
            level = self.facts.facts[place].place(literal.level) if place is not None else None
            if place is not None and level is not None:
                found[place] = level
        return found


def told_in_words(registry: Registry, where: str, by: str, k: int | None) -> Told:
    """What is told of a question as somebody types it; without ``k`` the registry says the smallest number told of.

    Raises:
        QueryProblem: it cannot be asked, or ``k`` is below 2.
        AccessProblem: what the registry says about those who may use it is at fault.
    """
    shared = Shared.of(registry, read_access(registry.folder).k if k is None else k)
    asked, left = asked_in_words(shared.facts, links.pairs(where), by)
    if left:
        raise QueryProblem(left)
    return shared.tell(asked)
