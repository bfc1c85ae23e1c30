"""Tools for tests of REDCap: CSV text as a sheet, rows as typed tables."""

import csv
import io
from collections.abc import Mapping, Sequence

import pyarrow as pa

from plro_core.intake.model import Draft, Finding, Raw, Sheet
from plro_core.intake.redcap.names import patient_tables
from plro_core.schema import arrow_schema
from plro_core.store import Registry
from plro_core.vocabulary import STANDARD, Variable, Vocabulary

Rows = Mapping[str, Sequence[Draft]]


def sheet(content: str | bytes, delimiter: str = ",", name: str = "export.csv") -> Sheet:
    """A CSV file as a sheet: text cells, nothing where a cell is empty."""
    text = content.decode("utf-8") if isinstance(content, bytes) else content
    head, *rows = csv.reader(io.StringIO(text), delimiter=delimiter)
    numbered = ((number, tuple(cell or None for cell in row)) for number, row in enumerate(rows, 2))
    return Sheet(name, "", tuple(head), tuple(numbered))


def typed(drafts: Rows, decimal: str = ".", words: Vocabulary = STANDARD) -> dict[str, pa.Table]:
    """Rows as Arrow tables, as the generic reading of typed cells makes them."""
    return {table: _table(table, rows, decimal, words) for table, rows in drafts.items()}


def _table(table: str, rows: Sequence[Draft], decimal: str, words: Vocabulary) -> pa.Table:
    assert {name for row in rows for name in row} <= set(arrow_schema(table, words).names)
    values = {
        entry.name: [_value(entry, row[entry.name].raw, decimal) if entry.name in row else None for row in rows]
        for entry in words.columns(table)
    }
    return pa.table(values, schema=arrow_schema(table, words))


def _value(entry: Variable, raw: Raw, decimal: str) -> object:
    if entry.kind in ("identifier", "integer"):
        return int(raw)
    if entry.kind == "number":
        return float(str(raw).replace(decimal, "."))
    return {"yes": True, "no": False}[raw] if entry.kind == "boolean" else raw


def stored(registry: Registry) -> dict[str, pa.Table]:
    """The registry's tables of patients."""
    tables = {table.name: registry.arrow(f"SELECT * FROM {table.name}") for table in patient_tables(STANDARD)}
    return {name: table.cast(arrow_schema(name, STANDARD)) for name, table in tables.items()}


def values(drafts: Rows) -> dict[str, list[dict[str, Raw]]]:
    """Rows without their places."""
    return {table: [{name: cell.raw for name, cell in row.items()} for row in rows] for table, rows in drafts.items()}


def sentences(findings: Sequence[Finding]) -> str:
    return "\n".join(f"[{finding.severity} {finding.rule}] {finding.sentence}" for finding in findings)
