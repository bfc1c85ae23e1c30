"""Workbooks in print: read back by the reader of another program, as a page would show them."""

from io import BytesIO

import pytest
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

import plro_core as plro
from plro_core.export import export_table
from plro_core.export.workbook import as_workbook
from plro_core.manuscript.model import Head, PrintCell, PrintRow, PrintTable
from plro_core.store import Registry, open_registry
from plro_core.tables import Column, Table


@pytest.fixture(scope="module")
def registry() -> Registry:
    return open_registry()


def sheet_of(content: bytes, name: str = "Table") -> Worksheet:
    return load_workbook(BytesIO(content), rich_text=True)[name]


def test_a_summary_stands_in_the_workbook_as_in_print(registry: Registry) -> None:
    result = plro.summary(registry, by="breastfeeding", show="age,weight_gain_kg,calcium:1", difference=True)
    sheet = sheet_of(export_table(result.table, "xlsx", result.recipe))
    assert sheet["A1"].value.startswith("Table 1. Characteristics and course by breastfeeding")
    assert {str(merged) for merged in sheet.merged_cells.ranges} >= {"A1:E1", "C2:D2"}
    assert [sheet.cell(3, place).value for place in (2, 3, 4, 5)] == [
        "Overall (n = 10)",
        "stopped (n = 8)",
        "continued (n = 2)",
        "stopped − continued (interval)",
    ]
    assert sheet["E4"].value == "−3 (−10 to 3)"
    weight = sheet["B5"].value
    assert str(weight) == "26a"
    assert weight[1].font.vertAlign == "superscript"
    assert sheet["A7"].alignment.indent == 1
    assert [sheet[place].border.top.style for place in ("A2", "A3")] == ["medium", None]
    assert [sheet[place].border.bottom.style for place in ("A3", "A7")] == ["thin", "medium"]
    below = [row[0].value for row in sheet.iter_rows(min_row=8)]
    assert below[0] == "a 9 of 10 not recorded."
    assert any(str(text).startswith("Confounded") for text in below)
    assert sheet.page_setup.orientation == "landscape"
    assert (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (None, 0)  # one page wide is the usual
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert sheet.print_title_rows == "$2:$3"
    assert sheet.freeze_panes == "B4"


def test_a_plain_number_of_a_printed_table_is_a_number() -> None:
    cells = ("−3.10", "4", "4 of 9", "=1+1", "−", "1.2.3", "٣", "")
    rows = tuple(PrintRow((PrintCell("x"), PrintCell(text))) for text in cells)
    printed = PrintTable("t", ((Head(""), Head("n")),), rows, ("left", "decimal"), notes=("=2+2",))
    layout = Table("t", "t", (Column("a", "a"),), (("x",),))
    sheet = sheet_of(as_workbook([layout, layout], None, printed))
    told = [sheet.cell(3 + place, 2) for place in range(len(cells))]
    assert [cell.value for cell in told] == [-3.1, 4, "4 of 9", "=1+1", "−", "1.2.3", "٣", None]
    assert [cell.number_format for cell in told[:2]] == ["0.00", "0"]
    assert {cell.data_type for cell in told[2:7]} == {"s"}
    assert sheet.cell(3 + len(cells), 1).data_type == "s"


def test_rows_are_as_high_as_their_wrapped_words_and_heads_stand_on_every_page(registry: Registry) -> None:
    long = "ç ğ ı Ş " * 40
    table = Table(
        "t", "t", (Column("a", "A"), Column("b", "B", "number", 1)), ((long, 1.5), ("short", 2.0)), ("A note.",)
    )
    sheet = sheet_of(export_table(table, "xlsx"), "Data")
    assert sheet.row_dimensions[2].height >= 15 * 7
    assert sheet.row_dimensions[3].height is None
    assert sheet.print_title_rows == "$1:$1"
    assert sheet.page_setup.orientation != "landscape"
    assert sheet.max_row == 3  # programs read it: no note below
    wide = sheet_of(export_table(plro.records(registry, "cases").table, "xlsx"), "Data")
    assert wide.page_setup.orientation == "landscape"
    assert type(wide["D2"].value) is bool


def test_a_table_for_readers_has_its_notes_below(registry: Registry) -> None:
    full = plro.table_one(registry, by="smoking").table
    sheet = sheet_of(export_table(full, "xlsx"))
    last = [row[0].value for row in sheet.iter_rows(min_row=sheet.max_row - len(full.layout.notes) + 1)]
    assert last == list(full.layout.notes)


def test_a_printed_table_of_one_column_and_of_no_rows_is_written() -> None:
    printed = PrintTable("t", ((Head("only"),),), (), ("left",))
    layout = Table("t", "t", (Column("a", "a"),), ())
    sheet = sheet_of(as_workbook([layout, layout], None, printed))
    assert [sheet["A1"].value, sheet["A2"].value] == ["t", "only"]
