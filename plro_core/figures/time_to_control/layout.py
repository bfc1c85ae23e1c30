"""Where things stand: the curve over its numbers over a row a patient, on one time axis; and the words around them."""

from dataclasses import replace
from math import ceil

from plro_core.figures.style import Look, Part, base_layout, group_key, patients_axis, quiet_axis, words
from plro_core.figures.time_axis import visit_labels
from plro_core.figures.time_to_control.curve import share_words
from plro_core.figures.time_to_control.picture import Picture
from plro_core.figures.time_to_control.rows import row_words
from plro_core.pain_control import DEFAULT, ControlTime, reconstruct
from plro_core.text import number, safe_plotly, visit_name

_CURVE, _LINE, _ROW, _LEFT = 230.0, 19.0, 25.0, 98.0  # heights of the curve, of a line of numbers and of a patient
_STAGE_ROW = 14.5  # the least height of a patient on a stage


def slides_of(picture: Picture) -> list[Picture]:
    """On a stage the curve with its numbers, then the patients, no more than have room; on a page all in one."""
    stage, look = picture.look.stage, picture.look
    if stage is None:
        return [picture]
    rows = replace(picture, found={})
    most = max(1, int((stage.height / look.scale - _around(rows)[0] - _around(rows)[1]) / _STAGE_ROW))
    slides = ceil(len(picture.times) / most) if picture.view.numbered else 1
    step = ceil(len(picture.times) / slides)
    parts = [picture.times[start : start + step] for start in range(0, len(picture.times), step)]
    return [*([replace(picture, rows=False)] * bool(picture.curves)), *(replace(rows, times=times) for times in parts)]


def _around(picture: Picture) -> tuple[float, float]:
    """The room above and below the plot."""
    view = picture.view
    lines = group_key(view.group, picture.styles, view.group_sizes, picture.look)[1] if view.group else 0
    return 50 + 20 * lines, (28 if picture.rows else 0) if picture.curves else 48


def layout_of(picture: Picture) -> tuple[Part, list[Part]]:
    """The curve over its numbers over a row a patient, on one time axis; and all words."""
    view, look = picture.view, picture.look
    key = group_key(view.group, picture.styles, view.group_sizes, look)[0] if view.group else ""
    gap = 34 + _LINE * (1 + len(picture.numbers)) if picture.curves else 0.0
    top, bottom = _around(picture)
    curve, rows = _heights(picture, gap, top + bottom)
    plot = curve + gap + rows
    layout = base_layout(
        look, top + plot + bottom, {"l": _LEFT, "r": 16, "t": top, "b": bottom}, xaxis=_months_axis(picture)
    )
    said = _head(picture, key)
    if picture.rows:
        layout["yaxis2"] = _rows_axis(picture, rows / plot)
        said += row_words(picture)
    if not picture.curves:
        return layout, [*said, *visit_labels(look, view.months, _recorded(picture))]
    layout["yaxis"] = _share_axis(look, 1 - curve / plot)
    if picture.rows:
        said += [_visit_heading(picture, month, -6 / plot) for month in view.months]
    return layout, [*said, *_numbers(picture, curve, plot), *share_words(picture, curve)]


def _heights(picture: Picture, gap: float, around: float) -> tuple[float, float]:
    """How high the curve and the rows are: on a stage what is shown fills it."""
    stage = picture.look.stage
    if stage is not None:
        room = stage.height / picture.look.scale - around - gap
        return (room, 0.0) if picture.curves else (0.0, room)
    row = _ROW if picture.view.numbered else max(4.0, 900 / len(picture.times))
    return _CURVE if picture.curves else 0.0, row * len(picture.times) + 6


def _recorded(picture: Picture) -> dict[int, int]:
    """How many VAS are recorded at each visit."""
    return {month: picture.view.frequency("vas", month).n for month in picture.view.months}


def _months_axis(picture: Picture) -> Part:
    months = list(picture.view.months)
    return quiet_axis(
        picture.look,
        range=[months[0] - 0.35, picture.end + 0.15],
        tickvals=months,
        showticklabels=False,
        anchor="y2" if picture.rows else "y",
    )


def _share_axis(look: Look, bottom: float) -> Part:
    shares = [0, 0.25, 0.5, 0.75, 1]
    return quiet_axis(
        look,
        range=[-0.03, 1.06],
        domain=[bottom, 1],
        tickvals=shares,
        ticktext=[f"{number(100 * share)} %" for share in shares],
    )


def _rows_axis(picture: Picture, height: float) -> Part:
    case_ids = [time.case_id for time in picture.times]
    return patients_axis(picture.look, case_ids, picture.view.numbered, picture.highlight, domain=[0, height])


def _head(picture: Picture, key: str) -> list[Part]:
    """Over the figure: what counts as control, whether this is reconstructed, what the axis measures, and the groups."""
    look = picture.look
    top: Part = {"x": 0, "y": 1, "xref": "paper", "yref": "paper", "yanchor": "bottom", "xshift": look.px(12 - _LEFT)}
    axis = "share with pain control" if picture.curves else "a line a patient: when pain control came"
    tested = reconstruct(picture.view.registry, [picture.definition]).candidates
    kind = "reconstructed" if tested and picture.definition == DEFAULT else "one candidate definition"
    said = f"<b>{safe_plotly(picture.definition.label)}</b><br>{kind} · {axis}"
    found = [words(look, said, **top, yshift=look.px(10))]
    return [*found, *([words(look, key, size=13, **top, yshift=look.px(44))] if key else [])]


def _numbers(picture: Picture, curve: float, plot: float) -> list[Part]:
    """Under the curve: the visits, how many VAS are recorded, and how many are known to be without control."""
    look, months = picture.look, picture.view.months
    recorded = _recorded(picture)
    lines: list[tuple[str, dict[int, int]]] = [(f'<span style="color:{look.quiet}">VAS recorded</span>', recorded)]
    for code in picture.numbers:
        ink = look.ink(picture.hue(code)) if picture.styles else look.quiet
        glyph = f"{picture.styles[code].glyph} " if picture.styles else ""
        times = [time for time in picture.at_risk if not picture.styles or time.group == code]
        without = {month: sum(_without_control(time, month) for time in times) for month in months}
        lines.append((f'<span style="color:{ink}">{glyph}not controlled</span>', without))
    said = [_visit_heading(picture, month, 1 - (curve + 6) / plot) for month in months]
    for index, (name, counted) in enumerate(lines):
        at: Part = {"y": 1 - (curve + 27 + _LINE * index) / plot, "yref": "paper", "yanchor": "top"}
        said.append(words(look, name, x=0, xref="paper", xshift=look.px(6 - _LEFT), **at))
        centred: Part = {"xanchor": "center", "align": "center", "color": look.text}
        said += [words(look, str(counted[month]), x=month, **at, **centred) for month in months]
    return said


def _visit_heading(picture: Picture, month: int, y: float) -> Part:
    """The visit under the curve; the first is drawn to the left, so that a phone keeps them apart."""
    look = picture.look
    shift = look.px(-20 if month == 0 else 3 if month == 1 else 0)
    place: Part = {"x": month, "y": y, "yref": "paper", "yanchor": "top", "xanchor": "center", "xshift": shift}
    return words(look, visit_name(month), **place, align="center", color=look.text)


def _without_control(time: ControlTime, month: int) -> bool:
    """Whether a patient with a time is known to be without control at a visit."""
    if time.between is None:
        return False
    after, by = time.between
    return after > month if after == by else after >= month
