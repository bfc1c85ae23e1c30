"""What hides, covers or changes the cells of a workbook: a number format that shows another number, hidden rows, charts, notes."""

import re
from collections.abc import Iterator
from hashlib import sha256
from io import BytesIO
from typing import Any
from zipfile import ZipFile

from plro_core.verify.look import digest
from plro_core.verify.themes import LIGHTEST_INK, is_of_signs, luminance

_PARTS = re.compile(
    r"\[Content_Types\]\.xml|(.*/)?_rels/.*|docProps/.*|xl/(workbook|styles|sharedStrings|calcChain|metadata)\.xml"
    r"|xl/theme/.*|xl/worksheets/sheet\d+\.xml|xl/printerSettings/.*|customXml/.*"
)
#: Parts of a sheet that say how it is laid out, none of which adds or hides a word.
_LAID_OUT = frozenset(
    [
        "sheetPr",
        "dimension",
        "sheetViews",
        "sheetFormatPr",
        "cols",
        "sheetData",
        "mergeCells",
        "pageMargins",
        "pageSetup",
        "printOptions",
        "headerFooter",
        "autoFilter",
        "sheetProtection",
        "ignoredErrors",
        "phoneticPr",
        "rowBreaks",
        "colBreaks",
        "sheetCalcPr",
    ]
)
_LOWEST, _NARROWEST = 3.0, 0.7
#: How a head or foot is set, which programs say in their own ways.
_FACE = re.compile(r'&"[^"]*"|&\d+|&K[0-9A-F]+')
_BLACK = ("FF000000", "00000000")
#: Black in the list of colours that every workbook has, unless it brings its own; 64 is that of the system.
_BLACK_BY_NUMBER = ("0", "8", "64")
_LIGHTEST = 0.5


def around_cells(content: bytes) -> dict[str, str]:
    """By its place whatever hides or changes what a reader sees of a workbook: nothing of one that shows its cells plainly."""
    found: dict[str, str] = {}
    with ZipFile(BytesIO(content)) as archive:
        for name in archive.namelist():
            if not _PARTS.fullmatch(name):
                found[f"part {name.rpartition('/')[2]}"] = sha256(archive.read(name)).hexdigest()
        book = _parsed(archive.read("xl/workbook.xml"))
        found |= {
            f"{one.get('name')}, sheet": str(one.get("state"))
            for one in _each(book, "sheet")
            if one.get("state", "visible") != "visible"
        }
        styles = _parsed(archive.read("xl/styles.xml")) if "xl/styles.xml" in archive.namelist() else None
        looks = _looks(styles) if styles is not None else []
        found |= _own_colours(styles) if styles is not None else {}
        words = _of_words(archive)
        sheets = sorted(
            (name for name in archive.namelist() if name.startswith("xl/worksheets/sheet")),
            key=lambda name: (len(name), name),
        )
        for number, name in enumerate(sheets, 1):
            found |= {
                f"sheet {number}, {place}": told for place, told in _sheet(_parsed(archive.read(name)), looks, words)
            }
    return found


def _parsed(content: bytes) -> Any:
    from docx.oxml import parse_xml

    return parse_xml(content)


def _name(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]


def _each(element: Any, name: str) -> Iterator[Any]:
    return (one for one in element.iter() if _name(one) == name)


def _sheet(sheet: Any, looks: list[str], words: list[str]) -> Iterator[tuple[str, str]]:
    for part in sheet:
        name = _name(part)
        if name == "headerFooter":
            yield name, _FACE.sub("", "".join(text for text in part.itertext() if text.strip()))
        elif name not in _LAID_OUT:
            yield name, digest((_name(one), sorted(one.attrib.items()), one.text) for one in part.iter())
    for column in _each(sheet, "col"):
        if _is_set(column, "hidden") or float(column.get("width", "9")) < _NARROWEST:
            yield f"column {column.get('min')}", "hidden"
    for merged in _each(sheet, "mergeCell"):
        yield str(merged.get("ref")), "joined"
    for row in _each(sheet, "row"):
        if _is_set(row, "hidden") or float(row.get("ht", "15")) < _LOWEST:
            yield f"row {row.get('r')}", "hidden"
    for cell in _each(sheet, "c"):
        if len(cell):
            yield from _cell(cell, looks, words)


def _cell(cell: Any, looks: list[str], words: list[str]) -> Iterator[tuple[str, str]]:
    parts = {_name(one): one.text or "" for one in cell}
    look = looks[int(cell.get("s", "0"))] if looks else ""
    if cell.get("t") == "s":
        look = " ".join(filter(None, (look, words[int(parts["v"])])))
    if cell.get("t") in ("s", "str", "inlineStr"):
        look = look.replace("shown as 0", "", 1) if look.startswith("shown as 0") else look
    is_truth = cell.get("t") == "b" or (parts.get("f"), parts.get("v")) in _TRUTH
    if is_truth and look.strip() == _AS_A_WORD and parts.get("v") in ("0", "1"):
        return
    if "f" in parts:
        yield f"formula of {cell.get('r')}", parts["f"]
    if look.strip():
        yield f"look of {cell.get('r')}", look.strip()


def _is_set(element: Any, name: str) -> bool:
    return element.get(name) in ("1", "true")


def _looks(styles: Any) -> list[str]:
    """Of each format of cells how it shows them, if not plainly."""
    codes = {one.get("numFmtId"): str(one.get("formatCode")) for one in _each(styles, "numFmt")}
    parts = {name: list(next(_each(styles, name), ())) for name in ("fonts", "fills", "cellXfs")}
    return [_look(one, codes, parts) for one in parts["cellXfs"]]


#: Formats that every program knows by number.
_KNOWN = {"0": "", "1": "0", "2": "0.00", "49": ""}


def _own_colours(styles: Any) -> dict[str, str]:
    """Of a workbook's own list of colours those that should be black and cannot be read."""
    listed = [str(one.get("rgb", ""))[2:] for part in _each(styles, "indexedColors") for one in part]
    lost = [
        colour
        for place, colour in enumerate(listed)
        if str(place) in _BLACK_BY_NUMBER and luminance(colour) > LIGHTEST_INK
    ]
    return {"list of colours": ", ".join(lost)} if lost else {}


#: How LibreOffice writes what is true or false: as a formula and its number, which it shows as a word.
_AS_A_WORD = 'shown as "TRUE";"TRUE";"FALSE"'
_TRUTH = (("TRUE()", "1"), ("FALSE()", "0"))


def _look(one: Any, codes: dict[str, str], parts: dict[str, list[Any]]) -> str:
    number = str(one.get("numFmtId", "0"))
    code = codes.get(number, _KNOWN.get(number, f"format {number}"))
    told = [f"shown as {code}"] if code not in ("", "General", "@") else []
    told += [*_font(parts["fonts"][int(one.get("fontId", "0"))]), *_fill(parts["fills"][int(one.get("fillId", "0"))])]
    return " ".join(told)


def _font(font: Any) -> Iterator[str]:
    for one in font:
        name, value = _name(one), str(one.get("val", ""))
        if name == "color" and one.get("rgb", _BLACK[0]) not in _BLACK:
            yield f"colour {one.get('rgb')}"
        elif name == "color" and one.get("theme", "1") not in ("1", ""):
            yield f"colour {one.get('theme')} of the theme"
        elif name == "color" and one.get("indexed", "8") not in _BLACK_BY_NUMBER:
            yield f"colour {one.get('indexed')} of the list"
        elif name == "color" and float(one.get("tint", "0")) > _LIGHTEST:
            yield "a lighter colour"
        elif (name == "strike" and value not in ("0", "false")) or (name == "vertAlign" and value != "baseline"):
            yield f"{name} {value}".strip()
        elif name == "sz" and float(value) < _LOWEST:
            yield f"size {value}"
        elif name in ("name", "rFont") and is_of_signs(value):
            yield value


def _fill(fill: Any) -> Iterator[str]:
    for one in _each(fill, "patternFill"):
        if one.get("patternType", "none") not in ("none", "gray125"):
            yield "filled " + " ".join(
                str(part.get("rgb", part.get("theme"))) for part in one if _name(part) == "fgColor"
            )


def _of_words(archive: ZipFile) -> list[str]:
    """Of each shared text how pieces of it are set."""
    if "xl/sharedStrings.xml" not in archive.namelist():
        return []
    return [
        " ".join(told for run in _each(one, "r") if (told := _run(run)))
        + ("read aloud otherwise" if next(_each(one, "rPh"), None) is not None else "")
        for one in _parsed(archive.read("xl/sharedStrings.xml"))
        if _name(one) == "si"
    ]


def _run(run: Any) -> str:
    set_so = " ".join(told for properties in run if _name(properties) == "rPr" for told in _font(properties))
    return f"{set_so}: {''.join(one.text or '' for one in _each(run, 't'))}" if set_so else ""
