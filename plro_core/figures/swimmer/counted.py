"""The way from delivery of many patients: in how many the diagnosis came in which weeks, counted of everybody."""

import math

from plro_core.figures.points import InView
from plro_core.figures.style import Look, Part, base_layout, quiet_axis, words
from plro_core.figures.swimmer.sentences import EARLY
from plro_core.text import counted, patients, short

#: Weeks of a bar, where so many bars are enough; else twice as many, and so on.
_WIDTH, _MOST_BARS = 2, 26


def picture(view: InView, look: Look) -> tuple[list[Part], Part]:
    """Bars of patients by the week of their diagnosis, and where it stops to be early."""
    found = view.frequency("weeks_postpartum", None)
    width = _WIDTH
    low, high = (min(found.values), max(found.values)) if found.n else (0.0, 0.0)
    while (high - low) / width > _MOST_BARS:
        width *= 2
    bars: dict[int, int] = {}
    for week, count in found.values.items():
        at = math.floor(week / width)
        bars[at] = bars.get(at, 0) + count
    most = max(bars.values(), default=1)
    traces: list[Part] = [
        {
            "mode": "lines",
            "name": "Patients",
            "x": [(at + 0.5) * width] * 2,
            "y": [0, count],
            "customdata": [f"weeks_postpartum={at * width}-{at * width + width - 1}"] * 2,
            "hovertext": [f"weeks {at * width} to {at * width + width - 1}: {patients(count)}"] * 2,
            "line": {"color": look.accent, "width": look.px(560 / max(12, len(bars)) * 0.7)},
        }
        for at, count in sorted(bars.items())
    ]
    start, end = min(0.0, math.floor(low / width) * width), (max(bars, default=0) + 1) * width
    under: Part = {"x": 1, "xref": "paper", "xanchor": "right", "y": 0, "yref": "paper", "yshift": look.px(-34)}
    said = [
        words(look, f"weeks from delivery to diagnosis, {width} a bar", size=11, **under),
        words(look, f"within {counted(EARLY, 'week')}", x=EARLY, y=1, yref="paper", xshift=6, yanchor="top", size=11),
        *(
            words(look, short(count), x=(at + 0.5) * width, y=count, xanchor="center", yanchor="bottom", size=10.5)
            for at, count in bars.items()
        ),
    ]
    if not found.n:
        said.append(words(look, "week of diagnosis not recorded", x=0.5, xref="paper", y=0.5, yref="paper"))
    line = {"color": look.quiet, "width": look.px(1.2), "dash": "dot"}
    early: Part = {"type": "line", "x0": EARLY, "x1": EARLY, "yref": "paper", "y0": 0, "y1": 1, "line": line}
    layout = base_layout(
        look,
        320,
        {"l": 12, "r": 16, "t": 20, "b": 44},
        xaxis=quiet_axis(look, range=[start, end], nticks=10, showgrid=False),
        yaxis={"visible": False, "fixedrange": True, "range": [0, most * 1.16]},
        annotations=said,
        shapes=[early],
    )
    return traces, layout
