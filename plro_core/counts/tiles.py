"""A filter that is being moved answers from a tile: a question counted once for all of its positions.

A tile is the answer to the question without the filter, with the value of the filter's variable as a further key. What any
position of the filter gives is a sum over the values that pass, so it costs what the answer is long, however many patients
there are. A tile is made when a second position of the same filter is asked for, all else being the same.
"""

import threading
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plro_core.cohort import Cohort, Criterion
from plro_core.counts.chosen import of_cases, passing, patients, visits
from plro_core.counts.model import Engine
from plro_core.counts.questions import (
    Answer,
    Counted,
    Pairs,
    PairsFromBaseline,
    Paths,
    Question,
    SetsOfFacts,
    Sized,
    Split,
)
from plro_core.store.columns import CodeColumn, CodeTables

#: The questions whose patients stand in groups, and where in their keys the group is.
Grouped = Counted | Pairs | PairsFromBaseline | SetsOfFacts | Paths
_PLACES: dict[type, int] = {Counted: 2, Pairs: 0, PairsFromBaseline: 2, SetsOfFacts: 0, Paths: 0}

#: Registries of fewer patients are counted faster than a tile is looked up.
FEWEST = 5_000
#: A tile may have so many counts, and all tiles of a registry together; a count takes four bytes.
MOST_COUNTS, MOST_TOGETHER = 400_000, 8_000_000
#: So many filters are remembered of which one position was asked for.
_MOST_SEEN = 4_000

#: A filter that may be moved: the question without it, and its key.
Moved = Sized | Grouped
Slider = tuple[Moved, str]


@dataclass(frozen=True)
class Tile:
    """By key and by value how many there are: ``upto[k, c]`` counts the codes below ``c`` of the ``k``-th key."""

    column: CodeColumn
    keys: tuple[tuple[Any, ...], ...]
    upto: NDArray[np.int32]

    def at(self, criterion: Criterion) -> Answer:
        """The answer where the filter stands so."""
        passes = np.concatenate([[False], passing(self.column, criterion), [False]]).astype(np.int8)
        edges = np.diff(passes)
        found = np.zeros(len(self.keys), dtype=np.int64)
        for start, end in zip(np.flatnonzero(edges == 1), np.flatnonzero(edges == -1), strict=True):
            found += self.upto[:, end] - self.upto[:, start]
        places = np.flatnonzero(found)
        return dict(zip(map(self.keys.__getitem__, places.tolist()), found[places].tolist(), strict=True))


class TiledEngine(Engine):
    """An engine over code columns that answers from tiles where a filter is being moved; else another one counts.

    Safe to share between threads. Registries of fewer than ``fewest`` patients have no tiles.
    """

    def __init__(self, engine: Engine, codes: CodeTables, fewest: int = FEWEST) -> None:
        self._engine, self._codes, self._fewest = engine, codes, fewest
        self._lock = threading.Lock()
        self.tiles: OrderedDict[Slider, Tile] = OrderedDict()
        #: Where a filter stood when it was first asked for, and how many counts the answer had.
        self._seen: OrderedDict[Slider, tuple[str, int]] = OrderedDict()

    def answer(self, question: Question) -> Answer:
        if self._codes.patients < self._fewest:
            return self._engine.answer(question)
        sliders = list(_sliders(question))
        for slider, criterion in sliders:
            tile = self._tile(slider, criterion)
            if tile is not None:
                return tile.at(criterion)
        answer = self._engine.answer(question)
        with self._lock:
            for slider, criterion in sliders:
                self._seen.setdefault(slider, (criterion.text, len(answer)))
            while len(self._seen) > _MOST_SEEN:
                self._seen.popitem(last=False)
        return answer

    def _tile(self, slider: Slider, criterion: Criterion) -> Tile | None:
        """The tile of a filter that is being moved; nothing where it stands for the first time, or a tile would be too large."""
        with self._lock:
            if slider in self.tiles:
                self.tiles.move_to_end(slider)
                return self.tiles[slider]
            position, counts = self._seen.get(slider, (criterion.text, 0))
        column = of_cases(self._codes, criterion.variable, criterion.month)
        if position == criterion.text or counts * (column.width + 1) > MOST_COUNTS:
            return None
        made = self._made(slider[0], criterion, column)
        with self._lock:
            if made is None:  # where it stood at first few had passed; nobody need try again
                self._seen[slider] = (position, MOST_COUNTS)
            else:
                self._keep(slider, made)
        return made

    def _keep(self, slider: Slider, made: Tile) -> None:
        self.tiles[slider] = made
        while sum(tile.upto.size for tile in self.tiles.values()) > MOST_TOGETHER:
            self.tiles.popitem(last=False)

    def _made(self, question: Moved, criterion: Criterion, column: CodeColumn) -> Tile | None:
        """The tile of a question; nothing where it turns out to be too large, before it takes its memory."""
        if isinstance(question, Sized):
            return self._sizes(question.cohort, column)
        split = Split(question.group, criterion.variable, criterion.month)
        answer, place = self._engine.answer(replace(question, group=split)), _PLACES[type(question)]
        codes = {value: code for code, value in enumerate((None, *column.values))}
        keys: dict[tuple[Any, ...], int] = {}
        where, counts = np.empty((2, len(answer)), dtype=np.int64), np.empty(len(answer), dtype=np.int32)
        for at, (key, count) in enumerate(answer.items()):
            level, value = key[place]
            whole = (*key[:place], level, *key[place + 1 :])
            where[:, at] = keys.setdefault(whole, len(keys)), codes[value]
            counts[at] = count
        if len(keys) * (column.width + 1) > 2 * MOST_COUNTS:
            return None
        table = np.zeros((len(keys), column.width), dtype=np.int32)
        table[where[0], where[1]] = counts
        return _tile(column, tuple(keys), table)

    def _sizes(self, cohort: Cohort, column: CodeColumn) -> Tile:
        """Patients and visits in view by the value of a fact."""
        of_visits = self._codes["visits"].spread(column.codes)
        rows = (column.codes[patients(self._codes, cohort)], of_visits[visits(self._codes, cohort)])
        table = np.stack([np.bincount(codes, minlength=column.width) for codes in rows])
        return _tile(column, (("patients",), ("visits",)), table.astype(np.int32))


def _tile(column: CodeColumn, keys: tuple[tuple[Any, ...], ...], table: NDArray[np.int32]) -> Tile:
    upto = np.zeros((len(keys), column.width + 1), dtype=np.int32)
    np.cumsum(table, axis=1, out=upto[:, 1:])
    return Tile(CodeColumn(column.codes[:0], column.values), keys, upto)


def _sliders(question: Question) -> Iterator[tuple[Slider, Criterion]]:
    """The filters of a question that may be moved: on a fact that a patient has once."""
    if not isinstance(question, Moved):
        return
    for criterion in question.cohort.who:
        if not criterion.by_hand and not criterion.variable.many:
            without = replace(question, cohort=question.cohort.without(criterion.key))
            yield (without, criterion.key), criterion
