"""Pain as finished tables: responders, and the definitions of pain control that were tried."""

from fractions import Fraction

from plro_core.cohort import EVERYONE, Cohort
from plro_core.confounding import confounded
from plro_core.exact.proportions import CLOPPER_PEARSON
from plro_core.pain_control.patients import Grouping, of_patients_only, visit_note
from plro_core.pain_control.reconstruction import Candidate, Reconstruction, reconstruct
from plro_core.pain_control.responders import Responders, responders
from plro_core.store import Registry
from plro_core.tables import Cell, Column, Table, told_apart
from plro_core.tables.notes import general_notes, who
from plro_core.text import listed, patients
from plro_core.vocabulary import Variable
from plro_core.vocabulary.thresholds import responder_words

COUNTED_NOTE = (
    "Falls are compared exactly, so that a fall of exactly the threshold counts. n counts patients with a VAS at "
    "baseline, above 0, and at the month."
)
INTERVAL_NOTE = f"Interval: {CLOPPER_PEARSON}, at least 95 %."
_RECONSTRUCTED_NOTE = (
    "Reconstructed, not reported: the times lie between visits, except the {stated} ones. Bounds of the mean are open "
    "below and closed above; an upper one is empty where somebody was not controlled by her last visit."
)


def responders_table(registry: Registry, cohort: Cohort = EVERYONE, group: Grouping = None) -> Table:
    """k of n by threshold, month and group, with its exact interval and who is not counted."""
    found = responders(registry, cohort, group=group)
    label = group.label if isinstance(group, Variable) else "Group"
    grouped = (Column("by", "Grouped by"), Column("group", label)) if group else ()
    columns = (
        Column("threshold", "Threshold"),
        Column("month", "Month", "integer"),
        *grouped,
        Column("k", "Responders", "integer"),
        Column("n", "n", "integer"),
        Column("low", "95 % interval from", "number", 0, "%"),
        Column("high", "95 % interval to", "number", 0, "%"),
        Column("at_zero", "Baseline VAS 0", "integer"),
        Column("unpaired", "VAS missing", "integer"),
    )
    return Table(
        "responders",
        "Response to treatment: fall in VAS from baseline",
        told_apart(columns),
        tuple(_responder_row(entry, group) for entry in found),
        (
            *general_notes(registry),
            *(confounded(registry, group, of_patients_only(cohort)) if isinstance(group, Variable) else ()),
            *responder_words(),
            COUNTED_NOTE,
            *_zero_note(found),
            INTERVAL_NOTE,
            *visit_note(cohort),
        ),
        who(registry, of_patients_only(cohort)),
    )


def _responder_row(entry: Responders, group: Grouping) -> tuple[Cell, ...]:
    interval = (entry.proportion.low, entry.proportion.high)
    return (
        entry.threshold.label,
        entry.month,
        *((_grouped_by(group), _level_words(entry.group, group)) if group else ()),
        entry.k,
        entry.n,
        *(None if end is None else 100 * end for end in interval),
        entry.at_zero,
        entry.unpaired,
    )


def _grouped_by(group: Grouping) -> str:
    return group.name if isinstance(group, Variable) else "cohort"


def _level_words(code: str | None, group: Grouping) -> str:
    if code is None:
        return "not recorded" if isinstance(group, Variable) else "neither"
    if isinstance(group, Variable):
        return group.level_label(code)
    return {"a": "A", "b": "B", "both": "A and B"}.get(code, code)


def _zero_note(found: list[Responders]) -> tuple[str, ...]:
    most = max((entry.at_zero for entry in found), default=0)
    return (f"A baseline of 0 leaves nothing to fall: up to {patients(most)} a month not counted.",) if most else ()


def definitions_title(registry: Registry) -> str:
    """What the table of definitions is about."""
    return registry.told("pain_control.tried", "Definitions of pain control against what the source states")


def definitions_table(registry: Registry, found: Reconstruction | None = None) -> Table:
    """Every definition of pain control that was tried, best first, against what a document prints."""
    found = found or reconstruct(registry)
    source, stated = registry.source_word, registry.stated_word
    columns = (
        Column("name", "Name"),
        Column("definition", "Definition"),
        Column("verdict", f"Against the {source}"),
        Column("printed_fit", f"{stated.capitalize()} times fit", "boolean"),
        Column("low", "Mean above", "number", 2, "months"),
        Column("high", "Mean at most", "number", 2, "months"),
        Column(
            "mean_fits",
            f"Mean can be {float(found.candidates[0].printed_mean):g}" if found.candidates else "Mean fits",
            "boolean",
        ),
        Column("midpoint", "Mean of midpoints", "number", 2, "months"),
        Column("visits_only", f"Mean of visits, no {stated} time", "number", 2, "months"),
        Column("high_if_latest", f"Mean at most, if the {stated} are latest", "number", 2, "months"),
        Column("latest", f"{stated.capitalize()} patients latest"),
        Column("rivals", "Others as late"),
    )
    return Table(
        "pain-control-definitions",
        definitions_title(registry),
        columns,
        tuple(_definition_row(candidate) for candidate in found.candidates),
        (*general_notes(registry), _RECONSTRUCTED_NOTE.format(stated=stated), *found.reason),
        registry.told("pain_control.who", "The patients of the document"),
    )


def _definition_row(candidate: Candidate) -> tuple[Cell, ...]:
    latest = "for certain" if candidate.are_latest else "possible" if candidate.can_be_latest else "impossible"
    return (
        candidate.definition.name,
        candidate.definition.label,
        candidate.verdict,
        not candidate.contradictions,
        float(candidate.low),
        _cell(candidate.high),
        candidate.mean_fits,
        _cell(candidate.midpoint),
        _cell(candidate.visits_only),
        _cell(candidate.high_if_latest),
        latest,
        listed([str(case_id) for case_id in candidate.rivals]),
    )


def _cell(value: Fraction | None) -> float | None:
    return None if value is None else float(value)
