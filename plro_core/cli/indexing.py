"""The code columns that stand beside a version: ``index``."""

import click

from plro_core import store
from plro_core.cli import console, options
from plro_core.cli.root import command


@command(
    "index",
    "They are made from the version and checked before each use, so nothing depends on them; without them, opening or "
    "the first question takes longer. Small versions have none.",
)
@click.option("--drop", is_flag=True, help="take them away instead")
@options.registry
@options.version
def index_command(drop: bool, registry: str | None, version: str | None) -> None:
    folder = store.registry_folder(registry)
    if drop:
        name, dropped = store.drop(folder, version)
        console.report(
            f"{folder.name}, version {name}: {'the index was dropped' if dropped else 'there was no index'}."
        )
        return
    name, columns = store.reindex(folder, version)
    told = f"an index of {columns} columns was written" if columns else "it is too small for an index, and has none"
    console.report(f"{folder.name}, version {name}: {told}.")
