"""A table in LaTeX for packages that every installation has; what a text holds is never a command.

A table that fits its page is a ``table``. A longer one is a ``longtable``, which goes on over the page with its heads, and one that
is too wide lies on its side in smaller type.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from plro_core.manuscript.aligning import aligned
from plro_core.manuscript.model import Head, PrintCell, PrintRow, PrintTable
from plro_core.manuscript.widths import BOLD, longest_text, longest_word, widths
from plro_core.text import ORIGIN

#: Signs beside each other on a line, upright and on its side, and lines below each other on a page.
_SIGNS, _LINES = {False: 84.0, True: 130.0}, 38
#: Sizes of type, with how many more signs a line has.
_SIZES = ((r"\small", 1.1), (r"\footnotesize", 1.25), (r"\scriptsize", 1.45))

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
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    # Behind the end of a row these two would be its height or a star of it.
    "[": "{[}",
    "*": "{*}",
    "·": r"$\cdot$",
    "\u00a0": "~",
    "\u2011": "-",
    "…": r"\dots{}",
    "°": r"\textdegree{}",
    "²": r"\textsuperscript{2}",
    "³": r"\textsuperscript{3}",
    "×": r"$\times$",
    "≈": r"$\approx$",
    "→": r"$\rightarrow$",
    "µ": r"$\mu$",
    "μ": r"$\mu$",
    "Δ": r"$\Delta$",
    "α": r"$\alpha$",
    "β": r"$\beta$",
    "γ": r"$\gamma$",
}
_ANY = re.compile("|".join(map(re.escape, _SPECIAL)))


@dataclass(frozen=True)
class _Layout:
    """How a table lies on its page: on its side, over several pages, in which type, its columns, and the signs of a line."""

    on_its_side: bool
    is_long: bool
    size: str
    columns: str

    @property
    def packages(self) -> str:
        """What the document must load."""
        names = ["array"] if "p{" in self.columns else []
        names += ["booktabs", "caption"]
        names += ["longtable"] if self.is_long else []
        return ",".join([*names, *(["pdflscape"] if self.on_its_side else [])])


def as_latex(table: PrintTable, origin: str) -> bytes:
    """The table as UTF-8; the origin stands in a comment before it."""
    layout = _layout(table)
    lines = [
        *([f"% {ORIGIN} {origin}"] if origin else []),
        f"% needs \\usepackage{{{layout.packages}}}; letters that pdflatex does not know need xelatex or lualatex",
        *([r"\begin{landscape}"] if layout.on_its_side else []),
        *(_over_pages(table, layout) if layout.is_long else _on_one(table, layout)),
        *([r"\end{landscape}"] if layout.on_its_side else []),
    ]
    return ("\n".join(lines) + "\n").encode()


def _layout(table: PrintTable) -> _Layout:
    on_its_side = table.is_wide
    places = range(len(table.aligned))
    natural, least = (
        sum(_column(table, place) for place in places),
        sum(longest_word(table, place) for place in places),
    )
    signs = _SIGNS[on_its_side]
    size, more = next(((size, more) for size, more in _SIZES if least <= signs * more), _SIZES[-1])
    if natural <= signs:
        size, more = "", 1.0
    signs *= more
    if natural <= signs:
        columns, rows = "l" * len(table.aligned), float(len(table.rows))
    else:
        shares = widths(table, signs)
        columns = "".join(_wrapped(share) for share in shares)
        rows = sum(_lines(row, [share * signs for share in shares]) for row in table.rows)
    # What is too wide for a page is no float, which would stand alone on a page of its own side.
    is_long = on_its_side or rows + len(table.heads) > _LINES * more
    return _Layout(on_its_side, is_long, size, columns)


def _column(table: PrintTable, place: int) -> float:
    """The signs that a column takes if neither its head nor its texts wrap."""
    return max(longest_word(table, place), longest_text(table, place), BOLD * len(table.heads[-1][place].text))


def _wrapped(share: float) -> str:
    return rf">{{\raggedright\arraybackslash}}p{{\dimexpr {share:.3f}\linewidth-2\tabcolsep\relax}}"


def _lines(row: PrintRow, signs: Sequence[float]) -> int:
    """How many lines a row takes, about."""
    return max(1 + int(len(cell.text) / width) for cell, width in zip(row.cells, signs, strict=False))


def _on_one(table: PrintTable, layout: _Layout) -> list[str]:
    return [
        r"\begin{table}",
        *_sized(layout),
        *_caption(table),
        rf"\begin{{tabular}}{{{layout.columns}}}",
        r"\toprule",
        *_heads(table),
        r"\midrule",
        *_rows(table),
        r"\bottomrule",
        r"\end{tabular}",
        *_below(table),
        r"\end{table}",
    ]


def _over_pages(table: PrintTable, layout: _Layout) -> list[str]:
    """With its heads on each page, and the caption on the first."""
    number, caption = _caption(table)
    heads = [r"\toprule", *_heads(table), r"\midrule"]
    return [
        r"\begingroup",
        *_sized(layout),
        number,
        rf"\begin{{longtable}}{{{layout.columns}}}",
        rf"{caption}\\",
        *heads,
        r"\endfirsthead",
        *heads,
        r"\endhead",
        r"\bottomrule",
        r"\endfoot",
        *_rows(table),
        r"\end{longtable}",
        *_below(table),
        r"\endgroup",
    ]


def _sized(layout: _Layout) -> list[str]:
    return [layout.size] if layout.size else []


def latex(text: str) -> str:
    """Text in which nothing is a command; line ends become spaces."""
    return _ANY.sub(lambda found: _SPECIAL[found[0]], " ".join(text.split()))


def _caption(table: PrintTable) -> list[str]:
    number = rf"\renewcommand{{\thetable}}{{{latex(table.number)}}}" if table.number else ""
    star = "" if number else "*"
    return [number or "%", rf"\caption{star}{{{latex(table.caption)}}}"]


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
        if row.section and len(row.cells) > 1:
            lines.append(rf"\multicolumn{{{len(row.cells)}}}{{l}}{{\textit{{{_cell(row.cells[0], 0)}}}}} \\")
            continue
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
    return [r"\par\smallskip\footnotesize " + r"\\ ".join(told)] if told else []
