"""From what a page of a PDF draws to PostScript.

Both have the same imaging model, so that each operator becomes one; what PostScript has not is refused in one sentence rather than
left out. It has no transparency: a colour that lets through is mixed with the ground, which it lies on in these figures.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from typing import Any

from plro_core.export.eps.fonts import DrawnFont, Font, font_of
from plro_core.export.eps.text import Letters, number
from plro_core.problems import DataProblem

#: Short names, so that a figure of thousands of lines stays small.
_PROLOGUE = """\
/m {moveto} bind def /l {lineto} bind def /c {curveto} bind def /h {closepath} bind def
/re {4 2 roll moveto 1 index 0 rlineto 0 exch rlineto neg 0 rlineto closepath} bind def
/q {gsave} bind def /Q {grestore} bind def /cm {concat} bind def /n {newpath} bind def
/w {setlinewidth} bind def /J {setlinecap} bind def /j {setlinejoin} bind def /M {setmiterlimit} bind def
/d {setdash} bind def /k {setrgbcolor} bind def /f {fill} bind def /f* {eofill} bind def /S {stroke} bind def
/W {clip newpath} bind def /W* {eoclip newpath} bind def /sf {selectfont} bind def /xs {xshow} bind def"""

_AS_THEY_ARE = frozenset(("m", "l", "c", "h", "re", "w", "J", "j", "M", "d"))
_OF_STATE = {"/LW": "w", "/LC": "J", "/LJ": "j", "/ML": "M", "/D": "d"}
#: What a painting operator does: closes the path, fills it, strokes it.
_PAINTS = {
    "f": ("", "f", ""),
    "F": ("", "f", ""),
    "f*": ("", "f*", ""),
    "S": ("", "", "S"),
    "s": ("h", "", "S"),
    "B": ("", "f", "S"),
    "B*": ("", "f*", "S"),
    "b": ("h", "f", "S"),
    "b*": ("h", "f*", "S"),
    "n": ("", "", ""),
}
#: They say what something is, and draw nothing.
_SILENT = frozenset(("BT", "BDC", "BMC", "EMC", "d0", "d1"))
_UNMOVED = (1, 0, 0, 1, 0, 0)

Colour = tuple[float, float, float]
_BLACK: Colour = (0.0, 0.0, 0.0)


def as_eps(pdf: bytes, ground: str) -> bytes:
    """The first page of a PDF as EPS, 7 bits a byte; ``ground`` is the colour it is drawn on, in hexadecimal.

    Raises:
        DataProblem: it draws what PostScript has not.
    """
    from pypdf import PdfReader

    page = PdfReader(BytesIO(pdf)).pages[0]
    width, height = float(page.mediabox.width), float(page.mediabox.height)
    red, green, blue = (int(ground[at : at + 2], 16) / 255 for at in (1, 3, 5))
    drawing = _Drawing((red, green, blue))
    drawing.draw(page.get_contents(), page["/Resources"], _State())
    fonts = [line for font in drawing.fonts.values() if isinstance(font, Font) for line in font.written()]
    lines = [
        "%!PS-Adobe-3.0 EPSF-3.0",
        f"%%BoundingBox: 0 0 {-int(-width // 1)} {-int(-height // 1)}",
        f"%%HiResBoundingBox: 0 0 {number(width)} {number(height)}",
        "%%LanguageLevel: 3",
        "%%DocumentData: Clean7Bit",
        "%%Pages: 1",
        "%%EndComments",
        "%%BeginProlog",
        "30 dict begin",
        _PROLOGUE,
        *fonts,
        "%%EndProlog",
        "%%Page: 1 1",
        "q",
        *drawing.lines,
        "Q",
        "end",
        "showpage",
        "%%Trailer",
        "%%EOF",
    ]
    return ("\n".join(lines) + "\n").encode("ascii")


@dataclass(frozen=True)
class _State:
    """What PostScript's own state cannot hold: two colours, and how much of each is seen; ``group`` is that of the whole part."""

    fill: Colour = _BLACK
    stroke: Colour = _BLACK
    fill_seen: float = 1.0
    stroke_seen: float = 1.0
    group: float = 1.0


class _Drawing:
    """The lines of PostScript for what was drawn so far, and the fonts it needs."""

    def __init__(self, ground: Colour) -> None:
        self.lines: list[str] = []
        self.fonts: dict[int, Font | DrawnFont] = {}
        self._ground = ground

    def draw(self, content: Any, resources: Any, state: _State) -> None:
        """
        Raises:
            DataProblem: PostScript has it not.
        """
        from pypdf.generic import ContentStream

        part = _Part(self, resources, state)
        for operands, operator in ContentStream(content, None).operations:
            part.take(operator.decode("latin-1"), operands)

    def font(self, told: Any) -> Font | DrawnFont:
        """The same font for the same object, wherever it is named.

        Raises:
            DataProblem: it is none that PostScript takes as it is.
        """
        if id(told) not in self.fonts:
            try:
                self.fonts[id(told)] = font_of(f"F{len(self.fonts) + 1}", told)
            except KeyError:
                raise _refused("a font that is not embedded") from None
        return self.fonts[id(told)]

    def colour(self, colour: Colour, seen: float) -> str:
        """A colour on the ground."""
        mixed = (over * seen + under * (1 - seen) for over, under in zip(colour, self._ground, strict=True))
        return f"{' '.join(map(number, mixed))} k"


class _Part:
    """One stream of operators: a page, or a part that is drawn by its name."""

    def __init__(self, drawing: _Drawing, resources: Any, state: _State) -> None:
        self._drawing, self._resources, self._state = drawing, resources, state
        self._kept: list[_State] = []
        self._clip = ""
        self._font: tuple[Font | DrawnFont, float] | None = None
        self._letters: Letters | None = None

    def take(self, operator: str, operands: Sequence[Any]) -> None:
        """
        Raises:
            DataProblem: PostScript has no such operator.
        """
        if operator in _AS_THEY_ARE:
            self._put(f"{_operands(operands)} {operator}".strip())
        elif operator in _PAINTS:
            self._paint(*_PAINTS[operator])
        elif operator in ("W", "W*"):
            self._clip = operator
        elif operator in _TAKEN:
            _TAKEN[operator](self, *operands)
        elif operator not in _SILENT:
            raise _refused(f"the operator {operator}")

    def _put(self, line: str) -> None:
        self._drawing.lines.append(line)

    def _paint(self, closing: str, fill: str, stroke: str) -> None:
        """Fill and stroke what is to be seen of it, then clip, then forget the path."""
        state, colour = self._state, self._drawing.colour
        if closing:
            self._put(closing)
        if fill and (seen := state.fill_seen * state.group):
            self._put(f"q {colour(state.fill, seen)} {fill} Q")
        if stroke and (seen := state.stroke_seen * state.group):
            self._put(f"q {colour(state.stroke, seen)} {stroke} Q")
        self._put(self._clip or "n")
        self._clip = ""

    def _save(self) -> None:
        self._kept.append(self._state)
        self._put("q")

    def _restore(self) -> None:
        self._state = self._kept.pop()
        self._put("Q")

    def _concat(self, *matrix: Any) -> None:
        self._put(f"[{_operands(matrix)}] cm")

    def _fill_with(self, red: Any, green: Any, blue: Any) -> None:
        self._state = replace(self._state, fill=(float(red), float(green), float(blue)))

    def _stroke_with(self, red: Any, green: Any, blue: Any) -> None:
        self._state = replace(self._state, stroke=(float(red), float(green), float(blue)))

    def _set_state(self, name: str) -> None:
        told = self._resources["/ExtGState"][name]
        if told.get("/SMask", "/None") != "/None" or told.get("/BM", "/Normal") != "/Normal":
            raise _refused("a mask")
        for key, operator in _OF_STATE.items():
            if key in told:
                self.take(operator, told[key] if key == "/D" else [told[key]])
        if "/ca" in told:
            self._state = replace(self._state, fill_seen=float(told["/ca"]))
        if "/CA" in told:
            self._state = replace(self._state, stroke_seen=float(told["/CA"]))

    def _draw_named(self, name: str) -> None:
        """A part with its own resources, of which as much is seen as is told here."""
        part = self._resources["/XObject"][name].get_object()
        if part["/Subtype"] != "/Form":
            raise _refused("a picture")
        left, low, right, high = map(float, part["/BBox"])
        self._put("q")
        self._concat(*part.get("/Matrix", (1, 0, 0, 1, 0, 0)))
        self._put(f"{_operands((left, low, right - left, high - low))} re W")
        group = self._state.group * self._state.fill_seen
        self._drawing.draw(part, part.get("/Resources", {}), _State(group=group))
        self._put("Q")

    # Letters

    def _set_font(self, name: str, size: Any) -> None:
        self._font = (self._drawing.font(self._resources["/Font"][name].get_object()), float(size))
        self._letters = Letters(*self._font, _operands(_UNMOVED))

    def _set_matrix(self, *matrix: Any) -> None:
        self._show()
        if self._font:
            self._letters = Letters(*self._font, _operands(matrix))

    def _move(self, across: Any, up: Any) -> None:
        if self._letters:
            self._letters.move(float(across), float(up))

    def _gather(self, text: Any) -> None:
        if self._letters:
            self._letters.show(text.original_bytes)

    def _gather_kerned(self, parts: Any) -> None:
        for part in parts:
            if hasattr(part, "original_bytes"):
                self._gather(part)
            elif self._letters:
                self._letters.kern(float(part))

    def _show(self) -> None:
        """Put down the letters that were gathered, if they are to be seen."""
        state = self._state
        if self._letters and (seen := state.fill_seen * state.group):
            self._drawing.lines.extend(self._letters.written(self._drawing.colour(state.fill, seen)))
            if isinstance(self._letters.font, DrawnFont):
                self._draw_letters(self._letters, self._letters.font, _State(state.fill, state.fill, group=seen))
        self._letters = None

    def _draw_letters(self, letters: Letters, font: DrawnFont, state: _State) -> None:
        """The letters of a font of drawings, each where it stands."""
        for one in letters.placed:
            if one.glyph in font.drawings:
                self._put(f"q [{letters.matrix}] cm [{_operands((letters.size, 0, 0, letters.size, one.x, one.y))}] cm")
                self._put(f"[{' '.join(f'{part:.8g}' for part in font.matrix)}] cm")
                self._drawing.draw(font.drawings[one.glyph], font.resources, state)
                self._put("Q")


_TAKEN: dict[str, Callable[..., None]] = {
    "q": _Part._save,
    "Q": _Part._restore,
    "cm": _Part._concat,
    "rg": _Part._fill_with,
    "RG": _Part._stroke_with,
    "gs": _Part._set_state,
    "Do": _Part._draw_named,
    "Tf": _Part._set_font,
    "Tm": _Part._set_matrix,
    "Td": _Part._move,
    "Tj": _Part._gather,
    "TJ": _Part._gather_kerned,
    "ET": _Part._show,
}


def _operands(told: Sequence[Any]) -> str:
    return " ".join(f"[{_operands(one)}]" if isinstance(one, list) else number(float(one)) for one in told)


def _refused(what: str) -> DataProblem:
    return DataProblem(f"This figure draws {what}, which EPS cannot hold; ask for PDF or TIFF.")
