"""The few numbers and sentences that a page says first, each with its n."""

from dataclasses import dataclass

from plro_core.cohort import EVERYONE, Cohort
from plro_core.counts import Frequency, counts, size
from plro_core.pain_control import HALVED, responders
from plro_core.statistics import Summary, summarise
from plro_core.store import Registry
from plro_core.text import NONE, k_of_n, number, patients, safe_markdown, visit_name
from plro_core.vocabulary import Variable
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


def overview_title(registry: Registry, cohort: Cohort = EVERYONE) -> str:
    """The finding that the overview opens with."""
    n = size(registry, cohort).patients
    if not n:
        return "Nobody is in this view"
    found = _frequency(registry, cohort, "case_definition")
    fractured = found.values.get("vertebral_fracture", 0)
    return patients(n) if not found.n else f"{patients(n)}, {fractured} with a documented vertebral fracture"


def overview(registry: Registry, cohort: Cohort = EVERYONE) -> list[Headline]:
    """Age, time of diagnosis, risk factors and fractures of the cohort."""
    words = registry.vocabulary
    found = {
        name: _frequency(registry, cohort, name)
        for name in ("age", "weeks_postpartum", "smoking", "breastfeeding", "case_definition")
    }
    definition = words.variable("case_definition")
    fracture = definition.with_value(definition.level_label("vertebral_fracture"))
    return [
        _median_headline(words.variable("age"), found["age"]),
        _median_headline(words.variable("weeks_postpartum"), found["weeks_postpartum"]),
        _share_headline("Smoking", found["smoking"], True, "history of smoking recorded"),
        _share_headline(
            "Went on breastfeeding",
            found["breastfeeding"],
            "continued",
            registry.told("overview.breastfeeding", "after diagnosis"),
            words.variable("breastfeeding").note,
        ),
        _share_headline(
            "Vertebral fracture",
            found["case_definition"],
            "vertebral_fracture",
            registry.told("overview.fracture", fracture),
            definition.note,
        ),
    ]


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
            f"Of patients with a VAS at both visits; a fall of {SUBSTANTIAL.bound:g} % is {SUBSTANTIAL.meaning} "
            f"({SUBSTANTIAL.source}).",
        ),
    ]


def bone(registry: Registry, cohort: Cohort = EVERYONE) -> list[Headline]:
    """Median T-score by site and how many reach the WHO line of -2.5."""
    found = counts(registry, registry.vocabulary.scores, cohort)
    headlines = []
    for site in registry.vocabulary.scores:
        frequency = found.get((site.name, None, None), Frequency())
        low = sum(count for value, count in frequency.values.items() if value <= WHO_LOWER.bound)
        headline = _median_headline(site, frequency)
        detail = (
            f"{headline.detail}; {k_of_n(low, frequency.n)} at or below {number(WHO_LOWER.bound, 1)}"
            if frequency.n
            else headline.detail
        )
        headlines.append(Headline(headline.label, headline.value, detail, T_SCORE_NOTE))
    return headlines


def _frequency(registry: Registry, cohort: Cohort, name: str) -> Frequency:
    found = counts(registry, [registry.vocabulary.variable(name)], cohort)
    return found.get((name, None, None), Frequency())


def _share_headline(label: str, frequency: Frequency, value: object, detail: str, note: str = "") -> Headline:
    """How many have a value, of those of whom it is recorded; whoever is left out is said."""
    if frequency.missing and not frequency.n:
        return Headline(label, NONE, "not recorded", note)
    gap = f"; not recorded in {frequency.missing}" if frequency.missing else ""
    return Headline(label, k_of_n(frequency.values.get(value, 0), frequency.n), f"{detail}{gap}", note)


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
