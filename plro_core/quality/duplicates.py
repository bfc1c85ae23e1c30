"""What looks as if it were recorded twice. Nothing is merged: two patients may be alike, and two visits may agree."""

import re
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from plro_core.counts import size
from plro_core.quality.alike import alike_pairs, repeated
from plro_core.quality.progress import MOST_LISTED, listed_of
from plro_core.store import Registry
from plro_core.store.columns import CodeColumn, Codes
from plro_core.tables import Cell, Column, Table
from plro_core.text import listed
from plro_core.vocabulary import Variable, Vocabulary


def alike(vocabulary: Vocabulary) -> tuple[str, ...]:
    """By what two patients are compared; ``vas`` is that of baseline."""
    return ("age", "weeks_postpartum", "vas", *(entry.name for entry in vocabulary.scores))


#: So many of these must be recorded in both patients, and all of them must agree.
LEAST_ALIKE = 5

#: So many measured values must two visits of a patient share; fewer agree by chance.
LEAST_SAME = 3

_COLUMNS = (
    Column("kind", "What looks alike"),
    Column("table", "Table"),
    Column("first", "First"),
    Column("second", "Second"),
    Column("agree", "Values that agree", "integer"),
    Column("compared", "Compared by"),
)
_NOTES = (
    f"Visits: every measured value of two visits of a patient agrees, and at least {LEAST_SAME} are recorded.",
    "Facts: the rows differ in capitals or blanks only.",
    "Nothing is merged: look both up in the source.",
)


def duplicates(registry: Registry) -> Table:
    """Pairs of patients, visits and facts that look alike; all are counted, and the first 1000 of each kind listed."""
    return _table(registry, (_patients(registry), _visits(registry), *_facts(registry)))


#: The pairs that are listed, and how many there are.
_Found = tuple[list[tuple[Cell, ...]], int]


def _table(registry: Registry, asked: Sequence[_Found]) -> Table:
    rows = tuple(row for found, _ in asked for row in found)
    total = sum(n for _, n in asked)
    title = f"{total} {'pair looks' if total == 1 else 'pairs look'} alike" if total else "Nothing looks recorded twice"
    names = ", ".join(alike(registry.vocabulary))
    patients = (
        f"Patients: all of {names} (at baseline) that are recorded in both agree, and at least {LEAST_ALIKE} are."
    )
    notes = (patients, *_NOTES, *listed_of(len(rows), total))
    return Table("duplicates", title, _COLUMNS, rows, notes, size(registry).sentence)


def _patients(registry: Registry) -> _Found:
    names = alike(registry.vocabulary)
    cases, month = registry.codes["cases"], registry.vocabulary.months[0]
    columns = [registry.codes.at(name, month) if name == "vas" else cases.column(name) for name in names]
    order = np.argsort(registry.codes.numbers, kind="stable")
    codes = np.array([column.codes[order] for column in columns], dtype=np.int64)
    found = alike_pairs(codes, LEAST_ALIKE, MOST_LISTED)
    words, numbers = listed(list(names)), registry.codes.numbers[order]
    rows: list[tuple[Cell, ...]] = [
        ("two patients", "cases", str(numbers[one]), str(numbers[other]), agree, words)
        for one, other, agree in found.first
    ]
    return rows, found.count


def _visits(registry: Registry) -> _Found:
    entries = registry.vocabulary.columns("visits")
    measured = [entry.name for entry in entries if entry.is_number and entry.name not in ("month", "day")]
    visits, numbers = registry.codes["visits"], registry.codes.numbers
    month = visits.column("month")
    order = np.lexsort((month.codes, numbers[visits.patient]))
    patient = visits.patient[order]
    values = np.array([visits.column(name).codes[order] for name in measured])
    recorded = (values > 0).sum(axis=0)
    found: list[tuple[int, int, int]] = []
    count = 0
    for step in range(1, int(np.bincount(patient).max()) if len(patient) else 1):
        first = np.flatnonzero((patient[step:] == patient[:-step]) & (recorded[:-step] >= LEAST_SAME))
        first = first[(values[:, first] == values[:, first + step]).all(axis=0)]
        count += len(first)
        found += [(at, at + step, int(recorded[at])) for at in first[:MOST_LISTED].tolist()]
    rows: list[tuple[Cell, ...]] = []
    for one, other, n in sorted(found)[:MOST_LISTED]:
        places = np.array([one, other])
        months = month.taken(order[places])
        keys = (f"{numbers[at]}/{when}" for at, when in zip(patient[places], months, strict=True))
        rows.append(("two visits of a patient", "visits", *keys, n, "all measured values"))
    return rows, count


def _facts(registry: Registry) -> Iterator[_Found]:
    """Rows of one table of facts whose keys are the same but for capitals and blanks."""
    for table in registry.vocabulary.tables:
        if table.name not in registry.vocabulary.facts:
            continue
        entries = [entry for entry in registry.vocabulary.columns(table.name) if entry.name in table.identity]
        columns = [registry.codes[table.name].column(entry.name) for entry in entries]
        plain = [_plain(entry, column) for entry, column in zip(entries, columns, strict=True)]
        rows, group = repeated(np.array(plain, dtype=np.int64))
        keys: dict[int, list[str]] = {}
        values = zip(*(column.taken(rows) for column in columns), strict=True)
        for number, parts in zip(group.tolist(), values, strict=True):
            keys.setdefault(number, []).append("/".join(str(part) for part in parts if part is not None))
        found = sorted((min(own), max(own)) for own in keys.values())[:MOST_LISTED]
        listed_rows: list[tuple[Cell, ...]] = [
            ("a fact given twice", table.name, *pair, len(entries), ", ".join(table.key)) for pair in found
        ]
        yield listed_rows, len(keys)


def _plain(entry: Variable, column: CodeColumn) -> Codes | NDArray[np.int64]:
    """A column, of text with capitals and blanks evened out: the same number for values that then are the same."""
    if entry.kind not in ("text", "category"):
        return column.codes
    known: dict[str, int] = {}
    plain = [re.sub(r"[\t\n\f\r ]+", " ", value.strip(" ")).lower() for value in column.values]
    numbers = [0, *(known.setdefault(word, len(known) + 1) for word in plain)]
    return np.array(numbers, dtype=np.int64)[column.codes]
