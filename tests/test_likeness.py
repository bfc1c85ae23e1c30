"""Suggestions mend typing errors, and never lead to another quantity."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plro_core.intake import File, read
from plro_core.intake.likeness import nearest
from plro_core.vocabulary import STANDARD
from tests.intake_files import cell

NAMES = [word for entry in STANDARD.variables for word in (entry.name, entry.label)]


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("smokng", "smoking"),
        ("Smoking ", "smoking"),
        ("calcuim", "calcium"),
        ("vitamind", "vitamin_d"),
        ("vitamin d", "vitamin_d"),
        ("weeks_postpartun", "weeks_postpartum"),
        ("t_l1l4", "t_l1_l4"),
        ("t_femorl_neck", "t_femoral_neck"),
        ("bisphosphonates", "bisphosphonate"),
    ],
)
def test_a_typing_error_is_mended(word: str, name: str) -> None:
    assert nearest(word, [entry.name for entry in STANDARD.variables]) == name


@pytest.mark.parametrize(
    "word",
    [
        "L1-L4 Z-score",
        "Total hip T-score",
        "Total hip Z-score",
        "L1-L3 T-score",
        "z_l1_l4",
        "z_femoral_neck",
        "t_total_hip",
        "t_l1_l3",
        "BMD L1-L4 (g/cm2)",
        "date_of_diagnosis",
        "Date of diagnosis",
        "date_of_birth",
        "weight",
        "weight_kg",
        "height",
        "race",
        "Treatment",
        "vitamin_d3",
        "1,25(OH) vitamin D",
        "month_postpartum",
        "calcitonin",
        "ionised_calcium",
    ],
)
def test_another_quantity_is_never_suggested(word: str) -> None:
    assert nearest(word, NAMES) == ""


def test_a_phosphatase_is_no_phosphate() -> None:
    assert nearest("phosphatase", ["phosphate"]) == nearest("phosphate", ["phosphatase"]) == ""


@pytest.mark.parametrize(
    "head", ["date_of_diagnosis", "weight", "race", "height", "L1-L4 Z-score", "Total hip T-score"]
)
def test_an_unknown_column_is_refused_without_a_misleading_hint(head: str) -> None:
    (finding,) = read([File("cases.csv", f"case_id,age,{head}\n1,31,1\n".encode())], STANDARD).errors
    assert (finding.rule, finding.suggestion) == (
        "unknown_column",
        "Remove the column, or see the template for the names.",
    )


@pytest.mark.parametrize(("word", "hint"), [("higj", "Did you mean H?"), ("not high", ""), ("highest", ""), ("hi", "")])
def test_a_level_that_is_only_a_part_is_not_suggested(word: str, hint: str) -> None:
    (finding,) = read([File("visits.csv", cell("calcium_flag", word)), CASES], STANDARD).errors
    assert finding.suggestion == hint


CASES = File("cases.csv", b"case_id,age\n1,31\n")


@given(st.text(max_size=30), st.lists(st.text(max_size=30), max_size=5))
def test_a_name_is_nearest_to_itself_and_an_answer_is_one_of_the_names(word: str, names: list[str]) -> None:
    assert nearest(word, names) in {"", *names}
    assert nearest("vitamin_d", ["vitamin_d", *names]) == "vitamin_d"
