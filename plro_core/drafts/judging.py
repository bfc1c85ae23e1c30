"""What the registry gives for a statement as it is read, and whether the printed numbers are those."""

from collections.abc import Iterator
from dataclasses import replace

from plro_core.counts import size
from plro_core.drafts.change_judging import change_judged, directed, ends_judged
from plro_core.drafts.count_judging import count_judged
from plro_core.drafts.counting import changes_of, exact_of, values_of
from plro_core.drafts.exact import Exact
from plro_core.drafts.model import Found, Reading, Statement
from plro_core.drafts.searching import elsewhere, fewer, impossible
from plro_core.drafts.statistic import fit, statistic, ways
from plro_core.store import Registry
from plro_core.text import grouped, patients
from plro_core.vocabulary import Variable


def judged(registry: Registry, statement: Statement, reading: Reading, searches: bool = True) -> Found:
    """What the registry makes of a statement; ``unknown`` where nothing of it can be held against the statement.

    ``searches`` says whether it is looked for what else would give a number that differs.
    """
    if reading.skipped:
        return Found("unknown", "", "Left out by the reader: it is not about this registry.")
    if reading.problem:
        return Found("unknown", "", reading.problem)
    found = _held_against(registry, statement, reading, searches)
    if found.status == "differs" and (reading.is_weak or _would_elsewhere(registry, statement, reading)):
        return replace(found, status="unknown", explanation=f"{found.explanation} Is it meant so?".strip())
    return found


def _would_elsewhere(registry: Registry, statement: Statement, reading: Reading) -> bool:
    """Whether another visit would give a statement that names none."""
    if not reading.is_at_any_visit:
        return False
    at_others = (replace(reading, month=month) for month in registry.vocabulary.months if month != reading.month)
    return any(_held_against(registry, statement, other, False).status == "agrees" for other in at_others)


def _held_against(registry: Registry, statement: Statement, reading: Reading, searches: bool) -> Found:
    if statement.is_count:
        return count_judged(registry, statement, reading)
    variable = reading.variable
    if variable is None or not variable.is_number:
        return Found("unknown", "", "It counts nobody, and no measurement is named.")
    if "first" in statement.values:
        return ends_judged(registry, statement, reading, variable)
    if reading.change is not None:
        reading = directed(statement, reading, changes_of(registry, reading, variable))
        answer = change_judged(registry, statement, reading, variable)
    else:
        answer = _value_judged(registry, statement, reading, variable)
    if answer.status != "differs":
        return answer
    n, total = values_of(registry, reading, variable).n, size(registry, reading.cohort).patients
    if 2 * n < total:  # the draft may rest on values that never came into the registry
        few = f"Recorded in {grouped(n)} of {patients(total)} only."
        return replace(answer, status="unknown", explanation=" ".join(filter(None, (answer.explanation, few))))
    if not searches:
        return answer
    why = _why(registry, statement, reading, variable)
    return replace(answer, explanation=" ".join(filter(None, (answer.explanation, *why))))


def _value_judged(registry: Registry, statement: Statement, reading: Reading, variable: Variable) -> Found:
    found = exact_of(registry, reading, variable)
    if not found.n:
        ruled_out = impossible(statement.values, reading.n or 0, variable, 10**variable.decimals)
        return Found("unknown", "", f"No value is recorded. {ruled_out}".strip())
    return statistic(statement, found)


def _why(registry: Registry, statement: Statement, reading: Reading, variable: Variable) -> Iterator[str]:
    """What else would give the numbers, and whether anything could."""
    possible = list(ways(statement.values))

    def fits(values: Exact) -> bool:
        return any(fit(way, values) is not None for way in possible)

    if reading.change is not None and reading.change.percent:
        yield elsewhere(registry, reading, variable, fits)
        return
    found = values_of(registry, reading, variable)
    n = reading.n or found.n
    if n != found.n:
        yield f"The draft tells of {grouped(n)} values."
    yield impossible(
        possible[0], n, None if reading.change else variable, 10 ** variable.recorded_decimals(map(float, found.counts))
    )
    yield elsewhere(registry, reading, variable, fits)
    yield fewer(registry, reading, variable, possible[0], fits)
