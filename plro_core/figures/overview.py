"""What is recorded and what is not: patients by measure and visit.

A figure does not know how wide it will be shown, so its words have their room on a phone: measures that do not fit beside
each other there stand in bands below each other, each with all patients.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from textwrap import wrap

from plro_core.cohort import EVERYONE, Cohort
from plro_core.counts import ALL, Group
from plro_core.figures.chart import Chart, compose, empty_chart
from plro_core.figures.points import InView, in_view, place, sentence, when
from plro_core.figures.style import (
    LIGHT,
    GroupStyle,
    Look,
    Part,
    base_layout,
    filled,
    group_key,
    group_styles,
    quiet_axis,
    words,
)
from plro_core.statements import Statement, Total, chosen_by, only, state, together
from plro_core.store import Registry
from plro_core.tables import Cell, Column
from plro_core.text import capitalised, safe_plotly
from plro_core.vocabulary import Variable

_QUESTION = "What is recorded, and what is missing?"


def _columns(registry: Registry) -> tuple[Column, ...]:
    return (
        Column("case_id", "Patient", "integer"),
        Column("month", "Month", "integer"),
        Column("measure", "Measure"),
        Column("recorded", "Recorded", "boolean"),
        Column("printed_flag", registry.flag_word.capitalize()),
    )


_BLOCK = 0.9  # space between two measures, in columns
_SIDE = 0.8  # and before the first and after the last
_NARROW = 264  # pixels for all columns on a phone of 390
_HEAD, _FOOT, _LINE = 42, 62, 15  # pixels over a band, below it, and of a further line of a name
_LETTER, _DIGIT = 6.2, 6.0  # pixels of a bold letter of a name, of a digit of a month
_LONG_WORD = 12  # letters: a longer one is broken


@dataclass(frozen=True)
class _Band:
    """Measures that stand beside each other; axes and words of a figure with one band say nothing of it."""

    number: int
    measures: tuple[Variable, ...]
    months: tuple[int, ...]
    y: tuple[float, float] = (0, 1)

    @property
    def suffix(self) -> str:
        return "" if self.number == 1 else str(self.number)

    @property
    def axes(self) -> Part:
        """How a trace or an annotation names the axes of this band."""
        return {"x": f"x{self.suffix}", "y": f"y{self.suffix}"} if self.suffix else {}

    @property
    def width(self) -> float:
        """In columns."""
        return _width(len(self.measures), len(self.months))

    def column(self, measure: Variable, month: int) -> float:
        return self.measures.index(measure) * (len(self.months) + _BLOCK) + self.months.index(month)

    @property
    def names(self) -> list[str]:
        """The measures' names in as many lines as a phone asks for."""
        room = _NARROW / self.width * (len(self.months) + _BLOCK)
        letters = max(4, int(room / _LETTER))
        return ["<br>".join(map(safe_plotly, wrap(entry.short_label, letters))) for entry in self.measures]

    @property
    def lines(self) -> int:
        return max(name.count("<br>") + 1 for name in self.names)


def _width(measures: int, months: int) -> float:
    return measures * months + (measures - 1) * _BLOCK + 2 * _SIDE - 1


def _bands(view: InView) -> list[_Band]:
    """As few bands as a phone allows, of measures in their order and alike in number."""
    most = max((count for count in range(1, len(view.measured) + 1) if _fits(view, count)), default=1)
    bands = -(-len(view.measured) // most)
    ends = [-(-len(view.measured) * number // bands) for number in range(bands + 1)]
    return _placed(
        view, [_Band(number, view.measured[a:b], view.months) for number, (a, b) in enumerate(pairwise(ends), 1)]
    )


def _fits(view: InView, measures: int) -> bool:
    """Whether months, counts, names and totals of so many measures stand beside each other on a phone without touching."""
    column = _NARROW / _width(measures, len(view.months))
    totals = max(len(f"of {view.recorded(measure).n}") for measure in view.measured) * _DIGIT + 4
    word = max(len(word) for measure in view.measured for word in re.split(r"[ -]", measure.short_label))
    room = column * (len(view.months) + _BLOCK)
    return column >= _column_needs(view) and room >= max(totals, min(word, _LONG_WORD) * _LETTER)


def _column_needs(view: InView) -> float:
    """Pixels from one column to the next, so that neither two months nor two counts of missing values touch."""
    digits = [
        max(len(str(month)), *(len(_missing(view, measure, month)) for measure in view.measured))
        for month in view.months
    ]
    return max((_DIGIT * (a + b) / 2 + 2 for a, b in pairwise(digits)), default=0.0)


def _missing(view: InView, measure: Variable, month: int) -> str:
    return str(view.frequency(measure.name, month).missing or "") if view.numbered else ""


def _placed(view: InView, bands: Sequence[_Band]) -> list[_Band]:
    """The bands from the top of the plot to its foot; a single one takes all of it."""
    if len(bands) == 1:
        return list(bands)
    rows = _row_height(view) * len(view.ids)
    heights = [_HEAD + _LINE * (band.lines - 1) + _FOOT for band in bands[1:]]
    whole = rows * len(bands) + sum(heights)
    tops = [sum(heights[:index]) + rows * index for index in range(len(bands))]
    return [
        replace(band, y=(round(1 - (top + rows) / whole, 5), round(1 - top / whole, 5)))
        for band, top in zip(bands, tops, strict=True)
    ]


def _row_height(view: InView) -> float:
    return 27 if view.numbered else max(5.0, 900 / len(view.ids))


def missingness_map(
    registry: Registry,
    cohort: Cohort = EVERYONE,
    *,
    group: Variable | None = None,
    highlight: int | None = None,
    look: Look = LIGHT,
) -> Chart:
    """A full dot is a recorded value, a hollow one a missing value, an arrow a value with a reported flag.

    With groups the patients stand group by group, each under her group's sign.
    """
    view = in_view(registry, cohort, registry.vocabulary.measured, group)
    if not view.n:
        return empty_chart(registry, "missingness_map", _QUESTION, _columns(registry), look)
    highlight = view.chosen(highlight)
    styles = filled(group_styles(group, look)) if group else {}
    key, lines = group_key(group, styles, view.group_sizes, look) if group else ("", 0)
    rows, bands = _in_groups(view, styles), _bands(view)
    return compose(
        registry,
        "missingness_map",
        _title(view),
        traces=[_dots(view, rows, band, look) for band in bands],
        layout=_layout(view, rows, bands, (key, lines), highlight, look),
        summary=_summary(view),
        columns=_columns(registry),
        rows=[_row(view, case_id, measure, month) for _, case_id, measure, month in _marks(view, rows, view.measured)],
        notes=(
            *view.notes,
            _held_note(view),
            registry.told(
                "overview.arrows",
                "▲ and ▼ are values with a reported flag. What is not recorded is missing, never zero.",
            ),
        ),
        look=look,
        who=view.who(highlight),
    )


def _marks(view: InView, case_ids: Iterable[int], measures: Sequence[Variable]) -> list[tuple[int, int, Variable, int]]:
    """Row, patient, measure and month of each mark."""
    return [
        (index, case_id, measure, month)
        for index, case_id in enumerate(case_ids)
        for measure in measures
        for month in view.months
    ]


def _in_groups(view: InView, styles: Mapping[Group, GroupStyle]) -> dict[int, GroupStyle | None]:
    """The patients drawn, from top to bottom, each with her group's style: group by group, in the order of the levels."""
    if not styles:
        return dict.fromkeys(view.ids)
    order = list(styles)
    cases = sorted(view.cases, key=lambda case: order.index(view.level_of(case)))
    return {case["case_id"]: styles[view.level_of(case)] for case in cases}


def _row_name(number: str, style: GroupStyle | None, bold: bool, look: Look) -> str:
    """A patient's number, bold if she is highlighted, after the sign of her group."""
    name = f"<b>{number}</b>" if bold else number
    return name if style is None else f'<span style="color:{look.ink(style.colour)}">{style.glyph}</span> {name}'


def _group_key(text: str, shift: float, look: Look) -> list[Part]:
    if not text:
        return []
    top: Part = {"x": 0, "xref": "paper", "y": 1, "yref": "paper", "yanchor": "bottom", "size": 13}
    return [words(look, text, **top, xshift=look.px(-42), yshift=look.px(shift))]


def _layout(
    view: InView,
    rows: Mapping[int, GroupStyle | None],
    bands: Sequence[_Band],
    key: tuple[str, int],
    highlight: int | None,
    look: Look,
) -> Part:
    """The bands below each other; ``key`` are the groups in words, and in how many lines."""
    head = _HEAD + 24 + _LINE * (bands[0].lines - 1)
    top = head + 20 * key[1]
    height = _row_height(view) * len(rows)
    between = sum(_HEAD + _LINE * (band.lines - 1) + _FOOT for band in bands[1:])
    axes: Part = {}
    for band in bands:
        axes |= {
            f"xaxis{band.suffix}": _axis(view, band, look),
            f"yaxis{band.suffix}": _upright(view, rows, highlight, look),
        }
        if len(bands) > 1:
            axes[f"xaxis{band.suffix}"]["anchor"] = f"y{band.suffix}"
            axes[f"yaxis{band.suffix}"] |= {"domain": list(band.y), "anchor": f"x{band.suffix}"}
    return base_layout(
        look,
        top + height * len(bands) + between + _FOOT,
        {"l": 44 if view.group else 30, "r": 10, "t": top, "b": _FOOT},
        **axes,
        annotations=[
            *(part for band in bands for part in _words(view, band, look)),
            _key(view, bands[0], look),
            *(_counted(view, band, look) for band in bands),
            *_group_key(key[0], head - 4, look),
        ],
        shapes=[shape for band in bands for shape in _marked_row(list(rows), band, highlight, look)],
    )


def _axis(view: InView, band: _Band, look: Look) -> Part:
    places = [(band.column(measure, month), month, measure) for measure in band.measures for month in band.months]
    return quiet_axis(
        look,
        range=[-_SIDE, places[-1][0] + _SIDE],
        tickvals=[place for place, _, _ in places],
        ticktext=[_missing(view, measure, month) for _, month, measure in places],
        showgrid=False,
        showticklabels=view.numbered and not _thinned(view),
        tickangle=0,
        tickfont={"size": look.px(10), "color": look.text},
    )


def _thinned(view: InView) -> int:
    """Every how many months one is named beyond the first: 0 where a single measure has room for all of them."""
    needed = _column_needs(view) * _width(1, len(view.months)) / _NARROW
    return 0 if needed <= 1 else int(needed) + 1


def _upright(view: InView, rows: Mapping[int, GroupStyle | None], highlight: int | None, look: Look) -> Part:
    return quiet_axis(
        look,
        range=[len(rows) - 0.5, -0.6],
        tickvals=list(range(len(rows))),
        ticktext=[
            _row_name(str(case_id) if view.numbered else "", style, case_id == highlight, look)
            for case_id, style in rows.items()
        ],
        showticklabels=view.numbered or view.group is not None,
        showgrid=False,
        tickfont={"size": look.px(12), "color": look.text},
    )


def _cell(view: InView, case_id: int, measure: Variable, month: int) -> tuple[str, str | None]:
    """ "recorded", "missing" or "left out" (by the cohort's choice of visits), and the reported flag."""
    row = view.visit(case_id, month)
    if row is None:
        return ("missing" if view.all_visits_shown else "left out"), None
    return ("missing" if row[measure.name] is None else "recorded"), row.get(f"{measure.name}_flag")


def _dots(view: InView, case_ids: Iterable[int], band: _Band, look: Look) -> Part:
    cells = _marks(view, case_ids, band.measures)
    states = [_cell(view, case_id, measure, month) for _, case_id, measure, month in cells]
    shape = {"recorded": "circle", "missing": "circle-open", "left out": "line-ew-open"}
    arrows = {"H": "triangle-up", "L": "triangle-down"}
    ink = look.tint(look.accent, 0.7)
    colours = [look.text if flag else ink if state == "recorded" else look.line for state, flag in states]
    size = 8 if view.numbered else 3
    return {
        "mode": "markers",
        "name": "Values",
        **{f"{axis}axis": name for axis, name in band.axes.items()},
        "x": [band.column(measure, month) for _, _, measure, month in cells],
        "y": [index for index, *_ in cells],
        "customdata": [[case_id, month] for _, case_id, _, month in cells],
        "hovertext": [_hover(view, cell, state, flag) for cell, (state, flag) in zip(cells, states, strict=True)],
        "marker": {
            "symbol": [arrows[flag] if flag else shape[state] for state, flag in states],
            "color": colours,
            "size": [look.px(size + 1 if flag else size) for _, flag in states],
            "line": {"color": colours, "width": [look.px(1.2) if state != "recorded" else 0 for state, _ in states]},
        },
    }


def _hover(view: InView, cell: tuple[int, int, Variable, int], state: str, flag: str | None) -> str:
    _, case_id, measure, month = cell
    row = view.visit(case_id, month)
    if state != "recorded" or row is None:
        return sentence(
            f"Patient {case_id}, {when(month)}: {safe_plotly(measure.words)} {'not recorded' if state == 'missing' else state}"
        )
    unit = f" {measure.unit}" if measure.unit else ""
    arrow = {"H": f"{view.registry.flagged_word} with ↑", "L": f"{view.registry.flagged_word} with ↓"}.get(
        flag or "", ""
    )
    value = f"{safe_plotly(measure.words)} {measure.written(row[measure.name])}{unit}"
    return sentence(f"Patient {case_id}, {when(month)}: {value}", arrow, place(row))


def _row(view: InView, case_id: int, measure: Variable, month: int) -> tuple[Cell, ...]:
    state, flag = _cell(view, case_id, measure, month)
    return (case_id, month, measure.label, state == "recorded", flag)


def _marked_row(case_ids: list[int], band: _Band, highlight: int | None, look: Look) -> list[Part]:
    if highlight is None:
        return []
    at = case_ids.index(highlight)
    place = {"xref": "paper", "x0": 0, "x1": 1, "y0": at - 0.48, "y1": at + 0.48}
    place |= {"yref": band.axes["y"]} if band.axes else {}
    return [{"type": "rect", "layer": "below", "fillcolor": look.band, "line": {"width": 0}, **place}]


def _key(view: InView, band: _Band, look: Look) -> Part:
    """What the marks mean, over everything."""
    shift = _HEAD + _LINE * (band.lines - 1)
    top: Part = {"y": 1, "yref": "paper", "yanchor": "bottom", "yshift": look.px(shift)}
    return words(
        look, f"● recorded   ○ missing   ▲▼ {view.registry.flag_word}", x=0, xref="paper", xshift=look.px(-28), **top
    )


def _words(view: InView, band: _Band, look: Look) -> list[Part]:
    """Measures over their block, months over their columns, and totals below."""
    low, high = band.y
    across: Part = {"xref": band.axes["x"]} if band.axes else {}
    top: Part = {"y": high, "yref": "paper", "yanchor": "bottom", "xanchor": "center", "align": "center", **across}
    foot: Part = {"y": low, "yref": "paper", "yanchor": "top", "xanchor": "center", "align": "center", **across}
    named = band.months[:: _thinned(view) or 1]
    said = []
    for measure, name in zip(band.measures, band.names, strict=True):
        middle = (band.column(measure, band.months[0]) + band.column(measure, band.months[-1])) / 2
        found = view.recorded(measure)
        said.append(words(look, f"<b>{name}</b>", x=middle, yshift=look.px(17), color=look.text, **top))
        said.append(words(look, f"{found.k}<br>of {found.n}", x=middle, yshift=look.px(-20), size=11, **foot))
        said += [
            words(look, str(month), x=band.column(measure, month), size=10, yshift=look.px(1), **top) for month in named
        ]
    return said


def _counted(view: InView, band: _Band, look: Look) -> Part:
    """What the numbers below a band count."""
    left: Part = {"x": 0, "xref": "paper", "xshift": look.px(-28), "yref": "paper", "yanchor": "top"}
    sign = "○" if view.numbered and not _thinned(view) else ""
    return words(look, sign, y=band.y[0], size=11, yshift=look.px(-1), **left)


def _title(view: InView) -> str | Statement:
    """How much is recorded; of visits that were chosen by their values nothing is said."""
    if chosen := chosen_by(view.cohort, view.measured):
        return only(_QUESTION, chosen)
    if view.n == 1:
        return f"What is recorded of patient {view.ids[0]}"
    if view.group:
        by = view.group.label_in_sentence
        return state(
            "Recorded cells by {by}: {groups}", by=by, groups=view.of_groups(lambda level: _cells(view, level))
        )
    vas, labs = view.recorded(view.vas), _cells(view, ALL, view.vocabulary.labs)
    if 0 < vas.k == vas.n and labs.k < labs.n:
        held = "" if _all_held(view) else " held"
        return Statement(f"Pain is recorded at every visit{held}, laboratory values in {labs.words} cells", (vas, labs))
    cells = _cells(view, ALL)
    return state("{cells} cells are recorded", cells=cells) if cells.n else _QUESTION


def _all_held(view: InView) -> bool:
    """Whether everybody has every visit at which somebody was seen."""
    return all(view.frequency(view.vas.name, month).total == view.n for month in view.months)


def _held_note(view: InView) -> str:
    """That a visit that was not held is drawn and not counted, where there is one."""
    if _all_held(view) or not view.all_visits_shown:
        return ""
    return "Counted are the cells of visits that were held; a visit that was not held is hollow, too, and not counted."


def _cells(view: InView, level: Group, measures: Iterable[Variable] | None = None) -> Total:
    """How many of the cells of these measures (all, unless told) are recorded at the visits that took place."""
    chosen = view.measured if measures is None else measures
    return Total(tuple(view.recorded(measure, None, level) for measure in chosen))


def _summary(view: InView) -> Statement:
    """Each measure, whole and by visit; with groups the cells of each."""
    start = state("Values recorded in {patients}.", patients=view.patients)
    if not view.all_visits_shown:
        return start
    measures = (
        state(
            "{name}: {all} ({visits}).",
            name=capitalised(measure.words),
            all=view.recorded(measure),
            visits=together(
                state("{n} at {visit}", n=view.recorded(measure, month), visit=when(month)) for month in view.months
            ),
        )
        for measure in view.measured
    )
    groups = (
        state(
            "By {by}: {groups}.",
            by=view.group.label_in_sentence,
            groups=view.of_groups(lambda level: state("{cells} cells", cells=_cells(view, level))),
        )
        if view.group
        else Statement("")
    )
    return together([start, *measures, groups], " ")
