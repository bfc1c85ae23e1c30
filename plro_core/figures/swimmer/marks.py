"""The marks of a lane: what lasted, follow-up and visits, the diagnosis, and pain control where its time is stated."""

from collections.abc import Sequence

from plro_core.figures.form import MOST_NAMED
from plro_core.figures.points import InView, place, sentence
from plro_core.figures.style import Look, Part
from plro_core.figures.swimmer.spans import Span, week_of
from plro_core.lookups import Record
from plro_core.store import Registry
from plro_core.text import as_recorded, counted_months, number, visit_name

FADE = (1.0, 0.6, 0.3)
STEP = 2.6  # weeks of one shade


def span_traces(spans: list[Span], lane: dict[int, int], highlight: int | None, look: Look) -> list[Part]:
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
            traces.append(
                {"mode": "lines", "name": span.name, "x": [start, stop], "line": line, "cliponaxis": True, **shared}
            )
        end, open_end = pieces[-1][1], span.stop is None
        tip = {
            "symbol": "triangle-right" if open_end else "line-ns-open",
            "size": look.px(6 if open_end else 8),
            "color": look.tint(colour, FADE[-1] if open_end else 1.0),
            "line": {"width": 0 if open_end else look.px(1.6), "color": colour},
        }
        told = {"customdata": [[span.case_id]], "hovertext": [span.hover]}
        traces.append(
            {"mode": "markers", "name": span.name, "x": [end], "y": [y], "marker": tip, "cliponaxis": True, **told}
        )
    return traces


def _faded(span: Span) -> list[tuple[float, float, float]]:
    """Three steps, beginning where the last thing known of it lies."""
    known = span.known
    first = [(span.start, known + STEP, FADE[0])]
    return first + [
        (known + STEP * index, known + STEP * (index + 1), strength) for index, strength in enumerate(FADE) if index
    ]


def _up(view: InView) -> float:
    """How far above the middle of a lane the visits lie, where treatments have their place below."""
    return 0.06 if view.n <= MOST_NAMED else 0.0


def _ink(case_id: int, highlight: int | None, look: Look) -> str:
    """The marks of a patient: in the colour of words, quieter while somebody else is highlighted."""
    return look.text if highlight == case_id else look.quiet if highlight is None else look.line


def follow_up(view: InView, cases: Sequence[Record], lane: dict[int, int], highlight: int | None, look: Look) -> Part:
    """A thin line from the first to the last visit in view."""
    x: list[float | None] = []
    y: list[float | None] = []
    data: list[list[int]] = []
    for case in cases:
        seen = [week_of(case, month) for month in view.months if view.visit(case["case_id"], month)]
        if len(seen) > 1 and seen[0] is not None:
            at = lane[case["case_id"]] - _up(view)
            x, y = [*x, seen[0], seen[-1], None], [*y, at, at, None]
            data += [[case["case_id"]]] * 3
    line = {"color": look.rule, "width": look.px(1.5)}
    return {"mode": "lines", "x": x, "y": y, "customdata": data, "hoverinfo": "skip", "line": line}


def visits(view: InView, cases: Sequence[Record], lane: dict[int, int], highlight: int | None, look: Look) -> Part:
    """A small point at each visit after diagnosis."""
    found = [
        (case, month, week, row)
        for case in cases
        for month in view.months
        if month > 0 and (week := week_of(case, month)) is not None and (row := view.visit(case["case_id"], month))
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
            "size": look.px(5 if view.n <= MOST_NAMED else 2),
            "color": [_ink(case["case_id"], highlight, look) for case, *_ in found],
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


def diagnoses(cases: Sequence[Record], lane: dict[int, int], highlight: int | None, look: Look, detailed: bool) -> Part:
    known = [case for case in cases if case["weeks_postpartum"] is not None]
    size = 10.0 if detailed else 4.0
    return {
        "mode": "markers",
        "name": "Diagnosis",
        "x": [case["weeks_postpartum"] for case in known],
        "y": [lane[case["case_id"]] - (0.06 if detailed else 0.0) for case in known],
        "customdata": [[case["case_id"], 0] for case in known],
        "hovertext": [
            sentence(f"Patient {case['case_id']}: diagnosis {_from_delivery(case['weeks_postpartum'])}")
            for case in known
        ],
        "marker": {
            "symbol": "diamond",
            "size": look.px(size),
            "color": [_ink(case["case_id"], highlight, look) for case in known],
        },
    }


def pain_control(
    registry: Registry, cases: Sequence[Record], lane: dict[int, int], highlight: int | None, look: Look
) -> Part:
    """Pain control, only where its time is stated."""
    stated = registry.stated_word
    said = registry.told("swimmer.pain_control", f"as {stated}")
    known = [case for case in cases if case["pain_control_months"] is not None and case["weeks_postpartum"] is not None]
    return {
        "mode": "markers+text",
        "name": f"Pain control, {stated}",
        "x": [week_of(case, case["pain_control_months"]) for case in known],
        "y": [lane[case["case_id"]] - 0.06 for case in known],
        "text": [f" {counted_months(case['pain_control_months'])}" for case in known],
        "textposition": "middle right",
        "textfont": {"size": look.type(10.5), "color": look.text},
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
            "color": [_ink(case["case_id"], highlight, look) for case in known],
            "line": {"width": look.px(2)},
        },
    }
