"""Bone mineral density over time: a panel a site, a line a patient, broken where the machine changes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby

from plro_core import lookups
from plro_core.cohort import EVERYONE, Cohort
from plro_core.counts import counts, first_and_last, measured
from plro_core.figures.chart import Chart, compose, empty_chart
from plro_core.figures.density_change import change_axes, change_bars
from plro_core.figures.form import Form, form_of
from plro_core.figures.panels import Panel, grid
from plro_core.figures.points import InView, in_view
from plro_core.figures.style import (
    LIGHT,
    Look,
    Part,
    base_layout,
    patient_symbol,
    quiet_axis,
    row_colour,
    symbol_size,
)
from plro_core.figures.style import words as said
from plro_core.statements import About, FirstToLast, Measured, Statement, state, together
from plro_core.store import Registry
from plro_core.tables import Cell, Column
from plro_core.text import NONE, grouped, listed, number, safe_plotly
from plro_core.vocabulary import Level, Vocabulary

TABLE = "densitometry"

_QUESTION = "Does bone density recover?"
_DAYS_A_MONTH = 30.4375
#: The height of a panel on a page, of the words over it, and of those below it, in pixels.
_PANEL, _HEAD, _FOOT = 220.0, 34.0, 44.0
#: Up to this many patients have their first and last value in the words.
_MOST_LISTED = 20
_NOTES = (
    "Bone mineral density in g/cm2, counted from baseline. A line ends where the machine changes: values of two machines "
    "cannot be compared without calibration.",
    "No line is drawn for a cohort: patients are scanned on different days. First to last is of one machine; where a patient "
    "was followed on several, of that on which she was followed longest.",
    "Density lost in lactation returns after weaning without a drug (Kovacs 2025): untreated patients gained 7.5 % (Hong 2018) "
    "and 6.2 % (Lampropoulou-Adamidou 2021) in 12 months. A rise is no proof of a treatment.",
)
_SHAPE = ("case_id", "site", "day", "bmd", "t_score", "z_score", "machine")

Scan = lookups.Record


def bone_density_over_time(
    registry: Registry, cohort: Cohort = EVERYONE, *, highlight: int | None = None, look: Look = LIGHT, slide: int = 1
) -> Chart:
    """Bone mineral density of each patient over time, by site; of many patients how much it changed from first to last scan."""
    view = in_view(registry, Cohort(cohort.who), [], visits=False)
    words = registry.vocabulary
    shape = [Column.of(entry) for name in _SHAPE for entry in words.columns(TABLE) if entry.name == name]
    found = measured(registry, words.variable("bmd", TABLE), "site", view.cohort)
    sites = [level for level in words.variable("site", TABLE).levels if level.code in found]
    if not sites:
        return empty_chart(registry, "bone_density_over_time", _QUESTION, shape, look)
    rows = lookups.facts(registry, TABLE, view.cohort)
    scans = sorted((row for row in rows if row["bmd"] is not None), key=_order)
    courses, form = _courses(view, sites), form_of(view.n)
    slides = [sites[at : at + 2] for at in range(0, len(sites), 2)] if look.stage else [sites]
    shown = slides[min(max(slide, 1), len(slides)) - 1]
    panels, height = grid(len(shown), 2, panel=_panel(look), header=_HEAD, foot=_FOOT)
    traces: list[Part] = []
    axes: dict[str, Part] = {}
    for level, panel in zip(shown, panels, strict=True):
        if form is Form.COUNTED:
            traces += change_bars(courses.get(level.code), panel, look)
            axes |= change_axes(list(courses.values()), panel, look)
        else:
            here = [scan for scan in scans if scan["site"] == level.code]
            traces += _lines(words, here, panel, view.chosen(highlight), form is Form.NAMED, look)
            axes |= _axes(panel, _extent(view), look)
    chart = compose(
        registry,
        "bone_density_over_time",
        _title(view, courses),
        traces=traces,
        layout=base_layout(
            look,
            height,
            {"l": 48, "r": 18, "t": 0, "b": 0},
            bargap=0,
            annotations=[
                _head(level, found[level.code][0], panel, look) for level, panel in zip(shown, panels, strict=True)
            ],
            **axes,
        ),
        summary=_summary(view, found, sites, courses),
        columns=shape,
        rows=_rows(scans),
        look=look,
        notes=(*(() if form is Form.COUNTED else view.notes), form.note(), *_NOTES),
        who=view.who(highlight),
    )
    return replace(chart, slides=len(slides))


def _panel(look: Look) -> float:
    """The height of a panel, before it is scaled; on a stage one row of panels fills it."""
    return look.stage.height / look.scale - _HEAD - _FOOT if look.stage else _PANEL


def _extent(view: InView) -> tuple[tuple[float, float], tuple[float, float]]:
    """The first and last day, and the lowest and highest density, of the whole registry: no filter moves the axes."""
    entries = [view.vocabulary.variable(name, TABLE) for name in ("day", "bmd")]
    found = counts(view.registry, entries, EVERYONE)
    held = {name: list(frequency.values) for (name, *_), frequency in found.items()}
    days, values = held.get("day") or [0], held.get("bmd") or [0.0]
    return (min([*days, 0]), max([*days, 0])), (min(values), max(values))


def _head(level: Level, patients: int, panel: Panel, look: Look) -> Part:
    """A panel's site, and how many patients have a value there."""
    text = f'<b><span style="color:{look.text}">{safe_plotly(level.label)}</span></b>  n = {grouped(patients)}'
    over: Part = {"y": panel.y[1], "yref": "paper", "yanchor": "bottom", "yshift": look.px(6)}
    return said(look, text, x=panel.x[0], xref="paper", **over)


def _order(scan: Scan) -> tuple[int, str, int]:
    return scan["case_id"], scan["site"], scan["day"]


def _rows(scans: Sequence[Scan]) -> Iterator[tuple[Cell, ...]]:
    for scan in scans:
        yield tuple(scan[name] for name in _SHAPE)


def _lines(
    words: Vocabulary, scans: Sequence[Scan], panel: Panel, highlight: int | None, numbered: bool, look: Look
) -> Iterator[Part]:
    """One trace for each patient and machine."""
    last = {scan["case_id"]: scan["day"] for scan in scans}
    for (case_id, _), group in groupby(scans, key=lambda scan: (scan["case_id"], scan["machine"])):
        found = list(group)
        dim = highlight is not None and case_id != highlight
        hue = row_colour(case_id, None, {}, highlight, look) if numbered or case_id == highlight else look.line
        symbol = patient_symbol(case_id) if numbered or case_id == highlight else "circle"
        yield {
            "mode": "lines+markers+text",
            "text": [str(case_id) if numbered and scan["day"] == last[case_id] else "" for scan in found],
            "textposition": "middle right",
            "textfont": {"size": look.type(12), "color": look.quiet if dim else look.ink(hue)},
            "name": f"Patient {case_id}",
            "x": [scan["day"] / _DAYS_A_MONTH for scan in found],
            "y": [scan["bmd"] for scan in found],
            "hovertext": [_hover(words, scan) for scan in found],
            "customdata": [[case_id, scan["day"]] for scan in found],
            "line": {"color": hue, "width": look.px(3 if case_id == highlight else 1.8)},
            "marker": {"color": hue, "symbol": symbol, "size": symbol_size(symbol, look.px(8 if numbered else 5))},
            "xaxis": f"x{panel.suffix}",
            "yaxis": f"y{panel.suffix}",
        }


def _hover(words: Vocabulary, scan: Scan) -> str:
    bmd, t, z = (words.variable(name, TABLE).written(scan[name]) for name in ("bmd", "t_score", "z_score"))
    scores = ", ".join(f"{name} {text}" for name, text in (("T", t), ("Z", z)) if text != NONE)
    machine = f"<br>machine {safe_plotly(scan['machine'])}" if scan["machine"] else ""
    return (
        f"Patient {scan['case_id']}, day {number(scan['day'])}: {bmd} g/cm2{'<br>' + scores if scores else ''}{machine}"
    )


def _axes(panel: Panel, extent: tuple[tuple[float, float], tuple[float, float]], look: Look) -> dict[str, Part]:
    low, high = (day / _DAYS_A_MONTH for day in extent[0])
    step = next((step for step in (1, 3, 6, 12, 24, 60) if (high - low) / step <= 7), 120)
    x = quiet_axis(
        look,
        range=[low - step / 4, high + step / 4],
        tick0=0,
        dtick=step,
        title={
            "text": "months from baseline",
            "font": {"size": look.type(11), "color": look.quiet},
            "standoff": look.px(2),
        },
    )
    least, most = extent[1]
    room = 0.06 * (most - least) or 0.05
    y = quiet_axis(look, range=[least - room, most + room], nticks=5, tickformat=".2f")
    return {
        f"xaxis{panel.suffix}": x | {"domain": list(panel.x), "anchor": f"y{panel.suffix}"},
        f"yaxis{panel.suffix}": y | {"domain": list(panel.y), "anchor": f"x{panel.suffix}"},
    }


def _courses(view: InView, sites: Sequence[Level]) -> dict[str, FirstToLast]:
    """By site: first and last value of the patients who were scanned on two days on one machine."""
    bmd = view.vocabulary.variable("bmd", TABLE)
    pairs = first_and_last(view.registry, bmd, "site", "machine", view.cohort)
    about = About(bmd, view.cohort)
    return {
        level.code: FirstToLast(about, "site", level.code, "machine", pairs[level.code])
        for level in sites
        if level.code in pairs
    }


def _title(view: InView, courses: Mapping[str, FirstToLast]) -> Statement:
    """In how many the density of the first site that was followed rose, in the order of the sites."""
    if not courses:
        return Statement(_QUESTION)
    code, course = next(iter(courses.items()))
    site = view.vocabulary.variable("site", TABLE).level_label(code)
    return state("{site} density is higher at the last scan than at the first in {rose}", site=site, rose=course)


def _summary(
    view: InView,
    found: Mapping[str | None, tuple[int, int]],
    sites: Sequence[Level],
    courses: Mapping[str, FirstToLast],
) -> Statement:
    """How much was measured, and at each site in how many the last value is higher; each pair where these are few."""
    start = state(
        "{measured} at {sites}.",
        measured=Measured(About(view.vocabulary.variable("bmd", TABLE), view.cohort), *found[None]),
        sites=listed([level.label for level in sites]),
    )
    if not courses:
        return start
    label = view.vocabulary.variable("site", TABLE).level_label
    told = [
        state("{site} higher in {rose}{values}", site=label(code), rose=course, values=_values(course))
        for code, course in courses.items()
    ]
    return together([start, Statement("First to last on one machine: ") + together(told, "; ") + Statement(".")], " ")


def _values(course: FirstToLast) -> str:
    """The pairs of values themselves, where they are few."""
    if course.n > _MOST_LISTED:
        return ""
    written = course.about.variable.written
    pairs = [(first, last) for (first, last), count in sorted(course.pairs.items()) for _ in range(count)]
    return (
        f" ({', '.join(f'{written(first)} to {written(last)}' for first, last in pairs)} {course.about.variable.unit})"
    )
