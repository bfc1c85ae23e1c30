"""What both figures of A against B ask and say: the comparisons chosen, the patients on each side, and the words besides."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from plro_core import confounding, lookups
from plro_core.cohort import Cohort
from plro_core.compare import Comparison, Difference, compare, estimate_words, name_of, position
from plro_core.counts import change_of
from plro_core.figures.choosing import shown_of
from plro_core.figures.estimation.rows import LANES, Points
from plro_core.statements import left_out
from plro_core.store import Registry
from plro_core.text import grouped, patients, safe_plotly

QUESTION = "How do A and B differ?"


@dataclass(frozen=True)
class Sides:
    """Who is compared, as a figure carries it: A and B with their n, who was left out by hand, and what all patients of one
    of them share.
    """

    words: str
    left_out: str
    shared: tuple[str, ...]


@dataclass(frozen=True)
class Asked:
    """A comparison of which some differences are drawn, in the order asked for."""

    registry: Registry
    other: Registry | None
    comparison: Comparison
    chosen: tuple[Difference, ...]

    @cached_property
    def members(self) -> Mapping[str, Sequence[lookups.Record]]:
        """Patients of each side; of a large one a fixed sample."""
        comparison = self.comparison
        found = lookups.compared_members(self.registry, comparison.a, comparison.b, comparison.within, self.other)
        if comparison.leave_out_of:
            found["b" if comparison.leave_out_of == "a" else "a"] += found["both"]
        return {code: found[code][: lookups.LIMIT] for code in LANES}

    @cached_property
    def points(self) -> Points:
        """Patients' values by comparison and cohort; a level is drawn as 1 where the patient has it, else 0."""
        return {
            (difference.key, code): [
                (record["case_id"], value)
                for record in self.members[code]
                if (value := _drawn(difference, record)) is not None
            ]
            for difference in self.chosen
            for code in LANES
        }

    @property
    def who(self) -> Sides:
        """A and B by their sentences, each with its n."""
        found = self.comparison
        sides = f"A: {found.a_sentence} (n = {grouped(found.n_a)}) · B: {found.b_sentence} (n = {grouped(found.n_b)})"
        shared = confounding.confounded_cohorts(self.registry, found.a, found.b, found.within, self.other)
        return Sides(f"{patients(found.n_a + found.n_b)} · {sides}", left_out([found.within]), shared)

    @property
    def shown(self) -> str:
        """Which comparisons were chosen, where not all are drawn."""
        return shown_of(map(name_of, self.chosen), len(self.comparison.differences))

    @property
    def title(self) -> str:
        """The comparison alone, or the theme of several, where they have one in common."""
        if len(self.chosen) == 1:
            primary = "Primary outcome, " if self.chosen[0].key == self.comparison.family.primary else ""
            name = name_of(self.chosen[0])
            return f"{primary}{name[:1].lower() + name[1:] if primary else name}: A against B"
        if all(difference.role != "outcome" for difference in self.chosen):
            return "A against B, before any outcome"
        groups = {difference.variable.group for difference in self.chosen}
        return f"{groups.pop()}: A against B" if len(groups) == 1 else "A against B"

    @property
    def summary(self) -> str:
        """Each comparison in words: where the two stand, and the difference with its interval."""
        return " ".join(
            f"{safe_plotly(name_of(found))}: A {position(found, found.a)}, B {position(found, found.b)}; "
            f"A − B {estimate_words(found)} (n = {grouped(found.n_a)} and {grouped(found.n_b)})."
            for found in self.chosen
        )

    @property
    def notes(self) -> Iterable[str]:
        """What is to be known of each variable; of two registries, whose remark it is where they say different things."""
        other = self.other
        for entry in dict.fromkeys(difference.variable for difference in self.chosen):
            theirs = other.vocabulary.variable(entry.name, entry.table).note if other else entry.note
            if other is None or theirs == entry.note:
                yield from (entry.note,) if entry.note else ()
            else:
                said = ((self.registry.name, entry.note), (other.name, theirs))
                yield from (f"{name} on {entry.words}: {note}" for name, note in said if note)


def asked(
    registry: Registry,
    a: Cohort,
    b: Cohort | None,
    within: Cohort,
    leave_out_of: str | None,
    keys: Sequence[str],
    other: Registry | None,
) -> Asked:
    """Compare A and B; ``keys`` are ``Difference.key`` values and choose what is drawn and its order, none means all."""
    comparison = compare(registry, a, b, within=within, leave_out_of=leave_out_of, other=other)
    by_key = {difference.key: difference for difference in comparison.differences}
    chosen = [by_key[key] for key in keys if key in by_key] if keys else comparison.differences
    return Asked(registry, other, comparison, tuple(chosen))


def _drawn(difference: Difference, record: Mapping[str, Any]) -> float | None:
    """A patient's value, her change from baseline, or whether she has a level; ``None`` where it is not recorded."""
    variable = difference.variable
    if variable.many:
        return float(difference.value in record[variable.name]) if record[variable.name] else None
    value = _at(record, variable.name, difference.month) if variable.per_visit else record[variable.name]
    if value is None:
        return None
    if difference.change:
        first = _at(record, variable.name, 0)
        return None if first is None else change_of(first, value)
    if difference.value is None:
        return value
    return float((("yes" if value else "no") if isinstance(value, bool) else str(value)) == difference.value)


def _at(record: Mapping[str, Any], name: str, month: int | None) -> float | None:
    found: float | None = record["visits"].get(month, {}).get(name)
    return found
