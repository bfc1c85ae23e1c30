"""What is recorded and what is not: patients by measure and visit."""

from collections.abc import Iterable, Mapping

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
_COLUMNS = (
    Column("case_id", "Patient", "integer"),
    Column("month", "Month", "integer"),
    Column("measure", "Measure"),
    Column("recorded", "Recorded", "boolean"),
    Column("printed_flag", "Printed arrow"),
)
_BLOCK = 0.9  # space between two measures, in columns


def missingness_map(
    registry: Registry,
    cohort: Cohort = EVERYONE,
    *,
    group: Variable | None = None,
    highlight: int | None = None,
    look: Look = LIGHT,
) -> Chart:
    """A full dot is a recorded value, a hollow one a missing value, an arrow a value with a printed flag.

    With groups the patients stand group by group, each under her group's sign.
    """
    view = in_view(registry, cohort, registry.vocabulary.measured, group)
    if not view.n:
        return empty_chart(registry, "missingness_map", _QUESTION, _COLUMNS, look)
    highlight = view.chosen(highlight)
    styles = filled(group_styles(group, look)) if group else {}
    key, lines = group_key(group, styles, view.group_sizes, look) if group else ("", 0)
    rows = _in_groups(view, styles)
    cells = [
        (index, case_id, measure, month)
        for index, case_id in enumerate(rows)
        for measure in view.measured
        for month in view.months
    ]
    height = 27 if view.numbered else max(5.0, 900 / len(view.ids))
    layout = base_layout(
        look,
        66 + 20 * lines + height * len(rows) + 62,
        {"l": 44 if group else 30, "r": 10, "t": 66 + 20 * lines, "b": 62},
        xaxis=_axis(view, look),
        yaxis=quiet_axis(
            look,
            range=[len(rows) - 0.5, -0.6],
            tickvals=list(range(len(rows))),
            ticktext=[
                _row_name(str(case_id) if view.numbered else "", style, case_id == highlight, look)
                for case_id, style in rows.items()
            ],
            showticklabels=view.numbered or bool(styles),
            showgrid=False,
            tickfont={"size": look.px(12), "color": look.text},
        ),
        annotations=[*_words(view, look), *_key(key, look)],
        shapes=_marked_row(list(rows), highlight, look),
    )
    return compose(
        registry,
        "missingness_map",
        _title(view),
        traces=[_dots(view, cells, look)],
        layout=layout,
        summary=_summary(view),
        columns=_COLUMNS,
        rows=[_row(view, case_id, measure, month) for _, case_id, measure, month in cells],
        notes=(
            *view.notes,
            "▲ and ▼ are values with an arrow printed beside them. “Not available” in the source is missing, never zero.",
        ),
        look=look,
        who=view.who(highlight),
    )


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


def _key(text: str, look: Look) -> list[Part]:
    if not text:
        return []
    top: Part = {"x": 0, "xref": "paper", "y": 1, "yref": "paper", "yanchor": "bottom", "size": 13}
    return [words(look, text, **top, xshift=look.px(-42), yshift=look.px(62))]


def _column(view: InView, measure: Variable, month: int) -> float:
    block = view.measured.index(measure)
    return block * (len(view.months) + _BLOCK) + view.months.index(month)


def _axis(view: InView, look: Look) -> Part:
    places = [(_column(view, measure, month), month, measure) for measure in view.measured for month in view.months]
    return quiet_axis(
        look,
        range=[-0.8, places[-1][0] + 0.8],
        tickvals=[place for place, _, _ in places],
        ticktext=[str(view.frequency(measure.name, month).missing or "") for _, month, measure in places],
        showgrid=False,
        showticklabels=view.numbered,
        tickangle=0,
        tickfont={"size": look.px(10), "color": look.text},
    )


def _cell(view: InView, case_id: int, measure: Variable, month: int) -> tuple[str, str | None]:
    """ "recorded", "missing" or "left out" (by the cohort's choice of visits), and the printed arrow."""
    row = view.visit(case_id, month)
    if row is None:
        return ("missing" if view.all_visits_shown else "left out"), None
    return ("missing" if row[measure.name] is None else "recorded"), row.get(f"{measure.name}_flag")


def _dots(view: InView, cells: list[tuple[int, int, Variable, int]], look: Look) -> Part:
    states = [_cell(view, case_id, measure, month) for _, case_id, measure, month in cells]
    shape = {"recorded": "circle", "missing": "circle-open", "left out": "line-ew-open"}
    arrows = {"H": "triangle-up", "L": "triangle-down"}
    ink = look.tint(look.accent, 0.7)
    colours = [look.text if flag else ink if state == "recorded" else look.line for state, flag in states]
    size = 8 if view.numbered else 3
    return {
        "mode": "markers",
        "name": "Values",
        "x": [_column(view, measure, month) for _, _, measure, month in cells],
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
    arrow = {"H": "printed with ↑", "L": "printed with ↓"}.get(flag or "", "")
    value = f"{safe_plotly(measure.words)} {measure.written(row[measure.name])}{unit}"
    return sentence(f"Patient {case_id}, {when(month)}: {value}", arrow, place(row))


def _row(view: InView, case_id: int, measure: Variable, month: int) -> tuple[Cell, ...]:
    state, flag = _cell(view, case_id, measure, month)
    return (case_id, month, measure.label, state == "recorded", flag)


def _marked_row(case_ids: list[int], highlight: int | None, look: Look) -> list[Part]:
    if highlight is None:
        return []
    at = case_ids.index(highlight)
    place = {"xref": "paper", "x0": 0, "x1": 1, "y0": at - 0.48, "y1": at + 0.48}
    return [{"type": "rect", "layer": "below", "fillcolor": look.band, "line": {"width": 0}, **place}]


def _words(view: InView, look: Look) -> list[Part]:
    """Measures over their block, months over their columns, and totals below."""
    said = []
    top: Part = {"y": 1, "yref": "paper", "yanchor": "bottom", "xanchor": "center", "align": "center"}
    foot: Part = {"y": 0, "yref": "paper", "yanchor": "top", "xanchor": "center", "align": "center"}
    for measure in view.measured:
        at = [_column(view, measure, month) for month in view.months]
        middle = (at[0] + at[-1]) / 2
        found = view.recorded(measure)
        said.append(
            words(
                look,
                f"<b>{safe_plotly(measure.short_label)}</b>",
                x=middle,
                yshift=look.px(17),
                color=look.text,
                **top,
            )
        )
        said.append(words(look, f"{found.k}<br>of {found.n}", x=middle, yshift=look.px(-20), size=11, **foot))
        said += [
            words(look, str(month), x=place, size=10, yshift=look.px(1), **top)
            for place, month in zip(at, view.months, strict=True)
        ]
    left: Part = {"x": 0, "xref": "paper", "xshift": look.px(-28)}
    said.append(
        words(
            look,
            "● recorded   ○ missing   ▲▼ printed flag",
            y=1,
            yref="paper",
            yanchor="bottom",
            yshift=look.px(42),
            **left,
        )
    )
    said.append(
        words(look, "○" if view.numbered else "", y=0, yref="paper", yanchor="top", size=11, yshift=look.px(-1), **left)
    )
    return said


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
        return Statement(f"Pain is recorded at every visit, laboratory values in {labs.words} cells", (vas, labs))
    cells = _cells(view, ALL)
    return state("{cells} cells are recorded", cells=cells) if cells.n else _QUESTION


def _cells(view: InView, level: Group, measures: Iterable[Variable] | None = None) -> Total:
    """How many of the cells of these measures (all, unless told) are recorded at the visits that took place."""
    chosen = view.measured if measures is None else measures
    return Total(tuple(view.recorded(measure, None, level) for measure in chosen))


def _summary(view: InView) -> Statement:
    """Each measure, whole and by visit; with groups the cells of each."""
    start = state("Values recorded in {patients}.", patients=view.patients)
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
