"""The time axis of follow-up: true distances between visits, ticks only at visits, n under each."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from plro_core.counts import ALL, Group
from plro_core.figures.points import InView
from plro_core.figures.style import Look, Part, quiet_axis, words
from plro_core.text import grouped, visit_name

#: Between the numbers of two groups.
_BETWEEN = " · "
#: On a phone the labels of two visits need this part of an axis between them.
_CROWDED = 8


def time_axis(look: Look, months: Sequence[int], **more: Any) -> Part:
    """An axis in months from baseline with a grid line at each visit; its labels are written by ``visit_labels``."""
    return quiet_axis(
        look,
        range=[months[0] - 0.35, months[-1] + 0.35],
        tickvals=list(months),
        showticklabels=False,
        **more,
    )


def counted(view: InView, name: str) -> dict[int, str]:
    """The number of recorded values at each visit; with groups, one number a group in the order of its levels."""
    codes: list[Group] = [ALL]
    if view.group:
        codes = [code for code in (*(level.code for level in view.group.levels), None) if view.group_sizes.get(code)]
    return {
        month: _BETWEEN.join(grouped(view.frequency(name, month, code).n) for code in codes) for month in view.months
    }


def visit_labels(look: Look, months: Sequence[int], n: Mapping[int, object]) -> list[Part]:
    """ "Baseline", "Month 1" … with n beneath; the first is drawn to the left, so that a phone keeps them apart."""
    return [
        words(
            look,
            f'{visit_name(month)}<br><span style="color:{look.quiet}">n = {n.get(month, 0)}</span>',
            x=month,
            y=0,
            yref="paper",
            xanchor="center",
            align="center",
            yanchor="top",
            yshift=look.px(-6),
            xshift=look.px(-20 if month == 0 else 3 if month == 1 else 0),
            color=look.text,
        )
        for month in months
    ]


def visits_crowd(months: Sequence[int]) -> bool:
    """Whether the labels of two visits would collide on a phone: they lie close together on an axis that is long."""
    return any((after - before) * _CROWDED < months[-1] - months[0] for before, after in pairwise(months))


def half_of_longest(n: Mapping[int, str]) -> float:
    """Room to the right of the last visit for half of its n, in pixels of a plain page, beyond what any axis has."""
    return max(0.0, 3.6 * (max(map(len, n.values()), default=0) - 4))


def visit_numbers(look: Look, months: Sequence[int], n: Mapping[int, object]) -> Part:
    """Tick labels for a small panel: the month, and n beneath, one line a group."""
    return {
        "showticklabels": True,
        "tickangle": 0,
        "ticktext": [f"{month}<br>{str(n.get(month, 0)).replace(_BETWEEN, '<br>')}" for month in months],
        "tickfont": {"size": look.type(11), "color": look.quiet},
    }
