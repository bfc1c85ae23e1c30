"""The text of a PDF with its pages: lines joined to sentences, without running heads and rows of tables."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from io import BytesIO

from plro_core.drafts.parsing import Piece
from plro_core.problems import DataProblem

MOST_PAGES = 500
_HEADING = re.compile(
    r"\W*(?:\d+\.?\s+)?(?:abstract|introduction|background|(?:patients|materials?|subjects) and methods|methods|results|discussion"
    r"|conclusions?|references|bibliography|acknowledge?ments?|tables?|figure legends)\W*",
    re.I,
)
_NUMBER = re.compile(r"[^\W\d_]{0,2}[(\[<>≤≥=±−–-]*\d[\d.,·]*[)\]%,;±−–-]*")
#: As many lines at the top and bottom of a page may be running heads and page numbers.
_AT_EDGES = 2


def of_pdf(content: bytes) -> Iterator[Piece]:
    """
    Raises:
        DataProblem: it cannot be read, is protected by a password, or is a scan: one sentence that goes on from its name.
    """
    pages = _pages(content)
    if not any(pages):
        raise DataProblem(
            "holds no text: its pages are pictures, as of a scan; hand in the document that it was made from."
        )
    running = _running(pages)
    begun, paragraph = 1, ""
    for number, lines in enumerate(pages, 1):
        for line in (line for line in lines if _plain(line) not in running and not _is_row(line)):
            if _HEADING.fullmatch(line):
                if paragraph:
                    yield f"page {begun}", "", paragraph, False
                yield f"page {number}", "", line, True
                begun, paragraph = number, ""
                continue
            paragraph = _joined(paragraph, line)
        # a sentence may run on over the page; what is complete belongs to this one
        if paragraph and paragraph.endswith((".", "!", "?")):
            yield f"page {begun}", "", paragraph, False
            begun, paragraph = number + 1, ""
        elif not paragraph:
            begun = number + 1
    if paragraph:
        yield f"page {begun}", "", paragraph, False


def _pages(content: bytes) -> list[list[str]]:
    """The lines of each page, without empty ones."""
    import pypdf
    from pypdf.errors import DependencyError

    try:
        reader = pypdf.PdfReader(BytesIO(content))
        if reader.is_encrypted and not reader.decrypt(""):
            raise DataProblem("is protected by a password; save it without one.")
        if len(reader.pages) > MOST_PAGES:
            raise DataProblem(f"has more than {MOST_PAGES} pages; expected one manuscript.")
        return [
            [" ".join(line.split()) for line in page.extract_text().splitlines() if line.strip()]
            for page in reader.pages
        ]
    except DataProblem:
        raise
    except DependencyError:
        raise DataProblem("is encrypted; save it without protection.") from None
    except Exception:  # whatever a stranger's bytes make a library raise; its text may hold what stands in the file
        raise DataProblem("cannot be read as a PDF; it is damaged.") from None


def _running(pages: Sequence[Sequence[str]]) -> set[str]:
    """What stands at the edge of more than one page, but for the page's number."""
    edges: Counter[str] = Counter()
    for lines in pages:
        edges.update({_plain(line) for line in (*lines[:_AT_EDGES], *lines[-_AT_EDGES:])})
    return {line for line, often in edges.items() if often > 1 or not line}


def _plain(line: str) -> str:
    return re.sub(r"[\W\d_]+", " ", line).strip().casefold()


def _is_row(line: str) -> bool:
    """Whether a line is a row of a table, of which no column says what a number is: mostly numbers, and no end of a sentence."""
    words = line.split()
    numbers = sum(_NUMBER.fullmatch(word) is not None for word in words)
    return numbers >= 2 and 5 * numbers >= 2 * len(words) and not line.endswith((".", ","))


def _joined(before: str, line: str) -> str:
    """Text with a further line; a word that was divided at its end is whole again."""
    if re.search(r"[^\W\d_]-$", before) and line[:1].islower():
        return before[:-1] + line
    if before.endswith(("\u00ad", "\u2010")):
        return before[:-1] + line
    return f"{before} {line}" if before else line
