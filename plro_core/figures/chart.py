"""A finished figure as a value: the plot, its finding, its text equivalent, and the numbers behind it."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from html import escape
from typing import TYPE_CHECKING, Protocol

import plotly.graph_objects as go

from plro_core.cohort import Cohort
from plro_core.counts import Group
from plro_core.figures.markup import own_markup_alone
from plro_core.figures.style import Look, Part, base_layout, group_name, words
from plro_core.lookups import Sample
from plro_core.marks import marks_of
from plro_core.statements import Amount, Statement, left_out, together
from plro_core.store import Registry
from plro_core.tables import Cell, Column, Table, told_apart
from plro_core.text import capitalised, grouped, patients
from plro_core.vocabulary import Variable

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

NOBODY = "No patient fits."
SYNTHETIC = "Synthetic data: none of these patients exist."
#: The type sizes of the watermark: on the smallest and on the largest figures.
_LEAST_MARK, _MOST_MARK = 18.0, 44.0


class Whom(Protocol):
    """Who is drawn, in words, who was left out of it by hand, and what whole groups share besides their name."""

    @property
    def words(self) -> str: ...
    @property
    def left_out(self) -> str: ...
    @property
    def shared(self) -> tuple[str, ...]: ...


@dataclass(frozen=True)
class Who:
    """Who is drawn: a sample or everybody, chosen by what, in which groups, who is highlighted, and what whole groups share
    besides.
    """

    cases: Sample
    cohort: Cohort
    group: Variable | None = None
    sizes: Mapping[Group, int] = field(default_factory=dict)
    highlight: int | None = None
    shared: tuple[str, ...] = ()

    @property
    def left_out(self) -> str:
        """Who was left out by hand: "without patient 8"; empty if nobody was."""
        return left_out([self.cohort])

    @property
    def words(self) -> str:
        """ "10 patients with age 25 to 31 years · only visits at month 0 · smoking: yes (n = 2), no (n = 8) · patient 8
        highlighted".
        """
        whom, _, visits = self.cohort.sentence.partition("; ")
        said = [patients(self.cases.of) + whom.removeprefix("all").strip().removeprefix("patients")]
        if visits:
            said.append(visits)
        if self.group is not None:
            groups = ", ".join(
                f"{group_name(self.group, level)} (n = {grouped(n)})" for level, n in self.sizes.items() if n
            )
            said.append(f"{self.group.label_in_sentence}: {groups}")
        if not self.cases.complete:
            said.append(f"points of {self.cases.words}")
        if self.highlight is not None:
            said.append(f"patient {self.highlight} highlighted")
        return " · ".join(said)


@dataclass(frozen=True, repr=False)
class Chart:
    """A figure with everything that has to stand beside it, on a page, on a stage, in a file and in words.

    ``spec`` is the plot as Plotly's JSON has it. ``title`` is a finding or a question computed from the cohort's own data, and ``amounts`` are the numbers in it, in the
    summary and in the notes; ``who`` says who is drawn, in which groups, and who is highlighted; ``caveats`` say what whole
    groups share besides their name, so that no difference is read as an effect. ``summary`` says in words, with n, what the
    figure shows, and holds both; ``table`` holds the plotted points; ``notes`` are what a reader must know. ``nothing`` says
    why the figure has nothing to show, and is empty where it shows something. On a stage ``slides`` says into how many a figure
    is divided that does not fit on one; its ``slide`` option chooses among them, from 1. A ``wide`` figure has columns whose words
    would collide on a phone, so that it keeps its width there and is moved sideways. ``shown`` says in the legend which panels were
    chosen, where not all are drawn.
    """

    name: str
    title: str
    spec: Part
    summary: str
    table: Table
    notes: tuple[str, ...] = ()
    nothing: str = ""
    who: str = ""
    caveats: tuple[str, ...] = ()
    amounts: tuple[Amount, ...] = ()
    slides: int = 1
    wide: bool = False
    shown: str = ""

    @cached_property
    def figure(self) -> go.Figure:
        """The plot as a Plotly figure, checked by Plotly when it is first asked for."""
        return go.Figure(self.spec)

    @property
    def data(self) -> list[dict[str, Cell]]:
        """The plotted points as records by column name."""
        return self.table.records

    @property
    def sha256(self) -> str:
        """The checksum of what the figure says: its words and the plotted points, not its looks."""
        told = [self.name, self.title, self.summary, self.who, self.caveats, self.notes, self.table.rows]
        return hashlib.sha256(json.dumps(told, ensure_ascii=False).encode()).hexdigest()

    def to_arrow(self) -> "pa.Table":
        """The plotted points as an Arrow table."""
        return self.table.to_arrow()

    def to_frame(self) -> "pd.DataFrame":
        """The plotted points as a pandas frame with Arrow types."""
        return self.table.to_frame()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name}: {self.title})"

    def _repr_html_(self) -> str:
        drawn = self.figure.to_html(full_html=False, config={"displaylogo": False})
        return f'<figure role="group" aria-label="{escape(self.title)}">{drawn}<figcaption>{escape(self.summary)}</figcaption></figure>'


def compose(
    registry: Registry,
    name: str,
    title: str | Statement,
    *,
    traces: Sequence[Part],
    layout: Part,
    summary: str | Statement,
    columns: Iterable[Column],
    rows: Iterable[Sequence[Cell]],
    look: Look,
    notes: Iterable[str | Statement] = (),
    synthetic: bool = False,
    who: Whom | None = None,
) -> Chart:
    """Put the parts of a figure together in one shot; synthetic data get a watermark and a note.

    A title, summary or note that states a number of patients or values is a statement. ``synthetic`` says that patients of a
    further registry are made up. What ``who`` says goes with the figure: as its own lines, in the text equivalent and with the
    plotted points; who was left out by hand stands in the title, because what it states may hang on her.
    """
    if who and who.left_out and who.left_out not in str(title):
        asks = str(title).endswith("?")
        title = together([title, capitalised(who.left_out) if asks else who.left_out], " " if asks else ", ")
    notes = list(notes)
    statements = [part for part in (title, summary, *notes) if isinstance(part, Statement)]
    said = [str(note) for note in notes if str(note)]
    if synthetic or registry.manifest.synthetic:
        layout = layout | {"annotations": [*layout.get("annotations", ()), _watermark(layout, look)]}
        said.insert(0, SYNTHETIC)
    spec: Part = own_markup_alone({"data": [_plain(trace) for trace in traces], "layout": layout})
    if isinstance(who, Who) and not who.cases.complete and not _shows_patients(traces):
        who = replace(who, cases=Sample((), who.cases.of, who.cases.of))
    shown, caveats = (who.words, who.shared) if who else ("", ())
    drawn = tuple(tuple(row) for row in rows)
    table = Table(name.replace("_", "-"), str(title), told_apart(columns), drawn, (*caveats, *said), capitalised(shown))
    whole = " ".join([str(summary), *([f"{capitalised(shown)}."] if shown else []), *caveats])
    amounts = tuple(amount for statement in statements for amount in statement.amounts)
    return Chart(name, str(title), spec, whole, table, tuple(said), who=shown, caveats=caveats, amounts=amounts)


def _shows_patients(traces: Sequence[Part]) -> bool:
    """Whether patients have marks of their own besides one who is highlighted: what is counted of all is of no sample."""
    marks = marks_of(point for trace in traces for point in trace.get("customdata") or ())
    return sum(isinstance(mark, int) for mark in marks) > 1


def _plain(trace: Part) -> Part:
    """A trace with what all share; marks stay opaque, where Plotly would fade those of several sizes."""
    plain: Part = {"type": "scatter", "hoverinfo": "text", "cliponaxis": False, "showlegend": False} | trace
    return plain | {"marker": {"opacity": 1} | plain["marker"]} if "marker" in plain else plain


def empty_chart(
    registry: Registry, name: str, question: str, columns: Iterable[Column], look: Look, why: str = NOBODY
) -> Chart:
    """The calm picture of nobody: one sentence and no axes."""
    sentence = words(look, why, x=0.5, y=0.5, xref="paper", yref="paper", xanchor="center", align="center", size=16)
    hidden = {"visible": False, "fixedrange": True}
    layout = base_layout(look, 220, annotations=[sentence], xaxis=hidden, yaxis=hidden)
    summary = question if why == question else f"{question} {why}"
    chart = compose(
        registry, name, question, traces=[], layout=layout, summary=summary, columns=columns, rows=[], look=look
    )
    return replace(chart, nothing=why)


def _watermark(layout: Part, look: Look) -> Part:
    """As large as the figure's height allows, and quiet enough that what lies below is read first."""
    size = max(_LEAST_MARK, min(_MOST_MARK, layout["height"] / look.scale / 14))
    place: Part = {"x": 0.5, "y": 0.5, "xref": "paper", "yref": "paper", "xanchor": "center"}
    return words(look, "SYNTHETIC", size=size, textangle=-24, opacity=0.15, **place)
