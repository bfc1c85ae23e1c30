"""The words of a pattern: what is said of one visit, or of one visit against an earlier one.

For pain a lower VAS is better. A laboratory value is only said to have risen or fallen: whether that is good depends on
the reference range, so the way into and out of the range is a pattern of its own. Where no range is declared, as for
"Mg", no value is called low or high. The flags reported with values are a pattern apart, never merged with these.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from plro_core.cohort import Criterion
from plro_core.counts.readings import Since
from plro_core.problems import QueryProblem
from plro_core.text import listed
from plro_core.vocabulary import Range, Variable, Vocabulary

Kind = Literal["positions", "steps", "overall", "range_steps", "range_overall", "arrows"]

NOT_RECORDED = "not recorded"
FIRST = "first value"
NO_BASELINE = "no baseline"
NO_LATER = "no later value"
NO_RANGE = "no range"

_POSITIONS = ("below", "within", "above")
_PAIN_STEPS = ("improved", "unchanged", "worse")
_LAB_STEPS = ("fell", "unchanged", "rose")
_RANGE_STEPS = ("came into range", "stayed within", "left the range", "stayed outside", "crossed the range")
_ARROWS = {"H": "high", "L": "low"}
_NO_ARROW = "no arrow"


@dataclass(frozen=True)
class Wording:
    """The words of one kind of pattern of one variable, in the order in which they are listed."""

    kind: Kind
    title: str
    words: tuple[str, ...]


def _is_pain(entry: Variable) -> bool:
    return entry.name == "vas"


def kinds(entry: Variable) -> tuple[Kind, ...]:
    """The kinds of pattern that a variable has: no way into or out of a range where none is declared."""
    ranged: tuple[Kind, ...] = ("range_steps", "range_overall") if entry.reference else ()
    arrows: tuple[Kind, ...] = ("arrows",) if entry.group == "Laboratory" else ()
    return ("positions", "steps", "overall", *ranged, *arrows)


def wording(entry: Variable, kind: Kind, flag: str = "reported flag") -> Wording:
    """What is said of a variable in patterns of a kind, and its title."""
    against = "against the reference range by visit" if entry.reference else "recorded values by visit (no range)"
    titles = {
        "positions": "severity by visit" if _is_pain(entry) else against,
        "steps": "from one recorded visit to the next",
        "overall": "from baseline to the last recorded visit",
        "range_steps": "into and out of the reference range, from one recorded visit to the next",
        "range_overall": "into and out of the reference range, from baseline to the last recorded visit",
        "arrows": f"{flag}s by visit",
    }
    moves = _PAIN_STEPS if _is_pain(entry) else _LAB_STEPS
    between = {"steps": moves, "overall": moves, "range_steps": _RANGE_STEPS, "range_overall": _RANGE_STEPS}
    if kind in ("steps", "range_steps"):
        words = (*between[kind], FIRST, NOT_RECORDED)
    elif kind in ("overall", "range_overall"):
        words = (*between[kind], NO_LATER, NO_BASELINE, NOT_RECORDED)
    elif kind == "arrows":
        words = (*_ARROWS.values(), _NO_ARROW, NOT_RECORDED)
    else:
        words = (*_position_words(entry), NOT_RECORDED)
    return Wording(kind, titles[kind], words)


#: What a position is called on a drawing, where no heading says that a range is meant.
_TOLD = {"below": "below range", "within": "in range", "above": "above range"}


def told(words: Sequence[str]) -> str:
    """A pattern as one reads it: "in range at every visit", "above range, then in range ×3"."""
    runs: list[tuple[str, int]] = []
    for word in words:
        before = runs.pop() if runs and runs[-1][0] == word else (word, 0)
        runs.append((word, before[1] + 1))
    names = [(_TOLD.get(word, word), times) for word, times in runs]
    if len(names) == 1:
        return f"{names[0][0]} at every visit" if len(words) > 1 else names[0][0]
    return ", ".join(f"{name} ×{times}" if times > 1 else name for name, times in names)


def pattern_of(vocabulary: Vocabulary, text: str) -> tuple[Variable, Kind]:
    """The variable and the kind of pattern that a link calls "calcium.positions".

    Raises:
        QueryProblem: there is no such measurement, or it has no patterns of that kind.
    """
    name, _, code = text.partition(".")
    entry = next((measured for measured in vocabulary.measured if measured.name == name), None)
    if entry is None:
        expected = listed([measured.name for measured in vocabulary.measured], "or")
        raise QueryProblem(f"“{name[:60]}” is not a measurement with patterns; expected {expected}.")
    kind = next((kind for kind in kinds(entry) if kind == code), None)
    if kind is None:
        raise QueryProblem(
            f"{entry.label} has no patterns of the kind “{code[:60]}”; expected {listed(list(kinds(entry)), 'or')}."
        )
    return entry, kind


def usual(vocabulary: Vocabulary) -> str:
    """The patterns that are shown unless others are asked for: of the first value that is held against a range, else of pain."""
    entry = next((measured for measured in vocabulary.measured if measured.reference), vocabulary.measured[0])
    return f"{entry.name}.positions"


def position_criterion(entry: Variable, month: int, word: str) -> Criterion:
    """Who has a value in this position at a visit; of "not recorded" who has none."""
    if word == NOT_RECORDED:
        return Criterion(entry, month=month, keeps_missing=True)
    if entry.reference and not _is_pain(entry):
        low, high = entry.reference.low, entry.reference.high
        outside = {"below": Range(low, None), "above": Range(None, high)}
        within = word not in outside
        return Criterion(entry, (Range(low, high) if within else outside[word],), negated=not within, month=month)
    ends = [Range(_severity_low(entry, word), high) for high, name in entry.severity if name == word]
    return Criterion(entry, tuple(ends), negated=not ends, month=month)


def _severity_low(entry: Variable, word: str) -> float:
    """The lowest whole score that a word is for."""
    low = 0
    for high, name in entry.severity:
        if name == word:
            break
        low = int(high) + 1
    return low


def _position_words(entry: Variable) -> tuple[str, ...]:
    if _is_pain(entry):
        return tuple(word for _, word in entry.severity)
    return _POSITIONS if entry.reference else (NO_RANGE,)


@dataclass(frozen=True)
class Said:
    """The words of one kind of pattern, as the reading of a question about paths; of arrows the reported flag is read."""

    entry: Variable
    kind: Kind

    @property
    def since(self) -> Since:
        between: dict[Kind, Since] = {"steps": "before", "range_steps": "before"}
        overall: dict[Kind, Since] = {"overall": "overall", "range_overall": "overall"}
        return (between | overall).get(self.kind, "nothing")

    def sort(self, value: Any) -> str | None:
        if self.kind == "arrows":
            return _ARROWS.get(value, _NO_ARROW)
        return _RECORDED if self.kind in ("steps", "overall") else _position(self.entry, value)

    def say(self, before: str | None, now: str | None, change: int) -> str | None:
        if self.since == "nothing":
            return now
        if before is None:
            return FIRST if self.since == "before" else NO_BASELINE
        if now is None:
            return NO_LATER
        if self.kind in ("steps", "overall"):
            return (_PAIN_STEPS if _is_pain(self.entry) else _LAB_STEPS)[change + 1]
        return _range_step(before, now)


#: The one class of values of which only the way they went counts.
_RECORDED = "recorded"


def _position(entry: Variable, value: float) -> str | None:
    """Where a recorded value lies; ``None`` for a score above all that have a word."""
    if _is_pain(entry):
        return next((word for high, word in entry.severity if value <= high), None)
    if entry.reference is None:
        return NO_RANGE
    return {"L": "below", "H": "above", None: "within"}[entry.reference.side(value)]


def _range_step(before: str, now: str) -> str:
    """Whether a value came into its range or left it."""
    came, within, left, outside, crossed = _RANGE_STEPS
    if now == "within":
        return within if before == "within" else came
    return left if before == "within" else outside if before == now else crossed
