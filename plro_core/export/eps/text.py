"""Letters as a page of a PDF places them, gathered into strings of PostScript."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby, pairwise

from plro_core.export.eps.fonts import DrawnFont, Font


def number(value: float) -> str:
    """A number in PostScript, to a ten-thousandth of what it counts."""
    return f"{round(value, 4) + 0.0:.4f}".rstrip("0").rstrip(".")


@dataclass(frozen=True)
class _Glyph:
    x: float
    y: float
    glyph: int


@dataclass
class Letters:
    """Letters of one font under one matrix; places are in the units of that matrix."""

    font: Font | DrawnFont
    size: float
    matrix: str
    placed: list[_Glyph] = field(default_factory=list)
    _start: tuple[float, float] = (0.0, 0.0)
    _pen: float = 0.0

    def move(self, across: float, up: float) -> None:
        """To the start of the next line, told from that of this one."""
        self._start = (self._start[0] + across, self._start[1] + up)
        self._pen = self._start[0]

    def kern(self, thousandths: float) -> None:
        self._pen -= thousandths * self.size / 1000

    def show(self, codes: bytes) -> None:
        """Glyphs by their numbers."""
        for glyph in self.font.glyphs(codes):
            self.placed.append(_Glyph(self._pen, self._start[1], glyph))
            self._pen += self.font.width(glyph) * self.size / 1000

    def written(self, colour: str) -> list[str]:
        """A string for all letters that stand on one line, with the way from each to the next."""
        font = self.font
        if not self.placed or isinstance(font, DrawnFont):
            return []
        lines = []
        for bank, letters in _strings(font, self.placed):
            ways = [after.x - before.x for before, after in pairwise(letters)]
            codes = "".join(_escaped(font.code(one.glyph)[1]) for one in letters)
            lines.append(
                f"/{font.name}-{bank} {number(self.size)} sf {number(letters[0].x)} {number(letters[0].y)} m "
                f"({codes}) [{' '.join(map(number, [*ways, 0]))}] xs"
            )
        return [f"q [{self.matrix}] cm {colour}", *lines, "Q"]


def _strings(font: Font, placed: list[_Glyph]) -> Iterator[tuple[int, list[_Glyph]]]:
    for (bank, _), letters in groupby(placed, lambda one: (font.code(one.glyph)[0], one.y)):
        yield bank, list(letters)


def _escaped(code: int) -> str:
    """A byte in a string of PostScript."""
    letter = chr(code)
    return f"\\{code:03o}" if letter in "()\\" or not 0x20 <= code < 0x7F else letter
