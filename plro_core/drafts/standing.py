"""How a sentence speaks of a named value: of patients who have it or have it not, of all but those, or of others by the way."""

import re
from typing import Literal

#: ``all but``: those with it are left out; ``against``: somebody is compared with them; ``aside``: it makes no difference.
Standing = Literal["with", "without", "all but", "against", "aside"]

#: What may stand between such a word and the name of a group.
_FILLED = (
    r"(?:\W+(?:in|of|for|from|the|that|those|these|all|any|our|who|with|were|had|women|woman|patients?|mothers|cases"
    r"|group|values?|history|\d{1,4}|one|two|three|four|five|six|seven|eight|nine|ten)\b){0,6}\W*$"
)
_NOT = re.compile(
    r"\b(?:no(?!\s+(?:patient|women|woman|case|subject|participant|mother|(?:\w+\s+)?(?:differ|change|associat|correlat|relation|effect|influence)))"
    r"|not(?!\s+(?:differ|change|significant|associat|related|only|influence|affect|depend))|without|never|neither|nor|none(?!\s+of)"
    r"|free of|free from|denied|refus(?:ed|ing)|lack(?:ed|ing)?|absence of)(?:[^\w,;]+\w+){0,3}[^\w,;]*$"
    r"|\boff\s+(?:the\s+|any\s+)?$|\bnon[\s-]?(?:users?|recipients?|takers?)\s+of\W*$",
    re.I,
)
#: Behind a name: “… was not given to 6”, “… therapy had never been used”, “bisphosphonate-naive”.
_DENIED = re.compile(
    r"\s+(?:\w+\s+){0,2}?(?:was|were|is|are|has|had|did|does)(?:\s+(?:not|never)\b(?!\s+only)|n[’']t\b)"
    r"|[\s-]+(?:na[iï]ve|free|negative|non[\s-]?users?)\b"
    r"|\s+(?:was|were)\s+(?:withheld|refused|avoided)\b",
    re.I,
)
#: What leaves out whoever is named behind it.
_BUT = (
    r"apart from|aside from|except(?:ing)?(?: for)?|exceptions? of|exclu(?:ding|sion of)|other than|all but|leaving out|left out"
    r"|omitting|disregarding"
)
_ALL_BUT = re.compile(
    rf"(?:\b(?:{_BUT}|exclusive of|outside(?: of)?|everyone but|save for|omission of|removing|removal of"
    r"|not (?:counting|including|considering)|minus)"
    rf"|^\W*(?:but\s+)?without\s+the)\b{_FILLED}",
    re.I,
)
#: Words by which somebody is left out, whether or not the registry knows the words for whom.
LEAVES_OUT = re.compile(
    rf"\b(?:{_BUT}|excluded|omitted"
    r"|without (?:patient|case)s?\s*(?:no\.?|#)?\s*\d)",
    re.I,
)
_LEFT_OUT = re.compile(
    r"(?:\s+(?!not\b|and\b|or\b)\w+)?\s+(?:(?:was|were|are|being|had been|have been|is)\s+)?(?:\w+ly\s+)?"
    r"(?:excluded|left out|omitted|removed|disregarded|set aside|not (?:included|counted|considered))\b|\s+(?:group\s+)?aside\b",
    re.I,
)
_AGAINST = re.compile(
    r"\b(?:than|unlike|versus|vs\.?|against|compar(?:ed|ing|ison) (?:with|to)|relative to|(?:in )?contrast(?:ed|ing)? (?:to|with)"
    rf"|as opposed to|contrary to|rather than|instead of|counterparts? (?:of|to))(?<=[\w.]){_FILLED}",
    re.I,
)
_ASIDE = re.compile(
    rf"\b(?:regardless of|irrespective(?:ly)? of|independent(?:ly)? (?:of|from)|(?:adjust|controll)\w* for|including|whether or not"
    rf"|with (?:or|and) without|with or not|stratified (?:by|for)|according to)\b{_FILLED}",
    re.I,
)


def standing(text: str, start: int, end: int, is_non: bool = False) -> Standing:
    """How a text speaks of a value that is named from ``start`` to ``end``; ``is_non`` if with a “non-”, as in “non-smokers”."""
    before = text[max(0, start - 80) : start]
    if _ASIDE.search(before):
        return "aside"
    is_denied = _NOT.search(before[-40:]) is not None or _DENIED.match(text, end) is not None
    is_left_out = _ALL_BUT.search(before) is not None or _LEFT_OUT.match(text, end) is not None
    if is_left_out:
        return "with" if is_non else "all but"
    if _AGAINST.search(before):
        return "against"
    return "without" if is_denied != is_non else "with"
