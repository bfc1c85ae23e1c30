"""Bone density by site: the T-scores of each patient joined, or what all of them share; Z-scores where a registry has them."""

from collections import defaultdict
from dataclasses import dataclass, replace

from plro_core.cohort import EVERYONE, Cohort
from plro_core.counts import ALL, Group
from plro_core.figures.chart import Chart, Who, compose, empty_chart
from plro_core.figures.form import Form, form_of
from plro_core.figures.points import side_by_side, spread, wrapped
from plro_core.figures.score_axis import ScoreAxis
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
from plro_core.figures.scores import ScoreKind, Scores, T, Z, columns, scores_of
from plro_core.figures.style import (
    LIGHT,
    GroupStyle,
    Look,
    Part,
    base_layout,
    group_name,
    group_styles,
    numbers_in_colour,
    patient_colour,
    patient_symbol,
    row_colour,
    symbol_size,
    unseen,
    words,
)
from plro_core.lookups import Record, Sample
from plro_core.marks import axes
from plro_core.statements import Statement, state, together
from plro_core.store import Registry
from plro_core.text import grouped, number, patients, safe_plotly
from plro_core.vocabulary import Variable

#: The height of the figure on a page, in pixels.
_HEIGHT = 340.0
#: Room between the panels of two groups, in sites.
_BETWEEN = 0.7
#: With more panels the names of groups break after so many letters.
_FEW_PANELS, _NAME = 2, 14


def t_score_strip(
    registry: Registry,
    cohort: Cohort = EVERYONE,
    *,
    group: Variable | None = None,
    highlight: int | None = None,
    look: Look = LIGHT,
    leave_out_lumbar_fracture: bool = False,
    slide: int = 1,
) -> Chart:
    """T-scores at each site, each patient's points joined, with the WHO lines for orientation."""
    return _strip(registry, cohort, T, "t_score_strip", group, highlight, look, leave_out_lumbar_fracture, slide)


def z_score_strip(
    registry: Registry,
    cohort: Cohort = EVERYONE,
    *,
    group: Variable | None = None,
    highlight: int | None = None,
    look: Look = LIGHT,
    leave_out_lumbar_fracture: bool = False,
    slide: int = 1,
) -> Chart:
    """Z-scores at each site, each patient's points joined, with the ISCD's line, for a registry that records them."""
    return _strip(registry, cohort, Z, "z_score_strip", group, highlight, look, leave_out_lumbar_fracture, slide)


@dataclass(frozen=True)
class _Drawing:
    """What is drawn: the columns, a panel for each group on this slide, the places of the points, and who is highlighted."""

    columns: Columns
    panels: dict[Group, float]
    at: dict[tuple[int, float], float]
    highlight: int | None
    form: Form

    @property
    def scores(self) -> Scores:
        return self.columns.scores

    @property
    def look(self) -> Look:
        return self.columns.look

    @property
    def cases(self) -> list[Record]:
        """The patients who are drawn on this slide one by one: everybody, where they are few, else the highlighted one."""
        return [
            case
            for case in self.scores.view.cases
            if self.level(case) in self.panels and (self.form is not Form.COUNTED or case["case_id"] == self.highlight)
        ]

    def level(self, case: Record) -> Group:
        return self.scores.view.level_of(case) if self.scores.view.group else ALL

    def place(self, case: Record, site: Variable) -> float:
        """Where a patient's point at a site is drawn."""
        at = self.columns.places[site.name, self.level(case)]
        return self.at.get((case["case_id"], at), at)

    def colour(self, case: Record) -> str:
        """A patient's hue where she is named, her group's where there are groups, else the quiet one."""
        if self.columns.styles or self.form is Form.NAMED:
            return row_colour(
                case["case_id"], self.scores.view.level_of(case), self.columns.styles, self.highlight, self.look
            )
        return self.look.text if case["case_id"] == self.highlight else self.look.line


def _strip(
    registry: Registry,
    cohort: Cohort,
    kind: ScoreKind,
    name: str,
    group: Variable | None,
    highlight: int | None,
    look: Look,
    leave_out: bool,
    slide: int,
) -> Chart:
    scores = scores_of(registry, cohort, kind, group, leave_out)
    view = scores.view
    if not view.n or not scores.sites:
        return empty_chart(registry, name, kind.question, columns(group, kind), look)
    slides = _slides(scores, look)
    drawing = _drawing(scores, slides[min(max(slide, 1), len(slides)) - 1], view.chosen(highlight), look)
    form = drawing.form
    traces = (
        [*drawing.columns.strips(), *drawing.columns.medians()] if form is Form.COUNTED else drawing.columns.medians()
    )
    chart = compose(
        registry,
        name,
        _title(scores),
        traces=[*traces, *_lines(drawing), *(rings(_ringed(drawing), look, 20) if form is not Form.DRAWN else ()),
                *drawing.columns.low(), *_heads(drawing)],
        layout=_layout(drawing),
        summary=scores.summary(),
        columns=scores.columns,
        rows=scores.rows(),
        notes=(*_of_whom(scores, form), form.note(), _FORMS.get(form, ""), scores.lumbar_note(MARKS[form]), kind.note),
        look=look,
        who=who_of(scores, highlight, form),
    )  # fmt: skip
    return replace(chart, slides=len(slides))


#: What tells the scores of a fractured spine from others.
MARKS = {Form.NAMED: "A ring", Form.DRAWN: "A hollow point", Form.COUNTED: ""}
_FORMS = {
    Form.DRAWN: "A box is the middle half of a column, from five values on.",
    Form.COUNTED: "The broad bar is the middle half of a column, the narrow one eight in ten, the line the median.",
}


def _of_whom(scores: Scores, form: Form) -> tuple[str | Statement, ...]:
    """What must be said of who is drawn; where all are counted, nobody is left out."""
    return (*(() if form is Form.COUNTED else scores.view.notes), scores.view.median_note)


def who_of(scores: Scores, highlight: int | None, form: Form) -> Who:
    """Who is drawn: patients one by one, or counts of everybody, which no sample stands for."""
    who = scores.view.who(highlight)
    return replace(who, cases=Sample((), who.cases.of, who.cases.of)) if form is Form.COUNTED else who


def _slides(scores: Scores, look: Look) -> list[list[Group]]:
    """The groups by slide; all on one, except on a stage that has too little room."""
    levels: list[Group] = list(scores.view.group_sizes) if scores.view.group else [ALL]
    most = max(1, most_columns(look, scores.view.n) // len(scores.sites))
    return [levels[start : start + most] for start in range(0, len(levels), most)]


def _drawing(scores: Scores, levels: list[Group], highlight: int | None, look: Look) -> _Drawing:
    step = len(scores.sites) + _BETWEEN
    panels = {level: index * step for index, level in enumerate(levels)}
    places = [
        Column(site, level, start + at) for level, start in panels.items() for at, site in enumerate(scores.sites)
    ]
    heads = max((_head(scores, level, len(levels)).count("<br>") + 1 for level in levels if level != ALL), default=0)
    axis = ScoreAxis(scores, plot_height(look, _HEIGHT), look, heads, lines_of_foot(look, len(places)))
    styles = group_styles(scores.view.group, look) if scores.view.group else {}
    drawn = Columns(scores, places, 0.24, styles, axis, look)
    form = form_of(scores.view.n)
    drawing = _Drawing(drawn, panels, {}, highlight, form)
    points = [
        (case["case_id"], drawn.places[site.name, drawing.level(case)], value)
        for case in drawing.cases
        for site in scores.sites
        if (value := scores.value(case, site)) is not None
    ]
    return replace(drawing, at=side_by_side(points, 0.035, 0.3))


def _layout(drawing: _Drawing) -> Part:
    columns, look = drawing.columns, drawing.look
    right = max(column.at for column in columns.columns)
    x = columns.ticks() | {"range": [columns.range[0], right + (0.62 if drawing.form is Form.NAMED else 0.5)]}
    return base_layout(
        look,
        _HEIGHT,
        margins(ABOVE),
        xaxis=x,
        yaxis=columns.axis.axis,
        meta=axes(x=columns.held),
        bargap=0,
        barmode="overlay",
        shapes=[*columns.axis.shapes(), *(columns.boxes() if drawing.form is Form.DRAWN else ())],
        annotations=[*columns.axis.words(), *_ends(drawing)],
    )


def _heads(drawing: _Drawing) -> list[Part]:
    """Over each panel its group, with n."""
    view, look, styles = drawing.scores.view, drawing.look, drawing.columns.styles
    if view.group is None:
        return []
    sites = len(drawing.scores.sites)
    return [
        {
            "mode": "markers+text",
            "name": "Group",
            "x": [start + (sites - 1) / 2],
            "y": [drawing.columns.axis.head],
            "text": [f"{styles[level].glyph} {_head(drawing.scores, level, len(drawing.panels))}"],
            "textposition": "bottom center",
            "textfont": {"size": look.type(12.5), "color": look.ink(styles[level].colour)},
            "customdata": [drawing.scores.view.piece_of(level)],
            "hovertext": [f"{safe_plotly(styles[level].label)}: {patients(view.group_sizes[level])}"],
            "marker": unseen(look.px(22)),
        }
        for level, start in drawing.panels.items()
    ]


def _head(scores: Scores, level: Group, panels: int) -> str:
    """A group with its n, in a line or, where panels are many, in several."""
    group, many = scores.view.group, panels > _FEW_PANELS
    if group is None:
        return ""
    name = safe_plotly(group_name(group, level if level is None else str(level)))
    return f"<b>{wrapped(name, _NAME) if many else name}</b>{'<br>' if many else '  '}n = {grouped(scores.view.group_sizes[level])}"


def _lines(drawing: _Drawing) -> list[Part]:
    """One line a patient, the highlighted one last, on top, larger and outlined."""
    ordered = sorted(drawing.cases, key=lambda case: case["case_id"] == drawing.highlight)
    return [_line(drawing, case) for case in ordered]


def _line(drawing: _Drawing, case: Record) -> Part:
    scores, look, case_id = drawing.scores, drawing.look, case["case_id"]
    chosen, hue, named = case_id == drawing.highlight, drawing.colour(case), drawing.form is Form.NAMED
    style: GroupStyle | None = drawing.columns.styles.get(scores.view.level_of(case))
    symbol = "circle" if not named else style.symbol if style else patient_symbol(case_id)
    values = [scores.value(case, site) for site in scores.sites]
    broken = [drawing.form is Form.DRAWN and bool(scores.broken(case_id, site)) for site in scores.sites]
    outlined = chosen and not symbol.endswith("open")
    return {
        "mode": "lines+markers",
        "name": f"Patient {case_id}",
        "connectgaps": False,
        "x": [drawing.place(case, site) for site in scores.sites],
        "y": values,
        "customdata": [[case_id] for _ in values],
        "hovertext": [
            "" if value is None else scores.hover(case_id, site, value)
            for site, value in zip(scores.sites, values, strict=True)
        ],
        "line": {"color": hue if chosen else look.tint(hue, 0.55 if named else 0.3), "width": look.px(3.5 if chosen else 1.4 if named else 0.8)},
        "marker": {
            "color": hue,
            "symbol": [f"{symbol}-open" if hollow else symbol for hollow in broken],
            "size": symbol_size(symbol, look.px(12 if chosen else 9 if named else 6)),
            "line": {"color": look.text if outlined else hue, "width": look.px(1.6 if named or chosen else 1)},
        },
    }  # fmt: skip


def _ringed(drawing: _Drawing) -> list[tuple[int, float, float]]:
    """Patient and place of each point whose vertebrae are fractured."""
    scores = drawing.scores
    return [
        (case["case_id"], drawing.place(case, site), value)
        for case in drawing.cases
        for site in scores.sites
        if scores.broken(case["case_id"], site) and (value := scores.value(case, site)) is not None
    ]


def _ends(drawing: _Drawing) -> list[Part]:
    """Patient numbers right of each panel, moved apart where values are close; equal values share a label.

    Where patients are not named, only the highlighted one is.
    """
    scores, look = drawing.scores, drawing.look
    apart = max(15.0, 1.1 * look.type(13)) / drawing.columns.axis.unit
    notes = []
    for level in drawing.panels:
        ends: dict[float, list[int]] = defaultdict(list)
        hues = {}
        for case in drawing.cases:
            value = scores.value(case, scores.sites[-1])
            named = drawing.form is Form.NAMED or case["case_id"] == drawing.highlight
            if value is not None and drawing.level(case) == level and named:
                ends[value].append(case["case_id"])
                hues[case["case_id"]] = (
                    drawing.colour(case) if drawing.columns.styles else patient_colour(case["case_id"])
                )
        values = sorted(ends)
        notes += [
            words(
                look,
                numbers_in_colour(ends[value], look, drawing.highlight, hues.__getitem__),
                x=drawing.columns.places[scores.sites[-1].name, level] + 0.25,
                y=at,
                xshift=look.px(4),
                size=13,
            )
            for value, at in zip(values, spread(values, apart), strict=True)
        ]
    return notes


def _title(scores: Scores) -> str | Statement:
    """How many spines are at or below the lower line, against how many at the other site."""
    if (shared := scores.title()) is not None:
        return shared
    sites = scores.spine_and_other
    told = [state("{site} in {low}", site=scores.named(site), low=scores.low(site)) for site in sites]
    head = state("{kind} at or below {line}: ", kind=scores.kind.word, line=number(scores.kind.low, 1))
    return head + together(told, ", ")
