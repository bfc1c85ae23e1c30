"""Bone mineral density over time: a panel a site, a line a patient, broken where the machine changes."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from plro_core import lookups
from plro_core.cohort import EVERYONE, Cohort
from plro_core.figures.chart import Chart, compose, empty_chart
from plro_core.figures.panels import Panel, grid
from plro_core.figures.style import (
    LIGHT,
    Look,
    Part,
    base_layout,
    patient_colour,
    patient_symbol,
    quiet_axis,
    symbol_size,
)
from plro_core.figures.style import words as said
from plro_core.store import Registry
from plro_core.tables import Cell, Column
from plro_core.text import NONE, k_of_n, number, patients, safe_plotly
from plro_core.vocabulary import Vocabulary

TABLE = "densitometry"

_QUESTION = "Does bone density recover?"
_DAYS_A_MONTH = 30.4375
_MOST = 2000  # patients whose scans are read
_NUMBERED = 20  # up to this many patients have their number beside their last scan
_NOTES = (
    "Bone mineral density in g/cm2, counted from baseline. A line ends where the machine changes: values of two machines "
    "cannot be compared without calibration.",
    "No line is drawn for a cohort: patients are scanned on different days.",
)
_SHAPE = ("case_id", "site", "day", "bmd", "t_score", "z_score", "machine")

Scan = lookups.Record


def bone_density_over_time(
    registry: Registry, cohort: Cohort = EVERYONE, *, highlight: int | None = None, look: Look = LIGHT
) -> Chart:
    """Bone mineral density of each patient over time, by site, for a registry that records repeated scans."""
    records = lookups.facts(registry, TABLE, cohort, _MOST)
    scans = sorted((row for row in records if row["bmd"] is not None), key=_order)
    site = registry.vocabulary.variable("site", TABLE)
    sites = [level for level in site.levels if any(scan["site"] == level.code for scan in scans)]
    shape = [Column.of(entry) for name in _SHAPE for entry in registry.vocabulary.columns(TABLE) if entry.name == name]
    if not scans:
        return empty_chart(registry, "bone_density_over_time", _QUESTION, shape, look)
    panels, height = grid(len(sites), 2, panel=220, header=34, foot=44)
    traces: list[Part] = []
    axes: dict[str, Part] = {}
    heads: list[Part] = []
    extent = [min(scan["day"] for scan in scans), max(scan["day"] for scan in scans)]
    for level, panel in zip(sites, panels, strict=True):
        here = [scan for scan in scans if scan["site"] == level.code]
        traces += _lines(registry.vocabulary, here, panel, highlight, look)
        axes |= _axes(panel, extent, look)
        n = len({scan["case_id"] for scan in here})
        head = f'<b><span style="color:{look.text}">{safe_plotly(level.label)}</span></b>  n = {n}'
        heads.append(
            said(
                look, head, x=panel.x[0], y=panel.y[1], xref="paper", yref="paper", yanchor="bottom", yshift=look.px(6)
            )
        )
    layout = base_layout(look, height, {"l": 48, "r": 18, "t": 0, "b": 0}, annotations=heads, **axes)
    return compose(
        registry,
        "bone_density_over_time",
        _title(scans),
        traces=traces,
        layout=layout,
        summary=_summary(registry.vocabulary, scans, sites),
        columns=shape,
        rows=_rows(scans),
        look=look,
        notes=_NOTES,
    )


def _order(scan: Scan) -> tuple[int, str, int]:
    return scan["case_id"], scan["site"], scan["day"]


def _rows(scans: Sequence[Scan]) -> Iterator[tuple[Cell, ...]]:
    for scan in scans:
        yield tuple(scan[name] for name in _SHAPE)


def _lines(words: Vocabulary, scans: Sequence[Scan], panel: Panel, highlight: int | None, look: Look) -> Iterator[Part]:
    """One trace for each patient and machine."""
    last = {scan["case_id"]: scan["day"] for scan in scans}
    numbered = len(last) <= _NUMBERED
    for (case_id, _), group in groupby(scans, key=lambda scan: (scan["case_id"], scan["machine"])):
        found = list(group)
        dim = highlight is not None and case_id != highlight
        hue = look.tint(patient_colour(case_id), 0.35) if dim else patient_colour(case_id)
        symbol = patient_symbol(case_id)
        yield {
            "mode": "lines+markers+text",
            "text": [str(case_id) if numbered and scan["day"] == last[case_id] else "" for scan in found],
            "textposition": "middle right",
            "textfont": {"size": look.px(12), "color": look.quiet if dim else look.ink(hue)},
            "name": f"Patient {case_id}",
            "x": [scan["day"] / _DAYS_A_MONTH for scan in found],
            "y": [scan["bmd"] for scan in found],
            "hovertext": [_hover(words, scan) for scan in found],
            "customdata": [[case_id, scan["day"]] for scan in found],
            "line": {"color": hue, "width": look.px(3 if case_id == highlight else 1.8)},
            "marker": {"color": hue, "symbol": symbol, "size": symbol_size(symbol, look.px(8))},
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


def _axes(panel: Panel, extent: Sequence[int], look: Look) -> dict[str, Part]:
    low, high = (day / _DAYS_A_MONTH for day in extent)
    step = next((step for step in (1, 3, 6, 12, 24, 60) if (high - low) / step <= 7), 120)
    x = quiet_axis(
        look,
        range=[low - step / 4, high + step / 4],
        tick0=0,
        dtick=step,
        title={
            "text": "months from baseline",
            "font": {"size": look.px(11), "color": look.quiet},
            "standoff": look.px(2),
        },
    )
    y = quiet_axis(look, nticks=5, tickformat=".2f")
    return {
        f"xaxis{panel.suffix}": x | {"domain": list(panel.x), "anchor": f"y{panel.suffix}"},
        f"yaxis{panel.suffix}": y | {"domain": list(panel.y), "anchor": f"x{panel.suffix}"},
    }


def _followed(scans: Sequence[Scan]) -> list[tuple[Scan, Scan]]:
    """First and last scan of each patient and site on one machine, where there are two days."""
    pairs = []
    for _, group in groupby(scans, key=lambda scan: (scan["case_id"], scan["site"], scan["machine"])):
        found = list(group)
        if found[0]["day"] != found[-1]["day"]:
            pairs.append((found[0], found[-1]))
    return pairs


def _title(scans: Sequence[Scan]) -> str:
    spine = [pair for pair in _followed(scans) if pair[0]["site"] == "l1_l4"]
    if not spine:
        return _QUESTION
    risen = sum(last["bmd"] > first["bmd"] for first, last in spine)
    return f"L1-L4 density is higher at the last scan than at the first in {k_of_n(risen, len(spine))}"


def _summary(words: Vocabulary, scans: Sequence[Scan], sites: Sequence[object]) -> str:
    people = len({scan["case_id"] for scan in scans})
    parts = [
        f"patient {first['case_id']}, {words.variable('site', TABLE).level_label(first['site'])}: "
        f"{words.variable('bmd', TABLE).written(first['bmd'])} to {words.variable('bmd', TABLE).written(last['bmd'])} g/cm2 over "
        f"{number(last['day'] - first['day'])} days"
        for first, last in _followed(scans)[:20]
    ]
    told = f"{len(scans)} measurements of bone density of {patients(people)} at {len(sites)} sites."
    return f"{told} First to last on one machine: {'; '.join(parts)}." if parts else told
