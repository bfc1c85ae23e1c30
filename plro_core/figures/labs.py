"""Laboratory values over time: one small panel an analyte, with its reference band and both kinds of flag."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from plro_core import lookups
from plro_core.cohort import EVERYONE, Cohort
from plro_core.counts import ALL, Group
from plro_core.figures.bands import held_against, line_notes, range_shapes
from plro_core.figures.chart import Chart, compose, empty_chart
from plro_core.figures.flags import flag_words, lab_variables, out_of_range
from plro_core.figures.panels import Panel, grid
from plro_core.figures.points import InView, in_view, place, sentence, side_by_side, when, wrapped
from plro_core.figures.style import (
    LIGHT,
    GroupStyle,
    Look,
    Part,
    base_layout,
    group_key,
    group_name,
    group_styles,
    patient_colour,
    patient_symbol,
    quiet_axis,
    symbol_size,
    words,
)
from plro_core.figures.time_axis import counted, time_axis, visit_numbers
from plro_core.statements import Statement, Total, chosen_by, only, state, together
from plro_core.store import Registry
from plro_core.tables import Cell, Column
from plro_core.tables.notes import reference_note
from plro_core.tables.ranges import flag_statements
from plro_core.text import capitalised, listed, safe_plotly
from plro_core.vocabulary import Variable

_QUESTION = "Which laboratory values leave their reference range?"
_FEW = 3  # up to this many patients are drawn in their own hues


def _notes(registry: Registry) -> tuple[str, ...]:
    return (
        registry.told("labs.ranges", "Shaded: reference range, for orientation; ranges differ by laboratory."),
        registry.told("labs.arrows", "↑ and ↓ are reported flags; a ringed point lies outside the range.")
        + " The two do not always agree.",
        "Under each visit: the month, and n, the values recorded.",
    )


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

    def style_of(self, case_id: int) -> GroupStyle | None:
        """How a patient's group is drawn; ``None`` without groups."""
        if not self.styles:
            return None
        return next(self.styles[self.view.level_of(case)] for case in self.view.cases if case["case_id"] == case_id)


def lab_trajectories(
    registry: Registry,
    cohort: Cohort = EVERYONE,
    *,
    group: Variable | None = None,
    highlight: int | None = None,
    look: Look = LIGHT,
    labs: Sequence[Variable] | None = None,
    columns: int | None = None,
) -> Chart:
    """Each analyte in its own unit over a true time axis; a missing value is a gap, never joined through.

    ``columns`` is two unless given, and three on a wide screen.
    """
    labs = registry.vocabulary.labs if labs is None else labs
    view = in_view(registry, cohort, labs, group)
    if not view.n:
        return empty_chart(registry, "lab_trajectories", _QUESTION, _columns(registry), look)
    highlight = view.chosen(highlight)
    styles = group_styles(group, look) if group else {}
    drawing = Drawing(view, styles, highlight, look, lookups.uncertain_cells(registry, "visits"))
    key, lines = group_key(group, styles, view.group_sizes, look) if group else ("", 0)
    columns = columns or (3 if look.wide else 2)
    header = 48 if look.wide else 68
    panels, height = grid(
        len(labs),
        columns,
        panel=160,
        header=header,
        foot=42 + 14 * max(0, len(_groups(view)) - 1),
        top=4 + 20 * lines,
        gap=0.09 if look.wide else 0.14,
    )
    traces: list[Part] = []
    annotations: list[Part] = []
    shapes: list[Part] = []
    axes: dict[str, Part] = {}
    for lab, panel in zip(labs, panels, strict=True):
        traces += _traces(drawing, lab, panel)
        annotations += [*_header(drawing, lab, panel), *_names(drawing, lab, panel)]
        axes |= _axes(drawing, lab, panel)
        across: Part = {"xref": f"x{panel.suffix} domain", "x0": 0, "x1": 1}
        shapes += range_shapes(lab, look, across, f"y{panel.suffix}")
    if key:
        annotations.append(
            words(look, key, x=0, y=1, xref="paper", yref="paper", yanchor="top", xshift=look.px(-34), size=13)
        )
    layout = base_layout(
        look, height, {"l": 42, "r": 14, "t": 0, "b": 0}, annotations=annotations, shapes=shapes, **axes
    )
    return compose(
        registry,
        "lab_trajectories",
        _title(view, labs),
        traces=traces,
        layout=layout,
        summary=_summary(view, labs),
        columns=_columns(registry),
        rows=_rows(view, labs),
        notes=(
            *view.notes,
            view.median_note,
            *_notes(registry),
            *line_notes(labs),
            *reference_note(registry, labs),
            *flag_statements(registry, view.cohort, labs),
            _uncertain_note(drawing, labs),
            _group_note(styles),
            *_lab_notes(labs),
        ),
        look=look,
        who=view.who(highlight),
    )


def _columns(registry: Registry) -> list[Column]:
    return [
        Column("case_id", "Patient", "integer"),
        Column("month", "Month", "integer"),
        Column("analyte", "Analyte"),
        Column("value", "Value", "number", None),
        Column("unit", "Unit"),
        Column("printed_flag", registry.flag_word.capitalize()),
        Column("computed_flag", "Computed flag"),
        Column("source", "Source"),
    ]


def _rows(view: InView, labs: Sequence[Variable]) -> Iterator[tuple[Cell, ...]]:
    for lab in labs:
        for row in view.visits:
            value = row[lab.name]
            flags = (row[f"{lab.name}_flag"], lab.flag(value))
            yield (row["case_id"], row["month"], lab.label, value, lab.stated_unit, *flags, place(row))


def _axes(drawing: Drawing, lab: Variable, panel: Panel) -> dict[str, Part]:
    view, look = drawing.view, drawing.look
    n = counted(view, lab.name)
    x = time_axis(look, view.months) | visit_numbers(look, view.months, n)
    y = quiet_axis(look, range=_extent(view, lab), nticks=5, tickfont={"size": look.px(11), "color": look.quiet})
    return {
        f"xaxis{panel.suffix}": x | {"domain": list(panel.x), "anchor": f"y{panel.suffix}"},
        f"yaxis{panel.suffix}": y | {"domain": list(panel.y), "anchor": f"x{panel.suffix}"},
    }


def _extent(view: InView, lab: Variable) -> list[float]:
    """An axis that holds every recorded value and the whole reference band, with some air."""
    ends = [value for month in view.months for value in view.frequency(lab.name, month).values]
    ends += held_against(lab)
    low, high = (min(ends), max(ends)) if ends else (0.0, 1.0)
    air = (high - low or 1) * 0.09
    return [low - air, high + air]


def _header(drawing: Drawing, lab: Variable, panel: Panel) -> list[Part]:
    """Over the panel: analyte, unit, and the range with its source; at its foot, what the two rows of numbers are."""
    look = drawing.look
    name = wrapped(f"{safe_plotly(lab.label)}", 38 if look.wide else 22)
    known, unit = lab.reference, safe_plotly(lab.stated_unit)
    band = safe_plotly(f"{known.words}: {known.by}") if known else f"{unit}; no reference range"
    if look.wide:
        under = f"{band}, unit assumed" if lab.assumed_unit else band
    else:
        under = ("unit assumed<br>" if lab.assumed_unit else "") + wrapped(band, 25)
    text = f'<b><span style="color:{look.text}">{name}</span></b><br><span style="font-size:{look.px(11)}px">{under}</span>'
    at: Part = {"xref": "paper", "yref": "paper", "x": panel.x[0]}
    return [
        words(look, text, y=panel.y[1], yanchor="bottom", yshift=look.px(4), xshift=look.px(-30), size=13, **at),
        words(
            look, "<br>".join(["mo.", *_signs(drawing)]), y=panel.y[0], yanchor="top", xanchor="right", align="right", size=11, yshift=look.px(-2),
            xshift=look.px(-4), **at,
        ),
    ]  # fmt: skip


def _groups(view: InView) -> list[Group]:
    """The groups that somebody belongs to, in the order in which their numbers are written."""
    levels = [*(level.code for level in view.group.levels), None] if view.group else []
    return [level for level in levels if view.group_sizes.get(level)]


def _signs(drawing: Drawing) -> list[str]:
    """What the numbers under a panel count: n, or n of each group."""
    signs = [(drawing.styles[level].glyph, drawing.styles[level].colour) for level in _groups(drawing.view)]
    look = drawing.look
    return [f'n <span style="color:{look.ink(colour)}">{glyph}</span>' for glyph, colour in signs] or ["n"]


def _traces(drawing: Drawing, lab: Variable, panel: Panel) -> list[Part]:
    """Lines and points of the patients, then rings and arrows, then medians, then the highlighted patient on top."""
    view = drawing.view
    shown = [row for row in view.visits if row[lab.name] is not None]
    at = side_by_side([(row["case_id"], row["month"], row[lab.name]) for row in shown], 0.14, 0.5)
    quiet = [case for case in view.cases if case["case_id"] != drawing.highlight]
    traces: list[Part] = []
    if drawing.one_by_one:
        traces += [_one(drawing, lab, case["case_id"], at, 1.8) for case in quiet]
    else:
        levels = list(drawing.styles) or [None]
        for level in levels:
            members = [case["case_id"] for case in quiet if not drawing.styles or view.level_of(case) == level]
            if members:
                traces.append(_several(drawing, lab, members, at, drawing.styles.get(level)))
    traces += [*_doubts(drawing, lab, shown, at), *_flags(drawing, lab, shown, at)]
    traces += _medians(drawing, lab)
    if drawing.highlight in view.ids:
        traces.append(_one(drawing, lab, int(drawing.highlight or 0), at, 3))
    axes = {"xaxis": f"x{panel.suffix}", "yaxis": f"y{panel.suffix}"}
    return [trace | axes for trace in traces]


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


def _one(drawing: Drawing, lab: Variable, case_id: int, at: dict[tuple[int, float], float], width: float) -> Part:
    """One patient's line in her own hue and shape; with groups in those of her group, told by size and by her number."""
    style = drawing.style_of(case_id)
    hue, symbol = (style.colour, style.symbol) if style else (patient_colour(case_id), patient_symbol(case_id))
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


def _names(drawing: Drawing, lab: Variable, panel: Panel) -> list[Part]:
    """The numbers of patients who are drawn one by one, where their lines end."""
    view = drawing.view
    alone = view.ids if drawing.one_by_one else [drawing.highlight] if drawing.highlight else []
    said = []
    for case_id in alone:
        last = max((month for month in view.months if view.value(case_id, month, lab.name) is not None), default=None)
        if last is not None:
            style = drawing.style_of(case_id)
            hue = style.colour if style else patient_colour(case_id)
            at: Part = {"x": last, "xref": f"x{panel.suffix}", "yref": f"y{panel.suffix}"}
            value = view.value(case_id, last, lab.name)
            ink, shift = drawing.look.ink(hue), drawing.look.px(8)
            said.append(
                words(drawing.look, f"<b>{case_id}</b>", y=value, color=ink, xshift=-shift, xanchor="right", **at)
            )
    return said


def _several(
    drawing: Drawing,
    lab: Variable,
    case_ids: list[int],
    at: dict[tuple[int, float], float],
    style: GroupStyle | None,
) -> Part:
    look, view = drawing.look, drawing.view
    many = not view.numbered
    dim = drawing.highlight is not None
    colour = style.colour if style else look.line
    symbol = style.symbol if style else "circle"
    marks = [
        mark
        for case_id in case_ids
        for mark in ([_mark(drawing, lab, case_id, month, symbol) for month in view.months] + [symbol])
    ]
    drawn, shown = look.tint(colour, 0.55) if dim else colour, marks if len(case_ids) > 1 else marks[:-1]
    return _path(drawing, lab, case_ids, at) | {
        "name": style.label if style else "Patients",
        "opacity": 0.3 if many else 1,
        "line": {"color": look.tint(colour, 0.35 if dim else 0.75), "width": look.px(1.4 if style else 1.1)},
        "marker": {
            "color": drawn,
            "symbol": shown,
            "size": look.px(3 if many else 5.5),
            "line": {"color": drawn, "width": look.px(1)},
        },
    }


def _mark(drawing: Drawing, lab: Variable, case_id: int, month: int, symbol: str) -> str:
    """The shape of a point; hollow with a dot in the middle if the cell is uncertain. With groups hollow is a group's sign."""
    if drawing.styles or (f"{case_id}/{month}", lab.name) not in drawing.uncertain:
        return symbol
    return f"{symbol.removesuffix('-open')}-open-dot"


def _flags(
    drawing: Drawing, lab: Variable, shown: list[lookups.Record], at: dict[tuple[int, float], float]
) -> list[Part]:
    """Rings in the accent around values outside the range; the reported flags as arrows beside their points."""
    look = drawing.look
    outside = [row for row in shown if lab.flag(row[lab.name])]
    printed = [row for row in shown if row[f"{lab.name}_flag"]]
    ring = {
        "symbol": "circle-open",
        "color": look.accent,
        "size": look.px(12 if drawing.view.numbered else 6),
        "line": {"width": look.px(1.8), "color": look.accent},
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
                "textfont": {"size": look.px(15 if drawing.view.numbered else 7), "color": look.text},
            }
        )
    return traces


def _doubts(
    drawing: Drawing, lab: Variable, shown: list[lookups.Record], at: dict[tuple[int, float], float]
) -> list[Part]:
    """With groups, a stroke through a point whose cell is uncertain: hollow marks are those of a group there."""
    keys = drawing.uncertain if drawing.styles else {}
    rows = [row for row in shown if (f"{row['case_id']}/{row['month']}", lab.name) in keys]
    look = drawing.look
    mark = {
        "symbol": "line-ne-open",
        "size": look.px(9 if drawing.view.numbered else 4),
        "color": look.text,
        "line": {"width": look.px(0.8), "color": look.text},
    }
    return [_beside(lab, rows, at) | {"mode": "markers", "name": "Uncertain", "marker": mark}] if rows else []


def _beside(lab: Variable, rows: list[lookups.Record], at: dict[tuple[int, float], float]) -> Part:
    return {
        "x": [at[(row["case_id"], row["month"])] for row in rows],
        "y": [row[lab.name] for row in rows],
        "customdata": [[row["case_id"], row["month"]] for row in rows],
        "hoverinfo": "skip",
    }


def _medians(drawing: Drawing, lab: Variable) -> list[Part]:
    """A thick line through the medians (of each group), where a visit has at least three values."""
    view, look = drawing.view, drawing.look
    groups: list[tuple[Group, str, str, str]] = [(ALL, look.text, "solid", "")]
    if not view.all_visits_shown:
        groups = []
    elif drawing.styles:
        groups = [(code, s.colour, s.dash, f", {s.label}") for code, s in drawing.styles.items() if code is not None]
    traces: list[Part] = []
    for level, colour, dash, name in groups:
        medians = [view.median(lab.name, month, level) for month in view.months]
        if all(median is None for median in medians):
            continue
        traces.append(
            {
                "mode": "lines+markers",
                "name": f"Median{name}",
                "x": list(view.months),
                "y": medians,
                "connectgaps": False,
                "hovertext": [
                    f"Median {lab.words} at {when(month)}{name}:<br>{lab.written(median)} {lab.stated_unit} "
                    f"(n = {view.frequency(lab.name, month, level).n})"
                    for month, median in zip(view.months, medians, strict=True)
                ],
                "line": {"color": colour, "width": look.px(3.4 if name else 2.8), "dash": dash},
                "marker": {"color": colour, "size": look.px(5)},
            }
        )
    return traces


def _hover(drawing: Drawing, lab: Variable, case_id: int, month: int, value: float) -> str:
    row = drawing.view.visit(case_id, month)
    printed = row[f"{lab.name}_flag"] if row else None
    origin = drawing.uncertain.get((f"{case_id}/{month}", lab.name))
    doubt = f"{origin['status']}: {safe_plotly(origin['note'] or origin['verbatim'] or '')}" if origin else ""
    said = f"Patient {case_id}, {when(month)}: {lab.words} {lab.written(value)} {lab.unit}"
    return sentence(said, flag_words(lab, value, printed, drawing.view.registry.flagged_word), doubt, place(row))


def _uncertain_note(drawing: Drawing, labs: Sequence[Variable]) -> str:
    names = {column for _, column in drawing.uncertain}
    marked = [lab.words for lab in labs if lab.name in names]
    if not marked:
        return ""
    sign = "A point with a stroke through it" if drawing.styles else "A hollow point with a dot"
    return f"{sign} is uncertain in its unit or analyte: {listed(marked)}."


def _group_note(styles: dict[Group, GroupStyle]) -> str:
    return (
        "Hue and a full or hollow mark are those of a group, as the key says; a ring is a value outside the range."
        * bool(styles)
    )


def _lab_notes(labs: Sequence[Variable]) -> list[str]:
    """The declared notes, headed by their analyte where they do not name it."""
    return [lab.note if lab.note.startswith('"') else f"{lab.label}: {lab.note}" for lab in labs if lab.note]


def _title(view: InView, labs: Sequence[Variable]) -> str | Statement:
    """How many values leave their range at the first and last visit, of those recorded; in each group, if there are."""
    if chosen := chosen_by(view.cohort, lab_variables(view.vocabulary)):
        return only(_QUESTION, chosen)
    if view.n == 1:
        return f"Laboratory values of patient {view.ids[0]}"
    if not any(lab.reference for lab in labs):
        return _QUESTION
    months = list(dict.fromkeys((view.months[0], view.months[-1])))
    if view.group is None:
        clauses = [state("{out} at {visit}", out=_outside(view, labs, [month]), visit=when(month)) for month in months]
        return state("Values outside their range: {found}", found=together(clauses))
    groups = view.of_groups(lambda level: together((_outside(view, labs, [month], level) for month in months), ", "))
    visits, by = listed([when(month) for month in months]), view.group.label_in_sentence
    return state("Values outside their range at {visits}, by {by}: {groups}", visits=visits, by=by, groups=groups)


def _outside(view: InView, labs: Sequence[Variable], months: Sequence[int], level: Group = ALL) -> Total:
    """The values outside their range at these visits, of those recorded of analytes that have one."""
    with_range = [lab for lab in labs if lab.reference]
    return Total(tuple(view.share(out_of_range(lab), month, level) for lab in with_range for month in months))


def _summary(view: InView, labs: Sequence[Variable]) -> Statement:
    """Each analyte in words: medians by visit with n (values where patients are few), and values out of range."""
    start = state("Laboratory values of {patients}.", patients=view.patients)
    if not view.all_visits_shown:
        return start
    return together([start, *(_lab_words(view, lab) for lab in labs)], " ")


def _lab_words(view: InView, lab: Variable) -> Statement:
    """One analyte, in each group if there are."""
    levels = list(view.group_sizes) if view.group else [ALL]
    clauses = []
    for level in levels:
        visits = together(
            state("{visit} {value}", visit=when(month), value=view.middle(lab, month, level)) for month in view.months
        )
        told: list[Statement | str] = [visits, "" if lab.reference else "no reference range"]
        if lab.reference and (found := _outside(view, [lab], view.months, level)).n:
            told.append(state("outside {range} in {out}", range=lab.reference.words, out=found))
        name = f"{group_name(view.group, level)}: " if view.group else ""
        clauses.append(state("{name}{told}", name=name, told=together(told, "; ")))
    whole = together(clauses, "; ")
    return Statement(f"{capitalised(lab.words)}, {lab.stated_unit}: {whole.text}.", whole.amounts)
