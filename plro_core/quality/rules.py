"""The rules that new data are read with, asked of data that are stored; and the two flags that are never merged."""

from collections import Counter
from itertools import islice

from plro_core.cohort import EVERYONE, Cohort
from plro_core.counts import size
from plro_core.figures.flags import flag_disagreements
from plro_core.intake.rules import RULES, doubts
from plro_core.lookups import LIMIT
from plro_core.quality.progress import MOST_LISTED, listed_of
from plro_core.store import Registry
from plro_core.tables import Column, Table
from plro_core.variables import CLINICAL

_LOOK = "A hit is a question to the source, not a fault: many values outside a reference range are the disease."
_HITS = (
    Column("rule", "Rule"),
    Column("severity", "Severity"),
    Column("table", "Table"),
    Column("row", "Row"),
    Column("column", "Column"),
    Column("value", "Value"),
    Column("message", "What"),
    Column("suggestion", "Suggestion"),
)
_COUNTS = (
    Column("rule", "Rule"),
    Column("says", "What it asks for"),
    Column("severity", "Severity"),
    Column("hits", "Hits", "integer"),
)


def rule_hits(registry: Registry) -> Table:
    """Every cell or row of the stored tables that a rule of intake would ask about; the first 1000 are listed."""
    found = doubts(_tables(registry))
    rows = tuple(
        (rule.name, rule.severity, hit.table, "/".join(map(str, hit.key)), hit.column, _shown(hit.value), hit.message, hit.suggestion)
        for rule, hit in islice(found, MOST_LISTED)
    )  # fmt: skip
    total = len(rows) + sum(1 for _ in found)
    notes = (_LOOK, *listed_of(len(rows), total))
    title = f"The rules of intake ask about {total} {'cell' if total == 1 else 'cells'}"
    return Table("rule-hits", title, _HITS, rows, notes, size(registry).sentence)


def rule_counts(registry: Registry) -> Table:
    """How often each rule on tables speaks, those that never do included."""
    hits = Counter(rule.name for rule, _ in doubts(_tables(registry)))
    rows = tuple((rule.name, rule.says, rule.severity, hits[rule.name]) for rule in RULES if rule.applies)
    asked = sum(bool(row[-1]) for row in rows)
    title = f"{asked} of {len(rows)} rules find something, {hits.total()} times in all"
    return Table("rule-counts", title, _COUNTS, rows, (_LOOK,), size(registry).sentence)


def _tables(registry: Registry) -> dict[str, object]:
    return {name: registry.arrow(f'FROM "{name}"') for name in CLINICAL}


def _shown(value: object) -> str | None:
    if value is None or isinstance(value, bool):
        return {None: None, True: "yes", False: "no"}[value]
    return f"{value:g}" if isinstance(value, float) else str(value)


def flag_disagreement(registry: Registry, cohort: Cohort = EVERYONE) -> Table:
    """Every cell with a printed arrow or a computed flag, those where the two disagree first.

    Of a large registry a fixed sample of patients is compared, and a note says so.
    """
    table = flag_disagreements(registry, cohort)
    n = size(registry, cohort).patients
    sampled = (f"A fixed sample of {LIMIT} of {n} patients was compared.",) if n > LIMIT else ()
    notes = (*table.notes, *sampled)
    return Table(table.name, table.title, table.columns, table.rows, notes, size(registry, cohort).sentence)
