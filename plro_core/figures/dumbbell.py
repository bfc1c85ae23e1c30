"""Pain at the first and the last visit: one row a patient, sorted by how far it fell."""

from dataclasses import dataclass

from plro_core.cohort import EVERYONE, Cohort
from plro_core.counts import ALL, Group, change_of
from plro_core.figures.chart import Chart, compose, empty_chart
from plro_core.figures.points import InView, in_view, place, sentence, when
from plro_core.figures.style import (
    LIGHT,
    GroupStyle,
    Look,
    Part,
    base_layout,
    filled,
    group_key,
    group_name,
    group_styles,
    patients_axis,
    quiet_axis,
    row_colour,
    symbol_size,
    words,
)
from plro_core.statements import Course, Statement, chosen_by, only, state, together
from plro_core.store import Registry
from plro_core.tables import Column
from plro_core.text import MINUS, as_recorded, capitalised, from_to, k_of_n, listed, patients, visit_name
from plro_core.vocabulary import Variable

_QUESTION = "How far does pain fall from baseline to the last visit?"


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


def pain_dumbbell(
    registry: Registry,
    cohort: Cohort = EVERYONE,
    *,
    group: Variable | None = None,
    highlight: int | None = None,
    look: Look = LIGHT,
) -> Chart:
    """VAS (0-10) at the first and last visit in view, joined: one row a patient, largest fall on top."""
    view = in_view(registry, cohort, [registry.vocabulary.variable("vas", "visits")], group)
    if not view.n:
        return empty_chart(registry, "pain_dumbbell", _QUESTION, _columns(view), look)
    highlight = view.chosen(highlight)
    rows = _rows(view)
    styles = filled(group_styles(group, look)) if group else {}
    key, lines = group_key(group, styles, view.group_sizes, look) if group else ("", 0)
    height = 26 if view.numbered else max(4.0, 900 / len(rows))
    layout = base_layout(
        look,
        56 + 18 * lines + height * len(rows) + 34,
        {"l": 84, "r": 30, "t": 30 + 18 * lines, "b": 34},
        xaxis=quiet_axis(look, range=[-1.2, 10.8], tickvals=list(range(0, 11, 2))),
        yaxis=patients_axis(look, [row.case_id for row in rows], view.numbered, highlight),
        annotations=_words(rows, key, view, look),
    )
    return compose(
        registry,
        "pain_dumbbell",
        _title(view),
        traces=[*_bars(rows, styles, highlight, look), *_ends(view, rows, styles, highlight, look)],
        layout=layout,
        summary=_summary(view),
        columns=_columns(view),
        rows=[(row.case_id, row.first, row.last, row.change, *((row.group,) if group else ())) for row in rows],
        notes=(*view.notes, _incomplete_note(view)),
        look=look,
        who=view.who(highlight),
    )


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


def _bars(rows: list[DumbbellRow], styles: dict[Group, GroupStyle], highlight: int | None, look: Look) -> list[Part]:
    return [
        {
            "mode": "lines",
            "x": [row.first, row.last],
            "y": [index, index],
            "hoverinfo": "skip",
            "customdata": [row.case_id, row.case_id],
            "line": {
                "color": look.tint(row_colour(row.case_id, row.group, styles, highlight, look), 0.5),
                "width": look.px(6 if row.case_id == highlight else 4),
            },
        }
        for index, row in enumerate(rows)
        if row.change is not None
    ]


def _ends(
    view: InView, rows: list[DumbbellRow], styles: dict[Group, GroupStyle], highlight: int | None, look: Look
) -> list[Part]:
    """The two ends: hollow at the first visit, filled at the last, each with its value beside it."""
    traces = []
    ends = ((view.months[0], "first"), (view.months[-1], "last"))
    for month, end in ends[: 1 if view.months[0] == view.months[-1] else 2]:
        found = [(index, row) for index, row in enumerate(rows) if getattr(row, end) is not None]
        colours = [row_colour(row.case_id, row.group, styles, highlight, look) for _, row in found]
        symbols = [styles[row.group].symbol if styles else "circle" for _, row in found]
        traces.append(
            {
                "mode": "markers+text" if view.numbered else "markers",
                "x": [getattr(row, end) for _, row in found],
                "y": [index for index, _ in found],
                "text": [f"\u2009{as_recorded(getattr(row, end))}\u2009" for _, row in found],
                "textposition": [_side(row, end) for _, row in found],
                "textfont": {"size": look.px(12), "color": look.text},
                "customdata": [[row.case_id, month] for _, row in found],
                "hovertext": [_hover(view, row, month, getattr(row, end)) for _, row in found],
                "marker": {
                    "symbol": symbols,
                    "color": colours if end == "last" else look.background,
                    "size": [
                        symbol_size(symbol, look.px((14 if row.case_id == highlight else 11) if view.numbered else 4))
                        for symbol, (_, row) in zip(symbols, found, strict=True)
                    ],
                    "line": {"width": look.px(2), "color": colours},
                },
            }
        )
    return traces


def _side(row: DumbbellRow, end: str) -> str:
    """Values stand outside the bar."""
    falls = (row.change or 0) <= 0
    return "middle right" if (end == "first") == falls else "middle left"


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


def _words(rows: list[DumbbellRow], key: str, view: InView, look: Look) -> list[Part]:
    top: Part = {"x": 0, "y": 1, "xref": "paper", "yref": "paper", "yanchor": "bottom", "xshift": look.px(-76)}
    first, last = visit_name(view.months[0]), visit_name(view.months[-1])
    said = [words(look, f"hollow {first.lower()}, filled {last.lower()}     VAS, 0–10", yshift=look.px(6), **top)]
    if key:
        said.append(words(look, key, size=13, **top, yshift=look.px(26)))
    neither = "VAS recorded at neither visit" if first != last else f"VAS not recorded at {first.lower()}"
    empty = neither if view.all_visits_shown else "no VAS at the chosen visits"
    said += [
        words(look, empty, x=0, y=index, xshift=look.px(4))
        for index, row in enumerate(rows)
        if row.first is None and row.last is None and view.numbered
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
        return state(
            "VAS from {first} to {last} by {by}: {groups}",
            first=when(first),
            last=when(last),
            by=view.group.label_in_sentence,
            groups=view.of_groups(lambda level: found[level]),
        )
    return _change_title(found[ALL])


def _change_title(course: Course) -> str | Statement:
    if not course.n:
        return _QUESTION
    start = f" from {when(course.first)}" if course.first else ""
    if course.fell == course.n and not course.unpaired:
        return Statement(f"Pain falls by {_with_points(_points(course))}{start} by {when(course.last)}", (course,))
    fell = k_of_n(course.fell, course.n)
    gap = f" ({course.gap.removeprefix(', ')})" if course.unpaired else ""
    return Statement(f"Pain falls{start} in {fell} patients by {when(course.last)}{gap}", (course,))


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
