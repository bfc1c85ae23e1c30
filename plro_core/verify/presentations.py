"""What stands on the slides of a presentation, and beside them, by its place."""

from collections.abc import Iterable, Iterator
from io import BytesIO
from typing import Any

from plro_core.verify.pictures import shown_in
from plro_core.verify.slide_look import A, P, around, of_page, told

_HIDDEN = "hidden"
#: What shows something on a slide.
_SHAPES = (f"{P}sp", f"{P}pic", f"{P}graphicFrame", f"{P}cxnSp", f"{P}contentPart")


def on_slides(content: bytes) -> Iterator[tuple[str, str]]:
    """The place and the words of each paragraph, cell and picture; how many shapes a slide has, and what its speaker reads."""
    import pptx

    show = pptx.Presentation(BytesIO(content))
    for number, slide in enumerate(show.slides, 1):
        where = f"slide {number}"
        yield from _on_one(slide, where)
        if slide.has_notes_slide:
            yield from _paragraphs(slide.notes_slide._element, f"{where}, notes")
    for number, layout in enumerate((show.slide_master, *show.slide_layouts), 1):
        yield from ((f"layout {number}, {what}", value) for what, value in of_page(layout._element))
        for shape in layout.shapes:
            if not shape.is_placeholder:
                yield from _paragraphs(shape._element, f"layout {number}")


def _on_one(slide: Any, where: str) -> Iterator[tuple[str, str]]:
    element = slide._element
    yield f"{where}, shapes", str(sum(1 for _ in element.iter(*_SHAPES)))
    if element.get("show") == "0":
        yield f"{where}, {_HIDDEN}", "yes"
    yield from ((f"{where}, {what}", value) for what, value in around(slide))
    yield from _paragraphs(element, f"{where}, text")
    for place, table in enumerate(element.iter(f"{A}tbl"), 1):
        for row, line in enumerate(table.iter(f"{A}tr"), 1):
            for column, cell in enumerate(line.iter(f"{A}tc"), 1):
                yield f"{where}, table {place}, row {row}, column {column}", _words(cell)
    for place, shown in enumerate(shown_in(element, slide.part), 1):
        yield f"{where}, picture {place}", shown


def _paragraphs(element: Any, where: str) -> Iterable[tuple[str, str]]:
    outside = [one for one in element.iter(f"{A}p") if next(one.iterancestors(f"{A}tc"), None) is None]
    return [(f"{where} {number}", _words(one)) for number, one in enumerate(outside, 1)]


def _words(element: Any) -> str:
    return "".join((one.text or "") + (told(one) if one.text else "") for one in element.iter(f"{A}t"))
