"""The drawn column: bone in a quiet tone, fractured vertebrae filled by how many patients have a fracture there."""

from plro_core.figures.spine.seen import SPINE, Seen
from plro_core.figures.spine.words import run_of
from plro_core.figures.style import Look, Part, words
from plro_core.text import number, safe_plotly
from plro_core.vocabulary.thresholds import WHO_LOWER, WHO_UPPER

#: Where the name of a level ends, left of the plot.
_NAME = 9
#: The T-scores at which the shade is lightest and darkest.
SHADES = (0.0, -4.0)


def bone(look: Look) -> tuple[str, str]:
    """The colour of bone without a documented fracture, and of its outline."""
    return look.tint(look.rule, 0.34), look.tint(look.line, 0.62)


def shade(score: float, look: Look) -> str:
    """The tone of a T-score: the lower, the darker."""
    light, dark = SHADES
    share = min(1.0, max(0.0, (score - light) / (dark - light)))
    return look.tint(look.line, 0.06 + 0.94 * share**1.3)


def column_shapes(seen: Seen) -> list[Part]:
    """Processes behind, sacrum, bodies, other bones, and the bracket of the run that the title names."""
    column, look = seen.column, seen.look
    fill, edge = bone(look)
    faint = look.tint(look.rule, 0.22), look.tint(look.line, 0.4)
    shapes = [_path(column.process(level), *faint) for level in column.levels]
    shapes.append(_path(column.sacrum(), *_filled(seen, "sacrum", faint)))
    shapes += [_path(column.body(level), *_filled(seen, level, (fill, edge))) for level in column.levels]
    shapes += [_bone(seen, code) for code in seen.levels.others if code != "sacrum"]
    return [*_leaders(seen), *shapes, *_rings(seen), *_bracket(seen)]


def _filled(seen: Seen, code: str, plain: tuple[str, str]) -> tuple[str, str]:
    strength = seen.strength(code)
    return (seen.look.tint(seen.hue, strength),) * 2 if strength else plain


def _path(path: str, fill: str, edge: str, width: float = 1.0) -> Part:
    """A shape left of the plot: across in pixels from its edge, up and down on its axis."""
    return {
        "type": "path",
        "path": path,
        "xref": "paper",
        "xanchor": 0,
        "xsizemode": "pixel",
        "yref": "y",
        "fillcolor": fill,
        "line": {"color": edge, "width": width},
    }


def _bone(seen: Seen, code: str) -> Part:
    """A bone that is not of the spine, under the sacrum: a shaft with two ends."""
    at, place, size = _beside_name(seen, code), seen.places[code], seen.look.px(13)
    up, knob = 0.2, 0.34
    left, right = at - size, at + size
    path = (
        f"M{left + 5},{place - up} L{right - 5},{place - up} Q{right - 3},{place - knob - 0.1} {right},{place - knob} "
        f"Q{right + 5},{place - 0.2} {right + 1},{place} Q{right + 5},{place + 0.2} {right},{place + knob} "
        f"Q{right - 3},{place + knob + 0.1} {right - 5},{place + up} L{left + 5},{place + up} "
        f"Q{left + 3},{place + knob + 0.1} {left},{place + knob} Q{left - 5},{place + 0.2} {left - 1},{place} "
        f"Q{left - 5},{place - 0.2} {left},{place - knob} Q{left + 3},{place - knob - 0.1} {left + 5},{place - up} Z"
    )
    return _path(path, *_filled(seen, code, bone(seen.look)))


def _beside_name(seen: Seen, code: str) -> float:
    """Where the middle of a bone is that stands left of its name."""
    return min(-seen.look.px(_NAME + 26 + 6.6 * len(seen.levels.labels[code])), seen.column.at)


def _middle(seen: Seen, code: str) -> float:
    """Where the middle of a level is, left of the plot, in pixels."""
    if code in SPINE:
        return seen.column.across(seen.places[code])
    if code == "sacrum":
        return seen.column.across(seen.column.bottom) - 2
    return _beside_name(seen, code)


def _leaders(seen: Seen) -> list[Part]:
    """A hairline from each fractured level through the rows beside it."""
    line = {"color": seen.look.grid, "width": 1}
    ends: Part = {"x0": 0, "x1": 1, "xref": "paper"}
    if seen.view.numbered:
        ends = {"x0": -0.5, "x1": len(seen.order) - 0.5}
    return [
        {"type": "line", "y0": place, "y1": place, "layer": "below", "line": line, **ends}
        for code, place in seen.places.items()
        if seen.found.values.get(code)
    ]


def _rings(seen: Seen) -> list[Part]:
    """A ring on every vertebra that had vertebroplasty, where patients are drawn one by one."""
    if not seen.view.numbered:
        return []
    treated = {code for levels in seen.cemented.values() for code in levels if code in seen.places}
    half = seen.unit * 0.33
    return [
        {
            "type": "circle",
            "xref": "paper",
            "xanchor": 0,
            "xsizemode": "pixel",
            "x0": _middle(seen, code) - half,
            "x1": _middle(seen, code) + half,
            "yref": "y",
            "yanchor": seen.places[code],
            "ysizemode": "pixel",
            "y0": -half,
            "y1": half,
            "line": {
                "color": seen.look.over(seen.look.tint(seen.hue, seen.strength(code))),
                "width": seen.look.px(1.4),
            },
        }
        for code in sorted(treated, key=SPINE.index)
    ]


def _bracket(seen: Seen) -> list[Part]:
    run = run_of(seen)
    if run is None:
        return []
    first, last = (seen.column.places[code] for code in (run.among[0], run.among[-1]))
    at, tick = seen.look.px(20) - seen.room, seen.look.px(5)
    path = f"M{at + tick},{first - 0.42:.3f} L{at},{first - 0.42:.3f} L{at},{last + 0.45:.3f} L{at + tick},{last + 0.45:.3f}"
    return [_path(path, "rgba(0,0,0,0)", seen.look.quiet, seen.look.px(1.3))]


def column_marks(seen: Seen) -> list[Part]:
    """The name of each level beside it, and in it the number of patients with a fracture there."""
    look, notes = seen.look, []
    for code, place in seen.places.items():
        n = seen.found.values.get(code, 0)
        if not n and look.wide and code not in seen.ends:
            continue
        name = safe_plotly(seen.levels.labels[code])
        notes.append(
            words(
                look,
                f"<b>{name}</b>" if n else name,
                x=0,
                xref="paper",
                xanchor="right",
                xshift=-look.px(_NAME),
                y=place,
                color=look.text if n else look.quiet,
                size=seen.type(12 if n else 11),
            )
        )
        if n and seen.view.numbered:
            fill = look.tint(seen.hue, seen.strength(code))
            at: Part = {"x": 0, "xref": "paper", "xanchor": "center", "xshift": _middle(seen, code)}
            notes.append(words(look, f"<b>{n}</b>", y=place, color=look.over(fill), size=seen.type(12), **at))
    run = run_of(seen)
    if run is not None:
        middle = (seen.column.places[run.among[0]] + seen.column.places[run.among[-1]]) / 2
        at = {"x": 0, "xref": "paper", "xanchor": "center", "xshift": look.px(10) - seen.room}
        notes.append(
            words(look, f"<b>{run.words}</b>", y=middle, textangle=-90, color=look.text, size=seen.type(11.5), **at)
        )
    return notes


def keys(seen: Seen) -> list[Part]:
    """What marks and shades mean: over and under the spine, on a wide screen in the margin beside it."""
    if not seen.view.numbered:
        return []
    look, marks, scores = seen.look, ["■ acute fracture", "□ age not stated", "○ vertebroplasty"], _scores_key(seen)
    name = words(
        look, f"{safe_plotly(seen.score.short)} T-score", x=0, xref="paper", xanchor="right", xshift=-look.px(_NAME),
        y=0, yref="paper", yanchor="top", yshift=-look.px(2), color=look.text, size=seen.type(11),
    )  # fmt: skip
    if look.wide:
        text = "<br>".join([*marks, "", *scores])
        return [
            name,
            words(
                look, text, x=1, xref="paper", xshift=look.px(10), y=1, yref="paper", yanchor="top", size=seen.type(11)
            ),
        ]
    left: Part = {"x": 0, "xref": "paper", "xshift": 4 - seen.room, "yref": "paper"}
    return [
        name,
        words(look, "   ".join(marks), y=1, yanchor="bottom", yshift=look.px(40), **left),
        words(
            look,
            " ".join(scores[:2]) + "<br>" + " ".join(scores[2:]),
            y=0,
            yanchor="top",
            yshift=-look.px(38),
            size=seen.type(11),
            **left,
        ),
    ]


def _scores_key(seen: Seen) -> list[str]:
    """What the shade of the lumbar bodies means, with the WHO lines for orientation."""
    light, dark = SHADES
    steps = "".join(
        f'<span style="color:{shade(score / 2, seen.look)}">█</span>'
        for score in range(int(2 * light), int(2 * dark) - 1, -1)
    )
    lines = ", ".join(number(line.bound, 1) for line in (WHO_UPPER, WHO_LOWER))
    run = f"{seen.score.measures[0]} to {seen.score.measures[-1]}"
    return [
        f"Shade of {run}:",
        f"T-score {number(light)} {steps} {number(dark)}",
        f"WHO lines {lines}",
        "for orientation",
    ]
