"""From the transcription to a registry: ``build``."""

from pathlib import Path
from typing import Any

import click

from plro_core import store
from plro_core.claims import read_claims
from plro_core.cli import console, options
from plro_core.cli.root import command
from plro_core.problems import DataProblem, RegistryProblem
from plro_core.transcription import SOURCE, read_about, read_source
from plro_core.vocabulary import STANDARD


@command("build", "Refused where the folder holds something else than this transcription.")
@options.registry
@click.option("--source", metavar="DIR", help="folder of the transcription (otherwise the shipped one)")
@click.option("--check", is_flag=True, help="change nothing; exit 1 and name the stale files if it is not up to date")
def build_command(registry: str | None, source: str | None, check: bool) -> None:
    folder = store.registry_folder(registry)
    about, tables = _transcribed(SOURCE if source is None else Path(source))
    version = str(about["version"])
    if check:
        _check_built(about, list(store.unwritten(tables, version, folder, STANDARD)), folder)
    else:
        if reason := store.why_not_built(folder, about):
            raise DataProblem(reason)
        store.journal_build(folder, about)
        store.publish(tables, about, folder, STANDARD, _parent(folder, version))
    console.report(
        f"Version {version}: {sum(table.num_rows for table in tables.values())} rows in {len(tables)} tables."
    )


def _transcribed(source: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """What a transcription says of itself, and its tables."""
    try:
        about, tables = read_about(source), read_source(source)
        read_claims(source)
    except (ValueError, KeyError) as problem:
        raise DataProblem(
            f"{source.name}: a source file is not of the form it should have ({type(problem).__name__})."
        ) from None
    return about, tables


def _check_built(about: dict[str, Any], stale: list[str], folder: Path) -> None:
    """Raise, naming the stale files, unless the published version is what the transcription gives."""
    store.existing_folder(folder)
    version = str(about["version"])
    manifest = store.Manifest.read(folder / "versions" / version / "manifest.json")
    if any(getattr(manifest, name) != value for name, value in about.items()):
        stale.append(f"{version}/manifest.json")
    if store.current_version(folder) != version:
        stale.append("CURRENT")
    if stale:
        raise RegistryProblem(
            f"Not what {SOURCE.parent.name}/{SOURCE.name} gives: {', '.join(stale)}; run “python -m plro_core build”."
        )
    store.open_registry(folder).close()


def _parent(folder: Path, version: str) -> str | None:
    """The version that this one follows: as its manifest says if it exists, otherwise the published one."""
    path = folder / "versions" / version / "manifest.json"
    if path.exists():
        return store.Manifest.read(path).parent
    return store.current_version(folder) if (folder / "CURRENT").exists() else None
