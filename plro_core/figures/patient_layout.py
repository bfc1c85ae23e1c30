"""Where the parts of a patient's poster lie: counted in pixels of type of size one, so that words always have their room.

A poster is a *sheet* for a printed page, a *screen*, a *column* of a phone, or, on a stage, a sequence of slides.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import ceil
from typing import Literal

from plro_core.figures.style import Part, Stage

Form = Literal["sheet", "screen", "column"]
FORMS: tuple[Form, ...] = ("sheet", "screen", "column")

#: How wide each form is laid out.
WIDTHS = {"sheet": 740.0, "screen": 900.0, "column": 350.0}
#: Ticks left of a plot, a line of words, the two lines over a plot, the months below it, a row of treatments, of scores.
TICKS, LINE, HEAD, MONTHS, ROW, SCORE = 36.0, 18.0, 36.0, 24.0, 26.0, 23.0
#: Names left of the scores.
NAMES = 86.0
_GAP, _STAGE_ROW = 10.0, 24.0
#: Over the rows of treatments stands one line.
_ONE_LINE = 26.0


@dataclass(frozen=True)
class Box:
    """A rectangle of the poster, from its upper left corner."""

    left: float
    top: float
    width: float
    height: float

    @property
    def right(self) -> float:
        return self.left + self.width

    @property
    def bottom(self) -> float:
        return self.top + self.height


@dataclass(frozen=True)
class Place:
    """Where a plot lies: the suffix of its axes' names, and its place as fractions of the figure."""

    suffix: str
    across: tuple[float, float]
    upright: tuple[float, float]

    @property
    def axes(self) -> Part:
        return {"xaxis": f"x{self.suffix}", "yaxis": f"y{self.suffix}"}

    @property
    def over(self) -> Part:
        """For words over the plot, from its left end."""
        return {
            "x": self.across[0], "xref": "paper", "y": self.upright[1], "yref": "paper", "yanchor": "bottom",
        }  # fmt: skip


@dataclass(frozen=True)
class Plan:
    """The size of the poster and where each part lies; a part that a slide does not show has no box.

    ``measures`` are the plots of the measured variables by their place among them; ``months`` those under which the visits
    are written. ``rows`` are the treatments that are shown: from, to.
    """

    width: float
    height: float
    traits: Box | None = None
    measures: dict[int, Box] = field(default_factory=dict)
    treatments: Box | None = None
    rows: tuple[int, int] = (0, 0)
    months: tuple[Box, ...] = ()
    scores: Box | None = None
    spine: Box | None = None
    foot: Box | None = None
    findings: Box | None = None

    def place(self, box: Box, index: int) -> Place:
        lower = max(0.0, 1 - box.bottom / self.height)
        upper = max(1 - box.top / self.height, lower + 0.001)
        across = (max(0.0, box.left / self.width), min(1.0, box.right / self.width))
        return Place("" if index == 0 else str(index + 1), across, (lower, upper))


@dataclass(frozen=True)
class Parts:
    """How much there is to lay out: measured variables with pain first, dated treatments, scores, lines of words."""

    measures: int
    treatments: int
    scores: int
    traits: int
    foot: int

    @property
    def labs(self) -> int:
        return self.measures - 1

    @property
    def scores_height(self) -> float:
        return SCORE * self.scores + 18 if self.scores else 0.0


def screen(parts: Parts) -> Plan:
    """Pain and treatments on one time axis, laboratory values beside them over the scores, the spine on the right."""
    width, top = WIDTHS["screen"], LINE * parts.traits + _GAP
    pain = Box(TICKS, top + HEAD, 322, 132)
    treatments = Box(TICKS, pain.bottom + MONTHS + _ONE_LINE, 322, ROW * parts.treatments)
    labs, ends = _grid(parts.labs, 2, Box(TICKS + 386, top, 304, 0), 82, 128)
    below = max([end.bottom for end in ends], default=top) + (MONTHS if ends else 0)
    scores = Box(386 + NAMES, below + HEAD, 340 - NAMES, parts.scores_height)
    spine = Box(width - 142, top + HEAD, 142, 352)
    end = max(treatments.bottom, scores.bottom if parts.scores else below, spine.bottom)
    foot = Box(0, end + _GAP, width, LINE * parts.foot)
    return Plan(
        width, foot.bottom + 4, Box(0, 0, width, top), _with_pain(pain, labs), treatments, (0, parts.treatments),
        (pain, *ends), scores if parts.scores else None, spine, foot,
    )  # fmt: skip


def sheet(parts: Parts) -> Plan:
    """For paper: the course on the left, the spine and the scores on the right, laboratory values in a grid below."""
    width, top = WIDTHS["sheet"], LINE * parts.traits + _GAP
    pain = Box(TICKS, top + HEAD, 400, 170)
    treatments = Box(TICKS, pain.bottom + MONTHS + _ONE_LINE, 400, ROW * parts.treatments)
    spine = Box(530, top + HEAD, 170, 330)
    scores = Box(490 + NAMES, spine.bottom + HEAD, width - 494 - NAMES, parts.scores_height)
    end = max(treatments.bottom, scores.bottom if parts.scores else spine.bottom) + _GAP
    labs, ends = _grid(parts.labs, 3, Box(TICKS, end, width - TICKS - 4, 0), 96, 200)
    below = max([last.bottom for last in ends], default=end) + (MONTHS if ends else 0)
    foot = Box(0, below + _GAP, width, LINE * parts.foot)
    return Plan(
        width, foot.bottom + 4, Box(0, 0, width, top), _with_pain(pain, labs), treatments, (0, parts.treatments),
        (pain, *ends), scores if parts.scores else None, spine, foot,
    )  # fmt: skip


def column(parts: Parts) -> Plan:
    """One below the other, as a phone shows it."""
    width, top = WIDTHS["column"], LINE * parts.traits + _GAP
    plot = width - TICKS - 14
    pain = Box(TICKS, top + HEAD, plot, 120)
    treatments = Box(TICKS, pain.bottom + MONTHS + _ONE_LINE, plot, ROW * parts.treatments)
    labs, ends = _grid(parts.labs, 1, Box(TICKS, treatments.bottom + _GAP, plot, 0), 84, plot)
    below = max([end.bottom for end in ends], default=treatments.bottom) + (MONTHS if ends else 0)
    scores = Box(NAMES, below + HEAD, width - NAMES - 14, parts.scores_height)
    spine = Box(60, (scores.bottom if parts.scores else below) + HEAD, 200, 360)
    foot = Box(0, spine.bottom + _GAP, width, LINE * parts.foot)
    return Plan(
        width, foot.bottom + 4, Box(0, 0, width, top), _with_pain(pain, labs), treatments, (0, parts.treatments),
        (pain, *ends), scores if parts.scores else None, spine, foot,
    )  # fmt: skip


def slides(parts: Parts, stage: Stage, scale: float) -> list[Plan]:
    """The slides of a stage: her course, treatments that did not fit there, laboratory values, bone and spine."""
    width, height = stage.width / scale, stage.height / scale
    return [
        *_course(parts, width, height),
        *_labs(parts, width, height),
        _bone(parts, width, height),
    ]


def _course(parts: Parts, width: float, height: float) -> list[Plan]:
    top = LINE * parts.traits + _GAP
    half = width * 0.44
    left = width - half + 4
    pain = Box(TICKS, top + HEAD, half - TICKS, height - top - HEAD - MONTHS)

    def rows(above: float) -> int:
        return max(1, int((height - above - _ONE_LINE - MONTHS) / _STAGE_ROW))

    fit = min(parts.treatments, rows(top))
    beside = Box(left, top + _ONE_LINE, half - 8, _STAGE_ROW * fit)
    first = Plan(width, height, Box(0, 0, width, top), {0: pain}, beside, (0, fit), (pain,))
    more = []
    while fit < parts.treatments:
        upto = min(parts.treatments, fit + rows(0))
        more.append(
            Plan(width, height, treatments=Box(20, _ONE_LINE, width - 40, _STAGE_ROW * (upto - fit)), rows=(fit, upto))
        )
        fit = upto
    return [first, *more]


def _labs(parts: Parts, width: float, height: float) -> list[Plan]:
    plans = []
    for begin in range(0, parts.labs, 6):
        n = min(6, parts.labs - begin)
        rows = ceil(n / 3)
        plot = (height - MONTHS - rows * HEAD) / rows - 2
        boxes, ends = _grid(n, 3, Box(TICKS, 0, width - TICKS - 6, 0), plot, 400)
        plans.append(
            Plan(width, height, measures={begin + 1 + at: box for at, box in enumerate(boxes)}, months=tuple(ends))
        )
    return plans


def _bone(parts: Parts, width: float, height: float) -> Plan:
    spine = Box(10, HEAD, width * 0.34, height - HEAD - 4)
    left = width * 0.44
    scores = Box(left + NAMES * 1.2, HEAD, width - left - NAMES * 1.2 - 12, parts.scores_height * 1.2)
    top = (scores.bottom if parts.scores else 0) + _GAP
    findings = Box(left, top, width - left - 4, height - top)
    return Plan(width, height, scores=scores if parts.scores else None, spine=spine, findings=findings)


def _with_pain(pain: Box, labs: Sequence[Box]) -> dict[int, Box]:
    return {0: pain} | {at + 1: box for at, box in enumerate(labs)}


def _grid(n: int, columns: int, room: Box, plot: float, widest: float) -> tuple[list[Box], list[Box]]:
    """Plots in rows from the upper left corner of a room, and the lowest of each column."""
    gap = TICKS + 14
    width = min(widest, (room.width - gap * (columns - 1)) / columns)
    step = (room.width - width) / max(1, columns - 1)
    boxes = [
        Box(room.left + at % columns * step, room.top + HEAD + at // columns * (plot + HEAD), width, plot)
        for at in range(n)
    ]
    return boxes, boxes[-columns:] if n >= columns else boxes
