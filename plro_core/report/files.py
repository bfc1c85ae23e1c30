"""The formats of a report, and the one function that writes them."""

from collections.abc import Callable
from dataclasses import dataclass

from plro_core.export.images import figure_image
from plro_core.problems import QueryProblem
from plro_core.report.assembled import Assembled
from plro_core.report.blocks import FigureBlock, Pages
from plro_core.report.powerpoint import as_pptx
from plro_core.report.references import as_bibtex
from plro_core.report.typeset import as_pdf
from plro_core.report.web import as_html
from plro_core.report.word import as_docx
from plro_core.tables.notes import SYNTHETIC
from plro_core.text import listed

#: Millimetres of height of a figure that is 180 wide, so that it fills a slide.
_OF_SLIDE = 70.0


@dataclass(frozen=True)
class _Format:
    label: str
    mime: str
    write: Callable[[Assembled], bytes]


def _pictures(pages: Pages, height_mm: float | None = None) -> dict[str, bytes]:
    """The figures as PNG at the width of a page, as low as asked for where they can be.

    Raises:
        DataProblem: there is no Chromium, or it failed.
    """
    figures = [block for block in pages.blocks if isinstance(block, FigureBlock)]
    return {block.name: _picture(block, height_mm) for block in figures}


def _picture(block: FigureBlock, height_mm: float | None) -> bytes:
    try:
        return figure_image(block.chart, block.recipe, "png", height_mm=height_mm, bare=True)
    except QueryProblem:  # it needs more height
        return figure_image(block.chart, block.recipe, "png", bare=True)


def _docx(assembled: Assembled) -> bytes:
    pages = assembled.pages()
    return as_docx(pages, _pictures(pages))


def _pptx(assembled: Assembled) -> bytes:
    pages = assembled.pages()
    return as_pptx(pages, _pictures(pages, _OF_SLIDE))


def _pdf(assembled: Assembled) -> bytes:
    pages = assembled.pages()
    return as_pdf(pages, _pictures(pages))


def _bib(assembled: Assembled) -> bytes:
    return as_bibtex(assembled.references, SYNTHETIC if assembled.registry.manifest.synthetic else "")


FORMATS: dict[str, _Format] = {
    "html": _Format("HTML page", "text/html; charset=utf-8", lambda assembled: as_html(assembled.pages())),
    "docx": _Format("Word", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", _docx),
    "pptx": _Format("PowerPoint", "application/vnd.openxmlformats-officedocument.presentationml.presentation", _pptx),
    "pdf": _Format("PDF", "application/pdf", _pdf),
    "json": _Format("Report, with its numbers", "application/json", lambda assembled: assembled.written.json.encode()),
    "bib": _Format("BibTeX", "application/x-bibtex; charset=utf-8", _bib),
}


def write(assembled: Assembled, form: str) -> bytes:
    """A report as the bytes of a file: the same report and data give the same bytes.

    Raises:
        QueryProblem: the format is unknown.
        ReportProblem: one sentence that names the card that cannot be had.
        DataProblem: a figure or the document cannot be made.
    """
    if form not in FORMATS:
        raise QueryProblem(f"“{form}” is not a format of a report; expected {listed(list(FORMATS), 'or')}.")
    return FORMATS[form].write(assembled)
