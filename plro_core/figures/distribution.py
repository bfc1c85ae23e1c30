"""T-scores of each site in each group: every patient a point, the median a line, a box only from five values on."""

from collections.abc import Iterator
from dataclasses import dataclass

from plro_core.cohort import EVERYONE, Cohort
from plro_core.counts import ALL, Group
from plro_core.figures.chart import Chart, compose, empty_chart
from plro_core.figures.points import side_by_side
from plro_core.figures.score_axis import axis_name, rings, t_axis, who_labels, who_lines
from plro_core.figures.scores import Scores, T, columns, scores_of
from plro_core.figures.style import (
    LIGHT,
    GroupStyle,
    Look,
    Part,
    base_layout,
    group_key,
    group_styles,
    patient_symbol,
    quiet_axis,
    row_colour,
    symbol_size,
    words,
)
from plro_core.lookups import Record
from plro_core.statements import Statement, state, together
from plro_core.statistics import SMALLEST_N_FOR_BOX, quantile
from plro_core.store import Registry
from plro_core.vocabulary import Variable

_QUESTION = "How are T-scores distributed at each site?"
_BOX_NOTE = "Line: median from three values on; box: quartiles from five values on; fewer are shown as points only."


@dataclass(frozen=True)
class _Point:
    """One score as it is drawn: at its site's and group's place, next to equal ones."""

    case: Record
    site: Variable
    place: float
    value: float

    @property
    def case_id(self) -> int:
        return int(self.case["case_id"])


@dataclass(frozen=True)
class _Drawing:
    """What is drawn: the scores, where each group stands beside its site, in which style, and who is highlighted."""

    scores: Scores
    places: dict[Group, float]
    styles: dict[Group, GroupStyle]
    highlight: int | None
    look: Look

    @property
    def half(self) -> float:
        """Half the width of a box."""
        return 0.32 / len(self.places)

    @property
    def columns(self) -> Iterator[tuple[Variable, Group, float]]:
        """Each site's groups with their places."""
        for index, site in enumerate(self.scores.sites):
            for level, offset in self.places.items():
                yield site, level, index + offset


def t_score_distribution(
    registry: Registry,
    cohort: Cohort = EVERYONE,
    *,
    group: Variable | None = None,
    highlight: int | None = None,
    look: Look = LIGHT,
    leave_out_lumbar_fracture: bool = False,
) -> Chart:
    """Points of every patient by site and group, with median (n >= 3) and quartiles (n >= 5)."""
    scores = scores_of(registry, cohort, T, group, leave_out_lumbar_fracture)
    view = scores.view
    if not view.n or not scores.sites:
        return empty_chart(registry, "t_score_distribution", _QUESTION, columns(group), look)
    styles = group_styles(group, look) if group else {}
    places = _places(list(view.group_sizes) if group else [ALL])
    drawing = _Drawing(scores, places, styles, view.chosen(highlight), look)
    drawn = _drawn(drawing)
    ringed = [(point.case_id, x, point.value) for point, x in drawn if scores.broken(point.case_id, point.site)]
    return compose(
        registry,
        "t_score_distribution",
        _title(scores),
        traces=[_medians(drawing), _points(drawing, drawn), *rings(ringed, look, 20 if view.numbered else 9)],
        layout=_layout(drawing, drawn),
        summary=scores.summary(),
        columns=scores.columns,
        rows=scores.rows(),
        notes=(*view.notes, view.median_note, _BOX_NOTE, scores.lumbar_note, T.note),
        look=look,
        who=view.who(highlight),
    )


def _layout(drawing: _Drawing, drawn: list[tuple[_Point, float]]) -> Part:
    scores, look, view = drawing.scores, drawing.look, drawing.scores.view
    key, lines = group_key(view.group, drawing.styles, view.group_sizes, look) if view.group else ("", 0)
    top: Part = {"x": 0, "y": 1, "xref": "paper", "yref": "paper", "yanchor": "bottom"}
    keyed = [words(look, key, size=13, xshift=look.px(-30), yshift=look.px(26), **top)] if key else []
    values = [value for site in scores.sites for value in scores.frequency(site).values]
    return base_layout(
        look,
        440 + 18 * lines,
        {"l": 34, "r": 12, "t": 32 + 18 * lines, "b": 54},
        xaxis=quiet_axis(
            look,
            range=[-1.3, len(scores.sites) - 0.5],
            tickvals=list(range(len(scores.sites))),
            showticklabels=False,
            showgrid=False,
        ),
        yaxis=t_axis(values, look),
        shapes=[*who_lines(look), *_boxes(drawing)],
        annotations=[*_labels(drawing), *who_labels(look), axis_name(look), *keyed, *_her_number(drawing, drawn)],
    )


def _places(levels: list[Group]) -> dict[Group, float]:
    """How far from its site each group stands, as a fraction of the distance between sites."""
    step = 0.8 / max(1, len(levels))
    return {level: (index - (len(levels) - 1) / 2) * step for index, level in enumerate(levels)}


def _drawn(drawing: _Drawing) -> list[tuple[_Point, float]]:
    """Every point with where it is drawn, the highlighted patient's last, on top."""
    scores, view = drawing.scores, drawing.scores.view
    points = [
        _Point(case, site, index + drawing.places[view.level_of(case) if view.group else ALL], value)
        for case in sorted(view.cases, key=lambda case: case["case_id"] == drawing.highlight)
        for index, site in enumerate(scores.sites)
        if (value := scores.value(case, site)) is not None
    ]
    at = side_by_side([(point.case_id, point.place, point.value) for point in points], 0.06, 0.6 / len(drawing.places))
    return [(point, at[point.case_id, point.place]) for point in points]


def _points(drawing: _Drawing, drawn: list[tuple[_Point, float]]) -> Part:
    """The points, in the colour of the patient or, with groups, of her group."""
    look, numbered = drawing.look, drawing.scores.view.numbered
    levels = [drawing.scores.view.level_of(point.case) for point, _ in drawn]
    chosen = [point.case_id == drawing.highlight for point, _ in drawn]
    hues = [
        row_colour(point.case_id, level, drawing.styles, drawing.highlight, look)
        if drawing.styles or numbered or hers
        else look.line
        for (point, _), level, hers in zip(drawn, levels, chosen, strict=True)
    ]
    symbols = [
        drawing.styles[level].symbol if drawing.styles else patient_symbol(point.case_id)
        for (point, _), level in zip(drawn, levels, strict=True)
    ]
    sizes = [(9 if numbered else 4) + 4 * hers for hers in chosen]
    outlines = [
        look.text if hers and not symbol.endswith("open") else hue
        for hers, symbol, hue in zip(chosen, symbols, hues, strict=True)
    ]
    return {
        "mode": "markers",
        "name": "Patients",
        "x": [x for _, x in drawn],
        "y": [point.value for point, _ in drawn],
        "customdata": [[point.case_id] for point, _ in drawn],
        "hovertext": [drawing.scores.hover(point.case_id, point.site, point.value) for point, _ in drawn],
        "marker": {
            "color": hues,
            "symbol": symbols,
            "size": [symbol_size(symbol, look.px(size)) for symbol, size in zip(symbols, sizes, strict=True)],
            "line": {"color": outlines, "width": look.px(1.6)},
        },
    }


def _her_number(drawing: _Drawing, drawn: list[tuple[_Point, float]]) -> list[Part]:
    """The highlighted patient's number beside each of her points."""
    look = drawing.look
    return [
        words(look, f"<b>{point.case_id}</b>", x=x, y=point.value, xshift=look.px(10), color=look.text, size=13)
        for point, x in drawn
        if point.case_id == drawing.highlight
    ]


def _boxes(drawing: _Drawing) -> list[Part]:
    boxes = []
    line = {"color": drawing.look.rule, "width": drawing.look.px(1)}
    for site, level, at in drawing.columns:
        frequency = drawing.scores.frequency(site, level)
        if frequency.n >= SMALLEST_N_FOR_BOX:
            ends = {"y0": quantile(frequency, 0.25), "y1": quantile(frequency, 0.75)}
            sides = {"x0": at - drawing.half, "x1": at + drawing.half}
            boxes.append(
                {"type": "rect", "layer": "below", "fillcolor": drawing.look.band, "line": line, **sides, **ends}
            )
    return boxes


def _medians(drawing: _Drawing) -> Part:
    x: list[float | None] = []
    y: list[float | None] = []
    hover: list[str] = []
    for site, level, at in drawing.columns:
        middle = drawing.scores.middle(site, level)
        if middle.median is not None:
            text = f"Median {site.short_label}: {middle.bare} (n = {middle.n})"
            x += [at - drawing.half, at + drawing.half, None]
            y += [middle.median, middle.median, None]
            hover += [text, text, ""]
    line = {"color": drawing.look.text, "width": drawing.look.px(3)}
    return {"mode": "lines", "name": "Median", "x": x, "y": y, "hovertext": hover, "line": line}


def _labels(drawing: _Drawing) -> list[Part]:
    """The sites, and n under each group."""
    look = drawing.look
    foot: Part = {"y": 0, "yref": "paper", "yanchor": "top"}
    middle: Part = {"xanchor": "center", "align": "center"}
    said = [
        words(look, site.short_label, x=index, yshift=look.px(-6), color=look.text, **foot, **middle)
        for index, site in enumerate(drawing.scores.sites)
    ]
    alone = len(drawing.places) == 1
    for site, level, at in drawing.columns:
        n = drawing.scores.frequency(site, level).n
        said.append(words(look, f"n = {n}" if alone else str(n), x=at, yshift=look.px(-24), **foot, **middle))
    if not alone:
        said.append(words(look, "n", x=0, xref="paper", yshift=look.px(-24), xshift=look.px(2), **foot))
    return said


def _title(scores: Scores) -> Statement:
    """The medians of the spine and of another site, with the n of both; which is lower, if they are of the same women."""
    if (shared := scores.title()) is not None:
        return shared
    sites = scores.spine_and_other
    found = [(scores.named(site), scores.middle(site)) for site in sites]
    medians = [middle.median for _, middle in found]
    everybody = all(middle.n == scores.view.n for _, middle in found)
    if len(found) == 2 and everybody and None not in medians and medians[0] != medians[1]:
        verdict = "lower" if medians[0] < medians[1] else "higher"  # type: ignore[operator]
        (here, first), (there, second) = found
        return state(
            "T-scores are {verdict} at {here}, {first}, than at {there}, {second}",
            verdict=verdict,
            here=here,
            first=first,
            there=there,
            second=second,
        )
    told = [state("{site} {middle}", site=name, middle=middle) for name, middle in found]
    return Statement("T-score: ") + together(told, ", ")
