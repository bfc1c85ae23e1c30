"""A filter that is being moved answers from a tile of counts, equal to the integer to counting anew."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plro_core.cohort import Cohort
from plro_core.counts import Answer, CodeEngine, Question, questions, tiles
from plro_core.counts.questions import Counted, Sized
from plro_core.counts.tiles import TiledEngine
from plro_core.store import Registry
from plro_core.vocabulary import STANDARD
from tests.oracle import criteria_on, synthetic_registry
from tests.test_engines import ASKED

SERVED = (
    questions.Sized,
    questions.Counted,
    questions.Pairs,
    questions.PairsFromBaseline,
    questions.SetsOfFacts,
    questions.Paths,
)


@dataclass
class Counting:
    """The engine behind, which remembers what it was asked."""

    registry: Registry
    asked: list[Question] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._engine = CodeEngine(self.registry.codes)

    def answer(self, question: Question) -> Answer:
        self.asked.append(question)
        return self._engine.answer(question)

    def answers(self, questions: Iterable[Question]) -> list[Answer]:
        return [self.answer(question) for question in questions]

    def tiled(self) -> TiledEngine:
        return TiledEngine(self, self.registry.codes, fewest=0)


@pytest.fixture(scope="module")
def registry() -> Registry:
    return synthetic_registry(3, 120)


def ages(first: int, last: int, more: str = "") -> Cohort:
    return Cohort.parse(f"age={first}-{last}{more}", STANDARD)


@st.composite
def moved(draw: st.DrawFn, kind: type) -> list[Any]:
    """One question with a filter in some positions: other ranges, negated, with and without what is not recorded."""
    asked = draw(ASKED[kind])
    entry = draw(
        st.sampled_from([entry for entry in STANDARD.filters.values() if not entry.many and entry.name != "month"])
    )
    month = draw(st.sampled_from(STANDARD.months)) if entry.per_visit else None
    positions = draw(st.lists(criteria_on(entry, month), min_size=3, max_size=6))
    others = asked.cohort.without(positions[0].key)
    return [replace(asked, cohort=Cohort((*others.criteria, position))) for position in positions]


@pytest.mark.parametrize("kind", SERVED, ids=lambda kind: kind.__name__)
@settings(max_examples=12, deadline=None, derandomize=True)
@given(data=st.data())
def test_a_tile_gives_the_same_integers_as_counting_anew(registry: Registry, kind: type, data: st.DataObject) -> None:
    asked = data.draw(moved(kind))
    engine, plain = Counting(registry), CodeEngine(registry.codes)
    tiled = engine.tiled()
    for question in asked:
        assert tiled.answer(question) == plain.answer(question)


def test_the_second_position_makes_the_tile_and_no_further_one_is_counted(registry: Registry) -> None:
    engine = Counting(registry)
    tiled, age = engine.tiled(), STANDARD.variable("age")
    for first in range(20, 30):
        tiled.answer(Counted((age,), ages(first, 34, "&smoking=no")))
    assert [question.cohort.query for question in engine.asked] == ["age=20-34&smoking=no", "smoking=no"]
    tiled.answer(Counted((age,), ages(20, 34, "&smoking=yes")))  # now smoking has been moved
    assert engine.asked[-1].cohort.query == "age=20-34"


def test_any_filter_may_be_the_one_that_is_moved(registry: Registry) -> None:
    engine = Counting(registry)
    tiled, plain = engine.tiled(), CodeEngine(registry.codes)
    for smoking in ("yes", "no", "!yes", "no,~", "~", "!"):
        question = Sized(Cohort.parse(f"age=20-34&smoking={smoking}&vas.1=2-8", STANDARD))
        assert tiled.answer(question) == plain.answer(question)
    for pain in ("2-8", "*-5", "4-*,~", "!4-6"):
        question = Sized(Cohort.parse(f"age=20-34&smoking=yes&vas.1={pain}", STANDARD))
        assert tiled.answer(question) == plain.answer(question)
    assert len(engine.asked) == 1


@pytest.mark.parametrize(
    "query", ["level=L1", "patients=1,2,3", "vas=3-8", "month=0,1"], ids=["many values", "by hand", "visits", "months"]
)
def test_where_no_tile_applies_the_engine_behind_counts(registry: Registry, query: str) -> None:
    engine = Counting(registry)
    tiled, name = engine.tiled(), query.partition("=")[0]
    others = {"level": ("L2", "T12"), "patients": ("4", "!5"), "vas": ("1-2", "~"), "month": ("3", "6")}[name]
    asked = [Sized(Cohort.parse(text, STANDARD)) for text in (query, *(f"{name}={other}" for other in others))]
    plain = CodeEngine(registry.codes)
    assert [tiled.answer(question) for question in asked] == [plain.answer(question) for question in asked]
    assert engine.asked == asked


def test_a_tile_that_would_be_too_large_is_not_made_and_all_together_are_bounded(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    age, plain = STANDARD.variable("age"), CodeEngine(registry.codes)
    asked = [Counted((age,), ages(first, 34)) for first in range(20, 24)]
    monkeypatch.setattr(tiles, "MOST_COUNTS", 10)
    engine = Counting(registry)
    tiled = engine.tiled()
    assert [tiled.answer(question) for question in asked] == [plain.answer(question) for question in asked]
    assert engine.asked == asked
    monkeypatch.setattr(tiles, "MOST_COUNTS", 10_000)
    monkeypatch.setattr(tiles, "MOST_TOGETHER", 1_500)
    engine = Counting(registry)
    tiled = engine.tiled()
    for smoking in ("yes", "no"):
        for first in range(20, 24):
            question = Counted((age,), ages(first, 34, f"&smoking={smoking}"))
            assert tiled.answer(question) == plain.answer(question)
    assert 0 < sum(tile.upto.size for tile in tiled.tiles.values()) <= 1_500


def test_a_tile_that_turns_out_too_large_is_tried_once(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the filter stood first nobody passed, so that nothing was known of how long the answers are."""
    monkeypatch.setattr(tiles, "MOST_COUNTS", 20)
    age, plain, engine = STANDARD.variable("age"), CodeEngine(registry.codes), Counting(registry)
    asked = [
        Counted((age,), Cohort.parse(query, STANDARD)) for query in ("age=60", "age=20-34", "age=21-34", "age=22-34")
    ]
    assert plain.answer(asked[0]) == {}
    tiled = engine.tiled()
    assert [tiled.answer(question) for question in asked] == [plain.answer(question) for question in asked]
    assert [question.cohort.query for question in engine.asked] == ["age=60", "", "age=20-34", "age=21-34", "age=22-34"]
    assert not tiled.tiles


def test_a_registry_of_few_patients_has_no_tiles(registry: Registry) -> None:
    engine = Counting(registry)
    tiled = TiledEngine(engine, registry.codes)
    asked = [Sized(ages(first, 34)) for first in range(20, 24)]
    for question in asked:
        tiled.answer(question)
    assert engine.asked == asked
