"""The few numbers and sentences that a page says first, each with its n."""

from dataclasses import dataclass

from plro_core.cohort import EVERYONE, Cohort, Criterion
from plro_core.counts import Frequency, counts, size
from plro_core.pain_control import HALVED
from plro_core.statements import (
    NOT_RECORDED,
    About,
    Amount,
    Ends,
    Middle,
    Patients,
    Response,
    Share,
    Statement,
    chosen_by,
    course_of,
    only,
    state,
)
from plro_core.store import Registry
from plro_core.text import NONE, grouped, inert_markdown, k_of_n, number, patients, safe_markdown, visit_name
from plro_core.vocabulary import Range, Variable
from plro_core.vocabulary.standard import T_SCORE_NOTE
from plro_core.vocabulary.thresholds import SUBSTANTIAL, WHO_LOWER

_ABOUT_OWN = """\
- **It is** a description of the patients whom this registry holds. Every number here is computed from their cells.
- **It is not** a trial or a comparison: treatment was not allocated, and groups differ in more than the one thing by which
  they are named.
- Missing is missing: what a visit did not record is a gap, never a zero and never joined through.
"""


def about(registry: Registry) -> str:
    """What these data are and are not, as Markdown: a document's own introduction, or that of a registry, which names the
    documents that some of its patients are from.
    """
    if registry.document:
        return inert_markdown(registry.document.introduction)
    manifest = registry.manifest
    told = f"{safe_markdown(manifest.title)} · {patients(size(registry).all_patients)}"
    for bound in registry.documents:
        told += f", {len(bound.patients)} of them from {safe_markdown(bound.document.short)}"
    source = f" Source: {safe_markdown(manifest.source)}." if manifest.source else ""
    return f"{told}.{source}\n\n{_ABOUT_OWN}"


@dataclass(frozen=True)
class Headline:
    """One number with its label, the n it stands on, what a reader must know of it, and the amounts in these words."""

    label: str
    value: str
    detail: str
    note: str = ""
    amounts: tuple[Amount, ...] = ()


def overview_title(registry: Registry, cohort: Cohort = EVERYONE) -> Statement:
    """The finding that the overview opens with; how many patients, where they were chosen by it or it is not recorded."""
    everybody = Patients(cohort, size(registry, cohort).patients)
    if not everybody.n:
        return Statement("Nobody is in this view")
    definition = registry.vocabulary.variable("case_definition")
    fractured = _share(registry, cohort, "case_definition", "vertebral_fracture")
    if not fractured.n or chosen_by(Cohort(cohort.who), [definition]):
        return state("{patients}", patients=everybody)
    return state("{patients}, documented vertebral fracture in {fractured}", patients=everybody, fractured=fractured)


def overview(registry: Registry, cohort: Cohort = EVERYONE) -> list[Headline]:
    """Age, time of diagnosis, risk factors and fractures of the cohort."""
    words = registry.vocabulary
    definition = words.variable("case_definition")
    fracture = definition.with_value(definition.level_label("vertebral_fracture"))
    return [
        *(
            _median_headline(About(words.variable(name), cohort), _frequency(registry, cohort, name))
            for name in ("age", "weeks_postpartum")
        ),
        _share_headline("Smoking", _share(registry, cohort, "smoking", "yes"), "history of smoking recorded"),
        _share_headline(
            "Went on breastfeeding",
            _share(registry, cohort, "breastfeeding", "continued"),
            registry.told("overview.breastfeeding", "after diagnosis"),
            words.variable("breastfeeding").note,
        ),
        _share_headline(
            "Vertebral fracture",
            _share(registry, cohort, "case_definition", "vertebral_fracture"),
            registry.told("overview.fracture", fracture),
            definition.note,
        ),
    ]


def pain(registry: Registry, cohort: Cohort = EVERYONE) -> list[Headline]:
    """Median VAS at each visit, and the responders of 50 % at the first visit after baseline.

    Of patients or visits that were chosen by their VAS nothing is stated: the one headline says so.
    """
    vas, months = registry.vocabulary.variable("vas", "visits"), registry.vocabulary.months
    if chosen := chosen_by(cohort, [vas]):
        return [Headline("VAS", NONE, only("A selection by the outcome shows nothing about it.", chosen).text)]
    by_month = counts(registry, [vas], cohort)
    found = {month: by_month.get(("vas", month, None), Frequency()) for month in months}
    seen = [_vas_headline(About(vas, cohort, month), frequency) for month, frequency in found.items() if frequency.n]
    if cohort.which_visits or len(months) < 2:  # a change needs both visits, and the view may leave one out
        return seen
    return [*seen, _halved(registry, vas, cohort, months[0], months[1])]


def _halved(registry: Registry, vas: Variable, cohort: Cohort, first: int, later: int) -> Headline:
    """How many have half of their pain or less at a later visit, of those with a VAS at both."""
    response = Response(course_of(registry, About(vas, cohort), first, later), HALVED)
    gap = response.course.gap.replace(", ", "; ", 1)
    zero = f"; {patients(response.at_zero)} without pain at baseline" if response.at_zero else ""
    if not response.course.n:
        told = "no VAS recorded at both visits"
    elif not response.n:
        told = f"no pain at baseline to fall{gap}{zero}"
    else:
        told = f"at least {SUBSTANTIAL.bound:g} % below baseline{gap}{zero}"
    return Headline(
        f"Pain halved by {visit_name(later).lower()}",
        response.words if response.n else NONE,
        told,
        f"Of patients with a VAS at both visits; a fall of {SUBSTANTIAL.bound:g} % is {SUBSTANTIAL.meaning} "
        f"({SUBSTANTIAL.source}).",
        (response,),
    )


def bone(registry: Registry, cohort: Cohort = EVERYONE) -> list[Headline]:
    """Median T-score by site and how many reach the WHO line of -2.5.

    Of patients who were chosen by a score nothing is stated: the one headline says so.
    """
    words, people = registry.vocabulary, Cohort(cohort.who)
    if chosen := chosen_by(people, (*words.scores, *words.z_scores)):
        return [Headline("T-scores", NONE, only("A selection by the outcome shows nothing about it.", chosen).text)]
    found = counts(registry, words.scores, people)
    return [_score(About(site, people), found.get((site.name, None, None), Frequency())) for site in words.scores]


def _score(about: About, frequency: Frequency) -> Headline:
    """One T-score: its median with range and n, or the values of fewer than three, and how many are at or below -2.5."""
    site, line = about.variable, WHO_LOWER.bound
    middle, ends = Middle(about, frequency), Ends(about, frequency)
    low = Share.of(about, frequency, Criterion(site, (Range(None, line),)))
    if not middle.n:
        return Headline(site.label, NONE, "not recorded", T_SCORE_NOTE, (middle,))
    what = _own_values(middle.n) or "median"
    spread = f"; range {ends.words}, n = {grouped(middle.n)}" if middle.median is not None else ""
    detail = f"{what}{spread}; {low.words} at or below {number(line, 1)}"
    return Headline(site.label, middle.bare, detail, T_SCORE_NOTE, (middle, ends, low))


def _frequency(registry: Registry, cohort: Cohort, name: str) -> Frequency:
    found = counts(registry, [registry.vocabulary.variable(name)], cohort)
    return found.get((name, None, None), Frequency())


def _share(registry: Registry, cohort: Cohort, name: str, level: str) -> Share:
    """How many have a level of a variable of the patient, of those of whom it is recorded."""
    entry = registry.vocabulary.variable(name)
    return Share.of(About(entry, cohort), _frequency(registry, cohort, name), Criterion(entry, (level,)))


def _share_headline(label: str, share: Share, detail: str, note: str = "") -> Headline:
    """How many have a level, of those of whom it is recorded; whoever is left out is said."""
    if not share.n:
        return Headline(label, NONE, NOT_RECORDED, note, (share,))
    gap = f"; not recorded in {share.missing}" if share.missing else ""
    return Headline(label, k_of_n(share.k, share.n), f"{detail}{gap}", note, (share,))


def _median_headline(about: About, frequency: Frequency) -> Headline:
    """The median with its range and n; of one or two patients their own values."""
    entry, middle, ends = about.variable, Middle(about, frequency), Ends(about, frequency)
    unit = f", {entry.stated_unit}" if entry.stated_unit else ""
    if not middle.n:
        return Headline(entry.label, NONE, NOT_RECORDED, entry.note, (middle,))
    said = _own_values(middle.n)
    detail = f"{said}{unit}" if said else f"median{unit}; range {ends.words}, n = {grouped(middle.n)}"
    return Headline(entry.label, middle.bare, detail, entry.note, (middle, ends))


def _own_values(n: int) -> str:
    """What stands in the place of a median of fewer than three values."""
    return {1: "the one recorded value", 2: "both recorded values"}.get(n, "")


def _vas_headline(about: About, frequency: Frequency) -> Headline:
    middle = Middle(about, frequency)
    said = _own_values(middle.n) or f"median, n = {grouped(middle.n)}"
    return Headline(f"VAS, {visit_name(about.month or 0).lower()}", middle.bare, said, "", (middle,))
