"""Code columns: a table's columns as small whole numbers that stand for sorted values, counted without reading a row.

Clinical values are recorded at a fixed precision, so a column has few different values. Code 0 is a value that is not
recorded; code c is the c-th smallest of the values that occur.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Codes = NDArray[np.unsignedinteger[Any]]
Rows = NDArray[np.bool_]


@dataclass(frozen=True)
class CodeColumn:
    """A column: for each row the code of its value, and the values in ascending order."""

    codes: Codes
    values: tuple[Any, ...]

    @property
    def width(self) -> int:
        """How many codes there are, that for not recorded included."""
        return len(self.values) + 1

    def code(self, value: Any) -> int:
        """The code of a value; one that no row has where the value does not occur."""
        return self.values.index(value) + 1 if value in self.values else self.width


class CodeTable:
    """A table whose columns are coded when they are first asked for. ``patient`` gives each row's place among the cases."""

    def __init__(self, table: pa.Table, patient: NDArray[np.int64]) -> None:
        self.patient = patient
        self._table = table
        self._columns: dict[str, CodeColumn] = {}

    @property
    def size(self) -> int:
        return len(self.patient)

    def column(self, name: str) -> CodeColumn:
        """A column by its name."""
        if name not in self._columns:
            self._columns[name] = coded(self._table.column(name))
        return self._columns[name]


class CodeTables:
    """The clinical tables of a registry."""

    def __init__(self, tables: Mapping[str, pa.Table]) -> None:
        self._tables = dict(tables)
        self._made: dict[str, CodeTable] = {}
        self._at: dict[tuple[str, int], CodeColumn] = {}
        self.numbers = _numbers(tables["cases"])

    @property
    def patients(self) -> int:
        return len(self.numbers)

    def __getitem__(self, name: str) -> CodeTable:
        if name not in self._made:
            self._made[name] = CodeTable(self._tables[name], self._places(name))
        return self._made[name]

    def at(self, name: str, month: int) -> CodeColumn:
        """A visit fact of each case at a month; not recorded where there was no visit then."""
        if (name, month) not in self._at:
            table = self["visits"]
            column, months = table.column(name), table.column("month")
            then = np.flatnonzero(months.codes == months.code(month))
            found = np.zeros(self.patients, dtype=column.codes.dtype)
            found[table.patient[then]] = column.codes[then]
            self._at[name, month] = CodeColumn(found, column.values)
        return self._at[name, month]

    def _places(self, name: str) -> NDArray[np.int64]:
        """For each row of a table the place of its patient among the cases."""
        if name == "cases":
            return np.arange(self.patients)
        numbers = _numbers(self._tables[name])
        if self.patients and self.patients == self.numbers[-1] - self.numbers[0] + 1 and _ascending(self.numbers):
            return numbers - self.numbers[0]
        order = np.argsort(self.numbers, kind="stable")
        return np.asarray(order[np.searchsorted(self.numbers[order], numbers)], dtype=np.int64)


def coded(column: pa.ChunkedArray) -> CodeColumn:
    """A column in codes."""
    array = column.combine_chunks()
    if pa.types.is_floating(array.type):
        array = pc.add(array, 0.0)  # a negative zero is zero
    pairs = pc.dictionary_encode(array)
    if isinstance(pairs, pa.ChunkedArray):
        pairs = pairs.combine_chunks()
    found = pairs.dictionary.to_pylist()
    order = sorted(range(len(found)), key=found.__getitem__)
    ranks = np.empty(len(found) + 1, dtype=_smallest(len(found)))
    ranks[np.array(order, dtype=np.int64)] = np.arange(1, len(found) + 1)
    ranks[len(found)] = 0
    places = pc.fill_null(pairs.indices, len(found)).to_numpy(zero_copy_only=False)
    return CodeColumn(ranks[places], tuple(found[at] for at in order))


def _smallest(most: int) -> type[np.unsignedinteger[Any]]:
    """The smallest type that holds so many codes and 0."""
    return np.uint8 if most < 256 else np.uint16 if most < 65_536 else np.uint32


def _numbers(table: pa.Table) -> NDArray[np.int64]:
    return np.asarray(table.column("case_id").to_numpy(), dtype=np.int64)


def _ascending(numbers: NDArray[np.int64]) -> bool:
    return bool(np.all(np.diff(numbers) == 1))
