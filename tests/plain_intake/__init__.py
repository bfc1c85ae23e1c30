"""Intake cell by cell, as plain as it can be said: the slow oracle that the reading in columns is held against.

What a single cell means (``cells``), what a head names, how a text is decoded and how findings are told is the program's own; how
columns, rows, keys, doubts and lines of provenance come about is written here once more, row by row.
"""

from collections.abc import Mapping, Sequence

import pyarrow as pa

from plro_core.intake import heads, workbooks
from plro_core.intake.answers import UNANSWERED, Answers
from plro_core.intake.findings import Findings
from plro_core.intake.gates import form
from plro_core.intake.model import Dialect, File, Finding, Intake
from plro_core.intake.opening import WORD_SHEETS, Opened, OpenFile
from plro_core.intake.redcap.mapping import RedcapMapping
from plro_core.intake.refusal import Refusal
from plro_core.vocabulary import Vocabulary
from tests.plain_intake import delimited
from tests.plain_intake.assembly import assemble, stored_tables
from tests.plain_intake.reading import read_cells
from tests.plain_intake.recognition import recognise


def read(
    files: Sequence[File],
    vocabulary: Vocabulary,
    base: Mapping[str, pa.Table] | None = None,
    whole: bool = False,
    dialects: Mapping[str, Dialect] | None = None,
    mapping: RedcapMapping | None = None,
    answers: Answers = UNANSWERED,
) -> Intake:
    """What ``intake.read`` gives, found cell by cell."""
    stored, unfit = stored_tables(vocabulary, base)
    opened, unopened = _opened(files, vocabulary, dialects or {})
    recognised, unknown = recognise(opened, vocabulary, mapping, stored["cases"])
    cells, unread = read_cells(recognised, vocabulary, stored, answers, mapping.missing if mapping else ())
    before = Findings.of(unfit, unopened, unknown, unread)
    tables, doubtful = assemble(cells, vocabulary, stored, whole, faulty=before.has_errors)
    findings = Findings.of(before, doubtful)
    return Intake(
        findings.shown(files),
        tuple(file.source for file in recognised.files),
        None if findings.has_errors else tables,
        cells.given,
        questions=cells.questions,
        unit_questions=cells.unit_questions,
    )


def _opened(
    files: Sequence[File], vocabulary: Vocabulary, dialects: Mapping[str, Dialect]
) -> tuple[Opened, list[Finding]]:
    found = [_open(file, vocabulary, dialects.get(file.name, Dialect())) for file in files]
    opened = tuple(entry for entry, _ in found if entry)
    return Opened(opened, len(opened) == len(files)), [finding for _, findings in found for finding in findings]


def _open(file: File, vocabulary: Vocabulary, declared: Dialect) -> tuple[OpenFile | None, list[Finding]]:
    try:
        if form(file) == "csv":
            sheet, dialect = delimited.sheet(file, declared, heads.knows(vocabulary))
            return OpenFile(file, "csv", declared, dialect, (sheet,)), []
        sheets, findings = workbooks.sheets(file, WORD_SHEETS)
    except Refusal as refusal:
        return None, list(refusal.findings)
    return OpenFile(file, "xlsx", declared, Dialect(), tuple(sheets)), findings
