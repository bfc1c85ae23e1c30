"""What the upright axis of a figure of pain measures: the score itself, or its change from baseline in percent."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from plro_core.cohort import EVERYONE
from plro_core.counts import ALL, Frequency, Group, pairs_from_baseline
from plro_core.figures.form import Form, form_of
from plro_core.figures.points import InView
from plro_core.figures.ribbon import acting
from plro_core.figures.style import GroupStyle, Look, Part, quiet_axis, words
from plro_core.pain_control import THRESHOLDS
from plro_core.problems import QueryProblem
from plro_core.statements import Response
from plro_core.text import as_recorded, number
from plro_core.vocabulary.thresholds import MODERATE, RESPONSE, SEVERITY, SUBSTANTIAL, sources

#: What a link may ask for beside the score.
CHANGE = "change"
SCORE = "score"
#: The responses that are drawn as lines: the smaller fall first.
LINES = tuple((THRESHOLDS[RESPONSE.index(entry)], entry.meaning) for entry in (MODERATE, SUBSTANTIAL))
#: The falls in percent that may be chosen as the response that is told.
FALLS = tuple(int(rule.bound) for rule, _ in LINES)
SUBSTANTIAL_FALL = FALLS[-1]
#: A rise is drawn up to this many percent at least, so that a view without one has the same axis; and at most to the second.
_LEAST_RISE = 20.0
MOST_RISE = 100.0
#: How far from the axis the brackets of severity stand, in pixels.
_OFF = 20.0


def line_of(fall: int) -> int:
    """The place among ``LINES`` of a fall in percent.

    Raises:
        QueryProblem: it is none of them.
    """
    if fall not in FALLS:
        raise QueryProblem(f"A fall of {fall} % is not drawn as a response; expected {' or '.join(map(str, FALLS))}.")
    return FALLS.index(fall)


def fall_words(fall: int) -> str:
    """A response in words: "half or more", "30 % or more"."""
    return "half or more" if fall == SUBSTANTIAL_FALL else f"{fall} % or more"


@dataclass(frozen=True)
class Scale:
    """One of the two measures of a view."""

    view: InView
    change: bool
    #: The fall in percent that counts as a response.
    fall: int = SUBSTANTIAL_FALL

    @classmethod
    def named(cls, view: InView, axis: str, fall: int = SUBSTANTIAL_FALL) -> "Scale":
        """The measure that a link calls ``axis``, and the fall that counts as a response.

        Raises:
            QueryProblem: there is no such measure, or nobody calls such a fall a response.
        """
        line_of(fall)
        if axis not in (SCORE, CHANGE):
            raise QueryProblem(f"“{axis[:60]}” is not an axis of pain; expected {SCORE} or {CHANGE}.")
        return cls(view, axis == CHANGE, fall)

    def value(self, case_id: int, month: int) -> float | None:
        """One patient's value at a visit; no change without a baseline, or from one of 0."""
        vas = self.view.value(case_id, month, "vas")
        if not self.change or vas is None:
            return vas
        return _percent(self.view.value(case_id, 0, "vas"), vas)

    def frequency(self, month: int, level: Group = ALL) -> Frequency:
        """The values of everybody at a visit, or of one group."""
        if not self.change:
            return self.view.frequency("vas", month, level)
        found: dict[float, int] = {}
        courses = self.view.courses(self.view.vas, 0, month)
        for (first, last), count in courses[level].pairs.items() if level in courses else ():
            percent = _percent(first, last)
            if percent is not None:
                found[percent] = found.get(percent, 0) + count
        return Frequency(dict(sorted(found.items())))

    def written(self, value: float | None) -> str:
        """A value in words: "3.5", or "−50 %"."""
        if not self.change:
            return self.view.vas.written(value)
        return "" if value is None else _signed(value)

    @property
    def name(self) -> str:
        """What stands over the axis."""
        return "Change in VAS from baseline" if self.change else "VAS, 0–10"

    @property
    def floor(self) -> float:
        """Where a value that is not recorded is marked, below the scale."""
        return self.low + (self.high - self.low) * 0.025

    @property
    def low(self) -> float:
        return -108.0 if self.change else -0.8

    @cached_property
    def high(self) -> float:
        """The top of the axis: of the score always 10, of the change the greatest rise in the whole registry."""
        if not self.change:
            return 10.4
        found = pairs_from_baseline(self.view.registry, [self.view.vas], EVERYONE)
        percents = [_percent(*pair) for counted in found.values() for pair in counted]
        return max([_LEAST_RISE, *(percent for percent in percents if percent is not None)]) + 4

    def axis(self, look: Look, above: float) -> Part:
        """The axis; ``above`` is the share of it that is kept free at its top for words."""
        top = self.low + (self.high - self.low) / (1 - above)
        if not self.change:
            return quiet_axis(look, range=[self.low, top], tickvals=list(range(0, 11, 2)))
        ticks = range(-100, int(self.high) + 1, 50)
        return quiet_axis(look, range=[self.low, top], tickvals=list(ticks), ticktext=[_signed(tick) for tick in ticks])

    def lines(self, look: Look) -> list[Part]:
        """Lines at the falls that count as a response, for the change."""
        if not self.change:
            return []
        across: Part = {"type": "line", "layer": "below", "xref": "paper", "x0": 0, "x1": 1}
        dashed: Part = {"color": look.accent, "width": look.px(1.2), "dash": "dash"}
        quiet = dashed | {"color": look.line, "dash": "dot"}
        drawn = [
            across | {"y0": -rule.bound, "y1": -rule.bound, "line": dashed if rule.bound == self.fall else quiet}
            for rule, _ in LINES
        ]
        level: Part = {"color": look.line, "width": look.px(1.2)}
        return [*drawn, across | {"y0": 0, "y1": 0, "line": level}]

    def response(self, month: int, index: int, level: Group = ALL) -> Response | None:
        """How many reached a line by a visit; ``None`` without such a group."""
        course = self.view.courses(self.view.vas, 0, month).get(level)
        return Response(course, LINES[index][0]) if course else None


def _percent(first: float | None, last: float | None) -> float | None:
    """The change as it is drawn: what more than doubles stands at the top."""
    return min(100 * (last - first) / first, MOST_RISE) if first and last is not None else None


def _signed(value: float) -> str:
    most = " or more" if value >= MOST_RISE else ""
    return f"{'+' if value > 0 else ''}{number(value)} %{most}"


def severity(look: Look, axis: float, at: float) -> tuple[list[Part], list[Part], list[Part]]:
    """The words for a score along the axis: brackets, words, and points that choose who was so at baseline.

    Brackets and words keep their distance from the ``axis`` however narrow the figure is; the points are ``at`` about there. A
    bracket is an arrow without a head: of a shape in pixels Plotly takes over that a box drawn by hand is in pixels, too.
    """
    brackets: list[Part] = []
    said: list[Part] = []
    points: list[Part] = []
    for low, high, word in _severities():
        brackets.append(
            {"text": "", "showarrow": True, "arrowhead": 0, "arrowwidth": look.px(2), "arrowcolor": look.rule, "xshift": look.px(_OFF),
             "x": axis, "ax": axis, "y": high + 0.35, "ay": low - 0.35}
        )  # fmt: skip
        said.append(
            words(
                look,
                word,
                x=axis,
                y=(low + high) / 2,
                xshift=look.px(_OFF - 9),
                xanchor="center",
                textangle=-90,
                size=11,
            )
        )
        ends = f"{as_recorded(low)}-{as_recorded(high)}"
        hover = f"{word}: VAS {ends.replace('-', ' to ')} ({sources(*SEVERITY)})<br>click: who was so at baseline"
        points.append(acting(look, at, (low + high) / 2, f"vas.0={ends}", hover, 30))
    return brackets, said, points


def _severities() -> Iterator[tuple[float, float, str]]:
    """The bands of more than one whole score, from the lowest: 1 to 3, 4 to 6, 7 to 9."""
    bounds = [entry.bound for entry in SEVERITY]
    for before, entry in zip(bounds, SEVERITY[1:], strict=False):
        if entry.bound - before > 1:
            yield before + 1, entry.bound, entry.meaning


@dataclass(frozen=True)
class OnScale:
    """What a figure of pain is drawn from."""

    scale: Scale
    styles: dict[Group, GroupStyle]
    highlight: int | None
    look: Look

    @property
    def view(self) -> InView:
        return self.scale.view

    @property
    def named(self) -> bool:
        return form_of(self.view.n) is Form.NAMED
