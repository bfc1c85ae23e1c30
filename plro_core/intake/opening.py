"""The first stage: files opened as sheets of raw cells."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from plro_core.intake import heads, texts, workbooks
from plro_core.intake.findings import Findings
from plro_core.intake.gates import Form, form
from plro_core.intake.model import Dialect, File, Finding, Sheet
from plro_core.intake.refusal import Refusal
from plro_core.intake.sheets import layout
from plro_core.intake.sheets.mapping import SheetsMapping
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
    files: Sequence[File],
    vocabulary: Vocabulary,
    dialects: Mapping[str, Dialect],
    progress: Progress = going_on,
    mapping: SheetsMapping | None = None,
) -> tuple[Opened, Findings]:
    """All files, each read within the limits of memory and time; ``dialects`` are those that a person declared, and
    ``mapping`` says where the tables of sheets begin and end.

    Raises:
        StoppedWork: ``progress`` answered no.
    """
    if not files:
        nothing = Finding("", rule="empty", message="no file was given; expected at least one.")
        return Opened((), complete=True), Findings.of([nothing])
    counts = Counter(file.name for file in files)
    found, present = [], {(file.name, "") for file in files}
    for done, file in enumerate(files):
        tell(progress, done / len(files), file.name)
        declared = dialects.get(file.name, _UNDECLARED)
        twice = counts[file.name] > 1
        found.append(_namesake(file) if twice else open_file(file, vocabulary, declared, mapping, present))
    opened = tuple(entry for entry, _ in found if entry)
    return Opened(opened, len(opened) == len(files)), Findings.of(*(findings for _, findings in found))


def open_file(
    file: File,
    vocabulary: Vocabulary,
    declared: Dialect = _UNDECLARED,
    mapping: SheetsMapping | None = None,
    present: Collection[layout.Name] = (),
) -> tuple[OpenFile | None, list[Finding]]:
    """One file among those that are ``present``, and what is doubtful about it; ``None`` with the findings that refuse it."""
    try:
        kind = form(file)
        if kind == "csv":
            one = layout.of_text(file, declared, mapping, present) if mapping else None
            whole = layout.without_titles(file, declared, one) if one else file
            sheet, dialect = texts.sheet(whole, declared, vocabulary)
            return OpenFile(file, "csv", declared, dialect, (sheet,)), layout.titles_left_out(whole, dialect, sheet)
        sheets, findings = workbooks.sheets(file, WORD_SHEETS)
    except Refusal as refusal:
        return None, list(refusal.findings)
    if not sheets:
        nothing = Finding(file.name, rule="empty", message="no sheet has a cell; expected a table.")
        return None, [*findings, nothing]
    begun = [layout.begun(sheet, mapping, heads.knows(vocabulary)) for sheet in sheets]
    ends = {sheet.name: sheet.head_row for sheet, _ in begun}
    findings = [one for one in findings if not (one.rule == "merged" and _is_above(one, ends))]
    if any(one.severity == "error" for one in findings):
        return None, findings
    left_out = [finding for _, found in begun for finding in found]
    return OpenFile(file, kind, declared, Dialect(), tuple(sheet for sheet, _ in begun)), [*findings, *left_out]


def _is_above(merged: Finding, head_rows: Mapping[str, int]) -> bool:
    """Whether merged cells are a title: a title is no cell of the table."""
    return (merged.row or 0) < head_rows.get(merged.sheet, 1)


def text_sheet(
    file: File, vocabulary: Vocabulary, declared: Dialect = _UNDECLARED, mapping: SheetsMapping | None = None
) -> Sheet | None:
    """The table of a text file; ``None`` for a workbook, and for what cannot be read."""
    try:
        found = open_file(file, vocabulary, declared, mapping)[0] if form(file) == "csv" else None
    except Refusal:
        return None
    return found.sheets[0] if found else None


def _namesake(file: File) -> tuple[None, list[Finding]]:
    return None, [Finding(file.name, rule="same_name", message="two files have this name; expected one.")]
