"""On a stage no words are too small to be read from the back of a room: every figure, both stages, few patients and many."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from plro_core.cli.process import main as answer
from plro_core.cohort import EVERYONE
from plro_core.figures import Chart
from plro_core.figures.catalogue import FIGURES, figures_of
from plro_core.figures.style import SMALLEST_ON_STAGE, STAGES, Stage
from plro_core.store import Registry, open_registry
from plro_core.vocabulary import STANDARD, words_of
from tests.stage_tools import SHOWN, registry_of, slides
from tests.test_second_series import SERIES

#: It draws what test_figures draws; counting branches makes it twice as long.
pytestmark = pytest.mark.no_cover

#: Figures that are not laid out for a stage yet, by whose they are; whoever has laid one out takes it out.
PENDING: dict[str, tuple[str, ...]] = {}
NAMES = sorted(set(FIGURES) - {name for names in PENDING.values() for name in names})
_SIZE = re.compile(r"font-size:\s*([\d.]+)px")


def sizes(figure: dict[str, Any]) -> Iterator[tuple[str, float]]:
    """All words that the figure shows without being asked, with their size in pixels."""
    layout = figure["layout"]
    usual = layout["font"]["size"]
    for note in layout.get("annotations", ()):
        yield from _in(note["text"], note.get("font", {}).get("size", usual))
    for key, axis in layout.items():
        if key[1:].startswith("axis") and axis.get("visible", True):
            yield from _of_axis(axis, usual)
    for trace in figure["data"]:
        if "text" in trace.get("mode", "") or trace.get("texttemplate") or trace.get("textposition"):
            yield from _of_trace(trace, usual)
    if layout.get("showlegend"):
        yield "legend", layout.get("legend", {}).get("font", {}).get("size", usual)


def _of_axis(axis: dict[str, Any], usual: float) -> Iterator[tuple[str, float]]:
    if axis.get("showticklabels", True):
        for tick in axis.get("ticktext") or ["ticks"]:
            yield from _in(tick, axis.get("tickfont", {}).get("size", usual))
    title = axis.get("title", {})
    yield from _in(title.get("text", ""), title.get("font", {}).get("size", usual))


def _of_trace(trace: dict[str, Any], usual: float) -> Iterator[tuple[str, float]]:
    found = trace.get("textfont", {}).get("size", usual)
    texts = trace.get("text") or "template"
    for place, text in enumerate([texts] if isinstance(texts, str) else texts):
        yield from _in(str(text or ""), found if isinstance(found, int | float) else found[place])


def _in(text: str, size: float) -> Iterator[tuple[str, float]]:
    """A text in its size, and what is written smaller within it."""
    if text.strip():
        yield text, min([size, *map(float, _SIZE.findall(text))])
        if "<sub>" in text or "<sup>" in text:
            yield text, size * 0.7


def check(chart: Chart, stage: Stage) -> None:
    figure = chart.figure.to_plotly_json()
    small = [(text, size) for text, size in sizes(figure) if size < SMALLEST_ON_STAGE]
    assert small == []
    assert figure["layout"]["height"] == stage.height
    assert figure["layout"].get("width", stage.width) == stage.width


@pytest.fixture(scope="module")
def series(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """A registry with words of its own, and with a document that is not the first."""
    home = tmp_path_factory.mktemp("stage") / "second"
    assert answer(["build", "--source", str(SERIES), "--registry", str(home)]) == 0
    opened = open_registry(home)
    yield opened
    opened.close()


@pytest.mark.parametrize("stage", STAGES.values(), ids=lambda stage: stage.name)
@pytest.mark.parametrize("shown", SHOWN)
@pytest.mark.parametrize("name", [name for name in NAMES if name in figures_of(STANDARD)])
def test_a_figure_fills_its_stage_in_large_type(name: str, shown: str, stage: Stage) -> None:
    patients, query, by = SHOWN[shown]
    for chart in slides(FIGURES[name], registry_of(patients), query, by, stage.name):
        check(chart, stage)


@pytest.mark.parametrize("stage", STAGES.values(), ids=lambda stage: stage.name)
@pytest.mark.parametrize("name", [name for name in NAMES if name in figures_of(words_of(SERIES))])
def test_so_does_that_of_another_registry(series: Registry, name: str, stage: Stage) -> None:
    for chart in slides(FIGURES[name], series, EVERYONE.query, None, stage.name):
        check(chart, stage)


def test_small_words_are_found_wherever_they_stand() -> None:
    figure = {
        "data": [{"mode": "markers+text", "text": ["?"], "textfont": {"size": 11}}, {"mode": "markers", "text": ["?"]}],
        "layout": {
            "font": {"size": 20},
            "annotations": [{"text": '<span style="font-size:12px">n</span> = 8', "font": {"size": 20}}],
            "xaxis": {"ticktext": ["a"], "tickfont": {"size": 13}, "title": {"text": "b", "font": {"size": 14}}},
            "yaxis": {"visible": False, "tickfont": {"size": 5}},
            "yaxis2": {"showticklabels": False, "tickfont": {"size": 6}},
        },
    }
    assert [size for _, size in sizes(figure) if size < SMALLEST_ON_STAGE] == [12, 13, 14, 11]


def test_what_is_pending_is_drawn_and_named_once() -> None:
    named = [name for names in PENDING.values() for name in names]
    assert len(named) == len(set(named))
    assert set(named) <= set(FIGURES)
