"""The commands that give a whole version: ``bundle``, ``redcap`` and ``quality``.

What takes patients out of a registry of one's own is journalled before it is written; the shipped one keeps no journal.
"""

import argparse
import json
from collections.abc import Sequence
from contextlib import closing
from typing import Any

from plro_core import bundle, journal, quality, store
from plro_core.answers import (
    TABLES_AS,
    add_command,
    add_form,
    add_output,
    add_version,
    form_of,
    format_of,
    give,
    login,
    put,
)
from plro_core.export import export_table
from plro_core.intake.redcap.writer import dictionary_csv, export_csv, own_mapping
from plro_core.preview import held_tables
from plro_core.problems import QueryProblem
from plro_core.store import Registry
from plro_core.tables import Table
from plro_core.text import listed

#: Formats that can hold several tables, the one for readers first.
_SEVERAL = ("md", "json")
_BUNDLE = ("zip",)
_REDCAP = ("csv", "zip")


def add_all(commands: Any) -> None:
    """Add these commands to the command line."""
    _add_bundle(commands)
    _add_redcap(commands)
    _add_quality(commands)


def _add_bundle(commands: Any) -> None:
    parser = add_command(
        commands,
        "bundle",
        _bundle,
        "write a whole version as one file, which “import” takes in another folder",
        "Tables as CSV and Parquet, dictionary, where each cell comes from, checksums.",
    )
    _add_taking(parser, _BUNDLE)


def _add_redcap(commands: Any) -> None:
    parser = add_command(
        commands,
        "redcap",
        _redcap,
        "write a version as the records of a REDCap project",
        "FILE.csv holds the records alone; FILE.zip also the data dictionary of the project that fits them, and the "
        "mapping by which “import” reads them back.",
    )
    _add_taking(parser, _REDCAP)


def _add_taking(parser: argparse.ArgumentParser, forms: Sequence[str]) -> None:
    add_version(parser)
    add_form(parser, forms)
    parser.add_argument("--author", metavar="A", help="who takes it, for the journal (otherwise the login name)")
    parser.add_argument("--note", metavar="N", default="", help="what for")


def _bundle(options: argparse.Namespace) -> int:
    form = form_of(options, _BUNDLE)
    with closing(store.open_registry(options.registry, options.version)) as registry:
        return _taken(bundle.bundle(registry), "registry", form, registry, options)


def _redcap(options: argparse.Namespace) -> int:
    form = form_of(options, _REDCAP)
    with closing(store.open_registry(options.registry, options.version)) as registry:
        content = _project(registry) if form == "zip" else export_csv(held_tables(registry))
        return _taken(content, "redcap-records", form, registry, options)


def _project(registry: Registry) -> bytes:
    """Records, data dictionary and mapping; handed to “import” as they are, they are the same patients."""
    months = [month for (month,) in registry.rows("SELECT DISTINCT month FROM visits")]
    files = {
        "records.csv": export_csv(held_tables(registry)),
        "dictionary.csv": dictionary_csv(),
        "mapping.json": own_mapping(months).json.encode(),
    }
    return bundle.zipped(files)


def _taken(content: bytes, what: str, form: str, registry: Registry, options: argparse.Namespace) -> int:
    """Write what was made, once the journal of a registry of one's own has it."""
    if not store.why_not_written(registry.folder):
        who, version = options.author or login(), registry.version
        journal.record(registry.folder, "export", who=who, version=version, note=options.note, detail={"form": what})
    return put(content, form, options)


def _add_quality(commands: Any) -> None:
    parser = add_command(
        commands,
        "quality",
        _quality,
        "say what is missing, came late, looks wrong or double",
        "Without TABLE every table of the report, as md or json; one table in any format.",
    )
    parser.add_argument("table", metavar="TABLE", nargs="?", help="one table of the report, such as rule-hits")
    add_version(parser)
    add_output(parser)


def _quality(options: argparse.Namespace) -> int:
    with closing(store.open_registry(options.registry, options.version)) as registry:
        tables = {table.name: table for part in quality.report(registry).parts for table in part.tables}
    if options.table is not None:
        if options.table not in tables:
            raise QueryProblem(
                f"“{options.table[:60]}” is no table of the report; expected {listed(list(tables), 'or')}."
            )
        return give(tables[options.table], options, None)
    return _several(tables, options)


def _several(tables: dict[str, Table], options: argparse.Namespace) -> int:
    """All tables in one answer: one below the other, or an object by their names."""
    format = format_of(options)
    if format not in _SEVERAL:
        one = listed(list(TABLES_AS), "or")
        raise QueryProblem(
            f"All tables together are {listed(list(_SEVERAL), 'or')}; name one TABLE to have it as {one}."
        )
    if format == "json":
        found = {name: table.records for name, table in tables.items()}
        content = json.dumps(found, ensure_ascii=False, allow_nan=False, indent=2).encode() + b"\n"
    else:
        content = b"\n".join(export_table(table, "md", None) for table in tables.values())
    return put(content, format, options)
