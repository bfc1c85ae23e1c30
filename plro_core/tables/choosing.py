"""Reading a table in one's own way: some of its columns, the rows that hold some words, in another order.

Only how a table is shown changes: no value, note or heading, and nothing of what its download holds.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from plro_core.tables.model import Cell, Column, Table
from plro_core.text import MINUS, slug

Row = tuple[Cell, ...]


@dataclass(frozen=True)
class Reading:
    """What a reader has chosen: words that a row must hold, the column to sort by ("-" in front: downwards), and the columns.

    Columns go by their keys (``keys``); without any all are shown. The first column always is: it says whose row it is.
    """

    find: str = ""
    sort: str = ""
    columns: tuple[str, ...] = ()


def keys(table: Table) -> dict[str, Column]:
    """The columns by short names that a link can hold, in the order of the table."""
    found: dict[str, Column] = {}
    for place, column in enumerate(table.columns, start=1):
        key = slug(column.name)
        found[key if key not in found else f"{key}-{place}"] = column
    return found


def read_as(table: Table, reading: Reading) -> Table:
    """The table as a reader has chosen to see it. What the table does not have is left out of the choice."""
    rows = table.rows
    if reading.find or reading.sort:  # rows are taken from their places
        rows = _sorted(table, _found(table, _each_by_itself(rows), reading.find), reading.sort)
    known = keys(table)
    wanted = [key for key in known if key in reading.columns]
    if not wanted:
        return replace(table, rows=rows)
    kept = [place for place, key in enumerate(known) if key in wanted or place == 0]
    columns = tuple(table.columns[place] for place in kept)
    return replace(table, columns=columns, rows=tuple(tuple(row[place] for place in kept) for row in rows))


def _each_by_itself(rows: Sequence[Row]) -> tuple[Row, ...]:
    """The rows with what they leave to the row above filled in: the empty cells at their beginning."""
    filled: list[Row] = []
    for row in rows:
        empty = next((place for place, cell in enumerate(row) if cell is not None), 0) if filled else 0
        filled.append((*filled[-1][:empty], *row[empty:]) if empty else row)
    return tuple(filled)


def _found(table: Table, rows: tuple[Row, ...], words: str) -> tuple[Row, ...]:
    """The rows whose cells, as they are shown, hold all the words."""
    wanted = comparable(words).split()
    columns = table.columns

    def text(row: Row) -> str:
        return comparable(" ".join(column.shown(cell) for column, cell in zip(columns, row, strict=True)))

    return tuple(row for row in rows if all(word in text(row) for word in wanted)) if wanted else rows


def comparable(text: str) -> str:
    """For comparing what is typed with what is shown: without case, and with the minus sign of a keyboard."""
    return text.casefold().replace(MINUS, "-")


def _sorted(table: Table, rows: tuple[Row, ...], by: str) -> tuple[Row, ...]:
    """The rows by one column: numbers by size also where they are text, then words, then what is missing; equal ones stay as
    they were.
    """
    known = list(keys(table))
    downwards, key = by.startswith("-"), by.removeprefix("-")
    if key not in known:
        return rows
    place = known.index(key)
    numbers = [(number, row) for row in rows if (number := _number(row[place])) is not None]
    words = [row for row in rows if row[place] is not None and _number(row[place]) is None]
    numbers.sort(key=lambda pair: pair[0], reverse=downwards)
    words.sort(key=lambda row: str(row[place]).casefold(), reverse=downwards)
    return (*(row for _, row in numbers), *words, *(row for row in rows if row[place] is None))


def _number(cell: Cell) -> float | None:
    """A cell as a number, also one that is printed with an arrow; None if it is none."""
    if isinstance(cell, str):
        try:
            return float(comparable(cell).rstrip("↑↓* "))
        except ValueError:
            return None
    return None if cell is None else float(cell)
