"""The counts of a cohort from code columns: the same integers as from SQL, at a small part of its cost.

A cohort is a mask over the cases, a group a column of codes, and a count one ``bincount`` over both.
"""

from collections.abc import Iterable, Iterator
from typing import Any, assert_never

import numpy as np

from plro_core.counts import facts
from plro_core.counts.chosen import among, grouped, marked, patients, visits
from plro_core.counts.crossing import crossed
from plro_core.counts.questions import (
    Answer,
    Combinations,
    Counted,
    FirstAndLast,
    Measured,
    NumberEach,
    Pairs,
    PairsFromBaseline,
    Question,
    SetsOfFacts,
    Sized,
)
from plro_core.store.columns import CodeColumn, CodeTables, Rows
from plro_core.vocabulary import Variable


class CodeEngine:
    """Counts with one ``bincount`` a variable."""

    def __init__(self, codes: CodeTables) -> None:
        self._codes = codes

    def answers(self, questions: Iterable[Question]) -> list[Answer]:
        return [self.answer(question) for question in questions]

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
            case NumberEach():
                return number_each(self._codes, question)
            case Combinations():
                return dict(combinations(self._codes, question))
            case SetsOfFacts():
                return facts.sets_of_facts(self._codes, question)
            case Measured():
                return facts.measured(self._codes, question)
            case FirstAndLast():
                return facts.first_and_last(self._codes, question)
            case _:
                assert_never(question)


Counts = Iterator[tuple[tuple[Any, ...], int]]


def sized(codes: CodeTables, asked: Sized) -> Answer:
    """Patients of the cohort, and visits in view."""
    found = {"patients": patients(codes, asked.cohort), "visits": visits(codes, asked.cohort)}
    return {(name,): int(chosen.sum()) for name, chosen in found.items() if chosen.any()}


def counted(codes: CodeTables, asked: Counted) -> Counts:
    """Each value of each variable with its count."""
    groups = grouped(codes, asked.group)
    chosen: dict[str, Rows] = {}
    for entry in asked.variables:
        kind = "visits" if entry.table == "visits" and not entry.many else "cases"
        if kind not in chosen:
            chosen[kind] = (visits if kind == "visits" else patients)(codes, asked.cohort)
        if kind == "visits":
            found = _of_visits(codes, entry, chosen[kind], groups)
        elif entry.table == "cases" and not entry.many:
            found = _of_cases(codes, entry, chosen[kind], groups)
        else:
            found = _of_many(codes, entry, chosen[kind], groups)
        for (month, level, value), count in found:
            yield (entry.name, month, level, value), count


def _of_cases(codes: CodeTables, entry: Variable, chosen: Rows, groups: CodeColumn) -> Counts:
    for key, count in crossed((groups, codes["cases"].column(entry.name)), chosen):
        yield (None, *key), count


def _of_visits(codes: CodeTables, entry: Variable, chosen: Rows, groups: CodeColumn) -> Counts:
    table = codes["visits"]
    by_row = CodeColumn(groups.codes[table.patient], groups.values)
    return crossed((table.column("month"), by_row, table.column(entry.name)), chosen)


def _of_many(codes: CodeTables, entry: Variable, chosen: Rows, groups: CodeColumn) -> Counts:
    """Patients with each value; one without a row, or with a row in which it is not recorded, has none."""
    with_rows, held = codes.held(entry.table, entry.name)
    without = np.flatnonzero(~marked(codes.patients, with_rows))
    places = np.concatenate([with_rows, without])
    values = np.concatenate([held.codes, np.zeros(len(without), dtype=held.codes.dtype)])
    by_row = CodeColumn(groups.codes[places], groups.values)
    for key, count in crossed((by_row, CodeColumn(values, held.values)), chosen[places]):
        yield (None, *key), count


def pairs(codes: CodeTables, asked: Pairs) -> Counts:
    """Each pair of values at two visits, by group."""
    name = asked.variable.name
    columns = (grouped(codes, asked.group), codes.at(name, asked.first), codes.at(name, asked.last))
    return crossed(columns, patients(codes, asked.cohort))


def pairs_from_baseline(codes: CodeTables, asked: PairsFromBaseline) -> Counts:
    """Each pair of values recorded at baseline and later, by variable, month and group."""
    groups, chosen = grouped(codes, asked.group), patients(codes, asked.cohort)
    months = [month for month in codes["visits"].column("month").values if month > 0]
    for entry in asked.variables:
        first = codes.at(entry.name, 0)
        for month in months:
            later = codes.at(entry.name, month)
            for key, count in crossed((groups, first, later), chosen & (first.codes > 0) & (later.codes > 0)):
                yield (entry.name, month, *key), count


def number_each(codes: CodeTables, asked: NumberEach) -> Answer:
    """How many patients have so many of some values."""
    places, held = codes.held(asked.variable.table, asked.variable.name)
    number = np.bincount(places[among(held, asked.among)], minlength=codes.patients)
    found = np.bincount(number[patients(codes, asked.cohort)])
    return {(int(at),): int(found[at]) for at in np.flatnonzero(found)}


def combinations(codes: CodeTables, asked: Combinations) -> Counts:
    """Each combination of values of the cases or visits."""
    chosen = (patients if asked.table == "cases" else visits)(codes, asked.cohort)
    return crossed([codes[asked.table].column(entry.name) for entry in asked.variables], chosen)
