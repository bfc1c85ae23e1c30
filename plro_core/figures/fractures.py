"""Documented fractures: patients by vertebral level T1 to L5, other bones last; vertebroplasty marked."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from plro_core import lookups
from plro_core.cohort import EVERYONE, Cohort, Criterion
from plro_core.counts import ALL, Frequency, Group, counts
from plro_core.figures.chart import Chart, compose, empty_chart
from plro_core.figures.points import InView, in_view, sentence
from plro_core.figures.style import (
    LIGHT,
    GroupStyle,
    Look,
    Part,
    base_layout,
    group_key,
    group_styles,
    quiet_axis,
    row_colour,
    words,
)
from plro_core.lookups import Record
from plro_core.statements import About, Each, PartOf, Statement, chosen_by, only, state
from plro_core.store import Registry
from plro_core.tables import Cell, Column
from plro_core.text import capitalised, listed, safe_plotly
from plro_core.vocabulary import Variable
from plro_core.vocabulary.standard import CERVICAL, FRACTURE_LEVELS, LUMBAR, VERTEBRAE

#: Where each vertebra stands.
_SPINE = {level: index + (0.5 if level in LUMBAR else 0) for index, level in enumerate(VERTEBRAE)}
_SPINE |= {level: index - len(CERVICAL) - 0.5 for index, level in enumerate(CERVICAL)}
#: Half the width of a letter of a level's name, in vertebrae.
_A_LETTER = 0.14
QUESTION = "Which vertebrae are fractured, and in whom?"
COLUMNS = (
    Column("case_id", "Patient", "integer"),
    Column("level", "Level"),
    Column("type", "Type"),
    Column("acuity", "Acuity"),
    Column("vertebroplasty", "Vertebroplasty at this level", "boolean"),
)
NOTE = "Only fractures that the source documents at a named level; none documented is not the same as none."


def cemented_levels(treatments: Sequence[Record]) -> dict[int, set[str]]:
    """Vertebrae that had vertebroplasty, by patient, read from the procedure's name ("vertebroplasty T6, T10, T11")."""
    found: dict[int, set[str]] = {}
    for row in treatments:
        if row["agent"].startswith("vertebroplasty"):
            named = set(re.findall(r"\b[TL]\d{1,2}\b", row["agent"]))
            found.setdefault(row["case_id"], set()).update(named & set(VERTEBRAE))
    return found


def fracture_map(
    registry: Registry,
    cohort: Cohort = EVERYONE,
    *,
    group: Variable | None = None,
    highlight: int | None = None,
    look: Look = LIGHT,
) -> Chart:
    """Patients by level: a square for a documented fracture, a ring for vertebroplasty; every patient has a row."""
    view = in_view(registry, Cohort(cohort.who), [], group, visits=False)
    if not view.n:
        return empty_chart(registry, "fracture_map", QUESTION, COLUMNS, look)
    highlight = view.chosen(highlight)
    fractures = lookups.facts(registry, "fractures", cohort)
    cemented = cemented_levels(lookups.facts(registry, "treatments", cohort))
    entry = registry.vocabulary.variable("level", "fractures")
    found = counts(registry, [entry], view.cohort).get(("level", None, None), Frequency())
    levels = levels_in_view(view, found)
    order = _rows_from_top(view)
    row_of = {case_id: index for index, case_id in enumerate(order)}
    styles = _styles(group, look) if group else {}
    key, lines = group_key(group, styles, view.group_sizes, look) if group else ("", 0)
    height, top = 28 if view.numbered else max(5.0, 900 / len(order)), 66 + 18 * lines
    layout = base_layout(
        look,
        top + height * len(order) + 44,
        {"l": 36, "r": 16, "t": top, "b": 44},
        xaxis=_level_axis(levels, look),
        yaxis=_patient_axis(order, view.numbered, look),
        shapes=_stripes(levels, look),
        annotations=[*_words(levels, found, look), *_key(key, look)],
    )
    traces = [
        _squares(fractures, row_of, cemented, levels, view, _colours(view, styles, highlight, look), look),
        *_rings(cemented, row_of, view, look),
        *_nobody_documented(row_of, view, fractures, look),
    ]
    return compose(
        registry,
        "fracture_map",
        _title(view, found),
        traces=traces,
        layout=layout,
        summary=_summary(view, fractures, cemented, found, levels),
        columns=COLUMNS,
        rows=rows_of(fractures, cemented),
        notes=(*view.notes, NOTE, marks_note(view, fractures)),
        look=look,
        who=view.who(highlight),
    )


def rows_of(fractures: Sequence[Record], cemented: Mapping[int, set[str]]) -> list[tuple[Cell, ...]]:
    """The plotted points: one row a fracture."""
    return [
        (
            row["case_id"], row["level"], row["type"], row["acuity"],
            row["level"] in cemented.get(row["case_id"], set()),
        )
        for row in fractures
    ]  # fmt: skip


@dataclass(frozen=True)
class Levels:
    """The levels of the axis: cervical ones, T1 to L5, then other bones, by their codes with the words for them."""

    cervical: tuple[str, ...]
    others: tuple[str, ...]
    labels: Mapping[str, str]

    @property
    def all(self) -> tuple[str, ...]:
        return (*self.cervical, *VERTEBRAE, *self.others)

    def place(self, level: str) -> float:
        """Where a level stands: vertebrae one apart with a little space between the parts, other bones further right."""
        if level in _SPINE:
            return _SPINE[level]
        return self._beside_the_spine[level]

    @cached_property
    def _beside_the_spine(self) -> dict[str, float]:
        """Other bones two apart, or so far that their words have room."""
        found: dict[str, float] = {}
        at = len(VERTEBRAE) + 1.5
        for before, level in zip(("", *self.others), self.others, strict=False):
            if before:
                at += max(2.0, 0.4 + _A_LETTER * (len(self.labels[before]) + len(self.labels[level])))
            found[level] = at
        return found

    @property
    def end(self) -> float:
        """Where the axis ends, the words of the last level included."""
        last = self.all[-1]
        return self.place(last) + max(1.2, _A_LETTER * len(self.name(last)) + 0.3)

    def name(self, level: str) -> str:
        """The head of a level: the number of a vertebra, the word for another bone."""
        return level[1:] if level in _SPINE else self.labels[level]


def levels_in_view(view: InView, found: Frequency) -> Levels:
    """The levels as declared; those that the registry adds where somebody in view has a fracture there."""
    entry = view.vocabulary.variable("level", "fractures")
    usual = {level.code for level in FRACTURE_LEVELS}
    shown = [level for level in entry.levels if level.code in usual or found.values.get(level.code)]
    codes = [level.code for level in shown if level.code not in VERTEBRAE]
    cervical = tuple(code for code in CERVICAL if code in codes)
    others = tuple(code for code in codes if code not in cervical)
    return Levels(cervical, others, {level.code: level.label for level in shown})


def _level_axis(levels: Levels, look: Look) -> Part:
    return quiet_axis(
        look,
        range=[levels.place(levels.all[0]) - 0.9, levels.end],
        tickvals=[levels.place(level) for level in levels.all],
        ticktext=[levels.name(level) for level in levels.all],
        side="top",
        tickangle=0,
        tickfont={"size": look.px(11), "color": look.text},
    )


def _rows_from_top(view: InView) -> list[int]:
    """The patients who are drawn, by number; with groups one group after the other."""
    order: list[Group] = list(view.group_sizes) if view.group else [None]
    ordered = sorted(view.cases, key=lambda case: (order.index(view.level_of(case)), case["case_id"]))
    return [case["case_id"] for case in ordered]


def _patient_axis(case_ids: Sequence[int], numbered: bool, look: Look) -> Part:
    return quiet_axis(
        look,
        range=[len(case_ids) - 0.5, -0.5],
        tickvals=list(range(len(case_ids))),
        ticktext=[str(case_id) for case_id in case_ids],
        showticklabels=numbered,
        showgrid=numbered,
        tickfont={"size": look.px(12), "color": look.text},
    )


def _stripes(levels: Levels, look: Look) -> list[Part]:
    """A thin rule between the cervical, thoracic, lumbar and other levels."""
    between = [(_SPINE["T12"] + _SPINE["L1"]) / 2, _SPINE["L5"] + 0.75]
    between += [(_SPINE["C7"] + _SPINE["T1"]) / 2] if levels.cervical else []
    line = {"color": look.rule, "width": 1}
    return [
        {"type": "line", "x0": at, "x1": at, "yref": "paper", "y0": 0, "y1": 1, "layer": "below", "line": line}
        for at in between
    ]


def _words(levels: Levels, found: Frequency, look: Look) -> list[Part]:
    others = [levels.place(level) for level in levels.others]
    top: Part = {"y": 1, "yref": "paper", "yanchor": "bottom", "yshift": look.px(22)}
    middle = {"xanchor": "center", "align": "center"}
    heads = [
        words(look, "Thoracic", x=(_SPINE["T1"] + _SPINE["T12"]) / 2, **top, **middle),
        words(look, "Lumbar", x=(_SPINE["L1"] + _SPINE["L5"]) / 2, **top, **middle),
        words(look, "Other", x=(others[0] + others[-1]) / 2, **top, **middle),
        words(look, "Pat.", x=0, xref="paper", y=1, yref="paper", yanchor="bottom", xshift=look.px(-34), yshift=look.px(6), size=10),
        words(
            look, "■ acute fracture   □ age not stated   ○ vertebroplasty", x=1, xref="paper", y=1, yref="paper",
            xanchor="right", yanchor="bottom", yshift=look.px(42),
        ),
    ]  # fmt: skip
    neck = [levels.place(level) for level in levels.cervical]
    if neck:
        heads.append(words(look, "Cervical", x=(neck[0] + neck[-1]) / 2, **top, **middle))
    foot: Part = {"y": 0, "yref": "paper", "yanchor": "top", "yshift": look.px(-6), **middle}
    sums = [
        words(look, f"<b>{found.values[level]}</b>", x=levels.place(level), color=look.text, **foot)
        for level in levels.all
        if found.values.get(level)
    ]
    sums.append(
        words(
            look,
            "patients with a fracture at this level",
            x=0,
            xref="paper",
            y=0,
            yref="paper",
            yanchor="top",
            yshift=look.px(-22),
        )
    )
    return [*heads, *sums]


def _key(text: str, look: Look) -> list[Part]:
    """The groups, above all."""
    place: Part = {"x": 0, "y": 1, "xref": "paper", "yref": "paper", "yanchor": "bottom"}
    return [words(look, text, size=13, xshift=look.px(-34), yshift=look.px(60), **place)] if text else []


def _styles(group: Variable, look: Look) -> dict[Group, GroupStyle]:
    """Groups by colour alone: full and hollow say here whether a fracture is acute."""
    return {level: replace(style, glyph="■") for level, style in group_styles(group, look).items()}


def _colours(view: InView, styles: Mapping[Group, GroupStyle], highlight: int | None, look: Look) -> dict[int, str]:
    """The colour of each patient's row: her own, or with groups her group's."""
    return {
        case["case_id"]: row_colour(case["case_id"], view.level_of(case), styles, highlight, look)
        for case in view.cases
    }


def marks_note(view: InView, fractures: Sequence[Record]) -> str:
    """What the marks mean; crossed squares where the age of a fracture is stated and is not acute."""
    acuity = view.vocabulary.variable("acuity", "fractures")
    ages = sorted({acuity.level_label(row["acuity"]) for row in fractures if row["acuity"] not in (None, "acute")})
    others = (
        f"one that is stated to be {listed(ages, 'or')} is crossed, one whose age is not stated hollow"
        if ages
        else "the others, whose age is not stated, are hollow"
    )
    return f"A ring is a level that had vertebroplasty. An acute fracture is a full square; {others}."


def _nobody_documented(row_of: dict[int, int], view: InView, fractures: Sequence[Record], look: Look) -> list[Part]:
    """The rows of patients without a documented fracture say so, and can be chosen like the others."""
    with_one = {row["case_id"] for row in fractures}
    without = [(index, case_id) for case_id, index in row_of.items() if case_id not in with_one]
    if not without or not view.numbered:
        return []
    return [
        {
            "mode": "text",
            "name": "None documented",
            "x": [-0.5] * len(without),
            "y": [index for index, _ in without],
            "text": ["none documented"] * len(without),
            "textposition": "middle right",
            "textfont": {"size": look.px(11), "color": look.quiet},
            "customdata": [[case_id] for _, case_id in without],
            "hovertext": [f"Patient {case_id}: no fracture documented" for _, case_id in without],
        }
    ]


def _squares(
    fractures: Sequence[Record],
    row_of: dict[int, int],
    cemented: dict[int, set[str]],
    levels: Levels,
    view: InView,
    colours: dict[int, str],
    look: Look,
) -> Part:
    shown = [row for row in fractures if row["case_id"] in row_of]
    hues = [colours[row["case_id"]] for row in shown]
    return {
        "mode": "markers",
        "name": "Fracture",
        "x": [levels.place(row["level"]) for row in shown],
        "y": [row_of[row["case_id"]] for row in shown],
        "customdata": [[row["case_id"]] for row in shown],
        "hovertext": [hover(view, row, cemented, levels) for row in shown],
        "marker": {
            "symbol": [_symbol(row) for row in shown],
            "color": hues,
            "size": look.px(11 if view.numbered else 4),
            "line": {"color": hues, "width": look.px(2)},
        },
    }


def _symbol(row: Record) -> str:
    """Full where acute, hollow where nothing is stated, crossed where another age is."""
    return "square" if row["acuity"] == "acute" else "square-x-open" if row["acuity"] else "square-open"


def hover(view: InView, row: Record, cemented: Mapping[int, set[str]], levels: Levels) -> str:
    kind = view.vocabulary.variable("type", "fractures").level_label(row["type"]) if row["type"] else "fracture"
    acuity = view.vocabulary.variable("acuity", "fractures")
    age = f"{safe_plotly(acuity.level_label(row['acuity']))} " if row["acuity"] else ""
    treated = "vertebroplasty at this level" if row["level"] in cemented.get(row["case_id"], set()) else ""
    return sentence(
        f"Patient {row['case_id']}, {safe_plotly(levels.labels[row['level']])}: {age}{safe_plotly(kind)}", treated
    )


def _rings(cemented: dict[int, set[str]], row_of: dict[int, int], view: InView, look: Look) -> list[Part]:
    at = [(case_id, level) for case_id, levels in cemented.items() for level in sorted(levels) if case_id in row_of]
    if not at:
        return []
    return [
        {
            "mode": "markers",
            "name": "Vertebroplasty",
            "x": [_SPINE[level] for _, level in at],
            "y": [row_of[case_id] for case_id, _ in at],
            "customdata": [[case_id] for case_id, _ in at],
            "hoverinfo": "skip",
            "marker": {
                "symbol": "circle-open",
                "color": look.text,
                "size": look.px(20 if view.numbered else 7),
                "line": {"color": look.text, "width": look.px(1.6)},
            },
        }
    ]


def _documented(view: InView, level: Group = ALL) -> PartOf:
    """In how many a fracture is documented, at whatever level."""
    some = Criterion(view.vocabulary.variable("level", "fractures"), negated=True)
    return PartOf.of(view.registry, view.cohort, some, by=view.group, level=level)


def _at_each(view: InView, found: Frequency) -> Each:
    """In how many a fracture is documented at each level."""
    return Each(About(view.vocabulary.variable("level", "fractures"), view.cohort), found)


def _title(view: InView, found: Frequency) -> Statement:
    """Who has a documented fracture, and where fractures are most frequent; with groups, in how many of each.

    Groups by what is documented say nothing of it.
    """
    fracture = [view.vocabulary.variable("level", "fractures"), view.vocabulary.variable("case_definition", "cases")]
    if chosen := chosen_by(view.cohort, fracture):
        return only(QUESTION, chosen)
    if view.n == 1:
        return Statement(f"Documented fractures of patient {view.ids[0]}")
    if view.group and view.group not in fracture:
        groups = view.of_groups(lambda level: _documented(view, level))
        return state("A documented fracture by {by}: {groups}", by=view.group.label_in_sentence, groups=groups)
    documented = _documented(view)
    if not documented.k:
        return state("No fracture is documented in these {n}", n=view.patients)
    return state("{k} have a documented fracture{where}", k=documented, where=_most_frequent(view, found))


def _most_frequent(view: InView, found: Frequency) -> Statement:
    """ "; T11 and T12 in 2 each": the vertebrae that most patients have fractured, where these are more than one."""
    most = max((found.values.get(level, 0) for level in _SPINE), default=0)
    common = [level for level in sorted(_SPINE, key=_SPINE.__getitem__) if found.values.get(level, 0) == most > 1]
    if not common:
        return Statement("")
    each = " each" if len(common) > 1 else ""
    return Statement(f"; {listed(common)} in {most}{each}", (_at_each(view, found),))


def _summary(
    view: InView, fractures: Sequence[Record], cemented: dict[int, set[str]], found: Frequency, levels: Levels
) -> Statement:
    """Every patient's levels in words where patients are few; else the number of patients at each level."""
    start = state("A fracture is documented in {k}.", k=_documented(view))
    if view.group:
        groups = view.of_groups(lambda level: _documented(view, level))
        start += state(" By {by}: {groups}.", by=view.group.label_in_sentence, groups=groups)
    if view.numbered:
        told = "; ".join(of_patient(case_id, fractures, cemented, levels) for case_id in _with_one(view, fractures))
        return start + Statement(f" {capitalised(told)}." if told else "")
    return state("{start} {levels}.", start=start, levels=_at_each(view, found)) if found.n else start


def _with_one(view: InView, fractures: Sequence[Record]) -> list[int]:
    """The drawn patients with a documented fracture."""
    return [case_id for case_id in view.ids if any(row["case_id"] == case_id for row in fractures)]


def of_patient(case_id: int, fractures: Sequence[Record], cemented: Mapping[int, set[str]], levels: Levels) -> str:
    """ "patient 4: T6, T10 and T11 (acute), vertebroplasty of T6"."""
    own = sorted((row for row in fractures if row["case_id"] == case_id), key=lambda row: levels.place(row["level"]))
    acute = " (acute)" if all(row["acuity"] == "acute" for row in own) else ""
    treated = cemented.get(case_id, set())
    cement = f", vertebroplasty of {listed(sorted(treated, key=VERTEBRAE.index))}" if treated else ""
    return f"patient {case_id}: {listed([levels.labels[row['level']] for row in own])}{acute}{cement}"
