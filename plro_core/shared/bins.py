"""Numbers in a few bins: at the vocabulary's thresholds where there are some, else where a quarter, half and three quarters lie.

An edge that follows the values is a round number near a quartile and never a value of a patient as such. The lowest and the
highest bin are open, so that no extreme is told.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from plro_core.text import MINUS, number
from plro_core.vocabulary import Variable
from plro_core.vocabulary.thresholds import ISCD, LINES, WHO_LOWER, WHO_UPPER

#: What a quartile is rounded to, times a power of ten.
_ROUND = (1, 2, 5)
_QUARTERS = (0.25, 0.5, 0.75)


@dataclass(frozen=True, order=True)
class Cut:
    """Where one bin ends and the next begins: at ``bound``, which belongs to the ``lower`` of the two or to the upper."""

    bound: float
    lower: bool = False

    def passed(self, values: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Which values lie in the upper bins."""
        return values > self.bound if self.lower else values >= self.bound


def clinical(entry: Variable) -> tuple[Cut, ...]:
    """The cuts at thresholds and reference limits that the vocabulary knows of a variable; none if it knows none."""
    if entry.severity:
        return tuple(Cut(bound, lower=True) for bound, _ in entry.severity[:-1])
    if entry.score == "T":
        return (Cut(WHO_LOWER.bound, lower=True), Cut(WHO_UPPER.bound))
    if entry.score == "Z":
        return (Cut(ISCD.bound, lower=True),)
    cuts = {Cut(LINES[entry.name].bound)} if entry.name in LINES else set()
    if entry.reference:
        low, high = entry.reference.low, entry.reference.high
        cuts |= {Cut(low)} if low is not None else set()
        cuts |= {Cut(high, lower=True)} if high is not None else set()
    return tuple(sorted(cuts))


def by_quarters(values: NDArray[np.float64], counts: NDArray[np.int64], decimals: int) -> tuple[Cut, ...]:
    """Cuts at round numbers that part some values, each with how often it occurs, into quarters as well as can be."""
    if len(values) < 2:
        return ()
    below = np.cumsum(counts)
    lower, upper = (float(values[np.searchsorted(below, part * below[-1])]) for part in (_QUARTERS[0], _QUARTERS[2]))
    step = _step(max((upper - lower) / 4, 10.0**-decimals), decimals)
    grid = np.arange(np.floor(lower / step), np.ceil(upper / step) + 2) * step
    reached = np.concatenate([[0], below])[np.searchsorted(values, grid - 1e-9)]
    found = {float(grid[np.argmin(np.abs(reached - part * below[-1]))]) for part in _QUARTERS}
    return tuple(Cut(round(bound, decimals)) for bound in sorted(found))


def _step(size: float, decimals: int) -> float:
    """The largest round number up to a size, and no less than the last decimal that is recorded."""
    power = 10.0 ** np.floor(np.log10(size))
    return max(10.0**-decimals, float(max(part * power for part in _ROUND if part * power <= size * (1 + 1e-9))))


def placed(values: Iterable[float], cuts: Sequence[Cut]) -> NDArray[np.int64]:
    """In which bin each value lies, from 0."""
    given = np.array(list(values), dtype=np.float64)
    return (
        np.sum([cut.passed(given) for cut in cuts], axis=0, dtype=np.int64) if cuts else np.zeros(len(given), np.int64)
    )


def wide_enough(cuts: Sequence[Cut], sizes: Sequence[int], k: int) -> tuple[Cut, ...]:
    """The cuts without those beside a bin of fewer than k: the smallest bin goes to its smaller neighbour, as long as there is one."""
    kept, left = list(cuts), list(sizes)
    while len(left) > 1 and min(left) < k:
        small = left.index(min(left))
        up = small == 0 or (small + 1 < len(left) and left[small + 1] < left[small - 1])
        cut = small if up else small - 1
        left[cut : cut + 2] = [left[cut] + left[cut + 1]]
        del kept[cut]
    return tuple(kept)


def labels(entry: Variable, cuts: Sequence[Cut]) -> tuple[str, ...]:
    """Each bin in words: "0", "1–3", "−2.5 or less", "20 to less than 30"; all of them "any" where there is no cut."""
    if not cuts:
        return ("any value",)
    last = None if entry.mixed_decimals else 10.0**-entry.decimals
    inner = [_between(entry, low, high, last) for low, high in pairwise(cuts)]
    return (_open_below(entry, cuts[0], last), *inner, _open_above(entry, cuts[-1], last))


def codes_of(cuts: Sequence[Cut]) -> tuple[str, ...]:
    """Each bin as a link names it: by its edges, so that a link never means another bin of the same place."""
    edges = ["", *(f"{cut.bound:g}{'i' if cut.lower else ''}" for cut in cuts), ""]
    return tuple(f"{low}_{high}" for low, high in pairwise(edges))


def _open_below(entry: Variable, cut: Cut, last: float | None) -> str:
    top = _highest(cut, last)
    if top is None:
        return f"less than {_written(entry, cut.bound)}"
    if entry.plausible and entry.plausible.low == top:
        return _written(entry, top)
    return f"{_written(entry, top)} or less"


def _open_above(entry: Variable, cut: Cut, last: float | None) -> str:
    first = _lowest(cut, last)
    if first is None:
        return f"more than {_written(entry, cut.bound)}"
    if entry.plausible and entry.plausible.high == first:
        return _written(entry, first)
    return f"{_written(entry, first)} or more"


def _between(entry: Variable, low: Cut, high: Cut, last: float | None) -> str:
    first, top = _lowest(low, last), _highest(high, last)
    start = _written(entry, low.bound) if first is None else _written(entry, first)
    start = f"more than {start}" if first is None else start
    if top is None:
        return f"{start} to less than {_written(entry, high.bound)}"
    end = _written(entry, top)
    if start == end:
        return start
    return f"{start} to {end}" if MINUS in start + end or first is None or last is None else f"{start}–{end}"


def _lowest(cut: Cut, last: float | None) -> float | None:
    """The lowest value above a cut, if values have a last decimal."""
    return cut.bound if not cut.lower else None if last is None else cut.bound + last


def _highest(cut: Cut, last: float | None) -> float | None:
    return cut.bound if cut.lower else None if last is None else cut.bound - last


def _written(entry: Variable, value: float) -> str:
    whole = entry.mixed_decimals and round(value, 0) == value
    return number(value, 0 if whole else entry.decimals)
