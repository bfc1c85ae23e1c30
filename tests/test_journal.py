"""The journal keeps every line, survives a crash in the middle of one, and notices what was altered or removed."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from plro_core import journal
from plro_core.journal import FIRST, NAME, Entry, read, record, verify
from plro_core.problems import JournalProblem
from plro_core.store import SHIPPED


def lines(folder: Path) -> list[bytes]:
    return (folder / NAME).read_bytes().splitlines(keepends=True)


@pytest.fixture
def five(tmp_path: Path) -> Path:
    """A journal of five lines."""
    for number in range(5):
        record(tmp_path, "export", who="Ada", version="1", note=f"number {number}", detail={"n": number})
    return tmp_path


def problem(folder: Path) -> str:
    with pytest.raises(JournalProblem) as told:
        verify(folder)
    return str(told.value)


# Nothing yet, and one line


def test_no_journal_is_an_empty_one(tmp_path: Path) -> None:
    assert read(tmp_path) == ()
    assert verify(tmp_path).sentence == "The journal is empty."
    assert list(tmp_path.iterdir()) == []


def test_one_line(tmp_path: Path) -> None:
    entry = record(tmp_path, "draft", who="Ada", version="2", parent="1", note="ö", detail={"n": 1})
    assert read(tmp_path) == (entry,)
    assert (entry.previous, entry.sha256, entry.cut) == (FIRST, entry.checksum, "")
    assert verify(tmp_path).lines == 1
    assert json.loads(lines(tmp_path)[0]) == {
        name: told for name, told in entry.__dict__.items() if name != "signature"
    }


def test_lines_are_only_ever_added(five: Path) -> None:
    before = (five / NAME).read_bytes()
    record(five, "publish", who="Ada")
    assert (five / NAME).read_bytes().startswith(before)
    entries = read(five)
    assert [entry.previous for entry in entries[1:]] == [entry.sha256 for entry in entries[:-1]]
    assert verify(five).last == entries[-1].sha256


# Crashes


@pytest.mark.parametrize("kept", [1, 10, 100, -2])
def test_a_line_cut_off_by_a_crash_stops_nobody_and_is_kept(five: Path, kept: int) -> None:
    *whole, last = lines(five)
    (five / NAME).write_bytes(b"".join(whole) + last[:kept])
    assert len(read(five)) == 4
    assert verify(five).cut_off
    assert "cut off by a crash" in verify(five).sentence
    entry = record(five, "publish", who="Ada")
    assert entry.cut
    assert last[:kept] in lines(five)[4]
    assert verify(five) == journal.Verdict(5, entry.sha256, False)
    assert [found.what for found in read(five)] == ["export"] * 4 + ["publish"]


def test_a_line_that_lacks_only_its_end_counts(five: Path) -> None:
    (five / NAME).write_bytes((five / NAME).read_bytes()[:-1])
    assert (verify(five).lines, verify(five).cut_off) == (5, False)
    assert record(five, "publish", who="Ada").cut == ""
    assert verify(five).lines == 6


def test_a_cut_inside_a_letter(tmp_path: Path) -> None:
    record(tmp_path, "draft", who="Ada", note="öööö")
    content = (tmp_path / NAME).read_bytes()
    (tmp_path / NAME).write_bytes(content[: content.index("ö".encode()) + 1])
    assert read(tmp_path) == ()
    record(tmp_path, "draft", who="Ada")
    assert verify(tmp_path).lines == 1


def test_a_full_disk_leaves_the_journal_as_it_was(five: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = (five / NAME).read_bytes()
    write = os.write

    def partly(handle: int, content: bytes) -> int:
        if len(content) < 100:
            raise OSError(28, "No space left on device")
        return write(handle, content[: len(content) - 50])

    monkeypatch.setattr(os, "write", partly)
    with pytest.raises(JournalProblem, match=r"cannot be written, so nothing was done: no space left on device\."):
        record(five, "publish", who="Ada")
    assert (five / NAME).read_bytes() == before


def test_a_journal_that_cannot_be_opened(tmp_path: Path) -> None:
    (tmp_path / NAME).mkdir()
    for ask in (lambda: record(tmp_path, "draft", who="Ada"), lambda: read(tmp_path), lambda: verify(tmp_path)):
        with pytest.raises(JournalProblem, match="cannot be"):
            ask()


# Tampering


@pytest.mark.parametrize("number", range(5))
@pytest.mark.parametrize("change", [{"who": "Eve"}, {"detail": {"n": 9}}, {"previous": "0" * 64}, {"cut": "1"}])
def test_an_altered_line_is_named(five: Path, number: int, change: dict[str, Any]) -> None:
    if number == 0 and "previous" in change:
        return
    changed = lines(five)
    changed[number] = json.dumps({**json.loads(changed[number]), **change}).encode() + b"\n"
    (five / NAME).write_bytes(b"".join(changed))
    assert f"line {number + 1} was altered" in problem(five)
    assert len(read(five)) == 5


@pytest.mark.parametrize("number", range(4))
def test_a_removed_line_is_named(five: Path, number: int) -> None:
    (five / NAME).write_bytes(b"".join(line for index, line in enumerate(lines(five)) if index != number))
    assert f"line {number + 1} does not follow: a line before it was altered or removed" in problem(five)


@pytest.mark.parametrize("number", range(4))
def test_an_altered_line_with_a_new_checksum_is_noticed_by_the_next(five: Path, number: int) -> None:
    changed = lines(five)
    forged = Entry(**{**json.loads(changed[number]), "who": "Eve"})
    changed[number] = Entry(**{**forged.__dict__, "sha256": forged.checksum}).line
    (five / NAME).write_bytes(b"".join(changed))
    assert f"line {number + 2} does not follow" in problem(five)


@pytest.mark.parametrize("nonsense", [b"\n", b"nonsense\n", b"{}\n", b"[1]\n", b'{"time": 1}\n', b"\xff\n"])
@pytest.mark.parametrize("number", [0, 2, 5])
def test_a_line_that_is_none_is_named(five: Path, number: int, nonsense: bytes) -> None:
    changed = lines(five)
    changed.insert(number, nonsense)
    (five / NAME).write_bytes(b"".join(changed))
    assert f"line {number + 1} was altered" in problem(five)
    assert len(read(five)) == 5


@pytest.mark.parametrize("number", [0, 4])
def test_a_line_that_says_something_twice_is_named(five: Path, number: int) -> None:
    """Its checksum fits what the last of the two says; a person who reads the line sees the first as well."""
    changed = lines(five)
    changed[number] = changed[number].replace(b'{"time"', b'{"who": "Eve", "time"')
    (five / NAME).write_bytes(b"".join(changed))
    assert f"line {number + 1} was altered" in problem(five)


def test_a_line_that_is_nested_without_end_is_none(five: Path) -> None:
    whole = (five / NAME).read_bytes()
    for depth in (100, 900, 90_000):
        deep = b'{"time": "", "what": "", "who": "", "detail": {"a": ' + b"[" * depth + b"]" * depth + b"}}\n"
        (five / NAME).write_bytes(deep + whole)
        assert len(read(five)) == 5
        assert "line 1 was altered" in problem(five)


def test_lines_taken_off_the_end_leave_a_whole_journal_with_another_last_checksum(five: Path) -> None:
    told = verify(five).last
    (five / NAME).write_bytes(b"".join(lines(five)[:3]))
    assert verify(five).last != told


# What may stand in it


@pytest.mark.parametrize(
    ("who", "note"), [("", ""), (" ", ""), ("A\nB", ""), ("A" * 121, ""), ("A", "n\x1b"), ("A", "n" * 1001)]
)
def test_words_that_cannot_stand_in_a_line(tmp_path: Path, who: str, note: str) -> None:
    with pytest.raises(JournalProblem, match="expected"):
        record(tmp_path, "draft", who=who, note=note)
    assert list(tmp_path.iterdir()) == []


def test_an_entry_too_long_for_a_line(tmp_path: Path) -> None:
    with pytest.raises(JournalProblem, match="too long"):
        record(tmp_path, "draft", who="Ada", detail={"words": "x" * 200_000})
    assert read(tmp_path) == ()


def test_the_shipped_registry_keeps_none() -> None:
    assert not (SHIPPED / NAME).exists()


# Many writers

WRITER = """
import sys
from pathlib import Path
from plro_core.journal import record
for number in range(40):
    record(Path(sys.argv[1]), "export", who=sys.argv[2], detail={"n": number})
"""


def test_writers_at_once_make_one_chain(tmp_path: Path) -> None:
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path), name], cwd=SHIPPED.parent) for name in "ABC"
    ]
    assert [writer.wait(timeout=60) for writer in writers] == [0, 0, 0]
    assert verify(tmp_path).lines == 120
    for name in "ABC":
        assert [entry.detail["n"] for entry in read(tmp_path) if entry.who == name] == list(range(40))
