"""Figures that leave the page: they say who and which data, and hold no more than the page shows."""

import json
import os
import re
import signal
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest

from plro_core.cohort import Cohort
from plro_core.export import Recipe, figure_html, figure_image, figure_recipe, find_chromium, image_trouble, images
from plro_core.export.captions import captioned
from plro_core.figures import FIGURES, Chart
from plro_core.figures.style import look
from plro_core.problems import DataProblem, QueryProblem
from plro_core.store import SHIPPED, Registry, open_registry
from plro_core.vocabulary import STANDARD

SMOKERS = Cohort.parse("smoking=yes", STANDARD)
HOSTILE = '</script><script>alert(1)</script><span style="background-image:url(http://x.test/)">'


@pytest.fixture(scope="module")
def registry() -> Iterator[Registry]:
    opened = open_registry()
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def chart(registry: Registry) -> Chart:
    return FIGURES["pain_trajectories"].draw(registry, SMOKERS, group=STANDARD.variable("breastfeeding"))


@pytest.fixture(scope="module")
def recipe(registry: Registry, chart: Chart) -> Recipe:
    draw = FIGURES["pain_trajectories"].draw
    return figure_recipe(registry, chart.title, draw, SMOKERS, [("group", STANDARD.variable("breastfeeding"))])


def said(figure) -> str:
    return unescape(" ".join(note.text for note in figure.layout.annotations)).replace("<br>", " ")


def test_the_recipe_makes_the_same_figure(chart: Chart, recipe: Recipe) -> None:
    names: dict = {}
    exec(recipe.snippet, names)
    assert names["result"].chart.figure == chart.figure


def test_a_figure_of_fixed_patients_names_them(registry: Registry) -> None:
    draw = FIGURES["published_cohorts"].draw
    recipe = figure_recipe(registry, "", draw, SMOKERS)
    assert recipe.n.startswith("3 of 10 patients")
    assert recipe.snippet.endswith('plro.figure(registry, "published_cohorts")')


@pytest.mark.parametrize("width", [440, 740])
def test_a_figure_says_n_cohort_and_version_in_itself(chart: Chart, recipe: Recipe, width: int) -> None:
    figure = captioned(chart, recipe, width)
    text = said(figure)
    assert "4 of 10 patients · 16 of 40 visits · patients with smoking · data 2022-2" in text
    assert chart.title in text
    assert recipe.source in text
    assert all(note in text for note in chart.notes)
    assert figure.data == chart.figure.data
    assert figure.layout.width == width


def test_the_plot_keeps_its_height_and_the_words_their_room(chart: Chart, recipe: Recipe) -> None:
    before, after = chart.figure.layout, captioned(chart, recipe, 440, look("light")).layout
    plot = [layout.height - layout.margin.t - layout.margin.b for layout in (before, after)]
    assert plot[0] == pytest.approx(plot[1])
    assert after.margin.b - before.margin.b > 4 * 14
    assert before.annotations == after.annotations[: len(before.annotations)]


def test_hostile_text_in_a_caption_is_shown_not_run(chart: Chart, recipe: Recipe) -> None:
    spoilt = replace(recipe, cohort=HOSTILE)
    assert '<span style="background' not in " ".join(
        note.text for note in captioned(replace(chart, title=HOSTILE), spoilt, 740).layout.annotations
    )
    page = figure_html(replace(chart, title=HOSTILE, summary=HOSTILE), spoilt).decode()
    assert page.count("</script>") == 3  # Plotly, the figure, and its origin, which no browser runs
    assert "<span style" not in page.split("<body>")[1].split("const drawn")[0]


def test_the_page_stands_alone(chart: Chart, recipe: Recipe) -> None:
    page = figure_html(chart, recipe).decode()
    assert not re.search(r"<(?:script|link|img|iframe)[^>]*\b(?:src|href)=", page)
    assert page.count("Plotly.newPlot(") == 1
    assert page.count("/**\n* plotly.js v") == 1
    assert "default-src 'none'" in page
    body = unescape(page.split("<body>")[1])
    assert '"showSendToCloud": false' in body
    assert chart.summary in body
    assert "4 of 10 patients · 16 of 40 visits · patients with smoking · data 2022-2" in body
    assert body.count("<tr") == len(chart.table.rows) + 1
    assert recipe.snippet in body


def test_the_page_holds_the_points_of_the_chart(chart: Chart, recipe: Recipe) -> None:
    assert chart.figure.to_json().replace("<", "\\u003c") in figure_html(chart, recipe).decode()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("gif",), "“gif” is not an image format; expected svg, png, pdf, tiff or eps."),
        (("svg", 20), "A figure is 60 to 300 mm wide, and not 20."),
        (("svg", 85), "“pain_trajectories” needs 129 mm for type of 8 points, and not 85."),
        (("png", 180, 72), "300 to 1200 dpi"),
    ],
)
def test_what_is_not_offered_is_refused(chart: Chart, recipe: Recipe, arguments: tuple, words: str) -> None:
    with pytest.raises(QueryProblem, match=words):
        figure_image(chart, recipe, *arguments)


@pytest.mark.parametrize("program", ["/does/not/exist", "true"])
def test_a_chromium_that_is_none_is_one_sentence(
    chart: Chart, recipe: Recipe, program: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLRO_CHROMIUM", program)
    with pytest.raises(DataProblem, match="Chromium") as problem:
        figure_image(chart, recipe, "svg")
    assert str(problem.value).count(". ") == 0


@pytest.mark.parametrize(("answer", "words"), [("exit 1", "does not start here"), ("echo '<html></html>'", "")])
def test_a_chromium_is_tried_out_once_and_what_fails_is_not_offered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: str, words: str
) -> None:
    program = tmp_path / "chromium"
    program.write_text(f"#!/bin/sh\necho once >> {tmp_path}/calls\n{answer}\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PLRO_CHROMIUM", str(program))
    assert image_trouble() == ""  # not yet known, and nobody waits
    deadline = time.monotonic() + 30
    while str(program) not in images._tried and time.monotonic() < deadline:
        time.sleep(0.02)
    assert words in image_trouble()
    assert bool(image_trouble()) == bool(words)
    assert (tmp_path / "calls").read_text(encoding="utf-8") == "once\n"


def test_chromium_keeps_its_sandbox_unless_the_service_says_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    monkeypatch.delenv("PLRO_CHROMIUM_SANDBOX", raising=False)
    assert images._sandboxed()
    monkeypatch.setenv("PLRO_CHROMIUM_SANDBOX", "no")
    assert not images._sandboxed()


def test_without_any_chromium_there_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLRO_CHROMIUM", "/does/not/exist")
    assert image_trouble().startswith("An image of a figure needs Chromium: install it")


def test_the_camera_of_the_page_saves_the_figure_with_its_caption(chart: Chart, recipe: Recipe) -> None:
    page = figure_html(chart, recipe).decode()
    saved = page.split(", saved = ", 1)[1]
    said, _ = json.JSONDecoder().raw_decode(saved)
    words = " ".join(annotation["text"] for annotation in said["layout"]["annotations"])
    assert f"{recipe.n} · {recipe.cohort}".split(" · ")[0] in words
    assert f"data {recipe.version}" in words.replace("<br>", " ")


def test_a_png_of_a_column_and_a_half_has_the_dots_and_says_so(chart: Chart, recipe: Recipe) -> None:
    assert find_chromium(), "images are part of the product: install Chromium or name it by PLRO_CHROMIUM"
    png = figure_image(chart, recipe, "png", 129, 300)
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    assert struct.unpack(">I", png[16:20]) == (1524,)  # 129 mm at 300 dots an inch, not one less
    at = png.index(b"pHYs")
    assert struct.unpack(">IIB", png[at + 4 : at + 13]) == (11811, 11811, 1)


#: Draws without end a figure whose text holds a word that is nowhere else; it says when an image is done.
DRAWING = """
from plro_core.export import figure_image, figure_recipe
from plro_core.figures import pain_trajectories
from plro_core.store import open_registry
registry = open_registry()
chart = pain_trajectories(registry)
chart.figure.add_annotation(text="ZQXPATIENT", x=0, y=0)
recipe = figure_recipe(registry, chart.title, pain_trajectories)
while True:
    for format in ("svg", "pdf", "png"):
        assert format != "svg" or b"ZQXPATIENT" in figure_image(chart, recipe, "svg")
        figure_image(chart, recipe, format)
        print(format, flush=True)
"""


@pytest.fixture
def short_path() -> Iterator[Path]:
    """A new folder whose path is short: Chromium puts a socket into it, whose path may have some hundred characters."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL])
def test_a_drawing_that_is_killed_leaves_nothing_of_the_figure_on_disk(end: signal.Signals, short_path: Path) -> None:
    """Chromium's profile stays behind, but the figure went to it through memory."""
    told = {**os.environ, "PYTHONPATH": str(SHIPPED.parent), "TMPDIR": str(short_path), "PYTHONDONTWRITEBYTECODE": "1"}
    with subprocess.Popen(
        [sys.executable, "-c", DRAWING], env=told, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as drawing:
        assert drawing.stdout is not None
        assert [drawing.stdout.readline() for _ in range(3)] == [b"svg\n", b"pdf\n", b"png\n"]
        while not (left := [path for path in short_path.rglob("*") if path.is_file()]):
            time.sleep(0.02)  # until the next Chromium is at work
        drawing.send_signal(end)
        drawing.wait(30)
    time.sleep(1)
    left += [path for path in short_path.rglob("*") if path.is_file() and path not in left]
    held = [path.read_bytes() for path in left if path.is_file()]
    assert not any("ZQXPATIENT".encode(code) in content for content in held for code in ("utf-8", "utf-16-le"))
    assert not any(path.suffix in (".svg", ".pdf", ".png") for path in left)
