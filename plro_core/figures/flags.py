"""Two flags that are never merged: the one reported with a value, and the one computed from a reference range."""

from plro_core import lookups
from plro_core.cohort import EVERYONE, Cohort
from plro_core.figures.points import place
from plro_core.store import Registry
from plro_core.tables import Cell, Column, Table
from plro_core.text import number
from plro_core.vocabulary import Variable

_WORDS = {"H": "high", "L": "low", None: "none"}
_BEYOND = {"H": "above", "L": "below"}


def computed_flag(lab: Variable, value: float | None) -> str | None:
    """``H`` above the reference range, ``L`` below it, ``None`` inside, without a value or without a range."""
    if value is None or lab.reference is None or value in lab.reference:
        return None
    return "L" if lab.reference.low is not None and value < lab.reference.low else "H"


def range_words(lab: Variable) -> str:
    """The reference range with its unit, such as "8.4–10.2 mg/dL"; empty without one."""
    if lab.reference is None or lab.reference.low is None or lab.reference.high is None:
        return ""
    low, high = (number(end, 0 if end == int(end) else 1) for end in (lab.reference.low, lab.reference.high))
    return f"{low}–{high} {lab.unit}"


def flag_words(lab: Variable, value: float, reported: str | None, how: str) -> str:
    """What the two flags say of a value; where they disagree, both are said. ``how`` the first one came: "printed"."""
    computed = computed_flag(lab, value)
    arrow = {"H": f"{how} with ↑", "L": f"{how} with ↓", None: f"{how} without arrow"}[reported]
    if lab.reference is None:
        return f"{arrow}; no reference range" if reported else ""
    if computed:
        return f"{arrow}; {_BEYOND[computed]} {range_words(lab)}"
    return f"{arrow}, though within {range_words(lab)}" if reported else ""


def flag_disagreements(registry: Registry, cohort: Cohort = EVERYONE) -> Table:
    """Every cell with a reported or a computed flag: those where the two disagree first, then those that agree.

    An analyte without a reference range has no computed flag; a reported one there is neither.
    """
    rows: list[tuple[Cell, ...]] = []
    for visit in lookups.visits(registry, cohort):
        for lab in registry.vocabulary.labs:
            value, reported = visit[lab.name], visit[f"{lab.name}_flag"]
            computed = computed_flag(lab, value)
            if value is not None and (reported or computed):
                rows.append(_row(visit, lab, value, reported, computed))
    order = {"disagree": 0, "agree": 1, "no range": 2}
    rows.sort(key=lambda row: order[str(row[-2])])
    disagree = sum(row[-2] == "disagree" for row in rows)
    return Table(
        "flag-disagreements",
        f"{registry.flag_word.capitalize()} and computed flag disagree in {disagree} of {len(rows)} flagged cells",
        _columns(registry.flag_word),
        tuple(rows),
        (
            registry.told("flags.ranges", "A disagreement may mean another range, an omission or a misprint."),
            "The range of alkaline phosphatase is general knowledge, not checked against a source.",
        ),
    )


def _columns(flag: str) -> tuple[Column, ...]:
    return (
        Column("case_id", "Patient", "integer"),
        Column("month", "Month", "integer"),
        Column("analyte", "Analyte"),
        Column("value", "Value", "number", None),
        Column("unit", "Unit"),
        Column("reference", "Reference range"),
        Column("printed", flag.capitalize()),
        Column("computed", "Computed flag"),
        Column("verdict", "The two"),
        Column("source", "Place"),
    )


def _row(
    visit: lookups.Record, lab: Variable, value: float, reported: str | None, computed: str | None
) -> tuple[Cell, ...]:
    verdict = "no range" if lab.reference is None else "agree" if reported == computed else "disagree"
    return (
        visit["case_id"],
        visit["month"],
        lab.label,
        value,
        lab.stated_unit,
        range_words(lab) or "none",
        _WORDS[reported],
        "not computed" if lab.reference is None else _WORDS[computed],
        verdict,
        place(visit),
    )
