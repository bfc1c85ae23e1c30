"""The one question asked of an engine: how often does each value occur in each group of a cohort?

Clinical values are recorded at a fixed precision, so a frequency table per variable and group holds everything that
the statistics need, however many patients there are. Counts are integers: exact, independent of order, and additive.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from plro_core.cohort import EVERYONE, Cohort, Criterion, Membership
from plro_core.store import Registry
from plro_core.vocabulary import Variable

#: A group's level code ("yes", "no", "stopped" …); ``None`` where the grouping variable is missing or there is none.
Group = str | None

#: In the place of a group's level: everybody in view, of whatever group.
ALL = "(all)"

#: A patient's values at two visits; ``None`` if not recorded.
Pair = tuple[Any, Any]


@dataclass(frozen=True)
class Frequency:
    """How often each recorded value occurs, in ascending order of value, and how many are missing."""

    values: Mapping[Any, int] = field(default_factory=dict)
    missing: int = 0

    @property
    def n(self) -> int:
        """Number of recorded values."""
        return sum(self.values.values())

    @property
    def total(self) -> int:
        return self.n + self.missing

    def __add__(self, other: "Frequency") -> "Frequency":
        merged = dict(self.values)
        for value, count in other.values.items():
            merged[value] = merged.get(value, 0) + count
        return Frequency(dict(sorted(merged.items())), self.missing + other.missing)


@dataclass(frozen=True)
class Size:
    """How many patients and visits a cohort has, out of how many in the registry."""

    patients: int
    visits: int
    all_patients: int
    all_visits: int

    @property
    def sentence(self) -> str:
        return f"{self.patients} of {self.all_patients} patients · {self.visits} of {self.all_visits} visits"


def size(registry: Registry, cohort: Cohort = EVERYONE) -> Size:
    """Patients and visits of the cohort and of the whole registry."""
    who, who_values = cohort.case_sql()
    which, which_values = cohort.visit_sql()
    row = registry.rows(
        f"SELECT (SELECT count(*) FROM cases WHERE {who}), (SELECT count(*) FROM visits WHERE {which}), "
        "(SELECT count(*) FROM cases), (SELECT count(*) FROM visits)",
        who_values + which_values,
    )[0]
    return Size(*row)


def counts(
    registry: Registry,
    variables: Iterable[Variable],
    cohort: Cohort = EVERYONE,
    group: Variable | Membership | None = None,
) -> dict[tuple[str, int | None, Group], Frequency]:
    """Frequencies by (variable name, visit month, group level).

    The month is ``None`` for a variable of the case. A patient without a visit at a month has no row there; missing
    counts the visits that took place without this value. For a variable of which a patient may have several values,
    the counts are patients with that value, and missing those with none. Keys of empty groups are absent.
    """
    answer: dict[tuple[str, int | None, Group], Frequency] = {}
    by_table: dict[str, list[Variable]] = {}
    for entry in dict.fromkeys(variables):
        by_table.setdefault("many" if entry.many else entry.table, []).append(entry)
    for table, entries in by_table.items():
        if table == "cases":
            answer |= _case_counts(registry, entries, cohort, group)
        elif table == "visits":
            answer |= _visit_counts(registry, entries, cohort, group)
        else:
            for entry in entries:
                answer |= _many_counts(registry, entry, cohort, group)
    return answer


def counts_of_two(
    registry: Registry, other: Registry, variables: Iterable[Variable], a: Cohort, b: Cohort
) -> dict[tuple[str, int | None, Group], Frequency]:
    """The same of cohort A in one registry ("a") and cohort B in another ("b"), as if they were two groups of one."""
    asked = list(variables)
    parts = (("a", counts(registry, asked, a)), ("b", counts(other, asked, b)))
    return {(name, month, code): found for code, part in parts for (name, month, _), found in part.items()}


def pairs(
    registry: Registry, entry: Variable, first: int, last: int, cohort: Cohort = EVERYONE, group: Variable | None = None
) -> dict[Group, dict[Pair, int]]:
    """By group: how many patients of the cohort have each pair of values of a visit fact at two visits.

    Each patient is counted once, whether or not she was seen then; a value that is not recorded is ``None``. Only the
    criteria on patients count: a choice of visits by value would leave pairs that no patient has.
    """
    condition, values = cohort.case_sql()
    column, group_values = _group_column(group)
    at = f'SELECT case_id, "{entry.name}" AS value FROM visits WHERE month = ?'
    rows = registry.rows(
        f"SELECT g, a.value, b.value, count(*) FROM (SELECT case_id, {column} AS g FROM cases AS c WHERE {condition}) "
        f"LEFT JOIN ({at}) AS a USING (case_id) LEFT JOIN ({at}) AS b USING (case_id) GROUP BY ALL ORDER BY ALL",
        [*group_values, *values, first, last],
    )
    found: dict[Group, dict[Pair, int]] = {}
    for level, before, after, count in rows:
        found.setdefault(level, {})[before, after] = count
    return found


def pairs_from_baseline(
    registry: Registry,
    variables: Iterable[Variable],
    cohort: Cohort = EVERYONE,
    group: Variable | Membership | None = None,
) -> dict[tuple[str, int | None, Group], dict[Pair, int]]:
    """By variable name, later month and group: how many patients have each pair of a value at baseline and one then.

    Only patients with both values count. Only the criteria on patients count, as in :func:`pairs`.
    """
    entries = list(variables)
    if not entries:
        return {}
    condition, values = cohort.case_sql()
    column, group_values = _group_column(group)
    both = [f'e."{entry.name}" AS first_{at}, l."{entry.name}" AS later_{at}' for at, entry in enumerate(entries)]
    which = " ".join(f"WHEN GROUPING(first_{at}) = 0 THEN {at}" for at in range(len(entries)))
    columns = ", ".join(f"first_{at}, later_{at}" for at in range(len(entries)))
    sets = ", ".join(f"(month, g, first_{at}, later_{at})" for at in range(len(entries)))
    rows = registry.rows(
        f"SELECT CASE {which} END, month, g, {columns}, count(*) FROM (SELECT l.month, g, {', '.join(both)} FROM "
        f"(SELECT case_id, {column} AS g FROM cases AS c WHERE {condition}) JOIN visits AS e USING (case_id) "
        f"JOIN visits AS l USING (case_id) WHERE e.month = 0 AND l.month > 0) GROUP BY GROUPING SETS ({sets})",
        [*group_values, *values],
    )
    found: dict[tuple[str, int | None, Group], dict[Pair, int]] = {}
    for at, month, level, *rest, count in rows:
        first, later = rest[2 * at], rest[2 * at + 1]
        if first is not None and later is not None:
            found.setdefault((entries[at].name, month, level), {})[first, later] = count
    return found


def changes(pairs: Mapping[Pair, int], missing: int = 0) -> Frequency:
    """How often each change occurs, from counted pairs of an earlier and a later value."""
    gathered: dict[float, int] = {}
    for (first, later), count in pairs.items():
        change = change_of(first, later)
        gathered[change] = gathered.get(change, 0) + count
    return Frequency(dict(sorted(gathered.items())), missing)


def change_of(first: float, later: float) -> float:
    """The later value less the earlier one, exactly: 0.3 from 8.9 to 9.2."""
    return float(Decimal(repr(later)) - Decimal(repr(first)))


def number_each(registry: Registry, entry: Variable, among: Iterable[str], cohort: Cohort = EVERYONE) -> Frequency:
    """How many patients of the cohort have one, two … of some values of a many-valued variable; none counts as missing."""
    condition, values = cohort.case_sql()
    some = f'SELECT case_id, count(DISTINCT "{entry.name}") AS number FROM {entry.table} WHERE list_contains(?, "{entry.name}")'
    rows = registry.rows(
        f"SELECT number, count(*) FROM (SELECT case_id FROM cases WHERE {condition}) "
        f"LEFT JOIN ({some} GROUP BY case_id) USING (case_id) GROUP BY number",
        [*values, list(among)],
    )
    found = dict(rows)
    missing = found.pop(None, 0)
    return Frequency(dict(sorted(found.items())), missing)


def first_and_last(
    registry: Registry, entry: Variable, of: str, same: str, cohort: Cohort = EVERYONE
) -> dict[str, dict[Pair, int]]:
    """By level of ``of``: how many patients have each pair of first and last value of a measurement that has days.

    Only values with the same ``same`` (such as a machine) are held against each other; of several such stretches of a
    patient the longest counts, and of equally long ones the later.
    """
    condition, values = cohort.case_sql()
    name = entry.name
    rows = registry.rows(
        f'SELECT level, first, last, count(*) FROM (SELECT case_id, "{of}" AS level, arg_min("{name}", day) AS first, '
        f'arg_max("{name}", day) AS last, max(day) AS until, max(day) - min(day) AS days FROM {entry.table} '
        f'WHERE "{name}" IS NOT NULL AND case_id IN (SELECT case_id FROM cases WHERE {condition}) '
        f'GROUP BY case_id, "{of}", "{same}" HAVING days > 0 '
        "QUALIFY row_number() OVER (PARTITION BY case_id, level ORDER BY days DESC, until DESC) = 1) "
        "GROUP BY ALL ORDER BY ALL",
        values,
    )
    found: dict[str, dict[Pair, int]] = {}
    for level, first, last, count in rows:
        found.setdefault(level, {})[first, last] = count
    return found


def measured(
    registry: Registry, entry: Variable, of: str, cohort: Cohort = EVERYONE
) -> dict[str | None, tuple[int, int]]:
    """By level of ``of``, and together (``None``): in how many patients a measurement has a value, and how many values."""
    condition, values = cohort.case_sql()
    rows = registry.rows(
        f'SELECT "{of}", count(DISTINCT case_id), count(*) FROM {entry.table} WHERE "{entry.name}" IS NOT NULL '
        f'AND case_id IN (SELECT case_id FROM cases WHERE {condition}) GROUP BY ROLLUP ("{of}")',
        values,
    )
    return {level: (patients, number) for level, patients, number in rows}


def sets_of_facts(
    registry: Registry, entry: Variable, among: Criterion, cohort: Cohort = EVERYONE, group: Variable | None = None
) -> dict[Group, dict[tuple[str, ...] | None, int]]:
    """By group: how many patients have each set of values of a fact, such as agents, in rows that meet ``among``.

    An empty set is that of patients with rows of whom none meets it, ``None`` that of patients without any row.
    """
    condition, values = cohort.case_sql()
    column, group_values = _group_column(group)
    rows = registry.rows(
        f"SELECT g, has, held, count(*) FROM (SELECT case_id, {column} AS g FROM cases AS c WHERE {condition}) LEFT JOIN "
        f'(SELECT case_id, true AS has, list_sort(list_distinct(list("{entry.name}") '
        f'FILTER (list_contains(?, "{among.variable.name}")))) AS held FROM {entry.table} GROUP BY case_id) '
        "USING (case_id) GROUP BY ALL ORDER BY ALL",
        [*group_values, *values, list(among.items)],
    )
    found: dict[Group, dict[tuple[str, ...] | None, int]] = {}
    for level, has, held, count in rows:
        found.setdefault(level, {})[tuple(held or ()) if has else None] = count
    return found


def combinations(
    registry: Registry, variables: Iterable[Variable], cohort: Cohort = EVERYONE
) -> dict[tuple[Any, ...], int]:
    """How many patients of the cohort (of visit facts: visits in view) have each combination of values.

    The variables stand in one table, ``cases`` or ``visits``; a value that is not recorded is ``None``.

    Raises:
        ValueError: they stand in several tables, or in one with several rows a patient.
    """
    entries = list(variables)
    table = {entry.table for entry in entries}
    if table not in ({"cases"}, {"visits"}):
        raise ValueError(", ".join(sorted(table)))
    condition, values = cohort.case_sql() if table == {"cases"} else cohort.visit_sql()
    columns = ", ".join(f'"{entry.name}"' for entry in entries)
    rows = registry.rows(
        f"SELECT {columns}, count(*) FROM {table.pop()} WHERE {condition} GROUP BY ALL ORDER BY ALL", values
    )
    return {tuple(found): count for *found, count in rows}


def _group_column(group: Variable | Membership | None) -> tuple[str, list[Any]]:
    """The group's code as SQL text over ``cases AS c``; only declared names enter the SQL, values are bound."""
    if group is None:
        return "CAST(NULL AS VARCHAR)", []
    if isinstance(group, Membership):
        return group.sql()
    if group.kind == "boolean":
        return f"CASE WHEN c.\"{group.name}\" THEN 'yes' WHEN NOT c.\"{group.name}\" THEN 'no' END", []
    return f'CAST(c."{group.name}" AS VARCHAR)', []


def _case_counts(
    registry: Registry, variables: list[Variable], cohort: Cohort, group: Variable | Membership | None
) -> dict[tuple[str, int | None, Group], Frequency]:
    condition, values = cohort.case_sql()
    column, group_values = _group_column(group)
    names = [entry.name for entry in variables]
    sets = ", ".join(f'(g, "{name}")' for name in names)
    which = " ".join(f'WHEN GROUPING("{name}") = 0 THEN {index}' for index, name in enumerate(names))
    columns = ", ".join(f'"{name}"' for name in names)
    rows = registry.rows(
        f"SELECT CASE {which} END, g, {columns}, count(*) FROM "
        f"(SELECT *, {column} AS g FROM cases AS c WHERE {condition}) GROUP BY GROUPING SETS ({sets})",
        [*group_values, *values],
    )
    return _frequencies(names, ((index, None, g, rest[index], rest[-1]) for index, g, *rest in rows))


def _visit_counts(
    registry: Registry, variables: list[Variable], cohort: Cohort, group: Variable | Membership | None
) -> dict[tuple[str, int | None, Group], Frequency]:
    condition, values = cohort.visit_sql()
    column, group_values = _group_column(group)
    names = [entry.name for entry in variables]
    sets = ", ".join(f'(g, visit_month, "{name}")' for name in names)
    which = " ".join(f'WHEN GROUPING("{name}") = 0 THEN {index}' for index, name in enumerate(names))
    columns = ", ".join(f'"{name}"' for name in names)
    visits = f"SELECT *, month AS visit_month FROM visits WHERE {condition}"
    rows = registry.rows(
        f"SELECT CASE {which} END, visit_month, g, {columns}, count(*) FROM "
        f"(SELECT v.*, {column} AS g FROM ({visits}) AS v JOIN cases AS c USING (case_id)) "
        f"GROUP BY GROUPING SETS ({sets})",
        [*group_values, *values],
    )
    return _frequencies(names, ((index, month, g, rest[index], rest[-1]) for index, month, g, *rest in rows))


def _many_counts(
    registry: Registry, entry: Variable, cohort: Cohort, group: Variable | Membership | None
) -> dict[tuple[str, int | None, Group], Frequency]:
    condition, values = cohort.case_sql()
    column, group_values = _group_column(group)
    rows = registry.rows(
        f'SELECT 0, NULL, g, m."{entry.name}", count(DISTINCT case_id) FROM '
        f"(SELECT case_id, {column} AS g FROM cases AS c WHERE {condition}) "
        f"LEFT JOIN {entry.table} AS m USING (case_id) GROUP BY ALL",
        [*group_values, *values],
    )
    return _frequencies([entry.name], ((row[0], row[1], row[2], row[3], row[4]) for row in rows))


def _frequencies(
    names: list[str], rows: Iterable[tuple[int, int | None, Group, Any, int]]
) -> dict[tuple[str, int | None, Group], Frequency]:
    gathered: dict[tuple[str, int | None, Group], tuple[dict[Any, int], int]] = {}
    for index, month, group, value, count in rows:
        key = (names[index], month, group)
        values, missing = gathered.get(key, ({}, 0))
        if value is None:
            missing += count
        else:
            values[value] = count
        gathered[key] = (values, missing)
    return {key: Frequency(dict(sorted(values.items())), missing) for key, (values, missing) in gathered.items()}
