"""Where everything stands in a forest of differences: blocks of one unit, each with its scale, and their rows.

Heights are pixels of the finished picture. A stage takes as many rows as there is room for; the others go to further slides.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from plro_core.compare import Difference, name_of
from plro_core.compare.words import unit_words
from plro_core.figures.estimation.rows import unit_of
from plro_core.figures.style import Look
from plro_core.text import capitalised

Span = tuple[float, float]


@dataclass(frozen=True)
class Columns:
    """The columns of a forest, in shares of its width: names, A, B, each patient, the difference, its words.

    ``letters`` are as many as a name holds in a line, ``heading`` a heading over rows, and ``beside`` one beside the heads of the
    columns, if not as many as a name; ``upright`` writes the words over the marks.
    """

    a: float
    b: float
    points: Span | None
    forest: Span
    said: float
    letters: int
    heading: int = 60
    beside: int = 0
    upright: bool = False


#: Whole also in print, where it is 180 mm wide.
_PAGE = Columns(0.235, 0.365, (0.5, 0.59), (0.625, 0.745), 0.76, 22)
_PHONE = Columns(0.0, 0.0, (0.02, 0.46), (0.52, 0.98), 1.0, 46, beside=30, upright=True)
_STAGES = {
    "16x9": Columns(0.285, 0.395, (0.52, 0.65), (0.67, 0.81), 0.825, 30),
    "4x3": Columns(0.325, 0.455, None, (0.58, 0.738), 0.755, 26),
}


def columns_of(look: Look, upright: bool) -> Columns:
    """The columns for a page, a phone or a stage."""
    if look.stage:
        return _STAGES[look.stage.name]
    return _PHONE if upright else _PAGE


@dataclass(frozen=True)
class Block:
    """Differences of one unit on one scale, with the place of its plot: pixels from the top, and its height."""

    heading: str
    rows: tuple[Difference, ...]
    top: float
    height: float
    reach: float


@dataclass(frozen=True)
class Heights:
    """How high the parts are, in pixels."""

    line: float
    row: float
    head: float
    heading: float
    axis: float
    #: As many letters as a heading has beside the heads of the columns.
    letters: int

    @classmethod
    def of(cls, look: Look, columns: Columns) -> "Heights":
        line = look.type(11) * 1.32
        row = line * 2 + (34 if columns.upright else 0 if look.stage else 4)
        axis = line * (1.4 if look.stage else 1.5)
        return cls(line, row, line * 2.6, line * 1.4, axis, columns.beside or columns.letters)

    def lifted(self, heading: str, first: bool) -> float:
        """How far a heading stands above its place: that of the first block a line, if it would run into the heads of the columns."""
        return self.line * 0.8 if first and len(heading) > self.letters else 0.0

    def above(self, rows: Sequence[Difference], first: bool) -> float:
        """The room over the rows of a block: one row needs no heading, but the first block has those of the columns."""
        lowest = self.heading if first or len(rows) > 1 else self.line * 0.4
        return lowest + self.lifted(_heading(rows), first)

    def of_block(self, rows: Sequence[Difference], first: bool) -> float:
        return self.above(rows, first) + self.row * len(rows) + self.axis


def name_in(difference: Difference, rows: Sequence[Difference]) -> str:
    """What is compared; under the heading of its own variable only when."""
    if len(rows) == 1:
        unit = unit_words(difference)
        return f"{capitalised(name_of(difference))}{'' if unit.strip(' ()') in name_of(difference) else unit}"
    if difference.value is not None or len({row.variable.name for row in rows}) > 1:
        return capitalised(name_of(difference))
    if difference.change:
        return f"change to month {difference.month}"
    return f"month {difference.month}" if difference.month else "baseline"


def _heading(rows: Sequence[Difference]) -> str:
    """What the rows have in common; of one row nothing, because it has its whole name."""
    first = rows[0]
    if len(rows) == 1:
        return ""
    if first.value is not None:
        return "Share of patients (points)"
    if len({row.variable.name for row in rows}) == 1:
        unit = unit_words(first)
        return f"{first.variable.label}{'' if unit.strip(' ()') in first.variable.label else unit}"
    return f"{first.variable.score}-scores" if first.variable.score else capitalised(first.variable.stated_unit)


def blocks_of(chosen: Sequence[Difference]) -> list[tuple[Difference, ...]]:
    """The differences by unit, in the order in which the units come; a variable with several of them is a block of its own."""
    rows_of_variable = Counter((unit_of(found), found.variable.name) for found in chosen)
    found: dict[tuple[tuple[str, str], str], list[Difference]] = {}
    for difference in chosen:
        unit = unit_of(difference)
        alone = difference.value is None and rows_of_variable[unit, difference.variable.name] > 1
        found.setdefault((unit, difference.variable.name if alone else ""), []).append(difference)
    return [tuple(rows) for rows in found.values()]


def slides_of(chosen: Sequence[Difference], heights: Heights, room: float | None) -> list[list[tuple[Difference, ...]]]:
    """The blocks by slide; without a limit of room all on one."""
    blocks = blocks_of(chosen)
    if room is None:
        return [blocks]
    slides: list[list[tuple[Difference, ...]]] = [[]]
    left = room - heights.head
    for rows in blocks:
        rest = rows
        while rest:
            above = heights.above(rest, not slides[-1])
            fits = int((left - above - heights.axis) // heights.row)
            if fits < min(len(rest), 2) and slides[-1]:
                slides.append([])
                left = room - heights.head
                continue
            taken, rest = rest[: max(1, fits)], rest[max(1, fits) :]
            slides[-1].append(taken)
            left -= heights.of_block(taken, len(slides[-1]) == 1)
    return slides


def placed_blocks(
    blocks: Sequence[tuple[Difference, ...]], everything: Sequence[Difference], heights: Heights
) -> Iterator[Block]:
    """The blocks of a slide in their places; a scale is that of all rows of its unit, on whichever slide."""
    top = heights.head
    for rows in blocks:
        unit = unit_of(rows[0])
        of_unit = [found for found in everything if unit_of(found) == unit]
        above = heights.above(rows, rows is blocks[0])
        yield Block(_heading(rows), rows, top + above, heights.row * len(rows), _reach(of_unit))
        top += heights.of_block(rows, rows is blocks[0])


def _reach(rows: Sequence[Difference]) -> float:
    """How far from zero anything of a unit is drawn."""
    if rows[0].value is not None:
        return 1.0
    ends = [abs(end) for row in rows for end in (*(row.interval or ()), *([row.estimate] if row.estimate else []))]
    return max(ends, default=0.0) or 1.0
