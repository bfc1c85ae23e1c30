"""A report as slides: one a card, readable from the back of a room, with everything that a speaker must know in the notes."""

import json
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any

import docx
import pptx
import pytest
from PIL import Image
from pptx.dml.color import RGBColor
from pptx.oxml import parse_xml
from pptx.util import Cm, Pt
from pypdf import PdfWriter

from plro_core.export import embedding
from plro_core.export.images import NO_CHROMIUM
from plro_core.manuscript import ruled
from plro_core.problems import DataProblem
from plro_core.report import Card
from plro_core.report.blocks import Pages, Paragraph, Run, Section, TableBlock
from plro_core.report.files import write
from plro_core.report.powerpoint import as_pptx
from plro_core.report.slides import BODY_HEIGHT, Slide, height, row_heights, slides
from plro_core.report.verifying import verify_report
from plro_core.store import Registry, open_registry
from plro_core.tables import Column, Table
from plro_core.verify import reading, verdict, verify
from plro_core.verify.pictures import CHANGED, FOREIGN, shown_by
from tests.test_report import FIGURE, HOSTILE, TABLE, every_kind, find, of, text

pytestmark = pytest.mark.usefixtures("read_here")

COMMENT = "Each line is a patient, {{smoking | k of n}} of whom smoke."


@pytest.fixture(scope="module")
def registry() -> Registry:
    return open_registry()


@pytest.fixture(scope="module")
def with_figure(registry: Registry) -> bytes:
    made = of(
        registry,
        text("# Results\n\nPain was {{vas.0 | median}}."),
        Card("figure", call=FIGURE, comment=COMMENT),
        Card("table", call=TABLE),
    )
    return write(made, "pptx")


@pytest.fixture(autouse=True)
def read_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verdict, "given", reading.read)


def shown(content: bytes) -> Any:
    return pptx.Presentation(BytesIO(content))


def notes(slide: Any) -> str:
    return str(slide.notes_slide.notes_text_frame.text)


def runs(slide: Any) -> Iterator[Any]:
    for shape in slide.shapes:
        if shape.has_text_frame:
            yield from (run for paragraph in shape.text_frame.paragraphs for run in paragraph.runs)
        if shape.has_table:
            cells = [cell for row in shape.table.rows for cell in row.cells]
            yield from (run for cell in cells for paragraph in cell.text_frame.paragraphs for run in paragraph.runs)


def test_each_card_is_a_slide_of_16_to_9_behind_the_title(with_figure: bytes) -> None:
    show = shown(with_figure)
    assert show.slide_width / show.slide_height == pytest.approx(16 / 9, abs=0.001)
    titles = [slide.shapes.title.text for slide in show.slides]
    assert titles[:3] == ["Pain: a case series", "Results", "Figure 1. Pain falls in every patient by month 1"]
    assert titles[3].startswith("Table 1. ")
    assert len(titles) == 4
    assert "A. Author" in show.slides[0].placeholders[1].text
    assert b"Calibri" not in next(part.blob for part in show.part.package.iter_parts() if "theme1" in part.partname)


def test_a_figure_is_a_picture_with_its_text_and_notes_tell_of_whom_and_how(
    registry: Registry, with_figure: bytes
) -> None:
    slide = shown(with_figure).slides[2]
    (picture,) = [one for one in slide.shapes if hasattr(one, "image")]
    chart = of(registry, Card("figure", call=FIGURE)).drawn[0][2].chart
    assert chart is not None
    assert picture._element.nvPicPr.cNvPr.get("descr") == chart.summary
    assert picture.width > Cm(25)
    words = [run.text for run in runs(slide)]
    assert "Each line is a patient, 4 of 10 of whom smoke." in "".join(words)
    assert any("4 of 10 patients" in one and "data 2022-2" in one for one in words)
    for told in (
        chart.summary,
        *chart.notes,
        "Data version: 2022-2",
        "plro.figure(registry,",
        "“4 of 10”: smoking | k of n",
    ):
        assert told in notes(slide)


def test_nothing_leaves_its_slide_and_all_can_be_read_from_the_back(registry: Registry) -> None:
    wide = Card("table", call='plro.records(registry, "visits")', comment="Long. " * 300)
    show = shown(write(of(registry, *every_kind(), wide, text("word " * 2000)), "pptx"))
    for slide in show.slides:
        assert slide.shapes.title.text.strip()
        for shape in slide.shapes:
            assert shape.left >= 0
            assert shape.left + shape.width <= show.slide_width
            assert shape.top + shape.height <= show.slide_height
        sizes = [run.font.size for run in runs(slide)]
        assert min(sizes[:-1]) >= Pt(12)  # below stands the foot


def numbers(rows: int, columns: int = 2) -> Table:
    heads = tuple(Column(f"c{place}", f"Measured {place}") for place in range(columns))
    return Table(
        "t", "Many rows", heads, tuple(tuple(f"{row}/{place}" for place in range(columns)) for row in range(rows))
    )


def pages(registry: Registry, table: Table, *comment: str) -> Pages:
    block = TableBlock(ruled(table, registry.vocabulary, number=1))
    return Pages("A report", "", "Data.", [Section("table", [block, *map(Paragraph.of, comment)])], "{}")


def test_a_long_table_goes_on_and_a_very_long_one_says_where_it_is_whole(registry: Registry) -> None:
    few = slides(pages(registry, numbers(20)))
    assert [slide.title for slide in few] == ["Table 1. Many rows (1 of 2)", "Table 1. Many rows (2 of 2)"]
    assert [row.cells[0].text for slide in few for row in _table(slide).rows] == [f"{row}/0" for row in range(20)]
    assert all(_table(slide).heads == _table(few[0]).heads for slide in few)
    assert few[0].shares == few[1].shares
    many = slides(pages(registry, numbers(500)))
    assert len(many) == 4
    rows = sum(len(_table(slide).rows) for slide in many)
    assert (
        many[0].small[-1] == f"Here are {rows} of 500 rows; the whole table stands in the report as HTML, Word or PDF."
    )
    wide = slides(pages(registry, numbers(3, 40)))
    kept = len(_table(wide[0]).aligned)
    assert wide[0].small[-1].startswith(f"Here are {kept} of 40 columns;")
    assert all(sum(head.span for head in row) == kept for row in _table(wide[0]).heads)


def _table(slide: Slide) -> Any:
    assert slide.table is not None
    assert sum(row_heights(slide.table, slide.shares)) + height(slide.small, 12) <= BODY_HEIGHT
    return slide.table


def test_a_comment_that_does_not_fit_stands_on_the_next_slide(registry: Registry) -> None:
    short, long = (slides(pages(registry, numbers(3), words)) for words in ("Short.", "Long. " * 170))
    assert [len(slide.text) for slide in short] == [1]
    assert [(slide.table is None, bool(slide.text)) for slide in long] == [(False, False), (True, True)]


def test_a_text_goes_on_and_what_is_marked_stays_whole() -> None:
    told = Run("median 3 (n = 10)", "changed", "it was 4")
    words = Paragraph((Run("word " * 1500), told, Run("." * 3000)))
    found = slides(Pages("A report", "", "Data.", [Section("text", [words])], "{}"))
    assert [slide.title for slide in found] == [
        f"A report ({place} of {len(found)})" for place in range(1, len(found) + 1)
    ]
    said = [run for slide in found for one in slide.text for run in one.runs]
    assert told in said
    assert "".join(run.text for run in said) == words.text
    assert all(height([one.text for one in slide.text], 20) <= BODY_HEIGHT for slide in found)


def test_a_title_without_end_is_told_whole_as_text() -> None:
    (slide,) = slides(Pages("word " * 60, "", "Data.", [Section("text", [Paragraph.of("x")])], "{}"))
    assert slide.title.endswith("word …")
    assert slide.text[0].text == "word " * 60
    unbroken = slides(Pages("w" * 300, "", "Data.", [Section("text", [Paragraph.of("x")])], "{}"))
    assert unbroken[0].title == "w" * 130 + " …"


def test_no_word_is_read_as_anything_else(registry: Registry) -> None:
    content = write(of(registry, text(f"# {HOSTILE}\n\n{HOSTILE}")), "pptx")
    (slide,) = list(shown(content).slides)[1:]
    assert slide.shapes.title.text.strip() == HOSTILE.strip()
    assert b"<script>" not in content


def test_a_typed_number_at_fault_and_one_that_changed_are_underlined() -> None:
    words = Paragraph((Run("31", "doubt", "the data give 30"), Run(" 32", "changed", "it was 33"), Run(" 34 35")))
    content = as_pptx(Pages("A report", "", "Data.", [Section("text", [words])], "{}"), {})
    told = {run.text: (run.font.underline, str(run.font.color.rgb)) for run in runs(shown(content).slides[1])}
    assert told["31"] == (True, "B42318")
    assert told[" 32"] == (True, "B4540A")
    assert told[" 34 35"][0] is None


# Verified


def _word(show: Any) -> None:
    show.slides[1].shapes[1].text_frame.paragraphs[0].runs[1].text = "median 2.5 (n = 10)"


def _cell(show: Any) -> None:
    next(shape for shape in show.slides[3].shapes if shape.has_table).table.cell(2, 1).text_frame.text = "99"


def _note(show: Any) -> None:
    show.slides[2].notes_slide.notes_text_frame.text = "n = 99"


def _hidden(show: Any) -> None:
    show.slides[2]._element.set("show", "0")


def _covered(show: Any) -> None:
    show.slides[2].shapes.add_textbox(Cm(1), Cm(1), Cm(9), Cm(9))


def _cropped(show: Any) -> None:
    _picture(show).crop_left = 0.3


def painted(picture: bytes) -> bytes:
    with Image.open(BytesIO(picture)) as image:
        image.paste((255, 255, 255), (0, 0, 300, 300))
        written = BytesIO()
        image.save(written, "PNG")
    return written.getvalue()


def _painted(show: Any) -> None:
    picture = _picture(show)
    picture.part.related_part(picture._element.blip_rId)._blob = painted(picture.image.blob)


def _linked(show: Any) -> None:
    picture = _picture(show)
    picture._element.blipFill.find("{http://schemas.openxmlformats.org/drawingml/2006/main}blip").attrib.clear()


def _of_layout(show: Any) -> None:
    show.slide_master.shapes._spTree.append(show.slides[1].shapes[1]._element)


def _set(**said: str) -> Callable[[Any], None]:
    """A word of a slide's text set otherwise."""

    def change(show: Any) -> None:
        run = next(runs(show.slides[1]))._r
        for name, value in said.items():
            run.get_or_add_rPr().set(name, value)

    return change


def _white(show: Any) -> None:
    next(runs(show.slides[1])).font.color.rgb = RGBColor(255, 255, 255)


def _of_signs(show: Any) -> None:
    next(runs(show.slides[1])).font.name = "Wingdings"


def _dark_cell(show: Any) -> None:
    cell = _grid(show).cell(1, 1)
    cell.fill.solid()
    cell.fill.fore_color.rgb = RGBColor(0x1C, 0x25, 0x30)


def _joined_cells(show: Any) -> None:
    table = _grid(show)
    last = len(table.rows) - 1
    table.cell(last, 0).merge(table.cell(last, 1))


def _narrow(show: Any) -> None:
    _grid(show).columns[1].width = Cm(0.01)


def _over_the_title(show: Any) -> None:
    _picture(show).top = Cm(0)


def _filled_over(show: Any) -> None:
    box = [shape for shape in show.slides[1].shapes if shape.has_text_frame][-1]
    box.top, box.height = Cm(0), Cm(15)
    box.fill.solid()
    box.fill.fore_color.rgb = RGBColor(255, 255, 255)


def _outside(show: Any) -> None:
    show.slides[1].shapes[1].left = Cm(60)


def _dark_ground(show: Any) -> None:
    show.slides[1].background.fill.solid()
    show.slides[1].background.fill.fore_color.rgb = RGBColor(0x1C, 0x25, 0x30)


def _dark_layout(show: Any) -> None:
    show.slide_master.background.fill.solid()
    show.slide_master.background.fill.fore_color.rgb = RGBColor(0x1C, 0x25, 0x30)


def _not_shown(show: Any) -> None:
    next(show.slides[1].shapes[1]._element.iter("{*}cNvPr")).set("hidden", "1")


def _comes_later(show: Any) -> None:
    slide = show.slides[1]
    slide._element.append(
        parse_xml(
            '<p:timing xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"><p:tnLst><p:par><p:cTn id="1">'
            f'<p:tgtEl><p:spTgt spid="{slide.shapes[1].shape_id}"/></p:tgtEl></p:cTn></p:par></p:tnLst></p:timing>'
        )
    )


HIDDEN_ON_SLIDES = {
    "white": _white,
    "tiny": _set(sz="100"),
    "raised": _set(baseline="30000"),
    "struck": _set(strike="sngStrike"),
    "signs": _of_signs,
    "dark cell": _dark_cell,
    "joined cells": _joined_cells,
    "narrow column": _narrow,
    "picture over the title": _over_the_title,
    "filled box over all": _filled_over,
    "outside": _outside,
    "dark ground": _dark_ground,
    "dark layout": _dark_layout,
    "not shown": _not_shown,
    "comes later": _comes_later,
}


@pytest.mark.parametrize("change", HIDDEN_ON_SLIDES.values(), ids=HIDDEN_ON_SLIDES)
def test_what_hides_or_changes_words_of_a_slide_is_found(
    with_figure: bytes, change: Callable[[Any], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    show = shown(with_figure)
    change(show)
    monkeypatch.setattr("plro_core.report.verifying.write", lambda *_: with_figure)
    assert verify(saved(show), find, lambda held: held, verify_report).state == "differs"


def _grid(show: Any) -> Any:
    return next(shape.table for slide in show.slides for shape in slide.shapes if shape.has_table)


def _picture(show: Any) -> Any:
    return next(shape for shape in show.slides[2].shapes if hasattr(shape, "image"))


def saved(show: Any) -> bytes:
    written = BytesIO()
    show.save(written)
    return written.getvalue()


def test_a_presentation_is_verified(with_figure: bytes) -> None:
    found = verify(with_figure, find, lambda held: held, verify_report)
    assert (found.state, found.sentence[:13]) == ("same", "Byte for byte")
    resaved = verify(saved(shown(with_figure)), find, lambda held: held, verify_report)
    assert (resaved.state, resaved.sentence[:13]) == ("same", "In every word")


@pytest.mark.parametrize("change", [_word, _cell, _note, _hidden, _covered, _cropped, _painted, _linked, _of_layout])
def test_what_was_changed_in_a_presentation_is_found(
    with_figure: bytes, change: Callable[[Any], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    show = shown(with_figure)
    change(show)
    monkeypatch.setattr("plro_core.report.verifying.write", lambda *_: with_figure)
    assert verify(saved(show), find, lambda held: held, verify_report).state == "differs"


def test_a_presentation_of_others_is_not_ours() -> None:
    assert verify(saved(pptx.Presentation()), find, lambda held: held, verify_report).state == "not ours"


def test_a_picture_in_a_word_document_that_was_painted_over_is_found(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = write(of(registry, Card("figure", call=FIGURE)), "docx")
    monkeypatch.setattr("plro_core.report.verifying.write", lambda *_: content)
    assert verify(content, find, lambda held: held, verify_report).state == "same"
    document = docx.Document(BytesIO(content))
    (image,) = [part for part in document.part.package.iter_parts() if "image" in part.partname]
    image._blob = painted(image.blob)
    assert verify(saved(document), find, lambda held: held, verify_report).state == "differs"


def test_a_picture_in_a_pdf_that_was_painted_over_is_found(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    content = write(of(registry, Card("figure", call=FIGURE)), "pdf")
    monkeypatch.setattr("plro_core.report.verifying.write", lambda *_: content)
    assert verify(content, find, lambda held: held, verify_report).state == "same"
    writer = PdfWriter(clone_from=BytesIO(content))
    (drawn,) = [image for page in writer.pages for image in page.images]
    with Image.open(BytesIO(painted(drawn.data))) as other:
        drawn.replace(other.convert("RGB"))
    written = BytesIO()
    writer.write(written)
    found = verify(written.getvalue(), find, lambda held: held, verify_report)
    assert found.state == "differs"
    assert "another release of Chromium may draw its pictures otherwise" in found.sentence


def test_a_picture_tells_whether_it_is_as_it_was_made(with_figure: bytes) -> None:
    made = _picture(shown(with_figure)).image.blob
    kept = embedding._text_chunk(embedding.NAME, json.dumps(embedding.from_png(made)))
    changed = painted(made)
    assert len(shown_by(made)) == 64
    assert shown_by(changed[:33] + kept + changed[33:]) == CHANGED
    assert shown_by(changed).startswith(f"{FOREIGN} (")
    assert shown_by(b"GIF89a").startswith(f"{FOREIGN} (")


def test_without_chromium_a_report_with_a_figure_is_refused_and_one_without_is_written(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("plro_core.export.images.find_chromium", lambda: None)
    for form in ("docx", "pptx", "pdf"):
        with pytest.raises(DataProblem) as problem:
            write(of(registry, Card("figure", call=FIGURE)), form)
        assert str(problem.value) == NO_CHROMIUM
    assert write(of(registry, text("x")), "pptx")
    assert b"Plotly.newPlot" in write(of(registry, Card("figure", call=FIGURE)), "html")
