"""Changes and responders in words, held against the registry's own change and responder questions."""

from collections.abc import Iterator
from decimal import Decimal

import pytest

from plro_core import declaring
from plro_core.drafts import Checked, check_draft, reading_words
from plro_core.drafts.model import Sentence
from plro_core.drafts.understanding import read_sentence
from plro_core.pain_control import Threshold, responders
from plro_core.store import SHIPPED, Registry, open_registry
from plro_core.vocabulary import Vocabulary
from tests.small_registry import courses


@pytest.fixture(scope="module")
def registry() -> Iterator[Registry]:
    opened = open_registry(SHIPPED)
    yield opened
    opened.close()


def found(registry: Registry, sentence: str) -> tuple[Checked, ...]:
    return check_draft(registry, [Sentence("line 1", sentence)]).checked


def only(registry: Registry, sentence: str) -> Checked:
    (one,) = found(registry, sentence)
    return one


CHANGES = [
    ("VAS fell by 7.5 points at month 6.", "agrees"),
    ("VAS fell by 5 points at month 6.", "differs"),
    ("VAS fell by 5 points.", "unknown"),  # it is what month 1 gives
    ("VAS fell by 2 points.", "differs"),
    ("The mean decrease in VAS from baseline to month 6 was 7.5 ± 1.0 points.", "agrees"),
    ("The mean decrease in VAS from baseline to month 6 was 7.5 ± 0.8 points.", "differs"),
    ("The mean decrease in VAS from baseline to month 6 was 6.5 points.", "differs"),
    ("The mean change in VAS (SD) from baseline to month 6 was −7.5 (1.0).", "agrees"),
    ("The mean change in VAS (SD) from baseline to month 6 was 7.5 (1.0).", "agrees"),
    ("VAS improved by a median of 4 points at month 1.", "agrees"),
    ("VAS improved by a median of 5 points at month 1.", "differs"),
    ("There was a 7.5-point reduction in VAS at month 6.", "agrees"),
    ("There was a median 4-point drop in VAS at month 1.", "agrees"),
    ("VAS decreased by 6 to 9 points at month 6.", "agrees"),
    ("VAS decreased by 5 to 9 points at month 6.", "differs"),
    ("The decrease in VAS at month 6 ranged from 6 to 9 points.", "agrees"),
    ("The VAS score decreased by 95% from baseline to month 6.", "agrees"),
    ("The VAS score decreased by 85% from baseline to month 6.", "differs"),
    ("The VAS score increased by 7.5 points from baseline to month 6.", "differs"),
    ("From month 1 to month 3 the mean VAS fell by 1.3 points.", "agrees"),
    ("From month 1 to month 3 the mean VAS fell by 5.9 points.", "differs"),
    ("Among smokers, the mean fall in VAS at month 6 was 8.0 points.", "differs"),
    ("The VAS decreased to a mean of 3.3 at month 1.", "agrees"),  # a value, no change
    ("The mean L1-L4 T-score improved by 0.5.", "unknown"),  # it is not recorded at visits
    ("Age fell from 31 to 29 at month 6.", "unknown"),  # nor is this
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "status"), CHANGES)
def test_a_change_is_held_against_each_patients_change(registry: Registry, sentence: str, status: str) -> None:
    assert only(registry, sentence).found.status == status


COUNTS = [
    ("VAS improved by at least 50 % in 5 of 10 patients at month 1.", "agrees"),
    ("VAS improved by at least 50 % in 8 of 10 patients at month 1.", "differs"),
    ("At month 1, 10 patients had a decrease in VAS of two points or more.", "agrees"),
    ("At month 1, 8 patients had a decrease in VAS of two points or more.", "differs"),
    ("At month 1, 8 patients had a decrease of two points or more.", "unknown"),  # no measurement is named
    ("A ≥30% reduction in VAS was seen in 10 of 10 patients (100%) at month 1.", "agrees"),
    ("A ≥30% reduction in VAS was seen in 9 of 10 patients (90%) at month 1.", "differs"),
    ("A 50% reduction in pain was achieved by 10 patients (100%) at 3 months.", "agrees"),
    ("A reduction in VAS of more than 50% was reached by 5 patients at month 1.", "agrees"),
    ("Pain decreased by at least half in 5 patients at month 1.", "agrees"),
    ("Pain decreased by less than half in 5 patients at month 1.", "agrees"),
    ("A fall in VAS of up to 4 points was seen in 5 patients at month 1.", "differs"),
    ("VAS increased by at least 1 point in 10 patients at month 1.", "differs"),
    ("One of 4 smokers had at least a 50% reduction in VAS at month 1.", "agrees"),
    ("Two of 4 smokers had at least a 50% reduction in VAS at month 1.", "differs"),
    ("Six patients became pain-free by month 6.", "agrees"),
    ("Eight patients became pain-free by month 6.", "differs"),
    ("VAS ≤ 2 at month 3 was recorded in 7 of 10 patients.", "agrees"),
    ("All had a VAS of 3 or less at month 3 (10/10).", "agrees"),
    ("A VAS score of 0 was recorded in 6 of 10 patients at month 6.", "agrees"),
    ("A VAS score of 0 was recorded in 7 of 10 patients at month 6.", "differs"),
    ("A T-score of −2.5 or lower at the femoral neck was found in 3 of 10 patients (30%).", "agrees"),
    ("A T-score of −2.5 or lower at the femoral neck was found in 4 of 10 patients (40%).", "differs"),
    ("Calcium improved by at least 5 % in 2 patients at month 6.", "unknown"),  # which way is not said
    ("The L1-L4 T-score increased by at least 5 % in 3 patients.", "unknown"),  # it is not recorded at visits
    ("A score of 3 or less was seen in 4 patients.", "unknown"),  # of what is not said
    ("A VAS of half or less was seen in 3 patients.", "unknown"),  # half of what is not said
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "status"), COUNTS)
def test_patients_are_counted_by_a_bound(registry: Registry, sentence: str, status: str) -> None:
    assert only(registry, sentence).found.status == status


def test_two_counts_share_the_bound_that_is_named_once(registry: Registry) -> None:
    first, second = found(
        registry, "A ≥ 50 % reduction in VAS was reached by 5 patients at month 1 and by 10 patients at month 3."
    )
    assert [(one.reading.month, one.found.status) for one in (first, second)] == [(1, "agrees"), (3, "agrees")]


def test_a_draft_that_repeats_the_responders_of_the_registry_agrees(registry: Registry) -> None:
    for entry in responders(
        registry, thresholds=[Threshold("fall", 50), Threshold("fall", 30), Threshold("points", 2)]
    ):
        unit = "%" if entry.threshold.measure == "fall" else "points"
        sentence = "VAS fell by at least {} {} in {} of {} patients at month {}."
        for k, status in ((entry.k, "agrees"), (entry.k - 1, "differs")):
            text = sentence.format(entry.threshold.bound, unit, k, entry.n, entry.month)
            assert only(registry, text).found.status == status, text


def test_what_is_read_is_said_in_words(registry: Registry) -> None:
    words = reading_words(only(registry, "VAS improved by at least 50 % in 5 of 10 patients at month 1.").reading)
    assert words == "Pain (VAS): a fall of at least 50 %, month 1"
    words = reading_words(only(registry, "From month 1 to month 3 the mean VAS fell by 1.3 points.").reading)
    assert words == "Pain (VAS): fall, from month 1 to month 3"
    assert reading_words(only(registry, "Six patients did not smoke.").reading) == "Smoking: no"
    words = reading_words(only(registry, "Seven patients had a VAS of 3 or less at month 3.").reading)
    assert words == "Pain (VAS): at most 3, month 3"


def test_what_differs_is_told_with_what_would_give_it(registry: Registry) -> None:
    told = only(registry, "The mean VAS fell by 5.9 points from baseline to month 6.").found
    assert "It is what month 3 would give." in told.explanation
    assert told.gives == "fall: mean 7.5 (n = 10)"
    told = only(registry, "The mean VAS fell by 7.33 points from baseline to month 6.").found
    assert "No 10 values recorded like these can have this mean (GRIM)." in told.explanation
    assert "It would be given without patient" in told.explanation
    told = only(registry, "The mean decrease in VAS at month 6 was 7.6 ± 0.9.").found
    assert "Without patient" in told.explanation


#: Of three patients one has no later VAS; one is without pain only in between.
HALF = courses({0: 8, 1: 0, 6: 2}, {0: 6, 1: 3, 6: 0}, {0: 4, 1: 3})
OF_THREE = [
    ("The mean VAS fell by 6.0 points at month 6.", "agrees", "fall: mean 6.0 (n = 2)"),
    ("The mean VAS fell by 5.0 points at month 6.", "agrees", "mean 6.0 to 1.0, from baseline to month 6"),
    ("The mean VAS fell by 83% at month 6.", "agrees", "mean 6.0 to 1.0"),
    ("The mean VAS fell by 4.0 points at month 3.", "unknown", ""),
    ("VAS fell from 6 to 1 at month 3.", "unknown", ""),
    ("The mean VAS was 6.0 at month 3.", "unknown", ""),
    ("Two of 3 patients became pain-free by month 6.", "agrees", "2 of 2"),
    ("One of 3 patients was pain-free at month 6.", "agrees", "1 of 2, 1 not recorded"),
    ("Two of 3 patients were pain-free at month 6.", "differs", "1 of 2, 1 not recorded"),
    ("A fall in VAS of ≥ 50 % was seen in 2 of 2 patients (100%) at month 6.", "agrees", "2 of 2 (100 %), 1 not recorded"),
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "status", "gives"), OF_THREE)
def test_who_lacks_a_value_is_in_no_change_and_is_said(sentence: str, status: str, gives: str) -> None:
    told = only(HALF, sentence).found
    assert told.status == status
    assert gives in told.gives


def test_no_change_in_percent_is_told_from_nothing() -> None:
    from_nothing = courses({0: 0, 1: 0}, {0: 4, 1: 2}, {0: 8, 1: 2})
    told = only(from_nothing, "The mean VAS fell by 62.5% at month 1.").found
    assert (told.status, told.gives) == ("agrees", "fall in percent: mean 62.5 (n = 2)")


def test_a_bound_may_be_of_what_the_unit_before_says(registry: Registry) -> None:
    _, counted = found(registry, "The mean was 99.9 U/L and a level below 80 was seen in 2 patients at baseline.")
    assert counted.reading.variable is not None
    assert counted.reading.variable.name == "alp"
    assert "that of the number before" in reading_words(counted.reading)


def test_a_percentage_of_what_may_be_below_0_says_nothing() -> None:
    own = '[[variable]]\nname = "zv"\nlabel = "Z-score at visits"\ntable = "visits"\nkind = "number"\nplausible = [-5, 5]\n'
    words = declaring.checked(own, Vocabulary(), False)
    ((_, reading),), _ = read_sentence(Sentence("line 1", "The mean Z-score at visits rose by 20% at month 6."), words)
    assert reading.problem == "“Z-score at visits” may be below 0, where a change in percent says nothing."
    ((_, reading),), _ = read_sentence(Sentence("line 1", "The mean Z-score at visits rose by 0.2 at month 6."), words)
    assert reading.problem == ""


def test_a_ratio_and_a_spread_that_falls_are_no_statistics(registry: Registry) -> None:
    assert all("n" not in one.statement.values for one in found(registry, "Smoking was seen in a ratio of 7/2."))
    assert dict(found(registry, "The mean age was 29.9 (34–24) years.")[0].statement.values) == {
        "mean": Decimal("29.9")
    }
