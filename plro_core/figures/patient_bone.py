"""The bones of one patient's poster: her scores against the lines that they are read by, and her spine with its fractures."""

from collections.abc import Sequence
from dataclasses import dataclass

from plro_core.figures.fractures import cemented_levels
from plro_core.figures.patient_layout import NAMES, Box, Place, Plan
from plro_core.figures.points import sentence
from plro_core.figures.spine.anatomy import Column
from plro_core.figures.style import Look, Part, patient_colour, patient_symbol, quiet_axis, symbol_size, words
from plro_core.lookups import Record
from plro_core.text import capitalised, listed, safe_plotly
from plro_core.vocabulary import Variable, Vocabulary
from plro_core.vocabulary.standard import CERVICAL
from plro_core.vocabulary.thresholds import ISCD, WHO_LOWER, WHO_UPPER

#: Where the axis of scores ends, unless a score lies beyond.
_LOW, _HIGH = -4.5, 1.0
_FRACTURED = "#B75C14"
#: The width of a letter, for a type size of one.
_LETTER = 0.55


def score_lines(scores: Sequence[Variable]) -> list[tuple[float, str]]:
    """The lines that the scores are read by: those of the WHO for T-scores, that of the ISCD for Z-scores."""
    kinds = {entry.score for entry in scores}
    lines = [WHO_LOWER, WHO_UPPER] if "T" in kinds else []
    lines += [ISCD] if "Z" in kinds else []
    return [(line.bound, f"{line.bound:g}".replace("-", "−")) for line in lines]


def score_axes(scores: Sequence[Variable], case: Record, at: Place, look: Look) -> dict[str, Part]:
    """One axis for all scores, which does not move with them unless one lies beyond it."""
    values = [case[entry.name] for entry in scores if case[entry.name] is not None]
    low, high = min([_LOW, *(value - 0.5 for value in values)]), max([_HIGH, *(value + 0.5 for value in values)])
    return {
        f"xaxis{at.suffix}": quiet_axis(look, range=[low, high], visible=False, domain=list(at.across)),
        f"yaxis{at.suffix}": quiet_axis(look, range=[len(scores) - 0.35, -0.65], visible=False)
        | {"domain": list(at.upright), "anchor": f"x{at.suffix}"},
    }


def score_marks(scores: Sequence[Variable], case: Record, at: Place, look: Look) -> list[Part]:
    found = [(row, entry, case[entry.name]) for row, entry in enumerate(scores) if case[entry.name] is not None]
    if not found:
        return []
    hue, symbol = patient_colour(case["case_id"]), patient_symbol(case["case_id"])
    return [
        {
            "mode": "markers",
            "name": "Scores",
            "x": [value for _, _, value in found],
            "y": [row for row, _, _ in found],
            "customdata": [[case["case_id"]]] * len(found),
            "hovertext": [
                sentence(f"Patient {case['case_id']}: {safe_plotly(entry.label)} {entry.written(value)}")
                for _, entry, value in found
            ],
            "marker": {"color": hue, "symbol": symbol, "size": symbol_size(symbol, look.px(10))},
        }
        | at.axes
    ]


def score_shapes(scores: Sequence[Variable], at: Place, look: Look) -> list[Part]:
    line: Part = {"type": "line", "yref": f"y{at.suffix} domain", "xref": f"x{at.suffix}", "layer": "below"}
    rules = [
        line
        | {
            "x0": bound,
            "x1": bound,
            "y0": 0,
            "y1": 1,
            "line": {"color": look.quiet, "width": look.px(1), "dash": "dot"},
        }
        for bound, _ in score_lines(scores)
    ]
    rows = [
        {"type": "line", "xref": "paper", "x0": at.across[0], "x1": at.across[1], "yref": f"y{at.suffix}", "y0": row,
         "y1": row, "layer": "below", "line": {"color": look.grid, "width": 1}}
        for row in range(len(scores))
    ]  # fmt: skip
    return [*rows, *rules]


def score_words(scores: Sequence[Variable], case: Record, at: Place, look: Look) -> list[Part]:
    """The head, the name of each row, the bounds of the lines, and what is not recorded."""
    kinds = listed([f"{kind}-scores" for kind in dict.fromkeys(entry.score for entry in scores)])
    said = [
        words(
            look,
            f'<b><span style="color:{look.text}">{kinds}</span></b> as reported',
            yshift=look.px(16),
            xshift=-look.px(NAMES - 2),
            **at.over,
        )
    ]
    for bound, text in score_lines(scores):
        said.append(
            words(look, text, size=11, x=bound, xref=f"x{at.suffix}", y=1, yref=f"y{at.suffix} domain", yanchor="bottom", xanchor="center")
        )  # fmt: skip
    for row, entry in enumerate(scores):
        name = entry.label.replace(f" {entry.score}-score", "")
        place: Part = {"x": at.across[0], "xref": "paper", "y": row, "yref": f"y{at.suffix}"}
        said.append(words(look, safe_plotly(name), size=11, xanchor="right", xshift=look.px(-6), **place))
        value = case[entry.name]
        told = "not recorded" if value is None else f"<b>{entry.written(value)}</b>"
        colour = look.quiet if value is None else look.text
        said.append(words(look, told, size=12, color=colour, **place | {"x": at.across[1], "xanchor": "right"}))
    return said


@dataclass(frozen=True)
class Spine:
    """One patient's spine at its place: the drawn column and what is documented of it."""

    column: Column
    box: Box
    plan: Plan
    at: Place
    fractures: Sequence[Record]
    cemented: frozenset[str]
    look: Look

    @property
    def middle(self) -> float:
        """Where the axis of the column is, as a fraction of the figure."""
        return (self.box.left + self.box.width * 0.45) / self.plan.width

    @property
    def broken(self) -> dict[str, Record]:
        return {row["level"]: row for row in self.fractures if row["level"] in self.column.places}

    @property
    def elsewhere(self) -> list[Record]:
        return [row for row in self.fractures if row["level"] not in self.column.places]


def spine_of(fractures: Sequence[Record], given: Sequence[Record], case_id: int, box: Box, plan: Plan, at: Place, look: Look) -> Spine:  # fmt: skip
    """The spine as large as its box; the neck is drawn down from the highest fracture in it."""
    levels = {row["level"] for row in fractures}
    highest = next((index for index, level in enumerate(CERVICAL) if level in levels), None)
    neck = CERVICAL[highest:] if highest is not None else ()
    size = Column(1.0, cervical=neck, short=True)
    unit = look.px(box.height) / (size.bottom + size.sacrum_height - size.top + 0.2)
    cemented = frozenset(cemented_levels(given).get(case_id, set()))
    return Spine(Column(unit, cervical=neck, short=True), box, plan, at, fractures, cemented, look)


def spine_axes(spine: Spine) -> dict[str, Part]:
    look, at, column = spine.look, spine.at, spine.column
    return {
        f"xaxis{at.suffix}": quiet_axis(look, range=[0, 1], visible=False, domain=list(at.across)),
        f"yaxis{at.suffix}": quiet_axis(
            look, range=[column.bottom + column.sacrum_height + 0.1, column.top - 0.1], visible=False
        )
        | {"domain": list(at.upright), "anchor": f"x{at.suffix}"},
    }


def spine_shapes(spine: Spine) -> list[Part]:
    """Processes behind, the sacrum, the bodies; fractured ones are filled, with an edge alone where the age is not stated."""
    look, column = spine.look, spine.column
    plain = look.tint(look.rule, 0.34), look.tint(look.line, 0.62)
    faint = look.tint(look.rule, 0.22), look.tint(look.line, 0.4)
    shapes = [_path(spine, column.process(level), *faint) for level in column.levels]
    shapes.append(_path(spine, column.sacrum(), *faint))
    for level in column.levels:
        row = spine.broken.get(level)
        fill = (
            plain
            if row is None
            else (_FRACTURED if row["acuity"] == "acute" else look.tint(_FRACTURED, 0.4), _FRACTURED)
        )
        shapes.append(_path(spine, column.body(level), *fill))
    return [*shapes, *(_ring(spine, level) for level in column.levels if level in spine.cemented)]


def _path(spine: Spine, path: str, fill: str, edge: str) -> Part:
    return {
        "type": "path", "path": path, "xref": "paper", "xanchor": spine.middle, "xsizemode": "pixel",
        "yref": f"y{spine.at.suffix}", "fillcolor": fill, "line": {"color": edge, "width": 1.2},
    }  # fmt: skip


def _ring(spine: Spine, level: str) -> Part:
    place, half, column = spine.column.places[level], spine.column.unit * 0.3, spine.column
    across = column.across(place)
    return {
        "type": "circle", "xref": "paper", "xanchor": spine.middle, "xsizemode": "pixel", "x0": across - half, "x1": across + half,
        "yref": f"y{spine.at.suffix}", "y0": place - 0.3, "y1": place + 0.3,
        "line": {"color": spine.look.text, "width": spine.look.px(1.8)},
    }  # fmt: skip


def spine_marks(spine: Spine, case_id: int, words_: Vocabulary) -> list[Part]:
    """What a fractured level says under the pointer."""
    rows = list(spine.broken.values())
    if not rows:
        return []
    return [
        {
            "mode": "markers",
            "name": "Fractures",
            "x": [0.45] * len(rows),
            "y": [spine.column.places[row["level"]] for row in rows],
            "customdata": [[case_id]] * len(rows),
            "hovertext": [_hover(row, case_id, words_, row["level"] in spine.cemented) for row in rows],
            "marker": {"symbol": "square", "size": spine.look.px(16), "color": "rgba(0,0,0,0)"},
        }
        | spine.at.axes
    ]


def _hover(row: Record, case_id: int, words_: Vocabulary, cemented: bool) -> str:
    level = words_.variable("level", "fractures").level_label(row["level"])
    kind = f"{row['type']} fracture" if row["type"] else "fracture"
    age = row["acuity"] or "age not stated"
    return sentence(safe_plotly(f"Patient {case_id}, {level}: {kind}, {age}"), "vertebroplasty" if cemented else "")


def spine_words(spine: Spine, words_: Vocabulary) -> list[Part]:
    """The head with the number of fractured vertebrae, and the name of each fractured level beside it."""
    look, at = spine.look, spine.at
    n = len(spine.broken)
    said = f"{n} fractured vertebra{'e' * (n != 1)}" if n else "No fractured vertebra"
    title = f'<b><span style="color:{look.text}">{said}</span></b><br>{_beside(spine, words_)}'
    parts = [words(look, title, yshift=look.px(2), xshift=look.px(-6), **at.over)]
    right = spine.column.right + look.px(4)
    for level, place in spine.column.places.items():
        row = spine.broken.get(level)
        if row is None and level not in ("T1", "T12", "L5"):
            continue
        name = words_.variable("level", "fractures").level_label(level) if row else level
        text = f"<b>{safe_plotly(name)}</b>" if row else level
        if row and level in spine.cemented:
            text += " ○"
        if row is None and any(abs(spine.column.places[other] - place) < 1.3 for other in spine.broken):
            continue
        parts.append(
            words(look, text, size=11, color=look.ink(_FRACTURED) if row else look.quiet, x=spine.middle, xref="paper",
                  y=place, yref=f"y{at.suffix}", xshift=right)
        )  # fmt: skip
    return parts


def _beside(spine: Spine, words_: Vocabulary) -> str:
    """Fractures of other bones, and what the marks mean; nothing is said of what is not documented."""
    level = words_.variable("level", "fractures")
    others = [safe_plotly(level.level_label(row["level"])) for row in spine.elsewhere]
    told = [f"also {listed(others)}"] if others else []
    told += ["documented"] if not (others or spine.broken) else []
    ages = {row["acuity"] == "acute" for row in spine.broken.values()}
    told += ["○ vertebroplasty"] if spine.cemented else []
    told += ["full: acute"] if True in ages else []
    told += ["pale: age not stated"] if False in ages else []
    room, said = spine.box.width / (12 * _LETTER), ""
    for part in told:  # what does not fit beside the others is said in the notes
        said = " · ".join(filter(None, (said, part))) if len(said) + len(part) + 3 <= room else said
    return capitalised(said) or " "
