"""Units in other words, and by what a value in another unit is divided."""

import re

from plro_core.vocabulary import Variable

#: A unit as it is compared -> another word for the same.
_SAME = {
    "mg/100ml": "mg/dl",
    "mg%": "mg/dl",
    "ng/l": "pg/ml",
    "ug/l": "ng/ml",
    "mcg/l": "ng/ml",
    "mcg/ml": "ug/ml",
    "iu/l": "u/l",
    "y": "years",
    "yr": "years",
    "yrs": "years",
    "year": "years",
    "µkat/l": "ukat/l",
    "0-100": "mm",
    "0-100mm": "mm",
}


def plain(unit: str) -> str:
    """A unit as it is compared: small letters, no blanks, one sign for micro, one word for equal units."""
    word = re.sub(r"\s+", "", unit.replace("μ", "u").replace("µ", "u").replace("–", "-").casefold())
    return _SAME.get(word, word)


def divisor(entry: Variable, unit: str) -> float | None:
    """By what values in a unit are divided to be in that of their variable; ``None`` if nothing declares it.

    No unit at all is the variable's own.
    """
    word = plain(unit)
    if not word or word in {plain(entry.unit), plain(entry.stated_unit), plain(entry.unit.partition(" ")[0])}:
        return 1.0
    return next((factor for name, factor in entry.convertible if word == plain(name)), None)
