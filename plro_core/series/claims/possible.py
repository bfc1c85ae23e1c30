"""Could any data at all have the printed mean and SD? The GRIM and GRIMMER questions, answered exactly.

GRIM (Brown and Heathers 2017): n values recorded in steps of 1/scale can only have means in steps of 1/(n
scale). GRIMMER (Anaya 2016) asks the same of mean and SD together. The published GRIMMER rules are necessary
conditions; here every reachable pair of sum and sum of squares is enumerated, so this is also sufficient.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from plro_core.series.claims.rounding import MeanSd, decimals, root_rounds_to, rounds_to


@dataclass(frozen=True)
class Possible:
    """For one group size: can the mean occur (GRIM), and with the SD by either formula (GRIMMER)?"""

    mean: bool
    sample_sd: bool
    population_sd: bool

    @property
    def any_sd(self) -> bool:
        return self.sample_sd or self.population_sd


def grim(mean: Decimal, n: int, scale: int) -> bool:
    """Whether n values in steps of 1/``scale`` can have a mean that rounds to ``mean``.

    Means lie 1/(n scale) apart, so that only the two around the printed one need be tried.
    """
    below = math.floor(Fraction(mean) * n * scale)
    return any(rounds_to(Fraction(total, n * scale), mean) for total in (below, below + 1))


def possibilities(pair: MeanSd, largest: int, scale: int, low: int, high: int) -> dict[int, Possible]:
    """What groups of 1 to ``largest`` values between ``low`` and ``high``, in units of 1/scale, can have."""
    middle = round(Fraction(pair.mean) * scale)
    answer = {}
    for n, reachable in _reachable(pair, middle, largest, scale, low, high):
        sample = population = False
        for total, squares in reachable.items():
            if not rounds_to(Fraction(total + n * middle, n * scale), pair.mean):
                continue
            for square in _bits(squares):
                spread = (square - Fraction(total**2, n)) / scale**2
                sample = sample or (n > 1 and root_rounds_to(spread / (n - 1), pair.sd))
                population = population or root_rounds_to(spread / n, pair.sd)
        answer[n] = Possible(grim(pair.mean, n, scale), sample, population)
    return answer


def _reachable(
    pair: MeanSd, middle: int, largest: int, scale: int, low: int, high: int
) -> Iterator[tuple[int, dict[int, int]]]:
    """By size: sum of deviations from ``middle`` -> reachable sums of their squares, as bits of a number."""
    sd_step, mean_step = (Fraction(1, 10 ** decimals(part)) for part in (pair.sd, pair.mean))
    spread = (Fraction(pair.sd) + sd_step / 2) * scale
    drift = mean_step * scale / 2 + Fraction(1, 2)
    limit = math.ceil(largest * (spread**2 + drift**2))
    widest, furthest = math.isqrt(limit), math.isqrt(limit * largest) + 1
    steps = range(max(low - middle, -widest), min(high - middle, widest) + 1)
    keep = (1 << (limit + 1)) - 1
    reached = {0: 1}
    for n in range(1, largest + 1):
        following: dict[int, int] = {}
        for total, squares in reached.items():
            for step in steps:
                if abs(total + step) <= furthest:
                    following[total + step] = following.get(total + step, 0) | ((squares << step * step) & keep)
        reached = following
        yield n, reached


def _bits(number: int) -> Iterator[int]:
    """Positions of the set bits."""
    while number:
        lowest = number & -number
        yield lowest.bit_length() - 1
        number ^= lowest
