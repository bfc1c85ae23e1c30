"""The caveat travels with the chart: groups by name, n, the highlighted patient and what whole groups share, wherever it goes."""

import re
from html import unescape

import pytest
from streamlit.testing.v1 import AppTest

from plro_core.cohort import EVERYONE, Cohort
from plro_core.confounding import confounded
from plro_core.export import figure_html, figure_recipe
from plro_core.export.captions import captioned
from plro_core.figures import Chart
from plro_core.figures.catalogue import FIGURES
from plro_core.store import Registry
from plro_core.vocabulary import STANDARD
from tests.test_pages import opened

pytest_plugins = ["tests.core_fixtures"]

GROUPED = sorted(
    name
    for name, entry in FIGURES.items()
    if "group" in entry.options and name != "patient_timeline" and entry.can_draw(STANDARD)
)
WHO = "breastfeeding after diagnosis: stopped (n = 8), continued (n = 2)"


def drawn(registry: Registry, name: str, by: str = "breastfeeding", cohort: Cohort = EVERYONE) -> Chart:
    options = {"group": registry.vocabulary.variable(by, "cases")}
    options |= {"highlight": 8} if "highlight" in FIGURES[name].options else {}
    return FIGURES[name].draw(registry, cohort, **options)


def words_in(registry: Registry, chart: Chart) -> str:
    """All words on a picture that leaves the page, line breaks and mark-up taken out."""
    recipe = figure_recipe(registry, chart.title, FIGURES[chart.name].draw, EVERYONE, ())
    notes = captioned(chart, recipe, 740).layout.annotations
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", " ".join(note.text for note in notes)))


@pytest.mark.parametrize("name", GROUPED)
def test_a_grouped_figure_names_its_groups_and_its_highlighted_patient(registry: Registry, name: str) -> None:
    chart = drawn(registry, name)
    assert WHO in chart.who
    assert chart.who.startswith("10 patients")
    assert ("patient 8 highlighted" in chart.who) == ("highlight" in FIGURES[name].options)
    assert chart.caveats == confounded(registry, registry.vocabulary.variable("breastfeeding"))
    assert any(sentence.startswith("Confounded: both patients") for sentence in chart.caveats)


@pytest.mark.parametrize("name", GROUPED)
def test_whatever_leaves_the_page_holds_them(registry: Registry, name: str) -> None:
    chart = drawn(registry, name)
    for words in (chart.who[1:], *chart.caveats):
        assert words in chart.summary
        assert words in words_in(registry, chart)
    assert chart.table.notes[: len(chart.caveats)] == chart.caveats
    assert chart.table.subtitle[1:] == chart.who[1:]


def test_so_does_a_page_of_its_own(registry: Registry) -> None:
    chart = drawn(registry, "pain_trajectories")
    recipe = figure_recipe(registry, chart.title, FIGURES[chart.name].draw, EVERYONE, ())
    page = unescape(figure_html(chart, recipe).decode())
    for words in (chart.who[1:], *chart.caveats):
        assert page.count(words) >= 2  # beside the picture, and in its text equivalent


@pytest.mark.parametrize("name", GROUPED)
def test_two_groupings_do_not_look_alike(registry: Registry, name: str) -> None:
    smokers, treated = drawn(registry, name, "smoking"), drawn(registry, name, "bisphosphonate")
    assert smokers.who != treated.who
    assert words_in(registry, smokers) != words_in(registry, treated)


@pytest.mark.parametrize("name", GROUPED)
def test_without_groups_there_is_nothing_to_warn_of(registry: Registry, name: str) -> None:
    chart = FIGURES[name].draw(registry)
    assert chart.caveats == ()
    assert chart.who == "10 patients"


def test_the_page_and_the_stage_say_it_beside_the_plot() -> None:
    page: AppTest = opened("pain", by="breastfeeding", patient="8")
    assert any(warning.value.startswith("Confounded") for warning in page.warning)
    stage = opened("pain", by="breastfeeding", patient="8", present="1")
    said = " ".join(caption.value for caption in stage.caption)
    assert "Confounded" in said
    assert "patient 8 highlighted" in said
