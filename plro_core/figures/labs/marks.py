"""The marks in one panel of laboratory values: patients or bands, medians, rings and arrows of the two flags."""

from collections.abc import Sequence
from dataclasses import dataclass

from plro_core import lookups
from plro_core.counts import ALL, Group
from plro_core.figures.flags import flag_words
from plro_core.figures.form import Form, form_of
from plro_core.figures.points import InView, place, sentence, side_by_side, when
from plro_core.figures.ribbon import FOUR_FIFTHS, HALF, bands
from plro_core.figures.style import (
    GroupStyle,
    Look,
    Part,
    patient_colour,
    patient_symbol,
    symbol_size,
    words,
)
from plro_core.text import grouped, safe_plotly
from plro_core.vocabulary import Variable

#: Up to this many patients are drawn in their own hues.
_FEW = 3


@dataclass(frozen=True)
class Drawing:
    """What the parts of this figure are drawn from."""

    view: InView
    styles: dict[Group, GroupStyle]
    highlight: int | None
    look: Look
    uncertain: dict[tuple[str, str], lookups.Record]

    @property
    def one_by_one(self) -> bool:
        """Whether each patient is drawn in her own hue."""
        return len(self.view.cases) <= _FEW and not self.styles

    @property
    def counted(self) -> bool:
        """Whether patients are too many to be drawn."""
        return form_of(self.view.n) is Form.COUNTED

    @property
    def numbered(self) -> bool:
        return form_of(self.view.n) is Form.NAMED

    def members(self, level: Group) -> list[int]:
        """The patients of a panel who are drawn; of many only the highlighted one."""
        found = [case["case_id"] for case in self.view.cases if level in (ALL, self.view.level_of(case))]
        return [case_id for case_id in found if not self.counted or case_id == self.highlight]


def marks(drawing: Drawing, lab: Variable, level: Group) -> list[Part]:
    """Bands, lines and points of the patients, then rings and arrows, then the median, then the highlighted patient."""
    view, members = drawing.view, drawing.members(level)
    shown = [row for row in view.visits if row["case_id"] in set(members) and row[lab.name] is not None]
    at = side_by_side([(row["case_id"], row["month"], row[lab.name]) for row in shown], 0.14, 0.5)
    style = drawing.styles.get(level)
    quiet = [case_id for case_id in members if case_id != drawing.highlight]
    traces: list[Part] = _bands(drawing, lab, level)
    if drawing.one_by_one:
        traces += [_one(drawing, lab, case_id, at, 1.8, style) for case_id in quiet]
    elif quiet:
        traces.append(_several(drawing, lab, quiet, at, style))
    traces += [*_flags(drawing, lab, shown, at), *_median(drawing, lab, level)]
    if drawing.highlight in members:
        traces.append(_one(drawing, lab, int(drawing.highlight or 0), at, 3, style))
    return traces


def _bands(drawing: Drawing, lab: Variable, level: Group) -> list[Part]:
    """The middle half of the values, and of many the middle four fifths; nothing of visits that were chosen by a value."""
    view, look = drawing.view, drawing.look
    if not view.all_visits_shown:
        return []
    found = {month: view.frequency(lab.name, month, level) for month in view.months}
    shares = {FOUR_FIFTHS: 0.16, HALF: 0.34} if drawing.counted else {HALF: 0.2}
    hue = drawing.styles[level].colour if drawing.styles else look.line
    return bands(view.months, found, shares, hue, f"Band {lab.name}")


def _path(drawing: Drawing, lab: Variable, case_ids: Sequence[int], at: dict[tuple[int, float], float]) -> Part:
    """Points of these patients in one trace; a missing value breaks the line, and so does the next patient."""
    view = drawing.view
    points: list[tuple[float | None, float | None, str, list[int]]] = []
    for case_id in case_ids:
        for month in view.months:
            value = view.value(case_id, month, lab.name)
            hover = "" if value is None else _hover(drawing, lab, case_id, month, value)
            points.append((at.get((case_id, month), month), value, hover, [case_id, month]))
        if len(case_ids) > 1:
            points.append((None, None, "", [case_id, -1]))
    x, y, hover_texts, data = zip(*points, strict=True)
    return {
        "mode": "lines+markers",
        "connectgaps": False,
        "x": list(x),
        "y": list(y),
        "hovertext": list(hover_texts),
        "customdata": list(data),
    }


def _one(
    drawing: Drawing,
    lab: Variable,
    case_id: int,
    at: dict[tuple[int, float], float],
    width: float,
    style: GroupStyle | None,
) -> Part:
    """One patient's line in her own hue and shape; in a panel of her group in its hue, told by size and by her number."""
    hue, symbol = (style.colour, "circle") if style else (patient_colour(case_id), patient_symbol(case_id))
    symbols = [_mark(drawing, lab, case_id, month, symbol) for month in drawing.view.months]
    return _path(drawing, lab, [case_id], at) | {
        "name": f"Patient {case_id}",
        "line": {"color": hue, "width": drawing.look.px(width)},
        "marker": {
            "color": hue,
            "symbol": symbols,
            "size": symbol_size(symbol, drawing.look.px(9 if style else 8)),
            "line": {"color": hue, "width": drawing.look.px(1.4)},
        },
    }


def names(drawing: Drawing, lab: Variable, level: Group, axes: Part) -> list[Part]:
    """The numbers of patients who are drawn one by one, where their lines end."""
    view, members = drawing.view, drawing.members(level)
    alone = members if drawing.one_by_one else [case_id for case_id in members if case_id == drawing.highlight]
    said = []
    for case_id in alone:
        last = max((month for month in view.months if view.value(case_id, month, lab.name) is not None), default=None)
        if last is not None:
            style = drawing.styles.get(level)
            ink = drawing.look.ink(style.colour if style else patient_colour(case_id))
            value, shift = view.value(case_id, last, lab.name), drawing.look.px(8)
            place: Part = {"x": last, "y": value, "xshift": -shift, "xanchor": "right"}
            said.append(words(drawing.look, f"<b>{case_id}</b>", color=ink, **place, **axes))
    return said


def _several(
    drawing: Drawing, lab: Variable, case_ids: list[int], at: dict[tuple[int, float], float], style: GroupStyle | None
) -> Part:
    """All others in one quiet trace: what is out of range, and the median, are seen first."""
    look, view = drawing.look, drawing.view
    dim = drawing.highlight is not None
    colour = style.colour if style else look.line
    many = len(case_ids) > 1
    shapes = [
        shape
        for case_id in case_ids
        for shape in [_mark(drawing, lab, case_id, month, "circle") for month in view.months] + ["circle"] * many
    ]
    drawn = look.tint(colour, 0.55) if dim else colour
    return _path(drawing, lab, case_ids, at) | {
        "name": safe_plotly(style.label) if style else "Patients",
        "line": {"color": look.tint(colour, 0.3 if dim or not drawing.numbered else 0.6), "width": look.px(1)},
        "marker": {
            "color": drawn,
            "symbol": shapes,
            "size": look.px(5.5 if drawing.numbered else 3.2),
            "line": {"color": drawn, "width": look.px(1)},
        },
    }


def _mark(drawing: Drawing, lab: Variable, case_id: int, month: int, symbol: str) -> str:
    """The shape of a point; hollow with a dot in the middle if the cell is uncertain."""
    if (f"{case_id}/{month}", lab.name) not in drawing.uncertain:
        return symbol
    return f"{symbol.removesuffix('-open')}-open-dot"


def _flags(
    drawing: Drawing, lab: Variable, shown: list[lookups.Record], at: dict[tuple[int, float], float]
) -> list[Part]:
    """Rings in the accent around values outside the range, and the reported flags as arrows beside their points.

    Of patients who are not named a filled point in the accent alone: rings and arrows of many hide each other.
    """
    look = drawing.look
    outside = [row for row in shown if lab.flag(row[lab.name])]
    printed = [row for row in shown if row[f"{lab.name}_flag"] and drawing.numbered]
    ring = {
        "symbol": "circle-open" if drawing.numbered else "circle",
        "color": look.accent,
        "size": look.px(12 if drawing.numbered else 4),
        "line": {"width": look.px(1.8 if drawing.numbered else 0), "color": look.accent},
    }
    traces: list[Part] = []
    if outside:
        traces.append(_beside(lab, outside, at) | {"mode": "markers", "name": "Outside the range", "marker": ring})
    if printed:
        traces.append(
            _beside(lab, printed, at)
            | {
                "mode": "text",
                "name": drawing.view.registry.flag_word.capitalize(),
                "text": [f"\u2009\u2009<b>{'↑' if row[f'{lab.name}_flag'] == 'H' else '↓'}</b>" for row in printed],
                "textposition": "middle right",
                "textfont": {"size": look.type(15), "color": look.text},
            }
        )
    return traces


def _beside(lab: Variable, rows: list[lookups.Record], at: dict[tuple[int, float], float]) -> Part:
    return {
        "x": [at[(row["case_id"], row["month"])] for row in rows],
        "y": [row[lab.name] for row in rows],
        "customdata": [[row["case_id"], row["month"]] for row in rows],
        "hoverinfo": "skip",
    }


def _median(drawing: Drawing, lab: Variable, level: Group) -> list[Part]:
    """A thick line through the medians of a panel, where a visit has at least three values."""
    view, look = drawing.view, drawing.look
    medians = [view.median(lab.name, month, level) for month in view.months]
    if not view.all_visits_shown or all(median is None for median in medians):
        return []
    style = drawing.styles.get(level)
    name, colour = (f", {safe_plotly(style.label)}", style.colour) if style else ("", look.text)
    hover = [
        f"Median {safe_plotly(lab.words)} at {when(month)}{name}:<br>{lab.written(median)} {safe_plotly(lab.stated_unit)} "
        f"(n = {grouped(view.frequency(lab.name, month, level).n)})"
        for month, median in zip(view.months, medians, strict=True)
    ]
    return [
        {
            "mode": "lines+markers",
            "name": f"Median{name}",
            "x": list(view.months),
            "y": medians,
            "connectgaps": False,
            "hovertext": hover,
            "line": {"color": colour, "width": look.px(3)},
            "marker": {"color": colour, "size": look.px(5)},
        }
    ]


def _hover(drawing: Drawing, lab: Variable, case_id: int, month: int, value: float) -> str:
    row = drawing.view.visit(case_id, month)
    printed = row[f"{lab.name}_flag"] if row else None
    origin = drawing.uncertain.get((f"{case_id}/{month}", lab.name))
    doubt = f"{origin['status']}: {safe_plotly(origin['note'] or origin['verbatim'] or '')}" if origin else ""
    said = safe_plotly(f"Patient {case_id}, {when(month)}: {lab.words} {lab.written(value)} {lab.unit}")
    return sentence(said, flag_words(lab, value, printed, drawing.view.registry.flagged_word), doubt, place(row))
