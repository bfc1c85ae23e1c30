"""From a bundle back to tables, as strict as the registry itself: any doubt refuses the whole file with one sentence."""

import hashlib
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from plro_core.archives import DAMAGED
from plro_core.bundle.packing import CHECKSUMS, MANIFEST
from plro_core.bundle.text import csv_of, first_difference
from plro_core.problems import DataProblem, RegistryProblem
from plro_core.schema import SCHEMA_VERSION, completed, problems
from plro_core.store import Manifest
from plro_core.text import printable
from plro_core.vocabulary import FILE, Vocabulary

#: Gates before anything is parsed.
MOST_BYTES = 50_000_000
MOST_ENTRIES = 200
MOST_RATIO = 100
MOST_UNPACKED = 500_000_000

#: Short files of repeated words compress well and harm nobody; the ratio counts above this size only.
_HARMLESS = 1_000_000

_NAME = re.compile(r"((data|parquet)/)?[A-Za-z0-9_]+\.(csv|json|md|parquet|toml|txt)")
_CHECKSUM = re.compile(r"([0-9a-f]{64})  (\S+)")
_ABOUT = ("version", "title", "source", "author", "note", "time", "synthetic")
_PLAIN = {pa.int64(), pa.float64(), pa.bool_(), pa.string()}
_AGAIN = "fetch the bundle again from where it was made"


@dataclass(frozen=True)
class Bundle:
    """What a bundle holds, checked. ``variables_text`` is its ``variables.toml``, empty where there is none."""

    manifest: Manifest
    tables: Mapping[str, pa.Table]
    variables_text: str = ""

    @property
    def about(self) -> dict[str, Any]:
        """What the version says of itself, as ``store.publish`` takes it; the parent is in the manifest."""
        return {name: getattr(self.manifest, name) for name in _ABOUT}


def unbundle(content: bytes, vocabulary: Vocabulary) -> Bundle:
    """The tables of a bundle; published into an empty registry they give the same files, byte for byte.

    Raises:
        DataProblem: it is no bundle, was altered, contradicts itself, breaks a rule of the schema, or is written in
            other words than those given; the sentence names the file.
    """
    files, manifest = _opened(content)
    text = _checked_words(files, manifest, vocabulary)
    tables = {name: _table(files, name) for name in _table_names(manifest, vocabulary)}
    whole = completed(tables, vocabulary)
    found = problems(whole, vocabulary)
    if found:
        more = f" ({len(found) - 1} more)" if len(found) > 1 else ""
        raise DataProblem(f"The bundle breaks a rule: {found[0].sentence}{more}")
    for name, table in tables.items():
        _check_same(f"data/{name}.csv", files, table)
    return Bundle(manifest, whole, text)


def declared_words(content: bytes) -> str:
    """The bundle's ``variables.toml``, whether or not a registry knows its words; empty if there is none.

    Raises:
        DataProblem: it is no bundle, was altered or contradicts itself.
    """
    return _vocabulary_text(_opened(content)[0])


def _opened(content: bytes) -> tuple[dict[str, bytes], Manifest]:
    """The files, their checksums compared, and the manifest that lists them."""
    files = _checked(_unpacked(content))
    manifest = _manifest(files[MANIFEST])
    _check_listed(files, manifest)
    return files, manifest


# The archive


def _unpacked(content: bytes) -> dict[str, bytes]:
    if len(content) > MOST_BYTES:
        raise DataProblem(f"The bundle has {len(content):,} bytes; expected at most {MOST_BYTES // 1_000_000} MB.")
    try:
        archive = zipfile.ZipFile(BytesIO(content))
        entries = archive.infolist()
        _check_entries(entries)
        return {entry.filename: archive.read(entry) for entry in entries}  # no further than an entry declares
    except DAMAGED:
        raise DataProblem(
            f"The file is no bundle, or is damaged or cut short; expected a whole zip: {_AGAIN}."
        ) from None


def _check_entries(entries: list[zipfile.ZipInfo]) -> None:
    if len(entries) > MOST_ENTRIES:
        raise DataProblem(f"The bundle has {len(entries)} files; expected at most {MOST_ENTRIES}.")
    for entry in entries:
        # The name as the zip holds it: Python cuts one at a zero byte, so that two differ only behind it.
        if not _NAME.fullmatch(entry.filename) or entry.orig_filename != entry.filename:
            raise DataProblem(f"The bundle has a file “{printable(entry.orig_filename)}”; expected none of that name.")
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise DataProblem(f"{entry.filename}: it is packed in a way that bundles are not; {_AGAIN}.")
        if entry.flag_bits & 0x1:
            raise DataProblem(f"{entry.filename}: the file is protected by a password; expected an open one.")
        if entry.file_size > max(_HARMLESS, MOST_RATIO * entry.compress_size):
            raise DataProblem(f"{entry.filename}: it unpacks to more than {MOST_RATIO} times its size; refused.")
    names = [entry.filename.casefold() for entry in entries]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise DataProblem(f"{twice}: the bundle has two files of this name; expected each once.")
    if sum(entry.file_size for entry in entries) > MOST_UNPACKED:
        raise DataProblem(f"The bundle unpacks to more than {MOST_UNPACKED // 1_000_000} MB; refused.")


# Checksums and manifest


def _checked(files: dict[str, bytes]) -> dict[str, bytes]:
    """The files, each compared with its checksum; none may be missing, none may be more."""
    for name in (CHECKSUMS, MANIFEST):
        if name not in files:
            raise DataProblem(f"{name}: the bundle lacks this file; expected a bundle made by this program.")
    stated = _stated(files[CHECKSUMS])
    missing = sorted(set(stated) - set(files))
    if missing:
        raise DataProblem(f"{missing[0]}: the bundle lacks this file, which {CHECKSUMS} lists; {_AGAIN}.")
    for name in sorted(set(files) - {CHECKSUMS}):
        if stated.get(name) != hashlib.sha256(files[name]).hexdigest():
            raise DataProblem(f"{name}: the file was altered (its checksum differs from {CHECKSUMS}); {_AGAIN}.")
    return files


def _stated(content: bytes) -> dict[str, str]:
    lines = [_CHECKSUM.fullmatch(line) for line in content.decode("utf-8", "replace").splitlines()]
    stated = {line[2]: line[1] for line in lines if line}
    if len(stated) != len(lines):
        raise DataProblem(f"{CHECKSUMS}: not a list of checksums with each file once; {_AGAIN}.")
    return stated


def _manifest(content: bytes) -> Manifest:
    try:
        manifest = Manifest.from_json(content)
    except RegistryProblem as problem:
        why = str(problem).removesuffix(".")
        raise DataProblem(f"{MANIFEST}: the manifest cannot be read ({why}); {_AGAIN}.") from None
    _check_schema_version(manifest)
    return manifest


def _check_schema_version(manifest: Manifest) -> None:
    if manifest.schema_version != SCHEMA_VERSION:
        raise DataProblem(f"{MANIFEST}: schema version {manifest.schema_version}; this program reads {SCHEMA_VERSION}.")


def _check_listed(files: Mapping[str, bytes], manifest: Manifest) -> None:
    """The manifest and the folder of Parquet files must name the same, with the same checksums."""
    given = {name.removeprefix("parquet/"): name for name in files if name.startswith("parquet/")}
    given |= {FILE: FILE} if FILE in files else {}
    for name in sorted(set(given) ^ set(manifest.files)):
        what = (
            "lacks this file, which the manifest lists" if name in manifest.files else "has a file that it should not"
        )
        raise DataProblem(f"{given.get(name, f'parquet/{printable(name)}')}: the bundle {what}; {_AGAIN}.")
    for name, path in given.items():
        if hashlib.sha256(files[path]).hexdigest() != manifest.files[name]["sha256"]:
            raise DataProblem(f"{path}: the file differs from the manifest (its checksum); {_AGAIN}.")


def _checked_words(files: Mapping[str, bytes], manifest: Manifest, vocabulary: Vocabulary) -> str:
    """The bundle's own words, which must be those of the registry that it goes into."""
    text = _vocabulary_text(files)
    if text and text != vocabulary.declared.text:
        raise DataProblem(
            f"{FILE}: version {printable(manifest.version)} is written in words of its own; put this {FILE} into "
            "the registry's folder first."
        )
    return text


def _vocabulary_text(files: Mapping[str, bytes]) -> str:
    return files.get(FILE, b"").decode("utf-8", "replace")


# Tables


def _table_names(manifest: Manifest, vocabulary: Vocabulary) -> list[str]:
    """Tables in their declared order; those that are not declared too, for the schema to name."""
    given = {name.removesuffix(".parquet") for name in manifest.files if name != FILE}
    declared = [table.name for table in vocabulary.tables if table.name in given]
    return declared + sorted(given - set(declared))


def _table(files: Mapping[str, bytes], name: str) -> pa.Table:
    """One Parquet file as a table in one piece, so that writing it again gives the same bytes."""
    path = f"parquet/{name}.parquet"
    if f"data/{name}.csv" not in files:
        raise DataProblem(f"data/{name}.csv: the bundle lacks this file; {_AGAIN}.")
    try:
        file = pq.ParquetFile(BytesIO(files[path]), page_checksum_verification=True)
        _check_size(path, files[path], file, len(files[f"data/{name}.csv"]))
        table = file.read().combine_chunks()
        table.validate(full=True)  # text that is not UTF-8, for one
        return table
    except (pa.ArrowException, OSError, ValueError):
        raise DataProblem(f"{path}: the file is not readable Parquet; {_AGAIN}.") from None


def _check_size(path: str, content: bytes, file: pq.ParquetFile, most: int) -> None:
    """A few bytes of Parquet can say a cell a billion times; ``most``, the CSV's bytes, says them all one by one."""
    names, types = file.schema_arrow.names, file.schema_arrow.types
    if len(set(names)) < len(names) or not set(types) <= _PLAIN:
        raise DataProblem(
            f"{path}: expected each column once, of whole numbers, numbers, truth values or text; {_AGAIN}."
        )
    metadata = file.metadata
    unpacked = sum(metadata.row_group(index).total_byte_size for index in range(metadata.num_row_groups))
    texts = [name for name, kind in zip(names, types, strict=True) if kind == pa.string()]
    too_large = metadata.num_rows * len(names) > most or unpacked > MOST_UNPACKED
    if too_large or _text_bytes(content, texts) > most:
        raise DataProblem(f"data/{path[8:-8]}.csv: it says less than {path} holds; expected both to agree; {_AGAIN}.")


def _text_bytes(content: bytes, names: list[str]) -> int:
    """Bytes of the texts of these columns, added up without writing out what is repeated."""
    table = pq.read_table(BytesIO(content), columns=names, read_dictionary=names)
    chunks = [chunk for column in table.columns for chunk in column.chunks]
    return sum(pc.sum(pc.binary_length(chunk.dictionary).take(chunk.indices)).as_py() or 0 for chunk in chunks)


def _check_same(path: str, files: Mapping[str, bytes], table: pa.Table) -> None:
    """The CSV file and the Parquet file must say the same, cell for cell."""
    expected = csv_of(table)
    if files[path] != expected:
        raise DataProblem(
            f"{path}: it says something else than parquet/{path[5:-4]}.parquet ({first_difference(files[path], expected)}); "
            "expected both to agree, so change neither: import changed rows as a CSV file of their own."
        )
