"""Every file that a page offers is found to be the same by whoever checks it, and a changed cell is found in each."""

import re
from collections.abc import Callable, Iterator
from io import BytesIO
from zipfile import ZipFile

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from openpyxl import load_workbook

from pages.shared import downloads
from plro_core.export import IMAGES
from plro_core.leaving import Taken
from plro_core.store import Registry, open_registry
from plro_core.verify import Verdict, verify
from tests.all_pages import PAGES
from tests.test_pages import in_all_tabs, opened

#: It makes each file of each page, whose writers and readers have tests of their own; counting branches makes it twice as long.
pytestmark = pytest.mark.no_cover

#: A page with what its link chooses: everybody, groups, one patient, nobody.
LINKS: dict[str, dict[str, str]] = {"everybody": {}, "groups": {"by": "smoking"}, "one": {"patients": "8"}}
#: What only leaves whole, for which its own tests ask: bundles, projects for REDCap, deposits and legends; a template is empty.
_NOT_CHECKED = ("txt", "zip", "bundle", "xml", "json")
_TEMPLATE = "plro-template.xlsx"

Build = Callable[[], bytes]


@pytest.fixture(scope="module")
def registry() -> Registry:
    return open_registry()


@pytest.fixture
def offered(monkeypatch: pytest.MonkeyPatch) -> dict[str, Build]:
    """Files that pages offer while the test runs, by their names, with what makes each on a click."""
    found: dict[str, Build] = {}

    def noted(label: str, build: Build, name: str, mime: str, leaving: Taken | None, **_: object) -> None:
        found.setdefault(name, build)

    monkeypatch.setattr(downloads, "file", noted)
    return found


def said(content: bytes, now: Registry) -> Verdict:
    return verify(content, lambda *_: now, lambda _: now)


def checked(offered: dict[str, Build], share: int) -> Iterator[tuple[str, str, bytes]]:
    """One of so many files of each table, another format of each next one, and every other file."""
    tables: dict[str, list[tuple[str, str]]] = {}
    for name in offered:
        stem, _, form = name.rpartition(".")
        if form not in (*IMAGES, *_NOT_CHECKED) and name != _TEMPLATE:
            tables.setdefault(stem, []).append((name, form))
    for number, files in enumerate(tables.values()):
        for name, form in files[number % min(share, len(files)) :: share]:
            yield name, form, offered[name]()


@pytest.mark.usefixtures("read_here")
@pytest.mark.parametrize("whom", LINKS)
@pytest.mark.parametrize("page", PAGES)
def test_each_file_of_a_page_is_the_same_and_a_changed_cell_is_found(
    page: str, whom: str, offered: dict[str, Build], registry: Registry
) -> None:
    for app in in_all_tabs(opened(page, **LINKS[whom])):
        assert not app.exception
    wrong = []
    for name, form, content in checked(offered, 3 if whom == "everybody" else 6):
        found = said(content, registry)
        if not found.is_same:
            wrong.append(f"{name}: {found.sentence[:200]}")
            continue
        changed = _changed(content, form)
        if changed == content:
            wrong.append(f"{name}: nothing was changed")
        elif said(changed, registry).state != "differs":
            wrong.append(f"{name}, changed: {said(changed, registry).sentence[:200]}")
    assert not wrong


def _other(text: str) -> str:
    """The text with its last digit another one, or one word more where it has none."""
    place = max((text.rfind(digit) for digit in "0123456789"), default=-1)
    return f"{text} x" if place < 0 else f"{text[:place]}{(int(text[place]) + 1) % 10}{text[place + 1 :]}"


def _last(pattern: str, content: bytes) -> bytes:
    """A file with what the pattern's group found last as something else."""
    text = content.decode("utf-8-sig" if content.startswith(b"\xef\xbb\xbf") else "utf-8")
    found = list(re.finditer(pattern, text, re.MULTILINE))
    if not found:
        return content
    start, end = found[-1].span(1)
    return f"{text[:start]}{_other(text[start:end])}{text[end:]}".encode()


def _rows(content: bytes) -> bytes:
    """A CSV file whose first cell of its last row is another one."""
    lines = content.splitlines(keepends=True)
    if len(lines) < 2:
        return content
    quoted = re.match(r'"?([^",]*)', lines[-1].decode())
    assert quoted
    start, end = quoted.span(1)
    row = lines[-1].decode()
    return b"".join(lines[:-1]) + f"{row[:start]}{_other(row[start:end])}{row[end:]}".encode()


def _document(content: bytes) -> bytes:
    written = BytesIO()
    with ZipFile(BytesIO(content)) as old, ZipFile(written, "w") as new:
        for name in old.namelist():
            held = old.read(name)
            new.writestr(
                name, _last(r"<w:t[^>]*>([^<]+)</w:t>(?=.*</w:tbl>)", held) if name == "word/document.xml" else held
            )
    return written.getvalue()


def _workbook(content: bytes) -> bytes:
    book, written = load_workbook(BytesIO(content)), BytesIO()
    cell = next(
        cell for row in reversed(list(book.worksheets[0].iter_rows())) for cell in row if cell.value is not None
    )
    cell.value = _other(str(cell.value)) if isinstance(cell.value, str) else cell.value + 1
    book.save(written)
    return written.getvalue()


def _parquet(content: bytes) -> bytes:
    table, written = pq.read_table(BytesIO(content)), BytesIO()
    place, name = next((i, name) for i, name in enumerate(table.column_names) if table[name].null_count < len(table))
    values = table[name].to_pylist()
    row = next(i for i, value in enumerate(values) if value is not None)
    value = values[row]
    values[row] = not value if isinstance(value, bool) else _other(value) if isinstance(value, str) else value + 1
    pq.write_table(
        table.set_column(place, table.schema.field(name), pa.array(values, table.schema.field(name).type)), written
    )
    return written.getvalue()


CHANGED: dict[str, Callable[[bytes], bytes]] = {
    "csv": _rows,
    "xlsx": _workbook,
    "docx": _document,
    "parquet": _parquet,
    "html": lambda content: _last(r">([^<>\n]+)</t[dh]>", content),
    "md": lambda content: _last(r"^\|.*\|([^|\n]+)\|$", content),
    "tex": lambda content: _last(r"^(.+) \\\\$", content),
    "rtf": lambda content: _last(r"([^\\{}\n ]+)\\cell\b", content),
}


def _changed(content: bytes, form: str) -> bytes:
    return CHANGED[form](content)
