"""The versions of a registry: ``versions``, ``diff``, ``publish``, ``rollback``, ``discard`` and ``journal``."""

import json
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import click

from plro_core import access, journal, store
from plro_core.changes import changes
from plro_core.cli import console, options
from plro_core.cli.output import Output, login, table_output, taken
from plro_core.cli.root import command
from plro_core.preview import changes_table, held_tables
from plro_core.problems import DataProblem
from plro_core.tables import Column, Table
from plro_core.text import counted


@command("versions")
@options.registry
@table_output(plain=False)
def versions_command(registry: str | None, output: Output) -> None:
    output.give(_versions_table(store.history(store.existing_folder(registry))), None)


def _versions_table(found: Sequence[store.VersionInfo]) -> Table:
    columns = (
        Column("version", "Version"),
        Column("state", "State"),
        Column("published", "Published"),
        Column("by", "By"),
        Column("parent", "Made from"),
        Column("patients", "Patients", "integer"),
        Column("visits", "Visits", "integer"),
        Column("rows", "Rows in all", "integer"),
        Column("content", "Content"),
        Column("author", "Author"),
        Column("note", "Note"),
        Column("problem", "Problem"),
    )
    rows = tuple(
        (
            info.version,
            info.state,
            info.published or None,
            info.by or None,
            info.manifest.parent if info.manifest else None,
            info.rows.get("cases"),
            info.rows.get("visits"),
            sum(info.rows.values()) if info.manifest else None,
            info.content or None,
            info.manifest.author if info.manifest else None,
            info.manifest.note if info.manifest else None,
            info.problem or None,
        )
        for info in found
    )
    notes = ("Two versions with the same content hold the same cells, whatever they are called.",)
    return Table("versions", "Versions", columns, rows, notes, counted(len(found), "version"))


@command("diff", "A is one version, B the other.")
@click.argument("old", metavar="A")
@click.argument("new", metavar="B")
@options.registry
@table_output(plain=False)
def diff_command(registry: str | None, old: str, new: str, output: Output) -> None:
    with closing(store.open_registry(registry, old)) as before, closing(store.open_registry(registry, new)) as after:
        found = changes(held_tables(before), held_tables(after), after.vocabulary)
        table = changes_table(found, f"From version {old} to version {new}")
        output.give(table, None, taken(after, table))


@command("publish", "ID is the draft, as “versions” lists it.")
@click.argument("version", metavar="ID")
@options.registry
@options.who
def publish_command(registry: str | None, version: str, author: str, note: str) -> None:
    folder = store.existing_folder(registry)
    if store.was_published(folder, version):
        raise DataProblem(f"Version {version} was published before; “rollback” goes back to it.")
    _release(folder, version, author, note)


@command(
    "rollback",
    "ID is the version, as “versions” lists it. Nothing is deleted: the newer versions stay, and can be gone back to as "
    "well.",
)
@click.argument("version", metavar="ID")
@options.registry
@options.who
def rollback_command(registry: str | None, version: str, author: str, note: str) -> None:
    folder = store.existing_folder(registry)
    if not store.was_published(folder, version):
        raise DataProblem(f"Version {version} was never published; “publish” publishes it.")
    _release(folder, version, author, note)


def _release(folder: Path, version: str, author: str, note: str) -> None:
    manifest = access.release(folder, version, author, note)
    content = store.content_hash(manifest)[:12]
    console.report(f"Version {manifest.version} is now the published one (content {content}).")


@command("discard", "ID is the draft, as “versions” lists it.")
@click.argument("version", metavar="ID")
@options.registry
@options.taker
def discard_command(registry: str | None, version: str, author: str | None, note: str) -> None:
    store.discard(store.existing_folder(registry), version, author or login(), note)
    console.report(f"Draft {version} discarded.")


@command("journal", "With --verify the chain of checksums is checked, and one sentence says whether it is whole.")
@options.registry
@click.option("--verify", is_flag=True, help="check that no line was altered or removed")
@table_output(plain=False)
def journal_command(registry: str | None, verify: bool, output: Output) -> None:
    folder = store.existing_folder(registry)
    if verify:
        console.say(journal.verify(folder).sentence)
    else:
        output.give(_journal_table(folder), None)


def _journal_table(folder: Path) -> Table:
    names = ("time", "what", "who", "version", "parent", "note", "detail", "sha256")
    labels = ("Time (UTC)", "What", "Who", "Version", "From", "Note", "Detail", "Checksum")
    rows = tuple(tuple(_cell(getattr(entry, name)) for name in names) for entry in journal.read(folder))
    notes = (store.why_not_written(folder),) if store.why_not_written(folder) else ()
    return Table("journal", "Journal", tuple(map(Column, names, labels)), rows, notes, counted(len(rows), "line"))


def _cell(value: Any) -> str | None:
    if isinstance(value, Mapping):
        return json.dumps(value, ensure_ascii=False) if value else None
    return value or None
