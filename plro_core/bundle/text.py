"""A table as the text of a file: RFC 4180, UTF-8, every cell exactly as it is stored.

This is the form that machines read again, so texts are guarded against spreadsheets only where that is asked for: otherwise one
that begins with ``=`` stays as it is.
"""

import csv
from io import StringIO

import pyarrow as pa

from plro_core.text import guarded as guarded_text


def csv_of(table: pa.Table, guarded: bool = False) -> bytes:
    """The table with a head of column names; missing cells are empty, floats have the digits that name them exactly.

    ``guarded``: a text that a spreadsheet would take for a formula has a quote before it.

    An empty text is written as a missing one: the registry holds none.
    """
    text = StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(table.column_names)
    writer.writerows(zip(*(_cells(column, guarded) for column in table.columns), strict=True))
    return text.getvalue().encode()


def _cells(column: pa.ChunkedArray, guarded: bool) -> list[object]:
    cells: list[object] = column.to_pylist()
    if pa.types.is_boolean(column.type):
        return [None if cell is None else "true" if cell else "false" for cell in cells]
    return [guarded_text(cell) if isinstance(cell, str) else cell for cell in cells] if guarded else cells


def first_difference(given: bytes, expected: bytes) -> str:
    """Where two texts part, for a sentence: ``line 14``; or which of them is not text at all."""
    try:
        lines = given.decode("utf-8").split("\r\n")
    except UnicodeDecodeError:
        return "it is not UTF-8 text"
    true = expected.decode("utf-8").split("\r\n")
    at = next((index for index, pair in enumerate(zip(lines, true, strict=False)) if pair[0] != pair[1]), None)
    return f"line {1 + (min(len(lines), len(true)) if at is None else at)}"
