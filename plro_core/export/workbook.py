"""An Excel workbook: real numbers with number formats, no formula, no link, and a sheet that tells how it was made."""

from collections.abc import Sequence
from datetime import datetime
from io import BytesIO
from typing import Any

import xlsxwriter

from plro_core.export.embedding import NAME, origin
from plro_core.export.recipe import Recipe
from plro_core.export.sheets import LONGEST_TEXT, cut, notes_below, set_height, set_up, write_printed
from plro_core.manuscript.model import PrintTable
from plro_core.problems import QueryProblem
from plro_core.tables import Cell, Column, Table

#: Excel's own limits.
_MOST_ROWS = 1_048_575
_LONGEST_PROPERTY = 255

_WIDEST = 48
_CREATED = datetime(2022, 1, 1)  # a fixed date: the same table gives the same bytes
_OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}


def as_workbook(tables: Sequence[Table], recipe: Recipe | None, printed: PrintTable | None = None) -> bytes:
    """A sheet for each table and a last one, "About", with titles, notes and the recipe.

    Of two tables the first is to be read and printed, with its notes below, and the second is for programs; ``printed`` is
    the first as it stands in print.

    Raises:
        QueryProblem: a table has more rows than a sheet can hold.
    """
    buffer = BytesIO()
    workbook = xlsxwriter.Workbook(buffer, _OPTIONS)
    workbook.set_properties({"title": tables[0].title, "created": _CREATED})
    for name, text in (recipe.lines if recipe else ())[:-2]:  # SQL and Python are too long for a property
        workbook.set_custom_property(name, text[:_LONGEST_PROPERTY])
    for table, name in zip(tables, ["Table", "Data"] if len(tables) > 1 else ["Data"], strict=True):
        if name == "Table" and printed is not None:
            write_printed(workbook, workbook.add_worksheet(name), printed)
        else:
            _write_table(workbook, name, table)
    _write_about(workbook, tables[0], recipe)
    workbook.close()
    return buffer.getvalue()


def _write_table(workbook: Any, name: str, table: Table) -> None:
    if len(table.rows) > _MOST_ROWS:
        raise QueryProblem(
            f"The table has {len(table.rows)} rows and a sheet holds {_MOST_ROWS}; export CSV or Parquet."
        )
    sheet = workbook.add_worksheet(name)
    sheet.freeze_panes(1, 0)
    look = {"bold": True, "text_wrap": True, "valign": "top", "bottom": 1}
    head, of_numbers = workbook.add_format(look), workbook.add_format(look | {"align": "right"})
    shown = table.shown
    widths = [_width(column, [row[index] for row in shown]) for index, column in enumerate(table.columns)]
    set_up(sheet, widths, (0, 0))
    set_height(sheet, 0, [column.heading for column in table.columns], widths)
    for row, texts in enumerate(shown, 1):
        set_height(sheet, row, texts, widths)
    if name == "Table":
        notes_below(workbook, sheet, len(shown) + 1, table.notes, widths)
    for index, column in enumerate(table.columns):
        cell_format = _format(workbook, column)
        sheet.set_column(index, index, widths[index], cell_format)
        sheet.write_string(0, index, cut(column.heading), of_numbers if column.is_number else head)
        for row, cells in enumerate(table.rows, 1):
            _write(sheet, row, index, cells[index], cell_format)


def _format(workbook: Any, column: Column) -> Any:
    if column.kind == "integer":
        return workbook.add_format({"num_format": "0", "valign": "top"})
    if column.kind == "number":
        fixed = "General" if column.decimals is None else "0" + ("." + "0" * column.decimals if column.decimals else "")
        return workbook.add_format({"num_format": fixed, "valign": "top"})
    if column.kind == "boolean":  # Excel says it by itself; LibreOffice would show 1 and 0
        return workbook.add_format({"num_format": '"TRUE";"TRUE";"FALSE"', "align": "left", "valign": "top"})
    return workbook.add_format({"text_wrap": True, "valign": "top"})


def _width(column: Column, shown: Sequence[str]) -> float:
    heading = max(len(word) for word in column.heading.split() or [""])
    return min(_WIDEST, 2 + max([heading, *(len(text) for text in shown)]))


def _write(sheet: Any, row: int, column: int, cell: Cell, cell_format: Any) -> None:
    if isinstance(cell, bool):
        sheet.write_boolean(row, column, cell, cell_format)
    elif isinstance(cell, (int, float)):
        sheet.write_number(row, column, cell, cell_format)
    elif cell is not None:
        sheet.write_string(row, column, cut(cell), cell_format)


def _write_about(workbook: Any, table: Table, recipe: Recipe | None) -> None:
    sheet = workbook.add_worksheet("About")
    wrapped = workbook.add_format({"text_wrap": True, "valign": "top"})
    bold = workbook.add_format({"bold": True, "valign": "top"})
    sheet.set_column(0, 0, 16, bold)
    sheet.set_column(1, 1, 100, wrapped)
    set_up(sheet, (16,), (0, 0))
    lines = recipe.lines if recipe else (("Title", table.title),)
    told = origin(recipe) if recipe else ""
    parts = [told[at : at + LONGEST_TEXT] for at in range(0, len(told), LONGEST_TEXT)]
    notes = [("Note", note) for note in table.notes]
    for row, (head, text) in enumerate((*lines, *notes, *((NAME, part) for part in parts))):
        sheet.write_string(row, 0, head, bold)
        sheet.write_string(row, 1, cut(text), wrapped)
        set_height(sheet, row, [text], (100,))
