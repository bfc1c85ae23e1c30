"""What is recorded and what is not: a row for each variable and visit, by topic, what lacks most on top.

To some sixty patients each is a column, whoever lacks most at the right; beyond, a row is the share of the recorded.
"""

from dataclasses import replace

from plro_core.cohort import EVERYONE, Cohort
from plro_core.figures.chart import Chart, compose, empty_chart
from plro_core.figures.missingness.drawing import drawing_of
from plro_core.figures.missingness.rows import Grid, grid_of
from plro_core.figures.missingness.sentences import QUESTION, notes_of, summary_of, title_of
from plro_core.figures.style import LIGHT, Look
from plro_core.store import Registry
from plro_core.tables import Cell, Column
from plro_core.vocabulary import Variable

_EACH = (
    Column("case_id", "Patient", "integer"),
    Column("measure", "Variable"),
    Column("month", "Month", "integer"),
    Column("recorded", "Recorded", "boolean"),
)
_SHARES = (
    Column("measure", "Variable"),
    Column("month", "Month", "integer"),
    Column("recorded", "Recorded", "integer"),
    Column("of", "Of", "integer"),
)


def missingness_map(
    registry: Registry,
    cohort: Cohort = EVERYONE,
    *,
    group: Variable | None = None,
    highlight: int | None = None,
    slide: int = 1,
    look: Look = LIGHT,
) -> Chart:
    """What is recorded at which visit, by topic, and what lacks most; with groups the patients stand group by group.

    ``slide`` is the part that is drawn on a stage, which has no room for all rows.
    """
    grid = grid_of(registry, cohort, group, highlight)
    if not grid.view.n:
        return empty_chart(registry, "missingness_map", QUESTION, _EACH, look)
    traces, layout, slides = drawing_of(grid, look, slide)
    chart = compose(
        registry,
        "missingness_map",
        title_of(grid.view),
        traces=traces,
        layout=layout,
        summary=summary_of(grid),
        columns=_EACH if grid.each else _SHARES,
        rows=_table(grid),
        notes=notes_of(grid),
        look=look,
        who=grid.view.who(highlight),
    )
    return replace(chart, slides=slides)


def _table(grid: Grid) -> list[tuple[Cell, ...]]:
    """The cells of the patients drawn, or what is counted of everybody."""
    if not grid.each:
        return [(row.variable.label, row.month, row.recorded.k, row.recorded.n) for row in grid.rows]
    return [
        (case["case_id"], row.variable.label, row.month, grid.state(case, row) == "recorded")
        for row in grid.rows
        for case in grid.patients
    ]
