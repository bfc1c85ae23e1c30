"""The third stage: cells read as values of their variables, and what columns hold that a person has to answer for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from plro_core.intake import missing_codes, units
from plro_core.intake.answers import Answers
from plro_core.intake.findings import Findings
from plro_core.intake.heads import given_tables
from plro_core.intake.model import Question, UnitQuestion
from plro_core.intake.recognition import Recognised
from plro_core.intake.rows import Rows, read_rows
from plro_core.intake.units import UnitDoubt
from plro_core.schema import arrow_schema
from plro_core.vocabulary import Vocabulary


@dataclass(frozen=True)
class Read:
    """The rows of every table that files may give, with the questions that they leave open.

    ``complete`` says that every sheet could be read, so that what is missing is missing from the files.
    """

    rows: Mapping[str, Rows]
    questions: tuple[Question, ...]
    unit_questions: tuple[UnitQuestion, ...]
    unit_doubts: tuple[UnitDoubt, ...]
    complete: bool

    @property
    def given(self) -> tuple[str, ...]:
        """The tables that the files spoke of."""
        return tuple(name for name, rows in self.rows.items() if rows.given)


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
            table,
            arrow_schema(table.name, vocabulary),
            vocabulary.columns(table.name),
            tuple(entry for entry in given if entry.table == table),
            answers,
        )
        for table in given_tables(vocabulary)
    }
    rows = {name: own for name, (own, _) in read.items()}
    questions, asked = missing_codes.ask(rows, stored, answers, missing)
    doubts = units.unit_doubts(rows, answers)
    findings = Findings.of(*(found for _, found in read.values()), asked, map(units.question, doubts))
    return Read(
        rows, questions, units.questions(units.ask(rows, answers), doubts), doubts, recognised.complete
    ), findings
