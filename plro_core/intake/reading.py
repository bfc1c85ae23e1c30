"""From files to an intake: every sheet recognised, read cell by cell, put together and checked as a whole."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

import pyarrow as pa

from plro_core.intake import heads, missing_codes, texts, units, workbooks
from plro_core.intake.adapter import exported
from plro_core.intake.answers import UNANSWERED, Answers
from plro_core.intake.assembly import Tables, assemble, full
from plro_core.intake.cells import Style
from plro_core.intake.dialect import text_style, unusual
from plro_core.intake.gates import form
from plro_core.intake.ledger import Ledger
from plro_core.intake.model import Dialect, File, Finding, Intake, Sheet, Source
from plro_core.intake.refusal import Refusal
from plro_core.intake.rows import Given, Rows, of_sheet
from plro_core.vocabulary import Vocabulary

#: Sheets of the template that hold words and no rows.
WORD_SHEETS = frozenset(("read me", "codes"))


@dataclass(frozen=True)
class _Opened:
    """One file opened: its form, how its text is read, its sheets."""

    file: File
    form: str
    dialect: Dialect
    sheets: tuple[Sheet, ...]


def read(
    files: Sequence[File],
    vocabulary: Vocabulary,
    base: Mapping[str, pa.Table] | None = None,
    whole: bool = False,
    dialects: Mapping[str, Dialect] | None = None,
    mapping: Any = None,
    answers: Answers = UNANSWERED,
) -> Intake:
    """What the files hold, checked cell by cell and as a whole; never raises for what a file holds.

    Rows go into the registry ``base``. A row with a known key replaces the stored row, other rows are added and nothing
    is removed; with ``whole`` the files are the whole registry, and a table that they do not give becomes empty. What a
    paper prints and claims stays as it is. ``dialects`` says by file name how text is read where a person has said so;
    ``mapping`` says which fields of a REDCap export are which variables, and ``answers`` which numbers are codes for missing.
    """
    ledger = Ledger(files)
    start = full(vocabulary, base, ledger)
    opened = _open_all(vocabulary, files, dialects or {}, ledger)
    rows = {table.name: Rows.empty(vocabulary, table, answers) for table in heads.given_tables(vocabulary)}
    sources, sound = [], len(opened) == len(files)
    spoken: set[str] = set()
    sheets = [sheet for entry in opened for sheet in entry.sheets]
    redcap = exported(vocabulary, sheets, mapping, start["cases"], dialects or {}, ledger)
    sound = sound and not (redcap and ledger.has_errors)
    for entry in opened:
        taken, dialect, understood = _take(vocabulary, entry, dialects or {}, redcap, ledger)
        sound = sound and understood
        for given in taken:
            rows[given.table.name].add(given, ledger)
            spoken.add(given.table.name)
        sources.append(_source(entry, dialect, taken))
    if not files:
        ledger.add(Finding("", rule="empty", message="no file was given; expected at least one."))
    questions = missing_codes.ask(rows, start, answers, mapping.missing if mapping else (), ledger)
    tables: Tables = assemble(vocabulary, start, rows, whole, sound, ledger, units.ask(rows, ledger))
    given_names = tuple(name for name in rows if name in spoken)
    sound_tables = None if ledger.has_errors else tables
    return Intake(ledger.findings(), tuple(sources), sound_tables, given_names, questions=questions)


def _open_all(
    words: Vocabulary, files: Sequence[File], dialects: Mapping[str, Dialect], ledger: Ledger
) -> list[_Opened]:
    counts = Counter(file.name for file in files)
    opened = []
    for file in files:
        try:
            if counts[file.name] > 1:
                raise Refusal(Finding(file.name, rule="same_name", message="two files have this name; expected one."))
            opened.append(_open(words, file, dialects.get(file.name, Dialect()), ledger))
        except Refusal as refusal:
            ledger.add(*refusal.findings)
    return opened


def _open(words: Vocabulary, file: File, declared: Dialect, ledger: Ledger) -> _Opened:
    if form(file) == "xlsx":
        sheets, findings = workbooks.sheets(file, WORD_SHEETS)
        ledger.add(*findings)
        if not sheets:
            raise Refusal(Finding(file.name, rule="empty", message="no sheet has a cell; expected a table."))
        return _Opened(file, "xlsx", Dialect(), tuple(sheets))
    sheet, dialect = texts.sheet(file, declared, words)
    return _Opened(file, "csv", dialect, (sheet,))


def _source(entry: _Opened, dialect: Dialect, taken: Sequence[Given]) -> Source:
    digest = sha256(entry.file.content).hexdigest()
    return Source(entry.file.name, digest, entry.form, dialect, sum(given.count for given in taken))


def _take(
    words: Vocabulary,
    entry: _Opened,
    dialects: Mapping[str, Dialect],
    redcap: Mapping[int, list[Given]],
    ledger: Ledger,
) -> tuple[list[Given], Dialect, bool]:
    """What the sheets of a file give to the tables, the dialect in full, and whether all of them were understood."""
    taken: list[Given] = []
    dialect, understood = entry.dialect, True
    for sheet in entry.sheets:
        declared = dialects.get(entry.file.name, Dialect())
        if id(sheet) in redcap:
            drafted = redcap[id(sheet)]
            dialect = _confirmed(entry, sheet, drafted, declared, ledger)
            taken += drafted
            continue
        try:
            given, dialect = _give(words, entry, sheet, declared, ledger)
            taken.append(given)
        except Refusal as refusal:
            ledger.add(*refusal.findings)
            understood = False
    return taken, dialect, understood


def _give(words: Vocabulary, entry: _Opened, sheet: Sheet, declared: Dialect, ledger: Ledger) -> tuple[Given, Dialect]:
    table = heads.table_of(words, sheet, alone=len(entry.sheets) == 1)
    found, findings = heads.match(words, sheet, table)
    ledger.add(*findings)
    if not set(table.key) <= set(found):
        raise Refusal()
    if entry.form == "xlsx":
        return of_sheet(words, sheet, table, found, Style(typed=True)), entry.dialect
    given = of_sheet(
        words,
        sheet,
        table,
        found,
        text_style(sheet, words.columns(table.name), found, declared.decimal, entry.dialect.delimiter),
    )
    return given, _confirmed(entry, sheet, [given], declared, ledger)


def _confirmed(entry: _Opened, sheet: Sheet, given: Sequence[Given], declared: Dialect, ledger: Ledger) -> Dialect:
    """The dialect of a text file with its decimal sign, shown wherever it is unusual and nobody has declared it."""
    if entry.form == "xlsx" or not given:
        return entry.dialect
    dialect = replace(entry.dialect, decimal=given[0].style.decimal)
    ledger.add(*unusual(given, sheet, dialect, declared))
    return dialect
