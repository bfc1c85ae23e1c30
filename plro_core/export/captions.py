"""A figure that speaks for itself once it has left the page: title above, who and which data below."""

import plotly.graph_objects as go

from plro_core.export.recipe import Recipe
from plro_core.figures import Chart
from plro_core.figures.points import wrapped
from plro_core.figures.style import LIGHT, Look, Part, words
from plro_core.text import capitalised, safe_plotly

_TITLE, _CAPTION, _LINE = 16.0, 11.0, 1.4
_EDGE = 10.0
#: Mean width of a letter of the text face as a share of its size; generous, so that no line runs out of the figure.
_LETTER = 0.53


def caption_lines(chart: Chart, recipe: Recipe) -> tuple[str, ...]:
    """What stands below: which panels were chosen, and what whole groups share; then n, cohort and data version, the source, and
    what a reader must know.
    """
    version = f"{recipe.n} · {recipe.cohort} · data {recipe.version}"
    return (chart.shown, *chart.caveats, version, recipe.source, *chart.notes)


def legend(chart: Chart, recipe: Recipe) -> str:
    """Title, who is drawn and caption as plain text, for the legends at the end of a manuscript."""
    lines = [f"{chart.title}. {capitalised(chart.who)}".strip(), *filter(None, caption_lines(chart, recipe))]
    return "\n".join(lines) + "\n"


def without_words(chart: Chart, width: float, look: Look = LIGHT) -> go.Figure:
    """The same plot on opaque ground, ``width`` pixels wide, without title and caption."""
    figure = go.Figure(chart.figure)
    figure.update_layout(width=width, paper_bgcolor=look.background)
    return figure


def captioned(chart: Chart, recipe: Recipe, width: float, look: Look = LIGHT) -> go.Figure:
    """The same plot on opaque ground, ``width`` pixels wide, with its title and who is drawn above and its caption below.

    The plot itself keeps its height: the room for the words is added to it.
    """
    title = _block(chart.title, _TITLE, width, look)
    lines = [_block(line, _CAPTION, width, look) for line in caption_lines(chart, recipe) if line]
    who = _block(capitalised(chart.who), _CAPTION, width, look)
    head = _height(title, _TITLE, look) + look.px(4)
    above = head + _height(who, _CAPTION, look) + look.px(18)
    below = sum(_height(line, _CAPTION, look) for line in lines) + look.px(20)
    figure = go.Figure(chart.figure)
    layout = figure.layout
    margin = layout.margin
    left: Part = {"x": 0, "xref": "paper", "yref": "paper", "xshift": look.px(_EDGE) - margin.l}
    said = [
        words(
            look,
            f"<b>{title}</b>",
            y=1,
            yanchor="top",
            yshift=margin.t + above - look.px(8),
            size=_TITLE,
            color=look.text,
            **left,
        ),
        words(look, who, y=1, yanchor="top", yshift=margin.t + above - look.px(8) - head, size=_CAPTION, **left),
        words(look, "<br>".join(lines), y=0, yanchor="top", yshift=-margin.b - look.px(8), size=_CAPTION, **left),
    ]
    figure.update_layout(
        width=width,
        height=layout.height + above + below,
        margin={"t": margin.t + above, "b": margin.b + below},
        paper_bgcolor=look.background,
        annotations=[*layout.annotations, *said],
    )
    return figure


def _block(text: str, size: float, width: float, look: Look) -> str:
    """Text broken into lines that fit, safe to show."""
    letters = int((width - 2 * look.px(_EDGE)) / (look.px(size) * _LETTER))
    return wrapped(safe_plotly(" ".join(text.split())), letters)


def _height(block: str, size: float, look: Look) -> float:
    return (block.count("<br>") + 1) * look.px(size) * _LINE
