"""A report as a PowerPoint file: titles that readers of screens find, figures as pictures with their text, real tables, notes."""

from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any

from plro_core.manuscript import PrintTable
from plro_core.manuscript.model import PrintRow
from plro_core.manuscript.word import CREATED, CUSTOM_XML, ORIGIN_PART, as_property, origin_part, with_fixed_times
from plro_core.report.blocks import Pages, Paragraph
from plro_core.report.slides import (
    BODY_TOP,
    EDGE,
    HEIGHT,
    ROOM,
    SMALL,
    TABLE,
    TEXT,
    WIDTH,
    Slide,
    height,
    room_of_figure,
    row_heights,
    signs,
    slides,
)

_FACE = b"Arial"
_TITLE, _LONG_TITLE, _FIRST_TITLE, _FOOT = 28, 22, 40, 10
_ONE_LINE = 60
_INK, _QUIET, _DOUBT, _CHANGED = "1C2530", "51606F", "B42318", "B4540A"
#: The style of a table without ground and grid.
_NO_STYLE = "{2D5ABB26-0587-4C30-8999-92F81FD0307C}"
_NAMESPACE = "http://schemas.openxmlformats.org/drawingml/2006/main"
_HEAVY, _LIGHT = 19050, 9525
#: The layouts of the library's template that are used: a first slide, and a title alone.
_FIRST, _TITLED = 0, 5


def as_pptx(pages: Pages, pictures: Mapping[str, bytes]) -> bytes:
    """The file's bytes; ``pictures`` are the figures as PNG, by name."""
    show = _new()
    _first(show, pages)
    for number, slide in enumerate(slides(pages), 2):
        _slide(show, slide, pictures, f"{number} · {pages.data}")
    return _finished(show, pages)


def _new() -> Any:
    """An empty presentation of 16:9: the library's template is narrower, and brings the picture of another one along."""
    import pptx
    from pptx.util import Cm

    show = pptx.Presentation()
    wider = Cm(WIDTH) / show.slide_width
    show.slide_width, show.slide_height = Cm(WIDTH), Cm(HEIGHT)
    for holder in (show.slide_master, *show.slide_layouts):
        for shape in holder.placeholders:
            shape.left, shape.width = int(shape.left * wider), int(shape.width * wider)
    relations = show.part.package._rels
    for key in [key for key, one in relations.items() if one.reltype.endswith("/thumbnail")]:
        relations.pop(key)
    for part in show.part.package.iter_parts():
        if part.partname.startswith("/ppt/theme/"):
            part._blob = part.blob.replace(b'typeface="Calibri"', b'typeface="' + _FACE + b'"')
    return show


def _finished(show: Any, pages: Pages) -> bytes:
    from pptx.opc.package import Part
    from pptx.opc.packuri import PackURI

    properties = show.core_properties
    properties.title, properties.author = as_property(pages.title), as_property(pages.authors)
    properties.last_modified_by = ""
    properties.created = properties.modified = CREATED
    part = Part(PackURI(f"/{ORIGIN_PART}"), "application/xml", show.part.package, origin_part(pages.origin))
    show.part.relate_to(part, CUSTOM_XML)
    written = BytesIO()
    show.save(written)
    return with_fixed_times(written.getvalue())


def _first(show: Any, pages: Pages) -> None:
    """The slide with the report's title, its authors, and which data it is of."""
    slide = show.slides.add_slide(show.slide_layouts[_FIRST])
    title, below = slide.placeholders
    size = _FIRST_TITLE if len(pages.title) <= 2 * signs(_FIRST_TITLE) else _LONG_TITLE
    _place(title, 4.5, 5.5)
    _words(title.text_frame, [Paragraph.of(pages.title)], size, bold=True, anchor="bottom")
    _place(below, 10.6, 5.0)
    _words(below.text_frame, [Paragraph.of(one) for one in (pages.authors, pages.data) if one], 18, colour=_QUIET)


def _slide(show: Any, told: Slide, pictures: Mapping[str, bytes], foot: str) -> None:
    slide = show.slides.add_slide(show.slide_layouts[_TITLED])
    title = slide.shapes.title
    _place(title, 0.7, 2.3)
    size = _TITLE if len(told.title) <= _ONE_LINE else _LONG_TITLE
    _words(title.text_frame, [Paragraph.of(told.title)], size, bold=True, anchor="middle")
    top = BODY_TOP
    if told.figure is not None:
        top += _picture(slide, told, pictures[told.figure.name])
    if told.table is not None:
        top += _table(slide, told.table, told.shares, top)
    if told.text:
        top += _box(slide, top, told.text, TEXT)
    if told.small:
        _box(slide, top, [Paragraph.of(one) for one in told.small], SMALL, _QUIET)
    _box(slide, HEIGHT - 1.1, [Paragraph.of(foot)], _FOOT, _QUIET)
    if told.notes:
        slide.notes_slide.notes_text_frame.text = "\n".join(told.notes)


def _place(shape: Any, top: float, high: float) -> None:
    from pptx.util import Cm

    shape.left, shape.top, shape.width, shape.height = Cm(EDGE), Cm(top), Cm(ROOM), Cm(high)


def _box(slide: Any, top: float, paragraphs: Any, size: int, colour: str = _INK) -> float:
    """A box of text over the whole width; its height."""
    from pptx.util import Cm

    high = height([one.text for one in paragraphs], size)
    box = slide.shapes.add_textbox(Cm(EDGE), Cm(top), Cm(ROOM), Cm(high))
    _words(box.text_frame, paragraphs, size, colour=colour)
    return high


def _words(
    frame: Any, paragraphs: Any, size: int, *, bold: bool = False, colour: str = _INK, anchor: str = "top"
) -> None:
    """Paragraphs in a frame; a typed number that the data contradict, and one that changed, are underlined in a colour."""
    from pptx.enum.text import MSO_VERTICAL_ANCHOR, PP_ALIGN
    from pptx.util import Cm, Pt

    frame.word_wrap = True
    frame.vertical_anchor = MSO_VERTICAL_ANCHOR[anchor.upper()]
    frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = Cm(0)
    for place, one in enumerate(paragraphs):
        paragraph = frame.paragraphs[0] if place == 0 else frame.add_paragraph()
        paragraph.alignment, paragraph.space_after = PP_ALIGN.LEFT, Pt(5)
        for run in one.runs:
            marked = {"doubt": _DOUBT, "changed": _CHANGED}.get(run.mark)
            _run(paragraph, run.text, size, marked or colour, bold).font.underline = True if marked else None


def _run(paragraph: Any, text: str, size: int, colour: str = _INK, bold: bool = False) -> Any:
    from pptx.dml import color
    from pptx.util import Pt

    colours: Any = color  # its functions have no types
    run = paragraph.add_run()
    run.text = text
    run.font.size, run.font.bold = Pt(size), bold
    run.font.color.rgb = colours.RGBColor.from_string(colour)
    return run


def _picture(slide: Any, told: Slide, picture: bytes) -> float:
    """The figure as large as there is room, in the middle; the height that it takes."""
    from pptx.util import Cm

    figure = told.figure
    room = room_of_figure(told)
    shape = slide.shapes.add_picture(BytesIO(picture), Cm(EDGE), Cm(BODY_TOP))
    scale = min(Cm(ROOM) / shape.width, Cm(room) / shape.height)
    shape.width, shape.height = int(shape.width * scale), int(shape.height * scale)
    shape.left = int((Cm(WIDTH) - shape.width) / 2)
    shape.name = figure.name if figure else ""
    shape._element.nvPicPr.cNvPr.set("descr", figure.chart.summary if figure else "")
    return room


# Tables


def _table(slide: Any, table: PrintTable, shares: Sequence[float], top: float) -> float:
    """The table with its three rules; its height."""
    from pptx.util import Cm

    high = row_heights(table, shares)
    shape = slide.shapes.add_table(len(high), len(table.aligned), Cm(EDGE), Cm(top), Cm(ROOM), Cm(sum(high)))
    shape._element.nvGraphicFramePr.cNvPr.set("descr", table.title)
    grid = shape.table
    grid.horz_banding = False
    shape._element.graphic.graphicData.tbl.tblPr.find(_drawing("tableStyleId")).text = _NO_STYLE
    for column, share in zip(grid.columns, shares, strict=True):
        column.width = Cm(ROOM * share)
    for row, its_height in zip(grid.rows, high, strict=True):
        row.height = Cm(its_height)
    for place, heads in enumerate(table.heads):
        _heads(grid, place, heads, place == len(table.heads) - 1)
    for place, line in enumerate(table.rows, len(table.heads)):
        _line(grid, place, line, table)
    _rule(grid, 0, "T", _HEAVY)
    _rule(grid, len(table.heads) - 1, "B", _LIGHT)
    _rule(grid, len(high) - 1, "B", _HEAVY)
    return sum(high) + 0.3


def _heads(grid: Any, row: int, heads: Any, is_last: bool) -> None:
    place = 0
    for head in heads:
        cell = grid.cell(row, place)
        if head.span > 1:
            cell.merge(grid.cell(row, place + head.span - 1))
            if head.text and not is_last:
                for at in range(place, place + head.span):
                    _border(grid.cell(row, at), "B", _LIGHT)
        _cell(cell, head.text, "", bold=True)
        place += head.span


def _line(grid: Any, row: int, line: PrintRow, table: PrintTable) -> None:
    if line.section and len(line.cells) > 1:
        grid.cell(row, 0).merge(grid.cell(row, len(line.cells) - 1))
    for place, cell in enumerate(line.cells[:1] if line.section else line.cells):
        shown = grid.cell(row, place)
        _cell(shown, cell.text, cell.mark, italic=line.section, centred=place > 0 and table.aligned[place] == "decimal")
        if place == 0 and line.indent:
            shown.margin_left = int(shown.margin_left + 150_000 * line.indent)


def _cell(cell: Any, text: str, mark: str, *, bold: bool = False, italic: bool = False, centred: bool = False) -> None:
    from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
    from pptx.util import Cm

    cell.margin_left, cell.margin_right = Cm(0.1), Cm(0.15)
    cell.margin_top = cell.margin_bottom = Cm(0.08)
    cell.vertical_anchor = MSO_ANCHOR.BOTTOM if bold else MSO_ANCHOR.TOP
    paragraph = cell.text_frame.paragraphs[0]
    paragraph.alignment = PP_ALIGN.CENTER if centred else PP_ALIGN.LEFT
    _run(paragraph, text, TABLE, bold=bold).font.italic = italic
    if mark:
        _run(paragraph, mark, TABLE).font._element.set("baseline", "30000")


def _rule(grid: Any, row: int, side: str, width: int) -> None:
    for place in range(len(grid.columns)):
        _border(grid.cell(row, place), side, width)


def _border(cell: Any, side: str, width: int) -> None:
    """A rule at the top (T) or bottom (B) of a cell; the order of the sides, and before other properties, is part of the format."""
    from pptx.oxml import parse_xml

    properties = cell._tc.get_or_add_tcPr()
    name = _drawing(f"ln{side}")
    if properties.find(name) is not None:
        return
    line = parse_xml(
        f'<a:ln{side} xmlns:a="{_NAMESPACE}" w="{width}" cap="flat" cmpd="sng" algn="ctr">'
        f'<a:solidFill><a:srgbClr val="{_INK}"/></a:solidFill></a:ln{side}>'
    )
    above = properties.find(_drawing("lnT"))
    properties.insert(1 if side == "B" and above is not None else 0, line)


def _drawing(name: str) -> str:
    return f"{{{_NAMESPACE}}}{name}"
