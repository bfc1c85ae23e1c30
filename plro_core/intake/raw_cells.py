"""Raw cells of a column, and rows of text: each different cell once, so that equal cells are read once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, overload

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from plro_core.intake.flat import Flat
from plro_core.intake.model import Raw
from plro_core.keys import Places


class TextCells:
    """A column of a text file: its different cells in the order of the rows, and which of them each row has."""

    def __init__(self, cells: pa.StringArray) -> None:
        self._cells = cells

    def __len__(self) -> int:
        return len(self._cells)

    def __getitem__(self, row: int) -> Raw:
        raw: Raw = self._cells[row].as_py()
        return raw

    @cached_property
    def _coded(self) -> pa.DictionaryArray:
        return self._cells.dictionary_encode(null_encoding="encode")

    @property
    def words(self) -> pa.StringArray:
        """The different cells."""
        return self._coded.dictionary

    @property
    def different_count(self) -> int:
        """How many different cells there are."""
        return len(self.words)

    def different_at(self, code: int) -> Raw:
        """One of the different cells."""
        raw: Raw = self.words[code].as_py()
        return raw

    @cached_property
    def different(self) -> list[Raw]:
        """The different cells one by one."""
        found: list[Raw] = self.words.to_pylist()
        return found

    @cached_property
    def codes(self) -> Places:
        """Which of the different cells each row has."""
        return np.asarray(self._coded.indices.to_numpy(zero_copy_only=False), dtype=np.int64)

    def shown(self, rows: Places) -> pa.StringArray:
        """The cells of some rows as words; an empty one is the empty text."""
        return pc.fill_null(self._cells.take(pa.array(rows)), "")


class MixedCells:
    """A column of a workbook, or of rows that were put together: text, numbers, truth values and dates."""

    def __init__(self, cells: Sequence[Raw]) -> None:
        self._cells = cells

    def __len__(self) -> int:
        return len(self._cells)

    def __getitem__(self, row: int) -> Raw:
        return self._cells[row]

    @cached_property
    def _coded(self) -> tuple[list[Raw], Places]:
        known: dict[object, int] = {}
        words: list[Raw] = []
        codes = np.empty(len(self._cells), dtype=np.int64)
        for row, raw in enumerate(self._cells):
            same = raw if raw.__class__ is str else (raw.__class__, raw)
            code = known.setdefault(same, len(words))
            if code == len(words):
                words.append(raw)
            codes[row] = code
        return words, codes

    @property
    def different_count(self) -> int:
        """How many different cells there are."""
        return len(self.different)

    def different_at(self, code: int) -> Raw:
        """One of the different cells."""
        return self.different[code]

    @property
    def different(self) -> list[Raw]:
        """The different cells in the order of the rows."""
        return self._coded[0]

    @property
    def codes(self) -> Places:
        """Which of the different cells each row has."""
        return self._coded[1]

    def shown(self, rows: Places) -> pa.StringArray:
        """The cells of some rows as words; an empty one is the empty text."""
        from plro_core.intake.given import shown  # which speaks of columns

        words = pa.array([shown(raw) for raw in self.different], pa.string())
        return words.take(pa.array(self.codes[rows]))


Cells = TextCells | MixedCells


@dataclass(frozen=True, eq=False)
class TextRows(Sequence[tuple[int, tuple[Raw, ...]]]):
    """Rows of a text file as columns: row numbers as a spreadsheet shows them, and the cells."""

    numbers: Places
    columns: tuple[pa.StringArray, ...]

    @classmethod
    def of(cls, flat: Flat) -> "TextRows":
        """The rows of cells that stand one after the other.

        Raises:
            ValueError: they are no such cells, or are not UTF-8.
        """
        if len(flat.lengths) != flat.width * len(flat.numbers) or (flat.lengths < 0).any():
            raise ValueError
        offsets = np.zeros(len(flat.lengths) + 1, dtype=np.int64)
        np.cumsum(flat.lengths, out=offsets[1:])
        if offsets[-1] != len(flat.data):
            raise ValueError
        filled = np.packbits(flat.lengths > 0, bitorder="little")
        buffers = [pa.py_buffer(filled), pa.py_buffer(offsets.astype(np.int32)), pa.py_buffer(flat.data)]
        cells = pa.StringArray.from_buffers(len(flat.lengths), buffers[1], buffers[2], buffers[0])
        cells.validate(full=True)
        places = range(flat.width)
        columns = tuple(cells.take(pa.array(np.arange(at, len(cells), flat.width))) for at in places)
        return cls(flat.numbers, columns)

    def __len__(self) -> int:
        return len(self.numbers)

    @overload
    def __getitem__(self, row: int) -> tuple[int, tuple[Raw, ...]]: ...

    @overload
    def __getitem__(self, row: slice) -> "TextRows": ...

    def __getitem__(self, row: int | slice) -> Any:
        if isinstance(row, slice):
            rows = pa.array(np.arange(len(self))[row])
            return TextRows(self.numbers[row], tuple(column.take(rows) for column in self.columns))
        return int(self.numbers[row]), tuple(column[row].as_py() for column in self.columns)

    def __iter__(self) -> Iterator[tuple[int, tuple[Raw, ...]]]:
        return iter(self._whole)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and len(self) == len(other) and all(map(_same, self, other))

    __hash__ = None  # type: ignore[assignment]

    @cached_property
    def _whole(self) -> tuple[tuple[int, tuple[Raw, ...]], ...]:
        """The rows one by one, for who goes through them again and again."""
        cells = zip(*(column.to_pylist() for column in self.columns), strict=True)
        return tuple(zip(self.numbers.tolist(), cells, strict=True))


def _same(one: object, other: object) -> bool:
    return one == other
