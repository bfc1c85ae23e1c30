"""Findings of one column that say the same, told once: a column that is written otherwise is one question, not hundreds."""

from collections.abc import Iterable
from dataclasses import replace

from plro_core.intake.cells import means
from plro_core.intake.model import Finding
from plro_core.text import counted, listed

#: Findings that are about how a column is written, whatever stands in its single cells.
_OF_COLUMN = frozenset(
    ("boolean", "missing_word", "integer", "text_number", "whitespace", "number_as_text", "score", "minus", "required")
)
#: Findings on single cells that are about the column where several have the same way on, or hold the same.
_OF_CELLS = frozenset(("levels", "number", "plausible", "decimals", "excel_error", "date", "month"))
_MOST_WORDS = 5  # different values that are named
_MOST_CELLS = 6  # of a value, that are named


def together(findings: Iterable[Finding]) -> list[Finding]:
    """The findings in their order, those that say the same of one column as one at the first of their cells."""
    groups: dict[tuple[object, ...], list[Finding]] = {}
    for number, finding in enumerate(findings):
        groups.setdefault(_group(finding, number), []).append(finding)
    return [group[0] if len(group) == 1 else _one(group) for group in groups.values()]


def _group(finding: Finding, number: int) -> tuple[object, ...]:
    column = (finding.file, finding.sheet, finding.column, finding.rule, finding.severity)
    if finding.rule in _OF_COLUMN and finding.cell:
        return column
    if finding.rule == "ragged":
        return (*column, finding.message)
    if finding.rule in _OF_CELLS and finding.cell:
        return (*column, finding.message, finding.suggestion or finding.value)
    return (number,)


def _one(group: list[Finding]) -> Finding:
    """One finding for several, at the first cell, that says which values the column holds and where or how often."""
    first = group[0]
    cells: dict[str, list[str]] = {}
    for finding in group:
        cells.setdefault(finding.value, []).append(finding.cell or f"row {finding.row}")
    where = counted(len(group), "cell" if first.cell else "row")
    told = [_places(value, own) for value, own in list(cells.items())[:_MOST_WORDS]]
    more = [counted(len(cells) - _MOST_WORDS, "other value")] if len(cells) > _MOST_WORDS else []
    is_told = len(cells) == 1 and len(group) > _MOST_CELLS  # by the value of the finding
    named = "" if is_told else f": {listed(told + more)}"
    message = f"{first.message.removesuffix('.')}; so in {where}{named}."
    return replace(first, message=message, suggestion=_way_on(first, cells))


def _places(value: str, cells: list[str]) -> str:
    where = listed(cells) if len(cells) <= _MOST_CELLS else counted(len(cells), "cell")
    return f"“{value}” in {where}" if value else where


def _way_on(first: Finding, values: Iterable[str]) -> str:
    """What may mend all of them: of words for yes and no, what they seem to mean."""
    if first.rule != "boolean":
        return first.suggestion
    meant = [f"“{value}” {meaning}" for value in values if (meaning := means(value))]
    return f"Is {listed(meant)}? Write that, or say so in a mapping." if meant else first.suggestion
