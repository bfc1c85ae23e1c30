"""Beside the spine, each patient's own: a small straight column with her fractures, shaded by her T-score."""

from plro_core.counts import Group
from plro_core.figures.fractures.sentences import hover
from plro_core.figures.spine.anatomy import plain_body, plain_sacrum
from plro_core.figures.spine.column import level_names, shade
from plro_core.figures.spine.seen import Seen
from plro_core.figures.style import Part, quiet_axis, unseen, words
from plro_core.lookups import Record
from plro_core.text import NONE

#: The least columns that there is room for, so that few patients are not drawn as broad as a hand.
_LEAST = 6
#: Half the width of a body, in columns.
_HALF = 0.36
#: The words over patients without a documented fracture need this many columns.
_LEAST_NAMED = 4
#: Up to this many digits a patient's number has room in a body.
_DIGITS = 2


def patients_axis(seen: Seen) -> Part:
    """Patients from left to right; their T-scores stand below them."""
    look, scores = seen.look, [case[seen.score.name] for case in seen.order]
    return quiet_axis(
        look,
        range=[-0.5, max(_LEAST, len(seen.order)) - 0.5],
        tickvals=list(range(len(seen.order))),
        ticktext=[NONE if score is None else seen.score.written(score) for score in scores],
        showgrid=False,
        tickfont={"size": look.type(seen.type(11.5)), "color": look.text},
    )


def patients_shapes(seen: Seen) -> list[Part]:
    """Each patient's column: plain bodies, lumbar ones in the shade of her T-score, fractured ones in her group's colour."""
    shapes: list[Part] = []
    for index, case in enumerate(seen.order):
        if case["case_id"] == seen.highlight:
            shapes.append(_band(seen, index))
        shapes += _own_column(seen, index, case)
    return [*shapes, *_none_line(seen)]


def _without(seen: Seen) -> list[int]:
    """The columns of the patients without a documented fracture, where they stand side by side."""
    if seen.styles:
        return []
    return [index for index, case in enumerate(seen.order) if not seen.number_of(case["case_id"])]


def _none_line(seen: Seen) -> list[Part]:
    """A line over the patients without a documented fracture."""
    without, height = _without(seen), seen.look.px(21)
    if len(without) < _LEAST_NAMED:
        return []
    line = {"color": seen.look.rule, "width": 1}
    ends: Part = {"x0": without[0] - 0.4, "x1": without[-1] + 0.4, "layer": "below", "line": line}
    return [{"type": "line", "yref": "paper", "ysizemode": "pixel", "yanchor": 1, "y0": height, "y1": height, **ends}]


def _band(seen: Seen, index: int) -> Part:
    """A band behind the highlighted patient."""
    return {
        "type": "rect",
        "x0": index - 0.5,
        "x1": index + 0.5,
        "y0": 0,
        "y1": 1,
        "yref": "paper",
        "layer": "below",
        "line": {"width": 0},
        "fillcolor": seen.look.band,
    }


def _own_column(seen: Seen, index: int, case: Record) -> list[Part]:
    fractured = {row["level"]: row for row in seen.rows if row["case_id"] == case["case_id"]}
    plain: dict[tuple[str, str], list[str]] = {}
    if "sacrum" not in fractured:
        plain[_faint(seen)] = [plain_sacrum(index, _HALF, seen.column.bottom, seen.column.sacrum_height)]
    marks: list[Part] = []
    for level in seen.column.levels:
        path = plain_body(index, _HALF, seen.places[level], seen.column.half_height(level))
        if level in fractured:
            marks.append(_mark(seen, path, case, fractured[level]))
        else:
            plain.setdefault(_plain_colours(seen, level, case), []).append(path)
    for level in seen.levels.others:
        if level in fractured:
            marks.append(_mark(seen, plain_body(index, _HALF, seen.places[level], 0.4), case, fractured[level]))
    bodies = [
        {
            "type": "path",
            "path": " ".join(paths),
            "layer": "below",
            "fillcolor": fill,
            "line": {"color": edge, "width": 1},
        }
        for (fill, edge), paths in plain.items()
    ]
    return [*bodies, *marks]


def _plain_colours(seen: Seen, level: str, case: Record) -> tuple[str, str]:
    """Fill and outline of a body without a documented fracture; a lumbar one of L1 to L4 in the shade of the T-score."""
    score = case[seen.score.name]
    if level in seen.score.measures and score is not None:
        return shade(score, seen.look), shade(score, seen.look)
    return _faint(seen)


def _faint(seen: Seen) -> tuple[str, str]:
    return seen.look.tint(seen.look.rule, 0.16), seen.look.tint(seen.look.line, 0.28)


def _mark(seen: Seen, path: str, case: Record, row: Record) -> Part:
    """A fractured body: full where it is acute, hollow where its age is not stated."""
    hue = hue_of(seen, case)
    return {
        "type": "path",
        "path": path,
        "layer": "below",
        "fillcolor": hue if row["acuity"] == "acute" else seen.look.background,
        "line": {
            "color": hue,
            "width": seen.look.px(1.8),
            "dash": "dot" if row["acuity"] not in (None, "acute") else "solid",
        },
    }


def hue_of(seen: Seen, case: Record) -> str:
    """The colour of a patient's fractures: the accent, or her group's; paler where somebody else is highlighted."""
    group: Group = seen.view.level_of(case)
    hue = seen.styles[group].colour if seen.styles else seen.look.accent
    return seen.look.tint(hue, 0.45) if seen.highlight not in (None, case["case_id"]) else hue


def patients_words(seen: Seen) -> list[Part]:
    """The patients' numbers over their columns, and over which of them no fracture is documented."""
    look, notes = seen.look, []
    above: Part = {"y": 1, "yref": "paper", "yanchor": "bottom"}
    notes.append(
        words(
            look,
            "patient",
            x=0,
            xref="paper",
            xanchor="right",
            xshift=-look.px(9),
            yshift=look.px(4),
            size=seen.type(11),
            **above,
        )
    )
    for index, case in enumerate(seen.order):
        number, some = str(case["case_id"]), seen.number_of(case["case_id"])
        chosen = case["case_id"] == seen.highlight
        colour = look.ink(seen.styles[seen.view.level_of(case)].colour) if seen.styles else look.text
        notes.append(
            words(
                look,
                f"<b>{number}</b>" if some or chosen else number,
                x=index,
                xanchor="center",
                yshift=look.px(3),
                size=13 if len(number) <= _DIGITS else seen.type(10),
                color=colour if some or chosen or seen.styles else look.quiet,
                **above,
            )
        )
    without = _without(seen)
    if len(without) >= _LEAST_NAMED:
        middle = (without[0] + without[-1]) / 2
        notes.append(
            words(look, "none documented", x=middle, xanchor="center", yshift=look.px(22), size=seen.type(11), **above)
        )
    return notes


def patients_marks(seen: Seen) -> list[Part]:
    """What a pointer meets: every body of every patient; the fractured ones hold her number, cemented ones a ring."""
    place = {case["case_id"]: index for index, case in enumerate(seen.order)}
    return [level_names(seen), *_plain_points(seen, place), *_fracture_points(seen, place), *_ring_points(seen, place)]


def _plain_points(seen: Seen, place: dict[int, int]) -> list[Part]:
    fractured = {(row["case_id"], row["level"]) for row in seen.rows}
    points = [
        (case_id, level) for case_id in place for level in seen.column.levels if (case_id, level) not in fractured
    ]
    scores = {case["case_id"]: case[seen.score.name] for case in seen.order}
    return [
        {
            "mode": "markers",
            "name": "No fracture documented",
            "x": [place[case_id] for case_id, _ in points],
            "y": [seen.places[level] for _, level in points],
            "customdata": [[case_id] for case_id, _ in points],
            "hovertext": [
                f"Patient {case_id}, {level}: no fracture documented"
                f"<br>{seen.score.label} {seen.score.written(scores[case_id]) if scores[case_id] is not None else 'not recorded'}"
                for case_id, level in points
            ],
            "marker": unseen(seen.look.px(14)),
        }
    ]


def _fracture_points(seen: Seen, place: dict[int, int]) -> list[Part]:
    case_of = {case["case_id"]: case for case in seen.order}
    rows = [row for row in seen.rows if row["case_id"] in place and row["level"] in seen.places]
    if not rows:
        return []
    hues = [hue_of(seen, case_of[row["case_id"]]) for row in rows]
    ground = seen.look.background
    # on a stage the number over the column has to do
    inside = max(len(str(case_id)) for case_id in place) <= _DIGITS and not seen.look.stage
    return [
        {
            "mode": "markers+text" if inside else "markers",
            "name": "Fracture",
            "x": [place[row["case_id"]] for row in rows],
            "y": [seen.places[row["level"]] for row in rows],
            "text": [f"<b>{row['case_id']}</b>" for row in rows],
            "textposition": "middle center",
            "textfont": {
                "size": seen.look.type(seen.type(11)),
                "color": [
                    seen.look.over(hue if row["acuity"] == "acute" else ground)
                    for row, hue in zip(rows, hues, strict=True)
                ],
            },
            "customdata": [[row["case_id"]] for row in rows],
            "hovertext": [hover(seen.view, row, seen.cemented, seen.levels) for row in rows],
            "marker": unseen(seen.look.px(16)),
        }
    ]


def _ring_points(seen: Seen, place: dict[int, int]) -> list[Part]:
    treated = [
        (case_id, level)
        for case_id, levels in seen.cemented.items()
        for level in sorted(levels)
        if case_id in place and level in seen.places
    ]
    if not treated:
        return []
    case_of = {case["case_id"]: case for case in seen.order}
    full = {(row["case_id"], row["level"]) for row in seen.rows if row["acuity"] == "acute"}
    inks = [
        seen.look.over(hue_of(seen, case_of[case_id])) if (case_id, level) in full else seen.look.text
        for case_id, level in treated
    ]
    return [
        {
            "mode": "markers",
            "name": "Vertebroplasty",
            "x": [place[case_id] for case_id, _ in treated],
            "y": [seen.places[level] for _, level in treated],
            "customdata": [[case_id] for case_id, _ in treated],
            "hoverinfo": "skip",
            "marker": {
                "symbol": "circle-open",
                "color": inks,
                "size": seen.unit * 0.66,
                "line": {"color": inks, "width": seen.look.px(1.4)},
            },
        }
    ]
