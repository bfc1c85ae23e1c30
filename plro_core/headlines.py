"""The few numbers and sentences that a page says first, each with its n."""

from dataclasses import dataclass

from plro_core.cohort import EVERYONE, Cohort
from plro_core.counts import Frequency, Group, counts, size
from plro_core.pain_control import Rule, responders
from plro_core.statistics import Summary, summarise
from plro_core.store import Registry
from plro_core.text import NONE, k_of_n, number, patients, safe_markdown, visit_name
from plro_core.vocabulary import Variable
from plro_core.vocabulary.standard import T_SCORE_NOTE

_ABOUT_OWN = """\
- **It is** a description of the patients whom this registry holds. Every number here is computed from their cells.
- **It is not** a trial or a comparison: treatment was not allocated, and groups differ in more than the one thing by which
  they are named.
- Missing is missing: what a visit did not record is a gap, never a zero and never joined through.
"""


#: A fall of half the baseline counts as substantial (IMMPACT).
HALVED = Rule("fall", 50)


def about(registry: Registry) -> str:
    """What these data are and are not, as Markdown: a document's own introduction, or that of a registry, which names the
    documents that some of its patients are from.
    """
    if registry.document:
        return registry.document.introduction
    manifest = registry.manifest
    told = f"{safe_markdown(manifest.title)} · {patients(size(registry).all_patients)}"
    for bound in registry.documents:
        told += f", {len(bound.patients)} of them from {safe_markdown(bound.document.short)}"
    source = f" Source: {safe_markdown(manifest.source)}." if manifest.source else ""
    return f"{told}.{source}\n\n{_ABOUT_OWN}"


@dataclass(frozen=True)
class Headline:
    """One number with its label, the n it stands on, and what a reader must know of it."""

    label: str
    value: str
    detail: str
    note: str = ""


def _found(registry: Registry, cohort: Cohort, *names: str) -> dict[tuple[str, int | None, Group], Frequency]:
    return counts(registry, [registry.vocabulary.variable(name) for name in names], cohort)


def overview_title(registry: Registry, cohort: Cohort = EVERYONE) -> str:
    """The finding that the overview opens with."""
    n = size(registry, cohort).patients
    if not n:
        return "Nobody is in this view"
    fractured = _having(registry, cohort, *_VERTEBRAL)
    return f"{patients(n)}, {fractured} with a documented vertebral fracture"


def overview(registry: Registry, cohort: Cohort = EVERYONE) -> list[Headline]:
    """Age, time of diagnosis, risk factors and fractures of the cohort."""
    found = _found(registry, cohort, "age", "weeks_postpartum", "smoking", "breastfeeding")
    return [
        _median_headline(registry.vocabulary.variable("age"), found.get(("age", None, None), Frequency())),
        _median_headline(
            registry.vocabulary.variable("weeks_postpartum"), found.get(("weeks_postpartum", None, None), Frequency())
        ),
        _share(registry, cohort, "Smoking", ("smoking", True), "history of smoking recorded"),
        _share(
            registry,
            cohort,
            "Went on breastfeeding",
            ("breastfeeding", "continued"),
            "after advice to stop",
            registry.vocabulary.variable("breastfeeding").note,
        ),
        _share(
            registry,
            cohort,
            "Vertebral fracture",
            _VERTEBRAL,
            _levels_named(registry, cohort),
            registry.vocabulary.variable(_VERTEBRAL[0]).note,
        ),
    ]


#: The variable that says of a patient whether a vertebral fracture is documented, and how it says so.
_VERTEBRAL = ("case_definition", "vertebral_fracture")


def _share(
    registry: Registry, cohort: Cohort, label: str, having: tuple[str, object], detail: str, note: str = ""
) -> Headline:
    """How many have a value, of those of whom the variable is recorded: not asked is not the same as no."""
    name, value = having
    frequency = _found(registry, cohort, name).get((name, None, None), Frequency())
    if not frequency.n and frequency.missing:
        return Headline(label, NONE, "not recorded", note)
    return Headline(label, k_of_n(frequency.values.get(value, 0), frequency.n), detail, note)


def _levels_named(registry: Registry, cohort: Cohort) -> str:
    """In the words of the recorded variable, where the levels of only some of these fractures are recorded."""
    condition, values = cohort.case_sql()
    [(fractured, named)] = registry.rows(
        "SELECT count(*), count(*) FILTER (case_id IN (SELECT case_id FROM fractures WHERE level IS NOT NULL)) "
        f"FROM cases WHERE case_definition = ? AND {condition}",
        [_VERTEBRAL[1], *values],
    )
    words = registry.vocabulary.variable(_VERTEBRAL[0]).words
    return (
        "documented at named levels" if named == fractured else f"{words}; levels named in {k_of_n(named, fractured)}"
    )


def pain(registry: Registry, cohort: Cohort = EVERYONE) -> list[Headline]:
    """Median VAS at the first and last visit, and the responders of 50 % at month 1."""
    vas, months = registry.vocabulary.variable("vas", "visits"), registry.vocabulary.months
    by_month = counts(registry, [vas], cohort)
    summaries = {month: summarise(by_month.get(("vas", month, None), Frequency())) for month in months}
    seen = [_vas_headline(vas, month, summary) for month, summary in summaries.items() if summary.n]
    if cohort.which_visits or len(months) < 2:  # a change needs both visits, and the view may leave one out
        return seen
    halved = next(found for found in responders(registry, cohort, thresholds=[HALVED]) if found.month == months[1])
    known = halved.n or not size(registry, cohort).patients
    return [
        *seen,
        Headline(
            f"Pain halved by {visit_name(months[1]).lower()}",
            k_of_n(halved.k, halved.n) if known else NONE,
            "at least 50 % below baseline" if known else "no VAS recorded at both visits",
            "Of patients with a VAS at both visits; a fall of 50 % counts as substantial (IMMPACT).",
        ),
    ]


def bone(registry: Registry, cohort: Cohort = EVERYONE) -> list[Headline]:
    """Median T-score by site and how many reach the WHO line of -2.5."""
    found = counts(registry, registry.vocabulary.scores, cohort)
    headlines = []
    for site in registry.vocabulary.scores:
        frequency = found.get((site.name, None, None), Frequency())
        low = sum(count for value, count in frequency.values.items() if value <= -2.5)
        headline = _median_headline(site, frequency)
        detail = (
            f"{headline.detail}; {k_of_n(low, frequency.n)} at or below {number(-2.5, 1)}"
            if frequency.n
            else headline.detail
        )
        headlines.append(Headline(headline.label, headline.value, detail, T_SCORE_NOTE))
    return headlines


def _having(registry: Registry, cohort: Cohort, name: str, value: object) -> int:
    frequency = _found(registry, cohort, name).get((name, None, None), Frequency())
    return frequency.values.get(value, 0)


def _median_headline(entry: Variable, frequency: Frequency) -> Headline:
    """The median with its range and n; one patient's own value where there is only one."""
    summary = summarise(frequency)
    unit = f", {entry.stated_unit}" if entry.stated_unit else ""
    if summary.median is None or summary.minimum is None or summary.maximum is None:
        return Headline(entry.label, NONE, "not recorded", entry.note)
    if summary.n == 1:
        return Headline(entry.label, entry.written(summary.median), f"the one patient's value{unit}", entry.note)
    ends = f"{entry.written(summary.minimum)} to {entry.written(summary.maximum)}"
    return Headline(
        entry.label, entry.written(summary.median), f"median{unit}; range {ends}, n = {summary.n}", entry.note
    )


def _vas_headline(entry: Variable, month: int, summary: Summary) -> Headline:
    said = "the one patient's value" if summary.n == 1 else f"median, n = {summary.n}"
    return Headline(f"VAS, {visit_name(month).lower()}", entry.written(summary.median), said)
