"""Documented fractures by vertebral level T1 to L5, other bones last: a row a patient, or of many patients bars."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from plro_core.cohort import EVERYONE, Cohort
from plro_core.figures.chart import Chart, compose, empty_chart
from plro_core.figures.form import Form
from plro_core.figures.fractures import rows, tally
from plro_core.figures.fractures.levels import PLACES, Levels, cemented_levels, levels_in_view
from plro_core.figures.fractures.seen import Fractures, fractures_of
from plro_core.figures.fractures.sentences import NOTE, QUESTION, marks_note, summary_of, title_of
from plro_core.figures.style import LIGHT, Look, Part, base_layout, group_key, quiet_axis, words
from plro_core.lookups import Record, Sample
from plro_core.store import Registry
from plro_core.tables import Cell, Column
from plro_core.vocabulary import Variable

COLUMNS = (
    Column("case_id", "Patient", "integer"),
    Column("level", "Level"),
    Column("type", "Type"),
    Column("acuity", "Acuity"),
    Column("vertebroplasty", "Vertebroplasty at this level", "boolean"),
)
#: Room left of the rows, over them for the heads of the levels with the key of the marks, and below.
_LEFT, _ABOVE, _ABOVE_BARS, _BELOW = 58, 66, 46, 12


def fracture_map(
    registry: Registry,
    cohort: Cohort = EVERYONE,
    *,
    group: Variable | None = None,
    highlight: int | None = None,
    look: Look = LIGHT,
) -> Chart:
    """Patients by level: a square for a documented fracture, a ring for vertebroplasty; of many patients bars by level."""
    found = fractures_of(registry, cohort, group, highlight, look)
    view, counted = found.view, found.form is Form.COUNTED
    if not view.n:
        return empty_chart(registry, "fracture_map", QUESTION, COLUMNS, look)
    key, lines = group_key(group, found.styles, view.group_sizes, look) if group and not counted else ("", 0)
    top = (_ABOVE_BARS if counted else _ABOVE) + 18 * lines
    height = top + _BELOW + (tally.height(found) if counted else rows.height(found))
    plot = (look.stage.height if look.stage else look.px(height)) - look.px(top + _BELOW)
    layout = base_layout(
        look,
        height,
        {"l": 14 if counted else _LEFT, "r": 12, "t": top, "b": _BELOW},
        xaxis=_level_axis(found.levels, look),
        yaxis=tally.rows_axis(found) if counted else rows.patients_axis(found, plot),
        bargap=0,
        shapes=_stripes(found.levels, look),
        annotations=[
            *_parts_of_the_spine(found.levels, look),
            *(() if counted else rows.row_words(found)),
            *_key(key, look, _LEFT),
        ],
    )
    return compose(
        registry,
        "fracture_map",
        title_of(view, found.found()),
        traces=tally.bars(found) if counted else rows.row_marks(found, plot),
        layout=layout,
        summary=summary_of(view, found.rows, found.cemented, found.found(), found.levels),
        columns=tally.tally_columns(found) if counted else COLUMNS,
        rows=tally.tally_rows(found) if counted else rows_of(found.rows, found.cemented),
        notes=(NOTE, found.form.note())
        if counted
        else (*view.notes, NOTE, found.form.note(), marks_note(view, found.rows)),
        look=look,
        who=replace(view.who(highlight), cases=Sample((), view.n, view.n)) if counted else view.who(highlight),
    )


def rows_of(fractures: Sequence[Record], cemented: Mapping[int, set[str]]) -> list[tuple[Cell, ...]]:
    """The plotted points: one row a fracture."""
    return [
        (
            row["case_id"], row["level"], row["type"], row["acuity"],
            row["level"] in cemented.get(row["case_id"], set()),
        )
        for row in fractures
    ]  # fmt: skip


def _level_axis(levels: Levels, look: Look) -> Part:
    return quiet_axis(
        look,
        range=[levels.place(levels.all[0]) - 0.9, levels.end],
        tickvals=[levels.place(level) for level in levels.all],
        ticktext=[levels.name(level) for level in levels.all],
        side="top",
        tickangle=0,
        tickfont={"size": look.type(11), "color": look.text},
    )


def _stripes(levels: Levels, look: Look) -> list[Part]:
    """A thin rule between the cervical, thoracic, lumbar and other levels."""
    between = [(PLACES["T12"] + PLACES["L1"]) / 2, PLACES["L5"] + 0.75]
    between += [(PLACES["C7"] + PLACES["T1"]) / 2] if levels.cervical else []
    line = {"color": look.rule, "width": 1}
    return [
        {"type": "line", "x0": at, "x1": at, "yref": "paper", "y0": 0, "y1": 1, "layer": "below", "line": line}
        for at in between
    ]


def _parts_of_the_spine(levels: Levels, look: Look) -> list[Part]:
    """The heads over the levels."""
    others, neck = [levels.place(level) for level in levels.others], [levels.place(level) for level in levels.cervical]
    heads = {
        "Cervical": neck,
        "Thoracic": [PLACES["T1"], PLACES["T12"]],
        "Lumbar": [PLACES["L1"], PLACES["L5"]],
        "Other": others,
    }
    over: Part = {"y": 1, "yref": "paper", "yanchor": "bottom", "yshift": look.px(22), "xanchor": "center"}
    return [words(look, head, x=(at[0] + at[-1]) / 2, **over) for head, at in heads.items() if at]


def _key(text: str, look: Look, left: float) -> list[Part]:
    """The groups, above all."""
    place: Part = {"x": 0, "y": 1, "xref": "paper", "yref": "paper", "yanchor": "bottom"}
    return [words(look, text, size=13, xshift=look.px(4 - left), yshift=look.px(60), **place)] if text else []


__all__ = ["COLUMNS", "NOTE", "QUESTION", "Fractures", "cemented_levels", "fracture_map", "levels_in_view", "rows_of"]
