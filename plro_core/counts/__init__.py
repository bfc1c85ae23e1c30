"""How many: the questions that statistics rest on, and their answers in the form that statistics take.

Clinical values are recorded at a fixed precision, so a frequency table per variable and group holds everything that
the statistics need, however many patients there are. Counts are integers: exact, independent of order, and additive.
Each function here makes a question (:mod:`plro_core.counts.questions`), asks the registry's engine, and puts the answer
in order. Code columns answer; SQL over the stored tables gives the same, and is what the code columns are held against.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Any

from plro_core.cohort import EVERYONE, Cohort, Criterion
from plro_core.counts.asked import AskedEngine
from plro_core.counts.asked_of import cluster_of, scheduler
from plro_core.counts.codes import CodeEngine
from plro_core.counts.model import ALL, Engine, Frequency, Group, Pair, Size, change_of
from plro_core.counts.paths import first_of_each
from plro_core.counts.questions import (
    MEASURED,
    Answer,
    ChangesFromBaseline,
    Combinations,
    Counted,
    FirstAndLast,
    Grouping,
    Measured,
    NumberEach,
    Pairs,
    PairsFromBaseline,
    Paths,
    Question,
    Recorded,
    SetsOfFacts,
    Sized,
    patients_of,
    together,
)
from plro_core.counts.sql import SqlEngine
from plro_core.counts.tiles import TiledEngine
from plro_core.store import Registry
from plro_core.vocabulary import Variable

__all__ = [
    "ALL",
    "Answer",
    "CodeEngine",
    "Engine",
    "Frequency",
    "Group",
    "Pair",
    "Question",
    "Size",
    "SqlEngine",
    "change_of",
    "changes",
    "changes_from_baseline",
    "combinations",
    "counts",
    "counts_of_two",
    "engine_of",
    "first_and_last",
    "followers",
    "measured",
    "months",
    "number_each",
    "pairs",
    "pairs_from_baseline",
    "paths",
    "recorded",
    "sets_of_facts",
    "size",
    "together",
]


def engine_of(registry: Registry) -> AskedEngine:
    """Who counts for a registry: the Dask cluster that was named, where the registry lies in shards for it, else code columns.

    What was asked before of the same content is not counted again, nor is a filter that is being moved.

    Raises:
        EngineProblem: the name is no address, the list of the shards is damaged, or there are none and nobody else is to count.
    """
    cluster = cluster_of(registry)
    if cluster is not None:
        return AskedEngine(cluster, (scheduler(), _content(registry)))
    return AskedEngine(
        registry.kept("engine", lambda: TiledEngine(CodeEngine(registry.codes), registry.codes)), _content(registry)
    )


def _content(registry: Registry) -> Hashable:
    """By what its answers are kept: its content and words; one that was never on disk has no checksum, and is itself alone."""
    if not registry.manifest.files:
        return registry.kept("alone", object)
    return registry.kept("content and words", lambda: (registry.content, registry.vocabulary.declared.sha256))


def size(registry: Registry, cohort: Cohort = EVERYONE) -> Size:
    """Patients and visits of the cohort and of the whole registry."""
    found = engine_of(registry).answer(Sized(cohort))
    return Size(found.get(("patients",), 0), found.get(("visits",), 0), registry.patients, registry.visits)


def counts(
    registry: Registry,
    variables: Iterable[Variable],
    cohort: Cohort = EVERYONE,
    group: Grouping = None,
) -> dict[tuple[str, int | None, Group], Frequency]:
    """Frequencies by (variable name, visit month, group level).

    The month is ``None`` for a variable of the case. A patient without a visit at a month has no row there; missing
    counts the visits that took place without this value. For a variable of which a patient may have several values,
    the counts are patients with that value, and missing those with none. Keys of empty groups are absent.
    """
    asked = tuple(dict.fromkeys(variables))
    return _frequencies(asked, engine_of(registry).answer(Counted(asked, cohort, group)))


def counts_of_two(
    registry: Registry, other: Registry, variables: Iterable[Variable], a: Cohort, b: Cohort
) -> dict[tuple[str, int | None, Group], Frequency]:
    """The same of cohort A in one registry ("a") and cohort B in another ("b"), as if they were two groups of one."""
    asked = list(variables)
    parts = (("a", counts(registry, asked, a)), ("b", counts(other, asked, b)))
    return {(name, month, code): found for code, part in parts for (name, month, _), found in part.items()}


def pairs(
    registry: Registry, entry: Variable, first: int, last: int, cohort: Cohort = EVERYONE, group: Grouping = None
) -> dict[Group, dict[Pair, int]]:
    """By group: how many patients of the cohort have each pair of values of a visit fact at two visits.

    Each patient is counted once, whether or not she was seen then; a value that is not recorded is ``None``. Only the
    criteria on patients count: a choice of visits by value would leave pairs that no patient has.
    """
    answer = engine_of(registry).answer(Pairs(entry, first, last, patients_of(cohort), group))
    found: dict[Group, dict[Pair, int]] = {}
    for (level, before, after), count in _sorted(answer, _missing_last):
        found.setdefault(level, {})[before, after] = count
    return found


def pairs_from_baseline(
    registry: Registry,
    variables: Iterable[Variable],
    cohort: Cohort = EVERYONE,
    group: Grouping = None,
) -> dict[tuple[str, int | None, Group], dict[Pair, int]]:
    """By variable name, later month and group: how many patients have each pair of a value at baseline and one then.

    Only patients with both values count. Only the criteria on patients count, as in :func:`pairs`.
    """
    asked = tuple(dict.fromkeys(variables))
    answer = engine_of(registry).answer(PairsFromBaseline(asked, patients_of(cohort), group))
    found: dict[tuple[str, int | None, Group], dict[Pair, int]] = {}
    for (name, month, level, first, later), count in _sorted(answer, _by_variable(asked)):
        found.setdefault((name, month, level), {})[first, later] = count
    return found


def changes_from_baseline(
    registry: Registry,
    variables: Iterable[Variable],
    cohort: Cohort = EVERYONE,
    group: Grouping = None,
) -> dict[tuple[str, int | None, Group], Frequency]:
    """By variable name, later month and group: how often each change from baseline occurs, in those with both values.

    Only the criteria on patients count, as in :func:`pairs`.
    """
    asked = tuple(dict.fromkeys(variables))
    return _frequencies(asked, engine_of(registry).answer(ChangesFromBaseline(asked, patients_of(cohort), group)))


def changes(pairs: Mapping[Pair, int], missing: int = 0) -> Frequency:
    """How often each change occurs, from counted pairs of an earlier and a later value."""
    gathered: dict[float, int] = {}
    for (first, later), count in pairs.items():
        change = change_of(first, later)
        gathered[change] = gathered.get(change, 0) + count
    return Frequency(dict(sorted(gathered.items())), missing)


def number_each(registry: Registry, entry: Variable, among: Iterable[str], cohort: Cohort = EVERYONE) -> Frequency:
    """How many patients of the cohort have one, two … of some values of a many-valued variable; none counts as missing."""
    found = dict(engine_of(registry).answer(NumberEach(entry, frozenset(among), patients_of(cohort))))
    missing = found.pop((0,), 0)
    return Frequency({number: count for (number,), count in sorted(found.items())}, missing)


def first_and_last(
    registry: Registry, entry: Variable, of: str, same: str, cohort: Cohort = EVERYONE
) -> dict[str, dict[Pair, int]]:
    """By level of ``of``: how many patients have each pair of first and last value of a measurement that has days.

    Only values with the same ``same`` (such as a machine) are held against each other; of several such stretches of a
    patient the longest counts, and of equally long ones the later.
    """
    answer = engine_of(registry).answer(FirstAndLast(entry, of, same, patients_of(cohort)))
    found: dict[str, dict[Pair, int]] = {}
    for (level, first, last), count in _sorted(answer, _missing_last):
        found.setdefault(level, {})[first, last] = count
    return found


def measured(
    registry: Registry, entry: Variable, of: str, cohort: Cohort = EVERYONE
) -> dict[str | None, tuple[int, int]]:
    """By level of ``of``, and together (``None``): in how many patients a measurement has a value, and how many values."""
    found = engine_of(registry).answer(Measured(entry, of, patients_of(cohort)))
    levels = sorted({level for _, *levels in found for level in levels if level is not None})
    patients, values = MEASURED
    by_level = {level: (found.get((patients, level), 0), found.get((values, level), 0)) for level in levels}
    return by_level | {None: (found.get((patients,), 0), found.get((values,), 0))}


def months(registry: Registry) -> tuple[int, ...]:
    """The planned visits and every other month at which anybody had a visit."""

    def found() -> tuple[int, ...]:
        month = registry.vocabulary.variable("month", "visits")
        seen = engine_of(registry).answer(Combinations((month,)))
        return tuple(sorted({*registry.vocabulary.months, *(int(at) for (at,) in seen if at is not None)}))

    return registry.kept("months of visits", found)


def recorded(registry: Registry, asked: Recorded) -> dict[Any, dict[str | None, int]]:
    """By place, missing last: in how many rows each variable is recorded, and under ``None`` how many rows there are."""
    found: dict[Any, dict[str | None, int]] = {}
    for (name, place), count in _sorted(engine_of(registry).answer(asked), lambda key: _missing_last(key[1:])):
        found.setdefault(place, {})[name] = count
    return found


def paths(registry: Registry, asked: Paths) -> dict[Group, dict[tuple[Any, ...], int]]:
    """By group: how many patients have each path with what stands beside it, ``(path, value of each of beside …)``."""
    found: dict[Group, dict[tuple[Any, ...], int]] = {}
    for (level, *key), count in sorted(engine_of(registry).answer(asked).items(), key=_by_path):
        found.setdefault(level, {})[tuple(key)] = count
    return found


def followers(registry: Registry, asked: Paths, limit: int) -> dict[tuple[Any, ...], tuple[int, ...]]:
    """By path: the numbers of the patients who have it, for a list; the lowest ones where they are more than ``limit``."""
    return first_of_each(registry.codes, asked, limit)


def combinations(
    registry: Registry, variables: Iterable[Variable], cohort: Cohort = EVERYONE
) -> dict[tuple[Any, ...], int]:
    """How many patients of the cohort (of visit facts: visits in view) have each combination of values.

    The variables stand in one table, ``cases`` or ``visits``; a value that is not recorded is ``None``.

    Raises:
        ValueError: they stand in several tables, or in one with several rows a patient.
    """
    return dict(_sorted(engine_of(registry).answer(Combinations(tuple(variables), cohort)), _missing_last))


def sets_of_facts(
    registry: Registry, entry: Variable, among: Criterion, cohort: Cohort = EVERYONE, group: Grouping = None
) -> dict[Group, dict[tuple[str, ...] | None, int]]:
    """By group: how many patients have each set of values of a fact, such as agents, in rows that meet ``among``.

    An empty set is that of patients with rows of whom none meets it, ``None`` that of patients without any row.
    """
    answer = engine_of(registry).answer(SetsOfFacts(entry, among, patients_of(cohort), group))
    found: dict[Group, dict[tuple[str, ...] | None, int]] = {}
    for (level, held), count in _sorted(answer, _empty_last):
        found.setdefault(level, {})[held] = count
    return found


# An answer in order


def _sorted(answer: Answer, place: Callable[[tuple[Any, ...]], Any]) -> list[tuple[tuple[Any, ...], int]]:
    return sorted(answer.items(), key=lambda entry: place(entry[0]))


def _missing_last(key: tuple[Any, ...]) -> tuple[Any, ...]:
    """Ascending; what is not recorded stands after all values."""
    return tuple((value is None, 0 if value is None else value) for value in key)


def _by_path(entry: tuple[tuple[Any, ...], int]) -> Any:
    """By group, path and what stands beside it, ascending; what is not recorded stands after all values."""
    (level, path, *beside), _ = entry
    return _missing_last((level, *path, *beside))


def _empty_last(key: tuple[Any, ...]) -> tuple[Any, ...]:
    """By group; sets of facts ascending, then the empty one, then that of patients without any row."""
    level, held = key
    return _missing_last((level,)), held is None, not held, held or ()


def _by_variable(entries: Iterable[Variable]) -> Callable[[tuple[Any, ...]], Any]:
    """In the order of the variables; what is not recorded stands before all values."""
    places = {entry.name: place for place, entry in enumerate(entries)}
    return lambda key: (places[key[0]], *((value is not None, 0 if value is None else value) for value in key[1:]))


def _frequencies(entries: Iterable[Variable], answer: Answer) -> dict[tuple[str, int | None, Group], Frequency]:
    gathered: dict[tuple[str, int | None, Group], tuple[dict[Any, int], list[int]]] = {}
    for (name, month, group, value), count in answer.items():
        values, missing = gathered.setdefault((name, month, group), ({}, []))
        if value is None:
            missing.append(count)
        else:
            values[value] = count
    place = _by_variable(entries)
    return {
        key: Frequency(dict(sorted(gathered[key][0].items())), sum(gathered[key][1]))
        for key in sorted(gathered, key=place)
    }
