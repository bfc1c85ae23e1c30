"""Who got what: interventions by patient, with what else differs between the patients on top."""

from collections.abc import Sequence

from plro_core import lookups
from plro_core.cohort import EVERYONE, Cohort
from plro_core.figures.chart import Chart, compose, empty_chart
from plro_core.figures.points import InView, in_view, sentence, wrapped
from plro_core.figures.style import LIGHT, Look, Part, base_layout, patient_colour, patients_head, quiet_axis, words
from plro_core.lookups import Record
from plro_core.store import Registry
from plro_core.tables import Column
from plro_core.text import as_recorded, k_of_n, listed, number, patients, safe_plotly
from plro_core.vocabulary import Variable

_QUESTION = "Who got what?"
_COLUMNS = (
    Column("case_id", "Patient", "integer"),
    Column("kind", "Kind"),
    Column("agent", "Intervention"),
    Column("dose", "Dose", "number", None),
    Column("unit", "Unit"),
    Column("route", "Route"),
    Column("frequency", "Frequency"),
    Column("status", "Status of the cell"),
    Column("source", "Source"),
)
_NOTES = (
    "A full mark is given as {stated}; a ring is inferred or in conflict, as its hover says. An empty place is not documented, which is not the same as not given.",
    "Treatment was not allocated: the rows on top show what else differs between the patients.",
)
_TOP = ("Smoking", "L1-L4 T-score", "Vertebral fractures", "Baseline VAS")


def treatment_matrix(
    registry: Registry,
    cohort: Cohort = EVERYONE,
    *,
    group: Variable | None = None,
    highlight: int | None = None,
    look: Look = LIGHT,
) -> Chart:
    """Interventions (rows, by kind) by patient (columns), under a strip of what else differs between them."""
    view = in_view(registry, cohort, [], group)
    if not view.n:
        return empty_chart(registry, "treatment_matrix", _QUESTION, _COLUMNS, look)
    highlight = view.chosen(highlight)
    given = lookups.facts(registry, "treatments", cohort)
    origins = lookups.uncertain_cells(registry, "treatments")
    kinds = registry.vocabulary.variable("kind", "treatments")
    agents = _agents(kinds, given)
    top = _TOP if view.numbered else ()
    place: dict[tuple[str, str], float] = {("", name): float(index) for index, name in enumerate(top)}
    row = len(top) + (0.6 if top else 0.0)
    last_kind = None
    for kind, agent in agents:
        row += (0.25 if look.wide else 0.95) if kind != last_kind else 0
        place[(kind, agent)], last_kind = row, kind
        row += 1
    layout = base_layout(
        look,
        34 + 29 * row + 12,
        {"l": 310 if look.wide else 136, "r": 10, "t": 34, "b": 12},
        xaxis=_patients_axis(view, highlight, look),
        yaxis=_agents_axis(place, row, look),
        annotations=[*_kinds(kinds, place, look), *_strip(view, registry, place, look)],
        shapes=[*(_rule(look) if top else ()), *_marked(view, highlight, look)],
    )
    return compose(
        registry,
        "treatment_matrix",
        _title(view, given),
        traces=[_marks(view, given, origins, place, highlight, look)],
        layout=layout,
        summary=_summary(view, given, agents),
        columns=_COLUMNS,
        rows=[_table_row(kinds, row, origins, f"as {registry.stated_word}") for row in given],
        notes=(*view.notes, *(note.format(stated=registry.stated_word) for note in _NOTES)),
        look=look,
        who=view.who(highlight),
    )


def _agents(kind: Variable, given: Sequence[Record]) -> list[tuple[str, str]]:
    """Kinds in their declared order; within a kind the commonest intervention first."""
    n: dict[tuple[str, str], int] = {}
    for row in given:
        n[(row["kind"], row["agent"])] = n.get((row["kind"], row["agent"]), 0) + 1
    order = [level.code for level in kind.levels]
    return sorted(n, key=lambda key: (order.index(key[0]) if key[0] in order else 99, -n[key], key[1]))


def _patients_axis(view: InView, highlight: int | None, look: Look) -> Part:
    return quiet_axis(
        look,
        range=[-0.6, len(view.ids) - 0.4],
        tickvals=list(range(len(view.ids))),
        ticktext=[f"<b>{case_id}</b>" if case_id == highlight else str(case_id) for case_id in view.ids],
        showticklabels=view.numbered,
        showgrid=view.numbered,
        side="top",
        tickangle=0,
        tickfont={"size": look.px(12), "color": look.text},
    )


def _agents_axis(place: dict[tuple[str, str], float], rows: float, look: Look) -> Part:
    return quiet_axis(
        look,
        range=[rows - 0.3, -0.6],
        tickvals=list(place.values()),
        ticktext=[wrapped(safe_plotly(_short(agent)), 40 if look.wide else 21) for _, agent in place],
        tickfont={"size": look.px(12.5 if look.wide else 11), "color": look.text},
    )


def _short(agent: str) -> str:
    """An intervention's name, without the levels that a procedure names."""
    return agent.split(" T")[0].split(" L")[0] if agent.startswith("vertebroplasty") else agent


def _kinds(declared: Variable, place: dict[tuple[str, str], float], look: Look) -> list[Part]:
    """The kind of intervention over its first row; on a wide screen to the left of it."""
    at = {"rise": 0.0, "left": -304} if look.wide else {"rise": 0.86, "left": -130}
    said, seen = [], set()
    for (kind, _), row in place.items():
        if kind and kind not in seen:
            seen.add(kind)
            name = declared.level_label(kind).capitalize()
            said.append(words(look, name, x=0, xref="paper", y=row - at["rise"], xshift=look.px(at["left"]), size=11))
    return [*said, patients_head(look)]


def _strip(view: InView, registry: Registry, place: dict[tuple[str, str], float], look: Look) -> list[Part]:
    """What else differs: smoking, L1-L4 T-score, number of vertebral fractures, VAS at baseline."""
    if not view.numbered:
        return []
    fractures = lookups.facts(registry, "fractures", view.cohort)
    everyone = Cohort(view.cohort.who)
    pain = {row["case_id"]: row["vas"] for row in lookups.visits(registry, everyone) if row["month"] == 0}
    said = []
    for index, case in enumerate(view.cases):
        spine = [case["t_l1_l4"]] if case["t_l1_l4"] is not None else []
        levels = sum(row["case_id"] == case["case_id"] and row["level"][:1] in "TL" for row in fractures)
        smokes = {True: "●", False: "·", None: "?"}[case["smoking"]]
        cells = (smokes, number(min(spine), 1) if spine else "–", str(levels or "·"), number(pain.get(case["case_id"])))
        said += [
            words(
                look,
                text,
                x=index,
                y=place[("", name)],
                xanchor="center",
                color=look.text,
                bgcolor=look.background,
                size=9.5 if name == _TOP[1] and not look.wide else 12,
            )
            for name, text in zip(_TOP, cells, strict=True)
        ]
    return said


def _rule(look: Look) -> list[Part]:
    at = len(_TOP) - 0.35
    line = {"color": look.rule, "width": 1}
    return [{"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": at, "y1": at, "line": line, "layer": "below"}]


def _marked(view: InView, highlight: int | None, look: Look) -> list[Part]:
    if highlight not in view.ids:
        return []
    at = view.ids.index(highlight or 0)
    place = {"yref": "paper", "y0": 0, "y1": 1, "x0": at - 0.46, "x1": at + 0.46}
    return [{"type": "rect", "layer": "below", "fillcolor": look.band, "line": {"width": 0}, **place}]


def _origin(row: Record, origins: dict[tuple[str, str], Record]) -> Record | None:
    return origins.get((f"{row['case_id']}/{row['kind']}/{row['agent']}", "agent"))


def _marks(
    view: InView,
    given: Sequence[Record],
    origins: dict[tuple[str, str], Record],
    place: dict[tuple[str, str], float],
    highlight: int | None,
    look: Look,
) -> Part:
    column = {case_id: index for index, case_id in enumerate(view.ids)}
    colours = [
        patient_colour(row["case_id"]) if highlight in (None, row["case_id"]) else look.tint(look.line, 0.6)
        for row in given
    ]
    return {
        "mode": "markers",
        "name": "Given",
        "x": [column[row["case_id"]] for row in given],
        "y": [place[(row["kind"], row["agent"])] for row in given],
        "customdata": [[row["case_id"]] for row in given],
        "hovertext": [_hover(row, _origin(row, origins), f"as {view.registry.stated_word}") for row in given],
        "marker": {
            "symbol": ["circle-open" if _origin(row, origins) else "circle" for row in given],
            "color": colours,
            "size": look.px(11 if view.numbered else 3),
            "line": {"color": colours, "width": look.px(2)},
        },
    }


def dose_words(row: Record) -> str:
    """Dose, route and frequency as far as they are stated, such as "1000 IU, oral, daily"."""
    dose = f"{as_recorded(row['dose'])} {row['unit'] or ''}".strip() if row["dose"] is not None else ""
    return ", ".join(part for part in (dose, row["route"] or "", row["frequency"] or "") if part)


def _hover(row: Record, origin: Record | None, certain: str) -> str:
    """``certain`` is said of a cell that nothing speaks against."""
    said = f"Patient {row['case_id']}: {row['agent']}"
    status = doubt_words(origin) if origin else certain
    where = origin["source"] if origin else ""
    dose = dose_words(row) or "dose not stated"
    drug = row["kind"] in ("supplement", "analgesic", "bone_active")
    shown = (said, dose if drug else dose_words(row), where)
    named, given, source = (safe_plotly(part) for part in shown)
    return sentence(named, given, status, source)


def doubt_words(origin: Record) -> str:
    """What is uncertain about a cell, safe to show: "in conflict: the Discussion prints 880 IU once a day"."""
    return safe_plotly(f"{_status(origin)}: {origin['note'] or origin['verbatim'] or ''}")


def _status(origin: Record) -> str:
    return "in conflict" if origin["status"] == "conflict" else str(origin["status"])


def _table_row(
    kind: Variable, row: Record, origins: dict[tuple[str, str], Record], certain: str
) -> tuple[str | float | int | None, ...]:
    origin = _origin(row, origins)
    return (
        row["case_id"],
        kind.level_label(row["kind"]),
        row["agent"],
        row["dose"],
        row["unit"],
        row["route"],
        row["frequency"],
        _status(origin) if origin else certain,
        origin["source"] if origin else None,
    )


def _title(view: InView, given: Sequence[Record]) -> str:
    if view.n == 1:
        return f"What patient {view.ids[0]} got"
    if view.n > len(view.ids):
        return _QUESTION
    got = {
        kind: len({row["case_id"] for row in given if row["kind"] == kind}) for kind in ("supplement", "bone_active")
    }
    if got["supplement"] == view.n:
        return f"Everyone got supplements; {k_of_n(got['bone_active'], view.n)} a bone-active drug"
    return f"{k_of_n(got['supplement'], view.n)} patients got supplements, {got['bone_active']} a bone-active drug"


def _summary(view: InView, given: Sequence[Record], agents: list[tuple[str, str]]) -> str:
    parts = []
    for kind, agent in agents:
        who = sorted({row["case_id"] for row in given if (row["kind"], row["agent"]) == (kind, agent)})
        named = (
            "all" if len(who) == len(view.ids) > 1 else f"patient{'s' * (len(who) > 1)} {listed([str(w) for w in who])}"
        )
        parts.append(f"{agent}: {named if view.numbered else k_of_n(len(who), len(view.ids))}")
    return f"Interventions documented for {patients(view.n)}. {'; '.join(parts)}."
