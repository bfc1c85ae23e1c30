"""A registry's folder as a backup, and back again: every byte, each content stored once, whole or not at all.

A backup folder holds the contents of files by their checksum, and a list for each time that it was made::

    files/<sha256>                 the bytes of a file, whatever it was called
    lists/2026-11-26T080000Z.json  what the registry's folder held then: name -> checksum; carries its own checksum

What is there already is not copied again. A list is written last, so that a backup that was interrupted is none.
"""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from plro_core import durable, plain_files, sealed, strict
from plro_core.problems import DataProblem, RegistryProblem
from plro_core.store import existing_folder, why_no_folder
from plro_core.store.files import sha256_of
from plro_core.text import counted, printable
from plro_core.upkeep.verification import verify_registry

FILES, LISTS = "files", "lists"
_MARK = "plro_backup"
_JSON = strict.Form(DataProblem, "the list of a backup", 200_000_000)
_PIECE = 8_000_000


@dataclass(frozen=True)
class Backup:
    """What a registry's folder held at a time: the checksum of each file by its name."""

    registry: str
    time: str
    files: Mapping[str, str]

    @property
    def name(self) -> str:
        return self.time.replace(":", "")


def back_up(folder: Path, home: Path) -> tuple[Backup, int]:
    """Back up a registry's folder into ``home``, which may hold earlier backups.

    Returns:
        The backup, and how many files had to be copied.

    Raises:
        RegistryProblem: there is no such registry, or ``home`` lies in it.
        DataProblem: a file changed while it was copied, or is not a plain one.
        OSError: a file cannot be read, or the disk is full; what was backed up before stays.
    """
    existing_folder(folder)
    if reason := why_no_folder(home):
        raise RegistryProblem(f"{reason}; expected one for backups, or a name for a new one.")
    if home.resolve().is_relative_to(folder.resolve()):
        raise RegistryProblem(f"{home.name}: a backup cannot lie in the registry's own folder.")
    for name in (FILES, LISTS):
        (home / name).mkdir(parents=True, exist_ok=True)
    with durable.locked(folder), durable.writing(home, FILES, LISTS):
        files, copied = {}, 0
        for path in sorted(path for path in folder.rglob("*") if not path.is_dir()):
            name = str(path.relative_to(folder))
            if not any(part.startswith(durable.ASIDE) for part in path.relative_to(folder).parts):
                files[name], is_new = _kept(path, home / FILES)
                copied += is_new
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        made = Backup(folder.resolve().name, now, files)
        durable.write_whole(home / LISTS / f"{made.name}.json", sealed.sealed(_MARK, made.__dict__))
    return made, copied


def _kept(path: Path, files: Path) -> tuple[str, bool]:
    """Keep the bytes of a file by their checksum; whether they had to be copied."""
    try:
        sha256 = sha256_of(path)
        kept = files / sha256
        if kept.is_file() and sha256_of(kept) == sha256:
            return sha256, False
        with durable.aside_folder(files) as aside:
            _copy(path, aside / sha256)
            if sha256_of(aside / sha256) != sha256:
                raise DataProblem(f"{printable(path.name)}: the file changed while it was copied; back up again.")
            (aside / sha256).replace(kept)
            durable.sync_folder(files)
    except OSError as problem:
        reason = (problem.strerror or "unknown reason").lower()
        raise DataProblem(f"{printable(path.name)}: the file cannot be backed up: {reason}.") from None
    return sha256, True


def _copy(path: Path, to: Path) -> None:
    with plain_files.opened(path) as source, to.open("wb") as target:
        shutil.copyfileobj(source, target, _PIECE)
        target.flush()
        durable.sync(target.fileno())


def backups(home: Path) -> tuple[Backup, ...]:
    """The backups in a folder, oldest first.

    Raises:
        DataProblem: there is none, or a list was altered.
    """
    found = []
    for path in sorted((home / LISTS).glob("[!.]*.json")):
        try:
            found.append(sealed.record(_JSON, _MARK, Backup, _JSON.file(path), "the list"))
        except DataProblem as problem:
            raise DataProblem(f"{LISTS}/{printable(path.name)}: {problem}") from None
    if not found:
        raise DataProblem(f"{home.name}: this folder holds no backup; expected one that “backup” made.")
    return tuple(found)


def restore(home: Path, folder: Path, name: str | None = None) -> Backup:
    """Write a backup, the newest or the named one, as the folder of a registry, which must not hold anything.

    Raises:
        DataProblem: there is no such backup, or a file of it is missing or was altered.
        RegistryProblem: the folder holds something, or what was backed up does not verify; then nothing is written.
        OSError: the disk is full or cannot be written to.
    """
    if reason := why_no_folder(folder):
        raise RegistryProblem(f"{reason}; name a new folder, or an empty one.")
    known = {found.name: found for found in backups(home)}
    chosen = known.get(name or max(known))
    if chosen is None:
        raise DataProblem(f"“{printable(name or '')}” is not a backup in {home.name}; the newest is {max(known)}.")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise RegistryProblem(f"{folder.name} holds something already; name a new folder, or an empty one.")
    parent = folder.resolve().parent
    parent.mkdir(parents=True, exist_ok=True)
    with durable.aside_folder(parent) as aside:
        place = aside / chosen.registry
        for file, sha256 in chosen.files.items():
            _bring_back(home / FILES / sha256, place / _inside(file), sha256)
        faults = verify_registry(place).faults
        if faults:
            more = f" ({counted(len(faults) - 1, 'more fault')})" if len(faults) > 1 else ""
            raise RegistryProblem(
                f"The backup {chosen.name} does not verify, so nothing was restored: {faults[0]}{more}"
            )
        durable.settle(place, folder.resolve())
    return chosen


def _inside(file: str) -> Path:
    """A file's name, which must stay in the folder."""
    path = PurePosixPath(file)
    if path.is_absolute() or ".." in path.parts or not path.parts:
        raise DataProblem(f"“{printable(file)}” cannot be the name of a file in a registry.")
    return Path(path)


def _bring_back(kept: Path, to: Path, sha256: str) -> None:
    to.parent.mkdir(parents=True, exist_ok=True)
    try:
        _copy(kept, to)
    except FileNotFoundError:
        raise DataProblem(f"{FILES}/{kept.name}: the file is missing from the backup.") from None
    if sha256_of(to) != sha256:
        raise DataProblem(f"{FILES}/{kept.name}: the file was altered since it was backed up.")
