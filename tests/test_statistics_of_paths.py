"""Times, responders, patterns, completeness and follow-up against a walk through the rows of every patient."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plro_core.cohort import Cohort
from plro_core.pain_control import (
    DEFINITIONS,
    THRESHOLDS,
    Definition,
    control_times,
    estimates,
    pair_counts,
    responders,
)
from plro_core.patterns import board, kinds
from plro_core.quality.completeness import completeness
from plro_core.quality.follow_up import follow_up, follow_up_by_patient, window
from plro_core.schema import arrow_schema
from plro_core.store import Registry
from plro_core.synthetic import synthetic_tables as like_the_paper
from plro_core.vocabulary import STANDARD, Variable, Vocabulary, parse
from tests.oracle import (
    Rows,
    cohorts,
    control_of,
    paths_of,
    patients_in,
    registry_of,
    synthetic_tables,
    visits_in,
)

pytest_plugins = ["tests.core_fixtures"]

#: A registry's own words: other months, days of visits, centres, and pain in half points.
OWN = Vocabulary(parse('months = [0, 2, 6]\nuse = ["day", "half_points"]\ncentres = { a = "A", b = "B" }\n'))
VAS = STANDARD.variable("vas", "visits")
CALCIUM = STANDARD.variable("calcium", "visits")
EACH = {"max_examples": 8, "deadline": None, "derandomize": True}


def with_own_words(seed: int, patients: int) -> dict[str, pa.Table]:
    """Random patients with visits on days at the registry's own months and one that is not planned, in two centres."""
    random = np.random.default_rng(seed)
    tables = synthetic_tables(seed, patients)
    tables["cases"] = _with(
        tables["cases"], "cases", "centre", random.choice(np.array(["a", "b", None]), patients).tolist()
    )
    visits = tables["visits"]
    months = [{0: 0, 1: 2, 3: 6, 6: 9}[month] for month in visits["month"].to_pylist()]
    days = [int(random.normal(month * 30, 15)) if random.random() < 0.8 else None for month in months]
    visits = visits.set_column(visits.schema.get_field_index("month"), "month", pa.array(months, visits["month"].type))
    tables["visits"] = _with(visits, "visits", "day", [None if day is None else max(day, 0) for day in days])
    return tables


def _with(table: pa.Table, name: str, column: str, values: list[Any]) -> pa.Table:
    schema = arrow_schema(name, OWN)
    filled = {entry: table[entry] if entry in table.column_names else pa.nulls(len(table)) for entry in schema.names}
    filled[column] = pa.array(values, schema.field(column).type)
    return pa.table({entry: filled[entry].cast(schema.field(entry).type) for entry in schema.names}, schema=schema)


@dataclass
class Walked:
    """A registry, and its rows for walking through; a failure does not print them."""

    registry: Registry
    rows: Rows = field(repr=False)

    def both(self) -> tuple[Registry, Rows]:
        return self.registry, self.rows


@pytest.fixture(scope="module")
def asked(registry: Registry) -> Iterator[list[Walked]]:
    """The shipped patients, nobody, one, two, three, sixty, a thousand, awkward ones, and those of a registry's own words."""
    opened = [
        registry_of(synthetic_tables(seed, n)) for seed, n in ((0, 0), (3, 1), (4, 2), (5, 3), (2, 60), (9, 1000))
    ]
    opened.append(registry_of(like_the_paper(40, 1, "edge")))
    opened += [registry_of(with_own_words(seed, n), OWN) for seed, n in ((0, 0), (3, 1), (7, 60))]
    yield [Walked(entry, _rows(entry)) for entry in (registry, *opened)]
    for entry in opened:
        entry.close()


def _rows(registry: Registry) -> Rows:
    return {name: registry.records(f'FROM "{name}"') for name in registry.vocabulary.clinical}


def _months(registry: Registry, rows: Rows) -> list[int]:
    return sorted({*registry.vocabulary.months, *(visit["month"] for visit in rows["visits"])})


GROUPS = st.none() | st.sampled_from(STANDARD.groupings)


@given(cohort=cohorts, group=GROUPS, definition=st.sampled_from(DEFINITIONS), printed=st.booleans())
@settings(**EACH)
def test_times(
    asked: list[Walked], cohort: Cohort, group: Variable | None, definition: Definition, printed: bool
) -> None:
    for registry, rows in map(Walked.both, asked):
        stated = {case["case_id"]: case["pain_control_months"] for case in rows["cases"]}
        expected: dict[Any, Counter[Any]] = {}
        paths = paths_of(rows, VAS, _months(registry, rows), cohort, group)
        for case_id, (level, vas) in paths.items():
            seen = control_of(vas, definition.holds, definition.sustained)
            expected.setdefault(level, Counter())[_with_stated(seen, stated[case_id] if printed else None)] += 1
        found = estimates(registry, definition, cohort, group=group, printed_times=printed)
        if not paths and group is None:
            assert found[None].n == 0
            continue
        assert {level: entry.times + Counter(entry.left_out) for level, entry in found.items()} == expected
        listed = control_times(registry, definition, cohort, group=group, printed_times=printed, limit=2000)
        assert [(time.case_id, time.group) for time in listed] == [
            (case_id, paths[case_id][0]) for case_id in sorted(paths)
        ]
        by_level: dict[Any, Counter[Any]] = {}
        for time in listed:
            by_level.setdefault(time.group, Counter())[time.between or time.left_out] += 1
        assert by_level == expected


def _with_stated(seen: Any, stated: float | None) -> Any:
    """A stated time rules, unless the visits say that it cannot be."""
    if stated is None or seen == "at_baseline":
        return seen
    after, by = seen if isinstance(seen, tuple) else (-1, None)
    return (stated, stated) if after < stated and (by is None or stated <= by) else seen


@given(cohort=cohorts, group=GROUPS)
@settings(**EACH)
def test_responders(asked: list[Walked], cohort: Cohort, group: Variable | None) -> None:
    for registry, rows in map(Walked.both, asked):
        paths = paths_of(rows, VAS, _months(registry, rows), cohort, group)
        seen = {month for _, vas in paths.values() for month in vas}
        expected: dict[Any, Counter[Any]] = {}
        for month in sorted({*registry.vocabulary.follow_up, *(seen - {0})}):
            for level, vas in paths.values():
                expected.setdefault((month, level), Counter())[vas.get(0), vas.get(month)] += 1
        found = pair_counts(registry, cohort, group)
        assert found == (expected or {(month, None): {} for month in registry.vocabulary.follow_up})
        for entry in responders(registry, cohort, group=group):
            pairs = expected.get((entry.month, entry.group), Counter())
            assert entry.threshold in THRESHOLDS
            assert entry.k == sum(
                count for pair, count in pairs.items() if None not in pair and entry.threshold.holds(*pair)
            )
            assert entry.patients == pairs.total()


@given(cohort=cohorts, entry=st.sampled_from((VAS, CALCIUM)), limit=st.sampled_from((1, 3, 200)))
@settings(**EACH)
def test_patterns(asked: list[Walked], cohort: Cohort, entry: Variable, limit: int) -> None:
    """What is said of which value is tested with the words; here that nobody is lost, counted twice or listed elsewhere."""
    for registry, rows in map(Walked.both, asked):
        months = _months(registry, rows)
        paths = {case_id: values for case_id, (_, values) in paths_of(rows, entry, months, cohort, None).items()}
        for kind in kinds(entry):
            found = board(registry, entry, kind, cohort, limit=limit)
            assert (found.n, found.k) == (len(paths), len(paths))
            everybody = {p.words: p.patients for p in board(registry, entry, kind, cohort, limit=2000).patterns}
            assert sorted(case_id for patients in everybody.values() for case_id in patients) == sorted(paths)
            for pattern in found.patterns:
                assert pattern.k == len(everybody[pattern.words])
                assert pattern.patients == everybody[pattern.words][:limit]
                for case_id in pattern.patients:
                    recorded = [month in paths[case_id] for month in found.months]
                    assert recorded == [word != "not recorded" for word in pattern.words[: len(recorded)]]


@given(cohort=cohorts, by=st.sampled_from(("visit", "centre", None)))
@settings(**EACH)
def test_completeness(asked: list[Walked], cohort: Cohort, by: Any) -> None:
    for registry, rows in map(Walked.both, asked):
        patients = set(patients_in(rows, cohort))
        cases = [case for case in rows["cases"] if case["case_id"] in patients]
        centre = {case["case_id"]: case.get("centre") for case in cases}
        labels = {"a": "A", "b": "B", None: "not recorded"}
        for row in completeness(registry, by, cohort).records:
            name = row["variable"]
            of_case = any(entry.name == name for entry in registry.vocabulary.columns("cases"))
            found = cases if of_case else visits_in(rows, cohort)
            if by == "centre":
                found = [entry for entry in found if labels.get(centre[entry["case_id"]]) == row["centre"]]
            elif by == "visit" and not of_case:
                found = [entry for entry in found if _visit(entry["month"]) == row["visit"]]
            assert (row["of"], row["recorded"]) == (len(found), sum(entry[name] is not None for entry in found)), row


def _visit(month: int) -> str:
    return f"Month {month}" if month else "Baseline"


@given(cohort=cohorts)
@settings(**EACH)
def test_follow_up(asked: list[Walked], cohort: Cohort) -> None:
    for registry, rows in map(Walked.both, asked):
        patients = patients_in(rows, cohort)
        visits = [visit for visit in rows["visits"] if visit["case_id"] in set(patients)]
        timed = any(visit.get("day") is not None for visit in rows["visits"])
        found = follow_up(registry, cohort)
        for row in found.records:
            then = [visit for visit in visits if visit["month"] == row["month"]]
            assert (row["patients"], row["held"]) == (len(patients), len(then))
            told = Counter(_told(visit) for visit in then)
            for name in ("in_window", "early", "late", "no_day"):
                assert row[name] == (told[name] if timed else None)
        unplanned = sum(visit["month"] not in registry.vocabulary.months for visit in visits)
        assert any(f"not planned: {unplanned}." in note for note in found.notes) is (unplanned > 0)
        planned = Counter(visit["case_id"] for visit in visits if visit["month"] in registry.vocabulary.months)
        fewest = sorted(sorted(patients, key=lambda case_id: (planned[case_id], case_id))[:20])
        listed = follow_up_by_patient(registry, cohort, limit=20).records
        assert [(row["case_id"], row["held"]) for row in listed] == [(case_id, planned[case_id]) for case_id in fewest]


def _told(visit: dict[str, Any]) -> str:
    if visit.get("day") is None:
        return "no_day"
    apart = visit["day"] - visit["month"] * 30.4375
    return "early" if apart < -window(visit["month"]) else "late" if apart > window(visit["month"]) else "in_window"
