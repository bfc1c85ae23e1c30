"""The map drawn: rows under the headings of their topics, each with its share, as many as the screen has room for."""

from collections.abc import Sequence
from dataclasses import dataclass

from plro_core.figures.form import MOST_NAMED
from plro_core.figures.missingness.rows import Grid, Row
from plro_core.figures.points import place, sentence
from plro_core.figures.style import Look, Part, base_layout, filled, group_key, group_styles, quiet_axis, words
from plro_core.lookups import Record
from plro_core.text import capitalised, safe_plotly

#: The height of a row and the room over the first and below the last, in pixels; on a stage words are larger.
_ROW, _ROW_ON_STAGE = 19.0, 25.0
_HEAD, _FOOT = 44.0, 12.0
#: Room for the names of the rows and for what is counted of them, in pixels.
_NAMES, _NAMES_ON_STAGE = 122.0, 172.0
#: Pixels of a digit of what is counted.
_DIGIT = 6.2
#: A heading takes so many rows.
_HEADING = 1.5
#: Letters of the name of a variable that has its visits beside it, and of one that stands alone.
_LETTERS, _LETTERS_ALONE = 13, 20


@dataclass(frozen=True)
class _Line:
    """A row or, without one, the heading of a topic, and where it stands."""

    at: float
    row: Row | None
    text: str
    visit: str = ""


def drawing_of(grid: Grid, look: Look, slide: int) -> tuple[list[Part], Part, int]:
    """Traces, layout, and into how many slides a stage divides them."""
    key, lines = _key(grid, look)
    head = _HEAD + 18 * lines
    pages = _pages(grid.rows, _room(look, head))
    shown = _lines(pages[min(max(slide, 1), len(pages)) - 1])
    across = _across(grid, look)
    layout = base_layout(
        look,
        head + _ROW * _height(shown) + _FOOT,
        {
            "l": _NAMES_ON_STAGE if look.stage else _NAMES,
            "r": 10 + _DIGIT * max(len(row.recorded.words) for row in grid.rows),
            "t": head,
            "b": _FOOT,
        },
        xaxis=across,
        yaxis=quiet_axis(look, range=[_height(shown) - 0.5, -0.5], visible=False),
        annotations=[*_names(shown, look), *_counts(shown, look), *_heads(grid, (key, lines), head, look)],
    )
    traces = _patients(grid, shown, look) if grid.each else _shares(shown, look)
    return traces, layout, len(pages)


def _room(look: Look, head: float) -> float:
    """How many rows the screen has room for; a page has room for all."""
    if look.stage is None:
        return float("inf")
    return (look.stage.height - look.px(head + _FOOT)) / _ROW_ON_STAGE


def _pages(rows: Sequence[Row], room: float) -> list[list[Row]]:
    """The rows of each slide: a variable stays with its visits, and a topic says its name again."""
    pages: list[list[Row]] = [[]]
    blocks: list[list[Row]] = []
    for row in rows:
        if blocks and blocks[-1][0].variable == row.variable and len(blocks[-1]) < room - _HEADING:
            blocks[-1].append(row)
        else:
            blocks.append([row])
    for block in blocks:
        if pages[-1] and _height(_lines([*pages[-1], *block])) > room:
            pages.append([])
        pages[-1] += block
    return pages


def _lines(rows: Sequence[Row]) -> list[_Line]:
    """The rows under the headings of their topics, from the top."""
    lines: list[_Line] = []
    at, topic, variable = 0.0, "", ""
    for row in rows:
        if row.topic != topic:
            at += 0.25 if lines else 0
            lines.append(_Line(at, None, row.topic))
            at, topic = at + _HEADING - 0.5, row.topic
        label = row.variable.short_label if row.visit else capitalised(row.variable.words)
        name = "" if row.variable.name == variable else label
        lines.append(_Line(at, row, name, row.short_visit))
        at, variable = at + 1, row.variable.name
    return lines


def _height(lines: Sequence[_Line]) -> float:
    return lines[-1].at + 1 if lines else 1.0


def _across(grid: Grid, look: Look) -> Part:
    """Patients beside each other, or shares from none to all."""
    if grid.each:
        return quiet_axis(look, range=[-0.6, len(grid.patients) - 0.4], visible=False)
    return quiet_axis(look, range=[0, 1], tickvals=[0, 0.5, 1], showticklabels=False)


def _names(lines: Sequence[_Line], look: Look) -> list[Part]:
    """Headings, names of variables, and visits beside them."""
    left: Part = {"x": 0, "xref": "paper"}
    shift = -(_NAMES_ON_STAGE if look.stage else _NAMES)
    said = []
    for line in lines:
        letters = _LETTERS if line.visit else _LETTERS_ALONE
        text = safe_plotly(line.text if len(line.text) <= letters else f"{line.text[: letters - 1]}…")
        if line.row is None:
            said.append(
                words(
                    look,
                    f"<b>{safe_plotly(line.text)}</b>",
                    y=line.at,
                    color=look.text,
                    xshift=look.px(shift) + 2,
                    **left,
                )
            )
            continue
        if text:
            said.append(words(look, text, y=line.at, color=look.text, size=11.5, xshift=look.px(shift) + 2, **left))
        if line.visit:
            said.append(words(look, line.visit, y=line.at, size=11, **left | {"xanchor": "right"}, xshift=-look.px(5)))
    return said


def _counts(lines: Sequence[_Line], look: Look) -> list[Part]:
    """What is recorded of each row, at its right end; what is whole is quiet."""
    return [
        words(
            look,
            line.row.recorded.words,
            y=line.at,
            x=1,
            xref="paper",
            xshift=look.px(6),
            size=11,
            color=look.quiet if line.row.recorded.k == line.row.recorded.n else look.text,
        )
        for line in lines
        if line.row is not None
    ]


def _key(grid: Grid, look: Look) -> tuple[str, int]:
    if grid.view.group is None or not grid.each:
        return "", 0
    return group_key(grid.view.group, filled(group_styles(grid.view.group, look)), grid.view.group_sizes, look)


def _heads(grid: Grid, key: tuple[str, int], head: float, look: Look) -> list[Part]:
    """What the marks mean, the patients' numbers, and the groups."""
    top: Part = {"y": 1, "yref": "paper", "yanchor": "bottom"}
    left: Part = {"x": 0, "xref": "paper", "xshift": 2 - look.px(_NAMES_ON_STAGE if look.stage else _NAMES)}
    said = [
        words(look, "■ recorded   □ missing" if grid.each else "▬ recorded", **top, **left, yshift=look.px(head - 20))
    ]
    if key[0]:
        said.append(words(look, key[0], **top, **left, yshift=look.px(head - 24 - 18 * key[1])))
    if grid.each and len(grid.patients) <= MOST_NAMED:
        styles = filled(group_styles(grid.view.group, look)) if grid.view.group else {}
        said.append(
            words(
                look,
                "Patient",
                x=0,
                xref="paper",
                xanchor="right",
                xshift=-look.px(5),
                size=11,
                **top,
                yshift=look.px(1),
            )
        )
        for index, case in enumerate(grid.patients):
            name = str(case["case_id"])
            name = f"<b>{name}</b>" if case["case_id"] == grid.highlight else name
            hue = look.ink(styles[grid.view.level_of(case)].colour) if styles else look.quiet
            said.append(words(look, name, x=index, xanchor="center", size=10, color=hue, **top, yshift=look.px(1)))
    return said


def _patients(grid: Grid, lines: Sequence[_Line], look: Look) -> list[Part]:
    """A square for each patient and row: full where it is recorded."""
    cells = [
        (line, index, case, grid.state(case, line.row))
        for line in lines
        if line.row is not None
        for index, case in enumerate(grid.patients)
    ]
    shape = {"recorded": "square", "missing": "square-open", "left out": "line-ew-open"}
    colour = {"recorded": look.tint(look.accent, 0.7), "missing": look.line, "left out": look.line}
    size = look.px(min(10.0, 300 / len(grid.patients)))
    return [
        {
            "mode": "markers",
            "name": "Values",
            "x": [index for _, index, _, _ in cells],
            "y": [line.at for line, *_ in cells],
            "customdata": [[case["case_id"], line.row.month if line.row else None] for line, _, case, _ in cells],
            "hovertext": [_hover(grid, case, line.row, state) for line, _, case, state in cells if line.row],
            "marker": {
                "symbol": [shape[state] for *_, state in cells],
                "color": [
                    look.text if case["case_id"] == grid.highlight and state == "recorded" else colour[state]
                    for *_, case, state in cells
                ],
                "size": size,
                "line": {"width": [0 if state == "recorded" else look.px(1) for *_, state in cells]},
            },
        }
    ]


def _hover(grid: Grid, case: Record, row: Row, state: str) -> str:
    when = f", {row.visit.lower()}" if row.visit else ""
    who = f"Patient {case['case_id']}{when}: {safe_plotly(row.variable.words)}"
    if state != "recorded":
        return sentence(f"{who} {'not recorded' if state == 'missing' else state}")
    visit = None if row.month is None else grid.view.visit(case["case_id"], row.month)
    return sentence(f"{who} recorded", place(visit))


def _shares(lines: Sequence[_Line], look: Look) -> list[Part]:
    """A bar for each row: the share of the recorded, over the whole."""
    rows = [(line.at, line.row) for line in lines if line.row is not None]
    shares = [row.recorded.k / row.recorded.n if row.recorded.n else 0.0 for _, row in rows]
    told = [
        sentence(
            f"{safe_plotly(row.variable.label)}{f', {row.visit.lower()}' if row.visit else ''}: "
            f"recorded in {row.recorded.words}"
        )
        for _, row in rows
    ]
    bar: Part = {"type": "bar", "orientation": "h", "y": [at for at, _ in rows], "width": 0.62, "offset": -0.31}
    keys = [
        f"{row.variable.name}{'' if row.month is None else f'.{row.month}'}=!" if row.variable.filterable else None
        for _, row in rows
    ]
    return [
        bar
        | {
            "name": "Missing",
            "x": [1 - share for share in shares],
            "base": shares,
            "hovertext": told,
            "customdata": [key and key.replace("=!", "=~") for key in keys],
            "marker": {"color": look.tint(look.rule, 0.55)},
        },
        bar
        | {
            "name": "Recorded",
            "x": shares,
            "hovertext": told,
            "customdata": keys,
            "marker": {"color": look.tint(look.accent, 0.7)},
        },
    ]
