"""Drafts, releases and their history: nothing is overwritten, everything is journalled, and a kill leaves a whole version."""

import errno
import itertools
import multiprocessing
import os
import random
import shutil
import signal
import sys
import time
import types
from contextlib import suppress
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from plro_core import durable, journal
from plro_core.problems import JournalProblem, RegistryProblem
from plro_core.schema import arrow_schema
from plro_core.store import (
    SHIPPED,
    Manifest,
    VersionInfo,
    content_hash,
    current_version,
    discard,
    draft,
    drafts,
    history,
    next_version,
    open_registry,
    publish,
    published_version,
    release,
    was_published,
)
from plro_core.store.manifest import Stated
from plro_core.vocabulary import STANDARD
from tests.oracle import ABOUT
from tests.tools.breaking import STEPS, failing_at

DAY = date(2026, 11, 23)


@pytest.fixture(autouse=True)
def no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody pulls the plug on a test, so it need not wait for the disk; a sync that fails is tried all the same."""
    monkeypatch.setattr(os, "fsync", lambda handle: None)


def about(version: str) -> dict[str, Any]:
    return {**ABOUT, "version": version, "author": "Ada", "note": "first", "time": f"2026-01-01T00:00:0{len(version)}Z"}


def tables(*ages: int | None) -> dict[str, pa.Table]:
    """A registry of patients with these ages, each seen once."""
    rows: dict[str, list[dict[str, Any]]] = {
        "cases": [{"case_id": number, "age": age} for number, age in enumerate(ages, 1)],
        "visits": [{"case_id": number, "month": 0, "vas": 5} for number, _ in enumerate(ages, 1)],
    }
    made = {}
    for table in STANDARD.tables:
        schema = arrow_schema(table.name, STANDARD)
        filled = [{name: row.get(name) for name in schema.names} for row in rows.get(table.name, [])]
        made[table.name] = pa.Table.from_pylist(filled, schema=schema)
    return made


def ages(folder: Path, version: str | None = None) -> list[int | None]:
    opened = open_registry(folder, version)
    found = [age for (age,) in opened.rows("SELECT age FROM cases ORDER BY case_id")]
    opened.close()
    return found


def bring_in(folder: Path, version: str, *values: int | None) -> None:
    """An import: a draft on the published version, then its release."""
    draft(tables(*values), about(version), folder, STANDARD, published_version(folder))
    release(folder, version, "Ada", "")


def told(folder: Path) -> list[tuple[str, str | None]]:
    return [(entry.what, entry.version) for entry in journal.read(folder)]


def info(folder: Path, version: str) -> VersionInfo:
    (found,) = (entry for entry in history(folder) if entry.version == version)
    return found


# An empty registry, and one patient


def test_an_empty_folder_has_no_history(tmp_path: Path) -> None:
    assert history(tmp_path) == history(tmp_path / "none") == []
    assert published_version(tmp_path) is None
    assert next_version(tmp_path / "none", DAY) == "2026-11-23"


def test_a_registry_of_nobody(tmp_path: Path) -> None:
    bring_in(tmp_path / "new", "a")
    assert ages(tmp_path / "new") == []
    assert info(tmp_path / "new", "a").rows["cases"] == 0


def test_the_first_patient(tmp_path: Path) -> None:
    manifest = draft(tables(31), about("a"), tmp_path, STANDARD)
    assert published_version(tmp_path) is None
    assert (info(tmp_path, "a").state, info(tmp_path, "a").published) == ("draft", "")
    assert ages(tmp_path, "a") == [31]
    assert release(tmp_path, "a", "Bea", "ready") == manifest
    assert ages(tmp_path) == [31]
    found = info(tmp_path, "a")
    assert (found.state, found.by, found.problem, found.rows["visits"]) == ("current", "Bea", "", 1)
    assert found.content == content_hash(manifest)[:12]
    assert told(tmp_path) == [("draft", "a"), ("publish", "a")]
    assert journal.verify(tmp_path).lines == 2


# Drafts


def test_a_draft_does_not_move_the_pointer(tmp_path: Path) -> None:
    bring_in(tmp_path, "a", 31)
    files = [{"name": "x.csv", "sha256": "0"}]
    manifest = draft(tables(32), about("b"), tmp_path, STANDARD, "a", {"files": files})
    assert (current_version(tmp_path), ages(tmp_path), ages(tmp_path, "b")) == ("a", [31], [32])
    assert [entry.state for entry in history(tmp_path)] == ["current", "draft"]
    told = {"files": files, "manifest": manifest.sha256, "content": content_hash(manifest)}
    assert journal.read(tmp_path)[-1].detail == told
    assert not was_published(tmp_path, "b")


def test_equal_contents_have_an_equal_hash(tmp_path: Path) -> None:
    bring_in(tmp_path, "a", 31, 32)
    bring_in(tmp_path, "b", 33)
    held = tables(31, 32)
    cases = held["cases"].select(held["cases"].column_names[::-1]).replace_schema_metadata({"made": "elsewhere"})
    held["cases"] = pa.concat_tables([cases.slice(0, 1), cases.slice(1)])
    draft(held, about("c"), tmp_path, STANDARD, "b")
    assert info(tmp_path, "a").content == info(tmp_path, "c").content != info(tmp_path, "b").content


def test_what_changes_nothing_is_refused(tmp_path: Path) -> None:
    bring_in(tmp_path, "a", 31)
    with pytest.raises(RegistryProblem, match="Nothing changes: this is what version a already holds"):
        draft(tables(31), about("b"), tmp_path, STANDARD, "a")
    assert told(tmp_path) == [("draft", "a"), ("publish", "a")]


def test_a_name_is_given_once(tmp_path: Path) -> None:
    bring_in(tmp_path, "a", 31)
    draft(tables(32), about("b"), tmp_path, STANDARD, "a")
    with pytest.raises(RegistryProblem, match="There was a version b before"):
        draft(tables(33), about("b"), tmp_path, STANDARD, "a")
    discard(tmp_path, "b", "Ada")
    with pytest.raises(RegistryProblem, match="There was a version b before"):
        draft(tables(33), about("b"), tmp_path, STANDARD, "a")
    assert ages(tmp_path) == [31]


def test_names_of_a_day(tmp_path: Path) -> None:
    for expected, age in (("2026-11-23", 31), ("2026-11-23.2", 32), ("2026-11-23.3", 33)):
        assert next_version(tmp_path, DAY) == expected
        bring_in(tmp_path, expected, age)
    draft(tables(34), about("2026-11-23.4"), tmp_path, STANDARD, "2026-11-23.3")
    discard(tmp_path, "2026-11-23.4", "Ada")
    assert next_version(tmp_path, DAY) == "2026-11-23.5"


def test_a_draft_is_made_from_the_published_version(tmp_path: Path) -> None:
    with pytest.raises(RegistryProblem, match="moved from a to nothing"):
        draft(tables(31), about("b"), tmp_path, STANDARD, "a")
    bring_in(tmp_path, "a", 31)
    for parent in (None, "z"):
        with pytest.raises(RegistryProblem, match="while you looked: preview again"):
            draft(tables(32), about("b"), tmp_path, STANDARD, parent)
    assert told(tmp_path) == [("draft", "a"), ("publish", "a")]


def test_of_two_drafts_only_one_is_published(tmp_path: Path) -> None:
    bring_in(tmp_path, "a", 31)
    draft(tables(32), about("b"), tmp_path, STANDARD, "a")
    draft(tables(33), about("c"), tmp_path, STANDARD, "a")
    release(tmp_path, "c", "Ada", "")
    with pytest.raises(RegistryProblem, match="The registry moved from a to c while you looked: preview again"):
        release(tmp_path, "b", "Ada", "")
    assert ages(tmp_path) == [33]


@pytest.mark.parametrize("who", ["", "A\nB"])
def test_an_author_is_needed(tmp_path: Path, who: str) -> None:
    with pytest.raises(JournalProblem, match="author"):
        draft(tables(31), {**about("a"), "author": who}, tmp_path, STANDARD)
    assert list(tmp_path.iterdir()) == []


# Releases and going back


def test_going_back_and_forth(tmp_path: Path) -> None:
    bring_in(tmp_path, "a", 31)
    bring_in(tmp_path, "b", 32)
    release(tmp_path, "a", "Bea", "b was wrong")
    assert (ages(tmp_path), [entry.state for entry in history(tmp_path)]) == ([31], ["current", "published"])
    release(tmp_path, "b", "Bea", "it was not")
    assert ages(tmp_path) == [32]
    assert told(tmp_path)[-2:] == [("rollback", "a"), ("rollback", "b")]
    with pytest.raises(RegistryProblem, match="is the published one already"):
        release(tmp_path, "b", "Bea", "")


def test_going_back_mends_a_broken_pointer(tmp_path: Path) -> None:
    bring_in(tmp_path, "a", 31)
    bring_in(tmp_path, "b", 32)
    for pointer in ("gone\n", ""):
        (tmp_path / "CURRENT").write_text(pointer)
        assert [entry.state for entry in history(tmp_path)] == ["published", "published"]
        release(tmp_path, "a", "Ada", "")
        assert ages(tmp_path) == [31]


@pytest.mark.parametrize("name", ["", "..", "c", "../a", "\x00"])
def test_a_version_that_is_not_there(tmp_path: Path, name: str) -> None:
    bring_in(tmp_path, "a", 31)
    for ask in (release, discard):
        with pytest.raises(RegistryProblem, match="is not a version of this registry"):
            ask(tmp_path, name, "Ada", "")
    with pytest.raises(RegistryProblem, match="is not a version of this registry"):
        was_published(tmp_path, name)


def test_a_file_of_a_strange_name_is_told_in_one_sentence(tmp_path: Path) -> None:
    bring_in(tmp_path, "a", 31)
    path = tmp_path / "versions" / "a" / "manifest.json"
    told = Manifest.read(path)
    files = {**told.files, "a\nb\x1b[2J": Stated(sha256="", rows=0)}
    path.write_bytes(replace(told, files=files).sealed)
    assert info(tmp_path, "a").problem.startswith("a/a\ufffdb\ufffd[2J: the file is missing or altered")


def test_a_damaged_version_is_listed_and_never_released(tmp_path: Path) -> None:
    for version, age in (("a", 31), ("b", 32), ("c", 33), ("d", 34)):
        bring_in(tmp_path, version, age)
    homes = tmp_path / "versions"
    (homes / "a" / "cases.parquet").write_bytes(b"x")
    (homes / "b" / "manifest.json").unlink()
    (homes / "c" / "manifest.json").write_text("{")
    (homes / "half").mkdir()
    found = {entry.version: entry for entry in history(tmp_path)}
    assert "a/cases.parquet: the file is missing or altered" in found["a"].problem
    assert "b/manifest.json: the manifest is missing" in found["b"].problem
    assert "the manifest cannot be read" in found["c"].problem
    assert found["half"].problem
    assert (found["d"].problem, found["d"].state, found["c"].rows, found["c"].content) == ("", "current", {}, "")
    for version in ("a", "b", "c", "half"):
        with pytest.raises(RegistryProblem):
            release(tmp_path, version, "Ada", "")
    assert ages(tmp_path) == [34]


def test_only_a_draft_is_discarded(tmp_path: Path) -> None:
    bring_in(tmp_path, "a", 31)
    bring_in(tmp_path, "b", 32)
    draft(tables(33), about("c"), tmp_path, STANDARD, "b")
    for version in ("a", "b"):
        with pytest.raises(RegistryProblem, match="was published, so it stays"):
            discard(tmp_path, version, "Ada")
    discard(tmp_path, "c", "Ada", "wrong file")
    assert [entry.version for entry in history(tmp_path)] == ["a", "b"]
    assert told(tmp_path)[-1] == ("discard", "c")
    assert sorted(path.name for path in (tmp_path / "versions").iterdir()) == ["a", "b"]


def test_a_version_built_without_a_journal_is_kept_and_gone_back_to(tmp_path: Path) -> None:
    publish(tables(31), about("built"), tmp_path, STANDARD)
    bring_in(tmp_path, "b", 32)
    found = info(tmp_path, "built")
    assert (found.state, found.by, found.published) == ("published", "Ada", found.manifest and found.manifest.time)
    with pytest.raises(RegistryProblem, match="so it stays"):
        discard(tmp_path, "built", "Ada")
    release(tmp_path, "built", "Ada", "")
    assert told(tmp_path)[-1] == ("rollback", "built")


def test_without_a_journal_file_nothing_can_be_discarded(tmp_path: Path) -> None:
    bring_in(tmp_path, "a", 31)
    draft(tables(32), about("b"), tmp_path, STANDARD, "a")
    (tmp_path / journal.NAME).unlink()
    with pytest.raises(RegistryProblem, match="so it stays"):
        discard(tmp_path, "b", "Ada")


# The shipped registry, and a journal that cannot be written


def test_the_shipped_registry_is_the_paper(tmp_path: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in SHIPPED.rglob("*")}
    for ask in (
        lambda: draft(tables(31), about("b"), SHIPPED, STANDARD, "2022-2"),
        lambda: draft(tables(31), about("b"), SHIPPED / ".." / "data", STANDARD, "2022-2"),
        lambda: release(SHIPPED, "2022-2", "Ada", ""),
        lambda: discard(SHIPPED, "2022-2", "Ada"),
    ):
        with pytest.raises(RegistryProblem, match="The shipped registry stays as it was published"):
            ask()
    assert {path: path.stat().st_mtime_ns for path in SHIPPED.rglob("*")} == before
    assert [(entry.version, entry.state, entry.problem) for entry in history(SHIPPED)] == [
        ("2022-1", "published", ""),
        ("2022-2", "current", ""),
    ]


def test_without_a_journal_nothing_is_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bring_in(tmp_path, "a", 31)
    bring_in(tmp_path, "b", 32)
    draft(tables(33), about("c"), tmp_path, STANDARD, "b")
    before = whole(tmp_path)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(durable, "append", full)
    for ask in (
        lambda: draft(tables(34), about("d"), tmp_path, STANDARD, "b"),
        lambda: release(tmp_path, "a", "Ada", ""),
        lambda: release(tmp_path, "c", "Ada", ""),
        lambda: discard(tmp_path, "c", "Ada"),
    ):
        with pytest.raises(JournalProblem, match="nothing was done: no space left on device"):
            ask()
    assert whole(tmp_path) == before


def whole(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


# Interrupted at every step


def assert_sound(folder: Path, expected: tuple[list[int | None], ...]) -> None:
    """The pointer names a whole version, the next import works, and nothing stays behind."""
    assert ages(folder) in expected
    journal.verify(folder)
    bring_in(folder, next_version(folder, DAY), 60)
    assert ages(folder) == [60]
    assert sorted(path.name for path in folder.iterdir()) == ["CURRENT", "checked", "journal.jsonl", "versions"]
    for part in ("checked", "versions"):
        assert all(not path.name.startswith(".") for path in (folder / part).iterdir())
    journal.verify(folder)


@pytest.mark.parametrize(("home", "name"), STEPS, ids=[f"{home.__name__}.{name}" for home, name in STEPS])
def test_an_import_that_fails_at_any_step(tmp_path: Path, home: Any, name: str) -> None:
    """Fails at the first call of a kind, at the second and so on, until the import no longer gets to it.

    The disk is full at one call, the program is stopped at the next.
    """
    start = tmp_path / "start"
    bring_in(start, "a", 31)
    for nth in range(1, 100):
        folder = tmp_path / str(nth)
        shutil.copytree(start, folder)
        error = OSError(errno.ENOSPC, "No space left on device") if nth % 2 else KeyboardInterrupt()
        with (
            failing_at(home, name, nth, error) as calls,
            suppress(OSError, KeyboardInterrupt, JournalProblem, RegistryProblem),
        ):
            bring_in(folder, "b", 32)
        reached = calls[0] >= nth
        assert_sound(folder, ([31], [32]))
        shutil.rmtree(folder)
        if not reached:
            return
    raise AssertionError("the import has more steps than were tried")


def test_a_publishing_that_was_interrupted_is_told_and_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring_in(tmp_path, "a", 31)
    draft(tables(32), about("b"), tmp_path, STANDARD, "a")

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as failing:
        failing.setattr(drafts, "point", killed)
        with pytest.raises(KeyboardInterrupt):
            release(tmp_path, "b", "Ada", "")
    assert (info(tmp_path, "b").state, info(tmp_path, "b").published) == ("draft", "")
    release(tmp_path, "b", "Ada", "")
    assert told(tmp_path)[2:] == [("draft", "b"), ("publish", "b"), ("interrupted", "b"), ("publish", "b")]
    assert (ages(tmp_path), info(tmp_path, "b").state) == ([32], "current")


def test_a_going_back_that_was_interrupted_makes_no_draft(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bring_in(tmp_path, "a", 31)
    bring_in(tmp_path, "b", 32)
    with monkeypatch.context() as failing:
        failing.setattr(drafts, "point", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            release(tmp_path, "a", "Ada", "")
    with pytest.raises(RegistryProblem, match="so it stays"):
        discard(tmp_path, "a", "Ada")
    assert info(tmp_path, "a").state == "published"
    assert told(tmp_path)[-1] == ("interrupted", "a")


# Killed


def keep_importing(folder: Path, first: int) -> None:
    """One import after another, until somebody ends the process."""
    for number in itertools.count(first):
        with suppress(RegistryProblem):  # the one before was killed after it brought in the same
            bring_in(folder, f"v{number}", number % 40 + 15)


def test_imports_that_are_killed_at_many_moments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed at a random moment, time after time: what is published is whole, and the next import works."""
    # A child runs its parent's main module again, and a page tested before in this process left itself there.
    monkeypatch.setitem(sys.modules, "__main__", types.ModuleType("__main__"))
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload(["tests.test_versions"])
    chance = random.Random(1)
    began = time.monotonic()
    bring_in(tmp_path, "a", 31)
    a_few_imports = max(0.4, 4 * (time.monotonic() - began))  # on a busy machine one takes longer
    seen = set()
    for attempt in range(10):
        writer = processes.Process(target=keep_importing, args=(tmp_path, attempt * 1000))
        writer.start()
        begun = len(journal.read(tmp_path))
        while writer.is_alive() and len(journal.read(tmp_path)) == begun:
            time.sleep(0.001)
        time.sleep(chance.uniform(0.0, a_few_imports))
        writer.kill()
        writer.join(timeout=10)
        assert writer.exitcode == -signal.SIGKILL
        version = current_version(tmp_path)
        seen.add(version)
        assert ages(tmp_path) == [int(version[1:]) % 40 + 15 if version != "a" else 31]
        journal.verify(tmp_path)
    assert len(seen) > 3
    assert all(not entry.problem for entry in history(tmp_path))
    assert_sound(tmp_path, ([int(version[1:]) % 40 + 15],))
