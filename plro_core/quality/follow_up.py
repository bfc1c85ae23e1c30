"""Which planned visits were held, and whether they were held when they were due."""

from collections import Counter
from typing import Literal, get_args

from plro_core.cohort import EVERYONE, Cohort
from plro_core.counts import combinations, recorded, size
from plro_core.counts.questions import Recorded, patients_of
from plro_core.lookups import least_followed
from plro_core.store import Registry
from plro_core.tables import Cell, Column, Table
from plro_core.text import k_of_n, visit_name

#: Days before and after the day on which a visit is due within which it counts as in time, from this month on. Our own
#: choice. Months that are not named have the window of the one before them.
WINDOWS = {0: 7, 1: 7, 3: 14, 6: 30}

#: The mean length of a month in days: 365.25 / 12.
DAYS_A_MONTH = 30.4375

#: Patients that the list by patient shows at most.
MOST_PATIENTS = 200

_NO_DAY = "The day of a visit is not recorded in this registry, so nothing can be said of early and late."
_DUE = "A visit that was not held may not be due yet: the registry keeps no calendar dates."


def window(month: int) -> int:
    """Days before and after the due day of a planned visit that count as in time."""
    return WINDOWS[max(start for start in WINDOWS if start <= month)]


def _due(month: int) -> float:
    return month * DAYS_A_MONTH


def _windows_note() -> str:
    told = ", ".join(f"{days} days from month {month} on" for month, days in WINDOWS.items() if month)
    return f"In time: within {told} of the due day, a month taken as {DAYS_A_MONTH} days. This is our own choice."


_COLUMNS = (
    Column("month", "Month", "integer"),
    Column("visit", "Visit"),
    Column("patients", "Patients", "integer"),
    Column("held", "Visits held", "integer"),
    Column("not_held", "Not held", "integer"),
    Column("due", "Due", "number", 0, "days"),
    Column("window", "Window", "integer", unit="± days"),
    Column("in_window", "In time", "integer"),
    Column("early", "Early", "integer"),
    Column("late", "Late", "integer"),
    Column("no_day", "Day not recorded", "integer"),
)


def follow_up(registry: Registry, cohort: Cohort = EVERYONE) -> Table:
    """For each planned visit: how many of the patients have it, and where days are recorded how many came in time.

    Early, late and in time are empty where the registry records no days.
    """
    who = patients_of(cohort)  # a visit that a choice leaves out was held
    n = size(registry, who).patients
    timed = _has_days(registry)
    found = _timings(registry, who, timed)
    rows = tuple(_row(month, n, found.get(month, Counter()), timed) for month in registry.vocabulary.months)
    held = sum(int(row[3] or 0) for row in rows)
    between = sum(timing.total() for month, timing in found.items() if month not in registry.vocabulary.months)
    notes = [_DUE, _windows_note() if timed else _NO_DAY]
    notes += [f"Visits at months that are not planned: {between}."] if between else []
    planned = n * len(registry.vocabulary.months)
    title = f"{k_of_n(held, planned)} planned visits were held" if planned else "No visit is planned: nobody is in view"
    return Table("follow-up", title, _COLUMNS, rows, tuple(notes), size(registry, who).sentence)


def _has_days(registry: Registry) -> bool:
    """Whether the day of any visit is recorded; a registry may declare the column and never fill it."""
    if not any(entry.name == "day" for entry in registry.vocabulary.columns("visits")):
        return False
    day = registry.vocabulary.variable("day", "visits")

    def found() -> bool:
        return any(day.name in counts for counts in recorded(registry, Recorded("visits", (day,))).values())

    return registry.kept("whether visits have days", found)


Timing = Literal["in_window", "early", "late", "no_day"]


def _timing(month: int, day: int | None) -> Timing:
    """Whether a visit at a planned month was in time."""
    if day is None:
        return "no_day"
    apart = day - _due(month)
    return "in_window" if abs(apart) <= window(month) else "early" if apart < 0 else "late"


def _timings(registry: Registry, who: Cohort, timed: bool) -> dict[int, Counter[Timing]]:
    """By month: how many visits were in time, early, late and without a day; the last where no days are recorded."""
    columns = [registry.vocabulary.variable(name, "visits") for name in ("month", "day")[: 2 if timed else 1]]
    found: dict[int, Counter[Timing]] = {}
    for (month, *day), count in combinations(registry, columns, who).items():
        found.setdefault(month, Counter())[_timing(month, day[0] if day else None)] += count
    return found


def _row(month: int, n: int, found: Counter[Timing], timed: bool) -> tuple[Cell, ...]:
    held = found.total()
    when = (_due(month), window(month)) if timed else (None, None)
    timing = [found[name] if timed else None for name in get_args(Timing)]
    return (month, visit_name(month), n, held, n - held, *when, *timing)


def follow_up_by_patient(registry: Registry, cohort: Cohort = EVERYONE, limit: int = MOST_PATIENTS) -> Table:
    """Each patient's planned visits in words: in time, early, late, held, or not held.

    At most ``limit`` patients, those with the fewest planned visits first where they are more.
    """
    timed = _has_days(registry)
    months = registry.vocabulary.months
    rows: list[tuple[Cell, ...]] = []
    for case_id, visits in least_followed(registry, cohort, months, limit).items():
        held = {visit["month"]: visit["day"] if timed else None for visit in visits}
        told = [_words(month, held[month], timed) if month in held else "not held" for month in months]
        rows.append((case_id, *told, sum(month in held for month in months)))
    everybody = size(registry, cohort).patients
    cut = (f"{len(rows)} of {everybody} patients: those with the fewest planned visits.",)
    shape = (
        Column("case_id", "Patient", "integer"),
        *(Column(f"month_{month}", visit_name(month)) for month in months),
        Column("held", "Visits held", "integer"),
    )
    notes = (_DUE, _windows_note() if timed else _NO_DAY, *(cut if len(rows) < everybody else ()))
    subtitle = size(registry, cohort).sentence
    return Table("follow-up-by-patient", "Planned visits of each patient", shape, tuple(rows), notes, subtitle)


def _words(month: int, day: int | None, timed: bool) -> str:
    if day is None:
        return "held, day not recorded" if timed else "held"
    verdict = {"in_window": "in time"}.get(timing := _timing(month, day), timing)
    return f"{verdict} (day {day})"
