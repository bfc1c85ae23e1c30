"""The levels at which fractures are documented, where each stands on an axis, and which of them had vertebroplasty."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from plro_core.counts import Frequency
from plro_core.figures.points import InView
from plro_core.lookups import Record
from plro_core.vocabulary.standard import CERVICAL, FRACTURE_LEVELS, LUMBAR, VERTEBRAE

#: Where each vertebra stands.
PLACES = {level: index + (0.5 if level in LUMBAR else 0) for index, level in enumerate(VERTEBRAE)}
PLACES |= {level: index - len(CERVICAL) - 0.5 for index, level in enumerate(CERVICAL)}
#: Half the width of a letter of a level's name, in vertebrae.
_A_LETTER = 0.14


def cemented_levels(treatments: Sequence[Record]) -> dict[int, set[str]]:
    """Vertebrae that had vertebroplasty, by patient, read from the procedure's name ("vertebroplasty T6, T10, T11")."""
    found: dict[int, set[str]] = {}
    for row in treatments:
        if named := named_levels([row["agent"]]):
            found.setdefault(row["case_id"], set()).update(named)
    return found


def named_levels(agents: Iterable[str]) -> set[str]:
    """The vertebrae in the names of procedures that are vertebroplasties."""
    told = [agent for agent in agents if agent.startswith("vertebroplasty")]
    return {level for agent in told for level in re.findall(r"\b[TL]\d{1,2}\b", agent)} & set(VERTEBRAE)


@dataclass(frozen=True)
class Levels:
    """The levels of the axis: cervical ones, T1 to L5, then other bones, by their codes with the words for them."""

    cervical: tuple[str, ...]
    others: tuple[str, ...]
    labels: Mapping[str, str]

    @property
    def all(self) -> tuple[str, ...]:
        return (*self.cervical, *VERTEBRAE, *self.others)

    def place(self, level: str) -> float:
        """Where a level stands: vertebrae one apart with a little space between the parts, other bones further right."""
        return PLACES[level] if level in PLACES else self._beside_the_spine[level]

    @cached_property
    def _beside_the_spine(self) -> dict[str, float]:
        """Other bones two apart, or so far that their words have room."""
        found: dict[str, float] = {}
        at = len(VERTEBRAE) + 1.5
        for before, level in zip(("", *self.others), self.others, strict=False):
            if before:
                at += max(2.0, 0.4 + _A_LETTER * (len(self.labels[before]) + len(self.labels[level])))
            found[level] = at
        return found

    @property
    def end(self) -> float:
        """Where the axis ends, the words of the last level included."""
        last = self.all[-1]
        return self.place(last) + max(1.2, _A_LETTER * len(self.name(last)) + 0.3)

    def name(self, level: str) -> str:
        """The head of a level: the number of a vertebra, the word for another bone."""
        return level[1:] if level in PLACES else self.labels[level]


def levels_in_view(view: InView, found: Frequency) -> Levels:
    """The levels as declared; those that the registry adds where somebody in view has a fracture there."""
    entry = view.vocabulary.variable("level", "fractures")
    usual = {level.code for level in FRACTURE_LEVELS}
    shown = [level for level in entry.levels if level.code in usual or found.values.get(level.code)]
    codes = [level.code for level in shown if level.code not in VERTEBRAE]
    cervical = tuple(code for code in CERVICAL if code in codes)
    others = tuple(code for code in codes if code not in cervical)
    return Levels(cervical, others, {level.code: level.label for level in shown})
