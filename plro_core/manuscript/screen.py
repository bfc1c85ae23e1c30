"""A table in print as a table for the screen: the same texts, with heads in one row and marks in brackets."""

from dataclasses import replace

from plro_core.manuscript.model import PrintRow, PrintTable
from plro_core.tables.choosing import comparable
from plro_core.tables.model import Column, Table, told_apart

#: Before a row that belongs to the one above it; spaces at the beginning of a cell are dropped on their way to the screen.
_INDENT = "· "


def on_screen(table: PrintTable, title: str = "", subtitle: str = "") -> Table:
    """The layout of a table in print, under its caption unless a title is told; its marks lead to the first of its notes."""
    marks = tuple(f"[{mark}] {note}." for mark, note in table.marks)
    more = (table.spelt_out,) if table.abbreviations else ()
    columns = told_apart(Column(f"column_{place}", head, "text") for place, head in enumerate(_heads(table)))
    rows = tuple(map(_row, table.rows))
    return Table("summary", title or table.caption, columns, rows, (*table.notes, *marks, *more), subtitle)


def rows_that_hold(table: PrintTable, words: str) -> PrintTable:
    """The rows that hold all the words, each with the rows that it stands below; what stands below a row that holds them stays."""
    wanted = comparable(words).split()
    rows = table.rows
    kept: set[int] = set()
    above: list[int] = []
    for place, row in enumerate(rows):
        above = [over for over in above if rows[over].indent < row.indent]
        texts = [*(rows[over].cells[0].text for over in above), *(cell.text for cell in row.cells)]
        text = comparable(" ".join(texts))
        if all(word in text for word in wanted):
            kept.update((*above, place))
        above.append(place)
    return replace(table, rows=tuple(row for place, row in enumerate(rows) if place in kept))


def _heads(table: PrintTable) -> list[str]:
    """One head a column: the words over several of them stand before each."""
    over = [head.text for head in table.heads[0] for _ in range(head.span)] if len(table.heads) > 1 else []
    last = [head.text for head in table.heads[-1]]
    found = [
        f"{above}: {head}" if above and head != above else head
        for above, head in zip(over or [""] * len(last), last, strict=True)
    ]
    return ["Variable" if place == 0 and not head else head for place, head in enumerate(found)]


def _row(row: PrintRow) -> tuple[str | None, ...]:
    cells = [f"{cell.text} [{cell.mark}]" if cell.mark else cell.text for cell in row.cells]
    return (_INDENT * row.indent + cells[0], *(cell or None for cell in cells[1:]))
