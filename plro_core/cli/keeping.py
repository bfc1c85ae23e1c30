"""Keeping a registry whole: ``verify-registry``, ``accept``, ``trash``, ``backup``, ``restore`` and ``journal-key``."""

from pathlib import Path

import click

from plro_core import signing, store, upkeep
from plro_core.cli import console, options
from plro_core.cli.output import login
from plro_core.cli.root import command
from plro_core.problems import QueryProblem, RegistryProblem
from plro_core.text import counted, listed, printable

_FAULTY = 1


@command(
    "verify-registry",
    "Every version, the pointer, journal, views, mappings, trash, declarations, and what is derived. Exit 0 if all is whole, "
    "1 with a sentence for each file at fault.",
)
@options.registry
def verify_registry_command(registry: str | None) -> int:
    folder = store.existing_folder(registry)
    found = upkeep.verify_registry(folder)
    for sentence in found.faults:
        console.say(f"fault: {sentence}")
    for sentence in found.notes:
        console.say(f"note: {sentence}")
    name = printable(folder.resolve().name)
    console.say(f"{name}: {counted(len(found.faults), 'fault') if found.faults else 'whole'}.")
    return _FAULTY if found.faults else 0


@command("accept", "Files such as variables.toml; the journal keeps their checksums, and a change since is named.")
@options.registry
@options.who
def accept_command(registry: str | None, author: str, note: str) -> None:
    folder = store.existing_folder(registry)
    for one in store.edited(folder):
        console.say(one.sentence)
    names = store.accept(folder, author, note)
    console.report(f"Accepted: {listed(list(names))}." if names else "Nothing was changed since it was accepted.")


@command("trash", "Without an option it lists them.")
@options.registry
@click.option("--restore", metavar="ID", help="make it a draft again")
@click.option("--empty", is_flag=True, help="delete all of them for good; needs --author")
@options.taker
def trash_command(registry: str | None, restore: str | None, empty: bool, author: str | None, note: str) -> None:
    folder = store.existing_folder(registry)
    if restore is not None:
        store.restore_draft(folder, restore, author or login(), note)
        console.report(f"{restore} is a draft again.")
    elif empty:
        if author is None:
            raise QueryProblem("Give --author: what is deleted for good needs a name.")
        console.report(f"Deleted: {listed(list(store.empty_trash(folder, author, note))) or 'nothing'}.")
    else:
        for name in store.trashed(folder):
            console.say(name)
        console.report(f"{counted(len(store.trashed(folder)), 'draft')} in the trash.")


@command("backup", "DIR may hold earlier backups; what they hold already is not copied again.")
@click.argument("home", metavar="DIR")
@options.registry
def backup_command(registry: str | None, home: str) -> int:
    folder = store.existing_folder(registry)
    made, copied = upkeep.back_up(folder, Path(home))
    console.report(f"Backup {made.name}: {counted(len(made.files), 'file')}, {copied} of them copied.")
    faults = upkeep.verify_registry(folder).faults
    for sentence in faults:
        console.say(f"fault: {sentence}")
    return _FAULTY if faults else 0


@command("restore", "DIR is a folder that “backup” wrote into. The registry's folder must be new or empty.")
@click.argument("home", metavar="DIR")
@click.option("--registry", metavar="DIR", required=True, help="folder that the registry is restored into")
@click.option("--backup", "name", metavar="TIME", help="which backup (otherwise the newest)")
def restore_command(registry: str, home: str, name: str | None) -> None:
    folder = Path(registry)
    if store.why_not_written(folder):
        raise RegistryProblem(store.why_not_written(folder))
    made = upkeep.restore(Path(home), folder, name)
    console.report(
        f"{folder.name}: the backup {made.name} of {printable(made.registry)}, {counted(len(made.files), 'file')}."
    )


@command(
    "journal-key", "Ed25519. PLRO_JOURNAL_KEY names FILE where lines are written, FILE.pub where they are only checked."
)
@click.argument("file", metavar="FILE")
def journal_key_command(file: str) -> None:
    public = signing.write_key(Path(file))
    console.report(f"Keep {Path(file).name} outside the registry's folder; {public.name} checks what it signs.")
