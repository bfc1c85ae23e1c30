"""Numbers set so that their decimal points stand below each other, whatever program shows them.

A space as wide as a digit (U+2007) in front does it in every format: decimal tabulators in cells are read differently by each
program, and a bracket or a sign behind the number defeats them.
"""

import re
from collections.abc import Sequence

from plro_core.manuscript.model import PrintTable

#: As wide as a digit in the usual text faces.
FIGURE_SPACE = "\u2007"
_WHOLE = re.compile(r"[-−]?\d[\d,\u202f]*")


#: A hyphen after which no line ends: a negative number stays in one piece.
_KEPT = "\u2011"


def unbroken(text: str) -> str:
    """The text with the hyphens before digits kept to them."""
    return re.sub(r"-(?=\d)", _KEPT, text)


def _before_point(text: str) -> int | None:
    """How many signs stand before the decimal point of the first number; nothing where a text begins otherwise."""
    found = _WHOLE.match(text)
    return len(found[0]) if found else None


def spaces_before(texts: Sequence[str]) -> list[int]:
    """How many digits' width to set before each text of a column."""
    before = [_before_point(text) for text in texts]
    widest = max((width for width in before if width is not None), default=0)
    return [0 if width is None else widest - width for width in before]


def aligned(table: PrintTable) -> list[list[int]]:
    """How many digits' width to set before each cell, row by row."""
    columns = []
    for place, kind in enumerate(table.aligned):
        texts = ["" if row.section else row.cells[place].text for row in table.rows]
        columns.append(spaces_before(texts) if kind == "decimal" else [0] * len(texts))
    return [list(row) for row in zip(*columns, strict=True)] if table.rows else []
