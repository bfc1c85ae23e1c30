"""A sheet for words: as large as the stage, written on in pixels from its upper left corner."""

import textwrap
from dataclasses import dataclass, field
from typing import Any

from plro_core.figures.style import STAGES, Look, Part, base_layout, words
from plro_core.text import safe_plotly

#: How wide a character of the dashboard's font is on average, and how high a line, in parts of the type size.
_WIDTH, _LINE = 0.56, 1.3


@dataclass
class Sheet:
    """Words and rules on a stage; without one as large as the first stage."""

    look: Look
    annotations: list[Part] = field(default_factory=list)
    shapes: list[Part] = field(default_factory=list)

    @property
    def width(self) -> int:
        return (self.look.stage or STAGES["16x9"]).width

    @property
    def height(self) -> int:
        return (self.look.stage or STAGES["16x9"]).height

    def write(self, text: str, x: float, y: float, size: float, **more: Any) -> None:
        """Lines that are broken already, with their upper left corner here; ``size`` is in pixels."""
        said = "<br>".join(safe_plotly(line) for line in text.split("\n"))
        if more.pop("bold", False):
            said = f"<b>{said}</b>"
        place: Part = {
            "x": x / self.width,
            "y": 1 - y / self.height,
            "xref": "paper",
            "yref": "paper",
            "yanchor": "top",
        }
        note = words(self.look, said, **place, **{"color": self.look.text} | more)
        self.annotations.append(note | {"font": note["font"] | {"size": size}, "borderpad": 0})

    def rule(self, y: float, x0: float = 0.0, x1: float | None = None, colour: str = "") -> None:
        """A thin line across."""
        end = self.width if x1 is None else x1
        at = 1 - y / self.height
        line = {"color": colour or self.look.rule, "width": 1}
        ends: Part = {"x0": x0 / self.width, "x1": end / self.width, "y0": at, "y1": at}
        self.shapes.append({"type": "line", "xref": "paper", "yref": "paper", "line": line} | ends)

    @property
    def layout(self) -> Part:
        hidden = {"visible": False, "fixedrange": True}
        layout = base_layout(
            self.look, self.height, annotations=self.annotations, shapes=self.shapes, xaxis=hidden, yaxis=hidden
        )
        return layout | {"margin": {"l": 0, "r": 0, "t": 0, "b": 0, "autoexpand": False}, "height": self.height}


def broken(text: str, width: float, size: float) -> str:
    """A text in lines that fit into so many pixels."""
    most = max(4, int(width / (size * _WIDTH)))
    return "\n".join(line for part in text.split("\n") for line in textwrap.wrap(part, most) or [""])


def height_of(text: str, size: float) -> float:
    """How high broken lines are."""
    return (text.count("\n") + 1) * size * _LINE


def width_of(text: str, size: float) -> float:
    """How wide a line is."""
    return len(text) * size * _WIDTH
