"""Published aggregates of other cohorts, for context only: never pooled with the registry, never a reference range."""

import csv
from dataclasses import dataclass
from pathlib import Path

from plro_core.problems import DataProblem
from plro_core.shipped import SHIPPED

FILE = SHIPPED / "context" / "published_cohorts.csv"

#: What the aggregates are of, in the order in which it is shown.
MEASURES = ("age", "vertebral_fractures", "fractures", "t_spine", "t_hip")


@dataclass(frozen=True)
class Aggregate:
    """One published mean of one cohort, with its standard deviation where that is given."""

    cohort: str
    doi: str
    design: str
    n: int
    measure: str
    value: float
    sd: float | None
    note: str

    @property
    def link(self) -> str:
        return f"https://doi.org/{self.doi}"


def published(path: Path = FILE) -> tuple[Aggregate, ...]:
    """All aggregates, in the file's order.

    Raises:
        DataProblem: a line is not of the form it should have.
    """
    with path.open(encoding="utf-8", newline="") as file:
        return tuple(_read(path, number, line) for number, line in enumerate(csv.DictReader(file), start=2))


def _read(path: Path, number: int, line: dict[str, str]) -> Aggregate:
    try:
        found = Aggregate(
            line["cohort"],
            line["doi"],
            line["design"],
            int(line["n"]),
            line["measure"],
            float(line["mean"]),
            float(line["sd"]) if line["sd"] else None,
            line["note"],
        )
    except (KeyError, TypeError, ValueError):
        raise DataProblem(f"{path.name}, line {number}: not of the form it should have.") from None
    if found.measure not in MEASURES or not found.doi.startswith("10."):
        raise DataProblem(f"{path.name}, line {number}: unknown measure or missing DOI.")
    return found
