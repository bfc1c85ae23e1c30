"""Laboratory values over time: one aligned grid, with reference bands and both kinds of flag."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from plro_core import lookups
from plro_core.cohort import EVERYONE, Cohort
from plro_core.counts import ALL
from plro_core.figures.bands import line_notes
from plro_core.figures.chart import Chart, compose, empty_chart
from plro_core.figures.choosing import shown_of
from plro_core.figures.form import form_notes
from plro_core.figures.labs.marks import Drawing
from plro_core.figures.labs.plot import plot, slides_of
from plro_core.figures.labs.sentences import QUESTION, lab_notes, summary, title
from plro_core.figures.points import InView, in_view, place
from plro_core.figures.ribbon import band_note
from plro_core.figures.style import LIGHT, Look, group_styles
from plro_core.statements import Statement
from plro_core.store import Registry
from plro_core.tables import Cell, Column
from plro_core.tables.notes import reference_note
from plro_core.tables.ranges import flag_statements
from plro_core.text import listed
from plro_core.vocabulary import Variable

__all__ = ["lab_trajectories"]


def lab_trajectories(
    registry: Registry,
    cohort: Cohort = EVERYONE,
    *,
    group: Variable | None = None,
    highlight: int | None = None,
    look: Look = LIGHT,
    labs: Sequence[Variable] | None = None,
    columns: int | None = None,
    slide: int = 1,
) -> Chart:
    """Each analyte in its own unit over a true time axis; a missing value is a gap, never joined through.

    Axes hold every value of the registry, whoever is in view. Without groups ``columns`` panels stand side by side, three
    unless given; with groups an analyte is a row and a group a column. Beyond 60 patients bands are drawn, and how many values
    lie outside their range. On a stage ``slide`` chooses among the slides that the analytes are divided into.
    """
    labs = tuple(registry.vocabulary.labs if labs is None else labs)
    view = in_view(registry, cohort, labs, group)
    if not view.n:
        return empty_chart(registry, "lab_trajectories", QUESTION, _columns(registry), look)
    highlight = view.chosen(highlight)
    styles = group_styles(group, look) if group else {}
    drawing = Drawing(view, styles, highlight, look, lookups.uncertain_cells(registry, "visits"))
    shown = slides_of(labs, view, look)
    traces, layout = plot(drawing, shown[min(max(slide, 1), len(shown)) - 1], columns)
    chart = compose(
        registry,
        "lab_trajectories",
        title(view, labs),
        traces=traces,
        layout=layout,
        summary=summary(view, labs),
        columns=_columns(registry),
        rows=_rows(view, labs),
        notes=_notes(drawing, labs),
        look=look,
        who=view.who(highlight),
    )
    told = shown_of([lab.label for lab in labs], len(registry.vocabulary.labs))
    return replace(chart, slides=len(shown), wide=True, shown=told)


def _columns(registry: Registry) -> list[Column]:
    return [
        Column("case_id", "Patient", "integer"),
        Column("month", "Month", "integer"),
        Column("analyte", "Analyte"),
        Column("value", "Value", "number", None),
        Column("unit", "Unit"),
        Column("printed_flag", registry.flag_word.capitalize()),
        Column("computed_flag", "Computed flag"),
        Column("source", "Source"),
    ]


def _rows(view: InView, labs: Sequence[Variable]) -> Iterator[tuple[Cell, ...]]:
    for lab in labs:
        for row in view.visits:
            value = row[lab.name]
            flags = (row[f"{lab.name}_flag"], lab.flag(value))
            yield (row["case_id"], row["month"], lab.label, value, lab.stated_unit, *flags, place(row))


def _notes(drawing: Drawing, labs: Sequence[Variable]) -> list[str | Statement]:
    """What must be said besides: form, ranges, flags, what is uncertain."""
    view, registry = drawing.view, drawing.view.registry
    levels = list(view.group_sizes) if view.group else [ALL]
    found = [view.frequency(lab.name, month, level) for lab in labs for level in levels for month in view.months]
    return [
        *form_notes(view),
        view.median_note,
        band_note(found, drawing.counted, "values at each visit") if view.all_visits_shown else "",
        registry.told("labs.ranges", "Shaded: reference range, for orientation; ranges differ by laboratory."),
        _flags_told(drawing),
        f"Under each visit: the month, and n, the values recorded{', and how many of them lie outside the range' * drawing.counted}.",
        "Axes hold every value of the registry, so that they stay when the patients change.",
        *line_notes(labs),
        *reference_note(registry, labs),
        *flag_statements(registry, view.cohort, labs),
        _uncertain_note(drawing, labs),
        *lab_notes(labs),
    ]  # fmt: skip


def _flags_told(drawing: Drawing) -> str:
    """How the two flags are drawn; of many neither is."""
    if drawing.counted:
        return ""
    registry = drawing.view.registry
    if not drawing.numbered:
        return f"A coloured point lies outside the range; {registry.flag_word}s are told by a point's hover, and listed under flags."
    told = registry.told("labs.arrows", "↑ and ↓ are reported flags; a ringed point lies outside the range.")
    return f"{told} The two do not always agree."


def _uncertain_note(drawing: Drawing, labs: Sequence[Variable]) -> str:
    names = {column for _, column in drawing.uncertain}
    marked = [lab.words for lab in labs if lab.name in names]
    if not marked or drawing.counted:
        return ""
    return f"A hollow point with a dot is uncertain in its unit or analyte: {listed(marked)}."
