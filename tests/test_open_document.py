"""Workbooks of OpenDocument: the same cells as those of Excel, and refused for the same."""

import zipfile
from io import BytesIO
from xml.sax.saxutils import escape

import pytest
from python_calamine import CalamineWorkbook

from plro_core.intake import File, Intake, read
from plro_core.vocabulary import STANDARD

pytestmark = pytest.mark.usefixtures("read_here")

_SPACES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text", "style")
)
MIMETYPE = "application/vnd.oasis.opendocument.spreadsheet"
HEAD = ["case_id", "age", "smoking"]


def cell(value: object, more: str = "", shown: str | None = None) -> str:
    """One cell as an OpenDocument program writes it."""
    if value is None:
        return f"<table:table-cell{more}/>"
    text = f"<text:p>{escape(str(value) if shown is None else shown)}</text:p>"
    if isinstance(value, bool):
        kind = f' office:value-type="boolean" office:boolean-value="{str(value).lower()}"'
    elif isinstance(value, (int, float)):
        kind = f' office:value-type="float" office:value="{value}"'
    else:
        kind = ' office:value-type="string"'
    return f"<table:table-cell{kind}{more}>{text}</table:table-cell>"


def row(*cells: object, more: str = "") -> str:
    inside = "".join(one if isinstance(one, str) and one.startswith("<table:") else cell(one) for one in cells)
    return f"<table:table-row{more}>{inside}</table:table-row>"


def book(
    *rows: str, name: str = "cases", styles: str = "", more: str = "", parts: dict[str, str] | None = None
) -> bytes:
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {_SPACES}>'
        f"<office:automatic-styles>{styles}</office:automatic-styles><office:body><office:spreadsheet>"
        f'<table:table table:name="{name}"{more}>{"".join(rows)}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    return zipped({"mimetype": MIMETYPE, "content.xml": content, "META-INF/manifest.xml": "<m/>", **(parts or {})})


def zipped(parts: dict[str, str]) -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in parts.items():
            kind = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            archive.writestr(name, text, kind)
    return buffer.getvalue()


def took(content: bytes, name: str = "ward.ods") -> Intake:
    visits = File("visits.csv", b"case_id,month,vas\n1,0,9\n2,0,8\n")
    return read([File(name, content), visits], STANDARD)


def sentence(content: bytes, name: str = "ward.ods") -> str:
    intake = took(content, name)
    assert intake.tables is None
    return intake.errors[0].sentence


EMPTY = '<table:table-cell table:number-columns-repeated="16381"/>'
LAST = '<table:table-row table:number-rows-repeated="1048570"><table:table-cell/></table:table-row>'


def test_the_cells_are_read_with_their_places() -> None:
    content = book(row(*HEAD, EMPTY), row(1, 31, True), row(2, None, "no"), LAST)
    intake = took(content)
    assert intake.tables is not None, [finding.sentence for finding in intake.errors]
    found = [(one["age"], one["smoking"]) for one in intake.tables["cases"].to_pylist()]
    assert found == [(31, True), (None, False)]
    places = {(line["key"], line["column"]): line["source"] for line in intake.tables["provenance"].to_pylist()}
    assert places["2", "case_id"] == "ward.ods, sheet cases, row 3, case_id"
    assert intake.sources[0].form == "ods"


def test_the_cells_are_those_that_another_reader_sees() -> None:
    content = book(row(*HEAD), row(1, 31, "yes"), row(2, 33.5, "no"))
    grid = CalamineWorkbook.from_filelike(BytesIO(content)).get_sheet_by_name("cases").to_python()
    assert grid == [HEAD, [1, 31, "yes"], [2, 33.5, "no"]]


def test_rows_and_cells_that_stand_for_several_are_several() -> None:
    empty = '<table:table-row table:number-rows-repeated="2"><table:table-cell/></table:table-row>'
    content = book(row(*HEAD), empty, row(cell(7, ' table:number-columns-repeated="2"'), "no"))
    intake = took(content)
    assert intake.tables is None
    assert [finding.cell for finding in intake.errors if finding.column == "age"] == ["B4"]  # 7 years
    twice = book(row(*HEAD), row(1, 31, "no", more=' table:number-rows-repeated="2"'))
    assert sentence(twice).startswith("ward.ods, sheet cases, A3, case_id: “1”; one patient twice:")


def test_text_keeps_its_blanks_and_loses_notes() -> None:
    note = "<office:annotation><text:p>a note</text:p></office:annotation>"
    text = f'<table:table-cell office:value-type="string">{note}<text:p>y<text:span>e</text:span>s</text:p></table:table-cell>'
    intake = took(book(row(*HEAD), row(1, 31, text), row(2, 33, "no")))
    assert intake.tables is not None, [finding.sentence for finding in intake.errors]
    assert intake.tables["cases"]["smoking"].to_pylist() == [True, False]


@pytest.mark.parametrize(
    ("age", "expected"),
    [
        (
            cell(31, ' table:formula="of:=30+1"'),
            "B2: a formula; expected a value. Copy the cells and paste them as values.",
        ),
        (cell(31, ' table:number-rows-spanned="2"'), "B3: the cell is merged with others; expected one value a cell."),
        (
            '<table:table-cell office:value-type="percentage" office:value="0.31"><text:p>31%</text:p></table:table-cell>',
            "B2: shown as a percentage, a hundred times what the cell holds; expected a plain number.",
        ),
        (cell(31, shown="<31"), "B2: shown with signs that the cell does not hold; expected a plain number."),
        (cell(31, shown="32"), "B2: shown as another number than the cell holds; expected a plain number."),
        (cell(31, shown="yes"), "B2: shown with signs that the cell does not hold; expected a plain number."),
        (
            '<table:table-cell office:value-type="float" office:value="1e999999"><text:p>31</text:p></table:table-cell>',
            "B2: “1e999999”; no number, though the workbook says that it is one.",
        ),
        (
            '<table:table-cell office:value-type="date" office:date-value="2019-13-01"><text:p>x</text:p></table:table-cell>',
            "B2: “x”; no date, though the workbook says that it is one.",
        ),
    ],
)
def test_what_is_no_plain_value_is_refused_by_cell(age: str, expected: str) -> None:
    assert sentence(book(row(*HEAD), row(1, age, "no"))).startswith(f"ward.ods, sheet cases, {expected}")


def test_a_number_with_its_thousands_in_groups_is_that_number() -> None:
    said = sentence(book(row(*HEAD), row(1, cell(1234, shown="1.234"), "no")))
    assert said.startswith("ward.ods, sheet cases, B2, age: “1234”;")  # too old, and no other number


def test_what_is_hidden_is_read_and_told() -> None:
    style = '<style:style style:name="ta2"><style:table-properties table:display="false"/></style:style>'
    content = book(
        row(*HEAD),
        row(1, 31, "no", more=' table:visibility="collapse"'),
        row(2, 33, "no"),
        styles=style,
        more=' table:style-name="ta2"',
    )
    told = [finding.message for finding in took(content).warnings if finding.rule == "hidden"]
    assert told == [
        "the sheet is hidden; it is read like the others.",
        "the sheet has hidden rows; they are read like the others.",
    ]


ENTITY = '<!DOCTYPE x [<!ENTITY a "b">]>'


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (zipped({"mimetype": MIMETYPE}), "the archive is no OpenDocument workbook (.ods); expected one."),
        (zipped({"mimetype": MIMETYPE, "content.xml": "<a"}), "the sheets cannot be read; expected a whole workbook."),
        (zipped({"mimetype": MIMETYPE, "content.xml": f"{ENTITY}<a>&a;</a>"}), "is not XML as spreadsheets write it."),
        (
            book(row(*HEAD), parts={"META-INF/manifest.xml": "<manifest:encryption-data/>"}),
            "the workbook is protected by a password; expected an open one.",
        ),
        (book(row(*HEAD), parts={"Basic/a.xml": "<a/>"}), "the workbook holds macros; expected plain cells."),
        (
            book('<table:table-source table:table-name="b"/>', row(*HEAD)),
            "the workbook takes values from other files; expected plain cells.",
        ),
        (
            book(row(*HEAD), row(cell(1, ' table:number-columns-repeated="9999"'))),
            "more than 2,000 columns; expected fewer.",
        ),
        (
            book(row(*HEAD), row(1, more=' table:number-rows-repeated="9999999"')),
            "more than 1,000,000 rows; expected fewer.",
        ),
        (
            book(row(*HEAD), row(1, more=' table:number-rows-repeated="-1"')),
            "repeated in a way that no spreadsheet writes.",
        ),
        (book(row(*HEAD))[:300], "the workbook is damaged or cut short; expected a whole one."),
        (book(), "no sheet has a cell; expected a table."),
    ],
)
def test_a_hostile_workbook_is_one_sentence(content: bytes, expected: str) -> None:
    assert expected in sentence(content)


def test_a_workbook_under_the_name_of_another_is_refused() -> None:
    said = sentence(book(row(*HEAD)), "ward.xlsx")
    assert said.startswith("ward.xlsx: the file is an OpenDocument workbook, but its name says a workbook;")
