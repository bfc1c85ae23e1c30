"""Two flags that are never merged: the arrow printed beside a value, and the one computed from a reference range."""

from collections import Counter

from plro_core import lookups
from plro_core.cohort import EVERYONE, Cohort
from plro_core.counts import cells
from plro_core.figures.points import place
from plro_core.store import Registry
from plro_core.tables import Cell, Column, Table
from plro_core.text import k_of_n, number
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


def flag_words(lab: Variable, value: float, printed: str | None) -> str:
    """What the two flags say of a value; where they disagree, both are said."""
    computed = computed_flag(lab, value)
    arrow = {"H": "printed with ↑", "L": "printed with ↓", None: "printed without arrow"}[printed]
    if lab.reference is None:
        return f"{arrow}; no reference range" if printed else ""
    if computed:
        return f"{arrow}; {_BEYOND[computed]} {range_words(lab)}"
    return f"{arrow}, though within {range_words(lab)}" if printed else ""


def flag_disagreements(registry: Registry, cohort: Cohort = EVERYONE) -> Table:
    """Every cell with a printed arrow or a computed flag: those where the two disagree first, then those that agree.

    An analyte without a reference range has no computed flag; a printed arrow there is neither. Of a large cohort the
    cells of a fixed sample of patients are listed; the title counts those of all.
    """
    found = lookups.visits(registry, cohort)
    rows: list[tuple[Cell, ...]] = []
    for visit in found:
        for lab in registry.vocabulary.labs:
            value, printed = visit[lab.name], visit[f"{lab.name}_flag"]
            if value is not None and (printed or computed_flag(lab, value)):
                rows.append(_row(visit, lab, value, printed))
    order = {"disagree": 0, "agree": 1, "no range": 2}
    rows.sort(key=lambda row: order[str(row[-2])])
    sampled = () if found.complete else (f"The cells listed are those of {found.words}; the title counts all.",)
    return Table(
        "flag-disagreements",
        _title(flag_counts(registry, cohort)),
        _COLUMNS,
        tuple(rows),
        (
            registry.told("flags.ranges", "A disagreement may mean another range, an omission or a misprint."),
            "The range of alkaline phosphatase is general knowledge, not checked against a source.",
            *sampled,
        ),
    )


def flag_counts(registry: Registry, cohort: Cohort = EVERYONE) -> Counter[str]:
    """How many flagged cells of everybody in view there are, by what the two flags say of each other."""
    found: Counter[str] = Counter()
    for lab in registry.vocabulary.labs:
        for (value, printed), count in cells(registry, [lab.name, f"{lab.name}_flag"], cohort).items():
            if value is not None and (printed or computed_flag(lab, value)):
                found[_verdict(lab, value, printed)] += count
    return found


def _title(found: Counter[str]) -> str:
    if not found:
        return "No cell has a printed arrow or a computed flag"
    told = k_of_n(found["disagree"], found.total())
    return f"Printed arrow and computed flag disagree in {told} flagged cells"


def _verdict(lab: Variable, value: float, printed: str | None) -> str:
    return "no range" if lab.reference is None else "agree" if printed == computed_flag(lab, value) else "disagree"


_COLUMNS = (
    Column("case_id", "Patient", "integer"),
    Column("month", "Month", "integer"),
    Column("analyte", "Analyte"),
    Column("value", "Value", "number", None),
    Column("unit", "Unit"),
    Column("reference", "Reference range"),
    Column("printed", "Printed arrow"),
    Column("computed", "Computed flag"),
    Column("verdict", "The two"),
    Column("source", "Place"),
)


def _row(visit: lookups.Record, lab: Variable, value: float, printed: str | None) -> tuple[Cell, ...]:
    return (
        visit["case_id"],
        visit["month"],
        lab.label,
        value,
        lab.stated_unit,
        range_words(lab) or "none",
        _WORDS[printed],
        "not computed" if lab.reference is None else _WORDS[computed_flag(lab, value)],
        _verdict(lab, value, printed),
        place(visit),
    )
