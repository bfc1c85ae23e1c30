"""Who is in view at a glance: the variables that patients are told apart by, each as one bar of counts."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from plro_core.cohort import EVERYONE, Cohort, Criterion
from plro_core.counts import Frequency
from plro_core.figures.chart import Chart, compose, empty_chart
from plro_core.figures.glance.small import HEIGHT, MOST_ROWS, Line, piece, row_names, rows_axis, whom
from plro_core.figures.points import InView, in_view, sentence
from plro_core.figures.style import LIGHT, Look, Part, base_layout, quiet_axis, words
from plro_core.statements import Middle, Recorded, Statement, chosen_by, only, state, together
from plro_core.store import Registry
from plro_core.tables import Column
from plro_core.text import from_to, number, patients, safe_plotly
from plro_core.vocabulary import Range, Variable, Vocabulary

_QUESTION = "Who is in view?"
_COLUMNS = (Column("variable", "Variable"), Column("level", "Level"), Column("patients", "Patients", "integer"))
#: The topics of what patients bring with them, in the order in which they are asked; then all others.
_TOPICS = ("Demographics", "Risk factors", "Treatment")
#: A number is cut into at most so many ranges, of one of these widths times a power of ten.
_MOST_PARTS, _WIDTHS = 4, (1, 2, 5)
#: The share of the row that a part needs, so that its words have room: so much a letter.
_LETTER = 0.027
#: How strong the fill of a part is, in their order; a line around each sets even the lightest apart from the ground.
_STRENGTHS = (1.0, 0.36, 0.18, 0.08)


@dataclass(frozen=True)
class _Part:
    """One part of a bar: its name, how many patients it has, and the criterion that it stands for."""

    name: str
    n: int
    criterion: Criterion


def who_at_a_glance(
    registry: Registry, cohort: Cohort = EVERYONE, *, highlight: int | None = None, look: Look = LIGHT
) -> Chart:
    """Age, risk factors and treatment of the patients in view, each variable as one bar of counts."""
    asked = _asked(registry.vocabulary)
    view = in_view(registry, Cohort(cohort.who), asked, visits=False)
    if not view.n:
        return empty_chart(registry, "who_at_a_glance", _QUESTION, _COLUMNS, look)
    shown = _told(view, asked)
    bars = [(entry, _parts(entry, view.frequency(entry.name, None))) for entry in shown]
    by_hand = chosen_by(cohort, [])
    title = only(_QUESTION, by_hand) if by_hand else state("{patients} in view", patients=view.patients)
    return compose(
        registry,
        "who_at_a_glance",
        title,
        traces=[_bars(view, bars, look)] if bars else [],
        layout=_layout(view, bars, look),
        summary=_summary(view, shown),
        columns=_COLUMNS,
        rows=[(entry.label, part.name, part.n) for entry, parts in bars for part in parts],
        look=look,
        who=whom(view, highlight, False),
    )


def _asked(words: Vocabulary) -> list[Variable]:
    """Groupings and numbers of the patient that a cohort may name, by topic; scores have a figure of their own."""
    held = [
        entry
        for entry in words.columns("cases")
        if entry.filterable and not entry.score and not entry.outcome and (entry.levels or entry.is_number)
    ]
    rank = {topic: place for place, topic in enumerate(_TOPICS)}
    return sorted(
        held, key=lambda entry: (rank.get(entry.group, len(rank)), entry.is_number and entry.group != _TOPICS[0])
    )


def _told(view: InView, asked: Sequence[Variable]) -> list[Variable]:
    """Those that are recorded in at least half of the patients; if none is, those that are recorded at all."""
    found = {entry: view.frequency(entry.name, None).n for entry in asked}
    most = [entry for entry, n in found.items() if 2 * n >= view.n]
    return (most or [entry for entry, n in found.items() if n])[:MOST_ROWS]


def _parts(entry: Variable, found: Frequency) -> list[_Part]:
    """The parts of a variable's bar in their order, and who is not recorded last."""
    parts = _ranges(entry, found) if entry.is_number else _levels(entry, found)
    unknown = [_Part("not recorded", found.missing, Criterion(entry, keeps_missing=True))] if found.missing else []
    return [*parts, *unknown]


def _levels(entry: Variable, found: Frequency) -> list[_Part]:
    counted = {("yes" if value else "no") if isinstance(value, bool) else value: n for value, n in found.values.items()}
    return [
        _Part(level.label, counted[level.code], Criterion(entry, (level.code,)))
        for level in entry.levels
        if counted.get(level.code)
    ]


def _ranges(entry: Variable, found: Frequency) -> list[_Part]:
    """Ranges of round width that hold all values; each ends a step before the next begins."""
    low, high = min(found.values), max(found.values)
    step = 10.0 ** -min(entry.recorded_decimals(found.values), 6)
    width = _width(low, high, step)
    first = math.floor(low / width + 1e-9)
    parts = []
    for place in range(first, math.floor(high / width + 1e-9) + 1):
        ends = _possible(entry, round(place * width, 6), round((place + 1) * width - step, 6))
        n = sum(count for value, count in found.values.items() if place * width <= value < (place + 1) * width)
        if n:
            name = from_to(_bare(ends.low), _bare(ends.high), "–") if ends.low != ends.high else _bare(ends.low)
            parts.append(_Part(name, n, Criterion(entry, (ends,))))
    return parts


def _possible(entry: Variable, low: float, high: float) -> Range:
    """A range without what its variable cannot be: no cohort could ask for it."""
    known = entry.plausible
    least = low if known is None or known.low is None else max(low, known.low)
    most = high if known is None or known.high is None else min(high, known.high)
    return Range(least, most)


def _width(low: float, high: float, step: float) -> float:
    """The least round width that cuts the values into few parts."""
    power = step
    while True:
        for width in (power * times for times in _WIDTHS):
            if math.floor(high / width + 1e-9) - math.floor(low / width + 1e-9) < _MOST_PARTS:
                return width
        power *= 10


def _bare(value: float | None) -> str:
    return number(value, 0 if value is None or value == int(value) else 1)


def _layout(view: InView, bars: Sequence[tuple[Variable, list[_Part]]], look: Look) -> Part:
    lines = [Line(entry.label, entry.unit if entry.is_number else "") for entry, _ in bars]
    said = row_names(lines, look, ground=False)  # a bar is close below, and no line
    for index, (_, parts) in enumerate(bars):
        start = 0.0
        for place, part in enumerate(parts):
            share = part.n / view.n
            text = _fitting(part, share)
            if text:
                hue = look.over(_fill(parts, place, look))
                said.append(words(look, text, x=start, xshift=look.px(4), y=index + 0.265, size=11, color=hue))
            start += share
    if not bars:
        said.append(
            words(look, "Nothing is recorded of them.", x=0.5, xref="paper", xanchor="center", y=0.5, yref="paper")
        )
    return base_layout(
        look,
        HEIGHT,
        {"l": 2, "r": 4, "t": 4, "b": 4},
        xaxis=quiet_axis(look, range=[0, 1], visible=False),
        yaxis=rows_axis(len(bars), look),
        annotations=said,
        barmode="overlay",
    )


def _fitting(part: _Part, share: float) -> str:
    """What a part has room for: its name and count, its count, or nothing."""
    for text in (f"{part.name} <b>{part.n}</b>", f"<b>{part.n}</b>"):
        if (len(text) - 7 + 1.6) * _LETTER <= share:
            return safe_plotly(part.name) + f" <b>{part.n}</b>" if text.startswith(part.name) else text
    return ""


def _fill(parts: Sequence[_Part], place: int, look: Look) -> str:
    """From strong to light in the order of the parts, so that words can be read on each; who is not recorded is hollow."""
    if parts[place].criterion.keeps_missing:
        return look.background
    return look.tint(look.accent, _STRENGTHS[min(place, len(_STRENGTHS) - 1)])


def _bars(view: InView, bars: Sequence[tuple[Variable, list[_Part]]], look: Look) -> Part:
    """All parts of all bars, each of which stands for its patients."""
    cells = []
    for index, (entry, parts) in enumerate(bars):
        start = 0.0
        for place, part in enumerate(parts):
            cells.append((index, start, part, entry, _fill(parts, place, look)))
            start += part.n / view.n
    return {
        "type": "bar",
        "orientation": "h",
        "name": "Patients",
        "y": [index for index, *_ in cells],
        "base": [start for _, start, *_ in cells],
        "x": [part.n / view.n for _, _, part, *_ in cells],
        "width": 0.43,
        "offset": 0.05,
        "customdata": [piece(part.criterion) for _, _, part, *_ in cells],
        "hovertext": [
            sentence(f"{safe_plotly(entry.label)} {safe_plotly(part.name)}: {part.n} of {patients(view.n)}")
            for _, _, part, entry, _ in cells
        ],
        "marker": {"color": [fill for *_, fill in cells], "line": {"color": look.accent, "width": 1}},
    }


def _summary(view: InView, shown: Sequence[Variable]) -> Statement:
    start = state("{patients} in view.", patients=view.patients)
    each = together(
        (state("{name}: {counted}", name=entry.label, counted=_counted(view, entry)) for entry in shown), "; "
    )
    return together([start, state("{each}.", each=each)], " ") if each.text else start


def _counted(view: InView, entry: Variable) -> Statement:
    """A number by its middle, a level by how many have it; of whom it is recorded."""
    if entry.is_number:
        middle: Middle | Recorded = view.middle(entry)
        return state("{middle}", middle=middle)
    shares = (
        state("{level} {share}", level=level.label, share=view.share(Criterion(entry, (level.code,))))
        for level in entry.levels
    )
    return together(shares)
