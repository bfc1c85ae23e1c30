"""What a laboratory value is held against, drawn: the band of its reference range, and the line of a threshold."""

from collections.abc import Iterable

from plro_core.figures.style import Look, Part
from plro_core.vocabulary import Variable
from plro_core.vocabulary.thresholds import LINES


def held_against(lab: Variable) -> list[float]:
    """The values that an axis of this analyte must reach: the ends of its range, and its threshold."""
    known = lab.reference
    ends = [end for end in (known.low, known.high) if end is not None] if known else []
    return [*ends, LINES[lab.name].bound] if lab.name in LINES else ends


def range_shapes(lab: Variable, look: Look, across: Part, yref: str) -> list[Part]:
    """The band of the reference range and the dotted line of the threshold, behind the marks; nothing without either."""
    shapes: list[Part] = []
    if lab.reference:
        ends = {"y0": lab.reference.low, "y1": lab.reference.high, "yref": yref}
        shapes.append({"type": "rect", "fillcolor": look.band, "line": {"width": 0}} | ends)
    if lab.name in LINES:
        at, line = LINES[lab.name].bound, {"color": look.quiet, "width": look.px(1.2), "dash": "dot"}
        shapes.append({"type": "line", "line": line, "y0": at, "y1": at, "yref": yref})
    return [shape | across | {"layer": "below"} for shape in shapes]


def line_notes(labs: Iterable[Variable]) -> list[str]:
    """What the dotted lines are, and who says so."""
    return [f"Dotted line: {LINES[lab.name].sentence}" for lab in labs if lab.name in LINES]
