"""Which of an export's columns say whether the form of a field was filled in.

REDCap ends each form with its status and writes 0 for every box of a form that nobody opened, and keeps the status of a
form in which nothing was recorded: only the status tells the one from the other.
"""

from collections.abc import Mapping, Sequence

from plro_core.intake.model import Raw
from plro_core.intake.redcap.dictionary import Field
from plro_core.intake.redcap.layout import COMPLETE_END, ExportField
from plro_core.intake.redcap.names import plain_code, written

_FILLED = {"1", "2", "unverified", "complete"}


class Forms:
    """The forms of an export as far as their statuses tell of them."""

    def __init__(self, columns: Sequence[ExportField], fields: Mapping[str, Field]) -> None:
        named = {column.name: column.index for column in columns if column.name.endswith(COMPLETE_END)}
        self._statuses = _by_position(columns)
        for column in columns:
            known = fields.get(column.field)
            if known is not None and named and column.role == "field":
                at = named.get(f"{known.form}{COMPLETE_END}")
                self._statuses[column.index] = () if at is None else (at,)

    def is_told(self, column: ExportField) -> bool:
        """Whether the export has the status of a column's form."""
        return bool(self._statuses[column.index])

    def was_filled(self, column: ExportField, cells: Sequence[Raw]) -> bool:
        """Whether the form of a column was filled in, by its status in a row: verified or not, but not incomplete."""
        return self.is_told(column) and all(status in _FILLED for status in self.statuses(column, cells))

    def statuses(self, column: ExportField, cells: Sequence[Raw]) -> tuple[str, ...]:
        """What the status of a column's form says in a row; several where the form may be one of several."""
        return tuple(plain_code(written(cells[at]).lower()) for at in self._statuses[column.index])


def _by_position(columns: Sequence[ExportField]) -> dict[int, tuple[int, ...]]:
    """ExportField -> the next status after it, with all that stand beside that: the columns of one may have been left out."""
    found: dict[int, tuple[int, ...]] = {}
    run: tuple[int, ...] = ()
    beside = False
    for column in reversed(columns):
        if column.role == "status":
            run = (column.index, *run) if beside else (column.index,)
        beside = column.role == "status"
        found[column.index] = run
    return found
