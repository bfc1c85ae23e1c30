"""What the exact methods are given: values with their counts, on the grid of the recorded precision.

Every value is placed on a grid of whole numbers (``decimals`` places after the point) before anything is compared,
so that 0.3 and 0.1 + 0.2 are one value, and differences and ranks are exact.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from typing import Any

from plro_core.counts import Frequency
from plro_core.text import listed, patients

#: Recorded values: a frequency, a mapping from value to count, or the values one by one (``None`` is missing).
Values = Frequency | Mapping[Any, int] | Iterable[float | None]

#: Fine enough for every clinical value, and coarse enough to remove the noise of binary fractions.
DEFAULT_DECIMALS = 6

#: Groups below this size get no p-value.
SMALLEST_N_FOR_TEST = 2

#: Exact null distributions are computed up to this many patients in total; above, the asymptotic form is used.
#: All arrangements of 60 patients still fit 64-bit integers, so nothing is rounded below.
LARGEST_EXACT = 60


@dataclass(frozen=True)
class Sample:
    """Distinct values in ascending order, in units of the last decimal, each with its count."""

    values: tuple[int, ...]
    counts: tuple[int, ...]
    decimals: int

    @property
    def n(self) -> int:
        return sum(self.counts)


def sample(values: Values, decimals: int = DEFAULT_DECIMALS) -> Sample:
    """Place values on the grid of ``decimals`` places; values that fall together are counted together."""
    gathered: Counter[int] = Counter()
    for value, count in counted(values).items():
        gathered[on_grid(decimal(value), decimals)] += count
    ordered = sorted(gathered.items())
    return Sample(tuple(value for value, _ in ordered), tuple(count for _, count in ordered), decimals)


def counted(values: Frequency | Mapping[Any, int] | Iterable[Any]) -> dict[Any, int]:
    """Count of each value; missing values and counts of zero are left out.

    Raises:
        ValueError: a count is negative or not whole.
    """
    if isinstance(values, Frequency):
        values = values.values
    counts = values if isinstance(values, Mapping) else Counter(values)
    for value, count in counts.items():
        if count < 0 or count != int(count):
            raise ValueError(f"The count of {value!r} is {count!r}; counts are whole numbers from 0.")
    return {value: int(count) for value, count in counts.items() if value is not None and count}


def decimal(value: Any) -> Decimal:
    """A number as it is written, without the noise of its binary fraction.

    Raises:
        ValueError: the value is NaN or infinite; missing values are ``None``.
    """
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(f"{value!r} is not a recorded value; missing values are None.")
    return Decimal(repr(number))


def on_grid(value: Decimal, decimals: int) -> int:
    """A value in units of its last decimal; halves go to the even neighbour."""
    return int(value.scaleb(decimals).to_integral_value(ROUND_HALF_EVEN))


def from_grid(numerator: int, decimals: int, divisor: int = 1) -> float:
    """The nearest floating-point number to ``numerator / divisor`` units of the last decimal."""
    return float(Fraction(numerator, divisor * 10**decimals))


def checked_level(level: float) -> float:
    """A confidence level, as a share.

    Raises:
        ValueError: it does not lie between 0 and 1, such as 95.
    """
    if not 0 < level < 1:
        raise ValueError(f"A level lies between 0 and 1, such as 0.95; it cannot be {level!r}.")
    return float(level)


def percent(level: float) -> str:
    """A level as a percentage, rounded down to one decimal so that it is never overstated."""
    tenths = math.floor(1000 * level + 1e-9)
    return f"{tenths / 10:g} %"


def too_few(n_a: int, n_b: int, what: str = "No test", smallest: int = SMALLEST_N_FOR_TEST) -> str | None:
    """The sentence that says which group is too small; ``None`` when both are large enough."""
    small = [f"group {name} has {patients(n)}" for name, n in (("A", n_a), ("B", n_b)) if n < smallest]
    return f"{what}: {listed(small)}" if small else None


def not_attainable(level: float, attained: float, whom: str) -> str | None:
    """The sentence for an interval whose wanted level is out of reach; ``None`` where it is attained."""
    if attained >= level:
        return None
    if not attained:
        return f"{percent(level)} not attainable with {whom}: no interval"
    return f"{percent(level)} not attainable with {whom}: the widest interval attains {percent(attained)}"
