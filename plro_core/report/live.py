"""Live numbers: what stands in braces in a text, asked of the registry and written in the right words.

``{{vas.1 | median | smoking=yes}}`` is the median VAS at month 1 of smokers. Before the first bar stands a variable, with the month of
a visit after a dot, or a criterion of the cohort language ("smoking=yes", "vas.1=0-3"); "patients" is everybody of the cohort.
Then comes the statistic; then the cohort as a query, without which the report's own is meant.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from plro_core import lookups
from plro_core.cohort import Cohort, Criterion
from plro_core.counts import Frequency, counts, size
from plro_core.problems import PlainProblem, QueryProblem
from plro_core.report.model import ReportProblem
from plro_core.statements import About, Ends, Middle, Share
from plro_core.statistics import SMALLEST_N_FOR_MEDIAN, Summary, summarise
from plro_core.store import Registry
from plro_core.text import grouped, k_of_n, likely, listed, number, printable, visit_name
from plro_core.vocabulary import Variable

LIVE = re.compile(r"\{\{([^{}]*)\}\}")
PATIENTS = "patients"
#: Fewer recorded patients than these have a share in words, and no percentage.
LEAST_FOR_PERCENT = 20

NUMBERS = ("median", "mean", "sd", "q1", "q3", "min", "max", "range")
SHARES = ("k of n", "percent")
STATISTICS = ("n", *SHARES, *NUMBERS)


@dataclass(frozen=True)
class Asked:
    """What a live number asks, read in the words of a registry."""

    statistic: str
    cohort: Cohort
    variable: Variable | None = None
    month: int | None = None
    criterion: Criterion | None = None


def live_numbers(text: str) -> list[str]:
    """What stands in braces in a text, each once, as :func:`tidied` writes it."""
    return list(dict.fromkeys(tidied(found) for found in LIVE.findall(text)))


def without_live_numbers(text: str) -> str:
    """A text with a gap as long as each live number, for whoever looks at what was typed and where."""
    return LIVE.sub(lambda found: " … ".ljust(len(found[0])), text)


def tidied(told: str) -> str:
    """What stands in the braces with one way to space it, so that the same is the same."""
    return " | ".join(" ".join(part.split()) for part in told.split("|", 2))


def in_braces(name: str, statistic: str, month: int | None = None, level: str = "", query: str = "") -> str:
    """A live number as it stands in a text: a variable or "patients", at a visit, of a value, and of whom."""
    what = name + (f".{month}" if month is not None else "") + (f"={level}" if level else "")
    return "{{" + " | ".join(filter(None, (what, statistic, query.strip()))) + "}}"


def words_of(registry: Registry, told: str, cohort: Cohort) -> str:
    """A live number in words; ``cohort`` is the report's own.

    Raises:
        ReportProblem: one sentence that names it, and what of it the registry does not have.
    """
    try:
        asked = read(registry, told, cohort)
        return _written(registry, asked)
    except PlainProblem as problem:
        raise ReportProblem(f"“{{{{{printable(told, 200)}}}}}”: {problem}") from None


def read(registry: Registry, told: str, cohort: Cohort) -> Asked:
    """What a live number asks.

    Raises:
        QueryProblem: a variable, a statistic or a cohort is unknown, or they do not go together.
    """
    what, statistic, query = (*(part.strip() for part in told.split("|", 2)), "", "")[:3]
    whom = _cohort(registry, query) if query else cohort
    words = registry.vocabulary
    if what == PATIENTS and PATIENTS not in words.filters:
        if statistic not in ("", "n"):
            raise QueryProblem(f"“{PATIENTS}” are counted; expected n, not “{printable(statistic)}”.")
        return Asked("n", whom)
    key, is_criterion, level = what.partition("=")
    name, _, month = key.strip().partition(".")
    if name not in words.filters:
        raise QueryProblem(
            f"“{printable(name)}” is not a variable of this registry{likely(name, [*words.filters, PATIENTS])}."
        )
    entry = words.filters[name]
    at = _month(registry, entry, month)
    _check_statistic(entry, statistic)
    level = level.strip() if is_criterion else "yes" if entry.kind == "boolean" else ""
    if statistic in SHARES:
        if not level:
            raise QueryProblem(f"“{statistic}” needs to know of what, such as “{key}={_example(entry)} | {statistic}”.")
        return Asked(statistic, whom, entry, at, Criterion.parse(key.strip(), level, words))
    if is_criterion:
        raise QueryProblem(f"“{printable(what)}” is a condition; expected {listed(list(SHARES), 'or')} after it.")
    return Asked(statistic, whom, entry, at)


def _cohort(registry: Registry, query: str) -> Cohort:
    found = Cohort.parse(query, registry.vocabulary)
    if unknown := lookups.unknown(registry, found):
        raise QueryProblem(unknown)
    return found


def _month(registry: Registry, entry: Variable, month: str) -> int | None:
    planned = registry.vocabulary.months
    if not entry.per_visit:
        if month:
            raise QueryProblem(f"“{entry.name}” is not recorded at visits; leave out “.{printable(month)}”.")
        return None
    if month not in map(str, planned):
        visits = listed([f"{entry.name}.{at}" for at in planned], "or")
        raise QueryProblem(f"“{entry.name}” is recorded at visits; say at which: {visits}.")
    return int(month)


def _check_statistic(entry: Variable, statistic: str) -> None:
    if statistic not in STATISTICS:
        raise QueryProblem(
            f"“{printable(statistic)}” is not a statistic{likely(statistic, STATISTICS)}; expected {listed(list(STATISTICS), 'or')}."
        )
    if statistic in NUMBERS and not entry.is_number:
        raise QueryProblem(f"“{entry.name}” is not a number, so that it has no {statistic}.")


def _example(entry: Variable) -> str:
    return entry.levels[0].code if entry.levels else "1-3"


def _written(registry: Registry, asked: Asked) -> str:
    held = size(registry, asked.cohort).patients
    if not held:
        raise QueryProblem(f"nobody belongs to its cohort ({asked.cohort.sentence}).")
    if asked.variable is None:
        return grouped(held)
    if unseen := out_of_view(asked):
        raise QueryProblem(unseen)
    about = About(asked.variable, asked.cohort, asked.month)
    if asked.criterion is not None:
        return _share(Share.of_patients(registry, about, asked.criterion), asked.statistic)
    found = counts(registry, [asked.variable], asked.cohort)
    frequency = found.get((asked.variable.name, asked.month, None), Frequency({}, held))
    return grouped(frequency.n) if asked.statistic == "n" else _number(asked.statistic, Middle(about, frequency))


def out_of_view(asked: Asked) -> str:
    """That the visit is not among those that the cohort keeps, in a sentence; else empty: it is not “not recorded” for that."""
    kept = [one for one in asked.cohort.criteria if one.about_visits and one.name == "month"]
    if asked.month is None or all(one.holds([asked.month]) for one in kept):
        return ""
    return f"{visit_name(asked.month).lower()} is not among the visits of its cohort ({asked.cohort.sentence})."


def _share(share: Share, statistic: str) -> str:
    """ "2 of 8", and from twenty recorded patients on the percentage where it is asked for."""
    if statistic == "k of n" or share.n < LEAST_FOR_PERCENT:
        return share.words
    gap = f"; {share.gap}" if share.gap else ""
    return f"{number(100 * share.k / share.n, 1)} % ({k_of_n(share.k, share.n)}{gap})"


#: Each statistic of a number in words, of a summary of three values or more.
_NUMBERS: dict[str, Callable[[Variable, Summary], str]] = {
    "mean": lambda entry, found: f"mean {number(found.mean, entry.decimals + 1)}",
    "sd": lambda entry, found: f"SD {number(found.sd, entry.decimals + 1)}",
    "q1": lambda entry, found: f"first quartile {entry.written(found.q1)}",
    "q3": lambda entry, found: f"third quartile {entry.written(found.q3)}",
    "min": lambda entry, found: f"lowest {entry.written(found.minimum)}",
    "max": lambda entry, found: f"highest {entry.written(found.maximum)}",
}


def _number(statistic: str, middle: Middle) -> str:
    """A statistic with its n; of fewer than three values these themselves, which no statistic may hide."""
    if statistic == "median" or middle.n < SMALLEST_N_FOR_MEDIAN:
        return middle.words
    if statistic == "range":
        said = Ends(middle.about, middle.frequency).words
    else:
        said = _NUMBERS[statistic](middle.about.variable, summarise(middle.frequency))
    return f"{said} (n = {grouped(middle.n)})"
