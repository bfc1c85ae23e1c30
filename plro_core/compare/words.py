"""A difference in words: what is compared, the estimate with its interval and level, where each side stands."""

from collections.abc import Callable
from decimal import Decimal

from plro_core.compare.family import multiplicity_sentence, primary_sentence
from plro_core.compare.model import Comparison, Difference, having
from plro_core.counts import Frequency
from plro_core.statistics import median_words
from plro_core.text import NONE, NOT_SMALL, k_of_n, level_words, number

#: Said once wherever groups are compared.
EXPLORATORY = (
    "Exploratory: nobody was allocated to these groups, they differ in several things at once, and many differences are "
    "looked at together. An interval says what these {few} are compatible with, not what a treatment does."
)

#: The level that intervals are to have.
WANTED = 0.95

#: A unit or scale in which no value was recorded more finely than this.
_MOST_DECIMALS = 6


def name_of(difference: Difference) -> str:
    """What is compared, in words: "Pain (VAS) at month 1", "Pain (VAS), change from baseline to month 1", "Smoking",
    "Documented fracture: vertebral fracture".
    """
    entry, name = difference.variable, difference.variable.label
    if difference.change:
        name += f", change from baseline to month {difference.month}"
    elif difference.month is not None:
        name += f" at month {difference.month}" if difference.month else " at baseline"
    if difference.value is not None and entry.kind != "boolean":
        name += f": {entry.level_label(difference.value)}"
    return name


def exploratory(comparison: Comparison) -> str:
    """What is said once wherever groups are compared."""
    return EXPLORATORY.format(few="few patients" if comparison.n_a + comparison.n_b < NOT_SMALL else "patients")


def estimate_words(difference: Difference) -> str:
    """The estimate with its interval and what its level is; percentage points for a level."""
    if difference.estimate is None:
        return "cannot be computed"
    return _with_interval(difference, signed, interval_level(difference))


def printed_words(difference: Difference) -> str:
    """The estimate with its interval as a table prints it: without a plus, and with a level only where that wanted is not attained."""
    if difference.estimate is None:
        return NONE
    missed = difference.level is not None and difference.level < WANTED
    return _with_interval(difference, number, level_words(difference.level or 0) if missed else "")


def _with_interval(difference: Difference, write: Callable[[float, int], str], level: str) -> str:
    ends = [difference.estimate or 0.0, *(difference.interval or ())]
    if difference.value is not None:
        decimals = int(min(difference.n_a, difference.n_b) >= NOT_SMALL)
        written, unit = [write(end * 100, decimals) for end in ends], " points"
    else:
        decimals = max(difference.variable.decimals, *map(_decimals, ends))
        written, unit = [write(end, decimals) for end in ends], ""
    if not difference.interval or difference.level is None:
        return f"{written[0]}{unit}"
    return f"{written[0]}{unit} ({written[1]} to {written[2]}{f'; {level}' if level else ''})"


def interval_level(difference: Difference) -> str:
    """The level of an interval with what it is: "attains 95.5 %", "at least 95 %", "nominal 95 %"."""
    word = "attains" if difference.level_is == "attained" else difference.level_is
    return f"{word} {level_words(difference.level or 0)}"


def _decimals(end: float) -> int:
    """As many as the end of an interval needs: it may lie between two recorded values."""
    return min(_MOST_DECIMALS, max(0, -int(Decimal(repr(end)).normalize().as_tuple().exponent)))


def signed(value: float, decimals: int) -> str:
    return ("+" if value > 0 else "") + number(value, decimals)


def position(difference: Difference, frequency: Frequency) -> str:
    """The median of a number with its n, below three values each of them; or how many have the level."""
    if difference.value is not None:
        return k_of_n(having(frequency, difference.value), frequency.n) if frequency.n else NONE
    return median_words(difference.variable, frequency)


def unit_words(difference: Difference) -> str:
    """The unit in brackets, after the name of what is compared; empty for a level and for a number without one."""
    unit = difference.variable.stated_unit if difference.value is None else ""
    return f" ({unit})" if unit else ""


def test_word(difference: Difference) -> str:
    """The test in a word; its whole name stands in the notes."""
    return "Fisher" if difference.value is not None else "rank sum"


def p_words(p: float | None) -> str:
    """A p-value with three decimals; "< 0.001" below, never 0."""
    return NONE if p is None else "< 0.001" if p < 0.0005 else number(p, 3)


def primary_words(comparison: Comparison) -> str:
    """What is primary and who says so, in one sentence."""
    primary = comparison.primary
    return primary_sentence(comparison, name_of(primary) if primary else "")


def tested_notes(comparison: Comparison) -> tuple[str, ...]:
    """What must be said where tests are shown: what is primary, which tests these are, and what several of them are worth."""
    tests = {test_word(found): found.test for found in comparison.differences if found.p is not None}
    names = [f"Tests, {word}: {name}." for word, name in sorted(tests.items())]
    return (primary_words(comparison), *names, multiplicity_sentence(comparison))
