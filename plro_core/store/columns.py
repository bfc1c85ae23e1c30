"""Code columns: a table's columns as small whole numbers that stand for sorted values, counted without reading a row.

Clinical values are recorded at a fixed precision, so a column has few different values. Code 0 is a value that is not
recorded; code c is the c-th smallest of the values that occur.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from threading import Lock
from typing import Any, Protocol, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from plro_core.store.tables import Tables

#: So many values are copied rather than looked for one by one.
_FEW = 1000
#: So many patients are looked at together, where there are very many.
_AT_ONCE = 1_000_000
#: So much memory the columns of a registry may take; one that was let go is read again when it is asked for.
MOST_BYTES = 600_000_000
#: The patient's number, whose values are as many as the patients: it is looked up by her place and never coded.
NUMBER = "case_id"

Codes = NDArray[np.unsignedinteger[Any]]
Places = NDArray[np.int64]
Rows = NDArray[np.bool_]

Made = TypeVar("Made")


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


class Room:
    """What was read and made last, by name, up to a number of bytes; the one asked for last is always kept."""

    def __init__(self, most: int | None = None) -> None:
        self._most = MOST_BYTES if most is None else most
        self._kept: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._lock = Lock()
        self.bytes = 0

    def __contains__(self, name: Hashable) -> bool:
        return name in self._kept

    def get(self, name: Hashable, make: Callable[[], Made], size: Callable[[Made], int]) -> Made:
        """The thing of that name, made if it is not kept; two threads may make it both, each finds the same."""
        with self._lock:
            if name in self._kept:
                self._kept.move_to_end(name)
                kept: Made = self._kept[name][0]
                return kept
        made = make()
        with self._lock:
            self.bytes += size(made) - self._kept.pop(name, (None, 0))[1]
            self._kept[name] = made, size(made)
            while self.bytes > self._most and len(self._kept) > 1:
                self.bytes -= self._kept.popitem(last=False)[1][1]
        return made


class CodeTable:
    """A table whose columns are coded when they are first asked for."""

    def __init__(self, name: str, of: "CodeTables") -> None:
        self.name = name
        self._of = of

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

    def pieces(self) -> Iterator[tuple[slice, Places]]:
        """Some rows after others, with the place of each one's patient; all rows of a patient stand in one piece."""
        if self._number_of_rows is None:
            yield slice(0, self.size), self.patient
            return
        start = 0
        for first in range(0, self._of.patients, _AT_ONCE):
            counts = self._number_of_rows[first : first + _AT_ONCE]
            patients = np.repeat(np.arange(first, first + len(counts)), counts)
            yield slice(start, start + len(patients)), patients
            start += len(patients)

    def patients_of(self, rows: Places) -> Places:
        """The places of the patients of some rows."""
        if self._number_of_rows is None:
            return self.patient[rows]
        return np.searchsorted(self._ends, rows.astype(self._ends.dtype), side="right")

    def rows_of(self, patients: Places) -> Places | None:
        """The places of the rows of some patients, one after another; ``None`` if rows stand in another order than patients."""
        if self._number_of_rows is None:
            return None
        ends, sizes = self._ends[patients], self._number_of_rows[patients]
        rows = [np.arange(int(end) - int(size), int(end)) for end, size in zip(ends, sizes, strict=True)]
        return np.concatenate([np.arange(0), *rows])

    def number_each(self, among: Rows) -> Places:
        """How many rows each patient has among some."""
        found = np.zeros(self._of.patients, dtype=np.int64)
        for rows, patients in self.pieces():
            then = patients[among[rows]]
            if len(then):
                each = np.bincount(then - then.min())
                found[then.min() : then.min() + len(each)] += each
        return found

    @cached_property
    def _ends(self) -> NDArray[np.integer[Any]]:
        """Where the rows of each patient end."""
        sizes = (
            self.number_each(np.ones(self.size, dtype=bool)) if self._number_of_rows is None else self._number_of_rows
        )
        return np.cumsum(sizes, dtype=np.uint32 if self.size < 2**32 else np.int64)

    @cached_property
    def _number_of_rows(self) -> Codes | None:
        return self._of.known.number_of_rows(self.name)

    def column(self, name: str) -> CodeColumn:
        """A column by its name."""
        made = partial(self._of.coded, self.name, name)
        return self._of.room.get((self.name, name), made, lambda column: column.codes.nbytes)

    def taken(self, name: str, rows: Places) -> list[Any]:
        """The values of a column in some rows; ``None`` where not recorded."""
        return self._taken([name], rows)[name]

    def records(self, rows: Places) -> list[dict[str, Any]]:
        """Rows by their places, as dictionaries; a value that is not recorded is ``None``."""
        columns = self._taken(self.names, rows)
        return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]

    def _taken(self, names: Sequence[str], rows: Places) -> dict[str, list[Any]]:
        """The values of columns in some rows: those that have no codes, or of whose rows few are asked for, as they are stored."""
        coded = [name for name in names if name == NUMBER or (self.name, name) in self._of.room]
        near = self._of.tables.are_near(self.name, rows)
        read = [name for name in names if name not in coded and (near or self._of.known.is_wide(self.name, name))]
        stored = self._of.tables.taken(self.name, read, rows) if read else pa.table({})
        found = {name: stored.column(name).to_pylist() for name in read}
        return {name: found[name] if name in found else self._coded(name, rows) for name in names}

    def _coded(self, name: str, rows: Places) -> list[Any]:
        if name == NUMBER:
            numbers: list[Any] = self._of.numbers[self.patients_of(rows)].tolist()
            return numbers
        return self.column(name).taken(rows)


class CodeTables:
    """The clinical tables of a registry, coded column by column as they are asked for; what is ``known`` is not coded anew."""

    def __init__(self, tables: Tables, known: Known | None = None) -> None:
        self.tables, self.known = tables, known or Unknown()
        self._made: dict[str, CodeTable] = {}
        #: What was coded and made of it last.
        self.room = Room()

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
        return self.room.get(
            ("at", name, month), lambda: self._found_at(name, month), lambda column: column.codes.nbytes
        )

    def _found_at(self, name: str, month: int) -> CodeColumn:
        table = self["visits"]
        column, months = table.column(name), table.column("month")
        code, found = months.code(month), np.zeros(self.patients, dtype=column.codes.dtype)
        for rows, patients in table.pieces():
            then = np.flatnonzero(months.codes[rows] == code)
            found[patients[then]] = column.codes[rows][then]
        return CodeColumn(found, column.values)

    def held(self, table: str, name: str) -> tuple[CodeColumn, Codes]:
        """The values that patients have in a table of facts, each once however often it is recorded, in the order of the patients.

        Beside them how many each patient has; who has no row has one that is not recorded.
        """
        made = partial(self._values_held, table, name)
        return self.room.get(("held", table, name), made, lambda held: held[0].codes.nbytes + held[1].nbytes)

    def _values_held(self, table: str, name: str) -> tuple[CodeColumn, Codes]:
        column, pieces = self[table].column(name), self[table].pieces()
        number: Codes = np.zeros(self.patients, dtype=smallest(column.width))
        parts: list[Codes] = [np.zeros(0, dtype=column.codes.dtype)]
        for rows, patients in pieces:
            own = _once(patients * column.width + column.codes[rows])
            if len(own):
                of, first = own // column.width, int(own[0]) // column.width
                each = np.bincount(of - first)
                number[first : first + len(each)] += each.astype(number.dtype)
                parts.append((own % column.width).astype(column.codes.dtype))
        at_least_one = np.maximum(number, 1)
        codes: Codes = np.zeros(int(at_least_one.sum(dtype=np.int64)), dtype=column.codes.dtype)
        codes[np.repeat(number > 0, at_least_one)] = np.concatenate(parts)
        return CodeColumn(codes, column.values), at_least_one

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
