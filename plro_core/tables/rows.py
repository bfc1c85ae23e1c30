"""Tables of rows: the paper's own two tables as printed, and the registry's rows for a download.

No statistic is computed here.
"""

from plro_core.cohort import EVERYONE, Cohort
from plro_core.problems import QueryProblem
from plro_core.store import Registry
from plro_core.tables.model import Cell, Column, Table
from plro_core.tables.notes import general_notes, reference_note, variable_notes, who
from plro_core.text import listed
from plro_core.transcription import TABLE_1_HEADS, TABLE_2_HEADS
from plro_core.vocabulary import Table as RegistryTable
from plro_core.vocabulary import Variable, Vocabulary
from plro_core.vocabulary.standard import MG_NOTE, VITAMIN_D_NOTE

#: The paper's tables: title as printed, column heads, and the registry's table whose cells were read from them.
PRINTED = {
    "Table I": ("Demographic Data of Our Patients", TABLE_1_HEADS, "cases"),
    "Table II": (
        "VAS Scores And Laboratory Findings Of Our Patients In First Six-Months' Follow-Up",
        TABLE_2_HEADS,
        "visits",
    ),
}

_PRINTED_NOTES = {
    "Table I": (
        "As printed. “N/A” under risk factors means that none was recorded.",
        "T-scores as reported; the WHO lines are for orientation only, and L1-L4 and L2-L4 overlap.",
    ),
    "Table II": (
        "As printed; “N/A” means not available, the arrows are the paper's own, and a blank case is the one above.",
        f"Mg: {MG_NOTE}",
        f"Vit D: {VITAMIN_D_NOTE}",
    ),
}


#: Tables whose rows can be downloaded; ``measurements`` is the long form of ``visits``.
def record_tables(vocabulary: Vocabulary) -> tuple[str, ...]:
    """The tables whose rows can be listed for a cohort, in order."""
    return ("cases", "visits", "measurements", *vocabulary.facts, "provenance")


_MEASUREMENTS = RegistryTable(
    "measurements", "Measurements", "one recorded measurement at one visit", ("case_id", "month", "analyte")
)


def printed_table(registry: Registry, title: str, cohort: Cohort = EVERYONE) -> Table:
    """ "Table I" or "Table II" character for character: the rows of the cohort's patients, blanks as ``None``.

    Raises:
        QueryProblem: the paper has no such table.
    """
    if title not in PRINTED:
        raise QueryProblem(f"“{title}” is not a table of the paper; expected {listed(list(PRINTED), 'or')}.")
    words, heads, origin = PRINTED[title]
    rows: dict[int, dict[str, str | None]] = {}
    for row, head, text in _printed_cells(registry, title, origin, cohort):
        rows.setdefault(row, {})[head] = text
    return Table(
        "printed-1" if title == "Table I" else "printed-2",
        f"{title}: {words}",
        tuple(Column(head, head) for head in heads.values()),
        tuple(tuple(cells.get(head) for head in heads.values()) for _, cells in sorted(rows.items())),
        (*general_notes(registry), *_PRINTED_NOTES[title]),
        who(registry, cohort),
    )


def _printed_cells(registry: Registry, title: str, origin: str, cohort: Cohort) -> list[tuple[int, str, str | None]]:
    """Row, column head and text of the printed cells whose row a patient of the cohort was read from."""
    condition, values = cohort.case_sql()
    return registry.rows(
        "WITH chosen AS (SELECT DISTINCT CAST(regexp_extract(source, 'row (\\d+)', 1) AS BIGINT) AS printed_row "
        "FROM provenance WHERE \"table\" = ? AND starts_with(source, ?) AND CAST(split_part(key, '/', 1) AS BIGINT) "
        f"IN (SELECT case_id FROM cases WHERE {condition})) "
        'SELECT "row", "column", text FROM printed WHERE document = ? AND "row" IN (SELECT printed_row FROM chosen)',
        [origin, f"{title}, row ", *values, title],
    )


def records_table(registry: Registry, name: str, cohort: Cohort = EVERYONE) -> Table:
    """All rows of one of :func:`record_tables` in the cohort, typed, with units; visits are those that the cohort looks at.

    Raises:
        QueryProblem: there is no such table.
    """
    known = record_tables(registry.vocabulary)
    if name not in known:
        raise QueryProblem(f"“{name}” is not a table of the registry; expected {listed(list(known), 'or')}.")
    table = next((entry for entry in (*registry.vocabulary.tables, _MEASUREMENTS) if entry.name == name), _MEASUREMENTS)
    shape, variables = _shape(name, registry.vocabulary)
    condition, values = _condition(name, cohort)
    chosen = ", ".join(f'"{column.name}"' for column in shape)
    order = ", ".join(f'"{key}"' for key in table.key)
    rows = registry.rows(f'SELECT {chosen} FROM "{name}" WHERE {condition} ORDER BY {order}', values)
    notes = (*general_notes(registry), *variable_notes(variables), *reference_note(variables))
    cells: tuple[tuple[Cell, ...], ...] = tuple(rows)
    return Table(name, f"{table.label}: {table.row} a row", shape, cells, notes, who(registry, cohort))


def _shape(name: str, vocabulary: Vocabulary) -> tuple[tuple[Column, ...], tuple[Variable, ...]]:
    """The columns of a table, and the variables whose notes go with it."""
    if name != "measurements":
        entries = vocabulary.columns(name)
        return tuple(Column.of(entry) for entry in entries), entries
    shape = (
        *(Column.of(vocabulary.variable(key, "visits")) for key in ("case_id", "month")),
        Column("analyte", "Measurement"),
        Column("value", "Value", "number", None),
        Column("printed_flag", "Printed arrow"),
    )
    return shape, tuple(entry for entry in vocabulary.columns("visits") if entry.summarised)


def _condition(name: str, cohort: Cohort) -> tuple[str, list[object]]:
    who, who_values = cohort.case_sql()
    which, which_values = cohort.visit_sql()
    chosen = f"SELECT case_id FROM cases WHERE {who}"
    if name == "cases":
        return who, who_values
    if name == "visits":
        return which, which_values
    if name == "measurements":
        return f"(case_id, month) IN (SELECT (case_id, month) FROM visits WHERE {which})", which_values
    if name == "provenance":
        return f"CAST(split_part(key, '/', 1) AS BIGINT) IN ({chosen})", who_values
    return f"case_id IN ({chosen})", who_values
