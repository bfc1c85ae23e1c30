"""Statistics from counts against numpy on the same values written out."""

import math
from dataclasses import astuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plro_core.counts import Frequency
from plro_core.statistics import Summary, mean, quantile, standard_deviation, summarise
from tests.oracle import frequency

values = st.lists(st.integers(-99, 3000).map(lambda tenths: tenths / 10), min_size=1, max_size=60)
ties = st.lists(st.sampled_from([0.1, 0.2, 0.3]), min_size=1, max_size=60)


def test_nothing_recorded_has_no_statistics() -> None:
    assert summarise(Frequency()) == Summary(0, 0)
    assert summarise(Frequency({}, 4)) == Summary(0, 4)
    assert (mean(Frequency()), standard_deviation(Frequency()), quantile(Frequency(), 0.5)) == (None, None, None)


def test_one_patient_has_a_median_and_no_deviation() -> None:
    assert summarise(Frequency({7: 1}, 2)) == Summary(1, 2, 7, None, 7, None, None, 7, 7)


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
    assert summary.median == pytest.approx(median, abs=1e-9)
    if len(recorded) < 3:
        assert (summary.q1, summary.q3) == (None, None)
    else:
        assert (summary.q1, summary.q3) == pytest.approx((q1, q3), abs=1e-9)
    assert (summary.sd is None) == (len(recorded) < 3)
    if summary.sd is not None:
        assert summary.sd == pytest.approx(np.std(recorded, ddof=1), abs=1e-9)
    assert not any(math.isnan(part) for part in astuple(summary) if part is not None)


@given(recorded=values | ties, probability=st.floats(0, 1))
@settings(max_examples=150, deadline=None, derandomize=True)
def test_any_quantile_is_of_type_7(recorded: list[float], probability: float) -> None:
    assert quantile(frequency(recorded), probability) == pytest.approx(
        np.quantile(recorded, probability, method="linear"), abs=1e-9
    )
