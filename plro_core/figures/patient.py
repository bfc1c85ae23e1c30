"""One patient's whole record on one time axis: pain, laboratory values, and what was given when."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from plro_core import lookups
from plro_core.cohort import EVERYONE, Cohort
from plro_core.figures.bands import held_against, line_notes, range_shapes
from plro_core.figures.chart import Chart, compose, empty_chart
from plro_core.figures.flags import flag_words
from plro_core.figures.fractures import NOTE as FRACTURES_NOTE
from plro_core.figures.patient_bone import (
    score_axes,
    score_marks,
    score_shapes,
    score_words,
    spine_axes,
    spine_marks,
    spine_of,
    spine_shapes,
    spine_words,
)
from plro_core.figures.patient_layout import (
    TICKS,
    WIDTHS,
    Box,
    Form,
    Parts,
    Place,
    Plan,
    column,
    screen,
    sheet,
    slides,
)
from plro_core.figures.patient_traits import traits
from plro_core.figures.patient_treatments import bars, pain_control, pain_control_words, treatment_words
from plro_core.figures.points import place, sentence, when, wrapped
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
from plro_core.store import OfPatients, OneOf, Registry
from plro_core.tables import Cell, Column
from plro_core.tables.notes import reference_note
from plro_core.tables.ranges import caveats_of
from plro_core.text import capitalised, counted, listed, places_together, safe_plotly, visit_name
from plro_core.vocabulary import Variable, Vocabulary
from plro_core.vocabulary.standard import T_SCORE_NOTE

_QUESTION = "What is recorded of this patient?"
#: The width of a letter for a type size of one, and of a visit's name.
_LETTER, _NAMED = 0.54, 58.0
_MOST_SOURCES = 12
#: How far numbers stand apart at least.
_APART = 26.0
#: From a panel to where its name begins, left of the numbers of its axis, with a little to spare where the figure is narrow.
_TO_EDGE = -26.0


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
    form: Form = "sheet",
    slide: int = 1,
    look: Look = LIGHT,
) -> Chart:
    """One patient's poster, in or out of the cohort: who she is, her pain, laboratory values, bones and treatments.

    Months run from baseline, the time of diagnosis; treatments are stored in weeks from diagnosis. ``form`` is how it is laid
    out: a "sheet" of paper, a "screen", or the "column" of a phone. On a stage it is divided into slides.
    """
    record = lookups.patient(registry, case_id)
    if not record["cases"]:
        return empty_chart(registry, "patient_timeline", _QUESTION, _columns(registry), look)
    her = _her(registry, case_id, record, look)
    plans = _plans(her, form)
    plan = plans[min(max(slide, 1), len(plans)) - 1]
    layout = base_layout(look, plan.height, dict.fromkeys("lrtb", 0.0), **_drawn(her, plan))
    traces = layout.pop("traces")
    chart = compose(
        registry,
        "patient_timeline",
        _title(her.measured[0], case_id, her.visits),
        traces=traces,
        layout=layout,
        summary=_summary(registry.vocabulary, her),
        columns=_columns(registry),
        rows=_rows(registry.vocabulary, her.visits),
        notes=_notes(registry, her),
        look=look,
    )
    return replace(chart, slides=len(plans), wide=form != "column")


@dataclass(frozen=True)
class _Her:
    """Everything that is recorded of the patient, read once."""

    registry: Registry
    case: Record
    visits: list[Record]
    dated: list[Record]
    undated: list[Record]
    fractures: list[Record]
    imaging: list[Record]
    given: list[Record]
    doubts: dict[tuple[str, str], Record]
    traits: str
    sources: str
    look: Look

    @property
    def words(self) -> Vocabulary:
        return self.registry.vocabulary

    @property
    def case_id(self) -> int:
        return int(self.case["case_id"])

    @property
    def measured(self) -> tuple[Variable, ...]:
        return self.words.measured

    @property
    def scores(self) -> tuple[Variable, ...]:
        return (*self.words.scores, *self.words.z_scores)

    @property
    def months(self) -> tuple[int, ...]:
        return tuple(sorted({*self.words.months, *(row["month"] for row in self.visits)}))


def _her(registry: Registry, case_id: int, record: dict[str, list[Record]], look: Look) -> _Her:
    doubts = {name: lookups.uncertain_cells(registry, name) for name in ("cases", "visits", "treatments")}
    given = [row | {"doubt": _doubt(row, doubts["treatments"])} for row in record["treatments"]]
    case = record["cases"][0]
    return _Her(
        registry,
        case,
        _with_places(registry, case_id, record["visits"]),
        [row for row in given if row["start"] is not None],
        [row for row in given if row["start"] is None],
        record["fractures"],
        record["imaging"],
        given,
        doubts["visits"],
        traits(registry.vocabulary, case, record["symptoms"], doubts["cases"]),
        _sources(registry, case_id),
        look,
    )


def _sources(registry: Registry, case_id: int) -> str:
    """Where her cells were read from; empty if that is not known."""
    lines = registry.found("provenance", OfPatients((case_id,)), columns=("source",))
    places = places_together(sorted({line["source"] for line in lines if line["source"]}))
    more = [f"{len(places) - _MOST_SOURCES} more"] if len(places) > _MOST_SOURCES else []
    return f"Read from: {'; '.join([*places[:_MOST_SOURCES], *more])}." if places else ""


def _lines(her: _Her, text: str, width: float, size: float = 13) -> list[str]:
    """Words broken into lines of a width."""
    letters = int(width / (her.look.type(size) / her.look.scale * _LETTER))
    return wrapped(safe_plotly(text), letters).split("<br>") if text else []


def _foot(her: _Her) -> str:
    """What has no place on the drawing: what has no date, imaging, and where all was read."""
    return " ".join(filter(None, (_undated(her), _imaging(her), her.sources)))


def _undated(her: _Her) -> str:
    return f"Given without a stated date: {listed([row['agent'] for row in her.undated])}." if her.undated else ""


def _imaging(her: _Her) -> str:
    told = [
        " ".join(filter(None, (row["modality"] or "Imaging", row["side"], f"{row['site']}: {row['finding']}")))
        for row in her.imaging
    ]
    return f"{'; '.join(told)}." if told else ""


def _plans(her: _Her, form: Form) -> list[Plan]:
    """One plan, or one for each slide of a stage."""
    stage = her.look.stage
    width = stage.width / her.look.scale if stage else WIDTHS[form]
    parts = Parts(
        len(her.measured),
        len(her.dated),
        len(her.scores),
        len(_lines(her, her.traits, width)),
        len(_lines(her, _foot(her), width, 11)),
    )
    if stage:
        return slides(parts, stage, her.look.scale)
    return [{"sheet": sheet, "screen": screen, "column": column}[form](parts)]


def _drawn(her: _Her, plan: Plan) -> Part:
    """The parts of a layout, and its traces, of one plan."""
    look, months = her.look, her.months
    traces: list[Part] = []
    annotations: list[Part] = []
    shapes: list[Part] = []
    axes: dict[str, Part] = {}
    places: dict[int, Place] = {}
    for at, (index, box) in enumerate(plan.measures.items()):
        measure, place = her.measured[index], plan.place(box, at)
        places[index] = place
        axes |= {f"xaxis{place.suffix}": _months_axis(months, place, look)}
        axes |= {f"yaxis{place.suffix}": _value_axis(her.visits, measure, look) | _upright(place)}
        series = _series(her.case_id, her.visits, measure, place, months, her.doubts, her.registry.flagged_word, look)
        traces += _with_room(series, measure, box.width)
        annotations += _header(measure, her.visits, place, look)
        shapes += range_shapes(
            measure, look, {"xref": "paper", "x0": place.across[0], "x1": place.across[1]}, f"y{place.suffix}"
        )
        if box in plan.months:
            annotations += _months(months, look, place, box.width)
    if 0 in places:
        shapes += pain_control(her.case, places[0], look)
        annotations += pain_control_words(her.registry.stated_word, her.case, places[0], look)
    next_index = len(places)
    for room, draw in ((plan.treatments, _treatments), (plan.scores, _scores), (plan.spine, _spine)):
        if room is not None:
            draw(her, plan, room, plan.place(room, next_index), (traces, annotations, shapes, axes))
            next_index += 1
    annotations += _text(her, plan)
    return {"traces": traces, "annotations": annotations, "shapes": shapes, **axes}


#: Traces, annotations, shapes and axes that are being collected.
Collected = tuple[list[Part], list[Part], list[Part], dict[str, Part]]


def _treatments(her: _Her, plan: Plan, box: Box, at: Place, into: Collected) -> None:
    traces, annotations, _, axes = into
    shown = her.dated[slice(*plan.rows)]
    axes[f"xaxis{at.suffix}"] = _months_axis(her.months, at, her.look)
    axes[f"yaxis{at.suffix}"] = quiet_axis(her.look, range=[len(shown) - 0.4, -0.6], visible=False) | _upright(at)
    traces += bars(her.case_id, shown, at, her.months, her.look)
    annotations += treatment_words(shown, at, her.look, 10 - box.left if box.left <= TICKS else 0, box.width)
    if her.look.stage and shown:
        annotations += _months(her.months, her.look, at, box.width)


def _scores(her: _Her, plan: Plan, box: Box, at: Place, into: Collected) -> None:
    traces, annotations, shapes, axes = into
    axes |= score_axes(her.scores, her.case, at, her.look)
    traces += score_marks(her.scores, her.case, at, her.look)
    shapes += score_shapes(her.scores, at, her.look)
    annotations += score_words(her.scores, her.case, at, her.look)


def _spine(her: _Her, plan: Plan, box: Box, at: Place, into: Collected) -> None:
    traces, annotations, shapes, axes = into
    spine = spine_of(her.fractures, her.given, her.case_id, box, plan, at, her.look)
    axes |= spine_axes(spine)
    traces += spine_marks(spine, her.case_id, her.words)
    shapes += spine_shapes(spine)
    annotations += spine_words(spine, her.words)


def _text(her: _Her, plan: Plan) -> list[Part]:
    """Who she is, above; what has no date and where all was read, below."""
    corner: Part = {"x": 0, "xref": "paper", "yref": "paper", "yanchor": "top"}
    said = []
    if plan.traits is not None:
        lines = "<br>".join(_lines(her, her.traits, plan.width))
        said.append(words(her.look, lines, y=1, size=13, color=her.look.text, **corner))
    if plan.foot is not None and (lines := "<br>".join(_lines(her, _foot(her), plan.width, 11))):
        said.append(words(her.look, lines, y=1 - plan.foot.top / plan.height, size=11, **corner))
    if plan.findings is not None:
        box = plan.findings
        told = " ".join(filter(None, (_imaging(her), T_SCORE_NOTE if her.scores else "")))
        lines = "<br>".join(_lines(her, told, box.width))
        place = corner | {"x": box.left / plan.width, "y": 1 - box.top / plan.height}
        said.append(words(her.look, lines, size=13, color=her.look.text, **place))
    return said


def _months_axis(months: tuple[int, ...], at: Place, look: Look) -> Part:
    end = months[-1] + max(0.55, months[-1] * 0.09)
    x = quiet_axis(look, range=[-0.05 * end, end], tickvals=list(months), showticklabels=False)
    return x | {"anchor": f"y{at.suffix}", "domain": list(at.across)}


def _upright(at: Place) -> Part:
    return {"domain": list(at.upright), "anchor": f"x{at.suffix}"}


def _with_places(registry: Registry, case_id: int, visits: list[Record]) -> list[Record]:
    """The visits with the place in the source that each was read from."""
    where = (OneOf("table", ("visits",)), OneOf("column", ("vas",)), OfPatients((case_id,)))
    by_month: dict[str, str] = {}
    for line in registry.found("provenance", *where, columns=("key", "source")):
        by_month.setdefault(line["key"].partition("/")[2], line["source"])
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
            look, range=[-0.8, 12], tickvals=[0, 5, 10], tickfont={"size": look.type(11), "color": look.quiet}
        )
    ends = [visit[measure.name] for visit in visits if visit[measure.name] is not None]
    ends += held_against(measure)
    low, high = (min(ends), max(ends)) if ends else (0.0, 1.0)
    air = (high - low or 1) * 0.14
    return quiet_axis(
        look, range=[low - air, high + 2.6 * air], nticks=4, tickfont={"size": look.type(11), "color": look.quiet}
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
        "name": safe_plotly(measure.words),
        "connectgaps": False,
        "x": list(months),
        "y": values,
        "text": texts,
        "textposition": ["top right"] * (len(months) - 1) + ["top center"],
        "textfont": {"size": look.type(12), "color": look.text},
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


def _with_room(series: list[Part], measure: Variable, width: float) -> list[Part]:
    """Numbers only where they do not run into each other; what is flagged or out of range keeps its own, and the last."""
    line = series[0]
    recorded = [at for at, value in enumerate(line["y"]) if value is not None]
    span = width / (1.15 * max(1, line["x"][-1] if line["x"] else 1))
    first = [at for at in recorded if measure.flag(line["y"][at]) or line["text"][at][-1:] in ("↑", "↓")]
    kept: list[int] = []
    for at in [*first, *recorded[-1:], *recorded]:
        if at in first or all(abs(line["x"][at] - line["x"][other]) * span >= _APART for other in kept):
            kept.append(at)
    return [line | {"text": [text if at in kept else "" for at, text in enumerate(line["text"])]}, *series[1:]]


def _hover(visit: Record, measure: Variable, value: float, flag: tuple[str | None, str], origin: Record | None) -> str:
    unit = f" {measure.unit}" if measure.unit else ""
    said = f"{visit_name(visit['month'])}: {measure.words} {measure.written(value)}{unit}"
    flags = "" if measure.name == "vas" else flag_words(measure, value, *flag)
    return sentence(
        safe_plotly(f"Patient {visit['case_id']}, {said[:1].lower()}{said[1:]}"),
        flags,
        doubt_words(origin) if origin else "",
        place(visit),
    )


def _header(measure: Variable, visits: list[Record], at: Place, look: Look) -> list[Part]:
    """The name over its unit and range, which may be as narrow as a small multiple."""
    known = measure.reference
    said = f'<b><span style="color:{look.text}">{safe_plotly(capitalised(measure.words))}</span></b><br>'
    if not any(visit[measure.name] is not None for visit in visits):
        return [words(look, f"{said}not recorded", size=12, xshift=look.px(_TO_EDGE), yshift=look.px(2), **at.over)]
    assumed = ", assumed" if known and measure.assumed_unit else ""
    said += safe_plotly(f"{known.words}{assumed}" if known else measure.stated_unit) or " "
    if measure.name == "magnesium":
        said += " · analyte uncertain"
    return [words(look, said, size=12, xshift=look.px(_TO_EDGE), yshift=look.px(2), **at.over)]


def _months(months: tuple[int, ...], look: Look, at: Place, width: float) -> list[Part]:
    """The visits under a plot: by name where there is room, else by number."""
    closest = min((later - month for month, later in pairwise(months)), default=months[-1] or 1)
    named = width * closest / (1.15 * max(1, months[-1])) >= _NAMED
    place: Part = {"xref": f"x{at.suffix}", "y": at.upright[0], "yref": "paper", "yanchor": "top", "xanchor": "center"}
    shown = [month for at_, month in enumerate(months) if named or _has_room(months, at_, width)]
    return [
        words(
            look,
            visit_name(month) if named else f"{month} mo" if month == months[-1] else str(month),
            x=month,
            color=look.text,
            size=12 if named else 11,
            xshift=look.px(8 if named and not month else 0),
            yshift=look.px(-3),
            **place,
        )
        for month in shown
    ]


def _has_room(months: tuple[int, ...], at: int, width: float) -> bool:
    """Whether a visit's number stands far enough from the one before."""
    if at == 0:
        return True
    return (months[at] - months[at - 1]) / max(1, months[-1]) * width >= 12 or at == len(months) - 1


def _title(vas: Variable, case_id: int, visits: list[Record]) -> str:
    """The first and the last VAS that are recorded of her."""
    found = [f"{vas.written(row[vas.name])} at {when(row['month'])}" for row in visits if row[vas.name] is not None]
    told = ", ".join(dict.fromkeys((found[0], found[-1]))) if found else "not recorded"
    return f"Patient {case_id}: VAS {told}"


def _notes(registry: Registry, her: _Her) -> tuple[str, ...]:
    words, case = registry.vocabulary, her.case
    weeks = words.variable("weeks_postpartum", "cases")
    notes = [
        f"Shaded: reference range, for orientation. ↑ and ↓ are {registry.flag_word}s; a ring is a value outside the range.",
        "In the spine an acute fracture is full, one whose age is not stated pale; a ring is a level that had vertebroplasty.",
        "A hollow mark, and words with °, are uncertain: inferred, assumed or in conflict.",
        *line_notes(words.labs),
        *reference_note(registry, words.labs),
        *caveats_of(words.labs, weeks, [case[weeks.name]] if case[weeks.name] is not None else []),
    ]
    if case["pain_control_months"] is not None:
        notes.append(words.variable("pain_control_months", "cases").note)
    if any(case[entry.name] is not None for entry in her.words.scores):
        notes.append(T_SCORE_NOTE)
    notes.append(FRACTURES_NOTE)
    return tuple(notes)


def _summary(words: Vocabulary, her: _Her) -> str:
    parts = [her.traits.rstrip(".")]
    for measure in words.measured:
        found = [
            f"{when(visit['month'])} {measure.written(visit[measure.name])}"
            for visit in her.visits
            if visit[measure.name] is not None
        ]
        parts.append(f"{measure.words} ({measure.stated_unit}): {', '.join(found) or 'not recorded'}")
    scores = [
        f"{entry.label_in_sentence} {entry.written(her.case[entry.name])}"
        for entry in her.scores
        if her.case[entry.name] is not None
    ]
    parts += [listed(scores)] if scores else []
    level = words.variable("level", "fractures")
    parts.append(
        f"Documented fractures: {listed([level.level_label(row['level']) for row in her.fractures]) or 'none'}"
    )
    got = listed([row["agent"] for row in her.given]) or "not recorded"
    return f"Patient {her.case_id}, {counted(len(her.visits), 'visit')}. {'. '.join(parts)}. Treatments: {got}."
