"""What the spine is drawn from: who is in view, which levels, the counts of everybody, and where everything stands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from plro_core import lookups
from plro_core.cohort import Cohort, Criterion
from plro_core.counts import ALL, Frequency, Group
from plro_core.figures.form import Form, form_of
from plro_core.figures.fractures.levels import Levels, cemented_levels, levels_in_view, named_levels
from plro_core.figures.points import InView, in_view
from plro_core.figures.spine.anatomy import Column
from plro_core.figures.style import GroupStyle, Look, group_key, group_styles
from plro_core.lookups import Record
from plro_core.store import Registry
from plro_core.vocabulary import Variable
from plro_core.vocabulary.standard import CERVICAL, VERTEBRAE

#: Vertebrae, as fractures of the spine are counted.
SPINE = (*CERVICAL, *VERTEBRAE)
#: How high an average vertebra is on a page, in pixels; on a stage the spine is as high as that.
_UNIT = 16.5
#: How much broader than a real one the column is drawn, so that it is seen first.
_BROADER = 1.3
#: Room over and below the spine on a page: for the key of the marks and the patients, and for their T-scores.
_ABOVE, _BELOW = 58.0, 34.0
#: The same on a stage, where the keys stand in the margin.
_ABOVE_STAGE, _BELOW_STAGE = 40.0, 24.0
#: The height of a row for a bone that is not of the spine, in vertebrae.
_BONE = 1.15
#: Fills between these are too light for light words and too dark for dark ones.
_UNREADABLE = (0.55, 0.78)
#: The share of its strength that a fill in the colour of text has, which is stronger than any accent.
_MILDER = 0.65
#: The type of a wide screen, before it is enlarged: all of one size.
_TYPE_WIDE = 11.3
#: Letters of a level's name to pixels.
_LETTER = 6.6


@dataclass(frozen=True)
class Seen:
    """The spine of a view: fractures, cemented levels, patients from left to right, and the drawn column."""

    view: InView
    look: Look
    highlight: int | None
    styles: Mapping[Group, GroupStyle]
    rows: tuple[Record, ...]
    cemented: Mapping[int, set[str]]
    levels: Levels

    @property
    def level(self) -> Variable:
        return self.view.vocabulary.variable("level", "fractures")

    @property
    def score(self) -> Variable:
        """The T-score whose shade the lumbar bodies take."""
        return self.view.vocabulary.variable("t_l1_l4", "cases")

    @cached_property
    def found(self) -> Frequency:
        """How many patients in view have a fracture at each level."""
        return self.view.frequency("level", None)

    @property
    def most(self) -> int:
        """The most patients that share a level."""
        return max((n for code, n in self.found.values.items() if code in self.places), default=0)

    @property
    def margins(self) -> tuple[float, float]:
        """What is free over and below the spine, before it is scaled: for words, and on a page for the groups."""
        if self.look.stage:
            return (_ABOVE_STAGE, _BELOW_STAGE) if self.one_by_one else (6.0 + 17 * self.key[1], 36.0)
        above, below = (_ABOVE, _BELOW) if self.one_by_one else (14.0, 46.0)
        return above + 18 * self.key[1], below

    @cached_property
    def key(self) -> tuple[str, int]:
        """The groups with their n, and in how many lines."""
        group = self.view.group
        return group_key(group, self.styles, self.view.group_sizes, self.look) if group else ("", 0)

    @property
    def one_by_one(self) -> bool:
        """Whether each patient's own spine is drawn."""
        return form_of(self.view.n) is Form.NAMED

    @cached_property
    def unit(self) -> float:
        """The height of an average vertebra, in pixels."""
        if self.look.stage is None:
            return self.look.px(_UNIT)
        return (self.look.stage.height - self.look.px(sum(self.margins))) / self._extent(short=True)

    def type(self, size: float) -> float:
        """A size of type; on a wide screen all is of one size, because rows are close and words must not be small."""
        return _TYPE_WIDE if self.look.wide else size

    @property
    def label(self) -> float:
        """Room for the names of the levels right of the column, in pixels."""
        return self.look.px(38)

    @cached_property
    def column(self) -> Column:
        plain = Column(_BROADER * self.unit, short=True)
        return replace(plain, at=-(self.label + plain.right), cervical=self.levels.cervical)

    @property
    def room(self) -> float:
        """How wide the column is with its names, in pixels: what is left of the plot."""
        longest = max((len(self.levels.labels[code]) for code in self.levels.others), default=0)
        return max(self.column.left - self.column.at + self.look.px(31), self.look.px(40 + _LETTER * longest))

    @cached_property
    def places(self) -> dict[str, float]:
        """Where each level stands, from the top: vertebrae, the sacrum, then a row for each other bone."""
        return _places(self.column, self.levels.others)

    @property
    def foot(self) -> float:
        """Where the lowest bone ends."""
        return _foot(self.column, self.levels.others)

    @property
    def extent(self) -> float:
        """From top to foot, in vertebrae."""
        return self.foot - self.column.top + 0.1

    def _extent(self, short: bool) -> float:
        """The same, before the height of a vertebra is known."""
        column = Column(1, short=short, cervical=self.levels.cervical)
        return _foot(column, self.levels.others) - column.top + 0.1

    def query(self, code: str, group: Group = ALL) -> str:
        """The patients with a fracture at a level, of everybody or of a group, in the language of cohorts."""
        criteria = [Criterion(self.level, (code,)), *self.view.in_group(group)]
        return Cohort(tuple(criteria)).query

    @property
    def treated(self) -> set[str]:
        """The levels at which somebody in view had vertebroplasty."""
        return named_levels(self.view.frequency("agent", None).values)

    @property
    def most_frequent(self) -> dict[str, int]:
        """The levels that most patients have fractured, where these are more than one; none where there are groups."""
        found = {code: n for code, n in self.found.values.items() if code in self.places and n == self.most > 1}
        return {} if self.view.group else found

    @property
    def ends(self) -> set[str]:
        """The levels that are named on a wide screen even where nobody has a fracture: the ends of the column."""
        shown = {"T1": "T2", "L5": "L4"}
        return {end for end, next_to in shown.items() if not self.found.values.get(next_to)}

    def strength(self, code: str) -> float:
        """How strongly a level is filled, by how many patients have a fracture there; 0 for none."""
        n = self.found.values.get(code, 0)
        if not n:
            return 0.0
        strength = 0.16 + 0.84 * (n / self.most) ** 1.4 if self.most else 1.0
        low, high = _UNREADABLE
        if low < strength < high:
            strength = low if 2 * strength < low + high else high
        return strength * (_MILDER if self.view.group else 1.0)

    @property
    def hue(self) -> str:
        """The colour of a fracture; with groups, whose colours say more, that of text."""
        return self.look.text if self.view.group else self.look.accent

    def number_of(self, case_id: int) -> int:
        """In how many levels a patient who is drawn has a documented fracture."""
        return sum(row["case_id"] == case_id for row in self.rows)

    @cached_property
    def order(self) -> list[Record]:
        """The drawn patients: by group, then most fractures first, then by number."""
        groups: list[Group] = list(self.view.group_sizes) if self.view.group else [None]
        return sorted(
            self.view.cases,
            key=lambda case: (
                groups.index(self.view.level_of(case)),
                -self.number_of(case["case_id"]),
                case["case_id"],
            ),
        )

    def counted(self, group: Group) -> Frequency:
        """How many patients of one group have a fracture at each level."""
        return self.view.frequency("level", None, group)

    @property
    def groups(self) -> list[Group]:
        return list(self.view.group_sizes) if self.view.group else [ALL]


def _places(column: Column, others: Sequence[str]) -> dict[str, float]:
    places, below = dict(column.places), column.bottom + column.sacrum_height + 0.1
    for code in others:
        if code == "sacrum":
            places[code] = column.bottom + 0.55
        else:
            places[code] = below + _BONE / 2
            below += _BONE
    return places


def _foot(column: Column, others: Sequence[str]) -> float:
    lowest = [place + _BONE / 2 for place in _places(column, others).values()]
    return max(column.bottom + column.sacrum_height, *lowest) + 0.15


def seen(registry: Registry, cohort: Cohort, group: Variable | None, highlight: int | None, look: Look) -> Seen:
    """Read what the spine needs. A choice of visits is no matter: fractures are of the patient."""
    level, score = registry.vocabulary.variable("level", "fractures"), registry.vocabulary.variable("t_l1_l4", "cases")
    agent = registry.vocabulary.variable("agent", "treatments")
    view = in_view(registry, Cohort(cohort.who), [level, score, agent], group, visits=False)
    fractures = tuple(lookups.facts(registry, "fractures", view.cohort)) if view.n else ()
    cemented = cemented_levels(lookups.facts(registry, "treatments", view.cohort)) if view.n else {}
    levels = _whole(levels_in_view(view, view.frequency("level", None)), view.frequency("level", None))
    styles = {code: replace(style, glyph="■") for code, style in group_styles(group, look).items()} if group else {}
    if styles:  # the grey of those not recorded is that of a low T-score
        styles[None] = replace(styles[None], colour=look.quiet)
    return Seen(view, look, view.chosen(highlight), styles, fractures, cemented, levels)


def _whole(levels: Levels, found: Frequency) -> Levels:
    """The levels to draw: a neck without gaps down from its highest fracture, and the other bones that have one."""
    neck = CERVICAL[CERVICAL.index(levels.cervical[0]) :] if levels.cervical else ()
    others = tuple(code for code in levels.others if found.values.get(code))
    return Levels(neck, others, dict(zip(neck, neck, strict=True)) | dict(levels.labels))
