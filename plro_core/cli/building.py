"""From a transcription, or a published series in a folder, to a registry: ``build``."""

from pathlib import Path
from typing import Any

import click

from plro_core import store
from plro_core.cli import console, options
from plro_core.cli.root import command
from plro_core.problems import DataProblem, RegistryProblem
from plro_core.series import folder as series
from plro_core.series.claims import read_claims, read_relations
from plro_core.series.documents import CLAIMS
from plro_core.series.folder import Series
from plro_core.series.transcription import SOURCE, read_about, read_source
from plro_core.text import printable
from plro_core.vocabulary import STANDARD, Vocabulary


@command(
    "build",
    "DIR is the folder of a published series: the template filled in, and what its document prints. Refused where the "
    "registry's folder holds something else.",
)
@options.registry
@click.option("--source", metavar="DIR", help="folder of the published series (otherwise the shipped transcription)")
@click.option("--check", is_flag=True, help="change nothing; exit 1 and name the stale files if it is not up to date")
def build_command(registry: str | None, source: str | None, check: bool) -> None:
    folder, home = store.registry_folder(registry), SOURCE if source is None else Path(source)
    found = _series(home, folder) if series.is_series(home) else None
    about, tables, words = (found.about, found.tables, found.vocabulary) if found else _transcribed(home)
    version = str(about["version"])
    if check:
        stale = [*store.unwritten(tables, version, folder, words), *(_unkept(found, folder) if found else ())]
        _check_built(about, stale, folder, home)
    else:
        if reason := store.why_not_built(folder, about):
            raise DataProblem(
                f"{reason}; name a new folder with --registry, or take PLRO_REGISTRY away to build the shipped registry."
            )
        if found:
            series.keep(found, folder)
        store.publish(tables, about, folder, words, _parent(folder, version), journalled=True)
    console.report(
        f"Version {version}: {sum(table.num_rows for table in tables.values())} rows in {len(tables)} tables."
    )


def _transcribed(source: Path) -> tuple[dict[str, Any], dict[str, Any], Vocabulary]:
    """What the first paper's transcription says of itself, its tables, and its words."""
    try:
        about, tables = read_about(source), read_source(source)
        read_relations(source, read_claims(source))
    except (ValueError, KeyError) as problem:
        raise DataProblem(
            f"{source.name}: a source file is not of the form it should have ({type(problem).__name__})."
        ) from None
    return about, tables, STANDARD


def _series(source: Path, folder: Path) -> Series:
    """A published series; what is doubtful about its cells is said, and stays as it is printed."""
    found = series.read_series(source, folder)
    if (source / CLAIMS).exists():
        read_relations(source, read_claims(source))
    for doubt in found.doubts:
        console.say(f"warning: {printable(doubt.sentence, None)}")
    return found


def _unkept(found: Series, folder: Path) -> list[str]:
    """Files of the registry's folder that are not what the series gives."""
    kept = series.kept_files(found, folder).items()
    stale = [path for path, content in kept if not _holds(path, content)]
    return [str(path.relative_to(folder)) for path in (*stale, *series.left_over(found, folder))]


def _holds(path: Path, content: bytes) -> bool:
    return path.exists() and path.read_bytes() == content


def _check_built(about: dict[str, Any], stale: list[str], folder: Path, source: Path) -> None:
    """Raise, naming the stale files, unless the published version is what the transcription gives."""
    store.existing_folder(folder)
    version = str(about["version"])
    manifest = store.Manifest.read(folder / "versions" / version / "manifest.json")
    if any(getattr(manifest, name) != value for name, value in about.items()):
        stale.append(f"{version}/manifest.json")
    if store.current_version(folder) != version:
        stale.append("CURRENT")
    if stale:
        place = f"{source.resolve().parent.name}/{source.resolve().name}"
        raise RegistryProblem(f"Not what {place} gives: {', '.join(stale)}; run “python -m plro_core build”.")
    store.open_registry(folder).close()


def _parent(folder: Path, version: str) -> str | None:
    """The version that this one follows: as its manifest says if it exists, otherwise the published one."""
    path = folder / "versions" / version / "manifest.json"
    if path.exists():
        return store.Manifest.read(path).parent
    return store.current_version(folder) if (folder / "CURRENT").exists() else None
