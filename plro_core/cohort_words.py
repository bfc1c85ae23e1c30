"""How a cohort is written: the numbers of its query string, and the English of its values."""

from collections.abc import Sequence

from plro_core.text import listed
from plro_core.vocabulary import Range, Variable

#: As many patients as a sentence names one by one.
MOST_NAMED = 12


def plain_number(value: float) -> str:
    return f"{value:.6f}".rstrip("0").rstrip(".")


def range_text(item: Range) -> str:
    """A range as the query string writes it."""
    if item.low == item.high and item.low is not None:
        return plain_number(item.low)
    return "-".join("*" if end is None else plain_number(end) for end in (item.low, item.high))


def item_words(variable: Variable, item: str | Range, unit: str = "") -> str:
    """A level or a range in English; the unit goes with the last number."""
    if isinstance(item, str):
        return variable.level_label(item)
    low, high = (None if end is None else _number_words(variable, end) for end in (item.low, item.high))
    unit = f" {unit}" if unit and not variable.levels else ""
    if low is None:
        return f"{high}{unit} or {'earlier' if variable.levels else 'less'}"
    if high is None:
        return f"{low}{unit} or {'later' if variable.levels else 'more'}"
    return f"{low}{unit}" if low == high else f"{low} to {high}{unit}"


def _number_words(variable: Variable, value: float) -> str:
    """A number with a real minus; a visit month by its name."""
    plain = plain_number(value)
    if not variable.levels:
        return plain.replace("-", "−")
    named = variable.level_label(plain)
    return f"month {plain}" if named == plain else named


def hand_words(numbers: Sequence[int], negated: bool) -> str:
    """Patients named one by one, to follow "patients": "chosen by hand (1 and 4)", "without patient 8".

    More than a reader would read are counted.
    """
    many = len(numbers) > MOST_NAMED
    named = listed([str(number) for number in sorted(numbers)])
    if not negated:
        return f"chosen by hand ({f'a list of {len(numbers)}' if many else named})"
    if many:
        return f"without {len(numbers)} left out by hand"
    return f"without {'patient' if len(numbers) == 1 else 'patients'} {named}"
