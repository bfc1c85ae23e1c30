"""Where sheets of a REDCap export meet the reading of tables: their rows are drafted elsewhere and checked here."""

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

import pyarrow as pa

from plro_core.intake.cells import Style
from plro_core.intake.heads import given_tables
from plro_core.intake.ledger import Ledger
from plro_core.intake.model import Dialect, Finding, Sheet
from plro_core.intake.rows import Given, of_drafts
from plro_core.vocabulary import Vocabulary

_PACKAGE = "plro_core.intake.redcap"
_HEADS = frozenset(("redcap_event_name", "redcap_repeat_instrument", "redcap_repeat_instance"))


def exported(
    words: Vocabulary,
    sheets: Sequence[Sheet],
    mapping: Any,
    cases: pa.Table,
    dialects: Mapping[str, Dialect],
    ledger: Ledger,
) -> dict[int, list[Given]]:
    """Identity of a sheet -> the rows that it gives, for each sheet of an export and for its dictionary (none)."""
    module = redcap()
    if module is None:
        strange = [sheet for sheet in sheets if _HEADS & {head.casefold() for head in sheet.head}]
        message = "a REDCap export, which cannot be read here; expected the template."
        ledger.add(*(Finding(sheet.file, sheet.name, rule="redcap", message=message) for sheet in strange))
        return {id(sheet): [] for sheet in strange}
    dictionaries = [sheet for sheet in sheets if module.is_dictionary(sheet)]
    found: dict[int, list[Given]] = {id(sheet): [] for sheet in dictionaries}
    tables = {table.name: table for table in given_tables(words)}
    own = frozenset(entry.name for entry in words.variables)
    for sheet in sheets:
        if id(sheet) not in found and module.is_export(sheet, own):
            dictionary = next(iter(dictionaries), None)
            drafts, findings = module.drafts(sheet, dictionary, mapping, words, cases)
            ledger.add(*findings)
            style = _style(module, sheet, dictionary, mapping, dialects.get(sheet.file, Dialect()).decimal)
            found[id(sheet)] = [
                of_drafts(words, tables[name], rows, style, _with_unit(module, dictionary, mapping, name))
                for name, rows in drafts.items()
                if rows
            ]
    return found


def _with_unit(module: Any, dictionary: Sheet | None, mapping: Any, table: str) -> frozenset[str]:
    """The variables of a table whose fields have their unit in the dictionary."""
    fields = module.read_dictionary(dictionary)[0] if dictionary and mapping else {}
    targets = {name: target for name, target in mapping.fields.items() if name in fields} if fields else {}
    return frozenset(
        target.variable
        for name, target in targets.items()
        if isinstance(target, module.Value) and target.table == table and fields[name].unit
    )


def _style(module: Any, sheet: Sheet, dictionary: Sheet | None, mapping: Any, declared: str) -> Style:
    """The decimal sign that a person declared, or else the one that most numbers of the export have."""
    if declared or mapping is None or not hasattr(module, "decimal_sign"):
        return Style(declared or ".", declared=bool(declared))
    return Style(module.decimal_sign(sheet, dictionary, mapping))


def redcap() -> Any:
    """The package that reads REDCap exports, or ``None`` where it is not installed."""
    try:
        return import_module(_PACKAGE)
    except ModuleNotFoundError as error:
        if error.name != _PACKAGE:
            raise
        return None
