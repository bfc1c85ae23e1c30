"""Whether an exact value could have been printed as a given decimal, under the two usual rounding rules.

Everything is exact: a float would misjudge the edges, and in tables this small the edges occur.
"""

import math
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction

from plro_core.text import MINUS

_PRECISE = Context(prec=50)


def decimals(printed: Decimal) -> int:
    """How many decimals are printed."""
    return max(0, -int(printed.as_tuple().exponent))


def digits(printed: Decimal) -> int:
    """The printed number as a whole number of units of its last decimal."""
    return int(printed.scaleb(decimals(printed)))


def rounds_to(value: Fraction, printed: Decimal) -> bool:
    """Whether half-up (away from zero) or half-even rounding of ``value`` gives the printed number."""
    scaled = value * 10 ** decimals(printed)
    away = math.floor(abs(scaled) + Fraction(1, 2)) * (1 if scaled >= 0 else -1)
    return digits(printed) in (away, round(scaled))


def root_rounds_to(square: Fraction, printed: Decimal) -> bool:
    """Whether the square root of ``square`` rounds to the printed number, decided without taking the root."""
    unit, middle = Fraction(1, 10 ** decimals(printed)), digits(printed)
    low, high = (middle - Fraction(1, 2)) * unit, (middle + Fraction(1, 2)) * unit
    if square < 0 or (low > 0 and square < low**2):
        return False
    return square < high**2 or (square == high**2 and middle % 2 == 0)


def written(value: Fraction, places: int) -> str:
    """A value rounded half-up at so many decimals, with a real minus."""
    return _written(_PRECISE.divide(Decimal(value.numerator), Decimal(value.denominator)), places)


def root_written(square: Fraction, places: int) -> str:
    """The square root, rounded half-up at so many decimals."""
    return _written(_PRECISE.sqrt(_PRECISE.divide(Decimal(square.numerator), Decimal(square.denominator))), places)


def _written(value: Decimal, places: int) -> str:
    rounded = value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    return str(abs(rounded) if rounded == 0 else rounded).replace("-", MINUS)


def read_number(text: str) -> Decimal:
    """A printed number; a real minus, a plain one and an en dash are the same sign.

    Raises:
        ValueError: the text is not one number.
    """
    plain = text.strip().replace(MINUS, "-").replace("–", "-")
    if not plain.removeprefix("-").replace(".", "", 1).isdigit():
        raise ValueError(text)
    return Decimal(plain)


@dataclass(frozen=True)
class MeanSd:
    """A printed mean and standard deviation."""

    mean: Decimal
    sd: Decimal

    @classmethod
    def parse(cls, text: str) -> "MeanSd":
        """Read "29.75 ± 3.24".

        Raises:
            ValueError: the text is not two numbers around one ±.
        """
        mean, sign, sd = text.partition("±")
        pair = cls(read_number(mean), read_number(sd))
        if not sign or pair.sd < 0:
            raise ValueError(text)
        return pair
