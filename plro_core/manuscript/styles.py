"""How journals want their tables: the number, how a mean is written, which marks lead to notes."""

from collections.abc import Callable
from dataclasses import dataclass

_ROMAN = ((10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"))
_SYMBOLS = "*†‡§‖¶"


def roman(number: int) -> str:
    """A number from 1 to 39 in Roman numerals."""
    for value, letters in _ROMAN:
        if number >= value:
            return letters + (roman(number - value) if number > value else "")
    return ""


def _letters(place: int) -> str:
    """The letters as a spreadsheet counts its columns: a to z, then aa, ab."""
    before, last = divmod(place, 26)
    return (_letters(before - 1) if before else "") + chr(ord("a") + last)


def _symbols(place: int) -> str:
    """Each sign once, then twice; nobody counts three, so that letters follow."""
    turn, sign = divmod(place, len(_SYMBOLS))
    return _SYMBOLS[sign] * (1 + turn) if turn < 2 else _letters(place - 2 * len(_SYMBOLS))


@dataclass(frozen=True)
class Style:
    """What a journal prints otherwise than another.

    ``plus_minus`` writes a mean as "29.9 ± 2.9" and not "29.9 (2.9)"; ``statistic`` is what numbers are summarised with unless another
    is asked for; ``percent_from`` is the number of patients from which a share is given as a percentage, too.
    """

    label: str
    word: str
    number: Callable[[int], str]
    mark: Callable[[int], str]
    statistic: str
    plus_minus: bool
    percent_from: int = 20


STYLES: dict[str, Style] = {
    "plain": Style("Plain", "Table", str, _letters, "median", False),
    "turkish-neurosurgery": Style("Turkish Neurosurgery", "Table", roman, _symbols, "mean", True),
    "osteoporosis-international": Style("Osteoporosis International", "Table", str, _letters, "mean", True),
    "jama": Style("JAMA", "Table", str, _letters, "median", False),
}
