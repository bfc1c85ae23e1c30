"""What leaves as a whole: ``bundle``, ``redcap`` and ``quality``.

What takes patients out of a registry of one's own is journalled before it is written; the shipped one keeps no journal.
"""

import json
from contextlib import closing

import click

from plro_core import bundle, journal, quality, store
from plro_core.cli import options
from plro_core.cli.output import TABLES_AS, Output, login, output, table_output
from plro_core.cli.root import command
from plro_core.export import export_table
from plro_core.intake.redcap.writer import dictionary_csv, export_csv, own_mapping
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
@output("zip")
@options.taker
def bundle_command(registry: str | None, version: str | None, author: str | None, note: str, output: Output) -> None:
    form = output.form
    with closing(store.open_registry(registry, version)) as opened:
        content = bundle.bundle(opened)
        _journal(opened, "registry", author, note)
    output.put(content, form)


@command(
    "redcap",
    "CSV holds the records alone; ZIP also the data dictionary of the project that fits them, and the mapping by which "
    "“import” reads them back.",
)
@options.registry
@options.version
@output("csv", "zip")
@options.taker
def redcap_command(registry: str | None, version: str | None, author: str | None, note: str, output: Output) -> None:
    form = output.form
    with closing(store.open_registry(registry, version)) as opened:
        content = _project(opened) if form == "zip" else export_csv(held_tables(opened), opened.vocabulary)
        _journal(opened, "redcap-records", author, note)
    output.put(content, form)


def _project(registry: Registry) -> bytes:
    """Records, data dictionary and mapping; handed to “import” as they are, they are the same patients."""
    months = [month for (month,) in registry.rows("SELECT DISTINCT month FROM visits")]
    files = {
        "records.csv": export_csv(held_tables(registry), registry.vocabulary),
        "dictionary.csv": dictionary_csv(registry.vocabulary),
        "mapping.json": own_mapping(registry.vocabulary, months).json.encode(),
    }
    return bundle.zipped(files)


def _journal(registry: Registry, what: str, author: str | None, note: str) -> None:
    """Say in the journal of a registry of one's own what is about to leave it."""
    if not store.why_not_written(registry.folder):
        who = author or login()
        journal.record(registry.folder, "export", who=who, version=registry.version, note=note, detail={"form": what})


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
        output.put(_together(tables, output.form), output.form)
    else:
        output.give(tables[options.one_of(table, tables, "a table of the report")])


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
