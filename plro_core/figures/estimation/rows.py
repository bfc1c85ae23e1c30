"""Where everything stands: a row for each comparison, with lanes high enough for patients of equal value.

Lengths are pixels at scale 1. Patients of equal value are stacked across the measured axis, never along it.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from plro_core.compare import Difference
from plro_core.figures.estimation.bands import many
from plro_core.figures.style import Look, Part, quiet_axis

LANES = ("a", "b")

#: Patients (by number) with their value, by comparison and cohort.
Points = Mapping[tuple[str, str], Sequence[tuple[int, float]]]
#: A patient with her value and her place: how far from where that value lies, along the axis and across it.
Placed = tuple[int, float, float, float]

HEAD = 62.0
#: A stack keeps this distance between patients until it is as high as it may become.
_STEP, _HIGHEST = 8.0, 72.0
_LOWEST_LANE = 16.0
#: With and without have no measured axis: patients of each stand in lines of so many.
_A_LINE, _BESIDE = 10, 0.045


@dataclass(frozen=True)
class Plan:
    """The heights above and below a row's plot, and the spans of its points and of its interval."""

    above: float
    below: float
    points: tuple[float, float]
    interval: tuple[float, float]


UPRIGHT = Plan(46.0, 30.0, (0.0, 0.58), (0.66, 1.0))
#: The words stand to the left of the points.
WIDE = Plan(8.0, 28.0, (0.38, 0.71), (0.77, 1.0))
#: The words of a wide row need as much height as this.
_WIDE_WORDS = 44.0


@dataclass(frozen=True)
class Row:
    """One comparison with its place: the names of its axes, its span of the figure, the heights of its lanes."""

    difference: Difference
    left: str
    right: str
    y: tuple[float, float]
    height: float
    lanes: Mapping[str, float]

    def middle(self, code: str) -> float:
        """Where a lane's middle lies: A above B."""
        air = (self.height - sum(self.lanes.values())) / 3
        return air + self.lanes["b"] / 2 if code == "b" else self.height - air - self.lanes["a"] / 2


def rows_of(chosen: Sequence[Difference], points: Points, plan: Plan, fills: float = 0.0) -> tuple[list[Row], float]:
    """The rows from top to bottom, and the height of the figure; each has two pairs of axes, numbered as Plotly does.

    The plots are stretched until everything ``fills`` a height.
    """
    lanes = [{code: _lane(found, points[found.key, code]) for code in LANES} for found in chosen]
    least = _WIDE_WORDS if plan is WIDE else 0.0
    plots = [max(sum(row.values()) + 18, least) for row in lanes]
    spare = fills - HEAD - sum(plan.above + plot + plan.below for plot in plots)
    plots = [plot + max(0.0, spare) / len(plots) for plot in plots]
    whole = HEAD + sum(plan.above + plot + plan.below for plot in plots)
    rows, top = [], HEAD
    for index, (found, plot, row) in enumerate(zip(chosen, plots, lanes, strict=True)):
        y = (round(1 - (top + plan.above + plot) / whole, 5), round(1 - (top + plan.above) / whole, 5))
        left = 2 * index + 1
        rows.append(Row(found, "" if left == 1 else str(left), str(left + 1), y, plot, row))
        top += plan.above + plot + plan.below
    return rows, whole


def _lane(difference: Difference, points: Sequence[tuple[int, float]]) -> float:
    """How high the patients of one cohort stand."""
    deepest = _deepest(difference, points)
    return max(_LOWEST_LANE, min(_HIGHEST, (deepest - 1) * _STEP) + 10)


def _deepest(difference: Difference, points: Sequence[tuple[int, float]]) -> int:
    most = max(Counter(value for _, value in points).values(), default=1)
    return most if difference.value is None else -(-most // _A_LINE)


def placed(difference: Difference, points: Sequence[tuple[int, float]]) -> list[Placed]:
    """Each patient with her place: patients of equal value above each other, those with or without a level in lines."""
    deepest = _deepest(difference, points)
    step = min(_STEP, _HIGHEST / max(1, deepest - 1))
    by_value: dict[float, list[int]] = {}
    for case_id, value in points:
        by_value.setdefault(value, []).append(case_id)
    return [
        (case_id, value, along, across * step)
        for value, ids in by_value.items()
        for case_id, (along, across) in zip(sorted(ids), _places(len(ids), difference.value is not None), strict=True)
    ]


def _places(n: int, in_lines: bool) -> list[tuple[float, float]]:
    """Places of so many patients of one value, around the middle."""
    if not in_lines:
        return [(0.0, place - (n - 1) / 2) for place in range(n)]
    lines = -(-n // _A_LINE)
    found = []
    for place in range(n):
        line, at = divmod(place, _A_LINE)
        beside = min(_A_LINE, n - line * _A_LINE)
        found.append(((at - (beside - 1) / 2) * _BESIDE, (lines - 1) / 2 - line))
    return found


def axes(rows: Sequence[Row], points: Points, plan: Plan, look: Look) -> dict[str, Part]:
    """The axes of all rows. Rows of one unit share one scale of differences, and rows of one variable one scale of values."""
    found: dict[str, Part] = {}
    reach: dict[tuple[str, str], float] = {}
    spans: dict[tuple[str, bool], list[float]] = {}
    for row in rows:
        unit = unit_of(row.difference)
        reach[unit] = max(reach.get(unit, 0.0), _reach(row.difference))
        drawn = [value for code in LANES for _, value in points[row.difference.key, code]]
        spans.setdefault((row.difference.variable.name, row.difference.change), []).extend(drawn)
    for row in rows:
        lanes = {"range": [0, row.height], "visible": False, "fixedrange": True, "domain": list(row.y)}
        values = spans[row.difference.variable.name, row.difference.change]
        found |= {
            f"xaxis{row.left}": _value_axis(row.difference, values, look)
            | {"domain": list(plan.points), "anchor": f"y{row.left}"},
            f"yaxis{row.left}": {**lanes, "anchor": f"x{row.left}"},
            f"xaxis{row.right}": _difference_axis(row.difference, reach[unit_of(row.difference)], look)
            | {"domain": list(plan.interval), "anchor": f"y{row.right}"},
            f"yaxis{row.right}": {**lanes, "anchor": f"x{row.right}"},
        }
    return found


def unit_of(difference: Difference) -> tuple[str, str]:
    """What differences are in: rows that have it in common can be read against each other."""
    entry = difference.variable
    if difference.value is not None:
        return "", "level"
    return entry.stated_unit or entry.name * (not entry.score), entry.score


def _reach(difference: Difference) -> float:
    """How far from zero anything is drawn."""
    estimate = [] if difference.estimate is None else [difference.estimate]
    return max((abs(end) for end in (*(difference.interval or ()), *estimate)), default=0.0)


def _value_axis(difference: Difference, values: Sequence[float], look: Look) -> Part:
    if difference.value is not None and many(difference):
        return quiet_axis(look, range=[-0.05, 1.05], tickvals=[0, 0.5, 1], ticktext=["0", "50 %", "100 %"])
    if difference.value is not None:
        return quiet_axis(look, range=[-0.6, 1.6], tickvals=[0, 1], ticktext=["without", "with"], showgrid=False)
    ends = value_range(difference, values)
    if difference.change:
        zero: Part = {"zeroline": True, "zerolinecolor": look.line, "zerolinewidth": look.px(1.2)}
        return quiet_axis(look, range=ends, nticks=5 if look.stage else 8) | zero
    return quiet_axis(look, range=ends, nticks=6 if difference.variable.scale else 5)


def value_range(difference: Difference, values: Sequence[float]) -> list[float]:
    """The span of a scale of values: the whole scale of a score, zero in view of changes."""
    entry = difference.variable
    step = 10.0**-entry.decimals
    low, high = (min(values), max(values)) if values else (0.0, 1.0)
    if difference.change:
        return _aired(min(low, -step), max(high, step))
    if entry.scale:
        low, high = (float(end) for end in entry.scale.split("-"))
        return _aired(low, high, 0.07)
    return _aired(low, max(high, low + step))


def _aired(low: float, high: float, share: float = 0.1) -> list[float]:
    air = (high - low) * share
    return [low - air, high + air]


def _difference_axis(difference: Difference, reach: float, look: Look) -> Part:
    """Zero always in view, the interval always whole."""
    settings: Part = {"range": [-1.15 * (reach or 1.0), 1.15 * (reach or 1.0)], "nticks": 5}
    if difference.value is not None:
        ends = ["−100 %", "", "0", "", "+100 %"]
        settings = {"range": [-1.1, 1.1], "tickvals": [-1, -0.5, 0, 0.5, 1], "ticktext": ends}
    return quiet_axis(look, **settings) | {
        "zeroline": True,
        "zerolinecolor": look.line,
        "zerolinewidth": look.px(1.2),
    }
