"""Statistics from counts against numpy on the same values written out."""

import math
from dataclasses import astuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plro_core.counts import Frequency
from plro_core.statistics import Summary, mean, median_words, quantile, standard_deviation, summarise
from plro_core.vocabulary import STANDARD
from tests.oracle import frequency

values = st.lists(st.integers(-99, 3000).map(lambda tenths: tenths / 10), min_size=1, max_size=60)
ties = st.lists(st.sampled_from([0.1, 0.2, 0.3]), min_size=1, max_size=60)


def test_nothing_recorded_has_no_statistics() -> None:
    assert summarise(Frequency()) == Summary(0, 0)
    assert summarise(Frequency({}, 4)) == Summary(0, 4)
    assert (mean(Frequency()), standard_deviation(Frequency()), quantile(Frequency(), 0.5)) == (None, None, None)


def test_one_and_two_patients_have_no_median() -> None:
    assert summarise(Frequency({7: 1}, 2)) == Summary(1, 2, 7, None, None, None, None, 7, 7)
    assert summarise(Frequency({9.1: 2})) == Summary(2, 0, 9.1, None, None, None, None, 9.1, 9.1)
    assert [quantile(Frequency({7: n}), 0.5) for n in (1, 2, 3)] == [None, None, 7]


@pytest.mark.parametrize("part", ["median", "q1", "q3", "sd"])
def test_a_summary_cannot_hold_a_median_or_deviation_of_two(part: str) -> None:
    with pytest.raises(ValueError, match="2 values have no"):
        Summary(2, 0, **{part: 5.5})
    assert getattr(Summary(3, 0, **{part: 5.5}), part) == 5.5


def test_few_values_are_listed_each_as_often_as_it_occurs() -> None:
    calcium = STANDARD.variable("calcium")
    assert median_words(calcium, Frequency()) == "–"
    assert median_words(calcium, Frequency({9.1: 2})) == "9.1, 9.1"
    assert median_words(calcium, Frequency({8.9: 1, 9.1: 1})) == "8.9, 9.1"
    assert median_words(calcium, Frequency({9.1: 3})) == "9.1 (n = 3)"


def test_two_patients_have_no_deviation() -> None:
    assert summarise(Frequency({1: 1, 2: 1})).sd is None
    assert summarise(Frequency({1: 1, 2: 2})).sd == pytest.approx(math.sqrt(1 / 3))


def test_ties_have_no_spread() -> None:
    summary = summarise(Frequency({8.9: 30}))
    assert (summary.median, summary.q1, summary.q3, summary.minimum, summary.maximum) == (8.9,) * 5
    assert summary.sd == pytest.approx(0, abs=1e-12)


def test_the_ages_of_the_ten_patients() -> None:
    ages = summarise(frequency([31, 33, 27, 29, 24, 31, 29, 34, 31, 30]))
    assert (ages.n, ages.mean, ages.median, ages.q1, ages.q3) == (10, 29.9, 30.5, 29.0, 31.0)
    assert ages.sd == pytest.approx(2.884826, abs=1e-6)


@given(recorded=values | ties, missing=st.integers(0, 5))
@settings(max_examples=150, deadline=None, derandomize=True)
def test_a_summary_equals_that_of_the_rows(recorded: list[float], missing: int) -> None:
    summary = summarise(frequency(recorded + [None] * missing))
    q1, median, q3 = np.quantile(recorded, [0.25, 0.5, 0.75])
    assert (summary.n, summary.missing) == (len(recorded), missing)
    assert (summary.minimum, summary.maximum) == (min(recorded), max(recorded))
    assert summary.mean == pytest.approx(np.mean(recorded), abs=1e-9)
    if len(recorded) < 3:
        assert (summary.q1, summary.median, summary.q3) == (None, None, None)
    else:
        assert (summary.q1, summary.median, summary.q3) == pytest.approx((q1, median, q3), abs=1e-9)
    assert (summary.sd is None) == (len(recorded) < 3)
    if summary.sd is not None:
        assert summary.sd == pytest.approx(np.std(recorded, ddof=1), abs=1e-9)
    assert not any(math.isnan(part) for part in astuple(summary) if part is not None)


@given(recorded=values | ties, probability=st.floats(0, 1))
@settings(max_examples=150, deadline=None, derandomize=True)
def test_any_quantile_is_of_type_7(recorded: list[float], probability: float) -> None:
    found = quantile(frequency(recorded), probability)
    if len(recorded) < 3:
        assert found is None
    else:
        assert found == pytest.approx(np.quantile(recorded, probability, method="linear"), abs=1e-9)
