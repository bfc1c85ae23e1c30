"""T-scores at a glance: a row for each site with the WHO's lines, every patient a dot, or quantile bars where they are many."""

from plro_core.cohort import EVERYONE, Cohort, Criterion
from plro_core.counts import counts
from plro_core.figures.chart import Chart, compose, empty_chart
from plro_core.figures.glance.small import (
    HEIGHT,
    MOST_ROWS,
    Line,
    dimmed,
    each_drawn,
    piece,
    row_names,
    rows_axis,
    whom,
)
from plro_core.figures.points import InView, in_view, sentence
from plro_core.figures.style import LIGHT, Look, Part, base_layout, quiet_axis
from plro_core.statements import Share, Statement, chosen_by, only, state, together
from plro_core.statistics import quantile
from plro_core.store import Registry
from plro_core.tables import Column
from plro_core.text import number, safe_plotly
from plro_core.vocabulary import Range, Variable
from plro_core.vocabulary.standard import T_SCORE_NOTE
from plro_core.vocabulary.thresholds import WHO_LOWER, WHO_UPPER

_QUESTION = "How low is bone density?"
_COLUMNS = (Column("case_id", "Patient", "integer"), Column("site", "Site"), Column("score", "T-score", "number", 1))
_COUNTED = (Column("site", "Site"), Column("score", "T-score", "number", 1), Column("n", "Patients", "integer"))


def scores_at_a_glance(
    registry: Registry, cohort: Cohort = EVERYONE, *, highlight: int | None = None, look: Look = LIGHT
) -> Chart:
    """T-scores by site with the lines at −1 and −2.5: a dot for each patient, or quantile bars where they are many."""
    sites = registry.vocabulary.scores[:MOST_ROWS]
    view = in_view(registry, Cohort(cohort.who), sites, visits=False)
    if not view.n:
        return empty_chart(registry, "scores_at_a_glance", _QUESTION, _COLUMNS, look)
    highlight, each = view.chosen(highlight), each_drawn(view)
    held = [site for site in sites if view.frequency(site.name, None).n]
    if not held:
        why = "No T-score is recorded."
        return empty_chart(registry, "scores_at_a_glance", _QUESTION, _COLUMNS, look, why)
    drawn = _dots(view, held, highlight, look) if each else _spreads(view, held, look)
    return compose(
        registry,
        "scores_at_a_glance",
        _title(view, held),
        traces=[*drawn, _low_marks(view, held)],
        layout=_layout(view, held, look),
        summary=_summary(view, held),
        columns=_COLUMNS if each else _COUNTED,
        rows=_rows(view, held, each),
        look=look,
        notes=_notes(view, each),
        who=whom(view, highlight, each),
    )


def _rows(view: InView, sites: list[Variable], each: bool) -> list[tuple[int | str, str | float, float | None]]:
    if each:
        return [(case["case_id"], site.label, case[site.name]) for site in sites for case in view.cases]
    return [(site.label, value, n) for site in sites for value, n in view.frequency(site.name, None).values.items()]


def _layout(view: InView, sites: list[Variable], look: Look) -> Part:
    low, high = _ends(view)
    lines = {WHO_LOWER.bound: "end", WHO_UPPER.bound: "start"}
    ticks = [*lines, 0.0]
    return base_layout(
        look,
        HEIGHT,
        {"l": 2, "r": 4, "t": 4, "b": 22},
        xaxis=quiet_axis(
            look,
            range=[low, high],
            tickvals=ticks,
            ticktext=[number(tick, 1 if tick % 1 else 0) for tick in ticks],
            tickfont={"size": look.type(11), "color": look.quiet},
            showgrid=False,
        ),
        yaxis=rows_axis(len(sites), look),
        shapes=[
            {
                "type": "line",
                "layer": "below",
                "x0": at,
                "x1": at,
                "y0": 0,
                "y1": 1,
                "yref": "paper",
                "line": {"color": look.quiet, "width": look.px(1.1), "dash": "dot"},
            }
            for at in lines
        ],
        annotations=row_names([_line(view, site) for site in sites], look),
    )


def _ends(view: InView) -> tuple[float, float]:
    """From a little below the lowest score of the whole registry to a little above the highest: no filter moves the axis."""
    everybody = counts(view.registry, view.measured)
    held = [value for frequency in everybody.values() for value in frequency.values]
    return min([*held, WHO_LOWER.bound - 0.5]) - 0.3, max([*held, 0.0]) + 0.15


def _low(view: InView, site: Variable) -> Share:
    return view.share(_criterion(site))


def _criterion(site: Variable) -> Criterion:
    return Criterion(site, (Range(None, WHO_LOWER.bound),))


def _line(view: InView, site: Variable) -> Line:
    share = _low(view, site)
    return Line(site.short_label, f"{share.bare} ≤ {number(WHO_LOWER.bound, 1)}")


def _dots(view: InView, sites: list[Variable], highlight: int | None, look: Look) -> list[Part]:
    """Every patient's score; those of one value stand over each other."""
    points: list[tuple[int, float, float, Variable]] = []
    step = min(0.13, 0.5 / max(max(view.frequency(site.name, None).values.values()) for site in sites))
    for index, site in enumerate(sites):
        seen: dict[float, int] = {}
        for case in view.cases:
            value = case[site.name]
            if value is not None:
                place = seen[value] = seen.get(value, -1) + 1
                lift = (1 if place % 2 else -1) * ((place + 1) // 2) * step
                points.append((case["case_id"], value, index + 0.16 + lift, site))
    points.sort(key=lambda point: point[0] == highlight)
    colours = [_colour(case_id, value, highlight, look) for case_id, value, _, _ in points]
    return [
        {
            "mode": "markers",
            "name": "T-scores",
            "x": [value for _, value, _, _ in points],
            "y": [at for _, _, at, _ in points],
            "customdata": [case_id for case_id, *_ in points],
            "hovertext": [
                sentence(f"Patient {case_id}: {safe_plotly(site.words)} {site.written(value)}")
                for case_id, value, _, site in points
            ],
            "marker": {"color": colours, "size": look.px(8 if len(view.cases) <= 20 else 6)},
        }
    ]


def _colour(case_id: int, value: float, highlight: int | None, look: Look) -> str:
    if case_id == highlight:
        return look.text
    hue = look.accent if value <= WHO_LOWER.bound else look.line
    return look.tint(hue, 0.35 if dimmed(case_id, highlight) else 0.85)


def _spreads(view: InView, sites: list[Variable], look: Look) -> list[Part]:
    """The middle four fifths thin, the middle half thick, the median as a mark of everybody's scores at each site."""
    traces = []
    for width, strength, (low, high) in ((4.0, 0.35, (0.1, 0.9)), (11.0, 0.6, (0.25, 0.75))):
        x: list[float | None] = []
        y: list[float | None] = []
        for index, site in enumerate(sites):
            found = view.frequency(site.name, None)
            x += [quantile(found, low), quantile(found, high), None]
            y += [index + 0.18, index + 0.18, None]
        line = {"color": look.tint(look.accent, strength), "width": look.px(width)}
        traces.append({"mode": "lines", "name": "Spread", "x": x, "y": y, "line": line, "hoverinfo": "skip"})
    middles = [(index, site, view.middle(site)) for index, site in enumerate(sites)]
    shown = [(index, site, middle) for index, site, middle in middles if middle.median is not None]
    traces.append(
        {
            "mode": "markers",
            "name": "Median",
            "x": [middle.median for *_, middle in shown],
            "y": [index + 0.18 for index, *_ in shown],
            "customdata": [piece(Criterion(site, negated=True)) for _, site, _ in shown],
            "hovertext": [sentence(f"{safe_plotly(site.words)}: {middle.words}") for _, site, middle in shown],
            "marker": {
                "color": look.text,
                "size": look.px(9),
                "symbol": "line-ns-open",
                "line": {"width": look.px(2.5)},
            },
        }
    )
    return traces


def _low_marks(view: InView, sites: list[Variable]) -> Part:
    """Over what is counted of each site a mark that stands for those patients."""
    _, high = _ends(view)
    return {
        "mode": "markers",
        "name": "At or below the lower line",
        "x": [high - 0.25] * len(sites),
        "y": [index - 0.24 for index in range(len(sites))],
        "customdata": [piece(_criterion(site)) for site in sites],
        "hovertext": [
            sentence(f"{safe_plotly(site.words)} at or below {number(WHO_LOWER.bound, 1)}: {_low(view, site).words}")
            for site in sites
        ],
        "marker": {"color": "rgba(0,0,0,0)", "size": 18},
    }


def _title(view: InView, sites: list[Variable]) -> Statement:
    """How many have a score at or below the WHO's lower line at the first site; a choice by a score is said instead."""
    if chosen := chosen_by(view.cohort, (*view.vocabulary.scores, *view.vocabulary.z_scores)):
        return only(_QUESTION, chosen)
    return state(
        "{site} at or below {line} in {share}",
        site=sites[0].label,
        line=number(WHO_LOWER.bound, 1),
        share=_low(view, sites[0]),
    )


def _summary(view: InView, sites: list[Variable]) -> Statement:
    parts = (
        state(
            "{site}: {middle}, at or below {line} in {share}",
            site=site.label,
            middle=view.middle(site),
            line=number(WHO_LOWER.bound, 1),
            share=_low(view, site),
        )
        for site in sites
    )
    start = state("T-scores of {patients} by site.", patients=view.patients)
    return together([start, state("{sites}.", sites=together(parts, "; "))], " ")


def _notes(view: InView, each: bool) -> tuple[str, ...]:
    form = (
        "" if each else "Bars hold the middle half and the middle four fifths of everybody; the stroke is the median."
    )
    return (T_SCORE_NOTE, form)
