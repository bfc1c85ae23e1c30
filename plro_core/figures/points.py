"""What several figures need before they draw: who and which visits are in view, groups, medians, words for a point."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from plro_core import lookups
from plro_core.cohort import Cohort
from plro_core.counts import Frequency, Group, counts, size
from plro_core.lookups import Record
from plro_core.statistics import SMALLEST_N_FOR_MEDIAN, median
from plro_core.store import Registry
from plro_core.text import patients as patients_words
from plro_core.text import safe_plotly, visit_name
from plro_core.vocabulary import Variable, Vocabulary

#: Up to this many patients are numbered and drawn as individuals; beyond, they are a quiet mass.
MOST_NUMBERED = 20

Key = tuple[str, int | None, Group]

#: In the place of a group's level: everybody in view, of whatever group.
ALL = "(all)"


@dataclass(frozen=True)
class InView:
    """The patients and visits that a figure draws, and the counts of everybody that its numbers come from."""

    registry: Registry
    cohort: Cohort
    group: Variable | None
    n: int
    cases: list[Record]
    visits: list[Record]
    found: Mapping[Key, Frequency]
    measured: tuple[Variable, ...] = ()
    _by_case: dict[int, dict[int, Record]] = field(default_factory=dict)

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
        """Whether a visit without a row really is missing, rather than left out by a choice of visits by value."""
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
        """Patients in each group, of everybody in view."""
        if self.group is None:
            return {}
        found = counts(self.registry, [self.vocabulary.variable("age")], self.cohort, self.group)
        return {level: frequency.total for (_, _, level), frequency in found.items()}

    def level_of(self, case: Record) -> Group:
        """The group that a patient belongs to; ``None`` where the grouping variable is not recorded."""
        if self.group is None:
            return None
        value = case[self.group.name]
        return value if value is None or isinstance(value, str) else "yes" if value else "no"

    @property
    def notes(self) -> tuple[str, ...]:
        """What must be said of who is drawn: a sample, a choice of visits."""
        notes = []
        if self.n > len(self.cases):
            notes.append(
                f"Points are drawn for a fixed sample of {patients_words(len(self.cases))} of {self.n}; "
                "medians and n come from all of them."
            )
        if self.cohort.which_visits:
            notes.append("Only the chosen visits are drawn; a line is broken where a visit is left out.")
        return tuple(notes)

    @property
    def median_note(self) -> str:
        """Why there is no median, where patients are too few for one."""
        if self.n < SMALLEST_N_FOR_MEDIAN:
            return "Fewer than three patients: each is shown, without a median."
        if any(n < SMALLEST_N_FOR_MEDIAN for n in self.group_sizes.values()):
            return "A group of fewer than three patients has no median: its patients are shown one by one."
        return ""


def in_view(
    registry: Registry, cohort: Cohort, measured: Iterable[Variable], group: Variable | None = None, visits: bool = True
) -> InView:
    """Read what a figure of these variables needs: counts of everybody, rows of at most ``lookups.LIMIT`` patients."""
    names = tuple(measured)
    n = size(registry, cohort).patients
    rows = lookups.visits(registry, cohort) if visits and n else []
    found = counts(registry, names, cohort, group) if n else {}
    return InView(registry, cohort, group, n, lookups.cases(registry, cohort) if n else [], rows, found, names)


def when(month: int) -> str:
    return visit_name(month).lower()


def place(row: Record | None) -> str:
    """Where in the source a visit is printed, such as "Table II, row 31"; empty where that is not known."""
    source = row.get("source_row") if row else None
    return safe_plotly(str(source).removesuffix(", VAS")) if source else ""


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
