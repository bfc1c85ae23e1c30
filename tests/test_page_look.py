"""How pages lay out what they show: caveats in one box, figures that keep their width on a phone."""

from pathlib import Path

import pytest

from plro_core.cohort import EVERYONE, Cohort
from plro_core.confounding import confounded
from plro_core.figures import forest_plot, lab_trajectories, patient_timeline, treatment_matrix
from plro_core.figures.catalogue import FIGURES
from plro_core.store import Registry, open_registry, publish
from plro_core.synthetic import about, synthetic_tables
from plro_core.vocabulary import STANDARD
from tests.test_pages import opened

pytest_plugins = ["tests.core_fixtures"]


def test_all_caveats_of_a_figure_stand_in_one_box_each_on_its_own_line(registry: Registry) -> None:
    page = opened("pain", by="case_definition")
    assert not page.exception
    said = confounded(registry, STANDARD.variable("case_definition", "cases"))
    assert len(said) == 3
    (box,) = [warning.value for warning in page.warning if "Confounded" in warning.value]
    assert len(box.split("  \n")) == len(said)


def test_figures_of_many_columns_keep_their_width_where_they_have_no_form_for_a_phone(registry: Registry) -> None:
    assert lab_trajectories(registry, EVERYONE).wide
    assert treatment_matrix(registry, EVERYONE).wide
    assert patient_timeline(registry, EVERYONE, case_id=1, form="screen").wide
    assert not patient_timeline(registry, EVERYONE, case_id=1, form="column").wide
    assert not FIGURES["pain_trajectories"].draw(registry).wide
    smokers = Cohort.parse("smoking=yes", registry.vocabulary)
    assert forest_plot(registry, smokers).wide
    assert not forest_plot(registry, smokers, upright=True).wide


@pytest.fixture(scope="module")
def made_up(tmp_path_factory: pytest.TempPathFactory) -> Registry:
    folder: Path = tmp_path_factory.mktemp("made_up") / "12"
    publish(synthetic_tables(12), about(12, 1, "paper"), folder, STANDARD)
    return open_registry(folder)


@pytest.mark.parametrize("name", ["pain_at_a_glance", "spine_at_a_glance", "pain_trajectories"])
def test_the_watermark_fits_its_figure(made_up: Registry, name: str) -> None:
    drawn = FIGURES[name].draw(made_up).figure.layout
    (mark,) = [part for part in drawn.annotations if part.text == "SYNTHETIC"]
    assert mark.font.size <= max(18, drawn.height / 14 + 0.1)
