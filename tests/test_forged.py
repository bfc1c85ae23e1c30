"""What a browser may send in place of what its controls offer: no page runs into an unexpected error, and nothing of it is kept."""

import itertools
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetState, WidgetStates
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Block

from tests.all_pages import PAGES
from tests.test_pages import opened

_SELECTION = '{"selection":{"points":[{"customdata":"x"},{"customdata":[{}]},{}],"box":[1,{"x":[1]}],"lasso":null}}'
_TEXTS = ("forged<img>", "", _SELECTION, "x" * 100_000)
#: Values of the kind that each control sends, none of which it offers.
FORGED: dict[str, tuple[str, tuple[Any, ...]]] = {
    "Selectbox": ("string_value", _TEXTS),
    "TextInput": ("string_value", ("free text <img>", "\x00", "a=b&c=![x](y)", "x" * 100_000)),
    "TextArea": ("string_value", _TEXTS),
    "Expandable": ("bool_value", (True, False)),
    "Checkbox": ("bool_value", (True,)),
    "Slider": ("double_array_value", ([float("nan"), float("inf")], [1e308, -1e308], [5.0, 1.0], [-1e9, 1e9])),
    "MultiSelect": ("string_array_value", (["forged", "x" * 5000], [])),
    "ButtonGroup": ("string_array_value", (["forged", "x" * 5000], ["~"], [])),
    "TabContainer": ("string_value", _TEXTS),
    "PlotlyChart": (
        "string_value",
        (_SELECTION, '{"selection":{}}', '{"selection":{"points":[{"customdata":[1e999]}]}}'),
    ),
}
_VIEWS = (
    *((page, {}) for page in PAGES),
    *((page, {"by": "smoking", "patient": "3"}) for page in ("pain", "labs", "bone", "treatments")),
    *(("registry", {"part": part}) for part in ("history", "quality", "export")),
    ("compare", {"a": "smoking=yes"}),
    ("pain", {"present": "1"}),
)


def controls(app: AppTest) -> Iterator[tuple[str, str]]:
    """Every control of a page: of what kind it is, and by which name a browser speaks of it."""
    for element in itertools.chain(app.main, app.sidebar):
        proto = getattr(element, "proto", None)
        if isinstance(element, Block) and element.type == "tab_container":
            yield "TabContainer", proto.tab_container.id
        elif (name := getattr(proto, "id", "")) and type(proto).__name__ != "Block":
            yield type(proto).__name__, name


def forged(app: AppTest, number: int) -> WidgetStates:
    """A frame in which each control that is known says one of its forged values."""
    states = WidgetStates()
    for kind, name in controls(app):
        if kind not in FORGED:
            continue
        part, values = FORGED[kind]
        value = values[number % len(values)]
        state = states.widgets.add(id=name)
        if isinstance(value, list):
            getattr(state, part).data.extend(value)
        else:
            setattr(state, part, value)
    return states


@pytest.mark.parametrize("number", range(4))
@pytest.mark.parametrize(("page", "link"), _VIEWS)
def test_what_no_control_offers_leads_to_no_error(
    caplog: pytest.LogCaptureFixture, page: str, link: dict[str, str], number: int
) -> None:
    app = opened(page, **link)
    with caplog.at_level(logging.ERROR):
        app._run(forged(app, number))
    assert [str(part.message) for part in app.exception] == []
    again = app.run()
    assert not again.exception
    assert "forged" not in str(app.query_params)
    assert not any("forged" in record.getMessage() for record in caplog.records)


def test_each_kind_of_control_that_keeps_an_option_is_forged() -> None:
    kinds = {kind for page, link in _VIEWS for kind, _ in controls(opened(page, **link))}
    assert kinds - set(FORGED) <= {"Button", "DownloadButton", "FileUploader"}
    assert set(FORGED) <= kinds


def test_a_forged_value_is_of_the_kind_that_the_wire_has() -> None:
    assert all(part in WidgetState.DESCRIPTOR.fields_by_name for part, _ in FORGED.values())
