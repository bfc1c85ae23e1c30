"""Counting on several machines: the right integers or one plain sentence, never a part of them and never a wait without end."""

import asyncio
import http.server
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import distributed
import pytest
from streamlit.testing.v1 import AppTest

from plro_core.cli.process import main
from plro_core.cohort import Cohort
from plro_core.compare import compare
from plro_core.counts import at_worker, cluster, counts, dask_engine, engine_of, size
from plro_core.counts.asked_of import asking
from plro_core.counts.at_worker import Task
from plro_core.counts.codes import CodeEngine
from plro_core.counts.dask_engine import DaskEngine
from plro_core.counts.questions import Answer, Counted, Sized
from plro_core.counts.tiles import TiledEngine
from plro_core.problems import EngineProblem
from plro_core.store import SHIPPED, Registry, open_registry, write_shards
from plro_core.tables import table_one
from plro_core.vocabulary import STANDARD
from tests.dask_tools import engine, frozen, in_shards, listening, process_of, running_cluster, shards_home
from tests.oracle import synthetic_tables
from tests.test_pages import FRAME, words

pytest_plugins = ["tests.shard_fixtures"]
ROOT = Path(__file__).resolve().parent.parent
QUESTION = Counted((STANDARD.variable("age"), STANDARD.variable("vas", "visits"), STANDARD.variable("symptom")))


@pytest.fixture(scope="module")
def running() -> Iterator[distributed.LocalCluster]:
    """A scheduler with two workers."""
    with running_cluster() as found:
        yield found


@pytest.fixture(scope="module")
def address(running: distributed.LocalCluster) -> str:
    return str(running.scheduler_address)


def right(registry: Registry) -> Answer:
    return CodeEngine(registry.codes).answer(QUESTION)


def refusal(asked: Callable[[], Any]) -> str:
    """What is said where nobody can count: one sentence."""
    with pytest.raises(EngineProblem) as refused:
        asked()
    said = str(refused.value)
    assert said.endswith(".")
    assert "\n" not in said
    assert "Traceback" not in said
    return said


# It answers as everybody does


def test_public_functions_are_answered_by_the_cluster(
    made: Registry, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    cohort, smoking = Cohort.parse("age=25-31", STANDARD), STANDARD.variable("smoking")
    asked: list[Callable[[], Any]] = [
        lambda: size(made, cohort),
        lambda: counts(made, QUESTION.variables, cohort, smoking),
        lambda: table_one(made, cohort, smoking),
        lambda: compare(made, Cohort.parse("smoking=yes", STANDARD)).differences,
    ]
    expected = [ask() for ask in asked]
    monkeypatch.setenv("PLRO_DASK", address)
    monkeypatch.setattr(CodeEngine, "answers", None)  # nobody counts in this process
    monkeypatch.setattr(CodeEngine, "answer", None)
    assert isinstance(engine_of(made).behind, DaskEngine)
    assert [ask() for ask in asked] == expected


def test_many_questions_are_one_round(made: Registry, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    rounds = []
    results = cluster.results
    monkeypatch.setattr(cluster, "results", lambda *given: rounds.append(given) or results(*given))
    assert engine(made, address).answers([Sized(), QUESTION]) == CodeEngine(made.codes).answers([Sized(), QUESTION])
    assert len(rounds) == 1


def test_a_command_is_answered_by_the_cluster_that_it_names(
    made: Registry, address: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ["table1", "--registry", str(made.folder), "--by", "smoking"]
    assert main(asked) == 0
    expected = capsys.readouterr().out
    with monkeypatch.context() as patched:
        patched.setattr(CodeEngine, "answer", None)
        assert main([*asked, "--dask", address]) == 0
    assert capsys.readouterr() == (expected, "")
    assert isinstance(engine_of(made).behind, TiledEngine)  # only that command


def test_a_registry_without_shards_is_counted_here_unless_the_cluster_is_asked_for(
    address: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shipped = open_registry(SHIPPED)
    monkeypatch.setenv("PLRO_DASK", address)
    assert isinstance(engine_of(shipped).behind, TiledEngine)
    with asking(address):
        assert "has no shards in its present words" in refusal(lambda: engine_of(shipped))
    assert main(["table1", "--dask", address]) == 1
    assert "so Dask cannot count it; “shard” writes them." in capsys.readouterr().err
    shipped.close()


def test_shards_of_the_words_of_yesterday_do_not_count(copied: Registry, address: str) -> None:
    (copied.folder / "variables.toml").write_text('use = ["bmi"]\n')
    opened = open_registry(copied.folder)
    with asking(address):
        assert "has no shards in its present words" in refusal(lambda: engine_of(opened))
    opened.close()


def test_without_a_scheduler_nothing_of_dask_is_loaded(made: Registry) -> None:
    script = (
        "import sys; from plro_core.cli.process import main; "
        f"code = main(['table1', '--registry', {str(made.folder)!r}]); "
        "assert not {name.split('.')[0] for name in sys.modules} & {'dask', 'distributed'}; sys.exit(code)"
    )
    env = {name: value for name, value in os.environ.items() if name != "PLRO_DASK"}
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, env=env, capture_output=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, b"")


# The scheduler


@pytest.mark.parametrize(
    "told", ["localhost:8786", "http://localhost:8786", "tcp://", "tcp://a b:1", "inproc://x", "x"]
)
def test_what_is_no_address_is_not_understood(
    made: Registry, told: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["table1", "--dask", told]) == 2
    expected = f"“{told}” is not the address of a Dask scheduler; expected such as tcp://host:8786."
    assert capsys.readouterr().err.strip() == f"--dask: {expected}"
    monkeypatch.setenv("PLRO_DASK", told)
    assert refusal(lambda: size(made)) == expected


def test_dask_that_is_not_installed(made: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    said = refusal(lambda: engine(made, "tcp://127.0.0.1:9").answer(QUESTION))
    assert said == "Dask is not installed here, so no scheduler can be asked; install the “dask” extra of this program."


def nobody(left: ExitStack) -> str:
    phone, address = left.enter_context(listening())
    phone.close()
    return address


def silent(left: ExitStack) -> str:
    return left.enter_context(listening())[1]


def a_web_server(left: ExitStack) -> str:
    web = http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler)
    threading.Thread(target=web.serve_forever, daemon=True).start()
    left.callback(web.server_close)
    left.callback(web.shutdown)
    return f"tcp://127.0.0.1:{web.server_port}"


def _talking(left: ExitStack, said: bytes) -> str:
    phone, address = left.enter_context(listening())

    def talk() -> None:
        while True:
            try:
                line, _ = phone.accept()
            except OSError:
                return
            line.sendall(said)
            left.callback(line.close)

    threading.Thread(target=talk, daemon=True).start()
    return address


def babbling(left: ExitStack) -> str:
    return _talking(left, b"HTTP/1.1 400 Bad Request\r\n\r\n" * 9)


def almost_dask(left: ExitStack) -> str:
    """One frame of sixteen bytes that say nothing."""
    return _talking(left, (24).to_bytes(8, "little") + (1).to_bytes(8, "little") + (8).to_bytes(8, "little") + b"x" * 8)


@pytest.mark.parametrize("who", [nobody, silent, a_web_server, babbling, almost_dask])
def test_an_address_that_is_no_scheduler(
    made: Registry, monkeypatch: pytest.MonkeyPatch, who: Callable[[ExitStack], str]
) -> None:
    monkeypatch.setattr(cluster, "TO_CONNECT", 1.0)
    with ExitStack() as left:
        address = who(left)
        asked = engine(made, address)
        began = time.monotonic()
        said = refusal(lambda: asked.answer(QUESTION))
        assert said == f"No Dask scheduler answers at {address}; expected one there (PLRO_DASK or --dask says where)."
        assert time.monotonic() - began < 20  # a deadline, not a measure
        tried: list[str] = []
        monkeypatch.setattr(cluster, "_connected", tried.append)
        assert refusal(lambda: asked.answer(QUESTION)) == said  # a page asks many questions, and waits once
        assert tried == []


def test_a_scheduler_without_workers(made: Registry) -> None:
    with running_cluster(workers=0) as empty:
        said = refusal(lambda: engine(made, empty.scheduler_address).answer(QUESTION))
    assert "has no workers" in said


def test_a_scheduler_that_goes_away_and_comes_back(made: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "TO_CONNECT", 2.0)
    monkeypatch.setattr(cluster, "TO_REST", 0.0)
    with running_cluster(workers=1) as first:
        address = first.scheduler_address
        asked = engine(made, address)
        assert asked.answer(QUESTION) == right(made)
        line = cluster._lines[address]
        first.close()
        assert address in refusal(lambda: asked.answer(QUESTION))
    with running_cluster(workers=1, port=int(address.rpartition(":")[2])):
        assert asked.answer(QUESTION) == right(made)
        assert cluster._lines[address] is not line


def test_a_scheduler_that_hangs(made: Registry, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def hang(*_: object) -> None:
        await asyncio.sleep(60)

    asked = engine(made, address)
    assert asked.answer(QUESTION) == right(made)
    monkeypatch.setattr(cluster, "TO_CONNECT", 0.5)
    monkeypatch.setattr(distributed.Client, "nthreads", hang)
    said = refusal(lambda: asked.answer(QUESTION))
    assert said == f"The Dask cluster at {address} did not answer within 0.5 seconds; nothing was counted."
    monkeypatch.undo()
    assert refusal(lambda: asked.answer(QUESTION)) == said  # a page asks many questions, and waits once
    cluster.forget(address)
    assert asked.answer(QUESTION) == right(made)


# Workers


def test_a_worker_that_is_lost_while_counting_is_replaced(
    made: Registry, running: distributed.LocalCluster, address: str
) -> None:
    asked = engine(made, address)
    assert asked.answer(QUESTION) == right(made)
    one = process_of(running, 0)
    with frozen(one), ThreadPoolExecutor(1) as apart:
        answer = apart.submit(asked.answer, QUESTION)
        time.sleep(0.5)  # the other has counted its part
        assert not answer.done()
        os.kill(one, signal.SIGKILL)
        assert answer.result(60) == right(made)
    assert asked.answer(QUESTION) == right(made)


def test_workers_that_never_answer(
    made: Registry, running: distributed.LocalCluster, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = engine(made, address)
    assert asked.answer(QUESTION) == right(made)
    monkeypatch.setattr(cluster, "TO_COUNT", 1.0)
    with frozen(*(process_of(running, at) for at in range(2))):
        said = refusal(lambda: asked.answer(QUESTION))
    assert said == f"The Dask cluster at {address} did not answer within 1 seconds; nothing was counted."
    monkeypatch.undo()
    assert asked.answer(QUESTION) == right(made)


def test_a_worker_of_another_version_of_the_program(made: Registry) -> None:
    verdict, why = at_worker.count(replace(task(made), program="0.1"))
    assert verdict == at_worker.REFUSED
    assert why.startswith("It runs version ")
    assert why.endswith("; expected 0.1, as its asker.")


def task(registry: Registry) -> Task:
    (_, found), *_ = engine(registry, "")._tasks((QUESTION,), ["a worker"])
    return found


def test_a_worker_with_shards_of_its_own(copied: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that shares no disk with its asker."""
    shutil.copytree(copied.folder / "shards", tmp_path / "own")
    asked = replace(task(copied), home="/nowhere/at/all")
    monkeypatch.setenv("PLRO_SHARDS", str(tmp_path / "own"))
    verdict, counted, answers = at_worker.count(asked)
    assert (verdict, list(counted), answers) == (at_worker.COUNTED, ["01", "02", "03"], [right(copied)])


def test_a_shard_is_opened_once_and_kept(copied: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = []
    real = at_worker.open_shard
    monkeypatch.setattr(at_worker, "open_shard", lambda *given: opened.append(given) or real(*given))
    asked = task(copied)
    for _ in range(2):
        assert at_worker.count(asked)[0] == at_worker.COUNTED
    assert len(opened) == 3
    shutil.rmtree(copied.folder / "shards")
    assert at_worker.count(asked)[0] == at_worker.COUNTED


# Shards


def _flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))


def _swap(home: Path) -> None:
    (home / "02").rename(home / "aside")
    (home / "03").rename(home / "02")
    (home / "aside").rename(home / "03")


def _other_patients(home: Path) -> None:
    """A whole shard of the same name and version, of other patients."""
    other = in_shards(synthetic_tables(6, 20), home.parents[2] / "other")
    shutil.rmtree(home / "02")
    shutil.copytree(shards_home(other) / "02", home / "02")
    other.close()


FAULTS: dict[str, tuple[Callable[[Path], object], str]] = {
    "missing": (lambda home: shutil.rmtree(home / "02"), "02: 02: there is no such folder"),
    "without a file": (
        lambda home: (home / "02/versions/v1/visits.parquet").unlink(),
        "visits.parquet: the file is missing",
    ),
    "cut short": (
        lambda home: os.truncate(home / "02/versions/v1/visits.parquet", 900),
        "visits.parquet: the file was altered or cut short",
    ),
    "one bit flipped": (
        lambda home: _flip(home / "02/versions/v1/cases.parquet"),
        "cases.parquet: the file was altered or cut short",
    ),
    "its manifest flipped": (lambda home: _flip(home / "02/versions/v1/manifest.json"), "manifest.json"),
    "of another content": (_other_patients, "expected"),
    "two exchanged": (_swap, "of 3 of version v1; copy it anew."),
    "of another version": (
        lambda home: (home / "02/versions/v1").rename(home / "02/versions/v2"),
        "“v1” is not a version",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_shard_that_is_not_what_its_list_says(copied: Registry, address: str, fault: str) -> None:
    spoil, expected = FAULTS[fault]
    spoil(shards_home(copied))
    said = refusal(lambda: engine(copied, address).answer(QUESTION))
    assert said.startswith(f"A worker counted nothing: shards/{shards_home(copied).name}/0")
    assert expected in said
    assert str(copied.folder) not in said
    write_shards(copied.folder, None, 3)
    assert engine(copied, address).answer(QUESTION) == right(copied)


def test_a_damaged_list_is_said_before_anybody_is_asked(copied: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    (shards_home(copied) / "shards.json").write_text("{}")
    monkeypatch.setenv("PLRO_DASK", "tcp://127.0.0.1:9")
    assert "“shard” writes them anew" in refusal(lambda: size(copied))


# What comes back is checked before it is added


def _told(registry: Registry, **to: Any) -> tuple[Any, ...]:
    verdict, shards, answers = at_worker.count(task(registry))
    return (to.get("verdict", verdict), to.get("shards", shards), to.get("answers", answers))


def test_a_shard_that_is_counted_twice_or_not_at_all(made: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = _told(made)
    left_out = _told(made, shards={name: whole[1][name] for name in ("01", "02")})
    other = _told(made, shards=whole[1] | {"03": "0" * 64})
    monkeypatch.setattr(cluster, "workers", lambda address: ["a worker"])
    for told in ([whole, whole], [left_out], [other], [left_out, left_out], []):
        monkeypatch.setattr(cluster, "results", lambda *_, told=told: told)
        said = refusal(lambda: engine(made, "tcp://127.0.0.1:9").answer(QUESTION))
        assert said.endswith("did not count every shard of version v1 once; nothing was counted.")
    monkeypatch.setattr(cluster, "results", lambda *_: [whole])
    assert engine(made, "tcp://127.0.0.1:9").answer(QUESTION) == right(made)


WRONG: list[Any] = [
    None,
    "counted",
    (),
    ("counted",),
    ("counted", {}, {}),
    ("counted", {"01": 1}, [{}]),
    ("counted", {1: "x"}, [{}]),
    ("counted", {"01": "x"}, []),
    ("counted", {"01": "x"}, [{}, {}]),
    *(
        ("counted", {"01": "x"}, [answer])
        for answer in (
            None,
            [(("age",), 1)],
            {("age",): -1},
            {("age",): 0},
            {("age",): 1.0},
            {("age",): True},
            {("age",): "1"},
            {"age": 1},
            {("age", float("nan")): 1},
            {("age", float("inf")): 1},
            {("age", b"x"): 1},
            {("age", (b"x", 2)): 1},
            {("age", (("x",),)): 1},
            {(frozenset(),): 1},
        )
    ),
]


@pytest.mark.parametrize("told", WRONG, ids=repr)
def test_what_is_no_answer_is_not_added(told: Any) -> None:
    said = refusal(lambda: dask_engine.checked(told, 1))
    assert said == "A worker's answer is not one; expected whole numbers by their keys. Nothing was counted."


def test_what_is_an_answer_is_taken() -> None:
    answer = {("age", None, "yes", 25.5): 1, ("x", True, 3, ("a", None, 1.5)): 2, (): 3}
    assert dask_engine.checked(("counted", {"01": "x"}, [answer]), 1) == ({"01": "x"}, [answer])


def test_a_long_refusal_is_cut() -> None:
    with pytest.raises(EngineProblem) as refused:
        dask_engine.checked(("refused", "x" * 10_000), 1)
    assert len(str(refused.value)) < 600


# On a page


def opened(page: str) -> AppTest:
    app = AppTest.from_file(FRAME, default_timeout=60)
    if page != "overview":
        app.switch_page(f"{page}.py")
    return app.run()


def test_a_page_is_counted_by_the_cluster(made: Registry, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLRO_REGISTRY", str(made.folder))
    expected = words(opened("tables"))
    monkeypatch.setenv("PLRO_DASK", address)
    monkeypatch.setattr(CodeEngine, "answer", None)
    app = opened("tables")
    assert not app.exception
    assert words(app) == expected


@pytest.mark.parametrize("page", ["overview", "compare", "dictionary", "registry"])
def test_without_the_cluster_a_page_says_so_and_the_others_live(
    copied: Registry, page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "TO_CONNECT", 0.5)
    monkeypatch.setenv("PLRO_REGISTRY", str(copied.folder))
    with ExitStack() as left:
        monkeypatch.setenv("PLRO_DASK", nobody(left))
    app = opened(page)
    assert not app.exception
    assert "No Dask scheduler answers at tcp://127.0.0.1:" in words(app)
    needs_no_count = {
        "dictionary": ["What does each variable mean?"],
        "registry": ["What does the registry hold, and how did it get there?"],
    }
    assert [title.value for title in app.title] == needs_no_count.get(page, [])


def test_a_damaged_list_leaves_the_dictionary(copied: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    (shards_home(copied) / "shards.json").unlink()
    monkeypatch.setenv("PLRO_REGISTRY", str(copied.folder))
    monkeypatch.setenv("PLRO_DASK", "tcp://127.0.0.1:9")
    app = opened("dictionary")
    assert not app.exception
    assert "“shard” writes them anew" in words(app)
    assert [title.value for title in app.title] == ["What does each variable mean?"]
