"""A forest of differences: A against B on every variable, a row each, one scale for each unit, with the patients beside."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from plro_core.cohort import EVERYONE, Cohort
from plro_core.compare import Difference, having, name_of, position
from plro_core.compare.words import estimate_words, interval_level
from plro_core.counts import Frequency
from plro_core.figures.chart import Chart, compose, empty_chart
from plro_core.figures.estimation.asked import QUESTION, Asked, asked
from plro_core.figures.estimation.bands import band_marks, bands_note, many
from plro_core.figures.estimation.forest_plan import (
    Block,
    Columns,
    Heights,
    columns_of,
    name_in,
    placed_blocks,
    slides_of,
)
from plro_core.figures.estimation.marks import INTERVALS, STYLES, dash, patient_hover
from plro_core.figures.estimation.rows import LANES, value_range
from plro_core.figures.points import sentence, wrapped
from plro_core.figures.style import LIGHT, Look, Part, base_layout, quiet_axis, words
from plro_core.statistics import median
from plro_core.store import Registry
from plro_core.tables import Cell, Column
from plro_core.text import NOT_SMALL, grouped, safe_plotly, short

_COLUMNS = (
    Column("variable", "Variable"),
    Column("label", "Comparison"),
    Column("month", "Month", "integer"),
    Column("change_from_baseline", "Change from baseline", "boolean"),
    Column("value", "Level"),
    Column("n_a", "n, A", "integer"),
    Column("n_b", "n, B", "integer"),
    Column("estimate", "A − B", "number", None),
    Column("low", "Interval from", "number", None),
    Column("high", "Interval to", "number", None),
    Column("level", "Level of the interval", "number", None),
    Column("level_is", "What the level is"),
)
#: How far above and below the middle of a row A and B stand, in rows, and how high a stack of equal values may be.
_LANE, _STACK, _STEP = {"a": -0.2, "b": 0.2}, 0.3, 0.16
#: Side by side at least so many patients have room, those with a level first.
_LEAST_BESIDE = 12


def forest_plot(
    registry: Registry,
    a: Cohort,
    *,
    b: Cohort | None = None,
    within: Cohort = EVERYONE,
    leave_out_of: str | None = None,
    keys: Sequence[str] = (),
    look: Look = LIGHT,
    other: Registry | None = None,
    upright: bool = False,
    slide: int = 1,
) -> Chart:
    """A against B (``None``: everybody else), a row a comparison: where each stands, every patient, and A − B with its interval.

    ``keys`` are ``Difference.key`` values; none means all. ``upright`` is for a narrow screen.
    """
    found = asked(registry, a, b, within, leave_out_of, keys, other)
    if found.comparison.problem or not found.chosen:
        why = found.comparison.problem or QUESTION
        return empty_chart(registry, "forest_plot", why, _COLUMNS, look, why)
    columns = columns_of(look, upright)
    heights = Heights.of(look, columns)
    slides = slides_of(found.chosen, heights, look.stage.height if look.stage else None)
    blocks = tuple(placed_blocks(slides[min(max(slide, 1), len(slides)) - 1], found.chosen, heights))
    drawing = _Drawing(found, blocks, columns, heights, look)
    chart = compose(
        registry,
        "forest_plot",
        found.title,
        traces=list(drawing.traces()),
        layout=drawing.layout(),
        summary=found.summary,
        columns=_COLUMNS,
        rows=[_row(difference) for difference in found.chosen],
        notes=(
            found.comparison.two_populations,
            f"The stroke is the median, from three values on. {INTERVALS}",
            bands_note(found.comparison, found.chosen, found.members),
            *dict.fromkeys(found.notes),
        ),
        look=look,
        synthetic=found.comparison.synthetic,
        who=found.who,
    )
    return replace(chart, slides=len(slides), wide=not upright, shown=found.shown)


def _row(found: Difference) -> tuple[Cell, ...]:
    low, high = found.interval or (None, None)
    what = (found.variable.name, name_of(found), found.month, found.change, found.value)
    level_is = found.level_is if found.interval else None
    return (*what, found.n_a, found.n_b, found.estimate, low, high, found.level, level_is)


@dataclass(frozen=True)
class _Drawing:
    """The blocks of one picture with their axes: of each block one for its rows and one for its differences, of each
    measured variable in it one more for its patients.
    """

    found: Asked
    blocks: tuple[Block, ...]
    columns: Columns
    heights: Heights
    look: Look

    @property
    def height(self) -> float:
        if self.look.stage:
            return self.look.stage.height
        last = self.blocks[-1]
        return last.top + last.height + self.heights.axis

    def _share(self, top: float) -> float:
        return round(1 - top / self.height, 5)

    def _strips(self, block: Block) -> dict[tuple[str, bool], int]:
        """Which scales of values a block has: one of a variable, one of its changes, one of all levels."""
        return {key: index for index, key in enumerate(dict.fromkeys(map(_strip, block.rows)))}

    def _axis(self, index: int, block: Block, difference: Difference | None = None) -> str:
        """The name of a block's axis of differences, or of that on which a comparison's patients stand."""
        first = 1 + sum(1 + len(self._strips(before)) for before in self.blocks[:index])
        at = first if difference is None else first + 1 + self._strips(block)[_strip(difference)]
        return f"x{at if at > 1 else ''}"

    def _upright(self, index: int) -> str:
        return f"y{index + 1 if index else ''}"

    # Marks

    def traces(self) -> Iterator[Part]:
        for index, block in enumerate(self.blocks):
            for at, difference in enumerate(block.rows):
                if self.columns.points is not None:
                    axes: Part = {
                        "xaxis": self._axis(index, block, difference),
                        "yaxis": self._upright(index),
                    }
                    for code in LANES:
                        yield from self._side(difference, code, at, axes)
                forest: Part = {"xaxis": self._axis(index, block), "yaxis": self._upright(index)}
                yield from self._interval(difference, at, forest)

    def _at(self, at: float) -> float:
        """The middle of a row's marks: lower where words stand over them."""
        return at + (0.24 if self.columns.upright else 0.0)

    def _lane(self, code: str) -> float:
        return _LANE[code] * (0.75 if self.columns.upright else 1.0)

    def _side(self, difference: Difference, code: str, at: int, axes: Part) -> Iterator[Part]:
        """The patients of one side, or bands of them, and their median."""
        hue, symbol = STYLES[code]
        middle = self._at(at) + self._lane(code)
        frequency = difference.a if code == "a" else difference.b
        if many(difference):
            yield from band_marks(difference, code, hue, middle, self.heights.row * 0.3, axes, self.look)
        else:
            places = self._places(difference, code)
            yield {
                **axes,
                "mode": "markers",
                "x": [x for _, _, x, _ in places],
                "y": [middle + off for *_, off in places],
                "customdata": [case_id for case_id, *_ in places],
                "hovertext": [patient_hover(difference, code, case_id, value) for case_id, value, *_ in places],
                "marker": {
                    "color": hue,
                    "symbol": [_symbol(difference, value, symbol) for _, value, *_ in places],
                    "size": self.look.px(5.5),
                    "line": {"width": self.look.px(1.2), "color": hue},
                },
            }
        central = None if difference.value is not None else median(frequency)
        if central is not None:
            said = f"{code.upper()}: median {difference.variable.written(central)} (n = {grouped(frequency.n)})"
            yield {
                **axes,
                "mode": "lines",
                "x": [central, central],
                "y": [middle - 0.17, middle + 0.17],
                "hovertext": [said, said],
                "line": {"color": self.look.text, "width": self.look.px(2)},
            }

    def _places(self, difference: Difference, code: str) -> list[tuple[int, float, float, float]]:
        """Each patient with her value and her place: equal values above each other, those with a level first in a line."""
        points = self.found.points[difference.key, code]
        if difference.value is not None:
            longest = max(_LEAST_BESIDE, *(len(self.found.points[difference.key, side]) for side in LANES))
            order = sorted(points, key=lambda point: (-point[1], point[0]))
            return [(case_id, value, (at + 0.5) / longest, 0.0) for at, (case_id, value) in enumerate(order)]
        by_value: dict[float, list[int]] = {}
        for case_id, value in points:
            by_value.setdefault(value, []).append(case_id)
        found = []
        for value, ids in by_value.items():
            step = min(_STEP, _STACK / max(1, len(ids) - 1))
            found += [
                (case_id, value, value, (rank - (len(ids) - 1) / 2) * step) for rank, case_id in enumerate(sorted(ids))
            ]
        return found

    def _interval(self, difference: Difference, at: int, axes: Part) -> Iterator[Part]:
        if difference.estimate is None:
            return
        hover = sentence(safe_plotly(name_of(difference)), f"A − B {estimate_words(difference)}")
        middle = self._at(at)
        if difference.interval:
            line = {"color": self.look.accent, "width": self.look.px(2.6), "dash": dash(difference)}
            ends = list(difference.interval)
            yield {**axes, "mode": "lines", "x": ends, "y": [middle] * 2, "hovertext": [hover] * 2, "line": line}
        marker = {"color": self.look.accent, "size": self.look.px(9), "symbol": "diamond"}
        yield {
            **axes,
            "mode": "markers",
            "x": [difference.estimate],
            "y": [middle],
            "hovertext": [hover],
            "marker": marker,
        }

    # Axes and words

    def layout(self) -> Part:
        axes: dict[str, Part] = {}
        for index, block in enumerate(self.blocks):
            axes |= self._axes(index, block)
        said = [*self._heads()]
        for index, block in enumerate(self.blocks):
            said += self._block_words(index, block)
        margin = {"l": 8, "r": 8, "t": 0, "b": 0}
        return base_layout(
            self.look, self.height / self.look.scale, margin, annotations=said, shapes=list(self._bands()), **axes
        )

    def _axes(self, index: int, block: Block) -> dict[str, Part]:
        y = self._upright(index)
        domain = [self._share(block.top + block.height), self._share(block.top)]
        forest, reach = self._axis(index, block), block.reach * 1.12
        scale: Part = {"range": [-reach, reach], "nticks": 4}
        if block.rows[0].value is not None:
            scale = {"range": [-1.08, 1.08], "tickvals": [-1, 0, 1], "ticktext": ["−100", "0", "+100"]}
        found: dict[str, Part] = {
            _named(y): {"visible": False, "fixedrange": True, "range": [len(block.rows) - 0.5, -0.5], "domain": domain},
            _named(forest): quiet_axis(self.look, domain=list(self.columns.forest), anchor=y, **scale)
            | {"zeroline": True, "zerolinecolor": self.look.line, "zerolinewidth": self.look.px(1.2)},
        }
        found[_named(y)]["anchor"] = forest
        if self.columns.points is None:
            return found
        for difference in block.rows:
            values = self._values(difference)
            found[_named(self._axis(index, block, difference))] = {
                "visible": False,
                "fixedrange": True,
                "anchor": y,
                "domain": list(self.columns.points),
                "range": [-0.04, 1.04] if difference.value is not None else value_range(difference, values),
            }
        return found

    def _values(self, difference: Difference) -> list[float]:
        """Every value that a scale of patients must hold: those of all visits of one variable."""
        same = [found for found in self.found.chosen if _strip(found) == _strip(difference)]
        return [value for found in same for side in (found.a, found.b) for value in side.values if _is_number(value)]

    def _bands(self) -> Iterator[Part]:
        """A ground under the primary outcome, and a rule under each heading."""
        place: Part = {"type": "rect", "xref": "paper", "x0": 0, "x1": 1, "layer": "below", "line": {"width": 0}}
        for index, block in enumerate(self.blocks):
            y = self._upright(index)
            for at, difference in enumerate(block.rows):
                if difference.key == self.found.comparison.family.primary and len(block.rows) > 1:
                    yield {**place, "yref": y, "y0": at - 0.5, "y1": at + 0.5, "fillcolor": self.look.band}
            top = self._share(block.top)
            rule = {"color": self.look.rule, "width": 1}
            yield {**place, "type": "line", "yref": "paper", "y0": top, "y1": top, "line": rule}

    def _heads(self) -> Iterator[Part]:
        """Who A and B are, over their columns; and on which side of zero which is higher."""
        look, found, columns = self.look, self.found.comparison, self.columns
        top: Part = {"xref": "paper", "yref": "paper", "y": 1, "yanchor": "top", "size": 11.5, "color": look.text}
        letters = 52 if columns.upright else 74 if look.stage is None else 80 if columns.points else 58
        keys = []
        for code, said, n in (("a", found.a_sentence, found.n_a), ("b", found.b_sentence, found.n_b)):
            glyph = {"a": "●", "b": "○"}[code]
            short = said if len(said) <= letters else f"{said[: letters - 1]}…"
            keys.append(
                f'<span style="color:{look.ink(STYLES[code][0])}">{glyph} <b>{code.upper()}</b></span> '
                f"{safe_plotly(short)}, n = {grouped(n)}"
            )
        yield words(look, "<br>".join(keys), x=0, yshift=-2, **top)
        under: Part = {
            "xref": "paper",
            "yref": "paper",
            "y": self._share(self.blocks[0].top),
            "yanchor": "bottom",
            "yshift": 2,
            "size": 11,
        }
        zero = (columns.forest[0] + columns.forest[1]) / 2
        yield words(look, "B higher ◂", x=zero, xanchor="right", xshift=-5, **under)
        yield words(look, "▸ A higher", x=zero, xshift=5, **under)
        if not columns.upright:
            for code, at in (("A", columns.a), ("B", columns.b)):
                yield words(look, f"<b>{code}</b>", x=at, **under)
        if columns.points is not None and not columns.upright:
            yield words(look, "patients", x=columns.points[0], **under)

    def _block_words(self, index: int, block: Block) -> Iterator[Part]:
        look, y = self.look, self._upright(index)
        left: Part = {"x": 0, "xref": "paper"}
        most = self.columns.heading
        heading = block.heading if len(block.heading) <= most else f"{block.heading[: most - 1]}…"
        yield words(
            look,
            f"<b>{safe_plotly(heading)}</b>",
            y=self._share(block.top),
            yref="paper",
            yanchor="bottom",
            yshift=2 + self.heights.lifted(block.heading, index == 0),
            size=12,
            color=look.text,
            **left,
        )
        for at, difference in enumerate(block.rows):
            name = name_in(difference, block.rows)
            primary = difference.key == self.found.comparison.family.primary
            shown = _in_two_lines(name, self.columns.letters)
            told = f"<b>{shown}</b>" if primary else shown
            yield from (
                self._over(difference, told, at, y) if self.columns.upright else self._beside(difference, told, at, y)
            )

    def _beside(self, difference: Difference, told: str, at: int, y: str) -> Iterator[Part]:
        row: Part = {"xref": "paper", "y": at, "yref": y, "size": 11, "color": self.look.text}
        yield words(self.look, told, x=0.008, **row)
        for side, x in ((difference.a, self.columns.a), (difference.b, self.columns.b)):
            yield words(self.look, _stands(difference, side, self.look.stage is not None), x=x, **row)
        yield words(self.look, self._estimate(difference), x=self.columns.said, **row)

    def _over(self, difference: Difference, told: str, at: int, y: str) -> Iterator[Part]:
        row: Part = {"xref": "paper", "y": at - 0.48, "yref": y, "yanchor": "top", "size": 11, "color": self.look.text}
        a, b = (_stands(difference, side, False) for side in (difference.a, difference.b))
        yield words(self.look, f"{told}<br>A {a} · B {b}", x=0, **row)
        estimate = "<br>" + self._estimate(difference).split("<br>")[0]
        yield words(self.look, estimate, x=1, xanchor="right", align="right", **row)

    def _estimate(self, difference: Difference) -> str:
        """The estimate and its interval, and under it what the level of that is; why there is none, where there is none."""
        muted = f'<span style="color:{self.look.quiet}">'
        if difference.estimate is None:
            return f"{muted}not computed</span>"
        said = estimate_words(difference).replace(" points", "")
        if not difference.interval:
            return f"<b>{said}</b><br>{muted}no interval</span>"
        estimate, _, rest = said.partition(" (")
        ends, level = rest.split("; ")[0], interval_level(difference).replace(" %", "\u00a0%")
        return f"<b>{estimate}</b> ({ends})<br>{muted}{level}</span>"


def _in_two_lines(name: str, letters: int) -> str:
    """A name as its row has room for it; the whole of a longer one is told by the row's hover."""
    lines = wrapped(name, letters).split("<br>")
    shown = lines if len(lines) <= 2 else [lines[0], f"{lines[1][: letters - 1]}…"]
    return "<br>".join(map(safe_plotly, shown))


def _stands(difference: Difference, side: Frequency, staged: bool) -> str:
    told = position(difference, side)
    if side.n >= NOT_SMALL and difference.value is not None:
        told = f"{short(having(side, difference.value))} of {short(side.n)}"
    elif side.n >= NOT_SMALL:
        told = told.replace(grouped(side.n), short(side.n))
    return told.replace(" (n = ", "<br>(n = ") if staged else told


def _symbol(difference: Difference, value: float, symbol: str) -> str:
    """The shape of a side; of a level full where a patient has it, a cross where she has not."""
    return symbol if difference.value is None else "circle" if value else "line-ew-open"


def _strip(difference: Difference) -> tuple[str, bool]:
    """Which comparisons share a scale of values."""
    return ("", False) if difference.value is not None else (difference.variable.name, difference.change)


def _named(axis: str) -> str:
    """An axis as a layout names it: "xaxis2" of "x2"."""
    return f"{axis[0]}axis{axis[1:]}"


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
