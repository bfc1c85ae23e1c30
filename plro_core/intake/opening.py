"""The first stage: files opened as sheets of raw cells."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from plro_core.intake import texts, workbooks
from plro_core.intake.findings import Findings
from plro_core.intake.gates import Form, form
from plro_core.intake.model import Dialect, File, Finding, Sheet
from plro_core.intake.refusal import Refusal
from plro_core.progress import Progress, going_on, tell
from plro_core.vocabulary import Vocabulary

#: Sheets of the template that hold words and no rows.
WORD_SHEETS = frozenset(("read me", "codes"))

_UNDECLARED = Dialect()


@dataclass(frozen=True)
class OpenFile:
    """One file: its form, how its text is read (``declared`` by a person, and as it was found), its sheets with cells."""

    file: File
    form: Form
    declared: Dialect
    dialect: Dialect
    sheets: tuple[Sheet, ...]


@dataclass(frozen=True)
class Opened:
    """The files that could be opened; ``complete`` if all could."""

    files: tuple[OpenFile, ...]
    complete: bool


def open_files(
    files: Sequence[File], vocabulary: Vocabulary, dialects: Mapping[str, Dialect], progress: Progress = going_on
) -> tuple[Opened, Findings]:
    """All files, each read within the limits of memory and time; ``dialects`` are those that a person declared.

    Raises:
        StoppedWork: ``progress`` answered no.
    """
    if not files:
        nothing = Finding("", rule="empty", message="no file was given; expected at least one.")
        return Opened((), complete=True), Findings.of([nothing])
    counts = Counter(file.name for file in files)
    found = []
    for done, file in enumerate(files):
        tell(progress, done / len(files), file.name)
        declared = dialects.get(file.name, _UNDECLARED)
        found.append(_namesake(file) if counts[file.name] > 1 else open_file(file, vocabulary, declared))
    opened = tuple(entry for entry, _ in found if entry)
    return Opened(opened, len(opened) == len(files)), Findings.of(*(findings for _, findings in found))


def open_file(
    file: File, vocabulary: Vocabulary, declared: Dialect = _UNDECLARED
) -> tuple[OpenFile | None, list[Finding]]:
    """One file, and what is doubtful about it; ``None`` with the findings that refuse it."""
    try:
        if form(file) == "csv":
            sheet, dialect = texts.sheet(file, declared, vocabulary)
            return OpenFile(file, "csv", declared, dialect, (sheet,)), []
        sheets, findings = workbooks.sheets(file, WORD_SHEETS)
    except Refusal as refusal:
        return None, list(refusal.findings)
    if not sheets:
        nothing = Finding(file.name, rule="empty", message="no sheet has a cell; expected a table.")
        return None, [*findings, nothing]
    return OpenFile(file, "xlsx", declared, Dialect(), tuple(sheets)), findings


def text_sheet(file: File, vocabulary: Vocabulary, declared: Dialect = _UNDECLARED) -> Sheet | None:
    """The table of a text file; ``None`` for a workbook, and for what cannot be read."""
    try:
        return texts.sheet(file, declared, vocabulary)[0] if form(file) == "csv" else None
    except Refusal:
        return None


def _namesake(file: File) -> tuple[None, list[Finding]]:
    return None, [Finding(file.name, rule="same_name", message="two files have this name; expected one.")]
