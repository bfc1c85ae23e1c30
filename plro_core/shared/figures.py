"""The released counts as figures: a bar of 100 % for each fact and group, in the parts that may be told.

What is told together only is one hatched part that names its levels; a bar of which nothing is told is hatched whole. Nothing is
hovered over: all that is told stands in the bar, in the key, in the words and in the table.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from plro_core.figures.chart import Chart, compose
from plro_core.figures.style import Look, Part, base_layout, quiet_axis, words
from plro_core.shared.answers import SUPPRESSED, Group, Line, Told
from plro_core.shared.answers import Part as ToldPart
from plro_core.shared.facts import NOT_RECORDED, Fact
from plro_core.shared.tables import cell, suppression, who
from plro_core.store import Registry
from plro_core.tables import Column
from plro_core.text import capitalised, grouped, listed, safe_plotly, slug, visit_name

_ROW, _HEAD, _LINE = 30, 54, 18
#: How much of a bar, in per cent, a letter takes where it must be read on a phone.
_LETTER = 2.2
#: The same for words that may be cut on a phone, since they stand in the notes as well.
_NARROW_LETTER = 1.1
#: The most room that the names of bars take.
_WIDEST = 400.0


NOBODY = "nobody"


@dataclass(frozen=True)
class _Told:
    """Who is drawn, in words; nobody is left out by hand here."""

    words: str
    left_out: str = ""
    shared: tuple[str, ...] = ()


@dataclass(frozen=True)
class Bar:
    """One bar: its name, and the line that it shows."""

    name: str
    line: Line


def charts(registry: Registry, told: Told, section: str, look: Look) -> list[Chart]:
    """The figures of a section: facts with the same levels stand in one, such as a value at its visits."""
    facts = [
        (place, fact)
        for place, fact in enumerate(told.facts.facts)
        if fact.section == section and place not in told.sheet.axes
    ]
    runs = [list(run) for _, run in groupby(facts, key=lambda entry: _kind(entry[1]))]
    return [_chart(registry, told, run, look) for run in runs]


def _kind(fact: Fact) -> tuple[str, ...]:
    """What facts have in common that stand in one figure: a variable at its visits, values of one variable, or the same levels."""
    if fact.many:
        return (fact.variable.table, fact.variable.name)
    if fact.month is not None:
        return (fact.variable.name,)
    return tuple(level.label for level in fact.levels if level.label != NOT_RECORDED)


def _chart(registry: Registry, told: Told, run: Sequence[tuple[int, Fact]], look: Look) -> Chart:
    fact = max((fact for _, fact in run), key=lambda fact: len(fact.levels))
    bars = [bar for place, _ in run for bar in _bars(told, place, len(run) == 1)]
    key, key_lines = _key(fact, look)
    height = _HEAD + _LINE * key_lines + _ROW * len(bars)
    layout = base_layout(
        look,
        height,
        {
            "l": min(_WIDEST, 30 + 6.8 * max(len(bar.name) for bar in bars)),
            "r": 34,
            "t": _HEAD / 2 + _LINE * key_lines,
            "b": 28,
        },
        barmode="stack",
        annotations=[key, *_in_bars(bars, look)],
        xaxis=quiet_axis(
            look, range=[0, 100], tickvals=[0, 25, 50, 75, 100], ticktext=["0", "25 %", "50 %", "75 %", "100 %"]
        ),
        yaxis=quiet_axis(
            look,
            range=[len(bars) - 0.5, -0.5],
            tickvals=list(range(len(bars))),
            ticktext=[safe_plotly(bar.name) for bar in bars],
            showgrid=False,
            tickfont={"size": look.type(12), "color": look.text},
        ),
    )
    name = f"aggregates_{slug(_title(run)).replace('-', '_')}"
    columns = (Column("bar", "Bar"), Column("part", "Part"), Column("patients", "Patients"), Column("of", "Of"))
    rows = [row for bar in bars for row in _rows(bar)]
    return compose(
        registry,
        name,
        _title(run),
        traces=[trace for place, bar in enumerate(bars) for trace in _traces(place, bar, look)],
        layout=layout,
        summary=_summary(run, bars),
        columns=columns,
        rows=rows,
        look=look,
        notes=[*_together_in(bars), *dict.fromkeys(note for _, one in run for note in one.remarks), suppression(told)],
        who=_Told(who(told)),
    )


def _title(run: Sequence[tuple[int, Fact]]) -> str:
    """What a figure shows: the variable, or what its facts are of."""
    facts = [fact for _, fact in run]
    if facts[0].many or facts[0].month is not None:
        variable = facts[0].variable
        return f"{variable.axis_title} by visit" if facts[0].month is not None else variable.label
    return capitalised(listed([fact.heading if len(facts) == 1 else fact.label for fact in facts]))


def _bars(told: Told, place: int, alone: bool) -> list[Bar]:
    """A bar for each group, or one of all; a fact that is ``alone`` is named by the title."""
    fact = told.facts.facts[place]
    label = fact.label.removeprefix(f"{fact.variable.label}: ") if fact.many else fact.label
    label = label if fact.month is None else visit_name(fact.month)
    groups = told.groups[1:] or told.groups
    return [Bar(_bar_name(label, group, alone), told.line(place, group)) for group in groups]


def _bar_name(label: str, group: Group, alone: bool) -> str:
    if group.level is None:
        return label
    return capitalised(group.label) if alone else f"{label} · {group.label}"


def _shown(line: Line) -> list[tuple[str, ToldPart | None, float]]:
    """The parts of a bar with their names and shares in per cent: none of nobody, one without levels where nothing is told."""
    if line.patients == 0:
        return []
    if line.patients is None or not line.parts:
        return [(SUPPRESSED, None, 100.0)]
    found: list[tuple[str, ToldPart | None, float]] = []
    for part in line.parts:
        if part.patients:
            found.append((_name(line.fact, part), part, 100 * part.patients / line.patients))
    return found


def _name(fact: Fact, part: ToldPart) -> str:
    """The levels of a part in words."""
    known = [level for level in part.levels if level in fact.recorded]
    if len(part.levels) == len(fact.levels) and len(part.levels) > 1:
        return SUPPRESSED
    neighbours = bool(fact.cuts) and len(known) > 1
    named = [fact.between(known[0], known[-1])] if neighbours else [fact.levels[level].label for level in known]
    rest = [fact.levels[level].label for level in part.levels if level not in known]
    return listed([*named, *rest], "or")


def _traces(place: int, bar: Bar, look: Look) -> list[Part]:
    traces = []
    for _, part, share in _shown(bar.line):
        alone = part is not None and len(part.levels) == 1
        colour = _colour(bar.line.fact, part.levels, look) if part else look.grid
        marker: Part = {"color": colour, "line": {"color": look.background, "width": 1}}
        if not alone:
            marker["pattern"] = {
                "shape": "/",
                "fgcolor": look.line,
                "bgcolor": look.surface,
                "size": 7,
                "solidity": 0.25,
            }
        traces.append(
            {
                "type": "bar",
                "orientation": "h",
                "x": [round(share, 2)],
                "y": [place],
                "width": 0.78,
                "marker": marker,
                "hoverinfo": "skip",
            }
        )
    return traces


def _colour(fact: Fact, levels: Sequence[int], look: Look) -> str:
    """A level's colour: a ramp over the recorded ones, grey where nothing is recorded."""
    known = [level for level in levels if level in fact.recorded]
    if not known:
        return look.grid
    if fact.many or not fact.is_number:
        place = len(fact.recorded) - 1 - known[0]
        if len(fact.recorded) == 2:
            return look.accent if known[0] == 0 else look.tint(look.accent, 0.3)
    else:
        place = len(fact.recorded) - 1 - known[0] if fact.variable.score else known[0]  # a low score is the finding
    return look.tint(look.accent, 0.25 + 0.75 * place / max(len(fact.recorded) - 1, 1))


def _in_bars(bars: Sequence[Bar], look: Look) -> list[Part]:
    """What stands in the bars: the count in each part that has room for it, with its levels where it is hatched."""
    found = []
    for place, bar in enumerate(bars):
        left = 0.0
        if bar.line.patients == 0:
            found.append(words(look, NOBODY, x=0, y=place, xshift=look.px(6)))
        for name, part, share in _shown(bar.line):
            alone = part is not None and len(part.levels) == 1
            if text := _text(name, part, alone, share):
                colour = look.over(_colour(bar.line.fact, part.levels, look)) if part and alone else look.text
                at: Part = {"x": left + share / 2, "y": place, "xanchor": "center"}
                ground = {} if alone else {"bgcolor": look.surface}
                found.append(words(look, safe_plotly(text), color=colour, size=12, **at, **ground))
            left += share
    return found


def _text(name: str, part: ToldPart | None, alone: bool, share: float) -> str:
    """The fullest words that a part of a bar has room for; none where not even its count has."""
    count = [] if part is None or name == SUPPRESSED else [grouped(part.patients)]
    named = [] if alone or len(_together(name, part)) * _NARROW_LETTER > share else [_together(name, part)]
    return next(iter([*named, *(text for text in count if len(text) * _LETTER < share)]), "")


def _together(name: str, part: ToldPart | None) -> str:
    return name if part is None or name == SUPPRESSED else f"{name}: {grouped(part.patients)}"


def _together_in(bars: Sequence[Bar]) -> list[str]:
    """What the hatched parts hold, which are told by their sum alone."""
    found = [
        f"{bar.name}: {_together(name, part)}"
        for bar in bars
        for name, part, _ in _shown(bar.line)
        if name != SUPPRESSED and part is not None and len(part.levels) > 1
    ]
    return [f"Hatched, told together: {'; '.join(found)}."] if found else []


def _key(fact: Fact, look: Look) -> tuple[Part, int]:
    """What the colours stand for, above the bars."""
    parts = []
    for level, named in enumerate(fact.levels):
        colour = _colour(fact, [level], look)
        parts.append(f'<span style="color:{colour}">■</span> {safe_plotly(named.label)}')
    parts.append("▨ told together, or suppressed")
    lines: list[list[str]] = [[]]
    letters = 0
    for part, label in zip(parts, [*(level.label for level in fact.levels), "x" * 28], strict=True):
        if lines[-1] and letters + len(label) > 60:
            lines.append([])
            letters = 0
        lines[-1].append(part)
        letters += len(label) + 6
    text = "<br>".join("    ".join(line) for line in lines)
    place: Part = {"x": 0, "xref": "paper", "y": 1, "yref": "paper", "yanchor": "bottom"}
    return words(look, text, **place, yshift=look.px(6)), len(lines)


def _rows(bar: Bar) -> list[tuple[str, str, str, str]]:
    if bar.line.patients == 0:
        return [(bar.name, NOBODY, "0", "0")]
    of = SUPPRESSED if bar.line.patients is None else grouped(bar.line.patients)
    return [
        (bar.name, name, SUPPRESSED if part is None or name == SUPPRESSED else grouped(part.patients), of)
        for name, part, _ in _shown(bar.line)
    ]


def _summary(run: Sequence[tuple[int, Fact]], bars: Sequence[Bar]) -> str:
    """The figure in words, for whoever hears it: the same counts, and no others."""
    said = []
    for bar in bars:
        shown = [
            f"{level.label} {cell(bar.line, place)}"
            for place, level in enumerate(bar.line.fact.levels)
            if not (bar.line.fact.many and place)
        ]
        said.append(f"{bar.name}: {'; '.join(shown) if bar.line.patients != 0 else NOBODY}.")
    return f"{_title(run)}. {' '.join(said)}"
