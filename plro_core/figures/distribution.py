"""T-scores of each site in each group: every patient a point, a box only from five values on; of many patients the shape."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from plro_core.cohort import EVERYONE, Cohort
from plro_core.counts import ALL, Group
from plro_core.figures.bone import MARKS, who_of
from plro_core.figures.chart import Chart, compose, empty_chart
from plro_core.figures.form import Form, form_of
from plro_core.figures.points import side_by_side
from plro_core.figures.score_axis import LEFT, ScoreAxis
from plro_core.figures.score_columns import (
    ABOVE,
    Column,
    Columns,
    lines_of_foot,
    margins,
    most_columns,
    plot_height,
    rings,
)
from plro_core.figures.scores import Scores, T, columns, scores_of
from plro_core.figures.style import (
    LIGHT,
    Look,
    Part,
    base_layout,
    group_key,
    group_styles,
    patient_symbol,
    row_colour,
    symbol_size,
    words,
)
from plro_core.lookups import Record
from plro_core.marks import axes
from plro_core.statements import Statement, state, together
from plro_core.store import Registry
from plro_core.tables import Cell
from plro_core.tables import Column as TableColumn
from plro_core.vocabulary import Variable

_QUESTION = "How are T-scores distributed at each site?"
_NAME = "t_score_distribution"
#: The height of the figure on a page, in pixels.
_HEIGHT = 340.0
_NOTES = {
    Form.NAMED: "Line: median from three values on; box: quartiles from five values on; fewer are shown as points only.",
    Form.DRAWN: "Line: median from three values on; box: quartiles from five values on; fewer are shown as points only.",
    Form.COUNTED: "A shape is as wide as the share of its column with a score in that half of a unit; full colour is at or "
    "below the lower line.",
}


@dataclass(frozen=True)
class _Point:
    """One score as it is drawn: at its column, next to equal ones."""

    case: Record
    site: Variable
    place: float
    value: float

    @property
    def case_id(self) -> int:
        return int(self.case["case_id"])


@dataclass(frozen=True)
class _Drawing:
    """What is drawn: the columns of this slide, and who is highlighted."""

    columns: Columns
    highlight: int | None
    form: Form

    @property
    def scores(self) -> Scores:
        return self.columns.scores

    @property
    def look(self) -> Look:
        return self.columns.look


def t_score_distribution(
    registry: Registry,
    cohort: Cohort = EVERYONE,
    *,
    group: Variable | None = None,
    highlight: int | None = None,
    look: Look = LIGHT,
    leave_out_lumbar_fracture: bool = False,
    slide: int = 1,
) -> Chart:
    """Points of every patient by site and group with median (n >= 3) and quartiles (n >= 5); of many the shape."""
    scores = scores_of(registry, cohort, T, group, leave_out_lumbar_fracture)
    view = scores.view
    if not view.n or not scores.sites:
        return empty_chart(registry, _NAME, _QUESTION, columns(group), look)
    slides = _slides(scores, look)
    drawing = _drawing(scores, slides[min(max(slide, 1), len(slides)) - 1], view.chosen(highlight), look)
    form, drawn = drawing.form, _drawn(drawing)
    ringed = [(point.case_id, x, point.value) for point, x in drawn if scores.broken(point.case_id, point.site)]
    counted = form is Form.COUNTED
    chart = compose(
        registry,
        _NAME,
        _title(scores),
        traces=[
            *(drawing.columns.density() if counted else ()),
            *drawing.columns.medians(),
            _points(drawing, drawn),
            *(rings(ringed, look, 20) if form is not Form.DRAWN else ()),
            *drawing.columns.low(),
        ],
        layout=_layout(drawing, drawn),
        summary=scores.summary(),
        columns=_table_columns(scores) if counted else scores.columns,
        rows=_table_rows(scores, look) if counted else scores.rows(),
        notes=(
            *(() if counted else view.notes), view.median_note, form.note(), _NOTES[form], scores.lumbar_note(MARKS[form]), T.note
        ),
        look=look,
        who=who_of(scores, highlight, form),
    )  # fmt: skip
    return replace(chart, slides=len(slides))


def _levels(scores: Scores) -> list[Group]:
    return list(scores.view.group_sizes) if scores.view.group else [ALL]


def _slides(scores: Scores, look: Look) -> list[tuple[Variable, ...]]:
    """The sites by slide; all on one, except on a stage that has too little room."""
    groups, sites = len(_levels(scores)), scores.sites
    most = max(1, most_columns(look, scores.view.n) // groups)
    return [sites[start : start + most] for start in range(0, len(sites), most)]


def _columns(scores: Scores, sites: tuple[Variable, ...], look: Look) -> Columns:
    """A column for each group at each site, the groups of a site beside each other."""
    levels, group = _levels(scores), scores.view.group
    step = 0.92 / len(levels)
    places = [
        Column(site, level, index + (at - (len(levels) - 1) / 2) * step)
        for index, site in enumerate(sites)
        for at, level in enumerate(levels)
    ]
    lines = _key(scores, look)[1]
    height = plot_height(look, _HEIGHT + 18 * lines, ABOVE + 20 * lines)
    axis = ScoreAxis(scores, height, look, 1 if group else 0, lines_of_foot(look, len(places)))
    styles = group_styles(group, look) if group else {}
    return Columns(scores, places, 0.36 / len(levels) if group else 0.3, styles, axis, look, bool(group))


def _key(scores: Scores, look: Look) -> tuple[str, int]:
    group = scores.view.group
    return group_key(group, group_styles(group, look), scores.view.group_sizes, look) if group else ("", 0)


def _drawing(scores: Scores, sites: tuple[Variable, ...], highlight: int | None, look: Look) -> _Drawing:
    return _Drawing(_columns(scores, sites, look), highlight, form_of(scores.view.n))


def _layout(drawing: _Drawing, drawn: list[tuple[_Point, float]]) -> Part:
    look, columns = drawing.look, drawing.columns
    key, lines = _key(drawing.scores, look)
    top: Part = {"x": 0, "y": 1, "xref": "paper", "yref": "paper", "yanchor": "bottom"}
    keyed = [words(look, key, size=13, xshift=look.px(4 - LEFT), yshift=look.px(24), **top)] if key else []
    return base_layout(
        look,
        _HEIGHT + 18 * lines,
        margins(ABOVE + 20 * lines),
        xaxis=columns.ticks(),
        yaxis=columns.axis.axis,
        meta=axes(x=columns.held),
        barmode="overlay",
        bargap=0,
        shapes=[*columns.axis.shapes(), *(columns.boxes() if drawing.form is not Form.COUNTED else ())],
        annotations=[*columns.axis.words(), *(columns.heads() if key else ()), *keyed, *_her_number(drawing, drawn)],
    )


def _drawn(drawing: _Drawing) -> list[tuple[_Point, float]]:
    """Every point with where it is drawn, the highlighted patient's last, on top; where all are counted, hers alone."""
    scores, view, places = drawing.scores, drawing.scores.view, drawing.columns.places
    sites = {column.site.name: column.site for column in drawing.columns.columns}
    points = [
        _Point(case, site, places[site.name, view.level_of(case) if view.group else ALL], value)
        for case in sorted(view.cases, key=lambda case: case["case_id"] == drawing.highlight)
        if drawing.form is not Form.COUNTED or case["case_id"] == drawing.highlight
        for site in sites.values()
        if (value := scores.value(case, site)) is not None
    ]
    groups = len(_levels(scores))
    at = side_by_side([(point.case_id, point.place, point.value) for point in points], 0.06 / groups**0.5, 0.6 / groups)
    return [(point, at[point.case_id, point.place]) for point in points]


def _points(drawing: _Drawing, drawn: list[tuple[_Point, float]]) -> Part:
    """The points, in the colour of the patient where she is named, of her group where there are groups, else quiet."""
    look, named, styles = drawing.look, drawing.form is Form.NAMED, drawing.columns.styles
    levels = [drawing.scores.view.level_of(point.case) for point, _ in drawn]
    chosen = [point.case_id == drawing.highlight for point, _ in drawn]
    hues = [
        row_colour(point.case_id, level, styles, drawing.highlight, look) if styles or named or hers else look.line
        for (point, _), level, hers in zip(drawn, levels, chosen, strict=True)
    ]
    symbols = [
        _symbol(drawing, point, styles[level].symbol if styles else patient_symbol(point.case_id))
        for (point, _), level in zip(drawn, levels, strict=True)
    ]
    sizes = [(9 if named else 6) + 4 * hers for hers in chosen]
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
            "line": {"color": outlines, "width": look.px(1.6 if named else 1)},
        },
    }


def _symbol(drawing: _Drawing, point: _Point, own: str) -> str:
    """The shape of a patient or group where patients are named; else a circle, hollow where a vertebra measured is fractured."""
    if drawing.form is Form.NAMED:
        return own
    hollow = drawing.form is Form.DRAWN and drawing.scores.broken(point.case_id, point.site)
    return "circle-open" if hollow else "circle"


def _her_number(drawing: _Drawing, drawn: list[tuple[_Point, float]]) -> list[Part]:
    """The highlighted patient's number beside each of her points."""
    look = drawing.look
    return [
        words(look, f"<b>{point.case_id}</b>", x=x, y=point.value, xshift=look.px(10), color=look.text, size=13)
        for point, x in drawn
        if point.case_id == drawing.highlight
    ]


def _table_columns(scores: Scores) -> list[TableColumn]:
    """The columns of the plotted shapes."""
    group = scores.view.group
    return [
        TableColumn("site", "Site"),
        *([TableColumn(group.name, group.label)] if group else []),
        TableColumn("from", "From", "number", 1),
        TableColumn("to", "To", "number", 1),
        TableColumn("patients", "Patients", "integer"),
        TableColumn("of", "Of patients", "integer"),
    ]


def _table_rows(scores: Scores, look: Look) -> Iterator[tuple[Cell, ...]]:
    """A row for each class of scores of each column."""
    for column, span, count, n in _columns(scores, scores.sites, look).classes():
        group = () if scores.view.group is None else (column.level,)
        yield (column.site.short_label, *group, span.low, span.high, count, n)


def _title(scores: Scores) -> str | Statement:
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
