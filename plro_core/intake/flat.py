"""Text taken apart into cells that stand one after the other, so that a long file is a few arrays and no list of lists."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from io import StringIO

import numpy as np
from numpy.typing import NDArray

from plro_core.intake.model import File, Finding
from plro_core.intake.refusal import Refusal

Numbers = NDArray[np.int64]


@dataclass(frozen=True)
class Flat:
    """Cells one after the other, row by row: their bytes in UTF-8 without what stood between, and the length of each.

    ``numbers`` are the rows' numbers as a spreadsheet shows them.
    """

    width: int
    data: bytes
    lengths: Numbers
    numbers: Numbers


@dataclass(frozen=True)
class Lines:
    """Every line of a text that is not blank: its number, how many cells it has, and all cells as a ``Flat`` has them."""

    numbers: Numbers
    widths: Numbers
    data: bytes
    lengths: Numbers

    def cells(self, line: int) -> tuple[str, ...]:
        """The cells of one line as text."""
        first = int(self.widths[:line].sum())
        ends = np.cumsum(self.lengths[: first + self.widths[line]])
        starts = ends - self.lengths[: first + self.widths[line]]
        return tuple(self.data[starts[at] : ends[at]].decode() for at in range(first, len(ends)))

    @property
    def of_other_width(self) -> list[tuple[int, int]]:
        """Number and width of the lines that have another number of cells than the first."""
        other = np.flatnonzero(self.widths != self.widths[0])
        return list(zip(self.numbers[other].tolist(), self.widths[other].tolist(), strict=True))

    def from_line(self, line: int) -> "Lines":
        """The same without the lines before one."""
        first = int(self.widths[:line].sum())
        data = self.data[int(self.lengths[:first].sum()) :]
        return Lines(self.numbers[line:], self.widths[line:], data, self.lengths[first:])

    @property
    def below(self) -> Flat:
        """The cells of the lines below the first, all as wide as that."""
        width = int(self.widths[0])
        data = self.data[int(self.lengths[:width].sum()) :]
        return Flat(width, data, self.lengths[width:], self.numbers[1:])


def plain(content: bytes, delimiter: bytes) -> Lines:
    """The lines of a text without a quotation mark: what stands between two signs is a cell, whatever it is."""
    content = content if content.endswith(b"\n") else content + b"\n"
    signs = np.frombuffer(content, dtype=np.uint8)
    ends_line, returns = signs == 10, signs == 13  # a carriage return stands before a line feed only
    apart = ends_line | (signs == delimiter[0])
    ends = np.flatnonzero(apart)
    lengths = np.diff(ends, prepend=-1) - 1
    last = ends_line[ends]
    lengths[last] -= returns[ends[last] - 1] & (lengths[last] > 0)
    line_ends = np.flatnonzero(last)
    widths = np.diff(line_ends, prepend=-1)
    filled = np.add.reduceat(lengths, line_ends - widths + 1) > 0
    kept = np.repeat(filled, widths)
    data = signs[~(apart | returns)].tobytes()
    return Lines(np.flatnonzero(filled) + 1, widths[filled], data, lengths[kept])


def quoted(file: File, text: str, delimiter: str) -> Lines:
    """The lines of a text whose cells may be quoted, line by line."""
    numbers: list[int] = []
    widths: list[int] = []
    cells: list[str] = []
    number = 0
    try:
        for number, line in enumerate(csv.reader(StringIO(text, newline=""), strict=True, delimiter=delimiter), 1):
            if any(line):
                numbers.append(number)
                widths.append(len(line))
                cells += line
    except csv.Error as error:
        finding = Finding(
            file.name, row=number + 1, rule="quote", message=f"{error}; expected cells as spreadsheets write them."
        )
        raise Refusal(finding) from None
    joined = "".join(cells)
    lengths = map(len, cells) if joined.isascii() else (len(cell.encode()) for cell in cells)
    return Lines(np.array(numbers, dtype=np.int64), np.array(widths, dtype=np.int64), joined.encode(), _counts(lengths))


def _counts(lengths: Iterable[int]) -> Numbers:
    return np.fromiter(lengths, dtype=np.int64)
