"""A workbook's cell that shows something else than it holds: no reader of the sheet may be surprised by what is stored."""

from typing import Any

import pytest

from plro_core.intake import File, Intake, read
from plro_core.vocabulary import STANDARD
from tests.intake_files import CASES, HEAD, ROW, parts, workbook

pytestmark = pytest.mark.usefixtures("read_here")


def given(code: str, value: float, column: int = 3) -> Intake:
    """A visit in which one cell has a number format."""

    def more(book: Any, page: Any) -> None:
        page.write_number(1, column, value, book.add_format({"num_format": code}))

    content = workbook([HEAD, ROW], more=more)
    return read([File("cases.csv", CASES.encode()), File("visits.xlsx", content)], STANDARD)


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ("0%", 8.9),
        ("0.00%", 8.9),
        ("General%", 8.9),
        ("0,", 8.9),
        ("#,##0,", 8.9),
        ('"<"0.0', 8.9),
        ('"7.7"', 8.9),
        (";;;", 8.9),
        ('0.0"5"', 8.9),
        ("[>5]0.0;0", 8.9),
        ("0" * 300 + "%", 8.9),
    ],
)
def test_what_shows_another_number_is_refused(code: str, value: float):
    found = given(code, value)
    assert [(error.cell, error.rule) for error in found.errors] == [("D2", "number_format")]
    assert found.tables is None


def test_a_minus_sign_that_is_not_shown():
    def more(book: Any, page: Any) -> None:
        page.write_number(1, 2, -2.9, book.add_format({"num_format": "0.0;0.0"}))
        page.write_number(2, 2, -2.8, book.add_format({"num_format": "0.0;[Red]0.0"}))

    content = workbook([["case_id", "age", "t_l1_l4"], [1, 31, None], [2, 31, None]], "cases", more)
    found = read([File("cases.xlsx", content)], STANDARD)
    assert [(error.cell, error.rule) for error in found.errors] == [("C2", "number_format")]


@pytest.mark.parametrize(("code", "value"), [('0.0" mg/dL"', 8.9), ("0", 8.6), ("#,##0", 8.6)])
def test_what_shows_less_or_more_is_a_question(code: str, value: float):
    found = given(code, value)
    asked = [warning for warning in found.warnings if warning.rule == "number_format"]
    assert [warning.cell for warning in asked] == ["D2"]
    assert found.tables is not None
    assert found.tables["visits"]["calcium"].to_pylist() == [value]


@pytest.mark.parametrize(
    "code",
    ["General", "0.0", "0.00", "#,##0.00", "@", "0.0_-", "0.0;-0.0", "[Blue]0.0", "0.0;(0.0)", "[$-41F]0.0", "0.0E+00"],
)
def test_plain_numbers_are_plain(code: str):
    assert "number_format" not in {finding.rule for finding in given(code, 8.9).findings}


def test_a_format_of_book_keepers_is_plain():
    test_plain_numbers_are_plain('_-* #,##0.00_-;-* #,##0.00_-;_-* "-"??_-;_-@_-')


def test_cells_of_one_kind_are_told_once():
    def more(book: Any, page: Any) -> None:
        for row in range(1, 4):
            page.write_number(row, 3, 0.21, book.add_format({"num_format": "0%"}))

    content = workbook([HEAD, [1, 0, 9, None], [1, 1, 8, None], [1, 3, 7, None]], more=more)
    found = read([File("cases.csv", CASES.encode()), File("visits.xlsx", content)], STANDARD)
    assert [error.cell for error in found.errors] == ["D2"]
    assert "(3 such cells)" in found.errors[0].message


def test_the_format_of_cells_that_name_none():
    """Style 0 is that of every cell without one."""
    import zipfile
    from io import BytesIO

    content = workbook([HEAD, ROW])
    with zipfile.ZipFile(BytesIO(content)) as archive:
        xml = archive.read("xl/styles.xml")
    changed = xml.replace(b'<cellXfs count="1"><xf numFmtId="0"', b'<cellXfs count="1"><xf numFmtId="9"')
    assert changed != xml
    found = read(
        [File("cases.csv", CASES.encode()), File("visits.xlsx", parts(content, xl__styles_xml=changed))], STANDARD
    )
    assert [error.rule for error in found.errors] == ["number_format"]


def test_a_conditional_number_format_is_a_question():
    def more(book: Any, page: Any) -> None:
        shown = {"type": "cell", "criteria": ">", "value": 0, "format": book.add_format({"num_format": "0%"})}
        page.conditional_format("D2:D3", shown)

    content = workbook([HEAD, ROW], more=more)
    found = read([File("cases.csv", CASES.encode()), File("visits.xlsx", content)], STANDARD)
    assert [warning.message[:32] for warning in found.warnings if warning.rule == "number_format"] == [
        "a conditional format may show ot"
    ]
