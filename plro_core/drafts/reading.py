"""A manuscript as sentences with their places."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from plro_core.confined import ask
from plro_core.drafts import parsing
from plro_core.drafts.model import Sentence
from plro_core.problems import DataProblem

#: A manuscript with its pictures.
MOST_BYTES = 50_000_000
#: As long as a sentence is looked at in one piece.
_LONGEST = 1500

_END = re.compile(r"(?<=[.!?])[\"”’)\]]?\s+(?=[A-Z0-9“\"(\[−–-])")
#: After these a full stop ends no sentence.
_SHORT = re.compile(
    r"(?:\b(?:e\.g|i\.e|vs|approx|ca|no|nos|fig|figs|et al|resp|dr|st|s\.d|min|max|mo|wk|yr)|\b[A-Z])\.$", re.I
)
_REFERENCES = re.compile(r"\W*(?:references|bibliography|literature cited|works cited)\W*", re.I)


def read_draft(content: bytes) -> tuple[Sentence, ...]:
    """The sentences of a manuscript (DOCX, PDF, plain text, Markdown), read in a process with limits; without its list of references.

    Raises:
        DataProblem: it cannot be read, in one sentence that goes on from its name.
    """
    if len(content) > MOST_BYTES:
        raise DataProblem(f"is larger than {MOST_BYTES // 1_000_000} MB; expected one manuscript.")
    return tuple(sentences(ask(parsing.__name__, None, [content], _pieces)))


def _pieces(value: Any, _: list[bytes]) -> list[parsing.Piece]:
    """
    Raises:
        ValueError: the answer is none.
    """
    pieces = [(str(place), str(context), str(text), bool(heads)) for place, context, text, heads in value]
    if sum(len(text) for _, _, text, _ in pieces) > parsing.MOST_CHARACTERS:
        raise ValueError
    return pieces


def sentences(pieces: Iterable[parsing.Piece]) -> Iterator[Sentence]:
    """The sentences of pieces of text; from a heading “References” to the next heading or table there are none."""
    are_references = False
    for place, context, text, is_heading in pieces:
        if is_heading or len(text) < 30:
            named = _REFERENCES.fullmatch(text) is not None
            are_references = named or (are_references and not is_heading)
        if context:
            before = f"{context}: "
            yield Sentence(place, f"{before}{text}"[:_LONGEST], len(before))
        elif not are_references:
            for sentence in _split(text):
                yield Sentence(place, sentence)


def _split(text: str) -> Iterator[str]:
    """Sentences, and of a very long one pieces."""
    begun = 0
    for end in [*(found.end() for found in _END.finditer(text)), len(text)]:
        sentence = text[begun:end].strip()
        if end < len(text) and _SHORT.search(sentence):
            continue
        begun = end
        for start in range(0, len(sentence), _LONGEST):
            yield sentence[start : start + _LONGEST]
