"""Findings put together: all of them counted, the first of each column kept, told in the order of the files."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from plro_core.intake.model import File, Finding, Severity
from plro_core.intake.together import together

#: Findings that are shown, of one column as of all; one more says how many are not.
MOST_FINDINGS = 1_000


@dataclass(frozen=True)
class Findings:
    """What a stage found: of each column the first, so that a file of nothing but errors stays small, and how many more."""

    kept: tuple[Finding, ...] = ()
    more_errors: int = 0
    more_warnings: int = 0

    @classmethod
    def of(cls, *parts: "Iterable[Finding] | Findings") -> "Findings":
        """Findings of several parts, in their order; what is taken from an iterator is let go where it is not kept."""
        kept: list[Finding] = []
        counts: Counter[tuple[str, str, str, str]] = Counter()
        more: Counter[Severity] = Counter()
        for part in parts:
            if isinstance(part, Findings):
                more.update(error=part.more_errors, warning=part.more_warnings)
            for finding in part.kept if isinstance(part, Findings) else part:
                column = (finding.file, finding.sheet, finding.column, finding.severity)
                counts[column] += 1
                if counts[column] <= MOST_FINDINGS:
                    kept.append(finding)
                else:
                    more[finding.severity] += 1
        return cls(tuple(kept), more["error"], more["warning"])

    @property
    def has_errors(self) -> bool:
        """Whether one of them refuses the files."""
        return any(finding.severity == "error" for finding in self.kept)

    def shown(self, files: Sequence[File]) -> tuple[Finding, ...]:
        """The first findings in the order of files, sheets, rows and columns; warnings give way to errors.

        Those that say the same of one column are one.
        """
        order = {file.name: index for index, file in enumerate(files)}
        ordered = together(sorted(self.kept, key=lambda finding: _place(finding, order)))
        errors = [finding for finding in ordered if finding.severity == "error"][:MOST_FINDINGS]
        warnings = [finding for finding in ordered if finding.severity == "warning"]
        shown = errors + warnings[: MOST_FINDINGS - len(errors)]
        left_errors = self.more_errors + len(ordered) - len(warnings) - len(errors)
        left = self.more_errors + self.more_warnings + len(ordered) - len(shown)
        more = [_more(left, left_errors)] if left else []
        return (*sorted(shown, key=lambda finding: _place(finding, order)), *more)


def _place(finding: Finding, order: dict[str, int]) -> tuple[int, str, int, int, str, str]:
    letters = re.sub(r"\d", "", finding.cell)
    return (
        order.get(finding.file, len(order)),
        finding.sheet,
        finding.row or 0,
        len(letters),
        letters,
        finding.rule,
    )


def _more(left: int, errors: int) -> Finding:
    message = f"at least {left:,} more findings are not shown, {errors:,} of them errors."
    return Finding("", rule="more", severity="error" if errors else "warning", message=message)
