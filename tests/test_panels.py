"""Panels of large figures, chosen by their names: on the command line, in the library and in the legend."""

from pathlib import Path

import pytest

import plro_core as plro
from plro_core.cli.process import main
from plro_core.export.captions import legend
from plro_core.export.images import figure_image
from plro_core.figures.choosing import shown_of
from plro_core.problems import QueryProblem
from plro_core.store import Registry, open_registry


@pytest.fixture(scope="module")
def registry() -> Registry:
    return open_registry()


@pytest.mark.parametrize("called", ["Calcium", "calcium", "CALCIUM"])
def test_a_laboratory_panel_has_the_names_of_its_variable(registry: Registry, called: str) -> None:
    found = plro.figure(registry, "lab_trajectories", panels=[called])
    assert set(found.to_frame()["analyte"]) == {"Calcium"}
    assert found.chart.shown == "Shown: Calcium of 5."
    assert "Shown: Calcium of 5." in legend(found.chart, found.recipe)
    assert "--panel calcium" in found.recipe.command


def test_all_panels_are_not_told(registry: Registry) -> None:
    assert plro.figure(registry, "lab_trajectories").chart.shown == ""
    assert shown_of("abcdefgh", 9) == "Shown: 8 of 9."


@pytest.mark.parametrize(
    ("panels", "rows"),
    [
        (["Age"], ["age"]),
        (["vas.1.change"], ["vas"]),
        (["L1-L4 T-score", "age"], ["t_l1_l4", "age"]),
    ],
)
def test_a_comparison_is_chosen_by_its_name_its_key_or_its_variable(
    registry: Registry, panels: list[str], rows: list[str]
) -> None:
    found = plro.figure(registry, "forest_plot", a="smoking=yes", panels=panels)
    assert [str(name) for name in found.to_frame().iloc[:, 0]] == rows
    assert found.chart.shown.startswith("Shown: ")
    same = plro.figure(registry, "estimation_plot", a="smoking=yes", panels=panels)
    assert same.chart.shown == found.chart.shown


def test_a_group_stands_for_all_of_its_comparisons(registry: Registry) -> None:
    whole = plro.figure(registry, "forest_plot", a="smoking=yes").to_frame()
    bone = plro.figure(registry, "forest_plot", a="smoking=yes", panels="Bone density").to_frame()
    assert 1 < len(bone) < len(whole)


def test_the_call_of_a_choice_makes_the_same_again(registry: Registry) -> None:
    found = plro.figure(registry, "forest_plot", a="smoking=yes", panels=["Age"])
    assert 'keys=["age"]' in found.recipe.snippet
    assert plro.figure(registry, "forest_plot", a="smoking=yes", panels=["age"]).chart.sha256 == found.chart.sha256


def test_what_is_no_panel_is_refused_in_one_sentence(registry: Registry) -> None:
    with pytest.raises(
        QueryProblem,
        match=r"^“Calcum” is no panel of “lab_trajectories”.*; it has Calcium, .* and Parathyroid hormone\.$",
    ):
        plro.figure(registry, "lab_trajectories", panels=["Calcum"])
    with pytest.raises(QueryProblem, match=r"^“swimmer” has no panels to choose from; lab_trajectories, "):
        plro.figure(registry, "swimmer", panels=["Age"])


def test_the_command_takes_panels(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "labs.txt"
    assert main(["figure", "lab_trajectories", "--panel", "Calcium", "--panel", "PTH", "-o", str(path)]) == 0
    assert "\nShown: Calcium and Parathyroid hormone of 5.\n" in path.read_text(encoding="utf-8")
    assert main(["figure", "swimmer", "--panel", "Age", "-o", str(path)]) == 2
    assert "has no panels to choose from" in capsys.readouterr().err


def test_a_figure_of_panels_that_does_not_fit_says_what_it_needs(registry: Registry) -> None:
    found = plro.figure(registry, "forest_plot", a="smoking=yes")
    with pytest.raises(QueryProblem, match=r"needs \d{3} mm of height, and not 240; choose fewer panels, or give no"):
        figure_image(found.chart, found.recipe, "svg", height_mm=240, bare=True)
