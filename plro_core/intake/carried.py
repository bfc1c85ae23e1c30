"""Sheets and findings as plain values, on their way from the process that read a file; what comes is checked by type."""

from datetime import date, datetime
from typing import Any, get_args

from plro_core.intake.model import File, Finding, Raw, Severity, Sheet

_PLAIN = frozenset((str, int, float, bool, type(None)))


def plain(sheet: Sheet) -> list[Any]:
    """A sheet on its way from a reader's process."""
    rows = [
        [number, *(cell if cell.__class__ in _PLAIN else _dated(cell) for cell in cells)]
        for number, cells in sheet.rows
    ]
    return [sheet.name, sheet.head_row, sheet.head, rows]


def _dated(cell: Raw) -> list[str]:
    if not isinstance(cell, date):
        raise TypeError
    return ["datetime" if isinstance(cell, datetime) else "date", cell.isoformat()]


def sheet(file: File, name: Any, head_row: Any, head: Any, rows: Any) -> Sheet:
    """A sheet as ``plain`` wrote it, each part of its type.

    Raises:
        TypeError, ValueError, KeyError: it is none.
    """
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


def findings(file: File, given: Any) -> list[Finding]:
    """Findings on this file, each part of its type."""
    taken = [Finding(**parts) for parts in given]
    for finding in taken:
        for name, part in finding.as_dict().items():
            _check(part, *((int, type(None)) if name == "row" else (str,)))
        if finding.severity not in get_args(Severity) or finding.file != file.name:
            raise ValueError
    return taken


def _check(part: Any, *kinds: type) -> None:
    if part.__class__ not in kinds:
        raise TypeError
