"""The text of a card as headings, paragraphs and sentences; a live number is never cut."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from plro_core.report.live import LIVE, tidied

_HEADING = re.compile(r"(#{1,3}) +(.+)")
_END = re.compile(r"(?<=[.!?])\s+(?=[^a-z\s])")
#: Stands for a live number while sentences are told apart.
_HELD = re.compile(r"\x00(\d+)\x00")


@dataclass(frozen=True)
class Part:
    """A heading of a level from 1, or a paragraph (0)."""

    level: int
    text: str


def parts(text: str) -> tuple[Part, ...]:
    """The headings and paragraphs of a text; an empty line, or a heading, ends a paragraph."""
    found: list[Part] = []
    lines: list[str] = []

    def end() -> None:
        if lines:
            found.append(Part(0, " ".join(lines)))
            lines.clear()

    held, numbers = _held(text)
    for line in held.splitlines():
        heading = _HEADING.fullmatch(line.strip())
        if heading or not line.strip():
            end()
        if heading:
            found.append(Part(len(heading[1]), heading[2].strip()))
        elif line.strip():
            lines.append(line.strip())
    end()
    return tuple(Part(part.level, _given_back(part.text, numbers)) for part in found)


def sentences(text: str) -> list[str]:
    """The sentences of a text, those of headings included."""
    held, numbers = _held(text)
    found = [one for part in parts(held) for one in _END.split(part.text)]
    return [_given_back(one, numbers) for one in found if one.strip()]


def pieces(text: str) -> list[tuple[bool, str]]:
    """A text in pieces: whether each is a live number, and its words (of a number: what it asks)."""
    found: list[tuple[bool, str]] = []
    for place, piece in enumerate(LIVE.split(text)):
        if piece or place % 2:
            found.append((place % 2 == 1, tidied(piece) if place % 2 else piece))
    return found


def filled(text: str, words: Callable[[str], str]) -> str:
    """A text with each live number in words."""
    return "".join(words(piece) if is_live else piece for is_live, piece in pieces(text))


def _held(text: str) -> tuple[str, list[str]]:
    numbers: list[str] = []

    def hold(found: re.Match[str]) -> str:
        numbers.append(found[0])
        return f"\x00{len(numbers) - 1}\x00"

    return LIVE.sub(hold, text), numbers


def _given_back(text: str, numbers: list[str]) -> str:
    return _HELD.sub(lambda found: numbers[int(found[1])], text) if numbers else text
