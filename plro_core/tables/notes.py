"""What must be said under a table: how its numbers were made, and what in the data forbids a simple reading."""

from collections.abc import Iterable, Mapping

from plro_core.cohort import Cohort, Criterion
from plro_core.counts import Frequency, Group, counts, size
from plro_core.store import Registry
from plro_core.text import listed, patients
from plro_core.vocabulary import Variable

Frequencies = Mapping[tuple[str, int | None, Group], Frequency]

SYNTHETIC = "Synthetic data: none of these patients exist."
QUARTILES = (
    "Median and quartiles are of type 7 (linear interpolation between order statistics); SD is that of a sample. "
    "With fewer than three values the values themselves stand in the median's row and no SD is given; – means nothing to compute."
)
DENOMINATORS = (
    "n counts recorded values, missing the others: of the group's patients, or for a visit of the visits in view that "
    "took place. “k of n” counts recorded values only. No p-values: in groups this small they mislead."
)

#: An attribute that a whole group shares is worth a note when at most this share of the other patients has it.
_RARE_ELSEWHERE = 0.5


def summary_notes(registry: Registry, cohort: Cohort, by: Variable | None) -> tuple[str, ...]:
    """Notes of the summary table: synthetic data first, then confounding, method, and each variable's caveat."""
    variables = [entry for entry in registry.vocabulary.summarised if by is None or entry.name != by.name]
    return (
        *general_notes(registry),
        *(confounding(registry, cohort, by) if by else ()),
        QUARTILES,
        DENOMINATORS,
        *variable_notes(variables),
        *reference_note(registry, variables),
    )


def who(registry: Registry, cohort: Cohort) -> str:
    """Who is in a table and how many, for the line under its title; synthetic data are called so."""
    sentence = f"{cohort.sentence[:1].upper()}{cohort.sentence[1:]}: {size(registry, cohort).sentence}"
    return f"{SYNTHETIC} {sentence}" if registry.manifest.synthetic else sentence


def general_notes(registry: Registry) -> tuple[str, ...]:
    return (SYNTHETIC,) if registry.manifest.synthetic else ()


def variable_notes(variables: Iterable[Variable]) -> tuple[str, ...]:
    """The declared notes, once each, headed by the variables that they are about."""
    owners: dict[str, list[str]] = {}
    for entry in variables:
        if entry.note:
            owners.setdefault(entry.note, []).append(entry.label)
    return tuple(f"{listed(labels)}: {note}" for note, labels in owners.items())


def reference_note(registry: Registry, variables: Iterable[Variable]) -> tuple[str, ...]:
    """The reference ranges of the variables with their sources, in one sentence; none without such a variable."""
    ranges = [
        f"{entry.words} {entry.reference.low:g}–{entry.reference.high:g} {entry.stated_unit} ({entry.reference.source})"
        for entry in variables
        if entry.reference and entry.reference.low is not None and entry.reference.high is not None
    ]
    ending = registry.told("ranges", "Ranges differ by laboratory.")
    return (f"Reference ranges, for orientation: {'; '.join(ranges)}. {ending}",) if ranges else ()


def confounding(registry: Registry, cohort: Cohort, by: Variable) -> tuple[str, ...]:
    """For each group: what all its patients share and few of the others have, read from the counts.

    A group of one patient shares everything with herself, so it gets a sentence of its own.
    """
    others = [entry for entry in registry.vocabulary.groupings if entry.name != by.name]
    numbers = [entry for entry in registry.vocabulary.summarised if entry.table == "cases" and entry.is_number]
    found = counts(registry, [*others, *numbers], cohort, by)
    codes = [level.code for level in by.levels]
    sizes = {code: found.get((others[0].name, None, code), Frequency()).total for code in codes}
    largest = max(codes, key=lambda code: sizes[code])  # what sets the others apart is not mirrored in it
    sentences = (_group_sentence(by, code, sizes, found, others, numbers) for code in codes if code != largest)
    return tuple(sentence for sentence in sentences if sentence)


def _group_sentence(
    by: Variable,
    code: str,
    sizes: Mapping[str, int],
    found: Frequencies,
    others: Iterable[Variable],
    numbers: Iterable[Variable],
) -> str:
    group = Criterion(by, (code,)).phrase
    if sizes[code] == 1:
        return f"Only one patient has {group}: nothing in her column can be told apart from her other characteristics."
    shared = [_shared(entry, code, found, by) for entry in others] + [
        _apart(entry, code, found, by) for entry in numbers
    ]
    words = [word for word in shared if word]
    if sizes[code] == 0 or not words:
        return ""
    everyone = "both patients" if sizes[code] == 2 else f"all {patients(sizes[code])}"
    return (
        f"Confounded: {everyone} with {group} also share {'; '.join(words)}. "
        f"So no difference between these groups can be read as an effect of {by.words}."
    )


def _rest(entry: Variable, code: str, found: Frequencies, by: Variable) -> Frequency:
    parts = [found.get((entry.name, None, level.code), Frequency()) for level in by.levels if level.code != code]
    return sum(parts, Frequency())


def _shared(entry: Variable, code: str, found: Frequencies, by: Variable) -> str:
    """The one value that all of a group have and at most half of the others, in words; empty if there is none."""
    frequency, rest = found.get((entry.name, None, code), Frequency()), _rest(entry, code, found, by)
    if len(frequency.values) != 1 or frequency.missing or not rest.n:
        return ""
    value = next(iter(frequency.values))
    elsewhere = rest.values.get(value, 0)
    if elsewhere > rest.n * _RARE_ELSEWHERE:
        return ""
    level = ("yes" if value else "no") if entry.kind == "boolean" else str(value)
    return f"{Criterion(entry, (level,)).phrase} ({elsewhere} of {rest.n} others)"


def _apart(entry: Variable, code: str, found: Frequencies, by: Variable) -> str:
    """Whether all values of a group lie beyond all values of the others, in words; empty if they overlap."""
    frequency, rest = found.get((entry.name, None, code), Frequency()), _rest(entry, code, found, by)
    if frequency.n < 2 or frequency.missing or rest.n < 2:
        return ""
    if max(frequency.values) < min(rest.values):
        return f"the lowest {entry.words} (all below the others' {entry.written(min(rest.values))})"
    if min(frequency.values) > max(rest.values):
        return f"the highest {entry.words} (all above the others' {entry.written(max(rest.values))})"
    return ""
