"""What the small figures share: their height, marks for a choice, rows with a name over each, and how many are drawn one by one."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from plro_core.cohort import Criterion
from plro_core.figures.chart import Who
from plro_core.figures.form import MOST_DRAWN
from plro_core.figures.points import InView
from plro_core.figures.style import Look, Part, quiet_axis, words
from plro_core.text import safe_plotly

#: The height of a small figure on a page, in pixels, and of a tall one, which takes the place of two with their headings.
HEIGHT, TALL = 186.0, 428.0
#: Rows that have room one below the other on a page, and on a stage.
MOST_ROWS = 6


@dataclass(frozen=True)
class Line:
    """A row of a small figure: its name, what is counted of it, and what it stands for, if a cohort can say it."""

    name: str
    counted: str
    strong: bool = False


def each_drawn(view: InView) -> bool:
    """Whether every patient is drawn as a mark of her own."""
    return view.cases.complete and view.n <= MOST_DRAWN


def whom(view: InView, highlight: int | None, each: bool) -> Who:
    """Who is drawn; a figure that counts everybody and draws no patient is of no sample."""
    drawn = view.who(highlight)
    return drawn if each else replace(drawn, cases=replace(view.cases, patients=view.n))


def piece(criterion: Criterion) -> str:
    """What a mark stands for, in the language of cohorts."""
    return f"{criterion.key}={criterion.text}"


def rows_axis(rows: int, look: Look) -> Part:
    """The upright axis of rows, the first on top; the mark of each stands below its name."""
    return quiet_axis(look, range=[max(rows, 1) - 0.5, -0.5], visible=False)


def row_names(lines: Sequence[Line], look: Look, ground: bool = True) -> list[Part]:
    """The name over each row, and what is counted of it at its right end, on a ``ground`` where lines run below the words."""
    size, lift = 11.5, -0.25
    said = []
    for index, line in enumerate(lines):
        name = f"<b>{safe_plotly(line.name)}</b>" if line.strong else safe_plotly(line.name)
        said.append(words(look, name, x=0, xref="paper", y=index + lift, size=size, color=look.text))
        if line.counted:
            hue = look.text if line.strong else look.quiet
            ends: Part = {"x": 1, "xref": "paper", "xanchor": "right", "align": "right"}
            counted = f"<b>{line.counted}</b>" if line.strong else line.counted
            ends |= {"bgcolor": look.background} if ground else {}
            said.append(words(look, counted, y=index + lift, size=size, color=hue, **ends))
    return said


def dimmed(case_id: int, highlight: int | None) -> bool:
    """Whether a patient steps back behind one who is highlighted."""
    return highlight is not None and case_id != highlight
