"""Pain over time: threads of patients in the band of their group, with the finding on the line."""

from collections.abc import Iterator
from dataclasses import replace

from plro_core.cohort import EVERYONE, Cohort
from plro_core.counts import ALL, change_of
from plro_core.figures.chart import Chart, compose, empty_chart
from plro_core.figures.form import Form, form_notes, form_of
from plro_core.figures.pain.plot import drawing
from plro_core.figures.pain.scale import CHANGE, FALLS, SCORE, SUBSTANTIAL_FALL, Scale
from plro_core.figures.pain.sentences import QUESTION, summary, title
from plro_core.figures.pain.threads import Threads, gaps
from plro_core.figures.points import InView, in_view, place
from plro_core.figures.ribbon import band_note
from plro_core.figures.style import LIGHT, Look, group_styles
from plro_core.figures.time_axis import visits_crowd
from plro_core.pain_control.patients import visit_note
from plro_core.statements import Statement
from plro_core.store import Registry
from plro_core.tables import Cell, Column
from plro_core.vocabulary import Variable
from plro_core.vocabulary.thresholds import responder_words

__all__ = ["CHANGE", "FALLS", "SCORE", "SUBSTANTIAL_FALL", "pain_trajectories"]

_TIED = "Patients with the same VAS at the same visit are drawn side by side; the visit is at the tick."


def pain_trajectories(
    registry: Registry,
    cohort: Cohort = EVERYONE,
    *,
    group: Variable | None = None,
    highlight: int | None = None,
    axis: str = SCORE,
    fall: int = SUBSTANTIAL_FALL,
    look: Look = LIGHT,
) -> Chart:
    """VAS (0-10) at each visit on a true time axis: threads of patients, the band of everybody or of each group, medians.

    A missing visit is a gap and a hollow mark below the axis. Up to 12 patients are named, up to 60 drawn; bands, medians and
    n come from all. ``axis`` is "score" or "change", the fall from baseline in percent with lines at −30 and −50 %, over all
    visits of the cohort's patients; ``fall`` is the one of the two that is told as the response.

    Raises:
        QueryProblem: there is no such axis, or no such response.
    """
    asked = cohort if axis == SCORE else Cohort(cohort.who)
    view = in_view(registry, asked, [registry.vocabulary.variable("vas", "visits")], group)
    scale = Scale.named(view, axis, fall)
    if not view.n:
        return empty_chart(registry, "pain_trajectories", QUESTION, _columns(view), look)
    highlight = view.chosen(highlight)
    threads = Threads(scale, group_styles(group, look) if group else {}, highlight, look)
    plot = drawing(threads)
    chart = compose(
        registry,
        "pain_trajectories",
        title(view),
        traces=plot.traces,
        layout=plot.layout,
        summary=summary(scale),
        columns=_columns(view),
        rows=_rows(view),
        notes=_notes(threads, cohort),
        look=look,
        who=view.who(highlight),
    )
    return replace(chart, wide=visits_crowd(view.months))


def _notes(threads: Threads, cohort: Cohort) -> list[str | Statement]:
    """What must be said besides: form, bands, ties, gaps, and what a response is."""
    view, scale = threads.view, threads.scale
    form = form_of(view.n)
    levels = list(view.group_sizes) if view.group else [ALL]
    shown = view.all_visits_shown
    found = [scale.frequency(month, level) for level in levels for month in view.months] if shown else []
    mark = "short stroke" if view.group else "hollow mark"
    lacking = gaps(threads, view.ids)
    return [
        *form_notes(view, "thread"),
        view.median_note,
        band_note(found, form is Form.COUNTED, f"{scale.name} at each visit"),
        _TIED if form is Form.NAMED and view.n > 1 else "",
        f"A {mark} below the axis is a visit without a recorded VAS; lines stop there." if lacking else "",
        *((next(responder_words()), *visit_note(cohort)) if scale.change else ()),
    ]


def _columns(view: InView) -> list[Column]:
    group = view.group
    columns = [Column("case_id", "Patient", "integer"), Column("month", "Month", "integer")]
    columns += [Column.of(view.vas), Column.like(view.vas, "from_baseline", "Change from baseline")]
    return [*columns, *([Column(group.name, group.label)] if group else []), Column("source", "Source")]


def _rows(view: InView) -> Iterator[tuple[Cell, ...]]:
    for case in view.cases:
        for month in view.months:
            row = view.visit(case["case_id"], month)
            if row is None:
                continue
            vas, first = row["vas"], view.value(case["case_id"], 0, "vas")
            change = None if vas is None or first is None else change_of(first, vas)
            level = view.level_of(case)
            yield (row["case_id"], month, vas, change, *((level,) if view.group else ()), place(row))
