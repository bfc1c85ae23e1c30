"""Dates of an export as days from another date of the patient; no date goes further than here."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from plro_core.intake.model import Placed
from plro_core.intake.redcap.mapping import Days
from plro_core.intake.sheets.dates import day_of, nearest


@dataclass(frozen=True)
class Day:
    """What a date gives: the day, and the planned month next to it (``None``: none, or two). ``refused`` says why not."""

    days: int = 0
    month: int | None = None
    refused: str = ""


def origins(dates: Iterable[tuple[str, str, Placed]], orders: Mapping[str, str]) -> dict[tuple[str, str], date]:
    """(field, patient) -> the first of its dates there, from which days are counted."""
    found: dict[tuple[str, str], date] = {}
    for name, patient, cell in dates:
        day = day_of(cell.raw, orders[name])
        if day:
            found[name, patient] = min(day, found.get((name, patient), day))
    return found


def counted_from(cell: Placed, target: Days, origin: date | None, months: tuple[int, ...]) -> Day:
    """The day of a cell, from the date that days are counted from."""
    when = day_of(cell.raw, target.order)
    if when is None:
        expected = " ".join({"y": "year", "m": "month", "d": "day"}[part] for part in target.order)
        return Day(refused=f"no date; expected {expected}, with four digits for the year.")
    if origin is None:
        return Day(refused=f"no date in “{target.since}” for the patient; expected one to count from.")
    if when < origin:
        return Day(refused=f"a date before the one in “{target.since}”; expected it, or a later one.")
    days = (when - origin).days
    return Day(days, nearest(days, months))
