"""The parts of the figure of pain put in their places: one plot for everybody or two groups, a panel each for more."""

from dataclasses import dataclass, field

from plro_core.counts import ALL, Group
from plro_core.figures.form import Form, form_of
from plro_core.figures.pain.scale import LINES, fall_words, line_of, severity
from plro_core.figures.pain.sentences import MILD, on_the_line
from plro_core.figures.pain.threads import Threads, line_ends, missing, threads, widest_end
from plro_core.figures.points import when, wrapped
from plro_core.figures.ribbon import FOUR_FIFTHS, HALF, acting, bands
from plro_core.figures.style import Look, Part, base_layout, group_name, words
from plro_core.figures.time_axis import counted, half_of_longest, time_axis, visit_labels, visit_numbers
from plro_core.marks import axes as holds
from plro_core.statements import chosen_by
from plro_core.statistics import median
from plro_core.text import grouped, patients, safe_plotly, short

#: More groups than these two stand each in a panel of its own.
_TOGETHER = 2
#: Panels side by side; more begin a further row.
_COLUMNS = 4
#: A panel of a stage has room for a group's name and its n in one line if it is as wide as this.
_WIDE_PANEL = 260.0
_HEIGHT = 372.0
#: Room to the left of baseline, in months, for the words of severity.
_BEFORE, _AFTER = 0.72, 0.3


@dataclass
class Plot:
    """The traces and the layout, as they come together."""

    traces: list[Part] = field(default_factory=list)
    annotations: list[Part] = field(default_factory=list)
    shapes: list[Part] = field(default_factory=list)
    layout: Part = field(default_factory=dict)


@dataclass(frozen=True)
class Panel:
    """Groups that share a pair of axes, and where these lie; ``head`` is how many lines of words stand at its top."""

    suffix: str
    levels: tuple[Group, ...]
    x: tuple[float, float]
    y: tuple[float, float]
    head: int

    @property
    def axes(self) -> Part:
        return {"xref": f"x{self.suffix}", "yref": f"y{self.suffix}"}


def drawing(drawn: Threads) -> Plot:
    """Traces and layout of the whole figure."""
    look, plot = drawn.look, Plot()
    panels, height, sides = _panels(drawn)
    axes: Part = {}
    for panel in panels:
        axes |= _panel(drawn, panel, _inner(panel, height, sides, look), plot, alone=len(panels) == 1)
    plot.annotations.append(
        words(look, drawn.scale.name, x=0, y=1, xref="paper", yref="paper", yanchor="bottom", xshift=look.px(-34))
    )
    held: Part = {}
    if len(panels) == 1 and not drawn.scale.change:  # a box is read along one pair of axes
        held = {"meta": holds(x={str(month): f"vas.{month}" for month in drawn.view.months})}
    plot.layout = base_layout(look, height, sides, annotations=plot.annotations, shapes=plot.shapes, **axes, **held)
    return plot


def _panels(drawn: Threads) -> tuple[list[Panel], float, dict[str, float]]:
    """Where each plot lies, the height of the whole in pixels of a plain page, and its margins."""
    view, look = drawn.view, drawn.look
    levels = list(view.group_sizes) if view.group else [ALL]
    if len(levels) <= _TOGETHER:
        sides = {
            "l": 44,
            "r": max(widest_end(drawn, view.ids), half_of_longest(counted(view, "vas"))),
            "t": 24,
            "b": 46,
        }
        head = len(levels) if view.group else 1 if _over_all(drawn) else 0
        return [Panel("", tuple(levels), (0, 1), (0, 1), head)], _HEIGHT + 18 * head, sides
    rows = -(-len(levels) // _COLUMNS)
    columns = min(_COLUMNS, len(levels))
    sides = {"l": 44, "r": 8, "t": 24, "b": 46}
    width, gap = 1 / columns, 0.025
    panels = []
    for index, level in enumerate(levels):
        row, column = divmod(index, columns)
        place = (column * width + (gap if column else 0) / 2, (column + 1) * width - gap / 2)
        up = (1 - (row + 1) / rows + (0.13 if row < rows - 1 else 0), 1 - row / rows)
        panels.append(Panel("" if not index else str(index + 1), (level,), place, up, 3 + _crowded(look, columns)))
    return panels, _HEIGHT + 36 + 240 * (rows - 1), sides


def _crowded(look: Look, columns: int) -> bool:
    """Whether a name and its n do not fit side by side over a panel of a stage."""
    return look.stage is not None and look.stage.width / columns < _WIDE_PANEL


def _inner(panel: Panel, height: float, sides: dict[str, float], look: Look) -> float:
    """The height of a panel in pixels."""
    whole = look.stage.height if look.stage else look.px(height)
    return (whole - look.px(sides["t"] + sides["b"])) * (panel.y[1] - panel.y[0])


def _severe(look: Look) -> float:
    """Where the words of severity stand, as a share of the width: beside the numbers of the axis."""
    return 38 / look.stage.width if look.stage else 0.032


def _gap(y: Part, inner: float, look: Look) -> float:
    """The least distance between two rows of words, in the unit of the axis."""
    low, high = y["range"]
    return float((high - low) * look.type(13) * 1.15 / inner)


def _panel(drawn: Threads, panel: Panel, inner: float, plot: Plot, *, alone: bool) -> Part:
    """One pair of axes with everything on it; answers the axes."""
    look, scale, view = drawn.look, drawn.scale, drawn.view
    case_ids = sorted(
        {case_id for level in panel.levels for case_id in drawn.members(level)},
        key=lambda case_id: (case_id == drawn.highlight, case_id),
    )
    at = drawn.at(case_ids)
    on: Part = {"xaxis": f"x{panel.suffix}", "yaxis": f"y{panel.suffix}"}
    y = scale.axis(look, min(0.5, panel.head * look.type(12) * 1.5 / inner))
    left, right = _ends(drawn, alone)
    shapes = [shape | panel.axes for shape in _lines(drawn, left, right)]
    marks: list[Part] = []
    for level in panel.levels:
        marks += _bands(drawn, level)
    quiet = [case_id for case_id in case_ids if case_id != drawn.highlight]
    marks += threads(drawn, quiet, at)
    marks += [trace for level in panel.levels for trace in _medians(drawn, level)]
    marks += threads(drawn, [case_id for case_id in case_ids if case_id == drawn.highlight], at)
    marks += missing(drawn, case_ids)
    said = [
        *line_ends(drawn, case_ids, at, panel.axes, _gap(y, inner, look)),
        *_head(drawn, panel, y["range"], left, marks),
    ]
    if not view.group:
        said += [*_median_values(drawn), *_sentence(drawn, y["range"][1])]
        shapes += _guide(drawn, right)
    if scale.change:
        said += _line_words(drawn, left, panel)
    elif alone:
        brackets, severe, points = severity(look, left, left + (right - left) * _severe(look))
        said += [*({"axref": panel.axes["xref"], "ayref": panel.axes["yref"]} | one for one in brackets), *severe]
        marks += points
    said += _visits(drawn, panel, alone)
    plot.traces += [trace | on for trace in marks]
    plot.annotations += said
    plot.shapes += shapes
    return _axes(drawn, panel, y, (left, right), alone)


def _ends(drawn: Threads, alone: bool) -> tuple[float, float]:
    """The ends of the time axis: of all visits that the registry plans, so that it stays where a view has fewer."""
    months = {*drawn.view.vocabulary.months, *drawn.view.months}
    first, last = min(months), max(months)
    span = (last - first) or 1
    letters = 0.0 if alone else widest_end(drawn, drawn.view.ids) / (190 if drawn.look.stage else 300)
    return first - 0.11 * span, last + (0.05 + letters) * span


def _axes(drawn: Threads, panel: Panel, y: Part, ends: tuple[float, float], alone: bool) -> Part:
    look, months = drawn.look, drawn.view.months
    x = time_axis(look, months) | {"range": list(ends)}
    if not alone:
        x |= visit_numbers(look, months, _n(drawn, panel))
    first = panel.x[0] == 0
    return {
        f"xaxis{panel.suffix}": x | {"domain": list(panel.x), "anchor": f"y{panel.suffix}"},
        f"yaxis{panel.suffix}": y | {"domain": list(panel.y), "anchor": f"x{panel.suffix}", "showticklabels": first},
    }


def _n(drawn: Threads, panel: Panel) -> dict[int, str]:
    return {month: short(drawn.scale.frequency(month, panel.levels[0]).n) for month in drawn.view.months}


def _visits(drawn: Threads, panel: Panel, alone: bool) -> list[Part]:
    """Under the plot the visits with n; under panels their numbers alone, and what they are."""
    look, view = drawn.look, drawn.view
    if alone:
        return visit_labels(look, view.months, counted(view, "vas"))
    if panel.x[0]:
        return []
    return [
        words(look, "mo.<br>n", x=0, xref="paper", y=panel.y[0], yref="paper", yanchor="top", xanchor="right",
              align="right", size=11, xshift=look.px(-4), yshift=look.px(-2))
    ]  # fmt: skip


def _lines(drawn: Threads, left: float, right: float) -> list[Part]:
    return [line | {"x0": left, "x1": right} for line in drawn.scale.lines(drawn.look)]


def _colour(drawn: Threads, level: Group) -> str:
    return drawn.styles[level].colour if drawn.styles else drawn.look.accent


def _bands(drawn: Threads, level: Group) -> list[Part]:
    """The band of a group: the middle half, and of many the middle four fifths behind it."""
    view = drawn.view
    if not view.all_visits_shown:
        return []
    found = {month: drawn.scale.frequency(month, level) for month in view.months}
    many = form_of(view.n) is Form.COUNTED
    shares = {FOUR_FIFTHS: 0.12, HALF: 0.26} if many else {HALF: 0.14}
    return bands(view.months, found, shares, _colour(drawn, level), f"Band {level}")


def _medians(drawn: Threads, level: Group) -> list[Part]:
    """A thick line through the medians of a group; none of visits with fewer than three values."""
    view, look = drawn.view, drawn.look
    found = {month: drawn.scale.frequency(month, level) for month in view.months}
    medians = [median(found[month]) for month in view.months]
    if not view.all_visits_shown or all(value is None for value in medians):
        return []
    style = drawn.styles.get(level)
    name = f", {safe_plotly(style.label)}" if style else ""
    colour = style.colour if style else look.text
    measure = "change" if drawn.scale.change else "VAS"
    hover = [
        f"Median at {when(month)}{name}:<br>{measure} {drawn.scale.written(value)} (n = {grouped(found[month].n)})"
        for month, value in zip(view.months, medians, strict=True)
    ]
    return [
        {
            "x": list(view.months),
            "y": medians,
            "mode": "lines+markers",
            "name": f"Median{name}",
            "connectgaps": False,
            "hovertext": hover,
            "line": {"color": colour, "width": look.px(4), "dash": style.dash if style else "solid"},
            "marker": {
                "color": colour,
                "size": look.px(9),
                "symbol": style.symbol if style else "circle",
                "line": {"width": look.px(2)},
            },
        }
    ]


def _median_values(drawn: Threads) -> list[Part]:
    """The medians as numbers beside the line, up and to the right, where a falling line leaves room."""
    look, view = drawn.look, drawn.view
    if not view.all_visits_shown:
        return []
    said = []
    for month in view.months:
        value = median(drawn.scale.frequency(month))
        if value is None or (drawn.scale.change and not month):
            continue
        word = "median " if month == view.months[0] else ""
        last = month == view.months[-1] and month > 0
        place: Part = {"xanchor": "right", "xshift": look.px(-9)} if last else {"xshift": look.px(9)}
        ground: Part = {"bgcolor": look.background, "opacity": 0.9, "borderpad": 1}
        text = f"<b>{word}{drawn.scale.written(value)}</b>"
        said.append(
            words(look, text, x=month, y=value, yshift=look.px(13), color=look.text, size=14, **place, **ground)
        )
    return said


def _over_all(drawn: Threads) -> bool:
    """Whether the sentence of everybody stands over the threads, because it leaves no room free among them."""
    line = None if drawn.scale.change else on_the_line(drawn.view)
    return line is not None and not line.everybody


def _guide(drawn: Threads, right: float) -> list[Part]:
    """From the visit on where everybody has mild pain at most, a line above which nobody is."""
    line = None if drawn.scale.change or drawn.view.group else on_the_line(drawn.view)
    if line is None or not line.everybody:
        return []
    stroke: Part = {"color": drawn.look.accent, "width": drawn.look.px(1.5), "dash": "dot"}
    at = MILD + 0.35
    return [{"type": "line", "x0": line.month, "x1": right, "y0": at, "y1": at, "line": stroke}]


def _sentence(drawn: Threads, top: float) -> list[Part]:
    """The finding on the drawing: over the threads from the visit on where it holds; else above all of them."""
    look, view = drawn.look, drawn.view
    line = None if drawn.scale.change else on_the_line(view)
    if line is None:
        return []
    text = f"<b>{line.said.text[:1].upper()}{line.said.text[1:]}</b>"
    place: Part = {"x": view.months[-1], "xanchor": "right", "align": "right", "size": 15, "color": look.accent}
    if not line.everybody:
        return [words(look, text, y=top, yanchor="top", **place)]
    text = text.replace(" or below ", " or below<br>")
    ground: Part = {"bgcolor": look.background, "borderpad": 2, "opacity": 0.92}
    return [words(look, text, y=MILD + 0.55, yanchor="bottom", **place, **ground)]


def _head(drawn: Threads, panel: Panel, ends: list[float], left: float, marks: list[Part]) -> list[Part]:
    """Over the threads each group by name, with n and its finding; a click on it asks for the group."""
    look, view = drawn.look, drawn.view
    if view.group is None:
        return []
    said = []
    high, unit = ends[1], (ends[1] - drawn.scale.high) / max(1, panel.head)
    several = len(panel.levels) > 1
    apart = "<br>" if not several and panel.head > 3 else " "
    for row, level in enumerate(panel.levels):
        style = drawn.styles[level]
        name = safe_plotly(group_name(view.group, level))
        glyph = f"{style.glyph} " if several else ""
        text = f'<span style="color:{look.ink(style.colour)}">{glyph}<b>{name}</b></span>{apart}n = {grouped(view.group_sizes[level])}'
        finding = _finding(drawn, level)
        if finding:
            text += f" · {finding}" if several else f"<br>{wrapped(finding, 19)}"
        where: Part = {"x": left, "y": high - row * unit, "yanchor": "top", "xanchor": "left"}
        said.append(words(look, text, size=12, color=look.text, **where, **panel.axes))
        x = view.months[0]
        marks.append(
            acting(
                look,
                x,
                high - (row + 0.5) * unit,
                view.piece_of(level),
                f"{name}: {patients(view.group_sizes[level])}",
            )
        )
    return said


def _finding(drawn: Threads, level: Group) -> str:
    """What is said of one group: who has mild pain at most, or who responded."""
    view = drawn.view
    if not drawn.scale.change:
        line = on_the_line(view, level)
        return line.said.text if line else ""
    if chosen_by(view.cohort, [view.vas]) or not view.months[-1]:
        return ""
    found = drawn.scale.response(view.months[-1], line_of(drawn.scale.fall), level)
    return (
        f"{found.words} fell by {fall_words(drawn.scale.fall)} by {when(view.months[-1])}" if found and found.n else ""
    )


def _line_words(drawn: Threads, left: float, panel: Panel) -> list[Part]:
    """At each line what it means; and how many reach it at each visit."""
    look, view, scale = drawn.look, drawn.view, drawn.scale
    said = []
    for index, (rule, meaning) in enumerate(LINES):
        ink = look.accent if rule.bound == scale.fall else look.quiet
        text = f'<span style="color:{ink}"><b>−{rule.bound} %</b><br>{meaning}</span>'
        if not panel.x[0]:
            said.append(words(look, text, x=left, y=-rule.bound, size=11, **panel.axes))
        if view.group or chosen_by(view.cohort, [view.vas]):
            continue
        for month in (month for month in view.months if month):
            found = scale.response(month, index)
            if found and found.n:
                ground: Part = {"bgcolor": look.background, "borderpad": 1, "opacity": 0.9}
                said.append(
                    words(look, f"<b>{found.words}</b>", x=month, y=-rule.bound, xanchor="right", xshift=look.px(-8),
                          color=ink, size=12, **ground)
                )  # fmt: skip
    return said


__all__ = ["Plot", "drawing"]
