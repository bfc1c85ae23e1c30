"""What sheets give to tables: raw cells by variable, each with its place, before anything is read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from plro_core.intake.cells import Style
from plro_core.intake.heads import names_unit
from plro_core.intake.model import Draft, Place, Placed, Raw, Sheet
from plro_core.intake.raw_cells import Cells, MixedCells, TextCells, TextRows
from plro_core.keys import Places
from plro_core.vocabulary import RegistryTable, Variable, Vocabulary


@dataclass(frozen=True)
class SheetPlaces:
    """Where the cells of a sheet stand whose columns are known by variable; each variable has one column."""

    sheet: Sheet
    columns: Mapping[str, int]
    one_column = True

    def of(self, row: int, name: str) -> Place:
        """The place of one cell."""
        rows, index = self.sheet.rows, self.columns[name]
        number = int(rows.numbers[row]) if isinstance(rows, TextRows) else rows[row][0]
        return Place(self.sheet.file, self.sheet.name, number, self.sheet.head[index], index)

    def words(self, rows: Places, name: str) -> pa.StringArray:
        """The places of many cells of a column, in words."""
        held = self.sheet.rows
        numbers = held.numbers if isinstance(held, TextRows) else np.array([at for at, _ in held], dtype=np.int64)
        place = Place(self.sheet.file, self.sheet.name, 0, self.sheet.head[self.columns[name]], self.columns[name])
        before, after = place.words_around
        return pc.binary_join_element_wise(before, pc.cast(pa.array(numbers[rows]), pa.string()), after, "")


@dataclass(frozen=True)
class DraftPlaces:
    """Where the cells of rows stand that were put together: each knows its own place."""

    drafts: Sequence[Draft]
    key: str
    one_column = False

    def of(self, row: int, name: str) -> Place:
        """The place of one cell; of one that is not there, that of the row's key."""
        draft = self.drafts[row]
        return (draft.get(name) or draft.get(self.key) or next(iter(draft.values()))).place

    def words(self, rows: Places, name: str) -> pa.StringArray:
        """The places of many cells, in words."""
        return pa.array([self.of(row, name).words for row in rows.tolist()], pa.string())


@dataclass(frozen=True)
class Given:
    """What one sheet gives to one table: raw cells by variable, and where each of them stands.

    ``with_unit`` are the variables whose unit the sheet, or the dictionary that came with it, names. ``written`` are the cells
    as the file holds them, of variables of which a mapping made something else.
    """

    table: RegistryTable
    entries: tuple[Variable, ...]
    raws: Mapping[str, Cells]
    places: SheetPlaces | DraftPlaces
    style: Style
    count: int
    with_unit: frozenset[str] = frozenset()
    written: Mapping[str, MixedCells] = field(default_factory=dict)

    def named(self, name: str) -> str:
        """The column in which a cell of this name is looked for: that of the row's key if its own was not given."""
        return name if name in self.raws else self.table.key[-1]

    def changed(self, name: str) -> NDArray[np.bool_]:
        """Which cells of a column a mapping made something else of."""
        if name not in self.written:
            return np.zeros(self.count, dtype=np.bool_)
        before, now = self.written[name], self.raws[name]
        return np.array([shown(before[row]) != shown(now[row]) for row in range(self.count)], dtype=np.bool_)

    def told(self, row: int, name: str) -> tuple[str, str]:
        """A cell as its file holds it, and, before what is said of it, what a mapping made of it if that is something else."""
        read = shown(self.raws[name][row])
        written = shown(self.written[name][row]) if name in self.written else read
        return written, f"read as {read}; " * (bool(read) and read != written)

    def place(self, row: int, name: str) -> Place:
        """Where a cell stands."""
        return self.places.of(row, self.named(name))


def of_sheet(
    vocabulary: Vocabulary, sheet: Sheet, table: RegistryTable, columns: Mapping[str, int], style: Style
) -> Given:
    """The rows of a sheet whose columns are known."""
    raws = {name: column(sheet, index) for name, index in columns.items()}
    named = frozenset(name for name, index in columns.items() if names_unit(sheet.head[index]))
    return Given(
        table, vocabulary.columns(table.name), raws, SheetPlaces(sheet, columns), style, len(sheet.rows), named
    )


def column(sheet: Sheet, index: int) -> Cells:
    """The raw cells of one column of a sheet."""
    if isinstance(sheet.rows, TextRows):
        return TextCells(sheet.rows.columns[index])
    return MixedCells([cells[index] for _, cells in sheet.rows])


def of_drafts(
    vocabulary: Vocabulary,
    table: RegistryTable,
    drafts: Sequence[Draft],
    style: Style,
    with_unit: frozenset[str] = frozenset(),
) -> Given:
    """Rows that were put together through a mapping; their cells are in the words of the template."""
    spoken = {name for draft in drafts for name in draft} | set(table.key)
    entries = vocabulary.columns(table.name)
    names = [entry.name for entry in entries if entry.name in spoken]
    raws = {name: MixedCells([draft[name].raw if name in draft else None for draft in drafts]) for name in names}
    written = {
        name: _written(drafts, name) for name in names if any(_is_translated(draft.get(name)) for draft in drafts)
    }
    return Given(table, entries, raws, DraftPlaces(drafts, table.key[0]), style, len(drafts), with_unit, written)


def _is_translated(cell: Placed | None) -> bool:
    return cell is not None and cell.written is not None


def _written(drafts: Sequence[Draft], name: str) -> MixedCells:
    cells = (draft.get(name) for draft in drafts)
    return MixedCells([None if cell is None else cell.raw if cell.written is None else cell.written for cell in cells])


def shown(raw: Raw) -> str:
    """A raw cell as words: numbers as short as they can be written, dates in the form 2022-01-31."""
    if raw is None:
        return ""
    if isinstance(raw, bool):
        return str(raw).upper()
    if isinstance(raw, date):
        return raw.isoformat()[:10]
    if isinstance(raw, (int, float)):
        return f"{raw:.0f}" if abs(raw) < 1e15 and raw == int(raw) else repr(raw)
    return raw
