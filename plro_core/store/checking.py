"""Everything that a registry keeps beside its journal, held against its checksums: one sentence for each fault.

Nothing is mended here. A version is also held against every rule that it was not held against when it was written.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from plro_core import journal, plain_files, sealed
from plro_core.problems import JournalProblem, PlainProblem, RegistryProblem
from plro_core.store.accepted import ACCEPTED, accepted_checksums, edited
from plro_core.store.drafts import TRASH
from plro_core.store.files import sha256_of
from plro_core.store.folder import (
    LONGEST_VERSION,
    MANIFEST,
    POINTER,
    PUBLISHED,
    VERSION,
    current_version,
    existing_folder,
)
from plro_core.store.index import INDEX, index_faults
from plro_core.store.manifest import Manifest, content_hash
from plro_core.store.published import Standings
from plro_core.store.shards import LIST, SHARDS, list_of
from plro_core.store.verifying import CHECKED, check_bytes, verified
from plro_core.text import counted, printable
from plro_core.vocabulary import FILE

_SHA256 = 64


@dataclass(frozen=True)
class Found:
    """What a check of a registry found: a sentence for each fault, and for what is no fault but good to know."""

    faults: tuple[str, ...]
    notes: tuple[str, ...] = ()


def check_registry(folder: Path) -> Found:
    """Check the versions of a registry, its pointer, journal, trash, declarations, and what is derived from them.

    Raises:
        RegistryProblem: there is no such folder.
    """
    existing_folder(folder)
    faults = [
        *_strange_files(folder),
        *_of_journal(folder),
        *_of_pointer(folder),
        *_of_versions(folder),
        *_of_trash(folder),
        *_of_checked(folder),
        *_of_indexes(folder),
        *_of_shards(folder),
        *_of_declarations(folder),
    ]
    return Found(tuple(dict.fromkeys(faults)), tuple(_notes(folder)))


def _strange_files(folder: Path) -> Iterator[str]:
    """What is neither a plain file nor a folder, wherever it lies."""
    for path in sorted(folder.rglob("*")):
        if not path.is_file() and not path.is_dir():
            yield f"{printable(str(path.relative_to(folder)))}: this is not a plain file; remove it."


def _of_journal(folder: Path) -> Iterator[str]:
    try:
        journal.verify(folder)
    except JournalProblem as problem:
        yield str(problem)


def _of_pointer(folder: Path) -> Iterator[str]:
    if not (folder / POINTER).exists() and not any((folder / "versions").glob(f"*/{PUBLISHED}")):
        return
    try:
        current = current_version(folder)
    except RegistryProblem as problem:
        yield str(problem)
        return
    with suppress(JournalProblem):
        standings = Standings.of(folder)
        moves = standings.moves
        if standings.is_whole and moves and moves[-1].version != current:
            yield f"{POINTER}: names version {current}; the journal says that {moves[-1].version} was published last."


def _homes(folder: Path) -> list[Path]:
    return sorted(home for home in folder.glob("[!.]*") if home.is_dir())


def _of_versions(folder: Path) -> Iterator[str]:
    try:
        standings = Standings.of(folder)
    except JournalProblem:
        standings = None
    for home in _homes(folder / "versions"):
        if not VERSION.fullmatch(home.name):
            yield f"versions/{printable(home.name, LONGEST_VERSION)}: this cannot be the name of a version."
            continue
        try:
            manifest, _, tables = verified(folder, home.name)
            check_bytes(home, manifest)
            yield from _rows(manifest, {f"{name}.parquet": tables.rows(name) for name in tables})
        except RegistryProblem as problem:
            yield str(problem)
        else:
            yield from _unlisted(home, manifest)
        if standings and (why := standings.why_unknown(home.name)):
            yield why


def _rows(manifest: Manifest, rows: dict[str, int]) -> Iterator[str]:
    for name, stated in manifest.files.items():
        if name in rows and rows[name] != stated["rows"]:
            yield f"{manifest.version}/{name}: has {rows[name]} rows; the manifest says {stated['rows']}."


def _unlisted(home: Path, manifest: Manifest) -> Iterator[str]:
    for path in sorted(home.iterdir()):
        if path.name not in (*manifest.files, MANIFEST, PUBLISHED):
            yield f"{home.name}/{printable(path.name)}: the manifest does not list this file; remove it."


def _of_trash(folder: Path) -> Iterator[str]:
    told = {entry.version: entry.detail.get("manifest") for entry in _lines(folder) if entry.what == "discard"}
    for home in _homes(folder / TRASH):
        try:
            check_bytes(home, Manifest.read(home / MANIFEST))
            if told.get(home.name) not in (None, sha256_of(home / MANIFEST)):
                yield f"{TRASH}/{home.name}/{MANIFEST}: this is not the manifest that was discarded."
        except RegistryProblem as problem:
            yield f"{TRASH}/{problem}"


def _lines(folder: Path) -> Iterable[journal.Entry]:
    try:
        return journal.read(folder)
    except JournalProblem:
        return ()


def _of_checked(folder: Path) -> Iterator[str]:
    for path in sorted((folder / CHECKED).glob("[!.]*")):
        name = f"{CHECKED}/{printable(path.name)}"
        try:
            content = content_hash(Manifest.read(folder / "versions" / path.name / MANIFEST))
            lines = plain_files.text(path).split("\n")
        except (RegistryProblem, OSError, UnicodeDecodeError):
            yield f"{name}: this is of no version, or cannot be read; delete it."
            continue
        is_whole = len(lines) == 2 or (
            len(lines) == 3 and lines[1] == hashlib.sha256(f"{lines[0]}\n".encode()).hexdigest()
        )
        if not is_whole or lines[-1] or not re.fullmatch(rf"{content} [0-9a-f]{{64}}", lines[0]):
            yield f"{name}: the file was altered, or is of another content; delete it."


def _of_indexes(folder: Path) -> Iterator[str]:
    for home in _homes(folder / INDEX):
        try:
            manifest = Manifest.read(folder / "versions" / home.name / MANIFEST)
        except RegistryProblem:
            yield f"{INDEX}/{printable(home.name)}: these are code columns of no version; delete the folder."
            continue
        for why in index_faults(folder, manifest):
            yield f"{INDEX}/{home.name}/{why}; “index” writes it anew."


def _of_shards(folder: Path) -> Iterator[str]:
    for home in _homes(folder / SHARDS):
        try:
            found = list_of(home)
        except RegistryProblem as problem:
            yield str(problem)
            continue
        parts = {part.name: part for part in _homes(home)}
        for name in sorted({*found.parts, *parts}):
            if name not in parts or name not in found.parts:
                yield f"{SHARDS}/{home.name}/{LIST}: its shards are not those of the folder; “shard” writes them anew."
            else:
                if found.words != _words(parts[name]):
                    yield f"{SHARDS}/{home.name}/{name}/{FILE}: the file was altered; “shard” writes the shards anew."
                yield from (f"{SHARDS}/{home.name}/{name}: {fault}" for fault in check_registry(parts[name]).faults)


def _words(home: Path) -> str:
    """The checksum of the declarations of a shard; empty where it has none that can be read."""
    try:
        return sha256_of(home / FILE)
    except OSError:
        return ""


def _of_declarations(folder: Path) -> Iterator[str]:
    try:
        yield from (one.sentence for one in edited(folder) if one.was_accepted)
        known = accepted_checksums(folder)
    except JournalProblem:
        return
    for path in sorted((folder / ACCEPTED).glob("[!.]*")):
        try:
            if sha256_of(path) not in known:
                yield f"{ACCEPTED}/{printable(path.name)}: the copy was altered; delete it, and accept the file anew."
        except OSError:
            yield f"{ACCEPTED}/{printable(path.name)}: the copy cannot be read; delete it."


def _notes(folder: Path) -> Iterator[str]:
    """What earlier releases wrote without a checksum, and what nobody vouches for."""
    for home in _homes(folder / "versions"):
        with suppress(OSError):
            if not sealed.is_sealed(plain_files.content(home / MANIFEST)):
                yield f"{home.name}/{MANIFEST} carries no checksum of its own: an earlier release wrote it."
    with suppress(OSError):
        if len(plain_files.content(folder / POINTER).split()) == 1:
            yield f"{POINTER} carries no checksum: an earlier release wrote it."
    with suppress(PlainProblem):
        left = [one.name for one in edited(folder) if not one.was_accepted]
        if left:
            yield f"Nobody has accepted {counted(len(left), 'file')} that people write, such as {left[0]}."
