"""Pain at the first and the last visit: a small slope a patient from left to right, sorted by how far it fell."""

from dataclasses import dataclass

from plro_core.cohort import EVERYONE, Cohort
from plro_core.counts import ALL, Group, change_of
from plro_core.figures.chart import Chart, compose, empty_chart
from plro_core.figures.fall_counts import fall_counts
from plro_core.figures.form import Form, by_groups, form_notes, form_of
from plro_core.figures.pain.scale import SCORE, OnScale, Scale
from plro_core.figures.points import InView, in_view, place, sentence, when, wrapped
from plro_core.figures.ribbon import acting
from plro_core.figures.style import (
    LIGHT,
    Look,
    Part,
    base_layout,
    filled,
    group_name,
    group_styles,
    quiet_axis,
    row_colour,
    symbol_size,
    words,
)
from plro_core.pain_control.patients import visit_note
from plro_core.statements import Course, Statement, chosen_by, only, state, together
from plro_core.store import Registry
from plro_core.tables import Column
from plro_core.text import (
    MINUS,
    as_recorded,
    capitalised,
    from_to,
    grouped,
    k_of_n,
    k_of_patients,
    listed,
    patients,
    safe_plotly,
    visit_name,
)
from plro_core.vocabulary import Variable
from plro_core.vocabulary.thresholds import responder_words

_QUESTION = "How far does pain fall from baseline to the last visit?"
#: Half the width of a patient's slope, where neighbours are 1 apart; and the free places between two groups.
_HALF = 0.29
_BETWEEN = 0.9
#: A group is at least this share of all places wide, so that its name has room.
_NARROWEST = 0.16


@dataclass(frozen=True)
class DumbbellRow:
    """One patient's VAS (0-10) at the first and last visit in view; ``None`` where not recorded."""

    case_id: int
    group: Group
    first: float | None
    last: float | None

    @property
    def change(self) -> float | None:
        return None if self.first is None or self.last is None else change_of(self.first, self.last)


@dataclass(frozen=True)
class Slopes(OnScale):
    """What the slopes are drawn from; ``places`` are where patients stand, side by side."""

    rows: list[DumbbellRow]
    places: dict[int, float]

    @property
    def ends(self) -> tuple[int, int]:
        """The first and the last visit in view."""
        return self.view.months[0], self.view.months[-1]

    def colour(self, row: DumbbellRow) -> str:
        if not self.styles and not self.named and row.case_id != self.highlight:
            return self.look.line
        return row_colour(row.case_id, row.group, self.styles, self.highlight, self.look)


def pain_dumbbell(
    registry: Registry,
    cohort: Cohort = EVERYONE,
    *,
    group: Variable | None = None,
    highlight: int | None = None,
    axis: str = SCORE,
    look: Look = LIGHT,
) -> Chart:
    """VAS (0-10) at the first and the last visit in view, joined from left to right: a slope a patient, largest fall first.

    Up to 12 patients are named, up to 60 drawn; beyond, how many fell by how much. ``axis`` is "score" or "change", in
    percent of baseline with lines at −30 and −50 %, over all visits of the cohort's patients.

    Raises:
        QueryProblem: there is no such axis.
    """
    asked = cohort if axis == SCORE else Cohort(cohort.who)
    view = in_view(registry, asked, [registry.vocabulary.variable("vas", "visits")], group)
    scale = Scale.named(view, axis)
    if not view.n:
        return empty_chart(registry, "pain_dumbbell", _QUESTION, _columns(view), look)
    highlight = view.chosen(highlight)
    rows = _rows(view)
    styles = filled(group_styles(group, look)) if group else {}
    slopes = Slopes(scale, styles, highlight, look, rows, _places(rows, view))
    counted = form_of(view.n) is Form.COUNTED
    traces, layout = fall_counts(scale, _courses(view), styles, look) if counted else _drawn(slopes)
    return compose(
        registry,
        "pain_dumbbell",
        _title(view),
        traces=traces,
        layout=layout,
        summary=_summary(view),
        columns=_columns(view),
        rows=[(row.case_id, row.first, row.last, row.change, *((row.group,) if group else ())) for row in rows],
        notes=(
            *form_notes(view, "slope"),
            _incomplete_note(view),
            *((next(responder_words()), *visit_note(cohort)) if scale.change else ()),
        ),
        look=look,
        who=view.who(highlight),
    )


def _places(rows: list[DumbbellRow], view: InView) -> dict[int, float]:
    """Where each patient stands: groups one after the other, in each the largest fall first."""
    places: dict[int, float] = {}
    at = 0.0
    for level in list(view.group_sizes) or [ALL]:
        members = [row for row in rows if level in (ALL, row.group)]
        places |= {row.case_id: at + index for index, row in enumerate(members)}
        at += max(len(members), _NARROWEST * len(rows)) + _BETWEEN if members else 0
    return places


def _drawn(slopes: Slopes) -> tuple[list[Part], Part]:
    """The slopes, the groups over them and the axes."""
    look, scale, head = slopes.look, slopes.scale, 3 if slopes.styles else 0
    height, sides = 360 + 16 * head, {"l": 44, "r": 10, "t": 26, "b": 44}
    whole = look.stage.height if look.stage else look.px(height)
    y = scale.axis(look, head * look.type(12) * 1.4 / (whole - look.px(sides["t"] + sides["b"])))
    ends = [-0.7, max(slopes.places.values()) + 0.7]
    keys, marks = _groups(slopes, y["range"][1])
    lines = [line | {"x0": ends[0], "x1": ends[1]} | {"xref": "x"} for line in scale.lines(look)]
    x = quiet_axis(
        look,
        range=ends,
        tickvals=[slopes.places[row.case_id] for row in slopes.rows],
        ticktext=[f"<b>{row.case_id}</b>" if row.case_id == slopes.highlight else str(row.case_id) for row in slopes.rows],
        showticklabels=slopes.named,
        showgrid=False,
        tickfont={"size": look.type(12), "color": look.text},
    )  # fmt: skip
    layout = base_layout(look, height, sides, xaxis=x, yaxis=y, shapes=lines, annotations=[*_words(slopes), *keys])
    return [*_lines(slopes), *_ends(slopes), *marks], layout


def _groups(slopes: Slopes, top: float) -> tuple[list[Part], list[Part]]:
    """Over each group its name and n, with the point that chooses it."""
    look, view = slopes.look, slopes.view
    said: list[Part] = []
    marks: list[Part] = []
    for level, n in view.group_sizes.items() if view.group else ():
        at = [slopes.places[row.case_id] for row in slopes.rows if row.group == level]
        if not at or view.group is None:
            continue
        name = wrapped(safe_plotly(group_name(view.group, level)), 12 if look.stage and look.stage.width < 1000 else 18)
        text = f'<span style="color:{look.ink(slopes.styles[level].colour)}"><b>{name}</b></span><br>n = {grouped(n)}'
        said.append(words(look, text, x=min(at) - 0.4, y=top, yanchor="top", color=look.text, size=12))
        marks.append(
            acting(
                look, min(at), top - (top - slopes.scale.high) / 2, view.piece_of(level), f"{name}: n = {grouped(n)}"
            )
        )
    return said, marks


def _columns(view: InView) -> list[Column]:
    ends = (("first", "First VAS"), ("last", "Last VAS"), ("change", "Change"))
    values = [Column.like(view.vas, name, label) for name, label in ends]
    named = [Column(view.group.name, view.group.label)] if view.group else []
    return [Column("case_id", "Patient", "integer"), *values, *named]


def _rows(view: InView) -> list[DumbbellRow]:
    """Largest fall first, then the higher baseline, then the patient's number; incomplete ones last."""
    first, last = view.months[0], view.months[-1]
    rows = [
        DumbbellRow(
            case["case_id"],
            view.level_of(case),
            view.value(case["case_id"], first, "vas"),
            view.value(case["case_id"], last, "vas") if last != first else None,
        )
        for case in view.cases
    ]
    return sorted(rows, key=lambda row: (row.change is None, row.change or 0, -(row.first or 0), row.case_id))


def _lines(slopes: Slopes) -> list[Part]:
    return [
        {
            "mode": "lines",
            "x": [slopes.places[row.case_id] - _HALF, slopes.places[row.case_id] + _HALF],
            "y": _values(slopes, row),
            "hoverinfo": "skip",
            "customdata": [row.case_id, row.case_id],
            "line": {
                "color": slopes.look.tint(slopes.colour(row), 0.55),
                "width": slopes.look.px(4 if row.case_id == slopes.highlight else 2.5 if slopes.named else 1.5),
            },
        }
        for row in slopes.rows
        if row.change is not None
    ]


def _values(slopes: Slopes, row: DumbbellRow) -> list[float | None]:
    return [slopes.scale.value(row.case_id, month) for month in dict.fromkeys(slopes.ends)]


def _ends(slopes: Slopes) -> list[Part]:
    """The two ends: hollow at the first visit, filled at the last, each with its value beside it if patients are named."""
    look, traces = slopes.look, []
    for end, month in enumerate(dict.fromkeys(slopes.ends)):
        found = [row for row in slopes.rows if _values(slopes, row)[end] is not None]
        colours = [slopes.colour(row) for row in found]
        symbols = [slopes.styles[row.group].symbol if slopes.styles else "circle" for row in found]
        sizes = [(14 if row.case_id == slopes.highlight else 10) if slopes.named else 5 for row in found]
        traces.append(
            {
                "mode": "markers+text" if slopes.named else "markers",
                "x": [slopes.places[row.case_id] + (_HALF if end else -_HALF) for row in found],
                "y": [_values(slopes, row)[end] for row in found],
                "text": ["" if slopes.scale.change and not end else slopes.scale.written(_values(slopes, row)[end]) for row in found],
                "textposition": ["bottom center" if bool(end) == ((row.change or 0) <= 0) else "top center" for row in found],
                "textfont": {"size": look.type(12), "color": look.text},
                "customdata": [[row.case_id, month] for row in found],
                "hovertext": [_hover(slopes.view, row, month, (row.last if end else row.first) or 0) for row in found],
                "marker": {
                    "symbol": symbols,
                    "color": colours if end else look.background,
                    "size": [symbol_size(symbol, look.px(size)) for symbol, size in zip(symbols, sizes, strict=True)],
                    "line": {"width": look.px(2 if slopes.named else 1.2), "color": colours},
                },
            }
        )  # fmt: skip
    return traces


def _hover(view: InView, row: DumbbellRow, month: int, vas: float) -> str:
    change = ""
    if row.change is not None:
        change = (
            f"VAS {view.vas.written(row.first)} to {view.vas.written(row.last)}, a change of {as_recorded(row.change)}"
            if row.change
            else "no change"
        )
    where = place(view.visit(row.case_id, month))
    return sentence(f"Patient {row.case_id}, {when(month)}: VAS {as_recorded(vas)}", change, where)


def _words(slopes: Slopes) -> list[Part]:
    """What the axis measures and how a slope is read; in an empty place, why it is."""
    look, view = slopes.look, slopes.view
    first, last = (visit_name(month).lower() for month in slopes.ends)
    top: Part = {"x": 0, "y": 1, "xref": "paper", "yref": "paper", "yanchor": "bottom", "xshift": look.px(-34)}
    read = f"left {first}, right {last}" if first != last else first
    said = [words(look, f"{slopes.scale.name}   each patient: {read}", yshift=look.px(4), **top)]
    if slopes.named:
        corner: Part = {"x": 0, "xref": "paper", "y": 0, "yref": "paper", "yanchor": "top", "xanchor": "left"}
        said.append(words(look, "Patient", **corner, xshift=look.px(-34), yshift=look.px(-20)))
    neither = "VAS recorded at neither visit" if first != last else f"VAS not recorded at {first}"
    empty = neither if view.all_visits_shown else "no VAS at the chosen visits"
    middle = (slopes.scale.low + slopes.scale.high) / 2
    said += [
        words(look, empty, x=slopes.places[row.case_id], y=middle, textangle=-90, xanchor="center")
        for row in slopes.rows
        if row.first is None and row.last is None and slopes.named
    ]
    return said


def _courses(view: InView) -> dict[Group, Course]:
    return view.courses(view.vas, view.months[0], view.months[-1])


def _incomplete_note(view: InView) -> Statement | str:
    """Who lacks one of the two values; of visits that a view leaves out nothing is said."""
    course = _courses(view)[ALL]
    if not course.unpaired or not view.all_visits_shown or course.first == course.last:
        return ""
    return Statement(
        f"{patients(course.unpaired)} without a VAS at both visits: a single point, or an empty row.", (course,)
    )


def _title(view: InView) -> str | Statement:
    """By how much pain fell where it fell in everybody, else how many of those seen at both visits fell."""
    first, last = view.months[0], view.months[-1]
    if chosen := chosen_by(view.cohort, [view.vas]):
        return only(_QUESTION, chosen)
    if first == last:
        return _QUESTION
    if view.n == 1:
        return f"Pain of patient {view.ids[0]} at {when(first)} and {when(last)}"
    found = _courses(view)
    if view.group:
        by, clauses = view.group.label_in_sentence, view.of_groups(lambda level: found[level])
        ends = {"first": when(first), "last": when(last)}
        split = state("VAS from {first} to {last} by {by}: {groups}", by=by, groups=clauses, **ends)
        return by_groups(view, split, _change_title(found[ALL]))
    return _change_title(found[ALL])


def _change_title(course: Course) -> str | Statement:
    if not course.n:
        return _QUESTION
    start = f" from {when(course.first)}" if course.first else ""
    if course.fell == course.n and not course.unpaired:
        return Statement(f"Pain falls by {_with_points(_points(course))}{start} by {when(course.last)}", (course,))
    fell = k_of_patients(course.fell, course.n)
    gap = f" ({course.gap.removeprefix(', ')})" if course.unpaired else ""
    return Statement(f"Pain falls{start} in {fell} by {when(course.last)}{gap}", (course,))


def _with_points(number: str) -> str:
    return f"{number} {'point' if number.lstrip(MINUS) == '1' else 'points'}"


def _points(course: Course) -> str:
    """From the smallest to the largest fall; one number where they are equal."""
    least, most = -max(course.changes.values), -min(course.changes.values)
    return from_to(as_recorded(least), as_recorded(most))


def _summary(view: InView) -> Statement:
    """The same patients at both visits: of everybody, and of each group, if there are."""
    first, last = view.months[0], view.months[-1]
    visits = listed([when(month) for month in dict.fromkeys((first, last))])
    start = state("VAS ({scale}) of {patients} at {visits}.", scale="0 to 10", patients=view.patients, visits=visits)
    if first == last or chosen_by(view.cohort, [view.vas]):
        return start
    found = _courses(view)
    return together([start, *(_course_words(view, level, found[level]) for level in view.group_sizes or [ALL])], " ")


def _course_words(view: InView, level: Group, course: Course) -> Statement:
    """ "Continued: 9 to 3 and 9 to 5 (n = 2); 2 of 2 fell, by 4 to 6 points."."""
    name = f"{group_name(view.group, level)}: " if view.group else ""
    said = f"{name}{course.words}"
    if course.n:
        said += f"; {k_of_n(course.fell, course.n)} fell"
        said += f" and {k_of_n(course.rose, course.n)} rose" if course.rose else ""
        low, high = min(course.changes.values), max(course.changes.values)
        said += f", a change of {_with_points(from_to(as_recorded(low), as_recorded(high)))}"
    return Statement(f"{capitalised(said)}.", (course,))
