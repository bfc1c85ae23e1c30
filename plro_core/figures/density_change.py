"""How much bone mineral density changed from the first to the last scan on one machine, counted in classes of many patients."""

from collections.abc import Sequence
from math import floor

from plro_core.figures.panels import Panel
from plro_core.figures.style import Look, Part, quiet_axis
from plro_core.statements import FirstToLast
from plro_core.text import k_of_patients, number

#: The width of a class of changes, in g/cm2.
_CLASS = 0.02


def _classes(course: FirstToLast) -> dict[int, int]:
    """How many patients have a change of each class; a class begins at its number times its width."""
    found: dict[int, int] = {}
    for (first, last), count in course.pairs.items():
        at = floor(round((last - first) / _CLASS, 6))
        found[at] = found.get(at, 0) + count
    return found


def change_bars(course: FirstToLast | None, panel: Panel, look: Look) -> list[Part]:
    """A bar for each class, in the accent where density did not fall."""
    if course is None or not course.n:
        return []
    classes = sorted(_classes(course).items())
    return [
        {
            "type": "bar",
            "name": "Patients",
            "x": [(at + 0.5) * _CLASS for at, _ in classes],
            "y": [count for _, count in classes],
            "width": 0.92 * _CLASS,
            "hovertext": [
                f"{number(at * _CLASS, 2)} to {number((at + 1) * _CLASS, 2)} g/cm2: {k_of_patients(count, course.n)}"
                for at, count in classes
            ],
            "marker": {"color": [look.accent if at >= 0 else look.tint(look.line, 0.6) for at, _ in classes]},
            "xaxis": f"x{panel.suffix}",
            "yaxis": f"y{panel.suffix}",
        }
    ]


def change_axes(courses: Sequence[FirstToLast], panel: Panel, look: Look) -> dict[str, Part]:
    """Both axes of a panel, alike in all panels; no change is a line."""
    classes = [_classes(course) for course in courses]
    furthest = max((max(abs(at), abs(at + 1)) for found in classes for at in found), default=1) * _CLASS
    title = {
        "text": "change from first to last scan, g/cm2",
        "font": {"size": look.type(11), "color": look.quiet},
        "standoff": look.px(2),
    }
    x = quiet_axis(look, range=[-1.05 * furthest, 1.05 * furthest], nticks=7, title=title, zeroline=True)
    x |= {"zerolinecolor": look.text, "zerolinewidth": look.px(1.4)}
    y = quiet_axis(look, range=[0, 1.1 * max((max(found.values()) for found in classes if found), default=1)], nticks=5)
    return {
        f"xaxis{panel.suffix}": x | {"domain": list(panel.x), "anchor": f"y{panel.suffix}"},
        f"yaxis{panel.suffix}": y | {"domain": list(panel.y), "anchor": f"x{panel.suffix}"},
    }
