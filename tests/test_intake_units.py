"""A column that names no unit and would be usual in another one is a question about the column; nothing is converted."""

import json

import pytest

from plro_core.intake import File, Finding, Intake, read
from plro_core.intake.redcap.dictionary import HEADINGS
from plro_core.intake.redcap.mapping import RedcapMapping
from plro_core.vocabulary import STANDARD
from tests.intake_files import workbook

CASES = File("cases.csv", b"case_id,age\n1,31\n2,33\n3,27\n")


def visits(head: str, values: list[str]) -> File:
    rows = "\n".join(f"{number},0,{value}" for number, value in enumerate(values, 1))
    return File("visits.csv", f"case_id,month,{head}\n{rows}\n".encode())


def asked(intake: Intake) -> list[Finding]:
    return [finding for finding in intake.findings if finding.rule == "unit_doubt"]


def test_vitamin_d_as_usual_in_nmol_is_one_question() -> None:
    intake = read([CASES, visits("vitamin_d", ["55", "48", "62"])], STANDARD)
    found = asked(intake)
    assert [(finding.column, finding.cell, finding.severity) for finding in found] == [("vitamin_d", "C2", "warning")]
    assert "read as ng/mL, but its middle value 55 would be usual in nmol/L too: it is 22.0 ng/mL" in found[0].sentence
    assert intake.tables is not None
    assert intake.tables["visits"]["vitamin_d"].to_pylist() == [55.0, 48.0, 62.0]


def test_values_beyond_the_range_are_asked_about_once_too() -> None:
    found = asked(read([CASES, visits("vitamin_d", ["95", "110", "62"])], STANDARD))
    assert [finding.cell for finding in found] == ["C2"]


@pytest.mark.parametrize("head", ["vitamin_d (ng/mL)", "vitamin_d [ng/mL]"])
def test_a_head_with_its_unit_is_no_question(head: str) -> None:
    assert asked(read([CASES, visits(head, ["55", "48", "62"])], STANDARD)) == []


@pytest.mark.parametrize(
    ("head", "values"),
    [("vitamin_d", ["21", "30", "46"]), ("calcium", ["8.9", "9.4", "10"]), ("pth", ["30", "45", "60"])],
)
def test_values_of_the_registry_s_own_unit_are_no_question(head: str, values: list[str]) -> None:
    assert asked(read([CASES, visits(head, values)], STANDARD)) == []


def test_a_workbook_is_asked_about_as_text_is() -> None:
    book = workbook([["case_id", "month", "vitamin_d"], [1, 0, 55], [2, 0, 48]], sheet="visits")
    assert len(asked(read([CASES, File("book.xlsx", book)], STANDARD))) == 1


@pytest.mark.parametrize(("note", "questions"), [("", 1), ("ng/mL", 0)])
def test_a_project_whose_dictionary_names_the_unit_is_not_asked(note: str, questions: int) -> None:
    fields = {name: {"table": "visits", "variable": name} for name in ("vas", "vitamin_d")}
    events = {"": {"case": True, "month": 0}}
    entries = {"plro_redcap": 1, "record_id": "record_id", "events": events, "fields": fields}
    rows = [("record_id", ""), ("vas", "0-10"), ("vitamin_d", note)]
    lines = [
        ",".join(HEADINGS).replace("Choices, Calculations, OR Slider Labels", "select_choices_or_calculations"),
        *(f"{name},main,,text,{name},,{unit},{',' * 10}" for name, unit in rows),
    ]
    export = File("records.csv", b"record_id,vas,vitamin_d,main_complete\n1,9,55,2\n2,8,48,2\n")
    mapping = RedcapMapping.from_json(json.dumps(entries), STANDARD)
    intake = read([export, File("dictionary.csv", "\n".join(lines).encode())], STANDARD, mapping=mapping)
    assert intake.tables is not None, [finding.sentence for finding in intake.errors]
    assert len(asked(intake)) == questions
