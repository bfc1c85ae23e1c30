"""In what else do groups of patients differ? One rule, asked by tables, pages and comparisons alike.

A group *shares* a level of a variable if all its patients have it and at most half of the others do, and a number if all its
values lie beyond all values of the others. Only what is recorded counts: a group of which something is missing shares it
not. Whatever a group shares may explain a difference in outcome as well as what the group is named after.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from plro_core.cohort import EVERYONE, Cohort, Criterion, Membership
from plro_core.counts import Frequency, Group, counts, counts_of_two
from plro_core.statistics import median_words
from plro_core.store import Registry
from plro_core.text import capitalised, k_of_n, patients, repeated
from plro_core.vocabulary import Variable, Vocabulary

Found = Mapping[tuple[str, int | None, Group], Frequency]

#: A level that a whole group has is worth a sentence if at most this share of the others has it.
_RARE_ELSEWHERE = 0.5
#: Recorded or missing once in every patient: its total is the size of a group.
_SIZE_OF = "age"


@dataclass(frozen=True)
class Shared:
    """What one group shares: its name, its size, and in words what its patients share and few others have."""

    group: str
    n: int
    words: tuple[str, ...]

    @property
    def everyone(self) -> str:
        return "both patients" if self.n == 2 else f"all {patients(self.n)}"


@dataclass(frozen=True)
class Beside:
    """The declared confounders beside each group: heads, and a row of cells for each group.

    Raises:
        ValueError: two heads are equal, so that a reader could not tell which is which.
    """

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def __post_init__(self) -> None:
        if (twice := repeated(self.heads)) is not None:
            raise ValueError(f"Two columns beside the groups are headed “{twice}”.")


def confounded(registry: Registry, by: Variable, cohort: Cohort = EVERYONE) -> tuple[str, ...]:
    """A sentence for each group of ``by`` that shares more than its name; of the largest group only what was not said of the
    others (of equal ones the first), because what sets them apart is mirrored in it.

    A group of one patient shares everything with herself, so it gets a sentence of its own.
    """
    sentences = []
    for shared in _of_groups(registry, by, cohort):
        if shared.n == 1:
            sentences.append(
                f"Only one patient has {shared.group}; whatever is seen in her may come from any of her other "
                "characteristics."
            )
        elif shared.words:
            sentences.append(
                f"Confounded: {shared.everyone} with {shared.group} also share {'; '.join(shared.words)}. "
                f"So no difference between these groups can be read as an effect of {by.words}."
            )
    return tuple(sentences)


def confounded_cohorts(
    registry: Registry, a: Cohort, b: Cohort | None, within: Cohort = EVERYONE, other: Registry | None = None
) -> tuple[str, ...]:
    """The same of cohort A against cohort B (or against everybody else): a sentence for each that shares more.

    With ``other``, B is a cohort of that registry (without B: all its patients).
    """
    entries = _looked_at(registry.vocabulary)
    size_of = registry.vocabulary.variable(_SIZE_OF, "cases")
    if other is None:
        found = counts(registry, [size_of, *entries], Cohort(within.who), Membership(a, b))
    else:
        theirs = {entry.name: entry for entry in _looked_at(other.vocabulary)}
        entries = [entry for entry in entries if entry.means_the_same_as(theirs.get(entry.name))]
        in_a, in_b = Cohort((*within.who, *a.who)), Cohort((b or EVERYONE).who)
        found = counts_of_two(registry, other, [size_of, *entries], in_a, in_b)
    named = {criterion.variable.name for cohort in (a, b or EVERYONE) for criterion in cohort.who}
    apart = [entry for entry in entries if entry.name not in named]
    sizes = {code: found.get((_SIZE_OF, None, code), Frequency()).total for code in ("a", "b")}
    alone = [code.upper() for code, n in sizes.items() if n == 1]
    if alone:
        return tuple(
            f"Only one patient is in {code}: nothing that differs can be told apart from her other characteristics."
            for code in alone
        )
    sentences = []
    for code, against in (("a", "b"), ("b", "a")):
        words = tuple(dict(_shared(apart, found, code, (against,))).values())
        shared = Shared(code.upper(), sizes[code], words)
        if shared.words:
            everyone = f"{shared.everyone[:1].upper()}{shared.everyone[1:]}"
            sentences.append(
                f"{everyone} of {shared.group} share {'; '.join(words)}. Whatever differs may come from that."
            )
    return tuple(sentences)


def beside(registry: Registry, by: Variable, cohort: Cohort = EVERYONE) -> Beside:
    """The declared confounders beside each group of ``by``: k of the recorded who have a trait, medians of numbers.

    No difference between groups should be read without it: with few patients every group differs in several ways.
    """
    chosen = [entry for entry in confounders(registry.vocabulary) if entry.name != by.name]
    size_of = registry.vocabulary.variable(_SIZE_OF, "cases")
    found = counts(registry, [size_of, *chosen], Cohort(cohort.who), by)
    present = {level for _, _, level in found}
    levels = [level for level in (*(level.code for level in by.levels), None) if level in present]
    rows = tuple(
        (
            "not recorded" if level is None else by.level_label(level),
            str(found.get((size_of.name, None, level), Frequency()).total),
            *(_cell(entry, _at_baseline(found, entry, level)) for entry in chosen),
        )
        for level in levels
    )
    return Beside(tuple(_told_apart([(by.name, by.label), ("", "Patients"), *map(_head, chosen)])), rows)


def confounders(vocabulary: Vocabulary) -> tuple[Variable, ...]:
    """The variables that groups are held against before any difference between them is read, in declared order."""
    declared = (entry for entry in vocabulary.variables if entry.confounder)
    return tuple(sorted(declared, key=lambda entry: entry.confounder))


def keys(vocabulary: Vocabulary) -> tuple[str, ...]:
    """The same as keys of a comparison: ``smoking.yes``, ``t_l1_l4``, ``vas.0``."""
    return tuple(
        f"{entry.name}.{entry.trait}" if entry.trait else f"{entry.name}.0" if entry.per_visit else entry.name
        for entry in confounders(vocabulary)
    )


def _of_groups(registry: Registry, by: Variable, cohort: Cohort) -> Iterable[Shared]:
    entries = [entry for entry in _looked_at(registry.vocabulary) if entry.name != by.name]
    found = counts(registry, [registry.vocabulary.variable(_SIZE_OF, "cases"), *entries], cohort, by)
    sizes = {level.code: found.get((_SIZE_OF, None, level.code), Frequency()).total for level in by.levels}
    present = [code for code, n in sizes.items() if n]
    if len(present) < 2:
        return
    largest = max(present, key=lambda code: sizes[code])
    said: list[Variable] = []
    for code in sorted(present, key=lambda code: code == largest):
        others = tuple(other for other in present if other != code)
        if code == largest:
            alone = sum(sizes[other] for other in others) == 1  # what sets one patient apart is hers, and said of her
            left = [] if alone else [entry for entry in entries if not any(map(entry.overlaps, said))]
        else:
            left = entries
        shared = dict(_shared(left, found, code, others))
        said += shared if sizes[code] > 1 else []  # of one patient her own sentence says it
        yield Shared(Criterion(by, (code,)).phrase, sizes[code], tuple(shared.values()))


def _looked_at(vocabulary: Vocabulary) -> list[Variable]:
    """What groups may share: everything that splits patients, then the numbers that are recorded once."""
    numbers = (entry for entry in vocabulary.summarised if entry.table == "cases" and entry.is_number)
    return [*vocabulary.groupings, *numbers]


def _shared(
    entries: Sequence[Variable], found: Found, code: Group, others: Sequence[Group]
) -> Iterable[tuple[Variable, str]]:
    """What a group shares and few others have: the variable, and the words."""
    named: list[Variable] = []  # a site that overlaps with one that was named would count its vertebrae twice
    for entry in entries:
        here = found.get((entry.name, None, code), Frequency())
        rest = sum((found.get((entry.name, None, other), Frequency()) for other in others), Frequency())
        said = _beyond(entry, here, rest) if entry.is_number else _level(entry, here, rest)
        if said and not any(map(entry.overlaps, named)):
            named.append(entry)
            yield entry, said


def _level(entry: Variable, here: Frequency, rest: Frequency) -> str:
    """The one level that all of a group have and at most half of the others, in words; empty if there is none."""
    if len(here.values) != 1 or here.missing or not rest.n:
        return ""
    value = next(iter(here.values))
    elsewhere = rest.values.get(value, 0)
    if elsewhere > rest.n * _RARE_ELSEWHERE:
        return ""
    level = ("yes" if value else "no") if entry.kind == "boolean" else str(value)
    return f"{Criterion(entry, (level,)).phrase} ({elsewhere} of {rest.n} others{_gap(rest)})"


def _gap(others: Frequency) -> str:
    """In how many of the others it is not known."""
    return f", not recorded in {others.missing}" if others.missing else ""


def _beyond(entry: Variable, here: Frequency, rest: Frequency) -> str:
    """Whether all values of a group lie beyond all values of the others, in words; empty if they overlap."""
    if here.n < 2 or here.missing or rest.n < 2:
        return ""
    if max(here.values) < min(rest.values):
        return f"the lowest {entry.words} (all below the others' {entry.written(min(rest.values))}{_gap(rest)})"
    if min(here.values) > max(rest.values):
        return f"the highest {entry.words} (all above the others' {entry.written(max(rest.values))}{_gap(rest)})"
    return ""


def _at_baseline(found: Found, entry: Variable, level: Group) -> Frequency:
    return found.get((entry.name, 0 if entry.per_visit else None, level), Frequency())


def _head(entry: Variable) -> tuple[str, str]:
    """The name of a confounder and what stands over its column."""
    if entry.trait:
        return entry.name, capitalised(entry.label if entry.kind == "boolean" else entry.level_label(entry.trait))
    return entry.name, f"Median baseline {entry.words}" if entry.per_visit else f"Median {entry.label}"


def _told_apart(heads: Iterable[tuple[str, str]]) -> Iterable[str]:
    """The heads; one that another column had before it says its variable's name, too."""
    seen: set[str] = set()
    for name, head in heads:
        yield f"{head} ({name})" if head in seen else head
        seen.add(head)


def _cell(entry: Variable, frequency: Frequency) -> str:
    if not entry.trait:
        return median_words(entry, frequency)
    value = entry.trait == "yes" if entry.kind == "boolean" else entry.trait
    return k_of_n(frequency.values.get(value, 0), frequency.n)
