"""Code columns: a table's columns as small whole numbers that stand for sorted values, counted without reading a row.

Clinical values are recorded at a fixed precision, so a column has few different values. Code 0 is a value that is not
recorded; code c is the c-th smallest of the values that occur.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from plro_core.store.tables import StoredTables

#: So many values are copied rather than looked for one by one.
_FEW = 1000

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

    def taken(self, rows: NDArray[np.int64]) -> list[Any]:
        """The values of some rows; ``None`` where not recorded."""
        known = (None, *self.values) if len(self.values) < _FEW else None
        codes = self.codes[rows].tolist()
        return [known[code] for code in codes] if known else [self.values[code - 1] if code else None for code in codes]

    def code(self, value: Any) -> int:
        """The code of a value; one that no row has where the value does not occur."""
        return self.values.index(value) + 1 if value in self.values else self.width


class CodeTable:
    """A table whose columns are coded when they are first asked for. ``patient`` gives each row's place among the cases."""

    def __init__(
        self, names: Iterable[str], read: Callable[[str], pa.ChunkedArray], patient: NDArray[np.int64]
    ) -> None:
        self.patient = patient
        self.names = tuple(names)
        self._read = read
        self._columns: dict[str, CodeColumn] = {}

    @property
    def size(self) -> int:
        return len(self.patient)

    def column(self, name: str) -> CodeColumn:
        """A column by its name."""
        found = self._columns.get(name)
        if found is None:
            # Two threads may code it both; each finds the same.
            found = coded(self._read(name))
            self._columns[name] = found
        return found

    def records(self, rows: NDArray[np.int64]) -> list[dict[str, Any]]:
        """Rows by their places, as dictionaries; a value that is not recorded is ``None``."""
        columns = [self.column(name).taken(rows) for name in self.names]
        return [dict(zip(self.names, values, strict=True)) for values in zip(*columns, strict=True)]


class CodeTables:
    """The clinical tables of a registry, coded column by column as they are asked for."""

    def __init__(self, tables: Mapping[str, pa.Table]) -> None:
        self._tables = tables
        self._made: dict[str, CodeTable] = {}
        self._at: dict[tuple[str, int], CodeColumn] = {}
        self._held: dict[tuple[str, str], tuple[NDArray[np.int64], CodeColumn]] = {}
        self.numbers = self._numbers("cases")

    @property
    def patients(self) -> int:
        return len(self.numbers)

    def __getitem__(self, name: str) -> CodeTable:
        if name not in self._made:
            tables = self._tables
            names = tables.names(name) if isinstance(tables, StoredTables) else tables[name].column_names
            self._made[name] = CodeTable(names, partial(self._column, name), self._places(name))
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

    def held(self, table: str, name: str) -> tuple[NDArray[np.int64], CodeColumn]:
        """Each value that a patient has in a table of facts, once however often it is recorded: her place, and the value."""
        if (table, name) not in self._held:
            column, patient = self[table].column(name), self[table].patient
            own = np.unique(patient * column.width + column.codes)
            codes = CodeColumn((own % column.width).astype(column.codes.dtype), column.values)
            self._held[table, name] = (own // column.width, codes)
        return self._held[table, name]

    def places_of(self, numbers: NDArray[np.int64]) -> NDArray[np.int64]:
        """The places among the cases of patients by their numbers, all of whom there are."""
        if self.patients and self.patients == self.numbers[-1] - self.numbers[0] + 1 and self._in_a_row:
            return numbers - self.numbers[0]
        order = np.argsort(self.numbers, kind="stable")
        return np.asarray(order[np.searchsorted(self.numbers[order], numbers)], dtype=np.int64)

    def _column(self, table: str, name: str) -> pa.ChunkedArray:
        """A column as it is stored; of a version's file nothing else is read."""
        tables = self._tables
        return tables.column(table, name) if isinstance(tables, StoredTables) else tables[table].column(name)

    def _numbers(self, table: str) -> NDArray[np.int64]:
        return np.asarray(self._column(table, "case_id").to_numpy(), dtype=np.int64)

    @cached_property
    def _in_a_row(self) -> bool:
        return bool(np.all(np.diff(self.numbers) == 1))

    def _places(self, name: str) -> NDArray[np.int64]:
        """For each row of a table the place of its patient among the cases."""
        return np.arange(self.patients) if name == "cases" else self.places_of(self._numbers(name))


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
