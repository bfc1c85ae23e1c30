"""How many patients have what a sentence says, and among how many."""

from dataclasses import dataclass
from fractions import Fraction

from plro_core.cohort import Criterion
from plro_core.counts import Frequency, Pair, changes, counts, pairs, sets_of_facts, size
from plro_core.drafts.exact import Exact
from plro_core.drafts.model import Bound, Reading
from plro_core.pain_control import Definition, PainChange, Threshold, beyond, estimate, meeting
from plro_core.store import Registry
from plro_core.vocabulary import Variable


@dataclass(frozen=True)
class Tally:
    """``k`` patients, of ``n`` of whom it is recorded, of ``total``."""

    k: int
    n: int
    total: int


def frequency_of(registry: Registry, reading: Reading, variable: Variable) -> Frequency:
    """How often each value of a variable occurs in the patients, at the visit, of a reading."""
    return counts(registry, [variable], reading.cohort).get((variable.name, reading.month, None), Frequency())


def exact_of(registry: Registry, reading: Reading, variable: Variable) -> Exact:
    """The values of a variable in the patients, at the visit, of a reading."""
    return Exact.of(frequency_of(registry, reading, variable))


def values_of(registry: Registry, reading: Reading, variable: Variable) -> Exact:
    """What a statistic of a reading is of: values, or changes."""
    return (exact_of if reading.change is None else changes_of)(registry, reading, variable)


def changes_of(registry: Registry, reading: Reading, variable: Variable) -> Exact:
    """Each patient's change between two visits, in percent where the reading says so: then without those who began at 0.

    A fall is a number above 0 where the reading is of falls.
    """
    found = _changes(registry, reading, variable)
    if reading.change is None or reading.change.way != "fall":
        return found
    return Exact(dict(sorted((-value, count) for value, count in found.counts.items())))


def _changes(registry: Registry, reading: Reading, variable: Variable) -> Exact:
    both = {pair: count for pair, count in _pairs(registry, reading, variable).items() if None not in pair}
    if reading.change is None or not reading.change.percent:
        return Exact.of(changes(both))
    found: dict[Fraction, int] = {}
    for (first, later), count in both.items():
        percent = PainChange(0, first, later).percent
        if percent is not None:
            found[percent] = found.get(percent, 0) + count
    return Exact(dict(sorted(found.items())))


def _pairs(registry: Registry, reading: Reading, variable: Variable) -> dict[Pair, int]:
    since = registry.vocabulary.months[0] if reading.since is None else reading.since
    month = since if reading.month is None else reading.month
    return pairs(registry, variable, since, month, reading.cohort).get(None, {})


def tally(registry: Registry, reading: Reading) -> Tally:
    """How many patients a reading counts."""
    total = size(registry, reading.cohort).patients
    variable = reading.variable
    if variable is None:
        return Tally(total, size(registry).patients, size(registry).patients)
    if reading.bound is not None:
        return _within(registry, reading, variable, reading.bound, total)
    if variable.many:
        return _of_sets(registry, reading, variable, total)
    found = frequency_of(registry, reading, variable)
    if variable.is_number:
        return Tally(found.n, found.n, total)
    wanted = [level == "yes" if variable.kind == "boolean" else level for level in reading.levels]
    k = sum(count for value, count in found.values.items() if value in wanted)
    return Tally(found.n - k if reading.negated else k, found.n, total)


def _of_sets(registry: Registry, reading: Reading, variable: Variable, total: int) -> Tally:
    """The same where a patient may have several values: all of these, any of these, or only these."""
    wanted = set(reading.levels)
    recorded = Criterion(variable, tuple(level.code for level in variable.levels))
    sets = sets_of_facts(registry, variable, recorded, reading.cohort).get(None, {})
    k = 0
    for held, count in sets.items():
        values = set(held or ())
        has = (
            values == wanted
            if reading.joint == "only"
            else wanted <= values
            if reading.joint == "all"
            else bool(wanted & values)
        )
        k += count if has != reading.negated else 0
    return Tally(k, total - sets.get(None, 0), total)


def _within(registry: Registry, reading: Reading, variable: Variable, bound: Bound, total: int) -> Tally:
    """Patients with a value, or a change from a first value, on the right side of a bound."""
    limit = Fraction(bound.number)
    if not bound.is_change:
        found = exact_of(registry, reading, variable)
        return Tally(
            sum(count for value, count in found.counts.items() if _holds(bound, value - limit)), found.n, total
        )
    sign = -1 if bound.of == "rise" else 1

    def holds(first: float, later: float) -> bool:
        return _holds(bound, sign * beyond(first, later, sign * limit, bound.percent))

    met = meeting(holds, _pairs(registry, reading, variable))
    return Tally(met.k, met.n, total)


def _holds(bound: Bound, beyond_it: Fraction) -> bool:
    return {
        "at least": beyond_it >= 0,
        "more than": beyond_it > 0,
        "at most": beyond_it <= 0,
        "less than": beyond_it < 0,
        "just": beyond_it == 0,
        "other than": beyond_it != 0,
    }[bound.side]


def ever(registry: Registry, reading: Reading) -> int | None:
    """How many patients had a VAS of at most the bound at baseline or for the first time by the visit; ``None`` of anything else."""
    bound, variable = reading.bound, reading.variable
    if bound is None or variable is None or variable.name != "vas" or bound.side != "at most" or bound.number % 1:
        return None
    found = estimate(
        registry, Definition(Threshold("vas", int(bound.number)), sustained=False), reading.cohort, printed_times=False
    )
    by = sum(count for (_, by), count in found.times.items() if by is not None and by <= (reading.month or 0))
    return by + found.left_out.get("at_baseline", 0)
