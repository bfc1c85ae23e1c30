"""A table as it stands in print: spanned heads, cells with marks, notes and abbreviations; how it looks is a writer's business."""

from dataclasses import dataclass
from typing import Literal

Align = Literal["left", "decimal"]

#: A number with its interval, and the level of that.
_LONGEST_NUMBER = 30
#: Signs that stand beside each other on a page that is not on its side.
_UPRIGHT = 85
#: Signs beyond which a text may run over several lines, and how many pages' widths of such texts make narrow columns high.
_LONG, _CROWDED = 40, 1.5


@dataclass(frozen=True)
class Head:
    """One head of a column, or of several beside each other."""

    text: str
    span: int = 1


@dataclass(frozen=True)
class Behind:
    """Which of the registry's cells a number was made of: a variable, at a visit, in a group; empty of everybody."""

    variable: str
    month: int | None = None
    group: str = ""


@dataclass(frozen=True)
class PrintCell:
    """The text of a cell, its mark, which leads to a note, and the cells behind it."""

    text: str = ""
    mark: str = ""
    behind: Behind | None = None


@dataclass(frozen=True)
class PrintRow:
    """One row; ``indent`` sets it below the row before, and a ``section`` is a line of words over the rows that follow."""

    cells: tuple[PrintCell, ...]
    indent: int = 0
    section: bool = False

    @property
    def is_head(self) -> bool:
        """Whether it is words over the rows that follow, from which no page parts it."""
        return len(self.cells) > 1 and not any(cell.text for cell in self.cells[1:])


@dataclass(frozen=True)
class PrintTable:
    """A table in print. ``heads`` are one or two rows of heads over all columns, the last of them one a column.

    ``number`` is "1" or "I", without which the caption stands alone; ``marks`` are the notes that marks lead to, in their order.
    """

    caption: str
    heads: tuple[tuple[Head, ...], ...]
    rows: tuple[PrintRow, ...]
    aligned: tuple[Align, ...]
    number: str = ""
    word: str = "Table"
    marks: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    abbreviations: tuple[tuple[str, str], ...] = ()

    @property
    def title(self) -> str:
        """The word for a table, its number and what it shows, with a stop between."""
        return f"{self.word} {self.number}. {self.caption}" if self.number else self.caption

    @property
    def spelt_out(self) -> str:
        """The abbreviations in one sentence; empty without any."""
        if not self.abbreviations:
            return ""
        return "; ".join(f"{short}, {words}" for short, words in self.abbreviations) + "."

    @property
    def is_wide(self) -> bool:
        """Whether it needs a page on its side: more columns or words than a page of text holds."""
        words = [
            [len(part) for row in self.rows for part in unbreakable(row.cells[place].text, kind == "decimal")]
            for place, kind in enumerate(self.aligned)
        ]
        told = [max((len(row.cells[place].text) for row in self.rows), default=0) for place in range(len(self.aligned))]
        return (
            len(self.aligned) > 8
            or sum(max([*lengths, 4]) + 2 for lengths in words) > _UPRIGHT
            or sum(min(length, _LONG) for length in told) > _UPRIGHT * _CROWDED
        )


def unbreakable(text: str, whole: bool) -> list[str]:
    """The parts of a text that stand on one line: its words, or ``whole`` all of it unless it is long."""
    return [text] if whole and len(text) <= _LONGEST_NUMBER else text.split()
