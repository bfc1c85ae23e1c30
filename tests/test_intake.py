"""Intake as its users see it: files that are right are read right, into a registry that becomes what they say."""

from typing import Any

import pyarrow as pa
import pytest

from plro_core.intake import Dialect, File, Intake, filled, read, template, template_files
from plro_core.problems import QueryProblem
from plro_core.series.transcription import read_source
from plro_core.store.publishing import parquet
from plro_core.vocabulary import STANDARD
from tests.intake_files import CASES, HEAD, ROW, cell, visits, workbook

pytestmark = pytest.mark.usefixtures("read_here")

GIVEN = ("cases", "visits", "symptoms", "treatments", "fractures", "imaging")
BASELINE = {"case_id": 1, "month": 0, "vas": 9, "calcium": 8.9, "calcium_flag": None, "vitamin_d": 46.0}


@pytest.fixture(scope="module")
def published() -> dict[str, pa.Table]:
    return read_source()


def read_visits(content: bytes, dialect: Dialect | None = None, name: str = "visits.csv") -> Intake:
    """A file of visits read beside a file of cases."""
    return read(
        [File("cases.csv", CASES.encode()), File(name, content)],
        STANDARD,
        dialects={name: dialect} if dialect else None,
    )


def rows(intake: Intake, table: str = "visits") -> list[dict[str, object]]:
    """The rows of a table without the cells that are missing in every row."""
    assert intake.tables is not None, [finding.sentence for finding in intake.errors]
    frame = intake.tables[table]
    return frame.select([name for name in frame.column_names if frame[name].null_count < frame.num_rows]).to_pylist()


def rules(intake: Intake) -> list[tuple[str, str]]:
    """Rule and cell of each warning but those on reference ranges."""
    return [(finding.rule, finding.cell) for finding in intake.warnings if finding.rule != "reference"]


def without_missing(row: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in row.items() if value is not None}


# the shipped registry


def test_the_shipped_registry_comes_back_from_a_workbook_byte_for_byte(published: dict[str, pa.Table]) -> None:
    intake = read([File("registry.xlsx", filled(STANDARD, published))], STANDARD)
    assert intake.errors == ()
    assert intake.tables is not None
    for name in GIVEN:
        assert intake.tables[name].equals(published[name])
        assert parquet(intake.tables[name]) == parquet(published[name])
    assert intake.given == GIVEN


def test_the_shipped_registry_comes_back_from_text(published: dict[str, pa.Table]) -> None:
    intake = read([File(name, content) for name, content in template_files(STANDARD, published).items()], STANDARD)
    assert intake.tables is not None
    assert all(intake.tables[name].equals(published[name]) for name in GIVEN)


def test_a_registry_read_into_itself_stays_what_it_is(published: dict[str, pa.Table]) -> None:
    intake = read([File("registry.xlsx", filled(STANDARD, published))], STANDARD, base=published)
    assert intake.tables is not None
    assert all(intake.tables[name].equals(published[name]) for name in (*GIVEN, "printed", "claims"))


# what is read right


def test_one_patient_with_one_visit() -> None:
    intake = read_visits(visits("1,0,9,8.9,,46"))
    assert rows(intake) == [without_missing(BASELINE)]
    assert rows(intake, "cases") == [{"case_id": 1, "age": 31, "t_l1_l4": -2.9}]
    assert rules(intake) == []


@pytest.mark.parametrize("format", ["xlsx", "csv"])
def test_an_empty_template_is_an_empty_registry(format: str) -> None:
    files = (
        [File("t.xlsx", template(STANDARD))]
        if format == "xlsx"
        else [File(n, c) for n, c in template_files(STANDARD).items()]
    )
    intake = read(files, STANDARD)
    assert intake.findings == ()
    assert intake.given == GIVEN
    assert intake.tables is not None
    assert all(frame.num_rows == 0 for frame in intake.tables.values())
    assert set(intake.tables) == {table.name for table in STANDARD.tables}


def test_cells_of_a_workbook() -> None:
    head = ["Patient", "month", "VAS", "calcium", "vitamin_d"]
    cases = read(
        [File("cases.csv", CASES.encode()), File("visits.xlsx", workbook([[*head[:2], "vas"], [1.0, 3.0, 9.0]]))],
        STANDARD,
    )
    assert rows(cases) == [{"case_id": 1, "month": 3, "vas": 9}]


def test_truth_values_and_words_in_a_workbook() -> None:
    content = workbook([["case_id", "smoking", "brace"], [1, True, "no"], [2, "yes", None]], "cases")
    assert rows(read([File("data.xlsx", content)], STANDARD), "cases") == [
        {"case_id": 1, "smoking": True, "brace": False},
        {"case_id": 2, "smoking": True, "brace": None},
    ]


def test_empty_rows_and_an_empty_sheet_are_passed_over() -> None:
    content = workbook([[], [], HEAD, [], ROW, [], []], "Visits", lambda book, page: book.add_worksheet("Sheet2"))
    intake = read_visits(content, name="data.xlsx")
    assert [row["vas"] for row in rows(intake)] == [9]
    assert intake.tables is not None
    assert "data.xlsx, sheet Visits, row 5, month" in intake.tables["provenance"]["source"].to_pylist()


RIGHT = [
    ("label in place of the code", cell("calcium_flag", "High"), "calcium_flag", "H", [("flag", "E2")]),
    ("name of the visit", cell("month", "Baseline"), "month", 0, []),
    ("blanks around a number", cell("calcium", " 8.9 "), "calcium", 8.9, [("whitespace", "D2")]),
    ("a blank that does not break", cell("calcium", "8.9\xa0"), "calcium", 8.9, [("whitespace", "D2")]),
    ("zeros at the end", cell("calcium", "8.900000"), "calcium", 8.9, []),
    ("a whole number with a zero", cell("vas", "9.0"), "vas", 9, []),
    ("nothing", cell("calcium", ""), "calcium", None, []),
    ("only blanks", cell("calcium", "  "), "calcium", None, [("whitespace", "D2")]),
    ("capitals in heads", cell("vas", "9").replace(b"vas", b"VAS"), "vas", 9, []),
    ("a label as head", cell("vas", "9").replace(b"vas", b"Pain (VAS)"), "vas", 9, []),
    ("a unit in the head", cell("calcium", "8.9").replace(b"calcium,", b"calcium (mg/dl),"), "calcium", 8.9, []),
    ("label and unit", cell("vitamin_d", "46").replace(b"vitamin_d", b"25(OH) Vitamin D [ng/mL]"), "vitamin_d", 46.0, []),
    ("a byte order mark", b"\xef\xbb\xbf" + cell("vas", "9"), "vas", 9, []),
    ("carriage returns and line feeds", cell("vas", "9").replace(b"\n", b"\r\n"), "vas", 9, []),
    ("blank lines", cell("vas", "9").replace(b"\n", b"\n\n") + b"\n,,,,,\n", "vas", 9, []),
    ("no line end", cell("vas", "9").rstrip(), "vas", 9, []),
]  # fmt: skip


def test_a_sheet_of_notes_beside_the_data_is_left_out_with_a_word() -> None:
    def notes(book: Any, page: Any) -> None:
        book.add_worksheet("Notes").write_column(0, 0, ["Seen by Dr A", "Call back"])

    intake = read([File("cases.csv", CASES.encode()), File("visits.xlsx", workbook([HEAD, ROW], more=notes))], STANDARD)
    assert intake.tables is not None
    assert intake.tables["visits"].num_rows == 1
    (left,) = [found for found in intake.warnings if found.rule == "left_out"]
    assert left.sentence.startswith(
        "visits.xlsx, sheet Notes: the sheet has no column of the registry's tables; it is left out."
    )


@pytest.mark.parametrize(("content", "column", "value", "expected"), [r[1:] for r in RIGHT], ids=[r[0] for r in RIGHT])
def test_what_is_plain_is_read_right(
    content: bytes, column: str, value: object, expected: list[tuple[str, str]]
) -> None:
    intake = read_visits(content)
    assert rows(intake)[0].get(column) == value
    assert rules(intake) == expected


def test_a_typeset_minus_is_a_minus_and_says_so() -> None:
    intake = read([File("cases.csv", "case_id,t_l1_l4\n1,−1.2\n".encode())], STANDARD)
    assert rows(intake, "cases")[0]["t_l1_l4"] == -1.2
    assert ("minus", "B2") in rules(intake)


def test_text_that_looks_like_a_formula_stays_text() -> None:
    content = 'case_id,kind,agent,dose,unit\n1,supplement,"=1+1",5,@SUM\n'
    intake = read([File("cases.csv", CASES.encode()), File("treatments.csv", content.encode())], STANDARD)
    assert rows(intake, "treatments")[0]["agent"] == "=1+1"
    assert intake.tables is not None
    again = read([File("all.xlsx", filled(STANDARD, intake.tables))], STANDARD)
    assert rows(again, "treatments") == rows(intake, "treatments")


def test_a_number_in_a_column_of_text_says_so() -> None:
    content = workbook([["case_id", "site", "finding", "figure"], [1, "spine", "edema", 3]], "imaging")
    intake = read([File("cases.csv", CASES.encode()), File("i.xlsx", content)], STANDARD)
    assert rows(intake, "imaging")[0]["figure"] == "3"
    assert ("number_as_text", "D2") in rules(intake)


def test_a_number_stored_as_text_says_so() -> None:
    intake = read_visits(workbook([HEAD, [1, 0, 9, "8.9"]]), name="visits.xlsx")
    assert rows(intake)[0]["calcium"] == 8.9
    assert rules(intake) == [("text_number", "D2")]


def test_hidden_columns_are_read_and_said() -> None:
    content = workbook([HEAD, ROW], more=lambda book, page: page.set_column(3, 3, None, None, {"hidden": True}))
    intake = read_visits(content, name="visits.xlsx")
    assert rows(intake)[0]["calcium"] == 8.9
    assert rules(intake) == [("hidden", "")]


@pytest.mark.parametrize(
    "name", ["visits.csv", "visits (2).csv", "2026-visits.csv", "VISITS_final.csv", "data.csv", "export.txt"]
)
def test_the_table_is_known_by_the_name_or_by_the_heads(name: str) -> None:
    assert rows(read_visits(visits("1,0,9,8.9,,46"), name=name))[0]["vas"] == 9


# dialects


def test_a_decimal_comma_is_read_and_shown_for_confirmation() -> None:
    intake = read_visits(visits("1;0;9;8,9", "1;1;5;8,6", head="case_id;month;vas;calcium"))
    assert [row["calcium"] for row in rows(intake)] == [8.9, 8.6]
    (finding,) = [finding for finding in intake.warnings if finding.rule == "dialect"]
    assert (finding.cell, finding.value) == ("D2", "8,9")
    assert finding.message == "read as UTF-8, semicolon between cells, decimal comma. “8,9” is read as 8.9."
    assert intake.sources[1].dialect == Dialect("utf-8", ";", ",")


def test_a_declared_dialect_is_not_asked_about() -> None:
    content = visits("1;0;9;8,9", head="case_id;month;vas;calcium")
    intake = read_visits(content, Dialect("utf-8", ";", ","))
    assert [row["calcium"] for row in rows(intake)] == [8.9]
    assert rules(intake) == []


def test_tabs_and_utf_16_are_shown() -> None:
    content = visits("1\t0\t9\t8.9", head="case_id\tmonth\tvas\tcalcium").decode().encode("utf-16")
    intake = read_visits(content)
    assert rows(intake)[0]["calcium"] == 8.9
    assert rules(intake) == [("dialect", "")]
    assert "1 | 0 | 9 | 8.9" in intake.warnings[0].message


def test_a_declared_encoding_is_obeyed() -> None:
    content = "case_id,kind,agent\n1,supplement,ağrı kesici\n".encode("cp1254")
    files = [File("cases.csv", CASES.encode()), File("treatments.csv", content)]
    intake = read(files, STANDARD, dialects={"treatments.csv": Dialect("cp1254")})
    assert rows(intake, "treatments")[0]["agent"] == "ağrı kesici"
    assert rules(intake) == [("no_visits", "A2")]


@pytest.mark.parametrize(
    ("dialect", "rule"),
    [
        (Dialect("rot13"), "encoding"),
        (Dialect("no such"), "encoding"),
        (Dialect("utf-16"), "encoding"),
        (Dialect(delimiter="|"), "dialect"),
        (Dialect(decimal=","), "number"),
    ],
)
def test_a_wrongly_declared_dialect_is_refused(dialect: Dialect, rule: str) -> None:
    assert {finding.rule for finding in read_visits(visits("1,0,9,8.9,,46"), dialect).errors} >= {rule}


# into a registry


def test_added_rows_leave_everything_else_as_it_is(published: dict[str, pa.Table]) -> None:
    files = [File("cases.csv", b"case_id,age\n11,30\n"), File("visits.csv", b"case_id,month,vas\n11,0,7\n")]
    intake = read(files, STANDARD, base=published)
    assert intake.tables is not None
    assert intake.given == ("cases", "visits")
    assert intake.tables["cases"].slice(0, 10).equals(published["cases"])
    assert intake.tables["visits"].num_rows == 41
    assert all(intake.tables[name].equals(published[name]) for name in (*GIVEN[2:], "printed", "claims"))
    assert intake.tables["provenance"].slice(0, published["provenance"].num_rows).equals(published["provenance"])


def test_a_known_key_replaces_the_whole_row_and_says_what_goes(published: dict[str, pa.Table]) -> None:
    intake = read([File("visits.csv", b"case_id,month,vas\n1,1,4\n")], STANDARD, base=published)
    assert intake.tables is not None
    assert intake.tables["visits"].num_rows == 40
    visit = intake.tables["visits"].slice(1, 1).to_pylist()[0]
    assert without_missing(visit) == {"case_id": 1, "month": 1, "vas": 4}
    lost = [finding for finding in intake.warnings if finding.rule == "lost_value"]
    assert next(finding.message.split(",")[0] for finding in lost) == "1 stored value of calcium would be removed"
    kept = [row for row in intake.tables["provenance"].to_pylist() if row["table"] == "visits" and row["key"] == "1/1"]
    assert [(row["column"], row["source"], row["verbatim"]) for row in kept] == [
        ("month", "visits.csv, row 2, month", "1")
    ]


def test_facts_are_known_by_their_key(published: dict[str, pa.Table]) -> None:
    intake = read(
        [File("fractures.csv", b"case_id,level,type\n4,T6,compression\n4,T7,compression\n")], STANDARD, base=published
    )
    assert intake.tables is not None
    levels = [row["level"] for row in intake.tables["fractures"].to_pylist() if row["case_id"] == 4]
    assert sorted(levels) == ["T10", "T11", "T6", "T7"]


def test_a_whole_registry_is_replaced_and_what_was_printed_stays(published: dict[str, pa.Table]) -> None:
    intake = read([File("cases.csv", CASES.encode())], STANDARD, base=published, whole=True)
    assert intake.tables is not None
    assert intake.tables["cases"].num_rows == 1
    assert all(intake.tables[name].num_rows == 0 for name in GIVEN[1:])
    assert intake.tables["printed"].equals(published["printed"])
    assert intake.tables["claims"].equals(published["claims"])
    assert intake.tables["provenance"].num_rows == 1


def test_a_base_of_another_shape_is_an_error_and_no_exception(published: dict[str, pa.Table]) -> None:
    intake = read([File("cases.csv", CASES.encode())], STANDARD, base={"cases": published["visits"]})
    assert [finding.rule for finding in intake.errors] == ["schema"]


# provenance and sources


def test_each_row_and_each_changed_cell_says_where_it_comes_from() -> None:
    intake = read_visits(visits("1;Baseline;9;8,9", head="case_id;month;vas;calcium"))
    lines = [tuple(row.values()) for row in rows(intake, "provenance") if row["table"] == "visits"]
    assert sorted(lines) == [
        ("visits", "1/0", "calcium", "visits.csv, row 2, calcium", "8,9", "parsed"),
        ("visits", "1/0", "month", "visits.csv, row 2, month", "Baseline", "parsed"),
    ]


def test_a_source_says_what_was_read() -> None:
    source = read_visits(visits("1,0,9,8.9,,46")).sources[1]
    assert (source.name, source.form, source.rows, len(source.sha256)) == ("visits.csv", "csv", 1, 64)


# the template


def test_the_template_names_every_declared_column_and_code() -> None:
    from io import BytesIO

    from python_calamine import CalamineWorkbook

    book = CalamineWorkbook.from_filelike(BytesIO(template(STANDARD)))
    assert book.sheet_names == [*GIVEN, "Read me", "Codes"]
    for name in GIVEN:
        assert book.get_sheet_by_name(name).to_python() == [[entry.name for entry in STANDARD.columns(name)]]
    described = {(row[0], row[1]) for row in book.get_sheet_by_name("Codes").to_python()[1:]}
    assert described == {(name, entry.name) for name in GIVEN for entry in STANDARD.columns(name)}


def test_the_template_is_the_same_each_time_and_knows_two_formats() -> None:
    assert template(STANDARD) == template(STANDARD)
    assert template(STANDARD, "csv") == template(STANDARD, "csv")
    with pytest.raises(QueryProblem, match="xlsx or csv"):
        template(STANDARD, "ods")
