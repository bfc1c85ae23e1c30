"""Tables of rows: the tables that a document prints, and the registry's rows for a download.

No statistic is computed here.
"""

from collections import Counter

from plro_core.cohort import EVERYONE, Cohort
from plro_core.counts.chosen import patients as in_cohort
from plro_core.lookups import patients_by_printed_row
from plro_core.problems import QueryProblem
from plro_core.series.documents import Document, PrintedTable
from plro_core.store import OneOf, Registry
from plro_core.tables.model import Cell, Column, Table, told_apart
from plro_core.tables.notes import general_notes, reference_note, variable_notes, who
from plro_core.text import likely, listed
from plro_core.vocabulary import RegistryTable, Variable, Vocabulary


def record_tables(vocabulary: Vocabulary) -> tuple[str, ...]:
    """The tables whose rows can be listed for a cohort, in order."""
    return ("cases", "visits", "measurements", *vocabulary.facts, "provenance")


_MEASUREMENTS = RegistryTable(
    "measurements", "Measurements", "one recorded measurement at one visit", ("case_id", "month", "analyte")
)


def printed_tables(registry: Registry) -> dict[str, PrintedTable]:
    """The printed tables of the documents that have patients in the registry, by title.

    Where several documents print a table of one title, each is called by its document too: "Table I (its short name)".
    """
    return {title: table for title, (_, table) in _printed_by_title(registry).items()}


def _printed_by_title(registry: Registry) -> dict[str, tuple[Document, PrintedTable]]:
    found = [(bound.document, table) for bound in registry.documents for table in bound.document.printed]
    how_many = Counter(table.title for _, table in found)
    return {
        table.title if how_many[table.title] == 1 else f"{table.title} ({document.short})": (document, table)
        for document, table in found
    }


def printed_table(registry: Registry, title: str, cohort: Cohort = EVERYONE) -> Table:
    """A printed table character for character: the rows of the cohort's patients, blanks as ``None``.

    Raises:
        QueryProblem: no document of the registry prints such a table.
    """
    known = _printed_by_title(registry)
    if title not in known:
        expected = f"expected {listed(list(known), 'or')}" if known else "this registry holds no table of a document"
        raise QueryProblem(f"“{title}” is not a table of the {registry.source_word}; {expected}.")
    document, printed = known[title]
    rows: dict[int, dict[str, str | None]] = {}
    for row, head, text in _printed_cells(registry, document, printed, cohort):
        rows.setdefault(row, {})[head] = text
    return Table(
        f"printed-{list(known).index(title) + 1}",
        f"{title}: {printed.caption}",
        tuple(Column(head, head) for head in printed.heads),
        tuple(tuple(cells.get(head) for head in printed.heads) for _, cells in sorted(rows.items())),
        (*general_notes(registry), *printed.notes),
        who(registry, cohort),
    )


def _printed_cells(
    registry: Registry, document: Document, printed: PrintedTable, cohort: Cohort
) -> list[tuple[int, str, str | None]]:
    """Row, column head and text of the printed cells whose row a patient of the cohort was read from."""
    patients = patients_by_printed_row(registry, document.name, printed.title, printed.cells)
    chosen = set(registry.codes.numbers[in_cohort(registry.codes, cohort)].tolist())
    cells = registry.found("printed", OneOf("document", (printed.title,)), OneOf("series", (document.name, None)))
    return [(cell["row"], cell["column"], cell["text"]) for cell in cells if patients.get(cell["row"]) in chosen]


def records_table(registry: Registry, name: str, cohort: Cohort = EVERYONE) -> Table:
    """All rows of one of :func:`record_tables` in the cohort, typed, with units; visits are those that the cohort looks at.

    Raises:
        QueryProblem: there is no such table.
    """
    known = record_tables(registry.vocabulary)
    if name not in known:
        expected = listed(list(known), "or")
        raise QueryProblem(f"“{name}” is not a table of the registry{likely(name, known)}; expected {expected}.")
    table = next((entry for entry in (*registry.vocabulary.tables, _MEASUREMENTS) if entry.name == name), _MEASUREMENTS)
    shape, variables = _shape(name, registry)
    condition, values = _condition(name, cohort)
    chosen = ", ".join(f'"{column.name}"' for column in shape)
    order = ", ".join(f'"{key}"' for key in table.key)
    rows = registry.rows(f'SELECT {chosen} FROM "{name}" WHERE {condition} ORDER BY {order}', values)
    notes = (*general_notes(registry), *variable_notes(variables), *reference_note(registry, variables))
    cells: tuple[tuple[Cell, ...], ...] = tuple(rows)
    return Table(name, f"{table.label}: {table.row} a row", shape, cells, notes, who(registry, cohort))


def _shape(name: str, registry: Registry) -> tuple[tuple[Column, ...], tuple[Variable, ...]]:
    """The columns of a table, and the variables whose notes go with it."""
    vocabulary = registry.vocabulary
    if name != "measurements":
        entries = vocabulary.columns(name)
        return told_apart(Column.of(entry) for entry in entries), entries
    shape = (
        *(Column.of(vocabulary.variable(key, "visits")) for key in ("case_id", "month")),
        Column("analyte", "Measurement"),
        Column("value", "Value", "number", None),
        Column("printed_flag", registry.flag_word.capitalize()),
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
