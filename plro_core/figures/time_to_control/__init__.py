"""Time to pain control: a step curve that is left open where the visits do not tell, over each patient's own interval."""

from collections.abc import Mapping
from dataclasses import replace

from plro_core.cohort import EVERYONE, Cohort, Criterion
from plro_core.counts import ALL, Group
from plro_core.figures.chart import Chart, compose, empty_chart
from plro_core.figures.form import by_groups
from plro_core.figures.points import in_view
from plro_core.figures.style import LIGHT, Look, filled, group_styles
from plro_core.figures.time_to_control.curve import curves
from plro_core.figures.time_to_control.layout import layout_of, slides_of
from plro_core.figures.time_to_control.picture import SMALLEST_N_FOR_CURVE, Picture, by_time, has_curve
from plro_core.figures.time_to_control.rows import intervals
from plro_core.figures.time_to_control.sentences import (
    TimeToControl,
    described,
    in_groups,
    medians,
    notes,
    place_words,
    reconstruction_note,
)
from plro_core.pain_control import DEFAULT, LEFT_OUT, ControlTime, control_times
from plro_core.pain_control import definition as definition_named
from plro_core.pain_control.patients import visit_note
from plro_core.statements import Statement, chosen_by, only, state, together
from plro_core.store import Registry
from plro_core.tables import Cell, Column
from plro_core.text import patients
from plro_core.vocabulary import Variable

__all__ = ["SMALLEST_N_FOR_CURVE", "median_sentences", "reconstruction_note", "time_to_pain_control"]

_QUESTION = "When is pain controlled?"


def _columns(registry: Registry, group: Variable | None) -> list[Column]:
    return [
        Column("case_id", "Patient", "integer"),
        Column("after", "After month", "number", None),
        Column("by", "By month", "number", None),
        Column("printed", f"{registry.stated_word.capitalize()} time", "number", None, "months"),
        Column("used", "What is used"),
        *([Column(group.name, group.label)] if group else []),
    ]


def time_to_pain_control(
    registry: Registry,
    cohort: Cohort = EVERYONE,
    *,
    definition: str = DEFAULT.name,
    group: Variable | None = None,
    highlight: int | None = None,
    slide: int = 1,
    look: Look = LIGHT,
) -> Chart:
    """The share of patients with pain control over months, and below it the interval in which each came to it.

    Printed times are exact marks. Below three patients with a time there are intervals only. All visits of the cohort's
    patients count. On a stage the curve and the patients stand on a ``slide`` each.

    Raises:
        QueryProblem: there is no such definition.
    """
    chosen = definition_named(definition)
    patients_only = Cohort(cohort.who)
    view = in_view(registry, patients_only, [registry.vocabulary.variable("vas", "visits")], group)
    columns = _columns(registry, group)
    if not view.n:
        return empty_chart(registry, "time_to_pain_control", _QUESTION, columns, look)
    times = sorted(control_times(registry, chosen, patients_only, group=group), key=by_time)
    styles = filled(group_styles(group, look)) if group else {}
    timed = in_groups(registry, chosen, patients_only, group)
    everybody = in_groups(registry, chosen, patients_only, None)[ALL] if group else timed[ALL]
    found = {None if code == ALL else code: time.found for code, time in timed.items()}
    picture = Picture(view, chosen, times, found, styles, view.chosen(highlight), look)
    slides = slides_of(picture)
    shown = slides[min(slide, len(slides)) - 1]
    layout, annotations = layout_of(shown)
    chart = compose(
        registry,
        "time_to_pain_control",
        _title(picture, timed, everybody),
        traces=[*curves(shown), *(intervals(shown) if shown.rows else ())],
        layout=layout | {"annotations": annotations},
        summary=_summary(picture, timed),
        columns=columns,
        rows=[_cells(time, picture) for time in times],
        notes=(
            *notes(picture, everybody),
            *view.notes,
            *visit_note(cohort),
        ),
        look=look,
        who=view.who(highlight),
    )
    return replace(chart, slides=len(slides))


def median_sentences(
    registry: Registry, cohort: Cohort = EVERYONE, *, definition: str = DEFAULT.name, group: Variable | None = None
) -> list[str]:
    """The median time to pain control in words, of everybody or of each group; below three patients their times."""
    timed = in_groups(registry, definition_named(definition), Cohort(cohort.who), group)
    return [str(sentence) for sentence in medians(timed, group)]


def _cells(time: ControlTime, picture: Picture) -> tuple[Cell, ...]:
    after, by = time.between or (None, None)
    used = f"{time.stated} time" if time.exact else "interval between visits"
    if time.contradicted:
        used = f"interval between visits; the {time.stated} time is contradicted"
    if time.between is None:
        used = f"no time: {LEFT_OUT.get(time.left_out or '', '')}"
    return (time.case_id, after, by, time.printed, used, *((time.group,) if picture.view.group else ()))


def _chosen(picture: Picture) -> tuple[Criterion, ...]:
    """The criteria that choose patients by their pain or by when it was controlled."""
    stated = picture.view.vocabulary.variable("pain_control_months", "cases")
    return chosen_by(picture.view.cohort, [picture.view.vas, stated])


def _title(picture: Picture, timed: Mapping[Group, TimeToControl], everybody: TimeToControl) -> str | Statement:
    """The median of everybody in view, or of each group; below three patients who they are."""
    view = picture.view
    if chosen := _chosen(picture):
        return only(_QUESTION, chosen)
    if view.n == 1:
        return f"Time to pain control of patient {view.ids[0]}"
    if view.group:
        clauses = view.of_groups(lambda level: timed[level])
        split = state("Time to pain control by {by}: {groups}", by=view.group.label_in_sentence, groups=clauses)
        return by_groups(view, split, _of_all(everybody))
    return _of_all(everybody)


def _of_all(everybody: TimeToControl) -> str | Statement:
    found = everybody.found
    if not has_curve(found):
        return _QUESTION
    return Statement(
        f"Median time to pain control: {place_words(found.median)}{found.half_words} ({patients(found.n)})",
        (everybody,),
    )


def _summary(picture: Picture, timed: Mapping[Group, TimeToControl]) -> Statement:
    told = [] if _chosen(picture) else medians(timed, picture.view.group)
    return together([described(picture), *told], " ")
