"""One patient's whole record on one time axis: pain, laboratory values, and what was given when."""

from collections.abc import Iterator

from plro_core import lookups
from plro_core.cohort import EVERYONE, Cohort
from plro_core.figures.bands import held_against, line_notes, range_shapes
from plro_core.figures.chart import Chart, compose, empty_chart
from plro_core.figures.flags import flag_words
from plro_core.figures.patient_layout import Place, plan_of
from plro_core.figures.patient_treatments import bars, pain_control, pain_control_words, treatment_words
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
from plro_core.figures.treatments import doubt_words
from plro_core.lookups import Record
from plro_core.store import Registry
from plro_core.tables import Cell, Column
from plro_core.tables.notes import reference_note
from plro_core.tables.ranges import caveats_of
from plro_core.text import counted, listed, safe_plotly, visit_name
from plro_core.vocabulary import Variable, Vocabulary

_QUESTION = "What is recorded of this patient?"


def _columns(registry: Registry) -> tuple[Column, ...]:
    return (
        Column("case_id", "Patient", "integer"),
        Column("month", "Month", "integer"),
        Column("measure", "Measure"),
        Column("value", "Value", "number", None),
        Column("unit", "Unit"),
        Column("printed_flag", registry.flag_word.capitalize()),
        Column("computed_flag", "Computed flag"),
        Column("source", "Source"),
    )


def patient_timeline(
    registry: Registry,
    cohort: Cohort = EVERYONE,
    *,
    case_id: int,
    look: Look = LIGHT,
) -> Chart:
    """The whole record of one patient, in or out of the cohort: VAS, laboratory values, treatments.

    Months run from baseline, the time of diagnosis; treatments are stored in weeks from diagnosis.
    """
    record = lookups.patient(registry, case_id)
    if not record["cases"]:
        return empty_chart(registry, "patient_timeline", _QUESTION, _columns(registry), look)
    case, visits, given = record["cases"][0], _with_places(registry, case_id, record["visits"]), record["treatments"]
    doubts = {table: lookups.uncertain_cells(registry, table) for table in ("visits", "treatments")}
    given = [row | {"doubt": _doubt(row, doubts["treatments"])} for row in given]
    dated = [row for row in given if row["start"] is not None]
    undated = [row for row in given if row["start"] is None]
    measured = registry.vocabulary.measured
    months = tuple(sorted({*registry.vocabulary.months, *(row["month"] for row in visits)}))
    plan = plan_of(len(measured), len(dated), look.wide)
    axes: dict[str, Part] = {}
    traces: list[Part] = []
    annotations: list[Part] = []
    shapes: list[Part] = []
    for at in (*plan.measures, plan.treatments):
        axes[f"xaxis{at.x}"] = _months_axis(months, at, look)
    for measure, at in zip(measured, plan.measures, strict=True):
        axes[f"yaxis{at.y}"] = _value_axis(visits, measure, look) | _upright(at)
        traces += _series(case_id, visits, measure, at, months, doubts["visits"], registry.flagged_word, look)
        annotations += _header(measure, visits, at, look)
        shapes += range_shapes(measure, look, {"xref": "paper", "x0": at.across[0], "x1": at.across[1]}, f"y{at.y}")
    axes[f"yaxis{plan.treatments.y}"] = quiet_axis(look, range=[len(dated) - 0.7, -0.7], visible=False) | _upright(
        plan.treatments
    )
    traces += bars(case_id, dated, plan.treatments, months, look)
    for column in dict.fromkeys(at.x for at in (*plan.measures, plan.treatments)):
        annotations += _months(months, look, column, plan.months)
    annotations += treatment_words(dated, plan.treatments, look)
    shapes += pain_control(case, look)
    annotations += pain_control_words(registry.stated_word, case, look)
    layout = base_layout(
        look, plan.height, {"l": 40, "r": 14, "t": 0, "b": 0}, annotations=annotations, shapes=shapes, **axes
    )
    return compose(
        registry,
        "patient_timeline",
        _title(measured[0], case_id, visits),
        traces=traces,
        layout=layout,
        summary=_summary(registry.vocabulary, case, visits, given),
        columns=_columns(registry),
        rows=_rows(registry.vocabulary, visits),
        notes=_notes(registry, undated, case),
        look=look,
    )


def _months_axis(months: tuple[int, ...], at: Place, look: Look) -> Part:
    end = months[-1] + 0.55
    x = quiet_axis(look, range=[-0.3, end], tickvals=list(months), showticklabels=False)
    return x | {"anchor": "free", "position": 0, "domain": list(at.across)}


def _upright(at: Place) -> Part:
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
    at: Place,
    months: tuple[int, ...],
    doubts: dict[tuple[str, str], Record],
    flagged: str,
    look: Look,
) -> list[Part]:
    """The patient's values of one measure with the number beside each, a ring where out of range, the reported flag."""
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
            "" if value is None else _hover(by_month[month], measure, value, (flag, flagged), origin)
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


def _hover(visit: Record, measure: Variable, value: float, flag: tuple[str | None, str], origin: Record | None) -> str:
    unit = f" {measure.unit}" if measure.unit else ""
    said = f"{visit_name(visit['month'])}: {measure.words} {measure.written(value)}{unit}"
    flags = "" if measure.name == "vas" else flag_words(measure, value, *flag)
    return sentence(
        f"Patient {visit['case_id']}, {said[:1].lower()}{said[1:]}",
        flags,
        doubt_words(origin) if origin else "",
        place(visit),
    )


def _header(measure: Variable, visits: list[Record], at: Place, look: Look) -> list[Part]:
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


def _title(vas: Variable, case_id: int, visits: list[Record]) -> str:
    """The first and the last VAS that are recorded of her."""
    found = [f"{vas.written(row[vas.name])} at {when(row['month'])}" for row in visits if row[vas.name] is not None]
    told = ", ".join(dict.fromkeys((found[0], found[-1]))) if found else "not recorded"
    return f"Patient {case_id}: VAS {told}"


def _notes(registry: Registry, undated: list[Record], case: Record) -> tuple[str, ...]:
    words = registry.vocabulary
    weeks = words.variable("weeks_postpartum", "cases")
    notes = [
        f"Shaded: reference range, for orientation. ↑ and ↓ are {registry.flag_word}s; a ring is a value outside the range.",
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
    got = listed([row["agent"] for row in given]) or "not recorded"
    return f"Patient {case['case_id']}, {counted(len(visits), 'visit')}. {'. '.join(parts)}. Treatments: {got}."
