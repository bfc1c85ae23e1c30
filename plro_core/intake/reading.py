"""From files to an intake: every sheet recognised, read cell by cell, put together and checked as a whole."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from importlib import import_module
from typing import Any

import pyarrow as pa

from plro_core.intake import delimited, heads, workbook
from plro_core.intake.assembly import Tables, assemble, full
from plro_core.intake.cells import Style
from plro_core.intake.gates import form
from plro_core.intake.ledger import Ledger
from plro_core.intake.model import Dialect, File, Finding, Intake, Sheet, Source
from plro_core.intake.refusal import Refusal
from plro_core.intake.rows import Given, Rows, of_drafts, of_sheet
from plro_core.variables import Table, columns

#: Sheets of the template that hold words and no rows.
WORD_SHEETS = frozenset(("read me", "codes"))

_USUAL = Dialect("utf-8", ",", ".")
_WITH_DECIMALS = re.compile(r"[-−]?[0-9]+([.,])[0-9]+")
_GROUPED = re.compile(r"[-−]?[1-9][0-9]{0,2}[.,][0-9]{3}")
_REDCAP_HEADS = frozenset(("redcap_event_name", "redcap_repeat_instrument", "redcap_repeat_instance"))


@dataclass(frozen=True)
class _Opened:
    """One file opened: its form, how its text is read, its sheets."""

    file: File
    form: str
    dialect: Dialect
    sheets: tuple[Sheet, ...]


def read(
    files: Sequence[File],
    base: Mapping[str, pa.Table] | None = None,
    whole: bool = False,
    dialects: Mapping[str, Dialect] | None = None,
    mapping: Any = None,
) -> Intake:
    """What the files hold, checked cell by cell and as a whole; never raises for what a file holds.

    Rows go into the registry ``base``. A row with a known key replaces the stored row, other rows are added and nothing
    is removed; with ``whole`` the files are the whole registry, and a table that they do not give becomes empty. What a
    paper prints and claims stays as it is. ``dialects`` says by file name how text is read where a person has said so;
    ``mapping`` says which fields of a REDCap export are which variables.
    """
    ledger = Ledger(files)
    start = full(base, ledger)
    opened = _open_all(files, dialects or {}, ledger)
    rows = {table.name: Rows.empty(table) for table in heads.given_tables()}
    sources, sound = [], len(opened) == len(files)
    spoken: set[str] = set()
    redcap = _redcap_drafts(opened, mapping, start, ledger)
    for entry in opened:
        taken, dialect, understood = _take(entry, dialects or {}, redcap, ledger)
        sound = sound and understood
        for given in taken:
            rows[given.table.name].add(given, ledger)
            spoken.add(given.table.name)
        sources.append(_source(entry, dialect, taken))
    if not files:
        ledger.add(Finding("", rule="empty", message="no file was given; expected at least one."))
    tables: Tables = assemble(start, rows, whole, sound, ledger)
    given_names = tuple(name for name in rows if name in spoken)
    return Intake(ledger.findings(), tuple(sources), None if ledger.has_errors else tables, given_names)


def _open_all(files: Sequence[File], dialects: Mapping[str, Dialect], ledger: Ledger) -> list[_Opened]:
    counts = Counter(file.name for file in files)
    opened = []
    for file in files:
        try:
            if counts[file.name] > 1:
                raise Refusal(Finding(file.name, rule="same_name", message="two files have this name; expected one."))
            opened.append(_open(file, dialects.get(file.name, Dialect()), ledger))
        except Refusal as refusal:
            ledger.add(*refusal.findings)
    return opened


def _open(file: File, declared: Dialect, ledger: Ledger) -> _Opened:
    if form(file) == "xlsx":
        sheets, findings = workbook.sheets(file, WORD_SHEETS)
        ledger.add(*findings)
        if not sheets:
            raise Refusal(Finding(file.name, rule="empty", message="no sheet has a cell; expected a table."))
        return _Opened(file, "xlsx", Dialect(), tuple(sheets))
    sheet, dialect = delimited.sheet(file, declared, heads.is_known)
    return _Opened(file, "csv", dialect, (sheet,))


def _source(entry: _Opened, dialect: Dialect, taken: Sequence[Given]) -> Source:
    digest = sha256(entry.file.content).hexdigest()
    return Source(entry.file.name, digest, entry.form, dialect, sum(given.count for given in taken))


def _take(
    entry: _Opened, dialects: Mapping[str, Dialect], redcap: Mapping[int, list[Given]], ledger: Ledger
) -> tuple[list[Given], Dialect, bool]:
    """What the sheets of a file give to the tables, the dialect in full, and whether all of them were understood."""
    taken: list[Given] = []
    dialect, understood = entry.dialect, True
    for sheet in entry.sheets:
        if id(sheet) in redcap:
            taken += redcap[id(sheet)]
            continue
        try:
            given, dialect = _give(entry, sheet, dialects.get(entry.file.name, Dialect()), ledger)
            taken.append(given)
        except Refusal as refusal:
            ledger.add(*refusal.findings)
            understood = False
    return taken, dialect, understood


def _give(entry: _Opened, sheet: Sheet, declared: Dialect, ledger: Ledger) -> tuple[Given, Dialect]:
    table = heads.table_of(sheet, alone=len(entry.sheets) == 1)
    found, findings = heads.match(sheet, table)
    ledger.add(*findings)
    if not set(table.key) <= set(found):
        raise Refusal()
    if entry.form == "xlsx":
        return of_sheet(sheet, table, found, Style(typed=True)), entry.dialect
    style = _style(sheet, table, found, declared.decimal)
    dialect = replace(entry.dialect, decimal=style.decimal)
    given = of_sheet(sheet, table, found, style)
    _confirm(given, sheet, dialect, declared, ledger)
    return given, dialect


def _style(sheet: Sheet, table: Table, found: Mapping[str, int], declared: str) -> Style:
    """The decimal sign of a text file: the one in most of the cells that can be read in one way only."""
    if declared:
        return Style(declared if declared in (".", ",") else ".", declared=True)
    signs: Counter[str] = Counter()
    for entry in columns(table.name):
        if entry.kind == "number" and entry.name in found:
            for text in {cells[found[entry.name]] for _, cells in sheet.rows}:
                number = _WITH_DECIMALS.fullmatch(str(text).strip())
                if number and not _GROUPED.fullmatch(number[0]):
                    signs[number[1]] += 1
    return Style("," if signs[","] > signs["."] else ".", sure=signs.total() > 0)


def _confirm(given: Given, sheet: Sheet, dialect: Dialect, declared: Dialect, ledger: Ledger) -> None:
    """Show how text is read wherever that is unusual and nobody has declared it."""
    parts = ("encoding", "delimiter", "decimal")
    unusual = [
        part for part in parts if getattr(dialect, part) != getattr(_USUAL, part) and not getattr(declared, part)
    ]
    if not unusual:
        return
    message = f"read as {dialect.words}."
    for entry in columns(given.table.name) if dialect.decimal == "," else ():
        for row, raw in enumerate(given.raws.get(entry.name, ()) if entry.kind == "number" else ()):
            if isinstance(raw, str) and re.fullmatch(r"[-−]?[0-9]+,[0-9]+", raw.strip()):
                words = f"{message} “{raw.strip()}” is read as {raw.strip().replace(',', '.')}."
                ledger.add(Finding.at(given.place(row, entry.name), raw, "dialect", words, "warning", "Is this right?"))
                return
    first = " | ".join(cell or "" for cell in map(_words, sheet.rows[0][1])) if sheet.rows else " | ".join(sheet.head)
    words = f"{message} The first row is {first}."
    ledger.add(Finding(sheet.file, rule="dialect", severity="warning", message=words, suggestion="Is this right?"))


def _words(raw: object) -> str:
    return "" if raw is None else str(raw)


def _redcap_drafts(opened: Sequence[_Opened], mapping: Any, base: Tables, ledger: Ledger) -> dict[int, list[Given]]:
    """Identity of a sheet -> the rows that it gives, for sheets of a REDCap export and for its dictionary (none)."""
    sheets = [sheet for entry in opened for sheet in entry.sheets]
    module = _redcap_module()
    if module is None:
        strange = [sheet for sheet in sheets if _REDCAP_HEADS & {head.casefold() for head in sheet.head}]
        message = "a REDCap export, which cannot be read here; expected the template."
        ledger.add(*(Finding(sheet.file, sheet.name, rule="redcap", message=message) for sheet in strange))
        return {id(sheet): [] for sheet in strange}
    dictionaries = [sheet for sheet in sheets if module.is_dictionary(sheet)]
    found: dict[int, list[Given]] = {id(sheet): [] for sheet in dictionaries}
    tables = {table.name: table for table in heads.given_tables()}
    for sheet in sheets:
        if id(sheet) not in found and module.is_export(sheet):
            drafts, findings = module.drafts(sheet, next(iter(dictionaries), None), mapping, base["cases"])
            ledger.add(*findings)
            found[id(sheet)] = [of_drafts(tables[name], rows) for name, rows in drafts.items() if rows]
    return found


def _redcap_module() -> Any:
    try:
        return import_module("plro_core.intake.redcap")
    except ModuleNotFoundError:
        return None
