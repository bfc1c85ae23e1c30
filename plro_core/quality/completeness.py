"""What is recorded and what is missing: every variable of the patient and of the visit, counted.

A value is missing only where its visit took place: a visit that was not held is another thing (see ``follow_up``).
Reported flags are left out, because no flag is an answer too.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from plro_core.cohort import EVERYONE, Cohort
from plro_core.counts import recorded, size
from plro_core.counts.questions import Recorded
from plro_core.figures.chart import Chart, compose, empty_chart
from plro_core.figures.style import LIGHT, Look, base_layout, quiet_axis, words
from plro_core.store import Registry
from plro_core.tables import Cell, Column, Table
from plro_core.text import k_of_n, listed, patients, safe_plotly, visit_name
from plro_core.vocabulary import Variable, Vocabulary

By = Literal["visit", "centre"]

_ONCE = "once a patient"
_UNKNOWN = "not recorded"
_QUESTION = "What is recorded?"
_COLUMNS = (
    Column("group", "Group"),
    Column("variable", "Variable"),
    Column("label", "Label"),
    Column("recorded", "Recorded", "integer"),
    Column("of", "Of", "integer"),
    Column("missing", "Missing", "integer"),
    Column("patients", "Patients", "integer"),
)
_BETWEEN = {"visit": Column("visit", "Visit"), "centre": Column("centre", "Centre")}
_NOTES = (
    "Of: visits that took place for a value of the visit, patients for a value of the patient.",
    "Patients: those in view, whether or not they have a visit there.",
    "Flags of laboratory values are not counted: no flag is an answer too.",
)


@dataclass(frozen=True)
class _Filled:
    """How many rows there are, and in how many of them each column has a value."""

    n: int
    values: Mapping[str | None, int]


_NOTHING = _Filled(0, {})


def completeness(registry: Registry, by: By | None = "visit", cohort: Cohort = EVERYONE) -> Table:
    """How often each variable is recorded: at each visit, in each centre, or in all.

    One row for each variable and visit (or centre). By centre, a registry that records no centre gives no rows and says
    so.
    """
    if by == "centre" and not _has_centre(registry.vocabulary):
        return _table(registry, cohort, by, [], "Completeness by centre: centre is not recorded in this registry")
    centre = registry.vocabulary.variable("centre", "cases") if by == "centre" else None
    month = registry.vocabulary.variable("month", "visits") if by == "visit" else None
    of_cases = _filled(registry, "cases", centre, cohort)
    of_visits = _filled(registry, "visits", centre or month, cohort)
    rows = [
        _row(entry, by, place, found, everybody)
        for table, filled in (("cases", of_cases), ("visits", of_visits))
        for entry in _measured(registry.vocabulary, table)
        for place, found, everybody in _places(registry.vocabulary, table, by, filled, of_cases)
    ]
    filled, cells = (sum(int(row[at] or 0) for row in rows) for at in (-4, -3))
    return _table(registry, cohort, by, rows, _title(filled, cells))


def _title(recorded: int, cells: int) -> str:
    return f"{k_of_n(recorded, cells)} cells are recorded" if cells else "There is no cell to record: nobody is in view"


def _table(registry: Registry, cohort: Cohort, by: By | None, rows: list[tuple[Cell, ...]], title: str) -> Table:
    between = (_BETWEEN[by],) if by else ()
    shape = (*_COLUMNS[:3], *between, *_COLUMNS[3:])
    subtitle = size(registry, cohort).sentence
    return Table(f"completeness-by-{by}" if by else "completeness", title, shape, tuple(rows), _NOTES, subtitle)


def _has_centre(vocabulary: Vocabulary) -> bool:
    return any(entry.name == "centre" for entry in vocabulary.columns("cases"))


def _measured(vocabulary: Vocabulary, table: str) -> tuple[Variable, ...]:
    """What can be missing: all columns but keys and reported flags."""
    entries = vocabulary.columns(table)
    return tuple(
        entry for entry in entries if entry.name not in ("case_id", "month") and not entry.name.endswith("_flag")
    )


def _filled(
    registry: Registry, table: Literal["cases", "visits"], place: Variable | None, cohort: Cohort
) -> dict[Cell, _Filled]:
    """Rows and recorded values of a table by month or centre; one key (``None``) where it is not split."""
    asked = Recorded(table, _measured(registry.vocabulary, table), place, cohort)
    return {at: _Filled(counts[None], counts) for at, counts in recorded(registry, asked).items()}


def _places(
    vocabulary: Vocabulary,
    table: str,
    by: By | None,
    filled: dict[Cell, _Filled],
    of_cases: dict[Cell, _Filled],
) -> Iterable[tuple[str, _Filled, int]]:
    """Where a variable is counted: the name of the place, what was found there, patients."""
    everybody = sum(found.n for found in of_cases.values())
    if by == "centre":
        levels = vocabulary.variable("centre", "cases").levels
        named: list[tuple[Cell, str]] = [(level.code, level.label) for level in levels]
        named += [(None, _UNKNOWN)] if None in of_cases else []
        return [(label, filled.get(code, _NOTHING), of_cases.get(code, _NOTHING).n) for code, label in named]
    if by == "visit" and table == "visits":
        months = sorted({*vocabulary.months, *(int(month) for month in filled if month is not None)})
        return [(visit_name(month), filled.get(month, _NOTHING), everybody) for month in months]
    return [(_ONCE, filled.get(None, _NOTHING), everybody)]


def _row(entry: Variable, by: By | None, place: str, found: _Filled, everybody: int) -> tuple[Cell, ...]:
    between = (place,) if by else ()
    n = found.values.get(entry.name, 0)
    return (entry.group, entry.name, entry.label, *between, n, found.n, found.n - n, everybody)


def completeness_map(registry: Registry, cohort: Cohort = EVERYONE, *, look: Look = LIGHT) -> Chart:
    """Every variable at every visit: the darker a square, the more of the visits held have a value.

    Over each column stands its month and how many visits were held (patients, for what is recorded once).
    """
    table = completeness(registry, "visit", cohort)
    if not size(registry, cohort).patients:
        return empty_chart(registry, "completeness_map", _QUESTION, table.columns, look)
    records = table.records
    names = list(dict.fromkeys(str(row["variable"]) for row in records))
    labels = {str(row["variable"]): safe_plotly(str(row["label"])) for row in records}
    places = {str(row["visit"]): int(row["of"] or 0) for row in records}
    trace = {
        "mode": "markers+text",
        "x": [list(places).index(str(row["visit"])) for row in records],
        "y": [names.index(str(row["variable"])) for row in records],
        "text": [_short(row) for row in records],
        "textposition": "middle right",
        "textfont": {"size": look.px(11), "color": look.text},
        "hovertext": [f"{labels[str(row['variable'])]}, {row['visit']}: {_share_words(row)}" for row in records],
        "marker": {
            "symbol": ["square" if row["recorded"] else "square-open" for row in records],
            "size": look.px(12),
            "color": [look.tint(look.accent, _share(row)) if row["recorded"] else look.line for row in records],
        },
    }
    layout = base_layout(
        look,
        60 + 22 * len(names),
        {"l": 206, "r": 8, "t": 46, "b": 14},
        xaxis=quiet_axis(
            look,
            range=[-0.3, len(places) - 0.3],
            tickvals=list(range(len(places))),
            ticktext=[f"{_place_words(place)}<br>{n}" for place, n in places.items()],
            side="top",
            showgrid=False,
        ),
        yaxis=quiet_axis(
            look,
            range=[len(names) - 0.5, -0.5],
            tickvals=list(range(len(names))),
            ticktext=[labels[name] for name in names],
            tickfont={"size": look.px(11), "color": look.quiet},
            showgrid=False,
        ),
        annotations=[
            words(
                look,
                "month<br>of",
                x=0,
                y=1,
                xref="paper",
                yref="paper",
                xanchor="right",
                align="right",
                yanchor="bottom",
                xshift=look.px(-2),
                yshift=look.px(-2),
            )
        ],
    )
    return compose(
        registry,
        "completeness_map",
        table.title,
        traces=[trace],
        layout=layout,
        summary=_summary(records, size(registry, cohort).patients),
        columns=table.columns,
        rows=table.rows,
        notes=table.notes,
        look=look,
    )


def _place_words(place: str) -> str:
    """A visit by its month alone, so that a phone keeps the columns apart."""
    return {_ONCE: "once", visit_name(0): "0"}.get(place, place.removeprefix("Month "))


def _short(row: dict[str, Cell]) -> str:
    """How many values are recorded; of many, which share of them, rounded down so that 100 % are all."""
    n, all_of = int(row["recorded"] or 0), int(row["of"] or 0)
    return str(n) if all_of < 1_000 else f"{100 * n // all_of} %"


def _share(row: dict[str, Cell]) -> float:
    """The strength of a square's colour: seen where one value is recorded, full where all are."""
    return 0.2 + 0.8 * int(row["recorded"] or 0) / max(1, int(row["of"] or 0))


def _share_words(row: dict[str, Cell]) -> str:
    return k_of_n(int(row["recorded"] or 0), int(row["of"] or 0))


def _summary(records: list[dict[str, Cell]], n: int) -> str:
    gaps = [row for row in records if row["missing"]]
    gaps.sort(key=lambda row: -int(row["missing"] or 0))
    said = [f"{row['label']} ({row['visit']}): {_share_words(row)}" for row in gaps[:5]]
    most = f" Most is missing in {listed(said)}." if said else " Nothing is missing."
    return f"Values recorded in {patients(n)}, by variable and visit.{most}"
