"""The axis that scores of bone density are drawn against: the same for every choice of patients, with its lines named."""

from dataclasses import dataclass
from itertools import pairwise

from plro_core.figures.scores import Scores
from plro_core.figures.style import Look, Part, quiet_axis, words
from plro_core.text import number

#: Room between two names of the axis, in pixels.
_APART = 15
#: Room within the plot below the lowest score, for how many are at or below the line, and above the highest one.
_FOOT, _HEAD = 34, 8


@dataclass(frozen=True)
class ScoreAxis:
    """Upright from a little below the lowest score of the whole registry to a little above the highest, zero and lines included.

    ``plot`` is the height of the plot in pixels, and ``heads`` and ``feet`` the lines of words within it above and
    below the scores.
    """

    scores: Scores
    plot: float
    look: Look
    heads: int = 0
    feet: int = 1

    @property
    def _room(self) -> tuple[float, float]:
        """Pixels within the plot below the lowest score and above the highest one."""
        letter = self.look.type(12)
        return self.look.px(_FOOT) + (self.feet - 1) * letter, self.look.px(_HEAD) + 1.35 * self.heads * letter

    @property
    def unit(self) -> float:
        """The height of one unit of the score, in pixels."""
        low, high = self.scores.extent
        return (self.plot - sum(self._room)) / (high - low)

    @property
    def range(self) -> tuple[float, float]:
        (low, high), (below, above) = self.scores.extent, self._room
        return low - below / self.unit, high + above / self.unit

    @property
    def foot(self) -> float:
        """Where the words below the lowest score stand."""
        return self.range[0] + 0.34 * self._room[0] / self.unit

    @property
    def head(self) -> float:
        """Where the words above the highest score begin."""
        return self.range[1] - self.look.px(2) / self.unit

    @property
    def axis(self) -> Part:
        """A tick at each whole number that has room, and at each line, which is named; of lines that lie too close to name
        both, the lower one.
        """
        low, high = self.scores.extent
        lines, kind = sorted(self.scores.kind.lines), self.scores.kind
        apart = max(_APART, self.look.type(12) * 1.3) / self.unit
        step = max(1, -int(-apart // 1))
        whole = [tick for tick in range(int(low), int(high) + 1) if tick % step == 0]
        free = [float(tick) for tick in whole if all(abs(tick - line) >= apart for line in lines)]
        names = {at: f"<b>{kind.authority} {number(at, 1)}</b>" for at in lines}
        for lower, upper in pairwise(lines):
            if (upper - lower) * self.unit < 0.8 * self.look.type(12):
                names[upper] = ""
        ticks = sorted([*free, *lines])
        return quiet_axis(
            self.look,
            range=list(self.range),
            tickvals=ticks,
            ticktext=[names[tick] if tick in names else number(tick) for tick in ticks],
            gridcolor=self.look.grid,
        )

    def shapes(self) -> list[Part]:
        """The lines that scores are held against, and the ground at or below the lower one."""
        ends: Part = {"xref": "paper", "x0": 0, "x1": 1, "layer": "below"}
        ground = ends | {"type": "rect", "y0": self.range[0], "y1": self.scores.kind.low, "line": {"width": 0}}
        return [
            ground | {"fillcolor": self.look.band},
            *(who_line(self.look) | ends | {"y0": at, "y1": at} for at in self.scores.kind.lines),
        ]

    def words(self) -> list[Part]:
        """The kind of score and what its lines are for, over the axis; and what the words below the scores count."""
        kind, left = self.scores.kind, self.look.px(-LEFT + 4)
        over: Part = {"x": 0, "y": 1, "xref": "paper", "yref": "paper", "yanchor": "bottom", "xshift": left}
        name = words(self.look, f"<b>{kind.word}</b>   {kind.purpose}", yshift=self.look.px(4), **over)
        if self.scores.chosen:
            return [name]
        at: Part = {"x": 0, "xref": "paper", "xanchor": "right", "xshift": self.look.px(-4), "y": self.foot}
        return [name, words(self.look, f"≤ {number(kind.low, 1)}", size=11.5, **at)]


#: Room for the names of the axis, left of the plot.
LEFT = 66


def who_line(look: Look) -> Part:
    """A line that scores are held against, without its place."""
    return {"type": "line", "layer": "below", "line": {"color": look.quiet, "width": look.px(1.2), "dash": "dot"}}
