"""Bone density of each patient: her T-scores by site, joined, and her Z-scores where a registry records them."""

from collections import defaultdict
from dataclasses import dataclass

from plro_core.cohort import EVERYONE, Cohort
from plro_core.counts import ALL, Group
from plro_core.figures.chart import Chart, compose, empty_chart
from plro_core.figures.points import side_by_side, spread
from plro_core.figures.score_axis import axis_name, rings, t_axis, t_range, who_labels, who_lines
from plro_core.figures.scores import ScoreKind, Scores, T, Z, columns, scores_of
from plro_core.figures.style import (
    LIGHT,
    GroupStyle,
    Look,
    Part,
    base_layout,
    group_key,
    group_styles,
    numbers_in_colour,
    patient_colour,
    patient_symbol,
    quiet_axis,
    row_colour,
    symbol_size,
    words,
)
from plro_core.lookups import Record
from plro_core.statements import Statement, state, together
from plro_core.store import Registry
from plro_core.text import number
from plro_core.vocabulary import Variable


def t_score_strip(
    registry: Registry,
    cohort: Cohort = EVERYONE,
    *,
    group: Variable | None = None,
    highlight: int | None = None,
    look: Look = LIGHT,
    leave_out_lumbar_fracture: bool = False,
) -> Chart:
    """T-scores at each site, each patient's points joined, with the WHO lines for orientation."""
    return _strip(registry, cohort, T, "t_score_strip", group, highlight, look, leave_out_lumbar_fracture)


def z_score_strip(
    registry: Registry,
    cohort: Cohort = EVERYONE,
    *,
    group: Variable | None = None,
    highlight: int | None = None,
    look: Look = LIGHT,
    leave_out_lumbar_fracture: bool = False,
) -> Chart:
    """Z-scores at each site, each patient's points joined, with the ISCD's line, for a registry that records them."""
    return _strip(registry, cohort, Z, "z_score_strip", group, highlight, look, leave_out_lumbar_fracture)


@dataclass(frozen=True)
class _Drawing:
    """What is drawn: the scores, where each point lies, in which colours, and who is highlighted."""

    scores: Scores
    at: dict[tuple[int, float], float]
    styles: dict[Group, GroupStyle]
    highlight: int | None
    look: Look

    def colour(self, case: Record) -> str:
        """A patient's hue where she can be told apart, her group's where there are groups, else the quiet one."""
        if self.styles or self.scores.view.numbered or case["case_id"] == self.highlight:
            level = self.scores.view.level_of(case)
            return row_colour(case["case_id"], level, self.styles, self.highlight, self.look)
        return self.look.line

    @property
    def size(self) -> float:
        return 9 if self.scores.view.numbered else 4


def _strip(
    registry: Registry,
    cohort: Cohort,
    kind: ScoreKind,
    name: str,
    group: Variable | None,
    highlight: int | None,
    look: Look,
    leave_out: bool,
) -> Chart:
    scores = scores_of(registry, cohort, kind, group, leave_out)
    view = scores.view
    if not view.n or not scores.sites:
        return empty_chart(registry, name, kind.question, columns(group, kind), look)
    points = [
        (case["case_id"], index, value)
        for case in view.cases
        for index, site in enumerate(scores.sites)
        if (value := scores.value(case, site)) is not None
    ]
    styles = group_styles(group, look) if group else {}
    drawing = _Drawing(scores, side_by_side(points, 0.035, 0.2), styles, view.chosen(highlight), look)
    return compose(
        registry,
        name,
        _title(scores),
        traces=[*_medians(drawing), *_lines(drawing), *rings(_ringed(drawing), look, 20 if view.numbered else 9)],
        layout=_layout(drawing, [value for _, _, value in points]),
        summary=scores.summary(),
        columns=scores.columns,
        rows=scores.rows(),
        notes=(*view.notes, view.median_note, scores.lumbar_note, kind.note),
        look=look,
        who=view.who(highlight),
    )


def _layout(drawing: _Drawing, values: list[float]) -> Part:
    scores, look, view = drawing.scores, drawing.look, drawing.scores.view
    key, lines = group_key(view.group, drawing.styles, view.group_sizes, look) if view.group else ("", 0)
    top: Part = {"x": 0, "y": 1, "xref": "paper", "yref": "paper", "yanchor": "bottom"}
    keyed = [words(look, key, size=13, xshift=look.px(-30), yshift=look.px(24), **top)] if key else []
    count = len(scores.sites)
    return base_layout(
        look,
        470 + 18 * lines,
        {"l": 34, "r": 64, "t": 30 + 18 * lines, "b": 50},
        xaxis=quiet_axis(
            look,
            range=[-1.15, count - 0.7] if count > 1 else [-0.5, 0.5],
            tickvals=list(range(count)),
            showticklabels=False,
        ),
        yaxis=t_axis(values, look),
        shapes=who_lines(look, scores.kind),
        annotations=[
            *_site_labels(drawing),
            *who_labels(look, scores.kind),
            *_ends(drawing, t_range(values)),
            axis_name(look, scores.kind),
            *keyed,
        ],
    )


def _site_labels(drawing: _Drawing) -> list[Part]:
    """The sites with their n; with groups the n of each, under its sign."""
    scores, look = drawing.scores, drawing.look
    foot: Part = {"y": 0, "yref": "paper", "yanchor": "top", "xanchor": "center", "align": "center"}
    said = []
    for index, site in enumerate(scores.sites):
        counted = f'<span style="color:{look.quiet}">n = {scores.frequency(site).n}</span>'
        if scores.view.group:
            counted = "   ".join(
                f'<span style="color:{look.ink(drawing.styles[level].colour)}">{drawing.styles[level].glyph} '
                f"{scores.frequency(site, level).n}</span>"
                for level in scores.view.group_sizes
            )
        label = f"{site.short_label}<br>{counted}"
        said.append(words(look, label, x=index, yshift=look.px(-6), color=look.text, **foot))
    return said


def _lines(drawing: _Drawing) -> list[Part]:
    """One line a patient, the highlighted one last, on top, larger and outlined."""
    view = drawing.scores.view
    ordered = sorted(view.cases, key=lambda case: case["case_id"] == drawing.highlight)
    return [_line(drawing, case) for case in ordered]


def _line(drawing: _Drawing, case: Record) -> Part:
    scores, look, case_id = drawing.scores, drawing.look, case["case_id"]
    chosen, hue = case_id == drawing.highlight, drawing.colour(case)
    style = drawing.styles.get(scores.view.level_of(case))
    symbol = style.symbol if style else patient_symbol(case_id)
    values = [scores.value(case, site) for site in scores.sites]
    width = 3.5 if chosen else 1.4 if scores.view.numbered else 0.8
    outlined = chosen and not symbol.endswith("open")
    return {
        "mode": "lines+markers",
        "name": f"Patient {case_id}",
        "connectgaps": False,
        "x": [drawing.at.get((case_id, index), index) for index in range(len(values))],
        "y": values,
        "customdata": [[case_id] for _ in values],
        "hovertext": [
            "" if value is None else scores.hover(case_id, site, value)
            for site, value in zip(scores.sites, values, strict=True)
        ],
        "line": {"color": hue if chosen else look.tint(hue, 0.55), "width": look.px(width)},
        "marker": {
            "color": hue,
            "symbol": symbol,
            "size": symbol_size(symbol, look.px(12 if chosen else drawing.size)),
            "line": {"color": look.text if outlined else hue, "width": look.px(1.6)},
        },
    }


def _ringed(drawing: _Drawing) -> list[tuple[int, float, float]]:
    """Patient and place of each point whose vertebrae are fractured."""
    scores = drawing.scores
    return [
        (case["case_id"], drawing.at[case["case_id"], index], value)
        for case in scores.view.cases
        for index, site in enumerate(scores.sites)
        if scores.broken(case["case_id"], site) and (value := scores.value(case, site)) is not None
    ]


def _medians(drawing: _Drawing) -> list[Part]:
    """A short thick line at each site's median, from three values on; of each group, if there are."""
    scores, look = drawing.scores, drawing.look
    if not scores.view.group:
        return _median_bars(scores, ALL, look.text, "solid", "", look)
    bars = []
    for level in scores.view.group_sizes:
        style = drawing.styles[level]
        bars += _median_bars(scores, level, style.colour, style.dash, f", {style.label}", look)
    return bars


def _median_bars(scores: Scores, level: Group, colour: str, dash: str, name: str, look: Look) -> list[Part]:
    x: list[float | None] = []
    y: list[float | None] = []
    hover: list[str] = []
    for index, site in enumerate(scores.sites):
        middle = scores.middle(site, level)
        if middle.median is not None:
            text = f"Median {site.short_label}{name}: {middle.bare} (n = {middle.n})"
            x, y = [*x, index - 0.2, index + 0.2, None], [*y, middle.median, middle.median, None]
            hover += [text, text, ""]
    line = {"color": colour, "width": look.px(3), "dash": dash}
    return [{"mode": "lines", "name": f"Median{name}", "x": x, "y": y, "hovertext": hover, "line": line}] if x else []


def _ends(drawing: _Drawing, extent: tuple[float, float]) -> list[Part]:
    """Patient numbers at the right, moved apart where their values are close; equal values share a label.

    Where patients are too many to be numbered, only the highlighted one is.
    """
    scores, look, last = drawing.scores, drawing.look, len(drawing.scores.sites) - 1
    ends: dict[float, list[int]] = defaultdict(list)
    hues = {}
    for case in scores.view.cases:
        value = scores.value(case, scores.sites[last])
        if value is not None and (scores.view.numbered or case["case_id"] == drawing.highlight):
            ends[value].append(case["case_id"])
            hues[case["case_id"]] = drawing.colour(case) if drawing.styles else patient_colour(case["case_id"])
    values = sorted(ends)
    places = spread(values, (extent[1] - extent[0]) * 15 / 390)
    return [
        words(
            look,
            numbers_in_colour(ends[value], look, drawing.highlight, hues.__getitem__),
            x=last + 0.24,
            y=at,
            xshift=look.px(4),
            size=13,
        )
        for value, at in zip(values, places, strict=True)
    ]


def _title(scores: Scores) -> Statement:
    """How many spines are at or below the lower line, against how many at the other site."""
    if (shared := scores.title()) is not None:
        return shared
    sites = scores.spine_and_other
    told = [state("{site} in {low}", site=scores.named(site), low=scores.low(site)) for site in sites]
    head = state("{kind} at or below {line}: ", kind=scores.kind.word, line=number(scores.kind.low, 1))
    return head + together(told, ", ")
