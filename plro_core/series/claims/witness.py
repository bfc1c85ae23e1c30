"""Which cells a check reads: it is run again on evidence that writes down what it is asked for."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from plro_core.cohort import Cohort
from plro_core.series.claims.checks import CHECKS
from plro_core.series.claims.evidence import Evidence
from plro_core.series.claims.findings import stands_for
from plro_core.series.claims.lacking import lacking
from plro_core.series.claims.reading import read_claims
from plro_core.series.documents import Bound
from plro_core.store import OfPatients, Registry
from plro_core.tables import Cell, Column, Table
from plro_core.text import NONE, places_together, visit_name
from plro_core.vocabulary import UNCERTAIN, Variable

#: A column of what was read: table, variable, visit (of a printed cell: the table's title and head).
Head = tuple[str, str, int | None]
#: A cell with a mark of the document's own is of the value beside it.
_FLAG = "_flag"


@dataclass(frozen=True)
class Witness(Evidence):
    """Evidence that keeps what was read of each patient, in the order in which it was asked for."""

    seen: dict[Head, dict[int, list[str]]] = field(default_factory=dict, repr=False, compare=False)
    keys: dict[int, set[tuple[str, str, str]]] = field(default_factory=dict, repr=False, compare=False)
    told: dict[tuple[str, int], list[set[str]]] = field(default_factory=dict, repr=False, compare=False)

    def cell(self, name: str, patient: int, month: int | None = None) -> Any:
        value = super().cell(name, patient, month)
        self._saw(name, patient, month, value)
        return value

    def visit_values(self, name: str) -> dict[tuple[int, int], Any]:
        found = super().visit_values(name)
        if not name.endswith(_FLAG):
            for (patient, month), value in found.items():
                self._saw(name, patient, month, value)
        return found

    def ids(self, query: str) -> tuple[int, ...]:
        for criterion in Cohort.parse(query, self.registry.vocabulary).criteria:
            entry = criterion.variable
            if entry.table == "cases" or criterion.month is not None:
                for patient in self.patients:
                    self.cell(entry.name, patient, criterion.month)
            elif entry.table not in ("cases", "visits"):
                self._facts_seen(entry.table, self._facts(entry.table))
        return super().ids(query)

    def facts(self, table: str, **wanted: Any) -> list[dict[str, Any]]:
        found = super().facts(table, **wanted)
        self._facts_seen(table, found)
        return found

    def printed(self, document: str, head: str) -> dict[int, tuple[str, ...]]:
        found = super().printed(document, head)
        for patient, texts in found.items():
            self._keep((document, head, None), patient, texts)
        return found

    def _keep(self, head: Head, patient: int, texts: tuple[str, ...]) -> None:
        kept = self.seen.setdefault(head, {}).setdefault(patient, [])
        kept.extend(text for text in texts if text not in kept)

    def _saw(self, name: str, patient: int, month: int | None, value: Any) -> None:
        table = "cases" if month is None else "visits"
        entry = next((entry for entry in self.registry.vocabulary.columns(table) if entry.name == name), None)
        if entry is None or name.endswith(_FLAG):
            return
        flag = self.flag(name, patient, month) if value is not None else ""
        self._keep((table, name, month), patient, (f"{_written(entry, value)}{flag}",))
        key = str(patient) if month is None else f"{patient}/{month}"
        self.keys.setdefault(patient, set()).add((table, key, name))

    def flag(self, name: str, patient: int, month: int | None) -> str:
        """The printed arrow of a value of a visit."""
        return {"H": "↑", "L": "↓"}.get(str(super().cell(f"{name}{_FLAG}", patient, month) or ""), "")

    def _facts_seen(self, table: str, rows: list[dict[str, Any]]) -> None:
        columns = [entry for entry in self.registry.vocabulary.columns(table) if entry.name != "case_id"]
        for row in rows:
            words = [_written(entry, row[entry.name]) for entry in columns if _is_told(entry, row)]
            self._keep((table, "", None), row["case_id"], (" ".join(words),))
            self.told.setdefault((table, row["case_id"]), []).append({str(value) for value in row.values()})


#: Columns of facts that say when it was, how it was coded or what else is said of it, rather than what it is.
_CODES = ("atc", "figure", "start", "stop", "dose_status", "dose_elsewhere")


def _is_told(entry: Variable, row: Mapping[str, Any]) -> bool:
    return row.get(entry.name) is not None and entry.name not in _CODES


def _written(entry: Variable, value: Any) -> str:
    if value is None:
        return NONE
    if isinstance(value, bool):
        return "yes" if value else "no"
    if entry.levels:
        return entry.level_label(str(value))
    return entry.written(value) if entry.is_number else str(value)


def cells_of_claim(registry: Registry, document: str, claim_id: str) -> Table:
    """The cells that the check of one claim reads, a row a patient, each with its places in the document.

    ``document`` is the short name of the one that prints the claim. The notes say which values a printed number can stand
    for, and which of the cells are uncertain. Without rows where nothing is read.

    Raises:
        DataProblem: the file of claims is malformed.
        KeyError: there is no such claim.
    """
    bound = next((bound for bound in registry.documents if bound.document.short == document), None)
    if bound is None or bound.document.folder is None:
        raise KeyError(claim_id)
    claims = {claim.id: claim for claim in read_claims(bound.document.folder)}
    claim, memory = claims[claim_id], dict[Any, Any]()
    plain = Evidence(registry, bound, claims, memory)
    witness = Witness(registry, bound, claims, memory)
    if not lacking(plain, claim):
        CHECKS[claim.check].run(
            plain, claim
        )  # searches that serve several claims are kept, and not asked of the witness
        CHECKS[claim.check].run(witness, claim)
    return _table(registry, bound, witness, claim_id, stands_for(claim))


def _table(registry: Registry, bound: Bound, witness: Witness, claim_id: str, precision: str) -> Table:
    origins = _origins(registry, bound)
    heads = _ordered(witness.seen)
    patients = sorted({patient for found in witness.seen.values() for patient in found})
    rows = []
    for patient in patients:
        cells: list[Cell] = [", ".join(witness.seen[head].get(patient, [])) or NONE for head in heads]
        rows.append((patient, *cells, _places(registry, witness, patient, origins)))
    columns = (
        Column("case_id", "Patient", "integer"),
        *(Column(_name(head), _label(registry, head)) for head in heads),
        Column("source", "Place"),
    )
    notes = (precision, *_uncertain(registry, witness, origins))
    return Table(
        f"cells-{claim_id}", "The cells it was recomputed from", columns, tuple(rows), tuple(filter(None, notes))
    )


def _ordered(seen: Iterable[Head]) -> list[Head]:
    """Columns in the order in which they were asked for; the visits of one variable together, in time."""
    first = list(dict.fromkeys(head[:2] for head in seen))
    return sorted(seen, key=lambda head: (first.index(head[:2]), -1 if head[2] is None else head[2]))


def _name(head: Head) -> str:
    return "_".join(str(part) for part in head if part not in (None, ""))


def _label(registry: Registry, head: Head) -> str:
    table, name, month = head
    words = registry.vocabulary
    if table in words.facts:
        return words.table(table).label
    if table not in ("cases", "visits"):
        return f"{table}, {name}"
    entry = words.variable(name, table)
    unit = f", {entry.stated_unit}" if entry.stated_unit else ""
    return f"{entry.label}{unit}" if month is None else f"{entry.label}{unit}, {visit_name(month).lower()}"


Origins = dict[tuple[str, str, str], list[dict[str, Any]]]


def _origins(registry: Registry, bound: Bound) -> Origins:
    """The lines of provenance of the document's patients, by cell."""
    found: Origins = {}
    rows = registry.found("provenance", OfPatients(tuple(bound.patients)))
    for row in rows:
        found.setdefault((row["table"], row["key"], row["column"]), []).append(row)
    return found


def _places(registry: Registry, witness: Witness, patient: int, origins: Origins) -> str:
    """Where the cells of one patient stand: "Table II, rows 29 to 32"."""
    keys = sorted(witness.keys.get(patient, ()))
    sources = [row["source"] for key in keys for row in origins.get(key, ())]
    for (table, case_id), facts in witness.told.items():
        if case_id == patient:
            sources += [
                row["source"]
                for (name, key, _), rows in origins.items()
                if name == table and _is_of(key, patient, facts)
                for row in rows
            ]
    tables = {head[0] for head, found in witness.seen.items() if patient in found}
    return "; ".join(places_together(sources) + sorted(tables & set(witness.tables)))


def _is_of(key: str, patient: int, facts: list[set[str]]) -> bool:
    """Whether the key of a line of provenance is that of one of the facts that were read."""
    case_id, *parts = key.split("/")
    return case_id == str(patient) and any(set(parts) <= values for values in facts)


def _uncertain(registry: Registry, witness: Witness, origins: Origins) -> list[str]:
    """What was inferred, assumed or is in conflict among the cells: a sentence for each reason, with its patients."""
    found: dict[tuple[str, str, str], list[int]] = {}
    for patient, keys in sorted(witness.keys.items()):
        for table, key, name in sorted(keys):
            for row in origins.get((table, key, name), ()):
                if row["status"] in UNCERTAIN:
                    what = registry.vocabulary.variable(name, table).label
                    found.setdefault((what, row["status"], row["note"] or ""), []).append(patient)
    return [_doubt(witness, *reason, patients) for reason, patients in found.items()]


def _doubt(witness: Witness, what: str, status: str, note: str, patients: list[int]) -> str:
    said = "in conflict" if status == "conflict" else status
    return f"{what} of {witness.names(patients)}: {said}. {note}{'.' * (note[-1:] not in ('', '.'))}".strip()
