"""The fonts of a PDF as PostScript's Type 42, which is TrueType as it stands: letters stay letters, and can be searched.

PostScript names glyphs and shows strings of bytes. A glyph is named after its letter, by which programs that make a PDF of the EPS
know it again, and its byte is that of the letter wherever it is free.
"""

import re
import struct
from dataclasses import dataclass, field
from typing import Any

#: The longest string of PostScript is of 65535 bytes; one that ends on a glyph has one more for padding.
_LONGEST = 65_000
_ASCII = range(0x21, 0x7F)
_HEX_IN_A_LINE = 120


@dataclass
class Font:
    """A TrueType font of a PDF: its file, widths in thousandths by glyph, letters by glyph, and the codes given out so far."""

    name: str
    file: bytes
    widths: dict[int, float]
    usual_width: float
    letters: dict[int, str]
    given: dict[int, tuple[int, int]] = field(default_factory=dict)

    def width(self, glyph: int) -> float:
        return self.widths.get(glyph, self.usual_width)

    def glyphs(self, codes: bytes) -> list[int]:
        """The glyphs of a string, two bytes each."""
        return [high * 256 + low for high, low in zip(codes[::2], codes[1::2], strict=True)]

    def code(self, glyph: int) -> tuple[int, int]:
        """In which of the fonts of 256 glyphs it stands, and under which code."""
        if glyph not in self.given:
            self.given[glyph] = self._free(self.letters.get(glyph, ""))
        return self.given[glyph]

    def _free(self, letter: str) -> tuple[int, int]:
        taken = set(self.given.values())
        own = (0, ord(letter)) if len(letter) == 1 and ord(letter) in _ASCII else None
        if own and own not in taken:
            return own
        others = [code for code in range(1, 256) if code not in _ASCII]
        bank, place = divmod(sum(code in others for _, code in taken), len(others))
        return bank, others[place]

    def written(self) -> list[str]:
        """The font in PostScript, once for each 256 of the glyphs that are used."""
        banks = sorted({bank for bank, _ in self.given.values()})
        return [line for bank in banks for line in self._written(bank)]

    def _written(self, bank: int) -> list[str]:
        tables = _tables(self.file)
        units, low_x, low_y, high_x, high_y = struct.unpack(">H16x4h", self.file[tables["head"][0] + 18 :][:26])
        box = " ".join(f"{side / units:.4f}" for side in (low_x, low_y, high_x, high_y))
        used = sorted((code, glyph) for glyph, (of, code) in self.given.items() if of == bank)
        names = {glyph: self._name(glyph) for _, glyph in used}
        return [
            f"%%BeginResource: font {self.name}-{bank}",
            f"11 dict begin /FontName /{self.name}-{bank} def /FontType 42 def /PaintType 0 def",
            f"/FontMatrix [1 0 0 1 0 0] def /FontBBox [{box}] def",
            "/Encoding 256 array 0 1 255 {1 index exch /.notdef put} for",
            *(f"dup {code} /{names[glyph]} put" for code, glyph in used),
            f"readonly def /CharStrings {len(used) + 1} dict dup begin /.notdef 0 def",
            *(f"/{names[glyph]} {glyph} def" for _, glyph in used),
            "end readonly def /sfnts [",
            *_in_hex(self.file, tables),
            "] def FontName currentdict end definefont pop",
            "%%EndResource",
        ]

    def _name(self, glyph: int) -> str:
        """By the rules of Adobe's list of glyph names; a second glyph of one letter is told by its number."""
        letter = self.letters.get(glyph, "")
        if not letter:
            return f"g{glyph}"
        name = letter if re.fullmatch("[A-Za-z]", letter) else f"uni{letter.encode('utf-16-be').hex().upper()}"
        return name if [self.letters.get(other) for other in self.given].count(letter) == 1 else f"{name}.g{glyph}"


@dataclass(frozen=True)
class DrawnFont:
    """A font whose letters are small drawings (Type 3), as a PDF has of faces that may not or cannot be embedded otherwise."""

    matrix: tuple[float, ...]
    drawings: dict[int, Any]
    widths: dict[int, float]
    resources: Any

    def width(self, glyph: int) -> float:
        return self.widths.get(glyph, 0.0)

    def glyphs(self, codes: bytes) -> list[int]:
        """The glyphs of a string, a byte each."""
        return list(codes)


def font_of(name: str, told: Any) -> Font | DrawnFont:
    """A font of a PDF's resources.

    Raises:
        KeyError: it is neither a TrueType font that is embedded whole nor one of drawings.
    """
    if told["/Subtype"] == "/Type3":
        return _drawn_font(told)
    below = told["/DescendantFonts"][0].get_object()
    if below.get("/CIDToGIDMap") != "/Identity":
        raise KeyError(name)
    file = below["/FontDescriptor"]["/FontFile2"].get_data()
    base = re.sub(r"[^A-Za-z0-9-]", "", str(told["/BaseFont"]))
    letters = _letters(told["/ToUnicode"].get_data()) if "/ToUnicode" in told else {}
    return Font(f"{base}-{name}", file, _widths(below.get("/W", [])), float(below.get("/DW", 1000)), letters)


def _drawn_font(told: Any) -> DrawnFont:
    matrix = tuple(map(float, told["/FontMatrix"]))
    named: dict[int, str] = {}
    code = 0
    for one in told["/Encoding"]["/Differences"]:
        if isinstance(one, int):
            code = one
        else:
            named[code] = str(one)
            code += 1
    drawings = {code: told["/CharProcs"][name] for code, name in named.items()}
    first = int(told["/FirstChar"])
    widths = {first + place: float(width) * matrix[0] * 1000 for place, width in enumerate(told["/Widths"])}
    return DrawnFont(matrix, drawings, widths, told.get("/Resources", {}))


def _widths(told: Any) -> dict[int, float]:
    """Widths by glyph of the two forms: a first glyph and a list, or a first, a last and one width."""
    found: dict[int, float] = {}
    rest = [one.get_object() if hasattr(one, "get_object") else one for one in told]
    while rest:
        first, second = int(rest[0]), rest[1]
        if isinstance(second, list):
            found |= {first + place: float(width) for place, width in enumerate(second)}
            rest = rest[2:]
        else:
            found |= dict.fromkeys(range(first, int(second) + 1), float(rest[2]))
            rest = rest[3:]
    return found


def _letters(cmap: bytes) -> dict[int, str]:
    """Letters by glyph, of the lines of a ToUnicode map: single ones, and ranges that count on."""
    found: dict[int, str] = {}
    for block in re.findall(r"beginbfchar(.*?)endbfchar", cmap.decode("latin-1"), re.DOTALL):
        for glyph, letter in re.findall(r"<(\w+)>\s*<(\w+)>", block):
            found[int(glyph, 16)] = _text(letter)
    for block in re.findall(r"beginbfrange(.*?)endbfrange", cmap.decode("latin-1"), re.DOTALL):
        for first, last, letter in re.findall(r"<(\w+)>\s*<(\w+)>\s*<(\w+)>", block):
            for place in range(int(last, 16) - int(first, 16) + 1):
                start = _text(letter)
                found[int(first, 16) + place] = start[:-1] + chr(ord(start[-1]) + place)
    return found


def _text(in_hex: str) -> str:
    return bytes.fromhex(in_hex).decode("utf-16-be", "replace")


def _tables(file: bytes) -> dict[str, tuple[int, int]]:
    """Where each table of a TrueType file begins, and how long it is."""
    count = struct.unpack(">H", file[4:6])[0]
    entries = [struct.unpack(">4s4xII", file[12 + 16 * place :][:16]) for place in range(count)]
    return {tag.decode("latin-1"): (start, length) for tag, start, length in entries}


def _in_hex(file: bytes, tables: dict[str, tuple[int, int]]) -> list[str]:
    """The file as strings in hexadecimal, each cut where a table or a glyph begins, with the byte of padding that is asked for."""
    starts = [*sorted({start for start, _ in tables.values()} | _glyph_starts(file, tables)), len(file)]
    cuts, last = [0], 0
    for start in starts:
        if start - cuts[-1] > _LONGEST:
            cuts.append(last)
        last = start
    pieces = [file[start:end] for start, end in zip(cuts, [*cuts[1:], len(file)], strict=True)]
    lines = []
    for piece in pieces:
        digits = piece.hex().upper() + "00" * (1 + len(piece) % 2)
        lines += ["<", *(digits[at : at + _HEX_IN_A_LINE] for at in range(0, len(digits), _HEX_IN_A_LINE)), ">"]
    return lines


def _glyph_starts(file: bytes, tables: dict[str, tuple[int, int]]) -> set[int]:
    is_long = struct.unpack(">h", file[tables["head"][0] + 50 :][:2])[0]
    start, length = tables["loca"]
    size, factor = (4, 1) if is_long else (2, 2)
    offsets = struct.unpack(f">{length // size}{'I' if is_long else 'H'}", file[start : start + length // size * size])
    return {tables["glyf"][0] + offset * factor for offset in offsets}
