"""Medians and bounds of all pairs of values, such as the differences of two groups, without making the pairs.

Of two groups of 24,000 patients there are half a billion differences. How many of them lie at or below a number is
counted from the sorted values alone, so the k-th smallest is found by bisection, in the memory that the values take.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plro_core.exact.samples import Sample, from_grid

#: Sums and differences of whole numbers below this size fit 64 bits; larger ones are Python's own.
_LARGEST = 2**61

Values = NDArray[Any]


@dataclass(frozen=True)
class Pairs:
    """The values of all pairs: how many there are ``at_most`` a whole number, the ``lowest`` and the ``highest``."""

    at_most: Callable[[int], int]
    lowest: int
    highest: int
    total: int

    def place(self, k: int) -> int:
        """The k-th smallest, counted from 1."""
        low, high = self.lowest, self.highest
        while low < high:
            middle = (low + high) // 2
            if self.at_most(middle) >= k:
                high = middle
            else:
                low = middle + 1
        return low


def differences(a: Sample, b: Sample) -> Pairs:
    """A value of A less a value of B, for each patient of A with each of B."""
    (first, in_a), (second, in_b) = _arrays(a), _arrays(b)
    below = np.concatenate(([0], np.cumsum(in_b)))

    def at_most(difference: int) -> int:
        return int((in_a * (b.n - below[np.searchsorted(second, first - difference, "left")])).sum())

    return Pairs(at_most, a.values[0] - b.values[-1], a.values[-1] - b.values[0], a.n * b.n)


def walsh_sums(given: Sample) -> Pairs:
    """Twice each Walsh average: the sum of a patient's value and her own or a later patient's."""
    values, counts = _arrays(given)
    up_to = np.concatenate(([0], np.cumsum(counts)))

    def at_most(total: int) -> int:
        both_ways = int((counts * up_to[np.searchsorted(values, total - values, "right")]).sum())
        with_herself = int(up_to[np.searchsorted(values, total // 2, "right")])
        return (both_ways + with_herself) // 2

    return Pairs(at_most, 2 * given.values[0], 2 * given.values[-1], given.n * (given.n + 1) // 2)


def more_and_less(a: Sample, b: Sample) -> tuple[int, int]:
    """In how many pairs the value of A is higher than that of B, and in how many it is lower."""
    pairs = differences(a, b)
    return pairs.total - pairs.at_most(0), pairs.at_most(-1)


def median_and_bounds(pairs: Pairs, k: int, decimals: int, divisor: int = 1) -> tuple[float, float, float]:
    """Median, k-th smallest and k-th largest of the pairs, in the values' own unit."""
    lower, upper = (pairs.place(place) for place in ((pairs.total + 1) // 2, pairs.total // 2 + 1))
    return (
        from_grid(lower + upper, decimals, 2 * divisor),
        from_grid(pairs.place(k), decimals, divisor),
        from_grid(pairs.place(pairs.total + 1 - k), decimals, divisor),
    )


def _arrays(given: Sample) -> tuple[Values, Values]:
    """The distinct values and their counts, as arrays."""
    small = max(abs(given.values[0]), abs(given.values[-1])) < _LARGEST
    return np.array(given.values, dtype=np.int64 if small else object), np.array(given.counts, dtype=np.int64)
