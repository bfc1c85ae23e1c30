"""The vocabulary: whatever is declared can be stored, filtered, shown and explained."""

from collections import Counter

import pytest

from plro_core.problems import QueryProblem
from plro_core.schema import arrow_schema
from plro_core.vocabulary import STANDARD, Variable

KINDS = ("identifier", "integer", "number", "boolean", "category", "text")


def test_names_are_declared_once_in_a_table() -> None:
    assert [name for name, times in Counter((v.table, v.name) for v in STANDARD.variables).items() if times > 1] == []


def test_a_filter_names_one_variable_only() -> None:
    assert len(STANDARD.filters) == sum(entry.filterable for entry in STANDARD.variables)


@pytest.mark.parametrize("entry", STANDARD.variables, ids=lambda entry: f"{entry.table}.{entry.name}")
def test_a_declaration_is_complete(entry: Variable) -> None:
    assert entry.kind in KINDS
    assert entry.label
    assert entry.table in {table.name for table in STANDARD.tables}
    assert entry in STANDARD.columns(entry.table)
    assert entry.name in arrow_schema(entry.table, STANDARD).names
    assert STANDARD.variable(entry.name, entry.table) is entry
    assert (entry.kind in ("boolean", "category")) <= bool(entry.levels)
    assert len({level.code for level in entry.levels}) == len(entry.levels)
    if entry.kind in ("identifier", "integer", "number"):
        assert entry.plausible is not None
        assert entry.plausible.low is not None
        assert entry.plausible.high is not None
        assert entry.plausible.low < entry.plausible.high
    if entry.reference:
        assert entry.reference.source


@pytest.mark.parametrize("table", STANDARD.tables, ids=lambda table: table.name)
def test_a_key_is_made_of_required_columns(table: object) -> None:
    name, key = table.name, table.key  # type: ignore[attr-defined]
    assert key
    assert all(STANDARD.variable(column, name).required for column in key)


@pytest.mark.parametrize(
    ("name", "table", "sentence"),
    [
        ("bmi", None, "“bmi” is not a variable in this registry."),
        ("calciun", None, "“calciun” is not a variable in this registry (did you mean “calcium”?)."),
        ("vas", "cases", "“vas” is not a variable of cases in this registry."),
    ],
)
def test_an_unknown_name_is_a_sentence(name: str, table: str | None, sentence: str) -> None:
    with pytest.raises(QueryProblem) as refused:
        STANDARD.variable(name, table)
    assert str(refused.value) == sentence


def test_an_unknown_table_is_a_sentence() -> None:
    with pytest.raises(QueryProblem, match="“visit” is not a table of this registry \\(did you mean “visits”\\?\\)"):
        STANDARD.table("visit")


def test_what_the_domain_forbids() -> None:
    """The analyte called Mg has no band, no conversion and says why; a T-score never says osteoporosis."""
    magnesium = STANDARD.variable("magnesium")
    assert (magnesium.reference, magnesium.si_factor, magnesium.loinc) == (None, None, "")
    assert "uncertain" in magnesium.label
    assert "uncertain" in magnesium.note
    for score in STANDARD.scores:
        assert "as reported" in score.note
        assert score.reference is None
        assert "osteoporosis" not in f"{score.label} {score.note} {score.words}"


def test_reference_ranges_lie_inside_what_is_plausible() -> None:
    for lab in STANDARD.labs:
        for end in (lab.reference.low, lab.reference.high) if lab.reference else ():
            assert end is not None
            assert lab.plausible is not None
            assert end in lab.plausible


def test_groups_have_a_few_levels_and_belong_to_the_patient() -> None:
    assert {entry.name for entry in STANDARD.groupings} >= {
        "breastfeeding",
        "bisphosphonate",
        "vertebroplasty",
        "smoking",
    }
    assert all(entry.table == "cases" and 2 <= len(entry.levels) <= 6 for entry in STANDARD.groupings)


def test_what_is_summarised_can_be_counted() -> None:
    assert all(entry.is_number or entry.levels for entry in STANDARD.summarised)


@pytest.mark.parametrize(
    ("name", "value", "written"),
    [
        ("t_l1_l4", -2.5, "−2.5"),
        ("t_l1_l4", -3.0, "−3.0"),
        ("t_l1_l4", -2.85, "−2.85"),
        ("age", 30, "30"),
        ("age", 30.5, "30.5"),
        ("vitamin_d", 46.0, "46"),
        ("vitamin_d", 31.3, "31.3"),
        ("calcium", None, "–"),
    ],
)
def test_values_are_written_as_recorded(name: str, value: float | None, written: str) -> None:
    assert STANDARD.variable(name).written(value) == written
