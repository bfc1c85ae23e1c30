"""From a bundle back to tables, as strict as the registry itself: any doubt refuses the whole file with one sentence."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from plro_core.bundle.columns import tables_of
from plro_core.bundle.opening import AGAIN, opened
from plro_core.bundle.packing import CHECKSUMS, MANIFEST
from plro_core.bundle.text import csv_of, first_difference
from plro_core.problems import DataProblem, RegistryProblem
from plro_core.schema import SCHEMA_VERSION, completed, violations
from plro_core.store import Manifest
from plro_core.text import printable
from plro_core.vocabulary import FILE, Vocabulary

#: A gate before anything is parsed.
MOST_BYTES = 50_000_000
_CHECKSUM = re.compile(r"([0-9a-f]{64})  (\S+)")
_ABOUT = ("version", "title", "source", "author", "note", "time", "synthetic")


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
    tables = tables_of(files, _table_names(manifest, vocabulary))
    whole = completed(tables, vocabulary)
    found = violations(whole, vocabulary)
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
    return opened(content)


# Checksums and manifest


def _checked(files: dict[str, bytes]) -> dict[str, bytes]:
    """The files, each compared with its checksum; none may be missing, none may be more."""
    for name in (CHECKSUMS, MANIFEST):
        if name not in files:
            raise DataProblem(f"{name}: the bundle lacks this file; expected a bundle made by this program.")
    stated = _stated(files[CHECKSUMS])
    missing = sorted(set(stated) - set(files))
    if missing:
        raise DataProblem(f"{missing[0]}: the bundle lacks this file, which {CHECKSUMS} lists; {AGAIN}.")
    for name in sorted(set(files) - {CHECKSUMS}):
        if stated.get(name) != hashlib.sha256(files[name]).hexdigest():
            raise DataProblem(f"{name}: the file was altered (its checksum differs from {CHECKSUMS}); {AGAIN}.")
    return files


def _stated(content: bytes) -> dict[str, str]:
    lines = [_CHECKSUM.fullmatch(line) for line in content.decode("utf-8", "replace").splitlines()]
    stated = {line[2]: line[1] for line in lines if line}
    if len(stated) != len(lines):
        raise DataProblem(f"{CHECKSUMS}: not a list of checksums with each file once; {AGAIN}.")
    return stated


def _manifest(content: bytes) -> Manifest:
    try:
        manifest = Manifest.from_json(content)
    except RegistryProblem as problem:
        why = str(problem).removesuffix(".")
        raise DataProblem(f"{MANIFEST}: the manifest cannot be read ({why}); {AGAIN}.") from None
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
        raise DataProblem(f"{given.get(name, f'parquet/{printable(name)}')}: the bundle {what}; {AGAIN}.")
    for name, path in given.items():
        if hashlib.sha256(files[path]).hexdigest() != manifest.files[name]["sha256"]:
            raise DataProblem(f"{path}: the file differs from the manifest (its checksum); {AGAIN}.")


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


def _check_same(path: str, files: Mapping[str, bytes], table: pa.Table) -> None:
    """The CSV file and the Parquet file must say the same, cell for cell; all texts of one may be guarded against spreadsheets."""
    expected = csv_of(table)
    if files[path] != expected and files[path] != csv_of(table, guarded=True):
        raise DataProblem(
            f"{path}: it says something else than parquet/{path[5:-4]}.parquet ({first_difference(files[path], expected)}); "
            "expected both to agree, so change neither: import changed rows as a CSV file of their own."
        )
