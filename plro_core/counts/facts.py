"""What is counted of tables with one row a fact, over code columns: sets of facts, and measurements that have days."""

import numpy as np
from numpy.typing import NDArray

from plro_core.counts.chosen import Numbers, among, grouped, marked, patients
from plro_core.counts.crossing import crossed, occurring
from plro_core.counts.questions import Answer, FirstAndLast, Measured, SetsOfFacts
from plro_core.store.columns import CodeColumn, Codes, CodeTables

#: So many facts are held at once as the bits of one code.
_BITS = 12


def sets_of_facts(codes: CodeTables, asked: SetsOfFacts) -> Answer:
    """How many patients of a group have each set of values."""
    table = codes[asked.variable.table]
    column = table.column(asked.variable.name)
    has = marked(codes.patients, table.patient).astype(np.uint8)
    meeting = among(table.column(asked.among.variable.name), asked.among.items) & (column.codes > 0)
    groups, holder, fact = grouped(codes, asked.group), table.patient[meeting], column.codes[meeting]
    parts = [range(low, min(low + _BITS, len(column.values))) for low in range(0, len(column.values), _BITS)]
    sets = [_subsets(codes.patients, holder, fact, part) for part in parts]
    widths = [groups.width, 2, *(2 ** len(part) for part in parts)]
    chosen = patients(codes, asked.cohort)
    of_chosen = [one[chosen] for one in (groups.codes, has, *sets)]
    found: Answer = {}
    for (level, seen, *held), count in occurring(of_chosen, widths, int(np.count_nonzero(chosen))):
        values = [
            column.values[at]
            for part, one in zip(parts, held, strict=True)
            for at in part
            if one >> at - part.start & 1
        ]
        found[groups.values[level - 1] if level else None, tuple(values) if seen else None] = count
    return found


def _subsets(size: int, holder: Numbers, fact: Codes, part: range) -> NDArray[np.uint16]:
    """Which of some facts each patient has, as the bits of a number."""
    bits = np.zeros(size, dtype=np.uint16)
    for at in part:
        bits[holder[fact == at + 1]] |= np.uint16(1 << at - part.start)
    return bits


def measured(codes: CodeTables, asked: Measured) -> Answer:
    """Patients with a value, and values, by level and together."""
    table = codes[asked.variable.table]
    of = table.column(asked.of)
    chosen = (table.column(asked.variable.name).codes > 0) & table.spread(patients(codes, asked.cohort))
    level, patient = of.codes[chosen].astype(np.int64), table.patient[chosen]
    values = np.bincount(level, minlength=of.width)
    found: Answer = {}
    for at in np.flatnonzero(values).tolist():
        name = of.values[at - 1] if at else None
        holders = np.count_nonzero(marked(codes.patients, patient[level == at]))
        found["patients", name], found["values", name] = int(holders), int(values[at])
    if len(patient):
        together = np.count_nonzero(marked(codes.patients, patient))
        found["patients",], found["values",] = int(together), len(patient)
    return found


def first_and_last(codes: CodeTables, asked: FirstAndLast) -> Answer:
    """How many patients have each pair of first and last value of their longest stretch, by level."""
    table = codes[asked.variable.table]
    value, day, of, same = (table.column(name) for name in (asked.variable.name, "day", asked.of, asked.same))
    rows = np.flatnonzero((value.codes > 0) & (day.codes > 0) & table.spread(patients(codes, asked.cohort)))
    days = np.array((0, *day.values), dtype=np.int64)[day.codes[rows]]
    patient, level, kind = table.patient[rows], of.codes[rows].astype(np.int64), same.codes[rows].astype(np.int64)
    order = np.lexsort((days, kind, level, patient))
    rows, days, patient, level, kind = (part[order] for part in (rows, days, patient, level, kind))
    starts, ends = _stretches(patient, level, kind)
    length = days[ends] - days[starts]
    starts, ends, length = (part[length > 0] for part in (starts, ends, length))
    # The longest stretch of a patient and level stands last, of equally long ones the later.
    order = np.lexsort((days[ends], length, level[starts], patient[starts]))
    starts, ends = starts[order], ends[order]
    _, last = _stretches(patient[starts], level[starts])
    first, final = rows[starts[last]], rows[ends[last]]
    taken = [CodeColumn(of.codes[first], of.values), CodeColumn(value.codes[first], value.values)]
    taken.append(CodeColumn(value.codes[final], value.values))
    return dict(crossed(taken, np.ones(len(first), dtype=bool)))


def _stretches(*columns: Numbers) -> tuple[Numbers, Numbers]:
    """Where each run of equal combinations begins and ends in sorted columns."""
    size = len(columns[0])
    new = np.ones(size, dtype=bool)
    new[1:] = np.logical_or.reduce([column[1:] != column[:-1] for column in columns])
    starts = np.flatnonzero(new)
    return starts, np.append(starts, size)[1:] - 1
