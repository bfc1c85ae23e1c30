"""Files of a registry that people write by hand, and whether somebody took responsibility for them as they are.

The journal keeps the checksum of each: of a file that it does not know yet with the next version that is drafted or built,
and afterwards only when somebody accepts it by name. So a changed bit is never silent, and an honest edit is one command.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from plro_core import durable, journal, plain_files, strict
from plro_core.problems import RegistryProblem
from plro_core.store.files import sha256_of
from plro_core.store.folder import why_not_written
from plro_core.text import listed, printable
from plro_core.vocabulary import FILE

#: Folder that keeps the declarations as they were accepted, to say what has changed since.
ACCEPTED = "accepted"
_TOML = strict.Form(RegistryProblem, "the declarations of a registry", 200_000)
_FILES = (FILE, "access.toml")
_FOLDERS = ("series", "source", "context")
#: More changes of a file than a sentence can name.
_MOST_NAMED = 3


@dataclass(frozen=True)
class Edited:
    """A file that is not as it was accepted, or that nobody has accepted; ``sentence`` says which, and what changed."""

    name: str
    sentence: str
    was_accepted: bool


def hand_written(folder: Path) -> tuple[str, ...]:
    """The names of the files in a registry's folder that people write."""
    found = [path for name in _FOLDERS for path in (folder / name).rglob("*") if not path.is_dir()]
    names = [str(path.relative_to(folder)) for path in found if not path.name.startswith(".")]
    return tuple(sorted([*names, *(name for name in _FILES if (folder / name).exists())]))


def edited(folder: Path) -> tuple[Edited, ...]:
    """The files that are not as they were accepted.

    Raises:
        JournalProblem: the journal cannot be read.
    """
    known, found = _accepted(journal.read(folder)), []
    for name in sorted({*hand_written(folder), *known}):
        entry, sha256 = known.get(name), _sha256(folder / name)
        if entry is None:
            found.append(Edited(name, f"{printable(name)}: nobody has accepted this file.", False))
        elif sha256 != entry.sha256:
            found.append(Edited(name, _words(folder, name, entry, sha256), True))
    return tuple(found)


def accepted_checksums(folder: Path) -> set[str]:
    """The checksums of all that was ever accepted: the copy of an acceptance that was broken off is the one before.

    Raises:
        JournalProblem: the journal cannot be read.
    """
    return {sha256 for told, _ in _tellings(journal.read(folder)) for sha256 in told.values() if sha256}


def accept(folder: Path, who: str, note: str = "") -> tuple[str, ...]:
    """Take responsibility for the files that people wrote, as they are now; returns those that were not accepted yet.

    Raises:
        RegistryProblem: the registry is the shipped one.
        JournalProblem: the journal cannot be written; then nothing is accepted.
        OSError: the folder cannot be written to.
    """
    if reason := why_not_written(folder):
        raise RegistryProblem(reason)
    with durable.writing(folder, ACCEPTED):
        names = [one.name for one in edited(folder)]
        if names:
            journal.record(folder, "accept", who=who, note=note, detail={"accepted": _now(folder, names)})
        keep_copy(folder)
    return tuple(names)


def first_accepted(folder: Path) -> dict[str, Any]:
    """What the journal is to keep of files that it does not know yet, beside what it says anyway; whoever calls holds the
    folder.
    """
    unknown = [one.name for one in edited(folder) if not one.was_accepted]
    if not unknown:
        return {}
    with suppress(OSError):
        keep_copy(folder)
    return {"accepted": _now(folder, unknown)}


def declared_now(folder: Path) -> str:
    """The checksum of the ``variables.toml`` of a registry; empty where there is none that can be read."""
    return _sha256(folder / FILE) or ""


def why_not_proposed(folder: Path, words_from: str) -> str:
    """Why no new words may follow those with a checksum, in one sentence; empty if they may.

    Raises:
        JournalProblem: the journal cannot be read.
    """
    changed = next((one for one in edited(folder) if one.name == FILE and one.was_accepted), None)
    if changed:
        return changed.sentence
    if declared_now(folder) != words_from:
        return f"{FILE} was changed while you looked; look at the registry's words again."
    return ""


def keep_copy(folder: Path) -> None:
    """Keep the declarations as they are now, to say later what has changed, unless they are kept already."""
    if (folder / FILE).exists() and _sha256(folder / ACCEPTED / FILE) != _sha256(folder / FILE):
        (folder / ACCEPTED).mkdir(exist_ok=True)
        durable.write_whole(folder / ACCEPTED / FILE, plain_files.content(folder / FILE))


@dataclass(frozen=True)
class _Accepted:
    sha256: str | None
    who: str
    time: str


def _accepted(entries: Sequence[journal.Entry]) -> dict[str, _Accepted]:
    """What was accepted last of each file, by lines of the journal that are as they were written."""
    found: dict[str, _Accepted] = {}
    for told, entry in _tellings(entries):
        found |= {str(name): _Accepted(sha256, entry.who, entry.time) for name, sha256 in told.items()}
    return {name: one for name, one in found.items() if one.sha256 is not None}


def _tellings(entries: Sequence[journal.Entry]) -> Iterator[tuple[Mapping[str, str | None], journal.Entry]]:
    """What was accepted, by name with its checksum, line by line of those that are as they were written."""
    for entry in entries:
        told = entry.detail.get("accepted")
        if isinstance(told, Mapping) and entry.sha256 == entry.checksum:
            yield told, entry


def _now(folder: Path, names: Iterable[str]) -> dict[str, str | None]:
    return {name: _sha256(folder / name) for name in names}


def _sha256(path: Path) -> str | None:
    """The checksum of a file; nothing where it is gone or cannot be read."""
    try:
        return sha256_of(path)
    except OSError:
        return None


def _words(folder: Path, name: str, entry: _Accepted, now: str | None) -> str:
    since = f"{entry.who} accepted it on {entry.time[:10]}"
    if now is None:
        return f"{printable(name)}: the file is gone or cannot be read; {since}."
    what = f" ({changed})" if (changed := _changes(folder, name, entry)) else ""
    return f"{printable(name)}: the file was changed since {since}{what}; accept it with “accept”, or restore it."


def _changes(folder: Path, name: str, entry: _Accepted) -> str:
    """What differs from the declarations as they were accepted, part by part; empty where that cannot be told."""
    if name != FILE:
        return ""
    for path in (folder / ACCEPTED / FILE, *sorted((folder / "versions").glob(f"*/{FILE}"))):
        with suppress(OSError, RegistryProblem):
            content = plain_files.content(path)
            if hashlib.sha256(content).hexdigest() == entry.sha256:
                return _differences(_parts(content), _parts(plain_files.content(folder / FILE)))
    return ""


def _differences(before: Mapping[str, str], now: Mapping[str, str]) -> str:
    names = [name for name in {**before, **now} if before.get(name) != now.get(name)]
    told = [f"{name}: {before.get(name, 'nothing')} became {now.get(name, 'nothing')}" for name in names[:_MOST_NAMED]]
    more = [f"{len(names) - _MOST_NAMED} more"] if len(names) > _MOST_NAMED else []
    return printable(listed([*told, *more]), 400) if names else "in its comments or its layout only"


def _parts(content: bytes) -> dict[str, str]:
    return dict(_flat("", _TOML.toml(content)))


def _flat(place: str, value: Any) -> Iterator[tuple[str, str]]:
    """Every value in a table of TOML under its place: "range.calcium.low"."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _flat(f"{place}.{name}" if place else name, inner)
    elif isinstance(value, list) and value and all(isinstance(inner, dict) for inner in value):
        for number, inner in enumerate(value, 1):
            yield from _flat(f"{place} {inner.get('name', number)}", inner)
    else:
        yield place, str(value)
