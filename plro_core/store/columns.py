"""Code columns: a table's columns as small whole numbers that stand for sorted values, counted without reading a row.

Clinical values are recorded at a fixed precision, so a column has few different values. Code 0 is a value that is not
recorded; code c is the c-th smallest of the values that occur.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from plro_core.store.tables import Tables

#: So many values are copied rather than looked for one by one.
_FEW = 1000
#: The patient's number, whose values are as many as the patients: it is looked up by her place and never coded.
NUMBER = "case_id"

Codes = NDArray[np.unsignedinteger[Any]]
Places = NDArray[np.int64]
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

    def taken(self, rows: Places) -> list[Any]:
        """The values of some rows; ``None`` where not recorded."""
        known = (None, *self.values) if len(self.values) < _FEW else None
        codes = self.codes[rows].tolist()
        return [known[code] for code in codes] if known else [self.values[code - 1] if code else None for code in codes]

    def code(self, value: Any) -> int:
        """The code of a value; one that no row has where the value does not occur."""
        return self.values.index(value) + 1 if value in self.values else self.width


class Known(Protocol):
    """What is known of the columns of these tables without reading them."""

    def column(self, table: str, name: str) -> CodeColumn | None:
        """A column, if it is known."""

    def places(self, table: str) -> Places | None:
        """For each row of a table the place of its patient among the cases, if it is known."""

    def number_of_rows(self, table: str) -> Codes | None:
        """How many rows each patient has, if it is known and rows stand in the order of the patients."""

    def is_wide(self, table: str, name: str) -> bool:
        """Whether a column is known to have too many values for codes."""


class Unknown:
    """Nothing is known."""

    def column(self, table: str, name: str) -> CodeColumn | None:
        return None

    def places(self, table: str) -> Places | None:
        return None

    def number_of_rows(self, table: str) -> Codes | None:
        return None

    def is_wide(self, table: str, name: str) -> bool:
        return False


class CodeTable:
    """A table whose columns are coded when they are first asked for."""

    def __init__(self, name: str, of: "CodeTables") -> None:
        self.name = name
        self._of = of
        self._columns: dict[str, CodeColumn] = {}

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._of.tables.names(self.name))

    @property
    def size(self) -> int:
        return self._of.tables.rows(self.name)

    @cached_property
    def patient(self) -> Places:
        """Each row's place among the cases."""
        return self._of.places(self.name)

    def spread(self, of_cases: NDArray[Any]) -> NDArray[Any]:
        """For each row what its patient has among something of the cases; of large tables cheaper than by ``patient``."""
        if self.name == "cases":
            return of_cases
        return of_cases[self.patient] if self._number_of_rows is None else np.repeat(of_cases, self._number_of_rows)

    @cached_property
    def _number_of_rows(self) -> Codes | None:
        return self._of.known.number_of_rows(self.name)

    def column(self, name: str) -> CodeColumn:
        """A column by its name."""
        found = self._columns.get(name)
        if found is None:
            # Two threads may code it both; each finds the same.
            found = self._of.coded(self.name, name)
            self._columns[name] = found
        return found

    def taken(self, name: str, rows: Places) -> list[Any]:
        """The values of a column in some rows; ``None`` where not recorded."""
        if name == NUMBER:
            numbers: list[Any] = self._of.numbers[self.patient[rows]].tolist()
            return numbers
        if name not in self._columns and self._of.known.is_wide(self.name, name):
            return self._of.tables.taken(self.name, name, rows)
        return self.column(name).taken(rows)

    def records(self, rows: Places) -> list[dict[str, Any]]:
        """Rows by their places, as dictionaries; a value that is not recorded is ``None``."""
        columns = [self.taken(name, rows) for name in self.names]
        return [dict(zip(self.names, values, strict=True)) for values in zip(*columns, strict=True)]


class CodeTables:
    """The clinical tables of a registry, coded column by column as they are asked for; what is ``known`` is not coded anew."""

    def __init__(self, tables: Tables, known: Known | None = None) -> None:
        self.tables, self.known = tables, known or Unknown()
        self._made: dict[str, CodeTable] = {}
        self._at: dict[tuple[str, int], CodeColumn] = {}
        self._held: dict[tuple[str, str], tuple[Places, CodeColumn]] = {}

    @property
    def patients(self) -> int:
        return self.tables.rows("cases")

    @cached_property
    def numbers(self) -> Places:
        """The patients' numbers, as they stand in ``cases``."""
        return _joined(_numbers(self.tables, "cases"), self.patients)

    def __getitem__(self, name: str) -> CodeTable:
        if name not in self._made:
            if name not in self.tables:
                raise KeyError(name)
            self._made[name] = CodeTable(name, self)
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

    def held(self, table: str, name: str) -> tuple[Places, CodeColumn]:
        """Each value that a patient has in a table of facts, once however often it is recorded: her place, and the value."""
        if (table, name) not in self._held:
            column, patient = self[table].column(name), self[table].patient
            own = _once(patient * column.width + column.codes)
            codes = CodeColumn((own % column.width).astype(column.codes.dtype), column.values)
            self._held[table, name] = (own // column.width, codes)
        return self._held[table, name]

    def places_of(self, numbers: Places) -> Places:
        """The places among the cases of patients by their numbers, all of whom there are."""
        if self.patients and self._in_a_row:
            return numbers - self.numbers[0]
        order, ascending = self._ordered
        return np.asarray(order[np.searchsorted(ascending, numbers)], dtype=np.int64)

    def coded(self, table: str, name: str) -> CodeColumn:
        """A column in codes, for whoever keeps it."""
        return self.known.column(table, name) or coded(self.tables.encoded(table, name))

    def places(self, table: str) -> Places:
        """For each row of a table the place of its patient among the cases, for whoever keeps them."""
        if table == "cases":
            return np.arange(self.patients)
        found = self.known.places(table)
        return found if found is not None else _joined(self.pieces_of_places(table), self.tables.rows(table))

    def pieces_of_places(self, table: str) -> Iterator[Places]:
        """The same piece after piece, as they are read."""
        for numbers in _numbers(self.tables, table):
            yield self.places_of(numbers)

    @cached_property
    def _in_a_row(self) -> bool:
        return bool((self.numbers == np.arange(self.numbers[0], self.numbers[0] + self.patients)).all())

    @cached_property
    def _ordered(self) -> tuple[Places, Places]:
        """The places of the patients by their numbers, and the numbers in ascending order."""
        order = np.argsort(self.numbers, kind="stable")
        return order, self.numbers[order]


def _numbers(tables: Tables, table: str) -> Iterator[Places]:
    """The patients' numbers in the rows of a table, piece after piece."""
    for piece in tables.pieces(table, [NUMBER]):
        for chunk in piece.column(0).chunks:
            yield np.asarray(chunk.to_numpy(zero_copy_only=False), dtype=np.int64)


def _once(numbers: Places) -> Places:
    """Each of some numbers once, in ascending order; cheap where they ascend already."""
    if not (numbers[1:] > numbers[:-1]).all():
        numbers.sort()
        numbers = numbers[np.concatenate([[True], numbers[1:] != numbers[:-1]])]
    return numbers


def _joined(parts: Iterable[Places], size: int) -> Places:
    found, at = np.empty(size, dtype=np.int64), 0
    for part in parts:
        found[at : at + len(part)] = part
        at += len(part)
    return found


def coded(chunks: Iterable[pa.Array]) -> CodeColumn:
    """A column in codes, from its chunks."""
    known: dict[Any, int] = {}
    return _ranked([_provisional(chunk, known) for chunk in chunks], known)


def few_coded(chunks: Iterable[pa.Array], most: int) -> CodeColumn | None:
    """The same; nothing where a column has more than so many values, of which no further chunk is read then."""
    known: dict[Any, int] = {}
    parts = []
    for chunk in chunks:
        pairs = _encoded(chunk)
        if len(pairs.dictionary) > most:
            return None
        parts.append(_provisional(pairs, known))
        if len(known) > most:
            return None
    return _ranked(parts, known)


def _encoded(chunk: pa.Array) -> pa.DictionaryArray:
    return chunk if pa.types.is_dictionary(chunk.type) else pc.dictionary_encode(chunk)


def _provisional(chunk: pa.Array, known: dict[Any, int]) -> Codes:
    """The values of a chunk as numbers in the order in which values were met first, which ``known`` learns; 0 is none."""
    pairs = _encoded(chunk)
    found = pairs.dictionary
    if pa.types.is_floating(found.type):
        found = pc.add(found, 0.0)  # a negative zero is zero
    numbers = [known.setdefault(value, len(known) + 1) for value in found.to_pylist()]
    places = pc.fill_null(pairs.indices, len(numbers)).to_numpy(zero_copy_only=False)
    return np.array([*numbers, 0], dtype=smallest(len(known)))[places]


def _ranked(parts: Sequence[Codes], known: Mapping[Any, int]) -> CodeColumn:
    """Numbers given in the order in which values were met, as codes in the order of the values."""
    values = tuple(sorted(known))
    ranks: Codes = np.zeros(len(known) + 1, dtype=smallest(len(known)))
    ranks[np.array([known[value] for value in values], dtype=np.int64)] = np.arange(1, len(values) + 1)
    codes: Codes = np.empty(sum(map(len, parts)), dtype=ranks.dtype)
    at = 0
    for part in parts:
        codes[at : at + len(part)] = ranks[part]
        at += len(part)
    return CodeColumn(codes, values)


def smallest(most: int) -> type[np.unsignedinteger[Any]]:
    """The smallest type that holds so many codes and 0."""
    return np.uint8 if most < 256 else np.uint16 if most < 65_536 else np.uint32
