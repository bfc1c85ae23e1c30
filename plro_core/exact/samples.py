"""What the exact methods are given: values with their counts, exactly as they are given, in whole units.

Nothing is rounded unless the caller says so: values are compared in units of the last decimal that any of them has, so
differences and ranks are exact, whatever their size. A binary number with more digits than one can record, such as
0.1 + 0.2, is refused, because nobody can tell whether it is meant to equal 0.3.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction
from functools import lru_cache
from numbers import Integral
from typing import Any

from plro_core.counts import Frequency
from plro_core.text import level_words, listed, patients

#: Recorded values: a frequency, a mapping from value to count, or the values one by one (``None`` is missing).
Values = Frequency | Mapping[Any, int] | Iterable[float | None]

#: Every decimal of so many digits survives being kept as a binary number; what has more is no value as it was recorded.
MOST_DIGITS = 15

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


def sample(values: Values, decimals: int | None = None) -> Sample:
    """One group of values in whole units; see :func:`samples`."""
    return samples(values, decimals=decimals)[0]


def samples(*groups: Values, decimals: int | None = None) -> tuple[Sample, ...]:
    """Groups of values in whole units that they have in common: of the last decimal of any of them, or of ``decimals``.

    Without ``decimals`` every value counts as given; with them values are rounded to it first, as was asked for.
    """
    read = [_read(group, decimals) for group in groups]
    finest = max((_decimals(value) for values in read for value in values), default=0)
    return tuple(_in_units(values, finest) for values in read)


def _read(values: Values, decimals: int | None) -> Counter[Decimal]:
    gathered: Counter[Decimal] = Counter()
    for value, count in counted(values).items():
        gathered[exactly(value, decimals)] += count
    return gathered


def _in_units(values: Mapping[Decimal, int], decimals: int) -> Sample:
    ordered = sorted((in_units(value, decimals), count) for value, count in values.items())
    return Sample(tuple(value for value, _ in ordered), tuple(count for _, count in ordered), decimals)


def _decimals(value: Decimal) -> int:
    """How many places after the point a number has."""
    return max(0, -int(value.normalize(_WIDE).as_tuple().exponent)) if value else 0


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


#: No arithmetic of decimals is rounded to the usual 28 digits.
_WIDE = Context(prec=1000)


@lru_cache(maxsize=10_000)
def _recorded(value: float) -> Decimal:
    """A binary number as it is written.

    Raises:
        ValueError: it has more digits than can be recorded.
    """
    read = Decimal(repr(value))
    if read.is_finite() and len(read.as_tuple().digits) > MOST_DIGITS:
        raise ValueError(
            f"{value!r} has more than {MOST_DIGITS} digits, as a computed number has; expected values as they were "
            "recorded, or decimals to round them to."
        )
    return read


def exactly(value: Any, decimals: int | None = None) -> Decimal:
    """A number as it is written; rounded to ``decimals``, halves to the even neighbour, only where these are given.

    Raises:
        ValueError: the value is NaN or infinite, or a binary number with more digits than can be recorded.
    """
    if isinstance(value, Integral | Decimal):
        read = value if isinstance(value, Decimal) else Decimal(int(value))
    else:
        read = Decimal(repr(float(value))) if decimals is not None else _recorded(float(value))
    if not read.is_finite():
        raise ValueError(f"{value!r} is not a recorded value; missing values are None.")
    if decimals is not None:
        return Decimal(in_units(read, decimals, rounded=True)).scaleb(-decimals, _WIDE)
    return read


def in_units(value: Decimal, decimals: int, *, rounded: bool = False) -> int:
    """A value in units of the last of so many decimals.

    Raises:
        ValueError: the value has further decimals, and may not be rounded.
    """
    scaled = value.scaleb(decimals, _WIDE)
    whole = scaled.to_integral_value(ROUND_HALF_EVEN, _WIDE)
    if scaled != whole and not rounded:
        raise ValueError(f"{value} has more than {decimals} decimals.")
    return int(whole)


def difference(first: Decimal, second: Decimal) -> Decimal:
    """One number less another, exactly."""
    return _WIDE.subtract(first, second)


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


def too_few(n_a: int, n_b: int, what: str = "No test", smallest: int = SMALLEST_N_FOR_TEST) -> str | None:
    """The sentence that says which group is too small; ``None`` when both are large enough."""
    small = [f"group {name} has {patients(n)}" for name, n in (("A", n_a), ("B", n_b)) if n < smallest]
    return f"{what}: {listed(small)}" if small else None


def not_attainable(level: float, attained: float, whom: str) -> str | None:
    """The sentence for an interval whose wanted level is out of reach; ``None`` where it is attained."""
    if attained >= level:
        return None
    if not attained:
        return f"{level_words(level)} not attainable with {whom}: no interval"
    return f"{level_words(level)} not attainable with {whom}: the widest interval attains {level_words(attained)}"
