"""Values with more decimals than their variable declares: kept whole wherever they are counted, chosen by or handed on."""

import csv
from io import StringIO

import pytest

from plro_core.bundle.laboratory import lb_csv
from plro_core.cohort import Range
from plro_core.counts.model import Frequency
from plro_core.figures.glance import who
from plro_core.intake import File, filled, read
from plro_core.schema import row_violations
from plro_core.vocabulary import STANDARD
from tests.small_registry import small_registry

GAIN, CALCIUM = STANDARD.variable("weight_gain_kg", "cases"), STANDARD.variable("calcium", "visits")


@pytest.mark.parametrize(
    ("values", "decimals"),
    [([], 1), ([8.9, 9.0], 1), ([8.9, 9.05], 2), ([8.87692307692308], 14), ([1e-20], 15), ([1e14], 1)],
)
def test_decimals_are_as_declared_or_as_many_as_a_value_has(values: list[float], decimals: int) -> None:
    assert CALCIUM.recorded_decimals(values) == decimals


def test_each_value_is_among_those_that_its_part_of_a_bar_stands_for() -> None:
    values = [4.5, 5.0, 9.5, 9.99, 10.0, 12.25]
    for part in who._ranges(GAIN, Frequency(dict.fromkeys(values, 1))):
        (span,) = part.criterion.items
        assert isinstance(span, Range)
        assert part.n == sum(value in span for value in values)


def test_a_laboratory_listing_has_every_digit() -> None:
    visits = [{"case_id": 1, "month": 0, "vas": 9, "calcium": 9.05}, {"case_id": 1, "month": 1, "calcium": 9.0}]
    registry = small_registry(cases=[{"case_id": 1}], visits=visits)
    rows = csv.DictReader(StringIO(lb_csv(registry).decode()))
    assert [(row["LBORRES"], row["LBSTRESN"]) for row in rows] == [("9.05", "9.05"), ("9.0", "9.0")]


def test_a_filled_template_comes_back_with_every_digit_and_without_a_question() -> None:
    registry = small_registry(
        cases=[{"case_id": 1, "age": 31, "weight_gain_kg": 12.5, "t_l1_l4": -2.45}],
        visits=[{"case_id": 1, "month": 0, "vas": 9, "calcium": 9.05, "alp": 87.512345678}],
    )
    tables = {name: registry.tables[name] for name in ("cases", "visits")}
    intake = read([File("template.xlsx", filled(STANDARD, tables))], STANDARD)
    assert intake.tables is not None
    assert [one.sentence for one in intake.findings] == []
    for name, table in tables.items():
        assert intake.tables[name].equals(table)


def test_what_no_file_can_hold_may_not_be_stored() -> None:
    visits = [{"case_id": 1, "month": 0, "calcium": 8.399999999999999}, {"case_id": 1, "month": 1, "calcium": 8.4}]
    registry = small_registry(cases=[{"case_id": 1}], visits=visits)
    (broken,) = row_violations(STANDARD.table("visits"), registry.tables["visits"], STANDARD)
    assert broken.sentence.endswith("column calcium: value 8.399999999999999; expected at most 15 digits.")
