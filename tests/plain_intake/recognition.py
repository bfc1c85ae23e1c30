"""The second stage: of which table each sheet is and which variable each column, and what a REDCap export gives."""

from collections.abc import Sequence
from dataclasses import replace

import pyarrow as pa

from plro_core.intake import heads
from plro_core.intake.cells import Style
from plro_core.intake.findings import Findings
from plro_core.intake.model import Finding, Sheet
from plro_core.intake.opening import Opened, OpenFile
from plro_core.intake.recognition import Recognised, RecognisedFile, _Project, _style, _Taken, _with_unit
from plro_core.intake.redcap.dictionary import is_dictionary
from plro_core.intake.redcap.layout import is_export
from plro_core.intake.redcap.mapping import RedcapMapping
from plro_core.intake.redcap.names import own_names
from plro_core.intake.redcap.reader import drafts
from plro_core.vocabulary import Vocabulary
from tests.plain_intake import given
from tests.plain_intake.dialect import text_style, unusual


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
    style = Style(file.declared.decimal or ".", typed=True, declared=bool(file.declared.decimal))
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
