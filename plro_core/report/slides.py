"""A report as slides: one a card, and more where a card does not fit in type that can be read from the back of a room."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from textwrap import wrap

from plro_core.export import Recipe
from plro_core.manuscript import PrintTable
from plro_core.manuscript.model import Head, PrintRow
from plro_core.manuscript.widths import longest_word, widths
from plro_core.report.blocks import FigureBlock, Heading, Pages, Paragraph, Run, Section, TableBlock
from plro_core.report.sentences import sentences
from plro_core.text import grouped, listed

#: Centimetres of a slide of 16:9, of its edge, and of what stands between title and foot.
WIDTH, HEIGHT, EDGE = 33.867, 19.05, 1.25
BODY_TOP, BODY_HEIGHT = 3.2, 14.2
ROOM = WIDTH - 2 * EDGE
#: Sizes of type in points.
TEXT, TABLE, SMALL = 20, 14, 12
#: Of a size of one point: centimetres of a letter, on the safe side, and of a line.
_LETTER, _LINE, _BOLD = 0.0195, 0.0423, 1.15
_SPACE = 0.25
#: As many slides as one table takes; what is left is said to stand elsewhere.
_MOST_OF_TABLE = 4
_LONGEST_TITLE = 130
_MOST_BELOW = 4
_WHOLE = "the whole table stands in the report as HTML, Word or PDF."


@dataclass(frozen=True)
class Slide:
    """One slide: its title, what it shows, what is said below in text and in small type, and what only its speaker reads.

    ``shares`` are the widths of its table's columns, the same on each slide of one table.
    """

    title: str
    text: tuple[Paragraph, ...] = ()
    table: PrintTable | None = None
    figure: FigureBlock | None = None
    small: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    shares: tuple[float, ...] = ()


def slides(pages: Pages) -> list[Slide]:
    """The slides of a report behind its title."""
    return [slide for section in pages.sections for slide in _section(section, pages.title)]


def signs(size: float, width: float = ROOM) -> int:
    """How many letters of a size stand beside each other."""
    return int(width / (size * _LETTER))


def height(paragraphs: Sequence[str], size: float, width: float = ROOM) -> float:
    """The centimetres that paragraphs take."""
    lines = [max(1, len(wrap(text, signs(size, width)))) for text in paragraphs]
    return sum(lines) * size * _LINE + len(lines) * _SPACE


def row_heights(table: PrintTable, shares: Sequence[float]) -> list[float]:
    """The centimetres of each row of a table that is as wide as a slide, those of its heads first."""
    heads = [max(_heads_lines(row, shares), default=1) for row in table.heads]
    rows = [_row_lines(row, shares) for row in table.rows]
    return [lines * TABLE * _LINE + _SPACE for lines in (*heads, *rows)]


def _heads_lines(row: Sequence[Head], shares: Sequence[float]) -> Iterator[int]:
    place = 0
    for head in row:
        yield _lines(head.text, sum(shares[place : place + head.span]) / _BOLD)
        place += head.span


def _row_lines(row: PrintRow, shares: Sequence[float]) -> int:
    if row.section:
        return _lines(row.cells[0].text, 1.0)
    return max(_lines(cell.text, share) for cell, share in zip(row.cells, shares, strict=True))


def _lines(text: str, share: float) -> int:
    room = max(1, int(signs(TABLE) * share) - 1)
    return sum(max(1, len(wrap(line, room))) for line in text.split("\n"))


# The slides of one card


def _section(section: Section, title: str) -> Iterator[Slide]:
    shown = next((block for block in section.blocks if isinstance(block, (FigureBlock, TableBlock))), None)
    if shown is None:
        yield from _of_text(section, title)
        return
    place = section.blocks.index(shown)
    comment = tuple(block for block in section.blocks[place + 1 :] if isinstance(block, Paragraph))
    comment += tuple(Paragraph.of(block.text) for block in section.blocks[place + 1 :] if isinstance(block, Heading))
    if isinstance(shown, FigureBlock):
        yield from _of_figure(shown, comment)
    else:
        yield from _of_table(shown.printed, comment, section.recipe)


def _of_text(section: Section, title: str) -> Iterator[Slide]:
    """Each heading begins a slide; headings right below each other are one title."""
    heads: list[str] = []
    for is_heading, blocks in groupby(section.blocks, lambda block: isinstance(block, Heading)):
        if is_heading:
            heads = [block.text for block in blocks if isinstance(block, Heading)]
            continue
        paragraphs = [block for block in blocks if isinstance(block, Paragraph)]
        if section.kind == "methods":
            paragraphs = [Paragraph.of(one) for block in paragraphs for one in sentences(block.text)]
        yield from _texts(": ".join(heads) or title, paragraphs)
        heads = []
    if heads:
        yield from _texts(": ".join(heads), ())


def _texts(title: str, paragraphs: Sequence[Paragraph]) -> Iterator[Slide]:
    """Text over as many slides as it needs."""
    short, whole = _titled(title)
    left = [part for one in (*whole, *paragraphs) for part in _cut(one)]
    parts: list[list[Paragraph]] = [[]]
    for one in left:
        if parts[-1] and height([told.text for told in (*parts[-1], one)], TEXT) > BODY_HEIGHT:
            parts.append([])
        parts[-1].append(one)
    for number, part in enumerate(parts, 1):
        yield Slide(_numbered(short, number, len(parts)), tuple(part), notes=_live(part))


def _titled(title: str) -> tuple[str, tuple[Paragraph, ...]]:
    """A title that fits, and if it does not the whole of it as text."""
    if len(title) <= _LONGEST_TITLE:
        return title, ()
    short = title[:_LONGEST_TITLE].rpartition(" ")[0] or title[:_LONGEST_TITLE]
    return f"{short} …", (Paragraph.of(title),)


def _numbered(title: str, number: int, many: int) -> str:
    return f"{title} ({number} of {many})" if many > 1 else title


def _live(paragraphs: Sequence[Paragraph]) -> tuple[str, ...]:
    """Where the live numbers of a text are from, and what was said of others."""
    return tuple(dict.fromkeys(f"“{run.text}”: {run.told}" for one in paragraphs for run in one.runs if run.told))


def _cut(paragraph: Paragraph) -> Iterator[Paragraph]:
    """A paragraph in pieces that fit on a slide; what is marked stays in one piece."""
    most = int(0.8 * BODY_HEIGHT / (TEXT * _LINE)) * signs(TEXT)
    words = [
        Run(word, run.mark, run.told)
        for run in paragraph.runs
        for word in ([run.text] if run.mark else re.findall(r"\S{1,80}\s*|\s+", run.text))
    ]
    part: list[Run] = []
    for word in words:
        if part and sum(len(run.text) for run in part) + len(word.text) > most:
            yield Paragraph(tuple(_joined(part)))
            part = []
        part.append(word)
    yield Paragraph(tuple(_joined(part)))


def _joined(words: Sequence[Run]) -> Iterator[Run]:
    """Words as runs again: those without a mark in one, a marked one for itself."""
    for is_marked, runs in groupby(words, lambda run: bool(run.mark)):
        if is_marked:
            yield from runs
        else:
            yield Run("".join(run.text for run in runs))


def _of_figure(block: FigureBlock, comment: tuple[Paragraph, ...]) -> Iterator[Slide]:
    """The figure with who is drawn, of how many and which data, and its comment; the whole legend stands in the notes."""
    title, whole = _titled(block.caption)
    small = block.below[: len(block.below) - len(block.chart.notes)]
    fits = height([one.text for one in comment], TEXT) < BODY_HEIGHT / 4
    notes = (block.caption, *block.below, block.chart.summary, *_recipe(block.recipe))
    yield Slide(title, comment if fits else (), figure=block, small=small, notes=(*notes, *_live(comment)))
    if not fits or whole:
        yield from _texts(block.caption, () if fits else comment)


def _of_table(table: PrintTable, comment: tuple[Paragraph, ...], recipe: Recipe | None) -> Iterator[Slide]:
    """A table over as many slides as it needs, its heads on each; its comment below, or on a slide of its own."""
    title, whole = _titled(table.title)
    notes = (table.title, *_marks(table), *_below(table), *_recipe(recipe), *_live(comment))
    narrow = _narrowed(table)
    shares = tuple(widths(narrow, signs(TABLE)))
    parts = _split(narrow, shares, BODY_HEIGHT - _MOST_BELOW * height(["x"], SMALL))
    left = [_missing(table, narrow, parts)] if len(parts) > _MOST_OF_TABLE or narrow is not table else []
    parts = parts[:_MOST_OF_TABLE]
    for number, part in enumerate(parts, 1):
        said = (*_small(part), *left)
        room = BODY_HEIGHT - height(said, SMALL) - sum(row_heights(part, shares))
        fits = number == len(parts) and height([one.text for one in comment], TEXT) <= room
        yield Slide(_numbered(title, number, len(parts)), comment if fits else (), part, None, said, notes, shares)
    if whole or (comment and not fits):
        yield from _texts(table.title, () if fits else comment)


def _small(part: PrintTable) -> tuple[str, ...]:
    """What its marks mean and its notes; only the marks that stand on this slide, and of too much that it is in the notes."""
    marks = {cell.mark for row in part.rows for cell in row.cells}
    told = "; ".join(f"{mark} {note}" for mark, note in part.marks if mark in marks)
    said = tuple(filter(None, (f"{told}." if told else "", *_below(part))))
    most = height(["x"], SMALL) * (_MOST_BELOW - 1)
    if height(said, SMALL) <= most:
        return said
    more = "More is said in the notes of this slide."
    return (said[0], more) if told and height(said[:1], SMALL) <= most else (more,)


def _marks(table: PrintTable) -> tuple[str, ...]:
    return tuple(f"{mark} {note}." for mark, note in table.marks)


def _below(table: PrintTable) -> tuple[str, ...]:
    return tuple(filter(None, (*table.notes, table.spelt_out)))


def _narrowed(table: PrintTable) -> PrintTable:
    """The first columns of a table, as many as fit without breaking a word."""
    needed = [longest_word(table, place) for place in range(len(table.aligned))]
    kept = max(1, next((place for place in range(len(needed)) if sum(needed[: place + 1]) > signs(TABLE)), len(needed)))
    if kept == len(needed):
        return table
    return replace(
        table,
        heads=tuple(_first_heads(row, kept) for row in table.heads),
        rows=tuple(replace(row, cells=row.cells[:kept]) for row in table.rows),
        aligned=table.aligned[:kept],
    )


def _first_heads(row: Sequence[Head], kept: int) -> tuple[Head, ...]:
    found: list[Head] = []
    for head in row:
        if (left := kept - sum(one.span for one in found)) > 0:
            found.append(replace(head, span=min(head.span, left)))
    return tuple(found)


def _split(table: PrintTable, shares: Sequence[float], room: float) -> list[PrintTable]:
    """A table in pieces that are not higher than this; each has at least one row."""
    high = row_heights(table, shares)
    heads, rows = sum(high[: len(table.heads)]), high[len(table.heads) :]
    parts: list[list[PrintRow]] = [[]]
    taken = heads
    for row, its_height in zip(table.rows, rows, strict=True):
        if parts[-1] and taken + its_height > room:
            parts.append([])
            taken = heads
        parts[-1].append(row)
        taken += its_height
    return [replace(table, rows=tuple(part)) for part in parts]


def _missing(table: PrintTable, narrow: PrintTable, parts: Sequence[PrintTable]) -> str:
    """What of a table does not stand on its slides, and where it does."""
    shown, of = sum(len(part.rows) for part in parts[:_MOST_OF_TABLE]), len(table.rows)
    rows = [f"{grouped(shown)} of {grouped(of)} rows"] if shown < of else []
    columns = [f"{len(narrow.aligned)} of {len(table.aligned)} columns"] if narrow is not table else []
    return f"Here are {listed([*rows, *columns])}; {_WHOLE}"


def _recipe(recipe: Recipe | None) -> tuple[str, ...]:
    """How it was made, in lines; of SQL the rest of the report tells."""
    return tuple(f"{head}: {text}" for head, text in recipe.lines if head not in ("Title", "SQL")) if recipe else ()


def room_of_figure(slide: Slide) -> float:
    """The centimetres of height that are left for a slide's figure or table."""
    below = height([one.text for one in slide.text], TEXT) if slide.text else 0.0
    return BODY_HEIGHT - below - (height(slide.small, SMALL) if slide.small else 0.0)
