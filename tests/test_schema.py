"""Every rule of the schema broken once, each with its sentence."""

from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest

from plro_core.schema import arrow_schema, violations
from plro_core.series.transcription import read_source
from plro_core.vocabulary import STANDARD

Tables = dict[str, pa.Table]


@pytest.fixture(scope="module")
def published() -> Tables:
    return read_source()


def sentences(tables: Tables) -> list[str]:
    return [problem.sentence for problem in violations(tables, STANDARD)]


def with_cell(tables: Tables, table: str, row: int, column: str, value: Any) -> Tables:
    cells = tables[table][column].to_pylist()
    cells[row] = value
    frame = tables[table]
    field = frame.schema.field(column)
    changed = frame.set_column(frame.column_names.index(column), field, pa.array(cells, field.type))
    return {**tables, table: changed}


def test_the_published_tables_break_no_rule(published: Tables) -> None:
    assert violations(published, STANDARD) == []


def test_an_empty_registry_breaks_no_rule() -> None:
    assert (
        violations(
            {table.name: arrow_schema(table.name, STANDARD).empty_table() for table in STANDARD.tables}, STANDARD
        )
        == []
    )


NAN, INFINITE = float("nan"), float("inf")
CELLS = [
    ("cases", 2, "age", 11, "cases, row 3, column age: value 11; expected age between 12 and 60 years."),
    ("cases", 2, "age", 61, "cases, row 3, column age: value 61; expected age between 12 and 60 years."),
    (
        "cases",
        2,
        "t_l1_l4",
        -25.0,
        "cases, row 3, column t_l1_l4: value -25.0; expected L1-L4 T-score between -8 and 6.",
    ),
    (
        "cases",
        2,
        "t_l1_l4",
        -2.5500000000000003,
        "cases, row 3, column t_l1_l4: value -2.5500000000000003; expected at most 15 digits.",
    ),
    ("cases", 2, "t_l1_l4", NAN, "cases, row 3, column t_l1_l4: value nan; expected a finite number or nothing."),
    ("cases", 2, "t_l1_l4", INFINITE, "cases, row 3, column t_l1_l4: value inf; expected a finite number or nothing."),
    ("cases", 2, "breastfeeding", "paused", "column breastfeeding: value paused; expected one of stopped, continued."),
    (
        "cases",
        2,
        "breastfeeding",
        "",
        "cases, row 3, column breastfeeding: value ; expected one of stopped, continued.",
    ),
    ("cases", 2, "case_id", None, "cases, row None, column case_id: no value; expected a value."),
    ("cases", 2, "case_id", 0, "cases, row 0, column case_id: value 0; expected patient between 1 and 999999999."),
    ("cases", 2, "case_id", 1, "cases, row 1, column case_id: given more than once; expected each row once."),
    ("visits", 1, "vas", 11, "visits, row 1/1, column vas: value 11; expected VAS between 0 and 10."),
    ("visits", 1, "month", 0, "visits, row 1/0, column case_id, month: given more than once; expected each row once."),
    ("visits", 1, "month", None, "visits, row 1/None, column month: no value; expected a value."),
    ("visits", 1, "calcium_flag", "↑", "visits, row 1/1, column calcium_flag: value ↑; expected one of H, L."),
    (
        "visits",
        1,
        "case_id",
        99,
        "visits, patient 99, column case_id: no such patient in cases; expected a patient of cases.",
    ),
    ("fractures", 0, "case_id", 99, "fractures, patient 99, column case_id: no such patient in cases"),
    ("fractures", 0, "level", "T13", "fractures, row 3/T13, column level: value T13; expected one of T1, T2"),
    ("provenance", 0, "status", "guessed", "column status: value guessed; expected one of printed, parsed, inferred"),
]


@pytest.mark.parametrize(("table", "row", "column", "value", "sentence"), CELLS, ids=lambda part: str(part)[:24])
def test_a_cell_that_breaks_a_rule(
    published: Tables, table: str, row: int, column: str, value: Any, sentence: str
) -> None:
    found = sentences(with_cell(published, table, row, column, value))
    assert sentence in "\n".join(found)


@pytest.mark.parametrize("value", [NAN, INFINITE, -INFINITE])
def test_what_is_not_a_number_is_not_also_counted_in_decimals(published: Tables, value: float) -> None:
    assert len(sentences(with_cell(published, "visits", 0, "calcium", value))) == 1


SHAPES: list[tuple[str, Callable[[Tables], Tables], str]] = [
    (
        "no table",
        lambda t: {n: f for n, f in t.items() if n != "visits"},
        "visits, column all: the table is missing; expected one",
    ),
    (
        "a table more",
        lambda t: {**t, "guests": t["cases"]},
        "guests, column all: the table is not declared; expected no such",
    ),
    (
        "no column",
        lambda t: {**t, "cases": t["cases"].drop_columns("age")},
        "cases, column age: the column is missing; expected a",
    ),
    (
        "a column more",
        lambda t: {**t, "cases": t["cases"].append_column("name", t["cases"]["breastfeeding"])},
        "cases, column name: the column is not declared; expected no such column.",
    ),
    (
        "a column twice",
        lambda t: {**t, "cases": t["cases"].append_column("age", t["cases"]["age"])},
        "cases, column age: the column is given more than once; expected each column once.",
    ),
    (
        "a wrong type",
        lambda t: {**t, "cases": t["cases"].set_column(1, "age", t["cases"]["age"].cast(pa.string()))},
        "cases, column age: type string; expected type int64.",
    ),
]


@pytest.mark.parametrize(("name", "break_it", "sentence"), SHAPES, ids=[shape[0] for shape in SHAPES])
def test_a_table_of_another_shape(
    published: Tables, name: str, break_it: Callable[[Tables], Tables], sentence: str
) -> None:
    assert sentence in "\n".join(sentences(break_it(published)))


def test_two_lines_of_one_cell_are_told_apart_by_their_place_alone(published: Tables) -> None:
    lines = published["provenance"]
    elsewhere = lines.slice(3, 1).set_column(
        lines.schema.get_field_index("source"), lines.schema.field("source"), pa.array(["another place"])
    )
    assert sentences({**published, "provenance": pa.concat_tables([lines, elsewhere])}) == []
    (found,) = sentences({**published, "provenance": pa.concat_tables([lines, lines.slice(3, 1)])})
    assert "given more than once; expected each row once." in found


def test_every_problem_is_listed(published: Tables) -> None:
    broken = with_cell(with_cell(published, "cases", 0, "age", 5), "visits", 0, "vas", -1)
    assert len(sentences(broken)) == 2


def test_required_columns_may_not_be_null() -> None:
    for entry in STANDARD.variables:
        assert arrow_schema(entry.table, STANDARD).field(entry.name).nullable is not entry.required


def test_every_score_with_one_decimal_is_accepted() -> None:
    scores = [tenths / 10 for tenths in range(-80, 61)]
    cases = [{"case_id": number, "t_l1_l4": score} for number, score in enumerate(scores, 1)]
    empty = {table.name: arrow_schema(table.name, STANDARD).empty_table() for table in STANDARD.tables}
    assert (
        violations({**empty, "cases": pa.Table.from_pylist(cases, schema=arrow_schema("cases", STANDARD))}, STANDARD)
        == []
    )
