"""What the figure of treatments is drawn from: who got which drug of the kind that is told first, in which order."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from plro_core import lookups
from plro_core.cohort import MOST_VALUES, Criterion
from plro_core.counts import ALL, Group, sets_of_facts
from plro_core.figures.form import MOST_NAMED
from plro_core.figures.points import InView
from plro_core.figures.style import Look
from plro_core.lookups import Record, Sample
from plro_core.store import Registry
from plro_core.vocabulary import Variable

#: Hues of agents, after the accent: apart from each other without red and green, and none a colour of a group or patient
#: on this picture. Whatever comes after them is quiet.
_HUES = ("#B75C14", "#70569B", "#C8861E")

#: Which agents of the kind that is told first; ``None`` where no treatment at all is recorded.
Agents = tuple[str, ...] | None


@dataclass(frozen=True)
class Block:
    """Patients next to each other: of one group, with the same agents of the kind that is told first."""

    group: Group
    agents: Agents
    cases: tuple[Record, ...]


@dataclass(frozen=True)
class Seen:
    """The view, every row of treatment of the patients drawn, and who is highlighted."""

    view: InView
    given: Sample
    origins: Mapping[tuple[str, str], Record]
    highlight: int | None
    look: Look

    @property
    def registry(self) -> Registry:
        return self.view.registry

    @property
    def kind(self) -> Variable:
        return self.registry.vocabulary.variable("kind", "treatments")

    @property
    def agent(self) -> Variable:
        return self.registry.vocabulary.variable("agent", "treatments")

    @property
    def lead(self) -> str:
        """The kind of treatment that is told first, as the vocabulary declares it."""
        return self.kind.trait

    @property
    def lead_words(self) -> str:
        return self.kind.level_label(self.lead)

    @property
    def named(self) -> bool:
        return self.view.n <= MOST_NAMED

    @cached_property
    def sets(self) -> Mapping[Group, Mapping[Agents, int]]:
        """How many patients got which agents of the first kind, counted of everybody, by group."""
        among = Criterion(self.kind, (self.lead,))
        return sets_of_facts(self.registry, self.agent, among, self.view.cohort, self.view.group)

    @cached_property
    def all_sets(self) -> Mapping[Agents, int]:
        found: dict[Agents, int] = {}
        for part in self.sets.values():
            for agents, count in part.items():
                found[agents] = found.get(agents, 0) + count
        return found

    @cached_property
    def lead_agents(self) -> tuple[str, ...]:
        """The agents of the first kind, the commonest of everybody first."""
        found: dict[str, int] = {}
        for agents, count in self.all_sets.items():
            for agent in agents or ():
                found[agent] = found.get(agent, 0) + count
        return tuple(sorted(found, key=lambda agent: (-found[agent], agent)))

    @cached_property
    def other_agents(self) -> tuple[str, ...]:
        """Every other intervention, the commonest of everybody first."""
        found = self.view.frequency(self.agent.name, None).values
        rest = (agent for agent in found if agent not in self.lead_agents)
        return tuple(sorted(rest, key=lambda agent: (-found[agent], agent)))

    @cached_property
    def got(self) -> Mapping[int, tuple[Group, Agents, frozenset[str]]]:
        """By patient: her group, her agents of the first kind, and everything she got; nothing of more than a list may name."""
        cases = lookups.cases(self.registry, self.view.cohort, MOST_VALUES)
        if not cases.complete:
            return {}
        rows: dict[int, list[Record]] = {}
        for row in lookups.facts(self.registry, "treatments", self.view.cohort, MOST_VALUES):
            rows.setdefault(row["case_id"], []).append(row)
        found: dict[int, tuple[Group, Agents, frozenset[str]]] = {}
        for case in cases:
            given = rows.get(case["case_id"], [])
            lead = tuple(sorted({row["agent"] for row in given if row["kind"] == self.lead})) if given else None
            level = self.view.level_of(case) if self.view.group is not None else ALL
            found[case["case_id"]] = level, lead, frozenset(row["agent"] for row in given)
        return found

    @property
    def recorded(self) -> int:
        """Of how many patients any treatment is recorded."""
        return self.view.n - self.all_sets.get(None, 0)

    @cached_property
    def courses(self) -> Mapping[int, Sequence[Record]]:
        """By patient: her courses of the first kind, those with a start in their order, then the others."""
        found: dict[int, list[Record]] = {}
        for row in self.given:
            if row["kind"] == self.lead:
                found.setdefault(row["case_id"], []).append(row)
        for rows in found.values():
            rows.sort(key=lambda row: (row["start"] is None, row["start"] or 0, row["agent"]))
        return found

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        """The drawn patients by group, then by what they got: the commonest agents first, nothing, not recorded."""
        treated = {row["case_id"] for row in self.given}
        found: dict[tuple[Group, Agents], list[Record]] = {}
        for case in self.view.cases:
            case_id = case["case_id"]
            got = tuple(sorted({row["agent"] for row in self.courses.get(case_id, ())}))
            level = self.view.level_of(case) if self.view.group is not None else ALL
            found.setdefault((level, got if case_id in treated else None), []).append(case)
        order = list(self.view.group_sizes) or [ALL]
        keys = sorted(found, key=lambda key: (order.index(key[0]), *self._rank(key[1])))
        return tuple(Block(*key, tuple(sorted(found[key], key=self._first_start))) for key in keys)

    def _rank(self, agents: Agents) -> tuple[int, int, list[int]]:
        """Blocks with an agent first, those of one before those of several, by how common the agents are."""
        state = 2 if agents is None else 0 if agents else 1
        return state, len(agents or ()), [self.lead_agents.index(agent) for agent in agents or ()]

    def _first_start(self, case: Record) -> tuple[float, int]:
        starts = [row["start"] for row in self.courses.get(case["case_id"], ()) if row["start"] is not None]
        return min(starts, default=float("inf")), case["case_id"]

    def by_kind(self, agents: Sequence[str]) -> list[str]:
        """Interventions in the order of their kinds, as it is declared."""
        order = [level.code for level in self.kind.levels]
        kinds = {row["agent"]: row["kind"] for row in self.given}
        place = {agent: order.index(kinds[agent]) for agent in agents if kinds.get(agent) in order}
        return sorted(agents, key=lambda agent: (place.get(agent, len(order)), agent))

    def doubted(self, agent: str) -> bool:
        """Whether a cell of an intervention is inferred or in conflict."""
        return any(row["agent"] == agent and self.origin(row) for row in self.given)

    def origin(self, row: Record) -> Record | None:
        """What is uncertain about a row, if anything is."""
        return self.origins.get((f"{row['case_id']}/{row['kind']}/{row['agent']}", "agent"))

    @staticmethod
    def piece_of(case_ids: Iterable[int]) -> str:
        """Patients as a piece of the cohort language, for whoever points at a mark that stands for all of them."""
        return f"patients={','.join(map(str, sorted(set(case_ids))))}"

    def hue(self, agent: str) -> str:
        """An agent's colour, the same in every row."""
        at = self.lead_agents.index(agent)
        return (self.look.accent, *_HUES)[at] if at <= len(_HUES) else self.look.line


def seen(view: InView, highlight: int | None, look: Look) -> Seen:
    """Read what the figure is drawn from."""
    registry = view.registry
    given = lookups.facts(registry, "treatments", view.cohort)
    return Seen(view, given, lookups.uncertain_cells(registry, "treatments"), highlight, look)
