"""Counting with SQL over the stored tables: the reference that every other engine is held against."""

from collections.abc import Iterable, Iterator
from typing import Any, assert_never

from plro_core.cohort import Cohort, Membership
from plro_core.counts.model import Engine, change_of
from plro_core.counts.questions import (
    MEASURED,
    Answer,
    ChangesFromBaseline,
    Combinations,
    Counted,
    FirstAndLast,
    Grouping,
    Measured,
    NumberEach,
    Pairs,
    PairsFromBaseline,
    Paths,
    Question,
    Recorded,
    SetsOfFacts,
    Sized,
    Split,
    together,
)
from plro_core.counts.readings import read
from plro_core.store import Registry
from plro_core.vocabulary import Variable

Counts = Iterator[tuple[tuple[Any, ...], int]]


class SqlEngine(Engine):
    """Counts by DuckDB."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def answer(self, question: Question) -> Answer:
        match question:
            case Sized():
                return self._sized(question)
            case Counted():
                return dict(self._counted(question))
            case Pairs():
                return self._pairs(question)
            case PairsFromBaseline():
                return dict(self._pairs_from_baseline(question))
            case ChangesFromBaseline():
                return self._changes_from_baseline(question)
            case NumberEach():
                return self._number_each(question)
            case Combinations():
                return self._combinations(question)
            case SetsOfFacts():
                return self._sets_of_facts(question)
            case Measured():
                return self._measured(question)
            case FirstAndLast():
                return self._first_and_last(question)
            case Recorded():
                return self._recorded(question)
            case Paths():
                return self._paths(question)
            case _:
                assert_never(question)

    def _sized(self, asked: Sized) -> Answer:
        who, who_values = asked.cohort.case_sql()
        which, which_values = asked.cohort.visit_sql()
        sql = f"SELECT (SELECT count(*) FROM cases WHERE {who}), (SELECT count(*) FROM visits WHERE {which})"
        ((patients, visits),) = self._registry.rows(sql, who_values + which_values)
        return {(name,): count for name, count in (("patients", patients), ("visits", visits)) if count}

    def _counted(self, asked: Counted) -> Counts:
        by_table: dict[str, list[Variable]] = {}
        for entry in asked.variables:
            by_table.setdefault("many" if entry.many else entry.table, []).append(entry)
        for table, entries in by_table.items():
            if table == "cases":
                yield from self._of_cases(entries, asked.cohort, asked.group)
            elif table == "visits":
                yield from self._of_visits(entries, asked.cohort, asked.group)
            else:
                for entry in entries:
                    yield from self._of_many(entry, asked.cohort, asked.group)

    def _of_cases(self, entries: list[Variable], cohort: Cohort, group: Grouping) -> Counts:
        condition, values = cohort.case_sql()
        column, group_values = group_column(group)
        which, columns, sets = _sets([entry.name for entry in entries], "g")
        rows = self._registry.rows(
            f"SELECT CASE {which} END, g, {columns}, count(*) FROM "
            f"(SELECT *, {column} AS g FROM cases AS c WHERE {condition}) GROUP BY GROUPING SETS ({sets})",
            [*group_values, *values],
        )
        for at, level, *rest in rows:
            yield (entries[at].name, None, level, rest[at]), rest[-1]

    def _of_visits(self, entries: list[Variable], cohort: Cohort, group: Grouping) -> Counts:
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
            yield (entries[at].name, month, level, rest[at]), rest[-1]

    def _of_many(self, entry: Variable, cohort: Cohort, group: Grouping) -> Counts:
        condition, values = cohort.case_sql()
        column, group_values = group_column(group)
        rows = self._registry.rows(
            f'SELECT g, m."{entry.name}", count(DISTINCT case_id) FROM '
            f"(SELECT case_id, {column} AS g FROM cases AS c WHERE {condition}) "
            f"LEFT JOIN {entry.table} AS m USING (case_id) GROUP BY ALL",
            [*group_values, *values],
        )
        for level, value, count in rows:
            yield (entry.name, None, level, value), count

    def _pairs(self, asked: Pairs) -> Answer:
        condition, values = asked.cohort.case_sql()
        column, group_values = group_column(asked.group)
        at = f'SELECT case_id, "{asked.variable.name}" AS value FROM visits WHERE month = ?'
        rows = self._registry.rows(
            f"SELECT g, a.value, b.value, count(*) FROM (SELECT case_id, {column} AS g FROM cases AS c WHERE {condition}) "
            f"LEFT JOIN ({at}) AS a USING (case_id) LEFT JOIN ({at}) AS b USING (case_id) GROUP BY ALL",
            [*group_values, *values, asked.first, asked.last],
        )
        return _keyed(rows)

    def _pairs_from_baseline(self, question: PairsFromBaseline) -> Counts:
        if not (asked := question.variables):
            return
        condition, values = question.cohort.case_sql()
        column, group_values = group_column(question.group)
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
                yield (asked[at].name, month, level, first, later), count

    def _changes_from_baseline(self, asked: ChangesFromBaseline) -> Answer:
        found: Answer = {}
        pairs = self._pairs_from_baseline(PairsFromBaseline(asked.variables, asked.cohort, asked.group))
        for (name, month, level, first, later), count in pairs:
            key = (name, month, level, change_of(first, later))
            found[key] = found.get(key, 0) + count
        return found

    def _number_each(self, asked: NumberEach) -> Answer:
        condition, values = asked.cohort.case_sql()
        name = asked.variable.name
        some = (
            f'SELECT case_id, count(DISTINCT "{name}") AS number FROM {asked.variable.table} '
            f'WHERE list_contains(?, "{name}")'
        )
        rows = self._registry.rows(
            f"SELECT coalesce(number, 0), count(*) FROM (SELECT case_id FROM cases WHERE {condition}) "
            f"LEFT JOIN ({some} GROUP BY case_id) USING (case_id) GROUP BY ALL",
            [*values, sorted(asked.among)],
        )
        return _keyed(rows)

    def _combinations(self, asked: Combinations) -> Answer:
        condition, values = asked.cohort.case_sql() if asked.table == "cases" else asked.cohort.visit_sql()
        columns = ", ".join(f'"{entry.name}" AS v{at}' for at, entry in enumerate(asked.variables))
        rows = self._registry.rows(
            f"SELECT {columns}, count(*) FROM {asked.table} WHERE {condition} GROUP BY ALL", values
        )
        return _keyed(rows)

    def _sets_of_facts(self, asked: SetsOfFacts) -> Answer:
        condition, values = asked.cohort.case_sql()
        column, group_values = group_column(asked.group)
        rows = self._registry.rows(
            f"SELECT g, has, held, count(*) FROM (SELECT case_id, {column} AS g FROM cases AS c WHERE {condition}) "
            f'LEFT JOIN (SELECT case_id, true AS has, coalesce(list_sort(list_distinct(list("{asked.variable.name}") '
            f'FILTER (list_contains(?, "{asked.among.variable.name}")))), []) AS held '
            f"FROM {asked.variable.table} GROUP BY case_id) USING (case_id) GROUP BY ALL",
            [*group_values, *values, list(asked.among.items)],
        )
        return {(level, tuple(held) if has else None): count for level, has, held, count in rows}

    def _measured(self, asked: Measured) -> Answer:
        condition, values = asked.cohort.case_sql()
        of, entry = asked.of, asked.variable
        rows = self._registry.rows(
            f'SELECT GROUPING("{of}"), "{of}", count(DISTINCT case_id), count(*) FROM {entry.table} '
            f'WHERE "{entry.name}" IS NOT NULL AND case_id IN (SELECT case_id FROM cases WHERE {condition}) '
            f'GROUP BY ROLLUP ("{of}")',
            values,
        )
        found = [(() if all_of else (level,), (patients, number)) for all_of, level, patients, number in rows if number]
        return {(name, *level): n for level, numbers in found for name, n in zip(MEASURED, numbers, strict=True)}

    def _first_and_last(self, asked: FirstAndLast) -> Answer:
        condition, values = asked.cohort.case_sql()
        name, of, same = asked.variable.name, asked.of, asked.same
        rows = self._registry.rows(
            f'SELECT level, first, last, count(*) FROM (SELECT case_id, "{of}" AS level, arg_min("{name}", day) AS first, '
            f'arg_max("{name}", day) AS last, max(day) AS until, max(day) - min(day) AS days FROM {asked.variable.table} '
            f'WHERE "{name}" IS NOT NULL AND case_id IN (SELECT case_id FROM cases WHERE {condition}) '
            f'GROUP BY case_id, "{of}", "{same}" HAVING days > 0 '
            "QUALIFY row_number() OVER (PARTITION BY case_id, level ORDER BY days DESC, until DESC) = 1) GROUP BY ALL",
            values,
        )
        return _keyed(rows)

    def _recorded(self, asked: Recorded) -> Answer:
        condition, values = asked.cohort.case_sql() if asked.table == "cases" else asked.cohort.visit_sql()
        place = "NULL" if asked.by is None else f'"{asked.by.name}"'
        filled = "".join(f', count(r."{entry.name}")' for entry in asked.variables)
        of_case = asked.by is not None and asked.by.table != asked.table
        joined = f"LEFT JOIN (SELECT case_id, {place} FROM cases) USING (case_id)" if of_case else ""
        rows = self._registry.rows(
            f"SELECT {place}, count(*){filled} FROM (SELECT * FROM {asked.table} WHERE {condition}) AS r {joined} GROUP BY 1",
            values,
        )
        names = (None, *(entry.name for entry in asked.variables))
        return {(name, at): n for at, *counts in rows for name, n in zip(names, counts, strict=True) if n}

    def _paths(self, asked: Paths) -> Answer:
        condition, values = asked.cohort.case_sql()
        column, group_values = group_column(asked.group)
        name = asked.variable.name
        value = (
            f'CASE WHEN "{name}" IS NOT NULL THEN coalesce("{asked.flag.name}", \'\') END'
            if asked.flag
            else f'"{name}"'
        )
        wide = "".join(f", max(value) FILTER (month = {int(month)}) AS m{at}" for at, month in enumerate(asked.months))
        beside = "".join(f', c."{entry.name}" AS b{at}' for at, entry in enumerate(asked.beside))
        rows = self._registry.rows(
            f"SELECT * EXCLUDE (case_id), count(*) FROM (SELECT case_id, {column} AS g{beside} FROM cases AS c WHERE {condition}) "
            f"LEFT JOIN (SELECT case_id{wide} FROM (SELECT case_id, month, {value} AS value FROM visits) GROUP BY case_id) "
            "USING (case_id) GROUP BY ALL",
            [*group_values, *values],
        )
        upto = 1 + len(asked.beside)
        return together(
            {(level, read(asked.reading, asked.months, found[upto - 1 :]), *found[: upto - 1]): count}
            for level, *found, count in rows
        )


def _keyed(rows: Iterable[tuple[Any, ...]]) -> Answer:
    """Rows that end in a count."""
    return {tuple(key): count for *key, count in rows}


def _sets(names: list[str], by: str) -> tuple[str, str, str]:
    """Parts of a question that counts several columns at once: which one a row counts, all of them, and the sets."""
    which = " ".join(f'WHEN GROUPING("{name}") = 0 THEN {at}' for at, name in enumerate(names))
    return which, ", ".join(f'"{name}"' for name in names), ", ".join(f'({by}, "{name}")' for name in names)


def group_column(group: Grouping) -> tuple[str, list[Any]]:
    """The group's code as SQL text over ``cases AS c``; only declared names enter the SQL, values are bound.

    Raises:
        ValueError: the groups are split by a further fact, which no answer of this engine is made from.
    """
    if group is None:
        return "CAST(NULL AS VARCHAR)", []
    if isinstance(group, Membership):
        return group.sql()
    if isinstance(group, Split):
        raise ValueError(f"groups split by {group.by.name} are counted from code columns alone")
    if group.kind == "boolean":
        return f"CASE WHEN c.\"{group.name}\" THEN 'yes' WHEN NOT c.\"{group.name}\" THEN 'no' END", []
    return f'CAST(c."{group.name}" AS VARCHAR)', []
