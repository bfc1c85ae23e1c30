"""How a registry grew and how its quality changed, version by version."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from plro_core.counts import size
from plro_core.figures.chart import Chart, compose, empty_chart
from plro_core.figures.panels import Panel, grid
from plro_core.figures.style import LIGHT, TRANSPARENT, Look, Part, base_layout, quiet_axis, words
from plro_core.problems import RegistryProblem
from plro_core.quality.completeness import completeness
from plro_core.quality.progress import Progress, going_on
from plro_core.quality.rules import rule_counts
from plro_core.store import Manifest, Registry, open_registry
from plro_core.tables import Cell, Column, Table
from plro_core.text import counted, patients, safe_plotly

_QUESTION = "How did the registry grow?"
_COLUMNS = (
    Column("version", "Version"),
    Column("time", "Time"),
    Column("patients", "Patients", "integer"),
    Column("visits", "Visits", "integer"),
    Column("recorded", "Cells recorded", "integer"),
    Column("cells", "Of cells", "integer"),
    Column("complete", "Complete", "number", 1, "%"),
    Column("rule_hits", "Rule hits", "integer"),
    Column("problem", "Problem"),
)
_NOTES = (
    "Cells are those of patients and of visits held, without the flags of laboratory values; what a registry declared later counts as "
    "missing in the versions before.",
)

#: What is drawn: column, title of its panel, whether the axis ends at 100.
_DRAWN = (
    ("patients", "Patients", False),
    ("visits", "Visits", False),
    ("complete", "Cells recorded (%)", True),
    ("rule_hits", "Rule hits", False),
)


def trend(folder: Path, versions: Sequence[str], progress: Progress = going_on) -> Table:
    """Size and quality of versions of a registry, in the order given; one that cannot be read says why.

    Where ``progress`` answers no, the versions done so far are given, and a note says so.
    """
    rows: list[tuple[Cell, ...]] = []
    for done, version in enumerate(versions):
        if not progress(done / len(versions), f"version {version}"):
            break
        rows.append(_row(folder, version))
    stopped = (f"Stopped after {len(rows)} of {len(versions)} versions.",) if len(rows) < len(versions) else ()
    title = f"{len(rows)} {'version' if len(rows) == 1 else 'versions'} of the registry"
    return Table("trend", title, _COLUMNS, tuple(rows), (*_NOTES, *stopped))


def _row(folder: Path, version: str) -> tuple[Cell, ...]:
    try:
        registry = open_registry(folder, version)
    except RegistryProblem as problem:
        return (version, *(None,) * (len(_COLUMNS) - 2), str(problem))
    try:
        return _numbers(registry, registry.manifest)
    finally:
        registry.close()


def _numbers(registry: Registry, manifest: Manifest) -> tuple[Cell, ...]:
    n = size(registry)
    filled = completeness(registry, None)
    recorded, cells = (sum(int(cell or 0) for cell in filled.values(name)) for name in ("recorded", "of"))
    hits = sum(int(cell or 0) for cell in rule_counts(registry).values("hits"))
    complete = 100 * recorded / cells if cells else None
    return (manifest.version, manifest.time, n.patients, n.visits, recorded, cells, complete, hits, None)


def trend_lines(registry: Registry, table: Table, *, look: Look = LIGHT) -> Chart:
    """The versions of a trend at the times at which they were made; each number has its own small panel.

    Steps, because a version stays until the next one.
    """
    made = [(when, row) for row in table.records if (when := _when(row["time"])) and row["patients"] is not None]
    made.sort(key=lambda pair: pair[0])
    if not made:
        return empty_chart(registry, "trend_lines", _QUESTION, table.columns, look)
    panels, height = grid(len(_DRAWN), 2, panel=110, header=34, foot=30)
    layout = base_layout(look, height, {"l": 44, "r": 24, "t": 4, "b": 4})
    for panel, (name, title, is_share) in zip(panels, _DRAWN, strict=True):
        layout |= _axes(panel, name, is_share, made, look)
        at: Part = {"x": panel.x[0], "y": panel.y[1], "xref": "paper", "yref": "paper", "yshift": look.px(14)}
        layout["annotations"] = [*layout.get("annotations", ()), words(look, title, color=look.text, **at)]
    return compose(
        registry,
        "trend_lines",
        table.title,
        traces=[_line(panel, name, made, look) for panel, (name, _, _) in zip(panels, _DRAWN, strict=True)],
        layout=layout,
        summary=_summary(made),
        columns=table.columns,
        rows=table.rows,
        notes=table.notes,
        look=look,
    )


_Made = list[tuple[datetime, dict[str, Cell]]]


def _when(time: Cell) -> datetime | None:
    """The time of a version, without its zone so that all can be put in order; nothing where it is no time."""
    try:
        return datetime.fromisoformat(str(time)).replace(tzinfo=None)
    except ValueError:
        return None


def _axes(panel: Panel, name: str, is_share: bool, made: _Made, look: Look) -> Part:
    first, last = made[0][0], made[-1][0]
    room = max((last - first) / 20, timedelta(days=10))
    times = [(first - room).isoformat(), (last + room).isoformat()]
    top = 100 if is_share else max(1.0, *(float(row[name] or 0) for _, row in made))
    # Invisible ticks keep the lowest number and the first date apart.
    apart = {"ticks": "outside", "ticklen": look.px(7), "tickcolor": TRANSPARENT}
    return {
        f"xaxis{panel.suffix}": quiet_axis(
            look, type="date", domain=panel.x, anchor=f"y{panel.suffix}", nticks=4, range=times, **apart
        ),
        f"yaxis{panel.suffix}": quiet_axis(
            look, domain=panel.y, anchor=f"x{panel.suffix}", nticks=4, range=[0, 1.08 * top], tickformat="d"
        ),
    }


def _line(panel: Panel, name: str, made: _Made, look: Look) -> Part:
    return {
        "mode": "lines+markers",
        "x": [when.isoformat() for when, _ in made],
        "y": [row[name] for _, row in made],
        "xaxis": f"x{panel.suffix}",
        "yaxis": f"y{panel.suffix}",
        "hovertext": [_hover(row) for _, row in made],
        "line": {"color": look.accent, "width": look.px(1.5), "shape": "hv"},
        "marker": {"color": look.accent, "size": look.px(7)},
    }


def _hover(row: dict[str, Cell]) -> str:
    return (
        f"{safe_plotly(str(row['version']))}: {_size(row)}<br>"
        f"{row['recorded']} of {row['cells']} cells recorded; {row['rule_hits']} rule hits"
    )


def _size(row: dict[str, Cell]) -> str:
    return f"{patients(int(row['patients'] or 0))}, {counted(int(row['visits'] or 0), 'visit')}"


def _summary(made: _Made) -> str:
    said = "; ".join(
        f"{row['version']}: {_size(row)}, {row['recorded']} of {row['cells']} cells "
        f"recorded, {row['rule_hits']} rule hits"
        for _, row in made[-5:]
    )
    return f"{'The last five versions' if len(made) > 5 else 'Versions'} in order of time: {said}."
