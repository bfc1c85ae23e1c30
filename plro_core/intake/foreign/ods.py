"""Sheets of an OpenDocument workbook (.ods) as raw cells. It runs in a process of its own: ask ``workbooks``.

What a workbook of Excel is refused for refuses this one: formulas, errors, merged cells, values from other files, a number
that is shown as something else than it is.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from xml.etree import ElementTree as ET

from plro_core.intake.archive import Archive
from plro_core.intake.gates import MOST_COLUMNS, MOST_ROWS
from plro_core.intake.model import File, Finding, Raw, Severity, Sheet
from plro_core.intake.refusal import Refusal

CONTENT = "content.xml"
#: Cells that rows and columns which stand for several may come to.
MOST_CELLS = 20_000_000

_SPACES = {
    "office": "urn:oasis:names:tc:opendocument:xmlns:office:1.0",
    "table": "urn:oasis:names:tc:opendocument:xmlns:table:1.0",
    "text": "urn:oasis:names:tc:opendocument:xmlns:text:1.0",
    "style": "urn:oasis:names:tc:opendocument:xmlns:style:1.0",
    "calcext": "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0",
}
#: Parts of a package that run.
_MACROS = re.compile(r"(Basic|Scripts)/.*", re.IGNORECASE)
_ELSEWHERE = (b"table:table-source", b"table:cell-range-source", b"table:dde-link", b"table:database-")
_ROUNDED = "shown with fewer decimals; it is read as it is stored"
_HINT = "Show the column as a plain number, look at its values, and mend them."


def _tag(space: str, name: str) -> str:
    return f"{{{_SPACES[space]}}}{name}"


_CELLS = (_tag("table", "table-cell"), _tag("table", "covered-table-cell"))
_ROWS = _tag("table", "table-row")
_VALUE, _TYPE = _tag("office", "value"), _tag("office", "value-type")


@dataclass
class _Grid:
    """The cells of one sheet as they come, by row, and what is wrong with them."""

    file: str
    name: str
    rows: dict[int, dict[int, Raw]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    formats: dict[str, tuple[str, int]] = field(default_factory=dict)

    def note(self, row: int, column: int, rule: str, text: str, value: str = "", hint: str = "") -> None:
        cell = f"{_letters(column)}{row}"
        self.findings.append(Finding(self.file, self.name, row, "", cell, value, rule, "error", text, hint))

    def about(self, rule: str, text: str, severity: Severity = "warning", hint: str = "") -> None:
        self.findings.append(Finding(self.file, self.name, rule=rule, severity=severity, message=text, suggestion=hint))


def sheets(file: File, ignored: frozenset[str]) -> tuple[list[Sheet], list[Finding]]:
    """All sheets with cells but those of the given names (in small letters), and what is doubtful about them.

    Raises:
        Refusal: the file is no workbook that can be read in full, safely and without guessing.
    """
    archive = Archive(file, CONTENT)
    if any(_MACROS.fullmatch(name) for name in archive.names):
        raise _refused(file, "macros", "the workbook holds macros; expected plain cells.")
    if "META-INF/manifest.xml" in archive.names and b"encryption-data" in archive.read("META-INF/manifest.xml"):
        raise _refused(file, "password", "the workbook is protected by a password; expected an open one.")
    xml = archive.read(CONTENT)
    if any(part in xml for part in _ELSEWHERE):
        raise _refused(file, "external_link", "the workbook takes values from other files; expected plain cells.")
    try:
        root = ET.fromstring(xml)  # noqa: S314 (no DOCTYPE)
    except ET.ParseError:
        raise _refused(file, "broken", "the sheets cannot be read; expected a whole workbook.") from None
    hidden = _hidden_styles(root)
    grids = [
        _grid(file, table, hidden)
        for table in root.iter(_tag("table", "table"))
        if table.get(_tag("table", "name"), "").casefold() not in ignored
    ]
    findings = [finding for grid in grids if grid.rows for finding in grid.findings]
    if any(finding.severity == "error" and finding.rule != "merged" for finding in findings):
        raise Refusal(*findings)
    return [_sheet(grid) for grid in grids if grid.rows], findings


def _hidden_styles(root: ET.Element) -> frozenset[str]:
    """The styles of sheets that are not shown."""
    found = (
        style.get(_tag("style", "name"), "")
        for style in root.iter(_tag("style", "style"))
        for part in style.iter(_tag("style", "table-properties"))
        if part.get(_tag("table", "display")) == "false"
    )
    return frozenset(found)


def _grid(file: File, table: ET.Element, hidden: frozenset[str]) -> _Grid:
    grid = _Grid(file.name, table.get(_tag("table", "name"), ""))
    row, held = 1, 0
    for element in table.iter(_ROWS):
        times = _times(file, element, "number-rows-repeated")
        cells = dict(_row(file, element, row, grid))
        if cells:
            held += len(cells) * times
            if row + times - 1 > MOST_ROWS or held > MOST_CELLS:
                raise _refused(file, "too_many_rows", f"more than {MOST_ROWS:,} rows; expected fewer.")
            grid.rows |= dict.fromkeys(range(row, row + times), cells)
        row += times
    _about_sheet(grid, table, hidden)
    return grid


def _about_sheet(grid: _Grid, table: ET.Element, hidden: frozenset[str]) -> None:
    """What of the whole sheet is not seen by whoever looks at it, and which numbers it shows otherwise."""
    if table.get(_tag("table", "style-name")) in hidden:
        grid.about("hidden", "the sheet is hidden; it is read like the others.", hint="Show it.")
    visibility = _tag("table", "visibility")
    for tag, words in ((_tag("table", "table-column"), "columns"), (_ROWS, "rows")):
        if any(element.get(visibility, "visible") != "visible" for element in table.iter(tag)):
            text = f"the sheet has hidden {words}; they are read like the others."
            grid.about("hidden", text, hint="Show them and look at what they hold.")
    for text, (cell, count) in grid.formats.items():
        more = f" ({count} such cells)" if count > 1 else ""
        row = int(re.sub(r"\D", "", cell))
        said = f"{text}; expected a plain number{more}."
        grid.findings.append(Finding(grid.file, grid.name, row, "", cell, "", "number_format", "error", said, _HINT))


def _times(file: File, element: ET.Element, attribute: str) -> int:
    text = element.get(_tag("table", attribute), "1")
    if not re.fullmatch(r"[1-9][0-9]{0,6}", text):
        raise _refused(file, "broken", "a row or a cell is repeated in a way that no spreadsheet writes.")
    return int(text)


def _row(file: File, element: ET.Element, row: int, grid: _Grid) -> Iterator[tuple[int, Raw]]:
    column = 0
    for cell in element:
        if cell.tag not in _CELLS:
            continue
        times = _times(file, cell, "number-columns-repeated")
        raw = _raw(cell, row, column, grid)
        if raw is not None:
            if column + times > MOST_COLUMNS:
                raise _refused(file, "too_large", f"more than {MOST_COLUMNS:,} columns; expected fewer.")
            yield from ((at, raw) for at in range(column, column + times))
        column += times


def _raw(cell: ET.Element, row: int, column: int, grid: _Grid) -> Raw:
    """What a cell holds; a finding for what it must not hold."""
    if cell.get(_tag("table", "formula")) is not None:
        grid.note(
            row, column, "formula", "a formula; expected a value.", hint="Copy the cells and paste them as values."
        )
    spans = [int(cell.get(_tag("table", f"number-{kind}-spanned"), "1") or 1) for kind in ("rows", "columns")]
    if max(spans) > 1:
        text = "the cell is merged with others; expected one value a cell."
        grid.note(row + spans[0] - 1, column, "merged", text)
    kind, text = cell.get(_TYPE, ""), _text(cell)
    if cell.get(_tag("calcext", "value-type")) == "error":
        grid.note(row, column, "excel_error", "an error of the spreadsheet; expected a value.", text)
    if kind in ("float", "percentage", "currency"):
        return _number(cell, text, kind, row, column, grid)
    if kind == "boolean":
        return cell.get(_tag("office", "boolean-value")) == "true"
    if kind == "date":
        return _date(cell, text, row, column, grid)
    if kind == "time":
        return datetime(1899, 12, 31)
    return cell.get(_tag("office", "string-value")) or text or None


def _number(cell: ET.Element, text: str, kind: str, row: int, column: int, grid: _Grid) -> Raw:
    """The number as it is held; one that is shown as another is told by its first cell."""
    held = cell.get(_VALUE, "")
    if not re.fullmatch(r"[-+]?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]{1,3})?", held):
        grid.note(row, column, "broken", "no number, though the workbook says that it is one.", held)
        return None
    value = float(held)
    said = (
        "shown as a percentage, a hundred times what the cell holds"
        if kind == "percentage"
        else _otherwise(text, value)
    )
    if said:
        first, count = grid.formats.get(said, (f"{_letters(column)}{row}", 0))
        grid.formats[said] = (first, count + 1)
    return value


def _otherwise(text: str, value: float) -> str:
    """How a cell shows something else than the number that it holds; empty if it shows that, or nothing is known of it."""
    plain = text.replace(" ", "").replace("\u00a0", "").replace("−", "-")
    if not plain or _is_grouped(plain, value):
        return ""
    if not re.fullmatch(r"-?[0-9]+([.,][0-9]+)?", plain):
        wrong = re.search(r"[<>≤≥~%]", plain) or not re.search("[0-9]", plain)
        return "shown with signs that the cell does not hold" if wrong else ""
    decimals = len(re.split("[.,]", plain)[1]) if re.search("[.,]", plain) else 0
    off = abs(float(plain.replace(",", ".")) - value)
    if off > 0.5000001 * 10.0**-decimals:
        return "shown as another number than the cell holds"
    return _ROUNDED if off > 1e-9 * max(1.0, abs(value)) else ""


def _is_grouped(plain: str, value: float) -> bool:
    """Whether a text is the number with its thousands in groups."""
    groups = re.fullmatch(r"-?[0-9]{1,3}([.,'][0-9]{3})+", plain)
    return bool(groups) and float(re.sub(r"[.,']", "", plain)) == value


def _date(cell: ET.Element, text: str, row: int, column: int, grid: _Grid) -> Raw:
    held = cell.get(_tag("office", "date-value"), "")
    try:
        found: date = datetime.fromisoformat(held) if "T" in held else date.fromisoformat(held)
    except ValueError:
        grid.note(row, column, "broken", "no date, though the workbook says that it is one.", text)
        return None
    return found


def _text(cell: ET.Element) -> str:
    """The text of a cell, a line a paragraph; notes beside it are none of it."""
    return "\n".join("".join(_words(part)) for part in cell if part.tag == _tag("text", "p")).strip()


def _words(part: ET.Element) -> Iterator[str]:
    if part.tag == _tag("text", "s"):
        yield " " * min(int(part.get(_tag("text", "c"), "1") or 1), 100)
    elif part.tag in (_tag("text", "tab"), _tag("text", "line-break")):
        yield "\t" if part.tag == _tag("text", "tab") else "\n"
    yield part.text or ""
    for inner in part:
        if inner.tag != _tag("office", "annotation"):
            yield from _words(inner)
        yield inner.tail or ""


def _letters(column: int) -> str:
    letters, rest = "", column + 1
    while rest:
        rest, letter = divmod(rest - 1, 26)
        letters = chr(65 + letter) + letters
    return letters


def _sheet(grid: _Grid) -> Sheet:
    """The first row with a cell is the head; rows without a cell are left out."""
    width = max(max(cells) for cells in grid.rows.values()) + 1
    laid: Mapping[int, tuple[Raw, ...]] = {
        number: tuple(cells.get(at) for at in range(width)) for number, cells in grid.rows.items()
    }
    (head_row, head), *rest = laid.items()
    heads = tuple("" if cell is None else str(cell) for cell in head)
    return Sheet(grid.file, grid.name, heads, tuple(rest), head_row=head_row)


def _refused(file: File, rule: str, message: str) -> Refusal:
    return Refusal(Finding(file.name, rule=rule, message=message))
