"""The rules that new data are read with, asked of data that are stored; and the two flags that are never merged."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pyarrow as pa

from plro_core.cohort import EVERYONE, Cohort
from plro_core.counts import size
from plro_core.figures.flags import flag_disagreements
from plro_core.intake.checks import CHECKS, Check, TableFinding, asked
from plro_core.quality.progress import MOST_LISTED, Progress, going_on, listed_of
from plro_core.store import Registry
from plro_core.tables import Cell, Column, Table
from plro_core.tables.notes import reference_note
from plro_core.tables.ranges import flag_notes
from plro_core.vocabulary import written_key

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


def rule_tables(registry: Registry, progress: Progress = going_on) -> tuple[Table, Table]:
    """How often each rule on tables speaks, and the cells or rows that it asks about: of these the first 1000.

    ``progress`` is asked now and then whether to go on; where it answers no, the notes say that not all was looked at.
    """
    hits: Counter[str] = Counter()
    rows: list[tuple[Cell, ...]] = []
    stopped: tuple[str, ...] = ()
    for check, found in asked(_tables(registry), registry.vocabulary):
        if not progress(0.0, f"rule {check.name}"):
            stopped = ("Stopped before all rules were asked.",)
            break
        hits[check.name] += len(found.rows)
        listed = np.arange(min(len(found.rows), MOST_LISTED - len(rows)))
        rows += [_row(check, hit) for hit in found.told(listed)]
    total = hits.total()
    counts = [(check.name, check.says, check.severity, hits[check.name]) for check in CHECKS]
    finding = sum(bool(row[-1]) for row in counts)
    subtitle = size(registry).sentence
    ranges = (*reference_note(registry, registry.vocabulary.labs), *flag_notes(registry))
    title = f"{finding} of {len(counts)} rules find something, {total} times in all"
    counted = Table("rule-counts", title, _COUNTS, tuple(counts), (_LOOK, *ranges, *stopped), subtitle)
    title = f"The rules of intake ask about {total} {'cell' if total == 1 else 'cells'}"
    notes = (_LOOK, *ranges, *listed_of(len(rows), total), *stopped)
    return counted, Table("rule-hits", title, _HITS, tuple(rows), notes, subtitle)


def rule_counts(registry: Registry) -> Table:
    """How often each rule on tables speaks, those that never do included."""
    return rule_tables(registry)[0]


def rule_hits(registry: Registry) -> Table:
    """Every cell or row of the stored tables that a rule of intake would ask about; the first 1000 are listed."""
    return rule_tables(registry)[1]


def _row(check: Check, hit: TableFinding) -> tuple[Cell, ...]:
    key = written_key(hit.key)
    return (
        check.name,
        check.severity,
        hit.table,
        key,
        hit.column,
        _shown(hit.value),
        hit.message,
        hit.suggestion,
    )


def _tables(registry: Registry) -> dict[str, pa.Table]:
    return {name: registry.tables[name] for name in registry.vocabulary.clinical}


def _shown(value: object) -> str | None:
    if value is None or isinstance(value, bool):
        return {None: None, True: "yes", False: "no"}[value]
    return f"{value:g}" if isinstance(value, float) else str(value)


def flag_disagreement(registry: Registry, cohort: Cohort = EVERYONE) -> Table:
    """Every cell with a reported or a computed flag, those where the two disagree first.

    Of a large registry the cells of a fixed sample of patients are listed, and a note says so; the title counts all.
    """
    return replace(flag_disagreements(registry, cohort), subtitle=size(registry, cohort).sentence)
