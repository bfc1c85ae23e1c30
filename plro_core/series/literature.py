"""What others published: aggregates of other cohorts, for context only, and the references that a document lists.

Aggregates are never pooled with the registry, and are never a reference range.
"""

import csv
from dataclasses import dataclass
from pathlib import Path

from plro_core import plain_files
from plro_core.problems import DataProblem
from plro_core.series.documents import REFERENCES
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
    with plain_files.lines(path, "utf-8") as file:
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


@dataclass(frozen=True)
class Reference:
    """One entry of a document's list of references, as printed."""

    number: int
    text: str


def read_references(folder: Path) -> tuple[Reference, ...]:
    """The references of the document in ``folder``, in order; empty if none are kept.

    Raises:
        DataProblem: a line is not of the form it should have; the sentence names file, line, value and what was expected.
    """
    path = folder / REFERENCES
    if not path.exists():
        return ()
    with plain_files.lines(path) as file:
        rows = list(csv.reader(file))
    if not rows or rows[0] != ["number", "text"]:
        raise DataProblem(f"{REFERENCES}, line 1: “{','.join(rows[0]) if rows else ''}”; expected number,text.")
    return tuple(_reference(line, row) for line, row in enumerate(rows[1:], 2))


def _reference(line: int, row: list[str]) -> Reference:
    if len(row) != 2 or row[0] != str(line - 1) or not row[1]:
        raise DataProblem(f"{REFERENCES}, line {line}: “{','.join(row)[:80]}”; expected {line - 1} and a reference.")
    return Reference(int(row[0]), row[1])
