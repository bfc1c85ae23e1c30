"""The question itself: who is in A and in B, what is counted of them, and every difference in its order."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial

from plro_core.cohort import EVERYONE, Cohort, Membership
from plro_core.compare.family import adjusted, family_of
from plro_core.compare.model import LEAVE_OUT, ROLES, Comparison, Difference, Family, Overlap, having
from plro_core.counts import Frequency, Group, changes_from_baseline, counts, counts_of_two
from plro_core.problems import QueryProblem
from plro_core.store import Registry
from plro_core.text import patients
from plro_core.vocabulary import Variable

#: Recorded or missing once in every patient, with few values: its total is the size of a group.
_ANY = "smoking"

#: So many comparisons of a registry are kept: the figures and the table of a page show parts of one.
_KEPT = 8

Key = tuple[str, int | None, Group]

OVERLAP = (
    "{both} in both A and B. A difference needs two groups of different patients, so none is computed; leave them out of "
    "one of the two (A without B, or B without A)."
)


@dataclass(frozen=True)
class Found:
    """What was counted by variable, visit and side: values, and changes from baseline in those who have both."""

    values: Mapping[Key, Frequency]
    changes: Mapping[Key, Frequency]

    def size(self, code: str) -> int:
        return self.values.get((_ANY, None, code), Frequency()).total

    def value(self, name: str, month: int | None, code: str) -> Frequency:
        """Values of a side's patients; of a visit missing also in those who were not seen then."""
        found = self.values.get((name, month, code), Frequency())
        return found if month is None else Frequency(found.values, self.size(code) - found.n)

    def change(self, name: str, month: int | None, code: str) -> Frequency:
        """Changes from baseline of a side's patients; missing in those who lack one of the two values."""
        found = self.changes.get((name, month, code), Frequency())
        return Frequency(found.values, self.size(code) - found.n)

    def months(self, name: str) -> list[int | None]:
        return sorted({month for found, month, _ in self.values if found == name}, key=lambda month: month or 0)

    def moved(self, to: str) -> "Found":
        """The same with the patients of both cohorts counted in one of them only."""
        return Found(_moved(self.values, to), _moved(self.changes, to))

    def within(self, months: set[int]) -> "Found":
        """The same at these visits alone."""
        return Found(
            {key: found for key, found in self.values.items() if key[1] is None or key[1] in months},
            {key: found for key, found in self.changes.items() if key[1] in months},
        )


def _moved(found: Mapping[Key, Frequency], to: str) -> dict[Key, Frequency]:
    """Counts with those of the patients in both cohorts among those of one."""
    apart = {key: frequency for key, frequency in found.items() if key[2] != "both"}
    for (name, month, code), frequency in found.items():
        if code == "both":
            apart[name, month, to] = apart.get((name, month, to), Frequency()) + frequency
    return apart


def compare(
    registry: Registry,
    a: Cohort,
    b: Cohort | None = None,
    *,
    within: Cohort = EVERYONE,
    leave_out_of: str | None = None,
    other: Registry | None = None,
) -> Comparison:
    """Every summarised variable in cohort A against cohort B; without B, against everybody who is not in A.

    With ``other``, B is a cohort of that registry (without B: all its patients): two populations, compared over the
    variables that mean the same in both and the visits that both plan; the others are named in ``left_out``.

    ``within`` narrows both, with ``other`` only A, whose words it is in. Patients in both are a problem that the result
    tells, unless they are left out of one (``leave_out_of`` "a" compares A without B with B, "b" A with B without A). Of
    A and B only the criteria on patients count, not the choice of visits. Variables that define A or B are left out,
    visit facts at the month that defines, and changes from a baseline that defines.

    Raises:
        QueryProblem: A is everybody, so that nobody is left to compare with.
    """
    a = Cohort(a.who)
    b = None if b is None else Cohort(b.who)
    if b is None and not a.criteria and other is None:
        raise QueryProblem("A is everybody, so there is nobody to compare with; expected a cohort A or a cohort B.")
    made = registry.kept("comparisons", lambda: lru_cache(maxsize=_KEPT)(partial(_compared, registry)))
    return made(a, b, within, leave_out_of, other)


def _compared(
    registry: Registry, a: Cohort, b: Cohort | None, within: Cohort, leave_out_of: str | None, other: Registry | None
) -> Comparison:
    """The comparison of two cohorts that differ."""
    defining = _defining(a, b)
    summarised, months, left_out = _in_both(registry, other or registry)
    chosen = [entry for entry in summarised if (entry.name, None) not in defining]
    found = _counted(registry, other, chosen, a, b, within)
    only_a, only_b, both = (found.size(code) for code in ("a", "b", "both"))
    if leave_out_of in LEAVE_OUT:
        found = found.moved(to="b" if leave_out_of == "a" else "a")
    n_a, n_b, n_both = (found.size(code) for code in ("a", "b", "both"))
    problem = _same_data(registry, other) or _problem(n_a, n_b, n_both)
    if not summarised:
        problem = problem or "No variable means the same in both registries, so there is nothing to compare."
    differences: Sequence[Difference] = ()
    if not (problem and (n_both or other)):
        differences = _in_order(_differences(chosen, found.within(months), defining), registry)
    family = family_of(differences, registry.vocabulary) if differences else Family()
    return Comparison(
        a,
        b,
        within,
        leave_out_of,
        Overlap(only_a, only_b, both),
        n_a + n_both,
        n_b + n_both,
        adjusted(differences, family),
        family,
        problem,
        registry.name if other else "",
        other.name if other else "",
        left_out,
        registry.manifest.synthetic or (other or registry).manifest.synthetic,
    )


def _counted(
    registry: Registry, other: Registry | None, chosen: list[Variable], a: Cohort, b: Cohort | None, within: Cohort
) -> Found:
    asked = [*chosen, registry.vocabulary.variable(_ANY, "cases")]
    courses = [entry for entry in chosen if entry.per_visit and entry.is_number]
    if other is None:
        who, sides = Cohort(within.who), Membership(a, b)
        return Found(counts(registry, asked, who, sides), changes_from_baseline(registry, courses, who, sides))
    first, second = Cohort((*within.who, *a.who)), b or EVERYONE
    paired = (("a", registry, first), ("b", other, second))
    return Found(
        counts_of_two(registry, other, asked, first, second),
        {
            (name, month, code): found
            for code, held, who in paired
            for (name, month, _), found in changes_from_baseline(held, courses, who).items()
        },
    )


def _in_both(registry: Registry, other: Registry) -> tuple[list[Variable], set[int], tuple[str, ...]]:
    """The summarised variables that mean the same in both registries, the visits that both plan, and in words the rest."""
    own, theirs = registry.vocabulary, other.vocabulary
    if own is theirs:
        return list(own.summarised), set(own.months), ()
    known = {(entry.table, entry.name): entry for entry in theirs.summarised}
    same = [entry for entry in own.summarised if entry.means_the_same_as(known.get((entry.table, entry.name)))]
    names = {(entry.table, entry.name) for entry in same}
    rest = {
        (entry.table, entry.name): entry.label
        for entry in (*theirs.summarised, *own.summarised)
        if (entry.table, entry.name) not in names
    }
    months = set(own.months) & set(theirs.months)
    apart = [f"visits at month {month}" for month in sorted(set(own.months) ^ set(theirs.months))]
    return same, months, (*dict.fromkeys(rest.values()), *apart)


def _same_data(registry: Registry, other: Registry | None) -> str | None:
    """That two registries are one: then A and B would be the same patients, counted as strangers."""
    if other is None or registry.content != other.content:
        return None
    return (
        "Both registries hold the same data, so A and B may be the same patients; compare two cohorts of one of them."
    )


def _problem(n_a: int, n_b: int, n_both: int) -> str | None:
    if n_both:
        return OVERLAP.format(both=f"{patients(n_both)} {'is' if n_both == 1 else 'are'}")
    for name, n in (("A", n_a), ("B", n_b)):
        if not n:
            return f"Nobody is in {name}, so there is nothing to compare."
    return None


def _defining(a: Cohort, b: Cohort | None) -> set[tuple[str, int | None]]:
    """Variables, visit facts with their month, that say who is in A or B: to compare them would repeat the definition."""
    criteria = (*a.criteria, *(b.criteria if b else ()))
    return {(criterion.variable.name, criterion.month) for criterion in criteria}


def _differences(chosen: list[Variable], found: Found, defining: set[tuple[str, int | None]]) -> Iterator[Difference]:
    for entry in chosen:
        for month in found.months(entry.name):
            a, b = (found.value(entry.name, month, code) for code in ("a", "b"))
            if (entry.name, month) in defining or (not a.total and not b.total):
                continue
            if not entry.is_number:
                yield from _of_levels(entry, month, a, b, (found.size("a"), found.size("b")))
                continue
            yield Difference(entry, month, None, a, b)
            if month and (entry.name, 0) not in defining:
                changed_a, changed_b = (found.change(entry.name, month, code) for code in ("a", "b"))
                yield Difference(entry, month, None, changed_a, changed_b, change=True)


def _in_order(differences: Iterable[Difference], registry: Registry) -> list[Difference]:
    """Traits, treatment, then outcomes, of these what is primary first."""
    primary = registry.vocabulary.primary_outcome
    name = primary[0].name if primary else ""
    return sorted(
        differences,
        key=lambda found: (ROLES.index(found.role), found.role == "outcome" and found.variable.name != name),
    )


def _of_levels(
    entry: Variable, month: int | None, a: Frequency, b: Frequency, sizes: tuple[int, int]
) -> Iterator[Difference]:
    """A difference for each level that somebody has; of two levels one, because the other only mirrors it.

    Compared are the patients who have the level among those in whom the variable is recorded. A patient may have several
    symptoms, so there the recorded are the group's patients less those without any.
    """
    recorded = [size - side.missing if entry.many else side.n for side, size in zip((a, b), sizes, strict=True)]
    codes = ["yes"] if entry.kind == "boolean" else [level.code for level in entry.levels]
    for code in codes[1:] if len(codes) == 2 else codes:
        if having(a, code) or having(b, code):
            of_a, of_b = (_with_level(side, code, n) for side, n in zip((a, b), recorded, strict=True))
            yield Difference(entry, month, code, of_a, of_b)


def _with_level(side: Frequency, code: str, recorded: int) -> Frequency:
    """How many have a level, and how many of the recorded have not."""
    k = having(side, code)
    return Frequency({code: k, "": recorded - k}, side.missing)
