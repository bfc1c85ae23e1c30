"""Writing the index of a version anew, or dropping it, when somebody asks for it."""

from pathlib import Path

from plro_core import durable
from plro_core.problems import RegistryProblem
from plro_core.store.folder import why_not_written
from plro_core.store.index import drop_index, is_worth_it, write_index
from plro_core.store.publishing import WRITTEN
from plro_core.store.verifying import sound_manifest, verified


def reindex(folder: Path, version: str | None = None) -> tuple[str, int]:
    """Write the index of a version, or of the published one: the version, and how many columns; none where it is small.

    Raises:
        RegistryProblem: the registry is the shipped one, or the version cannot be read.
        OSError: the index cannot be written; one that was there stays.
    """
    _refuse_shipped(folder)
    manifest, _, tables = verified(folder, version)
    with durable.writing(folder, *WRITTEN):
        if not is_worth_it(tables):
            drop_index(folder, manifest.version)
            return manifest.version, 0
        files = write_index(folder, manifest, tables).files
    return manifest.version, sum("." in name for name in files)


def drop(folder: Path, version: str | None = None) -> tuple[str, bool]:
    """Take the index of a version, or of the published one, away: the version, and whether there was one.

    Raises:
        RegistryProblem: the registry is the shipped one, or there is no such version.
    """
    _refuse_shipped(folder)
    name = sound_manifest(folder, version).version
    with durable.writing(folder, *WRITTEN):
        return name, drop_index(folder, name)


def _refuse_shipped(folder: Path) -> None:
    if reason := why_not_written(folder):
        raise RegistryProblem(reason)
