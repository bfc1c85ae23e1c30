"""Beside the spine, of more patients than can be drawn one by one: how many have a fracture at each level."""

from plro_core.counts import ALL
from plro_core.figures.fractures.sentences import hover
from plro_core.figures.spine.column import level_names
from plro_core.figures.spine.seen import Seen
from plro_core.figures.spine.words import chosen
from plro_core.figures.style import Part, group_name, quiet_axis
from plro_core.tables import Cell, Column
from plro_core.text import grouped, k_of_n, k_of_patients, safe_plotly

#: What the axis may end at, as a share of the patients: it keeps its length from one choice of patients to the next.
_ENDS = (0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1.0)


def _n(seen: Seen, group: str | None) -> int:
    return seen.view.n if group == ALL else seen.view.group_sizes[group]


def _counts(seen: Seen) -> list[tuple[str, str | None, int, int]]:
    """Level, group, patients with a fracture there, patients of the group."""
    return [
        (code, group, seen.counted(group).values.get(code, 0) if group != ALL else seen.found.values.get(code, 0), _n(seen, group))
        for group in seen.groups
        for code in seen.places
        if _n(seen, group)
    ]  # fmt: skip


def shares_axis(seen: Seen) -> Part:
    """The number of patients; with groups, which differ in size, of each hundred of the group."""
    look, counted = seen.look, _counts(seen)
    most = max((k / n for _, _, k, n in counted), default=0)
    end = next((end for end in _ENDS if 1.08 * most <= end), 1.0) * (100 if seen.view.group else seen.view.n)
    title = (
        "of each 100 patients of the group" if seen.view.group else "patients with a documented fracture at this level"
    )
    return quiet_axis(
        look,
        range=[0, end],
        nticks=5,
        tickformat=",d",
        rangemode="tozero",
        gridcolor=look.grid,
        title={"text": title, "font": {"size": look.type(12), "color": look.quiet}, "standoff": look.px(6)},
    )


def _length(seen: Seen, k: int, n: int) -> float:
    return 100 * k / n if seen.view.group else k


def share_marks(seen: Seen) -> list[Part]:
    """A bar for each level; with groups a square for the share of each. A diamond marks the highlighted patient's levels."""
    return [level_names(seen), *(_dots(seen) if seen.view.group else _bars(seen)), *_of_the_highlighted(seen)]


def _bars(seen: Seen) -> list[Part]:
    look, rows = seen.look, _counts(seen)
    return [
        {
            "type": "bar",
            "orientation": "h",
            "name": "Patients",
            "x": [k for *_, k, _ in rows],
            "y": [seen.places[code] for code, *_ in rows],
            "width": 0.62,
            "text": [_told(seen, code, k, n) for code, _, k, n in rows],
            "textposition": "outside",
            "constraintext": "none",
            "textfont": {"size": look.type(seen.type(11)), "color": look.text},
            "customdata": [seen.query(code) for code, *_ in rows],
            "hovertext": [
                f"{safe_plotly(seen.levels.labels[code])}: a fracture in {k_of_patients(k, n)}"
                for code, _, k, n in rows
            ],
            "marker": {"color": [look.tint(seen.hue, seen.strength(code) or 0.2) for code, *_ in rows]},
        }
    ]


def _told(seen: Seen, code: str, k: int, n: int) -> str:
    """How many have a fracture at a level; at the most frequent ones, of how many patients."""
    if code in seen.most_frequent and not chosen(seen):
        return f"<b>{k_of_n(k, n)}</b>"
    return grouped(k) if k else ""


def _dots(seen: Seen) -> list[Part]:
    traces: list[Part] = []
    for group, style in seen.styles.items():
        own = [(code, k, n) for code, level, k, n in _counts(seen) if level == group]
        if not own:
            continue
        name = safe_plotly(group_name(seen.view.group, group)) if seen.view.group else ""
        traces.append(
            {
                "mode": "markers",
                "name": style.label,
                "x": [_length(seen, k, n) for _, k, n in own],
                "y": [seen.places[code] for code, *_ in own],
                "customdata": [seen.query(code, group) for code, *_ in own],
                "hovertext": [
                    f"{safe_plotly(seen.levels.labels[code])}, {name}: a fracture in {k_of_patients(k, n)}"
                    for code, k, n in own
                ],
                "marker": {"symbol": "square", "color": style.colour, "size": seen.look.px(9)},
            }
        )
    return traces


def _of_the_highlighted(seen: Seen) -> list[Part]:
    """A diamond at the levels of the highlighted patient."""
    own = [row for row in seen.rows if row["case_id"] == seen.highlight and row["level"] in seen.places]
    if not own:
        return []
    return [
        {
            "mode": "markers",
            "name": f"Patient {seen.highlight}",
            "x": [0] * len(own),
            "y": [seen.places[row["level"]] for row in own],
            "customdata": [[seen.highlight]] * len(own),
            "hovertext": [hover(seen.view, row, seen.cemented, seen.levels) for row in own],
            "marker": {
                "symbol": "diamond",
                "color": seen.look.text,
                "size": seen.look.px(11),
                "line": {"color": seen.look.background, "width": seen.look.px(1.5)},
            },
        }
    ]


def share_shapes(seen: Seen) -> list[Part]:
    """With groups, a line between the lowest and the highest share of a level."""
    if not seen.view.group:
        return []
    line, shapes = {"color": seen.look.rule, "width": seen.look.px(2)}, []
    for code, place in seen.places.items():
        ends = [_length(seen, k, n) for level, _, k, n in _counts(seen) if level == code]
        shapes.append(
            {"type": "line", "x0": min(ends), "x1": max(ends), "y0": place, "y1": place, "layer": "below", "line": line}
        )
    return shapes


def share_columns(seen: Seen) -> tuple[Column, ...]:
    """The columns of the plotted points."""
    of_group = [Column(seen.view.group.name, seen.view.group.label)] if seen.view.group else []
    return (
        Column("level", "Level"),
        *of_group,
        Column("patients", "Patients with a documented fracture", "integer"),
        Column("of", "Of patients", "integer"),
    )


def share_rows(seen: Seen) -> list[tuple[Cell, ...]]:
    """The plotted points: one row for each level, and group."""
    grouped = seen.view.group is not None
    return [(code, *((group,) if grouped else ()), k, n) for code, group, k, n in _counts(seen)]
