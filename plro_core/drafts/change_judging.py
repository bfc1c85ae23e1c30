"""Whether printed changes are those that the registry gives between two visits."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from fractions import Fraction

from plro_core.drafts.counting import changes_of, exact_of
from plro_core.drafts.exact import Exact
from plro_core.drafts.model import Found, Part, Reading, Statement
from plro_core.drafts.statistic import statistic, ways
from plro_core.series.claims.rounding import decimals, rounds_to, written
from plro_core.store import Registry
from plro_core.text import visit_name
from plro_core.vocabulary import Variable


def directed(statement: Statement, reading: Reading, changes: Exact) -> Reading:
    """The reading with the way of its change: as the sentence says, by the sign of the number, else as the changes mostly go."""
    change = reading.change
    if change is None or not changes.n:
        return reading
    told = [number for part, number in statement.values.items() if part in ("mean", "median", "centre")]
    if any(number < 0 for number in told):
        return replace(reading, change=replace(change, way="rise"))
    if change.way != "either":
        return reading
    return replace(reading, change=replace(change, way="rise" if changes.mean >= 0 else "fall"))


def change_judged(registry: Registry, statement: Statement, reading: Reading, variable: Variable) -> Found:
    """What the registry makes of a number that is a change: of each patient with both values, else between the two groups.

    The reading says which way the change goes (see :func:`directed`).
    """
    found = changes_of(registry, reading, variable)
    if not found.n:
        return Found("unknown", "", "Nobody has a value at both visits.")
    answer = statistic(statement, found)
    is_signed = any(number < 0 for number in statement.values.values())
    way = "change" if is_signed or reading.change is None else reading.change.way
    percent = " in percent" if reading.change and reading.change.percent else ""
    gives = f"{way}{percent}: {answer.gives}"
    if answer.status == "differs":
        for words in _between(registry, statement, reading, variable):
            return Found("agrees", words, f"Of each patient's change: {answer.gives}.")
    when = f"From {_ends(registry, reading)}, in those with both values."
    return Found(answer.status, gives, " ".join(filter(None, (when, answer.explanation))))


def _ends(registry: Registry, reading: Reading) -> str:
    since = registry.vocabulary.months[0] if reading.since is None else reading.since
    return f"{visit_name(since).lower()} to {visit_name(reading.month or 0).lower()}"


def _between(registry: Registry, statement: Statement, reading: Reading, variable: Variable) -> Iterator[str]:
    """The change of the median or mean of all values at the two visits, where that is what is printed."""
    since = registry.vocabulary.months[0] if reading.since is None else reading.since
    ends = [
        exact_of(registry, replace(reading, month=month, change=None), variable) for month in (since, reading.month)
    ]
    is_rise = reading.change is not None and reading.change.way == "rise"
    for told in ways(statement.values):
        for part in _summaries(told):
            first, last = (Fraction(getattr(end, part)) for end in ends)
            change = (last - first) * (1 if is_rise else -1)
            if reading.change and reading.change.percent:
                change = 100 * change / first if first else Fraction(0)
            if rounds_to(change, told[part]):
                places = max(decimals(told[part]), variable.decimals + 1)
                yield f"{part} {written(first, places)} to {written(last, places)}, from {_ends(registry, reading)}"


def _summaries(told: Mapping[Part, object]) -> list[Part]:
    """The mean or median where it is the only number: an SD or a range is of each patient's change."""
    return [part for part in told if part in ("mean", "median")] if len(told) == 1 else []


def ends_judged(registry: Registry, statement: Statement, reading: Reading, variable: Variable) -> Found:
    """A value that was first and one that was last: at baseline and at the visit, both as median or both as mean."""
    first_month = registry.vocabulary.months[0]
    if not variable.per_visit:
        return Found("unknown", "", f"“{variable.label}” is not recorded at visits.")
    ends = [
        (exact_of(registry, replace(reading, month=month), variable), printed)
        for month, printed in ((first_month, statement.values["first"]), (reading.month, statement.values["last"]))
    ]
    if not all(found.n for found, _ in ends):
        return Found("unknown", "", "No value is recorded at one of the visits.")
    said: tuple[Part, ...] = tuple(part for part in ("median", "mean") if part in statement.sentence.text.lower()) or (
        "median",
        "mean",
    )
    given = {part: [getattr(found, part) for found, _ in ends] for part in said}
    gives = "; ".join(
        f"{part} {' to '.join(written(value, decimals(printed)) for value, (_, printed) in zip(values, ends, strict=True))}"
        for part, values in given.items()
    )
    when = f"From {visit_name(first_month).lower()} to {visit_name(reading.month or 0).lower()}."
    fits = [
        part
        for part, values in given.items()
        if all(rounds_to(value, printed) for value, (_, printed) in zip(values, ends, strict=True))
    ]
    if fits:
        return Found("agrees", gives, f"{when} Read as {fits[0]}." if len(said) > 1 else when)
    return Found("differs", gives, when)
