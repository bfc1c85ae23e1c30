"""The rules that new data are read with, asked of data that are stored; and the two flags that are never merged."""

from collections import Counter

from plro_core.cohort import EVERYONE, Cohort
from plro_core.counts import size
from plro_core.figures.flags import flag_disagreements
from plro_core.intake.rules import RULES, Doubt, Rule, doubts
from plro_core.lookups import LIMIT
from plro_core.quality.progress import MOST_LISTED, Progress, going_on, listed_of
from plro_core.store import Registry
from plro_core.tables import Cell, Column, Table
from plro_core.tables.notes import reference_note
from plro_core.tables.ranges import flag_notes
from plro_core.vocabulary import written_key

_LOOK = "A hit is a question to the source, not a fault: many values outside a reference range are the disease."

#: Hits between two questions whether to go on.
_ASKED_EVERY = 10_000

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
    for number, (rule, hit) in enumerate(doubts(_tables(registry), registry.vocabulary)):
        if number % _ASKED_EVERY == 0 and not progress(0.0, f"rule {rule.name}"):
            stopped = ("Stopped before all rules were asked.",)
            break
        hits[rule.name] += 1
        if len(rows) < MOST_LISTED:
            rows.append(_row(rule, hit))
    total = hits.total()
    asked = [(rule.name, rule.says, rule.severity, hits[rule.name]) for rule in RULES if rule.applies]
    finding = sum(bool(row[-1]) for row in asked)
    subtitle = size(registry).sentence
    ranges = (*reference_note(registry, registry.vocabulary.labs), *flag_notes(registry))
    title = f"{finding} of {len(asked)} rules find something, {total} times in all"
    counted = Table("rule-counts", title, _COUNTS, tuple(asked), (_LOOK, *ranges, *stopped), subtitle)
    title = f"The rules of intake ask about {total} {'cell' if total == 1 else 'cells'}"
    notes = (_LOOK, *ranges, *listed_of(len(rows), total), *stopped)
    return counted, Table("rule-hits", title, _HITS, tuple(rows), notes, subtitle)


def rule_counts(registry: Registry) -> Table:
    """How often each rule on tables speaks, those that never do included."""
    return rule_tables(registry)[0]


def rule_hits(registry: Registry) -> Table:
    """Every cell or row of the stored tables that a rule of intake would ask about; the first 1000 are listed."""
    return rule_tables(registry)[1]


def _row(rule: Rule, hit: Doubt) -> tuple[Cell, ...]:
    key = written_key(hit.key)
    return (
        rule.name,
        rule.severity,
        hit.table,
        key,
        hit.column,
        _shown(hit.value),
        hit.message,
        hit.suggestion,
    )


def _tables(registry: Registry) -> dict[str, object]:
    return {name: registry.arrow(f'FROM "{name}"') for name in registry.vocabulary.clinical}


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
