"""The registry at rest: what is altered is refused, what is published is whole, and nobody can write by asking."""

import gc
import hashlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plro_core import durable
from plro_core.problems import QueryProblem, RegistryProblem
from plro_core.series.transcription import read_source
from plro_core.store import (
    SHIPPED,
    Registry,
    asking,
    current_version,
    engine,
    open_registry,
    publish,
    publishing,
    query,
    registry_folder,
    verifying,
)
from plro_core.store.engine import QUERY_LIMITS, connect
from plro_core.store.verifying import verified
from plro_core.synthetic import about as made_up
from plro_core.vocabulary import STANDARD
from tests.oracle import ABOUT, synthetic_tables

pytest_plugins = ["tests.core_fixtures"]
EditRegistry = Callable[[str, Any], Path]
FILES = [f"{table.name}.parquet" for table in STANDARD.tables]


def about(version: str) -> dict[str, Any]:
    return {**ABOUT, "version": version}


def every_file(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def refusal(folder: Path) -> str:
    with pytest.raises(RegistryProblem) as problem:
        open_registry(folder)
    said = str(problem.value)
    assert said.isprintable()
    return said


# Reading what was published


def test_the_shipped_registry_opens(registry: Registry) -> None:
    assert registry.version == current_version(SHIPPED) == "2022-2"
    assert registry.rows("SELECT (SELECT count(*) FROM cases), (SELECT count(*) FROM visits)") == [(10, 40)]
    assert registry.frame("SELECT pth FROM visits")["pth"].isna().sum() == 16
    assert registry.records("SELECT age, pth FROM cases JOIN visits USING (case_id) LIMIT 1")[0].keys() == {
        "age",
        "pth",
    }


def test_the_long_view_has_every_recorded_measurement(registry: Registry) -> None:
    wide = (
        "SELECT count(vas) + count(calcium) + count(magnesium) + count(vitamin_d) + count(alp) + count(pth) FROM visits"
    )
    assert registry.rows("SELECT count(*) FROM measurements") == registry.rows(wide)
    assert registry.rows("SELECT * FROM measurements WHERE printed_flag = 'H' AND analyte = 'calcium'") == [
        (3, 0, "calcium", 11.4, "H")
    ]


def test_which_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PLRO_REGISTRY", str(tmp_path))
    assert registry_folder() == tmp_path
    assert registry_folder("elsewhere") == Path("elsewhere")
    assert "no published version" in refusal(tmp_path)
    monkeypatch.setenv("PLRO_REGISTRY", "")
    assert registry_folder() == SHIPPED


# Damage


@pytest.mark.parametrize("name", FILES)
def test_a_missing_or_truncated_file_is_refused(edited_registry: EditRegistry, name: str) -> None:
    assert f"{name}: the file was altered or cut short" in refusal(edited_registry(name, lambda content: content[:-1]))
    assert f"{name}: the file was altered or cut short" in refusal(edited_registry(name, b""))
    assert f"{name}: the file is missing or unreadable" in refusal(edited_registry(name, None))


@given(name=st.sampled_from(FILES), place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_flipped_bit_is_refused(edited_registry: EditRegistry, name: str, place: float, bit: int) -> None:
    def flip(content: bytes) -> bytes:
        changed = bytearray(content)
        changed[int(place * len(content))] ^= 1 << bit
        return bytes(changed)

    assert f"{name}: the file was altered" in refusal(edited_registry(name, flip))
    edited_registry(name, flip)
    open_home = SHIPPED / "versions" / current_version(SHIPPED) / name
    edited_registry(name, open_home.read_bytes())


def test_a_file_that_is_not_parquet_is_refused_even_with_its_checksum(edited_registry: EditRegistry) -> None:
    folder = edited_registry("cases.parquet", b"not parquet")
    listed = {"sha256": hashlib.sha256(b"not parquet").hexdigest(), "rows": 10}
    edited_registry("manifest.json", with_fields(files={**SHIPPED_MANIFEST["files"], "cases.parquet": listed}))
    assert "cases.parquet: the file is not readable Parquet" in refusal(folder)


def test_a_table_that_breaks_a_rule_is_refused_even_with_its_checksum(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tables = read_source()
    old = tables["cases"].set_column(1, tables["cases"].schema.field("age"), pa.array([99] * 10, pa.int64()))
    with monkeypatch.context() as careless:
        careless.setattr(publishing, "violations", lambda *_: [])
        careless.setattr(publishing, "write_checked", lambda *_: None)
        publish({**tables, "cases": old}, about("1"), tmp_path, STANDARD)
    assert "cases, row 1, column age: value 99; expected age between 12 and 60 years. (9 more)" in refusal(tmp_path)


SHIPPED_MANIFEST = json.loads((SHIPPED / "versions" / "2022-2" / "manifest.json").read_bytes())


def with_fields(**fields: Any) -> bytes:
    return json.dumps({**SHIPPED_MANIFEST, **fields}).encode()


MANIFESTS = [
    (None, "manifest.json: the manifest is missing"),
    *(
        (content, "manifest.json: the manifest cannot be read")
        for content in (
            b"",
            b"{",
            b"null",
            b"[]",
            b"{}",
            b"\xff\xfe",
            b"[" * 100_000,
            json.dumps({name: value for name, value in SHIPPED_MANIFEST.items() if name != "files"}).encode(),
            with_fields(guest=1),
            with_fields(files=[]),
            with_fields(files={"cases.parquet": "abc"}),
            with_fields(files={"cases.parquet": {}}),
            with_fields(files={"cases.parquet": {"sha256": "abc", "rows": "10"}}),
            with_fields(title=3),
            with_fields(parent=["2022-2"]),
            with_fields(synthetic="no"),
            with_fields(schema_version="1"),
            with_fields(schema_version=True),
            with_fields(title="\ud800"),
            with_fields(files={"cases.parquet": {"sha256": "abc", "rows": True}}),
            with_fields().replace(b'{"', b'{"title": "Another", "', 1),
        )
    ),
    (with_fields(title=3), "cannot be read (“title” is 3; expected text); restore it from a backup."),
    (with_fields(version="20\n21"), "says version 20\ufffd21; expected 2022-2"),
    (with_fields(files={}), "cases.parquet: the manifest does not list the file"),
    (with_fields(schema_version=0), "manifest.json: schema version 0; this program reads 1."),
    (with_fields(version="2021-1"), "manifest.json: says version 2021-1; expected 2022-2, as its folder."),
]


@pytest.mark.parametrize(("content", "sentence"), MANIFESTS, ids=[str(row[0])[:20] for row in MANIFESTS])
def test_a_manifest_that_cannot_be_trusted(edited_registry: EditRegistry, content: bytes | None, sentence: str) -> None:
    assert sentence in refusal(edited_registry("manifest.json", content))


POINTERS = [
    *(b"", b"\n", b"nothing", b".", b"..", b"../versions/2022-2", b"../x", b"/etc", b"2022-2/", b"2022-2/../2022-2"),
    *(b".new-abc", b"2022-2\x00", b"2022-2\nother", b"\xff\xfe", b"a" * 5000, b"2022-2 ; rm", b"\xd9\xa1"),
]


@pytest.mark.parametrize("content", [*POINTERS, None], ids=lambda content: str(content)[:24])
def test_a_pointer_that_names_no_version(edited_registry: EditRegistry, content: bytes | None) -> None:
    folder = edited_registry("CURRENT", content)
    (folder / "versions" / ".new-abc").mkdir()
    assert "registry/CURRENT: " in refusal(folder)


# Asking in SQL


@pytest.fixture(scope="module")
def ask() -> Iterator[Callable[[str], pa.Table]]:
    """``query`` on one copy, so that forty questions do not make it forty times; none of them may have changed it."""
    tables = verified(SHIPPED)[2]
    connection = connect(tables, STANDARD, QUERY_LIMITS)

    def ask(sql: str) -> pa.Table:
        asking.check_length(sql)
        return asking.answer(connection, sql)

    yield ask
    assert connection.execute("SELECT count(*) FROM duckdb_tables()").fetchall() == [(len(tables),)]
    for name, table in tables.items():
        left = connection.sql(f'FROM "{name}"').to_arrow_table()
        assert sorted(map(repr, left.to_pylist())) == sorted(map(repr, table.to_pylist()))
    connection.close()


HOSTILE = [
    "DELETE FROM cases",
    "UPDATE cases SET age = 30",
    "INSERT INTO cases SELECT * FROM cases",
    "DROP TABLE cases",
    "CREATE TABLE stolen AS FROM cases",
    "CREATE TEMP TABLE stolen AS FROM cases",
    "WITH gone AS (DELETE FROM cases RETURNING *) SELECT * FROM gone",
    "WITH more AS (INSERT INTO cases FROM cases RETURNING *) SELECT * FROM more",
    "WITH other AS (UPDATE cases SET age = 30 RETURNING *) SELECT * FROM other",
    "EXPLAIN ANALYZE DELETE FROM cases",
    "EXPLAIN ANALYZE CREATE TABLE stolen AS FROM cases",
    "EXPLAIN ANALYZE COPY cases TO '{tmp}/out.csv'",
    "COMMIT",
    "ROLLBACK",
    "SELECT 1; DELETE FROM cases",
    "SELECT 1; SELECT 2",
    "COPY cases TO '{tmp}/out.csv'",
    "COPY (FROM cases) TO '{tmp}/out.parquet'",
    "EXPORT DATABASE '{tmp}/out'",
    "ATTACH '{tmp}/other.duckdb'",
    "INSTALL httpfs",
    "LOAD httpfs",
    "SET threads = 1",
    "SET enable_external_access = true",
    "RESET lock_configuration",
    "PRAGMA enable_profiling",
    "CALL pragma_version()",
    "BEGIN",
    "CHECKPOINT",
    "PREPARE ask AS SELECT 1",
    "FROM read_csv('{tmp}/secret.csv')",
    "FROM read_text('{tmp}/secret.csv')",
    "FROM glob('{tmp}/*')",
    "FROM '{tmp}/secret.csv'",
    "FROM 'https://localhost/secret.parquet'",
    "SELECT getenv('HOME')",
    "FROM secret",
    "FROM nowhere",
    "SELECT nothing FROM cases",
    "SELEC * FROM cases",
    "SELECT",
    "SELECT ?",
    "SELECT error('first line\nsecond line')",
    "SELECT " + "1 + " * 100_000 + "1",
    "SELECT " + "(" * 10_000,
    "SELECT " + "-" * 10_000,
    "SELECT " + "a" * 1_000_000,
    "SELECT \x00",
    "SELECT '\ud800'",
    "",
    "  ",
    ";",
    "-- SELECT 1",
]


@pytest.mark.parametrize("sql", HOSTILE, ids=[repr(sql[:40]) for sql in HOSTILE])
def test_a_query_that_does_not_only_ask_is_refused(ask: Callable[[str], pa.Table], tmp_path: Path, sql: str) -> None:
    secret = pa.table({"a": [1]})  # a variable of ours that a query must not see
    (tmp_path / "secret.csv").write_text("a\n1\n")
    before = every_file(SHIPPED)
    with pytest.raises(QueryProblem, match="The query was refused: ") as problem:
        ask(sql.replace("{tmp}", str(tmp_path)))
    assert "\n" not in str(problem.value)
    assert len(str(problem.value)) < 300
    assert every_file(SHIPPED) == before
    assert [path.name for path in tmp_path.iterdir()] == ["secret.csv"]
    assert secret.num_rows == 1


@pytest.mark.parametrize(
    ("sql", "rows"),
    [
        ("SELECT 1", 1),
        ("FROM cases WHERE age > 30;", 5),
        ("-- who\nWITH old AS (FROM cases WHERE age > 30) SELECT case_id FROM old", 5),
        ("SHOW TABLES", len(STANDARD.tables) + 1),
        ("DESCRIBE cases", 15),
        ("SELECT 1 AS a, 2 AS a", 1),
        ("FROM cases WHERE false", 0),
    ],
)
def test_a_query_that_asks_is_answered(ask: Callable[[str], pa.Table], sql: str, rows: int) -> None:
    assert ask(sql).num_rows == rows


def test_a_query_without_end_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(QUERY_LIMITS, "max_execution_time", "200")
    with pytest.raises(QueryProblem, match="maximum execution time"):
        query("SELECT count(*) FROM range(1_000_000_000_000)", SHIPPED)


#: A question without end; it says when it is being answered.
ENDLESS = """
from plro_core.store import asking
answer = asking.answer
def answered(connection, sql):
    print("asked", flush=True)
    return answer(connection, sql)
asking.answer = answered
asking.query("SELECT count(*) FROM cases, range(1_000_000_000_000)")
"""


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL])
def test_a_query_that_is_killed_leaves_nothing_on_disk(end: signal.Signals, tmp_path: Path) -> None:
    here, scratch = tmp_path / "here", tmp_path / "scratch"
    here.mkdir()
    scratch.mkdir()
    told = {**os.environ, "PYTHONPATH": str(SHIPPED.parent), "TMPDIR": str(scratch), "PYTHONDONTWRITEBYTECODE": "1"}
    with subprocess.Popen(
        [sys.executable, "-c", ENDLESS], cwd=here, env=told, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as asked:
        assert asked.stdout is not None
        assert asked.stdout.readline() == b"asked\n"
        time.sleep(0.3)
        assert asked.poll() is None
        during = sorted(tmp_path.rglob("*"))
        asked.send_signal(end)
        asked.wait(30)
    assert during == sorted(tmp_path.rglob("*")) == [here, scratch]


def test_a_query_verifies_the_registry_first(edited_registry: EditRegistry) -> None:
    folder = edited_registry("visits.parquet", lambda content: content + b"x")
    with pytest.raises(RegistryProblem, match=r"visits\.parquet"):
        query("SELECT 1", folder)


def test_the_shared_registry_reaches_no_file(registry: Registry, tmp_path: Path) -> None:
    for sql in (
        f"COPY cases TO '{tmp_path}/x.csv'",
        "SET threads = 1",
        f"ATTACH '{tmp_path}/x.duckdb'",
        "FROM glob('/*')",
    ):
        with pytest.raises(duckdb.Error):
            registry.rows(sql)
    assert list(tmp_path.iterdir()) == []


# Threads


def test_threads_get_the_right_answers(registry: Registry) -> None:
    wrong: list[object] = []

    def ask(case_id: int) -> None:
        for _ in range(30):
            rows = registry.rows("SELECT case_id, count(*) FROM visits WHERE case_id = ? GROUP BY 1", [case_id])
            wrong.extend(rows if rows != [(case_id, 4)] else [])

    threads = [threading.Thread(target=ask, args=(case_id,)) for case_id in range(1, 11)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a_thread_that_ended_leaves_no_cursor(registry: Registry) -> None:
    cursors: list[weakref.ref[Any]] = []

    def ask() -> None:
        registry.rows("SELECT 1")
        cursors.append(weakref.ref(registry.cursor))

    for _ in range(20):
        thread = threading.Thread(target=ask)
        thread.start()
        thread.join()
    gc.collect()
    assert [cursor() for cursor in cursors] == [None] * 20
    assert registry.rows("SELECT 1") == [(1,)]


# Publishing


def numbered(version: int) -> dict[str, pa.Table]:
    """Tables whose cases and visits both say the version's number."""
    tables = synthetic_tables(1, 5)
    for table, column, kind in (("cases", "weight_gain_kg", pa.float64()), ("visits", "vas", pa.int64())):
        frame = tables[table]
        place = frame.column_names.index(column)
        tables[table] = frame.set_column(
            place, frame.schema.field(column), pa.array([version % 10] * frame.num_rows, kind)
        )
    return tables


def said_by(folder: Path) -> int:
    """The number that every case and visit of the published version says."""
    opened = open_registry(folder)
    found = opened.rows("SELECT weight_gain_kg FROM cases UNION SELECT vas FROM visits")
    version = opened.version
    opened.close()
    assert found == [(int(version) % 10,)]
    return int(version)


def test_publishing_moves_the_pointer_and_keeps_the_old_version(tmp_path: Path) -> None:
    for version in (1, 2):
        publish(numbered(version), about(str(version)), tmp_path, STANDARD, parent="1" if version == 2 else None)
        assert said_by(tmp_path) == version
    assert sorted(path.name for path in (tmp_path / "versions").iterdir()) == ["1", "2"]
    publish(numbered(1), about("1"), tmp_path, STANDARD)
    assert said_by(tmp_path) == 1


def test_publishing_again_changes_nothing(tmp_path: Path) -> None:
    publish(numbered(1), about("1"), tmp_path, STANDARD)
    before = {path: (path.stat().st_mtime_ns, path.stat().st_ino) for path in tmp_path.rglob("*") if path.is_file()}
    publish(numbered(1), about("1"), tmp_path, STANDARD)
    assert {path: (path.stat().st_mtime_ns, path.stat().st_ino) for path in before} == before


def test_a_version_is_never_changed(tmp_path: Path) -> None:
    publish(numbered(1), about("1"), tmp_path, STANDARD)
    before = every_file(tmp_path)
    for tables, words in ((numbered(2), about("1")), (numbered(1), {**about("1"), "note": "other words"})):
        with pytest.raises(RegistryProblem, match="versions/1 exists with other contents"):
            publish(tables, words, tmp_path, STANDARD)
    assert every_file(tmp_path) == before


def test_a_damaged_version_is_not_published_again(tmp_path: Path) -> None:
    publish(numbered(1), about("1"), tmp_path, STANDARD)
    publish(numbered(2), about("2"), tmp_path, STANDARD)
    (tmp_path / "versions" / "1" / "cases.parquet").write_bytes(b"")
    with pytest.raises(RegistryProblem, match="altered"):
        publish(numbered(1), about("1"), tmp_path, STANDARD)
    assert said_by(tmp_path) == 2


def test_tables_that_break_a_rule_are_not_published(tmp_path: Path) -> None:
    with pytest.raises(RegistryProblem, match="the table is missing"):
        publish({}, about("1"), tmp_path, STANDARD)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["", ".", "..", "../out", "a/b", ".new-x", "a b", "x" * 101, "v\n", "١"])
def test_a_version_needs_a_name_that_can_be_a_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(RegistryProblem, match="cannot name a version"):
        publish(numbered(1), about(name), tmp_path / "registry", STANDARD)
    assert list(tmp_path.iterdir()) == []


def test_a_negative_zero_is_stored_as_zero(tmp_path: Path) -> None:
    tables = numbered(1)
    place = tables["cases"].column_names.index("t_l1_l4")
    minus = tables["cases"].set_column(place, tables["cases"].schema.field("t_l1_l4"), pa.array([-0.0] * 5))
    publish({**tables, "cases": minus}, about("1"), tmp_path, STANDARD)
    stored = open_registry(tmp_path).arrow("SELECT t_l1_l4 FROM cases")["t_l1_l4"]
    assert not any(str(value).startswith("-") for value in stored.to_pylist())
    assert pc.sum(stored).as_py() == 0


@pytest.mark.parametrize("error", [OSError("disk full"), RuntimeError("anything"), KeyboardInterrupt()], ids=repr)
@pytest.mark.parametrize("after", [0, 9])
def test_an_interrupted_write_leaves_the_old_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException, after: int
) -> None:
    """Nine files of a version are written durably, then the pointer: it may stop before the first or before the last."""
    publish(numbered(1), about("1"), tmp_path, STANDARD)
    write = durable._write
    written: list[Path] = []

    def stop(path: Path, content: bytes) -> None:
        if len(written) == after:
            raise error
        written.append(path)
        write(path, content)

    with monkeypatch.context() as failing:
        failing.setattr(durable, "_write", stop)
        with pytest.raises(type(error)):
            publish(numbered(2), about("2"), tmp_path, STANDARD)
    assert said_by(tmp_path) == 1
    assert not list((tmp_path / "versions").glob(".*"))
    publish(numbered(2), about("2"), tmp_path, STANDARD)
    assert said_by(tmp_path) == 2


def test_a_disk_that_keeps_less_than_was_written_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(numbered(1), about("1"), tmp_path, STANDARD)
    with monkeypatch.context() as full:
        full.setattr(Path, "read_bytes", lambda path: b"")
        with pytest.raises(OSError, match="not written whole"):
            publish(numbered(2), about("2"), tmp_path, STANDARD)
    assert said_by(tmp_path) == 1


def test_what_a_killed_writer_left_is_ignored_and_swept(tmp_path: Path) -> None:
    publish(numbered(1), about("1"), tmp_path, STANDARD)
    (tmp_path / "versions" / ".new-half").mkdir()
    (tmp_path / "versions" / ".new-half" / "cases.parquet").write_bytes(b"half")
    (tmp_path / ".new-123").write_bytes(b"")
    assert said_by(tmp_path) == 1
    publish(numbered(2), about("2"), tmp_path, STANDARD)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["CURRENT", "checked", "versions"]
    assert sorted(path.name for path in (tmp_path / "versions").iterdir()) == ["1", "2"]


WRITER = """
import sys, itertools
from pathlib import Path
from plro_core.store import publish
from plro_core.vocabulary import STANDARD
from tests.test_store import about, numbered
folder, start = Path(sys.argv[1]), int(sys.argv[2])
tables = [numbered(number) for number in range(10)]
print("ready", flush=True)
sys.stdin.readline()
for number in itertools.count(start, 3):
    publish(tables[number % 10], about(str(number)), folder, STANDARD)
"""


def test_writers_that_are_killed_and_readers_that_go_on(tmp_path: Path) -> None:
    """Three writers publish into one registry and are killed at different moments; every reader gets a whole version."""
    publish(numbered(1), about("1"), tmp_path, STANDARD)
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path), str(start)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(SHIPPED.parent)},
        )
        for start in (10, 11, 12)
    ]
    try:
        for writer in writers:
            assert writer.stdout is not None
            assert writer.stdout.readline() == b"ready\n"
        for writer in writers:
            assert writer.stdin is not None
            writer.stdin.write(b"go\n")
            writer.stdin.flush()
        seen = set()
        for writer, wait in zip(writers, (0.25, 0.2, 0.15), strict=True):
            until = time.monotonic() + wait
            while time.monotonic() < until:
                seen.add(said_by(tmp_path))
            writer.send_signal(signal.SIGKILL)
            writer.wait(timeout=10)
            seen.add(said_by(tmp_path))
        assert len(seen) > 1
    finally:
        for writer in writers:
            writer.kill()
            writer.wait(timeout=10)
            for stream in (writer.stdin, writer.stdout):
                if stream is not None:
                    stream.close()
    publish(numbered(2), about("2"), tmp_path, STANDARD)
    assert said_by(tmp_path) == 2
    assert not list((tmp_path / "versions").glob(".*"))


def test_a_named_version_is_opened_while_another_is_published(tmp_path: Path) -> None:
    publish(numbered(1), about("1"), tmp_path, STANDARD)
    publish(numbered(2), about("2"), tmp_path, STANDARD)
    assert open_registry(tmp_path).version == "2"
    assert open_registry(tmp_path, "1").version == "1"


@pytest.mark.parametrize("name", ["3", "", "..", "../1", "a/b", "\x00"])
def test_a_version_that_is_not_there_is_refused(tmp_path: Path, name: str) -> None:
    publish(numbered(1), about("1"), tmp_path, STANDARD)
    with pytest.raises(RegistryProblem, match="is not a version"):
        open_registry(tmp_path, name)


# What was checked when it was written


def test_what_was_checked_is_not_checked_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(read_source(), about("1"), tmp_path, STANDARD)
    asked: list[str] = []
    monkeypatch.setattr(verifying, "violations", lambda tables, vocabulary: asked.append("all"))
    open_registry(tmp_path).close()
    assert asked == []
    (tmp_path / "checked" / "1").unlink()
    open_registry(tmp_path).close()
    assert asked == ["all"]


@pytest.mark.parametrize("words", ["", "wrong", f"{'0' * 64} {'0' * 64}\n", "\xff"])
def test_a_check_of_something_else_counts_for_nothing(
    words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(read_source(), about("1"), tmp_path, STANDARD)
    (tmp_path / "checked" / "1").write_text(words, encoding="latin-1")
    asked: list[str] = []
    monkeypatch.setattr(verifying, "violations", lambda tables, vocabulary: asked.append("all"))
    open_registry(tmp_path).close()
    assert asked == ["all"]


def test_other_rules_check_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(read_source(), about("1"), tmp_path, STANDARD)
    (tmp_path / "variables.toml").write_text('use = ["bmi"]\n', encoding="utf-8")
    asked: list[str] = []
    monkeypatch.setattr(verifying, "violations", lambda tables, vocabulary: asked.append("all"))
    open_registry(tmp_path).close()
    assert asked == ["all"]


def test_nothing_is_loaded_before_it_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Opening reads the numbers of patients and visits; the engine is given a table when a question names it."""
    publish(synthetic_tables(1, 20), made_up(20, 1, "paper"), tmp_path, STANDARD)
    loaded: list[str] = []
    load = engine._load
    monkeypatch.setattr(engine, "_load", lambda *given: (loaded.append(given[1]), load(*given)))
    opened = open_registry(tmp_path)
    assert (opened.patients, loaded) == (20, [])
    assert opened.rows("SELECT count(*) FROM cases WHERE coalesce(breastfeeding, '') <> 'visits'") == [(20,)]
    assert loaded == ["cases"]
    assert opened.rows("SELECT count(DISTINCT (case_id, month)) FROM measurements") != [(0,)]
    assert opened.rows('SELECT count(*) FROM "VISITS"') == [(opened.visits,)]
    assert loaded == ["cases", "visits"]
    with closing(opened.cursor) as cursor:
        assert cursor.execute("SELECT count(*) FROM provenance").fetchall() == [(0,)]
    assert sorted(loaded) == sorted(opened.tables)
    opened.close()


def test_a_table_whose_columns_may_not_lack_values_is_a_table(tmp_path: Path) -> None:
    """Who makes tables with an engine of her own is often told so of keys; what is stored then opens like any other."""
    tables = synthetic_tables(1, 30)
    cases = tables["cases"]
    strict = pa.schema([field.with_nullable(field.name != "case_id") for field in cases.schema])
    publish({**tables, "cases": pa.table(cases.columns, schema=strict)}, ABOUT | {"version": "v1"}, tmp_path, STANDARD)
    with closing(open_registry(tmp_path)) as opened:
        assert opened.tables["cases"].schema == opened.tables.shape("cases")
        assert opened.tables.column("cases", "case_id").to_pylist() == cases["case_id"].to_pylist()


def test_a_long_question_writes_no_bar_among_the_answers(registry: Registry) -> None:
    assert registry.rows("SELECT current_setting('enable_progress_bar')") == [(False,)]
