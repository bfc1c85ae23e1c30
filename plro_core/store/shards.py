"""The patients of a version in parts, each a registry of its own, for workers that count a part each.

On disk the shards of a version lie beside the versions, and can be deleted and written again at any time::

    shards/<version>-<content>/shards.json   of which version they are, and what each of them holds
    shards/<version>-<content>/01            a registry: some of the patients, whole, with the words of all

Nothing in them is new, so they are trusted only where they are of exactly the content and the words that are asked about.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from plro_core import durable, sealed, strict
from plro_core.problems import RegistryProblem
from plro_core.store.columns import NUMBER, CodeTables
from plro_core.store.folder import is_version, why_not_written
from plro_core.store.manifest import Manifest, content_hash
from plro_core.store.publishing import publish
from plro_core.store.reading import Registry, open_registry
from plro_core.store.tables import Tables
from plro_core.store.verifying import verified
from plro_core.text import printable
from plro_core.vocabulary import FILE, Vocabulary

#: Folder of a registry in which its shards lie.
SHARDS = "shards"
LIST = "shards.json"
MOST_SHARDS = 999

_MARK = "plro_shards"
_JSON = strict.Form(RegistryProblem, "the list of a version's shards", 1_000_000)

Progress = Callable[[int, int], None]


class Part(TypedDict):
    """What is said of one shard: the content hash of its files, its patients, and its rows in all tables."""

    content: str
    patients: int
    rows: int


@dataclass(frozen=True)
class Shards:
    """The shards of a version: of which content, in which words (a checksum; empty for the standard ones), and each by its name."""

    version: str
    content: str
    words: str
    parts: Mapping[str, Part]

    @property
    def name(self) -> str:
        """The name of their folder."""
        return _name(self.version, self.content, self.words)

    @property
    def json(self) -> bytes:
        """The bytes of their list."""
        return sealed.sealed(_MARK, self.__dict__)


def _name(version: str, content: str, words: str) -> str:
    """Other contents or other words have other shards."""
    return f"{version}-{hashlib.sha256(f'{content} {words}'.encode()).hexdigest()[:12]}"


def write_shards(folder: Path, version: str | None, into: int, progress: Progress = lambda done, of: None) -> Shards:
    """Write the patients of a version into so many shards; all of them are there when it is done, or none.

    No shard is without a patient, unless there are none. Shards of versions that are gone are taken away.

    Raises:
        RegistryProblem: the version cannot be trusted or read, or its registry stays as it is.
        OSError: the disk is full or the folder cannot be written to.
    """
    manifest, vocabulary, tables = verified(folder, version)
    if reason := why_not_written(folder):
        raise RegistryProblem(reason)
    home = folder / SHARDS
    home.mkdir(exist_ok=True)
    with durable.writing(home), durable.aside_folder(home) as aside:
        parts: dict[str, Part] = {}
        cut = list(_cut(tables, vocabulary, into))
        for number, part in enumerate(cut, 1):
            name = f"{number:02}"
            parts[name] = _write(aside / name, part, f"shard {number} of {len(cut)}", manifest, vocabulary)
            progress(number, len(cut))
        found = Shards(manifest.version, content_hash(manifest), vocabulary.declared.sha256, parts)
        durable.write_whole(aside / LIST, found.json)
        _sweep(folder, manifest.version)
        durable.settle(aside, home / found.name)
    return found


def _write(home: Path, tables: Mapping[str, pa.Table], what: str, manifest: Manifest, vocabulary: Vocabulary) -> Part:
    about = {
        "version": manifest.version,
        "title": f"{manifest.title}, {what}",
        "source": f"{what} of content {content_hash(manifest)}",
        "author": manifest.author,
        "note": "",
        "time": manifest.time,
        "synthetic": manifest.synthetic,
    }
    home.mkdir()
    if vocabulary.declared.text:
        durable.write_whole(home / FILE, vocabulary.declared.text.encode())
    written = publish(tables, about, home, vocabulary)
    return {"content": content_hash(written), "patients": tables["cases"].num_rows, "rows": _rows(tables)}


def _rows(tables: Mapping[str, pa.Table]) -> int:
    return sum(table.num_rows for table in tables.values())


def _cut(tables: Tables, vocabulary: Vocabulary, into: int) -> Iterator[dict[str, pa.Table]]:
    """The tables of each shard: neighbours among the cases, and their rows; other tables are empty."""
    codes = CodeTables(tables)
    ends = np.linspace(0, codes.patients, max(1, min(into, codes.patients)) + 1).astype(np.int64)[1:]
    names = [table.name for table in vocabulary.tables if table.name in tables]
    shares = {name: _shares(codes, name, ends) for name in names if NUMBER in tables.names(name)}
    for _ in ends:
        yield {name: next(shares[name]) if name in shares else tables.shape(name).empty_table() for name in names}


def _shares(codes: CodeTables, name: str, ends: NDArray[np.int64]) -> Iterator[pa.Table]:
    """The rows of a table, shard by shard; where they follow each other, no more is in memory than a shard and a piece."""
    shard = np.searchsorted(ends, codes[name].patient, side="right").astype(np.uint16)
    if np.all(shard[1:] >= shard[:-1]):
        yield from _recut(codes.tables, name, np.bincount(shard, minlength=len(ends)).tolist())
    else:
        whole = codes.tables[name]
        for at in range(len(ends)):
            yield whole.take(pa.array(np.flatnonzero(shard == at)))


def _recut(tables: Tables, name: str, sizes: list[int]) -> Iterator[pa.Table]:
    """A table in pieces of so many rows, which are all that it has."""
    pieces, waiting = tables.pieces(name), tables.shape(name).empty_table()
    for size in sizes:
        while waiting.num_rows < size:
            waiting = pa.concat_tables([waiting, next(pieces)])
        yield waiting.slice(0, size).combine_chunks()
        waiting = waiting.slice(size)


def _sweep(folder: Path, replaced: str) -> None:
    """Take away the shards of a version that is sharded anew, and those of versions that are gone."""
    for home in (folder / SHARDS).glob("[!.]*"):
        version = home.name.rpartition("-")[0]
        if version == replaced or not is_version(folder, version):
            durable.remove_folder(home)


def shards_of(registry: Registry) -> Shards | None:
    """The list of the shards of what a registry holds, in its words; ``None`` if none were written.

    Raises:
        RegistryProblem: the list is missing from its folder, or does not say that it holds every patient once.
    """
    name = _name(registry.version, registry.content, registry.vocabulary.declared.sha256)
    home = registry.folder / SHARDS / name
    if not home.is_dir():
        return None
    found = list_of(home)
    if missing := _why_not_whole(registry, found):
        raise _fault(name, missing)
    return found


def list_of(home: Path) -> Shards:
    """What the folder of the shards of a version says that they are.

    Raises:
        RegistryProblem: the list is missing, was altered, or is that of another folder.
    """
    try:
        found = sealed.record(_JSON, _MARK, Shards, _JSON.file(home / LIST), "the list")
    except RegistryProblem as problem:
        raise _fault(home.name, str(problem).removesuffix(".")) from None
    if found.name != home.name:
        raise _fault(home.name, f"it says version {printable(found.version)}, content {printable(found.content)[:12]}")
    return found


def _why_not_whole(registry: Registry, found: Shards) -> str:
    """Why the shards of a list are not every patient of a registry once; empty if they are."""
    parts = found.parts.values()
    if list(found.parts) != [f"{number:02}" for number in range(1, len(parts) + 1)]:
        return "its shards are not numbered one by one"
    if len({part["content"] for part in parts}) < len(parts):
        return "two shards hold the same"
    patients = sum(part["patients"] for part in parts)
    if patients != registry.patients:
        return f"its shards hold {patients} patients; expected {registry.patients}"
    rows = sum(part["rows"] for part in parts)
    expected = registry.kept("rows of patients", lambda: _rows_of_patients(registry))
    return "" if rows == expected else f"its shards hold {rows} rows; expected {expected}"


def _rows_of_patients(registry: Registry) -> int:
    """How many rows the tables have that are about patients."""
    names = {entry.table for entry in registry.vocabulary.variables if entry.name == "case_id"}
    return sum(registry.manifest.files.get(f"{name}.parquet", {"rows": 0})["rows"] for name in names)


def _fault(name: str, why: str) -> RegistryProblem:
    return RegistryProblem(f"{SHARDS}/{name}/{LIST}: {why}; “shard” writes them anew.")


def open_shard(home: Path, name: str, shards: Shards) -> Registry:
    """Load and verify one shard, from the folder of the shards of its version.

    Raises:
        RegistryProblem: it is missing, altered or cut short, or holds other patients than its list says.
    """
    stated = shards.parts[name]
    place = f"{SHARDS}/{home.name}/{name}"
    try:
        found = open_registry(home / name, shards.version)
    except RegistryProblem as problem:
        raise RegistryProblem(f"{place}: {problem}") from None
    if found.content != stated["content"]:
        found.close()
        raise RegistryProblem(
            f"{place}: holds content {found.content[:12]}; expected {stated['content'][:12]}, "
            f"shard {int(name)} of {len(shards.parts)} of version {shards.version}; copy it anew."
        )
    if found.vocabulary.declared.sha256 != shards.words:
        found.close()
        raise RegistryProblem(f"{place}/{FILE}: these are not the words that its list says; copy it anew.")
    return found
