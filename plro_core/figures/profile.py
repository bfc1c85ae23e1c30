"""The sorted profile of a change in many patients: how many fell by how much, from the greatest fall to the greatest rise."""

from collections.abc import Mapping

from plro_core.counts import ALL, Group
from plro_core.figures.pain.scale import MOST_RISE
from plro_core.figures.style import GroupStyle, Look, Part, quiet_axis
from plro_core.statements import Course
from plro_core.text import number


def profiles(
    courses: Mapping[Group, Course], styles: Mapping[Group, GroupStyle], look: Look
) -> tuple[list[Part], Part]:
    """A step line for everybody, or one for each group, and its upright axis: the share of patients, greatest falls on top."""
    levels = [level for level in courses if level != ALL] if styles else [ALL]
    traces = [_profile(courses[level], styles.get(level), look) for level in levels if courses[level].n]
    ticks = [0, 25, 50, 75, 100]
    shares = [f"{number(tick)} %" for tick in ticks]
    return traces, quiet_axis(look, range=[102, -2], tickvals=ticks, ticktext=shares)


def _profile(course: Course, style: GroupStyle | None, look: Look) -> Part:
    """One corner for each change that somebody has, by how many patients it lies below or at."""
    percents: dict[float, int] = {}
    for (first, last), count in course.pairs.items():
        if first:
            percent = min(100 * (last - first) / first, MOST_RISE)
            percents[percent] = percents.get(percent, 0) + count
    n = sum(percents.values())
    x: list[float] = []
    y: list[float] = []
    hover: list[str] = []
    seen = 0
    for percent, count in sorted(percents.items()):
        x += [percent, percent]
        y += [100 * seen / n, 100 * (seen + count) / n]
        seen += count
        hover += [f"{seen} of {n}: change of {number(percent)} % or a greater fall"] * 2
    colour = style.colour if style else look.accent
    filled: Part = {} if style else {"fill": "tozerox", "fillcolor": look.band}
    return {
        "mode": "lines",
        "name": f"Profile, {style.label}" if style else "Profile",
        "x": x,
        "y": y,
        "hovertext": hover,
        "line": {"color": colour, "width": look.px(3), "dash": style.dash if style else "solid"},
        **filled,
    }
