"""Plotly's own template, which every figure begins with, as far as a figure uses it."""

from functools import lru_cache

import plotly.io

from plro_core.figures.style import Part

#: Kinds of plot that a figure has only where its layout names one.
_OTHER_PLOTS = ("geo", "map", "mapbox", "polar", "scene", "smith", "ternary")


def with_template(spec: Part) -> Part:
    """A figure's JSON with what the template says of its traces and axes: the same picture as with the whole of it, and smaller."""
    layout = spec["layout"]
    kinds = frozenset(trace["type"] for trace in spec["data"])
    others = frozenset(name for name in layout if name.startswith(_OTHER_PLOTS))
    return {"data": spec["data"], "layout": {**layout, "template": layout.get("template") or _template(kinds, others)}}


@lru_cache(maxsize=200)
def _template(kinds: frozenset[str], others: frozenset[str]) -> Part:
    whole = plotly.io.templates["plotly"].to_plotly_json()
    layout = {
        name: part
        for name, part in whole["layout"].items()
        if name not in _OTHER_PLOTS or any(other.startswith(name) for other in others)
    }
    return {"data": {kind: part for kind, part in whole["data"].items() if kind in kinds}, "layout": layout}
