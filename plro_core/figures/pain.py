"""Pain over time: every patient's trajectory, with the median of everybody or of each group."""

from collections import defaultdict
from collections.abc import Iterator

from plro_core.cohort import EVERYONE, Cohort
from plro_core.counts import ALL, Group, change_of
from plro_core.figures.chart import Chart, compose, empty_chart
from plro_core.figures.points import InView, in_view, place, sentence, side_by_side, when
from plro_core.figures.style import (
    LIGHT,
    GroupStyle,
    Look,
    Part,
    base_layout,
    group_key,
    group_name,
    group_styles,
    numbers_in_colour,
    patient_colour,
    patient_symbol,
    quiet_axis,
    symbol_size,
    words,
)
from plro_core.figures.time_axis import counted, time_axis, visit_labels
from plro_core.marks import axes
from plro_core.statements import Course, Statement, chosen_by, only, state, together
from plro_core.store import Registry
from plro_core.tables import Cell, Column
from plro_core.text import as_recorded, capitalised
from plro_core.vocabulary import Variable

_QUESTION = "How fast does pain fall?"
_FLOOR = -0.55  # where a visit without a VAS is marked, below the scale's zero
_TIED = "Patients with the same VAS at the same visit are drawn side by side; the visit is at the tick."


def pain_trajectories(
    registry: Registry,
    cohort: Cohort = EVERYONE,
    *,
    group: Variable | None = None,
    highlight: int | None = None,
    look: Look = LIGHT,
) -> Chart:
    """VAS (0-10) of each patient at each visit on a true time axis, with the median of everybody or of each group.

    A missing visit is a gap and a hollow mark below the axis. Points of at most ``lookups.LIMIT`` patients are drawn;
    medians and n come from all.
    """
    view = in_view(registry, cohort, [registry.vocabulary.variable("vas", "visits")], group)
    if not view.n:
        return empty_chart(registry, "pain_trajectories", _QUESTION, _columns(view), look)
    highlight = view.chosen(highlight)
    drawn = _drawn_places(view)
    styles = group_styles(group, look) if group else {}
    key, lines = group_key(group, styles, view.group_sizes, look) if group else ("", 0)
    traces = [*_patients(view, drawn, styles, highlight, look), *_medians(view, styles, look)]
    traces += _missing(view, styles, look)
    annotations = visit_labels(look, view.months, counted(view, "vas"))
    annotations += [*_median_values(view, styles, look), *_line_ends(view, drawn, styles, highlight, look)]
    if group:
        annotations.append(_key(key, look))
    layout = base_layout(
        look,
        440 + 18 * lines,
        {"l": 40, "r": _right_margin(view), "t": 26 + 18 * lines, "b": 50},
        xaxis=time_axis(look, view.months),
        yaxis=_vas_axis(look),
        annotations=[*annotations, _axis_name(look)],
        meta=axes(x={str(month): f"vas.{month}" for month in view.months}),
    )
    return compose(
        registry,
        "pain_trajectories",
        _title(view),
        traces=traces,
        layout=layout,
        summary=_summary(view),
        columns=_columns(view),
        rows=_rows(view),
        notes=(*view.notes, view.median_note, _TIED if view.numbered and view.n > 1 else "", _missing_note(view)),
        look=look,
        who=view.who(highlight),
    )


def _vas_axis(look: Look) -> Part:
    return quiet_axis(look, range=[-0.8, 10.4], tickvals=list(range(0, 11, 2)))


def _axis_name(look: Look) -> Part:
    return words(look, "VAS, 0–10", x=0, y=1, xref="paper", yref="paper", yanchor="bottom", xshift=look.px(-30))


def _key(text: str, look: Look) -> Part:
    return words(
        look,
        text,
        x=0,
        y=1,
        xref="paper",
        yref="paper",
        yanchor="bottom",
        xshift=look.px(-30),
        yshift=look.px(20),
        size=13,
    )


def _columns(view: InView) -> list[Column]:
    group = view.group
    columns = [Column("case_id", "Patient", "integer"), Column("month", "Month", "integer")]
    columns += [Column.of(view.vas), Column.like(view.vas, "from_baseline", "Change from baseline")]
    return [*columns, *([Column(group.name, group.label)] if group else []), Column("source", "Source")]


def _rows(view: InView) -> Iterator[tuple[Cell, ...]]:
    for case in view.cases:
        for month in view.months:
            row = view.visit(case["case_id"], month)
            if row is None:
                continue
            vas, first = row["vas"], view.value(case["case_id"], 0, "vas")
            change = None if vas is None or first is None else change_of(first, vas)
            level = view.level_of(case)
            yield (row["case_id"], month, vas, change, *((level,) if view.group else ()), place(row))


def _drawn_places(view: InView) -> dict[tuple[int, float], float]:
    """Where on the time axis each VAS is drawn, ties side by side; at the visit itself where patients are many."""
    points = [(row["case_id"], row["month"], row["vas"]) for row in view.visits if row["vas"] is not None]
    return side_by_side(points, 0.085 if view.numbered else 0.004, 0.5)


def _patients(
    view: InView,
    drawn: dict[tuple[int, float], float],
    styles: dict[Group, GroupStyle],
    highlight: int | None,
    look: Look,
) -> list[Part]:
    """One line a patient where they can be told apart, else one quiet mass a group; the highlighted one last, on top."""
    ordered = sorted(view.cases, key=lambda case: case["case_id"] == highlight)
    if view.numbered or highlight is not None:
        alone = [case for case in ordered if view.numbered or case["case_id"] == highlight]
    else:
        alone = []
    mass: dict[Group, list[int]] = defaultdict(list)
    for case in ordered:
        if case not in alone:
            mass[view.level_of(case)].append(case["case_id"])
    traces = [_mass(view, case_ids, drawn, styles.get(level), look) for level, case_ids in mass.items()]
    for case in alone:
        traces.append(_patient(view, case["case_id"], drawn, styles.get(view.level_of(case)), highlight, look))
    return traces


def _patient(
    view: InView,
    case_id: int,
    drawn: dict[tuple[int, float], float],
    style: GroupStyle | None,
    highlight: int | None,
    look: Look,
) -> Part:
    """One patient's line: thin in a tint of her hue, or with groups of her group's; thick and full if highlighted."""
    chosen, others = case_id == highlight, highlight is not None
    hue = style.colour if style else patient_colour(case_id)
    if others and not chosen:  # quiet: of her group one sees the colour, of her alone the line
        hue = look.tint(hue, 0.45) if style else look.tint(look.line, 0.6)
    line_colour, marker = (hue if chosen else look.tint(hue, 0.55)), hue
    symbol = style.symbol if style else patient_symbol(case_id)
    return _points(view, [case_id], drawn) | {
        "mode": "lines+markers",
        "name": f"Patient {case_id}",
        "line": {"color": line_colour, "width": look.px(3.5 if chosen else 1.3)},
        "marker": {
            "color": marker,
            "symbol": symbol,
            "size": symbol_size(symbol, look.px(11 if chosen else 7.5)),
            "line": {"color": marker, "width": look.px(1.2) if symbol.endswith("open") else 0},
        },
    }


def _mass(
    view: InView, case_ids: list[int], drawn: dict[tuple[int, float], float], style: GroupStyle | None, look: Look
) -> Part:
    colour = style.colour if style else look.line
    return _points(view, case_ids, drawn) | {
        "mode": "lines+markers",
        "opacity": 0.25,
        "line": {"color": colour, "width": look.px(1)},
        "marker": {"color": colour, "size": look.px(4), "symbol": style.symbol if style else "circle"},
    }


def _points(view: InView, case_ids: list[int], drawn: dict[tuple[int, float], float]) -> Part:
    """Points of these patients in one trace; nothing joins two patients or bridges a missing visit."""
    x: list[float | None] = []
    y: list[float | None] = []
    hover: list[str] = []
    data: list[list[int]] = []
    for case_id in case_ids:
        for month in view.months:
            vas = view.value(case_id, month, "vas")
            x.append(drawn.get((case_id, month), month))
            y.append(vas)
            hover.append("" if vas is None else _hover(view, case_id, month, vas))
            data.append([case_id, month])
        if len(case_ids) > 1:
            x, y, hover, data = [*x, None], [*y, None], [*hover, ""], [*data, [case_id, -1]]
    return {"x": x, "y": y, "hovertext": hover, "customdata": data, "connectgaps": False}


def _hover(view: InView, case_id: int, month: int, vas: float) -> str:
    first = view.value(case_id, 0, "vas")
    change = f", from {as_recorded(first)} at baseline" if month and first is not None else ""
    return sentence(
        f"Patient {case_id}, {when(month)}: VAS {as_recorded(vas)}{change}", place(view.visit(case_id, month))
    )


def _medians(view: InView, styles: dict[Group, GroupStyle], look: Look) -> list[Part]:
    """A thick line through the medians; for each group its own, where a visit has at least three values."""
    groups: list[tuple[Group, str, str, str, str]] = [(ALL, look.text, "solid", "circle", "")]
    if not view.all_visits_shown:
        groups = []
    elif view.group:
        groups = [
            (code, style.colour, style.dash, style.symbol, f", {style.label}")
            for code, style in styles.items()
            if code is not None
        ]
    traces = []
    for level, colour, dash, symbol, name in groups:
        medians = [view.median("vas", month, level) for month in view.months]
        if all(median is None for median in medians):
            continue
        hover = [
            f"Median at {when(month)}{name}:<br>VAS {view.vas.written(median)} (n = {view.frequency('vas', month, level).n})"
            for month, median in zip(view.months, medians, strict=True)
        ]
        traces.append(
            {
                "x": list(view.months),
                "y": medians,
                "mode": "lines+markers",
                "name": f"Median{name}",
                "connectgaps": False,
                "hovertext": hover,
                "line": {"color": colour, "width": look.px(4), "dash": dash},
                "marker": {"color": colour, "size": look.px(9), "symbol": symbol, "line": {"width": look.px(2)}},
            }
        )
    return traces


def _median_values(view: InView, styles: dict[Group, GroupStyle], look: Look) -> list[Part]:
    """The medians as numbers beside the line, up and to the right where a falling line leaves room; of groups each line is
    named, once, so that it is not taken for a patient's.
    """
    if not view.all_visits_shown:
        return []
    if view.group:
        return _median_names(view, styles, look)
    found = [(month, view.median("vas", month)) for month in view.months]
    return [
        words(
            look,
            f"<b>{'median ' if month == view.months[0] else ''}{view.vas.written(median)}</b>",
            x=month,
            y=median,
            xshift=look.px(9),
            yshift=look.px(13),
            color=look.text,
            size=14,
            bgcolor=look.background,
            opacity=0.9,
            borderpad=1,
        )
        for month, median in found
        if median is not None
    ]


def _median_names(view: InView, styles: dict[Group, GroupStyle], look: Look) -> list[Part]:
    """ "median" beside each group's line, at the second visit that has one, in the ink of the group."""
    named = []
    for code, style in styles.items():
        months = [month for month in view.months if code is not None and view.median("vas", month, code) is not None]
        if months:
            at = months[min(1, len(months) - 1)]
            text = f'<span style="color:{look.ink(style.colour)}"><b>median</b></span>'
            place: Part = {"x": at, "y": view.median("vas", at, code), "xshift": look.px(9), "yshift": look.px(12)}
            ground: Part = {"bgcolor": look.background, "opacity": 0.9, "borderpad": 1}
            named.append(words(look, text, size=12, **place, **ground))
    return named


def _line_ends(
    view: InView,
    drawn: dict[tuple[int, float], float],
    styles: dict[Group, GroupStyle],
    highlight: int | None,
    look: Look,
) -> list[Part]:
    """Patient numbers where lines end; patients who end at the same VAS share one label: "1 3 4 5 6 7"."""
    if not view.numbered:
        return []
    level = {case["case_id"]: view.level_of(case) for case in view.cases}
    ends: dict[tuple[int, float], list[int]] = defaultdict(list)

    def hue(case_id: int) -> str:
        return styles[level[case_id]].colour if styles else patient_colour(case_id)

    for case_id in view.ids:
        last = max((month for month in view.months if view.value(case_id, month, "vas") is not None), default=None)
        if last is not None:
            ends[(last, view.value(case_id, last, "vas") or 0)].append(case_id)
    return [
        words(
            look,
            numbers_in_colour(case_ids, look, highlight, hue),
            x=max(drawn[(case_id, month)] for case_id in case_ids),
            y=vas,
            xshift=look.px(8),
            size=13,
        )
        for (month, vas), case_ids in ends.items()
    ]


def _right_margin(view: InView) -> float:
    """Room for the longest row of patient numbers at the line ends."""
    if not view.numbered:
        return 20
    tied: dict[float | None, int] = defaultdict(int)
    for case_id in view.ids:
        tied[view.value(case_id, view.months[-1], "vas")] += len(str(case_id)) + 1
    return 18 + 6.3 * max(tied.values(), default=0)


def _missing(view: InView, styles: dict[Group, GroupStyle], look: Look) -> list[Part]:
    """Marks below the axis where a patient's visit or its VAS is missing: hollow, or with groups strokes in their colours."""
    gaps = _gaps(view)
    level = {case["case_id"]: view.level_of(case) for case in view.cases}
    places = side_by_side([(case_id, month, 0) for case_id, month in gaps], 0.085, 0.6)
    if not gaps:
        return []
    return [
        {
            "mode": "markers",
            "name": "Not recorded",
            "x": [places[gap] for gap in gaps],
            "y": [_FLOOR] * len(gaps),
            "customdata": [list(gap) for gap in gaps],
            "hovertext": [f"Patient {case_id}, {when(month)}: VAS not recorded" for case_id, month in gaps],
            "marker": {
                "symbol": ["line-ns-open" if styles else f"{patient_symbol(case_id)}-open" for case_id, _ in gaps],
                "color": [styles[level[case_id]].colour if styles else patient_colour(case_id) for case_id, _ in gaps],
                "size": look.px(7),
                "line": {"width": look.px(2 if styles else 1)},
            },
        }
    ]


def _gaps(view: InView) -> list[tuple[int, int]]:
    """Patient and month of each VAS that is missing, among the patients drawn one by one."""
    if not view.numbered:
        return []
    seen = view.all_visits_shown
    return [
        (case_id, month)
        for case_id in view.ids
        for month in view.months
        if view.value(case_id, month, "vas") is None and (seen or view.visit(case_id, month) is not None)
    ]


def _missing_note(view: InView) -> str:
    mark = "short stroke" if view.group else "hollow mark"
    return f"A {mark} below the axis is a visit without a recorded VAS; lines stop there." if _gaps(view) else ""


def _title(view: InView) -> str | Statement:
    """What is seen: a fall in everybody where that is so, else the medians of those seen at both visits, else the question.

    With groups there is a clause for each.
    """
    vas, (first, *later) = view.vas, view.months
    if chosen := chosen_by(view.cohort, [vas]):
        return only(_QUESTION, chosen)
    if view.n == 1:
        return f"Pain of patient {view.ids[0]}"
    if not later:
        return _QUESTION
    late = view.courses(vas, first, later[-1])
    if view.group:
        clauses = view.of_groups(lambda level: late[level])
        by = view.group.label_in_sentence
        return state("VAS to {last} by {by}: {groups}", last=when(later[-1]), by=by, groups=clauses)
    soon = view.courses(vas, first, later[0])[ALL]
    if first == 0 and soon.fell == soon.n > 1:
        return state("Pain falls in {all} by {visit}", all=_everyone(soon), visit=when(later[0]))
    return _medians_title(late[ALL])


def _everyone(course: Course) -> Statement:
    """Everybody who has a VAS at both visits; who has not is said."""
    if not course.unpaired:
        return Statement("every patient", (course,))
    seen = "both" if course.n == 2 else f"all {course.n}"
    return Statement(f"{seen} patients with a VAS at the two visits ({course.gap.removeprefix(', ')})", (course,))


def _medians_title(course: Course) -> str | Statement:
    """How the median of the patients seen at both visits moves; their own values where they are fewer than three."""
    if not course.n:
        return _QUESTION
    before, after = course.at_first.median, course.at_last.median
    if before is None or after is None:
        return state(
            "VAS from {first} to {last}: {course}", first=when(course.first), last=when(course.last), course=course
        )
    if before == after:
        return Statement(
            f"Median VAS stays at {course.at_first.bare} by {when(course.last)} (n = {course.n}{course.gap})", (course,)
        )
    start = course.at_first.bare + (f" at {when(course.first)}" if course.first else "")
    verb, ends = "falls" if after < before else "rises", f"from {start} to {course.at_last.bare}"
    return Statement(f"Median VAS {verb} {ends} by {when(course.last)} (n = {course.n}{course.gap})", (course,))


def _summary(view: InView) -> Statement:
    """The figure in words: medians (or the patients' own values) at each visit, with n; of each group, if there are."""
    levels = list(view.group_sizes) if view.group else [ALL]
    start = state("VAS ({scale}) of {patients} over time.", scale="0 to 10", patients=view.patients)
    if not view.all_visits_shown:
        return start
    return together([start, *(_course_words(view, level) for level in levels)], " ")


def _course_words(view: InView, level: Group) -> Statement:
    """ "Continued: baseline 9 and 9 (n = 2), …": medians at each visit, or the values of fewer than three patients."""
    name = f"{group_name(view.group, level)}: " if view.group else ""
    told = together(
        state("{visit} {vas}", visit=when(month), vas=view.middle(view.vas, month, level)) for month in view.months
    )
    return Statement(f"{capitalised(name + told.text)}.", told.amounts)
