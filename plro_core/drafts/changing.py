"""What a sentence says of changes: a number that is one, and bounds of a change or value that patients are counted by."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Literal

from plro_core.drafts.mentions import NUMBER_WORDS, Mention, Visit
from plro_core.drafts.model import Bound, Change, Side, Way

_NUMBER = rf"(?:[−–-]?\d{{1,9}}(?:[.,·]\d{{1,6}})?|\b(?:half|{'|'.join(NUMBER_WORDS)})\b)"
_UNIT = r"\s*-?\s*(?P<unit>%|percent\b|per cent\b|points?\b)"
#: A word that is a change, as a noun; as a verb.
_NOUNS: dict[Way, str] = {
    "fall": r"decreases?|declines?|falls?|drops?|reductions?|loss(?:es)?|relief",
    "rise": r"increases?|rises?|gains?",
    "either": r"changes?|improvements?",
}
_VERBS: dict[Way, str] = {
    "fall": r"fell|fallen|falling|decreas(?:ed|ing)|declin(?:ed|ing)|dropp(?:ed|ing)|reduc(?:ed|ing)|lower(?:ed|ing)|lost",
    "rise": r"rose|risen|rising|increas(?:ed|ing)|gain(?:ed|ing)|grew",
    "either": r"chang(?:ed|ing)|improv(?:ed|ing|es)",
}
_NOUN = "|".join(_NOUNS.values())
_WORD = re.compile(rf"\b(?:{_NOUN}|{'|'.join(_VERBS.values())})\b", re.I)
_OF_WAY: tuple[tuple[Way, re.Pattern[str]], ...] = tuple(
    (way, re.compile(rf"(?:{_NOUNS[way]}|{_VERBS[way]})", re.I)) for way in _NOUNS
)
#: What may stand before a number that is a change: “by a mean of”, “of about”.
_FILLED = (
    r"(?:\s*(?:about|approximately|almost|nearly|some|only|an?|the|mean|median|average|of|total|~|≈|\(?SD\)?|±))*\s*"
)
_BY = re.compile(rf"\bby\b{_FILLED}$", re.I)
_IS = re.compile(rf"(?:\b(?:of|was|were|is|averaged|ranged|varied)\b|[:=(]){_FILLED}$", re.I)
_TO = re.compile(
    r"\bto\s+(?:(?:an?|the|mean|median|average|values?|scores?|levels?|about|only)\s+)*(?:of\s+)?(?:(?:an?|about|only)\s+)*$",
    re.I,
)
#: What may stand between the noun and “of” or “was”, where names and visits are “X”.
_BETWEEN = re.compile(
    r"(?:[\s,/±]|\((?:SD|X)\)|\b(?:in|of|from|to|at|after|by|between|over|during|the|their|its|mean|median|average|scores?|levels?|values?|X|SD|and(?=\s+X))\b)*",
    re.I,
)
_BEHIND = re.compile(
    rf"(?:\s*-?\s*(?:%|percent\b|per cent\b|points?\b|[a-zµ]{{1,4}}\b)|)[\s-]+(?:(?:mean|median|average)\s+)?(?:\w+\s+)?(?P<word>{_NOUN})\b",
    re.I,
)
_AND_SO = re.compile(r"(?:[\s,%]|\b(?:points?|percent|and|by|at|after|of|X|months?)\b)*", re.I)
_PERCENT = re.compile(r"\s*-?\s*(?:%|percent\b|per cent\b)", re.I)

_SIDES: dict[Side, str] = {
    "at least": r"at least|no less than|a minimum of|minimum|≥|⩾|>=|=>",
    "more than": r"more than|greater than|higher than|over|above|exceeding|>",
    "at most": r"at most|no more than|not more than|up to|≤|⩽|<=",
    "less than": r"less than|lower than|below|under|<",
}
_COMPARED = rf"(?P<side>{'|'.join(_SIDES.values())})\s*(?:of\s+)?(?:an?\s+)?"
_OR_SO = r"(?:\s*,?\s*(?:or|and)\s+(?P<or>more|greater|higher|better|over|above|less|lower|below|fewer)\b)"
_SAID = rf"(?:{_COMPARED}(?P<number>{_NUMBER})(?:{_UNIT})?|(?P<number2>{_NUMBER})(?:{_UNIT.replace('unit', 'unit2')})?{_OR_SO})"
#: “improved by at least 50 %”, “a reduction of two points or more”.
_AFTER_WORD = re.compile(rf"\s*(?:by|of|was|were|[(])?\s*(?:an?\s+)?{_SAID}", re.I)
#: “at least a 50 % reduction”, “a 50 % or greater reduction”, “≥ 30 % pain relief”.
_BEFORE_WORD = re.compile(rf"{_SAID}[\s-]+(?:(?!(?:and|or|in|of)\b)\w+\s+){{0,3}}?(?P<word>{_NOUN})\b", re.I)
#: “a 50 % reduction was seen in 8”: no word says that it is a bound.
_PLAIN_BOUND = re.compile(
    rf"(?P<number>{_NUMBER}){_UNIT}[\s-]+(?:\w+\s+)?(?P<word>{_NOUN})\b(?=[^.;:±]{{0,60}}\b(?:in|by)\s+(?:\d+|{'|'.join(NUMBER_WORDS)})\b(?!\s*(?:st|nd|rd|th)?\s*-?months?))",
    re.I,
)
_AFTER_NAME = re.compile(
    rf"[\s)]*(?:scores?|values?|levels?)?\s*(?:(?:of|was|is|were|had been|remained|fell|=|:)\s*)?(?:to\s+)?{_SAID}",
    re.I,
)
_AFTER_SCORE = re.compile(rf"\b(?:scores?|values?|levels?)\s*(?:(?:of|was|is|were|=|:)\s*)?{_SAID}", re.I)
_JUST = re.compile(
    rf"[\s)]*(?:scores?|values?|levels?)?\s*(?:(?:of|=)\s*(?P<number>{_NUMBER})(?![\w.,]*\d|\s*(?:±|\(|–|-|to\b|and\b|%))"
    rf"|(?:was|were|fell to|decreased to|dropped to)\s+(?P<number2>{_NUMBER})(?=\s+in\s+(?:\d+|{'|'.join(NUMBER_WORDS)})\b))",
    re.I,
)
_PAINLESS = re.compile(
    r"\b(?:pain[\s-]?free|free (?:of|from) pain|complete pain relief|no (?:more |residual |remaining )?pain|without (?:any )?pain|painless)\b(?!\s*(?:control|score|relief))",
    re.I,
)
#: “VAS fell in 9 of 10”, “an improvement in VAS was seen in 9”, where names are “X”.
_IN_SO_MANY = re.compile(
    rf"\s*(?:(?:in|of)\s+(?:the\s+)?X\s*(?:scores?|levels?)?\s*)?(?:\w+ly\s+)?(?:(?:was|were)\s+(?:seen|observed|noted|found|recorded|achieved)\s+)?(?:(?:at|by|after)\s+X\s+)?in\s+(?:all\s+(?:of\s+)?(?:the\s+|our\s+)?)?(?:\d+|{'|'.join(NUMBER_WORDS)})\b(?!\s*-?(?:months?|weeks?|years?))",
    re.I,
)
_NOT = re.compile(r"\b(?:not|never|without|failed to|no)\s+(?:\w+\s+){0,3}$", re.I)
_OTHER: dict[Side, Side] = {
    "at least": "less than",
    "more than": "at most",
    "at most": "more than",
    "less than": "at least",
    "just": "other than",
}
#: A cue that a number is a statistic and not the value of somebody.
_STATISTIC = re.compile(r"\b(?:means?|medians?|averag\w+|range\w*|SD|IQR|lowest|highest|minimum|maximum)\b", re.I)
_COUNTS = re.compile(
    rf"\b(?:in|by|of|for)\s+(?:\d+|{'|'.join(NUMBER_WORDS)})\b|\b(?:patients|women|cases)\b|\b(?:\d+|one)\s+patient\b(?!\s*(?:no|#|\d))|\d\s*/\s*\d",
    re.I,
)


def change_at(text: str, begun: int, start: int, end: int, named: Sequence[tuple[int, int]]) -> Change | None:
    """The change that a number is, by the words before it from ``begun`` on and those right behind it; ``None`` if it is none.

    ``named`` are places of names and visits, in which no word is a change: a weight gain is a value.
    """
    percent = _is_percent(text, start, end)
    behind = _BEHIND.match(text, end)
    if behind and not _overlaps(behind.span("word"), named):
        return Change(_way(behind["word"]), percent)
    before = text[:start]
    words = [at for at in _WORD.finditer(text, begun, start) if not _overlaps(at.span(), named)]
    if not words or _TO.search(before):
        return None
    last = words[-1]
    if _NOT.search(text[: last.start()]):
        return None
    between = _masked(text, last.end(), start, named)
    is_by = _BY.search(before) is not None and not re.search(r"[.;:]|\bfollowed\b", between) and len(between) < 100
    is_it = (
        (said := _IS.search(before)) is not None
        and re.fullmatch(_NOUN, last[0], re.I) is not None
        and _BETWEEN.fullmatch(_masked(text, last.end(), said.start(), named)) is not None
    )
    return Change(_way(last[0]), percent) if is_by or is_it else None


def change_of(
    text: str, begun: int, start: int, end: int, named: Sequence[tuple[int, int]], before: Change | None
) -> Change | None:
    """The change that a number is, also where the number before it is one and nothing else is said: “by 4 at month 1 and 5 at month 3”."""
    told = change_at(text, begun, start, end, named)
    if told is None and before is not None and _AND_SO.fullmatch(_masked(text, begun, start, named)):
        return replace(before, percent=_is_percent(text, start, end))
    return told


def _is_percent(text: str, start: int, end: int) -> bool:
    """Whether a number is in percent, by its last sign or the word behind it."""
    return _PERCENT.match(text, end) is not None or text[start:end].rstrip().endswith("%")


def _masked(text: str, start: int, end: int, named: Sequence[tuple[int, int]]) -> str:
    """A piece of text with “X” in the place of each name and visit."""
    told, at = [], start
    for first, last in sorted(named):
        if at <= first < end:
            told += [text[at:first], "X"]
            at = last
    return "".join([*told, text[at:end]])


def _overlaps(span: tuple[int, int], named: Sequence[tuple[int, int]]) -> bool:
    return any(span[0] < end and start < span[1] for start, end in named)


def _way(word: str) -> Way:
    return next(way for way, pattern in _OF_WAY if pattern.fullmatch(word))


# Bounds


def bounds(text: str, begins: int, named: Sequence[Mention], at_visits: Sequence[Visit]) -> list[Bound]:
    """Everything in a text that patients may be counted by, in its order; of two that overlap the first."""
    places = [*((one.start, one.end) for one in named), *((one.start, one.end) for one in at_visits)]
    found = [
        *_of_changes(text, begins, places),
        *_of_values(text, begins, named),
        *_of_scores(text, begins),
        *_painless(text, begins),
    ]
    kept: list[Bound] = []
    for one in sorted(found, key=lambda one: (one.start, -one.end)):
        if not any(one.start < other.end and other.start < one.end for other in kept):
            kept.append(one)
    return kept


def _of_changes(text: str, begins: int, named: Sequence[tuple[int, int]]) -> Iterator[Bound]:
    for word in _WORD.finditer(text, begins):
        if _overlaps(word.span(), named):
            continue
        at = _after(text, word.end(), named)
        if at and (one := _bound(at, _way(word[0]), word.start())):
            yield _denied(text, one)
        elif _IN_SO_MANY.match(_masked(text, word.end(), len(text), named)):
            yield _denied(text, Bound(*word.span(), _way(word[0]), "more than", Decimal(0)))
    for pattern in (_BEFORE_WORD, _PLAIN_BOUND):
        for at in pattern.finditer(text, begins):
            is_plain = pattern is _PLAIN_BOUND
            if _overlaps(at.span("word"), named) or (is_plain and _STATISTIC.search(text[begins : at.start()])):
                continue
            if one := _bound(at, _way(at["word"]), at.start(), "at least" if is_plain else None):
                yield _denied(text, one)


def _after(text: str, place: int, named: Sequence[tuple[int, int]]) -> re.Match[str] | None:
    """The bound behind a word for a change, right behind it or after the names of what changes."""
    for _ in range(3):
        if at := _AFTER_WORD.match(text, place):
            return at
        gap = re.compile(r"\s*(?:(?:in|of|from|at|after|to|by|the|and|score|scores|their)\s+){0,3}").match(text, place)
        begun = gap.end() if gap else place
        following = next((end for start, end in named if start <= begun + 1 and begun < end), None)
        if following is None:
            return None
        place = following
    return None


def _of_values(text: str, begins: int, named: Sequence[Mention]) -> Iterator[Bound]:
    for one in named:
        if not one.variable.is_number or one.weak or one.start < begins:
            continue
        at = _AFTER_NAME.match(text, one.end)
        if at is not None and (found := _bound(at, "value", at.start(), None)) and not found.percent:
            yield found
            continue
        just = _JUST.match(text, one.end)
        if just is None or _STATISTIC.search(text[begins : just.start()]):
            continue
        told = "number" if just["number"] else "number2"
        counts = _COUNTS.search(f"{text[begins : just.start(told)]}X{text[just.end(told) :]}")
        if counts and just[told].casefold() != "half":
            yield Bound(just.start(told), just.end(told), "value", "just", _number(just[told]))


def _of_scores(text: str, begins: int) -> Iterator[Bound]:
    """Bounds behind “a score of”, whatever it is a score of."""
    for at in _AFTER_SCORE.finditer(text, begins):
        if (found := _bound(at, "value", at.start())) and not found.percent:
            yield found


def _painless(text: str, begins: int) -> Iterator[Bound]:
    for at in _PAINLESS.finditer(text, begins):
        yield _denied(text, Bound(at.start(), at.end(), "no pain", "at most", Decimal(0)))


def _denied(text: str, one: Bound) -> Bound:
    """The other side of a bound that is denied: “did not fall by 50 %”."""
    return replace(one, side=_OTHER[one.side]) if _NOT.search(text[: one.start]) else one


def _bound(at: re.Match[str], of: Literal["value"] | Way, start: int, side: Side | None = None) -> Bound | None:
    told = {name.removesuffix("2"): said for name, said in at.groupdict().items() if said}
    if side is None:
        side = _side(told.get("side", ""), told.get("or", ""))
    number, unit = told["number"], told.get("unit", "")
    is_half = number.casefold() == "half"
    if of == "value" and is_half:
        return None
    percent = is_half or unit.startswith(("%", "per"))
    return Bound(start, at.end(), of, side, Decimal(50) if is_half else _number(number), percent)


def _side(compared: str, or_so: str) -> Side:
    if or_so:
        return "at most" if or_so.lower() in ("less", "lower", "below", "fewer") else "at least"
    return next(side for side, words in _SIDES.items() if re.fullmatch(words, compared, re.I))


def _number(text: str) -> Decimal:
    word = text.casefold()
    if word in NUMBER_WORDS:
        return Decimal(NUMBER_WORDS[word])
    return Decimal(text.replace("−", "-").replace("–", "-").replace("·", ".").replace(",", "."))
