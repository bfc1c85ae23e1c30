"""The rows of the map: a variable at a visit or of the patient, how much of it is recorded, and in which order they stand."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

from plro_core.cohort import Cohort
from plro_core.figures.chart import Who
from plro_core.figures.form import MOST_DRAWN
from plro_core.figures.points import InView, in_view
from plro_core.lookups import Record
from plro_core.statements import Recorded
from plro_core.store import Registry
from plro_core.text import visit_name
from plro_core.vocabulary import Variable


@dataclass(frozen=True)
class Row:
    """A variable, at a visit if it is recorded at visits, with how many of those asked have it."""

    topic: str
    variable: Variable
    month: int | None
    recorded: Recorded

    @property
    def visit(self) -> str:
        """ "Month 3"; empty for what is recorded once."""
        return "" if self.month is None else visit_name(self.month)

    @property
    def short_visit(self) -> str:
        """ "0", "3 mo"; empty for what is recorded once."""
        return "" if self.month is None else f"{self.month} mo" if self.month else "0"


@dataclass(frozen=True)
class Grid:
    """Who is in view, and the rows from top to bottom; ``each`` tells whether patients are drawn one by one."""

    view: InView
    rows: tuple[Row, ...]
    highlight: int | None

    @property
    def each(self) -> bool:
        return self.view.cases.complete and self.view.n <= MOST_DRAWN

    @property
    def whom(self) -> Who:
        """Who is drawn; shares are of everybody, also where so many patients cannot be read one by one."""
        drawn = self.view.who(self.highlight)
        return drawn if self.each else replace(drawn, cases=replace(self.view.cases, patients=self.view.n))

    @cached_property
    def patients(self) -> list[Record]:
        """The patients from left to right: by group, then whoever has most recorded first, then by number."""
        groups = list(self.view.group_sizes)
        return sorted(
            self.view.cases,
            key=lambda case: (
                groups.index(self.view.level_of(case)) if groups else 0,
                sum(self.state(case, row) != "recorded" for row in self.rows),
                case["case_id"],
            ),
        )

    def state(self, case: Record, row: Row) -> str:
        """ "recorded", "missing" or "left out" (by the cohort's choice of visits)."""
        if row.month is None:
            return "missing" if case[row.variable.name] is None else "recorded"
        visit = self.view.visit(case["case_id"], row.month)
        if visit is None:
            return "missing" if self.view.all_visits_shown else "left out"
        return "missing" if visit[row.variable.name] is None else "recorded"


def grid_of(registry: Registry, cohort: Cohort, group: Variable | None, highlight: int | None) -> Grid:
    """What is recorded in a view: of each visit, then of the patient, by topic."""
    words = registry.vocabulary
    once = [entry for entry in words.columns("cases") if entry.filterable or entry.summarised]
    view = in_view(registry, cohort, [*words.measured, *once], group)
    rows = [
        row
        for entries, months in ((words.measured, view.months), (once, (None,)))
        for topic in dict.fromkeys(entry.group for entry in entries)
        for row in _topic(view, topic, [entry for entry in entries if entry.group == topic], months)
    ]
    return Grid(view, tuple(rows) if view.n else (), view.chosen(highlight))


def _topic(view: InView, topic: str, entries: Iterable[Variable], months: Iterable[int | None]) -> list[Row]:
    """The rows of one topic: the variable of which most is missing first, each with its visits in their order."""
    kept = tuple(months)
    found = {entry: [Row(topic, entry, month, view.recorded(entry, month)) for month in kept] for entry in entries}
    lacking = {entry: sum(row.recorded.n - row.recorded.k for row in rows) for entry, rows in found.items()}
    return [row for entry in sorted(found, key=lambda entry: -lacking[entry]) for row in found[entry]]
