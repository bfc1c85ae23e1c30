"""Bone density: the T-scores of each patient, her Z-scores where a registry records them, and how each site is distributed in each group.

T-scores as reported. The WHO lines are for orientation only; ISCD recommends Z-scores before menopause. The lumbar
T-score of a patient with a fractured lumbar vertebra is hard to interpret: marked, and left out on request.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from plro_core import lookups
from plro_core.cohort import EVERYONE, Cohort, Criterion
from plro_core.counts import ALL, Frequency, Group, counts
from plro_core.figures.chart import Chart, compose, empty_chart
from plro_core.figures.points import InView, in_view, sentence, side_by_side, spread
from plro_core.figures.style import (
    LIGHT,
    Look,
    Part,
    base_layout,
    numbers_in_colour,
    patient_colour,
    patient_symbol,
    quiet_axis,
    symbol_size,
    words,
)
from plro_core.lookups import Record
from plro_core.statistics import quantile
from plro_core.store import Registry
from plro_core.tables import Cell, Column
from plro_core.text import k_of_n, listed, number, patients
from plro_core.vocabulary import Variable, Vocabulary
from plro_core.vocabulary.standard import LUMBAR, T_SCORE_NOTE
from plro_core.vocabulary.thresholds import ISCD, WHO_LOWER, WHO_UPPER

#: The WHO's lines, for orientation only.
WHO_LINES = (WHO_UPPER.bound, WHO_LOWER.bound)
_LEVELS_MEASURED = LUMBAR[:4]


@dataclass(frozen=True)
class Kind:
    """A kind of score: what it is called, the lines it is held against with their names, and what is said below."""

    word: str
    column: str
    question: str
    lines: Mapping[float, str]
    low: float
    note: str

    def sites(self, vocabulary: Vocabulary) -> tuple[Variable, ...]:
        """The sites that a registry records this score at."""
        return vocabulary.z_scores if self is Z else vocabulary.scores


T = Kind(
    "T-score",
    "t_score",
    "How low is bone density, and at which site?",
    {at: f"WHO {number(at, 1)}<br>(for orientation)" for at in WHO_LINES},
    WHO_LOWER.bound,
    T_SCORE_NOTE,
)
Z = Kind(
    "Z-score",
    "z_score",
    "How low is bone density for the patient's age, and at which site?",
    {ISCD.bound: f"ISCD {number(ISCD.bound, 1)}<br>(for age)"},
    ISCD.bound,
    f"Z-score as reported; at or below {number(ISCD.bound, 1)} it is {ISCD.meaning} ({ISCD.source}).",
)


def lumbar_fractures(registry: Registry, cohort: Cohort = EVERYONE) -> dict[int, list[str]]:
    """Fractured vertebrae among those that a lumbar T-score measures (L1 to L4), by patient."""
    found: dict[int, list[str]] = {}
    for row in lookups.facts(registry, "fractures", cohort):
        if row["level"] in _LEVELS_MEASURED:
            found.setdefault(row["case_id"], []).append(row["level"])
    return {case_id: sorted(levels) for case_id, levels in found.items()}


def site_counts(
    registry: Registry, cohort: Cohort, group: Variable | None, leave_out: bool, kind: Kind = T
) -> dict[tuple[str, Group], Frequency]:
    """Counts of each site's scores by group, without lumbar values of fractured lumbar spines if ``leave_out``."""
    sites = kind.sites(registry.vocabulary)
    found = {(name, level): counted for (name, _, level), counted in counts(registry, sites, cohort, group).items()}
    if leave_out:
        unbroken = Criterion(
            registry.vocabulary.variable("level", "fractures"), _LEVELS_MEASURED, negated=True, keeps_missing=True
        )
        narrower = Cohort((*cohort.criteria, unbroken))
        lumbar = {site.name: site for site in sites if site.measures}
        kept = counts(registry, lumbar.values(), narrower, group)
        found = {key: counted for key, counted in found.items() if key[0] not in lumbar}
        found |= {(name, level): counted for (name, _, level), counted in kept.items()}
    return found


def total(found: dict[tuple[str, Group], Frequency], site: str, level: Group = ALL) -> Frequency:
    """Counts at one site: of one group, or of everybody."""
    if level != ALL:
        return found.get((site, level), Frequency())
    return sum((counted for (name, _), counted in found.items() if name == site), Frequency())


def score(case: Record, site: Variable, fractured: dict[int, list[str]], leave_out: bool) -> float | None:
    """A patient's T-score at a site; ``None`` where not recorded or left out."""
    if leave_out and site.measures and case["case_id"] in fractured:
        return None
    value: float | None = case[site.name]
    return value


def t_score_strip(
    registry: Registry,
    cohort: Cohort = EVERYONE,
    *,
    group: Variable | None = None,
    highlight: int | None = None,
    look: Look = LIGHT,
    leave_out_lumbar_fracture: bool = False,
) -> Chart:
    """T-scores at each site, each patient's points joined, with the WHO lines for orientation."""
    return _strip(registry, cohort, T, "t_score_strip", group, highlight, look, leave_out_lumbar_fracture)


def z_score_strip(
    registry: Registry,
    cohort: Cohort = EVERYONE,
    *,
    highlight: int | None = None,
    look: Look = LIGHT,
    leave_out_lumbar_fracture: bool = False,
) -> Chart:
    """Z-scores at each site, each patient's points joined, with the ISCD's line, for a registry that records them."""
    return _strip(registry, cohort, Z, "z_score_strip", None, highlight, look, leave_out_lumbar_fracture)


def _strip(
    registry: Registry,
    cohort: Cohort,
    kind: Kind,
    name: str,
    group: Variable | None,
    highlight: int | None,
    look: Look,
    leave_out: bool,
) -> Chart:
    view = in_view(registry, cohort, [], group, visits=False)
    sites = kind.sites(registry.vocabulary)
    if not view.n or not sites:
        return empty_chart(registry, name, kind.question, columns(group, kind), look)
    highlight = view.chosen(highlight)
    fractured = lumbar_fractures(registry, cohort)
    found = site_counts(registry, cohort, None, leave_out, kind)
    points = [
        (case["case_id"], index, value)
        for case in view.cases
        for index, site in enumerate(sites)
        if (value := score(case, site, fractured, leave_out)) is not None
    ]
    at = side_by_side(points, 0.035, 0.2)
    values = [value for _, _, value in points]
    layout = base_layout(
        look,
        470,
        {"l": 34, "r": 64, "t": 30, "b": 50},
        xaxis=quiet_axis(
            look,
            range=[-1.15, len(sites) - 0.7] if len(sites) > 1 else [-0.5, 0.5],
            tickvals=list(range(len(sites))),
            showticklabels=False,
        ),
        yaxis=t_axis(values, look),
        shapes=who_lines(look, kind),
        annotations=[
            *_site_labels(sites, found, look),
            *who_labels(look, kind),
            *_ends(view, sites, points, at, highlight, look, t_range(values)),
            axis_name(look, kind),
        ],
    )
    strips = _strips(view, kind, at, fractured, leave_out, highlight, look)
    return compose(
        registry,
        name,
        _title(view, kind, found),
        traces=_median_bars(sites, found, look) + strips,
        layout=layout,
        summary=_summary(view, kind, found),
        columns=columns(group, kind),
        rows=rows(view, fractured, leave_out, kind),
        notes=(*view.notes, view.median_note, lumbar_note(fractured, leave_out), kind.note),
        look=look,
        who=view.who(highlight),
    )


def columns(group: Variable | None, kind: Kind = T) -> list[Column]:
    of_group = [Column(group.name, group.label)] if group else []
    return [
        Column("case_id", "Patient", "integer"),
        Column("site", "Site"),
        Column(kind.column, kind.word, "number", 1),
        Column("lumbar_fracture", "Fractured among L1 to L4"),
        *of_group,
    ]


def rows(view: InView, fractured: dict[int, list[str]], leave_out: bool, kind: Kind = T) -> Iterator[tuple[Cell, ...]]:
    for case in view.cases:
        levels = ", ".join(fractured.get(case["case_id"], []))
        group = (view.level_of(case),) if view.group else ()
        for site in kind.sites(view.vocabulary):
            yield (case["case_id"], site.short_label, score(case, site, fractured, leave_out), levels or None, *group)


def t_range(values: list[float]) -> tuple[float, float]:
    """From a little below the lowest value, the lower WHO line included, to a little above zero or the highest."""
    return min([*values, -3.0]) - 0.3, max([*values, 0.0]) + 0.15


def t_axis(values: list[float], look: Look) -> Part:
    low, high = t_range(values)
    ticks = [tick / 1 for tick in range(int(low), int(high) + 1)]
    return quiet_axis(
        look, range=[low, high], tickvals=ticks, ticktext=[number(tick) for tick in ticks], gridcolor=look.grid
    )


def axis_name(look: Look, kind: Kind = T) -> Part:
    return words(
        look, kind.word, x=0, y=1, xref="paper", yref="paper", yanchor="bottom", xshift=look.px(-30), yshift=look.px(6)
    )


def who_line(look: Look) -> Part:
    """One of the WHO's lines, without its place."""
    return {"type": "line", "layer": "below", "line": {"color": look.quiet, "width": look.px(1.2), "dash": "dot"}}


def who_lines(look: Look, kind: Kind = T) -> list[Part]:
    return [who_line(look) | {"xref": "paper", "x0": 0, "x1": 1, "y0": at, "y1": at} for at in kind.lines]


def who_labels(look: Look, kind: Kind = T) -> list[Part]:
    """The lines' names, on the plot; below a classification, for orientation only."""
    return [
        words(look, label, x=0, xref="paper", y=at, xshift=look.px(2), size=10.5) for at, label in kind.lines.items()
    ]


def _site_labels(sites: Sequence[Variable], found: dict[tuple[str, Group], Frequency], look: Look) -> list[Part]:
    return [
        words(
            look,
            f'{site.short_label}<br><span style="color:{look.quiet}">n = {total(found, site.name).n}</span>',
            x=index,
            y=0,
            yref="paper",
            yanchor="top",
            xanchor="center",
            align="center",
            yshift=look.px(-6),
            color=look.text,
        )
        for index, site in enumerate(sites)
    ]


def t_hover(
    view: InView, case_id: int, site: Variable, value: float, fractured: dict[int, list[str]], kind: Kind = T
) -> str:
    """One score in words: where it lies, and whether a fracture makes it hard to interpret."""
    line = f" (exactly on {'a WHO' if kind is T else 'the ISCD'} line)" if value in kind.lines else ""
    levels = fractured.get(case_id, []) if site.measures else []
    doubt = f"{listed(levels)} fractured: hard to interpret" if levels else ""
    return sentence(
        f"Patient {case_id}, {site.short_label}: {kind.word} {number(value, 1)}{line}",
        doubt,
        view.document_place(case_id, "cases"),
    )


def _strips(
    view: InView,
    kind: Kind,
    at: dict[tuple[int, float], float],
    fractured: dict[int, list[str]],
    leave_out: bool,
    highlight: int | None,
    look: Look,
) -> list[Part]:
    """One line a patient; hollow at lumbar sites if a lumbar vertebra is fractured."""
    traces, sites = [], kind.sites(view.vocabulary)
    for case in sorted(view.cases, key=lambda case: case["case_id"] == highlight):
        case_id = case["case_id"]
        chosen, others = case_id == highlight, highlight is not None
        hue = patient_colour(case_id) if chosen or not others else look.tint(look.line, 0.6)
        symbol, values = patient_symbol(case_id), [score(case, site, fractured, leave_out) for site in sites]
        hollow = case_id in fractured
        width = 3.5 if chosen else 1.4 if view.numbered else 0.8
        traces.append(
            {
                "mode": "lines+markers",
                "name": f"Patient {case_id}",
                "connectgaps": False,
                "x": [at.get((case_id, index), index) for index in range(len(sites))],
                "y": values,
                "customdata": [[case_id] for _ in sites],
                "hovertext": [
                    "" if value is None else t_hover(view, case_id, site, value, fractured, kind)
                    for site, value in zip(sites, values, strict=True)
                ],
                "line": {"color": hue if chosen else look.tint(hue, 0.55), "width": look.px(width)},
                "marker": {
                    "color": hue,
                    "symbol": [f"{symbol}-open" if hollow and site.measures else symbol for site in sites],
                    "size": symbol_size(symbol, look.px(12 if chosen else 9 if view.numbered else 4)),
                    "line": {"color": hue, "width": look.px(1.6)},
                },
            }
        )
    return traces


def _median_bars(sites: Sequence[Variable], found: dict[tuple[str, Group], Frequency], look: Look) -> list[Part]:
    """A short thick line at each site's median, from three values on."""
    x: list[float | None] = []
    y: list[float | None] = []
    hover: list[str] = []
    for index, site in enumerate(sites):
        frequency = total(found, site.name)
        if frequency.n >= 3:
            median = quantile(frequency, 0.5)
            text = f"Median {site.short_label}: {site.written(median)} (n = {frequency.n})"
            x, y, hover = [*x, index - 0.2, index + 0.2, None], [*y, median, median, None], [*hover, text, text, ""]
    line = {"color": look.text, "width": look.px(3)}
    return [{"mode": "lines", "name": "Median", "x": x, "y": y, "hovertext": hover, "line": line}] if x else []


def _ends(
    view: InView,
    sites: Sequence[Variable],
    points: list[tuple[int, int, float]],
    at: dict[tuple[int, float], float],
    highlight: int | None,
    look: Look,
    extent: tuple[float, float],
) -> list[Part]:
    """Patient numbers at the right, moved apart where their values are close; equal values share a label."""
    if not view.numbered:
        return []
    last = len(sites) - 1
    ends: dict[float, list[int]] = {}
    for case_id, site, value in points:
        if site == last:
            ends.setdefault(value, []).append(case_id)
    values = sorted(ends)
    places = spread(values, (extent[1] - extent[0]) * 15 / 390)
    return [
        words(
            look,
            numbers_in_colour(ends[value], look, highlight),
            x=last + 0.24,
            y=place,
            xshift=look.px(4),
            size=13,
        )
        for value, place in zip(values, places, strict=True)
    ]


def lumbar_note(fractured: dict[int, list[str]], leave_out: bool) -> str:
    """Who has a fractured lumbar vertebra, and what was done about her lumbar T-scores."""
    if not fractured:
        return ""
    who = listed([f"patient {case_id} ({', '.join(levels)})" for case_id, levels in sorted(fractured.items())][:12])
    done = "lumbar T-scores left out" if leave_out else "hollow marks"
    return (
        f"{done[0].upper()}{done[1:]} for a fracture among L1 to L4: {who}. A fractured vertebra makes a lumbar T-score "
        "hard to interpret (ISCD leaves abnormal vertebrae out)."
    )


def _title(view: InView, kind: Kind, found: dict[tuple[str, Group], Frequency]) -> str:
    """How many spines are at or below the lower line, against how many femoral necks."""
    if view.n == 1:
        return f"{kind.word}s of patient {view.ids[0]}"
    spine, neck = (_low(total(found, site), kind) for site in ("t_l1_l4", "t_femoral_neck"))
    if not spine[1] or not neck[1]:
        return kind.question
    return (
        f"L1–L4 is at or below {number(kind.low, 1)} in {k_of_n(*spine)} patients, the femoral neck in {k_of_n(*neck)}"
    )


def _low(frequency: Frequency, kind: Kind) -> tuple[int, int]:
    return sum(count for value, count in frequency.values.items() if value <= kind.low), frequency.n


def _summary(view: InView, kind: Kind, found: dict[tuple[str, Group], Frequency]) -> str:
    parts = []
    for site in kind.sites(view.vocabulary):
        frequency = total(found, site.name)
        if not frequency.n:
            parts.append(f"{site.short_label} not recorded")
            continue
        low, high = (site.written(end) for end in (min(frequency.values), max(frequency.values)))
        median = f"median {site.written(quantile(frequency, 0.5))}, " if frequency.n >= 3 else ""
        parts.append(
            f"{site.short_label} {median}{'range ' if low != high else ''}{low}{f' to {high}' if low != high else ''} "
            f"(n = {frequency.n}), at or below {number(kind.low, 1)} in {k_of_n(*_low(frequency, kind))}"
        )
    return f"{kind.word}s as reported of {patients(view.n)}: {'; '.join(parts)}."
