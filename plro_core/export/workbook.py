"""An Excel workbook: real numbers with number formats, no formula, no link, and a sheet that tells how it was made."""

from collections.abc import Sequence
from datetime import datetime
from io import BytesIO
from typing import Any

import xlsxwriter

from plro_core.export.recipe import Recipe
from plro_core.problems import QueryProblem
from plro_core.tables import Cell, Column, Table

#: Excel's own limits.
_MOST_ROWS = 1_048_575
_LONGEST_TEXT = 32_767

_WIDEST = 48
_CREATED = datetime(2022, 1, 1)  # a fixed date: the same table gives the same bytes
_OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}


def as_workbook(tables: Sequence[Table], recipe: Recipe | None) -> bytes:
    """A sheet for each table and a last one, "About", with titles, notes and the recipe.

    Raises:
        QueryProblem: a table has more rows than a sheet can hold.
    """
    buffer = BytesIO()
    workbook = xlsxwriter.Workbook(buffer, _OPTIONS)
    workbook.set_properties({"title": tables[0].title, "created": _CREATED})
    for table, name in zip(tables, ["Table", "Data"] if len(tables) > 1 else ["Data"], strict=True):
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
    head = workbook.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
    shown = table.shown
    for index, column in enumerate(table.columns):
        cell_format = _format(workbook, column)
        sheet.set_column(index, index, _width(column, [row[index] for row in shown]), cell_format)
        sheet.write_string(0, index, _cut(column.heading), head)
        for row, cells in enumerate(table.rows, 1):
            _write(sheet, row, index, cells[index], cell_format)


def _format(workbook: Any, column: Column) -> Any:
    if column.kind == "integer":
        return workbook.add_format({"num_format": "0"})
    if column.kind == "number":
        fixed = "General" if column.decimals is None else "0" + ("." + "0" * column.decimals if column.decimals else "")
        return workbook.add_format({"num_format": fixed})
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
        sheet.write_string(row, column, _cut(cell), cell_format)


def _cut(text: str) -> str:
    """Text that fits into a cell; longer text would be left out without a word."""
    return text if len(text) <= _LONGEST_TEXT else text[: _LONGEST_TEXT - 1] + "…"


def _write_about(workbook: Any, table: Table, recipe: Recipe | None) -> None:
    sheet = workbook.add_worksheet("About")
    wrapped = workbook.add_format({"text_wrap": True, "valign": "top"})
    bold = workbook.add_format({"bold": True, "valign": "top"})
    sheet.set_column(0, 0, 16, bold)
    sheet.set_column(1, 1, 100, wrapped)
    lines = recipe.lines if recipe else (("Title", table.title),)
    for row, (head, text) in enumerate((*lines, *(("Note", note) for note in table.notes))):
        sheet.write_string(row, 0, head, bold)
        sheet.write_string(row, 1, _cut(text), wrapped)
