"""Who got what among many patients: how many got each agent, and which agents together, of everybody and by group."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from plro_core.counts import ALL, Group
from plro_core.figures.points import wrapped
from plro_core.figures.style import Part, base_layout, group_key, group_styles, quiet_axis, words
from plro_core.figures.treatments.seen import Agents, Seen
from plro_core.text import capitalised, counted, k_of_n, safe_plotly

#: As many agents, as many combinations and as many other interventions as a picture names.
_MOST = 6
#: Of the width: what the names take.
_NAMES = 0.3


@dataclass(frozen=True)
class Bar:
    """How many of the recorded of one group; ``main`` is of the drug that is told first."""

    at: float
    group: Group
    k: int
    n: int
    main: bool
    #: Whom a click on it chooses, in the language of cohorts.
    piece: str | None


@dataclass(frozen=True)
class Row:
    """What is counted: its name, its counts by group, and whether someone with these agents is among them."""

    name: str
    counts: dict[Group, int]
    among: Callable[[tuple[str, ...], frozenset[str]], bool]


@dataclass(frozen=True)
class Section:
    """Rows under one heading: the name of each with its counts by group."""

    heading: str
    rows: Sequence[Row]
    main: bool = True
    left_out: str = ""


def picture(seen: Seen, slide: int) -> tuple[list[Part], Part, int]:
    """The traces, the layout and the number of slides; a slide of a stage takes as many sections as it has room for."""
    slides: list[tuple[Section, ...]] = [()]
    for section in (section for section in _sections(seen) if section.rows):
        if slides[-1] and not _Drawing(seen, (*slides[-1], section)).fits:
            slides.append(())
        slides[-1] += (section,)
    drawing = _Drawing(seen, slides[min(max(slide, 1), len(slides)) - 1])
    return list(drawing.traces()), drawing.layout(), len(slides)


def _sections(seen: Seen) -> Iterator[Section]:
    """By agent, by combination, and the other interventions."""
    drug = capitalised(seen.lead_words)
    agents = seen.lead_agents
    together = sorted(
        (found for found in seen.all_sets if found is not None),
        key=lambda found: (not found, -seen.all_sets[found], found),
    )
    first, last = [found for found in together if found], [found for found in together if not found]
    yield Section(
        f"{drug}: who got each",
        [_row_of(seen, agent, lambda held, agent=agent: agent in held) for agent in agents[:_MOST]],  # type: ignore[misc]
        left_out=_more(len(agents) - _MOST, "agent"),
    )
    if len(first) > 1 or not agents:
        yield Section(
            f"{drug}: which together",
            [
                _row_of(seen, sets_words(held), lambda found, held=held: found == held)  # type: ignore[misc]
                for held in (*first[:_MOST], *last)
            ],
            left_out=_more(len(first) - _MOST, "combination"),
        )
    others = seen.other_agents
    yield Section(
        "What else was given",
        [
            Row(agent, _of_agent(seen, agent), lambda _, given, agent=agent: agent in given)  # type: ignore[misc]
            for agent in others[:_MOST]
        ],
        main=False,
        left_out=_more(len(others) - _MOST, "intervention"),
    )


def _row_of(seen: Seen, name: str, meets: Callable[[tuple[str, ...]], bool]) -> Row:
    return Row(name, _counts(seen, meets), lambda held, _: meets(held))


def sets_words(held: Agents) -> str:
    """A combination in words: "teriparatide alone", "teriparatide + zoledronate", "none documented"."""
    if not held:
        return "none documented"
    return f"{held[0]} alone" if len(held) == 1 else " + ".join(held)


def _more(left: int, noun: str) -> str:
    return f"and {counted(left, f'rarer {noun}')}" if left > 0 else ""


def _levels(seen: Seen) -> list[Group]:
    return list(seen.view.group_sizes) if seen.view.group is not None else [ALL]


def _counts(seen: Seen, meets: Callable[[tuple[str, ...]], bool]) -> dict[Group, int]:
    """How many patients of each group have a set of agents that meets a condition."""
    return {
        level: sum(count for held, count in _sets_of(seen, level).items() if held is not None and meets(held))
        for level in _levels(seen)
    }


def _sets_of(seen: Seen, level: Group) -> dict[Agents, int]:
    return dict(seen.all_sets if level == ALL else seen.sets.get(level, {}))


def _of_agent(seen: Seen, agent: str) -> dict[Group, int]:
    return {level: seen.view.frequency(seen.agent.name, None, level).values.get(agent, 0) for level in _levels(seen)}


@dataclass(frozen=True)
class _Drawing:
    """Bars of shares under their headings, from the top."""

    seen: Seen
    sections: tuple[Section, ...]

    @property
    def levels(self) -> list[Group]:
        return _levels(self.seen)

    @property
    def step(self) -> float:
        """The height of one bar with its words, in pixels; on a stage no more than there is room for."""
        look, bar = self.seen.look, self.seen.look.type(11) * 1.3
        return min(bar * 1.7, (look.stage.height - self.head) / max(1.0, self.depth)) if look.stage else bar

    @property
    def fits(self) -> bool:
        """Whether a stage has room for all of it in large type; a page grows."""
        look = self.seen.look
        return look.stage is None or self.head + look.type(11) * 1.3 * (self.depth + 0.4) <= look.stage.height

    @property
    def head(self) -> float:
        return self.seen.look.type(12) * (1.6 * self._key()[1] if self.seen.view.group else 0.4)

    @property
    def depth(self) -> float:
        """How deep everything is, in bars."""
        return sum(1.5 + sum(len(self.levels) + 0.5 for _ in part.rows) + bool(part.left_out) for part in self.sections)

    def _key(self) -> tuple[str, int]:
        group, look = self.seen.view.group, self.seen.look
        if group is None:
            return "", 0
        return group_key(group, group_styles(group, look), self.seen.view.group_sizes, look)

    def bars(self) -> Iterator[Bar]:
        """Every bar in its place."""
        for section, top in self._tops():
            at = top + 1.5
            for row in section.rows:
                for level in self.levels:
                    held = _sets_of(self.seen, level)
                    n = sum(count for agents, count in held.items() if agents is not None)
                    yield Bar(at, level, row.counts[level], n, section.main, self._piece(row, level))
                    at += 1
                at += 0.5

    def _piece(self, row: Row, level: Group) -> str | None:
        """The patients of a bar; nothing where a list cannot name them all, or of nobody."""
        ids = [
            case_id
            for case_id, (group, held, given) in self.seen.got.items()
            if group == level and held is not None and row.among(held, given)
        ]
        return self.seen.piece_of(ids) if ids else None

    def _tops(self) -> Iterator[tuple[Section, float]]:
        top = 0.0
        for section in self.sections:
            yield section, top
            top += 1.5 + len(section.rows) * (len(self.levels) + 0.5) + bool(section.left_out)

    def _colour(self, bar: Bar) -> str:
        look, group = self.seen.look, self.seen.view.group
        if group is not None:
            hue = group_styles(group, look)[bar.group].colour
            return hue if bar.main else look.tint(hue, 0.6)
        return look.accent if bar.main else look.line

    def traces(self) -> Iterator[Part]:
        """A bar for each count, from nobody to all of the recorded, and what a pointer meets at its end."""
        found = list(self.bars())
        for bar in found:
            share = bar.k / bar.n if bar.n else 0.0
            yield {
                "mode": "lines",
                "x": [0, share],
                "y": [bar.at, bar.at],
                "customdata": [bar.piece] * 2,
                "hovertext": [k_of_n(bar.k, bar.n)] * 2,
                "line": {"color": self._colour(bar), "width": self.step * 0.62},
            }

    def layout(self) -> Part:
        look = self.seen.look
        height = look.stage.height if look.stage else self.head + self.step * (self.depth + 0.4)
        depth = (height - self.head) / self.step
        axes: dict[str, Part] = {
            "xaxis": quiet_axis(
                look, range=[0, 1 + self._room()], showticklabels=False, showgrid=False, domain=[_NAMES, 1]
            ),
            "yaxis": {
                "visible": False,
                "fixedrange": True,
                "range": [depth - 0.5, -0.5],
                "domain": [0, round(1 - self.head / height, 5)],
            },
        }
        margin = {"l": 8, "r": 8, "t": 0, "b": 0}
        return base_layout(look, height / look.scale, margin, annotations=list(self._words()), **axes)

    def _room(self) -> float:
        """Beyond the longest bar, in its lengths: room for its words."""
        return max(0.16, 0.0115 * max((len(k_of_n(bar.k, bar.n)) for bar in self.bars()), default=0))

    def _words(self) -> Iterator[Part]:
        look, (key, _) = self.seen.look, self._key()
        if key:
            yield words(look, key, x=0, xref="paper", y=1, yref="paper", yanchor="top", size=12)
        left: Part = {"x": 0, "xref": "paper", "yref": "y"}
        for section, top in self._tops():
            yield words(look, f"<b>{safe_plotly(section.heading)}</b>", y=top + 0.4, size=12, color=look.text, **left)
            at = top + 1.5
            for row in section.rows:
                middle = at + (len(self.levels) - 1) / 2
                told = wrapped(safe_plotly(row.name), 26)
                yield words(look, told, y=middle, size=11, color=look.text if section.main else look.quiet, **left)
                at += len(self.levels) + 0.5
            if section.left_out:
                yield words(look, section.left_out, y=at, size=11, **left)
        for bar in self.bars():
            told = k_of_n(bar.k, bar.n)
            place: Part = {"x": bar.k / bar.n if bar.n else 0.0, "y": bar.at, "yref": "y", "xref": "x", "xshift": 5}
            yield words(look, told, size=11, color=look.text if bar.main else look.quiet, **place)
