"""Columns whose head names no unit and whose values would be usual in another one: a question, and never a conversion."""

from collections.abc import Iterator, Mapping
from statistics import median

from plro_core.intake.cells import Trouble
from plro_core.intake.ledger import Ledger
from plro_core.intake.rows import Rows
from plro_core.vocabulary import Variable


def ask(given: Mapping[str, Rows], ledger: Ledger) -> frozenset[tuple[str, str]]:
    """One warning for each column of a file whose unit is in doubt; table and variable of those columns."""
    asked = set()
    for rows in given.values():
        for name, entry in rows.entries.items():
            for cells in _sheets(rows, name) if entry.si_factor and entry.reference else ():
                if _is_usual_otherwise(entry, middle := median(cells.values())):
                    _note(rows, entry, next(iter(cells)), middle, ledger)
                    asked.add((entry.table, name))
    return frozenset(asked)


def _sheets(rows: Rows, name: str) -> Iterator[dict[int, float]]:
    """Row -> value of a column, for each sheet that gives it without its unit."""
    found: dict[int, dict[int, float]] = {}
    for at, ((sheet, _), value) in enumerate(zip(rows.origins, rows.values[name], strict=True)):
        if isinstance(value, (int, float)) and name not in sheet.with_unit:
            found.setdefault(id(sheet), {})[at] = value
    yield from found.values()


def _is_usual_otherwise(entry: Variable, middle: float) -> bool:
    return bool(entry.si_factor and entry.reference and middle / entry.si_factor in entry.reference)


def _note(rows: Rows, entry: Variable, first: int, middle: float, ledger: Ledger) -> None:
    factor = entry.si_factor or 1
    message = (
        f"the column names no unit and is read as {entry.stated_unit}, but its middle value {middle:g} would be usual in "
        f"{entry.si_unit} too: it is {middle / factor:.{entry.decimals}f} {entry.unit}."
    )
    hint = (
        f"In {entry.si_unit}? Then divide the values by {factor:.4g}. In {entry.unit}? Then head it {entry.name} "
        f"({entry.unit})."
    )
    ledger.note(rows.place(first, entry.name), "", Trouble("unit_doubt", message, hint, "warning"))
