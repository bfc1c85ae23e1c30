"""The patients of a version in parts: ``shard``."""

import sys

import click

from plro_core import store
from plro_core.cli import console, options
from plro_core.cli.root import command
from plro_core.store.shards import MOST_SHARDS
from plro_core.text import counted


@command(
    "shard",
    "They lie in the registry's folder beside its versions, hold nothing new, and can be deleted and written again at any "
    "time. Shards of the same version that were there before are replaced.",
)
@options.registry
@options.version
@click.option(
    "--into",
    metavar="N",
    type=click.IntRange(1, MOST_SHARDS),
    default=16,
    show_default=True,
    help="how many shards, at most one a patient; several for each worker",
)
def shard_command(registry: str | None, version: str | None, into: int) -> None:
    folder = store.existing_folder(registry)
    found = store.write_shards(folder, version, into, _progress)
    patients = sum(part["patients"] for part in found.parts.values())
    console.report(
        f"Version {found.version}: {counted(patients, 'patient')} in {counted(len(found.parts), 'shard')}, "
        f"in {store.SHARDS}/{found.name}."
    )


def _progress(done: int, of: int) -> None:
    """Says on a terminal how far it is."""
    if sys.stderr is not None and sys.stderr.isatty():
        click.echo(f"\r{done} of {counted(of, 'shard')}", nl=done == of, err=True)
