"""The cells that the checks use: a document's own patients, their values, and its printed tables."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from plro_core.cohort import Cohort
from plro_core.lookups import patients_by_printed_row
from plro_core.series.claims.model import Claim
from plro_core.series.documents import Bound, PrintedTable
from plro_core.store import OfPatients, OneOf, Registry
from plro_core.text import listed
from plro_core.vocabulary import Variable

#: Why a cell cannot confirm a claim.
TAKEN_FROM_IT = "The registry takes this from the sentence itself, and no printed table has it."


@dataclass(frozen=True)
class Evidence:
    """A registry read as evidence on a document's claims; patients beside the document's are left out."""

    registry: Registry
    bound: Bound
    claims: Mapping[str, Claim]
    memory: dict[Any, Any] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def patients(self) -> tuple[int, ...]:
        """The document's patients, by number."""
        return tuple(sorted(self.bound.patients))

    @property
    def n(self) -> int:
        return len(self.patients)

    def ids(self, query: str) -> tuple[int, ...]:
        """The document's patients in a cohort."""
        condition, values = Cohort.parse(query, self.registry.vocabulary).case_sql()
        found = {row[0] for row in self.registry.rows(f"FROM cases SELECT case_id WHERE {condition}", values)}
        return tuple(patient for patient in self.patients if patient in found)

    @cached_property
    def _cases(self) -> dict[int, dict[str, Any]]:
        return {row["case_id"]: row for row in self.registry.records("FROM cases")}

    @cached_property
    def _visits(self) -> dict[tuple[int, int], dict[str, Any]]:
        rows = self.registry.records("FROM visits ORDER BY case_id, month")
        return {(row["case_id"], row["month"]): row for row in rows if row["case_id"] in self.patients}

    @cached_property
    def months(self) -> dict[int, tuple[int, ...]]:
        """The months at which each patient was seen."""
        return {patient: tuple(m for case, m in self._visits if case == patient) for patient in self.patients}

    def cell(self, name: str, patient: int, month: int | None = None) -> Any:
        """One stored value; ``None`` where it is missing or there is no such visit."""
        row = self._cases.get(patient) if month is None else self._visits.get((patient, month))
        return row.get(name) if row else None

    def values(self, name: str, month: int | None = None) -> dict[int, Any]:
        """The recorded values of a case variable, or of a visit variable at one visit, by patient."""
        cells = {patient: self.cell(name, patient, month) for patient in self.patients}
        return {patient: value for patient, value in cells.items() if value is not None}

    def visit_values(self, name: str) -> dict[tuple[int, int], Any]:
        """The recorded values of a visit variable, by patient and month."""
        return {key: row[name] for key, row in self._visits.items() if row.get(name) is not None}

    def units(self, entry: Variable, month: int | None = None) -> dict[int, int]:
        """Values as whole numbers of their last recorded decimal, of which ``scale`` make one, so that arithmetic is exact."""
        scale = self.scale(entry, month)
        return {patient: round(value * scale) for patient, value in self.values(entry.name, month).items()}

    def scale(self, entry: Variable, month: int | None = None) -> int:
        """How many whole numbers of ``units`` make one."""
        return int(10 ** entry.recorded_decimals(self.values(entry.name, month).values()))

    @cached_property
    def tables(self) -> dict[str, PrintedTable]:
        """The document's printed tables by title."""
        return {table.title: table for table in self.bound.document.printed}

    def title_of(self, cells: str) -> str:
        """The printed table that a table's cells stand in, such as "Table I"; "The registry" where none is printed."""
        return next((table.title for table in self.tables.values() if table.cells == cells), "The registry")

    def declared(self, name: str) -> Variable:
        """The case or visit variable of that name, in the registry's words.

        Raises:
            KeyError: it is of another table.
            QueryProblem: there is none.
        """
        entry = self.registry.vocabulary.variable(name)
        if entry.table not in ("cases", "visits"):
            raise KeyError(name)
        return entry

    @cached_property
    def _printed(self) -> list[dict[str, Any]]:
        rows = self.registry.found("printed", OneOf("series", (self.bound.document.name, None)))
        return sorted(rows, key=lambda row: (row["document"], row["row"]))

    def printed(self, document: str, head: str) -> dict[int, tuple[str, ...]]:
        """The printed cells of one column by the patient whose cells were read from that row."""
        patients, answer = self._patients_of(document), dict[int, list[str]]()
        for row in self._column(document, head):
            if row["row"] in patients:
                answer.setdefault(patients[row["row"]], []).append(row["text"] or "")
        return {key: tuple(texts) for key, texts in answer.items()}

    def _patients_of(self, document: str) -> dict[int, int]:
        """Printed row -> patient of the registry, whose number need not be the printed one."""
        return patients_by_printed_row(
            self.registry, self.bound.document.name, document, self.tables[document].cells, self.patients
        )

    def _column(self, document: str, head: str) -> list[dict[str, Any]]:
        return [row for row in self._printed if row["document"] == document and row["column"] == head]

    def heads(self, document: str) -> tuple[str, ...]:
        """The printed column heads of a table."""
        return tuple(dict.fromkeys(row["column"] for row in self._printed if row["document"] == document))

    def facts(self, table: str, **wanted: Any) -> list[dict[str, Any]]:
        """Rows of a one-row-a-fact table of the document's patients whose columns hold the wanted values."""
        rows = self._facts(table)
        return [row for row in rows if all(row[name] == value for name, value in wanted.items() if value)]

    def _facts(self, table: str) -> list[dict[str, Any]]:
        if table not in self.registry.vocabulary.facts:
            return []
        if table not in self.memory:
            rows = self.registry.records(f"FROM {table} ORDER BY case_id")
            self.memory[table] = [row for row in rows if row["case_id"] in self.patients]
        found: list[dict[str, Any]] = self.memory[table]
        return found

    def stated_only_by(self, claim: Claim, table: str, keys: Collection[str]) -> bool:
        """Whether the rows of a table were read from the place of a claim alone, so that they cannot confirm it."""
        places = {place for part in claim.location.split("; ") for place in (part, f"text, {part}")}
        sources = [row["source"] for row in self._origins(table) if row["key"] in keys]
        return bool(sources) and all(part in places for source in sources for part in source.split("; "))

    def _origins(self, table: str) -> list[dict[str, Any]]:
        if ("origins", table) not in self.memory:
            rows = self.registry.found("provenance", OneOf("table", (table,)), OfPatients(self.patients))
            self.memory["origins", table] = rows
        found: list[dict[str, Any]] = self.memory["origins", table]
        return found

    def names(self, patients: tuple[int, ...] | list[int]) -> str:
        """Patients in words: "patient 4", "patients 1 to 8", "patients 3 and 9", "no patient"."""
        chosen = sorted(set(patients))
        if not chosen:
            return "no patient"
        if len(chosen) == 1:
            return f"patient {chosen[0]}"
        places = [self.patients.index(patient) for patient in chosen]
        if len(chosen) > 2 and places[-1] - places[0] == len(chosen) - 1:
            return f"patients {chosen[0]} to {chosen[-1]}"
        return f"patients {listed([str(patient) for patient in chosen])}"


def month_of(text: str | None) -> int | None:
    """A visit month of a claim's parameters; ``None`` where it names none."""
    return None if text is None else int(text)
