"""Workbooks read in a process of their own: what goes there, what comes back, and how it is checked.

The reader library is native code that lays a sheet out as a full grid; a file can make it abort or fill the memory, and
with it the process that it runs in.
"""

from datetime import date, datetime
from typing import Any, get_args

from plro_core.confined import BrokenOff, ask
from plro_core.intake import workbook
from plro_core.intake.model import File, Finding, Raw, Severity, Sheet
from plro_core.intake.refusal import Refusal

_PLAIN = frozenset((str, int, float, bool, type(None)))


def sheets(file: File, ignored: frozenset[str]) -> tuple[list[Sheet], list[Finding]]:
    """All sheets with cells but those of the given names (in small letters), and what is doubtful about them.

    Raises:
        Refusal: the file is no workbook that can be read in full, safely and without guessing, or not within the limits
            of memory and time.
    """
    try:
        found, findings, refused = ask(
            __name__, [file.name, sorted(ignored)], [file.content], lambda value, _: _taken(file, value)
        )
    except BrokenOff as problem:
        raise Refusal(Finding(file.name, rule="broken", message=str(problem))) from None
    if refused:
        raise Refusal(*refused)
    return found, findings


def answer(value: Any, files: list[bytes]) -> tuple[Any, list[bytes]]:
    """The sheets, the findings, and those that refuse the file, as plain values (in the reader's process)."""
    name, ignored = value
    try:
        found, findings = workbook.sheets(File(name, files[0]), frozenset(ignored))
    except Refusal as refusal:
        return [[], [], [finding.as_dict() for finding in refusal.findings]], []
    return [[_plain(sheet) for sheet in found], [finding.as_dict() for finding in findings], []], []


def _plain(sheet: Sheet) -> list[Any]:
    rows = [
        [number, *(cell if cell.__class__ in _PLAIN else _dated(cell) for cell in cells)]
        for number, cells in sheet.rows
    ]
    return [sheet.name, sheet.head_row, sheet.head, rows]


def _dated(cell: Raw) -> list[str]:
    if not isinstance(cell, date):
        raise TypeError
    return ["datetime" if isinstance(cell, datetime) else "date", cell.isoformat()]


def _taken(file: File, value: Any) -> tuple[list[Sheet], list[Finding], list[Finding]]:
    found, findings, refused = value
    return [_sheet(file, *sheet) for sheet in found], _findings(file, findings), _findings(file, refused)


def _sheet(file: File, name: Any, head_row: Any, head: Any, rows: Any) -> Sheet:
    _check(name, str)
    _check(head_row, int)
    for cell in head:
        _check(cell, str)
    taken = tuple(
        (number, tuple(cell if cell.__class__ in _PLAIN else _date(*cell) for cell in cells)) for number, *cells in rows
    )
    for number, cells in taken:
        _check(number, int)
        if len(cells) != len(head):
            raise ValueError
    return Sheet(file.name, name, tuple(head), taken, head_row=head_row)


def _date(kind: Any, text: Any) -> date:
    _check(text, str)
    return {"date": date, "datetime": datetime}[kind].fromisoformat(text)


def _findings(file: File, given: Any) -> list[Finding]:
    """Findings on this file, each part of its type."""
    findings = [Finding(**parts) for parts in given]
    for finding in findings:
        for name, part in finding.as_dict().items():
            _check(part, *((int, type(None)) if name == "row" else (str,)))
        if finding.severity not in get_args(Severity) or finding.file != file.name:
            raise ValueError
    return findings


def _check(part: Any, *kinds: type) -> None:
    if part.__class__ not in kinds:
        raise TypeError
