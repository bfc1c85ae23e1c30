"""Counts against a walk over the rows, and the law that makes them scale: they add."""

from collections import Counter
from collections.abc import Iterator

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plro_core.cohort import EVERYONE, Cohort, Membership
from plro_core.counts import Frequency, Size, combinations, counts, size
from plro_core.store import Registry
from plro_core.vocabulary import STANDARD, Variable
from tests.oracle import (
    Rows,
    cohorts,
    frequencies,
    frequency,
    patients_in,
    registry_of,
    rows_of,
    synthetic_registry,
    synthetic_tables,
    visits_in,
)

pytest_plugins = ["tests.core_fixtures"]
COUNTED = [entry for entry in STANDARD.variables if entry.filterable or entry.summarised]
NOBODY = Cohort.parse("age=60", STANDARD)
AGE, VAS, SMOKING = STANDARD.variable("age"), STANDARD.variable("vas"), STANDARD.variable("smoking")


@pytest.fixture(scope="module")
def synthetic() -> Iterator[Registry]:
    opened = synthetic_registry(2, 40)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def both(registry: Registry, synthetic: Registry) -> list[tuple[Registry, Rows]]:
    """The shipped and the random registry, each with its rows."""
    return [(asked, rows_of(asked)) for asked in (registry, synthetic)]


# Nobody, one patient, everybody


def test_an_empty_cohort_has_no_counts(registry: Registry) -> None:
    assert counts(registry, COUNTED, NOBODY) == {}
    assert counts(registry, COUNTED, NOBODY, SMOKING) == {}
    assert counts(registry, [], EVERYONE) == {}
    assert size(registry, NOBODY) == Size(0, 0, 10, 40)


def test_one_patient(registry: Registry) -> None:
    alone = Cohort.parse("weight_gain_kg=26", STANDARD)
    found = counts(registry, [AGE, VAS, *STANDARD.labs], alone)
    assert found["age", None, None] == Frequency({31: 1})
    assert [found["vas", month, None] for month in (0, 1, 3, 6)] == [Frequency({vas: 1}) for vas in (9, 5, 1, 0)]
    assert found["pth", 0, None] == Frequency({}, 1)
    assert size(registry, alone).sentence == "1 of 10 patients · 4 of 40 visits"


def test_an_empty_registry_has_no_counts() -> None:
    nothing = synthetic_registry(0, 0)
    assert counts(nothing, COUNTED) == {}
    assert size(nothing) == Size(0, 0, 0, 0)
    nothing.close()


def test_the_ten_patients(registry: Registry) -> None:
    found = counts(
        registry,
        [STANDARD.variable("t_l1_l4"), STANDARD.variable("symptom"), STANDARD.variable("level"), VAS],
        group=SMOKING,
    )
    assert found["t_l1_l4", None, "yes"] == Frequency({-3.7: 1, -3.5: 1, -2.7: 1, -2.6: 1})
    assert found["symptom", None, "yes"] == Frequency({"back": 2, "hip": 1, "low_back": 4})
    assert found["level", None, "yes"].missing == 2
    assert found["level", None, "no"] == Frequency({"T10": 1, "T11": 1, "T6": 1, "talus": 1}, 4)
    assert found["vas", 0, "yes"] == Frequency({7: 2, 9: 2})


# Against the rows


@given(
    cohort=cohorts,
    group=st.sampled_from((None, *STANDARD.groupings)),
    chosen=st.sets(st.sampled_from(COUNTED), max_size=6),
)
@settings(max_examples=40, deadline=None, derandomize=True)
def test_counts_equal_a_walk_over_the_rows(
    both: list[tuple[Registry, Rows]], cohort: Cohort, group: Variable | None, chosen: set[Variable]
) -> None:
    for asked, rows in both:
        assert counts(asked, list(chosen), cohort, group) == frequencies(rows, list(chosen), cohort, group)


@given(cohort=cohorts)
@settings(max_examples=40, deadline=None, derandomize=True)
def test_sizes_equal_a_walk_over_the_rows(both: list[tuple[Registry, Rows]], cohort: Cohort) -> None:
    for asked, rows in both:
        patients, visits = patients_in(rows, cohort), visits_in(rows, cohort)
        assert size(asked, cohort) == Size(len(patients), len(visits), len(rows["cases"]), len(rows["visits"]))


@given(a=cohorts, b=st.none() | cohorts, cohort=cohorts)
@settings(max_examples=25, deadline=None, derandomize=True)
def test_two_cohorts_as_groups(both: list[tuple[Registry, Rows]], a: Cohort, b: Cohort | None, cohort: Cohort) -> None:
    for asked, rows in both:
        in_a = set(patients_in(rows, a))
        in_b = set(patients_in(rows, b)) if b else {case["case_id"] for case in rows["cases"]} - in_a
        expected = Counter(
            "both" if patient in in_a & in_b else "a" if patient in in_a else "b" if patient in in_b else None
            for patient in patients_in(rows, cohort)
        )
        found = counts(asked, [AGE], cohort, Membership(a, b))
        assert {level: frequency.total for (_, _, level), frequency in found.items()} == expected
        by_visit = counts(asked, [VAS], cohort, Membership(a, b))
        assert sum(frequency.total for frequency in by_visit.values()) == len(visits_in(rows, cohort))


def test_a_missing_group_level_is_a_group(synthetic: Registry) -> None:
    found = counts(synthetic, [AGE], group=SMOKING)
    assert set(found) == {("age", None, level) for level in ("yes", "no", None)}
    assert sum(entry.total for entry in found.values()) == 40


@pytest.mark.parametrize("name", STANDARD.filters)
def test_a_variable_asked_for_twice_is_counted_once(synthetic: Registry, name: str) -> None:
    entry = STANDARD.filters[name]
    assert counts(synthetic, [entry, entry]) == counts(synthetic, [entry])


def test_values_come_in_ascending_order(synthetic: Registry) -> None:
    for found in counts(synthetic, COUNTED).values():
        assert list(found.values) == sorted(found.values)


def test_a_visit_that_did_not_take_place_has_no_row(synthetic: Registry) -> None:
    visits = dict(synthetic.rows("SELECT month, count(*) FROM visits GROUP BY month"))
    assert {month: found.total for (_, month, _), found in counts(synthetic, [VAS]).items()} == visits
    assert sum(visits.values()) < 40 * 4


# Counts add


@given(cohort=cohorts, group=st.sampled_from((None, *STANDARD.groupings)), shards=st.sampled_from((2, 5)))
@settings(max_examples=6, deadline=None, derandomize=True)
def test_the_counts_of_the_shards_add_to_those_of_the_whole(
    synthetic: Registry, split: dict[int, list[Registry]], cohort: Cohort, group: Variable | None, shards: int
) -> None:
    added: dict[tuple[str, int | None, str | None], Frequency] = {}
    for shard in split[shards]:
        for key, found in counts(shard, COUNTED, cohort, group).items():
            added[key] = added.get(key, Frequency()) + found
    assert added == counts(synthetic, COUNTED, cohort, group)


@pytest.fixture(scope="module")
def split() -> Iterator[dict[int, list[Registry]]]:
    """The synthetic registry cut into so many parts by patient."""
    whole = synthetic_tables(2, 40)
    parts = {
        shards: [
            registry_of(
                {
                    name: table.filter(
                        pa.array([row % shards == part for row in table["case_id"].to_pylist()], pa.bool_())
                    )
                    if "case_id" in table.column_names
                    else table
                    for name, table in whole.items()
                }
            )
            for part in range(shards)
        ]
        for shards in (2, 5)
    }
    yield parts
    for shard in (shard for shards in parts.values() for shard in shards):
        shard.close()


@settings(max_examples=40, deadline=None)
@given(cohort=cohorts)
def test_combinations_of_values_are_those_of_the_rows(both: list[tuple[Registry, Rows]], cohort: Cohort) -> None:
    traits = [STANDARD.variable(name) for name in ("smoking", "breastfeeding")]
    cells = [STANDARD.variable(name, "visits") for name in ("calcium", "calcium_flag")]
    for asked, rows in both:
        members = set(patients_in(rows, cohort))
        cases = [case for case in rows["cases"] if case["case_id"] in members]
        for entries, found in ((traits, cases), (cells, visits_in(rows, cohort))):
            expected = Counter(tuple(row[entry.name] for entry in entries) for row in found)
            assert combinations(asked, entries, cohort) == expected


def test_combinations_are_of_one_table(registry: Registry) -> None:
    with pytest.raises(ValueError, match="cases, visits"):
        combinations(registry, [SMOKING, VAS])


some = st.lists(st.none() | st.integers(0, 9), max_size=12)


@given(a=some, b=some, c=some)
@settings(max_examples=60, deadline=None, derandomize=True)
def test_addition_of_frequencies(a: list[int | None], b: list[int | None], c: list[int | None]) -> None:
    one, two, three = map(frequency, (a, b, c))
    assert one + two == two + one == frequency(a + b)
    assert (one + two) + three == one + (two + three)
    assert one + Frequency() == one
    assert list((one + two).values) == sorted((one + two).values)
    assert ((one + two).n, (one + two).total) == (one.n + two.n, len(a) + len(b))
