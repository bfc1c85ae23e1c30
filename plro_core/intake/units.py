"""Columns whose values would be usual in another unit: questions, and no conversion before a person has answered."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from plro_core.intake.answers import Answers
from plro_core.intake.given import shown
from plro_core.intake.model import Finding, UnitQuestion
from plro_core.intake.rows import Rows
from plro_core.vocabulary import Variable

_PLAIN = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,15})?")


@dataclass(frozen=True)
class UnitDoubt:
    """A column of one sheet whose unit is in doubt: its first cell, its middle value as they are read now, and its cells."""

    rows: Rows
    entry: Variable
    first: int
    middle: float
    count: int

    @property
    def column(self) -> tuple[str, str]:
        """Table and variable."""
        return self.entry.table, self.entry.name


def unit_doubts(given: Mapping[str, Rows], answers: Answers) -> tuple[UnitDoubt, ...]:
    """The columns that name no unit, of which nobody has said it, and whose values would be usual in the SI unit."""
    return tuple(
        UnitDoubt(rows, entry, first, middle, count)
        for rows in given.values()
        for entry in rows.entries.values()
        if entry.si_factor and entry.reference and not answers.unit(entry)
        for first, middle, count in _sheets(rows, entry.name)
        if _is_usual_otherwise(entry, middle)
    )


def _sheets(rows: Rows, name: str) -> Iterator[tuple[int, float, int]]:
    """The first row with a value of a column, the middle value and how many, for each sheet that gives it without its unit."""
    held = np.flatnonzero(rows.frame[name].is_valid().to_numpy())
    values = rows.frame[name].drop_null().to_numpy()
    for given, own in rows.of_source(held):
        if name not in given.with_unit:
            yield int(held[own[0]]), float(np.median(values[own])), len(own)


def _is_usual_otherwise(entry: Variable, middle: float) -> bool:
    return bool(entry.si_factor and entry.reference and middle / entry.si_factor in entry.reference)


def ask(given: Mapping[str, Rows], answers: Answers) -> tuple[UnitQuestion, ...]:
    """The columns with cells that were refused and would be plausible in another unit, unless a person has told theirs."""
    return tuple(
        UnitQuestion(f"{entry.table}.{entry.name}", unit, count)
        for rows in given.values()
        for entry in rows.entries.values()
        for unit, factor in entry.convertible
        if not answers.unit(entry) and (count := _count_otherwise(rows, entry, factor))
    )


def _count_otherwise(rows: Rows, entry: Variable, factor: float) -> int:
    refused = ((shown(raw).strip().replace(",", "."), count) for raw, count in rows.unread(entry.name))
    numbers = [(float(word), count) for word, count in refused if _PLAIN.fullmatch(word)]
    limits = entry.plausible
    return sum(count for number, count in numbers if limits and number not in limits and number / factor in limits)


def questions(asked: Iterable[UnitQuestion], doubts: Iterable[UnitDoubt]) -> tuple[UnitQuestion, ...]:
    """What is asked of refused cells and of columns in doubt, once for each column and unit."""
    counts: Counter[tuple[str, str]] = Counter()
    for one in asked:
        counts[one.column, one.unit] += one.count
    for doubt in doubts:
        counts[".".join(doubt.column), doubt.entry.si_unit] += doubt.count
    return tuple(UnitQuestion(column, unit, count) for (column, unit), count in counts.items())


def question(doubt: UnitDoubt) -> Finding:
    """The warning that asks about one column."""
    entry, factor = doubt.entry, doubt.entry.si_factor or 1
    message = (
        f"the column names no unit and is read as {entry.stated_unit}, but its middle value {doubt.middle:g} would be "
        f"usual in {entry.si_unit} too: it is {doubt.middle / factor:.{entry.decimals}f} {entry.unit}."
    )
    hint = (
        f"In {entry.si_unit}? Then say so, or divide the values by {factor:.4g}. In {entry.unit}? Then head it {entry.name} "
        f"({entry.unit})."
    )
    return Finding.at(doubt.rows.place(doubt.first, entry.name), "", "unit_doubt", message, "warning", hint)
