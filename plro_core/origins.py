"""Where the cells come from: the uncertain ones of a cohort, and every cell of one patient."""

from plro_core.cohort import EVERYONE, Cohort
from plro_core.store import Registry
from plro_core.tables import Column, Table
from plro_core.text import listed
from plro_core.variables import variable

_STATUS = variable("status", "provenance")

_OF_PATIENT = "CAST(split_part(key, '/', 1) AS BIGINT)"

_COLUMNS = (
    Column("what", "What"),
    Column("patients", "Patients"),
    Column("status", "Status"),
    Column("note", "What is open"),
    Column("verbatim", "Words of the paper"),
    Column("source", "Place"),
)


def open_questions(registry: Registry, cohort: Cohort = EVERYONE) -> Table:
    """What the paper leaves open for the cohort's patients: cells in conflict first, then assumed, then inferred."""
    condition, values = cohort.case_sql()
    rows = registry.rows(
        f'SELECT "table", "column", status, any_value(key), note, verbatim, source, list(DISTINCT {_OF_PATIENT}) '
        f"FROM provenance WHERE status IN ('conflict', 'assumed', 'inferred') "
        f"AND {_OF_PATIENT} IN (SELECT case_id FROM cases WHERE {condition}) "
        'GROUP BY "table", "column", status, note, verbatim, source, CASE WHEN "table" = \'treatments\' THEN key[position(\'/\' IN key):] END '
        "ORDER BY array_position(['conflict', 'assumed', 'inferred'], status), \"table\", \"column\", min(key)",
        values,
    )
    everyone = registry.rows(f"SELECT count(*) FROM cases WHERE {condition}", values)[0][0]
    return Table(
        "open-questions",
        "What the paper leaves open",
        _COLUMNS,
        tuple(
            (
                _what(table, column, key),
                _who(patients, everyone),
                _STATUS.level_label(status),
                note or "",
                verbatim or "",
                source,
            )
            for table, column, status, key, note, verbatim, source, patients in rows
        ),
    )


def patient_cells(registry: Registry, case_id: int) -> Table:
    """Every stored cell of one patient with its place and words in the source."""
    rows = registry.rows(
        f'SELECT "table", "column", key, status, verbatim, source, note FROM provenance WHERE {_OF_PATIENT} = ? '
        'ORDER BY "table", TRY_CAST(split_part(key, \'/\', 2) AS BIGINT), key, "column"',
        [case_id],
    )
    return Table(
        f"sources-{case_id}",
        f"Sources of patient {case_id}",
        (
            Column("what", "What"),
            Column("row", "Row"),
            Column("status", "Status"),
            Column("verbatim", "Words of the paper"),
            Column("source", "Place"),
            Column("note", "Note"),
        ),
        tuple(
            (
                _what(table, column, key),
                _row_words(table, key),
                _STATUS.level_label(status),
                verbatim or "",
                source,
                note or "",
            )
            for table, column, key, status, verbatim, source, note in rows
        ),
    )


def _what(table: str, column: str, key: str) -> str:
    """The cell in words: the intervention's name for a treatment, else the variable's label."""
    if table == "treatments":
        return key.rpartition("/")[2]
    return variable(column, table).label


def _row_words(table: str, key: str) -> str:
    _, _, rest = key.partition("/")
    if table == "visits":
        return "baseline" if rest == "0" else f"month {rest}"
    return rest.replace("/", ", ").replace("_", " ")


def _who(patients: list[int], everyone: int) -> str:
    return "all" if len(patients) == everyone and everyone > 1 else listed([str(number) for number in sorted(patients)])
