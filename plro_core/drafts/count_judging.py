"""Whether a printed number of patients is the one that the registry counts."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from plro_core.drafts.counting import Tally, ever, tally
from plro_core.drafts.model import Found, Part, Reading, Statement
from plro_core.series.claims.rounding import decimals, rounds_to, written
from plro_core.store import Registry
from plro_core.text import NONE, grouped, patients
from plro_core.vocabulary import Variable

_BY = re.compile(r"\b(?:by|within|until)\b", re.I)


#: Where patients are introduced of whom nothing else is said.
_THE = re.compile(
    r"\b(?:total of|(?<!in )(?<!in all )(?:the|our|these)|of|included|enrolled|analysed|analyzed|studied|series|reports?|describes?)\s*$",
    re.I,
)
_INCLUDED = re.compile(
    r"\s*(?:\([^()]*\)\s*)?(?:\w+\s+){0,3}?(?:were|was)\s+(?:\w+ly\s+)?"
    r"(?:included|enrolled|analy[sz]ed|identified|studied|reviewed|evaluated|followed|recruited|eligible)\b|\s*\((?:mean|median|aged?)\b",
    re.I,
)


def count_judged(registry: Registry, statement: Statement, reading: Reading) -> Found:
    """What the registry makes of a number of patients, its denominator and its percentage."""
    found = tally(registry, reading)
    if reading.variable is None:
        return _size(statement, found)
    of = found.n if found.n == found.total else found.total
    gives = f"{grouped(found.k)} of {grouped(found.n)}" + (
        f" ({_percent(found.k, found.n, statement)})" if "percent" in statement.values else ""
    )
    if found.n != of:
        gives += f", {grouped(of - found.n)} not recorded"
    wrong = [words for words in _wrong(statement, found) if words]
    if wrong and _BY.search(statement.sentence.text) and (early := ever(registry, reading)) is not None:
        by_then = replace(found, k=early)
        if not list(_wrong(statement, by_then)):
            return Found("agrees", f"{grouped(early)} of {grouped(found.n)}", "At that visit or at an earlier one.")
    if wrong and (other := _of_any(registry, statement, reading)):
        return Found("unknown", f"{gives}; {other}", "Which of the two is meant is not clear.")
    return Found("differs", gives, " ".join(wrong)) if wrong else Found("agrees", gives, _denominator(statement, found))


def _of_any(registry: Registry, statement: Statement, reading: Reading) -> str:
    """That the patients with any value of another variable, named by the same word, are as many as is printed; else empty."""
    if reading.variable is None or reading.variable.words.lower() in statement.sentence.text.lower():
        return ""  # the variable itself is named
    labels = {word for level in reading.levels for word in _level_words(reading.variable, level)}
    for other in registry.vocabulary.variables:
        if other.many and other.levels and other.noun in labels and not reading.negated:
            levels = tuple(level.code for level in other.levels)
            found = tally(registry, replace(reading, variable=other, month=None, levels=levels, joint="any"))
            if not list(_wrong(statement, found)):
                return f"with any {other.noun} {grouped(found.k)} of {grouped(found.total)}"
    return ""


def _level_words(variable: Variable | None, level: str) -> list[str]:
    return [] if variable is None or variable.kind == "boolean" else variable.level_label(level).lower().split()


def _wrong(statement: Statement, found: Tally) -> Iterator[str]:
    values = statement.values
    if "k" in values and values["k"] != found.k:
        yield "The count differs."
    if "n" in values and values["n"] not in (found.n, found.total):
        yield "The denominator differs."
    if "percent" in values and not _percent_fits(values, found):
        yield "The percentage differs."


def _percent_fits(values: Mapping[Part, Decimal], found: Tally) -> bool:
    """Whether the percentage is that of the printed denominator, else of those in whom it is recorded or of all."""
    denominators = [n for n in (found.n, found.total) if values.get("n", n) == n]
    return any(n and rounds_to(Fraction(100 * found.k, n), values["percent"]) for n in denominators)


def _percent(k: int, n: int, statement: Statement) -> str:
    places = decimals(statement.values["percent"])
    return f"{written(Fraction(100 * k, n), places)} %" if n else NONE


def _denominator(statement: Statement, found: Tally) -> str:
    if found.n == found.total or "percent" not in statement.values:
        return ""
    of_recorded = found.n and rounds_to(Fraction(100 * found.k, found.n), statement.values["percent"])
    return "Of those in whom it is recorded." if of_recorded else "Of all, also those in whom it is not recorded."


def _size(statement: Statement, found: Tally) -> Found:
    """A number of patients of whom nothing is said that the registry holds: that of all of them, where they are introduced."""
    gives = patients(found.k)
    text = statement.sentence.text
    is_all = set(statement.values) == {"k"} and statement.values["k"] == found.k
    is_told = _THE.search(text[: statement.start]) or _INCLUDED.match(text, statement.end)
    if is_all and (is_told or "consecutive" in statement.printed.lower()):
        return Found("agrees", gives, "The number of patients.")
    return Found("unknown", gives, "It is not said, in words of the registry, which patients these are.")
