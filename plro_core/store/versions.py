"""Every version of a registry, and what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

from plro_core import journal
from plro_core.problems import RegistryProblem
from plro_core.store.folder import VERSION, is_version, no_version, pointer
from plro_core.store.manifest import Manifest, content_hash
from plro_core.store.moves import discarded_names, draft_names, moves_made
from plro_core.store.verifying import check_bytes

State = Literal["draft", "published", "current"]


@dataclass(frozen=True)
class VersionInfo:
    """One version folder as a list of versions shows it.

    ``problem`` says in one sentence why a version cannot be trusted; its ``manifest`` is missing where that cannot be
    read. ``published`` and ``by`` are of the last time that the pointer was moved to it; of a version that was built
    without a journal they are what its manifest says.
    """

    version: str
    state: State
    manifest: Manifest | None = None
    published: str = ""
    by: str = ""
    problem: str = ""

    @property
    def rows(self) -> dict[str, int]:
        """Rows by table."""
        files = self.manifest.files if self.manifest else {}
        return {name.removesuffix(".parquet"): int(stated.get("rows", 0)) for name, stated in files.items()}

    @property
    def content(self) -> str:
        """The first characters of the content hash, as shown."""
        return content_hash(self.manifest)[:12] if self.manifest else ""


def history(folder: Path) -> list[VersionInfo]:
    """Every version folder, oldest first; a broken one is listed with its problem and does not stop the list.

    The bytes of every file are compared with the manifest. Only :func:`open_registry` checks every rule as well.
    """
    entries = journal.read(folder)
    current = pointer(folder)
    homes = [home for home in (folder / "versions").glob("*") if home.is_dir() and VERSION.fullmatch(home.name)]
    found = [_version_info(home, entries, current) for home in homes]
    return sorted(found, key=lambda info: (info.manifest.time if info.manifest else "", info.version))


def _version_info(home: Path, entries: Sequence[journal.Entry], current: str | None) -> VersionInfo:
    state: State = "draft" if home.name in draft_names(entries, current) else "published"
    if home.name == current:
        state = "current"
    moves = [entry for entry in moves_made(entries, current) if entry.version == home.name]
    when, by = (moves[-1].time, moves[-1].who) if moves else ("", "")
    manifest, broken = None, ""
    try:
        manifest = Manifest.read(home / "manifest.json")
        check_bytes(home, manifest)
    except RegistryProblem as problem:
        broken = str(problem)
    if manifest and not moves and state != "draft":
        when, by = manifest.time, manifest.author
    return VersionInfo(home.name, state, manifest, when, by, broken)


def was_published(folder: Path, version: str) -> bool:
    """Whether the pointer ever named this version; a version that the journal does not know was built, so it did.

    Raises:
        RegistryProblem: there is no such version.
    """
    if not is_version(folder, version):
        raise no_version(version)
    return version not in draft_names(journal.read(folder), pointer(folder))


def unpublished(folder: Path) -> bool:
    """Whether nothing was ever published in this folder: there is no pointer, and no version but drafts."""
    found = {home.name for home in (folder / "versions").glob("[!.]*")}
    return not (folder / "CURRENT").exists() and found <= draft_names(journal.read(folder), None)


def next_version(folder: Path, today: date) -> str:
    """A free name for a version of today: ``2026-11-23``, then ``2026-11-23.2``. A discarded name is not given again."""
    taken = {path.name for path in (folder / "versions").glob("*")} | discarded_names(journal.read(folder))
    name, number = today.isoformat(), 1
    while name in taken:
        number += 1
        name = f"{today.isoformat()}.{number}"
    return name
