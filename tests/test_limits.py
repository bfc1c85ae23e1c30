"""What an engine lacks is told in one sentence, and the next question is answered."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb
import numpy as np
import pytest

from plro_core import store
from plro_core.cli.process import main
from plro_core.problems import EngineProblem, PlainProblem, RegistryProblem
from plro_core.store import engine
from plro_core.store.limits import limits
from plro_core.synthetic import synthetic_tables
from tests.oracle import ABOUT, registry_of

pytest_plugins = ["tests.core_fixtures"]

#: A question that sorts ten million texts, of which the limit holds none.
LARGE = "SELECT count(DISTINCT (a.range, b.range)::VARCHAR) FROM range(10_000) a, range(1000) b"
ENDLESS = "SELECT count(*) FROM range(1_000_000_000_000)"


@pytest.fixture
def opened() -> Iterator[store.Registry]:
    registry = store.open_registry(store.SHIPPED)
    yield registry
    registry.close()


def is_alive(registry: store.Registry) -> bool:
    return registry.rows("SELECT count(*) FROM cases") == [(10,)]


def test_too_little_memory(monkeypatch: pytest.MonkeyPatch, opened: store.Registry) -> None:
    other = store.open_registry(store.SHIPPED)
    monkeypatch.setenv("PLRO_MEMORY", "40MB")
    with pytest.raises(EngineProblem, match="needs more memory than the 40MB that PLRO_MEMORY allows"):
        opened.rows(LARGE)
    assert is_alive(opened)
    assert is_alive(other)
    other.close()


def test_tables_that_do_not_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine says so, the code columns count all the same, and a table that fits is still loaded."""
    registry = registry_of(synthetic_tables(20_000, 1, "stress"))
    monkeypatch.setenv("PLRO_MEMORY", "4MB")
    with pytest.raises(EngineProblem, match="PLRO_MEMORY"):
        registry.rows("SELECT count(*) FROM visits")
    assert registry.rows("SELECT count(*) FROM printed") == [(0,)]
    assert len(registry.codes["visits"].column("vas").codes) == registry.visits
    registry.close()


def test_a_command_with_too_little_memory(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("PLRO_MEMORY", "40 MB")
    assert main(["query", LARGE, "--registry", "published"]) == 1
    assert capsys.readouterr().err.count("\n") == 1
    assert main(["query", "SELECT count(*) FROM cases", "--registry", "published"]) == 0


def test_a_question_that_is_stopped(opened: store.Registry) -> None:
    told: list[str] = []
    cursors: list[duckdb.DuckDBPyConnection] = []

    def ask() -> None:
        cursors.append(opened.cursor)
        try:
            opened.rows(ENDLESS)
        except EngineProblem as problem:
            told.append(str(problem))

    asking = threading.Thread(target=ask)
    asking.start()
    while asking.is_alive():
        for cursor in cursors:
            cursor.interrupt()
        time.sleep(0.05)
        assert is_alive(opened)  # another thread asks on
    asking.join()
    assert told == ["The question was stopped, so it has no answer; ask it again, or ask less."]


@pytest.mark.parametrize(
    ("fault", "words", "anew"),
    [
        (duckdb.OutOfMemoryException("SECRET"), "needs more memory", False),
        (MemoryError("SECRET"), "needs more memory", False),
        (duckdb.InterruptException("INTERRUPT Error: SECRET"), "was stopped", False),
        (duckdb.InterruptException("maximum execution time SECRET"), "took longer than it may", False),
        (duckdb.FatalException("SECRET"), "The engine broke", True),
        (duckdb.InternalException("SECRET"), "The engine broke", True),
        (duckdb.IOException("SECRET"), "could not read or write", False),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_every_fault_of_an_engine_is_one_sentence(
    fault: Exception, words: str, anew: bool, opened: store.Registry
) -> None:
    def broken(cursor: duckdb.DuckDBPyConnection) -> None:
        raise fault

    assert is_alive(opened)
    before = opened.cursor
    with pytest.raises(EngineProblem, match=words) as told:
        opened._engine.ask("SELECT 1", broken)
    assert "SECRET" not in str(told.value)
    assert isinstance(told.value, PlainProblem)
    assert is_alive(opened)
    assert (opened.cursor is before) is not anew


def test_a_question_that_is_wrong_stays_what_it_is(opened: store.Registry) -> None:
    with pytest.raises(duckdb.BinderException):
        opened.rows("SELECT nothing FROM cases")
    assert is_alive(opened)


def test_a_table_is_loaded_whole_or_not_at_all(monkeypatch: pytest.MonkeyPatch, opened: store.Registry) -> None:
    measurements = engine._measurements
    monkeypatch.setattr(engine, "_measurements", lambda vocabulary: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        opened.rows("SELECT count(*) FROM visits")
    monkeypatch.setattr(engine, "_measurements", measurements)
    assert opened.rows("SELECT count(*) FROM visits") == [(40,)]
    assert opened.rows("SELECT count(*) > 0 FROM measurements") == [(True,)]


@pytest.mark.parametrize(("name", "value"), [("PLRO_MEMORY", "much"), ("PLRO_MEMORY", "0GB"), ("PLRO_THREADS", "0")])
def test_a_setting_at_fault(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(RegistryProblem, match=f"{name} is “{value}”; expected"):
        store.open_registry(store.SHIPPED)


def test_the_settings_are_the_engine_s(monkeypatch: pytest.MonkeyPatch, opened: store.Registry) -> None:
    assert limits()["memory_limit"] == "4GB"
    monkeypatch.setenv("PLRO_MEMORY", "1 GiB")
    monkeypatch.setenv("PLRO_THREADS", "1")
    asked = "SELECT current_setting('memory_limit'), current_setting('threads')"
    assert opened.rows(asked) == [("1.0 GiB", 1)]


def test_which_tables_a_question_names() -> None:
    known = ["cases", "visits", "printed", "provenance"]
    assert engine.named("SELECT 1", known) == []
    assert engine.named("FROM Cases JOIN \"visits\" ON x = 'printed'", known) == ["cases", "visits"]
    assert engine.named("FROM measurements", known) == ["visits"]


def test_the_order_of_a_sample_is_that_of_the_engine_s_hash(tmp_path: Path) -> None:
    """As every fixed sample was drawn so far, though no table is loaded for it."""
    store.publish(synthetic_tables(300), {**ABOUT, "version": "1"}, tmp_path, store.open_registry().vocabulary)
    registry = store.open_registry(tmp_path)
    ordered = [number for (number,) in registry.rows("SELECT case_id FROM cases ORDER BY hash(case_id)")]
    assert registry.codes.numbers[np.argsort(registry.sample_order)].tolist() == ordered
    registry.close()
