"""Figures as a browser draws them for a stage: words large enough, none cut off, none on another."""

import pytest
from playwright.sync_api import Browser

from plro_core.figures.catalogue import FIGURES, figures_of
from plro_core.figures.style import SMALLEST_ON_STAGE, STAGES, Stage
from plro_core.vocabulary import STANDARD
from tests.stage_tools import SHOWN, draw, faults, registry_of, slides
from tests.test_stage_type import NAMES


@pytest.mark.parametrize("stage", STAGES.values(), ids=lambda stage: stage.name)
@pytest.mark.parametrize("shown", SHOWN)
@pytest.mark.parametrize("name", [name for name in NAMES if name in figures_of(STANDARD)])
def test_the_words_of_a_figure_are_seen_on_its_stage(chromium: Browser, name: str, shown: str, stage: Stage) -> None:
    patients, query, by = SHOWN[shown]
    page = chromium.new_page()
    for chart in slides(FIGURES[name], registry_of(patients), query, by, stage.name):
        assert faults(draw(page, chart, stage), SMALLEST_ON_STAGE) == []
    page.close()
