"""Every file of a registry's folder held against what vouches for it."""

from collections.abc import Iterator
from pathlib import Path

from plro_core import plain_files, sealed
from plro_core.intake.kept import FOLDER as MAPPINGS
from plro_core.intake.kept import kept_mappings
from plro_core.problems import PlainProblem
from plro_core.store import Found, check_registry
from plro_core.store.folder import is_of_registry
from plro_core.text import printable
from plro_core.views import FOLDER as VIEWS
from plro_core.views import read_views
from plro_core.vocabulary import words_of


def verify_registry(folder: Path) -> Found:
    """What is wrong with a registry: versions, pointer, journal, trash, declarations, views, mappings, and what is derived.

    Raises:
        RegistryProblem: there is no such folder.
    """
    found = check_registry(folder)
    faults, notes = list(found.faults), list(found.notes)
    try:
        vocabulary = words_of(folder)
    except PlainProblem as problem:
        faults.append(str(problem))
    else:
        faults += [*read_views(folder, vocabulary)[1], *kept_mappings(folder, vocabulary)[1]]
    notes += [*_plain(folder), *_of_others(folder)]
    return Found(tuple(dict.fromkeys(faults)), tuple(notes))


def _plain(folder: Path) -> Iterator[str]:
    """Views and mappings that earlier releases, or people, wrote without a checksum."""
    for path in sorted(path for name in (VIEWS, MAPPINGS) for path in (folder / name).glob("[!.]*.json")):
        if path.is_file() and not sealed.is_sealed(plain_files.content(path)):
            yield f"{path.parent.name}/{printable(path.name)} carries no checksum: an earlier release or a person wrote it."


def _of_others(folder: Path) -> Iterator[str]:
    for path in sorted(folder.iterdir()):
        if not is_of_registry(path) and (folder / "versions").is_dir():
            yield f"{printable(path.name)} is nothing that a registry keeps, so nobody vouches for it."
