"""The column of differences: the first of two groups less the second, as the comparison of two cohorts gives it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from plro_core.cohort import Cohort, Criterion
from plro_core.compare import WANTED, Difference, compare, exploratory, printed_words
from plro_core.manuscript.model import PrintCell
from plro_core.problems import QueryProblem
from plro_core.store import Registry
from plro_core.tables.model import Cell, Column
from plro_core.tables.summary import NOT_RECORDED, GroupOfPatients, Statistic, groups_of
from plro_core.text import NONE, listed
from plro_core.vocabulary import Variable

#: What the tidy form says of a difference, behind the columns of a statistic.
COLUMNS = (
    Column("difference", "Difference", "number", None),
    Column("difference_low", "Interval from", "number", None),
    Column("difference_high", "Interval to", "number", None),
    Column("difference_level", "Level of the interval", "number", None),
    Column("difference_level_is", "What the level is"),
    Column("difference_method", "Method"),
    Column("difference_reason", "What cannot be computed"),
)
_Place = tuple[str, int | None, str | None]


@dataclass(frozen=True)
class Differences:
    """Two groups of one variable, and how they differ in each statistic of the table."""

    by: Variable
    first: str
    second: str
    found: Mapping[_Place, Difference]
    caution: str

    @property
    def words(self) -> str:
        """Which group less which: "stopped − continued"."""
        return f"{self.by.level_label(self.first)} − {self.by.level_label(self.second)}"

    def of(self, statistic: Statistic) -> Difference | None:
        """The difference in a statistic; ``None`` of the mirror of another level, of a level that nobody has, and of nothing recorded."""
        return self.found.get((statistic.variable.name, statistic.month, statistic.level))

    def cell(self, statistic: Statistic) -> tuple[PrintCell, str]:
        """The cell of a statistic, and the note that its mark leads to: that there is no interval, or no difference, and why."""
        found = self.of(statistic)
        if found is None or not statistic.n:
            return PrintCell(), ""
        empty = [code for code, n in ((self.first, found.n_a), (self.second, found.n_b)) if not n]
        if empty:
            return PrintCell(
                NONE
            ), f"no difference: nothing recorded in {listed(list(map(self.by.level_label, empty)))}"
        return PrintCell(printed_words(found)), "" if found.interval else f"{found.interval_reason}"

    def tidy(self, statistic: Statistic) -> tuple[Cell, ...]:
        """The difference as numbers, in the order of :data:`COLUMNS`."""
        found = self.of(statistic)
        if found is None or not statistic.n:
            return (None,) * len(COLUMNS)
        low, high = found.interval or (None, None)
        of_level = (found.level, found.level_is) if found.interval else (None, None)
        return (found.estimate, low, high, *of_level, found.method, found.interval_reason)

    def notes(self, shown: Iterable[Statistic]) -> tuple[str, ...]:
        """Which group less which, by what method and at what level; and what a difference is not."""
        shown = [statistic for statistic in shown if statistic.n]
        differences = [found for statistic in shown if (found := self.of(statistic)) is not None]
        methods = dict.fromkeys(map(_method, differences))
        is_below = any(found.interval and (found.level or 0) < WANTED for found in differences)
        has_levels = any(one.level is not None and one.variable.kind != "boolean" for one in shown)
        told = [
            f"Differences are {self.words}: {listed(list(methods))}",
            *(
                ["an interval below 95 % is the widest that so few patients allow, its level behind it"]
                if is_below
                else ()
            ),
            *(["of two levels one is compared, and no level that nobody has"] if has_levels else ()),
            "no p-values",
        ]
        return ("; ".join(told) + ".", self.caution) if methods else ()


def _method(found: Difference) -> str:
    level = "nominal 95 %" if found.level_is == "nominal" else "at least 95 %"
    points = ", percentage points" if found.value is not None else ""
    return f"{found.method}{points}, {level}"


def two_groups(registry: Registry, cohort: Cohort, by: Variable | None) -> bool:
    """Whether a variable splits the patients in view into exactly two groups with somebody in each, whose visits were not
    chosen by their values."""
    return by is not None and not _by_value(cohort) and len(_with_patients(groups_of(registry, cohort, by))) == 2


def _by_value(cohort: Cohort) -> list[Criterion]:
    """What chooses visits by what was found at them: a difference is of all visits at a month, or the choice would make it."""
    return [criterion for criterion in cohort.which_visits if criterion.variable.name != "month"]


def differences(
    registry: Registry, cohort: Cohort, by: Variable | None, groups: Sequence[GroupOfPatients]
) -> Differences:
    """The differences of two groups.

    Raises:
        QueryProblem: there are no groups, or not exactly two of them with patients, or visits were chosen by their values.
    """
    if chosen := _by_value(cohort):
        by_values = listed([f"“{criterion.key}={criterion.text}”" for criterion in chosen])
        raise QueryProblem(
            f"A difference is of all visits at a month, and {by_values} chooses visits by their values; leave it out, or name the month."
        )
    if by is None:
        raise QueryProblem("A difference needs two groups; expected a variable that splits the patients into two.")
    sides = _with_patients(groups)
    if len(sides) != 2:
        named = [f"“{by.level_label(side)}”" for side in sides]
        has = listed(named) if named else "none"
        raise QueryProblem(f"A difference needs two groups with patients; {by.words} has {has} here.")
    first, second = (Cohort((Criterion(by, (side,)),)) for side in sides)
    compared = compare(registry, first, second, within=cohort)
    found = {(one.variable.name, one.month, one.value): one for one in compared.differences if not one.change}
    return Differences(by, sides[0], sides[1], found, exploratory(compared))


def _with_patients(groups: Sequence[GroupOfPatients]) -> list[str]:
    """The levels that somebody has; patients of whom nothing is recorded are no group of them."""
    return [group.code for group in groups[1:] if group.patients and group.code != NOT_RECORDED]
