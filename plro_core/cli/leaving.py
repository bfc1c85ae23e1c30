"""What leaves as a whole: ``bundle``, ``redcap`` and ``quality``.

It is journalled before it is written, as every answer is that tells of patients of a registry of one's own.
"""

import json
from collections.abc import Iterable, Sequence
from contextlib import closing

import click

from plro_core import bundle, deposit, quality, store
from plro_core.cli import options
from plro_core.cli.output import TABLES_AS, Output, login, output, table_output, taken
from plro_core.cli.root import command
from plro_core.export import export_table
from plro_core.intake.redcap.odm import project_xml
from plro_core.intake.redcap.project import months_of, setup_files
from plro_core.intake.redcap.writer import dictionary_csv, export_csv, own_mapping
from plro_core.leaving import Taken, account, unique_in, unique_in_version
from plro_core.preview import held_tables
from plro_core.problems import QueryProblem
from plro_core.store import Registry
from plro_core.tables import Table
from plro_core.text import listed

#: Formats that can hold several tables, the one for readers first.
_SEVERAL = ("md", "json")


@command("bundle", "Tables as CSV and Parquet, dictionary, where each cell comes from, checksums.")
@options.registry
@options.version
@options.guard
@output("zip")
@options.taker
def bundle_command(
    registry: str | None, version: str | None, guard: bool, author: str | None, note: str, output: Output
) -> None:
    form = output.form
    with closing(store.open_registry(registry, version)) as opened:
        output.put(bundle.bundle(opened, guard), form, _whole(opened, "registry", author, note))


@command(
    "deposit",
    "A data package with CITATION.cff, .zenodo.json, RO-Crate metadata and SDTM's DM and LB; “import” takes it as it takes a bundle.",
)
@options.registry
@options.version
@options.guard
@output("zip")
@options.taker
def deposit_command(
    registry: str | None, version: str | None, guard: bool, author: str | None, note: str, output: Output
) -> None:
    form = output.form
    with closing(store.open_registry(registry, version)) as opened:
        output.put(deposit.deposit(opened, guard), form, _whole(opened, "deposit", author, note))


@command("sdtm", "A zip with DM.csv and LB.csv; test codes are the registry's own names.")
@options.registry
@options.version
@options.guard
@output("zip")
@options.taker
def sdtm_command(
    registry: str | None, version: str | None, guard: bool, author: str | None, note: str, output: Output
) -> None:
    form = output.form
    with closing(store.open_registry(registry, version)) as opened:
        output.put(deposit.sdtm(opened, guard), form, _whole(opened, "sdtm", author, note))


@command("phenopackets", "A zip with one JSON file a patient; each finding names the cell that it was read from.")
@options.registry
@options.version
@output("zip")
@options.taker
def phenopackets_command(
    registry: str | None, version: str | None, author: str | None, note: str, output: Output
) -> None:
    form = output.form
    with closing(store.open_registry(registry, version)) as opened:
        output.put(deposit.phenopackets(opened), form, _whole(opened, "phenopackets", author, note))


@command(
    "redcap",
    "CSV holds the records alone; ZIP also the data dictionary, the events and the forms of the project that fits them, and the "
    "mapping by which “import” reads them back; XML is the whole project in one file, which REDCap makes a project of.",
)
@options.registry
@options.version
@options.guard
@output("csv", "zip", "xml")
@options.taker
def redcap_command(
    registry: str | None, version: str | None, guard: bool, author: str | None, note: str, output: Output
) -> None:
    form = output.form
    with closing(store.open_registry(registry, version)) as opened:
        what = "redcap-project" if form == "xml" else "redcap-records"
        output.put(_of_redcap(opened, form, guard), form, _whole(opened, what, author, note))


def _of_redcap(registry: Registry, form: str, guard: bool) -> bytes:
    tables = held_tables(registry)
    if form == "xml":
        return project_xml(tables, registry.vocabulary, registry.manifest)
    records = export_csv(tables, registry.vocabulary, guarded=guard)
    return _project(registry, records, months_of(tables), guard) if form == "zip" else records


def _project(registry: Registry, records: bytes, months: Sequence[int], guard: bool) -> bytes:
    """Records, what REDCap sets a project up by, and the mapping; handed to “import” as they are, they are the same patients."""
    files = {
        "records.csv": records,
        "dictionary.csv": dictionary_csv(registry.vocabulary, guarded=guard),
        "mapping.json": own_mapping(registry.vocabulary, months, guarded=guard).json.encode(),
    }
    return bundle.zipped(files | setup_files(registry.vocabulary, months))


def _whole(registry: Registry, what: str, author: str | None, note: str) -> Taken:
    """That all patients of a version are taken."""
    who = author or login()
    return Taken(who, what, registry, lambda: unique_in_version(held_tables(registry)), note=note)


@command(
    "quality", "Without TABLE every table of the report, as md or json; one table, such as rule-hits, in any format."
)
@click.argument("table", required=False)
@options.registry
@options.version
@options.dask
@table_output(plain=False)
def quality_command(registry: str | None, version: str | None, table: str | None, output: Output) -> None:
    with closing(store.open_registry(registry, version)) as opened:
        tables = {table.name: table for part in quality.report(opened).parts for table in part.tables}
        if table is None:
            output.put(_together(tables, output.form), output.form, _report(opened, tables.values()))
        else:
            found = tables[options.one_of(table, tables, "a table of the report")]
            output.give(found, None, taken(opened, found))


def _report(registry: Registry, tables: Iterable[Table]) -> Taken:
    """That all tables of the report are taken: as many patients are unique as in the one that tells most of them."""
    return Taken(account(), "quality", registry, lambda: max(map(unique_in, tables)))


def _together(tables: dict[str, Table], form: str) -> bytes:
    """All tables in one answer: one below the other, or an object by their names."""
    if form not in _SEVERAL:
        one = listed(list(TABLES_AS), "or")
        raise QueryProblem(
            f"All tables together are {listed(list(_SEVERAL), 'or')}; name one TABLE to have it as {one}."
        )
    if form == "json":
        found = {name: table.records for name, table in tables.items()}
        return json.dumps(found, ensure_ascii=False, allow_nan=False, indent=2).encode() + b"\n"
    return b"\n".join(export_table(table, "md", None) for table in tables.values())
