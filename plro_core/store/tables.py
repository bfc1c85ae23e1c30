"""The tables of a version as they are asked for: bytes that were verified, read column by column."""

from collections.abc import Iterator, Mapping
from io import BytesIO

import pyarrow as pa
import pyarrow.parquet as pq

from plro_core.problems import RegistryProblem
from plro_core.schema import arrow_schema, completed_table
from plro_core.vocabulary import Vocabulary


class StoredTables(Mapping[str, pa.Table]):
    """Tables by name, from the verified bytes of Parquet files: nothing is read before it is asked for, and nothing is kept.

    What a registry added to its vocabulary since is there, without a value.

    Raises:
        RegistryProblem: a file is not readable Parquet.
    """

    def __init__(self, files: Mapping[str, bytes], vocabulary: Vocabulary, version: str) -> None:
        self._files = dict(files)
        self._vocabulary = vocabulary
        self._version = version
        self._names = [table.name for table in vocabulary.tables if table.optional or table.name in self._files]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def __getitem__(self, name: str) -> pa.Table:
        if name not in self._names:
            raise KeyError(name)
        if name not in self._files:
            return arrow_schema(name, self._vocabulary).empty_table()
        return completed_table(self._read(name), name, self._vocabulary)

    def column(self, table: str, name: str) -> pa.ChunkedArray:
        """One column of a table."""
        shape = arrow_schema(table, self._vocabulary)
        if table not in self._files:
            return shape.empty_table().column(name)
        if name in self._footer(table).schema.names:
            return completed_table(self._read(table, [name]), table, self._vocabulary).column(name)
        return pa.chunked_array([pa.nulls(self.rows(table), shape.field(name).type)])

    def names(self, table: str) -> list[str]:
        """The columns of a table in their order."""
        return list(arrow_schema(table, self._vocabulary).names)

    def rows(self, table: str) -> int:
        """How many rows a table has."""
        return int(self._footer(table).num_rows) if table in self._files else 0

    def _footer(self, table: str) -> pq.FileMetaData:
        try:
            return pq.read_metadata(BytesIO(self._files[table]))
        except (pa.ArrowException, OSError):
            raise self._unreadable(table) from None

    def _read(self, table: str, columns: list[str] | None = None) -> pa.Table:
        """A file, or some columns of it. A flipped bit in a Parquet file is otherwise read without any error, and wrong."""
        try:
            return pq.read_table(BytesIO(self._files[table]), columns=columns, page_checksum_verification=True)
        except (pa.ArrowException, OSError):
            raise self._unreadable(table) from None

    def _unreadable(self, table: str) -> RegistryProblem:
        return RegistryProblem(
            f"{self._version}/{table}.parquet: the file is not readable Parquet; restore it from a backup."
        )
