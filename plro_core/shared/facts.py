"""Each patient as codes: what may be asked of her at all, in few levels, one row of codes a fact.

Numbers come in bins, many-valued variables as one yes-or-no fact for each value, what is measured at visits once for each planned visit.
"Not recorded" is a level of its own. Free text is no fact, but for agents that at least k patients were given.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plro_core.access import CENTRE
from plro_core.shared.bins import Cut, by_quarters, clinical, codes_of, labels, placed, wide_enough
from plro_core.shared.trees import Tree, tree
from plro_core.store import Registry
from plro_core.store.columns import CodeColumn
from plro_core.tables.model import with_unit
from plro_core.text import visit_name
from plro_core.vocabulary import Variable

OVERVIEW, PAIN, LABS, BONE, TREATMENTS = "Overview", "Pain", "Labs", "Bone", "Treatments"
SECTIONS = (OVERVIEW, PAIN, LABS, BONE, TREATMENTS)
_SECTION_OF = {
    "Pain": PAIN,
    "Laboratory": LABS,
    "Bone density": BONE,
    "Fractures": BONE,
    "Treatment": TREATMENTS,
    "Treatments": TREATMENTS,
}

NOT_RECORDED = "not recorded"
#: By so many facts patients may be filtered and grouped; all others are only counted.
MOST_KEYS = 11
#: A code of one byte; whatever has more levels is no fact.
_MOST_LEVELS = 200

Codes = NDArray[np.uint8]


@dataclass(frozen=True)
class Level:
    """One level of a fact: as a link names it, and in words."""

    code: str
    label: str


@dataclass(frozen=True)
class Fact:
    """Something that may be asked of a patient, with its levels; those of a number are bins in order, parted by ``cuts``."""

    name: str
    label: str
    section: str
    variable: Variable
    levels: tuple[Level, ...]
    cuts: tuple[Cut, ...] = ()
    month: int | None = None
    is_key: bool = False
    many: bool = False

    @property
    def bins(self) -> int:
        """How many levels are bins of a number; none where there is but one."""
        return len(self.cuts) + 1 if self.cuts else 0

    @property
    def label_in_sentence(self) -> str:
        """The label with a small first letter, unless it starts with a code such as L1."""
        return self.label[:1].lower() + self.label[1:] if self.label[1:2].islower() else self.label

    @property
    def heading(self) -> str:
        """The label with its unit."""
        return with_unit(self.label, self.variable.stated_unit)

    @property
    def remarks(self) -> tuple[str, ...]:
        """What must be said wherever it is counted: what it is, whose range its bins are cut by, and what its flags may mean."""
        entry = self.variable
        whose = (
            f"{entry.label}: {entry.reference.words} is the range of {entry.reference.cited}."
            if entry.reference
            else ""
        )
        return tuple(filter(None, (entry.note if entry.score or entry.uncertain else "", whose, entry.caveat)))

    @property
    def is_number(self) -> bool:
        return self.variable.is_number

    def between(self, low: int, high: int) -> str:
        """Some neighbouring bins in words."""
        if low == high:
            return self.levels[low].label
        first, last = self.cuts[low - 1] if low else None, self.cuts[high] if high < len(self.cuts) else None
        edges = [edge for edge in (first, last) if edge]
        return labels(self.variable, edges)[1 if first else 0]

    @property
    def recorded(self) -> tuple[int, ...]:
        """The places of the levels that say something."""
        return tuple(place for place, level in enumerate(self.levels) if level.label != NOT_RECORDED)

    def place(self, code: str) -> int | None:
        """The place of the level that a link names so."""
        return next((place for place, level in enumerate(self.levels) if level.code == code), None)


@dataclass(frozen=True, eq=False)
class Facts:
    """All facts of a registry, the codes of its patients in each, and the trees of their levels."""

    facts: tuple[Fact, ...]
    codes: tuple[Codes, ...]
    patients: int

    @cached_property
    def trees(self) -> tuple[Tree, ...]:
        return tuple(
            tree(np.bincount(codes, minlength=len(fact.levels)).tolist(), fact.bins)
            for fact, codes in zip(self.facts, self.codes, strict=True)
        )

    @cached_property
    def keys(self) -> tuple[int, ...]:
        """The places of the facts by which patients may be filtered and grouped."""
        return tuple(place for place, fact in enumerate(self.facts) if fact.is_key)

    @cached_property
    def _places(self) -> dict[str, int]:
        return {fact.name: place for place, fact in enumerate(self.facts)}

    def place(self, name: str) -> int | None:
        """The place of the fact of that name."""
        return self._places.get(name)


Coded = tuple[Fact, Codes]


def facts_of(registry: Registry, k: int) -> Facts:
    """The facts of a registry where no fewer than k patients may be told."""
    asked = _asked(registry, k)
    unique: dict[str, Coded] = {}
    for fact, codes in asked:
        unique.setdefault(fact.name, (fact, codes))
    found = list(unique.values())
    may_be = {fact.name for fact, _ in found if fact.is_key and len(fact.levels) > 1}
    keys = [name for name in _key_names(registry) if name in may_be][:MOST_KEYS]
    facts = tuple(replace(fact, is_key=fact.name in keys) for fact, _ in found)
    return Facts(facts, tuple(codes for _, codes in found), registry.patients)


def _asked(registry: Registry, k: int) -> Iterator[Coded]:
    """Facts of the case, of visits, and of the tables with a row a fact."""
    words, tables = registry.vocabulary, registry.codes
    keys = frozenset(_key_names(registry))
    for entry in words.columns("cases"):
        column = None if entry.required else tables["cases"].column(entry.name) if _can_be_asked(entry) else None
        if column is not None:
            yield from _of_column(entry, entry.name, column, _cuts(entry, [column], k), None, keys)
    for entry in words.measured:
        at = {month: tables.at(entry.name, month) for month in words.months}
        cuts = _cuts(entry, list(at.values()), k)
        for month, column in at.items():
            yield from _of_column(entry, f"{entry.name}.{month}", column, cuts, month, keys)
    for entry in (*words.many, *_agents(registry)):
        yield from _of_many(registry, entry, k)


def _key_names(registry: Registry) -> tuple[str, ...]:
    """By what patients may be filtered and grouped, the first first: the centre, which some visitors are bound to; facts of few
    levels; then pain at baseline, bone density, age and time.
    """
    words = registry.vocabulary
    numbers = [entry for entry in words.columns("cases") if entry.is_number and entry.filterable and not entry.score]
    measured = [f"{entry.name}.0" for entry in words.measured if entry.confounder]
    scores = [entry.name for entry in words.scores if entry.confounder]
    groups = sorted((entry.name for entry in words.groupings), key=lambda name: name != CENTRE)
    return (*groups, *measured, *scores, *(entry.name for entry in numbers))


def _can_be_asked(entry: Variable) -> bool:
    return entry.is_number or bool(entry.levels)


def _agents(registry: Registry) -> tuple[Variable, ...]:
    """What was given, by kind and by name, where the registry has treatments."""
    columns = registry.vocabulary.columns("treatments")
    return tuple(entry for entry in columns if entry.name in ("kind", "agent"))


def _cuts(entry: Variable, columns: Sequence[CodeColumn], k: int) -> tuple[Cut, ...]:
    """The bins of a number, the same at all its visits, none with fewer than k values."""
    if not entry.is_number:
        return ()
    counts: dict[float, int] = {}
    for column in columns:
        each = np.bincount(column.codes, minlength=column.width)[1:]
        for value, count in zip(column.values, each.tolist(), strict=True):
            counts[float(value)] = counts.get(float(value), 0) + count
    values = np.array(sorted(counts), dtype=np.float64)
    each = np.array([counts[value] for value in values.tolist()], dtype=np.int64)
    for cuts in (clinical(entry), by_quarters(values, each, entry.decimals)):
        sizes = np.bincount(placed(values, cuts), weights=each, minlength=len(cuts) + 1)
        if kept := wide_enough(cuts, sizes.astype(np.int64).tolist(), k):
            return kept
    return ()


def _of_column(
    entry: Variable, name: str, column: CodeColumn, cuts: tuple[Cut, ...], month: int | None, keys: frozenset[str]
) -> Iterator[Coded]:
    """A fact of a column of codes; nothing where it is not recorded of anybody or has too many levels."""
    if entry.is_number:
        levels = [Level(code, label) for code, label in zip(codes_of(cuts), labels(entry, cuts), strict=True)]
        of_value = placed(map(float, column.values), cuts)
    else:
        levels = [Level(level.code, level.label) for level in entry.levels]
        places = {level.code: place for place, level in enumerate(entry.levels)}
        of_value = np.array([places[_code(value)] for value in column.values], dtype=np.int64)
    if not column.codes.any() or len(levels) > _MOST_LEVELS:
        return
    number = len(levels)
    if not column.codes.all():
        levels.append(Level("none", NOT_RECORDED))
    codes = np.array([number, *of_value.tolist()], dtype=np.uint8)[column.codes]
    label = entry.label if month is None else f"{entry.short_label}, {visit_name(month)}"
    section = _SECTION_OF.get(entry.group, OVERVIEW)
    yield Fact(name, label, section, entry, tuple(levels), cuts, month, name in keys), codes


def _code(value: Any) -> str:
    """A stored value as its level is called."""
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


def _of_many(registry: Registry, entry: Variable, k: int) -> Iterator[Coded]:
    """One yes-or-no fact for each value of a many-valued variable: each that is declared, else each that k patients have."""
    table = registry.codes[entry.table]
    column = table.column(entry.name)
    known = {level.code: level.label for level in entry.levels} or {str(value): str(value) for value in column.values}
    for value, label in known.items():
        codes = np.zeros(registry.patients, dtype=np.uint8)
        code = column.code(value)
        codes[table.patients_of(np.flatnonzero(column.codes == code))] = 1
        if not entry.levels and int(codes.sum(dtype=np.int64)) < k:
            continue
        levels = (Level("yes", "recorded"), Level("no", "none recorded"))
        section = _SECTION_OF.get(entry.group, OVERVIEW)
        name = f"{entry.table}.{entry.name}.{value}"
        yield Fact(name, f"{entry.label}: {label}", section, entry, levels, many=True), (1 - codes).astype(np.uint8)


def joint(facts: Facts, places: Iterable[int]) -> tuple[NDArray[np.int64], tuple[int, ...]]:
    """For each patient which combination of levels of some facts she has, and how many levels each of these has."""
    found = np.zeros(facts.patients, dtype=np.int64)
    shape = []
    for place in places:
        width = len(facts.facts[place].levels)
        found = found * width + facts.codes[place]
        shape.append(width)
    return found, tuple(shape)
