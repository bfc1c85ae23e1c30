"""Figures as printers want them: lengths, type, fonts, resolution, and one Chromium for several."""

import json
import re
import subprocess
import sys
import threading
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from pypdf import PdfReader, PdfWriter

import plro_core as plro
from plro_core.cli.process import main
from plro_core.export import IMAGES, drawing, images
from plro_core.export.captions import legend
from plro_core.export.images import figure_image, printed_faces
from plro_core.figures import FIGURES
from plro_core.problems import DataProblem, QueryProblem
from plro_core.results import FigureResult
from plro_core.store import Registry, open_registry
from plro_core.verify import verify

POINT = 25.4 / 72


@pytest.fixture(scope="module")
def registry() -> Registry:
    return open_registry()


@pytest.fixture(scope="module")
def falls(registry: Registry) -> FigureResult:
    return plro.figure(registry, "pain_dumbbell")


@pytest.fixture(scope="module")
def pdf(falls: FigureResult) -> PdfReader:
    return PdfReader(BytesIO(figure_image(falls.chart, falls.recipe, "pdf", 129)))


def test_a_pdf_has_letters_of_our_face_that_are_embedded_and_searched(pdf: PdfReader, falls: FigureResult) -> None:
    fonts = [font.get_object() for font in pdf.pages[0]["/Resources"]["/Font"].values()]
    assert {str(font["/Subtype"]) for font in fonts} == {"/Type0"}  # and no Type 3, which are drawings
    below = [font["/DescendantFonts"][0].get_object() for font in fonts]
    assert all("IBMPlexSans" in str(font["/BaseFont"]) and "/FontFile2" in font["/FontDescriptor"] for font in below)
    assert falls.chart.title.split()[0] in pdf.pages[0].extract_text()


@pytest.mark.parametrize("name", ["t_score_strip", "responder_waterfall"])
def test_signs_are_letters_too(registry: Registry, name: str) -> None:
    found = plro.figure(registry, name)
    page = PdfReader(BytesIO(figure_image(found.chart, found.recipe, "pdf", 129))).pages[0]
    assert {str(font.get_object()["/Subtype"]) for font in page["/Resources"]["/Font"].values()} == {"/Type0"}
    assert {"≤", "≥", "→"} & set(page.extract_text())


def test_no_type_of_a_pdf_is_below_eight_points(pdf: PdfReader) -> None:
    sizes: list[float] = []

    def take(text: str, cm: Any, tm: Any, font: Any, size: float) -> None:
        if text.strip():
            sizes.append(abs(size * tm[3] * cm[3]))

    pdf.pages[0].extract_text(visitor_text=take)
    assert sizes
    assert min(sizes) >= 7.95
    assert float(pdf.pages[0].mediabox.width) * POINT == pytest.approx(129, abs=0.6)


def test_a_tiff_has_its_dots_its_width_and_its_origin(registry: Registry, falls: FigureResult) -> None:
    content = figure_image(falls.chart, falls.recipe, "tiff", 85, 600, bare=True)
    with Image.open(BytesIO(content)) as image:
        assert (image.format, image.mode, image.info["compression"]) == ("TIFF", "RGB", "tiff_lzw")
        assert [round(float(side)) for side in image.info["dpi"]] == [600, 600]
        assert image.width == pytest.approx(85 / 25.4 * 600, abs=2)
    assert verify(content, lambda *_: registry, lambda _: registry).is_same


def test_an_eps_is_of_lines_and_letters_and_its_words_are_found(registry: Registry, falls: FigureResult) -> None:
    content = figure_image(falls.chart, falls.recipe, "eps", 85)
    lines = content.decode("ascii").splitlines()
    box = next(line for line in lines if line.startswith("%%HiResBoundingBox:")).split()
    assert float(box[3]) * POINT == pytest.approx(85, abs=0.6)
    fonts = {line.split()[-1] for line in lines if line.startswith("%%BeginResource: font")}
    assert fonts
    assert all("IBMPlexSans" in font for font in fonts)
    shown = [line for line in lines if line.endswith("xs")]
    assert any(f"({falls.chart.title.split()[0]}" in line for line in shown)
    assert f"%%Title: ({falls.chart.title})" in lines
    assert verify(content, lambda *_: registry, lambda _: registry).is_same


def test_a_changed_and_a_cropped_eps_are_told_apart(registry: Registry, falls: FigureResult) -> None:
    content = figure_image(falls.chart, falls.recipe, "eps", 85)

    def said(changed: bytes) -> tuple[str, str]:
        found = verify(changed, lambda *_: registry, lambda _: registry)
        return found.state, found.sentence

    cut = re.sub(rb"(%%HiResBoundingBox: 0 0) \S+", rb"\1 90", content)
    assert said(cut)[1].startswith("It was cropped or resized: it was made as 0 0 ")
    letter = re.sub(rb"\(10\)", b"(99)", content, count=1)
    assert letter != content
    assert said(letter) == ("differs", "What the picture shows was changed after it was made.")
    bare = b"\n".join(line for line in content.split(b"\n") if not line.startswith(b"%plro-origin"))
    assert said(bare)[0] == "not ours"


DRAWN_ELSEWHERE = """
import sys
import plro_core as plro
from plro_core.export import IMAGES, figure_image
figure = plro.figure(plro.open(), "pain_trajectories")
for form in IMAGES:
    for bare in (True, False):
        content = figure_image(figure.chart, figure.recipe, form, 129, bare=bare)
        open(f"{sys.argv[1]}/{bare}.{form}", "wb").write(content)
"""


def test_two_processes_write_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        subprocess.run([sys.executable, "-c", DRAWN_ELSEWHERE, str(tmp_path / name)], check=True)
    written = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert len(written) == 2 * len(IMAGES)
    for name in written:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "other" / name).read_bytes(), name


def test_each_format_says_the_picture_in_words(falls: FigureResult, pdf: PdfReader) -> None:
    title, summary = falls.chart.title, falls.chart.summary
    written = {
        form: figure_image(falls.chart, falls.recipe, form, 85, bare=True) for form in ("svg", "png", "tiff", "eps")
    }
    assert f"<title>{title}</title><desc>{summary}</desc>" in written["svg"].decode()
    with Image.open(BytesIO(written["png"])) as png:
        png.load()
        assert (png.text["Title"], png.text["Description"]) == (title, summary)
    with Image.open(BytesIO(written["tiff"])) as tiff:
        told = json.loads(str(tiff.getexif()[270]))
    eps = "".join(re.findall(r"^%plro-origin (.*)$", written["eps"].decode(), re.MULTILINE))
    for found in (told, json.loads(eps)):
        assert (found["title"], found["description"]) == (title, summary)
    alts: list[str] = []

    def walk(element: Any) -> None:
        one = element.get_object() if hasattr(element, "get_object") else element
        for below in one if isinstance(one, list) else [one.get("/K", [])] if isinstance(one, dict) else []:
            walk(below)
        if isinstance(one, dict) and "/Alt" in one:
            alts.append(str(one["/Alt"]))

    walk(pdf.root_object["/StructTreeRoot"])
    assert alts == [summary]
    assert pdf.metadata is not None
    assert not {"/CreationDate", "/ModDate"} & set(pdf.metadata)
    assert pdf.pdf_header == "%PDF-1.7"


def test_a_pdf_whose_shining_part_was_changed_differs(registry: Registry) -> None:
    found = plro.figure(registry, "pain_trajectories")
    writer = PdfWriter(clone_from=BytesIO(figure_image(found.chart, found.recipe, "pdf", 129)))
    part = next(iter(writer.pages[0]["/Resources"]["/XObject"].values())).get_object()
    part.set_data(part.get_data() + b" ")
    changed = BytesIO()
    writer.write(changed)
    assert verify(changed.getvalue(), lambda *_: registry, lambda _: registry).state == "differs"


def test_without_words_the_legend_says_them(falls: FigureResult) -> None:
    bare = figure_image(falls.chart, falls.recipe, "svg", 85, bare=True).decode()
    shown = bare.split("</metadata>", 1)[1]
    assert "data 2022-2" not in shown
    whole = figure_image(falls.chart, falls.recipe, "svg", 85).decode().split("</metadata>", 1)[1]
    assert "data 2022-2" in whole
    told = legend(falls.chart, falls.recipe)
    assert told.startswith(falls.chart.title)
    assert "10 of 10 patients · 40 of 40 visits · all patients · data 2022-2" in told


def test_a_height_is_kept_and_one_too_low_says_what_is_needed(falls: FigureResult) -> None:
    content = figure_image(falls.chart, falls.recipe, "png", 129, 300, height_mm=110, bare=True)
    with Image.open(BytesIO(content)) as image:
        assert image.height / image.width == pytest.approx(110 / 129, abs=0.01)
    with pytest.raises(QueryProblem, match=r"“pain_dumbbell” needs \d+ mm of height, and not 20\."):
        figure_image(falls.chart, falls.recipe, "png", 129, height_mm=20)


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_fits_on_a_page(name: str) -> None:
    assert FIGURES[name].narrowest in (84.0, 129.0, 174.0)


def test_one_chromium_draws_several_and_ends_when_nobody_asks(
    falls: FigureResult, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawing.end()
    started: list[drawing._Chromium] = []
    start = drawing._Chromium.__init__

    def counted(self: drawing._Chromium, key: Any) -> None:
        started.append(self)
        start(self, key)

    monkeypatch.setattr(drawing._Chromium, "__init__", counted)
    for form, idle in (("svg", 600.0), ("png", 600.0), ("svg", 1.0)):
        monkeypatch.setattr(drawing, "IDLE_SECONDS", idle)
        figure_image(falls.chart, falls.recipe, form, 85)
    assert len(started) == 1
    started[0]._thread.join(60)
    assert drawing._kept._running is None
    assert not [thread for thread in threading.enumerate() if thread.name == "figures"]


def test_a_chromium_that_fails_is_ended_and_the_next_figure_is_drawn(
    falls: FigureResult, monkeypatch: pytest.MonkeyPatch
) -> None:
    figure_image(falls.chart, falls.recipe, "svg", 85)
    broken = drawing._kept._running
    assert broken is not None
    with monkeypatch.context() as patch:
        patch.setattr(broken, "draw", lambda *_: 1 / 0)
        with pytest.raises(DataProblem, match="ZeroDivisionError"):
            figure_image(falls.chart, falls.recipe, "svg", 85)
    assert drawing._kept._running is None
    assert figure_image(falls.chart, falls.recipe, "svg", 85).startswith(b"<svg")


@pytest.mark.parametrize("form", IMAGES)
def test_without_the_text_face_or_chromium_there_is_a_sentence_and_no_file(
    form: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / f"a.{form}"
    with monkeypatch.context() as patch:
        patch.setattr(images, "FONTS", tmp_path)
        assert main(["figure", "overlap", "-o", str(path)]) == 1
    said = capsys.readouterr().err
    assert said.startswith(
        "The text face of figures is not installed (ibm-plex-sans-latin-400-normal.woff2 is missing)"
    )
    monkeypatch.setenv("PLRO_CHROMIUM", "/does/not/exist")
    assert main(["figure", "overlap", "-o", str(path)]) == 1
    said += capsys.readouterr().err
    assert said.count("\n") == 2
    assert "An image of a figure needs Chromium" in said
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("form", IMAGES)
def test_what_fails_while_it_is_drawn_leaves_no_file(
    form: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(images, "drawn", lambda *_: b"no picture")
    assert main(["figure", "overlap", "-o", str(tmp_path / f"a.{form}")]) == 1
    assert (
        capsys.readouterr().err
        == "Chromium could not draw the figure (no picture); ask for HTML, which needs no Chromium.\n"
    )
    assert list(tmp_path.iterdir()) == []


def test_each_weight_has_a_file_of_its_own() -> None:
    faces = printed_faces()
    assert faces.count("@font-face") == 6
    assert "font-weight:100 700" not in faces


def test_the_command_takes_millimetres_and_gives_the_legend(capsys: pytest.CaptureFixture[str], tmp_path: Any) -> None:
    path = tmp_path / "a.svg"
    assert main(["figure", "pain_dumbbell", "--width", "84", "--bare", "-o", str(path)]) == 0
    assert 'width="84mm"' in path.read_text(encoding="utf-8")
    assert main(["figure", "pain_dumbbell", "-o", str(tmp_path / "a.txt")]) == 0
    assert (tmp_path / "a.txt").read_text(encoding="utf-8").startswith("Pain falls")
    assert main(["figure", "pain_dumbbell", "--width", "wide", "-o", str(path)]) == 2
    assert "“wide” is none of single, middle and double, and no millimetres." in capsys.readouterr().err


@pytest.mark.parametrize("bare", [True, False])
def test_the_ground_of_one_plot_hides_no_bar_of_another(registry: Registry, bare: bool) -> None:
    found = plro.figure(registry, "treatment_matrix")
    bar = next(shape for shape in found.chart.spec["layout"]["shapes"] if shape["layer"] == "between")
    hue = tuple(int(bar["fillcolor"][at : at + 2], 16) for at in (1, 3, 5))
    content = figure_image(found.chart, found.recipe, "png", 180, bare=bare)
    with Image.open(BytesIO(content)) as image:
        drawn = sum(n for n, colour in image.convert("RGB").getcolors(1_000_000) or [] if colour == hue)
    assert drawn / (image.width * image.height) > 0.03  # four bars and not their words alone
