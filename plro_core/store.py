"""The registry on disk and in memory: the only module that opens the registry's files.

On disk a registry is a folder of immutable versions plus a pointer::

    versions/<id>/<table>.parquet   one file a table
    versions/<id>/manifest.json     schema version, parent, author, note, time, sha256 and rows of each file
    CURRENT                         the id of the published version
    journal.jsonl                   who did what to which version (see ``journal``); the shipped registry keeps none

In memory it is one private DuckDB that holds the verified tables. It cannot reach files or the network, and each
thread reads through a cursor of its own (one connection shared by threads gives silently wrong results).
"""

import fcntl
import hashlib
import json
import os
import re
import shutil
import tempfile
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any, Literal

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from plro_core import journal
from plro_core.problems import QueryProblem, RegistryProblem
from plro_core.schema import SCHEMA_VERSION, completed, problems, stored
from plro_core.variables import LABS, OWN, OWN_PROBLEM, TABLES, columns, own

SHIPPED = Path(__file__).resolve().parent.parent / "data"

#: No temporary folder: a large answer must not spill patients' data into the folder that the program runs in.
_LIMITS = {"memory_limit": "4GB", "threads": "2", "temp_directory": ""}
_QUERY_LIMITS = {**_LIMITS, "max_execution_time": "60000"}
_MOST_SQL = 100_000
_MOST_BRACKETS = 500
_ANSWERS = (duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN)
_LOCKED = (
    "SET enable_external_access = false",
    "SET autoinstall_known_extensions = false",
    "SET autoload_known_extensions = false",
    "SET allow_community_extensions = false",
    "SET allow_persistent_secrets = false",
    "SET python_enable_replacements = false",
    "SET lock_configuration = true",
)


_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


def registry_folder(folder: Path | str | None = None) -> Path:
    """The folder asked for, else the one that ``PLRO_REGISTRY`` names, else the shipped registry."""
    return Path(folder or os.environ.get("PLRO_REGISTRY") or SHIPPED)


@dataclass(frozen=True)
class Manifest:
    """What a version says of itself."""

    version: str
    title: str
    source: str
    author: str
    note: str
    time: str
    parent: str | None
    synthetic: bool
    schema_version: int
    files: Mapping[str, Mapping[str, Any]]

    @classmethod
    def read(cls, path: Path) -> "Manifest":
        """Read ``manifest.json``.

        Raises:
            RegistryProblem: the file is missing, is not JSON or lacks a field.
        """
        name = f"{path.parent.name}/{path.name}"
        try:
            manifest = cls(**json.loads(path.read_text(encoding="utf-8")))
            if all(isinstance(stated["sha256"], str) for stated in manifest.files.values()):
                return manifest
        except FileNotFoundError:
            raise RegistryProblem(
                f"{name}: the manifest is missing; restore the version's folder from a backup."
            ) from None
        except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
            pass
        raise RegistryProblem(f"{name}: the manifest cannot be read; restore it from a backup.")

    def write(self, path: Path) -> None:
        text = json.dumps(self.__dict__, indent=2, ensure_ascii=False, sort_keys=True)
        _write_durably(path, text.encode() + b"\n")


class Registry:
    """One verified version of a registry, ready to be asked.

    Safe to share between threads: every thread reads through its own cursor.
    """

    def __init__(self, folder: Path, manifest: Manifest, tables: Mapping[str, pa.Table]) -> None:
        self.folder = folder
        self.manifest = manifest
        self._connection = _connect(tables)
        self._local = threading.local()

    @property
    def version(self) -> str:
        return self.manifest.version

    @property
    def cursor(self) -> duckdb.DuckDBPyConnection:
        if not hasattr(self._local, "cursor"):
            self._local.cursor = self._connection.cursor()
        cursor: duckdb.DuckDBPyConnection = self._local.cursor
        return cursor

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """The rows of a query of our own; ``values`` are bound, never pasted into the SQL."""
        return self.cursor.execute(sql, list(values)).fetchall()

    def records(self, sql: str, values: Sequence[Any] = ()) -> list[dict[str, Any]]:
        """The rows of a query as dictionaries; missing values are ``None``."""
        result = self.cursor.execute(sql, list(values))
        names = [column[0] for column in result.description]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]

    def frame(self, sql: str, values: Sequence[Any] = ()) -> pd.DataFrame:
        """The rows of a query as a data frame with Arrow types, so that missing stays missing."""
        return self.arrow(sql, values).to_pandas(types_mapper=pd.ArrowDtype)

    def arrow(self, sql: str, values: Sequence[Any] = ()) -> pa.Table:
        """The rows of a query as an Arrow table."""
        return self.cursor.sql(sql, params=list(values)).to_arrow_table()

    def close(self) -> None:
        self._connection.close()


def open_registry(folder: Path | str | None = None, version: str | None = None) -> Registry:
    """Load and verify a version of a registry: the published one, or the one that is named.

    Raises:
        RegistryProblem: the pointer, the version, its manifest or a file is missing, altered or breaks a rule.
    """
    folder = registry_folder(folder)
    return Registry(folder, *_verified(folder, version))


def _verified(folder: Path, version: str | None = None) -> tuple[Manifest, dict[str, pa.Table]]:
    """A version's manifest and tables, checked against each other and against the schema."""
    if version is None:
        version = current_version(folder)
    elif not _is_version(folder, version):
        raise RegistryProblem(
            f"{folder.name}/versions: “{_printable(version)}” is not a version; expected the name of a folder there."
        )
    home = folder / "versions" / version
    manifest = Manifest.read(home / "manifest.json")
    if manifest.schema_version != SCHEMA_VERSION:
        raise RegistryProblem(
            f"{home.name}/manifest.json: schema version {manifest.schema_version}; this program reads {SCHEMA_VERSION}."
        )
    if manifest.version != version:
        raise RegistryProblem(
            f"{home.name}/manifest.json: says version {manifest.version}; expected {version}, as its folder."
        )
    _check_vocabulary(home, manifest)
    expected = [table.name for table in TABLES if not table.optional or f"{table.name}.parquet" in manifest.files]
    tables = completed({name: _read_verified(home / f"{name}.parquet", manifest) for name in expected})
    found = problems(tables)
    if found:
        more = f" ({len(found) - 1} more)" if len(found) > 1 else ""
        raise RegistryProblem(f"{home.name}: {found[0].sentence}{more}")
    return manifest, tables


def _check_vocabulary(home: Path, manifest: Manifest) -> None:
    """What the version's own vocabulary declares must still be declared, and mean the same.

    Raises:
        RegistryProblem: the registry's ``variables.toml`` is at fault, was not read, or gives a word another meaning.
    """
    if OWN_PROBLEM:
        raise RegistryProblem(OWN_PROBLEM)
    if own.FILE not in manifest.files:
        return
    declared = own.parse(_verified_bytes(home / own.FILE, manifest).decode("utf-8"))
    for entry in declared.variables:
        now = next((known for known in OWN.variables if (known.table, known.name) == (entry.table, entry.name)), None)
        if now is None:
            raise RegistryProblem(
                f"{home.name}/{entry.table}: “{entry.name}” is not declared; start the program with PLRO_REGISTRY naming this "
                f"registry, whose {own.FILE} must declare it."
            )
        codes = {level.code for level in now.levels}
        same = (now.kind, now.unit) == (entry.kind, entry.unit)
        if not same or not codes.issuperset(level.code for level in entry.levels):
            raise RegistryProblem(
                f"{own.FILE}: “{entry.name}” now means something else than in version {home.name} (kind, unit or levels "
                "differ); give the new meaning a new name."
            )


def current_version(folder: Path) -> str:
    """The id in the registry's pointer.

    Raises:
        RegistryProblem: there is no pointer, or it does not name a version.
    """
    try:
        version = (folder / "CURRENT").read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise RegistryProblem(
            f"{folder.name}/CURRENT: no published version; expected the id of a version folder."
        ) from None
    if not _is_version(folder, version):
        raise RegistryProblem(
            f"{folder.name}/CURRENT: “{_printable(version)}” is not a version; expected the name of a folder in versions/."
        )
    return version


def _is_version(folder: Path, version: str) -> bool:
    return bool(_VERSION.fullmatch(version)) and (folder / "versions" / version).is_dir()


def _printable(text: str) -> str:
    return "".join(character if character.isprintable() else "\ufffd" for character in text[:100])


def _read_verified(path: Path, manifest: Manifest) -> pa.Table:
    """One Parquet file as a table, its bytes read once and compared with the manifest before they are parsed.

    A flipped bit in a Parquet file is otherwise read without any error, and wrong.
    """
    content = _verified_bytes(path, manifest)
    try:
        return pq.read_table(BytesIO(content), page_checksum_verification=True)
    except (pa.ArrowException, OSError):
        name = f"{path.parent.name}/{path.name}"
        raise RegistryProblem(f"{name}: the file is not readable Parquet; restore it from a backup.") from None


def _verified_bytes(path: Path, manifest: Manifest) -> bytes:
    name = f"{path.parent.name}/{path.name}"
    stated = manifest.files.get(path.name)
    if stated is None:
        raise RegistryProblem(f"{name}: the manifest does not list the file; restore the manifest from a backup.")
    try:
        content = path.read_bytes()
    except OSError:
        raise RegistryProblem(f"{name}: the file is missing or unreadable; restore it from a backup.") from None
    if hashlib.sha256(content).hexdigest() != stated["sha256"]:
        raise RegistryProblem(
            f"{name}: the file was altered or cut short (its checksum differs); restore it from a backup."
        )
    return content


def _connect(tables: Mapping[str, pa.Table], path: Path | None = None) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(str(path or ":memory:"), config=_LIMITS)  # type: ignore[arg-type]
    for name, table in tables.items():
        connection.register("incoming", table)
        connection.execute(f'CREATE TABLE "{name}" AS FROM incoming')
        connection.unregister("incoming")
    connection.execute(_MEASUREMENTS)
    if path is None:
        _lock(connection)
    return connection


def _lock(connection: duckdb.DuckDBPyConnection) -> None:
    for statement in _LOCKED:
        connection.execute(statement)


def _measurement(name: str, flag: str) -> str:
    return (
        f"SELECT case_id, month, '{name}' AS analyte, \"{name}\"::DOUBLE AS value, {flag} AS printed_flag FROM visits"
    )


#: The long form of the visits: one row for each recorded measurement.
_MEASUREMENTS = "CREATE VIEW measurements AS SELECT * FROM ({}) WHERE value IS NOT NULL".format(
    " UNION ALL ".join([_measurement("vas", "NULL"), *(_measurement(lab.name, f'"{lab.name}_flag"') for lab in LABS)])
)


def query(sql: str, folder: Path | str | None = None, version: str | None = None) -> pa.Table:
    """Answer an SQL question of the command line's user on a read-only copy of the registry.

    The copy is a DuckDB file opened read-only without access to files or network: ``WITH d AS (DELETE …)`` counts
    as a SELECT, so only a read-only connection stops it.

    Raises:
        RegistryProblem: the registry cannot be read.
        QueryProblem: the SQL is malformed, names something unknown or tries to write.
    """
    _check_length(sql)
    with tempfile.TemporaryDirectory() as scratch:
        connection = _read_only(Path(scratch) / "registry.duckdb", _verified(registry_folder(folder), version)[1])
        try:
            return _answer(connection, sql)
        finally:
            connection.close()


def _read_only(path: Path, tables: Mapping[str, pa.Table]) -> duckdb.DuckDBPyConnection:
    """A connection to a copy of the tables at ``path`` that can only read them, and nothing else."""
    _connect(tables, path).close()
    connection = duckdb.connect(str(path), read_only=True, config=_QUERY_LIMITS)  # type: ignore[arg-type]
    _lock(connection)
    return connection


def _answer(connection: duckdb.DuckDBPyConnection, sql: str) -> pa.Table:
    try:
        statements = connection.extract_statements(sql)
        if len(statements) == 1 and statements[0].type in _ANSWERS:
            return connection.sql(sql).to_arrow_table()
    except duckdb.Error as error:
        raise QueryProblem(f"The query was refused: {_first_line(error)}") from None
    raise QueryProblem("The query was refused: expected one statement that asks, such as SELECT … or FROM cases.")


def _check_length(sql: str) -> None:
    """The parser takes minutes over ten thousand open brackets, and no time limit holds it."""
    if len(sql) > _MOST_SQL or sum(map(sql.count, "([{")) > _MOST_BRACKETS:
        raise QueryProblem(
            f"The query was refused: expected at most {_MOST_SQL} characters and {_MOST_BRACKETS} opening brackets."
        )
    if not sql.isascii() and sql.encode(errors="ignore").decode() != sql:
        raise QueryProblem("The query was refused: it is not Unicode text.")


def _first_line(error: Exception) -> str:
    line = (str(error).strip() or type(error).__name__).splitlines()[0]
    return line if len(line) <= 200 else f"{line[:200]}…"


def publish(
    tables: Mapping[str, pa.Table], about: Mapping[str, Any], folder: Path, parent: str | None = None
) -> Manifest:
    """Write a new immutable version and swap the pointer to it; readers see the old or the new, never half.

    The same tables and words always give the same bytes. Publishing what a version already holds changes nothing.

    Raises:
        RegistryProblem: the tables break a rule, the version's name cannot name a folder, or it exists with other
            contents.
    """
    files, manifest = _packed(tables, about, parent)
    home = folder / "versions" / manifest.version
    home.parent.mkdir(parents=True, exist_ok=True)
    with _one_writer(folder):
        if not home.exists():
            _write_version(home, files, manifest)
        elif Manifest.read(home / "manifest.json") != manifest:
            raise RegistryProblem(
                f"versions/{manifest.version} exists with other contents; give the new contents a new version."
            )
        for name in files:
            _verified_bytes(home / name, manifest)
        _point(folder, manifest.version)
    return manifest


def _files(tables: Mapping[str, pa.Table]) -> dict[str, bytes]:
    """The files of a version: its tables, and the vocabulary that they are written in where it is not only the published."""
    files = {f"{name}.parquet": _parquet(table) for name, table in stored(tables).items()}
    if OWN.text:
        files[own.FILE] = OWN.text.encode()
    return files


def _packed(
    tables: Mapping[str, pa.Table], about: Mapping[str, Any], parent: str | None
) -> tuple[dict[str, bytes], Manifest]:
    """The bytes of a version's files, with its manifest."""
    if not _VERSION.fullmatch(about["version"]):
        raise RegistryProblem(
            f"“{about['version'][:60]}” cannot name a version; expected letters, digits, dots and dashes."
        )
    found = problems(tables)
    if found:
        raise RegistryProblem(found[0].sentence)
    files = _files(tables)
    rows = {f"{name}.parquet": table.num_rows for name, table in tables.items()}
    stated = {
        name: {"sha256": hashlib.sha256(content).hexdigest(), "rows": rows.get(name, 0)}
        for name, content in files.items()
    }
    return files, Manifest(**about, parent=parent, schema_version=SCHEMA_VERSION, files=stated)


@contextmanager
def _one_writer(folder: Path) -> Iterator[None]:
    """Wait for other writers, then sweep what an interrupted one left behind."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        for stale in (folder / "versions").glob(".new-*"):
            shutil.rmtree(stale, ignore_errors=True)
        for stale in folder.glob(".CURRENT-*"):
            stale.unlink(missing_ok=True)
        yield
    finally:
        os.close(handle)


def _write_version(home: Path, files: Mapping[str, bytes], manifest: Manifest) -> None:
    aside = Path(tempfile.mkdtemp(prefix=".new-", dir=home.parent))
    try:
        for name, content in files.items():
            _write_durably(aside / name, content)
        manifest.write(aside / "manifest.json")
        aside.chmod(0o755)
        _sync_folder(aside)
        aside.rename(home)
        _sync_folder(home.parent)
    except BaseException:
        shutil.rmtree(aside, ignore_errors=True)
        raise


def _point(folder: Path, version: str) -> None:
    pointer = folder / "CURRENT"
    if pointer.exists() and pointer.read_bytes() == f"{version}\n".encode():
        return
    aside = folder / f".CURRENT-{os.getpid()}"
    _write_durably(aside, f"{version}\n".encode())
    aside.replace(pointer)
    _sync_folder(folder)


def _write_durably(path: Path, content: bytes) -> None:
    """Write, flush, sync and read back: a full disk once published an empty pointer."""
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    if path.read_bytes() != content:
        raise OSError(f"{path.name} was not written whole")


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _parquet(table: pa.Table) -> bytes:
    """The bytes of a table's file; a negative zero is written as zero, because engines disagree on it."""
    for index, field in enumerate(table.schema):
        if pa.types.is_floating(field.type):
            table = table.set_column(index, field, pc.add(table.column(index), 0.0))
    buffer = BytesIO()
    pq.write_table(table, buffer, compression="zstd", write_page_checksum=True)
    return buffer.getvalue()


def unwritten(tables: Mapping[str, pa.Table], version: str, folder: Path) -> Iterable[str]:
    """Names of the files of a version that differ from what ``tables`` would be written as."""
    home = folder / "versions" / version
    for name, content in _files(tables).items():
        if not (home / name).exists() or (home / name).read_bytes() != content:
            yield f"{version}/{name}"


# Drafts, releases and what became of them: every step is journalled before it is done

State = Literal["draft", "published", "current"]


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


def why_not_written(folder: Path) -> str:
    """Why nothing may be imported into this registry, in one sentence; nothing when it may."""
    if folder.resolve() == SHIPPED.resolve():
        return "The shipped registry is the paper: copy it, or start a folder of your own with PLRO_REGISTRY."
    return ""


def content_hash(manifest: Manifest) -> str:
    """One checksum for what a version holds, whatever it is called and whoever made it."""
    pairs = sorted((name, stated["sha256"]) for name, stated in manifest.files.items())
    return hashlib.sha256(json.dumps(pairs).encode()).hexdigest()


def published_version(folder: Path) -> str | None:
    """The published version, or nothing where none has been published yet.

    Raises:
        RegistryProblem: there is a pointer that does not name a version.
    """
    return current_version(folder) if (folder / "CURRENT").exists() else None


def unpublished(folder: Path) -> bool:
    """Whether nothing was ever published in this folder: there is no pointer, and no version but drafts."""
    found = {home.name for home in (folder / "versions").glob("[!.]*")}
    return not (folder / "CURRENT").exists() and found <= _drafts(journal.read(folder), None)


def _pointer(folder: Path) -> str | None:
    """What the pointer says, whether or not that is a version."""
    try:
        return _printable((folder / "CURRENT").read_text(encoding="utf-8", errors="replace").strip())
    except FileNotFoundError:
        return None


def next_version(folder: Path, today: date) -> str:
    """A free name for a version of today: ``2026-11-23``, then ``2026-11-23.2``. A discarded name is not given again."""
    taken = {path.name for path in (folder / "versions").glob("*")} | _discarded(journal.read(folder))
    name, number = today.isoformat(), 1
    while name in taken:
        number += 1
        name = f"{today.isoformat()}.{number}"
    return name


def journal_build(folder: Path, about: Mapping[str, Any]) -> None:
    """Say in the journal that a version is about to be built; the shipped registry keeps no journal.

    Raises:
        JournalProblem: the journal cannot be written.
    """
    current = _pointer(folder)
    if not why_not_written(folder) and current != about["version"]:
        folder.mkdir(parents=True, exist_ok=True)
        _journalled(folder, "build", about["author"], about["version"], current, about["note"])


def draft(
    tables: Mapping[str, pa.Table],
    about: Mapping[str, Any],
    folder: Path,
    parent: str | None = None,
    detail: Mapping[str, Any] | None = None,
) -> Manifest:
    """Write a new immutable version without publishing it; ``parent`` is the published version that it was made from.

    ``about`` gives version, title, source, author, note, time and synthetic; ``detail`` goes into the journal, such as
    the files that the rows came from.

    Raises:
        RegistryProblem: the registry is the shipped one, the tables break a rule or change nothing, the version has a
            name that is taken, or another version has been published since ``parent``.
        JournalProblem: the journal cannot be written; then neither is the version.
    """
    _refuse_shipped(folder)
    files, manifest = _packed(_plain(tables), about, parent)
    journal.check_words(manifest.author, manifest.note)
    home = folder / "versions" / manifest.version
    home.parent.mkdir(parents=True, exist_ok=True)
    with _one_writer(folder):
        entries = _settled(folder)
        if home.exists() or manifest.version in _discarded(entries):
            raise RegistryProblem(f"There was a version {manifest.version} before; give the new one another name.")
        _refuse_moved(parent, published_version(folder))
        if parent and content_hash(Manifest.read(folder / "versions" / parent / "manifest.json")) == content_hash(
            manifest
        ):
            raise RegistryProblem(f"Nothing changes: this is what version {parent} already holds.")
        _journalled(folder, "draft", manifest.author, manifest.version, parent, manifest.note, detail)
        _write_version(home, files, manifest)
        for name in files:
            _verified_bytes(home / name, manifest)
    return manifest


def release(folder: Path, version: str, who: str, note: str) -> Manifest:
    """Move the pointer to a complete, verified version: a draft is published, an older version is gone back to.

    Raises:
        RegistryProblem: the registry is the shipped one, the version is missing, damaged or published already, or it is
            a draft made from another version than the published one.
        JournalProblem: the journal cannot be written; then the pointer stays.
    """
    _refuse_shipped(folder)
    if not _is_version(folder, version):
        raise _no_version(version)
    with _one_writer(folder):
        current = _pointer(folder)  # even a broken one, because going back is what mends it
        if version == current:
            raise RegistryProblem(f"Version {version} is the published one already.")
        manifest, _ = _verified(folder, version)
        is_draft = version in _drafts(_settled(folder), current)
        if is_draft:
            _refuse_moved(manifest.parent, current)
        _journalled(folder, "publish" if is_draft else "rollback", who, version, current, note)
        _point(folder, version)
    return manifest


def discard(folder: Path, version: str, who: str, note: str = "") -> None:
    """Delete a draft. A version that was ever published stays.

    Raises:
        RegistryProblem: the registry is the shipped one, there is no such version, or it was published.
        JournalProblem: the journal cannot be written; then the draft stays.
    """
    _refuse_shipped(folder)
    if not _is_version(folder, version):
        raise _no_version(version)
    with _one_writer(folder):
        entries = _settled(folder)
        current = _pointer(folder)
        if version not in _drafts(entries, current):
            raise RegistryProblem(f"Version {version} was published, so it stays; only a draft can be discarded.")
        _journalled(folder, "discard", who, version, current, note)
        home = folder / "versions" / version
        aside = home.with_name(f".new-discarded-{version}")
        home.rename(aside)
        _sync_folder(home.parent)
        shutil.rmtree(aside, ignore_errors=True)  # what is left of it goes with the next write


def was_published(folder: Path, version: str) -> bool:
    """Whether the pointer ever named this version; a version that the journal does not know was built, so it did.

    Raises:
        RegistryProblem: there is no such version.
    """
    if not _is_version(folder, version):
        raise _no_version(version)
    return version not in _drafts(journal.read(folder), _pointer(folder))


def history(folder: Path) -> list[VersionInfo]:
    """Every version folder, oldest first; a broken one is listed with its problem and does not stop the list.

    The bytes of every file are compared with the manifest. Only :func:`open_registry` checks every rule as well.
    """
    entries = journal.read(folder)
    current = _pointer(folder)
    homes = [home for home in (folder / "versions").glob("*") if home.is_dir() and _VERSION.fullmatch(home.name)]
    found = [_version_info(home, entries, current) for home in homes]
    return sorted(found, key=lambda info: (info.manifest.time if info.manifest else "", info.version))


def _version_info(home: Path, entries: Sequence[journal.Entry], current: str | None) -> VersionInfo:
    state: State = "draft" if home.name in _drafts(entries, current) else "published"
    if home.name == current:
        state = "current"
    moves = [entry for entry in _moves(entries, current) if entry.version == home.name]
    when, by = (moves[-1].time, moves[-1].who) if moves else ("", "")
    manifest, broken = None, ""
    try:
        manifest = Manifest.read(home / "manifest.json")
        _check_bytes(home, manifest)
    except RegistryProblem as problem:
        broken = str(problem)
    if manifest and not moves and state != "draft":
        when, by = manifest.time, manifest.author
    return VersionInfo(home.name, state, manifest, when, by, broken)


def _check_bytes(home: Path, manifest: Manifest) -> None:
    """Compare a version's files with its manifest without reading what they hold."""
    if manifest.version != home.name:
        raise RegistryProblem(f"{home.name}/manifest.json: says version {_printable(manifest.version)}.")
    for name, stated in manifest.files.items():
        path = home / Path(name).name
        if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != stated["sha256"]:
            raise RegistryProblem(f"{home.name}/{path.name}: the file is missing or altered; restore it from a backup.")


def _plain(tables: Mapping[str, pa.Table]) -> dict[str, pa.Table]:
    """Tables with their columns in the declared order, in one piece and without metadata: equal rows give equal bytes."""
    plain = {}
    for name, table in tables.items():
        names = [entry.name for entry in columns(name) if entry.name in table.column_names]
        if len(names) == table.num_columns:  # otherwise the rules refuse it
            table = table.select(names)
        plain[name] = table.combine_chunks().replace_schema_metadata(None)
    return plain


def _refuse_shipped(folder: Path) -> None:
    if reason := why_not_written(folder):
        raise RegistryProblem(reason)


def _refuse_moved(parent: str | None, current: str | None) -> None:
    if parent != current:
        raise RegistryProblem(
            f"The registry moved from {parent or 'nothing'} to {current or 'nothing'} while you looked: preview again."
        )


def _no_version(version: str) -> RegistryProblem:
    return RegistryProblem(f"“{_printable(version)}” is not a version of this registry; “versions” lists them.")


def _journalled(
    folder: Path,
    what: str,
    who: str,
    version: str,
    parent: str | None,
    note: str,
    detail: Mapping[str, Any] | None = None,
) -> None:
    journal.record(folder, what, who=who, version=version, parent=parent, note=note, detail=detail)


def _settled(folder: Path) -> tuple[journal.Entry, ...]:
    """The journal, after saying in it that the last publishing was interrupted, if it was."""
    entries = journal.read(folder)
    last = _last_move(entries)
    if last and last.what != "interrupted" and _stayed(last, _pointer(folder)):
        note = f"the pointer stayed on {last.parent or 'nothing'}"
        _journalled(folder, "interrupted", "the program", last.version or "", last.parent, note)
        entries = journal.read(folder)
    return entries


_MOVES = ("publish", "rollback", "build")


def _last_move(entries: Sequence[journal.Entry]) -> journal.Entry | None:
    return next((entry for entry in reversed(entries) if entry.what in (*_MOVES, "interrupted")), None)


def _stayed(entry: journal.Entry, current: str | None) -> bool:
    """Whether a move was journalled and then not done: the pointer is still where it was before."""
    return current != entry.version and current == entry.parent


def _moves(entries: Sequence[journal.Entry], current: str | None) -> list[journal.Entry]:
    """The lines of the journal that moved the pointer, without those that were interrupted before they did."""
    moves: list[journal.Entry] = []
    for entry in entries:
        if entry.what == "interrupted" and moves:
            moves.pop()
        elif entry.what in _MOVES:
            moves.append(entry)
    last = _last_move(entries)
    if moves and last is moves[-1] and _stayed(last, current):
        moves.pop()
    return moves


def _drafts(entries: Sequence[journal.Entry], current: str | None) -> set[str]:
    """Versions that the journal knows as drafts and that were never published."""
    drafts = {entry.version for entry in entries if entry.what == "draft" and entry.version}
    return drafts - {entry.version for entry in _moves(entries, current)} - {current}


def _discarded(entries: Sequence[journal.Entry]) -> set[str]:
    return {entry.version for entry in entries if entry.what == "discard" and entry.version}
