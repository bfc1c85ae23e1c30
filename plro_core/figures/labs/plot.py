"""The grid of laboratory values: where each panel lies, its axes, and the words around it."""

from collections.abc import Sequence
from dataclasses import dataclass

from plro_core.cohort import EVERYONE
from plro_core.counts import ALL, Group, counts
from plro_core.figures.bands import held_against, range_shapes
from plro_core.figures.flags import lab_variables
from plro_core.figures.labs.marks import Drawing, marks, names
from plro_core.figures.labs.sentences import outside
from plro_core.figures.panels import Panel, grid
from plro_core.figures.points import InView, wrapped
from plro_core.figures.ribbon import acting
from plro_core.figures.style import Look, Part, base_layout, group_name, quiet_axis, words
from plro_core.figures.time_axis import time_axis, visit_numbers
from plro_core.marks import axes as holds
from plro_core.statements import chosen_by
from plro_core.text import NONE, grouped, safe_plotly, short
from plro_core.vocabulary import Variable

#: Analytes on one slide: side by side, or with groups a row each.
_ON_SLIDE = 3
_ROWS_ON_SLIDE = 2
#: The share of air at both ends of an axis.
_AIR = 0.07


@dataclass(frozen=True)
class Place:
    """A panel with what is drawn in it."""

    lab: Variable
    level: Group
    panel: Panel
    months: Sequence[int]

    @property
    def axes(self) -> Part:
        return {"xref": f"x{self.panel.suffix}", "yref": f"y{self.panel.suffix}"}


def slides_of(labs: Sequence[Variable], view: InView, look: Look) -> list[Sequence[Variable]]:
    """The analytes of each slide; of a page all together."""
    if not look.stage or not labs:
        return [labs]
    size = _ROWS_ON_SLIDE if view.group else _ON_SLIDE
    return [labs[at : at + size] for at in range(0, len(labs), size)]


def plot(drawing: Drawing, labs: Sequence[Variable], columns: int | None) -> tuple[list[Part], Part]:
    """Traces and layout of the analytes of a page, or of one slide."""
    look = drawing.look
    places, height = _places(drawing, labs, columns)
    months, extents = _all_months(drawing.view), _extents(drawing.view, labs)
    traces: list[Part] = []
    annotations: list[Part] = []
    shapes: list[Part] = []
    axes: dict[str, Part] = {}
    for place in places:
        suffix = place.panel.suffix
        on: Part = {"xaxis": f"x{suffix}", "yaxis": f"y{suffix}"}
        drawn = marks(drawing, place.lab, place.level)
        if drawing.view.group and place.lab == labs[0]:
            said, mark = _group(drawing, drawing.view.group, place, extents[place.lab.name])
            annotations.append(said)
            drawn.append(mark)
        traces += [trace | on for trace in drawn]
        annotations += names(drawing, place.lab, place.level, place.axes)
        if place.panel.x[0] == 0 or not drawing.view.group:
            annotations += _header(drawing, place)
        axes |= _axes(drawing, place, months, extents[place.lab.name])
        across: Part = {"xref": f"x{suffix} domain", "x0": 0, "x1": 1}
        shapes += range_shapes(place.lab, look, across, f"y{suffix}")
    layout = base_layout(
        look,
        height,
        {"l": 44, "r": 14, "t": 0, "b": 0},
        annotations=annotations,
        shapes=shapes,
        **axes,
        **_held(places),
    )
    return traces, layout


def _held(places: Sequence[Place]) -> Part:
    """What a box along an analyte's axis asks for; with groups it would ask for more than it covers."""
    if any(place.level != ALL for place in places):
        return {}
    return {
        "meta": holds(
            **{
                f"x{place.panel.suffix}": {str(month): f"{place.lab.name}.{month}" for month in place.months}
                for place in places
            }
        )
    }


def _places(drawing: Drawing, labs: Sequence[Variable], columns: int | None) -> tuple[list[Place], float]:
    """A panel for each analyte, or for each analyte and group; and the height of the figure."""
    view, stage = drawing.view, drawing.look.stage
    foot = 30.0 + 13 * drawing.counted
    if view.group is None:
        header = 80.0
        panel = stage.height / drawing.look.scale - header - foot - 12 if stage else 104.0
        count = max(1, columns or _ON_SLIDE)
        panels, height = grid(len(labs), count, panel=panel, header=header, foot=foot + 12, gap=0.075)
        return [Place(lab, ALL, panel, view.months) for lab, panel in zip(labs, panels, strict=True)], height
    levels = list(view.group_sizes)
    header, top = (24.0, 34.0) if stage else (36.0, 36.0)
    panel = (stage.height / drawing.look.scale - top) / _ROWS_ON_SLIDE - header - foot - 4 if stage else 66.0
    panels, height = grid(
        len(labs) * len(levels), len(levels), panel=panel, header=header, foot=foot + 4, top=top, gap=0.03
    )
    pairs = [(lab, level) for lab in labs for level in levels]
    return [Place(lab, level, panel, view.months) for (lab, level), panel in zip(pairs, panels, strict=True)], height


def _all_months(view: InView) -> list[int]:
    """The visits that the registry plans and those in view: the ends of the time axis, whichever visits are chosen."""
    return sorted({*view.vocabulary.months, *view.months})


def _extents(view: InView, labs: Sequence[Variable]) -> dict[str, list[float]]:
    """An axis for each analyte that holds every value of the whole registry and the whole reference band, with some air."""
    found = counts(view.registry, labs, EVERYONE)
    extents = {}
    for lab in labs:
        ends = [value for key, frequency in found.items() if key[0] == lab.name for value in frequency.values]
        ends += held_against(lab)
        low, high = (min(ends), max(ends)) if ends else (0.0, 1.0)
        air = (high - low or 1) * _AIR
        extents[lab.name] = [low - air, high + air]
    return extents


def _axes(drawing: Drawing, place: Place, months: Sequence[int], extent: list[float]) -> dict[str, Part]:
    look, view, panel = drawing.look, drawing.view, place.panel
    span = (months[-1] - months[0]) or 1
    kept = _with_numbers(drawing, span)
    n = {month: _numbers(drawing, place, month) if month in kept else "" for month in view.months}
    x = time_axis(look, view.months) | visit_numbers(look, view.months, n)
    x |= {"range": [months[0] - 0.07 * span, months[-1] + 0.07 * span]}
    first = panel.x[0] == 0 or view.group is None
    font: Part = {"size": look.type(11), "color": look.quiet}
    y = quiet_axis(look, range=extent, nticks=4, tickfont=font, showticklabels=first)
    return {
        f"xaxis{panel.suffix}": x | {"domain": list(panel.x), "anchor": f"y{panel.suffix}"},
        f"yaxis{panel.suffix}": y | {"domain": list(panel.y), "anchor": f"x{panel.suffix}"},
    }


def _with_numbers(drawing: Drawing, span: float) -> list[int]:
    """The visits with numbers beneath: all, but in the narrow panels of a stage those that leave room for large ones."""
    kept: list[int] = []
    for month in drawing.view.months:
        narrow = drawing.look.stage and drawing.view.group and drawing.counted
        if not narrow or not kept or month - kept[-1] >= 0.25 * span:
            kept.append(month)
    return kept


def _numbers(drawing: Drawing, place: Place, month: int) -> str:
    """n of a visit; of many also how many lie outside the range, in a line of their own."""
    n = drawing.view.frequency(place.lab.name, month, place.level).n
    if not drawing.counted:
        return grouped(n)
    out = outside(drawing.view, [place.lab], [month], place.level).k if place.lab.reference else None
    return f"{short(n)}<br>{NONE if out is None else short(out)}"


def _header(drawing: Drawing, place: Place) -> list[Part]:
    """Over the panel: analyte, unit, and the range with its source; at its foot, what the rows of numbers are."""
    look, lab, panel = drawing.look, place.lab, place.panel
    alone = drawing.view.group is None
    known, unit = lab.reference, safe_plotly(lab.stated_unit)
    band = safe_plotly(f"{known.words}: {known.by}") if known else f"{unit}; no reference range"
    assumed = ", unit assumed" if lab.assumed_unit else ""
    name = safe_plotly(lab.label)
    if alone:
        name, under = wrapped(name, 24), wrapped(f"{band}{assumed}", 26)
    else:
        under = f"{band}{assumed}"
    if found := _outside_words(drawing, lab):
        under += f'<br><span style="color:{look.accent}"><b>{found}</b></span>' if alone else f"; {found}"
    small = f'<span style="font-size:{look.type(11)}px">{under}</span>'
    between = "&nbsp;&nbsp; " if not alone and look.stage else "<br>"
    text = f'<b><span style="color:{look.text}">{name}</span></b>{between}{small}'
    at: Part = {"xref": "paper", "yref": "paper", "x": panel.x[0]}
    rows = ["mo.", "n", *(["out"] if drawing.counted else [])]
    return [
        words(look, text, y=panel.y[1], yanchor="bottom", yshift=look.px(3), xshift=look.px(-32), size=13, **at),
        words(
            look, "<br>".join(rows), y=panel.y[0], yanchor="top", xanchor="right", align="right", size=11,
            yshift=look.px(-2), xshift=look.px(-6), **at,
        ),
    ]  # fmt: skip


def _outside_words(drawing: Drawing, lab: Variable) -> str:
    """How many values of an analyte lie outside its range at all visits; nothing of a view that was chosen by such values."""
    view = drawing.view
    if not lab.reference or view.n < 2 or chosen_by(view.cohort, lab_variables(view.vocabulary)):
        return ""
    found = outside(view, [lab], view.months)
    return f"{found.words} outside" if found.n else ""


def _group(drawing: Drawing, group: Variable, place: Place, extent: list[float]) -> tuple[Part, Part]:
    """A group's name and n over its column, and the point that chooses it."""
    look, view = drawing.look, drawing.view
    name = safe_plotly(group_name(group, place.level))
    colour = look.ink(drawing.styles[place.level].colour)
    n = view.group_sizes[place.level]
    text = f'<span style="color:{colour}"><b>{name}</b></span><br>n = {grouped(n)}'
    at: Part = {"xref": "paper", "yref": "paper", "x": place.panel.x[0], "y": 1, "yanchor": "top"}
    mark = acting(look, view.months[0], extent[1], view.piece_of(place.level), f"{name}: n = {grouped(n)}", 18)
    return words(
        look, text, size=11 if look.stage else 13, color=look.text, xshift=look.px(0 if place.panel.x[0] else -32), **at
    ), mark
