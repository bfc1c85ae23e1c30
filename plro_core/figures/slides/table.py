"""A table on a stage: columns as wide as their words, rows as high; what does not fit goes to further slides."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from plro_core.cohort import EVERYONE, Cohort
from plro_core.confounding import confounded
from plro_core.figures.chart import NOBODY, Chart, compose, empty_chart
from plro_core.figures.slides.sheet import Sheet, broken, height_of, width_of
from plro_core.figures.style import LIGHT, Look
from plro_core.store import Registry
from plro_core.tables import Cell, Column, Table, printed_table, table_one
from plro_core.vocabulary import Variable

_SIZE, _GAP, _PAD = 18.5, 18.0, 5.0
#: A column is no wider than this unless there is room to spare: longer words are broken into lines. A narrower one is taken
#: if all columns fit beside each other then, or, where they never do, if it takes fewer slides.
_WIDEST = (330.0, 270.0, 220.0, 180.0)
#: A row with more lines than this is cut; the page has it whole.
_MOST_LINES = 9

Rows = Sequence[Sequence[str]]
#: Columns by their places, their widths, and the rows.
Part = tuple[list[int], list[float], Rows]


def table_one_slide(
    registry: Registry,
    cohort: Cohort = EVERYONE,
    *,
    group: Variable | None = None,
    look: Look = LIGHT,
    slide: int = 1,
) -> Chart:
    """The summary of a cohort in short, for a stage: a row a variable, visit or level, with median and quartiles or k of n."""
    table = _in_short(table_one(registry, cohort, group).layout)
    caveats = confounded(registry, group, cohort) if group else ()
    return replace(table_slide(registry, table, look, slide), name=table_one_slide.__name__, caveats=caveats)


def printed_slide(
    registry: Registry, cohort: Cohort = EVERYONE, *, document: str, look: Look = LIGHT, slide: int = 1
) -> Chart:
    """A printed table, character for character, for a stage.

    Raises:
        QueryProblem: no document of the registry prints such a table.
    """
    table = printed_table(registry, document, cohort)
    return replace(table_slide(registry, table, look, slide), name=printed_slide.__name__)


def table_slide(registry: Registry, table: Table, look: Look = LIGHT, slide: int = 1) -> Chart:
    """One slide of a table; ``slides`` of the chart says how many there are."""
    if not table.rows:
        return empty_chart(registry, "table_slide", table.title, table.columns, look, NOBODY)
    sheet = Sheet(look)
    heads = [column.heading for column in table.columns]
    parts = _parts(heads, table.shown, sheet)
    columns, widths, rows = parts[min(slide, len(parts)) - 1]
    _draw(sheet, [[row[at] for at in columns] for row in [heads, *rows]], widths)
    chart = compose(
        registry,
        "table_slide",
        table.title,
        traces=[],
        layout=sheet.layout,
        summary=f"{table.title}: a table of {len(table.rows)} rows and {len(heads)} columns.",
        columns=table.columns,
        rows=table.rows,
        look=look,
    )
    return replace(chart, slides=len(parts))


def _in_short(table: Table) -> Table:
    """Table 1 in one row a variable, visit or level: its n where values are missing, without mean and extremes."""
    rows: list[tuple[Cell, ...]] = []
    name = visit = ""
    counted: Sequence[str] = ()
    for variable, month, statistic, *cells in table.shown:
        name, visit = variable or name, month if variable or month else visit
        label = f"{name} · {visit}" if visit else name
        if statistic.startswith("n ("):
            counted = cells
        elif statistic.startswith("median"):
            rows.append((label, *map(_with_n, cells, counted)))
        elif not statistic.startswith(("mean", "min")):
            rows.append((label if statistic == "yes" else f"{label}: {statistic}", *cells))
    columns = (Column("variable", "Median (Q1–Q3), or k of n"), *table.columns[3:])
    return replace(table, columns=columns, rows=tuple(rows))


def _with_n(cell: str, counted: str) -> str:
    """A median with how many values it is of, if some are missing: "30 (5)" counts 30, and 5 that are not recorded."""
    n, _, missing = counted.rstrip(")").partition(" (")
    return cell if missing == "0" or n == "0" else f"{cell}, n = {n}"


def _parts(heads: Sequence[str], shown: Rows, sheet: Sheet) -> list[Part]:
    """The slides: which columns, how wide, and which rows."""
    cells = [[head, *(row[at] for row in shown)] for at, head in enumerate(heads)]
    tried = [[_wanted(texts, widest) for texts in cells] for widest in _WIDEST]
    whole = [widths for widths in tried if sum(widths) + _GAP * (len(widths) - 1) <= sheet.width]
    ways = [
        [
            (columns, widths, rows)
            for columns, widths in _columns(wanted, sheet.width)
            for rows in _rows(heads, shown, columns, widths, sheet.height)
        ]
        for wanted in whole[:1] or tried
    ]
    return min(ways, key=len)


def _columns(wanted: Sequence[float], width: float) -> Iterable[tuple[list[int], list[float]]]:
    """The columns of each slide with their widths; the first column stands on all of them."""
    left = list(range(1, len(wanted)))
    while True:
        taken = [0]
        while left and (len(taken) == 1 or sum(wanted[at] + _GAP for at in [*taken, left[0]]) <= width + _GAP):
            taken.append(left.pop(0))
        spare = (width + _GAP - sum(wanted[at] + _GAP for at in taken)) / len(taken)
        yield taken, [wanted[at] + max(0.0, min(spare, 60.0)) for at in taken]
        if not left:
            return


def _wanted(texts: Sequence[str], widest: float) -> float:
    """How wide a column would be: its longest cell, or its longest word where the cell is to be broken."""
    longest_word = max((width_of(word, _SIZE) for text in texts for word in text.split()), default=0.0)
    return max(longest_word + 4, min(widest, max(width_of(text, _SIZE) for text in texts) + 4), 40.0)


def _rows(
    heads: Sequence[str], shown: Rows, columns: Sequence[int], widths: Sequence[float], height: float
) -> Iterable[Rows]:
    """The rows of each slide below the repeated heads."""
    room = height - _height([heads[at] for at in columns], widths)
    taken: list[Sequence[str]] = []
    used = 0.0
    for row in shown:
        needed = _height([row[at] for at in columns], widths)
        if taken and used + needed > room:
            yield taken
            taken, used = [], 0.0
        taken.append(row)
        used += needed
    yield taken


def _height(cells: Sequence[str], widths: Sequence[float]) -> float:
    return 2 * _PAD + max(height_of(_lines(cell, width), _SIZE) for cell, width in zip(cells, widths, strict=True))


def _lines(cell: str, width: float) -> str:
    """A cell in lines; what would be longer than a slide ends in dots."""
    lines = broken(cell, width, _SIZE).split("\n")
    return "\n".join(lines if len(lines) <= _MOST_LINES else [*lines[: _MOST_LINES - 1], "…"])


def _draw(sheet: Sheet, rows: Rows, widths: Sequence[float]) -> None:
    y = 0.0
    for number, row in enumerate(rows):
        x = 0.0
        for cell, width in zip(row, widths, strict=True):
            if cell:
                bold = number == 0 or (x == 0.0)
                colour = sheet.look.quiet if number == 0 else sheet.look.text
                sheet.write(_lines(cell, width), x, y + _PAD, _SIZE, bold=bold, color=colour)
            x += width + _GAP
        y += _height(row, widths)
        sheet.rule(y, colour=sheet.look.line if number == 0 else sheet.look.grid)
