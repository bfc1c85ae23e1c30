"""Numbers that many files write for a missing value: none is stored as a value, or left out, before a person has said so."""

import json
from pathlib import Path

import pytest

from plro_core.cli.process import main
from plro_core.intake import File, Intake, read
from plro_core.intake.answers import UNANSWERED, Answers
from plro_core.intake.missing_codes import is_usual_code
from plro_core.intake.model import Question
from plro_core.intake.redcap.mapping import RedcapMapping
from plro_core.problems import QueryProblem
from plro_core.vocabulary import STANDARD
from tests.intake_files import workbook

pytestmark = pytest.mark.usefixtures("read_here")

CASES = b"case_id,age,weeks_postpartum,weight_gain_kg,pain_control_months\n1,31,99,-9,9\n2,33,4,26,3\n3,27,99,-9,3\n"
VISITS = b"case_id,month,vas,calcium,vitamin_d,alp,pth\n1,0,9,9,99,999,999\n2,0,8,9,30,99,99\n3,0,8,9,30,99,40\n"


def brought(answers: Answers = UNANSWERED, **files: bytes) -> Intake:
    return read([File(f"{name}.csv", content) for name, content in files.items()], STANDARD, answers=answers)


def asked(intake: Intake) -> dict[str, int]:
    return {f"{one.column}={one.code}": one.count for one in intake.questions}


def test_a_code_off_the_other_values_is_one_question_a_column() -> None:
    intake = brought(cases=CASES)
    found = [finding for finding in intake.errors if finding.rule == "missing_code"]
    assert [(finding.cell, finding.value) for finding in found] == [("C2", "99"), ("D2", "-9")]
    assert "weeks_postpartum holds 99 in 2 cells" in found[0].sentence
    assert intake.tables is None
    assert asked(intake) == {"cases.weeks_postpartum=99": 2, "cases.weight_gain_kg=-9": 2}


def test_called_missing_its_cells_are_empty_and_the_words_of_the_file_stay_in_the_provenance() -> None:
    said = Answers.of(["weeks_postpartum=99", "cases.weight_gain_kg=-9"], [], STANDARD)
    tables = brought(said, cases=CASES).tables
    assert tables is not None
    assert tables["cases"]["weeks_postpartum"].to_pylist() == [None, 4, None]
    assert tables["cases"]["weight_gain_kg"].to_pylist() == [None, 26.0, None]
    lines = tables["provenance"].select(["key", "column", "verbatim"]).to_pylist()
    assert {"key": "1", "column": "weeks_postpartum", "verbatim": "99"} in lines


def test_called_a_value_it_is_one() -> None:
    tables = brought(Answers.of([], ["weeks_postpartum=99", "weight_gain_kg=-9"], STANDARD), cases=CASES).tables
    assert tables is not None
    assert tables["cases"]["weeks_postpartum"].to_pylist() == [99, 4, 99]


def test_a_value_usual_for_its_column_is_none_that_needs_an_answer() -> None:
    """99 is a usual alkaline phosphatase, and so is no question there; in the other columns it is."""
    intake = brought(cases=b"case_id,age\n1,31\n2,33\n3,27\n", visits=VISITS)
    assert asked(intake) == {"visits.vitamin_d=99": 1, "visits.alp=999": 1, "visits.pth=999": 1, "visits.pth=99": 1}
    found = [finding for finding in intake.errors if finding.column == "pth"]
    assert len(found) == 1, "one question a column"


@pytest.mark.parametrize(
    ("weeks", "question"),
    [
        (["4", "8", "12", "99"], True),
        (["60", "80", "92", "99"], False),
        (["0", "2", "1"], False),
        (["4", "8", "12", "30", "52", "99"], True),
        (["4", "8", "77"], True),
        (["60", "101", "99"], False),
    ],
)
def test_what_the_other_values_make_likely_is_not_asked(weeks: list[str], question: bool) -> None:
    rows = "\n".join(f"{number},{value}" for number, value in enumerate(weeks, 1))
    assert bool(asked(brought(cases=f"case_id,weeks_postpartum\n{rows}\n".encode()))) is question


@pytest.mark.parametrize(
    ("gains", "codes"),
    [
        (["12", "14", "-1"], ["-1"]),
        (["-3", "14", "-1"], []),
        (["2", "14", "-1"], []),
        (["12", "14", "-8"], ["-8"]),
    ],
)
def test_a_number_below_zero_is_asked_about_where_no_other_is(gains: list[str], codes: list[str]) -> None:
    rows = "\n".join(f"{number},{value}" for number, value in enumerate(gains, 1))
    found = brought(cases=f"case_id,weight_gain_kg\n{rows}\n".encode())
    assert [one.code for one in found.questions] == codes


@pytest.mark.parametrize(("dose", "question"), [("43536", True), ("40000", False), ("50000", False)])
def test_the_number_of_a_date_is_asked_about(dose: str, question: bool) -> None:
    treatments = f"case_id,kind,agent,dose\n1,supplement,zinc,{dose}\n2,supplement,iron,20\n1,analgesic,other,100\n"
    found = brought(cases=b"case_id,age\n1,31\n2,33\n", treatments=treatments.encode())
    assert asked(found) == ({f"treatments.dose={dose}": 1} if question else {})
    assert ("which a spreadsheet makes of a date" in " ".join(one.message for one in found.errors)) is question


def test_scores_below_zero_are_no_codes() -> None:
    assert asked(brought(cases=b"case_id,t_l1_l4,t_femoral_neck\n1,-1,-2\n2,-2.9,-1\n3,-2.7,-2.2\n")) == {}


def test_a_text_that_is_nothing_but_a_code_is_asked() -> None:
    treatments = b"case_id,kind,agent,route\n1,supplement,vitamin D,999\n"
    assert asked(brought(cases=b"case_id,age\n1,31\n", treatments=treatments)) == {"treatments.route=999": 1}


def test_a_code_that_is_refused_as_a_value_can_be_called_missing() -> None:
    cases = b"case_id,age,smoking\n1,99,9\n2,33,yes\n3,-9,99\n"
    questions = brought(cases=cases).questions
    assert Question("cases.age", "99", 1, may_be_value=False) in questions
    assert Question("cases.smoking", "99", 1, may_be_value=False) in questions
    tables = brought(Answers.of(["age=99", "age=-9", "smoking=9", "smoking=99"], [], STANDARD), cases=cases).tables
    assert tables is not None
    assert tables["cases"].select(["age", "smoking"]).to_pylist() == [
        {"age": None, "smoking": None},
        {"age": 33, "smoking": True},
        {"age": None, "smoking": None},
    ]


def test_a_key_is_never_missing() -> None:
    intake = brought(Answers.of(["case_id=1"], [], STANDARD), cases=b"case_id,age\n1,31\n")
    assert [finding.rule for finding in intake.errors] == ["required"]


def test_a_workbook_is_asked_about_as_text_is() -> None:
    book = workbook([["case_id", "weeks_postpartum"], [1, 99], [2, 4]], sheet="cases")
    assert asked(read([File("book.xlsx", book)], STANDARD)) == {"cases.weeks_postpartum=99": 1}


def test_what_the_registry_holds_was_answered_already() -> None:
    first = brought(Answers.of([], ["weeks_postpartum=99", "weight_gain_kg=-9"], STANDARD), cases=CASES).tables
    assert first is not None
    again = read([File("cases.csv", CASES)], STANDARD, base=first)
    assert again.questions == ()


def redcap(missing: list[str]) -> Intake:
    fields = {name: {"table": "cases", "variable": name} for name in ("age", "weeks_postpartum", "weight_gain_kg")}
    entries = {"plro_redcap": 1, "record_id": "record_id", "events": {"": {"case": True}}}
    mapping = RedcapMapping.from_json(json.dumps({**entries, "fields": fields, "missing": missing}), STANDARD)
    records = (
        b"record_id,age,weeks_postpartum,weight_gain_kg,base_complete\n"
        b"1,31,99,-9,2\n2,33,90,26,2\n3,-99,61,12,2\n4,30,4,-2,2\n"
    )
    return read([File("records.csv", records)], STANDARD, mapping=mapping)


def test_where_a_code_is_declared_its_kin_are_asked_about() -> None:
    """One week 99 and one gain of -9 beside others nearly as far off: only the declared -99 makes them questions."""
    assert asked(redcap(["-99"])) == {"cases.weeks_postpartum=99": 1, "cases.weight_gain_kg=-9": 1}
    assert asked(redcap(["-99", "NI"])) == asked(redcap(["-99"]))
    assert [one for one in redcap(["NI"]).questions if one.may_be_value] == []


@pytest.mark.parametrize("code", ["99", "-9", "9999", "999", "88", "-1", "-99", "98"])
def test_usual_codes(code: str) -> None:
    assert is_usual_code(code)


@pytest.mark.parametrize("code", ["0", "1", "9", "10", "90", "189", "9.9", ""])
def test_no_usual_codes(code: str) -> None:
    assert not is_usual_code(code)


@pytest.mark.parametrize(
    ("missing", "values", "words"),
    [
        (["weeks=99"], [], "“weeks” is not a column of this registry"),
        (["vas"], [], "“vas” is no answer"),
        (["vas="], [], "“vas=” is no answer"),
        (["vas=99"], ["vas=99"], "“vas=99” is said to be missing and to be a value"),
    ],
)
def test_an_answer_that_cannot_be_understood_is_refused(missing: list[str], values: list[str], words: str) -> None:
    with pytest.raises(QueryProblem, match=words):
        Answers.of(missing, values, STANDARD)


def test_the_command_line_tells_how_to_answer_and_takes_the_answer(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "cases.csv"
    file.write_bytes(b"case_id,weeks_postpartum\n1,99\n2,4\n")
    command = ["check", str(file), "--registry", str(tmp_path / "own")]
    assert main(command) == 1
    assert "--missing cases.weeks_postpartum=99 if it means missing (1 cell)" in capfd.readouterr().out
    assert main([*command, "--missing", "weeks_postpartum=99"]) == 0
    assert main([*command, "--value", "weeks_postpartum=99"]) == 0
