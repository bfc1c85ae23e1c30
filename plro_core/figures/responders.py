"""Who responded: each patient's change in VAS from baseline, sorted, and how many reach each threshold."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from plro_core.cohort import EVERYONE, Cohort
from plro_core.counts import ALL, Group, pairs
from plro_core.exact import Proportion
from plro_core.figures.chart import Chart, compose, empty_chart
from plro_core.figures.form import Form, by_groups, form_notes, form_of
from plro_core.figures.pain.scale import MOST_RISE, SUBSTANTIAL_FALL, fall_words, line_of
from plro_core.figures.points import InView, in_view, place, sentence, when
from plro_core.figures.profile import profiles
from plro_core.figures.style import (
    LIGHT,
    GroupStyle,
    Look,
    Part,
    base_layout,
    group_key,
    group_name,
    group_styles,
    group_word,
    patient_symbol,
    patients_axis,
    quiet_axis,
    row_colour,
    symbol_size,
    words,
)
from plro_core.pain_control import THRESHOLDS, PainChange, responders, responders_table, waterfall
from plro_core.pain_control.patients import visit_note
from plro_core.pain_control.tables import COUNTED_NOTE
from plro_core.statements import Response, Statement, chosen_by, only, state, together
from plro_core.store import Registry
from plro_core.tables import Column, Table, TwoForms, told_apart
from plro_core.text import NONE, as_recorded, capitalised, from_to, k_of_n, k_of_patients, number, patients, visit_name
from plro_core.vocabulary import Variable
from plro_core.vocabulary.thresholds import MODERATE, RESPONSE, SUBSTANTIAL, responder_words

_QUESTION = "How far has each patient's pain fallen?"
_NO_LATER = "No visit after baseline is planned."
#: The thresholds that are drawn as lines, with the word for a fall that reaches them.
_LINES = tuple(
    (THRESHOLDS[RESPONSE.index(entry)], entry.meaning, side)
    for entry, side in ((SUBSTANTIAL, "right"), (MODERATE, "left"))
)


@dataclass(frozen=True)
class ResponderRow:
    """One patient in the waterfall; no change where a VAS is missing at baseline or at the month."""

    case_id: int
    group: Group
    change: PainChange | None

    @property
    def percent(self) -> float | None:
        exact = self.change.percent if self.change else None
        return None if exact is None else float(exact)

    @property
    def drawn(self) -> float | None:
        """Where the change stands on the axis."""
        return None if self.percent is None else min(self.percent, MOST_RISE)


def responder_waterfall(
    registry: Registry,
    cohort: Cohort = EVERYONE,
    *,
    month: int | None = None,
    group: Variable | None = None,
    fall: int = SUBSTANTIAL_FALL,
    highlight: int | None = None,
    look: Look = LIGHT,
) -> Chart:
    """Each patient's change in VAS from baseline to a month in percent, greatest fall on top, with lines at −30 and −50 %.

    The month is the first planned visit after baseline unless told; ``fall`` is the fall that is told as the response. All
    visits of the cohort's patients count. Rows of at most ``lookups.LIMIT`` patients are drawn; counts come from all.

    Raises:
        QueryProblem: there is no such response.
    """
    line_of(fall)
    view = in_view(registry, Cohort(cohort.who), [registry.vocabulary.variable("vas", "visits")], group)
    columns = _columns(view)
    if not view.n:
        return empty_chart(registry, "responder_waterfall", _QUESTION, columns, look)
    highlight = view.chosen(highlight)
    month = month or next(iter(registry.vocabulary.follow_up), 0)
    if not month:
        return empty_chart(registry, "responder_waterfall", _QUESTION, columns, look, _NO_LATER)
    rows = _rows(view, month)
    form = form_of(view.n)
    if form is not Form.NAMED:  # an empty row says something of a patient with a name
        rows = [row for row in rows if row.percent is not None]
    found = _responses(view, month)
    styles = group_styles(group, look) if group else {}
    key, lines = group_key(group, styles, view.group_sizes, look) if group else ("", 0)
    body = {Form.NAMED: 27.0 * len(rows), Form.DRAWN: 300.0, Form.COUNTED: 290.0}[form]
    yaxis = patients_axis(look, [row.case_id for row in rows], form is Form.NAMED, highlight)
    if form is Form.COUNTED:
        marks, yaxis = profiles({level: part[0].course for level, part in found.items()}, styles, look)
    else:
        marks = [*_stems(rows, styles, highlight, look), _heads(view, rows, month, styles, highlight, look)]
    layout = base_layout(
        look,
        70 + 20 * lines + body + 46,
        {"l": 84, "r": 24, "t": 70 + 20 * lines, "b": 46},
        xaxis=_percent_axis(view, month, look),
        yaxis=yaxis,
        shapes=_threshold_lines(fall, look),
        annotations=[
            *_line_words(found[ALL], fall, look),
            *_row_words(rows, view, month, highlight, look),
            *_key(key, look),
        ],
    )
    return compose(
        registry,
        "responder_waterfall",
        _title(view, found, month, fall),
        traces=marks,
        layout=layout,
        summary=_summary(view, rows, found, month),
        columns=columns,
        rows=[_cells(row, view, month) for row in rows],
        notes=(
            next(responder_words()),
            COUNTED_NOTE,
            *form_notes(view, "row"),
            *_uncounted_notes(found[ALL][0]),
            *visit_note(cohort),
        ),
        look=look,
        who=view.who(highlight),
    )


def _columns(view: InView) -> list[Column]:
    vas, group = view.vas, view.group
    return [
        Column("case_id", "Patient", "integer"),
        Column("month", "Month", "integer"),
        Column.like(vas, "baseline", "VAS at baseline"),
        Column.like(vas, "vas", "VAS at the month"),
        Column("percent", "Change from baseline", "number", 0, "%"),
        *([Column(group.name, group.label)] if group else []),
    ]


def responder_counts(registry: Registry, cohort: Cohort = EVERYONE, group: Variable | None = None) -> TwoForms:
    """Responders as k of n with their exact interval: a row a threshold (and group), a column a month.

    The tidy form is ``pain_control.responders_table``: the same as numbers, and who is not counted.
    """
    found = {(entry.threshold, entry.group, entry.month): entry for entry in responders(registry, cohort, group=group)}
    months = sorted({month for _, _, month in found})
    columns = [Column("threshold", "Threshold"), *([Column("group", group.label)] if group else [])]
    columns += [Column(f"month_{month}", visit_name(month)) for month in months]
    levels = [*(level.code for level in group.levels), None] if group else [None]
    order = dict.fromkeys(threshold for threshold, _, _ in found)
    pairs = [(threshold, level) for threshold in order for level in levels if (threshold, level, months[0]) in found]
    rows = [
        (
            threshold.label,
            *((_group_words(group, level),) if group else ()),
            *(_k_of_n(found[threshold, level, month].proportion) for month in months),
        )
        for threshold, level in pairs
    ]
    tidy = responders_table(registry, cohort, group)
    layout = Table("responder-counts", tidy.title, told_apart(columns), tuple(rows), tidy.notes, tidy.subtitle)
    return TwoForms(tidy, layout)


def _group_words(group: Variable, level: Group) -> str:
    return "not recorded" if level is None else group_word(group, level)


def _k_of_n(proportion: Proportion) -> str:
    """ "5 of 10 (24 to 76 %)"; a dash where nobody counts."""
    if proportion.low is None or proportion.high is None:
        return NONE
    ends = f"{from_to(number(100 * proportion.low), number(100 * proportion.high))} %"
    return f"{k_of_n(proportion.k, proportion.n)} ({ends})"


def _rows(view: InView, month: int) -> list[ResponderRow]:
    """Greatest fall first, as the core sorts them; patients without both values last."""
    levels = {case["case_id"]: view.level_of(case) for case in view.cases}
    changes = waterfall(view.registry, month, view.cohort).changes
    paired = [ResponderRow(change.case_id, levels.get(change.case_id), change) for change in changes]
    seen = {row.case_id for row in paired}
    return [*paired, *(ResponderRow(case_id, level, None) for case_id, level in levels.items() if case_id not in seen)]


def _percent_axis(view: InView, month: int, look: Look) -> Part:
    """From a fall to nothing on the left to the greatest rise in the registry, with room for the words of named patients."""
    named = form_of(view.n) is Form.NAMED
    everybody = pairs(view.registry, view.vas, 0, month).get(None, {})
    rises = [_capped(first, last) for first, last in everybody if first and last is not None]
    greatest = max(rises, default=0.0)
    right = greatest * (1.45 if named else 1.1) if greatest > 0 else 0.0
    ticks = range(-100, int(max(greatest, 0)) + 1, 50)
    return quiet_axis(
        look,
        range=[-150 - 0.3 * right if named else -106, max(18.0, right)],
        tickvals=list(ticks),
        ticktext=[f"{'+' if tick > 0 else ''}{number(tick)} %{' or more' * (tick >= MOST_RISE)}" for tick in ticks],
        tickangle=0,
        showgrid=False,
    )


def _capped(first: float, last: float) -> float:
    """A change in percent as it is drawn: what more than doubles stands at the end of the axis."""
    return min(100 * (last - first) / first, MOST_RISE)


def _threshold_lines(fall: int, look: Look) -> list[Part]:
    """Upright lines at no change, −30 % and −50 %, behind the marks."""
    lines = [
        (0, look.line, "solid"),
        *(
            (-rule.bound, *((look.accent, "dash") if rule.bound == fall else (look.line, "dot")))
            for rule, _, _ in _LINES
        ),
    ]
    return [
        {
            "type": "line",
            "layer": "below",
            "xref": "x",
            "x0": at,
            "x1": at,
            "yref": "paper",
            "y0": 0,
            "y1": 1,
            "line": {"color": colour, "width": look.px(1.2), "dash": dash},
        }
        for at, colour, dash in lines
    ]


def _line_words(found: Sequence[Response], fall: int, look: Look) -> list[Part]:
    """Over each line what it means and how many reach it; under the axis what it measures."""
    said = []
    counted = {response.threshold: response for response in found}
    for rule, word, anchor in _LINES:
        count = f"<br><b>{counted[rule].words}</b>" if counted[rule].n else ""
        ink = look.accent if rule.bound == fall else look.quiet
        text = f'<span style="color:{ink}"><b>−{rule.bound} %</b></span><br>{word}{count}'
        place: Part = {"x": -rule.bound, "y": 1, "yref": "paper", "yanchor": "bottom", "xanchor": anchor}
        shift = look.px(-4 if anchor == "right" else 4)
        said.append(words(look, text, **place, align=anchor, xshift=shift, yshift=look.px(4)))
    below: Part = {"x": 0, "y": 0, "xref": "paper", "yref": "paper", "yanchor": "top", "yshift": look.px(-24)}
    return [*said, words(look, "change in VAS from baseline", **below)]


def _row_words(rows: list[ResponderRow], view: InView, month: int, highlight: int | None, look: Look) -> list[Part]:
    """Beside each mark the pair of values and the percent; in an empty row, why it is."""
    if form_of(view.n) is not Form.NAMED:
        return []
    said = []
    for index, row in enumerate(rows):
        quiet = highlight is not None and row.case_id != highlight
        if row.change is None:
            said.append(words(look, _missing(row, view, month), x=0, xref="paper", y=index, xshift=look.px(4)))
        elif row.percent is None:
            text = f"{_pair(row.change)}  no fall possible"
            said.append(words(look, text, x=0, xref="paper", y=index, xshift=look.px(4)))
        else:
            rises = row.percent > 0
            said.append(
                words(
                    look,
                    f"{_pair(row.change)}  <b>{row.change.percent_words}</b>",
                    x=row.drawn,
                    y=index,
                    xanchor="left" if rises else "right",
                    xshift=look.px(12 if rises else -12),
                    color=look.quiet if quiet else look.text,
                    bgcolor=look.background,
                    borderpad=1,
                )
            )
    return said


def _pair(change: PainChange) -> str:
    return f"{as_recorded(change.baseline)} → {as_recorded(change.value)}"


def _missing(row: ResponderRow, view: InView, month: int) -> str:
    """Which of the two values is not recorded."""
    lacking = [at for at in (0, month) if view.value(row.case_id, at, "vas") is None]
    return f"VAS not recorded at {' or '.join(when(at) for at in lacking)}"


def _stems(rows: list[ResponderRow], styles: dict[Group, GroupStyle], highlight: int | None, look: Look) -> list[Part]:
    """A thin line from no change to each patient's own value."""
    return [
        {
            "mode": "lines",
            "x": [0, row.drawn],
            "y": [index, index],
            "hoverinfo": "skip",
            "customdata": [row.case_id, row.case_id],
            "line": {
                "color": look.tint(row_colour(row.case_id, row.group, styles, highlight, look), 0.5),
                "width": look.px(5 if row.case_id == highlight else 3),
            },
        }
        for index, row in enumerate(rows)
        if row.percent is not None
    ]


def _heads(
    view: InView,
    rows: list[ResponderRow],
    month: int,
    styles: dict[Group, GroupStyle],
    highlight: int | None,
    look: Look,
) -> Part:
    """The mark at each patient's change: her shape, or her group's."""
    drawn = [(index, row) for index, row in enumerate(rows) if row.percent is not None]
    colours = [row_colour(row.case_id, row.group, styles, highlight, look) for _, row in drawn]
    symbols = [styles[row.group].symbol if styles else patient_symbol(row.case_id) for _, row in drawn]
    sizes = [(14 if row.case_id == highlight else 11) if form_of(view.n) is Form.NAMED else 4 for _, row in drawn]
    return {
        "mode": "markers",
        "name": "Change from baseline",
        "x": [row.drawn for _, row in drawn],
        "y": [index for index, _ in drawn],
        "customdata": [[row.case_id, month] for _, row in drawn],
        "hovertext": [_hover(view, row.change, month) for _, row in drawn if row.change],
        "marker": {
            "symbol": symbols,
            "color": colours,
            "size": [symbol_size(symbol, look.px(size)) for symbol, size in zip(symbols, sizes, strict=True)],
            "line": {"width": look.px(2), "color": colours},
        },
    }


def _hover(view: InView, change: PainChange, month: int) -> str:
    reached = [word for rule, word, _ in _LINES if change.meets(rule)]
    response = f"a {reached[0]} response" if reached else "no moderate response"
    sources = [place(view.visit(change.case_id, at)) for at in (0, month)]
    rows = " and ".join(dict.fromkeys(source for source in sources if source))
    return sentence(
        f"Patient {change.case_id}, {when(month)}: VAS {as_recorded(change.value)}, from {as_recorded(change.baseline)} at baseline",
        f"{change.percent_words}, {response}",
        rows,
    )


def _key(key: str, look: Look) -> list[Part]:
    if not key:
        return []
    top: Part = {"x": 0, "y": 1, "xref": "paper", "yref": "paper", "yanchor": "bottom"}
    return [words(look, key, size=13, **top, xshift=look.px(-76), yshift=look.px(58))]


def _cells(row: ResponderRow, view: InView, month: int) -> tuple[int | float | str | None, ...]:
    values = (row.change.baseline, row.change.value) if row.change else (None, None)
    return (row.case_id, month, *values, row.percent, *((row.group,) if view.group else ()))


def _responses(view: InView, month: int) -> dict[Group, tuple[Response, ...]]:
    """How many of everybody (``ALL``), and of each group, responded by each threshold at the month."""
    found = view.courses(view.vas, 0, month)
    return {level: tuple(Response(course, rule) for rule in THRESHOLDS) for level, course in found.items()}


def _reached(found: Sequence[Response], fall: int) -> Response:
    """The response that a waterfall is read for."""
    rule = next(rule for rule, _, _ in _LINES if rule.bound == fall)
    return next(response for response in found if response.threshold == rule)


def _title(view: InView, found: Mapping[Group, Sequence[Response]], month: int, fall: int) -> str | Statement:
    """The count of responders; with groups, of each."""
    if chosen := chosen_by(view.cohort, [view.vas]):
        return only(_QUESTION, chosen)
    if view.n == 1:
        return f"Change in pain of patient {view.ids[0]} by {when(month)}"
    if view.group:
        split = state(
            "Pain fallen by {fall} at {visit} by {by}: {groups}",
            fall=fall_words(fall),
            visit=when(month),
            by=view.group.label_in_sentence,
            groups=view.of_groups(lambda level: _reached(found[level], fall)),
        )
        return by_groups(view, split, _of_all(_reached(found[ALL], fall), month, fall))
    return _of_all(_reached(found[ALL], fall), month, fall)


def _of_all(reached: Response, month: int, fall: int) -> str | Statement:
    if not reached.n:
        return _QUESTION
    told = k_of_patients(reached.k, reached.n)
    return Statement(f"Pain has fallen by {fall_words(fall)} in {told} at {when(month)}", (reached,))


def _summary(
    view: InView, rows: list[ResponderRow], found: Mapping[Group, Sequence[Response]], month: int
) -> Statement:
    """How many respond by each threshold, of everybody or of each group; each patient's change where they are few."""
    start = state(
        "Change in VAS ({scale}) of {patients} from baseline to {visit}.",
        scale="0 to 10",
        patients=view.patients,
        visit=when(month),
    )
    if chosen_by(view.cohort, [view.vas]):
        return together([start, _told(view, rows)], " ")
    levels = list(view.group_sizes) or [ALL]
    return together([start, *(_counted_words(view, level, found[level]) for level in levels), _told(view, rows)], " ")


def _counted_words(view: InView, level: Group, found: Sequence[Response]) -> Statement:
    """ "Continued: fall of 30 % or more 2 of 2, …"."""
    name = f"{group_name(view.group, level)}: " if view.group else ""
    if not found[0].n:
        return Statement(capitalised(f"{name}nobody has a VAS at both visits and pain at baseline."), tuple(found))
    told = together(
        Statement(f"{response.threshold.label.lower()} {response.words}", (response,)) for response in found
    )
    return Statement(f"{capitalised(name + told.text)}.", told.amounts)


def _told(view: InView, rows: list[ResponderRow]) -> str:
    """Each patient's own change, where all are drawn one by one."""
    changes = [row.change for row in rows if row.change] if form_of(view.n) is Form.NAMED else []
    told = "; ".join(f"patient {change.case_id}, {_pair(change)} ({change.percent_words})" for change in changes)
    return f"{capitalised(told)}." if told else ""


def _uncounted_notes(response: Response) -> Iterator[Statement]:
    """Who is not counted, where somebody is not."""
    if response.course.unpaired:
        words = f"{patients(response.course.unpaired)} without a VAS at baseline or at the month"
        yield Statement(f"{words}: an empty row, not counted.", (response,))
    if response.at_zero:
        words = f"A baseline of 0 leaves nothing to fall: {patients(response.at_zero)} not counted."
        yield Statement(words, (response,))
