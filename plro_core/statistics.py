"""Descriptive statistics, computed from counts and never from rows.

A result is an object apart from its printing; what cannot be computed is ``None``, never NaN or 0.
"""

import math
from dataclasses import dataclass

from plro_core.counts import Frequency
from plro_core.text import NONE, grouped
from plro_core.vocabulary import Variable

#: Below this group size a standard deviation is not shown, and below the next no box or violin is drawn.
SMALLEST_N_FOR_SD = 3
#: Below this many values there is no median and there are no quartiles: the values are listed.
SMALLEST_N_FOR_MEDIAN = 3
SMALLEST_N_FOR_BOX = 5


@dataclass(frozen=True)
class Summary:
    """n, missing, mean, sample SD, median and quartiles (type 7), minimum and maximum; SD, median and quartiles from n = 3.

    Raises:
        ValueError: it is told a median, quartile or SD of fewer values.
    """

    n: int
    missing: int
    mean: float | None = None
    sd: float | None = None
    median: float | None = None
    q1: float | None = None
    q3: float | None = None
    minimum: float | None = None
    maximum: float | None = None

    def __post_init__(self) -> None:
        positions = (self.median, self.q1, self.q3)
        if self.n < SMALLEST_N_FOR_MEDIAN and any(value is not None for value in positions):
            raise ValueError(f"{self.n} values have no median and no quartiles.")
        if self.n < SMALLEST_N_FOR_SD and self.sd is not None:
            raise ValueError(f"{self.n} values have no standard deviation.")


def summarise(frequency: Frequency) -> Summary:
    """Summary of a numeric variable's frequencies; everything but the counts is ``None`` when nothing is recorded."""
    if not frequency.n:
        return Summary(0, frequency.missing)
    return Summary(
        frequency.n,
        frequency.missing,
        mean(frequency),
        standard_deviation(frequency),
        median(frequency),
        quantile(frequency, 0.25),
        quantile(frequency, 0.75),
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


def median(frequency: Frequency) -> float | None:
    """The middle of the recorded values; ``None`` below three."""
    return quantile(frequency, 0.5)


def median_words(entry: Variable, frequency: Frequency) -> str:
    """The median with its n; below three values each of them, and an en dash where there is none."""
    middle = median(frequency)
    return (
        listed_values(entry, frequency) if middle is None else f"{entry.written(middle)} (n = {grouped(frequency.n)})"
    )


def listed_values(entry: Variable, frequency: Frequency) -> str:
    """Every recorded value as often as it occurs, in ascending order; an en dash where there is none."""
    values = (value for value, count in sorted(frequency.values.items()) for _ in range(count))
    return ", ".join(map(entry.written, values)) or NONE


def quantile(frequency: Frequency, probability: float) -> float | None:
    """Quantile of type 7 (Hyndman and Fan 1996): linear between the order statistics around (n - 1) p.

    ``None`` below three values, whose median would hide how few they are.
    """
    if frequency.n < SMALLEST_N_FOR_MEDIAN:
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
