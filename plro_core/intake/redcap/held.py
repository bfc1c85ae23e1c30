"""What the columns of an export hold."""

from collections import Counter
from collections.abc import Iterable

from plro_core.intake.model import Sheet
from plro_core.intake.redcap.layout import ExportField
from plro_core.intake.redcap.names import written


def held(sheet: Sheet, column: ExportField) -> dict[str, int]:
    """What a column holds: text -> number of cells."""
    return dict(Counter(text for _, cells in sheet.rows if (text := written(cells[column.index]))))


def distinct(sheet: Sheet, columns: Iterable[ExportField], role: str) -> list[str]:
    """The different texts in the column of a role; none if there is no such column."""
    found = next((column for column in columns if column.role == role), None)
    return list(held(sheet, found)) if found else []


def forms_by_rows(sheet: Sheet, columns: list[ExportField]) -> dict[str, str]:
    """Field -> repeating instrument, from the rows where it is filled; for projects whose dictionary is not at hand."""
    instrument = next((column for column in columns if column.role == "instrument"), None)
    forms: dict[str, set[str]] = {}
    for _, cells in sheet.rows if instrument else ():
        for column in columns:
            if written(cells[column.index]):
                forms.setdefault(column.name, set()).add(written(cells[instrument.index]) if instrument else "")
    return {name: next(iter(found)) for name, found in forms.items() if len(found) == 1}
