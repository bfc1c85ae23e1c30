"""What is proposed for a sheet that is not laid out like the template, what is asked, and what the answers make of it."""

from datetime import datetime
from typing import Any

import pytest

from plro_core.intake import File
from plro_core.intake.redcap.mapping import MappingProblem
from plro_core.intake.sheets.editing import Editing, begun, reheaded, resumed, unlike_template
from plro_core.intake.sheets.mapping import SheetMapping, SheetsMapping, Target
from plro_core.intake.sheets.proposal import Proposal, answered, proposals, with_column
from plro_core.intake.sheets.sample import samples
from plro_core.vocabulary import STANDARD, Vocabulary, parse
from tests.intake_files import workbook
from tests.test_sheet_mappings import CASES, THREE, mapping, of_the_paper, printed_table, rows, sentence, took

pytestmark = pytest.mark.usefixtures("read_here")


def proposed(name: str, text: str | bytes) -> Proposal:
    content = text if isinstance(text, bytes) else text.encode()
    (found,) = proposals([File(name, content)], STANDARD, {})
    return found


def all_answered(found: Proposal, **said: str) -> SheetMapping:
    """The mapping after each kind of question got its answer."""
    while found.questions:
        found = answered(found, found.questions[0], said[found.questions[0].kind], STANDARD)
    return found.mapping


def test_of_the_papers_table_all_is_proposed_but_what_only_a_person_knows() -> None:
    found = proposed("Table II.csv", printed_table())
    assert found.mapping.patient.carried
    assert found.mapping.visit is not None
    assert found.mapping.visit.words == {"Baseline": 0, "1st month": 1, "3rd month": 3, "6th month": 6}
    asked = {(question.kind, question.column) for question in found.questions}
    assert ("column", "Other specific findings") in asked
    assert ("column", "Vit D (IU)") in asked  # no such unit
    assert ("missing", "ALP (U/L)") in asked
    assert ("flags", "ALP (U/L)") in asked
    assert set(found.mapping.columns) | {column for _, column in asked} >= set(of_the_paper("")["columns"])


def test_short_heads_are_proposed_and_their_unit_is_asked() -> None:
    found = proposed("visits.csv", "Patient,Month,VAS,Ca,Mg,25(OH)D,ALP\n1,0,9,8.9,4.1,46,50\n")
    assert {head: target.variable for head, target in found.mapping.columns.items()} == {
        "VAS": "vas", "Ca": "calcium", "Mg": "magnesium", "25(OH)D": "vitamin_d", "ALP": "alp"
    }  # fmt: skip
    assert [(one.kind, one.column) for one in found.questions] == [("unit", head) for head in ("Ca", "25(OH)D", "ALP")]


def test_months_in_heads_are_proposed_and_numbers_of_visits_are_asked() -> None:
    wide = proposed("patients.csv", "Patient,VAS 0,VAS 1,VAS 3,VAS 6\n1,9,5,1,0\n").mapping
    assert [target.month for target in wide.columns.values()] == [0, 1, 3, 6]
    numbered = proposed("patients.csv", "Patient,VAS 1,VAS 2,VAS 3,VAS 4\n1,9,5,1,0\n")
    assert not numbered.mapping.columns
    assert [one.kind for one in numbered.questions] == ["column"] * 4


def test_a_head_below_titles_is_found() -> None:
    assert proposed("cases.csv", "Table 1\n" + THREE).mapping.head_row == 2
    content = workbook([["Patients 2010-2019"], [], ["case_id", "age"], [1, 31]], "cases")
    assert proposed("book.xlsx", content).mapping.head_row == 3


def test_answers_make_a_mapping_that_reads_the_sheet() -> None:
    text = "Hasta No,smoking,age,Renk\n1,Evet,31,x\n2,Evet,n.d.,y\n"
    found = proposed("cases.csv", text)
    assert [(one.kind, one.column, one.count) for one in found.questions] == [
        ("codes", "smoking", 2), ("missing", "age", 1), ("column", "Renk", 2)
    ]  # fmt: skip
    assert "“Evet” yes?" in found.questions[0].sentence
    whole = SheetsMapping((all_answered(found, codes="yes", missing="yes", column="left out"),), vocabulary=STANDARD)
    assert rows(took(("cases.csv", text), of=whole), "cases", "smoking", "age") == [(True, 31), (True, None)]


# all sheets together

SAID = {"new": "yes", "flags": "yes", "missing": "yes", "limits": "yes", "footer": "yes", "centre": "yes", "ids": "yes"}


def edited(*files: tuple[str, str | bytes], words: Vocabulary = STANDARD, known: bool = True) -> Editing:
    """The proposals for all sheets of some files; ``known`` says that the registry knows the patients."""
    handed = [File(name, text if isinstance(text, bytes) else text.encode()) for name, text in files]
    found = begun(handed, words, {}, frozenset((file.name, "") for file in handed), alone=not known)
    assert found
    return found


def through(editing: Editing, **said: str) -> Editing:
    """All questions answered by their kind, or with what is guessed."""
    while editing.questions:
        at, question = editing.questions[0]
        choice = {**SAID, **said}.get(question.kind) or question.guess
        editing = editing.answered(at, question, choice)
    return editing


def test_the_papers_table_alone_gives_forty_visits_of_ten_new_patients() -> None:
    from plro_core.series.transcription import read_source

    start = edited(("Table II.csv", printed_table()), known=False)
    columns = [one for _, one in start.questions if one.kind == "column"]
    assert [(one.column, one.guess) for one in columns] == [
        ("Vit D (IU)", "visits.vitamin_d"), ("Other specific findings", "")
    ]  # fmt: skip
    start = start.answered(0, columns[0], columns[0].guess).rest_left_out()
    of = through(start, unit="ng/mL").mapping
    intake = took(("Table II.csv", printed_table()), of=of)
    assert intake.tables is not None
    assert intake.tables["visits"].equals(read_source()["visits"])
    assert rows(intake, "cases", "case_id") == [(number,) for number in range(1, 11)]


def test_patients_of_the_registry_are_no_new_ones() -> None:
    of = through(edited(("v.csv", "Patient,Month,VAS\n1,0,9\n9,0,8\n"), known=False)).mapping
    assert of.sheets[0].patient.new
    first = took(("cases.csv", "case_id,age\n1,31\n"), of=mapping(CASES))
    intake = took(("v.csv", "Patient,Month,VAS\n1,0,9\n9,0,8\n"), of=of, base=first.tables)
    assert rows(intake, "cases", "case_id", "age") == [(1, 31), (9, None)]


WIDE = "Patient,Age,Date 1,VAS 1,Date 2,VAS 2,Date 3,VAS 3\n1,31,12.03.2019,9,14.04.2019,5,,\n2,33,25.03.2019,8,,,20.06.2019,2\n"


def test_a_wide_sheet_with_dates_gives_a_visit_at_each_date() -> None:
    found = through(edited(("wide.csv", WIDE), words=Vocabulary(parse('use = ["day"]'))))
    assert found.mapping.sheets[0].columns["VAS 2"] == Target("visits", "vas", date="Date 2")
    intake = took(("wide.csv", WIDE), of=found.mapping)
    assert rows(intake, "visits", "case_id", "month", "day", "vas") == [
        (1, 0, 0, 9), (1, 1, 33, 5), (2, 0, 0, 8), (2, 3, 87, 2)
    ]  # fmt: skip
    assert intake.tables is not None
    assert not any("2019" in str(table.to_pylist()) for table in intake.tables.values())
    assert SheetsMapping.from_json(found.mapping.json, found.vocabulary) == found.mapping


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("14.04.2019", "", "E2, Date 2: no date, beside values of that visit"),
        ("14.04.2019", "14.04.2018", "E2, Date 2: a date before the one that visits are counted from"),
        ("14.04.2019", "15.03.2019", "E2, Date 2: a second visit of the patient at month 0, beside C2"),
        ("14.04.2019", "soon", "E2, Date 2: no date"),
    ],
)
def test_a_date_of_a_wide_sheet_that_is_none_or_too_early_or_a_second_one_is_refused(
    old: str, new: str, said: str
) -> None:
    of = through(edited(("wide.csv", WIDE))).mapping
    found = took(("wide.csv", WIDE.replace(old, new)), of=of)
    assert said in sentence(found)
    assert not new or new not in " ".join(finding.sentence for finding in found.findings)


def test_dates_whose_order_nobody_can_tell_are_asked_and_dates_of_a_workbook_are_not() -> None:
    text = "Patient,visit_date,VAS\n1,03.04.2019,9\n1,05.06.2019,5\n"
    assert [one.kind for _, one in edited(("v.csv", text)).questions] == ["order"]
    assert not edited(("v.csv", text.replace("05.06", "25.06"))).questions
    table = [["Patient", "visit_date", "VAS"], [1, datetime(2019, 4, 3), 9], [1, datetime(2019, 6, 5), 5]]
    assert not edited(("v.xlsx", workbook(table, "v"))).questions


def test_visits_may_be_counted_from_a_date_in_another_sheet() -> None:
    files = (
        ("cases.csv", "case_id,age,delivered\n1,31,01.01.2019\n"),
        ("v.csv", "case_id,seen,vas\n1,31.01.2019,9\n1,30.03.2019,5\n"),
    )
    found = edited(*files)
    assert found.mapping.sheets[0].ignored == ("delivered",)
    ((at, question),) = [(at, one) for at, one in found.questions if one.kind == "baseline"]
    assert question.choices == ("each patient's first date", "delivered")
    of = found.answered(at, question, "delivered").mapping
    assert rows(took(*files, of=of), "visits", "month", "vas") == [(1, 9), (3, 5)]


def test_two_files_that_count_alike_are_asked_once_about() -> None:
    files = (("ankara.csv", "case_id,age\n1,29\n2,24\n"), ("istanbul.csv", "case_id,age\n1,31\n2,33\n"))
    found = edited(*files)
    of = found.answered(*found.questions[0], "yes")
    assert not of.questions
    assert rows(took(*files, of=of.mapping), "cases", "case_id", "age") == [(1, 29), (2, 24), (3, 31), (4, 33)]


LB = (
    "STUDYID,USUBJID,LBTESTCD,LBORRES,LBORRESU,VISIT\nPLO,1,CA,8.9,mg/dL,BASELINE\nPLO,1,PTH,36,pg/mL,BASELINE\n"
    "PLO,1,GLUC,90,mg/dL,BASELINE\n"
)


def test_a_sheet_with_one_row_a_measurement_is_proposed_by_its_tests() -> None:
    found = edited(("lb.csv", LB))
    assert [(one.kind, one.column) for _, one in found.questions] == [("test", "GLUC")]
    of = found.rest_left_out()
    assert not of.questions
    read = took(("cases.csv", THREE), ("lb.csv", LB), of=of.mapping)
    assert rows(read, "visits", "case_id", "month", "calcium", "pth") == [(1, 0, 8.9, 36.0)]


def test_a_sheet_without_a_patient_is_asked_about_and_left_out_on_the_record() -> None:
    def notes(book: Any, _: Any) -> None:
        page = book.add_worksheet("Notes")
        for row, words in enumerate((("Who", "What"), ("me", "called"))):
            page.write_row(row, 0, words)

    book = workbook([["case_id", "age"], [1, 31]], "cases", notes)
    found = edited(("book.xlsx", book))
    ((at, question),) = found.questions
    with pytest.raises(MappingProblem, match="No column of “Notes” tells the patient yet"):
        _ = found.mapping
    of = found.answered(at, question, "left out").mapping
    read = took(("book.xlsx", book), of=of)
    assert [one.sentence for one in read.warnings if one.rule == "left_out"] == [
        "book.xlsx, sheet Notes: the mapping leaves the sheet out."
    ]
    assert SheetsMapping.from_json(of.json, STANDARD) == of
    said = found.answered(at, question, "Who")
    assert [one.column for _, one in said.questions if one.kind == "column"] == ["What"]


def test_a_footer_is_asked_about_and_a_merged_title_is_no_fault() -> None:
    text = 'case_id,age\n1,31\n2,33\nMean,32\n"* N/A: not available",\n'
    found = edited(("cases.csv", text))
    assert [(one.kind, one.words) for _, one in found.questions] == [("footer", ("Mean",))]
    assert rows(took(("cases.csv", text), of=through(found).mapping), "cases", "age") == [(31,), (33,)]
    book = workbook(
        [["Patients 2010-2019"], [], ["case_id", "age"], [1, 31]],
        "cases",
        lambda _, page: page.merge_range(0, 0, 0, 1, "x"),
    )
    assert edited(("book.xlsx", book)).mapping.sheets[0].head_row == 3


def test_the_row_of_the_head_can_be_said() -> None:
    text = "a,b\ncase_id,age\n1,31\n"
    files = [File("cases.csv", text.encode())]
    found = edited(("cases.csv", text))
    assert found.proposals[0].mapping.head_row == 2
    assert reheaded(found, 0, files, {}, 1).questions[0][1].kind == "patient"
    assert reheaded(reheaded(found, 0, files, {}, 1), 0, files, {}, 2) == found


def test_a_column_is_changed_by_hand_and_its_cells_are_asked_about_anew() -> None:
    found = edited(("v.csv", "Patient,Month,VAS,x\n1,0,9,n.d.\n"))
    one = with_column(found.proposals[0], "x", Target("visits", "pth"))
    changed = found.with_proposal(0, one)
    assert [one.kind for _, one in changed.questions] == ["unit", "missing"]
    assert not found.with_proposal(0, with_column(one, "x", None)).questions


def test_codes_may_mean_missing_and_the_words_of_the_template_go_on_to_mean_themselves() -> None:
    text = "case_id,smoking\n1,Evet\n2,-\n3,no\n"
    found = edited(("cases.csv", text))
    at, question = found.questions[0]
    assert question.guess == "yes;"
    target = found.answered(at, question, "yes;missing").mapping.sheets[0].columns["smoking"]
    assert (target.codes, target.missing) == ({"yes": "yes", "no": "no", "Evet": "yes"}, ("-",))


@pytest.mark.parametrize(
    ("cells", "asked"),
    [
        (("99", "4", "3"), ("99",)),
        (("haemolysed", "4", "3"), ("haemolysed",)),
        (("9", "4", "3"), ()),
    ],
)
def test_codes_and_words_that_are_no_number_are_asked_about(cells: tuple[str, ...], asked: tuple[str, ...]) -> None:
    text = "case_id,age,weeks_postpartum\n" + "".join(f"{at},30,{cell}\n" for at, cell in enumerate(cells, 1))
    found = [one.words for _, one in edited(("cases.csv", text)).questions if one.kind == "missing"]
    assert found == [asked] * bool(asked)


def test_a_kept_mapping_asks_nothing_of_next_months_file_but_what_is_new_in_it() -> None:
    of = mapping(of_the_paper("Table II.csv"))
    files = [File("October.csv", printed_table().encode())]
    found = resumed(files, STANDARD, {}, of)
    assert found
    assert not found.questions
    assert found.mapping.sheets[0].file == "October.csv"
    more = [
        File(
            "November.csv", printed_table().replace("6th month", "half a year").replace(",9,8.9,", ",9,n.d.,").encode()
        )
    ]
    again = resumed(more, STANDARD, {}, of)
    assert again
    assert [(one.kind, one.words) for _, one in again.questions] == [
        ("visit", ("half a year",)),
        ("missing", ("n.d.",)),
    ]
    assert resumed([File("x.csv", b"a,b\n1,2\n")], STANDARD, {}, of) is None


def test_a_column_whose_unit_only_the_mapping_names_is_doubted_once_its_values_would_fit_another() -> None:
    def doubts(head: str, *values: int) -> int:
        text = f"Patient,Month,{head}\n" + "".join(f"{at},0,{value}\n" for at, value in enumerate(values, 1))
        columns = {head: {"table": "visits", "variable": "vitamin_d", "unit": "ng/mL"}}
        of = mapping({"patient": {"column": "Patient"}, "visit": {"column": "Month"}, "columns": columns})
        found = took(("cases.csv", THREE), ("next.csv", text), of=of)
        return sum(finding.rule == "unit_doubt" for finding in found.warnings)

    assert doubts("25(OH)D", 15, 18, 21) == 0
    assert doubts("25(OH)D", 90, 95, 100) == 1
    assert doubts("25(OH)D (ng/mL)", 90, 95, 100) == 3  # whose unit is said: each value is doubted by itself


def test_a_sheet_like_the_template_is_not_read_through_the_mapping_of_another_one() -> None:
    files = (("cases.csv", "case_id,age,smoking\n1,31,yes\n"), ("more.csv", "case_id,age\n2,33\n"))
    one = {**CASES, "file": "more.csv"}
    assert rows(took(*files, of=mapping(one)), "cases", "case_id", "age", "smoking") == [(1, 31, True), (2, 33, None)]


def test_which_sheets_are_not_like_the_template() -> None:
    files = [File("cases.csv", THREE.encode()), File("v.csv", b"Patient,Month,Ca\n1,0,9\n")]
    assert unlike_template(files, STANDARD, {}) == (frozenset({("v.csv", "")}), True)


# first rows


def shown(editing: Editing) -> list[tuple[Any, ...]]:
    (found,) = samples(editing, {}, None)
    assert found
    return [row[1:] for row in found.rows]


def test_the_first_rows_show_what_is_stored_of_each_cell() -> None:
    text = "Case,Time,VAS,Ca (mg/dL),PTH (pg/mL)\n1,Baseline,9,11.4↑,N/A\n,M1,11,8.0,30\n"
    assert shown(through(edited(("t.csv", text)))) == [
        ("1", "Baseline → month 0", "9", "11.4↑ → 11.4, flag H", "N/A → empty"),
        ("— → 1", "M1 → month 1", "11 → not read", "8.0", "30"),
    ]


def test_a_column_that_is_not_decided_holds_up_no_other_in_the_first_rows() -> None:
    assert shown(edited(("t.csv", "Case,Time,VAS,x\n1,Baseline,9,y\n"))) == [("1", "Baseline → month 0", "9")]


def test_the_first_rows_of_measurements_and_of_dates_show_the_visit() -> None:
    assert shown(edited(("lb.csv", LB)).rest_left_out())[1] == ("1", "PTH", "36", "pg/mL", "BASELINE → month 0")
    words = Vocabulary(parse('use = ["day"]'))
    assert shown(edited(("wide.csv", WIDE), words=words))[0][2:6] == (
        "12.03.2019 → month 0, day 0", "9", "14.04.2019 → month 1, day 33", "5"
    )  # fmt: skip
