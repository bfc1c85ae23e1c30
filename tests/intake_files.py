"""Files for tests of intake: text and workbooks, right ones and hostile ones, built in memory."""

import zipfile
from collections.abc import Callable, Sequence
from datetime import datetime
from io import BytesIO
from typing import Any

import xlsxwriter

VISITS = "case_id,month,vas,calcium,calcium_flag,vitamin_d"
CASES = "case_id,age,t_l1_l4\n1,31,-2.9\n"


def visits(*rows: str, head: str = VISITS) -> bytes:
    """A CSV file of visits with these rows."""
    return "\n".join((head, *rows, "")).encode()


def cell(column: str, value: str) -> bytes:
    """A CSV file of one visit in which one cell has this value."""
    good = {"case_id": "1", "month": "0", "vas": "9", "calcium": "8.9", "calcium_flag": "", "vitamin_d": "46"}
    return visits(",".join(f'"{text}"' if "," in text else text for text in {**good, column: value}.values()))


def workbook(
    rows: Sequence[Sequence[Any]], sheet: str = "visits", more: Callable[[Any, Any], None] | None = None
) -> bytes:
    """A workbook with one sheet of these rows; ``more`` may add to it."""
    buffer = BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_numbers": False})
    page = book.add_worksheet(sheet)
    date_format = book.add_format({"num_format": "d mmm"})
    for row, cells in enumerate(rows):
        for column, value in enumerate(cells):
            if isinstance(value, datetime):
                page.write_datetime(row, column, value, date_format)
            elif value is not None:
                page.write(row, column, value)
    if more:
        more(book, page)
    book.close()
    return buffer.getvalue()


HEAD = ["case_id", "month", "vas", "calcium"]
ROW = [1, 0, 9, 8.9]


def with_cell(column: int, value: Any) -> bytes:
    """A workbook of one visit in which one cell has this value."""
    return workbook([HEAD, [*ROW[:column], value, *ROW[column + 1 :]]])


def parts(content: bytes, **changes: bytes | None) -> bytes:
    """A workbook with parts of its archive replaced or added; ``__`` in a name is a slash."""
    changed = {
        name.replace("__", "/").replace("_xml", ".xml").replace("_bin", ".bin"): new for name, new in changes.items()
    }
    buffer = BytesIO()
    with zipfile.ZipFile(BytesIO(content)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as made:
        for name in old.namelist():
            if name not in changed:
                made.writestr(name, old.read(name))
        for name, new in changed.items():
            if new is not None:
                made.writestr(name, new)
    return buffer.getvalue()


def sheet_xml(change: Callable[[bytes], bytes]) -> bytes:
    """A workbook of one visit whose sheet is written otherwise."""
    content = workbook([HEAD, ROW])
    with zipfile.ZipFile(BytesIO(content)) as archive:
        xml = archive.read("xl/worksheets/sheet1.xml")
    changed = change(xml)
    assert changed != xml
    return parts(content, xl__worksheets__sheet1_xml=changed)


def archive(entries: Sequence[tuple[str, bytes]]) -> bytes:
    """A plain zip archive."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in entries:
            made.writestr(name, content)
    return buffer.getvalue()
