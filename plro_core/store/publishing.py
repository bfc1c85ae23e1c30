"""Writing a version aside, whole, and swapping the pointer to it."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from types import MappingProxyType
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from plro_core import durable, journal, plain_files
from plro_core.problems import RegistryProblem
from plro_core.progress import Progress, going_on, part, tell
from plro_core.schema import SCHEMA_VERSION, stored_table, violations
from plro_core.store.accepted import first_accepted
from plro_core.store.files import sha256_of, verified_file
from plro_core.store.folder import MANIFEST, POINTER, VERSION, pointer, why_not_written
from plro_core.store.index import INDEX, ensure_index
from plro_core.store.manifest import Manifest, Stated
from plro_core.store.published import checksums_of, settled, write_mark
from plro_core.store.tables import StoredTables
from plro_core.store.verifying import CHECKED, checked_words, sealed_words
from plro_core.text import printable
from plro_core.vocabulary import FILE, Vocabulary

#: Folders of a registry into which versions, and what is derived from them, are written aside.
WRITTEN = ("versions", CHECKED, INDEX)


def publish(
    tables: Mapping[str, pa.Table],
    about: Mapping[str, Any],
    folder: Path,
    vocabulary: Vocabulary,
    parent: str | None = None,
    *,
    journalled: bool = False,
) -> Manifest:
    """Write a new immutable version and swap the pointer to it; readers see the old or the new, never half.

    The same tables and words always give the same bytes. Publishing what a version already holds changes nothing. What is
    to be ``journalled`` is written into the journal first.

    Raises:
        JournalProblem: the journal cannot be written; then nothing is.
        RegistryProblem: the tables break a rule, the version's name cannot name a folder, or it exists with other
            contents.
    """
    files, manifest = packed(tables, about, vocabulary, parent)
    home = folder / "versions" / manifest.version
    home.parent.mkdir(parents=True, exist_ok=True)
    with durable.writing(folder, *WRITTEN):
        is_new = not is_there(home, manifest)
        if journalled:
            journal_build(folder, manifest)
        if is_new:
            write_version(home, files, manifest)
            write_checked(folder, manifest, vocabulary)
        finish(folder, manifest, vocabulary)
        point(folder, manifest.version)
        write_mark(folder, manifest, manifest.time)
    return manifest


def journal_build(folder: Path, manifest: Manifest) -> None:
    """Say in the journal that a version is about to be built; the shipped registry keeps no journal.

    Raises:
        JournalProblem: the journal cannot be written.
    """
    current, home = pointer(folder), folder / "versions" / manifest.version
    if why_not_written(folder) or current == manifest.version:
        return
    settled(folder)
    sha256 = sha256_of(home / MANIFEST) if home.exists() else manifest.sha256
    journal.record(
        folder,
        "build",
        who=manifest.author,
        version=manifest.version,
        parent=current,
        note=manifest.note,
        detail={**checksums_of(manifest, sha256), **first_accepted(folder)},
    )


def is_there(home: Path, manifest: Manifest) -> bool:
    """Whether a version is written already.

    Raises:
        RegistryProblem: there is another one of its name.
    """
    if not home.exists():
        return False
    if Manifest.read(home / MANIFEST) != manifest:
        raise RegistryProblem(
            f"versions/{manifest.version} exists with other contents; give the new contents a new version."
        )
    return True


def finish(folder: Path, manifest: Manifest, vocabulary: Vocabulary) -> None:
    """Verify a version that was written, and write its code columns if there are none.

    Raises:
        RegistryProblem: a file is not what was written.
    """
    home = folder / "versions" / manifest.version
    files = {name: verified_file(home / name, manifest) for name in manifest.files}
    found = {name.removesuffix(".parquet"): file for name, file in files.items() if name.endswith(".parquet")}
    ensure_index(folder, manifest, StoredTables(found, vocabulary, manifest.version))


@dataclass(frozen=True)
class Kept:
    """A table's file that stays as it is in the version before: its verified bytes, and what is stated of it."""

    content: bytes
    stated: Stated


#: Kept files by table; ``None`` for a table that has no file.
KeptFiles = Mapping[str, Kept | None]
_NOTHING_KEPT: KeptFiles = MappingProxyType({})


def _files(
    tables: Mapping[str, pa.Table],
    vocabulary: Vocabulary,
    kept: KeptFiles = _NOTHING_KEPT,
    progress: Progress = going_on,
) -> dict[str, bytes]:
    """The files of a version: its tables, and what its vocabulary declares beyond the standard words."""
    files = dict(_of_tables(tables, vocabulary, kept, progress))
    if vocabulary.declared.text:
        files[FILE] = vocabulary.declared.text.encode()
    return files


def _of_tables(
    tables: Mapping[str, pa.Table], vocabulary: Vocabulary, kept: KeptFiles, progress: Progress
) -> Iterator[tuple[str, bytes]]:
    for done, table in enumerate(vocabulary.tables):
        tell(progress, done / len(vocabulary.tables), table.label.lower())
        name = f"{table.name}.parquet"
        if table.name in kept:
            file = kept[table.name]
            if file is not None:
                yield name, file.content
        elif (frame := stored_table(tables[table.name], table, vocabulary)) is not None:
            yield name, parquet(frame, group_rows(table.name))


def packed(
    tables: Mapping[str, pa.Table],
    about: Mapping[str, Any],
    vocabulary: Vocabulary,
    parent: str | None,
    kept: KeptFiles = _NOTHING_KEPT,
    come: Mapping[str, pa.Table] | None = None,
    progress: Progress = going_on,
) -> tuple[dict[str, bytes], Manifest]:
    """The bytes of a version's files, with its manifest.

    ``kept`` are tables that stay as they are in the version before, which was held against the same rules; they are not
    asked for. ``come`` are the rows that come into the others; ``None`` if any may differ.

    Raises:
        RegistryProblem: the tables break a rule, or the version's name cannot name a folder.
        StoppedWork: ``progress`` answered no.
    """
    check_name(about["version"])
    tell(progress, 0, "checking the rules")
    if found := violations(tables, vocabulary, come):
        raise RegistryProblem(found[0].sentence)
    files = _files(tables, vocabulary, kept, part(progress, 0.3, 1))
    stated = {f"{name}.parquet": file.stated for name, file in kept.items() if file is not None}
    rows = {f"{name}.parquet": tables[name].num_rows for name in tables if name not in kept}
    stated |= {
        name: Stated(sha256=hashlib.sha256(content).hexdigest(), rows=rows.get(name, 0))
        for name, content in files.items()
        if name not in stated
    }
    return files, Manifest(**about, parent=parent, schema_version=SCHEMA_VERSION, files=stated)


def check_name(version: str) -> None:
    """
    Raises:
        RegistryProblem: it cannot name a folder.
    """
    if not VERSION.fullmatch(version):
        raise RegistryProblem(
            f"“{printable(version)}” cannot name a version; expected letters, digits, dots and dashes."
        )


def group_rows(table: str) -> int:
    """How many rows of a table stand together in its file: few where rows are looked up by their key."""
    return 65_536 if table == "provenance" else 1_048_576


def parquet(table: pa.Table, rows: int = 1_048_576) -> bytes:
    """The bytes of a table's file, so many rows together."""
    buffer = BytesIO()
    with writer(buffer, table.schema) as file:
        for start in range(0, max(table.num_rows, 1), rows):
            # in one piece: the bytes must not tell how the rows came together
            group = table.slice(start, rows).combine_chunks()
            file.write_table(without_negative_zeros(group), row_group_size=rows)
    return buffer.getvalue()


def writer(sink: BinaryIO, schema: pa.Schema) -> pq.ParquetWriter:
    """Writes a table into a file as every version has it."""
    return pq.ParquetWriter(sink, schema, compression="zstd", write_page_checksum=True)


def without_negative_zeros(table: pa.Table) -> pa.Table:
    """A negative zero is written as zero, because engines disagree on it."""
    for index, field in enumerate(table.schema):
        if pa.types.is_floating(field.type):
            table = table.set_column(index, field, pc.add(table.column(index), 0.0))
    return table


def unwritten(tables: Mapping[str, pa.Table], version: str, folder: Path, vocabulary: Vocabulary) -> Iterable[str]:
    """Names of the files of a version that differ from what ``tables`` would be written as."""
    home = folder / "versions" / version
    for name, content in _files(tables, vocabulary).items():
        if not (home / name).exists() or plain_files.content(home / name) != content:
            yield f"{version}/{name}"


def write_version(home: Path, files: Mapping[str, bytes], manifest: Manifest) -> None:
    """Write a version's folder; the manifest goes last."""
    durable.write_folder(home, {**files, MANIFEST: manifest.sealed})


def write_checked(folder: Path, manifest: Manifest, vocabulary: Vocabulary) -> None:
    """Write down that a version keeps the rules, so that nobody who opens it need find out again.

    It stands beside the versions and can be deleted at any time; the shipped registry has none. A disk that has no room for
    it stops no import.
    """
    if why_not_written(folder):
        return
    with suppress(OSError):
        (folder / CHECKED).mkdir(exist_ok=True)
        durable.write_whole(
            folder / CHECKED / manifest.version, sealed_words(checked_words(manifest, vocabulary)).encode()
        )


def point(folder: Path, version: str) -> None:
    """Let the registry's pointer name a version, with the checksum of its manifest."""
    pointer = folder / POINTER
    sha256 = sha256_of(folder / "versions" / version / MANIFEST)
    content = f"{version}\n{sha256}\n".encode()
    with suppress(OSError):  # what cannot be read is written over
        if plain_files.content(pointer) in (content, f"{version}\n".encode()):  # as earlier releases wrote it
            return
    durable.write_whole(pointer, content)
