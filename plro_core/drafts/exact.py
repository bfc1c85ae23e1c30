"""Statistics as exact numbers from counts, by every usual formula, so that a printed decimal is judged without error."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from itertools import accumulate

from plro_core.counts import Frequency

#: The quantiles of Hyndman and Fan that interpolate, as (a, b): the place is a + p(n + 1 - a - b).
_PLACES = {
    "type 7": (Fraction(1), Fraction(1)),
    "type 6": (Fraction(0), Fraction(0)),
    "type 8": (Fraction(1, 3), Fraction(1, 3)),
    "type 9": (Fraction(3, 8), Fraction(3, 8)),
    "type 5": (Fraction(1, 2), Fraction(1, 2)),
    "type 4": (Fraction(0), Fraction(1)),
}


@dataclass(frozen=True)
class Exact:
    """Values with how often each occurs, ascending."""

    counts: Mapping[Fraction, int]

    @classmethod
    def of(cls, frequency: Frequency) -> "Exact":
        """The recorded values, each as the decimal that was recorded."""
        exact = {Fraction(Decimal(repr(value))): count for value, count in frequency.values.items()}
        return cls(dict(sorted(exact.items())))

    @cached_property
    def n(self) -> int:
        return sum(self.counts.values())

    @cached_property
    def mean(self) -> Fraction:
        return sum((value * count for value, count in self.counts.items()), Fraction()) / self.n

    @cached_property
    def _squares(self) -> Fraction:
        return sum(((value - self.mean) ** 2 * count for value, count in self.counts.items()), Fraction())

    def variance(self, sample: bool) -> Fraction | None:
        """The square of the SD, divided by n - 1 or by n; ``None`` of too few values."""
        divisor = self.n - 1 if sample else self.n
        return self._squares / divisor if divisor else None

    @property
    def minimum(self) -> Fraction:
        return next(iter(self.counts))

    @property
    def maximum(self) -> Fraction:
        return next(reversed(list(self.counts)))

    @property
    def median(self) -> Fraction:
        return (self._at((self.n - 1) // 2) + self._at(self.n // 2)) / 2

    def quartiles(self) -> dict[str, tuple[Fraction, Fraction]]:
        """First and third quartile by each usual definition, the one of R and Excel first."""
        quarters = (Fraction(1, 4), Fraction(3, 4))
        found = {name: (self._quantile(quarters[0], name), self._quantile(quarters[1], name)) for name in _PLACES}
        return found | {"the medians of the halves": self._halves(), "type 2": self._averaged(quarters)}

    def _quantile(self, p: Fraction, name: str) -> Fraction:
        a, b = _PLACES[name]
        place = a + p * (self.n + 1 - a - b) - 1
        below = math.floor(place)
        low, high = self._at(below), self._at(below + 1)
        return low + (high - low) * (place - below)

    def _halves(self) -> tuple[Fraction, Fraction]:
        """Tukey's hinges: the medians of the lower and the upper half, the middle value in both."""
        half = (self.n + 1) // 2
        ends = (half - 1) // 2, half // 2
        low = (self._at(ends[0]) + self._at(ends[1])) / 2
        high = (self._at(self.n - 1 - ends[0]) + self._at(self.n - 1 - ends[1])) / 2
        return low, high

    def _averaged(self, quarters: tuple[Fraction, Fraction]) -> tuple[Fraction, Fraction]:
        """Type 2, of SAS and Stata: the middle of two where the place falls between them."""
        places = [p * self.n for p in quarters]
        low, high = (
            (self._at(int(place) - 1) + self._at(int(place))) / 2
            if place == int(place)
            else self._at(math.floor(place))
            for place in places
        )
        return low, high

    @cached_property
    def _ends(self) -> list[tuple[int, Fraction]]:
        return list(zip(accumulate(self.counts.values()), self.counts, strict=True))

    def _at(self, index: int) -> Fraction:
        """The value at a place from 0 in ascending order; at the ends the nearest there is."""
        place = min(max(index, 0), self.n - 1)
        return next(value for end, value in self._ends if place < end)
