"""Where findings are collected: all of them counted, the first of each kind kept, in the order of the files."""

import re
from collections import Counter
from collections.abc import Sequence

from plro_core.intake.cells import Trouble
from plro_core.intake.model import File, Finding, Place

#: Findings that are shown; one more says how many are not.
MOST_FINDINGS = 1_000

_LONGEST_VALUE = 200  # letters of a cell that a finding shows


class Ledger:
    """Findings of one intake."""

    def __init__(self, files: Sequence[File]) -> None:
        self._order = {file.name: index for index, file in enumerate(files)}
        self._kept: list[Finding] = []
        self._counts: Counter[tuple[str, str, str, str]] = Counter()
        self._unkept: Counter[str] = Counter()

    def add(self, *findings: Finding) -> None:
        """Note findings as they are."""
        for finding in findings:
            if self._counted(finding.file, finding.sheet, finding.column, finding.severity):
                self._kept.append(finding)

    def note(self, place: Place, value: str, trouble: Trouble) -> None:
        """Note what is wrong with one cell."""
        if self._counted(place.file, place.sheet, place.column, trouble.severity):
            words = value if len(value) <= _LONGEST_VALUE else f"{value[:_LONGEST_VALUE]}…"
            found = Finding.at(place, words, trouble.rule, trouble.message, trouble.severity, trouble.suggestion)
            self._kept.append(found)

    def _counted(self, file: str, sheet: str, column: str, severity: str) -> bool:
        """Count one; of a column no more are kept than can be shown, so a file of nothing but errors stays small."""
        self._counts[file, sheet, column, severity] += 1
        kept = self._counts[file, sheet, column, severity] <= MOST_FINDINGS
        self._unkept[severity] += not kept
        return kept

    @property
    def has_errors(self) -> bool:
        return any(finding.severity == "error" for finding in self._kept)

    def findings(self) -> tuple[Finding, ...]:
        """The first findings in the order of files, sheets, rows and columns; warnings give way to errors."""
        errors = sorted((found for found in self._kept if found.severity == "error"), key=self._place)
        warnings = sorted((found for found in self._kept if found.severity == "warning"), key=self._place)
        shown = (errors + warnings)[:MOST_FINDINGS]
        left_errors = self._unkept["error"] + max(len(errors) - MOST_FINDINGS, 0)
        left = sum(self._unkept.values()) + len(errors) + len(warnings) - len(shown)
        more = () if not left else (_more(left, left_errors),)
        return (*sorted(shown, key=self._place), *more)

    def _place(self, finding: Finding) -> tuple[int, str, int, int, str, str]:
        letters = re.sub(r"\d", "", finding.cell)
        order = self._order.get(finding.file, len(self._order))
        return order, finding.sheet, finding.row or 0, len(letters), letters, finding.rule


def _more(left: int, errors: int) -> Finding:
    message = f"at least {left:,} more findings are not shown, {errors:,} of them errors."
    return Finding("", rule="more", severity="error" if errors else "warning", message=message)
