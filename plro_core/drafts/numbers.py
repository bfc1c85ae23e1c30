"""The numbers of a sentence that are statistics, and what each of them is."""

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import cast

from plro_core.drafts.changing import change_of
from plro_core.drafts.mentions import NUMBER_WORDS
from plro_core.drafts.model import Part, Sentence, Statement

#: Not before a further digit of the number.
_ENDS = r"(?![\w]|[.·]\d|,\d{1,3}(?!\d))"
#: A number with commas or narrow spaces between thousands; a decimal point, or a comma before one or two decimals or behind a 0.
_N = (
    r"(?<![\w.])(?<!\d,)(?:(?<![\d\w])[−–-]\s?(?=\d))?"
    rf"(?:(?:\d{{1,3}}(?:[,\u00a0\u202f\u2009]\d{{3}})+|\d{{1,9}})(?:[.·]\d{{1,6}})?|\d{{1,6}},\d{{1,2}}|0,\d{{1,4}}){_ENDS}"
)
#: A number with its unit glued to it, as in “26kg”.
_U = r"\s*(?:%|[µa-zA-Z]{1,6}(?:/[a-zA-Z]{1,4})?|cm2|cm²)?\s*"
_TO = r"\s*(?:–|—|-|−|to|,|;|and)\s*"
_WHOLE = rf"(?<![\w.])(?<!\d,)(?:\d{{1,3}}(?:[,\u00a0\u202f\u2009]\d{{3}})+|\d{{1,9}}){_ENDS}"
_K = rf"(?:{_WHOLE}|\b(?:{'|'.join(NUMBER_WORDS)})\b)"
#: Words that stand between a number and the patients it counts, such as “consecutive”.
_ADJECTIVES = r"(?:(?!(?:years?|weeks?|months?|in|of|and|or|to|for|at)\b)[a-z-]+\s+){0,2}"
_PEOPLE = r"(?:patients?|women|woman|cases|subjects|participants|mothers|females)\b"
_OF_IQR = r"(?:IQR|inter-?quartile range|Q1\s*[–-]\s*Q3|quartiles)"
_OF_RANGE = r"(?:range|min(?:imum)?\s*[–-]\s*max(?:imum)?|lowest to highest)"


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text, re.I)


#: The forms of statistics in the order in which they are looked for; a number belongs to one of them.
_FORMS: tuple[re.Pattern[str], ...] = tuple(
    map(
        _pattern,
        (
            rf"(?P<centre>{_N}){_U}(?:±|\+/[-−–])\s*(?P<sd>{_N})",
            rf"(?P<centre>{_N}){_U}[(\[]\s*(?:(?:SD|s\.d\.|standard deviation)\s*[:=]?\s*±?|±)\s*(?P<sd>{_N}){_U}[)\]]",
            rf"(?P<centre>{_N}){_U}(?P<bracket>\()\s*(?P<sd>{_N}){_U}\)",
            rf"(?P<centre>{_N}){_U}[(\[,]\s*{_OF_IQR}\s*[:=,]?\s*(?P<q1>{_N}){_TO}(?P<q3>{_N})",
            rf"(?P<centre>{_N}){_U}[(\[]\s*min(?:imum)?\.?\s*[:=]?\s*(?P<minimum>{_N}){_U}[,;–-]?\s*max(?:imum)?\.?\s*[:=]?\s*(?P<maximum>{_N}){_U}[)\]]",
            rf"(?P<centre>{_N}){_U}[(\[,]\s*{_OF_RANGE}\s*[:=,]?\s*(?P<minimum>{_N}){_TO}(?P<maximum>{_N})",
            rf"(?P<centre>{_N}){_U}[(\[]\s*(?P<lower>{_N}){_TO}(?P<upper>{_N}){_U}[)\]]",
            rf"(?P<percent>{_N})\s*%\s*\(\s*(?P<k>{_WHOLE})\s*(?:/|(?:out )?of)\s*(?P<n>{_WHOLE})\s*\)",
            rf"(?P<k>none)\s+of\s+(?:the|our|these|all)?\s*(?:\w+\s+)?{_PEOPLE}",
            rf"(?P<k>{_K})\s+of\s+the\b(?!\s+(?:\w+\s+)?{_PEOPLE})(?!\s+{_K})",
            rf"(?P<k>{_K})\s+of\s+(?:them|whom|these|those)\b(?!\s+\w*\s*{_PEOPLE})",
            rf"\bof\s+(?:whom|them|these|those),?\s+(?P<k>{_K})\b(?!\s*(?:%|/|±|percent\b|per cent\b|patients|women|cases|of\b))",
            rf"(?P<k>{_K})\s+(?:{_PEOPLE}\s+)?(?:\(\s*(?P<percent>{_N})\s*%\s*\)\s*)?(?:out\s+)?of\s+(?:(?:the|all|our|these)\s+){{0,2}}"
            rf"(?P<n>{_K})(?:\s+{_PEOPLE})?(?:\s*\(\s*(?P<percent2>{_N})\s*%\s*\))?",
            rf"(?P<k>{_WHOLE})\s*/\s*(?P<n>{_WHOLE})(?:\s+{_PEOPLE})?(?:\s*[(,;]\s*(?P<percent>{_N})\s*%\s*\)?)?",
            rf"(?P<k>{_K})\s+in\s+(?P<n>{_K})\s+{_PEOPLE}",
            rf"(?P<percent>{_K})\s*(?:%|percent\b|per cent\b)(?P<between>[^%\d(;.]{{0,40}})\(\s*n\s*[=:]\s*(?P<k>{_WHOLE})\s*\)",
            rf"(?P<k>{_K})(?:\s+{_PEOPLE})?\s*\(\s*(?:(?P<percent>{_N})\s*%|%\s?(?P<percent2>{_N}))\s*\)",
            rf"\bn\s*[=:]\s*(?P<k>{_WHOLE})(?:\s*[,;(]\s*(?P<percent>{_N})\s*%)?",
            rf"(?P<percent>{_K})\s*(?:%|percent\b|per cent\b)(?!\s*(?:CI\b|confidence))",
            rf"(?P<k>{_K})\s+{_ADJECTIVES}{_PEOPLE}",
            rf"\b(?:from|between)\s+(?P<first>{_N}){_U}(?:\([^()\d]{{1,30}}\)\s*)?(?:to|and|–)\s+(?P<last>{_N})",
            rf"\b{_OF_IQR}\s*[:=,]?\s*(?:(?:was|of|is)\s+)?(?P<q1>{_N}){_TO}(?P<q3>{_N})",
            rf"(?P<first>{_N})\s*(?:–|—|-|−|\bto\b)\s*(?P<last>{_N})",
        ),
    )
)
#: Groups of the forms that are no numbers.
_NO_PARTS = ("between", "bracket")
_HEAD = _pattern(r"\bmean\b[^.;]{0,60}\b(?:SD|SEM?|standard (?:deviation|error))\b")
_SE = re.compile(r"\bSEM?\b|\b[Ss]tandard errors?\b")
_SD = re.compile(r"\bSDs?\b|\b[Ss]tandard deviations?\b")
#: What looks like a statistic and is none: places, references, years, doses, confidence levels, patients' numbers.
_NONE = re.compile(
    r"\b(?:fig(?:ure)?s?|tables?|ref(?:erence)?s?|chapter|version|page|pp?|appendix|supplement|equation)\.?\s*\d+(?:\s*(?:,|and|–|-)\s*\d+)*"
    r"|\b(?:patients?|cases?|patient no)\.?\s*(?:no\.?|numbers?|#)?\s*\d+(?:\s*(?:,\s*and|,|and|–|-|to)\s*\d+)*\b(?!\s*(?:%|patients|women))"
    r"|\[\s*[1-9]\d*\s*\]|(?<!\d)(?<!\d )\[\s*[1-9]\d*(?:\s*[,–-]\s*\d+)+\s*\]|\(\s*\d+(?:\s*[,–-]\s*\d+)+\s*\)(?!\s*(?:years|weeks|months))|(?<=[a-z] )\(\d{1,3}\)"
    r"|\b\d+(?:,\d+)?-?\(?(?:OH|hydroxy)\w*|\b\d+-?\([A-Z]{1,4}\)|\b[\dX]{4}(?:-[\dX]{4})+\b|\b(?:19|20)\d\d\b|\b\d+(?:[.,]\d+)?\s*(?:mg|IU|g|µg|mcg|mL|mm|cm|T|Tesla)\b(?!/)"
    r"|(?:\b\d+\s*%\s*)?\b(?:CI|confidence intervals?)\b[\s:=,(]*(?:[−–-]?\s?\d+(?:[.,·]\d+)?\s*%?\s*(?:–|—|-|−|to|,|;|and)\s*[−–-]?\s?\d+(?:[.,·]\d+)?)?"
    r"|\b(?:normal|reference)\s*(?:ranges?|values?|limits?|intervals?)?\s*(?:of|is|was|[:=,(])?\s*\d+(?:[.,]\d+)?\s*(?:–|—|-|−|to)\s*\d+(?:[.,]\d+)?"
    r"|\bp\s*[<=>]\s*0?[.,]\d+|\bp[\s-]values?\b(?:\s+\w+){0,5}?\s*(?:was|of|=|:)\s*0?[.,]\d+|\bT\d{1,2}\b|\bL\d\b|\bdoi\S+|\bhttps?\S+",
    re.I,
)
_CUES: tuple[tuple[Part, re.Pattern[str]], ...] = (
    ("mean", _pattern(r"\b(?:means?|averag(?:e|ed|es|ing))\b")),
    ("median", _pattern(r"\bmedians?\b")),
    ("sd", _SD),
    ("se", _SE),
    ("minimum", _pattern(r"\b(?:lowest|minimum|youngest|earliest|smallest)\b")),
    ("maximum", _pattern(r"\b(?:highest|maximum|oldest|latest|largest)\b")),
)
_RANGED = _pattern(r"\b(?:rang(?:e|ed|es|ing)|between|within|varied|minimum)\b")
_CHANGED = _pattern(
    r"\b(?:fell|fall|falls|decreas\w+|declin\w+|dropp?\w*|reduc\w+|improv\w+|rose|increas\w+|went|chang\w+|recover\w+|return\w+)\b"
)
_BARE = _pattern(_N)
#: Where one thing that is said ends and the next begins.
_BREAK = re.compile(r"[;:()]")


def statements(
    sentence: Sentence,
    named: Sequence[tuple[int, int]],
    bounded: Sequence[tuple[int, int]] = (),
    units: frozenset[str] = frozenset(),
    valued: Sequence[int] = (),
) -> tuple[list[Statement], int]:
    """The statements of a sentence in its order, and how many further numbers it has.

    ``named`` are places of names and visits, ``bounded`` of bounds that patients are counted by, and ``units`` those of the
    variables that are named: a number with one of them is no dose. ``valued`` is where values are named, such as the smokers in
    “4 smokers”.
    """
    nothing = [at.span() for at in _NONE.finditer(sentence.text) if at[0].split()[-1].casefold() not in units]
    taken = [*named, *bounded, *nothing]
    found: list[tuple[int, int, dict[Part, Decimal]]] = []
    for form in _FORMS:
        for at in form.finditer(sentence.text, sentence.begins):
            if _is_free(at.span(), taken) and (values := _values(sentence.text, at)):
                taken.append(at.span())
                found.append((at.start(), at.end(), values))
    bare = [at for at in _BARE.finditer(sentence.text, sentence.begins) if _is_free(at.span(), taken)]
    found += [(at.start(), at.end(), {_bare_part(sentence.text, at, valued): _number(at[0])}) for at in bare]
    found.sort(key=lambda one: one[:2])
    told = list(_with_cues(sentence, found, named))
    kept = [one for one in told if set(one.values) != {"value"} or named]
    return kept, len(told) - len(kept)


def _bare_part(text: str, at: re.Match[str], valued: Sequence[int]) -> Part:
    """What a bare number is: it counts those who are named right behind it, or is a value."""
    behind = re.compile(r"\s+").match(text, at.end())
    return "k" if behind and behind.end() in valued and re.fullmatch(_WHOLE, at[0]) else "value"


def _is_free(span: tuple[int, int], taken: list[tuple[int, int]]) -> bool:
    return not any(span[0] < end and start < span[1] for start, end in taken)


def _number(text: str) -> Decimal:
    word = text.casefold()
    plain = re.sub(r"[\s]", "", text.replace("−", "-").replace("–", "-").replace("·", "."))
    plain = re.sub(r",(?=\d{3}(?:\D|$))", "", plain) if not plain.lstrip("-").startswith("0,") else plain
    plain = plain.replace(",", ".")
    return Decimal(NUMBER_WORDS[word]) if word in NUMBER_WORDS else Decimal(plain)


def _values(text: str, at: re.Match[str]) -> dict[Part, Decimal]:
    """The numbers of a form by what they are; none where it is not what it looks like."""
    told = {
        name.removesuffix("2"): _number(said) for name, said in at.groupdict().items() if said and name not in _NO_PARTS
    }
    if at.groupdict().get("bracket") and not _HEAD.search(text, 0, at.start()):
        return {}  # a number and one in brackets, of which no head such as “mean (SD)” says that it is an SD
    values = cast(dict[Part, Decimal], told)  # the groups are named after the parts
    if {"k", "n"} <= set(values) and values["k"] > values["n"] and "/" in at[0]:
        return {}  # a ratio, a date
    if "lower" in values and values["lower"] > values["upper"]:
        return {}
    return values


def _with_cues(
    sentence: Sentence, found: list[tuple[int, int, dict[Part, Decimal]]], named: Sequence[tuple[int, int]]
) -> Iterator[Statement]:
    """Statements with what the words before them say that they are."""
    before, change = 0, None
    for number, (start, end, values) in enumerate(found, 1):
        cue, place = _cue(sentence.text[:start])
        change = change_of(sentence.text, before, start, end, named, change) if not {"k", "n"} & set(values) else None
        told = _changed(values, cue) if change else _settled(values, cue, sentence.text[:start])
        inherited = cue is not None and place < before and _BREAK.search(sentence.text[place:start]) is None
        told = _with_error(told, sentence.text)
        yield Statement(sentence, start, end, told, number, inherited and told != values, change)
        before = end


def _with_error(told: dict[Part, Decimal], text: str) -> dict[Part, Decimal]:
    """The numbers with “±” as a standard error where the sentence names one, and no SD."""
    is_error = "sd" in told and _SE.search(text) and not _SD.search(text)
    return {"se" if part == "sd" else part: number for part, number in told.items()} if is_error else told


def _changed(values: Mapping[Part, Decimal], cue: Part | None) -> dict[Part, Decimal]:
    """The numbers of a change: one alone is a mean or median, two are its range."""
    told = dict(values)
    if "first" in told:
        low, high = sorted((told["first"], told["last"]))
        return {"minimum": low, "maximum": high}
    for alone in ("percent", "value"):
        if alone in told:
            told["value" if cue else "centre"] = told.pop(cast(Part, alone))
    return _settled(told, cue, "")


def _cue(text: str) -> tuple[Part | None, int]:
    """Which statistic was named last before a number, and where."""
    found = [(at.end(), part) for part, pattern in _CUES for at in pattern.finditer(text)]
    place, part = max(found, default=(0, None))
    if part in ("sd", "se") and (
        pair := re.search(
            r"(mean|median)\W{0,3}(?:±|\()?\s*(?:SD|SEM?|standard (?:deviation|error))\W*$", text[:place], re.I
        )
    ):
        part = "mean" if pair[1].lower() == "mean" else "median"
    return part, place


def _settled(values: Mapping[Part, Decimal], cue: Part | None, before: str) -> dict[Part, Decimal]:
    """The numbers with what is still open settled by what was named before them."""
    told = dict(values)
    if "first" in told:
        return _span(told, before)
    centre = cue if cue in ("mean", "median") else "mean" if "sd" in told else "median" if "q1" in told else None
    if "centre" in told and centre:
        told[centre] = told.pop("centre")
    if "value" in told and cue:
        told[cue] = told.pop("value")
    if "lower" in told:
        told = _spread(told, before)
    if "k" in told and "percent" not in told and "n" not in told and cue == "mean" and " (" in before[-3:]:
        return told
    return told


def _spread(told: dict[Part, Decimal], before: str) -> dict[Part, Decimal]:
    """The two numbers in brackets behind a median, by the head that says what they are, where one does."""
    if re.search(_OF_IQR, before, re.I):
        names: tuple[Part, Part] | None = ("q1", "q3")
    elif re.search(_OF_RANGE, before, re.I):
        names = ("minimum", "maximum")
    else:
        names = None
    if names:
        told[names[0]], told[names[1]] = told.pop("lower"), told.pop("upper")
    return told


def _span(told: dict[Part, Decimal], before: str) -> dict[Part, Decimal]:
    """Two numbers as a range, or as a value that was first and one that was last."""
    first, last = told["first"], told["last"]
    if first > last or (_CHANGED.search(before) and not _RANGED.search(before)):
        return told
    return {"minimum": first, "maximum": last}
