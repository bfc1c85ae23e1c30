"""What is asked of the dashboard's core, and the numbers by which its answer is held against that of others.

A number's name is ``table/variable/month/group/statistic``; for everybody the group is "overall", for a visit the month is
its number and for a patient it is empty. Counts of nobody, and statistics that too few values do not have, are left out.
"""

from plro_core.cohort import Cohort
from plro_core.counts import counts, size
from plro_core.statistics import SMALLEST_N_FOR_MEDIAN, summarise
from plro_core.store import Registry
from plro_core.tables import table_one
from plro_core.tables.summary import OVERALL
from plro_core.vocabulary import STANDARD, Variable
from tests.bench import measuring, registries
from tests.bench.model import OURS, Numbers, Taken

GROUP = STANDARD.variable("breastfeeding")
SUMMARISED = [entry for entry in STANDARD.summarised if entry.name != GROUP.name]
#: The variables of Table 1 in the tables that they stand in, with what the rows are told apart and grouped by.
NEEDED = {
    "cases": ["case_id", GROUP.name, *(entry.name for entry in SUMMARISED if entry.table == "cases")],
    "visits": ["case_id", "month", *(entry.name for entry in SUMMARISED if entry.table == "visits")],
    "symptoms": ["case_id", *(entry.name for entry in SUMMARISED if entry.table == "symptoms")],
}
NUMBERS_OF = {
    table: [entry.name for entry in SUMMARISED if entry.table == table and entry.is_number] for table in NEEDED
}
LEVELS_OF = {
    table: [entry.name for entry in SUMMARISED if entry.table == table and not entry.is_number] for table in NEEDED
}
STATISTICS = ("n", "mean", "sd", "median", "q1", "q3", "minimum", "maximum")
#: Statistics that the table states from three values on.
_OF_SOME = ("sd", "median", "q1", "q3")
_RUNS = 7


#: Ranges that hold every patient, each of a variable or a visit of its own: no two are positions of one slider, which would
#: be answered from a tile.
_WHOLE = [
    *("age=12-*,~", "weeks_postpartum=0-*,~", "weight_gain_kg=-5-*,~"),
    *("t_l1_l4=-8-*,~", "t_l2_l4=-8-*,~", "t_femoral_neck=-8-*,~"),
    *(
        f"{name}.{month}={least}-*,~"
        for name, least in (("vas", 0), ("calcium", 3), ("alp", 5))
        for month in STANDARD.months
    ),
]


def everybody(number: int) -> Cohort:
    """A cohort that holds everybody and has not been asked for before."""
    return Cohort.parse(_WHOLE[number % len(_WHOLE)], STANDARD)


def some(number: int) -> Cohort:
    """A cohort of a part of the patients that has not been asked for before, nor as another position of one slider."""
    return Cohort.parse(f"smoking=no&{_WHOLE[number % len(_WHOLE)]}", STANDARD)


def slid(number: int) -> Cohort:
    """A cohort whose age was moved to another end."""
    return Cohort.parse(f"smoking=no&age=15-{31 + number}", STANDARD)


def name_of(table: str, variable: str, month: object, group: object, statistic: str) -> str:
    """The name of a number."""
    return f"{table}/{variable}/{'' if month is None else month}/{group}/{statistic}"


def kept(found: Numbers) -> dict[str, float]:
    """The numbers that everybody states: no count of nobody, and no median or SD of fewer than three values."""

    def few(name: str) -> bool:
        place, _, statistic = name.rpartition("/")
        return statistic in _OF_SOME and found.get(f"{place}/n", 0) < SMALLEST_N_FOR_MEDIAN

    counted = {name: value for name, value in found.items() if value == value}
    empty = {name for name, value in counted.items() if not value and name.rpartition("/")[2] not in STATISTICS[1:]}
    return {name: float(value) for name, value in counted.items() if name not in empty and not few(name)}


# Table 1


def table_1(patients: int) -> Taken:
    """Table 1 by group, whole and its counts alone."""
    registry = registries.opened(patients)
    measuring.settle()
    whole = measuring.median_of(_RUNS, lambda number: table_one(registry, everybody(number), GROUP))
    alone = measuring.median_of(_RUNS, lambda number: counts(registry, SUMMARISED, everybody(9 + number), GROUP))
    return Taken({OURS: whole, "counts alone": alone}, numbers_of_table_1(registry))


def numbers_of_table_1(registry: Registry) -> Numbers:
    """The numbers that Table 1 states."""
    found: dict[str, float] = {}
    for row in table_one(registry, everybody(0), GROUP).tidy.records:
        entry = STANDARD.variable(str(row["variable"]))
        group = OVERALL if row["group"] == OVERALL else row["group"]
        if row["level"] is None:
            stated = {statistic: row[statistic] for statistic in STATISTICS}
        else:
            stated = {str(row["level"]): row["k"]}
        for statistic, value in stated.items():
            if isinstance(value, int | float):
                found[name_of(entry.table, entry.name, row["month"], group, statistic)] = value
    return kept(found)


# A page


def page(patients: int) -> Taken:
    """The filter panel, Table 1 and trajectories by group for a cohort that is new."""
    registry = registries.opened(patients)
    measuring.settle()
    new = measuring.median_of(_RUNS, lambda number: _page(registry, some(number)))
    for number in (-2, -1):  # the second position makes the tiles
        _page(registry, slid(number))
    moved = measuring.median_of(_RUNS, lambda number: _page(registry, slid(number)))
    return Taken({OURS: new, "slider moved on": moved})


def _page(registry: Registry, cohort: Cohort) -> None:
    size(registry, cohort)
    _panel(registry, cohort)
    table_one(registry, cohort, GROUP)
    for found in counts(registry, [STANDARD.variable("vas"), *STANDARD.labs], cohort, GROUP).values():
        summarise(found)


def _panel(registry: Registry, cohort: Cohort) -> None:
    """Counts beside each option of the filter panel, each without the option's own filter."""
    offered = [name for names in STANDARD.panel.values() for name in names]
    free = [_entry(name) for name in offered if cohort.get(name) is None]
    counts(registry, free, cohort)
    for criterion in cohort.criteria:
        counts(registry, [criterion.variable], cohort.without(criterion.key))


def _entry(name: str) -> Variable:
    return STANDARD.filters[name.partition(".")[0]]
