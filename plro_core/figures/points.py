"""What several figures need before they draw: who and which visits are in view, groups, medians, words for a point."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from plro_core import lookups
from plro_core.cohort import Cohort, Criterion
from plro_core.confounding import confounded
from plro_core.counts import ALL, Frequency, Group, Pair, counts, pairs
from plro_core.figures.chart import Who
from plro_core.figures.style import group_name
from plro_core.lookups import Record, Sample
from plro_core.statements import (
    About,
    Amount,
    Course,
    Drawn,
    Ends,
    Middle,
    Patients,
    Recorded,
    Share,
    Statement,
    of_groups,
    state,
)
from plro_core.statistics import SMALLEST_N_FOR_MEDIAN, median
from plro_core.store import Registry
from plro_core.text import safe_plotly, visit_name
from plro_core.vocabulary import Variable, Vocabulary

#: Up to this many patients are numbered and drawn as individuals; beyond, they are a quiet mass.
MOST_NUMBERED = 20

#: In a place such as "visits.xlsx, row 31, vas": what follows the row.
_AFTER_ROW = re.compile(r"(?<=, row )(\d+), .*")

Key = tuple[str, int | None, Group]


@dataclass(frozen=True)
class InView:
    """The patients and visits that a figure draws, and the counts of everybody that its numbers come from."""

    registry: Registry
    cohort: Cohort
    group: Variable | None
    cases: Sample
    visits: Sample
    found: Mapping[Key, Frequency]
    measured: tuple[Variable, ...] = ()
    _by_case: dict[int, dict[int, Record]] = field(default_factory=dict)
    _sizes: dict[Group, int] = field(default_factory=dict)
    _courses: dict[tuple[str, int, int], dict[Group, Course]] = field(default_factory=dict)

    @property
    def n(self) -> int:
        """Everybody in view, drawn or not."""
        return self.cases.of

    @property
    def vocabulary(self) -> Vocabulary:
        """The words of the registry that is drawn."""
        return self.registry.vocabulary

    def document_place(self, case_id: int, table: str) -> str:
        """The printed table that a patient's cells of one table were read from; empty if no document prints them."""
        for bound in self.registry.documents:
            if case_id in bound.patients:
                return next((printed.title for printed in bound.document.printed if printed.cells == table), "")
        return ""

    @property
    def vas(self) -> Variable:
        """Pain, as this registry declares it."""
        return self.vocabulary.variable("vas", "visits")

    @property
    def months(self) -> tuple[int, ...]:
        """Visit months in view; the registry's usual four where there is none."""
        months = {month for _, month, _ in self.found if month is not None}
        return tuple(sorted(months)) or self.vocabulary.months

    @property
    def ids(self) -> list[int]:
        return [case["case_id"] for case in self.cases]

    @property
    def all_visits_shown(self) -> bool:
        """Whether a visit without a row really is missing, rather than left out by a choice of visits by value.

        Of what such a choice leaves nothing is told: medians of it show the choice, not the course.
        """
        return all(criterion.variable.name == "month" for criterion in self.cohort.which_visits)

    @property
    def numbered(self) -> bool:
        return len(self.cases) <= MOST_NUMBERED

    def chosen(self, highlight: int | None) -> int | None:
        """The highlighted patient if she is drawn; nobody is dimmed for the sake of one who is not there."""
        return highlight if highlight in self.ids else None

    def visit(self, case_id: int, month: int) -> Record | None:
        if not self._by_case:
            for row in self.visits:
                self._by_case.setdefault(row["case_id"], {})[row["month"]] = row
        return self._by_case.get(case_id, {}).get(month)

    def value(self, case_id: int, month: int, name: str) -> float | None:
        row = self.visit(case_id, month)
        return None if row is None else row[name]

    def frequency(self, name: str, month: int | None, level: Group = ALL) -> Frequency:
        """Counts of everybody in view; of one group, if a level (or ``None`` for not recorded) is given."""
        if level != ALL:
            return self.found.get((name, month, level), Frequency())
        parts = [frequency for key, frequency in self.found.items() if key[:2] == (name, month)]
        return sum(parts, Frequency())

    def median(self, name: str, month: int | None, level: Group = ALL) -> float | None:
        """The median of the recorded values; none below three."""
        frequency = self.frequency(name, month, level)
        return median(frequency)

    @property
    def group_sizes(self) -> dict[Group, int]:
        """Patients in each group, of everybody in view, in the order of the levels; those not recorded last."""
        if self.group is not None and not self._sizes and self.n:
            found = counts(self.registry, [self.vocabulary.variable("age")], Cohort(self.cohort.who), self.group)
            sizes = {level: frequency.total for (_, _, level), frequency in found.items()}
            order: list[Group] = [*(level.code for level in self.group.levels), None]
            self._sizes.update({level: sizes[level] for level in order if level in sizes})
        return self._sizes

    def share(self, criterion: Criterion, month: int | None = None, level: Group = ALL) -> Share:
        """How many of the recorded values meet a criterion on their variable."""
        entry = criterion.variable
        return Share.of(self._about(entry, month, level), self.frequency(entry.name, month, level), criterion)

    def share_having(self, entry: Variable, value: str, level: Group = ALL) -> Share:
        """How many of the patients have a value of a fact of which one may have several, such as a treatment."""
        n = self.n if level == ALL else self.group_sizes[level]
        return Share.of_fact(self._about(entry, None, level), self.frequency(entry.name, None, level), value, n)

    def middle(self, entry: Variable, month: int | None = None, level: Group = ALL) -> Middle:
        """The median of the recorded values with its n; fewer than three are listed."""
        return Middle(self._about(entry, month, level), self.frequency(entry.name, month, level))

    def ends(self, entry: Variable, month: int | None = None, level: Group = ALL) -> Ends:
        """The lowest and the highest recorded value."""
        return Ends(self._about(entry, month, level), self.frequency(entry.name, month, level))

    def recorded(self, entry: Variable, month: int | None = None, level: Group = ALL) -> Recorded:
        """Of how many patients, or visits held (all of them, unless a month is given), a variable is recorded."""
        months = self.months if entry.per_visit and month is None else (month,)
        found = sum((self.frequency(entry.name, at, level) for at in months), Frequency())
        return Recorded.of(self._about(entry, month, level), found)

    def courses(self, entry: Variable, first: int, last: int) -> dict[Group, Course]:
        """How a value changes between two visits in those who have both: of everybody (``ALL``), and of each group.

        Asked of the engine once: title, alt text and notes speak of the same courses.
        """
        key = (entry.name, first, last)
        if key not in self._courses:
            self._courses[key] = self._asked_courses(entry, first, last)
        return self._courses[key]

    def _asked_courses(self, entry: Variable, first: int, last: int) -> dict[Group, Course]:
        found = pairs(self.registry, entry, first, last, self.cohort, self.group)
        together: dict[Pair, int] = {}
        for part in found.values():
            for pair, count in part.items():
                together[pair] = together.get(pair, 0) + count
        parts = {ALL: together} | (found if self.group else {})
        return {level: Course.of(self._about(entry, None, level), first, last, part) for level, part in parts.items()}

    def _about(self, entry: Variable, month: int | None, level: Group) -> About:
        return About(entry, self.cohort, month, self.group, level)

    def of_groups(self, clause: Callable[[Group], Amount | Statement]) -> Statement:
        """A clause for each group that has patients, under the groups' own names."""
        if self.group is None:
            return Statement("")
        named = {level: group_name(self.group, level) for level in self.group_sizes}
        return of_groups(named, clause)

    def who(self, highlight: int | None = None) -> Who:
        """Who is drawn, for the words that go with a figure wherever it is shown."""
        shares = (
            confounded(self.registry, self.group, Cohort(self.cohort.who)) if self.group is not None and self.n else ()
        )
        return Who(self.cases, self.cohort, self.group, self.group_sizes, self.chosen(highlight), shares)

    def level_of(self, case: Record) -> Group:
        """The group that a patient belongs to; ``None`` where the grouping variable is not recorded."""
        if self.group is None:
            return None
        value = case[self.group.name]
        return value if value is None or isinstance(value, str) else "yes" if value else "no"

    def in_group(self, level: Group) -> tuple[Criterion, ...]:
        """What the patients of a group have in common; nothing of everybody, or without groups."""
        if self.group is None or level == ALL:
            return ()
        return (Criterion(self.group, keeps_missing=True) if level is None else Criterion(self.group, (str(level),)),)

    def piece_of(self, level: Group) -> str:
        """A group as a piece of the cohort language, for whoever points at its key."""
        return Cohort(self.in_group(level)).query

    @property
    def patients(self) -> Patients:
        """Everybody in view, for a sentence."""
        return Patients(self.cohort, self.n)

    @property
    def notes(self) -> tuple[Statement, ...]:
        """What must be said of who is drawn: a sample, a choice of visits."""
        notes = []
        if not self.cases.complete:
            drawn = Drawn(self.cohort, self.cases)
            notes.append(
                state("Points are drawn for {drawn}; medians, n and shares come from all of them.", drawn=drawn)
            )
        if self.cohort.which_visits:
            chosen = "Only the chosen visits are drawn; a line is broken where a visit is left out."
            no_median = "" if self.all_visits_shown else " Of visits chosen by a value no median is told or drawn."
            notes.append(Statement(chosen + no_median))
        return tuple(notes)

    @property
    def median_note(self) -> str:
        """Why there is no median, where patients are too few for one."""
        if self.n < SMALLEST_N_FOR_MEDIAN:
            return "Fewer than three patients: each is shown, without a median."
        if any(n < SMALLEST_N_FOR_MEDIAN for n in self.group_sizes.values()):
            shown = ": its patients are shown one by one" if self.cases.complete else ""
            return f"A group of fewer than three patients has no median{shown}."
        return ""


def in_view(
    registry: Registry, cohort: Cohort, measured: Iterable[Variable], group: Variable | None = None, visits: bool = True
) -> InView:
    """Read what a figure of these variables needs: counts of everybody, rows of at most ``lookups.LIMIT`` patients."""
    names = tuple(measured)
    cases = lookups.cases(registry, cohort)
    rows = lookups.visits(registry, cohort) if visits and cases.of else lookups.NOBODY
    found = counts(registry, names, cohort, group) if cases.of else {}
    return InView(registry, cohort, group, cases, rows, found, names)


def by_group(view: InView) -> list[Record]:
    """The drawn patients by group in the order of its levels, those not recorded last; by number without groups."""
    order = list(view.group_sizes)
    return sorted(view.cases, key=lambda case: (order.index(view.level_of(case)) if order else 0, case["case_id"]))


def when(month: int) -> str:
    return visit_name(month).lower()


def place(row: Record | None) -> str:
    """Where in the source a visit is printed, up to its row; empty where that is not known."""
    source = row.get("source_row") if row else None
    return safe_plotly(_AFTER_ROW.sub(r"\1", str(source))) if source else ""


def sentence(*parts: str) -> str:
    """Parts of a hover text joined by semicolons, wrapped so that it fits a phone."""
    return wrapped("; ".join(part for part in parts if part), 44)


def wrapped(text: str, width: int) -> str:
    """Text broken into lines of at most ``width`` characters, at spaces only."""
    lines = [""]
    for word in text.split(" "):
        if lines[-1] and len(lines[-1]) + 1 + len(word) > width:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}" if lines[-1] else word
    return "<br>".join(lines)


def side_by_side(
    points: Sequence[tuple[int, float, float]], step: float, widest: float
) -> dict[tuple[int, float], float]:
    """Where points of equal place and value are drawn: next to each other, by patient number.

    Takes (case_id, place, value) and answers the drawn place by (case_id, place). ``step`` is the distance between
    neighbours, ``widest`` the most that a row of them may take.
    """
    tied: dict[tuple[float, float], list[int]] = defaultdict(list)
    for case_id, at, value in points:
        tied[(at, value)].append(case_id)
    drawn = {}
    for (at, _), case_ids in tied.items():
        gap = min(step, widest / max(1, len(case_ids) - 1))
        for index, case_id in enumerate(sorted(case_ids)):
            drawn[(case_id, at)] = round(at + (index - (len(case_ids) - 1) / 2) * gap, 4)
    return drawn


def spread(values: Sequence[float], gap: float) -> list[float]:
    """Places for labels near their values and at least ``gap`` apart, in the order of the values given."""
    order = sorted(range(len(values)), key=lambda index: (values[index], index))
    blocks: list[tuple[float, list[int]]] = []  # centre and members of labels that touch
    for index in order:
        blocks.append((values[index], [index]))
        while len(blocks) > 1 and _touch(blocks[-2], blocks[-1], gap):
            (_, upper), (_, lower) = blocks.pop(), blocks.pop()
            members = lower + upper
            blocks.append((sum(values[member] for member in members) / len(members), members))
    places = [0.0] * len(values)
    for centre, members in blocks:
        for rank, member in enumerate(members):
            places[member] = centre + (rank - (len(members) - 1) / 2) * gap
    return places


def _touch(lower: tuple[float, list[int]], upper: tuple[float, list[int]], gap: float) -> bool:
    return upper[0] - lower[0] < gap * (len(lower[1]) + len(upper[1])) / 2
