"""Reading what is printed: the number, count, percentage, patients or spinal levels in a few words of a document.

What a claim prints is kept in the document's own words; these functions read from them what a check needs.
"""

import re
from decimal import Decimal

_WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
#: Words that are no digits -> the number that they say.
_NUMBERS = {word: number for number, word in enumerate(_WORDS)} | {
    "none": 0,
    "no": 0,
    "nobody": 0,
    "half": 50,
    "fifty": 50,
}
_COUNT = re.compile(rf"\d+|\b(all|{'|'.join(_NUMBERS)})\b", re.IGNORECASE)
_NUMBER = re.compile(r"[-−–]?\d+(\.\d+)?")
_PERCENT = re.compile(r"(\d+|\w+) ?(?:%|percent)", re.IGNORECASE)
_SIZE = re.compile(r"n ?= ?(\d+)")
_AMOUNT = re.compile(r"(\d+(?:\.\d+)?) ?([A-Za-zµ]+)")
_LEVEL = re.compile(r"\b[CTL]\d{1,2}\b")
_MONTHS = re.compile(r"(\d+(?:\.\d+)?) months?")


def count(text: str, everyone: int) -> int | None:
    """The first count in words or digits, "all" being ``everyone``; ``None`` if there is none."""
    found = _COUNT.search(text)
    if not found:
        return None
    word = found[0].lower()
    return everyone if word == "all" else int(word) if word.isdigit() else _NUMBERS[word]


def number(text: str) -> Decimal | None:
    """The first number in digits, with its sign; ``None`` if there is none."""
    found = _NUMBER.search(text)
    return Decimal(re.sub("[−–]", "-", found[0])) if found else None


def percentage(text: str) -> int | None:
    """A percentage in words or digits: 50 of "Fifty percent", 20 of "20% (n=2)"."""
    found = _PERCENT.search(text)
    if not found:
        return None
    return int(found[1]) if found[1].isdigit() else _NUMBERS.get(found[1].lower())


def size(text: str) -> int | None:
    """The n that is printed beside a percentage."""
    found = _SIZE.search(text)
    return int(found[1]) if found else None


def amount(text: str) -> tuple[str, str] | None:
    """The first dose with its unit: ("250", "mg")."""
    found = _AMOUNT.search(text)
    return (found[1], found[2]) if found else None


def months(text: str) -> Decimal | None:
    """A time in months: 3.5 of "patient 8 of 3.5 months"."""
    found = _MONTHS.search(text)
    return Decimal(found[1]) if found else None


def numbers(text: str) -> tuple[int, ...]:
    """All whole numbers, such as those of patients or visits."""
    return tuple(int(found) for found in re.findall(r"\d+", text))


def levels(text: str) -> tuple[str, ...]:
    """All spinal levels: T6, T10 and T11."""
    return tuple(_LEVEL.findall(text))
