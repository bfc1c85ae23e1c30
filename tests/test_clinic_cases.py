"""Small files as clinics hand them over, each a kind of its own: read right, asked about, or refused with the way on.

``tests/cases`` has a folder a kind: its files, and the ``variables.toml`` or the REDCap mapping that belong to it.
"""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from plro_core.cli.process import main
from plro_core.cohort import EVERYONE
from plro_core.intake import Dialect, File, Finding, Intake, read
from plro_core.intake.answers import UNANSWERED, Answers
from plro_core.intake.mappings import AnyMapping, from_json
from plro_core.intake.redcap.proposal import open_questions, propose
from plro_core.intake.redcap.writer import dictionary_csv, export_csv, own_mapping
from plro_core.intake.sheets.proposal import proposals
from plro_core.series.transcription import read_source
from plro_core.store import open_registry
from plro_core.tables import table_one
from plro_core.vocabulary import STANDARD, Vocabulary, parse
from tests.redcap_tools import sheet
from tests.test_sheet_mappings import mapping as sheets_mapping
from tests.test_sheet_mappings import of_the_paper, rows

pytestmark = pytest.mark.usefixtures("read_here")

CASES = Path(__file__).parent / "cases"
ENDINGS = (".csv", ".xlsx")
LONGEST = "<img src=''data:image/png;base64," + "A" * 140_000 + "''>"

Sheets = list[dict[str, Any]]


def files(case: str) -> list[File]:
    found = [File(path.name, path.read_bytes()) for path in sorted((CASES / case).iterdir()) if path.suffix in ENDINGS]
    if case == "huge-label-in-the-dictionary":
        head = "Variable / Field Name,Form Name,Field Type,Field Label,Choices,Field Note\n"
        rows_of = f'record_id,base,text,Record ID,,\nage,base,text,Age (years),,\nlogo,base,descriptive,"{LONGEST}",,\n'
        found.append(
            File(
                "dictionary.csv",
                (head + rows_of).replace("Choices", '"Choices, Calculations, OR Slider Labels"').encode(),
            )
        )
    return found


def words_of(case: str, declared: str = "") -> Vocabulary:
    path = CASES / case / "variables.toml"
    text = declared or (path.read_text() if path.exists() else "")
    return Vocabulary(parse(text)) if text else STANDARD


def taken(
    case: str,
    sheets: Sheets | None = None,
    declared: str = "",
    answers: Answers = UNANSWERED,
    dialects: Mapping[str, Dialect] | None = None,
) -> Intake:
    """What a case gives: through the mapping of its folder, or of some sheets."""
    words = words_of(case, declared)
    path = CASES / case / "mapping.json"
    found: AnyMapping | None = from_json(path.read_bytes(), words) if path.exists() else None
    if sheets is not None:
        found = sheets_mapping(*sheets, words=words)
    return read(files(case), words, mapping=found, answers=answers, dialects=dialects)


def asked(intake: Intake, rule: str) -> list[Finding]:
    return [finding for finding in intake.findings if finding.rule == rule]


def cases(*names: str, file: str = "cases.csv", **parts: Any) -> dict[str, Any]:
    """The mapping of a sheet of patients whose columns are called like their variables."""
    columns = {name: {"table": "cases", "variable": name} for name in names}
    return {"file": file, "patient": {"column": "case_id"}, "columns": columns, **parts}


def visits(columns: dict[str, dict[str, Any]], **parts: Any) -> dict[str, Any]:
    """The mapping of a sheet of visits."""
    targets = {head: {"table": "visits", **said} for head, said in columns.items()}
    known = {"file": "visits.csv", "patient": {"column": "case_id"}, "visit": {"column": "month"}}
    return {**known, "columns": targets, **parts}


def plain(*names: str, **said: Any) -> dict[str, dict[str, Any]]:
    return {name: {"variable": name, **said} for name in names}


YES_NO = {"codes": {"Evet": "yes", "Hayır": "no", "Ja": "yes", "Nein": "no", "oui": "yes", "non": "no", "Y": "yes",
                    "N": "no", "+": "yes", "-": "no", "TRUE": "yes", "FALSE": "no", "1": "yes", "0": "no"}}  # fmt: skip
LABS = ("calcium", "vitamin_d", "alp", "pth")
T_SCORE = {"table": "cases", "variable": "t_l1_l4"}
DXA = ("case_id", "day", "site", "t_score")
BOOLEANS = {name: {"table": "cases", "variable": name, **YES_NO} for name in ("smoking", "bisphosphonate")}
WIDE = {f"{head} {month}": {"table": "visits", "variable": name, "month": month, **said}
        for head, name, said in (("VAS", "vas", {}), ("Ca", "calcium", {"unit": "mg/dL"})) for month in (0, 1, 3, 6)}  # fmt: skip
LAB_TESTS = {"column": "LBTESTCD", "value": "LBORRES", "unit": "LBORRESU", "results": {
    "CA": {"table": "visits", "variable": "calcium"}, "PTH": {"table": "visits", "variable": "pth"}}}  # fmt: skip
VISIT_WORDS = {"Baseline": 0, "baseline": 0, "1st month": 1, "month 1": 1, "M3": 3, "3. ay": 3, "6 months": 6, "6mo": 6}
SHORT = {"VAS": {"variable": "vas"}, "Ca": {"variable": "calcium", "unit": "mg/dL"}, "Mg": {"variable": "magnesium"},
         "25(OH)D": {"variable": "vitamin_d", "unit": "ng/mL"}, "ALP": {"variable": "alp", "unit": "U/L"},
         "PTH": {"variable": "pth", "unit": "pg/mL"}}  # fmt: skip
MISSING = {"calcium": ["ND", "NA", "unknown"], "vitamin_d": ["not done", ".", "Pending"],
           "alp": ["n.d.", "-", "haemolysed"], "pth": ["yapılmadı", "k.A.", "*"]}  # fmt: skip
CODES = ("weeks_postpartum=99", "weight_gain_kg=-9", "vitamin_d=99", "alp=999", "pth=999", "dose=9999", "start=99")
TURKISH = {"Yaş": {"table": "cases", "variable": "age"}, "L1-L4 T skoru": T_SCORE,
           "Sigara": {"table": "cases", "variable": "smoking", **YES_NO}}  # fmt: skip
FURTHER = 'use = ["further_fractures"]'
WIDENED = 'use = ["never_breastfed"]\n[widen.weeks_postpartum]\nplausible = [-40, 156]\n'

#: Case -> what a person says (mapping, words of the registry, answers, decimal signs), and the values that come of it.
VALUES: dict[str, tuple[dict[str, Any], str, tuple[str, ...], list[tuple[Any, ...]]]] = {
    "excel-float-artefact": ({}, "visits", ("month", "calcium"), [(0, 9.1), (1, 8.4), (3, 8.87692307692308)]),
    "more-decimals-than-declared": (
        {"declared": 'use = ["half_points"]'}, "visits", ("vas", *LABS), [(6.5, 9.05, 31.25, 87.5, 36.75)],
    ),
    "spss-two-decimals-in-whole-numbers": ({}, "cases", ("age", "weeks_postpartum"), [(31, 24), (33, 4)]),
    "below-detection-limit": (
        {"sheets": [cases("age"), visits(plain("vas", *LABS, limits=True))]}, "visits", ("vas", *LABS),
        [(9, 8.9, None, 102.0, None)],
    ),
    "words-for-missing": (
        {"sheets": [cases("age"), visits(plain("vas") | {name: {"variable": name, "missing": MISSING[name]} for name in LABS})]},
        "visits", ("vas", *LABS), [(vas, None, None, None, None) for vas in (9, 8, 7)],
    ),
    "numeric-missing-codes-csv": (
        {"answers": Answers.of(CODES, ["pth=99"], STANDARD)}, "cases", ("weeks_postpartum", "weight_gain_kg"),
        [(None, None), (4, 26.0), (None, None)],
    ),
    "wide-one-row-per-patient": (
        {"sheets": [{"file": "patients.xlsx", "sheet": "Sheet1", "patient": {"column": "Patient"}, "columns": {
            **{head: {"table": "cases", "variable": head.lower()} for head in ("Age", "Smoking")}, **WIDE}}]},
        "visits", ("case_id", "month", "vas", "calcium"),
        [(1, 0, 9, 8.9), (1, 1, 5, 8.6), (1, 3, 1, 8.3), (1, 6, 0, 9.1), (2, 0, 8, 8.9), (2, 1, 2, 9.2), (2, 3, 2, 9.0), (2, 6, 1, 8.6)],
    ),
    "usual-short-heads": (
        {"sheets": [cases("age"), visits(SHORT, patient={"column": "Patient"}, visit={"column": "Month"})]},
        "visits", ("vas", "calcium", "magnesium", "vitamin_d", "alp"), [(9, 8.9, 4.1, 46.0, None)],
    ),
    "visit-dates-instead-of-months": (
        {"sheets": [cases("age", ignored=["date_of_diagnosis"]), visits(plain("vas", "calcium"), visit={
            "column": "visit_date", "dates": "dmy", "baseline": "date_of_diagnosis"})], "declared": 'use = ["day"]'},
        "visits", ("month", "day", "vas"), [(0, 0, 9), (1, 33, 5), (3, 90, 1)],
    ),
    "repeating-followup-form-with-dates": (
        {"sheets": [{"file": "records.csv", "patient": {"column": "record_id"}, "rest": True,
            "visit": {"column": "fu_date", "dates": "ymd", "baseline": "dx_date"}, "columns": {
                "age": {"table": "cases", "variable": "age"}, "fu_vas": {"table": "visits", "variable": "vas"}}}],
         "declared": 'use = ["day"]'},
        "visits", ("case_id", "month", "day", "vas"), [(1, 0, 0, 9), (1, 1, 33, 5), (1, 6, 192, 0)],
    ),
    "words-for-visits": (
        {"sheets": [cases("age"), visits(plain("vas"), visit={"column": "month", "words": VISIT_WORDS})]},
        "visits", ("case_id", "month", "vas"),
        [(1, 0, 9), (1, 1, 5), (1, 3, 1), (1, 6, 0), (2, 0, 8), (2, 1, 2), (2, 3, 2), (2, 6, 1)],
    ),
    "ids-with-source-id-declared": (
        {"sheets": [cases("age", ignored=["source_id"])]}, "cases", ("case_id", "source_id", "age"),
        [(1, "P01", 31), (2, "PLO-002", 33)],
    ),
    "two-files-with-one-patient-number-per-centre": (
        {"declared": 'use = ["source_id"]\ncentres = { ankara = "Ankara", istanbul = "Istanbul" }', "sheets": [
            cases("age", file=f"{name}.csv", patient={"column": "case_id", "centre": name}) for name in ("ankara", "istanbul")]},
        "cases", ("case_id", "source_id", "centre", "age"),
        [(1, "ankara/1", "ankara", 29), (2, "ankara/2", "ankara", 24), (3, "istanbul/1", "istanbul", 31), (4, "istanbul/2", "istanbul", 33)],
    ),
    "truth-as-0-1": (
        {"sheets": [cases("age") | {"columns": {"age": {"table": "cases", "variable": "age"}, **BOOLEANS}}]}, "cases",
        ("smoking", "bisphosphonate"), [(False, True), (True, False)],
    ),
    "yes-no-in-other-languages": (
        {"sheets": [cases("age") | {"columns": {"age": {"table": "cases", "variable": "age"}, **BOOLEANS}}]}, "cases",
        ("smoking", "bisphosphonate"), [(True, False)] * 6,
    ),
    "title-rows-above-the-head": (
        {"sheets": [cases("age", "smoking", file="book.xlsx", sheet="cases", head_row=3)]}, "cases",
        ("case_id", "age", "smoking"), [(1, 31, False)],
    ),
    "footnotes-below": (
        {"sheets": [cases("age", "t_l1_l4", footers=["Mean ± SD"])]}, "cases", ("case_id", "age", "t_l1_l4"),
        [(1, 31, -2.9), (2, 33, -3.0)],
    ),
    "numbers-export-table-name-row": ({}, "visits", ("case_id", "month", "vas"), [(1, 0, 9), (1, 1, 5)]),
    "csv-with-sep-line": ({}, "cases", ("case_id", "age"), [(1, 31), (2, 33)]),
    "excel-csv-utf8-turkish-heads": (
        {"sheets": [{"file": "hastalar.csv", "patient": {"column": "Hasta No"}, "columns": TURKISH}]}, "cases",
        ("case_id", "age", "smoking", "t_l1_l4"), [(1, 31, False, -2.9), (2, 33, True, -3.0)],
    ),
    "decimal-comma-as-text-in-xlsx": (
        {"dialects": {"book.xlsx": Dialect(decimal=",")}}, "cases", ("age", "t_l1_l4"), [(31, -2.9), (33, -2.9)],
    ),
    "lab-long-format-sdtm-lb": (
        {"sheets": [cases("age"), {"file": "lb.csv", "patient": {"column": "USUBJID"}, "tests": LAB_TESTS, "rest": True,
            "visit": {"column": "VISIT", "words": {"BASELINE": 0}}}]},
        "visits", ("case_id", "month", "calcium", "pth"), [(1, 0, 8.9, 36.0)],
    ),
    "equal-units-in-other-words": ({}, "visits", LABS, [(8.9, 31.3, 102.0, 36.0)]),
    "densitometry-instrument": ({}, "densitometry", DXA, [(1, 0, "l1_l4", -2.9), (1, 365, "l1_l4", -2.1)]),
    "densitometry-from-the-spreadsheet": ({}, "densitometry", DXA, [(1, 0, "l1_l4", -2.9), (1, 365, "l1_l4", -2.2)]),
    "redcap-unscheduled-instrument": ({}, "unscheduled", ("case_id", "day", "vas"), [(1, 45, 6)]),
    "pregnancies-csv": ({}, "pregnancies", ("case_id", "number", "weeks", "outcome"), [(1, 1, 120, "live_birth")]),
    "checkboxes-of-an-untouched-form": (
        {}, "cases", ("case_id", "smoking", "twin_pregnancy"), [(1, True, False), (2, False, False), (3, None, None)],
    ),
    "two-arms": ({}, "cases", ("case_id", "arm"), [(1, "a"), (2, "b")]),
    "other-visits-than-the-papers": (
        {}, "visits", ("case_id", "month", "vas"), [(1, 0, 9), (1, 2, 4), (1, 12, 0), (2, 0, 8), (2, 24, 0)],
    ),
    "z-scores-declared-by-the-registry": ({}, "cases", ("z_l1_l4", "t_total_hip"), [(-2.8, -2.1), (-3.1, -2.6)]),
    "si-values": ({}, "visits", ("vitamin_d", "alp"), [(55.0, 102.0), (48.0, 96.0), (62.0, 67.0)]),
    "written-back-by-r": ({}, "visits", ("case_id", "month", "vas"), [(1, 0, 9), (1, 1, 4)]),
    "huge-label-in-the-dictionary": ({}, "cases", ("case_id", "age"), [(1, 31)]),
    "sacral-rib-hip-fractures": (
        {"declared": FURTHER}, "fractures", ("case_id", "level", "type"),
        [(1, "sacrum", "stress"), (1, "L1", "compression"), (2, "femoral_neck", "stress"), (2, "rib", None),
         (3, "pubis", "insufficiency"), (3, "wrist", None), (3, "C7", "compression")],
    ),
    "onset-in-pregnancy": (
        {"declared": WIDENED}, "cases", ("weeks_postpartum", "breastfeeding"),
        [(-6, "never"), (-2, "never"), (130, "stopped")],
    ),
    "repeated-courses": (
        {}, "treatments", ("case_id", "agent", "start"), [(1, "zoledronate", start) for start in (0.0, 52.0, 104.0)],
    ),
    "a-sheet-of-notes-beside-the-data": ({}, "visits", ("case_id", "month", "vas"), [(1, 0, 9)]),
    "second-series-by-hand": (
        {}, "cases", ("case_id", "smoking", "breastfeeding"),
        [(1, None, None), (2, None, "stopped"), (3, None, "continued"), (4, None, "stopped"), (5, None, None)],
    ),
}  # fmt: skip

#: Case -> what a person says, and the one question a column that is left: rule, cell, words.
QUESTIONS: dict[str, tuple[dict[str, Any], list[tuple[str, str, str]]]] = {
    "more-decimals-than-declared": ({}, [("integer", "C2", 'use = ["half_points"]')]),
    "below-detection-limit": (
        {}, [("number", "E2", "answer that it is missing"), ("number", "G2", "answer that it is missing")],
    ),
    "words-for-missing": (
        {}, [("missing_word", "D2", "“ND” in D2, “NA” in D3 and “unknown” in D4"), ("missing_word", "E2", "“not done” in E2"),
             ("missing_word", "F2", "“haemolysed” in F4"), ("missing_word", "G2", "“*” in G4")],
    ),
    "numeric-missing-codes-csv": (
        {"answers": Answers.of(CODES[2:], ["pth=99"], STANDARD)},
        [("missing_code", "C2", "99 in 2 cells"), ("missing_code", "D2", "-9 in 2 cells")],
    ),
    "missing-codes-of-a-project": (
        {}, [("missing_code", "C2", "99 in 2 cells"), ("missing_code", "D2", "-9 in 2 cells")],
    ),
    "truth-as-0-1": ({}, [("boolean", "C2", "Is “0” no and “1” yes?"), ("boolean", "D2", "Is “1” yes and “0” no?")]),
    "yes-no-in-other-languages": (
        {}, [("boolean", "C2", "“Evet” yes"), ("boolean", "D2", "“Hayır” no"), ("missing_word", "D6", "missing")],
    ),
    "vas-0-100-and-half-points": ({"declared": 'use = ["half_points"]'}, [("plausible", "C2", "Is it in mm")]),
    "words-for-visits": ({}, [("month", "B3", "Is it a visit in words?")]),
    "ids-with-source-id-declared": ({}, [("number", "A2", "A mapping numbers such ids")]),
    "decimal-comma-as-text-in-xlsx": ({}, [("number", "C2", "A decimal comma?")]),
    "dose-text": ({}, [("number", "D2", "without its unit"), ("ambiguous", "D3", "either 50000 or 50.000")]),
    "field-ending-complete-no-dictionary": (
        {}, [("unmapped_field", "C2", "course_complete"), ("unmapped_field", "D2", "last_dose_timestamp")],
    ),
    "event-name-mapped-without-a-word": ({}, [("number", "B2", "redcap_event_name")]),
    "z-scores-and-total-hip": (
        {}, [("unknown_column", cell, "Remove the column, or see the template") for cell in ("D1", "E1", "F1")],
    ),
    "heads-of-other-quantities": (
        {}, [("unknown_column", cell, "Remove the column, or see the template") for cell in ("C1", "D1", "E1", "F1", "G1")],
    ),
    "sacral-rib-hip-fractures": (
        {}, [("levels", "B2", FURTHER), ("levels", "D3", FURTHER), ("levels", "C6", FURTHER)],
    ),
    "repeating-followup-form-with-dates": ({}, [("required", "A3", "A mapping makes days and months of dates")]),
}  # fmt: skip

#: Cases with a test of their own below.
OTHERS = {"the-papers-table-ii-as-typed", "visit-numbers", "visits-without-a-value"}


def test_every_case_is_asserted() -> None:
    assert {path.name for path in CASES.iterdir()} == {*VALUES, *QUESTIONS, *OTHERS}


@pytest.mark.parametrize("case", VALUES)
def test_a_case_gives_its_values(case: str) -> None:
    said, table, names, expected = VALUES[case]
    assert rows(taken(case, **said), table, *names) == expected


@pytest.mark.parametrize("case", QUESTIONS)
def test_what_nobody_can_be_sure_of_is_one_question_a_column(case: str) -> None:
    said, expected = QUESTIONS[case]
    intake = taken(case, **said)
    assert intake.tables is None
    assert [(one.rule, one.cell) for one in intake.errors] == [(rule, cell) for rule, cell, _ in expected]
    for error, (_, _, words) in zip(intake.errors, expected, strict=True):
        assert words in error.sentence


def test_table_two_of_the_paper_gives_the_shipped_visits() -> None:
    source = read_source()["visits"].to_pylist()
    given = [*files("the-papers-table-ii-as-typed"), File("cases.csv", b"case_id,age\n1,\n3,\n")]
    intake = read(given, STANDARD, mapping=sheets_mapping(of_the_paper("Table II.csv")))
    assert intake.tables is not None, [finding.sentence for finding in intake.errors]
    found = intake.tables["visits"].to_pylist()
    keys = [(row["case_id"], row["month"]) for row in found]
    assert keys == [(1, 0), (1, 1), (1, 3), (3, 0)]
    assert found == [row for row in source if (row["case_id"], row["month"]) in keys]
    assert found[-1]["calcium_flag"] == "H"


def test_a_repeating_form_with_dates_gives_days_through_a_mapping_of_the_project_too() -> None:
    case = "repeating-followup-form-with-dates"
    words = words_of(case, 'use = ["day"]')
    entries = json.loads((CASES / case / "mapping.json").read_text())
    entries["fields"]["fu_date"] = {"table": "visits", "days_from": "dx_date"}
    entries["ignored"] = []
    intake = read(files(case), words, mapping=from_json(json.dumps(entries), words))
    assert rows(intake, "visits", "case_id", "month", "day", "vas") == [(1, 0, 0, 9), (1, 1, 33, 5), (1, 6, 192, 0)]
    assert intake.tables is not None
    assert not any("2019" in str(table.to_pylist()) for table in intake.tables.values())


def test_numbers_of_visits_are_questions_and_named_months_are_proposed() -> None:
    export = files("visit-numbers")[0].content.decode()
    questions = open_questions(propose(sheet(export), None, STANDARD), sheet(export), None)
    assert [f"vas_{number}" in " ".join(questions) for number in (1, 2, 3, 4)] == [True] * 4
    named = sheet(export.replace("vas_3", "vas_m3"))
    assert not any("vas_m3" in question for question in open_questions(propose(named, None, STANDARD), named, None))


def test_visits_without_a_value_come_back_from_a_project() -> None:
    first = taken("visits-without-a-value")
    assert first.tables is not None
    keys = [(1, 0), (1, 1), (1, 3), (2, 0), (2, 6)]
    assert rows(first, "visits", "case_id", "month") == keys
    exported = [
        File("records.csv", export_csv(first.tables, STANDARD)),
        File("dictionary.csv", dictionary_csv(STANDARD)),
    ]
    again = read(exported, STANDARD, mapping=own_mapping(STANDARD))
    assert again.tables is not None, [finding.sentence for finding in again.errors]
    for name in ("cases", "visits"):
        assert again.tables[name].equals(first.tables[name])


def test_a_limit_that_is_left_out_is_on_the_record_by_cell() -> None:
    intake = taken("below-detection-limit", **VALUES["below-detection-limit"][0])
    assert [(one.cell, one.value, one.severity) for one in asked(intake, "limit")] == [
        ("E2", "<10", "warning"),
        ("G2", ">2500", "warning"),
    ]
    kept = rows(intake, "provenance", "column", "verbatim")
    assert {("vitamin_d", "<10"), ("pth", ">2500")} <= set(kept)


def test_a_limit_can_be_answered_as_missing_without_a_mapping() -> None:
    said = Answers.of(["vitamin_d=<10", "pth=>2500"], [], STANDARD)
    intake = taken("below-detection-limit", answers=said)
    assert rows(intake, "visits", "vitamin_d", "pth") == [(None, None)]
    assert ("vitamin_d", "<10") in rows(intake, "provenance", "column", "verbatim")


def test_each_word_for_missing_is_answered_once() -> None:
    questions = taken("words-for-missing").questions
    assert [(one.column, one.code, one.count) for one in questions[:3]] == [
        ("visits.calcium", "ND", 1), ("visits.calcium", "NA", 1), ("visits.calcium", "unknown", 1)
    ]  # fmt: skip
    assert len(questions) == 12
    said = Answers(missing=frozenset((one.column, one.code) for one in questions))
    assert rows(taken("words-for-missing", answers=said), "visits", *LABS) == [(None,) * 4] * 3


def test_a_column_of_truth_values_is_one_question() -> None:
    text = "case_id,age,smoking\n" + "".join(f"{at},31,{'true' if at % 3 else 'false'}\n" for at in range(1, 288))
    (error,) = read([File("cases.csv", text.encode())], STANDARD).errors
    assert (error.rule, error.cell) == ("boolean", "C2")
    assert "“true” in 192 cells and “false” in 95 cells" in error.message


@pytest.mark.parametrize(("text", "value"), [
    ("12.938129834911", 12.938129834911), ("8.399999999999999", 8.4), ("0.30000000000000004e0", None),
    ("8.40000000000000035527", 8.4), ("31.000", None), ("9.05", 9.05), ("10.0", 10.0),
])  # fmt: skip
def test_numbers_are_kept_with_fifteen_digits(text: str, value: float | None) -> None:
    given = [
        File("cases.csv", b"case_id,age\n1,31\n"),
        File("visits.csv", f"case_id,month,calcium\n1,0,{text}\n".encode()),
    ]
    intake = read(given, STANDARD)
    assert (intake.tables is None) == (value is None)
    if value is not None:
        assert rows(intake, "visits", "calcium") == [(value,)]


def test_half_points_of_a_scale_in_millimetres_are_kept_where_the_registry_has_them() -> None:
    said = {
        "declared": 'use = ["half_points"]',
        "sheets": [cases("age"), visits({"vas": {"variable": "vas", "unit": "mm"}})],
    }
    given = [
        File("cases.csv", b"case_id,age\n1,31\n"),
        File("visits.csv", b"case_id,month,vas\n1,0,85\n1,1,42\n1,3,7\n"),
    ]
    words = words_of("", said["declared"])
    intake = read(given, words, mapping=sheets_mapping(*said["sheets"], words=words))
    assert rows(intake, "visits", "vas") == [(8.5,), (4.2,), (0.7,)]
    mixed = taken(
        "vas-0-100-and-half-points",
        declared='use = ["half_points"]',
        answers=Answers.of(["vas=85", "vas=42"], [], STANDARD),
    )
    assert rows(mixed, "visits", "vas") == [(None,), (None,), (7.5,), (9.0,)]


def test_the_columns_of_an_export_count_rows_by_name_only() -> None:
    """Only a first column without a name of its own that holds different numbers is none of the table."""
    for head, cells in (("", "12"), ("", "33"), ("id", "12")):
        text = f"{head},case_id,age\n{cells[0]},1,31\n{cells[1]},2,33\n"
        intake = read([File("cases.csv", text.encode())], STANDARD)
        assert (intake.tables is not None) == ((head, cells) == ("", "12"))


def test_what_is_left_out_is_said() -> None:
    for case, rule in (
        ("numbers-export-table-name-row", "title"),
        ("written-back-by-r", "row_numbers"),
        ("a-sheet-of-notes-beside-the-data", "left_out"),
        ("equal-units-in-other-words", "equal_unit"),
        ("si-values", "unit_doubt"),
    ):
        assert [one.severity for one in asked(taken(case), rule)][:1] == ["warning"], case


def test_a_second_series_is_not_spoken_of_as_the_first(tmp_path: Path) -> None:
    home = tmp_path / "five"
    home.mkdir()
    (home / "variables.toml").write_bytes((CASES / "second-series-by-hand" / "variables.toml").read_bytes())
    paths = [str(CASES / "second-series-by-hand" / file.name) for file in files("second-series-by-hand")]
    said = ["--author", "A person", "--note", "Five", "--accept-warnings", "--registry", str(home)]
    assert main(["import", *paths, *said]) == 0
    registry = open_registry(home)
    table = table_one(registry, EVERYONE)
    registry.close()
    lines = [" ".join(map(str, row)) for row in table.layout.rows]
    assert "Smoking None n (missing) 0 (5)" in lines
    assert "None None continued 1 of 3" in lines
    assert not re.search(
        r"Aytar|published series|T6, T10|ten patients", " ".join([*lines, *map(str, table.layout.notes)])
    )


TITLED = 'Clinic of “İzmir”\n"two lines\nof a title"\ncase_id,age,t_l1_l4\n1,31,-2.9\n2,33,-3.0\n"Note: ""n.d."" is\nnot done",,\nSD,1.4,0.07\n'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1254"])
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_titles_and_footers_of_several_lines_are_left_out_in_any_encoding(encoding: str, ends: str) -> None:
    """Rows keep the numbers that a spreadsheet shows: a quoted cell may go over several lines."""
    text = TITLED.replace("“", "").replace("”", "") if encoding == "cp1254" else TITLED
    file = File("cases.csv", text.replace("\n", ends).encode(encoding))
    of = sheets_mapping(cases("age", "t_l1_l4", head_row=3, footers=["Note"]))
    declared = {"cases.csv": Dialect("cp1254")} if encoding == "cp1254" else None
    intake = read([file], STANDARD, mapping=of, dialects=declared)
    assert rows(intake, "cases", "case_id", "age", "t_l1_l4") == [(1, 31, -2.9), (2, 33, -3.0)]
    assert rows(intake, "provenance", "source")[0] == ("cases.csv, row 4, case_id",)
    if declared is None:
        (found,) = proposals([file], STANDARD, {})
        assert found.mapping.head_row == 3


def test_a_merged_title_of_next_months_workbook_is_a_title_too() -> None:
    """A kept mapping knows a workbook of another name by its columns, below the titles that it was made with."""
    of = sheets_mapping(cases("age", "smoking", file="book.xlsx", sheet="cases", head_row=3))
    (file,) = files("title-rows-above-the-head")
    intake = read([File("october.xlsx", file.content)], STANDARD, mapping=of)
    assert rows(intake, "cases", "case_id", "age", "smoking") == [(1, 31, False)]


def test_rows_of_a_patient_without_a_visit_are_none_of_one() -> None:
    """A row that names no visit, and holds nothing of one, is the patient's own."""
    of = sheets_mapping(
        {
            "file": "all.csv",
            "patient": {"column": "id"},
            "visit": {"column": "when", "words": {"start": 0}},
            "columns": {"age": {"table": "cases", "variable": "age"}, "pain": {"table": "visits", "variable": "vas"}},
        }
    )
    intake = read([File("all.csv", b"id,when,age,pain\n1,,31,\n1,start,,9\n2,,33,\n")], STANDARD, mapping=of)
    assert rows(intake, "cases", "case_id", "age") == [(1, 31), (2, 33)]
    assert rows(intake, "visits", "case_id", "month", "vas") == [(1, 0, 9)]
    refused = read([File("all.csv", b"id,when,age,pain\n1,,31,9\n")], STANDARD, mapping=of)
    assert [(one.rule, one.cell) for one in refused.errors] == [("month", "B2")]
