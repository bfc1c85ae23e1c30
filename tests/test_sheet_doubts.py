"""Sheets of clinics that could be misread without a word: each is asked about, read as a careful person reads it, or refused."""

import pytest

from plro_core.intake.sheets.proposal import answered
from plro_core.vocabulary import STANDARD
from tests.intake_files import workbook
from tests.test_sheet_mappings import rows, sentence, took
from tests.test_sheet_proposals import edited, proposed, through

pytestmark = pytest.mark.usefixtures("read_here")

PAIN = ("case_id", "month", "vas")

# months, visits, weeks


@pytest.mark.parametrize(
    "heads", ["VAS V0,VAS V1", "VAS visit 0,VAS visit 1,VAS visit 3", "VAS 0,VAS 1", "Vizit 0 VAS,Vizit 1 VAS"]
)
def test_numbers_of_visits_in_heads_are_no_months_before_somebody_says_so(heads: str) -> None:
    count = heads.count(",") + 1
    found = proposed("wide.csv", f"Patient,Age,{heads}\n1,31,{','.join('975'[:count])}\n")
    assert {target.variable for target in found.mapping.columns.values()} == {"age"}
    assert [one.kind for one in found.questions] == ["column"] * count


@pytest.mark.parametrize(
    "heads", ["VAS 0,VAS 1,VAS 3", "VAS baseline,VAS M1", "VAS month 0,VAS month 1", "VAS 0,VAS 6. ay"]
)
def test_heads_that_say_months_beyond_doubt_are_read_as_months(heads: str) -> None:
    found = proposed("wide.csv", f"Patient,Age,{heads}\n1,31,{','.join('975'[: heads.count(',') + 1])}\n")
    assert sum(target.month is not None for target in found.mapping.columns.values()) == heads.count(",") + 1


@pytest.mark.parametrize(
    ("head", "cells", "asked"),
    [
        ("Visit", ("0", "1"), ["0", "1"]),
        ("Visit", ("0", "1", "3", "6"), []),
        ("Month", ("0", "1"), []),
        ("Time", ("1", "2", "3", "4"), ["1", "2", "3", "4"]),
        ("Time (weeks)", ("0", "1", "3", "6"), ["0", "1", "3", "6"]),
        ("Hafta", ("0", "1", "3", "6"), ["0", "1", "3", "6"]),
        ("Time (days)", ("0", "1", "3"), ["0", "1", "3"]),
        ("Time (months)", ("0", "1"), []),
    ],
)
def test_plain_numbers_of_a_column_are_months_only_where_its_head_or_they_say_so(
    head: str, cells: tuple[str, ...], asked: list[str]
) -> None:
    found = proposed("v.csv", f"Patient,{head},VAS\n" + "".join(f"1,{cell},{9 - int(cell)}\n" for cell in cells))
    if found.mapping.visit is None:
        found = answered(found, found.questions[0], head, STANDARD)
    assert [one.words[0] for one in found.questions if one.kind == "visit"] == asked


def test_weeks_become_the_months_that_were_answered() -> None:
    text = "Patient,Time (weeks),VAS\n1,0,9\n1,4,5\n1,12,2\n"
    start = edited(("v.csv", text), known=False)
    start = start.answered(0, start.questions[0][1], "Time (weeks)")
    for word, month in (("0", "0"), ("4", "1"), ("12", "3")):
        at, question = next((at, one) for at, one in start.questions if one.words == (word,))
        start = start.answered(at, question, month)
    assert rows(took(("v.csv", text), of=through(start).mapping), "visits", *PAIN) == [(1, 0, 9), (1, 1, 5), (1, 3, 2)]


# rows that are no patients


@pytest.mark.parametrize(
    ("ids", "last"),
    [
        (("P01", "P02"), "Mean"), (("P01", "P02"), "Ort."), (("AB", "CD"), "Toplam"), (("AB", "CD"), "Mittelwert"),
        (("1", "2"), "n=2"), (("1", "2"), "Total 2"), (("1", "2"), "SD"),
    ],
)  # fmt: skip
def test_a_row_that_is_worked_out_of_others_is_no_patient(ids: tuple[str, str], last: str) -> None:
    text = f"Patient,Age,VAS 0,VAS 3\n{ids[0]},31,9,5\n{ids[1]},29,7,3\n{last},30,8,4\n"
    editing = edited(("p.csv", text))
    assert next((one.kind, one.words) for _, one in editing.questions) == ("footer", (last,))
    intake = took(("p.csv", text), of=through(editing).mapping)
    assert rows(intake, "cases", "case_id", "age") == [(1, 31), (2, 29)]


def test_a_mean_below_carried_patients_is_not_of_the_last_of_them() -> None:
    text = "Patient,Month,VAS\n1,0,9\n,1,5\n2,0,8\n,1,4\n,Mean,6\n"
    intake = took(("p.csv", text), of=through(edited(("p.csv", text), known=False)).mapping)
    assert rows(intake, "visits", *PAIN) == [(1, 0, 9), (1, 1, 5), (2, 0, 8), (2, 1, 4)]


def test_initials_of_patients_are_no_footer() -> None:
    found = proposed("p.csv", "Patient,Age\nTotalo,29\nMAX-2,30\nMin-Ji,31\n")
    assert "footer" not in [one.kind for one in found.questions]


@pytest.mark.parametrize("ids", [("P01", "P 01"), ("P-1", "p01"), ("1.0", "01"), ("A_7", "A7"), ("1-07", "1-7")])
def test_two_ways_of_writing_one_patient_are_refused(ids: tuple[str, str]) -> None:
    text = f"Patient,Age\n{ids[0]},31\n{ids[1]},33\n"
    assert f"also written “{ids[0]}”" in sentence(took(("p.csv", text), of=through(edited(("p.csv", text))).mapping))


def test_numbers_of_centre_and_patient_stay_apart() -> None:
    text = "Patient,Age\n1-7,31\n17,33\n1-17,28\n11-7,29\n"
    assert len(rows(took(("p.csv", text), of=through(edited(("p.csv", text))).mapping), "cases", "age")) == 4


# heads and answers


def test_milligrams_are_no_magnesium() -> None:
    found = proposed("t.csv", "Patient,Month,VAS,mg\n1,0,9,4\n")
    assert "mg" not in found.mapping.columns
    assert "Mg" in proposed("t.csv", "Patient,Month,VAS,Mg\n1,0,9,4\n").mapping.columns


def test_a_level_and_a_column_may_be_called_no() -> None:
    text = "no,smoking,Age\n1,Hayır,31\n2,Hayır,33\n"
    found = proposed("p.csv", text)
    found = answered(found, found.questions[0], "no", STANDARD)
    assert found.mapping.patient.column == "no"
    found = answered(found, next(one for one in found.questions if one.kind == "codes"), "no", STANDARD)
    assert found.mapping.columns["smoking"].codes["Hayır"] == "no"


@pytest.mark.parametrize(
    ("head", "variable", "units"),
    [
        ("Time of diagnosis (days)", "cases.weeks_postpartum", ["weeks postpartum"]),
        ("Weight gain in pregnancy (lb)", "cases.weight_gain_kg", ["kg"]),
        ("VAS (0-50)", "visits.vas at month 0", ["0-10", "mm"]),
    ],
)
def test_a_unit_in_a_head_that_is_not_that_of_its_variable_is_asked_about(
    head: str, variable: str, units: list[str]
) -> None:
    found = proposed("p.csv", f"Patient,Age,{head}\n1,31,4\n")
    found = answered(found, found.questions[0], variable, STANDARD)
    assert [(one.kind, list(one.choices)) for one in found.questions] == [("unit", units)]


def test_a_scale_of_100_in_a_head_is_one_of_millimetres() -> None:
    text = "Patient,Month,VAS (0–100)\n1,0,90\n1,3,10\n"
    assert rows(took(("v.csv", text), of=through(edited(("v.csv", text), known=False)).mapping), "visits", *PAIN) == [
        (1, 0, 9), (1, 3, 1)
    ]  # fmt: skip


# commas and points


SI = "Patient;Month;VAS;Ca (mmol/L);PTH (pmol/L)\n1;0;9;2,25;{}\n1;1;5;2,31;5,2\n"


def test_numbers_in_another_unit_have_the_decimal_sign_of_their_sheet() -> None:
    text = SI.format("4,1")
    intake = took(("v.csv", text), of=through(edited(("v.csv", text), known=False)).mapping)
    assert rows(intake, "visits", "calcium", "pth") == [(9.0, 38.6), (9.3, 49.0)]
    assert "decimal comma" in intake.findings[0].sentence


@pytest.mark.parametrize(
    ("cell", "why"), [("4,125", "either 4125 or 4.125"), ("4.1", "no number"), ("4.125", "either 4125 or 4.125")]
)
def test_a_number_in_another_unit_that_can_be_read_in_two_ways_is_refused(cell: str, why: str) -> None:
    text = SI.format(cell)
    said = sentence(took(("v.csv", text), of=through(edited(("v.csv", text), known=False)).mapping))
    assert f"“{cell}”; {why}" in said


def test_texts_of_a_workbook_in_another_unit_are_read_with_one_decimal_sign() -> None:
    cells = [["Patient", "Month", "VAS", "PTH (pmol/L)"], [1, 0, 9, "4,1"], [1, 1, 3, "5,2"], [1, 3, 3, "6.1"]]
    content = workbook(cells, "Sheet1")
    of = through(edited(("v.xlsx", content), known=False)).mapping
    assert "D4, PTH (pmol/L): “6.1”; no number" in sentence(took(("v.xlsx", content), of=of))


def test_a_finding_shows_the_cell_as_its_file_holds_it() -> None:
    text = "Patient,Month,VAS (mm)\n1,0,85\n1,1,40\n"
    said = sentence(took(("v.csv", text), of=through(edited(("v.csv", text), known=False)).mapping))
    assert "v.csv, C2, VAS (mm): “85”; read as 8.5; not a whole number" in said
    flagged = "Patient,Month,VAS,ALP (U/L)\n1,0,9,120↑\n"
    intake = took(("v.csv", flagged), of=through(edited(("v.csv", flagged), known=False)).mapping)
    assert any("“120↑”; read as 120; outside" in one.sentence for one in intake.warnings)


def test_calcium_in_urine_is_left_out_with_a_word() -> None:
    text = (
        "USUBJID,LBTESTCD,LBSPEC,LBORRES,LBORRESU,VISIT\n"
        "1,CA,SERUM,9.1,mg/dL,Baseline\n2,CA,URINE,9.2,mg/dL,Baseline\n2,ALP,,88,U/L,Baseline\n"
    )
    intake = took(("lb.csv", text), of=through(edited(("lb.csv", text), known=False)).mapping)
    assert rows(intake, "visits", "case_id", "calcium", "alp") == [(1, 9.1, None), (2, None, 88)]
    assert "lb.csv, C3, LBSPEC: “URINE”; measured in another specimen than blood" in " ".join(
        one.sentence for one in intake.warnings
    )
