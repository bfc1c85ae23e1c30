"""The drawn column: bone in a quiet tone, fractured vertebrae filled by how many patients have a fracture there."""

from plro_core.figures.points import wrapped
from plro_core.figures.spine.seen import SPINE, Seen
from plro_core.figures.spine.words import chosen, run_of
from plro_core.figures.style import Look, Part, unseen, words
from plro_core.text import k_of_n, k_of_patients, safe_plotly

#: Where the name of a level ends, left of the plot.
_NAME = 9
#: As many letters as a line of the margin of a stage holds.
_MARGIN_LETTERS = 18
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
    return [
        {"type": "line", "y0": place, "y1": place, "layer": "below", "line": line, **ends}
        for code, place in seen.places.items()
        if seen.found.values.get(code)
    ]


def _rings(seen: Seen) -> list[Part]:
    """A ring on every vertebra at which somebody had vertebroplasty."""
    treated = seen.treated & set(seen.places)
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


def column_words(seen: Seen) -> list[Part]:
    """In each vertebra the number of patients with a fracture there, beside the run its share, and at the right end of the most
    frequent levels how many of all patients have one.
    """
    look, notes = seen.look, []
    for code, place in seen.places.items():
        n = seen.found.values.get(code, 0)
        if n and seen.one_by_one:
            fill = look.tint(seen.hue, seen.strength(code))
            at: Part = {"x": 0, "xref": "paper", "xanchor": "center", "xshift": _middle(seen, code)}
            notes.append(words(look, f"<b>{n}</b>", y=place, color=look.over(fill), size=seen.type(11.5), **at))
    run = run_of(seen)
    if run is not None:
        middle = (seen.column.places[run.among[0]] + seen.column.places[run.among[-1]]) / 2
        at = {"x": 0, "xref": "paper", "xanchor": "center", "xshift": look.px(10) - seen.room}
        notes.append(
            words(look, f"<b>{run.words}</b>", y=middle, textangle=-90, color=look.text, size=seen.type(11.5), **at)
        )
    return [*notes, *_shares(seen)]


def _shares(seen: Seen) -> list[Part]:
    """At the right end of the most frequent levels, of how many patients."""
    if not seen.one_by_one or seen.view.n == 1 or chosen(seen):
        return []
    look = seen.look
    at: Part = {"x": 1, "xref": "paper", "xshift": look.px(5), "color": look.ink(look.accent), "size": seen.type(12)}
    return [
        words(look, f"<b>{k_of_n(n, seen.view.n)}</b>", y=seen.places[code], **at)
        for code, n in seen.most_frequent.items()
    ]


def level_names(seen: Seen) -> Part:
    """The name of each level beside it, which stands for the patients with a fracture there."""
    look, left = seen.look, -0.5 if seen.one_by_one else 0
    shown = {
        code: seen.found.values.get(code, 0)
        for code in seen.places
        if seen.found.values.get(code) or not look.wide or code in seen.ends
    }
    names = {code: safe_plotly(seen.levels.labels[code]) for code in shown}
    told = _told(seen, list(shown))
    return {
        "mode": "markers+text",
        "name": "Level",
        "x": [left] * len(shown),
        "y": [seen.places[code] for code in shown],
        "text": [(f"<b>{names[code]}</b>" if n else names[code]) * (code in told) for code, n in shown.items()],
        "textposition": "middle left",
        "textfont": {
            "size": look.type(seen.type(11.5)),
            "color": [look.text if n else look.quiet for n in shown.values()],
        },
        "customdata": [seen.query(code) for code in shown],
        "hovertext": [
            f"{names[code]}: a fracture documented in {k_of_patients(n, seen.view.n)}" for code, n in shown.items()
        ],
        "marker": unseen(2 * look.px(_NAME) - 4),
    }


def _told(seen: Seen, codes: list[str]) -> list[str]:
    """The levels whose names have room, from the top: of a low stage's small vertebrae not all."""
    told: list[str] = []
    least = 0.8 * seen.look.type(seen.type(11.5))
    for code in codes:
        if not told or abs(seen.places[code] - seen.places[told[-1]]) * seen.unit >= least:
            told.append(code)
    return told


def keys(seen: Seen) -> list[Part]:
    """What the marks mean, and on a stage which groups there are: over the spine, on a stage in the margin beside it."""
    if not seen.one_by_one:
        return _groups(seen)
    look, marks = seen.look, ["■ acute fracture", "□ age not stated", "○ vertebroplasty"]
    name = words(
        look, f"{safe_plotly(seen.score.short)} T-score", x=0, xref="paper", xanchor="right", xshift=-look.px(_NAME),
        y=0, yref="paper", yanchor="top", yshift=-look.px(2), color=look.text, size=seen.type(11),
    )  # fmt: skip
    if look.wide:
        top = all(seen.places[code] > seen.places["T5"] for code in seen.most_frequent)
        text = "<br>".join([*_groups_in_margin(seen), *marks])
        at: Part = {"x": 1, "xref": "paper", "xshift": look.px(8), "yref": "paper"}
        end: Part = {"y": 1, "yanchor": "top"} if top else {"y": 0, "yanchor": "bottom"}
        return [name, words(look, text, size=seen.type(11), **at, **end)]
    left: Part = {"x": 0, "xref": "paper", "xshift": 4 - seen.room, "yref": "paper"}
    return [name, words(look, "   ".join(marks), y=1, yanchor="bottom", yshift=look.px(38), **left), *_groups(seen)]


def _groups_in_margin(seen: Seen) -> list[str]:
    """The groups one below the other, under their name in lines that the margin has room for."""
    if seen.view.group is None:
        return []
    name = safe_plotly(seen.view.group.label)
    return seen.key[0].replace("     ", "<br>").replace(name, wrapped(name, _MARGIN_LETTERS), 1).split("<br>")


def _groups(seen: Seen) -> list[Part]:
    """The groups, above all."""
    text, look = seen.key[0], seen.look
    if not text:
        return []
    place: Part = {"x": 0, "y": 1, "xref": "paper", "yref": "paper", "yanchor": "top"}
    return [words(look, text, size=13, xshift=4 - seen.room, yshift=look.px(seen.margins[0] - 2), **place)]
