"""Patterns over the visits, how many patients follow each, and who they are."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from plro_core.cohort import EVERYONE, Cohort
from plro_core.counts import followers, months, paths, size
from plro_core.counts.questions import Paths, patients_of
from plro_core.lookups import LIMIT
from plro_core.patterns.words import NOT_RECORDED, Kind, Said, kinds, wording
from plro_core.problems import QueryProblem
from plro_core.store import Registry
from plro_core.text import listed
from plro_core.vocabulary import Variable

ARROW = " → "


@dataclass(frozen=True)
class Pattern:
    """One pattern: a word for each visit (or one word over all), and ``k`` patients with it.

    ``patients`` are their numbers, ascending; the lowest ones where there are more than the board lists.
    """

    words: tuple[str, ...]
    k: int
    patients: tuple[int, ...]

    @property
    def text(self) -> str:
        return ARROW.join(self.words)


@dataclass(frozen=True)
class Board:
    """All patterns of a variable in a cohort of ``n`` patients, the most frequent first.

    ``months`` are the visits that the words stand for; empty for a kind with one word over all visits.
    """

    variable: Variable
    kind: Kind
    months: tuple[int, ...]
    n: int
    patterns: tuple[Pattern, ...]

    @property
    def k(self) -> int:
        """Patients with one of the patterns: all ``n``, or those that a filter leaves."""
        return sum(pattern.k for pattern in self.patterns)

    @property
    def patients(self) -> tuple[int, ...]:
        """Numbers of the patients, as far as they are listed."""
        return tuple(sorted(case_id for pattern in self.patterns for case_id in pattern.patients))

    @property
    def complete(self) -> bool:
        """Whether every patient is listed."""
        return len(self.patients) == self.k

    @property
    def by_visit(self) -> dict[int | None, dict[str, int]]:
        """How many patients have each word at each visit; under ``None`` for a kind with one word over all."""
        words = wording(self.variable, self.kind).words
        found: dict[int | None, dict[str, int]] = {}
        for place, month in enumerate(self.months or (None,)):
            seen: Counter[str] = Counter()
            for pattern in self.patterns:
                seen[pattern.words[place]] += pattern.k
            found[month] = {word: seen[word] for word in words if seen[word]}
        return found

    def where(self, words: Mapping[int | None, str | Collection[str]]) -> "Board":
        """The board with only those patterns that have one of these words at each of these visits; n stays.

        Raises:
            QueryProblem: there is no such visit, or such a word is not in this kind of pattern.
        """
        wanted: dict[int, Collection[str]] = {}
        for month, chosen in words.items():
            wanted[self._place(month)] = self._known((chosen,) if isinstance(chosen, str) else chosen)
        left = (
            pattern
            for pattern in self.patterns
            if all(pattern.words[place] in chosen for place, chosen in wanted.items())
        )
        return replace(self, patterns=tuple(left))

    def _place(self, month: int | None) -> int:
        places = list(self.months or (None,))
        if month not in places:
            expected = listed([str(place) for place in self.months], "or") or "none"
            raise QueryProblem(f"These patterns have no visit at month {month}; expected {expected}.")
        return places.index(month)

    def _known(self, chosen: Collection[str]) -> Collection[str]:
        known = wording(self.variable, self.kind).words
        for word in chosen:
            if word not in known:
                raise QueryProblem(
                    f"“{word[:60]}” is not said in these patterns; expected {listed(list(known), 'or')}."
                )
        return chosen


def board(
    registry: Registry, entry: Variable, kind: Kind = "positions", cohort: Cohort = EVERYONE, *, limit: int = LIMIT
) -> Board:
    """The patterns of a variable's course in a cohort, counted by the engine; at most ``limit`` patients listed of each.

    Only the criteria on patients count, not the choice of visits. A visit that did not take place, or did not record
    the variable, is "not recorded"; a step is from the recorded visit before it.

    Raises:
        QueryProblem: the variable has no patterns of this kind.
    """
    if kind not in kinds(entry):
        raise QueryProblem(
            f"{entry.label} has no patterns of the kind “{kind}”; expected {listed(list(kinds(entry)), 'or')}."
        )
    asked, said = _question(registry, entry, kind, cohort), _said_at(registry, kind)
    if not said:  # one planned visit has no step
        return Board(entry, kind, (), size(registry, asked.cohort).patients, ())
    counted: Counter[Words] = Counter()
    for (path,), count in paths(registry, asked).get(None, {}).items():
        counted[_words(path, said)] += count
    listed_: dict[Words, list[int]] = {}
    for path, numbers in followers(registry, asked, limit).items():
        listed_.setdefault(_words(path, said), []).extend(numbers)
    patterns = [Pattern(words, k, tuple(sorted(listed_[words])[:limit])) for words, k in counted.items()]
    shown = tuple(month for month in said if month is not None)
    return Board(entry, kind, shown, counted.total(), _ordered(entry, kind, patterns))


Words = tuple[str, ...]


def _question(registry: Registry, entry: Variable, kind: Kind, cohort: Cohort) -> Paths:
    flag = registry.vocabulary.variable(f"{entry.name}_flag", "visits") if kind == "arrows" else None
    return Paths(entry, months(registry), Said(entry, kind), cohort=patients_of(cohort), flag=flag)


def _said_at(registry: Registry, kind: Kind) -> tuple[int | None, ...]:
    """The months that a kind says a word of; ``None`` for one word over all of them."""
    if kind in ("overall", "range_overall"):
        return (None,)
    return months(registry)[1 if kind in ("steps", "range_steps") else 0 :]


def _words(path: tuple[Any, ...], said: tuple[int | None, ...]) -> Words:
    """A path in words; of a step there is none at the first visit."""
    return tuple(word or NOT_RECORDED for word in path[len(path) - len(said) :])


def _ordered(entry: Variable, kind: Kind, patterns: list[Pattern]) -> tuple[Pattern, ...]:
    order = {word: place for place, word in enumerate(wording(entry, kind).words)}
    return tuple(sorted(patterns, key=lambda pattern: (-pattern.k, [order[word] for word in pattern.words])))
