"""The text of a Word document with its places: body, text boxes, footnotes and endnotes; headers and footers are left out."""

import re
from collections.abc import Iterator
from io import BytesIO
from typing import Any

from plro_core.drafts.parsing import Piece, row_pieces
from plro_core.problems import DataProblem

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_MATH = "{http://schemas.openxmlformats.org/officeDocument/2006/math}t"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
#: What was deleted or moved away with changes tracked, and what a program shows that knows no newer drawing.
_GONE = {f"{_W}del", f"{_W}moveFrom", _FALLBACK}
_BOX = f"{_W}txbxContent"
_CITED = re.compile(r"[\d,;–\- ]+")


def of_docx(content: bytes) -> Iterator[Piece]:
    """
    Raises:
        DataProblem: it cannot be read, in one sentence that goes on from its name.
    """
    import docx

    try:
        document = docx.Document(BytesIO(content))
        yield from _blocks(document.element.body)
        for kind in ("footnote", "endnote"):
            yield from _notes(document.part, kind)
    except Exception:  # whatever a stranger's bytes make a library raise; its text may hold what stands in the file
        raise DataProblem("cannot be read as a Word document; it is damaged or of another kind.") from None


def _blocks(body: Any, within: str = "") -> Iterator[Piece]:
    """The paragraphs and tables of a body or box, each text box behind the paragraph in which it hangs."""
    paragraphs = tables = boxes = 0
    for element in _outermost(body):
        if element.tag == f"{_W}tbl":
            tables += 1
            yield from _table(f"{within}table {tables}", element)
            continue
        paragraphs += 1
        if text := _words(element):
            yield f"{within}paragraph {paragraphs}", "", text, _is_heading(element, text)
        for box in _boxes(element):
            boxes += 1
            yield from _blocks(box, f"text box {boxes} in {within}paragraph {paragraphs}, ")


def _boxes(element: Any) -> Iterator[Any]:
    """The text boxes in a paragraph; those in one of them are found with it."""
    for child in element:
        if child.tag == _BOX:
            yield child
        elif child.tag not in _GONE:
            yield from _boxes(child)


def _notes(part: Any, kind: str) -> Iterator[Piece]:
    """The footnotes or endnotes of a document; the lines that only draw what separates them are none."""
    from docx.oxml import parse_xml

    for relation in part.rels.values():
        if relation.reltype.rsplit("/", 1)[-1] != f"{kind}s":
            continue
        notes = [note for note in parse_xml(relation.target_part.blob) if note.get(f"{_W}type", "normal") == "normal"]
        for number, note in enumerate(notes, 1):
            for _, context, text, is_heading in _blocks(note):
                yield f"{kind} {number}", context, text, is_heading


def _outermost(element: Any) -> Iterator[Any]:
    """Paragraphs and tables in their order, also those in content controls and insertions; of a table no part."""
    for child in element:
        if child.tag in (f"{_W}p", f"{_W}tbl"):
            yield child
        elif child.tag not in _GONE:
            yield from _outermost(child)


def _table(place: str, table: Any) -> Iterator[Piece]:
    heads: list[str] = []
    for number, row in enumerate((child for child in table if child.tag == f"{_W}tr"), 1):
        cells: list[str] = []
        for cell in (child for child in row if child.tag == f"{_W}tc"):
            cells.append(" ".join(filter(None, map(_words, cell.iter(f"{_W}p")))))
            span = next((int(found.get(f"{_W}val", 1)) for found in cell.iter(f"{_W}gridSpan")), 1)
            cells += [cells[-1] if not heads else ""] * (min(span, 100) - 1)
        if heads:
            yield from row_pieces(f"{place}, row {number}", heads, cells)
        else:
            heads = cells


def _words(paragraph: Any) -> str:
    """The text of a paragraph as it is read with all changes accepted; raised numbers that cite are left out."""
    return re.sub(r"\s+", " ", "".join(_runs(paragraph))).strip()


def _runs(element: Any) -> Iterator[str]:
    for child in element:
        if child.tag in _GONE or child.tag == _BOX:
            continue
        if child.tag in (f"{_W}t", _MATH):
            yield child.text or ""
        elif child.tag in (f"{_W}tab", f"{_W}br", f"{_W}cr"):
            yield " "
        elif child.tag == f"{_W}noBreakHyphen":
            yield "-"
        else:
            words = "".join(_runs(child))
            is_raised = child.tag == f"{_W}r" and any(
                found.get(f"{_W}val") == "superscript" for found in child.iter(f"{_W}vertAlign")
            )
            yield "" if is_raised and _CITED.fullmatch(words) else words


def _is_heading(paragraph: Any, text: str) -> bool:
    styles = [str(found.get(f"{_W}val", "")) for found in paragraph.iter(f"{_W}pStyle")]
    return any(style.lower().startswith(("heading", "title")) for style in styles) or (
        len(text) < 60 and text.isupper() and not re.search(r"\d", text)
    )
