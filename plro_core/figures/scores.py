"""Scores of bone density: which are recorded, in whom they can be read, and what is said of them with every figure.

T-scores as reported. The WHO lines are for orientation only; ISCD recommends Z-scores before menopause. A lumbar score
of a patient in whom one of the vertebrae that it measures is fractured is hard to interpret: marked, and left out on request.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import ceil

from plro_core import lookups
from plro_core.cohort import EVERYONE, Cohort, Criterion
from plro_core.counts import ALL, Frequency, Group, counts
from plro_core.figures.form import MOST_NAMED, fitting
from plro_core.figures.points import InView, in_view, sentence
from plro_core.figures.style import group_name, group_word
from plro_core.lookups import Record
from plro_core.statements import Middle, PartOf, Share, Statement, chosen_by, only, state, together
from plro_core.store import Registry
from plro_core.tables import Cell, Column
from plro_core.text import grouped, listed, number
from plro_core.vocabulary import Range, Variable, Vocabulary
from plro_core.vocabulary.standard import T_SCORE_NOTE, VERTEBRAE
from plro_core.vocabulary.thresholds import ISCD, WHO_LOWER, WHO_UPPER

#: The WHO's lines, for orientation only.
WHO_LINES = (WHO_UPPER.bound, WHO_LOWER.bound)


@dataclass(frozen=True)
class ScoreKind:
    """A kind of score: what it is called, whose lines it is held against and what for, and what is said below."""

    word: str
    column: str
    question: str
    authority: str
    purpose: str
    lines: tuple[float, ...]
    low: float
    note: str

    def sites(self, vocabulary: Vocabulary) -> tuple[Variable, ...]:
        """The sites that a registry records this score at."""
        return vocabulary.z_scores if self is Z else vocabulary.scores

    def named(self, site: Variable) -> str:
        """A site without the kind of score, which the sentence says already: "L1–L4", "femoral neck"."""
        label = site.short_label.removeprefix(f"{self.word} ").removesuffix(f" {self.word}")
        return label[:1].lower() + label[1:] if label[1:2].islower() else label


T = ScoreKind(
    "T-score",
    "t_score",
    "How low is bone density, and at which site?",
    "WHO",
    "WHO lines for orientation",
    WHO_LINES,
    WHO_LOWER.bound,
    T_SCORE_NOTE,
)
Z = ScoreKind(
    "Z-score",
    "z_score",
    "How low is bone density for the patient's age, and at which site?",
    "ISCD",
    "ISCD line for age",
    (ISCD.bound,),
    ISCD.bound,
    f"Z-score as reported; at or below {number(ISCD.bound, 1)} it is {ISCD.meaning} ({ISCD.source}).",
)


@dataclass(frozen=True)
class Scores:
    """The scores of one kind of the patients in view, each site over those in whom it counts.

    ``fractured`` has the fractured lumbar vertebrae of the patients who are drawn. Without ``leave_out`` everybody counts at
    every site; with it a site leaves out the patients in whom a vertebra that it measures is fractured.
    """

    view: InView
    kind: ScoreKind
    leave_out: bool = False
    fractured: Mapping[int, list[str]] = field(default_factory=dict)

    @cached_property
    def sites(self) -> tuple[Variable, ...]:
        return self.kind.sites(self.view.vocabulary)

    @cached_property
    def recorded(self) -> list[Variable]:
        """The sites at which somebody in view has a score."""
        return [site for site in self.sites if self.frequency(site).n]

    @cached_property
    def _counting(self) -> dict[str, InView]:
        return {site.name: self._over(site) for site in self.sites}

    def _over(self, site: Variable) -> InView:
        """The view over those whose score at a site counts."""
        if not (self.leave_out and site.measures):
            return self.view
        unbroken = Criterion(_level(self.view), site.measures, negated=True, keeps_missing=True)
        cohort = Cohort((*self.view.cohort.criteria, unbroken))
        found = counts(self.view.registry, [site], cohort, self.view.group)
        return replace(self.view, cohort=cohort, found=found, _sizes={})

    @cached_property
    def extent(self) -> tuple[float, float]:
        """The lowest and the highest score of the whole registry, the lower line and zero included: no filter moves it."""
        found = counts(self.view.registry, self.sites, EVERYONE)
        held = [value for frequency in found.values() for value in frequency.values]
        return ceil(2 * min([*held, self.kind.low])) / 2 - 0.5, max([*held, 0.0])

    @property
    def chosen(self) -> tuple[Criterion, ...]:
        """The criteria that choose patients by their scores: of such a choice nothing is stated."""
        words = self.view.vocabulary
        return chosen_by(self.view.cohort, (*words.scores, *words.z_scores))

    def named(self, site: Variable) -> str:
        """A site as sentences name it, with what its values are restricted to."""
        return f"{'unfractured ' if self.leave_out and site.measures else ''}{self.kind.named(site)}"

    def frequency(self, site: Variable, level: Group = ALL) -> Frequency:
        """Counts at one site: of everybody who counts there, or of one group."""
        return self._counting[site.name].frequency(site.name, None, level)

    def middle(self, site: Variable, level: Group = ALL) -> Middle:
        return self._counting[site.name].middle(site, None, level)

    def low(self, site: Variable, level: Group = ALL) -> Share:
        """How many of the recorded scores at a site are at or below the kind's lower line."""
        criterion = Criterion(site, (Range(None, self.kind.low),))
        return self._counting[site.name].share(criterion, None, level)

    def broken(self, case_id: int, site: Variable) -> list[str]:
        """The fractured ones among the vertebrae that a site measures, of a patient who is drawn."""
        return [level for level in site.measures if level in self.fractured.get(case_id, ())]

    def value(self, case: Record, site: Variable) -> float | None:
        """A patient's score at a site; ``None`` where not recorded or left out."""
        if self.leave_out and self.broken(case["case_id"], site):
            return None
        value: float | None = case[site.name]
        return value

    @property
    def spine_and_other(self) -> list[Variable]:
        """What a title speaks of: the first recorded lumbar site, and the last recorded one elsewhere."""
        lumbar = [site for site in self.recorded if site.measures][:1]
        return [*lumbar, *[site for site in self.recorded if not site.measures][-1:]]

    def title(self) -> str | Statement | None:
        """The title that every figure of scores shares: of a selection by scores, of one patient, of groups.

        ``None`` if the figure has something of its own to say.
        """
        if self.chosen:
            return only(self.kind.question, self.chosen)
        if self.view.n == 1:
            return Statement(f"{self.kind.word}s of patient {self.view.ids[0]}")
        if not self.recorded:
            return Statement(f"{self.kind.question} Not recorded in these patients")
        return self._by(self.view.group, self.recorded[0]) if self.view.group else None

    def _by(self, group: Variable, site: Variable) -> str | Statement:
        """The first recorded site in each of two groups; of more the lowest and the highest median."""
        name, middles = self.named(site), {level: self.middle(site, level) for level in self.view.group_sizes}
        asked = Statement(f"How low is the {self.kind.word} {name}, by {group.label_in_sentence}?")
        return fitting(self.view, self._split(group, name, middles) or asked, asked)

    def _split(self, group: Variable, name: str, middles: Mapping[Group, Middle]) -> Statement | None:
        """Each of two groups; of more the lowest and the highest median, ``None`` where none is lower than another."""
        if len(middles) < 3:
            groups = self.view.of_groups(middles.__getitem__)
            told = f"{self.kind.word} {name}"
            return state("{name} by {by}: {groups}", name=told, by=group.label_in_sentence, groups=groups)
        medians = {
            level: middle.median for level, middle in middles.items() if level is not None and middle.median is not None
        }
        if len(set(medians.values())) < 2:
            return None
        ends = [pick(medians, key=lambda level: medians[level]) for pick in (min, max)]
        said = [
            Statement(
                f"{group_word(group, str(level))} {middles[level].bare} (n = {grouped(middles[level].n)})",
                (middles[level],),
            )
            for level in ends
        ]
        return Statement(f"Median {self.kind.word} {name}: ") + together(said, " to ")

    def summary(self) -> Statement:
        """Every site in words, of everybody or of each group."""
        start = state("{kind}s as reported of {n}:", kind=self.kind.word, n=self.view.patients)
        levels = list(self.view.group_sizes) if self.view.group else [ALL]
        told = together((self._site(site, level) for site in self.sites for level in levels), "; ")
        return together([start, told + Statement(".")], " ")

    def _site(self, site: Variable, level: Group) -> Statement:
        middle, name = self.middle(site, level), self.named(site)
        if self.view.group:
            name = f"{name}, {group_name(self.view.group, level)}"
        if not middle.n:
            return Statement(f"{name} not recorded", (middle,))
        ends = self._counting[site.name].ends(site, None, level)
        spread = state(", range {ends}", ends=ends) if middle.median is not None else ""
        low = state(", at or below {line} in {k}", line=number(self.kind.low, 1), k=self.low(site, level))
        return together([f"{name} ", middle, spread, low], "")

    def lumbar_note(self, mark: str = "") -> Statement:
        """In how many a measured lumbar vertebra is fractured, who they are where few, and what was done about it.

        ``mark`` is what tells their scores from others, if anything does.
        """
        entry = _level(self.view)
        codes = tuple(dict.fromkeys(level for site in self.sites for level in site.measures))
        if not codes:
            return Statement("")
        broken = PartOf.of(self.view.registry, self.view.cohort, Criterion(entry, codes))
        if not broken.k:
            return Statement("", (broken,))
        told = f"{mark} marks their lumbar scores" if mark else "Their lumbar scores are counted"
        done = "Their lumbar scores are left out" if self.leave_out else told
        return state(
            "A fracture among {levels} is documented in {broken}{names}. {done}: a fractured vertebra makes a lumbar score "
            "hard to interpret (ISCD leaves abnormal vertebrae out).",
            levels=_run(codes),
            broken=broken,
            names=self._names if self.view.cases.complete and len(self.fractured) <= MOST_NAMED else "",
            done=done,
        )

    @property
    def _names(self) -> str:
        named = [f"patient {case_id} ({', '.join(levels)})" for case_id, levels in sorted(self.fractured.items())]
        return f": {listed(named)}"

    def hover(self, case_id: int, site: Variable, value: float) -> str:
        """One score in words: where it lies, and whether a fracture makes it hard to interpret."""
        line = f" (exactly on {'a WHO' if self.kind is T else 'the ISCD'} line)" if value in self.kind.lines else ""
        broken = self.broken(case_id, site)
        return sentence(
            f"Patient {case_id}, {site.short_label}: {self.kind.word} {site.written(value)}{line}",
            f"{listed(broken)} fractured: hard to interpret" if broken else "",
            self.view.document_place(case_id, "cases"),
        )

    @property
    def columns(self) -> list[Column]:
        return columns(self.view.group, self.kind)

    def rows(self) -> Iterator[tuple[Cell, ...]]:
        """Every site of every patient who is drawn."""
        for case in self.view.cases:
            group = (self.view.level_of(case),) if self.view.group else ()
            for site in self.sites:
                broken = ", ".join(self.broken(case["case_id"], site))
                yield (case["case_id"], site.short_label, self.value(case, site), broken or None, *group)


def scores_of(registry: Registry, cohort: Cohort, kind: ScoreKind, group: Variable | None, leave_out: bool) -> Scores:
    """The scores of a cohort. A choice of visits is no matter: scores are of the time of diagnosis."""
    sites = kind.sites(registry.vocabulary)
    view = in_view(registry, Cohort(cohort.who), sites, group, visits=False)
    measured = {level for site in sites for level in site.measures}
    fractured: dict[int, list[str]] = {}
    for row in lookups.facts(registry, "fractures", view.cohort) if view.n and measured else ():
        if row["level"] in measured:
            fractured.setdefault(row["case_id"], []).append(row["level"])
    return Scores(
        view, kind, leave_out, {case_id: sorted(levels, key=VERTEBRAE.index) for case_id, levels in fractured.items()}
    )


def columns(group: Variable | None, kind: ScoreKind = T) -> list[Column]:
    """The columns of the points of a figure of scores."""
    of_group = [Column(group.name, group.label)] if group else []
    return [
        Column("case_id", "Patient", "integer"),
        Column("site", "Site"),
        Column(kind.column, kind.word, "number", 1),
        Column("lumbar_fracture", "Fractured among the vertebrae measured"),
        *of_group,
    ]


def _level(view: InView) -> Variable:
    return view.vocabulary.variable("level", "fractures")


def _run(codes: tuple[str, ...]) -> str:
    """Neighbouring vertebrae as "L1 to L4"."""
    ordered = sorted(codes, key=VERTEBRAE.index)
    return f"{ordered[0]} to {ordered[-1]}" if len(ordered) > 1 else ordered[0]
