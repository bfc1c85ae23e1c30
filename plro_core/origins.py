"""Where the cells come from: the uncertain ones of a cohort, every cell of one patient, and those behind one number."""

from collections.abc import Collection
from typing import Any

from plro_core.cohort import EVERYONE, Cohort, Criterion
from plro_core.lookups import LIMIT
from plro_core.problems import QueryProblem
from plro_core.store import Registry
from plro_core.tables import Cell, Column, Table, told_apart
from plro_core.tables.notes import general_notes, variable_notes, who
from plro_core.tables.summary import NOT_RECORDED
from plro_core.text import listed, visit_name
from plro_core.vocabulary import UNCERTAIN, Variable, Vocabulary

_OF_PATIENT = "CAST(split_part(key, '/', 1) AS BIGINT)"


def _verbatim(registry: Registry) -> Column:
    return Column("verbatim", f"Words of the {registry.source_word}")


def open_questions(registry: Registry, cohort: Cohort = EVERYONE) -> Table:
    """What the source leaves open for the cohort's patients: cells in conflict first, then assumed, then inferred."""
    condition, values = cohort.case_sql()
    rows = registry.rows(
        f'SELECT "table", "column", status, any_value(key), note, verbatim, source, list(DISTINCT {_OF_PATIENT}) '
        f"FROM provenance WHERE status IN ('conflict', 'assumed', 'inferred') "
        f"AND {_OF_PATIENT} IN (SELECT case_id FROM cases WHERE {condition}) "
        'GROUP BY "table", "column", status, note, verbatim, source, CASE WHEN "table" = \'treatments\' THEN key[position(\'/\' IN key):] END '
        "ORDER BY array_position(['conflict', 'assumed', 'inferred'], status), \"table\", \"column\", min(key)",
        values,
    )
    words = registry.vocabulary
    everyone = registry.rows(f"SELECT count(*) FROM cases WHERE {condition}", values)[0][0]
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
                _what(words, table, column, key),
                _who(patients, everyone),
                _status(words).level_label(status),
                note or "",
                verbatim or "",
                source,
            )
            for table, column, status, key, note, verbatim, source, patients in rows
        ),
    )


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
    rows = registry.rows(
        f'SELECT "table", "column", key, status, verbatim, source, note FROM provenance WHERE {_OF_PATIENT} = ? '
        'ORDER BY "table", TRY_CAST(split_part(key, \'/\', 2) AS BIGINT), key, "column"',
        [case_id],
    )
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
    rows = registry.rows(*_cells_sql(registry.vocabulary.table(entry.table).key, entry, chosen, month, limit))
    patients = registry.rows(f"SELECT count(*) FROM cases WHERE {chosen.case_sql()[0]}", chosen.case_sql()[1])[0][0]
    columns = [_PATIENT, *([_VISIT] if entry.per_visit else []), Column.of(entry), *_origin(registry)]
    at = "" if month is None else f", {visit_name(month).lower()}"
    sampled = f"A fixed sample of {limit} of {patients} patients is listed." if patients > limit else ""
    return Table(
        f"cells-{entry.name}".replace("_", "-") + ("" if month is None else f"-{month}"),
        f"{entry.label}{at}: the values and where they come from",
        told_apart(columns),
        tuple(_cell_row(_status(registry.vocabulary), entry, *row) for row in rows),
        (*general_notes(registry), *([sampled] if sampled else []), _PLACES, *variable_notes([entry])),
        who(registry, chosen),
    )


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


def _cells_sql(
    key_columns: tuple[str, ...], entry: Variable, cohort: Cohort, month: int | None, limit: int
) -> tuple[str, list[Any]]:
    """Patient, visit, value and origins of the cells, as SQL and its bound values."""
    condition, values = cohort.case_sql()
    if entry.per_visit:
        which, more = cohort.visit_sql()
        only = "" if month is None else " AND month = ?"
        cells = f"SELECT * FROM visits SEMI JOIN chosen USING (case_id) WHERE {which}{only}"
        more = more if month is None else [*more, month]
    else:
        cells, more = f"SELECT * FROM chosen LEFT JOIN {entry.table} USING (case_id)", []
    key = ", ".join(f'"{name}"' for name in key_columns)
    visit = "month" if entry.per_visit else "NULL"
    row = key_columns[-1]
    return (
        f"WITH chosen AS (SELECT case_id FROM cases WHERE {condition} ORDER BY hash(case_id) LIMIT ?), "
        f"cells AS (SELECT case_id, {visit} AS month, \"{entry.name}\" AS value, concat_ws('/', {key}) AS key FROM ({cells})), "
        'origins AS (SELECT key, status, verbatim, source, note FROM provenance WHERE "table" = ? AND "column" = ?), '
        # an imported cell that was stored as it stood has no line of its own: its row's line says where it stood
        "rows AS (SELECT key, 'printed' AS status, NULL AS verbatim, source, note FROM provenance WHERE \"table\" = ? "
        'AND "column" = ? AND key NOT IN (SELECT key FROM origins)), '
        "places AS (FROM origins UNION ALL FROM rows WHERE key IN (SELECT key FROM cells WHERE value IS NOT NULL)) "
        "SELECT case_id, month, value, status, verbatim, source, note, "
        "bool_or(list_contains(?, status)) OVER (PARTITION BY cells.key) FROM cells LEFT JOIN places USING (key) "
        "ORDER BY case_id, month, value, array_position(['printed', 'parsed', 'inferred', 'assumed', 'conflict'], status), source",
        [*values, limit, *more, entry.table, entry.name, entry.table, row, list(UNCERTAIN)],
    )


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


def _who(patients: list[int], everyone: int) -> str:
    return "all" if len(patients) == everyone and everyone > 1 else listed([str(number) for number in sorted(patients)])
