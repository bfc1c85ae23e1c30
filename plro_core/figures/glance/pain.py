"""Pain at a glance: a thread for each patient with the median on top, or quantile bands where they are many."""

from collections.abc import Sequence

from plro_core.cohort import EVERYONE, Cohort, Criterion
from plro_core.counts import ALL
from plro_core.figures.chart import Chart, compose, empty_chart
from plro_core.figures.glance.small import HEIGHT, dimmed, each_drawn, piece, whom
from plro_core.figures.points import InView, in_view, place, sentence, when
from plro_core.figures.style import LIGHT, Look, Part, base_layout, quiet_axis, words
from plro_core.statements import Statement, chosen_by, only, state, together
from plro_core.statistics import SMALLEST_N_FOR_MEDIAN, quantile
from plro_core.store import Registry
from plro_core.tables import Column
from plro_core.text import grouped, number, safe_plotly, short, visit_name

_QUESTION = "How fast does pain fall?"
_COLUMNS = (
    Column("case_id", "Patient", "integer"),
    Column("month", "Month", "integer"),
    Column("vas", "VAS", "number"),
)
_COUNTED = (Column("month", "Month", "integer"), Column("vas", "VAS", "number"), Column("n", "Patients", "integer"))
#: The bands, widest first: from this share of the values to that.
_BANDS = ((0.1, 0.9), (0.25, 0.75))
#: The share of the axis from one named visit to the next, on a page and on a stage.
_NEXT, _NEXT_ON_STAGE = 0.13, 0.06


def pain_at_a_glance(
    registry: Registry, cohort: Cohort = EVERYONE, *, highlight: int | None = None, look: Look = LIGHT
) -> Chart:
    """Pain at each visit: a thread for each patient with the median, or bands of quantiles where they are many."""
    view = in_view(registry, cohort, [registry.vocabulary.variable("vas", "visits")])
    if not view.n:
        return empty_chart(registry, "pain_at_a_glance", _QUESTION, _COLUMNS, look)
    highlight, each = view.chosen(highlight), each_drawn(view)
    told = view.all_visits_shown
    traces = _threads(view, highlight, look) if each else _bands(view, look) if told else []
    return compose(
        registry,
        "pain_at_a_glance",
        _title(view),
        traces=[*traces, *(_median(view, look) if told else [])],
        layout=_layout(view, look),
        summary=_summary(view),
        columns=_COLUMNS if each else _COUNTED,
        rows=_rows(view, each),
        look=look,
        notes=_notes(view, each),
        who=whom(view, highlight, each),
    )


def _rows(view: InView, each: bool) -> list[tuple[int, float, float | None]]:
    name = view.vas.name
    if each:
        return [(row["case_id"], row["month"], row[name]) for row in view.visits]
    return [
        (month, value, count) for month in view.months for value, count in view.frequency(name, month).values.items()
    ]


def _threads(view: InView, highlight: int | None, look: Look) -> list[Part]:
    """One quiet line a patient, broken where a visit has no value."""
    traces = []
    for case_id in sorted(view.ids, key=lambda case_id: case_id == highlight):
        values = [view.value(case_id, month, view.vas.name) for month in view.months]
        strong = case_id == highlight
        few = len(view.ids) < SMALLEST_N_FOR_MEDIAN and not dimmed(case_id, highlight)
        colour = (
            look.text
            if strong
            else look.accent
            if few
            else look.tint(look.line, 0.35 if dimmed(case_id, highlight) else 1.0)
        )
        traces.append(
            {
                "mode": "lines+markers",
                "name": f"Patient {case_id}",
                "x": list(view.months),
                "y": values,
                "customdata": [case_id] * len(view.months),
                "hovertext": [
                    sentence(
                        f"Patient {case_id}, {when(month)}: VAS {view.vas.written(value)}",
                        place(view.visit(case_id, month)),
                    )
                    for month, value in zip(view.months, values, strict=True)
                ],
                "line": {"color": colour, "width": look.px(2.2 if strong else 1.1)},
                "marker": {"color": colour, "size": look.px(6 if strong else 4)},
            }
        )
    return traces


def _bands(view: InView, look: Look) -> list[Part]:
    """Bands between quantiles of everybody at each visit, the middle half in the stronger tone."""
    found = [(month, view.frequency(view.vas.name, month)) for month in view.months]
    held = [(month, frequency) for month, frequency in found if frequency.n]
    traces = []
    for (low, high), strength in zip(_BANDS, (0.16, 0.34), strict=True):
        lower = [quantile(frequency, low) for _, frequency in held]
        upper = [quantile(frequency, high) for _, frequency in held]
        months = [month for month, _ in held]
        traces.append(
            {
                "mode": "lines",
                "name": f"Middle {number(100 * (high - low))} %",
                "x": [*months, *reversed(months)],
                "y": [*upper, *reversed(lower)],
                "fill": "toself",
                "fillcolor": look.tint(look.accent, strength),
                "line": {"width": 0, "color": look.tint(look.accent, strength)},
                "hoverinfo": "skip",
            }
        )
    return traces


def _median(view: InView, look: Look) -> list[Part]:
    """The median at each visit; each of its points stands for the patients who have a value then."""
    held = [(month, view.median(view.vas.name, month)) for month in view.months]
    points = [(month, middle) for month, middle in held if middle is not None]
    if not points:
        return []
    recorded = [Criterion(view.vas, negated=True, month=month) for month, _ in points]
    return [
        {
            "mode": "lines+markers",
            "name": "Median",
            "x": [month for month, _ in points],
            "y": [middle for _, middle in points],
            "customdata": [piece(criterion) for criterion in recorded],
            "hovertext": [
                sentence(
                    f"{visit_name(month)}: median {view.vas.written(middle)}, n = {grouped(view.frequency(view.vas.name, month).n)}"
                )
                for month, middle in points
            ],
            "line": {"color": look.accent, "width": look.px(3.2)},
            "marker": {"color": look.accent, "size": look.px(7)},
        }
    ]


def _layout(view: InView, look: Look) -> Part:
    low, high = _scale(view)
    months = view.months
    named = _named(months, look)
    return base_layout(
        look,
        HEIGHT,
        {"l": 26, "r": 30, "t": 12, "b": 34},
        xaxis=quiet_axis(
            look,
            range=[months[0] - 0.03 * _length(months), months[-1] + 0.03 * _length(months)],
            tickvals=named,
            ticktext=[
                f"{month} mo<br>{short(view.frequency(view.vas.name, month).n)}"
                if month
                else f"0<br>{short(view.frequency(view.vas.name, month).n)}"
                for month in named
            ],
            tickfont={"size": look.type(11), "color": look.quiet},
            tickangle=0,
        ),
        yaxis=quiet_axis(
            look,
            range=[low - 0.04 * (high - low), high + 0.04 * (high - low)],
            tickvals=[low, (low + high) / 2, high],
            tickfont={"size": look.type(11), "color": look.quiet},
        ),
        annotations=[*_ends(view, look), _axis_words(look)],
    )


def _named(months: Sequence[int], look: Look) -> list[int]:
    """The visits that have room for their names below the axis: the first, the last, and those between that do not touch."""
    least = _length(months) * (_NEXT_ON_STAGE if look.stage else _NEXT)
    named = [months[0]]
    for month in months[1:-1]:
        if month - named[-1] >= least and months[-1] - month >= least:
            named.append(month)
    return [*named, months[-1]] if len(months) > 1 else named


def _length(months: Sequence[int]) -> int:
    return max(months[-1] - months[0], 1)


def _axis_words(look: Look) -> Part:
    """What the second line below the axis counts."""
    return words(
        look,
        "n",
        x=0,
        xref="paper",
        xanchor="right",
        xshift=-look.px(10),
        y=0,
        yref="paper",
        yanchor="top",
        yshift=-look.px(18),
        size=11,
    )


def _scale(view: InView) -> tuple[float, float]:
    """From the least to the most that the scale of pain allows, whoever is in view."""
    known = view.vas.plausible
    return (known.low or 0.0, known.high or 10.0) if known else (0.0, 10.0)


def _ends(view: InView, look: Look) -> list[Part]:
    """The first and the last median, said on the line; of fewer than three patients there is none."""
    if not view.all_visits_shown:
        return []
    found = [(month, view.median(view.vas.name, month)) for month in view.months]
    points = [(month, middle) for month, middle in found if middle is not None]
    if not points:
        return []
    said = []
    for index, (month, middle) in enumerate([points[0], points[-1]][: len(points)]):
        side: Part = (
            {"xanchor": "left", "xshift": look.px(7)}
            if index
            else {"xanchor": "left", "xshift": look.px(6), "yshift": look.px(8)}
        )
        said.append(
            words(
                look,
                f"<b>{view.vas.written(middle)}</b>",
                x=month,
                y=middle,
                size=13,
                color=look.ink(look.accent),
                **side,
            )
        )
    return said


def _title(view: InView) -> Statement:
    """How pain goes from the first to the last visit in view, in those who have both; a choice by it is said instead."""
    if chosen := chosen_by(view.cohort, [view.vas]):
        return only(_QUESTION, chosen)
    if len(view.months) < 2 or not view.frequency(view.vas.name, view.months[0]).n:
        return Statement(_QUESTION)
    first, last = view.months[0], view.months[-1]
    course = view.courses(view.vas, first, last)[ALL]
    return (
        state(
            "{name} from {first} to {last}: {course}",
            name=safe_plotly(view.vas.label),
            first=when(first),
            last=when(last),
            course=course,
        )
        if course.n
        else Statement(_QUESTION)
    )


def _summary(view: InView) -> Statement:
    start = state("{name} at each visit of {patients}.", name=view.vas.label, patients=view.patients)
    if not view.all_visits_shown:
        return start
    visits = (
        state("{visit} {middle}", visit=when(month), middle=view.middle(view.vas, month)) for month in view.months
    )
    return together([start, state("{visits}.", visits=together(visits, "; "))], " ")


def _notes(view: InView, each: bool) -> tuple[str | Statement, ...]:
    visits = [note for note in view.notes if "oints are drawn" not in note.text]
    form = (
        "A thread is a patient; the thick line is the median of everybody at a visit."
        if each
        else "Bands hold the middle half and the middle four fifths of everybody at a visit; the line is the median."
    )
    return (*visits, form, view.median_note)
