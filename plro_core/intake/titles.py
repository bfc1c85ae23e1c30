"""Titles above the head of a table: rows with one filled cell, above a row of which the vocabulary knows columns."""

from collections.abc import Callable, Iterable, Sequence

#: Rows that are looked at for a head.
MOST = 20
_KNOWN = 2  # heads by which a row is told to be one


def above(rows: Iterable[Sequence[str]], known: Callable[[str], bool]) -> int:
    """How many rows are titles; none unless all of them have one filled cell and what stands below them is a head."""
    for count, cells in enumerate(rows):
        filled = [cell for cell in cells if cell.strip()]
        if len(filled) > 1:
            return count if count and sum(map(known, filled)) >= _KNOWN else 0
        if any(map(known, filled)):
            return 0
    return 0
