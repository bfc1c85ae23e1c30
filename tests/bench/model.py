"""What is measured, what it is held against, and what came out: plain values."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

#: What the dashboard's own number is called in every row.
OURS = "dashboard"
#: What the most memory is called that the process of a way held.
PEAK = "peak of {}, MiB"
#: The same of the dashboard.
OUR_PEAK = PEAK.format(OURS)

#: Numbers by name, such as "cases/t_l1_l4//stopped/median": what peers are held against each other by.
Numbers = Mapping[str, float]


@dataclass(frozen=True)
class Taken:
    """What one process measured: figures by name in the unit of the row, and what it had computed.

    ``peak`` is the most memory of the server that was measured, in MiB; without one that of this process counts.
    """

    figures: Mapping[str, float]
    numbers: Numbers = field(default_factory=dict)
    peak: float | None = None


@dataclass(frozen=True)
class Way:
    """One way to do the work of a row. ``measure`` runs in a process of its own and is given the number of patients.

    The median of ``processes`` such processes counts. Beyond ``most`` patients the way is not gone.
    """

    measure: Callable[[int], Taken]
    processes: int = 1
    most: int = 10_000_000


@dataclass(frozen=True)
class Goal:
    """What a figure is to be: ``of`` at most (or ``at_least``) the limit, or its ratio to another figure ``over``.

    ``over_size`` takes the ratio to the same figure at another number of patients. A goal holds at the sizes ``at``.
    ``bound`` says what bounds the figure, for readers of a goal that is missed.
    """

    of: str
    limit: float
    at: tuple[int, ...]
    over: str = ""
    over_size: int | None = None
    at_least: bool = False
    bound: str = ""

    @property
    def words(self) -> str:
        """The goal as it stands in the table."""
        return f"{'≥' if self.at_least else '≤'} {self.limit:g}{' ×' if self.is_ratio else ''}"

    @property
    def is_ratio(self) -> bool:
        return bool(self.over) or self.over_size is not None


@dataclass(frozen=True)
class Row:
    """One kind of work: how it is measured, in what, and its goals. ``sizes`` replace the sizes that were asked for."""

    key: str
    title: str
    meaning: str
    unit: str
    ways: Mapping[str, Way]
    goals: tuple[Goal, ...]
    sizes: tuple[int, ...] = ()

    def sizes_of(self, asked: tuple[int, ...]) -> tuple[int, ...]:
        """At which numbers of patients the row is measured; of sizes of its own those within what was asked for."""
        if not self.sizes:
            return asked
        return tuple(size for size in self.sizes if size <= max(asked)) or (max(asked),)
