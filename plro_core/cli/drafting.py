"""A manuscript held against the registry before it is submitted: ``draft``."""

import hashlib
from pathlib import Path

import click

from plro_core import store
from plro_core.cli import console, options
from plro_core.cli.output import Output, table_output, taken
from plro_core.cli.root import command
from plro_core.drafts import (
    STATUSES,
    check_draft,
    content_of,
    draft_table,
    draft_title,
    questions,
    read_answers,
    read_draft,
    written_answers,
)
from plro_core.export import draft_recipe
from plro_core.problems import DataProblem
from plro_core.text import printable

_NOT_ALL_AGREE = 1


@command(
    "draft",
    "A manuscript as DOCX, PDF, plain text or Markdown. Each mean, median, spread, range, change, count and percentage is matched by the words of its "
    "sentence; --ask writes what is open or guessed into a file, in which you say what is meant, and --answers reads it, for this and "
    "later versions of the draft. Exit 0 only if nothing differs.",
)
@click.argument("file", metavar="FILE")
@options.registry
@options.version
@click.option("--answers", metavar="FILE", help="what you said of statements of this draft, as --ask writes it")
@click.option("--ask", metavar="FILE", help="write what is open or guessed, and the answers so far, into this file")
@click.option(
    "--status", type=options.Choice(STATUSES), metavar="|".join(STATUSES), help="only statements of this status"
)
@table_output()
def draft_command(
    file: str,
    registry: str | None,
    version: str | None,
    answers: str | None,
    ask: str | None,
    status: str | None,
    output: Output,
) -> int:
    output.check(file, answers if answers != ask else None, ask)
    opened = store.open_registry(registry, version)
    told = read_answers(content_of(answers), Path(answers).name) if answers else {}
    content = content_of(file)
    try:
        draft = check_draft(opened, read_draft(content), told)
    except DataProblem as problem:
        raise DataProblem(_of_file(file, str(problem))) from None
    if ask:
        store.write_answer(Path(ask), written_answers(questions(draft.checked, told)))
    table = draft_table(draft, [status] if status else STATUSES)
    recipe = draft_recipe(opened, table.title, hashlib.sha256(content).hexdigest(), bool(told), status or "")
    output.give(table, recipe, taken(opened, table))
    console.complain(f"{draft_title(draft)}.")
    return _NOT_ALL_AGREE if draft.of("differs") else 0


def _of_file(file: str, sentence: str) -> str:
    """A sentence that goes on from the name of the draft."""
    name = printable(Path(file).name)
    return f"{name} {sentence}" if sentence[:1].islower() else sentence
