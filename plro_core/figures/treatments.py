"""Who got what: interventions by patient, with what else differs between the patients on top."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from plro_core import lookups
from plro_core.cohort import EVERYONE, Cohort
from plro_core.counts import Frequency, Group
from plro_core.figures.chart import Chart, compose, empty_chart
from plro_core.figures.points import InView, by_group, in_view, sentence, wrapped
from plro_core.figures.style import (
    LIGHT,
    GroupStyle,
    Look,
    Part,
    base_layout,
    full,
    group_key,
    group_styles,
    patient_colour,
    patients_head,
    quiet_axis,
    words,
)
from plro_core.lookups import Record
from plro_core.statements import Statement, chosen_by, only, state, together
from plro_core.store import Registry
from plro_core.tables import Column
from plro_core.text import as_recorded, listed, number, safe_plotly
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
_MARKS = (
    "A full mark is given as {stated}; a ring is inferred or in conflict, as its hover says. An empty place is not "
    "documented, which is not the same as not given."
)
_NOT_ALLOCATED = "Treatment was not allocated: the rows on top show what else differs between the patients."
#: As many interventions as the text equivalent names.
_MOST_TOLD = 20
_TOP = ("Smoking", "L1-L4 T-score", "Vertebral fractures", "Baseline VAS")


def treatment_matrix(
    registry: Registry,
    cohort: Cohort = EVERYONE,
    *,
    group: Variable | None = None,
    highlight: int | None = None,
    look: Look = LIGHT,
) -> Chart:
    """Interventions (rows, by kind) by patient (columns, by group), under a strip of what else differs between them."""
    kinds, agent = (registry.vocabulary.variable(name, "treatments") for name in ("kind", "agent"))
    view = in_view(registry, cohort, [kinds, agent], group)
    if not view.n:
        return empty_chart(registry, "treatment_matrix", _QUESTION, _COLUMNS, look)
    highlight = view.chosen(highlight)
    given = lookups.facts(registry, "treatments", cohort)
    origins = lookups.uncertain_cells(registry, "treatments")
    styles = full(group_styles(group, look)) if group else {}
    key, lines = group_key(group, styles, view.group_sizes, look) if group else ("", 0)
    drawing = _Drawing(view, by_group(view), styles, highlight, look)
    top = _TOP if view.numbered else ()
    place, rows = _rows(_agents(kinds, given, view.frequency(agent.name, None)), top, look)
    head = 34 + 20 * lines
    layout = base_layout(
        look,
        head + 29 * rows + 12,
        {"l": 310 if look.wide else 136, "r": 10, "t": head, "b": 12},
        xaxis=_patients_axis(drawing),
        yaxis=_agents_axis(place, rows, look),
        annotations=[*_kinds(kinds, place, view.numbered, look), *_strip(drawing, place), *_group_words(key, look)],
        shapes=[*(_rule(look) if top else ()), *_marked(drawing)],
    )
    return compose(
        registry,
        "treatment_matrix",
        _title(view, kinds),
        traces=[_marks(drawing, given, origins, place)],
        layout=layout,
        summary=_summary(view, given),
        columns=_COLUMNS,
        rows=[_table_row(kinds, row, origins, f"as {registry.stated_word}") for row in given],
        notes=(*view.notes, *_notes(view)),
        look=look,
        who=view.who(highlight),
    )


@dataclass(frozen=True)
class _Drawing:
    """What the parts of this figure are drawn from; ``cases`` are the columns in their order."""

    view: InView
    cases: Sequence[Record]
    styles: dict[Group, GroupStyle]
    highlight: int | None
    look: Look

    @property
    def ids(self) -> list[int]:
        return [case["case_id"] for case in self.cases]

    def colour(self, case: Record) -> str:
        """A patient's own hue, or her group's; quieter while somebody else is highlighted."""
        other = self.highlight not in (None, case["case_id"])
        if self.styles:
            hue = self.styles[self.view.level_of(case)].colour
            return self.look.tint(hue, 0.35) if other else hue
        return self.look.tint(self.look.line, 0.6) if other else patient_colour(case["case_id"])


def _notes(view: InView) -> tuple[str, ...]:
    marks = _MARKS.format(stated=view.registry.stated_word)
    return (marks, _NOT_ALLOCATED) if view.numbered else (marks,)


def _rows(
    agents: Sequence[tuple[str, str]], top: Sequence[str], look: Look
) -> tuple[dict[tuple[str, str], float], float]:
    """Where each row lies, those of the strip first, with room before each kind; and how many rows there are."""
    place: dict[tuple[str, str], float] = {("", name): float(index) for index, name in enumerate(top)}
    row, last_kind = len(top) + (0.6 if top else 0.0), None
    for kind, agent in agents:
        row += (0.25 if look.wide else 0.95) if kind != last_kind else 0
        place[(kind, agent)], last_kind = row, kind
        row += 1
    return place, row


def _agents(kind: Variable, given: Iterable[Record], everybody: Frequency) -> list[tuple[str, str]]:
    """The interventions drawn: kinds in their declared order; within a kind the commonest intervention of everybody first."""
    order = [level.code for level in kind.levels]
    found = {(row["kind"], row["agent"]) for row in given}
    return sorted(
        found,
        key=lambda key: (
            order.index(key[0]) if key[0] in order else len(order),
            -everybody.values.get(key[1], 0),
            key[1],
        ),
    )


def _group_words(key: str, look: Look) -> list[Part]:
    at: Part = {"x": 0, "xref": "paper", "xshift": look.px(-130), "y": 1, "yref": "paper", "yanchor": "bottom"}
    return [words(look, key, size=13, yshift=look.px(26), **at)] if key else []


def _patients_axis(drawing: _Drawing) -> Part:
    look, view = drawing.look, drawing.view
    return quiet_axis(
        look,
        range=[-0.6, len(drawing.ids) - 0.4],
        tickvals=list(range(len(drawing.ids))),
        ticktext=[f"<b>{case_id}</b>" if case_id == drawing.highlight else str(case_id) for case_id in drawing.ids],
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


def _kinds(declared: Variable, place: dict[tuple[str, str], float], numbered: bool, look: Look) -> list[Part]:
    """The kind of intervention over its first row; on a wide screen to the left of it."""
    at = {"rise": 0.0, "left": -304} if look.wide else {"rise": 0.86, "left": -130}
    said, seen = [], set()
    for (kind, _), row in place.items():
        if kind and kind not in seen:
            seen.add(kind)
            name = declared.level_label(kind).capitalize()
            said.append(words(look, name, x=0, xref="paper", y=row - at["rise"], xshift=look.px(at["left"]), size=11))
    return [*said, *([patients_head(look)] if numbered else [])]


def _strip(drawing: _Drawing, place: dict[tuple[str, str], float]) -> list[Part]:
    """What else differs: smoking, L1-L4 T-score, number of vertebral fractures, VAS at baseline."""
    view, look, registry = drawing.view, drawing.look, drawing.view.registry
    if not view.numbered:
        return []
    fractures = lookups.facts(registry, "fractures", view.cohort)
    everyone = Cohort(view.cohort.who)
    pain = {row["case_id"]: row["vas"] for row in lookups.visits(registry, everyone) if row["month"] == 0}
    said = []
    for index, case in enumerate(drawing.cases):
        spine = [case["t_l1_l4"]] if case["t_l1_l4"] is not None else []
        levels = sum(row["case_id"] == case["case_id"] and row["level"][:1] in "TL" for row in fractures)
        smokes = {True: "●", False: "·", None: "?"}[case["smoking"]]
        cells = (
            smokes,
            number(min(spine), 1) if spine else "–",
            str(levels or "·"),
            view.vas.written(pain.get(case["case_id"])),
        )
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


def _marked(drawing: _Drawing) -> list[Part]:
    if drawing.highlight is None:
        return []
    at, look = drawing.ids.index(drawing.highlight), drawing.look
    place = {"yref": "paper", "y0": 0, "y1": 1, "x0": at - 0.46, "x1": at + 0.46}
    return [{"type": "rect", "layer": "below", "fillcolor": look.band, "line": {"width": 0}, **place}]


def _origin(row: Record, origins: dict[tuple[str, str], Record]) -> Record | None:
    return origins.get((f"{row['case_id']}/{row['kind']}/{row['agent']}", "agent"))


def _marks(
    drawing: _Drawing,
    given: Iterable[Record],
    origins: dict[tuple[str, str], Record],
    place: dict[tuple[str, str], float],
) -> Part:
    view, look = drawing.view, drawing.look
    column = {case_id: index for index, case_id in enumerate(drawing.ids)}
    hue = {case["case_id"]: drawing.colour(case) for case in drawing.cases}
    colours = [hue[row["case_id"]] for row in given]
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


def _title(view: InView, kind: Variable) -> str | Statement:
    """How many got supplements and a bone-active drug, of those of whom any treatment is recorded."""
    bisphosphonate = view.vocabulary.variable("bisphosphonate", "cases")
    if chosen := chosen_by(Cohort(view.cohort.who), [kind, bisphosphonate]):
        return only(_QUESTION, chosen)
    if view.n == 1:
        return f"What patient {view.ids[0]} got"
    supplement, bone = (view.share_having(kind, code) for code in ("supplement", "bone_active"))
    if not supplement.n:
        return Statement("Treatments are not recorded", (supplement,))
    if view.group is not None:
        clauses = view.of_groups(lambda level: view.share_having(kind, "bone_active", level))
        return state("A documented bone-active drug by {by}: {groups}", by=view.group.label_in_sentence, groups=clauses)
    if supplement.whole:
        everyone = Statement("Everyone", (supplement,))
        return state("{everyone} got supplements; {bone} a bone-active drug", everyone=everyone, bone=bone)
    gap = f"; {supplement.gap}" if supplement.gap else ""
    told = f"Documented: supplements in {supplement.bare}, a bone-active drug in {bone.bare}{gap}"
    return Statement(told, (supplement, bone))


def _summary(view: InView, given: Iterable[Record]) -> Statement:
    """Each kind of intervention, and the commonest interventions, with how many got them; of each group, if there are."""
    kind, agent = (view.vocabulary.variable(name, "treatments") for name in ("kind", "agent"))
    found = view.frequency(agent.name, None).values
    commonest = sorted(found, key=lambda name: (-found[name], name))[:_MOST_TOLD]
    parts = [_told(view, kind, level.code, level.label) for level in kind.levels if _anybody(view, kind, level.code)]
    for name in commonest:
        told = _told(view, agent, name, name)
        who = sorted({row["case_id"] for row in given if row["agent"] == name})
        parts.append(told + Statement(_numbers(view, who)) if view.numbered and len(who) < view.n else told)
    start = state("Interventions of {patients}", patients=view.patients)
    if not parts:
        return start + Statement(": not recorded.")
    rest = " Rarer interventions are left out here." if len(found) > _MOST_TOLD else ""
    return start + Statement(": ") + together(parts, "; ") + Statement(f".{rest}")


def _anybody(view: InView, entry: Variable, value: str) -> bool:
    return value in view.frequency(entry.name, None).values


def _told(view: InView, entry: Variable, value: str, name: str) -> Statement:
    """ "calcium carbonate 9 of 10"; with groups a share of each."""
    if view.group is None:
        return state("{name} {share}", name=name, share=view.share_having(entry, value))
    return state(
        "{name}: {groups}", name=name, groups=view.of_groups(lambda level: view.share_having(entry, value, level))
    )


def _numbers(view: InView, case_ids: Sequence[int]) -> str:
    """Who they are; behind the last of several groups not in brackets, as if they were that group's."""
    if not case_ids:
        return ""
    named = f"patient{'s' * (len(case_ids) > 1)} {listed([str(case_id) for case_id in case_ids])}"
    return f", in all {named}" if view.group else f" ({named})"
