"""Which table a sheet is of, and which variable each of its columns is."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache

from plro_core.intake.likeness import nearest
from plro_core.intake.model import Finding, Place, Sheet
from plro_core.intake.row_numbers import is_row_numbers
from plro_core.intake.row_numbers import left_out as left_out_row_numbers
from plro_core.intake.sheets import units
from plro_core.text import listed
from plro_core.vocabulary import RegistryTable, Variable, Vocabulary

_WITH_UNIT = re.compile(r"(.+?)\s*[(\[]([^()\[\]]*)[)\]]")


@dataclass(frozen=True)
class Head:
    """A column head resolved: its variable, and the unit that it wrongly gives, or gives in other words."""

    variable: Variable
    wrong_unit: str = ""
    equal_unit: str = ""


def given_tables(words: Vocabulary) -> tuple[RegistryTable, ...]:
    """The declarations of the tables that files may give, in their order: all that hold what people record."""
    return tuple(table for table in words.tables if table.name in words.clinical)


def knows(words: Vocabulary) -> Callable[[str], bool]:
    """Tells whether a column head names a variable of any table that files may give."""
    return lambda head: any(resolve(head, words.columns(table)) for table in words.clinical)


def resolve(head: str, among: tuple[Variable, ...]) -> Head | None:
    """The variable that a head names: its name, its label, or either with the unit in brackets; capitals are alike."""
    name = _plain(head)
    named = [entry for entry in among if name == entry.name]  # a label may be another variable's name
    for entry in named or among:
        if name in (entry.name, _plain(entry.label), _plain(entry.axis_title)):
            return Head(entry)
    found = _WITH_UNIT.fullmatch(name)
    for entry in among if found else ():
        if found and found[1] in (entry.name, _plain(entry.label)):
            unit = found[2].strip()
            if unit in (_plain(entry.stated_unit), _plain(entry.unit)) and entry.stated_unit:
                return Head(entry)
            equal = bool(unit and entry.unit) and units.plain(unit) == units.plain(entry.unit)
            return Head(entry, "" if equal else found[2], unit if equal else "")
    return None


def names_unit(head: str) -> bool:
    """Whether a column head has a unit in brackets."""
    found = _WITH_UNIT.fullmatch(_plain(head))
    return bool(found and found[2].strip())


@cache
def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()


def table_of(words: Vocabulary, sheet: Sheet, alone: bool) -> tuple[RegistryTable | None, list[Finding]]:
    """The table that a sheet is of: by the name of the sheet or the file, or else by its heads.

    ``alone`` says that the file has no other sheet, so that the file's name may speak for it. If none or several tables
    fit, a finding says so.
    """
    named = _named(words, sheet.name) if sheet.name else []
    if not named and alone:
        named = _named(words, sheet.file.rpartition(".")[0])
    if len(named) == 1:
        return named[0], []
    if not alone and not named:
        return None, [_unknown(words, sheet, "unknown_sheet", "the sheet is none of the registry's tables")]
    fitting = [table for table in named or given_tables(words) if _fits(words, sheet, table)]
    likely = fitting or _nearest(words, sheet)
    if len(likely) == 1:
        return likely[0], []
    why = f"the columns fit {listed([table.name for table in fitting])}" if fitting else "the columns fit no table"
    return None, [_unknown(words, sheet, "unknown_table", why)]


def is_beside_data(words: Vocabulary, sheet: Sheet, sheets: Iterable[Sheet]) -> bool:
    """Whether a sheet of a workbook, such as one of notes, is beside its data.

    Then neither its name nor any of its heads is of a table, and another sheet is named after one.
    """
    ours = knows(words)
    tables = (_named(words, other.name) for other in sheets)
    return not _named(words, sheet.name) and not any(map(ours, sheet.head)) and any(len(named) == 1 for named in tables)


def left_out(sheet: Sheet) -> Finding:
    """That a sheet beside the data is not read."""
    message = "the sheet has no column of the registry's tables; it is left out."
    hint = "Does it hold data? Then name it after its table, and its columns as in the template."
    return Finding(sheet.file, sheet.name, rule="left_out", message=message, suggestion=hint, severity="warning")


def _named(words: Vocabulary, name: str) -> list[RegistryTable]:
    """The tables that a name speaks of: a whole name wins over a part of it, and a longer phrase over one inside it."""
    said = _phrase(name)
    phrases = {table: {_phrase(table.name), _phrase(table.label)} for table in given_tables(words)}
    whole = [table for table in phrases if said == _phrase(table.name)]
    whole = whole or [table for table in phrases if said in phrases[table]]
    spoken = {phrase for own in phrases.values() for phrase in own if phrase in said}
    longest = {phrase for phrase in spoken if not any(phrase in other for other in spoken - {phrase})}
    return whole or [table for table in phrases if phrases[table] & longest]


def _phrase(text: str) -> str:
    """The words of a text between blanks, so that a phrase is found in another by whole words only."""
    said = re.findall(r"[^\W\d_]+", text.casefold())
    return f" {' '.join(said)} "


def _fits(words: Vocabulary, sheet: Sheet, table: RegistryTable) -> bool:
    found = [resolve(head, words.columns(table.name)) for head in sheet.head if head.strip()]
    names = {head.variable.name for head in found if head}
    return all(found) and all(entry.name in names for entry in words.columns(table.name) if entry.required)


def _nearest(words: Vocabulary, sheet: Sheet) -> list[RegistryTable]:
    """The tables whose columns most of the heads name; of several, those whose key is given in full."""
    ranks = {}
    for table in given_tables(words):
        names = {found.variable.name for head in sheet.head if (found := resolve(head, words.columns(table.name)))}
        ranks[table] = (len(names), set(table.key) <= names)
    best = max(ranks.values())
    return [table for table, rank in ranks.items() if best[0] and rank == best]


def _unknown(words: Vocabulary, sheet: Sheet, rule: str, why: str) -> Finding:
    names = listed([table.name for table in given_tables(words)], "or")
    what = "sheet" if sheet.name else "file"
    message = f"{why}; expected one of {names}."
    return Finding(sheet.file, sheet.name, rule=rule, message=message, suggestion=f"Name the {what} after its table.")


def match(words: Vocabulary, sheet: Sheet, table: RegistryTable) -> tuple[dict[str, int], list[Finding]]:
    """Variable name -> index of its column, and what is wrong with the heads."""
    among = words.columns(table.name)
    found: dict[str, int] = {}
    findings = []
    for index, text in enumerate(sheet.head):
        place = Place(sheet.file, sheet.name, sheet.head_row, text, index)
        head = resolve(text, among)
        if is_row_numbers(sheet, index) and not head:
            findings.append(left_out_row_numbers(sheet))
        elif not text.strip():
            if any(cells[index] is not None for _, cells in sheet.rows):
                findings.append(Finding.at(place, "", "unknown_column", "the column has no name; expected one."))
        elif head is None:
            findings.append(_unknown_column(place, among))
        elif head.variable.name in found:
            message = f"a second column for {head.variable.name}; expected each column once."
            findings.append(Finding.at(place, text, "duplicate_column", message))
        else:
            found[head.variable.name] = index
            if head.wrong_unit:
                findings.append(_wrong_unit(place, head))
            elif head.equal_unit:
                same = f"its unit is {head.variable.unit} in other words; the values are read as they stand."
                findings.append(Finding.at(place, text, "equal_unit", same, "warning"))
    return found, findings + [_missing(sheet, entry) for entry in among if entry.required and entry.name not in found]


def _unknown_column(place: Place, among: Iterable[Variable]) -> Finding:
    names = {_plain(word): entry.name for entry in among for word in (entry.label, entry.name)}
    near = nearest(_plain(place.column), names)
    hint = f"Did you mean {names[near]}?" if near else "Remove the column, or see the template for the names."
    message = "the column is not declared; expected a column of the template."
    return Finding.at(place, place.column, "unknown_column", message, suggestion=hint)


def _wrong_unit(place: Place, head: Head) -> Finding:
    entry = head.variable
    expected = f"the unit {entry.stated_unit}" if entry.stated_unit else "no unit"
    hint = ""
    if entry.si_factor and head.wrong_unit == _plain(entry.si_unit):
        hint = f"Divide the values by {entry.si_factor:.4g} to have them in {entry.unit}, or say the unit in a mapping."
    return Finding.at(place, place.column, "unit_doubt", f"{entry.name} has {expected}.", suggestion=hint)


def _missing(sheet: Sheet, entry: Variable) -> Finding:
    message = f"the column {entry.name} is missing; expected one, because every row needs a value."
    return Finding(sheet.file, sheet.name, sheet.head_row, entry.name, rule="missing_column", message=message)
