"""Sheets that are not laid out like the template, read through a mapping that says what they mean."""

import csv
import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plro_core.cli.process import main
from plro_core.intake import File, Intake, read
from plro_core.intake.kept import keep_mapping, kept_mappings
from plro_core.intake.redcap.mapping import MappingProblem
from plro_core.intake.sheets.mapping import SheetsMapping
from plro_core.series.transcription import read_source
from plro_core.vocabulary import STANDARD, Vocabulary, parse
from tests.intake_files import workbook

pytestmark = pytest.mark.usefixtures("read_here")

CASES = {
    "patient": {"column": "case_id"},
    "columns": {"age": {"table": "cases", "variable": "age"}},
    "file": "cases.csv",
}
THREE = "case_id,age\n1,31\n2,33\n3,27\n"
VAS = {"vas": {"table": "visits", "variable": "vas"}}
MONTH = {"column": "month"}


def mapping(*sheets: dict[str, Any], words: Vocabulary = STANDARD) -> SheetsMapping:
    """A mapping as its file says it."""
    return SheetsMapping.from_json(json.dumps({"plro_sheets": 1, "sheets": list(sheets)}), words)


def took(*files: tuple[str, str | bytes], of: SheetsMapping, base: Any = None) -> Intake:
    handed = [File(name, text if isinstance(text, bytes) else text.encode()) for name, text in files]
    return read(handed, of.vocabulary, base, mapping=of)


def rows(intake: Intake, table: str, *names: str) -> list[tuple[Any, ...]]:
    """Some columns of a table, row by row."""
    assert intake.tables is not None, [finding.sentence for finding in intake.errors]
    return [tuple(row[name] for name in names) for row in intake.tables[table].to_pylist()]


def sentence(intake: Intake) -> str:
    assert intake.tables is None
    return intake.errors[0].sentence


# the paper's own table


def of_the_paper(file: str) -> dict[str, Any]:
    labs = {
        "Ca (mg/dL)": ("calcium", "mg/dL"),
        "Mg (mg/dL)": ("magnesium", ""),
        "Vit D (IU)": ("vitamin_d", ""),
        "ALP (U/L)": ("alp", "U/L"),
        "PTH (pg/mL)": ("pth", "pg/mL"),
    }
    visit = {"Baseline": 0, "1st month": 1, "3rd month": 3, "6th month": 6}
    columns = {
        head: {"table": "visits", "variable": name, "unit": unit, "missing": ["N/A"], "flags": True}
        for head, (name, unit) in labs.items()
    }
    return {
        "file": file,
        "patient": {"column": "Case", "carried": True},
        "visit": {"column": "Time", "words": visit},
        "columns": {"VAS": {"table": "visits", "variable": "vas", "missing": ["N/A"]}, **columns},
        "ignored": ["Other specific findings"],
    }


def printed_table() -> str:
    """Table II as it is printed, all its rows under its own heads."""
    heads = ("case", "time", "vas", "ca", "mg", "vit_d", "alp", "pth", "other_findings")
    named = ["Case", "Time", "VAS", "Ca (mg/dL)", "Mg (mg/dL)", "Vit D (IU)", "ALP (U/L)", "PTH (pg/mL)"]
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow([*named, "Other specific findings"])
    source = Path(__file__).parent.parent / "data" / "source" / "table2.csv"
    writer.writerows([row[head] for head in heads] for row in csv.DictReader(source.open(encoding="utf-8")))
    return text.getvalue()


def test_the_papers_second_table_typed_as_printed_gives_the_shipped_visits() -> None:
    source = read_source()
    ids = "case_id,age\n" + "".join(f"{row['case_id']},{row['age'] or ''}\n" for row in source["cases"].to_pylist())
    intake = took(("cases.csv", ids), ("Table II.csv", printed_table()), of=mapping(of_the_paper("Table II.csv")))
    assert intake.tables is not None, [finding.sentence for finding in intake.errors]
    assert intake.tables["visits"].num_rows == 40
    assert intake.tables["visits"].equals(source["visits"])


def test_a_flag_that_was_glued_to_its_value_is_kept_in_the_provenance() -> None:
    source = read_source()
    ids = "case_id,age\n" + "".join(f"{row['case_id']},\n" for row in source["cases"].to_pylist())
    intake = took(("cases.csv", ids), ("Table II.csv", printed_table()), of=mapping(of_the_paper("Table II.csv")))
    lines = rows(intake, "provenance", "key", "column", "verbatim")
    assert ("3/0", "calcium", "11.4↑") in lines


# layouts


def test_one_row_a_patient_gives_a_row_for_each_visit() -> None:
    head = ["Patient", "Age", "Smoking", "VAS 0", "VAS 1", "VAS 3", "VAS 6"]
    content = workbook([head, [1, 31, "no", 9, 5, 1, 0], [2, 33, "no", 8, 2, 2, 1]], "Sheet1")
    columns = {f"VAS {month}": {"table": "visits", "variable": "vas", "month": month} for month in (0, 1, 3, 6)}
    columns |= {name: {"table": "cases", "variable": name.lower()} for name in ("Age", "Smoking")}
    intake = took(("patients.xlsx", content), of=mapping({"patient": {"column": "Patient"}, "columns": columns}))
    found = rows(intake, "visits", "case_id", "month", "vas")
    assert found == [(1, 0, 9), (1, 1, 5), (1, 3, 1), (1, 6, 0), (2, 0, 8), (2, 1, 2), (2, 3, 2), (2, 6, 1)]
    assert rows(intake, "cases", "case_id", "age", "smoking") == [(1, 31, False), (2, 33, False)]


LONG = """USUBJID,LBTESTCD,LBORRES,LBORRESU,VISIT
1,CA,8.9,mg/dL,BASELINE
1,PTH,36,{unit},BASELINE
"""
OF_LONG = {
    "file": "lb.csv",
    "patient": {"column": "USUBJID"},
    "visit": {"column": "VISIT", "words": {"BASELINE": 0}},
    "tests": {
        "column": "LBTESTCD",
        "value": "LBORRES",
        "unit": "LBORRESU",
        "results": {
            "CA": {"table": "visits", "variable": "calcium"},
            "PTH": {"table": "visits", "variable": "pth"},
        },
    },
}


@pytest.mark.parametrize(("unit", "pth"), [("pg/mL", 36.0), ("ng/L", 36.0), ("pmol/L", 339.3)])
def test_one_row_a_measurement_is_read_by_its_test_in_its_unit(unit: str, pth: float) -> None:
    intake = took(("cases.csv", THREE), ("lb.csv", LONG.format(unit=unit)), of=mapping(OF_LONG))
    assert rows(intake, "visits", "case_id", "month", "calcium", "pth") == [(1, 0, 8.9, pth)]


def test_a_unit_that_cannot_be_converted_is_refused_by_cell() -> None:
    said = sentence(took(("cases.csv", THREE), ("lb.csv", LONG.format(unit="mg/L")), of=mapping(OF_LONG)))
    assert said == "lb.csv, C3, LBORRES: “36”; in mg/L, which cannot be made pg/mL."


def test_two_results_of_one_test_at_one_visit_are_refused() -> None:
    text = LONG.format(unit="pg/mL") + "1,CA,9.1,mg/dL,BASELINE\n"
    assert "expected one calcium" in sentence(took(("cases.csv", THREE), ("lb.csv", text), of=mapping(OF_LONG)))


def test_a_test_that_the_mapping_does_not_know_is_named() -> None:
    text = LONG.format(unit="pg/mL") + "1,GLUC,90,mg/dL,BASELINE\n"
    said = sentence(took(("cases.csv", THREE), ("lb.csv", text), of=mapping(OF_LONG)))
    assert said.startswith("lb.csv, B4, LBTESTCD: “GLUC”; a test that the mapping does not know")


# titles and footers


def test_titles_above_and_footers_below_a_table_are_left_out() -> None:
    text = 'Table 1\ncase_id,age,t_l1_l4\n1,31,-2.9\n2,33,-3.0\nMean ± SD,32.0 ± 1.4,-2.95\n"* N/A: not available"\n'
    of = {**CASES, "head_row": 2, "footers": ["Mean ± SD"]}
    of["columns"] = {name: {"table": "cases", "variable": name} for name in ("age", "t_l1_l4")}
    intake = took(("cases.csv", text), of=mapping(of))
    assert rows(intake, "cases", "case_id", "age", "t_l1_l4") == [(1, 31, -2.9), (2, 33, -3.0)]
    assert rows(intake, "provenance", "source")[0] == ("cases.csv, row 3, case_id",)


def test_a_merged_title_above_the_head_is_no_fault_and_one_in_the_table_is() -> None:
    content = [["Patients 2010-2019"], [], ["case_id", "age"], [1, 31], [2, 33]]

    def merged(first: int, last: int) -> bytes:
        return workbook(content, "cases", lambda book, page: page.merge_range(first, 0, last, 1, "Patients 2010-2019"))

    of = mapping({**CASES, "file": "book.xlsx", "sheet": "cases", "head_row": 3})
    assert rows(took(("book.xlsx", merged(0, 0)), of=of), "cases", "case_id", "age") == [(1, 31), (2, 33)]
    assert "one merged cell" in sentence(took(("book.xlsx", merged(3, 3)), of=of))


# visits


def visits_of(text: str, visit: dict[str, Any], *more: str, **parts: Any) -> Intake:
    one = {"file": "visits.csv", "patient": {"column": "case_id"}, "visit": visit, "columns": VAS, **parts}
    return took(("cases.csv", THREE), ("visits.csv", text), of=mapping(one))


def test_words_for_visits_are_months() -> None:
    words = {"Baseline": 0, "1st month": 1, "M3": 3, "3. ay": 3, "6 months": 6}
    text = "case_id,month,vas\n1,Baseline,9\n1,1st month,5\n1,M3,1\n1,6 months,0\n2,Baseline,8\n2,3. ay,2\n"
    found = rows(visits_of(text, {"column": "month", "words": words}), "visits", "case_id", "month", "vas")
    assert found == [(1, 0, 9), (1, 1, 5), (1, 3, 1), (1, 6, 0), (2, 0, 8), (2, 3, 2)]


def test_another_word_for_a_visit_is_refused() -> None:
    said = sentence(visits_of("case_id,month,vas\n1,later,9\n", {"column": "month", "words": {"Baseline": 0}}))
    assert said == "visits.csv, B2, month: “later”; no word for a visit in the mapping; expected “Baseline”."


def test_two_words_of_a_patient_for_one_month_are_refused() -> None:
    words = {"Baseline": 0, "Day 0": 0}
    text = "case_id,month,vas\n1,Baseline,9\n1,Day 0,9\n"
    assert "a second visit of the patient at month 0" in sentence(visits_of(text, {"column": "month", "words": words}))


WITH_DAY = Vocabulary(parse('use = ["day"]'))
BASELINE = "case_id,age,date_of_diagnosis\n1,31,12.03.2019\n"
DATED = "case_id,visit_date,vas\n1,12.03.2019,9\n1,14.04.2019,5\n1,10.06.2019,1\n"


def dated(text: str, baseline: str = "date_of_diagnosis", cases: str = BASELINE) -> Intake:
    of = mapping(
        {**CASES, "ignored": ["date_of_diagnosis"]},
        {
            "file": "visits.csv",
            "patient": {"column": "case_id"},
            "visit": {"column": "visit_date", "dates": "dmy", "baseline": baseline},
            "columns": VAS,
        },
        words=WITH_DAY,
    )
    return took(("cases.csv", cases), ("visits.csv", text), of=of)


@pytest.mark.parametrize("baseline", ["date_of_diagnosis", ""])
def test_dates_become_days_and_the_nearest_planned_months_and_are_not_stored(baseline: str) -> None:
    intake = dated(DATED, baseline)
    assert rows(intake, "visits", "month", "day", "vas") == [(0, 0, 9), (1, 33, 5), (3, 90, 1)]
    assert intake.tables is not None
    assert not any("2019" in str(table.to_pylist()) for table in intake.tables.values())


@pytest.mark.parametrize(
    ("date", "said"),
    [
        ("11.03.2019", "B2, visit_date: a date before the one that visits are counted from"),
        ("31.02.2019", "B2, visit_date: no date"),
        ("12.03.19", "B2, visit_date: no date"),
        ("12.03.2025", "near to no planned visit"),
    ],
)
def test_a_date_that_is_none_or_before_baseline_or_far_from_any_visit_is_refused(date: str, said: str) -> None:
    intake = dated(f"case_id,visit_date,vas\n1,{date},9\n")
    assert said in sentence(intake)
    assert date not in " ".join(finding.sentence for finding in intake.findings)


def test_the_baseline_is_read_in_the_order_of_the_visits_dates_in_another_sheet_too() -> None:
    visit = {"column": "visit_date", "dates": "mdy", "baseline": "date_of_diagnosis"}
    one = {"file": "visits.csv", "patient": {"column": "case_id"}, "visit": visit, "columns": VAS}
    of = mapping({**CASES, "ignored": ["date_of_diagnosis"]}, one, words=WITH_DAY)
    cases, visits = BASELINE.replace("12.03.2019", "03/12/2019"), "case_id,visit_date,vas\n1,04/14/2019,5\n"
    assert rows(took(("cases.csv", cases), ("visits.csv", visits), of=of), "visits", "month", "day") == [(1, 33)]


def test_two_dates_of_a_patient_near_one_planned_month_are_refused() -> None:
    text = "case_id,visit_date,vas\n1,12.03.2019,9\n1,15.03.2019,5\n"
    assert "a second visit of the patient at month 0, beside B2" in sentence(dated(text))


# codes, missing, units, limits


def cases_with(text: str, **columns: dict[str, Any]) -> Intake:
    targets = {name: {"table": "cases", "variable": name, **said} for name, said in columns.items()}
    return took(("cases.csv", text), of=mapping({**CASES, "columns": targets}))


def test_codes_are_levels_and_another_code_is_refused() -> None:
    yes_no = {"codes": {"Evet": "yes", "1": "yes", "TRUE": "yes", "Hayır": "no", "0": "no"}}
    text = "case_id,smoking\n1,Evet\n2,0\n3,TRUE\n"
    assert rows(cases_with(text, smoking=yes_no), "cases", "smoking") == [(True,), (False,), (True,)]
    said = sentence(cases_with(text + "4,maybe\n", smoking=yes_no))
    assert said.startswith("cases.csv, B5, smoking: “maybe”; no code of the mapping; expected one of “Evet”")


def test_words_and_codes_for_missing_are_empty_cells_of_their_column_only() -> None:
    text = "case_id,age,weeks_postpartum\n1,31,99\n2,n.d.,4\n"
    intake = cases_with(text, age={"missing": ["n.d."]}, weeks_postpartum={"missing": ["99"]})
    assert rows(intake, "cases", "age", "weeks_postpartum") == [(31, None), (None, 4)]
    assert "n.d." in sentence(cases_with(text, age={}, weeks_postpartum={"missing": ["99", "n.d."]}))


def lab(cell: str, variable: str = "vitamin_d", **said: Any) -> Intake:
    columns = {"x": {"table": "visits", "variable": variable, **said}}
    one = {"file": "visits.csv", "patient": {"column": "case_id"}, "visit": MONTH, "columns": columns}
    return took(("cases.csv", THREE), ("visits.csv", f"case_id,month,x\n1,0,{cell}\n"), of=mapping(one))


@pytest.mark.parametrize(
    ("variable", "unit", "cell", "value"),
    [
        ("vitamin_d", "nmol/L", "55", 22.0),
        ("vitamin_d", "µg/L", "31.3", 31.3),
        ("calcium", "mg/100 mL", "8.9", 8.9),
        ("calcium", "mmol/L", "2.22", 8.9),
        ("alp", "IU/L", "102", 102),
        ("vas", "mm", "80", 8),
    ],
)
def test_values_in_another_unit_are_those_of_the_variable(variable: str, unit: str, cell: str, value: float) -> None:
    assert rows(lab(cell, variable, unit=unit), "visits", variable) == [(value,)]


def test_half_points_of_a_scale_in_millimetres_are_refused_not_rounded() -> None:
    assert "not a whole number" in sentence(lab("85", "vas", unit="mm"))


def test_a_limit_of_measurement_is_left_out_on_the_record_only_where_the_mapping_says_so() -> None:
    intake = lab("<10", limits=True)
    assert rows(intake, "visits", "vitamin_d") == [(None,)]
    assert ("vitamin_d", "<10", "parsed") in rows(intake, "provenance", "column", "verbatim", "status")
    assert "“<10”; no number" in sentence(lab("<10"))


# patients


def test_other_ids_are_numbered_and_kept_where_the_registry_declares_it() -> None:
    words = Vocabulary(parse('use = ["source_id"]'))
    cases = {**CASES, "ignored": ["source_id"]}
    visits = {"file": "visits.csv", "patient": {"column": "case_id"}, "visit": MONTH, "columns": VAS}
    files = (("cases.csv", "case_id,source_id,age\nP01,P01,31\nPLO-002,PLO-002,33\n"),)
    files = (*files, ("visits.csv", "case_id,month,vas\nPLO-002,0,9\n"))
    intake = took(*files, of=mapping(cases, visits, words=words))
    assert rows(intake, "cases", "case_id", "source_id", "age") == [(1, "P01", 31), (2, "PLO-002", 33)]
    assert rows(intake, "visits", "case_id", "vas") == [(2, 9)]
    again = took(
        ("cases.csv", "case_id,source_id,age\nNEW,NEW,40\nP01,P01,31\n"),
        of=mapping(cases, words=words),
        base=intake.tables,
    )
    assert rows(again, "cases", "case_id", "source_id") == [(1, "P01"), (2, "PLO-002"), (3, "NEW")]


def test_patients_that_are_numbered_here_are_none_of_a_sheet_that_tells_its_own_by_number() -> None:
    """P-3 would become patient 1, and somebody else is patient 1 of the other sheet."""
    visits = {"file": "visits.csv", "patient": {"column": "id", "numbered": True}, "visit": MONTH, "columns": VAS}
    said = sentence(took(("cases.csv", THREE), ("visits.csv", "id,month,vas\nP-3,0,9\n"), of=mapping(visits)))
    assert said.startswith("cases.csv: the sheet tells patients by number, and the mapping numbers those of the others")
    assert "(“P-3” is 1)" in said


TWO = (("ankara.csv", "case_id,age\n1,29\n2,24\n"), ("istanbul.csv", "case_id,age\n1,31\n2,33\n"))


def of_two(**patient: Any) -> SheetsMapping:
    return mapping(
        *(
            {**CASES, "file": f"{name}.csv", "patient": {"column": "case_id", "centre": name, **patient}}
            for name in ("ankara", "istanbul")
        )
    )


def test_two_centres_that_count_alike_are_joined_by_centre_and_number() -> None:
    intake = took(*TWO, of=of_two(numbered=True))
    assert rows(intake, "cases", "case_id", "age") == [(1, 29), (2, 24), (3, 31), (4, 33)]


def test_numbers_that_nothing_keeps_are_not_given_a_second_time() -> None:
    first = took(*TWO, of=of_two(numbered=True))
    assert "source_id" in sentence(took(*TWO, of=of_two(numbered=True), base=first.tables))
    assert "source_id" in sentence(took(*TWO, of=of_two()))


def test_a_flag_beside_a_number_in_any_usual_way_is_taken_off() -> None:
    for cell, flag in (("6.2 (L)", "L"), ("6.2L", "L"), ("6.2↑", "H")):
        assert rows(lab(cell, "calcium", flags=True), "visits", "calcium", "calcium_flag") == [(6.2, flag)]


# what does not fit


def test_a_column_that_the_mapping_does_not_know_is_named_unless_the_rest_is_left_out() -> None:
    text = "case_id,age,note\n1,31,x\n"
    assert "C1, note: “note”; the column is not in the mapping" in sentence(
        took(("cases.csv", text), of=mapping(CASES))
    )
    assert rows(took(("cases.csv", text), of=mapping({**CASES, "rest": True})), "cases", "age") == [(31,)]


def test_a_mapping_that_was_made_for_another_file_is_refused() -> None:
    said = sentence(took(("cases.csv", "id,years\n1,31\n"), of=mapping(CASES)))
    assert "the sheet has no column “age”" in said
    said = sentence(took(("other.csv", "id,years\n1,31\n"), of=mapping(CASES)))
    assert "the mapping speaks of none of these sheets" in said


def test_next_months_file_is_known_by_its_columns() -> None:
    assert rows(took(("october.csv", THREE), of=mapping(CASES)), "cases", "age") == [(31,), (33,), (27,)]


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        (
            {"columns": {"a": {"table": "cases", "variable": "age"}, "b": {"table": "cases", "variable": "age"}}},
            "both give",
        ),
        ({"columns": {"a": {"table": "visits", "variable": "vas"}}}, "belongs to a visit"),
        ({"columns": {"a": {"table": "visits", "variable": "pth", "month": 2}}}, "no planned month"),
        ({"columns": {"a": {"table": "visits", "variable": "pth", "month": 1, "unit": "mg"}}}, "cannot be made pth"),
        (
            {"columns": {"a": {"table": "cases", "variable": "smoking", "codes": {"1": "often"}}}},
            "not a level of smoking",
        ),
        ({"columns": {"a": {"table": "cases", "variable": "age", "months": 2}}}, "not a part of a"),
        ({"columns": {"a": {"table": "cases", "variable": "shoe"}}}, "not a column of cases"),
        ({"columns": {"a": {"table": "cases", "variable": "case_id"}}}, "which “patient” and “visit” tell"),
        ({"ignored": ["case_id"]}, "two meanings"),
        ({"head_row": 0}, "expected the number of a row"),
        ({"head_row": True}, "not a whole number"),
        ({"visit": {"column": "t", "dates": "dym"}}, "expected dmy, mdy or ymd"),
    ],
)
def test_a_mapping_that_says_what_cannot_be_is_refused(parts: dict[str, Any], said: str) -> None:
    with pytest.raises(MappingProblem, match=said):
        mapping({**CASES, **parts})


# its file


def test_a_mapping_comes_back_from_its_file_and_from_the_registry(tmp_path: Path) -> None:
    one = mapping(of_the_paper("Table II.csv"), OF_LONG, {**CASES, "footers": ["Mean"], "rest": True, "head_row": 2})
    assert SheetsMapping.from_json(one.json, STANDARD) == one
    keep_mapping(tmp_path, "paper", one)
    assert kept_mappings(tmp_path, STANDARD) == ({"paper": one}, ())


def test_the_command_line_takes_the_mapping_of_any_sheet(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "map.json").write_text(json.dumps({"plro_sheets": 1, "sheets": [{**CASES, "head_row": 2}]}))
    (tmp_path / "cases.csv").write_text("Our patients\n" + THREE)
    files = [str(tmp_path / "cases.csv"), "--registry", str(tmp_path / "new")]
    assert main(["check", *files, "--mapping", str(tmp_path / "map.json")]) == 0
    assert "0 errors" in capsys.readouterr().out


# units


def test_a_first_line_that_says_what_stands_between_cells_is_no_head() -> None:
    intake = read([File("cases.csv", b"sep=;\ncase_id;age\n1;31\n2;33\n")], STANDARD)
    assert rows(intake, "cases", "case_id", "age") == [(1, 31), (2, 33)]
    assert rows(intake, "provenance", "source")[0] == ("cases.csv, row 3, case_id",)


HEAD_62 = "Calcium (mg/dl),25(OH) vitamin D (µg/L),Alkaline phosphatase (IU/L),Parathyroid hormone (ng/L)"


def test_equal_units_in_other_words_are_read_and_said_and_others_are_not() -> None:
    def of(head: str) -> Intake:
        text = f"case_id,month,{head}\n1,0,8.9,31.3,102,36\n"
        return read([File("cases.csv", THREE.encode()), File("visits.csv", text.encode())], STANDARD)

    intake = of(HEAD_62)
    assert rows(intake, "visits", "calcium", "vitamin_d", "alp", "pth") == [(8.9, 31.3, 102, 36)]
    said = [one.message for one in intake.warnings if one.rule == "equal_unit"]
    assert said[0] == "its unit is ng/mL in other words; the values are read as they stand."
    assert len(said) == 3
    assert "calcium has the unit mg/dL" in sentence(of(HEAD_62.replace("mg/dl", "mmol/L")))


# any sheet

VALUES = st.dictionaries(
    st.tuples(st.integers(1, 9), st.sampled_from((0, 1, 3, 6))),
    st.tuples(st.integers(0, 10), st.integers(60, 110).map(lambda tenths: tenths / 10)),
    min_size=1,
    max_size=8,
)
HEADS = st.lists(
    st.text("abcdefgh ()%", min_size=1, max_size=8).map(str.strip).filter(bool), min_size=4, max_size=4, unique=True
)


@settings(max_examples=25, deadline=None)
@given(VALUES, HEADS, st.integers(0, 3), st.sampled_from((",", ";", "\t")), st.booleans())
def test_any_sheet_that_a_mapping_describes_comes_back_equal(
    values: dict[tuple[int, int], tuple[int, float]], heads: list[str], titles: int, mark: str, sparse: bool
) -> None:
    who, when, pain, lime = (f"{head} {at}" for at, head in enumerate(heads))
    words = {0: "start", 1: "first", 3: "third", 6: "last"}
    text = StringIO()
    writer = csv.writer(text, delimiter=mark)
    writer.writerows([[f"title {at}"] for at in range(titles)])
    writer.writerow([who, when, pain, lime])
    before = 0
    for (patient, month), (vas, calcium) in sorted(values.items()):
        writer.writerow(["" if sparse and patient == before else patient, words[month], vas, calcium])
        before = patient
    one = {
        "file": "sheet.csv",
        "head_row": titles + 1,
        "patient": {"column": who, "carried": sparse},
        "visit": {"column": when, "words": {word: month for month, word in words.items()}},
        "columns": {
            pain: {"table": "visits", "variable": "vas"},
            lime: {"table": "visits", "variable": "calcium", "unit": "mg/dL"},
        },
    }
    patients = "case_id,age\n" + "".join(f"{patient},30\n" for patient in range(1, 10))
    intake = took(("cases.csv", patients), ("sheet.csv", text.getvalue()), of=mapping(one))
    expected = [(*key, *cells) for key, cells in sorted(values.items())]
    assert rows(intake, "visits", "case_id", "month", "vas", "calcium") == expected
