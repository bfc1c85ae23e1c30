"""The spine: a drawn column of vertebrae with the fractures in place, and beside it the patients who have them."""

from plro_core.cohort import EVERYONE, Cohort
from plro_core.figures.chart import Chart, compose, empty_chart
from plro_core.figures.fractures import COLUMNS, QUESTION, rows_of
from plro_core.figures.spine.column import column_shapes, column_words, keys
from plro_core.figures.spine.patients import patients_axis, patients_marks, patients_shapes, patients_words
from plro_core.figures.spine.seen import Seen, seen
from plro_core.figures.spine.shares import share_columns, share_marks, share_rows, share_shapes, shares_axis
from plro_core.figures.spine.words import notes_of, summary_of, title_of, who_of
from plro_core.figures.style import LIGHT, Look, base_layout, quiet_axis
from plro_core.store import Registry
from plro_core.vocabulary import Variable

#: Room right of the spines, for how many of all patients have a fracture, and on a stage for the keys.
_RIGHT, _RIGHT_STAGE = 52, 158


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
    one_by_one, (above, below) = found.one_by_one, found.margins
    layout = base_layout(
        look,
        above + below + found.unit * found.extent / look.scale,
        {"l": found.room / look.scale, "r": _right(found), "t": above, "b": below},
        xaxis=patients_axis(found) if one_by_one else shares_axis(found),
        yaxis=quiet_axis(look, range=[found.foot, found.column.top - 0.1], showticklabels=False, showgrid=False),
        shapes=[*column_shapes(found), *(patients_shapes(found) if one_by_one else share_shapes(found))],
        annotations=[*column_words(found), *keys(found), *(patients_words(found) if one_by_one else ())],
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


def _right(found: Seen) -> float:
    """What is left free right of the spines."""
    if not found.one_by_one:
        return 16
    return _RIGHT_STAGE if found.look.wide else _RIGHT


__all__ = ["Seen", "spine"]
