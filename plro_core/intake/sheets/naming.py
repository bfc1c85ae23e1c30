"""What the heads and the words of a sheet name beyond doubt: a variable with its unit, a month, the number of a visit."""

import re
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

from plro_core.intake.heads import given_tables, names_unit, resolve
from plro_core.intake.redcap.names import MONTH, PATIENT, has_month, is_fact
from plro_core.intake.sheets.units import divisor
from plro_core.vocabulary import Variable, Vocabulary

#: Short heads that laboratories use, in small letters -> the variable.
_SHORT = {"ca": "calcium", "mg": "magnesium", "25(oh)d": "vitamin_d", "vit d": "vitamin_d", "25-oh-d": "vitamin_d"}
_MILLIGRAM = "mg"  # of a drug, where it is the whole head
_WITH_UNIT = re.compile(r"(.+?)\s*[(\[]([^()\[\]]*)[)\]]")
_AT = (
    r"(?:(visit|vizit|v|month|m|ay)[ ._-]*)?([0-9]{1,2}|baseline)(?:st|nd|rd|th|\.)?"
    r"(?:[ ._-]*(months?|visit|vizit|ay|m))?"
)
_NUMBERED = (re.compile(rf"(.+?)[ ._-]*\(?{_AT}\)?", re.IGNORECASE), re.compile(rf"{_AT}[ ._:-]+(.+)", re.IGNORECASE))
_MONTHS = (
    re.compile(r"(?:month|m|ay)[ .]*([0-9]{1,3})"),
    re.compile(r"([0-9]{1,3})(?:st|nd|rd|th)?[ .-]*(?:months?|mo|m|ay)"),
)
_UNIT = re.compile(
    r"[0-9]+\s*[-–]\s*[0-9]+(?:\s*mm)?|%|[^\s/]+/[^\s/]+|mm|cm|[kmµu]?g|lbs?|IU|"
    r"days?|weeks?|months?|years?|gün|hafta|ay|yıl|tage?|wochen?|monate?|jahre?",
    re.IGNORECASE,
)
_BASELINE = frozenset(("baseline", "base", "month 0", "day 0", "başlangıç"))
_OF_MONTHS = re.compile(r"\b(?:months?|mo|m|ay|aylar|monate?)\b", re.IGNORECASE)
_OF_OTHER_TIME = re.compile(r"\b(?:w|wk|wks|weeks?|hafta|wochen?|d|days?|gün|tage?|years?|yıl|jahre?)\b", re.IGNORECASE)


def named(head: str, vocabulary: Vocabulary, visits: bool, known_unit: bool = True) -> tuple[Variable, str] | None:
    """The variable that a head names beyond doubt, with the unit in it; facts have sheets of their own.

    A unit that cannot be made that of the variable leaves a doubt, unless ``known_unit`` is not asked for: then it is dropped.
    """
    bracketed = _WITH_UNIT.fullmatch(head)
    for text, unit in ((head, ""), (bracketed[1], bracketed[2]) if bracketed else ("", "")):
        name = _SHORT.get(text.casefold(), text)
        entries = (
            found.variable
            for shape in given_tables(vocabulary)
            if not is_fact(shape) and (visits or not has_month(vocabulary, shape.name))
            if text not in ("", _MILLIGRAM) and (found := resolve(name, vocabulary.columns(shape.name)))
            if not found.wrong_unit
        )
        entry = next(entries, None)
        if entry is None or entry.name in (PATIENT, MONTH):
            continue
        said = unit or (bracketed[2] if bracketed and names_unit(head) else "")
        said = said or (entry.unit if text == entry.name else "")  # the template's own name has the template's unit
        if divisor(entry, said) is not None:
            return entry, said
        if not known_unit:
            return entry, ""
    return None


@dataclass(frozen=True)
class Numbered:
    """What a head says beside a number: ``says`` is ``month`` or ``visit``, or empty where the number stands alone."""

    stem: str
    number: int
    says: str


def number_in(head: str) -> Numbered | None:
    """The number of a month or a visit in a head, and what stands beside it: ``VAS 3``, ``Month 3 VAS``, ``VAS baseline``."""
    for at, pattern in enumerate(_NUMBERED):
        if found := pattern.fullmatch(head):
            stem, (before, number, after) = (
                (found[1], found.groups()[1:]) if at == 0 else (found[4], found.groups()[:3])
            )
            word = (before or after or "").casefold()
            says = "" if not word else "visit" if word.startswith("v") else "month"
            return Numbered(stem.strip(), 0 if number.casefold() == "baseline" else int(number), says)
    return None


def are_months(numbers: Collection[int], vocabulary: Vocabulary, says: str = "") -> bool:
    """Whether plain numbers are planned months beyond doubt: 0 and 1 may be the first and the second visit as well."""
    if not numbers or not set(numbers) <= set(vocabulary.months):
        return False
    return says == "month" or (not says and max(numbers) >= len(set(numbers) | {0}))


def unit_in(head: str) -> str:
    """What stands in brackets at the end of a head, if it looks like a unit: ``days``, ``kg``, ``0-100``, ``g/L``."""
    found = _WITH_UNIT.fullmatch(head)
    return found[2].strip() if found and _UNIT.fullmatch(found[2].strip()) else ""


def says_time(head: str) -> str:
    """What the head of a column says that its numbers are: ``month``, ``other`` (weeks, days, years), or nothing."""
    words = head.replace("_", " ")
    return "other" if _OF_OTHER_TIME.search(words) else "month" if _OF_MONTHS.search(words) else ""


def words_of_visits(words: Counter[str], vocabulary: Vocabulary) -> dict[str, int]:
    """The words that say a planned month beyond doubt; nothing where all of them are plain numbers."""
    if all(word.isdecimal() for word in words):
        return {}
    months = {word: _month_of(word) for word in words}
    return {word: month for word, month in months.items() if month is not None and month in vocabulary.months}


def _month_of(word: str) -> int | None:
    text = word.casefold().strip()
    found = next((match for pattern in _MONTHS if (match := pattern.fullmatch(text))), None)
    return 0 if text in _BASELINE else int(found[1]) if found else int(text) if text.isdecimal() else None
