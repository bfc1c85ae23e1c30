"""What an overview says first: findings of the patients in view, and questions that their registry can answer.

Both stand in an order that is fixed here. Said are the first that can be said: never those that look most striking.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

from plro_core import lookups
from plro_core.cohort import PATIENTS, Cohort, Criterion
from plro_core.counts import Frequency, counts, size
from plro_core.statements import (
    About,
    Middle,
    PartOf,
    Patients,
    Share,
    Statement,
    chosen_by,
    course_of,
    left_out,
    state,
    together,
)
from plro_core.store import Registry
from plro_core.text import number, visit_name
from plro_core.vocabulary import Range, Variable
from plro_core.vocabulary.thresholds import WHO_LOWER

#: How many findings, and how many questions, are said.
MOST = 3
#: Levels that share the first place by fractures and are still named; of more none stands out.
_MOST_TIED = 3
#: Fewer patients than this make no level the most frequent one.
_FEWEST_WITH = 2
#: Patients that each of two groups needs, so that a comparison is worth a look.
_SMALLEST_GROUP = 2
#: Among so many patients one may carry a finding, and may be left out.
_SMALLEST_TO_LEAVE, _LARGEST_TO_LEAVE = 3, 20


@dataclass(frozen=True)
class Question:
    """A question worth asking here: in words, and the page, filters and options of a link that show the answer."""

    words: str
    page: str
    options: tuple[tuple[str, str], ...]


def findings(registry: Registry, cohort: Cohort) -> list[Statement]:
    """The first findings of the fixed order that can be said of these patients: something is recorded, and they were not
    chosen by it. Of nobody there is none.
    """
    if not size(registry, cohort).patients:
        return []
    candidates: tuple[Callable[[Registry, Cohort], Statement | None], ...] = (
        _pain,
        _level,
        _score,
        _drug,
        _unseen,
        _diagnosis,
        _patients,
    )
    said = (finding for candidate in candidates if (finding := candidate(registry, cohort)) is not None)
    without = left_out([cohort])
    return [finding + Statement(f", {without}" if without else "") for finding in islice(said, MOST)]


def _pain(registry: Registry, cohort: Cohort) -> Statement | None:
    """Pain from baseline to the last planned visit, in those who have both."""
    vas, months = registry.vocabulary.variable("vas", "visits"), registry.vocabulary.months
    if len(months) < 2 or cohort.which_visits or _chosen(cohort, vas):
        return None
    course = course_of(registry, About(vas, cohort), months[0], months[-1])
    if not course.n:
        return None
    return state(
        "Pain from {first} to {last}: VAS {course}",
        first=_when(months[0]),
        last=_when(months[-1]),
        course=course,
    )


def _level(registry: Registry, cohort: Cohort) -> Statement | None:
    """The level at which most patients have a fracture, of all patients in view; one patient stands for herself alone."""
    level = registry.vocabulary.variable("level", "fractures")
    found = _frequency(registry, cohort, level).values
    if not found or _chosen(cohort, *registry.vocabulary.of_fractures):
        return None
    most = max(found.values())
    first = [known for known in level.levels if found.get(known.code) == most]
    if most < _FEWEST_WITH or not first or len(first) > _MOST_TIED:
        return None
    parts = [(known.label, PartOf.of(registry, cohort, Criterion(level, (known.code,)))) for known in first]
    if len(parts) == 1:
        return state("Most often fractured: {level}, in {part}", level=parts[0][0], part=parts[0][1])
    each = together((state("{level} in {part}", level=label, part=part) for label, part in parts), ", ")
    return state("Most often fractured: {each}", each=each)


def _score(registry: Registry, cohort: Cohort) -> Statement | None:
    """How many have a T-score at or below the WHO's lower line, at the first site that is recorded."""
    words = registry.vocabulary
    if _chosen(cohort, *words.scores, *words.z_scores):
        return None
    for site in words.scores:
        found = _frequency(registry, cohort, site)
        if found.n:
            low = Share.of(About(site, _people(cohort)), found, Criterion(site, (Range(None, WHO_LOWER.bound),)))
            return state(
                "{site} at or below {line} in {low}", site=site.label, line=number(WHO_LOWER.bound, 1), low=low
            )
    return None


def _drug(registry: Registry, cohort: Cohort) -> Statement | None:
    """Who got a bone-active drug, of those of whom any treatment is recorded."""
    kind = registry.vocabulary.variable("kind", "treatments")
    treatments = [entry for entry in registry.vocabulary.columns("cases") if entry.group == "Treatment"]
    found = _frequency(registry, cohort, kind)
    if not found.n or _chosen(cohort, *treatments):
        return None
    share = Share.of_fact(About(kind, _people(cohort)), found, "bone_active", size(registry, cohort).patients)
    return state("A bone-active drug is documented in {share}", share=share)


def _unseen(registry: Registry, cohort: Cohort) -> Statement | None:
    """How many have no pain recorded at the last planned visit."""
    vas, months = registry.vocabulary.variable("vas", "visits"), registry.vocabulary.months
    if len(months) < 2 or _chosen(cohort, vas):
        return None
    missing = PartOf.of(registry, cohort, Criterion(vas, keeps_missing=True, month=months[-1]))
    return state("No VAS at {visit} in {missing}", visit=_when(months[-1]), missing=missing)


def _diagnosis(registry: Registry, cohort: Cohort) -> Statement | None:
    """When the diagnosis was made."""
    weeks = registry.vocabulary.variable("weeks_postpartum", "cases")
    middle = Middle(About(weeks, _people(cohort)), _frequency(registry, cohort, weeks))
    if not middle.n or _chosen(cohort, weeks):
        return None
    return state("Diagnosis, {unit}: {middle}", unit=weeks.unit, middle=middle)


def _patients(registry: Registry, cohort: Cohort) -> Statement | None:
    """How many are in view: what can be said of anybody."""
    return state("{patients} in view", patients=Patients(cohort, size(registry, cohort).patients))


def questions(registry: Registry, cohort: Cohort) -> list[Question]:
    """The first questions of the fixed order that this registry can answer for the patients in view."""
    if not size(registry, cohort).patients:
        return []
    candidates = (_by_group, _two_cohorts, _proof, _on_stage, _without_one, _further_groups)
    return list(islice((found for candidate in candidates for found in candidate(registry, cohort)), MOST))


def _by_group(registry: Registry, cohort: Cohort) -> Iterator[Question]:
    """Pain by the first variable that splits these patients and is not the first that groups are held against."""
    for entry in _splitting(registry, cohort, lambda entry: not entry.confounder):
        yield Question(f"Does pain fall differently by {entry.label_in_sentence}?", "pain", (("by", entry.name),))
        return


def _two_cohorts(registry: Registry, cohort: Cohort) -> Iterator[Question]:
    """The first risk that groups are held against: those who have it beside those who do not."""
    splitting = _splitting(registry, cohort, lambda entry: bool(entry.confounder) and entry.kind == "boolean")
    for entry in sorted(splitting, key=lambda entry: entry.confounder):
        sides = (("a", f"{entry.name}=yes"), ("b", f"{entry.name}=no"))
        yield Question(f"What sets patients with {entry.words} apart from the others?", "compare", sides)
        return


def _proof(registry: Registry, cohort: Cohort) -> Iterator[Question]:
    """What a document states, beside what the cells give."""
    for bound in registry.documents[:1]:
        yield Question(f"Do the cells bear out what {bound.document.short} prints?", "claims", ())


def _on_stage(registry: Registry, cohort: Cohort) -> Iterator[Question]:
    """The spine for a projector, if any level is recorded."""
    level = registry.vocabulary.variable("level", "fractures")
    if _frequency(registry, cohort, level).n:
        shown = (("tab", "spine"), ("present", "1"), ("figure", "spine"))
        yield Question("Where are the fractures? The spine on stage", "bone", shown)


def _without_one(registry: Registry, cohort: Cohort) -> Iterator[Question]:
    """The same without the patient of the lowest number, where so few are in view that one may carry a finding."""
    found = lookups.cases(registry, cohort)
    if _SMALLEST_TO_LEAVE <= found.of <= _LARGEST_TO_LEAVE and cohort.get(PATIENTS) is None:
        one = found[0]["case_id"]
        yield Question(f"What hangs on one patient? Pain without patient {one}", "pain", ((PATIENTS, f"!{one}"),))


def _further_groups(registry: Registry, cohort: Cohort) -> Iterator[Question]:
    """T-scores by the first variable of any kind that splits these patients, and what lacks most."""
    if any(_frequency(registry, cohort, site).n for site in registry.vocabulary.scores):
        for entry in _splitting(registry, cohort, lambda entry: True):
            yield Question(f"How does bone density differ by {entry.label_in_sentence}?", "bone", (("by", entry.name),))
            break
    yield Question("What is recorded, and what is missing?", "registry", (("part", "quality"), ("tab", "map")))


def _splitting(registry: Registry, cohort: Cohort, fits: Callable[[Variable], bool]) -> list[Variable]:
    """Grouping variables with at least two levels that enough of these patients have; not those they were chosen by."""
    asked = [entry for entry in registry.vocabulary.groupings if fits(entry) and not _chosen(cohort, entry)]
    asked.sort(key=lambda entry: entry.name != "breastfeeding")
    found = counts(registry, asked, _people(cohort)) if asked else {}

    def large(entry: Variable) -> int:
        held = found.get((entry.name, None, None), Frequency()).values.values()
        return sum(n >= _SMALLEST_GROUP for n in held)

    return [entry for entry in asked if large(entry) > 1]


def _chosen(cohort: Cohort, *about: Variable) -> bool:
    """Whether the view was chosen by what a finding would be about."""
    return bool(chosen_by(cohort, about))


def _people(cohort: Cohort) -> Cohort:
    """The patients alone: what is recorded once does not depend on which visits are looked at."""
    return Cohort(cohort.who)


def _frequency(registry: Registry, cohort: Cohort, entry: Variable) -> Frequency:
    """How often each value occurs; of what is recorded of the patient."""
    return counts(registry, [entry], _people(cohort)).get((entry.name, None, None), Frequency())


def _when(month: int) -> str:
    return visit_name(month).lower()
