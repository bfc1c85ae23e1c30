"""How many patients' pain fell by how much: a column a change, for views of too many to draw each."""

from collections.abc import Mapping

from plro_core.counts import ALL, Group
from plro_core.figures.pain.scale import LINES, MOST_RISE, Scale
from plro_core.figures.style import GroupStyle, Look, Part, base_layout, group_name, quiet_axis, words
from plro_core.statements import Course, Response, chosen_by
from plro_core.text import as_recorded, grouped, number, safe_plotly

#: The widest change that the scale allows, in points.
_MOST = 10
#: The width of a column of percents.
_STEP = 10


def fall_counts(
    scale: Scale, courses: Mapping[Group, Course], styles: Mapping[Group, GroupStyle], look: Look
) -> tuple[list[Part], Part]:
    """Traces and layout: a row of columns for everybody, or one under the other for each group."""
    view = scale.view
    levels = [level for level in (view.group_sizes if view.group else [ALL]) if level in courses]
    height, sides = max(330.0, 130.0 * len(levels) + 70), {"l": 44, "r": 10, "t": 24, "b": 50}
    last = "y" if len(levels) == 1 else f"y{len(levels)}"
    axes: Part = {"xaxis": _axis(scale, look, last), "bargap": 0.12}
    traces: list[Part] = []
    said = [
        words(look, "patients", x=0, y=1, xref="paper", yref="paper", yanchor="bottom", xshift=look.px(-34)),
        words(look, _measures(scale, courses[levels[0]]), x=0.5, y=0, xref="paper", yref="paper", yanchor="top",
              xanchor="center", yshift=look.px(-24)),
    ]  # fmt: skip
    for row, level in enumerate(levels):
        suffix = "" if not row else str(row + 1)
        colour = styles[level].colour if styles else look.accent
        found = _columns(scale, courses[level])
        up = (1 - (row + 1) / len(levels) + (0.03 if row < len(levels) - 1 else 0), 1 - row / len(levels))
        most = max(found.values(), default=1)
        axes[f"yaxis{suffix}"] = quiet_axis(look, domain=list(up), range=[0, most * 1.3], nticks=4, anchor="x")
        traces.append(_bars(found, courses[level], colour, f"y{suffix}", scale))
        said.append(_finding(scale, courses[level], level, look, colour, f"y{suffix}"))
    return traces, base_layout(look, height, sides, annotations=said, shapes=_lines(scale, look), **axes)


def _columns(scale: Scale, course: Course) -> dict[float, int]:
    """How many patients each change has; percents in steps of ten, each under its lower end."""
    if not scale.change:
        return dict(course.changes.values)
    found: dict[float, int] = {}
    for (first, last), count in course.pairs.items():
        if first:
            step = min((100 * (last - first) / first) // _STEP * _STEP, MOST_RISE)
            found[step] = found.get(step, 0) + count
    return dict(sorted(found.items()))


def _bars(found: Mapping[float, int], course: Course, colour: str, yaxis: str, scale: Scale) -> Part:
    unit = " %" if scale.change else ""
    ends = f" to {{}}{unit}" if scale.change else ""
    return {
        "type": "bar",
        "name": "Change",
        "x": [change + (_STEP / 2 if scale.change else 0) for change in found],
        "y": list(found.values()),
        "yaxis": yaxis,
        "hovertext": [
            f"change of {as_recorded(change)}{unit}{ends.format(as_recorded(change + _STEP))}: {count} of {course.n}"
            for change, count in found.items()
        ],
        "marker": {"color": colour, "line": {"width": 0}},
    }


def _axis(scale: Scale, look: Look, anchor: str) -> Part:
    """From the widest fall to the widest rise, whoever is in view."""
    ticks = [-100, -50, 0, 50, 100] if scale.change else [-10, -5, 0, 5, 10]
    ends = [-104.0, MOST_RISE + _STEP + 4] if scale.change else [-_MOST - 0.6, _MOST + 0.6]
    unit = " %" if scale.change else ""
    text = [f"{'+' if tick > 0 else ''}{number(tick)}{unit}" for tick in ticks]
    if scale.change:
        text[-1] += "<br>or more"
    place: Part = {"tickangle": 0, "anchor": anchor, "showgrid": False}
    return quiet_axis(look, range=ends, tickvals=ticks, ticktext=text, **place)


def _measures(scale: Scale, course: Course) -> str:
    return f"{scale.name if scale.change else 'Change in VAS, points'} by month {course.last}"


def _lines(scale: Scale, look: Look) -> list[Part]:
    upright: Part = {"type": "line", "xref": "x", "yref": "paper", "y0": 0, "y1": 1}
    at = [(0.0, look.line, "solid")] + ([(-rule.bound, look.text, "dash") for rule, _ in LINES] if scale.change else [])
    return [
        upright | {"x0": x, "x1": x, "line": {"color": hue, "width": look.px(1.2), "dash": dash}} for x, hue, dash in at
    ]


def _finding(scale: Scale, course: Course, level: Group, look: Look, colour: str, yref: str) -> Part:
    """Over a row of columns: whose it is, with n, how many fell and by how much in the middle."""
    view = scale.view
    name = f"<b>{safe_plotly(group_name(view.group, level))}</b>  " if view.group else ""
    told = f"n = {grouped(course.n)} with both values"
    if not chosen_by(view.cohort, [view.vas]) and course.n:
        half = Response(course, LINES[1][0])
        fell = half.words if scale.change else f"{course.fell} of {course.n}"
        told = f"{fell} fell{' by half or more' if scale.change else ''}"
    text = f'<span style="color:{look.ink(colour)}">{name}{told}</span>'
    return words(look, text, x=1, xref="paper", y=1, yref=f"{yref} domain", xanchor="right", yanchor="top", size=14)
