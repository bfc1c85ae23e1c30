"""A PDF's page as EPS: each operator, what shines through, fonts and letters, and what is refused."""

import re
import struct
from io import BytesIO

import pytest
from pypdf import PdfWriter
from pypdf.generic import (
    ArrayObject,
    DecodedStreamObject,
    DictionaryObject,
    FloatObject,
    NameObject,
    NumberObject,
)

from plro_core.export.eps import as_eps
from plro_core.export.eps.fonts import Font, font_of
from plro_core.export.eps.text import Letters, number
from plro_core.problems import DataProblem


def dictionary(told: dict[str, float]) -> DictionaryObject:
    return DictionaryObject({NameObject(key): FloatObject(value) for key, value in told.items()})


def stream(content: bytes, **more: object) -> DecodedStreamObject:
    made = DecodedStreamObject()
    made.set_data(content)
    for key, value in more.items():
        made[NameObject(f"/{key}")] = value  # type: ignore[assignment]
    return made


def page(content: bytes, **resources: DictionaryObject) -> bytes:
    """A PDF of one page of 100 by 50 points that draws this with these resources."""
    writer = PdfWriter()
    blank = writer.add_blank_page(100, 50)
    blank[NameObject("/Contents")] = writer._add_object(stream(content))
    blank[NameObject("/Resources")] = DictionaryObject(
        {NameObject(f"/{name}"): told for name, told in resources.items()}
    )
    written = BytesIO()
    writer.write(written)
    return written.getvalue()


def drawn(content: bytes, ground: str = "#FFFFFF", **resources: DictionaryObject) -> list[str]:
    """The lines of PostScript that a page's content becomes."""
    text = as_eps(page(content, **resources), ground).decode("ascii")
    return text.split("%%Page: 1 1\nq", 1)[1].split("\nQ\nend\n", 1)[0].splitlines()[1:]


def states(**more: float) -> DictionaryObject:
    return DictionaryObject({NameObject("/G1"): dictionary({f"/{key}": value for key, value in more.items()})})


def test_the_head_says_the_size_and_is_seven_bit() -> None:
    lines = as_eps(page(b"0 0 10 10 re f"), "#FFFFFF").decode("ascii").splitlines()
    assert lines[:3] == ["%!PS-Adobe-3.0 EPSF-3.0", "%%BoundingBox: 0 0 100 50", "%%HiResBoundingBox: 0 0 100 50"]
    assert lines[-1] == "%%EOF"


@pytest.mark.parametrize(
    ("content", "lines"),
    [
        (b"1 0 0 rg 0 0 10 20.5 re f", ["0 0 10 20.5 re", "q 1 0 0 k f Q", "n"]),
        (b"0 1 0 RG 1 2 m 3 4 l S", ["1 2 m", "3 4 l", "q 0 1 0 k S Q", "n"]),
        (b"1 2 m 1 2 3 4 5 6 c h f*", ["1 2 m", "1 2 3 4 5 6 c", "h", "q 0 0 0 k f* Q", "n"]),
        (b"0 0 1 1 re b", ["0 0 1 1 re", "h", "q 0 0 0 k f Q", "q 0 0 0 k S Q", "n"]),
        (b"0 0 1 1 re W n", ["0 0 1 1 re", "W"]),
        (b"0 0 1 1 re W* f", ["0 0 1 1 re", "q 0 0 0 k f Q", "W*"]),
        (b"q 1 0 0 rg Q 0 0 1 1 re f", ["q", "Q", "0 0 1 1 re", "q 0 0 0 k f Q", "n"]),
        (b"2 0 0 -2 1 1 cm", ["[2 0 0 -2 1 1] cm"]),
        (b"[3 1] 0 d 1 J", ["[3 1] 0 d", "1 J"]),
        (b"/Figure <</MCID 0>> BDC EMC", [""]),
    ],
)
def test_each_operator_becomes_one(content: bytes, lines: list[str]) -> None:
    assert drawn(content) == [line for line in lines if line]


def test_what_shines_through_is_mixed_with_the_ground_and_what_is_unseen_is_not_drawn() -> None:
    half = drawn(b"/G1 gs 1 0 0 rg 0 0 1 1 re f", ExtGState=states(ca=0.5, LW=2))
    assert half == ["2 w", "0 0 1 1 re", "q 1 0.5 0.5 k f Q", "n"]
    on_dark = drawn(b"/G1 gs 1 0 0 rg 0 0 1 1 re f", "#000000", ExtGState=states(ca=0.5))
    assert "q 0.5 0 0 k f Q" in on_dark
    assert drawn(b"/G1 gs 0 0 1 1 re B", ExtGState=states(ca=0, CA=0)) == ["0 0 1 1 re", "n"]


def test_a_dash_of_a_state_is_set() -> None:
    dash = ArrayObject([ArrayObject([NumberObject(3)]), NumberObject(1)])
    told = DictionaryObject({NameObject("/G1"): DictionaryObject({NameObject("/D"): dash})})
    assert drawn(b"/G1 gs", ExtGState=told) == ["[3] 1 d"]


def test_a_part_that_is_drawn_by_name_is_as_much_seen_as_is_told() -> None:
    box = ArrayObject(map(NumberObject, (0, 0, 4, 2)))
    part = stream(b"1 0 0 rg 0 0 1 1 re f", Subtype=NameObject("/Form"), BBox=box)
    named = DictionaryObject({NameObject("/X1"): part})
    lines = drawn(b"/G1 gs /X1 Do", ExtGState=states(ca=0.5), XObject=named)
    assert lines == ["q", "[1 0 0 1 0 0] cm", "0 0 4 2 re W", "0 0 1 1 re", "q 1 0.5 0.5 k f Q", "n", "Q"]


def test_what_postscript_has_not_is_refused_in_one_sentence() -> None:
    picture = DictionaryObject({NameObject("/X1"): stream(b"", Subtype=NameObject("/Image"))})
    with pytest.raises(
        DataProblem, match=r"^This figure draws a picture, which EPS cannot hold; ask for PDF or TIFF\.$"
    ):
        drawn(b"/X1 Do", XObject=picture)
    with pytest.raises(DataProblem, match="draws the operator sh, which"):
        drawn(b"/S1 sh")
    blend = DictionaryObject({NameObject("/G1"): DictionaryObject({NameObject("/BM"): NameObject("/Multiply")})})
    with pytest.raises(DataProblem, match="draws a mask, which"):
        drawn(b"/G1 gs", ExtGState=blend)
    elsewhere = DictionaryObject({NameObject("/Subtype"): NameObject("/Type1")})
    with pytest.raises(DataProblem, match="draws a font that is not embedded, which"):
        drawn(b"/F1 8 Tf", Font=DictionaryObject({NameObject("/F1"): elsewhere}))


# Letters


def truetype(glyphs: int, size: int, long: bool) -> bytes:
    """A file with the three tables that are looked at, its glyphs each of ``size`` bytes."""
    head = struct.pack(">18xH16x4h6xh2x", 1000, -100, -200, 900, 800, int(long))
    offsets = [place * size // (1 if long else 2) for place in range(glyphs + 1)]
    tables = {
        b"glyf": bytes(glyphs * size),
        b"head": head,
        b"loca": struct.pack(f">{len(offsets)}{'I' if long else 'H'}", *offsets),
    }
    directory, body, at = b"", b"", 12 + 16 * len(tables)
    for tag, table in tables.items():
        directory += struct.pack(">4sIII", tag, 0, at + len(body), len(table))
        body += table
    return struct.pack(">IHHHH", 0x00010000, len(tables), 0, 0, 0) + directory + body


def told_font(to_unicode: bytes, mapped: str = "/Identity") -> DictionaryObject:
    file = DictionaryObject({NameObject("/FontFile2"): stream(truetype(4, 4, False))})
    widths = ArrayObject(
        [NumberObject(1), ArrayObject([NumberObject(500), NumberObject(250)]), *map(NumberObject, (3, 4, 600))]
    )
    below = DictionaryObject(
        {
            NameObject("/CIDToGIDMap"): NameObject(mapped),
            NameObject("/FontDescriptor"): file,
            NameObject("/W"): widths,
        }
    )
    return DictionaryObject(
        {
            NameObject("/Subtype"): NameObject("/Type0"),
            NameObject("/BaseFont"): NameObject("/AAAAAA+Some Sans"),
            NameObject("/DescendantFonts"): ArrayObject([below]),
            NameObject("/ToUnicode"): stream(to_unicode),
        }
    )


def test_letters_that_are_drawings_are_drawn_where_they_stand() -> None:
    told = DictionaryObject(
        {
            NameObject("/Subtype"): NameObject("/Type3"),
            NameObject("/FontMatrix"): ArrayObject(map(FloatObject, (0.001, 0, 0, 0.001, 0, 0))),
            NameObject("/Encoding"): DictionaryObject(
                {NameObject("/Differences"): ArrayObject([NumberObject(1), NameObject("/g1")])}
            ),
            NameObject("/CharProcs"): DictionaryObject({NameObject("/g1"): stream(b"500 0 d0 0 0 9 9 re f")}),
            NameObject("/FirstChar"): NumberObject(1),
            NameObject("/Widths"): ArrayObject([NumberObject(500)]),
        }
    )
    fonts = DictionaryObject({NameObject("/F1"): told})
    lines = drawn(b"1 0 0 rg BT /F1 10 Tf 1 0 0 1 2 3 Tm <010102> Tj ET", Font=fonts)
    assert [line for line in lines if line.startswith("q [")] == [
        "q [1 0 0 1 2 3] cm [10 0 0 10 0 0] cm",
        "q [1 0 0 1 2 3] cm [10 0 0 10 5 0] cm",
    ]
    assert lines.count("q 1 0 0 k f Q") == lines.count("[0.001 0 0 0.001 0 0] cm") == 2


MAP = b"1 beginbfchar\n<0001> <0050>\nendbfchar\n1 beginbfrange\n<0002> <0003> <00e4>\nendbfrange"


def test_a_font_has_its_widths_and_letters_and_glyphs_are_named_after_them() -> None:
    font = font_of("F1", told_font(MAP))
    assert [font.width(glyph) for glyph in range(5)] == [1000, 500, 250, 600, 600]
    assert font.letters == {1: "P", 2: "ä", 3: "å"}
    assert font.code(1) == (0, ord("P"))
    assert font.code(2)[1] not in range(0x21, 0x7F)
    written = font.written()
    assert written[0] == "%%BeginResource: font AAAAAASomeSans-F1-0"
    assert {"/P 1 def", "/uni00E4 2 def", "dup 80 /P put"} <= set(written)
    assert "/FontBBox [-0.1000 -0.2000 0.9000 0.8000] def" in written[2]


def test_letters_are_strings_with_the_way_to_the_next() -> None:
    fonts = DictionaryObject({NameObject("/F1"): told_font(MAP)})
    lines = drawn(b"BT /F1 10 Tf 1 0 0 -1 5 6 Tm <00010001> Tj 12 0 Td [<0001> 100 <0001>] TJ ET", Font=fonts)
    assert lines == [
        "q [1 0 0 -1 5 6] cm 0 0 0 k",
        "/AAAAAASomeSans-F1-0 10 sf 0 0 m (PPPP) [5 7 4 0] xs",
        "Q",
    ]
    assert drawn(b"/G1 gs BT /F1 10 Tf <0001> Tj ET", Font=fonts, ExtGState=states(ca=0)) == []
    assert drawn(b"BT 1 0 0 1 0 0 Tm 1 1 Td <0001> Tj [3] TJ ET") == []  # no font was set
    two = drawn(b"BT /F1 10 Tf <0001> Tj 0 12 Td <0001> Tj ET", Font=fonts)
    assert [line for line in two if line.endswith("xs")] == [
        "/AAAAAASomeSans-F1-0 10 sf 0 0 m (P) [0] xs",
        "/AAAAAASomeSans-F1-0 10 sf 0 12 m (P) [0] xs",
    ]


def test_more_than_256_glyphs_take_a_second_font_and_none_shares_a_code() -> None:
    letters = {glyph: chr(0x400 + glyph) for glyph in range(1, 400)} | {400: "A", 401: "A", 402: "("}
    font = Font("F1", truetype(410, 4, True), {}, 600, letters)
    placed = [font.code(glyph) for glyph in letters]
    assert len(set(placed)) == len(letters)
    assert {bank for bank, _ in placed} == {0, 1, 2}
    names = re.findall(r"dup \d+ /(\S+) put", "\n".join(font.written()))
    assert len(set(names)) == len(letters)
    assert {"A.g400", "A.g401"} <= set(names)
    line = Letters(font, 8, "1 0 0 1 0 0")
    line.show(bytes([402 // 256, 402 % 256, 1, 0]))
    assert line.written("0 k")[1].count(r"(\050)") == 1


@pytest.mark.parametrize("long", [True, False])
def test_a_large_file_is_cut_between_glyphs_and_loses_nothing(long: bool) -> None:
    file = truetype(1000, 120, long)
    font = Font("F1", file, {}, 600, {1: "A"})
    font.code(1)
    strings = re.findall(r"<\n([0-9A-F\n]+)\n>", "\n".join(font.written()))
    pieces = [bytes.fromhex(string.replace("\n", "")) for string in strings]
    assert len(pieces) > 1
    assert all(len(piece) % 2 == 1 and len(piece) <= 65535 for piece in pieces)  # the last byte is padding
    whole = b"".join(piece[:-1] for piece in pieces)
    assert whole[: len(file)] == file
    start = 12 + 16 * 3
    assert all((sum(len(piece) - 1 for piece in pieces[:place]) - start) % 120 == 0 for place in range(1, len(pieces)))


def test_a_font_without_letters_or_with_a_map_of_its_own() -> None:
    with pytest.raises(KeyError):
        font_of("F1", told_font(MAP, "/Own"))
    font = font_of("F1", told_font(b""))
    font.code(2)
    assert "/g2 2 def" in font.written()


@pytest.mark.parametrize(
    ("value", "written"), [(1, "1"), (-0.00001, "0"), (0.12345, "0.1235"), (100, "100"), (-2.5, "-2.5")]
)
def test_numbers_are_short(value: float, written: str) -> None:
    assert number(value) == written
