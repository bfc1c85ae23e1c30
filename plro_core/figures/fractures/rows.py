"""The map of fractures with a row a patient: a square for each documented fracture, a ring for vertebroplasty."""

from plro_core.figures.form import Form
from plro_core.figures.fractures.levels import PLACES
from plro_core.figures.fractures.seen import Fractures
from plro_core.figures.fractures.sentences import hover
from plro_core.figures.style import Part, quiet_axis, unseen, words
from plro_core.lookups import Record
from plro_core.text import k_of_patients, safe_plotly

#: The height of a row, of named patients and of others, and of the row of counts below, in pixels.
ROW, NARROW_ROW, COUNTS = 25.0, 6.5, 30.0


def height(found: Fractures) -> float:
    """The height of the rows with the counts below them, on a page."""
    return (ROW if found.form is Form.NAMED else NARROW_ROW) * len(found.order) + COUNTS


def _unit(found: Fractures, plot: float) -> float:
    """The height of a row in pixels, of a plot of a height."""
    return (plot - found.look.px(COUNTS)) / max(1, len(found.order))


def patients_axis(found: Fractures, plot: float) -> Part:
    """Patients from the top; the counts stand below the last."""
    named, end = found.form is Form.NAMED, len(found.order) - 0.5 + found.look.px(COUNTS) / _unit(found, plot)
    return quiet_axis(
        found.look,
        range=[end, -0.5],
        tickvals=list(range(len(found.order))),
        ticktext=[f"<b>{case_id}</b>" if case_id == found.highlight else str(case_id) for case_id in found.order],
        showticklabels=named,
        showgrid=named,
        tickfont={"size": found.look.type(12), "color": found.look.text},
    )


def row_marks(found: Fractures, plot: float) -> list[Part]:
    """Squares, rings, the rows without a fracture, and below them how many have one at each level."""
    row_of = {case_id: index for index, case_id in enumerate(found.order)}
    size = min(found.look.px(12), max(3.0, 0.75 * _unit(found, plot)))
    return [_squares(found, row_of, size), *_rings(found, row_of, size), *_nobody(found, row_of), *_counts(found, plot)]


def _squares(found: Fractures, row_of: dict[int, int], size: float) -> Part:
    shown = [row for row in found.rows if row["case_id"] in row_of]
    hues = [found.colour(row["case_id"]) for row in shown]
    return {
        "mode": "markers",
        "name": "Fracture",
        "x": [found.levels.place(row["level"]) for row in shown],
        "y": [row_of[row["case_id"]] for row in shown],
        "customdata": [[row["case_id"]] for row in shown],
        "hovertext": [hover(found.view, row, found.cemented, found.levels) for row in shown],
        "marker": {
            "symbol": [_symbol(row) for row in shown],
            "color": hues,
            "size": size,
            "line": {"color": hues, "width": min(found.look.px(2), size / 4)},
        },
    }


def _symbol(row: Record) -> str:
    """Full where acute, hollow where nothing is stated, crossed where another age is."""
    return "square" if row["acuity"] == "acute" else "square-x-open" if row["acuity"] else "square-open"


def _rings(found: Fractures, row_of: dict[int, int], size: float) -> list[Part]:
    at = [
        (case_id, level) for case_id, levels in found.cemented.items() for level in sorted(levels) if case_id in row_of
    ]
    if not at:
        return []
    ink, look = found.look.text, found.look
    return [
        {
            "mode": "markers",
            "name": "Vertebroplasty",
            "x": [PLACES[level] for _, level in at],
            "y": [row_of[case_id] for case_id, _ in at],
            "customdata": [[case_id] for case_id, _ in at],
            "hoverinfo": "skip",
            "marker": {
                "symbol": "circle-open",
                "color": ink,
                "size": 1.7 * size,
                "line": {"color": ink, "width": min(look.px(1.6), size / 4)},
            },
        }
    ]


def _nobody(found: Fractures, row_of: dict[int, int]) -> list[Part]:
    """The rows of patients without a documented fracture say so, and can be chosen like the others."""
    with_one = {row["case_id"] for row in found.rows}
    without = [(index, case_id) for case_id, index in row_of.items() if case_id not in with_one]
    if not without:
        return []
    named = found.form is Form.NAMED
    return [
        {
            "mode": "text" if named else "markers",
            "name": "None documented",
            "x": [PLACES["T1"] - 0.5] * len(without),
            "y": [index for index, _ in without],
            **({"text": ["none documented"] * len(without), "textposition": "middle right"} if named else {}),
            "textfont": {"size": found.look.type(11), "color": found.look.quiet},
            "customdata": [[case_id] for _, case_id in without],
            "hovertext": [f"Patient {case_id}: no fracture documented" for _, case_id in without],
            "marker": {"color": found.look.line, "size": 3, "symbol": "circle"},
        }
    ]


def _counts(found: Fractures, plot: float) -> list[Part]:
    """Below each level how many patients have a fracture there, the most frequent ones first seen."""
    counted = {level: n for level in found.levels.all if (n := found.found().values.get(level))}
    most = max(counted.values(), default=0)
    below = len(found.order) - 0.5 + 0.5 * found.look.px(COUNTS) / _unit(found, plot)
    return [
        {
            "mode": "markers+text",
            "name": "Patients at this level",
            "x": [found.levels.place(level) for level in counted],
            "y": [below] * len(counted),
            "text": [f"<b>{n}</b>" if n == most else str(n) for n in counted.values()],
            "textposition": "middle center",
            "textfont": {
                "size": found.look.type(12),
                "color": [found.look.ink(found.look.accent) if n == most else found.look.text for n in counted.values()],
            },
            "customdata": [found.query(level) for level in counted],
            "hovertext": [
                f"{safe_plotly(found.levels.labels.get(level, level))}: a fracture documented in {k_of_patients(n, found.view.n)}"
                for level, n in counted.items()
            ],
            "marker": unseen(found.look.px(22)),
        }
    ]  # fmt: skip


def row_words(found: Fractures) -> list[Part]:
    """What the marks mean, and what the rows and the counts are."""
    look, named = found.look, found.form is Form.NAMED
    left: Part = {"x": 0, "xref": "paper", "xanchor": "right", "xshift": look.px(-4), "yref": "paper"}
    return [
        words(look, "patient" if named else "", y=1, yanchor="bottom", yshift=look.px(5), size=11, **left),
        words(look, "patients", y=0, yanchor="bottom", yshift=look.px(5), size=11, **left),
        words(
            look, "■ acute fracture   □ age not stated   ○ vertebroplasty", x=0, xref="paper", xshift=look.px(4 - 58), y=1,
            yref="paper", yanchor="bottom", yshift=look.px(42),
        ),
    ]  # fmt: skip
