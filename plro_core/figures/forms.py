"""Which form a figure takes by how many patients it shows: each by her number, points without names, or counts."""

from enum import Enum

#: Up to this many patients each is named; up to so many each is a point; beyond, they are counted.
MOST_NAMED, MOST_POINTS = 12, 60


class Form(Enum):
    """How patients are drawn, and in words why not otherwise."""

    NAMED = ""
    POINTS = "Too many patients to name each: the pointer names a point."
    COUNTED = "Too many patients to draw each: all of them are counted."

    @property
    def note(self) -> str:
        """What a reader must know of the form; empty where each patient is named."""
        return self.value


def form_of(n: int) -> Form:
    """The form for so many patients."""
    return Form.NAMED if n <= MOST_NAMED else Form.POINTS if n <= MOST_POINTS else Form.COUNTED
