"""How figures look: two designed themes, a fixed hue and shape for each patient, group styles, quiet axes.

The colours are those of the dashboard's theme. Each patient hue reaches 3:1 on white and on the dark ground; hues stay
apart in deutan, protan and tritan vision and are never used without a shape or a number.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import cycle
from typing import Any

from plro_core.text import grouped, safe_plotly
from plro_core.vocabulary import Variable

#: A trace, an annotation, an axis or a layout, as Plotly takes it.
Part = dict[str, Any]

FONT = "IBM Plex Sans, Helvetica Neue, Arial, sans-serif"
TRANSPARENT = "rgba(0,0,0,0)"

#: Ten hues and ten shapes, patient 1 to 10; both start again beyond ten.
PATIENT_HUES = (
    "#367CBF", "#B75C14", "#8989E5", "#34A859", "#C8861E", "#70569B", "#0F7062", "#A66396", "#708560", "#A88D97",
)  # fmt: skip
PATIENT_SYMBOLS = (
    "circle", "square", "diamond", "triangle-up", "triangle-down", "cross", "x", "star", "triangle-right", "pentagon",
)  # fmt: skip

#: The browser's own figure menu is off: a page has its own downloads, and nothing may leave the machine.
CONFIG: Part = {
    "displaylogo": False,
    "showSendToCloud": False,
    "responsive": True,
    "scrollZoom": False,
    "doubleClick": False,
    "displayModeBar": False,
}


#: No words on a stage are smaller than this.
SMALLEST_ON_STAGE = 18.0


@dataclass(frozen=True)
class Stage:
    """The room of a figure on a projected screen of 720 lines, in pixels; a larger screen enlarges it as a whole.

    A figure that is drawn for a stage fills it, with no words below ``SMALLEST_ON_STAGE``; what does not fit goes to a
    further slide.
    """

    name: str
    width: int
    height: int


#: The stages by their names: what a screen of 1280 or 960 by 720 pixels leaves below title, caption and caveat.
STAGES = {stage.name: stage for stage in (Stage("16x9", 1224, 500), Stage("4x3", 904, 480))}

#: How much larger than on a page words and lines are on a stage.
STAGE_SCALE = 1.6


@dataclass(frozen=True)
class Look:
    """One theme: its colours, its font, ``scale`` for text and lines, and the ``stage`` that a figure is drawn for, if any."""

    name: str
    background: str
    surface: str
    text: str
    quiet: str
    line: str
    rule: str
    grid: str
    accent: str
    band: str
    font: str = FONT
    scale: float = 1.0
    stage: Stage | None = None

    @property
    def wide(self) -> bool:
        """Enlarged type is drawn for a screen, which is wider than high: words go beside the plot rather than above."""
        return self.scale > 1

    def type(self, size: float) -> float:
        """A type size on this look's scale, in pixels; never too small for the stage that it is drawn for."""
        return max(self.px(size), SMALLEST_ON_STAGE) if self.stage else self.px(size)

    def px(self, size: float) -> float:
        """A length or type size on this look's scale, in pixels."""
        return round(size * self.scale, 1)

    def ink(self, hue: str) -> str:
        """A hue drawn toward the text colour, so that words written in it can be read."""
        return _mixed(hue, self.text, 0.4)

    def over(self, fill: str) -> str:
        """The colour of words on a fill: that of text or of the ground, whichever reads better."""
        return max(self.text, self.background, key=lambda colour: _contrast(colour, fill))

    def tint(self, hue: str, strength: float = 0.5) -> str:
        """A hue drawn toward the ground: opaque, so that crossing lines do not add up."""
        return _mixed(self.background, hue, strength)


LIGHT = Look(
    "light", "#FFFFFF", "#F4F6F7", "#0F181C", "#56646B", "#8593A0", "#C9D2D6", "#E6EBED", "#0B6477",
    "rgba(11,100,119,0.08)",
)  # fmt: skip
DARK = Look(
    "dark", "#10171A", "#182125", "#E4EAEC", "#A3B1B7", "#6B7B83", "#33424A", "#222D32", "#4FB3C8",
    "rgba(79,179,200,0.12)",
)  # fmt: skip


def look(name: str, scale: float = 1.0, stage: str = "") -> Look:
    """The look of that name; anything but "dark" is light, as an export always is. ``stage`` is one of ``STAGES``."""
    plain = DARK if name == "dark" else LIGHT
    if stage:
        return replace(plain, scale=STAGE_SCALE, stage=STAGES[stage])
    return replace(plain, scale=scale)


def _mixed(first: str, second: str, share: float) -> str:
    """A colour between two hex colours; ``share`` is how much of the second."""
    pairs = [(int(first[at : at + 2], 16), int(second[at : at + 2], 16)) for at in (1, 3, 5)]
    return "#" + "".join(f"{round(a + (b - a) * share):02X}" for a, b in pairs)


def translucent(colour: str, strength: float) -> str:
    """A hex colour that lets through what lies behind it."""
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return f"rgba({red},{green},{blue},{strength})"


def unseen(size: float, symbol: str = "circle") -> Part:
    """The marker of a point that is felt and not seen, such as one under a word: what a pointer or a click meets there."""
    return {"color": TRANSPARENT, "size": size, "symbol": symbol}


def luminance(colour: str) -> float:
    """The relative luminance of a hex colour (WCAG 2.2)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    """The contrast ratio of two hex colours (WCAG 2.2)."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def patient_colour(case_id: int) -> str:
    """The patient's hue, the same in every figure and theme."""
    return PATIENT_HUES[(case_id - 1) % len(PATIENT_HUES)]


def patient_symbol(case_id: int) -> str:
    """The patient's marker shape, the same in every figure."""
    return PATIENT_SYMBOLS[(case_id - 1) % len(PATIENT_SYMBOLS)]


def symbol_size(symbol: str, size: float) -> float:
    """The size at which a shape looks as large as a circle of ``size``: thin and pointed shapes need more."""
    larger = {"star": 1.5, "pentagon": 1.1, "triangle": 1.25, "cross": 1.15, "x": 1.1, "diamond": 1.1}
    return round(size * larger.get(symbol.split("-")[0], 1.0), 1)


@dataclass(frozen=True)
class GroupStyle:
    """How a group is told from the others: hue, marker (filled or hollow) and dash; ``glyph`` is its sign in text."""

    label: str
    colour: str
    symbol: str
    dash: str
    glyph: str


_GROUPS = (
    ("#367CBF", "circle", "solid", "●"),
    ("#B75C14", "circle-open", "dash", "○"),
    ("#70569B", "diamond", "dot", "◆"),
    ("#0F7062", "square-open", "dashdot", "□"),
)


def group_styles(group: Variable, look: Look) -> dict[str | None, GroupStyle]:
    """A style for each level of a grouping variable in declared order, and grey for patients without a value."""
    styles: dict[str | None, GroupStyle] = {
        level.code: GroupStyle(group_word(group, level.code), *_GROUPS[index % len(_GROUPS)])
        for index, level in enumerate(group.levels)
    }
    styles[None] = GroupStyle("not recorded", look.line, "x-open", "dot", "×")
    return styles


#: Shapes and signs of groups where hollow and filled tell something else.
_FILLED = (("circle", "●"), ("square", "■"), ("diamond", "◆"), ("star", "★"))


def filled(styles: Mapping[str | None, GroupStyle]) -> dict[str | None, GroupStyle]:
    """The same styles with filled shapes only, for a figure in which hollow marks tell something else."""
    shapes = cycle(_FILLED)
    answer = {}
    for level, style in styles.items():
        symbol, glyph = ("cross", "✚") if level is None else next(shapes)
        answer[level] = replace(style, symbol=symbol, glyph=glyph)
    return answer


def group_word(group: Variable, code: str) -> str:
    """A group in words that stand alone: "smoking" and "no smoking" rather than "yes" and "no"."""
    if group.kind == "boolean":
        name = group.label_in_sentence
        return name if code == "yes" else f"no {name}"
    return group.level_label(code)


def group_name(group: Variable, code: str | None) -> str:
    """A group in words under the name of its variable: "continued", "yes", "not recorded"."""
    return "not recorded" if code is None else code if group.kind == "boolean" else group.level_label(code)


def row_colour(
    case_id: int, group: str | None, styles: Mapping[str | None, GroupStyle], highlight: int | None, look: Look
) -> str:
    """A row's colour: with groups that of the group, else the patient's own; quiet where somebody else is highlighted.

    A quiet row still tells its group.
    """
    quiet = highlight is not None and case_id != highlight
    if styles:
        return look.tint(styles[group].colour, 0.45) if quiet else styles[group].colour
    return look.tint(look.line, 0.6) if quiet else patient_colour(case_id)


def base_layout(look: Look, height: float, margin: Mapping[str, float] | None = None, **more: Any) -> Part:
    """Layout shared by all figures: on the page's own ground, no menus, no dragging, hover in quiet boxes."""
    sides = {"l": 44, "r": 24, "t": 16, "b": 48} | dict(margin or {})
    return {
        "height": look.stage.height if look.stage else look.px(height),
        "margin": {side: look.px(size) for side, size in sides.items()} | {"autoexpand": False},
        "paper_bgcolor": TRANSPARENT,
        "plot_bgcolor": TRANSPARENT,
        "font": {"family": look.font, "size": look.type(13), "color": look.text},
        "showlegend": False,
        "hovermode": "closest",
        "hoverdistance": 24,
        "hoverlabel": {
            "bgcolor": look.surface,
            "bordercolor": look.rule,
            "align": "left",
            "namelength": -1,
            "font": {"family": look.font, "size": look.type(13), "color": look.text},
        },
        "modebar": {"bgcolor": TRANSPARENT, "color": look.quiet, "activecolor": look.text},
        "dragmode": False,
        "uirevision": "steady",
        **more,
    }


def quiet_axis(look: Look, **more: Any) -> Part:
    """An axis without line, box or zero line; grid and labels in the quiet colours; never zoomed."""
    return {
        "showline": False,
        "zeroline": False,
        "fixedrange": True,
        "gridcolor": look.grid,
        "gridwidth": 1,
        "tickfont": {"size": look.type(12), "color": look.quiet},
        "ticks": "",
        "automargin": False,
        **more,
    }


def patients_axis(
    look: Look, case_ids: Sequence[int], numbered: bool, highlight: int | None = None, **more: Any
) -> Part:
    """The upright axis of a figure with a row a patient, the first on top; ``numbered`` rows name theirs."""
    names = [f"Patient {case_id}" for case_id in case_ids]
    return quiet_axis(
        look,
        range=[len(case_ids) - 0.4, -0.6],
        **more,
        tickvals=list(range(len(case_ids))),
        ticktext=[
            f"<b>{name}</b>" if case_id == highlight else name for case_id, name in zip(case_ids, names, strict=True)
        ],
        showticklabels=numbered,
        showgrid=False,
        tickfont={"size": look.type(12), "color": look.text},
    )


def patients_head(look: Look) -> Part:
    """The word before the patients' numbers where these stand over the columns."""
    corner: Part = {"x": 0, "xref": "paper", "y": 1, "yref": "paper", "yanchor": "bottom", "xanchor": "right"}
    return words(look, "Patient", **corner, xshift=look.px(-4), yshift=look.px(-1))


def words(look: Look, text: str, **more: Any) -> Part:
    """Words on the plot: an annotation without an arrow, left-aligned and quiet unless told otherwise."""
    size = more.pop("size", 12)
    return {
        "text": text,
        "showarrow": False,
        "align": "left",
        "xanchor": "left",
        "yanchor": "middle",
        "font": {"size": look.type(size), "color": more.pop("color", look.quiet)},
        **more,
    }


def numbers_in_colour(
    case_ids: Iterable[int],
    look: Look,
    highlight: int | None = None,
    hue: Callable[[int], str] = patient_colour,
) -> str:
    """Patient numbers, each in the ink of its hue; with a highlighted patient the others are quiet."""
    parts = []
    for case_id in case_ids:
        quiet = highlight is not None and case_id != highlight
        colour = look.quiet if quiet else look.ink(hue(case_id))
        number = f"<b>{case_id}</b>" if case_id == highlight else str(case_id)
        parts.append(f'<span style="color:{colour}">{number}</span>')
    return " ".join(parts)


def group_key(
    group: Variable, styles: Mapping[str | None, GroupStyle], sizes: Mapping[str | None, int], look: Look
) -> tuple[str, int]:
    """The groups under the name of their variable, each with its glyph, colour and n, in one line (several, where long),
    and the number of lines.
    """
    shown = [(style, group_name(group, code), sizes[code]) for code, style in styles.items() if sizes.get(code)]
    parts = [
        f'<span style="color:{look.ink(style.colour)}">{style.glyph} <b>{safe_plotly(label)}</b></span> n = {grouped(n)}'
        for style, label, n in shown
    ]
    name = f"<b>{safe_plotly(group.label)}:</b>"
    letters = len(group.label) + sum(len(label) + 10 for _, label, _ in shown)
    if look.stage and letters * look.type(13) * 0.56 > look.stage.width - look.px(120):
        return _broken_key(name, parts, [len(label) + 15 for _, label, _ in shown], look)
    if look.wide and letters > 80:
        return f"{name}<br>{'     '.join(parts)}", 2
    if not look.wide and letters > 56:
        return "<br>".join([name, *parts]), 1 + len(parts)
    return "     ".join([name, *parts]), 1


def _broken_key(name: str, parts: Sequence[str], letters: Sequence[int], look: Look) -> tuple[str, int]:
    """A key under its name, in as many lines as the stage needs."""
    most = ((look.stage.width if look.stage else 0) - look.px(120)) / (look.type(13) * 0.56)
    lines: list[list[str]] = [[]]
    used = 0
    for part, long in zip(parts, letters, strict=True):
        if lines[-1] and used + long > most:
            lines.append([])
            used = 0
        lines[-1].append(part)
        used += long
    return "<br>".join([name, *("     ".join(line) for line in lines)]), 1 + len(lines)
