"""Who is in a cohort and in which group, over code columns: a mask over the cases or visits, and a column of codes."""

import itertools
from collections.abc import Container, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plro_core.cohort import Cohort, Criterion, Membership
from plro_core.counts.kept import Kept
from plro_core.counts.questions import Grouping, Split
from plro_core.store.columns import CodeColumn, CodeTables, Rows, smallest
from plro_core.vocabulary import Variable

Numbers = NDArray[np.int64]


#: Who is in the cohorts that were asked for last: a page asks many questions of one cohort.
_masks: Kept[Rows] = Kept(lambda mask: mask.nbytes)


def patients(codes: CodeTables, cohort: Cohort) -> Rows:
    """Which cases the cohort holds."""
    return _masks.get(codes, ("cases", cohort.who), lambda: _patients(codes, cohort))


def visits(codes: CodeTables, cohort: Cohort) -> Rows:
    """Which visits of the cohort's patients it looks at."""
    return _masks.get(codes, ("visits", cohort), lambda: _visits(codes, cohort))


def _patients(codes: CodeTables, cohort: Cohort) -> Rows:
    found = np.ones(codes.patients, dtype=bool)
    for criterion in cohort.who:
        found &= _holding(codes, criterion)
    found.flags.writeable = False
    return found


def _visits(codes: CodeTables, cohort: Cohort) -> Rows:
    table = codes["visits"]
    found = table.spread(patients(codes, cohort)) if cohort.who else np.ones(table.size, dtype=bool)
    for criterion in cohort.which_visits:
        column = table.column(criterion.variable.name)
        found &= passing(column, criterion)[column.codes]
    found.flags.writeable = False
    return found


def passing(column: CodeColumn, criterion: Criterion) -> Rows:
    """Which codes pass a criterion; that for not recorded where it keeps missing values."""
    return np.array([criterion.keeps_missing, *(criterion.holds([value]) for value in column.values)], dtype=bool)


def _holding(codes: CodeTables, criterion: Criterion) -> Rows:
    """Which cases pass a criterion."""
    entry = criterion.variable
    if criterion.by_hand:
        return np.isin(codes.numbers, np.array(criterion.numbers, dtype=np.int64), invert=criterion.negated)
    if entry.many:
        return _having(codes, criterion)
    column = of_cases(codes, entry, criterion.month)
    return np.asarray(passing(column, criterion)[column.codes])


def of_cases(codes: CodeTables, entry: Variable, month: int | None) -> CodeColumn:
    """A fact of each case, or of its visit at a month; a visit that did not take place has no value."""
    return codes["cases"].column(entry.name) if month is None else codes.at(entry.name, month)


def since_baseline(
    codes: CodeTables, entry: Variable, chosen: Rows
) -> Iterator[tuple[int, CodeColumn, CodeColumn, Rows]]:
    """Each later month of a visit fact: its values at baseline and then, and who of the chosen cases has both."""
    first = codes.at(entry.name, 0)
    for month in codes["visits"].column("month").values:
        if month > 0:
            later = codes.at(entry.name, month)
            yield month, first, later, chosen & (first.codes > 0) & (later.codes > 0)


def _having(codes: CodeTables, criterion: Criterion) -> Rows:
    """Which cases have one of several values of which a patient may have many."""
    table = codes[criterion.variable.table]
    column = table.column(criterion.variable.name)
    found = marked(codes.patients, table.patient[among(column, criterion.items)])
    seen = marked(codes.patients, table.patient)
    if criterion.negated:
        found = ~found & seen
    return found | ~seen if criterion.keeps_missing else found


def among(column: CodeColumn, wanted: Container[Any]) -> Rows:
    """Which rows have one of these values."""
    return np.array([False, *(value in wanted for value in column.values)], dtype=bool)[column.codes]


def marked(size: int, places: Numbers) -> Rows:
    found = np.zeros(size, dtype=bool)
    found[places] = True
    return found


# Groups


def grouped(codes: CodeTables, group: Grouping) -> CodeColumn:
    """The group of each case: its level in words of the link, or in which of two cohorts it is."""
    if group is None:
        return CodeColumn(np.zeros(codes.patients, dtype=np.uint8), ())
    if isinstance(group, Membership):
        return memberships(codes, group)
    if isinstance(group, Split):
        return _split(codes, group)
    column = codes["cases"].column(group.name)
    return CodeColumn(column.codes, tuple(_level(value) for value in column.values))


#: The groups of visits that were asked for last: most questions of a page have the same.
_groups: Kept[CodeColumn] = Kept(lambda column: column.codes.nbytes)


def grouped_visits(codes: CodeTables, group: Grouping) -> CodeColumn:
    """The group of each visit: that of its patient. Groups by a fact are kept; those of two cohorts are asked for but once."""
    if group is None:
        return CodeColumn(np.broadcast_to(np.uint8(0), codes["visits"].size), ())
    if isinstance(group, Variable):
        return _groups.get(codes, group, lambda: _spread(codes, group))
    return _spread(codes, group)


def _spread(codes: CodeTables, group: Grouping) -> CodeColumn:
    groups = grouped(codes, group)
    return CodeColumn(codes["visits"].spread(groups.codes), groups.values)


def _split(codes: CodeTables, group: Split) -> CodeColumn:
    """Each pair of a level and a value is a level of its own, also where one of them is not recorded."""
    levels, values = grouped(codes, group.group), of_cases(codes, group.by, group.month)
    pairs = itertools.product((None, *levels.values), (None, *values.values))
    joint = levels.codes.astype(smallest(levels.width * values.width))
    joint *= joint.dtype.type(values.width)
    np.add(joint, values.codes, out=joint, casting="unsafe")
    joint += joint.dtype.type(1)
    return CodeColumn(joint, tuple(pairs))


def _level(value: Any) -> str:
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


def memberships(codes: CodeTables, group: Membership) -> CodeColumn:
    """In which of two cohorts each case is."""
    in_a = patients(codes, group.a)
    in_b = patients(codes, group.b) if group.b is not None else ~in_a
    found = np.where(in_a & in_b, 3, np.where(in_a, 1, np.where(in_b, 2, 0)))
    return CodeColumn(found.astype(np.uint8), ("a", "b", "both"))
