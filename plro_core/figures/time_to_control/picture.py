"""What all parts of the figure are drawn from."""

from dataclasses import dataclass

from plro_core.counts import Group
from plro_core.figures.points import InView
from plro_core.figures.style import GroupStyle, Look, row_colour
from plro_core.pain_control import ControlTime, Definition, Estimate
from plro_core.statistics import SMALLEST_N_FOR_MEDIAN

#: From this many patients with a time on there is a curve; below, each patient's interval speaks for itself.
SMALLEST_N_FOR_CURVE = SMALLEST_N_FOR_MEDIAN
#: As many groups as have a line of numbers under the curve on a stage.
_MOST_NUMBERS = 2


@dataclass(frozen=True)
class Picture:
    """What all parts of the figure are drawn from."""

    view: InView
    definition: Definition
    times: list[ControlTime]
    found: dict[Group, Estimate]
    styles: dict[Group, GroupStyle]
    highlight: int | None
    look: Look
    #: Whether the patients have their rows, or the curve stands alone.
    rows: bool = True

    @property
    def curves(self) -> dict[Group, Estimate]:
        """The estimates of groups that are large enough for a curve, in the groups' order."""
        order = list(self.styles) or [None]
        return {code: self.found[code] for code in order if code in self.found and has_curve(self.found[code])}

    @property
    def at_risk(self) -> list[ControlTime]:
        return [time for time in self.times if time.between is not None]

    @property
    def end(self) -> float:
        """Where lines that stay open leave the figure."""
        return self.view.months[-1] + 0.55

    @property
    def numbers(self) -> list[Group]:
        """The groups with a line of numbers under the curve; none where only a sample of the patients is read."""
        if len(self.times) < self.view.n or not self.curves:
            return []
        shown = [code for code in (list(self.styles) or [None]) if code in self.found and self.found[code].n]
        return [] if self.look.stage and len(shown) > _MOST_NUMBERS else shown

    def hue(self, code: Group) -> str:
        return self.styles[code].colour if self.styles else self.look.accent

    def colour(self, time: ControlTime) -> str:
        """A patient's own hue or her group's; quiet where somebody else is highlighted."""
        return row_colour(time.case_id, time.group, self.styles, self.highlight, self.look)


def has_curve(found: Estimate) -> bool:
    return found.n >= SMALLEST_N_FOR_CURVE


def by_time(time: ControlTime) -> tuple[bool, float, float, int]:
    """Earliest control on top; patients without a time last."""
    after, by = time.between or (0.0, None)
    return time.between is None, float("inf") if by is None else by, after, time.case_id
