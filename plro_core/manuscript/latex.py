"""A table in LaTeX for the packages booktabs and caption: nothing else is needed, and what a text holds is never a command."""

import re
from collections.abc import Sequence

from plro_core.manuscript.aligning import aligned
from plro_core.manuscript.model import Head, PrintCell, PrintTable
from plro_core.manuscript.widths import widths
from plro_core.text import ORIGIN

#: Signs beside each other on a line, and beyond which a column's text runs over several.
_LINE, _LONG = 85.0, 40

_SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "−": "$-$",
    "±": r"$\pm$",
    "≥": r"$\geq$",
    "≤": r"$\leq$",
    "↑": r"$\uparrow$",
    "↓": r"$\downarrow$",
    "–": "--",
    "\u202f": r"\,",
    "\u2007": r"\phantom{0}",
    "“": "``",
    "”": "''",
    "†": r"\textdagger{}",
    "‡": r"\textdaggerdbl{}",
    "§": r"\S{}",
    "¶": r"\P{}",
    "‖": r"\textbardbl{}",
}
_ANY = re.compile("|".join(map(re.escape, _SPECIAL)))


def as_latex(table: PrintTable, origin: str) -> bytes:
    """A ``table`` environment as UTF-8; the origin stands in a comment before it."""
    lines = [
        *([f"% {ORIGIN} {origin}"] if origin else []),
        "% needs \\usepackage{booktabs,caption}",
        r"\begin{table}",
        *_caption(table),
        rf"\begin{{tabular}}{{{_columns(table)}}}",
        r"\toprule",
        *_heads(table),
        r"\midrule",
        *_rows(table),
        r"\bottomrule",
        r"\end{tabular}",
        *_below(table),
        r"\end{table}",
    ]
    return ("\n".join(lines) + "\n").encode()


def _columns(table: PrintTable) -> str:
    """A column whose texts are long is as wide as its share of the line, and wraps; any other is as wide as it needs."""
    longest = [
        max((len(row.cells[place].text) for row in table.rows), default=0) for place in range(len(table.aligned))
    ]
    shares = widths(table, _LINE)
    return "".join(
        rf"p{{{share:.3f}\linewidth}}" if length > _LONG else "l" for length, share in zip(longest, shares, strict=True)
    )


def latex(text: str) -> str:
    """Text in which nothing is a command; line ends become spaces."""
    return _ANY.sub(lambda found: _SPECIAL[found[0]], " ".join(text.split()))


def _caption(table: PrintTable) -> list[str]:
    number = rf"\renewcommand{{\thetable}}{{{latex(table.number)}}}" if table.number else ""
    return [number, rf"\caption{{{latex(table.caption)}}}"] if number else [rf"\caption*{{{latex(table.caption)}}}"]


def _heads(table: PrintTable) -> list[str]:
    lines = []
    for place, heads in enumerate(table.heads):
        lines.append(" & ".join(map(_head, heads)) + r" \\")
        if place < len(table.heads) - 1:
            lines += _rules(heads)
    return lines


def _head(head: Head) -> str:
    words = rf"\textbf{{{latex(head.text)}}}" if head.text else ""
    return words if head.span == 1 else rf"\multicolumn{{{head.span}}}{{c}}{{{words}}}"


def _rules(heads: Sequence[Head]) -> list[str]:
    """A short rule below each head that spans several columns."""
    rules, start = [], 1
    for head in heads:
        if head.span > 1 and head.text:
            rules.append(rf"\cmidrule(lr){{{start}-{start + head.span - 1}}}")
        start += head.span
    return rules


def _rows(table: PrintTable) -> list[str]:
    spaces = aligned(table)
    lines = []
    for place, row in enumerate(table.rows):
        cells = [_cell(cell, spaces[place][column]) for column, cell in enumerate(row.cells)]
        cells[0] = r"\quad" * row.indent + ("{}" if row.indent else "") + cells[0]
        lines.append(" & ".join(cells) + r" \\")
    return lines


def _cell(cell: PrintCell, spaces: int) -> str:
    mark = rf"\textsuperscript{{{latex(cell.mark)}}}" if cell.mark else ""
    return r"\phantom{0}" * spaces + latex(cell.text) + mark


def _below(table: PrintTable) -> list[str]:
    told = [rf"\textsuperscript{{{latex(mark)}}} {latex(note)}." for mark, note in table.marks]
    told += [latex(text) for text in (*table.notes, table.spelt_out) if text]
    return [r"\par\footnotesize " + r"\\ ".join(told)] if told else []
