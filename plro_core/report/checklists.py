"""What reporting checklists ask, in words of our own under the numbers of their items, and what the data know of each."""

from collections.abc import Callable
from dataclasses import dataclass

from plro_core.counts import Frequency, counts, size
from plro_core.report import references
from plro_core.report.computed import Used
from plro_core.report.references import Reference
from plro_core.store import Registry
from plro_core.text import counted, k_of_patients, listed, patients, printable, visit_name
from plro_core.vocabulary import Variable


@dataclass(frozen=True)
class Given:
    """What an item is held against: what the report uses, its title, and the kinds of its cards."""

    used: Used
    title: str
    kinds: frozenset[str]


@dataclass(frozen=True)
class Found:
    """What the data, or the report itself, say of an item; ``holds`` is false if they contradict it."""

    words: str
    holds: bool = True


Find = Callable[[Given], Found | None]


@dataclass(frozen=True)
class Item:
    """One item; ``find`` asks the data, and is nothing of what they cannot know."""

    number: str
    words: str
    find: Find | None = None


@dataclass(frozen=True)
class Checklist:
    """A checklist: after which publication, its items, and what must be said of them."""

    source: Reference
    items: tuple[Item, ...]
    more: str = ""

    @property
    def notes(self) -> tuple[str, ...]:
        return tuple(filter(None, (f"After {self.source.words}", self.more)))


# What the data know


def _title_says(*names: str) -> Find:
    """Whether the title has one of these terms."""

    def find(given: Given) -> Found:
        said = any(name in given.title.lower() for name in names)
        wanted = listed([f"“{name}”" for name in names], "or")
        return Found(f"“{printable(given.title)}”" if said else f"the title does not say {wanted}", holds=said)

    return find


def _design(given: Given) -> Found | None:
    """The design that the title names; where it names none, the abstract may."""
    told = _title_says("cohort", "case series", "cross-sectional", "case-control")(given)
    return told if told and told.holds else None


def _has(kind: str, words: str) -> Find:
    """What a part of the report says that fills itself in; where it has none, its author may have written it."""
    return lambda given: Found(words) if kind in given.kinds else None


def _size(given: Given) -> Found:
    used = given.used
    chosen = size(used.registry, used.cohort).patients
    words = f"{patients(used.registry.patients)} in the registry, {chosen} in the cohort"
    return Found(words, holds=bool(chosen))


def _source(given: Given) -> Found | None:
    told = given.used.registry.manifest.source
    return Found(printable(told, 200)) if told else None


def _declared(given: Given) -> Found:
    entries = given.used.registry.vocabulary.filters.values()
    ranged = sum(1 for entry in entries if entry.reference)
    return Found(f"{counted(len(entries), 'variable')} declared with unit or levels, {ranged} with a reference range")


def _in_everybody(*names: str) -> Find:
    """Whether one variable of these groups is recorded in every patient."""

    def find(given: Given) -> Found | None:
        entries = [entry for entry in given.used.registry.vocabulary.filters.values() if entry.group in names]
        if not entries:
            return None
        entry, n, of = max((_of(given.used, entry) for entry in entries), key=lambda told: told[1])
        return Found(f"most often recorded: {entry.words} {k_of_patients(n, of)}", holds=bool(of) and n == of)

    return find


def _missing(given: Given) -> Found:
    """In how many variables somebody's value is missing."""
    told = [_of(given.used, entry) for entry in given.used.registry.vocabulary.summarised]
    lacking = [entry for entry, n, of in told if n < of]
    return Found(f"{len(lacking)} of {counted(len(told), 'variable')} not recorded in somebody")


def _recorded(used: Used, wanted: Callable[[Variable], bool]) -> Found | None:
    """Of how many patients some variables are recorded; contradicted where none is recorded of anybody."""
    entries = [entry for entry in used.registry.vocabulary.filters.values() if wanted(entry)]
    if not entries:
        return None
    told = [_of(used, entry) for entry in entries]
    seen = [(entry, n, of) for entry, n, of in told if n]
    if not seen:
        return Found(f"nothing recorded of {listed([entry.words for entry in entries])}", holds=False)
    return Found("; ".join(f"{entry.words} {k_of_patients(n, of)}" for entry, n, of in seen))


def _of(used: Used, entry: Variable) -> tuple[Variable, int, int]:
    """In how many of the cohort's patients a variable is recorded; of what is recorded at visits, at the first."""
    month = used.registry.vocabulary.months[0] if entry.per_visit else None
    found = counts(used.registry, [entry], used.cohort).get((entry.name, month, None), Frequency({}, 0))
    everybody = counts(used.registry, [_age(used.registry, entry)], used.cohort)
    of = sum(one.total for one in everybody.values())
    return entry, (of - found.missing if entry.many else found.n), of


def _age(registry: Registry, entry: Variable) -> Variable:
    """A variable that every patient has one row for."""
    return next((one for one in registry.vocabulary.summarised if one.table == "cases"), entry)


def _group(*names: str) -> Find:
    return lambda given: _recorded(given.used, lambda entry: entry.group in names)


def _visits(given: Given) -> Found:
    words = given.used.registry.vocabulary
    return Found(f"visits planned at {listed([visit_name(month).lower() for month in words.months])}")


def _follow_up(given: Given) -> Found | None:
    used = given.used
    words = used.registry.vocabulary
    if words.primary_outcome is None or not words.follow_up:
        return None
    entry, last = words.primary_outcome[0], words.follow_up[-1]
    month = last if entry.per_visit else None
    found = counts(used.registry, [entry], used.cohort).get((entry.name, month, None), Frequency({}, 0))
    of = _of(used, entry)[2]
    when = f" at {visit_name(last).lower()}" if entry.per_visit else ""
    return Found(f"{entry.words}{when} in {k_of_patients(found.n, of)}", holds=bool(found.n))


# Their items

_CASES = ("case report", "case series", "case study")

CHECKLISTS = {
    "CARE": Checklist(
        references.CARE,
        (
            Item("1", "Title says “case report” or “case series”", _title_says(*_CASES)),
            Item("2", "Key words"),
            Item("3", "Abstract"),
            Item("4", "Introduction"),
            Item("5", "Patient information", _group("Demographics", "Risk factors")),
            Item("6", "Clinical findings", _group("Symptoms", "Fractures", "Pain")),
            Item("7", "Timeline", _visits),
            Item("8", "Diagnostic assessment", _group("Bone density", "Laboratory")),
            Item("9", "Therapeutic intervention", _group("Treatment", "Treatments")),
            Item("10", "Follow-up and outcomes", _follow_up),
            Item("11", "Discussion"),
            Item("12", "Patient perspective"),
            Item("13", "Informed consent"),
        ),
    ),
    "PROCESS": Checklist(
        references.PROCESS,
        (
            Item("1", "Title says “case series” and its focus", _title_says("case series")),
            Item("2", "Three to six key words, one of them “case series”"),
            Item("3a", "Abstract: background and aims"),
            Item("3b", "Abstract: size, time and design of the series"),
            Item("3c", "Abstract: outcomes"),
            Item("3d", "Abstract: conclusion"),
            Item("3e", "Abstract is structured"),
            Item("4", "Three to five highlights"),
            Item("5", "Introduction with rationale, theme and aims"),
            Item("6a", "Registration and protocol"),
            Item("6b", "Design: prospective or not, centres, consecutive or not"),
            Item("6c", "Setting and dates"),
            Item("6d", "Participants and their characteristics", _group("Demographics", "Risk factors", "Symptoms")),
            Item("6e", "Preparation before the intervention"),
        ),
        "Items 6b to 6e are numbered after earlier versions; those after 6e are not listed here: see the publication.",
    ),
    "STROBE": Checklist(
        references.STROBE,
        (
            Item("1a", "Design named in title or abstract", _design),
            Item("1b", "Balanced abstract"),
            Item("2", "Background and rationale"),
            Item("3", "Objectives and hypotheses"),
            Item("4", "Study design, early on"),
            Item("5", "Setting, places and dates"),
            Item("6a", "Eligibility, selection, follow-up", _visits),
            Item("6b", "Matching, if matched"),
            Item("7", "Variables and their definitions", _declared),
            Item("8", "Sources of data, measurement", _source),
            Item("9", "Sources of bias addressed"),
            Item("10", "How the size came about", _size),
            Item("11", "Handling of numbers and groupings", _has("methods", "in Methods")),
            Item("12a", "Statistical methods", _has("methods", "in Methods")),
            Item("12b", "Subgroups and interactions"),
            Item("12c", "Handling of missing data", _has("methods", "in Methods: nothing was imputed")),
            Item("12d", "Handling of loss to follow-up"),
            Item("12e", "Sensitivity analyses"),
            Item("13a", "Numbers at each stage", _size),
            Item("13b", "Reasons for leaving", _has("flow", "in Flow of patients")),
            Item("13c", "Flow diagram considered", _has("flow", "in Flow of patients, as a table")),
            Item("14a", "Characteristics of participants", _group("Demographics", "Risk factors")),
            Item("14b", "How many lack each variable", _missing),
            Item("14c", "Length of follow-up", _visits),
            Item("15", "Outcomes over time", _follow_up),
            Item("16a", "Estimates, adjusted or not, with precision"),
            Item("16b", "Boundaries of categories"),
            Item("16c", "Absolute risks, if relevant"),
            Item("17", "Other analyses"),
            Item("18", "Key results"),
            Item("19", "Limitations"),
            Item("20", "Cautious interpretation"),
            Item("21", "Generalisability"),
            Item("22", "Funding"),
        ),
        "The items for cohort studies.",
    ),
    "JBI": Checklist(
        references.JBI,
        (
            Item("1", "Criteria for inclusion are clear"),
            Item("2", "Condition measured alike and reliably in everybody", _in_everybody("Bone density", "Fractures")),
            Item("3", "Valid methods of identifying the condition in everybody"),
            Item("4", "Consecutive inclusion"),
            Item("5", "Complete inclusion"),
            Item("6", "Demographics are reported", _group("Demographics")),
            Item("7", "Clinical information is reported", _group("Symptoms", "Fractures", "Pain")),
            Item("8", "Outcomes or follow-up are reported", _follow_up),
            Item("9", "The sites are described"),
            Item("10", "Statistics are appropriate"),
        ),
        "The checklist for case series. It was made to appraise studies, and guides a report only as such.",
    ),
}
