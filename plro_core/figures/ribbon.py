"""The band of a group over its visits: quantiles from counts of everybody, broken where nobody was seen."""

from collections.abc import Mapping, Sequence

from plro_core.counts import Frequency
from plro_core.figures.style import Look, Part, translucent, unseen
from plro_core.statistics import SMALLEST_N_FOR_MEDIAN, quantile

#: From this many values on the middle half is told; of fewer, the whole range.
SMALLEST_N_FOR_QUARTILES = 8
#: The middle half, and the middle four fifths of many.
HALF = (0.25, 0.75)
FOUR_FIFTHS = (0.1, 0.9)
#: Half the width of a band of one visit alone, in months.
_ALONE = 0.12

Ends = tuple[float, float]


def band_ends(found: Frequency, share: Ends) -> Ends | None:
    """Between which values a share of the group lies; the range of fewer than eight values, nothing below three."""
    if found.n < SMALLEST_N_FOR_MEDIAN:
        return None
    if found.n < SMALLEST_N_FOR_QUARTILES:
        return min(found.values), max(found.values)
    low, high = quantile(found, share[0]), quantile(found, share[1])
    return None if low is None or high is None else (low, high)


def bands(
    months: Sequence[int], found: Mapping[int, Frequency], shares: Mapping[Ends, float], colour: str, name: str
) -> list[Part]:
    """The bands of a group, the widest first: each share of it with the strength that it is drawn with."""
    return [
        area
        for share, strength in shares.items()
        for area in _band(months, found, share, translucent(colour, strength), name)
    ]


def _band(months: Sequence[int], found: Mapping[int, Frequency], share: Ends, colour: str, name: str) -> list[Part]:
    """A band as filled areas, one for each run of visits that have one."""
    runs: list[list[tuple[float, Ends]]] = [[]]
    for month in months:
        ends = band_ends(found.get(month, Frequency()), share)
        if ends is None:
            runs.append([])
        else:
            runs[-1].append((month, ends))
    return [_area(run, colour, name) for run in runs if run]


def _area(run: list[tuple[float, Ends]], colour: str, name: str) -> Part:
    if len(run) == 1:
        (month, ends), *_ = run
        run = [(month - _ALONE, ends), (month + _ALONE, ends)]
    return {
        "mode": "lines",
        "name": name,
        "x": [month for month, _ in run] + [month for month, _ in reversed(run)],
        "y": [ends[1] for _, ends in run] + [ends[0] for _, ends in reversed(run)],
        "fill": "toself",
        "fillcolor": colour,
        "line": {"width": 0},
        "hoverinfo": "skip",
    }


def band_note(found: Sequence[Frequency], many: bool, whose: str) -> str:
    """What the bands hold, for a note; ``whose`` names the values, such as "VAS at each visit"."""
    sizes = [frequency.n for frequency in found if frequency.n >= SMALLEST_N_FOR_MEDIAN]
    if not sizes:
        return ""
    parts = []
    if any(n >= SMALLEST_N_FOR_QUARTILES for n in sizes):
        parts.append("the middle half (25 to 75 %)" + (", paler the middle four fifths (10 to 90 %)" if many else ""))
    if any(n < SMALLEST_N_FOR_QUARTILES for n in sizes):
        parts.append(f"with fewer than {SMALLEST_N_FOR_QUARTILES} values their whole range")
    return f"Band, {whose}: {'; '.join(parts)}."


def acting(look: Look, x: float, y: float, asks: str, hover: str, size: float = 26) -> Part:
    """A point that is felt and not seen: a click on it asks for what ``asks`` says in the language of cohorts."""
    return {
        "mode": "markers",
        "name": "Choose",
        "x": [x],
        "y": [y],
        "customdata": [asks],
        "hovertext": [hover],
        "marker": unseen(look.px(size)),
    }
