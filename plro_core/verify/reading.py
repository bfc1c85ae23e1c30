"""What stands in a file that somebody hands in: its origin and its cells. It runs in a process of its own: ask ``given``."""

import csv
import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields, replace
from html.parser import HTMLParser
from io import BytesIO, StringIO
from typing import Any
from xml.sax.saxutils import unescape
from zipfile import ZipFile

from plro_core.confined import ask
from plro_core.export import Recipe, embedding
from plro_core.manuscript.rich_text import from_rtf
from plro_core.problems import DataProblem
from plro_core.strict import Form
from plro_core.verify.look import Faces, around, parts
from plro_core.verify.pictures import shown_in
from plro_core.verify.presentations import on_slides
from plro_core.verify.sheet_look import around_cells
from plro_core.verify.themes import of_themes

#: A place in a file, and what stands there; an empty cell does not stand.
Cells = dict[str, str]

#: The place of whatever stands around the words of a text: said only if nothing else differs.
SOURCE = "what stands around the words"
_RECIPE = "recipe_"
#: The part of an origin that says it is of a report.
REPORT = "report"
#: They stay with their rows where files are joined.
_IN_EVERY_ROW = ("recipe_query", "recipe_version", "recipe_content")
_JSON = Form(DataProblem, "a table as JSON", 200_000_000)
_SEPARATORS = ",;\t"
_LONGEST_SHOWN = 200
_ABOUT = "About"
_ORIGIN_PART = re.compile(rb'<origin xmlns="urn:plro:origin"[^>]*>(.*?)</origin>', re.DOTALL)
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_OF_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml"
#: What a page may hold that changes or hides what its tables say.
_ACTIVE = frozenset(("iframe", "object", "embed", "img", "link", "base", "frame", "video", "template"))
_DRAWN = "const drawn = "
_DRAWING = re.compile(rf"<script>\s*({_DRAWN}.*?)</script>", re.DOTALL)


@dataclass(frozen=True)
class Given:
    """A file as it was read: its form, its origin if it has one, its cells by place, and of a picture its size and checksum."""

    form: str
    origin: dict[str, Any] | None
    cells: Cells
    picture: dict[str, Any] | None = None


def given(content: bytes) -> Given:
    """A file, read in a process with limits of memory and time.

    Raises:
        DataProblem: it cannot be read, in one sentence that goes on from its name.
    """
    form, origin, cells, picture, problem = ask(__name__, None, [content], lambda value, _: value)
    if problem:
        raise DataProblem(problem)
    return Given(form, origin, cells, picture)


def answer(_: Any, files: list[bytes]) -> tuple[Any, list[bytes]]:
    """The file as plain values (in the reader's process)."""
    try:
        found = read(files[0])
    except DataProblem as problem:
        return ["", None, {}, None, str(problem)], []
    return [found.form, found.origin, found.cells, found.picture, ""], []


def read(content: bytes) -> Given:
    """A file, read here.

    Raises:
        DataProblem: it cannot be read, in one sentence that goes on from its name.
    """
    form, reader = _form(content)
    try:
        return reader(content)
    except DataProblem:
        raise
    except Exception:  # whatever a stranger's bytes make a library raise; its text may hold what stands in the file
        raise DataProblem(f"cannot be read as {form}; it is damaged, encrypted or of another kind.") from None


def _form(content: bytes) -> tuple[str, Callable[[bytes], Given]]:
    """What a file is by how it begins, and who reads it."""
    start = content[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise DataProblem("is encrypted, or a workbook of before 2007; save it without a password as XLSX.")
    for mark, form, reader in (
        (b"\x89PNG", "PNG", _png),
        (b"II*\x00", "TIFF", _tiff),
        (b"MM\x00*", "TIFF", _tiff),
        (b"%PDF", "PDF", _pdf),
        (b"%!PS", "EPS", _eps),
        (b"PK", "an Excel workbook, a Word document or a presentation", _office),
        (b"PAR1", "Parquet", _parquet),
        (b"{\\rtf", "RTF", _rtf),
        (b"{", "JSON", _json),
        (b"<svg", "SVG", _svg),
        (b"<?xml", "SVG", _svg),
        (b"<", "HTML", _html),
    ):
        if start.startswith(mark):
            return form, reader
    if start.startswith(b"%") and (b"\\begin{table}" in content or b"\\begin{longtable}" in content):
        return "LaTeX", _latex
    if embedding.NAME.encode() in content or start.startswith(b"## "):
        return "Markdown", _markdown
    return "CSV", _csv


def _cell(value: Any) -> str:
    """A cell as text in which equal values are equal: 3, 3.0 and "3.0" alike, whoever saved the file."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float)):
        return f"{value:.15g}"
    text = "" if value is None else str(value).replace("\r\n", "\n").strip()
    if re.fullmatch(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?", text):
        return f"{float(text):.15g}"
    return text.lower() if text in ("TRUE", "FALSE", "True", "False") else text


def _rows(rows: Iterable[tuple[int, Sequence[tuple[str, Any]]]], heads: Iterable[str] = (), where: str = "") -> Cells:
    """Rows by their numbers, of cells by the names of their columns, as cells by place; a column without cells stands, too."""
    found: Cells = {f"{where}column “{name}”": f"{many} of this name" for name, many in Counter(heads).items()}
    for number, row in rows:
        seen: Counter[str] = Counter()
        for name, value in row:
            seen[name] += 1  # a second column of one name stands for itself
            again = f" ({seen[name]})" if seen[name] > 1 else ""
            if text := _cell(value):
                found[f"{where}row {number}, “{name}”{again}"] = text
    return found


# Tables for programs


def _csv(content: bytes) -> Given:
    text = content.decode("utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    first = text.partition("\n")[0]
    separator = max(_SEPARATORS, key=first.count)
    lines = list(csv.reader(StringIO(text), delimiter=separator))
    heads = lines[0] if lines else []
    origin: dict[str, Any] = {}
    for place, head in enumerate(heads):
        if head.startswith(_RECIPE):
            told = next((line[place] for line in lines[1:] if place < len(line) and line[place]), "")
            origin[head.removeprefix(_RECIPE)] = told
    if origin and "snippet" in origin and not any(origin.values()):
        raise DataProblem(
            "has no rows, and a CSV file carries its origin in them; check the workbook or the HTML page instead."
        )
    told_once = {f"{_RECIPE}{field.name}" for field in fields(Recipe)} - set(_IN_EVERY_ROW)
    shown = [place for place, head in enumerate(heads) if head not in told_once or heads.index(head) != place]
    rows = (
        (number, [(heads[place], line[place]) for place in shown if place < len(line)])
        for number, line in enumerate(lines[1:], 1)
    )
    return Given("csv", _if_ours(origin), _rows(rows, (heads[place] for place in shown)))


def _json(content: bytes) -> Given:
    told = _JSON.parsed(content)
    rows = told.get("rows", [])
    heads = dict.fromkeys(name for row in rows for name in row)
    cells = _rows(((number, list(row.items())) for number, row in enumerate(rows, 1)), heads)
    for name, value in told.items():
        if name not in ("recipe", "rows"):
            listed = value if isinstance(value, list) else [value]
            for number, one in enumerate(listed, 1):
                cells[f"{name} {number}"] = _cell(one if isinstance(one, str) else json.dumps(one, sort_keys=True))
    return Given("json", _if_ours(told.get("recipe") or {}), cells)


def _parquet(content: bytes) -> Given:
    import pyarrow.parquet as pq

    table = pq.read_table(BytesIO(content))
    told = (table.schema.metadata or {}).get(b"recipe")
    rows = ((number, list(row.items())) for number, row in enumerate(table.to_pylist(), 1))
    cells = _rows(rows, table.schema.names)
    for field in table.schema:
        cells |= _said(field.metadata, f"column “{field.name}”, ")
    return Given("parquet", _if_ours(embedding.parsed(told) if told else {}), cells | _said(table.schema.metadata, ""))


#: What programs that save Parquet say for themselves.
_OF_PROGRAMS = (b"recipe", b"pandas", b"ARROW:schema", b"PARQUET:field_id")


def _said(metadata: dict[bytes, bytes] | None, where: str) -> Cells:
    """What is said of a table or a column beside its cells: labels, units, notes."""
    told = {name: text for name, text in (metadata or {}).items() if name not in _OF_PROGRAMS}
    return {f"{where}{name.decode()}": cell for name, text in told.items() if (cell := _cell(text.decode()))}


def _if_ours(origin: Any) -> dict[str, Any] | None:
    if not isinstance(origin, dict) or not origin.get("content"):
        return None
    return dict(origin) if origin.get("snippet") or isinstance(origin.get(REPORT), dict) else None


# Tables for readers


def _office(content: bytes) -> Given:
    names = parts(content)
    if "ppt/presentation.xml" in names:
        found = _presentation(content)
    else:
        found = _word(content) if "word/document.xml" in names else _workbook(content)
    return replace(found, cells=found.cells | of_themes(content))


def _presentation(content: bytes) -> Given:
    cells = {place: cell for place, text in on_slides(content) if (cell := _cell(text))}
    return Given("pptx", _of_part(content), cells)


def _of_part(content: bytes) -> dict[str, Any] | None:
    """The origin that a document of Office keeps in a part of its own, whatever that is called now."""
    with ZipFile(BytesIO(content)) as archive:
        parts = [archive.read(name) for name in archive.namelist() if name.startswith("customXml/")]
    told = next((found for part in parts if (found := _ORIGIN_PART.search(part))), None)
    return _if_ours(embedding.parsed(unescape(told[1].decode(), {"&quot;": '"', "&apos;": "'"})) if told else {})


def _word(content: bytes) -> Given:
    """Paragraphs line by line, cells and pictures by their place, each with how it is set if not plainly; and whatever stands around."""
    import docx

    document = docx.Document(BytesIO(content))
    body = document.element.body
    faces = Faces(document.styles.element)
    cells = _paragraphs(
        (one for one in body.iter(_W + "p") if next(one.iterancestors(_W + "tc"), None) is None), "text", faces
    )
    for number, table in enumerate(body.iter(_W + "tbl"), 1):
        for row, line in enumerate(table.iter(_W + "tr"), 1):
            for column, cell in enumerate(line.iter(_W + "tc"), 1):
                if text := _words_of(cell, faces):
                    cells[f"table {number}, row {row}, column {column}"] = text
    shown = shown_in(body, document.part)
    cells |= {f"picture {number}": words for number, words in enumerate(shown, 1)}
    cells |= {f"{name} {number}": text for number, (name, text) in enumerate(around(body), 1)}
    return Given("docx", _of_part(content), cells | _other_parts(document.part, faces))


#: Parts of a Word document that hold no words.
_WORDLESS = re.compile(r".*/(styles|stylesWithEffects|settings|theme|fontTable|webSettings|numbering|image|customXml)")


def _other_parts(document: Any, faces: Faces) -> Cells:
    """What readers see beside the body: heads, feet, footnotes, comments, whatever their parts are called; and parts of other kinds."""
    from docx.oxml import parse_xml

    found: Cells = {}
    for related in document.rels.values():
        kind = related.reltype.rpartition("/")[2]
        if _WORDLESS.fullmatch(related.reltype) or related.is_external:
            continue
        content = related.target_part.blob
        if related.target_part.content_type.startswith(_OF_WORD):
            found |= _paragraphs(parse_xml(content).iter(_W + "p"), kind, faces)
        else:
            found[f"part of the kind {kind}"] = hashlib.sha256(content).hexdigest()
    return found


def _paragraphs(found: Iterable[Any], name: str, faces: Faces) -> Cells:
    return {f"{name} {number}": text for number, one in enumerate(found, 1) if (text := _words_of(one, faces))}


#: What stands for a sign in a text of Word.
_SIGNS = {"t": "", "delText": "", "noBreakHyphen": "\u2011", "tab": "", "sym": "⟨sign⟩", "instrText": "⟨field⟩"}


def _words_of(element: Any, faces: Faces) -> str:
    """All text below an element of Word: that of changes which are marked as such, of fields and of boxes too."""
    told, before = "", ""
    for one in element.iter(*(_W + name for name in _SIGNS)):
        text = (one.text or "") or _SIGNS[one.tag.removeprefix(_W)]
        look = faces.told(one) if text.strip() else before
        told, before = told + (look if look != before else "") + text, look
    return _cell(told)


def _latex(content: bytes) -> Given:
    return _by_line(content, "tex", rf"% {embedding.NAME} ")


def _rtf(content: bytes) -> Given:
    text = _text(content)
    told = re.search(rf"\{{\\\*\\{embedding.NAME.replace('-', '')} (.*)\}}\n", text)
    lines = (text.replace(told[0], "", 1) if told else text).splitlines()
    cells = {f"line {number}": line for number, line in enumerate(lines, 1) if line}
    return Given("rtf", _if_ours(embedding.parsed(from_rtf(told[1])) if told else {}), cells | _source(text))


def _text(content: bytes) -> str:
    """A text whose lines end alike, whatever editor saved it."""
    return content.decode("utf-8-sig").replace("\r\n", "\n")


def _source(text: str) -> Cells:
    """All that stands in a text, its origin too: what hides, moves or adds words stands in no cell."""
    lines = "\n".join(line.rstrip(" \t") for line in text.rstrip().split("\n"))
    return {SOURCE: hashlib.sha256(lines.encode()).hexdigest()}


def _by_line(content: bytes, form: str, start: str) -> Given:
    text = _text(content)
    lines = text.splitlines()
    told = next((line.removeprefix(start) for line in lines if line.startswith(start)), "")
    cells = {
        f"line {number}": line.strip()
        for number, line in enumerate(lines, 1)
        if line.strip() and not line.startswith(start)
    }
    return Given(form, _if_ours(embedding.parsed(told) if told else {}), cells | _source(text))


def _workbook(content: bytes) -> Given:
    from python_calamine import CalamineWorkbook

    book = CalamineWorkbook.from_filelike(BytesIO(content))
    cells: Cells = {}
    told = ""
    for name in book.sheet_names:
        rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
        for number, row in enumerate(rows, 1):
            if name == _ABOUT and row and row[0] == embedding.NAME:
                told += str(row[1])
                continue
            for place, value in enumerate(row):
                if text := _cell(value):
                    cells[f"{name}!{_letters(place)}{number}"] = text
    return Given("xlsx", _if_ours(embedding.parsed(told) if told else {}), cells | around_cells(content))


def _letters(place: int) -> str:
    """The letters of a column: A to Z, then AA."""
    before, last = divmod(place, 26)
    return (_letters(before - 1) if before else "") + chr(ord("A") + last)


def _html(content: bytes) -> Given:
    text = _text(content)
    page = _Page()
    page.feed(text)
    drawing = _DRAWING.search(text)
    if drawing:
        page.cells["the drawing"] = hashlib.sha256(drawing[1].encode()).hexdigest()
    return Given("html", _if_ours(embedding.from_text(text) or {}), page.cells | _source(text))


class _Page(HTMLParser):
    """The words of a page: cells of tables by their place, other text line by line."""

    def __init__(self) -> None:
        super().__init__()
        self.cells: Cells = {}
        self._table = self._row = self._column = self._line = 0
        self._silent = ""
        self._active = 0
        self._is_drawn = False
        self._cell: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "style"):
            is_origin = dict(attrs).get("type") not in (None, "", "text/javascript", "module")  # data that nothing runs
            self._silent = f"{tag}, data" if tag == "script" and is_origin else tag
        elif tag in _ACTIVE:
            self._keep_active(f"{tag} {attrs}")
        elif tag == "table":
            self._table, self._row = self._table + 1, 0
        elif tag == "tr":
            self._row, self._column = self._row + 1, 0
        elif tag in ("td", "th"):
            self._column, self._cell = self._column + 1, []
        for name, value in attrs:
            if name == "aria-label" and value:
                self._keep(value)
            if name.startswith("on") or (name in ("hidden", "style") and tag not in ("script", "style")):
                self._keep_active(f"{tag} {name}={value}")

    def handle_endtag(self, tag: str) -> None:
        if tag == self._silent.partition(",")[0]:
            self._silent = ""
        elif tag in ("td", "th") and self._cell is not None:
            if text := _cell("".join(self._cell)):
                self.cells[f"table {self._table}, row {self._row}, column {self._column}"] = text
            self._cell = None

    def handle_data(self, data: str) -> None:
        if self._silent:
            if data.lstrip().startswith(_DRAWN) and not self._is_drawn:
                self._is_drawn = True  # the drawing, which stands for itself
            elif self._silent in ("script", "style"):
                self._keep_active(f"{self._silent} {data}")
            return
        if self._cell is not None:
            self._cell.append(data)
        elif data.strip():
            self._keep(data)

    def _keep_active(self, text: str) -> None:
        """What is no text, and may change or hide what stands on the page: told by its checksum where it is long."""
        self._active += 1
        digest = hashlib.sha256(text.encode()).hexdigest()
        self.cells[f"script, style or frame {self._active}"] = text if len(text) < _LONGEST_SHOWN else digest

    def _keep(self, text: str) -> None:
        self._line += 1
        self.cells[f"text {self._line}"] = _cell(text)


def _markdown(content: bytes) -> Given:
    text = _text(content)
    origin = _if_ours(embedding.from_text(text) or {})
    lines = [line.strip() for line in text.splitlines() if not line.startswith(f"<!-- {embedding.NAME}")]
    cells = {f"line {number}": line for number, line in enumerate(lines, 1) if line}
    return Given("md", origin, cells | _source(text))


# Pictures


def _svg(content: bytes) -> Given:
    return _picture(content, "svg", embedding.from_svg)


def _png(content: bytes) -> Given:
    return _picture(content, "png", embedding.from_png)


def _tiff(content: bytes) -> Given:
    return _picture(content, "tiff", embedding.from_tiff)


def _eps(content: bytes) -> Given:
    return _picture(content, "eps", embedding.from_eps)


def _pdf(content: bytes) -> Given:
    return _picture(content, "pdf", embedding.from_pdf)


def _picture(content: bytes, form: str, origin: Callable[[bytes], embedding.Origin | None]) -> Given:
    title, summary = embedding.words_beside(content, form)
    said = {"title": title, "text equivalent": summary}
    return Given(form, _if_ours(dict(origin(content) or {})), said, embedding.picture(content, form))
