"""The counts of a cohort from code columns: the same integers as from SQL, at a small part of its cost.

A cohort is a mask over the cases, a group a column of codes, and a count one ``bincount`` over both.
"""

import math
from collections.abc import Container, Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plro_core.cohort import Cohort, Criterion, Membership
from plro_core.counts.model import Counted, Group
from plro_core.store.columns import CodeColumn, CodeTables, Rows
from plro_core.vocabulary import Variable

Numbers = NDArray[np.int64]

#: More combinations of codes than this are counted by sorting instead of in an array of all of them.
_MOST_CELLS = 4_000_000
#: The largest number of combinations that a machine's number holds.
_LARGEST = 2**62


class CodeEngine:
    """Counts with one ``bincount`` a variable."""

    def __init__(self, codes: CodeTables) -> None:
        self._codes = codes

    def size(self, cohort: Cohort) -> tuple[int, int]:
        return int(patients(self._codes, cohort).sum()), int(visits(self._codes, cohort).sum())

    def counted(
        self, entries: Iterable[Variable], cohort: Cohort, group: Variable | Membership | None
    ) -> Iterator[Counted]:
        groups = grouped(self._codes, group)
        chosen: dict[str, Rows] = {}
        found: Iterable[tuple[int | None, Group, Any, int]]
        for entry in entries:
            kind = "visits" if entry.table == "visits" and not entry.many else "cases"
            if kind not in chosen:
                chosen[kind] = (visits if kind == "visits" else patients)(self._codes, cohort)
            if kind == "visits":
                found = self._of_visits(entry, chosen[kind], groups)
            elif entry.table == "cases" and not entry.many:
                column = self._codes["cases"].column(entry.name)
                found = ((None, *key, count) for key, count in _crossed((groups, column), chosen[kind]))
            else:
                found = self._of_many(entry, chosen[kind], groups)
            for month, level, value, count in found:
                yield entry.name, month, level, value, count

    def _of_visits(self, entry: Variable, chosen: Rows, groups: CodeColumn) -> Iterator[tuple[int, Group, Any, int]]:
        table = self._codes["visits"]
        by_row = CodeColumn(groups.codes[table.patient], groups.values)
        for key, count in _crossed((table.column("month"), by_row, table.column(entry.name)), chosen):
            yield (*key, count)

    def _of_many(self, entry: Variable, chosen: Rows, groups: CodeColumn) -> Iterator[tuple[None, Group, Any, int]]:
        """Patients with each value; one without a row, or with a row in which it is not recorded, has none."""
        with_rows, held = self._codes.held(entry.table, entry.name)
        without = np.flatnonzero(~_marked(self._codes.patients, with_rows))
        places = np.concatenate([with_rows, without])
        codes = np.concatenate([held.codes, np.zeros(len(without), dtype=held.codes.dtype)])
        by_row = CodeColumn(groups.codes[places], groups.values)
        of_rows = CodeColumn(codes, held.values)
        for key, count in _crossed((by_row, of_rows), chosen[places]):
            yield (None, *key, count)

    def pairs(
        self, entry: Variable, first: int, last: int, cohort: Cohort, group: Variable | None
    ) -> Iterator[tuple[Group, Any, Any, int]]:
        columns = (grouped(self._codes, group), self._codes.at(entry.name, first), self._codes.at(entry.name, last))
        for key, count in _crossed(columns, patients(self._codes, cohort), missing_last=True):
            yield (*key, count)

    def pairs_from_baseline(
        self, entries: Iterable[Variable], cohort: Cohort, group: Variable | Membership | None
    ) -> Iterator[tuple[str, int, Group, Any, Any, int]]:
        groups, chosen = grouped(self._codes, group), patients(self._codes, cohort)
        months = [month for month in self._codes["visits"].column("month").values if month > 0]
        for entry in entries:
            first = self._codes.at(entry.name, 0)
            for month in months:
                later = self._codes.at(entry.name, month)
                both = chosen & (first.codes > 0) & (later.codes > 0)
                for key, count in _crossed((groups, first, later), both):
                    yield (entry.name, month, *key, count)

    def number_each(self, entry: Variable, among: Iterable[str], cohort: Cohort) -> dict[int, int]:
        places, held = self._codes.held(entry.table, entry.name)
        number = np.bincount(places[_among(held, set(among))], minlength=self._codes.patients)
        found = np.bincount(number[patients(self._codes, cohort)])
        return {int(at): int(found[at]) for at in np.flatnonzero(found)}

    def combinations(
        self, entries: Iterable[Variable], cohort: Cohort, table: str
    ) -> Iterator[tuple[tuple[Any, ...], int]]:
        chosen = patients(self._codes, cohort) if table == "cases" else visits(self._codes, cohort)
        return _crossed([self._codes[table].column(entry.name) for entry in entries], chosen, missing_last=True)


# Who is in a cohort


def patients(codes: CodeTables, cohort: Cohort) -> Rows:
    """Which cases the cohort holds."""
    found = np.ones(codes.patients, dtype=bool)
    for criterion in cohort.who:
        found &= _holding(codes, criterion)
    return found


def visits(codes: CodeTables, cohort: Cohort) -> Rows:
    """Which visits of the cohort's patients it looks at."""
    table = codes["visits"]
    found = patients(codes, cohort)[table.patient] if cohort.who else np.ones(table.size, dtype=bool)
    for criterion in cohort.which_visits:
        column = table.column(criterion.variable.name)
        found &= _passing(column, criterion)[column.codes]
    return found


def _passing(column: CodeColumn, criterion: Criterion) -> Rows:
    """Which codes pass a criterion; that for not recorded where it keeps missing values."""
    return np.array([criterion.keeps_missing, *(criterion.holds([value]) for value in column.values)], dtype=bool)


def _holding(codes: CodeTables, criterion: Criterion) -> Rows:
    """Which cases pass a criterion."""
    entry = criterion.variable
    if criterion.by_hand:
        return np.isin(codes.numbers, np.array(criterion.numbers, dtype=np.int64), invert=criterion.negated)
    table = codes[entry.table]
    column = table.column(entry.name)
    if entry.table == "cases":
        return np.asarray(_passing(column, criterion)[column.codes])
    if entry.many:
        return _having(codes, criterion)
    months = table.column("month")
    then = months.codes == months.code(criterion.month)
    found = _marked(codes.patients, table.patient[then & _passing(column, criterion)[column.codes]])
    return found | ~_marked(codes.patients, table.patient[then]) if criterion.keeps_missing else found


def _having(codes: CodeTables, criterion: Criterion) -> Rows:
    """Which cases have one of several values of which a patient may have many."""
    table = codes[criterion.variable.table]
    column = table.column(criterion.variable.name)
    found = _marked(codes.patients, table.patient[_among(column, criterion.items)])
    seen = _marked(codes.patients, table.patient)
    if criterion.negated:
        found = ~found & seen
    return found | ~seen if criterion.keeps_missing else found


def _among(column: CodeColumn, wanted: Container[Any]) -> Rows:
    """Which rows have one of these values."""
    return np.array([False, *(value in wanted for value in column.values)], dtype=bool)[column.codes]


def _marked(size: int, places: Numbers) -> Rows:
    found = np.zeros(size, dtype=bool)
    found[places] = True
    return found


# Groups


def grouped(codes: CodeTables, group: Variable | Membership | None) -> CodeColumn:
    """The group of each case: its level in words of the link, or in which of two cohorts it is."""
    if group is None:
        return CodeColumn(np.zeros(codes.patients, dtype=np.uint8), ())
    if isinstance(group, Membership):
        return memberships(codes, group)
    column = codes["cases"].column(group.name)
    return CodeColumn(column.codes, tuple(_level(value) for value in column.values))


def _level(value: Any) -> str:
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


def memberships(codes: CodeTables, group: Membership) -> CodeColumn:
    """In which of two cohorts each case is."""
    in_a = patients(codes, group.a)
    in_b = patients(codes, group.b) if group.b is not None else ~in_a
    found = np.where(in_a & in_b, 3, np.where(in_a, 1, np.where(in_b, 2, 0)))
    return CodeColumn(found.astype(np.uint8), ("a", "b", "both"))


def _crossed(
    columns: Sequence[CodeColumn], chosen: Rows, missing_last: bool = False
) -> Iterator[tuple[tuple[Any, ...], int]]:
    """Each combination of values that occurs among the chosen rows, with its count."""
    shifted = [_missing_last(column) if missing_last else column.codes for column in columns]
    codes = shifted if chosen.all() else [column[chosen] for column in shifted]
    for key, count in _occurring(codes, [column.width for column in columns], int(chosen.sum())):
        places = [
            (code + 1) % column.width if missing_last else code for code, column in zip(key, columns, strict=True)
        ]
        yield tuple(column.values[at - 1] if at else None for at, column in zip(places, columns, strict=True)), count


def _missing_last(column: CodeColumn) -> NDArray[np.integer[Any]]:
    """The codes with that for not recorded after all others."""
    return np.where(column.codes == 0, column.width - 1, column.codes.astype(np.int64) - 1)


def _occurring(
    codes: Sequence[NDArray[np.integer[Any]]], widths: Sequence[int], rows: int
) -> Iterator[tuple[Sequence[int], int]]:
    """Each combination of codes that occurs, in ascending order, and how often."""
    cells = math.prod(widths)
    if cells > _LARGEST:
        found, numbers = np.unique(np.stack(codes, axis=1), axis=0, return_counts=True)
        yield from zip(found.tolist(), numbers.tolist(), strict=True)
        return
    at = np.zeros(rows, dtype=np.int64)
    for column, width in zip(codes, widths, strict=True):
        at *= width
        at += column
    if cells <= _MOST_CELLS:
        in_all = np.bincount(at)
        places = np.flatnonzero(in_all)
        numbers = in_all[places]
    else:
        places, numbers = np.unique(at, return_counts=True)
    unravelled = np.stack(np.unravel_index(places, widths), axis=1) if len(widths) else np.zeros((len(places), 0), int)
    yield from zip(unravelled.tolist(), numbers.tolist(), strict=True)
