"""What hides, covers or changes the words of a slide: told beside them, so that it is compared like the words."""

from collections.abc import Iterator
from typing import Any

from plro_core.verify.look import digest
from plro_core.verify.themes import LIGHTEST_INK, is_of_signs, luminance

A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
#: Hundredths of a point below which nobody reads from the back of a room, and parts of a hundred thousand of the set size.
_LEAST_SIZE, _LEAST_SCALE = 800, 60_000
#: Boxes that touch, or stand out by less, hide nothing: 3 mm.
_EDGE = 108_000
#: What fills a box, and what lies in front of all that came before without being filled.
_FILLS = tuple(A + name for name in ("solidFill", "gradFill", "blipFill", "pattFill", "grpFill"))
_OPAQUE = (f"{P}pic", f"{P}graphicFrame")
_NARROW = 36_000
_WHITE = (("srgbClr", "FFFFFF"), ("schemeClr", "BG1"), ("schemeClr", "LT1"))


def told(text: Any) -> str:
    """How a piece of text is set, if not so that it is read: "⟨colour FFFFFF⟩"."""
    properties = text.getparent().find(f"{A}rPr")
    found = [] if properties is None else sorted(_of_run(properties))
    return f"⟨{', '.join(found)}⟩" if found else ""


def _of_run(properties: Any) -> Iterator[str]:
    size, raised = properties.get("sz", ""), properties.get("baseline", "0")
    if size.isdecimal() and int(size) < _LEAST_SIZE:
        yield f"size {size}"
    if raised.strip("0") and raised.strip("-").isdecimal():
        yield "lowered" if raised.startswith("-") else "raised"
    if properties.get("strike", "noStrike") != "noStrike":
        yield "struck"
    for one in properties:
        name = one.tag.removeprefix(A)
        if name in ("noFill", "gradFill", "pattFill", "blipFill", "grpFill", "highlight"):
            yield name
        elif name == "solidFill":
            yield from (f"colour {colour}" for colour in _unreadable(one))
        elif name in ("latin", "sym") and is_of_signs(one.get("typeface", "")):
            yield f"face {one.get('typeface')}"


def _unreadable(fill: Any) -> Iterator[str]:
    for colour in fill:
        value, name = colour.get("val", ""), colour.tag.removeprefix(A)
        plain = (name == "srgbClr" and luminance(value) < LIGHTEST_INK) or (name, value) == ("schemeClr", "tx1")
        if len(colour) or not plain:
            yield f"{name} {value}"


def around(slide: Any) -> Iterator[tuple[str, str]]:
    """What a slide has beside words, tables and pictures, and what lies over, outside or behind them, by what it is."""
    element = slide._element
    yield from of_page(element)
    boxes = [(shape, _box(shape)) for shape in slide.shapes]
    show = slide.part.package.presentation_part.presentation
    right, bottom = show.slide_width, show.slide_height
    for place, (shape, box) in enumerate(boxes, 1):
        yield from ((f"shape {place}, {what}", value) for what, value in _of_shape(shape._element))
        if box is not None and (min(box[:2]) < -_EDGE or box[2] > right + _EDGE or box[3] > bottom + _EDGE):
            yield f"shape {place}", "stands out of the slide"
        if box is not None and _hides(shape._element):
            below = [at for at, (_, other) in enumerate(boxes[: place - 1], 1) if other and _overlap(box, other)]
            if below:
                yield f"shape {place}", f"lies over {below}"


def of_page(element: Any) -> Iterator[tuple[str, str]]:
    """A ground of its own, and what comes and goes, of a slide or of what it is laid out by."""
    for fill in element.iterfind(f"{P}cSld/{P}bg/{P}bgPr/*"):
        if fill.tag in _FILLS and _is_seen(fill):
            yield "ground", _whole(fill)
    if any(one.get("spid") for one in element.iterfind(f"{P}timing//*")):
        yield "what comes and goes", _whole(element.find(f"{P}timing"))


def _of_shape(element: Any) -> Iterator[tuple[str, str]]:
    for properties in element.iter(f"{P}cNvPr"):
        if properties.get("hidden") in ("1", "true"):
            yield "hidden", "yes"
    for properties in element.iter(f"{P}spPr"):
        for fill in properties:
            if fill.tag in _FILLS and _is_seen(fill):
                yield "filled", _whole(fill)
    for body in element.iter(f"{A}normAutofit"):
        if int(body.get("fontScale", _LEAST_SCALE)) < _LEAST_SCALE:
            yield "text made small", body.get("fontScale")
    for table in element.iter(f"{A}tbl"):
        narrow = [at for at, one in enumerate(table.iter(f"{A}gridCol"), 1) if int(one.get("w", "0")) < _NARROW]
        if narrow:
            yield "columns without width", str(narrow)
        yield from _of_cells(table)


def _of_cells(table: Any) -> Iterator[tuple[str, str]]:
    for row, line in enumerate(table.iter(f"{A}tr"), 1):
        for column, cell in enumerate(line.iter(f"{A}tc"), 1):
            where = f"row {row}, column {column}"
            joined = [
                f"{name} {cell.get(name)}"
                for name in ("gridSpan", "rowSpan", "hMerge", "vMerge")
                if cell.get(name) not in (None, "0", "1" if name.endswith("Span") else "false")
            ]
            if joined:
                yield f"{where}, joined", ", ".join(joined).replace("true", "1")
            for fill in cell.iterfind(f"{A}tcPr/*"):
                if fill.tag in _FILLS and _is_seen(fill):
                    yield f"{where}, filled", _whole(fill)


def _is_seen(fill: Any) -> bool:
    """Whether a fill is more than plain white, on which everything is read as on the slide."""
    white = [one for one in fill if (one.tag.removeprefix(A), one.get("val", "").upper()) in _WHITE]
    return not (fill.tag == f"{A}solidFill" and len(white) == 1 and not len(white[0]))


def _hides(element: Any) -> bool:
    filled = any(one.tag in _FILLS for properties in element.iter(f"{P}spPr") for one in properties)
    return element.tag in _OPAQUE or filled


def _box(shape: Any) -> tuple[int, int, int, int] | None:
    try:
        left, top, width, height = (int(part) for part in (shape.left, shape.top, shape.width, shape.height))
    except TypeError:
        return None  # a placeholder that is nowhere
    return left, top, left + width, top + height


def _overlap(one: tuple[int, int, int, int], other: tuple[int, int, int, int]) -> bool:
    return all(min(one[at + 2], other[at + 2]) - max(one[at], other[at]) > _EDGE for at in (0, 1))


def _whole(element: Any) -> str:
    return digest((part.tag, sorted(part.attrib.items())) for part in element.iter())
