"""What the engine must answer, said again in plain Python over rows, and a random registry to ask both.

Nothing here knows SQL: a cohort's meaning is ``Criterion.holds`` on the values that one patient has.
"""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from hypothesis import strategies as st

from plro_core.cohort import Cohort, Criterion
from plro_core.counts import Frequency, Group
from plro_core.schema import SCHEMA_VERSION, arrow_schema
from plro_core.store import Manifest, Registry
from plro_core.vocabulary import STANDARD, Range, Variable, Vocabulary

Row = dict[str, Any]
Rows = dict[str, list[Row]]

ABOUT: dict[str, Any] = {
    "title": "A registry for tests",
    "source": "made up",
    "author": "the tests",
    "note": "",
    "time": "2026-01-01T00:00:00Z",
    "synthetic": True,
}


# The plain meaning of a cohort


def rows_of(registry: Registry) -> Rows:
    """Every table as plain dictionaries."""
    return {table.name: registry.records(f'FROM "{table.name}"') for table in STANDARD.tables}


def values_of(rows: Rows, case_id: int, entry: Variable, month: int | None) -> list[Any]:
    """The recorded values of a variable in one patient, at one visit for a visit fact."""
    return [
        row[entry.name]
        for row in _rows_of_patient(rows[entry.table], case_id)
        if (month is None or row["month"] == month) and row[entry.name] is not None
    ]


#: Rows of long tables by patient; the table itself is kept, so that no other takes its place in memory.
_by_patient: dict[int, tuple[list[Row], dict[int, list[Row]]]] = {}


def _rows_of_patient(table: list[Row], case_id: int) -> list[Row]:
    """The rows of one patient; a long table is sorted out once."""
    if len(table) < 500:
        return [row for row in table if row["case_id"] == case_id]
    if id(table) not in _by_patient:
        found: dict[int, list[Row]] = {}
        for row in table:
            found.setdefault(row["case_id"], []).append(row)
        _by_patient[id(table)] = (table, found)
    return _by_patient[id(table)][1].get(case_id, [])


def patients_in(rows: Rows, cohort: Cohort) -> list[int]:
    """The cohort's patients, in order."""
    return sorted(
        case["case_id"]
        for case in rows["cases"]
        if all(
            criterion.holds(values_of(rows, case["case_id"], criterion.variable, criterion.month))
            for criterion in cohort.who
        )
    )


def visits_in(rows: Rows, cohort: Cohort) -> list[Row]:
    """The cohort's choice of its patients' visits."""
    patients = set(patients_in(rows, cohort))

    def chosen(visit: Row) -> bool:
        recorded = {name: [] if value is None else [value] for name, value in visit.items()}
        return all(criterion.holds(recorded[criterion.variable.name]) for criterion in cohort.which_visits)

    return [visit for visit in rows["visits"] if visit["case_id"] in patients and chosen(visit)]


def level_of(case: Row, group: Variable | None) -> Group:
    """The level code of the group that a patient belongs to."""
    value = case[group.name] if group else None
    return None if value is None else {True: "yes", False: "no"}.get(value, value)


def frequencies(
    rows: Rows, variables: list[Variable], cohort: Cohort, group: Variable | None
) -> dict[tuple[str, int | None, Group], Frequency]:
    """The answer of ``counts``, by walking the rows."""
    patients = set(patients_in(rows, cohort))
    levels = {case["case_id"]: level_of(case, group) for case in rows["cases"]}
    seen: dict[tuple[str, int | None, Group], list[Any]] = {}
    for entry in variables:
        if entry.per_visit:
            found = [(visit["case_id"], visit["month"], visit[entry.name]) for visit in visits_in(rows, cohort)]
        else:
            found = [
                (case_id, None, value)
                for case_id in patients
                for value in sorted(set(values_of(rows, case_id, entry, None))) or [None]
            ]
        for case_id, month, value in found:
            seen.setdefault((entry.name, month, levels[case_id]), []).append(value)
    return {key: frequency(values) for key, values in seen.items()}


def frequency(values: list[Any]) -> Frequency:
    """Values, missing ones as ``None``, as counts."""
    recorded = Counter(value for value in values if value is not None)
    return Frequency(dict(sorted(recorded.items())), len(values) - recorded.total())


def paths_of(
    rows: Rows, entry: Variable, months: list[int], cohort: Cohort, group: Variable | None
) -> dict[int, tuple[Group, dict[int, Any]]]:
    """By patient: her group, and her recorded values by month, ascending."""
    values: dict[int, dict[int, Any]] = {}
    for visit in sorted(rows["visits"], key=lambda visit: visit["month"]):
        if visit["month"] in months and visit[entry.name] is not None:
            values.setdefault(visit["case_id"], {})[visit["month"]] = visit[entry.name]
    levels = {case["case_id"]: level_of(case, group) for case in rows["cases"]}
    return {case_id: (levels[case_id], values.get(case_id, {})) for case_id in patients_in(rows, cohort)}


def control_of(vas: dict[int, float], rule: Callable[[float, float], bool], sustained: bool) -> Any:
    """Between which visits a patient's pain was controlled, or why there is no time: going through her visits one by one."""
    if 0 not in vas:
        return "no_baseline"
    if vas[0] == 0 or rule(vas[0], vas[0]):
        return "at_baseline"
    after, by = 0, None
    for month in list(vas)[1:]:
        if rule(vas[0], vas[month]):
            by = month if by is None else by
        elif sustained or by is None:
            after, by = month, None
    return (after, by) if len(vas) > 1 else "no_later"


# Random cohorts


@st.composite
def _items(draw: st.DrawFn, entry: Variable) -> tuple[str | Range, ...]:
    if not entry.is_number:
        return tuple(draw(st.lists(st.sampled_from([level.code for level in entry.levels]), unique=True)))
    span = entry.plausible
    assert span is not None
    low, high = max(-6.0, float(span.low or 0)), min(60.0, float(span.high or 0))
    end = st.integers(int(low * 10), int(high * 10)).map(lambda tenths: round(tenths / 10, 1) + 0.0)
    if entry.levels:  # only the visits that there are
        end = st.sampled_from([float(level.code) for level in entry.levels])
    ranges = st.tuples(st.none() | end, st.none() | end).filter(lambda ends: ends != (None, None))
    return tuple(
        dict.fromkeys(
            Range(*ends) if None in ends else Range(min(ends), max(ends))  # type: ignore[type-var]
            for ends in draw(st.lists(ranges | end.map(lambda value: (value, value)), max_size=3))
        )
    )


@st.composite
def criteria(draw: st.DrawFn) -> Criterion:
    """Any criterion that the language can say."""
    entry = draw(st.sampled_from([*STANDARD.filters.values(), STANDARD.variable("case_id", "cases")]))
    if entry.kind == "identifier":
        return Criterion.naming(draw(st.sets(st.integers(1, 70), min_size=1)), STANDARD, draw(st.booleans()))
    month = draw(st.sampled_from((None, *STANDARD.months))) if entry.per_visit and entry.name != "month" else None
    items, negated, keeps = draw(_items(entry)), draw(st.booleans()), draw(st.booleans())
    if not items:
        keeps = not negated
    return Criterion(entry, items, negated, keeps, month)


cohorts = st.lists(criteria(), max_size=4, unique_by=lambda criterion: criterion.key).map(
    lambda chosen: Cohort(tuple(chosen))
)


# A random registry


def synthetic_registry(seed: int, patients: int) -> Registry:
    """A registry in memory with many missing cells and visits; the same seed gives the same registry."""
    return registry_of(synthetic_tables(seed, patients))


def registry_of(tables: dict[str, pa.Table], words: Vocabulary = STANDARD) -> Registry:
    """A registry in memory that was never on disk."""
    manifest = Manifest(**ABOUT, version="test", parent=None, schema_version=SCHEMA_VERSION, files={})
    return Registry(Path(), manifest, words, tables)


def halves(tables: dict[str, pa.Table], seed: int) -> list[dict[str, pa.Table]]:
    """The tables of a registry as those of two, with each patient in one of them by lot."""
    case_ids = tables["cases"]["case_id"].to_numpy()
    first = set(case_ids[np.random.default_rng(seed).random(len(case_ids)) < 0.5].tolist())

    def those(table: pa.Table, in_first: bool) -> pa.Table:
        if "case_id" not in table.column_names:
            return table
        return table.filter(
            pa.array([(case_id in first) is in_first for case_id in table["case_id"].to_pylist()], pa.bool_())
        )

    return [{name: those(table, in_first) for name, table in tables.items()} for in_first in (True, False)]


def synthetic_tables(seed: int, patients: int) -> dict[str, pa.Table]:
    """Tables of the declared form with values drawn evenly; facts nobody filters by are left empty."""
    random = np.random.default_rng(seed)
    ids = np.arange(1, patients + 1)
    case_of_visit, month = np.repeat(ids, len(STANDARD.months)), np.tile(STANDARD.months, patients)
    came = random.random(len(month)) < 0.75
    tables = {table.name: arrow_schema(table.name, STANDARD).empty_table() for table in STANDARD.tables}
    tables["cases"] = _table(random, "cases", {"case_id": ids})
    tables["visits"] = _table(random, "visits", {"case_id": case_of_visit[came], "month": month[came]})
    for name, column in (("symptoms", "symptom"), ("fractures", "level")):
        codes = np.array([level.code for level in STANDARD.filters[column].levels])
        has = random.random((patients, len(codes))) < 0.15
        tables[name] = _table(random, name, {"case_id": ids[np.nonzero(has)[0]], column: codes[np.nonzero(has)[1]]})
    return tables


def treatments_of(seed: int, patients: int) -> pa.Table:
    """Treatments in most of the patients: of the others none is recorded."""
    random = np.random.default_rng(seed)
    given = (
        ("supplement", "calcium"), ("supplement", "vitamin D"), ("bone_active", "alendronate"),
        ("procedure", "vertebroplasty T6, T7"),
    )  # fmt: skip
    asked = random.random(patients) < 0.7
    rows = [
        {"case_id": case_id, "kind": kind, "agent": agent}
        for case_id in np.arange(1, patients + 1)[asked].tolist()
        for kind, agent in given
        if random.random() < 0.5
    ]
    schema = arrow_schema("treatments", STANDARD)
    return pa.Table.from_pylist([dict.fromkeys(schema.names) | row for row in rows], schema=schema)


def _table(random: np.random.Generator, table: str, known: dict[str, Any]) -> pa.Table:
    size = len(next(iter(known.values())))
    schema = arrow_schema(table, STANDARD)
    filled = [
        pa.array(known[entry.name], schema.field(entry.name).type)
        if entry.name in known
        else pa.array(_drawn(random, entry, size), schema.field(entry.name).type, mask=random.random(size) < 0.3)
        for entry in STANDARD.columns(table)
    ]
    return pa.Table.from_arrays(filled, schema=schema)


def _drawn(random: np.random.Generator, entry: Variable, size: int) -> Any:
    if entry.kind == "boolean":
        return random.random(size) < 0.5
    if not entry.is_number:
        return np.array([level.code for level in entry.levels] or [""])[
            random.integers(0, len(entry.levels) or 1, size)
        ]
    assert entry.plausible is not None
    scale = 10**entry.decimals
    low, high = int((entry.plausible.low or 0) * scale), int((entry.plausible.high or 0) * scale)
    tenths = random.integers(low, min(high, low + 40 * scale), size, endpoint=True)
    return np.round(tenths / scale, entry.decimals) + 0.0 if entry.kind == "number" else tenths
