"""A comparison as a finished table: numbers for programs, and for readers with traits before treatment and outcomes."""

from collections.abc import Iterable

from plro_core.compare.model import Comparison, Difference, Role
from plro_core.compare.words import (
    estimate_words,
    exploratory,
    name_of,
    p_words,
    position,
    primary_words,
    test_word,
    tested_notes,
    unit_words,
)
from plro_core.tables import Cell, Column, Table, TwoForms
from plro_core.tables.notes import SYNTHETIC, visit_note
from plro_core.text import grouped

#: What a difference is about, in words.
ROLE_WORDS: dict[Role, str] = {"trait": "Baseline trait", "treatment": "Treatment", "outcome": "Outcome"}

_COLUMNS = (
    Column("role", "Kind"),
    Column("comparison", "Comparison"),
    Column("a", "A: median, or values below n = 3"),
    Column("b", "B"),
    Column("difference", "A − B (interval; its level)"),
    Column("reason", "What cannot be computed"),
)
_TEST_COLUMNS = (
    Column("p", "p"),
    Column("p_min", "Smallest p this split and its ties can reach"),
    Column("p_holm", "p, Holm, within the family"),
    Column("test", "Test"),
)
#: The tidy form, in the words of :meth:`Difference.as_dict`; the interval has a column for each end.
_TIDY = (
    Column("cohort_a", "Cohort A"),
    Column("cohort_b", "Cohort B"),
    Column("role", "Kind"),
    Column("primary_outcome", "Primary outcome", "boolean"),
    Column("variable", "Variable"),
    Column("label", "Comparison"),
    Column("month", "Month", "integer"),
    Column("change_from_baseline", "Change from baseline", "boolean"),
    Column("value", "Value that is counted"),
    Column("unit", "Unit"),
    *(
        Column(f"{name}_{side}", f"{label}, {side.upper()}", "integer")
        for name, label in (("n", "n"), ("missing", "Missing"), ("k", "k"))
        for side in "ab"
    ),
    *(Column(f"median_{side}", f"Median, {side.upper()}", "number", None) for side in "ab"),
    Column("method", "Method"),
    Column("estimate", "A − B", "number", None),
    Column("low", "Interval from", "number", None),
    Column("high", "Interval to", "number", None),
    Column("level", "Level of the interval", "number", None),
    Column("level_is", "What the level is"),
    Column("cliffs_delta", "Cliff's delta", "number", None),
    Column("reason", "What cannot be computed"),
)
_TIDY_TESTS = (
    Column("test", "Test"),
    Column("p", "p", "number", None),
    Column("p_min", "Smallest p this split and its ties can reach", "number", None),
    Column("p_holm", "p, Holm, within the family", "number", None),
)


def comparison_table(comparison: Comparison, tests: bool = False) -> TwoForms:
    """A comparison as numbers and for readers; p-values only when ``tests`` are asked for."""
    notes = [
        *([SYNTHETIC] if comparison.synthetic else ()),
        exploratory(comparison),
        *visit_note(comparison.within),
        *([comparison.two_populations] if comparison.two_populations else ()),
        *(tested_notes(comparison) if tests else (primary_words(comparison),)),
    ]
    subtitle = f"A: {comparison.a_sentence} (n = {grouped(comparison.n_a)}). B: {comparison.b_sentence} (n = {grouped(comparison.n_b)})."

    def table(columns: tuple[Column, ...], rows: Iterable[tuple[Cell, ...]]) -> Table:
        return Table("comparison", "A against B", columns, tuple(rows), tuple(notes), subtitle)

    tidy, columns = _TIDY + (_TIDY_TESTS if tests else ()), _COLUMNS + (_TEST_COLUMNS if tests else ())
    found = comparison.differences
    return TwoForms(
        table(tidy, (_tidy_row(comparison, difference, tidy) for difference in found)),
        table(columns, (_row(comparison, difference, tests) for difference in found)),
    )


def _tidy_row(comparison: Comparison, difference: Difference, columns: Iterable[Column]) -> tuple[Cell, ...]:
    """A difference as numbers."""
    low, high = difference.interval or (None, None)
    told = difference.as_dict(tests=True) | {
        "cohort_a": comparison.a_sentence,
        "cohort_b": comparison.b_sentence,
        "primary_outcome": difference.key == comparison.family.primary,
        "label": name_of(difference),
        "unit": difference.variable.unit if difference.value is None else None,
        "low": low,
        "high": high,
    }
    return tuple(told[column.name] or None if column.kind == "text" else told[column.name] for column in columns)


def _row(comparison: Comparison, difference: Difference, tests: bool) -> tuple[Cell, ...]:
    primary = difference.key == comparison.family.primary
    row: tuple[Cell, ...] = (
        "Primary outcome" if primary else ROLE_WORDS[difference.role],
        f"{name_of(difference)}{unit_words(difference)}",
        position(difference, difference.a),
        position(difference, difference.b),
        estimate_words(difference),
        difference.reason or "",
    )
    if not tests:
        return row
    return (*row, *map(p_words, (difference.p, difference.p_min, difference.p_holm)), test_word(difference))
