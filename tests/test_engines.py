"""Every engine gives the same integers: code columns are held against SQL, whatever is asked of whatever patients."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plro_core.cohort import EVERYONE, Cohort, Membership
from plro_core.counts import CodeEngine, Engine, SqlEngine
from plro_core.store import Registry, open_registry, publish
from plro_core.synthetic import about, synthetic_tables
from plro_core.vocabulary import STANDARD, Variable
from tests.oracle import cohorts, registry_of, synthetic_registry

pytest_plugins = ["tests.core_fixtures"]
COUNTED = [entry for entry in STANDARD.variables if entry.filterable or entry.summarised]
OF_VISITS = [STANDARD.variable("vas"), *STANDARD.labs]
MANY = [STANDARD.variable("symptom"), STANDARD.variable("level")]
GROUPS = st.sampled_from((None, *STANDARD.groupings))


@pytest.fixture(scope="module")
def asked(registry: Registry) -> Iterator[list[tuple[Engine, Engine]]]:
    """Both engines over the shipped patients, none, one, random ones and awkward ones."""
    opened = [synthetic_registry(0, 0), synthetic_registry(3, 1), synthetic_registry(2, 60)]
    opened.append(registry_of(synthetic_tables(40, 1, "edge")))
    yield [(CodeEngine(entry.codes), SqlEngine(entry)) for entry in (registry, *opened)]
    for entry in opened:
        entry.close()


def same(found: Any, expected: Any) -> None:
    """The same answers, in whatever order."""
    assert sorted(map(repr, found)) == sorted(map(repr, expected))


@given(cohort=cohorts, group=GROUPS, entries=st.sets(st.sampled_from(COUNTED), max_size=6))
@settings(max_examples=60, deadline=None, derandomize=True)
def test_counts_and_sizes(
    asked: list[tuple[Engine, Engine]], cohort: Cohort, group: Variable | None, entries: set[Variable]
) -> None:
    for codes, sql in asked:
        assert codes.size(cohort) == sql.size(cohort)
        same(codes.counted(list(entries), cohort, group), sql.counted(list(entries), cohort, group))


@given(a=cohorts, b=st.none() | cohorts, cohort=cohorts)
@settings(max_examples=30, deadline=None, derandomize=True)
def test_two_cohorts_as_groups(asked: list[tuple[Engine, Engine]], a: Cohort, b: Cohort | None, cohort: Cohort) -> None:
    for codes, sql in asked:
        for entries in ([STANDARD.variable("age")], OF_VISITS, MANY):
            same(codes.counted(entries, cohort, Membership(a, b)), sql.counted(entries, cohort, Membership(a, b)))


@given(
    cohort=cohorts,
    group=GROUPS,
    entry=st.sampled_from(OF_VISITS),
    months=st.tuples(*[st.sampled_from((0, 1, 3, 6, 12))] * 2),
)
@settings(max_examples=40, deadline=None, derandomize=True)
def test_pairs_in_the_same_order(
    asked: list[tuple[Engine, Engine]], cohort: Cohort, group: Variable | None, entry: Variable, months: tuple[int, int]
) -> None:
    for codes, sql in asked:
        assert list(codes.pairs(entry, *months, cohort, group)) == list(sql.pairs(entry, *months, cohort, group))
        same(codes.pairs_from_baseline(OF_VISITS, cohort, group), sql.pairs_from_baseline(OF_VISITS, cohort, group))


@given(cohort=cohorts, among=st.sets(st.sampled_from([level.code for level in MANY[1].levels])))
@settings(max_examples=30, deadline=None, derandomize=True)
def test_how_many_values_each_has(asked: list[tuple[Engine, Engine]], cohort: Cohort, among: set[str]) -> None:
    for codes, sql in asked:
        assert codes.number_each(MANY[1], among, cohort) == sql.number_each(MANY[1], among, cohort)


@given(
    cohort=cohorts,
    entries=st.lists(
        st.sampled_from([entry for entry in COUNTED if entry.table == "cases"]), min_size=1, max_size=4, unique=True
    ),
)
@settings(max_examples=30, deadline=None, derandomize=True)
def test_combinations_of_the_case(asked: list[tuple[Engine, Engine]], cohort: Cohort, entries: list[Variable]) -> None:
    for codes, sql in asked:
        assert list(codes.combinations(entries, cohort, "cases")) == list(sql.combinations(entries, cohort, "cases"))


@given(cohort=cohorts, entries=st.lists(st.sampled_from(OF_VISITS), min_size=1, max_size=4, unique=True))
@settings(max_examples=30, deadline=None, derandomize=True)
def test_combinations_of_the_visit(asked: list[tuple[Engine, Engine]], cohort: Cohort, entries: list[Variable]) -> None:
    for codes, sql in asked:
        assert list(codes.combinations(entries, cohort, "visits")) == list(sql.combinations(entries, cohort, "visits"))


def test_patients_whose_numbers_do_not_follow_each_other() -> None:
    """Rows are matched by the patient's number, not by its place."""
    tables = synthetic_tables(30, 5)
    order = [at for at in range(29, -1, -1) if at % 3]
    shuffled = dict(tables)
    shuffled["cases"] = tables["cases"].take(order)
    kept = set(shuffled["cases"]["case_id"].to_pylist())
    for name, table in tables.items():
        if name != "cases" and "case_id" in table.column_names:
            rows = [at for at, number in enumerate(table["case_id"].to_pylist()) if number in kept]
            shuffled[name] = table.take(pa.array(rows[::-1], pa.int64()))
    opened = registry_of(shuffled)
    codes, sql = CodeEngine(opened.codes), SqlEngine(opened)
    group = STANDARD.variable("smoking")
    for query in ("", "vas.0=7-10", "symptom=!back", "vas.3=~&smoking=yes", "calcium=8-9"):
        cohort = Cohort.parse(query, STANDARD)
        same(codes.counted(COUNTED, cohort, group), sql.counted(COUNTED, cohort, group))
        same(codes.pairs_from_baseline(OF_VISITS, cohort, group), sql.pairs_from_baseline(OF_VISITS, cohort, group))
    opened.close()


def test_very_many_combinations_are_counted_too() -> None:
    opened = registry_of(synthetic_tables(300, 2))
    entries = [
        entry for entry in COUNTED if entry.table == "cases"
    ] * 3  # more combinations than a machine's number holds
    found = list(CodeEngine(opened.codes).combinations(entries, EVERYONE, "cases"))
    once = [(values[: len(entries) // 3], count) for values, count in found]
    assert once == list(SqlEngine(opened).combinations(entries[: len(entries) // 3], EVERYONE, "cases"))
    assert sum(count for _, count in found) == 300
    opened.close()


def test_words_that_a_registry_learned_since_have_no_values(tmp_path: Path) -> None:
    """A variable, a table and a visit that were declared after a version was written: nothing is recorded there."""
    publish(synthetic_tables(20, 1), about(20, 1, "paper"), tmp_path, STANDARD)
    (tmp_path / "variables.toml").write_text('months = [0, 1, 3, 6, 12]\nuse = ["phosphate", "bmi", "densitometry"]\n')
    opened = open_registry(tmp_path)
    words = opened.vocabulary
    entries = [words.variable("phosphate", "visits"), words.variable("bmi", "cases"), words.variable("vas", "visits")]
    codes, sql = CodeEngine(opened.codes), SqlEngine(opened)
    for query in ("", "bmi=~", "phosphate.12=~", "vas.12=0-3", "smoking=yes"):
        cohort = Cohort.parse(query, words)
        assert codes.size(cohort) == sql.size(cohort)
        same(codes.counted(entries, cohort, None), sql.counted(entries, cohort, None))
    opened.close()
