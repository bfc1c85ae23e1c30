"""Whether the printed numbers of a statistic are those that some values give, by every usual formula."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from fractions import Fraction

from plro_core.drafts.exact import Exact
from plro_core.drafts.model import Found, Part, Statement
from plro_core.series.claims.rounding import decimals, root_rounds_to, root_written, rounds_to, written
from plro_core.text import NONE, as_recorded, grouped, listed

#: What parts of a statistic may be meant where the text does not say which.
_OPEN: dict[Part, tuple[Part, ...]] = {
    "centre": ("median", "mean"),
    "value": ("median", "mean", "minimum", "maximum"),
    "lower": ("q1", "minimum"),
    "upper": ("q3", "maximum"),
}
_WORDS: dict[Part, str] = {"q1": "Q1", "q3": "Q3", "sd": "SD", "se": "SE", "minimum": "lowest", "maximum": "highest"}


def statistic(statement: Statement, found: Exact) -> Found:
    if found.n == 1:
        return _one_value(statement, found)
    possible = list(ways(statement.values))
    fitting = [(way, note) for way in possible if (note := fit(way, found)) is not None]
    every = {part: printed for way in possible for part, printed in way.items()}
    gives = f"{_gives(every, found)} (n = {grouped(found.n)})"
    if "value" in statement.values:
        names = [_WORDS.get(part, part) for way, _ in fitting for part in way]
        said = f"The {listed(names, 'or')} would be printed so. " if names else ""
        return Found(
            "unknown",
            _gives(_whole(statement), found),
            f"{said}The sentence does not say which statistic it is.",
        )
    if not fitting:
        return Found("differs", gives, _partly(possible[0], found))
    way, note = fitting[0]
    opened = [_WORDS.get(part, part) for part in way if part not in statement.values]
    guess = f"Read as {listed(opened)}." if opened else ""
    return Found("agrees", f"{_gives(way, found)} (n = {grouped(found.n)})", " ".join(filter(None, (guess, note))))


def _one_value(statement: Statement, found: Exact) -> Found:
    """The value of one patient, which is her mean, median, lowest and highest."""
    right = len(statement.values) == 1 and all(rounds_to(found.mean, printed) for printed in statement.values.values())
    return Found("agrees" if right else "differs", as_recorded(float(found.mean)), "The one value that is recorded.")


def _whole(statement: Statement) -> dict[Part, Decimal]:
    """Every statistic that a bare number may be."""
    return dict.fromkeys(_OPEN["value"], statement.values["value"])


def ways(values: Mapping[Part, Decimal]) -> Iterator[dict[Part, Decimal]]:
    """Each way in which what is open may be meant; both ends of a spread in the same way."""
    told: dict[Part, Decimal] = dict(values)
    opened: tuple[Part, ...] = ("centre", "value", "lower")
    open_parts = [part for part in opened if part in told]
    if not open_parts:
        yield told
        return
    part = open_parts[0]
    for place, meant in enumerate(_OPEN[part]):
        rest = {key: value for key, value in told.items() if key not in (part, "upper" if part == "lower" else part)}
        rest[meant] = told[part]
        if part == "lower":
            rest[_OPEN["upper"][place]] = told["upper"]
        yield from ways(rest)


def fit(values: dict[Part, Decimal], found: Exact) -> str | None:
    """What is to be said of printed numbers that are all given by the values; ``None`` if one is not."""
    notes = []
    for part in ("mean", "median", "minimum", "maximum"):
        if part in values and not rounds_to(getattr(found, part), values[part]):
            return None
    if "sd" in values:
        formula = _formula(values["sd"], found)
        if formula is None:
            return None
        notes.append(f"With the {formula} SD." if formula != "sample" else "")
    if "se" in values:
        square = found.variance(True)
        if square is None or not root_rounds_to(square / found.n, values["se"]):
            return None
    if "q1" in values:
        kind = _quartile_kind(values, found)
        if kind is None:
            return None
        notes.append(f"Quartiles by {kind}." if kind != "type 7" else "")
    return " ".join(filter(None, notes))


def _formula(printed: Decimal, found: Exact) -> str | None:
    for name, sample in (("sample", True), ("population", False)):
        square = found.variance(sample)
        if square is not None and root_rounds_to(square, printed):
            return name
    return None


def _quartile_kind(values: dict[Part, Decimal], found: Exact) -> str | None:
    return next(
        (
            name
            for name, (low, high) in found.quartiles().items()
            if rounds_to(low, values["q1"]) and rounds_to(high, values["q3"])
        ),
        None,
    )


def _gives(values: dict[Part, Decimal], found: Exact) -> str:
    """What the values give for the same statistics, with the decimals that are printed."""
    told = [f"{_WORDS.get(part, part)} {_given(part, printed, found)}" for part, printed in values.items()]
    order = {name: place for place, name in enumerate(("mean", "SD", "SE", "median", "Q1", "Q3", "lowest", "highest"))}
    return ", ".join(sorted(told, key=lambda words: order.get(words.split(" ")[0], 9)))


def _given(part: Part, printed: Decimal, found: Exact) -> str:
    """One of them, with a further decimal where it is a half that is rounded in either way."""
    places = decimals(printed)
    if part in ("sd", "se"):
        square = found.variance(True)
        return NONE if square is None else root_written(square / (found.n if part == "se" else 1), places)
    value: Fraction = found.quartiles()["type 7"][part == "q3"] if part in ("q1", "q3") else getattr(found, part)
    return written(value, places + (value * 10**places % 1 == Fraction(1, 2)))


def _partly(values: dict[Part, Decimal], found: Exact) -> str:
    """Which of several printed numbers the values give."""
    if len(values) < 2:
        return ""
    right = [_WORDS.get(part, part) for part, printed in values.items() if _fit_alone(part, printed, found)]
    return f"The {listed(right)} alone agrees." if len(right) == 1 else f"The {listed(right)} agree." if right else ""


def _fit_alone(part: Part, printed: Decimal, found: Exact) -> bool:
    if part in ("q1", "q3"):
        return any(rounds_to(pair[part == "q3"], printed) for pair in found.quartiles().values())
    return fit({part: printed}, found) is not None
