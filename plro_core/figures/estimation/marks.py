"""What is drawn in a row: every patient, the medians, and the difference with its interval."""

from collections.abc import Iterator

from plro_core.compare import Difference, estimate_words, name_of
from plro_core.compare.words import signed
from plro_core.figures.estimation.bands import band_marks, many
from plro_core.figures.estimation.rows import LANES, Points, Row, placed
from plro_core.figures.points import sentence
from plro_core.figures.style import Look, Part
from plro_core.statistics import median
from plro_core.text import grouped, safe_plotly

#: Hue and marker of the two cohorts, equal in lightness and apart without colour.
STYLES = {"a": ("#367CBF", "circle"), "b": ("#B75C14", "circle-open")}

#: An interval is drawn solid only where it is exact and covers at least as often as this.
_WANTED = 0.95
INTERVALS = (
    "Solid interval: exact, at least 95 %. Dotted: exact, but 95 % is out of reach. Dashed: 95 % in name only, with many "
    "patients."
)


def marks(row: Row, points: Points, look: Look) -> Iterator[Part]:
    """The traces of one row."""
    if many(row.difference):
        for code in LANES:
            axes: Part = {"xaxis": f"x{row.left}", "yaxis": f"y{row.left}"}
            hue, lane = STYLES[code][0], row.lanes[code]
            yield from band_marks(row.difference, code, hue, row.middle(code), lane * look.scale, axes, look)
    else:
        yield from (_patients(row, code, points, look) for code in LANES)
    yield from _medians(row, look)
    yield from _interval(row, look)


def _patients(row: Row, code: str, points: Points, look: Look) -> Part:
    """Each patient's value, cohort A above B; equal values above each other."""
    colour, symbol = STYLES[code]
    drawn = placed(row.difference, points[row.difference.key, code])
    middle = row.middle(code)
    return {
        "mode": "markers",
        "xaxis": f"x{row.left}",
        "yaxis": f"y{row.left}",
        "x": [value + along for _, value, along, _ in drawn],
        "y": [middle + across for *_, across in drawn],
        "customdata": [case_id for case_id, *_ in drawn],
        "hovertext": [patient_hover(row.difference, code, case_id, value) for case_id, value, *_ in drawn],
        "marker": {
            "color": colour,
            "symbol": symbol,
            "size": look.px(7.5),
            "line": {"width": look.px(1.6), "color": colour},
        },
    }


def patient_hover(difference: Difference, code: str, case_id: int, value: float) -> str:
    said, who = safe_plotly(name_of(difference)), f"Patient {case_id} ({code.upper()})"
    if difference.value is not None:
        return sentence(who, f"{'with' if value else 'without'} {said}")
    entry = difference.variable
    written = signed(value, entry.decimals) if difference.change else entry.written(value)
    unit = f" {safe_plotly(entry.stated_unit)}" if entry.unit else ""
    return sentence(who, f"{said}: {written}{unit}")


def _medians(row: Row, look: Look) -> Iterator[Part]:
    """A line through each cohort at its median; none below three values."""
    if row.difference.value is not None:
        return
    for code, frequency in (("a", row.difference.a), ("b", row.difference.b)):
        middle = median(frequency)
        if middle is None:
            continue
        lane, half = row.middle(code), row.lanes[code] / 2 + 2
        said = f"{code.upper()}: median {row.difference.variable.written(middle)} (n = {grouped(frequency.n)})"
        yield {
            "mode": "lines",
            "xaxis": f"x{row.left}",
            "yaxis": f"y{row.left}",
            "x": [middle, middle],
            "y": [lane - half, lane + half],
            "hovertext": [said, said],
            "line": {"color": look.text, "width": look.px(2.5)},
        }


def _interval(row: Row, look: Look) -> Iterator[Part]:
    difference = row.difference
    if difference.estimate is None:
        return
    axes = {"xaxis": f"x{row.right}", "yaxis": f"y{row.right}"}
    hover = sentence(safe_plotly(name_of(difference)), f"A − B {estimate_words(difference)}")
    middle = row.height / 2
    if difference.interval:
        line = {"color": look.accent, "width": look.px(3), "dash": dash(difference)}
        yield {
            **axes,
            "mode": "lines",
            "x": list(difference.interval),
            "y": [middle] * 2,
            "hovertext": [hover] * 2,
            "line": line,
        }
    marker = {"color": look.accent, "size": look.px(11), "symbol": "diamond"}
    yield {**axes, "mode": "markers", "x": [difference.estimate], "y": [middle], "hovertext": [hover], "marker": marker}


def dash(difference: Difference) -> str:
    """How an interval is drawn: solid if it is exact and wide enough, dotted if it attains less, dashed if it is nominal."""
    if difference.level_is == "nominal":
        return "dash"
    return "solid" if (difference.level or 0) >= _WANTED else "dot"
