"""One patient's whole record on one time axis: pain, laboratory values, and what was given when."""

from collections.abc import Iterator
from dataclasses import dataclass

from plro_core import lookups
from plro_core.cohort import EVERYONE, Cohort
from plro_core.figures.bands import held_against, line_notes, range_shapes
from plro_core.figures.chart import Chart, compose, empty_chart
from plro_core.figures.flags import flag_words
from plro_core.figures.points import place, sentence, when
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
from plro_core.figures.treatments import dose_words, doubt_words
from plro_core.lookups import Record
from plro_core.store import Registry
from plro_core.tables import Cell, Column
from plro_core.tables.notes import reference_note
from plro_core.tables.ranges import caveats_of
from plro_core.text import as_recorded, listed, safe_plotly, visit_name
from plro_core.vocabulary import Variable, Vocabulary

_WEEKS_A_MONTH = 365.25 / 12 / 7
_QUESTION = "What is recorded of this patient?"
_COLUMNS = (
    Column("case_id", "Patient", "integer"),
    Column("month", "Month", "integer"),
    Column("measure", "Measure"),
    Column("value", "Value", "number", None),
    Column("unit", "Unit"),
    Column("printed_flag", "Printed arrow"),
    Column("computed_flag", "Computed flag"),
    Column("source", "Source"),
)
_PANEL, _HEADER, _ROW, _MONTHS, _EDGE = 84.0, 28.0, 27.0, 34.0, 8.0


@dataclass(frozen=True)
class _Place:
    """Where a panel lies: the suffixes of its axes' names, and its place as fractions of the figure."""

    x: str
    y: str
    across: tuple[float, float]
    upright: tuple[float, float]

    @property
    def axes(self) -> Part:
        return {"xaxis": f"x{self.x}", "yaxis": f"y{self.y}"}

    @property
    def over(self) -> Part:
        """For words over the panel, from its left end."""
        return {
            "x": self.across[0], "xref": "paper", "y": self.upright[1], "yref": "paper", "yanchor": "bottom",
        }  # fmt: skip


@dataclass(frozen=True)
class _Plan:
    """The figure's height, a panel for each measure, the panel of the treatments, and where the months are written."""

    height: float
    measures: tuple[_Place, ...]
    treatments: _Place
    months: float


def _plan(panels: int, treatments: int, wide: bool) -> _Plan:
    """One column with the treatments at the foot; on a wide screen three columns, of which they are the last."""
    rows = 3 if wide else panels
    columns = [(0.0, 0.27), (0.335, 0.605), (0.7, 1.0)] if wide else [(0.0, 1.0)]
    body, bars = rows * (_PANEL + _HEADER), _HEADER + _ROW * treatments
    height = (max(body, bars) if wide else body + bars + _EDGE) + _MONTHS + _EDGE

    def at(index: int, column: int, top: float, panel: float) -> _Place:
        upper = 1 - (top + _HEADER) / height
        lower = max(0.0, min(upper - panel / height, upper - 0.001))
        return _Place(_suffix(column), _suffix(index), columns[column], (lower, upper))

    measures = tuple(at(index, index // rows, index % rows * (_PANEL + _HEADER), _PANEL) for index in range(panels))
    last = at(panels, len(columns) - 1, 0 if wide else body + _MONTHS, _ROW * treatments)
    return _Plan(height, measures, last, 1 - body / height)


def patient_timeline(
    registry: Registry,
    cohort: Cohort = EVERYONE,
    *,
    case_id: int,
    group: Variable | None = None,
    highlight: int | None = None,
    look: Look = LIGHT,
) -> Chart:
    """The whole record of one patient, in or out of the cohort: VAS, five laboratory values, treatments.

    Months run from baseline, the time of diagnosis; treatments are stored in weeks from diagnosis.
    """
    record = lookups.patient(registry, case_id)
    if not record["cases"]:
        return empty_chart(registry, "patient_timeline", _QUESTION, _COLUMNS, look)
    case, visits, given = record["cases"][0], _with_places(registry, case_id, record["visits"]), record["treatments"]
    doubts = {table: lookups.uncertain_cells(registry, table) for table in ("visits", "treatments")}
    given = [row | {"doubt": _doubt(row, doubts["treatments"])} for row in given]
    dated = [row for row in given if row["start"] is not None]
    undated = [row for row in given if row["start"] is None]
    measured = registry.vocabulary.measured
    months = tuple(sorted({*registry.vocabulary.months, *(row["month"] for row in visits)}))
    plan = _plan(len(measured), len(dated), look.wide)
    axes: dict[str, Part] = {}
    traces: list[Part] = []
    annotations: list[Part] = []
    shapes: list[Part] = []
    for at in (*plan.measures, plan.treatments):
        axes[f"xaxis{at.x}"] = _months_axis(months, at, look)
    for measure, at in zip(measured, plan.measures, strict=True):
        axes[f"yaxis{at.y}"] = _value_axis(visits, measure, look) | _upright(at)
        traces += _series(case_id, visits, measure, at, months, doubts["visits"], look)
        annotations += _header(measure, visits, at, look)
        shapes += range_shapes(measure, look, {"xref": "paper", "x0": at.across[0], "x1": at.across[1]}, f"y{at.y}")
    axes[f"yaxis{plan.treatments.y}"] = quiet_axis(look, range=[len(dated) - 0.7, -0.7], visible=False) | _upright(
        plan.treatments
    )
    traces += _bars(case_id, dated, plan.treatments, months, look)
    for column in dict.fromkeys(at.x for at in (*plan.measures, plan.treatments)):
        annotations += _months(months, look, column, plan.months)
    annotations += _treatment_words(dated, plan.treatments, look)
    shapes += _pain_control(case, look)
    annotations += _pain_control_words(registry.stated_word, case, look)
    layout = base_layout(
        look, plan.height, {"l": 40, "r": 14, "t": 0, "b": 0}, annotations=annotations, shapes=shapes, **axes
    )
    return compose(
        registry,
        "patient_timeline",
        _title(case_id, visits),
        traces=traces,
        layout=layout,
        summary=_summary(registry.vocabulary, case, visits, given),
        columns=_COLUMNS,
        rows=_rows(registry.vocabulary, visits),
        notes=_notes(registry, undated, case),
        look=look,
    )


def _suffix(index: int) -> str:
    return "" if index == 0 else str(index + 1)


def _months_axis(months: tuple[int, ...], at: _Place, look: Look) -> Part:
    end = months[-1] + 0.55
    x = quiet_axis(look, range=[-0.3, end], tickvals=list(months), showticklabels=False)
    return x | {"anchor": "free", "position": 0, "domain": list(at.across)}


def _upright(at: _Place) -> Part:
    return {"domain": list(at.upright), "anchor": f"x{at.x}"}


def _with_places(registry: Registry, case_id: int, visits: list[Record]) -> list[Record]:
    """The visits with the place in the source that each was read from."""
    places = registry.records(
        "SELECT split_part(key, '/', 2) AS month, any_value(source) AS source_row FROM provenance "
        "WHERE \"table\" = 'visits' AND \"column\" = 'vas' AND split_part(key, '/', 1) = ? GROUP BY 1",
        [str(case_id)],
    )
    by_month = {row["month"]: row["source_row"] for row in places}
    return [visit | {"source_row": by_month.get(str(visit["month"]))} for visit in visits]


def _rows(words: Vocabulary, visits: list[Record]) -> Iterator[tuple[Cell, ...]]:
    for measure in words.measured:
        for visit in visits:
            value = visit[measure.name]
            printed = visit.get(f"{measure.name}_flag")
            where = place(visit)
            yield (
                visit["case_id"],
                visit["month"],
                measure.label,
                value,
                measure.stated_unit,
                printed,
                measure.flag(value),
                where,
            )


def _value_axis(visits: list[Record], measure: Variable, look: Look) -> Part:
    if measure.name == "vas":
        return quiet_axis(
            look, range=[-0.8, 12], tickvals=[0, 5, 10], tickfont={"size": look.px(11), "color": look.quiet}
        )
    ends = [visit[measure.name] for visit in visits if visit[measure.name] is not None]
    ends += held_against(measure)
    low, high = (min(ends), max(ends)) if ends else (0.0, 1.0)
    air = (high - low or 1) * 0.14
    return quiet_axis(
        look, range=[low - air, high + 2.6 * air], nticks=4, tickfont={"size": look.px(11), "color": look.quiet}
    )


def _doubt(row: Record, origins: dict[tuple[str, str], Record]) -> str:
    """What is uncertain about an intervention, in words; empty where it is as the source gives it."""
    origin = origins.get((f"{row['case_id']}/{row['kind']}/{row['agent']}", "agent"))
    return doubt_words(origin) if origin else ""


def _series(
    case_id: int,
    visits: list[Record],
    measure: Variable,
    at: _Place,
    months: tuple[int, ...],
    doubts: dict[tuple[str, str], Record],
    look: Look,
) -> list[Part]:
    """The patient's values of one measure with the number beside each, a ring where out of range, the printed arrow."""
    uncertain = [doubts.get((f"{case_id}/{month}", measure.name)) for month in months]
    by_month = {visit["month"]: visit for visit in visits}
    values = [by_month[month][measure.name] if month in by_month else None for month in months]
    flags = [by_month[month].get(f"{measure.name}_flag") if month in by_month else None for month in months]
    hue, symbol = patient_colour(case_id), patient_symbol(case_id)
    texts = [
        "" if value is None else f"{measure.written(value)}{ {'H': ' ↑', 'L': ' ↓'}.get(flag or '', '') }"
        for value, flag in zip(values, flags, strict=True)
    ]
    line: Part = {
        "mode": "lines+markers+text",
        "name": measure.words,
        "connectgaps": False,
        "x": list(months),
        "y": values,
        "text": texts,
        "textposition": ["top right"] * (len(months) - 1) + ["top center"],
        "textfont": {"size": look.px(12), "color": look.text},
        "customdata": [[case_id, month] for month in months],
        "hovertext": [
            "" if value is None else _hover(by_month[month], measure, value, flag, origin)
            for month, value, flag, origin in zip(months, values, flags, uncertain, strict=True)
        ],
        "line": {"color": hue, "width": look.px(2)},
        "marker": {
            "color": hue,
            "symbol": [f"{symbol}-open-dot" if origin else symbol for origin in uncertain],
            "size": symbol_size(symbol, look.px(8)),
            "line": {"color": hue, "width": look.px(1.4)},
        },
    }
    outside = [(month, value) for month, value in zip(months, values, strict=True) if measure.flag(value)]
    ring: Part = {
        "mode": "markers",
        "name": "Outside the range",
        "hoverinfo": "skip",
        "x": [month for month, _ in outside],
        "y": [value for _, value in outside],
        "customdata": [[case_id, month] for month, _ in outside],
        "marker": {
            "symbol": "circle-open",
            "size": look.px(16),
            "color": look.accent,
            "line": {"width": look.px(2), "color": look.accent},
        },
    }
    return [trace | at.axes for trace in ([line, ring] if outside else [line])]


def _hover(visit: Record, measure: Variable, value: float, flag: str | None, origin: Record | None) -> str:
    unit = f" {measure.unit}" if measure.unit else ""
    said = f"{visit_name(visit['month'])}: {measure.words} {measure.written(value)}{unit}"
    flags = "" if measure.name == "vas" else flag_words(measure, value, flag)
    return sentence(
        f"Patient {visit['case_id']}, {said[:1].lower()}{said[1:]}",
        flags,
        doubt_words(origin) if origin else "",
        place(visit),
    )


def _header(measure: Variable, visits: list[Record], at: _Place, look: Look) -> list[Part]:
    unit = safe_plotly(measure.stated_unit)
    known = measure.reference
    range_text = safe_plotly(f" · {known.words} ({known.by})") if known else ""
    name = f'<b><span style="color:{look.text}">{safe_plotly(measure.words[:1].upper() + measure.words[1:])}</span></b>'
    said = f"{name} {unit if not range_text else ''}{range_text}"
    if not any(visit[measure.name] is not None for visit in visits):
        said += " · not recorded"
    elif measure.name == "magnesium":
        said += " · analyte uncertain"
    return [words(look, said, xshift=look.px(-34), yshift=look.px(2), **at.over)]


def _months(months: tuple[int, ...], look: Look, column: str, at: float) -> list[Part]:
    """The visits under a column; on a wide screen, where columns are narrow for their type, by number."""
    numbers = {month: str(month) if month else "month 0" for month in months}
    shift = {0: -16, 1: 3}
    return [
        words(
            look,
            numbers[month] if look.wide else visit_name(month),
            x=month,
            xref=f"x{column}",
            y=at,
            yref="paper",
            yanchor="top",
            xanchor="center",
            color=look.text,
            xshift=look.px(shift.get(month, 0)),
            yshift=look.px(-4),
        )
        for month in months
    ]


def _bars(case_id: int, dated: list[Record], at: _Place, months: tuple[int, ...], look: Look) -> list[Part]:
    """A bar for each dated treatment; without a stated end it runs on as a thin line to an arrow."""
    hue, end = patient_colour(case_id), months[-1] + 0.3
    traces = []
    for row, treatment in enumerate(dated):
        start = treatment["start"] / _WEEKS_A_MONTH
        open_end = treatment["stop"] is None
        stop = end if open_end else treatment["stop"] / _WEEKS_A_MONTH
        text = _treatment_hover(treatment)
        traces.append(
            {
                "mode": "lines+markers",
                "x": [start, stop],
                "y": [row, row],
                **at.axes,
                "customdata": [[case_id], [case_id]],
                "hovertext": [text, text],
                "line": {"color": look.tint(hue, 0.35 if open_end else 0.8), "width": look.px(2 if open_end else 7)},
                "marker": {
                    "symbol": [
                        "circle-open" if treatment["doubt"] else "circle",
                        "triangle-right" if open_end else "circle",
                    ],
                    "size": [look.px(8), look.px(9 if open_end else 7)],
                    "color": [hue, look.tint(hue, 0.35 if open_end else 0.8)],
                    "line": {"color": hue, "width": look.px(1.6) if treatment["doubt"] else 0},
                },
            }
        )
    return traces


def _treatment_hover(row: Record) -> str:
    start, stop = row["start"], row["stop"]
    span = f"from week {as_recorded(start)}" + (
        f" to week {as_recorded(stop)} from diagnosis" if stop is not None else " from diagnosis; end not stated"
    )
    return sentence(
        safe_plotly(f"Patient {row['case_id']}: {row['agent']}"), safe_plotly(dose_words(row)), span, row["doubt"]
    )


def _treatment_words(dated: list[Record], at: _Place, look: Look) -> list[Part]:
    if not dated:
        return []
    title = f'<b><span style="color:{look.text}">Treatments</span></b> from diagnosis; an arrow: end not stated'
    said = [words(look, title, xshift=look.px(-34), yshift=look.px(2), **at.over)]
    for row, treatment in enumerate(dated):
        dose = dose_words(treatment)
        text = f"{treatment['agent']}, {dose}" if dose else treatment["agent"]
        where: Part = {"x": 0, "xref": f"x{at.x}", "y": row, "yref": f"y{at.y}"}
        shift: Part = {"xshift": look.px(-4), "yshift": look.px(11)}
        said.append(words(look, safe_plotly(text), color=look.text, size=11, **where, **shift))
    return said


def _pain_control(case: Record, look: Look) -> list[Part]:
    months = case["pain_control_months"]
    if months is None:
        return []
    line = {"color": look.accent, "width": look.px(1.5), "dash": "dash"}
    return [
        {
            "type": "line",
            "x0": months,
            "x1": months,
            "y0": 0,
            "y1": 1,
            "yref": "y domain",
            "line": line,
            "layer": "below",
        }
    ]


def _pain_control_words(stated: str, case: Record, look: Look) -> list[Part]:
    months = case["pain_control_months"]
    if months is None:
        return []
    text = f"pain control<br>{as_recorded(months)} months,<br>as {stated}"
    return [words(look, text, x=months, y=11.5, yanchor="top", xshift=look.px(5), color=look.accent, size=11)]


def _title(case_id: int, visits: list[Record]) -> str:
    found = [(visit["month"], visit["vas"]) for visit in visits if visit["vas"] is not None]
    if len(found) < 2:
        return f"Patient {case_id}"
    (first, before), (last, after) = found[0], found[-1]
    return f"Patient {case_id}: VAS {before} at {when(first)}, {after} at {when(last)}"


def _notes(registry: Registry, undated: list[Record], case: Record) -> tuple[str, ...]:
    words = registry.vocabulary
    weeks = words.variable("weeks_postpartum", "cases")
    notes = [
        "Shaded: reference range, for orientation. ↑ and ↓ are printed arrows; a ring is a value outside the range.",
        "A hollow mark is uncertain (inferred, assumed or in conflict), as its hover says.",
        *line_notes(words.labs),
        *reference_note(registry, words.labs),
        *caveats_of(words.labs, weeks, [case[weeks.name]] if case[weeks.name] is not None else []),
    ]
    if case["pain_control_months"] is not None:
        notes.append(words.variable("pain_control_months", "cases").note)
    if undated:
        notes.append(f"Given without a stated date: {listed([row['agent'] for row in undated])}.")
    return tuple(notes)


def _summary(words: Vocabulary, case: Record, visits: list[Record], given: list[Record]) -> str:
    parts = []
    for measure in words.measured:
        found = [
            f"{when(visit['month'])} {measure.written(visit[measure.name])}"
            for visit in visits
            if visit[measure.name] is not None
        ]
        parts.append(f"{measure.words} ({measure.stated_unit}): {', '.join(found) or 'not recorded'}")
    got = listed([row["agent"] for row in given]) or "none documented"
    return f"Patient {case['case_id']}, {len(visits)} visits. {'. '.join(parts)}. Treatments: {got}."
