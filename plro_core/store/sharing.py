"""A version written share by share, so that a registry larger than memory can be published."""

import hashlib
import io
import os
from collections.abc import Iterable, Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, BinaryIO, cast

import pyarrow as pa
import pyarrow.compute as pc

from plro_core import durable
from plro_core.problems import RegistryProblem
from plro_core.schema import SCHEMA_VERSION, stored, violations
from plro_core.store.files import altered, sha256_of
from plro_core.store.folder import MANIFEST
from plro_core.store.manifest import Manifest, Stated
from plro_core.store.published import write_mark
from plro_core.store.publishing import (
    WRITTEN,
    check_name,
    finish,
    group_rows,
    is_there,
    journal_build,
    point,
    without_negative_zeros,
    write_checked,
    writer,
)
from plro_core.vocabulary import FILE, Vocabulary


def publish_shares(
    shares: Iterable[Mapping[str, pa.Table]],
    about: Mapping[str, Any],
    folder: Path,
    vocabulary: Vocabulary,
    *,
    journalled: bool = False,
) -> Manifest:
    """Publish a version whose patients come in shares; its bytes are those of :func:`publish` of all of them at once.

    Every share has all tables and whole patients, whose numbers ascend from share to share; tables without patients come
    whole with the first, which also decides what optional columns there are.

    Raises:
        RegistryProblem: as of :func:`publish`, or a share does not go on where the one before it ended.
    """
    check_name(about["version"])
    home = folder / "versions" / about["version"]
    home.parent.mkdir(parents=True, exist_ok=True)
    with durable.writing(folder, *WRITTEN):
        with durable.aside_folder(home.parent) as aside:
            files = _written(aside, shares, vocabulary)
            manifest = Manifest(**about, parent=None, schema_version=SCHEMA_VERSION, files=files)
            is_new = not is_there(home, manifest)
            if journalled:
                journal_build(folder, manifest)
            if is_new:
                durable.write_whole(aside / MANIFEST, manifest.sealed)
                durable.settle(aside, home)
                write_checked(folder, manifest, vocabulary)
        finish(folder, manifest, vocabulary)
        point(folder, manifest.version)
        write_mark(folder, manifest, manifest.time)
    return manifest


def _written(home: Path, shares: Iterable[Mapping[str, pa.Table]], vocabulary: Vocabulary) -> dict[str, Stated]:
    """Write the files of a version, and say what the manifest says of them."""
    files: dict[str, _TableFile] = {}
    with ExitStack() as opened:
        last: int | None = None
        for number, share in enumerate(shares):
            last = _checked(share, vocabulary, last, first=number == 0)
            for name, table in (stored(share, vocabulary) if number == 0 else share).items():
                if number == 0:
                    files[name] = opened.enter_context(_TableFile(home / f"{name}.parquet", table.schema))
                if name in files:
                    files[name].add(_as_begun(table, files[name].schema, name))
                elif table.num_rows:
                    raise _other_columns(name)
        stated = {f"{name}.parquet": file.finished() for name, file in files.items()}
    if vocabulary.declared.text:
        content = vocabulary.declared.text.encode()
        durable.write_whole(home / FILE, content)
        stated[FILE] = Stated(sha256=hashlib.sha256(content).hexdigest(), rows=0)
    return stated


def _checked(share: Mapping[str, pa.Table], vocabulary: Vocabulary, last: int | None, first: bool) -> int | None:
    """The largest number of a patient so far, once a share was checked."""
    if found := violations(share, vocabulary):
        raise RegistryProblem(found[0].sentence)
    for table in vocabulary.tables:
        if not first and "case_id" not in share[table.name].column_names and share[table.name].num_rows:
            raise RegistryProblem(f"{table.name}: rows in a later share; expected all of them in the first.")
    numbers = share["cases"].column("case_id")
    if not len(numbers):
        return last
    ends = pc.min_max(numbers).as_py()
    if last is not None and ends["min"] <= last:
        raise RegistryProblem(f"cases, patient {ends['min']}: stands after patient {last}; expected ascending numbers.")
    return int(ends["max"])


def _as_begun(table: pa.Table, schema: pa.Schema, name: str) -> pa.Table:
    """A table with the columns that its file has."""
    left = [column for column in table.column_names if column not in schema.names]
    if any(table.column(column).null_count < table.num_rows for column in left):
        raise _other_columns(name)
    return table.select(schema.names)


def _other_columns(name: str) -> RegistryProblem:
    return RegistryProblem(f"{name}: a later share has columns with values that the first one leaves empty.")


class _TableFile:
    """The file of a table that grows, in row groups of the same size whatever the shares are."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self.path, self.schema, self.rows = path, schema, 0
        self._group = group_rows(path.stem)
        self._waiting = schema.empty_table()
        self._sink = _Sink(path)
        self._writer = writer(cast(BinaryIO, self._sink), schema)

    def __enter__(self) -> "_TableFile":
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError, pa.ArrowException):  # of what was given up, nothing is needed
            self._writer.close()
        self._sink.close()

    def add(self, table: pa.Table) -> None:
        self.rows += table.num_rows
        self._waiting = pa.concat_tables([self._waiting, without_negative_zeros(table)])
        while self._waiting.num_rows > self._group:
            self._write(self._waiting.slice(0, self._group))
            self._waiting = self._waiting.slice(self._group)

    def finished(self) -> Stated:
        """Put it on the disk, and say what the manifest says of it.

        Raises:
            RegistryProblem: the disk kept something else than was written.
        """
        self._write(self._waiting)
        self._writer.close()
        self._sink.flush()
        durable.sync(self._sink.fileno())
        self._sink.close()
        if sha256_of(self.path) != self._sink.sha256:
            raise altered(self.path.name)
        return Stated(sha256=self._sink.sha256, rows=self.rows)

    def _write(self, table: pa.Table) -> None:
        # chunks would begin pages of their own, and so other bytes
        self._writer.write_table(table.combine_chunks(), row_group_size=self._group)


class _Sink(io.RawIOBase):
    """A file that is written from its beginning to its end, with the checksum of what it was given."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
        self._at, self._digest = 0, hashlib.sha256()

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._file

    def tell(self) -> int:
        return self._at

    def write(self, content: Any) -> int:
        self._checkClosed()
        with memoryview(content) as view:
            written = 0
            while written < len(view):
                written += os.write(self._file, view[written:])
            self._digest.update(view)
        self._at += written
        return written

    def close(self) -> None:
        if not self.closed:
            os.close(self._file)
        super().close()
