"""Who got what: the drug that is told first large and in colour, what everybody got in one line, the rest small and muted."""

from collections.abc import Sequence
from dataclasses import replace

from plro_core.cohort import EVERYONE, Cohort
from plro_core.figures.chart import Chart, compose, empty_chart
from plro_core.figures.form import MOST_DRAWN
from plro_core.figures.points import in_view
from plro_core.figures.style import LIGHT, Look, Part, base_layout, quiet_axis
from plro_core.figures.treatments import counted, rest, story
from plro_core.figures.treatments.plan import Plan
from plro_core.figures.treatments.seen import Seen, seen
from plro_core.figures.treatments.words import (
    COLUMNS,
    QUESTION,
    dose_words,
    doubt_words,
    notes,
    summary,
    table_row,
    title,
)
from plro_core.store import Registry
from plro_core.vocabulary import Variable

__all__ = ["dose_words", "doubt_words", "treatment_matrix"]


def treatment_matrix(
    registry: Registry,
    cohort: Cohort = EVERYONE,
    *,
    group: Variable | None = None,
    highlight: int | None = None,
    look: Look = LIGHT,
    slide: int = 1,
) -> Chart:
    """Who got a bone-active drug, which and from when; what everybody got in one line, the rest small below.

    Up to twelve patients are named, up to sixty have a row each, of more the agents and their combinations are counted. On a
    stage ``slide`` 2 holds the rest.
    """
    kinds, agent = (registry.vocabulary.variable(name, "treatments") for name in ("kind", "agent"))
    view = in_view(registry, cohort, [kinds, agent], group, visits=False)
    if not view.n:
        return empty_chart(registry, "treatment_matrix", QUESTION, COLUMNS, look)
    found = seen(view, view.chosen(highlight), look)
    if view.n > MOST_DRAWN:
        traces, layout, slides = counted.picture(found, slide)
    else:
        traces, layout, slides = _picture(found, slide)
    chart = compose(
        registry,
        "treatment_matrix",
        title(found),
        traces=traces,
        layout=layout,
        summary=summary(found),
        columns=COLUMNS,
        rows=[table_row(found, row) for row in found.given],
        notes=(*view.notes, *notes(found)),
        look=look,
        who=view.who(found.highlight),
    )
    return replace(chart, slides=slides, wide=True)


def _picture(found: Seen, slide: int) -> tuple[list[Part], Part, int]:
    """The traces, the layout and the number of slides of the picture of single patients."""
    plan = Plan(found, slide)
    if plan.slides > 1 and slide > 1:
        layout = _layout(plan, rest.rest_words(found, plan), [], _rest_axes(plan, [0.03, 0.97]))
        return list(rest.rest_marks(found, plan)), layout, plan.slides
    traces = [*story.story_marks(found, plan), *story.trait_marks(found, plan)]
    said = [*story.story_words(found, plan), *rest.everybody_words(found, plan)]
    axes = _story_axes(plan)
    if not plan.staged and plan.rest:
        top = plan.height - plan.rest_height
        traces += rest.rest_marks(found, plan)
        said += rest.rest_words(found, plan)
        axes |= _rest_axes(plan, plan.share(top, plan.rest_height))
    layout = _layout(plan, said, story.story_shapes(found, plan), axes)
    return [trace for trace in traces if trace["x"]], layout, plan.slides


def _layout(plan: Plan, said: Sequence[Part], shapes: Sequence[Part], axes: dict[str, Part]) -> Part:
    look = plan.seen.look
    margin = {"l": plan.left / look.scale, "r": plan.right / look.scale, "t": 0, "b": 0}
    return base_layout(look, plan.height / look.scale, margin, annotations=list(said), shapes=list(shapes), **axes)


def _story_axes(plan: Plan) -> dict[str, Part]:
    look = plan.seen.look
    hidden: Part = {"visible": False, "fixedrange": True, "anchor": "y"}
    rows = plan.story_height / plan.row
    axes: dict[str, Part] = {
        "yaxis": {
            "visible": False,
            "fixedrange": True,
            "range": [rows - 0.5, -0.5],
            "domain": plan.share(plan.head, plan.story_height),
        },
        "xaxis2": {**hidden, "range": [0, 1], "domain": plan.undated_span},
        "xaxis5": {**hidden, "range": [0, 1], "domain": plan.story},
        "xaxis3": {**hidden, "range": [-0.5, max(0.5, len(plan.traits) - 0.5)], "domain": plan.traits_span},
    }
    if plan.dated:
        axes["xaxis"] = quiet_axis(look, **plan.time_axis(), domain=plan.dated_span, anchor="y")
    else:
        axes["xaxis"] = {**hidden, "range": [0, 1], "domain": plan.dated_span}
    return axes


def _rest_axes(plan: Plan, domain: list[float]) -> dict[str, Part]:
    hidden: Part = {"visible": False, "fixedrange": True}
    named = plan.seen.named
    lines = len(plan.rest) + bool(plan.rarer)
    across = [-0.7, len(plan.seen.view.ids) - 0.3] if named else [0, 1]
    return {
        "xaxis4": {**hidden, "range": across, "domain": rest.strip_span(), "anchor": "y2"},
        "xaxis6": {**hidden, "range": [0, 1], "domain": rest.names_span(), "anchor": "y2"},
        "yaxis2": {**hidden, "range": [max(lines, 3) - 0.4, -1.4], "domain": domain, "anchor": "x4"},
    }
