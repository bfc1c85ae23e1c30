"""Counting with SQL over the stored tables: the reference that every other engine is held against."""

from collections.abc import Iterable, Iterator
from typing import Any

from plro_core.cohort import Cohort, Criterion, Membership
from plro_core.counts.model import Counted, Group
from plro_core.store import Registry
from plro_core.vocabulary import Variable


class SqlEngine:
    """Counts by DuckDB."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def size(self, cohort: Cohort) -> tuple[int, int]:
        who, who_values = cohort.case_sql()
        which, which_values = cohort.visit_sql()
        sql = f"SELECT (SELECT count(*) FROM cases WHERE {who}), (SELECT count(*) FROM visits WHERE {which})"
        ((patients, visits),) = self._registry.rows(sql, who_values + which_values)
        return patients, visits

    def counted(
        self, entries: Iterable[Variable], cohort: Cohort, group: Variable | Membership | None
    ) -> Iterator[Counted]:
        by_table: dict[str, list[Variable]] = {}
        for entry in entries:
            by_table.setdefault("many" if entry.many else entry.table, []).append(entry)
        for table, asked in by_table.items():
            if table == "cases":
                yield from self._of_cases(asked, cohort, group)
            elif table == "visits":
                yield from self._of_visits(asked, cohort, group)
            else:
                for entry in asked:
                    yield from self._of_many(entry, cohort, group)

    def _of_cases(
        self, entries: list[Variable], cohort: Cohort, group: Variable | Membership | None
    ) -> Iterator[Counted]:
        condition, values = cohort.case_sql()
        column, group_values = group_column(group)
        which, columns, sets = _sets([entry.name for entry in entries], "g")
        rows = self._registry.rows(
            f"SELECT CASE {which} END, g, {columns}, count(*) FROM "
            f"(SELECT *, {column} AS g FROM cases AS c WHERE {condition}) GROUP BY GROUPING SETS ({sets})",
            [*group_values, *values],
        )
        for at, level, *rest in rows:
            yield entries[at].name, None, level, rest[at], rest[-1]

    def _of_visits(
        self, entries: list[Variable], cohort: Cohort, group: Variable | Membership | None
    ) -> Iterator[Counted]:
        condition, values = cohort.visit_sql()
        column, group_values = group_column(group)
        which, columns, sets = _sets([entry.name for entry in entries], "g, visit_month")
        visits = f"SELECT *, month AS visit_month FROM visits WHERE {condition}"
        rows = self._registry.rows(
            f"SELECT CASE {which} END, visit_month, g, {columns}, count(*) FROM "
            f"(SELECT v.*, {column} AS g FROM ({visits}) AS v JOIN cases AS c USING (case_id)) "
            f"GROUP BY GROUPING SETS ({sets})",
            [*group_values, *values],
        )
        for at, month, level, *rest in rows:
            yield entries[at].name, month, level, rest[at], rest[-1]

    def _of_many(self, entry: Variable, cohort: Cohort, group: Variable | Membership | None) -> Iterator[Counted]:
        condition, values = cohort.case_sql()
        column, group_values = group_column(group)
        rows = self._registry.rows(
            f'SELECT g, m."{entry.name}", count(DISTINCT case_id) FROM '
            f"(SELECT case_id, {column} AS g FROM cases AS c WHERE {condition}) "
            f"LEFT JOIN {entry.table} AS m USING (case_id) GROUP BY ALL",
            [*group_values, *values],
        )
        for level, value, count in rows:
            yield entry.name, None, level, value, count

    def pairs(
        self, entry: Variable, first: int, last: int, cohort: Cohort, group: Variable | None
    ) -> Iterator[tuple[Group, Any, Any, int]]:
        condition, values = cohort.case_sql()
        column, group_values = group_column(group)
        at = f'SELECT case_id, "{entry.name}" AS value FROM visits WHERE month = ?'
        rows = self._registry.rows(
            f"SELECT g, a.value, b.value, count(*) FROM (SELECT case_id, {column} AS g FROM cases AS c WHERE {condition}) "
            f"LEFT JOIN ({at}) AS a USING (case_id) LEFT JOIN ({at}) AS b USING (case_id) GROUP BY ALL ORDER BY ALL",
            [*group_values, *values, first, last],
        )
        yield from rows

    def pairs_from_baseline(
        self, entries: Iterable[Variable], cohort: Cohort, group: Variable | Membership | None
    ) -> Iterator[tuple[str, int, Group, Any, Any, int]]:
        asked = list(entries)
        condition, values = cohort.case_sql()
        column, group_values = group_column(group)
        both = [f'e."{entry.name}" AS first_{at}, l."{entry.name}" AS later_{at}' for at, entry in enumerate(asked)]
        which = " ".join(f"WHEN GROUPING(first_{at}) = 0 THEN {at}" for at in range(len(asked)))
        columns = ", ".join(f"first_{at}, later_{at}" for at in range(len(asked)))
        sets = ", ".join(f"(month, g, first_{at}, later_{at})" for at in range(len(asked)))
        rows = self._registry.rows(
            f"SELECT CASE {which} END, month, g, {columns}, count(*) FROM (SELECT l.month, g, {', '.join(both)} FROM "
            f"(SELECT case_id, {column} AS g FROM cases AS c WHERE {condition}) JOIN visits AS e USING (case_id) "
            f"JOIN visits AS l USING (case_id) WHERE e.month = 0 AND l.month > 0) GROUP BY GROUPING SETS ({sets})",
            [*group_values, *values],
        )
        for at, month, level, *rest, count in rows:
            first, later = rest[2 * at], rest[2 * at + 1]
            if first is not None and later is not None:
                yield asked[at].name, month, level, first, later, count

    def number_each(self, entry: Variable, among: Iterable[str], cohort: Cohort) -> dict[int, int]:
        condition, values = cohort.case_sql()
        some = (
            f'SELECT case_id, count(DISTINCT "{entry.name}") AS number FROM {entry.table} '
            f'WHERE list_contains(?, "{entry.name}")'
        )
        rows = self._registry.rows(
            f"SELECT coalesce(number, 0), count(*) FROM (SELECT case_id FROM cases WHERE {condition}) "
            f"LEFT JOIN ({some} GROUP BY case_id) USING (case_id) GROUP BY ALL",
            [*values, list(among)],
        )
        return dict(rows)

    def combinations(
        self, entries: Iterable[Variable], cohort: Cohort, table: str
    ) -> Iterator[tuple[tuple[Any, ...], int]]:
        condition, values = cohort.case_sql() if table == "cases" else cohort.visit_sql()
        columns = ", ".join(f'"{entry.name}"' for entry in entries)
        rows = self._registry.rows(
            f"SELECT {columns}, count(*) FROM {table} WHERE {condition} GROUP BY ALL ORDER BY ALL", values
        )
        for *found, count in rows:
            yield tuple(found), count

    def sets_of_facts(
        self, entry: Variable, among: Criterion, cohort: Cohort, group: Variable | None
    ) -> Iterator[tuple[Group, tuple[str, ...] | None, int]]:
        condition, values = cohort.case_sql()
        column, group_values = group_column(group)
        rows = self._registry.rows(
            f"SELECT g, has, held, count(*) FROM (SELECT case_id, {column} AS g FROM cases AS c WHERE {condition}) "
            f'LEFT JOIN (SELECT case_id, true AS has, list_sort(list_distinct(list("{entry.name}") '
            f'FILTER (list_contains(?, "{among.variable.name}")))) AS held FROM {entry.table} GROUP BY case_id) '
            "USING (case_id) GROUP BY ALL ORDER BY ALL",
            [*group_values, *values, list(among.items)],
        )
        for level, has, held, count in rows:
            yield level, tuple(held or ()) if has else None, count


def _sets(names: list[str], by: str) -> tuple[str, str, str]:
    """Parts of a question that counts several columns at once: which one a row counts, all of them, and the sets."""
    which = " ".join(f'WHEN GROUPING("{name}") = 0 THEN {at}' for at, name in enumerate(names))
    return which, ", ".join(f'"{name}"' for name in names), ", ".join(f'({by}, "{name}")' for name in names)


def group_column(group: Variable | Membership | None) -> tuple[str, list[Any]]:
    """The group's code as SQL text over ``cases AS c``; only declared names enter the SQL, values are bound."""
    if group is None:
        return "CAST(NULL AS VARCHAR)", []
    if isinstance(group, Membership):
        return group.sql()
    if group.kind == "boolean":
        return f"CASE WHEN c.\"{group.name}\" THEN 'yes' WHEN NOT c.\"{group.name}\" THEN 'no' END", []
    return f'CAST(c."{group.name}" AS VARCHAR)', []
