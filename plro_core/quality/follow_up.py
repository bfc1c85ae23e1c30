"""Which planned visits were held, and whether they were held when they were due."""

from collections.abc import Iterable

from plro_core.cohort import EVERYONE, Cohort
from plro_core.counts import size
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
    which, values = Cohort(cohort.who).visit_sql()  # a visit that a choice leaves out was held
    n = size(registry, cohort).patients
    timed = _has_days(registry)
    found = {
        row[0]: row
        for row in registry.rows(
            f"SELECT month, count(*), {_timing_sql(registry.vocabulary.months) if timed else 'NULL, NULL, NULL, NULL'} "
            f"FROM visits WHERE {which} GROUP BY month",
            values,
        )
    }
    rows = tuple(_row(month, n, found.get(month), timed) for month in registry.vocabulary.months)
    held = sum(int(row[3] or 0) for row in rows)
    between = sum(row[1] for month, row in found.items() if month not in registry.vocabulary.months)
    notes = [_DUE, _windows_note() if timed else _NO_DAY]
    notes += [f"Visits at months that are not planned: {between}."] if between else []
    planned = n * len(registry.vocabulary.months)
    title = f"{k_of_n(held, planned)} planned visits were held" if planned else "No visit is planned: nobody is in view"
    return Table("follow-up", title, _COLUMNS, rows, tuple(notes), size(registry, Cohort(cohort.who)).sentence)


def _has_days(registry: Registry) -> bool:
    """Whether the day of any visit is recorded; a registry may declare the column and never fill it."""
    if not any(entry.name == "day" for entry in registry.vocabulary.columns("visits")):
        return False
    return bool(registry.rows("SELECT count(day) FROM visits")[0][0])


def _timing_sql(months: Iterable[int]) -> str:
    """Counts of visits in time, early, late and without a day; only numbers of our own enter the SQL."""
    due, days = (
        f"CASE month {' '.join(f'WHEN {month} THEN {of(month)}' for month in months)} END" for of in (_due, window)
    )
    return ", ".join(
        f"count(*) FILTER ({condition})"
        for condition in (
            f"abs(day - {due}) <= {days}",
            f"day < {due} - {days}",
            f"day > {due} + {days}",
            "day IS NULL",
        )
    )


def _row(month: int, n: int, found: tuple[int, ...] | None, timed: bool) -> tuple[Cell, ...]:
    _, held, *timing = found or (month, 0, *((0,) * 4 if timed else (None,) * 4))
    when = (_due(month), window(month)) if timed else (None, None)
    return (month, visit_name(month), n, held, n - held, *when, *timing)


def follow_up_by_patient(registry: Registry, cohort: Cohort = EVERYONE, limit: int = MOST_PATIENTS) -> Table:
    """Each patient's planned visits in words: in time, early, late, held, or not held.

    At most ``limit`` patients, those with the fewest planned visits first where they are more.
    """
    timed = _has_days(registry)
    condition, values = cohort.case_sql()
    planned = ", ".join(map(str, registry.vocabulary.months))
    chosen = registry.rows(
        f"SELECT case_id, count(v.month) FROM (SELECT case_id FROM cases WHERE {condition}) "
        f"LEFT JOIN (SELECT case_id, month FROM visits WHERE month IN ({planned})) AS v USING (case_id) "
        "GROUP BY case_id ORDER BY 2, 1 LIMIT ?",
        [*values, limit],
    )
    held = {
        (case_id, month): day
        for case_id, month, day in registry.rows(
            f"SELECT case_id, month, {'day' if timed else 'NULL'} FROM visits WHERE list_contains(?, case_id)",
            [[case_id for case_id, _ in chosen]],
        )
    }
    rows = tuple(
        (case_id, *(_words(held, case_id, month, timed) for month in registry.vocabulary.months), n)
        for case_id, n in sorted(chosen)
    )
    everybody = size(registry, cohort).patients
    cut = (f"{len(rows)} of {everybody} patients: those with the fewest planned visits.",)
    shape = (
        Column("case_id", "Patient", "integer"),
        *(Column(f"month_{month}", visit_name(month)) for month in registry.vocabulary.months),
        Column("held", "Visits held", "integer"),
    )
    notes = (_DUE, _windows_note() if timed else _NO_DAY, *(cut if len(rows) < everybody else ()))
    subtitle = size(registry, cohort).sentence
    return Table("follow-up-by-patient", "Planned visits of each patient", shape, rows, notes, subtitle)


def _words(held: dict[tuple[int, int], int | None], case_id: int, month: int, timed: bool) -> str:
    if (case_id, month) not in held:
        return "not held"
    day = held[case_id, month]
    if day is None:
        return "held, day not recorded" if timed else "held"
    apart = day - _due(month)
    verdict = "in time" if abs(apart) <= window(month) else "early" if apart < 0 else "late"
    return f"{verdict} (day {day})"
