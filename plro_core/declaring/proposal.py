"""New words on their way to a version: checked as they are typed, held against the data, and ready to be stored as a draft."""

import difflib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from plro_core.declaring.effects import Misfit, WordChange, changes_in_words, told
from plro_core.handover import Prepared, Proposal
from plro_core.intake import Intake
from plro_core.preview import preview
from plro_core.problems import RegistryProblem
from plro_core.progress import Progress, going_on, part, tell
from plro_core.schema import arrow_schema, completed, violations
from plro_core.store import Registry, history, proposed_words
from plro_core.vocabulary import FILE, Vocabulary, parse


@dataclass(frozen=True)
class Proposed:
    """New words held against the data: what changes, and either the cells that refuse it or what may be stored.

    Words that say nothing else than those before, comments and layout included, give nothing to store.
    """

    changes: tuple[WordChange, ...]
    misfits: tuple[Misfit, ...]
    prepared: Prepared | None


def checked(text: str, now: Vocabulary, is_published: bool) -> Vocabulary:
    """The words that a ``variables.toml`` declares; on top of a published version they may add and widen what is declared ``now``.

    Raises:
        RegistryProblem: one sentence that names the part at fault, its value and what was expected.
    """
    words = Vocabulary(parse(text))
    if is_published and (contradiction := words.contradiction(now)):
        raise RegistryProblem(f"{FILE}: {contradiction}")
    if now.declared.text and not text.strip():
        raise RegistryProblem(f"{FILE}: nothing is declared; expected the declarations to stay.")
    return words


def proposed(words: Vocabulary, now: Vocabulary, base: Registry | None, progress: Progress = going_on) -> Proposed:
    """What would change if ``words`` followed those that a registry declares ``now``, on the data of ``base``, if there are any.

    Raises:
        StoppedWork: ``progress`` answered no.
    """
    tell(progress, 0, "the words")
    changes = changes_in_words(now, words, base)
    tables = _tables(words, base)
    tell(progress, 0.2, "whether all values still fit")
    misfits = tuple(violations(tables, words))
    if misfits or words.declared.text == now.declared.text:
        return Proposed(changes, misfits, None)
    seen = preview(base, tables, words, progress=part(progress, 0.4, 1))
    read = Intake((), (), tables)
    proposal = Proposal(now.declared.sha256, told(changes))
    return Proposed(changes, (), Prepared(read, tables, seen, base.manifest if base else None, words, proposal))


def _tables(words: Vocabulary, base: Registry | None) -> dict[str, pa.Table]:
    """The tables of a version as new words have them: what they add is empty."""
    if base is None:
        return {table.name: arrow_schema(table.name, words).empty_table() for table in words.tables}
    held = {table.name: base.tables[table.name] for table in base.vocabulary.tables}
    return completed(held, words)


def lines_that_change(before: str, after: str) -> str:
    """The lines of a ``variables.toml`` that go (-) and come (+), with those around them; empty if none does."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), FILE, FILE, lineterm="")
    return "\n".join(list(lines)[2:])


def kept_proposals(folder: Path) -> Sequence[tuple[str, str]]:
    """The drafts of new words for what a registry declares now, newest first, each with its ``variables.toml``."""
    found: list[tuple[str, str]] = []
    for info in reversed(history(folder)):
        about = info.manifest
        if info.state == "draft" and about:
            with suppress(RegistryProblem):
                words = proposed_words(folder, about)
                found += [(info.version, words.decode())] if words is not None else []
    return found
