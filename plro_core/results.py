"""What the library answers: a finished table or figure together with how it was made."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import partial
from html import escape
from pathlib import Path
from typing import TypeVar

import pandas as pd
import pyarrow as pa

from plro_core.export import FORMATS, IMAGES, WIDTHS, Recipe, export_table, figure_html, figure_image
from plro_core.export.captions import legend
from plro_core.export.documents import html_recipe, markdown_table
from plro_core.figures import Chart
from plro_core.figures.style import LIGHT, Look
from plro_core.leaving import Mode, Taken, account, is_told, note_down, unique_in
from plro_core.problems import QueryProblem
from plro_core.store import Registry, write_answer
from plro_core.tables import Table, TwoForms
from plro_core.text import listed

#: Forms of a figure as a file.
FIGURE_FORMS = ("html", *IMAGES, "txt")
#: Pixels that title, caption and the folded parts take beside the plot in a notebook.
_AROUND = 260


@dataclass(frozen=True, repr=False)
class TableResult:
    """A table with how it was made; a notebook shows it as a table, ``print`` as text.

    ``table`` is the finished table (in two forms if readers and programs need different ones) and ``recipe`` says how it
    was made; it is ``None`` for an answer to SQL and for the dictionary.
    """

    table: Table | TwoForms
    recipe: Recipe | None

    @property
    def layout(self) -> Table:
        """The form for readers."""
        return self.table.layout if isinstance(self.table, TwoForms) else self.table

    @property
    def tidy(self) -> Table:
        """The form for programs: raw cells under named, typed columns."""
        return self.table.tidy if isinstance(self.table, TwoForms) else self.table

    def to_frame(self) -> pd.DataFrame:
        """The tidy form as a pandas frame with Arrow types: one row a record, missing is ``<NA>``, never 0."""
        return self.tidy.to_frame()

    def to_arrow(self) -> pa.Table:
        """The tidy form as an Arrow table; each field's metadata has the label and the unit of its column."""
        return self.tidy.to_arrow()

    def save(self, path: str | Path) -> Path:
        """Write the table to a file, with how it was made inside; the form is that of the name's ending.

        csv, parquet and json hold the tidy form, html and md the one for readers, xlsx both.

        Raises:
            QueryProblem: the ending is not one of these forms.
            DataProblem: the file cannot be written, or is one of a registry's own.
        """
        form = _form(path, FORMATS)
        return _written(Path(path), export_table(self.table, form, self.recipe))

    def __repr__(self) -> str:
        return f"TableResult({self.layout.title}: {len(self.tidy.rows)} rows)"

    def __str__(self) -> str:
        head = [self.layout.title, *([self.layout.subtitle] if self.layout.subtitle else [])]
        return "\n".join([*head, "", markdown_table(self.layout)])

    def _repr_html_(self) -> str:
        made = html_recipe(self.recipe)
        folded = f"<details><summary>How this was made</summary>{made}</details>" if made else ""
        return self.table._repr_html_() + folded


@dataclass(frozen=True, repr=False)
class FigureResult:
    """A figure with how it was made; a notebook shows it with its text equivalent, its numbers and its notes.

    ``chart`` is the finished figure (``chart.figure`` the Plotly figure, ``chart.summary`` its text equivalent) and
    ``recipe`` says how it was made.
    """

    chart: Chart
    recipe: Recipe
    look: Look = LIGHT

    def to_frame(self) -> pd.DataFrame:
        """The plotted points as a pandas frame with Arrow types: one row a point, missing is ``<NA>``."""
        return self.chart.to_frame()

    def to_arrow(self) -> pa.Table:
        """The plotted points as an Arrow table; each field's metadata has the label and the unit of its column."""
        return self.chart.to_arrow()

    def save(
        self,
        path: str | Path,
        width: str | float = "double",
        dpi: int = 300,
        *,
        height: float | None = None,
        bare: bool = False,
    ) -> Path:
        """Write the figure to a file, with title, n, cohort and data version in it; the form is that of the name's ending.

        html is interactive and has everything beside the figure; txt is title and caption as text. svg, png, pdf, tiff and eps are as
        wide as a journal's column (``width`` "single", 85 mm), one and a half ("middle", 129 mm) or page ("double", 180 mm), or
        so many millimetres, with no type below 8 points, and need an installed Chromium. ``height`` is in millimetres, too;
        ``bare`` leaves out title and caption. ``dpi`` is the resolution of a png or tiff, 300 to 1200.

        Raises:
            QueryProblem: the ending is not one of these forms, or the width or the resolution is not one that is offered.
            DataProblem: there is no Chromium, the file cannot be written, or is one of a registry's own.
        """
        form = _form(path, FIGURE_FORMS)
        if isinstance(width, str) and width not in WIDTHS:
            raise QueryProblem(f"“{width}” is not a width; expected {listed(list(WIDTHS), 'or')}.")
        wide = WIDTHS[width] if isinstance(width, str) else width
        if form == "html":
            content = figure_html(self.chart, self.recipe, self.look)
        elif form == "txt":
            content = legend(self.chart, self.recipe).encode()
        else:
            content = figure_image(self.chart, self.recipe, form, wide, dpi, self.look, height_mm=height, bare=bare)
        return _written(Path(path), content)

    def __repr__(self) -> str:
        return f"FigureResult({self.chart.name}: {self.chart.title})"

    def __str__(self) -> str:
        return f"{self.chart.title}\n\n{self.chart.summary}"

    def _repr_html_(self) -> str:
        """The whole page in a frame of its own, so that neither styles the other; nothing is loaded from the network."""
        page = figure_html(self.chart, self.recipe, self.look).decode()
        height = int(self.chart.figure.layout.height or 450) + _AROUND
        return (
            f'<iframe title="{escape(self.chart.title)}" sandbox="allow-scripts allow-downloads" '
            f'style="width:100%;height:{height}px;border:0" srcdoc="{escape(page)}"></iframe>'
        )


_Answer = TypeVar("_Answer", TableResult, FigureResult)


def handed(registry: Registry, answer: _Answer, mode: Mode = "rows") -> _Answer:
    """An answer of the library, journalled first where it is told to.

    Raises:
        JournalProblem: it is told to, and the journal cannot be written or does not verify.
    """
    if is_told():
        table = answer.chart.table if isinstance(answer, FigureResult) else answer.table
        name = answer.chart.name if isinstance(answer, FigureResult) else answer.tidy.name
        query, n = (answer.recipe.query, answer.recipe.n) if answer.recipe else ("", "")
        unique = partial(unique_in, table, rows_are_patients=answer.recipe is None)
        told = n if mode == "aggregates" else ""
        note_down(Taken(account(), name, registry, unique, query, told, mode, "by the library"))
    return answer


def _form(path: str | Path, forms: Collection[str]) -> str:
    """The form that the ending of a file's name says."""
    ending = Path(path).suffix[1:].lower()
    if ending not in forms:
        expected = listed([f".{form}" for form in forms], "or")
        raise QueryProblem(f"“{Path(path).name}” says no form to write; expected a name that ends in {expected}.")
    return ending


def _written(path: Path, content: bytes) -> Path:
    write_answer(path, content)
    return path
