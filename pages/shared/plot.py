"""A finished figure in its place on a page."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from typing import Any, Literal

import streamlit as st
from plotly.basedatatypes import BaseFigure

from plro_core.figures import CONFIG
from plro_core.figures.style import Part
from plro_core.figures.template import with_template

Way = Literal["points", "box", "lasso"]
#: A click, and a box or a lasso around several points.
ANY_WAY: tuple[Way, ...] = ("points", "box", "lasso")


class _Finished(BaseFigure):  # type: ignore[misc]
    """A figure as Streamlit takes one. It is sent as it was made: Plotly's check of each part costs more than all else on
    a page, and the tests have every figure checked.
    """

    def __init__(self, spec: Part) -> None:
        self._spec = spec

    def to_dict(self) -> Part:
        return self._spec


def _selected(act: Callable[[], object]) -> None:
    """Act on what was pointed at; a selection that this figure cannot have given leads to nothing."""
    with suppress(AttributeError, IndexError, KeyError, OverflowError, TypeError, ValueError):
        act()


def show(
    spec: Part,
    alt: str,
    key: str,
    on_select: Callable[[], object] | None = None,
    ways: Way | Iterable[Way] = "points",
) -> None:
    """Draw a figure given as Plotly's JSON; ``on_select`` is called when something in it is pointed at in one of the ``ways``."""
    chosen: dict[str, Any] = {"on_select": partial(_selected, on_select), "selection_mode": ways} if on_select else {}
    st.plotly_chart(_Finished(with_template(spec)), theme=None, config=CONFIG, alt=alt, key=key, **chosen)
