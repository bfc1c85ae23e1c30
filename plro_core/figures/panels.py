"""Small multiples: where each panel of a figure lies, counted in pixels so that text always has its room."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Panel:
    """One panel: the suffix of its axes' names and its place as fractions of the figure."""

    suffix: str
    x: tuple[float, float]
    y: tuple[float, float]


def grid(
    count: int, columns: int, *, panel: float, header: float, foot: float, top: float = 0, gap: float = 0.14
) -> tuple[list[Panel], float]:
    """Panels in rows of ``columns``, and the figure's height in pixels.

    ``panel`` is a panel's own height, ``header`` and ``foot`` the room for words above and below it, ``top`` the room
    above all; ``gap`` is the width between columns as a fraction of the figure.
    """
    columns = max(1, min(columns, count))
    rows = -(-count // columns)
    height = top + rows * (header + panel + foot)
    width = (1 - gap * (columns - 1)) / columns
    panels = []
    for index in range(count):
        row, column = divmod(index, columns)
        left = column * (width + gap)
        upper = top + row * (header + panel + foot) + header
        panels.append(
            Panel(
                "" if index == 0 else str(index + 1),
                (round(left, 4), round(min(1.0, left + width), 4)),
                (round(1 - (upper + panel) / height, 4), round(1 - upper / height, 4)),
            )
        )
    return panels, height
