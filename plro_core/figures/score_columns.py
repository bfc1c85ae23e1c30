"""Columns of scores, one for each site and group: where they stand, and what is drawn of each from counts of everybody."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import ceil

from plro_core.cohort import Cohort, Criterion
from plro_core.counts import Group
from plro_core.figures.score_axis import LEFT, ScoreAxis
from plro_core.figures.scores import Scores
from plro_core.figures.style import GroupStyle, Look, Part, quiet_axis, unseen, words
from plro_core.statistics import SMALLEST_N_FOR_BOX, quantile
from plro_core.text import grouped, k_of_n, number, patients, safe_plotly
from plro_core.vocabulary import Range, Variable

#: The height of a class of scores; its upper end counts, as "at or below" does.
CLASS = 0.5
#: Room below the plot for a column's site, median and n, in pixels, and above it for the name of the axis.
BELOW, ABOVE = 64, 24


@dataclass(frozen=True)
class Column:
    """The scores at a site of everybody, or of one group: where they are drawn."""

    site: Variable
    level: Group
    at: float


@dataclass(frozen=True)
class Columns:
    """The columns of a figure: ``half`` is half the width of one, ``styles`` are those of the groups, if any."""

    scores: Scores
    columns: Sequence[Column]
    half: float
    styles: dict[Group, GroupStyle]
    axis: ScoreAxis
    look: Look
    #: Whether sites are named over their columns rather than under each of them.
    sites_above: bool = False

    @cached_property
    def places(self) -> dict[tuple[str, Group], float]:
        """Where the column of a site and a group stands."""
        return {(column.site.name, column.level): column.at for column in self.columns}

    @property
    def range(self) -> list[float]:
        """From the first column to the last."""
        at = [column.at for column in self.columns]
        beside = 0.5 if len(at) <= 3 else 1.5 * self.half
        return [min(at) - beside, max(at) + beside]

    def hue(self, column: Column) -> str:
        """The colour of a column: that of its group, or the accent."""
        return self.styles[column.level].colour if self.styles else self.look.accent

    def query(self, column: Column, span: Range) -> str:
        """The patients of a column with scores of a span, in the language of cohorts."""
        return Cohort(
            (Criterion(column.site, (_possible(column.site, span),)), *self.scores.view.in_group(column.level))
        ).query

    @property
    def held(self) -> dict[str, str]:
        """Which score the upright axis holds at each column; with groups a box would ask for more than it covers."""
        return {} if self.styles else {str(column.at): column.site.name for column in self.columns}

    # What stands under and at the foot of the columns

    def ticks(self) -> Part:
        """Under each column its site, its median and how many are recorded."""
        return quiet_axis(
            self.look,
            range=self.range,
            tickvals=[column.at for column in self.columns],
            ticktext=[self._told(column) for column in self.columns],
            autotickangles=[0, 90],
            showgrid=False,
            tickfont={"size": self.look.type(11.5), "color": self.look.text},
        )

    def _told(self, column: Column) -> str:
        middle = self.scores.middle(column.site, column.level)
        name = self.scores.kind.named(column.site)
        site = safe_plotly(name[:1].upper() + name[1:])
        site = site.replace(" ", "<br>", 1) if len(self.columns) > 3 else f"<b>{site}</b>"
        median = "" if self.scores.chosen or middle.median is None else f"median {middle.bare}<br>"
        if len(self.columns) > 6:
            median = median.removeprefix("median ")
        return f"{'' if self.sites_above else site + '<br>'}{median}n = {grouped(middle.n)}"

    def heads(self) -> list[Part]:
        """The sites over their columns, where several stand side by side."""
        sites = {column.site.name: column.site for column in self.columns}
        places = {name: [at for (site, _), at in self.places.items() if site == name] for name in sites}
        return [
            words(
                self.look,
                f"<b>{safe_plotly(site.short_label)}</b>",
                x=sum(places[name]) / len(places[name]),
                y=self.axis.head,
                xanchor="center",
                yanchor="top",
                color=self.look.text,
                size=12.5,
            )
            for name, site in sites.items()
        ]

    def low(self) -> list[Part]:
        """At the foot of each column, how many are at or below the line; a choice of patients by scores says nothing."""
        if self.scores.chosen:
            return []
        shown = [column for column in self.columns if self.scores.frequency(column.site, column.level).n]
        shares = [self.scores.low(column.site, column.level) for column in shown]
        line = number(self.scores.kind.low, 1)
        return [
            {
                "mode": "markers+text",
                "name": "At or below the line",
                "x": [column.at for column in shown],
                "y": [self.axis.foot] * len(shown),
                "text": [f"<b>{share.bare.replace(' ', '<br>', self.axis.feet - 1)}</b>" for share in shares],
                "textposition": "middle center",
                "textfont": {"size": self.look.type(12), "color": self.look.text},
                "customdata": [self.query(column, Range(None, self.scores.kind.low)) for column in shown],
                "hovertext": [
                    f"{safe_plotly(self.scores.named(column.site))}: {share.words} at or below {line}"
                    for column, share in zip(shown, shares, strict=True)
                ],
                "marker": unseen(self.look.px(22)),
            }
        ]

    # What is drawn of each column

    def medians(self) -> list[Part]:
        """A short thick line at each median, from three values on."""
        traces: list[Part] = []
        for column in self.columns:
            middle = self.scores.middle(column.site, column.level)
            if middle.median is None:
                continue
            whose = f", {safe_plotly(self.styles[column.level].label)}" if self.styles else ""
            text = f"Median {safe_plotly(column.site.short_label)}{whose}: {middle.bare} (n = {grouped(middle.n)})"
            colour = self.look.ink(self.hue(column)) if self.styles else self.look.text
            traces.append(
                {
                    "mode": "lines",
                    "name": "Median",
                    "x": [column.at - self.half, column.at + self.half],
                    "y": [middle.median] * 2,
                    "hovertext": [text] * 2,
                    "line": {"color": colour, "width": self.look.px(3)},
                }
            )
        return traces

    def boxes(self) -> list[Part]:
        """The middle half of each column, from five values on."""
        shapes = []
        for column in self.columns:
            frequency = self.scores.frequency(column.site, column.level)
            if frequency.n < SMALLEST_N_FOR_BOX:
                continue
            hue = self.look.tint(self.hue(column) if self.styles else self.look.line, 0.26)
            ends = {"y0": quantile(frequency, 0.25), "y1": quantile(frequency, 0.75)}
            sides = {"x0": column.at - self.half, "x1": column.at + self.half}
            shapes.append({"type": "rect", "layer": "below", "fillcolor": hue, "line": {"width": 0}, **sides, **ends})
        return shapes

    def strips(self) -> list[Part]:
        """From the tenth to the ninetieth percentile, and stronger from the twenty-fifth to the seventy-fifth."""
        spans = ((0.10, 0.90, 0.5, 0.28, "eight in ten"), (0.25, 0.75, 1.0, 0.55, "the middle half"))
        return [self._strip(low, high, width, strength, words) for low, high, width, strength, words in spans]

    def _strip(self, low: float, high: float, width: float, strength: float, whom: str) -> Part:
        shown = []
        for column in self.columns:
            frequency = self.scores.frequency(column.site, column.level)
            start, end = quantile(frequency, low), quantile(frequency, high)
            if start is not None and end is not None and frequency.n >= SMALLEST_N_FOR_BOX:
                shown.append((column, start, end, frequency.n))
        hues = [self.look.tint(self.hue(column), strength) for column, *_ in shown]
        return {
            "type": "bar",
            "name": whom,
            "x": [column.at for column, *_ in shown],
            "base": [start for _, start, *_ in shown],
            "y": [end - start for _, start, end, _ in shown],
            "width": 2 * self.half * width,
            "customdata": [self.query(column, _within(column.site, start, end)) for column, start, end, _ in shown],
            "hovertext": [
                f"{safe_plotly(column.site.short_label)}: {whom} of {patients(n)}<br>"
                f"{column.site.written(start)} to {column.site.written(end)}"
                for column, start, end, n in shown
            ],
            "marker": {"color": hues, "line": {"width": 0}},
        }

    def classes(self) -> list[tuple[Column, Range, int, int]]:
        """Column, class of scores, patients in it, patients of the column."""
        found = []
        for column in self.columns:
            frequency = self.scores.frequency(column.site, column.level)
            places = min(column.site.recorded_decimals(frequency.values), 6)
            held: dict[float, int] = {}
            for value, count in frequency.values.items():
                upper = ceil(round(value / CLASS, 6)) * CLASS
                held[upper] = held.get(upper, 0) + count
            found += [
                (column, Range(round(upper - CLASS + 10.0**-places, places), upper), count, frequency.n)
                for upper, count in sorted(held.items())
            ]
        return found

    def density(self) -> list[Part]:
        """How many of each column have scores of each class, as a shape that is as wide as they are many."""
        rows = self.classes()
        most = max((count / n for _, _, count, n in rows), default=1)
        low = self.scores.kind.low
        widths = [2 * self.half * count / n / most for _, _, count, n in rows]
        strength = [0.85 if (span.high or 0) <= low else 0.4 for _, span, _, _ in rows]
        return [
            {
                "type": "bar",
                "orientation": "h",
                "name": "Patients",
                "base": [column.at - width / 2 for (column, *_), width in zip(rows, widths, strict=True)],
                "x": widths,
                "y": [_middle(column.site, span) for column, span, *_ in rows],
                "width": CLASS * 0.92,
                "customdata": [self.query(column, span) for column, span, *_ in rows],
                "hovertext": [
                    f"{safe_plotly(column.site.short_label)} {column.site.written(span.low)} to "
                    f"{column.site.written(span.high)}: {k_of_n(count, n)}"
                    for column, span, count, n in rows
                ],
                "marker": {
                    "color": [
                        self.look.tint(self.hue(column), share)
                        for (column, *_), share in zip(rows, strength, strict=True)
                    ],
                    "line": {"width": 0},
                },
            }
        ]


def _possible(site: Variable, span: Range) -> Range:
    """A span whose ends may stand in a link: one that is beyond what is plausible for the site is open."""
    plausible = site.plausible or Range(None, None)
    low, high = (end if end is not None and end in plausible else None for end in (span.low, span.high))
    return Range(low, high)


def _middle(site: Variable, span: Range) -> float:
    """Where a class is drawn: its written values with what is rounded to them."""
    return (span.high or 0.0) - CLASS / 2 + 10**-site.decimals / 2


def _within(site: Variable, low: float, high: float) -> Range:
    """The written values between two places."""
    scale = 10**site.decimals
    return Range(ceil(round(low * scale, 6)) / scale, -ceil(round(-high * scale, 6)) / scale)


def plot_height(look: Look, height: float, above: float = ABOVE) -> float:
    """The height of the plot in pixels, of a figure of a height on a page; on a stage the figure fills it."""
    whole = look.stage.height if look.stage else look.px(height)
    return whole - look.px(above) - look.px(BELOW)


def lines_of_foot(look: Look, columns: int) -> int:
    """In how many lines "k of n" stands at the foot of a column: in two where columns on a page are many."""
    return 2 if columns > 6 and look.stage is None else 1


def most_columns(look: Look, patients: int) -> int:
    """How many columns have room on a stage, each for "k of n" at its foot; without a stage there is no limit."""
    if look.stage is None:
        return 1000
    letter = look.type(12)
    needed = 2 * len(str(patients)) * 0.6 * letter + 2 * letter
    return max(1, int((look.stage.width - look.px(LEFT + 12)) / needed))


def margins(above: float = ABOVE) -> dict[str, float]:
    """Room around the columns."""
    return {"l": LEFT, "r": 12, "t": above, "b": BELOW}


def rings(points: Iterable[tuple[int, float, float]], look: Look, size: float) -> list[Part]:
    """A ring round each of these points, given by patient and place: a score that a fractured vertebra makes hard to interpret."""
    found = list(points)
    if not found:
        return []
    line = {"color": look.text, "width": look.px(1.2)}
    return [
        {
            "mode": "markers",
            "name": "Fractured where measured",
            "x": [x for _, x, _ in found],
            "y": [y for *_, y in found],
            "customdata": [[case_id] for case_id, *_ in found],
            "hoverinfo": "skip",
            "marker": {"symbol": "circle-open", "color": look.text, "size": look.px(size), "line": line},
        }
    ]
