"""What the words of a sentence name: variables and their values, by what a registry declares, visits and patients."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

from plro_core.drafts.standing import Standing, standing
from plro_core.vocabulary import Variable, Vocabulary

#: Numbers as they are written in words.
NUMBER_WORDS = {
    word: number
    for number, word in enumerate(
        [
            "none",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
            "twenty",
        ]
    )
} | {"no": 0, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90}

_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "ninth": 9, "twelfth": 12}
#: Words that say nothing of which variable is meant.
_EMPTY = {"printed", "time", "to", "of", "in", "the", "after", "at", "as", "yes", "no", "other", "not", "none", "score"}
#: What may stand between two words of a name.
_JOINT = r"[\s\-–−()]*"
_UNITS = {"months", "month", "weeks", "week", "years", "days", "kg", "cm"}
_ENDINGS = "(?:e|es|s|ed|er|ers|ing|ation)?"


@dataclass(frozen=True)
class Mention:
    """A variable that is named at a place, or one of its values; ``weak`` if by a word that may mean something else."""

    start: int
    end: int
    variable: Variable
    level: str = ""
    standing: Standing = "with"
    weak: bool = False

    @property
    def negated(self) -> bool:
        """Whether those are meant who have it not, or everybody but those who have it."""
        return self.standing in ("without", "all but")

    @property
    def is_told(self) -> bool:
        """Whether those who have it, or have it not, are those of whom something is told."""
        return self.standing in ("with", "without")


@dataclass(frozen=True)
class Visit:
    """A visit that is named at a place."""

    start: int
    end: int
    month: int


@dataclass(frozen=True)
class Time:
    """A time of a measurement, named at a place, for which there is no planned visit."""

    start: int
    end: int


@dataclass(frozen=True)
class _Term:
    pattern: re.Pattern[str]
    variable: Variable
    level: str = ""
    weak: bool = False


def mentions(text: str, words: Vocabulary) -> list[Mention]:
    """Every variable and value that a text names, in its order; of two that overlap the longer."""
    found = [
        Mention(
            at.start(),
            at.end(),
            term.variable,
            term.level,
            standing(text, *at.span(), at["non"] is not None),
            term.weak,
        )
        for term in _terms(words)
        for at in term.pattern.finditer(text)
    ]
    kept: list[Mention] = []
    for one in sorted(found, key=lambda one: (one.start - one.end, one.weak, one.start)):
        if not any(one.start < other.end and other.start < one.end for other in kept):
            kept.append(one)
    named = {one.variable for one in kept if not one.level}
    return sorted((one for one in kept if not _is_bare(one, text) or one.variable in named), key=lambda one: one.start)


def _is_bare(one: Mention, text: str) -> bool:
    """Whether it is a single everyday word, such as “continued”, that is a value only beside the name of its variable."""
    return (
        one.variable.kind == "category"
        and not one.variable.many
        and bool(one.level)
        and " " not in text[one.start : one.end]
    )


def visits(text: str, words: Vocabulary) -> list[Visit]:
    """Every planned visit that a text names, in its order."""
    return [one for one in _by_month(text) if one.month in words.months]


def other_times(text: str, words: Vocabulary) -> list[Time]:
    """Every other time of a measurement that a text names, such as “at 2 months” or “after six weeks”, in its order."""
    months = [(one.start, one.end) for one in _by_month(text) if one.month not in words.months]
    others = [at.span() for at in _OTHER_TIME.finditer(text)]
    return [
        Time(*span)
        for span in sorted([*months, *others])
        if _AT_TIME.search(text[: span[0]]) or _LATER.match(text, span[1])
    ]


def _by_month(text: str) -> list[Visit]:
    found = [Visit(at.start(), at.end(), 0) for at in _BASELINE.finditer(text)]
    for listed in _MONTHS.finditer(text):
        inside = re.finditer(r"\d+", listed[0])
        found += [Visit(listed.start() + at.start(), listed.start() + at.end(), int(at[0])) for at in inside]
    for at in _MONTH.finditer(text):
        told = next(filter(None, at.groups())).lower()
        month = int(told) if told.isdecimal() else NUMBER_WORDS.get(told, _ORDINALS.get(told, -1))
        if not any(one.start < at.end() and at.start() < one.end for one in found):
            found.append(Visit(at.start(), at.end(), month))
    return sorted(found, key=lambda one: one.start)


_BASELINE = re.compile(
    r"\bbase-?\s?line\b|\b(?:at|on) (?:the )?(?:time of )?(?:presentation|diagnosis|admission)\b"
    r"|\b(?:before|prior to) (?:the )?(?:treatment|therapy)\b|\bpre-?\s?treatment\b|\binitial(?:ly)?\b",
    re.I,
)
_SPELLED = "|".join([*(word for word in NUMBER_WORDS if word not in ("no", "none")), *_ORDINALS])
#: Several months together, such as “1, 3 and 6 months”.
_AND = r"\d{1,3}(?:\s*,\s*\d{1,3}){0,9}\s*,?\s*(?:and|or|&)\s*\d{1,3}"
_MONTHS = re.compile(rf"(?<![\d.,]){_AND}\s*months?\b|\bmonths\s+{_AND}\b(?!\.\d)", re.I)
_MONTH = re.compile(
    rf"\bmonths?\s+(\d{{1,3}}|{_SPELLED})\b(?!\.\d)|(?<![\d.])\b(\d{{1,3}}|{_SPELLED})(?:\s*(?:st|nd|rd|th))?[\s-]*(?:months?\b|mo\b)",
    re.I,
)
#: A time in other units than months.
_OTHER_TIME = re.compile(
    rf"(?<![\d.])\b(?:\d{{1,3}}|{_SPELLED}|an?)(?:\s*(?:st|nd|rd|th))?[\s-]*(?:weeks?|wks?|days?|years?|yrs?)\b(?!\s*(?:old|postpartum|of age))"
    rf"|\b(?:weeks?|days?|years?)\s+(?:\d{{1,3}}|{_SPELLED})\b(?!\.\d)",
    re.I,
)
_AT_TIME = re.compile(r"\b(?:at|after|by|within|in|to|on|until)\s+(?:(?:the|about|first|approximately)\s+)*$", re.I)
_LATER = re.compile(
    r"\s+(?:later\b|(?:after|of)\s+(?:treatment|therapy|diagnosis|delivery|follow)|postoperatively\b)", re.I
)


def by_unit(text: str, words: Vocabulary) -> list[Variable]:
    """The numeric variables whose unit a text begins with."""
    told = re.match(r"\s*-?\s*([^\s,;.()]+)", text)
    if told is None:
        return []
    unit = told[1].casefold()
    return [
        entry
        for entry in _meant(words)
        if entry.is_number and entry.unit and unit.rstrip("s") == entry.unit.split(" ")[0].casefold().rstrip("s")
    ]


def pain_scale(words: Vocabulary) -> Variable | None:
    """The one scale of pain that is recorded at visits; ``None`` if there are none or several."""
    scales = [
        one for one in _meant(words) if one.is_number and one.per_visit and re.search(r"\bpain\b", one.label, re.I)
    ]
    return scales[0] if len(scales) == 1 else None


@lru_cache(maxsize=8)
def _terms(words: Vocabulary) -> tuple[_Term, ...]:
    """Every word and phrase that names a variable or a value of one."""
    own = _own_words(words)
    return tuple(
        chain.from_iterable(chain(_of_variable(entry, own[entry.name]), _of_levels(entry)) for entry in _meant(words))
    )


def _meant(words: Vocabulary) -> list[Variable]:
    """The variables of which a manuscript may give statistics: of the case and the visits, and facts of which patients have several."""
    return [
        entry
        for entry in words.variables
        if (entry.summarised or entry.filterable)
        and (entry.table in ("cases", "visits") or (entry.many and entry.levels))
        and entry.kind not in ("identifier", "text")
        and entry.name != "month"
    ]


def _of_variable(entry: Variable, own: list[str]) -> Iterator[_Term]:
    inside = re.findall(r"\s\(([^()]{2,30})\)", entry.label)
    phrases = [entry.label, re.sub(r"\s*\([^()]*\)", "", entry.label), entry.short, entry.noun, *inside]
    name = [word for word in entry.name.split("_") if word not in _UNITS] if entry.table in ("cases", "visits") else []
    level = "yes" if entry.kind == "boolean" else ""
    yield from _patterns([*phrases, " ".join(name)], entry, level)
    if entry.kind != "category":
        yield from _patterns(own, entry, level, weak=True)


def _own_words(words: Vocabulary) -> dict[str, list[str]]:
    """By name of a variable: the words of its label that no other variable and no value has."""
    told = {entry.name: _long_words(" ".join([entry.label, entry.noun])) for entry in _meant(words)}
    others = [_long_words(" ".join(level.label for level in entry.levels)) for entry in _meant(words)]
    often = Counter(chain(*told.values(), *others))
    return {name: [word for word in found if often[word] == 1] for name, found in told.items()}


def _long_words(text: str) -> set[str]:
    return {word.casefold() for word in re.findall(r"[^\W\d_]{4,}", text)} - _EMPTY


def _of_levels(entry: Variable) -> Iterator[_Term]:
    for level in entry.levels if entry.kind == "category" else ():
        phrases = [level.label, level.code.replace("_", " "), *level.also]
        yield from _patterns([phrase for phrase in phrases if phrase.casefold() not in _EMPTY], entry, level.code)


def _patterns(phrases: Iterable[str], entry: Variable, level: str, weak: bool = False) -> Iterator[_Term]:
    for phrase in dict.fromkeys(phrase.strip(" \"'") for phrase in phrases):
        tokens = re.findall(r"[^\W_]+", phrase)
        if tokens and len("".join(tokens)) > 1:
            yield _Term(_pattern(tokens), entry, level, weak or phrase.casefold() in ("pain",))


def _pattern(tokens: list[str]) -> re.Pattern[str]:
    """Words with any hyphens, and in any form that ends otherwise; codes of up to three letters as they are written."""
    *first, last = tokens
    is_code = len(tokens) == 1 and len(last) <= 3 and not last.islower() and last.casefold() != "age"
    if is_code:
        return re.compile(rf"(?<!\w)(?P<non>non-)?{re.escape(last)}s?(?!\w)")
    stem = re.sub(r"(?:ing|ers?|ed|es|e|s)$", "", last) if len(last) > 4 else last
    ends = _ENDINGS if len(last) > 4 else "d?" if last.casefold() == "age" else "s?"
    parts = [*("-?".join(map(re.escape, token)) for token in first), "-?".join(map(re.escape, stem)) + ends]
    return re.compile(rf"(?<!\w)(?P<non>non[\s–-]?)?{_JOINT.join(parts)}(?!\w)", re.I)
