"""The spine seen from the side, facing right, as paths: computed, so that it is sharp at every size and in every colour.

A vertebra's place is its middle in units of the average vertebra, counted down from the top of T1. Across, all lengths are
in pixels of a column whose average vertebra is ``unit`` pixels high; up and down they are in the units of the places.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from math import atan2, cos, pi, sin

from plro_core.vocabulary.standard import CERVICAL, LUMBAR, VERTEBRAE

Point = tuple[float, float]

#: The height, in pixels, at which the lengths across are given.
_DRAWN_AT = 24.0
#: From T1 to L5: the slot of a vertebra with its disc, in units, and half the depth of its body in pixels.
_SLOTS = (0.82, 1.18)
_HALF_DEPTHS = (16.0, 27.0)
#: The share of its slot that the body takes; the rest is disc.
_BODY = 0.76
#: Where kyphosis turns into lordosis, in units, and how far each goes, in pixels.
_TURN, _KYPHOSIS, _LORDOSIS = 11.9, 20.0, 11.0
#: How high the slot of a vertebra of the neck is, in units, and the sacrum, whole and cut short.
_NECK = 0.74
_SACRUM, _SACRUM_SHORT = 2.4, 1.5


def _between(ends: tuple[float, float], share: float) -> float:
    return ends[0] + (ends[1] - ends[0]) * share


def _share(level: str) -> float:
    """How far down from T1 (0) to L5 (1) a vertebra stands; the neck is above, and as slender as T1."""
    return max(0.0, (VERTEBRAE.index(level) if level in VERTEBRAE else 0) / (len(VERTEBRAE) - 1))


def _slot(level: str) -> float:
    return _between(_SLOTS, _share(level)) if level in VERTEBRAE else _NECK


@dataclass(frozen=True)
class Column:
    """A column of vertebrae, with or without the neck, whose average vertebra is ``unit`` pixels high; its axis is at ``at``.

    ``short`` presses the sacrum together, where there is little room.
    """

    unit: float
    at: float = 0
    short: bool = False
    cervical: Sequence[str] = ()

    @property
    def levels(self) -> tuple[str, ...]:
        return (*self.cervical, *VERTEBRAE)

    @cached_property
    def places(self) -> dict[str, float]:
        """The middle of each vertebra."""
        slots = [_slot(level) for level in self.levels]
        start = -sum(_slot(level) for level in self.cervical)
        ends = accumulate(slots, initial=start)
        return {level: end + slot / 2 for level, end, slot in zip(self.levels, ends, slots, strict=False)}

    @property
    def top(self) -> float:
        return min(self.places[level] - _slot(level) / 2 for level in self.levels)

    @property
    def bottom(self) -> float:
        """Where L5 ends and the sacrum begins."""
        return self.places["L5"] + _slot("L5") / 2

    @property
    def sacrum_height(self) -> float:
        return _SACRUM_SHORT if self.short else _SACRUM

    def half_height(self, level: str) -> float:
        """Half the height of a body, in units."""
        return _slot(level) * _BODY / 2

    def half_depth(self, level: str) -> float:
        """Half the depth of a body, in pixels."""
        return self._px(_between(_HALF_DEPTHS, _share(level)) * (0.9 if level in CERVICAL else 1))

    @property
    def left(self) -> float:
        """How far the column goes to the left of its axis, in pixels."""
        return self._px(66)

    @property
    def right(self) -> float:
        """How far it goes to the right."""
        return self._px(_HALF_DEPTHS[1] + _LORDOSIS)

    def across(self, place: float) -> float:
        """Where the column is at a height, left or right of its axis, in pixels: kyphosis to the left, lordosis to the right."""
        if place < 0:
            return self.at + self._px(3.2 * -place)
        if place < _TURN:
            return self.at + self._px(-_KYPHOSIS * sin(pi * place / _TURN))
        return self.at + self._px(_LORDOSIS * sin(pi * (place - _TURN) / 6.6))

    def body(self, level: str) -> str:
        """The body of a vertebra: end plates and walls a little hollow, as bone is."""
        depth, height = self.half_depth(level), self.half_height(level) * self.unit
        edge, waist, plate = 0.2 * height, 0.1 * depth, 0.14 * height
        start, *curves = [
            (-depth + edge, -height),
            (0, -height + plate), (depth - edge, -height), (depth, -height), (depth, -height + edge),
            (depth - waist, 0), (depth, height - edge), (depth, height), (depth - edge, height),
            (0, height - plate), (-depth + edge, height), (-depth, height), (-depth, height - edge),
            (-depth + waist, 0), (-depth, -height + edge), (-depth, -height), (-depth + edge, -height),
        ]  # fmt: skip
        return self._curves(level, start, curves)

    def process(self, level: str) -> str:
        """The arch with its spinous process, behind the canal: long and slanting in the chest, broad in the loins."""
        depth, height = self.half_depth(level), self.half_height(level) * self.unit
        if level in LUMBAR:
            length, drop, tip = self._px(25), 0.55 * height, 0.62 * height
        else:
            slant = sin(pi * (0.18 + 0.72 * min(1.0, self.places[level] / _TURN))) if level in VERTEBRAE else 0.3
            length, drop, tip = self._px(19 + 7 * slant), (0.5 + 1.0 * slant) * height, 0.24 * height
        near, knee = -depth - self._px(5), -depth - self._px(11)
        corners = [
            (near, -0.8 * height),
            (knee, -0.86 * height),
            (near - length, drop - tip),
            (near - length - self._px(2), drop + tip),
            (knee, 0.34 * height + 0.3 * drop),
            (near, 0.4 * height),
        ]
        return self._rounded(level, corners)

    def sacrum(self) -> str:
        """The sacrum: it hangs from L5 and turns backward."""
        at, top, high = self.across(self.bottom), self.bottom + 0.06, self.sacrum_height
        corners = [
            (-26, 0.12), (-24, 0), (-18, 0.01), (2, 0.03), (22, 0.04), (28, 0.05), (26, 0.17), (12, 0.38), (-14, 0.63),
            (-26, 0.77), (-27, 0.94), (-30, 1), (-34, 0.92), (-44, 0.54), (-30, 0.25), (-27, 0.18), (-26, 0.12),
        ]  # fmt: skip
        first, *rest = [f"{at + self._px(right):.1f},{top + down * high:.3f}" for right, down in corners]
        bent = " ".join(f"Q{control} {end}" for control, end in zip(rest[::2], rest[1::2], strict=True))
        return f"M{first} {bent} Z"

    def _px(self, length: float) -> float:
        return length * self.unit / _DRAWN_AT

    def _placed(self, level: str, points: Iterable[Point]) -> list[str]:
        """Points of a vertebra, given in pixels from its middle, turned as the column leans there."""
        place = self.places[level]
        lean = atan2(self.across(place + 0.5) - self.across(place - 0.5), self.unit)
        at = self.across(place)
        return [
            f"{at + x * cos(lean) + y * sin(lean):.1f},{place + (y * cos(lean) - x * sin(lean)) / self.unit:.3f}"
            for x, y in points
        ]

    def _curves(self, level: str, start: Point, curves: Sequence[Point]) -> str:
        first, *rest = self._placed(level, [start, *curves])
        bent = " ".join(f"Q{control} {end}" for control, end in zip(rest[::2], rest[1::2], strict=True))
        return f"M{first} {bent} Z"

    def _rounded(self, level: str, corners: Sequence[Point]) -> str:
        """A shape with rounded corners."""
        points: list[Point] = []
        for index, corner in enumerate(corners):
            before, after = corners[index - 1], corners[(index + 1) % len(corners)]
            points += [_toward(corner, before), corner, _toward(corner, after)]
        placed = self._placed(level, points)
        parts = [
            f"{'L' if at else 'M'}{placed[at]} Q{placed[at + 1]} {placed[at + 2]}" for at in range(0, len(placed), 3)
        ]
        return f"{' '.join(parts)} Z"


def _toward(corner: Point, other: Point, share: float = 0.3) -> Point:
    return corner[0] + (other[0] - corner[0]) * share, corner[1] + (other[1] - corner[1]) * share


def plain_body(x: float, half_width: float, place: float, half_height: float) -> str:
    """A vertebral body as a small shape of a straight column, in the units of the axes."""
    left, right, top, bottom = x - half_width, x + half_width, place - half_height, place + half_height
    dx, dy = 0.22 * half_width, 0.3 * half_height
    return (
        f"M{left + dx:.3f},{top:.3f} L{right - dx:.3f},{top:.3f} Q{right:.3f},{top:.3f} {right:.3f},{top + dy:.3f} "
        f"Q{right - dx / 2:.3f},{place:.3f} {right:.3f},{bottom - dy:.3f} Q{right:.3f},{bottom:.3f} {right - dx:.3f},{bottom:.3f} "
        f"L{left + dx:.3f},{bottom:.3f} Q{left:.3f},{bottom:.3f} {left:.3f},{bottom - dy:.3f} "
        f"Q{left + dx / 2:.3f},{place:.3f} {left:.3f},{top + dy:.3f} Q{left:.3f},{top:.3f} {left + dx:.3f},{top:.3f} Z"
    )


def plain_sacrum(x: float, half_width: float, top: float, height: float) -> str:
    """The sacrum under such a column."""
    wide, narrow, upper, lower = 0.92 * half_width, 0.34 * half_width, top + 0.1, top + 0.65 * height
    middle = (upper + lower) / 2
    return (
        f"M{x - wide:.3f},{upper:.3f} L{x + wide:.3f},{upper:.3f} Q{x + 0.8 * wide:.3f},{middle:.3f} {x + narrow:.3f},{lower - 0.1:.3f} "
        f"Q{x:.3f},{lower + 0.1:.3f} {x - narrow:.3f},{lower - 0.1:.3f} Q{x - 0.8 * wide:.3f},{middle:.3f} {x - wide:.3f},{upper:.3f} Z"
    )
