"""What a reader says of statements: each part of an answer counts, and what cannot be is told."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from plro_core.drafts import Checked, check_draft, checking, key_of, read_answers
from plro_core.drafts.model import Sentence
from plro_core.problems import DataProblem
from plro_core.store import SHIPPED, Registry, open_registry

pytestmark = pytest.mark.usefixtures("read_here")


@pytest.fixture(scope="module")
def registry() -> Iterator[Registry]:
    opened = open_registry(SHIPPED)
    yield opened
    opened.close()


def said(registry: Registry, sentence: str, **parts: Any) -> Checked:
    """The first statement of a sentence, with what is said of it."""
    told = [Sentence("line 1", sentence)]
    (words, number) = key_of(check_draft(registry, told).checked[0].statement)
    answers = read_answers(json.dumps({"answers": [{"words": words, "number": number, **parts}]}))
    return check_draft(registry, told, answers).checked[0]


STATISTICS = [
    ("Age: 29.9 was usual.", {"statistic": "mean"}, "agrees"),
    ("Age: 29.9 was usual.", {"statistic": "maximum"}, "differs"),
    ("Age: 2.9 was usual.", {"statistic": "sd"}, "agrees"),
    ("Age was 29–31 years.", {"statistic": "iqr"}, "agrees"),
    ("Age was 29–31 years.", {"statistic": "range"}, "differs"),
    ("Median age was 30.5 (29–31) years.", {"statistic": "range"}, "differs"),
    ("Mean age was 30.5 years.", {"statistic": "median"}, "agrees"),
    ("The mean age was 29.9 ± 2.9 years.", {"statistic": "median"}, "agrees"),  # it says which it is itself
    ("Four patients smoked.", {"statistic": "range"}, "agrees"),  # a count has no such parts
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "parts", "status"), STATISTICS)
def test_a_number_is_the_statistic_that_it_is_said_to_be(
    registry: Registry, sentence: str, parts: dict[str, Any], status: str
) -> None:
    assert said(registry, sentence, **parts).found.status == status


MEANT = [
    ("Four patients were so.", {"variable": "smoking"}, "agrees", "4 of 10"),
    ("Six patients were so.", {"variable": "smoking", "levels": "!yes"}, "agrees", "6 of 10"),
    ("Five patients were so.", {"variable": "symptom", "levels": "back, low_back"}, "agrees", "5 of 10"),
    ("Four patients were so.", {"variable": "symptom"}, "unknown", ""),
    ("Four patients smoked.", {"cohort": "age=30-60"}, "differs", "3 of 6"),
    ("Four patients smoked.", {"variable": "breastfeeding", "levels": "continued"}, "differs", "2 of 10"),
    ("VAS fell by 4.6 points.", {"month": 1}, "agrees", "fall: mean 4.6 (n = 10)"),
    ("VAS fell by 4.6 points.", {"month": 3}, "differs", "fall: mean 5.9, median 6.0 (n = 10)"),
    ("VAS fell by 4.6 points.", {"variable": "age"}, "unknown", ""),
    ("At month 1, 10 patients had a decrease of two points or more.", {"about": True}, "agrees", "10 of 10"),
    ("At month 1, 8 patients had a decrease of two points or more.", {"about": True}, "differs", "10 of 10"),
    ("At month 1, 8 patients had a decrease of two points or more.", {"variable": "t_l1_l4"}, "unknown", ""),
    ("Calcium improved by at least 5 % in 2 patients at month 6.", {"variable": "vas"}, "differs", "10 of 10"),
    ("Calcium improved by at least 5 % in 2 patients at month 6.", {"about": True}, "unknown", ""),
    ("VAS was ≤ 2 in 4 patients at month 3.", {"variable": "smoking", "levels": "yes"}, "agrees", "4 of 10"),
    ("The mean age was 29.9 years.", {"variable": "smoking"}, "unknown", ""),
    ("Controls had a mean age of 29.9 years.", {"about": True}, "agrees", "mean 29.9 (n = 10)"),
    ("Controls had a mean age of 29.9 years.", {"about": False}, "unknown", ""),
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "parts", "status", "gives"), MEANT)
def test_a_statement_is_about_what_it_is_said_to_be_about(
    registry: Registry, sentence: str, parts: dict[str, Any], status: str, gives: str
) -> None:
    found = said(registry, sentence, **parts).found
    assert (found.status, found.gives) == (status, gives)


def test_a_value_that_there_is_not_is_named(registry: Registry) -> None:
    with pytest.raises(DataProblem, match="“hipp” is no value of symptom"):
        said(registry, "Four patients were so.", variable="symptom", levels="hipp")


def test_a_single_number_in_a_table_counts_once_it_is_asked_for(registry: Registry) -> None:
    cell = Sentence("table 1, row 2, column 2", "Age, All: 29.9", 10)
    assert (check_draft(registry, [cell]).checked, check_draft(registry, [cell]).others) == ((), 1)
    answers = read_answers(json.dumps({"answers": [{"words": "Age, All: #", "number": 1, "statistic": "mean"}]}))
    assert [one.found.status for one in check_draft(registry, [cell], answers).checked] == ["agrees"]


def test_more_statements_than_a_manuscript_has_are_refused(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "MOST_STATEMENTS", 1)
    with pytest.raises(DataProblem, match="holds more than 1 statistics"):
        check_draft(registry, [Sentence("line 1", "Four patients smoked and the mean age was 29.9 years.")])
