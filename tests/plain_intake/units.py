"""Columns whose values would be usual in another unit: questions, and no conversion before a person has answered."""

from collections.abc import Iterator, Mapping
from statistics import median

from plro_core.intake.answers import Answers
from plro_core.intake.given import shown
from plro_core.intake.model import UnitQuestion
from plro_core.intake.units import _PLAIN, UnitDoubt, _is_usual_otherwise
from plro_core.vocabulary import Variable
from tests.plain_intake.rows import Rows


def unit_doubts(given: Mapping[str, Rows], answers: Answers) -> tuple[UnitDoubt, ...]:
    """The columns that name no unit and whose values would be usual in the other unit of their variable."""
    return tuple(
        UnitDoubt(rows, entry, next(iter(cells)), middle, len(cells))
        for rows in given.values()
        for entry in rows.entries.values()
        if entry.si_factor and entry.reference and not answers.unit(entry)
        for cells in _sheets(rows, entry.name)
        if _is_usual_otherwise(entry, middle := median(cells.values()))
    )


def _sheets(rows: Rows, name: str) -> Iterator[dict[int, float]]:
    """Row -> value of a column, for each sheet that gives it without its unit."""
    found: dict[int, dict[int, float]] = {}
    for at, ((source, _), value) in enumerate(zip(rows.origins, rows.values[name], strict=True)):
        if isinstance(value, (int, float)) and name not in rows.given[source].with_unit:
            found.setdefault(source, {})[at] = value
    yield from found.values()


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
    refused = (rows.raw(at, entry.name) for at, value in enumerate(rows.values[entry.name]) if value is None)
    numbers = [float(word) for raw in refused if _PLAIN.fullmatch(word := shown(raw).strip().replace(",", "."))]
    limits = entry.plausible
    return sum(limits is not None and number not in limits and number / factor in limits for number in numbers)
