"""The formats of a manuscript, and the one function that writes them."""

from collections.abc import Callable
from dataclasses import dataclass

from plro_core.manuscript.latex import as_latex
from plro_core.manuscript.model import PrintTable
from plro_core.manuscript.rich_text import as_rtf
from plro_core.manuscript.word import as_docx
from plro_core.problems import QueryProblem
from plro_core.text import listed


@dataclass(frozen=True)
class _Format:
    label: str
    mime: str
    is_text: bool
    write: Callable[[PrintTable, str], bytes]


MANUSCRIPT: dict[str, _Format] = {
    "docx": _Format("Word", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", False, as_docx),
    "tex": _Format("LaTeX", "application/x-tex; charset=utf-8", True, as_latex),
    "rtf": _Format("RTF", "application/rtf", True, as_rtf),
}


def write(table: PrintTable, form: str, origin: str = "") -> bytes:
    """A table in print as the bytes of a file, with its origin (JSON on one line) inside.

    Raises:
        QueryProblem: the format is unknown.
    """
    if form not in MANUSCRIPT:
        raise QueryProblem(f"“{form}” is not a format; expected {listed(list(MANUSCRIPT), 'or')}.")
    return MANUSCRIPT[form].write(table, origin)
