"""Whatever a report lacks is one plain sentence in every format, and leaves no file; whatever it says is words alone."""

from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pptx
import pytest
from PIL import Image
from pptx.util import Cm

from plro_core.__main__ import main
from plro_core.export.images import NO_CHROMIUM
from plro_core.problems import DataProblem, QueryProblem, RegistryProblem
from plro_core.report import Assembled, Card, Report
from plro_core.report.files import FORMATS, write
from plro_core.report.slides import BODY_HEIGHT
from plro_core.report.verifying import verify_report
from plro_core.store import Registry, open_content, open_registry
from plro_core.verify import reading, verdict, verify
from plro_core.verify.remaking import Find
from tests.test_pages import opened
from tests.test_report import FIGURE, HOSTILE, text

pytestmark = pytest.mark.usefixtures("read_here")

FORMULA = '=HYPERLINK("http://x","y") +1 -1 @SUM(A1) =cmd|\' /C calc\'!A0'
LONG = "Wirbelkörperkompressionsfraktur" * 9


@pytest.fixture(scope="module")
def registry() -> Registry:
    return open_registry()


def _find(content: str, version: str, name: str) -> Registry:
    return open_content(content, version=version, registry=name)


@pytest.mark.parametrize("form", [form for form in FORMATS if form != "bib"])
@pytest.mark.parametrize(
    ("card", "cohort", "sentence"),
    [
        (text("Pain was {{gone.1 | median}}."), "", "Card 1: “{{gone.1 | median}}”: “gone” is not a variable"),
        (text("{{vas.0 | median}}"), "age=60", "Card 1: “{{vas.0 | median}}”: nobody belongs to its cohort"),
        (Card("table", call='plro.records(registry, "cases", "age=60")'), "", "Card 1: nobody belongs to its cohort"),
        (Card("table", call='plro.records(registry, "gone")'), "", "Card 1: “gone”"),
        (Card("figure", call='plro.figure(registry, "gone")'), "", "Card 1: “gone”"),
        (text("x"), "gone=yes", "“cohort” of the report cannot be read: “gone” is not a variable"),
        (
            Card(
                "table",
                call='plro.compare(registry, "smoking=yes", other=open_content("ab", version="9", registry="far"))',
            ),
            "",
            "Card 1: ",
        ),
        (Card("checklist", ticks=("99",)), "", "Card 1: “ticks”: “99” is no item"),
    ],
)
def test_what_cannot_be_had_is_one_sentence_and_no_file(
    form: str, card: Card, cohort: str, sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    draft, out = tmp_path / "draft.json", tmp_path / "out" / f"report.{form}"
    out.parent.mkdir()
    draft.write_text(Report("A case series", cohort=cohort, cards=(card,)).json)
    code = main(["report", str(draft), "-o", str(out)])
    said = capsys.readouterr().err
    if form == "json" and card.kind == "checklist":
        assert code == 0  # what its numbers are is asked of no checklist
        return
    assert code != 0
    assert said.startswith(sentence)
    assert said.count("\n") == 1
    assert list(out.parent.iterdir()) == []


def test_a_registry_that_is_gone_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    draft, out = tmp_path / "draft.json", tmp_path / "report.pptx"
    draft.write_text(Report("A case series", cards=(text("x"),)).json)
    assert main(["report", str(draft), "--registry", str(tmp_path / "gone"), "-o", str(out)]) != 0
    assert "gone" in capsys.readouterr().err
    assert main(["report", str(draft), "--version", "1999-1", "-o", str(out)]) != 0
    assert "1999-1" in capsys.readouterr().err
    assert main(["report", str(tmp_path / "no.json"), "-o", str(out)]) != 0
    assert capsys.readouterr().err.startswith("no.json: No such file")
    assert not out.exists()


@pytest.mark.parametrize("form", ["docx", "pptx", "pdf"])
def test_without_chromium_no_file_is_left(
    form: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("plro_core.export.images.find_chromium", lambda: None)
    draft, out = tmp_path / "draft.json", tmp_path / f"report.{form}"
    draft.write_text(Report("A case series", cards=(Card("figure", call=FIGURE),)).json)
    assert main(["report", str(draft), "-o", str(out)]) != 0
    assert capsys.readouterr().err.strip() == NO_CHROMIUM
    assert not out.exists()
    for other in ("html", "json", "bib"):
        assert main(["report", str(draft), "-o", str(tmp_path / f"report.{other}")]) == 0


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("words", [FORMULA, LONG, HOSTILE, "{{", "}}", "{{a", "#", "# ", "\n\n"])
def test_whatever_is_written_is_words_and_can_be_written(registry: Registry, form: str, words: str) -> None:
    title = " ".join(words.split())[:300] or "x"
    cards = (
        text(words),
        text(f"# {words}"),
        Card("table", call='plro.records(registry, "cases")', comment=words),
        Card("checklist", comment=words),
    )
    content = write(Assembled(Report(title, title, cards=cards), registry, _find), form)
    assert content
    if form in ("docx", "pptx"):
        with ZipFile(BytesIO(content)) as archive:
            assert archive.testzip() is None
            parts = [archive.read(name) for name in archive.namelist() if name.endswith(".xml")]
        assert not any(b"HYPERLINK(" in part and b"instrText" in part for part in parts)
    if form == "html":
        assert b"<script>alert(1)" not in content


def test_the_longest_report_that_there_may_be_can_be_shown(registry: Registry) -> None:
    cards = (text("word " * 19_000), *(text("x") for _ in range(150)))
    content = write(Assembled(Report("A case series", cards=cards), registry, _find), "pptx")
    with ZipFile(BytesIO(content)) as archive:
        many = sum(name.startswith("ppt/slides/slide") for name in archive.namelist())
    assert many > 200


def test_a_format_that_there_is_not_is_refused(registry: Registry) -> None:
    with pytest.raises(
        QueryProblem, match="“odt” is not a format of a report; expected html, docx, pptx, pdf, json or bib"
    ):
        write(Assembled(Report("x"), registry, _find), "odt")


def test_a_figure_that_needs_more_height_than_a_slide_has_is_drawn_as_high_as_it_needs(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[float | None] = []

    def image(*_: object, height_mm: float | None = None, **__: object) -> bytes:
        asked.append(height_mm)
        if height_mm is not None:
            raise QueryProblem("needs more")
        written = BytesIO()
        Image.new("RGB", (600, 900), "white").save(written, "PNG")
        return written.getvalue()

    monkeypatch.setattr("plro_core.report.files.figure_image", image)
    content = write(Assembled(Report("x", cards=(Card("figure", call=FIGURE),)), registry, _find), "pptx")
    assert asked == [70.0, None]
    (picture,) = [one for one in pptx.Presentation(BytesIO(content)).slides[1].shapes if hasattr(one, "image")]
    assert picture.height <= Cm(BODY_HEIGHT)


def test_a_pdf_that_cannot_be_set_is_said(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> bytes:
        raise RuntimeError("words of the report")

    monkeypatch.setattr("typst.compile", fails)
    with pytest.raises(DataProblem, match=r"The report could not be set as a PDF; ask for HTML or DOCX\."):
        write(Assembled(Report("x", cards=(text("x"),)), registry, _find), "pdf")


def test_a_reports_file_that_cannot_be_checked_says_why(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verdict, "given", reading.read)
    content = write(Assembled(Report("x", cards=(text("{{patients}}"),)), registry, _find), "html")

    def state(file: bytes, find: Find = _find) -> str:
        return verify(file, find, lambda held: held, verify_report).state

    def gone(content: str, version: str, name: str) -> Registry:
        raise RegistryProblem("That registry is not here.")

    def failing(*_: object) -> bytes:
        raise DataProblem(NO_CHROMIUM)

    assert state(content) == "same"
    assert state(content, gone) == "not here"
    assert state(content.replace(b"{{patients}}", b"{{patient}}")) == "differs"
    assert state(content.replace(b'"registry": "data"', b'"registry": 7')) == "not ours"
    monkeypatch.setattr("plro_core.report.verifying.write", failing)
    assert state(content) == "not here"


def test_title_authors_and_cohort_are_typed_on_the_page() -> None:
    app = opened("registry", part="report")
    for part, words in (("title", "Pain: a case series"), ("authors", "A. Author"), ("cohort", "smoking=yes")):
        app.text_input(key=f"report_{part}").set_value(words).run()
    kept = app.session_state["report published"]
    assert (kept.title, kept.authors, kept.cohort) == ("Pain: a case series", "A. Author", "smoking=yes")
    app.text_input(key="report_title").set_value("").run()
    assert app.session_state["report published"].title == "Pain: a case series"
    assert not app.exception
