"""The code columns of a version, written beside it: derived, never the truth, dropped and written anew at will.

``codes/<version>/`` holds a file a column: the codes of its rows, little-endian, then its values as JSON. A table's own
file holds how many rows each patient has, where rows stand in the order of the patients, else each row's place.
``manifest.json`` says of which content they were made, in which format, and the checksum of each file. Whatever is
missing or is not what that manifest says is ignored, and the column is coded from the version's own file.

Files are read into memory and never mapped: one that is cut short under a running process would end the process.
"""

import hashlib
import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypedDict

import numpy as np

from plro_core import durable, plain_files, sealed, strict
from plro_core.problems import RegistryProblem
from plro_core.store.columns import NUMBER, CodeColumn, Codes, CodeTables, Places, few_coded, smallest
from plro_core.store.files import sha256_of
from plro_core.store.folder import MANIFEST, why_not_written
from plro_core.store.manifest import Manifest, content_hash
from plro_core.store.tables import Tables
from plro_core.text import printable

#: Folder of a registry in which the code columns of its versions stand.
INDEX = "codes"
FORMAT = 1
#: A version with fewer rows has no index: to code its columns takes no longer than to read them coded.
WORTH = 50_000
#: A column with more values has no codes.
MOST_VALUES = 65_535

_MARK = "plro_codes"
_JSON = strict.Form(RegistryProblem, "the manifest of code columns", 5_000_000)
_VALUES = strict.Form(RegistryProblem, "the values of a column", 1_000_000_000)
_TYPES = {"uint8": np.uint8, "uint16": np.uint16, "uint32": np.uint32}
#: What a file holds instead of a column's codes: rows of each patient, or each row's patient.
_COUNTS, _PLACES, _WIDE = "rows of each patient", "patient of each row", "too many values"


class Stated(TypedDict):
    """What is said of one file: what its values are, how its codes are written, how many, its length and checksum."""

    holds: str
    type: str
    codes: int
    bytes: int
    sha256: str


@dataclass(frozen=True)
class IndexManifest:
    """What an index says of itself."""

    format: int
    content: str
    files: Mapping[str, Stated]

    @property
    def json(self) -> bytes:
        """The bytes of its file."""
        return sealed.sealed(_MARK, asdict(self))

    @property
    def plain_json(self) -> bytes:
        """The bytes of its file as earlier releases wrote it."""
        return json.dumps(asdict(self), indent=1, sort_keys=True).encode() + b"\n"


class Index:
    """The code columns of a version as they are read: each file is compared with its checksum when it is asked for."""

    def __init__(self, home: Path, manifest: IndexManifest, tables: Tables) -> None:
        self.home, self.manifest = home, manifest
        self._tables = tables

    def column(self, table: str, name: str) -> CodeColumn | None:
        """A column; nothing where the index has none that is whole and of the type that the column has now."""
        stated = self.manifest.files.get(_file_name(table, name))
        if stated is None or stated["holds"] != str(self._tables.shape(table).field(name).type):
            return None
        return self._restored(table, name, stated, self._tables.rows(table))

    def places(self, table: str) -> Places | None:
        """For each row of a table the place of its patient among the cases; nothing where the index does not tell."""
        counts = self.number_of_rows(table)
        if counts is not None:
            return np.repeat(np.arange(len(counts)), counts)
        found = self._of_table(table, _PLACES, self._tables.rows(table))
        return None if found is None else found.astype(np.int64)

    def number_of_rows(self, table: str) -> Codes | None:
        """How many rows each patient has; nothing where the index does not tell."""
        return self._of_table(table, _COUNTS, self._tables.rows("cases"))

    def _of_table(self, table: str, holds: str, codes: int) -> Codes | None:
        stated = self.manifest.files.get(table)
        if stated is None or stated["holds"] != holds:
            return None
        found = self._restored(table, None, stated, codes)
        return None if found is None else found.codes

    def is_wide(self, table: str, name: str) -> bool:
        stated = self.manifest.files.get(_file_name(table, name))
        return stated is not None and stated["holds"] == _WIDE

    def _restored(self, table: str, name: str | None, stated: Stated, codes: int) -> CodeColumn | None:
        """What a file holds; where it is damaged it is written anew for the next one who asks."""
        path = self.home / (_file_name(table, name) if name else table)
        found = _read(path, stated, codes)
        if found is None:
            with suppress(OSError):
                self._mend(path, table, name, stated)
        return found

    def _mend(self, path: Path, table: str, name: str | None, stated: Stated) -> None:
        if why_not_written(self.home.parent.parent):
            return
        _, content = _of_column(self._tables, table, name) if name else _of_places(CodeTables(self._tables), table)
        if hashlib.sha256(content).hexdigest() == stated["sha256"]:
            durable.write_whole(path, content)


def _read(path: Path, stated: Stated, codes: int) -> CodeColumn | None:
    """The codes and values of a file, if it is what is stated of it."""
    kind = _TYPES.get(stated["type"])
    if kind is None or stated["codes"] != codes or not 0 <= codes * np.dtype(kind).itemsize <= stated["bytes"]:
        return None
    try:
        if path.stat().st_size != stated["bytes"]:
            return None
        with plain_files.opened(path) as file:
            content = np.fromfile(file, dtype=np.uint8)
    except OSError:
        return None
    if hashlib.sha256(content.data).hexdigest() != stated["sha256"]:
        return None
    end = codes * np.dtype(kind).itemsize
    return CodeColumn(_native(content[:end].view(kind)), tuple(_VALUES.parsed(content[end:].tobytes())))


def opened_index(folder: Path, manifest: Manifest, tables: Tables) -> Index | None:
    """The index of a version, written anew where it is missing or of something else and the folder can be written."""
    if not is_worth_it(tables):
        return None
    found = _index_manifest(folder, manifest)
    if found is None and (folder / "versions" / manifest.version).is_dir():
        with suppress(OSError), durable.writing(folder, "versions", INDEX, longest=0):  # who opens waits for nobody
            found = ensure_index(folder, manifest, tables)
    return Index(folder / INDEX / manifest.version, found, tables) if found else None


def ensure_index(folder: Path, manifest: Manifest, tables: Tables) -> IndexManifest | None:
    """What the index of a version says of itself, once there is one; nothing where there can be none.

    Whoever calls holds the folder. A disk that has no room for it stops nothing.
    """
    if why_not_written(folder) or not is_worth_it(tables):
        return None
    found = _index_manifest(folder, manifest)
    if found is None:
        with suppress(OSError):
            found = write_index(folder, manifest, tables)
    return found


def is_worth_it(tables: Tables) -> bool:
    """Whether a version is large enough for an index."""
    return sum(tables.rows(name) for name in tables) >= WORTH


def _index_manifest(folder: Path, manifest: Manifest) -> IndexManifest | None:
    try:
        content = _JSON.file(folder / INDEX / manifest.version / MANIFEST)
        found = sealed.record(_JSON, _MARK, IndexManifest, content, "the manifest")
    except RegistryProblem:
        return None
    whole = content in (found.json, found.plain_json)
    return found if whole and (found.format, found.content) == (FORMAT, content_hash(manifest)) else None


def index_faults(folder: Path, manifest: Manifest) -> Iterator[str]:
    """What is wrong with each file of the index of a version, which is there."""
    found, home = _index_manifest(folder, manifest), folder / INDEX / manifest.version
    if found is None:
        yield f"{MANIFEST}: it was altered, or is of another content"
        return
    expected = {name for name, stated in found.files.items() if stated["bytes"]}
    for name in sorted({MANIFEST, *expected}.symmetric_difference(path.name for path in home.iterdir())):
        yield f"{printable(name)}: it is missing, or of no column"
    for name in sorted(expected):
        with suppress(OSError):
            if sha256_of(home / name) != found.files[name]["sha256"]:
                yield f"{name}: it was altered or cut short"


def write_index(folder: Path, manifest: Manifest, tables: Tables) -> IndexManifest:
    """Write the index of a version, in place of one that may be there; whoever calls holds the folder.

    What the version before has of tables that are the same there is taken over.

    Raises:
        OSError: it cannot be written.
    """
    home = folder / INDEX / manifest.version
    home.parent.mkdir(exist_ok=True)
    with durable.new_folder(home) as aside:
        files: dict[str, Stated] = {}
        for name, (stated, content) in _files(tables, _before(folder, manifest)):
            files[name] = stated
            if content:
                (aside / name).write_bytes(content)
        found = IndexManifest(FORMAT, content_hash(manifest), files)
        (aside / MANIFEST).write_bytes(found.json)
        drop_index(folder, manifest.version)
    return found


def drop_index(folder: Path, version: str) -> bool:
    """Take the index of a version away; whether there was one."""
    home = folder / INDEX / version
    if not home.is_dir():
        return False
    durable.remove_folder(home)
    return True


@dataclass(frozen=True)
class _Before:
    """The index of the version before, and the tables whose files are the same there."""

    home: Path
    files: Mapping[str, Stated]
    same: frozenset[str]

    def column(self, table: str, name: str, holds: str) -> tuple[Stated, bytes] | None:
        """The file of a column, if it is what would be written anew."""
        stated = self.files.get(_file_name(table, name))
        if table not in self.same or stated is None or stated["holds"] not in (holds, _WIDE):
            return None
        return (stated, b"") if stated["holds"] == _WIDE else self._whole(_file_name(table, name), stated)

    def places(self, table: str) -> tuple[Stated, bytes] | None:
        """The file of a table's rows, which tells of the patients too."""
        stated = self.files.get(table)
        return self._whole(table, stated) if stated is not None and {table, "cases"} <= self.same else None

    def _whole(self, name: str, stated: Stated) -> tuple[Stated, bytes] | None:
        try:
            content = (self.home / name).read_bytes()
        except OSError:
            return None
        return (stated, content) if hashlib.sha256(content).hexdigest() == stated["sha256"] else None


def _before(folder: Path, manifest: Manifest) -> _Before:
    """What may be taken over; nothing where there is no version before, or no index of it."""
    nothing = _Before(folder, {}, frozenset())
    if manifest.parent is None:
        return nothing
    try:
        parent = Manifest.read(folder / "versions" / manifest.parent / MANIFEST)
    except RegistryProblem:
        return nothing
    found = _index_manifest(folder, parent)
    if found is None:
        return nothing
    same = {name for name, stated in manifest.files.items() if parent.files.get(name) == stated}
    return _Before(folder / INDEX / parent.version, found.files, frozenset(n.removesuffix(".parquet") for n in same))


def _files(tables: Tables, before: _Before) -> Iterator[tuple[str, tuple[Stated, bytes]]]:
    """The files of an index by name: of the tables that have patients."""
    codes = CodeTables(tables)
    for table in tables:
        names = tables.names(table)
        if NUMBER in names:
            if table != "cases":
                yield table, before.places(table) or _of_places(codes, table)
            for name in names:
                if name != NUMBER:
                    holds = str(tables.shape(table).field(name).type)
                    found = before.column(table, name, holds) or _of_column(tables, table, name)
                    yield _file_name(table, name), found


def _of_column(tables: Tables, table: str, name: str) -> tuple[Stated, bytes]:
    found = few_coded(tables.encoded(table, name), MOST_VALUES)
    if found is None:
        return Stated(holds=_WIDE, type="", codes=0, bytes=0, sha256=""), b""
    return _stated(str(tables.shape(table).field(name).type), found.codes, found.values)


def _of_places(codes: CodeTables, table: str) -> tuple[Stated, bytes]:
    counts, last = np.zeros(codes.patients, dtype=np.int64), 0
    for places in codes.pieces_of_places(table):
        if not len(places):
            continue
        first = int(places[0])
        if first < last or (places[1:] < places[:-1]).any():
            return _stated(_PLACES, codes.places(table).astype(np.uint32), ())
        found = np.bincount(places - first)  # of the patients of this piece
        counts[first : first + len(found)] += found
        last = int(places[-1])
    return _stated(_COUNTS, counts.astype(smallest(int(counts.max(initial=0)))), ())


def _stated(holds: str, codes: Codes, values: tuple[Any, ...]) -> tuple[Stated, bytes]:
    """The bytes of a file, with what is said of it."""
    content = _native(codes).tobytes() + json.dumps(values).encode()
    sha256 = hashlib.sha256(content).hexdigest()
    return Stated(holds=holds, type=codes.dtype.name, codes=len(codes), bytes=len(content), sha256=sha256), content


def _native(codes: Codes) -> Codes:
    """Little-endian codes as this machine has them, and the other way round."""
    return codes if sys.byteorder == "little" else codes.byteswap()


def _file_name(table: str, column: str) -> str:
    return f"{table}.{column}"
