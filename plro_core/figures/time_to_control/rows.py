"""The patients: a line each over the months in which control came, with the printed times as marks."""

from collections.abc import Iterator

from plro_core import lookups
from plro_core.figures.points import place, sentence, when
from plro_core.figures.style import Part, words
from plro_core.figures.time_to_control.picture import Picture
from plro_core.figures.time_to_control.sentences import place_words
from plro_core.pain_control import LEFT_OUT, ControlTime
from plro_core.text import as_recorded, listed, safe_plotly


def intervals(picture: Picture) -> Iterator[Part]:
    """A line a patient over the months in which control came; printed times as marks."""
    placed = [(row, time) for row, time in enumerate(picture.times) if time.between is not None]
    for row, time in placed:
        yield from _interval(picture, row, time)
    yield _marks(picture, placed)


def _interval(picture: Picture, row: int, time: ControlTime) -> Iterator[Part]:
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


def _marks(picture: Picture, placed: list[tuple[int, ControlTime]]) -> Part:
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
            "size": [
                look.px(size * (1.3 if time.case_id == picture.highlight else 1.15 if symbol == "diamond" else 1))
                for time, symbol in zip(shown, symbols, strict=True)
            ],
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


def _hover(picture: Picture, time: ControlTime) -> str:
    """The time in words, the VAS on both sides of it, and where they are printed."""
    start = f"Patient {time.case_id}: pain control {place_words(time.between)}"
    if time.exact:
        return sentence(f"{start}, as {time.stated}", *_visit_words(picture, time), _origin(picture, time))
    contradiction = time.contradiction.removeprefix(f"Patient {time.case_id}: ").rstrip(".")
    return sentence(start, *_visit_words(picture, time), contradiction)


def _visit_words(picture: Picture, time: ControlTime) -> list[str]:
    """The VAS at the visits that bound the interval, and their rows in the source."""
    view = picture.view
    months = [int(end) for end in time.seen or () if end is not None]
    values = [f"VAS {view.vas.written(view.value(time.case_id, month, 'vas'))} at {when(month)}" for month in months]
    rows = dict.fromkeys(place(view.visit(time.case_id, month)) for month in months)
    return [listed(values), listed([row for row in rows if row])]


def _origin(picture: Picture, time: ControlTime) -> str:
    """Where the printed time stands in the source."""
    rows = lookups.provenance(picture.view.registry, "cases", str(time.case_id))
    return next((safe_plotly(str(row["source"])) for row in rows if row["column"] == "pain_control_months"), "")


def row_words(picture: Picture) -> list[Part]:
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


def _beside(picture: Picture, time: ControlTime, row: int) -> Part:
    """Words beside a printed time: to its left, or to its right where the visits put control before it."""
    look, printed = picture.look, time.printed or 0.0
    text = f"{as_recorded(printed)}{', contradicted' if time.contradicted else f' {time.stated}'}"
    ink = look.quiet if time.contradicted else look.text
    after, by = time.seen or (0.0, printed)
    if time.contradicted and by is not None and by < printed:
        return words(look, text, x=printed, y=row, yref="y2", xshift=look.px(10), color=ink)
    at = min(printed, after)
    return words(look, text, x=at, y=row, yref="y2", xanchor="right", xshift=look.px(-10), color=ink)
