"""Which groups overlap: what patients share, as a matrix sorted so that a group inside another is seen at once."""

from collections.abc import Sequence
from dataclasses import dataclass

from plro_core.cohort import EVERYONE, Cohort
from plro_core.counts import Frequency, counts
from plro_core.figures.chart import Chart, compose, empty_chart
from plro_core.figures.points import InView, in_view, sentence, wrapped
from plro_core.figures.style import LIGHT, Look, Part, base_layout, patient_colour, patients_head, quiet_axis, words
from plro_core.lookups import Record
from plro_core.store import Registry
from plro_core.tables import Column
from plro_core.text import k_of_n, listed, patients
from plro_core.vocabulary import Variable, Vocabulary

_QUESTION = "Which groups overlap?"


@dataclass(frozen=True)
class Trait:
    """Something that a patient has, has not, or of which nothing is recorded."""

    label: str
    variable: Variable
    value: object

    def of(self, case: Record) -> bool | None:
        recorded = case[self.variable.name]
        return None if recorded is None else recorded == self.value


#: What is looked at, from the top: label, column, and the value that counts as having it.
_TRAITS: tuple[tuple[str, str, object], ...] = (
    ("Breastfeeding continued", "breastfeeding", "continued"),
    ("Smoking", "smoking", True),
    ("Vertebral fracture", "case_definition", "vertebral_fracture"),
    ("Vertebroplasty", "vertebroplasty", True),
    ("Spinal brace", "brace", True),
    ("Bisphosphonate", "bisphosphonate", True),
)
_COLUMNS = (
    Column("case_id", "Patient", "integer"),
    *(Column(name, label, "boolean") for label, name, _ in _TRAITS),
)


def _traits(vocabulary: Vocabulary) -> tuple[Trait, ...]:
    return tuple(Trait(label, vocabulary.variable(name, "cases"), value) for label, name, value in _TRAITS)


def overlap(
    registry: Registry,
    cohort: Cohort = EVERYONE,
    *,
    group: Variable | None = None,
    highlight: int | None = None,
    look: Look = LIGHT,
) -> Chart:
    """Patients (columns) by what they share (rows), sorted by the rows from the top, each patient's marks joined."""
    view = in_view(registry, cohort, [], group, visits=False)
    if not view.n:
        return empty_chart(registry, "overlap", _QUESTION, _COLUMNS, look)
    highlight = view.chosen(highlight)
    traits = _traits(registry.vocabulary)
    found = counts(registry, [trait.variable for trait in traits], cohort)
    ordered = sorted(view.cases, key=lambda case: ([not trait.of(case) for trait in traits], case["case_id"]))
    layout = base_layout(
        look,
        40 + 36 * len(traits) + 14,
        {"l": 132, "r": 48, "t": 36, "b": 14},
        xaxis=quiet_axis(
            look,
            range=[-0.6, len(ordered) - 0.4],
            tickvals=list(range(len(ordered))),
            ticktext=[
                f"<b>{case['case_id']}</b>" if case["case_id"] == highlight else str(case["case_id"])
                for case in ordered
            ],
            showticklabels=view.numbered,
            side="top",
            tickangle=0,
            showgrid=False,
            tickfont={"size": look.px(12), "color": look.text},
        ),
        yaxis=quiet_axis(
            look,
            range=[len(traits) - 0.5, -0.5],
            tickvals=list(range(len(traits))),
            ticktext=[wrapped(trait.label, 16) for trait in traits],
            tickfont={"size": look.px(12), "color": look.text},
        ),
        annotations=_words(traits, found, look),
    )
    return compose(
        registry,
        "overlap",
        _title(traits, view),
        traces=[*_joins(traits, ordered, highlight, look), *_marks(traits, view, ordered, highlight, look)],
        layout=layout,
        summary=_summary(traits, view, found),
        columns=_COLUMNS,
        rows=[(case["case_id"], *(trait.of(case) for trait in traits)) for case in ordered],
        notes=(
            *view.notes,
            "● yes, · no, ? not recorded. Groups that share several things cannot be told apart by any one of them.",
        ),
        look=look,
        who=view.who(highlight),
    )


def _joins(traits: Sequence[Trait], ordered: list[Record], highlight: int | None, look: Look) -> list[Part]:
    """A thin line down each patient's marks, from the first to the last that she has."""
    x: list[float | None] = []
    y: list[float | None] = []
    data: list[list[int]] = []
    for index, case in enumerate(ordered):
        own = [row for row, trait in enumerate(traits) if trait.of(case)]
        if len(own) > 1:
            x, y = [*x, index, index, None], [*y, own[0], own[-1], None]
            data += [[case["case_id"]]] * 3
    line = {"color": look.rule, "width": look.px(3)}
    return [{"mode": "lines", "x": x, "y": y, "customdata": data, "hoverinfo": "skip", "line": line}] if x else []


def _marks(
    traits: Sequence[Trait], view: InView, ordered: list[Record], highlight: int | None, look: Look
) -> list[Part]:
    cells = [(column, row, case, trait) for column, case in enumerate(ordered) for row, trait in enumerate(traits)]
    states = [trait.of(case) for _, _, case, trait in cells]
    colours = [
        look.rule
        if not state
        else patient_colour(case["case_id"])
        if highlight in (None, case["case_id"])
        else look.line
        for state, (_, _, case, _) in zip(states, cells, strict=True)
    ]
    big = 15 if view.numbered else 4
    size = {True: big, False: 4, None: 0.1}
    return [
        {
            "mode": "markers+text" if view.numbered else "markers",
            "x": [column for column, *_ in cells],
            "y": [row for _, row, *_ in cells],
            "text": ["?" if state is None else "" for state in states],
            "textfont": {"size": look.px(13), "color": look.quiet},
            "customdata": [[case["case_id"]] for _, _, case, _ in cells],
            "hovertext": [_hover(case, trait, state) for (_, _, case, trait), state in zip(cells, states, strict=True)],
            "marker": {"color": colours, "size": [look.px(size[state]) for state in states], "line": {"width": 0}},
        }
    ]


def _hover(case: Record, trait: Trait, state: bool | None) -> str:
    answer = {True: "yes", False: "no", None: "not recorded"}[state]
    return sentence(f"Patient {case['case_id']}, {trait.label[:1].lower()}{trait.label[1:]}: {answer}")


def _words(
    traits: Sequence[Trait], found: dict[tuple[str, int | None, str | None], Frequency], look: Look
) -> list[Part]:
    """How many patients have each trait, of those in whom it is recorded."""
    said = []
    for row, trait in enumerate(traits):
        frequency = found.get((trait.variable.name, None, None), Frequency())
        k = frequency.values.get(trait.value, 0)
        said.append(words(look, k_of_n(k, frequency.n), x=1, xref="paper", y=row, xshift=look.px(4)))
    return [*said, patients_head(look)]


def _subsets(traits: Sequence[Trait], view: InView) -> list[tuple[Trait, Trait, int]]:
    """Traits whose bearers (at least two) all have another trait that some others lack, the narrowest first."""
    found = []
    for inner in traits:
        bearers = [case for case in view.cases if inner.of(case)]
        for outer in traits:
            if outer is inner or len(bearers) < 2:
                continue
            if all(outer.of(case) for case in bearers) and not all(outer.of(case) for case in view.cases):
                found.append((inner, outer, len(bearers)))
    return sorted(found, key=lambda entry: (entry[2], traits.index(entry[0]), traits.index(entry[1])))


_SENTENCES = {
    "Breastfeeding continued": ("who went on breastfeeding", "went on breastfeeding"),
    "Smoking": ("who smoke", "smoke"),
    "Vertebral fracture": ("with a vertebral fracture", "have a documented vertebral fracture"),
    "Vertebroplasty": ("with vertebroplasty", "had vertebroplasty"),
    "Spinal brace": ("with a brace", "wore a brace"),
    "Bisphosphonate": ("with a bisphosphonate", "received a bisphosphonate"),
}


def _title(traits: Sequence[Trait], view: InView) -> str:
    """The smallest group that lies inside others, and which."""
    found = _subsets(traits, view) if view.n == len(view.cases) else []
    if not found:
        return f"Risk factors and treatments of patient {view.ids[0]}" if view.n == 1 else _QUESTION
    inner, _, n = found[0]
    outers = [_SENTENCES[outer.label][1] for trait, outer, _ in found if trait is inner][:2]
    return f"{'Both' if n == 2 else f'All {n}'} patients {_SENTENCES[inner.label][0]} also {listed(outers)}"


def _summary(traits: Sequence[Trait], view: InView, found: dict[tuple[str, int | None, str | None], Frequency]) -> str:
    parts = []
    for trait in traits:
        frequency = found.get((trait.variable.name, None, None), Frequency())
        who = [str(case["case_id"]) for case in view.cases if trait.of(case)]
        named = f" (patient{'s' * (len(who) > 1)} {listed(who)})" if who and view.numbered else ""
        parts.append(f"{trait.label} {k_of_n(frequency.values.get(trait.value, 0), frequency.n)}{named}")
    return f"Of {patients(view.n)}: {'; '.join(parts)}."
