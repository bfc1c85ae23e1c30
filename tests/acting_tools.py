"""Pointing at marks of a figure without a browser."""

import json
from typing import Any

from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.testing.v1 import AppTest


def point_at(app: AppTest, name: str, *customdata: Any, box: dict[str, Any] | None = None) -> AppTest:
    """Click on points of a figure that stand for these, or draw a box over them; nothing at all takes a choice back."""
    chart = next(chart for chart in app.get("plotly_chart") if f"-chart_{name}" in chart.proto.id)
    points = [{"customdata": data} for data in customdata]
    event = {"selection": {"points": points, "point_indices": [], "box": [box] if box else [], "lasso": []}}
    states = app._tree.get_widget_states()
    states.widgets.append(WidgetState(id=chart.proto.id, string_value=json.dumps(event)))
    return app._run(states)


def actions(app: AppTest, name: str) -> list[str]:
    """What the bar below a figure offers, as it is read."""
    ours = [button for button in app.button if button.key and f"_{name}_" in button.key]
    return [button.label for button in ours]


def act(app: AppTest, name: str, what: str) -> AppTest:
    """Press a button of the bar by its first words."""
    return (
        next(
            button
            for button in app.button
            if button.key and f"_{name}_" in button.key and button.label.startswith(what)
        )
        .click()
        .run()
    )
