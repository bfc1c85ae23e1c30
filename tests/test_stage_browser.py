"""Figures as a browser draws them for a stage: words large enough, none cut off, none on another."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from plro_core.figures.catalogue import FIGURES, figures_of
from plro_core.figures.slides import printed_slide, table_one_slide, text_slide
from plro_core.figures.style import SMALLEST_ON_STAGE, STAGES, Stage, look
from plro_core.vocabulary import STANDARD
from tests.stage_tools import SHOWN, draw, faults, registry_of, slides
from tests.test_stage_type import NAMES

#: It draws what test_figures draws; counting branches makes it twice as long.
pytestmark = pytest.mark.no_cover


@pytest.fixture(scope="module")
def empty(chromium: Browser) -> Iterator[Page]:
    """One page for all figures: loading the program that draws them takes longer than drawing."""
    page = chromium.new_page()
    yield page
    page.close()


@pytest.mark.parametrize("stage", STAGES.values(), ids=lambda stage: stage.name)
@pytest.mark.parametrize("name", [name for name in NAMES if name in figures_of(STANDARD)])
def test_the_words_of_a_figure_are_seen_on_its_stage(empty: Page, name: str, stage: Stage) -> None:
    for patients, query, by in SHOWN.values():
        for chart in slides(FIGURES[name], registry_of(patients), query, by, stage.name):
            assert faults(draw(empty, chart, stage), SMALLEST_ON_STAGE) == []


@pytest.mark.parametrize("stage", STAGES.values(), ids=lambda stage: stage.name)
@pytest.mark.parametrize("document", [None, "Table I", "Table II"])
def test_so_are_those_of_a_table(empty: Page, document: str | None, stage: Stage) -> None:
    registry, shown = registry_of(10), look("light", stage=stage.name)
    group = registry.vocabulary.variable("breastfeeding", "cases")
    for slide in range(1, 30):
        if document is None:
            chart = table_one_slide(registry, group=group, look=shown, slide=slide)
        else:
            chart = printed_slide(registry, document=document, look=shown, slide=slide)
        if slide > chart.slides:
            break
        assert faults(draw(empty, chart, stage), SMALLEST_ON_STAGE) == []


def test_what_is_wrong_with_words_is_seen(empty: Page) -> None:
    stage, registry = STAGES["16x9"], registry_of(10)
    chart = text_slide(registry, words="Heading|one", look=look("light", stage=stage.name))
    note = chart.figure.layout.annotations[0].to_plotly_json()
    wrong = [note | {"x": 1, "text": "out"}, note | {"y": 0.5, "text": "below"}, note | {"y": 0.49, "text": "upon"}]
    chart.figure.layout.annotations = [*wrong, note | {"y": 0.2, "font": {"size": 9}, "text": "small"}]
    found = " ".join(faults(draw(empty, chart, stage), SMALLEST_ON_STAGE))
    assert [word in found for word in ("cut off by", "collide: below / upon", "small (9.0 px): small")] == [True] * 3
