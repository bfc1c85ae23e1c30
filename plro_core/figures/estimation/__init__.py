"""Two cohorts side by side: every patient's point, and the difference with its interval on an axis of its own."""

from collections.abc import Sequence
from dataclasses import replace

from plro_core.cohort import EVERYONE, Cohort
from plro_core.compare import Comparison, Difference, estimate_words, having, name_of
from plro_core.compare.words import unit_words
from plro_core.figures.chart import Chart, compose, empty_chart
from plro_core.figures.estimation.asked import QUESTION, asked
from plro_core.figures.estimation.bands import bands_note
from plro_core.figures.estimation.forest import forest_plot
from plro_core.figures.estimation.marks import INTERVALS, STYLES, marks
from plro_core.figures.estimation.rows import LANES, UPRIGHT, WIDE, Plan, Points, Row, axes, rows_of
from plro_core.figures.points import wrapped
from plro_core.figures.style import LIGHT, Look, Part, base_layout, words
from plro_core.store import Registry
from plro_core.tables import Cell, Column
from plro_core.text import grouped, k_of_n, safe_plotly

__all__ = ["estimation_plot", "forest_plot"]

#: A number keeps its percent sign on its line.
_UNBROKEN = "\u00a0%"

#: A stage that is narrower has shorter lines of words.
_WIDE_STAGE = 1000

_COLUMNS = (
    Column("variable", "Variable"),
    Column("month", "Month", "integer"),
    Column("change_from_baseline", "Change from baseline", "boolean"),
    Column("value", "Level"),
    Column("group", "Cohort"),
    Column("case_id", "Patient", "integer"),
    Column("recorded", "Recorded", "number", None),
)

_STACKED = (
    f"Patients of equal value stand above each other; the stroke is the median, from three values on. {INTERVALS}"
)


def estimation_plot(
    registry: Registry,
    a: Cohort,
    *,
    b: Cohort | None = None,
    within: Cohort = EVERYONE,
    leave_out_of: str | None = None,
    keys: Sequence[str] = (),
    look: Look = LIGHT,
    other: Registry | None = None,
    slide: int = 1,
) -> Chart:
    """A against B (``None``: everybody else): raw points with medians on the left, A − B with its interval on the right.

    ``keys`` are ``Difference.key`` values and choose the comparisons and their order; none means all.
    """
    found = asked(registry, a, b, within, leave_out_of, keys, other)
    comparison, chosen, points = found.comparison, found.chosen, found.points if found.chosen else {}
    if comparison.problem:
        why = comparison.problem
        return empty_chart(registry, "estimation_plot", why, _COLUMNS, look, why)
    if not chosen:
        return empty_chart(registry, "estimation_plot", QUESTION, _COLUMNS, look)
    plan = WIDE if look.wide else UPRIGHT
    slides = _slides(chosen, points, plan, look)
    shown = slides[min(max(slide, 1), len(slides)) - 1]
    rows, height = rows_of(shown, points, plan, look.stage.height / look.scale if look.stage else 0.0)
    annotations = _heads(comparison, look) + [part for row in rows for part in _row_words(row, look)]
    margin = {"l": 10, "r": 28, "t": 0, "b": 0}
    chart = compose(
        registry,
        "estimation_plot",
        found.title,
        traces=[trace for row in rows for trace in marks(row, points, look)],
        layout=base_layout(look, height, margin, annotations=annotations, **axes(rows, points, plan, look)),
        summary=found.summary,
        columns=_COLUMNS,
        rows=_cells(chosen, points),
        notes=(
            comparison.two_populations,
            _STACKED,
            bands_note(comparison, chosen, found.members),
            *dict.fromkeys(found.notes),
        ),
        look=look,
        synthetic=comparison.synthetic,
        who=found.who,
    )
    return replace(chart, slides=len(slides), shown=found.shown)


def _slides(chosen: Sequence[Difference], points: Points, plan: Plan, look: Look) -> list[list[Difference]]:
    """The comparisons by slide: as many as a stage has room for; all on one without a stage."""
    if look.stage is None:
        return [list(chosen)]
    slides: list[list[Difference]] = [[]]
    for difference in chosen:
        _, height = rows_of([*slides[-1], difference], points, plan)
        if slides[-1] and height > look.stage.height / look.scale:
            slides.append([])
        slides[-1].append(difference)
    return slides


def _row_words(row: Row, look: Look) -> list[Part]:
    """Over each row, or left of it: what is compared and in what unit; then the estimate, or why there is none."""
    difference, top = row.difference, row.y[1]
    place: Part = {"xref": "paper", "yref": "paper", "y": top, "yanchor": "bottom", "yshift": look.px(5)}
    if look.wide:
        place |= {"yanchor": "top", "yshift": look.px(4)}
    unit = "" if difference.change else safe_plotly(unit_words(difference))
    counted = (
        f"A {k_of_n(having(difference.a, difference.value), difference.n_a)} · "
        f"B {k_of_n(having(difference.b, difference.value), difference.n_b)}"
        if difference.value is not None
        else f"n = {grouped(difference.n_a)} · {grouped(difference.n_b)}"
    )
    said = f"A − B: {estimate_words(difference)}" if difference.estimate is not None else ""
    why = "" if difference.interval else difference.reason or ""
    if look.stage:  # why there is no test besides is in the table
        why = why.partition(". ")[0]
    narrow = look.stage is not None and look.stage.width < _WIDE_STAGE
    name = f"<b>{wrapped(safe_plotly(name_of(difference)), 28 if narrow else 40 if look.wide else 46)}</b>{unit}"
    between = "<br>" if look.wide else "  "
    estimated = ". ".join(filter(None, (said, why))).replace(" %", _UNBROKEN)
    lines = f"{name}{between}{counted}<br>{wrapped(estimated, 30 if narrow else 42 if look.wide else 64)}"
    return [words(look, lines, x=0, color=look.text, size=12, **place)]


def _heads(comparison: Comparison, look: Look) -> list[Part]:
    """The key: who A and B are, and what the two columns show."""
    (colour_a, _), (colour_b, _) = STYLES["a"], STYLES["b"]
    columns = "left: each patient; right: A − B with its interval"
    key = (
        f'<span style="color:{look.ink(colour_a)}">● <b>A</b></span> {wrapped(safe_plotly(comparison.a_sentence), 44)}, '
        f"n = {grouped(comparison.n_a)}<br>"
        f'<span style="color:{look.ink(colour_b)}">○ <b>B</b></span> {wrapped(safe_plotly(comparison.b_sentence), 44)}, '
        f"n = {grouped(comparison.n_b)}<br>{columns}"
    )
    place: Part = {"xref": "paper", "yref": "paper", "y": 1, "yanchor": "top", "yshift": look.px(-4)}
    return [words(look, key, x=0, size=12, color=look.text, **place)]


def _cells(chosen: Sequence[Difference], points: Points) -> list[tuple[Cell, ...]]:
    return [
        (difference.variable.name, difference.month, difference.change, difference.value, code.upper(), case_id, value)
        for difference in chosen
        for code in LANES
        for case_id, value in points[difference.key, code]
    ]
