"""The patients in the figure of pain: a thread each, their numbers where it ends, marks of visits without a value."""

from collections import defaultdict

from plro_core.counts import ALL, Group
from plro_core.figures.form import Form, form_of
from plro_core.figures.pain.scale import OnScale
from plro_core.figures.points import InView, place, sentence, side_by_side, spread, when
from plro_core.figures.style import (
    GroupStyle,
    Part,
    numbers_in_colour,
    patient_colour,
    patient_symbol,
    symbol_size,
    words,
)
from plro_core.text import as_recorded

#: What a number at the end of a thread takes of the margin.
_PER_LETTER = 6.6


class Threads(OnScale):
    """What the threads of all panels are drawn from."""

    def members(self, level: Group) -> list[int]:
        """The drawn patients of a group (``ALL``: everybody), the highlighted one last; alone where all are too many."""
        case_ids = [case["case_id"] for case in self.view.cases if level in (ALL, self.view.level_of(case))]
        if form_of(self.view.n) is Form.COUNTED:
            return [case_id for case_id in case_ids if case_id == self.highlight]
        return sorted(case_ids, key=lambda case_id: case_id == self.highlight)

    def style(self, case_id: int) -> GroupStyle | None:
        if not self.styles:
            return None
        return next(self.styles[self.view.level_of(case)] for case in self.view.cases if case["case_id"] == case_id)

    def hue(self, case_id: int) -> str:
        """A patient's hue: her group's, her own if she is named, else the quiet one of all."""
        style = self.style(case_id)
        if style:
            return style.colour
        return patient_colour(case_id) if self.named or case_id == self.highlight else self.look.line

    def at(self, case_ids: list[int]) -> dict[tuple[int, float], float]:
        """Where on the time axis each value is drawn, ties of one panel side by side."""
        found = [
            (case_id, month, self.scale.value(case_id, month)) for case_id in case_ids for month in self.view.months
        ]
        points = [(case_id, month, value) for case_id, month, value in found if value is not None]
        return side_by_side(points, 0.085 if self.named else 0.03, 0.5)


def threads(drawn: Threads, case_ids: list[int], at: dict[tuple[int, float], float]) -> list[Part]:
    """A line a patient; it breaks at a missing visit."""
    return [_thread(drawn, case_id, at) for case_id in case_ids]


def _thread(drawn: Threads, case_id: int, at: dict[tuple[int, float], float]) -> Part:
    """One patient's line: quiet, so that the band and the median tell the story; thick and full if highlighted."""
    look, view = drawn.look, drawn.view
    chosen, others = case_id == drawn.highlight, drawn.highlight is not None
    style, hue = drawn.style(case_id), drawn.hue(case_id)
    if others and not chosen:  # quiet: of her group one sees the colour, of her alone the line
        hue = look.tint(hue, 0.45) if style else look.tint(look.line, 0.6)
    symbol = style.symbol if style else patient_symbol(case_id) if drawn.named or chosen else "circle"
    size = 11 if chosen else 7.5 if drawn.named else 4
    values = [drawn.scale.value(case_id, month) for month in view.months]
    return {
        "mode": "lines+markers",
        "name": f"Patient {case_id}",
        "x": [at.get((case_id, month), month) for month in view.months],
        "y": values,
        "hovertext": ["" if y is None else _hover(view, case_id, month) for month, y in zip(view.months, values, strict=True)],
        "customdata": [[case_id, month] for month in view.months],
        "connectgaps": False,
        "line": {
            "color": hue if chosen else look.tint(hue, 0.5 if drawn.named else 0.35),
            "width": look.px(3.5 if chosen else 1.3 if drawn.named else 0.9),
        },
        "marker": {
            "color": hue,
            "symbol": symbol,
            "size": symbol_size(symbol, look.px(size)),
            "line": {"color": hue, "width": look.px(1.2) if symbol.endswith("open") else 0},
        },
    }  # fmt: skip


def _hover(view: InView, case_id: int, month: int) -> str:
    vas, first = view.value(case_id, month, "vas"), view.value(case_id, 0, "vas")
    change = f", from {as_recorded(first)} at baseline" if month and first is not None else ""
    said = f"Patient {case_id}, {when(month)}: VAS {as_recorded(vas or 0)}{change}"
    return sentence(said, place(view.visit(case_id, month)))


def line_ends(
    drawn: Threads, case_ids: list[int], at: dict[tuple[int, float], float], axes: Part, gap: float
) -> list[Part]:
    """Patient numbers where lines end; patients who end at the same value share one label: "1 3 4 5 6 7".

    Labels are at least ``gap`` apart.
    """
    ends: dict[tuple[int, float], list[int]] = defaultdict(list)
    for case_id in case_ids if drawn.named else [case_id for case_id in case_ids if case_id == drawn.highlight]:
        last = _last(drawn, case_id)
        if last is not None:
            ends[(last, drawn.scale.value(case_id, last) or 0)].append(case_id)
    rows: dict[tuple[int, float], float] = {}
    for month in {month for month, _ in ends}:
        values = [value for at_month, value in ends if at_month == month]
        rows |= dict(zip([(month, value) for value in values], spread(values, gap), strict=True))
    return [
        words(
            drawn.look,
            numbers_in_colour(sorted(tied), drawn.look, drawn.highlight, drawn.hue),
            x=max(at[(case_id, month)] for case_id in tied),
            y=rows[month, value],
            xshift=drawn.look.px(8),
            size=13,
            **axes,
        )
        for (month, value), tied in ends.items()
    ]


def _last(drawn: Threads, case_id: int) -> int | None:
    seen = [month for month in drawn.view.months if drawn.scale.value(case_id, month) is not None]
    return max(seen, default=None)


def widest_end(drawn: Threads, case_ids: list[int]) -> float:
    """Room for the longest row of patient numbers at the line ends, in pixels of a plain page."""
    if not drawn.named:
        return 8
    tied: dict[float | None, int] = defaultdict(int)
    for case_id in case_ids:
        tied[drawn.scale.value(case_id, drawn.view.months[-1])] += len(str(case_id)) + 1
    return 14 + _PER_LETTER * max(tied.values(), default=0)


def missing(drawn: Threads, case_ids: list[int]) -> list[Part]:
    """Marks below the axis for a missing visit or value: hollow, or with groups strokes in their colours."""
    lacking = gaps(drawn, case_ids)
    if not lacking:
        return []
    places = side_by_side([(case_id, month, 0) for case_id, month in lacking], 0.085, 0.6)
    symbols = ["line-ns-open" if drawn.styles else f"{patient_symbol(case_id)}-open" for case_id, _ in lacking]
    return [
        {
            "mode": "markers",
            "name": "Not recorded",
            "x": [places[gap] for gap in lacking],
            "y": [drawn.scale.floor] * len(lacking),
            "customdata": [list(gap) for gap in lacking],
            "hovertext": [f"Patient {case_id}, {when(month)}: VAS not recorded" for case_id, month in lacking],
            "marker": {
                "symbol": symbols,
                "color": [drawn.hue(case_id) for case_id, _ in lacking],
                "size": drawn.look.px(7),
                "line": {"width": drawn.look.px(2 if drawn.styles else 1)},
            },
        }
    ]


def gaps(drawn: Threads, case_ids: list[int]) -> list[tuple[int, int]]:
    """Patient and month of each VAS that is missing, among the patients who are named."""
    view = drawn.view
    if not drawn.named:
        return []
    return [
        (case_id, month)
        for case_id in sorted(case_ids)
        for month in view.months
        if view.value(case_id, month, "vas") is None
        and (view.all_visits_shown or view.visit(case_id, month) is not None)
    ]
