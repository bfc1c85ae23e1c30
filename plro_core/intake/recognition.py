"""The second stage: of which table each sheet is and which variable each column, and what a REDCap export gives."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

import pyarrow as pa

from plro_core.intake import given, heads
from plro_core.intake.cells import Style
from plro_core.intake.dialect import text_style, unusual
from plro_core.intake.findings import Findings
from plro_core.intake.given import Given
from plro_core.intake.model import Dialect, Finding, Sheet, Source
from plro_core.intake.opening import Opened, OpenFile
from plro_core.intake.redcap.codes import decimal_sign
from plro_core.intake.redcap.dictionary import is_dictionary, is_setup, read_dictionary
from plro_core.intake.redcap.layout import is_export
from plro_core.intake.redcap.mapping import RedcapMapping, Value
from plro_core.intake.redcap.names import own_names
from plro_core.intake.redcap.reader import drafts
from plro_core.intake.sheets import layout
from plro_core.intake.sheets import reader as sheets
from plro_core.intake.sheets.decimals import style_of
from plro_core.intake.sheets.mapping import SheetsMapping
from plro_core.vocabulary import Vocabulary


@dataclass(frozen=True)
class RecognisedFile:
    """One file: what its sheets give to tables, and how its text is read, decimal sign included."""

    opened: OpenFile
    given: tuple[Given, ...]
    dialect: Dialect

    @property
    def source(self) -> Source:
        """The file as an intake names it."""
        file = self.opened.file
        rows = sum(entry.count for entry in self.given)
        return Source(file.name, sha256(file.content).hexdigest(), self.opened.form, self.dialect, rows)


@dataclass(frozen=True)
class Recognised:
    """What the files give to tables; ``complete`` if every file was opened and every sheet understood."""

    files: tuple[RecognisedFile, ...]
    complete: bool


@dataclass(frozen=True)
class _Project:
    """What rows of a REDCap export are put together with: words, mapping, dictionary, patients who are known."""

    vocabulary: Vocabulary
    mapping: RedcapMapping | None
    dictionary: Sheet | None
    cases: pa.Table


#: File and sheet of what a mapping says that fits nothing.
_NOWHERE = ("", "")


@dataclass(frozen=True)
class _Taken:
    """What one sheet gives; ``understood`` unless it may hold more."""

    given: tuple[Given, ...] = ()
    findings: Sequence[Finding] = ()
    understood: bool = True


def recognise(
    opened: Opened, vocabulary: Vocabulary, mapping: RedcapMapping | SheetsMapping | None, cases: pa.Table
) -> tuple[Recognised, Findings]:
    """What every sheet gives; ``cases`` are the patients of the registry that the rows go into."""
    of_project = mapping if isinstance(mapping, RedcapMapping) else None
    dictionary = next((sheet for file in opened.files for sheet in file.sheets if is_dictionary(sheet)), None)
    project = _Project(vocabulary, of_project, dictionary, cases)
    mapped = _mapped(opened, vocabulary, mapping, cases) if isinstance(mapping, SheetsMapping) else {}
    files: list[RecognisedFile] = []
    found: list[Sequence[Finding]] = [mapped[_NOWHERE].findings] if _NOWHERE in mapped else []
    complete = opened.complete
    for file in opened.files:
        taken = [
            mapped[sheet.file, sheet.name] if (sheet.file, sheet.name) in mapped else _taken(file, sheet, project)
            for sheet in file.sheets
        ]
        gave = tuple(entry for one in taken for entry in one.given)
        dialect = replace(file.dialect, decimal=gave[0].style.decimal) if file.form == "csv" and gave else file.dialect
        files.append(RecognisedFile(file, gave, dialect))
        found += [one.findings for one in taken]
        if file.form == "csv" and gave:
            sheet = file.sheets[0]
            first = (
                replace(sheet, rows=[]) if (sheet.file, sheet.name) in mapped else sheet
            )  # it may hold a date or a name
            found.append(list(unusual(gave, first, dialect, file.declared)))
        complete = complete and all(one.understood for one in taken)
    return Recognised(tuple(files), complete), Findings.of(*found)


def _mapped(
    opened: Opened, vocabulary: Vocabulary, mapping: SheetsMapping, cases: pa.Table
) -> dict[tuple[str, str], _Taken]:
    """What the sheets give that a mapping speaks of, by file and sheet."""
    present = {(sheet.file, sheet.name) for file in opened.files for sheet in file.sheets}
    known = [
        (file, sheets.Mapped(layout.table(sheet, one), one, file.declared.decimal))
        for file in opened.files
        for sheet in file.sheets
        if (one := layout.of_sheet(sheet, mapping, present))
    ]
    given_by = {
        (one.sheet.file, one.sheet.name): _Taken((), [_left_out(one.sheet)]) for _, one in known if one.mapping.left_out
    }
    found = [(file, one) for file, one in known if not one.mapping.left_out]
    if not known:
        text = (
            "the mapping speaks of none of these sheets; expected the files that it was made for, or of their columns."
        )
        name = opened.files[0].file.name if opened.files else ""
        return {_NOWHERE: _Taken((), (Finding(name, rule="mapping", message=text),))}
    beside = [
        sheet
        for file in opened.files
        for sheet in file.sheets
        if layout.of_sheet(sheet, mapping) is None and heads.table_of(vocabulary, sheet, len(file.sheets) == 1)[0]
    ]
    rows, findings = sheets.drafts([one for _, one in found], vocabulary, cases, beside)
    tables = {table.name: table for table in heads.given_tables(vocabulary)}
    for (_file, read), drafted in zip(found, rows, strict=True):
        style = style_of(read.decimal, read.sheet, read.mapping, vocabulary)
        gave = tuple(
            given.of_drafts(vocabulary, tables[name], own, style, read.mapping.with_unit(name))
            for name, own in drafted.items()
        )
        own_findings = [item for item in findings if (item.file, item.sheet) == (read.sheet.file, read.sheet.name)]
        understood = all(item.severity != "error" for item in own_findings)
        given_by[read.sheet.file, read.sheet.name] = _Taken(gave, own_findings, understood)
    others = [item for item in findings if (item.file, item.sheet) not in given_by]
    return {**given_by, _NOWHERE: _Taken((), others)} if others else given_by


def _left_out(sheet: Sheet) -> Finding:
    message = "the mapping leaves the sheet out."
    return Finding(sheet.file, sheet.name, rule="left_out", message=message, severity="warning")


def _taken(file: OpenFile, sheet: Sheet, project: _Project) -> _Taken:
    if is_dictionary(sheet) or is_setup(sheet):
        return _Taken()
    if is_export(sheet, own_names(project.vocabulary)):
        return _of_export(sheet, project, file.declared.decimal)
    return _of_table(file, sheet, project.vocabulary)


def _of_table(file: OpenFile, sheet: Sheet, vocabulary: Vocabulary) -> _Taken:
    """What a sheet that is laid out like the template gives."""
    table, findings = heads.table_of(vocabulary, sheet, alone=len(file.sheets) == 1)
    if table is None and heads.is_beside_data(vocabulary, sheet, file.sheets):
        return _Taken((), [heads.left_out(sheet)])
    if table is None:
        return _Taken((), findings, understood=False)
    columns, findings = heads.match(vocabulary, sheet, table)
    if not set(table.key) <= set(columns):
        return _Taken((), findings, understood=False)
    style = Style(file.declared.decimal or ".", typed=True, declared=bool(file.declared.decimal))
    if file.form == "csv":
        entries = vocabulary.columns(table.name)
        style = text_style(sheet, entries, columns, file.declared.decimal, file.dialect.delimiter)
    return _Taken((given.of_sheet(vocabulary, sheet, table, columns, style),), findings)


def _of_export(sheet: Sheet, project: _Project, decimal: str) -> _Taken:
    """What an export of records gives through its mapping; with an error in it nothing is told of what is missing."""
    style = _style(sheet, project, decimal)
    drafted, findings = drafts(
        sheet, project.dictionary, project.mapping, project.vocabulary, project.cases, style.decimal
    )
    tables = {table.name: table for table in heads.given_tables(project.vocabulary)}
    gave = tuple(
        given.of_drafts(project.vocabulary, tables[name], rows, style, _with_unit(project, name))
        for name, rows in drafted.items()
        if rows
    )
    return _Taken(gave, findings, all(finding.severity != "error" for finding in findings))


def _style(sheet: Sheet, project: _Project, declared: str) -> Style:
    """The decimal sign that a person declared, or else the one that most numbers of the export have."""
    if declared or project.mapping is None:
        return Style(declared or ".", declared=bool(declared))
    return Style(decimal_sign(sheet, project.dictionary, project.mapping))


def _with_unit(project: _Project, table: str) -> frozenset[str]:
    """The variables of a table whose fields have their unit in the dictionary."""
    if project.dictionary is None or project.mapping is None:
        return frozenset()
    fields = read_dictionary(project.dictionary)[0]
    return frozenset(
        target.variable
        for name, target in project.mapping.fields.items()
        if isinstance(target, Value) and target.table == table and name in fields and fields[name].unit
    )
