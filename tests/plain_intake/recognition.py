"""The second stage: of which table each sheet is and which variable each column, and what a REDCap export gives."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

import pyarrow as pa

from plro_core.intake import heads
from plro_core.intake.cells import Style
from plro_core.intake.findings import Findings
from plro_core.intake.model import Dialect, Finding, Sheet, Source
from plro_core.intake.opening import Opened, OpenFile
from plro_core.intake.redcap.dictionary import is_dictionary, read_dictionary
from plro_core.intake.redcap.layout import is_export
from plro_core.intake.redcap.mapping import RedcapMapping, Value
from plro_core.intake.redcap.names import own_names
from plro_core.intake.redcap.reader import decimal_sign, drafts
from plro_core.vocabulary import Vocabulary
from tests.plain_intake import given
from tests.plain_intake.dialect import text_style, unusual
from tests.plain_intake.given import Given


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


@dataclass(frozen=True)
class _Taken:
    """What one sheet gives; ``understood`` unless it may hold more."""

    given: tuple[Given, ...] = ()
    findings: Sequence[Finding] = ()
    understood: bool = True


def recognise(
    opened: Opened, vocabulary: Vocabulary, mapping: RedcapMapping | None, cases: pa.Table
) -> tuple[Recognised, Findings]:
    """What every sheet gives; ``cases`` are the patients of the registry that the rows go into."""
    sheets = [sheet for file in opened.files for sheet in file.sheets]
    project = _Project(vocabulary, mapping, next(filter(is_dictionary, sheets), None), cases)
    files: list[RecognisedFile] = []
    found: list[Sequence[Finding]] = []
    complete = opened.complete
    for file in opened.files:
        taken = [_taken(file, sheet, project) for sheet in file.sheets]
        gave = tuple(entry for one in taken for entry in one.given)
        dialect = replace(file.dialect, decimal=gave[0].style.decimal) if file.form == "csv" and gave else file.dialect
        files.append(RecognisedFile(file, gave, dialect))
        found += [one.findings for one in taken]
        if file.form == "csv" and gave:
            found.append(list(unusual(gave, file.sheets[0], dialect, file.declared)))
        complete = complete and all(one.understood for one in taken)
    return Recognised(tuple(files), complete), Findings.of(*found)


def _taken(file: OpenFile, sheet: Sheet, project: _Project) -> _Taken:
    if is_dictionary(sheet):
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
    style = Style(typed=True)
    if file.form == "csv":
        entries = vocabulary.columns(table.name)
        style = text_style(sheet, entries, columns, file.declared.decimal, file.dialect.delimiter)
    return _Taken((given.of_sheet(vocabulary, sheet, table, columns, style),), findings)


def _of_export(sheet: Sheet, project: _Project, decimal: str) -> _Taken:
    """What an export of records gives through its mapping; with an error in it nothing is told of what is missing."""
    drafted, findings = drafts(sheet, project.dictionary, project.mapping, project.vocabulary, project.cases)
    style = _style(sheet, project, decimal)
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
