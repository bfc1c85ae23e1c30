"""Each patient's way from delivery: breastfeeding, diagnosis, visits, what was started when, and printed pain control."""

from collections.abc import Sequence
from dataclasses import dataclass

from plro_core import lookups
from plro_core.cohort import EVERYONE, Cohort, Criterion
from plro_core.figures.chart import Chart, compose, empty_chart
from plro_core.figures.points import InView, in_view, place, sentence
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
from plro_core.statements import Statement, chosen_by, only, state, together
from plro_core.store import Registry
from plro_core.tables import Cell, Column
from plro_core.text import as_recorded, counted_months, listed, number, safe_plotly, visit_name
from plro_core.vocabulary import Range, Variable, Vocabulary

_WEEKS_A_MONTH = 365.25 / 12 / 7
_QUESTION = "When was what done, counted from delivery?"
_COLUMNS = (
    Column("case_id", "Patient", "integer"),
    Column("event", "Event"),
    Column("start_week", "Start", "number", 1, "weeks from delivery"),
    Column("stop_week", "Stop", "number", 1, "weeks from delivery"),
    Column("status", "Status of the cell"),
)
#: Kinds of treatment that have a line of their own, from the top of a lane; and those that are named at its end.
_LINES = ("orthosis", "supplement", "analgesic", "activity")
_NAMED = ("bone_active", "procedure")
_EARLY = 8  # weeks from delivery within which a diagnosis is called early
_FADE = (1.0, 0.6, 0.3)
_STEP, _LANE, _FLAT = 2.6, 50.0, 9.0  # weeks of one shade; height of a lane in pixels, in detail and not


@dataclass(frozen=True)
class _Span:
    """Something that lasted: from a week to a week (``None``: the end is not recorded), at a height in its lane."""

    case_id: int
    name: str
    start: float
    stop: float | None
    height: float
    hover: str
    status: str
    colour: str
    width: float
    known: float  # the last week at which it is known to go on


def swimmer(
    registry: Registry,
    cohort: Cohort = EVERYONE,
    *,
    highlight: int | None = None,
    look: Look = LIGHT,
) -> Chart:
    """One lane a patient in weeks from delivery: breastfeeding, diagnosis, visits, dated treatments, pain control."""
    view = in_view(
        registry, cohort, [*_diagnosis_and_feeding(registry.vocabulary), registry.vocabulary.variable("vas")]
    )
    if not view.n:
        return empty_chart(registry, "swimmer", _QUESTION, _COLUMNS, look)
    highlight = view.chosen(highlight)
    cases = sorted(view.cases, key=lambda case: (case["weeks_postpartum"] is None, case["weeks_postpartum"] or 0))
    lane = {case["case_id"]: index for index, case in enumerate(cases)}
    given = lookups.facts(registry, "treatments", cohort) if view.numbered else []
    doubted = lookups.uncertain_cells(registry, "treatments")
    spans = _spans(cases, given, doubted, registry.stated_word, look) if view.numbered else []
    last = max([_week(case, view.months[-1]) or 0.0 for case in cases] + [10.0])
    height = _LANE if view.numbered else max(2.0, min(_FLAT, 600 / len(cases)))
    top = 64 if view.numbered else 34
    layout = base_layout(
        look,
        top + height * len(cases) + 44,
        {"l": 34, "r": 92 if view.numbered else 16, "t": top, "b": 44},
        xaxis=quiet_axis(look, range=[-0.8, last + 1.2], tickvals=list(range(0, int(last) + 1, 8)), zeroline=False),
        yaxis=quiet_axis(
            look,
            range=[len(cases) - 0.45, -0.55],
            tickvals=list(lane.values()),
            ticktext=[f"<b>{case_id}</b>" if case_id == highlight else str(case_id) for case_id in lane],
            showticklabels=view.numbered,
            showgrid=False,
            tickfont={"size": look.px(12), "color": look.text},
        ),
        annotations=[*_words(cases, lane, given, look), *(_key(view.vocabulary, look) if view.numbered else ())],
        shapes=[*_delivery(look), *_lanes(lane, highlight, look, view.numbered)],
    )
    traces = [
        *_span_traces(spans, lane, highlight, look),
        _follow_up(view, cases, lane, highlight, look),
        _visits(view, cases, lane, highlight, look),
        _diagnoses(cases, lane, highlight, look, view.numbered),
        _pain_control(registry, cases, lane, highlight, look),
    ]
    return compose(
        registry,
        "swimmer",
        _title(view),
        traces=[trace for trace in traces if trace["x"]],
        layout=layout,
        summary=_summary(view, cases),
        columns=_COLUMNS,
        rows=_rows(view, cases, spans),
        notes=(*view.notes, *(_notes(registry) if view.numbered else ())),
        look=look,
        who=view.who(highlight),
    )


def _week(case: Record, month: float) -> float | None:
    """The week from delivery of a month after diagnosis."""
    diagnosed = case["weeks_postpartum"]
    return None if diagnosed is None else round(diagnosed + month * _WEEKS_A_MONTH, 2)


def _spans(
    cases: Sequence[Record],
    given: Sequence[Record],
    origins: dict[tuple[str, str], Record],
    stated: str,
    look: Look,
) -> list[_Span]:
    """Breastfeeding and the dated treatments of each kind, in its place in the lane."""
    spans = []
    colours = _line_colours(look)[1:]
    for case in cases:
        case_id, diagnosed = case["case_id"], case["weeks_postpartum"]
        if diagnosed is None:
            continue
        spans += _breastfeeding(case, look)
        for index, kind in enumerate(_LINES):
            rows = [
                row for row in given if (row["case_id"], row["kind"]) == (case_id, kind) and row["start"] is not None
            ]
            for start, stop in sorted({(row["start"], row["stop"]) for row in rows}, key=str):
                same = [row for row in rows if (row["start"], row["stop"]) == (start, stop)]
                doubts = [_doubt(row, origins) for row in same]
                spans.append(
                    _Span(
                        case_id,
                        listed([row["agent"] for row in same]),
                        diagnosed + start,
                        None if stop is None else diagnosed + stop,
                        0.13 + 0.1 * index,
                        _span_hover(case_id, same, doubts),
                        f"as {stated}" if not any(doubts) else "uncertain",
                        colours[index],
                        4,
                        diagnosed + start,
                    )
                )
    return spans


def _breastfeeding(case: Record, look: Look) -> list[_Span]:
    what = case["breastfeeding"]
    if what is None:
        return []
    stopped = what == "stopped"
    said = "breastfeeding stopped at diagnosis" if stopped else "breastfeeding continued; end not recorded"
    stop = float(case["weeks_postpartum"]) if stopped else None
    hover = sentence(f"Patient {case['case_id']}: {said}")
    name = f"breastfeeding {safe_plotly(what)}"
    colour, known = _line_colours(look)[0], float(case["weeks_postpartum"])
    return [_Span(case["case_id"], name, 0.0, stop, -0.2, hover, "start inferred", colour, 2.5, known)]


def _doubt(row: Record, origins: dict[tuple[str, str], Record]) -> str:
    origin = origins.get((f"{row['case_id']}/{row['kind']}/{row['agent']}", "agent"))
    return doubt_words(origin) if origin else ""


def _span_hover(case_id: int, rows: Sequence[Record], doubts: list[str]) -> str:
    named = [", ".join(filter(None, (row["agent"], dose_words(row)))) for row in rows]
    start, stop = rows[0]["start"], rows[0]["stop"]
    began = "from diagnosis" if start == 0 else f"from week {as_recorded(start)} after diagnosis"
    end = "end not recorded" if stop is None else f"for {as_recorded(stop - start)} weeks"
    return sentence(f"Patient {case_id}: {safe_plotly('; '.join(named))}", f"{began}, {end}", *dict.fromkeys(doubts))


def _span_traces(spans: list[_Span], lane: dict[int, int], highlight: int | None, look: Look) -> list[Part]:
    """A line for each span: solid where both ends are known, else three shades fainter and an arrow head."""
    traces: list[Part] = []
    for span in spans:
        quiet = highlight not in (None, span.case_id)
        colour = look.tint(look.line, 0.6) if quiet else span.colour
        y = lane[span.case_id] + span.height
        pieces = [(span.start, span.stop, 1.0)] if span.stop is not None else _faded(span)
        for start, stop, strength in pieces:
            line = {"color": look.tint(colour, strength), "width": look.px(span.width)}
            shared = {"y": [y, y], "customdata": [[span.case_id]] * 2, "hovertext": [span.hover] * 2}
            traces.append({"mode": "lines", "name": span.name, "x": [start, stop], "line": line, **shared})
        end, open_end = pieces[-1][1], span.stop is None
        tip = {
            "symbol": "triangle-right" if open_end else "line-ns-open",
            "size": look.px(6 if open_end else 8),
            "color": look.tint(colour, _FADE[-1] if open_end else 1.0),
            "line": {"width": 0 if open_end else look.px(1.6), "color": colour},
        }
        told = {"customdata": [[span.case_id]], "hovertext": [span.hover]}
        traces.append({"mode": "markers", "name": span.name, "x": [end], "y": [y], "marker": tip, **told})
    return traces


def _faded(span: _Span) -> list[tuple[float, float, float]]:
    """Three steps, beginning where the last thing known of it lies."""
    known = span.known
    first = [(span.start, known + _STEP, _FADE[0])]
    return first + [
        (known + _STEP * index, known + _STEP * (index + 1), strength) for index, strength in enumerate(_FADE) if index
    ]


def _follow_up(view: InView, cases: Sequence[Record], lane: dict[int, int], highlight: int | None, look: Look) -> Part:
    """A thin line from the first to the last visit in view."""
    x: list[float | None] = []
    y: list[float | None] = []
    data: list[list[int]] = []
    for case in cases:
        seen = [_week(case, month) for month in view.months if view.visit(case["case_id"], month)]
        if len(seen) > 1 and seen[0] is not None:
            at = lane[case["case_id"]] - _up(view)
            x, y = [*x, seen[0], seen[-1], None], [*y, at, at, None]
            data += [[case["case_id"]]] * 3
    line = {"color": look.rule, "width": look.px(1.5)}
    return {"mode": "lines", "x": x, "y": y, "customdata": data, "hoverinfo": "skip", "line": line}


def _up(view: InView) -> float:
    """How far above the middle of a lane the visits lie, where treatments have their place below."""
    return 0.06 if view.numbered else 0.0


def _hue(case_id: int, highlight: int | None, look: Look) -> str:
    return patient_colour(case_id) if highlight in (None, case_id) else look.line


def _visits(view: InView, cases: Sequence[Record], lane: dict[int, int], highlight: int | None, look: Look) -> Part:
    """A small point at each visit after diagnosis."""
    found = [
        (case, month, week, row)
        for case in cases
        for month in view.months
        if month > 0 and (week := _week(case, month)) is not None and (row := view.visit(case["case_id"], month))
    ]
    return {
        "mode": "markers",
        "name": "Visits",
        "x": [week for _, _, week, _ in found],
        "y": [lane[case["case_id"]] - _up(view) for case, *_ in found],
        "customdata": [[case["case_id"], month] for case, month, *_ in found],
        "hovertext": [_visit_hover(case, month, week, row) for case, month, week, row in found],
        "marker": {
            "symbol": "circle",
            "size": look.px(6 if view.numbered else 2),
            "color": [_hue(case["case_id"], highlight, look) for case, *_ in found],
        },
    }


def _visit_hover(case: Record, month: int, week: float, row: Record) -> str:
    pain = "VAS not recorded" if row["vas"] is None else f"VAS {as_recorded(row['vas'])}"
    when = f"{visit_name(month).lower()} after diagnosis, week {number(week)} from delivery"
    return sentence(f"Patient {case['case_id']}, {when}: {pain}", place(row))


def _from_delivery(weeks: float) -> str:
    """ "4 weeks after delivery", "1 week before delivery"."""
    unit = "week" if abs(weeks) == 1 else "weeks"
    return f"{as_recorded(abs(weeks))} {unit} {'before' if weeks < 0 else 'after'} delivery"


def _diagnoses(
    cases: Sequence[Record], lane: dict[int, int], highlight: int | None, look: Look, detailed: bool
) -> Part:
    known = [case for case in cases if case["weeks_postpartum"] is not None]
    size = 12.0 if detailed else 3.0
    return {
        "mode": "markers",
        "name": "Diagnosis",
        "x": [case["weeks_postpartum"] for case in known],
        "y": [lane[case["case_id"]] - (0.06 if detailed else 0) for case in known],
        "customdata": [[case["case_id"], 0] for case in known],
        "hovertext": [
            sentence(f"Patient {case['case_id']}: diagnosis {_from_delivery(case['weeks_postpartum'])}")
            for case in known
        ],
        "marker": {
            "symbol": [patient_symbol(case["case_id"]) for case in known],
            "size": [look.px(symbol_size(patient_symbol(case["case_id"]), size)) for case in known],
            "color": [_hue(case["case_id"], highlight, look) for case in known],
        },
    }


def _pain_control(
    registry: Registry, cases: Sequence[Record], lane: dict[int, int], highlight: int | None, look: Look
) -> Part:
    """Pain control, only where its time is stated."""
    stated = registry.stated_word
    said = registry.told("swimmer.pain_control", f"as {stated}")
    known = [case for case in cases if case["pain_control_months"] is not None and case["weeks_postpartum"] is not None]
    return {
        "mode": "markers+text",
        "name": f"Pain control, {stated}",
        "x": [_week(case, case["pain_control_months"]) for case in known],
        "y": [lane[case["case_id"]] - 0.06 for case in known],
        "text": [f"pain control, {as_recorded(case['pain_control_months'])} months" for case in known],
        "textposition": "top center",
        "textfont": {"size": look.px(11), "color": look.text},
        "customdata": [[case["case_id"]] for case in known],
        "hovertext": [
            sentence(
                f"Patient {case['case_id']}: pain controlled {counted_months(case['pain_control_months'])} after "
                f"diagnosis, {said}"
            )
            for case in known
        ],
        "marker": {
            "symbol": "diamond-tall-open",
            "size": look.px(13),
            "color": [_hue(case["case_id"], highlight, look) for case in known],
            "line": {"width": look.px(2)},
        },
    }


def _delivery(look: Look) -> list[Part]:
    line = {"color": look.quiet, "width": look.px(1.2)}
    return [{"type": "line", "yref": "paper", "x0": 0, "x1": 0, "y0": 0, "y1": 1, "line": line, "layer": "below"}]


def _lanes(lane: dict[int, int], highlight: int | None, look: Look, detailed: bool) -> list[Part]:
    """Every other lane on a faint ground, and the highlighted one on a stronger."""
    place_: Part = {"type": "rect", "xref": "paper", "x0": 0, "x1": 1, "layer": "below", "line": {"width": 0}}
    shapes = []
    for case_id, index in lane.items():
        if case_id == highlight or (detailed and index % 2 == 0):
            fill = look.band if case_id == highlight else look.surface
            shapes.append(place_ | {"y0": index - 0.5, "y1": index + 0.5, "fillcolor": fill})
    return shapes


def _words(cases: Sequence[Record], lane: dict[int, int], given: Sequence[Record], look: Look) -> list[Part]:
    """The axis, its origin, and at the end of a lane what was given without a date."""
    top: Part = {"y": 1, "yref": "paper", "yanchor": "bottom", "yshift": look.px(3)}
    said = [
        words(look, "Delivery", x=0, xanchor="left", size=11, xshift=look.px(-12), **top),
        words(look, "Weeks from delivery", x=1, xref="paper", xanchor="right", y=0, yref="paper", yshift=look.px(-34)),
    ]
    undated = False
    for case in cases:
        named = sorted(
            {_short(row["agent"]) for row in given if row["case_id"] == case["case_id"] and _is_undated(row)}
        )
        at: Part = {"x": 1, "xref": "paper", "y": lane[case["case_id"]], "xshift": look.px(4)}
        undated |= bool(named)
        if named:
            said.append(words(look, "<br>".join(safe_plotly(name) for name in named), size=10.5, **at))
        if case["weeks_postpartum"] is None:
            middle: Part = {"x": 0, "y": lane[case["case_id"]], "xshift": look.px(8)}
            said.append(words(look, "week of diagnosis not recorded", **middle))
    if undated:
        said.append(words(look, "no date given", x=1, xref="paper", size=11, xshift=look.px(4), **top))
    return said


def _is_undated(row: Record) -> bool:
    return row["kind"] in _NAMED and row["start"] is None


def _short(agent: str) -> str:
    return str(agent).split(" (")[0].split(" T")[0].split(" L")[0]


def _notes(registry: Registry) -> tuple[str, ...]:
    treatments = (
        "A line that fades has no recorded end: how long it is drawn says nothing. Treatments are counted from diagnosis; "
        "a month has 4.35 weeks."
    )
    breastfeeding = (
        "Breastfeeding is drawn from delivery on. When symptoms began is not recorded in one way and is not drawn."
    )
    return (
        registry.told("swimmer.treatments", treatments),
        registry.told("swimmer.breastfeeding", breastfeeding),
    )


def _key(vocabulary: Vocabulary, look: Look) -> list[Part]:
    """What each line of a lane is, from its top: a stroke in the line's colour before its name."""
    named = [("breastfeeding", _line_colours(look)[0])]
    named += [
        (vocabulary.variable("kind", "treatments").level_label(kind), colour)
        for kind, colour in zip(_LINES, _line_colours(look)[1:], strict=True)
    ]
    parts = [f'<span style="color:{colour}">▬</span> {safe_plotly(name)}' for name, colour in named]
    text = f"{'   '.join(parts[:3])}<br>{'   '.join([*parts[3:], '▸ end not recorded'])}"
    at: Part = {"x": 0, "xref": "paper", "y": 1, "yref": "paper", "yanchor": "bottom"}
    return [words(look, text, size=11, xshift=look.px(-24), yshift=look.px(22), **at)]


def _line_colours(look: Look) -> tuple[str, ...]:
    """Breastfeeding, then the kinds of ``_LINES``."""
    shades = (look.accent, look.tint(look.accent, 0.7), look.tint(look.accent, 0.4), look.line)
    return (look.tint(look.text, 0.55), *shades)


def _rows(view: InView, cases: Sequence[Record], spans: list[_Span]) -> list[tuple[Cell, ...]]:
    rows: list[tuple[Cell, ...]] = []
    stated = view.registry.stated_word
    for case in cases:
        case_id = case["case_id"]
        rows.append((case_id, "diagnosis", case["weeks_postpartum"], None, f"as {stated}"))
        rows += [
            (case_id, f"visit, {visit_name(month).lower()}", _week(case, month), None, f"as {stated}")
            for month in view.months
            if view.visit(case_id, month)
        ]
        rows += [
            (case_id, span.name, round(span.start, 2), span.stop, span.status)
            for span in spans
            if span.case_id == case_id
        ]
        if case["pain_control_months"] is not None:
            at = _week(case, case["pain_control_months"])
            rows.append((case_id, f"pain control, {stated}", at, None, f"as {stated}"))
    return rows


def _diagnosis_and_feeding(vocabulary: Vocabulary) -> tuple[Variable, Variable]:
    return vocabulary.variable("weeks_postpartum", "cases"), vocabulary.variable("breastfeeding", "cases")


def _title(view: InView) -> str | Statement:
    """How long after delivery the diagnosis came, of everybody in whom it is recorded."""
    weeks, _ = _diagnosis_and_feeding(view.vocabulary)
    if chosen := chosen_by(Cohort(view.cohort.who), [weeks]):
        return only(_QUESTION, chosen)
    ends, early = view.ends(weeks), view.share(Criterion(weeks, (Range(None, _EARLY),)))
    if not early.n:
        return Statement("The week of diagnosis is not recorded", (early,))
    if min(ends.frequency.values) < 0:  # before delivery: neither "after" nor "within" would be true
        week = f"week {_EARLY}"
        return state("Diagnosis in week {ends} from delivery, by {week} in {early}", ends=ends, week=week, early=early)
    after = state("{ends} {weeks} after delivery", ends=ends, weeks="week" if ends.words == "1" else "weeks")
    if view.n == 1:
        return state("Patient {patient} was diagnosed {after}", patient=str(view.ids[0]), after=after)
    within = f"{_EARLY} weeks"
    return state("Diagnosis came {after}, within {within} in {early}", after=after, within=within, early=early)


def _summary(view: InView, cases: Sequence[Record]) -> Statement:
    """The weeks of diagnosis and breastfeeding of everybody; of few patients also whose they are, and pain control."""
    weeks, feeding = _diagnosis_and_feeding(view.vocabulary)
    said: list[Statement] = [state("{question} {patients}", question=_QUESTION, patients=view.patients)]
    said.append(
        state("diagnosis in week {ends} from delivery, {middle}", ends=view.ends(weeks), middle=view.middle(weeks))
        if view.middle(weeks).n
        else state("week of diagnosis {middle}", middle=view.middle(weeks))
    )
    fed = view.share(Criterion(feeding, (feeding.levels[0].code,)))
    said += [
        state(
            "breastfeeding {level} in {share}", level=level.label, share=view.share(Criterion(feeding, (level.code,)))
        )
        for level in (feeding.levels if fed.n else ())
    ]
    said += [] if fed.n else [state("breastfeeding {fed}", fed=fed)]
    by_patient = [
        f"{case['case_id']} at {as_recorded(case['weeks_postpartum'])}"
        for case in cases
        if case["weeks_postpartum"] is not None
    ]
    control = [
        f"patient {case['case_id']} at {counted_months(case['pain_control_months'])} after diagnosis"
        for case in cases
        if case["pain_control_months"] is not None
    ]
    if view.numbered and by_patient:
        said.append(Statement(f"weeks from delivery to diagnosis by patient: {listed(by_patient)}"))
    if view.numbered and control:
        said.append(Statement(f"pain control {view.registry.stated_word} for {listed(control)}"))
    return together(said, "; ") + Statement(".")
