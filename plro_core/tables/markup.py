"""A table as HTML: semantic, all text escaped, without a style of its own."""

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # a table shows itself in a notebook, so the model needs this module
    from plro_core.tables.model import Column, Table


def as_markup(table: "Table") -> str:
    """The table with caption and notes, to stand inside another page such as a notebook."""
    subtitle = f"<br>{escape(table.subtitle)}" if table.subtitle else ""
    caption = f'<caption style="text-align:left"><strong>{escape(table.title)}</strong>{subtitle}</caption>'
    return f"<table>\n{caption}\n{html_table(table)}\n</table>\n{html_notes(table.notes)}"


def html_table(table: "Table") -> str:
    """The table alone: head and rows, all text escaped."""
    head = "".join(f'<th scope="col"{_align(column)}>{escape(column.heading)}</th>' for column in table.columns)
    body = "\n".join(_html_row(table, row) for row in table.shown)
    return f"<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>"


def _html_row(table: "Table", row: list[str]) -> str:
    """A row; a rule stands above it where its first cell is filled and some are blank in that column."""
    start = ' class="start"' if row and row[0] else ""
    first = f'<th scope="row"{_align(table.columns[0])}>{_lines(row[0])}</th>' if row else ""
    cells = "".join(
        f"<td{_align(column)}>{_lines(cell)}</td>" for column, cell in zip(table.columns[1:], row[1:], strict=True)
    )
    return f"<tr{start}>{first}{cells}</tr>"


def _align(column: "Column") -> str:
    return ' class="number"' if column.is_number else ""


def _lines(text: str) -> str:
    return escape(text).replace("\n", "<br>")


def html_notes(notes: tuple[str, ...]) -> str:
    """What a reader must know, as a list; empty text if there are no notes."""
    items = "".join(f"<li>{escape(note)}</li>" for note in notes)
    return f'<section class="notes"><h2>Notes</h2><ul>{items}</ul></section>\n' if items else ""
