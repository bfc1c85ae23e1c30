"""The one door out: whatever tells of patients and leaves the program passes :func:`leave`, which journals it first.

What leaves is a download of a page, an answer on the command line, or, where ``PLRO_JOURNAL_EXPORTS=yes`` says so, an
answer of the library. The line says who takes what, of which version, which patients by words and number, in which mode, and *how many
patients are unique in it*:

- Of **rows of patients** (one or more rows with a ``case_id``): the patients whose rows, taken together, nobody else has.
  Who knows these facts of somebody finds him in the file, and nobody else. The number itself and the places that cells were read
  from are no facts of the patient and are left out; what is missing is a fact.
- Of **rows without a number** (an answer to SQL that leaves it out): the rows that occur once.
- Of **counts** and what is computed from them (a summary, the numbers of a figure): the cells that read as a count of one, each
  of which may single somebody out. A measured value of 1 is counted too: too many is the safe side.

A registry keeps a journal unless it is the one shipped with the program, whose patients all stand in a published document and
whose folder cannot be written; it is journalled, too, where ``PLRO_JOURNAL`` names a folder for journals. Where a line cannot be
written, or does not follow one that was altered, nothing leaves.
"""

import getpass
import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pyarrow as pa

from plro_core import journal
from plro_core.cohort import Cohort
from plro_core.counts import size
from plro_core.store import Registry, why_not_written
from plro_core.tables import Cell, Column, Table, TwoForms
from plro_core.text import counted

#: What tells the library to journal its answers.
SETTING = "PLRO_JOURNAL_EXPORTS"
#: What the lines of the journal are called.
WHAT = "export"

Mode = Literal["rows", "aggregates"]

_PATIENT = "case_id"
#: Columns that say where a cell was read, and nothing of the patient.
_NO_FACTS = frozenset({_PATIENT, "source"})
_ONE = re.compile(r"1(?:$|\s*\(|\s*/|\s+of\s)")


@dataclass(frozen=True)
class Taken:
    """What leaves: who takes it, what it is called, of which patients of which version, and what tells how many are unique.

    ``cohort`` is the question that tells these patients; ``n`` is what was told of their number where it may not be told
    exactly, and otherwise empty.
    """

    who: str
    what: str
    registry: Registry
    unique: Callable[[], int]
    cohort: str = ""
    n: str = ""
    mode: Mode = "rows"
    note: str = ""


def leave(taken: Taken, build: Callable[[], bytes]) -> bytes:
    """What ``build`` makes, once the journal has it.

    Raises:
        JournalProblem: the journal cannot be written, does not verify, or cannot hold the name or the note; nothing leaves.
    """
    content = build()
    note_down(taken)
    return content


def note_down(taken: Taken) -> None:
    """Write that something leaves into the journal of the registry that it is from, if it keeps one.

    Raises:
        JournalProblem: as of :func:`leave`.
    """
    if keeps_journal(taken.registry):
        folder, version = taken.registry.folder, taken.registry.version
        journal.record(folder, WHAT, who=taken.who, version=version, note=taken.note, detail=_detail(taken))


def keeps_journal(registry: Registry) -> bool:
    """Whether it is journalled what leaves a registry."""
    return bool(os.environ.get(journal.SETTING)) or not why_not_written(registry.folder)


def account() -> str:
    """The name of the account that runs the program, for a journal whose reader was told no other."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"account {os.getuid()}"


def is_told() -> bool:
    """Whether the library journals its answers."""
    return os.environ.get(SETTING, "").lower() == "yes"


def _detail(taken: Taken) -> dict[str, str | int]:
    return {
        "form": taken.what,
        "cohort": taken.cohort,
        "n": taken.n or size(taken.registry, Cohort.parse(taken.cohort, taken.registry.vocabulary)).patients,
        "mode": taken.mode,
        "unique": taken.unique(),
    }


def left(folder: Path) -> Table:
    """What the journal says of all that left a registry, the last first; a line of before says no more than its form.

    Raises:
        JournalProblem: the journal cannot be read.
    """
    columns = (
        Column("time", "Time (UTC)"),
        Column("who", "Who"),
        Column("form", "What"),
        Column("version", "Version"),
        Column("cohort", "Cohort"),
        Column("n", "Patients"),
        Column("mode", "Mode"),
        Column("unique", "Unique", "integer"),
        Column("note", "Note"),
    )
    entries = [entry for entry in reversed(journal.read(folder)) if entry.what == WHAT]
    rows = tuple(tuple(_cell(entry, column) for column in columns) for entry in entries)
    notes = ("Unique are patients whose facts in it nobody else has; of counts, the cells that tell of one patient.",)
    return Table("left", "What has left", columns, rows, notes, counted(len(rows), "line"))


def _cell(entry: journal.Entry, column: Column) -> Cell:
    told = getattr(entry, column.name, None) or entry.detail.get(column.name)
    if column.is_number:
        return told if type(told) is int else None
    return str(told) if told else None


# How many patients are unique


def unique_in(table: Table | TwoForms, rows_are_patients: bool = False) -> int:
    """How many patients are, or may be, unique in a table (see above); ``rows_are_patients`` of a table without their numbers."""
    told = table.tidy if isinstance(table, TwoForms) else table
    names = [column.name for column in told.columns]
    if _PATIENT in names:
        return _unique_patients(told.rows, names)
    if rows_are_patients:
        return _once(told.rows)
    return sum(_reads_as_one(cell) for row in told.rows for cell in row)


def _unique_patients(rows: Iterable[Sequence[object]], names: Sequence[str]) -> int:
    at = names.index(_PATIENT)
    facts = [index for index, name in enumerate(names) if name not in _NO_FACTS]
    found: dict[object, list[str]] = {}
    for row in rows:
        if row[at] is not None:
            found.setdefault(row[at], []).append(repr([row[index] for index in facts]))
    return _once(tuple(sorted(told)) for told in found.values())


def _once(values: Iterable[tuple[object, ...]]) -> int:
    return sum(times == 1 for times in Counter(values).values())


def _reads_as_one(cell: object) -> bool:
    if isinstance(cell, str):
        return bool(_ONE.match(cell.strip()))
    return not isinstance(cell, bool) and cell == 1


def unique_in_version(tables: Mapping[str, pa.Table]) -> int:
    """How many patients of a version nobody equals in all of its tables that have a row for patients."""
    patients = tables["cases"][_PATIENT].to_numpy()
    known = np.sort(patients)
    told = np.zeros(len(known), dtype=np.uint64)
    for number, (name, table) in enumerate(sorted(tables.items())):
        if _PATIENT in table.column_names and name != "provenance":
            _add(told, known, table, number)
    return int((np.unique(told, return_counts=True)[1] == 1).sum())


def _add(told: np.ndarray, known: np.ndarray, table: pa.Table, salt: int) -> None:
    """Add the checksums of a table's rows to those of their patients; in which order rows stand makes no difference."""
    rows = np.full(table.num_rows, salt + 1, dtype=np.uint64)
    for name in table.column_names:
        if name not in _NO_FACTS:
            rows = _mixed(rows * np.uint64(31) + _codes(table[name]))
    owners = table[_PATIENT].to_numpy()
    np.add.at(told, np.searchsorted(known, owners), _mixed(rows))


def _codes(column: pa.ChunkedArray) -> np.ndarray:
    """A number for each value of a column, 0 for what is missing."""
    codes = column.combine_chunks().dictionary_encode().indices
    found: np.ndarray = codes.cast(pa.int64()).fill_null(-1).to_numpy(zero_copy_only=False)
    return (found + 1).astype(np.uint64)


def _mixed(values: np.ndarray) -> np.ndarray:
    """Numbers of 64 bits spread over all of them, so that sums tell as much as what was added (SplitMix64)."""
    values = values + np.uint64(0x9E3779B97F4A7C15)
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))
