"""Every version of a registry, and what became of it."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from plro_core import journal
from plro_core.problems import RegistryProblem
from plro_core.store.folder import MANIFEST, POINTER, VERSION, is_version, no_version
from plro_core.store.manifest import Manifest, content_hash
from plro_core.store.moves import discarded_names, draft_names
from plro_core.store.published import Standings, State, check_known
from plro_core.store.standing_in import why_lost
from plro_core.store.verifying import check_bytes


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
    standings = Standings.of(folder)
    homes = [home for home in (folder / "versions").glob("*") if home.is_dir() and VERSION.fullmatch(home.name)]
    found = [_version_info(home, standings) for home in homes]
    return sorted(found, key=lambda info: (info.manifest.time if info.manifest else "", info.version))


def _version_info(home: Path, standings: Standings) -> VersionInfo:
    state = standings.state(home.name)
    moves = [entry for entry in standings.moves if entry.version == home.name]
    when, by = (moves[-1].time, moves[-1].who) if moves else ("", "")
    manifest, broken = None, ""
    try:
        manifest = Manifest.read(home / MANIFEST)
        check_bytes(home, manifest)
        check_known(standings.folder, home.name)
    except RegistryProblem as problem:
        broken = str(problem)
    if manifest and not moves and state != "draft":
        when, by = manifest.time, manifest.author
    return VersionInfo(home.name, state, manifest, when, by, broken or standings.why_unknown(home.name))


def was_published(folder: Path, version: str) -> bool:
    """Whether the pointer ever named this version, or nobody can say that it did not.

    Raises:
        RegistryProblem: there is no such version.
    """
    if not is_version(folder, version):
        raise no_version(version)
    standings = Standings.of(folder)
    return version not in standings.drafts or not standings.is_whole


def unpublished(folder: Path) -> bool:
    """Whether nothing was ever published in this folder: there is no pointer, and no version but drafts; a folder that held some
    before is not one of those."""
    if why_lost(folder):
        return False
    found = {home.name for home in (folder / "versions").glob("[!.]*")}
    return not (folder / POINTER).exists() and found <= draft_names(journal.read(folder), None)


def next_version(folder: Path, today: date) -> str:
    """A free name for a version of today: ``2026-11-23``, then ``2026-11-23.2``. A discarded name is not given again."""
    taken = {path.name for path in (folder / "versions").glob("*")} | discarded_names(journal.read(folder))
    name, number = today.isoformat(), 1
    while name in taken:
        number += 1
        name = f"{today.isoformat()}.{number}"
    return name
