"""Marks: what a point, bar, level or band of a figure stands for, and the cohorts that a choice among them leads to.

A mark is a patient's number, or a piece of the cohort language such as "smoking=yes". A figure carries it as ``customdata``
of its points (of a list the first entry counts), and may declare which variables its axes hold, see :func:`axes`.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from plro_core.cohort import MOST_VALUES, Cohort, Criterion, people
from plro_core.cohort_words import MOST_NAMED
from plro_core.lookups import numbers
from plro_core.problems import QueryProblem
from plro_core.store import Registry
from plro_core.text import capitalised, listed
from plro_core.vocabulary import Range, Vocabulary

Mark = int | str

#: What an axis holds: a variable's key such as "age" or "vas.3"; or, for an axis along which several stand, which one the
#: other axis holds at each place: ``{"0": "vas.0", "3": "vas.3"}``.
Axis = str | Mapping[str, str]

Ends = tuple[float, float]

#: So far beyond its axis a box is one that was drawn along the other axis alone.
_WHOLE = 0.98


@dataclass(frozen=True)
class Choice:
    """What was pointed at in a figure: the patients as a cohort, and what they are called."""

    these: Cohort
    words: str

    @property
    def patient(self) -> int | None:
        """The one patient who was pointed at; ``None`` if it was something else."""
        named = self.these.criteria[0].numbers if len(self.these.criteria) == 1 else ()
        return named[0] if len(named) == 1 else None

    @property
    def of_visits(self) -> bool:
        """Whether visits were pointed at rather than patients."""
        return not self.these.who


def axes(**held: Axis) -> dict[str, dict[str, Axis]]:
    """What a figure's axes hold, for its layout's ``meta``: ``axes(y="age")``, ``axes(x={"0": "vas.0", "1": "vas.1"})``."""
    return {"axes": held}


def mark_of(customdata: Any) -> Mark | None:
    """What a point stands for; ``None`` if it does not say."""
    first = customdata[0] if isinstance(customdata, list | tuple) and customdata else customdata
    if isinstance(first, bool):
        return None
    if isinstance(first, int | float) and math.isfinite(first) and first == int(first) > 0:
        return int(first)
    return first if isinstance(first, str) and "=" in first else None


def marks_of(points: Iterable[Any]) -> tuple[Mark, ...]:
    """What several points stand for, each once; of patients and pieces the patients, who are what the pieces are of."""
    found = tuple(dict.fromkeys(mark for point in points if (mark := mark_of(point)) is not None))
    patients = tuple(mark for mark in found if isinstance(mark, int))
    return tuple(sorted(patients)) or found


def marks_in(spec: Mapping[str, Any], vocabulary: Vocabulary) -> dict[Mark, str]:
    """All marks of a figure, given as Plotly's JSON, and what they are called: the patients by number, then the pieces as they are drawn."""
    found = [mark_of(_plain(point)) for trace in spec["data"] for point in _points(trace.get("customdata"))]
    patients = sorted({mark for mark in found if isinstance(mark, int)})
    pieces = dict.fromkeys(mark for mark in found if isinstance(mark, str))
    named = {piece: words_of(cohort) for piece in pieces if (cohort := _read(piece, vocabulary)) is not None}
    return {number: f"Patient {number}" for number in patients} | named


def _points(customdata: Any) -> Sequence[Any]:
    return () if customdata is None else customdata


def _plain(point: Any) -> Any:
    """A point's data without NumPy's types."""
    return point.tolist() if hasattr(point, "tolist") else point


def choice(registry: Registry, cohort: Cohort, marks: Sequence[Mark]) -> Choice | None:
    """The patients of a view that some marks stand for; ``None`` if none of them is known here.

    Raises:
        QueryProblem: they are more patients than a cohort may name.
    """
    named = [mark for mark in marks if isinstance(mark, int)]
    if named:
        criterion = Criterion.naming(named, registry.vocabulary)
        return Choice(Cohort((criterion,)), _patients(criterion.numbers))
    pieces = [piece for mark in marks if (piece := _read(str(mark), registry.vocabulary)) is not None]
    if not pieces:
        return None
    these = _any_of(pieces)
    if these is not None:
        return Choice(these, words_of(these))
    anyone = sorted({number for piece in pieces for number in _named_in(registry, (*cohort.who, *piece.who))})
    if not anyone:
        return None
    criterion = Criterion.naming(anyone, registry.vocabulary)
    return Choice(Cohort((criterion,)), _patients(criterion.numbers))


def _read(piece: str, vocabulary: Vocabulary) -> Cohort | None:
    """A piece of the cohort language; ``None`` if it is none in these words, or asks for nothing."""
    try:
        found = Cohort.parse(piece, vocabulary)
    except QueryProblem:
        return None
    return found if found.criteria else None


def words_of(cohort: Cohort) -> str:
    """What a piece is called: "Smoking", "Fracture level T12", "Patients with smoking and age 25 to 31 years"."""
    alone = len(cohort.criteria) == 1
    return capitalised(cohort.criteria[0].phrase if alone else people(cohort.criteria))


def _patients(named: Sequence[int]) -> str:
    if len(named) == 1:
        return f"Patient {named[0]}"
    told = f" ({listed([str(number) for number in named])})" if len(named) <= MOST_NAMED else ""
    return f"{len(named)} patients{told}"


def _any_of(pieces: Sequence[Cohort]) -> Cohort | None:
    """Those for whom any of the pieces holds; ``None`` if the language cannot say so in one criterion."""
    first = pieces[0]
    if len(pieces) == 1:
        return first
    criteria = [criterion for piece in pieces for criterion in piece.criteria]
    if any(len(piece.criteria) > 1 for piece in pieces) or any(found.negated for found in criteria):
        return None
    if {criterion.key for criterion in criteria} != {first.criteria[0].key}:
        return None
    items = tuple(dict.fromkeys(item for criterion in criteria for item in criterion.items))
    keeps = any(criterion.keeps_missing for criterion in criteria)
    return Cohort((replace(first.criteria[0], items=items, keeps_missing=keeps),))


def narrowed(registry: Registry, cohort: Cohort, these: Cohort) -> Cohort | None:
    """The view with these alone; ``None`` if nobody is left.

    Raises:
        QueryProblem: only a list could say so, and it would be longer than a cohort may be.
    """
    found: Cohort | None = cohort
    for criterion in these.criteria:
        found = None if found is None else _with(found, criterion)
    if found is not None or not these.who:
        return found
    return _listing(registry, cohort, _named_in(registry, (*cohort.who, *these.who)))


def rest(registry: Registry, cohort: Cohort, these: Cohort) -> Cohort | None:
    """The view without these: also those of whom nothing is recorded stay. ``None`` if nobody is left.

    Raises:
        QueryProblem: only a list could say so, and it would be longer than a cohort may be.
    """
    if len(these.criteria) == 1 or not these.who:
        found = _with(cohort, _others(registry, cohort, these.criteria[0]))
        if found is not None or not these.who:
            return found
    inside = set(_named_in(registry, (*cohort.who, *these.who)))
    outside = [number for number in _named_in(registry, cohort.who) if number not in inside]
    return _listing(registry, cohort, outside)


def _others(registry: Registry, cohort: Cohort, criterion: Criterion) -> Criterion:
    """What holds exactly where a criterion does not; without "or not recorded" where it is recorded of everybody."""
    if criterion.by_hand:
        return replace(criterion, negated=not criterion.negated)
    opposite = replace(criterion, negated=not criterion.negated, keeps_missing=not criterion.keeps_missing)
    unknown = replace(criterion, items=(), negated=False, keeps_missing=True)
    if not opposite.keeps_missing or not opposite.items:
        return opposite
    missing = not criterion.about_visits and numbers(registry, Cohort((*cohort.who, unknown)), 1)
    return opposite if missing else replace(opposite, keeps_missing=False)


def _with(cohort: Cohort, criterion: Criterion) -> Cohort | None:
    """A cohort with one more criterion; ``None`` if the two on one key cannot be said as one."""
    before = cohort.get(criterion.key)
    if before is None:
        return cohort.with_(criterion)
    both = _both(before, criterion)
    return None if both is None else cohort.with_(both)


def _both(first: Criterion, second: Criterion) -> Criterion | None:
    """One criterion for two on the same variable; ``None`` if there is none, or nobody can meet both."""
    keeps = first.keeps_missing and second.keeps_missing
    if first.negated and second.negated:
        return replace(first, items=tuple(dict.fromkeys((*first.items, *second.items))), keeps_missing=keeps)
    if first.variable.many:
        narrower = not second.negated and not first.negated and set(second.items) <= set(first.items)
        return replace(second, keeps_missing=keeps) if narrower else None
    if first.negated or second.negated:
        kept, left = (second, first) if first.negated else (first, second)
        items = tuple(item for item in kept.items if item not in left.items)
        if any(_common(item, gone) for item in items for gone in left.items):
            return None  # half of a range is gone, and a range without one of its ends cannot be said
    else:
        items = _widest(common for one in first.items for other in second.items if (common := _common(one, other)))
    return replace(first, items=items, negated=False, keeps_missing=keeps) if items or keeps else None


def _widest(items: Iterable[str | Range]) -> tuple[str | Range, ...]:
    """Each item once, without the ranges that lie in another one."""
    found = tuple(dict.fromkeys(items))
    return tuple(item for item in found if not any(item != wider and _common(item, wider) == item for wider in found))


def _common(one: str | Range, other: str | Range) -> str | Range | None:
    """What two levels or ranges have in common."""
    if isinstance(one, str) or isinstance(other, str):
        return one if one == other else None
    lows = [end for end in (one.low, other.low) if end is not None]
    highs = [end for end in (one.high, other.high) if end is not None]
    low, high = max(lows, default=None), min(highs, default=None)
    return None if low is not None and high is not None and low > high else Range(low, high)


def _named_in(registry: Registry, criteria: Iterable[Criterion]) -> list[int]:
    return numbers(registry, Cohort(tuple(criteria)), MOST_VALUES + 1)


def _listing(registry: Registry, cohort: Cohort, named: Sequence[int]) -> Cohort | None:
    """The view with a list of its patients in place of what cannot be said otherwise; ``None`` for nobody."""
    return cohort.with_(Criterion.naming(named, registry.vocabulary)) if named else None


def brushed(
    box: Mapping[str, Any], held: Mapping[str, Axis], spans: Mapping[str, Ends], vocabulary: Vocabulary
) -> Cohort | None:
    """The range of values that a box covers, as a cohort; ``None`` if the axes do not say what they hold.

    ``box`` is Plotly's: references of its axes and two ends on each. ``held`` says what each axis holds, and ``spans`` how far
    the axes go: along the whole of an axis a box asks for nothing.
    """
    criteria = []
    for along, other in (("x", "y"), ("y", "x")):
        reference, ends = box[f"{along}ref"], _ordered(box[along])
        if _covers(ends, spans.get(reference)):
            continue
        key = held.get(reference) or _at_one_place(held.get(box[f"{other}ref"]), _ordered(box[other]))
        if isinstance(key, str) and (criterion := _within(key, ends, vocabulary)) is not None:
            criteria.append(criterion)
    return Cohort(tuple(criteria)) if criteria else None


def _ordered(ends: Sequence[Any]) -> Ends:
    low, high = sorted(float(end) for end in ends[:2])
    return low, high


def _covers(ends: Ends, span: Ends | None) -> bool:
    if span is None:
        return False
    low, high = min(span), max(span)
    return min(ends[1], high) - max(ends[0], low) >= _WHOLE * (high - low)


def _at_one_place(axis: Axis | None, ends: Ends) -> str | None:
    """What stands at the one place within two ends of an axis along which several stand."""
    if axis is None or isinstance(axis, str):
        return None
    inside = [key for place, key in axis.items() if ends[0] <= float(place) <= ends[1]]
    return inside[0] if len(inside) == 1 else None


def _within(key: str, ends: Ends, vocabulary: Vocabulary) -> Criterion | None:
    """Values of a numeric variable that lie within two ends, written as they are recorded."""
    name, _, _ = key.partition(".")
    entry = vocabulary.filters.get(name)
    if entry is None or not entry.is_number:
        return None
    step = 10.0**entry.decimals
    low, high = math.ceil(ends[0] * step - 1e-9) / step, math.floor(ends[1] * step + 1e-9) / step
    if entry.plausible is not None:
        low = max(low, entry.plausible.low if entry.plausible.low is not None else low)
        high = min(high, entry.plausible.high if entry.plausible.high is not None else high)
    try:
        return Criterion.parse(key, f"{low + 0.0:.6f}-{high + 0.0:.6f}", vocabulary) if low <= high else None
    except QueryProblem:  # a visit that this registry does not plan
        return None
