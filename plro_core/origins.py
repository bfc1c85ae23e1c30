"""Where the cells come from: the uncertain ones of a cohort, every cell of one patient, and those behind one number."""

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from plro_core.cohort import EVERYONE, Cohort, Criterion
from plro_core.counts.chosen import patients, visits
from plro_core.lookups import LIMIT, Record, rows_of, sample
from plro_core.problems import QueryProblem
from plro_core.store import OfPatients, OneOf, Registry, patients_of
from plro_core.tables import Cell, Column, Table, told_apart
from plro_core.tables.notes import general_notes, variable_notes, who
from plro_core.tables.summary import NOT_RECORDED
from plro_core.text import listed, visit_name
from plro_core.vocabulary import UNCERTAIN, Variable, Vocabulary, written_key

#: What is open, the most open first.
_OPEN = ("conflict", "assumed", "inferred")


def _verbatim(registry: Registry) -> Column:
    return Column("verbatim", f"Words of the {registry.source_word}")


def open_questions(registry: Registry, cohort: Cohort = EVERYONE) -> Table:
    """What the source leaves open for the cohort's patients: cells in conflict first, then assumed, then inferred."""
    words = registry.vocabulary
    chosen = patients(registry.codes, cohort)
    rows, everyone = _open(registry, registry.codes.numbers[chosen]), int(chosen.sum())
    return Table(
        "open-questions",
        f"What the {registry.source_word} leaves open",
        (
            Column("what", "What"),
            Column("patients", "Patients"),
            Column("status", "Status"),
            Column("note", "What is open"),
            _verbatim(registry),
            Column("source", "Place"),
        ),
        tuple(
            (
                _what(words, row["table"], row["column"], row["key_min"]),
                _who(row["patient_distinct"], everyone),
                _status(words).level_label(row["status"]),
                row["note"] or "",
                row["verbatim"] or "",
                row["source"],
            )
            for row in rows
        ),
    )


def _open(registry: Registry, numbers: NDArray[np.int64]) -> list[dict[str, Any]]:
    """What is uncertain of some patients, once for all who share it; of treatments once for each."""
    same = ("table", "column", "status", "note", "verbatim", "source")
    lines = registry.tables.found("provenance", (OneOf("status", _OPEN),), ("key", *same))
    patient = patients_of(lines.column("key")).cast(pa.int64())
    rest = pc.if_else(
        pc.equal(lines.column("table"), "treatments"),
        pc.replace_substring_regex(lines.column("key"), "^[^/]*", ""),
        "",
    )
    lines = lines.append_column("patient", patient).append_column("rest", rest)
    lines = lines.filter(pa.array(np.isin(patient.to_numpy(), numbers)))
    together = lines.group_by([*same, "rest"], use_threads=False).aggregate([("key", "min"), ("patient", "distinct")])
    found: list[dict[str, Any]] = together.to_pylist()
    return sorted(found, key=lambda row: (_OPEN.index(row["status"]), row["table"], row["column"], row["key_min"]))


def variables_shown(vocabulary: Vocabulary, table: Table, case_id: int) -> set[Variable]:
    """Which variables a figure's table holds of a patient: its columns, and those that its cells name."""
    records = [record for record in table.records if record.get("case_id") == case_id]
    said = {str(cell) for record in records for cell in record.values() if cell is not None}
    columns = {column.name for column in table.columns}
    found = set()
    for name in vocabulary.clinical:
        if name in ("cases", "visits") or columns.issuperset(vocabulary.table(name).key):
            entries = [
                entry for entry in vocabulary.columns(name) if entry.kind != "identifier" and entry.name != "month"
            ]
            named = {entry for entry in entries if entry.is_number and {entry.label, entry.short_label} & said}
            found |= named | {entry for entry in entries if entry.name in columns}
    return found


def patient_cells(registry: Registry, case_id: int, among: Collection[Variable] = ()) -> Table:
    """The stored cells of one patient with their places and words in the source: all, or those of some variables.

    A value that was imported as it stood has no place of its own: the place of its row stands for it.
    """
    columns = ("table", "column", "key", "status", "verbatim", "source", "note")
    lines = registry.found("provenance", OfPatients((case_id,)), columns=columns)
    rows = sorted((tuple(line.values()) for line in lines), key=_by_row)
    words = registry.vocabulary
    if among:
        asked = {(entry.table, entry.name) for entry in among}
        told = {(table, key) for table, column, key, *_ in rows if (table, column) in asked}
        own = {table: words.table(table).key[-1] for table, _ in asked}
        rows = [
            row
            for row in rows
            if (row[0], row[1]) in asked or (own.get(row[0]) == row[1] and (row[0], row[2]) not in told)
        ]
    return Table(
        f"sources-{case_id}",
        f"Sources of patient {case_id}",
        (
            Column("what", "What"),
            Column("row", "Row"),
            Column("status", "Status"),
            _verbatim(registry),
            Column("source", "Place"),
            Column("note", "Note"),
        ),
        tuple(
            (
                _what(words, table, column, key),
                _row_words(table, key),
                _status(words).level_label(status),
                verbatim or "",
                source,
                note or "",
            )
            for table, column, key, status, verbatim, source, note in rows
        ),
    )


def _by_row(line: tuple[Any, ...]) -> tuple[Any, ...]:
    """The order of a patient's cells: visits by their month; places of one cell stay as they were written down."""
    table, column, key, *_ = line
    second = (key.split("/")[1:2] or [""])[0]
    return table, not second.isdecimal(), int(second) if second.isdecimal() else 0, key, column


def cells_behind(
    registry: Registry,
    entry: Variable,
    cohort: Cohort = EVERYONE,
    month: int | None = None,
    group: Variable | None = None,
    level: str | None = None,
    *,
    limit: int = LIMIT,
) -> Table:
    """The patients' values behind a number of the summary table, each with its place and words in the source.

    One row a place: a value that the source states in two places has two rows. A patient without a value (for a
    visit, one that took place) has a row, too. ``month`` chooses one visit of a visit variable, else all are listed;
    ``group`` and ``level`` choose one column of a grouped table, where the level "not recorded" is the patients without
    one. Of more than ``limit`` patients a fixed sample is listed.

    Raises:
        QueryProblem: the summary table has no such variable, or no such visit or group of it.
    """
    chosen = _column_of_summary(entry, cohort, month, group, level)
    rows = _with_places(registry, entry, _cells(registry, entry, chosen, month, limit))
    everyone = int(patients(registry.codes, chosen).sum())
    columns = [_PATIENT, *([_VISIT] if entry.per_visit else []), Column.of(entry), *_origin(registry)]
    at = "" if month is None else f", {visit_name(month).lower()}"
    sampled = f"A fixed sample of {limit} of {everyone} patients is listed." if everyone > limit else ""
    return Table(
        f"cells-{entry.name}".replace("_", "-") + ("" if month is None else f"-{month}"),
        f"{entry.label}{at}: the values and where they come from",
        told_apart(columns),
        tuple(_cell_row(_status(registry.vocabulary), entry, *row) for row in rows),
        (*general_notes(registry), *([sampled] if sampled else []), _PLACES, *variable_notes([entry])),
        who(registry, chosen),
    )


class _Cell(NamedTuple):
    """A cell of a patient, and the key of the row in which it stands."""

    case_id: int
    month: int | None
    value: Any
    key: str


#: What a line of provenance tells of a cell, and from the surest to what contradicts itself.
_ORIGIN = ("status", "verbatim", "source", "note")
_LINE = ("key", "column", *_ORIGIN)
_SURE = ("printed", "parsed", "inferred", "assumed", "conflict")
_PATIENT, _VISIT = Column("case_id", "Patient", "integer"), Column("month", "Month", "integer")
_PLACES = (
    "One row a place of the source: a value with two places has two rows. A value is marked uncertain where one of its "
    "places is inferred, assumed or in conflict."
)


def _column_of_summary(
    entry: Variable, cohort: Cohort, month: int | None, group: Variable | None, level: str | None
) -> Cohort:
    """The cohort narrowed to one column of the summary table, once the choice is known to be one of the table."""
    if not entry.summarised:
        raise QueryProblem(f"“{entry.name}” is not in the summary table.")
    if month is not None and not entry.per_visit:
        raise QueryProblem(f"{entry.label} is not recorded at visits; expected no month.")
    if level is None:
        return cohort
    if group is None or not (group.levels and group.filterable):
        raise QueryProblem("A level needs the variable that splits the patients into groups.")
    levels = [*(known.code for known in group.levels), NOT_RECORDED]
    if level not in levels:
        raise QueryProblem(f"“{level[:60]}” is not a level of {group.words}; expected {listed(levels, 'or')}.")
    missing = level == NOT_RECORDED
    criterion = Criterion(group, () if missing else (level,), keeps_missing=missing)
    return cohort if criterion in cohort.criteria else Cohort((*cohort.criteria, criterion))


def _cells(registry: Registry, entry: Variable, cohort: Cohort, month: int | None, limit: int) -> list[_Cell]:
    """The cells of the patients; one who has no row of the table has an empty cell."""
    codes, chosen = registry.codes, sample(registry, cohort, limit)
    key = registry.vocabulary.table(entry.table).key
    if entry.per_visit:
        table, which = codes["visits"], visits(codes, cohort)
        if month is not None:
            months = table.column("month")
            which = which & (months.codes == months.code(month))
        records = table.records(rows_of(registry, "visits", chosen, which))
    else:
        records = codes[entry.table].records(rows_of(registry, entry.table, chosen))
        seen = {record["case_id"] for record in records}
        missing = [number for number in codes.numbers[chosen].tolist() if number not in seen]
        records += [dict.fromkeys([*key, entry.name]) | {"case_id": number} for number in missing]
    return [
        _Cell(
            record["case_id"],
            record["month"] if entry.per_visit else None,
            record[entry.name],
            written_key(tuple(record[name] for name in key)),
        )
        for record in records
    ]


def _with_places(registry: Registry, entry: Variable, cells: Sequence[_Cell]) -> list[tuple[Any, ...]]:
    """Patient, visit, value, status, verbatim, source, note and doubt of the cells, a row a place."""
    row = registry.vocabulary.table(entry.table).key[-1]
    lines: dict[tuple[str, str], list[Record]] = {}
    keys = OneOf("key", tuple({cell.key for cell in cells}))
    for line in registry.found(
        "provenance", OneOf("table", (entry.table,)), OneOf("column", (entry.name, row)), keys, columns=_LINE
    ):
        lines.setdefault((line["column"], line["key"]), []).append(line)
    found = []
    for cell in cells:
        places = lines.get((entry.name, cell.key), [])
        if not places and cell.value is not None:
            # an imported cell that was stored as it stood has no line of its own: its row's line says where it stood
            places = [line | {"status": "printed", "verbatim": None} for line in lines.get((row, cell.key), [])]
        doubt = any(line["status"] in UNCERTAIN for line in places)
        found += [
            (cell.case_id, cell.month, cell.value, *(line[name] for name in _ORIGIN), doubt)
            for line in places or [dict.fromkeys(_ORIGIN)]
        ]
    return sorted(found, key=_by_value)


def _by_value(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """Patient by patient; then by visit, value, how sure it is, and place. What is not recorded comes last."""
    case_id, month, value, status, _, source, *_ = row
    sure = _SURE.index(status) if status in _SURE else len(_SURE)
    return case_id, month or 0, value is None, value if value is not None else 0, sure, source is None, source or ""


def _cell_row(
    status_of: Variable,
    entry: Variable,
    case_id: int,
    month: int | None,
    value: Any,
    status: str | None,
    verbatim: str | None,
    source: str | None,
    note: str | None,
    uncertain: bool | None,
) -> tuple[Cell, ...]:
    """One place of one value as a row: what is uncertain or not recorded says so in words."""
    mark = ", ".join(["uncertain"] * bool(uncertain) + [NOT_RECORDED] * (value is None))
    shown = entry.level_label(value) if entry.kind == "category" and value is not None else value
    said = status_of.level_label(status) if status else ""
    visit = [month] if entry.per_visit else []
    return (case_id, *visit, shown, mark, said, verbatim or "", source or "", note or "")


def _origin(registry: Registry) -> tuple[Column, ...]:
    return (
        Column("mark", "Mark"),
        Column("status", "Status"),
        _verbatim(registry),
        Column("source", "Place"),
        Column("note", "Note"),
    )


def _status(words: Vocabulary) -> Variable:
    return words.variable("status", "provenance")


def _what(words: Vocabulary, table: str, column: str, key: str) -> str:
    """The cell in words: the intervention's name for a treatment, else the variable's label."""
    if table == "treatments":
        return key.rpartition("/")[2]
    return words.variable(column, table).label


def _row_words(table: str, key: str) -> str:
    _, _, rest = key.partition("/")
    if table == "visits":
        return "baseline" if rest == "0" else f"month {rest}"
    return rest.replace("/", ", ").replace("_", " ")


def _who(numbers: list[int], everyone: int) -> str:
    return "all" if len(numbers) == everyone and everyone > 1 else listed([str(number) for number in sorted(numbers)])
