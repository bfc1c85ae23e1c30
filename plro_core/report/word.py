"""A report as a Word document: headings, paragraphs, tables as journals print them, and figures as pictures with alt text."""

from collections.abc import Mapping
from io import BytesIO
from typing import Any

from plro_core.manuscript.word import add_table, finished, new_document, size_page, small
from plro_core.report.blocks import Block, FigureBlock, Heading, Pages, Paragraph, Run, TableBlock

_TITLE, _HEADINGS, _TEXT = 16.0, (13.0, 11.0, 10.0), 10.0
_WIDTH = 16.0
_DOUBT, _CHANGED = "B42318", "B4540A"


def as_docx(pages: Pages, pictures: Mapping[str, bytes]) -> bytes:
    """The document's bytes; ``pictures`` are the figures as PNG, by name."""
    document = new_document()
    _without_rule(document.styles["Title"])
    _words(document.add_heading(level=0), (Run(pages.title),), _TITLE)
    if pages.authors:
        _words(document.add_paragraph(), (Run(pages.authors),), _TEXT)
    small(_words(document.add_paragraph(), (Run(pages.data),), _TEXT))
    for block in pages.blocks:
        _block(document, block, pictures)
    return finished(document, pages.title, pages.origin, pages.authors)


def _without_rule(style: Any) -> None:
    """The style of a title, without the coloured rule that it comes with."""
    for border in style.element.xpath(".//w:pBdr"):
        border.getparent().remove(border)


def _block(document: Any, block: Block, pictures: Mapping[str, bytes]) -> None:
    if isinstance(block, Heading):
        _words(document.add_heading(level=block.level), (Run(block.text),), _HEADINGS[block.level - 1])
    elif isinstance(block, Paragraph):
        _words(document.add_paragraph(), block.runs, _TEXT)
    elif isinstance(block, TableBlock):
        _table(document, block)
    else:
        _figure(document, block, pictures[block.name])


def _words(paragraph: Any, runs: tuple[Run, ...], size: float) -> Any:
    """Words in the type of the text; a typed number that the data contradict and one that changed are coloured."""
    from docx.shared import Pt, RGBColor

    paragraph.paragraph_format.space_after = Pt(6)
    for run in runs:
        written = paragraph.add_run(run.text)
        written.font.size, written.font.name = Pt(size), "Times New Roman"
        written.font.color.rgb = RGBColor.from_string("000000")
        if run.mark in ("doubt", "changed"):
            written.font.underline = True
            written.font.color.rgb = RGBColor.from_string(_DOUBT if run.mark == "doubt" else _CHANGED)
    return paragraph


def _table(document: Any, block: TableBlock) -> None:
    """A wide table stands on pages of its own, on their side."""
    from docx.enum.section import WD_SECTION

    if not block.printed.is_wide:
        _words(document.add_paragraph(), (), _TEXT)
        add_table(document, block.printed)
        _words(document.add_paragraph(), (), _TEXT)
        return
    size_page(document.add_section(WD_SECTION.NEW_PAGE), on_its_side=True)
    add_table(document, block.printed)
    size_page(document.add_section(WD_SECTION.NEW_PAGE), on_its_side=False)


def _figure(document: Any, block: FigureBlock, picture: bytes) -> None:
    from docx.shared import Cm

    place = document.add_paragraph()
    place.paragraph_format.keep_with_next = True
    place.add_run().add_picture(BytesIO(picture), width=Cm(_WIDTH))
    described = place._p.xpath(".//wp:docPr")[0]
    described.set("name", block.name)
    described.set("descr", block.chart.summary)
    paragraph = document.add_paragraph()
    paragraph.add_run(block.caption).bold = True
    for line in block.below:
        paragraph.add_run(f" {line}")
    small(paragraph)
    _words(document.add_paragraph(), (), _TEXT)
