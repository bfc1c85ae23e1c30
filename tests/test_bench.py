"""The measuring itself: peers are held to the same numbers, goals to what was measured, and no time is."""

import json
from collections.abc import Iterator
from contextlib import closing

import pytest

from plro_core.counts import size
from plro_core.store import open_registry
from tests.bench import measuring, peers, questions, registries
from tests.bench.agreement import disagreements
from tests.bench.model import OURS, Goal, Row, Taken, Way
from tests.bench.report import report
from tests.bench.rows import ROWS
from tests.bench.run import _growth, _held
from tests.tools.performance import page

SIZE = 40


@pytest.fixture(scope="module", autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Registries that are made for a test are kept nowhere else, and what the tests hold stays subject to collection."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(measuring, "settle", lambda: None)
        patch.setattr(registries, "CACHE", tmp_path_factory.mktemp("bench"))
        yield


@pytest.fixture(scope="module")
def ours() -> Taken:
    return questions.table_1(SIZE)


@pytest.mark.parametrize("peer", [peers.with_pandas, peers.with_sql])
def test_peers_state_the_same_table_1(ours: Taken, peer) -> None:
    theirs = peer(SIZE).numbers
    assert disagreements({OURS: ours.numbers, "peer": theirs}) == []
    assert theirs.keys() == ours.numbers.keys()
    assert len(theirs) > 300


def test_a_number_that_differs_or_is_stated_by_a_peer_alone_is_told(ours: Taken) -> None:
    changed = dict(ours.numbers)
    changed["cases/age//overall/mean"] += 1e-6
    changed["cases/age//nobody/n"] = 1.0
    told = disagreements({OURS: ours.numbers, "peer": changed})
    assert len(told) == 2
    assert all(sentence.startswith("peer states") for sentence in told)


def test_every_row_has_a_goal_for_a_figure_and_is_named_once() -> None:
    assert len({row.key for row in ROWS}) == len(ROWS)
    assert all(row.goals and row.meaning.endswith(".") and row.ways for row in ROWS)
    assert all(OURS in row.ways for row in ROWS)


def test_a_registry_with_provenance_opens_with_a_line_a_row() -> None:
    from plro_core.store import open_registry

    opened = open_registry(registries.with_provenance(SIZE))
    [(lines,)] = opened.rows("SELECT count(*) FROM provenance")
    assert lines > sum(table.num_rows for table in registries.tables_of(SIZE).values())
    opened.close()


GOALS = (
    Goal("dashboard", 60, (10,)),
    Goal("pandas", 20, (10,), over="dashboard", at_least=True),
    Goal("dashboard", 15, (1000,), over_size=10),
    Goal("dashboard", 0.5, (10,), over="never measured"),
)


def test_goals_are_held_against_what_was_measured() -> None:
    figures = {10: {"dashboard": 60.0, "pandas": 1199.0}, 1000: {"dashboard": 901.0}}
    held = [_held(goal, size, figures) for goal in GOALS for size in goal.at]
    assert [one["met"] for one in held] == [True, False, False, None]
    assert [one["goal"] for one in held] == ["≤ 60", "≥ 20 ×", "≤ 15 ×", "≤ 0.5 ×"]
    assert _growth({10: {"a": 1.0}, 1000: {"a": 10.0}}) == {"a": [0.5]}


def test_rows_with_sizes_of_their_own_keep_within_what_was_asked() -> None:
    row = Row("key", "title", "meaning", "ms", {OURS: Way(lambda size: Taken({OURS: 1.0}))}, (), (100, 1000))
    assert row.sizes_of((10, 500)) == (100,)
    assert row.sizes_of((10,)) == (10,)
    assert row.sizes_of((10, 5000)) == (100, 1000)


def test_the_page_tells_missed_goals_with_their_reason() -> None:
    figures = {10: {"dashboard": 61.0}}
    goal = Goal("dashboard", 60, (10,), bound="Plotly draws.")
    row = {
        "key": "filter", "title": "A new filter", "meaning": "What it costs.", "unit": "ms", "failed": [], "disagreements": [],
        "figures": [{"size": 10, "values": figures[10]}], "growth": _growth(figures), "goals": [_held(goal, 10, figures)],
    }  # fmt: skip
    found = {"made": "today", "commit": "abc", "machine": "2 cores", "load": 0.1, "sizes": [10], "rows": [row]}
    told = page(json.loads(json.dumps(found)))
    assert "0 of 1 goals met" in told
    assert "- A new filter, 10 patients: dashboard 61 ms; goal ≤ 60. Plotly draws." in told
    assert "| A new filter | 10 | dashboard | 61 ms |  |  | ≤ 60 ms | **no** |" in report(found)


def test_new_cohorts_are_no_positions_of_one_slider() -> None:
    """Of two positions of a slider the second is answered from a tile; what is new is to be counted."""
    for made in (questions.everybody, questions.some):
        asked = [made(number) for number in range(questions._RUNS + 1)]
        assert len({cohort.criteria[-1].key for cohort in asked}) == len(asked)
    with closing(open_registry()) as registry:
        assert all(size(registry, questions.everybody(number)).patients == registry.patients for number in range(18))
