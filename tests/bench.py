"""How the counts grow with the registry: ``python -m tests.bench [patients …]``.

Seeded random registries in memory are asked what a page asks. Machines differ, so read the ratios of one run: to the
registry of 10,000 patients, and to the same numbers from plain pandas.
"""

import sys
import tempfile
import time
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pandas as pd

from plro_core import intake, store
from plro_core.changes import changes
from plro_core.cohort import Cohort
from plro_core.counts import Frequency, counts, size
from plro_core.statistics import summarise
from plro_core.store import Registry
from plro_core.vocabulary import STANDARD
from tests.oracle import registry_of, synthetic_tables

SIZES = (10, 10_000, 1_000_000)
COHORT = Cohort.parse("smoking=yes&age=15-40", STANDARD)
GROUP = STANDARD.variable("breastfeeding")
CASE_FILTERS = [entry for entry in STANDARD.filters.values() if entry.table == "cases"]
MEASURED = [STANDARD.variable("vas"), *STANDARD.labs]
Frames = dict[str, pd.DataFrame]
Work = tuple[str, Callable[[Registry], object], Callable[[Frames], object]]


# What a page asks


def options(registry: Registry) -> None:
    """Counts beside each option, each leaving out the option's own filter."""
    free = [entry for entry in CASE_FILTERS if COHORT.get(entry.name) is None]
    counts(registry, free, COHORT)
    for criterion in COHORT.criteria:
        counts(registry, [criterion.variable], COHORT.without(criterion.key))


def table_1(registry: Registry) -> None:
    """Every summarised variable of the patient, by group."""
    for (name, _, _), found in counts(registry, CASE_FILTERS, COHORT, GROUP).items():
        if STANDARD.variable(name).is_number:
            summarise(found)


def trajectories(registry: Registry) -> None:
    """Pain and laboratory values at each visit, by group."""
    for found in counts(registry, MEASURED, COHORT, GROUP).values():
        summarise(found)


def page(registry: Registry) -> None:
    """Everything above, and n."""
    size(registry, COHORT)
    options(registry)
    table_1(registry)
    trajectories(registry)


# The same from rows, with pandas


def plain_cases(frames: Frames, without: str = "") -> pd.DataFrame:
    """The cohort's patients."""
    cases = frames["cases"]
    smokes, age = cases["smoking"].eq(True), cases["age"].between(15, 40)
    return cases[{"": smokes & age, "smoking": age, "age": smokes}[without]]


def plain_options(frames: Frames) -> None:
    """``options`` with value counts."""
    for entry in CASE_FILTERS:
        chosen = plain_cases(frames, entry.name if COHORT.get(entry.name) else "")
        chosen[entry.name].value_counts(dropna=False)


def plain_table_1(frames: Frames) -> None:
    """``table_1`` with groupby and describe."""
    by = plain_cases(frames).groupby(GROUP.name, dropna=False)
    for entry in CASE_FILTERS:
        by[entry.name].describe() if entry.is_number else by[entry.name].value_counts(dropna=False)


def plain_trajectories(frames: Frames) -> None:
    """``trajectories`` with a join, groupby and describe."""
    joined = frames["visits"].merge(plain_cases(frames)[["case_id", GROUP.name]], on="case_id")
    by = joined.groupby(["month", GROUP.name], dropna=False)
    for entry in MEASURED:
        by[entry.name].describe()


def plain_page(frames: Frames) -> None:
    """Everything above."""
    plain_options(frames)
    plain_table_1(frames)
    plain_trajectories(frames)


WORK: tuple[Work, ...] = (
    ("filter options", options, plain_options),
    ("Table 1 by group", table_1, plain_table_1),
    ("trajectories by group", trajectories, plain_trajectories),
    ("a whole page", page, plain_page),
)


def best_of(runs: int, work: Callable[[], object]) -> float:
    """Milliseconds of the fastest of some runs, after one that does not count."""
    work()
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times) * 1000


def check(registry: Registry, frames: Frames) -> None:
    """Both ways must give the same numbers before their times are compared."""
    found = sum(
        (entry for (_, _, _), entry in counts(registry, [STANDARD.variable("t_l1_l4")], COHORT, GROUP).items()),
        Frequency(),
    )
    plain = plain_cases(frames)["t_l1_l4"].value_counts().sort_index()
    assert list(found.values.items()) == list(plain.items()), "the engine and pandas disagree"


def measure(patients: int) -> list[tuple[float, float]]:
    """Milliseconds of each work with the core and with pandas, in a registry of so many patients."""
    tables = synthetic_tables(1, patients)
    registry = registry_of(tables)
    frames = {name: tables[name].to_pandas() for name in ("cases", "visits")}
    check(registry, frames)
    runs = 3 if patients > 100_000 else 7
    times = [
        (best_of(runs, lambda ask=ask: ask(registry)), best_of(runs, lambda walk=walk: walk(frames)))  # type: ignore[misc]
        for _, ask, walk in WORK
    ]
    registry.close()
    return times


def measure_intake(patients: int) -> dict[str, float]:
    """Milliseconds of each step from CSV files to a published version, and of pandas reading the same text."""
    tables = {name: table for name, table in synthetic_tables(1, patients).items() if name in STANDARD.clinical}
    given = {
        name: content for name, content in intake.template_files(STANDARD, tables).items() if Path(name).stem in tables
    }
    files = [intake.File(name, content) for name, content in given.items()]
    found = intake.read(files, STANDARD, whole=True)
    assert found.tables is not None, found.errors[0].sentence
    read = found.tables
    empty = {name: table.slice(0, 0) for name, table in read.items()}
    about = {"title": "", "source": "", "author": "bench", "note": "bench", "time": "", "synthetic": True}

    def published() -> None:
        with tempfile.TemporaryDirectory() as folder:
            store.publish(read, about | {"version": "1"}, Path(folder), STANDARD)

    return {
        "pandas reads the text": best_of(2, lambda: [pd.read_csv(BytesIO(content)) for content in given.values()]),
        "every cell checked": best_of(2, lambda: intake.read(files, STANDARD, whole=True)),
        "compared with an empty registry": best_of(2, lambda: changes(empty, read, STANDARD)),
        "written and published": best_of(2, published),
    }


def main(sizes: tuple[int, ...]) -> None:
    """Measure and print two Markdown tables."""
    measured = {patients: measure(patients) for patients in sizes}
    base = measured.get(10_000) or measured[sizes[0]]
    print("| work | patients | core, ms | × 10,000 patients | pandas, ms | pandas ÷ core |")
    print("|---|---:|---:|---:|---:|---:|")
    for index, (name, _, _) in enumerate(WORK):
        for patients, times in measured.items():
            core, plain = times[index]
            ratio = core / base[index][0]
            print(f"| {name} | {patients:,} | {core:.1f} | {ratio:.2f} | {plain:.1f} | {plain / core:.1f} |")
    patients = min(10_000, max(sizes))
    steps = measure_intake(patients)
    print(f"\n| bringing in {patients:,} patients | ms | × pandas |\n|---|---:|---:|")
    for name, milliseconds in steps.items():
        print(f"| {name} | {milliseconds:.0f} | {milliseconds / steps['pandas reads the text']:.1f} |")


if __name__ == "__main__":
    main(tuple(map(int, sys.argv[1:])) or SIZES)
