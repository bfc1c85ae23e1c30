"""The spine at a glance: a drawn column with the fractured vertebrae filled, and beside each how many patients have it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from plro_core.cohort import EVERYONE, Cohort, Criterion
from plro_core.figures.chart import Chart, compose, empty_chart
from plro_core.figures.glance.small import TALL, piece, whom
from plro_core.figures.points import InView, in_view, sentence
from plro_core.figures.spine.anatomy import Column as Spine
from plro_core.figures.style import LIGHT, Look, Part, base_layout, quiet_axis, words
from plro_core.statements import About, Each, PartOf, Statement, chosen_by, only, state
from plro_core.store import Registry
from plro_core.tables import Column
from plro_core.text import grouped, patients, safe_plotly
from plro_core.vocabulary import Variable
from plro_core.vocabulary.standard import CERVICAL, VERTEBRAE

_QUESTION = "Where are the fractures?"
_COLUMNS = (Column("level", "Level"), Column("patients", "Patients with a fracture", "integer"))
#: Room over and below the column, in pixels, and beside it for the names of the levels.
_EDGE, _LABEL = 6.0, 36.0
#: The height of a row for a bone that is not of the spine, in vertebrae.
_BONE = 1.2
#: The uppermost bodies lean above their places.
_ABOVE = 0.35
#: How strongly a level is filled at least.
_FAINT = 0.2


@dataclass(frozen=True)
class _Drawing:
    """The column and where each level stands, by how many patients have a fracture there."""

    view: InView
    look: Look
    height: float

    @property
    def level(self) -> Variable:
        return self.view.vocabulary.variable("level", "fractures")

    @cached_property
    def found(self) -> Mapping[str, int]:
        return {code: n for code, n in self.view.frequency("level", None).values.items() if n}

    @property
    def most(self) -> int:
        return max(self.found.values(), default=1)

    @cached_property
    def cervical(self) -> tuple[str, ...]:
        """The neck from its highest fracture down; nothing without one."""
        hit = [index for index, code in enumerate(CERVICAL) if code in self.found]
        return tuple(CERVICAL[hit[0] :]) if hit else ()

    @cached_property
    def others(self) -> list[str]:
        """Bones that are not vertebrae and have a fracture, in the order of the levels."""
        known = [level.code for level in self.level.levels]
        return [code for code in known if code in self.found and code not in (*CERVICAL, *VERTEBRAE)]

    @cached_property
    def column(self) -> Spine:
        plain = Spine(1.0, short=True, cervical=self.cervical)
        unit = (self.height - 2 * self.look.px(_EDGE)) / self._extent(plain)
        column = Spine(unit, short=True, cervical=self.cervical)
        return Spine(unit, -(self.look.px(_LABEL) + column.right), True, self.cervical)

    def _extent(self, column: Spine) -> float:
        return column.bottom + column.sacrum_height + _BONE * len(self._below) - column.top + _ABOVE

    @property
    def _below(self) -> list[str]:
        return [code for code in self.others if code != "sacrum"]

    @cached_property
    def places(self) -> dict[str, float]:
        places = dict(self.column.places)
        foot = self.column.bottom + self.column.sacrum_height
        if "sacrum" in self.others:
            places["sacrum"] = self.column.bottom + 0.5
        return places | {code: foot + (index + 0.5) * _BONE for index, code in enumerate(self._below)}

    @property
    def ends(self) -> tuple[float, float]:
        top = self.column.top - _ABOVE
        return top, top + self._extent(self.column)

    @property
    def room(self) -> float:
        """How wide the column is with the names of its levels, in pixels."""
        return self.column.left - self.column.at + 10


def spine_at_a_glance(
    registry: Registry, cohort: Cohort = EVERYONE, *, highlight: int | None = None, look: Look = LIGHT
) -> Chart:
    """The spine with its fractures in place, and beside each level how many patients have one there."""
    level = registry.vocabulary.variable("level", "fractures")
    view = in_view(registry, Cohort(cohort.who), [level], visits=False)
    if not view.n:
        return empty_chart(registry, "spine_at_a_glance", _QUESTION, _COLUMNS, look)
    drawing = _Drawing(view, look, look.stage.height if look.stage else look.px(TALL))
    return compose(
        registry,
        "spine_at_a_glance",
        _title(registry, view, level),
        traces=[_marks(drawing)] if drawing.found else [],
        layout=_layout(drawing),
        summary=_summary(registry, view, level),
        columns=_COLUMNS,
        rows=[(level.level_label(code), drawing.found[code]) for code in drawing.places if code in drawing.found],
        look=look,
        notes=("A level that is not filled has no documented fracture, which is not the same as none.",),
        who=whom(view, highlight, False),
    )


def _layout(drawing: _Drawing) -> Part:
    look, (top, foot) = drawing.look, drawing.ends
    layout = base_layout(
        look,
        TALL,
        xaxis=quiet_axis(look, range=[0, 1.0], visible=False),
        yaxis=quiet_axis(look, range=[foot, top], visible=False),
        shapes=[*_column(drawing), *_bars(drawing)],
        annotations=_words(drawing),
    )
    edge = look.px(_EDGE)
    return layout | {
        "margin": {
            "l": drawing.room,
            "r": look.px(12 + 8 * len(str(drawing.most))),
            "t": edge,
            "b": edge,
            "autoexpand": False,
        }
    }


def _column(drawing: _Drawing) -> list[Part]:
    """Processes behind, sacrum and bodies, filled by how many patients have a fracture there."""
    column, look = drawing.column, drawing.look
    plain = look.tint(look.rule, 0.34), look.tint(look.line, 0.62)
    faint = look.tint(look.rule, 0.22), look.tint(look.line, 0.4)
    shapes = [_path(column.process(level), *faint) for level in column.levels]
    shapes.append(_path(column.sacrum(), *_fill(drawing, "sacrum", faint)))
    return shapes + [_path(column.body(level), *_fill(drawing, level, plain)) for level in column.levels]


def _fill(drawing: _Drawing, code: str, plain: tuple[str, str]) -> tuple[str, str]:
    n = drawing.found.get(code, 0)
    strength = _FAINT + (1 - _FAINT) * n / drawing.most
    return (drawing.look.tint(drawing.look.accent, strength),) * 2 if n else plain


def _path(path: str, fill: str, edge: str) -> Part:
    """A shape left of the plot: across in pixels from its edge, up and down on its axis."""
    across: Part = {"xref": "paper", "xanchor": 0, "xsizemode": "pixel"}
    return {"type": "path", "path": path, "yref": "y", "fillcolor": fill, "line": {"color": edge, "width": 1}} | across


def _bars(drawing: _Drawing) -> list[Part]:
    """Beside each fractured level a bar as long as its patients are many."""
    look = drawing.look
    return [
        {
            "type": "rect",
            "x0": 0,
            "x1": n / drawing.most,
            "xref": "x",
            "y0": drawing.places[code] - 0.3,
            "y1": drawing.places[code] + 0.3,
            "yref": "y",
            "fillcolor": look.tint(look.accent, 0.85 if n == drawing.most else 0.45),
            "line": {"width": 0},
        }
        for code, n in drawing.found.items()
        if code in drawing.places
    ]


def _words(drawing: _Drawing) -> list[Part]:
    """The fractured levels by name, each with its count; with none, that none is documented."""
    look, said = drawing.look, []
    left: Part = {"x": 0, "xref": "paper", "xanchor": "right", "xshift": -look.px(6)}
    for code, n in drawing.found.items():
        if code not in drawing.places:
            continue
        strong, place = n == drawing.most, drawing.places[code]
        name = safe_plotly(drawing.level.level_label(code))
        said.append(words(look, f"<b>{name}</b>" if strong else name, y=place, color=look.text, size=11.5, **left))
        at: Part = {"x": n / drawing.most, "xshift": look.px(5)}
        said.append(
            words(look, f"<b>{grouped(n)}</b>" if strong else grouped(n), y=place, color=look.text, size=11.5, **at)
        )
    if not drawing.found:
        nothing = "No fracture<br>documented"
        said.append(words(look, nothing, x=0.5, xref="paper", xanchor="center", y=0.5, yref="paper", align="center"))
    return said


def _marks(drawing: _Drawing) -> Part:
    """A mark over each fractured level, which stands for the patients who have it."""
    codes = [code for code in drawing.places if code in drawing.found]
    unit = drawing.column.unit
    return {
        "mode": "markers",
        "name": "Levels",
        "x": [drawing.found[code] / drawing.most / 2 for code in codes],
        "y": [drawing.places[code] for code in codes],
        "customdata": [piece(Criterion(drawing.level, (code,))) for code in codes],
        "hovertext": [
            sentence(f"{safe_plotly(drawing.level.level_label(code))}: {patients(drawing.found[code])} with a fracture")
            for code in codes
        ],
        "marker": {"color": "rgba(0,0,0,0)", "size": round(unit, 1), "symbol": "square"},
    }


def _title(registry: Registry, view: InView, level: Variable) -> Statement:
    """Of how many patients a fracture is documented at a level."""
    definition = view.vocabulary.variable("case_definition")
    if chosen := chosen_by(view.cohort, [level, definition]):
        return only(_QUESTION, chosen)
    return state("A fractured level is named in {part}", part=_any(registry, view, level))


def _any(registry: Registry, view: InView, level: Variable) -> PartOf:
    return PartOf.of(registry, view.cohort, Criterion(level, negated=True))


def _summary(registry: Registry, view: InView, level: Variable) -> Statement:
    part, each = _any(registry, view, level), Each(About(level, view.cohort), view.frequency("level", None))
    if not part.k:
        return state("A spine without a documented fracture level: {part} have one.", part=part)
    return state("A spine with the fractures in place. Named in {part}: {each}.", part=part, each=each)
