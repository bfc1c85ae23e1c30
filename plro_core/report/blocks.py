"""A report as what stands below each other on paper or screen; how each is drawn is a writer's business."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from plro_core.export import Recipe
from plro_core.figures import Chart
from plro_core.manuscript import PrintTable
from plro_core.text import capitalised

#: Plain words, a live number, one that has changed since the report was written, and a typed one that the data contradict.
Mark = Literal["", "live", "changed", "doubt"]


@dataclass(frozen=True)
class Run:
    """Words that are marked alike, and what is told of them: where a live number is from, what it was, what the data give."""

    text: str
    mark: Mark = ""
    told: str = ""


@dataclass(frozen=True)
class Heading:
    """A heading; the report's own title is above level 1."""

    level: int
    text: str


@dataclass(frozen=True)
class Paragraph:
    """Words that run on; ``small`` ones stand below something."""

    runs: tuple[Run, ...]
    small: bool = False

    @classmethod
    def of(cls, text: str, small: bool = False) -> "Paragraph":
        return cls((Run(text),), small)

    @property
    def text(self) -> str:
        return "".join(run.text for run in self.runs)


@dataclass(frozen=True)
class TableBlock:
    """A table as it stands in print, with its number."""

    printed: PrintTable


@dataclass(frozen=True)
class FigureBlock:
    """A figure with its number in the report; ``name`` tells it apart inside a file."""

    chart: Chart
    recipe: Recipe
    number: int

    @property
    def name(self) -> str:
        return f"figure-{self.number}"

    @property
    def caption(self) -> str:
        """What stands below it: number, title, and who is drawn of which data."""
        return f"Figure {self.number}. {self.chart.title}"

    @property
    def below(self) -> tuple[str, ...]:
        """What a reader must know, in lines."""
        who = f"{self.recipe.n}; {self.recipe.cohort}; data {self.recipe.version}."
        return (f"{capitalised(self.chart.who)}.", *self.chart.caveats, who, *self.chart.notes)


Block = Heading | Paragraph | TableBlock | FigureBlock


@dataclass(frozen=True)
class Section:
    """The blocks of one card: of which kind it is, and how its figure or table was made, where it has one."""

    kind: str
    blocks: Sequence[Block]
    recipe: Recipe | None = None


@dataclass(frozen=True)
class Pages:
    """A report ready to be written: title, authors, a line on its data, its cards, and the origin that a file carries."""

    title: str
    authors: str
    data: str
    sections: Sequence[Section]
    origin: str

    @property
    def blocks(self) -> list[Block]:
        """What stands below each other, whichever card it is of."""
        return [block for section in self.sections for block in section.blocks]
