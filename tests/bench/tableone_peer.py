"""Table 1 with the package of that name, which wants one wide row a patient."""

import warnings

import pandas as pd
from tableone import TableOne

from tests.bench import registries
from tests.bench.model import Numbers, Taken
from tests.bench.peers import By, Found, _level, _put, _taken
from tests.bench.questions import LEVELS_OF, NEEDED, NUMBERS_OF

_COLUMNS = {
    "count": "n",
    "mean": "mean",
    "std": "sd",
    "median": "median",
    "q25": "q1",
    "q75": "q3",
    "min": "minimum",
    "max": "maximum",
}


def with_tableone(patients: int) -> Taken:
    """``TableOne`` without tests, from a wide frame that is made before the clock starts."""
    home = registries.version(patients)
    frames = {name: pd.read_parquet(home / f"{name}.parquet", columns=columns) for name, columns in NEEDED.items()}
    visits = frames["visits"].pivot(index="case_id", columns="month", values=NUMBERS_OF["visits"])
    visits.columns = [f"visits/{name}/{month}" for name, month in visits.columns]
    wide = frames["cases"].merge(visits, left_on="case_id", right_index=True, how="left")
    held = frames["symptoms"].drop_duplicates()
    for level in sorted(held["symptom"].unique()):
        wide[f"symptoms/symptom/{level}"] = wide["case_id"].isin(held.loc[held["symptom"] == level, "case_id"])
    numbers = [*NUMBERS_OF["cases"], *visits.columns]
    levels = [*LEVELS_OF["cases"], *(name for name in wide if name.startswith("symptoms/"))]
    numbers = [name for name in numbers if wide[name].notna().any()]

    def work() -> TableOne:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return TableOne(
                wide,
                columns=[*numbers, *levels],
                categorical=levels,
                continuous=numbers,
                groupby=By,
                nonnormal=numbers,
                include_null=False,
            )

    return _taken("tableone", work, _numbers, runs=1 if patients > 100_000 else 3)


def _numbers(table: TableOne) -> Numbers:
    found: Found = {}
    for name, row in table.cont_describe.iterrows():
        for statistic, group in row.index:
            if statistic in _COLUMNS:
                where, variable, month = name.split("/") if "/" in name else ("cases", name, None)
                _put(found, where, variable, month, str(group), {_COLUMNS[statistic]: row[statistic, group]})
    for (name, level), row in table.cat_describe.iterrows():
        for statistic, group in row.index:
            if statistic == "freq":
                where, variable, own = name.split("/") if "/" in name else ("cases", name, "")
                if not own or str(level) == "True":
                    told = {"True": "yes", "False": "no"}.get(str(level), str(level))
                    _put(found, where, variable, None, str(group), {own or _level(told): row[statistic, group]})
    return found
