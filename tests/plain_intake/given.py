"""What sheets give to tables: raw cells by variable, each with its place, before anything is read."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from plro_core.intake.cells import Style
from plro_core.intake.heads import names_unit
from plro_core.intake.model import Draft, Place, Raw, Sheet
from plro_core.vocabulary import RegistryTable, Variable, Vocabulary


@dataclass(frozen=True)
class Given:
    """What one sheet gives to one table: raw cells by variable, and where each of them stands.

    ``with_unit`` are the variables whose unit the sheet, or the dictionary that came with it, names.
    """

    table: RegistryTable
    entries: tuple[Variable, ...]
    raws: Mapping[str, Sequence[Raw]]
    place: Callable[[int, str], Place]
    style: Style
    count: int
    with_unit: frozenset[str] = frozenset()


def of_sheet(
    vocabulary: Vocabulary, sheet: Sheet, table: RegistryTable, columns: Mapping[str, int], style: Style
) -> Given:
    """The rows of a sheet whose columns are known."""
    raws = {name: [cells[index] for _, cells in sheet.rows] for name, index in columns.items()}

    def place(row: int, name: str) -> Place:
        number, cells = sheet.rows[row]
        return sheet.placed(number, cells, columns[name]).place

    named = frozenset(name for name, index in columns.items() if names_unit(sheet.head[index]))
    return Given(table, vocabulary.columns(table.name), raws, place, style, len(sheet.rows), named)


def of_drafts(
    vocabulary: Vocabulary,
    table: RegistryTable,
    drafts: Sequence[Draft],
    style: Style,
    with_unit: frozenset[str] = frozenset(),
) -> Given:
    """Rows that were put together from a REDCap export; their cells are in the words of the template."""
    spoken = {name for draft in drafts for name in draft} | set(table.key)
    entries = vocabulary.columns(table.name)
    names = [entry.name for entry in entries if entry.name in spoken]
    raws = {name: [draft[name].raw if name in draft else None for draft in drafts] for name in names}

    def place(row: int, name: str) -> Place:
        draft = drafts[row]
        return (draft.get(name) or draft.get(table.key[0]) or next(iter(draft.values()))).place

    return Given(table, entries, raws, place, style, len(drafts), with_unit)
