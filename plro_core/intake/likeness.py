"""Which known name a word is a misspelling of: a suggestion may mend a typing error and never lead to another quantity.

Two names that look alike to a program are often two things to a clinician: a T-score and a Z-score, ``race`` and
``brace``, a weight and a weight gain. So a name is like another where both have the same words, each of them equal or
mistyped by one letter; short words, first letters and digits are never taken for mistyped.
"""

import re
from collections.abc import Iterable

_WORDS = re.compile(r"[^\W\d_]+|\d+")
_SHORTEST = 4  # letters of a word that can be taken for mistyped
_LONGEST = 100  # letters of a word that is looked at


def nearest(word: str, names: Iterable[str]) -> str:
    """The one name that ``word`` is a misspelling of; empty if there is none, or if several are as near."""
    if len(word) > _LONGEST:
        return ""
    found = {name: distance for name in names if (distance := _distance(word, name)) is not None}
    least = min(found.values(), default=0)
    best = sorted((name for name in found if found[name] == least), key=lambda name: (name != word, name))
    return best[0] if len({_joined(name) for name in best}) == 1 else ""


def _distance(one: str, other: str) -> int | None:
    """How many letters are mistyped; ``None`` if the two are different names."""
    mine, theirs = _words(one), _words(other)
    if not mine or not theirs:
        return None
    if _joined(one) == _joined(other):
        return 0
    if len(mine) != len(theirs):
        return _mistyped(_joined(one), _joined(other)) if 1 in (len(mine), len(theirs)) else None
    steps = [_mistyped(a, b) for a, b in zip(mine, theirs, strict=True)]
    return None if None in steps else sum(step for step in steps if step is not None)


def _words(text: str) -> list[str]:
    return _WORDS.findall(text.casefold())


def _joined(text: str) -> str:
    return "".join(_words(text))


def _mistyped(one: str, other: str) -> int | None:
    """How many letters of a word are wrong, none or one; ``None`` if it is another word."""
    if one == other:
        return 0
    shorter, longer = sorted((one, other), key=len)
    if len(shorter) < _SHORTEST or one[0] != other[0] or any(letter.isdigit() for letter in one + other):
        return None
    at = next(
        (index for index, pair in enumerate(zip(shorter, longer, strict=False)) if len(set(pair)) > 1), len(shorter)
    )
    left, right = shorter[at:], longer[at:]
    if len(shorter) < len(longer):  # a letter more; a short word with one is another word
        return 1 if len(shorter) > _SHORTEST and left == right[1:] else None
    swapped = left[:2] == right[1::-1] and left[2:] == right[2:]
    return 1 if swapped or left[1:] == right[1:] else None
