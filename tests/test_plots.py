"""What a page sends of a figure without having it checked is what Plotly would send after its check."""

import json
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import plotly.io
import pytest

from plro_core import figures
from plro_core.cohort import EVERYONE, Cohort
from plro_core.figures import Chart, figures_of
from plro_core.figures.style import LIGHT, look
from plro_core.figures.template import with_template
from plro_core.store import Registry, open_registry
from plro_core.vocabulary import STANDARD

CONTINUED = Cohort.parse("breastfeeding=continued", STANDARD)
DRAWN: dict[str, Callable[..., Chart]] = {
    **{name: figure.draw for name, figure in figures_of(STANDARD).items()},
    "patient_timeline": partial(figures.patient_timeline, case_id=8),
    "estimation_plot": partial(figures.estimation_plot, a=CONTINUED, keys=("vas.6.change", "t_l1_l4")),
    "forest_plot": partial(figures.forest_plot, a=CONTINUED, keys=("smoking", "vas.0", "age")),
}


@pytest.fixture(scope="module")
def registry() -> Iterator[Registry]:
    opened = open_registry()
    yield opened
    opened.close()


@pytest.mark.parametrize("theme", [LIGHT, look("dark", stage="4x3")], ids=["light", "dark on a stage"])
@pytest.mark.parametrize("name", DRAWN)
def test_what_is_sent_is_what_plotly_makes_of_it(registry: Registry, name: str, theme: Any) -> None:
    chart = DRAWN[name](registry, look=theme)
    sent, checked = json.loads(plotly.io.to_json(with_template(chart.spec), validate=False)), _checked(chart)
    part, whole = sent["layout"].pop("template"), checked["layout"].pop("template")
    assert _filled(sent) == _filled(checked)
    assert all(whole["layout"][key] == value for key, value in part["layout"].items())
    used = {trace["type"] for trace in sent["data"]}
    assert part["data"] == {kind: told for kind, told in whole["data"].items() if kind in used}
    assert set(whole["layout"]) - set(part["layout"]) <= {"geo", "map", "mapbox", "polar", "scene", "smith", "ternary"}


def test_what_plotly_does_not_know_is_found_when_the_figure_is_checked(registry: Registry) -> None:
    chart = figures.swimmer(registry, EVERYONE)
    chart.spec["layout"]["colour"] = "red"
    with pytest.raises(ValueError, match="colour"):
        _checked(chart)


def _checked(chart: Chart) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(chart.figure.to_json(validate=False))
    return found


def _filled(spec: dict[str, Any]) -> dict[str, Any]:
    """Without the empty lists of a layout, which Plotly leaves out."""
    return {"data": spec["data"], "layout": {key: part for key, part in spec["layout"].items() if part != []}}
