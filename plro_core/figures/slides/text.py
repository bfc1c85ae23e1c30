"""A slide of words alone: a heading and a few lines."""

from collections.abc import Sequence
from dataclasses import replace

from plro_core.figures.chart import Chart, compose
from plro_core.figures.slides.sheet import Sheet, broken, height_of
from plro_core.figures.style import LIGHT, Look
from plro_core.store import Registry
from plro_core.tables import Column

#: What divides the lines of a slide where it is written on one line, as in a link.
_BETWEEN = "|"
MOST_LINES = 8
_LARGE, _LEAST = 34.0, 20.0


def words_of_slide(text: str) -> tuple[str, tuple[str, ...]]:
    """The heading and the lines of a slide that is written on one line: "Heading | first line | second line"."""
    heading, *lines = [" ".join(part.split()) for part in text.split(_BETWEEN)]
    return heading, tuple(filter(None, lines))


def text_slide(registry: Registry, *, words: str, slide: int = 1, look: Look = LIGHT) -> Chart:
    """A heading and a few lines, as "Heading | first line | second line"; the lines as large as there is room.

    What has no room on one slide in the smallest type goes to the next.
    """
    heading, lines = words_of_slide(words)
    sheet = Sheet(look)
    size = _LARGE
    while size > _LEAST and sum(_height(line, sheet, size) for line in lines) > sheet.height:
        size -= 2
    slides = _divided(lines, sheet, size)
    y = 0.0
    for line in slides[min(slide, len(slides)) - 1]:
        sheet.write(broken(line, sheet.width, size), 0, y, size)
        y += _height(line, sheet, size)
    chart = compose(
        registry,
        text_slide.__name__,
        heading,
        traces=[],
        layout=sheet.layout,
        summary=". ".join([heading, *(line.rstrip(".") for line in lines)]) + ".",
        columns=[Column("line", "Line")],
        rows=[(line,) for line in lines],
        look=look,
    )
    return replace(chart, slides=len(slides))


def _divided(lines: Sequence[str], sheet: Sheet, size: float) -> list[list[str]]:
    """The lines of each slide."""
    slides: list[list[str]] = [[]]
    for line in lines:
        if slides[-1] and sum(_height(other, sheet, size) for other in [*slides[-1], line]) > sheet.height:
            slides.append([])
        slides[-1].append(line)
    return slides


def _height(line: str, sheet: Sheet, size: float) -> float:
    return height_of(broken(line, sheet.width, size), size) + size * 0.6
