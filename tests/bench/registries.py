"""The synthetic registries that are measured: made by ``plro synth`` once, and kept beside the project's files."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from plro_core import store
from plro_core.schema import arrow_schema
from plro_core.store import Registry, open_registry
from plro_core.vocabulary import STANDARD, RegistryTable

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / ".bench"


def folder(patients: int) -> Path:
    """The folder of a registry of so many made-up patients, made if it is not there."""
    home = CACHE / f"synthetic-{patients}"
    if not (home / "CURRENT").exists():
        shutil.rmtree(home, ignore_errors=True)
        subprocess.run(
            [sys.executable, "-m", "plro_core", "synth", "--cases", str(patients), "-o", str(home)],
            cwd=ROOT,
            check=True,
        )
    return home


def version(patients: int) -> Path:
    """The folder of its one version, which holds the Parquet files."""
    return version_in(folder(patients))


def opened(patients: int) -> Registry:
    """The registry itself."""
    return open_registry(folder(patients))


def with_provenance(patients: int) -> Path:
    """The folder of the same patients with provenance as an import writes it: a line a row, and one a cell read otherwise."""
    home = CACHE / f"provenance-{patients}"
    if not (home / "CURRENT").exists():
        shutil.rmtree(home, ignore_errors=True)
        tables = tables_of(patients)
        told = ("title", "source", "author", "note", "time", "synthetic")
        about = {name: getattr(opened(patients).manifest, name) for name in told}
        tables["provenance"] = pa.concat_tables([*_of_rows(tables), *_of_yes_and_no(tables["cases"])])
        store.publish(tables, {**about, "version": "with-provenance"}, home, STANDARD)
    return home


def tables_of(patients: int) -> dict[str, pa.Table]:
    """All tables of a registry of so many made-up patients."""
    plain = opened(patients)
    tables = {table.name: plain.arrow(f'FROM "{table.name}"') for table in STANDARD.tables}
    plain.close()
    return tables


def version_in(home: Path) -> Path:
    return home / "versions" / (home / "CURRENT").read_text(encoding="ascii").split()[0]


def _of_rows(tables: dict[str, pa.Table]) -> Iterator[pa.Table]:
    """A line for each row of the tables that hold patients, at the last column of its key."""
    for table in STANDARD.tables:
        if table.name in STANDARD.clinical and tables[table.name].num_rows:
            yield _lines(tables[table.name], table, table.key[-1], "printed")


def _of_yes_and_no(cases: pa.Table) -> Iterator[pa.Table]:
    """A line for each "yes" and "no", which is stored as something else than its text."""
    table = next(table for table in STANDARD.tables if table.name == "cases")
    for column in STANDARD.columns("cases"):
        if column.kind == "boolean":
            yield _lines(cases.filter(pc.is_valid(cases[column.name])), table, column.name, "parsed")


def _lines(rows: pa.Table, table: RegistryTable, column: str, status: str) -> pa.Table:
    size = rows.num_rows
    parts = [pc.fill_null(rows[name].cast(pa.string()), "") for name in table.identity]
    parts = [
        parts[0],
        *(pc.if_else(pc.equal(part, ""), "", pc.binary_join_element_wise("", part, "/")) for part in parts[1:]),
    ]
    numbers = pa.array(range(2, size + 2), pa.int64()).cast(pa.string())
    known = {
        "table": pa.repeat(table.name, size),
        "key": pc.binary_join_element_wise(*parts, ""),
        "column": pa.repeat(column, size),
        "source": pc.binary_join_element_wise(f"{table.name}.csv, row ", numbers, f", {column}", ""),
        "verbatim": rows[column].cast(pa.string()),
        "status": pa.repeat(status, size),
    }
    schema = arrow_schema("provenance", STANDARD)
    arrays = [known[part.name].cast(part.type) if part.name in known else pa.nulls(size, part.type) for part in schema]
    return pa.table(arrays, schema=schema)
