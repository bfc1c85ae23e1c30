"""Paths of a visit fact over code columns: what is said of a patient at each month is one more column of codes.

Values are looked at once each, not once a patient: a reading sorts the few different values into classes, and says what it
says once for each pair of classes that occurs.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plro_core.counts.chosen import grouped, patients
from plro_core.counts.crossing import combined, crossed
from plro_core.counts.kept import Kept
from plro_core.counts.questions import Answer, Paths
from plro_core.counts.readings import Reading
from plro_core.store.columns import CodeColumn, CodeTables, smallest

Codes = NDArray[np.integer[Any]]


def counted_paths(codes: CodeTables, asked: Paths) -> Answer:
    """How many patients of a group have each path."""
    path = path_of(codes, asked)
    beside = [codes["cases"].column(entry.name) for entry in asked.beside]
    columns = (grouped(codes, asked.group), *path, *beside)
    found = crossed(columns, patients(codes, asked.cohort))
    upto = 1 + len(path)
    return {(key[0], key[1:upto], *key[upto:]): count for key, count in found}


def first_of_each(codes: CodeTables, asked: Paths, limit: int) -> dict[tuple[Any, ...], tuple[int, ...]]:
    """By path the numbers of the patients who have it, ascending; the lowest ones where they are more than ``limit``."""
    chosen = np.flatnonzero(patients(codes, asked.cohort))
    chosen = chosen[np.argsort(codes.numbers[chosen], kind="stable")]
    path = path_of(codes, asked)
    at = combined([column.codes[chosen] for column in path], [column.width for column in path], len(chosen))
    order, starts = _runs(at)
    ends = np.append(starts, len(at))[1:]
    found = {}
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        cases = chosen[order[start : min(end, start + limit)]]
        key = tuple(column.taken(cases[:1])[0] for column in path)
        found[key] = tuple(codes.numbers[cases].tolist())
    return found


def _runs(at: Codes) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The rows in order of their codes, rows of one code in the order they come in, and where each code starts."""
    few = at.astype(np.uint16) if at.max(initial=0) < 2**16 else at  # few codes are sorted in one pass
    order = np.argsort(few, kind="stable")
    ordered = at[order]
    new = np.ones(len(at), dtype=bool)
    new[1:] = ordered[1:] != ordered[:-1]
    return order, np.flatnonzero(new)


#: Paths that were asked for last: another filter or group asks for the same ones.
_paths: Kept[list[CodeColumn]] = Kept(lambda path: sum(column.codes.nbytes for column in path))


def path_of(codes: CodeTables, asked: Paths) -> list[CodeColumn]:
    """What is said of each case at each month, or once over all."""
    name = (asked.variable, asked.months, asked.reading, asked.flag)
    return _paths.get(codes, name, lambda: _path_of(codes, asked))


def _path_of(codes: CodeTables, asked: Paths) -> list[CodeColumn]:
    values = [values_at(codes, asked, month) for month in asked.months]
    known = values[0].values if values else ()
    visits = [column.codes for column in values]
    nothing = np.zeros(codes.patients, dtype=np.uint8)
    first = next((column for month, column in zip(asked.months, visits, strict=True) if month == 0), nothing)
    said = _Said(asked.reading, known)
    match asked.reading.since:
        case "nothing":
            return [said.of(nothing, now) for now in visits]
        case "baseline":
            return [said.of(first, np.where(first > 0, now, 0)) for now in visits]
        case "before":
            earlier = _last_before(nothing, visits)
            return [said.of(before, now) for before, now in zip(earlier, visits, strict=True)]
        case "overall":
            later = [column for month, column in zip(asked.months, visits, strict=True) if month > 0]
            return [said.of(first, _last_before(nothing, [*later, nothing])[-1], overall=True)]


def values_at(codes: CodeTables, asked: Paths, month: int) -> CodeColumn:
    """The values that are read at a month: of a flag, that of a recorded value and "" for none."""
    column = codes.at(asked.variable.name, month)
    if asked.flag is None:
        return column
    flags = codes.at(asked.flag.name, month)
    return CodeColumn(np.where(column.codes > 0, flags.codes + 1, 0).astype(np.uint32), ("", *flags.values))


def _last_before(nothing: Codes, visits: Sequence[Codes]) -> list[Codes]:
    """For each visit the recorded value before it."""
    found, last = [], nothing
    for now in visits:
        found.append(last)
        last = np.where(now > 0, now, last)
    return found


class _Said:
    """What a reading says of each pair of values, found once a pair of classes."""

    def __init__(self, reading: Reading, values: Sequence[Any]) -> None:
        self._reading = reading
        sorted_ = [reading.sort(value) for value in values]
        places = {kind: place for place, kind in enumerate(dict.fromkeys(sorted_), 1)}
        self._classes = (None, *places)
        self._class_of: Codes = np.array([0, *(places[kind] for kind in sorted_)], dtype=smallest(len(places)))

    def of(self, before: Codes, now: Codes, overall: bool = False) -> CodeColumn:
        """What is said of each case, ``None`` where there is no value now (``overall``: neither of the two)."""
        kinds = len(self._classes)
        both = (before > 0) & (now > 0)
        change = 1 + (both & (now > before)).astype(np.uint8) - (both & (now < before)).astype(np.uint8)
        at = combined((self._class_of[before], self._class_of[now], change), (kinds, kinds, 3), len(now))
        occurring = np.flatnonzero(np.bincount(at, minlength=1))
        said = [self._say(*divmod(place, 3), overall) for place in occurring.tolist()]
        words = {word: code for code, word in enumerate(dict.fromkeys(word for word in said if word is not None), 1)}
        table: NDArray[np.unsignedinteger[Any]] = np.zeros(kinds * kinds * 3, dtype=smallest(len(words)))
        table[occurring] = [0 if word is None else words[word] for word in said]
        return CodeColumn(table[at], tuple(words))

    def _say(self, pair: int, change: int, overall: bool) -> Any:
        before, now = divmod(pair, len(self._classes))
        if now == 0 and not (overall and before):
            return None
        return self._reading.say(self._classes[before], self._classes[now], change - 1)
