"""Workbooks, and files of programs for statistics, read in a process of their own: what goes there, what comes back, and how it is checked.

The reader library is native code that lays a sheet out as a full grid; a file can make it abort or fill the memory, and
with it the process that it runs in.
"""

from typing import Any

from plro_core.confined import BrokenOff, ask
from plro_core.intake import carried, workbook
from plro_core.intake.foreign import ods, statistics
from plro_core.intake.gates import form
from plro_core.intake.model import File, Finding, Sheet
from plro_core.intake.refusal import Refusal


def sheets(file: File, ignored: frozenset[str]) -> tuple[list[Sheet], list[Finding]]:
    """All sheets with cells but those of the given names (in small letters), and what is doubtful about them.

    Merged cells are errors by the last row that they cover, which do not refuse the file here: titles may be merged.

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
        file = File(name, files[0])
        kind = form(file)
        if kind in ("xlsx", "ods"):
            read = ods.sheets if kind == "ods" else workbook.sheets
            found, findings = read(file, frozenset(ignored))
        else:
            found, findings = statistics.sheets(file, kind)
    except Refusal as refusal:
        return [[], [], [finding.as_dict() for finding in refusal.findings]], []
    return [[carried.plain(sheet) for sheet in found], [finding.as_dict() for finding in findings], []], []


def _taken(file: File, value: Any) -> tuple[list[Sheet], list[Finding], list[Finding]]:
    found, findings, refused = value
    return (
        [carried.sheet(file, *sheet) for sheet in found],
        carried.findings(file, findings),
        carried.findings(file, refused),
    )
