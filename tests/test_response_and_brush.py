"""The response that one chooses, told by the ribbon and the waterfall; and boxes along the axes of scores and analytes."""

from collections.abc import Callable, Iterator

import pytest

from plro_core.figures import (
    Chart,
    lab_trajectories,
    pain_trajectories,
    responder_waterfall,
    t_score_distribution,
    t_score_strip,
)
from plro_core.marks import brushed
from plro_core.problems import QueryProblem
from plro_core.store import Registry, open_registry
from plro_core.vocabulary import STANDARD


@pytest.fixture(scope="module")
def registry() -> Iterator[Registry]:
    opened = open_registry()
    yield opened
    opened.close()


@pytest.mark.parametrize(("fall", "words"), [(50, "half or more"), (30, "30 % or more")])
def test_the_response_that_is_told_is_the_one_chosen(registry: Registry, fall: int, words: str) -> None:
    chart = responder_waterfall(registry, month=1, fall=fall)
    reached = sum(float(str(row["percent"])) <= -fall for row in chart.data if row["percent"] is not None)
    assert chart.title == f"Pain has fallen by {words} in {reached} of 10 patients at month 1"
    smokers = STANDARD.variable("smoking", "cases")
    ribbon = pain_trajectories(registry, group=smokers, axis="change", fall=fall)
    said = " ".join(note["text"] for note in ribbon.figure.to_plotly_json()["layout"]["annotations"])
    assert f"fell by {words}".replace(" ", "") in said.replace("<br>", "").replace(" ", "")


def test_another_fall_is_no_response(registry: Registry) -> None:
    with pytest.raises(QueryProblem, match="A fall of 40 % is not drawn as a response; expected 30 or 50"):
        responder_waterfall(registry, fall=40)


@pytest.mark.parametrize("draw", [t_score_strip, t_score_distribution])
def test_a_box_along_the_axis_of_a_score_is_a_range_of_it(registry: Registry, draw: Callable[..., Chart]) -> None:
    figure = draw(registry).figure
    held = figure.layout.meta["axes"]["x"]
    place = float(next(at for at, name in held.items() if name == "t_l1_l4"))
    box = {"xref": "x", "yref": "y", "x": [place - 0.2, place + 0.2], "y": [-9.0, -2.5]}
    found = brushed(box, figure.layout.meta["axes"], {}, STANDARD)
    assert found is not None
    assert found.criteria[0].name == "t_l1_l4"


def test_a_box_in_a_panel_of_an_analyte_is_a_range_at_its_visit(registry: Registry) -> None:
    held = lab_trajectories(registry).figure.layout.meta["axes"]
    box = {"xref": "x", "yref": "y", "x": [0.7, 1.3], "y": [7.0, 8.4]}
    found = brushed(box, held, {}, STANDARD)
    assert found is not None
    assert found.query == "calcium.1=7-8.4"
