"""Patterns over the visits, how many patients follow each, and who they are."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from plro_core.cohort import EVERYONE, Cohort
from plro_core.counts import size
from plro_core.lookups import LIMIT
from plro_core.patterns.words import (
    FIRST,
    NO_BASELINE,
    NO_LATER,
    NOT_RECORDED,
    Kind,
    arrow_sql,
    kinds,
    position_sql,
    range_step_sql,
    step_sql,
    wording,
)
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
    months = _months(registry)
    if kind in ("overall", "range_overall"):
        months, (marked, values), columns = (), _overall(entry, kind), ["word"]
    else:
        months = months[1:] if kind in ("steps", "range_steps") else months
        (marked, values), columns = _by_visit(entry, kind, months), [f"m{month}" for month in months]
    if not columns:  # one planned visit has no step
        return Board(entry, kind, months, size(registry, Cohort(cohort.who)).patients, ())
    condition, who_values = cohort.case_sql()
    named = ", ".join(f"coalesce({column}, '{NOT_RECORDED}') AS {column}" for column in columns)
    rows = registry.rows(
        f"WITH who AS (SELECT case_id FROM cases WHERE {condition}), recorded AS ({_recorded(entry)}), wide AS ({marked}) "
        f"SELECT {named}, count(*), min(case_id, {int(limit)}) FROM who LEFT JOIN wide USING (case_id) GROUP BY ALL",
        [*who_values, *values],
    )
    patterns = [Pattern(tuple(words), k, tuple(patients[:limit])) for *words, k, patients in rows]
    return Board(entry, kind, months, sum(pattern.k for pattern in patterns), _ordered(entry, kind, patterns))


def _months(registry: Registry) -> tuple[int, ...]:
    """The visits of the schedule and every other month of the registry."""
    found = registry.rows("SELECT DISTINCT month FROM visits")
    return tuple(sorted({*registry.vocabulary.months, *(month for (month,) in found)}))


def _recorded(entry: Variable) -> str:
    flag = f', "{entry.name}_flag"' if "arrows" in kinds(entry) else ""
    return (
        f'SELECT case_id, month, "{entry.name}" AS value, lag("{entry.name}") OVER (PARTITION BY case_id ORDER BY month) AS before{flag} '
        f'FROM visits SEMI JOIN who USING (case_id) WHERE "{entry.name}" IS NOT NULL'
    )


def _by_visit(entry: Variable, kind: Kind, months: tuple[int, ...]) -> tuple[str, list[Any]]:
    """One row a patient with a word for each month, as SQL over ``recorded``."""
    word, values = _word(entry, kind)
    wide = ", ".join(f"max(word) FILTER (month = {int(month)}) AS m{int(month)}" for month in months)
    return f"SELECT case_id, {wide} FROM (SELECT case_id, month, {word} AS word FROM recorded) GROUP BY case_id", values


def _word(entry: Variable, kind: Kind) -> tuple[str, list[Any]]:
    """What is said of one visit, as SQL over a row of ``recorded``."""
    if kind == "positions":
        return position_sql(entry, "value")
    if kind == "arrows":
        return arrow_sql(entry), []
    step, values = (step_sql if kind == "steps" else range_step_sql)(entry, "before", "value")
    return f"CASE WHEN before IS NULL THEN '{FIRST}' ELSE {step} END", values


def _overall(entry: Variable, kind: Kind) -> tuple[str, list[Any]]:
    """One row a patient with one word from baseline to her last recorded visit, as SQL over ``recorded``."""
    step, values = (step_sql if kind == "overall" else range_step_sql)(entry, "start", "latest")
    return (
        f"SELECT case_id, CASE WHEN start IS NULL THEN '{NO_BASELINE}' WHEN latest IS NULL THEN '{NO_LATER}' ELSE {step} END AS word "
        "FROM (SELECT case_id, max(value) FILTER (month = 0) AS start, arg_max(value, month) FILTER (month > 0) AS latest "
        "FROM recorded GROUP BY case_id)"
    ), values


def _ordered(entry: Variable, kind: Kind, patterns: list[Pattern]) -> tuple[Pattern, ...]:
    order = {word: place for place, word in enumerate(wording(entry, kind).words)}
    return tuple(sorted(patterns, key=lambda pattern: (-pattern.k, [order[word] for word in pattern.words])))
