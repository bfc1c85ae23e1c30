"""Text with delimiters as raw cells, row by row."""

import csv
from collections.abc import Callable
from dataclasses import replace
from io import StringIO

from plro_core.intake.delimited import DELIMITERS, _delimiter, _encoding, _ragged, _refused, _text
from plro_core.intake.gates import MOST_COLUMNS, MOST_ROWS
from plro_core.intake.model import Dialect, File, Finding, Sheet
from plro_core.intake.refusal import Refusal


def sheet(file: File, declared: Dialect, known: Callable[[str], bool]) -> tuple[Sheet, Dialect]:
    """The table that the file holds, and how it was read; ``known`` tells whether a head is one of ours.

    Raises:
        Refusal: the text cannot be read in one way only.
    """
    encoding = _encoding(file, declared.encoding)
    text = _text(file, encoding)
    delimiter = declared.delimiter or _delimiter(text, known)
    if delimiter not in DELIMITERS:
        raise _refused(file, "dialect", "the declared delimiter is unknown; expected comma, semicolon or tab.")
    return _rows(file, text, delimiter), replace(declared, encoding=encoding, delimiter=delimiter)


def _rows(file: File, text: str, delimiter: str) -> Sheet:
    """Head and rows; every row that has another number of cells than the head is named."""
    if text.count("\n") > MOST_ROWS:
        raise _refused(file, "too_many_rows", f"more than {MOST_ROWS:,} lines; expected fewer.")
    rows: list[tuple[int, tuple[str | None, ...]]] = []
    ragged = []
    head: tuple[str, ...] = ()
    number = head_row = 0
    try:
        for number, cells in enumerate(csv.reader(StringIO(text, newline=""), strict=True, delimiter=delimiter), 1):
            if not any(cells):
                continue
            if not head:
                head, head_row = tuple(cells), number
            elif len(cells) != len(head):
                ragged.append((number, len(cells)))
            else:
                rows.append((number, tuple([cell or None for cell in cells])))
    except csv.Error as error:
        finding = Finding(
            file.name, row=number + 1, rule="quote", message=f"{error}; expected cells as spreadsheets write them."
        )
        raise Refusal(finding) from None
    if not head:
        raise _refused(file, "empty", "the file holds no cell; expected a row of column names.")
    if len(head) > MOST_COLUMNS:
        raise _refused(file, "too_large", f"{len(head):,} columns; expected at most {MOST_COLUMNS:,}.")
    if ragged:
        raise Refusal(*(_ragged(file, row, cells, len(head)) for row, cells in ragged))
    return Sheet(file.name, "", head, tuple(rows), head_row)
