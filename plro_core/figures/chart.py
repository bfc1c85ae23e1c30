"""A finished figure as a value: the plot, its finding, its text equivalent, and the numbers behind it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from html import escape
from typing import TYPE_CHECKING

import plotly.graph_objects as go

from plro_core.figures.style import Look, Part, base_layout, words
from plro_core.store import Registry
from plro_core.tables import Cell, Column, Table

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

NOBODY = "No patient fits."
SYNTHETIC = "Synthetic data: none of these patients exist."


@dataclass(frozen=True, repr=False)
class Chart:
    """A figure with everything that has to stand beside it.

    ``title`` is a finding or a question computed from the cohort's own data; ``summary`` says in words, with n, what
    the figure shows; ``table`` holds the plotted points; ``notes`` are what a reader must know. ``nothing`` says why the
    figure has nothing to show, and is empty where it shows something.
    """

    name: str
    title: str
    figure: go.Figure
    summary: str
    table: Table
    notes: tuple[str, ...] = ()
    nothing: str = ""

    @property
    def data(self) -> list[dict[str, Cell]]:
        """The plotted points as records by column name."""
        return self.table.records

    def to_arrow(self) -> "pa.Table":
        """The plotted points as an Arrow table."""
        return self.table.to_arrow()

    def to_frame(self) -> "pd.DataFrame":
        """The plotted points as a pandas frame with Arrow types."""
        return self.table.to_frame()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name}: {self.title})"

    def _repr_html_(self) -> str:
        drawn = self.figure.to_html(full_html=False, config={"displaylogo": False})
        return f'<figure role="group" aria-label="{escape(self.title)}">{drawn}<figcaption>{escape(self.summary)}</figcaption></figure>'


def compose(
    registry: Registry,
    name: str,
    title: str,
    *,
    traces: Sequence[Part],
    layout: Part,
    summary: str,
    columns: Iterable[Column],
    rows: Iterable[Sequence[Cell]],
    look: Look,
    notes: Iterable[str] = (),
    synthetic: bool = False,
) -> Chart:
    """Put the parts of a figure together in one shot; synthetic data get a watermark and a note.

    ``synthetic`` says that patients of a further registry are made up.
    """
    said = [note for note in notes if note]
    if synthetic or registry.manifest.synthetic:
        layout = layout | {"annotations": [*layout.get("annotations", ()), _watermark(look)]}
        said.insert(0, SYNTHETIC)
    figure = go.Figure(data=[_plain(trace) for trace in traces], layout=layout)
    table = Table(name.replace("_", "-"), title, tuple(columns), tuple(tuple(row) for row in rows), tuple(said))
    return Chart(name, title, figure, summary, table, tuple(said))


def _plain(trace: Part) -> Part:
    """A trace with what all share; marks stay opaque, where Plotly would fade those of several sizes."""
    plain: Part = {"type": "scatter", "hoverinfo": "text", "cliponaxis": False, "showlegend": False} | trace
    return plain | {"marker": {"opacity": 1} | plain["marker"]} if "marker" in plain else plain


def empty_chart(
    registry: Registry, name: str, question: str, columns: Iterable[Column], look: Look, why: str = NOBODY
) -> Chart:
    """The calm picture of nobody: one sentence and no axes."""
    sentence = words(look, why, x=0.5, y=0.5, xref="paper", yref="paper", xanchor="center", align="center", size=16)
    hidden = {"visible": False, "fixedrange": True}
    layout = base_layout(look, 220, annotations=[sentence], xaxis=hidden, yaxis=hidden)
    summary = question if why == question else f"{question} {why}"
    chart = compose(
        registry, name, question, traces=[], layout=layout, summary=summary, columns=columns, rows=[], look=look
    )
    return replace(chart, nothing=why)


def _watermark(look: Look) -> Part:
    place: Part = {"x": 0.5, "y": 0.5, "xref": "paper", "yref": "paper", "xanchor": "center"}
    return words(look, "SYNTHETIC", size=54, textangle=-24, opacity=0.18, **place)
