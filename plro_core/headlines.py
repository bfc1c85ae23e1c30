"""The few numbers and sentences that a page says first, each with its n."""

from dataclasses import dataclass

from plro_core.cohort import EVERYONE, Cohort
from plro_core.counts import Frequency, Group, counts, size
from plro_core.pain_control import Rule, responders
from plro_core.statistics import SMALLEST_N_FOR_MEDIAN, Summary, quantile, summarise
from plro_core.store import Registry
from plro_core.text import NONE, k_of_n, listed, number, patients, safe_markdown, visit_name
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
    fractured = _having(registry, cohort, "case_definition", "vertebral_fracture")
    return f"{patients(n)}, {fractured} with a documented vertebral fracture"


def overview(registry: Registry, cohort: Cohort = EVERYONE) -> list[Headline]:
    """Age, time of diagnosis, risk factors and fractures of the cohort."""
    found = _found(registry, cohort, "age", "weeks_postpartum", "smoking", "breastfeeding")
    n = size(registry, cohort).patients
    definition = registry.vocabulary.variable("case_definition")
    return [
        _median_headline(registry.vocabulary.variable("age"), found.get(("age", None, None), Frequency())),
        _median_headline(
            registry.vocabulary.variable("weeks_postpartum"), found.get(("weeks_postpartum", None, None), Frequency())
        ),
        Headline("Smoking", k_of_n(_having(registry, cohort, "smoking", True), n), "history of smoking recorded"),
        Headline(
            "Went on breastfeeding",
            k_of_n(_having(registry, cohort, "breastfeeding", "continued"), n),
            "after advice to stop",
            registry.vocabulary.variable("breastfeeding").note,
        ),
        Headline(
            "Vertebral fracture",
            k_of_n(_having(registry, cohort, "case_definition", "vertebral_fracture"), n),
            "documented at named levels",
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
    return [
        *seen,
        Headline(
            f"Pain halved by {visit_name(months[1]).lower()}",
            k_of_n(halved.k, halved.n),
            "at least 50 % below baseline",
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


@dataclass(frozen=True)
class Confounders:
    """What else differs between groups: one row a group, with the sentences that a reader needs first."""

    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    sentences: tuple[str, ...]


_TRAITS = ("smoking", "bisphosphonate", "vertebroplasty", "case_definition")


def confounders(registry: Registry, group: Variable, cohort: Cohort = EVERYONE) -> Confounders:
    """Smoking, spine T-score, fractures, baseline VAS and bisphosphonate beside each group.

    No difference between groups should be read without it: with ten patients every group differs in several ways.
    """
    who, words = Cohort(cohort.who), registry.vocabulary
    vas, spine = words.variable("vas", "visits"), words.variable("t_l1_l4", "cases")
    found = counts(
        registry, [words.variable(name, "cases") for name in (*_TRAITS, spine.name, "breastfeeding")], who, group
    )
    pain_found = counts(registry, [vas], who, group)
    levels = sorted({key[2] for key in found}, key=lambda level: (level is None, str(level)))
    rows = tuple(_confounder_row(group, level, (spine, vas), found, pain_found) for level in levels)
    headers = (
        group.label,
        "Patients",
        "Smoking",
        "Median L1-L4 T-score",
        "Vertebral fracture",
        "Median baseline VAS",
        "Bisphosphonate",
    )
    return Confounders(headers, rows, tuple(_shared_traits(group, levels, found)))


def _confounder_row(
    group: Variable,
    level: Group,
    medians: tuple[Variable, Variable],
    found: dict[tuple[str, int | None, Group], Frequency],
    pain_found: dict[tuple[str, int | None, Group], Frequency],
) -> tuple[str, ...]:
    def having(name: str, value: object) -> str:
        frequency = found.get((name, None, level), Frequency())
        return k_of_n(frequency.values.get(value, 0), frequency.n)

    score, vas = medians
    spine = found.get((score.name, None, level), Frequency())
    return (
        "not recorded" if level is None else group.level_label(level),
        str(spine.total),
        having("smoking", True),
        median_words(score, spine),
        having("case_definition", "vertebral_fracture"),
        median_words(vas, pain_found.get(("vas", 0, level), Frequency())),
        having("bisphosphonate", True),
    )


def median_words(entry: Variable, frequency: Frequency) -> str:
    """The median with its n; fewer than three values are listed, because their median would hide how few they are."""
    if not frequency.n:
        return NONE
    if frequency.n < SMALLEST_N_FOR_MEDIAN:
        return ", ".join(entry.written(value) for value, count in frequency.values.items() for _ in range(count))
    return f"{entry.written(quantile(frequency, 0.5))} (n = {frequency.n})"


def _shared_traits(
    group: Variable, levels: list[Group], found: dict[tuple[str, int | None, Group], Frequency]
) -> list[str]:
    """Sentences on groups whose members all share something that not everybody else has."""
    sentences = []
    for level in levels:
        if level is None:
            continue
        shared = [
            trait
            for name, value, trait in (
                ("smoking", True, "smoke"),
                ("case_definition", "vertebral_fracture", "have a documented vertebral fracture"),
                ("bisphosphonate", True, "received a bisphosphonate"),
                ("breastfeeding", "continued", "went on breastfeeding"),
            )
            if name != group.name and _sets_apart(found, name, value, level, levels)
        ]
        n = found[("t_l1_l4", None, level)].total if ("t_l1_l4", None, level) in found else 0
        if shared and n > 1:
            everyone = "Both patients" if n == 2 else f"All {n} patients"
            sentences.append(
                f"{everyone} with {group.words} {group.level_label(level)} also {listed(shared)}: "
                "the groups differ in more than this one thing."
            )
    return sentences


def _sets_apart(
    found: dict[tuple[str, int | None, Group], Frequency],
    name: str,
    value: object,
    level: Group,
    levels: list[Group],
) -> bool:
    """Whether all members of a group have a trait that not all of the others have."""
    here = found.get((name, None, level), Frequency())
    others = sum((found.get((name, None, other), Frequency()) for other in levels if other != level), Frequency())
    return bool(here.n) and here.values.get(value, 0) == here.total and others.values.get(value, 0) < others.total
