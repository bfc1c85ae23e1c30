"""The text of a manuscript with its places. It runs in a process of its own, and is asked by ``plro_core.drafts.reading``."""

import re
from collections.abc import Iterator
from typing import Any

from plro_core.problems import DataProblem

#: A piece of text: its place, the words of its row and column where it is a cell, itself, and whether it is a heading.
Piece = tuple[str, str, str, bool]

#: As many characters as a manuscript has, and many more.
MOST_CHARACTERS = 1_000_000

_EXPECTED = "expected a manuscript as DOCX, PDF, plain text or Markdown."
_SEPARATORS = re.compile(r"[|\t]")


def answer(_: Any, files: list[bytes]) -> tuple[Any, list[bytes]]:
    """The pieces of the manuscript as plain values."""
    return [list(piece) for piece in parsed(files[0])], []


def parsed(content: bytes) -> list[Piece]:
    """The pieces of a manuscript in their order.

    Raises:
        DataProblem: it is no manuscript, in one sentence that goes on from its name.
    """
    pieces = list(_read(content))
    if not pieces:
        raise DataProblem(f"holds no text; {_EXPECTED}")
    if sum(len(text) for _, _, text, _ in pieces) > MOST_CHARACTERS:
        raise DataProblem(f"holds more than {MOST_CHARACTERS:,} characters; expected one manuscript.")
    return pieces


def _read(content: bytes) -> Iterator[Piece]:
    if content.startswith(b"PK"):
        from plro_core.drafts.word_text import of_docx  # loads a library that nothing else here needs

        return of_docx(content)
    if content.lstrip()[:5] == b"%PDF-":
        from plro_core.drafts.pdf_text import of_pdf

        return of_pdf(content)
    return _of_text(_text(content))


def _text(content: bytes) -> str:
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise DataProblem("is encrypted, or a document of before 2007; save it without a password as DOCX.")
    if content.startswith(b"{\\rtf"):
        raise DataProblem("is RTF; save it as DOCX or as plain text.")
    try:
        text = content.decode("utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError:
        raise DataProblem(f"is not UTF-8 text; {_EXPECTED}") from None
    if "\0" in text:
        raise DataProblem(f"is not text; {_EXPECTED}")
    return text.replace("\r\n", "\n").replace("\r", "\n")


# Plain text and Markdown


def _of_text(text: str) -> Iterator[Piece]:
    """Paragraphs by their first line; lines with tabs or pipes are rows of a table under their first one."""
    heads: list[str] = []
    paragraph: list[str] = []
    begun = 1
    for number, line in enumerate([*text.split("\n"), ""], 1):
        is_row = len(_SEPARATORS.findall(line.strip().strip("|"))) > 0 and not line.lstrip().startswith("#")
        if paragraph and (is_row or not line.strip() or line.startswith("#")):
            yield f"line {begun}", "", " ".join(paragraph), False
            paragraph = []
        if not is_row:
            heads = []
        if is_row:
            cells = [_plain(cell) for cell in _SEPARATORS.split(line.strip().strip("|"))]
            if not heads:
                heads = cells
            elif not re.fullmatch(r"[\s|:\-]*", line):
                yield from row_pieces(f"line {number}", heads, cells)
        elif line.startswith("#"):
            yield f"line {number}", "", _plain(line.lstrip("#")), True
        elif line.strip():
            begun = begun if paragraph else number
            paragraph.append(_plain(line))


def _plain(text: str) -> str:
    """A line without the signs of Markdown, HTML and formulas."""
    text = re.sub(r"</?\w[^<>]{0,100}>", "", text.replace("\\pm", "±"))
    return re.sub(r"[*$`]|\\(?=[%±])|(?<!\w)_|_(?!\w)", "", text).strip()


def row_pieces(place: str, heads: list[str], cells: list[str]) -> Iterator[Piece]:
    """The cells of a row after its first one, each with the words of its row and column."""
    for at, cell in enumerate(cells[1:], 1):
        if cell:
            context = ", ".join(filter(None, (cells[0], heads[at] if at < len(heads) else "")))
            yield f"{place}, column {at + 1}", context, cell, False
