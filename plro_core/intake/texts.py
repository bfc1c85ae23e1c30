"""Text with delimiters, read here where it is short and in a process of its own where it is long.

Reading text costs in proportion to its bytes and to nothing that they say: the worst line of commas takes 60 bytes of
memory and half a millionth of a second for each. So up to a size it may be read here, and no process has to start.
"""

from dataclasses import asdict
from typing import Any

from plro_core.confined import BrokenOff, ask
from plro_core.intake import carried, delimited, heads
from plro_core.intake.model import Dialect, File, Finding, Sheet
from plro_core.intake.refusal import Refusal
from plro_core.vocabulary import Vocabulary, parse

#: More than the visits of a thousand patients; at worst 120 MB of memory and one second.
SHORT = 2_000_000


def sheet(file: File, declared: Dialect, vocabulary: Vocabulary) -> tuple[Sheet, Dialect]:
    """The table that the file holds, and how it was read; heads that the vocabulary knows tell the delimiter.

    Raises:
        Refusal: the text cannot be read in one way only, or not within the limits of memory and time.
    """
    if len(file.content) <= SHORT:
        return delimited.sheet(file, declared, heads.knows(vocabulary))
    request = [file.name, asdict(declared), vocabulary.declared.text]
    try:
        found, dialect, refused = ask(
            __name__, request, [file.content], lambda value, parts: _taken(file, value, parts)
        )
    except BrokenOff as problem:
        raise Refusal(Finding(file.name, rule="broken", message=str(problem))) from None
    if found is None:
        raise Refusal(*refused)
    return found, dialect


def answer(value: Any, files: list[bytes]) -> tuple[Any, list[bytes]]:
    """The sheet and its dialect, or the findings that refuse the file, as plain values (in the reader's process)."""
    name, declared, words = value
    vocabulary = Vocabulary(parse(words)) if words else Vocabulary()
    try:
        taken = delimited.taken_apart(File(name, files[0]), Dialect(**declared), heads.knows(vocabulary))
    except Refusal as refusal:
        return [None, {}, [finding.as_dict() for finding in refusal.findings]], []
    head, head_row, cells, dialect = taken
    return [[head, head_row], asdict(dialect), []], [cells.data, cells.lengths.tobytes(), cells.numbers.tobytes()]


def _taken(file: File, value: Any, parts: list[bytes]) -> tuple[Sheet | None, Dialect, list[Finding]]:
    found, dialect, refused = value
    if not all(isinstance(part, str) for part in dialect.values()):
        raise TypeError
    sheet = None if found is None else _sheet(file, *found, *parts)
    return sheet, Dialect(**dialect), carried.findings(file, refused)


def _sheet(file: File, head: Any, head_row: Any, data: bytes, lengths: bytes, numbers: bytes) -> Sheet:
    """The sheet that a reader's process took apart, each part of its type."""
    import numpy as np  # and Arrow, which the reader's process does without

    from plro_core.intake.flat import Flat
    from plro_core.intake.raw_cells import TextRows

    if head_row.__class__ is not int or not all(cell.__class__ is str for cell in head):
        raise TypeError
    cells = Flat(len(head), data, np.frombuffer(lengths, np.int64), np.frombuffer(numbers, np.int64))
    return Sheet(file.name, "", tuple(head), TextRows.of(cells), head_row)
