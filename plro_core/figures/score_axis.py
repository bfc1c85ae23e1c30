"""The axis that scores of bone density are drawn against, its lines for orientation, and the sign of a fractured spine."""

from collections.abc import Iterable

from plro_core.figures.scores import ScoreKind, T
from plro_core.figures.style import Look, Part, quiet_axis, words
from plro_core.text import number


def t_range(values: Iterable[float]) -> tuple[float, float]:
    """From a little below the lowest value, the lower WHO line included, to a little above zero or the highest."""
    held = list(values)
    return min([*held, -3.0]) - 0.3, max([*held, 0.0]) + 0.15


def t_axis(values: Iterable[float], look: Look) -> Part:
    """The upright axis, with a tick at each whole number."""
    low, high = t_range(values)
    ticks = [tick / 1 for tick in range(int(low), int(high) + 1)]
    return quiet_axis(
        look, range=[low, high], tickvals=ticks, ticktext=[number(tick) for tick in ticks], gridcolor=look.grid
    )


def axis_name(look: Look, kind: ScoreKind = T) -> Part:
    """The kind of score, over the axis."""
    return words(
        look, kind.word, x=0, y=1, xref="paper", yref="paper", yanchor="bottom", xshift=look.px(-30), yshift=look.px(6)
    )


def who_line(look: Look) -> Part:
    """One of the lines, without its place."""
    return {"type": "line", "layer": "below", "line": {"color": look.quiet, "width": look.px(1.2), "dash": "dot"}}


def who_lines(look: Look, kind: ScoreKind = T) -> list[Part]:
    """The lines that a kind of score is held against."""
    return [who_line(look) | {"xref": "paper", "x0": 0, "x1": 1, "y0": at, "y1": at} for at in kind.lines]


def who_labels(look: Look, kind: ScoreKind = T) -> list[Part]:
    """The lines' names, on the plot; below a classification, for orientation only."""
    return [
        words(look, label, x=0, xref="paper", y=at, xshift=look.px(2), size=10.5) for at, label in kind.lines.items()
    ]


def rings(points: Iterable[tuple[int, float, float]], look: Look, size: float) -> list[Part]:
    """A ring round each of these points, given by patient and place: a score that a fractured vertebra makes hard to interpret."""
    found = list(points)
    if not found:
        return []
    line = {"color": look.text, "width": look.px(1.2)}
    return [
        {
            "mode": "markers",
            "name": "Fractured where measured",
            "x": [x for _, x, _ in found],
            "y": [y for *_, y in found],
            "customdata": [[case_id] for case_id, *_ in found],
            "hoverinfo": "skip",
            "marker": {"symbol": "circle-open", "color": look.text, "size": look.px(size), "line": line},
        }
    ]
