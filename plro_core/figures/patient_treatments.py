"""What one patient was given and when her pain was controlled, on the time axis of her record."""

from plro_core.figures.patient_layout import Place
from plro_core.figures.points import sentence
from plro_core.figures.style import Look, Part, patient_colour, words
from plro_core.figures.treatments import dose_words
from plro_core.lookups import Record
from plro_core.text import as_recorded, safe_plotly

#: The width of a letter, for a type size of one.
_LETTER = 0.54
_WEEKS_A_MONTH = 365.25 / 12 / 7


def bars(case_id: int, dated: list[Record], at: Place, months: tuple[int, ...], look: Look) -> list[Part]:
    """A bar for each dated treatment; without a stated end it runs on as a thin line to an arrow."""
    hue, end = patient_colour(case_id), months[-1] + 0.3
    traces = []
    for row, treatment in enumerate(dated):
        start = treatment["start"] / _WEEKS_A_MONTH
        open_end = treatment["stop"] is None
        stop = end if open_end else min(end, treatment["stop"] / _WEEKS_A_MONTH)
        runs_on = open_end or stop == end
        text = _treatment_hover(treatment)
        traces.append(
            {
                "mode": "lines+markers",
                "x": [start, stop],
                "y": [row, row],
                **at.axes,
                "customdata": [[case_id], [case_id]],
                "hovertext": [text, text],
                "line": {"color": look.tint(hue, 0.35 if open_end else 0.8), "width": look.px(2 if open_end else 7)},
                "marker": {
                    "symbol": [
                        "circle-open" if treatment["doubt"] else "circle",
                        "triangle-right" if runs_on else "circle",
                    ],
                    "size": [look.px(8), look.px(9 if runs_on else 7)],
                    "color": [hue, look.tint(hue, 0.35 if open_end else 0.8)],
                    "line": {"color": hue, "width": look.px(1.6) if treatment["doubt"] else 0},
                },
            }
        )
    return traces


def _treatment_hover(row: Record) -> str:
    start, stop = row["start"], row["stop"]
    span = f"from week {as_recorded(start)}" + (
        f" to week {as_recorded(stop)} from diagnosis" if stop is not None else " from diagnosis; end not stated"
    )
    return sentence(
        safe_plotly(f"Patient {row['case_id']}: {row['agent']}"), safe_plotly(dose_words(row)), span, row["doubt"]
    )


def _fitting(agent: str, dose: str, letters: int) -> str:
    """An intervention with as much of its dose as there is room for; its hover says it whole."""
    said = agent
    for part in dose.split(", ") if dose else ():
        if len(said) + len(part) + 2 > letters:
            break
        said += f", {part}"
    return said if len(said) <= letters else f"{said[: letters - 1]}…"


def treatment_words(dated: list[Record], at: Place, look: Look, shift: float = -26, width: float = 400) -> list[Part]:
    if not dated:
        return []
    whole = " from diagnosis; an arrow: end not stated" if width > 270 else " → end not stated"
    title = f'<b><span style="color:{look.text}">Treatments</span></b>{whole}'
    said = [words(look, title, xshift=look.px(shift), yshift=look.px(3), **at.over)]
    for row, treatment in enumerate(dated):
        dose = dose_words(treatment)
        text = _fitting(treatment["agent"], dose, int(width / (look.type(11) / look.scale * _LETTER)))
        where: Part = {"x": 0, "xref": f"x{at.suffix}", "y": row, "yref": f"y{at.suffix}"}
        beside: Part = {"xshift": look.px(-4), "yshift": look.px(10)}
        said.append(words(look, safe_plotly(text), color=look.text, size=11, **where, **beside))
    return said


def pain_control(case: Record, at: Place, look: Look) -> list[Part]:
    months = case["pain_control_months"]
    if months is None:
        return []
    line = {"color": look.accent, "width": look.px(1.5), "dash": "dash"}
    return [
        {
            "type": "line",
            "x0": months,
            "x1": months,
            "y0": 0,
            "y1": 1,
            "xref": f"x{at.suffix}",
            "yref": f"y{at.suffix} domain",
            "line": line,
            "layer": "below",
        }
    ]


def pain_control_words(stated: str, case: Record, at: Place, look: Look) -> list[Part]:
    months = case["pain_control_months"]
    if months is None:
        return []
    text = f"pain control<br>{as_recorded(months)} months,<br>as {stated}"
    place: Part = {"x": months, "xref": f"x{at.suffix}", "y": 11.5, "yref": f"y{at.suffix}", "yanchor": "top"}
    return [words(look, text, xshift=look.px(5), color=look.accent, size=11, **place)]
