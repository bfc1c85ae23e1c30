"""The counts of a cohort from code columns: the same integers as from SQL, at a small part of its cost.

A cohort is a mask over the cases, a group a column of codes, and a count one ``bincount`` over both.
"""

from collections.abc import Iterable, Iterator
from typing import Any, assert_never

import numpy as np

from plro_core.counts.changed import changes_from_baseline
from plro_core.counts.chosen import among, grouped, grouped_visits, patients, since_baseline, visits
from plro_core.counts.crossing import crossed, crossed_each
from plro_core.counts.facts import first_and_last, measured, sets_of_facts
from plro_core.counts.model import Engine
from plro_core.counts.paths import counted_paths
from plro_core.counts.questions import (
    Answer,
    ChangesFromBaseline,
    Combinations,
    Counted,
    FirstAndLast,
    Measured,
    NumberEach,
    Pairs,
    PairsFromBaseline,
    Paths,
    Question,
    Recorded,
    SetsOfFacts,
    Sized,
)
from plro_core.store.columns import CodeColumn, CodeTable, CodeTables
from plro_core.vocabulary import Variable


class CodeEngine(Engine):
    """Counts with one ``bincount`` a variable."""

    def __init__(self, codes: CodeTables) -> None:
        self._codes = codes

    def answer(self, question: Question) -> Answer:
        match question:
            case Sized():
                return sized(self._codes, question)
            case Counted():
                return dict(counted(self._codes, question))
            case Pairs():
                return dict(pairs(self._codes, question))
            case PairsFromBaseline():
                return dict(pairs_from_baseline(self._codes, question))
            case ChangesFromBaseline():
                return dict(changes_from_baseline(self._codes, question))
            case NumberEach():
                return number_each(self._codes, question)
            case Combinations():
                return dict(combinations(self._codes, question))
            case SetsOfFacts():
                return sets_of_facts(self._codes, question)
            case Measured():
                return measured(self._codes, question)
            case FirstAndLast():
                return first_and_last(self._codes, question)
            case Recorded():
                return recorded(self._codes, question)
            case Paths():
                return counted_paths(self._codes, question)
            case _:
                assert_never(question)


Counts = Iterator[tuple[tuple[Any, ...], int]]


def sized(codes: CodeTables, asked: Sized) -> Answer:
    """Patients of the cohort, and visits in view."""
    found = {"patients": patients(codes, asked.cohort), "visits": visits(codes, asked.cohort)}
    counts = {(name,): np.count_nonzero(chosen) for name, chosen in found.items()}
    return {name: int(count) for name, count in counts.items() if count}


def counted(codes: CodeTables, asked: Counted) -> Counts:
    """Each value of each variable with its count."""
    groups = grouped(codes, asked.group)
    of_visits = [entry for entry in asked.variables if entry.table == "visits" and not entry.many]
    of_cases = [entry for entry in asked.variables if entry.table == "cases" and not entry.many]
    if of_visits:
        by = (codes["visits"].column("month"), grouped_visits(codes, asked.group))
        named: list[tuple[tuple[Any, ...], CodeColumn]] = [
            ((entry.name,), codes["visits"].column(entry.name)) for entry in of_visits
        ]
        yield from crossed_each(by, named, visits(codes, asked.cohort))
    if len(of_visits) == len(asked.variables):
        return
    chosen = patients(codes, asked.cohort)
    facts_of_cases = [((entry.name, None), codes["cases"].column(entry.name)) for entry in of_cases]
    yield from crossed_each((groups,), facts_of_cases, chosen)
    for entry in asked.variables:
        if entry not in of_visits and entry not in of_cases:
            held, number = codes.held(entry.table, entry.name)
            by_value = CodeColumn(np.repeat(groups.codes, number), groups.values)
            yield from crossed_each((by_value,), [((entry.name, None), held)], np.repeat(chosen, number))


def _columns(table: CodeTable, entries: Iterable[Variable]) -> list[CodeColumn]:
    return [table.column(entry.name) for entry in entries]


def pairs(codes: CodeTables, asked: Pairs) -> Counts:
    """Each pair of values at two visits, by group."""
    name = asked.variable.name
    columns = (grouped(codes, asked.group), codes.at(name, asked.first), codes.at(name, asked.last))
    return crossed(columns, patients(codes, asked.cohort))


def pairs_from_baseline(codes: CodeTables, asked: PairsFromBaseline) -> Counts:
    """Each pair of values recorded at baseline and later, by variable, month and group."""
    groups, chosen = grouped(codes, asked.group), patients(codes, asked.cohort)
    for entry in asked.variables:
        for month, first, later, both in since_baseline(codes, entry, chosen):
            for key, count in crossed((groups, first, later), both):
                yield (entry.name, month, *key), count


def number_each(codes: CodeTables, asked: NumberEach) -> Answer:
    """How many patients have so many of some values."""
    held, number = codes.held(asked.variable.table, asked.variable.name)
    places = np.repeat(np.arange(codes.patients, dtype=np.uint32), number)
    number_among = np.bincount(places[among(held, asked.among)], minlength=codes.patients)
    found = np.bincount(number_among[patients(codes, asked.cohort)])
    return {(int(at),): int(found[at]) for at in np.flatnonzero(found)}


def combinations(codes: CodeTables, asked: Combinations) -> Counts:
    """Each combination of values of the cases or visits."""
    chosen = (patients if asked.table == "cases" else visits)(codes, asked.cohort)
    return crossed(_columns(codes[asked.table], asked.variables), chosen)


def recorded(codes: CodeTables, asked: Recorded) -> Answer:
    """Rows, and recorded values of each variable, by place."""
    table = codes[asked.table]
    chosen = (patients if asked.table == "cases" else visits)(codes, asked.cohort)
    place = _placed(codes, asked)
    rows = np.bincount(place.codes[chosen], minlength=place.width)
    places = np.flatnonzero(rows)
    found: Answer = {}
    inside = {at: chosen & (place.codes == at) for at in places.tolist()}
    for entry in (None, *asked.variables):
        filled = None if entry is None else table.column(entry.name).codes > 0
        for at, those in inside.items():
            count = int(rows[at]) if filled is None else int(np.count_nonzero(those & filled))
            if count:
                found[None if entry is None else entry.name, place.values[at - 1] if at else None] = count
    return found


def _placed(codes: CodeTables, asked: Recorded) -> CodeColumn:
    """Where each row of a table is counted."""
    table = codes[asked.table]
    if asked.by is None:
        return CodeColumn(np.zeros(table.size, dtype=np.uint8), ())
    if asked.by.table == asked.table:
        return table.column(asked.by.name)
    of_case = codes[asked.by.table].column(asked.by.name)
    return CodeColumn(table.spread(of_case.codes), of_case.values)
