"""The data dictionary: every column of the registry with its meaning, derived from the declared variables."""

from collections.abc import Iterable, Iterator

from plro_core.export.documents import markdown_table, markdown_text
from plro_core.store import Registry
from plro_core.tables import Cell, Column, Table
from plro_core.tables.model import with_unit
from plro_core.tables.ranges import known_ranges, thresholds_table
from plro_core.vocabulary import Range, Reference, RegistryTable, Variable, Vocabulary
from plro_core.vocabulary.model import NOT_STATED, UNKNOWN

COLUMNS = (
    Column("table", "Table"),
    Column("name", "Name"),
    Column("label", "Label"),
    Column("kind", "Kind"),
    Column("unit", "Unit"),
    Column("loinc", "LOINC"),
    Column("required", "Required", "boolean"),
    Column("decimals", "Decimals", "integer"),
    Column("plausible_low", "Plausible from", "number", None),
    Column("plausible_high", "Plausible to", "number", None),
    Column("plausible_source", "Plausible range set by"),
    Column("reference_low", "Reference from", "number", None),
    Column("reference_high", "Reference to", "number", None),
    Column("reference_laboratory", "Reference laboratory"),
    Column("reference_version", "Reference version or test"),
    Column("reference_population", "Reference population"),
    Column("reference_date", "Reference date"),
    Column("reference_read", "Reference read on"),
    Column("reference_source", "Reference source"),
    Column("reference_status", "Reference known from"),
    Column("levels", "Levels"),
    Column("si_unit", "SI unit"),
    Column("si_factor", "SI factor", "number", None),
    Column("filter", "Filter", "boolean"),
    Column("note", "Note"),
    Column("source", "Source"),
)

_NOTES = (
    "A value outside the plausible range is refused as an error; one outside the reference range is a finding.",
    "Missing is null everywhere: never 0, an empty text or a word.",
    "SI values are the recorded values times the SI factor.",
)

_INTRODUCTION = """\
# Data dictionary

Every table and column of the registry. This page is made by
`python -m plro_core dictionary -o docs/dictionary.md`; change the declarations, not the page.

- A value outside the *plausible* range is an error and is refused; a value outside the *reference* range is a finding
  and is flagged. {ranges}
- Missing is null everywhere: never 0, an empty text or a word.
- Multiply by the *SI* factor to convert.
- Columns marked *filter* can be named in a cohort query, such as `smoking=yes&vas.1=0-3`.
"""


def as_table(variables: Iterable[Variable]) -> Table:
    """The dictionary as a table with one row for each column of the registry."""
    rows = tuple(_row(entry) for entry in variables)
    return Table("dictionary", "Data dictionary", COLUMNS, rows, _NOTES)


def _row(entry: Variable) -> tuple[Cell, ...]:
    return (
        entry.table,
        entry.name,
        entry.label,
        entry.kind,
        entry.stated_unit or None,
        entry.loinc or None,
        entry.required,
        entry.decimals if entry.is_number else None,
        *_range_cells(entry.plausible),
        *_reference_cells(entry.reference),
        _levels(entry) or None,
        entry.si_unit or None,
        entry.si_factor,
        entry.filterable,
        entry.note or None,
        entry.source or None,
    )


def _range_cells(limits: Range | None) -> tuple[Cell, ...]:
    if limits is None:
        return (None, None, None)
    ends = (None if end is None else float(end) for end in (limits.low, limits.high))
    return (*ends, limits.source or None)


def _reference_cells(known: Reference | None) -> tuple[Cell, ...]:
    """The range with everything that is known of it; what is not known is said so."""
    if known is None:
        return (None,) * 9
    told = (known.laboratory, known.version, known.population, known.date, known.read)
    return (
        *_range_cells(known)[:2],
        *(text or UNKNOWN for text in told),
        known.source or NOT_STATED,
        known.status,
    )


def _levels(entry: Variable) -> str:
    """Codes with their words where the two differ: ``H (high), L (low)``."""
    return ", ".join(
        level.code if level.code == level.label else f"{level.code} ({level.label})" for level in entry.levels
    )


_PAGE = (
    Column("what", "Variable"),
    Column("values", "Values, ranges and codes"),
    Column("note", "What to know, and source"),
)


def as_page(vocabulary: Vocabulary, table: RegistryTable, words: str = "") -> Table:
    """One table of the registry as it is read on a page; ``words`` keeps the variables that mention them all."""
    wanted = [entry for entry in vocabulary.columns(table.name) if _mentions(entry, words)]
    return Table(f"dictionary-{table.name}", table.label, _PAGE, tuple(_page_cells(entry) for entry in wanted))


def _mentions(entry: Variable, words: str) -> bool:
    text = " ".join(
        (entry.name, entry.label, entry.stated_unit, entry.loinc, entry.note, entry.source, _levels(entry))
    ).lower()
    return all(word in text for word in words.lower().split())


def _page_cells(entry: Variable) -> tuple[Cell, ...]:
    values = (
        _levels(entry) or _range_words(entry.plausible if entry.is_number else None) or entry.kind,
        f"reference range {entry.reference.words} ({entry.reference.cited})" if entry.reference else "",
        f"LOINC {entry.loinc}" if entry.loinc else "",
        f"× {entry.si_factor:.4g} = {entry.si_unit}" if entry.si_factor else "",
    )
    source = f"Source: {entry.source}." if entry.source else ""
    return (
        f"{with_unit(entry.label, entry.stated_unit)} · {entry.name}",
        "; ".join(filter(None, values)),
        " ".join(filter(None, (entry.note, entry.caveat, source))),
    )


def as_markdown(registry: Registry) -> str:
    """The dictionary as a page: a section for each table of the registry, then the notes of its columns."""
    ranges = registry.told("dictionary.ranges", "Reference ranges differ by laboratory.")
    words = registry.vocabulary
    sections = (_section(table, words.columns(table.name)) for table in words.tables)
    return "\n".join([_INTRODUCTION.format(ranges=ranges), *sections, *_held_against(words)])


def _held_against(words: Vocabulary) -> Iterator[str]:
    """The sections on what values are held against: every reference range, and every threshold."""
    for table in (known_ranges(words), thresholds_table().layout):
        yield "\n".join((f"## {table.title}\n", markdown_table(table), *(f"\n{note}\n" for note in table.notes)))


def _section(table: RegistryTable, variables: Iterable[Variable]) -> str:
    variables = tuple(variables)
    heads = ("Name", "Label", "Kind", "Plausible", "Reference", "Levels", "LOINC", "SI")
    shape = tuple(Column(head.lower(), head) for head in heads)
    rows = tuple(_page_row(entry) for entry in variables)
    notes = [_remark(entry) for entry in variables if entry.note or entry.caveat or entry.source]
    key = ", ".join(f"`{name}`" for name in table.key)
    parts = [
        f"## `{table.name}`: {table.row} a row",
        f"Identified by {key}.",
        markdown_table(Table(table.name, table.label, shape, rows)),
        "\n".join(notes),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _page_row(entry: Variable) -> tuple[Cell, ...]:
    marks = [entry.kind, *["required"] * entry.required, *["filter"] * entry.filterable]
    return (
        entry.name,
        with_unit(entry.label, entry.stated_unit),
        ", ".join(marks),
        _range_words(entry.plausible),
        f"{entry.reference.words} ({entry.reference.by})" if entry.reference else "",
        _levels(entry),
        entry.loinc,
        f"× {entry.si_factor:.4g} {entry.si_unit}" if entry.si_factor else "",
    )


def _range_words(limits: Range | None) -> str:
    if limits is None:
        return ""
    low, high = ("" if end is None else f"{end:.10g}".replace("-", "−") for end in (limits.low, limits.high))
    words = f"{low} to {high}" if low and high else f"{low} or more" if low else f"{high} or less"
    return f"{words} ({limits.source})" if limits.source else words


def _remark(entry: Variable) -> str:
    source = f"Source: {entry.source}." if entry.source else ""
    return f"- `{entry.name}`: {markdown_text(' '.join(filter(None, (entry.note, entry.caveat, source))))}"
