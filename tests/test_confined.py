"""Strangers' bytes are read in a process of their own: whatever it does, the asker gets one sentence and goes on."""

import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from pages.parts.registry import work
from plro_core import confined
from plro_core.bundle import bundle, opening, unbundle
from plro_core.confined import BrokenOff, Limits, Readers, ask
from plro_core.confined.message import packed, unpacked
from plro_core.handover import told_apart
from plro_core.intake import Dialect, File, delimited, filled, heads, read, texts, workbook, workbooks
from plro_core.intake.refusal import Refusal
from plro_core.preview import held_tables
from plro_core.problems import DataProblem
from plro_core.progress import StoppedWork, tell
from plro_core.store import SHIPPED, open_registry
from plro_core.vocabulary import STANDARD
from tests import intake_files
from tests.intake_files import CASES, HEAD, ROW, sheet_xml

ROOT = Path(__file__).resolve().parent.parent
READER = "tests.readers"
SMALL = Limits(memory=400_000_000, processor=2, clock=20, answer=1_000_000)
FAR = ("A2147483647", "A20000000", "ZZZZZZ1")


def asked(*words: str, files: tuple[bytes, ...] = (), limits: Limits = SMALL) -> Any:
    return ask(READER, list(words), files, lambda value, given: (value, given), limits)


def with_place(place: str) -> bytes:
    cell = f'<c r="{place}"><v>1</v></c></row></sheetData>'.encode()
    return sheet_xml(lambda xml: xml.replace(b"</row></sheetData>", cell))


def with_row(number: str) -> bytes:
    row = f'<row r="{number}"><c><v>1</v></c></row></sheetData>'.encode()
    return sheet_xml(lambda xml: xml.replace(b"</sheetData>", row))


# How it may go wrong


@pytest.mark.parametrize(
    ("kind", "limits", "sentence"),
    [
        ("abort", SMALL, "broke off at it, or it takes more than 0.4 GB of memory"),
        ("segfault", SMALL, "the program that reads such files broke off at it; expected"),
        ("exit", SMALL, "the program that reads such files broke off at it; expected"),
        ("exception", SMALL, "met an unexpected problem of type KeyError."),
        ("nonsense", SMALL, "the program that reads such files broke off at it; expected"),
        ("nothing", SMALL, "the program that reads such files broke off at it; expected"),
        ("flood", SMALL, "it holds more than 1 MB when unpacked"),
        ("spin", SMALL, "reading it takes longer than 2 seconds"),
        ("wait", replace(SMALL, clock=1.0), "reading it takes longer than 1 seconds"),
        ("hog", SMALL, "reading it takes more than 0.4 GB of memory"),
        ("hog", replace(SMALL, watched=True), "reading it takes more than 0.4 GB of memory"),
    ],
)
def test_whatever_a_reader_does_is_one_sentence(kind: str, limits: Limits, sentence: str, tmp_path: Path) -> None:
    with pytest.raises(BrokenOff, match=r"\.$") as caught:
        asked(kind, str(tmp_path), limits=limits)
    assert sentence in str(caught.value)
    assert "patient" not in str(caught.value)
    assert str(caught.value).endswith(".")


@pytest.mark.parametrize("place", FAR)
def test_the_reader_library_itself_is_ended_where_no_gate_stands_before_it(place: str) -> None:
    with pytest.raises(BrokenOff, match=r"memory|broke off"):
        asked("workbook", files=(with_place(place),))


def test_a_plain_problem_is_told_as_it_stands() -> None:
    with pytest.raises(DataProblem, match=r"^the file is not as it should be\.$"):
        asked("problem")


def test_a_reader_leaves_nothing_on_the_disk() -> None:
    with pytest.raises(BrokenOff, match="OSError"):
        asked("write")
    left = Path("/", "tmp", "left-by-a-reader")
    assert left.read_bytes() == b""
    left.unlink()


def test_a_reader_knows_nothing_of_the_servers_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLRO_SECRET", "x")
    names, _ = asked("environment")
    assert "PLRO_SECRET" not in names
    assert "PATH" not in names


def test_a_reader_that_cannot_start_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(BrokenOff, match="no process could be started"):
        asked("echo")


@pytest.mark.parametrize(
    "message", [b"", b"\0" * 7, b"\0" * 8, packed([1], [b"ab"])[:-1], packed([1], [b"ab"]) + b"c", b"\xff" * 30]
)
def test_half_a_message_is_none(message: bytes) -> None:
    with pytest.raises(ValueError, match=r"^$"):
        unpacked(message)


def test_a_message_comes_back_as_it_was_sent() -> None:
    value = [1, 1.0, True, None, "ş\U0001f600", float("inf"), -0.0, {"a": []}]
    assert unpacked(packed(value, [b"", b"\0x"]))[0] == value
    assert unpacked(packed(value, [b"", b"\0x"]))[1] == [b"", b"\0x"]


# Threads, turns, and the end


def test_many_threads_ask_at_once_and_each_gets_its_own_answer() -> None:
    with ThreadPoolExecutor(6) as pool:
        given = list(pool.map(lambda number: asked("echo", str(number), files=(bytes([number]),)), range(6)))
    assert given == [([str(number)], [bytes([number])]) for number in range(6)]


def test_who_waits_too_long_for_others_is_told(tmp_path: Path) -> None:
    threads = [threading.Thread(target=_waiting, args=(tmp_path,)) for _ in range(2)]
    for thread in threads:
        thread.start()
    readers = _readers(tmp_path, 2)
    with pytest.raises(BrokenOff, match="waited too long for other files"):
        asked("echo", limits=replace(SMALL, clock=0.2))
    confined.end_all()
    for thread in threads:
        thread.join(5)
        assert not thread.is_alive()
    assert not any(_lives(reader) for reader in readers)
    assert asked("echo", "again")[0] == ["again"]


def _waiting(folder: Path) -> None:
    with pytest.raises(BrokenOff):
        asked("wait", str(folder))


def _waiting_for(readers: Readers, folder: Path) -> str:
    """How a file that is read for a piece of work breaks off, and the one after it."""
    with readers.at_work():
        _waiting(folder)
        with pytest.raises(BrokenOff) as caught:
            asked("echo")
    return str(caught.value)


def test_one_piece_of_work_is_ended_and_the_others_go_on(tmp_path: Path) -> None:
    stopped, kept = Readers(), Readers()
    for name in ("stopped", "kept", "waits"):
        (tmp_path / name).mkdir()
    with ThreadPoolExecutor(3) as pool:
        first = pool.submit(_waiting_for, stopped, tmp_path / "stopped")
        second = pool.submit(_waiting_for, kept, tmp_path / "kept")
        (ended,), (going,) = _readers(tmp_path / "stopped", 1), _readers(tmp_path / "kept", 1)
        waits = pool.submit(_waiting_for, stopped, tmp_path / "waits")  # both turns are taken
        stopped.end()
        assert first.result(5) == waits.result(5) == "reading it was stopped."
        assert not _lives(ended)
        assert _lives(going)
        kept.end()
        second.result(5)
        assert not _lives(going)
    assert not os.listdir(tmp_path / "waits")


def test_a_stopped_page_leaves_no_reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Stopped(Exception):
        """What Streamlit raises when a click breaks a run off."""

    class Bar:
        def progress(self, *_: object) -> None:
            if os.listdir(tmp_path):
                raise Stopped

    monkeypatch.setattr(work.st, "progress", lambda *_, **__: Bar())
    with pytest.raises(Stopped):
        work.patiently("slot", "key", "Reading", lambda told: asked("wait", str(tmp_path)))
    (reader,) = _readers(tmp_path, 1)
    assert _soon(lambda: not _lives(reader))
    assert "slot" not in work.st.session_state


def test_work_of_a_stopped_page_ends_where_it_next_tells_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, ended = threading.Event(), threading.Event()

    class Bar:
        def progress(self, *_: object) -> None:
            begun.wait(10)
            raise KeyboardInterrupt  # as a click breaks a run off

    def reading(told: work.Told) -> None:
        begun.set()
        try:
            while True:
                tell(told.progress, 0.5, "visits.csv")
        except StoppedWork:
            ended.set()
            raise

    monkeypatch.setattr(work.st, "progress", lambda *_, **__: Bar())
    with pytest.raises(KeyboardInterrupt):
        work.patiently("slot", "key", "Reading", reading)
    assert ended.wait(10)
    assert "slot" not in work.st.session_state


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_the_end_of_the_asker_is_the_end_of_its_reader(number: signal.Signals, tmp_path: Path) -> None:
    program = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); from plro_core.confined import ask; "
        f"ask({READER!r}, ['wait', {str(tmp_path)!r}], [], lambda *_: None)"
    )
    asker = subprocess.Popen([sys.executable, "-c", program], stderr=subprocess.DEVNULL)
    (reader,) = _readers(tmp_path, 1)
    assert _lives(reader)
    asker.send_signal(number)
    asker.wait(10)
    assert _soon(lambda: not _lives(reader))


def _readers(folder: Path, count: int) -> list[int]:
    assert _soon(lambda: len(os.listdir(folder)) == count)
    return [int(name) for name in os.listdir(folder)]


def _soon(true: Any) -> bool:
    end = time.monotonic() + 15
    while not true() and time.monotonic() < end:
        time.sleep(0.05)
    return bool(true())


def _lives(process: int) -> bool:
    told = subprocess.run(["ps", "-o", "stat=", "-p", str(process)], capture_output=True, text=True, check=False)
    return bool(told.stdout.strip()) and not told.stdout.startswith("Z")


@pytest.mark.parametrize("flags", [["-I"], ["-I", "-S"], []])
def test_a_file_is_read_under_an_isolated_python_too(flags: list[str], tmp_path: Path) -> None:
    (tmp_path / "visits.xlsx").write_bytes(intake_files.workbook([HEAD, ROW]))
    program = (
        f"import sys; sys.path[:] = {sys.path!r}; sys.path.insert(0, {str(ROOT)!r}); from pathlib import Path; "
        "from plro_core.intake import File, workbooks; "
        "print(len(workbooks.sheets(File('v.xlsx', Path('visits.xlsx').read_bytes()), frozenset())[0]))"
    )
    told = subprocess.run([sys.executable, *flags, "-c", program], cwd=tmp_path, capture_output=True, timeout=60)
    assert told.stdout == b"1\n", told.stderr


@pytest.mark.parametrize(
    ("task", "heavy"),
    [
        ("plro_core.intake.workbooks", {"pandas", "duckdb", "streamlit", "numpy", "pyarrow", "plotly"}),
        ("plro_core.intake.texts", {"pandas", "duckdb", "streamlit", "numpy", "pyarrow", "plotly"}),
        ("plro_core.unpacking", {"pandas", "duckdb", "streamlit", "numpy", "pyarrow", "plotly"}),
        ("plro_core.bundle.opening", {"pandas", "duckdb", "streamlit", "numpy", "pyarrow", "plotly"}),
        ("plro_core.bundle.columns", {"pandas", "duckdb", "streamlit", "plotly"}),
    ],
)
def test_a_reader_loads_only_what_it_needs(task: str, heavy: set[str]) -> None:
    program = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); from plro_core.confined.child import _answer_of; "
        f"_answer_of({task!r}); print(*sys.modules)"
    )
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert task in told.stdout.split()
    assert not heavy & set(told.stdout.split())


# Files


@pytest.mark.parametrize("content", [*map(with_place, FAR), with_row("2147483647"), with_row("20000000")])
def test_a_place_that_no_sheet_has_is_refused_by_name(content: bytes) -> None:
    found = read([File("visits.xlsx", content), File("cases.csv", CASES.encode())], STANDARD)
    assert found.tables is None
    assert [finding.rule for finding in found.errors] == ["too_large"]
    assert "visits.xlsx, sheet visits: a row or a cell at “" in found.errors[0].sentence


def test_a_workbook_that_ends_the_reader_is_refused_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confined.asking, "LIMITS", Limits(memory=300_000_000))
    found = read([File("visits.xlsx", with_place("T1000000"))], STANDARD)  # twenty million cells pass the gate
    assert found.tables is None
    assert found.errors[0].sentence.startswith("visits.xlsx: ")
    assert "0.3 GB of memory" in found.errors[0].sentence


def test_an_archive_that_takes_too_long_is_refused_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confined.asking, "LIMITS", Limits(clock=0.001))
    found = told_apart([File("all.zip", intake_files.archive([("cases.csv", CASES.encode())]))], STANDARD)
    assert found.files == ()
    assert "longer than 0.001 seconds" in found.findings[0].sentence
    assert found.findings[0].file == "all.zip"


def kinds() -> bytes:
    def more(book: Any, page: Any) -> None:
        shown = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        page.write_row(2, 0, [True, False, 1.5, "ş <&> \U0001f600"])
        page.write_datetime(3, 0, datetime(2022, 5, 3, 14, 30), shown)
        page.write_datetime(3, 1, date(2022, 5, 3), book.add_format({"num_format": "yyyy-mm-dd"}))
        page.write_number(3, 2, 0.5, book.add_format({"num_format": "[h]:mm"}))
        page.write_number(3, 3, 0.25, book.add_format({"num_format": "hh:mm"}))

    return intake_files.workbook([HEAD, ROW], more=more)


@pytest.mark.parametrize("content", [kinds(), filled(STANDARD, held_tables(open_registry(SHIPPED)))])
def test_a_good_workbook_gives_what_it_gives_when_read_here(content: bytes) -> None:
    file = File("all.xlsx", content)
    here, there = workbook.sheets(file, frozenset()), workbooks.sheets(file, frozenset())
    assert there == here
    assert repr(there) == repr(here)  # 1 and 1.0 and True are equal


def test_a_refused_workbook_gives_the_same_findings() -> None:
    file = File("visits.xlsx", sheet_xml(lambda xml: xml.replace(b'<c r="D2"><v>8.9', b'<c r="D2" t="e"><v>#N/A')))
    with pytest.raises(Refusal) as here:
        workbook.sheets(file, frozenset())
    with pytest.raises(Refusal) as there:
        workbooks.sheets(file, frozenset())
    assert there.value.findings == here.value.findings


@pytest.mark.parametrize(
    ("content", "declared"),
    [
        ("case_id;month;calcium\n1;0;8,9\n\n1;1;\n".encode("utf-16"), Dialect()),
        ("case_id\tagent\n1\tağrı\n".encode("cp1254"), Dialect("cp1254")),
    ],
)
def test_long_text_gives_what_short_text_gives(
    content: bytes, declared: Dialect, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = File("visits.csv", content)
    here = texts.sheet(file, declared, STANDARD)
    assert here == delimited.sheet(file, declared, heads.knows(STANDARD))
    monkeypatch.setattr(texts, "SHORT", 0)
    monkeypatch.setattr(delimited, "sheet", None)  # not read here
    assert texts.sheet(file, declared, STANDARD) == here


def test_long_text_that_fills_the_memory_is_refused_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confined.asking, "LIMITS", Limits(memory=200_000_000))
    found = read([File("visits.csv", b"ab," * 3_000_000)], STANDARD)
    assert found.errors[0].sentence.startswith("visits.csv: reading it takes more than 0.2 GB of memory")


def test_a_bundle_gives_what_its_parquet_files_hold() -> None:
    content = bundle(open_registry(SHIPPED))
    found = unbundle(content, STANDARD).tables
    files = {name: part for name, part in opening.opened(content).items() if name.endswith(".parquet")}
    assert files
    for name, part in files.items():
        held = pq.ParquetFile(BytesIO(part)).read().combine_chunks()
        assert found[name[8:-8]].equals(held, check_metadata=True)


@pytest.mark.parametrize(
    "value",
    [
        None,
        [[], []],
        [[], [{"file": "other.xlsx"}], []],
        [[], [{"file": "a.xlsx", "unknown": 1}], []],
        [[], [{"file": "a.xlsx", "row": "1"}], []],
        [[], [{"file": "a.xlsx", "severity": "fatal"}], []],
        [[["visits", 1, ["a"], [[2, 1, 2]]]], [], []],
        [[["visits", 1, ["a"], [["2", 1]]]], [], []],
        [[["visits", 1, ["a"], [[2, {}]]]], [], []],
        [[["visits", 1, ["a"], [[2, ["pickle", "x"]]]]], [], []],
        [[["visits", 1, [1], []]], [], []],
        [[[None, 1, ["a"], []]], [], []],
    ],
)
def test_a_reader_that_was_taken_over_says_nothing_but_values(value: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confined.asking, "_answer", lambda *_: packed({"answer": value}))
    with pytest.raises(Refusal) as caught:
        workbooks.sheets(File("a.xlsx", b""), frozenset())
    assert "broke off" in caught.value.findings[0].message
