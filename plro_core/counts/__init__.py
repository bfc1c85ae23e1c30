"""The one question asked of an engine: how often does each value occur in each group of a cohort?

Clinical values are recorded at a fixed precision, so a frequency table per variable and group holds everything that
the statistics need, however many patients there are. Counts are integers: exact, independent of order, and additive.
They come from code columns; SQL over the stored tables gives the same, and is what the code columns are held against.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from plro_core.cohort import EVERYONE, Cohort, Criterion, Membership
from plro_core.counts.codes import CodeEngine
from plro_core.counts.model import ALL, Counted, Engine, Frequency, Group, Pair, Size
from plro_core.counts.sql import SqlEngine
from plro_core.store import Registry
from plro_core.vocabulary import Variable

__all__ = [
    "ALL",
    "CodeEngine",
    "Engine",
    "Frequency",
    "Group",
    "Pair",
    "Size",
    "SqlEngine",
    "change_of",
    "changes",
    "combinations",
    "counts",
    "counts_of_two",
    "engine_of",
    "first_and_last",
    "measured",
    "number_each",
    "pairs",
    "pairs_from_baseline",
    "sets_of_facts",
    "size",
]


def engine_of(registry: Registry) -> Engine:
    """Who counts for a registry."""
    return CodeEngine(registry.codes)


def size(registry: Registry, cohort: Cohort = EVERYONE) -> Size:
    """Patients and visits of the cohort and of the whole registry."""
    return Size(*engine_of(registry).size(cohort), registry.patients, registry.visits)


def counts(
    registry: Registry,
    variables: Iterable[Variable],
    cohort: Cohort = EVERYONE,
    group: Variable | Membership | None = None,
) -> dict[tuple[str, int | None, Group], Frequency]:
    """Frequencies by (variable name, visit month, group level).

    The month is ``None`` for a variable of the case. A patient without a visit at a month has no row there; missing
    counts the visits that took place without this value. For a variable of which a patient may have several values,
    the counts are patients with that value, and missing those with none. Keys of empty groups are absent.
    """
    return _frequencies(engine_of(registry).counted(dict.fromkeys(variables), cohort, group))


def counts_of_two(
    registry: Registry, other: Registry, variables: Iterable[Variable], a: Cohort, b: Cohort
) -> dict[tuple[str, int | None, Group], Frequency]:
    """The same of cohort A in one registry ("a") and cohort B in another ("b"), as if they were two groups of one."""
    asked = list(variables)
    parts = (("a", counts(registry, asked, a)), ("b", counts(other, asked, b)))
    return {(name, month, code): found for code, part in parts for (name, month, _), found in part.items()}


def pairs(
    registry: Registry, entry: Variable, first: int, last: int, cohort: Cohort = EVERYONE, group: Variable | None = None
) -> dict[Group, dict[Pair, int]]:
    """By group: how many patients of the cohort have each pair of values of a visit fact at two visits.

    Each patient is counted once, whether or not she was seen then; a value that is not recorded is ``None``. Only the
    criteria on patients count: a choice of visits by value would leave pairs that no patient has.
    """
    found: dict[Group, dict[Pair, int]] = {}
    for level, before, after, count in engine_of(registry).pairs(entry, first, last, cohort, group):
        found.setdefault(level, {})[before, after] = count
    return found


def pairs_from_baseline(
    registry: Registry,
    variables: Iterable[Variable],
    cohort: Cohort = EVERYONE,
    group: Variable | Membership | None = None,
) -> dict[tuple[str, int | None, Group], dict[Pair, int]]:
    """By variable name, later month and group: how many patients have each pair of a value at baseline and one then.

    Only patients with both values count. Only the criteria on patients count, as in :func:`pairs`.
    """
    entries = list(variables)
    found: dict[tuple[str, int | None, Group], dict[Pair, int]] = {}
    if entries:
        for name, month, level, first, later, count in engine_of(registry).pairs_from_baseline(entries, cohort, group):
            found.setdefault((name, month, level), {})[first, later] = count
    return found


def changes(pairs: Mapping[Pair, int], missing: int = 0) -> Frequency:
    """How often each change occurs, from counted pairs of an earlier and a later value."""
    gathered: dict[float, int] = {}
    for (first, later), count in pairs.items():
        change = change_of(first, later)
        gathered[change] = gathered.get(change, 0) + count
    return Frequency(dict(sorted(gathered.items())), missing)


def change_of(first: float, later: float) -> float:
    """The later value less the earlier one, exactly: 0.3 from 8.9 to 9.2."""
    return float(Decimal(repr(later)) - Decimal(repr(first)))


def number_each(registry: Registry, entry: Variable, among: Iterable[str], cohort: Cohort = EVERYONE) -> Frequency:
    """How many patients of the cohort have one, two … of some values of a many-valued variable; none counts as missing."""
    found = engine_of(registry).number_each(entry, among, cohort)
    missing = found.pop(0, 0)
    return Frequency(dict(sorted(found.items())), missing)


def first_and_last(
    registry: Registry, entry: Variable, of: str, same: str, cohort: Cohort = EVERYONE
) -> dict[str, dict[Pair, int]]:
    """By level of ``of``: how many patients have each pair of first and last value of a measurement that has days.

    Only values with the same ``same`` (such as a machine) are held against each other; of several such stretches of a
    patient the longest counts, and of equally long ones the later.
    """
    condition, values = cohort.case_sql()
    name = entry.name
    rows = registry.rows(
        f'SELECT level, first, last, count(*) FROM (SELECT case_id, "{of}" AS level, arg_min("{name}", day) AS first, '
        f'arg_max("{name}", day) AS last, max(day) AS until, max(day) - min(day) AS days FROM {entry.table} '
        f'WHERE "{name}" IS NOT NULL AND case_id IN (SELECT case_id FROM cases WHERE {condition}) '
        f'GROUP BY case_id, "{of}", "{same}" HAVING days > 0 '
        "QUALIFY row_number() OVER (PARTITION BY case_id, level ORDER BY days DESC, until DESC) = 1) "
        "GROUP BY ALL ORDER BY ALL",
        values,
    )
    found: dict[str, dict[Pair, int]] = {}
    for level, first, last, count in rows:
        found.setdefault(level, {})[first, last] = count
    return found


def measured(
    registry: Registry, entry: Variable, of: str, cohort: Cohort = EVERYONE
) -> dict[str | None, tuple[int, int]]:
    """By level of ``of``, and together (``None``): in how many patients a measurement has a value, and how many values."""
    condition, values = cohort.case_sql()
    rows = registry.rows(
        f'SELECT "{of}", count(DISTINCT case_id), count(*) FROM {entry.table} WHERE "{entry.name}" IS NOT NULL '
        f'AND case_id IN (SELECT case_id FROM cases WHERE {condition}) GROUP BY ROLLUP ("{of}")',
        values,
    )
    return {level: (patients, number) for level, patients, number in rows}


def combinations(
    registry: Registry, variables: Iterable[Variable], cohort: Cohort = EVERYONE
) -> dict[tuple[Any, ...], int]:
    """How many patients of the cohort (of visit facts: visits in view) have each combination of values.

    The variables stand in one table, ``cases`` or ``visits``; a value that is not recorded is ``None``.

    Raises:
        ValueError: they stand in several tables, or in one with several rows a patient.
    """
    entries = list(variables)
    tables = {entry.table for entry in entries}
    if tables not in ({"cases"}, {"visits"}):
        raise ValueError(", ".join(sorted(tables)))
    return dict(engine_of(registry).combinations(entries, cohort, tables.pop()))


def _frequencies(found: Iterable[Counted]) -> dict[tuple[str, int | None, Group], Frequency]:
    gathered: dict[tuple[str, int | None, Group], tuple[dict[Any, int], int]] = {}
    for name, month, group, value, count in found:
        values, missing = gathered.get((name, month, group), ({}, 0))
        if value is None:
            missing += count
        else:
            values[value] = count
        gathered[name, month, group] = (values, missing)
    return {key: Frequency(dict(sorted(values.items())), missing) for key, (values, missing) in gathered.items()}


def sets_of_facts(
    registry: Registry, entry: Variable, among: Criterion, cohort: Cohort = EVERYONE, group: Variable | None = None
) -> dict[Group, dict[tuple[str, ...] | None, int]]:
    """By group: how many patients have each set of values of a fact, such as agents, in rows that meet ``among``.

    An empty set is that of patients with rows of whom none meets it, ``None`` that of patients without any row.
    """
    found: dict[Group, dict[tuple[str, ...] | None, int]] = {}
    for level, held, count in SqlEngine(registry).sets_of_facts(entry, among, cohort, group):
        found.setdefault(level, {})[held] = count
    return found
