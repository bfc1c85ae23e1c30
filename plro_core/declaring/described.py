"""What a registry declares, for people who look at it: its visits, centres and tables in sentences, its variables in a table."""

from collections.abc import Iterator

from plro_core.tables import Column, Table
from plro_core.text import as_recorded, listed, visit_name
from plro_core.vocabulary import STANDARD, Level, Range, Variable, Vocabulary, ready_made

#: Who declares a variable.
EVERY, WIDENED, READY, OWN = "every registry", "every registry, widened here", "ready-made", "this registry"
_KINDS = {
    "identifier": "number of a patient",
    "integer": "whole number",
    "number": "number",
    "boolean": "yes or no",
    "category": "one of its levels",
    "text": "text",
}


def said_of(words: Vocabulary) -> tuple[tuple[str, str], ...]:
    """What is declared beside variables, each under what it is called."""
    return tuple((name, told) for name, told in _said(words) if told)


def _said(words: Vocabulary) -> Iterator[tuple[str, str]]:
    yield "Planned visits", listed([visit_name(month) for month in words.months])
    yield "Centres", listed([f"{level.label} ({level.code})" for level in centres(words)]) or "none declared"
    yield "Facts", listed([words.table(name).label.lower() for name in words.facts]).capitalize()
    outcome = words.primary_outcome
    if outcome:
        entry, month = outcome
        when = "" if month is None else f" at month {month}, as change from baseline"
        yield "Compared first", f"{entry.label}{when}"


def centres(words: Vocabulary) -> tuple[Level, ...]:
    """The centres that a registry declares; none if it declares none."""
    return next((entry.levels for entry in words.columns("cases") if entry.name == "centre"), ())


def variables_table(words: Vocabulary, by: str = "", table: str = "") -> Table:
    """Every variable with what is declared of it, one a row; only those that somebody declares, or of one table."""
    names = ("Table", "Name", "Label", "Kind", "Unit", "Decimals", "Plausible", "Reference", "Levels", "Declared by")
    rows = tuple(
        _row(words, entry)
        for name in words.clinical
        for entry in words.columns(name)
        if table in ("", name) and declared_by(words, entry).startswith(by) and not _is_flag(words, entry)
    )
    columns = tuple(Column(name.lower().replace(" ", "_"), name) for name in names)
    notes = ("A value outside its plausible range is refused; one outside its reference range is flagged.",)
    return Table("variables", "Variables of the registry", columns, rows, notes)


def declared_by(words: Vocabulary, entry: Variable) -> str:
    """Who declares a variable of a vocabulary."""
    if (entry.name, entry.table) in {(one.name, one.table) for one in STANDARD.variables}:
        widened = {(one.table, one.name) for one in words.declared.widened}
        return WIDENED if (entry.table, entry.name) in widened else EVERY
    tables = {entry.name for entry in STANDARD.tables}
    return READY if entry.name in ready_made.COLUMNS or entry.table not in tables else OWN


def _is_flag(words: Vocabulary, entry: Variable) -> bool:
    """Whether a column holds the flag that came with another one."""
    value = entry.name.removesuffix("_flag")
    return value != entry.name and any(one.name == value for one in words.columns(entry.table))


def _row(words: Vocabulary, entry: Variable) -> tuple[str | None, ...]:
    reference = entry.reference
    return (
        entry.table,
        entry.name,
        entry.label,
        _KINDS[entry.kind],
        entry.stated_unit or None,
        str(entry.decimals) if entry.is_number and entry.kind == "number" else None,
        ends(entry.plausible) or None,
        f"{ends(reference)}; {reference.by}" if reference else None,
        listed([level.label for level in entry.levels]) if entry.kind == "category" else None,
        declared_by(words, entry),
    )


def ends(limits: Range | None) -> str:
    """The two ends of a range, as they are declared: "8.4 to 10.2"; empty without one."""
    if limits is None:
        return ""
    low, high = ("any" if end is None else as_recorded(end) for end in (limits.low, limits.high))
    return f"{low} to {high}"
