"""The third stage: cells read as values of their variables, and what columns hold that a person has to answer for."""

from collections.abc import Mapping, Sequence

import pyarrow as pa

from plro_core.intake.answers import Answers
from plro_core.intake.findings import Findings
from plro_core.intake.heads import given_tables
from plro_core.intake.reading import Read
from plro_core.intake.units import question
from plro_core.intake.units import questions as unit_questions
from plro_core.vocabulary import Vocabulary
from tests.plain_intake import missing_codes, units
from tests.plain_intake.recognition import Recognised
from tests.plain_intake.rows import read_rows


def read_cells(
    recognised: Recognised,
    vocabulary: Vocabulary,
    stored: Mapping[str, pa.Table],
    answers: Answers,
    missing: Sequence[str],
) -> tuple[Read, Findings]:
    """Every cell read; ``stored`` are the tables that the rows go into, ``missing`` the codes that a mapping declares."""
    given = [entry for file in recognised.files for entry in file.given]
    read = {
        table.name: read_rows(
            table, vocabulary.columns(table.name), tuple(entry for entry in given if entry.table == table), answers
        )
        for table in given_tables(vocabulary)
    }
    rows = {name: own for name, (own, _) in read.items()}
    questions, asked = missing_codes.ask(rows, stored, answers, missing)
    doubts = units.unit_doubts(rows, answers)
    findings = Findings.of(*(found for _, found in read.values()), asked, map(question, doubts))
    return Read(
        rows, questions, unit_questions(units.ask(rows, answers), doubts), doubts, recognised.complete
    ), findings
