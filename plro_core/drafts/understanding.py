"""What the statements of a sentence are about, by the words around their numbers."""

import re
from collections.abc import Sequence
from dataclasses import replace

from plro_core.drafts.around import Around
from plro_core.drafts.changing import bounds
from plro_core.drafts.counted import counted_reading
from plro_core.drafts.measured import measured_reading
from plro_core.drafts.mentions import Mention, Visit, mentions, other_times, visits
from plro_core.drafts.model import Bound, Reading, Sentence, Statement
from plro_core.drafts.numbers import statements
from plro_core.drafts.unheld import unheld
from plro_core.vocabulary import Vocabulary

_CITES = re.compile(
    r"(?<=[a-z] )\(\d{1,3}(?:\s*[,–-]\s*\d{1,3})*\)|\[[1-9]\d{0,2}\]|(?<!\d)(?<!\d )\[[1-9]\d{0,2}(?:\s*[,–-]\s*\d{1,3})+\]|\bet al\b"
)
_OURS = re.compile(r"\b(?:our|we|present (?:study|series)|this (?:study|series|case series))\b", re.I)

#: Words of people who are not in the registry, and of what is normal.
_OTHERS = re.compile(
    r"\b[Cc]ontrols\b|\b[Cc]ontrol (?:groups?|subjects|women|patients|cohort)\b|\b[Hh]ealthy\b|\bliterature\b"
    r"|\b(?:previous(?:ly)?|other|earlier|published) (?:stud|series|report|cohort|author|publi)|\baccording to\b"
    r"|\b(?:general|normal) population\b|\bworldwide\b|\bin [A-Z][a-z]+ (?:is|are)\b|\bmeta-analys|\bsystematic review|\b(?:[Nn]ormal|[Rr]eference) (?:ranges?|values?|intervals?|limits?)\b"
    r"|\b(?!Patients|Women|All|Mothers|Cases|Participants|Smokers|Most|Both|Each|None)[A-Z][a-z]+ (?:reported|described|found)\b"
)

CITES = "The sentence cites other work or tells of others; say whether it is about these patients."


def read_sentence(sentence: Sentence, words: Vocabulary) -> tuple[list[tuple[Statement, Reading]], int]:
    """The statements of a sentence, each as it is read, and how many further numbers there are."""
    named = mentions(sentence.text, words)
    at_visits = [
        visit
        for visit in visits(sentence.text, words)
        if not any(visit.start < one.end and one.start < visit.end for one in named)
    ]
    times = other_times(sentence.text, words)
    counted_by = bounds(sentence.text, sentence.begins, named, at_visits)
    units = frozenset(one.variable.unit.split(" ")[0].casefold() for one in named if one.variable.unit)
    valued = [one.start for one in named if one.level]
    found, others = statements(sentence, _places([*named, *at_visits]), _places(counted_by), units, valued)
    readings: list[tuple[Statement, Reading]] = []
    for place, statement in enumerate(found):
        beside = (found[place - 1] if place else None, found[place + 1] if place + 1 < len(found) else None)
        measured = [other for other in found if not other.is_count]
        of_these = (measured.index(statement) if statement in measured else 0, len(measured))
        around = Around(statement, named, at_visits, *beside, of_these, counted_by, found[0].start, times)
        before = readings[-1][1] if readings else None
        reading = (counted_reading if statement.is_count else measured_reading)(around, words, before)
        if _names_others(sentence.text):
            reading = replace(reading, is_weak=True)
        problem = CITES if _cites(sentence) else reading.problem or unheld(around, reading)
        readings.append((statement, replace(reading, problem=problem)))
    return readings, others


def _places(named: Sequence[Mention | Visit | Bound]) -> list[tuple[int, int]]:
    return [(one.start, one.end) for one in named]


def _names_others(text: str) -> bool:
    """Whether a sentence names the authors of other work, though it may tell of these patients as well."""
    return re.search(r"\bet al\b", text) is not None


def _cites(sentence: Sentence) -> bool:
    """Whether a sentence seems to be about the patients of others."""
    if sentence.begins:
        return False
    is_of_others = _CITES.search(sentence.text) or _OTHERS.search(sentence.text)
    return is_of_others is not None and not _OURS.search(sentence.text)
