"""Two cohorts side by side: every patient's point, and the difference with its interval on an axis of its own."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from plro_core import lookups
from plro_core.cohort import EVERYONE, Cohort
from plro_core.compare import Comparison, Difference, compare, estimate_words, having, name_of
from plro_core.figures.chart import Chart, compose, empty_chart
from plro_core.figures.points import sentence, wrapped
from plro_core.figures.style import LIGHT, Look, Part, base_layout, quiet_axis, words
from plro_core.statistics import quantile
from plro_core.store import Registry
from plro_core.tables import Cell, Column
from plro_core.text import k_of_n, safe_plotly

_QUESTION = "How do A and B differ?"
_HEAD = 84.0


@dataclass(frozen=True)
class _Plan:
    """Where the parts of a row lie: its height, the top and foot of its plot in it, the spans of words, points, interval."""

    row: float
    plot: tuple[float, float]
    points: tuple[float, float]
    interval: tuple[float, float]


_UPRIGHT = _Plan(116.0, (46.0, 88.0), (0.0, 0.58), (0.66, 1.0))
#: The words stand to the left of the points.
_WIDE = _Plan(84.0, (8.0, 54.0), (0.33, 0.7), (0.76, 1.0))


_LANES = {"a": 1.0, "b": 0.0}
#: Hue and marker of the two cohorts, equal in lightness and apart without colour.
STYLES = {"a": ("#367CBF", "circle"), "b": ("#B75C14", "circle-open")}

_COLUMNS = (
    Column("variable", "Variable"),
    Column("month", "Month", "integer"),
    Column("value", "Level"),
    Column("group", "Cohort"),
    Column("case_id", "Patient", "integer"),
    Column("recorded", "Recorded", "number", None),
)

_TIED = "Equal values stand side by side; a dotted interval does not attain 95 %. No median below three values."

#: Patient, recorded value.
Points = dict[tuple[str, str], list[tuple[int, float]]]


@dataclass(frozen=True)
class Row:
    """One comparison with its place in the figure."""

    difference: Difference
    index: int
    suffix_left: str
    suffix_right: str
    y: tuple[float, float]


def estimation_plot(
    registry: Registry,
    a: Cohort,
    *,
    b: Cohort | None = None,
    within: Cohort = EVERYONE,
    leave_out_of: str | None = None,
    keys: Sequence[str] = (),
    look: Look = LIGHT,
    other: Registry | None = None,
) -> Chart:
    """A against B (``None``: everybody else): raw points with medians on the left, A − B with its interval on the right.

    ``keys`` are ``Difference.key`` values and choose the comparisons and their order; none means all.
    """
    comparison = compare(registry, a, b, within=within, leave_out_of=leave_out_of, other=other)
    chosen = _chosen(comparison, keys)
    if comparison.problem:
        why = comparison.problem
        return empty_chart(registry, "estimation_plot", why, _COLUMNS, look, why)
    if not chosen:
        return empty_chart(registry, "estimation_plot", _QUESTION, _COLUMNS, look)
    points = _points(registry, other, comparison, chosen)
    plan = _WIDE if look.wide else _UPRIGHT
    rows = _rows(chosen, plan)
    traces: list[Part] = []
    annotations = _heads(comparison, look)
    axes: dict[str, Part] = {}
    for row in rows:
        traces += [*_lanes(row, points, look), *_medians(row, look), *_interval(row, look)]
        annotations += _row_words(row, look)
        axes |= _axes(row, points, plan, look)
    height = _HEAD + plan.row * len(rows)
    layout = base_layout(look, height, {"l": 10, "r": 28, "t": 0, "b": 0}, annotations=annotations, **axes)
    return compose(
        registry,
        "estimation_plot",
        _title(chosen),
        traces=traces,
        layout=layout,
        summary=_summary(comparison, chosen),
        columns=_COLUMNS,
        rows=_cells(chosen, points),
        notes=(
            comparison.two_populations,
            _TIED,
            *dict.fromkeys(_notes(registry, other, chosen)),
        ),
        look=look,
        synthetic=comparison.synthetic,
    )


def _notes(registry: Registry, other: Registry | None, chosen: Sequence[Difference]) -> Iterable[str]:
    """What is to be known of each variable; of two registries, whose remark it is where they say different things."""
    for entry in dict.fromkeys(difference.variable for difference in chosen):
        theirs = other.vocabulary.variable(entry.name, entry.table).note if other else entry.note
        if other is None or theirs == entry.note:
            yield from (entry.note,) if entry.note else ()
        else:
            said = ((registry.name, entry.note), (other.name, theirs))
            yield from (f"{name} on {entry.words}: {note}" for name, note in said if note)


def _title(chosen: Sequence[Difference]) -> str:
    """The theme of the comparisons, where they have one in common."""
    groups = {difference.variable.group for difference in chosen}
    return f"{groups.pop()}: A against B" if len(groups) == 1 else "A against B"


def _chosen(comparison: Comparison, keys: Sequence[str]) -> list[Difference]:
    by_key = {difference.key: difference for difference in comparison.differences}
    return [by_key[key] for key in keys if key in by_key] if keys else list(comparison.differences)


def _rows(chosen: Sequence[Difference], plan: _Plan) -> list[Row]:
    """Rows from top to bottom; each has two pairs of axes, numbered as Plotly does."""
    height = _HEAD + plan.row * len(chosen)
    rows = []
    for index, difference in enumerate(chosen):
        top = _HEAD + plan.row * index
        y = (round(1 - (top + plan.plot[1]) / height, 5), round(1 - (top + plan.plot[0]) / height, 5))
        left, right = 2 * index + 1, 2 * index + 2
        rows.append(Row(difference, index, "" if left == 1 else str(left), str(right), y))
    return rows


def _points(registry: Registry, other: Registry | None, comparison: Comparison, chosen: Sequence[Difference]) -> Points:
    """Patients' recorded values by comparison and cohort; a level is drawn as 1 where the patient has it, else 0."""
    found = _members(registry, other, comparison)
    points: Points = {}
    for difference in chosen:
        for code in _LANES:
            records = found[code]
            values = [(record["case_id"], _recorded(difference, record)) for record in records]
            points[difference.key, code] = [(case_id, value) for case_id, value in values if value is not None]
    return points


def _members(registry: Registry, other: Registry | None, comparison: Comparison) -> dict[str, list[lookups.Record]]:
    found = lookups.compared_members(registry, comparison.a, comparison.b, comparison.within, other)
    if comparison.leave_out_of:
        found["b" if comparison.leave_out_of == "a" else "a"] += found["both"]
    return found


def _recorded(difference: Difference, record: Mapping[str, Any]) -> float | None:
    variable = difference.variable
    if variable.many:
        return float(difference.value in record[variable.name])
    value = (
        record["visits"].get(difference.month, {}).get(variable.name) if variable.per_visit else record[variable.name]
    )
    if value is None or difference.value is None:
        return value
    code = ("yes" if value else "no") if isinstance(value, bool) else str(value)
    return float(code == difference.value)


def _axes(row: Row, points: Points, plan: _Plan, look: Look) -> dict[str, Part]:
    left, right = row.suffix_left, row.suffix_right
    lanes = {"range": [-0.75, 1.75], "visible": False, "fixedrange": True, "domain": list(row.y)}
    return {
        f"xaxis{left}": _value_axis(row, points, look) | {"domain": list(plan.points), "anchor": f"y{left}"},
        f"yaxis{left}": {**lanes, "anchor": f"x{left}"},
        f"xaxis{right}": _difference_axis(row, look) | {"domain": list(plan.interval), "anchor": f"y{right}"},
        f"yaxis{right}": {**lanes, "anchor": f"x{right}"},
    }


def _value_axis(row: Row, points: Points, look: Look) -> Part:
    if row.difference.value is not None:
        return quiet_axis(look, range=[-0.6, 1.6], tickvals=[0, 1], ticktext=["without", "with"], showgrid=False)
    if row.difference.variable.name == "vas":
        return quiet_axis(look, range=[-0.7, 10.7], tickvals=[0, 2, 4, 6, 8, 10])
    low, high = _ends(row, points)
    air = (high - low) * 0.1
    return quiet_axis(look, range=[low - air, high + air], nticks=5)


def _ends(row: Row, points: Points) -> tuple[float, float]:
    """Lowest and highest value of both cohorts, at least one step of the variable apart."""
    values = [value for code in _LANES for _, value in points[row.difference.key, code]]
    step = 10.0**-row.difference.variable.decimals
    return (min(values), max(max(values), min(values) + step)) if values else (0.0, 1.0)


def _span(row: Row, points: Points) -> float:
    """The width of the value axis in the variable's unit."""
    if row.difference.value is not None:
        return 2.2
    if row.difference.variable.name == "vas":
        return 11.4
    low, high = _ends(row, points)
    return (high - low) * 1.2


def _difference_axis(row: Row, look: Look) -> Part:
    """Zero always in view, the interval always whole."""
    difference = row.difference
    ends = [0.0, *(difference.interval or ()), *([difference.estimate] if difference.estimate is not None else [])]
    reach = max(abs(end) for end in ends) or 1.0
    settings: Part = {"range": [-1.25 * reach, 1.25 * reach], "nticks": 5, "zeroline": True}
    if difference.value is not None:
        settings |= {
            "range": [-1.1, 1.1],
            "tickvals": [-1, -0.5, 0, 0.5, 1],
            "ticktext": ["−100 %", "", "0", "", "+100 %"],
        }
    return quiet_axis(look, **settings) | {"zerolinecolor": look.line, "zerolinewidth": look.px(1.2)}


def _lanes(row: Row, points: Points, look: Look) -> list[Part]:
    """Each patient's value, cohort A above B; equal values stand beside each other."""
    traces = []
    for code, lane in _LANES.items():
        colour, symbol = STYLES[code]
        spread = _span(row, points) / 56
        placed = _stacked(points[row.difference.key, code])
        traces.append(
            {
                "mode": "markers",
                "xaxis": f"x{row.suffix_left}",
                "yaxis": f"y{row.suffix_left}",
                "x": [value + step * spread for _, value, step in placed],
                "y": [lane] * len(placed),
                "customdata": [case_id for case_id, _, _ in placed],
                "hovertext": [_hover(row.difference, code, case_id, value) for case_id, value, _ in placed],
                "marker": {
                    "color": colour,
                    "symbol": symbol,
                    "size": look.px(9),
                    "line": {"width": look.px(2), "color": colour},
                },
            }
        )
    return traces


def _stacked(points: Iterable[tuple[int, float]]) -> list[tuple[int, float, float]]:
    """Patients of equal value stand beside each other: (patient, value, steps to the side)."""
    by_value: dict[float, list[int]] = {}
    for case_id, value in points:
        by_value.setdefault(value, []).append(case_id)
    return [
        (case_id, value, place - (len(ids) - 1) / 2)
        for value, ids in by_value.items()
        for place, case_id in enumerate(sorted(ids))
    ]


def _hover(difference: Difference, code: str, case_id: int, value: float) -> str:
    said = safe_plotly(name_of(difference))
    if difference.value is not None:
        return sentence(f"Patient {case_id} ({code.upper()})", f"{'with' if value else 'without'} {said}")
    unit = f" {difference.variable.stated_unit}" if difference.variable.stated_unit else ""
    return sentence(
        f"Patient {case_id} ({code.upper()})", f"{said}: {difference.variable.written(value)}{safe_plotly(unit)}"
    )


def _medians(row: Row, look: Look) -> list[Part]:
    """A tick at each cohort's median, from three values on."""
    if row.difference.value is not None:
        return []
    traces = []
    for code, frequency in (("a", row.difference.a), ("b", row.difference.b)):
        median = quantile(frequency, 0.5)
        if median is None or frequency.n < 3:
            continue
        lane = _LANES[code]
        said = f"{code.upper()}: median {row.difference.variable.written(median)} (n = {frequency.n})"
        traces.append(
            {
                "mode": "lines",
                "xaxis": f"x{row.suffix_left}",
                "yaxis": f"y{row.suffix_left}",
                "x": [median, median],
                "y": [lane - 0.45, lane + 0.45],
                "hovertext": [said, said],
                "line": {"color": look.text, "width": look.px(2.5)},
            }
        )
    return traces


def _interval(row: Row, look: Look) -> list[Part]:
    difference = row.difference
    if difference.estimate is None:
        return []
    axes = {"xaxis": f"x{row.suffix_right}", "yaxis": f"y{row.suffix_right}"}
    hover = sentence(safe_plotly(name_of(difference)), f"A − B {estimate_words(difference)}")
    traces: list[Part] = []
    if difference.interval:
        attained = (difference.level or 0) >= 0.9499
        line = {"color": look.accent, "width": look.px(3), "dash": "solid" if attained else "dot"}
        ends = list(difference.interval)
        traces.append({**axes, "mode": "lines", "x": ends, "y": [0.5, 0.5], "hovertext": [hover] * 2, "line": line})
    marker = {"color": look.accent, "size": look.px(11), "symbol": "diamond"}
    traces.append(
        {**axes, "mode": "markers", "x": [difference.estimate], "y": [0.5], "hovertext": [hover], "marker": marker}
    )
    return traces


def _row_words(row: Row, look: Look) -> list[Part]:
    """Over each row, or left of it: what is compared and in what unit; then the estimate, or why there is none."""
    difference, top = row.difference, row.y[1]
    place: Part = {"xref": "paper", "yref": "paper", "y": top, "yanchor": "bottom", "yshift": look.px(5)}
    if look.wide:
        place |= {"yanchor": "top", "yshift": look.px(4)}
    unit = (
        f" ({safe_plotly(difference.variable.stated_unit)})"
        if difference.variable.stated_unit and difference.value is None
        else ""
    )
    counted = (
        f"A {k_of_n(having(difference.a, difference.value), difference.n_a)} · B {k_of_n(having(difference.b, difference.value), difference.n_b)}"
        if difference.value is not None
        else f"n = {difference.n_a} · {difference.n_b}"
    )
    said = estimate_words(difference) if difference.estimate is not None else ""
    said = ". ".join(
        filter(None, (f"A − B: {said}" if said else "", "" if difference.interval else difference.reason or ""))
    )
    name = f"<b>{wrapped(safe_plotly(name_of(difference)), 40)}</b>{unit}"
    between = "<br>" if look.wide else "  "
    lines = f"{name}{between}{counted}<br>{wrapped(said, 44 if look.wide else 56)}"
    return [words(look, lines, x=0, color=look.text, size=12, **place)]


def _heads(comparison: Comparison, look: Look) -> list[Part]:
    """The key: who A and B are, and what the two columns show."""
    (colour_a, _), (colour_b, _) = STYLES["a"], STYLES["b"]
    key = (
        f'<span style="color:{look.ink(colour_a)}">● <b>A</b></span> {wrapped(safe_plotly(comparison.a_sentence), 44)}, '
        f"n = {comparison.n_a}<br>"
        f'<span style="color:{look.ink(colour_b)}">○ <b>B</b></span> {wrapped(safe_plotly(comparison.b_sentence), 44)}, '
        f"n = {comparison.n_b}<br>left: each patient; right: A − B with its interval"
    )
    place: Part = {"xref": "paper", "yref": "paper", "y": 1, "yanchor": "top", "yshift": look.px(-4)}
    return [words(look, key, x=0, size=12, color=look.text, **place)]


def _cells(chosen: Sequence[Difference], points: Points) -> list[tuple[Cell, ...]]:
    return [
        (difference.variable.name, difference.month, difference.value, code.upper(), case_id, value)
        for difference in chosen
        for code in _LANES
        for case_id, value in points[difference.key, code]
    ]


def _summary(comparison: Comparison, chosen: Sequence[Difference]) -> str:
    told = [
        f"{safe_plotly(name_of(difference))}: A − B {estimate_words(difference)} (n = {difference.n_a} and {difference.n_b})."
        for difference in chosen
    ]
    return (
        f"A is {comparison.a_sentence} (n = {comparison.n_a}); B is {comparison.b_sentence} (n = {comparison.n_b}). "
        + " ".join(told)
    )
