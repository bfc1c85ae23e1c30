"""From files to an intake, in four stages; each takes the value of the one before and gives its own, with its findings."""

from collections.abc import Mapping, Sequence

import pyarrow as pa

from plro_core.intake.answers import UNANSWERED, Answers
from plro_core.intake.assembly import assemble, stored_tables
from plro_core.intake.findings import Findings
from plro_core.intake.mappings import AnyMapping, of_sheets
from plro_core.intake.model import Dialect, File, Intake
from plro_core.intake.opening import open_files
from plro_core.intake.reading import read_cells
from plro_core.intake.recognition import recognise
from plro_core.progress import Progress, going_on, part, tell
from plro_core.vocabulary import Vocabulary


def read(
    files: Sequence[File],
    vocabulary: Vocabulary,
    base: Mapping[str, pa.Table] | None = None,
    whole: bool = False,
    dialects: Mapping[str, Dialect] | None = None,
    mapping: AnyMapping | None = None,
    answers: Answers = UNANSWERED,
    sound: bool = False,
    progress: Progress = going_on,
) -> Intake:
    """What the files hold, checked cell by cell and as a whole; never raises for what a file holds.

    Rows go into the registry ``base``. A row with a known key replaces the stored row, other rows are added and nothing
    is removed; with ``whole`` the files are the whole registry, and a table that they do not give becomes empty. What a
    paper prints and claims stays as it is. ``dialects`` says by file name how text is read where a person has said so;
    ``mapping`` says which fields of a REDCap export, or columns of other sheets, are which variables, and ``answers`` which numbers are codes for missing.
    ``sound`` says that the rows of ``base`` keep the rules, so that only those that come are held against them.

    Raises:
        StoppedWork: ``progress``, which is told before each file and each stage, answered no.
    """
    stored, unfit = stored_tables(vocabulary, base)
    opened, unopened = open_files(files, vocabulary, dialects or {}, part(progress, 0, 0.4), of_sheets(mapping))
    tell(progress, 0.4, "which column is which")
    recognised, unknown = recognise(opened, vocabulary, mapping, stored["cases"])
    tell(progress, 0.45, "reading the cells")
    cells, unread = read_cells(recognised, vocabulary, stored, answers, mapping.missing if mapping else ())
    tell(progress, 0.7, "checking the tables")
    before = Findings.of(unfit, unopened, unknown, unread)
    assembled, doubtful = assemble(cells, vocabulary, stored, whole, before.has_errors, sound)
    findings = Findings.of(before, doubtful)
    return Intake(
        findings.shown(files),
        tuple(file.source for file in recognised.files),
        None if findings.has_errors else assembled.tables,
        cells.given,
        questions=cells.questions,
        unit_questions=cells.unit_questions,
        touched=assembled.touched,
    )
