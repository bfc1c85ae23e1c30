"""What else would give a printed number: another visit or group, fewer patients, or nothing at all (GRIM, GRIMMER)."""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from itertools import combinations

from plro_core.cohort import Criterion
from plro_core.counts import Frequency, change_of, counts
from plro_core.counts.questions import Paths
from plro_core.counts.readings import AsRecorded
from plro_core.drafts.counting import changes_of
from plro_core.drafts.exact import Exact
from plro_core.drafts.model import Part, Reading
from plro_core.lookups import courses
from plro_core.series.claims.possible import grim, possibilities
from plro_core.series.claims.rounding import MeanSd, decimals
from plro_core.series.claims.search import MOST_PATIENTS, by_chance, subset_fits
from plro_core.store import Registry
from plro_core.text import listed, visit_name
from plro_core.vocabulary import Variable

Values = Mapping[Part, Decimal]
#: Whether a statistic of some values is printed so.
Fits = Callable[[Exact], bool]

#: As many other readings as are named.
_MOST_NAMED = 3
#: As much as an exact search of mean and SD may take, in additions of long numbers.
_MOST_STEPS = 3_000_000


def patients_of(registry: Registry, reading: Reading, variable: Variable) -> dict[int, float]:
    """The recorded value of each patient of a reading, or her change in points, by number."""
    who, bound = reading.cohort.case_sql()
    name = f'"{variable.name}"'
    if not variable.per_visit:
        query = f"FROM cases SELECT case_id, {name} WHERE {name} IS NOT NULL AND ({who}) ORDER BY case_id"
        return dict(registry.rows(query, bound))
    if reading.change is not None:
        return _change_of_each(registry, reading, variable)
    query = (
        f"FROM visits SELECT case_id, {name} WHERE month = ? AND {name} IS NOT NULL "
        f"AND case_id IN (SELECT case_id FROM cases WHERE {who}) ORDER BY case_id"
    )
    return dict(registry.rows(query, [reading.month, *bound]))


def _change_of_each(registry: Registry, reading: Reading, variable: Variable) -> dict[int, float]:
    """Each patient's change, where there are few enough patients to look through."""
    since = registry.vocabulary.months[0] if reading.since is None else reading.since
    ends = (since, since if reading.month is None else reading.month)
    asked = Paths(variable, ends, AsRecorded(), cohort=reading.cohort)
    sign = -1 if reading.change is not None and reading.change.way == "fall" else 1
    return {
        patient: sign * change_of(first, later)
        for patient, (_, (first, later)) in courses(registry, asked, MOST_PATIENTS + 1)
        if first is not None and later is not None
    }


def elsewhere(registry: Registry, reading: Reading, variable: Variable, fits: Fits) -> str:
    """Which other visits and groups give the number, in a sentence; empty if none does."""
    names = [words for words, found in _others(registry, reading, variable) if found.n and fits(found)]
    return f"It is what {listed(names[:_MOST_NAMED], 'or')} would give." if names else ""


def _others(registry: Registry, reading: Reading, variable: Variable) -> Iterator[tuple[str, Exact]]:
    if reading.change is not None:
        for later in registry.vocabulary.follow_up:
            if later != reading.month:
                yield visit_name(later).lower(), changes_of(registry, replace(reading, month=later), variable)
        return
    by_month = counts(registry, [variable], reading.cohort)
    for (_, month, _), found in by_month.items():
        if month != reading.month and month is not None:
            yield visit_name(month).lower(), Exact.of(found)
    if reading.cohort.criteria:
        everybody = counts(registry, [variable]).get((variable.name, reading.month, None), Frequency())
        yield "everybody", Exact.of(everybody)
    for group in registry.vocabulary.groupings:
        if reading.cohort.get(group.name) is not None:
            continue
        for (_, month, level), found in counts(registry, [variable], reading.cohort, group).items():
            if month == reading.month and level is not None:
                phrase = Criterion.parse(group.name, str(level), registry.vocabulary).phrase
                yield f"patients with {phrase}", Exact.of(found)


def fewer(registry: Registry, reading: Reading, variable: Variable, values: Values, fits: Fits) -> str:
    """Which patients left out make the printed number, in a sentence or two; empty of too many patients to look through."""
    found = patients_of(registry, reading, variable)
    if not 2 < len(found) <= MOST_PATIENTS:
        return ""
    if {"mean", "sd"} <= set(values):
        return _subsets(found, variable, MeanSd(values["mean"], values["sd"]))
    for number in (1, 2):
        left = [
            out
            for out in combinations(found, number)
            if fits(_exact({patient: value for patient, value in found.items() if patient not in out}))
        ]
        if left:
            named = listed([_patients(out) for out in left[:_MOST_NAMED]], "or")
            more = f", and in {len(left) - _MOST_NAMED} more ways" if len(left) > _MOST_NAMED else ""
            return f"It would be given without {named}{more}."
    return "No one or two patients left out would give it."


def _exact(values: Mapping[int, float]) -> Exact:
    counted: dict[float, int] = {}
    for value in values.values():
        counted[value] = counted.get(value, 0) + 1
    return Exact.of(Frequency(counted, 0))


def _subsets(found: Mapping[int, float], variable: Variable, pair: MeanSd) -> str:
    scale = 10 ** variable.recorded_decimals(found.values())
    units = {patient: round(value * scale) for patient, value in found.items()}
    if not _is_exact(units, scale, pair):
        return ""
    fits = subset_fits(units, scale, pair)
    tried = 2 ** len(units) - 1
    if not fits:
        return f"None of the {tried:,} subsets of the patients gives both."
    best, chance = fits[0], by_chance(units, scale, pair)
    out = [patient for patient in units if patient not in best.patients]
    number = len({fit.patients for fit in fits})
    by_luck = "less than 0.01" if chance.fits < 0.01 else f"{chance.fits:.2g}"
    return (
        f"Without {_patients(out)} it is given exactly ({best.formula} SD); {number} of {tried:,} subsets "
        f"{'gives' if number == 1 else 'give'} it, where {by_luck} would by chance."
    )


def _is_exact(units: Mapping[int, int], scale: int, pair: MeanSd) -> bool:
    """Whether whole numbers of 64 bits hold everything that the search multiplies."""
    parts = [abs(pair.mean) * 10 ** decimals(pair.mean), pair.sd * 10 ** decimals(pair.sd)]
    printed = max(int(part) for part in parts) * scale
    recorded = max(map(abs, units.values())) * 10 ** max(decimals(pair.mean), decimals(pair.sd))
    return (2 * len(units) * (max(printed, recorded) + 1)) ** 2 < 2**62


def _patients(numbers: "list[int] | tuple[int, ...]") -> str:
    return f"patient{'s' if len(numbers) > 1 else ''} {listed([str(number) for number in numbers])}"


def impossible(values: Values, n: int, variable: Variable | None, scale: int) -> str:
    """What GRIM and GRIMMER say of a printed mean and SD of ``n`` values, where they rule it out; else empty.

    Without a variable, as for changes, it is not known between which values they lie, and GRIMMER is not asked.
    """
    if "mean" not in values or n < 2:
        return ""
    if not grim(values["mean"], n, scale):
        return f"No {n} values recorded like these can have this mean (GRIM)."
    if "sd" not in values or variable is None or variable.plausible is None:
        return ""
    low, high = variable.plausible.low, variable.plausible.high
    pair = MeanSd(values["mean"], values["sd"])
    if low is None or high is None or n > MOST_PATIENTS or _steps(pair, n, scale) > _MOST_STEPS:
        return ""
    possible = possibilities(pair, n, scale, round(low * scale), round(high * scale))[n]
    return "" if possible.any_sd else f"No {n} values recorded like these can have this mean with this SD (GRIMMER)."


def _steps(pair: MeanSd, n: int, scale: int) -> float:
    """About how much the exact search takes: it grows with the spread in units of the last recorded decimal."""
    spread = (float(pair.sd) + 10.0 ** -decimals(pair.sd)) * scale
    limit = n * (spread + 1) ** 2
    return n * 2 * math.sqrt(limit * n) * 2 * math.sqrt(limit) * (1 + limit / 2000)
