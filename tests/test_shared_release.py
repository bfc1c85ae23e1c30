"""What is told of aggregates gives away nobody: held against an attacker who takes down every view and subtracts."""

from typing import Any

import numpy as np
import pytest

from plro_core.problems import QueryProblem
from plro_core.shared.answers import Shared
from plro_core.shared.facts import facts_of
from plro_core.shared.nested import Nested
from plro_core.shared.questions import Literal, Question, question
from plro_core.shared.release import Release
from plro_core.shared.trees import tree
from plro_core.store import Registry, open_registry
from tests.shared_attack import differences, made_up, some_of, sums, taken_down, too_small, with_facts
from tests.small_registry import small_registry
from tests.tools import differencing

#: Facts of every kind: bins, levels, not recorded, at visits, many-valued; five of them filter and group.
SOME = (
    "age",
    "smoking",
    "breastfeeding",
    "vertebroplasty",
    "brace",
    "vas.1",
    "t_femoral_neck",
    "calcium.1",
    "symptoms.symptom.hip",
    "fractures.level.L1",
)
FEW = ("smoking", "breastfeeding", "vertebroplasty", "vas.1")
K = 5


def answering(**yes: set[int]) -> Registry:
    """Forty patients, of whom these say yes."""
    return small_registry(
        cases=[{"case_id": 1 + at, **{name: at in those for name, those in yes.items()}} for at in range(40)]
    )


REGISTRIES = {
    "the ten": open_registry,
    **{f"{number} made up": lambda number=number: made_up(number) for number in (0, 1, 4, 5, 9, 10, 60, 1000)},
    "two of twelve more": lambda: answering(smoking=set(range(10)), brace=set(range(12))),
}


@pytest.mark.parametrize("name", REGISTRIES)
def test_no_view_and_no_two_views_tell_of_fewer_than_k(name: str) -> None:
    registry = REGISTRIES[name]()
    told = taken_down(with_facts(registry, SOME if registry.patients >= 10 else FEW, K))
    assert too_small(told, K) == []
    assert differences(told, K) == []


@pytest.mark.parametrize("name", REGISTRIES)
def test_no_sum_of_all_views_is_a_choice_of_levels_with_fewer_than_k(name: str) -> None:
    assert sums(with_facts(REGISTRIES[name](), FEW, K), K) == []


def test_without_what_can_be_reckoned_beside_it_a_view_gives_somebody_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Release, "_spread", lambda self, axes, flags: flags)
    shared = with_facts(made_up(60), FEW, K)
    assert differences(taken_down(shared), K)
    assert sums(shared, K)


def test_without_the_rule_for_boxes_within_boxes_two_views_give_two_patients_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    registry = REGISTRIES["two of twelve more"]()
    monkeypatch.setattr(Nested, "found", lambda self, axes, counts, asked: np.zeros_like(asked))
    assert (10, 12) in differences(taken_down(with_facts(registry, SOME, K)), K)


def test_of_two_facts_that_differ_by_two_patients_the_first_is_told_and_the_other_is_not() -> None:
    shared = Shared.of(answering(smoking=set(range(10)), brace=set(range(12))), K)
    told = shared.tell(Question())
    shown = {
        line.fact.name: [line.told(level) for level in range(2)]
        for line in (told.line(place, told.groups[0]) for place in range(len(shared.facts.facts)))
    }
    assert shown["smoking"] == [10, 30]
    assert shown["brace"] == [None, None]


def test_a_choice_of_two_facts_is_not_told_where_it_is_two_patients_more_than_one_that_is_told() -> None:
    """Everybody with a brace smokes, has twins or both; all but two of those with both have a brace: 8 of 10."""
    registry = answering(smoking=set(range(20)), twin_pregnancy={*range(10), *range(30, 40)}, brace=set(range(8)))
    shared = Shared.of(registry, K)
    alone = shared.tell(Question())
    assert alone.line(shared.facts.place("brace") or 0, alone.groups[0]).told(0) == 8
    both = Question((Literal("smoking", "yes"), Literal("twin_pregnancy", "yes")))
    assert shared.tell(both).patients is None


def test_a_box_of_many_patients_is_looked_at_beyond_the_sample() -> None:
    """The first patients of a box are all in another, one later is not: then the one is not within the other."""
    rows = [{"case_id": at, "smoking": at <= 200, "brace": at != 150 and at <= 203} for at in range(1, 401)]
    shared = Shared.of(small_registry(cases=rows), K)
    told = shared.tell(Question())
    places = [shared.facts.place(name) for name in ("smoking", "brace")]
    assert [told.line(place or 0, told.groups[0]).told(0) for place in places] == [200, 202]


@pytest.mark.parametrize(
    ("brace", "told"),
    [
        (range(103), None),  # all hundred who smoke and had twins, and three more
        ([*range(89), *range(90, 104)], 100),  # all but one of them: one holds not the other
        (range(97), None),  # all but three of them
        ([*range(96), 300], 100),  # all but four of them, and somebody else
    ],
)
def test_choices_of_many_patients_are_held_against_all_of_them(brace: Any, told: int | None) -> None:
    """Four hundred, of whom a hundred smoke and had twins; a sample of them all had a brace."""
    rows = [
        {"case_id": at + 1, "smoking": at < 200, "twin_pregnancy": at < 100 or 200 <= at < 300, "brace": at in brace}
        for at in range(400)
    ]
    shared = Shared.of(small_registry(cases=rows), K)
    both = Question((Literal("smoking", "yes"), Literal("twin_pregnancy", "yes")))
    assert shared.tell(both).patients == told


def test_with_all_its_facts_the_published_registry_gives_nobody_away(capsys: pytest.CaptureFixture[str]) -> None:
    assert differencing.row("the ten", open_registry())
    assert "| 0 | 0 | 0 |" in capsys.readouterr().out


def test_what_is_told_of_a_box_does_not_depend_on_the_view_it_is_asked_in() -> None:
    shared = with_facts(made_up(300), SOME, K)
    asked = [
        Question((Literal("smoking", "yes"), Literal("brace", "yes")), "breastfeeding"),
        Question((Literal("smoking", "yes"), Literal("breastfeeding", "stopped")), "brace"),
        Question((Literal("brace", "yes"), Literal("breastfeeding", "stopped")), "smoking"),
    ]
    levels = ("stopped", "yes", "yes")
    for place in (shared.facts.place("vas.1"), shared.facts.place("symptoms.symptom.hip")):
        assert place is not None
        lines = []
        for view, level in zip(asked, levels, strict=True):
            told = shared.tell(view)
            by = shared.facts.facts[shared.facts.place(view.by) or 0]
            lines.append(told.line(place, next(group for group in told.groups if group.level == by.place(level))))
        assert lines[0].patients == lines[1].patients == lines[2].patients
        assert lines[0].parts == lines[1].parts == lines[2].parts


@pytest.mark.parametrize("patients", [0, 1, 4])
def test_of_fewer_than_k_nothing_is_told_not_even_how_many(patients: int) -> None:
    shared = Shared.of(made_up(patients), K)
    told = shared.tell(Question())
    assert told.patients is None or (patients == 0 and told.patients == 0)
    assert all(
        not part.patients for place in range(len(shared.facts.facts)) for part in told.line(place, told.groups[0]).parts
    )


def test_five_patients_are_told_as_a_whole_and_in_no_part() -> None:
    shared = Shared.of(made_up(5), K)
    told = shared.tell(Question())
    assert told.patients == 5
    counts = {
        part.patients for place in range(len(shared.facts.facts)) for part in told.line(place, told.groups[0]).parts
    }
    assert counts <= {0, 5}


def test_a_k_that_would_tell_of_single_patients_is_not_taken() -> None:
    with pytest.raises(QueryProblem, match="single patients"):
        Shared.of(open_registry(), 1)


def test_levels_are_joined_from_the_rarest_and_bins_with_neighbours_alone() -> None:
    joined = tree([50, 3, 40, 2, 30], bins=4)
    assert frozenset({2, 3}) in joined.nodes or frozenset({3, 4}) in joined.nodes
    assert all(_neighbours(sorted(node - {4})) for node in joined.nodes)
    assert joined.nodes[joined.root] == frozenset(range(5))
    for node in range(joined.root):
        path = np.flatnonzero(joined.beside[node])
        assert {node, joined.root, *joined.parts(joined.parent[node])} <= set(path.tolist())


def _neighbours(levels: list[int]) -> bool:
    return levels == list(range(levels[0], levels[0] + len(levels))) if levels else True


@pytest.mark.parametrize(
    ("given", "filters", "by", "left"),
    [
        ([("smoking", "yes")], 1, "", 0),
        ([("smoking", "yes"), ("brace", "no"), ("vertebroplasty", "no")], 2, "", 1),
        ([("smoking", "yes"), ("smoking", "no")], 1, "", 1),
        ([("smoking", "yes"), ("by", "smoking")], 1, "", 1),
        ([("by", "brace")], 0, "brace", 0),
        ([("by", "brace"), ("by", "smoking")], 0, "brace", 1),
        ([("by", "patient")], 0, "", 1),
        ([("patient", "3"), ("vas.1", "0-3"), ("mode", "rows"), ("k", "1"), ("smoking", "")], 0, "", 1),
        ([("symptoms.symptom.hip", "yes")], 0, "", 1),
        ([("smoking", "yes' OR 1=1")], 0, "", 1),
    ],
)
def test_a_link_asks_what_may_be_asked_and_the_rest_is_said(
    given: list[tuple[str, str]], filters: int, by: str, left: int
) -> None:
    asked, told = question(facts_of(open_registry(), K), given)
    assert (len(asked.filters), asked.by, len(told)) == (filters, by, left)


def test_the_order_of_a_link_makes_no_other_question() -> None:
    facts = facts_of(open_registry(), K)
    one, _ = question(facts, [("smoking", "yes"), ("age", "_31")])
    other, _ = question(facts, [("age", "_31"), ("smoking", "yes")])
    assert one == other
    assert len(one.filters) == 2


def test_a_question_is_what_its_link_says() -> None:
    facts = some_of(facts_of(made_up(100), K), SOME)
    asked = Question((Literal("age", facts.facts[0].levels[0].code), Literal("smoking", "yes")), "brace")
    again, left = question(facts, asked.pairs)
    assert (again, left) == (asked, ())


def test_a_chosen_sheet_tells_what_the_whole_one_tells() -> None:
    shared = with_facts(made_up(300), SOME, K)
    first, second = shared.facts.keys[:2]
    whole = shared.release.sheet((first, second))
    for node in range(shared.facts.trees[first].root):
        part = shared.release.sheet((first, second), {first: node})
        assert (part.told[node] == whole.told[node]).all()
        assert (part.counts == whole.counts).all()


def test_the_tool_finds_what_two_counts_give_away(monkeypatch: pytest.MonkeyPatch) -> None:
    registry = REGISTRIES["two of twelve more"]()
    sets = differencing.told_sets(with_facts(registry, SOME, K))[2]
    assert differencing.given_away(sets, K) == set()
    monkeypatch.setattr(Nested, "found", lambda self, axes, counts, asked: np.zeros_like(asked))
    boxes, wrong, sets = differencing.told_sets(with_facts(registry, SOME, K))
    pairs = differencing.given_away(sets, K)
    assert (boxes > 0, wrong) == (True, 0)
    assert {(10, 12)} <= {tuple(int(np.bitwise_count(sets[at]).sum()) for at in pair) for pair in pairs}
    assert differencing.isolated(sets, pairs) >= 2


def test_the_tool_finds_every_pair_that_a_plain_loop_finds() -> None:
    rows = np.random.default_rng(3).integers(0, 2, size=(300, 24))
    rows[1::2] = rows[::2] | (np.random.default_rng(4).random((150, 24)) < 0.08)
    places = (np.arange(24) % 8) * 64 + np.arange(24) // 8
    spread = np.zeros((300, 512), dtype=np.uint8)
    spread[:, places] = rows
    sets = differencing.unique(np.packbits(spread, axis=1, bitorder="little").view(np.uint64))
    plain = {
        (one, other)
        for one, inner in enumerate(sets)
        for other, outer in enumerate(sets)
        if not (inner & ~outer).any()
        and 0 < int(np.bitwise_count(outer).sum()) - int(np.bitwise_count(inner).sum()) < K
    }
    assert len(plain) > 50
    assert differencing.given_away(sets, K) == plain
