"""The tables of a version as they are asked for: read piece by piece from verified files, or given whole.

Nothing is read before it is asked for, and nothing is kept but small tables.
"""

from abc import abstractmethod
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, reduce
from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from plro_core.problems import RegistryProblem
from plro_core.schema import arrow_schema, completed_table
from plro_core.store.files import VerifiedFile
from plro_core.vocabulary import Vocabulary

#: A table of so many rows is kept once it was read.
_FEW = 20_000
#: Of a table of so many row groups, rows that stand in so few of them are read from there.
_MANY_GROUPS, _FEW_GROUPS = 8, 2


class Condition(Protocol):
    """What rows must meet to be found; ``column`` is the one that is looked at."""

    @property
    def column(self) -> str: ...

    def met(self, values: pa.ChunkedArray) -> pa.ChunkedArray:
        """Which of some values meet it."""

    def may_be(self, low: str, high: str) -> bool:
        """Whether a value from ``low`` to ``high`` can meet it, so that a piece of a file need be read."""


@dataclass(frozen=True)
class OneOf:
    """The value is one of several texts; ``None`` stands for one that is not recorded."""

    column: str
    values: tuple[str | None, ...]

    def met(self, values: pa.ChunkedArray) -> pa.ChunkedArray:
        return pc.is_in(values, value_set=pa.array(self.values, pa.string()))

    def may_be(self, low: str, high: str) -> bool:
        at = bisect_left(self._ascending, low)
        return at < len(self._ascending) and self._ascending[at] <= high

    @cached_property
    def _ascending(self) -> list[str]:
        return sorted(value for value in self.values if value is not None)


@dataclass(frozen=True)
class BeginsWith:
    """The value begins with a text."""

    column: str
    text: str

    def met(self, values: pa.ChunkedArray) -> pa.ChunkedArray:
        return pc.starts_with(values, self.text)

    def may_be(self, low: str, high: str) -> bool:
        return low[: len(self.text)] <= self.text <= high


@dataclass(frozen=True)
class OfPatients:
    """The row's key is one of several patients': her number, alone or before a slash."""

    numbers: tuple[int, ...]
    column: str = "key"

    def met(self, values: pa.ChunkedArray) -> pa.ChunkedArray:
        return pc.is_in(patients_of(values), value_set=pa.array(self._ascending, pa.string()))

    def may_be(self, low: str, high: str) -> bool:
        # “0” follows the slash: all keys of patient 12 lie from “12” to below “120”
        at = bisect_right(self._ascending, low, key=lambda number: f"{number}0")
        return at < len(self._ascending) and self._ascending[at] <= high

    @cached_property
    def _ascending(self) -> list[str]:
        return sorted(str(number) for number in self.numbers)


def patients_of(keys: pa.ChunkedArray) -> pa.ChunkedArray:
    """The patients' numbers, as text, in the keys of rows such as “8/3”."""
    return pc.list_element(pc.split_pattern(keys, "/", max_splits=1), 0)


class Tables(Mapping[str, pa.Table]):
    """Tables by name, asked for as a whole, by columns, by rows or by what their cells are."""

    @abstractmethod
    def names(self, table: str) -> list[str]:
        """The columns of a table in their order."""

    @abstractmethod
    def rows(self, table: str) -> int:
        """How many rows a table has."""

    @abstractmethod
    def pieces(
        self, table: str, columns: Sequence[str] | None = None, where: Sequence[Condition] = ()
    ) -> Iterator[pa.Table]:
        """A table, or some of its columns, piece after piece; pieces without a row that meets ``where`` may be left out."""

    @abstractmethod
    def taken(self, table: str, columns: Sequence[str], rows: NDArray[np.int64]) -> pa.Table:
        """Some columns of some rows, by their places and in their order."""

    @abstractmethod
    def are_near(self, table: str, rows: NDArray[np.int64]) -> bool:
        """Whether some rows can be read without reading much of a very large table beside them."""

    @abstractmethod
    def encoded(self, table: str, name: str) -> Iterator[pa.Array]:
        """A column chunk after chunk; texts may come as places in a dictionary of each chunk."""

    @abstractmethod
    def shape(self, table: str) -> pa.Schema:
        """The types of a table's columns."""

    def __getitem__(self, name: str) -> pa.Table:
        if name not in self:
            raise KeyError(name)
        return pa.concat_tables([self.shape(name).empty_table(), *self.pieces(name)]).combine_chunks()

    def __contains__(self, name: object) -> bool:
        return any(name == known for known in self)

    def column(self, table: str, name: str) -> pa.ChunkedArray:
        """One column of a table; of a version's file nothing else is read."""
        chunks = [chunk for piece in self.pieces(table, [name]) for chunk in piece.column(0).chunks]
        return pa.chunked_array(chunks, self.shape(table).field(name).type)

    def found(self, table: str, where: Sequence[Condition], columns: Sequence[str] | None = None) -> pa.Table:
        """The rows of a table that meet every condition, in their order; only what may hold them is read."""
        wanted = list(columns or self.names(table))
        asked = list(dict.fromkeys([*wanted, *(condition.column for condition in where)]))
        empty = self.shape(table).empty_table().select(wanted)
        parts = [_meeting(piece, where).select(wanted) for piece in self.pieces(table, asked, where)]
        return pa.concat_tables([empty, *parts])

    def batches(self, table: str) -> pa.RecordBatchReader:
        """A table as a stream."""
        read = (batch for piece in self.pieces(table) for batch in piece.to_batches())
        return pa.RecordBatchReader.from_batches(self.shape(table), read)


def _meeting(piece: pa.Table, where: Sequence[Condition]) -> pa.Table:
    met = [condition.met(piece.column(condition.column)) for condition in where]
    return piece.filter(reduce(pc.and_, met)) if met else piece


class PlainTables(Tables):
    """Tables in memory that no version holds."""

    def __init__(self, tables: Mapping[str, pa.Table]) -> None:
        self._tables = tables

    def __iter__(self) -> Iterator[str]:
        return iter(self._tables)

    def __len__(self) -> int:
        return len(self._tables)

    def __getitem__(self, name: str) -> pa.Table:
        return self._tables[name]

    def names(self, table: str) -> list[str]:
        return list(self._tables[table].column_names)

    def rows(self, table: str) -> int:
        return int(self._tables[table].num_rows)

    def shape(self, table: str) -> pa.Schema:
        return self._tables[table].schema

    def pieces(
        self, table: str, columns: Sequence[str] | None = None, where: Sequence[Condition] = ()
    ) -> Iterator[pa.Table]:
        yield self._tables[table].select(columns) if columns else self._tables[table]

    def encoded(self, table: str, name: str) -> Iterator[pa.Array]:
        yield from self._tables[table].column(name).chunks

    def taken(self, table: str, columns: Sequence[str], rows: NDArray[np.int64]) -> pa.Table:
        return self._tables[table].select(list(columns)).take(pa.array(rows))

    def are_near(self, table: str, rows: NDArray[np.int64]) -> bool:
        return False


class StoredTables(Tables):
    """Tables from the verified Parquet files of a version.

    What a registry added to its vocabulary since is there, without a value.

    Raises:
        RegistryProblem: a file is not readable Parquet, or was altered since it was verified.
    """

    def __init__(self, files: Mapping[str, VerifiedFile], vocabulary: Vocabulary, version: str) -> None:
        self._files = dict(files)
        self._vocabulary = vocabulary
        self._version = version
        self._names = [table.name for table in vocabulary.tables if table.optional or table.name in self._files]
        self._footers: dict[str, pq.FileMetaData] = {}
        self._kept: dict[str, pa.Table] = {}

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def shape(self, table: str) -> pa.Schema:
        return arrow_schema(table, self._vocabulary)

    def names(self, table: str) -> list[str]:
        return list(self.shape(table).names)

    def rows(self, table: str) -> int:
        return int(self._footer(table).num_rows) if table in self._files else 0

    def __getitem__(self, name: str) -> pa.Table:
        if name not in self._names:
            raise KeyError(name)
        if name in self._kept:
            return self._kept[name]
        parts = [self._completed(piece, name, None) for piece in self._groups(name, self._all(name), None)]
        found = pa.concat_tables(
            parts or [self.shape(name).empty_table()]
        )  # as stored, so that the rules see any other shape
        if self._is_small(name):
            found = self._kept[name] = found.combine_chunks()  # two threads may read it both; each finds the same
        return found

    def pieces(
        self, table: str, columns: Sequence[str] | None = None, where: Sequence[Condition] = ()
    ) -> Iterator[pa.Table]:
        if self._is_small(table):
            yield self[table].select(list(columns)) if columns else self[table]
        else:
            groups = [at for at in self._all(table) if self._may_hold(table, at, where)]
            yield from (self._completed(piece, table, columns) for piece in self._groups(table, groups, columns))

    def encoded(self, table: str, name: str) -> Iterator[pa.Array]:
        if (
            self._is_small(table)
            or self.shape(table).field(name).type != pa.string()
            or name not in self._stored(table)
        ):
            yield from (chunk for piece in self.pieces(table, [name]) for chunk in piece.column(0).chunks)
        else:
            for piece in self._groups(table, self._all(table), [name], [name]):
                yield from piece.column(0).chunks

    def taken(self, table: str, columns: Sequence[str], rows: NDArray[np.int64]) -> pa.Table:
        of, starts = self._groups_of(table, rows)
        groups = np.unique(of).tolist()
        parts = []
        for group, piece in zip(groups, self._groups(table, groups, columns), strict=True):
            local = pa.array(rows[of == group] - starts[group])
            parts.append(self._completed(piece.take(local), table, columns))
        read = np.concatenate([np.flatnonzero(of == group) for group in groups]) if groups else rows
        found = pa.concat_tables(parts or [self.shape(table).empty_table().select(list(columns))])
        return found.take(pa.array(np.argsort(read)))

    def are_near(self, table: str, rows: NDArray[np.int64]) -> bool:
        of, starts = self._groups_of(table, rows)
        return len(starts) >= _MANY_GROUPS and len(np.unique(of)) <= _FEW_GROUPS

    def _groups_of(self, table: str, rows: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """In which row group each of some rows is, and where each group begins."""
        sizes = [self._footer(table).row_group(at).num_rows for at in self._all(table)]
        starts = np.cumsum([0, *sizes])[:-1]
        return np.searchsorted(starts, rows, side="right") - 1, starts

    def _is_small(self, table: str) -> bool:
        return self.rows(table) <= _FEW

    def _all(self, table: str) -> range:
        """The row groups of a table's file; none where it has no file."""
        return range(self._footer(table).num_row_groups if table in self._files else 0)

    def _stored(self, table: str) -> list[str]:
        """The columns that the file of a table has."""
        return list(self._footer(table).schema.names) if table in self._files else []

    def _may_hold(self, table: str, group: int, where: Sequence[Condition]) -> bool:
        """Whether a row group can have a row that meets every condition, by the smallest and largest values in it."""
        if not where:
            return True
        footer = self._footer(table)
        at = {footer.schema.column(place).name: place for place in range(footer.num_columns)}
        for condition in where:
            told = footer.row_group(group).column(at[condition.column]).statistics if condition.column in at else None
            if told is None or not told.has_min_max or told.null_count:
                continue
            if not condition.may_be(told.min, told.max):
                return False
        return True

    def _completed(self, piece: pa.Table, table: str, columns: Sequence[str] | None) -> pa.Table:
        whole = completed_table(piece, table, self._vocabulary)
        return whole.select(list(columns)) if columns else whole

    def _groups(
        self, table: str, groups: Sequence[int], columns: Sequence[str] | None, encoded: Sequence[str] = ()
    ) -> Iterator[pa.Table]:
        """Some row groups as they are stored. A flipped bit in a Parquet file is otherwise read without any error, and wrong."""
        if not groups:
            return
        footer, file = self._footer(table), self._files[table]
        stored = None
        if columns is not None:  # of a piece without any column nobody knew how many rows it has
            stored = [name for name in columns if name in footer.schema.names] or footer.schema.names[:1]
        with self._readable(table):
            source = pq.ParquetFile(
                file.open(), metadata=footer, read_dictionary=list(encoded), page_checksum_verification=True
            )
        for group in groups:
            with self._readable(table):
                piece = source.read_row_group(group, columns=stored)
            file.check()
            yield piece

    def _footer(self, table: str) -> pq.FileMetaData:
        if table not in self._footers:
            with self._readable(table):
                self._footers[table] = pq.read_metadata(self._files[table].open())
        return self._footers[table]

    @contextmanager
    def _readable(self, table: str) -> Iterator[None]:
        try:
            yield
        except MemoryError:  # one of Arrow's is also an ArrowException, and the file is whole
            raise
        except (pa.ArrowException, OSError):
            raise RegistryProblem(
                f"{self._version}/{table}.parquet: the file is not readable Parquet; restore it from a backup."
            ) from None
