"""Two cohorts side by side: every patient's point, and the difference with its interval on an axis of its own."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from plro_core import confounding, lookups
from plro_core.cohort import EVERYONE, Cohort
from plro_core.compare import Comparison, Difference, compare, estimate_words, having, name_of, position
from plro_core.compare.words import unit_words
from plro_core.counts import change_of
from plro_core.figures.chart import Chart, compose, empty_chart
from plro_core.figures.estimation.marks import INTERVALS, STYLES, marks
from plro_core.figures.estimation.rows import LANES, UPRIGHT, WIDE, Points, Row, axes, rows_of
from plro_core.figures.points import wrapped
from plro_core.figures.style import LIGHT, Look, Part, base_layout, words
from plro_core.statements import left_out
from plro_core.store import Registry
from plro_core.tables import Cell, Column
from plro_core.text import k_of_n, patients, safe_plotly

_QUESTION = "How do A and B differ?"
#: A number keeps its percent sign on its line.
_UNBROKEN = "\u00a0%"

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


@dataclass(frozen=True)
class _Sides:
    """Who is compared, as a figure carries it: A and B with their n, and what all patients of one of them share."""

    words: str
    left_out: str
    shared: tuple[str, ...]


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
) -> Chart:
    """A against B (``None``: everybody else): raw points with medians on the left, A − B with its interval on the right.

    ``keys`` are ``Difference.key`` values and choose the comparisons and their order; none means all.
    """
    comparison = compare(registry, a, b, within=within, leave_out_of=leave_out_of, other=other)
    chosen = _chosen(comparison, keys)
    if comparison.problem:
        why = comparison.problem
        return empty_chart(registry, "estimation_plot", why, _COLUMNS, look, why)
    if not chosen:
        return empty_chart(registry, "estimation_plot", _QUESTION, _COLUMNS, look)
    members = _members(registry, other, comparison)
    points = _points(members, chosen)
    plan = WIDE if look.wide else UPRIGHT
    rows, height = rows_of(chosen, points, plan)
    annotations = _heads(comparison, look) + [part for row in rows for part in _row_words(row, look)]
    margin = {"l": 10, "r": 28, "t": 0, "b": 0}
    return compose(
        registry,
        "estimation_plot",
        _title(comparison, chosen),
        traces=[trace for row in rows for trace in marks(row, points, look)],
        layout=base_layout(look, height, margin, annotations=annotations, **axes(rows, points, plan, look)),
        summary=_summary(chosen),
        columns=_COLUMNS,
        rows=_cells(chosen, points),
        notes=(
            comparison.two_populations,
            _STACKED,
            _sampled(comparison, members),
            *dict.fromkeys(_notes(registry, other, chosen)),
        ),
        look=look,
        synthetic=comparison.synthetic,
        who=_Sides(_who(comparison), left_out([within]), confounding.confounded_cohorts(registry, a, b, within, other)),
    )


def _who(comparison: Comparison) -> str:
    sides = f"A: {comparison.a_sentence} (n = {comparison.n_a}) · B: {comparison.b_sentence} (n = {comparison.n_b})"
    return f"{patients(comparison.n_a + comparison.n_b)} · {sides}"


def _notes(registry: Registry, other: Registry | None, chosen: Sequence[Difference]) -> Iterable[str]:
    """What is to be known of each variable; of two registries, whose remark it is where they say different things."""
    for entry in dict.fromkeys(difference.variable for difference in chosen):
        theirs = other.vocabulary.variable(entry.name, entry.table).note if other else entry.note
        if other is None or theirs == entry.note:
            yield from (entry.note,) if entry.note else ()
        else:
            said = ((registry.name, entry.note), (other.name, theirs))
            yield from (f"{name} on {entry.words}: {note}" for name, note in said if note)


def _sampled(comparison: Comparison, members: Mapping[str, Sequence[lookups.Record]]) -> str:
    """That not everybody is drawn, where there are too many; estimates and intervals are always of everybody."""
    sizes = {"a": comparison.n_a, "b": comparison.n_b}
    drawn = [
        f"{len(members[code])} of the {n} of {code.upper()}" for code, n in sizes.items() if len(members[code]) < n
    ]
    return f"Points are drawn of {' and '.join(drawn)}; every number is of all of them." if drawn else ""


def _title(comparison: Comparison, chosen: Sequence[Difference]) -> str:
    """The comparison alone, or the theme of several, where they have one in common."""
    if len(chosen) == 1:
        primary = "Primary outcome, " if chosen[0].key == comparison.family.primary else ""
        name = name_of(chosen[0])
        return f"{primary}{name[:1].lower() + name[1:] if primary else name}: A against B"
    groups = {difference.variable.group for difference in chosen}
    return f"{groups.pop()}: A against B" if len(groups) == 1 else "A against B"


def _chosen(comparison: Comparison, keys: Sequence[str]) -> list[Difference]:
    by_key = {difference.key: difference for difference in comparison.differences}
    return [by_key[key] for key in keys if key in by_key] if keys else list(comparison.differences)


def _points(members: Mapping[str, Sequence[lookups.Record]], chosen: Sequence[Difference]) -> Points:
    """Patients' values by comparison and cohort; a level is drawn as 1 where the patient has it, else 0."""
    return {
        (difference.key, code): [
            (record["case_id"], value) for record in members[code] if (value := _drawn(difference, record)) is not None
        ]
        for difference in chosen
        for code in LANES
    }


def _members(registry: Registry, other: Registry | None, comparison: Comparison) -> dict[str, Sequence[lookups.Record]]:
    found = lookups.compared_members(registry, comparison.a, comparison.b, comparison.within, other)
    if comparison.leave_out_of:
        found["b" if comparison.leave_out_of == "a" else "a"] += found["both"]
    return {code: found[code][: lookups.LIMIT] for code in LANES}


def _drawn(difference: Difference, record: Mapping[str, Any]) -> float | None:
    """A patient's value, her change from baseline, or whether she has a level; ``None`` where it is not recorded."""
    variable = difference.variable
    if variable.many:
        return float(difference.value in record[variable.name]) if record[variable.name] else None
    value = _at(record, variable.name, difference.month) if variable.per_visit else record[variable.name]
    if value is None:
        return None
    if difference.change:
        first = _at(record, variable.name, 0)
        return None if first is None else change_of(first, value)
    if difference.value is None:
        return value
    return float((("yes" if value else "no") if isinstance(value, bool) else str(value)) == difference.value)


def _at(record: Mapping[str, Any], name: str, month: int | None) -> float | None:
    found: float | None = record["visits"].get(month, {}).get(name)
    return found


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
        else f"n = {difference.n_a} · {difference.n_b}"
    )
    said = f"A − B: {estimate_words(difference)}" if difference.estimate is not None else ""
    why = "" if difference.interval else difference.reason or ""
    name = f"<b>{wrapped(safe_plotly(name_of(difference)), 44)}</b>{unit}"
    between = "<br>" if look.wide else "  "
    estimated = ". ".join(filter(None, (said, why))).replace(" %", _UNBROKEN)
    lines = f"{name}{between}{counted}<br>{wrapped(estimated, 48 if look.wide else 64)}"
    return [words(look, lines, x=0, color=look.text, size=12, **place)]


def _heads(comparison: Comparison, look: Look) -> list[Part]:
    """The key: who A and B are, and what the two columns show."""
    (colour_a, _), (colour_b, _) = STYLES["a"], STYLES["b"]
    columns = "left: each patient; right: A − B with its interval"
    key = (
        f'<span style="color:{look.ink(colour_a)}">● <b>A</b></span> {wrapped(safe_plotly(comparison.a_sentence), 44)}, '
        f"n = {comparison.n_a}<br>"
        f'<span style="color:{look.ink(colour_b)}">○ <b>B</b></span> {wrapped(safe_plotly(comparison.b_sentence), 44)}, '
        f"n = {comparison.n_b}<br>{columns}"
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


def _summary(chosen: Sequence[Difference]) -> str:
    """Each comparison in words: where the two stand, and the difference with its interval."""
    return " ".join(
        f"{safe_plotly(name_of(difference))}: A {position(difference, difference.a)}, B {position(difference, difference.b)}; "
        f"A − B {estimate_words(difference)} (n = {difference.n_a} and {difference.n_b})."
        for difference in chosen
    )
