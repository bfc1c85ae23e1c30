"""Where everything stands on the picture of single patients: rows, the zones of the story, and the lines below it.

Heights are pixels of the finished picture; the story, the line of what everybody got and the rest are stacked.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from plro_core.confounding import confounders
from plro_core.figures.points import wrapped
from plro_core.figures.style import Part
from plro_core.figures.treatments.seen import Agents, Block, Seen
from plro_core.lookups import Record
from plro_core.statements import About, Share
from plro_core.text import safe_plotly
from plro_core.vocabulary import Variable

#: Of the width of the plot, on a page and on a stage: where the drugs end, and where the traits begin.
_STORY, _TRAITS = {False: 0.72, True: 0.55}, {False: 0.75, True: 0.58}
#: Of the story: the zone of courses without a recorded start, where there are also some with one; named bars need more.
_UNDATED = {False: 0.18, True: 0.36}
#: A page is about this wide, in pixels: for a guess of what fits into a bar.
_PAGE = 860.0
#: As many interventions as the rest names on a page and on a stage.
_MOST_REST = {False: 7, True: 12}
_ROW, _THIN_ROW, _GAP, _HEADING = 20.5, 6.5, 0.35, 1.0
#: As many letters as a line of words and a name left of the rows hold.
_LETTERS, _NAME = {False: 64, True: 100}, 18
#: The turned names of the traits need this much room at the right.
_RIGHT = 44.0


@dataclass(frozen=True)
class Line:
    """A patient's row, or the heading of a group: how far from the top its middle lies, in rows."""

    at: float
    block: Block
    case: Record | None


@dataclass(frozen=True)
class Plan:
    """The picture of up to sixty patients; on a stage ``slide`` 1 is the story and 2 the rest."""

    seen: Seen
    slide: int = 1

    @property
    def staged(self) -> bool:
        return self.seen.look.stage is not None

    @property
    def slides(self) -> int:
        return 2 if self.staged and self.rest else 1

    @property
    def left(self) -> float:
        """The room of names, left of the plot."""
        letters = max((len(str(case["case_id"])) for case in self.seen.view.cases), default=1)
        return (
            self.seen.look.type(12) * 0.56 * (8 + letters) + 14 if self.seen.named else self.seen.look.type(10.5) * 13
        )

    @property
    def width(self) -> float:
        """The width of the plot, as far as it is known."""
        stage = self.seen.look.stage
        return (stage.width if stage else _PAGE) - self.left - self.right

    @property
    def right(self) -> float:
        """The room right of the plot."""
        return _RIGHT if self.traits and not self.staged else 12.0

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        """The rows from the top, with a heading over each group and a little air before other agents."""
        found: list[Line] = []
        at, before = 0.0, None
        for block in self.seen.blocks:
            if self.seen.view.group is not None and (before is None or block.group != before.group):
                high = _HEADING if self.seen.named else self._words(1.5)
                found.append(Line(at + (high - 1) / 2, block, None))
                at += high
            elif before is not None:
                at += _GAP
            found += [Line(at + index, block, case) for index, case in enumerate(block.cases)]
            name = 0.0 if self.seen.named else self._words(self.name_of(block).count("<br>") + 1.0)
            at, before = at + max(float(len(block.cases)), name), block
        return tuple(found)

    def _words(self, lines: float) -> float:
        """How many thin rows so many lines of words are high."""
        return lines * self.line / self._thin

    @cached_property
    def _thin(self) -> float:
        """The height of a thin row; on a stage as high as fits beside the names."""
        look = self.seen.look
        if look.stage is None:
            return look.px(_THIN_ROW)
        low, high = 0.5, 40.0
        for _ in range(24):
            middle = (low + high) / 2
            low, high = (low, middle) if self._deep(middle) > self.story_height else (middle, high)
        return low

    def _deep(self, row: float) -> float:
        """How high thin rows of this height are together, where each block has room for its name."""
        groups = len({block.group for block in self.seen.blocks}) if self.seen.view.group is not None else 0
        names = [(self.name_of(block).count("<br>") + 1.0) * self.line for block in self.seen.blocks]
        rows = [len(block.cases) * row for block in self.seen.blocks]
        return groups * 1.5 * self.line + sum(map(max, names, rows)) + (len(rows) * _GAP + 1) * row

    def name_of(self, block: Block) -> str:
        """Which drugs the patients of a block got, and how many they are."""
        return f"{wrapped(safe_plotly(agents_words(block.agents)), _NAME)} <b>{len(block.cases)}</b>"

    @cached_property
    def places(self) -> dict[int, float]:
        return {line.case["case_id"]: line.at for line in self.lines if line.case is not None}

    @property
    def rows(self) -> float:
        """How many rows high everything is."""
        if not self.lines:
            return 1.0
        last = self.lines[-1]
        name = 0.0 if self.seen.named else self._words(self.name_of(last.block).count("<br>") + 1.0)
        return last.at + max(1.0, name - len(last.block.cases) + 1)

    @property
    def line(self) -> float:
        """The height of a line of small words."""
        return self.seen.look.type(11) * 1.4

    @property
    def head(self) -> float:
        """Over the rows: what the zones are, and the names of the traits."""
        return self.line * (3.2 if self.staged else 5.2 if self.traits else 2.4)

    @property
    def foot(self) -> float:
        """Below the rows: the ticks of time."""
        return self.line * 1.4 if self.dated else self.line * 0.4

    @cached_property
    def everybody(self) -> str:
        """What everybody got of whom any treatment is recorded, in one sentence; empty where that is nothing."""
        seen, n = self.seen, self.seen.recorded
        found = seen.view.frequency(seen.agent.name, None).values
        shared = [agent for agent in seen.other_agents if found[agent] == n]
        agents = [f"{safe_plotly(agent)}{' ○' if seen.doubted(agent) else ''}" for agent in seen.by_kind(shared)]
        if not agents:
            return ""
        who = f"<b>All {n}</b>" if n == seen.view.n else f"<b>All {n} with a recorded treatment</b>"
        also = "<b>Also</b>" if seen.view.n == 1 else f"{who} also got"
        return wrapped(f"{also} {', '.join(agents)}.", _LETTERS[self.staged])

    @cached_property
    def _some(self) -> list[str]:
        """The interventions that some got and others did not, the commonest first."""
        found = self.seen.view.frequency(self.seen.agent.name, None).values
        return [agent for agent in self.seen.other_agents if found[agent] < self.seen.recorded]

    @property
    def rest(self) -> tuple[str, ...]:
        """Those of them that are named."""
        return tuple(self._some[: _MOST_REST[self.staged]])

    @property
    def rarer(self) -> int:
        """How many of them are left out."""
        return len(self._some) - len(self.rest)

    @property
    def everybody_height(self) -> float:
        return (self.everybody.count("<br>") + 1) * self.line + self.line * 0.6 if self.everybody else 0.0

    @property
    def rest_height(self) -> float:
        if not self.rest:
            return 0.0
        return self.line * (1.4 + 1.15 * (len(self.rest) + bool(self.rarer)))

    @property
    def story_height(self) -> float:
        """The height of the rows; on a stage what is left."""
        look = self.seen.look
        if look.stage:
            return look.stage.height - self.head - self.foot - self.everybody_height
        return look.px(_ROW if self.seen.named else _THIN_ROW) * max(self.rows, 2.0)

    @property
    def height(self) -> float:
        rest = 0.0 if self.staged else self.rest_height
        return self.head + self.story_height + self.foot + self.everybody_height + rest

    @property
    def row(self) -> float:
        """The height of a row in pixels, never as much as would make a bar of few patients a slab."""
        return min(self.story_height / max(self.rows, 2.0), self.seen.look.px(34))

    def share(self, top: float, height: float) -> list[float]:
        """The span of a part of the picture, as Plotly counts it: from the bottom."""
        return [max(0.0, round(1 - (top + height) / self.height, 5)), round(1 - top / self.height, 5)]

    @cached_property
    def traits(self) -> tuple[Variable, ...]:
        """In what else the patients differ: the declared confounders that are no treatment."""
        words = self.seen.registry.vocabulary
        return tuple(entry for entry in confounders(words) if entry.group != "Treatment") if self.seen.named else ()

    # The zones of the story

    @property
    def story(self) -> list[float]:
        return [0.0, _STORY[self.staged] if self.traits else 0.97]

    @property
    def traits_span(self) -> list[float]:
        return [_TRAITS[self.staged], 1.0]

    @cached_property
    def dated(self) -> bool:
        return any(row["start"] is not None for rows in self.seen.courses.values() for row in rows)

    @cached_property
    def undated(self) -> bool:
        return any(row["start"] is None for rows in self.seen.courses.values() for row in rows)

    @property
    def undated_span(self) -> list[float]:
        left, right = self.story
        return [left, left + (right - left) * (_UNDATED[self.seen.named] if self.dated else 1.0) - 0.01]

    @property
    def dated_span(self) -> list[float]:
        left, right = self.story
        return [left + (right - left) * _UNDATED[self.seen.named] + 0.01 if self.undated else left, right]

    @cached_property
    def weeks(self) -> tuple[float, float]:
        """The span of time: from diagnosis, or before, to the last known week with room for a bar without an end."""
        rows = [row for rows in self.seen.courses.values() for row in rows if row["start"] is not None]
        first = min([row["start"] for row in rows] + [0.0])
        last = max([row["start"] if row["stop"] is None else row["stop"] for row in rows] + [first + 4.0])
        open_end = any(row["stop"] is None for row in rows)
        return first, last + (last - first) * (0.22 if open_end else 0.0)

    def time_axis(self) -> Part:
        first, last = self.weeks
        step = next((step for step in (4, 8, 13, 26, 52, 104, 260) if (last - first) / step <= 6), 520)
        ticks = [float(week) for week in range(int(first // step) * step, int(last) + 1, step) if week >= first]
        return {"range": [first, last], "tickvals": ticks}

    def lanes(self) -> Iterator[tuple[Record, float, float]]:
        """Every dated course with the height of its middle and of its bar, in rows: those that overlap share the row."""
        for case_id, rows in self.seen.courses.items():
            if case_id not in self.places:
                continue
            dated = [row for row in rows if row["start"] is not None]
            ends: list[float] = []
            lane_of = []
            for row in dated:
                lane = next((at for at, end in enumerate(ends) if end <= row["start"]), len(ends))
                end = float("inf") if row["stop"] is None else row["stop"]
                ends[lane : lane + 1] = [end]
                lane_of.append(lane)
            high = 0.8 / max(1, len(ends))
            for row, lane in zip(dated, lane_of, strict=True):
                yield row, self.places[case_id] - 0.4 + (lane + 0.5) * high, high * 0.92

    def undated_courses(self) -> Iterator[tuple[Record, float, float]]:
        """Every course without a recorded start with its span of its zone: those of one patient beside each other."""
        for case_id, rows in self.seen.courses.items():
            if case_id not in self.places:
                continue
            undated = [row for row in rows if row["start"] is None]
            for index, row in enumerate(undated):
                yield row, index / len(undated), (index + 1) / len(undated)


def share_of(seen: Seen, agent: str) -> Share:
    """How many got an intervention, of those of whom any is recorded."""
    about = About(seen.agent, seen.view.cohort, None, seen.view.group)
    return Share.of_fact(about, seen.view.frequency(seen.agent.name, None), agent, seen.view.n)


def agents_words(agents: Agents) -> str:
    """A set of agents in words."""
    return "not recorded" if agents is None else " + ".join(agents) or "none documented"
