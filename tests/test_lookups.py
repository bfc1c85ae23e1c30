"""Rows for looking up a patient: whole, in order, and a fixed sample where there are many."""

import pytest

from plro_core import lookups
from plro_core.cohort import EVERYONE, Cohort
from plro_core.store import Registry
from plro_core.vocabulary import STANDARD
from tests.oracle import synthetic_registry

pytest_plugins = ["tests.core_fixtures"]
NOBODY, SMOKERS = Cohort.parse("age=60", STANDARD), Cohort.parse("smoking=yes", STANDARD)
FACTS = ("symptoms", "treatments", "fractures", "imaging")


def test_nobody_has_no_rows(registry: Registry) -> None:
    assert lookups.cases(registry, NOBODY) == lookups.NOBODY
    assert lookups.visits(registry, NOBODY) == lookups.NOBODY
    assert [lookups.facts(registry, table, NOBODY) for table in FACTS] == [lookups.NOBODY] * 4
    assert lookups.NOBODY.complete


def test_one_patient_has_a_whole_record(registry: Registry) -> None:
    alone = Cohort.parse("twin_pregnancy=yes", STANDARD)
    assert [case["case_id"] for case in lookups.cases(registry, alone)] == [4]
    assert [(visit["month"], visit["vas"]) for visit in lookups.visits(registry, alone)] == [
        (0, 9),
        (1, 1),
        (3, 1),
        (6, 0),
    ]
    assert {row["level"] for row in lookups.facts(registry, "fractures", alone)} == {"T6", "T10", "T11"}
    assert {row["case_id"] for table in FACTS for row in lookups.facts(registry, table, alone)} == {4}


def test_rows_come_by_patient_and_month(registry: Registry) -> None:
    assert [case["case_id"] for case in lookups.cases(registry, SMOKERS)] == [5, 6, 8, 10]
    keys = [(visit["case_id"], visit["month"]) for visit in lookups.visits(registry, SMOKERS)]
    assert keys == [(case_id, month) for case_id in (5, 6, 8, 10) for month in (0, 1, 3, 6)]


def test_a_visit_says_which_printed_row_it_is(registry: Registry) -> None:
    visits = lookups.visits(registry)
    assert [visit["source_row"] for visit in visits] == [f"Table II, row {row}, VAS" for row in range(1, 41)]


def test_a_visit_criterion_leaves_the_patients(registry: Registry) -> None:
    late = Cohort.parse("month=6&smoking=yes", STANDARD)
    assert len(lookups.cases(registry, late)) == 4
    assert [visit["month"] for visit in lookups.visits(registry, late)] == [6, 6, 6, 6]


def test_missing_is_none(registry: Registry) -> None:
    assert lookups.cases(registry)[1]["weight_gain_kg"] is None
    assert lookups.visits(registry)[0]["pth"] is None


@pytest.mark.parametrize("query", ["", "smoking=yes", "smoking=yes&vas.0=7-10&month=0,3", "age=60"])
def test_rows_are_the_same_however_they_are_found(query: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Patient after patient, or among all rows, as in a table whose rows are in no order."""
    asked, cohort = synthetic_registry(3, 500), Cohort.parse(query, STANDARD)

    def found() -> list[lookups.Sample]:
        return [lookups.visits(asked, cohort, 40), *(lookups.facts(asked, name, cohort, 40) for name in FACTS)]

    one_by_one = found()
    monkeypatch.setattr(lookups, "_FEW_PATIENTS", 0)
    assert found() == one_by_one


@pytest.mark.parametrize("limit", [1, 7, 60, 400])
@pytest.mark.parametrize("query", ["", "smoking=yes", "age=20-22"])
def test_a_sample_is_of_those_who_come_first_by_the_hash_of_their_number(query: str, limit: int) -> None:
    asked, cohort = synthetic_registry(3, 500), Cohort.parse(query, STANDARD)
    everybody = [case["case_id"] for case in lookups.cases(asked, cohort, 1000)]
    ranks = dict(zip(asked.codes.numbers.tolist(), asked.sample_order.tolist(), strict=True))
    expected = sorted(sorted(everybody, key=ranks.__getitem__)[:limit])
    assert [case["case_id"] for case in lookups.cases(asked, cohort, limit)] == expected


def test_many_patients_are_sampled_the_same_way_everywhere() -> None:
    asked = synthetic_registry(3, 500)
    sample = [case["case_id"] for case in lookups.cases(asked, limit=20)]
    assert len(sample) == 20
    assert sample == sorted(sample)
    assert sample[-1] > 250, "the sample is not the first patients of the file"
    assert [case["case_id"] for case in lookups.cases(asked, limit=20)] == sample
    assert {visit["case_id"] for visit in lookups.visits(asked, limit=20)} <= set(sample)
    assert {row["case_id"] for row in lookups.facts(asked, "symptoms", limit=20)} <= set(sample)
    asked.close()


def test_only_tables_of_facts_have_facts(registry: Registry) -> None:
    for table in ("cases", "provenance", "fractures; DROP TABLE cases", "nowhere"):
        with pytest.raises(ValueError, match=table):
            lookups.facts(registry, table)


def test_the_origin_of_a_row(registry: Registry) -> None:
    origins = lookups.provenance(registry, "visits", "3/0")
    assert {record["column"] for record in origins} >= {"vas", "calcium", "alp", "vitamin_d"}
    assert next(r["verbatim"] for r in origins if r["column"] == "calcium") == "11.4↑"
    assert lookups.provenance(registry, "visits", "3/0' OR TRUE --") == []


def test_uncertain_cells_and_a_conflict_wins(registry: Registry) -> None:
    cells = lookups.uncertain_cells(registry, "cases")
    assert cells["3", "brace"]["status"] == "conflict"
    assert cells["3", "breastfeeding"]["status"] == "inferred"
    assert cells["8", "smoking"]["status"] == "conflict"
    assert ("1", "age") not in cells
    units = lookups.uncertain_cells(registry, "visits")
    assert {column for _, column in units} == {"vitamin_d", "magnesium"}
    assert len(units) == sum(
        visit[name] is not None for visit in lookups.visits(registry) for name in ("vitamin_d", "magnesium")
    )


def test_a_sample_says_of_how_many_it_is(registry: Registry) -> None:
    asked = synthetic_registry(1, 60)
    for rows in (
        lookups.cases(asked, limit=20),
        lookups.visits(asked, limit=20),
        lookups.facts(asked, "symptoms", limit=20),
    ):
        assert (rows.patients, rows.of, rows.complete) == (20, 60, False)
        assert rows.words == "a fixed sample of 20 of 60 patients"
    assert lookups.cases(asked).words == "all 60 patients"
    assert lookups.cases(registry, Cohort.parse("twin_pregnancy=yes", STANDARD)).words == "1 patient"


def test_pages_hold_every_patient_once() -> None:
    asked = synthetic_registry(1, 60)
    pages = [lookups.page_of_cases(asked, Cohort(()), number, 25) for number in range(4)]
    assert [len(page) for page in pages] == [25, 25, 10, 0]
    assert [case["case_id"] for page in pages for case in page] == list(range(1, 61))
    assert {page.of for page in pages} == {60}


def test_every_patient_is_reached_by_pages_and_by_steps() -> None:
    asked = synthetic_registry(3, 500)
    for cohort in (EVERYONE, SMOKERS):
        condition, values = cohort.case_sql()
        expected = [row[0] for row in asked.rows(f"SELECT case_id FROM cases WHERE {condition} ORDER BY 1", values)]
        pages = [lookups.page_of_cases(asked, cohort, page, 50) for page in range(11)]
        assert [case["case_id"] for page in pages for case in page] == expected
        assert {page.of for page in pages} == {len(expected)}
        stepped: list[int | None] = [expected[0]]
        while stepped[-1] is not None:
            stepped.append(lookups.place_of(asked, cohort, stepped[-1]).following)
        assert stepped[:-1] == expected


def test_where_a_patient_stands(registry: Registry) -> None:
    assert lookups.place_of(registry, SMOKERS, 5) == lookups.Place(0, 4, True, None, 6)
    assert lookups.place_of(registry, SMOKERS, 10) == lookups.Place(3, 4, True, 8, None)
    assert lookups.place_of(registry, SMOKERS, 7) == lookups.Place(2, 4, False, 6, 8)
    assert lookups.place_of(registry, NOBODY, 7) == lookups.Place(0, 0, False, None, None)
