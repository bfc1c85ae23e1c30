"""Files are held against the data that they say they were made from: each kind of change is told from each other."""

import csv
import json
import re
import struct
import zlib
from collections.abc import Callable
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from openpyxl import load_workbook
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from pypdf import PdfWriter
from pypdf.annotations import FreeText
from pypdf.generic import DictionaryObject, NameObject, RectangleObject
from streamlit.testing.v1 import AppTest

import plro_core as plro
from plro_core.__main__ import main
from plro_core.export import FORMATS, embedding, export_table, figure_html
from plro_core.export.embedding import in_picture
from plro_core.preview import held_tables
from plro_core.results import FigureResult, TableResult
from plro_core.store import Registry, open_content, open_registry, publish
from plro_core.verify import Verdict, verify
from plro_core.verify.verdict import as_written
from plro_core.vocabulary import STANDARD
from tests.test_pages import opened, tables_text
from tests.tools.own_registry import ABOUT

COHORTS = ("", "patients=8", "age=60", "smoking=yes", "case_definition=!vertebral_fracture,~&month=0,1")


@pytest.fixture(scope="module")
def registry() -> Registry:
    return open_registry()


def said(content: bytes, now: Registry) -> Verdict:
    """What is said of a file, with a registry as the published one."""
    return verify(
        content, lambda content, version, name: open_content(content, version=version, registry=name), lambda _: now
    )


def file_of(made: TableResult, form: str) -> bytes:
    return export_table(made.table, form, made.recipe)


@pytest.mark.usefixtures("read_here")
@pytest.mark.parametrize("cohort", COHORTS)
@pytest.mark.parametrize("form", FORMATS)
def test_a_table_is_the_same_byte_for_byte_in_every_form(registry: Registry, form: str, cohort: str) -> None:
    for made in (
        plro.table_one(registry, cohort, by="breastfeeding"),
        plro.ranges(registry, cohort),
        plro.counts(registry, "vas", cohort),
    ):
        if form == "csv" and not made.tidy.rows:
            continue  # it has no row to carry its origin in, which is a sentence of its own
        found = said(file_of(made, form), registry)
        assert (found.state, found.sentence[:13]) == ("same", "Byte for byte")


@pytest.mark.usefixtures("read_here")
def test_rows_claims_a_comparison_and_aggregates_are_made_again(registry: Registry) -> None:
    for made in (
        plro.records(registry, "visits", "smoking=yes"),
        plro.compare(registry, "smoking=yes", tests=True),
        plro.claims(registry),
        plro.claims(registry, "contradicted", relations=True),
        plro.aggregates(registry),
    ):
        assert said(file_of(made, "csv"), registry).is_same, made
        assert said(file_of(made, "xlsx"), registry).is_same, made


CHANGES: dict[str, Callable[[bytes], bytes]] = {
    "csv": lambda content: content.replace(b",31.0,", b",41.0,", 1),
    "html": lambda content: re.sub(rb">\d\d\.\d \(", b">41.0 (", content, count=1),
    "md": lambda content: re.sub(rb" \d\d\.\d \(", b" 41.0 (", content, count=1),
    "json": lambda content: content.replace(b": 31.0", b": 41.0", 1),
}


@pytest.mark.usefixtures("read_here")
@pytest.mark.parametrize("form", CHANGES)
def test_a_changed_number_is_named_with_its_place_and_what_the_data_give(registry: Registry, form: str) -> None:
    content = file_of(plro.table_one(registry), form)
    changed = CHANGES[form](content)
    assert changed != content
    found = said(changed, registry)
    assert found.state == "differs"
    assert found.differences is not None
    assert len(found.differences.rows) == 1
    place, told, anew = found.differences.rows[0]
    assert re.search(r"row \d+|line \d+", str(place))
    assert ("41" in str(told), "41" in str(anew)) == (True, False)
    assert f"first {place}: “{told}” in the file, “{anew}” made anew." in found.sentence


def test_a_changed_cell_of_a_workbook_is_told_from_a_workbook_saved_anew(registry: Registry) -> None:
    book = load_workbook(BytesIO(file_of(plro.table_one(registry, "smoking=yes"), "xlsx")))
    assert said(saved(book), registry).sentence.endswith("The file itself was saved anew.")
    book["Table"]["D4"] = "12"
    found = said(saved(book), registry)
    assert found.state == "differs"
    assert [row[:2] for row in found.differences.rows] == [("Table!D4", "12")]


def saved(book: Any) -> bytes:
    written = BytesIO()
    book.save(written)
    return written.getvalue()


@pytest.mark.usefixtures("read_here")
def test_a_changed_value_of_a_parquet_file_is_found(registry: Registry) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pq.read_table(BytesIO(file_of(plro.records(registry, "visits"), "parquet")))
    place = table.schema.get_field_index("vas")
    lower = pc.subtract(table["vas"], pa.scalar(1, table["vas"].type))
    other = table.set_column(place, table.schema.field("vas"), lower)
    written = BytesIO()
    pq.write_table(other, written)
    found = said(written.getvalue(), registry)
    assert found.state == "differs"
    assert found.differences.rows[0] == ("row 1, “vas”", "9", "10") or "vas" in str(found.differences.rows[0][0])
    assert len(found.differences.rows) == table["vas"].length() - table["vas"].null_count


@pytest.mark.usefixtures("read_here")
def test_what_a_spreadsheet_does_to_a_csv_file_is_no_difference(registry: Registry) -> None:
    """Semicolons, another line end, TRUE, 31 for 31.0, and rows sorted otherwise; but a row that is gone is one."""
    text = file_of(plro.records(registry, "cases"), "csv").decode("utf-8-sig")
    head, *rows = [line for line in text.split("\r\n") if line]
    other = "\n".join([head, *reversed(rows)]).replace("true", "TRUE").encode("utf-16")
    found = said(other, registry)
    assert (found.state, "in another order" in found.sentence) == ("same", True)
    shorter = "\r\n".join([head, *rows[:-1]]).encode()
    assert said(shorter, registry).state == "differs"


@pytest.mark.usefixtures("read_here")
@pytest.mark.parametrize(
    ("told", "instead"),
    [
        ("4 of 10 patients", "5 of 10 patients"),
        ("patients with smoking", "patients without smoking"),
        ("smoking=yes", "smoking=no"),
    ],
)
def test_the_words_of_an_origin_are_held_against_the_data_too(registry: Registry, told: str, instead: str) -> None:
    content = file_of(plro.table_one(registry, "smoking=yes"), "json").decode()
    recipe = json.loads(content)
    recipe["recipe"] = {key: value.replace(told, instead) if key != "snippet" and isinstance(value, str) else value
                        for key, value in recipe["recipe"].items()}  # fmt: skip
    assert said(json.dumps(recipe).encode(), registry).state == "differs"


# Forgeries that leave every cell as it is


def _column(content: bytes, head: str, value: str, before: str = "") -> bytes:
    """A CSV file with a further column, before another one or at the end."""
    lines = list(csv.reader(StringIO(content.decode("utf-8-sig"))))
    place = lines[0].index(before) if before else len(lines[0])
    written = StringIO()
    csv.writer(written).writerows(
        [*line[:place], value if number else head, *line[place:]] for number, line in enumerate(lines)
    )
    return written.getvalue().encode()


def _part(content: bytes, change: Callable[[str], str]) -> bytes:
    """A Word document whose body is changed as XML."""
    written = BytesIO()
    with ZipFile(BytesIO(content)) as old, ZipFile(written, "w") as new:
        for name in old.namelist():
            held = old.read(name)
            new.writestr(name, change(held.decode()).encode() if name == "word/document.xml" else held)
    return written.getvalue()


_INSERTED = '<w:ins w:id="9" w:author="x"><w:r><w:t>9.9</w:t></w:r></w:ins>'
_BOXED = "<w:sdt><w:sdtContent><w:p><w:r><w:t>All recovered</w:t></w:r></w:p></w:sdtContent></w:sdt>"

FORGED: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "a second column of one name": ("csv", lambda content: _column(content, "vas", "1", before="vas")),
    "a column called like the origin's": ("csv", lambda content: _column(content, "recipe_note", "p<0.001")),
    "another title": ("csv", lambda content: content.replace(b"Rows of visits", b"Visits after placebo")),
    "another SQL": ("csv", lambda content: content.replace(b"FROM cases LEFT JOIN", b"FROM visits LEFT JOIN")),
    "another title beside the rows": ("json", lambda content: content.replace(b"{", b'{"title": "Placebo", ', 1)),
    "a script": ("html", lambda content: content.replace(b"</body>", b"<script>document.title=1</script></body>")),
    "a script of an element": ("html", lambda content: content.replace(b"<body", b'<body onload="x()"')),
    "a style": ("html", lambda content: content.replace(b"</head>", b"<style>td{font-size:0}</style></head>")),
    "a picture": ("html", lambda content: content.replace(b"</body>", b'<img src="x"></body>')),
    "a marked insertion": (
        "docx",
        lambda content: _part(content, lambda xml: _INSERTED.join(xml.rsplit("</w:p></w:tc>", 1)).replace(
            _INSERTED, f"{_INSERTED}</w:p></w:tc>")),
    ),
    "a text in a frame of its own": (
        "docx", lambda content: _part(content, lambda xml: xml.replace("<w:body>", f"<w:body>{_BOXED}"))
    ),
    "a line that the origin holds too": (
        "rtf", lambda content: content.replace(b"\\trowd", b"patients\n\\trowd", 1)
    ),
}  # fmt: skip


@pytest.mark.usefixtures("read_here")
@pytest.mark.parametrize("forgery", FORGED)
def test_what_is_added_to_a_file_is_a_difference(registry: Registry, forgery: str) -> None:
    form, change = FORGED[forgery]
    made = plro.summary(registry) if form in ("docx", "rtf") else plro.records(registry, "visits")
    content = file_of(made, form)
    changed = change(content)
    assert changed != content
    assert said(content, registry).is_same
    assert said(changed, registry).state == "differs"


#: Changes around the words of a text: each hides, moves or adds what a reader sees.
AROUND: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "an element that strikes out": ("html", lambda text: re.sub(rb"<td>([^<]+)", rb"<td><del>\1</del>", text, count=1)),
    "a field with a value": ("html", lambda text: text.replace(b"<td>", b'<td><input value="9.9">', 1)),
    "cells that cover others": ("html", lambda text: text.replace(b"<td>", b'<td rowspan="3" colspan="2">', 1)),
    "a drawing over the page": ("html", lambda text: text.replace(b"</body>", b'<svg><rect width="999"/></svg></body>')),
    "another page": ("html", lambda text: text.replace(b"<head>", b'<head><meta http-equiv="refresh" content="0;url=x">')),
    "a script of another type": (
        "html", lambda text: text.replace(b"</body>", b'<script type="text/ecmascript">document.write(9)</script></body>')
    ),
    "text that a browser takes for a comment's end": ("html", lambda text: text.replace(b"<td>", b"<td><!--> 9 <!-- -->", 1)),
    "words in the origin that a browser shows": (
        "html", lambda text: text.replace(b'id="plro-origin">{', b'id="plro-origin">{"x": "</script ><h1>9.9</h1>", ')
    ),
    "words behind the origin": ("md", lambda text: re.sub(rb"(<!-- plro-origin .*? -->)", rb"\1 All recovered", text)),
    "a table that is code": ("md", lambda text: text.replace(b"\n| ", b"\n    | ", 1)),
    "words in the origin that an editor shows": (
        "rtf", lambda text: re.sub(rb"(\\plroorigin) ", rb"\1 }All recovered{ ", text, count=1)
    ),
}  # fmt: skip


@pytest.mark.usefixtures("read_here")
@pytest.mark.parametrize("forgery", AROUND)
def test_what_stands_around_the_words_is_a_difference(registry: Registry, forgery: str) -> None:
    form, change = AROUND[forgery]
    content = file_of(plro.summary(registry, by="breastfeeding", show="age,vas"), form)
    assert change(content) != content
    assert said(change(content), registry).state in ("differs", "not ours")
    assert said(content.replace(b"\n", b"\r\n"), registry).is_same  # as another editor ends its lines


@pytest.mark.usefixtures("read_here")
def test_a_change_around_the_words_is_said_in_a_sentence(registry: Registry) -> None:
    content = file_of(plro.summary(registry, show="age"), "html").replace(b"<td>", b"<td><del>", 1)
    assert "what stands around the words was changed" in said(content, registry).sentence


@pytest.mark.usefixtures("read_here")
def test_an_empty_column_a_label_and_a_note_of_a_parquet_file_are_held_too(registry: Registry) -> None:
    made = plro.records(registry, "visits")
    table = pq.read_table(BytesIO(file_of(made, "parquet")))
    labels = [field.with_metadata({b"label": b"Placebo"}) for field in table.schema]
    forged = [
        table.append_column("vas of placebo", pa.nulls(len(table))),
        table.cast(pa.schema(labels, table.schema.metadata)),
        table.replace_schema_metadata({**table.schema.metadata, b"notes": b'["All recovered"]'}),
    ]
    for one, state in [(table, "same"), *((one, "differs") for one in forged)]:
        written = BytesIO()
        pq.write_table(one, written)
        assert said(written.getvalue(), registry).state == state


@pytest.mark.usefixtures("read_here")
def test_an_origin_says_nothing_more(registry: Registry) -> None:
    told = json.loads(file_of(plro.records(registry, "visits"), "json"))
    told["recipe"]["result"] = "All recovered"
    found = said(json.dumps(told).encode(), registry)
    assert found.differences
    assert found.differences.rows[0][:2] == ("“result” of the origin", "All recovered")


# Figures


@pytest.fixture(scope="module")
def drawn(registry: Registry) -> FigureResult:
    return plro.figure(registry, "pain_trajectories", "smoking=yes", by="breastfeeding")


@pytest.mark.usefixtures("read_here")
def test_a_page_of_a_figure_is_the_same_and_a_moved_point_is_found(registry: Registry, drawn: FigureResult) -> None:
    page = figure_html(drawn.chart, drawn.recipe)
    assert said(page, registry).sentence.startswith("Byte for byte")
    at = page.index(b"const drawn")
    moved = page[:at] + page[at:].replace(b'"y":[', b'"y":[7,', 1)
    found = said(moved, registry)
    assert [row[0] for row in found.differences.rows] == ["the drawing"]


PLAIN_SVG = b'<svg width="85mm" height="40mm" viewBox="0 0 10 5"><rect width="3" height="3"></rect></svg>'


def plain_png() -> bytes:
    written = BytesIO()
    Image.new("RGB", (8, 6), (200, 30, 30)).save(written, "PNG")
    return written.getvalue()


PLAIN_EPS = b"%!PS-Adobe-3.0 EPSF-3.0\n%%HiResBoundingBox: 0 0 20 10\n%%EndComments\n1 2 m 3 4 l S\n%%EOF\n"


def plain_pdf() -> bytes:
    writer = PdfWriter()
    writer.add_blank_page(200, 100)
    written = BytesIO()
    writer.write(written)
    return written.getvalue()


@pytest.mark.usefixtures("read_here")
@pytest.mark.parametrize(
    ("form", "plain"), [("svg", PLAIN_SVG), ("png", plain_png()), ("pdf", plain_pdf()), ("eps", PLAIN_EPS)]
)
def test_a_picture_carries_its_origin_and_is_the_same(
    registry: Registry, drawn: FigureResult, form: str, plain: bytes
) -> None:
    chart = drawn.chart
    content = in_picture(plain, form, drawn.recipe, chart.title, chart.summary, chart.sha256)
    found = said(content, registry)
    assert (found.state, found.sentence[:27]) == ("same", "The picture is as it was ma")
    other = in_picture(plain, form, drawn.recipe, chart.title, chart.summary, "0" * 64)
    assert said(other, registry).state == "differs"
    assert said(plain, registry).state == "not ours"


def test_a_cropped_a_painted_and_a_saved_picture_are_told_apart(registry: Registry, drawn: FigureResult) -> None:
    chart = drawn.chart
    content = in_picture(plain_png(), "png", drawn.recipe, chart.title, chart.summary, chart.sha256)
    image = Image.open(BytesIO(content))
    image.load()
    assert image.text["Title"] == chart.title

    def again(picture: Image.Image, told: bool = True) -> bytes:
        words = PngInfo()
        for name, text in image.text.items() if told else ():
            words.add_itxt(name, text)
        written = BytesIO()
        picture.save(written, "PNG", pnginfo=words)
        return written.getvalue()

    painted = image.copy()
    painted.putpixel((1, 1), (0, 0, 0))
    assert said(again(image), registry).is_same
    assert (
        said(again(image.crop((0, 0, 4, 6))), registry).sentence
        == "It was cropped or resized: it was made as 8 × 6 and is 4 × 6."
    )
    assert said(again(painted), registry).sentence == "What the picture shows was changed after it was made."
    assert said(again(image, told=False), registry).state == "not ours"


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _before_pixels(content: bytes, chunk: bytes) -> bytes:
    at = content.index(b"IDAT") - 4
    return content[:at] + chunk + content[at:]


def _pdf(content: bytes, change: Callable[[PdfWriter], object]) -> bytes:
    writer = PdfWriter(clone_from=BytesIO(content))
    change(writer)
    written = BytesIO()
    writer.write(written)
    return written.getvalue()


def _tiff(content: bytes, turned: int = 1, pages: int = 1) -> bytes:
    """The same picture with pages more, or turned as it is shown."""
    image, written = Image.open(BytesIO(content)), BytesIO()
    more = [Image.new(image.mode, image.size)] * (pages - 1)
    told = {270: image.getexif()[270], **({274: turned} if turned > 1 else {})}
    image.save(written, "TIFF", compression="tiff_lzw", save_all=True, append_images=more, tiffinfo=told)
    return written.getvalue()


def plain_tiff() -> bytes:
    written = BytesIO()
    picture = Image.new("RGB", (8, 6), (200, 30, 30))
    picture.putpixel((1, 1), (0, 0, 0))
    picture.save(written, "TIFF", dpi=(300, 300))
    return written.getvalue()


#: Each leaves the pixels or the drawing as it was, and another picture is seen.
SEEN: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "saved anew": ("pdf", lambda content: _pdf(content, lambda writer: None)),
    "a note on the page": ("pdf", lambda content: _pdf(
        content, lambda writer: writer.add_annotation(0, FreeText(text="9.9", rect=(0, 0, 200, 100))))),
    "a turned page": ("pdf", lambda content: _pdf(content, lambda writer: writer.pages[0].rotate(180))),
    "a smaller window": ("pdf", lambda content: _pdf(
        content, lambda writer: setattr(writer.pages[0], "cropbox", RectangleObject((0, 0, 50, 50))))),
    "a font of other letters": ("pdf", lambda content: _pdf(content, lambda writer: writer.pages[0]["/Resources"].update(
        {NameObject("/Font"): DictionaryObject({NameObject("/F1"): NameObject("/Symbol")})}))),
    "another title of a document": ("pdf", lambda content: _pdf(
        content, lambda writer: writer.add_metadata({"/Title": "Placebo works"}))),
    "gamma": ("png", lambda content: _before_pixels(content, _chunk(b"gAMA", b"\0\0\0\1"))),
    "transparency": ("png", lambda content: _before_pixels(content, _chunk(b"tRNS", b"\0\xc8\0\x1e\0\x1e"))),
    "a second picture behind": ("png", lambda content: content + plain_png()),
    "saved again": ("tiff", lambda content: _tiff(content)),
    "a second page": ("tiff", lambda content: _tiff(content, pages=2)),
    "turned round": ("tiff", lambda content: _tiff(content, turned=3)),
    "another title": ("svg", lambda content: re.sub(b"<title>[^<]*", b"<title>Placebo works", content)),
    "another text equivalent": ("svg", lambda content: re.sub(b"<desc>[^<]*", b"<desc>VAS was 9", content)),
}  # fmt: skip


@pytest.mark.usefixtures("read_here")
@pytest.mark.parametrize("forgery", SEEN)
def test_whatever_shows_another_picture_is_a_difference(registry: Registry, drawn: FigureResult, forgery: str) -> None:
    form, change = SEEN[forgery]
    plain = {"svg": PLAIN_SVG, "png": plain_png(), "pdf": plain_pdf(), "tiff": plain_tiff()}[form]
    chart = drawn.chart
    content = in_picture(plain, form, drawn.recipe, chart.title, chart.summary, chart.sha256)
    assert said(content, registry).is_same
    assert change(content) != content
    assert said(change(content), registry).state == ("same" if "saved" in forgery else "differs")


# Other versions


@pytest.fixture
def two_versions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A registry whose second version has one VAS changed."""
    folder = tmp_path / "own"
    tables = held_tables(open_registry())
    publish(tables, ABOUT | {"version": "1"}, folder, STANDARD)
    visits = tables["visits"]
    vas = visits["vas"].to_pylist()
    vas[0] = 3
    place = visits.schema.get_field_index("vas")
    other = visits.set_column(place, visits.schema.field("vas"), pa.array(vas, visits.schema.field("vas").type))
    publish(tables | {"visits": other}, ABOUT | {"version": "2"}, folder, STANDARD, "1")
    monkeypatch.setenv("PLRO_REGISTRY", str(folder))
    return folder


def test_a_file_of_an_older_version_is_right_and_says_what_is_otherwise_now(two_versions: Path) -> None:
    old, now = open_registry(two_versions, "1"), open_registry(two_versions)
    found = said(file_of(plro.records(old, "visits"), "csv"), now)
    assert found.state == "other version"
    assert found.sentence == "It is as version 1 of “own” gives it; published now is 2, where 1 cell differs."
    assert [str(row[0]) for row in found.differences.rows] == ["row 1, “vas”"]
    assert [column.heading for column in found.differences.columns] == ["Place", "1", "2"]
    unmoved = said(file_of(plro.records(old, "cases"), "csv"), now)
    assert unmoved.sentence == "It is as version 1 of “own” gives it; published now is 2, which gives the same."


def test_a_file_of_a_registry_that_is_not_here_says_which(
    two_versions: Path, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = file_of(plro.table_one(open_registry(two_versions, "2")), "md")
    monkeypatch.delenv("PLRO_REGISTRY")
    found = said(content, registry)
    assert (found.state, "version 2 of “own”" in found.sentence) == ("not here", True)


# What strangers write


FOREIGN = [
    "import os\nregistry = os.system('true')\nresult = registry",
    "registry = open_content('C')\nresult = __import__('os').system('true')",
    "registry = open_content('C')\nresult = plro.query(registry, 'SELECT 1')",
    "registry = open_content('C')\nresult = plro.open('/')",
    "registry = open_content('C')\nresult = registry.folder",
    "registry = open_content('C')\nresult = registry.close()",
    "registry = open_content('C')\nresult = [claim.id for claim in check_claims(registry)]",
    "registry = open_content('C')\nresult = [claim for claim in check_claims(registry) if claim.__class__ == 1]",
    "registry = open_content('C')\nresult = (lambda: 1)()",
    "registry = open_content('C')\nresult = 2 ** 9",
    "registry = open_content('C')\nother = 1\nresult = plro.ranges(registry)",
    "registry = open_content('C')\nfor one in [1]: pass\nresult = plro.ranges(registry)",
    "registry = open_content(1)\nresult = plro.ranges(registry)",
    "registry = open_content('C')\nresult = " + "(" * 5000,
    "result = 1",
]


@pytest.mark.usefixtures("read_here")
@pytest.mark.parametrize("snippet", FOREIGN)
def test_a_foreign_recipe_is_never_run(registry: Registry, snippet: str) -> None:
    origin = {"snippet": snippet.replace("'C'", f"'{registry.content}'"), "content": registry.content}
    found = said(json.dumps({"recipe": origin, "rows": []}).encode(), registry)
    assert found == Verdict("not ours", "It carries a recipe that this program does not write.")


@pytest.mark.parametrize(
    "call",
    [
        "plro.ranges(registry, 'nonsense=1')",
        "plro.figure(registry, 'nothing')",
        "plro.table_one(registry, by='age')",
        "plro.table_one(1, 2, 3, 4, 5)",
        "open_questions(registry, registry)",
    ],
)
@pytest.mark.usefixtures("read_here")
def test_a_question_that_the_data_cannot_answer_is_a_difference(registry: Registry, call: str) -> None:
    origin = {"snippet": f"registry = open_content('{registry.content}')\nresult = {call}", "content": registry.content}
    assert said(json.dumps({"recipe": origin, "rows": []}).encode(), registry).state == "differs"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "carries no origin"),
        (b"a,b\n1,2\n", "carries no origin"),
        (b"\xd0\xcf\x11\xe0 a workbook with a password", "is encrypted"),
        (b"PK\x03\x04 cut short", "cannot be read as an Excel workbook"),
        (b"%PDF-1.4 cut short", "cannot be read as PDF"),
        (b"\x89PNG\r\n\x1a\n cut short", "cannot be read as PNG"),
        (b"PAR1 cut short PAR1", "cannot be read as Parquet"),
        (b'{"rows": 3}', "cannot be read as JSON"),
        (b"<svg>\xff</svg>", "cannot be read as SVG"),
        (b"<html><p>" * 50_000, "carries no origin"),
        (b"\xff\xfe\x00", "cannot be read as CSV"),
    ],
)
def test_what_is_not_ours_is_one_sentence(registry: Registry, content: bytes, says: str) -> None:
    found = said(content, registry)
    assert found.state == "not ours"
    assert says in found.sentence
    assert found.sentence.startswith("It ")
    assert found.sentence.endswith(".")


def test_an_empty_csv_file_says_why_it_cannot_be_checked(registry: Registry) -> None:
    content = file_of(plro.records(registry, "cases", "age=60"), "csv")
    assert said(content, registry).sentence.startswith("It has no rows, and a CSV file carries its origin in them")


def test_an_origin_cannot_end_what_it_stands_in() -> None:
    told = json.dumps({"snippet": "</script><b>--><!--", "content": "x"})
    assert "</script><b>" not in embedding.in_html(told)
    assert embedding.from_text(embedding.in_html(told)) == json.loads(told)
    assert "-->" not in embedding.in_markdown(told)[:-3]
    assert embedding.from_text(embedding.in_markdown(told)) == json.loads(told)


# Doors


def test_the_command_says_each_file_and_ends_well_only_if_all_are_the_same(
    registry: Registry, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    right, wrong = tmp_path / "right.csv", tmp_path / "wrong.csv"
    content = file_of(plro.table_one(registry), "csv")
    right.write_bytes(content)
    wrong.write_bytes(CHANGES["csv"](content))
    assert main(["verify", str(right)]) == 0
    assert main(["verify", str(right), str(wrong)]) == 1
    out = capsys.readouterr().out
    assert out.count("right.csv: Same. Byte for byte") == 2
    assert "wrong.csv: Differs. 1 difference" in out
    assert main(["verify", str(tmp_path / "none.csv")]) == 1
    assert capsys.readouterr().err == "none.csv: No such file or directory.\n"


def test_the_page_says_it_of_a_file_that_is_handed_in(registry: Registry) -> None:
    content = file_of(plro.table_one(registry), "csv")
    app = opened("registry", part="check")
    app = handed_in(app, "mine.csv", content)
    assert [message.value.split("**")[1] for message in app.success] == ["mine\\.csv: Same."]
    app = handed_in(app, "mine.csv", CHANGES["csv"](content))
    assert not app.exception
    assert [message.value.split("**")[1] for message in app.warning] == ["mine\\.csv: Differs."]
    assert "Made anew" in tables_text(app)


def handed_in(app: AppTest, name: str, content: bytes) -> AppTest:
    app.get("file_uploader")[-1].set_value([(name, content, "text/csv")])
    return app.run()


@pytest.mark.parametrize(("text", "anew", "same"), [
    ("4.34444444444445", "4.34444444444444", True),
    ("-0.368916511535645", "-0.368916511535644", True),
    ("1.00000000000001e-05", "1.00000000000002e-05", True),
    ("4.34444444444454", "4.34444444444444", False),
    ("4.3444444444444", "4.3444444444443", False),
    ("-4.34444444444445", "4.34444444444444", False),
    ("4.35", "4.34", False),
    ("0.0001", "0.0002", False),
    ("434444444444445", "434444444444444", False),
    ("Ada", "Bea", False),
    ("0", "false", True),
    ("1", "true", True),
    ("1", "false", False),
    ("2", "true", False),
])  # fmt: skip
def test_a_spreadsheet_may_round_the_fifteenth_digit_and_keep_truth_as_a_number(
    text: str, anew: str, same: bool
) -> None:
    assert (as_written({"C4": text}, {"C4": anew}) == {"C4": anew}) == same
