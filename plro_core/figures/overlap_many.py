"""Which groups overlap, of many patients: a column for each combination of traits, the most frequent first, and how many
patients have it.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from plro_core.cohort import Cohort
from plro_core.counts import combinations
from plro_core.figures.points import InView, sentence
from plro_core.figures.style import Look, Part, words
from plro_core.text import listed, number, patients, safe_plotly

if TYPE_CHECKING:
    from plro_core.figures.overlap import SharedTrait

#: As many combinations as can be told from each other; a note says where there are more.
MOST = 16
#: The room over the matrix for the bars, in rows of the matrix.
BARS = 2.6

#: Which traits a column's patients have, by their place, and how many they are.
Combined = tuple[tuple[int, ...], int]


def combined(traits: Sequence["SharedTrait"], view: InView) -> list[Combined]:
    """Everybody in view by the traits that are recorded of her; what is not recorded counts as not had."""
    found: Counter[tuple[int, ...]] = Counter()
    for values, count in combinations(view.registry, [trait.variable for trait in traits], view.cohort).items():
        pairs = enumerate(zip(traits, values, strict=True))
        found[tuple(row for row, (trait, value) in pairs if trait.holds(value))] += count
    return sorted(found.items(), key=lambda entry: (-entry[1], entry[0]))


def left_out(found: Sequence[Combined]) -> str:
    """That rarer combinations are not drawn, where there are such."""
    return " Patients with rarer combinations are not drawn." if len(found) > MOST else ""


def traces(traits: Sequence["SharedTrait"], found: Sequence[Combined], look: Look) -> list[Part]:
    """Bars, the matrix of marks below them, and a line down each column's marks."""
    shown = found[:MOST]
    most = max(count for _, count in shown)
    bars: Part = {
        "type": "bar",
        "x": list(range(len(shown))),
        "y": [-(BARS - 0.75) * count / most for _, count in shown],
        "base": [-0.75] * len(shown),
        "width": 0.62,
        "customdata": [_query(traits, rows) for rows, _ in shown],
        "hovertext": [_hover(traits, rows, count) for rows, count in shown],
        "marker": {"color": look.accent},
    }
    cells = [(column, row, row in rows) for column, (rows, _) in enumerate(shown) for row in range(len(traits))]
    marks: Part = {
        "mode": "markers",
        "x": [column for column, *_ in cells],
        "y": [row for _, row, _ in cells],
        "customdata": [_query(traits, shown[column][0]) for column, *_ in cells],
        "hovertext": [_hover(traits, *shown[column]) for column, *_ in cells],
        "marker": {
            "color": [look.accent if had else look.grid for *_, had in cells],
            "size": [look.px(13 if had else 8) for *_, had in cells],
            "line": {"width": 0},
        },
    }
    return [bars, marks, _joined(shown, look)]


def _joined(shown: Sequence[Combined], look: Look) -> Part:
    x: list[float | None] = []
    y: list[float | None] = []
    for column, (rows, _) in enumerate(shown):
        if len(rows) > 1:
            x, y = [*x, column, column, None], [*y, rows[0], rows[-1], None]
    return {
        "mode": "lines",
        "x": x,
        "y": y,
        "hoverinfo": "skip",
        "line": {"color": look.accent, "width": look.px(2.5)},
    }


def counted(found: Sequence[Combined], look: Look) -> list[Part]:
    """How many, over each bar."""
    shown = found[:MOST]
    most = max(count for _, count in shown)
    over: Part = {"xanchor": "center", "yanchor": "bottom", "color": look.text}
    return [
        words(look, number(count), x=column, y=-0.75 - (BARS - 0.75) * count / most, **over)
        for column, (_, count) in enumerate(shown)
    ]


def _query(traits: Sequence["SharedTrait"], rows: Sequence[int]) -> str:
    """A column's patients in the language of cohorts: who has its traits, and of no other is known to have it."""
    has = [trait.criterion for trait in traits]
    criteria = [
        criterion if row in rows else replace(criterion, negated=True, keeps_missing=True)
        for row, criterion in enumerate(has)
    ]
    return Cohort(tuple(criteria)).query


def _hover(traits: Sequence["SharedTrait"], rows: Sequence[int], count: int) -> str:
    had = listed([safe_plotly(traits[row].label[:1].lower() + traits[row].label[1:]) for row in rows])
    return sentence(
        f"{patients(count).capitalize()}: {had}, and none of the others"
        if rows
        else f"{patients(count).capitalize()}: none of these"
    )
