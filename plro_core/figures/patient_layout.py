"""Where the panels of one patient's record lie: counted in pixels, so that words always have their room."""

from dataclasses import dataclass

from plro_core.figures.style import Part

_PANEL, _HEADER, _ROW, _MONTHS, _EDGE = 84.0, 28.0, 27.0, 34.0, 8.0


@dataclass(frozen=True)
class Place:
    """Where a panel lies: the suffixes of its axes' names, and its place as fractions of the figure."""

    x: str
    y: str
    across: tuple[float, float]
    upright: tuple[float, float]

    @property
    def axes(self) -> Part:
        return {"xaxis": f"x{self.x}", "yaxis": f"y{self.y}"}

    @property
    def over(self) -> Part:
        """For words over the panel, from its left end."""
        return {
            "x": self.across[0], "xref": "paper", "y": self.upright[1], "yref": "paper", "yanchor": "bottom",
        }  # fmt: skip


@dataclass(frozen=True)
class Plan:
    """The figure's height, a panel for each measure, the panel of the treatments, and where the months are written."""

    height: float
    measures: tuple[Place, ...]
    treatments: Place
    months: float


def plan_of(panels: int, treatments: int, wide: bool) -> Plan:
    """One column with the treatments at the foot; on a wide screen two columns of measures, and they are the third."""
    rows = max(3, -(-panels // 2)) if wide else panels
    columns = [(0.0, 0.27), (0.335, 0.605), (0.7, 1.0)] if wide else [(0.0, 1.0)]
    body, bars = rows * (_PANEL + _HEADER), _HEADER + _ROW * treatments
    height = (max(body, bars) if wide else body + bars + _EDGE) + _MONTHS + _EDGE

    def at(index: int, column: int, top: float, panel: float) -> Place:
        upper = 1 - (top + _HEADER) / height
        lower = max(0.0, min(upper - panel / height, upper - 0.001))
        return Place(_suffix(column), _suffix(index), columns[column], (lower, upper))

    measures = tuple(at(index, index // rows, index % rows * (_PANEL + _HEADER), _PANEL) for index in range(panels))
    last = at(panels, len(columns) - 1, 0 if wide else body + _MONTHS, _ROW * treatments)
    return Plan(height, measures, last, 1 - body / height)


def _suffix(index: int) -> str:
    return "" if index == 0 else str(index + 1)
