"""Two flags that are never merged: the one reported with a value, and the one computed from a reference range."""

from collections import Counter
from dataclasses import dataclass

from plro_core import lookups
from plro_core.cohort import EVERYONE, Cohort, Criterion
from plro_core.counts import combinations, counts
from plro_core.figures.points import place
from plro_core.statements import chosen_by, only
from plro_core.store import Registry
from plro_core.tables import Cell, Column, Table
from plro_core.tables.notes import reference_note
from plro_core.tables.ranges import flag_notes
from plro_core.text import counted, k_of_n, safe_plotly
from plro_core.vocabulary import Reference, Variable, Vocabulary

_WORDS = {"H": "high", "L": "low", None: "none"}
_BEYOND = {"H": "above", "L": "below"}


def flag_words(lab: Variable, value: float, reported: str | None, how: str) -> str:
    """What the two flags say of a value; where they disagree, both are said. ``how`` the first one came: "printed"."""
    computed = lab.flag(value)
    arrow = {"H": f"{how} with ↑", "L": f"{how} with ↓", None: f"{how} without arrow"}[reported]
    if lab.reference is None:
        return f"{arrow}; no reference range" if reported else ""
    if computed:
        return f"{arrow}; {_BEYOND[computed]} {_told(lab.reference)}"
    return f"{arrow}, though within {_told(lab.reference)}" if reported else ""


def _told(reference: Reference) -> str:
    """A range and whose it is, as a hover says it."""
    when = reference.date and f", {reference.date}"
    return safe_plotly(f"{reference.words} ({reference.by}{when})")


def out_of_range(lab: Variable) -> Criterion:
    """The recorded values that lie outside the reference range of an analyte that has one."""
    return Criterion(lab, (lab.reference,) if lab.reference else (), negated=True)


def reported_flag_of(vocabulary: Vocabulary, lab: Variable) -> Variable:
    """The variable that holds the flag reported with an analyte's value."""
    return vocabulary.variable(f"{lab.name}_flag", "visits")


@dataclass(frozen=True)
class Flagged:
    """How many recorded values carry which flags, of everybody in view; ``arrows``: whether the registry has any arrow."""

    recorded: int = 0
    disagree: int = 0
    agree: int = 0
    no_range: int = 0
    arrows: bool = True

    @property
    def comparable(self) -> int:
        """Values with a reported or a computed flag of an analyte that has a range."""
        return self.disagree + self.agree


def flagged(registry: Registry, cohort: Cohort = EVERYONE) -> Flagged:
    """Count the values in view by what the two flags say of them."""
    found: Counter[str] = Counter()
    labs = registry.vocabulary.labs
    for lab in labs:
        pairs = combinations(registry, [lab, reported_flag_of(registry.vocabulary, lab)], cohort)
        for (value, reported), count in pairs.items():
            if value is not None:
                found["recorded"] += count
                found[_verdict(lab, value, reported)] += count
    arrows = any(
        frequency.n
        for frequency in counts(registry, [reported_flag_of(registry.vocabulary, lab) for lab in labs]).values()
    )
    return Flagged(found["recorded"], found["disagree"], found["agree"], found["no range"], arrows)


def _verdict(lab: Variable, value: float, reported: str | None) -> str:
    """Whether the two flags of a value agree; "no range" if there is none to compute from, empty without a flag."""
    computed = lab.flag(value)
    if not reported and not computed:
        return ""
    return "no range" if lab.reference is None else "agree" if reported == computed else "disagree"


def flag_disagreements(registry: Registry, cohort: Cohort = EVERYONE) -> Table:
    """The cells with a reported or a computed flag: those where the two disagree first, then those that agree.

    An analyte without a reference range has no computed flag; a reported one there is neither. The title counts everybody
    in view; of more than ``lookups.LIMIT`` patients the cells of a fixed sample are listed, which a note says.
    """
    visits, found = lookups.visits(registry, cohort), flagged(registry, cohort)
    rows: list[tuple[Cell, ...]] = []
    for visit in visits:
        for lab in registry.vocabulary.labs:
            value, reported = visit[lab.name], visit[f"{lab.name}_flag"]
            if value is not None and (verdict := _verdict(lab, value, reported)):
                rows.append(_row(visit, lab, value, reported, verdict))
    order = {"disagree": 0, "agree": 1, "no range": 2}
    rows.sort(key=lambda row: order[str(row[-2])])
    return Table(
        "flag-disagreements",
        _title(registry, cohort, found),
        _columns(registry.flag_word),
        tuple(rows),
        _notes(registry, cohort, visits, found),
    )


def _title(registry: Registry, cohort: Cohort, found: Flagged) -> str:
    """Where the two flags disagree, of the values that can be compared; the question if the view was chosen by a value."""
    if chosen := chosen_by(cohort, lab_variables(registry.vocabulary)):
        return only(f"Where do {registry.flag_word} and computed flag disagree?", chosen).text
    if not found.recorded:
        return "Laboratory values are not recorded"
    if not found.arrows:
        outside = k_of_n(found.disagree, found.recorded)
        return f"{registry.flag_word.capitalize()}s are not recorded; {outside} values lie outside a reference range"
    if not found.comparable:
        return f"No value has a {registry.flag_word} or lies outside its reference range"
    return f"{registry.flag_word.capitalize()} and computed flag disagree in {k_of_n(found.disagree, found.comparable)} flagged cells"


def lab_variables(vocabulary: Vocabulary) -> list[Variable]:
    """The laboratory values and the flags reported with them: what a statement of flags is about."""
    return [*vocabulary.labs, *(reported_flag_of(vocabulary, lab) for lab in vocabulary.labs)]


def _notes(registry: Registry, cohort: Cohort, visits: lookups.Sample, found: Flagged) -> tuple[str, ...]:
    notes = [
        registry.told("flags.ranges", "A disagreement may mean another range, an omission or a misprint."),
        *reference_note(registry, registry.vocabulary.labs),
        *flag_notes(registry, cohort),
    ]
    if found.no_range:
        arrows = counted(found.no_range, registry.flag_word)
        notes.append(
            f"Not counted in the title: {arrows} of analytes without a range, which can neither agree nor disagree."
        )
    if found.recorded and not found.arrows:
        notes.append(
            "No such flag is recorded in this registry: each value outside its range is listed as a disagreement."
        )
    if not visits.complete:
        notes.append(f"The counts are of everybody; listed are the cells of {visits.words}.")
    return tuple(notes)


def _columns(flag: str) -> tuple[Column, ...]:
    return (
        Column("case_id", "Patient", "integer"),
        Column("month", "Month", "integer"),
        Column("analyte", "Analyte"),
        Column("value", "Value", "number", None),
        Column("unit", "Unit"),
        Column("reference", "Reference range"),
        Column("reference_by", "Range of"),
        Column("printed", flag.capitalize()),
        Column("computed", "Computed flag"),
        Column("verdict", "The two"),
        Column("source", "Place"),
    )


def _row(visit: lookups.Record, lab: Variable, value: float, reported: str | None, verdict: str) -> tuple[Cell, ...]:
    return (
        visit["case_id"],
        visit["month"],
        lab.label,
        value,
        lab.stated_unit,
        lab.reference.words if lab.reference else "none",
        lab.reference.by if lab.reference else None,
        _WORDS[reported],
        "not computed" if lab.reference is None else _WORDS[lab.flag(value)],
        verdict,
        place(visit),
    )
