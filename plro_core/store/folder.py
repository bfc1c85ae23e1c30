"""Where a registry lies, which versions it has, and what its pointer says."""

import errno
import hashlib
import os
import re
import stat
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from plro_core import journal, plain_files
from plro_core.answering import patient
from plro_core.output import write_output
from plro_core.problems import DataProblem, JournalProblem, RegistryProblem
from plro_core.shipped import SHIPPED
from plro_core.store.moves import draft_names
from plro_core.text import printable

#: What the shipped registry is called where several are served.
SHIPPED_NAME = "published"

#: What lies in a registry's folder and is written by this program, or is what a registry is made from.
_KEPT = (
    "CURRENT",
    "access.toml",
    "accepted",
    "checked",
    "codes",
    "context",
    "journal.jsonl",
    "mappings",
    "series",
    "shards",
    "source",
    "trash",
    "variables.toml",
    "versions",
    "views",
)

#: The pointer; what says of a version what it is, and that it was published.
POINTER, MANIFEST, PUBLISHED = "CURRENT", "manifest.json", "published.json"

LONGEST_VERSION = 100
#: A version's id names its folder.
VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


@dataclass(frozen=True)
class Served:
    """The registries that one server shows side by side: name -> folder, and a sentence for each name that two claim."""

    folders: Mapping[str, Path]
    problems: tuple[str, ...] = ()


def registry_folder(folder: Path | str | None = None) -> Path:
    """The folder asked for, else the first that ``PLRO_REGISTRY`` names, else the shipped registry.

    The word ``published`` asks for the shipped registry, unless a folder is called so.
    """
    if folder == SHIPPED_NAME and not Path(folder).exists():
        return SHIPPED
    if not folder:
        return named_folders()[0]
    return folder if isinstance(folder, Path) else Path(folder)


def served_registries() -> Served:
    """The registries that one server shows side by side, in the order in which ``PLRO_REGISTRY`` names them.

    It may name several folders, joined as in ``PATH``; the word ``published`` stands for the shipped registry. A registry
    is called in links like its folder. Of two folders with one name neither is served, because a link could not say
    which of them it means; a folder that is named twice is one registry.
    """
    folders = {folder.resolve(): folder for folder in named_folders()}
    names = {real: SHIPPED_NAME if real == SHIPPED.resolve() else real.name for real in folders}
    clashing = [name for name, count in Counter(names.values()).items() if count > 1]
    return Served(
        {names[real]: folder for real, folder in folders.items() if names[real] not in clashing},
        tuple(
            f"PLRO_REGISTRY names two registries called “{printable(name)}”; expected folders with different names."
            for name in clashing
        ),
    )


def named_folders() -> list[Path]:
    """The folders that ``PLRO_REGISTRY`` names; the shipped registry where it names none."""
    told = os.environ.get("PLRO_REGISTRY", "")
    # A folder's own name may hold the separator.
    parts = [told] if os.pathsep in told and patient(told).exists() else told.split(os.pathsep)
    return [SHIPPED if part == SHIPPED_NAME else patient(part) for part in parts if part] or [SHIPPED]


def why_no_folder(folder: Path) -> str:
    """That something else has the name of a folder, be it links in a circle, in one clause; nothing when nothing has."""
    try:
        is_one = stat.S_ISDIR(folder.stat().st_mode)
    except OSError as problem:  # nothing is there, or a link that leads nowhere
        is_one = problem.errno != errno.ELOOP and not folder.is_symlink()
    return "" if is_one else f"{printable(folder.name)} is not a folder"


def why_not_written(folder: Path) -> str:
    """Why nothing may be imported into this registry, in one sentence; nothing when it may."""
    if reason := why_no_folder(folder):
        return f"{reason}; expected that of a registry, or a name for a new one."
    if folder.resolve() == SHIPPED.resolve():
        return (
            "The shipped registry stays as it was published: copy it, or start a folder of your own with PLRO_REGISTRY."
        )
    return ""


def existing_folder(folder: Path | str | None = None) -> Path:
    """The folder of :func:`registry_folder`, which must be there.

    Raises:
        RegistryProblem: there is no such folder.
    """
    found = registry_folder(folder)
    if not found.is_dir():
        what = "it is not a folder" if found.exists() else "there is no such folder"
        raise RegistryProblem(f"{printable(found.name)}: {what}; expected the folder of a registry.")
    return found


def is_of_registry(path: Path) -> bool:
    """Whether a file, there or not, is one that a registry keeps for itself: a version, the pointer, the journal and so on."""
    with suppress(RuntimeError):  # links in a circle lead nowhere
        path = path.resolve()
    return any(
        path.relative_to(folder).parts[0] in _KEPT
        for folder in path.parents
        if (folder / "versions").is_dir() and ((folder / "CURRENT").exists() or (folder / "journal.jsonl").exists())
    )


def write_answer(path: Path, content: bytes) -> None:
    """Write a file that a person named for an answer, never one that a registry keeps for itself.

    Raises:
        DataProblem: the file is one of a registry, or cannot be written.
    """
    if is_of_registry(path):
        raise DataProblem(
            f"{path.name} cannot be written: it is a file of a registry, which only its own commands change."
        )
    try:
        write_output(path, content)
    except OSError as problem:
        raise DataProblem(f"{path.name} cannot be written: {(problem.strerror or 'unknown reason').lower()}.") from None


#: Folders from which this program has read a version.
_known: set[Path] = set()


def remember(folder: Path) -> None:
    """Note that a folder held a registry, so that it is missed when it is gone."""
    _known.add(folder.resolve())


def known_folder(folder: Path) -> bool:
    """Whether this program has read a version from there."""
    return folder.resolve() in _known


def is_version(folder: Path, version: str) -> bool:
    return bool(VERSION.fullmatch(version)) and (folder / "versions" / version).is_dir()


def current_version(folder: Path) -> str:
    """The id in the registry's pointer.

    Raises:
        RegistryProblem: there is no folder, no pointer, or it does not name a version that is there and was published.
    """
    existing_folder(folder)
    try:
        version, sha256 = _pointed(plain_files.text(folder / POINTER))
    except (OSError, UnicodeDecodeError):
        raise _bad_pointer(folder, "no published version; expected the id of a version folder.") from None
    if not is_version(folder, version):
        named = printable(version, LONGEST_VERSION)
        raise _bad_pointer(folder, f"“{named}” is not a version; expected the name of a folder in versions/.")
    home = folder / "versions" / version
    if sha256 and not _is_of(home, sha256):
        raise _bad_pointer(
            folder, f"it was altered, or the manifest of version {version} was (their checksums differ); restore it."
        )
    if not (home / PUBLISHED).exists() and version in draft_names(_journalled(folder), version):
        raise _bad_pointer(
            folder, f"version {version} is a draft that nobody published; publish it, or go back to another version."
        )
    return version


def _pointed(text: str) -> tuple[str, str]:
    """What a pointer says: the version, and the checksum of its manifest; that is empty in those of earlier releases."""
    version, _, sha256 = text.removesuffix("\n").partition("\n")
    return version.strip(), sha256 or ("" if "\n" not in text.removesuffix("\n") else "-")


def _is_of(home: Path, sha256: str) -> bool:
    """Whether a version's manifest has this checksum; a manifest that is gone is told of when it is opened."""
    try:
        return hashlib.sha256(plain_files.content(home / MANIFEST)).hexdigest() == sha256
    except OSError:
        return True


def _journalled(folder: Path) -> tuple[journal.Entry, ...]:
    try:
        return journal.read(folder)
    except JournalProblem:  # who only reads the registry is not kept from it
        return ()


def _bad_pointer(folder: Path, why: str) -> RegistryProblem:
    return RegistryProblem(f"{folder.name}/{POINTER}: {why}")


def published_version(folder: Path) -> str | None:
    """The published version, or nothing where none has been published yet.

    Raises:
        RegistryProblem: there is a pointer that does not name a version.
    """
    return current_version(folder) if (folder / POINTER).exists() else None


def pointer(folder: Path) -> str | None:
    """What the pointer says, whether or not that is a version; empty where it cannot be read."""
    try:
        content = plain_files.content(folder / POINTER)
    except FileNotFoundError:
        return None
    except OSError:
        return ""
    return printable(_pointed(content.decode("utf-8", errors="replace"))[0], LONGEST_VERSION)


def no_version(version: str) -> RegistryProblem:
    return RegistryProblem(
        f"“{printable(version, LONGEST_VERSION)}” is not a version of this registry; “versions” lists them."
    )
