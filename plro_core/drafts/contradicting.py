"""Which numbers of a sentence the data contradict beyond doubt: a check that nobody asked for rather says nothing.

A sentence is read as that of a manuscript. A number is told only if no part of its reading is a guess; one of patients only with
its denominator, if that is the one of the data; and none whose sentence hints at patients whom the reading does not know.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from plro_core.cohort import Cohort
from plro_core.drafts.counting import tally
from plro_core.drafts.judging import judged
from plro_core.drafts.model import Found, Reading, Sentence, Statement
from plro_core.drafts.understanding import read_sentence
from plro_core.store import Registry

#: Words by which a sentence may be about some of the patients alone.
_SOME = re.compile(
    r"\b(?:among|those|who|whose|whom|without|except|only|groups?|subgroups?|others?|rest|remain\w+|cases? [A-Z\d])\b",
    re.IGNORECASE,
)
#: As many letters of a word stand for its kin: "smok" for smoker and smoking.
_STEM = 4


@dataclass(frozen=True)
class Contradicted:
    """The words of a sentence in which a number stands, what the data give instead, and where in the sentence it stands."""

    typed: str
    given: str
    start: int


def contradicted(registry: Registry, text: str, cohort: Cohort) -> Iterator[Contradicted]:
    """The numbers of a sentence that the data of a cohort contradict; a group that the sentence names is one of this cohort."""
    read, _ = read_sentence(Sentence("", text), registry.vocabulary)
    told = [
        (statement, reading, judged(registry, statement, _within(reading, cohort), searches=False))
        for statement, reading in read
    ]
    if any(_is_of_others(*one) for one in told):
        return
    for statement, reading, found in told:
        if found.status == "differs" and _is_sure(registry, statement, reading, cohort):
            yield Contradicted(statement.printed, found.gives, statement.start)


def _within(reading: Reading, cohort: Cohort) -> Reading:
    return replace(reading, cohort=Cohort((*cohort.criteria, *reading.cohort.criteria)))


def _is_of_others(statement: Statement, reading: Reading, found: Found) -> bool:
    """Whether so many patients are counted as the data know nothing of: the sentence may be of another series."""
    return set(statement.values) == {"k"} and reading.variable is None and found.status == "unknown"


def _is_sure(registry: Registry, statement: Statement, reading: Reading, cohort: Cohort) -> bool:
    if reading.guesses or reading.is_weak:
        return False
    if not reading.cohort.criteria and _hints_at_some(registry, reading, statement.sentence.text):
        return False
    if not statement.is_count:
        return True
    found = tally(registry, _within(reading, cohort))
    return statement.values.get("n") in (found.n, found.total)


def _hints_at_some(registry: Registry, reading: Reading, text: str) -> bool:
    """Whether a sentence has a word for some of the patients, or one kin to the name of a variable that splits them: "in smokers"."""
    if _SOME.search(text):
        return True
    own = f"{reading.variable.label} {reading.variable.words}" if reading.variable else ""
    others = [entry.words for entry in registry.vocabulary.groupings if entry != reading.variable]
    kin = {word[:_STEM].casefold() for name in others for word in name.split() if len(word) > _STEM}
    kin -= {word[:_STEM].casefold() for word in own.split()}
    return any(word[:_STEM].casefold() in kin for word in re.findall(r"\w+", text) if len(word) > _STEM)
