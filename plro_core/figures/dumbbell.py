"""Pain at the first and the last visit: one row a patient, sorted by how far it fell."""

from dataclasses import dataclass, replace

from plro_core.cohort import EVERYONE, Cohort
from plro_core.counts import Group
from plro_core.figures.chart import Chart, compose, empty_chart
from plro_core.figures.points import InView, in_view, place, sentence, when
from plro_core.figures.style import (
    LIGHT,
    GroupStyle,
    Look,
    Part,
    base_layout,
    group_key,
    group_styles,
    patients_axis,
    quiet_axis,
    row_colour,
    words,
)
from plro_core.store import Registry
from plro_core.tables import Column
from plro_core.text import k_of_n, number, patients, visit_name
from plro_core.vocabulary import Variable

_QUESTION = "How far does pain fall from baseline to the last visit?"
_COLUMNS = (
    Column("case_id", "Patient", "integer"),
    Column("first", "First VAS", "integer"),
    Column("last", "Last VAS", "integer"),
    Column("change", "Change", "integer"),
)


@dataclass(frozen=True)
class Row:
    """One patient's VAS (0-10) at the first and last visit in view; ``None`` where not recorded."""

    case_id: int
    group: Group
    first: float | None
    last: float | None

    @property
    def change(self) -> float | None:
        return None if self.first is None or self.last is None else self.last - self.first


def pain_dumbbell(
    registry: Registry,
    cohort: Cohort = EVERYONE,
    *,
    group: Variable | None = None,
    highlight: int | None = None,
    look: Look = LIGHT,
) -> Chart:
    """VAS (0-10) at the first and last visit in view, joined: one row a patient, largest fall on top."""
    view = in_view(registry, cohort, [registry.vocabulary.variable("vas", "visits")], group)
    if not view.n:
        return empty_chart(registry, "pain_dumbbell", _QUESTION, _COLUMNS, look)
    highlight = view.chosen(highlight)
    rows = _rows(view)
    styles = _with_glyphs(group_styles(group, look)) if group else {}
    key, lines = group_key(group, styles, view.group_sizes, look) if group else ("", 0)
    height = 26 if view.numbered else max(4.0, 900 / len(rows))
    first, last = view.months[0], view.months[-1]
    layout = base_layout(
        look,
        56 + 18 * lines + height * len(rows) + 34,
        {"l": 84, "r": 30, "t": 30 + 18 * lines, "b": 34},
        xaxis=quiet_axis(look, range=[-1.2, 10.8], tickvals=list(range(0, 11, 2))),
        yaxis=patients_axis(look, [row.case_id for row in rows], view.numbered),
        annotations=_words(rows, key, view, look),
    )
    return compose(
        registry,
        "pain_dumbbell",
        _title(view, rows),
        traces=[*_bars(rows, styles, highlight, look), *_ends(view, rows, styles, highlight, look)],
        layout=layout,
        summary=_summary(view, rows, first, last),
        columns=[*_COLUMNS, *([Column(group.name, group.label)] if group else [])],
        rows=[
            (row.case_id, _whole(row.first), _whole(row.last), _whole(row.change), *((row.group,) if group else ()))
            for row in rows
        ],
        notes=(*view.notes, _incomplete_note(rows)),
        look=look,
        who=view.who(highlight),
    )


def _whole(value: float | None) -> int | None:
    return None if value is None else int(value)


def _rows(view: InView) -> list[Row]:
    """Largest fall first, then the higher baseline, then the patient's number; incomplete ones last."""
    first, last = view.months[0], view.months[-1]
    rows = [
        Row(
            case["case_id"],
            view.level_of(case),
            view.value(case["case_id"], first, "vas"),
            view.value(case["case_id"], last, "vas") if last != first else None,
        )
        for case in view.cases
    ]
    return sorted(rows, key=lambda row: (row.change is None, row.change or 0, -(row.first or 0), row.case_id))


#: Shapes of groups here, where hollow and filled already tell the first visit from the last; and their signs in text.
_SHAPES = (("circle", "●"), ("square", "■"), ("diamond", "◆"), ("triangle-up", "▲"))


def _shape(row: Row, styles: dict[Group, GroupStyle]) -> str:
    """A group's shape by its place among the levels; patients without a value in the grouping variable are crosses."""
    levels = [level for level in styles if level is not None]
    if not styles:
        return "circle"
    return _SHAPES[levels.index(row.group) % len(_SHAPES)][0] if row.group in levels else "cross"


def _with_glyphs(styles: dict[Group, GroupStyle]) -> dict[Group, GroupStyle]:
    """The group styles with the signs that this figure's shapes have."""
    shapes = iter(_SHAPES * 9)
    return {level: replace(style, glyph="✚" if level is None else next(shapes)[1]) for level, style in styles.items()}


def _bars(rows: list[Row], styles: dict[Group, GroupStyle], highlight: int | None, look: Look) -> list[Part]:
    return [
        {
            "mode": "lines",
            "x": [row.first, row.last],
            "y": [index, index],
            "hoverinfo": "skip",
            "customdata": [row.case_id, row.case_id],
            "line": {
                "color": look.tint(row_colour(row.case_id, row.group, styles, highlight, look), 0.5),
                "width": look.px(6 if row.case_id == highlight else 4),
            },
        }
        for index, row in enumerate(rows)
        if row.change is not None
    ]


def _ends(
    view: InView, rows: list[Row], styles: dict[Group, GroupStyle], highlight: int | None, look: Look
) -> list[Part]:
    """The two ends: hollow at the first visit, filled at the last, each with its value beside it."""
    traces = []
    ends = ((view.months[0], "first"), (view.months[-1], "last"))
    for month, end in ends[: 1 if view.months[0] == view.months[-1] else 2]:
        found = [(index, row) for index, row in enumerate(rows) if getattr(row, end) is not None]
        colours = [row_colour(row.case_id, row.group, styles, highlight, look) for _, row in found]
        traces.append(
            {
                "mode": "markers+text" if view.numbered else "markers",
                "x": [getattr(row, end) for _, row in found],
                "y": [index for index, _ in found],
                "text": [f"\u2009{number(getattr(row, end))}\u2009" for _, row in found],
                "textposition": [_side(row, end) for _, row in found],
                "textfont": {"size": look.px(12), "color": look.text},
                "customdata": [[row.case_id, month] for _, row in found],
                "hovertext": [_hover(view, row, month, getattr(row, end)) for _, row in found],
                "marker": {
                    "symbol": "circle",
                    "color": colours if end == "last" else look.background,
                    "size": look.px(11 if view.numbered else 4),
                    "line": {"width": look.px(2), "color": colours},
                },
            }
        )
    return traces


def _side(row: Row, end: str) -> str:
    """Values stand outside the bar."""
    falls = (row.change or 0) <= 0
    return "middle right" if (end == "first") == falls else "middle left"


def _hover(view: InView, row: Row, month: int, vas: float) -> str:
    change = ""
    if row.change is not None:
        change = (
            f"VAS {number(row.first)} to {number(row.last)}, a change of {number(row.change)}"
            if row.change
            else "no change"
        )
    where = place(view.visit(row.case_id, month))
    return sentence(f"Patient {row.case_id}, {when(month)}: VAS {number(vas)}", change, where)


def _words(rows: list[Row], key: str, view: InView, look: Look) -> list[Part]:
    top: Part = {"x": 0, "y": 1, "xref": "paper", "yref": "paper", "yanchor": "bottom", "xshift": look.px(-76)}
    first, last = visit_name(view.months[0]), visit_name(view.months[-1])
    said = [words(look, f"hollow {first.lower()}, filled {last.lower()}     VAS, 0–10", yshift=look.px(6), **top)]
    if key:
        said.append(words(look, key, size=13, **top, yshift=look.px(26)))
    said += [
        words(look, "not recorded at both visits", x=0, y=index, xshift=look.px(4))
        for index, row in enumerate(rows)
        if row.first is None and row.last is None and view.numbered
    ]
    return said


def _incomplete_note(rows: list[Row]) -> str:
    missing = sum(row.change is None for row in rows)
    return f"{patients(missing)} without a VAS at both visits: a single point, or an empty row." if missing else ""


def _title(view: InView, rows: list[Row]) -> str:
    changes = [row.change for row in rows if row.change is not None]
    last = when(view.months[-1])
    if view.n == len(rows) == len(changes) > 1 and view.months[0] == 0:
        falls = [-change for change in changes]
        if min(falls) > 0:
            return f"Pain falls by {number(min(falls))} to {number(max(falls))} points by {last}"
    return f"Pain of patient {rows[0].case_id} at {when(view.months[0])} and {last}" if view.n == 1 else _QUESTION


def _summary(view: InView, rows: list[Row], first: int, last: int) -> str:
    changes = sorted(row.change for row in rows if row.change is not None)
    paired = f"{k_of_n(len(changes), len(rows))} patients have a VAS (0 to 10) at {when(first)} and {when(last)}."
    if not changes:
        return paired
    fell = sum(change < 0 for change in changes)
    ends = f"from {number(changes[0])} to {number(changes[-1])}" if len(changes) > 1 else number(changes[0])
    low = f" {k_of_n(fell, len(changes))} fell."
    return f"{paired}{low} The change in VAS points is {ends}."
