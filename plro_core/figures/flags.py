"""Two flags that are never merged: the arrow printed beside a value, and the one computed from a reference range."""

from plro_core import lookups
from plro_core.cohort import EVERYONE, Cohort
from plro_core.figures.points import place
from plro_core.store import Registry
from plro_core.tables import Cell, Column, Table
from plro_core.tables.notes import reference_note
from plro_core.tables.ranges import flag_notes
from plro_core.text import safe_plotly
from plro_core.vocabulary import Reference, Variable

_WORDS = {"H": "high", "L": "low", None: "none"}
_BEYOND = {"H": "above", "L": "below"}


def flag_words(lab: Variable, value: float, printed: str | None) -> str:
    """What the two flags say of a value; where they disagree, both are said."""
    computed = lab.flag(value)
    arrow = {"H": "printed with ↑", "L": "printed with ↓", None: "printed without arrow"}[printed]
    if lab.reference is None:
        return f"{arrow}; no reference range" if printed else ""
    if computed:
        return f"{arrow}; {_BEYOND[computed]} {_told(lab.reference)}"
    return f"{arrow}, though within {_told(lab.reference)}" if printed else ""


def _told(reference: Reference) -> str:
    """A range and whose it is, as a hover says it."""
    when = reference.date and f", {reference.date}"
    return safe_plotly(f"{reference.words} ({reference.by}{when})")


def flag_disagreements(registry: Registry, cohort: Cohort = EVERYONE) -> Table:
    """Every cell with a printed arrow or a computed flag: those where the two disagree first, then those that agree.

    An analyte without a reference range has no computed flag; a printed arrow there is neither.
    """
    rows: list[tuple[Cell, ...]] = []
    for visit in lookups.visits(registry, cohort):
        for lab in registry.vocabulary.labs:
            value, printed = visit[lab.name], visit[f"{lab.name}_flag"]
            computed = lab.flag(value)
            if value is not None and (printed or computed):
                rows.append(_row(visit, lab, value, printed, computed))
    order = {"disagree": 0, "agree": 1, "no range": 2}
    rows.sort(key=lambda row: order[str(row[-2])])
    disagree = sum(row[-2] == "disagree" for row in rows)
    return Table(
        "flag-disagreements",
        f"Printed arrow and computed flag disagree in {disagree} of {len(rows)} flagged cells",
        _COLUMNS,
        tuple(rows),
        (
            registry.told("flags.ranges", "A disagreement may mean another range, an omission or a misprint."),
            *reference_note(registry, registry.vocabulary.labs),
            *flag_notes(registry, cohort),
        ),
    )


_COLUMNS = (
    Column("case_id", "Patient", "integer"),
    Column("month", "Month", "integer"),
    Column("analyte", "Analyte"),
    Column("value", "Value", "number", None),
    Column("unit", "Unit"),
    Column("reference", "Reference range"),
    Column("reference_by", "Range of"),
    Column("printed", "Printed arrow"),
    Column("computed", "Computed flag"),
    Column("verdict", "The two"),
    Column("source", "Place"),
)


def _row(
    visit: lookups.Record, lab: Variable, value: float, printed: str | None, computed: str | None
) -> tuple[Cell, ...]:
    verdict = "no range" if lab.reference is None else "agree" if printed == computed else "disagree"
    return (
        visit["case_id"],
        visit["month"],
        lab.label,
        value,
        lab.stated_unit,
        lab.reference.words if lab.reference else "none",
        lab.reference.by if lab.reference else None,
        _WORDS[printed],
        "not computed" if lab.reference is None else _WORDS[computed],
        verdict,
        place(visit),
    )
