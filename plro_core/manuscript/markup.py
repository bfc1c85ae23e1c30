"""A table in print as the parts of an HTML table; every text is escaped, and how it looks is a style's business."""

from collections.abc import Callable
from html import escape

from plro_core.manuscript.model import Behind, Head, PrintCell, PrintRow, PrintTable

_INDENTS = ("", "one", "two")


def html_caption(table: PrintTable) -> str:
    """Number and words over the table."""
    number = f"<b>{escape(table.word)} {escape(table.number)}.</b> " if table.number else ""
    return f"<caption>{number}{escape(table.caption)}</caption>"


def html_grid(table: PrintTable, address: Callable[[Behind], str] | None = None) -> str:
    """Heads and rows; ``address`` says where the cells behind a number are, to which it then leads."""
    heads = "\n".join(_heads(row, is_last=place == len(table.heads) - 1) for place, row in enumerate(table.heads))
    rows = "\n".join(_row(table, row, address) for row in table.rows)
    return f"<thead>{heads}</thead>\n<tbody>\n{rows}\n</tbody>"


def html_below(table: PrintTable) -> list[str]:
    """What must be said below, a text each."""
    marks = [f"<sup>{escape(mark)}</sup> {escape(note)}." for mark, note in table.marks]
    return marks + [escape(text) for text in (*table.notes, table.spelt_out) if text]


def _heads(row: tuple[Head, ...], *, is_last: bool) -> str:
    cells = [_head(head) if head.text else f"<td{_over(head)}></td>" for head in row]
    over = "" if is_last else ' class="over"'
    return f"<tr{over}>{''.join(cells)}</tr>"


def _head(head: Head) -> str:
    """What a screen reader names with each cell below it; a corner without words is no head."""
    return f'<th scope="{"col" if head.span == 1 else "colgroup"}"{_over(head)}>{escape(head.text)}</th>'


def _over(head: Head) -> str:
    return f' colspan="{head.span}" class="span"' if head.span > 1 else ""


def _row(table: PrintTable, row: PrintRow, address: Callable[[Behind], str] | None) -> str:
    kind = "section" if row.section else _INDENTS[min(row.indent, 2)]
    cells = [_cell(cell, address) for cell in row.cells]
    right = ' class="number"'
    rest = [
        f"<td{right if align == 'decimal' else ''}>{cell}</td>"
        for align, cell in zip(table.aligned[1:], cells[1:], strict=True)
    ]
    of_kind = f' class="{kind}"' if kind else ""
    return f'<tr{of_kind}><th scope="row">{cells[0]}</th>{"".join(rest)}</tr>'


def _cell(cell: PrintCell, address: Callable[[Behind], str] | None) -> str:
    text = escape(cell.text).replace("\n", "<br>")
    if address and cell.behind and text:
        text = f'<a class="plro-cell" href="{escape(address(cell.behind))}">{text}</a>'
    return text + (f"<sup>{escape(cell.mark)}</sup>" if cell.mark else "")
