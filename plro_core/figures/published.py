"""This series beside published cohorts: its own patients as points, the others' published means; never pooled."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from plro_core import lookups
from plro_core.cohort import EVERYONE, Cohort
from plro_core.counts import number_each
from plro_core.figures.chart import Chart, compose
from plro_core.figures.points import InView, in_view, sentence, side_by_side
from plro_core.figures.score_axis import who_line
from plro_core.figures.scores import WHO_LINES
from plro_core.figures.style import (
    LIGHT,
    Look,
    Part,
    base_layout,
    patient_colour,
    patient_symbol,
    quiet_axis,
    symbol_size,
    words,
)
from plro_core.lookups import Record
from plro_core.series.literature import Aggregate, published
from plro_core.statements import About, Middle, NumberEach, PartOf, Statement, state, together
from plro_core.statistics import SMALLEST_N_FOR_MEDIAN
from plro_core.store import Registry
from plro_core.tables import Cell, Column
from plro_core.text import as_recorded, grouped, number, safe_plotly
from plro_core.vocabulary import STANDARD, Variable, Vocabulary
from plro_core.vocabulary.standard import CERVICAL, T_SCORE_NOTE, VERTEBRAE

#: Published cohorts are defined by fractures, so this one is too.
STRICT = Cohort.parse("case_definition=vertebral_fracture", STANDARD)

_COLUMNS = (
    Column("measure", "Measure"),
    Column("cohort", "Cohort"),
    Column("case_id", "Patient", "integer"),
    Column("n", "n", "integer"),
    Column("value", "Value", "number", None),
    Column("what", "What it is"),
    Column("sd", "SD", "number", 1),
    Column("doi", "DOI"),
)
_HEAD, _ROW, _FOOT = 30.0, 24.0, 26.0
_STAGE_ROW = 18.4  # the least room of a cohort on a stage
_LINE_NAMES = 16.0  # the room for the names of the WHO's lines over a panel
_HERE = "This series"
#: The columns of this series that the published measures are held beside.
_COLUMN = {"age": "age", "t_spine": "t_l1_l4", "t_hip": "t_femoral_neck"}
#: The levels that count as vertebral.
_SPINE = (*CERVICAL, *VERTEBRAE)
#: What is counted of each patient: fractures of the spine, and at any level.
_COUNTED = ("vertebral_fractures", "fractures")


@dataclass(frozen=True)
class _Measure:
    """What is set side by side: its words, its axis and this series' own values."""

    name: str
    title: str
    axis: tuple[float, float]
    ticks: tuple[float, ...]
    decimals: int

    @property
    def t_score(self) -> bool:
        return self.name.startswith("t_")

    @property
    def head(self) -> float:
        return _HEAD + (_LINE_NAMES if self.t_score else 0)


_MEASURES = (
    _Measure("age", "Age, years", (20, 42), (20, 25, 30, 35, 40), 0),
    _Measure("vertebral_fractures", "Vertebral fractures in a patient", (0, 8), (0, 2, 4, 6, 8), 0),
    _Measure("fractures", "Fractures in a patient, at any site", (0, 8), (0, 2, 4, 6, 8), 0),
    _Measure("t_spine", "T-score, spine (L1–L4 in this series)", (-5, 0), (-5, -4, -3, -2, -1, 0), 1),
    _Measure("t_hip", "T-score, hip (femoral neck in this series)", (-5, 0), (-5, -4, -3, -2, -1, 0), 1),
)


def published_cohorts(registry: Registry, *, slide: int = 1, look: Look = LIGHT) -> Chart:
    """Age, fractures and T-scores of patients with a vertebral fracture, beside the means of other cohorts.

    On a stage as many measures as have room stand on one ``slide``.
    """
    view = in_view(registry, STRICT, _variables(registry.vocabulary), visits=False)
    levels = lookups.facts(registry, "fractures", STRICT)
    others = published()
    slides = _slides(others, look)
    measures = slides[min(slide, len(slides)) - 1]
    row = _row_height(measures, others, look)
    height = sum(_panel_height(measure, others, row) for measure in measures)
    top = 0.0
    traces: list[Part] = []
    annotations: list[Part] = []
    shapes: list[Part] = []
    axes: dict[str, Part] = {}
    for index, measure in enumerate(measures):
        suffix = "" if index == 0 else str(index + 1)
        own, middle = _own(measure, view.cases, levels), _middle(measure, view)
        given = [entry for entry in others if entry.measure == measure.name]
        own_height = _panel_height(measure, others, row)
        domain = [1 - (top + own_height - _FOOT) / height, 1 - (top + measure.head) / height]
        axes |= _axes(measure, suffix, [round(max(0.0, end), 4) for end in domain], len(given), look)
        traces += [*_median(middle, suffix, look), *_patients(measure, own, view.numbered, suffix, look)]
        traces += _means(measure, given, suffix, look)
        annotations += _words(measure, middle, given, suffix, domain[1], look)
        shapes += _who_lines(measure, suffix, look)
        top += own_height
    rows = [
        told
        for measure in _MEASURES
        for told in _rows(
            measure,
            _own(measure, view.cases, levels),
            [entry for entry in others if entry.measure == measure.name],
        )
    ]
    layout = base_layout(
        look, height, {"l": 150, "r": 24, "t": 0, "b": 0}, annotations=annotations, shapes=shapes, **axes
    )
    chart = compose(
        registry,
        "published_cohorts",
        "How does this series compare with published cohorts?",
        traces=traces,
        layout=layout,
        summary=_summary(view, others),
        columns=_COLUMNS,
        rows=rows,
        notes=(*view.notes, *_notes(view, others)),
        look=look,
        who=view.who(),
    )
    return replace(chart, slides=len(slides))


def _panel_height(measure: _Measure, others: Sequence[Aggregate], row: float = _ROW) -> float:
    return measure.head + row * _rows_of(measure, others) + _FOOT


def _rows_of(measure: _Measure, others: Sequence[Aggregate]) -> int:
    """This series and the cohorts that give the measure."""
    return 1 + sum(entry.measure == measure.name for entry in others)


def _slides(others: Sequence[Aggregate], look: Look) -> list[list[_Measure]]:
    """Which measures stand together: all on a page, on a stage as many as have room."""
    if look.stage is None:
        return [list(_MEASURES)]
    room, slides = look.stage.height / look.scale, [[_MEASURES[0]]]
    for measure in _MEASURES[1:]:
        beside = [*slides[-1], measure]
        if sum(_panel_height(panel, others, _STAGE_ROW) for panel in beside) <= room:
            slides[-1] = beside
        else:
            slides.append([measure])
    return slides


def _row_height(measures: Sequence[_Measure], others: Sequence[Aggregate], look: Look) -> float:
    """The room of a cohort: on a stage the panels fill it."""
    if look.stage is None:
        return _ROW
    fixed = sum(measure.head + _FOOT for measure in measures)
    return (look.stage.height / look.scale - fixed) / sum(_rows_of(measure, others) for measure in measures)


def _own(measure: _Measure, cases: Sequence[Record], levels: Sequence[Record]) -> list[tuple[int, float]]:
    """This series' recorded values by patient."""
    if measure.name in _COUNTED:
        found = {case["case_id"]: 0 for case in cases}
        for row in levels:
            found[row["case_id"]] += measure.name == "fractures" or row["level"] in _SPINE
        return [(case_id, n) for case_id, n in found.items() if n]
    column = _COLUMN[measure.name]
    return [(case["case_id"], case[column]) for case in cases if case[column] is not None]


def _variables(words: Vocabulary) -> list[Variable]:
    return [words.variable(name, "cases") for name in _COLUMN.values()]


def _middle(measure: _Measure, view: InView) -> Middle:
    """The median of all patients of this series, drawn or not."""
    if measure.name in _COUNTED:
        entry = view.vocabulary.variable("level", "fractures")
        levels = tuple(level.code for level in entry.levels) if measure.name == "fractures" else _SPINE
        return NumberEach(About(entry, view.cohort), number_each(view.registry, entry, levels, view.cohort), levels)
    return view.middle(view.vocabulary.variable(_COLUMN[measure.name], "cases"))


def _axes(measure: _Measure, suffix: str, domain: list[float], others: int, look: Look) -> dict[str, Part]:
    x = quiet_axis(
        look,
        range=list(measure.axis),
        tickvals=list(measure.ticks),
        ticktext=[number(tick) for tick in measure.ticks],
        anchor=f"y{suffix}",
    )
    y = quiet_axis(
        look, range=[others + 0.5, -0.5], domain=domain, showticklabels=False, showgrid=False, anchor=f"x{suffix}"
    )
    return {f"xaxis{suffix}": x, f"yaxis{suffix}": y}


def _who_lines(measure: _Measure, suffix: str, look: Look) -> list[Part]:
    across: Part = {"xref": f"x{suffix}", "yref": f"y{suffix} domain", "y0": 0, "y1": 1}
    return [who_line(look) | across | {"x0": at, "x1": at} for at in WHO_LINES] if measure.t_score else []


def _on(suffix: str) -> Part:
    return {"xaxis": f"x{suffix}", "yaxis": f"y{suffix}"}


def _patients(measure: _Measure, own: list[tuple[int, float]], numbered: bool, suffix: str, look: Look) -> list[Part]:
    """A point each, equal values below each other; in her own hue where she can be told apart."""
    place = side_by_side([(case_id, 0, value) for case_id, value in own], 0.26, 0.7)
    return (
        [
            {
                "mode": "markers",
                "name": _HERE,
                "x": [value for _, value in own],
                "y": [place[(case_id, 0)] for case_id, _ in own],
                "customdata": [[case_id] for case_id, _ in own],
                "hovertext": [
                    sentence(f"Patient {case_id}: {safe_plotly(measure.title)}: {number(value, measure.decimals)}")
                    for case_id, value in own
                ],
                "marker": {
                    "symbol": [patient_symbol(case_id) for case_id, _ in own],
                    "color": [patient_colour(case_id) if numbered else look.line for case_id, _ in own],
                    "size": [look.px(symbol_size(patient_symbol(case_id), 9 if numbered else 3)) for case_id, _ in own],
                },
                **_on(suffix),
            }
        ]
        if own
        else []
    )


def _median(middle: Middle, suffix: str, look: Look) -> list[Part]:
    if middle.median is None:
        return []
    said = sentence(f"Median of this series: {middle.bare}, n = {grouped(middle.n)}")
    tick = {"symbol": "line-ns-open", "size": look.px(22), "color": look.text, "line": {"width": look.px(1.4)}}
    return [
        {
            "mode": "markers",
            "name": "Median",
            "x": [middle.median],
            "y": [0],
            "hovertext": [said],
            "marker": tick,
            **_on(suffix),
        }
    ]


def _means(measure: _Measure, given: list[Aggregate], suffix: str, look: Look) -> list[Part]:
    """A hollow diamond for a published mean; a line one SD to each side where the SD is given."""
    if not given:
        return []
    colour = look.quiet
    spread = [0.0 if entry.sd is None else entry.sd for entry in given]
    return [
        {
            "mode": "markers",
            "name": "Published means",
            "x": [entry.value for entry in given],
            "y": list(range(1, len(given) + 1)),
            "customdata": [[entry.doi] for entry in given],
            "hovertext": [_hover(entry) for entry in given],
            "error_x": {"array": spread, "color": colour, "thickness": look.px(1.4), "width": 0},
            "marker": {
                "symbol": "diamond-open",
                "size": look.px(11),
                "color": colour,
                "line": {"width": look.px(2), "color": colour},
            },
            **_on(suffix),
        }
    ]


def _hover(entry: Aggregate) -> str:
    sd = "SD not given here" if entry.sd is None else f"SD {as_recorded(entry.sd)}"
    said = f"{entry.cohort}, n = {grouped(entry.n)}: mean {as_recorded(entry.value)}, {sd}"
    return sentence(safe_plotly(said), safe_plotly(entry.note), f"DOI {safe_plotly(entry.doi)}")


def _words(
    measure: _Measure,
    middle: Middle,
    given: list[Aggregate],
    suffix: str,
    upper: float,
    look: Look,
) -> list[Part]:
    """The measure over its panel, the cohorts with their n beside their rows."""
    left: Part = {"x": 0, "xref": "paper", "xshift": look.px(-142)}
    over: Part = {"y": upper, "yref": "paper", "yanchor": "bottom"}
    head: Part = over | {"yshift": look.px(2 + measure.head - _HEAD)}
    names = [f"<b>{_HERE}</b>, n = {grouped(middle.n)}"]
    names += [safe_plotly(f"{entry.cohort}, n = {grouped(entry.n)}") for entry in given]
    said = [words(look, f"<b>{measure.title}</b>", color=look.text, **left, **head)]
    if measure.t_score:
        small: Part = over | {"yshift": look.px(1), "size": 10.5}
        said.append(words(look, "WHO, for orientation", **left, **small))
        centred: Part = {"xref": f"x{suffix}", "xanchor": "center"}
        said += [words(look, number(at, 1), x=at, **centred, **small) for at in WHO_LINES]
    return said + [
        words(look, name, y=row, yref=f"y{suffix}", color=look.text if row == 0 else look.quiet, **left)
        for row, name in enumerate(names)
    ]


def _rows(measure: _Measure, own: list[tuple[int, float]], given: list[Aggregate]) -> list[tuple[Cell, ...]]:
    here = [(measure.title, _HERE, case_id, 1, value, "one patient", None, None) for case_id, value in own]
    there = [
        (measure.title, entry.cohort, None, entry.n, entry.value, "published mean", entry.sd, entry.doi)
        for entry in given
    ]
    return [*here, *there]


def _notes(view: InView, others: Sequence[Aggregate]) -> tuple[Statement | str, ...]:
    sources = "; ".join(dict.fromkeys(f"{entry.cohort}: DOI {entry.doi}" for entry in others))
    strict = PartOf.of(view.registry, EVERYONE, *STRICT.criteria)
    few = "" if view.n >= SMALLEST_N_FOR_MEDIAN else " Fewer than three patients: no median."
    return (
        state(
            "This series: {strict}, those with a documented vertebral fracture, whatever the filters; each is a point, the "
            "stroke is their median.{few}",
            strict=strict,
            few=few,
        ),
        "Context only: ◇ is a published mean (a line, where there is one, is one SD to each side) of another cohort with "
        "its own definitions, sites and machines. Nothing is pooled and no difference is tested.",
        T_SCORE_NOTE,
        f"Sources: {sources}.",
    )


def _summary(view: InView, others: Sequence[Aggregate]) -> Statement:
    """Each measure in words: this series with its n, then the published means."""
    parts = []
    for measure in _MEASURES:
        given = [entry for entry in others if entry.measure == measure.name]
        there = [f"{entry.cohort} mean {as_recorded(entry.value)} (n = {grouped(entry.n)})" for entry in given]
        here = state("{measure}: this series {middle}", measure=measure.title, middle=_middle(measure, view))
        parts.append(together([here, *there], "; "))
    start = state("{n} with a documented vertebral fracture beside published means. ", n=view.patients)
    return start + together(parts, ". ") + Statement(".")
