"""Number formats of a workbook: where a cell shows something else than the number that it holds.

A cell formatted as a percentage shows ``21%`` and holds 0.21; another shows ``<8.9`` and holds 8.9. Who looks at the sheet
and who reads its values must see the same, so such a cell is an error, and one that shows fewer decimals is a question.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from posixpath import join, normpath
from xml.etree import ElementTree

from plro_core.intake.archive import Archive
from plro_core.intake.model import Finding, Severity, Sheet

#: Formats that every spreadsheet knows by number alone; those of dates are told by the reader of cells.
_BUILT_IN = {
    1: "0",
    2: "0.00",
    3: "#,##0",
    4: "#,##0.00",
    9: "0%",
    10: "0.00%",
    39: "#,##0.00;-#,##0.00",
    40: "#,##0.00;[Red]-#,##0.00",
}
_CELL = re.compile(rb"<(?:\w+:)?c\b([^<>]*)>")
_STYLE = re.compile(rb"""(?<![\w:])s\s*=\s*["'](\d{1,6})["']""")
_REF = re.compile(rb"""(?<![\w:])r\s*=\s*["']([A-Za-z]{1,3})(\d{1,7})["']""")
_QUIET = re.compile(
    r"\[(?:black|blue|cyan|green|magenta|red|white|yellow|color ?\d+|\$-[^\]]*)\]|_.|\*.", re.IGNORECASE
)
_LITERAL = re.compile(r'"([^"]*)"|\\(.)')
_NUMBER = re.compile(r"General|@|Standard|[#0?,]*[#0?](\.[#0?]*)?(E[-+][#0?]+)?|[#?0]+/[#?0]+", re.IGNORECASE)
_SCALED = re.compile(r"[#0?],+(?![#0?,])")
_LONGEST = 255  # Excel's own limit
_HINT = "Show the column as a plain number, look at its values, and mend them."


@dataclass(frozen=True)
class _Shown:
    """How one number is shown: as something else (with which severity), and with how many decimals at most."""

    words: str = ""
    severity: Severity = "error"
    decimals: int | None = None


def styles(archive: Archive) -> dict[int, str]:
    """Style of a cell -> the code of its number format, for styles that are not the usual one.

    Where the list of styles cannot be read there is nothing to tell: the reader of cells refuses a broken workbook.
    """
    try:
        sheet = _style_sheet(archive)
        codes = _BUILT_IN | {
            int(entry.get("numFmtId", "0")): entry.get("formatCode", "")
            for entry in sheet.iter()
            if entry.tag.endswith("}numFmt")
        }
        cells = next(entry for entry in sheet if entry.tag.endswith("}cellXfs"))
        used = [int(entry.get("numFmtId", "0")) for entry in cells]
    except (ElementTree.ParseError, IndexError, StopIteration, ValueError):
        return {}
    return {style: codes[number] for style, number in enumerate(used) if codes.get(number, "General") != "General"}


def _style_sheet(archive: Archive) -> ElementTree.Element:
    relations = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))  # noqa: S314 (no DOCTYPE)
    targets = [entry.get("Target", "") for entry in relations if entry.get("Type", "").endswith("/styles")]
    parts = [part for target in targets if (part := normpath(join("xl", target)).lstrip("/")) in archive.names]
    return ElementTree.fromstring(archive.read(parts[0]))  # noqa: S314


def conditional(archive: Archive) -> bool:
    """Whether a number format of the workbook depends on what a cell holds; which cells those are is not told."""
    try:
        found = [entry for entry in _style_sheet(archive) if entry.tag.endswith("}dxfs")]
    except (ElementTree.ParseError, IndexError):
        return False
    return any(entry.tag.endswith("}numFmt") for dxfs in found for entry in dxfs.iter())


def findings(sheet: Sheet, xml: bytes, known: Mapping[int, str]) -> Iterator[Finding]:
    """One finding for each style of number cells that shows something else than they hold: its first cell, and how many."""
    rows = dict(sheet.rows)
    first: dict[tuple[str, _Shown], tuple[str, int, float]] = {}
    count: dict[tuple[str, _Shown], int] = {}
    for found in _CELL.finditer(xml) if known else ():
        style = _STYLE.search(found[1])
        code = known.get(int(style[1]) if style else 0)
        ref = _REF.search(found[1]) if code else None
        if code is None or ref is None:
            continue
        number = int(ref[2])
        cells, index = rows.get(number, ()), _index(ref[1])
        value = cells[index] if index < len(cells) else None
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            continue
        shown = _shown(code, (value > 0) - (value < 0))
        if shown.words or _rounds(value, shown.decimals):
            key = (code, shown)
            first.setdefault(key, (f"{ref[1].decode().upper()}{number}", number, value))
            count[key] = count.get(key, 0) + 1
    for key, (cell, number, value) in first.items():
        yield _finding(sheet, key, cell, number, value, count[key])


def _finding(sheet: Sheet, key: tuple[str, _Shown], cell: str, row: int, value: float, count: int) -> Finding:
    code, shown = key
    more = f" ({count} such cells)" if count > 1 else ""
    if shown.words:
        message, severity = f"shown as “{code[:40]}”, {shown.words}; expected a plain number{more}.", shown.severity
    else:
        message, severity = f"shown with {shown.decimals} decimals only; it is read as it is stored{more}.", "warning"
    return Finding(sheet.file, sheet.name, row, "", cell, f"{value:.15g}", "number_format", severity, message, _HINT)


def _index(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number - 1


@lru_cache(maxsize=1000)
def _shown(code: str, sign: int) -> _Shown:
    """How a format shows numbers of a sign; those of dates never come here, because the reader makes dates of the cells."""
    if len(code) > _LONGEST:
        return _Shown("which is longer than a format can be")
    section, own_sign = _section(code, sign)
    literals = "".join(quoted or escaped for quoted, escaped in _LITERAL.findall(section)).strip()
    bare = _LITERAL.sub("", _QUIET.sub("", section)).replace(" ", "")
    signed = "-" in bare or "-" in literals or "(" in bare + literals or "[red]" in section.casefold()
    bare = bare.strip("-()")
    literals = literals.strip("-()")
    if "%" in bare:
        return _Shown("a hundred times what the cell holds")
    if _SCALED.search(bare):
        return _Shown("a thousandth of what the cell holds")
    number = _NUMBER.fullmatch(bare)
    if number is None:
        return _Shown("which is not the number that the cell holds")
    if re.search(r"[\d<>≤≥~%]", literals):
        return _Shown("with signs that the cell does not hold")
    if own_sign and not signed:
        return _Shown("without its minus sign")
    if literals:
        return _Shown("with words that the cell does not hold", "warning")
    plain = bare[:1] in "#0?" and "/" not in bare and "E" not in bare.upper()
    return _Shown(decimals=len((number[1] or ".")[1:]) if plain else None)


def _section(code: str, sign: int) -> tuple[str, bool]:
    """The part of a format that is for numbers of this sign, and whether it must show the sign itself."""
    parts = _LITERAL.sub(lambda found: found[0].replace(";", "\0"), code).split(";")
    if sign < 0 and len(parts) > 1:
        return parts[1], True
    if sign == 0 and len(parts) > 2:
        return parts[2], False
    return parts[0], False


def _rounds(value: float, decimals: int | None) -> bool:
    return decimals is not None and abs(value - round(value, decimals)) > 1e-9 * max(1.0, abs(value))
