"""What was found in a draft, in words and as a table."""

from collections.abc import Sequence
from pathlib import Path

from plro_core.drafts.answers import read_answers
from plro_core.drafts.checking import check_draft
from plro_core.drafts.model import STATUSES, Checked, Draft
from plro_core.drafts.reading import MOST_BYTES, read_draft
from plro_core.drafts.wording import reading_words
from plro_core.problems import DataProblem
from plro_core.store import Registry
from plro_core.tables import Column, Table
from plro_core.text import capitalised, counted, printable

_COLUMNS = (
    Column("place", "Place in the draft"),
    Column("sentence", "Sentence"),
    Column("printed", "Printed"),
    Column("status", "Status"),
    Column("gives", "The registry gives"),
    Column("reading", "Read as"),
    Column("explanation", "Explanation"),
    Column("variable", "Variable"),
    Column("month", "Month", "integer"),
    Column("cohort", "Cohort"),
)

_NOTES = (
    "Statements are found by their forms and matched by the words that the registry declares; what is guessed is said. A number "
    "that agrees is the one that the registry gives, whatever else the sentence says.",
    "Decimals agree if the exact value rounds to them half-up or half to even; SDs by either formula, quartiles by any usual one.",
)


def draft_table(draft: Draft, statuses: Sequence[str] = STATUSES) -> Table:
    """The statements of a draft that have one of some statuses, what differs first."""
    chosen = [one for status in STATUSES if status in statuses for one in draft.of(status)]
    return Table("draft", draft_title(draft), _COLUMNS, tuple(map(_row, chosen)), (*_NOTES, *_further(draft)))


def checked_draft(registry: Registry, file: str, answers: str = "", status: str = "") -> Table:
    """The statements of a manuscript in a file, held against a registry: as ``plro draft`` gives them.

    Raises:
        DataProblem: a file cannot be read, or an answer names what there is not.
        QueryProblem: an answer names a variable or patients that the registry does not know.
    """
    told = read_answers(content_of(answers), Path(answers).name) if answers else {}
    draft = check_draft(registry, read_draft(content_of(file)), told)
    return draft_table(draft, [status] if status else STATUSES)


def content_of(file: str) -> bytes:
    """
    Raises:
        DataProblem: there is no such file.
    """
    path = Path(file)
    try:
        with path.open("rb") as handle:
            return handle.read(MOST_BYTES + 1)
    except OSError as problem:
        raise DataProblem(f"{printable(path.name)}: {problem.strerror}.") from None


def _row(one: Checked) -> tuple[str | int | None, ...]:
    statement, reading, found = one.statement, one.reading, one.found
    return (
        statement.sentence.place,
        statement.sentence.text,
        statement.printed,
        found.status,
        found.gives,
        reading_words(reading),
        found.explanation,
        reading.variable.name if reading.variable else None,
        reading.month,
        reading.cohort.query or None,
    )


def draft_title(draft: Draft) -> str:
    """What a draft comes to, in a sentence."""
    if not draft.checked:
        return "No statistic was found in the draft"
    differs, unknown, agrees = (len(draft.of(status)) for status in STATUSES)
    return f"{counted(len(draft.checked), 'statistic')} in the draft: {differs} differ, {unknown} cannot be told, {agrees} agree"


def _further(draft: Draft) -> list[str]:
    notes = []
    if draft.others:
        notes.append(
            f"{capitalised(counted(draft.others, 'further number'))} (such as years, doses, references and single values in tables) were not read as statistics."
        )
    if draft.unused:
        notes.append(
            f"{capitalised(counted(draft.unused, 'answer'))} is about no statement of this draft."
            if draft.unused == 1
            else f"{draft.unused} answers are about no statement of this draft."
        )
    return notes
