"""Every table that a registry declares comes in by each way: text, a workbook, the template, a REDCap instrument."""

import json
from typing import Any

import pytest

from plro_core.intake import File, Intake, filled, read, template_files
from plro_core.intake.redcap.mapping import RedcapMapping
from plro_core.vocabulary import Vocabulary, parse
from tests.intake_files import workbook

pytestmark = pytest.mark.usefixtures("read_here")

WORDS = Vocabulary(parse('use = ["densitometry", "unscheduled", "pregnancies"]'))
CASES = File("cases.csv", b"case_id,age\n1,31\n")
#: Table -> its columns, and two rows of it.
ROWS: dict[str, tuple[list[str], list[list[Any]]]] = {
    "densitometry": (
        ["case_id", "day", "site", "machine", "bmd", "t_score", "z_score"],
        [[1, 0, "l1_l4", "Hologic", 0.745, -2.9, -2.7], [1, 365, "l1_l4", "Hologic", 0.801, -2.1, -2.0]],
    ),
    "unscheduled": (["case_id", "day", "vas"], [[1, 45, 6], [1, 80, 4]]),
    "pregnancies": (["case_id", "number", "weeks", "outcome"], [[1, 1, 120, "live_birth"], [1, 2, 240, "loss"]]),
}
TABLES = pytest.mark.parametrize("table", ROWS)


def rows_of(intake: Intake, table: str) -> list[list[Any]]:
    """The rows of a table in the columns that were given."""
    assert intake.tables is not None, [finding.sentence for finding in intake.errors]
    return [list(row.values()) for row in intake.tables[table].select(ROWS[table][0]).to_pylist()]


def text(table: str) -> bytes:
    head, rows = ROWS[table]
    return "\n".join(",".join(map(str, cells)) for cells in (head, *rows)).encode()


@TABLES
@pytest.mark.parametrize("name", ["{}.csv", "{}_2024.csv", "our {}.csv"])
def test_a_file_named_after_a_declared_table_is_of_it(table: str, name: str) -> None:
    intake = read([CASES, File(name.format(table), text(table))], WORDS)
    assert rows_of(intake, table) == ROWS[table][1]


@TABLES
def test_a_file_of_another_name_is_told_by_its_heads(table: str) -> None:
    intake = read([CASES, File("export.csv", text(table))], WORDS)
    assert rows_of(intake, table) == ROWS[table][1]


@TABLES
def test_a_sheet_of_a_declared_table_is_read(table: str) -> None:
    head, rows = ROWS[table]
    intake = read([CASES, File("book.xlsx", workbook([head, *rows], sheet=table))], WORDS)
    assert rows_of(intake, table) == ROWS[table][1]


def test_a_longer_name_wins_over_one_inside_it() -> None:
    """“Unscheduled visits” speaks of visits too, and is none of the planned ones."""
    head, rows = ROWS["unscheduled"]
    intake = read([CASES, File("book.xlsx", workbook([head, *rows], sheet="Unscheduled visits"))], WORDS)
    assert rows_of(intake, "unscheduled") == ROWS["unscheduled"][1]
    assert intake.given == ("cases", "unscheduled")


@TABLES
def test_the_template_has_every_declared_table_and_reads_it_back(table: str) -> None:
    assert f"{table}.csv" in template_files(WORDS)
    tables = read([CASES, File(f"{table}.csv", text(table))], WORDS).tables
    assert tables is not None
    again = read([File("template.xlsx", filled(WORDS, tables))], WORDS).tables
    assert again is not None
    assert again[table].equals(tables[table])


@TABLES
def test_a_repeating_instrument_feeds_a_declared_table(table: str) -> None:
    head, rows = ROWS[table]
    fields = {"age": {"table": "cases", "variable": "age"}}
    fields |= {f"f_{name}": {"table": table, "variable": name} for name in head[1:]}
    mapping = {
        "plro_redcap": 1,
        "record_id": "record_id",
        "events": {"": {"case": True}},
        "fields": fields,
        "instruments": {"more": table},
    }
    empty = [""] * len(head[1:])
    lines = [
        ["record_id", "redcap_repeat_instrument", "redcap_repeat_instance", *fields],
        ["1", "", "", "31", *empty],
        *(["1", "more", str(count), "", *map(str, cells[1:])] for count, cells in enumerate(rows, 1)),
    ]
    export = File("records.csv", "\n".join(",".join(line) for line in lines).encode())
    intake = read([export], WORDS, mapping=RedcapMapping.from_json(json.dumps(mapping), WORDS))
    assert rows_of(intake, table) == ROWS[table][1]
