"""The numbers of the summary table, from counts alone: one statistic for each variable, visit, level and group."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields

from plro_core.cohort import Cohort
from plro_core.counts import Frequency, Group, counts
from plro_core.statistics import Summary, summarise
from plro_core.store import Registry
from plro_core.tables.model import Cell, Column
from plro_core.text import EVERYBODY
from plro_core.vocabulary import Variable

OVERALL = EVERYBODY
NOT_RECORDED = "not recorded"

Frequencies = Mapping[tuple[str, int | None, Group], Frequency]


@dataclass(frozen=True)
class GroupOfPatients:
    """One column of the table: a level of the grouping variable, those without one, or everyone."""

    code: str
    label: str
    patients: int


@dataclass(frozen=True)
class Statistic:
    """The numbers of one variable (at one visit, for one level) in one group; ``None`` is not computable.

    ``n`` is recorded values, ``missing`` the rest of ``total``. Denominators are patients, or for a visit variable
    the visits in view that took place. ``k`` is how many of ``n`` have ``level``. A patient may have several levels
    of a variable such as symptoms: then ``n`` is the patients with at least one.
    """

    variable: Variable
    month: int | None
    level: str | None
    group: str
    n: int
    missing: int
    total: int
    mean: float | None = None
    sd: float | None = None
    median: float | None = None
    q1: float | None = None
    q3: float | None = None
    minimum: float | None = None
    maximum: float | None = None
    k: int | None = None


_NUMBERS = ("mean", "sd", "median", "q1", "q3", "minimum", "maximum")

#: Columns of the tidy form, in their order.
TIDY = (
    Column("variable", "Variable"),
    Column("label", "Label"),
    Column("unit", "Unit"),
    Column("month", "Month", "integer"),
    Column("level", "Level"),
    Column("by", "Grouped by"),
    Column("group", "Group"),
    Column("n", "n", "integer"),
    Column("missing", "Missing", "integer"),
    Column("total", "Total", "integer"),
    *(Column(name, name.upper() if name == "sd" else name.capitalize(), "number", None) for name in _NUMBERS),
    Column("k", "k", "integer"),
    Column("note", "Note"),
)


def tidy_row(statistic: Statistic, by: Variable | None = None) -> tuple[Cell, ...]:
    """One statistic as a row of the tidy form; a group names the variable that made it, everybody has none."""
    variable = statistic.variable
    grouped = by.name if by and statistic.group != OVERALL else None
    numbers = [getattr(statistic, field.name) for field in fields(statistic)[4:]]
    place = (statistic.month, statistic.level, grouped, statistic.group)
    return (variable.name, variable.label, variable.stated_unit or None, *place, *numbers, variable.note or None)


def measure(
    registry: Registry, cohort: Cohort, by: Variable | None
) -> tuple[tuple[GroupOfPatients, ...], tuple[Statistic, ...]]:
    """The groups (everyone first) and every statistic of the summarised variables in each of them."""
    variables = _variables(registry, by)
    found = counts(registry, variables, cohort, by)
    codes = _group_codes(by, found)
    groups = _groups(variables, found, codes, by)
    statistics = [
        statistic
        for entry in variables
        for month in _months(entry, found, registry.vocabulary.months)
        for statistic in _statistics(entry, month, found, codes, groups)
    ]
    return groups, tuple(statistics)


def groups_of(registry: Registry, cohort: Cohort, by: Variable | None) -> tuple[GroupOfPatients, ...]:
    """The groups alone, everyone first: of the same counts as :func:`measure`, without any statistic."""
    variables = _variables(registry, by)
    found = counts(registry, variables, cohort, by)
    return _groups(variables, found, _group_codes(by, found), by)


def _variables(registry: Registry, by: Variable | None) -> list[Variable]:
    return [entry for entry in registry.vocabulary.summarised if by is None or entry.name != by.name]


def _groups(
    variables: Iterable[Variable], found: Frequencies, codes: Mapping[str, Group], by: Variable | None
) -> tuple[GroupOfPatients, ...]:
    sizes = {code: _size(found, variables, group) for code, group in codes.items()}
    patients = sum(sizes.values()) if codes else _size(found, variables, None)
    return (
        GroupOfPatients(OVERALL, "Overall", patients),
        *(GroupOfPatients(code, _group_label(by, code), sizes[code]) for code in codes),
    )


def _group_codes(by: Variable | None, found: Frequencies) -> dict[str, Group]:
    """Each column's code and its group among the counts: all declared levels, and missing where it occurs."""
    if by is None:
        return {}
    codes: dict[str, Group] = {level.code: level.code for level in by.levels}
    return codes | ({NOT_RECORDED: None} if any(group is None for _, _, group in found) else {})


def _group_label(by: Variable | None, code: str) -> str:
    return f"{by.label}: {code if code == NOT_RECORDED else by.level_label(code)}" if by else ""


def _size(found: Frequencies, variables: Iterable[Variable], group: Group) -> int:
    """Patients of a group: every variable of the case counts each of them once, recorded or missing."""
    first = next(entry for entry in variables if entry.table == "cases")
    return found.get((first.name, None, group), Frequency()).total


def _months(entry: Variable, found: Frequencies, planned: Iterable[int]) -> list[int | None]:
    if not entry.per_visit:
        return [None]
    found_months = {month for name, month, _ in found if name == entry.name and month is not None}
    return [*sorted(found_months.union(planned))]


def _statistics(
    entry: Variable,
    month: int | None,
    found: Frequencies,
    codes: Mapping[str, Group],
    groups: Iterable[GroupOfPatients],
) -> Iterable[Statistic]:
    parts = {code: found.get((entry.name, month, group), Frequency()) for code, group in codes.items()}
    whole = sum(parts.values(), Frequency()) if codes else found.get((entry.name, month, None), Frequency())
    frequencies = {OVERALL: whole, **parts}
    if entry.is_number:
        for group in groups:
            yield _numeric(entry, month, group, frequencies[group.code])
        return
    for level in entry.levels:
        for group in groups:
            yield _level(entry, month, level.code, group, frequencies[group.code])


def _numeric(entry: Variable, month: int | None, group: GroupOfPatients, frequency: Frequency) -> Statistic:
    summary: Summary = summarise(frequency)
    numbers = {name: getattr(summary, name) for name in _NUMBERS}
    return Statistic(entry, month, None, group.code, frequency.n, frequency.missing, frequency.total, **numbers)


def _level(entry: Variable, month: int | None, code: str, group: GroupOfPatients, frequency: Frequency) -> Statistic:
    total = group.patients if entry.many else frequency.total
    value = code == "yes" if entry.kind == "boolean" else code
    k = frequency.values.get(value, 0)
    n = total - frequency.missing
    return Statistic(entry, month, code, group.code, n, frequency.missing, total, k=k)
