"""Many patients on one side: bands of everybody in the place of points."""

from collections.abc import Iterator, Mapping, Sequence

from plro_core import lookups
from plro_core.compare import Comparison, Difference, having, name_of
from plro_core.figures.form import MOST_DRAWN
from plro_core.figures.points import sentence
from plro_core.figures.style import Look, Part
from plro_core.statistics import quantile
from plro_core.text import k_of_n, safe_plotly

#: Ends of the bands, in shares of the patients, with the strength of their colour and their height in shares of a lane.
_BANDS = ((0.05, 0.95, 0.35, 0.3), (0.25, 0.75, 1.0, 0.55))


def many(difference: Difference) -> bool:
    """Whether a side is too large for points; then both are drawn as bands, which can be read against each other."""
    return max(difference.n_a, difference.n_b) > MOST_DRAWN


def band_marks(
    difference: Difference, code: str, hue: str, at: float, lane: float, axes: Part, look: Look
) -> Iterator[Part]:
    """The middle half and the middle nine tenths of everybody on one side, or the share who have a level."""
    found = difference.a if code == "a" else difference.b
    name = safe_plotly(name_of(difference))
    if difference.value is not None:
        k = having(found, difference.value)
        share = k / found.n if found.n else 0.0
        said = sentence(f"{code.upper()}: {name}", k_of_n(k, found.n))
        yield _line([0, share], at, said, {"color": hue, "width": lane * 0.45}, axes)
        return
    for low, high, strength, height in _BANDS:
        ends = [quantile(found, low), quantile(found, high)]
        if None in ends:
            return
        written = " to ".join(difference.variable.written(end) for end in ends)
        said = sentence(f"{code.upper()}: {name}", f"the middle {round((high - low) * 100)} % lie from {written}")
        yield _line(ends, at, said, {"color": look.tint(hue, strength), "width": lane * height}, axes)


def _line(x: Sequence[float | None], at: float, said: str, line: Part, axes: Part) -> Part:
    return {**axes, "mode": "lines", "x": list(x), "y": [at, at], "hovertext": [said, said], "line": line}


def bands_note(
    comparison: Comparison, chosen: Sequence[Difference], members: Mapping[str, Sequence[lookups.Record]]
) -> str:
    """What the bands are, where there are any, and of how many patients the plotted rows are; else empty."""
    if not any(map(many, chosen)):
        return ""
    sizes = {"a": comparison.n_a, "b": comparison.n_b}
    rows = [f"{len(members[code])} of the {n} of {code.upper()}" for code, n in sizes.items() if len(members[code]) < n]
    part = f" The plotted rows are of {' and '.join(rows)}." if rows else ""
    return (
        "Of more than sixty patients bands are drawn of everybody: the middle half dark, the middle nine tenths pale."
        + part
    )
