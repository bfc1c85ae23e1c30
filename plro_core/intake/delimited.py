"""Text with delimiters as raw cells: encoding and delimiter are declared or found, never guessed without a word."""

import codecs
import csv
import re
from collections.abc import Callable
from dataclasses import replace
from io import StringIO
from typing import TYPE_CHECKING

from plro_core.intake import titles
from plro_core.intake.gates import MOST_BYTES, MOST_COLUMNS, MOST_ROWS
from plro_core.intake.model import Dialect, File, Finding, Sheet
from plro_core.intake.refusal import Refusal

if TYPE_CHECKING:  # a reader's process starts without numpy, which takes long to load
    from plro_core.intake.flat import Flat

DELIMITERS = (",", ";", "\t")
ENCODINGS = ("utf-8", "utf-16", "cp1254", "cp1252", "iso8859-9", "iso8859-1")

_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_LONE_RETURN = re.compile("\r(?!\n)")
# The size of the file is the limit: a data dictionary may hold a whole picture in a label.
csv.field_size_limit(MOST_BYTES["csv"])
#: The first line by which a spreadsheet program says what stands between cells.
_SEPARATOR = re.compile(r'"?sep=([,;\t])"?[,;\t]*(?:\r?\n|\Z)', re.IGNORECASE)
_SAMPLE = 200  # rows looked at where the head is unknown


def sheet(file: File, declared: Dialect, known: Callable[[str], bool]) -> tuple[Sheet, Dialect]:
    """The table that the file holds, and how it was read; ``known`` tells whether a head is one of ours.

    Raises:
        Refusal: the text cannot be read in one way only.
    """
    from plro_core.intake.raw_cells import TextRows  # a reader's process needs no Arrow, which takes long to load

    head, head_row, cells, dialect = taken_apart(file, declared, known)
    return Sheet(file.name, "", head, TextRows.of(cells), head_row), dialect


def taken_apart(
    file: File, declared: Dialect, known: Callable[[str], bool]
) -> "tuple[tuple[str, ...], int, Flat, Dialect]":
    """Head, its row, the cells below it, and how the text was read.

    Raises:
        Refusal: the text cannot be read in one way only.
    """
    encoding = _encoding(file, declared.encoding)
    text = _text(file, encoding)
    said = _SEPARATOR.match(text)
    if said:  # the row stays as an empty one, so that those below keep their numbers
        text = "\n" + text[said.end() :]
    delimiter = declared.delimiter or (said[1] if said else _delimiter(text, known))
    if delimiter not in DELIMITERS:
        raise _refused(file, "dialect", "the declared delimiter is unknown; expected comma, semicolon or tab.")
    return *_rows(file, text, delimiter, known), replace(declared, encoding=encoding, delimiter=delimiter)


def _encoding(file: File, declared: str) -> str:
    marked = next((name for mark, name in _MARKS if file.content.startswith(mark)), "")
    if not declared:
        return marked or "utf-8"
    try:
        name = codecs.lookup(declared).name
    except (LookupError, ValueError):
        name = declared
    name = "utf-8" if name == "utf-8-sig" else name
    if name not in ENCODINGS:
        raise _refused(file, "encoding", f"the declared encoding is unknown; expected one of {', '.join(ENCODINGS)}.")
    if marked and name != marked:
        raise _refused(file, "encoding", f"the file says that it is {marked.upper()}; another encoding was declared.")
    if name == "utf-16" and not marked:
        raise _refused(file, "encoding", "the file lacks the byte order mark of UTF-16; expected one.")
    return name


def _text(file: File, encoding: str) -> str:
    try:
        text = file.content.decode("utf-8-sig" if encoding == "utf-8" else encoding)
    except UnicodeDecodeError as error:
        raise _undecodable(file, encoding, error) from None
    if "\0" in text:
        raise _refused(file, "encoding", "the file holds NUL characters; expected text.", "Save it as CSV UTF-8.")
    if _LONE_RETURN.search(text):
        hint = "Save it as “CSV UTF-8 (comma delimited)”, not as CSV for Macintosh."
        raise _refused(file, "line_ends", "a line ends in a lone carriage return; expected line feeds.", hint)
    return text


def _undecodable(file: File, encoding: str, error: UnicodeDecodeError) -> Refusal:
    """Show how the first foreign cell reads under the encodings that clinics use, so that a person can choose."""
    content, start = file.content, error.start
    row = content.count(b"\n", 0, start) + 1
    left = max(content.rfind(mark, 0, start) for mark in (b",", b";", b"\t", b"\n")) + 1
    right = min(
        (at for at in (content.find(mark, start) for mark in (b",", b";", b"\t", b"\r", b"\n")) if at >= 0),
        default=len(content),
    )
    cell = content[left:right][:60]
    readings = " or ".join(f"“{cell.decode(name, 'replace')}” ({name})" for name in ("cp1254", "cp1252"))
    return Refusal(
        Finding(
            file.name,
            row=row,
            rule="encoding",
            message=f"the text is not {encoding.upper()}; expected the encoding to be declared.",
            suggestion=f"A cell reads as {readings}: which is right?",
        )
    )


def _delimiter(text: str, known: Callable[[str], bool]) -> str:
    """The delimiter under which most heads are ours; with a foreign head, the one that gives even rows."""
    heads = {mark: _first(text, mark, 1) for mark in DELIMITERS}
    score = {mark: sum(map(known, rows[0][:MOST_COLUMNS])) if rows else 0 for mark, rows in heads.items()}
    best = max(DELIMITERS, key=lambda mark: score[mark])
    if score[best] and list(score.values()).count(score[best]) == 1:
        return best
    widths = {mark: {len(row) for row in _first(text, mark, _SAMPLE)} for mark in DELIMITERS}
    even = [mark for mark in DELIMITERS if len(widths[mark]) == 1 and max(widths[mark]) > 1]
    return max(even, key=lambda mark: max(widths[mark])) if even else ","


def _first(text: str, delimiter: str, count: int) -> list[list[str]]:
    rows = []
    try:
        for row in csv.reader(StringIO(text, newline=""), strict=True, delimiter=delimiter):
            if row:
                rows.append(row)
            if len(rows) == count:
                break
    except csv.Error:
        return []
    return rows


def _rows(file: File, text: str, delimiter: str, known: Callable[[str], bool]) -> "tuple[tuple[str, ...], int, Flat]":
    """Head, its row, and the rows below; every row that has another number of cells than the head is named."""
    if text.count("\n") > MOST_ROWS:
        raise _refused(file, "too_many_rows", f"more than {MOST_ROWS:,} lines; expected fewer.")
    from plro_core.intake import flat  # and numpy: whoever refuses a file before needs neither

    lines = flat.quoted(file, text, delimiter) if '"' in text else flat.plain(text.encode(), delimiter.encode())
    if not len(lines.numbers):
        raise _refused(file, "empty", "the file holds no cell; expected a row of column names.")
    lines = lines.from_line(titles.above(map(lines.cells, range(min(len(lines.numbers), titles.MOST + 1))), known))
    head = lines.cells(0)
    if len(head) > MOST_COLUMNS:
        raise _refused(file, "too_large", f"{len(head):,} columns; expected at most {MOST_COLUMNS:,}.")
    if ragged := lines.of_other_width:
        raise Refusal(*(_ragged(file, row, cells, len(head)) for row, cells in ragged))
    return head, int(lines.numbers[0]), lines.below


def _ragged(file: File, row: int, cells: int, expected: int) -> Finding:
    hint = ""
    if expected == 1:
        hint = "Is the first line a title? Then remove it, or say in a mapping which row is the head."
    elif cells > expected:
        hint = "Are decimal commas between comma-separated cells? Then separate the cells by semicolons."
    message = f"{cells} cells; expected {expected} as in the first line."
    return Finding(file.name, row=row, rule="ragged", message=message, suggestion=hint)


def _refused(file: File, rule: str, message: str, suggestion: str = "") -> Refusal:
    return Refusal(Finding(file.name, rule=rule, message=message, suggestion=suggestion))
