"""T-scores of each site in each group: every patient a point, the median a line, a box only from five values on."""

from plro_core.cohort import EVERYONE, Cohort
from plro_core.counts import ALL, Frequency, Group
from plro_core.figures.bone import (
    axis_name,
    columns,
    lumbar_fractures,
    lumbar_note,
    rows,
    score,
    site_counts,
    t_axis,
    t_hover,
    total,
    who_labels,
    who_lines,
)
from plro_core.figures.chart import Chart, compose, empty_chart
from plro_core.figures.points import InView, in_view, side_by_side
from plro_core.figures.style import (
    LIGHT,
    Look,
    Part,
    base_layout,
    group_key,
    group_styles,
    patient_colour,
    patient_symbol,
    quiet_axis,
    symbol_size,
    words,
)
from plro_core.statistics import SMALLEST_N_FOR_BOX, quantile
from plro_core.store import Registry
from plro_core.text import listed, number, patients
from plro_core.vocabulary import Variable
from plro_core.vocabulary.standard import T_SCORE_NOTE

_QUESTION = "How are T-scores distributed at each site?"
_BOX_NOTE = "Line: median from three values on; box: quartiles from five values on; fewer are shown as points only."


def t_score_distribution(
    registry: Registry,
    cohort: Cohort = EVERYONE,
    *,
    group: Variable | None = None,
    highlight: int | None = None,
    look: Look = LIGHT,
    leave_out_lumbar_fracture: bool = False,
) -> Chart:
    """Points of every patient by site and group, with median (n >= 3) and quartiles (n >= 5)."""
    view = in_view(registry, cohort, [], group, visits=False)
    if not view.n:
        return empty_chart(registry, "t_score_distribution", _QUESTION, columns(group), look)
    highlight = view.chosen(highlight)
    fractured, leave_out = lumbar_fractures(registry, cohort), leave_out_lumbar_fracture
    found = site_counts(registry, cohort, group, leave_out)
    sizes, sites = view.group_sizes, registry.vocabulary.scores
    styles = group_styles(group, look) if group else {}
    key, lines = group_key(group, styles, sizes, look) if group else ("", 0)
    levels: list[Group] = [code for code in styles if sizes.get(code)] if group else [ALL]
    places = _places(levels)
    values = [value for frequency in found.values() for value in frequency.values]
    top: Part = {"x": 0, "y": 1, "xref": "paper", "yref": "paper", "yanchor": "bottom"}
    keyed = [words(look, key, size=13, xshift=look.px(-30), yshift=look.px(26), **top)] if group else []
    layout = base_layout(
        look,
        440 + 18 * lines,
        {"l": 34, "r": 12, "t": 32 + 18 * lines, "b": 54},
        xaxis=quiet_axis(
            look,
            range=[-1.3, len(sites) - 0.5],
            tickvals=list(range(len(sites))),
            showticklabels=False,
            showgrid=False,
        ),
        yaxis=t_axis(values, look),
        shapes=[*who_lines(look), *_boxes(view, found, places, look)],
        annotations=[*_labels(view, found, places, look), *who_labels(look), axis_name(look), *keyed],
    )
    traces = [*_medians(view, found, places, look), _points(view, places, fractured, leave_out, highlight, look)]
    return compose(
        registry,
        "t_score_distribution",
        _title(view, found),
        traces=traces,
        layout=layout,
        summary=_summary(view, found, places),
        columns=columns(group),
        rows=rows(view, fractured, leave_out),
        notes=(
            *view.notes,
            view.median_note,
            _BOX_NOTE,
            lumbar_note(fractured, leave_out),
            T_SCORE_NOTE,
        ),
        look=look,
        who=view.who(highlight),
    )


def _places(levels: list[Group]) -> dict[Group, float]:
    """How far from its site each group stands, as a fraction of the distance between sites."""
    step = 0.8 / max(1, len(levels))
    return {level: (index - (len(levels) - 1) / 2) * step for index, level in enumerate(levels)}


def _points(
    view: InView,
    places: dict[Group, float],
    fractured: dict[int, list[str]],
    leave_out: bool,
    highlight: int | None,
    look: Look,
) -> Part:
    styles = group_styles(view.group, look) if view.group else {}
    found = []
    for case in view.cases:
        offset = places[view.level_of(case) if view.group else ALL]
        for index, site in enumerate(view.vocabulary.scores):
            value = score(case, site, fractured, leave_out)
            if value is not None:
                hollow = case["case_id"] in fractured and bool(site.measures)
                style = styles.get(view.level_of(case))
                found.append((case["case_id"], index + offset, value, site, hollow, style))
    at = side_by_side([(case_id, x, value) for case_id, x, value, *_ in found], 0.06, 0.6 / len(places))
    chosen = [case_id == highlight for case_id, *_ in found]
    dim = highlight is not None
    hues = [
        patient_colour(row[0])
        if is_chosen or (not dim and row[5] is None)
        else look.tint(look.line, 0.6)
        if dim
        else row[5].colour
        if row[5]
        else look.line
        for row, is_chosen in zip(found, chosen, strict=True)
    ]
    symbols = [(row[5].symbol if row[5] else patient_symbol(row[0]) + "-open" * row[4]) for row in found]
    size = 9 if view.numbered else 4
    return {
        "mode": "markers",
        "name": "Patients",
        "x": [at[(case_id, x)] for case_id, x, *_ in found],
        "y": [value for _, _, value, *_ in found],
        "customdata": [[case_id] for case_id, *_ in found],
        "hovertext": [t_hover(view, case_id, site, value, fractured) for case_id, _, value, site, *_ in found],
        "marker": {
            "color": hues,
            "symbol": symbols,
            "size": [
                symbol_size(symbol, look.px(size + 4 * is_chosen))
                for symbol, is_chosen in zip(symbols, chosen, strict=True)
            ],
            "line": {"color": hues, "width": look.px(1.6)},
        },
    }


def _boxes(
    view: InView, found: dict[tuple[str, Group], Frequency], places: dict[Group, float], look: Look
) -> list[Part]:
    half = 0.32 / len(places)
    boxes = []
    for index, site in enumerate(view.vocabulary.scores):
        for level, offset in places.items():
            frequency = total(found, site.name, level)
            if frequency.n >= SMALLEST_N_FOR_BOX:
                at = {"x0": index + offset - half, "x1": index + offset + half}
                ends = {"y0": quantile(frequency, 0.25), "y1": quantile(frequency, 0.75)}
                line = {"color": look.rule, "width": look.px(1)}
                boxes.append({"type": "rect", "layer": "below", "fillcolor": look.band, "line": line, **at, **ends})
    return boxes


def _medians(
    view: InView, found: dict[tuple[str, Group], Frequency], places: dict[Group, float], look: Look
) -> list[Part]:
    half = 0.32 / len(places)
    x: list[float | None] = []
    y: list[float | None] = []
    hover: list[str] = []
    for index, site in enumerate(view.vocabulary.scores):
        for level, offset in places.items():
            frequency = total(found, site.name, level)
            if frequency.n >= 3:
                median = quantile(frequency, 0.5)
                text = f"Median {site.short_label}: {site.written(median)} (n = {frequency.n})"
                x += [index + offset - half, index + offset + half, None]
                y += [median, median, None]
                hover += [text, text, ""]
    line = {"color": look.text, "width": look.px(3)}
    return [{"mode": "lines", "name": "Median", "x": x, "y": y, "hovertext": hover, "line": line}] if x else []


def _labels(
    view: InView, found: dict[tuple[str, Group], Frequency], places: dict[Group, float], look: Look
) -> list[Part]:
    """The sites, and n under each group."""
    foot: Part = {"y": 0, "yref": "paper", "yanchor": "top", "xanchor": "center", "align": "center"}
    said = [
        words(look, site.short_label, x=index, yshift=look.px(-6), color=look.text, **foot)
        for index, site in enumerate(view.vocabulary.scores)
    ]
    for index, site in enumerate(view.vocabulary.scores):
        for level, offset in places.items():
            n = total(found, site.name, level).n
            text = f"n = {n}" if len(places) == 1 else str(n)
            said.append(words(look, text, x=index + offset, yshift=look.px(-24), **foot))
    if len(places) > 1:
        said.append(
            words(
                look, "n", x=0, xref="paper", y=0, yref="paper", yanchor="top", yshift=look.px(-24), xshift=look.px(2),
            )
        )  # fmt: skip
    return said


def _title(view: InView, found: dict[tuple[str, Group], Frequency]) -> str:
    if view.n == 1:
        return f"T-scores of patient {view.ids[0]}"
    medians = {
        site.name: quantile(total(found, site.name), 0.5)
        for site in view.vocabulary.scores
        if total(found, site.name).n >= 3
    }
    if len(medians) < len(view.vocabulary.scores):
        return _QUESTION
    spine, neck = medians["t_l1_l4"], medians["t_femoral_neck"]
    if spine is not None and neck is not None and spine < neck:
        return f"T-scores are lower in the spine (L1–L4 median {number(spine, 2)}) than in the femoral neck ({number(neck, 2)})"
    return _QUESTION


def _summary(view: InView, found: dict[tuple[str, Group], Frequency], places: dict[Group, float]) -> str:
    parts = []
    for site in view.vocabulary.scores:
        for level in places:
            frequency = total(found, site.name, level)
            name = ""
            if level != ALL and view.group:
                of_level = None if level is None else view.group.level_label(str(level))
                name = f", {'not recorded' if of_level is None else view.group.with_value(of_level)}"
            if frequency.n >= 3:
                parts.append(
                    f"{site.short_label}{name}: median {site.written(quantile(frequency, 0.5))} (n = {frequency.n})"
                )
            else:
                shown = listed([site.written(value) for value in frequency.values]) or "none recorded"
                parts.append(f"{site.short_label}{name}: {shown} (n = {frequency.n})")
    return f"T-scores as reported of {patients(view.n)}. {'; '.join(parts)}."
