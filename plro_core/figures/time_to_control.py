"""Time to pain control: a step curve that is left open where the visits do not tell, over each patient's own interval."""

from collections.abc import Iterator
from dataclasses import dataclass

from plro_core import lookups
from plro_core.cohort import EVERYONE, Cohort
from plro_core.counts import Group
from plro_core.exact.turnbull import Between, Mass
from plro_core.figures.chart import Chart, compose, empty_chart
from plro_core.figures.points import InView, in_view, place, sentence, spread, when
from plro_core.figures.style import (
    LIGHT,
    GroupStyle,
    Look,
    Part,
    base_layout,
    group_key,
    group_styles,
    group_word,
    patient_colour,
    quiet_axis,
    words,
)
from plro_core.figures.time_axis import visit_labels
from plro_core.pain_control import (
    DEFAULT,
    LEFT_OUT,
    ControlTime,
    Definition,
    Estimate,
    between_words,
    control_times,
    estimates,
    reconstruct,
)
from plro_core.pain_control import definition as definition_named
from plro_core.pain_control.patients import visit_note
from plro_core.store import Registry
from plro_core.tables import Cell, Column
from plro_core.text import as_recorded, k_of_n, listed, number, patients, safe_plotly, visit_name
from plro_core.variables import Variable, variable

#: From this many patients with a time on there is a curve; below, each patient's interval speaks for itself.
SMALLEST_N_FOR_CURVE = 3

_VAS = variable("vas")
_QUESTION = "When is pain controlled?"
_COLUMNS = (
    Column("case_id", "Patient", "integer"),
    Column("after", "After month", "number", None),
    Column("by", "By month", "number", None),
    Column("printed", "Printed time", "number", None, "months"),
    Column("used", "What is used"),
)
_UNDETERMINED = (
    "Shaded: the share lies somewhere in the box, because control is seen only at visits. "
    "Turnbull estimate for times known only between two visits."
)
_CURVE, _LINE, _ROW, _LEFT = 230.0, 19.0, 25.0, 98.0  # heights of the curve, of a line of numbers and of a patient


@dataclass(frozen=True)
class _Picture:
    """What all parts of the figure are drawn from."""

    view: InView
    definition: Definition
    times: list[ControlTime]
    found: dict[Group, Estimate]
    styles: dict[Group, GroupStyle]
    highlight: int | None
    look: Look

    @property
    def curves(self) -> dict[Group, Estimate]:
        """The estimates of groups that are large enough for a curve, in the groups' order."""
        order = list(self.styles) or [None]
        return {code: self.found[code] for code in order if code in self.found and _has_curve(self.found[code])}

    @property
    def at_risk(self) -> list[ControlTime]:
        return [time for time in self.times if time.between is not None]

    @property
    def end(self) -> float:
        """Where lines that stay open leave the figure."""
        return self.view.months[-1] + 0.55

    @property
    def numbers(self) -> list[Group]:
        """The groups with a line of numbers under the curve; none where only a sample of the patients is read."""
        if len(self.times) < self.view.n or not self.curves:
            return []
        return [code for code in (list(self.styles) or [None]) if code in self.found and self.found[code].n]

    def hue(self, code: Group) -> str:
        return self.styles[code].colour if self.styles else self.look.accent

    def colour(self, time: ControlTime) -> str:
        """A patient's own hue or her group's; quiet where somebody else is highlighted."""
        if self.highlight is not None and time.case_id != self.highlight:
            return self.look.tint(self.look.line, 0.6)
        if self.styles and time.case_id != self.highlight:
            return self.styles[time.group].colour
        return patient_colour(time.case_id)


def time_to_pain_control(
    registry: Registry,
    cohort: Cohort = EVERYONE,
    *,
    definition: str = DEFAULT.name,
    group: Variable | None = None,
    highlight: int | None = None,
    look: Look = LIGHT,
) -> Chart:
    """The share of patients with pain control over months, and below it the interval in which each came to it.

    Printed times are exact marks. Below three patients with a time there are intervals only. All visits of the cohort's
    patients count.

    Raises:
        QueryProblem: there is no such definition.
    """
    chosen = definition_named(definition)
    patients_only = Cohort(cohort.who)
    view = in_view(registry, patients_only, [_VAS], group)
    columns = [*_COLUMNS, *([Column(group.name, group.label)] if group else [])]
    if not view.n:
        return empty_chart(registry, "time_to_pain_control", _QUESTION, columns, look)
    times = sorted(control_times(registry, chosen, patients_only, group=group), key=_order)
    found = estimates(registry, chosen, patients_only, group=group)
    styles = group_styles(group, look) if group else {}
    picture = _Picture(view, chosen, times, found, styles, view.chosen(highlight), look)
    layout, annotations = _layout(picture)
    return compose(
        registry,
        "time_to_pain_control",
        _title(picture, estimates(registry, chosen, patients_only)[None]),
        traces=[*_curves(picture), *_intervals(picture)],
        layout=layout | {"annotations": annotations},
        summary=" ".join([_described(picture), *_medians(found, times, group)]),
        columns=columns,
        rows=[_cells(time, picture) for time in times],
        notes=(*_notes(picture), *view.notes, *visit_note(cohort)),
        look=look,
    )


def median_sentences(
    registry: Registry, cohort: Cohort = EVERYONE, *, definition: str = DEFAULT.name, group: Variable | None = None
) -> list[str]:
    """The median time to pain control in words, of everybody or of each group; below three patients their times."""
    chosen, who = definition_named(definition), Cohort(cohort.who)
    return _medians(
        estimates(registry, chosen, who, group=group), control_times(registry, chosen, who, group=group), group
    )


def _medians(found: dict[Group, Estimate], times: list[ControlTime], group: Variable | None) -> list[str]:
    if group is None:
        return [_median_sentence("", found[None], times)]
    codes = [*(level.code for level in group.levels), None]
    return [
        _median_sentence(_group_name(group, code), found[code], [time for time in times if time.group == code])
        for code in codes
        if code in found
    ]


def _group_name(group: Variable, code: Group) -> str:
    """A group as a sentence begins with it: "Documented fracture, elsewhere", "No smoking"."""
    if code is None:
        return f"{group.label}, not recorded"
    word = group_word(group, code)
    return f"{word[:1].upper()}{word[1:]}" if group.kind == "boolean" else f"{group.label}, {word}"


def _median_sentence(name: str, found: Estimate, times: list[ControlTime]) -> str:
    start = f"{name}: " if name else ""
    if not found.n:
        return f"{name or 'These patients'}: nobody has a time to pain control."
    if not _has_curve(found):
        told = [f"patient {time.case_id} {_place_words(time.between)}" for time in times if time.between]
        return f"{start}{listed(told)} (n = {found.n}, too few for a median)." if name else "Too few for a median."
    cut = f", {found.censored} not controlled by the last visit" * bool(found.censored)
    return f"{start or 'All: '}median {_place_words(found.median)} (n = {found.n}{cut})."


def _place_words(between: Between | None) -> str:
    """A time in a sentence: "between baseline and month 1", "at 3.5 months", "after month 6"."""
    if between is None:
        return "without a time"
    after, by = between
    if by is None:
        return between_words(between)
    return f"at {between_words(between)}" if after == by else f"between {_visit(after)} and {_visit(by)}"


def _visit(month: float) -> str:
    return when(int(month)) if month == int(month) else f"month {as_recorded(month)}"


def _has_curve(found: Estimate) -> bool:
    return found.n >= SMALLEST_N_FOR_CURVE


def _order(time: ControlTime) -> tuple[bool, float, float, int]:
    """Earliest control on top; patients without a time last."""
    after, by = time.between or (0.0, None)
    return time.between is None, float("inf") if by is None else by, after, time.case_id


# Where things stand.


def _layout(picture: _Picture) -> tuple[Part, list[Part]]:
    """The curve over its numbers over a row a patient, on one time axis; and all words."""
    view, look = picture.view, picture.look
    row = _ROW if view.numbered else max(4.0, 900 / len(picture.times))
    rows = row * len(picture.times) + 6
    key, lines = group_key(picture.styles, view.group_sizes, look) if picture.styles else ("", 0)
    curve = _CURVE if picture.curves else 0.0
    gap = 34 + _LINE * (1 + len(picture.numbers)) if picture.curves else 0.0
    plot, top, bottom = curve + gap + rows, 50 + 20 * lines, 28 if picture.curves else 48
    layout = base_layout(
        look,
        top + plot + bottom,
        {"l": _LEFT, "r": 16, "t": top, "b": bottom},
        xaxis=_months_axis(picture),
        yaxis2=_rows_axis(picture, rows / plot),
    )
    said = [*_head(picture, key), *_row_words(picture)]
    if not picture.curves:
        return layout, [*said, *visit_labels(look, view.months, _recorded(picture))]
    layout["yaxis"] = _share_axis(look, 1 - curve / plot)
    said += [_visit_heading(picture, month, -6 / plot) for month in view.months]
    return layout, [*said, *_numbers(picture, curve, plot), *_shares(picture)]


def _recorded(picture: _Picture) -> dict[int, int]:
    """How many VAS are recorded at each visit."""
    return {month: picture.view.frequency("vas", month).n for month in picture.view.months}


def _months_axis(picture: _Picture) -> Part:
    months = list(picture.view.months)
    return quiet_axis(
        picture.look, range=[months[0] - 0.35, picture.end + 0.15], tickvals=months, showticklabels=False, anchor="y2"
    )


def _share_axis(look: Look, bottom: float) -> Part:
    shares = [0, 0.25, 0.5, 0.75, 1]
    return quiet_axis(
        look,
        range=[-0.03, 1.06],
        domain=[bottom, 1],
        tickvals=shares,
        ticktext=[f"{number(100 * share)} %" for share in shares],
    )


def _rows_axis(picture: _Picture, height: float) -> Part:
    return quiet_axis(
        picture.look,
        range=[len(picture.times) - 0.4, -0.6],
        domain=[0, height],
        tickvals=list(range(len(picture.times))),
        ticktext=[f"Patient {time.case_id}" for time in picture.times],
        showticklabels=picture.view.numbered,
        showgrid=False,
        tickfont={"size": picture.look.px(12), "color": picture.look.text},
    )


def _head(picture: _Picture, key: str) -> list[Part]:
    """Over the figure: what counts as control, that this is reconstructed, what the axis measures, and the groups."""
    look = picture.look
    top: Part = {"x": 0, "y": 1, "xref": "paper", "yref": "paper", "yanchor": "bottom", "xshift": look.px(12 - _LEFT)}
    axis = "share with pain control" if picture.curves else "a line a patient: when pain control came"
    kind = "reconstructed" if picture.definition == DEFAULT else "one candidate definition"
    said = f"<b>{safe_plotly(picture.definition.label)}</b><br>{kind} · {axis}"
    found = [words(look, said, **top, yshift=look.px(10))]
    return [*found, *([words(look, key, size=13, **top, yshift=look.px(44))] if key else [])]


def _numbers(picture: _Picture, curve: float, plot: float) -> list[Part]:
    """Under the curve: the visits, how many VAS are recorded, and how many are known to be without control."""
    look, months = picture.look, picture.view.months
    recorded = _recorded(picture)
    lines: list[tuple[str, dict[int, int]]] = [(f'<span style="color:{look.quiet}">VAS recorded</span>', recorded)]
    for code in picture.numbers:
        ink = look.ink(picture.hue(code)) if picture.styles else look.quiet
        glyph = f"{picture.styles[code].glyph} " if picture.styles else ""
        times = [time for time in picture.at_risk if not picture.styles or time.group == code]
        without = {month: sum(_without_control(time, month) for time in times) for month in months}
        lines.append((f'<span style="color:{ink}">{glyph}not controlled</span>', without))
    said = [_visit_heading(picture, month, 1 - (curve + 6) / plot) for month in months]
    for index, (name, counted) in enumerate(lines):
        at: Part = {"y": 1 - (curve + 27 + _LINE * index) / plot, "yref": "paper", "yanchor": "top"}
        said.append(words(look, name, x=0, xref="paper", xshift=look.px(6 - _LEFT), **at))
        centred: Part = {"xanchor": "center", "align": "center", "color": look.text}
        said += [words(look, str(counted[month]), x=month, **at, **centred) for month in months]
    return said


def _visit_heading(picture: _Picture, month: int, y: float) -> Part:
    """The visit under the curve; the first is drawn to the left, so that a phone keeps them apart."""
    look = picture.look
    shift = look.px(-20 if month == 0 else 3 if month == 1 else 0)
    place: Part = {"x": month, "y": y, "yref": "paper", "yanchor": "top", "xanchor": "center", "xshift": shift}
    return words(look, visit_name(month), **place, align="center", color=look.text)


def _without_control(time: ControlTime, month: int) -> bool:
    """Whether a patient with a time is known to be without control at a visit."""
    if time.between is None:
        return False
    after, by = time.between
    return after > month if after == by else after >= month


# The curve.


def _curves(picture: _Picture) -> Iterator[Part]:
    for code, found in picture.curves.items():
        steps = list(_cumulated(found.turnbull.masses))
        yield from (_box(picture, code, mass, below) for mass, below in steps if mass.after != mass.by)
        yield _determined(picture, code, steps)
        yield _visits_on_curve(picture, code, found)


def _cumulated(masses: tuple[Mass, ...]) -> Iterator[tuple[Mass, float]]:
    """Each mass with the share that came before it."""
    below = 0.0
    for mass in masses:
        yield mass, below
        below += mass.mass


def _box(picture: _Picture, code: Group, mass: Mass, below: float) -> Part:
    """Where the share is not determined: it rises somewhere between two visits."""
    end = picture.end if mass.by is None else mass.by
    above = min(1.0, below + mass.mass)
    hue = picture.hue(code)
    n = picture.curves[code].n
    said = sentence(
        f"{_group_start(picture, code)}Pain control {_place_words((mass.after, mass.by))}",
        f"the share rises from {_of(below, n)} to {_of(above, n)} patients",
        "where in between cannot be known",
    )
    return {
        "mode": "lines",
        "name": "Not determined",
        "x": [mass.after, mass.after, end, end, mass.after],
        "y": [below, above, above, below, below],
        "fill": "toself",
        "fillcolor": _see_through(hue, 0.16),
        "hoveron": "fills",
        "text": said,
        "line": {"width": picture.look.px(1), "color": _see_through(hue, 0.45)},
    }


def _determined(picture: _Picture, code: Group, steps: list[tuple[Mass, float]]) -> Part:
    """Where the share is determined: flat between the masses, a step at a printed time."""
    x: list[float | None] = [picture.view.months[0], steps[0][0].after]
    y: list[float | None] = [0.0, 0.0]
    for (mass, below), following in zip(steps, [*steps[1:], None], strict=True):
        above = min(1.0, below + mass.mass)
        if mass.by is None:
            continue
        until = following[0].after if following else picture.end
        step = mass.after == mass.by
        x += [mass.by, until] if step else [None, mass.by, until]
        y += [above, above] if step else [None, above, above]
    dash = picture.styles[code].dash if picture.styles else "solid"
    return {
        "mode": "lines",
        "name": "Share with pain control",
        "x": x,
        "y": y,
        "hoverinfo": "skip",
        "line": {"color": picture.hue(code), "width": picture.look.px(3), "dash": dash, "shape": "hv"},
    }


def _visits_on_curve(picture: _Picture, code: Group, found: Estimate) -> Part:
    """The share at each visit where it is determined."""
    shares = [(month, share) for month in picture.view.months if (share := _share(found, month)) is not None]
    hue = picture.hue(code)
    return {
        "mode": "markers",
        "name": "Share at a visit",
        "x": [month for month, _ in shares],
        "y": [share for _, share in shares],
        "hovertext": [
            sentence(
                f"{_group_start(picture, code)}{_of(share, found.n)} patients with pain control", f"by {when(month)}"
            )
            for month, share in shares
        ],
        "marker": {
            "color": hue,
            "symbol": picture.styles[code].symbol if picture.styles else "circle",
            "size": picture.look.px(9),
            "line": {"width": picture.look.px(2), "color": hue},
        },
    }


def _share(found: Estimate, month: int) -> float | None:
    """The share with control by a month, where the estimate determines it."""
    bounds = found.turnbull.share_by(month)
    return bounds[0] if bounds and abs(bounds[1] - bounds[0]) < 1e-9 else None


def _shares(picture: _Picture) -> list[Part]:
    """Beside the curve the share at each later visit, as a count of patients."""
    look, said = picture.look, []
    for month in picture.view.months[1:]:
        shares = {code: _share(found, month) for code, found in picture.curves.items()}
        told = [(code, share) for code, share in shares.items() if share]
        places = spread([share for _, share in told], 0.09)
        above = max([*places, 0.0]) - max([share for _, share in told], default=0.0)  # labels stay under the curve
        last = month == picture.view.months[-1]
        for (code, share), y in zip(told, places, strict=True):
            ink = look.ink(picture.hue(code)) if picture.styles else look.text
            text = f"<b>{_of(share, picture.curves[code].n)}</b>"
            shift: Part = {
                "xshift": look.px(-8 if last else 8),
                "yshift": look.px(-12),
                "xanchor": "right" if last else "left",
            }
            said.append(words(look, text, x=month, y=y - above, color=ink, size=13, **shift))
    return said


def _of(share: float, n: int) -> str:
    """A share as a count of patients where it is one, else in percent with its n."""
    count = share * n
    return k_of_n(round(count), n) if abs(count - round(count)) < 1e-6 else f"{number(100 * share)} % of {n}"


def _group_start(picture: _Picture, code: Group) -> str:
    return f"{safe_plotly(picture.styles[code].label)}: " if picture.styles else ""


def _see_through(hue: str, opacity: float) -> str:
    red, green, blue = (int(hue[at : at + 2], 16) for at in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity})"


# The patients.


def _intervals(picture: _Picture) -> Iterator[Part]:
    """A line a patient over the months in which control came; printed times as marks."""
    placed = [(row, time) for row, time in enumerate(picture.times) if time.between is not None]
    for row, time in placed:
        yield from _interval(picture, row, time)
    yield _marks(picture, placed)


def _interval(picture: _Picture, row: int, time: ControlTime) -> Iterator[Part]:
    """The interval that the visits give, thin where a printed time is used instead; an arrow where it stays open."""
    if time.seen is None:
        return
    after, by = time.seen
    colour, look = picture.colour(time), picture.look
    wide = 6 if picture.view.numbered else 2
    yield {
        "mode": "lines",
        "name": f"Patient {time.case_id}",
        "x": [after, picture.end if by is None else by],
        "y": [row, row],
        "yaxis": "y2",
        "customdata": [time.case_id, time.case_id],
        "hoverinfo": "skip",
        "line": {
            "color": look.tint(colour, 0.25 if time.exact else 0.6),
            "width": look.px(wide if not time.exact else wide / 2),
        },
    }


def _marks(picture: _Picture, placed: list[tuple[int, ControlTime]]) -> Part:
    """The ends of the intervals, arrows, and the printed times: filled where used, a dotted ring where contradicted."""
    x: list[float] = []
    y: list[int] = []
    symbols: list[str] = []
    shown: list[ControlTime] = []
    for row, time in placed:
        for at, symbol in _symbols(time, picture.end):
            x.append(at)
            y.append(row)
            symbols.append(symbol)
            shown.append(time)
    look = picture.look
    size = 11.0 if picture.view.numbered else 4.0
    colours = [picture.colour(time) for time in shown]
    return {
        "mode": "markers",
        "name": "Times",
        "x": x,
        "y": y,
        "yaxis": "y2",
        "customdata": [time.case_id for time in shown],
        "hovertext": [_hover(picture, time) for time in shown],
        "marker": {
            "symbol": symbols,
            "color": colours,
            "size": [look.px(size if "diamond" not in symbol else size * 1.15) for symbol in symbols],
            "line": {"width": look.px(2), "color": colours},
        },
    }


def _symbols(time: ControlTime, end: float) -> Iterator[tuple[float, str]]:
    if time.exact and time.printed is not None:
        yield time.printed, "diamond"
        return
    if time.seen is not None:
        after, by = time.seen
        yield after, "line-ns"
        yield (end, "triangle-right") if by is None else (by, "line-ns")
    if time.contradicted and time.printed is not None:
        yield time.printed, "circle-open-dot"


def _hover(picture: _Picture, time: ControlTime) -> str:
    """The time in words, the VAS on both sides of it, and where they are printed."""
    start = f"Patient {time.case_id}: pain control {_place_words(time.between)}"
    if time.exact:
        return sentence(f"{start}, as printed", *_visit_words(picture, time), _origin(picture, time))
    contradiction = time.contradiction.removeprefix(f"Patient {time.case_id}: ").rstrip(".")
    return sentence(start, *_visit_words(picture, time), contradiction)


def _visit_words(picture: _Picture, time: ControlTime) -> list[str]:
    """The VAS at the visits that bound the interval, and their rows in the source."""
    view = picture.view
    months = [int(end) for end in time.seen or () if end is not None]
    values = [f"VAS {number(view.value(time.case_id, month, 'vas'))} at {when(month)}" for month in months]
    rows = dict.fromkeys(place(view.visit(time.case_id, month)) for month in months)
    return [listed(values), listed([row for row in rows if row])]


def _origin(picture: _Picture, time: ControlTime) -> str:
    """Where the printed time stands in the paper."""
    rows = lookups.provenance(picture.view.registry, "cases", str(time.case_id))
    return next((safe_plotly(str(row["source"])) for row in rows if row["column"] == "pain_control_months"), "")


def _row_words(picture: _Picture) -> list[Part]:
    """In the rows: printed times, who was not controlled, and why somebody has no time."""
    if not picture.view.numbered:
        return []
    look, said = picture.look, []
    for row, time in enumerate(picture.times):
        at: Part = {"y": row, "yref": "y2"}
        if time.between is None:
            reason = LEFT_OUT.get(time.left_out or "", "")
            said.append(words(look, reason, x=0, **at, xshift=look.px(6)))
        elif time.between[1] is None:
            text = f"not by month {as_recorded(time.between[0])}"
            said.append(words(look, text, x=time.between[0], **at, xanchor="right", xshift=look.px(-10)))
        if time.printed is not None:
            said.append(_beside(picture, time, row))
    return said


def _beside(picture: _Picture, time: ControlTime, row: int) -> Part:
    """Words beside a printed time: to its left, or to its right where the visits put control before it."""
    look, printed = picture.look, time.printed or 0.0
    text = f"{as_recorded(printed)}{', contradicted' if time.contradicted else ' printed'}"
    ink = look.quiet if time.contradicted else look.text
    after, by = time.seen or (0.0, printed)
    if time.contradicted and by is not None and by < printed:
        return words(look, text, x=printed, y=row, yref="y2", xshift=look.px(10), color=ink)
    at = min(printed, after)
    return words(look, text, x=at, y=row, yref="y2", xanchor="right", xshift=look.px(-10), color=ink)


# The words.


def _cells(time: ControlTime, picture: _Picture) -> tuple[Cell, ...]:
    after, by = time.between or (None, None)
    used = "printed time" if time.exact else "interval between visits"
    if time.contradicted:
        used = "interval between visits; the printed time is contradicted"
    if time.between is None:
        used = f"no time: {LEFT_OUT.get(time.left_out or '', '')}"
    return (time.case_id, after, by, time.printed, used, *((time.group,) if picture.view.group else ()))


def _title(picture: _Picture, everybody: Estimate) -> str:
    """The median of everybody in view; below three patients who they are."""
    if _has_curve(everybody):
        return f"Median time to pain control: {_place_words(everybody.median)} ({patients(everybody.n)})"
    return f"Time to pain control of patient {picture.times[0].case_id}" if picture.view.n == 1 else _QUESTION


def _described(picture: _Picture) -> str:
    """What is drawn, with n."""
    n, definition = len(picture.at_risk), picture.definition
    start = f"Time to pain control, counted as {definition.label}, in {patients(picture.view.n)}."
    told = "; ".join(
        f"patient {time.case_id} {_place_words(time.between)}{', as printed' * time.exact}"
        for time in picture.at_risk[:20]
    )
    return f"{start} {told[:1].upper()}{told[1:]}." if n else start


def _notes(picture: _Picture) -> Iterator[str]:
    """Reconstructed and why; what contradicts it; what the curve cannot tell; who is left out."""
    yield reconstruction_note(picture.view.registry, picture.definition)
    yield from (time.contradiction for time in picture.times if time.contradicted)
    if picture.curves:
        yield _UNDETERMINED
        yield from _placed_notes(picture)
    small = [found for found in picture.found.values() if 0 < found.n < SMALLEST_N_FOR_CURVE]
    if small:
        yield "Fewer than three patients with a time have no curve: each interval is shown."
    left_out = [time for time in picture.times if time.left_out]
    if left_out:
        yield f"{patients(len(left_out))} without a time: already controlled at baseline, or no VAS to tell."


def reconstruction_note(registry: Registry, definition: Definition) -> str:
    """That a definition is reconstructed, not reported, and how it stands against what the paper prints."""
    found = reconstruct(registry, [definition])
    verdict = next((candidate.verdict for candidate in found.candidates), "not tested")
    if definition == DEFAULT:
        return (
            f"Reconstructed, not reported: the paper never defines pain control. “{definition.label}” fits the "
            "printed times, the printed mean and who was latest best."
            if verdict == "fits"
            else f"Reconstructed, not reported: “{definition.label}”."
        )
    fit = "fits what the paper prints, too" if verdict == "fits" else f"against the paper: {verdict}"
    return (
        f"Reconstructed, not reported: the paper never defines pain control. “{definition.label}” is one candidate ({fit}); "
        f"“{DEFAULT.label}” fits best."
    )


def _placed_notes(picture: _Picture) -> Iterator[str]:
    """Whom the estimate counts at other patients' printed times, because nothing else lies in her interval."""
    for code, found in picture.curves.items():
        masses = found.turnbull.masses
        for time in picture.at_risk:
            if time.exact or time.between is None or (picture.styles and time.group != code):
                continue
            after, by = time.between
            inside = [mass for mass in masses if mass.after >= after and (by is None or (mass.by or by + 1) <= by)]
            if inside and all(mass.after == mass.by for mass in inside):
                yield (
                    f"The estimate counts patient {time.case_id} ({between_words(time.between)}) at the printed times "
                    "inside her interval; her own time is not known."
                )
