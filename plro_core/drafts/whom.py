"""Of which patients a statement tells."""

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from plro_core.cohort import Cohort, Criterion
from plro_core.drafts.around import Around
from plro_core.drafts.mentions import Mention
from plro_core.vocabulary import Variable, Vocabulary

#: Before a group of whom something is told.
_OF_WHOM = re.compile(
    r"\b(?:in|among|amongst|of|for|with|without|who|those|by|women|patients|group)\W+(?:\w+\W+){0,3}$", re.I
)
_LEADING = re.compile(r"^\W*(?:in|among|amongst|of|for)\b", re.I)
#: Behind a group of whom something is told: “bisphosphonate users”, “bisphosphonate-treated patients”.
_PEOPLE = re.compile(
    r"[\s-]+(?:treated\s+|using\s+|positive\s+)?(?:users?|group|patients?|women|cohort|mothers|cases|subjects|participants)\b",
    re.I,
)
_WITH = re.compile(r"\b(?:with|had|have|has|suffered|sustained)\s+(?:an?\s+|any\s+)?$", re.I)
_INTO_BRACKETS = re.compile(r"\s*[(\[]\s*(?:(?:mean|median|n\s*=\s*\d+[,;])\s*)?", re.I)
_ONE_PATIENT = re.compile(
    r"\b(?:patient|case)(?: no\.?| number| #)?\s*(\d{1,9})\)?\s*(?:(?:\(|of|with|had|has|was|at|:|,)?|(?:had|has|with|reported)\s+(?:an?\s+)?(?:[a-z-]+\s+){1,3}(?:of\s+)?)\s*$",
    re.I,
)
#: Between what is said of the same patients.
_AND_HAD = re.compile(
    r"\W+(?:and|or|nor)\s+(?:(?:who|had|with|without|were|an?|also|did|not|in|the)\s+)*(?:non-?)?", re.I
)
#: Patients whom only another sentence or another group tells.
_THE_OTHERS = re.compile(
    r"\b(?:others|the other|(?:the|all) rest|remaining|remainder|the former|the latter|counterparts?|subgroups?|subset|each group|both groups|either group|(?:other|first|second|control|comparison) group|non-?users?|non-?recipients?|untreated)\b",
    re.I,
)


def group_of(around: Around, words: Vocabulary) -> tuple[Cohort, str]:
    """The patients of whom a number is told, and why that is not clear; in a table they are told by row or column.

    They are named beside it, else at the beginning of the sentence; those who are left out may be named in either place.
    """
    named = [one for one in with_any(around) if one.level and not one.weak and not one.variable.per_visit]
    sentence = around.statement.sentence
    if sentence.begins:
        return cohort_of(around.between(named, 0, sentence.begins), words), ""
    valued = [one for one in named if one.is_told]
    left_out = excluded(around, named)
    in_order, unclear = _in_order(around, valued)
    near = _with_kin(around, [one for one in around.near(valued) if _is_group(around.text, one)], valued)
    whom = in_order or _behind_n(around, valued) or _bracketed(around, valued) or near or leading_group(around, valued)
    if not whom and not left_out:
        unclear = unclear or _others(around, named) or joined(around, valued)
    unclear = unclear or _doubtful(around, whom)
    return cohort_of([*whom, *left_out], words), unclear or contrary(whom)


def excluded(around: Around, named: Sequence[Mention]) -> list[Mention]:
    """Those who are left out: before every number, or in the words around this one."""
    left_out = [one for one in named if one.standing == "all but"]
    return [one for one in left_out if one.start < around.first or around.begins <= one.start < around.ends]


def left_out_words(left_out: Sequence[Mention]) -> list[str]:
    """That patients are left out is a guess: “apart from” may mean besides."""
    return [f"those with {one.variable.words} are read as left out" for one in left_out]


def _doubtful(around: Around, whom: Sequence[Mention]) -> str:
    """That a word beside a number may say which patients are meant, such as “mothers of twins”, “after surgery”; else empty."""
    text = around.text
    told = {one.variable for one in whom}
    named = [one for one in with_any(around) if not one.variable.is_number and not one.variable.per_visit]
    maybe = [one for one in around.near(named) if one.variable not in told and one.standing != "aside"]
    maybe = [one for one in maybe if one.is_told and (not whom or one.weak)]
    maybe = [one for one in maybe if one.level or _OF_WHOM.search(text[: one.start])]
    return (
        f"whether “{text[maybe[0].start : maybe[0].end]}” says which patients are meant is not clear" if maybe else ""
    )


def joined(around: Around, valued: Sequence[Mention]) -> str:
    """That two groups are named in one breath, as in “for smokers and non-smokers”, with one number or several; else empty."""
    for one, other in pairwise(valued):
        is_other = (
            one.variable == other.variable
            and not one.variable.many
            and (one.standing, one.level) != (other.standing, other.level)
        )
        if is_other and _AND_HAD.fullmatch(around.text[one.end : other.start]):
            return "which of the groups is meant is not clear"
    return ""


def _behind_n(around: Around, valued: Sequence[Mention]) -> list[Mention]:
    """The group of “2.5 (n = 6 non-smokers)”."""
    following = around.after
    if (
        following is None
        or not following.printed.lower().startswith("n")
        or following.start - around.statement.end > 25
    ):
        return []
    return [one for one in valued if re.fullmatch(r"\W*(?:non-?)?", around.text[following.end : one.start])]


def _in_order(around: Around, valued: Sequence[Mention]) -> tuple[list[Mention], str]:
    """The group of a number by its place among the numbers, where the sentence says “respectively”."""
    groups = [one for one in valued if _is_group(around.text, one)] if "respectively" in around.text.lower() else []
    place, number = around.place
    groups = _with_kin(around, groups, valued)
    if len(groups) == number > 1:
        return [groups[place]], ""
    return [], "which of the groups is meant is not clear" if len(groups) > 1 else ""


def _with_kin(around: Around, groups: Sequence[Mention], valued: Sequence[Mention]) -> list[Mention]:
    """Groups with what is said of the same patients: “who neither smoked nor had twins”, “smokers and non-smokers”."""
    found = list(groups)
    for one in valued:
        if (
            found
            and one not in found
            and found[-1].end < one.start
            and _AND_HAD.fullmatch(around.text[found[-1].end : one.start])
        ):
            found.append(one)
    return found


def _others(around: Around, named: Sequence[Mention]) -> str:
    """That a number seems to be of some patients whom the sentence does not name in words of the registry; else empty."""
    text = around.text
    beside = text[around.begins : around.ends]
    if any(one.standing == "against" for one in named) or _THE_OTHERS.search(beside):
        return "which patients are meant is not clear"
    return ""


def contrary(whom: Sequence[Mention]) -> str:
    """That patients with a value and patients without it are both named; else empty."""
    standings = {(one.variable, one.standing) for one in whom}
    both = len(standings) > len({variable for variable, _ in standings})
    return "which of the groups is meant is not clear" if both else ""


def with_any(around: Around) -> list[Mention]:
    """What the sentence names, where “with fractures” is a fracture of whatever level."""
    told = {one.variable for one in around.mentions if one.level}
    return [
        replace(one, level=",".join(level.code for level in one.variable.levels))
        if one.variable.many and one.variable not in told and _WITH.search(around.text[: one.start])
        else one
        for one in around.mentions
    ]


def _bracketed(around: Around, valued: Sequence[Mention]) -> list[Mention]:
    """The group whose number stands in brackets right behind it: “smokers (29.8 years)”."""
    return [one for one in valued if _INTO_BRACKETS.fullmatch(around.text[one.end : around.statement.start])]


def one_patient(around: Around, words: Vocabulary) -> Cohort | None:
    """The patient whose number stands right before a value."""
    told = _ONE_PATIENT.search(around.text[: around.statement.start])
    return Cohort((Criterion.parse("patients", told[1].lstrip("0") or "1", words),)) if told else None


def _is_group(text: str, one: Mention) -> bool:
    is_named_so = text[one.start : one.end].lower().endswith("ers") or _PEOPLE.match(text, one.end) is not None
    return is_named_so or _OF_WHOM.search(text[: one.start]) is not None


def leading_group(around: Around, valued: Sequence[Mention]) -> list[Mention]:
    """The group with which the sentence begins, as in “Among smokers, …”."""
    comma = around.text.find(",")
    first = around.between(valued, 0, comma if comma > 0 else 0)
    return first if first and _LEADING.search(around.text) and first[0].start < around.statement.start else []


def cohort_of(named: Sequence[Mention], words: Vocabulary) -> Cohort:
    """Patients with all that is named; of several values of one variable with any of them."""
    levels: dict[Variable, list[Mention]] = {}
    for one in named:
        levels.setdefault(one.variable, []).append(one)
    return Cohort(tuple(_criterion(entry, told, words) for entry, told in levels.items()))


def _criterion(entry: Variable, told: Sequence[Mention], words: Vocabulary) -> Criterion:
    negated = told[0].negated
    levels = ",".join(dict.fromkeys(one.level for one in told))
    if told[0].standing == "all but":  # those of whom it is not recorded are not left out
        return Criterion.parse(entry.name, f"!{levels},~", words)
    if entry.kind == "boolean":
        return Criterion.parse(entry.name, "no" if negated else "yes", words)
    return Criterion.parse(entry.name, f"{'!' if negated else ''}{levels}", words)
