"""The map of fractures of many patients: for each group a row of bars, one for each level, as high as its share."""

from plro_core.counts import Group
from plro_core.figures.fractures.seen import Fractures
from plro_core.figures.style import Part, group_name, quiet_axis, unseen
from plro_core.tables import Cell, Column
from plro_core.text import grouped, k_of_patients, patients, safe_plotly, short

#: The height of the row of a group on a page, in pixels, and where its bars end, as a share of it.
ROW, _BARS = {1: 230.0, 2: 150.0, 3: 108.0}, 0.62
_SMALLEST_ROW = 88.0
#: What the bars may end at, so that they keep their height from one choice of patients to the next.
_ENDS = (0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1.0)


def height(found: Fractures) -> float:
    """The height of all rows on a page."""
    return ROW.get(len(found.groups), _SMALLEST_ROW) * len(found.groups)


def tally(found: Fractures) -> list[tuple[str, Group, int, int]]:
    """Level, group, patients with a fracture there, patients of the group."""
    return [
        (level, group, found.found(group).values.get(level, 0), found.patients(group))
        for group in found.groups
        for level in found.levels.all
    ]


def rows_axis(found: Fractures) -> Part:
    return quiet_axis(found.look, range=[-len(found.groups), 0], showticklabels=False, showgrid=False)


def bars(found: Fractures) -> list[Part]:
    """A trace of bars for each group, with the name of the group over them."""
    most = max((k / n for *_, k, n in tally(found) if n), default=0)
    end = next((end for end in _ENDS if most <= end), 1.0)
    traces: list[Part] = []
    for index, group in enumerate(found.groups):
        own = [(level, k, n) for level, whose, k, n in tally(found) if whose == group]
        traces += [_bars(found, index, group, own, end), *_head(found, index, group)]
    return traces


def _bars(found: Fractures, index: int, group: Group, own: list[tuple[str, int, int]], end: float) -> Part:
    look, hue = found.look, found.styles[group].colour if found.styles else found.look.accent
    most = max((k for _, k, _ in own), default=0)
    whose = f", {safe_plotly(found.styles[group].label)}" if found.styles else ""
    return {
        "type": "bar",
        "name": "Patients",
        "x": [found.levels.place(level) for level, *_ in own],
        "base": [-index - 1] * len(own),
        "y": [_BARS * (k / n) / end if n else 0 for _, k, n in own],
        "width": 0.72,
        "text": ["" if not k else f"<b>{short(k)}</b>" if k == most else short(k) for _, k, _ in own],
        "textposition": "outside",
        "constraintext": "none",
        "textangle": 0,
        "textfont": {"size": look.type(11), "color": look.text},
        "customdata": [found.query(level, group) for level, *_ in own],
        "hovertext": [
            f"{safe_plotly(found.levels.labels.get(level, level))}{whose}: a fracture documented in {k_of_patients(k, n)}"
            for level, k, n in own
        ],
        "marker": {"color": [hue if k == most else look.tint(hue, 0.5) for _, k, _ in own], "line": {"width": 0}},
    }


def _head(found: Fractures, index: int, group: Group) -> list[Part]:
    """The group over its bars, with n."""
    if found.view.group is None:
        return []
    style, look = found.styles[group], found.look
    name = safe_plotly(group_name(found.view.group, group))
    return [
        {
            "mode": "markers+text",
            "name": "Group",
            "x": [found.levels.place(found.levels.all[0]) - 0.5],
            "y": [-index - 0.14],
            "text": [f"{style.glyph} <b>{name}</b>  n = {grouped(found.patients(group))}"],
            "textposition": "middle right",
            "textfont": {"size": look.type(12.5), "color": look.ink(style.colour)},
            "customdata": [found.view.piece_of(group)],
            "hovertext": [f"{safe_plotly(style.label)}: {patients(found.patients(group))}"],
            "marker": unseen(look.px(16)),
        }
    ]


def tally_columns(found: Fractures) -> tuple[Column, ...]:
    """The columns of the plotted bars."""
    of_group = [Column(found.view.group.name, found.view.group.label)] if found.view.group else []
    return (
        Column("level", "Level"),
        *of_group,
        Column("patients", "Patients with a documented fracture", "integer"),
        Column("of", "Of patients", "integer"),
    )


def tally_rows(found: Fractures) -> list[tuple[Cell, ...]]:
    """The plotted bars: one row for each level, and group."""
    grouped = found.view.group is not None
    return [(level, *((group,) if grouped else ()), k, n) for level, group, k, n in tally(found)]
