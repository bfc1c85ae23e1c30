"""What is suggested where a file cannot be read: the likely cause, and never another quantity."""

import pytest

from plro_core.intake import File, read
from plro_core.intake.sheets.proposal import proposals
from plro_core.vocabulary import STANDARD


@pytest.mark.parametrize(
    "head", ["L1-L4 Z-score", "Total hip T-score", "BMD L1-L4 (g/cm2)", "date_of_diagnosis", "weight", "race"]
)
def test_no_mapping_is_proposed_across_quantities(head: str) -> None:
    (found,) = proposals([File("cases.csv", f"case_id,age,{head}\n1,31,1\n".encode())], STANDARD, {})
    assert head not in found.mapping.columns
    assert [one.column for one in found.questions] == [head]


@pytest.mark.parametrize("level", ["T8-T12", "T13", "L6", "T1-L1"])
def test_a_level_that_is_a_part_of_what_is_written_is_not_suggested(level: str) -> None:
    given = [File("cases.csv", b"case_id,age\n1,31\n"), File("fractures.csv", f"case_id,level\n1,{level}\n".encode())]
    (error,) = read(given, STANDARD).errors
    assert (error.rule, error.suggestion) == ("levels", "")


@pytest.mark.parametrize(("text", "said"), [
    ("Patients\nHasta,Yaş,VAS\n1,31,9\n2,33,8\n", "title"), ("20 mcg", "without its unit"), ("3-May", "make it a date"), ("2.5.2019", "make it a date"),
])  # fmt: skip
def test_a_hint_names_the_likely_cause(text: str, said: str) -> None:
    content = text if "\n" in text else f"case_id,kind,agent,dose\n1,supplement,x,{text}\n"
    intake = read([File("cases.csv", b"case_id,age\n1,31\n"), File("treatments.csv", content.encode())], STANDARD)
    (error,) = intake.errors
    assert said in error.suggestion
    assert "decimal comma" not in error.suggestion.lower()
