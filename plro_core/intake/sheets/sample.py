"""The first rows of a sheet as they were handed in, beside what is stored of each cell."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa

from plro_core.intake import given
from plro_core.intake.answers import UNANSWERED
from plro_core.intake.cells import Style
from plro_core.intake.columns import read_column
from plro_core.intake.given import shown
from plro_core.intake.heads import given_tables
from plro_core.intake.model import Dialect, Draft, Placed, Raw, Sheet, Value
from plro_core.intake.redcap.names import MONTH, PATIENT
from plro_core.intake.sheets.decimals import style_of
from plro_core.intake.sheets.editing import Editing
from plro_core.intake.sheets.mapping import SheetMapping
from plro_core.intake.sheets.questions import Proposal, target_word
from plro_core.intake.sheets.reader import DAY, Mapped, drafts
from plro_core.schema import arrow_schema
from plro_core.vocabulary import Variable, Vocabulary


@dataclass(frozen=True)
class Sample:
    """Texts in rows under their heads; the first says the row of the sheet."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


EMPTY, REFUSED = "empty", "not read"
#: Rows that are read for the sample, so that a patient's first date is among them.
_MOST_READ = 2000

#: Row and column of a sheet -> what is stored of the cell, in words.
_Stored = Mapping[tuple[int, int], list[str]]


def samples(
    editing: Editing, dialects: Mapping[str, Dialect], cases: pa.Table | None, most: int = 5
) -> list[Sample | None]:
    """For each sheet its first rows: cells as handed in and, where that differs, as stored; ``None`` if it is left out.

    ``cases`` are the patients of the registry that the rows go into.

    Raises:
        MappingProblem: the mapping cannot be, in one sentence.
    """
    one = editing.mapping  # which says what cannot be before anything is read
    read = [proposal for proposal in editing.proposals if not proposal.mapping.left_out]
    # A column that is not decided yet holds up none of the others here.
    mapped = [
        Mapped(_cut(proposal), replace(proposal.mapping, rest=True), _declared(proposal, dialects)) for proposal in read
    ]
    rows, _ = drafts(mapped, one.vocabulary, cases)
    found = {
        id(proposal): _table(proposal, drafted, _declared(proposal, dialects), most)
        for proposal, drafted in zip(read, rows, strict=True)
    }
    return [found.get(id(proposal)) for proposal in editing.proposals]


def _declared(proposal: Proposal, dialects: Mapping[str, Dialect]) -> str:
    return dialects.get(proposal.mapping.file, Dialect()).decimal


def _cut(proposal: Proposal) -> Sheet:
    sheet = proposal.table.sheet
    return replace(sheet, rows=list(sheet.rows[:_MOST_READ]))


def _table(proposal: Proposal, drafted: Mapping[str, Sequence[Draft]], decimal: str, most: int) -> Sample:
    one, sheet = proposal.mapping, proposal.table.sheet
    rows = sheet.rows[:most]
    style = style_of(decimal, _cut(proposal), one, proposal.vocabulary)
    stored = _stored(drafted, {number for number, _ in rows}, proposal.vocabulary, style)
    columns = [at for at, head in enumerate(sheet.head) if head in one.read and sheet.head.index(head) == at]
    heads = ("Row", *(_head(one, sheet.head[at]) for at in columns))
    return Sample(
        heads,
        tuple(
            (str(number), *(_cell(one, sheet.head[at], cells[at], stored.get((number, at))) for at in columns))
            for number, cells in rows
        ),
    )


def _head(one: SheetMapping, head: str) -> str:
    return f"{head} → {target_word(one.columns[head])}" if head in one.columns else head


def _cell(one: SheetMapping, head: str, raw: Raw, stored: Sequence[str] | None) -> str:
    """A cell as handed in, and what is stored of it if that is something else."""
    handed = shown(raw).strip()
    if stored:
        said = ", ".join(stored)
        return handed if _is_same(handed, said) else f"{handed or '—'} → {said}"
    keeps_nothing = one.tests is not None and head in (one.tests.column, one.tests.unit)
    if not handed or keeps_nothing or head in (one.patient.centre_column, one.visit.baseline if one.visit else ""):
        return handed
    return f"{handed} → {EMPTY if head in one.columns and handed in one.columns[head].missing else REFUSED}"


def _stored(
    drafted: Mapping[str, Sequence[Draft]], rows: Collection[int], vocabulary: Vocabulary, style: Style
) -> _Stored:
    found: dict[tuple[int, int], list[str]] = {}
    tables = {table.name: table for table in given_tables(vocabulary)}
    for name, drafts_of in drafted.items():
        near = [draft for draft in drafts_of if any(cell.place.row in rows for cell in draft.values())]
        gave = given.of_drafts(vocabulary, tables[name], near, style)
        schema = arrow_schema(name, vocabulary)
        for entry in gave.entries:
            if entry.name not in gave.raws:
                continue
            values = read_column(gave, entry, schema.field(entry.name).type, UNANSWERED).values.to_pylist()
            for draft, value in zip(near, values, strict=True):
                for row, at in _places(draft, entry.name):
                    words = found.setdefault((row, at), [])
                    if (word := _word(entry, draft[entry.name], value)) not in words:
                        words.append(word)
    return found


def _places(draft: Draft, name: str) -> list[tuple[int, int]]:
    """Row and column of a cell; those that tell the row are told anew in each row of the sheet that it was put together from."""
    cell = draft.get(name)
    if cell is None or (name == MONTH and cell.place == draft[PATIENT].place):
        return []
    own = {cell.place.row}
    if name in (PATIENT, MONTH):
        own = {other.place.row for of, other in draft.items() if of != PATIENT} or own
    return [(row, cell.place.index) for row in own]


def _is_same(handed: str, said: str) -> bool:
    """Whether a cell is stored as it stands, whatever its decimals."""
    try:
        return said == handed or float(handed.replace(",", ".")) == float(said)
    except ValueError:
        return False


def _word(entry: Variable, cell: Placed, value: Value) -> str:
    """What is stored of a cell: the value, with its name where the cell gives something else than its column says."""
    if value is None:
        return EMPTY if cell.raw is None else REFUSED
    word = ("yes" if value else "no") if isinstance(value, bool) else shown(value)
    if entry.name.endswith("_flag"):
        return f"flag {word}"
    return f"{entry.name} {word}" if entry.name in (MONTH, DAY) and word != (cell.written or shown(cell.raw)) else word
