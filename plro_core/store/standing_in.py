"""What is shown where the pointer or the published version is broken, and whether a registry that was known is gone."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from plro_core import journal
from plro_core.answering import is_silent
from plro_core.problems import JournalProblem, RegistryProblem
from plro_core.store.folder import MANIFEST, POINTER, current_version, is_version, known_folder, why_not_written
from plro_core.store.manifest import Manifest
from plro_core.store.moves import draft_names, moves_made
from plro_core.store.published import Standings, read_mark
from plro_core.text import printable

Opened = TypeVar("Opened")


@dataclass(frozen=True)
class Shown(Generic[Opened]):
    """A version that was opened; ``sentence`` says why it is not the published one, and is otherwise empty."""

    version: str
    opened: Opened
    sentence: str = ""


def shown_version(folder: Path, open_version: Callable[[str], Opened]) -> Shown[Opened]:
    """The published version, or the one published before it that verifies, which the journal is told of if it can be.

    Raises:
        RegistryProblem: why the published version cannot be shown, where no other can either.
    """
    broken = ""
    try:
        broken = current_version(folder)
        return Shown(broken, open_version(broken))
    except RegistryProblem as problem:
        why = problem
    for version in _published_before(folder):
        if version != broken:
            with suppress(RegistryProblem):
                opened = open_version(version)
                sentence = f"{why} Shown is version {version}, the last published one that verifies."
                _tell(folder, version, str(why))
                return Shown(version, opened, sentence)
    raise why


def _published_before(folder: Path) -> Iterator[str]:
    """Versions that were published, the last one first: by the journal, by their own marks, by their manifests."""
    try:
        standings = Standings.of(folder)
    except JournalProblem:
        standings = Standings(folder, (), None, False)
    moved = [entry.version for entry in reversed(standings.moves)] if standings.is_whole else []
    dated: list[tuple[str, str]] = []
    for home in sorted((folder / "versions").glob("[!.]*")):
        with suppress(RegistryProblem):
            mark = read_mark(home)
            if mark or not standings.are_marked:
                dated.append((mark.time if mark else Manifest.read(home / MANIFEST).time, home.name))
    drafts = draft_names(standings.entries, None)
    for version in dict.fromkeys([*moved, *(name for _, name in sorted(dated, reverse=True))]):
        if version and is_version(folder, version) and version not in drafts:
            yield version


def _tell(folder: Path, version: str, why: str) -> None:
    """Say in the journal that another version is shown, once as long as nothing else happens."""
    if why_not_written(folder):
        return
    note = printable(why, journal.LONGEST_NOTE)
    with suppress(JournalProblem):
        last = next((entry for entry in reversed(journal.read(folder)) if entry.what != "export"), None)
        if last is None or (last.what, last.version, last.note) != ("fallback", version, note):
            journal.record(folder, "fallback", who="the program", version=version, note=note)


def why_lost(folder: Path) -> str:
    """Why a folder is not the empty one of a new registry although it holds no version; empty where it may be one.

    It was read before by this program, or the journal says that something was published: the disk or the server that it
    lies on is away, or somebody took it away.
    """
    if (folder / POINTER).exists() or any((folder / "versions").glob("[!.]*")):
        return ""
    known = known_folder(folder)
    with suppress(JournalProblem):
        entries = journal.read(folder)  # of a build that was interrupted there was never a version
        known = known or bool(moves_made(entries, None)) or any(entry.what == "publish" for entry in entries)
    if not known:
        return ""
    name = printable(folder.resolve().name)
    what = "does not answer" if is_silent(folder) else "is empty" if folder.is_dir() else "is gone"
    return f"The folder of the registry {name} {what}, and it held versions before: look whether its disk is there."
