"""What the map of fractures is drawn from: who is in view, the fractures of those who are drawn, the counts of everybody."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from plro_core import lookups
from plro_core.cohort import Cohort, Criterion
from plro_core.counts import ALL, Frequency, Group
from plro_core.figures.form import Form, form_of
from plro_core.figures.fractures.levels import Levels, cemented_levels, levels_in_view
from plro_core.figures.points import InView, in_view
from plro_core.figures.style import GroupStyle, Look, group_styles
from plro_core.lookups import Record
from plro_core.store import Registry
from plro_core.vocabulary import Variable


@dataclass(frozen=True)
class Fractures:
    """The fractures of a view: rows of the patients who are drawn, and how many patients have one at each level."""

    view: InView
    look: Look
    highlight: int | None
    styles: Mapping[Group, GroupStyle]
    rows: Sequence[Record]
    cemented: Mapping[int, set[str]]
    levels: Levels

    @property
    def form(self) -> Form:
        return form_of(self.view.n)

    @property
    def level(self) -> Variable:
        return self.view.vocabulary.variable("level", "fractures")

    @property
    def groups(self) -> list[Group]:
        return list(self.view.group_sizes) if self.view.group else [ALL]

    def found(self, group: Group = ALL) -> Frequency:
        """How many patients, of everybody or of a group, have a fracture at each level."""
        return self.view.frequency("level", None, group)

    def patients(self, group: Group = ALL) -> int:
        return self.view.n if group == ALL else self.view.group_sizes[group]

    @cached_property
    def order(self) -> list[int]:
        """The patients who are drawn: by group, then most fractures first, then by number."""
        number = dict.fromkeys(self.view.ids, 0)
        for row in self.rows:
            number[row["case_id"]] = number.get(row["case_id"], 0) + 1
        places = {group: index for index, group in enumerate(self.groups)}
        ordered = sorted(
            self.view.cases,
            key=lambda case: (places[self.group_of(case)], -number[case["case_id"]], case["case_id"]),
        )
        return [case["case_id"] for case in ordered]

    def group_of(self, case: Record) -> Group:
        return self.view.level_of(case) if self.view.group else ALL

    def colour(self, case_id: int) -> str:
        """The accent, or the colour of a patient's group; paler where somebody else is highlighted."""
        case = next(case for case in self.view.cases if case["case_id"] == case_id)
        hue = self.styles[self.view.level_of(case)].colour if self.styles else self.look.accent
        return self.look.tint(hue, 0.45) if self.highlight not in (None, case_id) else hue

    def query(self, level: str, group: Group = ALL) -> str:
        """The patients with a fracture at a level, of everybody or of a group, in the language of cohorts."""
        return Cohort((Criterion(self.level, (level,)), *self.view.in_group(group))).query


def fractures_of(
    registry: Registry, cohort: Cohort, group: Variable | None, highlight: int | None, look: Look
) -> Fractures:
    """The fractures of a cohort. A choice of visits is no matter: fractures are of the patient."""
    entry = registry.vocabulary.variable("level", "fractures")
    view = in_view(registry, Cohort(cohort.who), [entry], group, visits=False)
    rows = tuple(lookups.facts(registry, "fractures", view.cohort)) if view.n else ()
    cemented = cemented_levels(lookups.facts(registry, "treatments", view.cohort)) if view.n else {}
    # groups by colour alone: full and hollow say here whether a fracture is acute
    styles = {code: replace(style, glyph="■") for code, style in group_styles(group, look).items()} if group else {}
    levels = levels_in_view(view, view.frequency("level", None))
    return Fractures(view, look, view.chosen(highlight), styles, rows, cemented, levels)
