"""Sheets of an XLSX workbook as raw cells. It runs in a process of its own: ask ``workbooks``.

The reader library hands out the value that a formula had when the file was saved, and an error such as ``#N/A`` as an
empty cell. Both would be read without a word, so the XML of each sheet is searched for them first.
"""

import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from io import BytesIO
from posixpath import join, normpath
from typing import Any
from xml.etree import ElementTree

from python_calamine import CalamineWorkbook, SheetVisibleEnum

from plro_core.intake import number_formats
from plro_core.intake.archive import Archive
from plro_core.intake.gates import MOST_COLUMNS, MOST_ROWS
from plro_core.intake.model import File, Finding, Raw, Severity, Sheet
from plro_core.intake.refusal import Refusal
from plro_core.text import printable

#: The reader lays a sheet out as a full grid from its first to its last cell.
MOST_CELLS = 20_000_000

LONGEST_TEXT = 32_767  # Excel's own limit
_MOST_TEXT = 1_000_000_000  # cells times the longest text: what the reader may have to hold

_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_CELL = rb"<(?:\w+:)?c\b([^<>]*)>"
_REF = re.compile(rb"""(?<![\w:])r\s*=\s*["']([A-Za-z]{1,3}\d{1,7})["']""")
_FAR = re.compile(rb"""(?<![\w:])r\s*=\s*["']([A-Za-z]{1,3})(\d{1,7})["']""")
#: Where a row or a cell says that it stands, whatever it says.
_PLACE = re.compile(rb"""<(?:\w+:)?(?:row|c)(?=\s)[^<>]*?\sr\s*=\s*(?:"([^"<>]*)"|'([^'<>]*)')""")
_PLACE_IN_SHEET = re.compile(rb"([A-Za-z]{0,3})(\d{1,7})")
_LAST_ROW, _LAST_COLUMN = 1_048_576, 16_384
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s>/]")
_CELL_WITH_FORMULA = re.compile(_CELL + rb"\s*<(?:\w+:)?f[\s>/]")
_CELL_WITH_ERROR = re.compile(rb"""<(?:\w+:)?c\b([^<>]*?\st\s*=\s*["']e["'][^<>]*)>""")
_ERROR_TEXT = re.compile(rb"<(?:\w+:)?v>([^<]{1,20})<")
_MERGED = re.compile(rb"""<(?:\w+:)?mergeCell\b[^<>]*?\sref\s*=\s*["']([A-Za-z0-9:$]{1,40})["']""")
_HIDDEN = re.compile(rb"""<(?:\w+:)?(col|row)\b[^<>]*?\shidden\s*=\s*["'](?:1|true)["']""")
_NARROW = re.compile(rb"""<(?:\w+:)?(col|row)\b[^<>]*?\s(?:width|ht)\s*=\s*["']0(?:\.0*)?["']""")
_ROW = re.compile(rb"<(?:\w+:)?row[\s>/]")
_ROW_NUMBER = re.compile(rb"""<(?:\w+:)?row\b[^<>]*?\sr\s*=\s*["'](\d{1,7})["']""")
_CELL_REF = re.compile(rb"""<(?:\w+:)?c\b[^<>]*?\sr\s*=\s*["']([A-Za-z]{1,3}\d{1,7})["']""")
_TEXT = re.compile(rb"<(?:\w+:)?si\b")

#: What XML allows and spreadsheets never write: the reader library takes a value only up to there, 8<!-- -->.9 as 8.
_BROKEN_UP = re.compile(
    rb"<!--|<!\[CDATA\[|<\?(?!xml\s)|<(?:\w+:)?v\b[^<>]*>[-+0-9.eE\s]*&#|</(?:\w+:)?v>\s*<(?:\w+:)?v\b"
)

#: An angle bracket where no tag begins or ends: in a comment, in raw data or in an attribute. Tags could hide behind it.
_STRAY = re.compile(rb"""<[^<>]*<|<[^<>]*=\s*(?:"[^"<>]*>|'[^'<>]*>)""")


def sheets(file: File, ignored: frozenset[str]) -> tuple[list[Sheet], list[Finding]]:
    """All sheets with cells but those of the given names (in small letters), and what is doubtful about them.

    Merged cells are errors by the last row that they cover, which do not refuse the file here: titles may be merged.

    Raises:
        Refusal: the file is no workbook that can be read in full, safely and without guessing.
    """
    archive = Archive(file)
    parts = [(name, part) for name, part in _parts(file, archive) if name.casefold() not in ignored]
    longest = _longest_text(archive)
    findings: list[Finding] = []
    for name, part in parts:
        findings += _search(file, name, archive.read(part), longest)
    if any(finding.severity == "error" and finding.rule != "merged" for finding in findings):
        raise Refusal(*findings)
    found, hidden = _read(file, {name for name, _ in parts})
    findings += _formats(found, archive, dict(parts))
    if any(finding.severity == "error" and finding.rule != "merged" for finding in findings):
        raise Refusal(*findings)
    return found, [*hidden, *findings]


def _formats(found: list[Sheet], archive: Archive, parts: dict[str, str]) -> Iterator[Finding]:
    """Where the sheets show something else than they hold."""
    styles, conditional = number_formats.styles(archive), number_formats.conditional(archive)
    for sheet in found:
        xml = archive.read(parts[sheet.name])
        yield from number_formats.findings(sheet, xml, styles)
        if conditional and b"conditionalFormatting" in xml:
            message = (
                "a conditional format may show other numbers than the cells hold; they are read as they are stored."
            )
            yield Finding(
                sheet.file,
                sheet.name,
                rule="number_format",
                severity="warning",
                message=message,
                suggestion="Remove it.",
            )


def _parts(file: File, archive: Archive) -> list[tuple[str, str]]:
    """Name of each sheet and of the part of the archive that holds it."""
    try:
        relations = {
            relation.get("Id"): relation.get("Target", "")
            for relation in ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))  # noqa: S314 (no DOCTYPE)
        }
        workbook = ElementTree.fromstring(archive.read("xl/workbook.xml"))  # noqa: S314
    except ElementTree.ParseError:
        raise _refused(file, "broken", "the list of sheets is damaged; expected a whole workbook.") from None
    named = [
        (entry.get("name", ""), relations.get(entry.get(_RELATION), ""))
        for entry in workbook.iter()
        if entry.tag.endswith("}sheet")
    ]
    found = [(name, normpath(join("xl", target)).lstrip("/")) for name, target in named]
    if not found or any(part not in archive.names for _, part in found):
        raise _refused(file, "broken", "the list of sheets names none, or one that is missing.")
    return found


def _longest_text(archive: Archive) -> int:
    """Length of the longest shared text in bytes of XML: the reader copies it into each cell that names it."""
    shared = [name for name in archive.names if name.casefold().endswith("sharedstrings.xml")]
    return max((len(text) for name in shared for text in _TEXT.split(archive.read(name))), default=0)


def _search(file: File, sheet: str, xml: bytes, longest: int) -> Iterator[Finding]:
    """What the XML of a sheet tells and the reader library does not."""
    if _STRAY.search(xml) or _BROKEN_UP.search(xml):
        raise _refused(file, "broken", "the sheet is not XML as spreadsheets write it.", sheet)
    if len(_ROW.findall(xml)) > MOST_ROWS:
        raise _refused(file, "too_many_rows", f"more than {MOST_ROWS:,} rows; expected fewer.", sheet)
    _refuse_outside(file, sheet, xml)
    _refuse_twice(file, sheet, xml)
    refs = set(_FAR.findall(xml))
    rows = max((int(row) for _, row in refs), default=0)
    width = max((_column(letters) for letters in {letters for letters, _ in refs}), default=0)
    if rows > MOST_ROWS:
        raise _refused(file, "too_many_rows", f"a cell in row {rows}; expected at most {MOST_ROWS:,} rows.", sheet)
    if rows * width > MOST_CELLS or width > MOST_COLUMNS:
        raise _refused(
            file, "too_large", f"cells up to row {rows} and column {width}; expected one table at the top left.", sheet
        )
    if longest > LONGEST_TEXT or longest * len(refs) > _MOST_TEXT:
        raise _refused(file, "too_large", "texts that are too long for a table; expected short ones.", sheet)
    yield from _formulas(file, sheet, xml)
    yield from _error_cells(file, sheet, xml)
    for found in _MERGED.findall(xml):
        message = f"{found.decode()} is one merged cell; expected one value a cell."
        last = int(re.sub(rb"\D", b"", found.rpartition(b":")[2]) or b"0")
        yield Finding(file.name, sheet, last, rule="merged", message=message)
    for kind in sorted({found.decode() for found in (*_HIDDEN.findall(xml), *_NARROW.findall(xml))}):
        words = {"col": "columns", "row": "rows"}[kind]
        message = f"the sheet has hidden {words}; they are read like the others."
        yield _finding(file, sheet, "hidden", message, "warning", "Show them and look at what they hold.")


def _refuse_outside(file: File, sheet: str, xml: bytes) -> None:
    """A place that no sheet has: the reader library believes it, and lays out a grid up to there."""
    for place in {double or single for double, single in _PLACE.findall(xml)}:
        found = _PLACE_IN_SHEET.fullmatch(place)
        if not found or not 0 < int(found[2]) <= _LAST_ROW or _column(found[1]) > _LAST_COLUMN:
            shown = printable(place.decode("utf-8", "replace"), 30)
            message = f"a row or a cell at “{shown}”; expected places from A1 to XFD1048576, where a sheet ends."
            raise _refused(file, "too_large", message, sheet)


def _refuse_twice(file: File, sheet: str, xml: bytes) -> None:
    """Of two cells in one place a person sees one, and the reader library may take the other."""
    for found in ([ref.upper() for ref in _CELL_REF.findall(xml)], _ROW_NUMBER.findall(xml)):
        if len(set(found)) < len(found):
            raise _refused(file, "broken", "a row or a cell stands twice; expected each once.", sheet)


def _formulas(file: File, sheet: str, xml: bytes) -> Iterator[Finding]:
    if not _FORMULA.search(xml):
        return
    attributes = _CELL_WITH_FORMULA.findall(xml)
    hint = "Copy the cells and paste them as values."
    for found in attributes:
        yield _cell_finding(file, sheet, found, "formula", "a formula; expected a value.", hint)
    if not attributes:
        yield _finding(file, sheet, "formula", "the sheet holds a formula; expected values.", "error", hint)


def _error_cells(file: File, sheet: str, xml: bytes) -> Iterator[Finding]:
    for found in _CELL_WITH_ERROR.finditer(xml):
        text = _ERROR_TEXT.search(xml, found.end(), found.end() + 400)
        value = text[1].decode("utf-8", "replace") if text else "an error"
        yield _cell_finding(
            file, sheet, found[1], "excel_error", "an error of the spreadsheet; expected a value.", "", value
        )


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def _read(file: File, wanted: set[str]) -> tuple[list[Sheet], list[Finding]]:
    try:
        workbook = CalamineWorkbook.from_filelike(BytesIO(file.content))
        grids = {
            entry.name: (workbook.get_sheet_by_name(entry.name).to_python(skip_empty_area=False), entry.visible)
            for entry in workbook.sheets_metadata
            if entry.name in wanted
        }
    except (KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except BaseException:  # a panic of the Rust library is no Exception
        raise _refused(file, "broken", "the workbook cannot be read; expected a whole one.") from None
    if set(grids) != wanted:
        raise _refused(file, "broken", "the sheets of the workbook do not agree with its list of them.")
    read = {name: _sheet(file, name, grid) for name, (grid, _) in grids.items()}
    hidden = [
        _finding(file, name, "hidden", "the sheet is hidden; it is read like the others.", "warning", "Show it.")
        for name, (_, visible) in grids.items()
        if visible != SheetVisibleEnum.Visible and read[name]
    ]
    return [sheet for sheet in read.values() if sheet], hidden


def _sheet(file: File, name: str, grid: list[list[Any]]) -> Sheet | None:
    """The first row with a cell is the head; rows without a cell are left out; ``None`` without any cell."""
    rows = [(number, tuple(map(_raw, cells))) for number, cells in enumerate(grid, 1) if any(c != "" for c in cells)]
    if not rows:
        return None
    (head_row, head), *rest = rows
    return Sheet(
        file.name, name, tuple("" if cell is None else str(cell) for cell in head), tuple(rest), head_row=head_row
    )


def _raw(cell: Any) -> Raw:
    if cell.__class__ is str:
        return cell or None
    if isinstance(cell, time):
        return datetime.combine(date(1899, 12, 31), cell)
    return datetime(1899, 12, 31) if isinstance(cell, timedelta) else cell


def _cell_finding(
    file: File, sheet: str, attributes: bytes, rule: str, message: str, hint: str, value: str = ""
) -> Finding:
    ref = _REF.search(b" " + attributes)
    cell = ref[1].decode().upper() if ref else ""
    row = int(re.sub(r"\D", "", cell)) if cell else None
    return Finding(file.name, sheet, row, "", cell, value, rule, "error", message, hint)


def _finding(
    file: File, sheet: str, rule: str, message: str, severity: Severity = "error", suggestion: str = ""
) -> Finding:
    return Finding(file.name, sheet, rule=rule, severity=severity, message=message, suggestion=suggestion)


def _refused(file: File, rule: str, message: str, sheet: str = "") -> Refusal:
    return Refusal(Finding(file.name, sheet, rule=rule, message=message))
