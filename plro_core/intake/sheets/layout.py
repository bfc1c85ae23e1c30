"""Where the table of a sheet begins and ends: titles above its head and footers below it are left out, rows keep numbers."""

import codecs
import csv
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from io import StringIO

from plro_core.intake import titles
from plro_core.intake.given import shown
from plro_core.intake.model import Dialect, File, Finding, Raw, Sheet
from plro_core.intake.redcap.names import written
from plro_core.intake.sheets.mapping import SheetMapping, SheetsMapping
from plro_core.text import printable

_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_HEAD = 200_000  # letters in which a head is looked for


#: File and sheet.
Name = tuple[str, str]


def of_text(
    file: File, declared: Dialect, mapping: SheetsMapping, present: Collection[Name] = ()
) -> SheetMapping | None:
    """The part of a mapping that a text file is read with: that of its name, or the one whose columns it has.

    A part that names another one of the sheets that are ``present`` is of that.
    """
    named = next((one for one in mapping.sheets if one.file == file.name and not one.sheet), None)
    records = [] if named else records_of(file, declared)
    return named or next((one for one in _of_others(mapping, present) if _has(records, one)), None)


def of_sheet(sheet: Sheet, mapping: SheetsMapping, present: Collection[Name] = ()) -> SheetMapping | None:
    """The part of a mapping that a sheet is read with, as :func:`of_text`."""
    named = next((one for one in mapping.sheets if (one.file, one.sheet) == (sheet.file, sheet.name)), None)
    return named or next((one for one in _of_others(mapping, present) if _fits(one, table(sheet, one).head)), None)


def _of_others(mapping: SheetsMapping, present: Collection[Name]) -> list[SheetMapping]:
    return [one for one in mapping.sheets if (one.file, one.sheet) not in present]


def without_titles(file: File, declared: Dialect, one: SheetMapping) -> File:
    """A text file in which titles and footers are empty lines, so that every other row keeps its number."""
    text, encoding = _decoded(file, declared)
    kept, below = [], False
    for number, record in enumerate(_records(text), 1):
        start = record.strip().lstrip('"').lstrip()
        below = below or (number > one.head_row and _begins(start, one.footers))
        kept.append("\n" if number < one.head_row or below else record)
    return replace(file, content="".join(kept).encode(encoding, "surrogateescape"))


def records_of(file: File, declared: Dialect) -> list[str]:
    """The first rows of a text file, as it is written."""
    return list(_records(_decoded(file, declared)[0][:_HEAD]))


def _decoded(file: File, declared: Dialect) -> tuple[str, str]:
    """The text and what its bytes are written in: as its mark says, as declared, or else as UTF-8, whatever it holds."""
    marked = next((name for mark, name in _MARKS if file.content.startswith(mark)), "")
    try:
        encoding = marked or (codecs.lookup(declared.encoding).name if declared.encoding else "utf-8")
        return file.content.decode(encoding, "surrogateescape"), encoding
    except (LookupError, ValueError):  # who reads the file says why
        return file.content.decode("latin-1"), "latin-1"


def _records(text: str) -> Iterator[str]:
    """Rows of a text as a spreadsheet counts them: a quoted cell may go over several lines."""
    begun: list[str] = []
    quotes = 0
    for line in StringIO(text, newline=""):
        begun.append(line)
        quotes += line.count('"')
        if quotes % 2 == 0:
            yield "".join(begun)
            begun = []
    if begun:
        yield "".join(begun)


def titles_left_out(file: File, dialect: Dialect, sheet: Sheet) -> list[Finding]:
    """That the titles of a text file are left out, if it has any above its head that no mapping speaks of."""
    text = _decoded(file, dialect)[0][:_HEAD]
    above = [record.strip() for record, _ in zip(_records(text), range(sheet.head_row - 1), strict=False)]
    said = [line.strip('",;\t') for line in above if line.strip('",;\t') and not line.lstrip('"').startswith("sep=")]
    return [_left_out(sheet, said[0])] if said else []


def begun(sheet: Sheet, mapping: SheetsMapping | None, known: Callable[[str], bool]) -> tuple[Sheet, list[Finding]]:
    """A sheet of a workbook with its head where a mapping says that it is, or below rows that can be titles only."""
    one = of_sheet(sheet, mapping) if mapping else None
    if one is not None:
        return table(sheet, one), []
    rows = [sheet.head, *(tuple(map(written, cells)) for _, cells in sheet.rows[: titles.MOST])]
    count = titles.above(rows, known)
    if not count:
        return sheet, []
    (number, head), *rest = sheet.rows[count - 1 :]
    title = next(cell for cell in sheet.head if cell)
    found = replace(sheet, head=tuple(map(written, head)), rows=tuple(rest), head_row=number)
    return found, [_left_out(found, title)]


def _left_out(sheet: Sheet, title: str) -> Finding:
    message = (
        f"“{printable(title, 60)}” stands above the column names in row {sheet.head_row}; it is left out as a title."
    )
    return Finding(sheet.file, sheet.name, 1, rule="title", severity="warning", message=message)


def table(sheet: Sheet, one: SheetMapping) -> Sheet:
    """The sheet with its head where the mapping says that it is, and without titles and footers."""
    if sheet.head_row == one.head_row:
        head, rows = sheet.head, sheet.rows
    else:
        found = next(((number, cells) for number, cells in sheet.rows if number == one.head_row), None)
        if found is None:
            return sheet
        head = tuple(written(cell) for cell in found[1])
        rows = [row for row in sheet.rows if row[0] > one.head_row]
    end = next((at for at, (_, cells) in enumerate(rows) if _begins(_first(cells), one.footers)), len(rows))
    return replace(sheet, head=_heads(head), rows=rows[:end], head_row=one.head_row)


def _heads(head: Sequence[str]) -> tuple[str, ...]:
    return tuple(text.strip() for text in head)


def _first(cells: Sequence[Raw]) -> str:
    return next((text for cell in cells if (text := shown(cell).strip())), "")


def _begins(text: str, words: Sequence[str]) -> bool:
    return any(text.startswith(word) for word in words)


def _has(records: Sequence[str], one: SheetMapping) -> bool:
    if len(records) < one.head_row:
        return False
    record = records[one.head_row - 1]
    rows = (next(csv.reader(StringIO(record, newline=""), delimiter=mark), []) for mark in ",;\t")
    return any(_fits(one, cells) for cells in rows)


def _fits(one: SheetMapping, head: Sequence[str]) -> bool:
    return bool(one.read) and one.read <= set(_heads(head))
