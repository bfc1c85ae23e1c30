"""Hostile files: each is refused with the rule and the cell that say why; none is misread, none raises."""

import warnings
import zipfile
from collections.abc import Callable
from datetime import datetime
from io import BytesIO

import pytest

from plro_core.intake import File, gates, read
from plro_core.vocabulary import STANDARD
from tests.intake_files import CASES, HEAD, ROW, archive, cell, parts, sheet_xml, visits, with_cell, workbook

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)


def noise(size: int) -> bytes:
    """Bytes that do not compress well, the same each time."""
    import random

    return random.Random(7).randbytes(size)


def twice_the_sheet() -> bytes:
    content = workbook([HEAD, ROW])
    buffer = BytesIO(content)
    with warnings.catch_warnings(), zipfile.ZipFile(buffer, "a") as made:
        warnings.simplefilter("ignore")
        made.writestr("xl/worksheets/sheet1.xml", b"<worksheet/>")
    return buffer.getvalue()


def merged() -> bytes:
    return workbook([HEAD, ROW], more=lambda book, page: page.merge_range("C3:D4", 5))


def formula() -> bytes:
    return workbook([HEAD, ROW[:3]], more=lambda book, page: page.write_formula("D2", "=4.4+4.5", None, 8.9))


def shared_formula() -> bytes:
    return sheet_xml(lambda xml: xml.replace(b"<v>8.9</v>", b'<x:f t="shared" si="0"/><v>8.9</v>'))


def excel_error() -> bytes:
    return workbook([HEAD, ROW[:3]], more=lambda book, page: page.write_formula("D2", "=NA()", None, "#N/A"))


def error_value() -> bytes:
    """An error that stands as a value, without a formula: the reader library would hand it out as an empty cell."""
    return sheet_xml(lambda xml: xml.replace(b'<c r="D2"><v>8.9', b'<c r="D2" t="e"><v>#DIV/0!'))


def second_sheet(name: str, head: str = "x") -> bytes:
    def more(book: object, page: object) -> None:
        book.add_worksheet(name).write(0, 0, head)  # type: ignore[attr-defined]

    return workbook([HEAD, ROW], more=more)


def two_unnamed() -> bytes:
    def more(book: object, page: object) -> None:
        book.add_worksheet("Sheet2").write_row(0, 0, HEAD)  # type: ignore[attr-defined]

    return workbook([HEAD, ROW], "Sheet1", more)


Expected = dict[str, str]  # rule -> cell ("" where the finding is of no one cell)

FILES: list[tuple[str, str, bytes | Callable[[], bytes], Expected]] = [
    # what a file is
    ("nothing", "visits.csv", b"", {"empty": ""}),
    ("only blanks", "visits.csv", b" \r\n\r\n", {"empty": ""}),
    ("only delimiters", "visits.csv", b",,,\n,,,\n", {"empty": ""}),
    ("no bytes named xlsx", "visits.xlsx", b"", {"empty": ""}),
    ("a workbook too large", "visits.xlsx", lambda: b"PK\x03\x04" + noise(5_000_001), {"too_large": ""}),
    ("text too large", "visits.csv", b"1,0,9\n" * 3_500_000, {"too_large": ""}),
    ("a password", "visits.xlsx", OLE + "EncryptedPackage".encode("utf-16-le"), {"password": ""}),
    ("an old workbook", "visits.xls", OLE, {"form": ""}),
    ("an old workbook renamed", "visits.xlsx", OLE, {"form": ""}),
    ("a page of HTML", "visits.xlsx", b"\r\n <html><table><tr><td>1</td></tr></table>", {"form": ""}),
    ("HTML named csv", "visits.csv", b"\xef\xbb\xbf<table><tr><td>case_id", {"form": ""}),
    ("a PDF", "visits.xlsx", b"%PDF-1.7\n", {"form": ""}),
    ("Parquet", "visits.csv", b"PAR1\x15\x04", {"form": ""}),
    ("CSV named xlsx", "visits.xlsx", visits("1,0,9,8.9,,46"), {"form": ""}),
    ("a workbook named csv", "visits.csv", workbook([HEAD, ROW]), {"form": ""}),
    ("a name without an ending", "visits", visits("1,0,9,8.9,,46"), {"form": ""}),
    ("a macro workbook", "visits.xlsm", workbook([HEAD, ROW]), {"form": ""}),
    ("macros inside", "visits.xlsx", lambda: parts(workbook([HEAD, ROW]), xl__vbaProject_bin=b"x"), {"macros": ""}),
    (
        "links to other files",
        "visits.xlsx",
        lambda: parts(workbook([HEAD, ROW]), xl__externalLinks__externalLink1_xml=b"<ddeLink/>"),
        {"external_link": ""},
    ),
    ("an archive of something", "visits.xlsx", lambda: archive([("hello.txt", b"hello")]), {"form": ""}),
    ("an OpenDocument sheet", "visits.xlsx", lambda: archive([("content.xml", b"<x/>")]), {"form": ""}),
    ("half a workbook", "visits.xlsx", lambda: workbook([HEAD, ROW])[:2000], {"broken": ""}),
    ("a part twice", "visits.xlsx", twice_the_sheet, {"broken": ""}),
    ("a list of sheets that is no XML", "visits.xlsx", lambda: parts(workbook([HEAD, ROW]), xl__workbook_xml=b"<a"), {"broken": ""}),
    ("a sheet that is no XML", "visits.xlsx", lambda: sheet_xml(lambda xml: b"<worksheet><sheetData><row"), {"broken": ""}),
    ("a bomb", "visits.xlsx", lambda: parts(workbook([HEAD, ROW]), xl__worksheets__sheet1_xml=b" " * 9_000_000), {"bomb": ""}),
    ("too many parts", "visits.xlsx", lambda: archive([(f"{n}.xml", b"") for n in range(1001)]), {"bomb": ""}),
    (
        "entities that multiply",
        "visits.xlsx",
        lambda: sheet_xml(lambda xml: b'<!DOCTYPE x [<!ENTITY a "aaaa">]>' + xml),
        {"broken": ""},
    ),
    (
        "a sheet in UTF-16, where a formula hides",
        "visits.xlsx",
        lambda: sheet_xml(lambda xml: xml.decode().replace("UTF-8", "UTF-16").encode("utf-16")),
        {"broken": ""},
    ),
    (
        "a cell at the far corner",
        "visits.xlsx",
        lambda: sheet_xml(lambda xml: xml.replace(b"</row></sheetData>", b'<c r="XFD999999"><v>1</v></c></row></sheetData>')),
        {"too_large": ""},
    ),
    (
        "a cell below a million rows",
        "visits.xlsx",
        lambda: sheet_xml(lambda xml: xml.replace(b"</row></sheetData>", b'<c r="A1048576"><v>1</v></c></row></sheetData>')),
        {"too_many_rows": ""},
    ),
    *(
        (
            f"a cell at {place}",
            "visits.xlsx",
            lambda place=place: sheet_xml(
                lambda xml: xml.replace(b"</row></sheetData>", b'<c r="%s"><v>1</v></c></row></sheetData>' % place.encode())
            ),
            {"too_large": ""},
        )
        for place in ("A2147483647", "A20000000", "ZZZZZZ1", "XFE1", "A0")
    ),
    ("over a million lines", "visits.csv", b"case_id,month\n" + b"1,0\n" * 1_000_001, {"too_many_rows": ""}),
    # what cells hold
    ("a line of commas", "visits.csv", b"," * 3_000_000 + b"\n", {"empty": ""}),
    ("thousands of columns", "visits.csv", b"a,b," * 3_000 + b"\n", {"too_large": ""}),
    ("an open tag ten thousand times", "visits.xlsx", lambda: sheet_xml(lambda xml: b"<c " * 300_000), {"broken": ""}),
    ("a text opened many times", "visits.xlsx", lambda: parts(workbook([HEAD, ROW]), xl__sharedStrings_xml=b"<si>" * 200_000), {"broken": ""}),
    (
        "an error behind an angle bracket in an attribute",
        "visits.xlsx",
        lambda: sheet_xml(lambda xml: xml.replace(b'<c r="D2"><v>8.9', b'<c x=">" r="D2" t="e"><v>#N/A')),
        {"broken": ""},
    ),
    ("a comment", "visits.xlsx", lambda: sheet_xml(lambda xml: xml.replace(b"<v>8.9", b"<!-- <v>8.0</v> --><v>8.9")), {"broken": ""}),
    (
        "texts that fill the memory",
        "visits.xlsx",
        lambda: parts(
            workbook([HEAD, ROW]),
            xl__sharedStrings_xml=b"<sst><si><t>" + noise(200_000).hex().encode() + b"</t></si></sst>",
        ),
        {"too_large": ""},
    ),
    ("a formula", "visits.xlsx", formula, {"formula": "D2"}),
    ("a shared formula with a prefix", "visits.xlsx", shared_formula, {"formula": "D2"}),
    ("an error of a formula", "visits.xlsx", excel_error, {"formula": "D2", "excel_error": "D2"}),
    ("an error as a value", "visits.xlsx", error_value, {"excel_error": "D2"}),
    ("merged cells", "visits.xlsx", merged, {"merged": ""}),
    ("a number that became a date", "visits.xlsx", with_cell(3, datetime(2022, 5, 3)), {"date": "D2"}),
    ("a truth value as a number", "visits.xlsx", with_cell(2, True), {"number": "C2"}),
    ("half a point of pain", "visits.xlsx", with_cell(2, 3.5), {"integer": "C2"}),
    ("a patient and a half", "visits.xlsx", with_cell(0, 1.5), {"integer": "A2"}),
    ("text with a decimal comma", "visits.xlsx", with_cell(3, "21,9"), {"number": "D2"}),
    ("a huge number", "visits.xlsx", with_cell(3, 1e300), {"number": "D2"}),
    # sheets and columns
    ("data in a sheet named after no table", "visits.xlsx", lambda: second_sheet("Notes", "vas"), {"unknown_sheet": ""}),
    ("two sheets without names", "data.xlsx", two_unnamed, {"unknown_sheet": ""}),
    ("columns of no table", "data.csv", b"a,b\n1,2\n", {"unknown_table": ""}),
    ("columns of two tables", "data.csv", b"case_id,side\n1,left\n", {"unknown_table": ""}),
    ("a misspelt column", "visits.csv", visits("1,0,46", head="case_id,month,vitamind"), {"unknown_column": "C1"}),
    ("a column twice", "visits.csv", visits("1,0,9,8", head="case_id,month,vas,VAS"), {"duplicate_column": "D1"}),
    ("a column under two names", "visits.csv", visits("1,0,9,8", head="case_id,month,vas,Pain (VAS)"), {"duplicate_column": "D1"}),
    ("no month", "visits.csv", visits("1,9", head="case_id,vas"), {"missing_column": ""}),
    ("a column without a name", "visits.csv", visits("1,0,9", head="case_id,month,"), {"unknown_column": "C1"}),
    ("another unit", "visits.csv", visits("1,0,9", head="case_id,month,Calcium (mmol/L)"), {"unit_doubt": "C1"}),
    # text and lines
    ("NUL", "visits.csv", visits("1,0,\x009,8.9,,46"), {"encoding": ""}),
    ("UTF-16 without a mark", "visits.csv", visits("1,0,9,8.9,,46").decode().encode("utf-16-le"), {"encoding": ""}),
    ("Turkish in cp1254", "treatments.csv", "case_id,kind,agent\n1,supplement,kalsiyum ağrı\n".encode("cp1254"), {"encoding": ""}),
    ("lone carriage returns", "visits.csv", visits("1,0,9,8.9,,46").replace(b"\n", b"\r"), {"line_ends": ""}),
    ("a carriage return in a cell", "visits.csv", visits("1,0,9,8.9\r,,46"), {"line_ends": ""}),
    ("a ragged row", "visits.csv", visits("1,0,9,8.9,,46", "1,1,9,8.9,46"), {"ragged": ""}),
    ("decimal commas between commas", "visits.csv", visits("1,0,9,8,9,,46"), {"ragged": ""}),
    ("an open quote", "visits.csv", visits('1,0,9,8.9,,"46'), {"quote": ""}),
    ("text after a quote", "visits.csv", visits('1,0,9,8.9,,"46"x'), {"quote": ""}),
    # numbers in text
    ("a printed arrow", "visits.csv", cell("calcium", "11.4↑"), {"number": "D2"}),
    ("below a limit", "visits.csv", cell("vitamin_d", "<20"), {"number": "F2"}),
    ("a gene that became a date", "visits.csv", cell("calcium", "MARCH1"), {"number": "D2"}),
    ("beyond all numbers", "visits.csv", cell("calcium", "1e999"), {"number": "D2"}),
    ("an exponent", "visits.csv", cell("calcium", "1e3"), {"number": "D2"}),
    ("infinity", "visits.csv", cell("calcium", "inf"), {"number": "D2"}),
    ("not a number", "visits.csv", cell("calcium", "nan"), {"missing_word": "D2"}),
    ("not available", "visits.csv", cell("calcium", "N/A"), {"missing_word": "D2"}),
    ("a dash", "visits.csv", cell("calcium", "-"), {"missing_word": "D2"}),
    ("a point", "visits.csv", cell("calcium", "."), {"missing_word": "D2"}),
    ("an error as text", "visits.csv", cell("calcium", "#DIV/0!"), {"excel_error": "D2"}),
    ("full-width digits", "visits.csv", cell("calcium", "８.９"), {"number": "D2"}),
    ("Arabic digits", "visits.csv", cell("vas", "٩"), {"number": "C2"}),
    ("a formula as text", "visits.csv", cell("calcium", "=1+1"), {"number": "D2"}),
    ("a call of a function", "visits.csv", cell("calcium", "@SUM(A1)"), {"number": "D2"}),
    ("an underscore, as programs allow", "visits.csv", cell("vitamin_d", "4_6"), {"number": "F2"}),
    ("a hidden character", "visits.csv", cell("calcium", "8\u200b.9"), {"number": "D2"}),
    ("a blank between thousands", "visits.csv", cell("vitamin_d", "1\u202f046"), {"number": "F2"}),
    ("one comma among points", "visits.csv", visits("1,0,9,8.9,,46", '1,1,9,"8,7",,46'), {"number": "D3"}),
    ("a point that may part thousands", "visits.csv", visits("1;0;1.234", head="case_id;month;calcium"), {"ambiguous": "C2"}),
    ("a comma that may part thousands", "visits.csv", cell("calcium", "1,234"), {"ambiguous": "D2"}),
    ("three decimals among decimal commas", "visits.csv", visits("1;0;8,9", "1;1;8,912", head="case_id;month;calcium"), {"ambiguous": "C3"}),
    ("thousands in a whole number", "visits.csv", cell("vas", "1.000"), {"ambiguous": "C2"}),
    ("not plausible", "visits.csv", cell("calcium", "89"), {"plausible": "D2"}),
    ("another unit by its size", "visits.csv", cell("calcium", "2.3"), {"plausible": "D2"}),
    ("a scale of a hundred", "visits.csv", cell("vas", "90"), {"plausible": "C2"}),
    # codes and keys
    ("an unknown flag", "visits.csv", cell("calcium_flag", "↑"), {"levels": "E2"}),
    ("an unknown month", "visits.csv", cell("month", "2"), {"month": "B2"}),
    ("no key", "visits.csv", cell("case_id", ""), {"required": "A2"}),
    ("zeros before a patient", "visits.csv", cell("case_id", "01"), {"leading_zero": "A2"}),
    ("an unknown patient", "visits.csv", cell("case_id", "7"), {"orphan": "A2"}),
    ("a visit twice", "visits.csv", visits("1,0,9,8.9,,46", "1,0,8,8.9,,46"), {"uniqueness": "B3"}),
    ("true in place of yes", "cases.csv", b"case_id,smoking\n1,true\n", {"boolean": "B2"}),
    ("evet in place of yes", "cases.csv", b"case_id,smoking\n1,evet\n", {"boolean": "B2"}),
    ("a patient under two spellings", "cases.csv", b"case_id,age\n001,31\n01,33\n", {"leading_zero": "A2", "uniqueness": "A3"}),
    ("a code misspelt", "cases.csv", b"case_id,breastfeeding\n1,stoped\n", {"levels": "B2"}),
    ("a control character", "treatments.csv", b"case_id,kind,agent\n1,supplement,vit\x1bamin\n", {"text": "C2"}),
    ("an end before the start", "treatments.csv", b"case_id,kind,agent,start,stop\n1,supplement,D,5,4\n", {"stop_before_start": "E2"}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "content", "expected"), [entry[1:] for entry in FILES], ids=[entry[0] for entry in FILES]
)
def test_a_hostile_file_is_refused_and_says_where(
    name: str, content: bytes | Callable[[], bytes], expected: Expected
) -> None:
    files = [File(name, content if isinstance(content, bytes) else content())]
    if not name.startswith("cases"):
        files.append(File("cases.csv", CASES.encode()))
    intake = read(files, STANDARD)
    found = {finding.rule: finding.cell for finding in reversed(intake.errors)}
    assert found == expected
    assert intake.tables is None
    assert all(finding.file == name and finding.message.endswith(".") for finding in intake.errors)


HINTS = [
    (cell("calcium", "11.4↑"), "Put H into"),
    (cell("calcium", "7.9L"), "Put L into"),
    (cell("vitamin_d", "<20"), "leave the cell empty"),
    (cell("calcium", "MARCH1"), "make it a date"),
    (cell("calcium", "1e3"), "without an exponent"),
    (cell("calcium", "N/A"), "Leave the cell empty."),
    (cell("calcium", "８.９"), "Use the digits 0 to 9."),
    (cell("calcium", "89"), "as in 8.9?"),
    (cell("calcium", "2.3"), "mmol/L? In mg/dL it would be 9.2."),
    (cell("vas", "90"), "a scale of 0 to 100?"),
    (cell("calcium", "8.9 mg/dL"), "without its unit"),
    (cell("calcium_flag", "higj"), "Did you mean H?"),
    (visits("1,0,46", head="case_id,month,vitamind"), "Did you mean vitamin_d?"),
    (visits("1,0,2.2", head="case_id,month,Calcium (mmol/L)"), "Divide the values by 0.2495"),
    (visits("1,0,9,8,9,,46"), "separate the cells by semicolons"),
]


@pytest.mark.parametrize(("content", "hint"), HINTS, ids=[hint for _, hint in HINTS])
def test_a_refusal_says_what_may_mend_it(content: bytes, hint: str) -> None:
    intake = read([File("visits.csv", content), File("cases.csv", CASES.encode())], STANDARD)
    assert hint in intake.errors[0].suggestion


def test_a_foreign_encoding_shows_how_a_cell_reads() -> None:
    content = "case_id,kind,agent\n1,supplement,ağrı kesici\n".encode("cp1254")
    (finding,) = read([File("treatments.csv", content)], STANDARD).errors
    assert finding.row == 2
    assert "“ağrı kesici” (cp1254) or “aðrý kesici” (cp1252)" in finding.suggestion


def test_a_repeated_row_names_both_cells() -> None:
    intake = read(
        [File("cases.csv", CASES.encode()), File("visits.csv", visits("1,0,9,8.9,,46", "1,0,8,8.9,,46"))], STANDARD
    )
    (finding,) = intake.errors
    assert finding.where == "visits.csv, B3, month"
    assert "visits.csv, B2" in finding.message


def test_every_error_is_told_at_once_and_in_order() -> None:
    rows = visits("1,0,11,8.9,,46", "1,1,x,8.9,up,46", "1,4,5,89,,46")
    intake = read([File("cases.csv", b"case_id,age\n1,99\n"), File("visits.csv", rows)], STANDARD)
    assert [(finding.file, finding.cell, finding.rule) for finding in intake.errors] == [
        ("cases.csv", "B2", "plausible"),
        ("visits.csv", "C2", "plausible"),
        ("visits.csv", "C3", "number"),
        ("visits.csv", "E3", "levels"),
        ("visits.csv", "B4", "month"),
        ("visits.csv", "D4", "plausible"),
    ]


def test_a_file_of_nothing_but_errors_shows_a_thousand_and_counts_the_rest() -> None:
    rows = b"".join(b"%d,x%d\n" % (n, n) for n in range(1, 2502))
    intake = read([File("cases.csv", b"case_id,age\n" + rows)], STANDARD)
    assert len(intake.findings) == 1001
    assert intake.findings[0].cell == "B2"
    assert "more findings are not shown, 1 of them errors." in intake.findings[-1].message


def test_a_column_of_one_and_the_same_error_is_one_finding() -> None:
    intake = read([File("cases.csv", b"case_id,age\n" + b"".join(b"%d,x\n" % n for n in range(1, 301)))], STANDARD)
    (finding,) = intake.errors
    assert (finding.cell, finding.value) == ("B2", "x")
    assert finding.message.endswith("; so in 300 cells.")


def test_two_files_of_one_name_are_refused() -> None:
    intake = read([File("cases.csv", CASES.encode())] * 2, STANDARD)
    assert {finding.rule for finding in intake.errors} == {"same_name"}


def test_no_file_at_all_is_said() -> None:
    assert [finding.rule for finding in read([], STANDARD).errors] == ["empty"]


def test_the_limits_are_those_that_the_rules_name() -> None:
    assert (gates.MOST_BYTES["xlsx"], gates.MOST_BYTES["csv"], gates.MOST_ROWS) == (5_000_000, 20_000_000, 1_000_000)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"<v>8.9</v>", b"<v>8&#46;9</v>"),
        (b"<v>8.9</v>", b"<v>&#56;.9</v>"),
        (b"<v>8.9</v>", b"<v>8<!-- -->.9</v>"),
        (b"<v>8.9</v>", b"<v>8<?x y?>.9</v>"),
        (b"<v>8.9</v>", b"<v><![CDATA[8.9]]></v>"),
        (b"<v>8.9</v>", b"<v>8.9</v><v>7.7</v>"),
        (b'<c r="D2"><v>8.9</v></c>', b'<c r="D2"><v>8.9</v></c><c r="D2"><v>7.7</v></c>'),
        (b'<c r="D2"><v>8.9</v></c>', b'<c r="D2"><v>8.9</v></c><c r="d2"><v>7.7</v></c>'),
        (b"</sheetData>", b'<row r="2"><c r="E2"><v>7.7</v></c></row></sheetData>'),
    ],
)
def test_a_cell_that_two_programs_read_differently(old: bytes, new: bytes):
    """Each of these was read as another number than a spreadsheet shows, without a word."""
    content = sheet_xml(lambda xml: xml.replace(old, new))
    found = read([File("cases.csv", CASES.encode()), File("visits.xlsx", content)], STANDARD)
    assert [finding.rule for finding in found.errors] == ["broken"]


def test_a_column_of_no_width_is_hidden():
    content = workbook([HEAD, ROW], more=lambda book, page: page.set_column(3, 3, 0))
    found = read([File("cases.csv", CASES.encode()), File("visits.xlsx", content)], STANDARD)
    assert "hidden" in {finding.rule for finding in found.warnings}
