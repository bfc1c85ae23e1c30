"""The words of one registry as a value: its tables, variables and planned visits, and what is derived from them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from plro_core.problems import QueryProblem
from plro_core.text import likely, listed, printable
from plro_core.vocabulary import standard
from plro_core.vocabulary.declared import Declared, read
from plro_core.vocabulary.model import RegistryTable, Variable
from plro_core.vocabulary.ranges import with_own

#: Statuses of a cell that a reader should be warned of.
UNCERTAIN = ("inferred", "assumed", "conflict")


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """Every table and variable of a registry, in order, with its planned visits in months from baseline.

    ``declared`` is what the registry adds to the standard words; :data:`STANDARD` is the vocabulary that adds nothing.
    ``remarks`` are what documents say of variables (by table and name), ``rows`` what they call a table's rows and ``labels``
    what they call a table: words beside the declarations, which change no meaning.
    """

    declared: Declared = field(default_factory=Declared)
    remarks: Mapping[tuple[str, str], Mapping[str, Any]] = field(default_factory=dict)
    rows: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def months(self) -> tuple[int, ...]:
        """Planned visits, in months from baseline."""
        return self.declared.months or standard.MONTHS

    @property
    def follow_up(self) -> tuple[int, ...]:
        """The planned visits after baseline."""
        return self.months[1:]

    @cached_property
    def tables(self) -> tuple[RegistryTable, ...]:
        tables = standard.TABLES + self.declared.tables
        return tuple(
            replace(table, label=self.labels.get(table.name, table.label), row=self.rows.get(table.name, table.row))
            for table in tables
        )

    @cached_property
    def variables(self) -> tuple[Variable, ...]:
        """Every column of every table: of cases, of visits, then of the tables with one row a fact."""
        added = tuple(entry for table in self.declared.tables for entry in self._declared_in(table.name))
        cases = standard.CASES + self._declared_in("cases")
        visits = tuple(map(self._with_months, standard.VISITS)) + self._declared_in("visits")
        entries = map(self._widened, cases + visits + standard.FACTS + added)
        return tuple(replace(entry, **self.remarks.get((entry.table, entry.name), {})) for entry in entries)

    def _widened(self, entry: Variable) -> Variable:
        """A variable as the registry widens it, with its reference range; an unscheduled visit records what a planned one does."""
        table = "visits" if entry.table == "unscheduled" else entry.table
        for widening in self.declared.widened:
            if (widening.table, widening.name) == (table, entry.name):
                entry = widening.of(entry)
        own = self.declared.ranges.get(entry.name) if table == "visits" else None
        return with_own(entry, own) if own else entry

    def _declared_in(self, table: str) -> tuple[Variable, ...]:
        return tuple(entry for entry in self.declared.variables if entry.table == table)

    def _with_months(self, entry: Variable) -> Variable:
        return replace(entry, levels=standard.month_levels(self.months)) if entry.name == "month" else entry

    @cached_property
    def labs(self) -> tuple[Variable, ...]:
        """Laboratory values of the visits."""
        return tuple(entry for entry in self.columns("visits") if entry.group == "Laboratory" and entry.is_number)

    @cached_property
    def measured(self) -> tuple[Variable, ...]:
        """What is measured at each visit: pain, then the laboratory values."""
        return (self.variable("vas", "visits"), *self.labs)

    @cached_property
    def scores(self) -> tuple[Variable, ...]:
        """The T-scores of bone density at diagnosis, in the order of their columns."""
        return tuple(entry for entry in self.columns("cases") if entry.score == "T")

    @cached_property
    def z_scores(self) -> tuple[Variable, ...]:
        """The Z-scores of bone density at diagnosis, in the order of their columns."""
        return tuple(entry for entry in self.columns("cases") if entry.score == "Z")

    @cached_property
    def primary_outcome(self) -> tuple[Variable, int | None] | None:
        """What groups are compared on first: the variable and its month, compared as change from baseline, or an outcome of
        the patient. Where a registry declares none it is pain at the first visit after baseline; ``None`` without one.
        """
        name, _, month = self.declared.primary_outcome.partition(".")
        if name:
            return self.variable(name, "visits" if month else "cases"), int(month) if month else None
        return (self.variable("vas", "visits"), self.follow_up[0]) if self.follow_up else None

    @cached_property
    def filters(self) -> dict[str, Variable]:
        """Variables that a cohort may name, by their name in the query string."""
        return {entry.name: entry for entry in self.variables if entry.filterable}

    @cached_property
    def of_fractures(self) -> tuple[Variable, ...]:
        """Variables that tell of a fracture: whoever is chosen by one of them was chosen by her fractures."""
        cases = (self.variable(name, "cases") for name in ("case_definition", "vertebroplasty"))
        return (self.variable("level", "fractures"), *cases)

    @cached_property
    def groupings(self) -> tuple[Variable, ...]:
        """Variables by which patients can be split into groups: one of a few levels each."""
        return tuple(entry for entry in self.columns("cases") if entry.levels and entry.filterable)

    @cached_property
    def panel(self) -> dict[str, tuple[str, ...]]:
        """The filter panel: the keys of cohorts that each section offers, in order."""
        sections: dict[str, list[Variable]] = {section: [] for section in standard.SECTIONS}
        for entry in self.variables:
            if entry.panel and entry.filterable:
                sections.setdefault(entry.panel, []).append(entry)
        keys = {
            section: tuple(map(_panel_key, sorted(entries, key=lambda entry: entry.place)))
            for section, entries in sections.items()
        }
        return {section: found for section, found in keys.items() if found}

    @cached_property
    def summarised(self) -> tuple[Variable, ...]:
        """Variables that have rows in the summary table."""
        return tuple(entry for entry in self.variables if entry.summarised)

    @cached_property
    def many(self) -> tuple[Variable, ...]:
        """Variables of which one patient may have several values."""
        return tuple(entry for entry in self.variables if entry.many)

    @cached_property
    def clinical(self) -> tuple[str, ...]:
        """Names of the tables of what is known of patients, in order."""
        return tuple(table.name for table in self.tables if table.name not in standard.NOT_CLINICAL)

    @cached_property
    def facts(self) -> tuple[str, ...]:
        """Names of the clinical tables with one row a fact."""
        return tuple(name for name in self.clinical if name not in ("cases", "visits"))

    @cached_property
    def _by_table(self) -> dict[str, tuple[Variable, ...]]:
        found: dict[str, list[Variable]] = {table.name: [] for table in self.tables}
        for entry in self.variables:
            found[entry.table].append(entry)
        return {name: tuple(entries) for name, entries in found.items()}

    @cached_property
    def _by_name(self) -> dict[tuple[str, str | None], Variable]:
        backwards = tuple(reversed(self.variables))
        anywhere: dict[tuple[str, str | None], Variable] = {(entry.name, None): entry for entry in backwards}
        return anywhere | {(entry.name, entry.table): entry for entry in self.variables}

    def columns(self, table: str) -> tuple[Variable, ...]:
        """The variables of one table, in the order of its columns; none for a table that is not declared."""
        return self._by_table.get(table, ())

    def table(self, name: str) -> RegistryTable:
        """The declared table of that name.

        Raises:
            QueryProblem: no such table is declared.
        """
        for table in self.tables:
            if table.name == name:
                return table
        names = [table.name for table in self.tables]
        raise QueryProblem(f"“{printable(name)}” is not a table of this registry{likely(name, names)}.")

    def variable(self, name: str, table: str | None = None) -> Variable:
        """The declared variable of that name (in that table, where a name is used in several).

        Raises:
            QueryProblem: no such variable is declared.
        """
        found = self._by_name.get((name, table))
        if found is None:
            known = [entry.name for entry in (self.columns(table) if table else self.variables)]
            place = f" of {printable(table)}" if table else ""
            raise QueryProblem(f"“{printable(name)}” is not a variable{place} in this registry{likely(name, known)}.")
        return found

    def contradiction(self, older: "Vocabulary") -> str:
        """Which word of an older vocabulary is missing here or means something else, in a sentence; empty if none does.

        Wider levels are the same word, and so are numbers that were whole ones; another kind or unit, or a level or planned
        visit that is gone, is another one.
        """
        gone = [str(month) for month in older.months if month not in self.months]
        if gone:
            return f"months: {listed(gone)} not planned any more; expected the planned visits to stay."
        for entry in older.variables:
            now = self._by_name.get((entry.name, entry.table))
            if now is None:
                return f"“{entry.name}” of {entry.table} is not declared any more; expected its declaration to stay."
            codes = {level.code for level in now.levels}
            same_kind = now.kind == entry.kind or (entry.kind, now.kind) == ("integer", "number")
            same = same_kind and now.unit == entry.unit
            if not same or (entry.kind == "category" and not codes.issuperset(level.code for level in entry.levels)):
                return f"“{entry.name}” now means something else (kind, unit or levels differ); give the new meaning a new name."
        return ""


def _panel_key(entry: Variable) -> str:
    """What is recorded at visits is asked for at baseline; the visits themselves are chosen by their month."""
    return f"{entry.name}.0" if entry.per_visit and entry.name != "month" else entry.name


def words_of(folder: Path) -> Vocabulary:
    """The words that the registry in a folder declares now.

    Raises:
        RegistryProblem: its ``variables.toml`` is at fault; the sentence names the part.
    """
    return Vocabulary(read(folder))


#: The words that every registry has.
STANDARD = Vocabulary()
