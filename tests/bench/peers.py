"""The same Table 1 by others, as their users would write it: pandas, polars, SQL, and tableone.

Each has the tables in memory before the clock starts, except SQL, which reads the Parquet files as people do.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import duckdb
import pandas as pd

from plro_core.tables.summary import NOT_RECORDED, OVERALL
from tests.bench import measuring, registries
from tests.bench.model import Numbers, Taken
from tests.bench.questions import GROUP, LEVELS_OF, NEEDED, NUMBERS_OF, STATISTICS, kept, name_of

_RUNS = 5
By = GROUP.name
Found = dict[str, float]
_DESCRIBED = dict(zip(("count", "mean", "std", "50%", "25%", "75%", "min", "max"), STATISTICS, strict=True))


def _taken(name: str, work: Callable[[], Any], read: Callable[[Any], Numbers], runs: int = _RUNS) -> Taken:
    """Measure ``work``; ``read`` finds the numbers in what it gave."""
    measuring.settle()
    given: list[Any] = []

    def once(_: int) -> None:
        given[:] = [work()]

    return Taken({name: measuring.median_of(runs, once, warm=runs > 1)}, kept(read(given[0])))


def _group(value: Any) -> str:
    return NOT_RECORDED if value is None or value != value else str(value)


def _level(value: Any) -> str:
    return {True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value)


def _put(found: Found, table: str, variable: str, month: Any, group: str, stated: Mapping[str, Any]) -> None:
    """Write down statistics, or counts by level."""
    month = None if month is None or month != month else int(month)
    for statistic, value in stated.items():
        if value is not None:
            found[name_of(table, variable, month, group, statistic)] = float(value)


# pandas


def with_pandas(patients: int) -> Taken:
    """``groupby`` with ``describe`` and ``value_counts``."""
    home = registries.version(patients)
    frames = {name: pd.read_parquet(home / f"{name}.parquet", columns=columns) for name, columns in NEEDED.items()}
    return _taken("pandas", lambda: _pandas(frames), _numbers_of_pandas)


def _pandas(frames: Mapping[str, pd.DataFrame]) -> list[tuple[str, str, Any]]:
    cases = frames["cases"]
    group = cases[["case_id", By]]
    visits = frames["visits"].merge(group, on="case_id")
    symptoms = frames["symptoms"].drop_duplicates().merge(group, on="case_id")
    by = cases.groupby(By, dropna=False)
    found: list[tuple[str, str, Any]] = []
    found += [("cases", "", cases[NUMBERS_OF["cases"]].describe()), ("cases", By, by[NUMBERS_OF["cases"]].describe())]
    found += [
        ("visits", "month", visits.groupby("month")[NUMBERS_OF["visits"]].describe()),
        ("visits", f"month {By}", visits.groupby(["month", By], dropna=False)[NUMBERS_OF["visits"]].describe()),
    ]
    for table, frame in (("cases", cases), ("symptoms", symptoms)):
        grouped = frame.groupby(By, dropna=False)
        for name in LEVELS_OF[table]:
            found += [
                (table, "level", frame[name].value_counts()),
                (table, f"level {By}", grouped[name].value_counts()),
            ]
    return found


def _numbers_of_pandas(given: Iterable[tuple[str, str, Any]]) -> Numbers:
    found: Found = {}
    for table, by, frame in given:
        if by.startswith("level"):
            _levels_of_pandas(found, table, by, frame)
        elif not by:
            for variable in frame.columns:
                stated = {name: frame[variable][key] for key, name in _DESCRIBED.items()}
                _put(found, table, variable, None, OVERALL, stated)
        else:
            for key, row in frame.iterrows():
                month, group = (None, key) if by == By else (key, OVERALL) if by == "month" else key
                for variable in NUMBERS_OF[table]:
                    stated = {name: row[variable][key] for key, name in _DESCRIBED.items()}
                    _put(found, table, variable, month, group if group == OVERALL else _group(group), stated)
    return found


def _levels_of_pandas(found: Found, table: str, by: str, counted: Any) -> None:
    for key, number in counted.items():
        group, level = (_group(key[0]), key[1]) if By in by else (OVERALL, key)
        _put(found, table, counted_name(counted), None, group, {_level(level): number})


def counted_name(counted: Any) -> str:
    """Which variable a series of counts is about."""
    return str(counted.index.names[-1])


# SQL


def with_sql(patients: int) -> Taken:
    """Aggregates with ``quantile_cont`` over grouping sets, one statement a table and one a category."""
    home = registries.version(patients)
    connection = duckdb.connect()
    for name in NEEDED:
        connection.execute(f"CREATE VIEW {name} AS FROM '{home / name}.parquet'")
    return _taken("usual SQL", lambda: _sql(connection), _numbers_of_sql)


def _statistics(names: Iterable[str]) -> str:
    each = "count({0}), avg({0}), stddev_samp({0}), quantile_cont({0}, [0.5, 0.25, 0.75]), min({0}), max({0})"
    return ", ".join(each.format(name) for name in names)


def _sql(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str, list[Any]]]:
    grouped = f"(SELECT case_id, {By} FROM cases)"

    def ask(sql: str) -> list[Any]:
        return connection.execute(sql).fetchall()

    found = [
        (
            "cases",
            "",
            ask(
                f"SELECT NULL, {By}, grouping({By}), {_statistics(NUMBERS_OF['cases'])} FROM cases "
                f"GROUP BY GROUPING SETS ((), ({By}))"
            ),
        ),
        (
            "visits",
            "",
            ask(
                f"SELECT month, {By}, grouping({By}), {_statistics(NUMBERS_OF['visits'])} FROM visits JOIN {grouped} "
                f"USING (case_id) GROUP BY GROUPING SETS ((month), (month, {By}))"
            ),
        ),
    ]
    for table, source, counted in (
        ("cases", "cases", "count(*)"),
        ("symptoms", f"symptoms JOIN {grouped} USING (case_id)", "count(DISTINCT case_id)"),
    ):
        for name in LEVELS_OF[table]:
            sets = f"GROUPING SETS (({name}), ({name}, {By}))"
            sql = (
                f"SELECT {name}, {By}, grouping({By}), {counted} FROM {source} WHERE {name} IS NOT NULL GROUP BY {sets}"
            )
            found.append((table, name, ask(sql)))
    return found


def _numbers_of_sql(given: Iterable[tuple[str, str, list[Any]]]) -> Numbers:
    found: Found = {}
    for table, level_of, rows in given:
        for first, value, together, *stated in rows:
            group = OVERALL if together else _group(value)
            if level_of:
                _put(found, table, level_of, None, group, {_level(first): stated[0]})
                continue
            for at, variable in enumerate(NUMBERS_OF[table]):
                n, mean, sd, middle, low, high = stated[6 * at : 6 * at + 6]
                values = (n, mean, sd, *(middle or (None, None, None)), low, high)
                _put(found, table, variable, first, group, dict(zip(STATISTICS, values, strict=True)))
    return found


def decode(patients: int) -> Taken:
    """DuckDB reads every column of Table 1 from the files and does nothing with it."""
    home = registries.version(patients)
    connection = duckdb.connect()
    asked = [
        f"SELECT {', '.join(f'first({column})' for column in columns)} FROM '{home / name}.parquet'"
        for name, columns in NEEDED.items()
    ]
    return _taken("bare decode", lambda: [connection.execute(sql).fetchall() for sql in asked], lambda _: {})
