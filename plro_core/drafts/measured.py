"""What a measurement in a sentence is of: the variable, the visit and the patients."""

import re
from collections.abc import Sequence
from itertools import pairwise

from plro_core.drafts.around import Around
from plro_core.drafts.mentions import Mention, Visit, by_unit
from plro_core.drafts.model import NO_VARIABLE, Reading
from plro_core.drafts.whom import excluded, group_of, left_out_words, one_patient
from plro_core.text import capitalised, visit_name
from plro_core.vocabulary import Variable, Vocabulary

_FROM = re.compile(r"\b(?:from|between)\W*$", re.I)
_THE_OTHERS = re.compile(r"\b(?:the (?:others?|rest)|(?:other|remaining) (?:patients|women|cases|mothers))\b", re.I)
#: “from 7.9 ± 1.0 to 3.3 ± 1.8”: the first is that of baseline.
_FROM_HERE = re.compile(r"\bfrom\s*$", re.I)
_TO_THERE = re.compile(r"[^,;.\d]{0,20}\bto\b", re.I)
_PER_TIME = re.compile(
    r"\s*(?:%|[a-zµ]{1,7}(?:/[a-zA-Z]{1,4})?)?\s*(?:per|/|each|every|a)\s*(?:month|year|week|annum)\b", re.I
)
_YEARLY = re.compile(r"\b(?:annual|yearly|monthly|weekly)(?:ly)?\b", re.I)
_AGAINST = re.compile(r"\W*(?:vs\.?|versus|compared (?:with|to)|against)\W*", re.I)
_GROUP = re.compile(r"\W*(?:group|women|patients|mothers|status)\b", re.I)


def measured_reading(around: Around, words: Vocabulary, before: Reading | None) -> Reading:
    variable, guesses = _variable(around, words, before)
    is_weak = bool(guesses)
    if variable is None:
        return Reading(problem=NO_VARIABLE)
    if around.statement.inherited:
        guesses.append("which statistic it is was taken from the number before")
    month, guess = visit_of(around, variable, words)
    if unclear := _unclear(around, variable, bool(guess)):
        is_weak = True
        guesses.append(unclear)
    cohort, whom_unclear = group_of(around, words)
    guesses += left_out_words(excluded(around, around.mentions))
    if one := one_patient(around, words):
        cohort, whom_unclear = one, ""
    change = around.statement.change
    return Reading(
        variable,
        month,
        cohort=cohort,
        n=_stated_n(around),
        guesses=(*guesses, *guess),
        problem=(whom_unclear and f"{capitalised(whom_unclear)}.")
        or ((unchangeable(variable, change.percent) or per_time(around)) if change else ""),
        is_weak=is_weak,
        is_at_any_visit=bool(guess),
        change=change,
        since=since(around, month) if change else None,
    )


def _variable(around: Around, words: Vocabulary, before: Reading | None) -> tuple[Variable | None, list[str]]:
    """The measurement that a number is of, and what of that is a guess."""
    numeric = [one for one in around.mentions if one.variable.is_number]
    strong = [one for one in numeric if not one.weak]
    each = list(dict.fromkeys(one.variable for one in strong))
    place, number = around.place
    if 1 < len(each) == number and all(one.start < around.first for one in strong):
        is_said = "respectively" in around.text.lower()
        return each[place], [] if is_said else ["the numbers are read in the order of the names"]
    here = around.between(strong, around.begins, around.statement.start)
    if here:
        return here[-1].variable, []
    of_unit = by_unit(around.text[around.statement.end :], words)
    named = [entry for entry in of_unit if entry in {one.variable for one in numeric}]
    if len(named or of_unit) == 1:
        entry = (named or of_unit)[0]
        return entry, [] if named else [f"the unit is read as that of “{entry.label}”"]
    behind = around.between(strong, around.statement.end, around.ends)
    if around.before is None and behind:
        return behind[0].variable, []
    if before is not None and before.variable is not None and before.variable.is_number:
        only = len({one.variable for one in strong}) == 1
        return before.variable, [] if only else [f"“{before.variable.label}” is that of the number before"]
    if numeric:
        one = numeric[-1]
        return one.variable, [weakly(around.text, one)]
    return None, []


def weakly(text: str, one: Mention) -> str:
    return f"“{text[one.start : one.end]}” is read as “{one.variable.label}”"


def _unclear(around: Around, variable: Variable, no_visit: bool) -> str:
    """Why it is unclear of which patients or visit a number is, where the sentence names several; else empty."""
    if variable.per_visit and no_visit and len({one.month for one in around.visits}) > 1:
        return "which of the visits is meant is not clear"
    if around.before and _AGAINST.fullmatch(around.text[around.before.end : around.statement.start]):
        return "with whom it is compared is not clear"
    if _THE_OTHERS.search(around.text[around.begins : around.statement.start]):
        return "who the others are is not clear"
    for one in around.mentions:
        if one.variable.kind == "category" and not one.level and _GROUP.match(around.text[one.end :]):
            return f"which patients of “{one.variable.label}” are meant is not clear"
    return ""


def visit_of(around: Around, variable: Variable, words: Vocabulary) -> tuple[int | None, list[str]]:
    if not variable.per_visit:
        return None, []
    place, number = around.place
    if "respectively" in around.text.lower() and len(around.visits) == number:
        return around.visits[place].month, []
    is_change = "first" in around.statement.values or around.statement.change is not None
    named = [one for one in around.visits if one.month != words.months[0]] if is_change else list(around.visits)
    beside = around.near(named) or around.between(named, around.statement.end, around.ends)
    if is_change and (beside or named):
        return (beside or named)[-1].month, []
    if is_change:
        return words.months[-1], [f"no visit is named; read as baseline and {visit_name(words.months[-1]).lower()}"]
    if beside:
        return beside[0].month, []
    if _FROM_HERE.search(around.text[: around.statement.start]) and _TO_THERE.match(around.text, around.statement.end):
        return words.months[0], []
    months = {one.month for one in named}
    if len(months) == 1:
        return months.pop(), _far(around, named)
    return words.months[0], [f"no visit is named; read as {visit_name(words.months[0]).lower()}"]


def _far(around: Around, named: Sequence[Visit]) -> list[str]:
    """That the only visit of a sentence is named behind another number, whose own it may be; of one before all numbers nothing."""
    is_behind = (
        all(one.start >= around.ends for one in named) and around.after is not None and not around.after.is_count
    )
    return [f"{visit_name(named[0].month).lower()} is named behind another number"] if is_behind else []


def since(around: Around, month: int | None) -> int | None:
    """The visit from which on something changes where the sentence names it, as in “from month 1 to 3”."""
    for first, last in pairwise(around.visits):
        if last.month == month and first.month < last.month and _FROM.search(around.text[: first.start]):
            return first.month
    return None


def per_time(around: Around) -> str:
    """That a change is told by the month or year, in a sentence; else empty."""
    is_so = _PER_TIME.match(around.text, around.statement.end) or _YEARLY.search(around.text[: around.statement.start])
    return "A change per month or year is no statistic of the registry." if is_so else ""


def unchangeable(variable: Variable, percent: bool) -> str:
    """Why a variable has no such changes, in a sentence; empty if it has."""
    if not variable.per_visit:
        return f"“{variable.label}” is not recorded at visits, so that no change of it is known."
    low = variable.plausible.low if variable.plausible else None
    if percent and low is not None and low < 0:
        return f"“{variable.label}” may be below 0, where a change in percent says nothing."
    return ""


def _stated_n(around: Around) -> int | None:
    """The number of patients that is stated right behind a statistic."""
    following = around.after
    if following is None or set(following.values) != {"k"} or following.start - around.statement.end > 25:
        return None
    return int(following.values["k"]) if following.printed.lower().startswith("n") else None
