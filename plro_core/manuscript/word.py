"""A table as a Word document: three rules, spanned heads that repeat, decimals below each other, marks set high.

It is written by python-docx; the archive is then written anew with a fixed time, so that the same table gives the same bytes.
"""

from datetime import datetime
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from plro_core.manuscript.aligning import FIGURE_SPACE, aligned, unbroken
from plro_core.manuscript.model import PrintRow, PrintTable
from plro_core.manuscript.widths import shrunk, widths
from plro_core.text import ORIGIN

#: When every document says that it was made.
CREATED = datetime(2022, 1, 1)
_ZIPPED = (2022, 1, 1, 0, 0, 0)
_FACE, _SIZE, _SMALL = "Times New Roman", 9.0, 8.0
#: Widths in centimetres of what stands between the margins, upright and on its side.
_UPRIGHT, _ON_ITS_SIDE = 16.0, 24.7
#: Signs of this size in a centimetre.
_SIGNS = 5.6
_LONGEST_PROPERTY = 255
_HEAVY, _LIGHT = "12", "6"
#: How a document is tied to a part of its own.
CUSTOM_XML = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/customXml"
#: Where the origin stands in the archive.
ORIGIN_PART = "customXml/plro-origin.xml"


def as_docx(table: PrintTable, origin: str) -> bytes:
    """The document's bytes; ``origin`` is kept in a part of its own."""
    document = new_document(on_its_side=table.is_wide)
    add_table(document, table)
    return finished(document, table.title, origin)


def new_document(*, on_its_side: bool = False) -> Any:
    """An empty document on A4 in a manuscript's type."""
    import docx
    from docx.shared import Pt

    document = docx.Document()
    _drop_thumbnail(document)
    size_page(document.sections[0], on_its_side=on_its_side)
    style = document.styles["Normal"]
    style.font.name, style.font.size = _FACE, Pt(_SIZE)
    style.paragraph_format.space_after = style.paragraph_format.space_before = Pt(0)
    return document


def add_table(document: Any, table: PrintTable) -> None:
    """Add a table at the end: its caption, its grid, and what must be said below."""
    _caption(document, table)
    _grid(document, table)
    _below(document, table)


def finished(document: Any, title: str, origin: str, author: str = "") -> bytes:
    """The document's bytes, the same for the same content, with the origin inside."""
    properties = document.core_properties
    properties.title, properties.author, properties.comments = as_property(title), as_property(author), ""
    properties.created = properties.modified = CREATED
    if origin:
        _keep(document, origin)
    written = BytesIO()
    document.save(written)
    return with_fixed_times(written.getvalue())


def as_property(text: str) -> str:
    """A text as one of the properties of a document of Office, which hold no more than 255 characters."""
    return text if len(text) <= _LONGEST_PROPERTY else f"{text[: _LONGEST_PROPERTY - 1]}…"


def _drop_thumbnail(document: Any) -> None:
    """Take away the picture of another document that the library's template brings along."""
    parts = document.part.package.rels
    for key in [key for key, related in parts.items() if related.reltype.endswith("/thumbnail")]:
        del parts[key]


def size_page(section: Any, *, on_its_side: bool) -> None:
    """Make the pages of a section A4 with a manuscript's margins."""
    from docx.enum.section import WD_ORIENT
    from docx.shared import Cm

    section.page_width, section.page_height = Cm(21.0), Cm(29.7)
    section.orientation = WD_ORIENT.PORTRAIT
    if on_its_side:
        section.orientation = WD_ORIENT.LANDSCAPE
        section.page_width, section.page_height = Cm(29.7), Cm(21.0)
    section.left_margin = section.right_margin = Cm(2.5)


def _caption(document: Any, table: PrintTable) -> None:
    from docx.shared import Pt

    paragraph = document.add_paragraph()
    paragraph.paragraph_format.space_after = Pt(4)
    paragraph.paragraph_format.keep_with_next = True
    if table.number:
        paragraph.add_run(f"{table.word} {table.number}. ").bold = True
    paragraph.add_run(table.caption)


def _grid(document: Any, table: PrintTable) -> None:
    from docx.enum.table import WD_TABLE_ALIGNMENT

    grid = document.add_table(rows=0, cols=len(table.aligned))
    grid.alignment = WD_TABLE_ALIGNMENT.LEFT
    grid.autofit = False
    for place, heads in enumerate(table.heads):
        row = grid.add_row()
        _repeat(row)
        _heads(row, heads, place == len(table.heads) - 1)
    spaces = aligned(table)
    for place, line in enumerate(table.rows):
        _line(grid.add_row(), line, spaces[place])
    _widths(grid, table)
    _shrink(grid, table)
    _rule(grid.rows[0], "top", _HEAVY)
    _rule(grid.rows[len(table.heads) - 1], "bottom", _LIGHT)
    _rule(grid.rows[-1], "bottom", _HEAVY)


def _heads(row: Any, heads: Any, is_last: bool) -> None:
    place = 0
    for head in heads:
        cell = row.cells[place]
        if head.span > 1:
            cell = cell.merge(row.cells[place + head.span - 1])
            if not is_last and head.text:
                _border(cell, "bottom", _LIGHT)
        cell.paragraphs[0].add_run(head.text).bold = True
        place += head.span


def _line(row: Any, line: PrintRow, spaces: list[int]) -> None:
    from docx.shared import Cm

    row.allow_break_across_pages = False
    for place, cell in enumerate(line.cells):
        paragraph = row.cells[place].paragraphs[0]
        if place == 0 and line.indent:
            paragraph.paragraph_format.left_indent = Cm(0.4 * line.indent)
        run = paragraph.add_run(FIGURE_SPACE * spaces[place] + unbroken(cell.text))
        run.italic = line.section
        paragraph.paragraph_format.keep_with_next = line.is_head or None
        if cell.mark:
            paragraph.add_run(cell.mark).font.superscript = True


def _widths(grid: Any, table: PrintTable) -> None:
    """LibreOffice wants a width said of columns and cells alike."""
    from docx.shared import Cm

    whole = _ON_ITS_SIDE if table.is_wide else _UPRIGHT
    for column, share in zip(grid.columns, widths(table, whole * _SIGNS), strict=True):
        column.width = Cm(whole * share)
        for cell in column.cells:
            cell.width = Cm(whole * share)


def _shrink(grid: Any, table: PrintTable) -> None:
    """Smaller type where the words of the columns need more than the page has."""
    from docx.shared import Pt

    part = shrunk(table, (_ON_ITS_SIDE if table.is_wide else _UPRIGHT) * _SIGNS)
    if part == 1:
        return
    for row in grid.rows:
        for cell in row.cells:
            for run in cell.paragraphs[0].runs:
                run.font.size = Pt(round(2 * _SIZE * part) / 2)


def _below(document: Any, table: PrintTable) -> None:
    for mark, note in table.marks:
        paragraph = document.add_paragraph()
        paragraph.add_run(mark).font.superscript = True
        paragraph.add_run(f" {note}.")
        small(paragraph)
    for text in filter(None, (*table.notes, table.spelt_out)):
        small(document.add_paragraph(text))


def small(paragraph: Any) -> None:
    """Set a paragraph in the type of notes."""
    from docx.shared import Pt

    for run in paragraph.runs:
        run.font.size = Pt(_SMALL)


# What python-docx has no words for


def _repeat(row: Any) -> None:
    """Let a head row stand on every page that the table runs over."""
    from docx.oxml import OxmlElement

    row._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))


def _rule(row: Any, side: str, eighths: str) -> None:
    for cell in row.cells:
        _border(cell, side, eighths)


def _border(cell: Any, side: str, eighths: str) -> None:
    """A rule at one side of a cell, in eighths of a point."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    properties = cell._tc.get_or_add_tcPr()
    borders = properties.find(qn("w:tcBorders"))
    if borders is None:
        borders = OxmlElement("w:tcBorders")
        properties.append(borders)
    if borders.find(qn(f"w:{side}")) is not None:
        return
    border = OxmlElement(f"w:{side}")
    for name, value in (("val", "single"), ("sz", eighths), ("space", "0"), ("color", "000000")):
        border.set(qn(f"w:{name}"), value)
    borders.append(border)
    # The order of the sides is part of the format: top before bottom.
    for name in ("top", "bottom"):
        found = borders.find(qn(f"w:{name}"))
        if found is not None:
            borders.append(found)


def _keep(document: Any, origin: str) -> None:
    """The origin as a part of its own, which Word keeps when it saves the document."""
    from docx.opc.packuri import PackURI
    from docx.opc.part import Part

    part = Part(PackURI(f"/{ORIGIN_PART}"), "application/xml", origin_part(origin), document.part.package)
    document.part.relate_to(part, CUSTOM_XML)


def origin_part(origin: str) -> bytes:
    """The origin as a part of a document of Office."""
    from xml.sax.saxutils import escape

    told = f'<origin xmlns="urn:plro:origin" name="{ORIGIN}">{escape(origin)}</origin>'
    return f'<?xml version="1.0" encoding="UTF-8"?>{told}'.encode()


def with_fixed_times(content: bytes) -> bytes:
    """The archive of a document with one time for all of its parts, so that the same content gives the same bytes."""
    written = BytesIO()
    with ZipFile(BytesIO(content)) as source, ZipFile(written, "w", ZIP_DEFLATED) as target:
        for name in source.namelist():
            target.writestr(ZipInfo(name, _ZIPPED), source.read(name), ZIP_DEFLATED)
    return written.getvalue()
