"""What a number of patients in a sentence counts: what they have, and among whom."""

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from plro_core.cohort import Cohort
from plro_core.drafts.around import Around
from plro_core.drafts.measured import since, unchangeable, visit_of, weakly
from plro_core.drafts.mentions import NUMBER_WORDS, Mention, pain_scale
from plro_core.drafts.model import NO_VARIABLE, Bound, Joint, Reading
from plro_core.drafts.whom import (
    cohort_of,
    contrary,
    excluded,
    group_of,
    joined,
    leading_group,
    left_out_words,
    with_any,
)
from plro_core.text import visit_name
from plro_core.vocabulary import Variable, Vocabulary

_IN_SO_MANY = re.compile(r"\b(?:in|by|for|of|to)\s*(?:only\s*)?\(?\s*$", re.I)
_OF_THEM = re.compile(r"\bof\s+(?:them|whom|these|those)$|^of\s+(?:them|whom|these|those)\b", re.I)
#: From here on something else is said of the patients who were counted.
_BESIDES = re.compile(
    r"\bof (?:whom|them|these|those)\b|\b(?:both|all|each)(?: of (?:them|whom))?\s+(?=[\w-]+\s*[–—,)-])|;", re.I
)
#: Before those of whom some are counted: “half of the …”.
_PART_OF = re.compile(
    r"\b(?:half|most|all|some|many|both|none|third|quarter|%|percent|cent) of (?:the |our |all |these )*$", re.I
)
_ALL_BUT = re.compile(r"\b(?:all|everybody|everyone)\s+(?:but|except(?: for)?)\s*$", re.I)
_KNOWN = re.compile(
    r"\s*(?:(?:status|data|history|information)\s+)?(?:was|were|is|are)\s+(?:known|available)\b"
    r"|\s*(?:status|data|information)\s+(?:was|were|is|are)\s+(?:recorded|documented|reported)\b",
    re.I,
)
_ONLY = re.compile(r"\b(?:only|solely|alone|isolated)\W+(?:\w+\W+)?$", re.I)
#: Behind a number of the rest, of whom nothing else is said.
_DID_NOT = re.compile(
    r"\s*(?:(?:patients|women|of them)\s+)?(?:did|had|were|was|have)(?:\s+not|n[’']t)\b\s*(?:[.,;]|$)", re.I
)
#: An exception of so many, such as “all except two”, of whom nothing else is said.
_EXCEPT = re.compile(
    rf"\b(?:except(?: for)?|apart from|all but|other than|with the exception of)\s+(?:for\s+)?(?:\d+|{'|'.join(NUMBER_WORDS)})\s*(?:[.,;]|(?:of them|patients?|women)\s*[.,;]|$)",
    re.I,
)


def counted_reading(around: Around, words: Vocabulary, before: Reading | None) -> Reading:
    if _ALL_BUT.search(around.text[: around.statement.start]):
        return Reading(problem="How many are left out is not counted; say how many there are.")
    of_values = _of_values(around, before)
    if of_values is not None:
        return of_values
    if _EXCEPT.search(around.text):
        return Reading(problem="Some are said to be left out, by their number alone.")
    opposite = _opposite(around, before)
    if opposite is not None:
        return opposite
    named = [one for one in with_any(around) if one.level]
    valued = [one for one in named if one.is_told]
    told = _told(around, valued)
    bound = _bound(around, told, before)
    if bound is not None:
        return _bounded(around, bound, words, before)
    if _OF_THEM.search(around.statement.printed):
        return _of_them(around, told, words, before)
    if not told:
        group, unclear = group_of(around, words)
        is_alone = {"k"} == set(around.statement.values) and not unclear
        return Reading(cohort=group, problem="" if is_alone else NO_VARIABLE)
    following = _of_next_group(around, told, words, before)
    if following is not None:
        return following
    is_part = around.statement.printed.lower().endswith("of the")
    whom, told = _of_whom(around, told, is_part)
    if is_part and not whom:
        return Reading(problem="It is not said in this sentence what these patients have.")
    first = told[0]
    same = [one for one in told if one.variable == first.variable]
    others = [one for one in told if one.variable != first.variable and not one.weak]
    others += [one for one in valued if _is_group_behind(around, first, one)]
    leading = [one for one in leading_group(around, valued) if one not in told]
    left_out = [one for one in excluded(around, named) if one.variable != first.variable]
    month, guesses = visit_of(around, first.variable, words)
    guesses += [*(weakly(around.text, one) for one in same[:1] if one.weak), *left_out_words(left_out)]
    whom = list(dict.fromkeys((*leading, *whom, *others, *left_out)))
    cohort = cohort_of([one for one in whom if not one.variable.per_visit], words)
    levels = _levels(around, same)
    return Reading(
        first.variable,
        month,
        levels,
        _joint(around, same),
        first.negated,
        cohort,
        None,
        tuple(guesses),
        problem="Which of them are meant is not clear." if contrary([*same, *whom]) or joined(around, valued) else "",
        is_weak=first.weak,
    )


def _is_group_behind(around: Around, first: Mention, one: Mention) -> bool:
    """Whether it is the group of “was given to 1 of 4 smokers”, where what is counted is named before the number."""
    return (
        first.start < around.statement.start
        and one.variable != first.variable
        and not one.weak
        and _is_beside(around, one)
    )


def _opposite(around: Around, before: Reading | None) -> Reading | None:
    """The reading of the rest in “40% smoked and 60% did not”."""
    if (
        before is None
        or before.variable is None
        or not before.levels
        or not _DID_NOT.match(around.text, around.statement.end)
    ):
        return None
    return replace(before, negated=not before.negated)


def _of_next_group(
    around: Around, told: Sequence[Mention], words: Vocabulary, before: Reading | None
) -> Reading | None:
    """The reading of the second in “1 of 4 smokers and 3 of 6 non-smokers”: the same is counted among others."""
    is_next = before is not None and before.levels and before.cohort.criteria and "n" in around.statement.values
    if before is None or not is_next or around.before is None or not _is_beside(around, told[0]):
        return None
    between = around.text[around.before.end : around.statement.start]
    whom = [one for one in told if one.variable == told[0].variable]
    known = {one.variable for one in before.cohort.criteria}
    if len(whom) != len(told) or told[0].variable not in known or re.search(r"[;.]", between):
        return None
    return replace(before, cohort=cohort_of(whom, words))


def _levels(around: Around, same: Sequence[Mention]) -> tuple[str, ...]:
    """The values that are counted; every one where it is only said in how many something is known."""
    first = same[0]
    if _KNOWN.match(around.text, first.end):
        return tuple(level.code for level in first.variable.levels)
    return tuple(dict.fromkeys(level for one in same for level in one.level.split(",")))


def _bound(around: Around, told: Sequence[Mention], before: Reading | None) -> Bound | None:
    """The bound that patients are counted by: behind the number, or before it where it is “… in 8 patients”."""
    start, end = around.statement.start, around.statement.end
    earlier = around.between(around.bounds, around.begins, start)
    behind = around.between(around.bounds, end, around.ends)
    if earlier and (
        _IN_SO_MANY.search(around.text[:start]) or around.text[:start].rstrip().endswith("(") or not behind
    ):
        return earlier[-1]
    if behind:
        return behind[0]
    if before is not None and before.bound is not None and not told:
        return before.bound
    return None


def _bounded(around: Around, bound: Bound, words: Vocabulary, before: Reading | None) -> Reading:
    """The reading of a number of patients with a value or a change on one side of a bound."""
    variable, guesses = _changing(around, bound, words, before)
    if variable is None:
        return Reading(problem=NO_VARIABLE)
    bound, problem = with_way(bound, variable)
    month, guess = _month_of(around, bound, variable, words)
    valued = [
        one for one in around.mentions if one.level and one.is_told and not one.weak and not one.variable.per_visit
    ]
    whom = [one for one in valued if _is_beside(around, one)]
    return Reading(
        variable,
        month,
        cohort=cohort_of([*whom, *(one for one in leading_group(around, valued) if one not in whom)], words),
        guesses=(*guesses, *guess),
        problem=problem or (unchangeable(variable, bound.percent) if bound.is_change else ""),
        is_weak=bool(guesses),
        is_at_any_visit=bool(guess),
        bound=bound,
        since=since(around, month) if bound.is_change else None,
    )


def _is_beside(around: Around, one: Mention) -> bool:
    """Whether a value is named right behind the number, as in “2 of 4 smokers”, or behind “in 2 patients with …”."""
    between = around.text[around.statement.end : one.start]
    return 0 <= one.start - around.statement.end <= 40 and not re.search(r"[,;:]|\b(?:had|was|were|and)\b", between)


def _changing(
    around: Around, bound: Bound, words: Vocabulary, before: Reading | None
) -> tuple[Variable | None, list[str]]:
    """The measurement that a bound is of, and what of that is a guess."""
    numeric = [one for one in around.mentions if one.variable.is_number and not one.weak]
    pain = pain_scale(words)
    if bound.of == "no pain":
        return pain, []
    beside = [one for one in numeric if one.start < bound.start] or numeric
    if bound.of == "value":
        beside = [one for one in numeric if one.end <= bound.start] or numeric
    if beside:
        return beside[-1 if beside[-1].start < bound.start else 0].variable, []
    if pain is not None and re.search(r"\bpain\b", around.text, re.I):
        return pain, []
    if before is not None and before.variable is not None and before.variable.is_number:
        return before.variable, [f"“{before.variable.label}” is that of the number before"]
    if pain is not None and bound.is_change:
        return pain, [f"no measurement is named; read as “{pain.label}”"]
    return None, []


def with_way(bound: Bound, variable: Variable) -> tuple[Bound, str]:
    """The bound with the way of the change: less is better on a scale of complaints, of anything else it is not said."""
    if bound.of != "either":
        return bound, ""
    if variable.severity:
        return replace(bound, of="fall"), ""
    return bound, f"It is not said whether more or less of “{variable.label}” is meant."


def _month_of(around: Around, bound: Bound, variable: Variable, words: Vocabulary) -> tuple[int | None, list[str]]:
    """The visit at which patients are counted: that of the number, else that of the bound, else the only one that is named."""
    if not variable.per_visit:
        return None, []
    first = words.months[0]
    named = [one for one in around.visits if one.month != first] if bound.is_change else list(around.visits)
    for among in (
        around.near(named),
        around.between(named, bound.start, max(bound.end, around.statement.start)),
        named,
    ):
        if len({one.month for one in among}) == 1:
            return among[0].month, []
    month = words.months[-1] if bound.is_change or bound.of == "no pain" else first
    several = len({one.month for one in named}) > 1
    said = "several visits are named" if several else "no visit is named"
    return month, [f"{said}; read as {visit_name(month).lower()}"]


def _of_them(around: Around, told: list[Mention], words: Vocabulary, before: Reading | None) -> Reading:
    """Of “four smoked; two of them continued breastfeeding” the two: among those of the number before."""
    if before is None or not before.levels or before.variable is None or not told:
        return Reading(problem="It is not said in this sentence of whom, or what of them.")
    is_known = set(before.levels) == {level.code for level in before.variable.levels}  # of whom it is known
    levels = () if is_known else before.levels
    earlier = [Mention(0, 0, before.variable, level, "without" if before.negated else "with") for level in levels]
    same = [one for one in told if one.variable == told[0].variable]
    whom = Cohort((*before.cohort.criteria, *cohort_of(earlier, words).criteria))
    levels = tuple(dict.fromkeys(one.level for one in same))
    return Reading(same[0].variable, None, levels, _joint(around, same), same[0].negated, whom)


def _of_values(around: Around, before: Reading | None) -> Reading | None:
    """The reading of an “n = 8” that stands right behind a mean or median: how many values it is of."""
    earlier, statement = around.before, around.statement
    if (
        before is None
        or before.variable is None
        or not before.variable.is_number
        or earlier is None
        or earlier.is_count
    ):
        return None
    is_behind = statement.start - earlier.end <= 25 and statement.printed.lower().startswith("n")
    return replace(before, n=None) if is_behind and set(statement.values) == {"k"} else None


def _told(around: Around, valued: Sequence[Mention]) -> list[Mention]:
    """The values that patients are counted by: behind the number, or before it where it is “… in 4 patients”."""
    start, end = around.statement.start, around.statement.end
    if around.statement.sentence.begins:
        return around.between(valued, 0, start)
    stop = _BESIDES.search(around.text, end, around.ends)
    before = around.between(valued, around.begins, start)
    behind = around.between(valued, end, stop.start() if stop else around.ends)
    if stop and not behind:
        after = re.compile(r"[^–—,)]*[–—,)]").match(around.text, stop.end())
        behind = around.between(valued, after.end(), around.ends) if after else []
    leading = leading_group(around, valued)
    before = [one for one in before if one not in leading] or ([] if behind else before)
    if before and (_IN_SO_MANY.search(around.text[:start]) or around.text[:start].rstrip().endswith("(")):
        return before
    comma = re.search(r"[,;]", around.text[end : around.ends])
    if before and comma and not around.between(valued, end, end + comma.start()):
        return before
    return behind or before


def _of_whom(around: Around, told: list[Mention], is_part: bool) -> tuple[list[Mention], list[Mention]]:
    """Of “2 of 4 smokers continued breastfeeding” the smokers, and the rest."""
    first = told[0]
    others = [one for one in told if one.variable != first.variable]
    is_right_behind = 0 <= first.start - around.statement.end <= 12
    in_table = bool(around.statement.sentence.begins)
    if others and not in_table and _PART_OF.search(around.text[: first.start]):
        return [first], others
    if others and not in_table and is_right_behind and ("n" in around.statement.values or is_part):
        return [first], others
    return (others, [one for one in told if one.variable == first.variable]) if in_table else ([], told)


def _joint(around: Around, same: Sequence[Mention]) -> Joint:
    if not same[0].variable.many or "," in same[0].level:
        return "any"
    if _ONLY.search(around.text[: same[0].start]):
        return "only"
    between = [around.text[one.end : other.start] for one, other in pairwise(same)]
    return "any" if any(re.search(r"\bor\b", words) for words in between) else "all"
