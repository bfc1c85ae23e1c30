"""Dates of visits as days from baseline; the dates themselves go no further."""

import re
from datetime import date, datetime

from plro_core.intake.model import Raw

_PARTS = re.compile(r"([0-9]{1,4})[-./ ]([0-9]{1,2})[-./ ]([0-9]{1,4})(?:[ T][0-9:.]+)?")
#: Mean length of a month in days.
MONTH_DAYS = 365.25 / 12


def day_of(raw: Raw, order: str) -> date | None:
    """The date of a cell that is one, or whose text is one in the declared order with a year of four digits."""
    if isinstance(raw, datetime):
        return raw.date()
    if isinstance(raw, date):
        return raw
    found = _PARTS.fullmatch(raw.strip()) if isinstance(raw, str) else None
    if not found:
        return None
    parts = dict(zip(order, found.groups(), strict=True))
    if len(parts["y"]) != 4:
        return None
    try:
        return date(int(parts["y"]), int(parts["m"]), int(parts["d"]))
    except ValueError:
        return None


def nearest(days: int, months: tuple[int, ...]) -> int | None:
    """The planned month that a day is nearest to; ``None`` if it lies as near to two, or far behind the last one."""
    there = days / MONTH_DAYS
    ranked = sorted(months, key=lambda month: abs(month - there))
    best = ranked[0]
    if len(months) > 1 and abs(abs(ranked[1] - there) - abs(best - there)) < 1 / MONTH_DAYS / 2:
        return None
    last = months[-1]
    step = last - months[-2] if len(months) > 1 else 1
    return best if there - last <= step / 2 or best != last else None
