"""Sheets that print well: one page wide, heads on every page, rows as high as their wrapped words, and a table as it stands in print."""

from collections.abc import Sequence
from itertools import accumulate
from math import ceil
from typing import Any

from plro_core.manuscript.model import Head, PrintCell, PrintTable
from plro_core.text import MINUS

#: Points of a line of the usual type, and the highest row that a sheet takes.
_LINE, _HIGHEST = 15.0, 409.0
#: Signs of the usual type beside each other on a page that stands upright.
_UPRIGHT = 95.0
_A4 = 9
#: As many signs as a column is wide at most before its text is wrapped.
_WIDEST, _FIRST, _LEAST = 30, 44, 9
_EDGE = 2
#: A head of so many signs stands on one line.
_HEAD = 22

#: Excel's own limit.
LONGEST_TEXT = 32_767


def cut(text: str) -> str:
    """Text that fits into a cell; longer text would be left out without a word."""
    return text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 1] + "…"


def set_up(sheet: Any, widths: Sequence[float], heads: tuple[int, int]) -> None:
    """One page wide on A4, on its side where it is wide; the rows from the first to the last of ``heads`` stand on every page."""
    sheet.set_paper(_A4)
    sheet.set_margins(left=0.6, right=0.6, top=0.7, bottom=0.7)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(*heads)
    sheet.set_footer("&C&P / &N")
    if sum(widths) > _UPRIGHT:
        sheet.set_landscape()


def set_height(sheet: Any, row: int, texts: Sequence[str], widths: Sequence[float]) -> None:
    """Make a row as high as the longest of its wrapped texts; spreadsheets that are not Excel do not do so themselves."""
    lines = max((_lines(text, width) for text, width in zip(texts, widths, strict=True)), default=1)
    if lines > 1:
        sheet.set_row(row, min(_HIGHEST, _LINE * lines))


def _lines(text: str, width: float) -> int:
    return sum(max(1, ceil(len(line) / max(1.0, width - 1))) for line in text.split("\n"))


def write_printed(workbook: Any, sheet: Any, table: PrintTable) -> None:
    """A table in print: caption, spanned heads, three rules, numbers as numbers, marks set high, and the notes below."""
    widths, last = _widths(table), len(table.aligned) - 1
    for place, width in enumerate(widths):
        sheet.set_column(place, place, width)
    words = workbook.add_format({"text_wrap": True, "valign": "top"})
    _across(sheet, 0, last, table.title, words, sum(widths))
    for place, heads in enumerate(table.heads):
        _heads(workbook, sheet, 1 + place, heads, widths, place == 0, place == len(table.heads) - 1)
    start = 1 + len(table.heads)
    sheet.freeze_panes(start, 1)
    for place, row in enumerate(table.rows):
        is_last = place == len(table.rows) - 1
        for column, cell in enumerate(row.cells):
            look = {"valign": "top", "text_wrap": column == 0, "indent": row.indent if column == 0 else 0}
            look |= {"align": "left", "italic": row.section, "bottom": 2 if is_last else 0}
            _cell(workbook, sheet, start + place, column, cell, look)
        set_height(sheet, start + place, [cell.text for cell in row.cells], widths)
    _below(workbook, sheet, start + len(table.rows), table, sum(widths))
    set_up(sheet, widths, (1, start - 1))


def notes_below(workbook: Any, sheet: Any, row: int, notes: Sequence[str], widths: Sequence[float]) -> None:
    """What must be said of a table, each note over all of its columns."""
    small = workbook.add_format({"text_wrap": True, "valign": "top", "font_size": 9})
    for place, note in enumerate(notes, row):
        _across(sheet, place, len(widths) - 1, note, small, sum(widths))


def _widths(table: PrintTable) -> list[float]:
    """As wide as the longest text, up to a limit; of the first column to a higher one."""
    found = []
    for place in range(len(table.aligned)):
        cells = [len(row.cells[place].text) + len(row.cells[place].mark) for row in table.rows]
        head = table.heads[-1][place].text
        longest = max([*cells, *map(len, head.split()), min(len(head), _HEAD), _LEAST])
        found.append(float(_EDGE + min(longest, _WIDEST if place else _FIRST)))
    return found


def _across(sheet: Any, row: int, last: int, text: str, look: Any, width: float) -> None:
    """One text over all columns, as high as it needs."""
    if last:
        sheet.merge_range(row, 0, row, last, "", look)
    sheet.write_string(row, 0, cut(text), look)
    sheet.set_row(row, min(_HIGHEST, _LINE * _lines(text, width)))


def _heads(
    workbook: Any, sheet: Any, row: int, heads: Sequence[Head], widths: Sequence[float], is_first: bool, is_last: bool
) -> None:
    starts = [0, *accumulate(head.span for head in heads)]
    for start, head in zip(starts, heads, strict=False):
        spans = head.span > 1
        rule = 1 if is_last or (spans and head.text) else 0
        look = {"bold": True, "text_wrap": True, "valign": "bottom", "top": 2 if is_first else 0, "bottom": rule}
        made = workbook.add_format(look | {"align": "center" if spans else "left"})
        if spans:
            sheet.merge_range(row, start, row, start + head.span - 1, "", made)
        sheet.write_string(row, start, cut(head.text), made)
    of_heads = [sum(widths[start : start + head.span]) for start, head in zip(starts, heads, strict=False)]
    set_height(sheet, row, [head.text for head in heads], of_heads)


def _cell(workbook: Any, sheet: Any, row: int, column: int, cell: PrintCell, look: dict[str, Any]) -> None:
    """A plain number as a number, what carries a mark as rich text, else the text."""
    plain = workbook.add_format(look)
    number = _number(cell.text) if column and not cell.mark else None
    if number is not None:
        decimals = len(cell.text.partition(".")[2])
        sheet.write_number(row, column, number, workbook.add_format(look | {"num_format": _fixed(decimals)}))
    elif cell.mark and cell.text:
        high = workbook.add_format({"font_script": 1})
        sheet.write_rich_string(row, column, workbook.add_format({}), cut(cell.text), high, cell.mark, plain)
    elif cell.text:
        sheet.write_string(row, column, cut(cell.text), plain)
    else:
        sheet.write_blank(row, column, None, plain)


def _fixed(decimals: int) -> str:
    return "0" + ("." + "0" * decimals if decimals else "")


def _number(text: str) -> float | None:
    """The number that a text is; ``None`` of any other text."""
    bare = text.replace(MINUS, "-", 1).removeprefix("-")
    if not bare.isascii() or not bare.replace(".", "", 1).isdecimal() or not (bare[0] + bare[-1]).isdecimal():
        return None
    return -float(bare) if text.startswith((MINUS, "-")) else float(bare)


def _below(workbook: Any, sheet: Any, row: int, table: PrintTable, width: float) -> None:
    last = len(table.aligned) - 1
    small = workbook.add_format({"text_wrap": True, "valign": "top", "font_size": 9})
    marked = [f"{mark} {note}." for mark, note in table.marks]
    for place, text in enumerate([*marked, *filter(None, (*table.notes, table.spelt_out))], row):
        _across(sheet, place, last, text, small, width)
