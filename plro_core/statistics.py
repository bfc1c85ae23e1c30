"""Descriptive statistics, computed from counts and never from rows.

A result is an object apart from its printing; what cannot be computed is ``None``, never NaN or 0.
"""

import math
from dataclasses import dataclass

from plro_core.counts import Frequency

#: Below this group size a standard deviation is not shown, and below the next no box or violin is drawn.
SMALLEST_N_FOR_SD = 3
#: Below this many values tables list them instead of a median, figures draw no median, and there are no quartiles.
SMALLEST_N_FOR_MEDIAN = 3
SMALLEST_N_FOR_BOX = 5


@dataclass(frozen=True)
class Summary:
    """n, missing, mean, sample SD (from n = 3), median and quartiles (type 7), minimum and maximum."""

    n: int
    missing: int
    mean: float | None = None
    sd: float | None = None
    median: float | None = None
    q1: float | None = None
    q3: float | None = None
    minimum: float | None = None
    maximum: float | None = None


def summarise(frequency: Frequency) -> Summary:
    """Summary of a numeric variable's frequencies; everything but the counts is ``None`` when nothing is recorded."""
    if not frequency.n:
        return Summary(0, frequency.missing)
    quartiles = frequency.n >= SMALLEST_N_FOR_MEDIAN
    return Summary(
        frequency.n,
        frequency.missing,
        mean(frequency),
        standard_deviation(frequency),
        quantile(frequency, 0.5),
        quantile(frequency, 0.25) if quartiles else None,
        quantile(frequency, 0.75) if quartiles else None,
        min(frequency.values),
        max(frequency.values),
    )


def mean(frequency: Frequency) -> float | None:
    """Arithmetic mean of the recorded values."""
    if not frequency.n:
        return None
    return math.fsum(value * count for value, count in frequency.values.items()) / frequency.n


def standard_deviation(frequency: Frequency) -> float | None:
    """Sample standard deviation (divisor n - 1); ``None`` below n = 3."""
    centre = mean(frequency)
    if centre is None or frequency.n < SMALLEST_N_FOR_SD:
        return None
    squares = math.fsum(count * (value - centre) ** 2 for value, count in frequency.values.items())
    return math.sqrt(squares / (frequency.n - 1))


def quantile(frequency: Frequency, probability: float) -> float | None:
    """Quantile of type 7 (Hyndman and Fan 1996): linear between the order statistics around (n - 1) p."""
    if not frequency.n:
        return None
    position = (frequency.n - 1) * probability
    below = math.floor(position)
    low, high = _order_statistic(frequency, below), _order_statistic(frequency, math.ceil(position))
    return low + (high - low) * (position - below)


def _order_statistic(frequency: Frequency, index: int) -> float:
    """The value at a place (from 0) among the sorted recorded values."""
    seen = 0
    for value, count in sorted(frequency.values.items()):
        seen += count
        if index < seen:
            return float(value)
    raise IndexError(index)
