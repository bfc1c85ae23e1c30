"""Which groups overlap: what patients share, as a matrix sorted so that a group inside another is seen at once."""

from collections.abc import Sequence
from dataclasses import dataclass

from plro_core.cohort import EVERYONE, Cohort, Criterion
from plro_core.counts import combinations
from plro_core.figures import overlap_many
from plro_core.figures.chart import Chart, compose, empty_chart
from plro_core.figures.overlap_many import Combined
from plro_core.figures.points import InView, in_view, sentence, wrapped
from plro_core.figures.style import LIGHT, Look, Part, base_layout, patient_colour, patients_head, quiet_axis, words
from plro_core.lookups import Record
from plro_core.statements import About, Patients, Share, Statement, chosen_by, only, state, together
from plro_core.store import Registry
from plro_core.tables import Column
from plro_core.text import listed, patients
from plro_core.vocabulary import Variable, Vocabulary

_QUESTION = "Which groups overlap?"
_TOGETHER = "Groups that share several things cannot be told apart by any one of them."
_MANY = f"A column for each combination, the most frequent first; what is not recorded counts as not had. {_TOGETHER}"


@dataclass(frozen=True)
class SharedTrait:
    """Something that a patient has, has not, or of which nothing is recorded."""

    label: str
    variable: Variable
    value: object

    def of(self, case: Record) -> bool | None:
        return self.holds(case[self.variable.name])

    def holds(self, recorded: object) -> bool | None:
        return None if recorded is None else recorded == self.value

    @property
    def criterion(self) -> Criterion:
        return Criterion(self.variable, ("yes" if self.value is True else str(self.value),))


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


def _traits(vocabulary: Vocabulary) -> tuple[SharedTrait, ...]:
    return tuple(SharedTrait(label, vocabulary.variable(name, "cases"), value) for label, name, value in _TRAITS)


def overlap(
    registry: Registry,
    cohort: Cohort = EVERYONE,
    *,
    highlight: int | None = None,
    look: Look = LIGHT,
) -> Chart:
    """Patients (columns) by what they share (rows), sorted by the rows from the top, each patient's marks joined."""
    traits = _traits(registry.vocabulary)
    view = in_view(registry, cohort, [trait.variable for trait in traits], visits=False)
    if not view.n:
        return empty_chart(registry, "overlap", _QUESTION, _COLUMNS, look)
    highlight = view.chosen(highlight)
    ordered = sorted(view.cases, key=lambda case: ([not trait.of(case) for trait in traits], case["case_id"]))
    many = [] if view.numbered else overlap_many.combined(traits, view)
    said = _words(traits, view, look)
    if many:
        traces = overlap_many.traces(traits, many, look)
        note = f"{_MANY}{overlap_many.left_out(many)}"
    else:
        traces = [*_joins(traits, ordered, highlight, look), *_marks(traits, ordered, highlight, look)]
        note = f"● yes, · no, ? not recorded. {_TOGETHER}"
    return compose(
        registry,
        "overlap",
        _title(traits, view),
        traces=traces,
        layout=_layout(traits, ordered, many, said, highlight, look),
        summary=_summary(traits, view),
        columns=_COLUMNS,
        rows=[(case["case_id"], *(trait.of(case) for trait in traits)) for case in ordered],
        notes=(*view.notes, note),
        look=look,
        who=view.who(highlight),
    )


def _layout(
    traits: Sequence[SharedTrait],
    ordered: list[Record],
    many: Sequence[Combined],
    said: list[Part],
    highlight: int | None,
    look: Look,
) -> Part:
    """A row a trait; a column a patient, or of many a column a combination with a bar over it."""
    columns = min(len(many), overlap_many.MOST) or len(ordered)
    above = overlap_many.BARS if many else 0.5
    numbers = [
        f"<b>{case['case_id']}</b>" if case["case_id"] == highlight else str(case["case_id"]) for case in ordered
    ]
    x: Part = {"range": [-0.6, columns - 0.4], "showgrid": False, "tickangle": 0, "side": "top"}
    if not many:
        x |= {"tickvals": list(range(len(ordered))), "ticktext": numbers}
    text = {"size": look.type(12), "color": look.text}
    return base_layout(
        look,
        40 + 36 * (len(traits) + above - 0.5) + 14,
        {"l": 132, "r": _right(said, look), "t": 36, "b": 14},
        xaxis=quiet_axis(look, **x, showticklabels=not many, tickfont=text),
        yaxis=quiet_axis(
            look,
            range=[len(traits) - 0.5, -above - 0.05 * bool(many)],
            tickvals=list(range(len(traits))),
            ticktext=[wrapped(trait.label, 16) for trait in traits],
            tickfont=text,
        ),
        annotations=[*said, *(overlap_many.counted(many, look) if many else [patients_head(look)])],
    )


def _joins(traits: Sequence[SharedTrait], ordered: list[Record], highlight: int | None, look: Look) -> list[Part]:
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


def _marks(traits: Sequence[SharedTrait], ordered: list[Record], highlight: int | None, look: Look) -> list[Part]:
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
    size = {True: 15, False: 4, None: 0.1}
    return [
        {
            "mode": "markers+text",
            "x": [column for column, *_ in cells],
            "y": [row for _, row, *_ in cells],
            "text": ["?" if state is None else "" for state in states],
            "textfont": {"size": look.type(13), "color": look.quiet},
            "customdata": [[case["case_id"]] for _, _, case, _ in cells],
            "hovertext": [_hover(case, trait, state) for (_, _, case, trait), state in zip(cells, states, strict=True)],
            "marker": {"color": colours, "size": [look.px(size[state]) for state in states], "line": {"width": 0}},
        }
    ]


def _hover(case: Record, trait: SharedTrait, state: bool | None) -> str:
    answer = {True: "yes", False: "no", None: "not recorded"}[state]
    return sentence(f"Patient {case['case_id']}, {trait.label[:1].lower()}{trait.label[1:]}: {answer}")


def _words(traits: Sequence[SharedTrait], view: InView, look: Look) -> list[Part]:
    """How many patients have each trait, of those in whom it is recorded."""
    at: Part = {"x": 1, "xref": "paper", "xshift": look.px(4)}
    return [
        words(look, view.share(trait.criterion).bare.replace(" recorded", "<br>recorded"), y=row, **at)
        for row, trait in enumerate(traits)
    ]


def _right(said: Sequence[Part], look: Look) -> float:
    """The room for the longest count, and never less than a short one takes."""
    longest = max(len(line) for note in said for line in note["text"].split("<br>"))
    return max(48.0, longest * look.type(12) / look.scale * 0.58 + 6)


@dataclass(frozen=True)
class _Inside:
    """A trait whose bearers (at least two) all have another one that some others lack."""

    inner: SharedTrait
    outer: SharedTrait
    n: int


def _insides(traits: Sequence[SharedTrait], view: InView) -> list[_Inside]:
    """Which groups lie inside another, of everybody in view, the narrowest first."""
    everybody = combinations(view.registry, [trait.variable for trait in traits], view.cohort)
    had = [
        (tuple(trait.holds(value) for trait, value in zip(traits, values, strict=True)), count)
        for values, count in everybody.items()
    ]
    found = []
    for at, inner in enumerate(traits):
        bearers = [(states, count) for states, count in had if states[at]]
        n = sum(count for _, count in bearers)
        for beside, outer in enumerate(traits):
            lacking = any(states[beside] is False for states, _ in had)
            if outer is not inner and n > 1 and lacking and all(states[beside] for states, _ in bearers):
                found.append(_Inside(inner, outer, n))
    return sorted(found, key=lambda inside: (inside.n, traits.index(inside.inner), traits.index(inside.outer)))


_SENTENCES = {
    "Breastfeeding continued": ("who went on breastfeeding", "went on breastfeeding"),
    "Smoking": ("who smoke", "smoke"),
    "Vertebral fracture": ("with a vertebral fracture", "have a documented vertebral fracture"),
    "Vertebroplasty": ("with vertebroplasty", "had vertebroplasty"),
    "Spinal brace": ("with a brace", "wore a brace"),
    "Bisphosphonate": ("with a bisphosphonate", "received a bisphosphonate"),
}


def _title(traits: Sequence[SharedTrait], view: InView) -> str | Statement:
    """The smallest group that lies inside others, and which; the question if the view was chosen by one of the traits."""
    level = view.vocabulary.variable("level", "fractures")
    if chosen := chosen_by(Cohort(view.cohort.who), [level, *(trait.variable for trait in traits)]):
        return only(_QUESTION, chosen)
    if view.n == 1:
        return f"Risk factors and treatments of patient {view.ids[0]}"
    found = _insides(traits, view)
    if not found:
        return _QUESTION
    inner, n = found[0].inner, found[0].n
    outers = [inside.outer for inside in found if inside.inner is inner][:2]
    bearers = Cohort((*view.cohort.who, inner.criterion))
    shares = [Share(About(outer.variable, bearers), outer.criterion, n, n, 0) for outer in outers]
    said = listed([_SENTENCES[outer.label][1] for outer in outers])
    who = "Both patients" if n == 2 else f"All {patients(n)}"
    return Statement(f"{who} {_SENTENCES[inner.label][0]} also {said}", (Patients(bearers, n), *shares))


def _summary(traits: Sequence[SharedTrait], view: InView) -> Statement:
    parts = []
    for trait in traits:
        who = [str(case["case_id"]) for case in view.cases if trait.of(case)]
        named = f" (patient{'s' * (len(who) > 1)} {listed(who)})" if who and view.numbered else ""
        parts.append(state("{trait} {share}{who}", trait=trait.label, share=view.share(trait.criterion), who=named))
    return state("Of {patients}: {parts}.", patients=view.patients, parts=together(parts, "; "))
