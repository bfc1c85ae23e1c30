"""Table 1 with polars, as its users would write it."""

from collections.abc import Iterable
from typing import Any

import polars as pl

from plro_core.tables.summary import OVERALL
from tests.bench import registries
from tests.bench.model import Numbers, Taken
from tests.bench.peers import By, Found, _group, _level, _put, _taken
from tests.bench.questions import LEVELS_OF, NEEDED, NUMBERS_OF, STATISTICS


def with_polars(patients: int) -> Taken:
    """``group_by`` with expressions, on frames in memory."""
    home = registries.version(patients)
    frames = {name: pl.read_parquet(home / f"{name}.parquet", columns=columns) for name, columns in NEEDED.items()}
    return _taken("polars", lambda: _polars(frames), _numbers)


def _statistics(names: Iterable[str]) -> list[pl.Expr]:
    found = []
    for name in names:
        column = pl.col(name)
        found += [
            column.count().alias(f"{name}/n"),
            column.mean().alias(f"{name}/mean"),
            column.std().alias(f"{name}/sd"),
            column.median().alias(f"{name}/median"),
            column.quantile(0.25, "linear").alias(f"{name}/q1"),
            column.quantile(0.75, "linear").alias(f"{name}/q3"),
            column.min().alias(f"{name}/minimum"),
            column.max().alias(f"{name}/maximum"),
        ]
    return found


def _polars(frames: dict[str, pl.DataFrame]) -> list[tuple[str, str, pl.DataFrame]]:
    cases = frames["cases"]
    group = cases.select("case_id", By)
    visits = frames["visits"].join(group, on="case_id")
    symptoms = frames["symptoms"].unique().join(group, on="case_id")
    of_cases, of_visits = _statistics(NUMBERS_OF["cases"]), _statistics(NUMBERS_OF["visits"])
    found = [
        ("cases", "", cases.select(of_cases)),
        ("cases", "", cases.group_by(By).agg(of_cases)),
        ("visits", "", visits.group_by("month").agg(of_visits)),
        ("visits", "", visits.group_by("month", By).agg(of_visits)),
    ]
    for table, frame in (("cases", cases), ("symptoms", symptoms)):
        for name in LEVELS_OF[table]:
            found += [(table, name, frame.group_by(name).len("k")), (table, name, frame.group_by(name, By).len("k"))]
    return found


def _numbers(given: Iterable[tuple[str, str, pl.DataFrame]]) -> Numbers:
    found: Found = {}
    for table, level_of, frame in given:
        for row in frame.to_dicts():
            group = _group(row[By]) if By in row else OVERALL
            if level_of:
                if row[level_of] is not None:
                    _put(found, table, level_of, None, group, {_level(row[level_of]): row["k"]})
                continue
            for name in NUMBERS_OF[table]:
                _put(found, table, name, row.get("month"), group, _stated(row, name))
    return found


def _stated(row: dict[str, Any], name: str) -> dict[str, Any]:
    return {statistic: row[f"{name}/{statistic}"] for statistic in STATISTICS}
