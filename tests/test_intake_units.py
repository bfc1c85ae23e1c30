"""A column that names no unit and would be usual in another one is a question about the column; nothing is converted unasked."""

import json
from pathlib import Path

import pytest

from plro_core.cli.process import main
from plro_core.intake import File, Finding, Intake, read
from plro_core.intake.answers import UNANSWERED, Answers
from plro_core.intake.model import UnitQuestion
from plro_core.intake.redcap.dictionary import HEADINGS
from plro_core.intake.redcap.mapping import RedcapMapping
from plro_core.problems import QueryProblem
from plro_core.vocabulary import STANDARD, Vocabulary, parse
from tests.intake_files import workbook

pytestmark = pytest.mark.usefixtures("read_here")

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


def test_once_said_that_a_column_is_in_the_si_unit_it_is_converted_and_no_question_is_left() -> None:
    first = read([CASES, visits("vitamin_d", ["55", "48", "62"])], STANDARD)
    assert first.unit_questions == (UnitQuestion("visits.vitamin_d", "nmol/L", 3),)
    said = Answers.of([], [], STANDARD, ["vitamin_d=nmol/L"])
    intake = read([CASES, visits("vitamin_d", ["55", "48", "62"])], STANDARD, answers=said)
    assert (asked(intake), intake.unit_questions) == ([], ())
    assert intake.tables is not None
    assert intake.tables["visits"]["vitamin_d"].to_pylist() == [22.0, 19.2, 24.8]
    lines = intake.tables["provenance"].select(["key", "column", "verbatim"]).to_pylist()
    assert {"key": "1/0", "column": "vitamin_d", "verbatim": "55"} in lines


def test_cells_that_are_refused_and_others_in_doubt_are_one_question() -> None:
    intake = read([CASES, visits("calcium", ["2.3", "2.1", "9.1"])], STANDARD)
    assert intake.unit_questions == (UnitQuestion("visits.calcium", "mmol/L", 2),)
    said = Answers.of([], [], STANDARD, ["visits.calcium=mmol/L"])
    intake = read([CASES, visits("calcium", ["2.3", "2.1", "2.4"])], STANDARD, answers=said)
    assert intake.tables is not None
    assert intake.tables["visits"]["calcium"].to_pylist() == [9.2, 8.4, 9.6]


# A score in another unit

PAIN = b"case_id,month,vas\n1,0,80\n1,1,40\n2,0,7\n"
MM = Answers.of([], [], STANDARD, ["vas=mm"])
HALF_POINTS = Vocabulary(parse('use = ["half_points"]'))


def pain(content: bytes, answers: Answers = UNANSWERED, vocabulary: Vocabulary = STANDARD) -> Intake:
    return read([CASES, File("visits.csv", content)], vocabulary, answers=answers)


def scores(intake: Intake) -> list[object]:
    assert intake.tables is not None, [finding.sentence for finding in intake.errors]
    return intake.tables["visits"]["vas"].to_pylist()


def test_a_score_in_millimetres_is_asked_about() -> None:
    intake = pain(PAIN)
    assert intake.unit_questions == (UnitQuestion("visits.vas", "mm", 2),)
    assert "Is it in mm, on a scale of 0 to 100? Say so, or divide by 10." in intake.errors[0].sentence
    assert pain(b"case_id,month,vas\n1,0,800\n").unit_questions == ()


def test_once_said_it_is_converted_and_the_words_of_the_file_stay_in_the_provenance() -> None:
    intake = pain(PAIN.replace(b",7\n", b",10\n"), MM)
    assert scores(intake) == [8, 4, 1]
    assert intake.unit_questions == ()
    assert intake.tables is not None
    lines = intake.tables["provenance"].select(["key", "column", "verbatim", "status"]).to_pylist()
    assert {"key": "1/0", "column": "vas", "verbatim": "80", "status": "parsed"} in lines


def test_what_does_not_come_out_even_is_refused_unless_the_registry_has_decimals() -> None:
    (error,) = pain(PAIN, MM).errors
    assert (error.rule, error.cell) == ("decimals", "C4")
    assert "7 mm is 0.7; expected" in error.message
    assert 'add use = ["half_points"] to variables.toml' in error.suggestion
    assert scores(pain(PAIN, MM, HALF_POINTS)) == [8.0, 4.0, 0.7]
    assert pain(b"case_id,month,vas\n1,0,101\n", MM).errors[0].rule == "plausible"


@pytest.mark.parametrize(
    ("text", "value"), [("9/10", 9), ("9 / 10", 9), ("9 of 10", 9), ("9/100", None), ("11/10", None)]
)
def test_a_score_out_of_ten_is_read_as_it_is_meant(text: str, value: int | None) -> None:
    intake = pain(f"case_id,month,vas\n1,0,{text}\n".encode())
    if value is None:
        assert intake.errors
        return
    assert scores(intake) == [value]
    assert [(found.rule, found.severity, found.value) for found in intake.warnings if found.column == "vas"] == [
        ("score", "warning", text)
    ]


@pytest.mark.parametrize("text", ["vas=cm", "age=mm", "vas"])
def test_a_unit_that_a_column_has_not_is_refused(text: str) -> None:
    with pytest.raises(QueryProblem, match="expected vas=mm"):
        Answers.of([], [], STANDARD, [text])


def test_the_command_line_tells_how_to_answer_the_unit_and_takes_the_answer(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    for name, content in (("cases.csv", CASES.content), ("visits.csv", PAIN.replace(b",7\n", b",10\n"))):
        (tmp_path / name).write_bytes(content)
    files = [str(tmp_path / name) for name in ("cases.csv", "visits.csv")]
    command = ["check", *files, "--registry", str(tmp_path / "own")]
    assert main(command) == 1
    assert "--unit visits.vas=mm if the column is in mm (2 cells)" in capfd.readouterr().out
    assert main([*command, "--unit", "vas=mm"]) == 0
