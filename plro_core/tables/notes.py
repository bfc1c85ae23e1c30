"""What must be said under a table: how its numbers were made, and what in the data forbids a simple reading."""

from collections.abc import Iterable

from plro_core.cohort import Cohort
from plro_core.confounding import confounded
from plro_core.counts import size
from plro_core.store import Registry
from plro_core.text import NOT_SMALL, listed
from plro_core.vocabulary import Variable

SYNTHETIC = "Synthetic data: none of these patients exist."
QUARTILES = (
    "Median and quartiles are of type 7 (linear interpolation between order statistics); SD is that of a sample. "
    "With fewer than three values the values themselves stand in the median's row and no SD is given; – means nothing to compute."
)
DENOMINATORS = (
    "n counts recorded values, missing the others: of the group's patients, or for a visit of the visits in view that "
    "took place. “k of n” counts recorded values only. No p-values: {why}."
)
#: Said where a cohort also chooses visits, and only its choice of patients counts.
ALL_VISITS = "All visits of these patients count here: the choice of visits does not apply."
_SMALL, _LARGE = "in groups this small they mislead", "of so many patients the least difference has a small one"


def summary_notes(registry: Registry, cohort: Cohort, by: Variable | None) -> tuple[str, ...]:
    """Notes of the summary table: synthetic data first, then confounding, method, and each variable's caveat."""
    variables = [entry for entry in registry.vocabulary.summarised if by is None or entry.name != by.name]
    return (
        *general_notes(registry),
        *(confounded(registry, by, cohort) if by else ()),
        QUARTILES,
        DENOMINATORS.format(why=_SMALL if size(registry, cohort).patients < NOT_SMALL else _LARGE),
        *variable_notes(variables),
        *reference_note(registry, variables),
    )


def who(registry: Registry, cohort: Cohort) -> str:
    """Who is in a table and how many, for the line under its title; synthetic data are called so."""
    sentence = f"{cohort.sentence[:1].upper()}{cohort.sentence[1:]}: {size(registry, cohort).sentence}"
    return f"{SYNTHETIC} {sentence}" if registry.manifest.synthetic else sentence


def general_notes(registry: Registry) -> tuple[str, ...]:
    return (SYNTHETIC,) if registry.manifest.synthetic else ()


def visit_note(cohort: Cohort) -> tuple[str, ...]:
    return (ALL_VISITS,) if cohort.which_visits else ()


def variable_notes(variables: Iterable[Variable]) -> tuple[str, ...]:
    """The declared notes, once each, headed by the variables that they are about."""
    owners: dict[str, list[str]] = {}
    for entry in variables:
        if entry.note:
            owners.setdefault(entry.note, []).append(entry.label)
    return tuple(f"{listed(labels)}: {note}" for note, labels in owners.items())


def reference_note(registry: Registry, variables: Iterable[Variable]) -> tuple[str, ...]:
    """The reference ranges of the variables and whose they are, in one sentence; none without such a variable."""
    ranges = [
        f"{entry.words} {entry.reference.words}{', assumed' if entry.assumed_unit else ''} ({entry.reference.cited})"
        for entry in variables
        if entry.reference
    ]
    ending = registry.told("ranges", "Ranges differ by laboratory.")
    return (f"Reference ranges, for orientation: {'; '.join(ranges)}. {ending}",) if ranges else ()
