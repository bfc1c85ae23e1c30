"""The spine: a drawn column of vertebrae with the fractures in place, and beside it the patients who have them."""

from plro_core.cohort import EVERYONE, Cohort
from plro_core.figures.chart import Chart, compose, empty_chart
from plro_core.figures.fractures import COLUMNS, QUESTION, rows_of
from plro_core.figures.spine.column import column_marks, column_shapes, keys
from plro_core.figures.spine.patients import patients_axis, patients_marks, patients_shapes, patients_words
from plro_core.figures.spine.seen import Seen, seen
from plro_core.figures.spine.shares import share_columns, share_marks, share_rows, share_shapes, shares_axis
from plro_core.figures.spine.words import notes_of, summary_of, title_of, who_of
from plro_core.figures.style import LIGHT, Look, Part, base_layout, group_key, quiet_axis, words
from plro_core.store import Registry
from plro_core.vocabulary import Variable

#: Over and below the spine, and right of it: on a page for a line of patients and for keys, on a wide screen for patients alone.
_PAGE, _WIDE = (62, 72, 10), (40, 20, 160)
#: The same where patients are not drawn one by one.
_MANY, _MANY_WIDE = (14, 52, 16), (6, 42, 16)


def spine(
    registry: Registry,
    cohort: Cohort = EVERYONE,
    *,
    group: Variable | None = None,
    highlight: int | None = None,
    look: Look = LIGHT,
) -> Chart:
    """The spine from the side: at each vertebra how many patients have a fracture; each patient's own spine beside it."""
    found = seen(registry, cohort, group, highlight, look)
    view = found.view
    if not view.n:
        return empty_chart(registry, "spine", QUESTION, COLUMNS, look)
    one_by_one = view.numbered
    key, lines = group_key(group, found.styles, view.group_sizes, look) if group else ("", 0)
    above, foot, right = _room(one_by_one, look)
    top = above + 18 * lines
    layout = base_layout(
        look,
        top + foot + found.unit * found.extent / look.scale,
        {"l": found.room / look.scale, "r": right, "t": top, "b": foot},
        xaxis=patients_axis(found) if one_by_one else shares_axis(found),
        yaxis=quiet_axis(look, range=[found.foot, found.column.top - 0.1], showticklabels=False, showgrid=False),
        shapes=[*column_shapes(found), *(patients_shapes(found) if one_by_one else share_shapes(found))],
        annotations=[
            *column_marks(found),
            *keys(found),
            *(patients_words(found) if one_by_one else ()),
            *_key(key, top, look, found.room),
        ],
    )
    return compose(
        registry,
        "spine",
        title_of(found),
        traces=patients_marks(found) if one_by_one else share_marks(found),
        layout=layout,
        summary=summary_of(found),
        columns=COLUMNS if one_by_one else share_columns(found),
        rows=rows_of(found.rows, found.cemented) if one_by_one else share_rows(found),
        notes=notes_of(found),
        look=look,
        who=who_of(found),
    )


def _room(one_by_one: bool, look: Look) -> tuple[float, float, float]:
    """What is left free over, below and right of the spine."""
    if look.wide:
        return _WIDE if one_by_one else _MANY_WIDE
    return _PAGE if one_by_one else _MANY


def _key(text: str, top: float, look: Look, room: float) -> list[Part]:
    """The groups, above all."""
    place: Part = {"x": 0, "y": 1, "xref": "paper", "yref": "paper", "yanchor": "top"}
    return [words(look, text, size=13, xshift=4 - room, yshift=look.px(top - 2), **place)] if text else []


__all__ = ["Seen", "spine"]
